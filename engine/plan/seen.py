"""What a job's exact motion shows, for the motion lint: places, coverage and light of a few points of the layer.

Nothing is drawn, and no pixel is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..geometry import MIN_SCALE, FloatArray, apply, invert
from ..motion_field import MotionField, Part
from ..timing import Time
from . import Job
from .field import exact_field

_SIDE = 5  # points each way over a layer's box
_LEAST = 1 / 255  # of coverage: below it nothing is seen


@dataclass(frozen=True, eq=False)
class Seen:
    """One job's motion, frame by frame. Generated motion is not in it: only a model knows that."""

    job: Job
    fps: Fraction
    field: MotionField  # the camera included

    @classmethod
    def of(cls, job: Job, fps: Fraction, frames: int, *, loop: bool) -> Seen:
        return cls(job, fps, exact_field(job, fps, frames, loop=loop))

    def without_camera(self) -> Seen:
        """The motion in the scene, which the camera then looks at."""
        slots = tuple(slot for slot in self.job.slots if slot.kind != "camera")
        if slots == self.job.slots:
            return self
        job = self.job.model_copy(update={"slots": slots})
        return Seen.of(job, self.fps, self.field.frames, loop=self.field.loop)

    @property
    def part(self) -> Part:
        return self.field.parts[0]  # exact motion has one

    @cached_property
    def matrices(self) -> FloatArray:
        """(t, 2, 3) forward."""
        return self.part.affine.matrices()

    @cached_property
    def points(self) -> FloatArray:
        """(n, 2) of the box at rest, its corners among them."""
        box = self.job.box
        x, y = np.linspace(box.x0, box.x1, _SIDE), np.linspace(box.y0, box.y1, _SIDE)
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)

    def moved(self, points: FloatArray) -> FloatArray:
        """(t, n, 2): where points (n, 2) of the layer at rest go. A pull is undone to first order."""
        still = np.repeat(points[None], self.field.frames, axis=0)
        pull = 0 if self.part.flow is None else self.part.flow.read(still)
        return apply(self.matrices, still - pull)

    def sources(self, points: FloatArray) -> FloatArray:
        """(t, n, 2): which place of the layer at rest is drawn at points (n, 2) of the canvas, as the renderer reads.

        Not a number where the layer has collapsed.
        """
        found = np.full((self.field.frames, len(points), 2), np.nan)
        flat = np.abs(np.linalg.det(self.matrices[:, :, :2])) < MIN_SCALE**2
        found[~flat] = apply(invert(self.matrices[~flat]), np.repeat(points[None], int((~flat).sum()), axis=0))
        return found if self.part.flow is None else found + self.part.flow.read(np.nan_to_num(found))

    @cached_property
    def places(self) -> FloatArray:
        """(t, n, 2) of `points`."""
        return self.moved(self.points)

    @cached_property
    def coverage(self) -> FloatArray:
        """(t, n): 0..1 of what is there at rest."""
        still = np.repeat(self.points[None], self.field.frames, axis=0)
        shown = np.ones(still.shape[:2])
        if self.part.opacity is not None:
            shown = shown * self.part.opacity[:, None]
        if self.part.opacity_grid is not None:
            shown = shown * np.clip(self.part.opacity_grid.read(still)[..., 0], 0, 1)
        collapsed = np.abs(np.linalg.det(self.matrices[:, :, :2])) < MIN_SCALE**2
        return np.where(collapsed[:, None], 0.0, shown)

    @property
    def visibility(self) -> FloatArray:
        """(t, n): coverage, less where the layer is smaller than at rest."""
        size = np.minimum(np.abs(np.linalg.det(self.matrices[:, :, :2])), 1)
        found: FloatArray = self.coverage * size[:, None]
        return found

    @cached_property
    def light(self) -> FloatArray:
        """(t, n): factor on the layer's colour, mean of its channels; a glow adds its strength."""
        part, frames = self.part, self.field.frames
        still = np.repeat(self.points[None], frames, axis=0)
        found = np.ones(still.shape[:2])
        if part.gain is not None:
            found = found * part.gain.mean(axis=1)[:, None]
        if part.gain_grid is not None:
            found = found * part.gain_grid.read(still).mean(axis=2)
        return found if part.glow is None else found + part.glow[:, None]

    @cached_property
    def on_canvas(self) -> NDArray[np.bool_]:
        """(t,): some of its place lies on the canvas."""
        low, high = self.places.min(axis=1), self.places.max(axis=1)
        found: NDArray[np.bool_] = (high > 0).all(axis=1) & (low < self.job.canvas).all(axis=1)
        return found

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """(t,): something of it may be seen."""
        there: NDArray[np.bool_] = self.coverage.max(axis=1) > _LEAST
        return self.on_canvas & there

    @cached_property
    def stays(self) -> NDArray[np.bool_]:
        """(t,): it is seen, has come in and is not yet going out."""
        frames = np.arange(self.field.frames)
        settled = (frames >= self.job.frames[0]) & (frames < self.job.frames[1])
        for slot in self.job.slots:
            if slot.slot == "in":
                settled &= frames >= Time(slot.start + slot.duration).frames(self.fps)
            elif slot.slot == "out":
                settled &= frames <= float(slot.start * self.fps)
        return settled & self.shown

    @cached_property
    def speed(self) -> FloatArray:
        """(t,) px a second: of the fastest point, from this frame to the next; the last frame's as the one before."""
        if self.field.frames < 2:
            return np.zeros(self.field.frames)
        steps = np.linalg.norm(np.diff(self.places, axis=0), axis=2).max(axis=1) * float(self.fps)
        return np.append(steps, steps[-1])
