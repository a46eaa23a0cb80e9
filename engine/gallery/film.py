"""A motion preset as a short film: rendered by the engine, from the very lines of a layout that the gallery shows."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..alpha import unpremultiply
from ..backends import backend_infos
from ..document import Document
from ..layout.dump import quoted
from ..layout.read import parse_layout
from ..pictures import Stage
from ..pipeline import animate
from ..plan import Choices
from ..plan.planner import make_plan
from ..presets import MotionPreset, Slot
from ..progress import Silent
from ..timing import Time
from .figure import Figure, alone, in_scenery

Pixels = NDArray[np.uint8]
_LEAST = 2.0  # s of a loop that chance makes
_HOLD = 0.9  # s between arriving and leaving
_REST = 300  # ms without anything before it comes again


@dataclass(frozen=True, eq=False)
class Film:
    """(h, w, 4) straight frames. `telling`: the one that says most when nothing moves."""

    frames: list[Pixels]
    fps: int
    telling: int
    loops: bool

    def webp(self, quality: int) -> bytes:
        """An animated WebP that plays for ever."""
        pictures = [Image.fromarray(frame) for frame in self.frames]
        edges = [round(1000 * index / self.fps) for index in range(len(pictures) + 1)]
        lengths = [end - start for start, end in pairwise(edges)]
        lengths[-1] += 0 if self.loops else _REST
        out = io.BytesIO()
        pictures[0].save(
            out, "WEBP", save_all=True, append_images=pictures[1:], duration=lengths, loop=0, quality=quality,
            alpha_quality=72, method=3, background=(0, 0, 0, 0),
        )  # fmt: skip
        return out.getvalue()

    def still(self, quality: int) -> bytes:
        """The telling frame as a WebP."""
        out = io.BytesIO()
        Image.fromarray(self.frames[self.telling]).save(out, "WEBP", quality=quality, alpha_quality=80, method=6)
        return out.getvalue()


def snippet(preset: MotionPreset, path: str) -> str:
    """Lines for a layout that play the preset on a layer, with all its parameters and their defaults."""
    if preset.family == "camera":
        return f"canvas:\n  camera: {preset.written('loop')}\n"
    slots: tuple[Slot, ...] = ("loop",) if "loop" in preset.slots else preset.slots
    lines = [f"    {slot}: {preset.written(slot)}\n" for slot in slots]
    return f"layers:\n  - layer: {quoted(path)}\n" + "".join(lines)


def film(preset: MotionPreset, figure: Figure, side: int, fps: int, seconds: float | None = None) -> Film:
    """Play a preset on the figure: loops as often as fits, others in, hold, out. `seconds`: exactly so long."""
    document = in_scenery(figure, side) if preset.family == "camera" else alone(figure, side)
    loops = "loop" in preset.slots
    frames = round(fps * (seconds if seconds is not None else _seconds(preset, fps)))
    stage = _stage(document, _layout(preset, figure, fps, frames, loops=loops))
    pictures = stage.pictures((), range(frames), composite=True)
    shown = [_straight(picture.composite) for picture in pictures if picture.composite is not None]
    return Film(shown, fps, _telling(preset, fps, frames), loops)


def _stage(document: Document, text: str) -> Stage:
    choices = Choices(formats=(), composites=())
    plan = make_plan(document, parse_layout(text), choices, backend_infos())
    return Stage(document, plan, animate(document, plan, "cpu", Silent()), "cpu")


def _layout(preset: MotionPreset, figure: Figure, fps: int, frames: int, *, loops: bool) -> str:
    canvas = f"fps: {fps}, duration: {frames}f, loop: {'true' if loops else 'false'}"
    if preset.family == "camera":
        return f"version: 1\ncanvas: {{{canvas}, camera: {preset.written('loop')}}}\n"
    return f"version: 1\ncanvas: {{{canvas}}}\n{snippet(preset, figure.path)}"


def _length(preset: MotionPreset, fps: int) -> float:
    """Seconds of one period, or of one way in or out."""
    text = preset.period if "loop" in preset.slots else preset.duration
    return float(Time.parse(text).seconds(Fraction(fps)))


def _seconds(preset: MotionPreset, fps: int) -> float:
    length = _length(preset, fps)
    if "loop" in preset.slots:  # only chance makes one turn unlike the next
        return length * math.ceil(_LEAST / length - 1e-9) if "seed" in preset.parameters else length
    return len(preset.slots) * length + _HOLD


def _telling(preset: MotionPreset, fps: int, frames: int) -> int:
    """A quarter of a turn, or more than half the way in."""
    share = 0.25 if "loop" in preset.slots else 0.6
    return min(frames - 1, round(share * _length(preset, fps) * fps))


def _straight(rgba: NDArray[np.float32]) -> Pixels:
    """(h, w, 4) of a premultiplied (4, h, w) composite."""
    codes: Pixels = np.rint(unpremultiply(np.clip(rgba, 0, 1)) * 255).astype(np.uint8).transpose(1, 2, 0)
    return np.ascontiguousarray(codes)
