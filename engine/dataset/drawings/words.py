"""Letters, numerals, words and what carries words: one layer each, as in posters, stories and interfaces."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .palettes import Colour, darker, lighter, mix
from .shapes import arc, box, curve, ellipse, polygon, star
from .sketch import Family, Sketch, arched, families, lettering

SHORT = ("sale", "new", "hello", "wow", "love", "now", "go", "yes", "hot", "free", "win", "joy", "play", "music",
         "summer", "party", "coffee", "pizza", "jazz", "dream", "open", "fresh", "fast", "studio", "vibes",
         "beat", "tour", "club", "menu", "beauty", "yoga", "travel", "design", "cinema", "fiesta", "ciao", "bonjour",
         "50% off", "-30%", "2 for 1", "24/7", "no. 1", "2026", "1984", "top 10", "5 km", "vol. 3")  # fmt: skip
LONG = (("big", "sale"), ("good", "morning"), ("hello", "world"), ("save", "the date"), ("live", "music"),
        ("stay", "wild"), ("made", "with love"), ("grand", "opening"), ("24", "december"), ("black", "friday"),
        ("happy", "birthday"), ("open", "air 2026"), ("slow", "down"), ("jazz", "night"), ("30", "may"),
        ("let's", "dance"), ("coming", "soon"), ("thank", "you"), ("book", "fair"), ("run", "the city"))  # fmt: skip
FILLS = ("flat", "gradient", "soft", "grain", "pattern")


def _cased(c: Sketch, text: str) -> str:
    return {"upper": text.upper(), "title": text.capitalize(), "lower": text}[
        c.word("upper", "upper", "title", "lower")
    ]


def _styled(c: Sketch, mask: Image.Image, y: float, size: tuple[float, float], colour: Colour, depth: int) -> None:
    """Lettering with an extruded or offset shadow below it: depth 0 none, 1 offset, more an extrusion."""
    step, below = 0.011, darker(colour, 0.5) if depth > 1 else c.colour(4)
    for i in range(depth, 0, -1):
        away = i * step if depth > 1 else 0.03
        c.letters(mask, 0.5 + away, y + away, *size, below)
    c.letters(mask, 0.5, y, *size, colour, c.word(*FILLS))


def _weight(c: Sketch) -> int:
    return c.whole(0, 9)


def word(c: Sketch) -> str:
    text, hollow = _cased(c, c.word(*SHORT)), c.maybe(0.12)
    mask = lettering(text, weight=_weight(c), slant=c.between(-0.05, 0.35) if c.maybe(0.5) else 0.0,
                     hollow=hollow, space=c.between(-0.02, 0.12))  # fmt: skip
    if c.maybe(0.15):
        mask = mask.resize((mask.width, round(mask.height * c.between(1.3, 2.2))))
    _styled(c, mask, 0.5, (0.9, 0.8), c.colour(0), 0 if hollow else c.whole(-3, 5) if c.maybe(0.6) else 0)
    return c.word("word", "lettering", "headline", f"word {text.lower()}", f"{text.lower()} text")


def slogan(c: Sketch) -> str:
    """Two lines, the second often in a second colour or on a bar."""
    lines = [_cased(c, line) for line in LONG[c.whole(0, len(LONG) - 1)]]
    slant = c.between(0, 0.3) if c.maybe(0.4) else 0.0
    heavy, light = (
        lettering(lines[0], weight=c.whole(4, 9), slant=slant),
        lettering(lines[1], weight=c.whole(0, 5), slant=slant),
    )
    high = min(0.5, 0.9 * heavy.height / heavy.width)
    low = min(0.3, 0.9 * light.height / light.width)
    foot = 0.5 + high / 2 + 0.06 + low / 2
    if c.maybe(0.4):
        c.shape(box(0.02, foot - low / 2 - 0.03, 0.98, foot + low / 2 + 0.035, c.between(0, 0.1)), c.colour(1))
        c.letters(light, 0.5, foot, 0.88, low, c.paper if c.maybe(0.5) else c.ink)
    else:
        c.letters(light, 0.5, foot, 0.9, low, c.colour(1) if c.maybe(0.5) else c.ink, c.word(*FILLS))
    _styled(c, heavy, 0.5, (0.9, high), c.colour(0), c.whole(-2, 4))
    if c.maybe(0.3):
        c.stroke(curve([(0.1, foot + low), (0.4, foot + low - 0.03), (0.9, foot + low)],
                       closed=False), 0.02, c.colour(2))  # fmt: skip
    return c.word("slogan", "headline", "title", "two line text")


def arc_text(c: Sketch) -> str:
    text = _cased(c, c.word(*(w for w in SHORT if 4 <= len(w) <= 7)))
    mask = arched(text, c.between(1.0, 1.9), weight=_weight(c), space=c.between(0, 0.12))
    _styled(c, mask, 0.5, (0.9, 0.8), c.colour(0), c.whole(-2, 3))
    if c.maybe(0.6):
        c.shape(star(c.between(0.42, 0.58), 0.78, 0.09, c.whole(4, 6), 0.45), c.colour(2))
    return c.word("arched text", "curved lettering", f"arched word {text.lower()}")


def letter(c: Sketch) -> str:
    text = chr(65 + c.whole(0, 25))
    shown = text if c.maybe(0.75) else text.lower()
    mask = lettering(shown, weight=_weight(c), slant=c.between(0, 0.3) if c.maybe(0.3) else 0.0, hollow=c.maybe(0.08))
    _styled(c, mask, 0.5, (0.86, 0.86), c.colour(0), c.whole(-2, 6))
    if c.maybe(0.3):
        c.shape(ellipse(0.8, 0.84, 0.06), c.colour(3))
    return c.word(f"letter {text.lower()}", "letter", "initial")


def number(c: Sketch) -> str:
    text = str(c.whole(0, 9)) if c.maybe(0.6) else str(c.whole(10, 100))
    mask = lettering(text, weight=_weight(c), slant=c.between(0, 0.3) if c.maybe(0.3) else 0.0)
    _styled(c, mask, 0.5, (0.9, 0.86), c.colour(0), c.whole(-2, 6))
    return c.word(f"number {text}", "number", "numeral" if len(text) == 1 else "number")


def speech_bubble(c: Sketch) -> str:
    form = c.word("round", "box", "cloud")
    wide, high = c.between(0.38, 0.46), c.between(0.24, 0.34)
    outline = box(0.5 - wide, 0.45 - high, 0.5 + wide, 0.45 + high, c.between(0.06, 0.2)) if form == "box" else ellipse(
        0.5, 0.45, wide, high)  # fmt: skip
    x, tone = c.between(0.22, 0.4), c.paper if c.maybe(0.3) else c.colour(0)
    c.shape([(x, 0.45 + high * 0.7), (x + 0.17, 0.45 + high * 0.7), (x - 0.04, 0.45 + high + 0.18)], tone)
    if form == "cloud":
        for px, py in ellipse(0.5, 0.45, wide * 0.72, high * 0.68, steps=9):
            c.shape(ellipse(px, py, wide * 0.38, high * 0.42), tone, fill="flat")
    c.shape(outline if form != "cloud" else ellipse(0.5, 0.45, wide * 0.85, high * 0.82), tone,
            fill="flat" if form == "cloud" else "")  # fmt: skip
    said, ink = c.word("text", "dots", "lines"), c.ink if sum(tone) > 380 else c.paper
    if said == "text":
        c.write(
            _cased(c, c.word(*(w for w in SHORT if len(w) < 7))), 0.5, 0.45, 1.4 * wide, high, ink, weight=c.whole(1, 6)
        )
    elif said == "dots":
        for i in range(3):
            c.plain(ellipse(0.5 + (i - 1) * wide * 0.5, 0.45, 0.05), mix(tone, ink, 0.4 + 0.3 * i))
    else:
        for i, length in enumerate((1.0, 0.8, 0.45)):
            left, y = 0.5 - wide * 0.65, 0.45 + (i - 1) * high * 0.5
            c.stroke([(left, y), (left + wide * 1.25 * length, y)], 0.045, mix(tone, ink, 0.75))
    return c.word("speech bubble", "speech bubble", "chat bubble")


def price_tag(c: Sketch) -> str:
    """A tag on a string, its hole at the left or at the top."""
    cut, half = c.between(0.1, 0.18), c.between(0.17, 0.24)
    tag = np.array([(0.08 + cut, 0.5 - half), (0.95, 0.5 - half), (0.95, 0.5 + half), (0.08 + cut, 0.5 + half),
                    (0.08, 0.5 + half * 0.4), (0.08, 0.5 - half * 0.4)])  # fmt: skip
    angle = c.word("0", "-25", "90")
    c.shape(tag, c.colour(0))
    c.plain(box(0.86, 0.5 - half, 0.91, 0.5 + half), c.colour(1)) if c.maybe(0.5) else None
    c.cut(ellipse(0.17, 0.5, 0.032))
    c.stroke(ellipse(0.17, 0.5, 0.04), 0.018, lighter(c.colour(1)), closed=True)
    c.stroke(curve([(0.17, 0.5), (0.08, 0.4), (-0.02, 0.38), (-0.08, 0.48)], closed=False), 0.016, c.ink)
    price = c.word("$", "", "") + str(c.whole(2, 99)) + c.word("", "%", ".99", ".50")
    c.write(price, 0.55, 0.5, 0.52, half * 1.1, c.paper if sum(c.colour(0)) < 480 else c.ink, weight=c.whole(2, 7))
    c.tilted(float(angle) * (-1 if angle == "90" else 1))
    return c.word("price tag", "price tag", "sale tag", "label")


def monogram(c: Sketch) -> str:
    """A hashtag, at sign or two initials, often in a frame."""
    text = c.word("#", "@", "&", "%", "?", "!", "") or "".join(chr(65 + c.whole(0, 25)) for _ in range(2))
    frame = c.word("circle", "square", "diamond", "none")
    colour = c.colour(0)
    if frame != "none":
        sides = {"circle": ellipse(0.5, 0.5, 0.44), "square": box(0.08, 0.08, 0.92, 0.92, c.between(0, 0.2)),
                 "diamond": polygon(0.5, 0.5, 0.5, 4)}[frame]  # fmt: skip
        c.shape(sides, c.colour(1))
        c.stroke((sides - 0.5) * 0.86 + 0.5, 0.014, c.paper, closed=True)
        c.plain(arc(0.5, 0.5, 0.3, 0.3, 10, 110), c.colour(2), 0.6)
        colour = c.paper if sum(c.colour(1)) < 480 else c.ink
    side = 0.5 if frame != "none" else 0.86
    mask = lettering(text, weight=c.whole(0, 4), slant=c.between(0, 0.25) if c.maybe(0.4) else 0.0)
    _styled(c, mask, 0.5, (side, side), colour, c.whole(-1, 3))
    names = {"#": "hashtag", "@": "at sign", "&": "ampersand", "%": "percent sign", "?": "question mark",
             "!": "exclamation mark"}  # fmt: skip
    return names.get(text, "monogram")


def signboard(c: Sketch) -> str:
    """A word on a board that hangs from two cords."""
    tone, text = c.tone("wood") if c.maybe(0.5) else c.colour(0), _cased(c, c.word(*SHORT))
    top, high = 0.36, c.between(0.32, 0.44)
    c.stroke([(0.2, top + 0.06), (0.5, 0.1), (0.8, top + 0.06)], 0.016, c.ink)
    c.shape(ellipse(0.5, 0.1, 0.03), c.colour(2))
    board = box(0.06, top, 0.94, top + high, c.between(0, 0.09))
    c.shape(board, tone)
    c.stroke(
        (board - (0.5, top + high / 2)) * (0.94, 0.86) + (0.5, top + high / 2), 0.01, lighter(tone, 0.5), closed=True
    )
    c.write(text, 0.5, top + high / 2, 0.72, high * 0.55, c.paper if sum(tone) < 470 else c.ink, weight=c.whole(2, 6))
    c.shaded(board, np.add(board, (0, high * 0.8)))
    return c.word("hanging sign", "signboard", "shop sign")


FAMILIES: dict[str, Family] = {
    **families((word, slogan, arc_text, letter, number, monogram), mirror=False, tilt=12),
    **families((speech_bubble, price_tag, signboard), mirror=False, hangs=("price tag", "signboard")),
}
