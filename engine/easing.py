"""Easings: how progress 0..1 becomes progress, so that motion starts, lands and settles like something real.

One grammar for layouts, presets and hand-off files: CSS words and functions (CSS Easing Functions Level 2), Penner's
equations by name (`out-back`), the tokens of Material Design 3, and a physical `spring(stiffness, damping, mass)`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import nearest

FloatArray = NDArray[np.float64]
Curve = Callable[[FloatArray], FloatArray]

MAX_TEXT = 2000  # characters of one easing; a linear() with a hundred stops fits


@dataclass(frozen=True)
class Easing:
    """A curve over progress. Equal texts are equal easings; `str()` is the canonical text, which parses to itself.

    Progress outside 0..1 is clamped. Every curve starts at exactly 0 and ends at exactly 1, except `steps()` and
    `linear()`, whose ends are what CSS and their author say. Values between may leave 0..1 (back, elastic, spring).
    """

    text: str
    curve: Curve = field(compare=False, repr=False)
    pinned: bool = field(default=True, compare=False, repr=False)  # the ends are exactly 0 and 1
    # how long a spring takes to settle, seconds; None for curves without a length of their own
    natural_seconds: float | None = field(default=None, compare=False, repr=False)

    def __call__(self, progress: ArrayLike) -> FloatArray:
        """Eased progress, float64 of the same shape."""
        p = np.clip(np.asarray(progress, dtype=np.float64), 0.0, 1.0)
        eased = self.curve(p)
        return np.where(p <= 0, 0.0, np.where(p >= 1, 1.0, eased)) if self.pinned else eased

    def __str__(self) -> str:
        return self.text


# --- Bezier curves ---------------------------------------------------------------------------------------------------

Segment = tuple[float, float, float, float, float, float, float, float]  # x0 y0 x1 y1 x2 y2 x3 y3


def _bezier_axis(a: float, b: float, c: float, d: float, t: FloatArray) -> FloatArray:
    s = 1 - t
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d


def _bezier_path(segments: tuple[Segment, ...], p: FloatArray) -> FloatArray:
    """y at x = p on a chain of cubic Beziers whose x never runs back.

    Bisection: x is monotone but may stand still, where Newton's step divides by nothing; 54 halvings exhaust a double.
    """
    eased = np.full_like(p, np.nan)
    for index, (x0, y0, x1, y1, x2, y2, x3, y3) in enumerate(segments):
        inside = (p <= x3) if index == 0 else (p > x0) & (p <= x3)
        target = p[inside]
        low, high = np.zeros_like(target), np.ones_like(target)
        for _ in range(54):
            middle = (low + high) / 2
            short = _bezier_axis(x0, x1, x2, x3, middle) < target
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        eased[inside] = _bezier_axis(y0, y1, y2, y3, (low + high) / 2)
    return eased


def _bezier(x1: float, y1: float, x2: float, y2: float) -> Curve:
    return partial(_bezier_path, ((0.0, 0.0, x1, y1, x2, y2, 1.0, 1.0),))


# --- Penner's equations (Robert Penner, "Programming Macromedia Flash MX", 2002, chapter 7) --------------------


def _power(exponent: int, p: FloatArray) -> FloatArray:
    return np.power(p, exponent)


def _sine(p: FloatArray) -> FloatArray:
    return 1 - np.cos(p * math.pi / 2)


def _expo(p: FloatArray) -> FloatArray:
    """Shifted and scaled to pass through 0, so that nothing jumps by 1/1024 when it starts."""
    return (np.exp2(10 * p) - 1) / 1023


def _circ(p: FloatArray) -> FloatArray:
    return 1 - np.sqrt(np.maximum(0.0, 1 - p * p))


def _back(overshoot: float, p: FloatArray) -> FloatArray:
    return p * p * ((overshoot + 1) * p - overshoot)


def _elastic(period: float, p: FloatArray) -> FloatArray:
    return -np.exp2(10 * (p - 1)) * np.sin((p - 1 - period / 4) * 2 * math.pi / period)


def _bounce(p: FloatArray) -> FloatArray:
    """Four parabolas of widths 1, 1, 1/2, 1/4 in units of 1/2.75, the first already falling; here mirrored for `in`."""
    q = (1 - p) * 2.75
    drop = np.select(
        [q < 1, q < 2, q < 2.5], [q * q, (q - 1.5) ** 2 + 0.75, (q - 2.25) ** 2 + 0.9375], (q - 2.625) ** 2 + 0.984375
    )
    # each parabola has curvature 1 in q, so that 7.5625 (1 - p)^2 = q^2
    return 1 - drop


def _out(curve: Curve, p: FloatArray) -> FloatArray:
    return 1 - curve(1 - p)


def _in_out(curve: Curve, p: FloatArray) -> FloatArray:
    return np.where(p < 0.5, curve(2 * p) / 2, 1 - curve(2 - 2 * p) / 2)


# (curve of `in` and `out`, curve of the halves of `in-out`, which overshoot and ring a little wider)
_PENNER: dict[str, tuple[Curve, Curve]] = {
    "sine": (_sine, _sine),
    "quad": (partial(_power, 2), partial(_power, 2)),
    "cubic": (partial(_power, 3), partial(_power, 3)),
    "quart": (partial(_power, 4), partial(_power, 4)),
    "quint": (partial(_power, 5), partial(_power, 5)),
    "expo": (_expo, _expo),
    "circ": (_circ, _circ),
    "back": (partial(_back, 1.70158), partial(_back, 1.70158 * 1.525)),
    "elastic": (partial(_elastic, 0.3), partial(_elastic, 0.45)),
    "bounce": (_bounce, _bounce),
}

# --- steps() and linear(), CSS Easing Functions Level 2 ---------------------------------------------------------------

_JUMPS = {"jump-start": 0, "jump-end": 0, "jump-none": -1, "jump-both": 1}  # number of jumps beyond the count of steps
_JUMP_ALIASES = {"start": "jump-start", "end": "jump-end"}


def _steps(count: int, jump: str, p: FloatArray) -> FloatArray:
    jumps = count + _JUMPS[jump]
    done = np.floor(p * count + 1e-9)  # a frame that lands on a step is on it, whatever the rounding
    if jump in ("jump-start", "jump-both"):
        done += 1
    return np.clip(done, 0, jumps) / jumps


def _linear_stops(inputs: tuple[float, ...], outputs: tuple[float, ...], p: FloatArray) -> FloatArray:
    """Piecewise linear with repeated inputs as jumps (the last one counts), extrapolated beyond the ends."""
    x, y = np.array(inputs), np.array(outputs)
    right = np.clip(np.searchsorted(x, p, side="right"), 1, len(x) - 1)
    x0, x1, y0, y1 = x[right - 1], x[right], y[right - 1], y[right]
    span = np.where(x1 > x0, x1 - x0, 1.0)
    return np.where(x1 > x0, y0 + (y1 - y0) * (p - x0) / span, y1)


def _fill_inputs(given: list[float | None]) -> tuple[float, ...]:
    """Stops without a position spread evenly between their neighbours; positions never run back."""
    given[0] = 0.0 if given[0] is None else given[0]
    given[-1] = 1.0 if given[-1] is None else given[-1]
    known = [(index, value) for index, value in enumerate(given) if value is not None]
    highest = np.maximum.accumulate([value for _, value in known])
    spread = np.interp(range(len(given)), [index for index, _ in known], highest)
    return tuple(float(value) for value in spread)


# --- spring -----------------------------------------------------------------------------------------------------------


def _spring_at(omega: float, ratio: float, t: FloatArray) -> FloatArray:
    """Unit step response at `t` seconds of a spring with natural frequency `omega` (rad/s) and damping `ratio`."""
    decay = ratio * omega
    if abs(ratio - 1) < 1e-6:
        return 1 - np.exp(-omega * t) * (1 + omega * t)
    rate = omega * math.sqrt(abs(ratio * ratio - 1))
    if ratio < 1:
        return 1 - np.exp(-decay * t) * (np.cos(rate * t) + decay / rate * np.sin(rate * t))
    slow, fast = decay - rate, decay + rate
    return 1 - (fast * np.exp(-slow * t) - slow * np.exp(-fast * t)) / (fast - slow)


def _spring(omega: float, ratio: float, length: float, p: FloatArray) -> FloatArray:
    """The response over its settling time; the last thousandth is spread over the whole so that it lands on 1."""
    rest = 1 - float(_spring_at(omega, ratio, np.array(length)))
    return _spring_at(omega, ratio, p * length) + p * rest


def _settling_seconds(omega: float, ratio: float) -> float:
    """The last moment the spring is more than a thousandth away from rest."""
    slowest = omega * (ratio if ratio <= 1 else ratio - math.sqrt(ratio * ratio - 1))
    times = np.linspace(0, 16 / slowest, 20001)
    away = np.abs(_spring_at(omega, ratio, times) - 1) > 1e-3
    return float(times[min(len(times) - 1, int(np.flatnonzero(away)[-1]) + 1)])


# --- names ------------------------------------------------------------------------------------------------------------

_BEZIERS: dict[str, tuple[float, float, float, float]] = {
    "ease": (0.25, 0.1, 0.25, 1.0),
    "ease-in": (0.42, 0.0, 1.0, 1.0),
    "ease-out": (0.0, 0.0, 0.58, 1.0),
    "ease-in-out": (0.42, 0.0, 0.58, 1.0),
    # Material Design 3, "Easing and duration" tokens
    "standard": (0.2, 0.0, 0.0, 1.0),
    "standard-accelerate": (0.3, 0.0, 1.0, 1.0),
    "standard-decelerate": (0.0, 0.0, 0.0, 1.0),
    "emphasized-accelerate": (0.3, 0.0, 0.8, 0.15),
    "emphasized-decelerate": (0.05, 0.7, 0.1, 1.0),
}
# Material Design 3's `emphasized` is no single Bezier: a fast start up to (1/6, 0.4), then a long landing
_EMPHASIZED: tuple[Segment, ...] = (
    (0.0, 0.0, 0.05, 0.0, 0.133333, 0.06, 0.166666, 0.4),
    (0.166666, 0.4, 0.208333, 0.82, 0.25, 1.0, 1.0, 1.0),
)


def _same(p: FloatArray) -> FloatArray:
    return p.copy()


@cache
def _named() -> dict[str, Easing]:
    curves: dict[str, Curve] = {"linear": _same, "emphasized": partial(_bezier_path, _EMPHASIZED)}
    curves |= {name: _bezier(*points) for name, points in _BEZIERS.items()}
    for name, (curve, half) in _PENNER.items():
        curves |= {f"in-{name}": curve, f"out-{name}": partial(_out, curve), f"in-out-{name}": partial(_in_out, half)}
    named = {name: Easing(name, curve) for name, curve in curves.items()}
    for name, jump in (("step-start", "jump-start"), ("step-end", "jump-end")):
        named[name] = Easing(name, partial(_steps, 1, jump), pinned=False)
    return named


def easing_names() -> tuple[str, ...]:
    """Every easing that is a single word, sorted. The functions are in `EASING_FUNCTIONS`."""
    return tuple(sorted(_named()))


# --- text -------------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(?:\d{1,12}\.?\d{0,17}|\.\d{1,17})(?:e[+-]?\d{1,2})?")


def _number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number")
    return float(text)


def _write(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def _parse_bezier(arguments: list[str]) -> Easing:
    if len(arguments) != 4:
        raise ValueError("cubic-bezier() takes four numbers: cubic-bezier(0.2, 0, 0, 1)")
    x1, y1, x2, y2 = map(_number, arguments)
    if not (0 <= x1 <= 1 and 0 <= x2 <= 1):
        raise ValueError("the first and third numbers of cubic-bezier() are times and lie between 0 and 1")
    if abs(y1) > 100 or abs(y2) > 100:
        raise ValueError("the second and fourth numbers of cubic-bezier() lie between -100 and 100")
    return Easing(f"cubic-bezier({', '.join(map(_write, (x1, y1, x2, y2)))})", _bezier(x1, y1, x2, y2))


def _parse_steps(arguments: list[str]) -> Easing:
    if not 1 <= len(arguments) <= 2 or not re.fullmatch(r"\d{1,6}", arguments[0]):
        raise ValueError("steps() takes a whole number and, if wanted, where it jumps: steps(4, jump-end)")
    count = int(arguments[0])
    word = arguments[1] if len(arguments) == 2 else "jump-end"
    jump = _JUMP_ALIASES.get(word, word)
    if jump not in _JUMPS:
        words = (*_JUMPS, *_JUMP_ALIASES)
        raise ValueError(f"{word!r} is not where steps() can jump: {_did_you_mean(word, words)}{', '.join(words)}")
    if count < (2 if jump == "jump-none" else 1):
        raise ValueError("steps() needs at least one step, and at least two with jump-none")
    return Easing(f"steps({count}, {jump})", partial(_steps, count, jump), pinned=False)


def _parse_stop(text: str) -> tuple[float, list[float]]:
    numbers = [_number(word) for word in text.split() if not word.endswith("%")]
    places = [_number(word[:-1]) / 100 for word in text.split() if word.endswith("%")]
    if len(numbers) != 1 or len(places) > 2:
        raise ValueError(f"{text!r} is not a stop of linear(): a number and up to two percentages, 0.5 25% 75%")
    if abs(numbers[0]) > 100 or any(abs(place) > 100 for place in places):
        raise ValueError(f"the stop {text!r} of linear() is too large: values lie between -100 and 100")
    return numbers[0], places


def _parse_linear(arguments: list[str]) -> Easing:
    if len(arguments) < 2:
        raise ValueError("linear() takes at least two stops: linear(0, 0.5 25%, 1)")
    outputs: list[float] = []
    inputs: list[float | None] = []
    texts = []
    for value, places in map(_parse_stop, arguments):
        outputs += [value] * max(1, len(places))
        inputs += places or [None]
        texts.append(" ".join([_write(value), *(_write(round(place * 100, 12)) + "%" for place in places)]))
    curve = partial(_linear_stops, _fill_inputs(inputs), tuple(outputs))
    return Easing(f"linear({', '.join(texts)})", curve, pinned=False)


def _parse_spring(arguments: list[str]) -> Easing:
    """`spring(stiffness, damping, mass)` in N/m, N s/m, kg; mass 1 may be left out."""
    if not 2 <= len(arguments) <= 3:
        raise ValueError("spring() takes stiffness, damping and mass: spring(170, 26, 1)")
    stiffness, damping, mass = map(_number, (*arguments, "1")[:3])
    if not all(1e-3 <= value <= 1e6 for value in (stiffness, damping, mass)):
        raise ValueError("stiffness, damping and mass of spring() lie between 0.001 and 1000000")
    omega = math.sqrt(stiffness / mass)
    ratio = damping / (2 * math.sqrt(stiffness * mass))
    if not 0.01 <= ratio <= 100:
        word = "less than 1 %" if ratio < 1 else "more than 100 times"
        raise ValueError(f"this spring has {word} of critical damping and would not settle: change its damping")
    length = _settling_seconds(omega, ratio)
    text = f"spring({', '.join(map(_write, (stiffness, damping, mass)))})"
    return Easing(text, partial(_spring, omega, ratio, length), natural_seconds=length)


EASING_FUNCTIONS: dict[str, Callable[[list[str]], Easing]] = {
    "cubic-bezier": _parse_bezier,
    "steps": _parse_steps,
    "linear": _parse_linear,
    "spring": _parse_spring,
}


def _did_you_mean(word: str, words: tuple[str, ...]) -> str:
    near = nearest(word, words)
    return f"did you mean {near!r}? " if near else ""


def parse_easing(text: str) -> Easing:
    """Read an easing; case and spaces do not matter. Raises ValueError with the nearest valid word.

    A spring runs for exactly the duration of the motion that uses it: progress 0..1 covers the time from release until
    it stays within a thousandth of rest, so its stiffness to mass ratio sets the number of swings, not the length.
    `natural_seconds` tells that time for whoever wants the real one.
    """
    if not isinstance(text, str) or len(text) > MAX_TEXT:
        raise ValueError("an easing is a short text such as ease-out, out-back or cubic-bezier(0.2, 0, 0, 1)")
    clean = " ".join(text.split()).lower()
    if clean in _named():
        return _named()[clean]
    match = re.fullmatch(r"([a-z-]+) ?\((.*)\)", clean)
    if match and match[1] in EASING_FUNCTIONS:
        return EASING_FUNCTIONS[match[1]]([argument.strip() for argument in match[2].split(",")])
    word = match[1] if match else clean
    words = (*EASING_FUNCTIONS,) if match else (*easing_names(), *EASING_FUNCTIONS)
    suggestion = _did_you_mean(word, words) or "write a word such as ease-out or out-back, or a CSS function"
    raise ValueError(f"{text!r} is not an easing: {suggestion}".strip())
