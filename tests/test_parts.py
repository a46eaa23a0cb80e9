"""Parts as those who edit them want them: names, and joints that make turning a matter of turning alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from engine.geometry import Box, trs_matrix
from engine.motion_field import AffineTrack, Float32, MotionField, Part
from engine.parts import covers, jointed, part_names

FRAMES = 24
BOX = Box(10, 20, 74, 60)
ALPHA = np.ones((BOX.height, BOX.width), np.float32)


def matte(columns: slice) -> Float32:
    found = np.zeros_like(ALPHA)
    found[:, columns] = 1
    return found


def turning(pivot: tuple[float, float], anchor: tuple[float, float]) -> AffineTrack:
    """To and fro about `pivot`, told about `anchor`."""
    angle = 0.5 * np.sin(2 * np.pi * np.arange(FRAMES) / FRAMES)
    none, unit = np.zeros(FRAMES), np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    matrices = trs_matrix(np.array(pivot), np.zeros((FRAMES, 2)), unit, none, np.ones((FRAMES, 2)))
    return AffineTrack.of(matrices, np.array(anchor))


def waving(body: AffineTrack, arm: AffineTrack) -> MotionField:
    parts = (Part(body, matte(slice(0, 40))), Part(arm, matte(slice(40, 64))))
    return MotionField(Fraction(12), FRAMES, parts, loop=True)


def test_parts_are_called_by_where_they_lie() -> None:
    field = waving(*[AffineTrack.rest((0, 0), FRAMES)] * 2)
    assert part_names(covers(field, ALPHA)) == ["body", "in front"]
    small, whole = matte(slice(0, 3)), matte(slice(0, 64))
    assert part_names([small, small, whole, small]) == ["behind", "behind 2", "body", "in front"]
    assert part_names([whole]) == [""]


def test_a_part_turns_about_its_joint_and_needs_no_way() -> None:
    """Generated parts have one anchor for all, so that an arm which turns also goes its way."""
    field = waving(AffineTrack.rest((42, 40), FRAMES), turning((50, 38), (42, 40)))
    assert np.abs(field.parts[1].affine.shift).max() > 3
    body, arm = jointed(field, ALPHA, BOX).parts
    assert body is field.parts[0]
    np.testing.assert_allclose(arm.affine.anchor, (50, 38), atol=0.1)
    assert np.abs(arm.affine.shift).max() < 0.05
    np.testing.assert_allclose(arm.affine.matrices(), field.parts[1].affine.matrices(), atol=1e-9)


def test_the_joint_is_where_the_part_leaves_a_moving_body_least() -> None:
    drift = np.stack([np.linspace(0, 30, FRAMES), np.zeros(FRAMES)], axis=-1)
    body, arm = AffineTrack.rest((42, 40), FRAMES), turning((50, 38), (42, 40))
    field = waving(replace(body, shift=drift), replace(arm, shift=arm.shift + drift))
    made = jointed(field, ALPHA, BOX).parts[1].affine
    np.testing.assert_allclose(made.anchor, (50, 38), atol=0.1)
    np.testing.assert_allclose(made.shift, drift, atol=0.05)


@pytest.mark.parametrize("pivot", [(-4000.0, 38.0), (50.0, 9000.0)])
def test_a_joint_stays_near_its_part(pivot: tuple[float, float]) -> None:
    arm = jointed(waving(AffineTrack.rest((42, 40), FRAMES), turning(pivot, (42, 40))), ALPHA, BOX).parts[1].affine
    assert Box(30, 0, 94, 80).contains(Box.around(arm.anchor[None]))


def test_a_part_that_only_slides_has_its_joint_in_the_middle() -> None:
    slide = replace(AffineTrack.rest((0, 0), FRAMES), shift=np.linspace((0, 0), (9, 0), FRAMES))
    arm = jointed(waving(AffineTrack.rest((42, 40), FRAMES), slide), ALPHA, BOX).parts[1].affine
    np.testing.assert_allclose(arm.anchor, (62, 40))


def test_one_part_stays_as_it_is() -> None:
    field = MotionField(Fraction(12), FRAMES, (Part(turning((50, 38), (42, 40))),))
    assert jointed(field, ALPHA, BOX).parts == field.parts
