"""Drawings as tensors: what clips are made from, drawn once before training by all cores."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ..geometry import Box
from ..model.field import extents
from .drawings import LETTERED, Drawing, Piece, draw, draw_joined, families
from .wish import PART_KINDS


@dataclass(frozen=True)
class Entry:
    """What prompts need to know of a drawing."""

    family: str
    noun: str
    rear: Piece | None
    front: Piece | None
    hangs: bool
    rooted: bool


@dataclass(frozen=True, eq=False)
class Library:
    """n drawings; positions in units of the square: its centre 0, its half side 1."""

    entries: tuple[Entry, ...]
    pieces: Tensor  # (n, 3, 4, s, s) uint8 premultiplied: rear, body, front
    half: Tensor  # (n, 2) half the opaque box's width and height
    hinge: Tensor  # (n, 2, 2) of rear and front, (x, y)
    axis: Tensor  # (n, 2, 2) unit vector along the piece
    reach: Tensor  # (n, 2) how far the piece extends from its hinge

    @cached_property
    def turns(self) -> Tensor:
        """(n,) whether left and right may be exchanged: not of letters."""
        return torch.tensor([e.family not in LETTERED for e in self.entries], device=self.pieces.device)

    def to(self, device: torch.device) -> Library:
        moved = (v.to(device) for v in (self.pieces, self.half, self.hinge, self.axis, self.reach))
        return Library(self.entries, *moved)


def build(
    count: int,
    seed: int,
    split: Literal["train", "test"],
    size: int = 192,
    workers: int | None = None,
    joined: int = 0,
) -> Library:
    """`count` drawings, families in turn, then `joined` of two families; the same for the same arguments everywhere."""
    names = families(split)
    wanted = [(names[i % len(names)], seed * 1_000_003 + i // len(names), size, split) for i in range(count)]
    wanted += [("", seed * 1_000_003 + i, size, split) for i in range(joined)]
    workers = workers or own_cores()
    if workers == 1:
        drawings = [_draw(w) for w in wanted]
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            drawings = list(pool.map(_draw, wanted, chunksize=16))
    return of(drawings)


def own_cores() -> int:
    """Cores that this process may use, less the share of those that torchrun started beside it."""
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, here // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))


def _draw(wanted: tuple[str, int, int, Literal["train", "test"]]) -> Drawing:
    family, seed, size, split = wanted
    return draw(family, seed, size) if family else draw_joined(seed, size, split)


def of(drawings: list[Drawing]) -> Library:
    pieces = np.stack([d.pieces for d in drawings]).transpose(0, 1, 4, 2, 3)
    placed = [[_placed(d, index) for index in (0, 2)] for d in drawings]
    return Library(
        tuple(Entry(d.family, d.noun, d.rear, d.front, d.hangs, d.rooted) for d in drawings),
        torch.from_numpy(np.ascontiguousarray(pieces)),
        torch.tensor([_half(d) for d in drawings], dtype=torch.float32),
        torch.tensor([[p[0] for p in pair] for pair in placed], dtype=torch.float32),
        torch.tensor([[p[1] for p in pair] for pair in placed], dtype=torch.float32),
        torch.tensor([[p[2] for p in pair] for pair in placed], dtype=torch.float32),
    )


def _half(drawing: Drawing) -> tuple[float, float]:
    seen: NDArray[np.bool_] = np.any(drawing.pieces[..., 3] > 8, axis=0)
    width, height = Box.where(seen).size
    return width / len(seen), height / len(seen)


def _placed(drawing: Drawing, index: int) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Hinge, axis and reach of the rear (0) or front (2) piece; of none: the centre, across, 1."""
    piece = drawing.rear if index == 0 else drawing.front
    if piece is None:
        return (0.0, 0.0), (1.0, 0.0), 1.0
    hinge = (2 * piece.pivot[0] - 1, 2 * piece.pivot[1] - 1)
    y, x = np.nonzero(drawing.pieces[index, ..., 3] > 80)
    size = drawing.pieces.shape[1]
    along = ((2 * x + 1) / size - 1 - hinge[0]) * piece.axis[0] + ((2 * y + 1) / size - 1 - hinge[1]) * piece.axis[1]
    return hinge, piece.axis, max(float(along.max()) if len(along) else 0.0, 0.1)


