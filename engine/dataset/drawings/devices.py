"""Devices and toys with a part that turns, tips or flickers: needles, records, lids, levers, flames, beams, sticks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .drawing import Drawing
from .machines import TURNS
from .paint import Canvas, hinge
from .palettes import Colour, darker, lighter, mix
from .shapes import arc, box, curve, drop, ellipse, polygon, ribbon, star, turned


def gauge(rng: np.random.Generator, size: int) -> Drawing:
    """A dial with a needle: a speedometer's arc, a round pressure gauge, or a compass."""
    c = Canvas(rng, size)
    kind, rim = c.word("speed", "pressure", "compass"), c.colour(0)
    middle = (0.5, 0.62) if kind == "speed" else (0.5, 0.5)
    outer = [*arc(0.5, 0.62, 0.45, 0.45, 165, 375)] if kind == "speed" else ellipse(0.5, 0.5, 0.43)
    c.shape(outer, rim)
    c.shape((np.asarray(outer) - middle) * 0.86 + middle, c.paper, fill="flat")
    start, end = (180.0, 360.0) if kind == "speed" else (135.0, 405.0)
    if kind == "compass":
        for quarter in (0, 90, 180, 270):
            c.plain(turned(star(0.5, 0.5, 0.27, 4, 0.22), middle, quarter), lighter(rim, 0.4))
    else:
        for index in range(3):
            span = arc(*middle, 0.3, 0.3, start + (end - start) * index / 3, start + (end - start) * (index + 1) / 3)
            c.stroke(span, 0.06, (c.tone("leaf"), c.tone("gold"), c.tone("red"))[index])
    mark = [(middle[0] + 0.33, middle[1]), (middle[0] + 0.365, middle[1])]
    for turn in np.linspace(start, end, 9):
        c.stroke(turned(mark, middle, float(turn)), 0.014, c.ink)
    long, angle = c.between(0.24, 0.32), c.between(start + 15, end - 15)
    thin = c.between(0.02, 0.05)
    c.on("front")
    ends = [(middle[0] + long, middle[1]), (middle[0], middle[1] + thin), (middle[0] - 0.06, middle[1]),
            (middle[0], middle[1] - thin)]  # fmt: skip
    c.shape(turned(ends, middle, angle), c.ink if kind == "speed" else c.tone("red"))
    if kind == "compass":
        back = [(middle[0] - long, middle[1]), (middle[0], middle[1] + thin), (middle[0], middle[1] - thin)]
        c.shape(turned(back, middle, angle), c.ink)
    c.shape(ellipse(*middle, 0.045), c.ink, fill="flat")
    tip = turned(ends[:1], middle, angle)[0]
    needle = hinge(
        c.word("needle", "pointer"),
        ("swing", *TURNS) if kind == "compass" else ("swing",),
        middle,
        (float(tip[0]), float(tip[1])),
    )
    noun = {
        "speed": c.word("speedometer", "dial"),
        "pressure": c.word("pressure gauge", "gauge"),
        "compass": "compass",
    }[kind]
    return c.finish("gauge", noun, front=needle)


