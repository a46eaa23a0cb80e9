"""Food and drinks in one piece."""

from __future__ import annotations

import numpy as np

from .glyphs import glyph, some
from .palettes import darker, lighter, mix
from .products import WHITE, gloss
from .shapes import arc, box, curve, ellipse, leaf
from .sketch import Family, Sketch, families


def pizza_slice(c: Sketch) -> str:
    """A slice of pizza."""
    form = np.array([(0.1, 0.24), (0.9, 0.24), (0.5, 0.98)])
    c.shape(curve([(0.06, 0.2), (0.5, 0.08), (0.94, 0.2), (0.9, 0.31), (0.5, 0.24), (0.1, 0.31)]), c.tone("wood"))
    c.shape(form, c.tone("gold"))
    for x, y in ((0.36, 0.4), (0.64, 0.38), (0.5, 0.62), (0.5, 0.36))[: c.whole(2, 4)]:
        c.shape(ellipse(x + c.between(-0.03, 0.03), y, 0.08), c.tone("red"), within=form)
    for _ in range(4):
        c.plain(
            leaf(c.between(0.35, 0.65), c.between(0.32, 0.6), 0.08, 0.04, c.between(0, 360)),
            c.tone("leaf"),
            within=form,
        )
    c.tilted(c.between(-30, 30))
    return c.word("pizza slice", "slice of pizza", "pizza")


def avocado(c: Sketch) -> str:
    """Half an avocado with its stone."""
    form = curve(
        [
            (0.5, 0.05),
            (0.66, 0.2),
            (0.72, 0.45),
            (0.84, 0.66),
            (0.7, 0.9),
            (0.5, 0.96),
            (0.3, 0.9),
            (0.16, 0.66),
            (0.28, 0.45),
            (0.34, 0.2),
        ]
    )
    c.shape(form, darker(c.tone("leaf"), 0.3))
    c.plain((form - (0.5, 0.56)) * 0.88 + (0.5, 0.56), mix(c.tone("grass"), c.tone("gold"), 0.3))
    c.plain((form - (0.5, 0.58)) * 0.74 + (0.5, 0.58), lighter(c.tone("gold"), 0.45))
    c.shape(ellipse(0.5, 0.66, 0.17), c.tone("bark"))
    c.plain(ellipse(0.44, 0.6, 0.04, 0.055, 30), WHITE, 0.5)
    c.face(0.5, 0.36, 0.24) if c.maybe(0.35) else None
    c.tilted(c.between(-35, 35))
    return c.word("avocado", "avocado half")


def cake(c: Sketch) -> str:
    """A slice of layered cake or a cupcake."""
    if c.maybe(0.5):
        c.shape([(0.24, 0.56), (0.76, 0.56), (0.68, 0.96), (0.32, 0.96)], c.colour(1))
        for x in np.linspace(0.32, 0.68, 5):
            c.stroke([(x, 0.6), (0.5 + (x - 0.5) * 0.8, 0.92)], 0.012, darker(c.colour(1)))
        for y, half in ((0.5, 0.32), (0.36, 0.24), (0.23, 0.15)):
            c.shape(box(0.5 - half, y - 0.08, 0.5 + half, y + 0.09, 0.085), c.colour(0))
        c.shape(ellipse(0.5, 0.1, 0.065), c.tone("red"))
        return c.word("cupcake", "muffin")
    tones = [c.tone("clay"), c.paper, c.tone("clay"), c.colour(0)]
    for index, tone in enumerate(tones):
        y = 0.78 - 0.13 * index
        c.shape(box(0.1, y - 0.02, 0.9, y + 0.13, 0.02), tone)
    c.shape(
        curve(
            [
                (0.08, 0.36),
                (0.5, 0.28),
                (0.92, 0.36),
                (0.9, 0.46),
                (0.74, 0.54),
                (0.6, 0.45),
                (0.4, 0.56),
                (0.26, 0.45),
                (0.1, 0.5),
            ]
        ),
        c.colour(0),
    )
    for x in np.linspace(0.24, 0.76, c.whole(1, 4)):
        c.shape(ellipse(x, 0.24, 0.07), c.tone("red"))
    return c.word("cake", "slice of cake", "birthday cake")


def citrus(c: Sketch) -> str:
    """A round of lemon or orange, whole or half."""
    tone = c.tone(c.word("gold", "flame", "grass", "pink"))
    c.shape(ellipse(0.5, 0.5, 0.45), tone)
    c.plain(ellipse(0.5, 0.5, 0.39), lighter(tone, 0.75))
    tips = c.whole(7, 10)
    for index in range(tips):
        middle = 2 * np.pi * index / tips
        corners = [(0.05, 0), (0.34, -2.3 / tips), (0.36, 0), (0.34, 2.3 / tips)]
        c.plain(
            curve([(0.5 + r * np.cos(middle + a), 0.5 + r * np.sin(middle + a)) for r, a in corners], steps=4),
            lighter(tone, 0.15),
        )
    if c.maybe(0.4):
        c.cut(box(-0.2, 0.5, 1.2, 1.2))
    c.tilted(c.between(-40, 40))
    return c.word("lemon slice", "orange slice", "citrus fruit", "slice of lemon")


