"""The logo: a shore bird built from circles, and a wordmark drawn letter by letter. 1280 x 720.

The brackets in the layer names are the whole animation; there is no layout beside this file.
"""

from __future__ import annotations

import numpy as np

from .drawing import Array, Board, Point, Sheet, svg, text_width
from .files import Design, Folder, Leaf

BOARD = Board(1280, 720)
PAPER, INK, PETROL, CORAL, AMBER, SAGE = "#f6f0e3", "#1d2b38", "#1f4e59", "#e76b4f", "#efb64f", "#93b9a8"
BODY: Point = (612, 228)
HEAD: Point = (702, 182)
RADIUS = 116  # of the body
BASE, ROUND, STEM = 586, 41, 18  # of the letters: baseline, radius of the bowls, thickness


def design() -> Design:
    return [
        Leaf("Paper [hold]", paper()),
        Folder("Mark", mark()),
        Folder("Wordmark", wordmark()),
        Leaf("Tagline [in:fade 700ms +1100ms out:fade 400ms]", tagline()),
    ]


def paper() -> Sheet:
    return Sheet(BOARD).add(np.ones(BOARD.shape, np.float32), BOARD.vertical([(0, "#fbf8f0"), (720, "#f1e8d6")]))


def mark() -> list[Leaf | Folder]:
    """Bottom to top. A tagged group moves as one: so the head lands with its beak and its eye."""
    return [
        Leaf("Sun [in:rise 900ms +350ms out:fade 400ms]", solid(BOARD.ellipse(744, 168, 98), AMBER, "#f6cd74")),
        Leaf("Shore [in:wipe 700ms out:fade 500ms]", solid(BOARD.rounded(476, 392, 344, 7, 3.5), INK, INK)),
        Leaf("Legs [in:grow 400ms +250ms out:fade 300ms]", legs()),
        Folder("Bird [in:pop 700ms +400ms out:fade 300ms]", bird(), isolated=True),
        Leaf("Wing [in:spin 700ms +700ms out:fade 300ms]", wing()),
        Folder("Head [in:drop 700ms +650ms out:fade 300ms]", head(), isolated=True),
    ]


def bird() -> list[Leaf]:
    tail = BOARD.polygon([(404, 166), (503, 197), (570, 240), (525, 304.5)])
    return [
        Leaf("Tail", solid(tail, PETROL, PETROL)),
        Leaf("Body", solid(body(), PETROL, PETROL)),
        Leaf("Breast", solid(breast(), CORAL, "#f2876a")),
        Leaf("Collar", solid(collar(), PAPER, PAPER)),
    ]


def head() -> list[Leaf]:
    beak = BOARD.polygon([(746, 158), (806, 186), (748, 201)])
    return [
        Leaf("Beak", solid(beak, INK, "#33475a")),
        Leaf("Skull", solid(BOARD.ellipse(*HEAD, 58), PETROL, PETROL)),
        Leaf("Eye", eye()),
    ]


def solid(cover: Array, color: str, lit: str) -> Sheet:
    """Flat colour with the faintest light from above, so that a shape has a body on any background."""
    rows = np.flatnonzero(cover.any(1))
    return Sheet(BOARD).add(cover, BOARD.vertical([(float(rows[0]), lit), (float(rows[-1]) + 1, color)]))


def body(grown: float = 0) -> Array:
    """A little more than half a disc; its back rises towards the tail. What lies on it takes it a hair larger."""
    angle, radius = np.radians(np.linspace(-6, 196, 120)), RADIUS + grown
    return BOARD.polygon([(BODY[0] + radius * np.cos(a), BODY[1] - grown + radius * np.sin(a)) for a in angle])


def breast() -> Array:
    return body(0.6) * BOARD.ellipse(BODY[0] + 112, BODY[1] + 64, 102)


def collar() -> Array:
    """The pale band a plover wears between head and breast."""
    return body(0.6) * BOARD.ellipse(*HEAD, 73)


