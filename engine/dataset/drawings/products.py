"""What is sold: bottles, shoes, devices, clothes, food, in one piece."""

from __future__ import annotations

import numpy as np

from .emblems import NAMES
from .glyphs import glyph, some
from .interface import on, scenery
from .palettes import Colour, darker, lighter, mix
from .shapes import Points, arc, box, curve, ellipse, leaf, mirrored, star
from .sketch import Family, Sketch, families

WHITE = (255, 255, 255)


def both(right: list[tuple[float, float]]) -> Points:
    """An upright outline from its right half, from the top down."""
    half = np.array(right, float)
    return np.concatenate([half, mirrored(half)[::-1]])


def label(c: Sketch, within: Points, y0: float, y1: float, width: float, tone: Colour) -> None:
    """A band with a name or a sign on a package."""
    c.plain(box(0, y0, 1, y1), tone, within=within)
    if c.maybe(0.5):
        c.write(c.word(*NAMES), 0.5, (y0 + y1) / 2, width, (y1 - y0) * 0.6, on(c, tone), weight=3)
    else:
        glyph(c, some(c), 0.5, (y0 + y1) / 2, min(0.3 * width, 0.36 * (y1 - y0)), on(c, tone), hole=tone)


def gloss(c: Sketch, within: Points, x: float, y0: float, y1: float) -> None:
    """A long light on the left and shade on the right."""
    c.shaded(within, box(1 - x - 0.08, 0, 1, 1), 0.14)
    c.shine(within, [(x, y0), (x, y1)], c.between(0.015, 0.04), 0.5)


def bottle(c: Sketch) -> str:
    """A bottle of wine, lotion or lemonade; glass lets some light through."""
    neck, wide, shoulder = c.between(0.05, 0.1), c.between(0.15, 0.22), c.between(0.3, 0.44)
    form = both([(neck, 0.1), (neck, shoulder - 0.1), (wide, shoulder + 0.06), (wide, 0.93), (wide - 0.03, 0.97)])
    form[:5, 0], form[5:, 0] = form[:5, 0] + 0.5, form[5:, 0] - 0.5
    tone = c.colour(0)
    if c.maybe(0.3):
        c.plain(form, tone, 0.55)
        c.plain(box(0, c.between(0.42, 0.6), 1, 1), tone, 0.7, within=form)
        c.stroke(form, 0.014, darker(tone, 0.3), closed=True, alpha=0.7)
    else:
        c.shape(form, tone)
    c.shape(box(0.5 - neck - 0.015, 0.03, 0.5 + neck + 0.015, 0.13, 0.02), c.colour(1))
    label(c, form, 0.56, 0.83, 1.7 * wide, c.paper if c.maybe(0.5) else c.colour(2))
    gloss(c, form, 0.5 - wide + 0.05, shoulder + 0.08, 0.9)
    return c.word("bottle", "glass bottle", "lotion bottle", "juice bottle")


def can(c: Sketch) -> str:
    """A drinks can."""
    wide = c.between(0.19, 0.26)
    form = np.concatenate([box(0.5 - wide, 0.1, 0.5 + wide, 0.93, 0.06)])
    c.shape(form, c.colour(0))
    c.plain(
        curve([(0, c.between(0.5, 0.7)), (0.4, 0.5), (0.6, 0.75), (1, 0.55), (1, 1), (0, 1)], steps=5),
        c.colour(1),
        within=form,
    )
    label(c, form, 0.34, 0.56, 1.7 * wide, mix(c.colour(0), c.paper, 0.15))
    c.shape(ellipse(0.5, 0.1, wide * 0.9, 0.04), c.tone("steel"), fill="flat")
    c.plain(ellipse(0.5, 0.095, wide * 0.3, 0.015), darker(c.tone("steel")))
    gloss(c, form, 0.5 - wide + 0.06, 0.18, 0.86)
    return c.word("can", "soda can", "drink")


