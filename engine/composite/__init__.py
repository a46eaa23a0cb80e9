"""Puts a document together, frame after frame: `Compositor` for frames and layer files, `fidelity` for a check.

Painting works pixel by pixel (engine/composite/paint.py), so what never changes is flattened once and a frame repaints
only the boxes that were or are touched.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ..document import Document, Node, clip_base
from ..geometry import Box
from ..still import Device, covered, to_encoded
from ..tile import Tile
from .paint import Painter, Stack, Step, Tiles


def rest(document: Document, node: Node, device: Device = "cpu") -> Tile:
    """A node at rest: its pixels (of a group: its content in isolation) times its masks.

    Its own opacity, fill, blend mode and clipping are left out. Adjustment layers are empty tiles.
    """
    painter = Painter(document, device)
    return painter.leave(painter.rest_tile(node))


class Compositor:
    """Draws frames of one document, some of whose nodes are animated.

    device: where tiles live. animated: ids of layers, or of groups rendered as one, that `frame` gets tiles for.
    background: straight sRGB 0..1 below everything, else transparent. hidden: ids drawn as if switched off.
    """

    def __init__(
        self,
        document: Document,
        *,
        device: Device,
        animated: Collection[str] = (),
        background: tuple[float, float, float, float] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        self.document = document
        self._painter = Painter(document, device, animated, hidden)
        self._animated = frozenset(animated)
        self._background = background
        self._shown: dict[str, Tile] | None = None  # tiles of the previous frame

    @cached_property
    def _plan(self) -> tuple[Tensor, tuple[Step, ...]]:
        """The canvas under the first step that moves, painted once, and the steps from there on."""
        steps = self._painter.steps(self.document.children)
        moving = [index for index, step in enumerate(steps) if isinstance(step, Stack) and step.live]
        first = moving[0] if moving else len(steps)
        floor = self._painter.empty(self.document.canvas)
        if self._background is not None:
            self._painter.flood(floor, self._background)
        if any(isinstance(step, Stack) and step.node.knockout != "none" for step in steps[first:]):
            first = 0  # a knockout needs the canvas as it was before everything
        self._painter.paint(floor, self.document.canvas, steps[:first], {})
        return floor, steps[first:]

    @cached_property
    def _floor_is_opaque(self) -> bool:
        return bool((self._plan[0][3] == 1).all())

    @cached_property
    def _canvas(self) -> Tensor:
        return self._painter.empty(self.document.canvas)

    def frame(self, tiles: Tiles) -> Tensor:
        """The composite (4, H, W), premultiplied and sRGB-encoded, with the animated nodes as `tiles` draws them.

        A node without a tile is drawn at rest. The tensor is reused by the next call: copy what must stay.
        Raises KeyError for a tile of a node that was not announced as animated.
        """
        unknown = tiles.keys() - self._animated
        if unknown:
            raise KeyError(f"not announced as animated: {sorted(unknown)}")
        floor, steps = self._plan
        # over an opaque floor alpha stays 1 whatever happens, so after the first frame it need not be restored
        channels = 3 if self._shown is not None and self._floor_is_opaque else 4
        for box in self._touched(tiles):
            rows, columns = box.slices(self.document.canvas)
            part = self._canvas[:, rows, columns]
            part[:channels].copy_(floor[:channels, rows, columns])
            self._painter.paint(part, box, steps, tiles)
            if self.document.linear:
                part.copy_(to_encoded(part))
        self._shown = dict(tiles)
        return self._canvas

    def _touched(self, tiles: Tiles) -> list[Box]:
        """Disjoint boxes of the canvas whose pixels may differ from the previous frame's."""
        canvas = self.document.canvas
        if self._shown is None:
            return [canvas]
        boxes = []
        for node_id in tiles.keys() | self._shown.keys():
            old, new = self._shown.get(node_id), tiles.get(node_id)
            if old is not new:
                boxes += _joined([tile.box & canvas for tile in (old, new) if tile is not None])
                if old is None or new is None:
                    boxes.append(self._painter.bounds(self._painter.places[node_id][0], {}) & canvas)
        return _disjoint(boxes)

    def layer_tile(self, node_id: str, tiles: Tiles) -> Tile:
        """What the layer file of a node shows: its tile times all that is not a blend mode.

        That is opacity and fill, the alpha of the (moving) layer it is clipped to, and the opacity, masks and artboard
        of its groups. Blend modes are never baked.
        """
        node, groups = self._painter.places[node_id]
        tile = self._seen(node, groups[-1].children if groups else self.document.children, tiles)
        for depth in range(len(groups) - 1, -1, -1):
            group = groups[depth]
            siblings = groups[depth - 1].children if depth else self.document.children
            if group.artboard is not None:
                tile = tile.cropped(group.artboard)
            tile = covered(tile, self._painter.masks(group))
            tile = self._matted(tile, group, siblings, tiles)
        return self._painter.leave(tile)

    def _seen(self, node: Node, siblings: Sequence[Node], tiles: Tiles) -> Tile:
        tile = self._painter.enter(tiles[node.id]) if node.id in tiles else self._painter.still(node)
        return self._matted(tile, node, siblings, tiles)

    def _matted(self, tile: Tile, node: Node, siblings: Sequence[Node], tiles: Tiles) -> Tile:
        """`tile` times a node's opacity and fill, and times the alpha of the sibling it is clipped to."""
        strength = node.opacity * node.fill
        rgba = tile.rgba * strength if strength != 1 else tile.rgba
        base = clip_base(node, siblings)
        if base is not None:
            rgba = rgba * self._painter.alpha(base, tile.box, tiles)
        return Tile(tile.box, rgba)


