"""Is the judge right? Drawn clips whose motion is known exactly, judged as every kind: a confusion matrix."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..alpha import unpremultiply
from ..dataset import library, recipes
from ..dataset.recipes import Recipe
from ..dataset.synth import batch
from ..dataset.wish import BASIC, Action, Level, Wish
from ..model.config import RATE
from ..pictures import cores
from .clip import Pixels, make_clip
from .filmed import alone
from .measure import measure
from .predicates import PREDICATES, implied

Split = Literal["train", "test"]
LEVELS: tuple[Level, ...] = (-1, 0, 1)
STEPS = 49
GRIDS = ((8, 8), (6, 8), (8, 5))  # rows and columns of the regions' patches
NOISE, EMPTY = "noise", "empty"


def confusion(count: int, seed: int, split: Split, workers: int | None = None) -> dict[str, Any]:
    """`count` clips of each basic kind, of noise and of an empty layer; what was found in them and what else.

    Drawings, speeds, strengths, regions, loop and once are of chance. A clip counts as taken for another kind where
    it satisfies one that its motion does not imply.
    """
    wanted = [(kind, count, seed, split) for kind in (*BASIC, NOISE, EMPTY)]
    with ProcessPoolExecutor(workers or cores(), mp_context=get_context("spawn"), initializer=alone) as pool:
        rows = dict(pool.map(_row, wanted))
    truths = [rows[kind] for kind in BASIC]
    judgements = sum(row["of"] for row in rows.values()) * (len(PREDICATES) - 1)
    return {
        "kinds": rows, "clips": count, "seed": seed, "split": split,
        "found": sum(row["found"] for row in truths) / sum(row["of"] for row in truths),
        "wrong": sum(sum(row["also"].values()) for row in rows.values()) / judgements,
    }  # fmt: skip


def _row(wanted: tuple[str, int, int, Split]) -> tuple[str, dict[str, Any]]:
    """One kind: how many were found, what they were taken for besides."""
    kind, count, seed, split = wanted
    found: dict[str, int] = defaultdict(int)
    also: Counter[str] = Counter()
    for frames, still, loop in _clips(kind, count, seed, split):
        motion = measure(make_clip(frames, still, RATE, loop=loop))
        true = {kind} | implied(kind, loop=loop)
        satisfied = {name for name, predicate in PREDICATES.items() if predicate(motion).ok}
        found["found"] += kind in satisfied
        also.update(satisfied - true)
    return kind, {"found": found["found"], "of": count, "also": dict(also)}


def _clips(kind: str, count: int, seed: int, split: Split) -> Iterator[tuple[NDArray[np.uint8], Pixels, bool]]:
    """Straight frames (t, h, w, 4), the still picture, and whether the clip is a loop."""
    rng = np.random.default_rng([seed, sum(kind.encode())])
    drawn = library.build(max(8, count), seed, split, 160, workers=1)
    chance = torch.Generator().manual_seed(seed)
    for _ in range(count):
        speed, strength = (LEVELS[int(rng.integers(3))] for _ in range(2))
        action = Action(kind if kind in BASIC else "still", speed, strength)
        recipe = Recipe(int(rng.integers(len(drawn.entries))), Wish("", (action,)), kind)
        told = recipes.tensors([([recipe], "unrelated", "")], drawn.entries, _no_words)
        rows, columns = GRIDS[int(rng.integers(len(GRIDS)))]
        made = batch(drawn, told, rows, columns, STEPS, chance, articulated=False)
        frames, still = _straight(made.clip.frames[0]), _straight(made.clip.still)[0]
        if kind == NOISE:
            frames = rng.integers(0, 255, frames.shape, dtype=np.uint8)
        yield np.zeros_like(frames) if kind == EMPTY else frames, still, bool(made.loop[0] > 0)


def _no_words(texts: list[str]) -> Tensor:
    return torch.zeros(len(texts), 1, dtype=torch.int64)


def _straight(frames: Tensor) -> NDArray[np.uint8]:
    """Premultiplied (t, 4, h, w) as straight (t, h, w, 4)."""
    straight = np.stack([unpremultiply(frame) for frame in frames.float().numpy()])
    return (straight.clip(0, 1) * 255).round().astype(np.uint8).transpose(0, 2, 3, 1).copy()
