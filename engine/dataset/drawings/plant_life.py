"""Plants that move: potted plants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .drawing import Drawing
from .paint import Canvas, hinge, pick
from .palettes import darker
from .shapes import box, curve, leaf


def potted_plant(rng: np.random.Generator, size: int) -> Drawing:
    """Leaves that fan out of a pot."""
    c = Canvas(rng, size)
    count, spread = int(rng.integers(4, 9)), float(rng.uniform(50, 95))
    c.on("rear")
    for index, turn in enumerate(np.linspace(-spread, spread, count)):
        length = 0.5 - 0.12 * abs(turn) / spread + float(rng.uniform(-0.04, 0.04))
        tint = darker(c.tone("leaf"), 0.25) if index % 2 else c.tone("leaf")
        blade = leaf(0.5, 0.64, length, float(rng.uniform(0.12, 0.18)), -90 + turn, turn / 400)
        c.shape(blade, tint)
        c.stroke(curve([(0.5, 0.64), blade[12]], closed=False), 0.006, darker(tint, 0.3), alpha=0.6, within=blade)
    c.on("body")
    half = float(rng.uniform(0.14, 0.2))
    c.shape(
        [(0.5 - half, 0.64), (0.5 + half, 0.64), (0.5 + half * 0.7, 0.95), (0.5 - half * 0.7, 0.95)], c.tone("clay")
    )
    c.shape(box(0.47 - half, 0.6, 0.53 + half, 0.68, 0.02), darker(c.tone("clay"), 0.12))
    noun = pick(rng, "potted plant", "houseplant", "plant in a pot", "green plant")
    return c.finish("potted plant", noun, rear=hinge("leaves", ("swing", "wave"), (0.5, 0.64), (0.5, 0.2)), rooted=True)


FAMILIES: dict[str, Callable[[np.random.Generator, int], Drawing]] = {"potted plant": potted_plant}
