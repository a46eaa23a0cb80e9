"""What happens when memory runs out: less at once, then less precisely, then elsewhere, and a sentence for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import Unavailable
from ..geometry import Box
from ..motion_field import MotionField
from ..progress import Progress
from ..tiling import LAYERS
from .dmdl_plan import Group


@dataclass(frozen=True)
class Rung:
    """One way of generating. `half`: the networks' precision, "bf16" or "fp16", or "" for single."""

    layers: int  # at most, together
    half: str
    device: str
    said: str = ""  # when it is stepped on


Attempt = Callable[[Group, Rung], Mapping[str, MotionField]]


def ladder(device: str, precision: str) -> list[Rung]:
    """From what was asked for down to what needs least memory."""
    half = "" if device == "cpu" or precision in ("auto", "fp32") else precision
    rungs = [Rung(LAYERS, half, device)]
    for layers in range(LAYERS - 1, 1, -1):
        rungs.append(Rung(layers, half, device, f"layers are generated in groups of at most {layers} now"))
    rungs.append(Rung(1, half, device, "layers are generated one at a time now and do not see each other"))
    if device != "cpu":
        rungs += [] if half else [Rung(1, "fp16", device, "the networks compute in half precision now")]
        rungs.append(Rung(1, "", "cpu", "motion is generated on the CPU now, which takes longer"))
    return rungs


def descend(
    groups: Sequence[Group], rungs: Sequence[Rung], canvas: Box, attempt: Attempt, progress: Progress
) -> dict[str, MotionField]:
    """The fields of all groups; whenever memory runs out, the rest goes on one rung lower.

    Raises Unavailable when the lowest is not low enough.
    """
    fields: dict[str, MotionField] = {}
    waiting, level = list(groups), 0
    while waiting:
        group = waiting.pop(0)
        if len(group.members) > rungs[level].layers:
            waiting[:0] = group.split(rungs[level].layers, canvas)
            continue
        made = _tried(attempt, group, rungs[level])
        if made is not None:
            fields |= made
            continue
        level = _lower(group, rungs, level)
        progress.say(f"not enough memory on {rungs[level - 1].device}: {rungs[level].said}")
        waiting.insert(0, group)
    return fields


def _tried(attempt: Attempt, group: Group, rung: Rung) -> Mapping[str, MotionField] | None:
    """None where memory ran out; by then all that the attempt held is released."""
    try:
        return attempt(group, rung)
    except Exception as error:
        if not out_of_memory(error):
            raise
    _release(rung.device)
    return None


def _lower(group: Group, rungs: Sequence[Rung], level: int) -> int:
    """The next rung on which this group needs less. Raises Unavailable."""
    for lower in range(level + 1, len(rungs)):
        fewer = rungs[lower].layers < len(group.members)
        if fewer or (rungs[lower].half, rungs[lower].device) != (rungs[level].half, rungs[level].device):
            return lower
    names = ", ".join(repr(member.job.path) for member in group.members)
    hint = "shorten canvas.duration, make the document smaller with --size, or use a machine with more memory"
    raise Unavailable(f"there is not enough memory to generate the motion of {names}", hint=hint)


def out_of_memory(error: BaseException) -> bool:
    """Of the device, or of the machine."""
    import torch

    said = str(error).lower()
    words = ("can't allocate memory", "cannot allocate memory", "not enough memory", "out of memory")
    plain = isinstance(error, RuntimeError) and any(word in said for word in words)
    return plain or isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError))


def _release(device: str) -> None:
    import gc

    import torch

    gc.collect()
    if device != "cpu" and torch.cuda.is_available():
        torch.cuda.empty_cache()
