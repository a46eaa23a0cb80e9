"""The latent space of one layer's motion: explicit, so that exact motion can be written into it and read back.

A part's latents are its affine track over the motion steps of a latent frame: companded, so that small motion near rest
keeps its precision, then the discrete cosine transform of those steps, so that a mistake in what changes slowly does
not make a layer tremble. Rear and front are told relative to the body. A token's latents are the local flow of its
place, in the same transform, and how much of it belongs to rear and front. The flow is told at one node a token or at
2 x 2, as Haar's mean and differences: a mean alone cannot tell waves shorter than four tokens.

Shapes: b batch, t motion steps, f latent frames, k parts, gh x gw tokens of a frame, n nodes a token each way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import BODY, NODES, PARTS, STRIDE
from .field import Track, dense

VALUES = 9  # shift x, y; turn cos, sin; shear; scale x, y; opacity; gain
REST = (0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0)
# Deviation from rest at which companding turns from linear to logarithmic; None: linear.
BENDS = (0.1, 0.1, None, 0.3, 0.1, 0.15, 0.15, 0.25, 0.25)
FLOW_BEND = 0.03
FARTHEST = 2.5  # region units: what is shifted by more is out of sight, whatever its size
SIZES = (-1.6, 3.0)  # scales that drawn motion reaches, mirrored and not
BELONGS = 2  # shares of rear and front
TOKEN_LATENTS = NODES * NODES * 2 * STRIDE + BELONGS  # flow x, y of each node over the steps; shares
PART_LATENTS = VALUES * STRIDE
RAISED = (1.0, 3.0, 8.0, 12.0)  # of motion that the data holds, each coefficient is smaller by about so much
FLAT = 0.02  # a factor below this cannot be divided by: what is relative to it is at rest


@dataclass(frozen=True, eq=False)
class Latents:
    """What a clip of one layer is encoded to."""

    tokens: Tensor  # (b, f, gh, gw, TOKEN_LATENTS)
    parts: Tensor  # (b, f, k, PART_LATENTS)


# --- tracks -----------------------------------------------------------------------------------------------------------


def features(track: Track) -> Tensor:
    """Companded deviations from rest, (b, t, k, VALUES)."""
    alone = (track.shear, track.opacity, track.gain)
    shear, opacity, gain = (v[..., None] for v in alone)
    values = torch.cat([track.shift, track.turn, shear, track.scale, opacity, gain], dim=-1)
    return _companded(values - _rest(values.device))


def track_from(told: Tensor) -> Track:
    """Inverse of `features`; the turn becomes a unit vector, all else stays within what motion can be."""
    v = _expanded(told) + _rest(told.device)
    turn = v[..., 2:4]
    return Track(
        shift=v[..., :2].clamp(-FARTHEST, FARTHEST),
        turn=turn / turn.norm(dim=-1, keepdim=True).clamp(min=1e-3),
        shear=v[..., 4],
        scale=v[..., 5:7].clamp(*SIZES),
        opacity=v[..., 7].clamp(-0.5, 1.5),
        gain=v[..., 8].clamp(-0.5, 3),
    )


@lru_cache(8)
def _rest(device: torch.device) -> Tensor:
    return torch.tensor(REST, device=device)


@lru_cache(8)
def _bends(device: torch.device) -> tuple[Tensor, Tensor]:
    """Bends of the companded values (1 elsewhere) and which are companded."""
    bend = torch.tensor([b or 1.0 for b in BENDS], device=device)
    return bend, torch.tensor([b is not None for b in BENDS], device=device)


def _companded(values: Tensor) -> Tensor:
    bend, some = _bends(values.device)
    return torch.where(some, torch.asinh(values / bend), 2 * values)


def _expanded(told: Tensor) -> Tensor:
    bend, some = _bends(told.device)
    return torch.where(some, torch.sinh(told.clamp(-6, 6)) * bend, told / 2)


def relative(track: Track) -> Track:
    """Rear and front as they move within the body's frame; the body as it is. Inverse of `composed`."""
    body = track.only(slice(BODY, BODY + 1))
    cos, sin = body.turn.unbind(-1)
    x, y = (track.shift - body.shift).unbind(-1)
    c, s = track.turn.unbind(-1)
    own = Track(
        shift=torch.stack([cos * x + sin * y, cos * y - sin * x], dim=-1),
        turn=torch.stack([cos * c + sin * s, cos * s - sin * c], dim=-1),
        shear=track.shear - body.shear,
        scale=_ratio(track.scale, body.scale),
        opacity=_ratio(track.opacity, body.opacity),
        gain=_ratio(track.gain, body.gain),
    )
    return _with_body(own, body)


