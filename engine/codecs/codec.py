"""The contract of an export codec: a stream's facts and a path in, a writer of frames out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from ..geometry import Box
from ..specs import ExportPreset
from .frame import RGB, Frame

Options = Mapping[str, str | int | float]

# What a codec without alpha shows behind transparent pixels, unless the document has a background.
PAPER: RGB = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Stream:
    """What a file shows: part of the canvas, at a rate, a known number of frames."""

    canvas: Box  # the whole canvas, or a layer's region (`--crop region`)
    fps: Fraction
    frames: int
    name: str = "frame"  # stem of an image sequence's files
    start: int = 0  # number of the first frame: image sequences keep it in their file names
    straight: bool = True  # `--alpha straight|premultiplied`
    background: RGB | None = None  # set: frames are laid over it and the file is opaque
    threads: int = 1  # the encoder's own

    @property
    def size(self) -> tuple[int, int]:
        return self.canvas.size


class Writer(Protocol):
    """Takes frames in order and writes one file, or one folder."""

    def write(self, frame: Frame) -> None: ...

    def close(self) -> None:
        """Finish the file; the second call does nothing. Raises OSError when the disk is full."""


@dataclass(frozen=True)
class Codec:
    """One way of writing frames, and how far what is read back may lie from what was written."""

    name: str
    create: Callable[[Path, Stream, Options], Writer]
    encoder: str  # FFmpeg's name; empty where the file is written by our own code
    pixel_format: str  # as ffprobe names what is in the file
    alpha_error: float = 0.5 / 255 + 1e-6  # largest, of 0..1
    colour_error: float = 0.5 / 255 + 1e-6  # root mean square of premultiplied colour's local means, of 0..1
    has_alpha: bool = True
    hard_alpha: bool = False  # on or off
    straight: bool | None = None  # a convention the format imposes; None: as the stream asks
    merges: bool = False  # frames equal to the one before are not stored; a file of equal frames is a still
    linear: bool = False  # linear light instead of sRGB values
    tagged: bool = False  # carries BT.709 colour tags (limited range)
    sequence: bool = False  # a folder of one file a frame
    even: bool = False  # odd sizes are padded by repeating the edge

    def unavailable(self) -> str | None:
        """Why this installation cannot write it, for `art doctor`; None when it can."""
        if not self.encoder:
            return None
        import av

        try:
            av.Codec(self.encoder, "w")
        except ValueError:
            return f"this build of PyAV (FFmpeg {av.ffmpeg_version_info}) has no encoder {self.encoder!r}"
        return None

    def convention(self, stream: Stream) -> bool:
        """True where the file holds straight colour."""
        return stream.straight if self.straight is None else self.straight


def options_of(preset: ExportPreset, quality: str = "standard") -> dict[str, str | int | float]:
    """The preset's options with those of a quality level over them."""
    return dict(preset.options) | dict(dict(preset.quality).get(quality, ()))
