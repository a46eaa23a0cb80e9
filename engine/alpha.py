"""Straight and premultiplied colour, colour bled under alpha 0, sRGB transfer, quantisation. Planar float32 (4, h, w).

Premultiplied colour is what adds up (Porter and Duff, "Compositing Digital Images", 1984); straight colour is what most
files hold. One place converts between the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Planar = NDArray[np.float32]

# Coverage that rounds to nothing even in 10 bits: its colour is noise and is taken from the neighbours.
NO_ALPHA = 1 / 2048
_TINY = np.float32(1e-6)


def unpremultiply(rgba: Planar) -> Planar:
    """Straight (4, h, w) of premultiplied (4, h, w); colour where alpha is 0 stays black, and never exceeds 1."""
    straight = np.empty_like(rgba)
    inverse = np.maximum(rgba[3], _TINY)
    np.divide(np.float32(1), inverse, out=inverse)
    np.multiply(rgba[:3], inverse, out=straight[:3])
    np.minimum(straight[:3], np.float32(1), out=straight[:3])
    straight[3] = rgba[3]
    return straight


def premultiply(rgba: Planar) -> Planar:
    """Premultiplied (4, h, w) of straight (4, h, w)."""
    result = np.empty_like(rgba)
    np.multiply(rgba[:3], rgba[3], out=result[:3])
    result[3] = rgba[3]
    return result


def bleed(rgba: Planar) -> Planar:
    """Straight (4, h, w) of premultiplied (4, h, w) whose colour reaches outward under alpha 0; alpha is unchanged.

    Push-pull (Gortler et al., "The Lumigraph", 1996, section 3.4.2): holes take the colour of the next coarser
    level, where premultiplied averages let only covered pixels speak. Lossy codecs smear colour across the edge of a
    layer; with the layer's own colour there, the smear does not show.
    """
    colour = unpremultiply(rgba)
    holes = rgba[3] < NO_ALPHA
    height, width = holes.shape
    if height * width <= 1 or not holes.any():
        return colour
    coarse = bleed(_halved(rgba))[:3]  # (3, ceil(h/2), ceil(w/2))
    wide = coarse.repeat(2, 2)[:, :, :width]
    for row in (0, 1):
        count = len(holes[row::2])
        np.copyto(colour[:3, row::2], wide[:, :count], where=holes[row::2])
    return colour


def _halved(rgba: Planar) -> Planar:
    """Means of 2 x 2 pixels, (4, ceil(h/2), ceil(w/2)); beyond the edge counts as transparent."""
    _, height, width = rgba.shape
    if height % 2 or width % 2:
        rgba = np.pad(rgba, ((0, 0), (0, height % 2), (0, width % 2)))
    rows = rgba[:, 0::2] + rgba[:, 1::2]
    means: Planar = rows[:, :, 0::2] + rows[:, :, 1::2]
    means *= np.float32(0.25)
    return means


def over(rgba: Planar, background: tuple[float, float, float]) -> Planar:
    """(3, h, w): premultiplied (4, h, w) over one opaque colour."""
    gap = 1 - rgba[3]
    return np.stack([rgba[c] + gap * np.float32(background[c]) for c in range(3)])


def to_linear(encoded: Planar) -> Planar:
    """sRGB values to linear light (IEC 61966-2-1), any shape."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_encoded(linear: Planar) -> Planar:
    """Linear light to sRGB values (IEC 61966-2-1), any shape; negative light is 0."""
    light = np.maximum(linear, 0)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def quantised(values: Planar, top: int) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Nearest whole codes 0..top of values 0..1; a byte each up to 255, else two."""
    scaled = values * np.float32(top)
    scaled += np.float32(0.5)
    np.clip(scaled, 0, top, out=scaled)
    return scaled.astype(np.uint8) if top <= 255 else scaled.astype(np.uint16)
