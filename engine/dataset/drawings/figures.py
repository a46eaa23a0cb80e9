"""People, mascots and faces with a part that moves: arms, capes, skirts, hats, hair, nodding heads, eyes that blink."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .creatures import eye, face
from .drawing import Drawing, Piece
from .paint import Canvas, hinge
from .palettes import Colour, darker, lighter
from .shapes import arc, box, curve, ellipse, leaf, mirrored, polygon, ribbon, star, turned


def snowman(rng: np.random.Generator, size: int) -> Drawing:
    """Balls of snow with twigs for arms and a hat that lifts."""
    c = Canvas(rng, size)
    snow, scarf, balls = c.paper, c.tone("red") if c.chance(0.4) else c.colour(0), c.count(2, 3)
    c.on("rear")
    reach = c.between(0.24, 0.44)
    for side in (-1, 1):
        hand = (0.5 + side * 0.42, reach)
        c.stroke([(0.5 + side * 0.1, 0.58), hand], 0.022, c.tone("bark"))
        c.stroke([(0.5 + side * 0.36, reach + 0.07), (0.5 + side * 0.44, reach + 0.08)], 0.016, c.tone("bark"))
    c.on("body").shape(ellipse(0.5, 0.79, 0.24, 0.2), snow)
    if balls == 3:
        c.shape(ellipse(0.5, 0.57, 0.18, 0.16), snow)
    c.shape(ellipse(0.5, 0.38, 0.15 + 0.03 * (3 - balls), 0.15), snow)
    for y in (0.6, 0.68, 0.78):
        c.plain(ellipse(0.5, y, 0.02), c.ink)
    for x in (0.44, 0.56):
        c.plain(ellipse(x, 0.35, 0.02), c.ink)
    c.plain([(0.49, 0.37), (0.49, 0.42), (0.64, 0.41)], c.tone("flame"))
    c.shape(box(0.36, 0.48, 0.64, 0.54, 0.03), scarf)
    c.shape(turned(box(0.57, 0.5, 0.64, 0.7, 0.02), (0.6, 0.5), -14), scarf)
    c.on("front")
    if c.chance(0.6):
        c.shape(box(0.4, 0.06, 0.6, 0.27, 0.02), c.ink)
        c.plain(box(0.4, 0.2, 0.6, 0.24), scarf)
        c.shape(box(0.32, 0.25, 0.68, 0.295, 0.02), c.ink)
    else:
        c.shape([*arc(0.5, 0.28, 0.16, 0.17, 180, 360)], scarf)
        c.shape(box(0.33, 0.25, 0.67, 0.31, 0.03), lighter(scarf, 0.4))
        c.shape(ellipse(0.5, 0.1, 0.05), lighter(scarf, 0.4))
    arms = hinge(c.word("arms", "twigs"), ("swing", "bob"), (0.5, 0.58), (0.9, reach))
    hat = hinge(c.word("hat", "top"), ("swing", "bob"), (0.5, 0.28), (0.5, 0.06))
    noun = c.word("snowman", "little snowman", "winter snowman")
    return c.finish("snowman", noun, rear=arms, front=hat, rooted=True, mirror=c.chance(0.5))


def scarecrow(rng: np.random.Generator, size: int) -> Drawing:
    """A stuffed coat on a pole: loose sleeves behind, a floppy hat or a crow of straw before."""
    c = Canvas(rng, size)
    shirt, straw, droop = c.colour(0), c.tone("gold"), c.between(-0.02, 0.12)
    c.on("rear")
    for side in (-1, 1):
        hand = (0.5 + side * 0.42, 0.5 + droop)
        for away in (-0.05, 0.0, 0.05):
            c.stroke([hand, (hand[0] + side * 0.07, hand[1] + away + 0.02)], 0.016, straw)
        c.shape(ribbon([(0.5, 0.46), (0.5 + side * 0.22, 0.48 + droop * 0.4), hand], [0.13, 0.12, 0.15]), shirt)
    c.on("body").shape(box(0.47, 0.5, 0.53, 0.98, 0.01), c.tone("wood"))
    coat = [(0.38, 0.42), (0.62, 0.42), (0.68, 0.78), (0.6, 0.74), (0.55, 0.79), (0.5, 0.74), (0.44, 0.79),
            (0.4, 0.74), (0.32, 0.78)]  # fmt: skip
    c.shape(coat, darker(shirt, 0.12))
    c.plain(box(0.42, 0.56, 0.5, 0.64), c.colour(1))
    c.stroke(box(0.42, 0.56, 0.5, 0.64), 0.008, c.paper, closed=True)
    c.shape(ellipse(0.5, 0.3, 0.14, 0.15), c.tone("sand"))
    for x in (0.45, 0.55):
        for lean in (-0.018, 0.018):
            c.stroke([(x - 0.018, 0.29 - lean), (x + 0.018, 0.29 + lean)], 0.01, c.ink)
    c.stroke(arc(0.5, 0.34, 0.06, 0.035, 10, 170), 0.012, c.ink)
    c.on("front")
    tilt = c.between(-12, 12)
    c.shape(turned(ellipse(0.5, 0.2, 0.24, 0.05), (0.5, 0.22), tilt), c.tone("bark"))
    crown = [(0.37, 0.2), (0.42, 0.09), (0.48, 0.0), (0.56, 0.08), (0.63, 0.2)]
    c.shape(turned(crown, (0.5, 0.22), tilt), c.tone("bark"))
    c.plain(turned(box(0.385, 0.145, 0.612, 0.19), (0.5, 0.22), tilt), c.colour(2))
    sleeves = hinge(c.word("sleeves", "arms"), ("wave", "swing"), (0.5, 0.46), (0.92, 0.5 + droop))
    hat = hinge("hat", ("swing", "bob"), (0.5, 0.21), (0.5, 0.0))
    return c.finish("scarecrow", c.word("scarecrow", "straw man"), rear=sleeves, front=hat, rooted=True)


def skeleton(rng: np.random.Generator, size: int) -> Drawing:
    """A dancing skeleton: one arm and one leg move."""
    c = Canvas(rng, size)
    bone = c.paper if c.chance(0.8) else lighter(c.colour(0), 0.5)
    dark = darker(bone, 0.12)
    c.on("rear")
    knee, foot = (0.38 - c.between(0, 0.08), 0.8), (0.32 - c.between(0, 0.1), 0.95)
    _bone(c, (0.45, 0.66), knee, dark)
    _bone(c, knee, foot, dark)
    c.on("body")
    _bone(c, (0.55, 0.66), (0.6, 0.8), bone)
    _bone(c, (0.6, 0.8), (0.58, 0.96), bone)
    _bone(c, (0.4, 0.4), (0.28, 0.5), bone)
    _bone(c, (0.28, 0.5), (0.2, 0.4), bone)
    c.stroke([(0.5, 0.34), (0.5, 0.66)], 0.036, bone)
    for y, half in ((0.4, 0.13), (0.47, 0.12), (0.54, 0.1)):
        c.stroke(arc(0.5, y - 0.02, half, 0.035, 0, 180), 0.03, bone)
    c.shape(curve([(0.38, 0.62), (0.5, 0.645), (0.62, 0.62), (0.57, 0.71), (0.5, 0.685), (0.43, 0.71)], steps=6), bone)
    c.shape(box(0.42, 0.2, 0.58, 0.33, 0.04), bone)
    c.shape(ellipse(0.5, 0.17, 0.16, 0.14), bone)
    for x in (0.44, 0.56):
        c.plain(ellipse(x, 0.18, 0.042, 0.046), c.ink)
    c.plain([(0.485, 0.25), (0.515, 0.25), (0.5, 0.22)], c.ink)
    for x in (0.46, 0.5, 0.54):
        c.stroke([(x, 0.285), (x, 0.315)], 0.01, c.ink)
    elbow, hand = (0.72, c.between(0.38, 0.5)), (c.between(0.76, 0.86), c.between(0.14, 0.26))
    c.on("front")
    _bone(c, (0.6, 0.4), elbow, bone)
    _bone(c, elbow, hand, bone)
    for turn in (-40, 0, 40):
        finger = turned([(hand[0], hand[1]), (hand[0], hand[1] - 0.07)], hand, turn + 12)
        c.stroke(finger, 0.022, bone)
    leg = hinge(c.word("leg", "foot"), ("swing",), (0.45, 0.66), foot)
    arm = hinge(c.word("arm", "hand"), ("swing", "wave"), (0.6, 0.4), hand)
    noun = c.word("skeleton", "dancing skeleton", "friendly skeleton")
    return c.finish("skeleton", noun, rear=leg, front=arm, mirror=c.chance(0.5))


def _bone(c: Canvas, start: tuple[float, float], end: tuple[float, float], tint: Colour) -> None:
    c.shape(ribbon([start, end], [0.04, 0.04], smooth=False), tint)
    for x, y in (start, end):
        c.plain(ellipse(x, y, 0.03), tint)


def hero(rng: np.random.Generator, size: int) -> Drawing:
    """A masked hero: a cape behind, one fist up."""
    c = Canvas(rng, size)
    suit, cape, skin = c.colour(0), c.tone("red") if c.chance(0.5) else c.colour(1), c.tone("skin")
    blown = c.between(-0.04, 0.2)
    c.on("rear")
    hem = [(0.86 + blown, 0.78), (0.68 + blown, 0.86), (0.5 + blown * 0.8, 0.8), (0.3 + blown * 0.5, 0.88),
           (0.14 + blown * 0.4, 0.8)]  # fmt: skip
    c.shape(
        curve([(0.38, 0.4), (0.62, 0.4), (0.76 + blown * 0.5, 0.6), *hem, (0.26 + blown * 0.2, 0.6)], steps=6), cape
    )
    c.on("body")
    for x in (0.4, 0.52):
        c.shape(box(x, 0.66, x + 0.085, 0.92, 0.03), suit)
        c.shape(box(x - 0.01, 0.84, x + 0.095, 0.97, 0.03), cape)
    c.shape(ribbon([(0.4, 0.46), (0.28, 0.54), (0.38, 0.64)], [0.09, 0.08]), darker(suit, 0.1))
    c.shape([(0.34, 0.42), (0.66, 0.42), (0.61, 0.7), (0.39, 0.7)], suit)
    c.plain(box(0.39, 0.66, 0.61, 0.705), c.tone("gold"))
    c.plain(star(0.5, 0.53, 0.075) if c.chance(0.5) else polygon(0.5, 0.53, 0.07, 4), c.tone("gold"))
    c.shape(ellipse(0.5, 0.24, 0.15, 0.16), skin)
    c.plain([*arc(0.5, 0.21, 0.155, 0.15, 180, 360)], c.tone("bark"))
    c.plain(box(0.35, 0.21, 0.65, 0.29, 0.04), cape)
    for x in (0.44, 0.56):
        c.plain(ellipse(x, 0.25, 0.028, 0.022), c.paper)
        c.plain(ellipse(x, 0.25, 0.013), c.ink)
    c.stroke(arc(0.5, 0.31, 0.05, 0.035, 20, 160), 0.012, c.ink)
    fist = (c.between(0.7, 0.8), c.between(0.08, 0.2))
    c.on("front").shape(ribbon([(0.62, 0.47), (0.76, 0.4), fist], [0.09, 0.075]), suit)
    c.shape(ellipse(*fist, 0.06), skin)
    cloak = hinge(c.word("cape", "cloak"), ("wave", "swing"), (0.5, 0.42), (0.5 + blown * 0.6, 0.85))
    arm = hinge(c.word("arm", "fist"), ("swing", "bob"), (0.63, 0.47), fist)
    noun = c.word("superhero", "hero with a cape", "masked hero")
    return c.finish("hero", noun, rear=cloak, front=arm, rooted=True, mirror=c.chance(0.5))


def dancer(rng: np.random.Generator, size: int) -> Drawing:
    """A dancer on one foot: a wide skirt before the legs, hair that flies behind."""
    c = Canvas(rng, size)
    dress, skin, hair, wide = c.colour(0), c.tone("skin"), c.tone("bark"), c.between(0.26, 0.4)
    c.on("rear")
    tip = (0.16 + c.between(-0.06, 0.06), c.between(0.16, 0.4))
    c.shape(ribbon([(0.44, 0.14), (0.3, 0.13), tip], [0.06, 0.13, 0.02]), hair)
    c.on("body")
    c.shape(ribbon([(0.5, 0.58), (0.5, 0.98)], [0.07, 0.035]), skin)
    c.shape(ribbon([(0.52, 0.62), (0.68, 0.76), (0.54, 0.84)], [0.07, 0.05, 0.035]), darker(skin, 0.06))
    for side in (-1, 1):
        hand = (0.5 + side * 0.34, 0.3) if side < 0 else (0.66, 0.06)
        c.shape(ribbon([(0.5 + side * 0.07, 0.38), (0.5 + side * 0.22, 0.34), hand], [0.055, 0.04]), skin)
    c.shape([(0.42, 0.35), (0.58, 0.35), (0.545, 0.56), (0.455, 0.56)], dress)
    c.shape(ellipse(0.5, 0.2, 0.1, 0.115), skin)
    c.plain([*arc(0.5, 0.18, 0.108, 0.105, 170, 370)], hair)
    c.shape(ellipse(0.5, 0.06, 0.05), hair)
    face(c, 0.5, 0.22, 0.045, c.tone("pink"))
    c.on("front")
    scallops = c.count(4, 6)
    for share, tint in ((1.0, darker(dress, 0.14)), (0.72, dress)):
        half, foot = wide * share, 0.54 + 0.18 * share
        hem = [arc(0.5 + half - half * (2 * i + 1) / scallops, foot, half / scallops, 0.03, 0, 180, 8)
               for i in range(scallops)]  # fmt: skip
        c.shape(np.concatenate([[(0.45, 0.52), (0.55, 0.52)], *hem]), tint)
    skirt = hinge(c.word("skirt", "tutu", "dress"), ("swing", "wave", "pulse"), (0.5, 0.53), (0.5, 0.74))
    locks = hinge(c.word("hair", "ponytail"), ("wave", "swing"), (0.44, 0.14), tip)
    noun = c.word("dancer", "ballerina", "dancing girl")
    return c.finish("dancer", noun, rear=locks, front=skirt, rooted=True, mirror=c.chance(0.5))


def wizard(rng: np.random.Generator, size: int) -> Drawing:
    """A robe under a pointed hat, a wand with a star before it; or a witch with a broom."""
    c = Canvas(rng, size, sticker=0.0)
    robe, skin, witch = c.tone("violet") if c.chance(0.4) else c.colour(0), c.tone("skin"), c.chance(0.4)
    c.shape(curve([(0.5, 0.38), (0.64, 0.5), (0.74, 0.94), (0.5, 0.97), (0.26, 0.94), (0.36, 0.5)], steps=8), robe)
    for x, y in ((0.4, 0.84), (0.58, 0.78), (0.46, 0.68)):
        c.plain(star(x, y, 0.035), c.tone("gold"))
    c.shape(ribbon([(0.38, 0.54), (0.28, 0.64), (0.36, 0.72)], [0.1, 0.12]), darker(robe, 0.15))
    c.shape(ellipse(0.5, 0.36, 0.13, 0.13), skin)
    if witch:
        for side in (-1, 1):
            c.shape(ribbon([(0.5 + side * 0.11, 0.3), (0.5 + side * 0.15, 0.5)], [0.08, 0.05]), c.tone("flame"))
    else:
        c.shape(
            curve([(0.38, 0.39), (0.5, 0.43), (0.62, 0.39), (0.58, 0.58), (0.5, 0.7), (0.42, 0.58)], steps=8), c.paper
        )
    face(c, 0.5, 0.36, 0.055, c.tone("pink"))
    c.shape(ellipse(0.5, 0.27, 0.22, 0.045), darker(robe, 0.25))
    bend = c.between(-0.14, 0.14)
    c.shape(curve([(0.37, 0.26), (0.44, 0.14), (0.5 + bend, 0.0), (0.55, 0.15), (0.63, 0.26)], steps=6), robe)
    c.plain(box(0.38, 0.22, 0.62, 0.26, 0.01), c.tone("gold"))
    c.on("front")
    top = (0.84, c.between(0.14, 0.3))
    c.stroke([(0.74 if witch else 0.76, 0.92 if witch else 0.66), top], 0.026, c.tone("wood"))
    if witch:
        c.shape(
            [(0.78, top[1] + 0.04), (0.9, top[1] + 0.04), (0.97, top[1] - 0.2), (0.76, top[1] - 0.2)], c.tone("gold")
        )
    else:
        c.glow(*top, 0.13, c.tone("gold"), 0.6)
        c.shape(star(*top, 0.08), c.tone("gold"))
    c.shape(ribbon([(0.62, 0.54), (0.72, 0.6), (0.79, 0.52)], [0.09, 0.13]), darker(robe, 0.15))
    c.shape(ellipse(0.8, 0.5, 0.045), skin)
    staff = hinge(
        c.word("broom", "arm") if witch else c.word("wand", "staff", "arm"), ("swing", "bob"), (0.63, 0.55), top
    )
    noun = c.word("witch", "little witch") if witch else c.word("wizard", "magician", "old wizard")
    return c.finish("wizard", noun, front=staff, rooted=True, mirror=c.chance(0.5))


def nodding_mascot(rng: np.random.Generator, size: int) -> Drawing:
    """A toy whose large head wobbles on a small body: ears, horns or a cap."""
    c = Canvas(rng, size)
    tint, shirt, kind = c.colour(0), c.colour(1), c.word("ears", "horns", "cap", "leaf")
    c.shape(ellipse(0.5, 0.94, 0.24, 0.05), darker(shirt, 0.3))
    for side in (-1, 1):
        c.shape(ribbon([(0.5 + side * 0.1, 0.66), (0.5 + side * 0.2, 0.76)], [0.08, 0.07]), darker(shirt, 0.1))
        c.shape(box(0.45 + side * 0.07, 0.82, 0.55 + side * 0.07, 0.94, 0.03), darker(tint, 0.2))
    c.shape(box(0.37, 0.6, 0.63, 0.88, 0.1), shirt)
    c.on("front")
    half, tall = c.between(0.26, 0.36), c.between(0.22, 0.27)
    for side in (-1, 1):
        if kind == "ears":
            c.shape(ellipse(0.5 + side * half * 0.75, 0.18, 0.1), darker(tint, 0.1))
        elif kind == "horns":
            c.shape(leaf(0.5 + side * half * 0.55, 0.24, 0.22, 0.1, -90 + side * 30, -side * 0.1), c.paper)
    if kind == "leaf":
        c.stroke([(0.5, 0.2), (0.5, 0.08)], 0.02, c.tone("bark"))
        c.shape(leaf(0.5, 0.09, 0.2, 0.1, -20), c.tone("leaf"))
    head = ellipse(0.5, 0.4, half, tall)
    c.shape(head, tint)
    c.plain(ellipse(0.5, 0.52, half * 0.6, tall * 0.5), lighter(tint, 0.45), within=head)
    face(c, 0.5, 0.42, half * 0.42, c.tone("pink"))
    if kind == "cap":
        c.shape([*arc(0.5, 0.3, half * 0.9, 0.2, 180, 360)], shirt)
        c.shape(box(0.5, 0.27, 0.5 + half * 1.4, 0.32, 0.025), darker(shirt, 0.15))
    piece = hinge("head", ("swing", "bob", "wave"), (0.5, 0.62), (0.5, 0.2))
    noun = c.word("mascot", "bobblehead", "nodding toy", "little monster" if kind == "horns" else "toy figure")
    return c.finish("nodding mascot", noun, front=piece, rooted=True)


def portrait(rng: np.random.Generator, size: int) -> Drawing:
    """A head and shoulders: eyes that blink, long hair or a ponytail behind."""
    c = Canvas(rng, size)
    skin, hair, shirt = c.tone("skin"), c.tone("bark") if c.chance(0.6) else c.colour(2), c.colour(0)
    c.on("rear")
    locks: Piece | None = None
    style = c.word("ponytail", "long", "plaits", "short")
    if style == "ponytail":
        c.shape(ribbon([(0.64, 0.18), (0.86, 0.2), (0.92, 0.56)], [0.08, 0.18, 0.02]), hair)
        locks = hinge(c.word("ponytail", "hair"), ("swing", "wave"), (0.66, 0.19), (0.92, 0.54))
    elif style == "long":
        c.shape(
            curve([(0.5, 0.1), (0.74, 0.24), (0.8, 0.74), (0.5, 0.8), (0.2, 0.74), (0.26, 0.24)]), darker(hair, 0.15)
        )
        locks = hinge("hair", ("wave", "swing"), (0.5, 0.16), (0.5, 0.76))
    elif style == "plaits":
        for side in (-1, 1):
            for index in range(4):
                c.shape(ellipse(0.5 + side * (0.25 + 0.02 * index), 0.36 + 0.11 * index, 0.065, 0.07), hair)
        locks = hinge(c.word("plaits", "braids"), ("swing", "wave"), (0.5, 0.34), (0.5, 0.76))
    c.on("body").shape([*arc(0.5, 0.98, 0.36, 0.28, 180, 360)], shirt)
    c.shape(box(0.43, 0.56, 0.57, 0.78, 0.06), darker(skin, 0.12))
    for side in (-1, 1):
        c.shape(ellipse(0.5 + side * 0.22, 0.42, 0.04, 0.055), skin)
    head = curve([(0.5, 0.14), (0.7, 0.26), (0.69, 0.5), (0.5, 0.66), (0.31, 0.5), (0.3, 0.26)])
    c.shape(head, skin)
    c.shape([*arc(0.5, 0.29, 0.225, 0.2, 180, 360), (0.6, 0.25), (0.44, 0.29)], hair)
    c.stroke(curve([(0.5, 0.42), (0.48, 0.48), (0.51, 0.49)], closed=False), 0.012, darker(skin, 0.3))
    c.stroke(arc(0.5, 0.53, 0.07, 0.04, 15, 165), 0.016, c.tone("red"))
    for side in (-1, 1):
        c.stroke(arc(0.5 + side * 0.1, 0.36, 0.045, 0.03, 200, 340), 0.014, darker(hair, 0.2))
    c.on("front")
    large = c.between(0.034, 0.05)
    for x in (0.4, 0.6):
        c.plain(ellipse(x, 0.41, large * 1.1, large), c.paper)
        c.plain(ellipse(x, 0.41, large * 0.66), c.ink)
        c.plain(ellipse(x + large * 0.2, 0.41 - large * 0.2, large * 0.2), c.paper)
    eyes = hinge("eyes", ("blink",), (0.5, 0.41), (0.5, 0.36))
    noun = (
        c.word("portrait", "face", "smiling woman", "girl")
        if locks
        else c.word("portrait", "face", "smiling man", "boy")
    )
    return c.finish("portrait", noun, rear=locks, front=eyes, mirror=c.chance(0.5))


def alien(rng: np.random.Generator, size: int) -> Drawing:
    """A small alien: feelers behind; in front its eyes blink, or the saucer it sits in is lit."""
    c = Canvas(rng, size)
    skin, flies, feelers = c.tone("grass") if c.chance(0.5) else c.colour(0), c.chance(0.45), c.count(1, 3)
    c.on("rear")
    tips = np.linspace(-0.24, 0.24, feelers) if feelers > 1 else np.array([0.06])
    for x in tips:
        c.stroke(curve([(0.5 + x * 0.3, 0.24), (0.5 + x * 0.7, 0.12), (0.5 + x, 0.07)], closed=False), 0.02, skin)
        c.shape(ellipse(0.5 + x, 0.06, 0.04), c.colour(1))
    c.on("body")
    if not flies:
        for side in (-1, 1):
            c.shape(ribbon([(0.5 + side * 0.1, 0.68), (0.5 + side * 0.24, 0.78)], [0.06, 0.05]), darker(skin, 0.1))
            c.shape(ribbon([(0.5 + side * 0.07, 0.8), (0.5 + side * 0.1, 0.96)], [0.08, 0.07]), darker(skin, 0.1))
        c.shape(ellipse(0.5, 0.74, 0.14, 0.16), skin)
    c.shape(curve([(0.5, 0.18), (0.74, 0.28), (0.7, 0.5), (0.5, 0.64), (0.3, 0.5), (0.26, 0.28)]), skin)
    c.stroke(arc(0.5, 0.53, 0.06, 0.035, 15, 165), 0.014, c.ink)
    if flies:
        c.shape(ellipse(0.5, 0.7, 0.46, 0.13), c.tone("steel"))
        c.shape(ellipse(0.5, 0.65, 0.32, 0.08), darker(c.tone("steel"), 0.25))
        for x in (0.2, 0.4, 0.6, 0.8):
            c.plain(ellipse(x, 0.75 + 0.02 * (x in (0.4, 0.6)), 0.03), c.tone("gold"))
    c.on("front")
    if c.chance(0.5):
        for side in (-1, 1):
            shape = ellipse(0.5 + side * 0.11, 0.39, 0.06, 0.09, side * 24)
            c.plain(shape, c.ink)
            c.plain(ellipse(0.5 + side * 0.11 + 0.015, 0.36, 0.018), c.paper)
    else:
        eye(c, 0.5, 0.37, c.between(0.09, 0.13))
    stalks = hinge(c.word("antennae", "feelers"), ("swing", "wave", "bob"), (0.5, 0.22), (0.5, 0.04))
    eyes = hinge(c.word("eyes", "eye"), ("blink", "pulse"), (0.5, 0.38), (0.5, 0.3))
    noun = (
        c.word("alien in a saucer", "flying saucer", "alien") if flies else c.word("alien", "little alien", "martian")
    )
    return c.finish("alien", noun, rear=stalks, front=eyes)


def mermaid(rng: np.random.Generator, size: int) -> Drawing:
    """A mermaid: the scaly tail is half of her; she sits upright."""
    c = Canvas(rng, size)
    tail, skin, hair = c.tone("water") if c.chance(0.4) else c.colour(0), c.tone("skin"), c.tone("ember")
    reach = c.between(0.0, 0.14)
    c.shape(curve([(0.4, 0.08), (0.56, 0.14), (0.56, 0.4), (0.42, 0.56), (0.26, 0.5), (0.27, 0.2)]), hair)
    c.shape(ribbon([(0.36, 0.44), (0.3, 0.54), (0.4, 0.6)], [0.05, 0.045]), darker(skin, 0.08))
    c.shape([(0.34, 0.38), (0.5, 0.38), (0.48, 0.52), (0.51, 0.64), (0.33, 0.64), (0.36, 0.52)], skin)
    for x in (0.38, 0.465):
        c.shape(ellipse(x, 0.46, 0.042, 0.038), c.colour(1))
    c.shape(ellipse(0.42, 0.25, 0.105, 0.12), skin)
    c.shape([*arc(0.42, 0.22, 0.12, 0.12, 180, 360), (0.46, 0.2), (0.36, 0.23)], hair)
    face(c, 0.43, 0.27, 0.045, c.tone("pink"))
    c.shape(ribbon([(0.48, 0.42), (0.58, 0.46), (0.64, 0.3)], [0.05, 0.045]), skin)
    c.on("front")
    spine = [(0.42, 0.58), (0.44, 0.76), (0.62, 0.86), (0.8, 0.76), (0.86, 0.6 - reach)]
    body = ribbon(spine, [0.2, 0.2, 0.15, 0.09, 0.05])
    end = spine[-1]
    for way in (-1, 1):
        c.shape(leaf(*end, 0.26, 0.16, -80 + way * 48, way * 0.1), darker(tail, 0.15))
    c.shape(body, tail)
    for row in range(4):
        x, y = curve(spine, closed=False)[6 + 7 * row]
        for way in (-1, 1):
            c.stroke(arc(x + way * 0.035, y, 0.035, 0.03, 20, 160), 0.009, lighter(tail, 0.5), within=body)
    piece = hinge(c.word("tail", "fish tail"), ("swing", "wave", "bob"), (0.42, 0.6), end)
    return c.finish("mermaid", c.word("mermaid", "little mermaid"), front=piece, mirror=c.chance(0.5))


def jumping_jack(rng: np.random.Generator, size: int) -> Drawing:
    """A head on a spring above its box, or a string puppet's legs under its coat."""
    c = Canvas(rng, size)
    boxed, tint, skin = c.chance(0.6), c.colour(0), c.tone("skin")
    c.on("rear")
    if boxed:
        high = c.between(0.2, 0.3)
        line = [(0.5 + 0.09 * (-1) ** i, y) for i, y in enumerate(np.linspace(high + 0.1, 0.72, 9))]
        c.stroke(line, 0.022, c.tone("steel"))
        _jester(c, high, skin)
        c.on("body").shape(box(0.24, 0.58, 0.76, 0.95, 0.02), tint)
        c.plain(box(0.24, 0.58, 0.76, 0.64), darker(tint, 0.2))
        c.plain(star(0.5, 0.79, 0.12) if c.chance(0.5) else ellipse(0.5, 0.79, 0.1), c.tone("gold"))
        lid = mirrored([(0.76, 0.58), (0.98, 0.44), (0.99, 0.48), (0.77, 0.63)]) if c.chance(0.5) else [
            (0.76, 0.58), (0.98, 0.44), (0.99, 0.48), (0.77, 0.63)]  # fmt: skip
        c.shape(lid, darker(tint, 0.25))
        head = hinge(c.word("head", "spring"), ("swing", "bob", "pulse", "wave"), (0.5, 0.6), (0.5, high))
        return c.finish("jumping jack", c.word("jack in the box", "toy box", "jester in a box"), rear=head, rooted=True)
    for side in (-1, 1):
        c.shape(ribbon([(0.5 + side * 0.07, 0.62), (0.5 + side * 0.12, 0.92)], [0.1, 0.08]), c.colour(2))
        c.shape(ellipse(0.5 + side * 0.15, 0.93, 0.08, 0.045), c.ink, fill="flat")
    c.on("body")
    for side in (-1, 1):
        c.shape(ribbon([(0.5 + side * 0.1, 0.46), (0.5 + side * 0.32, 0.36)], [0.09, 0.07]), darker(tint, 0.15))
        c.shape(ellipse(0.5 + side * 0.34, 0.35, 0.05), skin)
    c.shape([(0.4, 0.4), (0.6, 0.4), (0.67, 0.7), (0.33, 0.7)], tint)
    for y in (0.47, 0.55, 0.63):
        c.plain(ellipse(0.5, y, 0.022), c.tone("gold"))
    _jester(c, 0.27, skin)
    legs = hinge(c.word("legs", "feet"), ("swing", "wave"), (0.5, 0.62), (0.5, 0.95))
    return c.finish("jumping jack", c.word("puppet", "jumping jack", "wooden puppet"), rear=legs, hangs=True)


def _jester(c: Canvas, y: float, skin: Colour) -> None:
    """A smiling head with a two-horned cap, its centre at y."""
    for side in (-1, 1):
        horn = [(0.5, y - 0.1), (0.5 + side * 0.14, y - 0.17), (0.5 + side * 0.24, y - 0.04)]
        c.shape(ribbon(horn, [0.16, 0.1, 0.03]), c.colour(1 if side < 0 else 3))
        c.shape(ellipse(0.5 + side * 0.25, y - 0.02, 0.032), c.tone("gold"))
    c.shape(ellipse(0.5, y, 0.14, 0.13), skin)
    face(c, 0.5, y - 0.01, 0.06, c.tone("pink"))
    c.plain(ellipse(0.5, y + 0.02, 0.022), c.tone("red"))


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "snowman": snowman,
    "scarecrow": scarecrow,
    "skeleton": skeleton,
    "hero": hero,
    "dancer": dancer,
    "wizard": wizard,
    "nodding mascot": nodding_mascot,
    "portrait": portrait,
    "alien": alien,
    "mermaid": mermaid,
    "jumping jack": jumping_jack,
}
