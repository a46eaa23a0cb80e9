"""The check after an export: is what can be read back what was written?

All packets are counted; a spread of frames is decoded, and those whose alpha went lowest and highest. Decoding every
frame would cost half as much as encoding it (ProRes) and finds nothing more: faults come per file, not per frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from .. import alpha
from ..alpha import Planar
from ..errors import CheckFailed, Where
from .codec import PAPER, Codec, Stream
from .decode import Facts, Picture, pictures, probe
from .frame import Frame

SPREAD = 8  # frames looked at in every file, first and last among them
_STEP = 8  # of the pixels compared, each way


@dataclass(frozen=True, eq=False)
class Sample:
    """What one frame should look like: alpha extrema of the whole, and premultiplied pixels of a thin grid."""

    extrema: tuple[float, float]
    pixels: Planar  # (4, h, w)


class Written:
    """Remembers what went into a file; memory does not grow with its length."""

    def __init__(self, codec: Codec, stream: Stream) -> None:
        self._codec, self._stream = codec, stream
        self.count = 0
        self.extrema = (1.0, 0.0)
        last = max(0, stream.frames - 1)
        self._spread = {round(i * last / (SPREAD - 1)) for i in range(SPREAD)}
        self._samples: dict[int, Sample] = {}
        self._extreme: dict[str, tuple[float, int]] = {}  # "lowest", "highest" -> alpha, frame

    def note(self, frame: Frame) -> None:
        """Take the next frame into account."""
        low, high = self._seen(frame)
        self.extrema = min(low, self.extrema[0]), max(high, self.extrema[1])
        if self.count in self._spread:
            self._samples[self.count] = self._sample(frame)
        self._keep_extreme("lowest", -high, frame)
        self._keep_extreme("highest", low + high, frame)
        self.count += 1

    @property
    def samples(self) -> dict[int, Sample]:
        return self._samples

    def _seen(self, frame: Frame) -> tuple[float, float]:
        if not self._codec.has_alpha or self._stream.background is not None:
            return 1.0, 1.0
        return frame.alpha_extrema

    def _keep_extreme(self, name: str, value: float, frame: Frame) -> None:
        """Hold on to the sample of the frame whose `value` is the greatest so far."""
        best = self._extreme.get(name)
        if best is not None and value <= best[0]:
            return
        self._extreme[name] = value, self.count
        self._samples.setdefault(self.count, self._sample(frame))
        held = self._spread | {index for _, index in self._extreme.values()}
        self._samples = {index: sample for index, sample in self._samples.items() if index in held}

    def _sample(self, frame: Frame) -> Sample:
        pixels = thinned(frame, grid_step(self._stream.size))
        if not self._codec.has_alpha or self._stream.background is not None:
            flat = alpha.over(pixels, self._stream.background or PAPER)
            pixels = np.concatenate([flat, np.ones_like(pixels[3:])])
        return Sample(self._seen(frame), pixels)


def grid_step(size: tuple[int, int]) -> int:
    """Every pixel of small pictures, every eighth each way of others."""
    return _STEP if min(size) >= 8 * _STEP else 1


def thinned(frame: Frame, step: int) -> Planar:
    """Every `step`-th pixel of the canvas each way, from step // 2: premultiplied (4, h, w)."""
    width, height = frame.canvas.size
    first = step // 2
    grid = np.zeros((4, len(range(first, height, step)), len(range(first, width, step))), np.float32)
    x, y = frame.box.x0 - frame.canvas.x0, frame.box.y0 - frame.canvas.y0
    row, column = max(0, -((first - y) // step)), max(0, -((first - x) // step))
    part = frame.rgba[:, first + row * step - y :: step, first + column * step - x :: step]
    grid[:, row : row + part.shape[1], column : column + part.shape[2]] = part
    return grid


def check(path: Path, codec: Codec, stream: Stream, written: Written) -> Facts:
    """Re-open a finished file and compare it with what was written. Raises CheckFailed."""
    try:
        facts = probe(path, stream.fps)
        _check_facts(path, codec, stream, written, facts)
        for index, picture in pictures(path, set(written.samples), stream.fps):
            _check_picture(path, codec, stream, picture, written.samples[index], index)
    except (OSError, ValueError, IndexError, av.error.FFmpegError) as error:
        raise CheckFailed(
            f"the file cannot be read back: {error}", hint="is the disk full or failing?", where=Where(path)
        ) from error
    return facts


def _check_facts(path: Path, codec: Codec, stream: Stream, written: Written, facts: Facts) -> None:
    if facts.frames != written.count or written.count != stream.frames:
        raise CheckFailed(
            f"{facts.frames} frames in the file, {written.count} written, {stream.frames} planned", where=Where(path)
        )
    width, height = stream.size
    expected = (width + width % 2, height + height % 2) if codec.even else (width, height)
    if facts.size != expected:
        raise CheckFailed(f"the file is {facts.size} px, not {expected}", where=Where(path))


def _check_picture(path: Path, codec: Codec, stream: Stream, picture: Picture, sample: Sample, index: int) -> None:
    expected, found = sample.extrema, picture.alpha_extrema()
    if max(abs(a - b) for a, b in zip(expected, found, strict=True)) > codec.alpha_error:
        raise CheckFailed(f"frame {index}: alpha spans {found}, {expected} was written", where=Where(path))
    pixels = as_premultiplied(picture.rgba(grid_step(stream.size)), codec, stream)
    pixels = pixels[:, : sample.pixels.shape[1], : sample.pixels.shape[2]]
    error = float(np.sqrt(np.mean((pixels[:3] - sample.pixels[:3]) ** 2)))
    if error > codec.colour_error:
        raise CheckFailed(
            f"frame {index}: colour is {255 * error:.1f} levels off on average (at most "
            f"{255 * codec.colour_error:.1f} for {codec.name})",
            where=Where(path),
        )


def as_premultiplied(stored: Planar, codec: Codec, stream: Stream) -> Planar:
    """Stored (4, h, w) values of a file as premultiplied sRGB."""
    straight = stored if codec.convention(stream) else alpha.unpremultiply(stored)
    if codec.linear:
        straight[:3] = alpha.to_encoded(straight[:3])
    return alpha.premultiply(straight)
