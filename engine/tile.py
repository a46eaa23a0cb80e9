"""A drawn piece of the canvas, the value between renderer, compositor and export."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from .geometry import Box


@dataclass(frozen=True, eq=False)
class Tile:
    """Premultiplied RGBA (4, h, w) float32 over `box` on the canvas; everything outside the box is transparent."""

    box: Box
    rgba: Tensor

    @classmethod
    def empty(cls, device: torch.device | str = "cpu") -> Tile:
        return cls(Box(0, 0, 0, 0), torch.zeros(4, 0, 0, device=device))

    def cropped(self, box: Box) -> Tile:
        """The part inside `box`, as a view."""
        inner = self.box & box
        rows, columns = inner.slices(self.box)
        return Tile(inner, self.rgba[:, rows, columns])

    def placed(self, box: Box) -> Tensor:
        """(4, h, w) over exactly `box`, zeros where this tile does not reach."""
        if box == self.box:
            return self.rgba
        canvas = self.rgba.new_zeros(4, box.height, box.width)
        inner = self.cropped(box)
        rows, columns = inner.box.slices(box)
        canvas[:, rows, columns] = inner.rgba
        return canvas
