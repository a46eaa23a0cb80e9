"""Buildings, vehicles, weather, landscapes and mascots in one piece."""

from __future__ import annotations

import numpy as np

from .interface import on
from .palettes import darker, lighter, mix
from .shapes import arc, box, curve, ellipse, leaf, mirrored, polygon, star
from .sketch import Family, Sketch, families
from .words import SHORT

WHITE = (255, 255, 255)


def tower_block(c: Sketch) -> str:
    """A tall building with rows of windows."""
    wide, top, lit = c.between(0.16, 0.3), c.between(0.08, 0.2), c.tone("gold")
    c.shape(box(0.48, 0.02, 0.52, top), c.ink) if c.maybe(0.4) else None
    form = box(0.5 - wide, top, 0.5 + wide, 0.97)
    c.shape(form, c.colour(0))
    c.shaded(form, box(0.5 + wide * 0.4, 0, 1, 1))
    for x in np.linspace(0.5 - wide + 0.07, 0.5 + wide - 0.07, c.whole(2, 4)):
        for y in np.arange(top + 0.08, 0.8, 0.12):
            c.plain(box(x - 0.03, y - 0.03, x + 0.03, y + 0.04), lit if c.maybe(0.7) else darker(c.colour(0), 0.5))
    c.shape(box(0.44, 0.84, 0.56, 0.97), c.colour(1))
    return c.word("building", "tower", "skyscraper", "office building")


def skyline(c: Sketch) -> str:
    """Several towers side by side: wide."""
    x, index = 0.0, 0
    while x < 0.98:
        wide, top = c.between(0.1, 0.19), c.between(0.3, 0.62)
        c.shape(box(x, top, min(x + wide, 1.0), 0.8), c.colour(index))
        for y in np.arange(top + 0.06, 0.74, 0.08):
            for at in np.arange(x + 0.03, min(x + wide, 1.0) - 0.03, 0.05):
                c.plain(
                    box(at, y, at + 0.02, y + 0.035), c.tone("gold") if c.maybe(0.6) else darker(c.colour(index), 0.4)
                )
        x, index = x + wide, index + 1
    return c.word("skyline", "city", "row of houses")


def castle(c: Sketch) -> str:
    """Towers with pointed roofs."""
    tone = c.tone("sand") if c.maybe(0.4) else c.colour(0)
    for x, top, wide in ((0.5, 0.24, 0.14), (0.22, 0.4, 0.1), (0.78, 0.4, 0.1)):
        c.shape(box(x - wide, top, x + wide, 0.95), mix(tone, c.ink, 0.06 if x == 0.5 else 0.0))
        c.shape([(x - wide - 0.03, top), (x + wide + 0.03, top), (x, top - 0.22)], c.colour(1))
        c.plain(box(x - 0.03, top + 0.12, x + 0.03, top + 0.22, 0.03), c.ink)
    c.shape(box(0.24, 0.66, 0.76, 0.95), darker(tone, 0.12))
    for x in np.linspace(0.26, 0.7, 5):
        c.shape(box(x, 0.61, x + 0.05, 0.68), darker(tone, 0.12))
    c.plain(box(0.42, 0.74, 0.58, 0.95, 0.08), c.ink)
    return c.word("castle", "palace", "fortress")


def lighthouse(c: Sketch) -> str:
    """A striped tower with a lamp."""
    form = np.array([(0.38, 0.26), (0.62, 0.26), (0.7, 0.94), (0.3, 0.94)])
    c.shape(form, c.paper)
    for y in np.arange(0.3, 0.94, 0.26):
        c.plain(box(0, y, 1, y + 0.13), c.tone("red") if c.maybe(0.5) else c.colour(0), within=form)
    c.shaded(form, box(0.54, 0, 1, 1))
    c.shape(box(0.4, 0.13, 0.6, 0.27), c.tone("gold"))
    c.shape([(0.36, 0.14), (0.64, 0.14), (0.5, 0.02)], c.colour(1))
    c.shape(box(0.33, 0.25, 0.67, 0.29), c.ink)
    c.shape(curve([(0.1, 0.98), (0.2, 0.9), (0.5, 0.88), (0.8, 0.9), (0.9, 0.98)], steps=5), c.tone("clay"))
    return c.word("lighthouse", "tower")


