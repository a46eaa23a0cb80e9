"""Motions that bend a layer: waves, ripples, bends and twists, as flows on coarse grids.

Flows pull: what is drawn at p comes from p + flow(p). A displacement d is written as flow = -d, which is its exact
inverse where d does not change along itself (waves, twists) and differs from it in second order elsewhere.
"""

from __future__ import annotations

import math

import numpy as np

from ..geometry import FloatArray
from ..motion_field import Grid, Part
from .beat import Beat, Given, Subject, still

_NODES_A_WAVE = 8  # cubic interpolation of a sine is then right to a hundredth
_MOST_NODES = 33


def _lattice(subject: Subject, margin: float, rows: float, columns: float) -> Grid:
    """An empty grid over the layer's box and what may move past it."""
    shape = (min(_MOST_NODES, max(3, math.ceil(count))) for count in (rows, columns))
    return Grid(subject.box.grow(math.ceil(margin) + 1), np.zeros((1, *shape, 2), np.float32))


def _flow(lattice: Grid, displaced: FloatArray) -> Grid:
    """The flow of displacements (t, rows, columns, 2) at the lattice's nodes."""
    return Grid(lattice.box, -displaced.astype(np.float32))


def _radius(beat: Beat, subject: Subject) -> float:
    """From the anchor to the furthest corner, px."""
    return float(np.hypot(*(subject.box.corners - beat.anchor).T).max()) or 1.0


def wave(beat: Beat, given: Given, subject: Subject) -> Part:
    """A wave runs along direction and lifts the layer across it.

    amount (share of the shorter side), waves (along the box), grow (power with which it grows from the still edge where
    it starts; 0: even), detail (share of a second, quicker wave).
    """
    heading, box = given.heading, subject.box
    across = np.array([-heading[1], heading[0]])
    length = max(1.0, abs(heading[0]) * box.width + abs(heading[1]) * box.height)
    height, detail = given.number("amount") * subject.side, given.number("detail")
    waves = given.number("waves", 1.0)
    columns, rows = (5 + waves * _NODES_A_WAVE * (2 if detail else 1) * np.abs(heading)).tolist()
    lattice = _lattice(subject, 1.3 * abs(height) * (1 + detail), rows, columns)
    along = (lattice.nodes() - box.center) @ heading / length + 0.5  # (rows, columns), 0..1 over the box
    run, phase = 2 * np.pi * waves * along, beat.phase[:, None, None]
    lift = np.sin(run - phase) + detail * np.sin(1.9 * run - 2 * phase + 1.0)  # (t, rows, columns)
    lift = height * lift * np.clip(along, 0, 1.2) ** given.number("grow")
    return Part(still(beat), flow=_flow(lattice, lift[..., None] * across))


def ripple(beat: Beat, given: Given, subject: Subject) -> Part:
    """Rings run outward from the anchor, as on water: amount (share of the shorter side), waves (to the far corner)."""
    height, waves = given.number("amount") * subject.side, given.number("waves", 2.0)
    nodes = 1 + 2 * waves * _NODES_A_WAVE
    lattice = _lattice(subject, abs(height), nodes, nodes)
    arm = lattice.nodes() - beat.anchor  # (rows, columns, 2)
    length = np.hypot(arm[..., 0], arm[..., 1])
    far = length / _radius(beat, subject)
    # smooth at the middle, lower further out
    outward = arm / np.maximum(length, 1e-6)[..., None] * (height * np.minimum(1, 4 * far) / (1 + far))[..., None]
    rings = np.sin(2 * np.pi * waves * far - beat.phase[:, None, None])  # (t, rows, columns)
    return Part(still(beat), flow=_flow(lattice, rings[..., None] * outward))


def bend(beat: Beat, given: Given, subject: Subject) -> Part:
    """Rooted at the anchor, the far end goes furthest along direction: a plant, a flag pole, a jelly.

    amount (share of the shorter side at the far end), power (1 leans, 2 curves), lag (share of a cycle by which the far
    end trails), squash (share, twice a cycle). shape gust: leans away from a wind that comes in gusts.
    """
    heading = given.heading
    axis = np.array([-heading[1], heading[0]])  # from the root outward, either way
    tall = float(np.abs((subject.box.corners - beat.anchor) @ axis).max()) or 1.0
    reach, lag = given.number("amount") * subject.side, given.number("lag")
    columns, rows = (3 + 10 * np.abs(axis)).tolist()
    lattice = _lattice(subject, 1.7 * abs(reach), rows, columns)
    out = (lattice.nodes() - beat.anchor) @ axis / tall  # (rows, columns), signed
    far = np.minimum(np.abs(out), 1.3)
    gust = given.text("shape", "swing") == "gust"
    sway = _gusts(beat, lag * far) if gust else np.sin(beat.phase[:, None, None] - 2 * np.pi * lag * far)
    lean = reach * sway * far ** given.number("power", 2.0)  # (t, rows, columns)
    sink = -np.sign(out) * lean**2 / (2 * tall)  # what leans keeps its length, so it sinks
    tilt = 1 + given.number("squash") * np.sin(2 * beat.phase)
    pair = (1 / tilt, tilt) if abs(axis[1]) >= abs(axis[0]) else (tilt, 1 / tilt)
    displaced = lean[..., None] * heading + sink[..., None] * axis
    return Part(still(beat, scale=np.stack(pair, axis=-1)), flow=_flow(lattice, displaced))


def _gusts(beat: Beat, delay: FloatArray) -> FloatArray:
    """(t, rows, columns) in 0..1.2 or so: a steady breeze, slow gusts on it, and a tremble that grows with them."""
    late = delay.ravel()
    slow = 0.5 + 0.45 * beat.noise(0, 0.4, 1.2, late)
    wind = slow * (1 + 0.18 * beat.noise(1, 2.5, 4.0, late))
    return wind.reshape(-1, *delay.shape)


def twist(beat: Beat, given: Given, subject: Subject) -> Part:
    """Wrings the layer about its anchor: the rim turns by angle (rad), the middle stays; lag: the rim trails."""
    angle, lag, radius = given.number("angle"), given.number("lag"), _radius(beat, subject)
    lattice = _lattice(subject, 0.5 * radius * min(2.0, abs(angle)), 17, 17)
    arm = lattice.nodes() - beat.anchor  # (rows, columns, 2)
    far = np.minimum(np.hypot(arm[..., 0], arm[..., 1]) / radius, 1.2)
    back = -angle * far * np.sin(beat.phase[:, None, None] - 2 * np.pi * lag * far)  # (t, rows, columns)
    cos, sin = np.cos(back), np.sin(back)
    source = np.stack([cos * arm[..., 0] - sin * arm[..., 1], sin * arm[..., 0] + cos * arm[..., 1]], axis=-1)
    return Part(still(beat), flow=_flow(lattice, arm - source))
