"""Drives a batch: gives tasks to an engine, keeps the record, tries again what was lost, and stops in order."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from .. import __version__
from ..errors import CannotWrite
from ..files import file_stem, make_folder
from ..folder_lock import locked, release
from ..progress import Progress
from .engine import Engine, Event, Task
from .jobs import Item
from .record import LOGS, SCHEMA, Record, State, is_done, record_path, states_of, write_plan
from .rows import FOLDER

GRACE = 8.0  # s for workers to leave; farms kill 10 s after they asked
STEPS = 100  # of progress, for each item


@dataclass(frozen=True)
class Rules:
    """How a batch is driven."""

    attempts: int = 2  # of an item whose process is lost
    fail_fast: bool = False  # nothing is begun after the first failure; what runs comes to its end
    force: bool = False
    cache: int = 0  # bytes; 0: no cache


def drive(
    plan: Sequence[Item], todo: Sequence[Item], out: Path, engine: Engine, rules: Rules, progress: Progress,
    numbers: tuple[int, int] | None = None,
) -> dict[str, State]:  # fmt: skip
    """Do what of `todo` is not done yet, and give where every item stands, by its key.

    numbers: [first, end) of the items that this driver has for itself, where several share the folder. Raises
    CannotWrite when another driver holds the folder (or any of these items), or the record cannot be written, BadInput
    when the others go by another plan. On any exception the engine is closed, and what it was at is recorded as
    stopped.
    """
    with ExitStack() as held:
        held.enter_context(locked(out, numbers))
        write_plan(out, plan, shared=numbers is not None)
        record = held.enter_context(Record(record_path(out, numbers)))
        make_folder(out / FOLDER / LOGS)
        states = states_of(out)
        waiting = [item for item in todo if not is_done(item, states.get(item.key))]
        record.add(
            "batch", schema=SCHEMA, tool=f"art {__version__}", items=len(todo), waiting=len(waiting),
            pid=os.getpid(), host=socket.gethostname(),
        )  # fmt: skip
        _Drive(out, engine, rules, progress, record, states, deque(waiting)).run(len(todo) - len(waiting))
        return states_of(out)


@dataclass
class _Drive:
    """One run of the driver."""

    out: Path
    engine: Engine
    rules: Rules
    progress: Progress
    record: Record
    before: dict[str, State]
    waiting: deque[Item]
    tries: dict[int, int] = field(default_factory=dict)  # attempts begun in this run, by number
    running: dict[int, Item] = field(default_factory=dict)
    workers: dict[int, str] = field(default_factory=dict)  # who began the item last in this run
    reported: dict[int, int] = field(default_factory=dict)  # steps of items that run
    label: str = "items"

    def run(self, done: int) -> None:
        todo, total = len(self.waiting), done + len(self.waiting)
        self.label = "1 item" if total == 1 else f"{todo} of {total} items" if todo and done else f"{total} items"
        self.progress.begin({self.label: max(1, todo) * STEPS})  # of what is done now, or the time left would be wrong
        if not todo:
            self.progress.advance(self.label, STEPS)
        try:
            while self.waiting or self.running:
                while self.waiting and len(self.running) < self.engine.slots:
                    self._begin(self.waiting.popleft())
                for event in self.engine.wait(1.0):
                    self._take(event)
        finally:
            self.engine.close(GRACE)
            with suppress(CannotWrite):
                for item in self.running.values():
                    self.record.add("stopped", key=item.key, item=item.number)
            self.progress.end()

    def _begin(self, item: Item) -> None:
        self.tries[item.number] = self.tries.get(item.number, 0) + 1
        state = self.before.get(item.key, State())
        attempt = state.attempts + self.tries[item.number]
        self._log(item, f"--- {item.name}, attempt {attempt}")
        self.running[item.number] = item
        if worker := self.workers.get(item.number, state.worker):  # it is lost; of another host nobody can ask
            release(Path(item.out), worker)
        task = Task(item, attempt, str(log_path(self.out, item)), force=self.rules.force, cache=self.rules.cache)
        self.record.add("started", key=item.key, item=item.number, attempt=attempt)
        self.engine.submit(task)

    def _take(self, event: Event) -> None:
        item = self.running[event.number]
        if event.kind == "started":
            self.workers[item.number] = event.worker
            self.record.add("working", key=item.key, item=item.number, worker=event.worker)
        elif event.kind == "progress":
            self._advance(item, min(STEPS - 1, int(event.share * STEPS)))
        elif event.kind == "finished":
            self._finished(item, event)
        else:
            self._failed(item, event)

    def _finished(self, item: Item, event: Event) -> None:
        facts = {"files": event.files, "cached": event.cached, "warnings": event.warnings, "stamp": event.stamp}
        self.record.add("finished", key=item.key, item=item.number, seconds=round(event.seconds, 3), **facts)
        self._over(item)

    def _failed(self, item: Item, event: Event) -> None:
        again = (event.lost or event.code == "temporary") and self.tries[item.number] < self.rules.attempts
        self.record.add(
            "tried" if again else "failed", key=item.key, item=item.number, seconds=round(event.seconds, 3),
            code=event.code, message=event.message, hint=event.hint,
        )  # fmt: skip
        if event.lost or event.code == "memory":  # its process could not say so
            self._log(item, event.message)
        if again:
            del self.running[item.number]
            self.waiting.append(item)
            self.progress.say(f"{item.name}: {event.message}; it is tried again")
            return
        self.progress.say(f"{item.name}: {event.message}" + (f" ({event.hint})" if event.hint else ""))
        self._over(item)
        if self.rules.fail_fast:
            self.waiting.clear()

    def _log(self, item: Item, line: str) -> None:
        with suppress(OSError), log_path(self.out, item).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{line}\n")

    def _over(self, item: Item) -> None:
        self._advance(item, STEPS)
        del self.running[item.number]

    def _advance(self, item: Item, steps: int) -> None:
        more = steps - self.reported.get(item.number, 0)
        if more > 0:
            self.reported[item.number] = steps
            self.progress.advance(self.label, more)


def log_path(out: Path, item: Item) -> Path:
    """The log of an item: what it said in all its attempts."""
    return out / FOLDER / LOGS / f"{file_stem(item.number, item.name)}.log"
