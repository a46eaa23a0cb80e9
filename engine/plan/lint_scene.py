"""What every rule of the motion lint is given: the plan, the layout's places, the design's nodes, what moves how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..document import Document, Node
from ..layout import Layout
from ..layout.match import Resolved, resolve
from . import Finding, Job, Plan
from .seen import Seen


@dataclass(frozen=True, eq=False)
class Scene:
    """One plan, ready to be looked at."""

    plan: Plan
    layout: Layout
    nodes: Mapping[str, Node]  # by id
    entries: Mapping[str, Resolved]  # by id: what the layout says of a node
    seen: tuple[Seen, ...]  # every job that moves, bottom to top

    @classmethod
    def of(cls, document: Document, layout: Layout, plan: Plan) -> Scene:
        seen = (Seen.of(job, plan.fps, plan.frames, loop=plan.loop) for job in plan.jobs if job.moves)
        nodes = {node.id: node for node, _ in document.walk()}
        return cls(plan, layout, nodes, {each.id: each for each in resolve(layout, document)}, tuple(seen))

    def warning(
        self, rule: str, job: Job | None, keys: tuple[str, ...], message: str, hint: str, measured: tuple[float, str]
    ) -> Finding:
        """A finding of one layer, or of the whole picture, that points at `keys` of its entry (or of the canvas)."""
        return self._found("warning", rule, job, keys, message, hint, measured)

    def note(
        self, rule: str, job: Job | None, keys: tuple[str, ...], message: str, hint: str, measured: tuple[float, str]
    ) -> Finding:
        return self._found("note", rule, job, keys, message, hint, measured)

    def _found(
        self, level: Literal["warning", "note"], rule: str, job: Job | None, keys: tuple[str, ...], message: str,
        hint: str, measured: tuple[float, str],
    ) -> Finding:  # fmt: skip
        where = self.layout.where(*self._path(job), *keys)
        return Finding(
            level=level, rule=rule, layer=job.path if job else "", message=message, hint=hint,
            value=round(measured[0], 3), unit=measured[1],
            file=str(where.path) if where.path else None, line=where.line, column=where.column,
        )  # fmt: skip

    def _path(self, job: Job | None) -> tuple[str | int, ...]:
        if job is None:
            return ()
        entry = self.entries.get(job.layer)
        return ("canvas", "camera") if entry is None or entry.entry < 0 else ("layers", entry.entry)


Rule = Callable[[Scene], Iterator[Finding]]
