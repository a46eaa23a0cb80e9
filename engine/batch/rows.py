"""JOBS as it is written: a glob, a folder, CSV or YAML -> rows of templates, each of which knows its place."""

from __future__ import annotations

import csv
import glob
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import ArtError, BadInput, MissingInput, Where, nearest
from ..layout.source import Source, read_source, read_text
from ..manifest import NAME as MANIFEST
from .settings import options_of

FOLDER = "_batch"  # in an output folder: plan, record and logs
DESIGNS = (".psd", ".psb", ".ora")
TABLES = (".csv",)
LISTS = (".yaml", ".yml", ".json")
KEYS = ("design", "layout", "out", "options")


@dataclass(frozen=True)
class Row:
    """One line of a jobs file: templates, and what its placeholders stand for. Empty: not said."""

    design: str
    base: Path  # what relative paths in it are relative to
    found: bool = False  # the design is a name on disk, so braces in it are letters
    layout: str = ""
    out: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Where] = field(default_factory=dict)  # of every key; "" is the row's own

    def where(self, key: str = "") -> Where | None:
        return self.places.get(key) or self.places.get("")


def rows_of(jobs: str) -> Iterator[Row | ArtError]:
    """The rows of one JOBS word; in the place of one that cannot be read, what is wrong with it.

    Raises MissingInput where nothing is there, BadInput for a file that has no rows to read.
    """
    path = Path(jobs)
    if path.is_dir():
        yield from _folder(path)
    elif not path.exists() and glob.has_magic(jobs):
        found = sorted(glob.glob(jobs, recursive=True))
        if not found:
            raise MissingInput("no design matches", hint="put the pattern in quotes", where=Where(path))
        yield from (Row(each, Path(), found=True) for each in found)
    elif path.suffix.lower() in TABLES:
        yield from _table(path)
    elif path.suffix.lower() in LISTS:
        yield from _list(path)
    else:
        yield Row(jobs, Path(), found=path.exists())


def _folder(folder: Path) -> Iterator[Row]:
    """Its design files, and its folders of PNGs; what art has written beside them is no design."""
    found = [path for path in sorted(folder.iterdir()) if _is_design(path)]
    if not found:
        hint = f"a design is a file ({', '.join(DESIGNS)}) or a folder of PNGs in it"
        raise MissingInput("there is no design in the folder", hint=hint, where=Where(folder))
    yield from (Row(str(path), Path(), found=True) for path in found)


def _is_design(path: Path) -> bool:
    if path.is_dir():
        hidden, batch = path.name.startswith((".", "_")), (path / FOLDER).is_dir()
        result = (path / MANIFEST).is_file() and (path / "motion.yaml").is_file()
        return not (hidden or batch or result) and next(path.rglob("*.png"), None) is not None
    return path.suffix.lower() in DESIGNS


# --- CSV --------------------------------------------------------------------------------------------------------------


