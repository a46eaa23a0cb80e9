"""How like two films of one layer are: PSNR and SSIM of colour over grey and of alpha, where the layer is or is nearby.

Empty pixels flatter every mean, so figures are taken inside the coverage of both films, dilated by REACH px.
Shapes: b clips, t steps, h, w px; films are (b, t, 4, h, w), premultiplied, 0..1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

GREY = 0.5
REACH = 4
COVERED = 0.02  # alpha
_SIGMA, _RADIUS = 1.5, 5  # of SSIM's window
_MEANS, _CONTRAST = 0.01**2, 0.03**2  # its constants, for values of 0..1


@dataclass(frozen=True)
class Likeness:
    """Of one clip."""

    rgb: float  # dB
    alpha: float  # dB
    rgb_ssim: float  # 1: the same
    alpha_ssim: float


def likenesses(found: Tensor, truth: Tensor) -> list[Likeness]:
    """Of every clip; SSIM as Wang et al. 2004, with a Gaussian window of 11 px, the channels' mean."""
    near = F.max_pool2d(torch.maximum(found, truth)[:, :, 3], 2 * REACH + 1, 1, REACH) > COVERED  # (b, t, h, w)
    pairs = [(_over_grey(found), _over_grey(truth)), (found[:, :, 3:], truth[:, :, 3:])]
    decibels = [-10 * (_within((one - other).square(), near) + 1e-8).log10() for one, other in pairs]
    alike = [_within(_ssim(one, other), near) for one, other in pairs]
    told = torch.stack([*decibels, *alike], dim=1)  # (b, 4)
    return [Likeness(*(float(value) for value in row)) for row in told]


def _over_grey(film: Tensor) -> Tensor:
    return film[:, :, :3] + GREY * (1 - film[:, :, 3:])


def _within(values: Tensor, near: Tensor) -> Tensor:
    """(b,) mean of (b, t, c, h, w) over channels and the places that count."""
    return (values.mean(2) * near).flatten(1).sum(1) / near.flatten(1).sum(1).clamp(min=1)


def _ssim(one: Tensor, other: Tensor) -> Tensor:
    """(b, t, c, h, w) structural similarity at every pixel."""
    a, b = one.flatten(0, 2)[:, None], other.flatten(0, 2)[:, None]  # (n, 1, h, w)
    mean_a, mean_b = _blurred(a), _blurred(b)
    spread = _blurred(a * a) + _blurred(b * b) - mean_a**2 - mean_b**2
    common = _blurred(a * b) - mean_a * mean_b
    value = (2 * mean_a * mean_b + _MEANS) * (2 * common + _CONTRAST)
    value = value / ((mean_a**2 + mean_b**2 + _MEANS) * (spread + _CONTRAST))
    return value.view_as(one)


def _blurred(pictures: Tensor) -> Tensor:
    """(n, 1, h, w) under a Gaussian; the border's pixels go on beyond it."""
    weights = [math.exp(-0.5 * (i / _SIGMA) ** 2) for i in range(-_RADIUS, _RADIUS + 1)]
    kernel = pictures.new_tensor(weights) / sum(weights)
    padded = F.pad(pictures, (_RADIUS,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, kernel[None, None, None]), kernel[None, None, :, None])
