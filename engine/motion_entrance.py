"""Motions for in and out: a layer arrives or leaves. Place 0 is away and place 1 is the layer at rest, exactly.

`direction` is always the way the layer travels: `in: {motion: slide, direction: right}` comes from the left,
`out: {motion: slide, direction: right}` leaves to the right. An out plays its curves backwards in time.
"""

from __future__ import annotations

import numpy as np

from .geometry import FloatArray
from .motion_beat import Beat, Given, Subject, settle, still
from .motion_field import Part


def enter(beat: Beat, given: Given, subject: Subject) -> Part:
    """Travel, turn, grow, fade and sharpen in any mixture.

    distance (px along direction), turns and angle (rad), scale (factor while away, on `axis` x, y or both), overshoot
    and squash (shares), blur (px while away), fade (share of the time that opacity takes; 0: none).
    """
    overshoot = given.number("overshoot")
    come = settle(beat.eased, overshoot)  # (t,) 0 away, 1 at rest, beyond it in the overshoot
    away = 1 - come
    turned = given.number("angle") + 2 * np.pi * given.number("turns")
    small = given.number("scale", 1.0)
    return Part(
        still(
            beat,
            shift=beat.sign * away[:, None] * given.number("distance") * given.heading,
            angle=beat.sign * away * turned,
            scale=_grown(small + (1 - small) * come, beat, given),
        ),
        opacity=faded(beat, given.number("fade")),
        blur=given.number("blur") * np.clip(away, 0, None) if given.number("blur") else None,
    )


def _grown(size: FloatArray, beat: Beat, given: Given) -> FloatArray:
    """(t, 2): size on the axes that grow; with squash the height trails the width as a soft body does."""
    squash = given.number("squash")
    trail = settle(beat.eased, given.number("overshoot"), lag=squash) - settle(beat.eased, given.number("overshoot"))
    one = np.ones_like(size)
    axis = given.text("axis", "both")
    pair = (one if axis == "y" else size + trail, one if axis == "x" else size - trail)
    return np.clip(np.stack(pair, axis=-1), 0, None)


def faded(beat: Beat, share: float) -> FloatArray | None:
    """(t,) opacity that is complete after `share` of the time."""
    if share <= 0:
        return None
    place = np.clip(beat.place / share, 0, 1)
    return np.where(place >= 1, 1.0, np.where(place <= 0, 0.0, np.clip(beat.ease(place), 0, 1)))
