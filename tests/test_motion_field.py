"""Motion fields: interpolation is exact where it must be, and composition equals doing one motion after the other."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geometry import Box, apply, decompose, invert, trs_matrix
from engine.motion_algebra import over_motion, reach
from engine.motion_field import AffineTrack, Grid, MotionField, Part, at, cubic_basis, rest_field

RATE = Fraction(10)
BOX = Box(10, 20, 110, 80)
numbers = st.floats(-2, 2, allow_nan=False)


def affine(seed: int, frames: int = 4) -> AffineTrack:
    draw = np.random.default_rng(seed)
    angle = draw.uniform(-3, 3, frames)
    return AffineTrack(
        np.array([60.0, 50.0]),
        draw.uniform(-20, 20, (frames, 2)),
        np.stack([np.cos(angle), np.sin(angle)], -1),
        draw.uniform(-0.5, 0.5, frames),
        draw.uniform(0.4, 2, (frames, 2)),
    )


def smooth_flow(seed: int, frames: int = 4, nodes: int = 5) -> Grid:
    """A flow that is linear in space, so that grids of any fineness hold it exactly."""
    draw = np.random.default_rng(seed)
    y, x = np.meshgrid(np.linspace(-1, 1, nodes), np.linspace(-1, 1, nodes), indexing="ij")
    slope = draw.uniform(-3, 3, (frames, 1, 1, 2, 2))
    values = (
        slope[..., 0] * x[None, ..., None] + slope[..., 1] * y[None, ..., None] + draw.uniform(-2, 2, (frames, 1, 1, 2))
    )
    return Grid(Box(-400, -400, 600, 600), values.astype(np.float32))


@given(
    st.tuples(numbers, numbers), numbers, numbers, st.floats(0.1, 3), st.floats(-3, 3).filter(lambda s: abs(s) > 0.1)
)
def test_decompose_inverts_trs(shift: tuple[float, float], angle: float, shear: float, sx: float, sy: float) -> None:
    anchor = np.array([3.0, -7.0])
    turn = np.array([np.cos(angle), np.sin(angle)])
    matrix = trs_matrix(anchor, np.array(shift), turn, np.array(shear), np.array([sx, sy]))
    again = trs_matrix(anchor, *decompose(matrix, anchor))
    assert np.allclose(again, matrix, atol=1e-9)


@given(st.integers(2, 9), st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=8), numbers, numbers)
def test_cubic_basis_reproduces_lines(nodes: int, places: list[float], slope: float, offset: float) -> None:
    weights = cubic_basis(nodes, np.array(places))
    line = slope * np.linspace(0, 1, nodes) + offset
    assert np.allclose(weights.sum(-1), 1)
    assert np.allclose(weights @ line, slope * np.clip(places, 0, 1) + offset, atol=1e-9)


def test_steps_are_exact_and_angles_take_the_short_way() -> None:
    turn = np.array([[np.cos(a), np.sin(a)] for a in (3.0, -3.0)])
    track = replace(AffineTrack.rest((0, 0), 2), turn=turn)
    field = MotionField(RATE, 2, (Part(track),))
    assert np.array_equal(at(field, 0).parts[0].matrix, track.matrices()[0])
    middle = at(field, 0.05).parts[0].matrix
    assert np.allclose(middle[:, :2], [[-1, 0], [0, -1]], atol=1e-12)  # 180 degrees, not 0


def test_a_loop_closes_and_a_clip_holds_its_ends() -> None:
    track = replace(AffineTrack.rest((0, 0), 4), shift=np.array([[0, 0], [1, 0], [2, 0], [1, 0]], float))
    looped, once = (MotionField(RATE, 4, (Part(track),), loop=loop) for loop in (True, False))
    assert np.array_equal(at(looped, 0.4).parts[0].matrix, at(looped, 0).parts[0].matrix)
    assert at(looped, 0.35).parts[0].matrix[0, 2] == pytest.approx(0.5)
    assert at(once, 9).parts[0].matrix[0, 2] == 1
    assert at(once, -1).parts[0].matrix[0, 2] == 0


@pytest.mark.parametrize("seed", range(8))
def test_composition_pulls_like_two_motions_in_turn(seed: int) -> None:
    """A canvas point pulled through the composed field lands where pulling through outer, then inner, puts it."""
    outer = MotionField(RATE, 4, (Part(affine(seed), flow=smooth_flow(seed + 1)),))
    inner = MotionField(RATE, 4, (Part(affine(seed + 2), flow=smooth_flow(seed + 3)),))
    both = over_motion(outer, inner, BOX)
    points = np.random.default_rng(seed).uniform(40, 80, (4, 16, 2))

    def pull(field: MotionField, places: np.ndarray) -> np.ndarray:
        part = field.parts[0]
        rested = apply(invert(part.affine.matrices()), places)
        return rested if part.flow is None else rested + part.flow.read(rested)

    assert np.allclose(pull(both, points), pull(inner, pull(outer, points)), atol=0.05)


def test_scalars_compose() -> None:
    outer = MotionField(RATE, 2, (Part(affine(1, 2), opacity=np.array([0.5, 1]), blur=np.array([3.0, 0])),))
    inner = MotionField(RATE, 2, (Part(affine(2, 2), opacity=np.array([0.5, 0.5]), blur=np.array([4.0, 0])),) * 2)
    both = over_motion(outer, inner, BOX)
    assert len(both.parts) == 2
    assert np.allclose(both.parts[1].opacity, [0.25, 0.5])
    assert np.allclose(both.parts[0].blur, [5, 0])


def test_composition_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="same rate"):
        over_motion(rest_field((0, 0), RATE, 3), rest_field((0, 0), RATE, 4), BOX)


def test_reach_holds_every_moved_corner_and_skips_invisible_steps() -> None:
    track = replace(AffineTrack.rest((60, 50), 3), shift=np.array([[0, 0], [30, 0], [500, 0]], float))
    box = reach(MotionField(RATE, 3, (Part(track, opacity=np.array([1, 1, 0.0])),)), BOX)
    assert box == Box(9, 19, 141, 81)
    assert reach(MotionField(RATE, 3, (Part(track, opacity=np.zeros(3)),)), BOX).is_empty
