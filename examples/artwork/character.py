"""The character: a young fox in a scarf, cut out for animation. 1080 x 1080."""

from __future__ import annotations

import numpy as np

from .drawing import Array, Board, Point, Sheet, blur, inner, mirrored, smooth, svg, turned
from .files import Design, Folder, Leaf

BOARD = Board(1080, 1080)
AXIS = 540
ORANGE, LIT, RUST = "#e87b3e", "#f9a862", "#a8432f"
CREAM, SHADE, DARK = "#fdf1e1", "#d9b79e", "#42303a"
TEAL, TEAL_LIT, TEAL_DARK = "#2f7480", "#58a1a3", "#1c4d5c"

HEAD = "M540 246 C622 242 692 282 718 348 C732 392 756 432 800 462 C752 480 738 522 690 554 C646 584 592 602 540 602"
MASK = "M540 512 C562 500 572 474 594 450 C626 418 704 424 800 462 C752 480 738 522 690 554 C646 584 592 602 540 602"
EAR = "M590 300 C602 222 650 150 704 124 C726 114 738 130 741 154 C748 220 744 306 716 372 C690 340 640 310 590 300 Z"
INNER_EAR = (
    "M640 306 C648 250 676 202 704 182 C714 175 718 186 719 198 C722 250 716 300 702 350 C686 330 664 314 640 306 Z"
)
BODY = "M540 590 C612 592 652 640 674 710 C704 790 724 860 700 916 C680 956 612 962 540 962"
BIB = "M540 600 C600 612 628 660 622 706 L606 700 C612 740 604 760 594 780 L582 768 C578 800 562 822 540 842"
TAIL = (
    "M636 930 C762 968 902 930 942 800 C976 690 938 566 872 496 C860 566 838 604 800 642 "
    "C748 700 730 768 690 800 C650 832 628 880 636 930 Z"
)
TAIL_TIP = "M1010 450 L770 450 L764 640 Q800 690 822 640 Q842 706 872 646 Q896 704 918 640 Q940 670 1010 600 Z"
SCARF = "M424 566 C470 612 610 612 656 566 C684 592 680 634 650 652 C592 688 488 688 430 652 C400 634 396 592 424 566 Z"
SCARF_END = "M588 640 C614 690 612 744 596 800 L664 812 C684 750 682 690 656 634 Z"


def design() -> Design:
    """Bottom to top."""
    return [
        Leaf("backdrop", backdrop()),
        Folder("leaves", leaves()),
        Leaf("shadow", Sheet(BOARD).add(blur(BOARD.ellipse(572, 962, 268, 18), 13), "#23473f", 0.5)),
        Leaf("tail", tail()),
        Leaf("arm", arm()),
        Leaf("body", body()),
        Leaf("scarf end", scarf_end()),
        Leaf("scarf", scarf()),
        Folder(
            "head",
            [
                Leaf("ear left", ear(left=True)),
                Leaf("ear right", ear(left=False)),
                Leaf("face", head()),
                Leaf("eye left", eye(2 * AXIS - 634)),
                Leaf("eye right", eye(634)),
            ],
        ),
    ]


def both(d: str) -> list[Point]:
    """Half an outline, from top to bottom on the right, made whole by its mirror image."""
    half = svg(d)[0]
    return half + mirrored(half, AXIS)[::-1]


def fur(cover: Array, low: float, high: float) -> Sheet:
    """Orange lit from the upper left, turning to rust below and away from the light."""
    sheet = Sheet(BOARD).add(cover, BOARD.vertical([(low, LIT), ((low + high) / 2, ORANGE), (high, "#d9622f")]))
    sheet.tint(inner(cover, -16, -14, 22), RUST, 0.6)
    return sheet.tint(inner(cover, 9, 10, 9), "#ffd29a", 0.55)


