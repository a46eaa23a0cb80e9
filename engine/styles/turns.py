"""Whose turn it is: the order of the pieces that play one role of a style, and when each comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..geometry import Box
from ..layout import Canvas
from ..timing import Time
from .names import Role
from .pieces import union
from .roles import Cast
from .taste import Manner, Style

GOLDEN = 0.618034  # phases at multiples of it never bunch up
HOLDS = Manner()
_FPS = Canvas().fps
_WIDE = 0.85  # of the canvas: words as wide as this leave it when they grow


@dataclass(frozen=True)
class Turn:
    """The place of a body among `count` that play the same role."""

    index: int
    count: int


def played(each: Cast, style: Style, canvas: Box) -> Role:
    """The role of the style that a piece plays: a title on a panel goes with its words, and so does one that is too
    wide to grow."""
    wide = each.body.width > _WIDE * canvas.width and not each.piece.several
    if each.role == "title" and (each.panel or wide or "title" not in style.roles):
        return "text"
    if each.role == "item" and "item" not in style.roles:
        return "panel"
    if each.role == "shadow" or each.role == "part" or each.role == "nothing":
        return "background"  # a shadow that nobody casts
    return each.role


def turns_of(roles: Sequence[Cast], style: Style, canvas: Box) -> dict[str, Turn]:
    """Id of each leader -> its turn among those that play the same role, in the order of the style."""
    players: dict[Role, list[Cast]] = {}
    for each in roles:
        if each.leader == each.piece.id:
            players.setdefault(played(each, style, canvas), []).append(each)
    return {
        each.piece.id: Turn(index, len(leads))
        for role, leads in players.items()
        for index, each in enumerate(_ordered(leads, style.roles.get(role, HOLDS).order))
    }


def _ordered(leads: Sequence[Cast], order: str) -> list[Cast]:
    if order == "center":
        x, y = union(each.body for each in leads).center
        return sorted(leads, key=lambda each: (each.body.center[0] - x) ** 2 + (each.body.center[1] - y) ** 2)
    if order == "random":
        return sorted(leads, key=lambda each: (leads.index(each) + 1) * GOLDEN % 1)
    return _read([*leads]) if order == "reading" else list(leads)


def _read(leads: list[Cast]) -> list[Cast]:
    """Top to bottom, and left to right what stands in one line: its middle lies beside the first of the line."""
    rest = sorted(leads, key=lambda each: each.body.center[1])
    read: list[Cast] = []
    while rest:
        first = rest[0].body
        line = [each for each in rest if first.y0 <= each.body.center[1] < max(first.y1, first.y0 + 1)] or rest[:1]
        read += sorted(line, key=lambda each: each.body.x0)
        rest = [each for each in rest if each not in line]
    return read


def seconds(time: Time | None) -> Fraction:
    return time.seconds(_FPS) if time is not None else Fraction(0)


def arrival(manner: Manner, turn: Turn) -> Fraction:
    """Seconds until a body comes in, in its turn."""
    return seconds(manner.start) + turn.index * step(manner, turn.count)


def step(manner: Manner, count: int) -> Fraction:
    """Seconds from one of `count` to the next, so that all have begun `within`."""
    each = seconds(manner.each)
    return min(each, seconds(manner.within) / max(1, count - 1)) if manner.within is not None else each
