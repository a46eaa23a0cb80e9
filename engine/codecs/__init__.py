"""Export codecs, one file each. To add one: a file with a `Codec`, a line here, a preset in presets/export/."""

from __future__ import annotations

from .apng import APNG
from .codec import Codec, Options, Stream, Writer, options_of
from .exr import EXR
from .ffv1 import FFV1
from .frame import Frame
from .gif import GIF
from .mp4 import MP4
from .packed import PACKED_MP4
from .png import PNG, PNG16
from .prores import PRORES
from .qtrle import QTRLE
from .webm import WEBM
from .webp import WEBP

CODECS: dict[str, Codec] = {
    "prores": PRORES,
    "webm": WEBM,
    "png": PNG,
    "png16": PNG16,
    "exr": EXR,
    "qtrle": QTRLE,
    "ffv1": FFV1,
    "mp4-packed": PACKED_MP4,
    "mp4": MP4,
    "gif": GIF,
    "apng": APNG,
    "webp": WEBP,
}

# Formats people ask for that no encoder here can make, and what to use instead.
NOT_MADE: dict[str, str] = {
    "hevc": "HEVC with alpha is made by Apple's own encoders only; `mp4-packed` plays in Safari",
    "hevc-alpha": "HEVC with alpha is made by Apple's own encoders only; `mp4-packed` plays in Safari",
    "av1": "no AV1 encoder here keeps alpha; `webm` (VP9) does",
    "av1-alpha": "no AV1 encoder here keeps alpha; `webm` (VP9) does",
    "avif": "no AV1 encoder here keeps alpha; `webp` and `apng` do",
}

__all__ = ["CODECS", "NOT_MADE", "Codec", "Frame", "Options", "Stream", "Writer", "options_of"]
