"""Straight colour that reaches outward under alpha 0, for files whose codec smears colour across a layer's edge.

With the layer's own colour beyond its edge the smear does not show. Holes take one colour a cell of 8 x 8 px, which are
the blocks of the codecs' transforms: a cell without a covered pixel costs next to nothing in the file.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..alpha import NO_ALPHA, Planar, bleed

CELL = 8
_MEAN = np.full(CELL, 1 / CELL**2, np.float32)


@dataclass(frozen=True, eq=False)
class Bled:
    """Premultiplied (4, h, w), h and w whole cells, and what fills the holes of each row of cells: (3, h / 8, w)."""

    rgba: Planar
    filling: Planar

    @property
    def shape(self) -> tuple[int, ...]:
        return self.rgba.shape

    def rows(self, rows: slice) -> Planar:
        """(3, n, w) straight; `rows` are whole cells. A few at a time stay in the cache."""
        pixels = self.rgba[:, rows]
        holes = pixels[3] < np.float32(NO_ALPHA)
        inverse = np.maximum(pixels[3], np.float32(NO_ALPHA))
        np.divide(np.float32(1), inverse, out=inverse)
        colour: Planar = pixels[:3] * inverse
        np.minimum(colour, np.float32(1), out=colour)
        _, height, width = colour.shape
        cells = slice(rows.start // CELL, rows.start // CELL + height // CELL)
        shape = height // CELL, CELL, width
        np.copyto(colour.reshape(3, *shape), self.filling[:, cells, None], where=holes.reshape(shape))
        return colour


def bled(rgba: Planar) -> Bled:
    """Of premultiplied (4, h, w), h and w whole cells: every cell's mean colour, the empty ones' from around them."""
    _, height, width = rgba.shape
    rows = np.add.reduce(rgba.reshape(4, height // CELL, CELL, width), axis=2)
    means = (rows.reshape(-1, CELL) @ _MEAN).reshape(4, height // CELL, width // CELL)
    return Bled(rgba, bleed(means)[:3].repeat(CELL, axis=2))