def record_player(rng: np.random.Generator, size: int) -> Drawing:
    """A turntable from above: the record turns, or the tone arm swings over it."""
    c = Canvas(rng, size)
    deck, spins, middle = c.tone("wood") if c.chance(0.4) else c.colour(0), c.chance(0.5), (0.42, 0.5)
    c.shape(box(0.04, 0.12, 0.96, 0.88, c.between(0.03, 0.1)), deck)
    c.shape(ellipse(*middle, 0.34), darker(deck, 0.35))
    for y in (0.66, 0.76):
        c.shape(ellipse(0.87, y, 0.035), c.colour(2))
    c.shape(ellipse(0.86, 0.26, 0.065), c.tone("steel"))
    if spins:
        c.stroke([(0.86, 0.26), (0.86, 0.5), (0.81, 0.6)], 0.026, c.tone("steel"))
        c.on("front")
    c.shape(ellipse(*middle, 0.31), c.ink, fill="flat")
    for radius in (0.27, 0.22, 0.17):
        c.stroke(ellipse(*middle, radius), 0.006, lighter(c.ink, 0.22), closed=True)
    for angle in (20, 200):
        sheen = [middle, *arc(*middle, 0.3, 0.3, angle, angle + 22, 8)]
        c.plain(sheen, c.paper, 0.2)
    c.shape(ellipse(*middle, 0.115), c.colour(1))
    c.plain([middle, *arc(*middle, 0.115, 0.115, 200, 300, 12)], c.colour(3))
    c.plain(ellipse(*middle, 0.02), c.paper)
    noun = c.word("record player", "turntable", "vinyl player")
    if spins:
        disc = hinge(c.word("record", "vinyl", "disc"), TURNS, middle, (0.42, 0.2))
        return c.finish("record player", noun, front=disc)
    tip = (c.between(0.55, 0.66), c.between(0.6, 0.7))
    c.on("front").stroke([(0.88, 0.2), (0.85, 0.45), tip], 0.028, c.tone("steel"))
    c.shape(turned(box(tip[0] - 0.03, tip[1] - 0.02, tip[0] + 0.03, tip[1] + 0.07, 0.01), tip, 40), c.tone("red"))
    c.shape(ellipse(0.86, 0.26, 0.035), c.ink, fill="flat")
    arm = hinge(c.word("pickup", "stylus", "needle"), ("swing",), (0.86, 0.26), tip)
    return c.finish("record player", noun, front=arm)


def metronome(rng: np.random.Generator, size: int) -> Drawing:
    """A pyramid of wood with a rod that ticks."""
    c = Canvas(rng, size)
    wood, lean = c.tone("wood") if c.chance(0.6) else c.colour(0), c.between(-28, 28)
    c.shape([(0.38, 0.14), (0.62, 0.14), (0.8, 0.9), (0.2, 0.9)], wood)
    c.shape([(0.41, 0.2), (0.59, 0.2), (0.67, 0.68), (0.33, 0.68)], lighter(wood, 0.55))
    for y in np.linspace(0.28, 0.6, 6):
        c.stroke([(0.46, y), (0.54, y)], 0.01, darker(wood, 0.3))
    c.shape(box(0.16, 0.88, 0.84, 0.96, 0.03), darker(wood, 0.25))
    pivot = (0.5, 0.68)
    c.on("front").stroke(turned([pivot, (0.5, 0.06)], pivot, lean), 0.018, c.ink)
    at = c.between(0.2, 0.36)
    c.shape(turned([(0.45, at), (0.55, at), (0.535, at + 0.09), (0.465, at + 0.09)], pivot, lean), c.tone("gold"))
    c.on("body").shape([(0.335, 0.64), (0.665, 0.64), (0.76, 0.86), (0.24, 0.86)], darker(wood, 0.1))
    tip = turned([(0.5, 0.06)], pivot, lean)[0]
    c.on("front").shape(ellipse(*pivot, 0.035), c.tone("gold"))
    rod = hinge(c.word("rod", "pendulum", "bar"), ("swing",), pivot, (float(tip[0]), float(tip[1])))
    return c.finish("metronome", c.word("metronome", "wooden metronome"), front=rod, rooted=True)


def letter_box(rng: np.random.Generator, size: int) -> Drawing:
    """A mailbox on a post: the flag at its side, or the door at its mouth."""
    c = Canvas(rng, size)
    tint, raised = c.colour(0), c.between(-90, 0)
    c.shape(box(0.42, 0.56, 0.54, 0.97, 0.01), c.tone("wood"))
    c.shape(
        [(0.12, 0.62), *arc(0.34, 0.36, 0.22, 0.22, 180, 270), *arc(0.7, 0.36, 0.22, 0.22, 270, 360), (0.92, 0.62)],
        tint,
    )
    c.shape([(0.12, 0.62), *arc(0.31, 0.36, 0.19, 0.2, 180, 360), (0.5, 0.62)], darker(tint, 0.25))
    if c.chance(0.6):
        c.shape(turned(box(0.16, 0.34, 0.44, 0.52), (0.3, 0.43), -10), c.paper)
        c.stroke(turned([(0.16, 0.34), (0.3, 0.44), (0.44, 0.34)], (0.3, 0.43), -10), 0.01, c.ink)
        c.shape([(0.12, 0.48), (0.5, 0.48), (0.5, 0.62), (0.12, 0.62)], darker(tint, 0.15))
    pivot = (0.72, 0.46)
    c.on("front")
    c.shape(turned(box(0.7, 0.43, 1.0, 0.49, 0.02), pivot, raised), c.tone("red"))
    c.shape(turned(box(0.88, 0.31, 1.02, 0.49, 0.02), pivot, raised), c.tone("red"))
    c.plain(ellipse(*pivot, 0.024), c.paper)
    tip = turned([(1.0, 0.46)], pivot, raised)[0]
    piece = hinge(c.word("flag", "little flag", "lever"), ("swing", "bob"), pivot, (float(tip[0]), float(tip[1])))
    return c.finish(
        "letter box", c.word("mailbox", "letter box", "post box"), front=piece, rooted=True, mirror=c.chance(0.5)
    )