def backdrop() -> Sheet:
    """A pale sun on sage, and a meadow's edge to sit on."""
    wash = BOARD.vertical([(0, "#a9c3b1"), (620, "#c5d5bd"), (1080, "#b3c9ae")])
    sheet = Sheet(BOARD).add(np.ones(BOARD.shape, np.float32), wash)
    sheet.add(BOARD.glow(540, 500, 620), "#f6f1d9", 0.35)
    sheet.add(BOARD.ellipse(540, 508, 392), BOARD.vertical([(120, "#fbf6e4"), (900, "#efe4c3")]))
    for height, top, foot, phase in ((846, "#9dbd9c", "#8fb293", 0.3), (912, "#7ba487", "#5f8f78", 2.1)):
        x = np.linspace(-10, 1090, 80)
        line = height + 22 * np.sin(x / 190 + phase) + 9 * np.sin(x / 83 + 2 * phase)
        meadow = BOARD.polygon([(-10, 1100), *zip(x.tolist(), line.tolist(), strict=True), (1090, 1100)])
        sheet.add(meadow, BOARD.vertical([(height - 20, top), (1080, foot)]))
    return sheet.add(grass(), "#5c8d76")


def grass() -> Array:
    """A few blades in tufts along the meadow."""
    random = np.random.default_rng(8)
    cover = np.zeros(BOARD.shape, np.float32)
    for x, y in ((88, 962), (236, 1012), (874, 1004), (1002, 968), (730, 1040), (398, 1046)):
        for lean in (-20, -7, 6, 19):
            tip = (x + lean + random.normal() * 3, y - 34 - 14 * random.random() + abs(lean) * 0.6)
            blade = [
                (x + lean * 0.12 + (tip[0] - x - lean * 0.12) * t**1.6, y + (tip[1] - y) * t)
                for t in np.linspace(0, 1, 14)
            ]
            cover = np.maximum(cover, BOARD.stroke(blade, 4.5, 1))
    return cover


def leaves() -> list[Leaf]:
    return [
        Leaf("leaf 1", leaf(196, 300, 46, 28, "#d9913f", "#b9652f")),
        Leaf("leaf 2", leaf(902, 226, 38, -42, "#c65f3a", "#99412f")),
        Leaf("leaf 3", leaf(150, 716, 30, 74, "#e0ad52", "#bd7c35")),
    ]


def leaf(x: float, y: float, length: float, turn: float, color: str, dark: str) -> Sheet:
    """An autumn leaf: two tones either side of its vein."""
    half = "M{x} {top} c{out} {upper} {hip} {lower} 0 {all} Z"
    spine = {"x": x, "top": y - length, "upper": 0.7 * length, "lower": 1.6 * length, "all": 2 * length}
    one, two = (turned(svg(half.format(out=0.7 * s, hip=0.5 * s, **spine))[0], turn, (x, y)) for s in (-length, length))
    vein = turned([(x, y - length * 0.8), (x - 1, y), (x, y + length), (x + 3, y + length * 1.42)], turn, (x, y))
    sheet = Sheet(BOARD).add(BOARD.polygon(one, two), color).tint(BOARD.polygon(two), dark, 0.55)
    return sheet.add(BOARD.stroke(vein, 1.2, 3.2), dark)


def tail() -> Sheet:
    cover = BOARD.path(TAIL)
    sheet = Sheet(BOARD).add(cover, BOARD.vertical([(500, LIT), (760, ORANGE), (940, "#c9532d")]))
    sheet.tint(BOARD.path(TAIL_TIP), BOARD.vertical([(500, CREAM), (690, "#f6dfc5")]))
    sheet.tint(inner(cover, -26, -20, 30), "#8f3a33", 0.55)
    sheet.tint(inner(cover, 12, 8, 10), "#ffdcae", 0.5)
    return sheet.tint(smooth(720, 640, BOARD.x) * smooth(780, 900, BOARD.y), "#7a2f2d", 0.45)


