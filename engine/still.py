"""Stills on the device: a layer's pixels and masks as premultiplied float32 tensors, and the way to linear light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .blend import straight
from .document import Layer, Mask
from .geometry import Box
from .tile import Tile

Device = torch.device | str


def pixel_tile(layer: Layer, device: Device = "cpu") -> Tile:
    """A layer's own pixels, premultiplied, without its masks. Raises what its `load` raises."""
    pixels = layer.load()
    if pixels.size == 0:
        return Tile.empty(device)
    rgba = torch.from_numpy(np.require(pixels, requirements=("C", "W"))).to(device).permute(2, 0, 1)  # (4, h, w)
    rgba = rgba.to(torch.float32, memory_format=torch.contiguous_format)
    if pixels.dtype == np.uint8:
        rgba = rgba / 255
    rgba = rgba.contiguous()
    rgba[:3] *= rgba[3:4]
    return Tile(layer.box, rgba)


def to_linear(tile: Tile) -> Tile:
    """sRGB-encoded premultiplied to linear light (IEC 61966-2-1)."""
    value = straight(tile.rgba)
    linear = torch.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return Tile(tile.box, torch.cat([linear * tile.rgba[3:4], tile.rgba[3:4]]))


def to_encoded(rgba: Tensor) -> Tensor:
    """Linear premultiplied (4, h, w) to sRGB-encoded premultiplied."""
    value = straight(rgba)
    encoded = torch.where(value <= 0.0031308, 12.92 * value, 1.055 * value.clamp_min(1e-6) ** (1 / 2.4) - 0.055)
    return torch.cat([encoded * rgba[3:4], rgba[3:4]])


@dataclass(frozen=True, eq=False)
class Matte:
    """A mask on the device."""

    box: Box
    outside: float
    values: Tensor  # (h, w)

    def over(self, box: Box) -> Tensor:
        """(h, w) coverage of exactly `box`."""
        inner = self.box & box
        if inner == box:
            return self.values[box.slices(self.box)]
        coverage = self.values.new_full((box.height, box.width), self.outside)
        if not inner.is_empty:
            coverage[inner.slices(box)] = self.values[inner.slices(self.box)]
        return coverage


def load_matte(mask: Mask, device: Device) -> Matte:
    return Matte(mask.box, mask.outside, torch.from_numpy(np.require(mask.load(), requirements=("C", "W"))).to(device))


def covered(tile: Tile, mattes: Sequence[Matte]) -> Tile:
    """`tile` times its masks; a new tile where there are any."""
    rgba = tile.rgba
    for matte in mattes:
        rgba = rgba * matte.over(tile.box)
    return Tile(tile.box, rgba)
