"""Defaults from files: ./art.toml (or a parent's), then the user's own; options and ART_* variables win over both.

[animate]
format = "prores4444"
quality = "high"

[layout.init]
order = "top-first"
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from engine.errors import BadInput, Where

FILE_NAME = "art.toml"
Table = dict[str, Any]  # of an option its value, of a command its table


def user_file() -> Path:
    """Where the user's defaults live."""
    import platformdirs

    return Path(platformdirs.user_config_dir("art", appauthor=False)) / FILE_NAME


def project_file(folder: Path) -> Path | None:
    """The nearest art.toml at or above `folder`."""
    return next((path for path in (parent / FILE_NAME for parent in (folder, *folder.parents)) if path.is_file()), None)


def default_map(known: Mapping[str, Any]) -> Table:
    """Both files as click's default map {command: {option: value}}, groups of commands nested.

    `known` has the same shape: of every command its options, each with None.
    Raises BadInput on a file that is not TOML or names a command or option that does not exist.
    """
    merged: Table = {}
    for path in (user_file(), project_file(Path.cwd())):
        if path is not None and path.is_file():
            table = _read(path)
            _check(path, (), table, known)
            _merge(merged, table)
    return merged


def _check(path: Path, words: tuple[str, ...], table: Table, known: Mapping[str, Any]) -> None:
    """Raise BadInput for the first name that `known` lacks; `words` are the commands around the table."""
    for name, value in table.items():
        inner = known.get(name)
        if name not in known:
            what = "command" if None not in known.values() else "option"
            said = " ".join(("art", *words))
            raise BadInput(f"`{said}` has no {what} {name!r}", hint=_nearest(name, known), where=Where(path))
        if isinstance(inner, Mapping) != isinstance(value, dict):
            raise BadInput(_misplaced(name, (*words, name), inner), hint=_EXAMPLE, where=Where(path))
        if isinstance(inner, Mapping):
            _check(path, (*words, name), value, inner)


_EXAMPLE = 'options stand under their command: [animate], then format = "webm"; or [layout.init], then force = true'


def _misplaced(name: str, words: tuple[str, ...], inner: Mapping[str, Any] | None) -> str:
    return f"{name!r} is an option, not a table" if inner is None else f"{'.'.join(words)!r} is not a table"


def _merge(below: Table, above: Table) -> None:
    """`above` over `below`, table by table."""
    for name, value in above.items():
        if isinstance(value, dict):
            _merge(below.setdefault(name, {}), value)
        else:
            below[name] = value


def _nearest(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f"did you mean {near[0]}?" if near else f"it has: {', '.join(sorted(known)) or 'no options'}"


def _read(path: Path) -> Table:
    try:
        return _underscored(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"not a TOML file: {error}", where=Where(path)) from None


def _underscored(table: Table) -> Table:
    """Names as the program knows them inside."""
    return {
        name.replace("-", "_"): _underscored(value) if isinstance(value, dict) else value
        for name, value in table.items()
    }
