"""A layer's decoded motion as plain numbers over its motion steps: windows joined, loops closed, trembling stilled.

Shapes: t motion steps, k parts, coarse grids r x c, h x w fine maps. Units of the region: its centre is the origin,
half its long side is 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..geometry import FloatArray
from ..model.field import Field

# What stands still, but for the noise of a model, stands exactly still: deviations from rest that stay below these.
QUIET = {"shift": 0.006, "angle": 0.01, "shear": 0.008, "scale": 0.008, "opacity": 0.03, "gain": 0.03}
QUIET_FLOW, QUIET_LIGHT, QUIET_PATCH = 0.006, 0.04, 0.06
HOLD = 4  # steps around a movement in which nothing is stilled
REST = {"shift": 0.0, "angle": 0.0, "shear": 0.0, "scale": 1.0, "opacity": 1.0, "gain": 1.0}
TURN = 2 * np.pi
BACK = -0.3  # scale from which a layer shows its back rather than trembling edge on
Numbers = NDArray[Any]  # float64, or float32 where there are many


@dataclass(frozen=True, eq=False)
class Steps:
    """The numbers of a `Field` of one clip; angles are unwrapped."""

    anchor: FloatArray  # (2,)
    matte: FloatArray  # (k, h, w) shares of the parts, sum 1
    shift: FloatArray  # (t, k, 2)
    angle: FloatArray  # (t, k)
    shear: FloatArray  # (t, k)
    scale: FloatArray  # (t, k, 2)
    opacity: FloatArray  # (t, k)
    gain: FloatArray  # (t, k)
    flow: Numbers  # (t, k, r, c, 2) pull
    shade: Numbers  # (t, r, c) factor on the opacity
    light: Numbers  # (t, r, c) factor on RGB
    patch: Numbers  # (t, 4, h, w)

    @property
    def count(self) -> int:
        return len(self.angle)


_STILL = ("anchor", "matte")
MOVING = tuple(f.name for f in fields(Steps) if f.name not in _STILL)


def moved(steps: Steps, change: Callable[[Numbers], Numbers]) -> Steps:
    """The same change made to all that moves, each (t, ...)."""
    return replace(steps, **{name: change(getattr(steps, name)) for name in MOVING})


def steps_of(field: Field) -> Steps:
    """The numbers of a decoded field (b = 1)."""

    def plain(values: Tensor) -> FloatArray:
        return np.asarray(values[0].float().cpu(), np.float64)

    def large(values: Tensor) -> Numbers:
        return np.asarray(values[0].float().cpu(), np.float32)

    track = field.track
    turn = plain(track.turn)  # (t, k, 2)
    angle = np.unwrap(np.arctan2(turn[..., 1], turn[..., 0]), axis=0)
    return Steps(
        plain(field.anchor), plain(field.matte), plain(track.shift), angle, plain(track.shear),
        _upright(plain(track.scale)),
        plain(track.opacity), plain(track.gain), large(field.flow), large(field.opacity), large(field.gain),
        large(field.patch),
    )  # fmt: skip


def _upright(scale: FloatArray) -> FloatArray:
    """Scales (t, k, 2) as turning things have them.

    What is mirrored on both sides at once has overshot nothing, and what shows its back on its way is never wider than
    from the front.
    """
    inside_out = (scale < 0).all(-1, keepdims=True)
    scale = np.where(inside_out, 0.0, scale)
    flips = (scale < BACK).any(0)  # (k, 2)
    return np.where(flips, scale.clip(-1, 1), scale)


# --- windows ----------------------------------------------------------------------------------------------------------


def joined(windows: Sequence[Steps], ranges: Sequence[range]) -> Steps:
    """Windows as one: what two of them say of the steps they share passes smoothly from the first to the second."""
    whole = windows[0]
    for (_, before), (after, now) in pairwise(zip(windows, ranges, strict=True)):
        whole = _appended(whole, after, before.stop - now.start)
    return whole


def _appended(whole: Steps, after: Steps, shared: int) -> Steps:
    turns = np.round((whole.angle[-shared:] - after.angle[:shared]).mean(0) / TURN)  # (k,)
    after = replace(after, angle=after.angle + TURN * turns)
    ramp = np.linspace(0, 1, shared)
    smooth = ramp * ramp * (3 - 2 * ramp)

    def both(name: str) -> Numbers:
        old, new = getattr(whole, name), getattr(after, name)
        share = smooth.reshape(-1, *[1] * (new.ndim - 1))
        mixed = old[-shared:] * (1 - share) + new[:shared] * share
        return np.concatenate([old[:-shared], mixed, new[shared:]])

    matte = (whole.matte + after.matte) / 2
    return replace(whole, matte=matte, **{name: both(name) for name in MOVING})


# --- loops ------------------------------------------------------------------------------------------------------------


def closed(steps: Steps) -> Steps:
    """The last step equal to the first (angles but for whole turns): what they differ by is spread over all steps."""
    ramp = np.linspace(0, 1, steps.count)

    def close(values: Numbers, gap: Numbers) -> Numbers:
        spread = ramp.reshape(-1, *[1] * (values.ndim - 1)).astype(values.dtype) * gap
        made: Numbers = values - spread
        return made

    made = moved(steps, lambda values: close(values, values[-1] - values[0]))
    gap = steps.angle[-1] - steps.angle[0]
    return replace(made, angle=close(steps.angle, gap - TURN * np.round(gap / TURN)))


# --- stillness --------------------------------------------------------------------------------------------------------


def stilled(steps: Steps, *, loop: bool) -> Steps:
    """Parts that stand still but for a little noise stand exactly still, while and wherever they do."""
    turns = TURN * np.round(steps.angle / TURN)  # whole turns look like rest
    values = {name: getattr(steps, name) for name in QUIET} | {"angle": steps.angle - turns}
    gated = {name: REST[name] + _gated(values[name] - REST[name], QUIET[name], loop=loop) for name in QUIET}
    gated["angle"] = gated["angle"] + turns
    flow = _gated(steps.flow, QUIET_FLOW, loop=loop, joint=(2, 3, 4))
    shade, light = (1 + _gated(v - 1, QUIET_LIGHT, loop=loop, joint=(1, 2)) for v in (steps.shade, steps.light))
    patch = _gated(steps.patch, QUIET_PATCH, loop=loop, joint=(1, 2, 3))
    return replace(steps, **gated, flow=flow, shade=shade, light=light, patch=patch)


def _gated(deviation: Numbers, quiet: float, *, loop: bool, joint: tuple[int, ...] = ()) -> Numbers:
    """(t, ...) times a gate that is 0 where the deviation stays below `quiet` for a while, 1 from twice that on.

    A gate looks at the axes `joint` together, and at HOLD steps before and after, so that a swing's middle stays.
    """
    size = np.abs(deviation)
    size = size.max(axis=joint, keepdims=True) if joint else size
    gate = np.clip((_spread(size, HOLD, np.max, loop=loop) - quiet) / quiet, 0, 1)
    return deviation * _spread(gate, HOLD // 2, np.mean, loop=loop)


def _spread(values: Numbers, reach: int, of: Callable[..., Numbers], *, loop: bool) -> Numbers:
    """Over `reach` steps to each side; a loop's last step is its first."""
    around = [(reach, reach)] + [(0, 0)] * (values.ndim - 1)
    body = values[:-1] if loop else values
    padded = np.pad(body, around, mode="wrap" if loop else "edge")
    made = of([padded[i : i + len(body)] for i in range(2 * reach + 1)], axis=0)
    return np.concatenate([made, made[:1]]) if loop else made
