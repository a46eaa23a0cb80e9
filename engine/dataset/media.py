"""The pixels of a layer as bytes of a file and back: the still as PNG, the film as FFV1 in Matroska. Both lossless."""

from __future__ import annotations

import io
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..geometry import Box
from .tdl import Pixels

# Every frame stands alone and carries checksums; range coder and large contexts: a third of the default's bytes.
_FFV1_OPTIONS: Mapping[str, str | int | float] = {"level": 3, "slicecrc": 1, "g": 1, "coder": 1, "context": 1}


def png_of(static: Pixels) -> bytes:
    """(h, w, 4) straight -> PNG."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(static).save(file, "PNG", compress_level=6)
    return file.getvalue()


def png_pixels(data: bytes, size: tuple[int, int]) -> Pixels:
    """PNG -> (h, w, 4) straight. Raises ValueError for another size or mode and for damage."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            if image.size != size or image.mode != "RGBA":
                raise ValueError(f"is {image.size} {image.mode}, not {size} RGBA")
            return np.array(image)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise ValueError(f"is damaged: {error}") from error


def write_movie(frames: Pixels, fps: Fraction, path: Path) -> None:
    """(t, h, w, 4) straight -> Matroska at `path`. Raises OSError when the disk is full."""
    from ..codecs.codec import Stream
    from ..codecs.ffv1 import FFV1
    from ..codecs.frame import Frame

    box = Box(0, 0, frames.shape[2], frames.shape[1])
    # "premultiplied" makes the codec store the numbers as they are, colour under alpha 0 included
    writer = FFV1.create(path, Stream(box, fps, len(frames), straight=False), _FFV1_OPTIONS)
    try:
        for pixels in frames:
            planar = pixels.transpose(2, 0, 1).astype(np.float32) / np.float32(255)  # (4, h, w)
            writer.write(Frame(box, box, planar))
    finally:
        writer.close()


def movie_pixels(data: bytes, size: tuple[int, int], count: int) -> Pixels:
    """Matroska -> (t, h, w, 4) straight. Raises ValueError for another size, length or format, and for damage."""
    import av

    from ..codecs.movie import plane_views

    pixels = np.empty((count, size[1], size[0], 4), np.uint8)
    seen = 0
    try:
        with av.open(io.BytesIO(data), "r", format="matroska") as container:
            for frame in container.decode(container.streams.video[0]):
                if (frame.width, frame.height) != size or frame.format.name != "bgra":
                    raise ValueError(f"is {frame.width} x {frame.height} {frame.format.name}, not {size} bgra")
                if seen < count:
                    pixels[seen] = plane_views(frame)[0][..., [2, 1, 0, 3]]
                seen += 1
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise ValueError(f"is damaged: {error}") from error
    if seen != count:
        raise ValueError(f"has {seen} frames, not {count}")
    return pixels
