"""Rotary positions over several real-valued axes: each axis turns its own channels of a head.

Su et al., *RoFormer* (2021), in the split by axes that video transformers use; with the axes layer, frame, y, x it is
the 4D-RoPE of Animated-ART: attention depends on the differences of positions alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

BASE = 100.0  # ids are at most a few hundred units apart


def turns(ids: Tensor, axes: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Cosines and sines (..., n, head / 2) of positions (..., n, len(axes)); `axes`: channels of each axis, even."""
    angles = []
    for axis, channels in enumerate(axes):
        power = torch.arange(0, channels, 2, device=ids.device, dtype=torch.float32) / channels
        angles.append(ids[..., axis, None].float() * BASE**-power)  # (..., n, channels / 2)
    angle = torch.cat(angles, dim=-1)
    return angle.cos(), angle.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """(b, heads, n, head) with channel pairs (first half, second half) turned by (b or 1, 1, n, head / 2)."""
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
