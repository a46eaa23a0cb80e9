"""A design as a tree of sheets, and the three formats it is written in: PSD, a PNG stack, OpenRaster."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image
from psd_tools import PSDImage
from psd_tools.api.layers import Group
from psd_tools.constants import BlendMode, Compression

from .drawing import Array, Board, Sheet, rounded

PSD_BLEND = {"normal": BlendMode.NORMAL, "multiply": BlendMode.MULTIPLY, "screen": BlendMode.SCREEN}
ORA_BLEND = {"normal": "svg:src-over", "multiply": "svg:multiply", "screen": "svg:screen"}
MASK_STEP = 5  # levels; masks here are slow ramps, which RLE packs well when their steps are long


@dataclass(frozen=True)
class Leaf:
    """One layer. `mask` is coverage (h, w) kept apart from the pixels; `clipped` draws it inside the layer below."""

    name: str
    sheet: Sheet
    blend: str = "normal"
    opacity: float = 1
    clipped: bool = False
    mask: Array | None = None


@dataclass(frozen=True)
class Folder:
    """Layers bottom to top under one name. An isolated one is made to move as a whole: nothing in it blends outside."""

    name: str
    children: Sequence[Leaf | Folder]
    isolated: bool = False


Design = Sequence[Leaf | Folder]


def grouped(design: Design, group: str = "") -> Iterator[tuple[Leaf, str]]:
    """All layers bottom to top, each with the path of its group."""
    for node in design:
        if isinstance(node, Folder):
            yield from grouped(node.children, f"{group}/{node.name}".strip("/"))
        else:
            yield node, group


def flatten(design: Design, board: Board) -> Image.Image:
    """The design as one RGBA picture, composited from the 8-bit pixels that the files hold."""
    below = np.zeros((*board.shape, 4), np.float32)  # premultiplied
    for base, clipped in stacks(design):
        image, (left, top) = base.sheet.image()
        box = (left, top, left + image.width, top + image.height)
        color, alpha = placed(base, box)
        for leaf in clipped:
            inside, cover = placed(leaf, box)
            color = color + cover * (mix(color, inside, leaf.blend) - color)
        window = below[box[1] : box[3], box[0] : box[2]]
        window[:] = over(window, color, alpha, base.blend)
    alpha = below[..., 3:]
    straight = np.where(alpha > 0, below[..., :3] / np.maximum(alpha, 1e-6), 0)
    return Image.fromarray(np.rint(np.concatenate([straight, alpha], 2).clip(0, 1) * 255).astype(np.uint8))


def stacks(design: Design) -> list[tuple[Leaf, list[Leaf]]]:
    """Each unclipped layer with the layers clipped to it."""
    found: list[tuple[Leaf, list[Leaf]]] = []
    for leaf, _ in grouped(design):
        if leaf.clipped:
            found[-1][1].append(leaf)
        else:
            found.append((leaf, []))
    return found


def placed(leaf: Leaf, box: tuple[int, int, int, int]) -> tuple[Array, Array]:
    """A layer's straight colour (h, w, 3) and its coverage (h, w, 1) inside `box`, mask and opacity applied."""
    image, (left, top) = leaf.sheet.image()
    canvas = Image.new("RGBA", (box[2] - box[0], box[3] - box[1]))
    canvas.paste(image, (left - box[0], top - box[1]))
    pixels = np.asarray(canvas, np.float32) / 255
    alpha = pixels[..., 3:] * np.float32(round(leaf.opacity * 255) / 255)
    if leaf.mask is not None:
        mask = rounded(leaf.mask, MASK_STEP)[box[1] : box[3], box[0] : box[2]]
        alpha = alpha * mask[..., None].astype(np.float32) / 255
    return pixels[..., :3], alpha


def mix(backdrop: Array, color: Array, blend: str) -> Array:
    """The blend functions the examples use (W3C Compositing and Blending Level 1)."""
    if blend == "multiply":
        return color * backdrop
    return color + backdrop - color * backdrop if blend == "screen" else color