def composed(own: Track) -> Track:
    """Tracks on the canvas from the body's and from those of rear and front within it."""
    body = own.only(slice(BODY, BODY + 1))
    cos, sin = body.turn.unbind(-1)
    x, y = own.shift.unbind(-1)
    c, s = own.turn.unbind(-1)
    made = Track(
        shift=body.shift + torch.stack([cos * x - sin * y, sin * x + cos * y], dim=-1),
        turn=torch.stack([cos * c - sin * s, sin * c + cos * s], dim=-1),
        shear=body.shear + own.shear,
        scale=body.scale * own.scale,
        opacity=body.opacity * own.opacity,
        gain=body.gain * own.gain,
    )
    return _with_body(made, body)


def _ratio(value: Tensor, base: Tensor) -> Tensor:
    return torch.where(base.abs() < FLAT, torch.ones_like(value), value / torch.where(base.abs() < FLAT, 1.0, base))


def _with_body(track: Track, body: Track) -> Track:
    def joined(all_: Tensor, one: Tensor) -> Tensor:
        return torch.cat([all_[:, :, :BODY], one, all_[:, :, BODY + 1 :]], dim=2)

    names = ("shift", "turn", "shear", "scale", "opacity", "gain")
    return Track(**{name: joined(getattr(track, name), getattr(body, name)) for name in names})


# --- steps and latent frames ------------------------------------------------------------------------------------------


@lru_cache(8)
def _cosines(device: torch.device) -> tuple[Tensor, Tensor]:
    """The orthonormal DCT-II of STRIDE values (coefficient, step), halved and raised to like size; and its inverse."""
    step = torch.arange(STRIDE)
    rows = [torch.cos(math.pi / STRIDE * (step + 0.5) * k) * math.sqrt((1 if k == 0 else 2) / STRIDE) for k in step]
    cosines, raised = torch.stack(rows), torch.tensor(RAISED)[:, None]
    return (cosines / 2 * raised).to(device), (cosines * 2 / raised).to(device)


def by_frames(steps: Tensor) -> Tensor:
    """Values of motion steps (b, t, ..., c) as latents (b, f, ..., c STRIDE); the first frame holds one step."""
    first = steps[:, :1, None].expand(-1, -1, STRIDE, *steps.shape[2:])
    groups = torch.cat([first, steps[:, 1:].unflatten(1, (-1, STRIDE))], dim=1)  # (b, f, 4, ..., c)
    return torch.einsum("bfs...c,ks->bf...ck", groups, _cosines(steps.device)[0]).flatten(-2)


def by_steps(latents: Tensor) -> Tensor:
    """Inverse of `by_frames`: (b, f, ..., c STRIDE) to (b, t, ..., c)."""
    groups = torch.einsum("bf...ck,ks->bfs...c", latents.unflatten(-1, (-1, STRIDE)), _cosines(latents.device)[1])
    return torch.cat([groups[:, :1].mean(2), groups[:, 1:].flatten(1, 2)], dim=1)


# --- all of it --------------------------------------------------------------------------------------------------------


def part_latents(track: Track) -> Tensor:
    """(b, f, k, PART_LATENTS) of tracks on the canvas."""
    return by_frames(features(relative(track)))


