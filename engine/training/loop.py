"""The training loop, in a straight line: one GPU or several, bf16 on CUDA, an average of the weights, resumable.

A run is fixed by its seed and its number of steps; a limit in seconds makes it depend on the machine. Chance in a step
follows from the seed, the process and the step, and so must its batch: a run that was interrupted goes on as if it had
not been.
"""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..errors import CannotWrite, MissingInput, Where
from .checkpoints import INDEX, STATE, State, load, restore, save, save_state, start_from, write_text
from .log import LOG, Log
from .report import Pair, curves, sheet
from .world import World

Batches = Callable[[int], Iterator[Any]]  # the batches of this process from a step on
Network = TypeVar("Network", bound=nn.Module)
COMPARED = 10  # steps between comparisons of the processes' clocks
SCORES = "scores.json"


@dataclass(frozen=True)
class Run:
    """What does not belong to the network or the data."""

    out: Path  # weights, state, log and pictures go here
    steps: int
    seconds: float | None = None  # stop, annealed, after so long, whatever `steps` says; over all resumptions
    rate: float = 4e-4
    floor: float = 0.03  # of the rate, at the end
    warmup: int = 200
    decay: float = 0.01  # of the weights
    betas: tuple[float, float] = (0.9, 0.98)
    average: float = 0.999  # of the weights, a step
    clip: float = 1.0  # norm of the gradient
    seed: int = 0
    resume: Path | None = None  # folder to go on from, or file of shipped weights to start from
    only: str = ""  # the parameters whose names begin so are trained, the others stay as they are
    until: int | None = None  # stop before this step, to be resumed
    pause: float | None = None  # stop after so many seconds of this process, to be resumed
    every: int = 100  # steps between lines of the log
    keep: float = 60.0  # s between checkpoints
    scored: int = 0  # checkpoints between scores; 0: at the end alone
    held_out: int = 16  # clips of each kind that scores and sheets are made from; 0: neither
    compiled: bool = False
    share: float = 1.0  # of the batches that a large GPU holds


@dataclass(frozen=True)
class Watch:
    """What is asked of the average of the weights, by the first process alone."""

    score: Callable[[nn.Module], Mapping[str, float]] | None = None  # into scores.json
    show: Callable[[nn.Module], Sequence[Pair]] | None = None  # into sheet.png


def train(
    model: Network, config: str, task: nn.Module, batches: Batches, run: Run, here: World, watch: Watch | None = None
) -> Network:
    """Minimises `task(batch)["loss"]` over the parameters of `model`; returns the average of its weights.

    `task` holds `model`; `config` is the model's, as JSON. What comes out lies in `run.out`. Raises MissingInput and
    BadInput for a folder that cannot be resumed, CannotWrite, and CheckFailed where no step has a finite gradient.
    """
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith(run.only))
    state = State(model, _copy(model), _optimizer(model, run))
    _begin(state, config, run, here)
    keeper = _Keeper(state, config, run, here, watch or Watch()) if here.leads else None
    wrapped = _shared(task, here)
    clock = Clock(run, here, state.spent)
    feed = batches(state.step)
    while clock.goes_on(state.step):
        rate = _set_rate(state, clock.progress(state.step), run)
        batch = next(feed)
        torch.manual_seed(hash((run.seed, here.rank, state.step)) % 2**62)
        losses, sound = _step(state, wrapped, batch, run, here)
        state.step += 1
        if keeper:
            keeper.after(losses, sound, clock, rate)
    if keeper:
        keeper.end(clock)
    average: Network = state.average  # type: ignore[assignment]  # a copy of `model`
    return average


