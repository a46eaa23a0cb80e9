"""Progress for people, logs and farms. Never a carriage return outside a terminal."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal

from . import console

if TYPE_CHECKING:
    from rich.progress import TaskID

    from engine.progress import Progress

Style = Literal["auto", "rich", "plain", "json", "openjd", "alf", "none"]
_LINE_SECONDS = 30


class _Counted:
    """Counts steps of all tasks; `report` is called under the lock whenever a line is due."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done: dict[str, int] = {}
        self._totals: dict[str, int] = {}
        self._started = self._spoken = time.monotonic()
        self._tenth = 0

    def begin(self, totals: Mapping[str, int]) -> None:
        with self._lock:
            self._totals = dict(totals)
            self._done = dict.fromkeys(totals, 0)
            self._started = self._spoken = time.monotonic()
            self._tenth = 0

    def advance(self, task: str, steps: int = 1) -> None:
        with self._lock:
            self._done[task] = self._done.get(task, 0) + steps
            tenth, now = int(self.share * 10), time.monotonic()
            if tenth > self._tenth or now - self._spoken >= _LINE_SECONDS:
                self._tenth, self._spoken = tenth, now
                self.report(task)

    def say(self, message: str) -> None:
        console.say(message)

    def end(self) -> None: ...

    @property
    def share(self) -> float:
        total = sum(self._totals.values())
        return min(1.0, sum(self._done.values()) / total) if total else 1.0

    @property
    def left(self) -> float:
        """Seconds still to go if the rest takes as long as what is done."""
        spent = time.monotonic() - self._started
        return spent * (1 - self.share) / self.share if self.share else 0.0

    def finished_tasks(self) -> int:
        return sum(self._done[task] >= total for task, total in self._totals.items())

    def report(self, task: str) -> None:
        """Every style says its own line."""


class Plain(_Counted):
    """One line per 10 % or 30 seconds."""

    def report(self, task: str) -> None:
        alone = len(self._totals) == 1
        what = task if alone else f"{self.finished_tasks()} of {len(self._totals)} files"
        console.say(f"{self.share:4.0%}  {what}, about {_clock(self.left)} left")


class Json(_Counted):
    """JSON lines on stderr."""

    def report(self, task: str) -> None:
        line = {"progress": round(self.share, 4), "task": task, "seconds_left": round(self.left, 1)}
        print(json.dumps(line), file=sys.stderr, flush=True)

    def say(self, message: str) -> None:
        print(json.dumps({"message": message}), file=sys.stderr, flush=True)


class OpenJd(_Counted):
    """Open Job Description session messages (https://github.com/OpenJobDescription, "How jobs are run")."""

    def report(self, task: str) -> None:
        print(f"openjd_progress: {self.share * 100:.1f}", flush=True)

    def say(self, message: str) -> None:
        print(f"openjd_status: {console.clean(message)}", flush=True)


class Alf(_Counted):
    """The progress line that Tractor-like farms read."""

    def report(self, task: str) -> None:
        print(f"ALF_PROGRESS {self.share * 100:.0f}%", flush=True)


class Rich:
    """A bar per output file, with the time left."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn("{task.percentage:>3.0f}%"),
            TimeRemainingColumn(),
        )  # fmt: skip
        self._bars = Progress(*columns, console=console.rich_console(stderr=True), transient=True)
        self._tasks: dict[str, TaskID] = {}

    def begin(self, totals: Mapping[str, int]) -> None:
        from rich.markup import escape

        self._tasks = {
            name: self._bars.add_task(escape(console.clean(name)), total=total) for name, total in totals.items()
        }
        self._bars.start()

    def advance(self, task: str, steps: int = 1) -> None:
        self._bars.advance(self._tasks[task], steps)

    def say(self, message: str) -> None:
        from rich.text import Text

        self._bars.console.print(Text(console.clean(message)))

    def end(self) -> None:
        self._bars.stop()


def _clock(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def make(style: Style, *, quiet: bool) -> Progress:
    """The progress of a style; `auto` is bars on a terminal and lines elsewhere."""
    from engine.progress import Silent

    styles: dict[str, Callable[[], Progress]] = {
        "rich": Rich, "plain": Plain, "json": Json, "openjd": OpenJd, "alf": Alf, "none": Silent,
    }  # fmt: skip
    if style == "auto":
        style = "none" if quiet else "rich" if sys.stderr.isatty() else "plain"
    return styles[style]()