def kettle(rng: np.random.Generator, size: int) -> Drawing:
    """A pot that steams under a lid that hops: a tea pot, a kettle, a saucepan."""
    c = Canvas(rng, size)
    tint, kind, rise = c.colour(0), c.word("kettle", "tea pot", "pot"), c.between(0.0, 0.12)
    steam = mix(c.paper, c.tone("cloud"), 0.4)
    c.on("rear")
    for x in (0.36, 0.5, 0.64)[: c.count(2, 3)]:
        line = [(x, 0.5), (x + 0.05, 0.32), (x - 0.05, 0.16), (x + 0.03, rise)]
        c.shape(ribbon(line, [0.075, 0.06, 0.02]), steam, fill="flat")
    c.on("body")
    if kind == "pot":
        for x in (0.14, 0.86):
            c.stroke(ellipse(x, 0.64, 0.07, 0.05), 0.03, c.ink, closed=True)
        c.shape(box(0.17, 0.52, 0.83, 0.92, 0.07), tint)
        c.plain(box(0.17, 0.72, 0.83, 0.78), lighter(tint, 0.4))
    else:
        c.shape(ribbon([(0.7, 0.74), (0.84, 0.66), (0.97, 0.5)], [0.17, 0.09, 0.06]), darker(tint, 0.1))
        grip = arc(0.47, 0.56, 0.3, 0.34, 190, 350) if kind == "kettle" else arc(0.22, 0.7, 0.17, 0.14, 90, 270)
        c.stroke(grip, 0.035, c.ink if kind == "kettle" else darker(tint, 0.2))
        c.shape(
            curve([(0.3, 0.54), (0.64, 0.54), (0.78, 0.76), (0.66, 0.94), (0.28, 0.94), (0.16, 0.76)], steps=8), tint
        )
        c.plain(ellipse(0.36, 0.74, 0.05, 0.09, 12), lighter(tint, 0.5), 0.7)
    half = 0.35 if kind == "pot" else 0.2
    x, y = (0.5, 0.54) if kind == "pot" else (0.47, 0.56)
    c.on("front").shape(
        [*arc(x, y, half, 0.1, 180, 360), (x + half, y + 0.03), (x - half, y + 0.03)], darker(tint, 0.2)
    )
    c.shape(ellipse(x, y - 0.12, 0.045), c.ink)
    vapour = hinge(c.word("steam", "vapour"), ("wave", "flicker", "bob"), (0.5, 0.46), (0.5, rise))
    lid = hinge("lid", ("bob", "swing"), (x, y), (x, y - 0.15))
    return c.finish("kettle", c.word(kind, f"steaming {kind}", f"hot {kind}"), rear=vapour, front=lid, rooted=True)


