"""How generated motion is cut up: grids, regions, groups and windows, as properties."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geometry import Box
from engine.model import config
from engine.tiling import (
    ALONE,
    LAYERS,
    LONGEST,
    PATCH,
    RATE,
    SCENE,
    SHARED,
    SHORTEST,
    SIDES,
    STRIDE,
    grid_for,
    packed,
    region_for,
    timeline,
    token_budget,
)

CANVAS = Box(0, 0, 1920, 1080)
sides = st.integers(1, 8000)
boxes = st.builds(Box.from_xywh, st.integers(-9000, 9000), st.integers(-9000, 9000), sides, sides)


def test_the_networks_mean_the_same() -> None:
    assert (RATE, STRIDE, PATCH) == (config.RATE, config.STRIDE, config.PATCH)


@pytest.mark.parametrize(
    ("size", "grid"), [((100, 100), (6, 6)), ((200, 100), (4, 8)), ((100, 220), (9, 4)), ((4000, 10), (4, 9))]
)
def test_grids_follow_the_aspect(size: tuple[int, int], grid: tuple[int, int]) -> None:
    assert grid_for(*size, ALONE) == grid


@given(sides, sides, st.integers(1, 64))
def test_grids_keep_their_budget(width: int, height: int, budget: int) -> None:
    rows, columns = grid_for(width, height, budget)
    assert rows in SIDES
    assert columns in SIDES
    assert rows * columns <= max(budget, SIDES[0] ** 2)
    assert (width > height) <= (columns >= rows)


@given(boxes, st.none() | boxes, st.integers(16, 36))
def test_regions_hold_what_they_should(box: Box, wanted: Box | None, budget: int) -> None:
    region = region_for(box, wanted, CANVAS, budget)
    x0, y0, x1, y1 = region.corners
    held = wanted if wanted is not None else box & CANVAS
    if not held.is_empty:
        assert x0 <= held.x0 + 1e-6
        assert y0 <= held.y0 + 1e-6
        assert x1 >= held.x1 - 1e-6
        assert y1 >= held.y1 - 1e-6
    assert region.unit == pytest.approx(max(x1 - x0, y1 - y0) / 2)
    assert region.tokens <= budget


def test_a_huge_layer_spends_its_tokens_near_the_canvas() -> None:
    region = region_for(Box(-100_000, -100_000, 100_000, 100_000), None, CANVAS, ALONE)
    assert region.box.width < 8 * CANVAS.width


def test_an_empty_layer_has_no_region() -> None:
    with pytest.raises(ValueError, match="empty"):
        region_for(Box(5, 5, 5, 9), None, CANVAS, ALONE)


@given(st.integers(0, 200), st.integers(1, 5))
def test_groups_hold_everything_once_in_order(count: int, most: int) -> None:
    groups = packed(count, most)
    assert [i for group in groups for i in group] == list(range(count))
    assert all(1 <= len(group) <= most for group in groups)
    assert max(map(len, groups), default=0) - min(map(len, groups), default=0) <= 1


def test_a_scene_keeps_its_budget() -> None:
    assert token_budget(1) == ALONE
    assert all(token_budget(n) * n <= SCENE for n in range(1, LAYERS + 1))


seconds = st.fractions(Fraction(1, 100), 120, max_denominator=1001)


@given(seconds, st.booleans())
def test_steps_reach_the_end(time: Fraction, loop: bool) -> None:
    line = timeline(time, loop=loop)
    assert line.intervals % STRIDE == 0
    assert line.intervals >= SHORTEST
    if loop:
        assert line.intervals <= LONGEST
        turns = time * line.rate / line.intervals
        assert turns.denominator == 1, "the loop is over when the canvas is"
        assert line.place(time) == 0
    else:
        assert line.rate == RATE
        assert line.intervals >= time * line.rate
        assert line.place(time + 99999) == line.intervals


def test_loops_keep_their_pace() -> None:
    for tenths in range(10, 200):
        assert timeline(Fraction(tenths, 10), loop=True).rate / RATE == pytest.approx(1, abs=0.13)


@given(seconds)
def test_windows_cover_all_steps_and_share_some(time: Fraction) -> None:
    line = timeline(time, loop=False)
    windows = line.windows
    assert windows[0].start == 0
    assert windows[-1].stop == line.steps
    for window in windows:
        assert window.start % STRIDE == 0
        assert SHORTEST < len(window) <= LONGEST + 1
        assert (len(window) - 1) % STRIDE == 0
    for before, after in pairwise(windows):
        assert before.stop - 1 - after.start == SHARED
        assert len(after) > SHARED + 1
