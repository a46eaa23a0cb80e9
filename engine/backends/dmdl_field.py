"""Motion steps in region units become a `MotionField` in canvas px: the parts that matter, at the frames' times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ..geometry import Box, FloatArray, apply, trs_matrix
from ..model.config import BODY
from ..motion_field import AffineTrack, Float32, Grid, MotionField, Part, Patch, cubic_basis
from ..plan import Job
from ..tiling import Region, Timeline
from .dmdl_plan import Clock, Member
from .dmdl_steps import REST, TURN, Numbers, Steps, moved

SHARE = 0.12  # of a pixel: a part that has less of every one is none
PIECE = 0.4  # of the pixels that it is in: a piece that has less of them is a haze, and not in this layer
SAME = 0.012  # region units, factors: parts that move more alike than this are one
LEAVES = 0.85  # of the way out of its region: a layer that goes so far is meant to leave
CLEAR = 0.02  # that way is made longer by this, so that nothing of the layer stays at the edge
OF_PARTS = (*REST, "flow")
FIRM = 2  # power of shares: half here and half there would be a ghost
EDGE = 0.03  # of shares and opacities: as near as this to nothing or all is nothing or all


@dataclass(frozen=True, eq=False)
class Place:
    """A layer on the canvas: where its tokens lie, its own pixels, what it may leave, and how they look there."""

    job: Job
    region: Region
    still: Box  # of the layer's own pixels
    bounds: Box  # the given region, else the canvas
    seen: FloatArray  # (h, w) alpha on the fine maps

    @classmethod
    def of(cls, member: Member, still: Box, canvas: Box, seen: FloatArray) -> Place:
        bounds = member.job.region if member.job.region_given else canvas
        return cls(member.job, member.region, still, bounds, seen)


def motion_field(steps: Steps, place: Place, timeline: Timeline, clock: Clock) -> MotionField:
    """The field of one layer, whose steps are closed (in a loop) and stilled."""
    steps, mattes, front = _apart(leaving(steps, place), place)
    steps = at_places(steps, _places(place.job, timeline, clock), loop=timeline.loop)
    shown = (np.arange(clock.frames) < place.job.frames[1]).astype(float)
    parts = [
        _part(steps, part, place, None if mattes is None else mattes[part], shown) for part in range(len(steps.matte))
    ]
    parts[-1] = replace(parts[-1], front=front)
    return MotionField(clock.fps, clock.frames, tuple(parts), _patch(steps, place.region, shown), clock.loop)


def _places(job: Job, timeline: Timeline, clock: Clock) -> FloatArray:
    """Where each frame falls among the motion steps."""
    start = Fraction(0) if job.prompt is None else job.prompt.start
    return np.array([timeline.place(i / clock.fps - start) for i in range(clock.frames)])


# --- parts ------------------------------------------------------------------------------------------------------------


def _apart(steps: Steps, place: Place) -> tuple[Steps, Float32 | None, bool]:
    """Only the parts that move by themselves, their mattes over the still layer (None where one is all of it), and
    whether the last one moves in front of the body.
    """
    shares, parts = firm(steps.matte), range(len(steps.matte))
    seen = [density(shares[i] * (place.seen > SHARE)) for i in parts]
    body = int(np.argmax(seen)) if seen[BODY] < SHARE < max(seen) else BODY  # of what is too faint to tell: the body
    there = [i for i in parts if i == body or seen[i] >= PIECE]
    steps = _taken_over(steps, body, [i for i in parts if i not in there], place)
    kept = [i for i in there if i == body or not _alike(steps, i, body, place)]
    rest = [i for i in parts if i not in kept]
    shares[body] += shares[rest].sum(0)
    some = _only(replace(steps, matte=shares), kept)
    if len(kept) == 1:
        return some, None, False
    return some, _mattes(some.matte, place), kept[-1] > max(body, BODY)


def density(share: FloatArray) -> float:
    """The mean share of a pixel, over what belongs to the part; nothing for less than a pixel."""
    whole = float(share.sum())
    return float((share * share).sum()) / whole if whole >= 1 else 0.0


def firm(matte: FloatArray) -> FloatArray:
    """Shares without the traces that a softmax leaves everywhere, nearer to none and all."""
    firm = np.clip((matte - EDGE) / (1 - 2 * EDGE), 0, 1) ** FIRM
    return np.asarray(firm / np.maximum(firm.sum(0), 1e-6))


def _only(steps: Steps, parts: Sequence[int]) -> Steps:
    return replace(steps, matte=steps.matte[parts], **{name: getattr(steps, name)[:, parts] for name in OF_PARTS})


def _taken_over(steps: Steps, body: int, lost: Sequence[int], place: Place) -> Steps:
    """What a piece would do that is not in this layer is done by a body at rest: the prompt meant all of it."""
    where, rest = place.seen > SHARE, _resting(steps)
    if not lost or not where.any() or _difference((steps, body), (rest, body), where, place.region) >= SAME:
        return steps
    moves = [_difference((steps, i), (rest, i), where, place.region) for i in lost]
    piece = lost[int(np.argmax(moves))]
    if max(moves) < SAME:
        return steps
    taken = {name: getattr(steps, name).copy() for name in OF_PARTS}
    for values in taken.values():
        values[:, body] = values[:, piece]
    if np.abs(steps.angle[:, piece]).max() > TURN / 2:  # a piece turns about its own middle, and so does a body
        taken["shift"][:, body] = 0
    return replace(steps, **taken)


def _resting(steps: Steps) -> Steps:
    still = {name: np.full_like(getattr(steps, name), value) for name, value in REST.items()}
    return replace(steps, **still, flow=np.zeros_like(steps.flow))


def _alike(steps: Steps, part: int, body: int, place: Place) -> bool:
    """The part, where it can be seen, does what the body does."""
    where = (steps.matte[part] * place.seen) > SHARE
    return not where.any() or _difference((steps, part), (steps, body), where, place.region) < SAME


def _difference(one: tuple[Steps, int], other: tuple[Steps, int], where: Numbers, region: Region) -> float:
    """How far two parts' motions are from one another, at most, where something is."""
    both = (one, other)
    there = [_moved_corners(steps, i, where, region) for steps, i in both]
    light = [np.stack([steps.opacity[:, i], steps.gain[:, i]]) for steps, i in both]
    flows = [steps.flow[:, i] * _at_nodes(where, steps.flow.shape[2:4])[..., None] for steps, i in both]
    return max(float(np.abs(a - b).max()) for a, b in (there, light, flows))