def treasure_chest(rng: np.random.Generator, size: int) -> Drawing:
    """A chest of gold whose lid stands open behind it."""
    c = Canvas(rng, size)
    wood, trim, opened = c.tone("wood") if c.chance(0.6) else c.colour(0), c.tone("gold"), c.between(4, 32)
    c.on("rear")
    pivot = (0.14, 0.52)
    c.shape(turned(box(0.12, 0.26, 0.88, 0.54, 0.1), pivot, -opened), darker(wood, 0.1))
    for x in (0.22, 0.7):
        c.plain(turned(box(x, 0.26, x + 0.08, 0.54), pivot, -opened), trim)
    c.plain(turned(box(0.12, 0.49, 0.88, 0.54), pivot, -opened), darker(wood, 0.4))
    c.on("body")
    for x in np.linspace(0.22, 0.78, 7):
        y = 0.53 - 0.05 * np.sin(np.pi * (x - 0.15) / 0.7)
        c.shape(ellipse(float(x), y, 0.06), trim)
    c.shape(polygon(0.38, 0.45, 0.06, 6), c.colour(1))
    c.shape(polygon(0.62, 0.46, 0.05, 4), c.colour(2))
    c.shape(box(0.1, 0.54, 0.9, 0.92, 0.03), wood)
    for y in (0.68, 0.8):
        c.stroke([(0.11, y), (0.89, y)], 0.01, darker(wood, 0.3))
    for x in (0.2, 0.72):
        c.plain(box(x, 0.54, x + 0.08, 0.92), trim)
    c.shape(box(0.08, 0.52, 0.92, 0.59, 0.02), darker(wood, 0.2))
    c.shape(box(0.43, 0.54, 0.57, 0.7, 0.03), trim)
    c.plain(ellipse(0.5, 0.61, 0.022), c.ink)
    lid = hinge(c.word("lid", "cover", "top"), ("swing", "bob"), pivot, (0.85, 0.4))
    return c.finish("treasure chest", c.word("treasure chest", "chest of gold", "pirate chest"), rear=lid, rooted=True,
                    mirror=c.chance(0.5))  # fmt: skip


def birthday_cake(rng: np.random.Generator, size: int) -> Drawing:
    """Tiers of cake with burning candles."""
    c = Canvas(rng, size)
    tiers, icing, candles = c.count(1, 3), c.tone("pink") if c.chance(0.4) else c.colour(0), c.count(1, 5)
    c.shape(box(0.08, 0.91, 0.92, 0.96, 0.02), c.paper)
    tall = 0.46 / tiers
    for tier in range(tiers):
        half, foot = 0.38 - 0.1 * tier, 0.92 - tall * tier
        sponge = box(0.5 - half, foot - tall, 0.5 + half, foot, 0.03)
        c.shape(sponge, lighter(icing, 0.35) if tier % 2 else icing)
        drips = 5 - tier
        hem = [arc(0.5 + half - half * (2 * i + 1) / drips, foot - tall * 0.62, half / drips, tall * 0.24, 0, 180, 8)
               for i in range(drips)]  # fmt: skip
        c.plain(np.concatenate([[(0.5 - half, foot - tall), (0.5 + half, foot - tall)], *hem]), c.paper, within=sponge)
    top, reach = 0.46, (0.38 - 0.1 * (tiers - 1)) * 0.72
    spots = np.linspace(-reach, reach, candles) if candles > 1 else np.array([0.0])
    for index, x in enumerate(spots):
        c.shape(box(0.48 + x, top - 0.17, 0.52 + x, top + 0.01, 0.01), c.colour(1 + index % 3))
    c.on("front")
    for x in spots:
        c.shape(drop(0.5 + x, top - 0.18, 0.14, 0.1), c.tone("flame"))
        c.plain(drop(0.5 + x, top - 0.185, 0.07, 0.05), lighter(c.tone("gold"), 0.5))
    word = c.word("flames", "candle flames") if candles > 1 else c.word("flame", "candle flame")
    flames = hinge(word, ("flicker", "pulse", "wave"), (0.5, top - 0.19), (0.5, top - 0.32))
    noun = c.word("birthday cake", "cake with candles" if candles > 1 else "cake with a candle", "party cake")
    return c.finish("birthday cake", noun, front=flames, rooted=True)


