"""What statements on a motion are made of: how far it goes in each way, limits that say by how much they are missed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .measure import Motion, half_range


class Rule(NamedTuple):
    """One thing a predicate asks for. `besides`: that nothing else happens, which a second motion at once may break."""

    holds: bool
    reason: str  # what is wrong when it does not hold
    name: str = ""
    besides: bool = False


@dataclass(frozen=True)
class Verdict:
    """What a predicate asked of a clip and whether it found it."""

    rules: tuple[Rule, ...]

    @property
    def ok(self) -> bool:
        return all(rule.holds for rule in self.rules)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What the clip lacks."""
        return tuple(rule.reason for rule in self.rules if not rule.holds)

    def but(self, names: Collection[str]) -> Verdict:
        """Without what it asks besides under these names."""
        return Verdict(tuple(rule for rule in self.rules if not (rule.besides and rule.name in names)))


def judge(*rules: Rule) -> Verdict:
    return Verdict(rules)


@dataclass(frozen=True)
class Extent:
    """How far a motion goes in each way it can go: half ranges, as displacement at the edge of the layer."""

    x: float
    y: float
    turn: float
    size: float  # both sides together
    squash: float  # one side against the other
    bend: float
    light: float
    opacity: float


def extent(motion: Motion) -> Extent:
    """The extents of a motion over the frames where the layer is matched."""
    size = np.log(np.clip(np.abs(motion.scale), 0.05, 20))  # (t, 2)
    return Extent(
        x=half_range(motion.affine[:, 0, 2]), y=half_range(motion.affine[:, 1, 2]),
        turn=half_range(motion.angle) / 2, size=half_range(size.mean(1)) / 2,
        squash=half_range(size[:, 0] - size[:, 1]) / 4, bend=bending(motion),
        light=half_range(motion.brightness), opacity=half_range(motion.opacity),
    )  # fmt: skip


def bending(motion: Motion) -> float:
    """Root mean square of what no affine explains, about its mean over time; 0 where affines explain the frames."""
    known = np.isfinite(motion.bend).all((1, 2))
    if known.sum() < 3 or np.median(motion.left[known]) < 1.5e-3:
        return 0.0
    bend = motion.bend[known]
    return float(np.sqrt(((bend - bend.mean(0)) ** 2).sum(2).mean()))


def seen(motion: Motion, least: float = 0.9, most: float = 0.35) -> list[Rule]:
    """The layer is there and recognisable: in a share of `least` frames, with less than `most` of it unexplained."""
    share = float(motion.known.mean())
    left = float(np.nanmedian(motion.left)) if share else 1.0
    whole = float(np.nanmedian(motion.visible)) if share else 0.0
    size = float(np.nanmedian(np.abs(motion.scale))) if share else 0.0  # a flat layer fits into any noise, enlarged
    reason = f"recognised in {share:.0%} of the frames, {left:.2f} of it unexplained"
    return [
        Rule(share >= least and left < most and whole > 0.3 and size < 2, reason, "recognised", besides=True),
        _alone(motion),
    ]


def _alone(motion: Motion) -> Rule:
    """The frames hold about as much as the layer, where it is found, covers: not a picture full of other things."""
    known = motion.known
    area = np.abs(np.linalg.det(motion.affine[known][..., :2]))
    expected = area * motion.opacity[known] * motion.visible[known]
    more = np.log(np.maximum(motion.mass[known], 1e-3) / np.maximum(expected, 1e-3))
    return below("covered besides the layer", float(np.median(more)) if more.size else 0.0, 0.4)


def present(motion: Motion, least: float = 0.3) -> list[Rule]:
    """The layer is never gone."""
    return [above("least of it shown", float(np.nan_to_num(motion.mass).min()), least, besides=True)]


def below(name: str, value: float, limit: float) -> Rule:
    return Rule(value <= limit, f"{name} {value:.3f} above {limit:.3f}", name, besides=True)


def above(name: str, value: float, limit: float, *, besides: bool = False) -> Rule:
    return Rule(value >= limit, f"{name} {value:.3f} below {limit:.3f}", name, besides)


def place_fixed(motion: Motion, limit: float = 0.035) -> list[Rule]:
    far = extent(motion)
    return [below("place", far.x, limit), below("place", far.y, limit), below("turn", far.turn, limit)]


def size_fixed(motion: Motion, limit: float = 0.05) -> list[Rule]:
    far = extent(motion)
    return [below("size", far.size, limit), below("squash", far.squash, limit)]
