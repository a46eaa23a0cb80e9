"""Fields told by keyframes alone: what is affine is found, what is not is measured, loops stay closed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from engine.geometry import Box, apply, invert
from engine.handoff.keyframed import CLOSE, keyframed
from engine.motion_field import AffineTrack, Grid, MotionField, Part, Patch, rest_field

FRAMES = 12
BOX = Box(10, 20, 74, 60)
ALPHA = np.ones((BOX.height, BOX.width), np.float32)
PHASE = 2 * np.pi * np.arange(FRAMES) / FRAMES


def of(part: Part, **more: object) -> MotionField:
    return replace(rest_field((0, 0), Fraction(12), FRAMES, loop=True), parts=(part,), **more)


def flow(pull: np.ndarray) -> Grid:
    """From pulls (t, rows, columns, 2) over the layer's box."""
    return Grid(BOX, pull.astype(np.float32))


def leaning(most: float) -> Grid:
    """The upper edge goes to and fro by `most` px, the lower one stays."""
    pull = np.zeros((FRAMES, 2, 2, 2))
    pull[:, 0, :, 0] = -most * np.sin(PHASE)[:, None]
    return flow(pull)


def rippling(most: float) -> Grid:
    """A wave across: no affine is any like it."""
    pull = np.zeros((FRAMES, 9, 33, 2))
    columns = 2 * np.pi * 3 * np.linspace(0, 1, 33)
    pull[..., 1] = most * np.sin(columns[None, None] + PHASE[:, None, None])
    return flow(pull)


@pytest.mark.parametrize("mirrored", [1.0, -1.0])
def test_a_flow_that_leans_becomes_slant(mirrored: float) -> None:
    track = AffineTrack.rest((42, 40), FRAMES)
    track = replace(track, scale=track.scale * [mirrored, 1], shift=3 * np.stack([np.cos(PHASE)] * 2, axis=-1))
    lean = leaning(6)
    told, left = keyframed(of(Part(track, flow=lean)), ALPHA, BOX)
    (part,) = told.parts
    assert part.flow is None
    assert left.said == ""
    assert left.bent < 0.1
    assert np.sign(part.affine.scale[:, 0]).tolist() == [mirrored] * FRAMES
    inner = np.array([(20, 30), (60, 30), (60, 50), (20, 50)], float)
    drawn = apply(part.affine.matrices(), inner)
    here = apply(invert(track.matrices()), drawn)  # before the affine, where the flow pulls to
    np.testing.assert_allclose(here + lean.read(here), np.broadcast_to(inner, here.shape), atol=0.1)


def test_what_ripples_is_measured_and_said() -> None:
    told, left = keyframed(of(Part(AffineTrack.rest((42, 40), FRAMES), flow=rippling(4))), ALPHA, BOX)
    assert 3 < left.bent < 5
    assert left.facts == (f"its shape changes by up to {left.bent:.1f} px",)
    assert left.said.endswith(f" px (they move it by up to {left.moved:.1f} px)")
    assert left.is_most
    assert told.parts[0].flow is None


def test_a_ripple_on_a_wide_way_is_the_lesser_part() -> None:
    track = replace(AffineTrack.rest((42, 40), FRAMES), shift=30 * np.stack([np.cos(PHASE), 0 * PHASE], axis=-1))
    _, left = keyframed(of(Part(track, flow=rippling(2))), ALPHA, BOX)
    assert 29 < left.moved < 33
    assert left.said
    assert not left.is_most


def test_what_cannot_be_seen_does_not_count() -> None:
    """The flow is wild where the layer is empty; what is seen of it hardly moves."""
    alpha = np.zeros_like(ALPHA)
    alpha[:, 40:] = 1
    pull = np.zeros((FRAMES, 2, 33, 2))
    pull[:, :, :14] = 10
    _, left = keyframed(of(Part(AffineTrack.rest((42, 40), FRAMES), flow=flow(pull))), alpha, BOX)
    assert left.bent < CLOSE


def test_even_shade_becomes_opacity_and_the_rest_is_said() -> None:
    half = Grid(BOX, np.full((FRAMES, 3, 3, 1), 0.5, np.float32))
    bright = np.full((FRAMES, 3), 1.25)
    told, left = keyframed(of(Part(AffineTrack.rest((0, 0), FRAMES), opacity_grid=half, gain=bright)), ALPHA, BOX)
    np.testing.assert_allclose(told.parts[0].opacity, 0.5, atol=1e-6)
    assert left.facts == ("its light changes by up to 25 %",)
    _, fine = keyframed(of(Part(AffineTrack.rest((0, 0), FRAMES), opacity_grid=half)), ALPHA, BOX)
    assert fine.said == ""


def test_new_pixels_are_counted_and_left_out() -> None:
    glare = np.zeros((FRAMES, 4, 2, 2), np.float32)
    glare[::3] = 0.8
    told, left = keyframed(of(Part(AffineTrack.rest((0, 0), FRAMES)), patch=Patch(BOX, glare)), ALPHA, BOX)
    assert told.patch is None
    assert left.facts == ("pixels that the still layer has not, in 4 of 12 frames",)


def test_blur_is_named() -> None:
    _, left = keyframed(of(Part(AffineTrack.rest((0, 0), FRAMES), blur=np.full(FRAMES, 3.0))), ALPHA, BOX)
    assert left.facts == ("it blurs",)


def test_rigid_motion_stays_as_it_is() -> None:
    track = replace(AffineTrack.rest((42, 40), FRAMES), shift=9 * np.stack([np.cos(PHASE), np.sin(PHASE)], axis=-1))
    told, left = keyframed(of(Part(track)), ALPHA, BOX)
    assert told.parts[0].affine is track
    assert told.loop
    assert (left.bent, left.said) == (0, "")
