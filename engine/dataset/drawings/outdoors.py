"""Things that stand outside, with a part that moves: wheels on water and at fairs, cranes, swings, banners."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .drawing import Drawing
from .machines import TURNS
from .paint import Canvas, hinge
from .palettes import darker, lighter
from .shapes import arc, box, curve, ellipse, ribbon, turned, wobbly


def ferris_wheel(rng: np.random.Generator, size: int) -> Drawing:
    """A large wheel with cabins on two legs."""
    c = Canvas(rng, size)
    middle, cabins, frame = (0.5, 0.45), c.count(6, 10), c.tone("steel") if c.chance(0.5) else c.colour(0)
    for side in (-1, 1):
        c.stroke([middle, (0.5 + side * 0.26, 0.95)], 0.035, darker(frame, 0.3))
    c.shape(box(0.18, 0.92, 0.82, 0.97, 0.02), darker(frame, 0.4))
    c.on("front")
    for radius in (0.34, c.between(0.18, 0.29)):
        c.stroke(ellipse(*middle, radius), 0.02, frame, closed=True)
    for index, angle in enumerate(np.linspace(0, 360, cabins, endpoint=False)):
        x, y = turned([(0.5, middle[1] - 0.34)], middle, float(angle))[0]
        c.stroke([middle, (x, y)], 0.012, frame)
        c.shape(box(x - 0.05, y - 0.035, x + 0.05, y + 0.065, 0.035), c.colour(1 + index % 4))
        c.plain(box(x - 0.032, y - 0.018, x + 0.032, y + 0.015, 0.01), lighter(c.tone("sky"), 0.4))
    c.shape(ellipse(*middle, 0.05), c.tone("gold"))
    piece = hinge(c.word("wheel", "big wheel", "cabins"), (*TURNS, "swing"), middle, (0.5, 0.1))
    return c.finish("ferris wheel", c.word("ferris wheel", "fairground wheel"), front=piece, rooted=True)


def water_mill(rng: np.random.Generator, size: int) -> Drawing:
    """A house with a paddle wheel at its side."""
    c = Canvas(rng, size)
    wall, roof, radius = c.tone("sand"), c.tone("clay"), c.between(0.22, 0.29)
    c.shape(box(0.08, 0.4, 0.62, 0.92), wall)
    c.shape([(0.02, 0.42), (0.2, 0.12), (0.5, 0.12), (0.68, 0.42)], roof)
    c.plain(box(0.16, 0.52, 0.3, 0.66, 0.02), c.tone("sky"))
    c.plain(box(0.16, 0.72, 0.29, 0.92, 0.06), c.tone("bark"))
    c.shape(box(0.0, 0.88, 1.0, 0.98, 0.04), c.tone("water"))
    middle, wood = (0.67, 0.62), c.tone("wood")
    c.on("front")
    for angle in np.linspace(0, 360, c.count(7, 10), endpoint=False):
        paddle = box(0.635, 0.62 - radius - 0.06, 0.705, 0.62 - radius + 0.04, 0.01)
        c.shape(turned(paddle, middle, float(angle)), darker(wood, 0.2))
        c.stroke(turned([middle, (0.67, 0.62 - radius)], middle, float(angle)), 0.018, wood)
    c.stroke(ellipse(*middle, radius), 0.035, wood, closed=True)
    c.shape(ellipse(*middle, 0.05), darker(wood, 0.3))
    wheel = hinge(c.word("wheel", "water wheel", "mill wheel"), TURNS, middle, (0.67, 0.3))
    return c.finish(
        "water mill", c.word("water mill", "mill", "old mill"), front=wheel, rooted=True, mirror=c.chance(0.5)
    )


def tower_crane(rng: np.random.Generator, size: int) -> Drawing:
    """A crane with a mast of lattice; a load hangs from its jib."""
    c = Canvas(rng, size)
    tint, load, at = (
        c.tone("gold") if c.chance(0.6) else c.colour(0),
        c.word("hook", "crate", "ball"),
        c.between(0.66, 0.84),
    )
    foot = c.between(0.5, 0.68)
    c.on("rear").stroke([(at, 0.24), (at, foot)], 0.014, c.ink)
    if load == "crate":
        c.stroke([(at - 0.1, foot + 0.1), (at, foot), (at + 0.1, foot + 0.1)], 0.012, c.ink)
        c.shape(box(at - 0.12, foot + 0.09, at + 0.12, foot + 0.26, 0.01), c.tone("wood"))
        c.stroke([(at - 0.1, foot + 0.11), (at + 0.1, foot + 0.24)], 0.016, darker(c.tone("wood"), 0.3))
    elif load == "ball":
        c.shape(ellipse(at, foot + 0.09, 0.11), c.ink)
    else:
        c.shape(box(at - 0.035, foot - 0.02, at + 0.035, foot + 0.05, 0.01), c.tone("red"))
        c.stroke(arc(at, foot + 0.1, 0.045, 0.05, -90, 150), 0.024, c.tone("steel"))
    c.on("body").shape(box(0.2, 0.9, 0.56, 0.97, 0.01), c.tone("steel"))
    for x in (0.31, 0.45):
        c.stroke([(x, 0.2), (x, 0.9)], 0.022, tint)
    rungs = np.linspace(0.28, 0.88, 8)
    c.stroke([(0.31 if i % 2 else 0.45, y) for i, y in enumerate(rungs)], 0.014, darker(tint, 0.15))
    c.stroke([(0.08, 0.24), (0.38, 0.06), (0.92, 0.22)], 0.012, c.ink)
    c.shape([(0.32, 0.22), (0.38, 0.05), (0.44, 0.22)], tint)
    c.shape(box(0.03, 0.21, 0.97, 0.27, 0.01), tint)
    c.shape(box(0.06, 0.25, 0.18, 0.36, 0.01), c.tone("steel"))
    c.shape(box(0.4, 0.27, 0.52, 0.39, 0.02), c.colour(1))
    part = {"hook": c.word("hook", "cable"), "crate": c.word("crate", "load"), "ball": c.word("wrecking ball", "ball")}[
        load
    ]
    piece = hinge(part, ("swing", "bob"), (at, 0.25), (at, foot))
    return c.finish(
        "tower crane", c.word("crane", "tower crane", "building crane"), rear=piece, rooted=True, mirror=c.chance(0.5)
    )


def swing_tree(rng: np.random.Generator, size: int) -> Drawing:
    """A tree with a swing, a tyre or a lamp on ropes below a branch."""
    c = Canvas(rng, size, sticker=0.0)
    leaf_tint, kind, at = c.tone("leaf"), c.word("seat", "tyre", "lamp"), c.between(0.66, 0.76)
    c.shape(ribbon([(0.3, 0.97), (0.32, 0.7), (0.36, 0.3)], [0.18, 0.11, 0.09]), c.tone("bark"))
    c.shape(ribbon([(0.34, 0.48), (0.6, 0.42), (0.88, 0.4)], [0.09, 0.06, 0.04]), c.tone("bark"))
    for x, y, r in ((0.2, 0.32, 0.18), (0.74, 0.27, 0.18), (0.46, 0.2, 0.22)):
        c.shape(wobbly(c.rng, x, y, r, r * 0.84), leaf_tint if x > 0.4 else darker(leaf_tint, 0.15))
    low = c.between(0.7, 0.8)
    c.on("front")
    ropes = (-0.09, 0.09) if kind == "seat" else (0.0,)
    for x in ropes:
        c.stroke([(at + x, 0.41), (at + x, low)], 0.014, c.tone("sand"))
    if kind == "seat":
        c.shape(box(at - 0.13, low - 0.01, at + 0.13, low + 0.035, 0.01), c.colour(1))
    elif kind == "tyre":
        c.stroke(ellipse(at, low + 0.09, 0.085), 0.055, c.ink, closed=True)
    else:
        c.glow(at, low + 0.05, 0.16, c.tone("gold"), 0.6)
        c.shape(box(at - 0.06, low - 0.02, at + 0.06, low + 0.12, 0.03), c.tone("gold"))
        c.shape([(at - 0.08, low - 0.01), (at, low - 0.07), (at + 0.08, low - 0.01)], c.ink)
    part = {"seat": c.word("swing", "seat"), "tyre": c.word("tyre", "tire swing"), "lamp": c.word("lamp", "lantern")}[
        kind
    ]
    kinds = ("swing", "flicker") if kind == "lamp" else ("swing",)
    noun = c.word("tree with a lamp", "old tree") if kind == "lamp" else c.word("tree with a swing", "garden tree")
    return c.finish(
        "swing tree", noun, front=hinge(part, kinds, (at, 0.42), (at, low)), rooted=True, mirror=c.chance(0.5)
    )


def fortress(rng: np.random.Generator, size: int) -> Drawing:
    """Towers with banners above and a gate that drops before them."""
    c = Canvas(rng, size)
    stone, cloth, lean = c.tone("steel") if c.chance(0.5) else c.tone("sand"), c.tone("red"), c.between(0.02, 0.05)
    c.on("rear")
    for x, top in ((0.2, 0.12), (0.5, 0.02), (0.8, 0.12))[c.count(0, 1) :]:
        c.stroke([(x, 0.4), (x, top)], 0.014, c.ink)
        edge = [(0, 0), (0.08, lean), (0.17, 0.02), (0.15, 0.07), (0.17, 0.12), (0.08, 0.1 + lean), (0, 0.11)]
        c.shape(curve(np.add(edge, (x, top)), steps=4), cloth)
    c.on("body")
    pointed = c.chance(0.5)
    for x, top, half in ((0.5, 0.36, 0.17), (0.2, 0.42, 0.13), (0.8, 0.42, 0.13)):
        c.shape(box(x - half, top, x + half, 0.95), stone if x != 0.5 else lighter(stone, 0.15))
        if pointed:
            c.shape([(x - half - 0.03, top + 0.02), (x, top - 0.2), (x + half + 0.03, top + 0.02)], c.colour(1))
        for offset in (-0.7, 0, 0.7) if not pointed else ():
            c.shape(box(x + offset * half - 0.035, top - 0.055, x + offset * half + 0.035, top + 0.01), stone)
        c.plain(box(x - 0.025, top + 0.09, x + 0.025, top + 0.19, 0.025), darker(stone, 0.55))
    c.shape([(0.37, 0.95), (0.37, 0.78), *arc(0.5, 0.78, 0.13, 0.12, 180, 360), (0.63, 0.95)], darker(stone, 0.6))
    banners = hinge(c.word("banners", "flags"), ("wave", "swing"), (0.5, 0.25), (0.5, 0.02))
    noun = c.word("fortress", "fort", "royal castle", "castle with flags")
    return c.finish("fortress", noun, rear=banners, rooted=True)


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "ferris wheel": ferris_wheel,
    "water mill": water_mill,
    "tower crane": tower_crane,
    "swing tree": swing_tree,
    "fortress": fortress,
}