def perfume(c: Sketch) -> str:
    """A small flask with a heavy lid."""
    tone, half = c.colour(0), c.between(0.25, 0.36)
    c.shape(box(0.38, 0.04, 0.62, 0.27, c.between(0, 0.1)), c.tone("gold") if c.maybe(0.5) else c.ink)
    c.shape(box(0.44, 0.25, 0.56, 0.36), darker(tone, 0.3))
    form = box(0.5 - half, 0.34, 0.5 + half, 0.95, c.between(0.02, 0.25))
    c.plain(form, tone, 0.75)
    c.plain((form - (0.5, 0.66)) * 0.8 + (0.5, 0.67), darker(tone, 0.12))
    c.write(c.word(*NAMES), 0.5, 0.66, half * 1.3, 0.13, c.paper, weight=1)
    gloss(c, form, 0.56 - half, 0.42, 0.88)
    return c.word("perfume", "perfume bottle", "flask")


def phone(c: Sketch) -> str:
    """A phone, upright or lying, with a picture or an app."""
    x0, x1 = 0.26, 0.74
    c.restyle(fill=c.word("flat", "gradient", "soft"))
    c.shape(box(x0, 0.02, x1, 0.98, 0.075), c.ink if c.maybe(0.6) else c.colour(0))
    scenery(c, x0 + 0.02, 0.04, x1 - 0.02, 0.96, 0.055)
    for row in range(c.whole(0, 4)):
        for column in range(3):
            x, y = x0 + 0.1 + 0.14 * column, 0.2 + 0.14 * row
            c.plain(box(x - 0.045, y - 0.045, x + 0.045, y + 0.045, 0.02), c.colour(row + column))
    c.plain(box(0.43, 0.055, 0.57, 0.08, 0.012), c.ink)
    c.tilted(c.between(-25, 25)) if c.maybe(0.5) else None
    return c.word("phone", "smartphone", "mobile phone")


def laptop(c: Sketch) -> str:
    """An open laptop."""
    c.restyle(fill=c.word("flat", "gradient", "soft"))
    c.shape(box(0.13, 0.18, 0.87, 0.72, 0.03), c.ink)
    scenery(c, 0.155, 0.205, 0.845, 0.695, 0.01)
    c.shape([(0.03, 0.72), (0.97, 0.72), (1.0, 0.78), (0.0, 0.78)], c.tone("steel"))
    c.plain(box(0.42, 0.72, 0.58, 0.738, 0.01), darker(c.tone("steel"), 0.3))
    return c.word("laptop", "computer", "notebook computer")


def shoe(c: Sketch) -> str:
    """A sneaker in profile."""
    tone, high = c.colour(0), c.between(0.22, 0.4)
    upper = curve(
        [(0.08, 0.68), (0.08, high), (0.26, high - 0.02), (0.34, high + 0.12), (0.6, 0.5), (0.9, 0.56), (0.95, 0.7)],
        steps=8,
    )
    c.shape(upper, tone)
    c.plain(curve([(0.7, 0.4), (1.0, 0.5), (1.0, 0.8), (0.72, 0.72)]), c.colour(1), within=upper)
    c.plain(curve([(0.14, 0.66), (0.4, 0.62), (0.66, 0.5), (0.5, 0.62), (0.3, 0.7)]), c.paper, within=upper)
    for index in range(4):
        x, y = 0.35 + 0.065 * index, high + 0.13 + (0.47 - high) * index / 5.5
        c.stroke([(x - 0.02, y), (x + 0.06, y - 0.03)], 0.02, c.paper)
    c.shape(curve([(0.06, 0.67), (0.5, 0.67), (0.97, 0.67), (0.97, 0.76), (0.5, 0.77), (0.05, 0.77)]), c.paper)
    c.plain(box(0.08, 0.745, 0.94, 0.775, 0.015), c.colour(2))
    return c.word("shoe", "sneaker", "running shoe", "trainer")


