"""Mascots, products and cut-outs."""

from __future__ import annotations

import numpy as np

from .easel import Easel, box, curve, oval
from .signs import TALL, WIDE


def frog() -> Easel:
    """A frog that looks to the right."""
    e = Easel()
    for x in (70, 184):
        e.fill(oval(x, 196, 30, 14), "#3f8f3a")
    e.fill(oval(128, 150, 66, 56), ("#7ccf5a", "#4da343"))
    e.fill(oval(128, 172, 42, 32), "#d9f2b4")
    for x in (94, 158):
        e.fill(oval(x, 92, 23), "#6cc24a")
        e.fill(oval(x, 90, 16), "#ffffff")
        e.fill(oval(x + 6, 91, 8), "#1b2a17")
        e.fill(oval(x + 9, 87, 3), "#ffffff")
    e.line(curve([(96, 134), (126, 146), (166, 130)], closed=False), 5, "#27571f")
    e.fill(oval(90, 140, 9, 6), "#f59aa0", alpha=0.8)
    e.fill(oval(172, 138, 9, 6), "#f59aa0", alpha=0.8)
    return e


def crab() -> Easel:
    """A crab with one large claw."""
    e = Easel()
    for i, x in enumerate((84, 100, 156, 172)):
        e.line(
            curve([(x, 168), (x + (-18 if i < 2 else 18), 186), (x + (-14 if i < 2 else 14), 204)], closed=False),
            8,
            "#c8442c",
        )
    e.line(curve([(82, 146), (54, 134), (52, 108)], closed=False), 11, "#d8523a")
    e.fill(curve([(34, 104), (40, 66), (66, 56), (60, 84), (82, 72), (78, 104), (56, 116)]), ("#ff7a59", "#d8523a"))
    e.line(curve([(174, 146), (200, 138), (206, 122)], closed=False), 10, "#d8523a")
    e.fill(
        curve([(194, 122), (196, 100), (210, 96), (208, 110), (222, 104), (220, 122), (208, 130)]),
        ("#ff7a59", "#d8523a"),
    )
    e.fill(oval(128, 152, 58, 38), ("#ff8a66", "#dd5034"))
    for x in (110, 148):
        e.line([(x, 120), (x, 104)], 6, "#dd5034")
        e.fill(oval(x, 100, 10), "#ffffff")
        e.fill(oval(x - 3, 101, 5), "#22181c")
    e.line(curve([(108, 152), (124, 162), (146, 154)], closed=False), 4, "#7d2413")
    return e


def dino() -> Easel:
    """A small dinosaur walking to the left."""
    e = Easel()
    for x, y in ((150, 74), (176, 92), (196, 116), (208, 142)):
        e.fill([(x, y + 6), (x + 14, y - 14), (x + 22, y + 14)], "#ff9f1c")
    e.fill(
        curve(
            [
                (60, 66),
                (96, 50),
                (126, 66),
                (148, 92),
                (190, 112),
                (214, 150),
                (236, 186),
                (200, 178),
                (176, 184),
                (132, 186),
                (106, 160),
                (100, 122),
                (66, 108),
                (48, 90),
            ]
        ),
        ("#49c5b6", "#219186"),
    )
    for x in (120, 162):
        e.fill(box(x, 170, 26, 36, 9), "#1b7f76")
    e.fill(curve([(112, 128), (140, 146), (152, 172), (124, 176), (110, 156)]), "#c9f2e5")
    e.fill(oval(92, 74, 8), "#ffffff")
    e.fill(oval(90, 75, 4.5), "#10312e")
    e.line(curve([(52, 94), (70, 98), (88, 92)], closed=False), 3.5, "#10463f")
    e.line([(102, 136), (88, 146)], 9, "#219186")
    return e


