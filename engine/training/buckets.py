"""Sizes of batches: each step trains on clips of one grid and one length, in turn, by chance fixed by the seed."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Bucket:
    rows: int
    columns: int
    steps: int
    batch: int  # clips a process
    weight: float = 1.0
    layers: int = 1


AUTOENCODER: tuple[Bucket, ...] = (
    Bucket(8, 8, 17, 96, 4.0),
    Bucket(8, 8, 33, 48, 1.5),
    Bucket(6, 6, 17, 160, 1.5),
    Bucket(4, 4, 25, 224, 1.0),
    Bucket(8, 5, 17, 144, 1.0),
    Bucket(5, 8, 17, 144, 1.0),
    Bucket(10, 10, 9, 112, 0.7),
)
TRANSFORMER: tuple[Bucket, ...] = (
    Bucket(8, 8, 49, 64, 2.5),
    Bucket(8, 8, 33, 96, 2.0),
    Bucket(6, 6, 49, 112, 1.0),
    Bucket(6, 6, 33, 160, 1.0),
    Bucket(8, 5, 33, 144, 0.8),
    Bucket(5, 8, 33, 144, 0.8),
    Bucket(8, 8, 17, 160, 0.6),
    Bucket(4, 4, 49, 64, 0.7, 3),
    Bucket(5, 5, 33, 64, 0.7, 3),
)


def choose(buckets: tuple[Bucket, ...], seed: int, step: int) -> Bucket:
    """The same in all processes."""
    return random.Random(f"{seed} {step}").choices(buckets, [b.weight for b in buckets])[0]
