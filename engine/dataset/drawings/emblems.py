"""Badges, seals, ribbons, logos, stamps, banners, frames: what posters and packages carry."""

from __future__ import annotations

import numpy as np

from .glyphs import glyph, some
from .interface import on
from .palettes import darker, lighter
from .shapes import arc, box, curve, ellipse, leaf, mirrored, polygon, ribbon, star, turned
from .sketch import Family, Sketch, arched, families, lettering
from .words import FILLS, SHORT

NAMES = ("Nova", "Luma", "Kaffa", "Orbit", "Mira", "Bloom", "Atlas", "Fable", "Pixel", "Tidal", "Verde",
         "Koda", "Solis", "Echo", "Juno", "Maple", "North", "Onda", "Zest", "Hive", "Arc", "Velo",
         "Pine", "Rondo")  # fmt: skip
ROUND = ("best quality", "since 1984", "handmade", "fresh daily", "limited edition", "original", "top choice",
         "made with care", "100% natural", "new arrival", "winter sale", "craft beer", "road trip",
         "good vibes")  # fmt: skip


def badge(c: Sketch) -> str:
    """A round badge: words along its rim, a sign in the middle."""
    c.restyle(fill=c.word("flat", "gradient", "soft"))
    tone, second = c.colour(0), c.colour(1)
    edge = c.word("plain", "waves", "teeth")
    rim = {"plain": ellipse(0.5, 0.5, 0.47), "waves": curve(star(0.5, 0.5, 0.48, 18, 0.93), steps=4),
           "teeth": star(0.5, 0.5, 0.49, c.whole(24, 40), 0.93)}[edge]  # fmt: skip
    c.shape(rim, tone)
    c.stroke(ellipse(0.5, 0.5, 0.42), 0.012, on(c, tone), closed=True)
    text = c.word(*ROUND).upper()
    mask = arched(text, 0.3 * len(text), weight=c.whole(1, 4), space=0.08)
    c.letters(mask, 0.5, 0.25, 0.68, 0.3, on(c, tone))
    c.shape(ellipse(0.5, 0.56, 0.2), second)
    glyph(c, some(c), 0.5, 0.56, 0.115, on(c, second), hole=second)
    for x in (0.22, 0.78):
        c.plain(star(x, 0.7, 0.035), on(c, tone))
    return c.word("badge", "round badge", "emblem", "logo badge")


def seal(c: Sketch) -> str:
    """A burst with a word or a number, often with two ribbons."""
    tone = c.tone("gold") if c.maybe(0.3) else c.colour(0)
    if c.maybe(0.5):
        for side in (-1, 1):
            tail = np.array(
                [
                    (0.5, 0.6),
                    (0.5 + side * 0.2, 0.55),
                    (0.5 + side * 0.28, 0.97),
                    (0.5 + side * 0.19, 0.9),
                    (0.5 + side * 0.1, 1.0),
                ]
            )
            c.shape(tail, darker(c.colour(1), 0.1))
    c.shape(star(0.5, 0.42, 0.4, c.whole(10, 28), c.between(0.78, 0.92)), tone)
    c.shape(ellipse(0.5, 0.42, 0.28), lighter(tone, 0.35))
    text = c.word("no. 1", "-50%", "new", "best", "100%", "top", "2026", "sale", "hot", "free")
    c.write(text.upper(), 0.5, 0.42, 0.42, 0.22, on(c, lighter(tone, 0.35)), weight=c.whole(3, 7))
    return c.word("seal", "burst", "sale badge", "award")


