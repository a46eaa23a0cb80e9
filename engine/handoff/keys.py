"""Few keyframes instead of one a frame: the frames to keep so that straight lines between them stay close enough."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..geometry import FloatArray

IntArray = NDArray[np.int64]


def reduced(values: FloatArray, tolerance: FloatArray) -> IntArray:
    """The fewest frames of `values` (t, c), first and last among them, that tell all of it.

    Linear interpolation between neighbours of the result differs from no frame by more than `tolerance` (c,), 0 or
    more in the units of its channel. A line from frame i is possible as far as the slopes that all frames so far allow
    have something in common (Reumann and Witkam, "Optimizing curve segmentation in computer graphics", 1974); of all
    chains of possible lines a shortest one is taken.
    """
    count = len(values)
    lines = np.full(count, count)  # (t,) the fewest lines that reach a frame
    before = np.zeros(count, np.int64)  # where the last of these begins
    lines[0] = 0
    for start in range(count - 1):
        ends = _within_a_line(values[start:], tolerance) + start
        better = ends[lines[ends] > lines[start] + 1]
        lines[better], before[better] = lines[start] + 1, start
    kept = [count - 1]
    while kept[-1] > 0:
        kept.append(int(before[kept[-1]]))
    return np.array(kept[::-1], np.int64)


def _within_a_line(values: FloatArray, tolerance: FloatArray) -> IntArray:
    """The places 1.. of (t, c) that a straight line from place 0 reaches with all between them within `tolerance`."""
    steps = np.arange(1, len(values))[:, None]
    way = values[1:] - values[0]
    least = np.maximum.accumulate((way - tolerance) / steps)
    most = np.minimum.accumulate((way + tolerance) / steps)
    slope = way / steps
    fits = ((least <= slope) & (slope <= most)).all(axis=1)
    return np.flatnonzero(fits) + 1


def settled(values: FloatArray, tolerance: FloatArray) -> IntArray:
    """`reduced`, and both ends of every rest of more than two frames besides: what rests does not creep."""
    moves = np.any(np.abs(np.diff(values, axis=0)) > tolerance / 1000, axis=1)  # (t - 1,) from each frame to the next
    edges = np.flatnonzero(np.diff(moves)) + 1
    ends = [0, *edges.tolist(), len(values) - 1]
    rests = [(a, b) for a, b in pairwise(ends) if b - a > 1 and not moves[a]]
    cuts = sorted({0, len(values) - 1, *(end for rest in rests for end in rest)})
    return np.unique([0, *(a + frame for a, b in pairwise(cuts) for frame in reduced(values[a : b + 1], tolerance))])
