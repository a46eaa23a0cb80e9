"""Gradient fills drawn as Photoshop draws them, for files that store the recipe and not the pixels.

Found by fitting stored renderings: positions count from a pixel's top left corner; the line runs through the centre of
the box and ends where it leaves the box, both ends on whole pixels; smoothness is a Catmull-Rom spline through the
stops whose end points count twice, mixed with straight lines.
"""

from __future__ import annotations

from math import cos, floor, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psd_tools.constants import ColorMode
from psd_tools.terminology import Enum, Key, Type

from ..geometry import Box

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

FULL = 4096.0  # locations and smoothness count up to this
NUDGE = 1e-6  # px; keeps whole numbers whole through the trigonometry

KINDS = (Enum.Linear, Enum.Radial, Enum.Angle, Enum.Reflected, Enum.Diamond)


def can_draw(fill: Any) -> bool:
    """True for a gradient of colour stops in one of the five shapes; noise gradients are psd-tools' to draw."""
    gradient = None if fill is None else fill.get(Key.Gradient)
    if gradient is None or fill.get(Key.Type) is None or fill.get(Key.Type).enum not in KINDS:
        return False
    form = gradient.get(Type.GradientForm)
    return form is not None and form.enum == Enum.CustomStops and bool(gradient.get(Key.Colors))


def draw_gradient(fill: Any, frame: Box, area: Box, mode: ColorMode) -> tuple[Floats, Floats]:
    """Colour (h, w, c) in the document's own channels and alpha (h, w) over `area`, laid out in `frame`."""
    place = _places(fill, frame, area)
    if bool(fill.get(Key.Reverse)):
        place = 1 - place
    gradient = fill.get(Key.Gradient)
    stored = gradient.get(Key.Interpolation)
    smooth = (FULL if stored is None else float(stored)) / FULL
    color = _spline(*_stops(gradient.get(Key.Colors), lambda stop: _color(stop, mode)), smooth, place)
    alpha = np.ones((*place.shape, 1))
    if gradient.get(Key.Transparency):
        opacity = _stops(gradient.get(Key.Transparency), lambda stop: [float(stop.get(Key.Opacity)) / 100])
        alpha = _spline(*opacity, smooth, place)
    return np.clip(color, 0, 1).astype(np.float32), np.clip(alpha[..., 0], 0, 1).astype(np.float32)


def _places(fill: Any, frame: Box, area: Box) -> Doubles:
    """(h, w) position 0..1 in the gradient of every pixel of `area`."""
    kind = fill.get(Key.Type).enum
    scale = float(fill.get(Key.Scale, 100.0)) / 100
    start, end = _line(frame, float(fill.get(Key.Angle) or 0.0), scale, both_ways=kind == Enum.Linear)
    dx, dy = end[0] - start[0], end[1] - start[1]
    x = np.arange(area.x0, area.x1)[None, :] - start[0]
    y = np.arange(area.y0, area.y1)[:, None] - start[1]
    length = max(dx * dx + dy * dy, 1)
    along, across = (x * dx + y * dy) / length, (y * dx - x * dy) / length  # in lengths of the line
    if kind == Enum.Linear:
        place = along
    elif kind == Enum.Reflected:
        place = np.abs(along)
    elif kind == Enum.Radial:
        place = np.hypot(along, across)
    elif kind == Enum.Diamond:
        place = np.abs(along) + np.abs(across)
    else:
        place = (np.arctan2(across, along) / (2 * np.pi)) % 1
    return np.asarray(np.clip(place, 0, 1), np.float64)


def _line(frame: Box, angle: float, scale: float, *, both_ways: bool) -> tuple[tuple[int, int], tuple[int, int]]:
    """Start and end of the gradient on whole pixels, y down; it starts in the frame's centre, or mirrored about it."""
    right, down = cos(radians(angle)), -sin(radians(angle))
    length = scale * min(
        frame.width / 2 / abs(right) if abs(right) > NUDGE else float("inf"),
        frame.height / 2 / abs(down) if abs(down) > NUDGE else float("inf"),
    )
    x, y = frame.center
    center = floor(x), floor(y)
    end = floor(x + right * length + NUDGE), floor(y + down * length + NUDGE)
    if not both_ways:
        return center, end
    if scale != 1:
        return (2 * center[0] - end[0], 2 * center[1] - end[1]), end
    return (floor(x - right * length + NUDGE), floor(y - down * length + NUDGE)), end


def _color(stop: Any, mode: ColorMode) -> list[float]:
    from psd_tools.composite.paint import draw_solid_color_fill

    color, _ = draw_solid_color_fill((0, 0, 1, 1), mode, stop)
    return [float(value) for value in np.asarray(color).reshape(-1)]


def _stops(stops: Any, value: Any) -> tuple[Doubles, Doubles, Doubles]:
    """Locations (n), values (n, c) and midpoints (n) of stops, in order, the two ends always there."""
    found = sorted(((float(s.get(Key.Location)) / FULL, value(s), float(s.get(Key.Midpoint, 50))) for s in stops),
                   key=lambda stop: stop[0])  # fmt: skip
    if found[0][0] > 0:
        found.insert(0, (0.0, found[0][1], 50.0))
    if found[-1][0] < 1:
        found.append((1.0, found[-1][1], 50.0))
    if len(found) == 1:
        found *= 2
    locations, values, midpoints = zip(*found, strict=True)
    return np.array(locations), np.array(values), np.array(midpoints) / 100


def _spline(locations: Doubles, values: Doubles, midpoints: Doubles, smooth: float, place: Doubles) -> Doubles:
    """(h, w, c) values at `place`: straight between stops, or a Catmull-Rom spline, or a mix."""
    index = np.clip(np.searchsorted(locations, place, side="right") - 1, 0, len(locations) - 2)
    width = np.maximum(locations[index + 1] - locations[index], 1e-9)
    u = np.clip((place - locations[index]) / width, 0, 1)
    middle = np.clip(midpoints[index + 1], 0.05, 0.95)
    u = np.where(u < middle, u / middle / 2, 0.5 + (u - middle) / (1 - middle) / 2)[..., None]
    before, start, end, after = (values[np.clip(index + k, 0, len(values) - 1)] for k in (-1, 0, 1, 2))
    straight = start + (end - start) * u
    bend_in, bend_out = (end - before) / 2, (after - start) / 2
    curve = (
        (2 * u**3 - 3 * u**2 + 1) * start
        + (u**3 - 2 * u**2 + u) * bend_in
        + (3 * u**2 - 2 * u**3) * end
        + (u**3 - u**2) * bend_out
    )
    return np.asarray(straight + smooth * (curve - straight), np.float64)
