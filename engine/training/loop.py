"""The training loop, in a straight line: one GPU or several, bf16, an average of the weights, resumable.

A run is fixed by its seed and its number of steps; a limit in seconds makes it depend on the machine.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from .checkpoints import load, save

Losses = Mapping[str, Tensor]  # "loss" is what is minimised, the rest is logged


@dataclass(frozen=True)
class Run:
    out: Path  # checkpoint, log and pictures go here
    steps: int
    seconds: float | None = None  # stop, annealed, after so long, whatever `steps` says
    rate: float = 4e-4
    floor: float = 0.03  # of the rate, at the end
    warmup: int = 200
    decay: float = 0.01  # of the weights
    betas: tuple[float, float] = (0.9, 0.98)
    average: float = 0.999  # of the weights, a step
    clip: float = 1.0  # norm of the gradient
    seed: int = 0
    resume: Path | None = None  # weights to go on from
    every: int = 100  # steps between lines of the log
    save_every: float = 120  # s between saves of the average weights: a machine may be lost
    compiled: bool = False
    share: float = 1.0  # of the batches that a large GPU holds


@dataclass(frozen=True)
class World:
    """This process among those that train together."""

    rank: int
    size: int
    device: torch.device

    @property
    def leads(self) -> bool:
        return self.rank == 0


def world(device: str = "auto") -> World:
    """Joins the processes that torchrun started; alone otherwise."""
    if "RANK" not in os.environ:
        name = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
        return World(0, 1, torch.device(name))
    rank = int(os.environ["LOCAL_RANK"])
    torch.cuda.set_device(rank)
    dist.init_process_group("nccl")
    return World(dist.get_rank(), dist.get_world_size(), torch.device("cuda", rank))


def train(model: nn.Module, task: nn.Module, batch: Callable[[int], object], run: Run, here: World) -> nn.Module:
    """Minimises `task(batch(step))["loss"]` over the parameters of `model`; returns the average of its weights."""
    if run.resume is not None:
        load(run.resume, model)
    average = _copy(model)
    wrapped = nn.parallel.DistributedDataParallel(task, gradient_as_bucket_view=True) if here.size > 1 else task
    optimizer = _optimizer(model, run, here)
    parameters = [p for p in model.parameters() if p.requires_grad]
    log = _Log(run.out, here)
    began = saved = time.monotonic()
    step, progress = 0, 0.0
    while progress < 1:
        for group in optimizer.param_groups:
            group["lr"] = run.rate * pace(step, progress, run)
        with torch.autocast(here.device.type, torch.bfloat16, enabled=here.device.type == "cuda"):
            losses: Losses = wrapped(batch(step))
        losses["loss"].backward()
        norm = nn.utils.clip_grad_norm_(parameters, run.clip)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        _follow(average, model, min(run.average, (1 + step) / (10 + step)))
        step += 1
        progress = _progress(step, began, run, here)
        if step % run.every == 0 or step <= 3 or progress >= 1:
            log.line(step, progress, {**losses, "norm": norm}, time.monotonic() - began)
        if here.leads and time.monotonic() - saved > run.save_every:
            save(run.out, average)
            saved = time.monotonic()
    if here.leads:
        save(run.out, average)
    return average


def pace(step: int, progress: float, run: Run) -> float:
    """Factor of the learning rate: a linear start, then a cosine down to the floor."""
    cosine = run.floor + (1 - run.floor) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return min(1.0, (step + 1) / run.warmup) * cosine


def _progress(step: int, began: float, run: Run, here: World) -> float:
    """0 to 1, the same in all processes."""
    progress = step / run.steps
    if run.seconds is not None:
        progress = max(progress, (time.monotonic() - began) / run.seconds)
        if here.size > 1 and (step % 10 == 0 or progress >= 1):
            shared = torch.tensor(progress, device=here.device)
            dist.all_reduce(shared, dist.ReduceOp.MAX)
            progress = float(shared)
    return progress


def _copy(model: nn.Module) -> nn.Module:
    import copy

    average = copy.deepcopy(model).eval()
    return average.requires_grad_(False)


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, keep: float) -> None:
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)
    for kept, now in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(now)


def _optimizer(model: nn.Module, run: Run, here: World) -> torch.optim.Optimizer:
    """AdamW; matrices decay, vectors do not."""
    matrices = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    vectors = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": run.decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=run.rate, betas=run.betas, fused=here.device.type == "cuda")


class _Log:
    """log.jsonl in the run's folder, and a line on the terminal."""

    def __init__(self, out: Path, here: World) -> None:
        self.leads = here.leads
        out.mkdir(parents=True, exist_ok=True)
        self.path = out / "log.jsonl"
        if self.leads:
            self.path.write_text("", "utf-8")

    def line(self, step: int, progress: float, values: Losses, seconds: float) -> None:
        if not self.leads:
            return
        numbers = {name: round(float(value), 6) for name, value in values.items()}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, "seconds": round(seconds, 2), **numbers}) + "\n")
        told = " ".join(f"{name} {value:.4g}" for name, value in numbers.items())
        print(f"{step} ({progress:.0%}, {seconds:.0f} s, {1000 * seconds / step:.0f} ms a step) {told}", flush=True)
