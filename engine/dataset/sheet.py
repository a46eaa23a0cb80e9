"""A page of samples: four moments of each on a soft ground, and its words underneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..files import atomic, visible
from ..geometry import Box
from .flatten import flatten
from .tdl import Sample

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

MOMENTS = 4
_TILE, _GAP, _MARGIN, _GUTTER = 112, 6, 44, 30  # px: a moment's side, between moments, around the page, between cells
_RADIUS, _LINE, _LINES = 12, 17, 2
_PAPER, _INK, _PALE = (247, 245, 241), (52, 50, 56), (146, 141, 148)
_GROUNDS = ((233, 229, 222), (224, 230, 232), (235, 226, 226), (227, 232, 223), (230, 227, 235))


def contact_sheet(samples: Sequence[Sample], columns: int, path: Path) -> None:
    """Write all samples, row by row, as a PNG, or as a WebP where the name ends so.

    Raises CannotWrite, and ValueError for none.
    """
    from PIL import Image, ImageDraw

    if not samples:
        raise ValueError("a page needs at least one sample")
    columns = max(1, min(columns, len(samples)))
    rows = -(-len(samples) // columns)
    width, height = _strip_width(), _TILE + 12 + _LINES * _LINE
    size = (
        2 * _MARGIN + columns * width + (columns - 1) * _GUTTER,
        2 * _MARGIN + rows * height + (rows - 1) * _GUTTER,
    )
    page = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(page)
    for place, sample in enumerate(samples):
        row, column = divmod(place, columns)
        x, y = _MARGIN + column * (width + _GUTTER), _MARGIN + row * (height + _GUTTER)
        _strip(page, sample, x, y, _GROUNDS[place % len(_GROUNDS)])
        _caption(pen, sample, x, y + _TILE + 10, width)
    with atomic(path) as temporary:
        if path.suffix.lower() == ".webp":
            page.save(temporary, "WEBP", quality=82, method=6)
        else:
            page.save(temporary, "PNG", optimize=True)


def _strip_width() -> int:
    return MOMENTS * _TILE + (MOMENTS - 1) * _GAP


def _strip(page: Image.Image, sample: Sample, x: int, y: int, ground: tuple[int, int, int]) -> None:
    """Evenly spaced moments; of a loop the end is left out, which is the beginning again."""
    sample = closer(sample)
    last = sample.frames * (MOMENTS - 1) // MOMENTS if sample.loop else sample.frames - 1
    for moment in range(MOMENTS):
        picture = _moment(sample, round(moment * last / (MOMENTS - 1)), ground)
        page.paste(picture, (x + moment * (_TILE + _GAP), y), _rounded())


def closer(sample: Sample) -> Sample:
    """The sample seen through the square that its layers' regions span, so that small ones can be seen."""
    boxes = [layer.region for layer in sample.layers]
    x0, y0 = min(box.x0 for box in boxes), min(box.y0 for box in boxes)
    width, height = max(box.x1 for box in boxes) - x0, max(box.y1 for box in boxes) - y0
    side = max(width, height, 1)
    left, top = x0 - (side - width) // 2, y0 - (side - height) // 2
    moved = [Box(box.x0 - left, box.y0 - top, box.x1 - left, box.y1 - top) for box in boxes]
    layers = tuple(replace(layer, region=box) for layer, box in zip(sample.layers, moved, strict=True))
    return replace(sample, canvas=(side, side), layers=layers)


def _moment(sample: Sample, frame: int, ground: tuple[int, int, int]) -> Image.Image:
    """One frame in the middle of a square of the ground's colour; drawn twice as large, then reduced."""
    from PIL import Image

    rgba = flatten(sample, frame, side=2 * _TILE)
    _, height, width = rgba.shape
    square = np.empty((3, 2 * _TILE, 2 * _TILE), np.float32)
    square[:] = (np.array(ground, np.float32) / 255)[:, None, None]
    y, x = (2 * _TILE - height) // 2, (2 * _TILE - width) // 2
    under = square[:, y : y + height, x : x + width]
    square[:, y : y + height, x : x + width] = rgba[:3] + (1 - rgba[3]) * under
    codes = (square.clip(0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)  # (h, w, 3)
    return Image.fromarray(np.ascontiguousarray(codes)).resize((_TILE, _TILE), Image.Resampling.LANCZOS)


@lru_cache(maxsize=1)
def _rounded() -> Image.Image:
    """The coverage of a tile with round corners."""
    from PIL import Image, ImageDraw

    large = Image.new("L", (4 * _TILE, 4 * _TILE), 0)
    ImageDraw.Draw(large).rounded_rectangle((0, 0, 4 * _TILE - 1, 4 * _TILE - 1), 4 * _RADIUS, fill=255)
    return large.resize((_TILE, _TILE), Image.Resampling.LANCZOS)


# --- words ------------------------------------------------------------------------------------------------------------


def _caption(pen: ImageDraw.ImageDraw, sample: Sample, x: int, y: int, width: int) -> None:
    """What the sample says, in at most two lines; what says nothing shows its key, paler."""
    from PIL import ImageFont

    said = caption(sample)
    font, colour = ImageFont.load_default(13), _INK if said else _PALE
    for line, text in enumerate(wrapped(said or sample.key, font, width)):
        pen.text((x, y + line * _LINE), text, font=font, fill=colour)


def caption(sample: Sample) -> str:
    """The layers' prompts, each once, front to back; the scene's where layers have none."""
    prompts = dict.fromkeys(visible(layer.prompt) for layer in reversed(sample.layers) if layer.prompt)
    return "  ·  ".join(prompts) or visible(sample.global_prompt)


def wrapped(text: str, font: Any, width: int) -> list[str]:
    """Whole words in at most two lines of this width; what does not fit ends with an ellipsis."""
    lines = [""]
    for word in text[: _LINES * width].split():  # no letter is narrower than a pixel
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], " ".join(lines[_LINES - 1 :])]
    return [_shortened(line, font, width) for line in lines]


def _shortened(text: str, font: Any, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text.rstrip(" ,.·") + "…") > width:
        text = text[:-1]
    return text.rstrip(" ,.·") + "…"
