"""QuickTime Animation: lossless 8-bit RGBA that every editor reads."""

from __future__ import annotations

from pathlib import Path

from .codec import Codec, Options, Stream, Writer
from .movie import MovieWriter
from .rgba import packed_recipe


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are those of FFmpeg's qtrle encoder."""
    return MovieWriter(path, packed_recipe(stream, "mov", "qtrle", "argb", options))


QTRLE = Codec(name="qtrle", create=create, encoder="qtrle", pixel_format="argb")
