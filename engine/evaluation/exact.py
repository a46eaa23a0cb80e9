"""The exact motion that answers an item: how well anything could do, and whether the judge can be satisfied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .takes import Staged, Take, staged

# What a designer would write in a layout for each kind: slot, motion, parameters, what strength scales.
_LOOPS: dict[str, dict[str, Any]] = {
    "bob": {"motion": "bob", "amount": 0.06, "period": 1.5},
    "sway": {"motion": "sway", "amount": 6, "period": 1.5},
    "swing": {"motion": "swing", "amount": 14, "period": 1.5},
    "spin_cw": {"motion": "spin", "direction": "clockwise", "period": 2},
    "spin_ccw": {"motion": "spin", "direction": "counterclockwise", "period": 2},
    "pulse": {"motion": "pulse", "amount": 0.12, "period": 1},
    "shake": {"motion": "shake", "amount": 0.012, "period": 0.25},
    "wave": {"motion": "wave", "amount": 0.055, "period": 1},
    "jelly": {"motion": "squash", "amount": 0.12, "period": 1},
    "flicker": {"motion": "flicker", "amount": 0.45, "period": 0.8},
    "bounce": {"motion": "bounce", "amount": 0.14, "period": 1},
    "orbit": {"motion": "orbit", "period": 2},
    "heartbeat": {"motion": "heartbeat", "period": 1.4},
}
_COMES: dict[str, dict[str, Any]] = {
    "in_left": {"motion": "slide", "direction": "right"}, "in_right": {"motion": "slide", "direction": "left"},
    "in_top": {"motion": "slide", "direction": "down"}, "in_bottom": {"motion": "slide", "direction": "up"},
    "fade_in": {"motion": "fade"}, "pop": {"motion": "pop"}, "grow": {"motion": "grow", "overshoot": 0},
}  # fmt: skip
_GOES: dict[str, dict[str, Any]] = {
    "out_left": {"motion": "slide", "direction": "left"}, "out_right": {"motion": "slide", "direction": "right"},
    "out_top": {"motion": "slide", "direction": "up"}, "out_bottom": {"motion": "slide", "direction": "down"},
    "fade_out": {"motion": "fade"}, "shrink": {"motion": "grow", "overshoot": 0},
}  # fmt: skip
_FLIP = {"scale": [{"at": "0s", "value": [1, 1]}, {"at": "1.5s", "value": [-1, 1]}, {"at": "3s", "value": [1, 1]}]}
ONCE_SECONDS = 1.0
UNITS = {"sway": "deg", "swing": "deg"}


def exact(take: Take) -> Staged | None:
    """The take with exact motions; None where no preset says the same."""
    layers = _layers(take)
    return None if layers is None else staged(take, layers)


def _layers(take: Take) -> Mapping[str, Mapping[str, Any]] | None:
    item = take.item
    if item.class_ in ("basic", "modified"):
        speed, strength = (item.speed, item.strength) if take.role != "plain" else (0, 0)
        entry = _entry(item.kind, speed, strength, item.loop)
        return None if entry is None else dict.fromkeys(item.prompts, entry)
    return None


def _entry(kind: str, speed: int, strength: int, loop: bool) -> dict[str, Any] | None:
    """A layer's entry of a layout."""
    if kind == "still":
        return {"hold": True}
    if kind == "flip":
        return {"keyframes": _FLIP} if not speed else None
    once = f"{ONCE_SECONDS / 2**speed:g}s"
    if kind in _COMES:
        there = {"in": {**_COMES[kind], "duration": once}}
        return {**there, "out": {"motion": "fade", "duration": "0.4s"}} if loop else there
    if kind in _GOES:
        gone = {"out": {**_GOES[kind], "duration": once}, "end": "2.4s"}
        return {**gone, "in": {"motion": "fade", "duration": "0.4s"}} if loop else gone
    given = dict(_LOOPS[kind])
    given["period"] = f"{given['period'] / 2**speed:g}s"
    if "amount" in given:
        given["amount"] = _amount(kind, given["amount"] * (1.0, 1.7, 0.5)[strength])
    return {"loop": given}


def _amount(kind: str, value: float) -> str:
    return f"{value:g}{UNITS[kind]}" if kind in UNITS else f"{100 * value:g}%"