def mountain(c: Sketch) -> str:
    """Peaks with snow."""
    for index, (x, top, half) in enumerate(((0.68, c.between(0.34, 0.44), 0.32), (0.36, c.between(0.16, 0.28), 0.38))):
        peak = np.array([(x - half, 0.84), (x, top), (x + half, 0.84)])
        c.shape(peak, c.colour(index))
        c.shaded(peak, [(x, top), (x + half, 0.84), (x + 0.04, 0.84)], 0.22)
        cap = [
            (x - half, top + 0.18),
            (x - 0.06, top + 0.12),
            (x, top + 0.19),
            (x + 0.06, top + 0.12),
            (x + half, top + 0.18),
            (x, top - 0.1),
        ]
        c.plain(cap, WHITE, within=peak)
    return c.word("mountain", "mountains", "peak")


def truck(c: Sketch) -> str:
    """A van or lorry with a word on its side."""
    tone = c.colour(0)
    c.shape(box(0.02, 0.26, 0.64, 0.72, c.between(0, 0.06)), tone)
    c.shape([(0.66, 0.38), (0.84, 0.38), (0.96, 0.55), (0.97, 0.72), (0.66, 0.72)], c.colour(1))
    c.plain([(0.72, 0.43), (0.82, 0.43), (0.9, 0.55), (0.72, 0.55)], c.tone("sky"))
    c.write(c.word(*SHORT).upper(), 0.33, 0.48, 0.48, 0.16, on(c, tone), weight=4)
    for x in (0.2, 0.8):
        c.shape(ellipse(x, 0.74, 0.095), c.ink)
        c.shape(ellipse(x, 0.74, 0.045), c.paper)
    return c.word("truck", "delivery van", "lorry", "van")


def bus(c: Sketch) -> str:
    """A bus or a tram, long."""
    tone = c.colour(0)
    form = box(0.01, 0.32, 0.99, 0.7, c.between(0.03, 0.09))
    c.shape(form, tone)
    c.plain(box(0, 0.56, 1, 0.6), c.colour(1), within=form)
    for x in np.linspace(0.06, 0.74, 5):
        c.plain(box(x, 0.38, x + 0.11, 0.53, 0.015), c.tone("sky"))
    c.shape(box(0.87, 0.38, 0.96, 0.69, 0.02), lighter(c.tone("sky"), 0.2))
    for x in (0.2, 0.76):
        c.shape(ellipse(x, 0.71, 0.075), c.ink)
        c.shape(ellipse(x, 0.71, 0.03), c.paper)
    return c.word("bus", "school bus", "tram")


def bicycle(c: Sketch) -> str:
    """A bicycle in thin lines."""
    for x in (0.22, 0.78):
        c.stroke(ellipse(x, 0.66, 0.2), 0.028, c.ink, closed=True)
        c.plain(ellipse(x, 0.66, 0.025), c.ink)
    a, b, d, e = (0.22, 0.66), (0.46, 0.66), (0.38, 0.36), (0.68, 0.36)
    for line in ([a, b, e, d, a], [d, b], [(0.78, 0.66), (0.66, 0.28), (0.74, 0.24)]):
        c.stroke(line, 0.034, c.colour(0))
    c.stroke([(0.38, 0.36), (0.36, 0.3)], 0.03, c.ink)
    c.shape(box(0.28, 0.26, 0.45, 0.31, 0.025), c.colour(1))
    return c.word("bicycle", "bike")


