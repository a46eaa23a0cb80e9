"""Everyday things in one piece."""

from __future__ import annotations

import numpy as np

from .palettes import darker, lighter, mix
from .shapes import arc, box, curve, ellipse, polygon, star, turned
from .sketch import Family, Sketch, families

WHITE = (255, 255, 255)


def cup(c: Sketch) -> str:
    top, half, foot = 0.32, c.between(0.22, 0.3), c.between(0.14, 0.26)
    c.stroke(arc(0.5 + half, 0.52, 0.14, 0.13, -90, 100), 0.05, darker(c.colour(0), 0.15))
    side = [(0.5 - half, top), (0.5 + half, top), (0.5 + foot, 0.82), (0.5, 0.86), (0.5 - foot, 0.82)]
    c.shape(side, c.colour(0))
    c.bands(np.array(side), c.colour(1), c.between(-30, 30), c.between(0.12, 0.3), 0.4) if c.maybe(0.5) else None
    c.shape(ellipse(0.5, top, half, 0.06), lighter(c.colour(0)))
    c.plain(ellipse(0.5, top + 0.01, half * 0.86, 0.042), c.tone("bark"))
    c.shine(np.array(side), [(0.56 - half, 0.42), (0.55 - foot, 0.74)])
    for x in (0.4, 0.55):
        c.stroke(
            curve([(x, 0.24), (x + 0.03, 0.18), (x - 0.02, 0.12), (x + 0.02, 0.05)], closed=False), 0.016, c.colour(3)
        )
    return c.word("cup", "coffee cup", "mug", "cup of tea")


def gift_box(c: Sketch) -> str:
    y, wide = c.between(0.34, 0.45), c.between(0.32, 0.4)
    body = box(0.54 - wide, y, 0.46 + wide, 0.92, 0.02)
    c.shape(body, c.colour(0))
    c.dotted(body, lighter(c.colour(0), 0.45), 0.12, 0.022) if c.maybe(0.5) else None
    x = c.between(0.4, 0.55)
    c.plain(box(x, y, x + 0.12, 0.92), c.colour(1), within=body)
    c.shaded(body, np.add(body, (wide * 1.3, 0)))
    c.shape(box(0.5 - wide, y - 0.02, 0.5 + wide, y + 0.1, 0.02), lighter(c.colour(0), 0.15))
    c.plain(box(x, y - 0.02, x + 0.12, y + 0.1), lighter(c.colour(1), 0.1))
    for side, size in ((-1, 1.0), (1, c.between(0.7, 0.95))):
        middle = x + 0.06
        reach = side * size
        c.shape(curve([(middle, y - 0.02), (middle + 0.2 * reach, y - 0.22), (middle + 0.25 * reach, y - 0.05)]),
                c.colour(1))  # fmt: skip
    c.shape(ellipse(x + 0.06, y - 0.05, 0.045), darker(c.colour(1), 0.15))
    return c.word("gift box", "present", "gift")


def house(c: Sketch) -> str:
    wide, y = c.between(0.26, 0.36), c.between(0.42, 0.5)
    wall = box(0.5 - wide, y, 0.5 + wide, 0.94)
    c.shape(box(0.5 + wide * 0.4, 0.16, 0.5 + wide * 0.7, y), c.tone("clay"))
    c.shape(wall, c.colour(0))
    c.shape([(0.44 - wide, y + 0.03), (c.between(0.4, 0.6), 0.1), (0.56 + wide, y + 0.03)], c.colour(1))
    c.shape(box(0.55, 0.66, 0.7, 0.94, 0.03), c.colour(2))
    c.plain(ellipse(0.67, 0.81, 0.013), c.paper)
    window = box(0.54 - wide, 0.58, 0.7 - wide, 0.74, 0.015)
    c.shape(window, c.tone("sky"))
    c.stroke([(0.62 - wide, 0.58), (0.62 - wide, 0.74)], 0.012, c.paper)
    c.shape(ellipse(0.5, y - 0.08, 0.05), c.paper)
    return c.word("house", "cottage", "home")


