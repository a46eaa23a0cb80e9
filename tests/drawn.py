"""Small designs, drawn: the same picture as a Document in memory and as a PSD, a PNG stack and an OpenRaster file.

Bottom to top: Background; a group Hero with Balloon and, clipped to it, Shine; Title with a mask; Größe ★ at
50 % opacity, half off the canvas; the hidden Guide. `composite` flattens a document of normal blending in plain numpy.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.document import Document, Group, Layer, Mask, Node, Pixels, unique_path
from engine.geometry import Box

Uint8 = NDArray[np.uint8]
SIZE = (96, 64)


@dataclass(frozen=True, eq=False)
class Drawn:
    """One layer of the design: straight RGBA `pixels` (h, w, 4) uint8, top-left corner at (x, y)."""

    name: str
    pixels: Uint8
    x: int = 0
    y: int = 0
    group: str | None = None
    opacity: float = 1.0
    visible: bool = True
    clipped: bool = False
    mask: NDArray[np.float32] | None = None  # (h, w) 0..1 over the same box
    tags: str = ""

    @property
    def box(self) -> Box:
        return Box.from_xywh(self.x, self.y, self.pixels.shape[1], self.pixels.shape[0])

    @property
    def masked(self) -> Uint8:
        """The pixels with the mask in their alpha."""
        out = self.pixels.copy()
        if self.mask is not None:
            out[..., 3] = np.rint(out[..., 3] * self.mask)
        return out


def disc(diameter: int, color: tuple[int, int, int]) -> Uint8:
    """(d, d, 4): a disc with an antialiased edge; its colour reaches under the transparent corners."""
    axis = np.arange(diameter) + 0.5 - diameter / 2
    distance = np.hypot(axis[:, None], axis[None, :])
    out = np.empty((diameter, diameter, 4), np.uint8)
    out[..., :3] = color
    out[..., 3] = np.rint(255 * np.clip(diameter / 2 - distance, 0, 1))
    return out


def bar(width: int, height: int, color: tuple[int, int, int, int]) -> Uint8:
    """(h, w, 4) of one colour."""
    return np.full((height, width, 4), color, np.uint8)


def gradient(width: int, height: int) -> Uint8:
    """(h, w, 4) opaque: red grows to the right, green downwards."""
    out = np.full((height, width, 4), 255, np.uint8)
    out[..., 0] = np.linspace(0, 255, width)[None, :].astype(np.uint8)
    out[..., 1] = np.linspace(0, 255, height)[:, None].astype(np.uint8)
    out[..., 2] = 64
    return out


def noise(width: int, height: int, seed: int = 0) -> Uint8:
    """(h, w, 4) of random bytes, alpha included: any mistake in a pixel shows."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 4), dtype=np.uint8)


