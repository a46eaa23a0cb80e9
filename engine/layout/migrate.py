"""Layouts of older versions, brought up to date."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ..errors import BadInput
from . import LATEST
from .source import Source, read_source

# version -> what turns a text of that version into the next one: (text) -> (text, sentences that say what changed).
# Version 1 is the first, so there is nothing to turn yet.
MIGRATIONS: dict[int, Callable[[str], tuple[str, list[str]]]] = {}


def migrate(text: str, source: Path | None = None) -> tuple[str, tuple[str, ...]]:
    """(text in the latest version, sentences that say what changed). Comments and order stay as they are.

    A text without `version` is version 1 and gets the key. Raises BadInput for versions that do not exist or are newer
    than this art reads, and for text that is not YAML or JSON.
    """
    read = read_source(text, source)
    changes: list[str] = []
    if "version" not in read.data:
        text = _with_version(text, read)
        changes.append("added `version: 1`: it had none")
    version = version_of(read)
    while version < LATEST:
        text, done = MIGRATIONS[version](text)
        changes += done
        version += 1
    return text, tuple(changes)


def version_of(source: Source) -> int:
    """The version a layout says it has; 1 when it says nothing. Raises BadInput for one that cannot be read."""
    version = source.data.get("version", 1)
    where = source.where("version")
    if type(version) is not int:
        raise BadInput(
            f"`version`: {str(version)[:40]!r} is not a version number: write version: {LATEST}", where=where
        )
    if version > LATEST:
        hint = "install a newer art: pip install -U animated-art"
        message = f"this layout is version {version}; this art reads up to version {LATEST}"
        raise BadInput(message, hint=hint, where=where)
    if version < LATEST and version not in MIGRATIONS:
        message = f"there is no version {version} of the layout format"
        raise BadInput(message, hint=f"write version: {LATEST}", where=where)
    return version


def _with_version(text: str, source: Source) -> str:
    """Put the key where the first key of the layout stands."""
    body = text.removeprefix("\ufeff")
    line, column = source.values[()]
    lines = body.splitlines(keepends=True)
    start = sum(map(len, lines[: line - 1])) + column - 1
    if body[start : start + 1] == "{":
        more = ", " if source.data else ""
        rest = body[start + 1 :]
        return f'{body[:start]}{{"version": {LATEST}{more}{rest.lstrip(" ") if more else rest}'
    newline = "\r\n" if re.search(r"\r\n", body) else "\n"
    return f"{body[:start]}version: {LATEST}{newline}{' ' * (column - 1)}{body[start:]}"
