"""Things of cloth, fire and string: flags, flames, balloons, lanterns, bells, signs, kites, curtains, umbrellas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .drawing import Drawing
from .paint import Canvas, hinge
from .palettes import darker, lighter, mix
from .shapes import Points, arc, box, curve, drop, ellipse, heart, mirrored, polygon, ribbon, star, turned


def flag(rng: np.random.Generator, size: int) -> Drawing:
    """A cloth on a pole, with bands or a sign."""
    c = Canvas(rng, size, sticker=0.05)
    tall, deep, swell = c.between(0.32, 0.46), c.between(0.6, 0.72), c.between(0.0, 0.04)
    c.shape(box(0.13, 0.08, 0.17, 0.96, 0.02), c.tone("wood") if c.chance(0.5) else c.tone("steel"))
    c.shape(ellipse(0.15, 0.08, 0.035), c.tone("gold"))
    c.on("front")
    x = np.linspace(0, deep, 24)
    edge = 0.13 + swell * np.sin(x * 9)
    cut = c.word("plain", "swallow", "pennant")
    end = {"plain": [], "swallow": [(0.17 + deep - 0.12, 0.13 + tall / 2)], "pennant": []}[cut]
    shrink = x / deep * tall / 2.05 if cut == "pennant" else x * 0
    upper, lower = np.stack([0.17 + x, edge + shrink], 1), np.stack([0.17 + x, edge + tall - shrink], 1)  # (24, 2)
    cloth = np.concatenate([upper, np.reshape(end, (-1, 2)), lower[::-1]])
    c.shape(cloth, c.colour(0))
    _emblem(c, cloth, tall, deep, cut)
    noun = {"pennant": "pennant"}.get(
        cut, c.word("flag", "banner on a pole", "waving flag" if swell > 0.02 else "flag")
    )
    piece = hinge(c.word("cloth", "flag cloth"), ("wave", "swing"), (0.17, 0.13 + tall / 2), (0.8, 0.13 + tall / 2))
    return c.finish("flag", noun, front=piece, rooted=True, mirror=c.chance(0.3))


def _emblem(c: Canvas, cloth: Points, tall: float, deep: float, cut: str) -> None:
    middle = (0.17 + deep * (0.3 if cut == "pennant" else 0.42), 0.13 + tall / 2)
    kind = c.word("band", "bars", "star", "disc", "heart")
    if kind == "band":
        c.plain(box(0.1, middle[1] - tall * 0.15, 1.0, middle[1] + tall * 0.15), c.colour(1), within=cloth)
    elif kind == "bars":
        c.plain(box(0.17, 0.0, 0.17 + deep * 0.33, 1.0), c.colour(1), within=cloth)
        c.plain(box(0.17 + deep * 0.66, 0.0, 1.1, 1.0), c.colour(3), within=cloth)
    elif kind == "star":
        c.plain(star(*middle, tall * 0.28), c.paper, within=cloth)
    elif kind == "disc":
        c.plain(ellipse(*middle, tall * 0.24), c.colour(1), within=cloth)
    else:
        c.plain(heart(*middle, tall * 0.22), c.paper, within=cloth)


def candle(rng: np.random.Generator, size: int) -> Drawing:
    """A flame on a candle, with a dish or drips."""
    c = Canvas(rng, size)
    half, top = c.between(0.09, 0.16), c.between(0.36, 0.5)
    wax = c.paper if c.chance(0.3) else c.colour(0)
    if c.chance(0.6):
        c.shape(np.concatenate([arc(0.5, 0.9, 0.3, 0.06, 0, 180), [(0.2, 0.87), (0.8, 0.87)]]), c.tone("gold"))
    c.stroke([(0.5, top + 0.02), (0.5, top - 0.06)], 0.016, c.ink)
    c.shape(box(0.5 - half, top, 0.5 + half, 0.9, 0.03), wax)
    for x in np.linspace(0.5 - half * 0.7, 0.5 + half * 0.7, c.count(2, 4)):
        long = c.between(0.04, 0.16)
        c.plain(box(float(x) - 0.022, top, float(x) + 0.022, top + long, 0.022), lighter(wax, 0.35))
    c.plain(box(0.5 - half, top, 0.5 + half, top + 0.03, 0.03), lighter(wax, 0.35))
    c.on("front")
    _flame(c, 0.5, top - 0.03, c.between(0.22, 0.28), c.between(0.15, 0.19))
    piece = hinge("flame", ("flicker", "swing", "pulse"), (0.5, top - 0.03), (0.5, 0.1))
    return c.finish("candle", c.word("candle", "burning candle", "candle with a flame"), front=piece, rooted=True)


def _flame(c: Canvas, x: float, foot: float, tall: float, wide: float) -> None:
    """Three nested flames, standing on `foot`."""
    hot = c.tone("flame")
    c.shape(drop(x, foot, tall, wide), c.tone("ember") if c.chance(0.5) else hot)
    c.plain(drop(x, foot - tall * 0.02, tall * 0.72, wide * 0.72), mix(hot, c.tone("gold"), 0.5))
    c.plain(drop(x, foot - tall * 0.03, tall * 0.42, wide * 0.45), lighter(c.tone("gold"), 0.6))


def campfire(rng: np.random.Generator, size: int) -> Drawing:
    """Crossed logs, stones, and a fire behind them."""
    c = Canvas(rng, size)
    c.on("rear")
    lean = c.between(-0.03, 0.03)
    tongues = [(0.22, 0.62), (0.27, 0.42), (0.36, 0.52), (0.5 + lean, 0.08), (0.62, 0.44), (0.72, 0.34), (0.78, 0.62)]
    outer = curve([*tongues, (0.7, 0.82), (0.5, 0.86), (0.3, 0.82)])
    c.shape(outer, c.tone("ember"))
    for share, tint in ((0.7, c.tone("flame")), (0.42, lighter(c.tone("gold"), 0.3))):
        c.shape((outer - (0.5, 0.84)) * share + (0.5, 0.84), tint, fill="flat")
    c.on("body")
    for side in (-1, 1):
        ends = turned(box(0.14, 0.8, 0.86, 0.91, 0.05), (0.5, 0.855), side * 13)
        c.shape(ends, c.tone("wood") if side < 0 else darker(c.tone("wood"), 0.15))
        end = turned([(0.83, 0.855)], (0.5, 0.855), side * 13)[0]
        c.plain(ellipse(end[0], end[1], 0.03, 0.052, side * 13), lighter(c.tone("wood"), 0.4))
    piece = hinge(c.word("fire", "flames", "flame"), ("flicker", "pulse", "wave"), (0.5, 0.84), (0.5, 0.1))
    return c.finish("campfire", c.word("campfire", "bonfire", "log fire"), rear=piece, rooted=True)


def balloon(rng: np.random.Generator, size: int) -> Drawing:
    """A balloon with a string that moves."""
    c = Canvas(rng, size)
    tint = c.tone("red") if c.chance(0.4) else c.colour(0)
    shape = c.word("round", "round", "heart", "star")
    c.on("rear")
    sag = c.between(0.03, 0.08) * (1 if c.chance(0.5) else -1)
    line = curve([(0.5, 0.6), (0.5 + sag, 0.72), (0.5 - sag, 0.86), (0.5 + sag * 0.5, 0.98)], closed=False)
    c.stroke(line, c.between(0.012, 0.02), mix(c.ink, c.paper, c.between(0, 0.5)))
    c.on("body").shape(polygon(0.5, 0.625, 0.04, 3), darker(tint, 0.15))
    outline = {
        "round": ellipse(0.5, 0.34, 0.25, 0.3),
        "heart": heart(0.5, 0.28, 0.3),
        "star": curve(star(0.5, 0.32, 0.32, inner=0.62), steps=6),
    }[shape]
    c.shape(outline, tint)
    c.stroke(arc(0.5, 0.3, 0.17, 0.18, 195, 245), 0.03, lighter(tint, 0.7), alpha=0.8)
    noun = {"heart": "heart balloon", "star": "star balloon"}.get(shape, c.word("balloon", "party balloon"))
    return c.finish("balloon", noun, rear=hinge("string", ("wave", "swing"), (0.5, 0.62), (0.5, 0.98)))


def hot_air_balloon(rng: np.random.Generator, size: int) -> Drawing:
    """A striped envelope over a basket that swings on its ropes."""
    c = Canvas(rng, size)
    envelope = curve([(0.5, 0.04), (0.78, 0.14), (0.84, 0.36), (0.62, 0.66), (0.38, 0.66), (0.16, 0.36), (0.22, 0.14)])
    c.on("rear")
    for x in (0.4, 0.6):
        c.stroke([(x, 0.62), (0.5 + (x - 0.5) * 0.7, 0.84)], 0.01, c.ink)
    c.shape(box(0.415, 0.83, 0.585, 0.97, 0.03), c.tone("wood"))
    c.plain(box(0.4, 0.82, 0.6, 0.85, 0.015), darker(c.tone("wood")))
    c.on("body").shape(envelope, c.colour(0))
    for share in (0.62, 0.22):
        strip = (envelope - (0.5, 0)) * (share, 1) + (0.5, 0)
        c.shape(strip, c.colour(1) if share > 0.5 else c.colour(0))
    if c.chance(0.6):
        c.plain(box(0, 0.36, 1, 0.43), c.paper, within=envelope)
    basket = hinge("basket", ("swing",), (0.5, 0.6), (0.5, 0.95))
    return c.finish("hot air balloon", c.word("hot air balloon", "striped air balloon"), rear=basket)


def lantern(rng: np.random.Generator, size: int) -> Drawing:
    """A paper lantern with a tassel, hanging."""
    c = Canvas(rng, size)
    half, tint = c.between(0.26, 0.36), c.tone("red") if c.chance(0.5) else c.colour(0)
    c.on("rear").stroke([(0.5, 0.66), (0.5, 0.78)], 0.014, c.tone("gold"))
    for x in np.linspace(-0.035, 0.035, 5):
        c.stroke([(0.5 + x * 0.6, 0.77), (0.5 + x, 0.96)], 0.013, c.tone("gold"))
    c.shape(ellipse(0.5, 0.775, 0.03), c.tone("gold"))
    c.on("body").stroke([(0.5, 0.03), (0.5, 0.15)], 0.012, c.ink)
    c.shape(ellipse(0.5, 0.42, half, 0.25), tint)
    for share in (0.66, 0.3):
        c.stroke(ellipse(0.5, 0.42, half * share, 0.25), 0.008, darker(tint, 0.25), closed=True)
    for y in (0.16, 0.64):
        c.shape(box(0.4, y - 0.02, 0.6, y + 0.05, 0.012), c.tone("gold"))
    c.glow(0.5, 0.42, 0.2, lighter(c.tone("gold"), 0.5), 0.6)
    noun = c.word("paper lantern", "lantern", "hanging lantern", "round lantern")
    return c.finish("lantern", noun, rear=hinge("tassel", ("swing", "wave"), (0.5, 0.68), (0.5, 0.95)), hangs=True)


def bell(rng: np.random.Generator, size: int) -> Drawing:
    """A bell with a clapper."""
    c = Canvas(rng, size)
    tint, flare = c.tone("gold") if c.chance(0.65) else c.colour(0), c.between(0.34, 0.42)
    c.on("rear").stroke([(0.5, 0.5), (0.5, 0.86)], 0.03, darker(tint, 0.35))
    c.shape(ellipse(0.5, 0.86, 0.085), darker(tint, 0.3))
    c.on("body").stroke(ellipse(0.5, 0.09, 0.05), 0.03, darker(tint, 0.2), closed=True)
    side = curve([(0.5, 0.12), (0.33, 0.2), (0.27, 0.42), (0.5 - flare, 0.76), (0.5, 0.79)], closed=False)
    c.shape(np.concatenate([side, mirrored(side)[::-1]]), tint)
    c.shape(box(0.48 - flare, 0.73, 0.52 + flare, 0.81, 0.04), darker(tint, 0.12))
    c.stroke(arc(0.5, 0.45, 0.15, 0.22, 190, 240), 0.03, lighter(tint, 0.6), alpha=0.8)
    noun = c.word("bell", "golden bell", "hand bell") if tint == c.tone("gold") else c.word("bell", "little bell")
    return c.finish("bell", noun, rear=hinge("clapper", ("swing",), (0.5, 0.45), (0.5, 0.9)), hangs=True)


def hanging_sign(rng: np.random.Generator, size: int) -> Drawing:
    """A board on two ropes below a bar; the board swings."""
    c = Canvas(rng, size)
    half = c.between(0.34, 0.42)
    c.shape(box(0.06, 0.1, 0.94, 0.17, 0.03), c.tone("bark"))
    c.on("front")
    for side in (-1, 1):
        c.stroke([(0.5 + side * half * 0.75, 0.14), (0.5 + side * half * 0.75, 0.42)], 0.016, c.ink)
    board = box(0.5 - half, 0.38, 0.5 + half, 0.82, c.between(0, 0.09))
    c.shape(board, c.tone("wood") if c.chance(0.5) else c.colour(0))
    c.stroke((board - (0.5, 0.6)) * (0.9, 0.86) + (0.5, 0.6), 0.01, c.paper, closed=True)
    words = c.word("OPEN", "SALE", "CAFE", "HELLO", "SHOP", "NEW", "HOME", "MENU")
    c.text(words, 0.5, 0.6, 0.2, c.paper)
    piece = hinge(c.word("board", "sign board"), ("swing",), (0.5, 0.14), (0.5, 0.8))
    noun = c.word("hanging sign", "shop sign", "wooden sign", f"{words.lower()} sign")
    return c.finish("hanging sign", noun, front=piece, hangs=True)


def kite(rng: np.random.Generator, size: int) -> Drawing:
    """A diamond with a tail of bows."""
    c = Canvas(rng, size)
    c.on("rear")
    sag = c.between(0.05, 0.1)
    tail = curve([(0.5, 0.55), (0.5 - sag, 0.72), (0.5 + sag, 0.84), (0.5 - sag * 0.6, 0.97)], closed=False)
    c.stroke(tail, 0.012, c.ink)
    for index, (x, y) in enumerate(tail[13::6]):
        for side in (0, 180):
            c.shape(
                turned([(x, y), (x + 0.07, y - 0.03), (x + 0.07, y + 0.03)], (x, y), side + 20), c.colour(index + 2)
            )
    c.on("body")
    wide, cross = c.between(0.24, 0.32), c.between(0.22, 0.3)
    top, left, right, foot = (0.5, 0.03), (0.5 - wide, cross), (0.5 + wide, cross), (0.5, 0.62)
    c.shape([top, right, foot, left], c.colour(0))
    c.shape([top, right, (0.5, cross)], c.colour(1))
    c.shape([left, (0.5, cross), foot], c.colour(1) if c.chance(0.6) else c.colour(3))
    c.stroke([top, foot], 0.01, c.ink)
    c.stroke([left, right], 0.01, c.ink)
    return c.finish(
        "kite", c.word("kite", "flying kite"), rear=hinge("tail", ("wave", "swing"), (0.5, 0.6), (0.5, 0.97))
    )


def curtain(rng: np.random.Generator, size: int) -> Drawing:
    """A cloth with folds under a rod, before a window or alone."""
    c = Canvas(rng, size, sticker=0.0)
    c.shape(box(0.14, 0.14, 0.86, 0.86, 0.02), c.paper)
    c.gradient(box(0.19, 0.19, 0.81, 0.81), c.tone("sky"), lighter(c.tone("sky"), 0.6))
    for bar in (box(0.485, 0.16, 0.515, 0.84), box(0.16, 0.485, 0.84, 0.515)):
        c.plain(bar, c.paper)
    c.shape(box(0.05, 0.05, 0.95, 0.09, 0.02), c.tone("bark"))
    c.on("front")
    folds, deep, tint = c.count(5, 8), c.between(0.72, 0.92), c.colour(0)
    reach = c.between(0.42, 0.62)
    for index in range(folds):
        x0, x1 = 0.08 + reach * index / folds, 0.08 + reach * (index + 1) / folds
        hem = arc((x0 + x1) / 2, deep, (x1 - x0) / 2, 0.025, 0, 180, 10)
        strip = np.concatenate([[(x0, 0.08), (x1, 0.08)], hem])
        c.shape(strip, tint if index % 2 else darker(tint, 0.14), fill="flat")
    piece = hinge("curtain", ("wave", "swing"), (0.08 + reach / 2, 0.08), (0.08 + reach / 2, 0.9))
    noun = c.word("window with a curtain", "curtained window")
    return c.finish("curtain", noun, front=piece, mirror=c.chance(0.5))


def umbrella(rng: np.random.Generator, size: int) -> Drawing:
    """A canopy with gores over a crooked handle."""
    c = Canvas(rng, size)
    c.stroke([(0.5, 0.06), (0.5, 0.84)], 0.028, c.tone("bark"))
    c.stroke(arc(0.56, 0.84, 0.06, 0.08, 180, 0), 0.03, c.tone("bark"))
    c.on("front")
    gores, half, tint = c.count(3, 5), c.between(0.4, 0.46), c.colour(0)
    hem = [arc(0.5 - half + half * (2 * i + 1) / gores, 0.52, half / gores, 0.05, 180, 360, 10) for i in range(gores)]
    canopy = np.concatenate([arc(0.5, 0.52, half, 0.42, 360, 180), *hem])
    c.shape(canopy, tint)
    for index in range(0, gores, 2) if c.chance(0.7) else ():
        x0, x1 = 0.5 - half + half * 2 * index / gores, 0.5 - half + half * 2 * (index + 1) / gores
        rise = curve([(x0, 0.53), ((x0 + 0.5) / 2 + (x0 - 0.5) * 0.25, 0.25), (0.5, 0.1)], closed=False)
        back = curve([(0.5, 0.1), ((x1 + 0.5) / 2 + (x1 - 0.5) * 0.25, 0.25), (x1, 0.53)], closed=False)
        c.shape(np.concatenate([rise, back]), lighter(tint, 0.45), within=canopy)
    c.shape(ellipse(0.5, 0.1, 0.025), c.tone("bark"))
    piece = hinge(c.word("canopy", "top"), ("swing", "bob", "pulse"), (0.5, 0.5), (0.5, 0.08))
    return c.finish("umbrella", c.word("umbrella", "parasol", "open umbrella"), front=piece)


def sailing_boat(rng: np.random.Generator, size: int) -> Drawing:
    """A hull with sails that belly."""
    c = Canvas(rng, size)
    hull = curve([(0.06, 0.74), (0.5, 0.765), (0.94, 0.72), (0.78, 0.92), (0.5, 0.94), (0.22, 0.92)], steps=6)
    c.stroke([(0.5, 0.06), (0.5, 0.76)], 0.024, c.tone("bark"))
    c.shape(hull, c.tone("red") if c.chance(0.4) else c.colour(0))
    c.plain(box(0, 0.84, 1, 0.88), c.paper, within=hull)
    c.on("front")
    belly = c.between(0.02, 0.1)
    main = np.concatenate([[(0.53, 0.08)], curve([(0.53, 0.08), (0.76 + belly, 0.4), (0.9, 0.68)], closed=False)])
    c.shape([*main, (0.53, 0.68)], c.paper if c.chance(0.5) else c.colour(1))
    if c.chance(0.7):
        c.shape(
            [(0.47, 0.14), *curve([(0.47, 0.14), (0.3, 0.42), (0.14, 0.68)], closed=False), (0.47, 0.68)], c.colour(3)
        )
    piece = hinge(c.word("sail", "sails"), ("wave", "swing"), (0.5, 0.45), (0.85, 0.45))
    noun = c.word("sailing boat", "sailboat", "little boat", "yacht")
    return c.finish("sailing boat", noun, front=piece, mirror=c.chance(0.4))


def windsock(rng: np.random.Generator, size: int) -> Drawing:
    """A wind sock: a striped cone of cloth on a pole."""
    c = Canvas(rng, size, sticker=0.0)
    c.shape(box(0.12, 0.1, 0.16, 0.96, 0.02), c.tone("steel"))
    c.on("front")
    bands, droop = c.count(4, 7), c.between(0.0, 0.14)
    sock = ribbon([(0.15, 0.25), (0.5, 0.25 + droop * 0.4), (0.92, 0.25 + droop)], [0.28, 0.14])
    c.shape(sock, c.paper, fill="flat")
    for index in range(0, bands, 2):
        x0, x1 = 0.14 + 0.8 * index / bands, 0.14 + 0.8 * (index + 1) / bands
        c.plain(box(x0, 0, x1, 1), c.tone("red"), within=sock)
    piece = hinge(c.word("sock", "wind sock"), ("wave", "swing"), (0.15, 0.25), (0.92, 0.25 + droop))
    return c.finish("windsock", c.word("windsock", "wind sock on a pole"), front=piece, rooted=True)


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "flag": flag,
    "windsock": windsock,
    "candle": candle,
    "campfire": campfire,
    "balloon": balloon,
    "hot air balloon": hot_air_balloon,
    "lantern": lantern,
    "bell": bell,
    "hanging sign": hanging_sign,
    "kite": kite,
    "curtain": curtain,
    "umbrella": umbrella,
    "sailing boat": sailing_boat,
}
