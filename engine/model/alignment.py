"""What tells a layer's motion outright, before anything is learned: moments, turns, frames brought back to rest.

Shapes: b batch, t steps; pictures (4, h, w) premultiplied; positions in region units (`field`).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .field import Track, places, sample

MOMENTS = 24
RINGS, ANGLES = 8, 32  # of the polar pictures that tell a turn


def aligned_by(frames: Tensor, anchor: Tensor, known: Track) -> Tensor:
    """Frames (b, t, 4, h, w) with the body brought back to its rest by the track (one part) known so far."""
    b, t, _, h, w = frames.shape
    linear, shift = known.linear()[:, :, 0], known.shift[:, :, 0]
    there = places(h, w, frames.device) - anchor[:, None, None]  # (b, h, w, 2)
    x, y = there[:, None, ..., 0], there[:, None, ..., 1]  # (b, 1, h, w); no matmul: it would be rounded to bf16
    rows = (linear[:, :, i, 0, None, None] * x + linear[:, :, i, 1, None, None] * y for i in (0, 1))
    moved = torch.stack(list(rows), dim=-1) + (shift + anchor[:, None])[:, :, None, None]
    made: Tensor = sample(frames.flatten(0, 1), moved.flatten(0, 1)).unflatten(0, (b, t))
    return made


def moments(frames: Tensor) -> Tensor:
    """Mass, mean place and spread of alpha and of each colour (b, t, 24): they tell a shift or a fade outright."""
    place = places(frames.shape[-2], frames.shape[-1], frames.device)
    x, y = place.unbind(-1)  # (h, w)
    mass = frames.mean((-1, -2))  # (b, t, 4)
    share = frames / (mass[..., None, None] * x.numel()).clamp(min=1e-3)
    middle = torch.stack([(share * v).sum((-1, -2)) for v in (x, y)], dim=-1)  # (b, t, 4, 2)
    spread = torch.stack([(share * v).sum((-1, -2)) for v in (x * x, x * y, y * y)], dim=-1)
    return torch.cat([mass[..., None], middle, spread], dim=-1).flatten(-2)


def turning(frames: Tensor, still: Tensor, now: Tensor, rest: Tensor) -> Tensor:
    """How well each of 32 turns, plain and mirrored, carries the still layer to the frame: (b, t, 64).

    Circular correlation of polar pictures about the middle of alpha, at the scale of its spread (De Castro and Morandi
    1987 do so in the spectrum).
    """
    b, t = frames.shape[:2]
    seen = _polar(frames.flatten(0, 1), now.flatten(0, 1)).unflatten(0, (b, t))  # (b, t, 4, rings, angles)
    model = _polar(still, rest[:, 0])[:, None]  # (b, 1, 4, rings, angles)
    both = [_correlation(seen, m) for m in (model, model.flip(-1).roll(1, -1))]
    return (6 * torch.cat(both, dim=-1)).softmax(-1) * 8


def _polar(pictures: Tensor, told: Tensor) -> Tensor:
    """(n, 4, h, w) around the middle of alpha: (n, 4, rings, angles), without the mean of each ring."""
    alpha = told.unflatten(-1, (4, 6))[:, 3]  # (n, 6): mass, x, y, xx, xy, yy
    middle = alpha[:, 1:3]
    size = (alpha[:, 3] + alpha[:, 5] - middle.square().sum(-1)).clamp(min=1e-4).sqrt()  # (n,)
    angle = torch.arange(ANGLES, device=pictures.device) * (2 * math.pi / ANGLES)
    radius = (torch.arange(RINGS, device=pictures.device) + 0.5) * (2.0 / RINGS)
    ring = radius[:, None, None] * torch.stack([angle.cos(), angle.sin()], dim=-1)  # (rings, angles, 2)
    read = sample(pictures, middle[:, None, None] + size[:, None, None, None] * ring)
    return (read - read.mean(-1, keepdim=True)) * radius[:, None].sqrt()


def _correlation(seen: Tensor, model: Tensor) -> Tensor:
    """(b, t, angles) in -1..1: the value at a means that `model` turned by a looks like `seen`."""
    product = torch.fft.rfft(seen.float()) * torch.fft.rfft(model.float()).conj()
    matched = torch.fft.irfft(product.sum((2, 3)), n=ANGLES)  # (b, t, angles)
    energy = seen.square().sum((2, 3, 4)) * model.square().sum((2, 3, 4))
    told: Tensor = matched / energy.clamp(min=1e-6).sqrt()[..., None]
    return told
