"""Pictures in one layer of which one part can move; that part is drawn while `marking`, so that its mask is known."""

from __future__ import annotations

import numpy as np

from .easel import Easel, box, curve, oval, star, turned
from .signs import TALL, WIDE


def goldfish() -> Easel:
    """Looks to the right; the tail is on the left."""
    e = Easel(WIDE)
    e.marking = True
    e.fill(curve([(100, 74), (66, 42), (30, 34), (44, 72), (28, 112), (68, 104)]), ("#ffb45c", "#f4731c"))
    for y in (50, 74, 98):
        e.line([(88, 74), (42, y)], 2, "#c9520c", alpha=0.6)
    e.marking = False
    e.fill(curve([(118, 48), (150, 22), (176, 46)]), "#f4731c")
    body = curve([(90, 74), (126, 44), (176, 44), (220, 76), (178, 104), (124, 104)])
    e.fill(body, ("#ff9a3d", "#f26a12"))
    e.fill(oval(150, 100, 56, 14), "#ffd9a0", alpha=0.8, within=body)
    e.fill(oval(192, 68, 9), "#ffffff")
    e.fill(oval(194, 69, 5), "#1d1a26")
    e.line(curve([(164, 56), (156, 76), (164, 96)], closed=False), 2.5, "#c9520c")
    return e


def sandcastle() -> Easel:
    """A pennant on the keep."""
    e = Easel()
    e.line([(128, 106), (128, 34)], 4, "#7a4a21")
    e.marking = True
    e.fill([(130, 36), (196, 50), (130, 70)], ("#ff5d73", "#d7263d"))
    e.fill([(130, 46), (170, 52), (130, 57)], "#ffd1d6")
    e.marking = False
    sand = ("#f5d491", "#d9a755")
    for x, y, w in ((52, 144, 46), (158, 144, 46), (96, 104, 64)):
        e.fill(box(x, y, w, 214 - y), sand)
        for i in range(3):
            e.fill(box(x + i * w / 3 + 1, y - 11, w / 5, 13), sand)
    e.fill(box(40, 194, 176, 22, 10), "#d9a755")
    e.fill([(114, 214), (114, 176), (128, 160), (142, 176), (142, 214)], "#8a5a24")
    for x in (72, 178, 128):
        e.fill(box(x - 4, 150 if x != 128 else 124, 9, 15, 4), "#8a5a24")
    return e


def pocketwatch() -> Easel:
    """A long hand that can turn."""
    e = Easel()
    e.line(oval(128, 44, 14), 6, "#c29031", closed=True)
    e.fill(box(119, 56, 18, 16, 4), "#e8c063")
    e.fill(oval(128, 144, 78), ("#f3d27a", "#b37f25"))
    e.fill(oval(128, 144, 66), ("#fffdf4", "#efe6cf"))
    for i in range(12):
        a = np.radians(30 * i)
        r = 50 if i % 3 == 0 else 55
        e.line(
            [(128 + r * np.sin(a), 144 - r * np.cos(a)), (128 + 60 * np.sin(a), 144 - 60 * np.cos(a))],
            4 if i % 3 == 0 else 2,
            "#3a2f1b",
        )
    e.fill(turned([(124, 150), (125, 112), (128, 106), (131, 112), (132, 150)], 128, 144, -60), "#3a2f1b")
    e.marking = True
    e.fill(turned([(124, 156), (126, 98), (128, 90), (130, 98), (132, 156)], 128, 144, 40), "#b3261e")
    e.fill(oval(128, 144, 7), "#b3261e")
    e.marking = False
    return e


def cupcake() -> Easel:
    """A birthday cupcake: the candle's flame."""
    e = Easel()
    e.fill([(76, 156), (180, 156), (166, 222), (90, 222)], ("#5bc0eb", "#2a7fb0"))
    for x in range(88, 180, 15):
        e.line([(x, 158), (96 + (x - 88) * 0.72, 221)], 3, "#1d6a96", alpha=0.6)
    for y, r in ((148, 62), (128, 46), (112, 30)):
        e.fill(oval(128, y, r, 20), ("#ffd6e8", "#f7a1c4"))
    for x, y, c in (
        (92, 146, "#5bc0eb"),
        (116, 154, "#fde74c"),
        (150, 146, "#9bc53d"),
        (108, 126, "#fa7921"),
        (146, 128, "#5bc0eb"),
    ):
        e.line([(x, y), (x + 5, y - 4)], 4, c)
    e.fill(box(122, 68, 12, 38, 3), "#fdf6e3")
    for y in (74, 86, 98):
        e.line([(122, y + 5), (134, y - 3)], 3, "#e4572e")
    e.line([(128, 68), (128, 60)], 2, "#4a3b2a")
    e.marking = True
    e.fill(curve([(128, 20), (140, 44), (136, 60), (128, 64), (120, 60), (116, 44)]), ("#ffd23f", "#ff7b00"))
    e.fill(curve([(129, 38), (134, 50), (128, 60), (123, 51)]), "#fff7c2")
    e.marking = False
    return e


