"""What a run tells while it runs: log.jsonl in its folder and lines on the terminal, means since the line before."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..errors import CheckFailed, Where

LOG = "log.jsonl"
HOPELESS = 50  # steps of one line that were all skipped: no later step would be better


class Log:
    """Sums stay on the device until a line is written: no step waits for another."""

    def __init__(self, folder: Path, step: int) -> None:
        """Lines of steps after `step`, which a run that goes on takes again, are dropped."""
        self.path = folder / LOG
        kept = [line for line in lines(self.path) if (line["step"] or 0) <= step] if step else []
        self.path.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")
        self._step, self._time = step, time.monotonic()
        self._names: tuple[str, ...] = ()
        self._sum: Tensor | None = None

    def add(self, values: Mapping[str, Tensor], sound: Tensor) -> None:
        """The losses of one step; they count where `sound` (no dimensions, bool) is true."""
        found = torch.stack([*(v.detach().float() for v in values.values()), torch.ones_like(sound, dtype=torch.float)])
        found = torch.where(sound, found, torch.zeros_like(found))
        self._names = tuple(values)
        self._sum = found if self._sum is None else self._sum + found

    def line(self, step: int, progress: float, seconds: float, rate: float) -> None:
        """Write what was added since the last line. Raises CheckFailed where many steps were all skipped."""
        assert self._sum is not None  # `add` comes before `line`
        *sums, sound = self._sum.tolist()
        taken, now = step - self._step, time.monotonic()
        means = {name: _rounded(s / sound if sound else None) for name, s in zip(self._names, sums, strict=True)}
        facts = {
            "step": step, "seconds": round(seconds, 2), "ms": round(1000 * (now - self._time) / taken, 2),
            "rate": _rounded(rate), "skipped": taken - int(sound), **means,
        }  # fmt: skip
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(facts) + "\n")
        told = " ".join(f"{name} {value:.4g}" for name, value in means.items() if value is not None)
        skipped = f", {facts['skipped']} skipped" if facts["skipped"] else ""
        print(f"{step} ({progress:.0%}, {seconds:.0f} s, {facts['ms']:.0f} ms a step{skipped}) {told}", flush=True)
        self._step, self._time, self._sum = step, now, None
        if not sound and taken >= HOPELESS:
            hint = "go on from an earlier checkpoint with a lower --rate or another --seed"
            raise CheckFailed(f"no gradient of the last {taken} steps was finite", hint=hint, where=Where(self.path))


def lines(path: Path) -> list[dict[str, float | None]]:
    """The lines of a log; none where there is no log. A line cut off by a lost machine is left out."""
    found = []
    for text in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            found.append(json.loads(text))
        except ValueError:
            continue
    return found


def _rounded(value: float | None) -> float | None:
    """Six digits; None for what is not finite, which JSON cannot say."""
    return float(f"{value:.6g}") if value is not None and math.isfinite(value) else None
