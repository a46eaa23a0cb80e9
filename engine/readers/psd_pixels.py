"""Pixels and masks of a PSD layer: stored channel values in, straight sRGB out. psd-tools decodes, we convert."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from psd_tools.constants import ColorMode, Compression, Resource

from ..document import Pixels

if TYPE_CHECKING:
    from psd_tools import PSDImage
    from psd_tools.api.layers import Layer as PsdLayer

Floats = NDArray[np.float32]

# XYZ of the D50 white (ICC.1) adapted to the linear sRGB primaries (Bradford, IEC 61966-2-1).
_XYZ_D50_TO_SRGB = np.array(
    [[3.1338561, -1.6168667, -0.4906146], [-0.9787684, 1.9161415, 0.0334540], [0.0719453, -0.2289914, 1.4052427]]
)
_D50 = np.array([0.9642, 1.0, 0.8249])


def encode_srgb(linear: Floats) -> Floats:
    """Linear light 0..1 to sRGB's encoding (IEC 61966-2-1); clipped to 0..1."""
    value = np.clip(linear, 0, 1)
    return np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055).astype(np.float32)


def decode_srgb(encoded: Floats) -> Floats:
    """sRGB's encoding to linear light (IEC 61966-2-1)."""
    value = np.clip(encoded, 0, 1)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def lab_to_srgb(lab: Floats) -> Floats:
    """CIE L*a*b* (D50; L 0..100) of shape (h, w, 3) to encoded sRGB 0..1."""
    fy = (lab[..., 0] + 16) / 116
    f = np.stack([fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200], axis=-1)
    xyz = np.where(f > 6 / 29, f**3, (f - 4 / 29) * 3 * (6 / 29) ** 2) * _D50
    return encode_srgb((xyz @ _XYZ_D50_TO_SRGB.T).astype(np.float32))


