"""Camera motions over the whole stack: every layer gets its own part of one move, by its depth.

Depth is a rank, 0 the back and 1 the front; the plane at 1/2 stays where it is. A distance d, where 1 is the plane that
stays, has the rank 1 / (1 + d). A layer that reaches edges of the canvas at rest (a background all four, a ground the
lower one) is scaled up about the middle of the canvas, once and just enough, so that no frame of the move bares them.
"""

from __future__ import annotations

import numpy as np

from ..geometry import Box, FloatArray, apply, compose, invert
from ..motion_field import AffineTrack, Part
from .beat import Beat, Given, Subject, still, swell

_NEAREST, _FARTHEST = 0.4, 1.6  # distances of the front and the back for a dolly; the middle is at 1


def camera(beat: Beat, given: Given, subject: Subject) -> Part:
    """One move of the camera. In a clip that does not loop it goes one way in a period and stays; else there and back.

    zoom (growth of every layer), dolly (growth of the middle plane, nearer ones grow more), direction in or out;
    distance (px, the way of the camera, near layers go against it and far ones with it), round (share of it that goes
    across: a circle); pan and rise (shares of the canvas by which the picture moves sideways and up on the way).
    """
    way = np.clip(beat.place, 0, 1) if beat.one_way else swell(beat.phase)  # (t,) 0..1
    way = 1 - way if given.number("sense", 1.0) < 0 else way
    size = max(1 + given.number("zoom"), 0.05) ** way * _dollied(given.number("dolly"), way, subject.depth)
    picture = np.array([-given.number("pan"), given.number("rise")]) * subject.canvas
    near = 2 * subject.depth - 1
    heading, around = given.heading, given.number("round")
    side = np.array([-heading[1], heading[0]])
    swing = way - 0.5 if beat.one_way and not around else np.sin(beat.phase)
    arm = swing[:, None] * heading + around * np.cos(beat.phase)[:, None] * side
    track = still(beat, shift=way[:, None] * picture - near * given.number("distance") * arm, scale=size)
    return Part(covering(track, subject))


def _dollied(growth: float, way: FloatArray, depth: float) -> FloatArray:
    """(t,) perspective: a thing at distance z grows by z / (z - travelled)."""
    z = _FARTHEST + (_NEAREST - _FARTHEST) * depth
    growth = max(growth, -0.9)
    travelled = min(growth / (1 + growth), 0.8 * _NEAREST) * way
    return z / (z - travelled)


def covering(track: AffineTrack, subject: Subject) -> AffineTrack:
    """The track with the overscan that a layer needs whose opaque box reaches an edge of the canvas."""
    canvas, box = Box(0, 0, *subject.canvas), subject.box
    if (box & canvas).is_empty:
        return track
    matrices, middle = track.matrices(), np.array(canvas.center)
    seen = apply(invert(matrices), canvas.corners[None]) - middle  # (t, 4, 2) what the canvas' corners show
    edges = (  # axis, where the box ends, whether it reaches the canvas' edge there
        (0, box.x0, box.x0 <= 0),
        (0, box.x1, box.x1 >= canvas.x1),
        (1, box.y0, box.y0 <= 0),
        (1, box.y1, box.y1 >= canvas.y1),
    )
    sizes = [float((seen[..., axis] / (edge - middle[axis])).max()) for axis, edge, reached in edges if reached]
    size = max([1.0, *sizes])
    if size == 1.0:
        return track
    grown = np.array([[size, 0, middle[0] * (1 - size)], [0, size, middle[1] * (1 - size)]])
    return AffineTrack.of(compose(matrices, grown), track.anchor)
