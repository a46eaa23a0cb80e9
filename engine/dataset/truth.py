"""Frames and exact motion of drawn clips: pieces of a drawing, carried by their moves, laid over one another.

Units as in `moves`. Shapes: b clips, t steps, k pieces (rear, body, front), h, w px of the proxy picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..model.config import FINE, NODES, PARTS, PATCH
from ..model.field import Track, anchor_of, extents, half_of, inverse, places, sample
from ..model.latents import TOKEN_LATENTS, Latents, part_latents, token_latents
from .moves import Moves, Shape


@dataclass(frozen=True, eq=False)
class Wave:
    """A travelling wave of each piece: pull(p) = normal * amplitude * ramp(p) * sin(number . (p - origin) - phase)."""

    amplitude: Tensor  # (b, t, k)
    phase: Tensor  # (b, t, k)
    number: Tensor  # (b, k, 2) radians per unit
    normal: Tensor  # (b, k, 2)
    origin: Tensor  # (b, k, 2)
    ramp: Tensor  # (b, k, 2) slope of a factor that grows from the origin; 0: the factor is 1 all over

    def pull(self, points: Tensor) -> Tensor:
        """(b, t, k, h, w, 2) at points of the same shape."""
        there = points - self.origin[:, None, :, None, None]
        along = (there * self.number[:, None, :, None, None]).sum(-1)
        grows = (there * self.ramp[:, None, :, None, None]).sum(-1).clamp(0, 1)
        even = (self.ramp == 0).all(-1)[:, None, :, None, None]
        size = torch.where(even, torch.ones_like(grows), grows) * self.amplitude[..., None, None]
        value = size * torch.sin(along - self.phase[..., None, None])
        return value[..., None] * self.normal[:, None, :, None, None]


@dataclass(frozen=True, eq=False)
class Clip:
    """A batch of single-layer clips with all that is known of them."""

    still: Tensor  # (b, 4, h, w)
    frames: Tensor  # (b, t, 4, h, w)
    track: Track  # k parts
    wave: Wave
    matte: Tensor  # (b, k, fine h, fine w)
    weight: Tensor  # (b, 1, fine h, fine w) where a matte can be seen
    apart: int  # how many of the clips, the first ones, have pieces that move by themselves

    def some(self, which: slice) -> Clip:
        """Some clips alone, which all have pieces that move or all have not."""
        return Clip(
            self.still[which],
            self.frames[which],
            Track(**{f.name: getattr(self.track, f.name)[which] for f in fields(Track)}),
            Wave(**{f.name: getattr(self.wave, f.name)[which] for f in fields(Wave)}),
            self.matte[which],
            self.weight[which],
            len(self.still[which]) if self.apart else 0,
        )


def shape_of(still: Tensor) -> Shape:
    """The opaque box of (b, 4, h, w)."""
    ey, ex = extents(*still.shape[-2:])
    return Shape(anchor_of(still), half_of(still), (ex, ey))


@dataclass(frozen=True, eq=False)
class Joined:
    """The sum of several moves, about the anchor: (b, t)."""

    shift: Tensor  # (b, t, 2)
    angle: Tensor
    shear: Tensor
    scale: Tensor  # (b, t, 2)
    opacity: Tensor
    gain: Tensor


def join(all_moves: Sequence[Moves], hinge: Tensor | None = None) -> Joined:
    """Shifts add (each about its own hinge), angles and shears add, scales and light multiply."""
    first = all_moves[0]
    shift = sum((_shift(m, hinge) for m in all_moves), torch.zeros_like(first.x)[..., None])
    angle = sum((m.angle for m in all_moves), torch.zeros_like(first.x))
    shear = sum((m.shear for m in all_moves), torch.zeros_like(first.x))
    one = torch.ones_like(first.x)
    sx, sy, opacity, gain = one, one, one, one
    for m in all_moves:
        sx, sy, opacity, gain = sx * m.sx, sy * m.sy, opacity * m.opacity, gain * m.gain
    return Joined(shift, angle, shear, torch.stack([sx, sy], dim=-1), opacity, gain)


def _shift(m: Moves, hinge: Tensor | None) -> Tensor:
    """(b, t, 2): the move's own shift and what its hinge adds: hinge - R H S hinge."""
    hx = m.hinge_x.expand_as(m.x) if hinge is None else hinge[:, :1].expand_as(m.x)
    hy = m.hinge_y.expand_as(m.y) if hinge is None else hinge[:, 1:].expand_as(m.y)
    u, v = m.sx * hx + m.shear * m.sy * hy, m.sy * hy
    cos, sin = m.angle.cos(), m.angle.sin()
    return torch.stack([m.x + hx - (cos * u - sin * v), m.y + hy - (sin * u + cos * v)], dim=-1)


