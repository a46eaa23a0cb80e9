"""A movie file through PyAV: frames are painted into one reused picture, only where they changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

from .frame import Blit, Frame


@dataclass(frozen=True)
class Tags:
    """ISO/IEC 23091-2 code points of a picture's colour; `range` as FFmpeg numbers it (1 limited, 2 full)."""

    primaries: int
    transfer: int
    matrix: int
    range: int


VIDEO = Tags(primaries=1, transfer=1, matrix=1, range=1)  # BT.709
RGB = Tags(primaries=1, transfer=13, matrix=0, range=2)  # sRGB


@dataclass(frozen=True)
class Recipe:
    """How one movie is made. `blank` is the code of each plane (or channel, when packed) where nothing is drawn."""

    container: str
    encoder: str
    pixel_format: str
    size: tuple[int, int]
    fps: Fraction
    blank: tuple[int, ...]
    blits: Callable[[Frame], list[Blit]]
    encoder_options: Mapping[str, str | int | float] = field(default_factory=dict)
    container_options: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1
    tags: Tags = VIDEO
    graph: Callable[[Recipe], av.filter.Graph] | None = None  # filters between picture and encoder
    encoded_format: str = ""  # what comes out of them


class Picture:
    """A picture whose blank parts are painted once; each frame repaints what it and the one before it cover."""

    def __init__(self, recipe: Recipe) -> None:
        self.frame = av.VideoFrame(*recipe.size, recipe.pixel_format)
        self.frame.color_primaries, self.frame.color_trc = recipe.tags.primaries, recipe.tags.transfer
        self.frame.colorspace, self.frame.color_range = recipe.tags.matrix, recipe.tags.range
        self._blank = recipe.blank
        self._painted: list[tuple[int, slice, slice]] = []
        for index, plane in enumerate(plane_views(self.frame)):
            plane[...] = self._code(index)

    def _code(self, plane: int) -> int | tuple[int, ...]:
        return self._blank[plane] if len(self.frame.planes) > 1 else self._blank

    def paint(self, blits: list[Blit]) -> None:
        """Make `frame` show these codes on blank ground."""
        self.frame.make_writable()  # an encoder may still hold the picture before: then this is a copy
        planes = plane_views(self.frame)
        for index, rows, columns in self._painted:
            planes[index][rows, columns] = self._code(index)
        self._painted = [_paint(planes[blit.plane], blit) for blit in blits]


def _paint(plane: NDArray[Any], blit: Blit) -> tuple[int, slice, slice]:
    """Copy the codes, cut to the plane."""
    height, width = blit.codes.shape[:2]
    top, left = max(0, blit.y), max(0, blit.x)
    bottom, right = max(top, min(plane.shape[0], blit.y + height)), max(left, min(plane.shape[1], blit.x + width))
    rows, columns = slice(top, bottom), slice(left, right)
    plane[rows, columns] = blit.codes[top - blit.y : bottom - blit.y, left - blit.x : right - blit.x]
    return blit.plane, rows, columns


def plane_views(frame: av.VideoFrame) -> list[NDArray[Any]]:
    """Writable views of a picture's planes: (h, w) each, or one (h, w, channels) of a packed format."""
    components = frame.format.components
    kind = _sample_kind(frame.format)
    views = []
    for plane in frame.planes:
        channels = len(components) if len(frame.planes) == 1 else 1
        shape = (plane.height, plane.width, channels)
        strides = (plane.line_size, kind.itemsize * channels, kind.itemsize)
        view: NDArray[Any] = np.ndarray(shape, kind, buffer=plane, strides=strides)  # type: ignore[arg-type]  # av.Plane has the buffer protocol, its stub does not say so
        views.append(view if channels > 1 else view[..., 0])
    return views


def _sample_kind(pixel_format: av.VideoFormat) -> np.dtype[Any]:
    """The numpy type of one sample, from the format's name and depth."""
    name = pixel_format.name
    if "f16" in name or "f32" in name:
        kind = np.dtype(np.float16 if "f16" in name else np.float32)
    else:
        kind = np.dtype(np.uint16 if pixel_format.components[0].bits > 8 else np.uint8)
    return kind.newbyteorder(">") if name.endswith("be") else kind


class MovieWriter:
    """Writes the frames of one movie file. Bytes depend on the frames and options alone."""

    def __init__(self, path: Path, recipe: Recipe) -> None:
        self._recipe = recipe
        self._count = 0
        self._last: Frame | None = None
        options = {"fflags": "+bitexact", **recipe.container_options}
        self._container = av.open(str(path), "w", format=recipe.container, container_options=options)
        self._container.metadata.update(recipe.metadata)
        try:
            self._stream = self._add_stream()
            self._graph = recipe.graph(recipe) if recipe.graph else None
            self._picture = Picture(recipe)
        except BaseException:
            self._container.close()
            raise
        self._closed = False

    def _add_stream(self) -> VideoStream:
        recipe = self._recipe
        options = {name: str(value) for name, value in recipe.encoder_options.items()}
        flags = options.pop("flags", "")
        stream = self._container.add_stream(
            recipe.encoder, rate=recipe.fps, options={"flags": "+bitexact" + flags, **options}
        )
        assert isinstance(stream, VideoStream)
        stream.width, stream.height = recipe.size
        stream.pix_fmt = recipe.encoded_format or recipe.pixel_format
        context = stream.codec_context
        context.time_base = 1 / recipe.fps
        context.thread_count = recipe.threads
        context.color_primaries, context.color_trc = recipe.tags.primaries, recipe.tags.transfer
        context.colorspace, context.color_range = recipe.tags.matrix, recipe.tags.range
        return stream

    def write(self, frame: Frame) -> None:
        """Encode one frame. Raises OSError when the disk is full."""
        if frame is not self._last:  # a layer that holds still stays painted
            self._picture.paint(self._recipe.blits(frame))
            self._last = frame
        self._next()

    def put(self, blits: list[Blit]) -> None:
        """Encode one frame of these codes. Raises OSError when the disk is full."""
        self._picture.paint(blits)
        self._next()

    def _next(self) -> None:
        picture = self._picture.frame
        picture.pts = self._count
        picture.time_base = 1 / self._recipe.fps
        self._count += 1
        self._encode(picture)

    def _encode(self, picture: av.VideoFrame | None) -> None:
        """Send one picture, or None at the end, through the filters to the encoder."""
        if self._graph is not None:
            self._graph.push(picture)
            for filtered in _pulled(self._graph):
                self._container.mux(self._stream.encode(filtered))
        if self._graph is None or picture is None:
            self._container.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Flush the encoder and finish the file; the second call does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._count:
                self._encode(None)
        finally:
            self._container.close()


def _pulled(graph: av.filter.Graph) -> Iterator[av.VideoFrame]:
    """Every frame that the filters have ready."""
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return
        if isinstance(frame, av.VideoFrame):
            yield frame
