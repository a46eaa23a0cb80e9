"""Every error a user can meet: what is wrong, where, what to do, and the exit code that scripts rely on.

Exit codes follow BSD sysexits where one fits (sysexits.h); the table stands in docs/cli.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class Where:
    """The place an error points at. Lines and columns count from 1."""

    path: Path | None = None
    line: int | None = None
    column: int | None = None
    layer: str | None = None

    def __str__(self) -> str:
        place = str(self.path) if self.path else ""
        if self.line is not None:
            place += f":{self.line}" + (f":{self.column}" if self.column is not None else "")
        if self.layer is not None:
            place += (", " if place else "") + f"layer {self.layer!r}"
        return place


class ArtError(Exception):
    """Base of all expected errors. `problems` carries further findings of the same kind, first one included."""

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(
        self, message: str, *, hint: str = "", where: Where | None = None, problems: tuple[ArtError, ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where
        self.problems = problems

    def __str__(self) -> str:
        place = str(self.where) if self.where else ""
        return f"{place}: {self.message}" if place else self.message


class UsageError(ArtError):
    """The command line itself is wrong."""

    code, exit_code = "usage", 2


class BadInput(ArtError):
    """A design or layout that exists but cannot be used."""

    code, exit_code = "bad_input", 65


class MissingInput(ArtError):
    """A file or folder that is not there."""

    code, exit_code = "missing_input", 66


class Unavailable(ArtError):
    """A model, device, codec or backend that this installation does not have."""

    code, exit_code = "unavailable", 69


class CannotWrite(ArtError):
    """The output cannot be created: permissions, disk full, or a folder that holds something else."""

    code, exit_code = "cannot_write", 73


class CheckFailed(ArtError):
    """An exported file is not what was written into it."""

    code, exit_code = "check_failed", 74


class TryAgain(ArtError):
    """A passing fault: the same command may succeed later."""

    code, exit_code = "temporary", 75


class BatchFailed(ArtError):
    """A batch came to its end, and some of its items failed."""

    code, exit_code = "batch_failed", 80


class Interrupted(ArtError):
    """Stopped by SIGINT."""

    code, exit_code = "interrupted", 130


class Terminated(ArtError):
    """Stopped by SIGTERM."""

    code, exit_code = "terminated", 143


class LicenceRequired(ArtError):
    """Weights whose licence has to be accepted first."""

    code, exit_code = "licence", 77


def edit_distance(a: str, b: str) -> int:
    """Letters to insert, delete, replace or swap with a neighbour to turn `a` into `b` (optimal string alignment)."""
    before, row = list[int](), list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The valid word closest to a mistyped one, or None when nothing is near: more than a third of it would change."""
    word = word[:80].strip()
    scored = [(edit_distance(word.lower(), valid[:80].lower()), valid) for valid in words]
    distance, best = min(scored, default=(99, ""))
    return best if distance <= max(1, (max(len(word), len(best)) + 1) // 3) and distance < len(word) else None