def hedgehog() -> Easel:
    e = Easel(WIDE)
    spikes = [
        (float(120 + 66 * np.cos(a) * r), float(92 - 58 * np.sin(a) * r))
        for a, r in zip(np.linspace(0.05, 2.7, 25), [1, 0.8] * 13, strict=False)
    ]
    e.fill([(186, 118), *spikes, (62, 118)], ("#8a5a3b", "#5d3a23"))
    e.fill(curve([(62, 120), (52, 96), (66, 74), (90, 86), (96, 118)]), "#f2d0a4")
    e.fill(oval(34, 101, 6), "#2b1d16")
    e.fill(curve([(34, 98), (62, 82), (70, 112), (44, 112)]), "#f2d0a4")
    e.fill(oval(36, 100, 5), "#2b1d16")
    e.fill(oval(66, 92, 4.5), "#2b1d16")
    for x in (82, 150):
        e.fill(oval(x, 120, 13, 6), "#c99766")
    return e


def teapot() -> Easel:
    e = Easel()
    e.line(curve([(176, 110), (222, 104), (218, 158), (172, 168)], closed=False), 12, "#2f6690")
    e.fill(curve([(82, 150), (58, 140), (46, 104), (30, 96), (38, 90), (62, 98), (78, 122)]), "#3a7ca5")
    body = curve([(128, 84), (180, 110), (182, 166), (150, 194), (106, 194), (74, 166), (76, 110)])
    e.fill(body, ("#5fa8d3", "#2f6690"))
    e.fill(oval(100, 124, 14, 30, 18), "#ffffff", alpha=0.35, within=body)
    for x in (100, 128, 156):
        e.fill(oval(x, 158, 8), "#ffd166", within=body)
        e.fill(oval(x, 158, 3.5), "#ef476f", within=body)
    e.fill(curve([(94, 94), (128, 76), (162, 94), (128, 102)]), "#1f4e79")
    e.fill(oval(128, 74, 9), "#ffd166")
    return e


def lamp() -> Easel:
    """A desk lamp that bows to the left."""
    e = Easel(TALL)
    e.fill(box(52, 214, 68, 14, 7), "#2b2d42")
    e.line([(88, 214), (104, 142)], 7, "#4a4e69")
    e.line([(104, 142), (66, 78)], 7, "#4a4e69")
    e.fill(oval(104, 142, 8), "#2b2d42")
    e.fill([(60, 66), (86, 88), (64, 128), (18, 92)], ("#ffb703", "#f48c06"))
    e.fill(oval(41, 111, 30, 9, 38), "#fff3bf")
    e.fill(oval(68, 76, 9), "#2b2d42")
    return e


def guitar() -> Easel:
    e = Easel(TALL)
    e.fill(box(66, 20, 13, 124, 3), "#5b3417")
    e.fill(box(61, 12, 23, 28, 5), "#2f1a0a")
    for y in range(46, 140, 13):
        e.line([(66, y), (79, y)], 1.2, "#d9c7a7")
    body = curve([(72, 128), (100, 136), (98, 164), (114, 196), (94, 230), (52, 230), (30, 198), (48, 166), (44, 138)])
    e.fill(body, ("#e8a04d", "#a34d17"))
    e.fill(curve([(84, 168), (108, 196), (96, 224), (80, 206)]), "#3b1c08", alpha=0.75, within=body)
    e.fill(oval(72, 180, 15), "#26120a")
    e.fill(box(56, 210, 32, 6, 2), "#26120a")
    for x in (69, 72.5, 76):
        e.line([(x, 40), (x, 212)], 0.8, "#f3ead8")
    return e


def toothbrush() -> Easel:
    """Long and thin, at a slant."""
    e = Easel(TALL)
    e.line([(92, 60), (54, 236)], 11, ("#36a2eb", "#1c6fb5"))
    e.line([(97, 38), (92, 60)], 7, "#d6ecfb")
    e.line([(104, 14), (96, 46)], 10, "#36a2eb")
    for i in range(5):
        x, y = 103 - 1.6 * i, 16 + 7 * i
        e.line([(x, y), (x + 14, y + 3)], 5.5, "#ffffff" if i % 2 else "#9be7c4")
    return e


