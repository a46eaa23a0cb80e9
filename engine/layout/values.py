"""The typed values of a layout: lengths, angles, colours, easings and the like, each with the text that writes it.

`read_*` functions turn what YAML gives (text or number) into the value and raise ValueError with what to write instead;
`str()` of a value is text that reads back to the same value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from ..errors import nearest
from ..timing import Time, parse_fps

MAX_SECONDS = 3600  # of any time in a layout
MAX_FRAMES = 240 * MAX_SECONDS
MAX_NUMBER = 1e6

NUMBER = r"[+-]?(?:\d{1,15}\.?\d{0,17}|\.\d{1,17})(?:[eE][+-]?\d{1,2})?"
_MEASURE = re.compile(rf"({NUMBER}) ?([a-z%]*)", re.IGNORECASE)


def did_you_mean(word: str, words: Sequence[str]) -> str:
    """`: did you mean 'rise'?`, or nothing when no valid word is near."""
    near = nearest(word, words)
    return f": did you mean {near!r}?" if near else ""


def write_number(value: float) -> str:
    """The shortest decimal that reads back to the same number, without an exponent where it can be."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def shown(value: Any) -> str:
    return (
        repr(value)[:60]
        if not isinstance(value, (dict, list))
        else ("a mapping" if isinstance(value, dict) else "a list")
    )


def read_number(value: Any, what: str = "a number", low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number from `low` to `high`, not text and not true/false."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{shown(value)} is not {what}")
    if abs(value) > MAX_NUMBER:
        raise ValueError(f"{shown(value)} is too large: at most {MAX_NUMBER:.0f}")
    return float(value)


def _measure(value: Any, units: Sequence[str], bare: str, what: str) -> tuple[float, str]:
    """(number, unit) of `12px`, `50%` or a bare number, which has the unit `bare`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return read_number(value), bare
    match = _MEASURE.fullmatch(value.strip()) if isinstance(value, str) and len(value) <= 60 else None
    if match is None:
        raise ValueError(f"{shown(value)} is not {what}")
    unit = match[2].lower() or bare
    if unit not in units:
        known = " or ".join(unit for unit in units if unit)
        raise ValueError(f"{value!r} is not {what}: the unit is {known}")
    return read_number(float(match[1])), unit


# --- times and rates --------------------------------------------------------------------------------------------------


def read_time(value: Any) -> Time:
    """`0.5s`, `500ms`, `12f`; a bare number is seconds. Kept to the nanosecond."""
    number, unit = _measure(value, ("s", "ms", "f"), "s", "a time: write 0.5s, 500ms or 12f")
    if abs(number) > {"s": MAX_SECONDS, "ms": MAX_SECONDS * 1000, "f": MAX_FRAMES}[unit]:
        raise ValueError(f"{shown(value)} is too long: at most an hour")
    text = str(value).lower().replace(" ", "")
    exact = Time.parse(text if text[-1] in "sf" else text + "s")
    return Time(round(exact.value, 9), exact.unit)


def write_time(time: Time) -> str:
    """Exact text: whole milliseconds under a second as `ms`, else decimal seconds or frames."""
    value, unit = time.value, time.unit
    if unit == "s" and 0 < abs(value) < 1 and (value * 1000).denominator == 1:
        value, unit = value * 1000, "ms"
    whole, billionths = divmod(abs(round(value * 10**9)), 10**9)
    decimals = f".{billionths:09d}".rstrip("0").rstrip(".")
    return f"{'-' if value < 0 else ''}{whole}{decimals}{unit}"


def read_fps(value: Any) -> Fraction:
    """`30`, `29.97` (30000/1001), `24000/1001`."""
    text = f"{value}".strip()
    wrong = ValueError(f"{shown(value)} is not a frame rate: write 24, 29.97 or 30000/1001, at most 240")
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,6}(\.\d{1,6})?|\d{1,6}/0*[1-9]\d{0,5}", text):
        raise wrong
    try:
        return parse_fps(text)
    except ValueError:
        raise wrong from None


def write_fps(fps: Fraction) -> int | str:
    return fps.numerator if fps.denominator == 1 else str(fps)


def read_size(value: Any) -> tuple[int, int] | Literal["original"]:
    """`1920x1080`, `[1920, 1080]`, or `original`: the document's own size without the usual limit."""
    if value == "original":
        return "original"
    match = re.fullmatch(r"(\d{1,5}) ?[x×] ?(\d{1,5})", value.strip()) if isinstance(value, str) else None
    pair = [int(match[1]), int(match[2])] if match else value
    if not isinstance(pair, (list, tuple)) or len(pair) != 2 or any(type(side) is not int for side in pair):
        raise ValueError(f"{shown(value)} is not a size: write 1920x1080, [1920, 1080] or original")
    if not all(1 <= side <= 30_000 for side in pair):
        raise ValueError(f"{shown(value)} is not a size that can be drawn: each side is 1 to 30000 pixels")
    return int(pair[0]), int(pair[1])


