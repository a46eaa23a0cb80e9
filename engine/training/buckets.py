"""Sizes of batches: each round trains on clips of one grid and one length, in turn, by chance fixed by the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Bucket:
    rows: int
    columns: int
    steps: int
    batch: int  # clips a process
    weight: float = 1.0
    layers: int = 1


# A batch holds about 50 000 tokens whatever the size of its clips.
AUTOENCODER: tuple[Bucket, ...] = (
    Bucket(6, 6, 17, 160, 3.0),
    Bucket(6, 6, 33, 80, 1.5),
    Bucket(8, 8, 17, 96, 1.5),
    Bucket(4, 4, 33, 176, 1.0),
    Bucket(7, 4, 17, 208, 0.8),
    Bucket(4, 7, 17, 208, 0.8),
)
TRANSFORMER: tuple[Bucket, ...] = (
    Bucket(6, 6, 49, 96, 2.5),
    Bucket(6, 6, 33, 144, 2.5),
    Bucket(4, 4, 33, 288, 1.5),
    Bucket(4, 4, 49, 192, 1.2),
    Bucket(7, 4, 33, 176, 0.7),
    Bucket(4, 7, 33, 176, 0.7),
    Bucket(8, 8, 33, 80, 0.6),
    Bucket(4, 9, 33, 140, 0.7),
    Bucket(9, 4, 33, 140, 0.5),
    Bucket(6, 6, 17, 256, 0.5),
    Bucket(4, 4, 33, 88, 1.0, 3),
    Bucket(4, 4, 49, 60, 0.6, 3),
    Bucket(4, 4, 49, 90, 0.8, 2),
    Bucket(6, 6, 33, 60, 0.8, 2),
    Bucket(4, 9, 33, 60, 0.5, 2),
    Bucket(4, 4, 33, 66, 0.5, 4),
    Bucket(4, 4, 49, 45, 0.5, 4),
)
PICTURES: tuple[Bucket, ...] = (
    Bucket(6, 6, 1, 512, 3.0),
    Bucket(7, 4, 1, 640, 1.0),
    Bucket(4, 7, 1, 640, 1.0),
    Bucket(5, 7, 1, 512, 1.0),
    Bucket(7, 5, 1, 512, 1.0),
    Bucket(4, 4, 1, 1024, 1.0),
    Bucket(8, 8, 1, 288, 0.5),
    Bucket(4, 9, 1, 512, 0.6),
    Bucket(9, 4, 1, 512, 0.6),
)


def scaled(buckets: tuple[Bucket, ...], share: float) -> tuple[Bucket, ...]:
    """The same sizes with smaller batches, at least four clips each: for smaller machines."""
    return tuple(replace(b, batch=max(4, round(b.batch * share))) for b in buckets)


def choose(buckets: tuple[Bucket, ...], seed: int, turn: int) -> Bucket:
    """The same in all processes."""
    return random.Random(f"{seed} {turn}").choices(buckets, [b.weight for b in buckets])[0]