def ship(c: Sketch) -> str:
    """A steamer or a container ship."""
    for index in range(c.whole(2, 4)):
        x = 0.2 + 0.16 * index
        c.shape(box(x, 0.34 + 0.05 * (index % 2), x + 0.15, 0.6), c.colour(index + 1))
    c.shape(box(0.7, 0.26, 0.84, 0.6), c.paper)
    c.shape(box(0.73, 0.12, 0.8, 0.27), c.tone("red"))
    hull = curve([(0.02, 0.56), (0.97, 0.56), (0.88, 0.82), (0.14, 0.82)], steps=4)
    c.shape([(0.02, 0.56), (0.98, 0.56), (0.87, 0.82), (0.14, 0.82)], c.colour(0))
    c.plain(box(0, 0.72, 1, 1), c.tone("red"), within=hull)
    for x in (0.24, 0.36, 0.48):
        c.plain(ellipse(x, 0.64, 0.022), c.paper)
    return c.word("ship", "boat", "cargo ship")


def train(c: Sketch) -> str:
    """A small locomotive."""
    c.shape(box(0.08, 0.22, 0.42, 0.74, 0.03), c.colour(0))
    c.shape(box(0.04, 0.16, 0.46, 0.24, 0.03), c.colour(1))
    c.shape(box(0.4, 0.42, 0.9, 0.74, 0.08), c.colour(2))
    c.shape([(0.7, 0.44), (0.67, 0.2), (0.86, 0.2), (0.82, 0.44)], c.ink)
    c.plain(box(0.15, 0.3, 0.34, 0.46, 0.02), c.tone("sky"))
    for x in (0.2, 0.46, 0.7, 0.86):
        c.shape(ellipse(x, 0.78, 0.1 if x < 0.6 else 0.07), c.ink)
        c.plain(ellipse(x, 0.78, 0.035), c.tone("gold"))
    return c.word("train", "locomotive", "toy train")


def jet(c: Sketch) -> str:
    """An aeroplane or a paper plane."""
    if c.maybe(0.5):
        c.shape([(0.03, 0.5), (0.97, 0.16), (0.36, 0.6)], c.colour(0))
        c.shape([(0.36, 0.6), (0.97, 0.16), (0.42, 0.86)], darker(c.colour(0), 0.3))
        c.shape([(0.5, 0.66), (0.97, 0.16), (0.8, 0.82)], lighter(c.colour(0), 0.1))
        return c.word("paper plane", "paper airplane")
    c.shape([(0.1, 0.5), (0.02, 0.24), (0.12, 0.24), (0.26, 0.46)], c.colour(1))
    c.shape([(0.4, 0.46), (0.34, 0.14), (0.44, 0.14), (0.64, 0.46)], darker(c.colour(1), 0.15))
    hull = curve([(0.06, 0.46), (0.3, 0.42), (0.8, 0.42), (0.97, 0.52), (0.8, 0.6), (0.3, 0.6), (0.1, 0.54)])
    c.shape(hull, c.colour(0))
    for x in np.linspace(0.32, 0.72, 6):
        c.plain(ellipse(x, 0.49, 0.02), c.tone("sky"))
    c.shape([(0.42, 0.54), (0.62, 0.54), (0.34, 0.9), (0.24, 0.9)], c.colour(1))
    c.tilted(c.between(-10, 30))
    return c.word("plane", "airplane", "jet")


