"""What every motion kind is given: when (`Beat`), on what (`Subject`) and how much (`Given`), and shared curves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..geometry import Box, FloatArray
from ..motion_field import AffineTrack, Part

SlotName = Literal["in", "loop", "out"]
Ease = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Subject:
    """The layer a motion is planned for, in canvas px."""

    box: Box  # of its opaque pixels
    canvas: tuple[int, int]  # width, height
    anchor: tuple[float, float] | None = None  # the layer's own; None: each motion's default
    depth: float = 0.5  # rank in the stack: 0 the back, 1 the front

    @property
    def side(self) -> float:
        """The shorter side of the box: what an `amount` in % is of."""
        return float(max(1, min(self.box.size)))


@dataclass(frozen=True)
class Given:
    """Resolved parameters of a slot; a parameter the preset does not mention has the neutral value asked for."""

    values: Mapping[str, float | str]

    def number(self, name: str, neutral: float = 0.0) -> float:
        return float(self.values.get(name, neutral))

    def text(self, name: str, neutral: str) -> str:
        return str(self.values.get(name, neutral))

    @property
    def heading(self) -> FloatArray:
        """(2,) unit vector of `direction`."""
        angle = self.number("direction")
        return np.round(np.array([np.cos(angle), np.sin(angle)]), 12)


@dataclass(frozen=True, eq=False)
class Beat:
    """Where every frame stands within a slot.

    `place` (t,): of an in or out, 0 away and 1 at rest, in linear time (an out runs from 1 to 0); of a loop, cycles
    since its start, eased within each cycle. `circle`: cycles after which noise has closed. `seconds`: one cycle.
    """

    slot: SlotName
    place: FloatArray
    ease: Ease
    anchor: FloatArray  # (2,) px
    circle: int = 1
    seconds: float = 1.0
    seed: int = 0
    adds_up: bool = False  # mode offset: each cycle goes on from where the last one ended
    closes: bool = False  # the canvas loops, after `circle` cycles
    one_way: bool = False  # a camera in a clip that does not loop

    @property
    def frames(self) -> int:
        return len(self.place)

    @property
    def sign(self) -> float:
        """-1 while arriving, +1 while leaving: both travel along `direction`."""
        return 1.0 if self.slot == "out" else -1.0

    @cached_property
    def phase(self) -> FloatArray:
        """(t,) radians within the cycle; a whole number of cycles is exactly 0."""
        return 2 * np.pi * (self.place - np.floor(self.place))

    def turned(self, turns: float) -> FloatArray:
        """(t,) share of a whole turn, for `turns` a cycle. What adds up makes at least one whole turn in a loop."""
        if self.adds_up and self.closes and turns:
            turns = float(np.copysign(max(1, round(abs(turns) * self.circle)), turns)) / self.circle
        cycles = self.place if self.adds_up else self.place - np.floor(self.place)
        return np.mod(turns * cycles, 1.0)

    @cached_property
    def eased(self) -> FloatArray:
        """(t,) of an in or out: exactly 0 away and 1 at rest, whatever the easing does at its ends."""
        eased: FloatArray = np.where(self.place >= 1, 1.0, np.where(self.place <= 0, 0.0, self.ease(self.place)))
        return eased

    def arrived(self, overshoot: float, lag: float = 0.0) -> FloatArray:
        """(t,) of an in or out: how far it has come by its easing, or by a spring where it is to overshoot."""
        return settle(self.place, overshoot, lag) if overshoot > 0 else self.eased

    def harmonic(self, ratio: float, start: float = 0.0) -> FloatArray:
        """(t,) sine of about `ratio` turns a cycle, a whole number of turns in the circle; `start` in radians."""
        turns = max(1, round(ratio * self.circle))
        place = np.mod(self.place, self.circle)
        return np.sin(2 * np.pi * np.mod(turns * place / self.circle, 1.0) + start)

    def random(self, channel: int) -> np.random.Generator:
        """Independent of every other channel and seed."""
        return np.random.default_rng([self.seed, channel])

    def noise(self, channel: int, low: float = 0.5, high: float = 1.5, delay: FloatArray | None = None) -> FloatArray:
        """(t,) smooth noise in -1..1 with `low` to `high` turns a cycle, closed on the circle.

        A random Fourier series with whole harmonics of the circle: band-limited, periodic, and exact at every time.
        With `delay` (n,), in cycles, it is (t, n): the same noise heard later at every place.
        """
        draw = self.random(channel)
        first = max(1, round(low * self.circle))
        turns = np.arange(first, max(first + 1, round(high * self.circle)) + 1)  # (k,)
        weight = draw.uniform(0.5, 1.0, len(turns)) / np.sqrt(turns)
        start = draw.uniform(0, 2 * np.pi, len(turns))

        def waves(place: FloatArray) -> NDArray[np.complex128]:  # (t, k), the series is the imaginary part
            cycles = np.mod(turns * (np.mod(place, self.circle) / self.circle)[:, None], 1.0)
            turned: NDArray[np.complex128] = weight * np.exp(1j * (2 * np.pi * cycles + start))
            return turned

        dense = np.linspace(0.0, self.circle, 16 * int(turns[-1]), endpoint=False)
        loudest = 1.02 * np.abs(waves(dense).imag.sum(axis=1)).max()
        late = np.exp(-2j * np.pi * turns[:, None] * (np.zeros(1) if delay is None else delay) / self.circle)  # (k, n)
        noise: FloatArray = (waves(self.place) @ late).imag / loudest
        return noise[:, 0] if delay is None else noise


def elapsed(start: Fraction, duration: Fraction, rate: Fraction, frames: int) -> FloatArray:
    """(t,) how many durations after `start` each frame stands: divided once, so whole numbers are exact."""
    first, length = start * rate, duration * rate
    numerator = np.arange(frames, dtype=object) * first.denominator - first.numerator
    return (numerator * length.denominator / (first.denominator * length.numerator)).astype(float)


def still(beat: Beat, **tracks: FloatArray) -> AffineTrack:
    """The affine of a beat: rest, with the given `shift`, `angle` (radians), `shear` and `scale` tracks."""
    frames = beat.frames
    angle = tracks.get("angle", np.zeros(frames))
    scale = tracks.get("scale", np.ones(frames))
    return AffineTrack(
        beat.anchor,
        tracks.get("shift", np.zeros((frames, 2))),
        np.stack([np.cos(angle), np.sin(angle)], axis=-1),
        tracks.get("shear", np.zeros(frames)),
        scale if scale.ndim == 2 else np.repeat(scale[:, None], 2, axis=1),
    )


def settle(place: FloatArray, overshoot: float, lag: float = 0.0) -> FloatArray:
    """From 0 to 1 past it by `overshoot` (a share of the way) and back, ringing out: a decaying cosine.

    `lag` (radians) gives a second axis of the same ring that trails the first. At 0 and 1 exact.
    """
    place = place**1.4  # from a standstill
    ring = 2.5 * np.pi  # in that time the first peak stands at 0.4, the trough after it at 0.8
    decay = np.log(min(overshoot, 0.95)) / np.log(0.6)
    wave = np.cos(ring * place) + np.sin(lag) * np.sin(ring * place)
    curve: FloatArray = 1 - (1 - place) ** decay * wave
    return curve


def bump(x: FloatArray, attack: float = 0.3) -> FloatArray:
    """0 outside 0..1, rising smoothly to 1 at `attack` and easing back: one beat of a pulse."""
    up = np.sin(np.pi / 2 * np.clip(x / attack, 0, 1)) ** 2
    down = np.cos(np.pi / 2 * np.clip((x - attack) / (1 - attack), 0, 1)) ** 2
    beat: FloatArray = np.where(x < attack, up, down)
    return beat


def swell(phase: FloatArray) -> FloatArray:
    """0 at phase 0, 1 half-way round, smooth."""
    return (1 - np.cos(phase)) / 2


# A motion kind: exact numbers for every frame of one slot.
Kind = Callable[[Beat, Given, Subject], Part]