def _step(state: State, task: nn.Module, batch: object, run: Run, here: World) -> tuple[dict[str, Tensor], Tensor]:
    """One step: its losses, and whether its gradient was finite. One that was not changes nothing."""
    with torch.autocast(here.device.type, torch.bfloat16, enabled=here.device.type == "cuda"):
        losses: dict[str, Tensor] = task(batch)
    losses["loss"].backward()
    norm = nn.utils.clip_grad_norm_([p for p in state.model.parameters() if p.requires_grad], run.clip)
    sound = torch.isfinite(norm)
    # the fused optimizer leaves everything as it is where this is 1, without the host having to look
    state.optimizer.found_inf = (~sound).float()  # type: ignore[attr-defined]  # as torch.amp.GradScaler sets it
    state.optimizer.step()
    state.optimizer.zero_grad(set_to_none=True)
    _follow(state.average, state.model, min(run.average, (1 + state.step) / (10 + state.step)))
    return {**losses, "norm": norm}, sound


def _begin(state: State, config: str, run: Run, here: World) -> None:
    """Everything of the run that is resumed, or its weights alone where it left no more."""
    if here.leads and (run.resume is None or run.resume.resolve() != run.out.resolve()):
        _refuse_used(run.out)
    if run.resume is None:
        return
    if (run.resume / STATE).is_file():
        told = restore(run.resume, state, config)
        now = _told(run, here)
        others = [f"{key} {now[key]} (was {was})" for key, was in told.items() if now.get(key, was) != was]
        _say(here, f"goes on at step {state.step}" + (f", with another {', '.join(others)}" if others else ""))
    elif (run.resume / INDEX).is_file():
        load(run.resume, state.model, config)
        state.average.load_state_dict(state.model.state_dict())
        _say(here, f"starts from the weights in {run.resume}: optimizer, steps and data start afresh")
    elif run.resume.is_file():
        afresh = start_from(run.resume, state.model)
        state.average.load_state_dict(state.model.state_dict())
        also = f"{afresh} tensors, " if afresh else ""
        _say(here, f"starts from the weights in {run.resume}: {also}optimizer, steps and data start afresh")
    else:
        hint = f"a run leaves {STATE} at its checkpoints and {INDEX} with its weights"
        raise MissingInput("there is nothing to go on from", hint=hint, where=Where(run.resume))


def _told(run: Run, here: World) -> dict[str, object]:
    """What has to be the same for a resumed run to be exactly the run that was interrupted."""
    facts = {name: getattr(run, name) for name in ("steps", "seconds", "rate", "warmup", "average", "seed", "share")}
    return {**facts, "processes": here.size}


def _refuse_used(folder: Path) -> None:
    """Raise CannotWrite where another run lies: starting afresh would remove it."""
    if any((folder / name).exists() for name in (STATE, INDEX, LOG)):
        hint = f"go on with --resume {folder}, or choose another folder"
        raise CannotWrite("a run lies there", hint=hint, where=Where(folder))


def _say(here: World, text: str) -> None:
    if here.leads:
        print(text, flush=True)


def _shared(task: nn.Module, here: World) -> nn.Module:
    """The task of several processes, whose gradients are averaged; buffers never change after the start."""
    if here.size == 1:
        return task
    return nn.parallel.DistributedDataParallel(task, gradient_as_bucket_view=True, broadcast_buffers=False)


# --- time -------------------------------------------------------------------------------------------------------------


class Clock:
    """How far a run is, 0 to 1, the same in all processes: they compare their clocks at every tenth step alone."""

    def __init__(self, run: Run, here: World, spent: float) -> None:
        self.run, self.here = run, here
        self.began = time.monotonic()
        self.before = spent  # s, of processes that this one goes on from
        self._share = spent / run.seconds if run.seconds else 0.0  # of the seconds, when last compared
        self._paused = False

    @property
    def spent(self) -> float:
        return self.before + time.monotonic() - self.began

    def progress(self, step: int) -> float:
        return min(1.0, max(step / self.run.steps, self._share))

    def goes_on(self, step: int) -> bool:
        """Whether to take step number `step`; every process asks before every step."""
        if step % COMPARED == 0 and (self.run.seconds or self.run.pause):
            self._compare()
        stopped = self._paused or (self.run.until is not None and step >= self.run.until)
        return self.progress(step) < 1 and not stopped

    def _compare(self) -> None:
        mine = (time.monotonic() - self.began) / (self.run.pause or math.inf)
        told = torch.tensor([self.spent / (self.run.seconds or math.inf), mine], dtype=torch.float64)
        if self.here.size > 1:
            told = told.to(self.here.device)
            dist.all_reduce(told, dist.ReduceOp.MAX)
        share, paused = told.tolist()
        self._share, self._paused = max(self._share, share), paused >= 1


