"""Exact motions: `animate` turns the slots of a layer into the motion field that the renderer draws.

A motion preset (presets/motion/*.yaml) names a kind of `MOTIONS` and gives its parameters; a `Slot` is such a motion
placed in time, with everything resolved to canvas px, radians and seconds, so that a plan can be stored and read back.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from ..easing import parse_easing
from ..geometry import Box
from ..layout.values import LoopMode, read_loop_mode
from ..motion_algebra import over_motion
from ..motion_field import MotionField, rest_field
from ..presets import MotionPreset
from ..timing import Time, snap_period
from .beat import Beat, Given, Kind, SlotName, Subject, elapsed
from .camera import camera
from .deform import bend, ripple, twist, wave
from .entrance import enter, flip, impact, wipe
from .light import light, shimmer
from .loops import bounce, lissajous, noise, orbit, oscillate, pulse, spin
from .parameters import Raw, resolve_anchor, resolve_parameters

MOTIONS: dict[str, Kind] = {
    "enter": enter,
    "impact": impact,
    "wipe": wipe,
    "flip": flip,
    "spin": spin,
    "oscillate": oscillate,
    "lissajous": lissajous,
    "pulse": pulse,
    "noise": noise,
    "orbit": orbit,
    "bounce": bounce,
    "wave": wave,
    "ripple": ripple,
    "bend": bend,
    "twist": twist,
    "light": light,
    "shimmer": shimmer,
    "camera": camera,
}

# The order in which slots wrap a layer, inside out: a loop runs inside its entrance, the camera sees the whole.
_ORDER = {"loop": 0, "in": 1, "out": 2}


class Slot(BaseModel):
    """A motion with its place in time, as a plan stores it. Seconds are exact fractions, written as text.

    `duration`: of an in or out, from the first to the last pose; of a loop, one period. `easing` is written as for an
    arrival: an in runs through it, an out runs through it backwards in time, a loop within every period.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    slot: SlotName
    motion: str  # the preset's name
    kind: str
    parameters: dict[str, float | str] = Field(default_factory=dict)  # px, radians, ratios
    anchor: tuple[float, float]  # canvas px
    start: Fraction = Fraction(0)
    duration: Fraction = Field(gt=0)
    easing: str = "linear"
    mode: str = "loop"
    seed: int = Field(default=0, ge=0)

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in MOTIONS:
            raise ValueError(f"{kind!r} is not a kind of motion: {', '.join(MOTIONS)}")
        return kind

    @field_validator("easing")
    @classmethod
    def _easing(cls, text: str) -> str:
        return str(parse_easing(text))

    @field_validator("mode")
    @classmethod
    def _mode(cls, text: str) -> str:
        return str(read_loop_mode(text))


def plan_slot(
    preset: MotionPreset,
    slot: SlotName,
    subject: Subject,
    *,
    given: Mapping[str, Raw] | None = None,
    start: Fraction = Fraction(0),
    duration: Fraction | None = None,
    easing: str | None = None,
    mode: str = "loop",
    seed: int = 0,
    rate: Fraction = Fraction(30),
) -> Slot:
    """The slot of a preset with a layout's overrides `given`; times left out are the preset's own.

    Raises ValueError when the motion has no such slot or parameter, or cannot use a value.
    """
    if slot not in preset.slots:
        raise ValueError(f"{preset.name!r} is a motion for {' and '.join(preset.slots)}, not for {slot}")
    own = Time.parse(preset.period if slot == "loop" else preset.duration).seconds(rate)
    overrides = given or {}
    return Slot(
        slot=slot,
        motion=preset.name,
        kind=preset.kind,
        parameters=resolve_parameters(preset, overrides, subject, slot),
        anchor=resolve_anchor(preset, subject),
        start=start,
        duration=own if duration is None else duration,
        easing=_own_easing(preset, slot) if easing is None else easing,
        mode=mode,
        seed=seed if "seed" not in overrides else int(str(overrides["seed"])),
    )


