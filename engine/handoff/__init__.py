"""Files that other programs open, and that refer to the movies of an output folder. `specs.HANDOFFS` has their names.

A hand-off is a function of a `Film`: bytes of one file, or the files of a folder by name. References are relative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ..errors import UsageError, nearest
from ..plan import Plan
from ..specs import HANDOFFS, HandoffSpec
from .film import Film
from .html import html_remarks, write_html
from .jsx import cannot_import, keyframes_remarks, write_jsx, write_jsx_keyframes
from .lottie import lottie_remarks, write_lottie, write_lottie_keyframes
from .otio import write_otio

Content = bytes | Mapping[str, bytes]


def _nothing(_plan: Plan) -> str:
    return ""


def _exact(_content: Content) -> list[str]:
    return []


@dataclass(frozen=True)
class Writer:
    """`write` makes it; `cannot` says why it cannot be made of a plan, before anything is drawn (empty: it can).

    `remarks` reads from what was written what it tells less than exactly.
    """

    write: Callable[[Film], Content]
    cannot: Callable[[Plan], str] = _nothing
    remarks: Callable[[Content], list[str]] = _exact


WRITERS: dict[str, Writer] = {
    "otio": Writer(write_otio),
    "jsx": Writer(write_jsx, cannot_import),
    "jsx-keyframes": Writer(write_jsx_keyframes, cannot_import, keyframes_remarks),
    "lottie": Writer(write_lottie, remarks=lottie_remarks),
    "lottie-keyframes": Writer(write_lottie_keyframes, remarks=lottie_remarks),
    "html": Writer(write_html, remarks=html_remarks),
}


def find_handoff(name: str) -> HandoffSpec:
    """The hand-off of that name. Raises UsageError with the nearest one."""
    if name not in HANDOFFS:
        near = nearest(name, HANDOFFS)
        did = f": did you mean {near!r}?" if near else ""
        raise UsageError(f"there is no hand-off {name!r}{did}", hint=f"hand-offs: {', '.join(HANDOFFS)}")
    return HANDOFFS[name]


def check_handoffs(plan: Plan) -> None:
    """Raise UsageError for a hand-off that the plan asks for and that cannot be made of it."""
    for output in plan.handoffs:
        reason = WRITERS[output.preset].cannot(plan)
        if reason:
            raise UsageError(f"--handoff {output.preset} {reason}", hint="see docs/handoff.md")
