"""Signs of interfaces as outlines in -1..1: drawn filled or in lines, alone or on buttons, badges and cards."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .palettes import Colour
from .shapes import Points, arc, box, curve, drop, ellipse, heart, leaf, polygon, star, turned
from .sketch import Sketch

Part = tuple[str, ArrayLike]  # what: "fill", "line" or "hole", and its outline


def _gear() -> Points:
    t = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    radius = np.where(np.arange(64) % 8 < 4, 0.95, 0.7)
    return np.stack([radius * np.cos(t), radius * np.sin(t)], axis=1)  # (64, 2)


def _moon() -> Points:
    outer, inner = arc(0, 0, 0.9, 0.9, 60, 300), arc(0.36, 0, 0.78, 0.78, 284, 76)
    return np.concatenate([outer, inner])


def _cloud() -> Points:
    bumps = [
        arc(-0.5, 0.2, 0.42, 0.42, 90, 260),
        arc(-0.05, -0.15, 0.5, 0.5, 190, 330),
        arc(0.52, 0.2, 0.42, 0.42, -80, 90),
    ]
    return np.concatenate(bumps)


def _pin() -> Points:
    return np.concatenate([arc(0, -0.25, 0.65, 0.65, 160, 380), [(0, 0.95)]])


def _rays(tips: int) -> list[Part]:
    return [("line", [0.72 * d, 0.98 * d]) for d in polygon(0, 0, 1, tips)]


GLYPHS: dict[str, list[Part]] = {
    "heart": [("fill", heart(0, 0, 0.92))],
    "star": [("fill", star(0, 0.05, 1.0))],
    "bolt": [("fill", [(0.15, -1), (-0.6, 0.15), (-0.05, 0.15), (-0.2, 1), (0.6, -0.25), (0.05, -0.25)])],
    "check": [("line", [(-0.8, 0.05), (-0.25, 0.6), (0.8, -0.6)])],
    "cross": [("line", [(-0.65, -0.65), (0.65, 0.65)]), ("line", [(0.65, -0.65), (-0.65, 0.65)])],
    "plus": [("line", [(-0.8, 0), (0.8, 0)]), ("line", [(0, -0.8), (0, 0.8)])],
    "arrow": [("line", [(-0.85, 0), (0.8, 0)]), ("line", [(0.2, -0.6), (0.82, 0), (0.2, 0.6)])],
    "play": [("fill", [(-0.6, -0.85), (0.9, 0), (-0.6, 0.85)])],
    "pause": [("fill", box(-0.65, -0.8, -0.15, 0.8, 0.1)), ("fill", box(0.15, -0.8, 0.65, 0.8, 0.1))],
    "home": [
        (
            "fill",
            [(-0.95, -0.05), (0, -0.9), (0.95, -0.05), (0.65, -0.05), (0.65, 0.85), (-0.65, 0.85), (-0.65, -0.05)],
        ),
        ("hole", box(-0.2, 0.25, 0.2, 0.86)),
    ],
    "user": [("fill", ellipse(0, -0.42, 0.45)), ("fill", np.concatenate([arc(0, 0.9, 0.82, 0.75, 180, 360)]))],
    "search": [
        ("line", ellipse(-0.15, -0.15, 0.62)),
        ("line", arc(-0.15, -0.15, 0.62, 0.62, -6, 4)),
        ("line", [(0.32, 0.32), (0.88, 0.88)]),
    ],
    "mail": [
        ("fill", box(-0.95, -0.65, 0.95, 0.65, 0.15)),
        ("hole", [(-0.8, -0.45), (-0.72, -0.52), (0, 0.05), (0.72, -0.52), (0.8, -0.45), (0, 0.22)]),
    ],
    "bell": [
        ("fill", curve([(-0.8, 0.55), (-0.58, 0.2), (-0.5, -0.4), (0, -0.85), (0.5, -0.4), (0.58, 0.2), (0.8, 0.55)])),
        ("fill", arc(0, 0.68, 0.25, 0.25, 0, 180)),
    ],
    "cloud": [("fill", _cloud())],
    "sun": [("fill", ellipse(0, 0, 0.48)), *_rays(8)],
    "moon": [("fill", _moon())],
    "drop": [("fill", drop(0, 0.65, 1.5, 1.1))],
    "lock": [
        ("line", arc(0, -0.15, 0.42, 0.6, 180, 360)),
        ("fill", box(-0.7, -0.1, 0.7, 0.9, 0.15)),
        ("hole", ellipse(0, 0.38, 0.16)),
    ],
    "pin": [("fill", _pin()), ("hole", ellipse(0, -0.28, 0.26))],
    "chat": [
        ("fill", np.concatenate([box(-0.9, -0.75, 0.9, 0.45, 0.3), [(-0.9, 0.0)]])),
        ("fill", [(-0.5, 0.3), (0.1, 0.4), (-0.55, 0.95)]),
    ],
    "gear": [("fill", _gear()), ("hole", ellipse(0, 0, 0.32))],
    "music": [
        ("fill", ellipse(-0.5, 0.6, 0.32, 0.25, -15)),
        ("fill", ellipse(0.55, 0.45, 0.32, 0.25, -15)),
        ("line", [(-0.24, 0.55), (-0.24, -0.65), (0.8, -0.85), (0.8, 0.4)]),
    ],
    "wifi": [
        ("line", arc(0, 0.6, 1.2, 1.2, 225, 315)),
        ("line", arc(0, 0.6, 0.7, 0.7, 225, 315)),
        ("fill", ellipse(0, 0.6, 0.17)),
    ],
    "cart": [
        ("line", [(-1, -0.75), (-0.65, -0.75), (-0.4, 0.35), (0.6, 0.35), (0.85, -0.45), (-0.55, -0.45)]),
        ("fill", ellipse(-0.3, 0.75, 0.16)),
        ("fill", ellipse(0.5, 0.75, 0.16)),
    ],
    "flag": [
        ("line", [(-0.7, -0.9), (-0.7, 0.95)]),
        (
            "fill",
            curve(
                [
                    (-0.66, -0.85),
                    (-0.1, -0.95),
                    (0.3, -0.75),
                    (0.9, -0.85),
                    (0.8, 0.1),
                    (0.2, 0.2),
                    (-0.2, 0.05),
                    (-0.66, 0.15),
                ]
            ),
        ),
    ],
    "leaf": [("fill", leaf(-0.75, 0.75, 2.1, 1.3, -45)), ("hole", [(-0.5, 0.55), (0.35, -0.4), (-0.4, 0.6)])],
    "crown": [("fill", [(-0.9, -0.5), (-0.45, 0.0), (0, -0.8), (0.45, 0.0), (0.9, -0.5), (0.7, 0.7), (-0.7, 0.7)])],
    "bag": [
        ("line", arc(0, -0.3, 0.4, 0.55, 180, 360)),
        ("fill", [(-0.75, -0.4), (0.75, -0.4), (0.9, 0.9), (-0.9, 0.9)]),
    ],
    "clock": [
        ("fill", ellipse(0, 0, 0.92)),
        ("hole", [(-0.07, -0.6), (0.07, -0.6), (0.07, 0), (0.5, 0.25), (0.42, 0.38), (-0.07, 0.1)]),
    ],
    "flame": [
        ("fill", curve([(0, -1), (0.55, -0.25), (0.6, 0.5), (0, 0.95), (-0.6, 0.5), (-0.5, -0.1), (-0.2, -0.2)])),
        ("hole", drop(0, 0.55, 0.8, 0.45)),
    ],
    "eye": [
        ("fill", np.concatenate([arc(0, 0.35, 1.05, 0.95, 200, 340), arc(0, -0.35, 1.05, 0.95, 20, 160)])),
        ("hole", ellipse(0, 0, 0.34)),
    ],
    "bookmark": [("fill", [(-0.55, -0.9), (0.55, -0.9), (0.55, 0.9), (0, 0.45), (-0.55, 0.9)])],
    "chart": [
        ("fill", box(-0.85, 0.1, -0.4, 0.85)),
        ("fill", box(-0.22, -0.35, 0.22, 0.85)),
        ("fill", box(0.4, -0.85, 0.85, 0.85)),
    ],
    "diamond": [
        ("fill", [(-0.55, -0.7), (0.55, -0.7), (0.95, -0.2), (0, 0.9), (-0.95, -0.2)]),
        ("hole", [(-0.8, -0.24), (0.8, -0.24), (0.8, -0.16), (-0.8, -0.16)]),
    ],
    "menu": [("line", [(-0.85, y), (0.85, y)]) for y in (-0.55, 0.0, 0.55)],
    "grid": [("fill", box(x, y, x + 0.75, y + 0.75, 0.15)) for x in (-0.85, 0.1) for y in (-0.85, 0.1)],
    "key": [
        ("line", ellipse(-0.5, 0, 0.36)),
        ("line", [(-0.14, 0), (0.9, 0), (0.9, 0.3)]),
        ("line", [(0.55, 0), (0.55, 0.26)]),
    ],
    "image": [
        ("fill", box(-0.9, -0.75, 0.9, 0.75, 0.15)),
        ("hole", ellipse(-0.4, -0.3, 0.2)),
        ("hole", [(-0.7, 0.55), (-0.1, -0.1), (0.2, 0.2), (0.4, 0.0), (0.75, 0.55)]),
    ],
    "sparkle": [("fill", star(-0.15, 0.1, 0.9, 4, 0.28)), ("fill", star(0.7, -0.65, 0.34, 4, 0.28))],
    "send": [
        ("fill", [(-0.95, -0.1), (0.95, -0.85), (0.3, 0.9), (0.02, 0.2)]),
        ("hole", [(0.0, 0.14), (0.6, -0.55), (0.1, 0.24)]),
    ],
    "phone": [
        ("fill", box(-0.5, -0.95, 0.5, 0.95, 0.18)),
        ("hole", box(-0.36, -0.7, 0.36, 0.6, 0.04)),
        ("hole", ellipse(0, 0.77, 0.09)),
    ],
    "trophy": [
        ("fill", curve([(-0.55, -0.85), (0.55, -0.85), (0.5, -0.2), (0, 0.25), (-0.5, -0.2)])),
        ("line", arc(0, -0.5, 0.85, 0.4, 0, 180)),
        ("fill", box(-0.1, 0.1, 0.1, 0.7)),
        ("fill", box(-0.5, 0.65, 0.5, 0.9, 0.08)),
    ],
}
ROUND = {"search": True, "key": True}  # whose circles are lines and have to close


def glyph(
    c: Sketch, name: str, x: float, y: float, radius: float, colour: Colour, *, line: float = 0.0,
    hole: Colour | None = None, angle: float = 0.0, styled: bool = False,
) -> None:  # fmt: skip
    """A sign about x, y. `line`: width of its strokes where only outlines are drawn; `hole`: colour of its holes."""
    for what, outline in GLYPHS[name]:
        points = turned(np.asarray(outline, float) * radius + (x, y), (x, y), angle)
        if what == "line":
            c.stroke(points, line or 0.24 * radius, colour, closed=name in ROUND and len(points) > 40)
        elif line:
            c.stroke(points, line, colour, closed=True)
        elif what == "fill":
            c.shape(points, colour) if styled else c.plain(points, colour)
        elif hole is None:
            c.cut(points)
        else:
            c.plain(points, hole)


def some(c: Sketch) -> str:
    """The name of a random sign."""
    return c.word(*GLYPHS)
