"""Where proxies stand: the scale of their pixels, what each layer is cropped to, and its place on a sheet.

All layers share one scale, a small even fraction: whole cells of the canvas are then whole proxy pixels, so that any
part of a frame can be scaled by itself and every crop lands on the pixels it came from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..geometry import Box
from .index import Turns

HEIGHT, WIDTH = 480, 1280  # px of the whole canvas at most
PIXELS = 1_000_000  # of all crops of a frame: what two cores decode and blend at 30 frames a second
SHEET_PIXELS = 280_000  # from here on another sheet is begun: sheets are decoded beside each other
SHEET_WIDTH = 640
BLOCK = 16  # px of a codec's block: crops that share none do not smear into each other
ROUGH = 8  # px
_MOST_DOWN = 24


@dataclass(frozen=True)
class Grid:
    """`down` px of the canvas become `up` px of a proxy; `up` is even, as 4:2:0 asks."""

    up: int
    down: int

    def cells(self, box: Box) -> Box:
        """The box grown to whole cells, canvas px."""
        return Box(
            box.x0 // self.down * self.down, box.y0 // self.down * self.down,
            -(-box.x1 // self.down) * self.down, -(-box.y1 // self.down) * self.down,
        )  # fmt: skip

    def small(self, box: Box) -> Box:
        """A box of whole cells in proxy px."""
        return Box(*(edge // self.down * self.up for edge in (box.x0, box.y0, box.x1, box.y1)))

    def crop(self, box: Box) -> Box:
        """What a layer within `box` (canvas px) is cropped to, proxy px."""
        return self.small(self.cells(box))


@dataclass(frozen=True)
class Sheet:
    """Crops side by side: `size` of the colour, which stands above as much alpha; corners by layer."""

    size: tuple[int, int]
    places: Mapping[str, tuple[int, int]]


def grid_for(canvas: Box, reaches: Sequence[Box]) -> Grid:
    """The largest scale at which the canvas and all crops of a frame stay within their limits.

    reaches: what each moving layer covers, canvas px.
    """
    limit = min(1.0, HEIGHT / max(1, canvas.height), WIDTH / max(1, canvas.width))
    while True:
        grid = fraction(limit)
        total = sum(grid.crop(box).area for box in reaches)
        if total <= PIXELS or grid.up / grid.down * max(canvas.size) <= 32:
            return grid
        limit = min(0.98 * grid.up / grid.down, limit * math.sqrt(PIXELS / total))


def fraction(limit: float) -> Grid:
    """The largest even fraction of a small denominator that is not above `limit`."""
    most = max(_MOST_DOWN, math.ceil(2 / limit))
    choices = [Grid(math.floor(limit * down) // 2 * 2, down) for down in range(2, most + 1)]
    return max(choices, key=lambda grid: (grid.up / grid.down, -grid.down))


def sheets_for(crops: Mapping[str, Box]) -> list[Sheet]:
    """Place crops (proxy px, by layer) on shelves, the highest first; empty ones have no place."""
    left = sorted((item for item in crops.items() if not item[1].is_empty), key=lambda item: -item[1].height)
    sheets = []
    while left:
        width = max(SHEET_WIDTH, *(_blocks(crop.width) for _, crop in left))
        shelves = _Shelves(width)
        while left and shelves.takes(left[0][1]):
            shelves.add(*left.pop(0))
        sheets.append(Sheet(shelves.size, shelves.places))
    return sheets


def _blocks(length: int) -> int:
    return -(-length // BLOCK) * BLOCK


class _Shelves:
    """One sheet while it is filled."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.places: dict[str, tuple[int, int]] = {}
        self._x = self._top = self._bottom = self._used = 0

    @property
    def size(self) -> tuple[int, int]:
        return self._used, self._bottom

    def takes(self, crop: Box) -> bool:
        """It fits on the present shelf, or the sheet has room for another shelf."""
        fits = self._x + _blocks(crop.width) <= self.width and self._top + _blocks(crop.height) <= self._bottom
        return fits or not self.places or self.width * (self._bottom + _blocks(crop.height)) <= SHEET_PIXELS

    def add(self, layer: str, crop: Box) -> None:
        width, height = _blocks(crop.width), _blocks(crop.height)
        if self._x + width > self.width:
            self._x, self._top = 0, self._bottom
        self.places[layer] = self._x, self._top
        self._x += width
        self._bottom = max(self._bottom, self._top + height)
        self._used = max(self._used, self._x)


def turns(boxes: Sequence[Box], crop: Box) -> Turns:
    """(frame, x0, y0, x1, y1) wherever what a layer covers of its crop changes; roughly, so that it changes seldom."""
    found: list[tuple[int, int, int, int, int]] = []
    for frame, box in enumerate(boxes):
        rough = Box(box.x0 // ROUGH * ROUGH, box.y0 // ROUGH * ROUGH, _up(box.x1), _up(box.y1)) & crop
        edges = (0, 0, 0, 0) if box.is_empty else (rough.x0, rough.y0, rough.x1, rough.y1)
        if not found or found[-1][1:] != edges:
            found.append((frame, *edges))
    return tuple(found)


def _up(edge: int) -> int:
    return -(-edge // ROUGH) * ROUGH
