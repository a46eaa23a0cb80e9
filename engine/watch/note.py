"""`OUT/.art-watch.json`: what `art animate --watch` is doing, for a page that shows the folder meanwhile."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import ArtError

NAME = ".art-watch.json"


class Problem(BaseModel):
    """One thing that is wrong with the layout or the design."""

    model_config = ConfigDict(frozen=True)

    where: str  # "motion.yaml:5:18"; empty where there is no place
    message: str
    hint: str = ""


class Note(BaseModel):
    """making: files are being written. waiting: for the next save. problem: the last save cannot be used."""

    model_config = ConfigDict(frozen=True)

    state: Literal["making", "waiting", "problem"]
    problems: tuple[Problem, ...] = ()


def problems_of(error: ArtError) -> tuple[Problem, ...]:
    """What an error says, finding by finding."""
    found: Sequence[ArtError] = error.problems or (error,)
    return tuple(
        Problem(where=str(each.where) if each.where else "", message=each.message, hint=each.hint) for each in found
    )


def write_note(folder: Path, note: Note) -> None:
    """Say it, where the folder is there. A note that cannot be written is no reason to stop."""
    temporary = folder / f".art-{os.getpid()}-{os.urandom(4).hex()}.tmp"
    with suppress(OSError):
        temporary.write_text(json.dumps(note.model_dump(mode="json")), "utf-8")
        os.replace(temporary, folder / NAME)  # not flushed to disk: it is of no use after a crash


def read_note(folder: Path) -> Note | None:
    """The note, or None where nobody watches or what is there is not one."""
    try:
        return Note.model_validate_json((folder / NAME).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None


def remove_note(folder: Path) -> None:
    with suppress(OSError):
        (folder / NAME).unlink()
