"""Pixels ready to be sampled at any scale: lattices of premultiplied samples, thinned and thickened by factors of two.

Everything is read from a lattice twice as dense as its content needs, so that plain bilinear reading is as sharp as an
eight-tap kernel, never overshoots, and costs four reads a pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..geometry import FloatArray

# What the eight-point midpoint adds to the mean of the two samples beside it, from the inner pair of samples outwards.
_BEND = (201 / 2048, -245 / 2048, 49 / 2048, -5 / 2048)
# How far beyond [0, alpha] the sharp midpoint may go before it has become the straight one.
_OVERSHOOT = 1 / 32
# A Gaussian is applied on the level where its deviation is at least this many samples (and at most twice as many).
_BLUR_SAMPLES = 1.5


@dataclass(frozen=True, eq=False)
class Level:
    """Premultiplied samples (4, h, w); sample (j, i) stands at the canvas point (x + i dx, y + j dy), at rest."""

    rgba: Tensor
    x: float
    y: float
    dx: float
    dy: float

    @property
    def is_empty(self) -> bool:
        return self.rgba.numel() == 0

    @property
    def span(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 between which bilinear reading can be other than zero."""
        _, h, w = self.rgba.shape
        return self.x - self.dx, self.y - self.dy, self.x + w * self.dx, self.y + h * self.dy

    def interleaved(self) -> Level:
        """The same samples, the four of a place side by side in memory as OpenCV reads them; no copy where they are."""
        return Level(_side_by_side(self.rgba), self.x, self.y, self.dx, self.dy)

    def crop(self, low: FloatArray, high: FloatArray, margin: int) -> Level:
        """The samples between two points and `margin` more on each side, as a view."""
        _, h, w = self.rgba.shape
        start, spacing = np.array([self.x, self.y]), np.array([self.dx, self.dy])
        first = np.floor((low - start) / spacing).astype(int) - margin
        last = np.ceil((high - start) / spacing).astype(int) + margin + 1
        left, top = (int(v) for v in np.clip(first, 0, [w, h]))
        right, bottom = (int(v) for v in np.clip(last, [left, top], [w, h]))
        part = self.rgba[:, top:bottom, left:right]
        return Level(part, self.x + left * self.dx, self.y + top * self.dy, self.dx, self.dy)


@dataclass(eq=False)
class Pyramid:
    """A layer's samples, thinned 2^i times across and 2^j times down, each made when first asked for and kept.

    `base(i, j)` keeps what its spacing can carry, `dense(i, j)` is the same picture on half the spacing, to be read.
    """

    root: Level
    soft: bool = False  # already blurred: no finer lattice is worth making
    smooth: bool = False  # so much that midpoints cannot overshoot
    _base: dict[tuple[int, int], Level] = field(default_factory=dict)
    _dense: dict[tuple[int, int], Level] = field(default_factory=dict)
    _tents: dict[tuple[int, int], Level] = field(default_factory=dict)
    _blurred: dict[float, Pyramid] = field(default_factory=dict)
    _phases: Tensor | None = None

    def base(self, i: int, j: int) -> Level:
        if (i, j) == (0, 0):
            return self.root
        if (i, j) not in self._base:
            self._base[i, j] = halve_x(self.base(i - 1, j)) if i >= j else halve_y(self.base(i, j - 1))
        return self._base[i, j]

    def dense(self, i: int, j: int) -> Level:
        if (i, j) not in self._dense:
            dense = (
                _doubled_smooth(self.root) if self.smooth and (i, j) == (0, 0) else double_y(double_x(self.base(i, j)))
            )
            self._dense[i, j] = dense.interleaved() if dense.rgba.device.type == "cpu" else dense
        return self._dense[i, j]

    def phases(self) -> Tensor:
        """(2, 2, 4, h + 1, w + 1): every second sample of `dense(0, 0)`, by row and column parity, each contiguous."""
        if self._phases is None:
            dense = F.pad(double_y(double_x(self.root)).rgba, (0, 1, 0, 1))
            self._phases = torch.stack([torch.stack([dense[:, j::2, i::2] for i in (0, 1)]) for j in (0, 1)])
        return self._phases

    def blurred(self, sigma: float, *, keep: int = 2) -> Pyramid:
        """The picture under a Gaussian of `sigma` px; the last `keep` of them are kept."""
        if sigma not in self._blurred:
            while len(self._blurred) >= keep:
                del self._blurred[next(iter(self._blurred))]
            smooth = sigma >= _BLUR_SAMPLES * max(self.root.dx, self.root.dy)
            self._blurred[sigma] = Pyramid(self._blur(sigma), soft=True, smooth=smooth)
        return self._blurred[sigma]

    def tent(self, i: int, j: int) -> Level:
        """Thinned by plain tents, each of which spreads by half a squared sample: the start of wide blurs."""
        if (i, j) == (0, 0):
            return self.root
        if (i, j) not in self._tents:
            finer = self.tent(i, j - 1) if j else self.tent(i - 1, j)
            rgba = _tented(finer.rgba, 1 if j else 2)
            self._tents[i, j] = Level(rgba, finer.x, finer.y, finer.dx * (1 if j else 2), finer.dy * (2 if j else 1))
        return self._tents[i, j]

    def _blur(self, sigma: float) -> Level:
        """Thinned by tents while the Gaussian allows, whose spread is then taken off it: exact sums, few taps."""
        spacings = self.root.dx, self.root.dy
        i, j = (max(0, math.floor(math.log2(sigma / (_BLUR_SAMPLES * spacing)))) for spacing in spacings)
        level = self.tent(i, j)
        # half a squared sample of each thinning: dx^2/2 (1 + 4 + .. + 4^(i-1))
        across, down = (
            gaussian(math.sqrt(sigma**2 - spacing**2 * (4**times - 1) / 6) / (spacing * 2**times))
            for spacing, times in zip(spacings, (i, j), strict=True)
        )
        rgba = convolved(convolved(level.rgba, across, 2), down, 1)
        x, y = level.x - (len(across) - 1) * level.dx, level.y - (len(down) - 1) * level.dy
        return Level(rgba, x, y, level.dx, level.dy)


