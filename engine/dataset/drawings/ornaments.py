"""Arrows, frames and dividing lines."""

from __future__ import annotations

import numpy as np

from .glyphs import glyph, some
from .palettes import mix
from .shapes import box, curve, ellipse, wobbly
from .sketch import Family, Sketch, families


def arrow(c: Sketch) -> str:
    """Thick, curved, double, or a row of chevrons."""
    kind, tone = c.word("block", "curved", "chevrons", "sketched", "double"), c.colour(0)
    if kind == "block":
        w = c.between(0.08, 0.16)
        c.shape(
            [
                (0.04, 0.5 - w),
                (0.55, 0.5 - w),
                (0.55, 0.5 - 2 * w),
                (0.97, 0.5),
                (0.55, 0.5 + 2 * w),
                (0.55, 0.5 + w),
                (0.04, 0.5 + w),
            ],
            tone,
        )
    elif kind == "chevrons":
        for index in range(c.whole(2, 4)):
            x = 0.08 + 0.22 * index
            c.stroke([(x, 0.26), (x + 0.2, 0.5), (x, 0.74)], c.between(0.06, 0.09), mix(tone, c.colour(1), index / 3))
    else:
        wide = c.between(0.03, 0.09)
        bend = 0.0 if kind == "double" else c.between(-0.35, 0.35)
        line = curve([(0.06, 0.5), (0.3, 0.5 + bend), (0.62, 0.5 + bend * 0.8), (0.92, 0.5)], closed=False)
        c.stroke(line, wide, tone)
        way = np.degrees(np.arctan2(*(line[-1] - line[-8])[::-1]))
        for angle in (way + 145, way - 145):
            c.stroke(
                [line[-1], line[-1] + 0.22 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])],
                wide,
                tone,
            )
        if kind == "double":
            c.stroke([(0.22, 0.36), (0.06, 0.5), (0.22, 0.64)], wide, tone)
    c.tilted(c.between(-180, 180)) if c.maybe(0.6) else None
    return c.word("arrow", "arrow", "pointer" if kind == "block" else "curved arrow" if kind == "curved" else "arrow")


def frame(c: Sketch) -> str:
    """An empty frame: the inside is a hole."""
    kind, wide = c.word("box", "ring", "brackets", "double", "wobble"), c.between(0.02, 0.09)
    high = c.between(0.25, 0.46)
    forms = {"ring": ellipse(0.5, 0.5, 0.45), "wobble": wobbly(c.rng, 0.5, 0.5, 0.45, high, 0.12)}
    form = forms.get(kind, box(0.05, 0.5 - high, 0.95, 0.5 + high, c.between(0, 0.12)))
    if kind == "brackets":
        for x, side in ((0.08, 1), (0.92, -1)):
            c.stroke(
                [(x + side * 0.14, 0.5 - high), (x, 0.5 - high), (x, 0.5 + high), (x + side * 0.14, 0.5 + high)],
                wide,
                c.colour(0),
            )
        return c.word("brackets", "frame", "corners")
    c.stroke(form, wide, c.colour(0), closed=True)
    if kind == "double":
        c.stroke((form - 0.5) * 0.85 + 0.5, wide * 0.4, c.colour(1), closed=True)
    return c.word("ring", "circle") if kind == "ring" else c.word("frame", "border", "picture frame")


def divider(c: Sketch) -> str:
    """A long thin line: plain, dashed, waved, or with an ornament."""
    kind, tone, wide = c.word("line", "dots", "wave", "ornament"), c.colour(0), c.between(0.012, 0.035)
    if kind == "line":
        c.stroke(curve([(0, 0.5), (0.4, 0.5 + c.between(-0.05, 0.05)), (1, 0.5)], closed=False), wide, tone)
    elif kind == "dots":
        for x in np.linspace(0, 1, c.whole(6, 12)):
            c.plain(ellipse(x, 0.5, wide), tone)
    elif kind == "wave":
        x = np.linspace(0, 1, 90)
        c.stroke(np.stack([x, 0.5 + 0.04 * np.sin(x * 2 * np.pi * c.whole(3, 7))], axis=1), wide, tone)
    else:
        for side in (-1, 1):
            c.stroke([(0.5 + side * 0.1, 0.5), (0.5 + side * 0.5, 0.5)], wide * 0.7, tone)
        glyph(c, some(c), 0.5, 0.5, 0.07, tone)
    return c.word("line", "divider", "underline") if kind != "dots" else c.word("row of dots", "dotted line")


FAMILIES: dict[str, Family] = {
    **families((arrow,), mirror=False, sticker=0.06),
    **families((frame, divider), mirror=False, tilt=8, sticker=0.02),
}
