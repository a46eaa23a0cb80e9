"""Read lattices at canvas points, bilinearly: OpenCV's `remap` on a CPU, `grid_sample` on CUDA, the same picture.

Places are summed from float64 row and column terms that depend on absolute positions alone, so any cut of the canvas
gives the same bits. On a CPU `remap` reads interleaved samples at float32 places as they are (OpenCV 5; older ones
round them to 1/32 px) in a half to a third of the time of `grid_sample`; docs/decisions.md has the figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..geometry import Box, FloatArray
from ..motion_field import Float32, Grid, cubic_basis
from .pyramid import Level

# Lattice samples between two nodes of a grid, from which it is read bilinearly.
_GRID_STEPS = 16
# On a CPU the canvas is read in pieces: temporaries stay small and what a turned layer leaves free is not read.
# Fewer rows cost more in calls than the cache gives back.
_STRIP_ROWS = 256
_STRIP_COLUMNS = 2048
# OpenCV counts samples in 16 bits; of larger lattices, it is given the part that a strip reads.
_MOST_SAMPLES = 32_000

Points = tuple[FloatArray, FloatArray]  # columns (w,) and rows (h,) on the canvas
Planes = tuple[Float32, Float32]  # x and y, each (h, w)


@dataclass(frozen=True, eq=False)
class Reading:
    """What is read: levels in their shares, at `pull` (2, 3) of a canvas point and the flow there.

    A pixel is the mean of `subsamples` across and down. `quad` (4, 2): corners on the canvas of all that can show.
    """

    levels: list[tuple[Level, float]]
    subsamples: tuple[int, int]
    pull: FloatArray
    flow: Grid | None
    quad: FloatArray

    def pixels(self, box: Box) -> Tensor:
        """(4, h, w) over a box of the canvas."""
        on_cpu = self.levels[0][0].rgba.device.type == "cpu"
        return pixels_on_cpu(self, box) if on_cpu else pixels_by_gather(self, box)

    def passes(self, box: Box) -> Iterator[Points]:
        """The places of each subsample in all pixels of a box."""
        nx, ny = self.subsamples
        for k in range(nx * ny):
            yield centres(box, (k % nx + 0.5) / nx, (k // nx + 0.5) / ny)


@contextmanager
def drawing_threads(count: int) -> Iterator[None]:
    """Let the renderer use so many threads meanwhile; a process-wide setting. The picture does not depend on it."""
    import cv2

    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(count)
    cv2.setNumThreads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])


def read_grid(grid: Grid, pull: FloatArray, box: Box, device: torch.device) -> Tensor:
    """(c, h, w): a grid's values where `pull` (2, 3) takes the pixel centres of a box; its edge repeats beyond it."""
    if device.type != "cpu":
        return _gathered_grid(_refined(grid), grid.box, pull, centres(box), device)
    return torch.from_numpy(np.stack(list(_grid_on_cpu(_refined(grid), grid.box, pull, centres(box)))))


def centres(box: Box, x: float = 0.5, y: float = 0.5) -> Points:
    """Columns (w,) and rows (h,): the places (x, y) inside each pixel of a box."""
    return np.arange(box.x0, box.x1, dtype=np.float64) + x, np.arange(box.y0, box.y1, dtype=np.float64) + y


def _refined(grid: Grid) -> Float32:
    """(c, rows, columns): the grid's own cubic interpolation, on a lattice over its box that is read bilinearly."""
    _, rows, columns, _ = grid.values.shape
    down, across = (_refinement(count) for count in (rows, columns))
    values = np.einsum("yr,xk,rkc->cyx", down, across, grid.values[0], optimize=True)
    return np.ascontiguousarray(values, np.float32)


def _refinement(nodes: int) -> FloatArray:
    """(lattice samples, nodes) weights."""
    count = (nodes - 1) * (_GRID_STEPS if nodes > 2 else 1) + 1
    return cubic_basis(nodes, np.linspace(0, 1, count))


def _terms(pull: FloatArray, points: Points, axis: int) -> Planes:
    """The terms across (w,) and down (h,) whose sum is one coordinate of `pull`; the offset goes with the rows."""
    columns, rows = points
    across, down = pull[axis, 0] * columns, pull[axis, 1] * rows + pull[axis, 2]
    return across.astype(np.float32), down.astype(np.float32)