def write_size(size: tuple[int, int] | Literal["original"] | None) -> str | None:
    return size if size is None or isinstance(size, str) else f"{size[0]}x{size[1]}"


# --- lengths, angles, anchors -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Length:
    """A distance in px, or in % of an extent that the field documents."""

    value: float
    unit: str = "px"  # "px" or "%"

    def pixels(self, extent: float) -> float:
        return self.value if self.unit == "px" else self.value / 100 * extent

    def __str__(self) -> str:
        return f"{write_number(self.value)}{self.unit}"


@dataclass(frozen=True)
class Angle:
    """A rotation; positive turns clockwise on screen."""

    value: float
    unit: str = "deg"  # "deg", "turn" or "rad"

    @property
    def degrees(self) -> float:
        return self.value * {"deg": 1.0, "turn": 360.0, "rad": 180 / math.pi}[self.unit]

    @property
    def radians(self) -> float:
        return self.value * {"deg": math.pi / 180, "turn": 2 * math.pi, "rad": 1.0}[self.unit]

    def __str__(self) -> str:
        return f"{write_number(self.value)}{self.unit}"


def read_length(value: Any) -> Length:
    """`12px`, `50%`; a bare number is px."""
    return Length(*_measure(value, ("px", "%"), "px", "a length: write 12px or 50%"))


def read_angle(value: Any) -> Angle:
    """`90deg`, `0.25turn`, `1.57rad`; a bare number is degrees."""
    return Angle(*_measure(value, ("deg", "turn", "rad"), "deg", "an angle: write 90deg, 0.25turn or 1.57rad"))


# how much of a motion: a length, an angle, or a bare factor
Amount = Length | Angle | float


def read_amount(value: Any) -> Amount:
    """`4%`, `12px`, `8deg`, or a bare number, which keeps the motion's own unit."""
    what = "an amount: write 4%, 12px, 8deg or a number"
    number, unit = _measure(value, ("px", "%", "deg", "turn", "rad", ""), "", what)
    if not unit:
        return number
    return Length(number, unit) if unit in ("px", "%") else Angle(number, unit)


def read_ratio(value: Any) -> float:
    """A factor 0.., or a percentage: `0.8`, `80%`."""
    number, unit = _measure(value, ("", "%"), "", "a factor: write 0.8 or 80%")
    return number / 100 if unit == "%" else number


def read_share(value: Any) -> float:
    """0..1, or 0%..100%."""
    share = read_ratio(value)
    if not 0 <= share <= 1:
        raise ValueError(f"{shown(value)} lies outside 0 to 1 (0% to 100%)")
    return share


def write_amount(amount: Amount) -> str | float:
    return str(amount) if isinstance(amount, (Length, Angle)) else plain_number(amount)


def plain_number(value: float) -> float | int:
    """A whole number without its `.0`, as people write it."""
    return int(value) if value == int(value) else value


