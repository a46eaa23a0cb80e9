"""Objects drawn by our own code, many designs a family: what the motion model is trained and judged on.

A family is one function from a random generator and a size in px to a Drawing; each module's FAMILIES names its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np

from ...errors import UsageError
from . import (
    animals,
    creatures,
    devices,
    emblems,
    figures,
    food,
    hanging,
    interface,
    joined,
    machines,
    objects,
    ornaments,
    outdoors,
    particles,
    places,
    plant_life,
    products,
    surfaces,
    words,
)
from .drawing import Drawing, Piece, flat

Family = Callable[[np.random.Generator, int], Drawing]

# With a piece that moves, and without.
ARTICULATED: dict[str, Family] = {
    **plant_life.FAMILIES,
    **hanging.FAMILIES,
    **creatures.FAMILIES,
    **machines.FAMILIES,
    **animals.FAMILIES,
    **figures.FAMILIES,
    **devices.FAMILIES,
    **outdoors.FAMILIES,
}
_WHOLE: dict[str, Family] = {
    **words.FAMILIES,
    **objects.FAMILIES,
    **interface.FAMILIES,
    **emblems.FAMILIES,
    **ornaments.FAMILIES,
    **products.FAMILIES,
    **food.FAMILIES,
    **places.FAMILIES,
    **surfaces.FAMILIES,
    **particles.FAMILIES,
}
# A car in one piece is another family than the car whose aerial moves.
PLAIN: dict[str, Family] = {f"plain {name}" if name in ARTICULATED else name: f for name, f in _WHOLE.items()}
# Of many small things: no autoencoder at this scale keeps them sharp, so their scores are reported apart.
PARTICLES: frozenset[str] = frozenset(particles.FAMILIES)
FAMILIES: dict[str, Family] = {**ARTICULATED, **PLAIN}

# With letters or figures, which are never mirrored.
LETTERED: frozenset[str] = frozenset({
    *words.FAMILIES, *interface.FAMILIES, *emblems.FAMILIES,
    "book", "bottle", "can", "perfume", "handbag", "t shirt", "truck", "hanging sign",
})  # fmt: skip
# Never trained on: adherence to prompts is judged on these. Each has relatives among the others.
HELD_OUT: frozenset[str] = frozenset({
    "sunflower", "windsock", "dog", "octopus", "pinwheel",
    "monogram", "price tag", "donut", "ghost", "ice cream",
    "notification", "app icon", "seal", "ticket", "shoe", "avocado", "lighthouse", "penguin", "paper scrap",
    "glass panel", "sparks", "puddle",
})  # fmt: skip


def families(split: Literal["train", "test"]) -> tuple[str, ...]:
    """Names of the families to train on, or of those kept for judging."""
    return tuple(name for name in FAMILIES if (name in HELD_OUT) == (split == "test"))


def draw(family: str, seed: int, size: int = 256) -> Drawing:
    """One design of a family, the same on every machine. Raises UsageError for a family that is not there."""
    if family not in FAMILIES:
        raise UsageError(f"unknown family of drawings {family!r}", hint="choose one of: " + ", ".join(sorted(FAMILIES)))
    rng = np.random.default_rng([zlib.crc32(family.encode()), seed])
    return replace(FAMILIES[family](rng, size), family=family)


def draw_joined(seed: int, size: int, split: Literal["train", "test"] = "train") -> Drawing:
    """A drawing of one family with a part that it was not designed with, the same on every machine."""
    rng = np.random.default_rng([zlib.crc32(joined.FAMILY.encode()), seed])
    usable = [name for name in families(split) if name not in LETTERED | PARTICLES]
    base, rider = (draw(str(rng.choice(usable)), int(rng.integers(2**31)), size) for _ in range(2))
    return joined.join(rng, size, base, rider)


__all__ = [
    "ARTICULATED",
    "FAMILIES",
    "HELD_OUT",
    "LETTERED",
    "PARTICLES",
    "PLAIN",
    "Drawing",
    "Piece",
    "draw",
    "draw_joined",
    "families",
    "flat",
]
