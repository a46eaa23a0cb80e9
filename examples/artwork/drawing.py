"""Shapes become coverage, coverage takes paint: the small drawing kit behind the examples.

A coverage is (h, w) float32 0..1 over the whole canvas, drawn at `OVER` samples per pixel and axis and reduced with
Lanczos. A `Sheet` is the picture of one layer: premultiplied (h, w, 4) float32 until it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter, gaussian_filter1d, shift
from svg.path import Move, parse_path

OVER = 4
Array = NDArray[np.float32]
Color = str | Array  # "#rrggbb", or rgb that broadcasts to (h, w, 3)
Point = tuple[float, float]
# Thresholds per row for rounding to 8 bits: they break the bands of vertical gradients, and rows still pack as runs.
ROW_DITHER = np.array([1, 5, 3, 7], np.float32) / 8


def rgb(color: Color) -> Array:
    """A hex colour as (3,) float32 0..1; arrays pass through."""
    if not isinstance(color, str):
        return color
    return np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)], np.float32)


def smooth(low: float, high: float, value: Array) -> Array:
    """0 below `low`, 1 above `high`, an S-curve between (either may be the larger)."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def svg(d: str, samples: int = 24) -> list[list[Point]]:
    """SVG path data as polygons, one per subpath."""
    shapes: list[list[Point]] = []
    for segment in parse_path(d):
        if isinstance(segment, Move):
            shapes.append([])
        points = [segment.point(i / samples) for i in range(1, samples + 1)]
        shapes[-1] += [(p.real, p.imag) for p in points]
    return shapes


def mirrored(points: Sequence[Point], axis: float) -> list[Point]:
    """The points reflected in the vertical line x = axis."""
    return [(2 * axis - x, y) for x, y in points]


