"""The UI card: an invitation to a weekend in the fjords. 1280 x 720."""

from __future__ import annotations

import numpy as np

from .drawing import Board, Sheet, blur, inner, text_width
from .files import Design, Folder, Leaf

BOARD = Board(1280, 720)
LEFT, TOP, WIDTH, HEIGHT = 236, 142, 808, 436
TEXT = 590  # left edge of the type column
RIGHT = LEFT + WIDTH - 52
INK, SLATE, MIST, CORAL = "#1f2a44", "#6b7590", "#e9ecf4", "#f0745a"


def design() -> Design:
    return [
        Leaf("Background", background()),
        Leaf("Shadow", shadow(), blend="multiply", opacity=0.5),
        Leaf("Panel", panel()),
        Folder("Picture", [Leaf("Frame", frame()), *fjord()], isolated=True),
        Leaf("Badge", badge()),
        Leaf("Headline 1", line("Three slow days", 267, 44, INK, bold=1.3)),
        Leaf("Headline 2", line("in the fjords", 320, 44, INK, bold=1.3)),
        Leaf("Text 1", line("A wooden cabin, a rowing boat, and", 367, 19.5, SLATE)),
        Leaf("Text 2", line("nothing on the calendar at all.", 396, 19.5, SLATE)),
        Leaf("Rule", Sheet(BOARD).add(BOARD.rounded(TEXT, 437, RIGHT - TEXT, 1.5, 0.7), "#e3e7f0")),
        Folder("Host", [Leaf("Avatar", avatar(TEXT + 29, 500, 29)), Leaf("Name", name())], isolated=True),
        Leaf("Button", button()),
    ]


def background() -> Sheet:
    """Morning light from above: one vertical wash, and two large pale rings that give the card its place."""
    wash = BOARD.vertical([(0, "#dfe4f3"), (360, "#e9e6f0"), (720, "#f6e7e1")])
    sheet = Sheet(BOARD).add(np.ones(BOARD.shape, np.float32), wash)
    sheet.add(BOARD.ellipse(1106, 100, 300), "#ffffff", 0.3)
    return sheet.add(BOARD.ellipse(150, 640, 240), "#f9d5c6", 0.35)


def shadow() -> Sheet:
    """Two shadows in one: a wide one far below and a close one that seats the card."""
    wide = blur(BOARD.rounded(LEFT + 30, TOP + 58, WIDTH - 60, HEIGHT - 24, 40), 26)
    close = blur(BOARD.rounded(LEFT + 6, TOP + 12, WIDTH - 12, HEIGHT - 4, 32), 7)
    return Sheet(BOARD, step=4).add(1 - (1 - 0.5 * wide) * (1 - 0.3 * close), "#7d7fb0")


def panel() -> Sheet:
    return Sheet(BOARD).add(BOARD.rounded(LEFT, TOP, WIDTH, HEIGHT, 34), "#ffffff")


def frame() -> Sheet:
    """The picture's sky; everything of the landscape is clipped to it."""
    sky = BOARD.vertical([(TOP, "#8fb4d8"), (TOP + 130, "#bcd3e3"), (TOP + 230, "#f5dfcf"), (TOP + 280, "#fbe3cd")])
    return Sheet(BOARD).add(BOARD.rounded(LEFT + 18, TOP + 18, 294, HEIGHT - 36, 22), sky)


def fjord() -> list[Leaf]:
    x, shore = LEFT + 18, TOP + 290
    water = BOARD.rounded(x - 20, shore, 340, 200, 0.5)
    lake = Sheet(BOARD).add(
        water, BOARD.vertical([(shore, "#f2d5c4"), (shore + 40, "#9fb9c9"), (shore + 150, "#3f6885")])
    )
    for offset, start, end in ((14, 70, 150), (26, 110, 236), (40, 36, 120), (58, 150, 268), (80, 70, 190)):
        lake.add(BOARD.rounded(x + start, shore + offset, end - start, 1.6, 0.7), "#fdeedd", 0.5)
    return [
        Leaf("Sun", Sheet(BOARD).add(BOARD.ellipse(x + 214, TOP + 150, 31), "#fff6e3"), clipped=True),
        Leaf(
            "Peaks",
            peaks([(20, 150, 120), (300, 150, 130), (134, 184, 130)], shore, "#86a2c2", "#c9ccd3"),
            clipped=True,
        ),
        Leaf("Slopes", peaks([(-24, 132, 110), (330, 168, 150)], shore, "#4d6e91", "#8fa3b3"), clipped=True),
        Leaf("Lake", lake, clipped=True),
        Leaf("Cabin", cabin(x + 62, shore + 4), clipped=True),
    ]


