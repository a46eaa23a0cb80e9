"""Times, frame rates and frame ranges. A frame rate is a Fraction; a frame range is half-open [start, stop)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_TIME = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(s|ms|f)$", re.IGNORECASE)


@dataclass(frozen=True)
class Time:
    """A moment or a length of time: exact seconds, or a count of frames of whatever rate it is used at."""

    value: Fraction
    unit: str = "s"  # "s" or "f"

    @classmethod
    def parse(cls, text: str | int | float) -> Time:
        """`0.5s`, `500ms`, `12f`; a bare number is seconds. Raises ValueError."""
        if isinstance(text, (int, float)) and not isinstance(text, bool):
            return cls(Fraction(str(text)))
        match = _TIME.match(str(text).strip())
        if match is None:
            raise ValueError(f"{text!r} is not a time: write 0.5s, 500ms or 12f")
        value, unit = Fraction(match[1]), match[2].lower()
        return cls(value / 1000) if unit == "ms" else cls(value, unit)

    def seconds(self, fps: Fraction) -> Fraction:
        return self.value if self.unit == "s" else self.value / fps

    def frames(self, fps: Fraction) -> int:
        """The nearest whole frame; halves round up."""
        exact = self.value * fps if self.unit == "s" else self.value
        return int((2 * exact + 1) // 2)

    def __str__(self) -> str:
        value = float(self.value)
        return f"{value:.6g}{self.unit}"


def parse_fps(value: str | int | float) -> Fraction:
    """`30`, `29.97` (taken as 30000/1001), `24000/1001`. Raises ValueError."""
    fps = Fraction(str(value).strip())
    for exact in (24, 30, 48, 60, 120):
        if fps.denominator > 1 and abs(float(fps) - exact * 1000 / 1001) < 0.005:
            fps = Fraction(exact * 1000, 1001)
    if not 0 < fps <= 240:
        raise ValueError(f"{value!r} is not a frame rate between 0 and 240")
    return fps


def snap_period(period: Fraction, duration: Fraction) -> Fraction:
    """The length duration / n (n >= 1 whole) nearest to `period`, so that a loop closes with the canvas."""
    if period >= duration:
        return duration
    low = int(duration / period)
    candidates = (duration / low, duration / (low + 1))
    return min(candidates, key=lambda candidate: (abs(candidate - period), candidate))
