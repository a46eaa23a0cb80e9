"""Outlines as (n, 2) arrays of x, y in units of the drawing's square, y down. Angles: degrees, clockwise on screen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Points = NDArray[np.float64]  # (n, 2)


def ellipse(x: float, y: float, rx: float, ry: float | None = None, angle: float = 0, steps: int = 56) -> Points:
    """An ellipse about x, y, turned by `angle`; a circle without ry."""
    t = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    outline = np.stack([x + rx * np.cos(t), y + (rx if ry is None else ry) * np.sin(t)], axis=1)  # (steps, 2)
    return turned(outline, (x, y), angle)


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float, steps: int = 32) -> Points:
    """Part of an ellipse from angle `start` to `end` (0 right, 90 down), open."""
    t = np.radians(np.linspace(start, end, steps))
    return np.stack([x + rx * np.cos(t), y + ry * np.sin(t)], axis=1)  # (steps, 2)


def box(x0: float, y0: float, x1: float, y1: float, radius: float = 0) -> Points:
    """A rectangle with round corners."""
    r = min(radius, (x1 - x0) / 2, (y1 - y0) / 2)
    if r <= 0:
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)
    corners = ((x1 - r, y0 + r, -90), (x1 - r, y1 - r, 0), (x0 + r, y1 - r, 90), (x0 + r, y0 + r, 180))
    return np.concatenate([arc(x, y, r, r, a, a + 90, 10) for x, y, a in corners])  # (40, 2)


def polygon(x: float, y: float, radius: float, sides: int, angle: float = -90) -> Points:
    """A regular polygon with its first corner at `angle`."""
    t = np.radians(angle) + np.linspace(0, 2 * np.pi, sides, endpoint=False)
    return np.stack([x + radius * np.cos(t), y + radius * np.sin(t)], axis=1)  # (sides, 2)


def star(x: float, y: float, radius: float, tips: int = 5, inner: float = 0.45, angle: float = -90) -> Points:
    """A star; `inner` is the notches' radius as a share of the tips'."""
    outline = polygon(x, y, radius, 2 * tips, angle)
    outline[1::2] = (x, y) + (outline[1::2] - (x, y)) * inner
    return outline


def heart(x: float, y: float, radius: float) -> Points:
    """A heart, about `radius` to each side."""
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    across = 16 * np.sin(t) ** 3
    down = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return np.stack([x + radius * across / 16, y + radius * down / 16], axis=1)  # (60, 2)


def curve(corners: ArrayLike, closed: bool = True, steps: int = 10) -> Points:
    """A smooth curve through all corners (Catmull and Rom's spline), `steps` points a corner."""
    p = np.asarray(corners, float)
    around = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([p[:1], p, p[-1:]])
    a, b, c, d = (around[i : len(around) - 3 + i, None, :] for i in range(4))  # each (spans, 1, 2)
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]  # (1, steps, 1)
    spans = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    outline: Points = spans.reshape(-1, 2)  # (spans * steps, 2)
    return outline if closed else np.concatenate([outline, p[-1:]])


def ribbon(spine: ArrayLike, widths: Sequence[float], smooth: bool = True) -> Points:
    """A closed band along `spine`; `widths` are full widths spread evenly from its start to its end."""
    line = curve(spine, closed=False) if smooth else np.asarray(spine, float)
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)  # (n, 2)
    half = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(widths)), widths)[:, None] / 2  # (n, 1)
    return np.concatenate([line + across * half, (line - across * half)[::-1]])  # (2n, 2)


def leaf(x: float, y: float, length: float, width: float, angle: float, bend: float = 0) -> Points:
    """A pointed leaf or petal from x, y towards `angle` (0 right, -90 up); `bend` curves it, as a share of length."""
    t = np.linspace(0, 1, 18)
    half = width / 2 * np.sin(np.pi * t**0.8)
    middle = bend * length * t**2
    upper = np.stack([length * t, middle - half], axis=1)  # (18, 2)
    lower = np.stack([length * t, middle + half], axis=1)[::-1]  # (18, 2)
    return turned(np.add(np.concatenate([upper, lower]), (x, y)), (x, y), angle)


def drop(x: float, y: float, length: float, width: float, angle: float = -90) -> Points:
    """A drop or flame whose round foot is about x, y and whose tip points towards `angle`."""
    t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    along = (1 - np.cos(t)) / 2
    across = np.sin(t) * np.sin(t / 2) ** 1.6
    outline = np.stack([length * (1 - along), width * 0.62 * across], axis=1)  # (48, 2)
    return turned(np.add(outline, (x, y)), (x, y), angle)


def turned(points: ArrayLike, about: tuple[float, float], angle: float) -> Points:
    """Turned about a point, clockwise on screen."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    result: Points = (np.asarray(points, float) - about) @ np.array([[c, s], [-s, c]]) + about
    return result


def mirrored(points: ArrayLike, x: float = 0.5) -> Points:
    """Left and right exchanged about the upright line at x."""
    result: Points = np.asarray(points, float) * (-1, 1) + (2 * x, 0)
    return result


def wobbly(rng: np.random.Generator, x: float, y: float, rx: float, ry: float, rough: float = 0.1) -> Points:
    """A soft blob: an ellipse whose radius wanders by a share `rough`."""
    corners = ellipse(x, y, rx, ry, steps=9)
    away = 1 + rng.uniform(-rough, rough, (9, 1))
    return curve((x, y) + (corners - (x, y)) * away)
