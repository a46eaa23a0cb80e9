"""Read a pyramid through a flow and an affine: the pixels that one moving part puts on the canvas."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .geometry import Box, FloatArray, apply, invert
from .motion_field import Grid, cubic_basis
from .render_pyramid import Level, Pyramid, double_x, double_y
from .tile import Tile

# A place or a size this close to whole pixels is whole: a shift of so little changes no 8-bit value by half a step.
WHOLE = 1 / 1024
# Canvas pixels between lattice samples beyond which bilinear reading would show its facets.
_FACET = 2.0
# Lattice samples between two nodes of a grid, from which it is read bilinearly.
_GRID_STEPS = 16
# Catmull-Rom may pass its nodes by this share of their range, in two dimensions.
_GRID_OVERSHOOT = 0.3
# On a CPU, memory pages limit sampling: where canvas rows run along the source's, strips of rows are fastest, elsewhere
# squares. Both are cut to what the layer covers. A GPU draws everything at once.
_STRIP_ROWS = 256
_SQUARE = 128
_LEVEL_TILT = 0.4  # source rows crossed for a source column, to which rows run along the source's
_MOST_SUBSAMPLES = 8
# Octaves by which thinning lags behind the scale: sharper, and layers that shrink by less than a fifth need one level.
_SHARPNESS = 0.3


@dataclass(frozen=True, eq=False)
class Lookup:
    """A `Grid` refined to a lattice (1, c, rows, columns) over its box, to be read bilinearly."""

    box: Box
    lattice: Tensor

    @classmethod
    def of(cls, grid: Grid, device: torch.device) -> Lookup:
        _, rows, columns, _ = grid.values.shape
        values = np.einsum("yr,xk,rkc->cyx", _refine(rows), _refine(columns), grid.values[0], optimize=True)
        return cls(grid.box, torch.from_numpy(values.astype(np.float32))[None].to(device))

    def read(self, pull: FloatArray, columns: FloatArray, rows: FloatArray) -> Tensor:
        """Values (c, h, w) where `pull` (2, 3) takes the canvas points `columns` x `rows`."""
        to_unit = np.array([2 / max(self.box.width, 1), 2 / max(self.box.height, 1)])[:, None]
        unit = pull * to_unit
        unit[:, 2] -= np.array(self.box.center) * to_unit[:, 0]
        places = _places(unit, columns, rows, self.lattice.device)
        return F.grid_sample(self.lattice, places, "bilinear", "border", align_corners=True)[0]


def centres(box: Box, x: float = 0.5, y: float = 0.5) -> tuple[FloatArray, FloatArray]:
    """Columns (w,) and rows (h,): the places (x, y) inside each pixel of a box."""
    return np.arange(box.x0, box.x1, dtype=np.float64) + x, np.arange(box.y0, box.y1, dtype=np.float64) + y


def _refine(nodes: int) -> FloatArray:
    """(lattice samples, nodes) weights of a grid's own cubic interpolation."""
    count = (nodes - 1) * (_GRID_STEPS if nodes > 2 else 1) + 1
    return cubic_basis(nodes, np.linspace(0, 1, count))


def _places(pull: FloatArray, columns: FloatArray, rows: FloatArray, device: torch.device) -> Tensor:
    """(1, h, w, 2): `pull` (2, 3) of every canvas point, summed from float64 row and column terms.

    The terms depend on absolute positions alone, so any cut of the canvas gives the same bits. The two are added
    in no order that matters; the offset goes with the rows.
    """
    places = torch.empty(1, len(rows), len(columns), 2, device=device)
    for axis in (0, 1):
        across = torch.from_numpy((pull[axis, 0] * columns).astype(np.float32)).to(device)
        down = torch.from_numpy((pull[axis, 1] * rows + pull[axis, 2]).astype(np.float32)).to(device)
        torch.add(across, down[:, None], out=places[0, :, :, axis])
    return places