def cloud(c: Sketch) -> str:
    """A cloud, sometimes with the sun, rain or a bolt."""
    extra, tone = c.word("none", "sun", "bolt", "rain"), c.paper if c.maybe(0.5) else lighter(c.tone("sky"), 0.4)
    if extra == "sun":
        c.shape(star(0.66, 0.34, 0.3, c.whole(9, 14), 0.75), c.tone("gold"))
    if extra == "bolt":
        c.shape(
            [(0.52, 0.6), (0.38, 0.82), (0.49, 0.82), (0.44, 0.98), (0.64, 0.74), (0.53, 0.74), (0.6, 0.6)],
            c.tone("gold"),
        )
    if extra == "rain":
        for x in (0.28, 0.44, 0.6, 0.74):
            c.stroke([(x, 0.72), (x - 0.05, 0.86 + c.between(-0.03, 0.08))], 0.025, c.tone("water"))
    bumps = [
        arc(0.24, 0.52, 0.2, 0.19, 90, 270),
        arc(0.42, 0.38, 0.21, 0.21, 180, 315),
        arc(0.64, 0.42, 0.18, 0.18, 215, 350),
        arc(0.78, 0.55, 0.17, 0.16, 270, 450),
    ]
    c.shape(np.concatenate(bumps), tone)
    c.face(0.5, 0.52, 0.26) if c.maybe(0.25) else None
    return {"none": "cloud", "sun": c.word("cloud and sun", "cloud"), "bolt": "storm cloud", "rain": "rain cloud"}[
        extra
    ]


def sun_or_moon(c: Sketch) -> str:
    """The sun with rays or a moon with craters."""
    if c.maybe(0.5):
        tips, tone = c.whole(8, 18), c.tone("gold")
        if c.maybe(0.5):
            c.shape(star(0.5, 0.5, 0.47, tips, c.between(0.66, 0.8)), c.tone("flame"))
        else:
            for x, y in polygon(0.5, 0.5, 0.45, tips):
                c.stroke([(x, y), (0.5 + (x - 0.5) * 0.78, 0.5 + (y - 0.5) * 0.78)], 0.045, c.tone("flame"))
        c.shape(ellipse(0.5, 0.5, 0.3), tone)
        c.face(0.5, 0.46, 0.36) if c.maybe(0.4) else None
        return c.word("sun", "smiling sun", "sun")
    if c.maybe(0.5):
        c.shape(
            np.concatenate([arc(0.5, 0.5, 0.44, 0.44, 60, 300), arc(0.68, 0.5, 0.38, 0.38, 286, 74)]), c.tone("gold")
        )
        return c.word("moon", "crescent moon")
    c.shape(ellipse(0.5, 0.5, 0.44), c.tone("cloud"))
    for x, y, r in ((0.36, 0.4, 0.1), (0.62, 0.6, 0.13), (0.62, 0.3, 0.06), (0.38, 0.7, 0.06)):
        c.plain(ellipse(x, y, r), darker(c.tone("cloud"), 0.18))
    return c.word("moon", "full moon")


def rainbow(c: Sketch) -> str:
    """Bands of an arch between two clouds."""
    for index, name in enumerate(("red", "flame", "gold", "leaf", "water", "violet")[: c.whole(4, 6)]):
        radius = 0.46 - 0.06 * index
        c.stroke(arc(0.5, 0.68, radius, radius, 180, 360, 40), 0.062, c.tone(name))
    if c.maybe(0.7):
        for x in (0.1, 0.24, 0.76, 0.9):
            c.plain(ellipse(x, 0.7, 0.11, 0.085), WHITE)
    return c.word("rainbow", "rainbow with clouds")


def penguin(c: Sketch) -> str:
    """A round penguin."""
    tone = c.ink if c.maybe(0.5) else c.colour(0)
    for x in (0.4, 0.6):
        c.shape(ellipse(x, 0.93, 0.1, 0.045), c.tone("flame"))
    for side in (-1, 1):
        c.shape(leaf(0.5 + side * 0.26, 0.42, 0.36, 0.15, 90 - side * 28), tone)
    c.shape(curve([(0.5, 0.04), (0.72, 0.16), (0.8, 0.6), (0.68, 0.92), (0.32, 0.92), (0.2, 0.6), (0.28, 0.16)]), tone)
    c.plain(ellipse(0.5, 0.64, 0.22, 0.27), c.paper)
    for x in (0.41, 0.59):
        c.plain(ellipse(x, 0.34, 0.12, 0.13), c.paper)
        c.plain(ellipse(x, 0.33, 0.035, 0.045), c.ink)
    c.shape([(0.43, 0.4), (0.57, 0.4), (0.5, 0.49)], c.tone("flame"))
    if c.maybe(0.4):
        c.shape(box(0.26, 0.46, 0.74, 0.54, 0.04), c.colour(1))
    return c.word("penguin", "little penguin")


