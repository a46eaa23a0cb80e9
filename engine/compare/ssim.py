"""How alike two pictures are: structural similarity, and the largest difference.

Wang, Bovik, Sheikh, Simoncelli, "Image quality assessment: from error visibility to structural similarity" (IEEE
Transactions on Image Processing 13, 2004): Gaussian window of 11 x 11 px with a standard deviation of 1.5 px, K1 = 0.01
and K2 = 0.03, here for each colour channel in 0..1. Beyond the border its last pixels are repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..geometry import Box

Float32 = NDArray[np.float32]

WINDOW, DEVIATION = 11, 1.5  # px
C1, C2 = 0.01**2, 0.03**2


@dataclass(frozen=True, order=True)
class Likeness:
    """Of two pictures, the least alike first."""

    ssim: float  # -1..1, 1 for equal pictures alone
    difference: float  # largest of any channel, 0..1


EQUAL = Likeness(1.0, 0.0)


def likeness(a: Float32, b: Float32) -> Likeness:
    """Of two premultiplied pictures (h, w, 4) of one size, 0..1.

    Both are laid over black and over white, so that alpha counts as much as colour, and the worse of the two is taken.
    The mean is that of the pixels near which either shows something: in a large empty canvas a small layer that is
    wrong would not be noticed.
    """
    if np.array_equal(a, b):
        return EQUAL
    shown = np.maximum(a[..., 3], b[..., 3]) > 0
    box = seen_box(shown, margin=WINDOW)
    rows, columns = box.slices(Box(0, 0, a.shape[1], a.shape[0]))
    a, b, shown = a[rows, columns], b[rows, columns], shown[rows, columns]
    near = cv2.dilate(shown.astype(np.uint8), np.ones((WINDOW, WINDOW), np.uint8)) > 0
    opaque = bool((a[..., 3] == 1).all() and (b[..., 3] == 1).all())
    papers = (0.0,) if opaque else (0.0, 1.0)
    worst = min(float(ssim_map(_over(a, paper), _over(b, paper))[near].mean(dtype=float)) for paper in papers)
    return Likeness(worst, float(np.abs(a - b).max()))


def ssim_map(a: Float32, b: Float32) -> Float32:
    """(h, w, c): the index at every pixel of two pictures of that shape."""
    mean_a, mean_b = _blurred(a), _blurred(b)
    variance_a = _blurred(a * a) - mean_a * mean_a
    variance_b = _blurred(b * b) - mean_b * mean_b
    covariance = _blurred(a * b) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    most = (mean_a * mean_a + mean_b * mean_b + C1) * (variance_a + variance_b + C2)
    return np.asarray(alike / most, np.float32)


def _blurred(picture: Float32) -> Float32:
    found = cv2.GaussianBlur(picture, (WINDOW, WINDOW), DEVIATION, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32).reshape(picture.shape)


def _over(picture: Float32, paper: float) -> Float32:
    """(h, w, 3): a premultiplied picture over grey."""
    laid: Float32 = picture[..., :3] + (1 - picture[..., 3:]) * np.float32(paper)
    return laid


def seen_box(shown: NDArray[np.bool_], *, margin: int = 0) -> Box:
    """The box of what is true in (h, w), grown by a margin within the picture; the whole picture where nothing is."""
    whole, seen = Box(0, 0, shown.shape[1], shown.shape[0]), Box.where(shown)
    return whole if seen.is_empty else seen.grow(margin) & whole
