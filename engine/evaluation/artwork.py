"""Whether moved artwork is still the artwork: sharp, of its colours, whole and calm, measured on frames at full size.

What a frame should show is known where an affine, an opacity and a gain of colour say all of the motion: the layer at
rest, carried by what registration finds, is the reference. Frames count that show the layer whole, at least half opaque
and of about its size. Registration and resampling leave something of their own: exact presets (`--exact`) show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ..dataset.wish import BASIC
from .clip import Clip, Pixels, opaque_box, premultiplied
from .measure import Motion
from .registration import Fit, Floats, Level, at_level, frame_matrix, make_level, refine

KINDS = frozenset(BASIC) - {"wave", "flicker", "flip"}  # bent, lit unevenly, edge on
Picture = NDArray[np.float32]  # (h, w, 4) premultiplied, 0..255
_FINE, _TURNS = 0.5, 2  # of the file's size, for registration; steps of Gauss-Newton there
_WHOLE, _OPAQUE = 0.98, 0.5  # visible share; opacity and gain of colour
_AREAS = (0.5, 2.0)  # of the layer, against its area at rest
_REACH = 4  # px around the layer in which errors are taken


@dataclass(frozen=True)
class Kept:
    """Means over a clip's frames, lengths of vectors over pixels.

    sharpness: root mean square gradient against that of the layer at rest carried there, 1: as sharp (the median).
    colour: CIE 1976 difference of the mean colour from that at rest; 2.3 is just seen.
    alpha: mean absolute difference of alpha from the reference, 1/255, inside the dilated coverage.
    dtssd: root mean square of how the step of alpha from frame to frame differs from the reference's, 1/255, there.
    flicker: the same of premultiplied colour.
    """

    sharpness: float
    colour: float
    alpha: float
    dtssd: float
    flicker: float


def kept(film: Sequence[Pixels], still: Pixels, motion: Motion) -> Kept | None:
    """Of straight frames (h, w, 4) and the layer at rest; `motion` was measured on them. None: too few frames count."""
    rest = premultiplied(still)
    level, slopes = _level(rest, motion.window), _slopes(rest.astype(np.float32))
    tensor = np.einsum("ahwc,bhwc->ab", slopes, slopes, dtype=np.float64)  # (2, 2)
    colour = _lab(rest.astype(np.float32), 1.0, 1.0)
    found: list[tuple[float, ...]] = []
    steps: list[tuple[float, float]] = []
    before: Picture | None = None
    for frame, start in zip(map(premultiplied, film), motion.affine, strict=True):
        fit = _fit(level, frame, start)
        if fit is None:
            before = None
            continue
        shown, reference = frame.astype(np.float32), _carried(level, rest, fit)
        near, error = _near(shown, reference), shown - reference
        sharpness = _sharpness(shown, fit, tensor)
        drift = float(np.linalg.norm(_lab(shown, fit.opacity, fit.colour) - colour))
        found.append((sharpness, drift, float(np.abs(error[near, 3]).mean())))
        if before is not None:
            change = np.square(error - before)[near]  # (n, 4)
            steps.append((float(np.sqrt(change[:, 3].mean())), float(np.sqrt(change[:, :3].mean()))))
        before = error
    if len(steps) < 2:
        return None
    sharp, drift, alpha = np.array(found).T
    dtssd, flicker = np.array(steps).mean(0)
    return Kept(float(np.median(sharp)), float(drift.mean()), float(alpha.mean()), float(dtssd), float(flicker))


def _level(rest: Pixels, window: Floats) -> Level:
    """What registration needs, nearly at the size of the file."""
    box = opaque_box(rest[..., 3])
    assert box is not None  # an empty layer has no motion
    x0, y0, x1, y1 = (float(side) for side in box)
    whole = (0.0, 0.0, float(rest.shape[1]), float(rest.shape[0]))
    clip = Clip(rest[None], rest, 1, (x0, y0, x1, y1), whole, 0, np.zeros(0), 1)
    return replace(make_level(clip, _FINE * max(clip.size)), window=tuple(window))


def _fit(level: Level, frame: Pixels, start: Floats) -> Fit | None:
    """Where the layer lies, found more exactly from `start` (2, 3); None where the frame does not count."""
    if not np.isfinite(start).all():
        return None
    fit = refine(level, at_level(frame, level.factor), np.vstack([start, [0, 0, 1]]), _TURNS)
    area = abs(float(np.linalg.det(fit.affine)))
    seen = fit.visible >= _WHOLE and min(fit.opacity, fit.colour) >= _OPAQUE
    return fit if seen and _AREAS[0] <= area <= _AREAS[1] else None


def _carried(level: Level, rest: Pixels, fit: Fit) -> Picture:
    """The layer at rest where the fit says, under its gains."""
    units = frame_matrix(level.origin, level.side, 1.0)
    matrix = units @ fit.affine @ np.linalg.inv(units)
    gains = np.array([fit.colour] * 3 + [fit.opacity], np.float32)
    size = rest.shape[1], rest.shape[0]
    moved = cv2.warpAffine(rest.astype(np.float32), matrix[:2], size, flags=cv2.INTER_CUBIC)
    return np.asarray((moved * gains).clip(0, 255), np.float32)


def _near(one: Picture, other: Picture) -> NDArray[np.bool_]:
    """(h, w) where either shows anything, dilated."""
    covered = (np.maximum(one[..., 3], other[..., 3]) > 5).astype(np.uint8)
    near: NDArray[np.bool_] = cv2.dilate(covered, np.ones((2 * _REACH + 1,) * 2, np.uint8)) > 0
    return near


def _slopes(picture: Picture) -> NDArray[np.float32]:
    """(2, h, w, 4) central differences across and down; empty beyond the edge."""
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)))
    across, down = padded[1:-1, 2:] - padded[1:-1, :-2], padded[2:, 1:-1] - padded[:-2, 1:-1]
    return np.asarray(np.stack([across, down]) / 2, np.float32)


def _sharpness(shown: Picture, fit: Fit, tensor: Floats) -> float:
    """Against what the affine makes of the gradients at rest, whose sums of products are `tensor` (2, 2)."""
    linear = fit.affine[:2, :2]
    back = np.linalg.inv(linear)
    expected = abs(float(np.linalg.det(linear))) * float(np.trace(back.T @ tensor @ back))
    gains = np.array([fit.colour] * 3 + [fit.opacity], np.float32)
    return float(np.sqrt(np.square(_slopes(shown / gains), dtype=np.float64).sum() / max(expected, 1e-6)))


def _lab(picture: Picture, opacity: float, colour: float) -> NDArray[np.float32]:
    """Mean straight colour in CIE Lab; a gain of colour beyond that of opacity is meant and taken out."""
    total = picture.reshape(-1, 4).sum(0, dtype=np.float64)
    mean = total[:3] / max(float(total[3]), 1e-3) * opacity / colour
    return np.asarray(cv2.cvtColor(mean.clip(0, 1).astype(np.float32).reshape(1, 1, 3), cv2.COLOR_RGB2Lab)[0, 0])
