"""Motion paths: a layer travels along SVG path data, at the speed of its easing however the path is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator
from svg.path import Arc, CubicBezier, Move, QuadraticBezier, parse_path

from ..easing import parse_easing
from ..geometry import FloatArray
from ..motion_field import AffineTrack, MotionField, Part
from .beat import elapsed

_SAMPLES = 128  # a curved segment; the chord of a full circle of 1000 px leaves it by less than 0.1 px
_LONGEST = 100_000  # characters
_FURTHEST = 1e6  # px
_CURVES = (Arc, CubicBezier, QuadraticBezier)


class Travel(BaseModel):
    """A way along a path, in canvas px from rest: the path's first point is where the layer rests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    d: str = Field(max_length=_LONGEST)
    scale: float = 1.0  # canvas px to one of the path data
    anchor: tuple[float, float]  # canvas px; turned about where `orient`
    start: Fraction = Fraction(0)
    duration: Fraction = Field(gt=0)
    orient: bool = False  # turn along the path: a layer drawn facing right faces forward
    easing: str = "linear"

    @field_validator("d")
    @classmethod
    def _readable(cls, d: str) -> str:
        read_path(d)
        return d

    @field_validator("easing")
    @classmethod
    def _easing(cls, text: str) -> str:
        return str(parse_easing(text))


@dataclass(frozen=True, eq=False)
class Line:
    """A path as samples: where joints and gaps are, two samples stand at the same length."""

    points: FloatArray  # (n, 2) px from the path's first point
    tangents: FloatArray  # (n, 2) unit vectors
    lengths: FloatArray  # (n,) px along the path; pen-up moves have none

    @property
    def length(self) -> float:
        return float(self.lengths[-1])

    def at(self, length: FloatArray) -> FloatArray:
        """(t, 2) points; past either end on along a straight line, as an overshooting easing asks."""
        inside = np.clip(length, 0, self.length)
        points = np.stack([np.interp(inside, self.lengths, self.points[:, axis]) for axis in (0, 1)], axis=-1)
        return points + (length - inside)[:, None] * self.facing(inside)

    def facing(self, length: FloatArray) -> FloatArray:
        """(t, 2) unit tangents."""
        return _unit(np.stack([np.interp(length, self.lengths, self.tangents[:, axis]) for axis in (0, 1)], axis=-1))


def _unit(vectors: FloatArray) -> FloatArray:
    """Of length 1; to the right where there is none."""
    length = np.hypot(vectors[:, 0], vectors[:, 1])[:, None]
    return np.where(length > 1e-12, vectors / np.maximum(length, 1e-12), [1.0, 0.0])


def read_path(d: str, scale: float = 1.0) -> Line:
    """SVG path data as samples, `scale` canvas px to one of the data's. Raises ValueError."""
    how = "write SVG path data such as M0 0 C 50 -80 150 -80 200 0"
    try:
        segments = list(parse_path(d))
        pieces = [_samples(segment) for segment in segments if not isinstance(segment, Move)]
    except Exception as wrong:  # the parser raises whatever it stumbles over
        raise ValueError(f"{d[:60]!r} is not a path ({wrong}): {how}") from None
    if not segments:
        raise ValueError(f"the path is empty: {how}")
    first = np.array([[segments[0].start.real, segments[0].start.imag]])
    pieces = [piece for piece in pieces if not np.all(piece == piece[0])] or [first]
    pieces = [(piece - first) * scale for piece in pieces]
    points = np.concatenate(pieces)
    if not (np.isfinite(points).all() and np.abs(points).max() < _FURTHEST):
        raise ValueError(f"the path {d[:60]!r} leaves the canvas too far: at most {_FURTHEST:.0f} px")
    return Line(points, np.concatenate([_unit(_gradient(piece)) for piece in pieces]), _lengths(pieces))


def _samples(segment: Any) -> FloatArray:
    """(n, 2): both ends of a straight segment, many points of a curve."""
    places = np.linspace(0, 1, _SAMPLES + 1) if isinstance(segment, _CURVES) else (0.0, 1.0)
    points = [segment.point(float(place)) for place in places]
    return np.array([(point.real, point.imag) for point in points])


def _gradient(piece: FloatArray) -> FloatArray:
    gradient: FloatArray = np.gradient(piece, axis=0) if len(piece) > 1 else np.zeros((1, 2))
    return gradient


def _lengths(pieces: list[FloatArray]) -> FloatArray:
    """(n,) length along the path at every sample of every piece."""
    steps = [np.concatenate([[0.0], np.hypot(*np.diff(piece, axis=0).T)]) for piece in pieces]
    lengths: FloatArray = np.cumsum(np.concatenate(steps))
    return lengths


def travel_field(travel: Travel, rate: Fraction, frames: int, *, loop: bool = False) -> MotionField:
    """The field of a path: parametrised by arc length, so that a linear easing is an even speed.

    In a loop, the rest of a closed path that runs past the last frame is travelled from the first.
    """
    line = read_path(travel.d, travel.scale)
    place = elapsed(travel.start, travel.duration, rate, frames)
    if loop and travel_closes(travel):
        place = np.where(place < 0, place + float(frames / rate / travel.duration), place)
    place = np.clip(place, 0, 1)
    ease = parse_easing(travel.easing)
    length = np.where(place >= 1, 1.0, np.where(place <= 0, 0.0, ease(place))) * line.length
    rest = AffineTrack.rest(travel.anchor, frames)
    turn = line.facing(length) if travel.orient else rest.turn
    moved = replace(rest, shift=line.at(length), turn=turn)
    return MotionField(rate, frames, (Part(moved),), loop=loop and travel_closes(travel))


def travel_closes(travel: Travel) -> bool:
    """The path ends where it begins."""
    line = read_path(travel.d, travel.scale)
    return bool(np.allclose(line.points[0], line.points[-1], atol=1e-9))
