"""Motion lint in space: jumps at the seam of a loop, edges laid bare, layers cut off, motion that nobody sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..document import Node
from ..geometry import Box, FloatArray
from . import Finding
from .field import open_ends
from .lint_pixels import alpha_at, outline
from .lint_scene import Scene
from .seen import Seen

# A step at the seam is a jump when it is larger than any other of the same clip; where no key, path or slot explains
# it, half as large again, which chance may not be. And by so much more:
SEAM_RATIO = 1.5
SEAM_PX, SEAM_SHARE = 1.0, 0.05  # a pixel; a twentieth of what is seen, or of its light
SEAM_SEEN = 0.1  # opacity: what is fainter may be anywhere

EDGE_PX = 1.0  # of bare canvas: less is lost in antialiasing
EDGE_POINTS = 33  # looked at along each side
SOLID = 0.5  # alpha: a layer that fades out towards an edge has none to bare

CUT_PX, CUT_SHARE = 2.0, 0.02  # of the layer's extent: less is lost in soft edges
UNSEEN_PX, UNSEEN_SHARE = 0.25, 1 / 255  # what 8 bits and a still eye do not show

SIDES = {"left": (0, -1), "top": (1, -1), "right": (0, 1), "bottom": (1, 1)}  # axis, outward sign


# --- the seam ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Jump:
    """The step from the last frame to the first, and the largest one within the clip."""

    seam: float
    within: float
    unit: str
    floor: float

    def exceeds(self, ratio: float) -> bool:
        return self.seam > ratio * self.within + self.floor

    def __str__(self) -> str:
        if self.unit == "px":
            return f"{self.seam:.0f} px ({self.within:.1f} px at most in any other frame)"
        return f"{100 * self.seam:.0f} % of its {self.unit} ({100 * self.within:.0f} % at most in any other frame)"


def seam(scene: Scene) -> Iterator[Finding]:
    """A loop whose last frame does not run into its first."""
    if not scene.plan.loop or scene.plan.frames < 3:
        return
    for seen in scene.seen:
        ends = open_ends(seen.job)
        jump = next((jump for jump in _jumps(seen) if jump.exceeds(1.0 if ends else SEAM_RATIO)), None)
        if jump is None:
            continue
        key, reason, hint = ends[0] if ends else ("", "its first and last frame differ", _SMOOTH)
        message = f"{reason}, so the loop jumps: {jump}"
        measured = (jump.seam, "px") if jump.unit == "px" else (100 * jump.seam, f"% of its {jump.unit}")
        yield scene.warning("seam", seen.job, (key,), message, hint, measured)


_SMOOTH = "let it end as it begins, or say `loop: false` in `canvas`"


def _jumps(seen: Seen) -> Iterator[Jump]:
    """What changes from frame to frame where something is seen: place, visibility, light."""
    there = seen.coverage > SEAM_SEEN
    there &= np.roll(there, -1, axis=0)
    before, after = seen.on_canvas[:, None], np.roll(seen.on_canvas, -1)[:, None]
    moves = np.linalg.norm(np.roll(seen.places, -1, axis=0) - seen.places, axis=2)
    yield _jump(np.where(there & (before | after), moves, 0), "px", SEAM_PX)
    fades = np.abs(np.roll(seen.visibility, -1, axis=0) - seen.visibility)
    yield _jump(np.where(before & after, fades, 0), "visibility", SEAM_SHARE)
    lights = np.abs(np.roll(seen.light, -1, axis=0) - seen.light)
    yield _jump(np.where(there & before & after, lights, 0), "light", SEAM_SHARE)


def _jump(steps: FloatArray, unit: str, floor: float) -> Jump:
    largest = steps.max(axis=1)  # (t,), from each frame to the next, the last to the first
    return Jump(float(largest[-1]), float(largest[:-1].max()), unit, floor)


# --- edges ------------------------------------------------------------------------------------------------------------


def bared_edge(scene: Scene) -> Iterator[Finding]:
    """A layer that covers an edge of the canvas at rest, and not while it moves."""
    for seen in scene.seen:
        node = scene.nodes[seen.job.layer]
        if node.clipped or seen.job.prompt is not None:
            continue
        bare, side = max((_bared(seen, node, side), side) for side in SIDES)
        if bare > EDGE_PX:
            message = f"it moves up to {bare:.0f} px off the {side} edge of the canvas, which it covers at rest"
            hint = f"move it less, or paint it at least {np.ceil(bare):.0f} px past that edge"
            yield scene.warning("edge", seen.job, ("loop",), message, hint, (bare, "px"))


def _bared(seen: Seen, node: Node, side: str) -> float:
    """Px of canvas laid bare along a side at the worst moment; 0 where the layer leaves on purpose or fades out."""
    axis, outward = SIDES[side]
    box, size = seen.job.box, seen.job.canvas
    reached = (box.x1, box.y1)[axis] if outward > 0 else (box.x0, box.y0)[axis]
    if (reached < size[axis]) if outward > 0 else (reached > 0):
        return 0.0
    points = _along(side, box, size)
    bare = outward * (seen.sources(points)[..., axis] - reached)  # (t, n)
    bare = np.where(seen.stays[:, None] & np.isfinite(bare), bare, 0)
    if bare.max() <= EDGE_PX or bare.max() > box.size[axis] / 2:
        return 0.0
    return float(np.where(alpha_at(node, points) >= SOLID, bare, 0).max())


def _along(side: str, box: Box, size: tuple[int, int]) -> FloatArray:
    """(n, 2) pixel centres of the canvas along the part of a side that the box covers."""
    axis, outward = SIDES[side]
    low, high = ((box.y0, box.y1), (box.x0, box.x1))[axis]
    run = np.linspace(max(low, 0) + 0.5, min(high, size[1 - axis]) - 0.5, EDGE_POINTS)
    still = np.full(EDGE_POINTS, size[axis] - 0.5 if outward > 0 else 0.5)
    return np.stack([still, run] if axis == 0 else [run, still], axis=-1)


# --- cut off ----------------------------------------------------------------------------------------------------------


def cut_off(scene: Scene) -> Iterator[Finding]:
    """A layer that rests inside the canvas, or its region, and is cut off at its edge while it stays."""
    for seen in (each.without_camera() for each in scene.seen):
        node = scene.nodes[seen.job.layer]
        if node.clipped or seen.job.prompt is not None or _travels(seen):
            continue
        frame = seen.job.region if seen.job.region_given else Box(0, 0, *seen.job.canvas)
        past, side = _past(seen, seen.points, frame)
        if not past:
            continue
        past, side = _past(seen, outline(node), frame)
        if past:
            what = "its region" if seen.job.region_given else "the canvas"
            message = f"it goes up to {past:.0f} px past the {side} edge of {what} and is cut off there"
            hint = f"{'enlarge the region' if seen.job.region_given else 'move it less'}, or begin further inside"
            yield scene.warning("cut", seen.job, ("region",) if seen.job.region_given else (), message, hint,
                                (past, "px"))  # fmt: skip


def _travels(seen: Seen) -> bool:
    """It is somewhere off the canvas on purpose: there, but not to be seen."""
    there = seen.coverage.max(axis=1) > UNSEEN_SHARE
    return bool((there & ~seen.on_canvas).any()) and (seen.job.travel is not None or seen.job.keyframes is not None)


def _past(seen: Seen, points: FloatArray, frame: Box) -> tuple[float, str]:
    """Px past the worst side of a frame that points (n, 2) at rest lie within; 0 where that is too little to see."""
    if not len(points) or not seen.stays.any():
        return 0.0, ""
    moved = seen.moved(points)[seen.stays]
    worst = (0.0, "")
    for side, (axis, outward) in SIDES.items():
        edge = ((frame.x0, frame.y0), (frame.x1, frame.y1))[outward > 0][axis]
        rest = (outward * (points[:, axis] - edge)).max()
        past = float((outward * (moved[..., axis] - edge)).max())
        least = max(CUT_PX, CUT_SHARE * seen.job.box.size[axis])
        if rest <= -1 and past > least:  # what touches the edge at rest is cut there anyway
            worst = max(worst, (past, side))
    return worst


# --- too little -------------------------------------------------------------------------------------------------------


def unseen(scene: Scene) -> Iterator[Finding]:
    """A layer that is asked to move, by so little that nothing shows."""
    for seen in (each.without_camera() for each in scene.seen):
        part, job = seen.part, seen.job
        other = part.blur is not None or part.hue is not None
        if job.prompt is not None or other or not (job.slots or job.keyframes or job.travel):
            continue
        way = float(np.linalg.norm(seen.places - seen.places[:1], axis=2).max())
        fades = float(np.ptp(seen.coverage, axis=0).max()), float(np.ptp(seen.light, axis=0).max())
        if way < UNSEEN_PX and max(fades) < UNSEEN_SHARE:
            message = f"it moves {way:.2f} px at most, which nobody sees"
            yield scene.note("unseen", job, (), message, "raise its `amount`, or let it hold", (way, "px"))
