"""Motions that bend a layer: waves, ripples, bends and twists, as pulled flows on coarse grids.

Each is written as a forward displacement d: what rests at q is drawn at q + d(q). The grid holds the pull: the source
of a point p is q with q + d(q) = p, found by fixed-point iteration (these displacements change slowly over space).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .geometry import FloatArray
from .motion_beat import Beat, Given, Subject, still
from .motion_field import Grid, Part

_ITERATIONS = 6
_NODES_A_WAVE = 8

Displace = Callable[[FloatArray], FloatArray]  # points (t, n, 2) -> displacements (t, n, 2), px


def pulled(beat: Beat, subject: Subject, displace: Displace, margin: float, nodes: tuple[int, int]) -> Grid:
    """The flow of a displacement of at most `margin` px; `nodes` (rows, columns)."""
    box = subject.box.grow(math.ceil(margin) + 1)
    rows, columns = (min(33, max(3, count)) for count in nodes)
    target = Grid(box, np.zeros((1, rows, columns, 2), np.float32)).nodes().reshape(1, -1, 2)  # (1, n, 2)
    target = np.repeat(target, beat.frames, axis=0)
    source = target
    for _ in range(_ITERATIONS):
        source = target - displace(source)
    return Grid(box, (source - target).reshape(beat.frames, rows, columns, 2).astype(np.float32))


def _extent(subject: Subject, axis: FloatArray) -> float:
    """Length of the box along a unit vector, px."""
    return float(max(1.0, abs(axis[0]) * subject.box.width + abs(axis[1]) * subject.box.height))


def wave(beat: Beat, given: Given, subject: Subject) -> Part:
    """A wave runs along direction and lifts the layer across it.

    amount (share of the shorter side), waves (along the box), grow (power with which it grows from the still edge where
    it starts; 0: even), detail (share of a second, quicker wave).
    """
    heading = given.heading
    across = np.array([-heading[1], heading[0]])
    length, height = _extent(subject, heading), given.number("amount") * subject.side
    waves, grow, detail = given.number("waves", 1.0), given.number("grow"), given.number("detail")
    phase = beat.phase[:, None]

    def displace(points: FloatArray) -> FloatArray:
        along = (points - subject.box.center) @ heading / length + 0.5  # (t, n)
        run = 2 * np.pi * waves * along
        lift = np.sin(run - phase) + detail * np.sin(1.9 * run - 2 * phase + 1.0)
        lift = height * lift * np.clip(along, 0, 1.2) ** grow
        moved: FloatArray = lift[..., None] * across
        return moved

    per_side = waves * _NODES_A_WAVE * (2 if detail else 1)
    columns, rows = (5 + math.ceil(per_side * abs(part)) for part in heading)
    return Part(still(beat), flow=pulled(beat, subject, displace, 1.3 * abs(height) * (1 + detail), (rows, columns)))


def ripple(beat: Beat, given: Given, subject: Subject) -> Part:
    """Rings run outward from the anchor, as on water: amount (share of the shorter side), waves (to the far corner)."""
    height, waves = given.number("amount") * subject.side, given.number("waves", 2.0)
    radius = float(np.hypot(*(subject.box.corners - beat.anchor).T).max()) or 1.0
    phase = beat.phase[:, None]

    def displace(points: FloatArray) -> FloatArray:
        arm = points - beat.anchor
        far = np.hypot(arm[..., 0], arm[..., 1]) / radius  # (t, n)
        push = height * np.sin(2 * np.pi * waves * far - phase) * np.minimum(1, 4 * far) / (1 + far)
        return arm / np.maximum(far * radius, 1e-6)[..., None] * push[..., None]

    count = 2 * math.ceil(waves) * _NODES_A_WAVE + 1
    return Part(still(beat), flow=pulled(beat, subject, displace, abs(height), (count, count)))


def bend(beat: Beat, given: Given, subject: Subject) -> Part:
    """Rooted at the anchor, the far end goes furthest along direction: a plant, a flag pole, a jelly.

    amount (share of the shorter side at the far end), power (1 leans, 2 curves), lag (share of a cycle by which the far
    end trails), squash (share, twice a cycle). shape gust: leans away from a wind that comes in gusts.
    """
    heading = given.heading
    axis = np.array([-heading[1], heading[0]])  # from the root outward, either way
    tall = float(np.abs((subject.box.corners - beat.anchor) @ axis).max()) or 1.0
    reach, lag, power = given.number("amount") * subject.side, given.number("lag"), given.number("power", 2.0)
    gust = given.text("shape", "swing") == "gust"

    def displace(points: FloatArray) -> FloatArray:
        out = (points - beat.anchor) @ axis / tall  # (t, n), signed
        far = np.clip(np.abs(out), 0, 1.3)
        place = beat.place[:, None] - lag * far
        sway = _gust(beat, place) if gust else np.sin(2 * np.pi * np.mod(place, 1.0))
        lean = reach * sway * far**power
        sink = -np.sign(out) * lean**2 / (2 * tall)  # what leans keeps its length, so it sinks
        moved: FloatArray = lean[..., None] * heading + sink[..., None] * axis
        return moved

    tilt = 1 + given.number("squash") * np.sin(2 * beat.phase)
    upright = abs(axis[1]) >= abs(axis[0])
    pair = (1 / tilt, tilt) if upright else (tilt, 1 / tilt)
    columns, rows = (3 + round(10 * abs(part)) for part in axis)
    flow = pulled(beat, subject, displace, 1.7 * abs(reach), (rows, columns))
    return Part(still(beat, scale=np.stack(pair, axis=-1)), flow=flow)


def _gust(beat: Beat, place: FloatArray) -> FloatArray:
    """0.. mostly below 1: a steady breeze, slow gusts on it, and a tremble that grows with them."""
    slow = 0.5 + 0.45 * beat.noise(0, 0.4, 1.2, place)
    return slow * (1 + 0.18 * beat.noise(1, 2.5, 4.0, place))


def twist(beat: Beat, given: Given, subject: Subject) -> Part:
    """Wrings the layer about its anchor: the rim turns by angle (rad), the middle stays; lag: the rim trails."""
    angle, lag = given.number("angle"), given.number("lag")
    radius = float(np.hypot(*(subject.box.corners - beat.anchor).T).max()) or 1.0

    def displace(points: FloatArray) -> FloatArray:
        arm = points - beat.anchor
        far = np.minimum(np.hypot(arm[..., 0], arm[..., 1]) / radius, 1.2)
        turn = angle * far * np.sin(beat.phase[:, None] - 2 * np.pi * lag * far)
        cos, sin = np.cos(turn), np.sin(turn)
        x, y = arm[..., 0], arm[..., 1]
        return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1) - arm

    return Part(still(beat), flow=pulled(beat, subject, displace, radius * min(2.0, abs(angle)), (17, 17)))
