"""What the autoencoder decodes to: the motion of one layer as tensors, and how it draws the layer at proxy size.

Units of the region: its centre is the origin, half its long side is 1. `engine.backends.dmdl` turns a `Field` into the
`MotionField` that the renderer draws at full resolution; `draw` is the same at proxy size, differentiable and batched.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..motion_field import cubic_basis

MIN_SCALE = 0.02  # a picture flatter than this is edge on; keeps the inverse finite
OPAQUE = 0.03  # alpha above this belongs to the opaque box
ALL = slice(None)


@dataclass(frozen=True, eq=False)
class Track:
    """Forward affines `p' = anchor + shift + R H S (p - anchor)` and light of each part: (b, t, k, ...)."""

    shift: Tensor  # (b, t, k, 2)
    turn: Tensor  # (b, t, k, 2) unit vector (cos, sin), y down
    shear: Tensor  # (b, t, k)
    scale: Tensor  # (b, t, k, 2), signed
    opacity: Tensor  # (b, t, k) 0..1
    gain: Tensor  # (b, t, k) factor on RGB

    def linear(self) -> Tensor:
        """R H S as (b, t, k, 2, 2); H = [[1, shear], [0, 1]]."""
        cos, sin = self.turn.unbind(-1)
        sx, sy = self.scale.unbind(-1)
        rows = (cos * sx, (cos * self.shear - sin) * sy, sin * sx, (sin * self.shear + cos) * sy)
        made: Tensor = torch.stack(rows, dim=-1).unflatten(-1, (2, 2))
        return made

    def at(self, steps: Tensor) -> Track:
        """Some steps alone: (b, s) indices."""
        return Track(**{f.name: _pick(getattr(self, f.name), steps) for f in fields(self)})

    def only(self, parts: slice) -> Track:
        """Some parts alone."""
        return Track(**{f.name: getattr(self, f.name)[:, :, parts] for f in fields(self)})


@dataclass(frozen=True, eq=False)
class Field:
    """A layer's motion; grids have NODES nodes a token at cell centres, fine maps FINE px a token."""

    anchor: Tensor  # (b, 2)
    track: Track
    matte: Tensor  # (b, k, h, w) shares of each part, sum 1
    flow: Tensor  # (b, t, k, rows, columns, 2) pull, before the affine
    opacity: Tensor  # (b, t, rows, columns) factor
    gain: Tensor  # (b, t, rows, columns) factor on RGB
    patch: Tensor  # (b, t, 4, h, w) premultiplied, laid over all

    def clips(self, some: slice) -> Field:
        """Some clips alone."""
        values = {f.name: getattr(self, f.name)[some] for f in fields(self) if f.name != "track"}
        track = Track(**{f.name: getattr(self.track, f.name)[some] for f in fields(Track)})
        return Field(track=track, **values)

    def at(self, steps: Tensor) -> Field:
        """Some steps alone: (b, s) indices."""
        moving = {name: _pick(getattr(self, name), steps) for name in ("flow", "opacity", "gain", "patch")}
        return replace(self, track=self.track.at(steps), **moving)


def _pick(values: Tensor, steps: Tensor) -> Tensor:
    return values[torch.arange(len(values), device=values.device)[:, None], steps]


def extents(height: int, width: int) -> tuple[float, float]:
    """Half the region's sides in region units, (y, x)."""
    long = max(height, width)
    return height / long, width / long


@lru_cache(256)
def places(height: int, width: int, device: torch.device) -> Tensor:
    """Centres of a grid's cells in region units, (h, w, 2) as (x, y), whatever the cells' number."""
    ey, ex = extents(height, width)
    y = ((torch.arange(height, device=device) + 0.5) / height * 2 - 1) * ey
    x = ((torch.arange(width, device=device) + 0.5) / width * 2 - 1) * ex
    grid = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([grid[1], grid[0]], dim=-1)


def anchor_of(still: Tensor) -> Tensor:
    """Centre of the opaque box of (b, 4, h, w) in region units, (b, 2); the region's centre where nothing is opaque."""
    ey, ex = extents(*still.shape[-2:])
    seen = still[:, 3] > OPAQUE
    return torch.stack([_middle(seen.any(1), ex), _middle(seen.any(2), ey)], dim=-1)


def half_of(still: Tensor) -> Tensor:
    """Half the width and height of the opaque box of (b, 4, h, w) in region units, (b, 2); the region's where empty."""
    ey, ex = extents(*still.shape[-2:])
    seen = still[:, 3] > OPAQUE
    return torch.stack([_half_span(seen.any(1), ex), _half_span(seen.any(2), ey)], dim=-1)


def _middle(line: Tensor, extent: float) -> Tensor:
    """Middle of the true span of (b, n), in -extent..extent."""
    first, end = _ends(line)
    middle = ((first + end).float() / line.shape[-1] - 1) * extent
    return torch.where(line.any(-1), middle, torch.zeros_like(middle))


def _half_span(line: Tensor, extent: float) -> Tensor:
    """Half the length of the true span of (b, n)."""
    first, end = _ends(line)
    half = (end - first).float() / line.shape[-1] * extent
    return torch.where(line.any(-1), half, torch.full_like(half, extent))


def _ends(line: Tensor) -> tuple[Tensor, Tensor]:
    """First true place of (b, n) and the one after the last."""
    return line.float().argmax(-1), line.shape[-1] - line.flip(-1).float().argmax(-1)


