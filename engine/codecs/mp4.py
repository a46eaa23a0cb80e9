"""H.264 in MP4: the composite everyone can play. No alpha: transparent pixels show the background."""

from __future__ import annotations

import platform
from pathlib import Path

from .codec import PAPER, Codec, Options, Stream, Writer
from .colour import to_yuv444
from .frame import RGB
from .movie import MovieWriter, Recipe


def even(size: tuple[int, int]) -> tuple[int, int]:
    """The size 4:2:0 needs: rounded up to even."""
    return size[0] + size[0] % 2, size[1] + size[1] % 2


def codes_of(background: RGB) -> tuple[int, int, int]:
    """The 8-bit Y'CbCr codes of one colour."""
    import numpy as np

    pixel = to_yuv444(np.array(background, np.float32).reshape(3, 1, 1), 8)
    return int(pixel[0, 0, 0]), int(pixel[1, 0, 0]), int(pixel[2, 0, 0])


def x264(options: Options) -> tuple[dict[str, str | int | float], int]:
    """What makes libx264's bytes the same in every run: its options, and its number of threads, on which they depend.

    With AVX-512 its macroblock tree gives other bytes now and then from the same pictures. Without, it
    costs the same time (docs/decisions.md).
    """
    encoder = dict(options)
    threads = int(encoder.pop("threads", 1))
    fixed = {"x264-params": "asm=SSE4.2"} if platform.machine() in ("x86_64", "AMD64") else {}
    return encoder | fixed, threads


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are libx264's own (`crf`, `preset`), and `threads`."""
    background = stream.background or PAPER
    encoder, threads = x264(options)
    recipe = Recipe(
        container="mp4",
        encoder="libx264",
        pixel_format="yuv420p",
        size=even(stream.size),
        fps=stream.fps,
        blank=codes_of(background),
        blits=lambda frame: frame.yuv420_8(background),
        encoder_options=encoder,
        container_options={"movflags": "+faststart"},
        threads=threads,
    )
    return MovieWriter(path, recipe)


MP4 = Codec(
    name="mp4",
    create=create,
    encoder="libx264",
    pixel_format="yuv420p",
    colour_error=0.03,
    has_alpha=False,
    tagged=True,
    even=True,
)