def _indexed(pull: FloatArray, first: tuple[float, float], spacing: FloatArray) -> FloatArray:
    """(2, 3) to sample numbers of a lattice, from `pull` to its coordinates."""
    indexed: FloatArray = pull / spacing[:, None]
    indexed[:, 2] -= np.array(first) / spacing
    return indexed


# CPU


def pixels_on_cpu(reading: Reading, box: Box) -> Tensor:
    """(4, h, w) over a box, piece by piece."""
    import cv2

    lattice = None if reading.flow is None else _refined(reading.flow)
    out = torch.empty(4, box.height, box.width)
    planes = out.numpy()
    levels = [(level.interleaved(), share) for level, share in reading.levels]
    for strip in _strips(reading.quad, box):
        rows, columns = strip.slices(box)
        out[:, rows, : columns.start] = 0
        out[:, rows, columns.stop :] = 0
        for piece in _cut(strip):
            pixels = _strip_on_cpu(reading, levels, lattice, piece)
            cv2.split(pixels, [plane[piece.slices(box)] for plane in planes])
    return out


def _strip_on_cpu(reading: Reading, levels: list[tuple[Level, float]], lattice: Float32 | None, strip: Box) -> Float32:
    """(h, w, 4): the levels in their shares, each at the mean of the subsamples of a pixel."""
    total: Float32 | None = None
    for points in reading.passes(strip):
        moved: Planes | None = None
        if lattice is not None and reading.flow is not None:
            x, y = _grid_on_cpu(lattice, reading.flow.box, reading.pull, points)
            moved = x, y
        for level, share in levels:
            value = _bilinear(level, reading.pull, moved, points)
            weight = np.float32(share / math.prod(reading.subsamples))
            if weight != 1:
                value *= weight
            total = value if total is None else np.add(total, value, out=total)
    assert total is not None
    return total


def _bilinear(level: Level, pull: FloatArray, moved: Planes | None, points: Points) -> Float32:
    """(h, w, 4) of one level; `moved` is added to where `pull` points."""
    import cv2

    if max(level.rgba.shape) > _MOST_SAMPLES:
        level = level.crop(*_reached(pull, moved, points), margin=2)
    spacing = np.array([level.dx, level.dy])
    places = _places(_indexed(pull, (level.x, level.y), spacing), points)
    if moved is not None:
        for place, flow, step in zip(places, moved, spacing, strict=True):
            place += flow * np.float32(1 / step)
    samples = level.rgba.permute(1, 2, 0).numpy()
    if 0 in samples.shape:
        return np.zeros((*places[0].shape, 4), np.float32)
    read = cv2.remap(samples, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0))
    return np.asarray(read, np.float32)


def _reached(pull: FloatArray, moved: Planes | None, points: Points) -> tuple[FloatArray, FloatArray]:
    """The bounds of where `pull` and the flow take the points."""
    ends = np.array([[column, row, 1] for column in points[0][[0, -1]] for row in points[1][[0, -1]]])
    found = ends @ pull.T  # (4, 2)
    low, high = found.min(axis=0), found.max(axis=0)
    if moved is not None:
        low, high = low + [plane.min() for plane in moved], high + [plane.max() for plane in moved]
    return low, high


def _places(pull: FloatArray, points: Points) -> Planes:
    """`pull` (2, 3) of every canvas point."""
    (x, x_down), (y, y_down) = (_terms(pull, points, axis) for axis in (0, 1))
    return np.add(x, x_down[:, None]), np.add(y, y_down[:, None])


