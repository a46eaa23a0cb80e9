"""The worded values of a layout: colours, names, and the parameters of motions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..presets import style_files
from ..timing import Time
from .values import (
    NUMBER,
    did_you_mean,
    read_amount,
    read_angle,
    read_direction,
    read_length,
    read_number,
    read_ratio,
    read_time,
    shown,
    write_time,
)

# --- colours ----------------------------------------------------------------------------------------------------------

# the sixteen colours of HTML 4 and a few more that CSS names, as #rrggbb
COLOR_NAMES: dict[str, str] = {
    "black": "#000000", "silver": "#c0c0c0", "gray": "#808080", "grey": "#808080", "white": "#ffffff",
    "maroon": "#800000", "red": "#ff0000", "purple": "#800080", "fuchsia": "#ff00ff", "magenta": "#ff00ff",
    "green": "#008000", "lime": "#00ff00", "olive": "#808000", "yellow": "#ffff00", "navy": "#000080",
    "blue": "#0000ff", "teal": "#008080", "aqua": "#00ffff", "cyan": "#00ffff", "orange": "#ffa500",
    "pink": "#ffc0cb", "brown": "#a52a2a", "gold": "#ffd700", "coral": "#ff7f50", "tomato": "#ff6347",
    "crimson": "#dc143c", "indigo": "#4b0082", "violet": "#ee82ee", "turquoise": "#40e0d0", "skyblue": "#87ceeb",
    "beige": "#f5f5dc", "ivory": "#fffff0", "transparent": "#00000000",
}  # fmt: skip


@dataclass(frozen=True)
class Color:
    """An sRGB colour with straight alpha, 0..255 each."""

    red: int
    green: int
    blue: int
    alpha: int = 255

    def __str__(self) -> str:
        if self == Color(0, 0, 0, 0):
            return "transparent"
        text = f"#{self.red:02x}{self.green:02x}{self.blue:02x}"
        return text if self.alpha == 255 else f"{text}{self.alpha:02x}"


def read_color(value: Any) -> Color:
    """`#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, a name of `COLOR_NAMES`, or `transparent`."""
    if value is None:
        raise ValueError('`#` starts a comment in YAML: write the colour in quotes, "#ff8800"')
    text = value.strip().lower() if isinstance(value, str) else ""
    code = COLOR_NAMES.get(text, text)
    digits = code[1:] if re.fullmatch(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", code) else None
    if digits is None:
        near = did_you_mean(text, tuple(COLOR_NAMES)) if text else ""
        write = ": write a name such as white, transparent, or '#rrggbb' in quotes"
        raise ValueError(f"{shown(value)} is not a colour{near or write}")
    if len(digits) <= 4:
        digits = "".join(digit * 2 for digit in digits)
    return Color(*(int(digits[start : start + 2], 16) for start in range(0, len(digits), 2)))


# --- the parameters of motions ----------------------------------------------------------------------------------------

MAX_SEED = 2**63 - 1


def read_whole(value: Any, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{shown(value)} is not a whole number from {low} to {high}")
    return value


def read_seed(value: Any) -> int:
    return read_whole(value, 0, MAX_SEED)


def read_turns(value: Any) -> float:
    """Whole turns and parts of them; negative turns counterclockwise."""
    return read_number(value, "a number of turns")


# What a motion may document, and how each is read. Presets write their defaults in the same words as layouts.
PARAMETERS: dict[str, Callable[[Any], Any]] = {
    "amount": read_amount,
    "direction": read_direction,
    "distance": read_length,
    "angle": read_angle,
    "turns": read_turns,
    "overshoot": read_ratio,
    "seed": read_seed,
}


# --- names ------------------------------------------------------------------------------------------------------------


def read_name(value: Any) -> str:
    """A layer's name, path or pattern."""
    if isinstance(value, (int, float)):
        raise ValueError(f"a name is text: write it in quotes, '{value}'")
    if not isinstance(value, str) or not value.strip() or len(value) > 2000:
        raise ValueError(f"{shown(value)} is not the name of a layer: write a path, a pattern or '#12'")
    return value


def read_names(value: Any) -> tuple[str, ...]:
    """One name, or a list of them."""
    if not isinstance(value, (list, tuple)):
        return (read_name(value),)
    if not value:
        raise ValueError("the list is empty")
    return tuple(map(read_name, value))


def read_id(value: Any) -> str:
    """`12` or `"#12"`, kept as `#12`."""
    if type(value) is int and value >= 0:
        return f"#{value}"
    name = read_name(value)
    return name if name.startswith("#") else f"#{name}"


def read_text(value: Any) -> str:
    """Words for people or models."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{shown(value)} is not a text")
    if len(value) > 4000:
        raise ValueError("the text is longer than 4000 characters")
    return value


def read_style(value: Any) -> str:
    """The name of a style of presets/style/."""
    if value not in style_files():
        raise ValueError(f"{shown(value)} is no style{did_you_mean(str(value), [*style_files()])}")
    return str(value)


def read_reference(value: Any) -> Time | tuple[str, ...]:
    """A time, or the name of a layer, or a list of names."""
    if isinstance(value, (int, float)) or (
        isinstance(value, str) and re.fullmatch(rf"{NUMBER} ?(s|ms|f)", value.strip())
    ):
        time = read_time(value)
        if time.value < 0:
            raise ValueError("this time cannot be before 0")
        return time
    return read_names(value)


def write_reference(reference: Time | tuple[str, ...]) -> str | list[str]:
    if isinstance(reference, Time):
        return write_time(reference)
    return reference[0] if len(reference) == 1 else list(reference)
