"""The families without moving pieces: the same seed is the same picture, and every picture is fit to train on."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from engine.dataset.drawings import FAMILIES, HELD_OUT, PARTICLES, PLAIN, Drawing, draw, families
from engine.dataset.drawings.glyphs import GLYPHS


def drawn(name: str, seed: int) -> Drawing:
    return draw(name, seed, 64)


@pytest.mark.parametrize("name", PLAIN)
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


@pytest.mark.parametrize("name", PLAIN)
def test_a_seed_says_the_design(name: str) -> None:
    assert np.array_equal(drawn(name, 1).pieces, drawn(name, 1).pieces)
    assert not np.array_equal(drawn(name, 1).pieces, drawn(name, 2).pieces)


def test_designs_are_of_every_make() -> None:
    """Long ones, ones that let light through, ones with a hole, ones of many parts."""
    assert len(PLAIN) >= 130
    wide = drawn("banner", 3).pieces[1, ..., 3] > 40
    assert wide.any(axis=0).sum() > 5 * wide.any(axis=1).sum()
    glass = drawn("glass panel", 3).pieces[1, ..., 3]
    assert 40 < np.median(glass[glass > 8]) < 200
    ring = drawn("frame", 2).pieces[1, ..., 3]
    assert ring[28:36, 28:36].max() == 0
    assert {"confetti", "rain", "snow", "sparks"} <= PARTICLES <= set(PLAIN)


def test_some_of_every_make_are_held_out() -> None:
    kept = set(families("test"))
    assert kept == HELD_OUT
    for group in ({"notification", "app icon"}, {"seal", "ticket"}, {"shoe", "avocado"}, {"penguin", "lighthouse"},
                  {"paper scrap", "glass panel"}, {"sparks"}):  # fmt: skip
        assert group <= kept


@pytest.mark.parametrize("name", GLYPHS)
def test_glyphs_stay_in_their_square(name: str) -> None:
    for _, outline in GLYPHS[name]:
        assert np.abs(np.asarray(outline)).max() < 1.25


def test_the_docs_count_all_families_and_name_the_held_out() -> None:
    page = (Path(__file__).parent.parent / "docs" / "dataset.md").read_text().split("### Drawn")[1]
    rows = re.findall(r"^\| (\d+) .*\| ([^|]+) \|$", page, re.MULTILINE)
    assert sum(int(count) for count, _ in rows) == len(FAMILIES)
    assert f"{len(FAMILIES)} families of drawings" in page
    named = {name.strip() for _, names in rows for name in names.split(",")}
    assert named == HELD_OUT
