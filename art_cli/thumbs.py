"""Thumbnails in a terminal: half blocks in colour, two pixels a cell."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from . import console

if TYPE_CHECKING:
    from PIL.Image import Image
    from rich.console import Console
    from rich.text import Text

    from engine.document import Document

When = Literal["auto", "always", "never"]
_WHOLE, _EACH = (48, 32), (16, 16)  # px: of the composite, of a layer
_GAP = 2  # cells between layers
_NARROWEST = 60
_ENOUGH = 24  # layers that are shown unasked


def put_thumbs(document: Document, when: When) -> None:
    """Print the composite and the layers, front first. `auto`: where stdout is a terminal that can show them."""
    screen = _screen(when)
    if screen is None:
        return
    from engine.sheets import is_light, panel, thumbnails

    (name, whole), *layers = thumbnails(document, _WHOLE, _EACH)
    size = whole.shape[2], whole.shape[1] + whole.shape[1] % 2
    _print(screen, [_half_blocks(panel(whole, size, light=is_light([whole]), square=4))], [name], size[0])
    layers.reverse()
    shown = layers if when == "always" else layers[:_ENOUGH]
    across = max(1, (screen.width + _GAP) // (_EACH[0] + _GAP))
    for start in range(0, len(shown), across):
        row = shown[start : start + across]
        pictures = [_half_blocks(panel(small, _EACH, light=is_light([small]), square=4)) for _, small in row]
        _print(screen, pictures, [path for path, _ in row], _EACH[0])
    if len(shown) < len(layers):
        screen.print(f"and {len(layers) - len(shown)} more: --thumbs always, or --sheet\n", highlight=False)


def _screen(when: When) -> Console | None:
    """What to print on; None where thumbnails are not wanted or would be noise."""
    from rich.console import Console

    found = console.rich_console()
    if when == "always":
        known: Literal["256", "truecolor"] = "256" if found.color_system == "256" else "truecolor"
        return Console(force_terminal=True, no_color=False, color_system=known, width=found.width)
    in_ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    able = sys.stdout.isatty() and found.color_system in ("256", "truecolor") and not found.no_color
    return found if when == "auto" and able and not in_ci and found.width >= _NARROWEST else None


def _half_blocks(picture: Image) -> list[Text]:
    """A line for two rows of pixels: the upper one is the ink of an upper half block, the lower one its ground."""
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    lines = []
    for y in range(0, picture.height - 1, 2):
        line = Text()
        for x in range(picture.width):
            upper, lower = (Color.from_rgb(*_rgb(picture, x, row)) for row in (y, y + 1))
            line.append("▀", Style(color=upper, bgcolor=lower))
        lines.append(line)
    return lines


def _rgb(picture: Image, x: int, y: int) -> tuple[int, int, int]:
    red, green, blue = picture.getpixel((x, y))  # type: ignore[misc]  # an RGB picture's pixel is a tuple
    return red, green, blue


def _print(screen: Console, pictures: Sequence[list[Text]], names: Sequence[str], width: int) -> None:
    """Pictures of one height side by side, their names below."""
    from rich.text import Text

    gap = Text(" " * _GAP)
    for line in zip(*pictures, strict=True):
        screen.print(gap.join(line), no_wrap=True)
    screen.print(gap.join(Text(_caption(name, width), "bold") for name in names), no_wrap=True)
    screen.print()


def _caption(name: str, width: int) -> str:
    """The end of a name, exactly `width` cells wide."""
    from rich.cells import cell_len, set_cell_size

    name = console.clean(name).replace("\n", " ").replace("\t", " ")
    while cell_len(name) > width:
        name = "…" + name[2:]
    return set_cell_size(name, width)