def over(below: Array, color: Array, alpha: Array, blend: str) -> Array:
    """Blend where there is a backdrop, then source-over; `below` is premultiplied (h, w, 4)."""
    backdrop_alpha = below[..., 3:]
    backdrop = np.where(backdrop_alpha > 0, below[..., :3] / np.maximum(backdrop_alpha, 1e-6), 0)
    source = (1 - backdrop_alpha) * color + backdrop_alpha * mix(backdrop, color, blend)
    return np.concatenate([source * alpha, alpha], 2) + below * (1 - alpha)


def write_psd(path: Path, design: Design, board: Board) -> None:
    """A Photoshop document; psd-tools renders the merged picture when it saves."""
    psd = PSDImage.new("RGBA", board.size)
    fill_psd(psd, design)
    psd._record.image_data.compression = Compression.RLE  # the merged picture, which psd-tools leaves raw
    psd.save(path)


def fill_psd(parent: PSDImage | Group, design: Design) -> None:
    for node in design:
        if isinstance(node, Folder):
            blend = BlendMode.NORMAL if node.isolated else BlendMode.PASS_THROUGH
            fill_psd(parent.create_group(name=node.name, blend_mode=blend), node.children)
            continue
        image, (left, top) = node.sheet.image()
        layer = parent.create_pixel_layer(
            image,
            name=node.name,
            top=top,
            left=left,
            opacity=round(node.opacity * 255),
            blend_mode=PSD_BLEND[node.blend],
        )
        layer.clipping = node.clipped
        if node.mask is not None:
            box = (left, top, left + image.width, top + image.height)
            layer.create_mask(Image.fromarray(rounded(node.mask, MASK_STEP)).crop(box))


def write_png_stack(folder: Path, design: Design, board: Board) -> None:
    """Trimmed PNGs, numbered bottom to top, and the manifest that puts them back in place."""
    lines = [f"canvas: [{board.size[0]}, {board.size[1]}]", "layers:   # bottom to top"]
    for number, (leaf, group) in enumerate(grouped(design)):
        image, (left, top) = leaf.sheet.image()
        file = f"{number:02d}_{leaf.name.replace(' ', '-')}.png"
        (folder / file).write_bytes(png(image))
        home = f", group: {group}" if group else ""
        lines.append(f"  - {{file: {file}, name: {leaf.name}, position: [{left}, {top}]{home}}}")
    (folder / "layers.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_ora(path: Path, design: Design, board: Board) -> None:
    """An OpenRaster document: stack.xml, one PNG per layer, the merged picture and a thumbnail."""
    image = ElementTree.Element("image", version="0.0.5", w=str(board.size[0]), h=str(board.size[1]))
    members: dict[str, bytes] = {}
    fill_ora(ElementTree.SubElement(image, "stack"), design, members)
    merged = flatten(design, board)
    thumbnail = merged.copy()
    thumbnail.thumbnail((256, 256), Image.Resampling.LANCZOS)
    members |= {"mergedimage.png": png(merged), "Thumbnails/thumbnail.png": png(thumbnail)}
    with zipfile.ZipFile(path, "w") as archive:
        stored(archive, "mimetype", b"image/openraster", zipfile.ZIP_STORED)
        stored(archive, "stack.xml", ElementTree.tostring(image, "utf-8", xml_declaration=True), zipfile.ZIP_DEFLATED)
        for name, data in members.items():
            stored(archive, name, data, zipfile.ZIP_STORED)


def fill_ora(stack: ElementTree.Element, design: Design, members: dict[str, bytes]) -> None:
    """OpenRaster lists layers top to bottom."""
    for node in reversed(design):
        if isinstance(node, Folder):
            fill_ora(ElementTree.SubElement(stack, "stack", name=node.name), node.children, members)
            continue
        picture, (left, top) = node.sheet.image()
        source = f"data/layer{len(members):02d}.png"
        members[source] = png(picture)
        place = {"x": str(left), "y": str(top), "opacity": f"{node.opacity:g}"}
        ElementTree.SubElement(
            stack, "layer", {"name": node.name, "src": source, "composite-op": ORA_BLEND[node.blend], **place}
        )


def png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.save(data, "PNG", optimize=True)
    return data.getvalue()


def stored(archive: zipfile.ZipFile, name: str, data: bytes, method: int) -> None:
    """A member with a fixed date, so that the same design is the same file."""
    entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    entry.compress_type = method
    archive.writestr(entry, data)