def bear(c: Sketch) -> str:
    """The head of a bear, a fox, a panda or a rabbit."""
    kind = c.word("bear", "fox", "panda", "rabbit")
    tone = {"bear": c.tone("wood"), "fox": c.tone("flame"), "panda": c.paper, "rabbit": lighter(c.tone("pink"), 0.4)}[
        kind
    ]
    for left in (False, True):
        ear = {
            "fox": np.array([(0.6, 0.3), (0.9, 0.04), (0.92, 0.46)]),
            "rabbit": leaf(0.62, 0.4, 0.42, 0.17, -78, 0.05),
        }.get(kind, ellipse(0.8, 0.24, 0.13))
        c.shape(mirrored(ear) if left else ear, c.ink if kind == "panda" else tone)
        inner = (ear - ear.mean(axis=0)) * 0.55 + ear.mean(axis=0)
        c.plain(mirrored(inner) if left else inner, c.tone("pink"))
    c.shape(ellipse(0.5, 0.56, 0.42, 0.37), tone)
    if kind == "panda":
        for side in (-1, 1):
            c.plain(ellipse(0.5 + side * 0.17, 0.5, 0.1, 0.13, side * 30), c.ink)
            c.plain(ellipse(0.5 + side * 0.15, 0.49, 0.035), c.paper)
    else:
        for side in (-1, 1):
            c.plain(ellipse(0.5 + side * 0.17, 0.5, 0.04, 0.055), c.ink)
    c.plain(ellipse(0.5, 0.7, 0.17, 0.13), lighter(tone, 0.7))
    c.plain(ellipse(0.5, 0.64, 0.06, 0.045), c.ink)
    c.stroke(arc(0.5, 0.7, 0.07, 0.06, 10, 170), 0.022, c.ink)
    for side in (-1, 1):
        c.plain(ellipse(0.5 + side * 0.29, 0.65, 0.06, 0.04), c.tone("pink"), 0.6)
    return c.word(kind, f"{kind} face", "mascot")


def owl(c: Sketch) -> str:
    """An owl from the front."""
    tone = c.colour(0)
    c.shape(
        curve(
            [(0.2, 0.1), (0.36, 0.16), (0.64, 0.16), (0.8, 0.1), (0.82, 0.6), (0.66, 0.93), (0.34, 0.93), (0.18, 0.6)],
            steps=7,
        ),
        tone,
    )
    for side in (-1, 1):
        c.shape(leaf(0.5 + side * 0.24, 0.44, 0.46, 0.2, 90 + side * 8), darker(tone, 0.2))
        c.shape(ellipse(0.5 + side * 0.15, 0.35, 0.145), c.paper)
        c.plain(ellipse(0.5 + side * 0.13, 0.36, 0.075), c.ink)
        c.plain(ellipse(0.5 + side * 0.15, 0.33, 0.025), c.paper)
    c.plain(ellipse(0.5, 0.7, 0.17, 0.2), lighter(tone, 0.5))
    for x, y in ((0.44, 0.64), (0.56, 0.64), (0.5, 0.72), (0.44, 0.8), (0.56, 0.8)):
        c.plain(arc(x, y, 0.045, 0.04, 0, 180), darker(tone, 0.15))
    c.shape([(0.45, 0.44), (0.55, 0.44), (0.5, 0.53)], c.tone("flame"))
    return c.word("owl", "little owl")


