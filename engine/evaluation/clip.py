"""An exported layer file as a measuring instrument wants it: premultiplied, small, beside its static picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..codecs.decode import pictures
from ..errors import BadInput, Where
from ..geometry import Box

Pixels = NDArray[np.uint8]
LONG_SIDE = 72  # px of the layer's opaque box in the small frames
RATE = 15  # frames a second that the quickest motion needs (a shake of 5 Hz)


@dataclass(frozen=True, eq=False)
class Clip:
    """Small premultiplied frames (t, h, w, 4) of one layer and its picture at rest (h, w, 4), uint8.

    box: of the layer at rest, px of the small frames, half-open x0 y0 x1 y1; window: what the layer may cover, alike.
    std: temporal standard deviation (root mean square over the layer's coverage, in 1/255) at the file's own size.
    steps: (t,) root mean square change from each of the file's frames to the next, the last one to the first, alike.
    reduced: px of the file behind one px of the small frames.
    loop: made to be played again and again, so what came in may leave before the end.
    """

    frames: Pixels
    static: Pixels
    fps: float
    box: tuple[float, float, float, float]
    window: tuple[float, float, float, float]
    std: float
    steps: NDArray[np.float64]
    reduced: float
    loop: bool = False

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the box at rest."""
        return self.box[2] - self.box[0], self.box[3] - self.box[1]


def read_clip(
    path: Path, static: Pixels, fps: Fraction | float, region: Box | None = None, *, loop: bool = False
) -> Clip:
    """The clip of a lossless movie or PNG sequence of straight RGBA; `static` (h, w, 4) straight. Raises BadInput."""
    rate = Fraction(fps).limit_denominator(1001)
    try:
        frames = (_straight(picture.rgba()) for _, picture in pictures(path, rate=rate))
        return make_clip(frames, static, float(fps), region, loop=loop)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path.name} cannot be measured: {error}", where=Where(path)) from error


def _straight(planes: NDArray[np.float32]) -> Pixels:
    return (planes.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8)  # (4, h, w) -> (h, w, 4)


def make_clip(
    frames: Iterable[Pixels], static: Pixels, fps: float, region: Box | None = None, *, loop: bool = False
) -> Clip:
    """The clip of straight uint8 frames (h, w, 4). Raises ValueError for an empty layer, no frames or other sizes.

    Stillness and steps are taken from every frame; motion from as many as make at least `RATE` a second.
    """
    rest = premultiplied(static)
    box = opaque_box(rest[..., 3])
    if box is None:
        raise ValueError("the static layer is empty")
    factor = min(1.0, LONG_SIDE / max(box[2] - box[0], box[3] - box[1]))
    watch, stride = _Stillness(rest, box), max(1, int(fps / RATE))
    small: list[Pixels] = []
    for index, frame in enumerate(frames):
        if frame.shape != static.shape:
            raise ValueError(
                f"a frame is {frame.shape[1]}x{frame.shape[0]}, the layer {static.shape[1]}x{static.shape[0]}"
            )
        whole = premultiplied(frame)
        watch.add(whole)
        if index % stride == 0:
            small.append(_reduced(whole, factor))
    if not small:
        raise ValueError("there are no frames")
    height, width = static.shape[:2]
    window = (region.x0, region.y0, region.x1, region.y1) if region else (0, 0, width, height)
    return Clip(
        np.stack(small), _reduced(rest, factor), fps / stride, _times(box, factor), _times(window, factor),
        watch.deviation(), watch.steps(), 1 / factor, loop,
    )  # fmt: skip


def premultiplied(straight: Pixels) -> Pixels:
    """Straight uint8 (h, w, 4) with its colour times alpha, rounded."""
    alpha = straight[..., 3:].astype(np.uint16)
    result = straight.copy()
    result[..., :3] = (straight[..., :3] * alpha + 127) // 255
    return result


def opaque_box(alpha: Pixels, least: int = 8) -> tuple[int, int, int, int] | None:
    """x0 y0 x1 y1 around alpha of at least `least`; None where there is none."""
    columns, rows = np.flatnonzero(alpha.max(0) >= least), np.flatnonzero(alpha.max(1) >= least)
    if not columns.size:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _times(box: tuple[float, float, float, float], factor: float) -> tuple[float, float, float, float]:
    return box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor


def _reduced(frame: Pixels, factor: float) -> Pixels:
    if factor == 1:
        return frame
    height, width = frame.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)


class _Stillness:
    """Running sums for the temporal standard deviation inside the dilated coverage of the layer at rest."""

    def __init__(self, rest: Pixels, box: tuple[int, int, int, int]) -> None:
        margin = max(2, round(0.02 * max(box[2] - box[0], box[3] - box[1])))
        self.rows = slice(max(0, box[1] - margin), box[3] + margin)
        self.columns = slice(max(0, box[0] - margin), box[2] + margin)
        cover = (rest[self.rows, self.columns, 3] > 0).astype(np.uint8)
        self.cover = cv2.dilate(cover, np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)) > 0
        self.count = 0
        self.sum = np.zeros((*cover.shape, 4))
        self.squares = np.zeros((*cover.shape, 4))
        self.first = self.last = np.zeros((0, 0, 4), np.uint8)
        self.changes: list[float] = []

    def add(self, frame: Pixels) -> None:
        piece = np.ascontiguousarray(frame[self.rows, self.columns])
        if self.count:
            self.changes.append(self._change(self.last, piece))
        else:
            self.first = piece
        self.last = piece
        cv2.accumulate(piece, self.sum)
        cv2.accumulateSquare(piece, self.squares)
        self.count += 1

    def deviation(self) -> float:
        variance = self.squares / self.count - (self.sum / self.count) ** 2  # (h, w, 4)
        return float(np.sqrt(np.clip(variance[self.cover], 0, None).mean()))

    def _change(self, before: Pixels, after: Pixels) -> float:
        distance = float(cv2.norm(before, after, cv2.NORM_L2))
        return float(distance / np.sqrt(max(4 * int(self.cover.sum()), 1)))

    def steps(self) -> NDArray[np.float64]:
        return np.array([*self.changes, self._change(self.last, self.first)])
