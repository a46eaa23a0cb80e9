"""The one value between a backend and the renderer: how a still layer moves.

`layer(t) = patch(t) over [ part_K(t) over ... over part_1(t) ]`, where part k is the static layer times its matte,
pulled through its local flow, carried by its affine, and multiplied by opacity and gain. Parts are joined by "disjoint
over", so that mattes which share a pixel give the still back without a seam; a front part lies over the others, which
the renderer completes beneath it. Everything is numpy, in canvas pixels of the layer at rest, so fields are planned,
tested and handed off without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .geometry import MIN_SCALE, Box, FloatArray, decompose, trs_matrix

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class AffineTrack:
    """Forward affines, layer to canvas: `p' = anchor + shift + R H S (p - anchor)`, one a time step (t)."""

    anchor: FloatArray  # (2,) px
    shift: FloatArray  # (t, 2) px
    turn: FloatArray  # (t, 2) unit vector (cos, sin); y points down, so a positive angle turns clockwise on screen
    shear: FloatArray  # (t,)
    scale: FloatArray  # (t, 2), signed

    @classmethod
    def rest(cls, anchor: tuple[float, float], frames: int) -> AffineTrack:
        zeros = np.zeros(frames)
        return cls(
            np.array(anchor, float),
            np.zeros((frames, 2)),
            np.tile([1.0, 0.0], (frames, 1)),
            zeros,
            zeros[:, None] + [1.0, 1.0],
        )

    @classmethod
    def of(cls, matrices: FloatArray, anchor: FloatArray) -> AffineTrack:
        """The track whose matrices are (t, 2, 3)."""
        return cls(anchor, *decompose(matrices, anchor))

    def matrices(self) -> FloatArray:
        """(t, 2, 3) forward."""
        return trs_matrix(self.anchor, self.shift, self.turn, self.shear, self.scale)


@dataclass(frozen=True, eq=False)
class Grid:
    """Values on a coarse grid over `box`, nodes on its corners and edges included.

    Read by separable cubic interpolation that reproduces linear functions exactly (Catmull-Rom, borders extrapolated
    linearly); outside the box the nearest border value holds.
    """

    box: Box
    values: Float32  # (t, rows, columns, c)

    def nodes(self) -> FloatArray:
        """(rows, columns, 2) canvas positions of the nodes, at rest."""
        _, rows, columns, _ = self.values.shape
        x = np.linspace(self.box.x0, self.box.x1, columns)
        y = np.linspace(self.box.y0, self.box.y1, rows)
        return np.stack(np.meshgrid(x, y), axis=-1)

    def read(self, points: FloatArray) -> FloatArray:
        """Values (t, n, c) at points (t, n, 2)."""
        _, rows, columns, _ = self.values.shape
        across = cubic_basis(columns, (points[..., 0] - self.box.x0) / max(self.box.width, 1))  # (t, n, columns)
        down = cubic_basis(rows, (points[..., 1] - self.box.y0) / max(self.box.height, 1))  # (t, n, rows)
        values: FloatArray = np.einsum("tnr,tnk,trkc->tnc", down, across, self.values, optimize=True)
        return values


@dataclass(frozen=True, eq=False)
class Part:
    """One piece of a layer and all that happens to it. Fields left None are at rest."""

    affine: AffineTrack
    matte: Float32 | None = None  # (h, w) 0..1 over the layer's own box; None: the whole layer
    front: bool = (
        False  # lies over the parts before it, which are complete beneath it: it uncovers them where it leaves
    )
    # c = 2, px, pull: what is drawn at p (before the affine) comes from p + flow(p)
    flow: Grid | None = None
    opacity: FloatArray | None = None  # (t,) 0..1
    gain: FloatArray | None = None  # (t, 3) factor on RGB; the result is clipped to alpha
    opacity_grid: Grid | None = None  # c = 1, clamped to 0..1 after interpolation (a 2x2 ramp is an exact soft wipe)
    gain_grid: Grid | None = None  # c = 3, factor on RGB
    blur: FloatArray | None = None  # (t,) standard deviation of a Gaussian, px
    hue: FloatArray | None = None  # (t,) radians, rotation about the grey axis
    glow: FloatArray | None = None  # (t,) 0.., strength of a blurred copy added behind and around
    glow_radius: float = 0.0  # standard deviation of that copy, px


@dataclass(frozen=True, eq=False)
class Patch:
    """Pixels the static layer does not have, premultiplied, laid over the parts; resized smoothly to `box`."""

    box: Box  # layer at rest, px
    values: Float32  # (t, 4, h, w), rgb never above alpha
    affine: AffineTrack | None = None  # what composed motions do to it


@dataclass(frozen=True, eq=False)
class MotionField:
    """A layer's motion over `frames` steps at `rate` per second; step i is the moment i / rate.

    `loop`: step `frames` equals step 0. Between steps tracks are interpolated (angles unwrapped); outside them the
    first and the last step hold.
    """

    rate: Fraction
    frames: int
    parts: tuple[Part, ...]  # back to front, at least one
    patch: Patch | None = None
    loop: bool = False


@dataclass(frozen=True, eq=False)
class PartMoment:
    """A part at one time: what the renderer needs to draw it."""

    matrix: FloatArray  # (2, 3) forward, layer to canvas
    matte: Float32 | None
    front: bool
    flow: Grid | None  # t = 1, as all grids here
    opacity: float
    gain: tuple[float, float, float]
    opacity_grid: Grid | None
    gain_grid: Grid | None
    blur: float
    hue: float
    glow: float
    glow_radius: float

    @property
    def visible(self) -> bool:
        """Neither transparent nor collapsed below `geometry.MIN_SCALE`."""
        return self.opacity > 0 and bool(np.linalg.svd(self.matrix[:, :2], compute_uv=False)[-1] >= MIN_SCALE)


@dataclass(frozen=True, eq=False)
class PatchMoment:
    box: Box
    rgba: Float32  # (4, h, w)
    matrix: FloatArray | None  # (2, 3)


@dataclass(frozen=True, eq=False)
class Moment:
    parts: tuple[PartMoment, ...]
    patch: PatchMoment | None


def cubic_basis(nodes: int, position: FloatArray) -> FloatArray:
    """Weights (..., nodes) of Catmull-Rom interpolation at `position` (...) in 0..1; linear at and past the borders.

    Keys, "Cubic convolution interpolation for digital image processing" (1981), with a = -1/2. The missing node beyond
    each border is extrapolated linearly, so linear functions are reproduced exactly.
    """
    if nodes == 1:
        return np.ones((*np.shape(position), 1))
    place = np.clip(position, 0, 1) * (nodes - 1)
    first = np.clip(np.floor(place).astype(int), 0, nodes - 2)
    f = place - first
    taps = (
        -0.5 * f + f * f - 0.5 * f**3,
        1 - 2.5 * f * f + 1.5 * f**3,
        0.5 * f + 2 * f * f - 1.5 * f**3,
        -0.5 * f * f + 0.5 * f**3,
    )
    padded = np.zeros((*np.shape(position), nodes + 2))
    for offset, tap in enumerate(taps):
        np.put_along_axis(padded, (first + offset)[..., None], tap[..., None], axis=-1)
    weights = padded[..., 1:-1]
    weights[..., 0] += 2 * padded[..., 0]
    weights[..., 1] -= padded[..., 0]
    weights[..., -1] += 2 * padded[..., -1]
    weights[..., -2] -= padded[..., -1]
    return weights


def rest_field(anchor: tuple[float, float], rate: Fraction, frames: int, *, loop: bool = False) -> MotionField:
    """A layer that does not move."""
    return MotionField(rate, frames, (Part(AffineTrack.rest(anchor, frames)),), loop=loop)


def at(field: MotionField, time: float) -> Moment:
    """The field at `time` seconds: exact on its steps, interpolated between them."""
    place = float(time * field.rate)
    place = place % field.frames if field.loop else min(max(place, 0.0), field.frames - 1.0)
    i = int(place)
    j = (i + 1) % field.frames if field.loop else min(i + 1, field.frames - 1)
    f = place - i
    return Moment(tuple(_part_at(part, i, j, f) for part in field.parts), _patch_at(field.patch, i, j, f))


def _part_at(part: Part, i: int, j: int, f: float) -> PartMoment:
    gain = _mix(part.gain, i, j, f)
    return PartMoment(
        matrix=_matrix_at(part.affine, i, j, f),
        matte=part.matte,
        front=part.front,
        flow=_grid_at(part.flow, i, j, f),
        opacity=_scalar_at(part.opacity, i, j, f, 1.0),
        gain=(1.0, 1.0, 1.0) if gain is None else (float(gain[0]), float(gain[1]), float(gain[2])),
        opacity_grid=_grid_at(part.opacity_grid, i, j, f),
        gain_grid=_grid_at(part.gain_grid, i, j, f),
        blur=_scalar_at(part.blur, i, j, f, 0.0),
        hue=_scalar_at(part.hue, i, j, f, 0.0),
        glow=_scalar_at(part.glow, i, j, f, 0.0),
        glow_radius=part.glow_radius,
    )


def _mix(values: NDArray[np.floating] | None, i: int, j: int, f: float) -> NDArray[np.floating] | None:
    if values is None:
        return None
    mixed: NDArray[np.floating] = values[i] if f == 0 else values[i] * (1 - f) + values[j] * f
    return mixed


def _scalar_at(values: FloatArray | None, i: int, j: int, f: float, rest: float) -> float:
    mixed = _mix(values, i, j, f)
    return rest if mixed is None else float(mixed)


def _grid_at(grid: Grid | None, i: int, j: int, f: float) -> Grid | None:
    if grid is None:
        return None
    values = grid.values[i] if f == 0 else grid.values[i] * np.float32(1 - f) + grid.values[j] * np.float32(f)
    return Grid(grid.box, values[None])


def _matrix_at(track: AffineTrack, i: int, j: int, f: float) -> FloatArray:
    def mixed(values: FloatArray) -> FloatArray:
        between: FloatArray = values[i] if f == 0 else values[i] * (1 - f) + values[j] * f
        return between

    turn = track.turn[i]
    if f:  # the shorter way round, at constant speed
        cos, sin = turn @ track.turn[j], turn[0] * track.turn[j][1] - turn[1] * track.turn[j][0]
        angle = f * np.arctan2(sin, cos)
        turn = np.array(
            [turn[0] * np.cos(angle) - turn[1] * np.sin(angle), turn[0] * np.sin(angle) + turn[1] * np.cos(angle)]
        )
    return trs_matrix(track.anchor, mixed(track.shift), turn, mixed(track.shear), mixed(track.scale))


def _patch_at(patch: Patch | None, i: int, j: int, f: float) -> PatchMoment | None:
    if patch is None:
        return None
    rgba = patch.values[i] if f == 0 else patch.values[i] * np.float32(1 - f) + patch.values[j] * np.float32(f)
    return PatchMoment(patch.box, rgba, None if patch.affine is None else _matrix_at(patch.affine, i, j, f))
