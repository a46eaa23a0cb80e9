"""Drawn objects: what the motion model's data may rely on."""

from __future__ import annotations

import numpy as np
import pytest

from engine.dataset.drawings import ARTICULATED, FAMILIES, HELD_OUT, draw, families, flat
from engine.dataset.wish import PART_KINDS
from engine.errors import UsageError

SIZE = 96


@pytest.mark.parametrize("family", sorted(ARTICULATED))
def test_family(family: str) -> None:
    for seed in range(3):
        drawing = draw(family, seed, SIZE)
        again = draw(family, seed, SIZE)
        assert drawing.pieces.shape == (3, SIZE, SIZE, 4)
        assert drawing.pieces.dtype == np.uint8
        assert np.array_equal(drawing.pieces, again.pieces)
        assert (drawing.noun, drawing.rear, drawing.front) == (again.noun, again.rear, again.front)
        assert drawing.noun == drawing.noun.lower().strip()
        assert (drawing.pieces[..., :3] <= drawing.pieces[..., 3:]).all()
        rows, columns = np.nonzero(flat(drawing)[..., 3] > 40)
        high, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
        assert 0.76 <= max(high, wide) / SIZE <= 0.92
        assert abs(rows.min() + rows.max() + 1 - SIZE) <= 6
        assert abs(columns.min() + columns.max() + 1 - SIZE) <= 6


@pytest.mark.parametrize("family", sorted(ARTICULATED))
def test_pieces_hang_on_their_hinges(family: str) -> None:
    for seed in range(4):
        drawing = draw(family, seed, SIZE)
        moved = [(p, pixels) for p, pixels in zip((drawing.rear, drawing.front), drawing.pieces[::2], strict=True) if p]
        assert moved
        for piece, pixels in moved:
            rows, columns = np.nonzero(pixels[..., 3] > 40)
            assert len(rows) > 20
            assert set(piece.kinds) <= set(PART_KINDS)
            assert np.hypot(*piece.axis) == pytest.approx(1)
            x, y = piece.pivot[0] * SIZE, piece.pivot[1] * SIZE
            # a board on two ropes turns about the middle of its bar: near its box, not on its pixels
            assert columns.min() - 0.1 * SIZE < x < columns.max() + 0.1 * SIZE
            assert rows.min() - 0.1 * SIZE < y < rows.max() + 0.1 * SIZE


def test_flat_is_over_of_the_pieces() -> None:
    drawing = draw("potted plant", 1, SIZE)
    shown = np.zeros((SIZE, SIZE, 4))
    for piece in drawing.pieces.astype(float):
        shown = piece + shown * (1 - piece[..., 3:] / 255)
    assert np.abs(flat(drawing) - shown).max() <= 1.01


def test_splits_share_nothing() -> None:
    assert set(families("train")) | set(families("test")) == set(FAMILIES)
    assert set(families("test")) == HELD_OUT
    assert len(HELD_OUT & set(ARTICULATED)) == 5


def test_unknown_family() -> None:
    with pytest.raises(UsageError, match="unknown family"):
        draw("unicorn", 0)
