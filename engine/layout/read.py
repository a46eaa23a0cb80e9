"""Layout file -> checked `Layout`, or one error with every problem found, each with its file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .. import layout as models
from ..errors import BadInput, nearest
from . import LATEST, Layout, Origin
from .checks import check_layout
from .migrate import migrate, version_of
from .source import KeyPath, Source, all_problems, read_source, read_text

# Which model reads the mapping at each place; "*" is any index of a list.
MODELS: dict[KeyPath, type[models.Model]] = {
    (): models.Layout,
    ("canvas",): models.Canvas,
    ("canvas", "camera"): models.Slot,
    ("defaults",): models.Defaults,
    ("export",): models.Export,
    ("layers", "*"): models.LayerSpec,
    ("layers", "*", "in"): models.Slot,
    ("layers", "*", "loop"): models.Slot,
    ("layers", "*", "out"): models.Slot,
    ("layers", "*", "path"): models.MotionPath,
    ("layers", "*", "stagger"): models.Stagger,
    ("layers", "*", "keyframes"): models.Keyframes,
    ("layers", "*", "keyframes", "position", "*"): models.PositionKey,
    ("layers", "*", "keyframes", "rotation", "*"): models.RotationKey,
    ("layers", "*", "keyframes", "scale", "*"): models.ScaleKey,
    ("layers", "*", "keyframes", "shear", "*"): models.ShearKey,
    ("layers", "*", "keyframes", "opacity", "*"): models.OpacityKey,
}


EDITORS_KEY = "$schema"  # where a JSON file says which schema it follows; nothing else reads it


def keys_of(place: KeyPath) -> tuple[str, ...]:
    """The valid keys of the mapping at a place; nothing where no mapping belongs."""
    model = MODELS.get(tuple("*" if isinstance(part, int) else part for part in place))
    return tuple(info.alias or name for name, info in model.model_fields.items()) if model else ()


def load_layout(path: Path) -> Layout:
    """Read and check a layout file. Raises MissingInput, or BadInput whose `problems` are all that is wrong."""
    return parse_layout(read_text(path), path)


def parse_layout(text: str, source: Path | None = None) -> Layout:
    """Read and check a layout's text; `source` only names it in errors. Raises BadInput with `problems`."""
    read = read_source(text, source)
    warnings: tuple[str, ...] = ()
    if version_of(read) < LATEST:
        text, warnings = migrate(text, source)
        read = read_source(text, source)
    layout = layout_of(read, warnings)
    if layout.style and layout.layers:
        layout._origin = Origin(read, (*warnings, "`style` does nothing in a layout that lists its layers"))
    return layout


def layout_of(source: Source, warnings: tuple[str, ...] = ()) -> Layout:
    """The checked layout of text that has been read. Raises BadInput with `problems`."""
    problems = [*source.problems, *_empty_values(source)]
    layout, wrong = _validate(source)
    problems += wrong
    if layout is not None:
        problems += check_layout(layout, source)
    if problems or layout is None:
        raise all_problems(problems)
    layout._origin = Origin(source, warnings)
    return layout


def layout_from_data(data: dict[str, Any], warnings: tuple[str, ...] = ()) -> Layout:
    """A layout from plain data that no file holds. Raises BadInput with `problems`."""
    return layout_of(Source(None, data, {}, {}), warnings)


def _empty_values(source: Source) -> Iterator[BadInput]:
    """Keys without a value: often a `#` that was meant as text and started a comment."""
    for path in source.keys:
        value: Any = source.data
        for part in path:
            value = value[part]
        if value is None:
            hint = 'remove the key, or give it a value; a text that starts with # goes in quotes: "#12"'
            yield BadInput(f"the key {path[-1]!r} has no value", hint=hint, where=source.where(*path, key=True))


# --- pydantic's findings, in our words --------------------------------------------------------------------------------


def _validate(source: Source) -> tuple[Layout | None, list[BadInput]]:
    """The layout and what is wrong with it. Wrong keys are left out and the rest read again, so that further checks
    still see it; None when even that fails."""
    data = source.data
    if isinstance(data, dict):
        data = {name: value for name, value in data.items() if name != EDITORS_KEY}
    problems: list[BadInput] = []
    for _ in range(2):
        try:
            return Layout.model_validate(data), problems
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=True)
            if not problems:
                problems = [_problem(source, item) for item in found if not _is_null(source, item["loc"])]
            data = _without(data, {_owner(item["loc"]) for item in found})
    return None, problems


def _is_null(source: Source, loc: KeyPath) -> bool:
    """`key:` with nothing behind it is reported once, by `_empty_values`."""
    value: Any = source.data
    for part in loc:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):  # a shorthand, or a key that is missing
            return False
    return value is None


def _owner(loc: KeyPath) -> KeyPath:
    """The key whose removal leaves the rest of the layout readable: a key of a layer, or of a part at the top."""
    if loc[0] == "layers":
        return loc[:3]
    return loc[:2] if loc[0] in ("canvas", "defaults", "export") else loc[:1]


def _without(value: Any, dropped: set[KeyPath], path: KeyPath = ()) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, dropped, (*path, k)) for k, v in value.items() if (*path, k) not in dropped}
    if isinstance(value, list):
        # an entry that is no mapping leaves an empty one, so that the others keep their numbers
        return [{} if (*path, i) in dropped else _without(v, dropped, (*path, i)) for i, v in enumerate(value)]
    return value


_EXPECTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping of keys",
    "model_attributes_type": "a mapping of keys",
    "dict_type": "a mapping of keys",
}


def _problem(source: Source, item: Any) -> BadInput:
    loc: KeyPath = item["loc"]
    kind: str = item["type"]
    name = loc[-1] if loc else ""
    if kind == "extra_forbidden":
        return _unknown_key(source, loc)
    if kind == "missing":
        known = ", ".join(keys_of(loc[:-1]))
        return BadInput(f"the key {name!r} is missing here", hint=f"keys here: {known}", where=source.where(*loc[:-1]))
    shown = f"`{name}`" if isinstance(name, str) else f"entry {name + 1} of `{loc[-2]}`"
    if kind == "literal_error":
        return BadInput(_not_a_choice(shown, item), where=source.where(*loc))
    if kind == "value_error":
        return BadInput(f"{shown}: {item['ctx']['error']}", where=source.where(*loc))
    hint = f"keys here: {', '.join(keys_of(loc))}" if keys_of(loc) else ""
    return BadInput(f"{shown} must be {_EXPECTED.get(kind, item['msg'])}", hint=hint, where=source.where(*loc))


def _not_a_choice(shown: str, item: Any) -> str:
    choices = [word.strip("'") for word in str(item["ctx"]["expected"]).replace(" or ", ", ").split(", ")]
    near = nearest(item["input"], choices) if isinstance(item["input"], str) else None
    did = f"did you mean {near!r}?" if near else f"write {', '.join(choices)}"
    return f"{shown}: {str(item['input'])[:60]!r} is not a choice here: {did}"


def _unknown_key(source: Source, loc: KeyPath) -> BadInput:
    known = keys_of(loc[:-1])
    name = str(loc[-1])
    near = nearest(name, known)
    did = f": did you mean {near!r}?" if near else ""
    hint = f"keys here: {', '.join(known)}"
    return BadInput(f"unknown key {name[:60]!r}{did}", hint=hint, where=source.where(*loc, key=True))
