"""What the pixels of a node tell the motion lint and a box cannot: outline, edges, luminance. All at rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from .. import alpha
from ..alpha import Planar
from ..document import Coverage, Group, Layer, Node, Pixels
from ..geometry import Box, FloatArray

_LEAST = 1 / 255  # alpha: below it nothing is seen
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)  # WCAG 2.x, "relative luminance"


def image_layers(node: Node) -> Iterator[Layer]:
    """The visible image layers in a node, bottom to top; the node itself counts as visible."""
    stack: list[Node] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Group):
            stack += [child for child in reversed(each.children) if child.visible]
        elif isinstance(each, Layer) and each.adjustment is None and not each.box.is_empty:
            yield each


def _shares(pixels: Pixels) -> Planar:
    """0..1, whatever the document's depth."""
    return np.asarray(pixels, np.float32) / np.float32(255 if pixels.dtype == np.uint8 else 1)


def _opaqueness(layer: Layer) -> Coverage:
    """(h, w) 0..1 over the layer's box: alpha, masks, opacity and fill."""
    found = _shares(layer.load()[..., 3])
    for mask in layer.masks:
        cover = np.full(found.shape, mask.outside, np.float32)
        common = mask.box & layer.box
        cover[common.slices(layer.box)] = mask.load()[common.slices(mask.box)]
        found *= cover
    return found * np.float32(layer.opacity * layer.fill)


def alpha_at(node: Node, points: FloatArray) -> FloatArray:
    """(n,) 0..1: how opaque a node is at rest at canvas points (n, 2)."""
    found = np.zeros(len(points))
    for layer in image_layers(node):
        x, y = np.floor(points).astype(int).T - np.array([[layer.box.x0], [layer.box.y0]])
        inside = (x >= 0) & (y >= 0) & (x < layer.box.width) & (y < layer.box.height)
        if inside.any():
            found[inside] = np.maximum(found[inside], _opaqueness(layer)[y[inside], x[inside]])
    return found


def outline(node: Node) -> FloatArray:
    """(k, 2): the convex hull, at rest, of the pixels at least half as opaque as the most opaque ones."""
    hulls = []
    for layer in image_layers(node):
        opaque = _opaqueness(layer)
        rows, columns = np.nonzero(opaque >= max(opaque.max() / 2, _LEAST))
        if len(rows):
            corners = np.concatenate([np.stack([columns + i, rows + j], axis=-1) for i in (0, 1) for j in (0, 1)])
            hulls.append(cv2.convexHull(corners.astype(np.int32))[:, 0] + (layer.box.x0, layer.box.y0))
    return np.concatenate(hulls).astype(float) if hulls else np.zeros((0, 2))


@dataclass(frozen=True)
class Tone:
    """What a node looks like from afar."""

    luminance: float  # 0..1, relative luminance of WCAG 2.x, mean over its opaque pixels
    area: float  # px of the canvas it covers, partly covered ones in part


def tone(node: Node, within: Box) -> Tone:
    """Of what lies in a box of the canvas."""
    weight = light = 0.0
    for layer in image_layers(node):
        common = layer.box & within
        if common.is_empty:
            continue
        rows, columns = common.slices(layer.box)
        pixels, cover = layer.load()[rows, columns], _opaqueness(layer)[rows, columns]
        luminance = alpha.to_linear(_shares(pixels[..., :3])) @ _LUMINANCE  # (h, w)
        weight, light = weight + float(cover.sum()), light + float((luminance * cover).sum())
    return Tone(light / weight if weight else 0.0, weight)
