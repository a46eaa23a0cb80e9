"""VP9 with alpha in WebM: what browsers play over a page."""

from __future__ import annotations

from pathlib import Path

from .codec import Codec, Options, Stream, Writer
from .colour import black
from .movie import MovieWriter, Recipe
from .mp4 import codes_of


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are libvpx-vp9's own: `crf`, `deadline`, `cpu-used`. A background makes the file opaque.

    Row threads stay off: with them the bytes depend on the number of threads.
    """
    background = stream.background
    opaque = background is not None
    seconds = 2  # between key frames: a page can seek
    encoder = {"b": 0, "auto-alt-ref": 0, "row-mt": 0, "tile-columns": 2, "g": max(1, round(seconds * stream.fps))}
    recipe = Recipe(
        container="webm",
        encoder="libvpx-vp9",
        pixel_format="yuv420p" if opaque else "yuva420p",
        size=stream.size,
        fps=stream.fps,
        blank=(*black(8), 0) if background is None else codes_of(background),
        blits=lambda frame: frame.yuva420_8(stream.straight) if background is None else frame.yuv420_8(background),
        encoder_options=encoder | dict(options),
        threads=stream.threads,
    )
    return MovieWriter(path, recipe)


WEBM = Codec(
    name="webm",
    create=create,
    encoder="libvpx-vp9",
    pixel_format="yuva420p",
    alpha_error=48 / 255,
    colour_error=0.03,
    tagged=True,
)
