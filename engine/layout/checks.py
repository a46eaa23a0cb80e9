"""What a layout's keys must agree on beyond each one's own type: motions and their slots, keys that exclude each other,
keyframes in order, paths that are paths, layers that wait for each other in a circle."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any

from svg.path import parse_path

from ..errors import BadInput, nearest
from ..presets import MotionPreset, export_names, find_motion, motion_aliases, motion_presets
from ..presets import Slot as SlotName
from ..timing import Time
from . import LayerSpec, Layout, Slot
from .source import KeyPath, Source

_KEYS = {info.alias or name for name, info in LayerSpec.model_fields.items()}
_OF_PROMPT = ("strength", "guidance", "steps", "together")
_SLOT_WORDS: dict[SlotName, str] = {"in": "`in`", "loop": "`loop`", "out": "`out`"}
# keys of a slot that are not parameters of its motion, and the slots they belong to
_SLOT_KEYS: dict[str, tuple[SlotName, ...]] = {"duration": ("in", "out"), "period": ("loop",), "mode": ("loop",)}
_INSTEAD = {"duration": "a loop has a `period`", "period": "use `duration`", "mode": "only loops go round"}


def check_layout(layout: Layout, source: Source) -> list[BadInput]:
    """Every disagreement between keys that are each valid by themselves."""
    problems = [*_check_export(layout, source), *_check_camera(layout, source)]
    for index, entry in enumerate(layout.layers):
        at: KeyPath = ("layers", index)
        problems += _check_entry(entry, source, at)
        for name, slot in entry.slots.items():
            problems += check_slot(name, slot, source, (*at, name))
        problems += _check_keyframes(layout, entry, source, (*at, "keyframes"))
        problems += _check_path(entry, source, (*at, "path"))
    return problems + list(_check_circles(layout, source))


def _clash(source: Source, at: KeyPath, keys: Sequence[str], why: str) -> BadInput:
    """Points at the later of two keys that do not go together."""
    last = max(((*at, name) for name in keys), key=lambda path: source.keys.get(path, (0, 0)))
    shown = " and ".join(f"`{name}`" for name in keys)
    return BadInput(f"{shown} do not go together: {why}", where=source.where(*last, key=True))


def _given(entry: LayerSpec) -> set[str]:
    """The keys of an entry that have a value."""
    fields = LayerSpec.model_fields
    return {info.alias or name for name, info in fields.items() if getattr(entry, name) not in (None, info.default)}


def _check_entry(entry: LayerSpec, source: Source, at: KeyPath) -> Iterator[BadInput]:
    given = _given(entry)
    words = source.data["layers"][at[1]]
    # a word we do not know may be a misspelt `layer`; it has been reported already
    readable = isinstance(words, dict) and all(name in _KEYS for name in words)
    if readable and not {"layer", "id"} & set(words):
        hint = "write layer: and the layer's path, or a pattern such as Sparkles/*"
        yield BadInput("this entry does not say which layer it is for", hint=hint, where=source.where(*at))
    if {"layer", "id"} <= given:
        yield _clash(source, at, ("layer", "id"), "both say which layer; keep one")
    for name in ("in", "loop", "out", "keyframes", "path", "prompt"):
        if entry.hold and name in given:
            yield _clash(source, at, ("hold", name), "a layer that holds does not move")
    for name in ("after", "with"):
        if "start" in given and name in given:
            yield _clash(source, at, ("start", name), "both say when it begins; add a `delay` instead")
    if {"after", "with"} <= given:
        yield _clash(source, at, ("after", "with"), "both say when it begins; keep one")
    for name in _OF_PROMPT:
        if name in given and "prompt" not in given and (*at, "prompt") not in source.keys:
            where = source.where(*at, name, key=True)
            yield BadInput(f"`{name}` says how a `prompt` is generated, and there is none here", where=where)


def _check_camera(layout: Layout, source: Source) -> Iterator[BadInput]:
    camera, at = layout.canvas.camera, ("canvas", "camera")
    if camera is None:
        return
    preset = find_motion(camera.motion)
    if preset is not None and preset.family != "camera":
        cameras = ", ".join(name for name, found in motion_presets().items() if found.family == "camera")
        message = f"the motion {camera.motion!r} moves one layer, not the camera"
        yield BadInput(message, hint=f"motions of the camera: {cameras}", where=source.where(*at))
        return
    yield from check_slot("loop", camera, source, at)


# --- slots ------------------------------------------------------------------------------------------------------------


def check_slot(name: SlotName, slot: Slot, source: Source, at: KeyPath) -> Iterator[BadInput]:
    """What is wrong with one slot: its keys, its motion, the motion's parameters."""
    for word, slots in _SLOT_KEYS.items():
        if getattr(slot, word) is not None and name not in slots:
            message = f"`{word}` does not belong in `{name}`: {_INSTEAD[word]}"
            yield BadInput(message, where=source.where(*at, word, key=True))
    if name != "loop" and slot.delay is not None and slot.delay.value < 0:
        yield BadInput("`delay`: only a loop can have begun before", where=source.where(*at, "delay"))
    preset = find_motion(slot.motion)
    if preset is None:
        yield _unknown_motion(name, slot, source, at)
        return
    if name not in preset.slots:
        fits = ", ".join(other for other, found in motion_presets().items() if name in found.slots)
        where = source.where(*at, "motion")
        places = " or ".join(_SLOT_WORDS[place] for place in preset.slots)
        message = f"the motion {slot.motion!r} goes in {places}, not in `{name}`"
        yield BadInput(message, hint=f"motions for `{name}`: {fits}", where=where)
    for word in slot.parameters:
        if word != "seed" and word not in preset.parameters:  # chance is everyone's
            yield _unknown_parameter(word, preset, source, at)