def medal(c: Sketch) -> str:
    """A medal on a ribbon."""
    c.shape([(0.28, 0.02), (0.46, 0.02), (0.6, 0.5), (0.46, 0.56)], c.colour(0))
    c.shape([(0.72, 0.02), (0.54, 0.02), (0.4, 0.5), (0.54, 0.56)], darker(c.colour(0), 0.2))
    c.shape(ellipse(0.5, 0.7, 0.27), c.tone(c.word("gold", "steel", "clay")))
    c.stroke(ellipse(0.5, 0.7, 0.21), 0.016, lighter(c.tone("gold"), 0.5), closed=True)
    c.write(c.word("1", "2", "3"), 0.5, 0.7, 0.2, 0.24, c.paper, weight=6) if c.maybe(0.5) else c.plain(
        star(0.5, 0.7, 0.15), c.paper
    )
    return c.word("medal", "award medal", "gold medal")


def shield(c: Sketch) -> str:
    """A shield halved or barred, with a sign."""
    form = curve(
        [
            (0.5, 0.03),
            (0.64, 0.1),
            (0.88, 0.12),
            (0.88, 0.5),
            (0.74, 0.8),
            (0.5, 0.97),
            (0.26, 0.8),
            (0.12, 0.5),
            (0.12, 0.12),
            (0.36, 0.1),
        ],
        steps=5,
    )
    c.shape(form, c.colour(0))
    kind = c.word("half", "bar", "plain")
    if kind == "half":
        c.plain(box(0.5, 0, 1, 1), c.colour(1), within=form)
    elif kind == "bar":
        c.plain(turned(box(0.36, -0.2, 0.64, 1.2), (0.5, 0.5), c.between(-50, 50)), c.colour(1), within=form)
    c.stroke((form - 0.5) * 0.88 + 0.5, 0.02, c.paper, closed=True)
    glyph(c, some(c), 0.5, 0.47, 0.19, c.paper, hole=c.colour(0))
    return c.word("shield", "crest", "coat of arms", "emblem")


def ribbon_banner(c: Sketch) -> str:
    """A ribbon with folded ends and a word."""
    tone, half, sag = c.colour(0), c.between(0.08, 0.13), c.between(-0.08, 0.08)
    for left in (False, True):
        high, low, foot = 0.5 - half * 0.5 + sag, 0.5 + half * 0.5 + sag, 0.5 + half * 1.5 + sag
        tail = np.array([(0.8, high), (1.02, high), (0.95, low), (1.02, foot), (0.8, foot)])
        fold = np.array([(0.8, 0.5 + half + sag), (0.88, 0.5 + half + sag * 0.8), (0.8, 0.5 + half * 1.5 + sag)])
        c.shape(mirrored(tail) if left else tail, darker(tone, 0.2))
        c.plain(mirrored(fold) if left else fold, darker(tone, 0.5))
    spine = [(0.12, 0.5 + sag), (0.5, 0.5 - sag), (0.88, 0.5 + sag)]
    c.shape(ribbon(spine, [2 * half, 2 * half]), tone)
    text = c.word(*SHORT, *ROUND)
    c.write(text.upper(), 0.5, 0.5 - sag * 0.8, 0.62, half * 1.05, on(c, tone), weight=c.whole(1, 5))
    return c.word("ribbon", "ribbon banner", "banner")


def banner(c: Sketch) -> str:
    """A very long strip with a word on it."""
    c.restyle(fill=c.word("flat", "gradient", "grain", "pattern"), outline=0.0)
    half, slant = c.between(0.035, 0.085), c.between(-0.06, 0.06)
    form = np.array(
        [(0.0 + slant, 0.5 - half), (1.0 + slant, 0.5 - half), (1.0 - slant, 0.5 + half), (0.0 - slant, 0.5 + half)]
    )
    c.shape(form if c.maybe(0.6) else box(0, 0.5 - half, 1, 0.5 + half, half), c.colour(0))
    text = c.word(*ROUND).upper()
    c.write(
        text if c.maybe(0.5) else f"{text}  {text}",
        0.5,
        0.5,
        0.86,
        half * 1.1,
        on(c, c.colour(0)),
        weight=c.whole(1, 5),
    )
    return c.word("banner", "strip", "headline bar", "caption bar")