def turned(points: Sequence[Point], degrees: float, about: Point) -> list[Point]:
    """The points rotated clockwise (y points down) about a point."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    ax, ay = about
    return [(ax + c * (x - ax) - s * (y - ay), ay + s * (x - ax) + c * (y - ay)) for x, y in points]


@dataclass(frozen=True)
class Board:
    """A canvas in design units and how many pixels a unit has; its shapes come as coverage (h, w) in pixels."""

    width: int
    height: int
    scale: float = 1

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of pixels."""
        return round(self.height * self.scale), round(self.width * self.scale)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.shape[::-1]

    @property
    def y(self) -> Array:
        """(h, 1) pixel centres, in design units."""
        return (np.arange(self.shape[0], dtype=np.float32)[:, None] + 0.5) / np.float32(self.scale)

    @property
    def x(self) -> Array:
        """(1, w) pixel centres, in design units."""
        return (np.arange(self.shape[1], dtype=np.float32)[None, :] + 0.5) / np.float32(self.scale)

    def raster(self, box: Sequence[float], draw: Callable[[ImageDraw.ImageDraw, Point, float], None]) -> Array:
        """Draw inside `box` at OVER samples a pixel; `draw` gets the corner to subtract and the zoom to multiply by."""
        rows, columns = self.shape
        cover = np.zeros((rows, columns), np.float32)
        left, top = (max(0, int(v * self.scale) - 3) for v in box[:2])
        right, bottom = (min(n, int(v * self.scale) + 4) for n, v in zip((columns, rows), box[2:], strict=True))
        if right > left and bottom > top:
            big = Image.new("L", ((right - left) * OVER, (bottom - top) * OVER))
            draw(ImageDraw.Draw(big), (left / self.scale, top / self.scale), OVER * self.scale)
            small = big.resize((right - left, bottom - top), Image.Resampling.LANCZOS)
            cover[top:bottom, left:right] = np.asarray(small, np.float32) / 255
        return cover

    def polygon(self, *shapes: Sequence[Point]) -> Array:
        """The union of filled polygons."""
        xs, ys = zip(*(point for shape in shapes for point in shape), strict=True)

        def draw(pen: ImageDraw.ImageDraw, corner: Point, zoom: float) -> None:
            for shape in shapes:
                pen.polygon([((x - corner[0]) * zoom - 0.5, (y - corner[1]) * zoom - 0.5) for x, y in shape], fill=255)

        return self.raster((min(xs), min(ys), max(xs), max(ys)), draw)

    def path(self, d: str) -> Array:
        return self.polygon(*svg(d))

    def ellipse(self, x: float, y: float, rx: float, ry: float | None = None, turn: float = 0) -> Array:
        angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
        points = list(zip(x + rx * np.cos(angle), y + (ry or rx) * np.sin(angle), strict=True))
        return self.polygon(turned(points, turn, (x, y)))

    def rounded(self, x: float, y: float, w: float, h: float, radius: float) -> Array:
        """A rectangle with corners that ease into the sides (superellipse of exponent 2.6)."""
        angle = (np.arange(128) + 0.5) * (2 * np.pi / 128)
        c, s = np.cos(angle), np.sin(angle)
        ex, ey = (np.sign(v) * (np.abs(v) ** (2 / 2.6) - 1) * radius for v in (c, s))
        px, py = x + np.where(c > 0, w, 0) + ex, y + np.where(s > 0, h, 0) + ey
        return self.polygon(list(zip(px.tolist(), py.tolist(), strict=True)))

    def stroke(self, points: Sequence[Point], start: float, end: float | None = None) -> Array:
        """A line with round ends whose width runs from `start` to `end`."""
        line = np.array(points)
        widths = np.linspace(start, start if end is None else end, len(line)) / 2
        along = np.gradient(line, axis=0)
        normal = np.stack([-along[:, 1], along[:, 0]], 1) / np.maximum(
            np.linalg.norm(along, axis=1, keepdims=True), 1e-6
        )
        sides = np.concatenate([line + normal * widths[:, None], (line - normal * widths[:, None])[::-1]])
        angle = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        ring = np.stack([np.cos(angle), np.sin(angle)], 1)
        caps = [line[i] + ring * widths[i] for i in (0, -1)]
        return self.polygon(*([(float(x), float(y)) for x, y in shape] for shape in (sides, *caps)))

    def text(self, words: str, x: float, y: float, size: float, *, tracking: float = 0, bold: float = 0) -> Array:
        """A line of Aileron with its baseline start at (x, y). `tracking` in em, `bold` thickens by that many px."""
        font = typeface(size * OVER * self.scale)

        def draw(pen: ImageDraw.ImageDraw, corner: Point, zoom: float) -> None:
            at = (x - corner[0]) * zoom
            for letter in words:
                place = (at, (y - corner[1]) * zoom)
                pen.text(place, letter, 255, font, anchor="ls", stroke_width=bold * zoom / 2, stroke_fill=255)
                at += font.getlength(letter) + tracking * size * zoom

        return self.raster((x - size, y - size * 1.2, x + text_width(words, size, tracking) + size, y + size / 2), draw)

    def glow(self, x: float, y: float, rx: float, ry: float | None = None) -> Array:
        """A soft spot: 1 at its centre, falling smoothly to 0 at the radius."""
        r = np.sqrt(((self.x - x) / rx) ** 2 + ((self.y - y) / (ry or rx)) ** 2)
        return (np.clip(1 - r, 0, 1) ** 2 * (1 + 2 * np.clip(r, 0, 1))).astype(np.float32)

    def vertical(self, stops: Sequence[tuple[float, str]], soften: float = 0.04) -> Array:
        """(h, 1, 3): colours at heights in px, mixed between and softened so that no stop shows as an edge."""
        heights, colors = zip(*stops, strict=True)
        table = np.stack([rgb(c) for c in colors])
        rows = np.stack([np.interp(self.y[:, 0], heights, table[:, i]) for i in range(3)], 1)
        return gaussian_filter1d(rows, soften * (heights[-1] - heights[0]), axis=0, mode="nearest")[:, None].astype(
            np.float32
        )


def typeface(size: float) -> ImageFont.FreeTypeFont:
    """Aileron Regular (CC0), which ships inside Pillow."""
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("Pillow was built without FreeType: its bundled Aileron cannot be drawn")
    return font


def text_width(words: str, size: float, tracking: float = 0) -> float:
    """Width of a line, without the tracking after its last letter."""
    font = typeface(size * OVER)
    return sum(font.getlength(letter) for letter in words) / OVER + tracking * size * (len(words) - 1)