def part_kinds(piece: Piece | None) -> tuple[int, ...]:
    """Indices of the motions that suit a piece."""
    return () if piece is None else tuple(PART_KINDS.index(kind) for kind in piece.kinds if kind in PART_KINDS)


@dataclass(frozen=True, eq=False)
class Placed:
    """Drawings laid into regions of h x w px; positions in region units."""

    pieces: Tensor  # (b, 3, 4, h, w) float, premultiplied
    hinge: Tensor  # (b, 2, 2)
    axis: Tensor  # (b, 2, 2)
    reach: Tensor  # (b, 2)


def place(library: Library, index: Tensor, height: int, width: int, chance: Tensor, *, plain: bool) -> Placed:
    """Drawings `index` (b,) at a random size, place, tilt and side, by chance (b, 8); plain: flat."""
    ey, ex = extents(height, width)
    edge = torch.ones_like(chance[:, :2])  # (b, 2) half the region
    edge[:, 0], edge[:, 1] = ex, ey
    half = library.half[index]
    fill, freedom = _fill(chance[:, 0], chance[:, 7])
    size = fill * (edge / half).amin(-1)  # (b,) half the square's side in region units
    slack = (edge - size[:, None] * half).clamp(min=0)
    centre = slack * (2 * chance[:, 1:3] - 1) * freedom[:, None]
    tilt = torch.where(chance[:, 3] < 0.4, (chance[:, 4] - 0.5) * 0.3, torch.zeros_like(chance[:, 4]))
    side = torch.where((chance[:, 5] < 0.3) & library.turns[index], -1.0, 1.0)
    forward = _matrix(size, tilt, side)  # (b, 2, 2) square to region
    pieces = library.pieces[index].float() / 255
    pieces = _over(pieces) if plain else pieces
    laid = _laid(pieces, forward, centre, edge, height, width)
    laid = torch.where(chance[:, 6, None, None, None, None] < 0.15, laid[:, :, [1, 2, 0, 3]], laid)  # other colours
    hinge = torch.einsum("bij,bpj->bpi", forward, library.hinge[index]) + centre[:, None]
    axis = F.normalize(torch.einsum("bij,bpj->bpi", forward, library.axis[index]), dim=-1)
    return Placed(laid, hinge, axis, library.reach[index] * size[:, None])


def _fill(where: Tensor, which: Tensor) -> tuple[Tensor, Tensor]:
    """The share of the region that an object fills and how far it may leave the middle, (b,) each.

    Regions that nobody asks for are the opaque box and a margin: there it fills 1/1.5 to 1/1.25, in the middle. Regions
    of a layout fit as they will.
    """
    usual, loose = which < 0.55, which < 0.8
    fill = torch.where(usual, 0.66 + 0.16 * where, torch.where(loose, 0.42 + 0.5 * where, 0.3 + 0.7 * where))
    freedom = torch.where(usual, 0.15, torch.where(loose, 0.8, 1.0))
    return fill, freedom


def _matrix(size: Tensor, tilt: Tensor, side: Tensor) -> Tensor:
    cos, sin = tilt.cos() * size, tilt.sin() * size
    made: Tensor = torch.stack([cos * side, -sin, sin * side, cos], dim=-1).unflatten(-1, (2, 2))
    return made


def _over(pieces: Tensor) -> Tensor:
    """(b, 3, 4, s, s) over one another: (b, 1, 4, s, s)."""
    rear, body, front = pieces.unbind(1)
    behind = body + (1 - body[:, 3:]) * rear
    return (front + (1 - front[:, 3:]) * behind)[:, None]


def _laid(pieces: Tensor, forward: Tensor, centre: Tensor, edge: Tensor, height: int, width: int) -> Tensor:
    """Pieces (b, k, 4, s, s) read at twice the size and halved, so that fine lines do not alias."""
    k = pieces.shape[1]
    back = torch.linalg.inv_ex(forward).inverse
    scale = back * edge[:, None]  # region in -1..1 to square
    theta = torch.cat([scale, -(back @ centre[:, :, None])], dim=-1)  # (b, 2, 3)
    grid = F.affine_grid(theta, [len(pieces), 1, 2 * height, 2 * width], align_corners=False)
    read = F.grid_sample(pieces.flatten(1, 2), grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    made: Tensor = F.avg_pool2d(read, 2).unflatten(1, (k, 4))
    return made