def street_lamp(rng: np.random.Generator, size: int) -> Drawing:
    """A lamp post, a desk lamp or a signal: its light flickers."""
    c = Canvas(rng, size, sticker=0.0)
    kind, metal, light = c.word("post", "desk", "signal"), c.ink if c.chance(0.5) else c.colour(0), c.tone("gold")
    if kind == "signal":
        return _signal(c, metal)
    if kind == "post":
        c.shape(box(0.47, 0.34, 0.53, 0.92, 0.02), metal)
        c.shape([(0.36, 0.97), (0.42, 0.88), (0.58, 0.88), (0.64, 0.97)], metal)
        c.shape(curve([(0.34, 0.12), (0.5, 0.03), (0.66, 0.12)], steps=6), metal)
        c.shape([(0.34, 0.12), (0.66, 0.12), (0.58, 0.36), (0.42, 0.36)], darker(light, 0.4))
        c.on("front").glow(0.5, 0.23, 0.3, light, 0.7)
        c.shape([(0.37, 0.13), (0.63, 0.13), (0.565, 0.34), (0.435, 0.34)], lighter(light, 0.3))
        piece = hinge(c.word("light", "glow"), ("flicker", "pulse"), (0.5, 0.23), (0.5, 0.1))
        return c.finish("street lamp", c.word("street lamp", "lamp post"), front=piece, rooted=True)
    c.shape(box(0.1, 0.9, 0.5, 0.96, 0.02), metal)
    c.stroke([(0.3, 0.9), (0.2, 0.54), (0.5, 0.24)], 0.035, metal)
    c.shape(ellipse(0.2, 0.54, 0.045), c.colour(1))
    head = turned([(0.44, 0.12), (0.58, 0.12), (0.7, 0.4), (0.32, 0.4)], (0.5, 0.22), -28)
    c.on("front")
    cone = turned([(0.32, 0.4), (0.7, 0.4), (0.84, 0.86), (0.18, 0.86)], (0.5, 0.22), -28)
    c.plain(cone, lighter(light, 0.4), 0.55)
    c.shape(head, c.colour(1))
    piece = hinge(c.word("shade", "lamp head"), ("swing", "flicker"), (0.5, 0.22), (0.72, 0.6))
    return c.finish("street lamp", c.word("desk lamp", "reading lamp"), front=piece, rooted=True, mirror=c.chance(0.5))


def _signal(c: Canvas, metal: Colour) -> Drawing:
    """A traffic light with one lamp lit, or the siren of a car."""
    if c.chance(0.5):
        lit, tints = c.count(0, 2), (c.tone("red"), c.tone("gold"), c.tone("leaf"))
        c.shape(box(0.46, 0.7, 0.54, 0.97, 0.01), c.tone("steel"))
        c.shape(box(0.32, 0.03, 0.68, 0.77, 0.08), metal)
        for index, tint in enumerate(tints):
            c.plain(ellipse(0.5, 0.16 + 0.235 * index, 0.095), darker(tint, 0.6))
        y = 0.16 + 0.235 * lit
        c.on("front").glow(0.5, y, 0.2, tints[lit], 0.6)
        c.plain(ellipse(0.5, y, 0.095), lighter(tints[lit], 0.15))
        piece = hinge(c.word("light", "lamp"), ("flicker", "pulse"), (0.5, y), (0.5, y - 0.09))
        return c.finish("street lamp", c.word("traffic light", "signal light"), front=piece, rooted=True)
    c.shape(box(0.14, 0.76, 0.86, 0.94, 0.04), metal)
    tint = c.tone("red")
    dome = [(0.24, 0.76), *arc(0.5, 0.5, 0.26, 0.26, 180, 360), (0.76, 0.76)]
    c.shape(dome, tint)
    c.on("front")
    for angle in (-150, -120, -90, -60, -30):
        c.stroke(turned([(0.83, 0.5), (0.98, 0.5)], (0.5, 0.5), angle), 0.035, lighter(tint, 0.3))
    rays = hinge(c.word("rays", "light"), ("flicker", "pulse"), (0.5, 0.5), (0.5, 0.05))
    return c.finish("street lamp", c.word("siren", "alarm light"), front=rays, rooted=True)


