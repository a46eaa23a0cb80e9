"""What looks photographed, painted or made of glass and light: stones, papers, brush marks, orbs, glows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .interface import scenery
from .palettes import Colour, darker, lighter, mix
from .shapes import Points, arc, box, curve, ellipse, leaf, polygon, ribbon, star, turned, wobbly
from .sketch import Family, Sketch, families

WHITE = (255, 255, 255)


def tones(c: Sketch, colour: Colour) -> list[Colour]:
    """Dark, middle and light of a colour, for a surface."""
    return [darker(colour, 0.45), colour, lighter(colour, 0.45)]


def ragged(c: Sketch, outline: Points, rough: float) -> Points:
    """The outline with small teeth, as of torn paper."""
    result: Points = outline + c.rng.normal(0, rough, outline.shape)
    return result


def stone(c: Sketch) -> str:
    """A pebble or a rock with grain and a shaded rim."""
    tone = c.tone(c.word("steel", "clay", "sand", "bark")) if c.maybe(0.6) else c.colour(0)
    form = wobbly(c.rng, 0.5, 0.5, 0.45, c.between(0.26, 0.42), c.between(0.05, 0.2))
    c.texture(form, tones(c, tone), cells=c.between(3, 8), relief=c.between(0.3, 0.9), round_=0.9)
    return c.word("stone", "pebble", "rock")


def planet(c: Sketch) -> str:
    """A ball with bands or continents, often in a ring."""
    ring, tone = c.maybe(0.4), c.colour(0)
    r, tilt = (0.3 if ring else 0.45), c.between(-30, 30)
    if ring:
        c.stroke(turned(arc(0.5, 0.5, 0.46, 0.12, 180, 360), (0.5, 0.5), tilt), 0.045, c.colour(2))
    c.texture(ellipse(0.5, 0.5, r), [darker(tone, 0.2), tone, c.colour(1), lighter(c.colour(1), 0.4)], cells=2.5,
              squeeze=0.25 if c.maybe(0.5) else 1.0, relief=0.2, round_=1.0)  # fmt: skip
    if ring:
        c.stroke(turned(arc(0.5, 0.5, 0.46, 0.12, 0, 180), (0.5, 0.5), tilt), 0.045, lighter(c.colour(2), 0.2))
    return c.word("planet", "globe", "planet with a ring" if ring else "planet")


def wood_board(c: Sketch) -> str:
    """A board of wood with its grain."""
    half = c.between(0.1, 0.3)
    form = box(0.02, 0.5 - half, 0.98, 0.5 + half, c.between(0, 0.08))
    c.texture(
        form,
        [darker(c.tone("wood"), 0.5), c.tone("wood"), lighter(c.tone("wood"), 0.3)],
        cells=14,
        squeeze=0.12,
        relief=0.4,
        round_=0.25,
    )
    if c.maybe(0.4):
        for x in (0.08, 0.92):
            c.shape(ellipse(x, 0.5, 0.025), c.tone("steel"))
    c.tilted(c.between(-20, 20)) if c.maybe(0.4) else None
    return c.word("board", "wooden board", "plank")


def paper_scrap(c: Sketch) -> str:
    """Torn paper, often taped down."""
    form = box(0.08, 0.2, 0.92, 0.8)
    edge = np.concatenate(
        [np.linspace(a, b, 26, endpoint=False) for a, b in zip(form, np.roll(form, -1, axis=0), strict=True)]
    )
    edge = turned(ragged(c, edge, 0.009), (0.5, 0.5), c.between(-10, 10))
    tone = c.paper if c.maybe(0.5) else c.colour(0)
    c.drop(edge, alpha=0.3)
    c.plain((edge - 0.5) * 1.03 + 0.5, lighter(tone, 0.7))
    c.texture(edge, [darker(tone, 0.1), tone, lighter(tone, 0.3)], cells=9, relief=0.25, round_=0.05)
    if c.maybe(0.6):
        c.plain(turned(box(0.38, 0.12, 0.62, 0.24), (0.5, 0.2), c.between(-12, 12)), c.tone("gold"), 0.65)
    return c.word("torn paper", "paper scrap", "note", "piece of paper")


def photo(c: Sketch) -> str:
    """A print with a white border."""
    wide, high = c.between(0.3, 0.46), c.between(0.3, 0.44)
    frame = box(0.5 - wide, 0.5 - high, 0.5 + wide, 0.5 + high, 0.01)
    c.drop(frame, alpha=0.35)
    c.plain(frame, WHITE)
    foot = 0.12 if c.maybe(0.5) else 0.035
    if c.maybe(0.5):
        scenery(c, 0.535 - wide, 0.535 - high, 0.465 + wide, 0.5 + high - foot, 0)
    else:
        inner = box(0.535 - wide, 0.535 - high, 0.465 + wide, 0.5 + high - foot)
        c.texture(
            inner, [darker(c.colour(0), 0.4), c.colour(1), lighter(c.colour(3), 0.4)], cells=3, relief=0.5, round_=0.1
        )
    c.tilted(c.between(-14, 14))
    return c.word("photo", "polaroid", "picture", "photograph")


def cut_out(c: Sketch) -> str:
    """A free shape filled as a photograph would be."""
    form = curve(polygon(0.5, 0.5, 0.42, c.whole(7, 12)) * c.rng.uniform((0.9, 0.6), (1.05, 1.1)))
    form = form + c.rng.normal(0, 0.004, form.shape)
    first, second = c.colour(0), c.colour(1)
    c.texture(
        form,
        [darker(first, 0.5), first, second, lighter(second, 0.6)],
        cells=c.between(2, 5),
        relief=c.between(0.3, 0.8),
        round_=0.6,
    )
    return c.word("cut-out", "collage piece", "shape", "object")


def leaf_cutout(c: Sketch) -> str:
    """A leaf or a feather with veins and a natural surface."""
    tone = c.tone(c.word("leaf", "flame", "gold", "red")) if c.maybe(0.8) else c.colour(0)
    form = leaf(0.5, 0.96, 0.9, c.between(0.3, 0.56), -90, c.between(-0.08, 0.08))
    c.stroke([(0.5, 0.99), (0.5, 0.9)], 0.02, darker(tone, 0.4))
    c.texture(form, tones(c, tone), cells=7, relief=0.5, round_=0.5)
    c.stroke([(0.5, 0.96), (0.5, 0.16)], 0.014, lighter(tone, 0.5), within=form)
    for y in np.linspace(0.82, 0.3, 6):
        for side in (-1, 1):
            c.stroke([(0.5, y), (0.5 + side * 0.3, y - 0.16)], 0.008, lighter(tone, 0.4), within=form)
    c.tilted(c.between(-70, 70))
    return c.word("leaf", "autumn leaf", "fallen leaf", "feather")


def fruit(c: Sketch) -> str:
    """A plum, peach, potato or nut: a shaded natural ball."""
    tone = c.tone(c.word("red", "flame", "gold", "violet", "grass", "wood"))
    form = wobbly(c.rng, 0.5, 0.56, 0.4, c.between(0.32, 0.4), 0.05)
    c.texture(form, [darker(tone, 0.3), tone, mix(tone, c.tone("gold"), 0.5)], cells=5, relief=0.2, round_=1.1)
    c.stroke(curve([(0.5, 0.22), (0.52, 0.12), (0.58, 0.05)], closed=False), 0.03, c.tone("bark"))
    c.texture(leaf(0.53, 0.14, 0.26, 0.13, -15), tones(c, c.tone("leaf")), cells=8, relief=0.5, round_=0.3)
    c.plain(ellipse(0.36, 0.42, 0.06, 0.09, 35), WHITE, 0.4)
    return c.word("plum", "peach", "fruit", "orange")


def brush_mark(c: Sketch) -> str:
    """A stroke of a dry brush, long and ragged."""
    y = c.between(-0.08, 0.08)
    spine = curve([(0.04, 0.5 + y), (0.35, 0.5 - y), (0.65, 0.5 + y), (0.96, 0.5 - y)], closed=False)
    bristles, half, tone = c.whole(7, 14), c.between(0.04, 0.13), c.colour(0)
    for at in np.linspace(-1, 1, bristles):
        first, last = c.whole(0, 5), len(spine) - c.whole(0, 7)
        c.stroke(
            np.add(spine[first:last], (0, at * half)),
            2.3 * half / bristles * c.between(0.7, 1.4),
            mix(tone, darker(tone), c.between(0, 0.35)),
        )
    return c.word("brush stroke", "paint stroke", "brush mark")


def splash(c: Sketch) -> str:
    """A splash of paint with drops."""
    tips = c.whole(6, 9)
    radius = np.where(np.arange(2 * tips) % 2, c.rng.uniform(0.22, 0.3, 2 * tips), c.rng.uniform(0.28, 0.44, 2 * tips))
    angle = np.linspace(0, 2 * np.pi, 2 * tips, endpoint=False)
    form = curve(np.stack([0.5 + radius * np.cos(angle), 0.5 + radius * np.sin(angle)], axis=1), steps=6)
    c.shape(form, c.colour(0))
    for x, y in c.rng.uniform(0.08, 0.92, (c.whole(2, 6), 2)):
        c.shape(ellipse(x, y, c.between(0.015, 0.04)), c.colour(0))
    c.shine(form, arc(0.45, 0.45, 0.14, 0.14, 190, 250), 0.03)
    return c.word("splash", "paint splash", "splat", "ink blot")


def blob(c: Sketch) -> str:
    """A soft abstract shape, flat or in a gradient."""
    form = wobbly(c.rng, 0.5, 0.5, 0.45, c.between(0.22, 0.45), c.between(0.12, 0.32))
    if c.maybe(0.5):
        c.gradient(form, c.colour(0), c.colour(1), c.between(0, 360))
    else:
        c.shape(form, c.colour(0))
    if c.maybe(0.3):
        inner = (form - 0.5) * c.between(0.4, 0.75) + 0.5
        c.plain(inner, c.colour(2), c.between(0.4, 1))
    return c.word("blob", "abstract shape", "shape", "organic shape")


def orb(c: Sketch) -> str:
    """A ball of gradient light."""
    form = ellipse(0.5, 0.5, 0.44)
    c.gradient(form, c.colour(0), c.colour(1), c.between(0, 360))
    for index in range(2):
        x, y = c.between(0.3, 0.7), c.between(0.3, 0.7)
        for r in np.linspace(0.34, 0.05, 9):
            c.plain(ellipse(x, y, r), lighter(c.colour(index + 2), 0.3), 0.07, within=form)
    c.plain(ellipse(0.36, 0.32, 0.1, 0.06, -35), WHITE, 0.55)
    return c.word("orb", "ball", "sphere", "gradient ball")


def bubble(c: Sketch) -> str:
    """A soap bubble: nearly all of it is see-through."""
    tone = lighter(c.tone("sky"), 0.2) if c.maybe(0.5) else c.colour(0)
    form = ellipse(0.5, 0.5, 0.44)
    c.plain(form, tone, c.between(0.12, 0.3))
    for index, width in enumerate((0.09, 0.055, 0.025)):
        c.stroke(ellipse(0.5, 0.5, 0.44 - width / 2), width, mix(tone, c.colour(index), 0.4), closed=True, alpha=0.3)
    c.stroke(arc(0.5, 0.5, 0.34, 0.34, 195, 245), 0.04, WHITE, alpha=0.85)
    c.plain(ellipse(0.68, 0.7, 0.03), WHITE, 0.7)
    return c.word("bubble", "soap bubble", "water bubble")


def glass_panel(c: Sketch) -> str:
    """A pane of frosted glass, as in interfaces."""
    half = c.between(0.18, 0.42)
    form = box(0.02, 0.5 - half, 0.98, 0.5 + half, c.between(0.03, 0.12))
    c.plain(form, lighter(c.colour(0), 0.5), c.between(0.25, 0.5))
    c.plain([(0.02, 0.1), (0.42, 0.1), (0.2, 0.9), (0.02, 0.9)], WHITE, 0.16, within=form)
    c.stroke(form, 0.012, WHITE, closed=True, alpha=0.7)
    if c.maybe(0.6):
        c.plain(ellipse(0.16, 0.5, min(0.09, half * 0.5)), c.colour(1), 0.9)
        c.stroke([(0.32, 0.47), (0.8, 0.47)], 0.035, WHITE, alpha=0.9)
        c.stroke([(0.32, 0.56), (0.62, 0.56)], 0.025, WHITE, alpha=0.6)
    return c.word("glass panel", "glass card", "pane")


def glow(c: Sketch) -> str:
    """A soft light without an edge."""
    c.restyle(sticker=0.0)
    tone = c.tone(c.word("gold", "sky", "pink", "flame")) if c.maybe(0.6) else c.colour(0)
    c.glow(0.5, 0.5, 0.47, tone, c.between(0.55, 1.0))
    c.glow(0.5, 0.5, c.between(0.12, 0.26), lighter(tone, 0.7), 0.9)
    if c.maybe(0.35):
        for angle in np.linspace(0, 180, c.whole(2, 5), endpoint=False):
            c.plain(
                turned([(0.06, 0.5), (0.5, 0.485), (0.94, 0.5), (0.5, 0.515)], (0.5, 0.5), angle),
                lighter(tone, 0.6),
                0.7,
            )
    return c.word("glow", "light", "soft light", "shine")


def light_beam(c: Sketch) -> str:
    """A cone of light that fades along itself."""
    c.restyle(sticker=0.0)
    tone, half = lighter(c.tone("gold"), 0.3), c.between(0.16, 0.4)
    for part in np.linspace(0.2, 1, 16):
        foot = 0.04 + 0.92 * part
        c.plain([(0.46, 0.04), (0.54, 0.04), (0.5 + half * part, foot), (0.5 - half * part, foot)], tone, 0.07)
    return c.word("light beam", "spotlight", "beam of light")


def cloth(c: Sketch) -> str:
    """A patch of knitted or woven cloth with a seam."""
    form = box(0.06, 0.14, 0.94, 0.86, c.between(0.02, 0.12))
    c.texture(form, tones(c, c.colour(0)), cells=c.between(30, 50), relief=0.6, round_=0.2)
    c.bands(form, lighter(c.colour(0), 0.4), 0 if c.maybe(0.5) else 90, c.between(0.1, 0.2), 0.25) if c.maybe(
        0.5
    ) else None
    c.stroke((form - 0.5) * 0.9 + 0.5, 0.01, lighter(c.colour(0), 0.7), closed=True)
    return c.word("patch", "cloth", "fabric", "pillow")


def fluffy(c: Sketch) -> str:
    """A furry ball with eyes."""
    tone, radius = c.colour(0), c.between(0.3, 0.36)
    spikes = polygon(0.5, 0.5, 1.0, 72) - 0.5
    reach = radius * c.rng.uniform(0.94, 1.28, (72, 1)) * np.where(np.arange(72) % 2, 1.0, 0.86)[:, None]
    c.texture(0.5 + spikes * reach, tones(c, tone), cells=9, relief=0.9, round_=0.7)
    c.face(0.5, 0.44, c.between(0.36, 0.5))
    return c.word("fluffy ball", "pompom", "furry monster", "fluffy monster")


def water(c: Sketch) -> str:
    """A wide band of water with waves on top."""
    c.restyle(fill=c.word("flat", "gradient", "soft", "grain"), outline=0.0)
    high, n, tone = c.between(0.12, 0.24), c.whole(3, 6), c.tone("water")
    x = np.linspace(0, 1, 70)
    for index in range(c.whole(2, 3)):
        y = 0.5 - high + 0.1 * index + c.between(0.02, 0.035) * np.sin(2 * np.pi * (n * x + c.between(0, 1)))
        band = [*np.stack([x, y], axis=1), (1, 0.5 + high), (0, 0.5 + high)]
        c.shape(band, darker(lighter(tone, 0.25), 0.18 * index))
        c.stroke(band[: len(x)], 0.012, lighter(tone, 0.7), alpha=0.8)
    return c.word("water", "sea", "waves", "ocean waves")


def puddle(c: Sketch) -> str:
    """Water in a soft outline with rings."""
    form = wobbly(c.rng, 0.5, 0.5, 0.46, c.between(0.2, 0.32), 0.1)
    c.gradient(form, lighter(c.tone("water"), 0.3), c.tone("water"))
    for r in (0.3, 0.2, 0.1):
        c.stroke(ellipse(0.5, 0.5, r, r * 0.45), 0.014, lighter(c.tone("water"), 0.7), closed=True, alpha=0.7)
    return c.word("water", "puddle", "pond")


def geometric(c: Sketch) -> str:
    """One plain form, as in posters: half circle, quarter, ring segment, plus, zigzag."""
    kind, tone = (
        c.word("half", "quarter", "segment", "plus", "zigzag", "polygon", "pill", "square", "circle"),
        c.colour(0),
    )
    zigzag = [(0.05 + 0.18 * i, 0.4 + 0.2 * (i % 2)) for i in range(6)]
    forms: dict[str, ArrayLike] = {
        "half": arc(0.5, 0.7, 0.46, 0.46, 180, 360), "quarter": [(0.06, 0.94), *arc(0.06, 0.94, 0.88, 0.88, 270, 360)],
        "segment": [*arc(0.5, 0.6, 0.46, 0.46, 180, 360), *arc(0.5, 0.6, 0.22, 0.22, 360, 180)],
        "plus": turned(star(0.5, 0.5, 0.5, 4, 0.35), (0.5, 0.5), 45),
        "zigzag": ribbon(zigzag, [0.09, 0.09], smooth=False),
        "polygon": polygon(0.5, 0.5, 0.46, c.whole(3, 8)), "pill": box(0.02, 0.34, 0.98, 0.66, 0.16),
        "square": box(0.08, 0.08, 0.92, 0.92, c.between(0, 0.1)), "circle": ellipse(0.5, 0.5, 0.45),
    }  # fmt: skip
    c.shape(forms[kind], tone)
    c.tilted(c.between(-90, 90)) if c.maybe(0.5) else None
    names = {
        "half": "half circle",
        "quarter": "quarter circle",
        "segment": "arch",
        "plus": "star",
        "polygon": "polygon",
    }
    return c.word(names.get(kind, kind), "shape")


FAMILIES: dict[str, Family] = {
    **families((stone, planet, cut_out, leaf_cutout, fruit, fluffy), sticker=0.1, lifted=0.2),
    **families((wood_board, paper_scrap, photo, cloth), sticker=0.02, lifted=0.1),
    **families((brush_mark, splash, blob, geometric), tilt=12, sticker=0.04),
    **families((water, puddle), sticker=0.0, lifted=0.0),
    **families((orb, bubble, glass_panel, glow, light_beam), sticker=0.0, lifted=0.0),
}  # fmt: skip
