"""The families without moving pieces: the same seed is the same picture, and every picture is fit to train on."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from engine.dataset.drawings import objects, words
from engine.dataset.drawings.drawing import Drawing

FAMILIES = {**words.FAMILIES, **objects.FAMILIES}


def drawn(name: str, seed: int) -> Drawing:
    result: Drawing = FAMILIES[name](np.random.default_rng([zlib.crc32(name.encode()), seed]), 64)
    return result


@pytest.mark.parametrize("name", FAMILIES)
def test_a_design_is_premultiplied_and_fills_its_share(name: str) -> None:
    for seed in range(4):
        drawing = drawn(name, seed)
        assert drawing.pieces.shape == (3, 64, 64, 4)
        assert not drawing.pieces[[0, 2]].any()
        body = drawing.pieces[1]
        assert (body[..., :3] <= body[..., 3:]).all()
        rows, columns = np.nonzero(body[..., 3] > 8)
        assert 0.7 <= max(np.ptp(rows) + 1, np.ptp(columns) + 1) / 64 <= 0.95
        assert drawing.noun == drawing.noun.lower()


@pytest.mark.parametrize("name", FAMILIES)
def test_a_seed_says_the_design(name: str) -> None:
    assert np.array_equal(drawn(name, 1).pieces, drawn(name, 1).pieces)
    assert not np.array_equal(drawn(name, 1).pieces, drawn(name, 2).pieces)
