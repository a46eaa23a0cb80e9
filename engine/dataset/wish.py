"""What a prompt asks for, as data: the prompt grammar writes it in words, the motion generator performs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# The twenty kinds that prompts are judged by.
BASIC: tuple[str, ...] = (
    "bob", "sway", "swing", "spin_cw", "spin_ccw", "pulse", "shake", "in_left", "in_right", "in_top", "in_bottom",
    "fade_in", "fade_out", "wave", "jelly", "flip", "flicker", "bounce", "pop", "still",
)  # fmt: skip
KINDS: tuple[str, ...] = (
    *BASIC,
    "out_left", "out_right", "out_top", "out_bottom",  # leaves towards that side
    "grow", "shrink",  # from nothing to full size without overshoot, and away to nothing
    "orbit", "heartbeat",  # a small circle as a whole, upright; two quick beats and a rest
)  # fmt: skip
# What a piece of an articulated drawing can do about its hinge.
PART_KINDS: tuple[str, ...] = ("swing", "spin_cw", "spin_ccw", "wave", "pulse", "flicker", "bob", "blink")
# Kinds that happen once; the others go on for the whole clip.
ONCE: frozenset[str] = frozenset({
    "in_left", "in_right", "in_top", "in_bottom", "fade_in", "fade_out", "pop", "out_left", "out_right", "out_top",
    "out_bottom", "grow", "shrink",
})  # fmt: skip


Level = Literal[-1, 0, 1]


@dataclass(frozen=True)
class Action:
    """One motion: speed -1 slow, 0 not said, 1 fast; strength -1 gentle, 0 not said, 1 strong."""

    kind: str  # of KINDS, or of PART_KINDS where `part` is given
    speed: Level = 0
    strength: Level = 0
    part: str = ""  # noun of the piece that moves; empty: the whole layer


@dataclass(frozen=True)
class Wish:
    """What one layer's prompt says. Two actions happen one after the other ("then") or at once ("while")."""

    subject: str  # noun phrase of the drawing without article: "paper lantern"; empty: not named
    actions: tuple[Action, ...]
    join: Literal["then", "while"] = "while"
