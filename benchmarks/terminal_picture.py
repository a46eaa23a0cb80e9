"""What a terminal shows, as a PNG for documents: `art inspect DESIGN --thumbs always | terminal_picture.py OUT.png`."""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from rich.color import ColorType
from rich.console import Console
from rich.style import Style
from rich.text import Text

CELL = (9, 18)  # px
GROUND, INK, EDGE = (18, 20, 25), (218, 220, 226), 14
FONT = "DejaVuSansMono.ttf"


def colour(style: Style, *, ground: bool) -> tuple[int, int, int]:
    found = style.bgcolor if ground else style.color
    if found is None or found.type is ColorType.DEFAULT:
        return GROUND if ground else INK
    red, green, blue = found.get_truecolor()
    return red, green, blue


def picture(lines: list[Text]) -> Image.Image:
    width = max(line.cell_len for line in lines)
    page = Image.new("RGB", (2 * EDGE + width * CELL[0], 2 * EDGE + len(lines) * CELL[1]), GROUND)
    pen, font, console = ImageDraw.Draw(page), ImageFont.truetype(FONT, 14), Console(width=1000)
    for row, line in enumerate(lines):
        x, y = EDGE, EDGE + row * CELL[1]
        for segment in line.render(console):
            style = segment.style or Style()
            for letter in segment.text:
                cell(pen, (x, y), letter, style, font)
                x += CELL[0]
    return page


def cell(
    pen: ImageDraw.ImageDraw, place: tuple[int, int], letter: str, style: Style, font: ImageFont.FreeTypeFont
) -> None:
    x, y = place
    pen.rectangle((x, y, x + CELL[0] - 1, y + CELL[1] - 1), fill=colour(style, ground=True))
    if letter == "▀":
        pen.rectangle((x, y, x + CELL[0] - 1, y + CELL[1] // 2 - 1), fill=colour(style, ground=False))
    elif letter.strip():
        pen.text((x, y), letter, font=font, fill=colour(style, ground=False))


if __name__ == "__main__":
    shown = Text.from_ansi(sys.stdin.read()).split("\n")
    picture(list(shown)).save(Path(sys.argv[1]), optimize=True)
