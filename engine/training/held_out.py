"""How a network does on what it never trains on: drawings of other families, prompts in other wordings.

This is what a run is watched by. The frozen test set (`engine.evaluation.testset`) is drawn from another seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import torch
from torch import Tensor, nn

from ..dataset.recipes import Recipes
from ..dataset.synth import batch
from ..dataset.truth import Clip
from ..dataset.wish import KINDS
from ..model.autoencoder import Autoencoder
from ..model.field import Field, draw
from ..model.segmenter import Segmenter
from ..model.transformer import Transformer
from ..model.words import Words
from .buckets import Bucket
from .data import Amounts, Source, clips, source
from .report import Pair
from .segmenter import SegmenterTask, sight
from .transformer import TransformerTask, lesson

SIZE = (6, 6, 17)  # patches each way and steps of the clips
LESSONS = Bucket(6, 6, 33, 32)
PIECES = Bucket(6, 6, 1, 128)
SEED = 1_000_003  # added to the run's


class HeldOut:
    """Clips for watching a run, made when they are first asked for."""

    def __init__(self, seed: int, device: torch.device, drawings: int, count: int) -> None:
        """`count` clips of each kind of motion."""
        self.seed, self.device, self.drawings, self.count = seed + SEED, device, drawings, count

    @cached_property
    def data(self) -> Source:
        plain = 2 * self.count * len(KINDS)
        amounts = Amounts(self.drawings, 0, plain, max(8, plain // 8), max(8, plain // 4), 0, ())
        return source(amounts, self.seed, "test", self.device, workers=1)

    def by_kind(self, count: int) -> Iterator[tuple[str, Clip]]:
        """So many clips of each kind that the prompts ask for, then of drawings whose pieces move."""
        for index, kind in enumerate(KINDS):
            chosen = (self.data.plain.kind[:, 0, 0] == index).nonzero()[:, 0][:count]
            if len(chosen):
                yield kind, self._filmed(self.data.plain.at(chosen), index, articulated=False)
        some = torch.arange(count, device=self.device)
        yield "pieces", self._filmed(self.data.articulated.at(some), len(KINDS), articulated=True)

    def _filmed(self, some: Recipes, turn: int, *, articulated: bool) -> Clip:
        chance = torch.Generator(self.device).manual_seed(hash((self.seed, turn)) % 2**62)
        return batch(self.data.library, some, *SIZE, chance, articulated=articulated).clip

    @torch.no_grad()
    def psnr(self, model: nn.Module) -> dict[str, float]:
        """Of each kind: dB of the drawn frames against the true ones, within what the clip covers; and the mean."""
        assert isinstance(model, Autoencoder)
        found = {kind: _psnr(_drawn(model, clip), clip.frames) for kind, clip in self.by_kind(self.count)}
        return {"psnr": sum(found.values()) / len(found), **found}

    @torch.no_grad()
    def pairs(self, model: nn.Module) -> list[Pair]:
        """The first clip of each kind, true and drawn."""
        assert isinstance(model, Autoencoder)
        return [Pair(kind, clip.frames[0], _drawn(model, clip)[0]) for kind, clip in self.by_kind(1)]

    @torch.no_grad()
    def losses(self, model: nn.Module, words: Words) -> dict[str, float]:
        """Mean losses of the transformer over the same lessons and the same noise whenever it is asked."""
        assert isinstance(model, Transformer)
        task, chance = TransformerTask(model), torch.Generator(self.device).manual_seed(self.seed)
        made = clips(self.data, LESSONS, self.seed, 0, 0, 4, filmed=False)
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self.seed)
            found = [task(lesson(batches, model, words, chance)) for batches in made]
        return {name: float(torch.stack([f[name] for f in found]).mean()) for name in found[0]}

    @torch.no_grad()
    def pieces(self, model: nn.Module, words: Words) -> dict[str, float]:
        """The segmenter's losses over the same pictures whenever it is asked."""
        assert isinstance(model, Segmenter)
        task, chance = SegmenterTask(model), torch.Generator(self.device).manual_seed(self.seed)
        found = [task(sight(self.data, words, PIECES, chance, vary=False)) for _ in range(4)]
        return {name: float(torch.stack([f[name] for f in found]).mean()) for name in found[0]}


def _drawn(model: Autoencoder, clip: Clip) -> Tensor:
    """What the network makes of clips: (b, t, 4, h, w)."""
    field = model.decode(model.encode(clip.still, clip.frames).latents, clip.still)
    return draw(field, clip.still) if isinstance(field, Field) else field


def _psnr(drawn: Tensor, truth: Tensor) -> float:
    """Mean over clips of dB, the error counted over the share of the picture that the clip ever covers."""
    covered = (truth[:, :, 3].amax(1) > 0).float().mean((1, 2)).clamp(min=0.05)  # (b,)
    error = (drawn.clamp(0, 1) - truth).square().mean((1, 2, 3, 4)) / covered
    return float((-10 * (error + 1e-10).log10()).mean())
