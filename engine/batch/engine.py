"""What does the work of a batch: an engine takes tasks and tells what becomes of them. Truth is kept by the driver.

Engines hold no state that matters: when one is lost with everything it was told, the driver begins its unfinished items
again, and each goes on from the files that are finished. So an engine needs neither to retry nor to remember.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from .jobs import Item


@dataclass(frozen=True)
class Task:
    """One attempt of one item."""

    item: Item
    attempt: int  # from 1
    log: str  # file that gets what the item says
    force: bool = False  # replace what another job left in the item's folder
    cache: int = 0  # bytes that the cache of finished files may hold; 0: none is used


@dataclass(frozen=True)
class Event:
    """What became of a task. `progress` may come any number of times, then one of the others ends the attempt.

    lost: the attempt ended with its process, so another may succeed.
    """

    kind: Literal["started", "progress", "finished", "failed"]
    number: int  # of the item
    worker: str = ""  # who does it: a process, a node
    share: float = 0.0  # of the work that is done
    seconds: float = 0.0
    stamp: str = ""  # see `record.stamps`; taken where the files were written
    files: int = 0
    cached: int = 0  # of them out of the cache
    warnings: int = 0  # of its log
    code: str = ""  # of an `ArtError`, or "crashed", "timeout", "memory"
    message: str = ""
    hint: str = ""
    lost: bool = False


class Engine(Protocol):
    """Called from one thread."""

    @property
    def slots(self) -> int:
        """Tasks that it takes at once."""

    def submit(self, task: Task) -> None:
        """Begin a task; never more than `slots` of them at once."""

    def wait(self, seconds: float) -> Sequence[Event]:
        """What has happened since, waiting for so long at most."""

    def close(self, grace: float) -> None:
        """End what still runs: asked first, forced after `grace` seconds. Nothing half-written keeps a final name."""
