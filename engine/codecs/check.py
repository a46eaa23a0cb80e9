"""The check after an export: is what can be read back what was written?

All packets are counted; a spread of frames is decoded, and those whose alpha went lowest and highest. Decoding every
frame would cost half as much as encoding it (ProRes) and finds nothing more: faults come per file, not per frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from .. import alpha
from ..alpha import Planar
from ..errors import CheckFailed, Where
from .codec import PAPER, Codec, Stream
from .decode import PATCH, Facts, Picture, pictures, probe
from .frame import Frame

SPREAD = 5  # frames looked at in every file, first and last among them
# An extreme alpha counts as a new one when it differs by a step of 10 bits.
_NEW_EXTREME = 1 / 1023


@dataclass(frozen=True, eq=False)
class Sample:
    """What one frame should look like: alpha extrema of the whole, mean premultiplied colours of a grid of patches."""

    extrema: tuple[float, float]
    colours: Planar  # (3, ny, nx)


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
        if not self._codec.has_alpha:
            return 1.0, 1.0
        low, high = frame.alpha_extrema
        return (float(low >= 0.5), float(high >= 0.5)) if self._codec.hard_alpha else (low, high)

    def _keep_extreme(self, name: str, value: float, frame: Frame) -> None:
        """Hold on to the sample of the frame whose `value` is the greatest so far."""
        best = self._extreme.get(name)
        if best is not None and value < best[0] + _NEW_EXTREME:
            return
        self._extreme[name] = value, self.count
        self._samples.setdefault(self.count, self._sample(frame))
        held = self._spread | {index for _, index in self._extreme.values()}
        self._samples = {index: sample for index, sample in self._samples.items() if index in held}

    def _sample(self, frame: Frame) -> Sample:
        pixels = patches_of(frame)
        if self._codec.hard_alpha:
            straight = alpha.unpremultiply(pixels)
            straight[3] = straight[3] >= 0.5
            pixels = alpha.premultiply(straight)
        colour = pixels[:3] if self._codec.has_alpha else alpha.over(pixels, self._stream.background or PAPER)
        return Sample(self._seen(frame), means(colour))


def cell_of(size: tuple[int, int]) -> int:
    """Pixels between the patches of a picture: small ones are looked at everywhere, others at a sixteenth."""
    return 4 * PATCH if min(size) >= 8 * PATCH else PATCH


def means(colour: Planar) -> Planar:
    """(3, ny, nx) means of (3, 8 ny, 8 nx). Losses of a codec cancel out in them, also in noise and fine print."""
    _, height, width = colour.shape
    found: Planar = colour.reshape(3, height // PATCH, PATCH, width // PATCH, PATCH).mean(axis=(2, 4))
    return found


def patches_of(frame: Frame) -> Planar:
    """Premultiplied (4, 8 ny, 8 nx) of the patches of the whole canvas; no other pixels are touched."""
    canvas, box, cell = frame.canvas, frame.box, cell_of(frame.canvas.size)
    columns, rows = _looked_at(canvas.width, cell) + canvas.x0, _looked_at(canvas.height, cell) + canvas.y0
    found = np.zeros((4, len(rows), len(columns)), np.float32)
    across = np.flatnonzero((columns >= box.x0) & (columns < box.x1))
    down = np.flatnonzero((rows >= box.y0) & (rows < box.y1))
    for channel, pixels in zip(found, frame.rgba, strict=True):
        channel[np.ix_(down, across)] = pixels[np.ix_(rows[down] - box.y0, columns[across] - box.x0)]
    return found


def _looked_at(size: int, cell: int) -> NDArray[np.intp]:
    """The columns, or rows, of a canvas that lie in patches: the middles of its whole cells."""
    first = np.arange(size // cell)[:, None] * cell + (cell - PATCH) // 2
    return (first + np.arange(PATCH)).ravel()


def check(path: Path, codec: Codec, stream: Stream, written: Written, where: Where | None = None) -> Facts:
    """Re-open a finished file and compare it with what was written. Raises CheckFailed at `where`."""
    where = where or Where(path)
    try:
        facts = probe(path, stream.fps)
        _check_facts(codec, stream, written, facts, where)
        for index, picture in pictures(path, set(written.samples), stream.fps):
            _check_picture(codec, stream, picture, written.samples[index], f"frame {index}: ", where)
    except (OSError, ValueError, IndexError, av.error.FFmpegError) as error:
        hint = "is the disk full or failing?"
        raise CheckFailed(f"the file cannot be read back: {error}", hint=hint, where=where) from error
    return facts


def _check_facts(codec: Codec, stream: Stream, written: Written, facts: Facts, where: Where) -> None:
    is_still = codec.merges and facts.frames == 1
    if written.count != stream.frames or not (is_still or facts.frames == written.count):
        said = f"{facts.frames} frames in the file, {written.count} written, {stream.frames} planned"
        raise CheckFailed(said, where=where)
    width, height = stream.size
    expected = (width + width % 2, height + height % 2) if codec.even else (width, height)
    if facts.size != expected:
        raise CheckFailed(f"the file is {facts.size} px, not {expected}", where=where)


def _check_picture(codec: Codec, stream: Stream, picture: Picture, sample: Sample, which: str, where: Where) -> None:
    spans = picture.alpha_extrema()
    if max(abs(a - b) for a, b in zip(sample.extrema, spans, strict=True)) > codec.alpha_error:
        raise CheckFailed(f"{which}alpha spans {spans}, {sample.extrema} was written", where=where)
    if sample.colours.size == 0:  # smaller than a patch
        return
    found = means(as_premultiplied(picture.patches(cell_of(stream.size)).rgba(), codec, stream)[:3])
    found = found[:, : sample.colours.shape[1], : sample.colours.shape[2]]
    error = float(np.sqrt(np.mean((found - sample.colours) ** 2)))
    if error > codec.colour_error:
        most = 255 * codec.colour_error
        said = f"{which}colour is {255 * error:.1f} levels off (at most {most:.1f} for {codec.name})"
        raise CheckFailed(said, where=where)


def as_premultiplied(stored: Planar, codec: Codec, stream: Stream) -> Planar:
    """Stored (4, h, w) values of a file as premultiplied sRGB."""
    straight = stored if codec.convention(stream) else alpha.unpremultiply(stored)
    if codec.linear:
        straight[:3] = alpha.to_encoded(straight[:3])
    return alpha.premultiply(straight)
