"""Icons, wordmarks, buttons, badges."""

from __future__ import annotations

from .easel import Easel, box, curve, oval, star, turned

WIDE, TALL = (256, 144), (144, 256)


def bolt() -> Easel:
    """A flash in a tilted rounded square."""
    e = Easel()
    plate = box(58, 58, 140, 140, 40, -8)
    e.fill(plate, ("#4b3fe4", "#2a1fa8"))
    e.fill(oval(96, 84, 60, 40), "#7f74ff", alpha=0.5, within=plate, blur=10)
    e.fill([(140, 82), (96, 140), (124, 142), (112, 180), (160, 118), (131, 117)], ("#fff3a8", "#ffc52e"))
    return e


def pin() -> Easel:
    """A small map pin, far from the middle."""
    e = Easel()
    e.fill(oval(196, 92, 13, 4), "#14213d", alpha=0.3)
    e.fill(curve([(196, 44), (214, 60), (208, 74), (196, 92), (184, 74), (178, 60)]), ("#ff5a5f", "#d92d45"))
    e.fill(oval(196, 61, 7), "#ffffff")
    e.fill(oval(189, 53, 4, 3, -30), "#ffffff", alpha=0.55)
    return e


def envelope() -> Easel:
    e = Easel()
    e.fill(box(52, 84, 152, 100, 10), ("#fdf0d5", "#f1d9a7"))
    e.fill([(52, 92), (128, 148), (204, 92), (204, 86), (198, 84), (58, 84), (52, 88)], ("#f9e2b3", "#e9c983"))
    e.line([(54, 90), (128, 147), (202, 90)], 4, "#c99d4a")
    e.fill(star(166, 154, 19, 16.5, 14), "#c1272d")
    e.fill(oval(166, 154, 11), "#a01a22")
    e.write("M", 166, 154, 15, "#f6c9c4", weight=0.4)
    return e


def lens() -> Easel:
    """A magnifier in line style."""
    e = Easel()
    e.line([(148, 148), (196, 196)], 20, "#1f2a44")
    e.line([(166, 166), (196, 196)], 9, "#ff8a3d")
    e.fill(oval(112, 112, 54), "#1f2a44")
    e.fill(oval(112, 112, 41), ("#cdeefc", "#8fd0f2"))
    e.line(curve([(86, 110), (92, 92), (108, 84)], closed=False), 7, "#ffffff")
    return e


def plane() -> Easel:
    """A folded paper plane."""
    e = Easel()
    e.fill([(40, 120), (218, 58), (150, 204), (116, 150)], ("#f7fbff", "#c5dcf3"))
    e.fill([(218, 58), (116, 150), (110, 196), (134, 176)], "#8fb4dc")
    e.fill([(218, 58), (40, 120), (92, 137)], "#ffffff")
    e.fill([(218, 58), (110, 196), (116, 150)], "#6c97c8")
    return e


def anchor() -> Easel:
    e = Easel()
    ink = "#0b3954"
    e.line(oval(128, 62, 15), 10, ink, closed=True)
    e.line([(128, 78), (128, 196)], 13, ink)
    e.line([(96, 100), (160, 100)], 11, ink)
    e.line(curve([(62, 146), (72, 182), (128, 204), (184, 182), (194, 146)], closed=False), 13, ink)
    e.fill([(48, 158), (62, 134), (80, 156)], ink)
    e.fill([(208, 158), (194, 134), (176, 156)], ink)
    e.line(curve([(140, 84), (166, 116), (122, 140), (150, 178)], closed=False), 7, "#ef476f")
    return e


def megaphone() -> Easel:
    e = Easel()
    e.fill(box(92, 136, 24, 58, 9, 12), "#33415c")
    e.fill(
        curve([(62, 110), (84, 100), (182, 62), (190, 64), (190, 170), (182, 172), (84, 142), (62, 132)], steps=6),
        ("#ff7b54", "#e5484d"),
    )
    e.fill(oval(188, 117, 17, 56), "#ffd56b")
    e.fill(oval(188, 117, 9, 40), "#b83b3f")
    e.fill(box(50, 104, 28, 34, 10), "#33415c")
    e.line([(216, 80), (234, 66)], 7, "#ffd56b")
    e.line([(220, 117), (242, 117)], 7, "#ffd56b")
    e.line([(216, 154), (234, 168)], 7, "#ffd56b")
    return e


def trophy() -> Easel:
    e = Easel()
    for side in (-1, 1):
        e.line(
            curve(
                [(128 + 40 * side, 76), (128 + 76 * side, 74), (128 + 66 * side, 112), (128 + 34 * side, 124)],
                closed=False,
            ),
            9,
            "#d99a1b",
        )
    bowl = curve([(84, 60), (172, 60), (168, 112), (140, 148), (116, 148), (88, 112)])
    e.fill(bowl, ("#ffe08a", "#f2a516"))
    e.fill(box(92, 56, 16, 90, 8, 8), "#fff6d6", alpha=0.7, within=bowl)
    e.fill(box(120, 144, 16, 34, 3), "#d98e12")
    e.fill(box(92, 172, 72, 30, 6), ("#5b3a1e", "#3c2411"))
    e.fill(star(132, 98, 18, 8, 5), "#ffffff", alpha=0.85)
    return e


