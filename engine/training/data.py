"""Batches for training, made on the device from drawings and recipes that are made once on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..dataset import library, recipes
from ..dataset.library import Library
from ..dataset.recipes import Recipes
from ..dataset.synth import Batch, batch
from .buckets import Bucket

ARTICULATED = 0.25  # share of single layers whose pieces move
LIMIT = 40  # words of a prompt while training


@dataclass(frozen=True, eq=False)
class Source:
    """Drawings and prompts on the device."""

    library: Library
    plain: Recipes
    articulated: Recipes
    scenes: dict[int, Recipes]  # by the number of layers


@dataclass(frozen=True)
class Amounts:
    drawings: int = 6000
    plain: int = 160_000
    articulated: int = 60_000
    scenes: int = 30_000  # for each number of layers
    layers: tuple[int, ...] = (3,)
    size: int = 192  # px of a drawing


def source(
    amounts: Amounts,
    seed: int,
    split: Literal["train", "test"],
    encode: Callable[[list[str]], Tensor],
    device: torch.device,
    workers: int | None = None,
) -> Source:
    drawn = library.build(amounts.drawings, seed, split, amounts.size, workers)
    entries = drawn.entries

    def packed(made: list[recipes.Recipe]) -> Recipes:
        return recipes.tensors([([r], "unrelated", "") for r in made], entries, encode).to(device)

    return Source(
        drawn.to(device),
        packed(recipes.single(entries, amounts.plain, seed, split, articulated=False)),
        packed(recipes.single(entries, amounts.articulated, seed, split, articulated=True)),
        {
            n: recipes.tensors(recipes.scenes(entries, n, amounts.scenes, seed, split), entries, encode).to(device)
            for n in amounts.layers
        },
    )


def clips(data: Source, bucket: Bucket, seed: int, step: int, rank: int) -> list[Batch]:
    """The step's batch: single layers whose pieces move, and others; or scenes. The same for the same arguments."""
    chance = torch.Generator(data.library.pieces.device).manual_seed(hash((seed, step, rank)) % 2**62)
    size = (bucket.rows, bucket.columns, bucket.steps)
    if bucket.layers > 1:
        chosen = _some(data.scenes[bucket.layers], bucket.batch, chance)
        return [batch(data.library, chosen, *size, chance, articulated=False)]
    apart = round(bucket.batch * ARTICULATED)
    return [
        batch(data.library, _some(data.articulated, apart, chance), *size, chance, articulated=True),
        batch(data.library, _some(data.plain, bucket.batch - apart, chance), *size, chance, articulated=False),
    ]


def _some(pool: Recipes, count: int, chance: torch.Generator) -> Recipes:
    index = torch.randint(len(pool.drawing), (count,), device=pool.drawing.device, generator=chance)
    return pool.at(index)
