"""The processes that train together: as many as torchrun started, each on a device of its own; else one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist

from ..errors import Unavailable, UsageError


@dataclass(frozen=True)
class World:
    """This process among those that train together."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        return self.rank == 0


@contextmanager
def world(device: str = "auto") -> Iterator[World]:
    """Joins the processes that torchrun started, and leaves them at the end; alone otherwise.

    `device` is auto, cpu, cuda or cuda:N. Raises UsageError for another word, Unavailable for a device that is absent.
    """
    local = int(os.environ["LOCAL_RANK"]) if "RANK" in os.environ else None
    chosen = _device(device, local)
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if local is None:
        yield World(0, 1, chosen)
        return
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield World(dist.get_rank(), dist.get_world_size(), chosen)
    finally:
        dist.destroy_process_group()


def _device(name: str, local: int | None) -> torch.device:
    """The device of this process, which is number `local` of its machine under torchrun."""
    kind, _, number = name.partition(":")
    if kind not in ("auto", "cpu", "cuda") or (number and not (kind == "cuda" and number.isdigit())):
        raise UsageError(f"{name!r} is not a device", hint="write auto, cpu, cuda or cuda:0")
    if number and local is not None:
        hint = "write cuda; CUDA_VISIBLE_DEVICES says which there are"
        raise UsageError(f"torchrun gives every process its own GPU, not {name}", hint=hint)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "cpu" or (kind == "auto" and not count):
        return torch.device("cpu")
    index = int(number or 0) if local is None else local
    if index >= count:
        have = f"there are {count}" if count else "there is no CUDA device"
        raise Unavailable(f"cannot use cuda:{index}: {have}", hint="use --device cpu, or fewer processes")
    return torch.device("cuda", index)
