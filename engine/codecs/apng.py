"""Animated PNG that repeats for ever: lossless, for pages and chats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .codec import Codec, Options, Stream, Writer
from .movie import MovieWriter
from .rgba import packed_recipe


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are those of FFmpeg's apng encoder: `pred`, `compression_level`."""
    recipe = packed_recipe(stream, "apng", "apng", "rgba", options)
    return MovieWriter(path, replace(recipe, container_options={"plays": "0"}))


APNG = Codec(name="apng", create=create, encoder="apng", pixel_format="rgba")
