"""Image sequences: a folder with one numbered file a frame; the number is the frame's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .codec import Stream
from .frame import Frame


def frame_name(stem: str, number: int, suffix: str) -> str:
    """`logo_0007.png`: four digits at least, so that names sort."""
    return f"{stem}_{number:04d}{suffix}"


class SequenceWriter:
    """Writes `folder/<stem>_<number><suffix>`, the bytes of each from `encode`."""

    def __init__(self, folder: Path, stem: str, stream: Stream, suffix: str, encode: Callable[[Frame], bytes]) -> None:
        self._folder, self._stem, self._suffix, self._encode = folder, stem, suffix, encode
        self._number = stream.start
        self._last: tuple[Frame, bytes] | None = None
        folder.mkdir(exist_ok=True)

    def write(self, frame: Frame) -> None:
        """Write one file. Raises OSError when the disk is full."""
        name = frame_name(self._stem, self._number, self._suffix)
        if self._last is None or self._last[0] is not frame:  # a layer that holds still is encoded once
            self._last = frame, self._encode(frame)
        (self._folder / name).write_bytes(self._last[1])
        self._number += 1

    def close(self) -> None:
        """Nothing to finish: every file is whole."""
