"""The poster: a summer evening over a valley, balloons in the last light. Drawn on 1080 x 1350, written 960 x 1200."""

from __future__ import annotations

import numpy as np

from .drawing import Array, Board, Point, Sheet, inner, mirrored, smooth, text_width
from .files import Design, Folder, Leaf

BOARD = Board(1080, 1350, scale=8 / 9)
MARGIN = 84
SUN: Point = (716, 792)
CREAM, PAPER, PEACH = "#fdf0dc", "#fff6e6", "#ffc794"
PLUM, NIGHT = "#4a2f63", "#1c1a3a"
SKY = [(0, "#1d2450"), (260, "#3f3b78"), (480, "#835f97"), (660, "#cb8396"), (800, "#f2ad8f"), (960, "#fcd6a8")]


def design() -> Design:
    return [
        Leaf("Sky", sky()),
        Folder("Sparkles", sparkles()),
        Leaf("Sun glow", sun_glow(), blend="screen", opacity=0.8),
        Leaf("Sun", sun(), mask=1 - 0.72 * smooth(SUN[1] - 30, SUN[1] + 120, BOARD.y) * np.ones_like(BOARD.x)),  # haze
        Leaf("Cloud far", cloud([(520, 640, 300), (560, 657, 150), (452, 674, 120)], 9), opacity=0.5),
        Leaf(
            "Cloud near", cloud([(872, 612, 230), (824, 632, 300), (940, 652, 170), (880, 672, 70)], 11), opacity=0.62
        ),
        Folder("Hills", hills()),
        Folder("Birds", birds()),
        Leaf("Balloon small", small_balloon(848, 452, 44, "#f6e2c8", "#3f7f86")),
        Leaf("Balloon tiny", small_balloon(560, 560, 25, "#f7d9a5", "#b2507a")),
        Folder("Balloon", balloon(322, 606, 158), isolated=True),
        Folder("Foreground", foreground()),
        Folder("Title", title()),
        Leaf("Subtitle", subtitle()),
        Leaf("Date", date()),
    ]


def sky() -> Sheet:
    return Sheet(BOARD).add(np.ones(BOARD.shape, np.float32), BOARD.vertical(SKY, 0.05))


def sparkles() -> list[Leaf]:
    """Stars of the early evening: a few with four points, the rest small discs."""
    places = [(138, 452, 13), (236, 398, 5), (428, 436, 8), (640, 402, 5), (716, 478, 11), (972, 396, 9), (930, 520, 5)]
    return [Leaf(f"Star {i + 1}", star(x, y, r)) for i, (x, y, r) in enumerate(places)]


def star(x: float, y: float, r: float) -> Sheet:
    """Four points drawn in by curves, in a breath of halo."""
    k = r * 0.12
    d = f"M{x} {y - r} Q{x + k} {y - k} {x + r} {y} Q{x + k} {y + k} {x} {y + r}"
    d += f" Q{x - k} {y + k} {x - r} {y} Q{x - k} {y - k} {x} {y - r} Z"
    body = BOARD.path(d) if r > 6 else BOARD.ellipse(x, y, r * 0.42)
    return Sheet(BOARD).add(BOARD.glow(x, y, r * 1.6), PEACH, 0.22).add(body, PAPER)


def sun_glow() -> Sheet:
    wide, close = BOARD.glow(*SUN, 640, 250), BOARD.glow(*SUN, 260, 170)
    return Sheet(BOARD, step=6).add(1 - (1 - 0.5 * wide) * (1 - 0.45 * close), "#fb9a62")


def sun() -> Sheet:
    disc = BOARD.ellipse(*SUN, 112)
    return Sheet(BOARD).add(disc, BOARD.vertical([(680, "#fffae8"), (790, "#ffefc4"), (900, "#ffcf8e")]))


def cloud(bars: list[tuple[float, float, float]], thickness: float) -> Sheet:
    """Drawn-out evening cloud: bars with round ends, lit from below."""
    shape = np.zeros(BOARD.shape, np.float32)
    for x, y, length in bars:
        line = [(x - length / 2, y), (x, y), (x + length / 2, y)]
        shape = np.maximum(shape, BOARD.stroke(line, thickness * 1.25))
    y = bars[0][1]
    return Sheet(BOARD).add(shape, BOARD.vertical([(y - 20, "#d996a8"), (y + 25, "#f9bfa4"), (y + 60, "#ffdcb2")]))


