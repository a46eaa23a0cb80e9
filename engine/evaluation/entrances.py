"""Kinds that happen once, as statements on a measured motion: what comes in, and what leaves (the same backwards).

Lengths are in units of the layer's longer side.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .loops import fixed_point, log_size, mirrored
from .measure import Motion
from .registration import Floats
from .statements import Rule, Verdict, above, below, extent, judge

HIDDEN, SHOWN = 0.1, 0.85  # alpha mass, 1 at rest
AT_REST = 0.04  # largest deviation of the affine

_SINGLE = ("fps", "unit", "half", "window", "std", "steps", "loop", "handed", "mirror")


def framewise(motion: Motion, which: np.ndarray | slice) -> Motion:
    """Some frames alone, in this order."""
    return replace(motion, **{name: value[which] for name, value in vars(motion).items() if name not in _SINGLE})


def backwards(motion: Motion) -> Motion:
    """The same clip played from its end."""
    return framewise(motion, slice(None, None, -1))


def arrival(motion: Motion) -> Motion:
    """Of a loop, which has no first frame, the stretch from nothing shown to the layer at rest; else the whole clip."""
    if not motion.loop:
        return motion
    hidden = np.nan_to_num(motion.mass) < HIDDEN
    if not hidden.any() or hidden.all():
        return motion
    count = len(motion)
    order = np.arange(count)
    starts = [i for i in range(count) if hidden[i] and not hidden[(i + 1) % count]]  # ends of hidden stretches
    best = max(starts, key=lambda i: _run(hidden, i))
    rolled = framewise(motion, (order + best) % count)
    rest = np.flatnonzero(_resting(rolled))
    return framewise(rolled, slice(0, int(rest[-1]) + 1)) if rest.size else rolled


def _run(hidden: np.ndarray, end: int) -> int:
    """How many frames up to `end`, round the loop, are hidden."""
    back = np.roll(hidden[::-1], end + 1)  # back[0] is hidden[end]
    return int(np.argmin(back))


def _resting(motion: Motion) -> np.ndarray:
    """(t,) bool: whole, in place."""
    off = np.abs(motion.affine - np.eye(2, 3)).max((1, 2))
    least = max(SHOWN, 0.98 * min(1.0, float(np.nanmax(motion.mass))))
    resting: np.ndarray = (np.nan_to_num(off, nan=9.0) < AT_REST) & (motion.mass >= least)
    return resting


def _lands(motion: Motion) -> list[Rule]:
    """The last frames show the layer whole, at rest, in its place."""
    last = max(2, round(0.04 * len(motion)))
    end, known = motion.affine[-last:], motion.known[-last:]
    off = float(np.nanmax(np.abs(end - np.eye(2, 3)), initial=0)) if known.all() else 1.0
    mass = float(motion.mass[-last:].min())
    return [below("off its place at the end", off, 0.06), above("shown at the end", mass, SHOWN)]


def enters(motion: Motion, axis: int, sign: int) -> Verdict:
    """Comes from the side `sign` of `axis` (0 x, 1 y): hidden or there at first, inwards all the way, at rest last."""
    motion = arrival(motion)
    seen = motion.known & (np.nan_to_num(motion.visible) > 0.25)
    whole = motion.known & (np.nan_to_num(motion.visible) > 0.6)  # of less, size and turn cannot be told
    away = sign * motion.affine[seen, axis, 2]  # positive while it is out there
    other = np.abs(motion.affine[seen, 1 - axis, 2])
    first = float(away[0]) if away.size else 0.0
    steps = np.diff(away) if away.size > 1 else np.zeros(1)
    back, reach = float(steps[steps > 0].sum()), float(away.max(initial=0))
    hidden = motion.mass[0] < 0.2
    return judge(
        above("starts off that side by", first, 0.12 if hidden else 0.25), above("way", reach, 0.12),
        below("outwards again", back, 0.4 * max(reach, 0.01) + 0.02),
        below("overshoot", float(-away.min(initial=0)), 0.35 * max(reach, 0.01)),
        below("across", float(other.max(initial=0)), 0.35 * max(reach, 0.01)),
        below("turn", _span(motion.angle[whole]), 0.8), below("size", _span(log_size(motion)[whole]), 0.8),
        below("mirrored", float(mirrored(motion)), 0.1), *_lands(motion),
    )  # fmt: skip


def _span(track: Floats) -> float:
    return float(np.ptp(track)) if track.size else 0.0


def fades_in(motion: Motion) -> Verdict:
    """From nothing to all of it, in its place, by opacity alone."""
    motion = arrival(motion)
    shown = np.nan_to_num(motion.mass)
    steps = np.diff(shown)
    drops, clear = float(-steps[steps < 0].sum()), np.nan_to_num(motion.opacity) > 0.25
    parts = np.abs(motion.affine[clear] - np.eye(2, 3))
    gain = float(np.nanmin(motion.opacity, initial=1.0))
    return judge(
        below("at first", float(shown[0]), 0.15), above("at last", float(shown[-1]), 0.9),
        below("back again", drops, 0.12), below("off its place", float(np.nanmax(parts, initial=0)), 0.05),
        below("lowest opacity", gain, 0.4), above("frames on the way", int(((shown > 0.1) & (shown < 0.9)).sum()), 3),
        below("unexplained", float(np.nanmax(motion.left[clear], initial=0)), 0.1),
    )  # fmt: skip


def grows(motion: Motion, *, overshoot: bool) -> Verdict:
    """From nothing to its size, from a point of its own; with or without going past it."""
    motion = arrival(motion)
    size = np.exp(log_size(motion))  # (t,)
    first, known = float(motion.mass[0]), size[motion.known]
    top = float(known.max(initial=0))
    before = known[: int(np.argmax(known > 0.97)) + 1] if known.size else known
    steps = np.diff(before) if before.size > 1 else np.zeros(1)
    pivot, wanders = fixed_point(motion)
    # a quick pop is nearly whole in the second frame, but then it goes on past its size
    begins = 0.6 if not overshoot or first > 0.02 else 1.3
    return judge(
        below("shown at first", first, 0.2),
        below("first size", float(known[0]) if known.size else 9.0, begins),
        Rule(top > 1.025, "no overshoot") if overshoot else Rule(top < 1.025, f"overshoots to {top:.2f}"),
        below("shrinks on the way", float(-steps[steps < 0].sum()), 0.1),
        below("turn", extent(motion).turn, 0.08), below("squash", extent(motion).squash, 0.12),
        below("mirrored", mirrored(motion), 0.05), below("largest", top, 1.8), *_lands(motion),
        below("centre wanders", wanders, 0.06), below("centre from the middle", float(np.abs(pivot).max()), 1.5),
    )  # fmt: skip
