"""What is in a design, as data for `art inspect`: the tree, what was baked or ignored, and how true the picture is."""

from __future__ import annotations

from typing import Any

from .boxes import node_box, opaque_box
from .composite import fidelity
from .document import Document, Group, Layer, Node, Note
from .geometry import Box
from .layout.flags import misspelt_tag


def describe(document: Document, *, check: bool = True) -> dict[str, Any]:
    """Everything about a document that fits into JSON. check: also composite it and compare it with its preview."""
    found = fidelity(document) if check else None
    return {
        "source": str(document.source),
        "format": document.format,
        "size": list(document.size),
        "bits": document.bits,
        "color_mode": document.color_mode,
        "linear": document.linear,
        "icc": document.icc,
        "preview": None if found is None else {"mean_error": found.mean, "worst_block": found.worst_block},
        "notes": [_note(note) for note in document.notes],
        "layers": [_describe(node, groups, document.canvas) for node, groups in document.walk()],
    }


def _describe(node: Node, groups: tuple[Group, ...], canvas: Box) -> dict[str, Any]:
    box = node_box(node)
    if isinstance(node, Layer) and box == canvas:  # as in a folder of PNGs, where only the pixels say where it is
        box = opaque_box(node)
    facts: dict[str, Any] = {
        "id": node.id,
        "name": node.name,
        "path": node.path,
        "kind": node.kind if isinstance(node, Layer) else "artboard" if _is_artboard(node) else "group",
        "depth": len(groups),
        "box": [box.x0, box.y0, box.width, box.height],
        "visible": node.visible,
        "opacity": node.opacity,
        "fill": node.fill,
        "blend": node.blend,
        "clipped": node.clipped,
        "masks": len(node.masks),
        "tags": node.tags,
        "notes": [_note(note) for note in (*node.notes, *_tag_notes(node))],
    }
    if isinstance(node, Layer) and node.text is not None:
        facts["text"] = node.text
    return facts


def _tag_notes(node: Node) -> tuple[Note, ...]:
    said = misspelt_tag(node)
    return (Note("ignored", "its tag" + said.removeprefix(repr(node.path))),) if said else ()


def _is_artboard(node: Node) -> bool:
    return isinstance(node, Group) and node.artboard is not None


def _note(note: Note) -> dict[str, str]:
    return {"kind": note.kind, "what": note.what, "detail": note.detail}