def ridge(seed: int, height: float, swing: float, rough: float) -> list[Point]:
    """A skyline from three slow waves and fine peaks, closed along the bottom edge."""
    random = np.random.default_rng(seed)
    x = np.linspace(-20, BOARD.width + 20, 560)
    y = np.full_like(x, height)
    for length, weight in [(980, 1.0), (430, 0.5), (190, 0.24 * rough), (83, 0.12 * rough), (37, 0.05 * rough)]:
        wave = np.sin(2 * np.pi * (x / length + random.random()))
        peaks = 1 - 2 * np.abs(np.sin(np.pi * (x / length + random.random())))
        y -= swing * weight * (wave if length > 400 else peaks * 1.4)
    return [(-20, BOARD.height + 20), *zip(x.tolist(), y.tolist(), strict=True), (BOARD.width + 20, BOARD.height + 20)]


def hill(seed: int, height: float, swing: float, rough: float, top: str, foot: str, depth: float) -> Sheet:
    cover = BOARD.polygon(ridge(seed, height, swing, rough)) * smooth(height + depth + 90, height + depth, BOARD.y)
    paint = BOARD.vertical([(height - swing, top), (height + depth, foot)])
    return Sheet(BOARD).add(cover, paint)


def hills() -> list[Leaf]:
    return [
        Leaf("Ridge far", hill(11, 872, 40, 0.9, "#bd7f92", "#efb59c", 120)),
        Leaf("Mist far", mist(905, 46, 5)),
        Leaf("Ridge middle", hill(4, 944, 46, 0.6, "#8a5d88", "#d6968f", 130)),
        Leaf("Mist near", mist(1018, 58, 8)),
        Leaf("Ridge near", hill(23, 1046, 44, 0.35, "#543b72", "#875a80", 150)),
    ]


def mist(y: float, height: float, seed: int) -> Sheet:
    """Long soft swells of haze lying in a valley."""
    random = np.random.default_rng(seed)
    haze = np.zeros(BOARD.shape, np.float32)
    for x in np.linspace(60, 1020, 5):
        spot = BOARD.glow(
            x, y + random.normal() * height * 0.25, 330 + 120 * random.random(), height * (0.8 + random.random())
        )
        haze = 1 - (1 - haze) * (1 - 0.42 * spot)
    inside = smooth(0, 170, BOARD.x) * smooth(
        BOARD.width, BOARD.width - 170, BOARD.x
    )  # it drifts: no cut edge may show
    return Sheet(BOARD, step=6).add(haze * inside, "#ffdcbb", 0.8)


def birds() -> list[Leaf]:
    places = [(884, 752, 19, -4), (930, 728, 15, 6), (972, 738, 13, -2), (958, 770, 11, 8), (1012, 712, 10, 0)]
    return [Leaf(f"Bird {i + 1}", bird(*place)) for i, place in enumerate(places)]


def bird(x: float, y: float, span: float, lift: float) -> Sheet:
    """Two wings in one stroke each, thick at the body."""
    t = np.linspace(0, 1, 24)
    wing = [(x + span * a, y - span * (0.62 * np.sin(np.pi * a * 0.72) - 0.06 * a) - lift * a * a * 0.3) for a in t]
    cover = np.maximum(BOARD.stroke(wing, span * 0.2, 0.8), BOARD.stroke(mirrored(wing, x), span * 0.2, 0.8))
    return Sheet(BOARD).add(np.maximum(cover, BOARD.ellipse(x, y + 0.02 * span, span * 0.2, span * 0.1)), PLUM)


def half_width(r: float, up: Array) -> Array:
    """Half the envelope's width; `up` is height below the centre in radii, -1 at the crown to 1.38 at the mouth."""
    dome = np.sqrt(np.clip(1 - up**2, 0, 1))
    skirt = 0.15 + 0.85 * np.cos(np.pi / 2 * np.clip(up / 1.38, 0, 1)) ** 1.15
    return r * np.where(up < 0, dome, skirt)