def car(c: Sketch) -> str:
    tone, roof = c.colour(0), c.between(0.3, 0.38)
    c.shape(curve([(0.24, 0.52), (0.34, roof), (0.62, roof), (0.76, 0.54), (0.5, 0.6)]), tone)
    c.plain([(0.31, 0.51), (0.38, roof + 0.04), (0.48, roof + 0.03), (0.48, 0.51)], c.tone("sky"))
    c.plain([(0.51, 0.51), (0.51, roof + 0.03), (0.6, roof + 0.04), (0.69, 0.51)], c.tone("sky"))
    hull = curve(
        [(0.04, 0.6), (0.12, 0.5), (0.4, 0.5), (0.78, 0.51), (0.95, 0.58), (0.96, 0.7), (0.5, 0.72), (0.05, 0.71)]
    )
    c.shape(hull, tone)
    c.plain(box(0, 0.62, 1, 0.65), c.colour(1), within=hull)
    c.plain(ellipse(0.92, 0.59, 0.025), (255, 240, 170))
    for x in (0.25, 0.75):
        c.shape(ellipse(x, 0.72, 0.1), c.ink)
        c.shape(ellipse(x, 0.72, 0.05), c.paper)
        c.stroke([(x, 0.72), (x + 0.03, 0.69)], 0.015, c.colour(2))
    return c.word("car", "car", "automobile")


def burger(c: Sketch) -> str:
    bun = c.tone("wood")
    c.shape(box(0.14, 0.7, 0.86, 0.86, 0.08), bun)
    c.shape(box(0.1, 0.6, 0.9, 0.73, 0.06), c.tone("bark"))
    c.shape([(0.12, 0.58), (0.88, 0.58), (c.between(0.55, 0.75), 0.72)], c.tone("gold"))
    c.shape(curve([(0.08, 0.52), (0.9, 0.52), (0.92, 0.58), (0.75, 0.61), (0.6, 0.57), (0.42, 0.62), (0.25, 0.57),
                   (0.09, 0.6)]), c.tone("leaf"))  # fmt: skip
    top = curve([(0.1, 0.5), (0.16, 0.3), (0.5, 0.18), (0.84, 0.3), (0.9, 0.5), (0.5, 0.54)])
    c.shape(top, lighter(bun, 0.1))
    for x, y in c.rng.uniform((0.25, 0.26), (0.75, 0.42), (c.whole(5, 12), 2)):
        c.plain(ellipse(x, y, 0.022, 0.013, c.between(0, 180)), c.paper)
    c.shine(top, arc(0.5, 0.5, 0.32, 0.25, 195, 240))
    return c.word("burger", "hamburger", "cheeseburger")


def ice_cream(c: Sketch) -> str:
    cone = np.array([(0.3, 0.46), (0.7, 0.46), (0.5, 0.98)])
    c.shape(cone, c.tone("sand"))
    c.bands(cone, darker(c.tone("sand")), 35, 0.08, 0.16)
    c.bands(cone, darker(c.tone("sand")), -35, 0.08, 0.16)
    for i, (x, y) in enumerate(
        [[(0.5, 0.34)], [(0.48, 0.36), (0.54, 0.16)], [(0.38, 0.38), (0.62, 0.36), (0.5, 0.2)]][c.whole(0, 2)]
    ):
        c.shape(curve(ellipse(x, y, 0.2, 0.19, steps=9)), c.colour(i))
        c.stroke(arc(x, y, 0.13, 0.12, 190, 250), 0.03, WHITE, alpha=0.6)
    c.shape(box(0.28, 0.42, 0.72, 0.5, 0.04), c.colour(2))
    for x, y in c.rng.uniform((0.38, 0.1), (0.62, 0.34), (c.whole(0, 9), 2)):
        c.stroke([(x, y), (x + 0.03, y + c.between(-0.02, 0.02))], 0.014, c.colour(c.whole(3, 4)))
    return c.word("ice cream cone", "ice cream")


