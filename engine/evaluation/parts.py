"""One part of a flat picture moves and the rest stands still: measured with its mask and the point it turns about.

The turn of the part is found by trying: the part of the picture at rest, turned about its pivot, is compared with every
frame where it would lie. Frames are premultiplied, at most `SIDE` px.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .clip import Pixels, premultiplied
from .measure import half_range, reversals
from .registration import Floats
from .statements import Rule, Verdict, above, below, judge

SIDE = 128
STEP = 4  # degrees between turns that are tried
MOST = 40  # degrees from frame to frame
BODY_STILL = 2.0  # 1/255, temporal standard deviation that nobody sees beside a moving part
Mask = NDArray[np.float32]


@dataclass(frozen=True)
class Part:
    """Which pixels of the layer are the part (h, w) uint8, and the point it turns about, px."""

    mask: Pixels
    pivot: tuple[float, float]


@dataclass(frozen=True, eq=False)
class PartMotion:
    """What a part does, t frames, and how still the rest is."""

    seconds: float
    angle: Floats  # (t,) degrees clockwise from rest
    unlike: Floats  # (t,) share of the part's energy that no turn explains
    change: float  # temporal standard deviation where the part can be, 1/255
    leading: Floats  # (t,) how much of the strongest change each frame has
    body: float  # temporal standard deviation of the rest, 1/255


def measure_part(frames: Sequence[Pixels], static: Pixels, part: Part, kind: str, fps: float) -> PartMotion:
    """Straight uint8 frames (h, w, 4) and the layer at rest. `kind` says how far the part may reach."""
    factor = min(1.0, SIDE / max(static.shape[:2]))
    film = np.stack([_small(premultiplied(frame), factor) for frame in frames])  # (t, h, w, 4)
    still, mask = _small(premultiplied(static), factor), _small(part.mask, factor)
    pivot = (part.pivot[0] * factor, part.pivot[1] * factor)
    own, reach = (mask > 0.5).astype(np.float32), _reach(mask, pivot, kind)
    angle, unlike = _turns(film, still, own, pivot)
    inside = film[:, reach > 0.5].reshape(len(film), -1)  # (t, n)
    rest = (still[..., 3] > 0.02) & (reach < 0.01)
    body = float(film[:, rest].std(0).mean()) * 255 if rest.any() else 0.0
    change = float(film[:, own > 0.5].std(0).mean()) * 255 if own.any() else 0.0
    return PartMotion(len(film) / fps, angle, unlike, change, _leading(inside - inside.mean(0)), body)


def _leading(changes: Mask) -> Floats:
    """(t,) how much of the strongest pattern among changes (t, n) each frame has."""
    values, vectors = np.linalg.eigh((changes @ changes.T).astype(np.float64))  # (t,), (t, t)
    track: Floats = vectors[:, -1] * np.sqrt(max(values[-1], 0.0))
    return track


def _small(picture: Pixels, factor: float) -> Mask:
    height, width = picture.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32) / np.float32(255)


def _rotation(pivot: tuple[float, float], degrees: float) -> NDArray[np.float64]:
    return np.asarray(cv2.getRotationMatrix2D((pivot[0] - 0.5, pivot[1] - 0.5), -degrees, 1.0))  # clockwise on screen


def _reach(mask: Mask, pivot: tuple[float, float], kind: str) -> Mask:
    """(h, w) 1 where the part may come: turned about its pivot, and a margin for what bends."""
    size = mask.shape[::-1]
    far = 180 if kind.startswith("spin") else 50 if kind == "swing" else 20
    turned = [cv2.warpAffine(mask, _rotation(pivot, a), size) for a in range(-far, far + 1, 5)]
    union = np.max(np.stack(turned), axis=0)
    extent = max(np.ptp(np.nonzero(mask > 0.5), axis=1), default=0)
    margin = 2 * round(max(2.0, (0.06 if kind.startswith("spin") else 0.2) * extent)) + 1
    return np.asarray(cv2.dilate(union, np.ones((margin, margin), np.uint8)), np.float32)


def _turns(film: Mask, still: Mask, own: Mask, pivot: tuple[float, float]) -> tuple[Floats, Floats]:
    """Per frame the turn (degrees, unwrapped) at which the part is best seen, and what it leaves."""
    size = own.shape[::-1]
    tried = np.arange(-180, 180, STEP)
    errors = np.empty((len(film), len(tried)))  # (t, a)
    for column, degrees in enumerate(tried):
        turn = _rotation(pivot, float(degrees))
        weight = cv2.warpAffine(own, turn, size)
        picture = cv2.warpAffine(still * own[..., None], turn, size)
        ys, xs = np.nonzero(weight > 0.05)
        w, wanted = weight[ys, xs], picture[ys, xs]  # (n,), (n, 4)
        missed = ((film[:, ys, xs] * w[:, None] - wanted) ** 2).sum((1, 2))  # (t,)
        errors[:, column] = missed / max(float((wanted**2).sum()), 1e-6)
    angle, unlike, last = np.zeros(len(film)), np.zeros(len(film)), 0.0
    for index, row in enumerate(errors):
        away = (tried - last + 180) % 360 - 180
        best = int(np.argmin(np.where(np.abs(away) <= MOST, row + 0.0002 * np.abs(away), np.inf)))
        last += float(away[best]) + _between(row, best)
        angle[index], unlike[index] = last, row[best]
    return angle, unlike


def _between(row: Floats, best: int) -> float:
    """Degrees from the best turn to the bottom of the parabola through its neighbours."""
    before, here, after = row[best - 1], row[best], row[(best + 1) % len(row)]
    curved = before - 2 * here + after
    return float(np.clip(0.5 * (before - after) / curved, -0.5, 0.5)) * STEP if curved > 1e-9 else 0.0


def part_moves(motion: PartMotion, kind: str) -> Verdict:
    """The part does this kind of motion (of swing, spin_cw, spin_ccw, wave, flicker) and the rest stands still."""
    ways = {"swing": _swings, "spin_cw": _spins, "spin_ccw": _spins, "wave": _stirs, "flicker": _stirs}
    rules = ways[kind](motion, -1 if kind == "spin_ccw" else 1)
    return judge(below("the rest moves", motion.body, BODY_STILL), above("the part changes", motion.change, 2), *rules)


def _swings(motion: PartMotion, _sense: int) -> list[Rule]:
    return [
        above("degrees to each side", half_range(motion.angle), 2.5), above("turns", reversals(motion.angle), 1),
        below("degrees", half_range(motion.angle), 80), below("unlike itself", float(np.median(motion.unlike)), 0.6),
    ]  # fmt: skip


def _spins(motion: PartMotion, sense: int) -> list[Rule]:
    steps = np.diff(sense * motion.angle)
    back = float(-steps[steps < 0].sum())
    return [
        above("degrees turned", float(steps.sum()), 90),
        below("degrees back", back, 0.15 * max(float(steps.sum()), 1.0) + 5),
        below("unlike itself", float(np.median(motion.unlike)), 0.6),
    ]  # fmt: skip


def _stirs(motion: PartMotion, _sense: int) -> list[Rule]:
    """It changes to and fro, not once."""
    return [above("turns", reversals(motion.leading), 2)]