def _table(path: Path) -> Iterator[Row | ArtError]:
    """Columns design, layout, out, options (`fps=12 format=webm`); all others are placeholders."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise MissingInput("there is no such jobs file", where=Where(path)) from error
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}", where=Where(path)) from error
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8; Excel calls that 'CSV UTF-8'"
        where = Where(path, error.object[: error.start].count(b"\n") + 1)
        raise BadInput("this is no UTF-8 text", hint=hint, where=where) from error
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(lines, strict=True)
    try:
        head = [cell.strip() for cell in next(reader, [])]
        _check_head(head, path)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _cells(head, cells, path, line, lines[line - 1])
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadInput(f"not a CSV file: {error}", where=Where(path, reader.line_num)) from error


def _check_head(head: list[str], path: Path) -> None:
    where = Where(path, 1, 1)
    other = next((name for name in head if name not in KEYS and name.lower() in KEYS), None)
    if other is not None:
        raise BadInput(f"the column {other!r} is written {other.lower()!r}", where=where)
    if "design" not in head:
        near = nearest("design", head)
        hint = f"is {near!r} meant?" if near else "the first line names the columns: design,layout,out,options"
        if len(head) == 1 and ";" in head[0]:
            hint = "cells are separated by commas, not by semicolons"
        raise BadInput("there is no column 'design'", hint=hint, where=where)
    twice = next((name for name in head if head.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"the column {twice!r} is there twice", where=where)


def _cells(head: list[str], cells: list[str], path: Path, line: int, text: str) -> Row | ArtError:
    if len(cells) != len(head):
        hint = "a cell for each column, also where it is empty; one with commas in it stands in quotes"
        return BadInput(f"{len(cells)} cells, and {len(head)} columns", hint=hint, where=Where(path, line, 1))
    said = dict(zip(head, (cell.strip() for cell in cells), strict=True))
    places = {name: Where(path, line, column) for name, column in zip(head, _columns(text), strict=False)}
    places[""] = Where(path, line, 1)
    if not said["design"]:
        return BadInput("the row names no design", where=places["design"])
    try:
        options = options_of(said.get("options", ""))
    except ArtError as error:
        return BadInput(error.message, hint=error.hint, where=places.get("options"))
    values = {name: value for name, value in said.items() if name not in KEYS}
    layout, out = said.get("layout", ""), said.get("out", "")
    return Row(said["design"], path.parent, layout=layout, out=out, options=options, values=values, places=places)


def _columns(text: str) -> Iterator[int]:
    """Where the cells of a line start, from 1."""
    quoted = False
    yield 1
    for index, letter in enumerate(text):
        quoted ^= letter == '"'
        if letter == "," and not quoted:
            yield index + 2


# --- YAML -------------------------------------------------------------------------------------------------------------


def _list(path: Path) -> Iterator[Row | ArtError]:
    """`defaults` with layout, out, options and values; `items`: designs, globs, or mappings of the same keys."""
    if not path.exists():
        raise MissingInput("there is no such jobs file", where=Where(path))
    source = read_source(read_text(path), path)
    data = source.data
    problems: list[ArtError] = [*source.problems, *_unknown(source, (), ("version", "defaults", "items"))]
    defaults = data.get("defaults") or {}
    items = data.get("items")
    if not isinstance(items, list) or not items:
        problems.append(BadInput("`items` is a list of designs", where=source.where("items")))
        items = []
    if not isinstance(defaults, dict):
        problems.append(BadInput("`defaults` is a mapping of keys", where=source.where("defaults")))
    elif defaults:
        problems += _wrong_in(source, ("defaults",), defaults, design=False)
    yield from problems
    if problems:
        defaults = {}  # so that what is wrong in them is not said of every item
    for index, item in enumerate(items):
        item = {"design": item} if isinstance(item, str) else item
        wrong = _wrong_in(source, ("items", index), item)
        yield from wrong or _expanded(_item(source, index, item, defaults))


def _unknown(source: Source, place: tuple[str | int, ...], keys: tuple[str, ...]) -> list[BadInput]:
    found = source.data
    for part in place:
        found = found[part]
    wrong = [key for key in found if key not in keys] if isinstance(found, dict) else []
    return [BadInput(f"there is no key {key!r} here", hint=_meant(key, keys), where=source.where(*place, key, key=True))
            for key in wrong]  # fmt: skip


def _meant(key: str, keys: tuple[str, ...]) -> str:
    near = nearest(key, keys)
    return f"did you mean {near}?" if near else f"there are: {', '.join(keys)}"


def _wrong_in(source: Source, place: tuple[str | int, ...], item: Any, *, design: bool = True) -> list[BadInput]:
    keys = (*(KEYS if design else KEYS[1:]), "values")
    where = source.where(*place)
    if not isinstance(item, dict):
        return [BadInput("an item is a design's path or a mapping of keys", where=where)]
    wrong = _unknown(source, place, keys)
    for key, value in item.items():
        kind: type = dict if key in ("options", "values") else str
        if key in keys and value is not None and not isinstance(value, kind):
            what = "a mapping" if kind is dict else "text"
            wrong.append(BadInput(f"{key!r} is {what}", where=source.where(*place, key)))
    if design and not item.get("design"):
        wrong.append(BadInput("the item names no design", where=where))
    return wrong


def _item(source: Source, index: int, item: dict[str, Any], defaults: dict[str, Any]) -> Row:
    own, shared = source.where("items", index), {key: source.where("defaults", key) for key in defaults}
    places = {"": own, **shared, **{key: source.where("items", index, key) for key in item}}
    for key in ("options", "values"):
        for name in _both(defaults, item, key):
            inner = ("items", index, key, name) if name in (item.get(key) or {}) else ("defaults", key, name)
            places[f"{key}.{name}"] = source.where(*inner)
    values = {name: str(value) for name, value in _both(defaults, item, "values").items()}
    layout, out = (item.get(key) or defaults.get(key) or "" for key in ("layout", "out"))
    base, options = (source.path or Path()).parent, _both(defaults, item, "options")
    return Row(item["design"], base, layout=layout, out=out, options=options, values=values, places=places)


def _both(defaults: dict[str, Any], item: dict[str, Any], key: str) -> dict[str, Any]:
    return {**(defaults.get(key) or {}), **(item.get(key) or {})}


def _expanded(row: Row) -> Iterator[Row | ArtError]:
    """A glob is a row a design."""
    if not glob.has_magic(row.design) or "{" in row.design or (row.base / row.design).exists():
        yield row
        return
    found = sorted(glob.glob(row.design, root_dir=row.base, recursive=True))
    if not found:
        yield MissingInput(f"no design matches {row.design}", where=row.where("design"))
    yield from (replace(row, design=each, found=True) for each in found)