def astronaut() -> Easel:
    """Raises the arm on the right."""
    e = Easel()
    e.marking = True
    arm = curve([(158, 136), (186, 112), (204, 70), (224, 78), (212, 126), (172, 162)])
    e.fill(arm, ("#ffffff", "#cfd8e6"))
    e.fill(oval(216, 66, 15), "#ef5b5b")
    e.marking = False
    e.fill(box(78, 120, 16, 62, 7), "#8d99ae")
    e.fill(curve([(92, 132), (66, 150), (62, 190), (80, 194), (96, 160)]), ("#ffffff", "#cfd8e6"))
    e.fill(box(92, 190, 30, 46, 10), ("#f4f7fb", "#c3cede"))
    e.fill(box(134, 190, 30, 46, 10), ("#f4f7fb", "#c3cede"))
    e.fill(box(84, 116, 88, 92, 26), ("#ffffff", "#cfd8e6"))
    e.fill(box(106, 146, 44, 26, 5), "#3d5a80")
    for i, c in enumerate(("#ef5b5b", "#ffd166", "#06d6a0")):
        e.fill(oval(116 + 12 * i, 159, 4), c)
    e.fill(oval(128, 80, 50), ("#ffffff", "#d5deea"))
    glass = oval(132, 82, 36, 30)
    e.fill(glass, ("#1b2a49", "#3a5a91"))
    e.fill(oval(148, 68, 12, 6, 30), "#ffffff", alpha=0.6)
    return e


def squirrel() -> Easel:
    """A large tail on the right."""
    e = Easel()
    e.marking = True
    e.fill(
        curve(
            [
                (140, 212),
                (186, 214),
                (216, 176),
                (208, 128),
                (226, 88),
                (196, 54),
                (160, 72),
                (162, 104),
                (182, 112),
                (172, 150),
                (150, 178),
            ]
        ),
        ("#d9822b", "#9c4f12"),
    )
    e.line(curve([(160, 198), (192, 172), (192, 124), (200, 84)], closed=False), 7, "#f0b26a", alpha=0.7)
    e.marking = False
    e.fill(curve([(92, 128), (134, 122), (158, 166), (152, 216), (84, 216), (76, 170)]), ("#d98b3f", "#b0611c"))
    e.fill(oval(106, 182, 20, 28), "#f7dfbd")
    e.fill([(94, 66), (98, 38), (112, 64)], "#b0611c")
    e.fill(curve([(58, 104), (78, 72), (112, 66), (130, 92), (118, 124), (82, 128)]), ("#e09a50", "#c0702a"))
    e.fill(oval(58, 106, 6), "#3a2010")
    e.fill(oval(88, 92, 7), "#25150b")
    e.fill(oval(86, 90, 2.4), "#ffffff")
    e.fill(oval(74, 158, 13, 15), "#8a5a2b")
    e.fill(box(60, 140, 28, 10, 5), "#5e3a16")
    e.line(curve([(110, 148), (96, 160), (84, 158)], closed=False), 9, "#b0611c")
    return e


def mill() -> Easel:
    """A mill with four sails that can turn."""
    e = Easel()
    e.fill([(96, 226), (108, 112), (148, 112), (160, 226)], ("#f7f3e8", "#d8cdb4"))
    e.fill([(102, 114), (128, 82), (154, 114)], ("#b5473c", "#8c2f28"))
    e.fill(box(118, 188, 22, 38, 10), "#7a5230")
    e.fill(box(121, 146, 16, 18, 3), "#4d6f8f")
    e.marking = True
    for i in range(4):
        turn = 20 + 90 * i
        e.line(turned([(128, 108), (128, 26)], 128, 108, turn), 5, "#5d4037")
        e.fill(turned([(131, 90), (152, 90), (152, 32), (131, 32)], 128, 108, turn), "#fff8e7")
        for y in (46, 61, 76):
            e.line(turned([(131, y), (152, y)], 128, 108, turn), 1.6, "#8d6e63")
        e.line(turned([(131, 90), (152, 90), (152, 32), (131, 32)], 128, 108, turn), 2, "#8d6e63", closed=True)
    e.fill(oval(128, 108, 8), "#5d4037")
    e.marking = False
    return e


