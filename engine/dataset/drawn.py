"""TDL-Synth as samples for disk: what training makes on the device, with its words and its exact motion."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict, fields
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..alpha import unpremultiply
from ..geometry import Box
from ..model.config import BODY, RATE
from ..model.field import Track
from . import library, recipes
from .recipes import Recipe
from .synth import Batch, batch
from .tdl import LayerSample, Sample, Source, drawn_source

VERSION = "1"
DRAWINGS = 4  # for each layer that is asked for: enough that objects seldom repeat


def samples(
    count: int,
    seed: int,
    split: Literal["train", "test"],
    device: str,
    *,
    size: int,
    frames: int,
    layers: tuple[int, int],
) -> Iterator[Sample]:
    """`count` scenes of between layers[0] and layers[1] layers, each `size` px wide and high; the same for a seed.

    A third of the scenes of one layer ask a piece of the drawing to move by itself.
    """
    place = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device)
    rng = random.Random(f"{seed} {split} samples")
    drawn = library.build(min(DRAWINGS * count, 2000), seed, split, max(96, size), workers=1)
    source = drawn_source(seed, split, VERSION, count=count, size=size, frames=frames, layers=list(layers))
    moved = drawn.to(place)
    for index in range(count):
        number = rng.randint(*layers)
        apart = number == 1 and rng.random() < 1 / 3
        scene = _scene(drawn, number, rng.randrange(2**31), split, apart=apart)
        told = recipes.tensors([scene], drawn.entries, _no_words).to(place)
        chance = torch.Generator(place).manual_seed(rng.randrange(2**62))
        made = batch(moved, told, size // 16, size // 16, frames, chance, articulated=apart)
        yield _sample(f"{split}-{seed}-{index:06}", made, scene, drawn, source)


def _scene(
    drawn: library.Library, number: int, seed: int, split: Literal["train", "test"], *, apart: bool
) -> tuple[list[Recipe], str, str]:
    if number > 1:
        return recipes.scenes(drawn.entries, number, 1, seed, split)[0]
    return recipes.single(drawn.entries, 1, seed, split, articulated=apart), "unrelated", ""


def _no_words(texts: list[str]) -> Tensor:
    return torch.zeros(len(texts), 1, dtype=torch.int64)


def _sample(
    key: str, made: Batch, scene: tuple[list[Recipe], str, str], drawn: library.Library, source: Source
) -> Sample:
    wanted, _, prompt = scene
    long = round(made.clip.still.shape[-1] / float((made.region[0, :, 2:] - made.region[0, :, :2]).amax()))
    layers = tuple(
        LayerSample(
            drawn.entries[recipe.drawing].noun,
            recipe.prompt,
            _pixels(made.clip.still[index : index + 1])[0],
            _pixels(made.clip.frames[index]),
            _box(made.region[0, index], long),
            truth={"wish": asdict(recipe.wish), "tracks": _tracks(made.clip.track, index)},
        )
        for index, recipe in enumerate(wanted)
    )
    return Sample(key, (long, long), Fraction(RATE), layers, prompt, bool(made.loop[0] > 0), source)


def _pixels(frames: Tensor) -> NDArray[np.uint8]:
    """Premultiplied (t, 4, h, w) as straight (t, h, w, 4)."""
    straight = np.stack([unpremultiply(f) for f in frames.float().cpu().numpy()])
    return (straight.clip(0, 1) * 255).round().astype(np.uint8).transpose(0, 2, 3, 1).copy()


def _box(region: Tensor, long: int) -> Box:
    x0, y0, x1, y1 = (round(v * long) for v in region.tolist())
    return Box(x0, y0, x1, y1)


def _tracks(track: Track, index: int) -> dict[str, Any]:
    """The body's track in region units: (t, ...) lists."""
    return {f.name: getattr(track, f.name)[index, :, BODY].cpu().numpy().round(5) for f in fields(Track)}