def gore(x: float, y: float, r: float, left: float, right: float, top: float = -1, bottom: float = 1.38) -> list[Point]:
    """The panel between two longitudes (degrees) and two heights (radii), as the eye sees it on a round balloon."""
    up = np.linspace(top, bottom, 60)
    sides = [[(x + w * np.sin(np.radians(a)), y + u * r + 0.05 * r * np.cos(np.radians(a)) * (1 - u * u / 2))
              for u, w in zip(up, half_width(r, up), strict=True)] for a in (left, right)]  # fmt: skip
    return sides[0] + sides[1][::-1]


def small_balloon(x: float, y: float, r: float, light: str, dark: str) -> Sheet:
    """A balloon far off: everything in one layer."""
    body = BOARD.polygon(gore(x, y, r, -90, 90))
    sheet = Sheet(BOARD).add(basket(x, y, r), "#5b3a4c").add(body, light)
    sheet.tint(BOARD.polygon(*(gore(x, y, r, a, a + 22.5) for a in range(-80, 90, 45))) * body, dark)
    sheet.tint(inner(body, 0.45 * r, -0.12 * r, 0.3 * r), PLUM, 0.5)
    return sheet.tint(inner(body, -0.12 * r, -0.05 * r, 0.12 * r), PEACH, 0.75)


def basket(x: float, y: float, r: float) -> Array:
    """Ropes and basket in one coverage."""
    top, floor, w = y + 1.36 * r, y + 1.9 * r, 0.15 * r
    ropes = [
        BOARD.stroke([(x + s * w * 0.95, top), (x + s * w * 0.8, floor - 0.2 * r)], max(0.9, 0.014 * r))
        for s in (-1, -0.3, 0.3, 1)
    ]
    body = BOARD.rounded(x - w, floor - 0.24 * r, 2 * w, 0.24 * r, 0.06 * r)
    return np.maximum.reduce([*ropes, body])


def balloon(x: float, y: float, r: float) -> list[Leaf]:
    """The near balloon: envelope with a clipped shade and a clipped light, basket, flame."""
    body = BOARD.polygon(gore(x, y, r, -90, 90))
    envelope = Sheet(BOARD).add(body, "#e06a50")
    longitudes, wide = (
        range(-90, 90, 20),
        1.03 * r,
    )  # trims run a little past the silhouette, so that no edge shows through
    envelope.tint(BOARD.polygon(*(gore(x, y, r, a, a + 20) for a in longitudes[1::2])), "#f8e6cd")
    envelope.tint(BOARD.polygon(gore(x, y, wide, -90, 90, -0.12, 0.16)), "#2f5f73")
    envelope.tint(BOARD.polygon(*(gore(x, y, r, a, a + 20, -0.05, 0.09) for a in longitudes[1::2])), "#f3b562")
    envelope.tint(BOARD.polygon(gore(x, y, wide, -90, 90, 1.02, 1.1)), "#2f5f73")
    shade = Sheet(BOARD, step=8).add(inner(body, 0.62 * r, -0.2 * r, 0.34 * r), "#6b4a8c", 0.82)
    rim, burner = inner(body, -0.2 * r, -0.1 * r, 0.2 * r), BOARD.glow(x, y + 1.3 * r, 0.5 * r, 0.62 * r) * body
    light = Sheet(BOARD, step=8).add(1 - (1 - 0.75 * rim) * (1 - 0.6 * burner), "#ffa862")
    return [
        Leaf("Basket", near_basket(x, y, r)),
        Leaf("Envelope", envelope),
        Leaf("Shade", shade, blend="multiply", clipped=True),
        Leaf("Light", light, blend="screen", clipped=True),
        Leaf("Flame", Sheet(BOARD).add(BOARD.glow(x, y + 1.45 * r, 0.12 * r, 0.2 * r), "#ffd27a", 0.9)),
    ]


