"""Samplers of rectified flows as pure functions: `velocity(x, sigma)` is noise minus data, sigma falls from 1 to 0.

Liu et al., *Flow Straight and Fast* (2022); the resolution shift of Esser et al. 2024; classifier-free guidance after
Ho and Salimans 2022. States are lists of tensors, so that layers of different sizes are sampled together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

State = list[Tensor]
Velocity = Callable[[State, float], State]
Step = Callable[[int, int], None]  # called with (steps done, steps in all)


def sigmas(steps: int, shift: float = 1.0) -> list[float]:
    """`steps` + 1 values from 1 to 0; a shift above 1 spends more steps on high noise."""
    even = [1 - i / steps for i in range(steps + 1)]
    return [shift * s / (1 + (shift - 1) * s) for s in even]


def euler(velocity: Velocity, x: State, schedule: Sequence[float], done: Step | None = None) -> State:
    """First order: one evaluation a step."""
    for i, (now, after) in enumerate(pairwise(schedule)):
        x = _move(x, velocity(x, now), after - now)
        _tell(done, i, schedule)
    return x


def heun(velocity: Velocity, x: State, schedule: Sequence[float], done: Step | None = None) -> State:
    """Second order: two evaluations a step, one for the last."""
    for i, (now, after) in enumerate(pairwise(schedule)):
        slope = velocity(x, now)
        ahead = _move(x, slope, after - now)
        if after > 0:
            slope = [(a + b) / 2 for a, b in zip(slope, velocity(ahead, after), strict=True)]
            ahead = _move(x, slope, after - now)
        x = ahead
        _tell(done, i, schedule)
    return x


def guided(with_prompt: Velocity, without: Velocity, guidance: float, *, above: float = 0.0) -> Velocity:
    """Away from what no prompt would give, by `guidance`, while sigma is above `above` (Kynkäänniemi et al. 2024)."""

    def velocity(x: State, sigma: float) -> State:
        wanted = with_prompt(x, sigma)
        if guidance == 1 or sigma < above:
            return wanted
        return [u + guidance * (w - u) for w, u in zip(wanted, without(x, sigma), strict=True)]

    return velocity


def guided_at_once(with_prompt: Velocity, both: Velocity, guidance: float, *, above: float = 0.0) -> Velocity:
    """As `guided` in one evaluation: `both` is given every batch twice, and answers with the prompt, then without."""

    def velocity(x: State, sigma: float) -> State:
        if guidance == 1 or sigma < above:
            return with_prompt(x, sigma)
        answers = (values.chunk(2) for values in both([torch.cat([v, v]) for v in x], sigma))
        return [u + guidance * (w - u) for w, u in answers]

    return velocity


def noise(like: Sequence[Sequence[int]], seed: int, device: torch.device) -> State:
    """Normal tensors of the given shapes; drawn on the CPU, so that a seed means the same on every device."""
    generator = torch.Generator("cpu").manual_seed(seed)
    return [torch.randn(tuple(shape), generator=generator).to(device) for shape in like]


def _move(x: State, slope: State, by: float) -> State:
    return [a + by * b for a, b in zip(x, slope, strict=True)]


def _tell(done: Step | None, i: int, schedule: Sequence[float]) -> None:
    if done is not None:
        done(i + 1, len(schedule) - 1)
