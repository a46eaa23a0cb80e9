"""Animated WebP that repeats for ever: small, with soft alpha."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .codec import Codec, Options, Stream, Writer
from .movie import MovieWriter
from .rgba import packed_recipe


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are those of FFmpeg's libwebp_anim encoder: `lossless`, `quality`, `compression_level`."""
    recipe = packed_recipe(stream, "webp", "libwebp_anim", "bgra", options)
    return MovieWriter(path, replace(recipe, container_options={"loop": "0"}))


WEBP = Codec(
    name="webp",
    create=create,
    encoder="libwebp_anim",
    pixel_format="rgba",
    alpha_error=2 / 255,
    colour_error=0.03,
    merges=True,
)