def _side_by_side(rgba: Tensor) -> Tensor:
    """(4, h, w) whose channels lie next to each other in memory."""
    return rgba.permute(1, 2, 0).contiguous().permute(2, 0, 1)


def midpoints(samples: Tensor, dim: int) -> Tensor:
    """The values half-way between neighbours along `dim`, zeros beyond both ends: (.., n, ..) -> (.., n + 1, ..).

    Eight-point interpolation (Deslauriers and Dubuc, "Symmetric iterative interpolation processes", 1989), which gives
    way to the straight mean wherever it would leave 0 <= rgb <= alpha <= 1 at a midpoint or two beside it. So thin
    lines keep their weight as they move, which clipping alone would make heavier by a fifth.
    """
    reach = len(_BEND)
    count = samples.shape[dim] + 5  # two beyond each outer midpoint, for what happens beside it
    margin = reach + 2
    padded = F.pad(samples, (margin, margin) if dim == 2 else (0, 0, margin, margin))
    pairs = [padded.narrow(dim, reach - 1 - k, count) + padded.narrow(dim, reach + k, count) for k in range(reach)]
    straight = pairs[0] * 0.5
    bend = torch.zeros_like(straight)
    for weight, pair in zip(_BEND, pairs, strict=True):
        bend.add_(pair, alpha=weight)
    sharp = straight + bend
    rgb, alpha = sharp[:3], sharp[3:]
    excess = torch.maximum(torch.maximum(-rgb, rgb - alpha).amax(0, keepdim=True), torch.maximum(-alpha, alpha - 1))
    excess = F.max_pool2d(excess, (1, 5) if dim == 2 else (5, 1), 1)  # the greatest here and beside
    share = (1 - excess.clamp(min=0) / _OVERSHOOT).clamp_(0, 1)
    straight, bend = (values.narrow(dim, 2, count - 4) for values in (straight, bend))
    return legal_(torch.addcmul(straight, bend, share))


def legal_(rgba: Tensor) -> Tensor:
    """Clip in place to 0 <= rgb <= alpha <= 1."""
    rgba[3].clamp_(0, 1)
    torch.minimum(rgba[:3].clamp_(min=0), rgba[3], out=rgba[:3])
    return rgba