def carton(c: Sketch) -> str:
    """A box seen from its corner."""
    tone, x, y, rise = c.colour(0), c.between(0.4, 0.6), c.between(0.3, 0.4), c.between(0.1, 0.17)
    left = np.array([(0.08, y), (x, y + rise), (x, 0.95), (0.08, 0.95 - rise)])
    right = np.array([(0.92, y), (x, y + rise), (x, 0.95), (0.92, 0.95 - rise)])
    c.shape(left, tone)
    c.shape(right, darker(tone, 0.25))
    c.shape([(0.08, y), (x, y + rise), (0.92, y), (1.0 - x, y - rise)], lighter(tone, 0.3))
    c.plain([(0.2, y + 0.12), (x - 0.1, y + rise + 0.1), (x - 0.1, 0.62 + rise), (0.2, 0.66)], c.paper)
    glyph(c, some(c), (x + 0.1) / 2 + 0.03, (y + 0.66 + rise) / 2, 0.075, c.colour(1), hole=c.paper)
    return c.word("box", "carton", "package", "parcel")


def headphones(c: Sketch) -> str:
    """Headphones from the front."""
    tone = c.colour(0)
    c.stroke(arc(0.5, 0.52, 0.38, 0.42, 180, 360), c.between(0.05, 0.08), tone)
    for side in (-1, 1):
        x = 0.5 + side * 0.36
        c.shape(box(x - 0.1, 0.48, x + 0.1, 0.88, 0.09), darker(tone, 0.25))
        c.shape(box(x + side * 0.03 - 0.06, 0.52, x + side * 0.03 + 0.06, 0.84, 0.06), c.colour(1))
    return c.word("headphones", "headphones", "headset")


def wrist_watch(c: Sketch) -> str:
    """A watch with its strap."""
    c.shape(box(0.37, 0.0, 0.63, 1.0, 0.04), c.colour(0))
    for y in (0.06, 0.1, 0.9, 0.94):
        c.plain(ellipse(0.5, y, 0.012), darker(c.colour(0), 0.5))
    round_ = c.maybe(0.6)
    c.shape(ellipse(0.5, 0.5, 0.26) if round_ else box(0.26, 0.24, 0.74, 0.76, 0.1), c.tone(c.word("steel", "gold")))
    c.shape(
        ellipse(0.5, 0.5, 0.215) if round_ else box(0.3, 0.28, 0.7, 0.72, 0.07),
        c.ink if c.maybe(0.5) else c.paper,
        fill="flat",
    )
    hands = c.colour(1)
    for angle, reach in ((c.between(0, 6.3), 0.1), (c.between(0, 6.3), 0.16)):
        c.stroke([(0.5, 0.5), (0.5 + reach * np.cos(angle), 0.5 + reach * np.sin(angle))], 0.022, hands)
    return c.word("watch", "wristwatch")


def sunglasses(c: Sketch) -> str:
    """Sunglasses with glass that lets some light through."""
    tone, glass = c.colour(0), c.colour(1)
    for side in (-1, 1):
        x = 0.5 + side * 0.24
        lens = ellipse(x, 0.52, 0.2, 0.18) if c.look.light < -90 else box(x - 0.2, 0.38, x + 0.2, 0.68, 0.12)
        c.plain(lens, darker(glass, 0.3), 0.8)
        c.stroke([(x - 0.1, 0.58), (x + 0.02, 0.44)], 0.03, WHITE, alpha=0.5)
        c.stroke(lens, 0.04, tone, closed=True)
        c.stroke([(x + side * 0.18, 0.45), (x + side * 0.26, 0.42)], 0.05, tone)
    c.stroke(arc(0.5, 0.5, 0.06, 0.05, 190, 350), 0.035, tone)
    return c.word("sunglasses", "glasses")


def handbag(c: Sketch) -> str:
    """A handbag or a shopping bag."""
    tone, top = c.colour(0), c.between(0.36, 0.48)
    c.stroke(arc(0.5, top + 0.02, c.between(0.15, 0.22), c.between(0.24, 0.32), 180, 360), 0.035, darker(tone, 0.35))
    form = np.array([(0.14, top), (0.86, top), (0.94, 0.95), (0.06, 0.95)])
    c.shape(form, tone)
    if c.maybe(0.5):
        c.shape([(0.13, top), (0.87, top), (0.5, top + 0.3)], darker(tone, 0.15))
        c.shape(ellipse(0.5, top + 0.27, 0.035), c.tone("gold"))
    else:
        label(c, form, top + 0.12, top + 0.36, 0.56, mix(tone, c.paper, 0.2))
    return c.word("bag", "handbag", "shopping bag")


