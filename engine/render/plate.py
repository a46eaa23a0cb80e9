"""What a part uncovers when it moves away: the layer without it, completed from what surrounds it, and the part alone.

The "clean plate" of film work. Colours are a membrane between the opaque pixels around; so is coverage, which is then
cut at one half: the outline goes on beneath the part, and nothing grows where the part stood out over nothing. The part
is what the still has and the plate has not (after Smith and Blinn, "Blue screen matting", 1996), so that the one laid
over the other is the still again.

Pictures are premultiplied (4, h, w), float32; mattes, coverages and weights (1, h, w).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..geometry import Box
from ..motion_field import Float32, Part

TRACE = 0.02  # shares of a pixel and coverages below this are none
LEAVES = 0.45  # of a pixel: what has a greater share of it uncovers it
ROUNDS = 2  # of smoothing on each level of a membrane
COARSE = 4  # px a sample of the pictures that tell a part's pixels from its surroundings'
UNSURE = 0.1  # squared difference of colours that tells little
OUTLINE = 0.25  # alpha from which a pixel lies inside the outline
OPAQUE = 1 - 1 / 512  # alpha of a membrane from which it is as good as 1
FLAT = 0.003  # slope of a membrane, a px, below which the cut is no softer
MARGIN = 16  # px around a part from which its surroundings speak
_TINY = 1e-6


def sources(still: Tensor, parts: Sequence[Part]) -> tuple[Tensor, ...]:
    """The picture of each part at rest, back to front: all of them together are the still.

    A front part's lies over what the parts before it make together; the others add up. Raises ValueError for a matte
    of another size than the still.
    """
    mattes = [None if part.matte is None else _tensor(part.matte, still) for part in parts]
    pictures: list[Tensor] = []
    for k in reversed(range(len(parts))):
        matte = mattes[k]
        if matte is not None and parts[k].front:
            picture, still = lifted(still, matte)
            mattes[:k] = _shared(mattes[:k])
        else:
            picture = still if matte is None else still * matte
        pictures.append(picture)
    return tuple(reversed(pictures))


def _tensor(matte: Float32, still: Tensor) -> Tensor:
    if matte.shape != still.shape[1:]:
        raise ValueError(f"a matte of {matte.shape} does not fit a layer of {tuple(still.shape[1:])} pixels")
    return torch.from_numpy(np.ascontiguousarray(matte, np.float32)).to(still.device)[None]


def _shared(mattes: list[Tensor | None]) -> list[Tensor | None]:
    """Mattes that add up to one everywhere, in the proportions they have where there is something of them."""
    given = [matte for matte in mattes if matte is not None]
    if len(given) < 2:
        return [None] * len(mattes)
    each = torch.cat(given)
    total = each.sum(0, keepdim=True)
    filled = membrane(each / total.clamp(min=_TINY), total.clamp(max=1)).clamp(min=0)
    parted = iter((filled / filled.sum(0, keepdim=True).clamp(min=_TINY)).split(1))
    return [None if matte is None else next(parted) for matte in mattes]


def lifted(still: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
    """A part of the still and the plate it leaves: the part over the plate is the still."""
    box = _around(matte)
    if box.is_empty:
        return torch.zeros_like(still), still
    rows, columns = box.slices(Box(0, 0, still.shape[2], still.shape[1]))
    near, share = still[:, rows, columns], _share(still[:, rows, columns], matte[:, rows, columns])
    own, below = _parted(near, _plate(near, share), share)
    part, plate = torch.zeros_like(still), still.clone()
    part[:, rows, columns] = own
    plate[:, rows, columns] = below
    return part, plate


def _around(matte: Tensor) -> Box:
    """Where the part may be, and what surrounds it."""
    _, h, w = matte.shape
    where = matte[0] > TRACE
    rows, columns = (where.any(axis).nonzero().flatten().tolist() for axis in (1, 0))
    if not rows:
        return Box(0, 0, 0, 0)
    inside = Box(columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    return inside.grow(MARGIN + max(inside.size) // 8) & Box(0, 0, w, h)


# --- whose pixels they are --------------------------------------------------------------------------------------------


def _share(still: Tensor, matte: Tensor) -> Tensor:
    """The matte as sharp as the still: a pixel is the part's the more it looks like it and not like what surrounds it.

    Mattes are coarse: around a thin hand they hold as much of the dial as of the hand.
    """
    alpha, straight = still[3:], _straight(still)[:3]
    around = _guessed(straight, alpha * (matte < TRACE))
    own = _guessed(straight, alpha * (matte / matte.max()) ** 4)
    from_around, from_own = ((straight - guess).square().sum(0, keepdim=True) + UNSURE for guess in (around, own))
    ours, theirs = matte * from_around, (1 - matte) * from_own
    share = ours / (ours + theirs)
    return torch.where((matte > TRACE) & (share > LEAVES) & (alpha > 0), share, 0.0)


def _guessed(values: Tensor, weight: Tensor) -> Tensor:
    """A membrane over `values`, coarse."""
    _, h, w = values.shape
    pad = (0, -w % COARSE, 0, -h % COARSE)
    held = F.avg_pool2d(F.pad(weight, pad), COARSE)
    means = F.avg_pool2d(F.pad(values * weight, pad), COARSE) / held.clamp(min=_TINY)
    wide = F.interpolate(membrane(means, held)[None], scale_factor=COARSE, mode="bilinear")[0]
    return wide[:, :h, :w]


def _straight(rgba: Tensor) -> Tensor:
    return torch.cat([rgba[:3] / rgba[3:].clamp(min=_TINY), rgba[3:]])


# --- the plate --------------------------------------------------------------------------------------------------------


def _plate(still: Tensor, share: Tensor) -> Tensor:
    """The still, completed where the part has a share, nowhere covering more than it."""
    alpha = still[3:]
    gone = F.max_pool2d((share > 0).to(still.dtype), 3, 1, 1) > 0
    filled = membrane(_straight(still), alpha * ~gone)
    # what is empty although the part is gone from it was empty before
    known = ~gone | (alpha < TRACE)
    inside = _cut(membrane((alpha / OUTLINE).clamp(max=1), known.to(still.dtype)))
    opaque = filled[3:].masked_fill(filled[3:] > OPAQUE, 1.0)
    covered = torch.minimum(opaque * inside, alpha)
    return torch.where(gone, torch.cat([filled[:3] * covered, covered]), still)


def _cut(coverage: Tensor) -> Tensor:
    """The inside of the contour at one half, with an edge one pixel soft."""
    around = F.pad(coverage, (1, 1, 1, 1), mode="replicate")
    across, down = around[:, 1:-1, 2:] - around[:, 1:-1, :-2], around[:, 2:, 1:-1] - around[:, :-2, 1:-1]
    slope = (across.square() + down.square()).sqrt() / 2
    return ((coverage - 0.5) / slope.clamp(min=FLAT) + 0.5).clamp(0, 1)


def _parted(still: Tensor, plate: Tensor, share: Tensor) -> tuple[Tensor, Tensor]:
    """The part, and the plate over which it is the still.

    still = part + through * plate, where through is what the part lets pass, and no colour of the part is less than
    none or more than its alpha. Where that cannot be, in a still that lets light pass, the plate gives way.
    """
    alpha, cover = still[3:], plate[3:]
    room = torch.minimum(_times(still[:3], plate[:3]), _times(alpha - still[:3], cover - plate[:3]))
    most = torch.minimum(room.amin(0, keepdim=True), 1 - share)
    wanted = torch.where(cover < 1 - _TINY, (1 - alpha) / (1 - cover).clamp(min=_TINY), 1.0)
    through = torch.minimum(wanted, most).clamp(0, 1)
    part = (still - through * plate).clamp(min=0)
    given_way = through * plate / (1 - part[3:]).clamp(min=_TINY)
    return part, torch.where((alpha < 1) & (through < wanted), given_way, plate)


def _times(whole: Tensor, piece: Tensor) -> Tensor:
    """How many times a piece goes into the whole; often where it is nothing."""
    return (whole / piece).masked_fill_(piece < _TINY, 2.0)


def membrane(values: Tensor, weight: Tensor) -> Tensor:
    """Values (c, h, w) where their weight is 1; elsewhere as smooth a surface between them as may be.

    Push-pull (Gortler et al., "The Lumigraph", 1996), whose levels are relaxed towards Laplace's equation.
    """
    _, h, w = values.shape
    if min(h, w) <= 2:
        mean = (values * weight).sum((1, 2), keepdim=True) / weight.sum().clamp(min=_TINY)
        return values * weight + mean * (1 - weight)
    if bool((weight >= 1).all()):
        return values
    pad = (0, w % 2, 0, h % 2)
    held = F.avg_pool2d(F.pad(weight, pad), 2)
    means = F.avg_pool2d(F.pad(values * weight, pad), 2) / held.clamp(min=_TINY)
    coarse = F.interpolate(membrane(means, held)[None], scale_factor=2, mode="bilinear")[0, :, :h, :w]
    made = coarse.lerp(values, weight)
    free = weight <= 0
    for _ in range(ROUNDS):
        around = F.pad(made, (1, 1, 1, 1), mode="replicate")
        total = around[:, 1:-1, :-2] + around[:, 1:-1, 2:]
        total += around[:, :-2, 1:-1]
        total += around[:, 2:, 1:-1]
        made = torch.where(free, total.div_(4), made)
    return made
