"""What drawings could look like instead: pieces in other colours, turned and sized otherwise, all of it bent a little.

A network that sees every drawing a hundred times learns drawings by heart; it has to learn what tails look like.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..model.field import extents, places
from .library import Placed

POSED = 0.5  # share of pictures whose pieces are turned about their hinges
RECOLOURED = 0.6  # share whose colours change, of these half piece by piece
TURN = 0.6  # rad, the most that a piece is turned
SIZE = 0.3  # a piece's size goes from 1 - this to 1 + this
BEND = 0.05  # of half the region's long side: deviation of the bend
KNOTS = 4  # of the bend, each way


def varied(placed: Placed, chance: torch.Generator) -> Placed:
    """The same drawings otherwise; axis and reach stay as they were."""
    posed = _posed(placed, chance)
    return replace(posed, pieces=_recoloured(posed.pieces, chance))


def _posed(placed: Placed, chance: torch.Generator) -> Placed:
    """Rear and front turned about their hinges, everything bent."""
    b, k, _, height, width = placed.pieces.shape
    ey, ex = extents(height, width)
    device = placed.pieces.device
    knots = torch.randn(b, 2, KNOTS, KNOTS, device=device, generator=chance)
    bend = BEND * F.interpolate(knots, (height, width), mode="bicubic", align_corners=True).permute(0, 2, 3, 1)
    x = (places(height, width, device) + bend)[:, None]  # (b, 1, h, w, 2)
    dice = torch.rand(b, 2, 3, device=device, generator=chance)
    posed = (dice[:, :1, 0] < POSED).float()  # (b, 1)
    angle = posed * TURN * (2 * dice[..., 1] - 1)
    size = 1 + posed * SIZE * (2 * dice[..., 2] - 1)
    back = _turns(angle) / size[..., None, None]  # (b, 2, 2, 2)
    hinge = placed.hinge[:, :, None, None]
    pieces = torch.einsum("bkij,bkhwj->bkhwi", back, x - hinge) + hinge
    read = torch.cat([pieces[:, :1], x, pieces[:, 1:]], dim=1)  # rear, body, front
    grid = (read / read.new_tensor([ex, ey])).flatten(0, 1)
    made = F.grid_sample(placed.pieces.flatten(0, 1), grid, align_corners=False).unflatten(0, (b, k))
    return replace(placed, pieces=made, hinge=_found(placed.hinge, bend, (ex, ey)))


def _found(points: Tensor, bend: Tensor, edge: tuple[float, float]) -> Tensor:
    """Where points (b, n, 2) come to lie when each place x shows what was at x + bend (b, h, w, 2)."""
    where = points
    for _ in range(3):
        at = F.grid_sample(
            bend.permute(0, 3, 1, 2), (where / where.new_tensor(edge))[:, None], padding_mode="border",
            align_corners=False,
        )  # fmt: skip
        where = points - at[:, :, 0].mT
    return where


def _turns(angle: Tensor) -> Tensor:
    cos, sin = angle.cos(), angle.sin()
    made: Tensor = torch.stack([cos, sin, -sin, cos], dim=-1).unflatten(-1, (2, 2))
    return made


def _recoloured(pieces: Tensor, chance: torch.Generator) -> Tensor:
    """Hue turned, saturation, contrast and brightness changed: of all pieces alike, or of each by itself."""
    b, k = pieces.shape[:2]
    dice = torch.rand(b, k + 1, 4, device=pieces.device, generator=chance)
    apart, other = (dice[:, k, i, None, None] for i in (0, 1))
    each = torch.where(apart < 0.5, dice[:, :1], dice[:, :k])  # (b, k, 4)
    hue, saturation = 2 * math.pi * each[..., 0], 0.2 + 1.2 * each[..., 1]
    contrast, shift = 0.5 + 0.7 * each[..., 2], 0.5 * each[..., 3] - 0.25
    colour, alpha = pieces[:, :, :3], pieces[:, :, 3:]
    matrix = _hues(hue, saturation) * contrast[..., None, None]
    level = (0.5 * (1 - contrast) + shift)[..., None, None, None]
    made = torch.einsum("bkij,bkjhw->bkihw", matrix, colour) + level * alpha
    made = torch.minimum(made.clamp(min=0), alpha)
    changed = (other < RECOLOURED)[..., None, None]
    return torch.cat([torch.where(changed, made, colour), alpha], dim=2)


def _hues(angle: Tensor, saturation: Tensor) -> Tensor:
    """Matrices (..., 3, 3) that turn colours about grey and stretch them away from it."""
    third = 2 * math.pi / 3
    row = [1 / 3 + saturation * 2 / 3 * torch.cos(angle + i * third) for i in range(3)]
    rows = [torch.stack([row[(j - i) % 3] for j in range(3)], dim=-1) for i in range(3)]
    return torch.stack(rows, dim=-2)
