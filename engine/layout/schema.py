"""The layout format as JSON Schema 2020-12, for editors: completion, help and errors while typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..easing import EASING_FUNCTIONS, easing_names
from ..presets import MotionPreset, export_names, motion_presets, style_files
from ..presets import Slot as SlotName
from . import Layout
from .types import EASING_FORMAT

Schema = dict[str, Any]

# keys that exclude each other in one entry of `layers`
_EXCLUDING = (
    ("layer", "id"), ("start", "after"), ("start", "with"), ("after", "with"),
)  # fmt: skip
_PATH = {"type": "string", "pattern": r"^\s*[Mm]", "errorMessage": "Write SVG path data, which starts with M."}
_MOVING = ("in", "loop", "out", "keyframes", "path", "prompt")
_OF_PROMPT = ("strength", "guidance", "steps", "together")


def layout_schema() -> Schema:
    """The schema of `motion.yaml`, generated from the models.

    It knows keys, types, units, the motions of each slot, easings and formats, and which keys exclude each other.
    What needs the document or arithmetic (order of keyframes, circles, regions, parameters of a motion) is left to
    `art layout check`.
    """
    schema: Schema = _clean(Layout.model_json_schema(by_alias=True))
    defs: Schema = schema["$defs"]
    _add_slots(defs)
    _add_entry_rules(defs["LayerSpec"])
    _add_formats(defs["Export"])
    defs["Easing"] = _easing()
    schema["properties"]["style"] |= {"enum": list(style_files())}
    defs["MotionPath"]["required"] = ["d"]
    defs["Keyframes"]["minProperties"] = 1
    for track in defs["Keyframes"]["properties"].values():
        track["minItems"] = 1
    for name, bare in (("path", _PATH), ("stagger", _bare_time(defs))):
        _shorthand(defs["LayerSpec"]["properties"], name, bare)
    for model in (schema, *defs.values()):
        for key in model.get("properties", {}).values():
            _offer_mappings(key)
    schema["properties"]["$schema"] = {
        "type": "string", "description": "Where this schema lies, for editors; YAML says it in its first line.",
        "examples": ["./motion.schema.json"],
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "motion.yaml, version 1",
    }


def _clean(value: Any, *, named: bool = False) -> Any:
    """Without pydantic's titles and its null alternatives: a key that is not wanted is left out, not null.

    `named`: the keys of this mapping are names chosen by the format, not words of JSON Schema.
    """
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if not isinstance(value, dict):
        return value
    cleaned = {
        name: item if name in ("examples", "default", "enum") and not named else _clean(item, named=name in _NAMED)
        for name, item in value.items()
        if named or not (name == "title" or (name == "default" and (item is None or isinstance(item, dict))))
    }
    kinds = cleaned.get("anyOf")
    if not named and isinstance(kinds, list) and {"type": "null"} in kinds:
        kinds.remove({"type": "null"})
        if len(kinds) == 1:
            del cleaned["anyOf"]
            cleaned = {**kinds[0], **cleaned}
    if not named and cleaned.get("format") == EASING_FORMAT:
        cleaned = {"$ref": "#/$defs/Easing", **{name: item for name, item in cleaned.items() if name in _KEPT}}
    return cleaned


_NAMED = ("properties", "$defs")
_KEPT = ("description", "examples")


def _easing() -> Schema:
    functions = "|".join(EASING_FUNCTIONS)
    return {
        "description": "How progress runs: a word, a CSS function, or spring(stiffness, damping, mass).",
        "anyOf": [{"enum": list(easing_names())}, {"type": "string", "pattern": rf"^({functions})\(.+\)$"}],
    }


def _named(found: Sequence[MotionPreset]) -> Schema:
    """Motions by name and then by alias, each with what editors say of it."""
    said = {preset.name: preset.summary for preset in found}
    aliases = {alias: f"{preset.name}: {preset.summary}" for preset in found for alias in preset.aliases}
    said |= dict(sorted(aliases.items()))
    return {"enum": list(said), "enumDescriptions": list(said.values())}


def _motions(slot: SlotName) -> Schema:
    return _named([preset for preset in motion_presets().values() if slot in preset.slots])


def _bare_time(defs: Schema) -> Schema:
    each: Schema = defs["Stagger"]["properties"]["each"]
    return {"anyOf": each["anyOf"]}


def _shorthand(properties: Schema, name: str, bare: Schema) -> None:
    """Let `name` be the bare value or the whole mapping."""
    whole = properties[name]
    properties[name] = {
        "description": whole["description"], "examples": whole["examples"],
        "anyOf": [bare, {"$ref": whole["$ref"]}],
    }  # fmt: skip


def _add_slots(defs: Schema) -> None:
    """Three slots from one model: each with its own motions, a duration or a period, and a bare motion for short."""
    common = defs.pop("Slot")
    slots: tuple[SlotName, ...] = ("in", "loop", "out")
    for slot in slots:
        foreign = ("duration",) if slot == "loop" else ("period", "mode")
        properties = {name: value for name, value in common["properties"].items() if name not in foreign}
        motions = _motions(slot)
        properties["motion"] = {**properties["motion"], **motions, "examples": motions["enum"][:2]}
        defs[f"Slot-{slot}"] = {**common, "properties": properties}
        entry = defs["LayerSpec"]["properties"][slot]
        defs["LayerSpec"]["properties"][slot] = _short_or_whole(entry, motions, f"Slot-{slot}")
    _add_camera(defs)


def _add_camera(defs: Schema) -> None:
    """The camera is a loop of its own family."""
    motions = _named([preset for preset in motion_presets().values() if preset.family == "camera"])
    loop = defs["Slot-loop"]
    motion = {**loop["properties"]["motion"], **motions, "examples": motions["enum"][:2]}
    defs["Camera"] = {**loop, "properties": {**loop["properties"], "motion": motion}}
    camera = defs["Canvas"]["properties"]["camera"]
    defs["Canvas"]["properties"]["camera"] = _short_or_whole(camera, motions, "Camera")


def _offer_mappings(key: Schema) -> None:
    """Editors offer examples as words; a mapping becomes a snippet that they write out."""
    examples = key.pop("examples", ())
    words = [example for example in examples if not isinstance(example, dict)]
    snippets = [{"label": _flow(example), "body": example} for example in examples if isinstance(example, dict)]
    key |= ({"examples": words} if words else {}) | ({"defaultSnippets": snippets} if snippets else {})


def _flow(example: Schema) -> str:
    """One line, as a layout would have it."""
    return f"{{{', '.join(f'{name}: {value}' for name, value in example.items())}}}".replace("'", "")


def _short_or_whole(key: Schema, short: Schema, whole: str) -> Schema:
    """A key that takes a motion's name, or a mapping."""
    return {
        "description": key["description"], "examples": key["examples"],
        "anyOf": [short, {"$ref": f"#/$defs/{whole}"}],
    }  # fmt: skip


def _add_entry_rules(entry: Schema) -> None:
    entry["anyOf"] = [{"required": ["layer"]}, {"required": ["id"]}]
    entry["dependentRequired"] = {name: ["prompt"] for name in _OF_PROMPT}
    holding = {"properties": {"hold": {"const": True}}, "required": ["hold"]}
    moving = {"anyOf": [{"required": [name]} for name in _MOVING]}
    entry["allOf"] = [
        *({"not": {"required": list(pair)}} for pair in _EXCLUDING),
        {"not": {"allOf": [holding, moving]}},
    ]


def _add_formats(export: Schema) -> None:
    for name, names in export_names().items():
        one = {"enum": names}
        export["properties"][name]["anyOf"] = [one, {"type": "array", "items": one, "minItems": 1}]
