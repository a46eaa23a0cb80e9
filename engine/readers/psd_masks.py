"""Masks of a PSD layer or group: raster and vector, with density and feather."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..document import Coverage, Mask
from ..geometry import Box
from .psd_effects import has_fill

if TYPE_CHECKING:
    from psd_tools.api.layers import Layer as PsdLayer

Floats = NDArray[np.float32]


def masks_of(layer: PsdLayer, area: Box) -> tuple[Mask, ...]:
    """The raster and the vector mask that apply to a layer's stored pixels, or to a group or adjustment in `area`.

    Boxes are in document coordinates.
    """
    masks = []
    if layer.mask is not None and not layer.mask.disabled:
        masks.append(_raster(layer))
    if _path_cuts(layer) and not area.is_empty:
        masks.append(_path(layer, area))
    return tuple(masks)


def _raster(layer: PsdLayer) -> Mask:
    mask: Any = layer.mask
    density, sigma = _density(layer, "user_mask_density", "vector_mask_density"), 0.0
    if mask.parameters is not None:
        sigma = float(mask.parameters.user_mask_feather or 0.0)
    reach = ceil(3 * sigma)
    outside = 1 - density * (1 - mask.background_color / 255)

    def load() -> Coverage:
        if _repeats_pixels(layer):
            return np.ones((mask.height + 2 * reach, mask.width + 2 * reach), np.float32)
        return _raster_coverage(layer, density, sigma, reach)

    return Mask(Box(*mask.bbox).grow(reach), outside, load)


def _density(layer: PsdLayer, *names: str) -> float:
    """The first of these mask parameters that is stored, 0..1; else 1."""
    parameters = layer.mask.parameters if layer.mask is not None else None
    stored = (getattr(parameters, name, None) for name in names)
    return next((value / 255 for value in stored if value is not None), 1.0)


def _raster_coverage(layer: PsdLayer, density: float, sigma: float, reach: int) -> Coverage:
    mask: Any = layer.mask
    stored = layer.numpy("mask", real_mask=True)
    outside = mask.background_color / 255
    values = np.ones((mask.height, mask.width), np.float32) if stored is None else stored[..., 0]
    if reach:
        values = blurred(np.pad(values, reach, constant_values=outside), sigma)
    return np.asarray(1 - density * (1 - values), np.float32)


def blurred(values: Floats, sigma: float) -> Floats:
    """Gaussian blur of (h, w) by multiplication in the frequency domain; the edge values hold outside."""
    reach = ceil(3 * sigma)
    padded: NDArray[np.float64] = np.pad(values, reach, mode="edge").astype(np.float64)
    for axis in (0, 1):
        size = padded.shape[axis]
        gain = np.exp(-2 * (np.pi * sigma * np.fft.rfftfreq(size)) ** 2)
        gain = gain[:, None] if axis == 0 else gain[None, :]
        padded = np.fft.irfft(np.fft.rfft(padded, axis=axis) * gain, n=size, axis=axis)
    height, width = values.shape
    return np.clip(padded[reach : reach + height, reach : reach + width], 0, 1).astype(np.float32)


def _repeats_pixels(layer: PsdLayer) -> bool:
    """True where a fill or shape layer's mask is its own alpha stored again: applying it would square the edges."""
    mask: Any = layer.mask
    if not (layer.has_pixels() and has_fill(layer)) or mask.real_flags is not None or mask.bbox != layer.bbox:
        return False
    if _density(layer, "user_mask_density") != 1.0 or _density(layer, "vector_mask_density") != 1.0:
        return False
    stored, alpha = layer.numpy("mask", real_mask=True), layer.numpy("shape")
    return stored is not None and alpha is not None and np.array_equal(stored, alpha)


def _path_cuts(layer: PsdLayer) -> bool:
    """Whether a path cuts this layer and neither its stored pixels nor its raster mask hold that cut already."""
    path = layer.vector_mask
    if path is None or path.disabled:
        return False
    if layer.is_group() or not layer.has_pixels():
        return True
    return not has_fill(layer) and layer.mask is not None and not layer.mask.has_real()


def _path(layer: PsdLayer, area: Box) -> Mask:
    from psd_tools.composite.vector import draw_vector_mask

    density = _density(layer, "vector_mask_density")

    def load() -> Coverage:
        drawn = draw_vector_mask(layer, (area.x0, area.y0, area.x1, area.y1))[..., 0]
        return np.asarray(1 - density * (1 - drawn), np.float32)

    loader: Callable[[], Coverage] = load
    return Mask(area, 1 - density, loader)
