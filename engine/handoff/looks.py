"""How a part looks beside where it is: bent, lit, blurred or uncovered, told apart frame by frame; and as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from ..alpha import quantised, unpremultiply
from ..geometry import Box
from ..motion_field import AffineTrack, Float32, MotionField, Part, at
from ..render import draw, opaque_box, prepare
from ..tile import Tile
from .film import BENT, BLURRED, LIT

AT_REST = b""
NOTHING = b"nothing"  # a look that shows nothing


@dataclass(frozen=True, eq=False)
class Picture:
    """(h, w, 4) straight sRGB bytes over a box of the canvas; drawn frame by frame, they may be coarser than it."""

    box: Box
    pixels: NDArray[np.uint8]


def looks_of(part: Part) -> list[bytes]:
    """One look a frame; frames of equal looks show the same picture before they are placed and faded."""
    cover = None if part.opacity_grid is None else part.opacity_grid.values.copy()  # (t, r, c, 1)
    gone = np.zeros(len(part.affine.shear), bool)
    if cover is not None:
        cover[cover.min(axis=(1, 2, 3)) > 1 - LIT] = 1  # beyond 1 is no more than 1
        gone = cover.max(axis=(1, 2, 3)) < LIT
    tracks = (
        _steps(None if part.flow is None else part.flow.values, 0, BENT),
        _steps(part.gain, 1, LIT),
        _steps(cover, 1, LIT),
        _steps(None if part.gain_grid is None else part.gain_grid.values, 1, LIT),
        _steps(part.blur, 0, BLURRED),
        _steps(part.hue, 0, LIT),
        _steps(part.glow, 0, LIT),
    )
    looks = [_look([None if steps is None else steps[i] for steps in tracks]) for i in range(len(gone))]
    return [NOTHING if gone[i] else look for i, look in enumerate(looks)]


def _steps(values: NDArray[np.floating] | None, rest: float, step: float) -> NDArray[np.int32] | None:
    """(t, n) whole steps away from rest."""
    if values is None:
        return None
    steps: NDArray[np.int32] = np.rint((values.reshape(len(values), -1) - rest) / step).astype(np.int32)
    return steps


def _look(tracks: list[NDArray[np.int32] | None]) -> bytes:
    changed = [(i, steps) for i, steps in enumerate(tracks) if steps is not None and steps.any()]
    return b"".join(bytes([i]) + steps.tobytes() for i, steps in changed)


def mattes_for_over(parts: tuple[Part, ...]) -> list[Float32 | None]:
    """The mattes (h, w) of parts, back to front, for players that lay one part over the other.

    Parts share soft edges and add up to the still; laid over each other they would let through what lies below. So a
    part gets its share of what those in front leave of a pixel. Where these move away, the soft edge below is full.
    """
    mattes: list[Float32 | None] = []
    left: Float32 | np.float32 = np.float32(1)  # of a pixel, by the parts in front
    for part in reversed(parts):
        matte = np.float32(1) if part.matte is None else part.matte
        share = np.clip(matte / np.maximum(left, 1e-4), 0, 1).astype(np.float32)
        mattes.append(share if share.ndim else None)
        left = np.maximum(left - matte, 0)
    return mattes[::-1]


def picture_of(tile: Tile) -> Picture | None:
    """What a tile shows, cut to that; None where it is nothing."""
    tile = tile.cropped(opaque_box(tile))
    return None if tile.box.is_empty else Picture(tile.box, _bytes(tile.rgba))


def picture_over(tile: Tile, box: Box, most: int) -> Picture | None:
    """What a tile shows in a box, in at most so many pixels: equal boxes give pictures of equal size."""
    tile = Tile(box, tile.cropped(box).placed(box))
    if opaque_box(tile).is_empty:
        return None
    return Picture(box, _bytes(tile.rgba if box.area <= most else _reduced(tile, (most / box.area) ** 0.5)))


def _bytes(rgba: torch.Tensor) -> NDArray[np.uint8]:
    """(h, w, 4) straight of premultiplied (4, h, w)."""
    codes = quantised(unpremultiply(rgba.cpu().numpy()), 255).astype(np.uint8)
    return np.ascontiguousarray(codes.transpose(1, 2, 0))


def _reduced(tile: Tile, factor: float) -> torch.Tensor:
    """The tile at about `factor` of its size, drawn as the renderer draws what is scaled."""
    width, height = (max(1, round(side * factor)) for side in tile.box.size)
    corner = np.array([tile.box.x0, tile.box.y0], float)
    scale = np.array([[width / tile.box.width, height / tile.box.height]])
    track = AffineTrack(corner, -corner[None], np.array([[1.0, 0.0]]), np.zeros(1), scale)
    smaller = MotionField(Fraction(1), 1, (Part(track),))
    whole = Box(0, 0, width, height)
    return draw(prepare(tile, smaller), at(smaller, 0.0), whole).placed(whole)
