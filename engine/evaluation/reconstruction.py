"""How well the autoencoder gives back what it was shown: clips of the frozen test set, by kind of motion.

A figure is the mean over clips of each clip's PSNR or SSIM, as `likeness` takes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..backends.dmdl_files import find_weights, load_networks
from ..dataset import recipes
from ..dataset.drawings import PARTICLES
from ..dataset.library import Library
from ..dataset.recipes import Recipe
from ..dataset.synth import Batch, batch
from ..dataset.truth import Clip, latents_of
from ..dataset.wish import BASIC
from ..model.autoencoder import Autoencoder
from ..model.field import draw
from ..model.polish import polished
from ..pictures import choose_device
from .likeness import Likeness, likenesses
from .testset import TestSet, digest, frozen

SOFT = frozenset({"wave", "jelly"})
CLIPS = 16  # that go through the networks together
EACH = 48  # clips of a kind at most; the test set has about 35


@dataclass(frozen=True)
class Score:
    """One clip."""

    kind: str  # of wish.KINDS; "part" where a piece moves by itself
    particles: bool
    like: Likeness


def scores(
    model: Autoencoder, tests: TestSet, each: int, turns: int, device: torch.device, steps: int = 17
) -> Iterator[Score]:
    """`each` clips of every basic kind and as many with moving pieces, of 96 px and `steps` motion steps.

    `turns` of polishing follow the encoder (0: none; -1: exact latents instead, for the decoder alone).
    """
    model = model.to(device).eval()
    drawn = tests.library.to(device)
    for kind in (*BASIC, "part"):
        chosen = _chosen(tests, kind, each)
        for start in range(0, len(chosen), CLIPS):
            some = chosen[start : start + CLIPS]
            made = _made(tests, some, drawn, steps, seed=start, apart=kind == "part")
            frames = _again(model, made.clip, turns)
            for recipe, like in zip(some, likenesses(frames, made.clip.frames), strict=True):
                yield Score(kind, drawn.entries[recipe.drawing].family in PARTICLES, like)


def _chosen(tests: TestSet, kind: str, each: int) -> list[Recipe]:
    if kind == "part":
        return tests.articulated[:each]
    fits = [r for r in tests.plain if len(r.wish.actions) == 1 and r.wish.actions[0].kind == kind]
    return fits[:each]


def _made(tests: TestSet, some: list[Recipe], drawn: Library, steps: int, *, seed: int, apart: bool) -> Batch:
    packed = recipes.tensors([([r], "unrelated", "") for r in some], drawn.entries, _no_words)
    device = drawn.pieces.device
    chance = torch.Generator(device).manual_seed(seed)
    return batch(drawn, packed.to(device), 6, 6, steps, chance, articulated=apart)


def _no_words(texts: list[str]) -> Tensor:
    return torch.zeros(len(texts), 1, dtype=torch.int64)


def _again(model: Autoencoder, clip: Clip, turns: int) -> Tensor:
    if turns >= 0:
        return rebuilt(model, clip.still, clip.frames, turns)
    with torch.no_grad():
        return draw(model.decode(latents_of(clip, model.config.token_latents), clip.still), clip.still)


def rebuilt(model: Autoencoder, still: Tensor, frames: Tensor, turns: int) -> Tensor:
    """Frames (b, t, 4, h, w) encoded beside their still layer (b, 4, h, w), polished `turns` times, and decoded."""
    with torch.no_grad():
        latents = model.encode(still, frames).latents
    if turns > 0:
        latents = polished(model, still, frames, latents, turns)
    with torch.no_grad():
        return draw(model.decode(latents, still), still)


# --- sums, as `art evaluate autoencoder` prints them ------------------------------------------------------------------


def rebuild(weights: str, device: str, each: int | None, turns: int) -> dict[str, Any]:
    """Mean PSNR (dB) and SSIM of colour over grey and of alpha inside the dilated coverage, as plain data.

    `each`: clips of a kind, all where None; `turns`: of polishing after the encoder, -1 for exact latents.
    Raises MissingInput and Unavailable for weights that are not there.
    """
    place = torch.device(choose_device(device))
    model = load_networks(find_weights(weights)).autoencoder
    tests = frozen()
    found = list(scores(model, tests, each or EACH, turns, place))
    return {"weights": weights, "turns": turns, "test set": digest(tests), **summed(found)}


def summed(found: Iterable[Score]) -> dict[str, Any]:
    """Means by group (rigid, soft, parts, particles; "all" without particles) and by kind."""
    groups: dict[str, list[Score]] = {"all": [], "rigid": [], "soft": [], "parts": [], "particles": []}
    kinds: dict[str, list[Score]] = {}
    for score in found:
        if score.particles:
            groups["particles"].append(score)
            continue
        groups["all"].append(score)
        groups["parts" if score.kind == "part" else "soft" if score.kind in SOFT else "rigid"].append(score)
        kinds.setdefault(score.kind, []).append(score)
    return {
        "groups": {name: _means(scores) for name, scores in groups.items() if scores},
        "kinds": {name: _means(scores) for name, scores in kinds.items()},
    }


def _means(some: list[Score]) -> dict[str, float]:
    return {"clips": len(some), **means([s.like for s in some])}


def means(some: Sequence[Likeness]) -> dict[str, float]:
    """Means over clips: dB with two decimals, SSIM with four."""
    digits = {"rgb": 2, "alpha": 2, "rgb_ssim": 4, "alpha_ssim": 4}
    return {name: round(float(np.mean([getattr(s, name) for s in some])), kept) for name, kept in digits.items()}
