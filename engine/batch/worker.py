"""A process that does tasks one after the other, and keeps libraries and weights loaded between them.

Tasks come as JSON lines on stdin, events leave as JSON lines on what was stdout; everything printed meanwhile goes into
the item's log. When stdin ends the driver is gone, and so is this process at once: what it was writing has no final
name yet, and a driver that comes next must find the folder free.

    python -m engine.batch.worker 0,1    (the processors it may use)
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from .engine import Event, Task
from .jobs import Item
from .record import inputs_stamp, stamps

if TYPE_CHECKING:
    from ..cache import Cache
    from ..pipeline import Request
    from ..warm import Warm

REPORT_SECONDS = 0.2  # between two reports of progress
STOP_SECONDS = 2.0  # from SIGTERM to leaving work that reports nothing


class _Stop(BaseException):
    """Leaves the work where it stands, so that every `finally` runs."""


class _Asked:
    """SIGTERM: taken where progress is reported, since an exception anywhere may break a lock; else after a while.

    A second one is taken at once.
    """

    def __init__(self) -> None:
        self.busy = self.stopping = False
        signal.signal(signal.SIGTERM, self._take)
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self._take)

    def check(self) -> None:
        if self.stopping and threading.current_thread() is threading.main_thread():
            raise _Stop

    def _take(self, signum: int, frame: FrameType | None) -> None:
        if not self.busy or self.stopping or not hasattr(signal, "setitimer"):
            raise _Stop
        self.stopping = True
        signal.setitimer(signal.ITIMER_REAL, STOP_SECONDS)


def task_line(task: Task) -> str:
    """A task as a line for a worker."""
    return json.dumps(asdict(task)) + "\n"


def task_of(line: str) -> Task:
    data = json.loads(line)
    return Task(**{**data, "item": Item.of(data["item"])})


def request_of(task: Task) -> Request:
    """What `art animate` would be asked for. An item goes on from the files that are finished."""
    from ..pipeline import Request

    item = task.item
    settings: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in item.settings.items()
    }
    layout = None if item.layout is None else Path(item.layout)
    return Request(Path(item.design), Path(item.out), layout=layout, resume=True, force=task.force, **settings)


def perform(task: Task, warm: Warm, cache: Cache | None, progress: Reporter) -> Event:
    """One attempt, whatever happens in it: nothing but signals is raised."""
    from ..errors import ArtError
    from ..pipeline import run_item

    number, started = task.item.number, time.monotonic()
    hits, inputs = cache.hits if cache is not None else 0, inputs_stamp(task.item)
    try:
        manifest = run_item(request_of(task), progress, warm, cache)
    except ArtError as error:
        for problem in error.problems or (error,):
            print(problem, f"({problem.hint})" if problem.hint else "")
        return _failed(number, started, error.code, str(error), error.hint)
    except Exception as error:
        traceback.print_exc()
        code = "memory" if isinstance(error, MemoryError) or "allocate memory" in str(error) else "error"
        return _failed(number, started, code, f"unexpected {type(error).__name__}: {error}", f"see {task.log}")
    return Event(
        "finished", number, seconds=time.monotonic() - started, share=1.0, stamp=stamps(task.item, inputs),
        files=len(manifest.files), cached=cache.hits - hits if cache is not None else 0, warnings=progress.warnings,
    )  # fmt: skip


def _failed(number: int, started: float, code: str, message: str, hint: str) -> Event:
    seconds = time.monotonic() - started
    return Event("failed", number, seconds=seconds, code=code, message=message, hint=hint)


class Reporter:
    """Progress of one item: shares for the driver, sentences for the log."""

    def __init__(self, number: int, replies: TextIO, asked: _Asked) -> None:
        self._number, self._replies, self._asked = number, replies, asked
        self._lock = threading.Lock()
        self._total, self._done, self._told = 0, 0, time.monotonic()
        self.warnings = 0

    def begin(self, totals: Mapping[str, int]) -> None:
        self._asked.check()
        with self._lock:
            self._total, self._done = sum(totals.values()), 0

    def advance(self, task: str, steps: int = 1) -> None:
        self._asked.check()
        with self._lock:
            self._done += steps
            now = time.monotonic()
            if self._total and now - self._told >= REPORT_SECONDS:
                self._told = now
                send(self._replies, Event("progress", self._number, share=min(1.0, self._done / self._total)))

    def say(self, message: str) -> None:
        self._asked.check()
        self.warnings += message.startswith(("warning: ", "the picture differs "))
        print(message, flush=True)

    def end(self) -> None: ...


def send(replies: TextIO, event: Event) -> None:
    replies.write(json.dumps(asdict(event)) + "\n")
    replies.flush()


def main(words: list[str]) -> None:
    if words and words[0] and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {int(core) for core in words[0].split(",")})
    asked = _Asked()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver says when to stop
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    tasks: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    try:
        _serve(tasks, replies, asked)
    except _Stop:
        os._exit(128 + signal.SIGTERM)


def _serve(tasks: queue.SimpleQueue[str], replies: TextIO, asked: _Asked) -> None:
    from ..cache import Cache, cache_folder
    from ..warm import Warm

    warm = Warm()
    caches: dict[int, Cache] = {}
    while True:
        task = task_of(tasks.get())
        _log_into(task.log)
        send(replies, Event("started", task.item.number, worker=f"pid {os.getpid()}"))
        cache = caches.setdefault(task.cache, Cache(cache_folder(), task.cache)) if task.cache else None
        asked.busy = True
        event = perform(task, warm, cache, Reporter(task.item.number, replies, asked))
        sys.stdout.flush()
        sys.stderr.flush()
        send(replies, event)
        asked.busy = False
        asked.check()


def _log_into(path: str) -> None:
    """Let stdout and stderr, those of libraries included, go into a file."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def _listen(tasks: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
