"""Rigid motions that repeat: a layer swings, breathes, floats, beats, shakes, spins, orbits or hops."""

from __future__ import annotations

import numpy as np

from ..geometry import FloatArray
from ..motion_field import Part
from .beat import Beat, Given, Subject, bump, still, swell
from .entrance import enter

_FLATTEST = 0.1  # height that a squash leaves, whatever was asked for


def oscillate(beat: Beat, given: Given, subject: Subject) -> Part:
    """There and back like a sine: position, rotation, size, skew, each about the anchor.

    distance (px along direction), angle and skew (rad), scale and squash (shares). `lag` (share of a cycle): how far
    rotation and skew trail the rest. shape swell: size goes up and back instead of around its rest.
    """
    lag = 2 * np.pi * given.number("lag")
    wave = np.sin(beat.phase)
    trail = np.sin(beat.phase - lag)
    size = swell(beat.phase) if given.text("shape", "swing") == "swell" else wave
    grow, squash = given.number("scale"), given.number("squash")
    stretch = np.maximum(1 + squash * size, _FLATTEST)
    return Part(
        still(
            beat,
            shift=wave[:, None] * given.number("distance") * given.heading,
            angle=given.number("angle") * (trail if given.number("distance") else wave),
            shear=np.tan(given.number("skew")) * trail,
            scale=np.maximum(1 + grow * size, 0)[:, None] * np.stack([1 / stretch, stretch], axis=-1),
        )
    )


def lissajous(beat: Beat, given: Given, subject: Subject) -> Part:
    """Floating: up and down once a cycle, sideways and turning at other speeds, phases by the seed.

    distance (px, vertical), drift (sideways, share of the distance), angle (rad).
    """
    start = beat.random(0).uniform(0, 2 * np.pi, 3)
    distance = given.number("distance")
    up = distance * beat.harmonic(1.0, start[0])
    side = distance * given.number("drift", 0.5) * beat.harmonic(0.5, start[1])
    return Part(
        still(
            beat,
            shift=np.stack([side, up], axis=-1),
            angle=given.number("angle") * beat.harmonic(0.75, start[2]),
        )
    )


def pulse(beat: Beat, given: Given, subject: Subject) -> Part:
    """Beats of size: scale (share at the top), beats (1 or 2: a heartbeat, then rest), width (share of the cycle)."""
    cycle = beat.phase / (2 * np.pi)
    width = given.number("width", 0.5)
    beats = bump(cycle / width)
    if given.number("beats", 1) >= 2:
        beats = beats + 0.6 * bump((cycle - 1.15 * width) / width)
    return Part(still(beat, scale=np.maximum(1 + given.number("scale") * beats, 0)))


def noise(beat: Beat, given: Given, subject: Subject) -> Part:
    """Wandering in a band of frequencies around one a cycle: distance (px each way), angle (rad), scale (share).

    `across` is the share of the distance that goes across the direction.
    """
    distance, heading = given.number("distance"), given.heading
    side = np.array([-heading[1], heading[0]]) * given.number("across", 1.0)
    shift = beat.noise(0)[:, None] * heading + beat.noise(1)[:, None] * side
    return Part(
        still(
            beat,
            shift=distance * shift,
            angle=given.number("angle") * beat.noise(2),
            scale=np.maximum(1 + given.number("scale") * beat.noise(3), 0),
        )
    )


def spin(beat: Beat, given: Given, subject: Subject) -> Part:
    """Turning about the anchor. A loop makes `turns` a period (sense: 1 clockwise, -1 not); an in or out is `enter`.

    A whole number of turns closes by itself; parts of one add up in mode offset.
    """
    turns = given.number("turns", 1.0) * given.number("sense", 1.0)
    if beat.slot != "loop":
        return enter(beat, Given({**given.values, "turns": turns, "distance": 0.0}), subject)
    return Part(still(beat, angle=2 * np.pi * beat.turned(turns)))


def orbit(beat: Beat, given: Given, subject: Subject) -> Part:
    """Round a centre, upright, starting at rest: the anchor, or where that is the layer's middle, one radius below.

    distance (px, the radius), flatten (share by which the circle is seen from the side), turns a period.
    """
    angle = 2 * np.pi * beat.turned(given.number("turns", 1.0) * given.number("sense", 1.0))
    middle = np.array(subject.box.center)
    arm = middle - beat.anchor  # (2,) from the centre to the layer
    if np.hypot(*arm) < 1:
        arm = np.array([0.0, -given.number("distance")])
    squeeze = np.array([1.0, 1 - given.number("flatten")])
    cos, sin = np.cos(angle), np.sin(angle)
    arm = arm / squeeze  # on the circle that the ellipse is the view of
    round_ = np.stack([cos * arm[0] - sin * arm[1], sin * arm[0] + cos * arm[1]], axis=-1)
    return Part(still(beat, shift=(round_ - arm) * squeeze))


def bounce(beat: Beat, given: Given, subject: Subject) -> Part:
    """Hops against the ground at the anchor: a parabola in the air, a squash on contact, stretched in between.

    distance (px, height of the hop along direction), squash (share), contact (share of the period on the ground).
    """
    cycle = beat.phase / (2 * np.pi)
    contact = given.number("contact", 0.2)
    air = np.clip(cycle / (1 - contact), 0, 1)
    ground = np.clip((cycle - (1 - contact)) / contact, 0, 1)
    height = 4 * air * (1 - air)
    tall = 1 + given.number("squash") * (0.4 * np.sin(2 * np.pi * air) ** 2 - np.sin(np.pi * ground) ** 2)
    return Part(
        still(
            beat,
            shift=height[:, None] * given.number("distance") * given.heading,
            scale=_upright(tall, given.heading),
        )
    )


def _upright(tall: FloatArray, heading: FloatArray) -> FloatArray:
    """(t, 2) scales that keep the area: `tall` along the heading's main axis."""
    tall = np.maximum(tall, _FLATTEST)
    pair = (1 / tall, tall) if abs(heading[1]) >= abs(heading[0]) else (tall, 1 / tall)
    return np.stack(pair, axis=-1)