def donut(c: Sketch) -> str:
    c.shape(ellipse(0.5, 0.52, 0.43), c.tone("wood"))
    wave = polygon(0.5, 0.5, 0.39, 14)
    c.shape(curve((0.5, 0.5) + (wave - 0.5) * c.rng.uniform(0.9, 1.04, (14, 1))), c.colour(0))
    for x, y in polygon(0.5, 0.5, 0.27, c.whole(9, 16)) + c.rng.normal(0, 0.03, 2):
        angle = c.between(0, 180)
        c.stroke(turned([(x - 0.025, y), (x + 0.025, y)], (x, y), angle), 0.02, c.colour(c.whole(1, 4)))
    c.stroke(arc(0.5, 0.5, 0.32, 0.32, 195, 245), 0.03, WHITE, alpha=0.6)
    c.stroke(ellipse(0.5, 0.52, 0.15), 0.03, darker(c.tone("wood")), closed=True)
    c.cut(ellipse(0.5, 0.52, 0.135))
    return c.word("donut", "doughnut")


def camera(c: Sketch) -> str:
    body = box(0.06, 0.3, 0.94, 0.84, c.between(0.04, 0.12))
    c.shape(box(0.3, 0.2, 0.56, 0.36, 0.04), darker(c.colour(0), 0.15))
    c.shape(box(0.72, 0.25, 0.84, 0.36, 0.02), c.colour(2))
    c.shape(body, c.colour(0))
    c.plain(box(0, 0.44, 1, 0.68), c.colour(1), within=body)
    for radius, tone in ((0.22, c.paper), (0.18, c.ink), (0.12, mix(c.ink, c.colour(3), 0.5)), (0.06, c.ink)):
        c.shape(ellipse(0.48, 0.57, radius), tone)
    c.plain(ellipse(0.42, 0.5, 0.035), WHITE, 0.8)
    c.plain(ellipse(0.83, 0.39, 0.03), c.colour(2))
    return c.word("camera", "photo camera")


def space_rocket(c: Sketch) -> str:
    for side in (-1, 1):
        c.shape([(0.5 + side * 0.12, 0.55), (0.5 + side * 0.28, 0.8), (0.5 + side * 0.1, 0.76)], c.colour(1))
    c.shape(curve([(0.42, 0.76), (0.5, 1.0), (0.58, 0.76)]), c.tone("flame"))
    hull = curve([(0.5, 0.04), (0.64, 0.28), (0.66, 0.55), (0.59, 0.78), (0.41, 0.78), (0.34, 0.55), (0.36, 0.28)])
    c.shape(hull, c.colour(0))
    c.plain(box(0, 0, 1, 0.22), c.colour(1), within=hull)
    c.shape(ellipse(0.5, 0.38, 0.085), c.paper)
    c.shape(ellipse(0.5, 0.38, 0.06), c.tone("sky"))
    c.plain(box(0, 0.62, 1, 0.67), c.colour(2), within=hull)
    c.shine(hull, [(0.42, 0.3), (0.41, 0.6)])
    c.tilted(c.between(-45, 20))
    return c.word("rocket", "space rocket", "rocket ship")


def ghost(c: Sketch) -> str:
    tone, x = c.paper if c.maybe(0.5) else lighter(c.colour(0), 0.5), c.between(-0.06, 0.06)
    c.shape(curve([(0.2, 0.86), (0.18, 0.4), (0.5, 0.08), (0.82, 0.4), (0.84, 0.88), (0.72, 0.8), (0.61, 0.92),
                   (0.5, 0.82), (0.39, 0.92), (0.29, 0.82)]), tone)  # fmt: skip
    c.face(0.5 + x, 0.38, c.between(0.36, 0.5))
    for side in (-1, 1):
        c.plain(ellipse(0.5 + x + side * 0.22, 0.48, 0.045, 0.03), c.tone("pink"), 0.6)
    return c.word("ghost", "little ghost")


def smiley(c: Sketch) -> str:
    face = ellipse(0.5, 0.5, 0.44)
    c.shape(face, c.tone("gold") if c.maybe(0.6) else c.colour(0))
    c.face(0.5, 0.42, c.between(0.6, 0.75))
    c.stroke(arc(0.5, 0.5, 0.36, 0.36, 200, 245), 0.04, WHITE, alpha=0.5)
    return c.word("smiley", "smiley face", "emoji")