def stamp(c: Sketch) -> str:
    """A postage stamp, or a rubber stamp's print."""
    if c.maybe(0.5):
        outline = box(0.14, 0.06, 0.86, 0.94)
        c.shape(outline, c.paper, fill="flat")
        for x, y in [
            *((x, y) for x in np.linspace(0.14, 0.86, 10) for y in (0.06, 0.94)),
            *((x, y) for y in np.linspace(0.06, 0.94, 12) for x in (0.14, 0.86)),
        ]:
            c.cut(ellipse(x, y, 0.026, steps=16))
        c.shape(box(0.22, 0.14, 0.78, 0.86), c.colour(0))
        glyph(c, some(c), 0.5, 0.5, 0.2, c.paper, hole=c.colour(0))
        c.write(str(c.whole(1, 95)), 0.68, 0.22, 0.14, 0.09, c.paper)
        return c.word("postage stamp", "stamp")
    tone = c.tone(c.word("red", "water", "leaf", "violet"))
    form = box(0.04, 0.3, 0.96, 0.7, 0.05)
    c.stroke(form, 0.03, tone, closed=True)
    c.stroke((form - 0.5) * (0.93, 0.85) + 0.5, 0.01, tone, closed=True)
    c.write(
        c.word("APPROVED", "SOLD OUT", "PAID", "NEW", "TOP", "URGENT", "FRAGILE"), 0.5, 0.5, 0.76, 0.2, tone, weight=5
    )
    c.tilted(c.between(-22, 10))
    return c.word("stamp", "rubber stamp", "stamped word")


def logo_mark(c: Sketch) -> str:
    """A mark built from a few simple shapes turned about a middle."""
    kind, n = c.word("petals", "arcs", "blocks", "overlap", "cut circle"), c.whole(3, 8)
    c.restyle(fill=c.word("flat", "flat", "gradient"), outline=0.0)
    if kind == "petals":
        for index in range(n):
            c.shape(leaf(0.5, 0.5, 0.46, c.between(0.18, 0.24), 360 * index / n - 90, 0.0), c.colour(index % 2))
    elif kind == "arcs":
        for index in range(c.whole(2, 4)):
            c.stroke(
                arc(0.5, 0.5, 0.42 - 0.11 * index, 0.42 - 0.11 * index, 40 * index, 40 * index + 270),
                0.075,
                c.colour(index),
            )
    elif kind == "blocks":
        for x, y in [(x, y) for x in range(2) for y in range(2)]:
            corner = (0.08 + 0.43 * x, 0.08 + 0.43 * y)
            tile = box(*corner, corner[0] + 0.41, corner[1] + 0.41, 0.205 if c.maybe(0.5) else c.between(0, 0.1))
            c.shape(tile, c.colour(x + 2 * y))
    elif kind == "overlap":
        for index, (x, y) in enumerate(polygon(0.5, 0.5, 0.2, c.whole(2, 4), c.between(0, 90))):
            c.plain(ellipse(x, y, 0.26), c.colour(index), 0.82)
    else:
        c.shape(ellipse(0.5, 0.5, 0.44), c.colour(0))
        for index in range(c.whole(1, 4)):
            c.cut(turned(box(-0.2, 0.36 + 0.15 * index, 1.2, 0.41 + 0.15 * index), (0.5, 0.5), -20))
    return c.word("logo", "logo mark", "symbol", "mark")