def _unknown_motion(name: SlotName, slot: Slot, source: Source, at: KeyPath) -> BadInput:
    known = [motion for motion, preset in motion_presets().items() if name in preset.slots]
    aliases = [alias for alias, motion in motion_aliases().items() if motion in known]
    near = nearest(slot.motion, [*known, *aliases]) or nearest(slot.motion, [*motion_presets(), *motion_aliases()])
    did = f": did you mean {near!r}?" if near else ""
    hint = f"motions for `{name}`: {', '.join(known)}"
    return BadInput(f"unknown motion {slot.motion[:60]!r}{did}", hint=hint, where=source.where(*at, "motion"))


def _unknown_parameter(word: str, preset: MotionPreset, source: Source, at: KeyPath) -> BadInput:
    takes = ", ".join(preset.parameters) or "no parameters"
    message = f"the motion {preset.name!r} has no `{word}`; it takes {takes}"
    return BadInput(message, where=source.where(*at, word, key=True))


# --- keyframes, paths, exports ----------------------------------------------------------------------------------------


def _check_keyframes(layout: Layout, entry: LayerSpec, source: Source, at: KeyPath) -> Iterator[BadInput]:
    if entry.keyframes is None:
        return
    given = {name: keys for name, keys in entry.keyframes if keys is not None}
    if not given:
        hint = f"properties: {', '.join(type(entry.keyframes).model_fields)}"
        yield BadInput("`keyframes` says nothing", hint=hint, where=source.where(*at))
    for name, keys in given.items():
        if not keys:
            yield BadInput(f"`{name}` needs at least one key", where=source.where(*at, name))
        moments = [key.at.seconds(layout.canvas.fps) for key in keys]
        for index, (before, after) in enumerate(pairwise(moments), 1):
            if after <= before:
                message = f"`at`: this key is not later than the one before it ({keys[index - 1].at})"
                yield BadInput(message, where=source.where(*at, name, index, "at"))


MAX_PATH = 100_000  # px
_PATH_LETTERS = re.compile(r"[\sMmZzLlHhVvCcSsQqTtAa0-9eE.,+-]*")


def _check_path(entry: LayerSpec, source: Source, at: KeyPath) -> Iterator[BadInput]:
    if entry.path is None:
        return
    problem = path_problem(entry.path.d)
    if problem:
        hint = "write SVG path data such as M0 0 C 50 -80 150 -80 200 0"
        yield BadInput(f"`path`: {problem}", hint=hint, where=source.where(*at, "d"))


def path_problem(data: str) -> str | None:
    """What is wrong with SVG path data; None when it can be travelled along."""
    if len(data) > 20_000:
        return "the path data is longer than 20000 characters"
    if data.strip()[:1] not in ("M", "m"):
        return f"{data[:40]!r} is not path data: it starts with M"
    strange = _PATH_LETTERS.match(data)
    if strange and strange.end() < len(data):
        return f"{data[strange.end()]!r} is not part of path data"
    try:
        points = [_points(segment) for segment in parse_path(data)]
    except Exception as error:  # svg.path raises many kinds for malformed numbers
        return f"the path data is incomplete ({type(error).__name__})"
    flat = [side for segment in points for point in segment for side in (point.real, point.imag)]
    if not all(abs(side) <= MAX_PATH for side in flat):  # not a number is not within either
        return f"the path leads further than {MAX_PATH} px away"
    return None if any(len(set(segment)) > 1 for segment in points) else "the path has no length"


def _points(segment: Any) -> list[complex]:
    """All points that shape a segment. Lengths are not asked for: svg.path integrates them, for ever if it must."""
    if type(segment).__name__ == "Move":
        return [segment.end]
    names = ("start", "control", "control1", "control2", "end")
    return [complex(getattr(segment, name)) for name in names if hasattr(segment, name)]


def _check_export(layout: Layout, source: Source) -> Iterator[BadInput]:
    for name, known in export_names().items():
        wanted: tuple[str, ...] = (getattr(layout.export, name) if layout.export else None) or ()
        for index, preset in enumerate(wanted):
            if preset not in known:
                near = nearest(preset, known)
                did = f": did you mean {near!r}?" if near else ""
                message = f"{preset[:60]!r} is not a format of `{name}`{did}"
                yield BadInput(message, hint=f"formats: {', '.join(known)}", where=source.where("export", name, index))


# --- waiting in a circle ----------------------------------------------------------------------------------------------


def find_circle(waits: Mapping[str, Sequence[str]]) -> list[str]:
    """Names of one circle, each waiting for the next and the last for the first; nothing when there is none."""
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        return list(reversed(error.args[1][1:]))
    return []


def _check_circles(layout: Layout, source: Source) -> Iterator[BadInput]:
    """Circles that show without the document: entries that wait for each other by the same words."""
    waits: dict[str, tuple[int, str, tuple[str, ...]]] = {}
    for index, entry in enumerate(layout.layers):
        for name, reference in (("after", entry.after), ("with", entry.with_)):
            if reference is not None and not isinstance(reference, Time):
                waits[entry.selector] = (index, name, reference)
    circle = find_circle({selector: names for selector, (_, _, names) in waits.items()})
    if circle:
        index, name, _ = max(waits[selector] for selector in circle)
        yield BadInput(circle_message(circle), where=source.where("layers", index, name))


def circle_message(names: Sequence[str]) -> str:
    """`A waits for B, B waits for A: ...`"""
    if len(names) == 1:
        return f"{names[0]!r} waits for itself"
    pairs = ", ".join(f"{one!r} for {other!r}" for one, other in zip(names, [*names[1:], names[0]], strict=True))
    return f"these layers wait for each other in a circle: {pairs}"