def nordlys() -> Easel:
    """A wordmark with a leaning mark before it."""
    e = Easel(WIDE)
    e.fill(turned([(28, 92), (40, 48), (50, 48), (38, 92)], 39, 70, 0), ("#2de2a6", "#0b8f8c"))
    e.fill([(44, 92), (52, 60), (62, 60), (54, 92)], ("#7a5cff", "#3b2fb0"))
    e.write("nordlys", 152, 72, 44, "#13233a", weight=0.8, space=1.5)
    e.fill(oval(231, 90, 4), "#2de2a6")
    return e


def brew() -> Easel:
    """A two-line wordmark with a rule and beans."""
    e = Easel(WIDE)
    e.write("Brewhaus", 128, 54, 46, "#4a2511", weight=1.6)
    e.line([(30, 84), (94, 84)], 2.5, "#b5793c")
    e.line([(162, 84), (226, 84)], 2.5, "#b5793c")
    e.fill(oval(120, 84, 9, 6, -30), "#4a2511")
    e.fill(oval(137, 84, 9, 6, -30), "#7a4523")
    e.write("SMALL BATCH ROASTERS", 128, 105, 13, "#7a4523", space=2.4, weight=0.2)
    return e


def start() -> Easel:
    """A call to action: a pill with an arrow on its right."""
    e = Easel(WIDE)
    e.fill(box(32, 52, 196, 52, 26), "#0a1a3c", alpha=0.18, blur=5)
    pill = box(30, 44, 196, 52, 26)
    e.fill(pill, ("#36c98f", "#159c68"))
    e.fill(box(30, 40, 196, 26, 13), "#ffffff", alpha=0.16, within=pill)
    e.write("Get started", 114, 69, 24, "#ffffff", weight=0.6)
    e.fill(oval(200, 70, 17), "#ffffff")
    e.line([(192, 70), (207, 70)], 3.4, "#159c68")
    e.line([(201, 63), (208, 70), (201, 77)], 3.4, "#159c68")
    return e


def subscribe() -> Easel:
    """An outlined button with an icon."""
    e = Easel(WIDE)
    e.shape(box(44, 50, 170, 44, 9), "#fff7f7", "#e4002b", 3)
    e.fill([(62, 62), (62, 82), (80, 72)], "#e4002b")
    e.write("Subscribe", 146, 72, 25, "#e4002b", weight=0.5)
    return e


def sale() -> Easel:
    """A burst with a price cut."""
    e = Easel()
    burst = star(128, 128, 84, 68, 18, -83)
    e.fill(burst, ("#ff4d6d", "#c9184a"))
    e.line(oval(128, 128, 58), 2.5, "#ffd6de", closed=True)
    e.write("SALE", 126, 106, 40, "#ffffff", weight=1.4, turn=-10)
    e.write("-30%", 131, 147, 34, "#ffe45e", weight=1.2, turn=-10)
    return e


def ridge() -> Easel:
    """A round outdoor badge: peaks, a sun on the left, a banner."""
    e = Easel()
    disc = oval(128, 122, 78)
    e.fill(oval(128, 122, 85), "#12372a")
    e.fill(disc, ("#fbd38d", "#f6ad55"))
    e.fill(oval(92, 96, 17), "#e53e3e")
    e.fill([(30, 190), (96, 108), (122, 144), (158, 84), (232, 192)], "#2f855a", within=disc)
    e.fill([(158, 84), (141, 112), (153, 106), (160, 118), (170, 108), (177, 112)], "#f7fafc", within=disc)
    e.fill([(96, 108), (84, 122), (95, 119), (107, 123)], "#f7fafc", within=disc)
    e.fill([(34, 168), (222, 168), (214, 184), (222, 200), (34, 200), (42, 184)], "#12372a")
    e.write("RIDGE CLUB", 128, 184, 24, "#fbd38d", weight=0.8, space=1.4)
    return e


def stars() -> Easel:
    """A very small mark: a few px across."""
    e = Easel()
    e.fill(star(70, 182, 13, 5, 4), "#ffb703")
    e.fill(star(86, 170, 6, 2.5, 4), "#fb8500")
    return e


def ruler() -> Easel:
    """Long and thin, with numbers."""
    e = Easel(WIDE)
    e.fill(box(14, 62, 228, 22, 3), ("#ffe39a", "#f4c542"))
    for i in range(1, 28):
        e.line([(14 + 8 * i, 62), (14 + 8 * i, 73 if i % 5 == 0 else 68)], 1.3, "#6b4e00")
    for i in range(1, 6):
        e.write(str(i * 5), 14 + 40 * i, 78, 8, "#6b4e00")
    e.fill(oval(235, 78, 3), "#b98a12")
    return e


SIGNS = (
    bolt,
    pin,
    envelope,
    lens,
    plane,
    anchor,
    megaphone,
    trophy,
    nordlys,
    brew,
    start,
    subscribe,
    sale,
    ridge,
    stars,
    ruler,
)
