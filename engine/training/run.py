"""The trainings as programs: data, model, loop; what they bring home lies in the run's folder."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import torch

from ..dataset.truth import Clip, latents_of
from ..model.autoencoder import Autoencoder
from ..model.config import AutoencoderConfig, SegmenterConfig, TextConfig, TransformerConfig, to_json
from ..model.segmenter import Segmenter
from ..model.transformer import Transformer
from ..model.words import Words, load_words
from .autoencoder import AutoencoderTask, gather
from .buckets import AUTOENCODER, PICTURES, TRANSFORMER, Bucket, scaled
from .checkpoints import compile_blocks
from .data import Amounts, Source, clips, rounds, source
from .held_out import HeldOut
from .loop import Run, Watch, train
from .segmenter import SegmenterTask, Sight, sights
from .transformer import Lesson, TransformerTask, lesson, measure_latents
from .world import World, world

What = Literal["autoencoder", "transformer", "segmenter"]
Size = Literal["small", "base"]
CONFIGS: dict[Size, tuple[AutoencoderConfig, TransformerConfig, SegmenterConfig]] = {
    "small": (
        AutoencoderConfig(width=32, heads=2, encoder_depth=1, decoder_depth=1, detail_depth=2, axes=(4, 6, 6)),
        TransformerConfig(width=48, heads=2, depth=1, axes=(4, 8, 6, 6), text=TextConfig(width=32, heads=2, depth=1)),
        SegmenterConfig(width=32, heads=2, depth=1, axes=(8, 8), text=TextConfig(width=32, heads=2, depth=1)),
    ),
    "base": (AutoencoderConfig(detail_depth=0), TransformerConfig(told_pieces=True), SegmenterConfig(hinges=True)),
}


def amounts_of(drawings: int, prompts: int) -> Amounts:
    """So many drawings of one family, and so many prompts of single motions; fewer of all else."""
    some = Amounts()
    paired, articulated, scenes = (
        max(1, prompts * each // some.plain) for each in (some.paired, some.articulated, some.scenes)
    )
    return Amounts(drawings, drawings * some.joined // some.drawings, prompts, paired, articulated, scenes)


def train_network(what: What, run: Run, amounts: Amounts, size: Size = "base", device: str = "auto") -> None:
    """Train one of the networks into `run.out`; `loop.train` says what may go wrong, `world` what `device` may be."""
    first, second, third = CONFIGS[size]
    if what == "autoencoder":
        train_autoencoder(run, amounts, first, device)
    elif what == "transformer":
        train_transformer(run, amounts, second, device)
    else:
        train_segmenter(run, amounts, third, device)


def train_autoencoder(run: Run, amounts: Amounts, config: AutoencoderConfig, device: str = "auto") -> Autoencoder:
    """The average of the weights; what else there is lies in `run.out`."""
    with world(device) as here:
        _prepare(run)
        data = source(replace(amounts, layers=()), run.seed, "train", here.device)
        model = Autoencoder(config).to(here.device)
        if run.compiled:
            compile_blocks(model)
        test = _held_out(run, amounts, here)

        def batches(first: int) -> Iterator[Clip]:
            return map(gather, rounds(data, scaled(AUTOENCODER, run.share), run.seed, here.rank, first))

        watch = Watch(test.psnr, test.pairs) if run.held_out else Watch()
        return train(model, to_json(config), AutoencoderTask(model), batches, run, here, watch)


def train_transformer(run: Run, amounts: Amounts, config: TransformerConfig, device: str = "auto") -> Transformer:
    """As `train_autoencoder`, on the exact latents of drawn motion: no pixels but those of the still layers."""
    with world(device) as here:
        _prepare(run)
        words = load_words()
        data = source(amounts, run.seed, "train", here.device)
        words = replace(words, vectors=words.vectors.to(here.device))
        model = Transformer(config).to(here.device)
        measured = clips(data, Bucket(6, 6, 33, max(4, round(64 * run.share))), run.seed, -1, 0, 4, filmed=False)
        measure_latents(model, [latents_of(gather(batches), model.config.token_latents) for batches in measured])
        if run.compiled:
            compile_blocks(model)
        test = _held_out(run, amounts, here)

        def batches(first: int) -> Iterator[Lesson]:
            return _lessons(data, model, words, run, here, first)

        watch = Watch(lambda average: test.losses(average, words)) if run.held_out else Watch()
        return train(model, to_json(config), TransformerTask(model), batches, run, here, watch)


def train_segmenter(run: Run, amounts: Amounts, config: SegmenterConfig, device: str = "auto") -> Segmenter:
    """As `train_autoencoder`, on still pictures alone."""
    with world(device) as here:
        _prepare(run)
        data = source(replace(amounts, layers=()), run.seed, "train", here.device)
        words = load_words()
        words = replace(words, vectors=words.vectors.to(here.device))
        model = Segmenter(config).to(here.device)
        test = _held_out(run, amounts, here)

        def batches(first: int) -> Iterator[Sight]:
            return sights(data, words, scaled(PICTURES, run.share), run.seed, here.rank, first)

        watch = Watch(lambda average: test.pieces(average, words)) if run.held_out else Watch()
        return train(model, to_json(config), SegmenterTask(model), batches, run, here, watch)


def _prepare(run: Run) -> None:
    torch.manual_seed(run.seed)  # the same weights at the start in all processes
    torch.backends.cuda.matmul.allow_tf32 = True


def _held_out(run: Run, amounts: Amounts, here: World) -> HeldOut:
    return HeldOut(run.seed, here.device, max(20, amounts.drawings // 30), run.held_out)


def _lessons(data: Source, model: Transformer, words: Words, run: Run, here: World, first: int) -> Iterator[Lesson]:
    """Chance of a lesson follows from its step alone, so that a resumed run sees the same lessons."""
    made = rounds(data, scaled(TRANSFORMER, run.share), run.seed, here.rank, first, filmed=False)
    for step, batches in zip(itertools.count(first), made, strict=False):
        chance = torch.Generator(here.device).manual_seed(hash((run.seed, here.rank, step, 1)) % 2**62)
        yield lesson(batches, model, words, chance)
