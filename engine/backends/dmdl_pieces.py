"""Decoded motion as the renderer wants it: in the pieces that the segmenter saw, about the hinges that it saw.

The diffusion model knows how far a piece turns, but hardly about what: that has to be seen, and is exact to the pixel.
All in units of the region. A piece's motion within the body's frame is `p' = anchor + shift + L (p - anchor)`; about a
hinge h it has `shift = (1 - L)(h - anchor)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from ..geometry import Box, FloatArray, trs_matrix
from ..model.config import BODY, PIECES
from ..model.field import Field, places
from ..model.segmenter import Pieces, seen_cells
from ..motion_field import MotionField
from .dmdl_field import Place, motion_field, unit
from .dmdl_plan import Clock, Group
from .dmdl_scene import Shown
from .dmdl_steps import Steps, closed, joined, steps_of, stilled

TRUST = 0.001  # of the weight of half a turn: of the told hinge, which counts where a piece hardly turns
ROUND = 0.6  # narrow by wide deviation, squared: from here on a piece that goes round and round turns about its middle
ROUNDS = 1.5 * np.pi  # rad: a piece that turns farther goes round and round
PURE = 0.3  # of the shift's energy: if turning about one point leaves less unexplained, that is noise


def motion_fields(
    group: Group, made: Sequence[Sequence[Field]], seen: Shown, boxes: Mapping[str, Box], canvas: Box, clock: Clock
) -> dict[str, MotionField]:
    """Each layer's decoded windows as the renderer wants them; `boxes`: of the layers' own pixels."""
    fields = {}
    found = seen.pieces or (None,) * len(made)
    for member, windows, still, pieces in zip(group.members, made, seen.stills, found, strict=True):
        steps = joined([steps_of(field) for field in windows], group.timeline.windows)
        alpha = seen_cells(still)[0, 0].double().cpu().numpy()  # (h, w) of the fine maps
        steps = steps if pieces is None else in_pieces(steps, pieces, alpha)
        steps = stilled(closed(steps) if clock.loop else steps, loop=clock.loop)
        place = Place.of(member, boxes[member.job.layer], canvas, alpha)
        fields[member.job.layer] = motion_field(steps, place, group.timeline, clock)
    return fields


def in_pieces(steps: Steps, found: Pieces, alpha: FloatArray) -> Steps:
    """The steps of one layer with what was `found` of it (b = 1); `alpha` (h, w) as the mattes."""
    steps = replace(steps, matte=found.matte[0].double().cpu().numpy())
    if found.hinge is None:
        return steps
    return hinged(steps, balanced(steps, found.hinge[0].double().cpu().numpy(), alpha))


def balanced(steps: Steps, hinges: FloatArray, alpha: FloatArray) -> FloatArray:
    """Hinges (2, 2) with those of round pieces that go round and round at their middle: a wheel, a record, sails."""
    turned = np.ptp(steps.angle - steps.angle[:, BODY, None], axis=0)
    middles = [_round(steps.matte[part] * alpha) if turned[part] > ROUNDS else None for part in PIECES]
    return np.stack([told if own is None else own for told, own in zip(hinges, middles, strict=True)])


def _round(share: FloatArray) -> FloatArray | None:
    """The middle (x, y) of what is there (h, w), where it is about as wide as high."""
    total = float(share.sum())
    if total < 1:
        return None
    points = places(*share.shape, torch.device("cpu")).numpy()  # (h, w, 2)
    middle = np.einsum("yx,yxi->i", share, points) / total
    spread = np.einsum("yx,yxi,yxj->ij", share, points - middle, points - middle)
    narrow, wide = np.linalg.eigvalsh(spread)
    return np.asarray(middle) if narrow > ROUND * wide else None


def hinged(steps: Steps, hinges: FloatArray) -> Steps:
    """The steps with rear and front moved so that they turn about `hinges` (2, 2)."""
    shift = steps.shift.copy()
    for part, hinge in zip(PIECES, hinges, strict=True):
        shift[:, part] = _about(steps, part, hinge - steps.anchor)
    return replace(steps, shift=shift)


def _about(steps: Steps, part: int, hinge: FloatArray) -> FloatArray:
    """The part's shift (t, 2) with another hinge, (2,) from the anchor."""
    body = _turns(steps.angle[:, BODY])
    own = np.einsum("tji,tj->ti", body, steps.shift[:, part] - steps.shift[:, BODY])
    lever = np.eye(2) - _linear(steps, part)  # (t, 2, 2): what a hinge adds to the shift
    was = _fitted(lever, own, hinge)
    rest = own - lever @ was
    if _energy(rest) < PURE * max(_energy(own), _energy(lever @ hinge)):
        rest = np.zeros_like(rest)
    return np.asarray(steps.shift[:, BODY] + np.einsum("tij,tj->ti", body, rest + lever @ hinge))


def _energy(shift: FloatArray) -> float:
    return float((shift**2).sum())


def _fitted(lever: FloatArray, own: FloatArray, hinge: FloatArray) -> FloatArray:
    """The hinge (2,) that explains the shift `own` (t, 2) best, near `hinge` where nothing tells."""
    trust = TRUST * 4 * len(lever) * np.eye(2)
    normal = np.einsum("tji,tjk->ik", lever, lever) + trust
    return np.asarray(np.linalg.solve(normal, np.einsum("tji,tj->i", lever, own) + trust @ hinge))


def _linear(steps: Steps, part: int) -> FloatArray:
    """The part's R H S within the body's frame, (t, 2, 2), as `engine.model.latents.relative` has it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = steps.scale[:, part] / steps.scale[:, BODY]
    scale = np.nan_to_num(scale, nan=1.0, posinf=1.0, neginf=1.0)
    angle, shear = (v[:, part] - v[:, BODY] for v in (steps.angle, steps.shear))
    return trs_matrix(steps.anchor, np.zeros(2), unit(angle), shear, scale)[..., :2]


def _turns(angle: FloatArray) -> FloatArray:
    """(t, 2, 2)."""
    return trs_matrix(np.zeros(2), np.zeros(2), unit(angle), np.zeros(len(angle)), np.ones(2))[..., :2]
