"""`python -m engine.training autoencoder|transformer|segmenter|distil|export|merge|ablation`.

It needs none of the command line's packages.

On several GPUs: `torchrun --nproc-per-node 2 -m engine.training ...`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import ArtError, UsageError
from .ablation import CASES, SIZES, Budget, ablation, tables
from .distil import Ways, distil
from .export import Exported, export, merge
from .loop import Run
from .run import CONFIGS, amounts_of, train_network


def main() -> None:
    options = _parser().parse_args()
    try:
        {"export": _export, "merge": _merge, "ablation": _ablation}.get(options.what, _train)(options)
    except ArtError as error:
        print(f"error: {error}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)
        sys.exit(error.exit_code)


def _train(options: argparse.Namespace) -> None:
    run = Run(
        options.out, options.steps, options.seconds, rate=options.rate, seed=options.seed, resume=options.resume,
        only=options.only, until=options.until, pause=options.pause, every=options.every, keep=options.keep,
        scored=options.scored, held_out=options.held_out, compiled=options.compile, share=options.share,
    )  # fmt: skip
    amounts = amounts_of(options.drawings, options.prompts)
    if options.what == "distil":
        distil(run, amounts, options.teacher, Ways(options.few, options.guidance, options.above), options.device)
    else:
        train_network(options.what, run, amounts, options.config, options.device)


def _export(options: argparse.Namespace) -> None:
    for made in export(options.autoencoder, options.transformer, options.out, options.sampling, options.segmenter):
        _say(made)


def _merge(options: argparse.Namespace) -> None:
    _say(merge(options.parts, options.out, options.sampling))


def _say(made: Exported) -> None:
    print(f"{made.path}: {made.bytes / 1e6:.2f} MB, largest relative error {made.error:.2e} ({made.worst})")


def _part(text: str) -> tuple[Path, float]:
    path, _, factor = text.rpartition("=")
    try:
        return Path(path), float(factor)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} has no factor; write runs/one=0.5") from error


def _ablation(options: argparse.Namespace) -> None:
    unknown = sorted(set(options.cases) - set(CASES))
    if unknown:
        raise UsageError(f"there is no case {', '.join(unknown)}", hint=f"there are {', '.join(CASES)}")
    seconds = None if options.steps else options.seconds_each
    budget = Budget(
        seconds, options.steps or Budget.steps, options.config, options.drawings, options.prompts, options.share,
        options.scored,
    )  # fmt: skip
    print(tables(ablation(options.out, options.cases, options.seeds, budget, options.device, options.at_once)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine.training", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    for name in ("autoencoder", "transformer", "segmenter"):
        network = commands.add_parser(name, help=f"train the {name}")
        network.add_argument("--config", choices=tuple(CONFIGS), default="base")
        _train_options(network)
    _distil_options(commands.add_parser("distil", help="train a transformer that needs few steps, from another"))
    export_options = commands.add_parser("export", help="write shipped weights and their registry")
    export_options.add_argument("--autoencoder", type=Path, required=True, help="folder of a run")
    export_options.add_argument("--transformer", type=Path, required=True, help="folder of a run")
    export_options.add_argument("--segmenter", type=Path, help="folder of a run, for a transformer that is told pieces")
    export_options.add_argument("--out", type=Path, required=True, help="folder of shipped weights")
    export_options.add_argument("--sampling", help='JSON of how they are sampled: {"steps": 12, "guidance": 3.0}')
    merge_options = commands.add_parser("merge", help="one shipped transformer from several that began as the same")
    merge_options.add_argument("parts", type=_part, nargs="+", metavar="PATH=FACTOR", help="a run, or a shipped file")
    merge_options.add_argument("--out", type=Path, required=True, help="folder of shipped weights")
    merge_options.add_argument("--sampling", help="as of export")
    _ablation_options(commands.add_parser("ablation", help="small networks with and without each ingredient"))
    return parser


def _distil_options(parser: argparse.ArgumentParser) -> None:
    _train_options(parser)
    ways = Ways()
    parser.add_argument("--teacher", type=Path, required=True, help="a run that was not distilled, or its shipped file")
    parser.add_argument(
        "--few", type=int, choices=range(1, 101), metavar="N", default=ways.steps, help="steps to learn"
    )
    parser.add_argument("--guidance", type=float, default=ways.guidance, help="of the teacher")
    parser.add_argument("--above", type=float, default=ways.above, help="sigma down to which the teacher is guided")
    parser.set_defaults(rate=1e-4)


def _ablation_options(parser: argparse.ArgumentParser) -> None:
    usual = Budget()
    parser.add_argument("--out", type=Path, required=True, help="a folder a run, ablation.json and ablation.md")
    parser.add_argument("--cases", type=lambda text: text.split(","), default=list(CASES), help=", ".join(CASES))
    parser.add_argument("--seeds", type=lambda text: [int(n) for n in text.split(",")], default=[0, 1], help="0,1,...")
    parser.add_argument("--seconds-each", type=float, default=usual.seconds, help="of training, a run")
    parser.add_argument("--steps", type=int, help="of training, a run, instead of seconds")
    parser.add_argument("--at-once", type=int, default=3, help="runs side by side")
    parser.add_argument("--config", choices=tuple(SIZES), default=usual.size)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--share", type=float, default=usual.share, help="of the batches")
    parser.add_argument("--drawings", type=int, default=usual.drawings)
    parser.add_argument("--prompts", type=int, default=usual.prompts)
    parser.add_argument("--scored", type=int, default=usual.scored, help="held-out clips of each kind of motion")


def _train_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="weights, state, log and pictures go here")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, help="stop, annealed, after so long")
    parser.add_argument("--until", type=int, help="stop before this step, to be resumed")
    parser.add_argument("--pause", type=float, help="stop after so many seconds of this process, to be resumed")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", type=Path, help="run to go on from, or weights to start from")
    parser.add_argument("--only", default="", help="train the parameters whose names begin so alone")
    parser.add_argument("--every", type=int, default=100, help="steps between lines of the log")
    parser.add_argument("--keep", type=float, default=60.0, help="seconds between checkpoints")
    parser.add_argument("--scored", type=int, default=0, help="checkpoints between scores; 0: at the end alone")
    parser.add_argument("--held-out", type=int, default=16, help="clips of each kind that are scored; 0: none")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--share", type=float, default=1.0, help="of the batches that a large GPU holds")
    parser.add_argument("--drawings", type=int, default=8000)
    parser.add_argument("--prompts", type=int, default=120_000)


if __name__ == "__main__":
    main()