def _own_easing(preset: MotionPreset, slot: SlotName) -> str:
    """A preset for in, out and loop alike (spin) eases its way in and out and loops evenly."""
    return "linear" if slot == "loop" and len(preset.slots) > 1 else preset.easing


def animate(
    slots: Sequence[Slot], subject: Subject, rate: Fraction, frames: int, *, loop: bool, box: Box | None = None
) -> MotionField:
    """All slots of one layer as one field, exact on every frame: loops inside, then in, then out, the camera outside.

    `loop`: the canvas loops, so frame `frames` equals frame 0 for every loop slot. `box` is what the layer's own
    pixels cover where that is more than the subject's opaque box. Raises ValueError for a loop that cannot close.
    """
    around = subject.box if box is None else box
    field: MotionField | None = None
    for slot in sorted(slots, key=lambda slot: (slot.kind == "camera", _ORDER[slot.slot])):
        outer = _play(slot, subject, rate, frames, loop=loop)
        field = outer if field is None else over_motion(outer, field, around)
    return rest_field(subject.anchor or subject.box.center, rate, frames, loop=loop) if field is None else field


def _play(slot: Slot, subject: Subject, rate: Fraction, frames: int, *, loop: bool) -> MotionField:
    beat = beat_of(slot, rate, frames, loop=loop)
    part = MOTIONS[slot.kind](beat, Given(slot.parameters), subject)
    return MotionField(rate, frames, (part,), loop=loop and slot.slot == "loop")


def fitted_period(period: Fraction, duration: Fraction, mode: str = "loop") -> Fraction:
    """The period nearest to `period` with which a loop of that mode closes with a canvas of `duration` seconds."""
    if read_loop_mode(mode).kind == "pingpong":  # there and back make one
        return snap_period(2 * period, duration) / 2
    return snap_period(period, duration)


def beat_of(slot: Slot, rate: Fraction, frames: int, *, loop: bool, extra: int = 0) -> Beat:
    """Where every frame stands within a slot; `extra` frames past the end show how a loop closes.

    Raises ValueError for a loop that cannot close with a looping canvas.
    """
    ease = parse_easing(slot.easing)
    place = elapsed(slot.start, slot.duration, rate, frames + extra)
    anchor = np.array(slot.anchor)
    if slot.slot != "loop":
        place = np.clip(place if slot.slot == "in" else 1 - place, 0, 1)
        return Beat(slot.slot, place, ease, anchor, seed=slot.seed)
    total = Fraction(frames) / rate / slot.duration
    mode = read_loop_mode(slot.mode)
    limit = mode.count if mode.kind == "loop" else 1 if mode.kind == "hold" else None
    if loop:
        _check_closes(slot, total, mode)
        limit = None if limit is None or limit >= total else limit
        # a run that would be cut off by the end begins earlier
        place = place + max(0.0, float(slot.start / slot.duration + limit - total)) if limit else place
    circle = limit or (1 if mode.kind == "pingpong" else max(1, math.ceil(total)))
    place = place if loop and limit is None else np.clip(place, 0, limit)
    if mode.kind == "pingpong":
        place = 1 - np.abs(np.mod(place, 2) - 1)
    whole = np.floor(place)
    eased = whole + np.where(place == whole, 0.0, ease(place - whole))
    return Beat(
        "loop",
        eased,
        ease,
        anchor,
        circle=circle,
        seconds=float(slot.duration),
        seed=slot.seed,
        adds_up=mode.kind == "offset",
        closes=loop,
        one_way=not loop and mode.kind != "pingpong",
    )


def _check_closes(slot: Slot, total: Fraction, mode: LoopMode) -> None:
    """Raises ValueError where `total` periods of a looping canvas do not bring the slot back to where it began."""
    length = f"{float(slot.duration):.6g} s"
    if total.denominator != 1:
        raise ValueError(f"a period of {length} does not divide the loop: fit it with fitted_period()")
    if mode.kind == "pingpong" and total % 2:
        raise ValueError(f"pingpong goes there and back, but the loop has {total} periods: fit it with fitted_period()")
