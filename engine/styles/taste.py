"""A style as data: how each role moves, in which order and when. One YAML a style under presets/style/; the file's
name is the style's name. People may bring their own file.

Times are those of a canvas of the style's own `duration`; on a shorter one all of them shrink together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, StrictBool, ValidationError, field_validator

from ..errors import BadInput, UsageError, nearest
from ..layout import Model, Slot, key, required
from ..layout.checks import check_slot
from ..layout.source import KeyPath, Source, all_problems, read_source, read_text
from ..layout.types import Duration, Moment
from ..layout.values import did_you_mean
from ..presets import MotionPreset, find_motion, style_files
from .names import Role

Order = Literal["reading", "center", "random", "stack"]

STANDS = ("background", "scenery")  # roles that fill the canvas: they are always there


class Manner(Model):
    """How the layers of one role move."""

    start: Moment | None = key("When the first of them begins.", "300ms")
    each: Moment | None = key("Time between one and the next.", "90ms")
    within: Duration | None = key("The last begins at most this long after the first.", "900ms")
    order: Order = key("Who goes first.", "center", default="reading")
    in_: Slot | None = key("How they arrive.", "rise")
    loop: tuple[Slot, ...] = key("What they do all the time: one motion, or several in turn.", "bob", default=())
    rooted: Slot | None = key("Instead of `loop` for what touches an edge of the canvas or stands.", "breathe")
    out: Slot | None = key("How they leave.", "fade")
    most: int = Field(default=99, ge=0, description="So many of them have a loop.")
    letters: StrictBool = key("A word whose letters are layers comes letter by letter.", True, default=False)

    @field_validator("loop", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return value if isinstance(value, (list, tuple)) else [value]


class Style(Model):
    """A whole style."""

    summary: str = required("What it feels like, in a few words.")
    duration: Duration = required("Length of the canvas.", "6s")
    camera: Slot | None = key("One move of the camera over the whole stack.", "kenburns")
    roles: dict[Role, Manner] = required("How the layers of each role move; other roles hold.")

    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """The name of its file."""
        return self._name


@cache
def style(name: str) -> Style:
    """The style of that name from presets/style/."""
    return parse_style(style_files()[name].read_text("utf-8"), name, Path(f"{name}.yaml"))


def styles() -> Mapping[str, Style]:
    """Every style by name."""
    return {name: style(name) for name in style_files()}


def find_style(wanted: str) -> Style:
    """A style by name, or the file at that path. Raises UsageError for a name that is none,
    MissingInput and BadInput for the file."""
    path = style_path(wanted)
    if path is not None:
        return parse_style(read_text(path), path.stem, path)
    if wanted in style_files():
        return style(wanted)
    near = nearest(wanted, style_files())
    did = f": did you mean {near!r}?" if near else ""
    raise UsageError(
        f"there is no style called {wanted[:60]!r}{did}",
        hint=f"styles: {', '.join(style_files())}; or the path of your own .yaml",
    )


def style_path(wanted: str) -> Path | None:
    """The file that is meant by a style; None for a name."""
    path = Path(wanted)
    return path if path.suffix in (".yaml", ".yml", ".json") else None


def parse_style(text: str, name: str, path: Path | None = None) -> Style:
    """A style from its text. Raises BadInput whose `problems` are all that is wrong."""
    source = read_source(text, path)
    try:
        found = Style.model_validate(source.data)
    except ValidationError as error:
        raise all_problems([*source.problems, *(_problem(source, item) for item in error.errors())]) from None
    problems = [*source.problems, *_disagreements(found, source)]
    if problems:
        raise all_problems(problems)
    found._name = name
    return found


def _problem(source: Source, item: Any) -> BadInput:
    loc = _written(source, tuple(part for part in item["loc"] if part != "[key]"))
    where = source.where(*loc, key=item["type"] in ("extra_forbidden", "literal_error"))
    if item["type"] == "extra_forbidden":
        name, keys = str(loc[-1]), _keys_at(loc[:-1])
        message = f"unknown key {name[:60]!r}{did_you_mean(name, keys)}"
        return BadInput(message, hint=f"keys here: {', '.join(keys)}", where=where)
    if item["type"] == "literal_error":
        name, choices = str(item["input"]), re.findall(r"'([^']+)'", item["ctx"]["expected"])
        message = f"{name[:60]!r} is not a choice here{did_you_mean(name, choices)}"
        return BadInput(message, hint=f"choices: {', '.join(choices)}", where=where)
    return BadInput(f"`{'.'.join(map(str, loc))}`: {item['msg'].removeprefix('Value error, ')}", where=where)


def _written(source: Source, loc: KeyPath) -> KeyPath:
    """The place as the file has it: one loop may stand there without a list around it."""
    return tuple(part for i, part in enumerate(loc) if not isinstance(part, int) or loc[: i + 1] in source.values)


def _keys_at(loc: KeyPath) -> list[str]:
    models: dict[int, type[Model]] = {0: Style, 2: Manner}
    model = models.get(len(loc), Slot)
    return [info.alias or name for name, info in model.model_fields.items()]


def _disagreements(found: Style, source: Source) -> Iterator[BadInput]:
    """What is valid key by key and yet makes no style."""
    if found.camera is not None:
        yield from check_slot("loop", found.camera, source, ("camera",))
    for role, manner in found.roles.items():
        at: KeyPath = ("roles", role)
        if manner.in_ is not None:
            yield from check_slot("in", manner.in_, source, (*at, "in"))
        if manner.out is not None:
            yield from check_slot("out", manner.out, source, (*at, "out"))
        for index, slot in enumerate(manner.loop):
            yield from check_slot("loop", slot, source, _written(source, (*at, "loop", index)))
        yield from _check_rooted(manner, source, (*at, "rooted"))
        if (manner.in_ is None) != (manner.out is None):
            yield BadInput("`in` and `out` come together, or the loop jumps", where=source.where(*at))
        if role in STANDS and manner.in_ is not None:
            yield BadInput(f"the {role} is always there: it has no `in`", where=source.where(*at, "in", key=True))


def _check_rooted(manner: Manner, source: Source, at: KeyPath) -> Iterator[BadInput]:
    if manner.rooted is None:
        return
    yield from check_slot("loop", manner.rooted, source, at)
    preset = find_motion(manner.rooted.motion)
    if preset is not None and not only_grows(preset):
        message = f"`rooted`: {preset.name!r} would bare the edge it touches"
        yield BadInput(message, hint="motions that only grow or shine: breathe, pulse, glow", where=source.where(*at))


def only_grows(preset: MotionPreset) -> bool:
    """Whether a loop never uncovers what its layer covers at rest: it grows and comes back, or is light."""
    grows = preset.fixed.get("of") == "scale" and (preset.kind == "pulse" or preset.fixed.get("shape") == "swell")
    return grows or preset.family == "light"
