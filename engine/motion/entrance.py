"""Motions for in and out: a layer arrives or leaves. Place 0 is away and place 1 is the layer at rest, exactly.

`direction` is always the way the layer travels: `in: {motion: slide, direction: right}` comes from the left,
`out: {motion: slide, direction: right}` leaves to the right. An out plays its curves backwards in time.
"""

from __future__ import annotations

import numpy as np

from ..geometry import FloatArray
from ..motion_field import Grid, Part
from .beat import Beat, Given, Subject, still


def enter(beat: Beat, given: Given, subject: Subject) -> Part:
    """Travel, turn, grow, fade and sharpen in any mixture.

    distance (px along direction), turns and angle (rad), scale (factor while away, on `axis` x, y or both), overshoot
    and squash (shares), blur (px while away), fade (share of the time that opacity takes; 0: none).
    """
    overshoot = given.number("overshoot")
    away = 1 - beat.arrived(overshoot)  # (t,) 1 away, 0 at rest, below 0 in the overshoot
    turned = given.number("angle") + 2 * np.pi * given.number("turns")
    small = given.number("scale", 1.0)
    return Part(
        still(
            beat,
            shift=beat.sign * away[:, None] * given.number("distance") * given.heading,
            angle=beat.sign * away * turned,
            scale=_grown(1 + (small - 1) * away, beat, given),
        ),
        opacity=faded(beat, given.number("fade")),
        blur=max(given.number("blur"), 0.0) * np.clip(away, 0, None) if given.number("blur") else None,
    )


def _grown(size: FloatArray, beat: Beat, given: Given) -> FloatArray:
    """(t, 2): size on the axes that grow; with squash the height trails the width as a soft body does."""
    squash = given.number("squash")
    overshoot = given.number("overshoot")
    trail = beat.arrived(overshoot, lag=squash) - beat.arrived(overshoot)
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


def impact(beat: Beat, given: Given, subject: Subject) -> Part:
    """Falls, hits and settles; on the way out crouches and leaps. Gravity is a parabola, whatever the easing.

    distance (px along direction), scale (factor while away: falls from the viewer), bounces (count), bounce (height
    that a bounce keeps), hang (how long it lingers at the top), squash (share on contact), fade (share of the time).
    """
    if beat.slot == "out":
        height, press = _leap(1 - beat.place, given.number("hang"))
    else:
        height, press = _landing(
            beat.place, given.number("hang"), round(given.number("bounces")), given.number("bounce")
        )
    tall = np.maximum(1 - given.number("squash") * press, 0.1)
    size = np.maximum(1 + (given.number("scale", 1.0) - 1) * height, 0)
    upright = abs(given.heading[1]) >= abs(given.heading[0])
    pair = (size / tall, size * tall) if upright else (size * tall, size / tall)
    return Part(
        still(
            beat,
            shift=beat.sign * height[:, None] * given.number("distance") * given.heading,
            scale=np.stack(pair, axis=-1),
        ),
        opacity=faded(beat, given.number("fade")),
    )


def _landing(place: FloatArray, hang: float, bounces: int, keep: float) -> tuple[FloatArray, FloatArray]:
    """(height, press), (t,) each: 1 down to 0 with bounces; press is 1 squashed, -1 stretched, 0 at rest.

    Time is counted in falls. A start upward at speed `hang` makes gravity 2 (1 + hang); a hop to height h then lasts
    2 sqrt(h / (1 + hang)); every contact takes a moment on the ground, the last one rings out.
    """
    hops = [keep ** (count + 1) for count in range(bounces)]
    spans = [1.0]
    for hop in hops:
        spans += [0.22 * hop**0.25, 2 * float(np.sqrt(hop / (1 + hang)))]
    spans.append(0.9)
    starts = np.concatenate([[0.0], np.cumsum(spans)])
    time = np.clip(place, 0, 1) * starts[-1]
    local = [np.clip((time - start) / span, 0, 1) for start, span in zip(starts, spans, strict=False)]
    fall = local[0]
    height = 1 + hang * fall - (1 + hang) * fall**2
    press = -2.4 * fall**3 * (1 - fall)
    for index, hop in enumerate(hops):
        ground, air = local[1 + 2 * index], local[2 + 2 * index]
        height = height + hop * 4 * air * (1 - air)
        press = press + np.sqrt(hop / keep) * np.sin(np.pi * ground) ** 2
    last = local[-1]
    force = np.sqrt(hops[-1]) if hops else 1.0
    press = press + 1.6 * force * np.sin(2.5 * np.pi * last) * (1 - last) ** 3
    return np.where(place >= 1, 0.0, height), np.where(place >= 1, 0.0, press)


def _leap(gone: FloatArray, hang: float) -> tuple[FloatArray, FloatArray]:
    """(height, press): crouch for a third of the time, then start the wrong way at speed `hang` and fly off."""
    crouch, fly = np.clip(gone / 0.35, 0, 1), np.clip((gone - 0.35) / 0.65, 0, 1)
    return (1 + hang) * fly**2 - hang * fly, np.sin(np.pi * crouch) ** 2 - 2.4 * fly * (1 - fly) ** 2


def wipe(beat: Beat, given: Given, subject: Subject) -> Part:
    """A soft edge travels along direction and uncovers the layer, or covers it; softness: share of the box."""
    heading, box = given.heading, subject.box
    extent = abs(heading[0]) * box.width + abs(heading[1]) * box.height
    soft = max(given.number("softness"), 1 / max(extent, 1))
    room = box.grow(max(2, round(max(box.size) / 2)))  # so that a moving layer stays on the ramp
    nodes = Grid(room, np.zeros((1, 2, 2, 1), np.float32)).nodes()  # (2, 2, 2)
    along = (nodes - box.center) @ heading / max(extent, 1) + 0.5  # (2, 2), 0..1 over the box
    edge = beat.eased[:, None, None] * (1 + soft)  # (t, 1, 1)
    ramp = (edge - along) / soft if beat.slot == "in" else (edge - (1 - along)) / soft
    done = beat.place[:, None, None]
    ramp = np.where(done >= 1, 1.0, np.where(done <= 0, 0.0, ramp))
    return Part(still(beat), opacity_grid=Grid(room, ramp[..., None].astype(np.float32)))


def flip(beat: Beat, given: Given, subject: Subject) -> Part:
    """Turns like a card, horizontal or vertical (direction), from `angle` (90deg is edge-on) to facing us.

    lift (share): how much nearer the card is while it turns.
    """
    away = 1 - beat.arrived(given.number("overshoot"))
    turned = away * (given.number("angle") + 2 * np.pi * given.number("turns"))
    face, edge = np.cos(turned), np.sin(turned)
    near = 1 + given.number("lift") * np.abs(edge)
    one = np.ones_like(face)
    sideways = abs(given.heading[0]) >= abs(given.heading[1])
    pair = (face, one) if sideways else (one, face)
    return Part(
        still(beat, scale=near[:, None] * np.stack(pair, axis=-1)),
        opacity=faded(beat, given.number("fade")),
    )
