"""Options of `art animate` as a jobs file gives them: text or plain values -> fields of a `Request`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import UsageError, nearest

Fields = dict[str, Any]  # what JSON can hold, by the name of a field of `Request`

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


# of every option the field of `Request`, and what reads its text
SETTINGS: dict[str, tuple[str, Callable[[str], object]]] = {
    "style": ("style", str),
    "format": ("formats", _names),
    "composite": ("composites", _names),
    "handoff": ("handoffs", _names),
    "fps": ("fps", str),
    "duration": ("duration", str),
    "size": ("size", str),
    "frames": ("frames", _frames),
    "still": ("stills", _names),
    "sheet": ("sheet", _flag),
    "proxies": ("proxies", _flag),
    "layers": ("layers", str),
    "seed": ("seed", _number(int, 0)),
    "crop": ("crop", _choice("canvas", "region")),
    "alpha": ("alpha", _choice("straight", "premultiplied")),
    "quality": ("quality", _choice("draft", "standard", "high")),
    "device": ("device", str),
    "steps": ("steps", _number(int, 1, 1000)),
    "guidance": ("guidance", _number(float, 0, 100)),
    "precision": ("precision", _choice("auto", "fp16", "bf16", "fp32")),
    "weights": ("weights", str),
    "artboard": ("artboard", str),
    "order": ("order", _choice("bottom-first", "top-first")),
}
