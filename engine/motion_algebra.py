"""Motion fields combined and measured: slots over generated motion, and what a moving layer may cover."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .geometry import Box, FloatArray, apply, compose
from .motion_field import AffineTrack, Grid, MotionField, Part, Patch


def reach(field: MotionField, box: Box) -> Box:
    """Everything a layer whose pixels lie in `box` may cover while it moves, transparent steps left out."""
    total = Box(0, 0, 0, 0)
    for part in field.parts:
        total |= _part_reach(part, box, field.frames)
    if field.patch is not None:
        corners = field.patch.box.corners
        affine = field.patch.affine
        total |= field.patch.box if affine is None else Box.around(apply(affine.matrices(), corners[None]))
    return total


def _part_reach(part: Part, box: Box, frames: int) -> Box:
    shown = np.ones(frames, bool) if part.opacity is None else part.opacity > 0
    if box.is_empty or not shown.any():
        return Box(0, 0, 0, 0)
    margin = np.zeros((frames, 2))
    if part.flow is not None:
        margin += np.abs(part.flow.values).max(axis=(1, 2))
    halo = np.zeros(frames) if part.blur is None else 3 * part.blur
    if part.glow is not None:
        halo = np.maximum(halo, np.where(part.glow > 0, 3 * part.glow_radius, 0))
    margin += halo[:, None]
    outward = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
    corners = box.corners + outward * margin[:, None, :]  # (t, 4, 2)
    # one pixel for antialiased edges
    return Box.around(apply(part.affine.matrices(), corners)[shown]).grow(1)


def over_motion(outer: MotionField, inner: MotionField, box: Box) -> MotionField:
    """`outer` applied on top of `inner`: the inner motion happens inside the layer that the outer one carries.

    Both have the same rate and length; `outer` has one part without matte and no patch. `box` is the layer's own box,
    over which grids that one of the two lacks are rebuilt. Raises ValueError when the two do not fit together.
    """
    if (outer.rate, outer.frames) != (inner.rate, inner.frames):
        raise ValueError("fields compose only at the same rate and length; use resampled() first")
    if len(outer.parts) != 1 or outer.patch is not None:
        raise ValueError("the outer field of a composition has one part and no patch")
    top = outer.parts[0]
    parts = tuple(_over_part(top, part, box) for part in inner.parts)
    patch = inner.patch and _over_patch(top, inner.patch)
    return MotionField(inner.rate, inner.frames, parts, patch, outer.loop and inner.loop)


def _over_part(top: Part, part: Part, box: Box) -> Part:
    inner = part.affine.matrices()
    return Part(
        affine=AffineTrack.of(compose(top.affine.matrices(), inner), part.affine.anchor),
        matte=part.matte,
        front=part.front,
        flow=_over_flow(top.flow, part.flow, inner, box),
        opacity=_times(top.opacity, part.opacity),
        gain=_times(top.gain, part.gain),
        opacity_grid=_over_grid(top.opacity_grid, part.opacity_grid, inner, box, clamp=True),
        gain_grid=_over_grid(top.gain_grid, part.gain_grid, inner, box, clamp=False),
        blur=_both(top.blur, part.blur, lambda a, b: np.hypot(a, b)),
        hue=_both(top.hue, part.hue, lambda a, b: a + b),
        glow=_both(top.glow, part.glow, lambda a, b: np.maximum(a, b)),
        glow_radius=max(top.glow_radius, part.glow_radius),
    )


def _over_patch(top: Part, patch: Patch) -> Patch:
    outer = top.affine.matrices()
    matrices = outer if patch.affine is None else compose(outer, patch.affine.matrices())
    values = patch.values
    if top.opacity is not None:
        values = values * top.opacity[:, None, None, None].astype(np.float32)
    return Patch(patch.box, values, AffineTrack.of(matrices, top.affine.anchor))


def _both(
    a: FloatArray | None, b: FloatArray | None, join: Callable[[FloatArray, FloatArray], FloatArray]
) -> FloatArray | None:
    if a is None or b is None:
        return b if a is None else a
    return join(a, b)


def _times(a: FloatArray | None, b: FloatArray | None) -> FloatArray | None:
    return _both(a, b, lambda first, second: first * second)


def _is_rest(matrices: FloatArray) -> bool:
    return bool(np.allclose(matrices, [[1, 0, 0], [0, 1, 0]], atol=1e-9))


def _lattice(box: Box, *grids: Grid | None) -> Grid:
    """An empty grid over the grids' boxes and `box`, as fine as the finest of them."""
    shapes = [grid.values.shape[1:3] for grid in grids if grid is not None]
    whole = box
    for grid in grids:
        whole |= grid.box if grid is not None else box
    rows, columns = (max(shape[axis] for shape in shapes) for axis in (0, 1))
    return Grid(whole, np.zeros((1, rows, columns, 1), np.float32))


def _over_flow(top: Grid | None, flow: Grid | None, inner: FloatArray, box: Box) -> Grid | None:
    """Pulled through both: p -> p + g(p), g = L^-1 F(B p), then + f there (B: inner affine, L: its linear part)."""
    if top is None or (flow is None and _is_rest(inner)):
        return flow if top is None else top
    lattice = _lattice(box, top, flow)
    _, rows, columns, _ = lattice.values.shape
    points = np.repeat(lattice.nodes().reshape(1, -1, 2), len(inner), axis=0)  # (t, n, 2)
    carried = top.read(apply(inner, points))
    pulled = np.einsum("tij,tnj->tni", np.linalg.pinv(inner[..., :2]), carried)
    if flow is not None:
        pulled = pulled + flow.read(points + pulled)
    return Grid(lattice.box, pulled.reshape(len(inner), rows, columns, 2).astype(np.float32))


# Products of two grids are not linear, so they get at least this many nodes a side.
_PRODUCT_NODES = 33


def _over_grid(top: Grid | None, grid: Grid | None, inner: FloatArray, box: Box, *, clamp: bool) -> Grid | None:
    if top is None or (grid is None and _is_rest(inner)):
        return grid if top is None else top
    lattice = _lattice(box, top, grid)
    if grid is not None:
        lattice = Grid(lattice.box, np.zeros((1, _PRODUCT_NODES, _PRODUCT_NODES, 1), np.float32))
    _, rows, columns, _ = lattice.values.shape
    points = np.repeat(lattice.nodes().reshape(1, -1, 2), len(inner), axis=0)
    values = top.read(apply(inner, points))
    if grid is not None:
        below = grid.read(points)
        values = np.clip(values, 0, 1) * np.clip(below, 0, 1) if clamp else values * below
    return Grid(lattice.box, values.reshape(len(inner), rows, columns, -1).astype(np.float32))