def inverse(track: Track, anchor: Tensor, points: Tensor) -> Tensor:
    """Rest positions (b, t, k, h, w, 2) that the affines carry to `points` (h, w, 2)."""
    there = points - (anchor[:, None, None] + track.shift)[..., None, None, :]  # (b, t, k, h, w, 2)
    cos, sin = (v[..., None, None] for v in track.turn.unbind(-1))
    x = cos * there[..., 0] + sin * there[..., 1]
    y = cos * there[..., 1] - sin * there[..., 0]
    x = x - track.shear[..., None, None] * y
    scale = _finite(track.scale)[..., None, None, :]
    return torch.stack([x, y], dim=-1) / scale + anchor[:, None, None, None, None]


def _finite(scale: Tensor) -> Tensor:
    sign = torch.where(scale < 0, -1.0, 1.0)
    return torch.where(scale.abs() < MIN_SCALE, sign * MIN_SCALE, scale)


def sample(picture: Tensor, points: Tensor, *, padding: str = "zeros") -> Tensor:
    """Bilinear values (n, c, ...) of pictures (n, c, h, w) at region-unit points (n, ..., 2)."""
    ey, ex = extents(*picture.shape[-2:])
    unit = torch.stack([points[..., 0] / ex, points[..., 1] / ey], dim=-1)
    flat = unit.flatten(1, -3) if unit.ndim > 4 else unit
    read = F.grid_sample(picture, flat, mode="bilinear", padding_mode=padding, align_corners=False)
    return read.unflatten(2, unit.shape[1:-2]) if unit.ndim > 4 else read


def dense(grid: Tensor, height: int, width: int) -> Tensor:
    """A coarse grid (..., rows, columns) read at the pixels of (height, width): Catmull-Rom as `motion_field.Grid`."""
    down, across = _basis(grid.shape[-2], height, grid.device), _basis(grid.shape[-1], width, grid.device)
    return down @ grid @ across.mT  # (..., h, w)


@lru_cache(256)
def _basis(nodes: int, size: int, device: torch.device) -> Tensor:
    """(size, nodes): pixel centres from nodes at cell centres; the border value holds outside the outer nodes."""
    place = ((np.arange(size) + 0.5) / size * nodes - 0.5) / max(nodes - 1, 1)
    return torch.as_tensor(cubic_basis(nodes, place), dtype=torch.float32, device=device)


def parts_of(field: Field, still: Tensor) -> Tensor:
    """The still layer (b, 4, h, w) shared among the parts: (b, k, 4, h, w)."""
    matte = F.interpolate(field.matte, still.shape[-2:], mode="bilinear", align_corners=False)
    return still[:, None] * matte[:, :, None]


def draw(field: Field, still: Tensor, parts: slice = ALL) -> Tensor:
    """The layer's frames (b, t, 4, h, w), premultiplied, from its still picture (b, 4, h, w); of some parts alone."""
    track, flow = field.track.only(parts), field.flow[:, :, parts]
    b, t, k = track.shear.shape
    h, w = still.shape[-2:]
    points = inverse(track, field.anchor, places(h, w, still.device))  # (b, t, k, h, w, 2)
    pull = dense(flow.movedim(-1, -3).float(), h, w)  # (b, t, k, 2, h, w)
    pulled = sample(pull.flatten(0, 2), points.flatten(0, 2), padding="border")  # (b t k, 2, h, w)
    points = points + pulled.movedim(1, -1).unflatten(0, (b, t, k))
    light = torch.stack([dense(field.opacity.float(), h, w).clamp(0, 1), dense(field.gain.float(), h, w)], dim=2)
    pieces = parts_of(field, still)[:, parts]  # (b, k, 4, h, w)
    frames = torch.zeros(b, t, 4, h, w, device=still.device)
    for part in range(k):
        drawn = _read(pieces[:, part], points[:, :, part])  # (b, t, 4, h, w)
        here = _read_light(light, points[:, :, part])  # (b, t, 2, h, w)
        opacity = (track.opacity[:, :, part, None, None] * here[:, :, 0]).unsqueeze(2)
        gain = (track.gain[:, :, part, None, None] * here[:, :, 1]).unsqueeze(2)
        alpha = drawn[:, :, 3:] * opacity
        rgb = torch.minimum((drawn[:, :, :3] * opacity * gain).clamp(min=0), alpha)
        frames = disjoint_over(torch.cat([rgb, alpha], dim=2), frames)
    patch = F.interpolate(field.patch.flatten(0, 1), (h, w), mode="bilinear", align_corners=False).unflatten(0, (b, t))
    made: Tensor = patch + (1 - patch[:, :, 3:]) * frames
    return made


def _read(picture: Tensor, points: Tensor) -> Tensor:
    """(b, t, c, h, w) of a still (b, c, h, w) at (b, t, h, w, 2)."""
    t, h = points.shape[1:3]
    made: Tensor = sample(picture, points.flatten(1, 2)).unflatten(2, (t, h)).transpose(1, 2)
    return made


def _read_light(light: Tensor, points: Tensor) -> Tensor:
    """(b, t, 2, h, w) of moving maps (b, t, 2, h, w) at (b, t, h, w, 2)."""
    b, t = light.shape[:2]
    made: Tensor = sample(light.flatten(0, 1), points.flatten(0, 1), padding="border").unflatten(0, (b, t))
    return made


def disjoint_over(front: Tensor, back: Tensor) -> Tensor:
    """Porter and Duff's over for coverages that exclude each other, so that shares of a pixel add up."""
    room = (1 - front[..., 3:, :, :]) / back[..., 3:, :, :].clamp(min=1e-4)
    return front + back * room.clamp(0, 1)
