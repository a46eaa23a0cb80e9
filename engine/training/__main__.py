"""`python -m engine.training autoencoder|transformer --out DIR`: the training, without the command line's packages."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..model.config import AutoencoderConfig, TextConfig, TransformerConfig
from .data import Amounts
from .loop import Run
from .run import train_autoencoder, train_transformer

SMALL = (
    AutoencoderConfig(width=32, heads=2, encoder_depth=1, decoder_depth=1, detail_depth=2, axes=(4, 6, 6)),
    TransformerConfig(width=48, heads=2, depth=1, axes=(4, 8, 6, 6), text=TextConfig(width=32, heads=2, depth=1)),
)
BASE = (AutoencoderConfig(), TransformerConfig())


def main() -> None:
    options = _parser().parse_args()
    run = Run(
        options.out, options.steps, options.seconds, rate=options.rate, seed=options.seed, resume=options.resume,
        compiled=options.compile, share=options.share,
    )  # fmt: skip
    amounts = Amounts(options.drawings, options.prompts, options.prompts // 3, options.prompts // 5)
    first, second = SMALL if options.config == "small" else BASE
    if options.what == "autoencoder":
        train_autoencoder(run, amounts, first, options.device)
    else:
        train_transformer(run, amounts, second, options.device)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("autoencoder", "transformer"))
    parser.add_argument("--out", type=Path, required=True, help="weights and log go here")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, help="stop, annealed, after so long")
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", type=Path, help="folder with weights to go on from")
    parser.add_argument("--autoencoder", type=Path, help="folder of the trained autoencoder, for the transformer")
    parser.add_argument("--config", choices=("small", "base"), default="base")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=False)
    parser.add_argument("--share", type=float, default=1.0, help="of the batches that a large GPU holds")
    parser.add_argument("--drawings", type=int, default=6000)
    parser.add_argument("--prompts", type=int, default=160_000)
    return parser


if __name__ == "__main__":
    main()