def whale(c: Sketch) -> str:
    """A whale that blows."""
    tone = c.tone("water") if c.maybe(0.6) else c.colour(0)
    form = curve(
        [(0.06, 0.62), (0.14, 0.38), (0.42, 0.34), (0.66, 0.56), (0.84, 0.46), (0.8, 0.72), (0.56, 0.84), (0.2, 0.82)]
    )
    c.shape(curve([(0.82, 0.5), (0.76, 0.3), (0.88, 0.36), (0.99, 0.28), (0.94, 0.46)], steps=6), tone)
    c.shape(form, tone)
    c.plain(curve([(0.0, 0.68), (0.3, 0.7), (0.6, 0.76), (0.5, 1.0), (0.0, 1.0)]), lighter(tone, 0.6), within=form)
    c.plain(ellipse(0.2, 0.56, 0.03), c.ink)
    c.shape(leaf(0.4, 0.68, 0.22, 0.12, 60), darker(tone, 0.2))
    for side in (-1, 1):
        c.stroke(arc(0.32 + side * 0.07, 0.2, 0.07, 0.1, 270 - side * 90, 270 + side * 60), 0.024, c.tone("sky"))
    return c.word("whale", "little whale")


def bee(c: Sketch) -> str:
    """A bee or a ladybird from the side."""
    for x, angle in ((0.44, -70), (0.56, -100)):
        c.plain(leaf(x, 0.42, 0.36, 0.24, angle), lighter(c.tone("sky"), 0.4), 0.75)
    form = ellipse(0.5, 0.58, 0.38, 0.25)
    c.shape([(0.08, 0.58), (0.16, 0.53), (0.16, 0.63)], c.ink)
    c.shape(form, c.tone("gold") if c.maybe(0.7) else c.tone("red"))
    for x in (0.26, 0.42, 0.58):
        c.plain(curve([(x, 0.2), (x + 0.08, 0.2), (x + 0.1, 0.9), (x + 0.02, 0.9)], steps=3), c.ink, within=form)
    c.plain(ellipse(0.78, 0.53, 0.035), c.ink)
    c.stroke(arc(0.76, 0.62, 0.05, 0.04, 10, 150), 0.018, c.ink)
    for x in (0.74, 0.84):
        c.stroke(curve([(x - 0.02, 0.42), (x, 0.3), (x + 0.06, 0.24)], closed=False), 0.018, c.ink)
    return c.word("bee", "bumblebee", "honey bee")


def snail(c: Sketch) -> str:
    """A snail with a spiral."""
    skin = c.tone("sand")
    c.shape(
        curve(
            [(0.06, 0.86), (0.6, 0.84), (0.74, 0.6), (0.86, 0.44), (0.96, 0.54), (0.9, 0.8), (0.76, 0.9), (0.3, 0.92)]
        ),
        skin,
    )
    for x in (0.84, 0.94):
        c.stroke([(x, 0.5), (x + 0.02, 0.3)], 0.02, skin)
        c.plain(ellipse(x + 0.02, 0.29, 0.026), c.ink)
    c.shape(ellipse(0.42, 0.54, 0.32), c.colour(0))
    t = np.linspace(0, 4.6 * np.pi, 80)
    c.stroke(
        np.stack([0.42 + 0.018 * t * np.cos(t), 0.54 + 0.018 * t * np.sin(t)], axis=1), 0.03, darker(c.colour(0), 0.35)
    )
    return c.word("snail", "little snail")


FAMILIES: dict[str, Family] = {
    **families(
        (tower_block, skyline, castle, lighthouse, mountain),
        rooted=("tower block", "skyline", "castle", "lighthouse", "mountain"),
    ),
    **families((truck,), mirror=False),
    **families((bus, bicycle, ship, train, jet, rainbow, whale, snail), tilt=5),
    **families((cloud, sun_or_moon, penguin, bear, owl, bee), tilt=10, sticker=0.14),
}
