"""How a part looks beside where it is: bent, lit, blurred or uncovered, told apart frame by frame; and as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray

from ..alpha import quantised, unpremultiply
from ..geometry import Box
from ..motion_field import AffineTrack, MotionField, Part, at
from ..render import draw, opaque_box, prepare
from ..render.plate import sources
from ..tile import Tile
from .film import BENT, BLURRED, LIT

AT_REST = b""
NOTHING = b"nothing"  # a look that shows nothing
_TINY, _LITTLE = 1e-9, 1e-4  # coverage that is none; a share that is none


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


def pictures_for_over(still: Tile, parts: tuple[Part, ...]) -> list[Tile]:
    """The pictures of parts, back to front, for players that lay one part over the other.

    A front part lies over what it uncovers. The others share soft edges and add up; laid over each other they would let
    through what lies below. So each gets its share of what those in front of it leave of a pixel. Where these move
    away, the soft edge below is full.
    """
    pictures = list(sources(still.rgba, parts))
    adding = [index for index, part in enumerate(parts) if not part.front]
    whole = torch.stack([pictures[index] for index in adding]).sum(0) if len(adding) > 1 else still.rgba
    left = torch.ones_like(whole[3])  # of a pixel, by the parts in front
    for index in reversed(adding) if len(adding) > 1 else ():
        matte = pictures[index][3] / whole[3].clamp(min=_TINY)
        pictures[index] = whole * (matte / left.clamp(min=_LITTLE)).clamp(0, 1)
        left = (left - matte).clamp(min=0)
    return [Tile(still.box, picture) for picture in pictures]


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
