"""Training as a program, in tiny sizes: it runs, repeats exactly from a seed, and its weights come back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from engine.training.buckets import AUTOENCODER, TRANSFORMER, choose, scaled
from engine.training.loop import Run, pace

SMALL = [
    "--config",
    "small",
    "--drawings",
    "72",
    "--prompts",
    "60",
    "--share",
    "0.01",
    "--held-out",
    "0",
    "--device",
    "cpu",
]


def trained(out: Path, what: str, *more: str) -> dict[str, torch.Tensor]:
    command = [sys.executable, "-m", "engine.training", what, "--out", str(out), *SMALL, *more]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parent.parent)
    return {k: v for path in sorted(out.glob("weights-*.safetensors")) for k, v in load_file(path).items()}


def test_both_trainings_run_and_the_first_repeats(tmp_path: Path) -> None:
    one = trained(tmp_path / "a", "autoencoder", "--steps", "2")
    same = trained(tmp_path / "b", "autoencoder", "--steps", "2")
    assert one.keys() == same.keys()
    assert all(torch.equal(one[name], same[name]) for name in one)
    lines = [json.loads(line) for line in (tmp_path / "a" / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert all(line["loss"] > 0 for line in lines)
    assert trained(tmp_path / "c", "transformer", "--steps", "2")


def test_the_rate_rises_then_falls() -> None:
    run = Run(Path(), 1000, warmup=10)
    rates = [pace(step, step / 1000, run) for step in range(1000)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.05


def test_every_process_trains_on_the_same_sizes() -> None:
    assert [choose(AUTOENCODER, 3, turn) for turn in range(9)] == [choose(AUTOENCODER, 3, turn) for turn in range(9)]
    assert {choose(TRANSFORMER, 0, turn) for turn in range(400)} == set(TRANSFORMER)
    assert all(b.batch == 4 for b in scaled(AUTOENCODER, 0.001))