def body() -> Sheet:
    """Chest, haunches, hind paws and the foreleg that stays on the ground."""
    trunk = BOARD.polygon(both(BODY))
    sheet = Sheet(BOARD)
    for x in (428, 652):
        sheet.add(BOARD.ellipse(x, 944, 64, 25), BOARD.vertical([(915, "#5b434b"), (970, "#33242d")]))
    paint = BOARD.vertical([(600, ORANGE), (800, "#e27138"), (960, "#c9542e")])
    sheet.add(trunk, paint).tint(inner(trunk, -20, -8, 26), RUST, 0.65).tint(inner(trunk, 12, 6, 12), "#ffc88c", 0.45)
    for x in (436, 644):
        haunch = BOARD.ellipse(x, 878, 72, 76) * trunk
        sheet.add(haunch, BOARD.vertical([(800, "#ef8a4b"), (960, "#cf5a30")]))
        sheet.tint(inner(haunch, 5, 9, 9), "#ffc88c", 0.4).tint(inner(haunch, -6, -8, 14), RUST, 0.55)
    leg = BOARD.stroke([(574, 700), (574, 790), (572, 870), (570, 934)], 70, 62) * smooth(740, 830, BOARD.y)
    sheet.tint(blur(leg, 12), RUST, 0.5).add(leg, BOARD.vertical([(780, "#e97d41"), (900, "#dd6a36")]))
    sock(sheet, leg, 570, 876)
    bib = BOARD.polygon(both(BIB)) * trunk
    sheet.tint(blur(bib, 7), RUST, 0.45)
    return sheet.add(bib, BOARD.vertical([(640, "#e9cdb2"), (720, CREAM), (850, "#f7e3cb")]))


def sock(sheet: Sheet, leg: Array, x: float, top: float) -> Sheet:
    """The dark lower leg of a fox, with an uneven edge, and its paw."""
    edge = svg(
        f"M{x - 60} {top + 16} q34 -46 48 -4 q16 -38 30 -2 q16 -26 42 0 V1000 H{x - 60} Z",
    )
    dark = BOARD.vertical([(top - 20, "#604851"), (top + 90, "#37272f")])
    paw = BOARD.ellipse(x, 944, 46, 24)
    sheet.add(BOARD.polygon(*edge) * leg, dark).add(paw, dark).tint(inner(paw, 3, 5, 4), "#8d717a", 0.6)
    for toe in (-14, 13):
        sheet.tint(BOARD.stroke([(x + toe, 948), (x + toe, 962)], 3, 2.4), "#1f151b", 0.8)
    return sheet


def arm() -> Sheet:
    """The raised foreleg; it turns about the shoulder, which the body hides."""
    line = svg("M452 724 C404 782 316 762 292 604")[0]
    cover = np.maximum(BOARD.stroke(line, 84, 62), BOARD.ellipse(291, 590, 42, 46, -12))
    sheet = Sheet(BOARD).add(cover, BOARD.vertical([(540, LIT), (660, ORANGE), (790, "#cf5a30")]))
    sheet.tint(inner(cover, -12, -14, 16), RUST, 0.6).tint(inner(cover, 8, 8, 8), "#ffd29a", 0.5)
    glove = BOARD.path("M200 500 L400 500 L400 650 Q372 690 356 652 Q342 708 320 662 Q300 712 270 668 L200 690 Z")
    sheet.tint(glove, BOARD.vertical([(545, "#6a505a"), (690, "#3a2932")])).tint(
        inner(cover, 6, 7, 5) * glove, "#a2848c", 0.5
    )
    for x, y in ((262, 572), (283, 561), (306, 563)):
        sheet.tint(BOARD.ellipse(x, y, 8, 10, -10), "#c98f86", 0.85)
    return sheet.tint(BOARD.ellipse(288, 598, 19, 15, -8), "#c98f86", 0.85)


def ear(left: bool) -> Sheet:
    outer, hollow = svg(EAR)[0], svg(INNER_EAR)[0]
    if left:
        outer, hollow = mirrored(outer, AXIS), mirrored(hollow, AXIS)
    cover = BOARD.polygon(outer)
    sheet = fur(cover, 130, 360)
    sheet.tint(smooth(214, 168, BOARD.y) * np.ones_like(BOARD.x), DARK, 0.92)
    sheet.tint(BOARD.polygon(hollow), BOARD.vertical([(180, "#7d4a4c"), (260, "#f0c3a4"), (350, "#fbe6d0")]))
    return sheet.tint(inner(cover, 6, 7, 6), "#ffdcb4", 0.3)