def design(size: tuple[int, int] = SIZE) -> tuple[Drawn, ...]:
    """The design's layers, bottom to top, on a canvas of (width, height), at least 48 x 32."""
    width, height = size
    big, small = height // 2, height // 4
    shine = bar(big, small, (255, 255, 255, 128))
    fade = np.tile(np.linspace(0, 1, width // 2, dtype=np.float32), (small, 1))
    return (
        Drawn("Background", gradient(width, height)),
        Drawn("Balloon", disc(big, (220, 40, 30)), 8, 4, group="Hero", tags="[bob 2s]"),
        Drawn("Shine", shine, 8, 4, group="Hero", clipped=True),
        Drawn("Title", bar(width // 2, small, (20, 30, 200, 255)), width // 3, height - small - 4, mask=fade),
        Drawn("Größe ★", disc(small, (250, 220, 0)), width - small - 2, -small // 2, opacity=0.5),  # off canvas
        Drawn("Guide", bar(width, 2, (0, 255, 255, 255)), 0, height // 2, visible=False, tags="[ignore]"),
    )


def drawn_document(size: tuple[int, int] = SIZE, *, floating: bool = False) -> Document:
    """The design in memory; `floating` makes it a 16-bit document with float32 pixels."""
    taken: dict[str, int] = {}
    children: list[Node] = []
    for name, members in groupby(design(size), key=lambda layer: layer.group):
        path = unique_path(name, taken) if name else ""
        layers = tuple(_layer(layer, path, taken, floating) for layer in members)
        children += [Group(id=f"#{name}", name=name, path=path, children=layers)] if name else layers
    bits = 16 if floating else 8
    return Document(source=Path("drawn"), format="drawn", size=size, children=tuple(children), bits=bits)


def _layer(layer: Drawn, group_path: str, taken: dict[str, int], floating: bool) -> Layer:
    pixels: Pixels = layer.pixels.astype(np.float32) / np.float32(255) if floating else layer.pixels
    mask = layer.mask
    return Layer(
        id=f"#{layer.name}",
        name=layer.name,
        path=unique_path(f"{group_path}/{layer.name}" if group_path else layer.name, taken),
        tags=layer.tags,
        visible=layer.visible,
        opacity=layer.opacity,
        clipped=layer.clipped,
        masks=() if mask is None else (Mask(layer.box, 0.0, lambda: mask),),
        box=layer.box,
        load=lambda: pixels,
    )


def write_psd(path: Path, size: tuple[int, int] = SIZE) -> Path:
    """The design as a PSD, masks and clipping included, with names tagged as a designer would write them."""
    from psd_tools import PSDImage

    psd = PSDImage.new("RGBA", size)
    groups: dict[str, Any] = {}
    for layer in design(size):
        opacity = round(255 * layer.opacity)
        node = psd.create_pixel_layer(Image.fromarray(layer.pixels), "Layer", layer.y, layer.x, opacity=opacity)
        node.name = f"{layer.name} {layer.tags}".strip()  # only afterwards may a name be more than ASCII
        node.visible = layer.visible
        if layer.group:
            group = groups.get(layer.group) or groups.setdefault(layer.group, psd.create_group(name=layer.group))
            group.append(node)
        if layer.mask is not None:
            node.create_mask(Image.fromarray(np.rint(layer.mask * 255).astype(np.uint8)))
        if layer.clipped:
            node.clipping = True
    psd.save(path)
    return path


def write_png_stack(folder: Path, size: tuple[int, int] = SIZE) -> Path:
    """The visible layers as full-canvas PNGs `00_Background.png`, ..., the group as a folder, masks in the alpha."""
    visible = [layer for layer in design(size) if layer.visible]
    first = {layer.group: index for index, layer in reversed(list(enumerate(visible)))}
    for index, layer in enumerate(visible):
        inside = folder / f"{first[layer.group]:02d}_{layer.group}" if layer.group else folder
        save_png(inside / f"{index:02d}_{layer.name}.png", on_canvas(layer.masked, layer.x, layer.y, size))
    return folder


def write_ora(path: Path, size: tuple[int, int] = SIZE) -> Path:
    """The design as OpenRaster, masks in the alpha, Shine unclipped."""
    from xml.sax.saxutils import quoteattr

    members: dict[str, bytes] = {}
    rows: list[str] = []
    open_group: str | None = None
    for index, layer in reversed(list(enumerate(design(size)))):  # stack.xml lists the top first
        if layer.group != open_group:
            rows += ["</stack>"] * bool(open_group) + [f'<stack name="{layer.group}">'] * bool(layer.group)
            open_group = layer.group
        members[f"data/{index}.png"] = png_bytes(layer.masked)
        visibility = "visible" if layer.visible else "hidden"
        rows.append(
            f"<layer name={quoteattr(f'{layer.name} {layer.tags}'.strip())} src='data/{index}.png' x='{layer.x}' "
            f"y='{layer.y}' opacity='{layer.opacity}' visibility='{visibility}' composite-op='svg:src-over'/>"
        )
    rows += ["</stack>"] * bool(open_group)
    write_ora_members(path, f"<image w='{size[0]}' h='{size[1]}'><stack>{''.join(rows)}</stack></image>", members)
    return path


def write_ora_members(path: Path, stack_xml: str, members: dict[str, bytes]) -> Path:
    """Any OpenRaster file: the text of stack.xml and the other members as they are."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "image/openraster")
        archive.writestr("stack.xml", f"<?xml version='1.0' encoding='UTF-8'?>{stack_xml}")
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def on_canvas(pixels: Uint8, x: int, y: int, size: tuple[int, int]) -> Uint8:
    """(height, width, 4): the pixels at (x, y) on a transparent canvas, cut at its edges."""
    canvas_box, box = Box(0, 0, *size), Box.from_xywh(x, y, pixels.shape[1], pixels.shape[0])
    out = np.zeros((size[1], size[0], 4), np.uint8)
    inner = box & canvas_box
    out[inner.slices(canvas_box)] = pixels[inner.slices(box)]
    return out


def save_png(path: Path, pixels: Uint8) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(png_bytes(pixels))
    return path


def png_bytes(pixels: Uint8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "png")
    return buffer.getvalue()


def composite(document: Document) -> NDArray[np.float64]:
    """(h, w, 4) premultiplied 0..1: everything over each other, blend modes taken for normal, groups isolated."""
    return _stacked(document.children, document.canvas)


def _stacked(nodes: Sequence[Node], canvas: Box) -> NDArray[np.float64]:
    units: list[NDArray[np.float64]] = []  # a layer or group with what is clipped to it
    for node in nodes:
        drawn = _drawn(node, canvas) * (node.opacity * node.fill * node.visible)
        for mask in node.masks:
            drawn *= _coverage(mask, canvas)[..., None]
        if node.clipped and units:
            drawn *= units[-1][..., 3:]
            units[-1][..., :3] = drawn[..., :3] + units[-1][..., :3] * (1 - _ratio(drawn, units[-1]))
        else:
            units.append(drawn)
    out = np.zeros((canvas.height, canvas.width, 4))
    for unit in units:
        out = unit + out * (1 - unit[..., 3:])
    return out


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """(h, w, 1): alpha of `part` over alpha of `whole`, 0 where there is none."""
    return np.divide(part[..., 3:], whole[..., 3:], out=np.zeros_like(part[..., 3:]), where=whole[..., 3:] > 0)


def _coverage(mask: Mask, canvas: Box) -> NDArray[np.float64]:
    coverage = np.full((canvas.height, canvas.width), mask.outside)
    inner = mask.box & canvas
    coverage[inner.slices(canvas)] = mask.load()[inner.slices(mask.box)]
    return coverage


def _drawn(node: Node, canvas: Box) -> NDArray[np.float64]:
    if isinstance(node, Group):
        return _stacked(node.children, canvas)
    assert isinstance(node, Layer)
    out = np.zeros((canvas.height, canvas.width, 4))
    inner = node.box & canvas
    pixels = node.load()
    straight = pixels[inner.slices(node.box)] / (255.0 if pixels.dtype == np.uint8 else 1.0)
    out[inner.slices(canvas)] = straight
    out[..., :3] *= out[..., 3:]
    return out
