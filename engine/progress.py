"""What long work tells whoever watches. The engine reports; how it looks is the caller's business."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Progress(Protocol):
    """Called from several threads; implementations lock for themselves."""

    def begin(self, totals: Mapping[str, int]) -> None:
        """Work starts: steps to do for every task, a task being an output file."""

    def advance(self, task: str, steps: int = 1) -> None:
        """Steps of one task are done."""

    def say(self, message: str) -> None:
        """A sentence worth a line: a warning, a stage."""

    def end(self) -> None:
        """No more reports follow, whether the work ended well or not."""


class Silent:
    """Nobody watches."""

    def begin(self, totals: Mapping[str, int]) -> None: ...

    def advance(self, task: str, steps: int = 1) -> None: ...

    def say(self, message: str) -> None: ...

    def end(self) -> None: ...