def head() -> Sheet:
    cover, mask = BOARD.polygon(both(HEAD)), BOARD.polygon(both(MASK))
    sheet = Sheet(BOARD).add(cover, BOARD.vertical([(246, "#fbae68"), (400, "#ee8545"), (560, "#dd6a36")]))
    sheet.tint(inner(cover, -14, -10, 22), RUST, 0.5).tint(inner(cover, 8, 12, 12), "#ffd7a4", 0.6)
    sheet.tint(mask, BOARD.vertical([(430, CREAM), (530, CREAM), (604, "#eccdb0")]))
    sheet.tint(inner(cover, -10, -16, 14) * mask, SHADE, 0.6)
    for x in (418, 662):
        sheet.tint(BOARD.glow(x, 512, 54, 36), "#f08a6c", 0.5)
    return face(sheet)


def face(sheet: Sheet) -> Sheet:
    """Nose, mouth, brows, and a tuft of lighter fur on the forehead."""
    nose = BOARD.path("M506 500 C514 486 566 486 574 500 C580 514 556 534 540 536 C524 534 500 514 506 500 Z")
    sheet.add(nose, BOARD.vertical([(488, "#5d464f"), (536, "#2c1d26")]))
    sheet.add(BOARD.ellipse(528, 499, 11, 4.5, -8), "#bfa3a6", 0.75)
    mouth = np.maximum(
        BOARD.stroke([(540, 534), (540, 541), (540, 549)], 4.5),
        BOARD.stroke(svg("M540 549 Q520 574 492 552")[0], 4.5, 3),
    )
    mouth = np.maximum(mouth, BOARD.stroke(svg("M540 549 Q560 574 588 552")[0], 4.5, 3))
    sheet.add(mouth, DARK)
    for side in (svg("M614 366 Q638 350 662 362")[0], svg("M466 366 Q442 350 418 362")[0]):
        sheet.add(BOARD.stroke(side, 6, 4), RUST, 0.7)
    tuft = BOARD.path("M540 268 Q560 316 548 356 Q542 340 540 336 Q538 340 532 356 Q520 316 540 268 Z")
    return sheet.add(blur(tuft, 1.2), "#ffd9ac", 0.7)


def eye(x: float) -> Sheet:
    """Large, dark and wet: two catch-lights."""
    ball = BOARD.ellipse(x, 432, 22, 27)
    sheet = Sheet(BOARD).add(ball, BOARD.vertical([(405, "#2a1b22"), (440, "#3c2630"), (460, "#6e4238")]))
    sheet.add(BOARD.ellipse(x - 7, 421, 7.5, 8.5), "#ffffff")
    return sheet.add(BOARD.ellipse(x + 8, 443, 3.6), "#ffe2c2", 0.85)


def wool(cover: Array, low: float, high: float) -> Sheet:
    sheet = Sheet(BOARD).add(cover, BOARD.vertical([(low, TEAL_LIT), ((low + high) / 2, TEAL), (high, TEAL_DARK)]))
    return sheet.tint(inner(cover, -8, -9, 12), TEAL_DARK, 0.65).tint(inner(cover, 4, 5, 4), "#a5d3c8", 0.45)


def scarf() -> Sheet:
    """Ribbed wool around the neck; the ribs follow its curve."""
    cover = BOARD.path(SCARF)
    sheet = wool(cover, 580, 680)
    for x in range(430, 660, 23):
        lean = (x - AXIS) * 0.16
        rib = svg(f"M{x} {560} Q{x + lean * 0.4} 620 {x - lean} 690")[0]
        sheet.tint(BOARD.stroke(rib, 3), TEAL_DARK, 0.35)
    return sheet.tint(blur(BOARD.polygon(both(HEAD)), 9), "#123844", 0.45)


def scarf_end() -> Sheet:
    fringe = [
        BOARD.stroke([(x, y - 8), (x + 1, y + 8), (x - 1, y + 22)], 9, 6)
        for x, y in ((604, 802), (618, 805), (632, 807), (645, 809), (657, 812))
    ]
    cover = np.maximum.reduce([BOARD.path(SCARF_END), *fringe])
    sheet = wool(cover, 650, 830)
    for y in (740, 770):
        sheet.tint(BOARD.stroke(svg(f"M570 {y} Q640 {y + 14} 700 {y + 8}")[0], 13), "#f3ddb3", 0.95)
    return sheet.tint(inner(cover, -7, -6, 9), TEAL_DARK, 0.45)
