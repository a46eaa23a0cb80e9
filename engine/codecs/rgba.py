"""What the codecs of packed 8-bit RGBA share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .codec import Options, Stream
from .frame import Blit, Frame
from .movie import RGB, Recipe

_ORDERS = {"argb": (3, 0, 1, 2), "bgra": (2, 1, 0, 3), "rgba": (0, 1, 2, 3)}


def packed_blits(stream: Stream, pixel_format: str) -> Callable[[Frame], list[Blit]]:
    """A function that gives a frame's 8-bit RGBA in the channel order of a packed format."""
    order = _ORDERS[pixel_format]

    def blits(frame: Frame) -> list[Blit]:
        codes = frame.rgba_codes(stream.straight, 8)
        ordered = codes if pixel_format == "rgba" else np.stack([codes[..., i] for i in order], axis=-1)
        return [Blit(0, frame.box.x0 - stream.canvas.x0, frame.box.y0 - stream.canvas.y0, ordered)]

    return blits


def packed_recipe(stream: Stream, container: str, encoder: str, pixel_format: str, options: Options) -> Recipe:
    """A movie of packed 8-bit RGBA; where nothing is drawn all channels are 0."""
    return Recipe(
        container=container,
        encoder=encoder,
        pixel_format=pixel_format,
        size=stream.size,
        fps=stream.fps,
        blank=(0, 0, 0, 0),
        blits=packed_blits(stream, pixel_format),
        encoder_options=dict(options),
        threads=stream.threads,
        tags=RGB,
    )
