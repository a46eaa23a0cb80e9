"""How generated motion is cut into pieces: tokens over a layer's region, windows over time, layers into groups.

Sizes stay within those that the networks are trained on. Plain arithmetic, so that `--plan` can say it at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from .geometry import Box

RATE = 16  # motion steps a second
STRIDE = 4  # motion steps behind one latent frame
PATCH = 16  # px of the proxy picture behind one token
SIDES = range(4, 10)  # tokens along a side of a grid
ALONE = 36  # tokens of a layer that is generated alone
SCENE = 72  # tokens of all layers that are generated together
LAYERS = 4  # that are generated together
SHORTEST, LONGEST = 16, 48  # intervals between the motion steps of one window
SHARED = 16  # intervals that a window has in common with the one before
GROWN = Fraction(1, 4)  # by how much the tokens' region is larger than the layer


# --- space ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Region:
    """Where a layer's tokens lie, canvas px: `rows` x `columns` square cells around a centre."""

    x: float  # centre
    y: float
    cell: float  # side of a token
    rows: int
    columns: int

    @property
    def unit(self) -> float:
        """Px of one region unit: half the long side."""
        return self.cell * max(self.rows, self.columns) / 2

    @property
    def half(self) -> tuple[float, float]:
        """Half its width and height, px."""
        return self.cell * self.columns / 2, self.cell * self.rows / 2

    @property
    def corners(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1."""
        width, height = self.half
        return self.x - width, self.y - height, self.x + width, self.y + height

    @property
    def box(self) -> Box:
        """The smallest box of whole px around it."""
        x0, y0, x1, y1 = self.corners
        return Box(math.floor(x0), math.floor(y0), math.ceil(x1), math.ceil(y1))

    @property
    def tokens(self) -> int:
        return self.rows * self.columns


def region_for(box: Box, given: Box | None, canvas: Box, budget: int) -> Region:
    """The tokens' region of a layer whose pixels lie in `box`: `given`, else the box grown by a quarter.

    Of a layer larger than the canvas only what is near the canvas counts. The region is widened until square tokens
    fill it. Raises ValueError for an empty box.
    """
    wanted = given if given is not None else _near(box, canvas)
    if wanted.is_empty:
        raise ValueError("an empty layer has no region")
    growth = 1.0 if given is not None else 1.0 + float(GROWN)
    width, height = wanted.width * growth, wanted.height * growth
    rows, columns = grid_for(width, height, budget)
    return Region(*wanted.center, max(width / columns, height / rows), rows, columns)


def _near(box: Box, canvas: Box) -> Box:
    """The part of a layer that can play a role: within half a canvas of the canvas; all of one that lies farther."""
    around = canvas.grow(max(canvas.size) // 2) & box
    return box if around.is_empty else around


def grid_for(width: float, height: float, budget: int) -> tuple[int, int]:
    """(rows, columns) of the grid that spends most tokens of `budget` on width x height; at least 4 x 4."""

    def useful(grid: tuple[int, int]) -> tuple[float, float]:
        rows, columns = grid
        cell = max(width / columns, height / rows)
        filled = width * height / (cell * cell * rows * columns)
        return round(rows * columns * filled, 9), filled

    fitting = [(rows, columns) for rows in SIDES for columns in SIDES if rows * columns <= budget]
    return max(fitting or [(SIDES[0], SIDES[0])], key=useful)


def token_budget(layers: int) -> int:
    """Tokens of each of so many layers that are generated together."""
    return min(ALONE, SCENE // max(1, layers))


def packed(count: int, most: int = LAYERS) -> list[range]:
    """`count` things in order, in as few groups of at most `most` as possible, of nearly equal size."""
    groups = -(-count // most)
    edges = [count * i // groups for i in range(groups + 1)] if groups else [0]
    return [range(a, b) for a, b in pairwise(edges)]


# --- time -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Timeline:
    """Motion steps of a clip or of one turn of a loop, and the windows they are generated in."""

    intervals: int  # between the steps, a multiple of STRIDE; there is one step more
    rate: Fraction  # intervals a second
    loop: bool

    @property
    def steps(self) -> int:
        return self.intervals + 1

    @property
    def windows(self) -> tuple[range, ...]:
        """Steps of each window; neighbours share SHARED intervals."""
        return tuple(_windows(self.intervals))

    def place(self, seconds: Fraction) -> float:
        """Where a moment falls among the steps; a loop starts over, a clip holds its ends."""
        place = seconds * self.rate
        return float(place % self.intervals if self.loop else min(max(place, Fraction(0)), Fraction(self.intervals)))


def timeline(seconds: Fraction, *, loop: bool) -> Timeline:
    """Steps for so many seconds: a clip's at RATE; a loop is stretched a little, one of more than 3 s is repeated."""
    if not loop:
        needed = math.ceil(seconds * RATE / STRIDE) * STRIDE
        return Timeline(max(SHORTEST, needed), Fraction(RATE), loop=False)
    turns = max(1, math.ceil(seconds * RATE / LONGEST))
    period = seconds / turns
    intervals = min(max(STRIDE * round(period * RATE / STRIDE), SHORTEST), LONGEST)
    return Timeline(intervals, intervals / period, loop=True)


def _windows(intervals: int) -> Iterator[range]:
    if intervals <= LONGEST:
        yield range(intervals + 1)
        return
    new = (intervals - SHARED) // STRIDE  # latent frames beyond what the windows share
    count = -(-new * STRIDE // (LONGEST - SHARED))
    edges = [new * i // count * STRIDE for i in range(count + 1)]
    for start, end in pairwise(edges):
        yield range(start, end + SHARED + 1)
