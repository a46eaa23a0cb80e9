"""Animals, people and other faces with a limb that moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .drawing import Drawing
from .paint import Canvas, hinge
from .palettes import Colour, darker, lighter
from .shapes import arc, box, curve, ellipse, leaf, mirrored, polygon, ribbon


def eye(c: Canvas, x: float, y: float, radius: float) -> None:
    """A round eye with a light in it, looking right."""
    c.plain(ellipse(x, y, radius), c.paper)
    c.plain(ellipse(x + radius * 0.2, y, radius * 0.6), c.ink)
    c.plain(ellipse(x + radius * 0.35, y - radius * 0.3, radius * 0.2), c.paper)


def face(c: Canvas, x: float, y: float, reach: float, tint: Colour) -> None:
    """Two eyes, a smile, cheeks."""
    for side in (-1, 1):
        c.plain(ellipse(x + side * reach, y, reach * 0.2, reach * 0.26), c.ink)
        c.plain(ellipse(x + side * reach * 1.5, y + reach * 0.55, reach * 0.3, reach * 0.2), tint, 0.7)
    c.stroke(arc(x, y + reach * 0.3, reach * 0.4, reach * 0.35, 15, 165), reach * 0.16, c.ink)


def fish(rng: np.random.Generator, size: int) -> Drawing:
    """A fish with a tail that beats and a fin."""
    c = Canvas(rng, size)
    tint, tall, fork = c.tone("coral") if c.chance(0.4) else c.colour(0), c.between(0.17, 0.28), c.between(0.14, 0.24)
    c.on("rear").shape(
        curve([(0.3, 0.5), (0.04, 0.5 - fork), (0.1, 0.5), (0.04, 0.5 + fork)], steps=8), darker(tint, 0.15)
    )
    c.on("body").shape(curve([(0.45, 0.5 - tall * 0.8), (0.58, 0.4 - tall), (0.74, 0.5 - tall * 0.8)]), c.colour(1))
    body = curve([(0.22, 0.5), (0.45, 0.5 - tall), (0.74, 0.5 - tall * 0.9), (0.95, 0.5), (0.74, 0.5 + tall * 0.9),
                  (0.45, 0.5 + tall)])  # fmt: skip
    c.shape(body, tint)
    for x in np.linspace(0.4, 0.6, c.count(0, 3)):
        c.plain(ribbon([(x, 0.2), (x + 0.04, 0.5), (x, 0.8)], [0.06, 0.06]), c.paper, 0.85, within=body)
    eye(c, 0.8, 0.45, 0.045)
    c.on("front").shape(leaf(0.64, 0.55, 0.2, 0.14, 155), darker(tint, 0.25))
    tail = hinge("tail", ("swing", "wave"), (0.27, 0.5), (0.05, 0.5))
    fin = hinge("fin", ("swing", "wave"), (0.64, 0.55), (0.46, 0.63))
    noun = c.word("fish", "goldfish", "tropical fish", "little fish")
    return c.finish("fish", noun, rear=tail, front=fin, mirror=c.chance(0.5))


def bird(rng: np.random.Generator, size: int) -> Drawing:
    """A round bird with a wing."""
    c = Canvas(rng, size)
    tint, lift = c.colour(0), c.between(-35, 20)
    c.on("rear").shape(leaf(0.36, 0.6, 0.34, 0.15, 160 + c.between(-15, 15)), darker(tint, 0.3))
    c.on("body").shape([(0.84, 0.34), (0.98, 0.4), (0.84, 0.45)], c.tone("flame"))
    for x in (0.5, 0.6):
        c.stroke([(x, 0.78), (x, 0.94), (x + 0.05, 0.94)], 0.018, c.tone("flame"))
    outline = curve([(0.28, 0.58), (0.5, 0.38), (0.6, 0.22), (0.8, 0.22), (0.88, 0.4), (0.78, 0.72), (0.54, 0.83)])
    c.shape(outline, tint)
    c.plain(ellipse(0.74, 0.66, 0.17, 0.2), lighter(tint, 0.5), within=outline)
    eye(c, 0.77, 0.35, 0.035)
    c.on("front").shape(leaf(0.66, 0.5, 0.42, 0.26, 155 + lift, 0.1), darker(tint, 0.2))
    away = (0.66 - 0.3, 0.5 + 0.14)
    noun = c.word("bird", "little bird", "songbird", "robin")
    wing = hinge("wing", ("swing", "wave"), (0.66, 0.5), away)
    return c.finish("bird", noun, rear=hinge("tail", ("swing",), (0.38, 0.6), (0.05, 0.7)), front=wing,
                    mirror=c.chance(0.5))  # fmt: skip


def butterfly(rng: np.random.Generator, size: int) -> Drawing:
    """Two pairs of wings behind a body."""
    c = Canvas(rng, size)
    upper = curve([(0.5, 0.48), (0.62, c.between(0.1, 0.2)), (0.9, c.between(0.08, 0.2)), (0.92, 0.4), (0.7, 0.54)])
    lower = curve([(0.5, 0.52), (0.7, 0.52), (0.86, 0.64), (c.between(0.68, 0.78), 0.9), (0.56, 0.74)])
    c.on("rear")
    for left in (False, True):
        for wing, tint in ((lower, c.colour(1)), (upper, c.colour(0))):
            middle = wing.mean(axis=0)
            c.shape(mirrored(wing) if left else wing, tint)
            spot = (wing - middle) * 0.5 + middle
            c.plain(mirrored(spot) if left else spot, lighter(tint, 0.5))
    c.on("body")
    for side in (-1, 1):
        c.stroke(curve([(0.5, 0.3), (0.5 + side * 0.04, 0.2), (0.5 + side * 0.1, 0.15)], closed=False), 0.012, c.ink)
    c.shape(box(0.47, 0.28, 0.53, 0.78, 0.03), c.ink, fill="flat")
    wings = hinge("wings", ("pulse", "swing", "wave"), (0.5, 0.5), (0.9, 0.3))
    return c.finish("butterfly", c.word("butterfly", "colourful butterfly", "moth"), rear=wings)


def cat(rng: np.random.Generator, size: int) -> Drawing:
    """A sitting cat with a tail that swings."""
    c = Canvas(rng, size)
    tint, curl = c.tone("fur") if c.chance(0.6) else c.colour(0), c.between(0.82, 0.95)
    c.on("rear")
    tail = [(0.62, 0.86), (0.82, 0.84), (0.9, 0.68), (curl, 0.5)]
    c.shape(ribbon(tail, [0.09, 0.08, 0.07]), darker(tint, 0.12))
    c.shape(ellipse(curl, 0.5, 0.036), darker(tint, 0.3))
    c.on("body").shape(curve([(0.46, 0.42), (0.3, 0.66), (0.28, 0.9), (0.5, 0.94), (0.72, 0.9), (0.66, 0.66)]), tint)
    c.plain(ellipse(0.5, 0.76, 0.1, 0.14), lighter(tint, 0.5))
    for side in (-1, 1):
        c.shape([(0.5 + side * 0.21, 0.34), (0.5 + side * 0.22, 0.08), (0.5 + side * 0.05, 0.2)], tint)
    c.shape(ellipse(0.5, 0.34, 0.24, 0.2), tint)
    face(c, 0.5, 0.33, 0.1, c.tone("pink"))
    c.plain(polygon(0.5, 0.365, 0.02, 3, 90), c.tone("pink"))
    piece = hinge("tail", ("swing", "wave"), (0.64, 0.86), (curl, 0.5))
    return c.finish("cat", c.word("cat", "sitting cat", "kitten"), rear=piece, rooted=True, mirror=c.chance(0.5))


def dog(rng: np.random.Generator, size: int) -> Drawing:
    """A standing dog in profile that wags."""
    c = Canvas(rng, size)
    tint = c.tone("fur") if c.chance(0.7) else c.colour(0)
    c.on("rear").shape(ribbon([(0.26, 0.54), (0.14, 0.44), (0.1, 0.26)], [0.085, 0.05]), darker(tint, 0.12))
    c.on("body")
    for x in (0.24, 0.36, 0.56, 0.67):
        c.shape(box(x, 0.6, x + 0.09, 0.92, 0.04), darker(tint, 0.12))
    c.shape(box(0.2, 0.46, 0.76, 0.74, 0.13), tint)
    c.shape(box(0.56, 0.2, 0.84, 0.52, 0.12), tint)
    c.shape(box(0.74, 0.34, 0.96, 0.48, 0.06), lighter(tint, 0.25))
    c.plain(ellipse(0.94, 0.37, 0.033), c.ink)
    eye(c, 0.76, 0.3, 0.03)
    c.plain(box(0.58, 0.48, 0.8, 0.53, 0.02), c.tone("red"))
    c.on("front").shape(curve([(0.63, 0.2), (0.54, 0.3), (0.56, 0.46), (0.66, 0.42), (0.7, 0.26)]), darker(tint, 0.35))
    tail = hinge("tail", ("swing", "wave"), (0.25, 0.54), (0.1, 0.26))
    ear = hinge("ear", ("swing",), (0.66, 0.22), (0.58, 0.45))
    return c.finish("dog", c.word("dog", "puppy"), rear=tail, front=ear, rooted=True, mirror=c.chance(0.5))


def jellyfish(rng: np.random.Generator, size: int) -> Drawing:
    """A dome over tentacles."""
    c = Canvas(rng, size)
    tint, half = c.colour(0), c.between(0.28, 0.38)
    c.on("rear")
    for index, x in enumerate(np.linspace(-half * 0.75, half * 0.75, c.count(4, 7))):
        bend = 0.05 * (-1) ** index
        spine = [
            (0.5 + x, 0.42),
            (0.5 + x + bend, 0.6),
            (0.5 + x - bend, 0.76),
            (0.5 + x + bend, c.between(0.86, 0.96)),
        ]
        c.shape(ribbon(spine, [0.06, 0.05, 0.015]), c.colour(1) if index % 2 else darker(tint, 0.15))
    dome = np.concatenate([arc(0.5, 0.44, half, 0.38, 180, 360), arc(0.5, 0.44, half, 0.06, 0, 180)])
    c.on("body").shape(dome, tint)
    c.stroke(arc(0.5, 0.4, half * 0.7, 0.25, 195, 245), 0.026, lighter(tint, 0.6), alpha=0.8)
    if c.chance(0.6):
        face(c, 0.5, 0.33, 0.08, c.tone("pink"))
    piece = hinge("tentacles", ("wave", "swing"), (0.5, 0.44), (0.5, 0.95))
    return c.finish("jellyfish", c.word("jellyfish", "little jellyfish"), rear=piece)


def octopus(rng: np.random.Generator, size: int) -> Drawing:
    """A round head over curling arms."""
    c = Canvas(rng, size)
    tint = c.tone("coral") if c.chance(0.4) else c.colour(0)
    c.on("rear")
    for side in (-1, 1):
        for reach in (0.4, 0.28, 0.12):
            foot = 0.93 - reach * 0.5
            away = np.array([reach * 0.4, reach * 0.85, reach + 0.06, reach + 0.05])
            arm = np.stack([0.5 + side * away, [0.5, foot, foot, foot - 0.1]], axis=1)  # (4, 2)
            c.shape(ribbon(arm, [0.13, 0.09, 0.03]), darker(tint, 0.1 + reach * 0.4))
    c.on("body").shape(curve([(0.5, 0.08), (0.76, 0.26), (0.66, 0.58), (0.5, 0.64), (0.34, 0.58), (0.24, 0.26)]), tint)
    face(c, 0.5, 0.4, 0.1, c.tone("pink"))
    piece = hinge(c.word("arms", "tentacles"), ("wave", "swing"), (0.5, 0.55), (0.5, 0.9))
    return c.finish("octopus", c.word("octopus", "little octopus"), rear=piece)


def waving_figure(rng: np.random.Generator, size: int) -> Drawing:
    """A person with one arm up."""
    c = Canvas(rng, size)
    skin, shirt, hair = c.tone("skin"), c.colour(0), c.tone("bark")
    for x in (0.41, 0.52):
        c.shape(box(x, 0.68, x + 0.08, 0.96, 0.03), c.colour(1))
    c.shape(ribbon([(0.38, 0.46), (0.29, 0.56), (0.3, 0.7)], [0.08, 0.07]), darker(shirt, 0.15))
    c.shape(box(0.37, 0.4, 0.64, 0.76, 0.08), shirt)
    c.shape(ellipse(0.5, 0.21, 0.15, 0.16), hair)
    c.shape(ellipse(0.5, 0.25, 0.125, 0.135), skin)
    c.plain(arc(0.5, 0.2, 0.13, 0.1, 180, 360), hair)
    face(c, 0.5, 0.25, 0.055, c.tone("pink"))
    hand = (c.between(0.74, 0.84), c.between(0.14, 0.24))
    c.on("front").shape(ribbon([(0.6, 0.46), (0.73, 0.42), hand], [0.085, 0.07]), shirt)
    c.shape(ellipse(*hand, 0.055), skin)
    arm = hinge(c.word("arm", "hand"), ("swing",), (0.61, 0.46), hand)
    noun = c.word("waving person", "person", "figure", "boy", "waving figure")
    return c.finish("waving figure", noun, front=arm, rooted=True, mirror=c.chance(0.5))


def robot(rng: np.random.Generator, size: int) -> Drawing:
    """A boxy robot with an antenna and an arm."""
    c = Canvas(rng, size)
    tint = c.tone("steel") if c.chance(0.4) else c.colour(0)
    c.on("rear").stroke([(0.5, 0.22), (0.5, 0.08)], 0.02, c.ink)
    c.shape(ellipse(0.5, 0.07, 0.04), c.tone("red"))
    c.on("body")
    for x in (0.36, 0.54):
        c.shape(box(x, 0.76, x + 0.1, 0.95, 0.02), darker(tint, 0.3))
    c.shape(box(0.17, 0.52, 0.26, 0.76, 0.045), darker(tint, 0.2))
    c.shape(box(0.27, 0.48, 0.73, 0.82, c.between(0.02, 0.1)), tint)
    c.shape(box(0.25, 0.17, 0.75, 0.45, c.between(0.03, 0.13)), tint)
    c.plain(box(0.31, 0.23, 0.69, 0.39, 0.05), c.ink)
    for x in (0.41, 0.59):
        c.plain(ellipse(x, 0.31, 0.035), c.tone("gold"))
    c.plain(box(0.37, 0.57, 0.63, 0.68, 0.02), c.colour(1))
    c.on("front").shape(ribbon([(0.74, 0.56), (0.86, 0.5), (0.87, 0.34)], [0.075, 0.075]), darker(tint, 0.15))
    c.shape(ellipse(0.87, 0.31, 0.06), c.colour(2))
    antenna = hinge("antenna", ("swing",), (0.5, 0.19), (0.5, 0.05))
    arm = hinge("arm", ("swing",), (0.74, 0.56), (0.87, 0.31))
    noun = c.word("robot", "toy robot", "little robot")
    return c.finish("robot", noun, rear=antenna, front=arm, rooted=True, mirror=c.chance(0.5))


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "fish": fish,
    "bird": bird,
    "butterfly": butterfly,
    "cat": cat,
    "dog": dog,
    "jellyfish": jellyfish,
    "octopus": octopus,
    "waving figure": waving_figure,
    "robot": robot,
}
