"""Scenes of chance, and their sampling with and without what may make it faster: what packing.py measures.

The sampling is the backend's for a first window (`engine/backends/dmdl_sample.py`; tests/test_packing.py holds the two
together), written on the networks alone so that it runs where only torch, numpy and safetensors are.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine import sampling
from engine.geometry import Box
from engine.model.autoencoder import Autoencoder
from engine.model.config import PARTS, TransformerConfig, autoencoder_config, transformer_config
from engine.model.field import Field
from engine.model.latents import BELONGS, Latents, with_belonging
from engine.model.transformer import LayerInput, Prepared, SceneInput, Transformer, stacked, untold
from engine.tiling import PATCH, Region, packed, region_for, token_budget
from engine.weights.state import load_state
from flops import Work, decoder_work, velocity_work

BUNDLED = Path(__file__).parents[1] / "engine" / "bundled"
CANVAS = Box(0, 0, 1920, 1080)
SIDES = (0.15, 0.45)  # a layer's long side, of the canvas's
WORDS = 10  # of each prompt


@dataclass(frozen=True, eq=False)
class Networks:
    autoencoder: Autoencoder
    transformer: Transformer
    guidance: float
    above: float  # sigma down to which guidance acts


@dataclass(frozen=True, eq=False)
class Scene:
    """Layers that are generated together, with their words and without any."""

    told: SceneInput
    untold: SceneInput
    noise: sampling.State

    @property
    def grids(self) -> list[tuple[int, int]]:
        return [(rows, columns) for rows, columns in (tokens.shape[2:4] for tokens in self.noise[::2])]

    @property
    def tokens(self) -> int:
        return sum(values.shape[1] * math.prod(values.shape[2:-1]) for values in self.noise)


@dataclass(frozen=True)
class Switches:
    """What may make it faster."""

    tf32: bool = False
    bf16: bool = False
    compiled: bool = False
    graph: bool = False
    paired: bool = True  # with the prompt and without it as one batch of two, as the backend does


def bundled(device: torch.device) -> Networks:
    """The networks that come with art."""
    tensors, told = load_state(BUNDLED / "dmdl-transformer.safetensors")
    transformer = Transformer(transformer_config(told["config"]))
    transformer.load_state_dict(tensors)
    ways = json.loads(told["sampling"])
    tensors, told = load_state(BUNDLED / "dmdl-autoencoder.safetensors")
    autoencoder = Autoencoder(autoencoder_config(told["config"]))
    autoencoder.load_state_dict(tensors)
    for network in (transformer, autoencoder):
        network.to(device).eval().requires_grad_(False)
    return Networks(autoencoder, transformer, ways["guidance"], ways["above"])


# --- scenes -----------------------------------------------------------------------------------------------------------


def boxes(count: int) -> list[Box]:
    """Layers of chance, always the same, on the canvas."""
    chance = random.Random(0)
    made = []
    for _ in range(count):
        long, narrow = chance.uniform(*SIDES) * max(CANVAS.size), chance.uniform(0.5, 1)
        width, height = (long, long * narrow) if chance.random() < 0.5 else (long * narrow, long)
        x, y = chance.uniform(0, CANVAS.width - width), chance.uniform(0, max(0.0, CANVAS.height - height))
        made.append(Box(round(x), round(y), round(x + width), min(round(y + height), CANVAS.height)))
    return made


def groups(layers: Sequence[Box]) -> list[list[Region]]:
    """The tokens' regions, as the backend lays them."""
    some = [[layers[i] for i in group] for group in packed(len(layers))]
    return [[region_for(box, None, CANVAS, token_budget(len(group))) for box in group] for group in some]


def whole_canvas(region: Region) -> Region:
    """Tokens of the same size in px over all of the canvas."""
    rows, columns = (math.ceil(side / region.cell) for side in (CANVAS.height, CANVAS.width))
    return Region(*CANVAS.center, region.cell, rows, columns)


def scene(regions: Sequence[Region], frames: int, config: TransformerConfig, device: torch.device) -> Scene:
    """Pictures, words and noise of chance: what they say does not matter to the clock."""
    chance = torch.Generator().manual_seed(0)
    layers = tuple(_layer(region, frames, config, chance, device) for region in regions)
    values = [torch.randn(v.shape, generator=chance).to(device) for layer in layers for v in _pair(layer.known)]
    words = torch.randn(1, WORDS, config.text.vectors, generator=chance).to(device)
    heard = torch.ones(1, WORDS, dtype=torch.bool, device=device)
    told = SceneInput(layers, words, heard, torch.arange(len(layers), device=device))
    return Scene(told, untold(told), values)


