"""Batches for training, made on the device from drawings and recipes that are made once on the CPU."""

from __future__ import annotations

import itertools
import os
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
from ..dataset.library import Entry, Library
from ..dataset.recipes import Recipes, Split
from ..dataset.synth import Batch, batch
from ..model.words import Words, load_words
from .buckets import Bucket, choose

Arrays = dict[str, NDArray[np.int64]]
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


CHUNK = 5000  # recipes that one process writes at a time


def source(
    amounts: Amounts, seed: int, split: Literal["train", "test"], device: torch.device, workers: int | None = None
) -> Source:
    """Drawings and recipes, made by `workers` processes (None: one a core); the same whatever their number."""
    drawn = library.build(amounts.drawings, seed, split, amounts.size, workers)
    wanted = [("plain", amounts.plain), ("articulated", amounts.articulated)]
    wanted += [(str(layers), amounts.scenes) for layers in amounts.layers]
    tasks = [_Task(kind, n, (seed, i), split) for kind, count in wanted for i, n in enumerate(_chunks(count))]
    made = _written(drawn.entries, tasks, workers or os.cpu_count() or 1)
    pools = {kind: _joined([r for t, r in zip(tasks, made, strict=True) if t.kind == kind]) for kind, _ in wanted}
    pools = {kind: pool.to(device) for kind, pool in pools.items()}
    return Source(
        drawn.to(device), pools["plain"], pools["articulated"], {n: pools[str(n)] for n in amounts.layers}
    )  # fmt: skip


@dataclass(frozen=True)
class _Task:
    """Recipes that one process writes."""

    kind: str  # "plain", "articulated" or a number of layers
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
    if task.kind in ("plain", "articulated"):
        single = recipes.single(entries, task.count, seed, task.split, articulated=task.kind == "articulated")
        return recipes.tensors([([r], "unrelated", "") for r in single], entries, encode)
    return recipes.tensors(recipes.scenes(entries, int(task.kind), task.count, seed, task.split), entries, encode)


def encode(texts: list[str]) -> Tensor:
    """Texts to ids (n, LIMIT) of the bundled words, padded with 0."""
    if "words" not in _WORDS:
        _WORDS["words"] = load_words()
    ids = _WORDS["words"].ids(texts, LIMIT)
    return F.pad(ids, (0, LIMIT - ids.shape[1]))


_WORDS: dict[str, Words] = {}  # of the process: the tokenizer takes a second to build


def _joined(some: Sequence[Recipes]) -> Recipes:
    return Recipes(**{f.name: torch.cat([getattr(r, f.name) for r in some]) for f in fields(Recipes)})


ROUND = 8  # steps whose clips are made at once: exact motion is thousands of tiny operations, whatever the batch


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
