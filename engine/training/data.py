"""Batches for training, made on the device from drawings and recipes that are made once on the CPU."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ..dataset import library, recipes
from ..dataset.library import Library
from ..dataset.recipes import Recipes
from ..dataset.synth import Batch, batch
from .buckets import Bucket, choose

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


ROUND = 8  # steps whose clips are made at once: exact motion is thousands of tiny operations, whatever the batch


def rounds(
    data: Source, buckets: tuple[Bucket, ...], seed: int, rank: int, *, filmed: bool = True
) -> Iterator[list[Batch]]:
    """A step's batch after another, without end."""
    for turn in itertools.count():
        yield from clips(data, choose(buckets, seed, turn), seed, turn, rank, filmed=filmed)


def clips(
    data: Source, bucket: Bucket, seed: int, turn: int, rank: int, steps: int = ROUND, *, filmed: bool = True
) -> list[list[Batch]]:
    """The batches of a round, the same for the same arguments: layers whose pieces move, and others; or scenes."""
    chance = torch.Generator(data.library.pieces.device).manual_seed(hash((seed, turn, rank)) % 2**62)
    size = (bucket.rows, bucket.columns, bucket.steps)
    if bucket.layers > 1:
        made = [
            _made(
                data, data.scenes[bucket.layers], bucket.batch * steps, size, chance, articulated=False, filmed=filmed
            )
        ]
    else:
        apart = round(bucket.batch * ARTICULATED)
        made = [
            _made(data, data.articulated, apart * steps, size, chance, articulated=True, filmed=filmed),
            _made(data, data.plain, (bucket.batch - apart) * steps, size, chance, articulated=False, filmed=filmed),
        ]
    return [[_part(m, step, steps) for m in made] for step in range(steps)]


def _made(
    data: Source,
    pool: Recipes,
    count: int,
    size: tuple[int, int, int],
    chance: torch.Generator,
    *,
    articulated: bool,
    filmed: bool,
) -> Batch:
    some = _some(pool, count, chance)
    return batch(data.library, some, *size, chance, articulated=articulated, filmed=filmed)


def _part(made: Batch, step: int, steps: int) -> Batch:
    count = len(made.loop) // steps
    return made.some(step * count, (step + 1) * count)


def _some(pool: Recipes, count: int, chance: torch.Generator) -> Recipes:
    index = torch.randint(len(pool.drawing), (count,), device=pool.drawing.device, generator=chance)
    return pool.at(index)