def carried(body: Joined, own: Joined) -> Joined:
    """A piece's own motion inside the body's, which only turns, shifts and lights."""
    cos, sin = body.angle.cos(), body.angle.sin()
    x, y = own.shift.unbind(-1)
    turned = torch.stack([cos * x - sin * y, sin * x + cos * y], dim=-1)
    return Joined(
        body.shift + turned,
        body.angle + own.angle,
        body.shear + own.shear,
        body.scale * own.scale,
        body.opacity * own.opacity,
        body.gain * own.gain,
    )


def track_of(pieces: Sequence[Joined]) -> Track:
    """One part a piece."""
    angle = torch.stack([p.angle for p in pieces], dim=-1)
    return Track(
        torch.stack([p.shift for p in pieces], dim=2),
        torch.stack([angle.cos(), angle.sin()], dim=-1),
        torch.stack([p.shear for p in pieces], dim=-1),
        torch.stack([p.scale for p in pieces], dim=2),
        torch.stack([p.opacity for p in pieces], dim=-1),
        torch.stack([p.gain for p in pieces], dim=-1),
    )


def film(pieces: Tensor, anchor: Tensor, track: Track, wave: Wave) -> Tensor:
    """Frames (b, t, 4, h, w) of pieces (b, k, 4, h, w), each whole, laid over one another."""
    h, w = pieces.shape[-2:]
    points = inverse(track, anchor, places(h, w, pieces.device))  # (b, t, k, h, w, 2)
    points = points + wave.pull(points)
    t = points.shape[1]
    frames = pieces.new_zeros(len(pieces), t, 4, h, w)
    for k in range(pieces.shape[1]):
        drawn = sample(pieces[:, k], points[:, :, k].flatten(1, 2)).unflatten(2, (t, h)).transpose(1, 2)
        front = lit(drawn, track.opacity[:, :, k], track.gain[:, :, k])
        frames = front + (1 - front[:, :, 3:]) * frames
    return frames


def lit(drawn: Tensor, opacity: Tensor, gain: Tensor) -> Tensor:
    """Premultiplied frames (b, t, 4, h, w) times opacity and gain (b, t); rgb never above alpha."""
    alpha = drawn[:, :, 3:] * opacity[:, :, None, None, None]
    rgb = drawn[:, :, :3] * (opacity * gain)[:, :, None, None, None]
    return torch.cat([torch.minimum(rgb, alpha), alpha], dim=2)


def flat(pieces: Tensor) -> Tensor:
    """Pieces (b, k, 4, h, w) over one another: (b, 4, h, w)."""
    picture = pieces[:, 0]
    for k in range(1, pieces.shape[1]):
        picture = pieces[:, k] + (1 - pieces[:, k, 3:]) * picture
    return picture


def mattes_of(pieces: Tensor) -> tuple[Tensor, Tensor]:
    """Shares of each piece in the flat picture (b, k, fine h, fine w) and its alpha (b, 1, fine h, fine w)."""
    size = (pieces.shape[-2] * FINE // PATCH, pieces.shape[-1] * FINE // PATCH)
    alpha = F.interpolate(pieces[:, :, 3], size, mode="area")  # (b, k, fh, fw)
    seen = torch.ones_like(alpha[:, :1])
    shares = []
    for k in range(pieces.shape[1] - 1, -1, -1):
        shares.append(alpha[:, k : k + 1] * seen)
        seen = seen * (1 - alpha[:, k : k + 1])
    shares_ = torch.cat(shares[::-1], dim=1)
    total = shares_.sum(1, keepdim=True)
    return shares_ / total.clamp(min=1e-3), total


def nodes_of(rows: int, columns: int, device: torch.device) -> Tensor:
    """Positions of the coarse grid's nodes, (rows nodes, columns nodes, 2)."""
    return places(rows * NODES, columns * NODES, device)


def flow_of(wave: Wave, rows: int, columns: int) -> Tensor:
    """The wave on the coarse grid: (b, t, k, rows, columns, 2)."""
    b, t, k = wave.amplitude.shape
    nodes = nodes_of(rows, columns, wave.amplitude.device)
    return wave.pull(nodes.expand(b, t, k, *nodes.shape))


def spread(track: Track, parts: int = PARTS) -> Track:
    """The one part of a track for all parts."""
    return replace(
        track,
        **{name: _expand(getattr(track, name), parts) for name in track.__dataclass_fields__},
    )


def _expand(values: Tensor, parts: int) -> Tensor:
    return values.repeat_interleave(parts, dim=2)


def latents_of(clip: Clip, channels: int = TOKEN_LATENTS) -> Latents:
    """What a perfect encoder finds: the exact motion as latents, of so many channels a token."""
    rows, columns = clip.still.shape[-2] // PATCH, clip.still.shape[-1] // PATCH
    tokens = token_latents(flow_of(clip.wave, rows, columns), clip.matte, clip.weight, channels)
    return Latents(tokens, part_latents(clip.track))
