"""Who makes the clips of a row: networks, exact motions, or the preset whose words are nearest to the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..backends.dmdl_files import find_weights, load_networks
from ..model.words import Words, load_words
from ..presets import motion_presets
from ..progress import Progress
from .bench import Maker
from .exact import exact
from .filmed import exact_fields
from .generated import generated_all, shuffled
from .takes import Fields, Sampled, Staged, Take, prompted, staged


def by_networks(weights: str, device: str, how: Sampled, progress: Progress, *, broken: bool = False) -> Maker:
    """Our backend's networks, many takes at a time. `broken`: with shuffled weights, a control that must fail.

    Raises MissingInput and Unavailable for weights that are not there.
    """
    networks = load_networks(find_weights(weights))
    networks = (shuffled(networks) if broken else networks).to(device)

    def make(takes: list[Take]) -> Iterator[tuple[Staged, Fields]]:
        return generated_all([prompted(take, how) for take in takes], networks, device, progress)

    return make


def by_exact(takes: list[Take]) -> Iterator[tuple[Staged, Fields]]:
    """What a layout of presets can say exactly; other takes are left out."""
    for take in takes:
        scene = exact(take)
        if scene is not None and take.role != "again":
            yield scene, exact_fields(scene)


# --- the baseline -----------------------------------------------------------------------------------------------------

_FROM = {"right": "left", "left": "right", "down": "top", "up": "bottom"}  # a motion to the right comes from the left


@dataclass(frozen=True)
class Choice:
    """One way to use a preset: an entry of a layout and the words that stand for it."""

    entry: dict[str, Any]
    words: str


def by_nearest_preset() -> Maker:
    """Each layer gets the preset (with slot and direction) whose words are most like its prompt."""
    words, choices = load_words(), _choices()
    meanings = torch.stack([_meaning(choice.words, words) for choice in choices])  # (n, v)

    def make(takes: list[Take]) -> Iterator[tuple[Staged, Fields]]:
        for take in takes:
            layers = {
                layer: choices[int((meanings @ _meaning(prompt, words)).argmax())].entry
                for layer, prompt in take.prompts.items()
            }
            scene = staged(take, layers)
            yield scene, exact_fields(scene)

    return make


def _meaning(text: str, words: Words) -> Tensor:
    """(v,) mean of the text's word vectors, of length 1."""
    vectors = words.vectors[words.ids([text])[0]]
    mean = vectors.mean(0)
    meaning: Tensor = mean / mean.norm().clamp(min=1e-6)
    return meaning


def _choices() -> list[Choice]:
    """Every preset in every slot and direction, and standing still."""
    found = [Choice({"hold": True}, "still, does not move, stays, hold, static, frozen")]
    for name, preset in motion_presets().items():
        told = " ".join([name, preset.summary, *preset.aliases])
        for slot in preset.slots:
            for direction in _directions(name, preset.parameters.get("direction")):
                motion = {"motion": name, **({"direction": direction} if direction else {})}
                found.append(Choice({slot: motion}, " ".join([told, _said(slot, direction)])))
    return found


def _directions(name: str, usual: Any) -> tuple[str, ...]:
    if name == "spin":
        return "clockwise", "counterclockwise"
    return ("left", "right", "up", "down") if name == "slide" and usual is not None else ("",)


def _said(slot: str, direction: str) -> str:
    if slot == "in":
        return f"in, enters, appears {'from the ' + _FROM[direction] if direction in _FROM else direction}"
    if slot == "out":
        return f"out, leaves, disappears {'to the ' + direction if direction in _FROM else direction}"
    return direction
