"""Read a pyramid through a flow and an affine: the pixels that one moving part puts on the canvas."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..geometry import Box, FloatArray, apply, invert
from ..motion_field import Grid
from ..tile import Tile
from .pyramid import Level, Pyramid, double_x, double_y
from .read import Reading

# A place or a size this close to whole pixels is whole: a shift of so little changes no 8-bit value by half a step.
WHOLE = 1 / 1024
# Canvas pixels between lattice samples beyond which bilinear reading would show its facets.
_FACET = 2.0
# Catmull-Rom may pass its nodes by this share of their range, in two dimensions.
_GRID_OVERSHOOT = 0.3
_MOST_SUBSAMPLES = 8
# Octaves by which thinning lags behind the scale: sharper, and layers that shrink by less than a fifth need one level.
_SHARPNESS = 0.3


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
    return Tile(box & band, Reading(levels, view.subsamples, pull, flow, quad).pixels(box & band))


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
