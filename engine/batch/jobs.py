"""JOBS -> items: templates filled in, paths found, options read; everything that is wrong is said before the start."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import ArtError, BadInput, MissingInput, UsageError, Where, nearest
from .rows import FOLDER, Row, rows_of
from .settings import Fields, fields_of, is_style_file

MOST_PROBLEMS = 50  # that are worth reading
_NO_TEXT = re.compile("[\ud800-\udfff]")  # what Python makes of bytes in names that are no UTF-8
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")


@dataclass(frozen=True, slots=True)
class Item:
    """One design to animate. Paths are absolute; `settings` are fields of a `Request`."""

    number: int  # from 1
    name: str  # its folder below the output folder, or the whole path where it lies elsewhere
    design: str
    out: str
    layout: str | None = None
    settings: Fields = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What the item asks for: another design, layout, place or option is another key."""
        asked = [self.design, self.layout, self.out, self.settings]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @staticmethod
    def of(data: Mapping[str, Any]) -> Item:
        return Item(**data)


def plan_items(
    jobs: Sequence[str], out: Path, layout: str = "", options: Mapping[str, object] | None = None
) -> list[Item]:
    """The items of all JOBS words, for the output folder `out`.

    layout: a template for rows that name none. options: for all items; a row's own win. Raises UsageError for wrong
    `options`, MissingInput for JOBS that are not there, else BadInput with every problem: placeholders without a value,
    options that do not exist, designs and layouts that are not there, outputs that collide.
    """
    fields_of({name: value for name, value in (options or {}).items() if "{" not in str(value)})
    planner = _Planner(Path(os.path.abspath(out)), layout, dict(options or {}))
    for word in jobs:
        for row in rows_of(word):
            planner.add(row)
    planner.check()
    return planner.items


def chosen(items: Sequence[Item], text: str | None) -> list[Item]:
    """`1-10,15` -> the items of those numbers; None is all. Raises UsageError."""
    if text is None:
        return list(items)
    wanted: set[int] = set()
    for word in text.split(","):
        match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", word)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last:
            raise UsageError(f"--items {text!r} is not a list of numbers", hint="write 1-10,15")
        if last > len(items):
            raise UsageError(f"--items {text!r}: the last item is {len(items)}")
        wanted |= set(range(first, last + 1))
    return [item for item in items if item.number in wanted]


