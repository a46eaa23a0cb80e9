"""`art evaluate autoencoder`: what the autoencoder gives back of the frozen test set, by kind and by group of kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from ..backends.dmdl_files import find_weights, load_networks
from ..pictures import choose_device
from .reconstruction import SOFT, Score, scores
from .testset import digest, frozen

EACH = 48  # clips of a kind at most; the test set has about 35


def rebuild(weights: str, device: str, each: int | None, turns: int) -> dict[str, Any]:
    """Mean PSNR (dB) of colour over grey and of alpha inside the dilated coverage, as plain data.

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
    return {
        "clips": len(some), "rgb": round(float(np.mean([s.rgb for s in some])), 2),
        "alpha": round(float(np.mean([s.alpha for s in some])), 2),
    }  # fmt: skip