def peaks(tops: list[tuple[float, float, float]], foot: float, high: str, low: str) -> Sheet:
    """Folded-paper mountains, back to front: (x from the picture's edge, height, half width), the right flank lit."""
    sheet, paint = Sheet(BOARD), BOARD.vertical([(foot - 180, high), (foot, low)])
    for x, height, half in tops:
        x, top = LEFT + 18 + x, foot - height
        sheet.add(BOARD.polygon([(x - half, foot + 2), (x, top), (x + half, foot + 2)]), paint)
        fold = [(x - 12, top + height * 0.36), (x + 16, top + height * 0.6), (x - 8, foot + 2)]
        sheet.add(BOARD.polygon([(x, top), *fold, (x + half, foot + 2)]), "#fff0e2", 0.26)
    return sheet


def cabin(x: float, y: float) -> Sheet:
    """A red boathouse on its stones, with a light on."""
    sheet = Sheet(BOARD).add(
        BOARD.polygon([(x - 60, y + 8), (x - 40, y - 5), (x + 62, y - 6), (x + 92, y + 8)]), "#34506b"
    )
    sheet.add(
        BOARD.polygon([(x - 22, y - 4), (x - 22, y - 32), (x + 2, y - 54), (x + 26, y - 32), (x + 26, y - 4)]),
        "#c9523f",
    )
    sheet.add(BOARD.polygon([(x + 26, y - 4), (x + 26, y - 32), (x + 52, y - 32), (x + 52, y - 4)]), "#a83f36")
    sheet.add(BOARD.polygon([(x + 2, y - 57), (x + 33, y - 57), (x + 58, y - 30), (x + 28, y - 30)]), "#2d3b57")
    sheet.add(BOARD.stroke([(x - 26, y - 29), (x + 2, y - 56)], 4), "#2d3b57")
    sheet.add(BOARD.rounded(x - 6, y - 30, 15, 13, 2), "#ffdf9c")
    return sheet.add(BOARD.rounded(x + 2 - 1, y - 30, 1.4, 13, 0.4), "#c9523f")


def line(words: str, base: float, size: float, color: str, bold: float = 0) -> Sheet:
    return Sheet(BOARD).add(
        BOARD.text(
            words, TEXT - (0.035 if bold else 0.0) * size, base, size, tracking=-0.002 if bold else 0.004, bold=bold
        ),
        color,
    )


def badge() -> Sheet:
    words, size = "NEW STAY", 13
    width = text_width(words, size, 0.12) + 42
    sheet = Sheet(BOARD).add(BOARD.rounded(TEXT, 178, width, 29, 14.5), "#fde6df")
    sheet.add(BOARD.ellipse(TEXT + 16, 192.5, 3.6), CORAL)
    return sheet.add(BOARD.text(words, TEXT + 27, 197.4, size, tracking=0.12, bold=0.5), "#cf5138")


def avatar(x: float, y: float, r: float) -> Sheet:
    """The host, in five shapes."""
    disc = BOARD.ellipse(x, y, r)
    sheet = Sheet(BOARD).add(disc, BOARD.vertical([(y - r, "#f7c9a8"), (y + r, "#ee9f7f")]))
    sheet.tint(BOARD.ellipse(x, y - 5, 15.5, 17), "#43304a").tint(BOARD.rounded(x - 15.5, y - 6, 31, 24, 9), "#43304a")
    sheet.tint(BOARD.rounded(x - 5, y + 4, 10, 14, 4), "#e2a585").tint(BOARD.ellipse(x, y + 27, 21, 15), "#3b6d86")
    sheet.tint(BOARD.ellipse(x, y - 1, 10, 12), "#f9d6ba")
    fringe = BOARD.path(
        f"M{x - 12} {y - 2} C{x - 12} {y - 22} {x + 14} {y - 22} {x + 12} {y - 1} C{x + 8} {y - 4} {x + 2} {y - 7} "
        f"{x - 1} {y - 12} C{x - 4} {y - 8} {x - 8} {y - 5} {x - 12} {y - 2} Z"
    )
    return sheet.tint(fringe, "#43304a").tint(inner(disc, 0, -3, 4), "#a8553f", 0.3)


def name() -> Sheet:
    x = TEXT + 74
    sheet = Sheet(BOARD).add(BOARD.text("Ingrid Solheim", x, 495, 18, bold=0.7), INK)
    return sheet.add(BOARD.text("Your host", x, 518, 15.5), SLATE)


def button() -> Sheet:
    words, size, width, height = "Book a stay", 18, 152, 54
    left, top = RIGHT - width, 473
    body = BOARD.rounded(left, top, width, height, 27)
    glow = blur(BOARD.rounded(left + 8, top + 14, width - 16, height - 8, 22), 7)
    sheet = Sheet(BOARD).add(glow, CORAL, 0.42).add(body, BOARD.vertical([(top, "#f6866a"), (top + height, "#eb6850")]))
    sheet.tint(inner(body, 0, 1.5, 1), "#ffd0bf", 0.6)
    at = left + (width - text_width(words, size)) / 2
    return sheet.add(BOARD.text(words, at, top + 33.5, size, bold=0.7), "#ffffff")
