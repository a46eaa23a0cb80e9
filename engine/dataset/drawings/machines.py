"""Things that turn: clocks, wheels, fans, windmills, planes, cars; and a rocket."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .drawing import Drawing
from .paint import Canvas, hinge
from .palettes import darker, lighter
from .shapes import arc, box, curve, drop, ellipse, leaf, mirrored, polygon, ribbon, turned

TURNS = ("spin_cw", "spin_ccw")


def wall_clock(rng: np.random.Generator, size: int) -> Drawing:
    """A dial whose minute hand turns."""
    c = Canvas(rng, size)
    rim = c.colour(0)
    c.shape(box(0.06, 0.06, 0.94, 0.94, 0.16) if c.chance(0.25) else ellipse(0.5, 0.5, 0.44), rim)
    c.shape(ellipse(0.5, 0.5, c.between(0.35, 0.39)), c.paper, fill="flat")
    for hour in range(12):
        inner = 0.27 if hour % 3 == 0 else 0.3
        mark = turned([(0.5, 0.5 - inner), (0.5, 0.175)], (0.5, 0.5), hour * 30)
        c.stroke(mark, 0.02 if hour % 3 == 0 else 0.01, c.ink)
    short = turned([(0.5, 0.5), (0.5, 0.33)], (0.5, 0.5), c.between(0, 360))
    c.stroke(short, 0.036, c.ink)
    angle = c.between(0, 360)
    line = turned([(0.5, 0.55), (0.5, 0.22)], (0.5, 0.5), angle)
    c.on("front").stroke(line, 0.022, c.tone("red"))
    c.plain(ellipse(0.5, 0.5, 0.03), c.tone("red"))
    hand = hinge(c.word("hand", "minute hand"), TURNS, (0.5, 0.5), (float(line[1, 0]), float(line[1, 1])))
    return c.finish("wall clock", c.word("clock", "wall clock", "round clock"), front=hand)


def pendulum_clock(rng: np.random.Generator, size: int) -> Drawing:
    """A case with a dial above and a pendulum below."""
    c = Canvas(rng, size)
    wood = c.tone("wood") if c.chance(0.6) else c.colour(0)
    c.shape([(0.26, 0.2), (0.5, 0.04), (0.74, 0.2)], darker(wood, 0.15))
    c.shape(box(0.29, 0.18, 0.71, 0.94, 0.03), wood)
    c.plain(box(0.35, 0.52, 0.65, 0.88, 0.02), darker(wood, 0.5))
    c.shape(ellipse(0.5, 0.35, 0.155), c.paper, fill="flat")
    for turn, long in ((c.between(0, 360), 0.12), (c.between(0, 360), 0.08)):
        c.stroke(turned([(0.5, 0.35), (0.5, 0.35 - long)], (0.5, 0.35), turn), 0.018, c.ink)
    c.on("front").stroke([(0.5, 0.54), (0.5, 0.78)], 0.016, c.tone("gold"))
    c.shape(ellipse(0.5, 0.79, 0.06), c.tone("gold"))
    piece = hinge("pendulum", ("swing",), (0.5, 0.54), (0.5, 0.8))
    noun = c.word("pendulum clock", "grandfather clock", "wooden clock")
    return c.finish("pendulum clock", noun, front=piece)


def wheel(rng: np.random.Generator, size: int) -> Drawing:
    """A wheel with spokes before its tyre."""
    c = Canvas(rng, size)
    c.stroke(ellipse(0.5, 0.5, 0.41), c.between(0.05, 0.08), c.ink, closed=True)
    c.on("front").stroke(ellipse(0.5, 0.5, 0.36), 0.026, c.colour(0), closed=True)
    for angle in np.linspace(0, 360, c.count(5, 12), endpoint=False):
        c.stroke(turned([(0.5, 0.5), (0.5, 0.15)], (0.5, 0.5), float(angle)), 0.016, c.tone("steel"))
    c.shape(ellipse(0.5, 0.5, 0.07), c.colour(1))
    c.shape(ellipse(0.5, 0.24, 0.035), c.tone("red"))
    spokes = hinge(c.word("spokes", "rim"), TURNS, (0.5, 0.5), (0.5, 0.24))
    return c.finish("wheel", c.word("wheel", "bicycle wheel", "spoked wheel"), front=spokes)


def fan(rng: np.random.Generator, size: int) -> Drawing:
    """A table fan with its rotor."""
    c = Canvas(rng, size)
    tint = c.colour(0)
    c.shape(box(0.47, 0.6, 0.53, 0.9, 0.01), darker(tint, 0.2))
    c.shape(np.concatenate([arc(0.5, 0.94, 0.2, 0.1, 180, 360)]), tint)
    c.shape(ellipse(0.5, 0.4, 0.36), lighter(tint, 0.55))
    c.stroke(ellipse(0.5, 0.4, 0.36), 0.03, tint, closed=True)
    _rotor(c.on("front"), (0.5, 0.4), 0.31, c.count(3, 5))
    piece = hinge(c.word("rotor", "blades"), TURNS, (0.5, 0.4), (0.5, 0.1))
    return c.finish("fan", c.word("fan", "table fan", "electric fan"), front=piece, rooted=True)


def _rotor(c: Canvas, middle: tuple[float, float], reach: float, blades: int) -> None:
    """Blades like petals about a hub; the first has another colour, so that its turning shows."""
    for index, angle in enumerate(np.linspace(0, 360, blades, endpoint=False)):
        tint = c.colour(2) if index == 0 else c.colour(1)
        c.shape(leaf(*middle, reach, reach * 0.55, float(angle) - 90, 0.25), tint)
    c.shape(ellipse(*middle, reach * 0.16), c.ink, fill="flat")


def windmill(rng: np.random.Generator, size: int) -> Drawing:
    """A tower with four sails, or a wind turbine with three."""
    c = Canvas(rng, size)
    modern = c.chance(0.4)
    middle = (0.5, 0.36)
    if modern:
        c.shape(ribbon([(0.5, 0.96), middle], [0.07, 0.03], smooth=False), c.paper)
    else:
        c.shape([(0.4, 0.34), (0.6, 0.34), (0.68, 0.96), (0.32, 0.96)], c.tone("clay"))
        c.shape(curve([(0.38, 0.36), (0.44, 0.24), (0.56, 0.24), (0.62, 0.36)], steps=6), c.colour(1))
        c.plain(box(0.45, 0.78, 0.55, 0.96, 0.05), c.tone("bark"))
    c.on("front")
    for angle in np.linspace(0, 360, 3 if modern else 4, endpoint=False) + c.between(5, 80):
        if modern:
            c.shape(leaf(*middle, 0.33, 0.06, float(angle)), c.colour(0))
        else:
            c.stroke(turned([middle, (middle[0] + 0.34, middle[1])], middle, float(angle)), 0.018, c.tone("bark"))
            c.shape(turned(box(0.56, 0.36, 0.84, 0.45), middle, float(angle)), c.colour(0))
    c.shape(ellipse(*middle, 0.035), c.ink, fill="flat")
    piece = hinge(c.word("blades", "rotor") if modern else c.word("sails", "blades"), TURNS, middle, (0.5, 0.05))
    return c.finish("windmill", "wind turbine" if modern else "windmill", front=piece, rooted=True)


def pinwheel(rng: np.random.Generator, size: int) -> Drawing:
    """A paper pinwheel on a stick."""
    c = Canvas(rng, size)
    middle, vanes = (0.5, 0.36), c.count(4, 7)
    c.stroke([middle, (0.5, 0.96)], 0.03, c.tone("wood"))
    c.on("front")
    for index, angle in enumerate(np.linspace(0, 360, vanes, endpoint=False)):
        vane = np.array([middle, (0.5, 0.05), (0.66, 0.12), (0.58, 0.3)])
        c.shape(turned(vane, middle, float(angle)), c.colour(index % 4))
    c.shape(ellipse(*middle, 0.035), c.ink, fill="flat")
    piece = hinge(c.word("vanes", "rotor"), TURNS, middle, (0.5, 0.05))
    return c.finish("pinwheel", c.word("pinwheel", "paper pinwheel", "toy windmill"), front=piece, rooted=True)


def rocket(rng: np.random.Generator, size: int) -> Drawing:
    """A rocket over its flame."""
    c = Canvas(rng, size)
    half = c.between(0.12, 0.17)
    c.on("rear").shape(drop(0.5, 0.7, 0.27, 0.2, 90), c.tone("ember"))
    c.plain(drop(0.5, 0.71, 0.17, 0.12, 90), c.tone("gold"))
    c.on("body")
    for side in (-1, 1):
        fin = [(0.5 + side * half * 0.8, 0.46), (0.5 + side * (half + 0.14), 0.64), (0.5 + side * (half + 0.12), 0.78),
               (0.5 + side * half * 0.7, 0.68)]  # fmt: skip
        c.shape(fin, c.tone("red"))
    right = np.add([(half, 0.28), (half, 0.52), (half * 0.65, 0.72)], (0.5, 0))  # (3, 2)
    hull = curve(np.concatenate([[(0.5, 0.03)], right, mirrored(right)[::-1]]))
    c.shape(hull, c.paper if c.chance(0.5) else c.colour(0))
    c.plain(box(0, 0, 1, 0.19), c.tone("red"), within=hull)
    c.shape(ellipse(0.5, 0.36, 0.075), c.colour(1))
    c.plain(ellipse(0.5, 0.36, 0.052), lighter(c.tone("sky"), 0.3))
    flame = hinge("flame", ("flicker", "pulse", "wave"), (0.5, 0.71), (0.5, 0.97))
    return c.finish("rocket", c.word("rocket", "space rocket", "spaceship"), rear=flame)


def car(rng: np.random.Generator, size: int) -> Drawing:
    """A car in profile; its wheels belong to the body, its aerial sways."""
    c = Canvas(rng, size)
    tint = c.tone("red") if c.chance(0.3) else c.colour(0)
    c.on("rear").stroke([(0.24, 0.42), (0.16, 0.2)], 0.014, c.ink)
    c.shape(ellipse(0.16, 0.19, 0.03), c.tone("gold"))
    c.on("body").shape(curve([(0.22, 0.5), (0.34, 0.28), (0.6, 0.28), (0.74, 0.5)], steps=8), tint)
    for x0, x1, lean in ((0.32, 0.46, -0.04), (0.49, 0.64, 0.05)):
        left, right = x0 + min(lean, 0) * -1, x1 - max(lean, 0)
        c.plain([(left, 0.33), (right, 0.33), (x1, 0.46), (x0, 0.46)], lighter(c.tone("sky"), 0.4))
    c.shape(box(0.06, 0.46, 0.95, 0.68, 0.09), tint)
    c.plain(box(0.88, 0.51, 0.95, 0.57, 0.02), c.tone("gold"))
    for x in (0.27, 0.74):
        c.plain(ellipse(x, 0.68, 0.1), c.ink)
        c.plain(ellipse(x, 0.68, 0.05), c.tone("steel"))
    aerial = hinge("aerial", ("swing",), (0.24, 0.42), (0.16, 0.19))
    return c.finish("car", c.word("car", "little car", "toy car"), rear=aerial, mirror=c.chance(0.5))


def plane(rng: np.random.Generator, size: int) -> Drawing:
    """A propeller plane from the front quarter: the propeller turns about the nose."""
    c = Canvas(rng, size)
    tint, nose = c.colour(0), (0.5, 0.52)
    c.shape(box(0.04, 0.43, 0.96, 0.52, 0.045), c.colour(1))
    c.shape([(0.46, 0.4), (0.49, 0.14), (0.51, 0.14), (0.54, 0.4)], darker(tint, 0.2))
    c.shape(box(0.32, 0.22, 0.68, 0.27, 0.025), darker(tint, 0.2))
    for side in (-1, 1):
        c.stroke([(0.5 + side * 0.08, 0.62), (0.5 + side * 0.15, 0.78)], 0.02, c.ink)
        c.shape(ellipse(0.5 + side * 0.16, 0.8, 0.035, 0.055), c.ink, fill="flat")
    c.shape(ellipse(*nose, 0.16), tint)
    c.plain(arc(0.5, 0.43, 0.09, 0.07, 180, 360), lighter(c.tone("sky"), 0.4))
    c.on("front")
    for angle in np.linspace(0, 360, c.count(2, 3), endpoint=False) + c.between(0, 180):
        c.shape(leaf(*nose, 0.25, 0.075, float(angle)), c.tone("wood"))
    c.shape(polygon(*nose, 0.04, 20), c.tone("red"))
    propeller = hinge("propeller", TURNS, nose, (0.5, 0.27))
    return c.finish("propeller plane", c.word("plane", "propeller plane", "little aeroplane"), front=propeller)


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "wall clock": wall_clock,
    "pendulum clock": pendulum_clock,
    "wheel": wheel,
    "fan": fan,
    "windmill": windmill,
    "pinwheel": pinwheel,
    "rocket": rocket,
    "car": car,
    "propeller plane": plane,
}
