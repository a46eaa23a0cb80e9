"""Motion lint: what an animator would say about a plan before anything is drawn.

Every rule looks at the plan and the exact fields of its jobs; pixels are loaded only of layers that a box makes
suspect. Of generated motion only what its slots and its time say is known.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from ..document import Document
from ..layout import Layout
from . import Finding, Plan
from .lint_scene import Rule, Scene
from .lint_space import bared_edge, cut_off, seam, unseen
from .lint_time import at_once, flashes, off_beat, overlap, too_quick, unreadable

RULES: dict[str, Rule] = {
    "seam": seam,
    "edge": bared_edge,
    "cut": cut_off,
    "unseen": unseen,
    "at-once": at_once,
    "flash": flashes,
    "text": unreadable,
    "period": off_beat,
    "overlap": overlap,
    "quick": too_quick,
}


def lint(document: Document, layout: Layout, plan: Plan) -> tuple[Finding, ...]:
    """All findings, in the order of the layout. `document` has the plan's size."""
    scene = Scene.of(document, layout, plan)
    found = [finding for rule in RULES.values() for finding in rule(scene)]
    return tuple(sorted(_once(found), key=lambda each: (each.line or 0, each.column or 0, each.level != "warning")))


def _once(found: Sequence[Finding]) -> Iterator[Finding]:
    """What a rule says of several layers at one place of the layout, once."""
    alike: dict[Hashable, list[Finding]] = {}
    for each in found:
        place = (each.file, each.line, each.column) if each.line else each.layer
        alike.setdefault((each.rule, each.level, place), []).append(each)
    for first, *others in alike.values():
        more = f" (and so for {len(others)} more of its layers)" if others else ""
        yield first.model_copy(update={"message": first.message + more})