def elephant() -> Easel:
    """The trunk hangs on the left."""
    e = Easel()
    e.marking = True
    e.line(curve([(84, 112), (58, 140), (52, 178), (40, 200)], closed=False), 22, "#7d93b2")
    e.line(curve([(52, 178), (42, 198), (34, 200)], closed=False), 15, "#7d93b2")
    e.marking = False
    e.line(curve([(214, 130), (228, 152), (222, 172)], closed=False), 5, "#64799a")
    for x in (118, 146, 178, 196):
        e.fill(box(x - 13, 170, 28, 52, 9), "#6d83a4")
    e.fill(curve([(98, 118), (142, 84), (204, 98), (222, 146), (204, 188), (116, 190)]), ("#93a8c6", "#6d83a4"))
    e.fill(oval(98, 106, 36, 38), ("#9db1ce", "#7d93b2"))
    e.fill(oval(128, 104, 24, 34, -10), "#f2b8c6")
    e.line(oval(128, 104, 26, 36, -10), 6, "#7d93b2", closed=True)
    e.fill(oval(86, 98, 5), "#1f2937")
    e.fill(curve([(84, 132), (70, 146), (76, 150), (92, 138)]), "#fffaf0")
    return e


def metronome() -> Easel:
    """A leaning arm before a wooden case."""
    e = Easel(TALL)
    e.fill([(24, 226), (50, 66), (94, 66), (120, 226)], ("#a9683a", "#6f3d1b"))
    e.fill([(42, 192), (56, 82), (88, 82), (102, 192)], ("#f6e7cb", "#e2c998"))
    for y in range(96, 190, 12):
        e.line([(66, y), (78, y)], 1.6, "#8a6a3c")
    e.fill(box(18, 222, 108, 16, 5), "#4f2a11")
    e.fill(oval(72, 206, 7), "#d4a437")
    e.marking = True
    e.line([(72, 186), (92, 38)], 4, "#c0c5ce")
    e.fill(turned([(64, 78), (80, 78), (77, 100), (67, 100)], 72, 186, 8), "#d4a437")
    e.marking = False
    return e


def rabbit() -> Easel:
    """Two long ears."""
    e = Easel(TALL)
    e.marking = True
    for x, turn in ((54, -8), (92, 10)):
        e.fill(oval(x, 62, 14, 46, turn), ("#fdfdfd", "#e2dfe8"))
        e.fill(oval(x, 66, 7, 32, turn), "#f6b6c8")
    e.marking = False
    e.fill(oval(72, 196, 42, 42), ("#fbfafc", "#dcd8e4"))
    e.fill(oval(72, 206, 24, 26), "#ffffff")
    e.fill(oval(72, 126, 40, 36), ("#ffffff", "#e6e2ec"))
    for x in (58, 88):
        e.fill(oval(x, 122, 5, 6.5), "#2a2230")
        e.fill(oval(x + 1.6, 119, 1.8), "#ffffff")
    e.fill(oval(72, 136, 5, 4), "#f08aa5")
    e.line(curve([(62, 144), (72, 148), (82, 143)], closed=False), 2.5, "#8d7f94")
    e.fill(oval(50, 234, 15, 8), "#e6e2ec")
    e.fill(oval(94, 234, 15, 8), "#e6e2ec")
    e.fill([(104, 178), (134, 160), (118, 196)], "#ff8c42")
    return e


def turntable() -> Easel:
    """A record with a label that is not round about its middle."""
    e = Easel()
    e.fill(box(30, 58, 196, 140, 14), ("#3f3d56", "#27253a"))
    e.marking = True
    e.fill(oval(108, 128, 60), "#111018")
    for r in (52, 44, 36):
        e.line(oval(108, 128, r), 1, "#34323f", closed=True)
    e.fill(oval(108, 128, 24), "#ff6b6b")
    e.fill([(108, 128), (132, 128), (125, 111), (108, 104)], "#ffe66d")
    e.line([(108, 74), (108, 92)], 4, "#7d7a90")
    e.fill(oval(108, 128, 3), "#f7f7f7")
    e.marking = False
    e.fill(oval(196, 80, 12), "#8d8aa3")
    e.line([(196, 80), (196, 140), (160, 160)], 5, "#d6d4e0")
    e.fill(box(150, 156, 16, 9, 2, -30), "#d6d4e0")
    e.fill(star(202, 178, 7, 7, 8), "#ff6b6b")
    return e


JOINTED = (
    goldfish,
    sandcastle,
    pocketwatch,
    cupcake,
    astronaut,
    squirrel,
    mill,
    elephant,
    metronome,
    rabbit,
    turntable,
)
