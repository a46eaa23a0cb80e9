"""One drawn frame on its way to files: premultiplied floats in, the pixel layouts of codecs out, each computed once.

Several files of one layer are written by several threads from the same `Frame`. Conversions touch the drawn box only
(grown where colour has to bleed); the rest of the canvas is transparent and its codes are constant.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from .. import alpha
from ..alpha import Planar
from ..geometry import Box
from . import colour
from .bleed import CELL, Bled, bled

T = TypeVar("T")
RGB = tuple[float, float, float]

# Whole macroblocks: lossy codecs carry colour across their edges.
BLEED = 16


@dataclass(frozen=True, eq=False)
class Blit:
    """Codes for one plane of a file's picture, with their top-left corner there; may reach over the edges."""

    plane: int
    x: int
    y: int
    codes: NDArray[Any]  # (h, w) or (h, w, channels)


@dataclass(frozen=True, eq=False)
class Frame:
    """Premultiplied RGBA (4, h, w) float32 over `box`; `canvas` is what the file shows; transparent elsewhere."""

    canvas: Box
    box: Box
    rgba: Planar
    _kept: dict[Hashable, Any] = field(default_factory=dict, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @classmethod
    def drawn(cls, canvas: Box, box: Box, rgba: Planar) -> Frame:
        """A frame of pixels (4, h, w) over `box`, cut to the canvas."""
        inside = box & canvas
        if inside.is_empty:
            return cls(canvas, Box(canvas.x0, canvas.y0, canvas.x0, canvas.y0), np.zeros((4, 0, 0), np.float32))
        rows, columns = inside.slices(box)
        return cls(canvas, inside, np.asarray(rgba, np.float32)[:, rows, columns])

    def _once(self, key: Hashable, compute: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._kept:
                self._kept[key] = compute()
            result: T = self._kept[key]
            return result

    @property
    def is_opaque(self) -> bool:
        """Every pixel of the canvas is covered: conversions skip alpha."""
        return self.alpha_extrema[0] >= 1 - alpha.NO_ALPHA

    @property
    def alpha_extrema(self) -> tuple[float, float]:
        """Lowest and highest alpha on the whole canvas."""
        return self._once("extrema", self._extrema)

    def _extrema(self) -> tuple[float, float]:
        if self.box.is_empty:
            return 0.0, 0.0
        low = float(self.rgba[3].min()) if self.box == self.canvas else 0.0
        return low, min(1.0, float(self.rgba[3].max()))

    def over(self, background: RGB) -> Frame:
        """This frame over an opaque background that fills the canvas."""
        return self if self.is_opaque else self._once(("over", background), lambda: self._over(background))

    def _over(self, background: RGB) -> Frame:
        whole = self._placed(self.canvas)
        rgba = np.concatenate([alpha.over(whole, background), np.ones_like(whole[3:])])
        return Frame(self.canvas, self.canvas, rgba)

    # -- float layouts -------------------------------------------------------------------------------------------

    def straight(self) -> Planar:
        """(4, h, w) straight over `box`; black where transparent."""
        return self._once("straight", lambda: alpha.unpremultiply(self.rgba))

    def even_box(self, margin: int, step: int = 2) -> Box:
        """`box` grown by a margin, its corners at multiples of `step` (even: 4:2:0 chroma); may leave the canvas."""
        if self.box.is_empty:
            return self.box
        grown = self.box.grow(margin).shift(-self.canvas.x0, -self.canvas.y0)
        x0, y0, x1, y1 = grown.x0 // step, grown.y0 // step, -(-grown.x1 // step), -(-grown.y1 // step)
        even = Box(x0 * step, y0 * step, x1 * step, y1 * step)
        return even.shift(self.canvas.x0, self.canvas.y0)

    def _placed(self, box: Box) -> Planar:
        """Premultiplied (4, h, w) over a box that holds this frame's. Beyond a full canvas its edge repeats."""
        if box == self.box:
            return self.rgba
        if self.box == self.canvas:
            return np.pad(self.rgba, ((0, 0), (0, box.y1 - self.box.y1), (0, box.x1 - self.box.x1)), mode="edge")
        placed = np.zeros((4, box.height, box.width), np.float32)
        rows, columns = self.box.slices(box)
        placed[:, rows, columns] = self.rgba
        return placed

    def layer_colour(self, straight: bool) -> tuple[Box, Planar | Bled]:
        """What a lossy alpha file holds, over the box returned: premultiplied (4, h, w), or the straight, bled rows."""
        return self._once(("layer", straight), lambda: self._layer_colour(straight))

    def _layer_colour(self, straight: bool) -> tuple[Box, Planar | Bled]:
        if not straight or self.is_opaque or self.box.is_empty:
            box = self.even_box(0)
            return box, self._placed(box)
        box = self.even_box(BLEED if self.box != self.canvas else 0, CELL)
        return box, bled(self._placed(box))

    # -- codes for files -----------------------------------------------------------------------------------------

    def rgba_codes(self, straight: bool, bits: int) -> NDArray[Any]:
        """(h, w, 4) over `box`, 8 or 16 bits a channel."""
        return self._once(("rgba", straight, bits), lambda: self._rgba_codes(straight, bits))

    def _rgba_codes(self, straight: bool, bits: int) -> NDArray[Any]:
        planar = alpha.quantised(self.straight() if straight else self.rgba, (1 << bits) - 1)
        codes = np.empty((self.box.height, self.box.width, 4), planar.dtype)
        for channel in range(4):
            codes[..., channel] = planar[channel]
        return codes

    def yuva444_10(self, straight: bool) -> list[Blit]:
        """Four planes of 10 bits; alpha is exactly round(alpha * 1023)."""
        return self._once(("yuva444", straight), lambda: self._yuva444(straight))

    def _yuva444(self, straight: bool) -> list[Blit]:
        box, rgba = self.layer_colour(straight)
        yuv = colour.to_yuv444(rgba, 10)
        return self._blits(box, [*yuv, alpha.quantised(_alpha_of(rgba), 1023)], shrink=1)

    def yuva420_8(self, straight: bool) -> list[Blit]:
        """Y, half-size Cb and Cr, alpha; 8 bits each."""
        return self._once(("yuva420", straight), lambda: self._yuva420(straight))

    def _yuva420(self, straight: bool) -> list[Blit]:
        box, rgba = self.layer_colour(straight)
        return self._blits(box, [*colour.to_yuv420(rgba), alpha.quantised(_alpha_of(rgba), 255)], shrink=2)

    def yuv420_8(self, background: RGB) -> list[Blit]:
        """Y, half-size Cb and Cr over an opaque background."""
        return self._once(("yuv420", background), lambda: self._yuv420(background))

    def _yuv420(self, background: RGB) -> list[Blit]:
        box = self.even_box(0)
        rgba = self._placed(box)
        planes = colour.to_yuv420(rgba) if self.is_opaque else colour.to_yuv420(rgba, background)
        return self._blits(box, [*planes], shrink=2)

    def _blits(self, box: Box, planes: list[NDArray[Any]], shrink: int) -> list[Blit]:
        """Planes over `box`; planes 1 and 2 are `shrink` times smaller."""
        if box.is_empty:
            return []
        x, y = box.x0 - self.canvas.x0, box.y0 - self.canvas.y0
        steps = (1, shrink, shrink, 1)
        return [Blit(i, x // steps[i], y // steps[i], plane) for i, plane in enumerate(planes)]


def _alpha_of(pixels: Planar | Bled) -> Planar:
    """(h, w)."""
    found: Planar = (pixels.rgba if isinstance(pixels, Bled) else pixels)[3]
    return found
