"""The parts of a layer as somebody who edits them wants them: what each is called, and the joint it turns about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .geometry import Box, FloatArray, apply
from .motion_field import AffineTrack, Float32, MotionField, Part

FIRM = 1e-4  # how strongly a joint keeps to the middle of its part, beside the turning that tells where it is
SEEN = 1 / 8  # coverage: what has less of a pixel is not looked for there


def covers(field: MotionField, alpha: Float32) -> list[Float32]:
    """(h, w) of each part: what it has of the layer's coverage `alpha` (h, w) at rest."""
    return [alpha if part.matte is None else alpha * part.matte for part in field.parts]


def body_of(shares: list[Float32]) -> int:
    """The part that has most of the layer."""
    return int(np.argmax([share.sum() for share in shares]))


def part_names(shares: list[Float32]) -> list[str]:
    """`body`, and the others by where they lie: `behind`, `in front 2`; of a layer in one part no name."""
    if len(shares) == 1:
        return [""]
    body, names = body_of(shares), list[str]()
    for index in range(len(shares)):
        name = "body" if index == body else "behind" if index < body else "in front"
        again = sum(other.startswith(name) for other in names)
        names.append(f"{name} {again + 1}" if again else name)
    return names


def jointed(field: MotionField, alpha: Float32, box: Box) -> MotionField:
    """The same motion with the anchor of every part where it is joined to the body: `alpha` (h, w) lies over `box`.

    That is the point which leaves the body least: a hand that turns about it needs no keyframes of position. Generated
    parts come with one anchor for all.
    """
    shares = covers(field, alpha)
    body = body_of(shares)
    rest = field.parts[body].affine.matrices()
    parts = [
        part if index == body or not (share > SEEN).any() else _about(part, _joint(part, rest, share, box))
        for index, (part, share) in enumerate(zip(field.parts, shares, strict=True))
    ]
    return replace(field, parts=tuple(parts))


def _joint(part: Part, body: FloatArray, share: Float32, box: Box) -> FloatArray:
    """(2,) px: least squares of what a point does beside the body, in the part's own box or near it."""
    own = Box.where(share > SEEN).shift(box.x0, box.y0)
    beside = part.affine.matrices() - body
    linear, offset = beside[..., :2], beside[..., 2]
    middle = np.array(own.center)
    gram = np.einsum("tji,tjk->ik", linear, linear) + FIRM * len(beside) * np.eye(2)
    pull = FIRM * len(beside) * middle - np.einsum("tji,tj->i", linear, offset)
    near = own.grow(max(own.size) // 2)
    return np.clip(np.linalg.solve(gram, pull), (near.x0, near.y0), (near.x1, near.y1))


def _about(part: Part, anchor: FloatArray) -> Part:
    shift = apply(part.affine.matrices(), anchor[None])[:, 0] - anchor
    track = part.affine
    return replace(part, affine=AffineTrack(anchor, shift, track.turn, track.shear, track.scale))