class _Planner:
    def __init__(self, out: Path, layout: str, options: dict[str, object]) -> None:
        self._out, self._layout, self._options = out, layout, options
        self.items: list[Item] = []
        self.problems: list[ArtError] = []
        self._said: set[str] = set()
        self._taken: dict[str, str] = {}  # folded path of an output -> who writes there
        self._above: dict[str, str] = {}  # folded paths of the folders around outputs -> the same

    def add(self, row: Row | ArtError) -> None:
        try:
            if isinstance(row, ArtError):
                raise row
            item = self._item(row, len(self.items) + 1)
            self._claim(item, row)
            self.items.append(item)
        except ArtError as error:
            self._note(*(error.problems or (error,)))

    def check(self) -> None:
        """Raise BadInput with all that is wrong so far."""
        if self.problems:
            first = self.problems[0]
            raise BadInput(first.message, hint=first.hint, where=first.where, problems=tuple(self.problems))

    def _note(self, *errors: ArtError) -> None:
        """Keep what is wrong; what is so in every item, such as a default, only once."""
        for error in errors:
            if str(error) not in self._said:
                self._said.add(str(error))
                self.problems.append(error)
        if len(self.problems) >= MOST_PROBLEMS:
            self.check()

    def _item(self, row: Row, number: int) -> Item:
        design = _path(row.base, row.design if row.found else _filled(row, "design", row.design, row.values))
        if not os.path.lexists(design):
            raise MissingInput(f"there is no design {design}", where=row.where("design"))
        path = Path(design)
        known = {"name": path.stem, "folder": path.parent.name, "number": str(number), **row.values}
        layout = None
        if row.layout or self._layout:
            base = row.base if row.layout else Path()
            layout = _path(base, _filled(row, "layout", row.layout or self._layout, known))
            if not os.path.exists(layout):
                raise MissingInput(f"there is no layout {layout}", where=row.where("layout"))
        out = _path(self._out, _filled(row, "out", row.out or "{name}", known))
        _check_text(row, design=design, layout=layout or "", out=out)
        return Item(number, self._named(out), design, out, layout, self._settings(row, known))

    def _named(self, out: str) -> str:
        inside = out.startswith(f"{self._out}{os.sep}")
        return Path(out).relative_to(self._out).as_posix() if inside else out

    def _settings(self, row: Row, known: Mapping[str, str]) -> Fields:
        options = {**self._options, **row.options}
        filled = {
            name: _filled(row, f"options.{name}", value, known) if isinstance(value, str) else value
            for name, value in options.items()
        }
        if is_style_file(style := str(filled.get("style", ""))):
            filled["style"] = _path(row.base if "style" in row.options else Path(), style)
        fields: Fields = {}
        wrong: list[ArtError] = []
        for name, value in filled.items():
            try:
                fields |= fields_of({name: value})
            except UsageError as error:
                where = row.where(f"options.{name}" if f"options.{name}" in row.places else "options")
                wrong.append(BadInput(error.message, hint=error.hint, where=where))
        if wrong:
            raise BadInput(wrong[0].message, problems=tuple(wrong))
        return fields

    def _claim(self, item: Item, row: Row) -> None:
        """Raise BadInput where two items would write into one folder, or one into the folder of another."""
        own, where = _folded(item.out), row.where("out")
        who = str(where) if where is not None else item.design
        around = _above(os.path.dirname(own))
        batch = _folded(str(self._out / FOLDER))
        if own == _folded(str(self._out)) or batch in (own, *around):
            raise BadInput(f"{item.out} is the folder of the batch itself", where=where)
        other = self._taken.get(own) or self._above.get(own) or next(filter(None, map(self._taken.get, around)), None)
        if other is not None:
            hint = "out: with {number}, {folder} or a placeholder of yours keeps them apart"
            where = where or Where(Path(item.design))
            raise BadInput(f"the output {item.name} collides with that of {other}", hint=hint, where=where)
        self._taken[own] = who
        self._above.update(dict.fromkeys(around, who))


def _filled(row: Row, key: str, text: str, known: Mapping[str, str]) -> str:
    """The template with its placeholders filled in. Raises BadInput for one that has no value."""

    def value(match: re.Match[str]) -> str:
        found = known.get(match[1], "")
        if not found:
            near = nearest(match[1], known)
            there = ", ".join(sorted(known)) or "none"
            hint = f"did you mean {{{near}}}?" if near and near != match[1] else f"there are: {there}"
            column = key.partition(".")[0]
            where = row.where(key) if key in row.places else row.where(column)
            raise BadInput(f"the placeholder {match[0]} of {column} has no value here", hint=hint, where=where)
        return found

    return _PLACEHOLDER.sub(value, text)


def _check_text(row: Row, **paths: str) -> None:
    """Raise BadInput for a name that no plan, record or manifest can hold."""
    for key, path in paths.items():
        if _NO_TEXT.search(path):
            what = f"the {key} {path!a} is called by bytes that are no UTF-8"
            raise BadInput(what, hint="give it another name", where=row.where(key))


def _path(base: Path, text: str) -> str:
    return os.path.abspath(os.path.join(base, text))


def _folded(path: str) -> str:
    """Equal for paths that some file system takes for one."""
    return unicodedata.normalize("NFC", path).casefold()


@lru_cache(maxsize=4096)
def _above(folder: str) -> tuple[str, ...]:
    """The folder and those around it, without the root."""
    parent = os.path.dirname(folder)
    return () if parent == folder else (folder, *_above(parent))


def lines_of(items: Iterable[Item]) -> str:
    return "".join(f"{item.line()}\n" for item in items)
