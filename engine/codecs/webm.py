"""VP9 with alpha in WebM: what browsers play over a page."""

from __future__ import annotations

from pathlib import Path

from .codec import Codec, Options, Stream, Writer
from .colour import black
from .movie import MovieWriter, Recipe


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are libvpx-vp9's own: `crf`, `deadline`, `cpu-used`. A background makes the file opaque."""
    background = stream.background
    opaque = background is not None
    seconds = 2  # between key frames: a page can seek
    encoder = {"b": 0, "auto-alt-ref": 0, "row-mt": 1, "tile-columns": 2, "g": max(1, round(seconds * stream.fps))}
    recipe = Recipe(
        container="webm",
        encoder="libvpx-vp9",
        pixel_format="yuv420p" if opaque else "yuva420p",
        size=stream.size,
        fps=stream.fps,
        blank=black(8) if opaque else (*black(8), 0),
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
    colour_error=0.04,
    tagged=True,
)