def brasskey() -> Easel:
    e = Easel()
    e.fill(box(86, 119, 128, 14, 4), ("#f4d58d", "#b8892b"))
    for x, h in ((176, 26), (194, 34)):
        e.fill(box(x, 126, 11, h, 2), ("#e2b95b", "#a87b22"))
    e.line(oval(72, 126, 32), 15, ("#f4d58d", "#b8892b"), closed=True)
    e.line(oval(72, 126, 36), 2, "#fff1c9", closed=True, alpha=0.7)
    e.fill(oval(112, 126, 7, 12), "#b8892b")
    return e


def skateboard() -> Easel:
    e = Easel(WIDE)
    for x in (76, 180):
        e.fill(box(x - 15, 82, 30, 8, 3), "#8d99ae")
        for dx in (-11, 11):
            e.fill(oval(x + dx, 97, 10), "#ffba08")
            e.fill(oval(x + dx, 97, 4), "#6a4c00")
    e.line(curve([(18, 58), (40, 76), (216, 76), (240, 54)], closed=False), 12, "#7209b7")
    e.line(curve([(20, 54), (42, 71), (214, 71), (236, 51)], closed=False), 3, "#f72585")
    return e


def taco() -> Easel:
    e = Easel()
    e.fill(curve([(52, 166), (58, 112), (104, 74), (160, 78), (200, 116), (206, 164)]), "#c98a2b")
    for i, x in enumerate(range(70, 196, 14)):
        e.fill(
            oval(x, 104 - 24 * np.sin((x - 60) / 140 * np.pi), 15, 12), ("#5cb85c", "#2f8f46") if i % 2 else "#7ed957"
        )
    for x, y in ((88, 84), (120, 68), (152, 74), (178, 96)):
        e.fill(oval(x, y, 10), "#e63946")
    shell = curve([(46, 178), (58, 128), (104, 94), (156, 96), (198, 130), (210, 178), (128, 186)])
    e.fill(shell, ("#ffd166", "#e8a830"))
    for x, y in ((84, 150), (120, 130), (160, 142), (138, 166), (184, 164), (98, 172)):
        e.fill(oval(x, y, 4, 2.5), "#b9781a")
    return e


def wrench() -> Easel:
    e = Easel()
    e.line([(92, 166), (164, 92)], 24, ("#b8c4d0", "#7b8794"))
    e.fill(oval(80, 178, 30), ("#b8c4d0", "#7b8794"))
    e.fill(oval(176, 80, 32), ("#c7d2dc", "#8b98a5"))
    for points in ([(196, 40), (220, 64), (186, 88), (170, 72)],):
        e.image.paste((0, 0, 0, 0), (0, 0), e._mask(points))
    e.image.paste((0, 0, 0, 0), (0, 0), e._mask(oval(80, 178, 13)))
    e.line([(102, 164), (160, 104)], 6, "#d64545")
    return e


def pear() -> Easel:
    """Cut out of a photograph: shading, grain, a leaf on the right."""
    e = Easel()
    body = curve(
        [
            (124, 62),
            (146, 84),
            (158, 118),
            (184, 158),
            (172, 202),
            (128, 216),
            (82, 202),
            (70, 158),
            (94, 118),
            (106, 84),
        ]
    )
    e.fill(body, ("#d3d45a", "#8aa02c"))
    e.fill(oval(166, 172, 60, 76), "#b5651d", alpha=0.5, within=body, blur=18)
    e.fill(oval(102, 140, 18, 46, 12), "#fffbd0", alpha=0.55, within=body, blur=9)
    e.fill(oval(128, 216, 54, 20), "#3d4a12", alpha=0.5, within=body, blur=10)
    rng = np.random.default_rng(4)
    for x, y, r in zip(rng.uniform(76, 180, 130), rng.uniform(80, 212, 130), rng.uniform(0.5, 1.5, 130), strict=True):
        e.fill(oval(x, y, r, n=10), "#5f5a14", alpha=0.45, within=body)
    e.line(curve([(124, 70), (126, 50), (136, 36)], closed=False), 6, "#5b3b1b")
    e.fill(curve([(130, 50), (158, 34), (186, 44), (162, 62)]), ("#6fae3c", "#3b7a24"))
    e.grain(0.35, 1)
    return e