def wordmark(c: Sketch) -> str:
    """A sign beside or above a name."""
    c.restyle(fill=c.word("flat", "gradient"), outline=0.0)
    name, tone = c.word(*NAMES), c.colour(0)
    text = lettering(c.word(name, name.lower(), name.upper()), weight=c.whole(0, 7), space=c.between(-0.03, 0.18),
                     slant=c.between(0, 0.25) if c.maybe(0.2) else 0)  # fmt: skip
    beside = c.maybe(0.6)
    x, y, r = (0.13, 0.5, 0.12) if beside else (0.5, 0.3, 0.22)
    if c.maybe(0.6):
        c.shape(ellipse(x, y, r) if c.maybe(0.5) else box(x - r, y - r, x + r, y + r, r * c.between(0, 0.7)), tone)
        glyph(c, some(c), x, y, r * 0.55, on(c, tone), hole=tone)
    else:
        glyph(c, some(c), x, y, r * 0.9, tone)
    ink = c.ink if c.maybe(0.5) else tone
    c.letters(text, 0.64, 0.5, 0.7, 0.2, ink) if beside else c.letters(text, 0.5, 0.72, 0.9, 0.24, ink)
    return c.word("logo", "wordmark", "brand name", f"{name.lower()} logo")


def neon_sign(c: Sketch) -> str:
    """A word or a sign of glowing tubes."""
    tone = c.tone(c.word("pink", "sky", "flame", "grass", "violet"))
    for x in (0.25, 0.5, 0.75):
        c.glow(x, 0.5, 0.36, tone, 0.55)
    if c.maybe(0.6):
        mask = lettering(c.word(*SHORT), weight=2, hollow=c.maybe(0.5), slant=c.between(0, 0.3))
        c.letters(mask, 0.5, 0.5, 0.86, 0.34, lighter(tone, 0.65))
        c.stroke(box(0.02, 0.24, 0.98, 0.76, 0.12), 0.022, lighter(tone, 0.5), closed=True)
        return c.word("neon sign", "neon lettering", "neon word")
    name = some(c)
    glyph(c, name, 0.5, 0.5, 0.32, tone, line=0.05)
    glyph(c, name, 0.5, 0.5, 0.32, lighter(tone, 0.7), line=0.022)
    return c.word("neon sign", f"neon {name}", "neon icon")


def swash_word(c: Sketch) -> str:
    """A fat outlined word with a coloured edge behind it: comics, games, stickers."""
    text = c.word("wow", "boom", "yeah", "pow", "zap", "oops", "hey", "yum", "cool", "level up", "bonus", "epic", "ace")
    slant, space = c.between(-0.1, 0.3), c.between(0, 0.1)
    if c.maybe(0.4):
        burst = star(0.5, 0.5, 0.5, c.whole(9, 14), c.between(0.6, 0.75)) * (1, 0.8) + (0, 0.1)
        c.shape(burst, c.colour(2))
    for weight, tone, away in ((22, c.ink, 0.02), (16, c.paper, 0.0), (7, c.colour(0), 0.0)):
        mask = lettering(text.upper(), weight=weight, slant=slant, space=space + 0.12)
        scale = 0.72 + 0.1 * (weight - 7) / 15
        c.letters(mask, 0.5, 0.5 + away, scale, scale * 0.6, tone, c.word(*FILLS) if weight == 7 else "flat")
    return c.word("comic word", "lettering", f"{text} lettering", "title")


def stacked_words(c: Sketch) -> str:
    """Three or four lines of one width, as on posters."""
    words = [c.word(*SHORT, *NAMES).upper() for _ in range(c.whole(3, 4))]
    masks = [lettering(w, weight=c.whole(0, 8), hollow=c.maybe(0.12)) for w in words]
    highs = [min(0.34, 0.9 * m.height / m.width) for m in masks]
    y = 0.5 - (sum(highs) + 0.04 * (len(highs) - 1)) / 2
    for index, (mask, high) in enumerate(zip(masks, highs, strict=True)):
        c.letters(mask, 0.5, y + high / 2, 0.9, high, c.colour(index % 2) if c.maybe(0.8) else c.ink)
        y += high + 0.04
    return c.word("poster text", "headline", "text block", "type block")