def warp(source: Pyramid, matrix: FloatArray, flow: Grid | None, canvas: Box, band: Box) -> Tile:
    """What `source` shows in `band` of the canvas when pulled through `flow` and carried by `matrix` (2, 3), forward.

    A whole-pixel shift returns the samples themselves, bit for bit and without a copy: do not write into the result.
    """
    if source.root.is_empty or band.is_empty:
        return Tile.empty(source.root.rgba.device)
    shift = None if flow is not None else _pure_shift(source.root, matrix)
    if shift is not None:
        return _moved(source, shift, band)
    pull = invert(matrix)
    view = _View.of(pull, flow)
    quad = _covered(source, view, matrix, flow)
    box = _pixels(quad) & canvas
    if (box & band).is_empty:
        return Tile.empty(source.root.rgba.device)
    # one lattice for all bands, so that all compute with the same numbers
    levels = [(_fine_enough(source, i, j, view, pull, box, flow), share) for i, j, share in view.levels]
    return _sampled(levels, view.subsamples, pull, flow, quad, box & band)


def _pure_shift(root: Level, matrix: FloatArray) -> tuple[float, float] | None:
    """The shift of a matrix that does nothing else, for samples that are pixels."""
    _, h, w = root.rgba.shape
    bent = np.abs(matrix[:, :2] - np.eye(2)) @ [w, h]
    if root.dx != 1 or root.dy != 1 or bent.max() > WHOLE:
        return None
    # exact at the middle of the samples, so that what is neglected shows least
    middle = np.array([root.x + (w - 1) / 2, root.y + (h - 1) / 2])
    x, y = matrix[:, :2] @ middle + matrix[:, 2] - middle
    return x, y


def _moved(source: Pyramid, shift: tuple[float, float], canvas: Box) -> Tile:
    """A pure translation: the samples themselves, or slices of the dense lattice mixed."""
    root = source.root
    _, h, w = root.rgba.shape
    whole = [round(s) if abs(s - round(s)) < WHOLE else None for s in shift]
    if whole[0] is not None and whole[1] is not None:
        # samples that are pixels have their centres at .5
        box = Box.from_xywh(round(root.x - 0.5) + whole[0], round(root.y - 0.5) + whole[1], w, h)
        return Tile(box, root.rgba).cropped(canvas)
    phases = source.phases()
    taps_x, x0, x1 = _taps(root.x, w, shift[0] if whole[0] is None else whole[0])
    taps_y, y0, y1 = _taps(root.y, h, shift[1] if whole[1] is None else whole[1])
    box = Box(x0, y0, x1, y1) & canvas
    out = root.rgba.new_zeros(4, box.height, box.width)
    for j, down in taps_y:
        rows, from_y = _overlap(j, box.y0, box.height, h + 1)
        for i, across in taps_x:
            columns, from_x = _overlap(i, box.x0, box.width, w + 1)
            out[:, rows, columns].add_(phases[j % 2, i % 2, :, from_y, from_x], alpha=down * across)
    return Tile(box, out)


def _taps(start: float, count: int, shift: float) -> tuple[list[tuple[int, float]], int, int]:
    """Taps (offset, weight), and the pixels [x0, x1) they reach: pixel q reads dense samples 2 q + offset."""
    place = 2 * (0.5 - shift - start) + 1  # of pixel 0, in dense samples; the first stands half a pixel before `start`
    first = math.floor(place)
    f = place - first
    taps = [(first, 1 - f), (first + 1, f)] if f else [(first, 1.0)]
    return taps, math.ceil((-1 - place) / 2 + 1e-9), math.floor((2 * count + 1 - place) / 2 - 1e-9) + 1


def _overlap(offset: int, q0: int, count: int, samples: int) -> tuple[slice, slice]:
    """Slices of the output and of a phase where q + offset // 2 is inside the phase, q from q0."""
    first = q0 + offset // 2
    low = min(max(0, -first), count)
    high = max(low, min(count, samples - first))
    return slice(low, high), slice(first + low, first + high)


