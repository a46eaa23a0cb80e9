"""Pictures of a run: curves of its log, and sheets on which truth and result stand under one another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ..files import atomic, visible
from .log import lines

_PANEL, _GAP, _TOP = (360, 200), 24, 22  # px: a curve's panel, between panels, a title's height
_PAPER, _INK, _PALE, _LINE = (250, 250, 248), (50, 50, 56), (214, 212, 208), (30, 98, 160)
_SQUARE = 8  # px of the checkerboard
_MOMENTS, _COLUMNS = 8, 3  # steps of a clip that a sheet shows; clips side by side
_HIDDEN = {"step", "seconds"}
_STEEP = 8  # largest over smallest value from which a curve is drawn logarithmically


@dataclass(frozen=True, eq=False)
class Pair:
    """A clip as it should be and as it came out: (t, 4, h, w) premultiplied, 0..1."""

    title: str
    truth: Tensor
    result: Tensor


# --- curves -----------------------------------------------------------------------------------------------------------


def curves(log: Path, path: Path) -> None:
    """A PNG with a panel for every value of a log over its steps. Raises CannotWrite."""
    told = lines(log)
    names = list(dict.fromkeys(name for line in told for name in line if name not in _HIDDEN))
    columns = min(3, max(1, len(names)))
    rows = max(1, -(-len(names) // columns))
    width, height = _PANEL[0] + _GAP, _PANEL[1] + _GAP + _TOP
    page = Image.new("RGB", (columns * width + _GAP, rows * height + _GAP), _PAPER)
    pen = ImageDraw.Draw(page)
    for index, name in enumerate(names):
        corner = (_GAP + index % columns * width, _GAP + _TOP + index // columns * height)
        points = [(float(line["step"] or 0), value) for line in told if (value := line.get(name)) is not None]
        _curve(pen, corner, name, points)
    _save(page, path)


def _curve(pen: ImageDraw.ImageDraw, corner: tuple[int, int], name: str, points: list[tuple[float, float]]) -> None:
    x, y = corner
    pen.rectangle((x, y, x + _PANEL[0], y + _PANEL[1]), outline=_PALE)
    last = f"{points[-1][1]:.4g}" if points else "never finite"
    values = [value for _, value in points]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    steep = low > 0 and high / low > _STEEP
    pen.text((x, y - _TOP), f"{name}  {last}" + ("  (log)" if steep else ""), font=_font(13), fill=_INK)
    pen.text((x + 4, y + 2), f"{high:.4g}", font=_font(10), fill=_INK)
    pen.text((x + 4, y + _PANEL[1] - 14), f"{low:.4g}", font=_font(10), fill=_INK)
    if len(points) > 1:
        pen.line([_place(corner, point, points, (low, high), steep=steep) for point in points], fill=_LINE, width=2)


def _place(
    corner: tuple[int, int], point: tuple[float, float], points: list[tuple[float, float]], span: tuple[float, float],
    *, steep: bool,
) -> tuple[float, float]:  # fmt: skip
    """Where a value lies in its panel, px."""
    first, last = points[0][0], points[-1][0]
    low, high, value = (math.log(v) if steep else v for v in (*span, point[1]))
    along = (point[0] - first) / max(last - first, 1.0)
    up = (value - low) / (high - low) if high > low else 0.5
    return corner[0] + along * _PANEL[0], corner[1] + (1 - up) * _PANEL[1]


# --- sheets -----------------------------------------------------------------------------------------------------------


def sheet(pairs: Sequence[Pair], path: Path) -> None:
    """A PNG: of each pair a row of moments as they should be and, under it, as they came out. Raises CannotWrite."""
    drawn = [(pair.title, np.concatenate([_strip(pair.truth), _strip(pair.result)])) for pair in pairs]
    if not drawn:
        return
    width = max(strip.shape[1] for _, strip in drawn) + _GAP
    height = max(strip.shape[0] for _, strip in drawn) + _TOP + _GAP
    rows = -(-len(drawn) // _COLUMNS)
    page = Image.new("RGB", (_COLUMNS * width + _GAP, rows * height + _GAP), _PAPER)
    pen = ImageDraw.Draw(page)
    for index, (title, strip) in enumerate(drawn):
        x, y = _GAP + index % _COLUMNS * width, _GAP + index // _COLUMNS * height
        pen.text((x, y), visible(title), font=_font(13), fill=_INK)
        page.paste(Image.fromarray(strip), (x, y + _TOP))
    _save(page, path)


def _strip(clip: Tensor) -> NDArray[np.uint8]:
    """Evenly spaced moments of (t, 4, h, w) side by side over a checkerboard: (h, n w, 3)."""
    moments = np.unique(np.linspace(0, len(clip) - 1, _MOMENTS).round().astype(int))
    some = clip[moments.tolist()].detach().float().cpu().clamp(0, 1).numpy()  # (n, 4, h, w)
    h, w = some.shape[-2:]
    ground = _checkerboard(h, w)
    rgb = some[:, :3] + (1 - some[:, 3:]) * ground  # (n, 3, h, w)
    codes = (rgb.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return np.ascontiguousarray(codes.transpose(2, 0, 3, 1).reshape(h, -1, 3))


def _checkerboard(height: int, width: int) -> NDArray[np.float32]:
    y, x = np.mgrid[:height, :width] // _SQUARE
    return np.where((x + y) % 2, 0.82, 0.94).astype(np.float32)


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def _save(page: Image.Image, path: Path) -> None:
    with atomic(path) as temporary:
        page.save(temporary, "PNG", optimize=True)
