"""A canvas that draws outlines in a style: flat, gradient, cel shaded, grainy, patterned, outlined, line art, duotone.

The canvas is premultiplied and twice as fine as the result. Pasting an opaque colour through a mask onto premultiplied
pixels is exactly the over operator, so every shape costs one paste of its own box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from .drawing import Drawing, Piece
from .palettes import Colour, Palette, darker, lighter, mix, palette
from .shapes import Points

SUPERSAMPLE = 2
MARGIN = 0.25  # units of the square on every side that a design may overlap
# Four plain channels that hold premultiplied RGBA: Pillow treats alpha specially when it pastes into RGBA or RGBa.
MODE = "CMYK"
LAYERS = ("rear", "body", "front")
FILLS = ("flat", "gradient", "cel", "soft", "grain", "pattern", "line")
PATTERNS = ("stripes", "dots", "checks", "waves", "crosses")

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Look:
    """The style of one drawing."""

    fill: str  # of FILLS
    outline: float  # width of outlines in units; 0 none
    sticker: float  # width of the white border in units; 0 none
    duotone: bool
    light: float  # degrees towards which shapes get lighter
    depth: float  # how far gradients and shading go, 0..1
    pattern: str  # of PATTERNS
    share: float  # the share of the square's side that the drawing fills


def look(rng: np.random.Generator, sticker: float = 0.12) -> Look:
    """A random style; `sticker` is the share of drawings with a white border."""
    fill = str(rng.choice(FILLS, p=(0.2, 0.2, 0.22, 0.14, 0.1, 0.06, 0.08)))
    outlined = fill == "line" or rng.random() < 0.25
    return Look(
        fill=fill,
        outline=float(rng.choice([0.008, 0.012, 0.017, 0.022])) if outlined else 0.0,
        sticker=float(rng.uniform(0.02, 0.034)) if rng.random() < sticker else 0.0,
        duotone=bool(rng.random() < 0.06),
        light=float(rng.choice([-135, -120, -90, -60, -45])),
        depth=float(rng.uniform(0.5, 1.0)),
        pattern=str(rng.choice(PATTERNS)),
        share=float(rng.uniform(0.82, 0.88)),
    )


class Canvas:
    """Three pictures to draw on, one at a time: `on("rear")`, `on("body")` (the first), `on("front")`."""

    def __init__(self, rng: np.random.Generator, size: int, *, style: Look | None = None, sticker: float = 0.12):
        self.rng = rng
        self.size = size
        self.look = style or look(rng, sticker)
        self.palette: Palette = palette(rng)
        self.unit = size * SUPERSAMPLE  # px a unit
        side = round(self.unit * (1 + 2 * MARGIN))
        self._pictures = {name: Image.new(MODE, (side, side)) for name in LAYERS}
        self._picture = self._pictures["body"]
        self._noise: NDArray[np.uint8] | None = None

    # ---- chance, place, colour

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def count(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def word(self, *words: str) -> str:
        """One of several."""
        return words[int(self.rng.integers(len(words)))]

    def on(self, layer: str) -> Canvas:
        """Further shapes go to this layer."""
        self._picture = self._pictures[layer]
        return self

    def tone(self, name: str) -> Colour:
        """A natural tone (palettes.TONES)."""
        return self.palette.tone(name)

    def colour(self, index: int) -> Colour:
        """One of the palette's five colours."""
        return self.palette.colours[index % 5]

    @property
    def ink(self) -> Colour:
        return self.palette.ink

    @property
    def paper(self) -> Colour:
        return self.palette.paper

    def restyle(self, **changes: object) -> None:
        """Overrules a part of the look: restyle(fill="flat", outline=0.0)."""
        self.look = replace(self.look, **changes)  # type: ignore[arg-type]  # the names are checked by replace

    # ---- shapes

    def shape(self, outline: ArrayLike, colour: Colour, *, fill: str = "", within: ArrayLike | None = None) -> None:
        """A closed shape in the drawing's style (or the fill named). `within`: only where it overlaps that outline."""
        found = self._mask(outline, within)
        if found is None:
            return
        mask, box = found
        kind = fill or self.look.fill
        base = self._line_tint(colour) if kind == "line" else colour
        self._picture.paste((*base, 255), box, mask)
        self._dress(kind, base, mask, box)
        if self.look.outline and within is None:
            self.stroke(outline, self.look.outline, self._outline_colour(colour), closed=True)

    def plain(self, outline: ArrayLike, colour: Colour, alpha: float = 1, *, within: ArrayLike | None = None) -> None:
        """A closed shape in one even colour without outline: eyes, highlights, small parts, glows."""
        found = self._mask(outline, within)
        if found is not None:
            mask, box = found
            self._paste(colour, mask if alpha == 1 else mask.point(lambda v: v * alpha), box)

    def gradient(self, outline: ArrayLike, first: Colour, second: Colour, angle: float = 90) -> None:
        """A closed shape that runs from the first colour to the second towards `angle` (90: downwards)."""
        found = self._mask(outline, None)
        if found is None:
            return
        mask, box = found
        self._paste(first, mask, box)
        self._paste(second, ImageChops.multiply(mask, _ramp(mask.size, angle)), box)

    def glow(self, x: float, y: float, radius: float, colour: Colour, alpha: float = 0.5) -> None:
        """A round light that fades to nothing at `radius`."""
        side = max(2, round(2 * radius * self.unit))
        mask = Image.radial_gradient("L").point(lambda v: max(0, 255 - v * 1.0) * alpha * max(0, 1 - v / 181) ** 0.8)
        mask = mask.resize((side, side), Image.Resampling.BILINEAR, box=(37, 37, 219, 219))
        left, top = self._px((x - radius, y - radius))
        self._paste(colour, mask, (left, top, left + side, top + side))

    def stroke(
        self, line: ArrayLike, width: float, colour: Colour, *, closed: bool = False, alpha: float = 1,
        within: ArrayLike | None = None,
    ) -> None:  # fmt: skip
        """A line of even width with round joints and ends."""
        points = np.asarray(line, float)
        points = np.concatenate([points, points[:1]]) if closed else points
        half = width / 2
        box = self._box(points, half + 2 / self.unit)
        if box is None:
            return
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        _pen(ImageDraw.Draw(mask), self._scaled(points) - box[:2], width * self.unit)
        if within is not None:
            mask = ImageChops.multiply(mask, self._clip(within, box))
        self._paste(colour, mask if alpha == 1 else mask.point(lambda v: v * alpha), box)

    def text(self, words: str, x: float, y: float, height: float, colour: Colour) -> None:
        """Words in Pillow's own font, centred at x, y; `height` is the font's size in units."""
        font = ImageFont.load_default(height * self.unit)
        ends = font.getbbox(words, anchor="mm")
        wide, tall = int(ends[2] - ends[0]) + 4, int(ends[3] - ends[1]) + 4
        mask = Image.new("L", (wide, tall))
        ImageDraw.Draw(mask).text((2 - ends[0], 2 - ends[1]), words, 255, font, anchor="mm")
        left, top = self._px((x, y))
        left, top = left - wide // 2, top - tall // 2
        self._paste(colour, mask, (left, top, left + wide, top + tall))

    def shadow(self, outline: ArrayLike, *, dx: float = 0.0, dy: float = 0.02, alpha: float = 0.25) -> None:
        """A soft shadow of an outline on what the current layer shows already, and only there."""
        found = self._mask(np.add(outline, (dx, dy)), None)
        if found is not None:
            mask, box = found
            mask = mask.filter(ImageFilter.BoxBlur(0.012 * self.unit))
            mask = ImageChops.multiply(mask, self._picture.crop(box).getchannel(3)).point(lambda v: v * alpha)
            self._picture.paste((*darker(self.ink, 0.5), 255), box, mask)

    def lay(self, layer: str, picture: Image.Image, left: int, top: int) -> None:
        """A finished picture (premultiplied, of MODE) over what a layer shows, its corner at left, top px."""
        x0, y0 = max(0, left), max(0, top)
        shown = picture.crop((x0 - left, y0 - top, picture.width, picture.height))
        under = self._pictures[layer]
        end = min(x0 + shown.width, under.width), min(y0 + shown.height, under.height)
        shown = shown.crop((0, 0, end[0] - x0, end[1] - y0))
        under.paste(_over(shown, under.crop((x0, y0, *end))), (x0, y0))

    # ---- the end

    def finish(
        self, family: str, noun: str, *, rear: Piece | None = None, front: Piece | None = None,
        hangs: bool = False, rooted: bool = False, mirror: bool = False,
    ) -> Drawing:  # fmt: skip
        """Fits the drawing into the square: centred, its long side filling `look.share`. Pieces are in units."""
        pictures = [self._bordered(self._pictures[name]) for name in LAYERS]
        left, top, side = _square(pictures, self.look.share)
        pieces = np.stack([self._fitted(p, left, top, side) for p in pictures])  # (3, s, s, 4)
        if mirror:
            pieces = np.ascontiguousarray(pieces[:, :, ::-1])

        def placed(piece: Piece | None) -> Piece | None:
            if piece is None:
                return None
            x, y = ((v + MARGIN) * self.unit for v in piece.pivot)
            x, y = (x - left) / side, (y - top) / side
            return replace(
                piece,
                pivot=(1 - x, y) if mirror else (x, y),
                axis=(-piece.axis[0], piece.axis[1]) if mirror else piece.axis,
            )

        return Drawing(family, noun, pieces, placed(rear), placed(front), hangs, rooted)

    def _fitted(self, picture: Image.Image, left: int, top: int, side: int) -> NDArray[np.uint8]:
        if picture.getbbox() is None:
            return np.zeros((self.size, self.size, 4), np.uint8)
        square = picture.crop((left, top, left + side, top + side))
        pixels = np.asarray(square.resize((self.size, self.size), Image.Resampling.HAMMING))
        return self._duotone(pixels) if self.look.duotone else pixels

    def _duotone(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Luminance from a dark to a light colour; exact on premultiplied pixels because it is linear."""
        dark, light = mix(self.ink, self.colour(0), 0.25), mix(self.paper, self.colour(1), 0.3)
        alpha = pixels[..., 3:].astype(np.float32) / 255
        luminance = (pixels[..., :3] @ np.array([0.3, 0.59, 0.11], np.float32))[..., None] / 255  # (s, s, 1)
        rgb = np.asarray(dark, np.float32) * (alpha - luminance) + np.asarray(light, np.float32) * luminance
        result = pixels.copy()
        result[..., :3] = np.clip(np.rint(rgb), 0, pixels[..., 3:])
        return result

    def _bordered(self, picture: Image.Image) -> Image.Image:
        """With the white border of a sticker behind it."""
        ends = picture.getbbox()
        if not self.look.sticker or ends is None:
            return picture
        reach = self.look.sticker * self.unit
        spare = int(2 * reach)
        box = (ends[0] - spare, ends[1] - spare, ends[2] + spare, ends[3] + spare)
        alpha = picture.crop(box).getchannel(3)
        small = alpha.resize((max(1, alpha.width // 2), max(1, alpha.height // 2)), Image.Resampling.BOX)
        near = small.point(lambda v: 255 if v > 60 else 0).filter(ImageFilter.BoxBlur(reach / 2))
        border = near.filter(ImageFilter.BoxBlur(reach / 6)).point(lambda v: min(255, max(0, v - 6) * 12))
        behind = Image.new(MODE, alpha.size)
        behind.paste((255, 255, 255, 255), (0, 0), border.resize(alpha.size, Image.Resampling.BICUBIC))
        return self._laid_over(picture, behind, box)

    def _laid_over(self, picture: Image.Image, behind: Image.Image, box: Box) -> Image.Image:
        """The picture with something behind its box."""
        result = Image.new(MODE, picture.size)
        result.paste(_over(picture.crop(box), behind), box[:2])
        return result

    # ---- masks and dressing

    def _scaled(self, points: Points) -> Points:
        return (points + MARGIN) * self.unit

    def _px(self, point: tuple[float, float]) -> tuple[int, int]:
        return round((point[0] + MARGIN) * self.unit), round((point[1] + MARGIN) * self.unit)

    def _box(self, points: Points, spare: float) -> Box | None:
        low = np.floor(self._scaled(points.min(axis=0) - spare)).astype(int)
        high = np.ceil(self._scaled(points.max(axis=0) + spare)).astype(int) + 1
        x0, y0 = (max(0, int(v)) for v in low)
        x1, y1 = (min(self._picture.width, int(v)) for v in high)
        return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None

    def _clip(self, outline: ArrayLike, box: Box) -> Image.Image:
        mask = Image.new("L", (box[2] - box[0], box[3] - box[1]))
        local = self._scaled(np.asarray(outline, float)) - box[:2]
        ImageDraw.Draw(mask).polygon(local.ravel().tolist(), fill=255)
        return mask

    def _mask(self, outline: ArrayLike, within: ArrayLike | None) -> tuple[Image.Image, Box] | None:
        box = self._box(np.asarray(outline, float), 0)
        if box is None:
            return None
        mask = self._clip(outline, box)
        return (mask if within is None else ImageChops.multiply(mask, self._clip(within, box))), box

    def _paste(self, colour: Colour, mask: Image.Image, box: Box) -> None:
        self._picture.paste((*colour, 255), box, mask)

    def _line_tint(self, colour: Colour) -> Colour:
        return mix(self.paper, colour, 0.12)

    def _outline_colour(self, colour: Colour) -> Colour:
        return self.ink if self.look.outline > 0.01 or self.look.fill == "line" else darker(colour, 0.55)

    def _dress(self, kind: str, colour: Colour, mask: Image.Image, box: Box) -> None:
        """Lays shading over a shape that has its base colour."""
        depth, angle = self.look.depth, self.look.light
        if kind in ("gradient", "soft", "grain"):
            lit = ImageChops.multiply(mask, _ramp(mask.size, angle).point(lambda v: v * depth))
            dim = ImageChops.multiply(mask, _ramp(mask.size, angle + 180).point(lambda v: v * depth))
        if kind == "gradient":
            self._paste(darker(mix(colour, self.colour(2), 0.3), 0.1), dim, box)
        elif kind == "soft":
            self._paste(lighter(colour, 0.45), lit, box)
            self._paste(darker(colour, 0.35), dim.point(lambda v: max(0, v - 90)), box)
        elif kind == "grain":
            self._paste(darker(colour, 0.45), ImageChops.multiply(mask, self._speckle(dim)), box)
        elif kind == "cel":
            self._paste(darker(colour, 0.12 + 0.14 * depth), self._crescent(mask), box)
        elif kind == "pattern" and min(mask.size) > 0.16 * self.unit:
            self._paste(mix(colour, self.paper, 0.35), ImageChops.multiply(mask, self._tile(mask.size)), box)

    def _crescent(self, mask: Image.Image) -> Image.Image:
        """The part of a shape away from the light: the shape less itself moved towards the light."""
        reach = 0.2 * min(mask.size)
        dx, dy = (round(reach * f(np.radians(self.look.light))) for f in (np.cos, np.sin))
        moved = mask.crop((-dx, -dy, mask.width - dx, mask.height - dy))  # empty where it came from outside
        return ImageChops.subtract(mask, moved)

    def _speckle(self, share: Image.Image) -> Image.Image:
        """Grain: white where noise is below `share`."""
        if self._noise is None:
            self._noise = self.rng.integers(0, 256, (self.unit // 2, self.unit // 2), dtype=np.uint8)
        side = self._picture.width
        rows, columns = -(-share.height // 2), -(-share.width // 2)
        noise = np.tile(self._noise, (-(-side // len(self._noise)),) * 2)[:rows, :columns]
        coarse = Image.fromarray(noise).resize((columns * 2, rows * 2), Image.Resampling.NEAREST)
        return ImageChops.subtract(share, coarse.crop((0, 0, *share.size))).point(lambda v: min(255, v * 6))

    def _tile(self, size: tuple[int, int]) -> Image.Image:
        """A repeated pattern as a mask."""
        y, x = np.mgrid[0 : size[1], 0 : size[0]] / (0.075 * self.unit)  # cells
        near_x, near_y = np.abs(x % 1 - 0.5), np.abs(y % 1 - 0.5)
        shown = {
            "stripes": lambda: (x + y) % 1 < 0.42,
            "dots": lambda: ((x + np.floor(y) % 2 / 2) % 1 - 0.5) ** 2 + (y % 1 - 0.5) ** 2 < 0.06,
            "checks": lambda: (np.floor(x) + np.floor(y)) % 2 < 1,
            "waves": lambda: (y + 0.22 * np.sin(x * 3.1)) % 1 < 0.4,
            "crosses": lambda: (np.minimum(near_x, near_y) < 0.08) & (np.maximum(near_x, near_y) < 0.26),
        }[self.look.pattern]()
        return Image.fromarray((shown * 255).astype(np.uint8))


def hinge(name: str, kinds: Sequence[str], pivot: tuple[float, float], towards: tuple[float, float]) -> Piece:
    """A piece whose axis runs from its hinge to another point of it."""
    away = np.subtract(towards, pivot)
    x, y = (float(v) for v in away / max(float(np.linalg.norm(away)), 1e-9))
    return Piece(name, tuple(kinds), pivot, (x, y))


def _ramp(size: tuple[int, int], angle: float) -> Image.Image:
    """A mask that grows from 0 to 255 towards `angle` across the whole box."""
    c, s = float(np.cos(np.radians(angle))), float(np.sin(np.radians(angle)))
    x = np.linspace(-1, 1, size[0], dtype=np.float32) * c
    y = np.linspace(-1, 1, size[1], dtype=np.float32) * s
    reach = max(abs(c) + abs(s), 1e-6)
    values = (x[None, :] + y[:, None]) * (127 / reach) + 127.5  # (h, w)
    return Image.fromarray(values.astype(np.uint8))


def _pen(draw: ImageDraw.ImageDraw, points: Points, width: float) -> None:
    """Thick segments with a disc at every point."""
    wide = max(1, round(width))
    draw.line(points.ravel().tolist(), fill=255, width=wide, joint="curve")
    if wide > 2:
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)


def _over(top: Image.Image, bottom: Image.Image) -> Image.Image:
    """Premultiplied over; the top's own alpha must not count twice, hence black keeps and a sum."""
    gap = ImageChops.invert(top.getchannel(3))
    kept = Image.merge(MODE, [ImageChops.multiply(channel, gap) for channel in bottom.split()])
    return Image.merge(MODE, [ImageChops.add(a, b) for a, b in zip(top.split(), kept.split(), strict=True)])


def _square(pictures: list[Image.Image], share: float) -> tuple[int, int, int]:
    """Left, top and side in px of the square in which the drawing's long side fills `share`."""
    ends = np.array([box for box in (p.getbbox() for p in pictures) if box])  # (layers, 4)
    x0, y0 = ends[:, :2].min(axis=0)
    x1, y1 = ends[:, 2:].max(axis=0)
    side = round(max(x1 - x0, y1 - y0) / share)
    return round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2), side
