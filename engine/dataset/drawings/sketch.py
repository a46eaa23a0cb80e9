"""What the families without moving pieces share: a canvas with lettering, and the step from a drawer to a family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from .drawing import Drawing
from .paint import MODE, Canvas
from .palettes import Colour, darker
from .shapes import Points, arc, ellipse, turned

EM = 120  # px of the lettering before it is fitted


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(EM)


def lettering(text: str, *, weight: int = 0, slant: float = 0, hollow: bool = False, space: float = 0) -> Image.Image:
    """Text as a tight mask; `weight` 0..9 thickens the strokes, `slant` leans it to the right, `space` is in EM."""
    font, pad = _font(), weight + 4
    steps = [font.getlength(letter) + space * EM for letter in text]
    mask = Image.new("L", (int(sum(steps)) + 2 * pad + 12, EM * 5 // 4 + 2 * pad))
    pen = ImageDraw.Draw(mask)
    for letter, x in zip(text, pad + np.cumsum([0.0, *steps[:-1]]), strict=True):
        pen.text((float(x), pad), letter, 255, font, stroke_width=weight)
    if hollow:
        mask = ImageChops.subtract(mask, mask.filter(ImageFilter.MinFilter(7)))
    if slant:
        lean = abs(slant) * mask.height
        size = (mask.width + int(lean), mask.height)
        shear = (1, slant, -lean if slant > 0 else 0, 0, 1, 0)
        mask = mask.transform(size, Image.Transform.AFFINE, shear, Image.Resampling.BILINEAR)
    return mask.crop(mask.getbbox())


def arched(text: str, radius: float, *, weight: int = 0, space: float = 0) -> Image.Image:
    """Text along the upper part of a circle, as a tight mask; `radius` in EM."""
    steps = [np.degrees((_font().getlength(letter) / EM + space) / radius) for letter in text]
    reach, half = round(EM * (radius + 1.3)), round(0.9 * EM)
    mask, turn = Image.new("L", (2 * reach, 2 * reach)), -sum(steps) / 2
    for letter, step in zip(text, steps, strict=True):
        tile = Image.new("L", (2 * half, 2 * half))
        ImageDraw.Draw(tile).text((half, half + EM // 3), letter, 255, _font(), anchor="ms", stroke_width=weight)
        angle, away = turn + step / 2, (radius + 1 / 3) * EM
        x, y = (round(away * f(np.radians(angle))) for f in (np.sin, np.cos))
        box = (reach + x - half, reach - y - half, reach + x + half, reach - y + half)
        turned_ = tile.rotate(-float(angle), Image.Resampling.BILINEAR)
        mask.paste(ImageChops.lighter(mask.crop(box), turned_), box[:2])
        turn += step
    return mask.crop(mask.getbbox())


class Sketch(Canvas):
    """A canvas with lettering and with chance in words; everything is drawn on the body."""

    lifted = False  # over a soft shadow

    def maybe(self, share: float) -> bool:
        """True in this share of the drawings."""
        return bool(self.rng.random() < share)

    def between(self, low: float, high: float) -> float:
        """A number of this range."""
        return float(self.rng.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """A whole number of this range, its ends included."""
        return int(self.rng.integers(low, high + 1))

    def word(self, *words: str) -> str:
        """One of the words."""
        return words[int(self.rng.integers(len(words)))]

    def letters(
        self, mask: Image.Image, x: float, y: float, width: float, height: float, colour: Colour, fill: str = "flat"
    ) -> None:
        """Lettering fitted into a box about x, y in its own proportions, in a fill of paint.FILLS."""
        scale = min(width * self.unit / mask.width, height * self.unit / mask.height)
        mask = mask.resize((max(1, round(mask.width * scale)), max(1, round(mask.height * scale))))
        left, top = self._px((x, y))
        left, top = left - mask.width // 2, top - mask.height // 2
        box = (left, top, left + mask.width, top + mask.height)
        self._paste(colour, mask, box)
        if fill != "flat":
            self._dress(fill, colour, mask, box)

    def write(
        self, text: str, x: float, y: float, width: float, height: float, colour: Colour, *, weight: int = 3
    ) -> None:
        """One even line of text fitted into a box about x, y."""
        self.letters(lettering(text, weight=weight), x, y, width, height, colour)

    def shine(self, outline: ArrayLike, line: ArrayLike, width: float = 0.025, alpha: float = 0.55) -> None:
        """A highlight along a line, kept inside an outline."""
        self.stroke(line, width, (255, 255, 255), alpha=alpha, within=outline)

    def shaded(self, outline: ArrayLike, part: ArrayLike, alpha: float = 0.16) -> None:
        """A part of an outline in shade."""
        self.plain(part, darker(self.ink, 0.4), alpha, within=outline)

    def bands(self, outline: Points, colour: Colour, angle: float, period: float, share: float = 0.5) -> None:
        """Parallel stripes inside an outline."""
        starts = np.arange(-0.3, 1.3, period)
        shapes = [[(-0.4, y), (1.4, y), (1.4, y + period * share), (-0.4, y + period * share)] for y in starts]
        self._inside(outline, [turned(shape, (0.5, 0.5), angle) for shape in shapes], colour)

    def dotted(self, outline: Points, colour: Colour, period: float, radius: float) -> None:
        """A staggered grid of dots inside an outline."""
        rows = enumerate(np.arange(0, 1, period))
        places = [(x, y) for row, y in rows for x in np.arange(row % 2 * period / 2, 1, period)]
        self._inside(outline, [ellipse(x, y, radius, steps=16) for x, y in places], colour)

    def _inside(self, outline: Points, shapes: Sequence[Points], colour: Colour) -> None:
        """Many shapes of one colour inside an outline, in one paste."""
        found = self._mask(outline, None)
        if found is not None:
            mask, box = found
            drawn = Image.new("L", mask.size)
            pen = ImageDraw.Draw(drawn)
            for shape in shapes:
                pen.polygon((self._scaled(shape) - box[:2]).ravel().tolist(), fill=255)
            self._paste(colour, ImageChops.multiply(mask, drawn), box)

    def face(self, x: float, y: float, size: float) -> None:
        """Two eyes and a mouth, looking to a side."""
        mood = self.word("smile", "open", "sleepy", "wow")
        x += self.between(-0.12, 0.12) * size
        for side in (-1, 1):
            self._eye(x + side * 0.32 * size, y, size, mood == "sleepy")
        if mood in ("smile", "sleepy"):
            self.stroke(arc(x, y + 0.28 * size, 0.2 * size, 0.13 * size, 5, 170), 0.06 * size, self.ink)
        elif mood == "open":
            self.plain(arc(x, y + 0.25 * size, 0.2 * size, 0.2 * size, 0, 180), self.ink)
        else:
            self.plain(ellipse(x, y + 0.3 * size, 0.09 * size, 0.15 * size), self.ink)

    def _eye(self, x: float, y: float, size: float, closed: bool) -> None:
        if closed:
            self.stroke(arc(x, y - 0.02 * size, 0.12 * size, 0.08 * size, 10, 170), 0.06 * size, self.ink)
        else:
            self.plain(ellipse(x, y, 0.1 * size, 0.14 * size), self.ink)
            self.plain(ellipse(x - 0.03 * size, y - 0.05 * size, 0.035 * size, 0.04 * size), (255, 255, 255))

    def drop(
        self, outline: ArrayLike, *, dx: float = 0.0, dy: float = 0.025, blur: float = 0.03, alpha: float = 0.3
    ) -> None:
        """A soft shadow that an outline throws; drawn before what throws it."""
        points = np.add(outline, (dx, dy))
        box = self._box(points, 2.2 * blur)
        if box is not None:
            small = _softened(self._clip(points, box), blur * self.unit)
            self._paste(darker(self.ink, 0.6), small.point(lambda v: v * alpha), box)

    def texture(
        self, outline: ArrayLike, colours: Sequence[Colour], *, cells: float = 4, squeeze: float = 1.0,
        relief: float = 0.5, round_: float = 0.5,
    ) -> None:  # fmt: skip
        """A shape with a surface of clouds of noise in these colours, lit from the drawing's light.

        `cells` of the coarsest octave a unit, `squeeze` times as many across; `relief`: how rough; `round_`: how much
        it darkens towards its rim.
        """
        found = self._mask(outline, None)
        if found is None:
            return
        mask, box = found
        w, h = max(2, mask.width // 2), max(2, mask.height // 2)
        high = self._clouds(w, h, cells * w * 2 / self.unit * squeeze, cells * h * 2 / self.unit)  # (h, w) 0..1
        ramp = np.stack([np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, len(colours)), channel)
                         for channel in np.array(colours, float).T], axis=1)  # fmt: skip
        light = self._lit(high, mask, relief, round_)  # (h, w)
        rgb = np.clip(ramp[(high * 255).astype(np.uint8)] * light[..., None], 0, 255)
        pixels = np.concatenate([rgb, np.full((h, w, 1), 255)], axis=2).astype(np.uint8)
        surface = Image.fromarray(pixels).resize(mask.size, Image.Resampling.BILINEAR)
        self._picture.paste(Image.merge(MODE, surface.split()), box, mask)

    def _clouds(self, width: int, height: int, across: float, down: float) -> NDArray[np.float32]:
        """Five octaves of noise, (height, width) in 0..1."""
        total = np.zeros((height, width), np.float32)
        for octave in range(5):
            cells = (max(2, round(across * 2**octave)), max(2, round(down * 2**octave)))
            if octave and max(cells) > max(width, height):
                break
            noise = Image.fromarray(self.rng.random(cells[::-1], dtype=np.float32))
            total += np.asarray(noise.resize((width, height), Image.Resampling.BICUBIC)) * 0.55**octave
        low, high = np.percentile(total[::4, ::4], (2, 98)) if total.size > 64 else (total.min(), total.max())
        result: NDArray[np.float32] = np.clip((total - low) / max(high - low, 1e-6), 0, 1)
        return result

    def _lit(self, high: NDArray[np.float32], mask: Image.Image, relief: float, round_: float) -> NDArray[np.float32]:
        """How light a surface of this height is: its small slopes and its rim, (h, w) about 1."""
        h, w = high.shape
        small = mask.resize((w, h))
        softer = small.filter(ImageFilter.BoxBlur(max(1, min(w, h) // 7)))
        rim = np.asarray(softer, np.float32) / np.float32(255)  # (h, w)
        dx, dy = (float(f(np.radians(self.look.light))) for f in (np.cos, np.sin))

        def slope(surface: NDArray[np.float32], step: int) -> NDArray[np.float32]:
            return dx * (surface - np.roll(surface, step, 1)) + dy * (surface - np.roll(surface, step, 0))

        rough = slope(high, 1) * relief * 4
        broad = slope(rim, max(1, min(w, h) // 12)) * round_ * -1.6
        lit: NDArray[np.float32] = np.clip(1 + rough + broad - round_ * 0.9 * (1 - rim) ** 1.2, 0.25, 1.45)
        return lit

    def _bordered(self, picture: Image.Image) -> Image.Image:
        shown = super()._bordered(picture)
        ends = shown.getbbox()
        if not self.lifted or ends is None:
            return shown
        spare, fall = round(0.07 * self.unit), round(0.022 * self.unit)
        box = (ends[0] - spare, ends[1] - spare, ends[2] + spare, ends[3] + spare + fall)
        alpha = shown.crop((box[0], box[1] - fall, box[2], box[3] - fall)).getchannel(3)
        behind = Image.new(MODE, alpha.size)
        behind.paste((*darker(self.ink, 0.6), 255), (0, 0), _softened(alpha, spare / 2.4).point(lambda v: v * 0.4))
        return self._laid_over(shown, behind, box)

    def tilted(self, degrees: float) -> None:
        """Turns all that is drawn so far; bilinear, because a cubic kernel would lift colours above their alpha."""
        self._picture.paste(self._picture.rotate(degrees, Image.Resampling.BILINEAR))

    def cut(self, outline: ArrayLike) -> None:
        """Makes a hole."""
        found = self._mask(outline, None)
        if found is not None:
            self._picture.paste((0, 0, 0, 0), found[1], found[0])


def _softened(mask: Image.Image, blur: float) -> Image.Image:
    """A mask blurred at a quarter of its size."""
    small = mask.resize((max(1, mask.width // 4), max(1, mask.height // 4)), Image.Resampling.BOX)
    for _ in range(2):
        small = small.filter(ImageFilter.BoxBlur(blur / 6))
    return small.resize(mask.size, Image.Resampling.BILINEAR)


Drawer = Callable[[Sketch], str]  # draws, and says the noun
Family = Callable[[np.random.Generator, int], Drawing]


def family(
    name: str, draw: Drawer, *, hangs: bool = False, rooted: bool = False, mirror: bool = True, tilt: float = 0.0,
    sticker: float = 0.1, lifted: float = 0.06,
) -> Family:  # fmt: skip
    """The family of a drawer. `mirror`: half of the designs have left and right exchanged; `tilt`: up to degrees;
    `sticker`, `lifted`: the shares with a white border and over a soft shadow."""

    def drawn(rng: np.random.Generator, size: int) -> Drawing:
        canvas = Sketch(rng, size, sticker=sticker)
        noun = draw(canvas)
        canvas.lifted = canvas.maybe(0.5 if canvas.look.sticker else lifted)
        if tilt and canvas.maybe(0.35):
            canvas.tilted(canvas.between(-tilt, tilt))
        return canvas.finish(name, noun, hangs=hangs, rooted=rooted, mirror=mirror and canvas.maybe(0.5))

    return drawn


def families(
    drawers: Sequence[Drawer], *, hangs: Sequence[str] = (), rooted: Sequence[str] = (), mirror: bool = True,
    tilt: float = 0.0, sticker: float = 0.1, lifted: float = 0.06,
) -> dict[str, Family]:  # fmt: skip
    """Families by their drawers' names: gift_box becomes "gift box"."""
    names = {draw.__name__.strip("_").replace("_", " "): draw for draw in drawers}
    return {
        name: family(name, draw, hangs=name in hangs, rooted=name in rooted, mirror=mirror,
                     tilt=0.0 if name in hangs or name in rooted else tilt, sticker=sticker, lifted=lifted)
        for name, draw in names.items()
    }  # fmt: skip