def t_shirt(c: Sketch) -> str:
    """A shirt with a print."""
    form = both([(0.6, 0.1), (0.76, 0.13), (0.98, 0.34), (0.85, 0.46), (0.76, 0.38), (0.76, 0.94)])
    c.shape(form, c.colour(0))
    c.plain(ellipse(0.5, 0.09, 0.11, 0.08), darker(c.colour(0), 0.35), within=form)
    if c.maybe(0.6):
        glyph(c, some(c), 0.5, 0.5, 0.15, c.colour(1), hole=c.colour(0))
    else:
        c.write(c.word(*NAMES), 0.5, 0.46, 0.4, 0.16, on(c, c.colour(0)), weight=4)
    return c.word("t-shirt", "shirt")


def armchair(c: Sketch) -> str:
    """An armchair from the front."""
    tone = c.colour(0)
    for x in (0.24, 0.72):
        c.shape(box(x, 0.8, x + 0.05, 0.97, 0.02), c.tone("bark"))
    c.shape(box(0.2, 0.14, 0.8, 0.7, c.between(0.06, 0.2)), tone)
    c.shape(box(0.18, 0.54, 0.82, 0.84, 0.06), lighter(tone, 0.12))
    for x in (0.08, 0.74):
        c.shape(box(x, 0.42, x + 0.18, 0.86, 0.08), darker(tone, 0.15))
    return c.word("armchair", "chair", "sofa chair")


def vase(c: Sketch) -> str:
    """A vase with twigs."""
    for index in range(c.whole(3, 6)):
        tip = (0.5 + c.between(-0.3, 0.3), c.between(0.04, 0.22))
        c.stroke(
            curve([(0.5, 0.56), (0.5 + (tip[0] - 0.5) * 0.4, 0.34), tip], closed=False),
            0.014,
            darker(c.tone("leaf"), 0.3),
        )
        for x, y in (tip, (0.5 + (tip[0] - 0.5) * 0.6, tip[1] + 0.14)):
            c.shape(
                leaf(x, y, 0.14, 0.08, c.between(-150, -30)) if index % 2 else ellipse(x, y, 0.045),
                c.tone("leaf") if index % 2 else c.colour(1),
            )
    form = both([(0.56, 0.5), (0.55, 0.56), (0.7, 0.7), (0.68, 0.86), (0.6, 0.97)])
    c.shape(curve(form, steps=5), c.colour(0))
    gloss(c, form, 0.38, 0.66, 0.88)
    return c.word("vase", "flower vase", "bouquet")


def diamond_ring(c: Sketch) -> str:
    """A ring with a stone."""
    c.stroke(ellipse(0.5, 0.66, 0.28), 0.06, c.tone(c.word("gold", "steel")), closed=True)
    stone = np.array([(0.34, 0.06), (0.66, 0.06), (0.78, 0.2), (0.5, 0.46), (0.22, 0.2)])
    c.shape(stone, c.colour(0))
    for corner in ((0.4, 0.2), (0.6, 0.2)):
        c.plain([(0.5, 0.06), corner, (0.5, 0.46)], lighter(c.colour(0), 0.5), 0.6)
    c.plain(star(0.72, 0.1, 0.09, 4, 0.25), WHITE)
    return c.word("ring", "diamond ring", "jewel")


FAMILIES: dict[str, Family] = {
    **families((shoe, carton, headphones, wrist_watch, sunglasses, vase, diamond_ring), tilt=10),
    **families((bottle, can, perfume, phone, laptop, t_shirt, handbag), mirror=False, tilt=14),
    **families((armchair,), rooted=("armchair",)),
}
