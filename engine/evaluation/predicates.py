"""Every kind of wish with the statement that judges it: `loops` go on for the whole clip, `entrances` happen once."""

from __future__ import annotations

from collections.abc import Callable

from .entrances import backwards, enters, fades_in, grows
from .loops import bob, bounce, flicker, flip, heartbeat, jelly, orbit, pulse, shake, spin, still, sway, swing, wave
from .measure import Motion
from .statements import Verdict

Predicate = Callable[[Motion], Verdict]

PREDICATES: dict[str, Predicate] = {
    "bob": bob, "sway": sway, "swing": swing, "spin_cw": lambda motion: spin(motion, 1),
    "spin_ccw": lambda motion: spin(motion, -1), "pulse": pulse, "shake": shake,
    "in_left": lambda motion: enters(motion, 0, -1), "in_right": lambda motion: enters(motion, 0, 1),
    "in_top": lambda motion: enters(motion, 1, -1), "in_bottom": lambda motion: enters(motion, 1, 1),
    "fade_in": fades_in, "fade_out": lambda motion: fades_in(backwards(motion)),
    "wave": wave, "jelly": jelly, "flip": flip, "flicker": flicker, "bounce": bounce,
    "pop": lambda motion: grows(motion, overshoot=True), "still": still,
    "out_left": lambda motion: enters(backwards(motion), 0, -1),
    "out_right": lambda motion: enters(backwards(motion), 0, 1),
    "out_top": lambda motion: enters(backwards(motion), 1, -1),
    "out_bottom": lambda motion: enters(backwards(motion), 1, 1),
    "grow": lambda motion: grows(motion, overshoot=False),
    "shrink": lambda motion: grows(backwards(motion), overshoot=False),
    "orbit": orbit, "heartbeat": heartbeat,
}  # fmt: skip

_LEAVING = {"in_left": "out_left", "in_right": "out_right", "in_top": "out_top", "in_bottom": "out_bottom",
            "fade_in": "fade_out", "grow": "shrink", "pop": "shrink"}  # fmt: skip


def implied(kind: str, *, loop: bool) -> frozenset[str]:
    """What a motion of this kind truly is besides: a heartbeat is a pulse; in a loop what comes in also leaves."""
    also = {"pulse"} if kind == "heartbeat" else set[str]()
    if loop:
        also |= {there for here, there in _LEAVING.items() if here == kind}
        also |= {here for here, there in _LEAVING.items() if there == kind}
    return frozenset(also)
