"""Masks of a PSD layer or group: raster and vector, with density and feather."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..document import Coverage, Mask
from ..geometry import Box
from .psd_effects import has_fill, missing_packages

if TYPE_CHECKING:
    from psd_tools.api.layers import Layer as PsdLayer

Floats = NDArray[np.float32]


# Channels of the format: -2 holds the user's mask, or, where there is a path too, the picture of both together; -3 then
# holds the user's own mask. We always start from the parts: each has its own density and feather.
_USER, _REAL_USER = -2, -3


def masks_of(layer: PsdLayer, area: Box, *, filled: bool = False) -> tuple[Mask, ...]:
    """The raster and the vector mask that apply to a layer's stored pixels, or to a group or adjustment in `area`.

    filled: the pixels are the bare fill, so the path of a shape still has to cut it. Boxes are in document coordinates.
    """
    masks = []
    raster = _raster(layer)
    if raster is not None:
        masks.append(raster)
    if (_has_path(layer) if filled else _path_cuts(layer)) and not area.is_empty:
        masks.append(_path(layer, area))
    return tuple(masks)


def _raster(layer: PsdLayer) -> Mask | None:
    """The user's own raster mask, or None where there is none or it is switched off."""
    mask: Any = layer.mask
    if mask is None:
        return None
    data = mask.data
    channel, flags, background = _USER, data.flags, data.background_color
    box = Box(data.left, data.top, data.right, data.bottom)
    if data.real_flags is not None:
        channel, flags, background = _REAL_USER, data.real_flags, data.real_background_color
        box = Box(data.real_left, data.real_top, data.real_right, data.real_bottom)
    elif flags.user_mask_from_render:
        return None  # the path alone, drawn
    if flags.mask_disabled or (box.is_empty and background == 255):
        return None
    density = _density(layer, "user_mask_density")
    sigma = float(getattr(mask.parameters, "user_mask_feather", None) or 0.0)
    reach = ceil(3 * sigma)

    def load() -> Coverage:
        values = _plane(layer, channel, box, background)
        if reach:
            values = blurred(np.pad(values, reach, constant_values=background / 255), sigma)
        return np.asarray(1 - density * (1 - values), np.float32)

    return Mask(box.grow(reach), 1 - density * (1 - background / 255), load)


def _plane(layer: PsdLayer, channel: int, box: Box, background: int) -> Floats:
    """(h, w) stored values of a mask channel; the background where nothing is stored."""
    image = None if box.is_empty else layer.topil(channel)
    if image is None:
        return np.full((box.height, box.width), background / 255, np.float32)
    return np.asarray(np.asarray(image.convert("L")) / 255, np.float32)


def _density(layer: PsdLayer, name: str) -> float:
    """A mask's density 0..1; 1 where none is stored."""
    stored = getattr(layer.mask and layer.mask.parameters, name, None)
    return 1.0 if stored is None else stored / 255


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


def _has_path(layer: PsdLayer) -> bool:
    """A path that cuts and that can be drawn here; `effect_notes` says where it cannot."""
    if "aggdraw" in missing_packages():
        return False
    return layer.vector_mask is not None and not layer.vector_mask.disabled


def _path_cuts(layer: PsdLayer) -> bool:
    """Whether a path cuts this layer and its stored pixels do not hold that cut already, as those of shapes do."""
    return _has_path(layer) and (layer.is_group() or not (layer.has_pixels() and has_fill(layer)))


def thinned_path(layer: PsdLayer) -> bool:
    """True where a path's density or feather lets something through outside of it: stored pixels end at the path."""
    feather = getattr(layer.mask and layer.mask.parameters, "vector_mask_feather", None) or 0.0
    return _has_path(layer) and (_density(layer, "vector_mask_density") < 1 or feather > 0)


def path_box(layer: PsdLayer, canvas: Box) -> Box | None:
    """The box of a layer's path in document pixels, or None where it has none or starts from a filled canvas."""
    path = layer.vector_mask
    if path is None or path.disabled or path.initial_fill_rule or not any(len(part) for part in path.paths):
        return None
    left, top, right, bottom = path.bbox
    points = np.array([(left * canvas.width, top * canvas.height), (right * canvas.width, bottom * canvas.height)])
    return Box.around(np.round(points, 3))


def raster_box(layer: PsdLayer) -> Box | None:
    """The box of the user's mask where it hides everything outside, else None."""
    mask = _raster(layer)
    return mask.box if mask is not None and mask.outside == 0 and not mask.box.is_empty else None


def _path(layer: PsdLayer, area: Box) -> Mask:
    from psd_tools.composite.vector import draw_vector_mask

    density = _density(layer, "vector_mask_density")
    sigma = float(getattr(layer.mask and layer.mask.parameters, "vector_mask_feather", None) or 0.0)
    reach = ceil(3 * sigma)
    around = area.grow(reach)

    def load() -> Coverage:
        drawn = draw_vector_mask(layer, (around.x0, around.y0, around.x1, around.y1))[..., 0]
        values = blurred(drawn, sigma)[reach:-reach, reach:-reach] if reach else drawn
        return np.asarray(1 - density * (1 - values), np.float32)

    return Mask(area, 1 - density, load)