def extent(cover: Array, grow: float = 0) -> tuple[slice, slice]:
    """The rows and columns a coverage touches, grown on all sides: what painting has to look at."""
    spans = []
    for axis in (1, 0):
        touched = np.flatnonzero(cover.any(axis))
        low, high = (int(touched[0]), int(touched[-1]) + 1) if touched.size else (0, 1)
        spans.append(slice(max(0, low - int(grow)), high + int(grow)))
    return spans[0], spans[1]


def blur(cover: Array, radius: float) -> Array:
    window = extent(cover, 3 * radius + 1)
    soft = np.zeros_like(cover)
    soft[window] = gaussian_filter(cover[window], radius, mode="nearest", truncate=3)
    return soft


def inner(cover: Array, dx: float, dy: float, radius: float) -> Array:
    """A soft band along the inside of a shape, on the side that moving the shape by (dx, dy) uncovers."""
    window = extent(cover, 3 * radius + abs(dx) + abs(dy) + 2)
    moved = shift(cover[window], (dy, dx), order=1, mode="nearest")  # nearest: the canvas edge is no edge of the shape
    band = np.zeros_like(cover)
    band[window] = cover[window] * np.clip(1 - gaussian_filter(moved, radius, mode="nearest", truncate=3), 0, 1)
    return band


@dataclass
class Sheet:
    """The picture of one layer in the making, premultiplied (h, w, 4).

    Smooth glows set `step`: alpha is then rounded to multiples of that many levels, with a threshold that changes from
    row to row. The eye sees the same ramp, and the runs of equal bytes that RLE packs become `step` times as long.
    """

    board: Board
    step: int = 1
    pixels: Array = field(init=False)

    def __post_init__(self) -> None:
        self.pixels = np.zeros((*self.board.shape, 4), np.float32)

    def add(self, cover: Array, color: Color, alpha: float = 1) -> Sheet:
        """Paint over what is there."""
        window = extent(cover)
        paint = np.broadcast_to(rgb(color), (*cover.shape, 3))[window]
        a = np.clip(cover[window], 0, 1)[..., None] * np.float32(alpha)
        view = self.pixels[window]
        view *= 1 - a
        view[..., :3] += paint * a
        view[..., 3:] += a
        return self

    def tint(self, cover: Array, color: Color, alpha: float = 1) -> Sheet:
        """Paint only where there is paint already."""
        return self.add(cover * self.pixels[..., 3], color, alpha)

    def image(self) -> tuple[Image.Image, tuple[int, int]]:
        """Straight 8-bit RGBA, trimmed to what is visible, and where its corner lies."""
        rows, columns = extent(self.pixels[..., 3])
        picture = self.pixels[rows, columns]
        alpha = picture[..., 3:]
        straight = np.where(alpha > 0, picture[..., :3] / np.maximum(alpha, 1e-6), 0)
        alpha = rounded(alpha, self.step)
        flat = np.concatenate([bled(rounded(straight), alpha[..., 0] > 0), alpha], 2)
        inside = extent(flat[..., 3].astype(np.float32))
        return Image.fromarray(flat[inside]), (columns.start + inside[1].start, rows.start + inside[0].start)


def rounded(values: Array, step: int = 1) -> NDArray[np.uint8]:
    """0..1 to 8 bits in multiples of `step`, with a rounding threshold per row; 0 and 1 stay exact."""
    threshold = np.resize(ROW_DITHER, len(values)).reshape(-1, *[1] * (values.ndim - 1))
    levels = np.floor(values.clip(0, 1) * (255 / step) + threshold) * step
    return levels.clip(0, 255).astype(np.uint8)


def bled(colors: NDArray[np.uint8], visible: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Colours carried on along each row into what is transparent: edges stay clean in any renderer, and runs long."""
    columns = np.where(visible, np.arange(visible.shape[1]), -1)
    source = np.maximum.accumulate(columns, axis=1)
    source = np.where(source < 0, visible.argmax(1)[:, None], source)
    return np.take_along_axis(colors, source[..., None], axis=1)
