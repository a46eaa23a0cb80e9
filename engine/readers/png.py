"""One PNG: what its header says, and its pixels as straight sRGB RGBA.

Pillow decodes all of PNG (ISO/IEC 15948) but 16-bit colour, which it cuts to 8 bits; FFmpeg decodes that. Embedded ICC
profiles are converted to sRGB, 16-bit colour through a table of 86 nodes an axis that Pillow fills with 8-bit values:
gradation stays, and 99 % of values lie within one 8-bit step (the rest where the gamut clips).
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngImageFile

from ..document import Pixels
from .edge import check_image

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NODES = np.arange(0, 256, 3, dtype=np.uint8)  # 255 = 85 * 3
_CHANNELS = {"gray16be": 1, "ya16be": 2, "rgb48be": 3, "rgba64be": 4}  # FFmpeg's pixel formats of 16-bit PNGs


@dataclass(frozen=True)
class PngFacts:
    """What the header says, before anything is decoded."""

    size: tuple[int, int]  # width, height
    bits: int  # per channel: 1, 2, 4, 8, 16
    profile: str | None  # name of an embedded profile that is not sRGB
    animated: bool


def probe(file: BinaryIO, path: Path, layer: str | None = None) -> PngFacts:
    """Read the header only. Raises BadInput when it is no PNG or over the limits, and what Pillow raises."""
    head = file.read(26)
    if not head.startswith(SIGNATURE):
        raise ValueError("it is not a PNG file, whatever its name says")
    width, height, depth = struct.unpack(">IIB", head[16:25])
    check_image((width, height), path, layer, bytes_per_pixel=16 if depth == 16 else 4)
    file.seek(0)
    with PngImageFile(file) as image:
        profile = image.info.get("icc_profile")
        animated = bool(getattr(image, "is_animated", False))
    return PngFacts((width, height), depth, profile_name(profile) if profile else None, animated)


def decode(file: BinaryIO, *, floating: bool) -> Pixels:
    """All pixels (h, w, 4): uint8, or float32 0..1 when `floating`. Raises ValueError and what Pillow raises."""
    data = file.read()
    with PngImageFile(io.BytesIO(data)) as image:
        profile: bytes = image.info.get("icc_profile") or b""
        if data[24] == 16:
            deep = _deep_to_srgb(_decode_16(data), profile)
            return deep if floating else np.rint(deep * 255).astype(np.uint8)
        pixels = np.array(_to_srgb(image.convert("RGBA"), profile))
    return pixels.astype(np.float32) / np.float32(255) if floating else pixels


def _decode_16(data: bytes) -> NDArray[np.float32]:
    """(h, w, 4) 0..1 of a 16-bit PNG of any colour type."""
    import av

    with PngImageFile(io.BytesIO(data)) as image:
        image.verify()  # chunk checksums, which FFmpeg passes over
    try:
        with av.open(io.BytesIO(data), mode="r", format="png_pipe") as container:
            frame = next(container.decode(video=0))
    except (av.FFmpegError, StopIteration) as error:
        raise ValueError(f"its 16-bit pixels do not decode: {error}") from error
    channels = _CHANNELS[frame.format.name]
    rows = np.frombuffer(bytes(frame.planes[0]), ">u2").reshape(frame.height, -1)[:, : frame.width * channels]
    values = rows.reshape(frame.height, frame.width, channels).astype(np.float32) / np.float32(65535)
    opaque = np.ones((*values.shape[:2], 1), np.float32)
    color, alpha = (values[..., :-1], values[..., -1:]) if channels in (2, 4) else (values, opaque)
    return np.concatenate([np.broadcast_to(color, (*values.shape[:2], 3)), alpha], axis=-1)


# --- colour profiles --------------------------------------------------------------------------------------------------


def profile_name(profile: bytes) -> str | None:
    """The name of a profile that changes colours: None for sRGB and for one that cannot be read."""
    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError):
        return None
    return None if "srgb" in name.lower() else name or "unnamed"


@lru_cache(maxsize=8)  # layers of one design share one profile
def _transform(profile: bytes) -> tuple[str, ImageCms.ImageCmsTransform] | None:
    """The mode a profile takes, "RGB" or "L", and its transform to sRGB; None when colours stay as they are."""
    if profile_name(profile) is None:
        return None
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = {"GRAY": "L", "RGB": "RGB"}.get(source.profile.xcolor_space.strip())
    if mode is None:
        return None
    return mode, ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    found = _transform(profile) if profile else None
    if found is None:
        return image
    mode, transform = found
    color = image.getchannel("R") if mode == "L" else image.convert("RGB")
    out = ImageCms.applyTransform(color, transform)
    assert out is not None  # only an in-place transform gives None
    out.putalpha(image.getchannel("A"))
    return out


def _deep_to_srgb(pixels: NDArray[np.float32], profile: bytes) -> NDArray[np.float32]:
    found = _transform(profile) if profile else None
    if found is None:
        return pixels
    table = _table(profile)
    rgb = pixels[..., :3].reshape(-1, 3)
    converted = np.concatenate([_interpolated(table, part) for part in np.array_split(rgb, len(rgb) // 2**18 + 1)])
    return np.concatenate([converted.reshape(*pixels.shape[:2], 3), pixels[..., 3:]], axis=-1)


@lru_cache(maxsize=8)
def _table(profile: bytes) -> NDArray[np.float32]:
    """(86, 86, 86, 3) sRGB 0..1 at every node of the profile's own RGB."""
    nodes = np.stack(np.meshgrid(_NODES, _NODES, _NODES, indexing="ij"), axis=-1)  # (86, 86, 86, 3)
    opaque = np.full((*nodes.shape[:3], 1), 255, np.uint8)
    flat = np.concatenate([nodes, opaque], axis=-1).reshape(86 * 86, 86, 4)
    converted = np.array(_to_srgb(Image.fromarray(flat), profile))[..., :3]
    return (converted.reshape(nodes.shape) / np.float32(255)).astype(np.float32)


def _interpolated(table: NDArray[np.float32], rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Trilinear look-up of (n, 3) values 0..1."""
    last = len(table) - 1
    at = rgb * np.float32(last)
    low = np.clip(at.astype(np.intp), 0, last - 1)
    share = at - low  # (n, 3)
    out = np.zeros_like(rgb)
    for corner in product((0, 1), repeat=3):
        weight = np.prod(np.where(corner, share, 1 - share), axis=-1, keepdims=True)
        out += weight * table[tuple((low + corner).T)]
    return out
