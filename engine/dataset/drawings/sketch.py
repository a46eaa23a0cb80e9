"""What the families without moving pieces share: a canvas with lettering, and the step from a drawer to a family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from .drawing import Drawing
from .paint import Canvas
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
    reach = round(EM * (radius + 1.3))
    mask, turn = Image.new("L", (2 * reach, 2 * reach)), 0.0
    steps = [np.degrees((_font().getlength(letter) / EM + space) / radius) for letter in text]
    for letter, step in zip(text, steps, strict=True):
        tile = Image.new("L", (2 * reach, 2 * reach))
        ImageDraw.Draw(tile).text((reach, reach - radius * EM), letter, 255, _font(), anchor="ms", stroke_width=weight)
        angle = sum(steps) / 2 - turn - step / 2
        mask = ImageChops.lighter(mask, tile.rotate(float(angle), Image.Resampling.BILINEAR))
        turn += step
    return mask.crop(mask.getbbox())


class Sketch(Canvas):
    """A canvas with lettering and with chance in words; everything is drawn on the body."""

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

    def tilted(self, degrees: float) -> None:
        """Turns all that is drawn so far; bilinear, because a cubic kernel would lift colours above their alpha."""
        self._picture.paste(self._picture.rotate(degrees, Image.Resampling.BILINEAR))

    def cut(self, outline: ArrayLike) -> None:
        """Makes a hole."""
        found = self._mask(outline, None)
        if found is not None:
            self._picture.paste((0, 0, 0, 0), found[1], found[0])


Drawer = Callable[[Sketch], str]  # draws, and says the noun
Family = Callable[[np.random.Generator, int], Drawing]


def family(
    name: str, draw: Drawer, *, hangs: bool = False, rooted: bool = False, mirror: bool = True, tilt: float = 0.0,
    sticker: float = 0.1,
) -> Family:  # fmt: skip
    """The family of a drawer. `mirror`: half of the designs have left and right exchanged; `tilt`: up to degrees."""

    def drawn(rng: np.random.Generator, size: int) -> Drawing:
        canvas = Sketch(rng, size, sticker=sticker)
        noun = draw(canvas)
        if tilt and canvas.maybe(0.35):
            canvas.tilted(canvas.between(-tilt, tilt))
        return canvas.finish(name, noun, hangs=hangs, rooted=rooted, mirror=mirror and canvas.maybe(0.5))

    return drawn


def families(
    drawers: Sequence[Drawer], *, hangs: Sequence[str] = (), rooted: Sequence[str] = (), mirror: bool = True,
    tilt: float = 0.0, sticker: float = 0.1,
) -> dict[str, Family]:  # fmt: skip
    """Families by their drawers' names: gift_box becomes "gift box"."""
    names = {draw.__name__.strip("_").replace("_", " "): draw for draw in drawers}
    return {
        name: family(name, draw, hangs=name in hangs, rooted=name in rooted, mirror=mirror,
                     tilt=0.0 if name in hangs or name in rooted else tilt, sticker=sticker)
        for name, draw in names.items()
    }  # fmt: skip