def _grid_on_cpu(lattice: Float32, box: Box, pull: FloatArray, points: Points) -> Iterator[Float32]:
    """Each channel (h, w) of a refined grid. One by one: OpenCV reads pairs with quantised places."""
    import cv2

    _, rows, columns = lattice.shape
    spacing = np.array([max(box.width, 1) / max(columns - 1, 1), max(box.height, 1) / max(rows - 1, 1)])
    places = _places(_indexed(pull, (box.x0, box.y0), spacing), points)
    for channel in lattice:
        read = cv2.remap(channel, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        yield np.asarray(read, np.float32)


def _strips(quad: FloatArray, box: Box) -> Iterator[Box]:
    """The rows of the box in strips that reach no further than what the quadrangle covers; may be without width."""
    corners: list[tuple[float, float]] = [(x, y) for x, y in quad.tolist()]
    for y0 in range(box.y0, box.y1, _STRIP_ROWS):
        y1 = min(y0 + _STRIP_ROWS, box.y1)
        x0, x1 = _extent(corners, y0, y1)
        left = min(max(math.floor(x0), box.x0), box.x1)
        yield Box(left, y0, max(left, min(math.ceil(x1), box.x1)), y1)


def _cut(strip: Box) -> Iterator[Box]:
    for left in range(strip.x0, strip.x1, _STRIP_COLUMNS):
        yield Box(left, strip.y0, min(left + _STRIP_COLUMNS, strip.x1), strip.y1)


def _extent(corners: list[tuple[float, float]], y0: float, y1: float) -> tuple[float, float]:
    """The least and the greatest x of a convex polygon between two heights."""
    found: list[float] = []
    for (ax, ay), (bx, by) in zip(corners, corners[1:] + corners[:1], strict=True):
        low, high = max(min(ay, by), y0), min(max(ay, by), y1)
        if low <= high:
            for y in (low, high):
                found.append(ax + (bx - ax) * ((y - ay) / (by - ay) if by != ay else 0.0))
            if ay == by:
                found.append(bx)
    return (min(found), max(found)) if found else (0.0, 0.0)


# CUDA; runs on any device


def pixels_by_gather(reading: Reading, box: Box) -> Tensor:
    """(4, h, w) over a box, all at once."""
    device = reading.levels[0][0].rgba.device
    lattice = None if reading.flow is None else _refined(reading.flow)
    total: Tensor | None = None
    for points in reading.passes(box):
        moved: Tensor | None = None
        if lattice is not None and reading.flow is not None:
            moved = _gathered_grid(lattice, reading.flow.box, reading.pull, points, device)
        for level, share in reading.levels:
            value = _gathered(level, reading.pull, moved, points)
            weight = share / math.prod(reading.subsamples)
            value = value if weight == 1 else value.mul_(weight)
            total = value if total is None else total.add_(value)
    assert total is not None
    return total


def _gathered(level: Level, pull: FloatArray, moved: Tensor | None, points: Points) -> Tensor:
    """(4, h, w) of one level; `moved` (2, h, w) is added to where `pull` points."""
    _, h, w = level.rgba.shape
    # grid_sample's unit square runs over whole samples: -1 is half a sample before the first
    scale = np.array([2 / (w * level.dx), 2 / (h * level.dy)])
    unit = pull * scale[:, None]
    unit[:, 2] += np.array([1 / w, 1 / h]) - 1 - np.array([level.x, level.y]) * scale
    places = _unit_places(unit, points, level.rgba.device)
    if moved is not None:
        for axis in (0, 1):
            places[0, :, :, axis].add_(moved[axis], alpha=float(scale[axis]))
    return F.grid_sample(level.rgba[None], places, "bilinear", "zeros", align_corners=False)[0]


def _gathered_grid(lattice: Float32, box: Box, pull: FloatArray, points: Points, device: torch.device) -> Tensor:
    """(c, h, w) of a refined grid."""
    to_unit = np.array([2 / max(box.width, 1), 2 / max(box.height, 1)])[:, None]
    unit = pull * to_unit
    unit[:, 2] -= np.array(box.center) * to_unit[:, 0]
    places = _unit_places(unit, points, device)
    values = torch.from_numpy(lattice)[None].to(device)
    return F.grid_sample(values, places, "bilinear", "border", align_corners=True)[0]


def _unit_places(pull: FloatArray, points: Points, device: torch.device) -> Tensor:
    """(1, h, w, 2): `pull` (2, 3) of every canvas point."""
    columns, rows = points
    places = torch.empty(1, len(rows), len(columns), 2, device=device)
    for axis in (0, 1):
        across, down = (torch.from_numpy(term).to(device) for term in _terms(pull, points, axis))
        torch.add(across, down[:, None], out=places[0, :, :, axis])
    return places