def croissant() -> Easel:
    """Cut out of a photograph: layered crust, asymmetrical."""
    e = Easel()
    outline = curve(
        [
            (42, 168),
            (52, 124),
            (88, 88),
            (136, 76),
            (184, 94),
            (212, 136),
            (216, 172),
            (196, 184),
            (184, 156),
            (152, 134),
            (112, 138),
            (84, 162),
            (64, 190),
        ]
    )
    e.fill(outline, ("#f0b25e", "#a95a1b"))
    for x, y, turn in ((74, 140, -50), (100, 110, -30), (134, 98, 0), (168, 108, 28), (194, 136, 52)):
        e.fill(oval(x, y, 15, 38, turn), "#ffd998", alpha=0.5, within=outline, blur=5)
        e.line(
            [(x + 16 * np.cos(np.radians(turn)), y - 34), (x + 15 * np.cos(np.radians(turn)), y + 42)],
            3,
            "#6e350d",
            alpha=0.55,
            within=outline,
        )
    e.fill(oval(128, 180, 92, 34), "#4a220a", alpha=0.4, within=outline, blur=10)
    e.grain(0.45, 2)
    return e


def flask() -> Easel:
    """A product cut-out: a steel bottle with a strap on its right side."""
    e = Easel(TALL)
    body = box(42, 70, 56, 160, 14)
    e.line(curve([(92, 42), (124, 62), (116, 110), (98, 120)], closed=False), 7, "#22313f")
    e.fill(body, "#2a9d8f")
    for x, w, a, c in ((50, 10, 0.55, "#b8f0e6"), (84, 18, 0.5, "#0d4f48"), (68, 8, 0.2, "#ffffff")):
        e.fill(box(x, 60, w, 176, 5), c, alpha=a, within=body, blur=4)
    e.fill(box(50, 40, 40, 34, 7), ("#3c4f5c", "#1b262e"))
    e.fill(box(42, 72, 56, 5, 2), "#d7e1e6")
    e.write("TREK", 70, 160, 22, "#ffffff", weight=0.6, turn=-90, space=3)
    e.grain(0.2, 3)
    return e


def submarine() -> Easel:
    e = Easel(WIDE)
    e.fill([(34, 84), (18, 62), (18, 106)], "#d97706")
    e.fill(box(112, 34, 38, 34, 8), "#f59e0b")
    e.line([(134, 36), (134, 18), (148, 18)], 5, "#78350f")
    hull = oval(134, 84, 100, 34)
    e.fill(hull, ("#fbbf24", "#d97706"))
    e.fill(oval(134, 110, 90, 16), "#92400e", alpha=0.4, within=hull)
    for x in (96, 134, 172):
        e.fill(oval(x, 82, 14), "#78350f")
        e.fill(oval(x, 82, 10), ("#e0f7ff", "#7cc7e8"))
        e.fill(oval(x - 3, 78, 3, 2), "#ffffff")
    return e


def ladybird() -> Easel:
    """Tiny, near a corner."""
    e = Easel()
    e.fill(oval(58, 60, 14, 11, -20), "#e5383b")
    e.fill(oval(70, 55, 6), "#161a1d")
    e.line([(65, 50), (50, 68)], 1.6, "#161a1d")
    for x, y in ((54, 55), (60, 64), (50, 64)):
        e.fill(oval(x, y, 2.4), "#161a1d")
    return e


THINGS = (
    frog,
    crab,
    dino,
    hedgehog,
    teapot,
    lamp,
    guitar,
    toothbrush,
    brasskey,
    skateboard,
    taco,
    wrench,
    pear,
    croissant,
    flask,
    submarine,
    ladybird,
)
