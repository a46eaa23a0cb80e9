"""The segmenter's training: which piece of a drawing is meant and where it hinges, which drawings know exactly."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..dataset.recipes import Recipes
from ..dataset.synth import pictures
from ..model.config import BODY, PIECES
from ..model.field import places
from ..model.segmenter import Segmenter, likeliest
from ..model.words import Words
from .buckets import Bucket, choose
from .data import Source, picked
from .transformer import looked_up

NAMED = 0.4  # share of pictures whose prompt speaks of a piece; of the others nothing is meant but the whole
LEAST = 2.0  # cells: a piece that shows less cannot be asked for
HINGE = 0.1  # weight of the hinges' places
SHARP = 1.25  # cells: deviation of a hinge's place


@dataclass(frozen=True, eq=False)
class Sight:
    """Pictures, what is said of them, and what is meant."""

    still: Tensor  # (b, 4, h, w)
    prompt: Tensor  # (b, m, v)
    words: Tensor  # (b, m)
    matte: Tensor  # (b, parts, fine h, fine w)
    weight: Tensor  # (b, 1, fine h, fine w)
    hinge: Tensor  # (b, 2, 2)


def sights(
    data: Source, words: Words, buckets: tuple[Bucket, ...], seed: int, rank: int, first: int = 0
) -> Iterator[Sight]:
    """A step's pictures after another from step `first` on, without end: the same for the same arguments."""
    for step in itertools.count(first):
        chance = torch.Generator(data.library.pieces.device).manual_seed(hash((seed, rank, step, 2)) % 2**62)
        yield sight(data, words, choose(buckets, seed, step), chance, vary=True)


def sight(data: Source, words: Words, bucket: Bucket, chance: torch.Generator, *, vary: bool) -> Sight:
    """Pictures of one grid: of pieces that are named, of motions of the whole, one or two; `vary`: each is unlike."""
    named = round(bucket.batch * NAMED)
    paired = (bucket.batch - named) // 3
    pools = ((data.articulated, named), (data.paired, paired), (data.plain, bucket.batch - named - paired))
    some = _together([picked(pool, count, chance) for pool, count in pools if count])
    made = pictures(data.library, some, bucket.rows, bucket.columns, chance, vary=vary)
    vectors, mask = looked_up(words, made.words, chance)
    return Sight(made.still, vectors, mask, made.matte, made.weight, made.hinge)


def _together(pools: Sequence[Recipes]) -> Recipes:
    return Recipes(**{name: torch.cat([getattr(pool, name) for pool in pools]) for name in vars(pools[0])})


class SegmenterTask(nn.Module):
    """Pictures in, losses out."""

    def __init__(self, model: Segmenter) -> None:
        super().__init__()
        self.model = model

    def forward(self, seen: Sight) -> dict[str, Tensor]:
        logits, hinges = self.model(seen.still, seen.prompt, seen.words)
        cross = -(seen.matte * logits.log_softmax(1)).sum(1, keepdim=True) * seen.weight
        cross = (cross.sum((1, 2, 3)) / seen.weight.sum((1, 2, 3)).clamp(min=1)).mean()
        found, meant = logits.softmax(1), seen.matte
        overlap, there = _dice(found, meant, seen.weight)
        shape = ((1 - overlap) * there).sum() / there.sum().clamp(min=1)
        iou, asked = intersection_over_union(found.detach(), meant, seen.weight)
        told = {
            "loss": cross + 0.5 * shape, "cross": cross.detach(), "shape": shape.detach(),
            "iou": (iou * asked).sum() / asked.sum().clamp(min=1),
        }  # fmt: skip
        if hinges is not None:
            missed, off = _hinged(hinges, seen.hinge, there)
            told |= {"loss": told["loss"] + HINGE * missed, "hinge": off}
        return told


def _hinged(logits: Tensor, hinge: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of hinges' places (b, 2, h, w) and how far off they are, in region units: means over pieces (b, 2)
    that are there.
    """
    h, w = logits.shape[-2:]
    away = (places(h, w, logits.device) - hinge[:, :, None, None]).square().sum(-1)  # (b, 2, h, w)
    wanted = (-away / (2 * (SHARP * 2 / max(h, w)) ** 2)).flatten(2).softmax(-1)
    cross = -(wanted * logits.flatten(2).log_softmax(-1)).sum(-1)
    off = (likeliest(logits.detach()) - hinge).norm(dim=-1)
    count = there.sum().clamp(min=1)
    return (cross * there).sum() / count, (off * there).sum() / count


def _dice(found: Tensor, meant: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Soft overlap of rear and front (b, 2), and whether there is such a piece: small pieces count as large ones."""
    p, m = found[:, PIECES], meant[:, PIECES]
    both = 2 * (p * m * weight).sum((2, 3))
    each = ((p * p + m * m) * weight).sum((2, 3))
    return both / each.clamp(min=1e-3), ((m * weight).sum((2, 3)) > LEAST).float()


def intersection_over_union(found: Tensor, meant: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Of all that is not body, cut at one half (b,), and whether a piece is meant (b,)."""
    one, other = ((1 - shares[:, BODY] > 0.5) & (weight[:, 0] > 0.1) for shares in (found, meant))
    both, either = (one & other).sum((1, 2)).float(), (one | other).sum((1, 2)).float()
    return both / either.clamp(min=1), (other.sum((1, 2)) > LEAST).float()
