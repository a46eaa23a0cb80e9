"""A small easel: shapes, curves, gradients, grain and letters on a transparent canvas, drawn four times too large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Point = tuple[float, float]
Colour = str | tuple[str, str]  # "#rrggbb", or two of them: from top to bottom
FINE = 4  # px drawn for one px kept


def curve(points: Sequence[Point], *, closed: bool = True, steps: int = 16) -> list[Point]:
    """A smooth line through points (Catmull and Rom, 1974)."""
    dots = np.array(points, float)
    ring = np.concatenate([dots[-1:], dots, dots[:2]]) if closed else np.concatenate([dots[:1], dots, dots[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    made: list[Point] = []
    for a, b, c, d in zip(ring, ring[1:], ring[2:], ring[3:], strict=False):
        line = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        made += [(float(x), float(y)) for x, y in line]
    return made if closed else [*made, points[-1]]


def oval(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0, n: int = 72) -> list[Point]:
    """An ellipse about x, y, turned clockwise by `turn` degrees."""
    a = np.linspace(0, 2 * np.pi, n, endpoint=False)
    px, py, t = rx * np.cos(a), (rx if ry is None else ry) * np.sin(a), np.radians(turn)
    return [
        (float(x + u * np.cos(t) - v * np.sin(t)), float(y + u * np.sin(t) + v * np.cos(t)))
        for u, v in zip(px, py, strict=True)
    ]


def box(x: float, y: float, w: float, h: float, r: float = 0, turn: float = 0) -> list[Point]:
    """A rectangle with round corners, turned about its middle."""
    corners = [(x + w - r, y + r, -90), (x + w - r, y + h - r, 0), (x + r, y + h - r, 90), (x + r, y + r, 180)]
    made = [
        (cx + r * np.cos(np.radians(a + s)), cy + r * np.sin(np.radians(a + s)))
        for cx, cy, s in corners
        for a in range(0, 91, 10)
    ]
    return turned(made, x + w / 2, y + h / 2, turn)


def turned(points: Sequence[Point], x: float, y: float, degrees: float) -> list[Point]:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return [(float(x + (px - x) * c - (py - y) * s), float(y + (px - x) * s + (py - y) * c)) for px, py in points]


def star(x: float, y: float, outer: float, inner: float, tips: int, turn: float = -90) -> list[Point]:
    angles = np.radians(turn + np.arange(2 * tips) * 180 / tips)
    return [
        (float(x + r * np.cos(a)), float(y + r * np.sin(a))) for a, r in zip(angles, [outer, inner] * tips, strict=True)
    ]


@dataclass
class Easel:
    """A canvas of `size` px; later shapes lie over earlier ones. `marking` collects a mask."""

    size: tuple[int, int] = (256, 256)
    image: Image.Image = field(init=False)
    marked: Image.Image = field(init=False)
    marking: bool = False

    def __post_init__(self) -> None:
        fine = (self.size[0] * FINE, self.size[1] * FINE)
        self.image, self.marked = Image.new("RGBA", fine), Image.new("L", fine)

    def fill(
        self,
        points: Sequence[Point],
        colour: Colour,
        *,
        alpha: float = 1,
        within: Sequence[Point] | None = None,
        blur: float = 0,
    ) -> None:
        mask = self._mask(points)
        if blur:
            mask = mask.filter(ImageFilter.GaussianBlur(blur * FINE))
        if within is not None:
            mask = ImageChops.multiply(mask, self._mask(within))
        self._lay(mask, colour, alpha)

    def line(
        self,
        points: Sequence[Point],
        width: float,
        colour: Colour,
        *,
        closed: bool = False,
        alpha: float = 1,
        within: Sequence[Point] | None = None,
    ) -> None:
        """A line with round ends and corners."""
        mask = Image.new("L", self.image.size)
        pen = ImageDraw.Draw(mask)
        path = [(x * FINE, y * FINE) for x, y in ([*points, points[0]] if closed else points)]
        pen.line(path, 255, round(width * FINE), joint="curve")
        r = width * FINE / 2
        for x, y in (path[0], path[-1]):
            pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
        self._lay(mask if within is None else ImageChops.multiply(mask, self._mask(within)), colour, alpha)

    def shape(self, points: Sequence[Point], colour: Colour, edge: str, width: float = 4) -> None:
        """Filled, with an outline."""
        self.fill(points, colour)
        self.line(points, width, edge, closed=True)

    def write(
        self,
        text: str,
        x: float,
        y: float,
        height: float,
        colour: Colour,
        *,
        weight: float = 0,
        turn: float = 0,
        space: float = 0,
    ) -> None:
        """Letters about x, y; `height` is the size of the type."""
        font, mask = ImageFont.load_default(height * FINE), Image.new("L", self.image.size)
        pen, widths = ImageDraw.Draw(mask), []
        widths = [font.getlength(letter) + space * FINE for letter in text]
        at = x * FINE - (sum(widths) - space * FINE) / 2
        for letter, wide in zip(text, widths, strict=True):
            pen.text((at, y * FINE), letter, 255, font, anchor="lm", stroke_width=round(weight * FINE))
            at += wide
        if turn:
            mask = mask.rotate(-turn, Image.Resampling.BILINEAR, center=(x * FINE, y * FINE))
        self._lay(mask, colour, 1)

    def grain(self, amount: float, seed: int) -> None:
        """Film grain and soft blotches over what is there, as of a photograph."""
        rng, (w, h) = np.random.default_rng(seed), self.size
        soft = np.asarray(
            Image.fromarray(rng.integers(0, 255, (h // 12, w // 12), np.uint8)).resize(
                self.image.size, Image.Resampling.BICUBIC
            ),
            np.float32,
        )
        fine = np.asarray(Image.fromarray(rng.integers(0, 255, (h, w), np.uint8)).resize(self.image.size), np.float32)
        pixels = np.asarray(self.image, np.float32).copy()
        pixels[..., :3] += amount * ((soft - 127) * 0.25 + (fine - 127) * 0.12)[..., None]
        self.image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8), "RGBA")

    def picture(self) -> Image.Image:
        """Straight RGBA at its own size, averaged premultiplied."""
        pixels = np.asarray(self.image, np.float32)
        alpha = pixels[..., 3:] / 255
        block = np.concatenate([pixels[..., :3] * alpha, pixels[..., 3:]], axis=-1)
        w, h = self.size
        small = block.reshape(h, FINE, w, FINE, 4).mean((1, 3))
        small[..., :3] /= np.maximum(small[..., 3:] / 255, 1e-6)
        return Image.fromarray(small.round().clip(0, 255).astype(np.uint8), "RGBA")

    def mask(self) -> Image.Image:
        """(L) what was drawn while `marking`, where nothing that came later hides it."""
        return self.marked.resize(self.size, Image.Resampling.BOX)

    def _mask(self, points: Sequence[Point]) -> Image.Image:
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon([(x * FINE, y * FINE) for x, y in points], fill=255)
        return mask

    def _lay(self, mask: Image.Image, colour: Colour, alpha: float) -> None:
        bounds = mask.getbbox()
        if bounds is None:
            return
        self.marked.paste(255 if self.marking else 0, (0, 0), mask.point(lambda v: 255 if v > 127 else 0))
        mask = mask.crop(bounds).point(lambda v: round(v * alpha))
        paint = Image.new("RGBA", mask.size, colour if isinstance(colour, str) else colour[0])
        if not isinstance(colour, str):
            ramp = Image.linear_gradient("L").resize(mask.size)
            paint = Image.composite(Image.new("RGBA", mask.size, colour[1]), paint, ramp)
        paint.putalpha(mask)
        self.image.alpha_composite(paint, bounds[:2])
