"""What happened in a batch: an append-only file of JSON lines in its output folder, and what follows from it.

A line is written in one go, so a kill at any byte leaves whole lines and at most one torn one, which the next driver
cuts off. Lines are counted: their order is that of `n`, never that of a clock; a driver counts on from all that others
wrote before it began. Only the driver writes.
"""

from __future__ import annotations

import errno
import hashlib
import heapq
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from ..errors import BadInput, CannotWrite, MissingInput, Where
from ..files import atomic, make_folder
from ..manifest import NAME as MANIFEST
from .jobs import Item, lines_of
from .rows import FOLDER, LISTS

PLAN = "items.jsonl"
LOGS = "logs"
SCHEMA = 1

Line = dict[str, Any]
Phase = Literal["waiting", "started", "stopped", "finished", "failed"]


@dataclass
class State:
    """Where an item stands. `stamp`: its inputs and its manifest when it was finished, see `stamps`."""

    phase: Phase = "waiting"
    attempts: int = 0  # that count: those that a stopped batch cut short do not
    seconds: float = 0.0  # of the last attempt
    worker: str = ""  # who was at it last
    stamp: str = ""
    cached: int = 0  # files that came out of the cache
    files: int = 0
    warnings: int = 0  # in its log, of the attempt that finished it
    code: str = ""
    message: str = ""
    hint: str = ""


@dataclass
class Summary:
    """How many items stand where."""

    total: int = 0
    phases: Mapping[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        return self.phases.get("failed", 0)


def record_path(out: Path, numbers: tuple[int, int] | None = None) -> Path:
    """The record of a driver: of the whole batch, or of the items [first, end) when farms share the folder."""
    name = "record.jsonl" if numbers is None else f"record-{numbers[0]}-{numbers[1] - 1}.jsonl"
    return out / FOLDER / name


class Record:
    """The record while a driver writes it."""

    def __init__(self, path: Path) -> None:
        """Open for appending, and cut off a torn last line. Raises CannotWrite."""
        make_folder(path.parent)
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            self._end = _whole(path)
            os.ftruncate(self._file, self._end)
        except OSError as error:
            raise self._full(error) from error
        self._n = max((line["n"] for line in _lines_of_all(path.parent)), default=0)

    def __enter__(self) -> Record:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            os.fsync(self._file)
        os.close(self._file)

    def add(self, event: str, **facts: object) -> None:
        """Append a line. Raises CannotWrite, and then the file is as before."""
        text = json.dumps({"n": self._n + 1, "event": event, **facts}, ensure_ascii=False) + "\n"
        data = text.encode("utf-8", "backslashreplace")  # names that are no UTF-8, as JSON writes them
        try:
            written = os.write(self._file, data)
            if written < len(data):
                os.ftruncate(self._file, self._end)
                raise OSError(errno.ENOSPC, "the disk is full")
        except OSError as error:
            raise self._full(error) from error
        self._n, self._end = self._n + 1, self._end + len(data)

    def _full(self, error: OSError) -> CannotWrite:
        what = "let it be written" if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS) else "free space"
        hint = f"{what}, then `art batch retry` makes the rest"
        return CannotWrite(f"the record cannot be written: {error.strerror}", hint=hint, where=Where(self._path))


