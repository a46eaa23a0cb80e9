"""What a gallery plays motions on: a layer of a design, else a robot that art draws; for the camera with a scenery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..alpha import unpremultiply
from ..composite import rest
from ..dataset.drawings import draw, flat
from ..document import Document, Layer
from ..errors import BadInput, UsageError, Where
from ..geometry import Box
from ..layout.match import find_one
from ..sheets import is_light, reduced

Pixels = NDArray[np.uint8]
_FILLS = (0.66, 0.60)  # width and height of the figure, shares of the square: motion needs room
_VISIBLE = 1 / 255


@dataclass(frozen=True, eq=False)
class Figure:
    """A layer at rest: premultiplied (4, h, w) without transparent margins, and how a layout names it."""

    path: str
    rgba: torch.Tensor

    @property
    def light(self) -> bool:
        return is_light([self.rgba])


def built_in() -> Figure:
    """A robot that waves: straight edges show every bend, the raised arm which way it is turned."""
    return Figure("Hero", _trimmed(_drawn("robot", 1, 512)))


def figure_of(document: Document, selector: str) -> Figure:
    """A layer, or a group as one. Raises UsageError for a name that is not there, BadInput for an empty layer."""
    try:
        node = find_one(document, selector)
    except ValueError as error:
        raise UsageError(f"--layer: {error}", hint="`art inspect` shows the layers") from None
    rgba = rest(document, node).rgba
    if not bool((rgba[3] > _VISIBLE).any()):
        where = Where(document.source, layer=node.path)
        raise BadInput("nothing of it can be seen, so there is nothing to move", hint="choose another", where=where)
    return Figure(node.path, _trimmed(rgba))


def alone(figure: Figure, side: int) -> Document:
    """The figure in the middle of a square canvas of `side` px."""
    return _document([_placed(figure, side)], side)


def in_scenery(figure: Figure, side: int) -> Document:
    """The figure in a landscape with depth, larger than the canvas on all sides, for motions of the camera."""
    layers = [
        _layer("Sky", _sky(side), Box(-side // 4, -side // 4, side + side // 4, side + side // 4)),
        _prop("mountain", 8, "Mountain", (0.64, 0.56), 0.72, side),
        _prop("cloud", 11, "Cloud", (0.20, 0.20), 0.34, side),
        _layer("Meadow", _meadow(side), Box(-side // 4, side * 3 // 4, side + side // 4, side + side // 4)),
        _prop("tree", 11, "Tree", (0.16, 0.62), 0.40, side),
        _placed(figure, side),
        _prop("flower", 4, "Flower left", (0.08, 0.90), 0.42, side),
        _prop("flower", 8, "Flower right", (0.91, 0.92), 0.50, side),
    ]
    return _document(layers, side)


def _document(layers: Sequence[Layer], side: int) -> Document:
    return Document(source=Path("gallery"), format="drawn", size=(side, side), children=tuple(layers))


def _placed(figure: Figure, side: int) -> Layer:
    return _middled(
        figure.path, reduced(figure.rgba, (round(_FILLS[0] * side), round(_FILLS[1] * side))), (0.5, 0.5), side
    )


def _prop(family: str, seed: int, name: str, centre: tuple[float, float], share: float, side: int) -> Layer:
    most = max(1, round(share * side))
    return _middled(name, reduced(_trimmed(_drawn(family, seed, 256)), (most, most)), centre, side)


def _middled(path: str, rgba: torch.Tensor, centre: tuple[float, float], side: int) -> Layer:
    height, width = rgba.shape[1:]
    x, y = round(centre[0] * side - width / 2), round(centre[1] * side - height / 2)
    return _layer(path, _straight(rgba), Box.from_xywh(x, y, width, height))


def _layer(path: str, pixels: Pixels, box: Box) -> Layer:
    load: Callable[[], Pixels] = lambda: pixels  # noqa: E731
    return Layer(id=f"#{path}", name=path, path=path, box=box, load=load)


def _drawn(family: str, seed: int, size: int) -> torch.Tensor:
    pixels = flat(draw(family, seed, size))  # (h, w, 4) premultiplied
    return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255


def _trimmed(rgba: torch.Tensor) -> torch.Tensor:
    shown = rgba[3] > _VISIBLE
    rows, columns = (torch.nonzero(shown.any(dim=axis)).flatten() for axis in (1, 0))
    return rgba[:, int(rows[0]) : int(rows[-1]) + 1, int(columns[0]) : int(columns[-1]) + 1]


def _straight(rgba: torch.Tensor) -> Pixels:
    """(h, w, 4) straight of premultiplied (4, h, w)."""
    codes = np.rint(unpremultiply(rgba.clamp(0, 1).numpy()) * 255)
    return codes.astype(np.uint8).transpose(1, 2, 0)


def _sky(side: int) -> Pixels:
    """(h, w, 4): from blue to a warm horizon."""
    height = width = side + 2 * (side // 4)
    down = np.linspace(0, 1, height)[:, None, None]
    colour = np.array([142, 190, 226]) * (1 - down) + np.array([252, 232, 206]) * down
    return np.concatenate([np.broadcast_to(colour, (height, width, 3)), np.full((height, width, 1), 255)], 2).astype(
        np.uint8
    )


def _meadow(side: int) -> Pixels:
    """(h, w, 4): a hill, its edge antialiased."""
    width, height = side + 2 * (side // 4), side + side // 4 - side * 3 // 4
    x, y = np.meshgrid(np.linspace(-1, 1, width), np.arange(height))
    cover = np.clip(y - 0.16 * side * x**2 + 0.5, 0, 1)
    out = np.empty((height, width, 4), np.uint8)
    out[..., :3] = 126, 172, 122
    out[..., 3] = np.rint(255 * cover)
    return out
