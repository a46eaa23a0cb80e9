"""Plants that move: leaves in a pot, flowers, crowns of trees, mushrooms, cacti."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .drawing import Drawing
from .paint import Canvas, hinge
from .palettes import Colour, darker, lighter, mix
from .shapes import arc, box, curve, ellipse, leaf, ribbon, turned, wobbly


def potted_plant(rng: np.random.Generator, size: int) -> Drawing:
    """Leaves that fan out of a pot."""
    c = Canvas(rng, size)
    count, spread, wide = c.count(4, 8), c.between(50, 95), c.between(0.1, 0.19)
    round_leaves = c.chance(0.35)
    c.on("rear")
    for index, turn in enumerate(np.linspace(-spread, spread, count)):
        length = 0.5 - 0.12 * abs(turn) / spread + c.between(-0.05, 0.05)
        tint = darker(c.tone("leaf"), 0.25) if index % 2 else c.tone("leaf")
        _blade(c, length, wide, float(turn), tint, round_leaves)
    _pot(c.on("body"), 0.62, 0.95)
    noun = c.word("potted plant", "houseplant", "plant in a pot", "green plant")
    leaves = hinge("leaves", ("swing", "wave"), (0.5, 0.64), (0.5, 0.2))
    return c.finish("potted plant", noun, rear=leaves, rooted=True)


def _blade(c: Canvas, length: float, wide: float, turn: float, tint: Colour, rounded: bool) -> None:
    """One leaf from the pot's mouth: pointed, or round on a stalk."""
    foot = (0.5 + turn / 1200, 0.66)
    if rounded:
        tip = turned([(foot[0], foot[1] - length)], foot, turn)[0]
        c.stroke(curve([foot, (foot[0] + turn / 900, foot[1] - length * 0.5), tip], closed=False), 0.016, darker(tint))
        c.shape(ellipse(tip[0], tip[1], wide * 0.62, wide * 0.5, turn - 70), tint)
        return
    blade = leaf(*foot, length, wide, -90 + turn, turn / 400)
    c.shape(blade, tint)
    c.stroke(curve([foot, blade[12]], closed=False), 0.006, darker(tint, 0.3), alpha=0.6, within=blade)


def _pot(c: Canvas, top: float, foot: float) -> None:
    half, tint = c.between(0.14, 0.2), c.tone("clay")
    style = c.word("rim", "bowl", "cylinder")
    if style == "bowl":
        side = curve([(0.5 - half, top), (0.47 - half, top + 0.12), (0.5 - half * 0.5, foot)], closed=False)
        c.shape(np.concatenate([side, (side * (-1, 1) + (1, 0))[::-1]]), tint)
    elif style == "cylinder":
        c.shape(box(0.5 - half, top, 0.5 + half, foot, 0.05), tint)
        c.plain(box(0.5 - half, top + 0.11, 0.5 + half, top + 0.15), lighter(tint, 0.4))
    else:
        taper = half * c.between(0.6, 0.85)
        c.shape([(0.5 - half, top), (0.5 + half, top), (0.5 + taper, foot), (0.5 - taper, foot)], tint)
        c.shape(box(0.47 - half, top - 0.03, 0.53 + half, top + 0.06, 0.02), darker(tint, 0.12))


def flower(rng: np.random.Generator, size: int) -> Drawing:
    """One blossom on a stem: the whole flower sways about its foot, or the blossom turns on the stem."""
    c = Canvas(rng, size)
    turning = c.chance(0.45)
    lean, head = c.between(-0.06, 0.06), (0.5, 0.3)
    stem = ribbon([(0.5, 0.96), (0.5 + lean, 0.65), head], [0.034, 0.026])
    for side in (-1, 1):
        if c.chance(0.85):
            y = c.between(0.6, 0.8)
            blade = leaf(0.5 + lean * 0.8, y, c.between(0.2, 0.3), 0.1, -90 + side * c.between(40, 70), side * 0.2)
            c.shape(blade, c.tone("leaf"))
    c.shape(stem, darker(c.tone("leaf"), 0.15))
    c.on("front")
    _blossom(c, head)
    noun = c.word("flower", "daisy", "blossom", "garden flower")
    kinds = ("spin_cw", "spin_ccw", "swing", "pulse") if turning else ("swing", "pulse")
    blossom = hinge(c.word("blossom", "petals", "flower head"), kinds, head, (0.5, 0.1))
    return c.finish("flower", noun, front=blossom, rooted=True)


