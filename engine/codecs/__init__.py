"""Export codecs, one file each. To add one: a file with a `Codec`, a line here, a preset in presets/export/."""

from __future__ import annotations

from .codec import Codec, Options, Stream, Writer, options_of
from .frame import Frame
from .mp4 import MP4
from .prores import PRORES
from .webm import WEBM

CODECS: dict[str, Codec] = {codec.name: codec for codec in (PRORES, WEBM, MP4)}

__all__ = ["CODECS", "Codec", "Frame", "Options", "Stream", "Writer", "options_of"]
