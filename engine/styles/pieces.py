"""What of a design moves by itself: layers, and groups whose content belongs together. Bottom to top.

A group is opened where it is a stage rather than a thing: it fills the canvas, is an artboard, holds words among other
things, or several alike groups. A group of alike layers (stars, letters) stays one piece that moves layer by layer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from ..boxes import node_box, opaque_box
from ..document import Document, Group, Layer, Node, clip_base
from ..geometry import Box
from ..layout.match import isolation_shows
from .names import names_text, role_in, stem

COVERS = 0.8  # of the canvas: such a piece is all there is to see at its place
SMALL = 0.08  # of the canvas: a group of words and shapes up to this size is a button or badge, not a stage
ALIKE = 3  # so many equal siblings are a repetition
_CLOSED = ("button", "logo", "hero", "shadow", "decoration", "photo", "plant", "title", "text")


@dataclass(frozen=True, eq=False)
class Piece:
    """A node that moves by itself, and where it is seen."""

    node: Node
    groups: tuple[Group, ...]
    box: Box  # of what is seen, canvas px; not cut to the canvas
    share: float  # of the canvas that the box covers
    cover: float  # share of the canvas that has pixels of it, for layers as large as the canvas; else `share`
    base: str | None = None  # id of the node it is clipped to
    several: bool = False  # a group of alike layers, each for itself
    letters: bool = False  # of these, a word

    @property
    def id(self) -> str:
        return self.node.id

    @property
    def as_one(self) -> bool:
        """Whether it is a group that can become one picture without looking different."""
        node = self.node
        return isinstance(node, Group) and (node.whole or not isolation_shows(node))


def pieces(document: Document, tagged: Collection[str] = ()) -> list[Piece]:
    """The pieces of a document, bottom to top. `tagged`: ids of nodes that are pieces whatever is around them.

    A group that is all there is in front of the background is opened too.
    """
    found = list(_pieces(document, document.children, (), tagged))
    while (index := _only_group(found, tagged)) is not None:
        group, groups = found[index].node, found[index].groups
        assert isinstance(group, Group)
        found[index : index + 1] = _pieces(document, group.children, (*groups, group), tagged)
    return found


def _only_group(found: Sequence[Piece], tagged: Collection[str]) -> int | None:
    """Where the group stands that is all there is in front of the background; None when there is more."""
    front = [index for index, piece in enumerate(found) if piece.cover < COVERS and piece.share > 0]
    if len(front) != 1:
        return None
    piece = found[front[0]]
    opens = isinstance(piece.node, Group) and not (piece.node.whole or piece.node.clipped or piece.several)
    return front[0] if opens and piece.id not in tagged else None


def _pieces(
    document: Document, nodes: Sequence[Node], groups: tuple[Group, ...], tagged: Collection[str]
) -> Iterator[Piece]:
    for node in nodes:
        if not node.visible or (isinstance(node, Layer) and node.adjustment is not None):
            continue
        if isinstance(node, Group) and node.id not in tagged and _opens(document, node, tagged):
            yield from _pieces(document, node.children, (*groups, node), tagged)
        else:
            yield _piece(document, node, nodes, groups)


def _piece(document: Document, node: Node, siblings: Sequence[Node], groups: tuple[Group, ...]) -> Piece:
    box = seen_box(node)
    base = clip_base(node, siblings)
    share = _share(box, document.canvas)
    cover = share
    if _fills(node, share):
        assert isinstance(node, Layer)
        box, cover = opaque_box(node), _coverage(node, document.canvas)
        share = _share(box, document.canvas)
    inner = shown_children(node) if isinstance(node, Group) else []
    several = isinstance(node, Group) and not node.whole and _each_alone(inner)
    return Piece(
        node, groups, box, share, min(cover, share), base.id if base is not None else None,
        several, several and (spells(inner) or in_line([seen_box(child) for child in inner])),
    )  # fmt: skip


def drawn_box(node: Node, canvas: Box) -> Box:
    """Where a node is seen; of a layer as large as the canvas, as in a folder of PNGs, where its pixels are."""
    box = seen_box(node)
    return opaque_box(node) if _fills(node, _share(box, canvas)) else box


def _fills(node: Node, share: float) -> bool:
    return share >= COVERS and isinstance(node, Layer) and node.kind == "pixel"


def _share(box: Box, canvas: Box) -> float:
    return (box & canvas).area / max(1, canvas.area)


def seen_box(node: Node) -> Box:
    """The box of a layer, or of all layers seen in a group; what is clipped adds nothing to what it is clipped to."""
    return node_box(node, lambda group: [child for child in shown_children(group) if not child.clipped])


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all."""
    total = Box(0, 0, 0, 0)
    for box in boxes:
        total |= box
    return total


