"""Motion fields survive being bytes, to the last bit; other bytes are refused."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from engine.geometry import Box
from engine.motion_field import AffineTrack, Grid, MotionField, Part, Patch, rest_field
from engine.motion_file import packed, unpacked

CHANCE = np.random.default_rng(3)


def full_field() -> MotionField:
    """Everything that a field may have."""
    box, steps = Box(-3, 2, 40, 50), 5
    track = AffineTrack.rest((1.5, 2.25), steps)
    grid = Grid(box, CHANCE.random((steps, 4, 3, 2), np.float32))
    part = Part(
        track, CHANCE.random((48, 43), np.float32), True, grid, CHANCE.random(steps), CHANCE.random((steps, 3)), grid,
        grid, CHANCE.random(steps), CHANCE.random(steps), CHANCE.random(steps), 0.1,
    )  # fmt: skip
    patch = Patch(box, CHANCE.random((steps, 4, 6, 7), np.float32), track)
    return MotionField(Fraction(30000, 1001), steps, (Part(track), part), patch, loop=True)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray):
        return bool(a.dtype == b.dtype and a.shape == b.shape) and a.tobytes() == b.tobytes()
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, each.name), getattr(b, each.name)) for each in fields(a))
    return bool(type(a) is type(b) and a == b)


def test_fields_come_back_as_they_were() -> None:
    given = [full_field(), rest_field((0.1, 0.2), Fraction(24), 3)]
    assert same(tuple(unpacked(packed(given))), tuple(given))
    assert unpacked(packed([])) == []


def test_other_bytes_are_refused() -> None:
    whole = packed([full_field()])
    for wrong in (b"", b"PK", b"not an archive", whole[: len(whole) // 2], whole[:-10]):
        with pytest.raises(ValueError, match="not motion that art has packed"):
            unpacked(wrong)
