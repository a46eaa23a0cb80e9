"""The two trainings as programs: data, model, loop; what they bring home lies in the run's folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

from ..dataset.truth import latents_of
from ..model.autoencoder import Autoencoder
from ..model.config import AutoencoderConfig, TransformerConfig
from ..model.transformer import Transformer
from ..model.words import Words, load_words
from .autoencoder import AutoencoderTask, gather
from .buckets import AUTOENCODER, TRANSFORMER, Bucket, scaled
from .checkpoints import compile_blocks, load
from .data import Amounts, Source, clips, rounds, source
from .loop import Run, World, train, world
from .transformer import Lesson, TransformerTask, lesson, measure_latents


def train_autoencoder(run: Run, amounts: Amounts, config: AutoencoderConfig, device: str = "auto") -> Autoencoder:
    """Weights, log and the average model. Raises FileNotFoundError where `run.resume` holds no weights."""
    here = _prepared(run, device)
    data = source(replace(amounts, layers=()), run.seed, "train", here.device)
    model = Autoencoder(config).to(here.device)
    if run.compiled:
        compile_blocks(model)
    batches = rounds(data, scaled(AUTOENCODER, run.share), run.seed, here.rank)
    average = train(model, AutoencoderTask(model), lambda step: gather(next(batches)), run, here)
    assert isinstance(average, Autoencoder)  # a copy of `model`
    return average


def train_transformer(run: Run, amounts: Amounts, config: TransformerConfig, device: str = "auto") -> Transformer:
    """As `train_autoencoder`, on the exact latents of drawn motion: no pixels but those of the still layers."""
    here = _prepared(run, device)
    words = load_words()
    data = source(amounts, run.seed, "train", here.device)
    words = replace(words, vectors=words.vectors.to(here.device))
    model = Transformer(config).to(here.device)
    measured = clips(data, Bucket(6, 6, 33, max(4, round(64 * run.share))), run.seed, -1, 0, 4, filmed=False)
    measure_latents(model, [latents_of(gather(batches)) for batches in measured])
    if run.compiled:
        compile_blocks(model)
    lessons = _lessons(data, model, words, run, here)
    average = train(model, TransformerTask(model), lambda step: next(lessons), run, here)
    assert isinstance(average, Transformer)  # a copy of `model`
    return average


def loaded(folder: Path, config: AutoencoderConfig) -> Autoencoder:
    """A trained autoencoder from a run's folder."""
    model = Autoencoder(config)
    load(folder, model)
    return model


def _prepared(run: Run, device: str) -> World:
    here = world(device)
    torch.manual_seed(run.seed * 1000 + here.rank)
    torch.backends.cuda.matmul.allow_tf32 = True
    return here


def _lessons(data: Source, model: Transformer, words: Words, run: Run, here: World) -> Iterator[Lesson]:
    chance = torch.Generator(here.device).manual_seed(run.seed + here.rank)
    for batches in rounds(data, scaled(TRANSFORMER, run.share), run.seed, here.rank, filmed=False):
        yield lesson(batches, model, words, chance)
