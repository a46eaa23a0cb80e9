"""Backends turn planned jobs into `MotionField`s.

To add one: a file here, a line in `BACKENDS`, and it runs through the contract test (tests/test_backends.py).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from ..geometry import Box
from ..motion_field import MotionField
from ..plan import Job
from ..progress import Progress
from ..specs import BackendInfo
from ..tile import Tile


@dataclass(frozen=True, eq=False)
class Scene:
    """What all jobs of one run share. `still` draws a layer at rest (premultiplied), for backends that look at it."""

    canvas: Box
    fps: Fraction
    frames: int
    loop: bool
    seed: int
    device: str
    still: Callable[[str], Tile]
    global_prompt: str = ""
    weights: str = "dmdl-s"  # name of the weights of a backend that has some
    precision: str = "auto"  # of networks: auto, fp16, bf16 or fp32


class Backend(Protocol):
    """All jobs of a run come together, so that a backend may let layers see each other."""

    @property
    def info(self) -> BackendInfo: ...

    def animate(self, jobs: Sequence[Job], scene: Scene, progress: Progress) -> Mapping[str, MotionField]:
        """A field for every job, by layer id, at the scene's rate and length. Deterministic for a seed."""
        ...


def _kinetic() -> Backend:
    from .kinetic import Kinetic

    return Kinetic()


def _dmdl() -> Backend:
    from .dmdl import Dmdl

    return Dmdl()


BACKENDS: dict[str, Callable[[], Backend]] = {
    "kinetic": _kinetic,
    "dmdl": _dmdl,
}


def backend_infos() -> tuple[BackendInfo, ...]:
    """The capabilities of every backend, as the planner wants them."""
    return tuple(make().info for make in BACKENDS.values())
