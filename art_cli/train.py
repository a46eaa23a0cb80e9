"""`art train`: the networks' own training, on drawn data."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.errors import UsageError

from . import console, options


class Network(StrEnum):
    autoencoder = "autoencoder"
    transformer = "transformer"
    segmenter = "segmenter"


def train(
    network: Annotated[Network, typer.Argument(help="Which network to train.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for weights, state, log and pictures.")],
    steps: Annotated[int, typer.Option("--steps", min=1, help="Steps of the whole run.")] = 10_000,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Stop, annealed, after so long.")] = None,
    until: Annotated[int | None, typer.Option("--until", min=1, help="Stop before this step, to be resumed.")] = None,
    pause: Annotated[float | None, typer.Option("--pause", help="Stop after so many seconds, to be resumed.")] = None,
    rate: Annotated[float, typer.Option("--rate", help="Highest learning rate.")] = 5e-4,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Where chance starts.")] = 0,
    resume: Annotated[
        Path | None, typer.Option("--resume", help="Run to go on from (its folder), or weights to start from.")
    ] = None,
    every: Annotated[int, typer.Option("--every", min=1, help="Steps between lines of the log.")] = 100,
    keep: Annotated[float, typer.Option("--keep", min=0, help="Seconds between checkpoints.")] = 60.0,
    scored: Annotated[int, typer.Option("--scored", min=0, help="Checkpoints between scores; 0: at the end.")] = 0,
    held_out: Annotated[int, typer.Option("--held-out", min=0, help="Clips of each kind to score; 0: none.")] = 16,
    size: Annotated[Literal["small", "base"], typer.Option("--config", help="Size of the network.")] = "base",
    device: options.Device = "auto",
    compiled: Annotated[bool, typer.Option("--compile/--no-compile", help="Fuse the networks' blocks.")] = False,
    share: Annotated[float, typer.Option("--share", help="Size of batches; 1 fills a large GPU.")] = 1.0,
    drawings: Annotated[int, typer.Option("--drawings", min=1, help="Drawings to train on.")] = 8000,
    prompts: Annotated[int, typer.Option("--prompts", min=1, help="Prompts of single layers to train on.")] = 120_000,
) -> None:
    """Train a network on data drawn from a seed; an interrupted run goes on with --resume."""
    for name, value in (("--seconds", seconds), ("--pause", pause), ("--rate", rate), ("--share", share)):
        if value is not None and value <= 0:
            raise UsageError(f"{name} {value:g} is not above 0", hint="leave it out, or give a larger number")
    from engine.training.loop import Run
    from engine.training.run import amounts_of, train_network

    run = Run(
        out, steps, seconds, rate=rate, seed=seed, resume=resume, until=until, pause=pause, every=every, keep=keep,
        scored=scored, held_out=held_out, compiled=compiled, share=share,
    )  # fmt: skip
    train_network(network.value, run, amounts_of(drawings, prompts), size, device)
    console.put(f"{out}: weights, log.jsonl and curves.png")