def _moved_corners(steps: Steps, part: int, where: Numbers, region: Region) -> FloatArray:
    """(t, 4, 2): where the corners of a piece of the region go."""
    rows, columns = np.flatnonzero(where.any(1)), np.flatnonzero(where.any(0))
    (h, w), (half_x, half_y) = where.shape, (side / region.unit for side in region.half)
    x = np.array([columns[0], columns[-1] + 1]) / w * 2 * half_x - half_x
    y = np.array([rows[0], rows[-1] + 1]) / h * 2 * half_y - half_y
    corners = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return apply(_matrices(steps, part), corners[None])


def _matrices(steps: Steps, part: int) -> FloatArray:
    """(t, 2, 3) in region units."""
    return trs_matrix(
        steps.anchor, steps.shift[:, part], unit(steps.angle[:, part]), steps.shear[:, part], steps.scale[:, part]
    )


def unit(angle: FloatArray) -> FloatArray:
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def _at_nodes(where: Numbers, nodes: tuple[int, ...]) -> FloatArray:
    """(r, c): 1 for nodes of the coarse grid around which something is."""
    rows, columns = (max(1, size // count) for size, count in zip(where.shape, nodes, strict=True))
    blocks = where.reshape(nodes[0], rows, nodes[1], columns)
    return blocks.any(axis=(1, 3)).astype(float)


def _mattes(shares: FloatArray, place: Place) -> Float32:
    """Shares (k, h, w) over the still layer's own pixels, bilinear: they still add up to 1."""
    down, across = _linear(shares.shape[1:], place.region, place.still, (place.still.height, place.still.width))
    return np.asarray(down @ shares @ across.T, np.float32)


def _linear(size: tuple[int, ...], region: Region, box: Box, count: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """Weights that read cells (h, w) over the region at the centres of `count` rows and columns over `box`."""
    x0, y0, x1, y1 = region.corners

    def weights(cells: int, first: float, end: float, low: int, extent: int, samples: int) -> FloatArray:
        where = low + (np.arange(samples) + 0.5) * extent / samples
        cell = np.clip((where - first) / (end - first) * cells - 0.5, 0, cells - 1)
        return np.asarray(np.maximum(0, 1 - np.abs(cell[:, None] - np.arange(cells))))

    down = weights(size[0], y0, y1, box.y0, box.height, count[0])
    return down, weights(size[1], x0, x1, box.x0, box.width, count[1])


# --- time and way -----------------------------------------------------------------------------------------------------


def leaving(steps: Steps, place: Place) -> Steps:
    """Of a layer that leaves its tokens' region the way is made as long as its bounds ask: it is gone, or comes in."""
    shift = steps.shift.copy()
    for axis in (0, 1):
        for side in (-1, 1):
            own = steps.shift[:, BODY, axis] * side
            longer = _longer(float(own.max()), axis, side, steps, place)
            shift[:, :, axis] += (side * np.maximum(own, 0) * (longer - 1))[:, None]
    return replace(steps, shift=shift)


def _longer(farthest: float, axis: int, side: int, steps: Steps, place: Place) -> float:
    """Factor on the way to one side (-1: left or up)."""
    box, bounds, region = place.job.box, place.bounds, place.region
    sides = ((box.x0, box.x1, bounds.x0, bounds.x1), (box.y0, box.y1, bounds.y0, bounds.y1))[axis]
    half = (sides[1] - sides[0]) / 2 / region.unit
    out = region.half[axis] / region.unit + half - side * float(steps.anchor[axis])
    if farthest < LEAVES * out:
        return 1.0
    wanted = (sides[3] - sides[0] if side > 0 else sides[1] - sides[2]) / region.unit
    return max(1.0, (1 + CLEAR) * wanted / farthest)


def at_places(steps: Steps, places: FloatArray, *, loop: bool) -> Steps:
    """The steps at real-valued places: cubic in time (Catmull-Rom), so that their own rate cannot be seen."""
    first = np.clip(np.floor(places).astype(int), 0, steps.count - 2)
    f = places - first
    taps = np.stack(
        [
            -0.5 * f + f * f - 0.5 * f**3,
            1 - 2.5 * f * f + 1.5 * f**3,
            0.5 * f + 2 * f * f - 1.5 * f**3,
            -0.5 * f * f + 0.5 * f**3,
        ]
    )  # (4, n)

    def read(values: Numbers, turns: Numbers | float = 0.0) -> Numbers:
        """`turns`: what a loop's values grow by each time round."""
        ends = (
            (values[-2] - turns, values[1] + turns)
            if loop
            else (2 * values[0] - values[1], 2 * values[-1] - values[-2])
        )
        around = np.concatenate([ends[0][None], values, ends[1][None]])
        weights = taps.reshape(4, -1, *[1] * (values.ndim - 1)).astype(values.dtype)
        made: Numbers = sum((weights[i] * around[first + i] for i in range(4)), np.zeros(()))
        return made

    made = moved(steps, read)
    return replace(made, angle=read(steps.angle, TURN * np.round((steps.angle[-1] - steps.angle[0]) / TURN)))


# --- the renderer's values --------------------------------------------------------------------------------------------


def _part(steps: Steps, part: int, place: Place, matte: Float32 | None, shown: FloatArray) -> Part:
    region = place.region
    anchor = np.array([region.x, region.y]) + steps.anchor * region.unit
    affine = AffineTrack(
        anchor,
        steps.shift[:, part] * region.unit,
        unit(steps.angle[:, part]),
        steps.shear[:, part],
        steps.scale[:, part],
    )
    opacity = np.clip((steps.opacity[:, part] - EDGE / 2) / (1 - EDGE), 0, 1) * shown
    gain = np.clip(steps.gain[:, part], 0, 4)
    return Part(
        affine,
        matte,
        flow=_grid(steps.flow[:, part] * region.unit, region) if steps.flow[:, part].any() else None,
        opacity=None if (opacity == 1).all() else opacity,
        gain=None if (gain == 1).all() else np.repeat(gain[:, None], 3, axis=1),
        opacity_grid=None if (steps.shade == 1).all() else _grid(steps.shade[..., None], region),
        gain_grid=None if (steps.light == 1).all() else _grid(np.repeat(steps.light[..., None], 3, -1), region),
    )


def _grid(values: Numbers, region: Region) -> Grid:
    """Nodes (t, r, c, n) at the region's cell centres, read again at twice as many over whole px."""
    box = region.box
    x0, y0, x1, y1 = region.corners

    def weights(nodes: int, first: float, end: float, low: int, high: int) -> FloatArray:
        where = (np.linspace(low, high, 2 * nodes + 1) - first) / (end - first)
        return cubic_basis(nodes, (where * nodes - 0.5) / max(nodes - 1, 1))

    down = weights(values.shape[1], y0, y1, box.y0, box.y1)
    across = weights(values.shape[2], x0, x1, box.x0, box.x1)
    finer = np.einsum("yr,trcn,xc->tyxn", down, values, across, optimize=True)
    return Grid(box, finer.astype(np.float32))


def _patch(steps: Steps, region: Region, shown: FloatArray) -> Patch | None:
    """The pixels that the still layer has not; None where there are none."""
    if not steps.patch.any():
        return None
    rows, columns = steps.patch.shape[2:]
    down, across = _linear((rows, columns), region, region.box, (rows, columns))
    values = np.clip(down @ steps.patch @ across.T, 0, 1) * shown[:, None, None, None]
    values[:, :3] = np.minimum(values[:, :3], values[:, 3:])
    return Patch(region.box, values.astype(np.float32))
