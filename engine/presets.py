"""Presets are data: one YAML a preset under presets/, the file's name is the preset's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from .errors import MissingInput
from .specs import HANDOFFS, ExportPreset

T = TypeVar("T")
Slot = Literal["in", "loop", "out"]
Value = str | int | float | bool
FAMILIES = {
    "entrance": "In and out",
    "rigid": "Loops that keep the shape",
    "deforming": "Loops that bend it",
    "light": "Light",
    "camera": "Camera, over the whole stack",
}


class MotionPreset(BaseModel):
    """A motion a layout may name: a kind from engine.motion, with defaults for the parameters it documents.

    `parameters` maps each parameter of the preset to its default, written as in a layout ("4%", "15deg", "left").
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: str
    summary: str
    slots: tuple[Slot, ...]
    family: Literal["entrance", "rigid", "deforming", "light", "camera"]
    aliases: tuple[str, ...] = ()
    duration: str = "0.6s"  # of an in or out, unless the layout says otherwise
    period: str = "2s"  # of a loop
    easing: str = "linear"
    parameters: dict[str, Value] = Field(default_factory=dict)
    notes: dict[str, str] = Field(default_factory=dict)  # what each parameter means, for people
    fixed: dict[str, Value] = Field(default_factory=dict)  # what else its kind needs; not for layouts to change

    def written(self, slot: Slot) -> str:
        """The motion in a slot as a layout writes it, with all defaults but `outside`, which is nothing to write."""
        length = f"period: {self.period}" if slot == "loop" else f"duration: {self.duration}"
        given = (f"{key}: {value}" for key, value in self.parameters.items() if value != "outside")
        return "{" + ", ".join((f"motion: {self.name}", length, *given)) + "}"


@dataclass(frozen=True, eq=False)
class _Folder(Mapping[str, T]):
    """Presets of one folder by name, each read when it is first looked up: all of them take a quarter of a second."""

    files: Mapping[str, Traversable]
    make: Callable[[str, dict[str, Any]], T]
    _made: dict[str, T] = field(default_factory=dict)

    def __getitem__(self, name: str) -> T:
        if name not in self._made:
            values = YAML(typ="safe", pure=True).load(self.files[name].read_text("utf-8"))
            self._made[name] = self.make(name, values)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def _files(folder: str) -> dict[str, Traversable]:
    found = sorted(files("presets").joinpath(folder).iterdir(), key=lambda entry: entry.name)
    return {entry.name.removesuffix(".yaml"): entry for entry in found if entry.name.endswith(".yaml")}


def _motion_preset(name: str, values: dict[str, Any]) -> MotionPreset:
    return MotionPreset(name=name, **values)


@cache
def motion_presets() -> Mapping[str, MotionPreset]:
    """Every motion preset by its own name."""
    return _Folder(_files("motion"), _motion_preset)


@cache
def motion_aliases() -> Mapping[str, str]:
    """Alias -> preset name."""
    return MappingProxyType({alias: preset.name for preset in motion_presets().values() for alias in preset.aliases})


def find_motion(name: str) -> MotionPreset | None:
    """The preset of that name or alias; None when there is none."""
    presets = motion_presets()
    return presets[name] if name in presets else presets.get(motion_aliases().get(name, name))


def _export_preset(name: str, values: dict[str, Any]) -> ExportPreset:
    options = tuple(sorted(values.pop("options", {}).items()))
    quality = tuple((level, tuple(sorted(over.items()))) for level, over in values.pop("quality", {}).items())
    return ExportPreset(name=name, options=options, quality=quality, **values)


@cache
def export_presets() -> Mapping[str, ExportPreset]:
    """Every export preset by name: what `--format` and `--composite` accept."""
    return _Folder(_files("export"), _export_preset)


def export_names() -> dict[str, list[str]]:
    """What each key of a layout's `export` accepts."""
    presets = export_presets().values()
    return {
        "layers": [preset.name for preset in presets if preset.role in ("layer", "both")],
        "composite": [preset.name for preset in presets if preset.role in ("composite", "both")],
        "handoff": list(HANDOFFS),
    }


@cache
def style_files() -> Mapping[str, Traversable]:
    """The file of every style by its name; `styles.taste` reads them."""
    return MappingProxyType(_files("style"))


def unknown_preset(name: str) -> MissingInput:
    """The error for a name that is neither a motion, an alias, a style nor an export format, with the nearest one."""
    known = [*motion_presets(), *motion_aliases(), *style_files(), *export_presets()]
    near = get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]}?" if near else "`art presets list` prints them all"
    return MissingInput(f"there is no preset called {name!r}", hint=hint)
