"""What packing.py measured, time and memory over the number of layers: `packing_picture.py IN.json OUT.png`."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

PANEL, GAP, TOP, LEFT = (400, 240), 24, 26, 52  # px: a panel, between panels, a title's height, the values beside it
PAPER, INK, PALE = (250, 250, 248), (50, 50, 56), (214, 212, 208)
LINES = {"canvas": ("one full canvas a layer", (190, 84, 40)), "region": ("each layer's own region", (30, 98, 160))}
Point = tuple[int, float]  # layers, value


def draw(told: dict[str, Any], path: Path) -> None:
    """A PNG of what packing.py tells; memory is left out where it was not told."""
    size = (2 * (PANEL[0] + LEFT + GAP) + GAP, PANEL[1] + TOP + 2 * GAP)
    page = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(page)
    clock = "CPU seconds" if told["device"] == "cpu" else "seconds"
    for index, (title, name, unit) in enumerate(((clock, "clock", 1.0), ("memory, MiB", "peak", 2.0**20))):
        corner = (GAP + LEFT + index * (PANEL[0] + LEFT + GAP), TOP + GAP // 2)
        drawn = {
            way: [(row["layers"], row[way][name] / unit) for row in told["packing"] if row[way][name]] for way in LINES
        }
        if all(drawn.values()):
            _panel(pen, corner, title, drawn)
    page.save(path, "PNG", optimize=True)


def _panel(pen: ImageDraw.ImageDraw, corner: tuple[int, int], title: str, drawn: dict[str, list[Point]]) -> None:
    """Both lines on logarithmic axes, with a tick at 1, 2, 5 of every power of ten and at every number of layers."""
    x, y = corner
    values = [value for points in drawn.values() for _, value in points]
    counts = sorted({count for points in drawn.values() for count, _ in points})
    low, high = min(values) / 1.3, max(values) * 1.3
    pen.rectangle((x, y, x + PANEL[0], y + PANEL[1]), outline=PALE)
    pen.text((x, y - TOP + 6), f"{title} (log) over layers (log)", font=_font(13), fill=INK)
    for tick in _ticks(low, high):
        up = y + PANEL[1] * (1 - _along(tick, low, high))
        pen.line((x, up, x + PANEL[0], up), fill=PALE)
        pen.text((x - 6, up), f"{tick:g}", font=_font(10), fill=INK, anchor="rm")
    for count in counts:
        pen.text((_across(x, count, counts), y + PANEL[1] + 4), str(count), font=_font(10), fill=INK, anchor="ma")
    for row, (way, points) in enumerate(drawn.items()):
        name, colour = LINES[way]
        dots = [(_across(x, count, counts), y + PANEL[1] * (1 - _along(v, low, high))) for count, v in points]
        pen.line(dots, fill=colour, width=2)
        for across, up in dots:
            pen.ellipse((across - 3, up - 3, across + 3, up + 3), fill=colour)
        pen.text((x + 10, y + 8 + 16 * row), name, font=_font(12), fill=colour)


def _ticks(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    return [tick for power in powers for step in (1, 2, 5) if low < (tick := step * 10.0**power) < high]


def _along(value: float, low: float, high: float) -> float:
    """0..1 between the ends of a logarithmic axis."""
    return math.log(value / low) / math.log(high / low) if high > low else 0.5


def _across(x: int, count: int, counts: Sequence[int]) -> float:
    return x + 12 + (PANEL[0] - 24) * _along(count, counts[0], counts[-1])


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]))