def _layer(
    region: Region, frames: int, config: TransformerConfig, chance: torch.Generator, device: torch.device
) -> LayerInput:
    rows, columns = region.rows, region.columns
    still = torch.rand(1, 4, PATCH * rows, PATCH * columns, generator=chance)
    words = torch.randn(1, WORDS, config.text.vectors, generator=chance)
    tokens = torch.zeros(1, frames, rows, columns, config.token_latents, device=device)
    return LayerInput(
        still=torch.cat([still[:, :3] * still[:, 3:], still[:, 3:]], dim=1).to(device),
        region=torch.tensor([region.corners], device=device) / max(CANVAS.size),
        strength=torch.ones(1, device=device),
        loop=torch.zeros(1, device=device),
        prompt=words.to(device),
        words=torch.ones(1, WORDS, dtype=torch.bool, device=device),
        known=Latents(tokens, torch.zeros(1, frames, PARTS, config.part_latents, device=device)),
        given=torch.zeros(1, frames, device=device),
        belongs=torch.zeros(1, rows, columns, BELONGS, device=device) if config.told_pieces else None,
    )


def _pair(latents: Latents) -> tuple[Tensor, Tensor]:
    return latents.tokens, latents.parts


# --- sampling ---------------------------------------------------------------------------------------------------------


def velocity_of(networks: Networks, group: Scene, ways: Switches) -> sampling.Velocity:
    """The guided velocity of a group, with all that can be prepared done."""
    model, guidance, above = networks.transformer, networks.guidance, networks.above
    told = _evaluation(model, group.told, group.noise, ways)
    if not ways.paired:
        without = _evaluation(model, group.untold, group.noise, ways)
        return sampling.guided(told, without, guidance, above=above)
    both = stacked([group.told, group.untold])
    double = _evaluation(model, both, [torch.cat([v, v]) for v in group.noise], ways)
    return sampling.guided_at_once(told, double, guidance, above=above)


def _evaluation(model: Transformer, told: SceneInput, like: sampling.State, ways: Switches) -> sampling.Velocity:
    ready = model.prepare(told)
    if ways.graph:
        return _recorded(model, ready, like)
    return lambda x, sigma: _slope(model, x, x[0].new_full((len(x[0]),), sigma), ready)


def _slope(model: Transformer, x: sampling.State, sigma: Tensor, ready: Prepared) -> sampling.State:
    noisy = [Latents(tokens, parts) for tokens, parts in zip(x[::2], x[1::2], strict=True)]
    return [values for latents in model.velocity(noisy, sigma, ready) for values in _pair(latents)]


def _recorded(model: Transformer, ready: Prepared, like: sampling.State) -> sampling.Velocity:
    """One evaluation recorded as a CUDA graph: what goes in and comes out stays where it was recorded."""
    held, sigma = [v.clone() for v in like], like[0].new_ones(len(like[0]))
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):  # compilers and libraries settle before anything is recorded
        for _ in range(3):
            _slope(model, held, sigma, ready)
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        made = _slope(model, held, sigma, ready)

    def velocity(x: sampling.State, at: float) -> sampling.State:
        for place, values in zip(held, x, strict=True):
            place.copy_(values)
        sigma.fill_(at)
        graph.replay()
        return [values.clone() for values in made]

    return velocity


def generated(networks: Networks, group: Scene, steps: int, velocity: sampling.Velocity) -> list[Field]:
    """From noise to motion: what is measured."""
    state = sampling.euler(velocity, group.noise, sampling.sigmas(steps))
    made = [networks.transformer.restored(Latents(t, p)) for t, p in zip(state[::2], state[1::2], strict=True)]
    return [_decoded(networks, latents, layer) for latents, layer in zip(made, group.told.layers, strict=True)]


def _decoded(networks: Networks, latents: Latents, layer: LayerInput) -> Field:
    if layer.belongs is not None:
        latents = Latents(with_belonging(latents.tokens, layer.belongs), latents.parts)
    return networks.autoencoder.decode(latents, layer.still)


def work(networks: Networks, group: Scene, steps: int) -> Work:
    """The arithmetic of `generated`, guidance included."""
    frames = group.noise[0].shape[1]
    guided = sum(1 for sigma in sampling.sigmas(steps)[:-1] if networks.guidance != 1 and sigma >= networks.above)
    words = (len(group.grids) + 1) * (WORDS + 1)  # every prompt has a summary, the scene's has one too
    total = velocity_work(networks.transformer.config, group.grids, frames, words).times(steps + guided)
    for grid in group.grids:
        total += decoder_work(networks.autoencoder.config, grid, frames)
    return total


@contextmanager
def precision(device: torch.device, ways: Switches) -> Iterator[None]:
    """Without gradients, in the precision that is asked for."""
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = ways.tf32
    try:
        # no cache: a recorded graph must not read what an earlier cast left
        with torch.autocast(device.type, torch.bfloat16, enabled=ways.bf16, cache_enabled=False), torch.no_grad():
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
