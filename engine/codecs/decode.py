"""Reading exported files back: what is really in them, pixel by pixel.

VP9 alpha comes only through libvpx-vp9 (FFmpeg's own VP9 decoder drops it); animated WebP is read by Pillow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from .. import alpha
from ..alpha import Planar
from .colour import to_rgb
from .movie import plane_views

# Marks a movie whose lower half is the alpha of its upper half.
PACKED = "packed: colour above, alpha below"

_ORDER = {"rgba": "rgba", "argb": "argb", "bgra": "bgra", "rgb24": "rgb", "rgba64be": "rgba", "rgba64le": "rgba"}


# Cells are looked at through windows of this many pixels each way: whole blocks of the codecs, means that last.
PATCH = 8


def patches(plane: NDArray[Any], cell: int, shrink: int = 1) -> NDArray[Any]:
    """The 8 x 8 pixel middles of all whole cells of `cell` pixels, put side by side: (h, w, ...) -> (8 ny, 8 nx, ...).

    shrink: of the plane against its picture, 2 for half-size chroma.
    """
    side, window = cell // shrink, PATCH // shrink
    rows, columns = plane.shape[0] // side, plane.shape[1] // side
    first = slice((side - window) // 2, (side + window) // 2)
    cells = plane[: rows * side, : columns * side].reshape(rows, side, columns, side, *plane.shape[2:])
    return cells[:, first, :, first].reshape(rows * window, columns * window, *plane.shape[2:])


@dataclass(frozen=True, eq=False)
class Picture:
    """One decoded frame in the file's own pixel format."""

    planes: tuple[NDArray[Any], ...]
    pixel_format: str
    bits: int
    packed: bool = False  # alpha below colour

    @property
    def size(self) -> tuple[int, int]:
        height, width = self.planes[0].shape[:2]
        return width, height // 2 if self.packed else height

    def rgba(self) -> Planar:
        """(4, h, w) in 0..1 as stored."""
        if self.packed:
            return self._unpacked().rgba()
        if self.pixel_format in _ORDER:
            return self._channels()
        if self.pixel_format.startswith("gbrapf"):
            green, blue, red, coverage = self.planes
            return np.stack([red, green, blue, coverage]).astype(np.float32)
        return self._yuv()

    def patches(self, cell: int) -> Picture:
        """A smaller picture of the middles of all cells, see `patches`."""
        if self.packed:
            return self._unpacked().patches(cell)
        width = self.size[0]
        kept = tuple(patches(plane, cell, shrink=1 if plane.shape[1] == width else 2) for plane in self.planes)
        return Picture(kept, self.pixel_format, self.bits)

    def _channels(self) -> Planar:
        order, pixels = _ORDER[self.pixel_format], self.planes[0]
        top = np.float32((1 << self.bits) - 1)
        rgba = np.ones((4, *pixels.shape[:2]), np.float32)
        for channel, name in enumerate("rgba"):
            if name in order:
                rgba[channel] = pixels[..., order.index(name)] / top
        return rgba

    def _yuv(self) -> Planar:
        luma, blue, red, *coverage = self.planes
        height, width = luma.shape
        if blue.shape != luma.shape:
            blue, red = (plane.repeat(2, 0).repeat(2, 1)[:height, :width] for plane in (blue, red))
        rgba = np.ones((4, height, width), np.float32)
        rgba[:3] = to_rgb(np.stack([luma, blue, red]), self.bits)
        if coverage:
            rgba[3] = coverage[0] / np.float32((1 << self.bits) - 1)
        return rgba

    def _unpacked(self) -> Picture:
        """Upper half as colour, luma of the lower half as full-range alpha."""
        height = self.planes[0].shape[0] // 2
        luma, blue, red = self.planes
        coverage = np.clip((luma[height:].astype(np.float32) - 16) * (255 / 219) + 0.5, 0, 255).astype(np.uint8)
        return Picture((luma[:height], blue[: height // 2], red[: height // 2], coverage), "yuva420p", 8)

    def alpha_extrema(self) -> tuple[float, float]:
        """Lowest and highest alpha of all pixels; (1, 1) where there is none."""
        if self.packed:
            return self._unpacked().alpha_extrema()
        if self.pixel_format in _ORDER:
            order = _ORDER[self.pixel_format]
            if "a" not in order:
                return 1.0, 1.0
            coverage = self.planes[0][..., order.index("a")]
        elif len(self.planes) == 4:
            coverage = self.planes[3]
        else:
            return 1.0, 1.0
        top = 1.0 if coverage.dtype.kind == "f" else (1 << self.bits) - 1
        return float(coverage.min()) / top, float(coverage.max()) / top


@dataclass(frozen=True)
class Facts:
    """What a file says of itself. `key_frames` has one flag a frame: where decoding can begin."""

    codec: str
    pixel_format: str
    size: tuple[int, int]
    fps: Fraction | None
    key_frames: tuple[bool, ...]
    packed: bool = False

    @property
    def frames(self) -> int:
        return len(self.key_frames)


def probe(path: Path, rate: Fraction | None = None) -> Facts:
    """Facts of a movie or image sequence, by reading every packet.

    `rate` tells the frames of WebP apart, which stores equal ones once. Raises OSError or ValueError when unreadable.
    """
    if path.is_dir():
        return _probe_sequence(path)
    if path.suffix == ".webp":
        size, shown = _webp_timeline(path, rate)
        return Facts("webp", "rgba", size, rate, (True,) + (False,) * (len(shown) - 1))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        keys = tuple(packet.is_keyframe for packet in container.demux(stream) if packet.size)
        context = stream.codec_context
        has_alpha = stream.metadata.get("alpha_mode") == "1"
        pixel_format = "yuva420p" if has_alpha else str(context.pix_fmt)
        packed = container.metadata.get("comment") == PACKED
        size = context.width, context.height // 2 if packed else context.height
        return Facts(context.name, pixel_format, size, stream.average_rate, keys, packed)


def _probe_sequence(folder: Path) -> Facts:
    files = frame_files(folder)
    if not files:
        raise ValueError(f"{folder} holds no frames")
    first = probe(files[0])
    return Facts(first.codec, first.pixel_format, first.size, None, (True,) * len(files))


def frame_files(folder: Path) -> list[Path]:
    """The files of an image sequence, in order; a chunk that is being written is hidden and not among them."""
    return [file for file in sorted(folder.iterdir()) if not file.name.startswith(".")]


def _webp_timeline(path: Path, rate: Fraction | None) -> tuple[tuple[int, int], list[int]]:
    """(size, stored frame shown at each frame): at a rate, as long as its time says; else once each."""
    from PIL import Image

    shown: list[int] = []
    with Image.open(path) as image:
        end = 0.0
        for index in range(int(getattr(image, "n_frames", 1))):
            image.seek(index)
            image.load()
            end += float(image.info.get("duration", 0)) / 1000
            upto = len(shown) + 1 if rate is None else round(end * rate)
            shown += [index] * (upto - len(shown))
        return image.size, shown


def pictures(path: Path, wanted: set[int] | None = None, rate: Fraction | None = None) -> Iterator[tuple[int, Picture]]:
    """(index, picture) of the frames wanted, in order; all when None. Only what they need is decoded.

    `rate` as for `probe`. Raises OSError or ValueError when the file cannot be read.
    """
    if path.is_dir():
        files = frame_files(path)
        for index in range(len(files)) if wanted is None else sorted(wanted):
            yield index, next(pictures(files[index]))[1]
    elif path.suffix == ".webp":
        yield from _webp_pictures(path, wanted, rate)
    else:
        yield from _movie_pictures(path, wanted)


def _webp_pictures(path: Path, wanted: set[int] | None, rate: Fraction | None) -> Iterator[tuple[int, Picture]]:
    from PIL import Image

    _, shown = _webp_timeline(path, rate)
    with Image.open(path) as image:
        for index, stored in enumerate(shown):
            if wanted is None or index in wanted:
                image.seek(stored)
                yield index, Picture((np.asarray(image.convert("RGBA")),), "rgba", 8)


def _movie_pictures(path: Path, wanted: set[int] | None) -> Iterator[tuple[int, Picture]]:
    needed = None if wanted is None else _reachable(probe(path).key_frames, wanted)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packed = container.metadata.get("comment") == PACKED
        index = 0
        for frame in _frames(container, stream, needed):
            while needed is not None and index not in needed:
                index += 1
            if wanted is None or index in wanted:
                yield index, _picture(frame, packed)
            index += 1


def _reachable(keys: tuple[bool, ...], wanted: set[int]) -> set[int]:
    """The frames of every closed group of pictures (key frame to key frame) that holds a wanted frame."""
    if wanted and max(wanted) >= len(keys):
        raise ValueError(f"there is no frame {max(wanted)}: the file has {len(keys)}")
    starts = [index for index, is_key in enumerate(keys) if is_key or index == 0] + [len(keys)]
    groups = [range(start, stop) for start, stop in pairwise(starts)]
    return {index for group in groups if not wanted.isdisjoint(group) for index in group}


def _frames(container: Any, stream: VideoStream, needed: set[int] | None) -> Iterator[av.VideoFrame]:
    """Decoded frames, in presentation order, of the packets needed."""
    context: Any = stream.codec_context
    if context.name in ("vp9", "libvpx-vp9"):
        context = av.CodecContext.create("libvpx-vp9", "r")
    for index, packet in enumerate(packet for packet in container.demux(stream) if packet.size):
        if needed is None or index in needed:
            yield from context.decode(packet)
    yield from context.decode(None)


def _picture(frame: av.VideoFrame, packed: bool) -> Picture:
    name = frame.format.name
    known = name in _ORDER or name.startswith(("yuva4", "yuv4", "gbrapf"))
    if not known:
        frame = frame.reformat(format="rgba")
        name = "rgba"
    planes = tuple(plane_views(frame))  # each holds on to the decoder's picture, which is then not used again
    return Picture(planes, name, frame.format.components[0].bits, packed)


def decode(
    path: Path, *, straight: bool = True, linear: bool = False, rate: Fraction | None = None
) -> Iterator[NDArray[np.float32]]:
    """Every frame of an exported file as (h, w, 4) straight sRGB float32 in 0..1.

    straight and linear say how the file holds colour (the manifest knows). Colour under alpha 0 is as stored.
    `rate` as for `probe`. Raises OSError or ValueError when the file cannot be read.
    """
    for _, picture in pictures(path, rate=rate):
        rgba = picture.rgba()
        if not straight:
            rgba = alpha.unpremultiply(rgba)
        if linear:
            rgba[:3] = alpha.to_encoded(rgba[:3])
        yield np.ascontiguousarray(rgba.transpose(1, 2, 0))
