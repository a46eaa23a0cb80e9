"""Two motions in one clip: one after the other, or both at once."""

from __future__ import annotations

from .entrances import framewise
from .measure import Motion
from .predicates import PREDICATES
from .statements import Rule, Verdict

_PLACE = ("bob", "shake", "bounce", "orbit", "in_left", "in_right", "in_top", "in_bottom", "out_left", "out_right",
          "out_top", "out_bottom")  # fmt: skip
_CHANNELS: dict[str, tuple[str, ...]] = {
    "place": _PLACE,
    "turn": ("sway", "swing", "spin_cw", "spin_ccw"),
    "size": ("pulse", "jelly", "flip", "pop", "grow", "shrink", "heartbeat"),
    "light": ("fade_in", "fade_out", "flicker"),
    "shape": ("wave",),
}
# What a motion in that channel changes, so that another one at the same time may not be asked to keep it.
_CHANGES: dict[str, frozenset[str]] = {
    "place": frozenset({"sideways", "height", "place", "up and down", "across", "off its place", "centre wanders",
                        "centre from the middle", "held end", "off its place at the end", "recognised"}),
    "turn": frozenset({"turn", "angle", "squash", "bend", "place", "sideways", "off its place", "held end",
                       "both ends alike", "off its place at the end", "first size"}),
    "size": frozenset({"size", "squash", "bend", "off its place", "first size", "off its place at the end",
                       "recognised", "least of it shown", "smallest", "shown at first"}),
    "light": frozenset({"recognised", "least of it shown", "fading", "shown at first", "lowest opacity"}),
    "shape": frozenset({"bend", "place", "turn", "squash", "size", "unexplained", "recognised"}),
}  # fmt: skip


def _changes(kind: str) -> frozenset[str]:
    return next(_CHANGES[channel] for channel, kinds in _CHANNELS.items() if kind in kinds)


def at_once(motion: Motion, first: str, second: str) -> Verdict:
    """Both kinds; neither is asked to keep still what the other moves."""
    one, other = PREDICATES[first](motion).but(_changes(second)), PREDICATES[second](motion).but(_changes(first))
    return Verdict((*_named(first, one), *_named(second, other)))


def in_order(motion: Motion, first: str, second: str) -> Verdict:
    """One kind, then the other: the moment between them may lie anywhere from a quarter to three quarters."""
    count = len(motion)
    found = [
        _halves(motion, cut, first, second) for cut in range(round(0.25 * count), round(0.75 * count) + 1)
    ]  # fmt: skip
    return min(found, key=lambda verdict: len(verdict.reasons))


def _halves(motion: Motion, cut: int, first: str, second: str) -> Verdict:
    before, after = framewise(motion, slice(0, cut)), framewise(motion, slice(cut, None))
    return Verdict((*_named(f"first {first}", PREDICATES[first](before)),
                    *_named(f"then {second}", PREDICATES[second](after))))  # fmt: skip


def _named(what: str, verdict: Verdict) -> tuple[Rule, ...]:
    return tuple(rule._replace(reason=f"{what}: {rule.reason}") for rule in verdict.rules)
