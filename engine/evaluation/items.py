"""The bench as data: what each item shows, says and expects, read from YAML files of one folder."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ..dataset.wish import ONCE
from ..errors import BadInput, MissingInput, Where
from .predicates import PREDICATES
from .relations import RELATIONS

Class = Literal["basic", "modified", "compositional", "part", "relational"]
CLASSES: tuple[Class, ...] = ("basic", "modified", "compositional", "part", "relational")
FPS, SECONDS = 16, 3
Level = Literal[-1, 0, 1]
PARTS = ("swing", "spin_cw", "spin_ccw", "wave", "flicker")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class _Entry(_Strict):
    """One line of a file; docs/evaluation.md explains the keys."""

    artwork: str
    prompt: str = ""
    plain: str = ""
    speed: Level = 0
    strength: Level = 0
    loop: bool | None = None
    region: tuple[int, int, int, int] | None = None
    seed: int | None = None
    then: tuple[str, str] | None = None
    both: tuple[str, str] | None = None
    prompts: dict[str, str] = Field(default_factory=dict)
    scene: str = ""
    layers: dict[str, str] = Field(default_factory=dict)
    relations: tuple[dict[str, list[str]], ...] = ()

    @model_validator(mode="after")
    def _known(self) -> _Entry:
        named = [*(self.then or ()), *(self.both or ()), *self.layers.values()]
        wrong = [kind for kind in named if kind not in PREDICATES]
        wrong += [name for each in self.relations for name in each if name not in RELATIONS]
        layers = [*self.layers, *(layer for each in self.relations for names in each.values() for layer in names)]
        wrong += [layer for layer in layers if layer not in self.prompts]
        if wrong:
            raise ValueError(f"nothing is called {wrong[0]!r}")
        if bool(self.prompt) == bool(self.prompts):
            raise ValueError("give `prompt`, or `prompts` for several layers")
        if (self.speed or self.strength) and not self.plain:
            raise ValueError("`speed` and `strength` are judged beside a `plain` prompt")
        return self


class _File(_Strict):
    class_: Class = Field(alias="class")
    pivots: dict[str, tuple[float, float]] = Field(default_factory=dict)
    items: dict[str, list[_Entry]]

    @model_validator(mode="after")
    def _known(self) -> _File:
        kinds = {"basic": tuple(PREDICATES), "modified": tuple(PREDICATES), "part": PARTS,
                 "compositional": ("then", "both"), "relational": ("scene",)}[self.class_]  # fmt: skip
        wrong = [kind for kind in self.items if kind not in kinds]
        if wrong:
            raise ValueError(f"{wrong[0]!r} is none of {', '.join(kinds)}")
        if self.class_ == "part":
            lacking = [e.artwork for entries in self.items.values() for e in entries if e.artwork not in self.pivots]
            if lacking:
                raise ValueError(f"{lacking[0]!r} has no pivot")
        return self


@dataclass(frozen=True)
class Item:
    """One thing to animate and to judge."""

    id: str  # "basic-bob-03"
    class_: Class
    kind: str  # what is expected; "then", "both" or "scene" where that is more than one thing
    artwork: Path  # a folder of PNG layers, bottom first
    prompts: Mapping[str, str]  # by layer
    seed: int
    loop: bool
    plain: str = ""  # the same without the word that is judged
    speed: Level = 0
    strength: Level = 0
    region: tuple[int, int, int, int] | None = None  # x, y, width, height, px
    pair: tuple[str, str] | None = None  # of "then" and "both"
    scene: str = ""
    layers: tuple[tuple[str, str], ...] = ()  # layer, kind
    relations: tuple[tuple[str, tuple[str, ...]], ...] = ()
    mask: Path | None = None  # of the part that moves
    pivot: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """All that is said."""
        told = "; ".join(self.prompts.values()) if len(self.prompts) == 1 else "; ".join(
            f"{layer}: {prompt}" for layer, prompt in self.prompts.items()
        )  # fmt: skip
        return f"{told} ({self.scene})" if self.scene else told


def bench_folder(given: Path | None) -> Path:
    """The folder asked for, else tests/bench of this checkout. Raises MissingInput."""
    folder = given or Path(__file__).parents[2] / "tests" / "bench"
    if not any(folder.glob("*.yaml")):
        raise MissingInput("there is no bench", hint="name its folder with --bench", where=Where(folder))
    return folder


def read_items(folder: Path, wanted: str = "*", classes: tuple[str, ...] = ()) -> list[Item]:
    """Items whose id matches `wanted`, of some classes (none: of all). Raises BadInput, MissingInput."""
    found = [item for path in sorted(folder.glob("*.yaml")) for item in _items(path)]
    chosen = [i for i in found if fnmatchcase(i.id, wanted) and (not classes or i.class_ in classes)]
    if not chosen:
        raise MissingInput(f"no item of the bench is called {wanted!r}", hint="art evaluate bench --list names them")
    return chosen


def _items(path: Path) -> Iterator[Item]:
    read = _read(path)
    for kind, entries in read.items.items():
        for index, entry in enumerate(entries, 1):
            yield _item(path.parent / "artwork", read, kind, f"{read.class_}-{kind}-{index:02}", entry)


def _read(path: Path) -> _File:
    try:
        return _File.model_validate(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise BadInput(f"cannot be read: {error}", where=Where(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{place}: {first['msg']}", hint="docs/evaluation.md has the keys", where=Where(path)) from error


def _item(folder: Path, read: _File, kind: str, name: str, entry: _Entry) -> Item:
    artwork = folder / entry.artwork
    layers = layer_names(artwork)
    prompts = entry.prompts or {layers[0]: entry.prompt}
    strange = [layer for layer in prompts if layer not in layers]
    if strange:
        raise BadInput(f"{entry.artwork} has no layer {strange[0]!r}", where=Where(artwork))
    part: dict[str, Any] = {}
    if read.class_ == "part":
        part = {"mask": folder / f"{entry.artwork}.part.png", "pivot": read.pivots[entry.artwork]}
    once = kind in ONCE or bool(entry.then or entry.both)
    return Item(
        name, read.class_, kind, artwork, prompts, zlib.crc32(name.encode()) if entry.seed is None else entry.seed,
        (not once) if entry.loop is None else entry.loop, entry.plain, entry.speed, entry.strength, entry.region,
        entry.then or entry.both, entry.scene, tuple(entry.layers.items()),
        tuple((name, tuple(layers)) for each in entry.relations for name, layers in each.items()), **part,
    )  # fmt: skip


def layer_names(artwork: Path) -> list[str]:
    """Of a folder of PNG layers, bottom first: "01 Bolt.png" is Bolt. Raises MissingInput."""
    names = [path.stem.partition(" ")[2] for path in sorted(artwork.glob("*.png"))]
    if not names:
        raise MissingInput("this artwork is not there", where=Where(artwork))
    return names
