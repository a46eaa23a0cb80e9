"""What several layers do to one another, measured across their files. Lengths in px of the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .measure import Motion, half_range, interpolated
from .registration import Floats
from .statements import Rule, Verdict, above, below, judge

Relation = Callable[[Sequence[Motion]], Verdict]


def _path(motion: Motion) -> Floats:
    """(t, 2) px of the middle of the layer from its place at rest."""
    return np.stack([interpolated(motion.affine[:, axis, 2]) for axis in (0, 1)], axis=-1) * motion.unit


def follows(motions: Sequence[Motion]) -> Verdict:
    """The first layer goes where the second goes, which goes somewhere."""
    own, other = motions
    both = own.known & other.known
    if both.sum() < 0.3 * len(both):
        return judge(Rule(False, f"both are seen in {both.mean():.0%} of the frames"))
    apart = np.hypot(*(_path(own) - _path(other))[both].T)
    way = float(np.ptp(_path(other)[both], axis=0).max())
    return judge(above("way, px", way, 2), below("apart, px", float(np.sqrt((apart**2).mean())), 0.2 * way + 1))


def shrinks_as_rises(motions: Sequence[Motion]) -> Verdict:
    """The first layer gets smaller or fainter as the second one rises."""
    shadow, thing = motions
    height, mass = -_path(thing)[:, 1], interpolated(shadow.mass)
    return judge(
        above("rise, px", float(np.ptp(height)), 3), above("change of the first", float(np.ptp(mass)), 0.05),
        below("correlation", _correlation(height, mass), -0.5),
    )  # fmt: skip


def stays(motions: Sequence[Motion]) -> Verdict:
    """Each layer keeps its place, whatever its size and light do."""
    return judge(
        *(below("goes aside", half_range(m.affine[:, axis, 2]), 0.05) for m in motions for axis in (0, 1))
    )  # fmt: skip


def in_step(motions: Sequence[Motion]) -> Verdict:
    """All layers do the same at the same time: what the first does explains the others."""
    first, *others = (_doing(motion) for motion in motions)
    return judge(*(above("correlation", _correlation(first, other), 0.8) for other in others))


def _doing(motion: Motion) -> Floats:
    """Where the top of the layer is, over time, x and y after another: (2 t,), each about its mean."""
    top = motion.at(0, -1)
    tracks = [interpolated(top[:, axis]) for axis in (0, 1)]
    return np.concatenate([track - track.mean() for track in tracks])


def in_turn(motions: Sequence[Motion]) -> Verdict:
    """The layers appear one after the other, in this order."""
    starts = [_appears(motion) for motion in motions]
    gaps = np.diff([start if start is not None else -1 for start in starts])
    return judge(
        Rule(None not in starts, "a layer never appears"), above("smallest gap, s", float(gaps.min()), 0.06),
        above("from the first to the last, s", float(gaps.sum()), 0.12 * (len(motions) - 1)),
    )  # fmt: skip


def _appears(motion: Motion) -> float | None:
    """s until half of the layer is shown; 0 for one that is there from the start."""
    shown = np.flatnonzero(np.nan_to_num(motion.mass) >= 0.5)
    return float(shown[0]) / motion.fps if shown.size else None


def _correlation(one: Floats, other: Floats) -> float:
    """0 where one of them does not change."""
    if min(one.std(), other.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


RELATIONS: dict[str, Relation] = {
    "follows": follows, "shrinks_as_rises": shrinks_as_rises, "stays": stays, "in_step": in_step, "in_turn": in_turn,
}  # fmt: skip
