"""DMDL: one diffusion transformer over the packed latent tokens of all layers of a scene.

Every layer brings its own grid of tokens over its own motion region, at its own scale; all of them attend to each other
through 4D-RoPE over (layer, frame, y, x) with y, x on the common canvas, and each layer's tokens attend to their own
prompt and to the scene's. Source: Animated-ART (CVPR 2026 Findings); rectified flow after Esser et al. 2024.

Shapes: b scenes, l layers, f latent frames, k parts, n all tokens of a scene, d width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .autoencoder import PatchEmbed, latent_times
from .blocks import MLP, Attention, Norm, Turns, precision, zeroed
from .config import PARTS, STRIDE, TransformerConfig
from .field import anchor_of, half_of
from .latents import BELONGS, Latents, with_belonging
from .rope import turns
from .text import TextTower

CANVAS = 32.0  # units of y and x across the canvas's long side


@dataclass(frozen=True, eq=False)
class LayerInput:
    """What is known of one layer before any step (its part of a scene of b)."""

    still: Tensor  # (b, 4, h, w) proxy picture over the region, premultiplied
    region: Tensor  # (b, 4) x0, y0, x1, y1 on the canvas, whose long side is 1
    strength: Tensor  # (b,)
    loop: Tensor  # (b,) 1 where the clip must close
    prompt: Tensor  # (b, m, v) word vectors
    words: Tensor  # (b, m) true where there is a word
    known: Latents  # latents of frames that are given
    given: Tensor  # (b, f) 1 for those frames
    belongs: Tensor | None = None  # (b, gh, gw, BELONGS) of rear and front, for networks that are told (told_pieces)


@dataclass(frozen=True, eq=False)
class SceneInput:
    layers: tuple[LayerInput, ...]
    prompt: Tensor  # (b, m, v) of the whole scene
    words: Tensor  # (b, m)
    order: Tensor  # (l,) place of each layer in the stack, from the back


def untold(told: SceneInput) -> SceneInput:
    """The same scene of which nobody says anything, as training drops prompts: no vector, no word."""
    layers = tuple(
        replace(layer, prompt=torch.zeros_like(layer.prompt), words=torch.zeros_like(layer.words))
        for layer in told.layers
    )
    return replace(told, layers=layers, prompt=torch.zeros_like(told.prompt), words=torch.zeros_like(told.words))


def stacked(scenes: Sequence[SceneInput]) -> SceneInput:
    """Scenes of one shape and stacking as one batch; texts are padded to the longest."""
    layers = []
    for same in zip(*(scene.layers for scene in scenes), strict=True):
        plain = {
            name: torch.cat([getattr(layer, name) for layer in same])
            for name in ("still", "region", "strength", "loop", "given")
        }
        prompt, words = _texts([(layer.prompt, layer.words) for layer in same])
        known = Latents(
            torch.cat([layer.known.tokens for layer in same]), torch.cat([layer.known.parts for layer in same])
        )
        told = [layer.belongs for layer in same if layer.belongs is not None]
        belongs = torch.cat(told) if told else None
        layers.append(LayerInput(**plain, prompt=prompt, words=words, known=known, belongs=belongs))
    prompt, words = _texts([(scene.prompt, scene.words) for scene in scenes])
    return replace(scenes[0], layers=tuple(layers), prompt=prompt, words=words)


def _texts(told: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    longest = max(words.shape[1] for _, words in told)
    vectors = [F.pad(vector, (0, 0, 0, longest - vector.shape[1])) for vector, _ in told]
    words = [F.pad(word, (0, longest - word.shape[1])) for _, word in told]
    return torch.cat(vectors), torch.cat(words)


@dataclass(frozen=True, eq=False)
class Prepared:
    """All that does not change from step to step of sampling."""

    tokens: Tensor  # (b, n, d): still pictures, places, what is given
    turns: Turns  # (b, 1, n, head / 2)
    context: Tensor  # (b, c, d) words of all layers and of the scene
    mask: Tensor  # (b, 1, 1 or n, c): which words a token may read
    told: Tensor  # (b, l, d): prompt, strength, loop, scale of each layer
    layer: Tensor  # (n,) the layer of each token
    belongs: tuple[Tensor, ...]  # (b, gh, gw, BELONGS) of each layer, normalised; none where nothing is told
    grids: tuple[tuple[int, int], ...]
    frames: int


class Transformer(nn.Module):
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.text = TextTower(config.text, d)
        self.scene = nn.Parameter(torch.randn(d) * 0.02)  # marks words of the scene's prompt
        self.embed_still = PatchEmbed(4, d)
        self.embed_tokens = nn.Linear(2 * config.token_latents + 1, d)
        self.embed_parts = nn.Linear(2 * config.part_latents + 1, d)
        self.part = nn.Parameter(torch.randn(PARTS, d) * 0.02)
        self.facts = nn.Sequential(nn.Linear(9, d), nn.SiLU(), nn.Linear(d, d))
        self.sigma = nn.Sequential(nn.Linear(256, d), nn.SiLU(), nn.Linear(d, d))
        self.modulation = zeroed(nn.Linear(d, 6 * d))
        self.blocks = nn.ModuleList(DiTBlock(d, config.heads, config.ratio) for _ in range(config.depth))
        self.last = zeroed(nn.Linear(d, 2 * d))
        self.to_tokens = zeroed(nn.Linear(d, config.token_latents))
        self.to_parts = zeroed(nn.Linear(d, config.part_latents))
        for name, shape in (("token", (config.token_latents,)), ("part", (PARTS, config.part_latents))):
            self.register_buffer(f"{name}_mean", torch.zeros(shape))
            self.register_buffer(f"{name}_deviation", torch.ones(shape))

    token_mean: Tensor
    token_deviation: Tensor
    part_mean: Tensor
    part_deviation: Tensor

    def normalised(self, latents: Latents) -> Latents:
        """The autoencoder's latents at mean 0, deviation 1 a channel: what is noised and denoised."""
        return Latents(
            (latents.tokens - self.token_mean) / self.token_deviation,
            (latents.parts - self.part_mean) / self.part_deviation,
        )

    def restored(self, latents: Latents) -> Latents:
        """Inverse of `normalised`."""
        return Latents(
            latents.tokens * self.token_deviation + self.token_mean,
            latents.parts * self.part_deviation + self.part_mean,
        )

    def forward(self, noisy: Sequence[Latents], sigma: Tensor, scene: SceneInput) -> list[Latents]:
        """Velocity (noise minus data) of every layer's latents at sigma (b,)."""
        return self.velocity(noisy, sigma, self.prepare(scene))

    def prepare(self, scene: SceneInput) -> Prepared:
        frames = scene.layers[0].given.shape[1]
        grids = tuple((i.still.shape[-2] // 16, i.still.shape[-1] // 16) for i in scene.layers)
        counts = [frames * (rows * columns + PARTS) for rows, columns in grids]
        layer = torch.cat([scene.order.new_full((n,), index) for index, n in enumerate(counts)])
        ids = [_ids(i, place, frames) for i, place in zip(scene.layers, scene.order, strict=True)]
        cos, sin = turns(torch.cat(ids, dim=1), self.config.axes)  # (b, n, head / 2)
        context, mask, pooled = self._words(scene, layer)
        told = pooled + self.facts(torch.stack([_facts(i) for i in scene.layers], dim=1))
        tokens = torch.cat([self._given(i, frames) for i in scene.layers], dim=1)
        turned = (cos[:, None], sin[:, None])
        return Prepared(tokens, turned, context, mask, told, layer, self._belongs(scene), grids, frames)

    def _belongs(self, scene: SceneInput) -> tuple[Tensor, ...]:
        if not self.config.told_pieces:
            return ()
        mean, deviation = self.token_mean[-BELONGS:], self.token_deviation[-BELONGS:]
        told = [layer.belongs for layer in scene.layers if layer.belongs is not None]
        return tuple((belongs - mean) / deviation for belongs in told)

    def velocity(self, noisy: Sequence[Latents], sigma: Tensor, ready: Prepared) -> list[Latents]:
        if self.config.told_pieces:  # what is told takes the place of noise
            pairs = zip(noisy, ready.belongs, strict=True)
            noisy = [Latents(with_belonging(latents.tokens, told), latents.parts) for latents, told in pairs]
        x = ready.tokens + torch.cat([self._noise(latents) for latents in noisy], dim=1)  # (b, n, d)
        told = F.silu(ready.told + self.sigma(sigma_features(sigma))[:, None])  # (b, l, d)
        base = self.modulation(told)  # (b, l, 6 d)
        for block in self.blocks:
            told_here = _spread((base + block.table).to(precision(x)), ready.layer)
            x = block(x, told_here, ready.turns, ready.context, ready.mask)
        shift, scale = _spread(self.last(told), ready.layer).chunk(2, dim=-1)
        x = F.rms_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale) + shift
        return self._unpack(x, ready)

    def _noise(self, latents: Latents) -> Tensor:
        """The noisy latents alone, (b, f (g + k), d): the rest of the input is in `_given`."""
        c, p = self.config.token_latents, self.config.part_latents
        tokens = latents.tokens.flatten(2, 3) @ self.embed_tokens.weight[:, :c].T
        parts = latents.parts @ self.embed_parts.weight[:, :p].T
        return torch.cat([tokens, parts], dim=2).flatten(1, 2)

    def _given(self, layer: LayerInput, frames: int) -> Tensor:
        """Still picture, place, parts and given latents of one layer: (b, f (g + k), d)."""
        c, p = self.config.token_latents, self.config.part_latents
        given = layer.given[:, :, None, None]  # (b, f, 1, 1)
        known = torch.cat([layer.known.tokens.flatten(2, 3) * given, given.expand(-1, -1, _cells(layer), 1)], dim=-1)
        tokens = F.linear(known, self.embed_tokens.weight[:, c:], self.embed_tokens.bias)
        tokens = tokens + self.embed_still(layer.still, anchor_of(layer.still))[:, None]
        known = torch.cat([layer.known.parts * given, given.expand(-1, -1, PARTS, 1)], dim=-1)
        parts = F.linear(known, self.embed_parts.weight[:, p:], self.embed_parts.bias) + self.part
        return torch.cat([tokens, parts], dim=2).flatten(1, 2)

    def _words(self, scene: SceneInput, layer: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Context (b, l m + m, d), who reads what (b, 1, n, l m + m), and a vector a layer (b, l, d)."""
        own = [self.text(i.prompt, i.words) for i in scene.layers]
        whole = self.text(scene.prompt, scene.words)
        context = torch.cat([*(o.tokens for o in own), whole.tokens + self.scene], dim=1)
        pooled = torch.stack([o.pooled for o in own], dim=1) + whole.pooled[:, None]
        mine = torch.cat([layer.new_full((o.mask.shape[1],), index) for index, o in enumerate(own)])
        readable = torch.cat([*(o.mask for o in own), whole.mask], dim=1)  # (b, c)
        if len(own) == 1:  # all may be read by all
            return context, readable[:, None, None], pooled
        reach = torch.cat([layer[:, None] == mine, layer.new_ones(len(layer), whole.mask.shape[1]).bool()], dim=1)
        return context, (readable[:, None] & reach)[:, None], pooled

    def _unpack(self, x: Tensor, ready: Prepared) -> list[Latents]:
        counts = [ready.frames * (rows * columns + PARTS) for rows, columns in ready.grids]
        latents = []
        for own, (rows, columns) in zip(x.split(counts, dim=1), ready.grids, strict=True):
            own = own.unflatten(1, (ready.frames, -1))  # (b, f, g + k, d)
            tokens = self.to_tokens(own[:, :, :-PARTS]).unflatten(2, (rows, columns))
            latents.append(Latents(tokens.float(), self.to_parts(own[:, :, -PARTS:]).float()))
        return latents


class DiTBlock(nn.Module):
    """Self-attention, words, MLP; scaled and shifted by sigma and by what each layer is told (adaLN-single)."""

    def __init__(self, width: int, heads: int, ratio: int) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.randn(6 * width) / width**0.5)
        self.attention = Attention(width, heads)
        self.norm_words = Norm(width)
        self.words = Attention(width, heads)
        zeroed(self.words.out)
        self.mlp = MLP(width, ratio)

    def forward(self, x: Tensor, told: Tensor, turned: Turns, context: Tensor, mask: Tensor) -> Tensor:
        """x (b, n, d), told (b, 1 or n, 6 d) with `table` added, context (b, c, d), mask (b, 1, 1 or n, c)."""
        shift_a, scale_a, gate_a, shift_m, scale_m, gate_m = told.chunk(6, dim=-1)
        size = x.shape[-1:]
        kind = told.dtype  # the sum x itself stays in full precision
        x = x + gate_a * self.attention(torch.addcmul(shift_a, _normed(x, size, kind), 1 + scale_a), turns=turned)
        x = x + self.words(self.norm_words(x).to(kind), context, mask=mask)
        return x + gate_m * self.mlp(torch.addcmul(shift_m, _normed(x, size, kind), 1 + scale_m))  # type: ignore[no-any-return]  # nn.Module calls are untyped


def _normed(x: Tensor, size: torch.Size, kind: torch.dtype) -> Tensor:
    return F.rms_norm(x, size, eps=1e-6).to(kind)


def _spread(values: Tensor, layer: Tensor) -> Tensor:
    """A vector a layer (b, l, d) for each token (b, n, d); one layer needs no copies."""
    return values if values.shape[1] == 1 else values[:, layer]


def _cells(layer: LayerInput) -> int:
    return (layer.still.shape[-2] // 16) * (layer.still.shape[-1] // 16)


def _facts(layer: LayerInput) -> Tensor:
    """(b, 9): strength, loop, the region's size on the canvas, how many frames, the opaque box within the region."""
    size = torch.log2(layer.region[:, 2:] - layer.region[:, :2]).clamp(-8, 2) / 4  # (b, 2)
    frames = size.new_full((len(size), 1), layer.given.shape[1] / 8)
    told = [layer.strength[:, None], layer.loop[:, None], size, frames, anchor_of(layer.still), half_of(layer.still)]
    return torch.cat(told, dim=-1)


def _ids(layer: LayerInput, place: Tensor, frames: int) -> Tensor:
    """(b, f (g + k), 4) positions: layer, latent frame, y and x on the canvas; parts at the region's centre."""
    b, (rows, columns) = len(layer.region), (layer.still.shape[-2] // 16, layer.still.shape[-1] // 16)
    device = layer.region.device
    y = (torch.arange(rows, device=device) + 0.5) / rows
    x = (torch.arange(columns, device=device) + 0.5) / columns
    unit = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).flatten(0, 1)  # (g, 2)
    unit = torch.cat([unit, unit.new_full((PARTS, 2), 0.5)])
    corner = layer.region[:, None, :2].flip(-1)
    size = layer.region[:, None, 2:].flip(-1) - corner
    canvas = CANVAS * (corner + unit * size)  # (b, g + k, 2)
    times = latent_times(frames, device) / STRIDE
    ids = torch.cat(
        [
            place.float().expand(b, frames, len(unit), 1),
            times[:, None, None].expand(b, -1, len(unit), 1),
            canvas[:, None].expand(-1, frames, -1, -1),
        ],
        dim=-1,
    )
    return ids.flatten(1, 2)


def sigma_features(sigma: Tensor) -> Tensor:
    """Sines and cosines of sigma (b,) in 0..1 as (b, 256)."""
    power = torch.exp(-math.log(1e4) * torch.arange(128, device=sigma.device) / 128)
    angle = 1000 * sigma[:, None] * power
    return torch.cat([angle.cos(), angle.sin()], dim=-1)
