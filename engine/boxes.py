"""Where the nodes of a document are: the boxes that planning starts from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .document import Group, Layer, Node
from .geometry import Box


def node_box(node: Node, inside: Callable[[Group], Iterable[Node]] = lambda group: group.children) -> Box:
    """The box of a layer, or of all layers in a group; `inside`: which of its children count."""
    if isinstance(node, Layer):
        return node.box
    total = Box(0, 0, 0, 0)
    stack: list[Node] = [node]
    while stack:
        each = stack.pop()
        total |= each.box if isinstance(each, Layer) else Box(0, 0, 0, 0)
        stack += inside(each) if isinstance(each, Group) else ()
    return total


def opaque_box(node: Node) -> Box:
    """The box of what can be seen of a node at rest; its own box when that is nothing."""
    total = Box(0, 0, 0, 0)
    stack: list[Node] = [node]
    while stack:
        each = stack.pop()
        if each is not node and not each.visible:
            continue
        if isinstance(each, Group):
            stack += each.children
        elif isinstance(each, Layer) and each.adjustment is None and not each.box.is_empty:
            total |= _seen(each)
    return node_box(node) if total.is_empty else total


def _seen(layer: Layer) -> Box:
    box = Box.where(layer.load()[..., 3] > 0)
    if box.is_empty:
        return box
    box = box.shift(layer.box.x0, layer.box.y0)
    for mask in layer.masks:
        box = box & mask.box if mask.outside == 0 else box
    return box
