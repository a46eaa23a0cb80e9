"""ProRes written slice by slice: only those that a layer touches are encoded, the blank ones are copied.

A ProRes frame is a header, a table of slice sizes and the slices, each coded for itself (SMPTE RDD 36, sections 5 and
6). With a fixed quantiser a slice depends on its own pixels alone, so a part of the picture, cut at slices, encodes to
the very bytes that it has in the whole. Of the 36 ms
that a layer of 700 px on 1920 x 1080 costs the encoder, 27 go into blank slices.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import av
from av.video.codeccontext import VideoCodecContext

from ..geometry import Box
from .frame import Blit, Frame
from .movie import MovieWriter, Picture, Recipe

_MB = 16  # a macroblock, and the height of a slice, in px
_SLICE_MBS = 8  # of FFmpeg's encoders; halved at the right edge until it fits
_KEPT = 4  # encoders of different sizes


class SliceWriter(MovieWriter):
    """A MovieWriter for a ProRes recipe with a fixed quantiser; the same bytes for less work. One thread."""

    def __init__(self, path: Path, recipe: Recipe) -> None:
        super().__init__(path, replace(recipe, threads=1))
        self._columns = slice_columns(recipe.size[0])
        self._parts: dict[tuple[int, int], _Part] = {}
        self._blank, *_ = (bytes(packet) for packet in self._stream.encode(self._picture.frame))
        self._coded = self._blank

    def write(self, frame: Frame) -> None:
        """Encode one frame. Raises OSError when the disk is full."""
        if frame is not self._last:
            self._last, self._coded = frame, self._code(self._recipe.blits(frame))
        packet = av.Packet(self._coded)
        packet.stream, packet.time_base, packet.is_keyframe = self._stream, 1 / self._recipe.fps, True
        packet.pts = packet.dts = self._count
        packet.duration = 1
        self._count += 1
        self._container.mux(packet)

    def _code(self, blits: list[Blit]) -> bytes:
        """The frame's bytes."""
        slices = self._touched(blits)
        if slices.is_empty:
            return self._blank
        width, height = self._recipe.size
        left, top = self._columns[slices.x0], slices.y0 * _MB
        size = min(self._columns[slices.x1], width) - left, min(slices.y1 * _MB, height) - top
        moved = [replace(blit, x=blit.x - left, y=blit.y - top) for blit in blits]
        coded = self._part(size).encode(moved)
        return coded if size == self._recipe.size else spliced(self._blank, coded, slices, len(self._columns) - 1)

    def _touched(self, blits: list[Blit]) -> Box:
        """Columns and rows of slices that any of the codes reach."""
        around = Box(0, 0, 0, 0)
        for blit in blits:
            height, width = blit.codes.shape[:2]
            around |= Box.from_xywh(blit.x, blit.y, width, height)
        around &= Box(0, 0, *self._recipe.size)
        if around.is_empty:
            return around
        first = max(i for i, x in enumerate(self._columns) if x <= around.x0)
        end = min(i for i, x in enumerate(self._columns) if x >= around.x1)
        return Box(first, around.y0 // _MB, end, -(-around.y1 // _MB))

    def _part(self, size: tuple[int, int]) -> _Part:
        """The encoder for parts of that size; the last few are kept, those used latest at the end."""
        part = self._parts.pop(size, None) or _Part(replace(self._recipe, size=size))
        while len(self._parts) >= _KEPT:
            del self._parts[next(iter(self._parts))]
        self._parts[size] = part
        return part


class _Part:
    """An encoder of pictures of one size, with its picture."""

    def __init__(self, recipe: Recipe) -> None:
        self._picture = Picture(recipe)
        context = av.CodecContext.create(recipe.encoder, "w")
        assert isinstance(context, VideoCodecContext)
        options = {name: str(value) for name, value in recipe.encoder_options.items()}
        context.options = {**options, "flags": "+bitexact" + options.get("flags", "")}
        context.width, context.height = recipe.size
        context.pix_fmt = recipe.pixel_format
        context.time_base = 1 / recipe.fps
        context.thread_count = 1
        self._context = context

    def encode(self, blits: list[Blit]) -> bytes:
        self._picture.paint(blits)
        (packet,) = self._context.encode(self._picture.frame)
        return bytes(packet)


def slice_columns(width: int) -> list[int]:
    """Where the slices of a row start, in px, and where the last one ends (in whole macroblocks)."""
    macroblocks, starts, length = -(-width // _MB), [0], _SLICE_MBS
    while starts[-1] < macroblocks:
        while macroblocks - starts[-1] < length:
            length //= 2
        starts.append(starts[-1] + length)
    return [start * _MB for start in starts]


@dataclass(frozen=True)
class _Slices:
    """A coded frame taken apart. `head` reaches up to the table; bytes of each slice, row by row."""

    head: bytes
    slices: list[bytes]


def _taken_apart(frame: bytes) -> _Slices:
    """Frame container (size, 'icpf'), frame header, picture header, table, slices: RDD 36, 5.1 to 5.3."""
    picture = 8 + int.from_bytes(frame[8:10])
    table = picture + (frame[picture] >> 3)
    count = int.from_bytes(frame[picture + 5 : picture + 7])
    at, slices = table + 2 * count, []
    for i in range(table, at, 2):
        end = at + int.from_bytes(frame[i : i + 2])
        slices.append(frame[at:end])
        at = end
    return _Slices(frame[:table], slices)


def spliced(whole: bytes, part: bytes, place: Box, columns: int) -> bytes:
    """A coded frame with the slices of another in `place` (in slices); `columns` slices are in a row of the whole."""
    taken, inner = _taken_apart(whole), _taken_apart(part).slices
    slices = list(taken.slices)
    for row in range(place.height):
        start = (place.y0 + row) * columns
        slices[start + place.x0 : start + place.x1] = inner[row * place.width : (row + 1) * place.width]
    table = b"".join(len(piece).to_bytes(2) for piece in slices)
    result = bytearray(b"".join([taken.head, table, *slices]))
    picture = 8 + int.from_bytes(result[8:10])
    result[:4] = len(result).to_bytes(4)
    result[picture + 1 : picture + 5] = (len(result) - picture).to_bytes(4)
    return bytes(result)