def _blossom(c: Canvas, middle: tuple[float, float]) -> None:
    """Petals around an eye, in one or two rings."""
    x, y = middle
    petals, tint = c.count(5, 12), c.tone("pink") if c.chance(0.5) else c.colour(0)
    wide = min(0.2, 1.5 / petals * c.between(0.5, 0.75))
    round_petals = c.chance(0.5)
    for ring, shade in ((1.0, tint), (0.72, lighter(tint, 0.3))) if c.chance(0.5) else ((1.0, tint),):
        for angle in np.linspace(0, 360, petals, endpoint=False) + 180 / petals * (ring < 1):
            reach = 0.235 * ring
            if round_petals:
                at = (x + reach * 0.62 * np.cos(np.radians(angle)), y + reach * 0.62 * np.sin(np.radians(angle)))
                c.shape(ellipse(*at, reach * 0.46, wide * 0.46 * ring, float(angle)), shade)
            else:
                c.shape(leaf(x, y, reach, wide * ring, float(angle)), shade)
    c.shape(ellipse(x, y, c.between(0.055, 0.09)), c.tone("gold"))


def sunflower(rng: np.random.Generator, size: int) -> Drawing:
    """A tall head with many petals and a smiling or seeded eye."""
    c = Canvas(rng, size)
    c.on("rear")
    petals, head = c.count(12, 18), (0.5, 0.34)
    for ring, tint in ((0.3, darker(c.tone("gold"), 0.15)), (0.27, c.tone("gold"))):
        for angle in np.linspace(0, 360, petals, endpoint=False) + (0 if ring == 0.3 else 180 / petals):
            c.shape(leaf(*head, ring, 0.1, float(angle)), tint)
    c.on("body").shape(ribbon([(0.5, 0.98), (0.47, 0.75), (0.5, 0.48)], [0.04, 0.03]), c.tone("leaf"))
    for side in (-1, 1):
        c.shape(leaf(0.49, 0.84, 0.28, 0.15, -90 + side * 62, side * 0.2), c.tone("leaf"))
    c.shape(ellipse(*head, 0.15), c.tone("bark"))
    if c.chance(0.6):
        _smile(c, *head, 0.1)
    else:
        for angle in range(0, 360, 30):
            at = (head[0] + 0.09 * np.cos(np.radians(angle)), head[1] + 0.09 * np.sin(np.radians(angle)))
            c.plain(ellipse(*at, 0.012), lighter(c.tone("bark"), 0.3))
    petals_piece = hinge("petals", ("spin_cw", "spin_ccw", "swing", "pulse"), head, (0.5, 0.05))
    noun = c.word("sunflower", "smiling sunflower", "yellow flower")
    return c.finish("sunflower", noun, rear=petals_piece, rooted=True)


def _smile(c: Canvas, x: float, y: float, reach: float) -> None:
    for side in (-1, 1):
        c.plain(ellipse(x + side * reach * 0.45, y - reach * 0.2, reach * 0.13), c.paper)
    c.stroke(arc(x, y + reach * 0.05, reach * 0.4, reach * 0.4, 20, 160), reach * 0.14, c.paper)


def tree(rng: np.random.Generator, size: int) -> Drawing:
    """A crown on a trunk: round, layered like a fir, or a cloud of blobs."""
    c = Canvas(rng, size)
    kind = c.word("round", "fir", "cloud", "oval")
    c.on("body").shape(ribbon([(0.5, 0.96), (0.5, 0.5)], [0.13, 0.07], smooth=False), c.tone("bark"))
    c.stroke([(0.5, 0.74), (0.59, 0.62)], 0.03, c.tone("bark"))
    c.on("front")
    tint = c.tone("leaf") if c.chance(0.75) else c.tone("coral")
    if kind == "fir":
        for level in range(4):
            top, half = 0.48 - level * 0.14, 0.32 - level * 0.055
            tier = [(0.5, top - 0.2), (0.5 + half, top + 0.15), (0.5, top + 0.19), (0.5 - half, top + 0.15)]
            c.shape(tier, mix(darker(tint, 0.3), tint, level / 3))
    elif kind == "cloud":
        for x, y, r in ((0.33, 0.46, 0.16), (0.67, 0.46, 0.16), (0.4, 0.28, 0.17), (0.6, 0.28, 0.16), (0.5, 0.4, 0.2)):
            c.shape(ellipse(x, y, r * c.between(0.9, 1.15)), mix(tint, darker(tint, 0.3), y))
    else:
        c.shape(wobbly(c.rng, 0.5, 0.35, 0.3 if kind == "round" else 0.22, 0.31, 0.06), tint)
    if kind != "fir" and c.chance(0.5):
        for x, y in c.rng.uniform((0.34, 0.2), (0.66, 0.5), (c.count(4, 8), 2)):
            c.plain(ellipse(float(x), float(y), 0.024), c.tone("red"))
    noun = {"fir": c.word("fir tree", "pine tree"), "cloud": "bushy tree"}.get(kind, c.word("tree", "leafy tree"))
    crown = hinge(c.word("crown", "treetop", "foliage"), ("swing", "wave"), (0.5, 0.66), (0.5, 0.2))
    return c.finish("tree", noun, front=crown, rooted=True)


