"""The picture that a sample's layers make together."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..alpha import Planar, premultiply
from ..blend import blend_over
from ..geometry import Box
from .tdl import LayerSample, Pixels, Sample


def flatten(sample: Sample, frame: int, side: int | None = None) -> Planar:
    """One frame of the stack: premultiplied (4, h, w) in 0..1. `side` scales the canvas to this longer side."""
    scale = side / max(sample.canvas) if side else 1.0
    width, height = (max(1, round(each * scale)) for each in sample.canvas)
    canvas = torch.zeros(4, height, width)
    for layer in sample.layers:
        _lay(canvas, layer, frame, scale)
    return canvas.numpy()


def _lay(canvas: Tensor, layer: LayerSample, frame: int, scale: float) -> None:
    """One layer over the canvas, its pixels fitted to its region."""
    box = layer.region
    at = Box(*(round(edge * scale) for edge in (box.x0, box.y0, box.x1, box.y1)))
    seen = at & Box(0, 0, canvas.shape[2], canvas.shape[1])
    if seen.is_empty:
        return
    rgba = torch.from_numpy(planar(layer.frames[frame]))
    if layer.size != at.size:
        rgba = torch.nn.functional.interpolate(rgba[None], at.size[::-1], mode="bilinear", antialias=True)[0]
    rows, columns = seen.slices(at)
    y, x = seen.slices(Box(0, 0, canvas.shape[2], canvas.shape[1]))
    blend_over(canvas[:, y, x], rgba[:, rows, columns], layer.blend, layer.opacity)


def planar(pixels: Pixels) -> Planar:
    """(h, w, 4) straight bytes -> premultiplied (4, h, w) in 0..1."""
    return premultiply(np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32) / np.float32(255))