def _joined(boxes: list[Box]) -> list[Box]:
    """One box around all where that costs no more than painting each: most layers move by less than their size."""
    around = Box(0, 0, 0, 0)
    for box in boxes:
        around = around | box
    return [around] if around.area <= sum(box.area for box in boxes) else boxes


def _disjoint(boxes: Sequence[Box]) -> list[Box]:
    """Boxes that cover exactly what `boxes` cover and do not meet one another."""
    result: list[Box] = []
    for box in boxes:
        pieces = [] if box.is_empty else [box]
        for other in result:
            pieces = [part for piece in pieces for part in _without(piece, other)]
        result += pieces
    return result


def _without(box: Box, hole: Box) -> list[Box]:
    """What is left of a box: the strips above and below the hole over its whole width, then left and right of it."""
    inner = box & hole
    if inner.is_empty:
        return [box]
    strips = (
        Box(box.x0, box.y0, box.x1, inner.y0),
        Box(box.x0, inner.y1, box.x1, box.y1),
        Box(box.x0, inner.y0, inner.x0, inner.y1),
        Box(inner.x1, inner.y0, box.x1, inner.y1),
    )
    return [strip for strip in strips if not strip.is_empty]


@dataclass(frozen=True)
class Fidelity:
    """How far our composite is from the file's own flattened picture, both over white, in 1/255."""

    mean: float  # mean absolute error of all pixels and channels
    worst_block: float  # the same of the worst block of BLOCK x BLOCK px
    worst_box: Box


BLOCK = 32


def over_white(rgba: Tensor) -> Tensor:
    """(3, h, w) of premultiplied (4, h, w)."""
    return rgba[:3] + (1 - rgba[3:4])


def picture_tensor(picture: NDArray[np.uint8], device: Device = "cpu") -> Tensor:
    """(4, h, w) premultiplied float32 of (h, w, 4) straight bytes."""
    rgba = torch.from_numpy(np.require(picture, requirements=("C", "W"))).to(device).permute(2, 0, 1)
    rgba = rgba.float().contiguous() / 255
    rgba[:3] *= rgba[3:4]
    return rgba


def compare(ours: Tensor, theirs: Tensor) -> Fidelity:
    """Distance of two pictures (3, h, w), 0..1."""
    error = (ours - theirs).abs().mean(0, keepdim=True)[None] * 255  # (1, 1, h, w)
    blocks = avg_pool2d(error, BLOCK, ceil_mode=True)[0, 0]  # edge blocks: the mean of what they hold
    row, column = divmod(int(blocks.argmax()), blocks.shape[1])
    box = Box.from_xywh(column * BLOCK, row * BLOCK, BLOCK, BLOCK) & Box(0, 0, ours.shape[2], ours.shape[1])
    return Fidelity(float(error.mean()), float(blocks.max()), box)


def fidelity(document: Document, device: Device = "cpu") -> Fidelity | None:
    """Compare the composite with the embedded preview over white; None where the file has no preview."""
    preview = document.preview()
    if preview is None:
        return None
    ours = Compositor(document, device=device).frame({})
    return compare(over_white(ours), over_white(picture_tensor(preview, device)))
