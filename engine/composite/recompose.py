"""Whether a stack of exported layer files gives the composite again, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..blend import NEUTRAL
from ..document import Document, Group, Layer, Node
from ..geometry import Box
from ..specs import PASS_THROUGH

Verdict = Literal["exact", "needs-blend", "no"]


@dataclass(frozen=True)
class Recomposition:
    """Laid over what lies below, does a node's file look as in the composite?

    "exact": as it is. "needs-blend": with its blend mode. "no": something the file cannot hold changes it.
    """

    verdict: Verdict
    reason: str = ""


def recomposes(document: Document, node_id: str) -> Recomposition:
    """The verdict on one node, a layer or a group rendered as one. Raises KeyError for a strange id."""
    node, groups = next(((n, g) for n, g in document.walk() if n.id == node_id), (None, ()))
    if node is None:
        raise KeyError(node_id)
    reason = _of_itself(node) or _of_groups(node, groups) or _of_what_lies_above(document, node, groups)
    if reason:
        return Recomposition("no", reason)
    if node.blend not in ("normal", PASS_THROUGH):
        return Recomposition("needs-blend", f"blend mode {node.blend}")
    return Recomposition("exact")


def _of_itself(node: Node) -> str:
    if isinstance(node, Layer) and node.kind == "adjustment":
        return "an adjustment layer has no picture of its own"
    if node.blend == "dissolve":
        return "dissolve's noise cannot be told from its alpha"
    if node.fill < 1 and node.blend in NEUTRAL:
        return f"fill opacity means something else in blend mode {node.blend}"
    if node.clipped:
        return "the soft edge of the layer it is clipped to counts twice"
    if node.knockout != "none":
        return "a knockout removes what lies below it"
    return ""


def _of_groups(node: Node, groups: Sequence[Group]) -> str:
    """Reasons in the groups around it, the innermost first."""
    inner = node
    for group in reversed(groups):
        isolated = group.blend != PASS_THROUGH
        if isolated and group.blend != "normal":
            return f"its group {group.path!r} has blend mode {group.blend}"
        if isolated and inner.blend not in ("normal", PASS_THROUGH):
            return f"it blends inside the isolated group {group.path!r} only"
        thinned = group.opacity * group.fill < 1 or group.masks or group.clipped
        if thinned and _meets_siblings(inner, group):
            return f"its group {group.path!r} has an opacity, mask or clipping and its content overlaps"
        inner = group
    return ""


def _meets_siblings(node: Node, group: Group) -> bool:
    box = _reach(node)
    others = (sibling for sibling in group.children if sibling.visible and sibling.id != node.id)
    return any(not (_reach(other) & box).is_empty for other in others)


def _reach(node: Node) -> Box:
    if isinstance(node, Layer):
        return node.box
    box = Box(0, 0, 0, 0)
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, Group):
            stack.extend(child for child in one.children if child.visible)
        elif isinstance(one, Layer):
            box = box | one.box
    return box


def _of_what_lies_above(document: Document, node: Node, groups: Sequence[Group]) -> str:
    """Adjustment layers that change it: those above it, at its own level and at every group's around it."""
    levels = [*(group.children for group in reversed(groups)), document.children]
    for inner, siblings in zip((node, *reversed(groups)), levels, strict=True):
        above = siblings[[sibling.id for sibling in siblings].index(inner.id) + 1 :]
        own = True  # siblings clipped to `inner` itself come first
        for sibling in above:
            own = own and sibling.clipped
            if _adjusts(sibling) and (own or not sibling.clipped):
                return f"the adjustment layer {sibling.path!r} above changes it"
    return ""


def _adjusts(node: Node) -> bool:
    """A visible adjustment, or a pass-through group that holds one."""
    stack = [node]
    while stack:
        one = stack.pop()
        if not one.visible:
            continue
        if isinstance(one, Layer) and one.adjustment is not None:
            return True
        if isinstance(one, Group) and one.blend == PASS_THROUGH:
            stack.extend(one.children)
    return False