def paragraph(c: Sketch) -> str:
    """Small lines of real words, left or centred."""
    tone, rows, left = c.ink if c.maybe(0.5) else c.colour(0), c.whole(2, 4), c.maybe(0.5)
    for index in range(rows):
        text = " ".join(c.word(*ROUND, *SHORT) for _ in range(2))
        mask, high = lettering(text.capitalize() if index == 0 else text, weight=c.whole(0, 2)), 0.09
        wide = min(0.96, high * mask.width / mask.height)
        c.letters(mask, 0.02 + wide / 2 if left else 0.5, 0.5 + 0.14 * (index - (rows - 1) / 2), wide, high, tone)
    return c.word("paragraph", "caption", "text", "lines of text")


def ticket(c: Sketch) -> str:
    """A ticket or coupon with notches and a dashed line."""
    tone, half = c.colour(0), c.between(0.17, 0.25)
    c.shape(box(0.02, 0.5 - half, 0.98, 0.5 + half, 0.03), tone)
    for y in np.linspace(0.5 - half + 0.04, 0.5 + half - 0.04, 7):
        c.plain(ellipse(0.72, y, 0.008, steps=12), on(c, tone))
    c.write(
        c.word("TICKET", "ADMIT ONE", "COUPON", "-20%", "CINEMA", "LIVE", "VIP"),
        0.37,
        0.47,
        0.56,
        half * 0.7,
        on(c, tone),
        weight=4,
    )
    c.write(str(c.whole(1, 99)), 0.85, 0.5, 0.16, half * 0.7, on(c, tone), weight=3)
    for x, y in ((0.72, 0.5 - half), (0.72, 0.5 + half), (0.02, 0.5), (0.98, 0.5)):
        c.cut(ellipse(x, y, 0.045, steps=24))
    return c.word("ticket", "coupon", "voucher")


def laurel(c: Sketch) -> str:
    """A wreath, often about a word."""
    tone = c.tone("gold") if c.maybe(0.4) else c.tone("leaf")
    for left in (False, True):
        for index, angle in enumerate(np.linspace(75, -55, 8)):
            x, y = 0.5 + 0.38 * np.cos(np.radians(angle)), 0.52 + 0.4 * np.sin(np.radians(angle))
            for away in (-28, 30) if index % 2 else (-28, 26):
                blade = leaf(x, y, 0.16, 0.06, angle - 90 + away)
                c.plain(mirrored(blade) if left else blade, tone if away > 0 else darker(tone, 0.15))
    c.write(
        c.word("WINNER", "BEST", "2026", "No. 1", "A", "AWARD"),
        0.5,
        0.5,
        0.42,
        0.2,
        c.ink if c.maybe(0.5) else tone,
        weight=3,
    )
    return c.word("wreath", "laurel wreath", "award")


def sticker(c: Sketch) -> str:
    """A sign cut out with a white border over its shadow."""
    c.restyle(sticker=c.between(0.022, 0.04))
    name = some(c)
    glyph(c, name, 0.5, 0.46, 0.4, c.colour(0), styled=True, hole=c.colour(1))
    if c.maybe(0.4):
        c.shape(box(0.08, 0.68, 0.92, 0.9, 0.05), c.colour(2))
        c.write(c.word(*SHORT).upper(), 0.5, 0.79, 0.72, 0.13, on(c, c.colour(2)), weight=4)
    return c.word("sticker", f"{name} sticker")


FAMILIES: dict[str, Family] = {
    **families((badge, seal, shield, logo_mark, sticker), mirror=False, tilt=10, sticker=0.08, lifted=0.12),
    **families((medal,), mirror=False, hangs=("medal",)),
    **families((ribbon_banner, banner, stamp, wordmark, stacked_words), mirror=False, sticker=0.06),
    **families((paragraph, ticket, laurel), mirror=False, sticker=0.06),
    **families((neon_sign,), mirror=False, sticker=0.0, lifted=0.0),
    **families((swash_word,), mirror=False, tilt=14, sticker=0.25),
}
