"""More animals with a limb that moves: trunks, ears, claws, tongues, fans of feathers, necks, long tails."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .creatures import eye, face
from .drawing import Drawing
from .paint import Canvas, hinge
from .palettes import darker, lighter
from .shapes import arc, box, curve, ellipse, leaf, mirrored, ribbon, turned


def elephant(rng: np.random.Generator, size: int) -> Drawing:
    """A sitting elephant from the front: large ears behind the head, a trunk before it."""
    c = Canvas(rng, size)
    tint, ear, side = c.tone("steel") if c.chance(0.5) else c.colour(0), c.between(0.17, 0.23), c.count(0, 1) * 2 - 1
    c.on("rear")
    for x in (0.27, 0.73):
        c.shape(ellipse(x, 0.35, ear, ear * 1.12), darker(tint, 0.12))
        c.plain(ellipse(x, 0.36, ear * 0.66, ear * 0.76), c.tone("pink"))
    c.on("body").shape(ellipse(0.5, 0.76, 0.25, 0.21), tint)
    for x in (0.34, 0.66):
        c.shape(ellipse(x, 0.91, 0.11, 0.075), darker(tint, 0.1))
        c.plain(arc(x, 0.975, 0.07, 0.04, 180, 360), lighter(tint, 0.55))
    c.shape(ellipse(0.5, 0.36, 0.22, 0.21), tint)
    for way in (-1, 1):
        c.shape(leaf(0.5 + way * 0.07, 0.46, c.between(0.1, 0.16), 0.05, 90 - way * 30), c.paper)
        c.plain(ellipse(0.5 + way * 0.11, 0.33, 0.022, 0.028), c.ink)
    spine = [(0.5, 0.38), (0.5, 0.54), (0.5 + side * 0.04, 0.68), (0.5 + side * c.between(0.12, 0.2), 0.71)]
    trunk = ribbon(spine, [0.15, 0.11, 0.075])
    c.on("front").shape(trunk, lighter(tint, 0.12))
    for y in (0.47, 0.53, 0.59):
        c.stroke([(0.44, y), (0.56, y)], 0.008, darker(tint, 0.25), within=trunk)
    return c.finish(
        "elephant",
        c.word("elephant", "little elephant", "sitting elephant"),
        rear=hinge("ears", ("swing", "pulse"), (0.5, 0.36), (0.8, 0.36)),
        front=hinge("trunk", ("swing", "wave"), (0.5, 0.4), (0.5, 0.7)),
        rooted=True,
    )


def dinosaur(rng: np.random.Generator, size: int) -> Drawing:
    """A long neck dinosaur in profile: neck and head before, a thick tail behind."""
    c = Canvas(rng, size)
    tint, rise, lift = c.tone("leaf") if c.chance(0.4) else c.colour(0), c.between(0.1, 0.24), c.between(-0.08, 0.1)
    c.on("rear")
    c.shape(ribbon([(0.36, 0.62), (0.18, 0.66), (0.0, 0.6 - lift)], [0.22, 0.12, 0.015]), darker(tint, 0.1))
    c.on("body")
    for x in (0.3, 0.57):
        c.shape(box(x + 0.07, 0.66, x + 0.17, 0.88, 0.04), darker(tint, 0.3))
        c.shape(box(x, 0.66, x + 0.11, 0.9, 0.04), darker(tint, 0.1))
    trunk = ellipse(0.47, 0.62, 0.26, 0.17)
    if c.chance(0.6):
        for x in np.linspace(0.28, 0.62, c.count(4, 6)):
            y = 0.62 - 0.16 * np.sqrt(1 - ((x - 0.47) / 0.27) ** 2)
            c.shape([(x - 0.05, y + 0.03), (x, y - 0.08), (x + 0.05, y + 0.03)], c.colour(1))
    c.shape(trunk, tint)
    c.plain(ellipse(0.5, 0.75, 0.2, 0.09), lighter(tint, 0.45), within=trunk)
    c.on("front").shape(ribbon([(0.6, 0.6), (0.75, 0.46), (0.78, rise + 0.06)], [0.2, 0.13, 0.09]), tint)
    c.shape(ellipse(0.83, rise + 0.03, 0.12, 0.075), tint)
    eye(c, 0.84, rise + 0.01, 0.024)
    c.stroke(arc(0.88, rise + 0.04, 0.05, 0.03, 20, 120), 0.01, c.ink)
    neck = hinge(c.word("neck", "head"), ("swing", "wave", "bob"), (0.62, 0.58), (0.8, rise))
    tail = hinge("tail", ("swing", "wave"), (0.32, 0.62), (0.0, 0.6 - lift))
    noun = c.word("dinosaur", "long necked dinosaur", "baby dinosaur")
    return c.finish("dinosaur", noun, rear=tail, front=neck, rooted=True, mirror=c.chance(0.5))


def rabbit(rng: np.random.Generator, size: int) -> Drawing:
    """A standing rabbit with tall or lop ears and a raised paw."""
    c = Canvas(rng, size)
    long, apart = c.between(0.26, 0.38), c.between(8, 55)
    fur = c.paper if c.chance(0.3) else c.tone(c.word("fur", "pink", "cloud"))
    c.on("rear")
    for side in (-1, 1):
        foot = (0.5 + side * 0.08, 0.36)
        for width, colour in ((0.15, darker(fur, 0.06)), (0.08, c.tone("pink"))):
            c.shape(turned(ellipse(foot[0], foot[1] - long / 2, width / 2, long * 0.6), foot, side * apart), colour)
    c.on("body").shape(ellipse(0.5, 0.75, 0.19, 0.21), fur)
    c.plain(ellipse(0.5, 0.77, 0.11, 0.14), lighter(fur, 0.6))
    for side in (-1, 1):
        c.shape(ellipse(0.5 + side * 0.12, 0.94, 0.1, 0.05), darker(fur, 0.06))
    c.shape(ribbon([(0.36, 0.64), (0.29, 0.74), (0.36, 0.8)], [0.08, 0.08]), darker(fur, 0.1))
    c.shape(ellipse(0.5, 0.43, 0.2, 0.17), fur)
    face(c, 0.5, 0.42, 0.09, c.tone("pink"))
    c.plain(ellipse(0.5, 0.455, 0.022, 0.015), c.tone("red"))
    hand = (c.between(0.74, 0.8), c.between(0.52, 0.62))
    c.on("front").shape(ribbon([(0.62, 0.68), (0.71, 0.68), hand], [0.09, 0.085]), darker(fur, 0.1))
    paw = hinge(c.word("paw", "arm"), ("swing", "bob"), (0.63, 0.68), hand)
    ears = hinge("ears", ("swing", "wave", "bob"), (0.5, 0.34), (0.5, 0.02))
    return c.finish("rabbit", c.word("rabbit", "bunny", "easter bunny"), rear=ears, front=paw, rooted=True)


def crab(rng: np.random.Generator, size: int) -> Drawing:
    """A crab with raised claws and eyes on stalks."""
    c = Canvas(rng, size)
    tint, claw, high = c.tone("red") if c.chance(0.5) else c.colour(0), c.between(0.1, 0.16), c.between(0.18, 0.34)
    c.on("rear")
    for side in (-1, 1):
        x = 0.5 + side * 0.38
        c.stroke(curve([(0.5 + side * 0.2, 0.6), (x + side * 0.02, 0.54), (x, high + 0.08)], closed=False), 0.06, tint)
        gap = 270 - side * 18
        c.shape([(x, high), *arc(x, high, claw, claw * 1.15, gap + 28, gap + 332)], darker(tint, 0.06))
    c.on("body")
    for side in (-1, 1):
        for y in (0.66, 0.72, 0.78):
            leg = [(0.5 + side * 0.22, y - 0.02), (0.5 + side * 0.37, y - 0.03), (0.5 + side * 0.42, y + 0.1)]
            c.stroke(leg, 0.035, darker(tint, 0.2))
    shell = curve([(0.5, 0.46), (0.76, 0.54), (0.74, 0.76), (0.5, 0.84), (0.26, 0.76), (0.24, 0.54)])
    c.shape(shell, tint)
    c.plain(ellipse(0.5, 0.86, 0.24, 0.12), lighter(tint, 0.45), within=shell)
    c.stroke(arc(0.5, 0.62, 0.07, 0.05, 15, 165), 0.016, c.ink)
    c.on("front")
    for x in (0.41, 0.59):
        c.stroke([(x, 0.5), (x, 0.38)], 0.03, tint)
        eye(c, x, 0.37, 0.055)
    claws = hinge("claws", ("swing", "bob", "pulse"), (0.5, 0.6), (0.5, 0.2))
    eyes = hinge(c.word("eyes", "eye stalks"), ("bob", "swing", "wave"), (0.5, 0.48), (0.5, 0.34))
    return c.finish("crab", c.word("crab", "little crab", "beach crab"), rear=claws, front=eyes)


def frog(rng: np.random.Generator, size: int) -> Drawing:
    """A squatting frog whose tongue reaches for a fly."""
    c = Canvas(rng, size)
    tint = c.tone("leaf") if c.chance(0.6) else c.colour(0)
    for side in (-1, 1):
        c.shape(ellipse(0.42 + side * 0.25, 0.8, 0.14, 0.11, side * 20), darker(tint, 0.18))
        c.shape(ellipse(0.42 + side * 0.26, 0.91, 0.14, 0.035), darker(tint, 0.25))
    c.shape(ellipse(0.42, 0.74, 0.25, 0.19), tint)
    c.plain(ellipse(0.42, 0.79, 0.16, 0.13), lighter(tint, 0.5))
    for side in (-1, 1):
        c.shape(ellipse(0.42 + side * 0.15, 0.4, 0.09), tint)
    c.shape(ellipse(0.42, 0.53, 0.29, 0.15), tint)
    for side in (-1, 1):
        eye(c, 0.42 + side * 0.15, 0.39, 0.06)
    c.stroke(arc(0.42, 0.5, 0.2, 0.09, 10, 170), 0.014, darker(tint, 0.5))
    c.plain(ellipse(0.5, 0.58, 0.055, 0.03), darker(c.tone("red"), 0.4))
    tip = (c.between(0.82, 0.98), c.between(0.2, 0.46))
    spine = [(0.5, 0.58), (0.66, 0.56), ((tip[0] + 0.7) / 2, (tip[1] + 0.5) / 2), tip]
    c.on("front").shape(ribbon(spine, [0.05, 0.04, 0.05]), c.tone("pink"))
    c.shape(ellipse(*tip, 0.045), c.tone("pink"))
    tongue = hinge("tongue", ("wave", "swing", "pulse"), (0.5, 0.58), tip)
    return c.finish("frog", c.word("frog", "green frog" if c.palette.natural else "toad", "tree frog"), front=tongue,
                    rooted=True, mirror=c.chance(0.5))  # fmt: skip


def turtle(rng: np.random.Generator, size: int) -> Drawing:
    """A turtle in profile: its head looks out of the shell; one in the sea rows with a flipper."""
    c = Canvas(rng, size)
    skin, shell, swims = c.tone("grass"), c.tone("bark") if c.chance(0.4) else c.colour(1), c.chance(0.5)
    high = c.between(0.34, 0.5)
    c.on("rear").shape(ribbon([(0.62, 0.64), (0.8, 0.58), (0.86, high)], [0.14, 0.11, 0.1]), skin)
    c.shape(ellipse(0.89, high - 0.02, 0.1, 0.085), skin)
    eye(c, 0.91, high - 0.05, 0.026)
    c.on("body").shape([(0.14, 0.64), (0.0, 0.72), (0.16, 0.73)], skin)
    for x in (0.18, 0.56):
        foot = leaf(x, 0.68, 0.26, 0.12, 120) if swims else box(x, 0.62, x + 0.13, 0.85, 0.05)
        c.shape(foot, darker(skin, 0.12))
    dome = [*arc(0.42, 0.68, 0.34, c.between(0.3, 0.42), 180, 360), (0.76, 0.72), (0.08, 0.72)]
    c.shape(dome, shell)
    for x, y, r in ((0.42, 0.47, 0.085), (0.25, 0.56, 0.065), (0.59, 0.56, 0.065), (0.42, 0.62, 0.05)):
        c.plain(ellipse(x, y, r, r * 0.85), lighter(shell, 0.3), within=dome)
    c.shape(box(0.06, 0.67, 0.78, 0.75, 0.04), lighter(skin, 0.35))
    head = hinge(c.word("head", "neck"), ("swing", "bob"), (0.68, 0.62), (0.9, high))
    flipper = None
    if swims:
        c.on("front").shape(leaf(0.58, 0.7, 0.4, 0.17, c.between(100, 150), 0.15), skin)
        flipper = hinge(c.word("flipper", "fin"), ("swing", "wave"), (0.58, 0.7), (0.42, 0.98))
    noun = c.word("sea turtle", "swimming turtle") if swims else c.word("turtle", "tortoise", "little turtle")
    return c.finish("turtle", noun, rear=head, front=flipper, mirror=c.chance(0.5))


def fox(rng: np.random.Generator, size: int) -> Drawing:
    """A walking fox with a bushy tail and a head that nods."""
    c = Canvas(rng, size)
    tint, lift = c.tone("ember") if c.chance(0.6) else c.colour(0), c.between(0.12, 0.5)
    spine = np.array([(0.32, 0.6), (0.16, 0.6), (0.08, 0.42), (0.02, lift)])
    c.on("rear").shape(ribbon(spine, [0.06, 0.2, 0.22, 0.02]), darker(tint, 0.08))
    c.shape(ribbon(curve(spine, closed=False)[20:], [0.21, 0.16, 0.02], smooth=False), c.paper)
    c.on("body")
    for x, lean in ((0.36, -0.03), (0.62, 0.03), (0.28, 0.04), (0.54, -0.04)):
        c.shape(ribbon([(x, 0.62), (x + lean, 0.78), (x + lean, 0.94)], [0.09, 0.05]), darker(tint, 0.3))
    c.shape(curve([(0.26, 0.56), (0.42, 0.52), (0.62, 0.5), (0.7, 0.58), (0.62, 0.72), (0.4, 0.7), (0.27, 0.7)]), tint)
    c.on("front")
    for x in (0.65, 0.78):
        c.shape([(x - 0.05, 0.4), (x, 0.2), (x + 0.07, 0.38)], darker(tint, 0.2))
    c.shape(curve([(0.58, 0.46), (0.64, 0.34), (0.78, 0.34), (0.97, 0.5), (0.8, 0.59), (0.66, 0.6)]), tint)
    c.plain(curve([(0.62, 0.54), (0.76, 0.5), (0.95, 0.5), (0.8, 0.585), (0.68, 0.59)]), c.paper)
    c.plain(ellipse(0.955, 0.495, 0.026), c.ink)
    c.plain(ellipse(0.77, 0.44, 0.02, 0.026), c.ink)
    tail = hinge("tail", ("swing", "wave"), (0.3, 0.6), (0.04, lift))
    head = hinge("head", ("swing", "bob"), (0.64, 0.54), (0.96, 0.48))
    return c.finish("fox", c.word("fox", "little fox", "walking fox"), rear=tail, front=head, rooted=True,
                    mirror=c.chance(0.5))  # fmt: skip


def rooster(rng: np.random.Generator, size: int) -> Drawing:
    """A rooster with a plume of tail feathers, or a hen with a short one; a wing in front."""
    c = Canvas(rng, size)
    tint, crows = c.paper if c.chance(0.3) else c.colour(0), c.chance(0.6)
    reach = c.between(0.38, 0.5) if crows else 0.26
    c.on("rear")
    for index, angle in enumerate((-175, -155, -135, -115)):
        c.shape(leaf(0.36, 0.6, reach, 0.13, angle, -0.28 if crows else -0.05), c.colour(index + 1))
    c.on("body")
    for x in (0.46, 0.58):
        c.stroke([(x, 0.76), (x, 0.93), (x + 0.06, 0.95)], 0.024, c.tone("flame"))
        c.stroke([(x, 0.93), (x - 0.04, 0.95)], 0.02, c.tone("flame"))
    for x, y in ((0.66, 0.13), (0.72, 0.1), (0.78, 0.14)):
        c.shape(ellipse(x, y, 0.045), c.tone("red"))
    c.shape([(0.82, 0.2), (0.95, 0.26), (0.82, 0.29)], c.tone("gold"))
    c.shape(ellipse(0.8, 0.34, 0.035, 0.055), c.tone("red"))
    c.shape(curve([(0.28, 0.56), (0.46, 0.52), (0.58, 0.38), (0.63, 0.18), (0.76, 0.13), (0.84, 0.24), (0.8, 0.5),
                   (0.7, 0.74), (0.5, 0.82), (0.34, 0.74)]), tint)  # fmt: skip
    eye(c, 0.75, 0.22, 0.03)
    c.on("front").shape(leaf(0.64, 0.54, 0.34, 0.24, 158 + c.between(-25, 15), 0.05), darker(tint, 0.18))
    noun = c.word("rooster", "cockerel") if crows else c.word("hen", "chicken")
    tail = hinge(c.word("tail", "tail feathers"), ("swing", "wave"), (0.38, 0.6), (0.1, 0.3))
    wing = hinge("wing", ("swing", "wave"), (0.64, 0.54), (0.34, 0.64))
    return c.finish("rooster", noun, rear=tail, front=wing, rooted=True, mirror=c.chance(0.5))


def ladybird(rng: np.random.Generator, size: int) -> Drawing:
    """A beetle from above: spotted wing cases over a dark body, feelers at the head."""
    c = Canvas(rng, size)
    tint, open_by = c.tone("red") if c.chance(0.6) else c.colour(0), c.between(0, 26)
    c.on("rear")
    for side in (-1, 1):
        c.stroke(curve([(0.5 + side * 0.06, 0.24), (0.5 + side * 0.12, 0.12), (0.5 + side * 0.22, 0.06)], closed=False),
                 0.02, c.ink)  # fmt: skip
        c.plain(ellipse(0.5 + side * 0.22, 0.06, 0.028), c.ink)
    c.on("body")
    for side in (-1, 1):
        for y, down in ((0.42, -0.08), (0.58, 0.02), (0.72, 0.1)):
            c.stroke([(0.5, y), (0.5 + side * 0.38, y), (0.5 + side * 0.44, y + down)], 0.028, c.ink)
    c.shape(ellipse(0.5, 0.27, 0.17, 0.13), c.ink, fill="flat")
    for side in (-1, 1):
        c.plain(ellipse(0.5 + side * 0.08, 0.23, 0.04, 0.035), c.paper)
    c.shape(ellipse(0.5, 0.58, 0.25, 0.32), darker(tint, 0.6))
    c.on("front")
    case = np.concatenate([arc(0.5, 0.6, 0.33, 0.34, -90, 90), [(0.5, 0.94), (0.5, 0.26)]])
    for side in (-1, 1):
        turn = open_by * -side
        half = turned(case if side > 0 else mirrored(case), (0.5, 0.28), turn)
        c.shape(half, tint)
        for x, y in ((0.12, 0.46), (0.2, 0.64), (0.09, 0.78)):
            spot = turned([(0.5 + side * x, y)], (0.5, 0.28), turn)[0]
            c.plain(ellipse(spot[0], spot[1], c.between(0.035, 0.055)), c.ink)
    wings = hinge(c.word("wings", "wing cases"), ("pulse", "swing", "bob"), (0.5, 0.28), (0.5, 0.94))
    feelers = hinge(c.word("feelers", "antennae"), ("swing", "wave"), (0.5, 0.24), (0.5, 0.04))
    return c.finish("ladybird", c.word("ladybird", "ladybug", "beetle"), rear=feelers, front=wings)


def shark(rng: np.random.Generator, size: int) -> Drawing:
    """A shark, or a dolphin, in profile."""
    c = Canvas(rng, size)
    toothed = c.chance(0.6)
    tint, arch = c.tone("water") if c.chance(0.6) else c.tone("steel"), c.between(-0.04, 0.08)
    fork = [(0.2, 0.5 + arch), (0.0, 0.24), (0.09, 0.5), (0.02, 0.74), (0.12, 0.62), (0.22, 0.56 + arch)]
    c.on("rear").shape(curve(fork, steps=7), darker(tint, 0.15))
    c.on("body").shape(curve([(0.46, 0.4), (0.44, 0.26), (0.4, 0.17), (0.54, 0.22), (0.64, 0.38)], steps=6), tint)
    snout = (0.98, 0.5) if toothed else (0.99, 0.54)
    back = [(0.14, 0.52 + arch), (0.36, 0.4), (0.62, 0.34), (0.84, 0.38), snout, (0.84, 0.6), (0.6, 0.68), (0.34, 0.62)]
    body = curve(back)
    c.shape(body, tint)
    c.plain(curve([(0.1, 0.58 + arch), (0.4, 0.56), (0.7, 0.56), (1.0, 0.54), (0.9, 0.76), (0.4, 0.76)]), c.paper,
            within=body)  # fmt: skip
    eye(c, 0.82, 0.45, 0.028)
    c.stroke(arc(0.84, 0.5, 0.11, 0.08, 20, 110), 0.012, c.ink)
    for x in (0.66, 0.69, 0.72) if toothed else ():
        c.stroke([(x, 0.45), (x - 0.015, 0.54)], 0.009, darker(tint, 0.4))
    c.on("front").shape(leaf(0.62, 0.58, c.between(0.26, 0.36), 0.15, c.between(105, 135), 0.15), darker(tint, 0.2))
    tail = hinge("tail", ("swing", "wave"), (0.2, 0.53 + arch), (0.0, 0.5))
    fin = hinge(c.word("fin", "flipper"), ("swing", "wave"), (0.62, 0.58), (0.48, 0.8))
    noun = c.word("shark", "friendly shark") if toothed else c.word("dolphin", "little dolphin")
    return c.finish("shark", noun, rear=tail, front=fin, mirror=c.chance(0.5))


def scorpion(rng: np.random.Generator, size: int) -> Drawing:
    """A scorpion in profile, its jointed tail arched over its back."""
    c = Canvas(rng, size)
    tint, joints = c.tone("clay") if c.chance(0.5) else c.colour(0), c.count(7, 9)
    line = curve([(0.28, 0.7), (0.1, 0.54), (0.1, 0.28), (0.28, 0.12), (0.46, c.between(0.14, 0.24))], closed=False)
    c.on("rear")
    for index, at in enumerate(np.linspace(3, len(line) - 4, joints)):
        x, y = line[int(at)]
        c.shape(ellipse(x, y, 0.09 - 0.045 * index / joints), tint if index % 2 else darker(tint, 0.2))
    c.shape(leaf(line[-3, 0], line[-3, 1], 0.16, 0.08, 70, 0.2), c.ink)
    c.on("body")
    for x in (0.34, 0.45, 0.56):
        c.stroke([(x, 0.76), (x - 0.05, 0.84), (x - 0.03, 0.93)], 0.026, darker(tint, 0.3))
    c.shape(ellipse(0.46, 0.74, 0.24, 0.105), tint)
    for x in (0.32, 0.41, 0.5):
        c.stroke(arc(x, 0.74, 0.04, 0.09, -70, 70), 0.012, darker(tint, 0.35))
    eye(c, 0.64, 0.7, 0.032)
    c.on("front").stroke(curve([(0.6, 0.77), (0.74, 0.82), (0.84, 0.7)], closed=False), 0.05, darker(tint, 0.1))
    c.shape([(0.87, 0.62), *arc(0.87, 0.62, 0.1, 0.09, -10, 300)], darker(tint, 0.1))
    tail = hinge(c.word("tail", "stinger"), ("swing", "wave", "bob"), (0.28, 0.7), (0.2, 0.12))
    claw = hinge(c.word("claw", "pincer"), ("swing", "bob"), (0.6, 0.77), (0.87, 0.62))
    noun = c.word("scorpion", "desert scorpion")
    return c.finish("scorpion", noun, rear=tail, front=claw, mirror=c.chance(0.5))


def peacock(rng: np.random.Generator, size: int) -> Drawing:
    """A bird before its open fan of feathers, or a turkey with a plain one."""
    c = Canvas(rng, size)
    turkey = c.chance(0.35)
    feathers, spread, tint = c.count(7, 11), c.between(75, 105), c.tone("bark") if turkey else c.colour(0)
    c.on("rear")
    for index, angle in enumerate(np.linspace(-spread, spread, feathers)):
        c.shape(turned(ellipse(0.5, 0.36, 0.085, 0.32), (0.5, 0.68), float(angle)), c.colour(1 + index % 2))
        for radius, colour in ((0.055, c.tone("gold")), (0.03, c.colour(3))):
            place = turned([(0.5, 0.13)], (0.5, 0.68), float(angle))[0]
            c.plain(ellipse(place[0], place[1], radius, radius * 1.1), colour)
    c.on("body")
    for x in (0.44, 0.56):
        c.stroke([(x, 0.84), (x, 0.96)], 0.022, c.tone("flame"))
    if turkey:
        c.shape(ellipse(0.5, 0.71, 0.2, 0.18), tint)
    else:
        for x in (-0.05, 0.0, 0.05):
            c.stroke([(0.5, 0.36), (0.5 + x, 0.25)], 0.01, c.ink)
            c.plain(ellipse(0.5 + x, 0.25, 0.018), c.tone("gold"))
    c.shape(curve([(0.5, 0.32), (0.58, 0.4), (0.57, 0.55), (0.64, 0.74), (0.5, 0.89), (0.36, 0.74), (0.43, 0.55),
                   (0.42, 0.4)]), lighter(tint, 0.12))  # fmt: skip
    for x in (0.465, 0.535):
        c.plain(ellipse(x, 0.41, 0.018), c.ink)
    c.plain([(0.475, 0.44), (0.525, 0.44), (0.5, 0.49)], c.tone("flame"))
    fan = hinge(c.word("feathers", "tail feathers", "fan"), ("swing", "pulse", "wave"), (0.5, 0.68), (0.5, 0.05))
    noun = c.word("turkey", "little turkey") if turkey else c.word("peacock", "proud peacock")
    return c.finish("peacock", noun, rear=fan, rooted=True)


def bat(rng: np.random.Generator, size: int) -> Drawing:
    """A bat from the front with scalloped wings."""
    c = Canvas(rng, size)
    tint, rise = c.tone("night") if c.chance(0.5) else c.colour(0), c.between(0.16, 0.36)
    hem = [(0.99, 0.62), (0.9, 0.57), (0.82, 0.68), (0.74, 0.6), (0.64, 0.7), (0.5, 0.64)]
    wing = np.array([(0.5, 0.46), (0.66, 0.4), (0.84, rise), (0.96, rise + 0.2), *hem])
    c.on("rear")
    for left in (False, True):
        c.shape(mirrored(wing) if left else wing, darker(tint, 0.2))
        for tip in wing[[5, 7]]:
            bone = np.array([wing[2], tip])
            c.stroke(mirrored(bone) if left else bone, 0.01, darker(tint, 0.5))
    c.on("body")
    for side in (-1, 1):
        c.shape([(0.5 + side * 0.16, 0.44), (0.5 + side * 0.15, 0.24), (0.5 + side * 0.04, 0.36)], tint)
        c.shape(ellipse(0.5 + side * 0.06, 0.77, 0.03, 0.04), darker(tint, 0.3))
    c.shape(ellipse(0.5, 0.55, 0.17, c.between(0.18, 0.22)), tint)
    c.plain(ellipse(0.5, 0.65, 0.1, 0.1), lighter(tint, 0.3))
    for x in (0.43, 0.57):
        eye(c, x, 0.47, 0.042)
    for x in (0.47, 0.53):
        c.plain([(x - 0.015, 0.55), (x + 0.015, 0.55), (x, 0.6)], c.paper)
    wings = hinge("wings", ("swing", "pulse", "wave"), (0.5, 0.5), (0.95, rise + 0.1))
    return c.finish("bat", c.word("bat", "flying bat", "little bat"), rear=wings)


def snake(rng: np.random.Generator, size: int) -> Drawing:
    """A coiled snake, or a cobra in a basket, that raises its head."""
    c = Canvas(rng, size)
    tint, charmed, lean = c.tone("leaf") if c.chance(0.4) else c.colour(0), c.chance(0.5), c.between(-0.1, 0.1)
    spine = [(0.5, 0.8), (0.5 - lean, 0.62), (0.5 + lean, 0.42), (0.5, 0.22)]
    c.on("rear" if charmed else "front").shape(ribbon(spine, [0.14, 0.12, 0.12]), tint)
    if charmed:
        c.shape(ellipse(0.5, 0.3, 0.15, 0.18), darker(tint, 0.15))
    c.shape(ellipse(0.5, 0.19, 0.105, 0.1), tint)
    c.stroke([(0.5, 0.25), (0.5, 0.33)], 0.016, c.tone("red"))
    for side in (-1, 1):
        c.stroke([(0.5, 0.33), (0.5 + side * 0.025, 0.37)], 0.012, c.tone("red"))
        eye(c, 0.5 + side * 0.05, 0.17, 0.026)
    c.on("body")
    if charmed:
        c.shape(curve([(0.22, 0.64), (0.78, 0.64), (0.8, 0.8), (0.68, 0.96), (0.32, 0.96), (0.2, 0.8)], steps=8),
                c.tone("wood"))  # fmt: skip
        for y in (0.74, 0.84):
            c.stroke(arc(0.5, y, 0.28, 0.05, 10, 170), 0.014, darker(c.tone("wood"), 0.3))
        c.shape(box(0.19, 0.6, 0.81, 0.67, 0.03), lighter(c.tone("wood"), 0.2))
    else:
        for y, half in ((0.88, 0.36), (0.78, 0.28), (0.7, 0.2)):
            c.shape(ellipse(0.5, y, half, 0.085), tint)
            c.stroke(arc(0.5, y, half * 0.75, 0.05, 30, 150), 0.016, lighter(tint, 0.5))
    piece = hinge(c.word("head", "neck"), ("swing", "wave", "bob"), (0.5, 0.74), (0.5, 0.1))
    noun = c.word("snake in a basket", "cobra") if charmed else c.word("snake", "coiled snake")
    if charmed:
        return c.finish("snake", noun, rear=piece, rooted=True)
    return c.finish("snake", noun, front=piece, rooted=True)


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {
    "elephant": elephant,
    "dinosaur": dinosaur,
    "rabbit": rabbit,
    "crab": crab,
    "frog": frog,
    "turtle": turtle,
    "fox": fox,
    "rooster": rooster,
    "ladybird": ladybird,
    "shark": shark,
    "scorpion": scorpion,
    "peacock": peacock,
    "bat": bat,
    "snake": snake,
}