def strawberry(c: Sketch) -> str:
    """A strawberry."""
    form = curve(
        [(0.5, 0.24), (0.76, 0.2), (0.86, 0.42), (0.7, 0.76), (0.5, 0.96), (0.3, 0.76), (0.14, 0.42), (0.24, 0.2)]
    )
    c.shape(form, c.tone("red"))
    for row in range(5):
        for x in np.linspace(0.28, 0.72, 5) + 0.05 * (row % 2):
            c.plain(leaf(x, 0.34 + 0.12 * row, 0.035, 0.02, 90), c.tone("gold"), within=form)
    for angle in (200, 235, 270, 305, 340):
        c.shape(leaf(0.5, 0.24, 0.26, 0.11, angle + c.between(-8, 8)), c.tone("leaf"))
    gloss(c, form, 0.28, 0.38, 0.5)
    return c.word("strawberry", "berry", "fruit")


def watermelon(c: Sketch) -> str:
    """A wedge of watermelon."""
    for radius, tone in (
        (0.47, darker(c.tone("leaf"), 0.2)),
        (0.42, lighter(c.tone("grass"), 0.5)),
        (0.38, c.tone("red")),
    ):
        c.shape(arc(0.5, 0.28, radius, radius * 1.3, 0, 180), tone)
    for x, y in c.rng.uniform((0.26, 0.34), (0.74, 0.58), (c.whole(5, 10), 2)):
        c.plain(leaf(x, y, 0.06, 0.035, 90), c.ink)
    c.tilted(c.between(-25, 25))
    return c.word("watermelon", "slice of melon", "watermelon slice")


def cocktail(c: Sketch) -> str:
    """A drink in a glass that lets some light through."""
    tone, tall = c.colour(0), c.maybe(0.5)
    form = (
        np.array([(0.24, 0.24), (0.76, 0.24), (0.69, 0.96), (0.31, 0.96)])
        if tall
        else np.array([(0.1, 0.2), (0.9, 0.2), (0.52, 0.62), (0.48, 0.62)])
    )
    c.stroke([(0.56, 0.6), (0.72, 0.02)], 0.025, c.colour(1))
    c.plain(form, lighter(tone, 0.7), 0.45)
    c.plain(box(0, 0.36, 1, 1) if tall else box(0, 0.28, 1, 1), tone, 0.85, within=form)
    for x, y in c.rng.uniform((0.36, 0.4), (0.6, 0.8), (3 if tall else 0, 2)):
        c.plain(box(x - 0.06, y - 0.06, x + 0.06, y + 0.06, 0.02), WHITE, 0.4)
    if not tall:
        c.stroke([(0.5, 0.6), (0.5, 0.93)], 0.03, lighter(tone, 0.7))
        c.shape(ellipse(0.5, 0.95, 0.2, 0.03), lighter(tone, 0.7), fill="flat")
    c.stroke(form, 0.016, lighter(tone, 0.8), closed=True, alpha=0.9)
    c.shape(ellipse(0.24, 0.2, 0.12), c.tone("gold"))
    c.plain(ellipse(0.24, 0.2, 0.085), lighter(c.tone("gold"), 0.5))
    return c.word("cocktail", "drink", "glass of lemonade" if tall else "cocktail glass")


def sushi(c: Sketch) -> str:
    """Salmon on rice, or a roll."""
    if c.maybe(0.5):
        c.shape(box(0.06, 0.46, 0.94, 0.82, 0.16), c.paper)
        top = curve([(0.02, 0.5), (0.2, 0.26), (0.7, 0.24), (0.98, 0.48), (0.9, 0.6), (0.5, 0.52), (0.1, 0.62)])
        c.shape(top, c.tone("coral"))
        for x in np.linspace(0.2, 0.8, 5):
            c.plain(
                curve([(x, 0.2), (x + 0.03, 0.2), (x + 0.13, 0.7), (x + 0.1, 0.7)], steps=3),
                lighter(c.tone("coral"), 0.5),
                within=top,
            )
        c.plain(box(0.42, 0.22, 0.56, 0.82), darker(c.tone("leaf"), 0.55)) if c.maybe(0.5) else None
        return c.word("sushi", "sushi")
    c.shape(ellipse(0.5, 0.5, 0.45), darker(c.tone("leaf"), 0.6))
    c.plain(ellipse(0.5, 0.5, 0.38), c.paper)
    for index, (x, y) in enumerate(((0.42, 0.44), (0.58, 0.46), (0.5, 0.6))):
        c.shape(ellipse(x, y, 0.11), (c.tone("coral"), c.tone("leaf"), c.tone("gold"))[index])
    return c.word("sushi roll", "maki")


def popcorn(c: Sketch) -> str:
    """A striped tub of popcorn, or of fries."""
    fries = c.maybe(0.4)
    for x in np.linspace(0.28, 0.72, 7):
        if fries:
            c.shape(box(x - 0.035, c.between(0.06, 0.26), x + 0.035, 0.6), c.tone("gold"))
        else:
            for y in (0.3, 0.2 + abs(x - 0.5) * 0.4):
                c.shape(
                    curve(
                        ellipse(x, y + c.between(-0.03, 0.03), 0.09, 0.085, steps=7)
                        + c.rng.uniform(-0.02, 0.02, (7, 2)),
                        steps=4,
                    ),
                    lighter(c.tone("gold"), 0.6),
                )
    form = np.array([(0.2, 0.36), (0.8, 0.36), (0.72, 0.96), (0.28, 0.96)])
    c.shape(form, c.tone("red") if c.maybe(0.6) else c.colour(0))
    c.bands(form, c.paper, 90, 0.15, 0.5) if not fries else glyph(c, some(c), 0.5, 0.66, 0.13, c.paper)
    return c.word("fries", "french fries") if fries else c.word("popcorn", "bucket of popcorn")


FAMILIES: dict[str, Family] = families(
    (pizza_slice, avocado, cake, citrus, strawberry, watermelon, cocktail, sushi, popcorn), tilt=10
)
