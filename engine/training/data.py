"""Batches for training, made on the device from drawings and recipes that are made once on the CPU."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..dataset import library, recipes
from ..dataset.library import Entry, Library, own_cores
from ..dataset.recipes import Recipe, Recipes, Split
from ..dataset.synth import Batch, batch
from ..model.words import Words, load_words
from .buckets import Bucket, choose

Arrays = dict[str, NDArray[np.int64]]
ARTICULATED = 0.4  # share of single layers whose pieces move
PAIRED = 0.15  # and of those that do two things: one after the other, or at once
LIMIT = 40  # words of a prompt while training


@dataclass(frozen=True, eq=False)
class Source:
    """Drawings and prompts on the device."""

    library: Library
    plain: Recipes
    paired: Recipes
    articulated: Recipes
    scenes: dict[int, Recipes]  # by the number of layers


@dataclass(frozen=True)
class Amounts:
    drawings: int = 8000
    joined: int = 4000  # drawings of two families
    plain: int = 120_000
    paired: int = 40_000
    articulated: int = 90_000
    scenes: int = 30_000  # for each number of layers
    layers: tuple[int, ...] = (2, 3, 4)
    size: int = 192  # px of a drawing


CHUNK = 5000  # recipes that one process writes at a time


def source(
    amounts: Amounts, seed: int, split: Literal["train", "test"], device: torch.device, workers: int | None = None
) -> Source:
    """Drawings and recipes, made by `workers` processes (None: one a core); the same whatever their number."""
    drawn = library.build(amounts.drawings, seed, split, amounts.size, workers, amounts.joined)
    wanted = [("plain", amounts.plain), ("paired", amounts.paired), ("articulated", amounts.articulated)]
    wanted += [(str(layers), amounts.scenes) for layers in amounts.layers]
    tasks = [_Task(kind, n, (seed, i), split) for kind, count in wanted for i, n in enumerate(_chunks(count))]
    made = _written(drawn.entries, tasks, workers or own_cores())
    pools = {kind: _joined([r for t, r in zip(tasks, made, strict=True) if t.kind == kind]) for kind, _ in wanted}
    pools = {kind: pool.to(device) for kind, pool in pools.items()}
    scenes = {n: pools[str(n)] for n in amounts.layers}
    return Source(drawn.to(device), pools["plain"], pools["paired"], pools["articulated"], scenes)


@dataclass(frozen=True)
class _Task:
    """Recipes that one process writes."""

    kind: str  # "plain", "paired", "articulated" or a number of layers
    count: int
    seed: tuple[int, int]
    split: Split


def _chunks(count: int) -> list[int]:
    return [min(CHUNK, count - start) for start in range(0, count, CHUNK)]


_ENTRIES: dict[str, Sequence[Entry]] = {}  # of the process: too many to send with every task


def _know(entries: Sequence[Entry]) -> None:
    _ENTRIES["all"] = entries


def _written(entries: Sequence[Entry], tasks: Sequence[_Task], workers: int) -> list[Recipes]:
    if workers == 1:
        _know(entries)
        return [_write(task) for task in tasks]
    with ProcessPoolExecutor(workers, get_context("spawn"), _know, (entries,)) as pool:
        return [_tensors(arrays) for arrays in pool.map(_written_arrays, tasks)]


def _written_arrays(task: _Task) -> Arrays:
    """As arrays: tensors would travel between processes as open files, of which there are not enough."""
    made = _write(task)
    return {f.name: getattr(made, f.name).numpy() for f in fields(Recipes)}


def _tensors(arrays: Arrays) -> Recipes:
    return Recipes(**{name: torch.from_numpy(array) for name, array in arrays.items()})


def _write(task: _Task) -> Recipes:
    entries, (seed, index) = _ENTRIES["all"], task.seed
    seed = seed * 1_000_003 + index
    if task.kind == "paired":
        return _alone(recipes.paired(entries, task.count, seed, task.split), entries)
    if task.kind in ("plain", "articulated"):
        single = recipes.single(entries, task.count, seed, task.split, articulated=task.kind == "articulated")
        return _alone(single, entries)
    return recipes.tensors(recipes.scenes(entries, int(task.kind), task.count, seed, task.split), entries, encode)


def _alone(single: Sequence[Recipe], entries: Sequence[Entry]) -> Recipes:
    return recipes.tensors([([r], "unrelated", "") for r in single], entries, encode)


def encode(texts: list[str]) -> Tensor:
    """Texts to ids (n, LIMIT) of the bundled words, padded with 0."""
    if "words" not in _WORDS:
        _WORDS["words"] = load_words()
    ids = _WORDS["words"].ids(texts, LIMIT)
    return F.pad(ids, (0, LIMIT - ids.shape[1]))


_WORDS: dict[str, Words] = {}  # of the process: the tokenizer takes a second to build


def _joined(some: Sequence[Recipes]) -> Recipes:
    return Recipes(**{f.name: torch.cat([getattr(r, f.name) for r in some]) for f in fields(Recipes)})


ROUND = 16  # steps whose clips are made at once: exact motion is thousands of tiny operations, whatever the batch


def rounds(
    data: Source, buckets: tuple[Bucket, ...], seed: int, rank: int, first: int = 0, *, filmed: bool = True
) -> Iterator[list[Batch]]:
    """A step's batch after another from step `first` on, without end."""
    begun, inside = divmod(first, ROUND)
    for turn in itertools.count(begun):
        made = clips(data, choose(buckets, seed, turn), seed, turn, rank, filmed=filmed)
        yield from made[inside if turn == begun else 0 :]


def clips(
    data: Source, bucket: Bucket, seed: int, turn: int, rank: int, steps: int = ROUND, *, filmed: bool = True
) -> list[list[Batch]]:
    """The batches of a round, the same for the same arguments: layers whose pieces move, and others; or scenes."""
    chance = torch.Generator(data.library.pieces.device).manual_seed(hash((seed, turn, rank)) % 2**62)
    size = (bucket.rows, bucket.columns, bucket.steps)
    if bucket.layers > 1:
        shares = [(data.scenes[bucket.layers], bucket.batch)]
    else:
        apart, paired = (round(bucket.batch * share) for share in (ARTICULATED, PAIRED))
        shares = [(data.articulated, apart), (data.paired, paired), (data.plain, bucket.batch - apart - paired)]
    made = [
        batch(
            data.library,
            picked(pool, n * steps, chance),
            *size,
            chance,
            articulated=pool is data.articulated,
            filmed=filmed,
        )
        for pool, n in shares
        if n
    ]
    return [[_part(m, step, steps) for m in made] for step in range(steps)]


def _part(made: Batch, step: int, steps: int) -> Batch:
    count = len(made.loop) // steps
    return made.some(step * count, (step + 1) * count)


def picked(pool: Recipes, count: int, chance: torch.Generator) -> Recipes:
    """Some of a pool by chance."""
    index = torch.randint(len(pool.drawing), (count,), device=pool.drawing.device, generator=chance)
    return pool.at(index)