def near_basket(x: float, y: float, r: float) -> Sheet:
    cover = basket(x, y, r)
    sheet = Sheet(BOARD).add(cover, BOARD.vertical([(y + 1.6 * r, "#8d5a48"), (y + 1.9 * r, "#5c3447")]))
    floor, w = y + 1.9 * r, 0.15 * r
    for row in range(1, 5):
        line = [(x - w, floor - 0.048 * r * row), (x + w, floor - 0.048 * r * row)]
        sheet.tint(BOARD.stroke(line, 1.4), "#2f1b33", 0.35)
    sheet.add(BOARD.rounded(x - w * 1.06, floor - 0.26 * r, 2.12 * w, 0.05 * r, 0.024 * r), "#3d2540")
    return sheet.tint(inner(cover, -4, 0, 3), PEACH, 0.55)


def foreground() -> list[Leaf]:
    ground = BOARD.polygon(ridge(31, 1178, 30, 0.1))
    paint = BOARD.vertical([(1140, "#33284f"), (1240, NIGHT), (1350, "#141430")])
    near_ground = pines([(-4, 1228, 240), (1056, 1222, 270)], 6).add(
        ground, paint
    )  # trees that the page cuts stand still
    return [
        Leaf("Pines left", pines([(58, 1230, 190), (118, 1236, 140), (166, 1240, 92)], 3)),
        Leaf("Pines right", pines([(980, 1230, 190), (918, 1234, 126), (1022, 1236, 150), (866, 1238, 80)], 9)),
        Leaf("Ground", near_ground),
    ]


def pines(trees: list[tuple[float, float, float]], seed: int) -> Sheet:
    """Firs in silhouette: (x, foot, height) each, branches hanging in uneven tiers."""
    random = np.random.default_rng(seed)
    shape = BOARD.polygon(*(outline for tree in trees for outline in [fir(*tree, random)]))
    return Sheet(BOARD).add(shape, BOARD.vertical([(950, "#453163"), (1120, "#2c2349"), (1240, NIGHT)]))


def fir(x: float, foot: float, height: float, random: np.random.Generator) -> list[Point]:
    tiers, sides = 9, []
    for side in (-1, 1):
        points = [(x, foot - height)]
        for tier in range(1, tiers + 1):
            drop = tier / tiers
            reach = height * 0.2 * drop**0.85 * (0.85 + 0.3 * random.random())
            y = foot - height * (1 - drop)
            points += [(x + side * reach, y + 0.012 * height), (x + side * reach * 0.52, y - 0.018 * height)]
        sides.append([*points, (x + side * height * 0.02, foot)])
    return sides[0] + sides[1][::-1]


def title() -> list[Leaf]:
    """Five letters from margin to margin, each a layer of its own."""
    word, size, base = "DRIFT", 236, 322
    widths = [text_width(letter, size) for letter in word]
    gap = (BOARD.width - 2 * MARGIN + 0.1 * size - sum(widths)) / (len(word) - 1)
    paint = BOARD.vertical([(base - 170, PAPER), (base, "#ffd7ae")])
    spots = [MARGIN - 0.08 * size + sum(widths[:i]) + gap * i for i in range(len(word))]
    return [
        Leaf(letter, Sheet(BOARD).add(BOARD.text(letter, x, base, size), paint))
        for letter, x in zip(word, spots, strict=True)
    ]


def subtitle() -> Sheet:
    words, year, base = "A FESTIVAL OF SLOW FLIGHT", "NO. 7", 108
    cover = BOARD.text(words, MARGIN, base, 23, tracking=0.3, bold=0.5)
    right = BOARD.width - MARGIN - text_width(year, 23, 0.3)
    return Sheet(BOARD).add(np.maximum(cover, BOARD.text(year, right, base, 23, tracking=0.3, bold=0.5)), CREAM)


def date() -> Sheet:
    sheet = Sheet(BOARD).add(BOARD.rounded(MARGIN, 1246, BOARD.width - 2 * MARGIN, 1.5, 0.5), CREAM, 0.55)
    right = "FROM SUNSET"
    for words, x in (
        ("12 / 13 / 14 JUNE", MARGIN),
        ("VALLEY OF ORO", 0),
        (right, BOARD.width - MARGIN - text_width(right, 21, 0.24)),
    ):
        middle = (BOARD.width - text_width(words, 21, 0.24)) / 2
        sheet.add(BOARD.text(words, x or middle, 1288, 21, tracking=0.24, bold=0.4), CREAM)
    return sheet
