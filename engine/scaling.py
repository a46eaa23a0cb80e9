"""A document at another canvas size: every layer resampled where it lies, lazily. Also the affine placing of a picture.

Resampling is done on premultiplied float32 by Pillow's antialiasing cubic (Keys, "Cubic Convolution Interpolation for
Digital Image Processing", 1981, a = -0.5, widened when shrinking). Its outer lobes are negative, so alpha beyond a hard
edge clamps to nothing; Lanczos' third lobe would leave a ghost around every layer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .document import Coverage, Document, Group, Layer, Mask, Node, Pixels
from .geometry import Box, FloatArray, apply, compose, invert

Floats = NDArray[np.float32]
Scale = tuple[float, float]

_CUBIC_REACH = 2  # source pixels to either side, times the reduction


def fit(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """The size (width, height) shrunk so that its long side is at most `long_side`; never enlarged, never 0."""
    longest = max(size)
    if longest <= long_side:
        return size
    width, height = (max(1, round(side * long_side / longest)) for side in size)
    return width, height


def scaled(document: Document, size: tuple[int, int]) -> Document:
    """The document on a canvas of (width, height), all pixels still lazy. Raises ValueError for an empty size.

    Content keeps its exact place; a layer's box grows by what its edges soften. Edges on the canvas edge stay hard.
    """
    if min(size) < 1:
        raise ValueError(f"a canvas of {size[0]} x {size[1]} pixels holds nothing")
    if size == document.size:
        return document
    scaler = _Scaler(document.size, size)
    children = tuple(scaler.node(node) for node in document.children)
    return replace(document, size=size, children=children, preview=_scaled_preview(document.preview, size))


def _scaled_preview(
    preview: Callable[[], NDArray[np.uint8] | None], size: tuple[int, int]
) -> Callable[[], NDArray[np.uint8] | None]:
    def load() -> NDArray[np.uint8] | None:
        pixels = preview()
        if pixels is None:
            return None
        height, width = pixels.shape[:2]
        part = (0.0, 0.0, float(width), float(height))
        planes = [_resized(plane, part, size) for plane in premultiplied_planes(pixels)]
        return to_straight(np.stack(planes, axis=-1), floating=False).astype(np.uint8)

    return load


class _Scaler:
    """One change of canvas size."""

    def __init__(self, old: tuple[int, int], new: tuple[int, int]) -> None:
        self.old, self.new = old, new
        self.scale: Scale = (new[0] / old[0], new[1] / old[1])

    def node(self, node: Node) -> Node:
        """The node and, nested at most as deep as readers allow, everything in it."""
        drawn = node.box if isinstance(node, Layer) else None
        masks = tuple(self.mask(mask, drawn) for mask in node.masks)
        if isinstance(node, Group):
            artboard = None if node.artboard is None else self.nearest(node.artboard)
            children = tuple(self.node(child) for child in node.children)
            return replace(node, masks=masks, artboard=artboard, children=children)
        assert isinstance(node, Layer)
        if node.box.is_empty:
            return replace(node, masks=masks, box=self.nearest(node.box))
        return replace(node, masks=masks, box=self.around(node.box), load=self.pixels(node))

    def around(self, box: Box) -> Box:
        """The scaled box on whole pixels, with room for the softness of edges that do not lie on the canvas edge."""
        (x0, x1), (y0, y1) = (self._span(*sides) for sides in self._sides(box))
        return Box(x0, y0, x1, y1)

    @staticmethod
    def _span(low: int, high: int, side: int, scale: float) -> tuple[int, int]:
        soft, tiny = max(1, math.ceil(scale / 2)), 1e-9  # the cubic's inner lobe reaches half a pixel out
        start = math.floor(low * scale + tiny) - (0 if low == 0 else soft)
        return start, math.ceil(high * scale - tiny) + (0 if high == side else soft)

    def nearest(self, box: Box) -> Box:
        sx, sy = self.scale
        return Box(round(box.x0 * sx), round(box.y0 * sy), round(box.x1 * sx), round(box.y1 * sy))

    def pixels(self, layer: Layer) -> Callable[[], Pixels]:
        def load() -> Pixels:
            source = layer.load()
            planes = [self.resampled(plane, layer.box) for plane in premultiplied_planes(source)]
            return to_straight(np.stack(planes, axis=-1), floating=source.dtype != np.uint8)

        return load

    def mask(self, mask: Mask, drawn: Box | None) -> Mask:
        """A mask that ends with what is `drawn`, or beyond, cuts nothing there and must not soften that edge again."""
        if mask.box.is_empty:
            return replace(mask, box=self.nearest(mask.box))

        def load() -> Coverage:
            return np.clip(self.resampled(mask.load(), mask.box, mask.outside, drawn), 0, 1)

        return replace(mask, box=self.around(mask.box), load=load)

    def resampled(self, plane: Floats, box: Box, outside: float = 0.0, seen: Box | None = None) -> Floats:
        """(h, w) over `box` to (h', w') over `around(box)`.

        Beyond the box lies `outside`; beyond the canvas nothing is, and beyond `seen` the box's edge goes on.
        """
        (left, right), (top, bottom) = (self._margins(*sides) for sides in self._sides(box))
        padded = np.pad(plane, ((top, bottom), (left, right)), mode="edge")
        height, width = padded.shape[:2]
        seen = seen or box.grow(1)
        for part, cut in (
            (np.s_[:top], seen.y0 < box.y0),
            (np.s_[height - bottom :], seen.y1 > box.y1),
            (np.s_[:, :left], seen.x0 < box.x0),
            (np.s_[:, width - right :], seen.x1 > box.x1),
        ):
            if cut:
                padded[part] = outside
        target, (sx, sy) = self.around(box), self.scale
        x0, y0 = target.x0 / sx - box.x0 + left, target.y0 / sy - box.y0 + top
        x1, y1 = target.x1 / sx - box.x0 + left, target.y1 / sy - box.y0 + top
        return _resized(
            padded, (max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))), target.size
        )

    def _sides(self, box: Box) -> tuple[tuple[int, int, int, float], tuple[int, int, int, float]]:
        return (box.x0, box.x1, self.old[0], self.scale[0]), (box.y0, box.y1, self.old[1], self.scale[1])

    @staticmethod
    def _margins(low: int, high: int, side: int, scale: float) -> tuple[int, int]:
        """Pixels to add before and after, none where the box ends with the canvas."""
        reach = math.ceil((_CUBIC_REACH + 3) * max(1.0, 1 / scale))
        return (0 if low == 0 else reach), (0 if high == side else reach)


def _resized(plane: Floats, part: tuple[float, float, float, float], size: tuple[int, int]) -> Floats:
    """The part (x0, y0, x1, y1) of (h, w), in source pixels, as (h', w')."""
    image = Image.fromarray(np.ascontiguousarray(plane))
    return np.asarray(image.resize(size, Image.Resampling.BICUBIC, box=part))


def premultiplied_planes(pixels: Pixels) -> Iterator[Floats]:
    """Straight RGBA (h, w, 4) of any document as premultiplied float32 planes (h, w), one at a time to save memory."""
    unit = np.float32(1 / 255 if pixels.dtype == np.uint8 else 1)
    alpha = pixels[..., 3] * unit
    for channel in range(3):
        yield pixels[..., channel] * unit * alpha
    yield alpha


def to_straight(rgba: Floats, *, floating: bool) -> Pixels:
    """Premultiplied (h, w, 4), its overshoot clamped, to straight RGBA: float32, or uint8 unless `floating`."""
    alpha = rgba[..., 3:]
    color = rgba[..., :3] / np.maximum(
        alpha, np.float32(1e-6)
    )  # colour overshoots with its alpha: their ratio is right
    straight: Floats = np.clip(np.concatenate([color, alpha], axis=-1), 0, 1)
    return straight if floating else np.rint(straight * 255).astype(np.uint8)


# --- a picture placed by an affine map --------------------------------------------------------------------------------


def placed_box(size: tuple[int, int], matrix: FloatArray) -> Box:
    """The pixels that a picture of (width, height) touches under a forward affine (2, 3), picture to canvas."""
    return Box.around(np.round(apply(matrix, Box(0, 0, *size).corners), 6))


def placed(pixels: Pixels, matrix: FloatArray) -> Pixels:
    """The picture over `placed_box`, of the same dtype; nothing where the map is flat.

    Quarter turns, flips and whole shifts move pixels as they are. Anything else is resampled, with edges covered as far
    as the picture's outline covers them.
    """
    size = pixels.shape[1], pixels.shape[0]
    box = placed_box(size, matrix)
    if box.is_empty or abs(np.linalg.det(matrix[:, :2])) < 1e-9:
        return np.zeros((box.height, box.width, 4), pixels.dtype)
    linear = np.rint(matrix[:, :2]).astype(np.intp)
    grid = np.column_stack([linear, np.rint(matrix[:, 2])])
    drift = np.abs(apply(matrix, Box(0, 0, *size).corners) - apply(grid, Box(0, 0, *size).corners)).max()
    if drift < 1e-4 and np.array_equal(abs(linear), np.eye(2)):
        return pixels[:: linear[1, 1], :: linear[0, 0]].copy()
    if drift < 1e-4 and np.array_equal(abs(linear), np.eye(2)[::-1]):
        return pixels.transpose(1, 0, 2)[:: linear[1, 0], :: linear[0, 1]].copy()
    return to_straight(_warped(pixels, matrix, box), floating=pixels.dtype != np.uint8)


def _warped(pixels: Pixels, matrix: FloatArray, box: Box) -> Floats:
    """(h, w, 4) premultiplied over `box`."""
    matrix, (width, height) = _shrinking(matrix, (pixels.shape[1], pixels.shape[0]))
    inverse = invert(compose(np.array([[1, 0, -box.x0], [0, 1, -box.y0]], float), matrix))  # output pixels to picture
    covered = _outline(inverse, (width, height), box.size).astype(np.float32)
    pad = 3  # the edge goes on below the outline
    coefficients = (*inverse[0, :2], inverse[0, 2] + pad, *inverse[1, :2], inverse[1, 2] + pad)
    whole = (0.0, 0.0, float(pixels.shape[1]), float(pixels.shape[0]))
    planes = []
    for plane in premultiplied_planes(pixels):
        small = plane if plane.shape == (height, width) else _resized(plane, whole, (width, height))
        image = Image.fromarray(np.pad(small, pad, mode="edge"))
        warped = image.transform(box.size, Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC)
        planes.append(np.asarray(warped) * covered)
    return np.stack(planes, axis=-1)


def _shrinking(matrix: FloatArray, size: tuple[int, int]) -> tuple[FloatArray, tuple[int, int]]:
    """Where the map shrinks: the size to reduce the picture to first, antialiased, and the map of that smaller one."""
    factors = np.minimum(1, np.hypot(matrix[0, :2], matrix[1, :2]))
    width, height = (max(1, math.ceil(side * factor)) for side, factor in zip(size, factors, strict=True))
    back = np.array([[size[0] / width, 0, 0], [0, size[1] / height, 0]])
    return compose(matrix, back), (width, height)


def _outline(inverse: FloatArray, size: tuple[int, int], out: tuple[int, int]) -> NDArray[np.float64]:
    """(h, w) share of each output pixel inside the picture's parallelogram: exact along the axes, else by distance."""
    x, y = np.meshgrid(np.arange(out[0]) + 0.5, np.arange(out[1]) + 0.5)
    covered = np.ones((out[1], out[0]))
    for row, side in zip(inverse, size, strict=True):
        steepness = math.hypot(row[0], row[1])  # picture pixels per output pixel across this pair of edges
        at = row[0] * x + row[1] * y + row[2]
        low, high = np.clip(at / steepness + 0.5, 0, 1), np.clip((side - at) / steepness + 0.5, 0, 1)
        covered *= np.maximum(low + high - 1, 0)
    return covered
