"""`python -m engine.training autoencoder|transformer|export`: training without the packages of the command line.

On several GPUs: `torchrun --nproc-per-node 2 -m engine.training ...`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import ArtError
from .export import export
from .loop import Run
from .run import CONFIGS, amounts_of, train_network


def main() -> None:
    options = _parser().parse_args()
    try:
        _export(options) if options.what == "export" else _train(options)
    except ArtError as error:
        print(f"error: {error}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)
        sys.exit(error.exit_code)


def _train(options: argparse.Namespace) -> None:
    run = Run(
        options.out, options.steps, options.seconds, rate=options.rate, seed=options.seed, resume=options.resume,
        until=options.until, pause=options.pause, every=options.every, keep=options.keep, scored=options.scored,
        held_out=options.held_out,
        compiled=options.compile, share=options.share,
    )  # fmt: skip
    train_network(options.what, run, amounts_of(options.drawings, options.prompts), options.config, options.device)


def _export(options: argparse.Namespace) -> None:
    for made in export(options.autoencoder, options.transformer, options.out, options.sampling):
        print(f"{made.path}: {made.bytes / 1e6:.2f} MB, largest relative error {made.error:.2e} ({made.worst})")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine.training", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    for name in ("autoencoder", "transformer"):
        _train_options(commands.add_parser(name, help=f"train the {name}"))
    export_options = commands.add_parser("export", help="write shipped weights and their registry")
    export_options.add_argument("--autoencoder", type=Path, required=True, help="folder of a run")
    export_options.add_argument("--transformer", type=Path, required=True, help="folder of a run")
    export_options.add_argument("--out", type=Path, required=True, help="folder of shipped weights")
    export_options.add_argument("--sampling", help='JSON of how they are sampled: {"steps": 12, "guidance": 3.0}')
    return parser


def _train_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="weights, state, log and pictures go here")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, help="stop, annealed, after so long")
    parser.add_argument("--until", type=int, help="stop before this step, to be resumed")
    parser.add_argument("--pause", type=float, help="stop after so many seconds of this process, to be resumed")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", type=Path, help="folder of a run to go on from, or of weights to start from")
    parser.add_argument("--every", type=int, default=100, help="steps between lines of the log")
    parser.add_argument("--keep", type=float, default=60.0, help="seconds between checkpoints")
    parser.add_argument("--scored", type=int, default=0, help="checkpoints between scores; 0: at the end alone")
    parser.add_argument("--held-out", type=int, default=16, help="clips of each kind that are scored; 0: none")
    parser.add_argument("--config", choices=tuple(CONFIGS), default="base")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--share", type=float, default=1.0, help="of the batches that a large GPU holds")
    parser.add_argument("--drawings", type=int, default=6000)
    parser.add_argument("--prompts", type=int, default=160_000)


if __name__ == "__main__":
    main()