def palm(rng: np.random.Generator, size: int) -> Drawing:
    """Fronds on a curved trunk."""
    c = Canvas(rng, size)
    bend = c.between(-0.1, 0.1)
    top = (0.5 + bend, 0.36)
    spine = [(0.5 - bend, 0.96), (0.5 - bend * 0.5, 0.7), top]
    c.shape(ribbon(spine, [0.09, 0.06, 0.05]), c.tone("wood"))
    line = curve(spine, closed=False)
    for x, y in line[2::2]:
        c.stroke([(x - 0.028, y + 0.008), (x + 0.028, y - 0.008)], 0.007, darker(c.tone("wood"), 0.3), alpha=0.6)
    c.on("front")
    for index, angle in enumerate((10, 170, -165, -15, -45, -135, -95)):
        tint = darker(c.tone("leaf"), 0.22) if index < 2 else c.tone("leaf")
        droop = 0.42 * np.cos(np.radians(angle))
        c.shape(leaf(*top, c.between(0.33, 0.4), 0.1, angle, float(droop)), tint)
    for dx in (-0.03, 0.03):
        c.shape(ellipse(top[0] + dx, top[1] + 0.03, 0.028), c.tone("bark"))
    fronds = hinge(c.word("leaves", "fronds", "palm leaves"), ("swing", "wave"), top, (top[0], 0.1))
    return c.finish("palm tree", c.word("palm tree", "palm", "tropical tree"), front=fronds, rooted=True)


def mushroom(rng: np.random.Generator, size: int) -> Drawing:
    """A spotted cap on a stem."""
    c = Canvas(rng, size)
    half, top = c.between(0.33, 0.42), c.between(0.12, 0.22)
    c.shape(curve([(0.42, 0.5), (0.4, 0.75), (0.36, 0.92), (0.64, 0.92), (0.6, 0.75), (0.58, 0.5)]), c.paper)
    if c.chance(0.6):
        c.plain(ellipse(0.46, 0.74, 0.018), c.ink)
        c.plain(ellipse(0.54, 0.74, 0.018), c.ink)
        c.stroke(arc(0.5, 0.76, 0.025, 0.025, 20, 160), 0.01, c.ink)
    c.on("front")
    cap = np.concatenate([arc(0.5, 0.55, half, 0.55 - top, 180, 360), arc(0.5, 0.55, half, 0.07, 0, 180)])
    c.shape(cap, c.tone("red"))
    for x, y, r in ((0.5, 0.3, 0.07), (0.32, 0.44, 0.055), (0.68, 0.42, 0.06), (0.5, 0.5, 0.04), (0.6, 0.22, 0.035)):
        c.plain(ellipse(x + c.between(-0.02, 0.02), y, r, r * 0.8), c.paper, within=cap)
    piece = hinge("cap", ("swing", "pulse", "bob"), (0.5, 0.56), (0.5, 0.2))
    return c.finish("mushroom", c.word("mushroom", "toadstool", "spotted mushroom"), front=piece, rooted=True)


def cactus(rng: np.random.Generator, size: int) -> Drawing:
    """A column with two arms in a pot, with a flower on top."""
    c = Canvas(rng, size)
    c.on("rear")
    for side, y in ((-1, c.between(0.42, 0.5)), (1, c.between(0.36, 0.46))):
        bend = [(0.5, y), (0.5 + side * 0.2, y), (0.5 + side * 0.21, y - 0.04), (0.5 + side * 0.21, y - 0.2)]
        c.shape(ribbon(bend, [0.1, 0.1]), darker(c.tone("leaf"), 0.1))
        c.shape(ellipse(0.5 + side * 0.21, y - 0.2, 0.05), darker(c.tone("leaf"), 0.1))
    trunk = box(0.39, 0.14, 0.61, 0.72, 0.11)
    c.shape(trunk, c.tone("leaf"))
    for x in (0.45, 0.5, 0.55):
        for y in np.linspace(0.22, 0.58, 6):
            c.stroke([(x, float(y)), (x, float(y) + 0.025)], 0.008, lighter(c.tone("leaf"), 0.6))
    if c.chance(0.7):
        for angle in np.linspace(-160, -20, 5):
            c.shape(leaf(0.5, 0.16, 0.1, 0.07, float(angle)), c.tone("pink"))
    _pot(c.on("body"), 0.66, 0.95)
    stem = hinge(c.word("cactus stem", "arms", "cactus body"), ("swing", "wave"), (0.5, 0.7), (0.5, 0.2))
    return c.finish("cactus", c.word("cactus", "potted cactus", "little cactus"), rear=stem, rooted=True)


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "potted plant": potted_plant,
    "flower": flower,
    "sunflower": sunflower,
    "tree": tree,
    "palm tree": palm,
    "mushroom": mushroom,
    "cactus": cactus,
}
