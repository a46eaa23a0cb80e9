"""MP4 that carries alpha without an alpha channel: colour above, alpha as grey below. For Safari and games."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .codec import Codec, Options, Stream, Writer
from .colour import black
from .decode import PACKED
from .frame import Blit, Frame
from .movie import MovieWriter, Recipe
from .mp4 import even, x264


def _blits(frame: Frame, straight: bool, height: int) -> list[Blit]:
    """Colour at the top; below it limited-range luma of the alpha, grey chroma. Halves are cut at their border."""
    if frame.box.is_empty:
        return []
    *colour, codes = frame.yuva420_8(straight)
    grey = (codes.codes * np.float32(219 / 255) + np.float32(16.5)).astype(np.uint8)
    coverage = Blit(0, codes.x, codes.y, grey)
    upper = [_cut(blit, height if blit.plane == 0 else height // 2) for blit in colour]
    lower = _cut(coverage, height)
    return [*upper, Blit(0, lower.x, lower.y + height, lower.codes)]


def _cut(blit: Blit, height: int) -> Blit:
    """The part within rows 0 to `height`."""
    top, bottom = max(0, -blit.y), max(0, min(blit.codes.shape[0], height - blit.y))
    return Blit(blit.plane, blit.x, blit.y + top, blit.codes[top:bottom])


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are libx264's own, and `threads`."""
    width, height = even(stream.size)
    encoder, threads = x264(options)
    recipe = Recipe(
        container="mp4",
        encoder="libx264",
        pixel_format="yuv420p",
        size=(width, 2 * height),
        fps=stream.fps,
        blank=black(8),
        blits=lambda frame: _blits(frame, stream.straight, height),
        encoder_options=encoder,
        container_options={"movflags": "+faststart"},
        metadata={"comment": PACKED},
        threads=threads,
    )
    return MovieWriter(path, recipe)


PACKED_MP4 = Codec(
    name="mp4-packed",
    create=create,
    encoder="libx264",
    pixel_format="yuv420p",
    alpha_error=32 / 255,
    colour_error=0.03,
    tagged=True,
    even=True,
)