def pace(step: int, progress: float, run: Run) -> float:
    """Factor of the learning rate: a linear start, then a cosine down to the floor."""
    cosine = run.floor + (1 - run.floor) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
    return min(1.0, (step + 1) / run.warmup) * cosine


def _set_rate(state: State, progress: float, run: Run) -> float:
    rate = run.rate * pace(state.step, progress, run)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    return rate


# --- weights ----------------------------------------------------------------------------------------------------------


def _copy(model: nn.Module) -> nn.Module:
    return copy.deepcopy(model).eval().requires_grad_(False)


@torch.no_grad()
def _follow(average: nn.Module, model: nn.Module, keep: float) -> None:
    torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)
    for kept, now in zip(average.buffers(), model.buffers(), strict=True):
        kept.copy_(now)


def _optimizer(model: nn.Module, run: Run) -> torch.optim.Optimizer:
    """AdamW; matrices decay, vectors do not. Fused: it can leave out a step by itself (see `_step`)."""
    matrices = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    vectors = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": run.decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=run.rate, betas=run.betas, fused=True)


# --- what is kept -----------------------------------------------------------------------------------------------------


class _Keeper:
    """Log, checkpoints, pictures and scores: what the first process does for all."""

    def __init__(self, state: State, config: str, run: Run, here: World, watch: Watch) -> None:
        run.out.mkdir(parents=True, exist_ok=True)
        self.state, self.config, self.run, self.watch = state, config, run, watch
        self.log = Log(run.out, state.step)
        self.scores = [entry for entry in _scores(run.out) if entry["step"] <= state.step]
        self.kept, self.checkpoints = time.monotonic(), 0
        self.told, self.facts = state.step, _told(run, here)  # step of the last line; what a resumption compares

    def after(self, losses: Mapping[str, Tensor], sound: Tensor, clock: Clock, rate: float) -> None:
        """Of every step."""
        step = self.state.step
        self.log.add(losses, sound)
        self.rate = rate
        if step % self.run.every == 0 or step <= 3:
            self._line(clock)
        if time.monotonic() - self.kept >= self.run.keep:
            self.checkpoint(clock)

    def _line(self, clock: Clock) -> None:
        step = self.state.step
        self.log.line(step, clock.progress(step), clock.spent, self.rate)
        self.told = step

    def checkpoint(self, clock: Clock) -> None:
        """All that the run needs to go on, and what it has reached so far."""
        self.state.spent = clock.spent
        save_state(self.run.out, self.state, self.config, self.facts)
        self.checkpoints += 1
        self._results(scored=self.run.scored > 0 and self.checkpoints % self.run.scored == 0)
        self.kept = time.monotonic()

    def end(self, clock: Clock) -> None:
        """Weights and scores of a run that is over, which needs its state no more; a checkpoint of one that is not."""
        if self.state.step > self.told:
            self._line(clock)
        if clock.progress(self.state.step) < 1:
            self.checkpoint(clock)
            return
        self._results(scored=True)
        (self.run.out / STATE).unlink(missing_ok=True)

    def _results(self, *, scored: bool) -> None:
        average, out = self.state.average, self.run.out
        save(out, average, self.config, self.state.step)
        curves(out / LOG, out / "curves.png")
        if self.watch.show:
            sheet(self.watch.show(average), out / "sheet.png")
        if scored and self.watch.score:
            self.scores.append({"step": self.state.step, **self.watch.score(average)})
            write_text(out / SCORES, json.dumps(self.scores, indent=1) + "\n")


def _scores(folder: Path) -> list[dict[str, float]]:
    path = folder / SCORES
    return list(json.loads(path.read_text("utf-8"))) if path.is_file() else []