def nodes_in(channels: int) -> int:
    """Flow nodes a token, each way, that so many token latents tell."""
    return math.isqrt((channels - BELONGS) // (2 * STRIDE))


def token_latents(flow: Tensor, matte: Tensor, weight: Tensor, channels: int = TOKEN_LATENTS) -> Tensor:
    """(b, f, gh, gw, channels) of flows at the grid's nodes, mattes and where those can be seen.

    flow (b, t, k, gh NODES, gw NODES, 2), matte (b, k, fine h, fine w) shares, weight (b, 1, fine h, fine w).
    """
    rows, columns = flow.shape[3:5]
    size = (rows // NODES, columns // NODES)
    shares = shares_in(matte, weight, (rows, columns))  # (b, k, rows, columns)
    mean = (flow * shares[:, None, ..., None]).sum(2).movedim(-1, 2)  # (b, t, 2, rows, columns)
    coarse = F.avg_pool2d(mean.flatten(0, 1), NODES // nodes_in(channels)).unflatten(0, mean.shape[:2])
    told = by_frames(_haar(torch.asinh(coarse / FLOW_BEND), size).movedim(2, -1))  # (b, f, gh, gw, n n 8)
    return torch.cat([told, belonging(matte, weight, size)[:, None].expand(*told.shape[:-1], BELONGS)], dim=-1)


def belonging(matte: Tensor, weight: Tensor, size: tuple[int, int]) -> Tensor:
    """How much of each token belongs to rear and front, (b, gh, gw, BELONGS)."""
    return shares_in(matte, weight, size)[:, [0, PARTS - 1]].movedim(1, -1)


def with_belonging(tokens: Tensor, belongs: Tensor) -> Tensor:
    """Token latents (b, f, gh, gw, c) that say (b, gh, gw, BELONGS) of rear and front."""
    return torch.cat([tokens[..., :-BELONGS], belongs[:, None].expand(*tokens.shape[:-1], BELONGS)], dim=-1)


def _haar(nodes: Tensor, size: tuple[int, int]) -> Tensor:
    """(b, t, c, gh n, gw n) as (b, t, n n c, gh, gw): of 2 x 2 nodes the mean, then differences across, down, both."""
    n = nodes.shape[-2] // size[0]
    if n == 1:
        return nodes
    cells = F.pixel_unshuffle(nodes, n).unflatten(2, (-1, n * n))  # (b, t, c, n n, gh, gw)
    return torch.einsum("btcnhw,mn->btmchw", cells, _signs(nodes.device) / 4).flatten(2, 3)


def _nodes(told: Tensor) -> Tensor:
    """Inverse of `_haar`."""
    cells = told.unflatten(2, (-1, 2))  # (b, t, n n, 2, gh, gw)
    n = math.isqrt(cells.shape[2])
    if n > 1:
        cells = torch.einsum("btmchw,mn->btnchw", cells, _signs(told.device))
    return F.pixel_shuffle(cells.transpose(2, 3).flatten(2, 3), n)


@lru_cache(8)
def _signs(device: torch.device) -> Tensor:
    """Haar's four patterns on 2 x 2 nodes, row by row; symmetric, and four times its own inverse."""
    return torch.tensor([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]], device=device).float()


def shares_in(matte: Tensor, weight: Tensor, size: tuple[int, int]) -> Tensor:
    """Shares of the parts in coarser cells, counted where the layer can be seen; the body has what is empty."""
    seen = F.adaptive_avg_pool2d(weight, size)
    shares = F.adaptive_avg_pool2d(matte * weight, size) / (seen + 0.02)
    others = torch.cat([shares[:, :BODY], shares[:, BODY + 1 :]], dim=1)
    body = 1 - others.sum(1, keepdim=True)
    return torch.cat([shares[:, :BODY], body, shares[:, BODY + 1 :]], dim=1)


def flow_from(tokens: Tensor) -> Tensor:
    """Flow at the nodes, (b, t, 2, gh n, gw n), from token latents."""
    told = by_steps(tokens[..., :-BELONGS]).movedim(-1, 2)  # (b, t, n n 2, gh, gw)
    return FLOW_BEND * torch.sinh(_nodes(told).clamp(-5, 5))


def motion_of(latents: Latents) -> tuple[Track, Tensor]:
    """What latents say outright: tracks on the canvas, and flow (b, t, k, gh NODES, gw NODES, 2)."""
    rows, columns = latents.tokens.shape[2:4]
    flow = dense(flow_from(latents.tokens.float()), rows * NODES, columns * NODES)
    return composed(track_from(by_steps(latents.parts.float()))), flow[:, :, None].expand(
        -1, -1, PARTS, -1, -1, -1
    ).movedim(3, -1)


def cut(latents: Latents, first: int) -> Latents:
    """The clip from motion step `first` on (a multiple of STRIDE), as latents of a clip of its own, which is exact."""
    moving = latents.tokens[..., :-BELONGS]
    belongs = latents.tokens[:, first // STRIDE :, ..., -BELONGS:]
    tokens = torch.cat([by_frames(by_steps(moving)[:, first:]), belongs], dim=-1)
    return Latents(tokens, by_frames(by_steps(latents.parts)[:, first:]))