def read_point(value: Any) -> tuple[Length, Length]:
    """`[120px, 0]`: x to the right, y down."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise ValueError(f"{shown(value)} is not a point: write [120px, 0], x to the right and y down")
    return read_length(value[0]), read_length(value[1])


def read_scale(value: Any) -> tuple[float, float]:
    """`1.2`, `120%`, or `[120%, 100%]`; negative mirrors."""
    if isinstance(value, (list, tuple)):
        if len(value) != 2:
            raise ValueError(f"{shown(value)} is not a scale: write 120%, or [120%, 100%] for width and height")
        return read_ratio(value[0]), read_ratio(value[1])
    factor = read_ratio(value)
    return factor, factor


def write_scale(scale: tuple[float, float]) -> float | list[float]:
    return plain_number(scale[0]) if scale[0] == scale[1] else [plain_number(side) for side in scale]


def read_region(value: Any) -> tuple[Length, Length, Length, Length]:
    """`[x, y, width, height]` on the canvas; neither empty nor off it, as far as that shows without the document."""
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        raise ValueError(f"{shown(value)} is not a region: write [x, y, width, height], such as [10%, 5%, 60%, 70%]")
    x, y, width, height = map(read_length, value)
    if width.value <= 0 or height.value <= 0:
        raise ValueError("it is empty: its width and height must be above 0")
    for start, extent, side in ((x, width, "wide"), (y, height, "high")):
        beyond = start.unit == "%" and start.value >= 100
        before = start.unit == extent.unit and start.value + extent.value <= 0
        if beyond or before:
            raise ValueError(f"it lies off the canvas, which is 100% {side}")
    return x, y, width, height


ANCHOR_WORDS: dict[str, tuple[float, float]] = {
    "center": (50, 50),
    "top": (50, 0),
    "bottom": (50, 100),
    "left": (0, 50),
    "right": (100, 50),
    "top-left": (0, 0),
    "top-right": (100, 0),
    "bottom-left": (0, 100),
    "bottom-right": (100, 100),
}


@dataclass(frozen=True)
class Anchor:
    """The point a layer turns and scales about: % of its opaque box, or px from that box's top left corner."""

    x: Length = Length(50, "%")
    y: Length = Length(50, "%")

    def __str__(self) -> str:
        for word, (x, y) in ANCHOR_WORDS.items():
            if self == Anchor(Length(x, "%"), Length(y, "%")):
                return word
        return f"{self.x} {self.y}"


def read_anchor(value: Any) -> Anchor:
    """`bottom`, `top left`, `50% 100%`, `[50%, 100%]`."""
    if isinstance(value, str):
        word = "-".join(value.lower().split())
        if word in ANCHOR_WORDS:
            x, y = ANCHOR_WORDS[word]
            return Anchor(Length(float(x), "%"), Length(float(y), "%"))
        parts: Any = value.split()
    else:
        parts = value
    if not isinstance(parts, (list, tuple)) or len(parts) != 2:
        near = did_you_mean(value, tuple(ANCHOR_WORDS)) if isinstance(value, str) else ""
        raise ValueError(f"{shown(value)} is not an anchor{near or ': write bottom, top-left or 50% 100%'}")
    return Anchor(read_length(parts[0]), read_length(parts[1]))


# --- words ------------------------------------------------------------------------------------------------------------

DIRECTIONS: tuple[str, ...] = (
    "up", "down", "left", "right", "up-left", "up-right", "down-left", "down-right",
    "in", "out", "clockwise", "counterclockwise", "horizontal", "vertical",
)  # fmt: skip


def read_direction(value: Any) -> str | Angle:
    """A word of `DIRECTIONS`, or an angle with its unit: 0deg is right, 90deg down."""
    if isinstance(value, str) and re.fullmatch(rf"{NUMBER} ?(deg|turn|rad)", value.strip()):
        return read_angle(value)
    if value not in DIRECTIONS:
        near = did_you_mean(value, DIRECTIONS) if isinstance(value, str) else ""
        words = f": write {', '.join(DIRECTIONS)}, or an angle such as 30deg"
        raise ValueError(f"{shown(value)} is not a direction{near or words}")
    return str(value)


@dataclass(frozen=True)
class LoopMode:
    """What a loop does when its period is over.

    `loop` starts again for ever, or `count` times and then rests; `pingpong` runs back; `hold` runs once and stays;
    `offset` starts again from where it ended, so that it adds up.
    """

    kind: Literal["loop", "pingpong", "hold", "offset"] = "loop"
    count: int | None = None

    def __str__(self) -> str:
        return self.kind if self.count is None else f"{self.kind}({self.count})"


LOOP_MODES: tuple[Literal["loop", "pingpong", "hold", "offset"], ...] = ("loop", "pingpong", "hold", "offset")


def read_loop_mode(value: Any) -> LoopMode:
    """`loop`, `loop(3)`, `pingpong`, `hold`, `offset`."""
    text = "".join(value.lower().split()) if isinstance(value, str) else ""
    for kind in LOOP_MODES:
        if text == kind:
            return LoopMode(kind)
    match = re.fullmatch(r"loop\((\d{1,6})\)", text)
    if match and int(match[1]) > 0:
        return LoopMode("loop", int(match[1]))
    near = did_you_mean(text, LOOP_MODES) if text else ""
    raise ValueError(f"{shown(value)} is not a loop mode{near or ': write loop, loop(3), pingpong, hold or offset'}")
