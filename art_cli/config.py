"""Defaults from files: ./art.toml (or a parent's), then the user's own; options and ART_* variables win over both.

[animate]
format = "prores4444"
quality = "high"
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from engine.errors import BadInput, Where

FILE_NAME = "art.toml"


def user_file() -> Path:
    """Where the user's defaults live."""
    import platformdirs

    return Path(platformdirs.user_config_dir("art", appauthor=False)) / FILE_NAME


def project_file(folder: Path) -> Path | None:
    """The nearest art.toml at or above `folder`."""
    return next((path for path in (parent / FILE_NAME for parent in (folder, *folder.parents)) if path.is_file()), None)


def default_map(known: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """Both files as click's default map {command: {option: value}}; `known` are the options of every command.

    Raises BadInput on a file that is not TOML or names a command or option that does not exist.
    """
    merged: dict[str, Any] = {}
    for path in (user_file(), project_file(Path.cwd())):
        if path is not None and path.is_file():
            for command, options in _read(path).items():
                _check(path, command, options, known)
                merged.setdefault(command, {}).update(options)
    return merged


def _check(path: Path, command: str, options: Collection[str], known: Mapping[str, Collection[str]]) -> None:
    if command not in known:
        raise BadInput(f"there is no command {command!r}", hint=_nearest(command, known), where=Where(path))
    for option in options:
        if option not in known[command]:
            hint = _nearest(option, known[command])
            raise BadInput(f"`art {command}` has no option {option!r}", hint=hint, where=Where(path))


def _nearest(word: str, known: Collection[str]) -> str:
    near = get_close_matches(word, known, 1)
    return f"did you mean {near[0]}?" if near else f"it has: {', '.join(sorted(known))}"


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"not a TOML file: {error}", where=Where(path)) from None
    for command, options in tables.items():
        if not isinstance(options, dict):
            hint = 'options stand under their command: [animate], then format = "webm"'
            raise BadInput(f"{command!r} is not a table", hint=hint, where=Where(path))
    return {
        command: {option.replace("-", "_"): value for option, value in options.items()}
        for command, options in tables.items()
    }