def wing() -> Sheet:
    """A leaf between two curves, with two feathers drawn in."""
    x, y = BODY
    leaf = f"M{x - 104} {y - 8} c40 -18 114 -6 138 66 c-60 16 -118 -8 -138 -66 Z"
    sheet = solid(BOARD.path(leaf), SAGE, "#b4d3c3")
    for dx, dy, length in ((-62, 10, 70), (-50, 32, 54)):
        feather = svg(f"M{x + dx} {y + dy} q{length * 0.45} {length * 0.34} {length} {length * 0.4}")[0]
        sheet.tint(BOARD.stroke(feather, 2.5, 4.5), PETROL, 0.55)
    return sheet


def legs() -> Sheet:
    strokes = [BOARD.stroke([(x, 330), (x, 389)], 7) for x in (594, 634)]
    feet = [BOARD.stroke([(x, 390), (x + 19, 390)], 7) for x in (594, 634)]
    return Sheet(BOARD).add(np.maximum.reduce(strokes + feet), INK)


def eye() -> Sheet:
    x, y = HEAD[0] + 17, HEAD[1] - 12
    return Sheet(BOARD).add(BOARD.ellipse(x, y, 11.5), PAPER).add(BOARD.ellipse(x + 2, y + 0.5, 5.8), INK)


def wordmark() -> list[Leaf]:
    """plover: each letter arrives a little later than the one before, because it takes a little longer."""
    x, starts = 0.0, []
    for letter in "plover":
        starts.append(x)
        x += glyph(letter, 0)[1] + (13 if letter in "ov" else 23)
    left = (BOARD.width - (x - 23)) / 2
    return [
        Leaf(
            f"{letter} [in:rise 600ms +{500 + 70 * i}ms out:fade 350ms]",
            solid(glyph(letter, left + starts[i])[0], INK, "#2a3d4d"),
        )
        for i, letter in enumerate("plover")
    ]


def ring(x: float, y: float) -> Array:
    return BOARD.ellipse(x, y, ROUND) * (1 - BOARD.ellipse(x, y, ROUND - STEM))


def stem(x: float, top: float, bottom: float) -> Array:
    return BOARD.rounded(x, top, STEM, bottom - top, 3)


def glyph(letter: str, x: float) -> tuple[Array, float]:
    """Coverage of a letter whose left edge is x, and its width."""
    middle, top, c = BASE - ROUND, BASE - 2 * ROUND, x + ROUND
    if letter == "p":
        return np.maximum(ring(c, middle), stem(x, top - 1, BASE + 46)), 2 * ROUND
    if letter == "l":
        return stem(x, top - 46, BASE), STEM
    if letter == "o":
        return ring(c, middle), 2 * ROUND
    if letter == "v":
        half, foot = 43, STEM * 0.56
        points = [(x, top), (x + STEM * 1.12, top), (x + half, BASE - STEM * 1.45), (x + 2 * half - STEM * 1.12, top)]
        return BOARD.polygon([*points, (x + 2 * half, top), (x + half + foot, BASE), (x + half - foot, BASE)]), 2 * half
    if letter == "e":
        gap = BOARD.polygon([(c, middle + 8), (c + 80, middle + 8), (c + 80, middle + 38), (c + 12, middle + 17)])
        bar = BOARD.rounded(x + 6, middle - 8, 2 * ROUND - 12, 16, 1)
        return np.maximum(ring(c, middle) * (1 - gap), bar), 2 * ROUND
    arc = ring(c, middle) * BOARD.polygon([(x, top - 2), (c + 18, top - 2), (c + 4, middle), (x, middle)])
    return np.maximum(arc, stem(x, top - 1, BASE)), ROUND + 18


def tagline() -> Sheet:
    words, size, tracking = "FIELD GUIDES FOR QUIET COASTS", 15.5, 0.34
    x = (BOARD.width - text_width(words, size, tracking)) / 2
    return Sheet(BOARD).add(BOARD.text(words, x, 668, size, tracking=tracking, bold=0.35), "#5d6b70")
