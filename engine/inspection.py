"""What is in a design, as data for `art inspect`: the tree, what was baked or ignored, and how true the picture is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from .composite import Compositor, fidelity, rest
from .document import Document, Group, Layer, Node, Note
from .files import atomic
from .layout_flags import misspelt_tag
from .plan_boxes import node_box

_THUMB = 220  # px, the longer side of a thumbnail
_MARGIN = 16
_LABEL = 30
_COLUMNS = 5
_CHECKER = 8  # px a square


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
        "layers": [_describe(node, groups) for node, groups in document.walk()],
    }


def _describe(node: Node, groups: tuple[Group, ...]) -> dict[str, Any]:
    box = node_box(node)
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


def write_sheet(document: Document, path: Path) -> None:
    """A contact sheet of the composite and of every layer, on a checkerboard, as one PNG. Raises CannotWrite."""
    from PIL import ImageDraw, ImageFont

    thumbs = list(_thumbs(document))
    columns = min(_COLUMNS, len(thumbs))
    rows = -(-len(thumbs) // columns)
    cell = (_THUMB + _MARGIN, _THUMB + _LABEL + _MARGIN)
    sheet = Image.new("RGB", (columns * cell[0] + _MARGIN, rows * cell[1] + _MARGIN), (38, 40, 46))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(13)
    for index, (label, thumb) in enumerate(thumbs):
        x, y = _MARGIN + index % columns * cell[0], _MARGIN + index // columns * cell[1]
        sheet.paste(thumb, (x + (_THUMB - thumb.width) // 2, y + (_THUMB - thumb.height) // 2))
        pen.text((x, y + _THUMB + 8), _fitted(label, font, _THUMB), font=font, fill=(226, 228, 233))
    with atomic(path) as temporary:
        sheet.save(temporary, "PNG")


def _fitted(text: str, font: Any, width: int) -> str:
    """The end of a long path, with an ellipsis in front: the name matters most."""
    while font.getlength(text) > width and len(text) > 2:
        text = "…" + text[2:]
    return text


def _thumbs(document: Document) -> Iterator[tuple[str, Image.Image]]:
    yield document.source.name, _thumb(Compositor(document, device="cpu").frame({}))
    for layer in document.layers():
        if layer.visible and layer.adjustment is None and not layer.box.is_empty:
            yield layer.path, _thumb(rest(document, layer).rgba)


def _thumb(rgba: torch.Tensor) -> Image.Image:
    """A premultiplied (4, h, w) picture on a checkerboard."""
    height, width = rgba.shape[1:]
    scale = min(1.0, _THUMB / max(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = torch.nn.functional.interpolate(rgba[None], size, mode="bilinear", antialias=True)[0].numpy()
    y, x = np.indices(size) // _CHECKER
    board = np.where((x + y) % 2 == 0, 0.82, 0.66).astype(np.float32)
    shown = small[:3] + (1 - small[3]) * board
    return Image.fromarray((shown.clip(0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0))
