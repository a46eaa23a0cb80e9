"""Options of `art animate` as a jobs file gives them: text or plain values -> fields of a `Request`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import UsageError, nearest
from ..layout.values import did_you_mean, read_fps, read_time
from ..presets import export_names, style_files

Fields = dict[str, Any]  # what JSON can hold, by the name of a field of `Request`

_SIZE = r"\d{1,5}|\d{1,5}[xX]\d{1,5}|\d{1,5}(?:\.\d+)?%|original"
_DEVICE = r"auto|cpu|cuda(?::\d{1,3})?"
_YES, _NO = ("true", "yes", "1"), ("false", "no", "0")


def fields_of(options: Mapping[str, object]) -> Fields:
    """Fields of a `Request` from options by their names on the command line, without `--`.

    Raises UsageError, whose message starts with the name, for an option that does not exist or a value it cannot have.
    """
    fields: Fields = {}
    for name, value in options.items():
        if name not in SETTINGS:
            near = nearest(name, SETTINGS)
            hint = f"did you mean {near}?" if near else f"there are: {', '.join(sorted(SETTINGS))}"
            raise UsageError(f"{name!r} is not an option of an item", hint=hint)
        field, read = SETTINGS[name]
        try:
            fields[field] = read(_text(value))
        except ValueError as error:
            raise UsageError(f"{name}: {error}", hint="`art animate --help` says what it takes") from None
    return fields


def text_of(fields: Mapping[str, object]) -> dict[str, str]:
    """Fields of a `Request` as options: what `fields_of` reads, as text."""
    names = {field: name for name, (field, _) in SETTINGS.items()}
    found = {}
    for field, value in fields.items():
        if field == "frames" and isinstance(value, list):
            found[names[field]] = f"{value[0]}-{value[1] - 1}"
        else:
            found[names[field]] = "none" if value == [] else _text(value)
    return found


def options_of(text: str) -> dict[str, str]:
    """`fps=12 format=webm,png` -> {"fps": "12", "format": "webm,png"}. Raises UsageError for words without `=`."""
    pairs = [word.partition("=") for word in text.split()]
    for name, sign, _ in pairs:
        if not sign:
            raise UsageError(f"{name!r} is not of the form option=value", hint="write fps=12 format=webm,png")
    return {name: value for name, _, value in pairs}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_text(each) for each in value)
    if isinstance(value, dict) or value is None:
        raise ValueError("a word or a number is expected")
    return str(value)


def _names(text: str) -> list[str]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    return [] if words == ["none"] else list(dict.fromkeys(words))


def _frames(text: str) -> list[int]:
    """`0-47`, both included -> [0, 48]."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text.replace(" ", ""))
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
    if last < first:
        raise ValueError(f"{text!r} is not a range such as 0-47")
    return [first, last + 1]


def _flag(text: str) -> bool:
    if text.lower() not in (*_YES, *_NO):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() in _YES


def _number(kind: type[int] | type[float], least: float, most: float = float("inf")) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            found = kind(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a {'whole ' if kind is int else ''}number") from None
        if not least <= found <= most:
            raise ValueError(f"{text} is not within {least:g} to {most:g}")
        return found

    return read


def _choice(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            near = nearest(text, words)
            raise ValueError(f"{text!r} is not one of {', '.join(words)}" + (f": did you mean {near}?" if near else ""))
        return text

    return read


def _presets(key: str) -> Callable[[str], list[str]]:
    """Names that a layout's `export` may give for that key."""

    def read(text: str) -> list[str]:
        found, known = _names(text), _exports()[key]
        for name in found:
            if name not in known:
                raise ValueError(f"there is no {name!r}{did_you_mean(name, known) or ', only ' + ', '.join(known)}")
        return found

    return read


_exports = cache(export_names)  # it looks at every preset, and a library has many items


def _style(text: str) -> str:
    """A style's name, or the path of one."""
    if is_style_file(text):
        if not Path(text).exists():
            raise ValueError(f"there is no file {text}")
    elif text not in style_files():
        known = tuple(style_files())
        raise ValueError(f"there is no {text!r}{did_you_mean(text, known) or ', only ' + ', '.join(known)}")
    return text


def is_style_file(text: str) -> bool:
    """Whether a style is given by its path, as `styles.taste` tells them apart."""
    return Path(text).suffix in (".yaml", ".yml", ".json")


def _rate(text: str) -> str:
    read_fps(text)
    return text


def _duration(text: str) -> str:
    if read_time(text).value <= 0:
        raise ValueError("it must be above 0")
    return text


def _moments(text: str) -> list[str]:
    found = _names(text)
    for moment in found:
        read_time(moment)
    return found


def _matching(pattern: str, what: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"{text!r} is not {what}")
        return text

    return read


# of every option the field of `Request`, and what reads its text
SETTINGS: dict[str, tuple[str, Callable[[str], object]]] = {
    "style": ("style", _style),
    "format": ("formats", _presets("layers")),
    "composite": ("composites", _presets("composite")),
    "handoff": ("handoffs", _presets("handoff")),
    "fps": ("fps", _rate),
    "duration": ("duration", _duration),
    "size": ("size", _matching(_SIZE, "a size: write 1920x1080, 1920 (long side), 50% or original")),
    "frames": ("frames", _frames),
    "still": ("stills", _moments),
    "sheet": ("sheet", _flag),
    "proxies": ("proxies", _flag),
    "layers": ("layers", str),
    "seed": ("seed", _number(int, 0)),
    "crop": ("crop", _choice("canvas", "region")),
    "alpha": ("alpha", _choice("straight", "premultiplied")),
    "quality": ("quality", _choice("draft", "standard", "high")),
    "device": ("device", _matching(_DEVICE, "a device: write auto, cpu, cuda or cuda:0")),
    "steps": ("steps", _number(int, 1, 1000)),
    "guidance": ("guidance", _number(float, 0, 100)),
    "precision": ("precision", _choice("auto", "fp16", "bf16", "fp32")),
    "weights": ("weights", str),
    "artboard": ("artboard", str),
    "order": ("order", _choice("bottom-first", "top-first")),
}