def monster(c: Sketch) -> str:
    for x in (0.34, 0.62):
        c.shape([(x - 0.06, 0.26), (x + c.between(-0.08, 0.08), 0.05), (x + 0.06, 0.24)], c.colour(1))
    body = curve(ellipse(0.5, 0.54, c.between(0.3, 0.4), 0.38, steps=9) + c.rng.uniform(-0.04, 0.04, (9, 2)))
    c.shape(body, c.colour(0))
    c.dotted(body, lighter(c.colour(0), 0.25), c.between(0.14, 0.24), 0.025)
    c.face(0.5, 0.42, c.between(0.4, 0.6))
    c.plain(ellipse(0.62, 0.78, 0.12, 0.08), lighter(c.colour(0), 0.4), within=body)
    return c.word("monster", "blob monster", "little monster")


def apple(c: Sketch) -> str:
    c.stroke(curve([(0.5, 0.3), (0.51, 0.18), (0.56, 0.08)], closed=False), 0.035, c.tone("bark"))
    c.shape(curve([(0.54, 0.2), (0.66, 0.09), (0.8, 0.12), (0.7, 0.22)]), c.tone("leaf"))
    body = curve([(0.5, 0.3), (0.7, 0.24), (0.88, 0.42), (0.82, 0.72), (0.62, 0.93), (0.5, 0.89), (0.38, 0.93),
                  (0.18, 0.72), (0.12, 0.42), (0.3, 0.24)])  # fmt: skip
    c.shape(body, c.tone(c.word("red", "grass", "coral")))
    c.shine(body, arc(0.5, 0.55, 0.28, 0.24, 180, 235), 0.05)
    return c.word("apple", "fruit")


def pencil(c: Sketch) -> str:
    c.shape([(0.1, 0.44), (0.74, 0.44), (0.74, 0.6), (0.1, 0.6)], c.colour(0))
    c.plain(box(0.1, 0.44, 0.74, 0.49), lighter(c.colour(0)))
    c.shape([(0.74, 0.44), (0.95, 0.52), (0.74, 0.6)], c.tone("sand"))
    c.plain([(0.88, 0.495), (0.95, 0.52), (0.88, 0.545)], c.ink)
    c.shape(box(0.02, 0.44, 0.1, 0.6, 0.03), c.tone("pink"))
    c.shape(box(0.09, 0.435, 0.15, 0.605), c.tone("steel"))
    c.tilted(c.between(-60, 60))
    return c.word("pencil", "colored pencil")


def book(c: Sketch) -> str:
    cover = box(0.18, 0.08, 0.8, 0.92, 0.02)
    c.shape(box(0.22, 0.12, 0.85, 0.95, 0.02), c.paper)
    c.shape(cover, c.colour(0))
    c.plain(box(0.18, 0, 0.27, 1), darker(c.colour(0), 0.3), within=cover)
    c.write(c.word("novel", "art", "poems", "atlas", "tales"), 0.53, 0.26, 0.42, 0.13, c.paper, weight=4)
    c.shape(star(0.53, 0.58, 0.15, c.whole(4, 9), c.between(0.4, 0.8)), c.colour(1))
    c.plain([(0.7, 0.05), (0.76, 0.05), (0.76, 0.17), (0.73, 0.145), (0.7, 0.17)], c.colour(2))
    return c.word("book", "hardcover book", "novel")


def cactus(c: Sketch) -> str:
    green = c.tone("leaf")
    c.stroke([(0.5, 0.52), (0.27, 0.52), (0.27, c.between(0.28, 0.4))], 0.12, darker(green, 0.12))
    c.stroke([(0.5, 0.44), (0.74, 0.44), (0.74, c.between(0.18, 0.34))], 0.11, darker(green, 0.12))
    stem = box(0.4, 0.08, 0.6, 0.8, 0.1)
    c.shape(stem, green)
    c.stroke([(0.46, 0.16), (0.46, 0.7)], 0.014, lighter(green), within=stem)
    c.shape(star(0.56, 0.1, 0.07, 6, 0.5), c.tone("pink"))
    c.shape([(0.3, 0.72), (0.7, 0.72), (0.65, 0.98), (0.35, 0.98)], c.tone("clay"))
    return c.word("cactus", "cactus in a pot")


FAMILIES: dict[str, Family] = {
    **families((gift_box, burger, donut, camera, space_rocket, ghost, smiley, monster, apple, pencil), tilt=10),
    **families((book,), mirror=False, tilt=10),
    **families((cup, house, car, ice_cream, cactus), rooted=("house", "cactus")),
}
