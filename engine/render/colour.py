"""What light does to a drawn part: hue, gain, opacity, their grids, and glow. All on premultiplied pixels."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ..geometry import Box, FloatArray, invert
from ..motion_field import Grid, PartMoment
from ..tile import Tile
from .read import read_grid

# Luma of Rec. ITU-R BT.709.
_LUMA = np.array([0.2126, 0.7152, 0.0722])


def hue_matrix(angle: float) -> FloatArray:
    """(3, 3) rotation by `angle` (radians) about the grey axis that changes no luma and no grey.

    The chroma is turned in the plane across the grey axis (Rodrigues), then grey is added until the luma is as before.
    """
    across = np.eye(3) - 1 / 3
    turn = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    chroma = math.cos(angle) * across + math.sin(angle) * turn
    matrix: FloatArray = chroma + (_LUMA - _LUMA @ chroma)
    return matrix


def lit(tile: Tile, moment: PartMoment) -> Tile:
    """The tile in the moment's hue, gain and opacity; the given tile is not written into."""
    rgba = tile.rgba
    if tile.box.is_empty:
        return tile
    if moment.hue % math.tau:
        rgba = _clipped_(_mixed(rgba, hue_matrix(moment.hue)))
    if moment.gain != (1.0, 1.0, 1.0):
        rgba = _clipped_(rgba * rgba.new_tensor((*moment.gain, 1.0))[:, None, None])
    if moment.gain_grid is not None:
        rgba = rgba.clone()
        rgba[:3] *= _read(moment.gain_grid, moment, tile.box, rgba.device)
        _clipped_(rgba)
    if moment.opacity_grid is not None:
        rgba = rgba * _read(moment.opacity_grid, moment, tile.box, rgba.device).clamp_(0, 1)
    if moment.opacity < 1:
        rgba = rgba * moment.opacity
    return Tile(tile.box, rgba)


def with_halo(tile: Tile, halo: Tile, strength: float) -> Tile:
    """The tile over `strength` times `halo`, a blurred copy of it; light beyond full coverage is lost."""
    glow = halo.rgba * strength
    if strength > 1:
        glow /= glow[3:].clamp(min=1)
    if tile.box.is_empty:
        return Tile(halo.box, glow)
    box = halo.box | tile.box
    out = Tile(halo.box, glow).placed(box)
    under = out[(slice(None), *tile.box.slices(box))]
    under.mul_(1 - tile.rgba[3:]).add_(tile.rgba)
    return Tile(box, out)


def _clipped_(rgba: Tensor) -> Tensor:
    """Clip colours in place to the alpha that stays."""
    torch.minimum(rgba[:3].clamp_(min=0), rgba[3], out=rgba[:3])
    return rgba


def _mixed(rgba: Tensor, matrix: FloatArray) -> Tensor:
    """A 3x3 matrix on the colours of (4, h, w), written out so that no reduced-precision matrix unit is asked."""
    out = rgba.clone()
    for channel, row in zip(out[:3], matrix.tolist(), strict=True):
        channel.mul_(0).add_(rgba[0], alpha=row[0]).add_(rgba[1], alpha=row[1]).add_(rgba[2], alpha=row[2])
    return out


def _read(grid: Grid, moment: PartMoment, box: Box, device: torch.device) -> Tensor:
    return read_grid(grid, invert(moment.matrix), box, device)
