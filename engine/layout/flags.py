"""`[ignore]` and `[merge]` in layer names, done to the document itself: everything after it only sees the result.

An ignored layer or group is hidden. A merged group is marked as one layer. A layout wins over names: an entry that
names an ignored layer keeps it, and one that names a layer inside a merged group opens that group.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..document import Document, Group, Node
from ..name_tags import Flag, misspelt, parse_tags
from ..presets import motion_aliases, motion_presets
from . import Layout
from .match import named_ids


def has_flag(node: Node, flag: Flag) -> bool:
    """Whether the node's own name says `[ignore]`, `[merge]` or `[hold]`."""
    return bool(node.tags) and any(tag.flag == flag for tag in parse_tags(node.tags))


def with_flags(document: Document, layout: Layout | None = None) -> tuple[Document, tuple[str, ...]]:
    """(the document with ignored nodes hidden and merged groups whole, a sentence for every ignored node and typo).

    The file's own picture shows what is ignored, so it is no longer compared with.
    """
    named = named_ids(layout, document) if layout is not None else frozenset()
    opened = {group.id for node, groups in document.walk() if node.id in named for group in groups}
    ignored = [
        node for node, _ in document.walk() if node.visible and node.id not in named and has_flag(node, "ignore")
    ]
    merged = {
        node.id
        for node, _ in document.walk()
        if isinstance(node, Group) and node.id not in opened and has_flag(node, "merge")
    }
    children = _changed(document, {node.id for node in ignored}, merged)
    preview = (lambda: None) if ignored else document.preview
    said = tuple(f"{node.path!r} is left out: its name says [ignore]" for node in ignored)
    typos = tuple(filter(None, (misspelt_tag(node) for node, _ in document.walk())))
    return replace(document, children=children, preview=preview), said + typos


def misspelt_tag(node: Node) -> str:
    """A sentence on a bracket in the node's name that looks like a tag but is none; "" where all is well."""
    near = misspelt(node.name, [*motion_presets(), *motion_aliases()]) if "[" in node.name else None
    if near is None:
        return ""
    if near:
        return f"{node.path!r}: did you mean {near}?"
    return f"{node.path!r}: no motion is called that; `art presets list` names them"


def _changed(document: Document, ignored: Collection[str], merged: Collection[str]) -> tuple[Node, ...]:
    """The same tree with other nodes; built from the leaves up, since trees may be deep."""
    done: dict[str, Node] = {}
    for node, _ in reversed(list(document.walk())):  # children come after their group, so they are finished first
        if isinstance(node, Group):
            children = tuple(done.pop(child.id) for child in node.children)
            node = replace(node, children=children, whole=node.id in merged)
        done[node.id] = replace(node, visible=node.visible and node.id not in ignored)
    return tuple(done[child.id] for child in document.children)
