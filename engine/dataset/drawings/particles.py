"""Many small things that are one layer: confetti, rain, snow, sparks, bubbles, petals, dust, stars."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .palettes import lighter
from .shapes import drop, ellipse, heart, leaf, polygon, star, turned
from .sketch import Family, Sketch, families

WHITE = (255, 255, 255)


def places(c: Sketch, low: int, high: int) -> NDArray[np.float64]:
    """Places spread evenly by chance, (n, 2): one in a cell of a grid."""
    side = int(np.ceil(np.sqrt(c.whole(low, high))))
    y, x = np.mgrid[0:side, 0:side]
    cells = np.stack([x.ravel(), y.ravel()], axis=1) + c.rng.uniform(0.1, 0.9, (side * side, 2))
    result: NDArray[np.float64] = 0.03 + 0.94 * cells / side
    return result


def confetti(c: Sketch) -> str:
    for x, y in places(c, 20, 50):
        kind, tone, r = c.whole(0, 3), c.colour(c.whole(0, 4)), c.between(0.016, 0.04)
        form = (polygon(x, y, r, 4), ellipse(x, y, 0.7 * r), polygon(x, y, r, 3), ellipse(x, y, 1.4 * r, 0.4 * r))[kind]
        c.plain(turned(form, (x, y), c.between(0, 180)), tone)
    return c.word("confetti", "paper confetti", "party confetti")


def rain(c: Sketch) -> str:
    lean, tone = c.between(-0.06, 0.06), lighter(c.tone("water"), c.between(0, 0.5))
    for x, y in places(c, 18, 50):
        long = c.between(0.04, 0.1)
        c.stroke([(x, y), (x + lean, y + long)], c.between(0.008, 0.018), tone, alpha=c.between(0.5, 1))
    return c.word("rain", "raindrops", "rain shower")


def snow(c: Sketch) -> str:
    for x, y in places(c, 18, 50):
        r = c.between(0.01, 0.03)
        if r > 0.024:
            for tip in polygon(x, y, 1.5 * r, 3, c.between(0, 60)):
                c.stroke([tip, (2 * x - tip[0], 2 * y - tip[1])], 0.007, WHITE)
        else:
            c.plain(ellipse(x, y, r, steps=20), WHITE, c.between(0.5, 1))
    return c.word("snow", "snowflakes", "falling snow")


def sparks(c: Sketch) -> str:
    tone, n = c.tone("flame") if c.maybe(0.7) else c.colour(0), c.whole(14, 30)
    for angle, start in zip(c.rng.uniform(0, 2 * np.pi, n), c.rng.uniform(0.05, 0.3, n), strict=True):
        way, end = np.array([np.cos(angle), np.sin(angle)]), start + c.between(0.06, 0.16)
        c.stroke([0.5 + way * start, 0.5 + way * end], c.between(0.008, 0.02), lighter(tone, c.between(0, 0.6)))
    c.glow(0.5, 0.5, 0.2, lighter(tone, 0.5), 0.7) if c.maybe(0.5) else None
    return c.word("sparks", "firework", "burst of sparks")


def bubbles(c: Sketch) -> str:
    for x, y in places(c, 8, 20):
        r, tone = c.between(0.02, 0.065), lighter(c.tone("sky"), 0.3)
        c.plain(ellipse(x, y, r), tone, 0.3)
        c.stroke(ellipse(x, y, r), 0.008, WHITE, closed=True, alpha=0.8)
        c.plain(ellipse(x - 0.35 * r, y - 0.35 * r, 0.22 * r), WHITE, 0.9)
    return c.word("bubbles", "soap bubbles", "air bubbles")


def petals(c: Sketch) -> str:
    tone, hearts = c.tone("pink") if c.maybe(0.5) else c.colour(0), c.maybe(0.25)
    for x, y in places(c, 10, 26):
        long, angle = c.between(0.05, 0.1), c.between(0, 360)
        form = (
            turned(heart(x, y, long / 2), (x, y), angle / 9 - 20)
            if hearts
            else leaf(x, y, long, long * 0.6, angle, 0.2)
        )
        c.shape(form, tone if c.maybe(0.6) else lighter(tone, 0.3))
    return c.word("hearts", "flying hearts") if hearts else c.word("petals", "falling leaves", "leaves", "blossoms")


def stars(c: Sketch) -> str:
    tips, tone = c.whole(4, 5), c.tone("gold") if c.maybe(0.6) else c.colour(0)
    for x, y in places(c, 10, 30):
        r = c.between(0.012, 0.05)
        c.plain(star(x, y, r, tips, 0.3 if tips == 4 else 0.45), tone if c.maybe(0.6) else lighter(tone, 0.5))
    return c.word("stars", "twinkling stars", "little stars")


def dust(c: Sketch) -> str:
    tone = c.tone("gold") if c.maybe(0.5) else c.paper
    for x, y in places(c, 20, 60):
        c.plain(ellipse(x, y, c.between(0.004, 0.014), steps=16), tone, c.between(0.3, 1))
    for x, y in places(c, 2, 5):
        c.glow(x, y, c.between(0.03, 0.07), tone, 0.6)
    return c.word("dust", "glitter", "sparkling dust", "fireflies")


def drops(c: Sketch) -> str:
    tone = c.tone("water") if c.maybe(0.6) else c.colour(0)
    for x, y in places(c, 8, 20):
        long = c.between(0.05, 0.11)
        form = drop(x, y, long, long * 0.7)
        c.shape(form, tone)
        c.plain(ellipse(x - 0.1 * long, y - 0.1 * long, 0.1 * long), WHITE, 0.8)
    return c.word("drops", "water drops", "tears")


FAMILIES: dict[str, Family] = families(
    (confetti, rain, snow, sparks, bubbles, petals, stars, dust, drops), sticker=0.0, lifted=0.0
)
