"""Paints a document's nodes: groups, masks, clipping, blend modes, adjustments.

All arithmetic is premultiplied float32 (engine/blend.py) and works pixel by pixel, so any box of the canvas can be
painted alone. Group semantics follow the PDF reference (ISO 32000-2, section 11.4), which is Photoshop's own model:
isolated groups start transparent, pass-through groups blend with what lies below them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..blend import BLENDS, blend_over, straight
from ..document import Document, Group, Layer, Node
from ..geometry import Box
from ..specs import PASS_THROUGH
from ..still import Device, Matte, covered, load_matte, pixel_tile, to_encoded, to_linear
from ..tile import Tile

Tiles = Mapping[str, Tile]


@dataclass(frozen=True, eq=False)
class Flat:
    """A step that never changes by itself: one tile and how it goes on."""

    tile: Tile
    blend: str = "normal"
    opacity: float = 1.0
    fill: float = 1.0
    anchor: tuple[int, int] = (0, 0)  # where the layer's own space starts, for dissolve's noise

    @property
    def merges(self) -> bool:
        return self.blend == "normal"


@dataclass(frozen=True, eq=False)
class Stack:
    """A step drawn anew: a node with what is clipped to it. `live`: something in it is animated."""

    node: Node
    clips: tuple[Step, ...]
    live: bool


Step = Flat | Stack


def is_pass_through(node: Node) -> bool:
    return isinstance(node, Group) and node.blend == PASS_THROUGH and node.artboard is None


def blend_name(node: Node) -> str:
    return node.blend if node.blend in BLENDS else "normal"


class Painter:
    """Draws nodes of one document, some of which are animated.

    animated: ids of nodes that `tiles` may draw. hidden: ids drawn as if switched off. `tiles`, everywhere: what
    animated nodes look like now, in the light the document blends in; a node that has none is drawn at rest.
    """

    def __init__(
        self, document: Document, device: Device, animated: Collection[str] = (), hidden: Collection[str] = ()
    ) -> None:
        self.document = document
        self.device = torch.device(device)
        self._animated = frozenset(animated)
        self._hidden = frozenset(hidden)
        self._mattes: dict[str, tuple[Matte, ...]] = {}
        self._resting: dict[str, Tile] = {}
        self._groups: dict[str, tuple[Step, ...]] = {}

    # The tree as steps

    @cached_property
    def places(self) -> dict[str, tuple[Node, tuple[Group, ...]]]:
        return {node.id: (node, groups) for node, groups in self.document.walk()}

    @cached_property
    def _live(self) -> frozenset[str]:
        """Animated nodes and every group around one."""
        around = {group.id for node_id in self._animated for group in self.places[node_id][1]}
        return self._animated | around

    def _visible(self, nodes: Sequence[Node]) -> list[Node]:
        return [node for node in nodes if node.visible and node.id not in self._hidden]

    def _stacks(self, nodes: Sequence[Node]) -> Iterator[tuple[Node, list[Node]]]:
        """Visible nodes bottom to top, each with the visible ones clipped to it; a hidden base hides its clips."""
        base: Node | None = None
        clips: list[Node] = []
        shown = {node.id for node in self._visible(nodes)}
        for node in nodes:
            if node.clipped and base is not None:
                if node.id in shown:
                    clips.append(node)
                continue
            if base is not None and base.id in shown:
                yield base, clips
            base, clips = node, []
        if base is not None and base.id in shown:
            yield base, clips

    def steps(self, nodes: Sequence[Node]) -> tuple[Step, ...]:
        """How to draw siblings: plain pass-through groups opened, neighbours that never change merged."""
        steps: list[Step] = []
        for base, clips in self._stacks(nodes):
            if self._opens(base, clips):
                for step in self.steps(self._children(base)):
                    self._append(steps, step)
            else:
                self._append(steps, self._step(base, clips))
        return tuple(steps)

    @staticmethod
    def _children(node: Node) -> tuple[Node, ...]:
        return node.children if isinstance(node, Group) else ()

    def _opens(self, node: Node, clips: list[Node]) -> bool:
        """A pass-through group that does nothing to its content: its children are as good as siblings."""
        plain = node.opacity * node.fill == 1 and not node.masks and not clips and node.id not in self._animated
        return is_pass_through(node) and plain and all(c.knockout == "none" for c in self._children(node))

    def _step(self, base: Node, clips: list[Node]) -> Step:
        live = any(node.id in self._live for node in (base, *clips))
        stack = Stack(base, tuple(self._step(clip, []) for clip in clips), live)
        depends = is_pass_through(base) or (isinstance(base, Layer) and base.kind == "adjustment")
        if live or depends or base.knockout != "none" or (clips and not base.clips_as_group):
            return stack
        tile = self._stack_tile(stack, self.bounds(base, {}), {})
        return Flat(tile, blend_name(base), base.opacity, base.fill, self._anchor(base, {}))

    def _append(self, steps: list[Step], step: Step) -> None:
        """Add a step, merged into the one before where both are normal, still and near each other."""
        last = steps[-1] if steps else None
        if isinstance(step, Flat) and isinstance(last, Flat) and step.merges and last.merges:
            union = last.tile.box | step.tile.box
            if union.area <= 1.5 * (last.tile.box.area + step.tile.box.area):
                rgba = self.empty(union)
                self.paint(rgba, union, (last, step), {})
                steps[-1] = Flat(Tile(union, rgba))
                return
        steps.append(step)

    def _group_steps(self, group: Node) -> tuple[Step, ...]:
        if group.id not in self._groups:
            self._groups[group.id] = self.steps(self._children(group))
        return self._groups[group.id]

    # Tiles

    def enter(self, tile: Tile) -> Tile:
        """A tile as the renderer gives it, in the light that this document blends in."""
        return to_linear(tile) if self.document.linear else tile

    def leave(self, tile: Tile) -> Tile:
        return Tile(tile.box, to_encoded(tile.rgba)) if self.document.linear else tile

    def empty(self, box: Box) -> Tensor:
        return torch.zeros(4, box.height, box.width, device=self.device)

    def masks(self, node: Node) -> tuple[Matte, ...]:
        if node.id not in self._mattes:
            self._mattes[node.id] = tuple(load_matte(mask, self.device) for mask in node.masks)
        return self._mattes[node.id]

    def rest_tile(self, node: Node) -> Tile:
        """`rest` in the light that this document blends in."""
        if isinstance(node, Group):
            return self._group_tile(node, self.bounds(node, {}), {})
        if not isinstance(node, Layer) or node.kind == "adjustment":
            return Tile.empty(self.device)
        return covered(self.enter(pixel_tile(node, self.device)), self.masks(node))

    def bounds(self, node: Node, tiles: Tiles) -> Box:
        """A box outside of which the node draws nothing."""
        if node.id in tiles:
            return tiles[node.id].box
        if isinstance(node, Layer):
            return node.box
        box = Box(0, 0, 0, 0)
        if isinstance(node, Group) and node.artboard is not None:
            return node.artboard
        for base, _ in self._stacks(self._children(node)):  # what is clipped stays inside its base
            box = box | self.bounds(base, tiles)
        return box

    def source(self, node: Node, box: Box, tiles: Tiles) -> Tile:
        """What a node draws inside `box`, masks applied, before its opacity, fill and blend mode."""
        if node.id in tiles:
            return self.enter(tiles[node.id].cropped(box))
        if isinstance(node, Group) and (node.id in self._live and node.id not in self._animated):
            return self._group_tile(node, box & self.bounds(node, tiles), tiles)
        if node.id not in self._live and node.id not in self._resting:
            return self.rest_tile(node).cropped(box)  # only while steps are made: a Flat keeps it from then on
        return self.still(node).cropped(box)

    def still(self, node: Node) -> Tile:
        """`rest_tile`, kept."""
        if node.id not in self._resting:
            self._resting[node.id] = self.rest_tile(node)
        return self._resting[node.id]

    def alpha(self, node: Node, box: Box, tiles: Tiles) -> Tensor:
        """(1, h, w) alpha of what a node draws, over exactly `box`, its opacity and fill included."""
        moves = node.id in tiles or node.id in self._live
        tile = self.source(node, box, tiles) if moves else self.still(node)
        return tile.placed(box)[3:4] * (node.opacity * node.fill)

    def _group_tile(self, group: Group, box: Box, tiles: Tiles) -> Tile:
        """A group's content composited in isolation, times its masks, clipped to its artboard."""
        if group.artboard is not None:
            box = box & group.artboard
        rgba = self.empty(box)
        if group.artboard is not None and group.background is not None:
            self.flood(rgba, group.background)
        self.paint(rgba, box, self._group_steps(group), tiles)
        return covered(Tile(box, rgba), self.masks(group))

    def flood(self, canvas: Tensor, color: tuple[float, float, float, float]) -> None:
        rgba = torch.tensor(color, device=self.device)[:, None, None].clone()
        rgba[:3] *= rgba[3:]
        canvas[:4] = self.enter(Tile(Box(0, 0, 1, 1), rgba)).rgba

    def _stack_tile(self, stack: Stack, box: Box, tiles: Tiles) -> Tile:
        """A node with what is clipped to it, inside `box`."""
        tile = self.source(stack.node, box, tiles)
        return self._clip(tile, stack.clips, tiles) if stack.clips and stack.node.clips_as_group else tile

    def _clip(self, base: Tile, clips: tuple[Step, ...], tiles: Tiles) -> Tile:
        """`clips` painted on the base's colour as if it were opaque, then given the base's alpha."""
        rgba = torch.cat([straight(base.rgba), torch.ones_like(base.rgba[3:4])])
        self.paint(rgba, base.box, clips, tiles)
        return Tile(base.box, rgba.mul_(base.rgba[3:4]))

    # Painting

    def paint(self, canvas: Tensor, box: Box, steps: Sequence[Step], tiles: Tiles) -> None:
        """Draw steps into `canvas` (4 or 5, h, w), which covers `box`, in place."""
        cuts = any(isinstance(step, Stack) and step.node.knockout != "none" for step in steps)
        before = canvas.clone() if cuts else canvas
        for step in steps:
            if isinstance(step, Flat):
                self._lay(canvas, box, step)
            elif step.node.knockout != "none":
                self._paint_knockout(canvas, before, box, step, tiles)
            else:
                self._paint_stack(canvas, box, step, tiles)

    def _anchor(self, node: Node, tiles: Tiles) -> tuple[int, int]:
        """The corner of a layer, wherever it is now; groups have no place of their own."""
        box = tiles[node.id].box if node.id in tiles else getattr(node, "box", Box(0, 0, 0, 0))
        return box.x0, box.y0

    @staticmethod
    def _lay(canvas: Tensor, box: Box, flat: Flat) -> None:
        if (flat.tile.box & box).is_empty:
            return
        part = flat.tile.cropped(box)
        rows, columns = part.box.slices(box)
        origin = (part.box.x0 - flat.anchor[0], part.box.y0 - flat.anchor[1])
        blend_over(canvas[:, rows, columns], part.rgba, flat.blend, flat.opacity, flat.fill, origin)

    def _paint_stack(self, canvas: Tensor, box: Box, stack: Stack, tiles: Tiles) -> None:
        node = stack.node
        if isinstance(node, Layer) and node.kind == "adjustment":
            self._adjust(canvas, box, stack, tiles)
            return
        if node.id in tiles and (tiles[node.id].box & box).is_empty:
            return  # and with it all that is clipped to it
        if is_pass_through(node) and node.id not in tiles and node.id not in self._animated:
            if node.fill == 1 and not stack.clips:
                self._paint_through(canvas, box, node, tiles)
                return
            tile = self._through_tile(canvas, box, node, tiles)
        else:
            tile = self.source(node, box, tiles)
        if stack.clips and node.clips_as_group:
            tile = self._clip(tile, stack.clips, tiles)
        self._lay(canvas, box, Flat(tile, blend_name(node), node.opacity, node.fill, self._anchor(node, tiles)))
        if not node.clips_as_group:
            self._paint_apart(canvas, box, tile, stack, tiles)

    def _paint_apart(self, canvas: Tensor, box: Box, base: Tile, stack: Stack, tiles: Tiles) -> None:
        """Clipped layers that each blend with everything below, seen through the base's alpha."""
        inner = base.box & box
        if inner.is_empty or not stack.clips:
            return
        rows, columns = inner.slices(box)
        part = canvas[:, rows, columns]
        painted = part.clone()
        self.paint(painted, inner, stack.clips, tiles)
        matte = base.cropped(inner).rgba[3:4] * (stack.node.opacity * stack.node.fill)
        part.lerp_(painted, matte.expand_as(part))

    def _paint_through(self, canvas: Tensor, box: Box, group: Node, tiles: Tiles) -> None:
        """A pass-through group with opacity or masks: a mix of the canvas with and without its content."""
        before = canvas.clone()
        self.paint(canvas, box, self._group_steps(group), tiles)
        weight = self._coverage(group, box) * group.opacity
        canvas.copy_(torch.lerp(before, canvas, weight.expand_as(canvas)))

    def _through_tile(self, canvas: Tensor, box: Box, group: Node, tiles: Tiles) -> Tile:
        """What a pass-through group adds, as a tile of its own: blended with the backdrop, the backdrop taken out.

        The removal is `C = Cn + (Cn - C0) (a0 / ag - a0)` (ISO 32000-2, 11.4.8); adjustments inside then change
        the group's own content only. The fifth channel collects the group's alpha.
        """
        under = canvas[3:4].clone()
        inner = torch.cat([canvas[:4], torch.zeros_like(under)])
        self.paint(inner, box, self._group_steps(group), tiles)
        alpha = inner[4:5]
        before, after = straight(canvas), straight(inner)
        color = after + (after - before) * (under / alpha.clamp_min(1e-6) - under)
        rgba = torch.cat([color.clamp(0, 1) * alpha, alpha]) * self._coverage(group, box)
        return Tile(box, rgba)

    def _coverage(self, node: Node, box: Box) -> Tensor:
        """(1, h, w) product of a node's masks over `box`."""
        coverage = torch.ones(1, box.height, box.width, device=self.device)
        for matte in self.masks(node):
            coverage = coverage * matte.over(box)
        return coverage

    def _paint_knockout(self, canvas: Tensor, before: Tensor, box: Box, stack: Stack, tiles: Tiles) -> None:
        """A node that replaces what its group has drawn below it, as far as its shape reaches."""
        node = stack.node
        tile = self._stack_tile(stack, box & self.bounds(node, tiles), tiles)
        inner = tile.box & box
        if inner.is_empty:
            return
        rows, columns = inner.slices(box)
        shape = tile.rgba[3:4]
        solid = torch.cat([straight(tile.rgba), torch.ones_like(shape)])
        fresh = before[:, rows, columns].clone()
        blend_over(fresh, solid, blend_name(node), node.opacity, node.fill)
        part = canvas[:, rows, columns]
        part.lerp_(fresh, shape.expand_as(part))

    def _adjust(self, canvas: Tensor, box: Box, stack: Stack, tiles: Tiles) -> None:
        """Change the colour of everything below, alpha untouched."""
        layer = stack.node
        assert isinstance(layer, Layer)
        if layer.adjustment is None or box.is_empty:
            return
        below = straight(canvas)
        changed = layer.adjustment.apply(below.permute(1, 2, 0).contiguous().cpu().numpy())  # (h, w, 3)
        after = torch.from_numpy(np.require(changed, requirements=("C", "W"))).to(self.device).permute(2, 0, 1)
        if stack.clips:
            after = self._clip(Tile(box, torch.cat([after, torch.ones_like(after[:1])])), stack.clips, tiles).rgba[:3]
        strength = self._coverage(layer, box) * (layer.opacity * layer.fill)
        if canvas.shape[0] > 4:  # inside a group that keeps its adjustments to itself
            strength = strength * canvas[4:5]
        mixed = torch.lerp(below, BLENDS[blend_name(layer)](below, after), strength.expand_as(below))
        canvas[:3] = mixed * canvas[3:4]
