"""One drawn object with its movable pieces, as every family returns it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Piece:
    """A piece that moves about a hinge."""

    name: str  # noun in prompts: "tail", "minute hand"
    kinds: tuple[str, ...]  # of wish.PART_KINDS: the motions that suit it
    pivot: tuple[float, float]  # hinge, 0..1 of the square, x right, y down
    axis: tuple[float, float]  # unit vector from the hinge along the piece (a flag: from pole to free edge)


@dataclass(frozen=True, eq=False)
class Drawing:
    """A layered object. Rear under body under front gives the drawing; the body is complete under the front."""

    family: str
    noun: str  # what a prompt calls it, lower case, without article: "paper lantern"
    pieces: NDArray[np.uint8]  # (3, s, s, 4) premultiplied RGBA: rear, body, front; unused ones are transparent
    rear: Piece | None = None
    front: Piece | None = None
    hangs: bool = False  # hangs from its top (lantern, sign): swings about the top
    rooted: bool = False  # stands on its foot (plant, candle, tree)


def over(top: NDArray[np.uint8], bottom: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Premultiplied source-over of (..., 4) pictures, rounded to the nearest level."""
    behind = bottom.astype(np.uint16) * (255 - top[..., 3:].astype(np.uint16))
    return (top + (behind + 127) // 255).astype(np.uint8)


def flat(drawing: Drawing) -> NDArray[np.uint8]:
    """The drawing as one picture, (s, s, 4) premultiplied."""
    rear, body, front = drawing.pieces
    return over(front, over(body, rear))