def _whole(path: Path) -> int:
    """Bytes up to the end of the last whole line."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65536)
            file.seek(start)
            at = file.read(end - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
            end = start
    return 0


def lines_in(path: Path) -> Iterator[Line]:
    """The whole lines of a record in their order. One that is damaged is left out: its item is done again."""
    found: list[Line] = []
    with suppress(FileNotFoundError), path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                with suppress(ValueError):
                    data = json.loads(line)
                    if isinstance(data, dict) and isinstance(data.get("n"), int):
                        found.append(data)
    yield from sorted(found, key=_number)


def _lines_of_all(folder: Path) -> Iterator[Line]:
    """The lines of all drivers in their order."""
    return heapq.merge(*map(lines_in, sorted(folder.glob("record*.jsonl"))), key=_number)


def _number(line: Line) -> int:
    return int(line["n"])


# --- what follows from it ---------------------------------------------------------------------------------------------


def states_of(out: Path) -> dict[str, State]:
    """Where every item stands that was ever begun, by its key; what several drivers said is put together."""
    found: dict[str, State] = {}
    for line in _lines_of_all(out / FOLDER):
        if isinstance(line.get("key"), str):
            _tell(found.setdefault(line["key"], State()), line)
    return found


def _tell(state: State, line: Line) -> None:
    """One line more about an item."""
    event = line["event"]
    if event == "started":
        state.phase = "started"
    elif event == "working":
        state.worker = line.get("worker", "")
    elif event == "stopped":
        state.phase = "stopped"
    elif event in ("tried", "failed"):
        state.phase = "failed" if event == "failed" else "started"
        state.attempts, state.seconds = state.attempts + 1, line.get("seconds", 0.0)
        state.code, state.message, state.hint = line.get("code", ""), line.get("message", ""), line.get("hint", "")
    elif event == "finished":
        state.phase, state.attempts, state.seconds = "finished", state.attempts + 1, line.get("seconds", 0.0)
        state.stamp, state.cached, state.files = line.get("stamp", ""), line.get("cached", 0), line.get("files", 0)
        state.warnings = line.get("warnings", 0)
        state.code = state.message = state.hint = ""


def summary_of(items: Sequence[Item], states: Mapping[str, State]) -> Summary:
    counts: dict[str, int] = {}
    for item in items:
        phase = states.get(item.key, State()).phase
        counts[phase] = counts.get(phase, 0) + 1
    return Summary(len(items), counts)


# --- the plan ---------------------------------------------------------------------------------------------------------


def write_plan(out: Path, items: Sequence[Item], *, shared: bool = False) -> None:
    """Keep the items beside the record, so that `status` and `retry` need no jobs file. Raises CannotWrite.

    shared: drivers of other numbers go by the plan that is there, so it may grow at its end and nothing else. Raises
    BadInput where a number stands for another item by now.
    """
    path, text, there = out / FOLDER / PLAN, lines_of(items), ""
    make_folder(path.parent)
    with suppress(OSError, UnicodeDecodeError):
        there = path.read_text("utf-8")
    if shared:
        _check_numbers(out, _lines(there), items)
    if there == text or (shared and there.startswith(text)):
        return  # another driver of the same batch may be reading it
    with atomic(path) as temporary:
        temporary.write_text(text, "utf-8")


def _check_numbers(out: Path, there: Sequence[str], items: Sequence[Item]) -> None:
    """Raise BadInput for the first item that is not the one of its number in the plan."""
    moved = next((pair for pair in zip(there, items, strict=False) if pair[0] != pair[1].line()), None)
    if moved is None:
        return
    try:
        before, now = Item.of(json.loads(moved[0])), moved[1]
    except (ValueError, TypeError):
        return  # damaged, so nobody can go by it
    what = f"{now.design}, and {before.design}" if now.design != before.design else "asked for otherwise than"
    hint = f"`art batch retry {out}` with these --items goes by the plan; `art batch run` without --items makes another"
    raise BadInput(f"item {now.number} is now {what} in the plan of this folder", hint=hint, where=Where(out))


def _lines(text: str) -> list[str]:
    """Of JSON: nothing else ends a line, while names may hold what Unicode has for that."""
    return [line for line in text.split("\n") if line]


def read_plan(out: Path) -> list[Item]:
    """The items of a batch. Raises MissingInput, BadInput."""
    path = out / FOLDER / PLAN
    try:
        return [Item.of(json.loads(line)) for line in _lines(path.read_text("utf-8"))]
    except OSError as error:
        hint = "is this the output folder of an `art batch run`?"
        raise MissingInput("there is no batch in the folder", hint=hint, where=Where(out)) from error
    except (ValueError, TypeError) as error:
        hint = "`art batch run` with the same jobs writes it anew"
        raise BadInput(f"the plan cannot be read: {error}", hint=hint, where=Where(path)) from error


# --- whether an item is still done ------------------------------------------------------------------------------------


def inputs_stamp(item: Item) -> str:
    """A digest of sizes and times of what an item is made of. Times are compared for being equal, never ordered."""
    listed = item.design.lower().endswith(LISTS)  # a manifest, whose pictures lie beside it
    paths = [os.path.dirname(item.design) if listed else item.design, *([item.layout] if item.layout else [])]
    style = item.settings.get("style")
    if isinstance(style, str) and os.path.isfile(style):
        paths.append(style)
    return hashlib.sha256(" ".join(map(_stamp, paths)).encode()).hexdigest()[:16]


def stamps(item: Item, inputs: str | None = None) -> str:
    """What is the same as long as nothing has to be done again: inputs (as of before the work) and manifest."""
    return f"{inputs or inputs_stamp(item)} {_stamp(os.path.join(item.out, MANIFEST))}"


def _stamp(path: str) -> str:
    """Of a file its size and time; of a folder those of all its files."""
    try:
        if not os.path.isdir(path):
            state = os.stat(path)
            return f"{state.st_size}:{state.st_mtime_ns}"
        inside = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
        return ",".join(_stamp(name) for name in sorted(inside))
    except OSError:
        return "-"


def is_done(item: Item, state: State | None) -> bool:
    """Finished, and neither its inputs nor its result have changed since."""
    return state is not None and state.phase == "finished" and state.stamp == stamps(item)