def scales(rng: np.random.Generator, size: int) -> Drawing:
    """A beam on a post: the pans of a balance or the plank of a seesaw."""
    c = Canvas(rng, size)
    tint, tilt, plays = c.tone("gold") if c.chance(0.5) else c.colour(0), c.between(-9, 9), c.chance(0.4)
    middle = (0.5, 0.66) if plays else (0.5, 0.2)
    if plays:
        c.shape([(0.5, 0.62), (0.66, 0.92), (0.34, 0.92)], c.colour(1))
        c.on("front").shape(turned(box(0.02, 0.63, 0.98, 0.69, 0.03), middle, tilt * 1.5), tint)
        for x, lid in ((0.12, 2), (0.88, 3)):
            place = turned([(x, 0.5)], middle, tilt * 1.5)[0]
            c.shape(turned(box(place[0] - 0.1, place[1] - 0.05, place[0] + 0.1, place[1] + 0.13, 0.05),
                           (float(place[0]), float(place[1])), tilt * 1.5), c.colour(lid))  # fmt: skip
            c.shape(ellipse(place[0], place[1] - 0.13, 0.09), c.tone("skin"))
        word, noun = c.word("plank", "board"), c.word("seesaw", "playground seesaw")
    else:
        c.shape(box(0.47, 0.16, 0.53, 0.9, 0.01), tint)
        c.shape([(0.26, 0.95), (0.36, 0.88), (0.64, 0.88), (0.74, 0.95)], darker(tint, 0.2))
        c.on("front").shape(turned(box(0.1, 0.18, 0.9, 0.23, 0.025), middle, tilt), darker(tint, 0.12))
        for x in (0.14, 0.86):
            end = turned([(x, 0.2)], middle, tilt)[0]
            for side in (-0.12, 0.12):
                c.stroke([end, (end[0] + side, end[1] + 0.36)], 0.01, c.ink)
            c.shape(arc(end[0], end[1] + 0.36, 0.16, 0.11, 0, 180), tint)
        c.shape(ellipse(*middle, 0.05), c.colour(1))
        word, noun = c.word("beam", "pans"), c.word("scales", "balance", "weighing scales")
    piece = hinge(word, ("swing",), middle, (0.95, middle[1]))
    return c.finish("scales", noun, front=piece, rooted=True)


def drum(rng: np.random.Generator, size: int) -> Drawing:
    """A drum with two sticks that beat, or a gong with a mallet."""
    c = Canvas(rng, size)
    tint, gong = c.tone("red") if c.chance(0.4) else c.colour(0), c.chance(0.35)
    c.on("body")
    if gong:
        c.stroke([(0.12, 0.96), (0.12, 0.1), (0.76, 0.1), (0.76, 0.96)], 0.045, c.tone("wood"))
        c.stroke([(0.06, 0.95), (0.18, 0.95)], 0.05, c.tone("wood"))
        c.stroke([(0.7, 0.95), (0.82, 0.95)], 0.05, c.tone("wood"))
        for x in (0.34, 0.54):
            c.stroke([(x, 0.1), (x, 0.3)], 0.014, c.ink)
        c.shape(ellipse(0.44, 0.5, 0.27), c.tone("gold"))
        c.shape(ellipse(0.44, 0.5, 0.17), darker(c.tone("gold"), 0.12))
        head, foot = (0.6, 0.52), (0.97, 0.82)
        c.on("front").stroke([head, foot], 0.032, c.tone("bark"))
        c.shape(ellipse(*head, 0.075), c.paper)
        mallet = hinge(c.word("mallet", "stick", "beater"), ("swing", "bob"), foot, head)
        return c.finish("drum", c.word("gong", "temple gong"), front=mallet, mirror=c.chance(0.5))
    deep, half = c.between(0.74, 0.9), c.between(0.3, 0.4)
    c.shape([(0.5 - half, 0.46), (0.5 + half, 0.46), *arc(0.5, deep, half, 0.09, 0, 180)], tint)
    zig = [(0.5 + half * (2 * i / 8 - 1), 0.56 if i % 2 else deep - 0.02) for i in range(9)]
    c.stroke(zig, 0.016, c.tone("gold"))
    c.shape(ellipse(0.5, 0.46, half, 0.1), c.paper)
    c.stroke(ellipse(0.5, 0.46, half, 0.1), 0.03, c.tone("gold"), closed=True)
    spread = c.between(0.24, 0.4)
    c.on("front")
    for side in (-1, 1):
        c.stroke([(0.5 + side * 0.06, 0.42), (0.5 + side * spread, 0.06)], 0.034, c.tone("wood"))
        c.shape(ellipse(0.5 + side * 0.06, 0.42, 0.045), lighter(c.tone("wood"), 0.3))
    sticks = hinge(c.word("sticks", "drumsticks"), ("bob", "swing"), (0.5, 0.2), (0.5, 0.42))
    return c.finish("drum", c.word("drum", "toy drum", "snare drum"), front=sticks, rooted=True)


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "gauge": gauge,
    "record player": record_player,
    "metronome": metronome,
    "letter box": letter_box,
    "kettle": kettle,
    "treasure chest": treasure_chest,
    "birthday cake": birthday_cake,
    "street lamp": street_lamp,
    "scales": scales,
    "drum": drum,
}
