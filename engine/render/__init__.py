"""Draw a layer at a moment: the still and its motion field become a premultiplied tile on the canvas.

Deterministic, float32, the same picture on CPU and CUDA: elementwise arithmetic and bilinear reads, no matrix units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..geometry import Box, FloatArray
from ..motion_field import Moment, MotionField, PartMoment, PatchMoment
from ..tile import Tile
from .colour import lit, with_halo
from .plate import sources
from .pyramid import Level, Pyramid, legal_
from .warp import warp

_AT_REST = np.array([[1.0, 0, 0], [0, 1, 0]])
# Smaller deviations than this spread a pixel by less than one step of 8 bits.
_LEAST_BLUR = 0.1
# The most canvas pixels drawn at once; larger boxes are drawn in bands of rows, with exactly the same result.
_BAND_PIXELS = 1 << 25


@dataclass(frozen=True, eq=False)
class Sprite:
    """A still layer made ready: one pyramid a part, of its own pixels. Not for two threads at a time."""

    parts: tuple[Pyramid, ...]
    device: torch.device


def prepare(still: Tile, field: MotionField, device: torch.device | str = "cpu") -> Sprite:
    """The layer's still (premultiplied, on the canvas) with what drawing its field needs, on `device`.

    Mattes are (h, w) over `still.box`. Raises ValueError when one has another size.
    """
    rgba = still.rgba.to(device=device, dtype=torch.float32)
    parts = tuple(_pyramid(Tile(still.box, pixels)) for pixels in sources(rgba, field.parts))
    return Sprite(parts, rgba.device)


def _pyramid(tile: Tile) -> Pyramid:
    tile = tile.cropped(opaque_box(tile))
    return Pyramid(Level(tile.rgba, tile.box.x0 + 0.5, tile.box.y0 + 0.5, 1.0, 1.0))


def opaque_box(tile: Tile) -> Box:
    """The box of all pixels that are covered at all; empty where none is."""
    shown = tile.rgba[3] > 0
    rows, columns = (shown.any(axis).nonzero().flatten().tolist() for axis in (1, 0))
    if not rows:
        return Box(tile.box.x0, tile.box.y0, tile.box.x0, tile.box.y0)
    return Box(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1).shift(tile.box.x0, tile.box.y0)


def draw(sprite: Sprite, moment: Moment, canvas: Box) -> Tile:
    """The layer at `moment`, over the box it covers inside `canvas`: `patch over (parts, back to front)`.

    The result may share memory with the sprite: do not write into it.
    """
    rows = max(1, _BAND_PIXELS // max(canvas.width, 1))
    if rows >= canvas.height:
        return _draw(sprite, moment, canvas, canvas)
    bands = [Box(canvas.x0, y, canvas.x1, min(y + rows, canvas.y1)) for y in range(canvas.y0, canvas.y1, rows)]
    return _stacked([_draw(sprite, moment, canvas, band) for band in bands], sprite.device)


def _stacked(bands: list[Tile], device: torch.device) -> Tile:
    """Bands one below the other, as one tile."""
    shown = [band for band in bands if not band.box.is_empty]
    if len(shown) <= 1:
        return shown[0] if shown else Tile.empty(device)
    box = shown[0].box
    for band in shown[1:]:
        box |= band.box
    rgba = torch.zeros(4, box.height, box.width, device=device)
    for band in shown:
        rows, columns = band.box.slices(box)
        rgba[:, rows, columns] = band.rgba
    return Tile(box, rgba)


def _draw(sprite: Sprite, moment: Moment, canvas: Box, band: Box) -> Tile:
    drawn = Tile.empty(sprite.device)
    for pixels, part in zip(sprite.parts, moment.parts, strict=True):
        if part.visible:
            join = _over if part.front else _joined
            drawn = join(_draw_part(pixels, part, canvas, band), drawn)
    if moment.patch is not None:
        drawn = _over(_draw_patch(moment.patch, canvas, band, sprite.device), drawn)
    return drawn


def _draw_part(pixels: Pyramid, part: PartMoment, canvas: Box, band: Box) -> Tile:
    source = pixels.blurred(part.blur) if part.blur >= _LEAST_BLUR and not pixels.root.is_empty else pixels
    tile = lit(warp(source, part.matrix, part.flow, canvas, band), part)
    if part.glow <= 0 or part.glow_radius < _LEAST_BLUR or pixels.root.is_empty:
        return tile
    sigma = float(np.hypot(part.glow_radius, part.blur))
    halo = lit(warp(pixels.blurred(sigma), part.matrix, part.flow, canvas, band), part)
    return with_halo(tile, halo, part.glow)


def _draw_patch(patch: PatchMoment, canvas: Box, band: Box, device: torch.device) -> Tile:
    """The patch resized to its box: its samples stand at the centres of equal cells."""
    if patch.box.is_empty or patch.rgba.size == 0:
        return Tile.empty(device)
    _, h, w = patch.rgba.shape
    dx, dy = patch.box.width / w, patch.box.height / h
    rgba = legal_(torch.from_numpy(np.array(patch.rgba, np.float32)).to(device))
    source = Pyramid(Level(rgba, patch.box.x0 + dx / 2, patch.box.y0 + dy / 2, dx, dy))
    matrix: FloatArray = _AT_REST if patch.matrix is None else patch.matrix
    return warp(source, matrix, None, canvas, band)


def _joined(front: Tile, back: Tile) -> Tile:
    """Two parts of one layer: their sum, the back one giving way where together they would cover more than all.

    "Disjoint over" (X Rendering Extension; after Porter and Duff 1984): parts that share a pixel at rest add up to the
    still without a seam, and a part that has moved before another hides it. A front part shares none: what lies beneath
    it is complete, and it lies over that (see `plate`).
    """
    return _combined(front, back, lambda f, b: ((1 - f) / b.clamp(min=1e-12)).clamp_(0, 1))


def _over(front: Tile, back: Tile) -> Tile:
    """Source over (Porter and Duff 1984)."""
    return _combined(front, back, lambda f, _: 1 - f)


def _combined(front: Tile, back: Tile, kept: Callable[[Tensor, Tensor], Tensor]) -> Tile:
    """`front + back * kept(front alpha, back alpha)` over the box of both."""
    if front.box.is_empty or back.box.is_empty:
        return back if front.box.is_empty else front
    box = front.box | back.box
    top, below = front.placed(box), back.placed(box)
    return Tile(box, top + below * kept(top[3:], below[3:]))
