"""`Layout` -> readable YAML: sections in the order of the format, a line a slot, quotes only where YAML needs them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import Layout
from .source import plain_scalar, read_source

SCHEMA_FILE = "motion.schema.json"  # beside a layout, for editors
MODELINE = f"# yaml-language-server: $schema=./{SCHEMA_FILE}"
WIDTH = 100  # longer lists are written one item a line

_COMMENTS = {
    "canvas": "The whole animation. With `loop: true` periods are fitted so that the last frame runs into the first.",
    "defaults": "What layers get that do not say it themselves.",
    "layers": "What moves. A layer that is not listed holds still; `art presets list` shows all motions.",
    "export": "Which files are written.",
}


def layout_data(layout: Layout) -> dict[str, Any]:
    """The layout as plain JSON data in its shortest form: parsing it gives an equal layout."""
    given = layout.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    canvas = layout.canvas.model_dump(mode="json", by_alias=True, exclude_none=True)
    data = {"version": layout.version, **given, "canvas": canvas}
    data["layers"] = [_short_entry(entry) for entry in given.get("layers", ())]
    order = [info.alias or name for name, info in Layout.model_fields.items()]
    return {name: data[name] for name in order if name in data and data[name] != {}}


def as_json(text: str) -> str:
    """A layout's YAML as JSON that names its schema. Comments are lost."""
    data = {"$schema": f"./{SCHEMA_FILE}", **read_source(text).data}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _short_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """`in: {motion: rise}` -> `in: rise`, and alike for a path's `d` and a stagger's `each`."""
    sole = {"in": "motion", "loop": "motion", "out": "motion", "path": "d", "stagger": "each"}
    return {
        name: value[sole[name]] if name in sole and list(value) == [sole[name]] else value
        for name, value in entry.items()
    }


def dump_layout(layout: Layout, *, comments: bool = False, notes: Mapping[int, Sequence[str]] | None = None) -> str:
    """YAML that parses to an equal layout. `comments` explains the sections; `notes` are lines above an entry, those
    that the layout itself carries unless others are given."""
    notes = layout.notes if notes is None and comments else notes
    lines = [MODELINE]
    for name, value in layout_data(layout).items():
        if comments and name in _COMMENTS:
            lines += ["", f"# {_COMMENTS[name]}"]
        if name == "layers":
            lines += _layers(value, notes or {})
        else:
            lines.append(f"{name}: {_flow(value)}")
    return "\n".join(lines) + "\n"


def comment(text: str) -> str:
    """A comment line; whatever a name holds, it stays one line."""
    return "# " + re.sub(
        r"[^\x20-\x7e\xa0-\ud7ff\ue000-\ufdff\ufe10-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029]", "?", text
    )


def _layers(entries: Sequence[Mapping[str, Any]], notes: Mapping[int, Sequence[str]]) -> list[str]:
    if not entries:
        return ["layers: []"]
    lines = ["layers:"]
    for index, entry in enumerate(entries):
        lines += [f"  {comment(note)}" for note in notes.get(index, ())]
        block = [line for name, value in entry.items() for line in _key(name, value, 4)] or ["    {}"]
        lines += [f"  - {block[0].lstrip()}", *block[1:]]
    return lines


def _key(name: str, value: Any, indent: int) -> list[str]:
    """`name: value` on one line, or opened up where that is too long or is a set of keyframes."""
    margin = " " * indent
    line = f"{margin}{name}: {_flow(value)}"
    if isinstance(value, dict) and (name == "keyframes" or len(line) > WIDTH):
        inner = [text for key, item in value.items() for text in _key(key, item, indent + 2)]
        return [f"{margin}{name}:", *inner]
    if isinstance(value, list) and len(line) > WIDTH:
        return [f"{margin}{name}:", *(f"{margin}  - {_flow(item)}" for item in value)]
    return [line]


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


# readable without quotes in every place, for YAML 1.1 tools too
_PLAIN = re.compile(r"(-(?=[0-9]))?[A-Za-z0-9_.]([A-Za-z0-9_./%+ -]*[A-Za-z0-9_.%+-])?")
_WORDS_OF_YAML_1_1 = {"yes", "no", "on", "off", "y", "n"}
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def quoted(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and isinstance(plain_scalar(text), str) and text.lower() not in _WORDS_OF_YAML_1_1
    if plain and not text.startswith("..."):
        return text
    escaped = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped)