@dataclass(frozen=True)
class ColorSpace:
    """How one document's channel values become sRGB."""

    mode: ColorMode
    bits: int
    profile: bytes | None  # embedded ICC profile, None when there is none that can be used
    name: str | None  # of that profile

    @classmethod
    def of(cls, psd: PSDImage) -> ColorSpace:
        resources = psd.image_resources
        data = resources.get_data(Resource.ICC_PROFILE) if Resource.ICC_PROFILE in resources else None
        name = None
        if data:
            try:
                name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(data))).strip()
            except (ImageCms.PyCMSError, OSError):
                data = None
        return cls(psd.color_mode, psd.depth, data or None, name)

    @property
    def linear(self) -> bool:
        return self.bits == 32

    @property
    def is_srgb(self) -> bool:
        """True when RGB values need no conversion but, in 32-bit documents, the transfer curve."""
        return self.mode in (ColorMode.RGB, ColorMode.INDEXED) and (
            self.profile is None or (self.name or "").startswith("sRGB")
        )

    @cached_property
    def _transform(self) -> ImageCms.ImageCmsTransform | None:
        kind = {ColorMode.RGB: "RGB", ColorMode.CMYK: "CMYK"}.get(self.mode)
        if kind is None or self.profile is None or self.is_srgb:
            return None
        source = ImageCms.ImageCmsProfile(io.BytesIO(self.profile))
        try:
            return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), kind, "RGB")
        except ImageCms.PyCMSError:
            return None  # a profile of another colour mode than the document's

    @cached_property
    def _grey_curve(self) -> Floats:
        """(256,) sRGB value of every grey of the document's profile."""
        ramp = np.arange(256, dtype=np.uint8)
        if self.profile is None or self.linear:
            return np.asarray(ramp / 255, np.float32)
        source = ImageCms.ImageCmsProfile(io.BytesIO(self.profile))
        try:
            transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "L", "RGB")
        except ImageCms.PyCMSError:
            return np.asarray(ramp / 255, np.float32)
        converted = ImageCms.applyTransform(Image.fromarray(ramp[None]), transform)
        curve = np.asarray(converted)[0, :, 0] / 255
        return np.asarray(np.maximum.accumulate(curve), np.float32)

    def _through_icc(self, bytes_: NDArray[np.uint8], kind: str) -> NDArray[np.uint8] | None:
        if self._transform is None:
            return None
        converted = ImageCms.applyTransform(Image.fromarray(np.ascontiguousarray(bytes_), kind), self._transform)
        return np.asarray(converted)

    def bytes_to_srgb(self, rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """8-bit RGB (h, w, 3) of an RGB document to sRGB."""
        converted = self._through_icc(rgb, "RGB")
        return rgb if converted is None else converted

    def to_srgb(self, values: Floats) -> Floats:
        """Stored values 0..1 (h, w, c) as psd-tools gives them to encoded sRGB (h, w, 3).

        CMYK values count what is left (1 - ink). ICC profiles of RGB and CMYK go through 8 bits (Pillow's limit).
        """
        if self.mode == ColorMode.CMYK:
            return self._cmyk_to_srgb(values)
        if self.mode == ColorMode.LAB:
            scale = np.array([100, 255, 255], np.float32)
            return lab_to_srgb(values[..., :3] * scale - np.array([0, 128, 128], np.float32))
        if values.shape[-1] < 3:
            return np.repeat(self.grey_to_srgb(values[..., :1]), 3, axis=-1)
        if self.linear:
            return encode_srgb(values[..., :3])
        converted = self._through_icc(to_bytes(values[..., :3]), "RGB")
        return values[..., :3] if converted is None else np.asarray(converted / np.float32(255), np.float32)

    def grey_to_srgb(self, values: Floats) -> Floats:
        if self.linear:
            return encode_srgb(values)
        return np.interp(values, np.linspace(0, 1, 256), self._grey_curve).astype(np.float32)

    def srgb_to_grey(self, values: Floats) -> Floats:
        return np.interp(values, self._grey_curve, np.linspace(0, 1, 256)).astype(np.float32)

    def _cmyk_to_srgb(self, values: Floats) -> Floats:
        converted = self._through_icc(255 - to_bytes(values[..., :4]), "CMYK")
        if converted is None:
            return values[..., :3] * values[..., 3:4]
        return np.asarray(converted / np.float32(255), np.float32)

    def finish(self, rgb: Floats, alpha: Floats | None) -> Pixels:
        """(h, w, 4) straight RGBA in the type documents of this depth use."""
        opaque = np.ones((*rgb.shape[:2], 1), np.float32) if alpha is None else alpha.reshape(*rgb.shape[:2], 1)
        rgba = np.concatenate([rgb, opaque], axis=-1)
        return to_bytes(rgba) if self.bits <= 8 else np.clip(rgba, 0, 1).astype(np.float32)


def to_bytes(values: Floats) -> NDArray[np.uint8]:
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def _channel(image: Image.Image | None) -> NDArray[np.uint8] | None:
    return None if image is None else np.asarray(image)


def stored_pixels(layer: PsdLayer, space: ColorSpace) -> Pixels:
    """A layer's own pixels, without masks, as (h, w, 4) straight sRGB; (0, 0, 4) where it stores none.

    8-bit RGB stays in bytes all the way. Raises whatever psd-tools raises on damaged channels.
    """
    if not layer.has_pixels() or layer.width < 1 or layer.height < 1:
        return np.zeros((0, 0, 4), np.uint8)
    _check_rows(layer)
    if space.mode == ColorMode.RGB and space.bits == 8:
        return _stored_bytes(layer, space)
    color = layer.numpy("color")
    if color is None:
        return np.zeros((0, 0, 4), np.uint8)
    return space.finish(space.to_srgb(color), layer.numpy("shape"))


def _check_rows(layer: PsdLayer) -> None:
    """Refuse run-length coded channels that are shorter than their own table of row lengths says.

    psd-tools fills what is missing with black and says nothing. Raises ValueError.
    """
    width = np.dtype(">u2" if layer._psd.version == 1 else ">u4")
    for info, channel in zip(layer._record.channel_info, layer._channels, strict=False):
        if info.id < -1 or channel.compression != Compression.RLE or not channel.data:
            continue
        table = layer.height * width.itemsize
        promised = int(np.frombuffer(channel.data[:table], width).sum()) if len(channel.data) >= table else table
        if promised > len(channel.data) - table:
            raise ValueError("the rows of a channel are cut short")


def _stored_bytes(layer: PsdLayer, space: ColorSpace) -> NDArray[np.uint8]:
    rgba = np.empty((layer.height, layer.width, 4), np.uint8)
    for index in range(3):
        plane = _channel(layer.topil(index))
        rgba[..., index] = 0 if plane is None else plane
    alpha = _channel(layer.topil(-1))
    rgba[..., 3] = 255 if alpha is None else alpha
    if not space.is_srgb:
        rgba[..., :3] = space.bytes_to_srgb(rgba[..., :3])
    return rgba


def flat_pixels(psd: PSDImage, space: ColorSpace) -> Pixels:
    """The file's own flattened picture as (h, w, 4) straight sRGB."""
    if space.mode in (ColorMode.BITMAP, ColorMode.INDEXED, ColorMode.MULTICHANNEL):
        image = psd.topil()
        if image is None:
            return np.zeros((psd.height, psd.width, 4), np.uint8)
        return np.asarray(image.convert("RGBA"))
    alpha = psd.numpy("shape") if _has_alpha(psd) else None
    return space.finish(space.to_srgb(psd.numpy("color")), alpha)


def _has_alpha(psd: PSDImage) -> bool:
    from psd_tools.api.utils import has_transparency

    return bool(has_transparency(psd))
