"""The exact motion of a job as one field: what the planner measures and the kinetic backend gives to the renderer."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from ..motion import animate
from ..motion.keyframes import keyframe_field
from ..motion.path import travel_closes, travel_field
from ..motion_algebra import over_motion
from ..motion_field import MotionField
from . import Job


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


def open_ends(job: Job) -> list[tuple[str, str, str]]:
    """(key, reason, how to mend it): why a job's motion may not run from the last frame into the first.

    Whether it really jumps, only its field tells: keys a whole turn apart look the same.
    """
    sides = {slot.slot for slot in job.slots}
    found = []
    # what goes out by the end may begin and end anywhere unseen
    unseen = {"in", "out"} <= sides
    if job.keyframes is not None and not job.keyframes.closes and not unseen:
        mend = "end every property with the value it begins with"
        found.append(("keyframes", "its keyframes end at another place than they begin", mend))
    if job.travel is not None and not travel_closes(job.travel) and not unseen:
        found.append(("path", "its path ends at another place than it begins", "lead the path back to its first point"))
    for side, other, comes, goes in (("in", "out", "comes in", "go out"), ("out", "in", "goes out", "come in")):
        if side in sides and other not in sides:
            mend = f"give it `{other}` too, or say `loop: false` in `canvas`"
            found.append((side, f"it {comes} but does not {goes}", mend))
    return found


def _ended(field: MotionField, end: int) -> MotionField:
    """The field with nothing to see from frame `end` on."""
    if end >= field.frames:
        return field
    shown = (np.arange(field.frames) < end).astype(float)
    parts = tuple(
        replace(part, opacity=shown if part.opacity is None else part.opacity * shown) for part in field.parts
    )
    return replace(field, parts=parts)
