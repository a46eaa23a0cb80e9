"""How the program speaks: data on stdout, people on stderr, one JSON envelope, one way to fail."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from engine.errors import ArtError

SCHEMA = 1
# C0 and C1 control characters, and the escape sequences that start with them; line feeds and tabs stay
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """The text without anything that could steer a terminal."""
    return _CONTROL.sub("", text)


def say(text: str) -> None:
    """A sentence for the person at the terminal (stderr)."""
    print(clean(text), file=sys.stderr, flush=True)


def put(text: str) -> None:
    """Data (stdout)."""
    print(clean(text), flush=True)


def put_json(data: Any, *, indent: int | None = 2) -> None:
    """Data in the envelope every `--json` uses; where there are several, each on a line of its own (indent None)."""
    print(json.dumps({"schema": SCHEMA, "ok": True, "data": data}, indent=indent, ensure_ascii=False), flush=True)


def rich_console(*, stderr: bool = False) -> Console:
    """A rich console: colours only on a terminal; piped tables are not squeezed to 80 columns."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else int(os.environ.get("COLUMNS", "160")))


def fail(error: ArtError, *, as_json: bool, indent: int | None = 2) -> int:
    """Report an error where it belongs and give the exit code back."""
    if as_json:
        envelope = {"schema": SCHEMA, "ok": False, "error": _error_data(error)}
        print(json.dumps(envelope, indent=indent, ensure_ascii=False), flush=True)
        return error.exit_code
    for problem in error.problems or (error,):
        say(f"art: {problem}")
        if problem.hint:
            say(f"     {problem.hint}")
    return error.exit_code


def _error_data(error: ArtError) -> dict[str, Any]:
    data: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint, "where": None}
    if error.where is not None:
        where = error.where
        path = str(where.path) if where.path else None
        data["where"] = {"path": path, "line": where.line, "column": where.column, "layer": where.layer}
    if error.problems:
        data["problems"] = [_error_data(problem) for problem in error.problems]
    return data


def put_table(titles: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Print rows of text under their titles."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title)
    for row in rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    rich_console().print(table)
