"""Motion paths: a layer travels along SVG path data, at the speed of its easing however the path is drawn."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator
from svg.path import Arc, CubicBezier, Move, QuadraticBezier, parse_path

from .easing import parse_easing
from .geometry import FloatArray
from .motion_beat import elapsed
from .motion_field import AffineTrack, MotionField, Part

_SAMPLES = 128  # a curved segment; the chord of a full circle of 1000 px leaves it by less than 0.1 px
_LONGEST = 100_000  # characters
_LOOK = 0.5  # px before and behind: the tangent of a corner turns over one pixel instead of at once


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
        polyline(d)
        return d

    @field_validator("easing")
    @classmethod
    def _easing(cls, text: str) -> str:
        return str(parse_easing(text))


def polyline(d: str) -> FloatArray:
    """(n, 2) points of SVG path data from its first point, which becomes (0, 0). Raises ValueError."""
    try:
        segments = parse_path(d)
    except Exception as wrong:  # the parser raises whatever it stumbles over
        raise ValueError(f"{d[:60]!r} is not SVG path data ({wrong}): write M0 0 C 50 -80 150 -80 200 0") from None
    points: list[complex] = []
    for segment in segments:
        if isinstance(segment, (CubicBezier, QuadraticBezier, Arc)):
            points += [segment.point(step / _SAMPLES) for step in range(1, _SAMPLES + 1)]
        elif not isinstance(segment, Move) or not points:
            points.append(segment.end)
        else:  # a gap is jumped over at once: no length, so the point stands twice in `_lengths`
            points += [complex(np.nan), segment.end]
    if not points:
        raise ValueError("the path is empty: write M0 0 C 50 -80 150 -80 200 0")
    line = np.array([(point.real, point.imag) for point in points])
    if not np.isfinite(line[~np.isnan(line[:, 0])]).all():
        raise ValueError(f"{d[:60]!r} leaves the numbers that can be drawn")
    moved: FloatArray = line - line[0]
    return moved


def _lengths(line: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(points (n, 2), length up to each (n,)), gaps left out."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    steps = np.where(np.isnan(steps), 0.0, steps)
    kept = ~np.isnan(line[:, 0])
    return line[kept], np.concatenate([[0.0], np.cumsum(steps)])[kept]


def travel_field(travel: Travel, rate: Fraction, frames: int, *, loop: bool = False) -> MotionField:
    """The field of a path: parametrised by arc length, so that a linear easing is an even speed."""
    line, length = _lengths(polyline(travel.d) * travel.scale)
    place = np.clip(elapsed(travel.start, travel.duration, rate, frames), 0, 1)
    ease = parse_easing(travel.easing)
    at = np.where(place >= 1, 1.0, np.where(place <= 0, 0.0, ease(place))) * length[-1]
    track = AffineTrack.rest(travel.anchor, frames)
    turn = _tangents(line, length, at) if travel.orient else track.turn
    moved = AffineTrack(track.anchor, _read(line, length, at), turn, track.shear, track.scale)
    closed = bool(np.allclose(line[0], line[-1], atol=1e-9))
    return MotionField(rate, frames, (Part(moved),), loop=loop and closed)


def _read(line: FloatArray, length: FloatArray, at: FloatArray) -> FloatArray:
    """(t, 2) points at lengths `at`; past either end along a straight line, as an overshooting easing asks."""
    inside = np.clip(at, 0, length[-1])
    points = np.stack([np.interp(inside, length, line[:, axis]) for axis in (0, 1)], axis=-1)
    beyond = at - inside
    if length[-1] > 0 and beyond.any():
        points = points + beyond[:, None] * _tangents(line, length, inside)
    return points


def _tangents(line: FloatArray, length: FloatArray, at: FloatArray) -> FloatArray:
    """(t, 2) unit vectors along the path; to the right where it has no length."""
    look = min(_LOOK, length[-1] / 4)
    ends = [np.clip(at + step, 0, length[-1]) for step in (-look, look)]
    back, fore = (np.stack([np.interp(end, length, line[:, axis]) for axis in (0, 1)], axis=-1) for end in ends)
    way = fore - back
    far = np.hypot(way[:, 0], way[:, 1])
    return np.where(far[:, None] > 1e-9, way / np.maximum(far, 1e-9)[:, None], [1.0, 0.0])
