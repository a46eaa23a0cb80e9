"""The exact motion of a job as one field: what the planner measures and the kinetic backend gives to the renderer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from .motion import animate
from .motion_algebra import over_motion
from .motion_field import MotionField
from .motion_keyframes import keyframe_field
from .motion_path import travel_field
from .plan import Job


def exact_field(job: Job, fps: Fraction, frames: int, *, loop: bool) -> MotionField:
    """Slots, keyframes and path of a job as one field; nothing shows after the job's last frame.

    From the inside out: loop, keyframes, path, in, out. Keyframes and path are where the layer is; an entrance is how
    it gets there.
    """
    inner = [slot for slot in job.slots if slot.slot == "loop" and slot.kind != "camera"]
    outer = [slot for slot in job.slots if slot not in inner]
    field = animate(inner, job.subject, fps, frames, loop=loop)
    if job.keyframes is not None:
        field = over_motion(keyframe_field(job.keyframes, fps, frames, loop=loop), field, job.box)
    if job.travel is not None:
        field = over_motion(travel_field(job.travel, fps, frames, loop=loop), field, job.box)
    if outer:
        field = over_motion(animate(outer, job.subject, fps, frames, loop=loop), field, job.box)
    return _ended(field, job.frames[1])


def _ended(field: MotionField, end: int) -> MotionField:
    """The field with nothing to see from frame `end` on."""
    if end >= field.frames:
        return field
    shown = (np.arange(field.frames) < end).astype(float)
    parts = tuple(
        replace(part, opacity=shown if part.opacity is None else part.opacity * shown) for part in field.parts
    )
    return replace(field, parts=parts)