def _coverage(layer: Layer, canvas: Box) -> float:
    """Share of the canvas that the layer's pixels cover, from one pixel in 16."""
    alpha = layer.load()[::4, ::4, 3]
    full = 255 if alpha.dtype == np.uint8 else 1
    inside = (layer.box & canvas).area / max(1, layer.box.area)
    return float(alpha.mean() / full) * inside * layer.box.area / max(1, canvas.area)


# --- groups -----------------------------------------------------------------------------------------------------------


def shown_children(group: Group) -> list[Node]:
    """What is seen of a group, adjustment layers left out."""
    return [
        child
        for child in group.children
        if child.visible and not (isinstance(child, Layer) and child.adjustment is not None)
    ]


def _opens(document: Document, group: Group, tagged: Collection[str]) -> bool:
    if group.whole or group.clipped:
        return False
    children = shown_children(group)
    if any(node.id in tagged for node in inside(group)) or group.artboard is not None:
        return True
    share = _share(seen_box(group), document.canvas)
    if share >= COVERS:
        return not _each_alone(children)
    if _each_alone(children):
        return False
    if len(children) >= ALIKE and all(isinstance(child, Group) for child in children) and alike(children):
        return True
    named = role_in(group.name)
    return _is_stage(group, share) and not (named is not None and named[0] in _CLOSED)


def _is_stage(group: Group, share: float) -> bool:
    """Words among other things, or words in several groups, and more than a button holds."""
    leaves = [node for node in inside(group) if isinstance(node, Layer)]
    words = [leaf for leaf in leaves if is_text(leaf)]
    others = len(leaves) - len(words)
    return bool(words) and others > 0 and (share > SMALL or (len(words) >= 2 and others >= 2))


def _each_alone(children: Sequence[Node]) -> bool:
    """Alike layers, or the letters of a word, with nothing clipped: they can move one by one."""
    single = all(isinstance(child, Layer) and not child.clipped for child in children)
    boxes = [seen_box(child) for child in children]
    return single and len(children) >= ALIKE and (spells(children) or in_line(boxes) or alike(children))


def inside(node: Node) -> Iterator[Node]:
    """Everything seen in a group, at any depth, top to bottom; groups in it that are one layer are not looked into."""
    stack = shown_children(node) if isinstance(node, Group) else []
    while stack:
        child = stack.pop()
        yield child
        stack += shown_children(child) if isinstance(child, Group) and not child.whole else []


def is_text(node: Node) -> bool:
    """A text layer, or one that its name calls so."""
    if not isinstance(node, Layer):
        return False
    return node.text is not None or node.kind == "text" or names_text(node.name)


def spells(nodes: Sequence[Node]) -> bool:
    """Whether layers are the letters of a word: names of one letter, in one line."""
    if len(nodes) < ALIKE or any(len(node.name.strip()) > 1 for node in nodes):
        return False
    boxes = [seen_box(node) for node in nodes]
    tallest = max(box.height for box in boxes)
    middles = [box.center[1] for box in boxes]
    return max(middles) - min(middles) <= tallest


def in_line(boxes: Sequence[Box]) -> bool:
    """Whether boxes stand beside each other on one line, about equally high: letters, or the entries of a menu."""
    if len(boxes) < ALIKE or any(box.is_empty for box in boxes):
        return False
    row = sorted(boxes, key=lambda box: box.x0)
    low, high = min(box.height for box in row), max(box.height for box in row)
    shared = min(box.y1 for box in row) - max(box.y0 for box in row)
    beside = all(one.x1 - two.x0 <= 0.2 * low and two.x0 - one.x1 <= 2 * high for one, two in pairwise(row))
    return beside and high <= 1.8 * low and shared >= 0.6 * low


def alike(nodes: Sequence[Node]) -> bool:
    """Whether all nodes are the same kind of thing: one name with numbers, or nearly one size; and apart."""
    boxes = [seen_box(node) for node in nodes]
    if any(box.is_empty for box in boxes) or not _apart(boxes):
        return False
    areas = [box.area for box in boxes]
    names = {stem(node.name) for node in nodes}
    same_name = len(names) == 1 and "" not in names and max(areas) <= 12 * min(areas)
    return same_name or _same_size(boxes)


def _same_size(boxes: Sequence[Box]) -> bool:
    widths, heights = [box.width for box in boxes], [box.height for box in boxes]
    return max(widths) <= 1.3 * min(widths) and max(heights) <= 1.3 * min(heights)


def _apart(boxes: Sequence[Box]) -> bool:
    """Hardly any two overlap: what lies on each other is parts of one thing."""
    overlaps = sum((one & two).area > 0.3 * min(one.area, two.area) for one, two in combinations(boxes[:40], 2))
    return overlaps * 4 <= len(boxes)
