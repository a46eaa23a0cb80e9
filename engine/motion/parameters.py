"""Parameters of motions: from what people write ("4%", "15deg", "left") to canvas px, radians and ratios.

A preset documents the parameters a layout may set by giving each a default; what else its kind needs is `fixed`.
`amount` is the strength of a motion in its own unit: a preset says which parameter of its kind it is the amount of
(`of: angle`); without `of` it is a share of the layer's shorter side.
A length in % is of the canvas, along the direction of travel: its width for left and right, its height for up and
down, the diagonal between for what lies between, and its height where the motion has no heading. Anchors in % are of
the layer's opaque box.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..errors import nearest
from ..geometry import Box
from ..layout.values import Angle, Length, read_amount, read_anchor, read_angle, read_length, read_ratio
from ..presets import MotionPreset
from .beat import SlotName, Subject

Raw = str | int | float | bool | Length | Angle
Resolved = dict[str, float | str]

# radians, clockwise on screen from the right
HEADINGS: dict[str, float] = {
    "right": 0.0,
    "horizontal": 0.0,
    "down-right": math.pi / 4,
    "down": math.pi / 2,
    "down-left": 3 * math.pi / 4,
    "left": math.pi,
    "up-left": -3 * math.pi / 4,
    "up": -math.pi / 2,
    "vertical": -math.pi / 2,
    "up-right": -math.pi / 4,
}
SENSES: dict[str, float] = {"clockwise": 1.0, "counterclockwise": -1.0}
DEPTHS: dict[str, float] = {"in": 1.0, "out": -1.0}

_LENGTHS = ("distance", "radius", "blur")
_ANGLES = ("angle", "skew", "slant")
_WORDS = ("shape", "axis")


def resolve_parameters(
    preset: MotionPreset, given: Mapping[str, Raw], subject: Subject, slot: SlotName = "loop"
) -> Resolved:
    """Defaults and overrides as canvas px, radians and ratios; without anchor and seed, which a slot holds itself.

    `given` holds values as a layout writes them, or already read. Raises ValueError for a parameter the motion does
    not have, and for a value it cannot use.
    """
    for name in given:
        if name not in preset.parameters:
            near = nearest(name, tuple(preset.parameters))
            guess = f"did you mean {near!r}? " if near else ""
            takes = ", ".join(preset.parameters) or "no parameters"
            raise ValueError(f"{preset.name!r} has no parameter {name!r}: {guess}it takes {takes}")
    merged: dict[str, Raw] = {**preset.fixed, **preset.parameters, **given}
    strength = str(merged.pop("of", "amount"))
    key, turn = _direction(preset, merged.pop("direction", "right"))
    heading = turn if key == "direction" else HEADINGS["vertical"]
    resolved: Resolved = {key: turn}
    for word, value in merged.items():
        name = strength if word == "amount" else word
        if name in ("anchor", "seed"):
            continue
        try:
            resolved[name] = _resolve(name, value, heading, subject, slot)
        except ValueError as wrong:
            raise ValueError(f"{word} of {preset.name!r}: {wrong}") from None
    return resolved


def resolve_anchor(preset: MotionPreset, subject: Subject) -> tuple[float, float]:
    """Canvas px of the point a motion turns and scales about: the layer's own anchor, else the motion's default.

    A camera looks at one point of the canvas, the same for every layer.
    """
    if subject.anchor is not None and preset.family != "camera":
        return subject.anchor
    anchor = read_anchor(preset.fixed.get("anchor", "center"))
    box = Box(0, 0, *subject.canvas) if preset.family == "camera" else subject.box
    return box.x0 + anchor.x.pixels(box.width), box.y0 + anchor.y.pixels(box.height)


def _resolve(name: str, value: Raw, heading: float, subject: Subject, slot: SlotName) -> float | str:
    if name in _WORDS:
        return str(value)
    if name == "distance" and value == "outside":
        return outside(subject, heading, slot)
    plain = str(value) if isinstance(value, (Length, Angle)) else value
    if name in _LENGTHS:
        return read_length(plain).pixels(_extent(heading, subject))
    if name in _ANGLES:
        return read_angle(plain).radians
    return _share(plain, subject) if name == "amount" else read_ratio(plain)


def _share(value: str | float, subject: Subject) -> float:
    """A share of the layer's shorter side, or a plain factor."""
    amount = read_amount(value)
    if isinstance(amount, Angle):
        raise ValueError(f"{amount} is an angle: write 4%, 12px or a number")
    return amount.pixels(subject.side) / subject.side if isinstance(amount, Length) else amount


def _direction(preset: MotionPreset, value: Raw) -> tuple[str, float]:
    """(direction, radians) for a heading; (sense, 1 or -1) for a turning sense, or for in and out.

    Which of the three a motion takes, its default says.
    """
    default = str(preset.parameters.get("direction", "right"))
    for senses in (SENSES, DEPTHS):
        if default in senses:
            if value not in senses:
                raise ValueError(f"direction of {preset.name!r}: {value!r} is not one of {', '.join(senses)}")
            return "sense", senses[str(value)]
    if value in HEADINGS:
        return "direction", HEADINGS[str(value)]
    try:
        return "direction", read_angle(str(value) if isinstance(value, Angle) else value).radians
    except ValueError:
        words = ", ".join(HEADINGS)
        raise ValueError(f"direction of {preset.name!r}: {value!r} is not one of {words}, nor an angle") from None


def _extent(heading: float, subject: Subject) -> float:
    """Length of the canvas along a heading: what a distance in % is of."""
    width, height = subject.canvas
    return math.hypot(width * math.cos(heading), height * math.sin(heading))


def outside(subject: Subject, heading: float, slot: SlotName) -> float:
    """The shortest way, px along the heading, on which a layer arrives from (leaves to) fully outside the canvas."""
    box, (width, height) = subject.box, subject.canvas
    dx, dy = round(math.cos(heading), 12), round(math.sin(heading), 12)
    if slot != "out":  # arriving: look back along the heading
        dx, dy = -dx, -dy
    ways = []
    for step, low, high, size in ((dx, box.x0, box.x1, width), (dy, box.y0, box.y1, height)):
        if step > 0:
            ways.append((size - low) / step)
        elif step < 0:
            ways.append(high / -step)
    return max(0.0, min(ways)) + 1.0
