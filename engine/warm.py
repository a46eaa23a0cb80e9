"""What one rendering leaves for the next in the same process: a design as read, generated motion, checksums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from .files import Sums

T = TypeVar("T")


class Warm:
    """Of every kind of thing the last one that was made, by what it was made of.

    keep: pixels of a design stay in memory, too.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self.keep = keep
        self.sums = Sums()
        self._held: dict[str, tuple[object, Any]] = {}

    def once(self, kind: str, made_of: object, make: Callable[[], T]) -> T:
        """The thing of that kind; made where the last one was made of something else."""
        held = self._held.get(kind)
        if held is None or held[0] != made_of:
            self._held[kind] = held = made_of, make()
        found: T = held[1]
        return found
