"""FFV1 (RFC 9043) in Matroska: lossless 8-bit RGBA for archives; every frame stands alone and carries checksums."""

from __future__ import annotations

from pathlib import Path

from .codec import Codec, Options, Stream, Writer
from .movie import MovieWriter
from .rgba import packed_recipe


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are those of FFmpeg's ffv1 encoder: `level`, `slices`, `slicecrc`, `g`."""
    return MovieWriter(path, packed_recipe(stream, "matroska", "ffv1", "bgra", options))


FFV1 = Codec(name="ffv1", create=create, encoder="ffv1", pixel_format="bgra")
