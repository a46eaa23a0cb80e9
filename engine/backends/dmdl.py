"""Generated motion: prompts and stills go through the networks of DMDL and come back as motion fields."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from ..errors import Unavailable
from ..motion_field import MotionField, rest_field
from ..plan import Job
from ..progress import Progress
from ..specs import BackendInfo
from .dmdl_files import Networks, find_weights, load_networks
from .dmdl_ladder import Rung, descend, ladder, out_of_memory
from .dmdl_plan import Clock, Group, arranged, why_at_rest

if TYPE_CHECKING:
    from . import Scene

TASK = "motion"  # as progress calls it


class Dmdl:
    """Weights are loaded when first needed and kept: one object may animate many scenes.

    weights: a name of the registry, or networks that are there already; None: those that the scene names.
    """

    info = BackendInfo(
        name="dmdl", summary="motion from prompts, by the networks of DMDL", handles=frozenset({"prompt"}),
        bytes_per_pixel=12,
    )  # fmt: skip

    def __init__(self, weights: str | Networks | None = None) -> None:
        self._weights = weights
        self._loaded: dict[str, Networks] = {}

    def animate(self, jobs: Sequence[Job], scene: Scene, progress: Progress) -> Mapping[str, MotionField]:
        """A field for every job. Raises MissingInput and Unavailable for weights, device and memory that lack."""
        _check_device(scene.device)
        networks = self._networks(scene)
        clock = Clock(Fraction(scene.fps), scene.frames, scene.loop)
        groups = arranged(jobs, scene.canvas, clock, networks.sampling)
        _say_before(groups, networks, scene, progress)
        rest = {job.layer: _at_rest(job, clock) for job in jobs if why_at_rest(job)}
        return {**rest, **_generate(groups, clock, networks, scene, progress)}

    def _networks(self, scene: Scene) -> Networks:
        if isinstance(self._weights, Networks):
            return self._weights
        name = self._weights or scene.weights
        if name not in self._loaded:
            self._loaded[name] = _loaded(name)
        return self._loaded[name]


def _loaded(name: str) -> Networks:
    """The networks of these weights. Raises as `load_networks`, and Unavailable where memory lacks for them alone."""
    try:
        return load_networks(find_weights(name))
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        hint = "close other programs, or raise the memory limit of this one"
        raise Unavailable(f"there is not enough memory to load the weights {name}", hint=hint) from error


def _at_rest(job: Job, clock: Clock) -> MotionField:
    return rest_field(job.anchor or job.box.center, clock.fps, clock.frames, loop=clock.loop)


def _generate(
    groups: Sequence[Group], clock: Clock, networks: Networks, scene: Scene, progress: Progress
) -> dict[str, MotionField]:
    """All groups, one after another, as far down the ladder as memory asks."""
    if not groups:
        return {}
    progress.begin({TASK: sum(group.work for group in groups)})
    started = time.perf_counter()
    _watch_memory(scene.device)
    try:
        rungs = ladder(scene.device, scene.precision)
        return descend(
            groups, rungs, scene.canvas, lambda group, rung: _fields(group, rung, clock, networks, scene, progress),
            progress,
        )  # fmt: skip
    finally:
        progress.end()
        progress.say(f"motion was generated in {time.perf_counter() - started:.1f} s, {peak_memory(scene.device)}")


def _fields(
    group: Group, rung: Rung, clock: Clock, networks: Networks, scene: Scene, progress: Progress
) -> dict[str, MotionField]:
    """The motion of one group on one rung."""
    import torch

    from .dmdl_pieces import motion_fields
    from .dmdl_sample import generated
    from .dmdl_scene import shown

    tiles = {member.job.layer: scene.still(member.job.layer) for member in group.members}
    seen = shown(group, scene.canvas, scene.global_prompt, lambda layer: tiles[layer], networks.to(rung.device))
    half = {"bf16": torch.bfloat16, "fp16": torch.float16}.get(rung.half)
    made = generated(networks, seen, group, half, lambda: progress.advance(TASK))
    return motion_fields(group, made, seen, {name: tile.box for name, tile in tiles.items()}, scene.canvas, clock)


# --- what is said -----------------------------------------------------------------------------------------------------


def _say_before(groups: Sequence[Group], networks: Networks, scene: Scene, progress: Progress) -> None:
    """Prompts that may not be understood, precision that is not to be had."""
    from .dmdl_scene import doubts

    limit = networks.transformer.config.text.limit
    for member in (member for group in groups for member in group.members):
        for doubt in doubts(networks.words, member.prompt.text, limit):
            progress.say(f"warning: {member.job.path}: {doubt}")
    if scene.device == "cpu" and scene.precision in ("fp16", "bf16"):
        progress.say(
            f"warning: --precision {scene.precision} needs CUDA; a CPU is faster in single precision, used here"
        )


def _check_device(device: str) -> None:
    """Raise Unavailable for a CUDA device that is not there."""
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device != "cpu" and int(device.partition(":")[2] or 0) >= count:
        have = f"there are {count}" if count else "there is no CUDA device"
        raise Unavailable(f"cannot use {device}: {have}", hint="use --device cpu, or see `art doctor`")


def _watch_memory(device: str) -> None:
    import torch

    if device != "cpu":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: str) -> str:
    """The most memory that was used, in words; of a CPU's, by the whole process so far."""
    import sys

    import torch

    if device != "cpu":
        return f"peak memory {torch.cuda.max_memory_allocated(device) / 2**30:.2f} GiB on {device}"
    if sys.platform == "win32":
        return "peak memory unknown on this system"
    import resource

    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return f"peak memory of the process {peak / 2**30:.2f} GiB"
