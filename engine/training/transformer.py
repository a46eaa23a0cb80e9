"""The transformer's training: rectified flow on the autoencoder's latents, prompts are dropped now and then."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..dataset.synth import Batch
from ..dataset.truth import latents_of
from ..model.config import STRIDE, TransformerConfig
from ..model.latents import BELONGS, Latents, cut
from ..model.transformer import LayerInput, SceneInput, Transformer
from ..model.words import Words
from .autoencoder import gather, roughened

DROPPED = 0.12  # share of scenes without prompts
CONTINUED = 0.2  # share of scenes whose first frames are given
CUT = 0.15  # share of lessons that begin in the midst of a clip, as later windows of long ones do
LEAST = 0.1  # deviation of a latent that hardly ever moves
BELONGING = 6.0  # weight of the channels that say what belongs to a piece: few of many, and all of it moves by them
BLUR = 0.06  # deviation of the noise on word vectors, so that near words mean the same


@dataclass(frozen=True, eq=False)
class Lesson:
    """Latents of a step's scenes and what is told of them."""

    latents: tuple[Latents, ...]  # a layer each, normalised
    scene: SceneInput


@torch.no_grad()
def lesson(
    batches: Sequence[Batch], model: Transformer, words: Words, chance: torch.Generator, dropped: float = DROPPED
) -> Lesson:
    """The exact latents of clips; words looked up, those of a share `dropped` left out; some first frames given."""
    layers = batches[0].layers
    clip = gather(batches)
    latents = latents_of(clip, model.config.token_latents)
    first = _first(latents.parts.shape[1], random.Random(chance.initial_seed()))
    split = _by_layer(model.normalised(cut(latents, STRIDE * first)), layers)
    device, (b, frames) = clip.still.device, split[0].parts.shape[:2]
    told = torch.rand(b, 1, 1, device=device, generator=chance) >= dropped
    prompts = torch.cat([batch.words for batch in batches])  # (b, l, m)
    scene_ids = torch.cat([batch.scene for batch in batches])
    given = given_frames(b, frames, chance, device, always=first > 0)
    loop = torch.cat([batch.loop for batch in batches])
    strength = torch.cat([batch.strength for batch in batches])
    region = torch.cat([batch.region for batch in batches])
    stills = clip.still.unflatten(0, (b, layers))
    said = roughened(latents.tokens[:, :1], chance)[:, 0, ..., -BELONGS:]  # as a segmenter would say it
    belongs = said.unflatten(0, (b, layers))
    inputs = []
    for index in range(layers):
        vectors, mask = looked_up(words, prompts[:, index] * told[:, 0], chance)
        inputs.append(
            LayerInput(
                stills[:, index],
                region[:, index],
                strength[:, index],
                loop,
                vectors,
                mask,
                split[index],
                given,
                belongs[:, index],
            )
        )
    vectors, mask = looked_up(words, scene_ids * told[:, 0], chance)
    order = torch.arange(layers, device=loop.device)
    return Lesson(tuple(split), SceneInput(tuple(inputs), vectors, mask, order))


def _first(frames: int, chance: random.Random) -> int:
    """The latent frame at which a lesson begins: mostly the clip's own first. Drawn by the host: it may not wait."""
    return 1 + chance.randrange(frames // 2) if frames >= 6 and chance.random() < CUT else 0


def _by_layer(latents: Latents, layers: int) -> list[Latents]:
    tokens = latents.tokens.unflatten(0, (-1, layers))
    parts = latents.parts.unflatten(0, (-1, layers))
    return [Latents(tokens[:, i], parts[:, i]) for i in range(layers)]


def given_frames(b: int, frames: int, chance: torch.Generator, device: torch.device, *, always: bool) -> Tensor:
    """(b, f): 1 for a random beginning of some scenes, or of all; the rest is to be made."""
    count = 1 + torch.randint(max(frames // 2, 1), (b, 1), device=device, generator=chance)
    continued = torch.rand(b, 1, device=device, generator=chance) < (1.0 if always else CONTINUED)
    return ((torch.arange(frames, device=device) < count) & continued).float()


def looked_up(words: Words, ids: Tensor, chance: torch.Generator) -> tuple[Tensor, Tensor]:
    """Vectors (b, m, v), slightly blurred, and where there is a word (b, m)."""
    vectors = words.vectors[ids]
    noise = torch.randn(vectors.shape, device=ids.device, generator=chance)
    return vectors + BLUR * noise, ids > 0


class TransformerTask(nn.Module):
    """A lesson in, its losses out."""

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, lesson: Lesson) -> dict[str, Tensor]:
        device = lesson.latents[0].parts.device
        b = len(lesson.latents[0].parts)
        sigma = torch.sigmoid(torch.randn(b, device=device) + 0.2)
        noises = [Latents(torch.randn_like(x.tokens), torch.randn_like(x.parts)) for x in lesson.latents]
        noisy = [_mixed(x, n, sigma) for x, n in zip(lesson.latents, noises, strict=True)]
        velocity = self.model(noisy, sigma, lesson.scene)
        made = 1 - lesson.scene.layers[0].given  # (b, f)
        weight = channel_weights(self.model.config, device)
        tokens: Tensor | float = sum(
            mean_square(v.tokens, n.tokens - x.tokens, made, weight)
            for v, n, x in zip(velocity, noises, lesson.latents, strict=True)
        )
        parts = sum(
            mean_square(v.parts, n.parts - x.parts, made)
            for v, n, x in zip(velocity, noises, lesson.latents, strict=True)
        )
        layers = len(lesson.latents)
        return {
            "loss": torch.as_tensor(tokens + parts) / layers,
            "tokens": torch.as_tensor(tokens).detach() / layers,
            "parts": torch.as_tensor(parts).detach() / layers,
        }


def channel_weights(config: TransformerConfig, device: torch.device) -> Tensor:
    """(c,) of the loss, of mean 1: what is told need not be found."""
    weight = torch.ones(config.token_latents, device=device)
    weight[-BELONGS:] = 0.0 if config.told_pieces else BELONGING
    return weight / weight.mean()


def _mixed(data: Latents, noise: Latents, sigma: Tensor) -> Latents:
    s = sigma[:, None, None, None]
    return Latents(
        (1 - s[..., None]) * data.tokens + s[..., None] * noise.tokens, (1 - s) * data.parts + s * noise.parts
    )


def mean_square(found: Tensor, truth: Tensor, made: Tensor, weight: Tensor | float = 1.0) -> Tensor:
    """Mean square over frames that are to be made: (b, f, ..., c), with a weight (c,) a channel."""
    square = ((found - truth).square() * weight).flatten(2).mean(2)
    return (square * made).sum() / made.sum().clamp(min=1)


@torch.no_grad()
def measure_latents(model: Transformer, latents: Sequence[Latents]) -> None:
    """Means and deviations of these latents, into the model's buffers."""
    tokens = torch.cat([x.tokens.flatten(0, -2) for x in latents])
    parts = torch.cat([x.parts.flatten(0, 1) for x in latents])
    model.token_mean.copy_(tokens.mean(0))
    model.token_deviation.copy_(tokens.std(0).clamp(min=LEAST))
    model.part_mean.copy_(parts.mean(0))
    model.part_deviation.copy_(parts.std(0).clamp(min=LEAST))