def _doubled_smooth(level: Level) -> Level:
    """A blurred level on half the spacing, where eight points cannot overshoot by anything that shows."""
    rgba = level.rgba
    for dim in (2, 1):
        count, reach = rgba.shape[dim] + 1, len(_BEND)
        padded = F.pad(rgba, (reach, reach) if dim == 2 else (0, 0, reach, reach))
        between = torch.zeros_like(padded.narrow(dim, 0, count))
        for k, weight in enumerate(_BEND):
            weight += 0.5 if k == 0 else 0.0
            between.add_(padded.narrow(dim, reach - 1 - k, count), alpha=weight)
            between.add_(padded.narrow(dim, reach + k, count), alpha=weight)
        rgba = _woven(rgba, between, dim)
    return Level(legal_(rgba), level.x - level.dx / 2, level.y - level.dy / 2, level.dx / 2, level.dy / 2)


def double_x(level: Level) -> Level:
    return Level(
        _woven(level.rgba, midpoints(level.rgba, 2), 2), level.x - level.dx / 2, level.y, level.dx / 2, level.dy
    )


def double_y(level: Level) -> Level:
    return Level(
        _woven(level.rgba, midpoints(level.rgba, 1), 1), level.x, level.y - level.dy / 2, level.dx, level.dy / 2
    )


def halve_x(level: Level) -> Level:
    return Level(_thinned(level.rgba, 2), level.x, level.y, level.dx * 2, level.dy)


def halve_y(level: Level) -> Level:
    return Level(_thinned(level.rgba, 1), level.x, level.y, level.dx, level.dy * 2)


def _woven(samples: Tensor, between: Tensor, dim: int) -> Tensor:
    """(.., n, ..) and (.., n + 1, ..) -> (.., 2 n + 1, ..): the samples with their midpoints around them."""
    shape = list(samples.shape)
    shape[dim] = 2 * shape[dim] + 1
    out = samples.new_empty(shape)
    _each_second(out, dim, 0).copy_(between)
    _each_second(out, dim, 1).copy_(samples)
    return out


def _each_second(samples: Tensor, dim: int, first: int) -> Tensor:
    return samples[:, :, first::2] if dim == 2 else samples[:, first::2]


def _thinned(samples: Tensor, dim: int) -> Tensor:
    """(.., n, ..) -> (.., n // 2 + 1, ..): each second sample averaged with what the others say about its place.

    A half-band filter; the sum of the samples is halved, so no light is lost.
    """
    even, odd = _each_second(samples, dim, 0), _each_second(samples, dim, 1)
    out = midpoints(odd, dim)
    out.narrow(dim, 0, even.shape[dim]).add_(even)
    return out.mul_(0.5)


def _tented(samples: Tensor, dim: int) -> Tensor:
    """(.., n, ..) -> (.., n // 2 + 1, ..): each second sample with halves of the two beside it; the sum is halved."""
    even, odd = _each_second(samples, dim, 0), _each_second(samples, dim, 1)
    shape = list(samples.shape)
    shape[dim] = shape[dim] // 2 + 1
    out = samples.new_zeros(shape)
    out.narrow(dim, 0, even.shape[dim]).add_(even, alpha=0.5)
    for first in (0, 1):
        out.narrow(dim, first, odd.shape[dim]).add_(odd, alpha=0.25)
    return out


def gaussian(sigma: float) -> list[float]:
    """One side of a normalised Gaussian, centre first, cut at 3.5 standard deviations."""
    half = [math.exp(-0.5 * (k / sigma) ** 2) for k in range(max(1, math.ceil(3.5 * sigma)) + 1)]
    total = half[0] + 2 * sum(half[1:])
    return [weight / total for weight in half]


def convolved(samples: Tensor, half: list[float], dim: int) -> Tensor:
    """A symmetric kernel along `dim`, grown by its radius on both ends; `half` is one side, centre first."""
    radius = len(half) - 1
    count = samples.shape[dim] + 2 * radius
    padded = F.pad(samples, (2 * radius, 2 * radius) if dim == 2 else (0, 0, 2 * radius, 2 * radius))
    out = padded.narrow(dim, radius, count) * half[0]
    for k, weight in enumerate(half[1:], start=1):
        out.add_(padded.narrow(dim, radius - k, count), alpha=weight)
        out.add_(padded.narrow(dim, radius + k, count), alpha=weight)
    return out
