"""Exact motions: what the planner resolved is evaluated on every frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..motion_field import MotionField
from ..plan import Job
from ..plan.field import exact_field
from ..progress import Progress
from ..specs import BackendInfo

if TYPE_CHECKING:
    from . import Scene


class Kinetic:
    """Slots, keyframes and paths; no model, no chance beyond the slot's seed."""

    info = BackendInfo(
        name="kinetic", summary="exact motions from presets, keyframes and paths", handles=frozenset({"motion"}),
        bytes_per_pixel=0,
    )  # fmt: skip

    def animate(self, jobs: Sequence[Job], scene: Scene, progress: Progress) -> Mapping[str, MotionField]:
        return {job.layer: exact_field(job, scene.fps, scene.frames, loop=scene.loop) for job in jobs}
