"""Boxes and affine maps. Canvas pixels, x right, y down; pixel (0, 0) covers [0, 1) x [0, 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# A layer scaled below this draws nothing: its inverse would sample noise.
MIN_SCALE = 1 / 512


@dataclass(frozen=True, order=True)
class Box:
    """A half-open pixel box [x0, x1) x [y0, y1) on the canvas; may lie outside it and may be empty."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def from_xywh(cls, x: int, y: int, width: int, height: int) -> Box:
        return cls(x, y, x + width, y + height)

    @classmethod
    def around(cls, points: FloatArray) -> Box:
        """The smallest box that holds all points, an array (..., 2)."""
        flat = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        low, high = flat.min(axis=0), flat.max(axis=0)
        return cls(math.floor(low[0]), math.floor(low[1]), math.ceil(high[0]), math.ceil(high[1]))

    @classmethod
    def where(cls, shown: NDArray[np.bool_]) -> Box:
        """The smallest box around all that is true in (h, w); empty where nothing is."""
        rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        if not len(rows):
            return cls(0, 0, 0, 0)
        return cls(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)

    @property
    def width(self) -> int:
        return max(0, self.x1 - self.x0)

    @property
    def height(self) -> int:
        return max(0, self.y1 - self.y0)

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def is_empty(self) -> bool:
        return self.x1 <= self.x0 or self.y1 <= self.y0

    @property
    def corners(self) -> FloatArray:
        """(4, 2): top-left, top-right, bottom-right, bottom-left."""
        return np.array([(self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)], float)

    def __and__(self, other: Box) -> Box:
        """Intersection; an empty box at this box's corner when the two do not meet."""
        box = Box(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))
        return Box(self.x0, self.y0, self.x0, self.y0) if box.is_empty else box

    def __or__(self, other: Box) -> Box:
        """Union's bounding box; an empty side is ignored."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def contains(self, other: Box) -> bool:
        return other.is_empty or (self & other) == other

    def grow(self, pixels: int) -> Box:
        return Box(self.x0 - pixels, self.y0 - pixels, self.x1 + pixels, self.y1 + pixels)

    def shift(self, dx: int, dy: int) -> Box:
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)

    def slices(self, outer: Box) -> tuple[slice, slice]:
        """(rows, columns) of this box inside an array that covers `outer`; the box must lie within it."""
        return slice(self.y0 - outer.y0, self.y1 - outer.y0), slice(self.x0 - outer.x0, self.x1 - outer.x0)


def trs_matrix(
    anchor: FloatArray, shift: FloatArray, turn: FloatArray, shear: FloatArray, scale: FloatArray
) -> FloatArray:
    """Forward affine `p' = anchor + shift + R H S (p - anchor)` as (..., 2, 3).

    anchor, shift, turn (unit cos, sin) and scale are (..., 2); shear is (...). H = [[1, shear], [0, 1]],
    S = diag(scale), so the linear part is T R H S read right to left.
    """
    cos, sin = turn[..., 0], turn[..., 1]
    sx, sy = scale[..., 0], scale[..., 1]
    linear = np.stack(
        [
            np.stack([cos * sx, (cos * shear - sin) * sy], axis=-1),
            np.stack([sin * sx, (sin * shear + cos) * sy], axis=-1),
        ],
        axis=-2,
    )
    offset = anchor + shift - np.einsum("...ij,...j->...i", linear, np.broadcast_to(anchor, shift.shape))
    return np.concatenate([linear, offset[..., None]], axis=-1)


def decompose(matrix: FloatArray, anchor: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Inverse of `trs_matrix`: (shift, turn, shear, scale) of a (..., 2, 3) forward affine about `anchor` (2,).

    A mirror is put into the sign of the y scale. A collapsed x axis gets the angle of the y axis instead.
    """
    a, b = matrix[..., 0, 0], matrix[..., 0, 1]
    c, d = matrix[..., 1, 0], matrix[..., 1, 1]
    sx = np.hypot(a, c)
    flat = sx < 1e-9
    safe = np.where(flat, 1.0, sx)
    fallback = np.hypot(b, d)
    fall = np.where(fallback < 1e-9, 1.0, fallback)
    cos = np.where(flat, np.where(fallback < 1e-9, 1.0, d / fall), a / safe)
    sin = np.where(flat, np.where(fallback < 1e-9, 0.0, -b / fall), c / safe)
    sy = cos * d - sin * b
    sheared = cos * b + sin * d
    shear = np.where(np.abs(sy) < 1e-9, 0.0, sheared / np.where(np.abs(sy) < 1e-9, 1.0, sy))
    shift = np.einsum("...ij,j->...i", matrix[..., :2], anchor) + matrix[..., 2] - anchor
    return shift, np.stack([cos, sin], axis=-1), shear, np.stack([sx, sy], axis=-1)


def compose(outer: FloatArray, inner: FloatArray) -> FloatArray:
    """The affine `outer o inner` of two (..., 2, 3) arrays."""
    linear = outer[..., :2] @ inner[..., :2]
    offset = np.einsum("...ij,...j->...i", outer[..., :2], inner[..., 2]) + outer[..., 2]
    return np.concatenate([linear, offset[..., None]], axis=-1)


def apply(matrix: FloatArray, points: FloatArray) -> FloatArray:
    """Map points (..., n, 2) by affines (..., 2, 3)."""
    mapped: FloatArray = np.einsum("...ij,...nj->...ni", matrix[..., :2], points) + matrix[..., None, :, 2]
    return mapped


def invert(matrix: FloatArray) -> FloatArray:
    """Inverse of (..., 2, 3) affines. Raises numpy.linalg.LinAlgError when one is singular."""
    linear = np.linalg.inv(matrix[..., :2])
    offset = -np.einsum("...ij,...j->...i", linear, matrix[..., 2])
    return np.concatenate([linear, offset[..., None]], axis=-1)