@dataclass(frozen=True)
class _View:
    """How finely the canvas reads the source: which levels in which shares, and how many subsamples a pixel."""

    levels: tuple[tuple[int, int, float], ...]  # (i, j, share)
    subsamples: tuple[int, int]
    scale: tuple[float, float]  # canvas px a source px, along the source's axes

    @classmethod
    def of(cls, pull: FloatArray, flow: Grid | None) -> _View:
        linear = (np.eye(2) + _mean_gradient(flow)) @ pull[:, :2]
        if abs(np.linalg.det(linear)) < 1e-9:
            linear = pull[:, :2]
        scale = np.hypot(*np.linalg.inv(linear))  # lengths of the source's axes on the canvas
        # steps over thinned samples for one canvas px along x and y: over one, where what is squeezed lies askew
        steps = np.hypot(*(linear * np.minimum(scale, 1)[:, None]))
        nx, ny = (int(min(max(math.ceil(step - 0.5), 1), _MOST_SUBSAMPLES)) for step in steps)
        return cls(
            _levels(*(max(0.0, -math.log2(s) - _SHARPNESS) for s in scale)),
            (nx, ny),
            (float(scale[0]), float(scale[1])),
        )


def _levels(x: float, y: float) -> tuple[tuple[int, int, float], ...]:
    """Shares of the levels around depth (x, y): linear on triangles, so three at most and no jumps."""
    i, j = math.floor(x), math.floor(y)
    fx, fy = x - i, y - j
    between = (i + 1, j) if fx > fy else (i, j + 1)
    shares = (i, j, 1 - max(fx, fy)), (*between, abs(fx - fy)), (i + 1, j + 1, min(fx, fy))
    return tuple(level for level in shares if level[2] > 0)


def _mean_gradient(flow: Grid | None) -> FloatArray:
    """(2, 2) mean of d flow / d p over the grid's box."""
    gradient = np.zeros((2, 2))
    if flow is not None:
        values = flow.values[0].astype(np.float64)  # (rows, columns, 2)
        gradient[:, 0] = (values[:, -1] - values[:, 0]).mean(axis=0) / max(flow.box.width, 1)
        gradient[:, 1] = (values[-1] - values[0]).mean(axis=0) / max(flow.box.height, 1)
    return gradient


def _covered(source: Pyramid, view: _View, matrix: FloatArray, flow: Grid | None) -> FloatArray:
    """(4, 2) corners on the canvas of all that can be other than transparent."""
    x0, y0, x1, y1 = source.root.span
    # the span of the coarsest dense level: a half of its base spacing beyond the outer samples
    more_x = source.root.dx * (2 ** max(i for i, _, _ in view.levels) - 1)
    more_y = source.root.dy * (2 ** max(j for _, j, _ in view.levels) - 1)
    low, high = np.array([x0 - more_x, y0 - more_y]), np.array([x1 + more_x, y1 + more_y])
    if flow is not None:
        values = flow.values.reshape(-1, 2).astype(np.float64)
        least, most = values.min(axis=0), values.max(axis=0)
        beyond = (most - least) * _GRID_OVERSHOOT
        low, high = low - most - beyond, high - least + beyond
    return apply(matrix, np.array([low, (high[0], low[1]), high, (low[0], high[1])]))


def _pixels(points: FloatArray) -> Box:
    """The pixels whose centres lie inside the points' bounds."""
    low, high = points.min(axis=0), points.max(axis=0)
    x0, y0 = (math.ceil(v - 0.5) for v in low)
    x1, y1 = (math.floor(v - 0.5) + 1 for v in high)
    return Box(x0, y0, max(x0, x1), max(y0, y1))


def _sampled(
    levels: list[tuple[Level, float]],
    subsamples: tuple[int, int],
    pull: FloatArray,
    flow: Grid | None,
    quad: FloatArray,
    box: Box,
) -> Tile:
    device = levels[0][0].rgba.device
    lookup = None if flow is None else Lookup.of(flow, device)
    out = torch.zeros(4, box.height, box.width, device=device)
    tilt = np.abs(pull[1, :2]) / np.maximum(np.abs(pull[0, :2]), 1e-9)  # along canvas rows, along canvas columns
    turned = bool(tilt[0] > tilt[1])  # then walk the canvas by columns
    for piece in _pieces(quad, box, float(tilt.min()), turned, device):
        rows, columns = piece.slices(box)
        out[:, rows, columns] = _read(levels, subsamples, pull, lookup, piece, turned)
    return Tile(box, out)


