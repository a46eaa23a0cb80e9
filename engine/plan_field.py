"""The exact motion of a job as one field: what the planner measures and the kinetic backend gives to the renderer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from .motion import animate
from .motion_algebra import over_motion
from .motion_field import MotionField
from .motion_keyframes import keyframe_field
from .motion_path import travel_closes, travel_field
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


def loop_jumps(job: Job) -> list[str]:
    """A sentence for each reason why a job's motion does not run from the last frame into the first."""
    sides = {slot.slot for slot in job.slots}
    jumps = []
    # what goes out by the end may begin and end anywhere unseen
    unseen = {"in", "out"} <= sides
    if job.keyframes is not None and not job.keyframes.closes and not unseen:
        jumps.append("its keyframes end at another place than they begin, so the loop jumps")
    if job.travel is not None and not travel_closes(job.travel) and not unseen:
        jumps.append("its path ends at another place than it begins, so the loop jumps")
    if "in" in sides and "out" not in sides:
        jumps.append("it comes in but does not go out, so the loop jumps")
    if "out" in sides and "in" not in sides:
        jumps.append("it goes out but does not come in, so the loop jumps")
    return [f"{job.path}: {jump}" for jump in jumps]


def _ended(field: MotionField, end: int) -> MotionField:
    """The field with nothing to see from frame `end` on."""
    if end >= field.frames:
        return field
    shown = (np.arange(field.frames) < end).astype(float)
    parts = tuple(
        replace(part, opacity=shown if part.opacity is None else part.opacity * shown) for part in field.parts
    )
    return replace(field, parts=parts)
