"""Keyframes: values at moments, per property, in canvas px, radians and factors."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from pydantic import BaseModel, ConfigDict, field_validator

from ..easing import parse_easing
from ..geometry import FloatArray
from ..motion_field import AffineTrack, MotionField, Part


class Key(BaseModel):
    """A value at a moment; `easing` is how the way from the key before runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Fraction  # seconds from the keyframes' start
    value: tuple[float, ...]
    easing: str = "linear"

    @field_validator("easing")
    @classmethod
    def _easing(cls, text: str) -> str:
        return str(parse_easing(text))


class Keyframes(BaseModel):
    """Tracks of keys; an empty one is at rest. Before the first key and after the last, the value holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    anchor: tuple[float, float]  # canvas px
    start: Fraction = Fraction(0)
    position: tuple[Key, ...] = ()  # (x, y) px from rest
    rotation: tuple[Key, ...] = ()  # radians, clockwise; more than a turn is more than a turn
    scale: tuple[Key, ...] = ()  # (x, y) factors
    shear: tuple[Key, ...] = ()  # radians, slant of the upright edges
    opacity: tuple[Key, ...] = ()  # 0..1

    @field_validator("position", "scale")
    @classmethod
    def _pairs(cls, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        return _sized(keys, 2)

    @field_validator("rotation", "shear", "opacity")
    @classmethod
    def _numbers(cls, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        return _sized(keys, 1)

    @property
    def closes(self) -> bool:
        """Every track ends with the value it starts with."""
        tracks = (self.position, self.rotation, self.scale, self.shear, self.opacity)
        return all(track[0].value == track[-1].value for track in tracks if track)


def _sized(keys: tuple[Key, ...], count: int) -> tuple[Key, ...]:
    if any(len(key.value) != count for key in keys):
        raise ValueError(f"a key here has {count} value{'s' if count > 1 else ''}")
    return tuple(sorted(keys, key=lambda key: key.at))


def keyframe_field(keys: Keyframes, rate: Fraction, frames: int, *, loop: bool = False) -> MotionField:
    """The field of keyframes, exact on every frame that a key falls on.

    In a loop, keys that close and run past the last frame go on from the first.
    """
    now = np.arange(frames, dtype=float)
    if loop and keys.closes:
        now = np.where(now < float(keys.start * rate), now + frames, now)
    angle = _track(keys.rotation, (0.0,), keys.start, rate, now)[:, 0]
    affine = AffineTrack(
        np.array(keys.anchor),
        _track(keys.position, (0.0, 0.0), keys.start, rate, now),
        np.stack([np.cos(angle), np.sin(angle)], axis=-1),
        np.tan(_track(keys.shear, (0.0,), keys.start, rate, now)[:, 0]),
        _track(keys.scale, (1.0, 1.0), keys.start, rate, now),
    )
    opacity = np.clip(_track(keys.opacity, (1.0,), keys.start, rate, now)[:, 0], 0, 1) if keys.opacity else None
    return MotionField(rate, frames, (Part(affine, opacity=opacity),), loop=loop and keys.closes)


def _track(
    keys: tuple[Key, ...], rest: tuple[float, ...], start: Fraction, rate: Fraction, now: FloatArray
) -> FloatArray:
    """(t, c) values of one property at moments (t,), in frames."""
    if not keys:
        return np.tile(np.array(rest), (len(now), 1))
    # in frames, so that whole frames compare exactly
    moments = np.array([float((start + key.at) * rate) for key in keys])
    values = np.array([key.value for key in keys])  # (k, c)
    track = np.repeat(values[:1], len(now), axis=0)
    for index in range(1, len(keys)):
        began, ends = moments[index - 1], moments[index]
        inside = now >= began
        done = np.clip((now[inside] - began) / (ends - began), 0, 1) if ends > began else np.ones(inside.sum())
        eased = np.where(done >= 1, 1.0, parse_easing(keys[index].easing)(done))[:, None]
        track[inside] = values[index - 1] * (1 - eased) + values[index] * eased
    return track
