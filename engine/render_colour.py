"""What light does to a drawn part: hue, gain, opacity, their grids, and glow. All on premultiplied pixels."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from .geometry import Box, FloatArray, invert
from .motion_field import Grid, PartMoment
from .render_warp import Lookup, centres
from .tile import Tile

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
        rgba = _with_rgb(rgba, _mixed(rgba[:3], hue_matrix(moment.hue)))
    if moment.gain != (1.0, 1.0, 1.0):
        rgba = _with_rgb(rgba, rgba[:3] * rgba.new_tensor(moment.gain)[:, None, None])
    if moment.gain_grid is not None:
        rgba = _with_rgb(rgba, rgba[:3] * _read(moment.gain_grid, moment, tile.box, rgba.device))
    if moment.opacity_grid is not None:
        rgba = rgba * _read(moment.opacity_grid, moment, tile.box, rgba.device).clamp_(0, 1)
    if moment.opacity < 1:
        rgba = rgba * moment.opacity
    return Tile(tile.box, rgba)


def with_halo(tile: Tile, halo: Tile, strength: float) -> Tile:
    """The tile over `strength` times `halo`, a blurred copy of it; light beyond full coverage is lost."""
    glow = halo.rgba * strength
    glow = glow / glow[3:].clamp(min=1)
    box = halo.box | tile.box
    front = tile.placed(box)
    return Tile(box, front + Tile(halo.box, glow).placed(box) * (1 - front[3:]))


def _with_rgb(rgba: Tensor, rgb: Tensor) -> Tensor:
    """New colours, clipped to the alpha that stays."""
    alpha = rgba[3:]
    return torch.cat([torch.minimum(rgb.clamp(min=0), alpha), alpha])


def _mixed(rgb: Tensor, matrix: FloatArray) -> Tensor:
    """A 3x3 matrix on (3, h, w), written out so that no reduced-precision matrix unit is asked."""
    return torch.stack([sum((rgb[k] * float(row[k]) for k in (1, 2)), rgb[0] * float(row[0])) for row in matrix])


def _read(grid: Grid, moment: PartMoment, box: Box, device: torch.device) -> Tensor:
    return Lookup.of(grid, device).read(invert(moment.matrix), *centres(box))