def _read(
    levels: list[tuple[Level, float]],
    subsamples: tuple[int, int],
    pull: FloatArray,
    lookup: Lookup | None,
    box: Box,
    turned: bool,
) -> Tensor:
    """(4, h, w): the levels in their shares, each at the mean of the subsamples of a pixel.

    `turned` computes the transposed picture, the same numbers in another order.
    """
    nx, ny = subsamples
    if turned:
        pull = pull[:, [1, 0, 2]]
    total: Tensor | None = None
    for k in range(nx * ny):
        columns, rows = centres(box, (k % nx + 0.5) / nx, (k // nx + 0.5) / ny)
        if turned:
            columns, rows = rows, columns
        moved = None if lookup is None else lookup.read(pull, columns, rows)
        for level, share in levels:
            value = _bilinear(level, pull, moved, columns, rows)
            weight = share / (nx * ny)
            value = value if weight == 1 else value.mul_(weight)
            total = value if total is None else total.add_(value)
    assert total is not None
    return total.transpose(1, 2) if turned else total


def _bilinear(level: Level, pull: FloatArray, moved: Tensor | None, columns: FloatArray, rows: FloatArray) -> Tensor:
    """(4, h, w) of one level; `moved` (2, h, w) is added to where `pull` points."""
    _, h, w = level.rgba.shape
    # grid_sample's unit square runs over whole samples: -1 is half a sample before the first
    scale = np.array([2 / (w * level.dx), 2 / (h * level.dy)])
    unit = pull * scale[:, None]
    unit[:, 2] += np.array([1 / w, 1 / h]) - 1 - np.array([level.x, level.y]) * scale
    places = _places(unit, columns, rows, level.rgba.device)
    if moved is not None:
        for axis in (0, 1):
            places[0, :, :, axis].add_(moved[axis], alpha=float(scale[axis]))
    return F.grid_sample(level.rgba[None], places, "bilinear", "zeros", align_corners=False)[0]


def _fine_enough(source: Pyramid, i: int, j: int, view: _View, pull: FloatArray, box: Box, flow: Grid | None) -> Level:
    """The dense level; where it is magnified beyond facets, what is visible of it, doubled until it is not."""
    level = source.dense(i, j)
    needed = _FACET * (8 if source.soft else 1)
    if level.dx * view.scale[0] <= needed and level.dy * view.scale[1] <= needed:
        return level
    seen = apply(pull, box.corners)
    low, high = seen.min(axis=0), seen.max(axis=0)
    if flow is not None:
        reach = np.abs(flow.values).max() * (1 + 2 * _GRID_OVERSHOOT)
        low, high = low - reach, high + reach
    while level.dx * view.scale[0] > needed:
        level = double_x(level.crop(low, high, margin=6))
    while level.dy * view.scale[1] > needed:
        level = double_y(level.crop(low, high, margin=6))
    return level


def _pieces(quad: FloatArray, box: Box, tilt: float, turned: bool, device: torch.device) -> Iterator[Box]:
    """The box cut into what is drawn together, without what the quadrangle does not cover."""
    if device.type != "cpu":
        yield box
        return
    strip_rows = box.height if turned else _STRIP_ROWS
    height, width = (strip_rows, box.width) if tilt <= _LEVEL_TILT else (_SQUARE, _SQUARE)
    for y0 in range(box.y0, box.y1, height):
        y1 = min(y0 + height, box.y1)
        x0, x1 = _extent(quad, y0, y1)
        strip = Box(math.floor(x0), y0, math.ceil(x1), y1) & box
        for left in range(strip.x0, strip.x1, width):
            yield Box(left, y0, min(left + width, strip.x1), y1)


def _extent(quad: FloatArray, y0: float, y1: float) -> tuple[float, float]:
    """The least and the greatest x of a convex quadrangle between two heights."""
    found: list[float] = []
    for (ax, ay), (bx, by) in zip(quad, np.roll(quad, -1, axis=0), strict=True):
        low, high = max(min(ay, by), y0), min(max(ay, by), y1)
        if low <= high:
            for y in (low, high):
                found.append(ax + (bx - ax) * ((y - ay) / (by - ay) if by != ay else 0.0))
            if ay == by:
                found.append(bx)
    return (min(found), max(found)) if found else (0.0, 0.0)
