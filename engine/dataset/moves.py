"""Exact motion for a batch of clips: each kind of `wish.KINDS` as tracks over time, on any device.

Units of the region (its centre 0, half its long side 1), seconds, radians, y down. Nothing moves faster than a third of
the motion rate. Every random choice is a column of `dice`, so that layers which belong together can share them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from ..model.config import RATE
from .wish import KINDS, PART_KINDS

DICE = 16  # columns of chance behind one action
TAU = 2 * math.pi
FASTEST = RATE / 3  # Hz


@dataclass(frozen=True, eq=False)
class Shape:
    """The still layer's opaque box in region units."""

    anchor: Tensor  # (b, 2) its centre
    half: Tensor  # (b, 2) half its width and height
    edge: tuple[float, float]  # half the region's width and height

    @property
    def size(self) -> Tensor:
        return self.half.amax(-1, keepdim=True)  # (b, 1)


@dataclass(frozen=True, eq=False)
class Acts:
    """One action of each clip."""

    kind: Tensor  # (b,) index into the kinds; -1: none
    speed: Tensor  # (b,) -1, 0, 1
    strength: Tensor  # (b,) -1, 0, 1
    start: Tensor  # (b,) s
    end: Tensor  # (b,) s
    dice: Tensor  # (b, DICE) uniform 0..1
    amount: Tensor  # (b,) factor of the layout's `strength`


@dataclass(eq=False)
class Moves:
    """Deviations from rest; sums and products of several give their combination."""

    x: Tensor  # (b, t) region units, as all of these are (b, t)
    y: Tensor
    angle: Tensor
    shear: Tensor
    sx: Tensor
    sy: Tensor
    opacity: Tensor
    gain: Tensor
    hinge_x: Tensor  # (b, 1) of angle, shear and scale, from the anchor
    hinge_y: Tensor
    wave: Tensor  # (b, t) amplitude of the travelling wave, region units
    phase: Tensor  # (b, t)


def rest(b: int, t: int, device: torch.device) -> Moves:
    zero, one = torch.zeros(b, t, device=device), torch.ones(b, t, device=device)
    ones = {"sx", "sy", "opacity", "gain"}
    hinges = {"hinge_x", "hinge_y"}
    return Moves(
        **{
            f.name: (one.clone() if f.name in ones else zero[:, :1].clone() if f.name in hinges else zero.clone())
            for f in fields(Moves)
        }
    )


@dataclass(frozen=True, eq=False)
class Beat:
    """What formulas need of every clip: clocks and factors, (b, t) or (b, 1)."""

    clock: Tensor  # s since the action's start, 0 before
    span: Tensor  # s the action has
    level: Tensor  # amplitude factor
    envelope: Tensor  # 0..1, falls to rest where another action follows
    sign: Tensor  # +-1, mostly +1
    pace: Tensor  # speed factor
    loop: Tensor  # 1 where the clip must close on itself
    whole: Tensor  # 1 where the action must end as it began
    dice: Tensor  # (b, DICE)

    def turns(self, rate: float) -> Tensor:
        """Periods done at `rate` Hz; whole ones by the end where the action must end as it began."""
        hertz = (rate * self.pace).clamp(max=FASTEST)
        whole = (hertz * self.span).round().minimum((FASTEST * self.span).floor()).clamp(min=1)
        closed = whole / self.span.clamp(min=1e-3)
        return self.clock.minimum(self.span) * torch.where(self.whole > 0, closed, hertz)

    def sine(self, rate: float) -> Tensor:
        return torch.sin(TAU * self.turns(rate)) * self.envelope * self.sign

    def once(self, seconds: float, there: Curve, back: Curve) -> Tensor:
        """0 to 1 in `seconds` at normal pace; in a looping clip back to 0 before its end."""
        longest = torch.where(self.loop > 0, 0.42 * self.span, 0.85 * self.span)
        lasts = torch.minimum(seconds / self.pace, longest)
        done = there((self.clock / lasts).clamp(0, 1), self.sharp)
        undone = back(((self.clock - (self.span - lasts)) / lasts).clamp(0, 1), self.sharp)
        return torch.where(self.loop > 0, done * (1 - undone), done)

    @property
    def sharp(self) -> Tensor:
        """Power of the easing curves, 2 to 4."""
        return 2 + 2 * self.dice[:, 5:6]


Curve = Callable[[Tensor, Tensor], Tensor]


def ease_in(p: Tensor, sharp: Tensor) -> Tensor:
    return p**sharp


def ease_out(p: Tensor, sharp: Tensor) -> Tensor:
    return 1 - (1 - p) ** sharp


def even(p: Tensor, sharp: Tensor) -> Tensor:
    return p


def smooth(x: Tensor) -> Tensor:
    x = x.clamp(0, 1)
    return x * x * (3 - 2 * x)


def beat_of(acts: Acts, t: Tensor, loop: Tensor) -> Beat:
    """Clocks and factors of each clip at times t (t,) s; loop (b,) 1 where the clip must close."""
    clock = (t[None] - acts.start[:, None]).clamp(min=0)
    span = (acts.end - acts.start)[:, None]
    dice = acts.dice
    pace = 2.0 ** acts.speed[:, None].float() * (0.87 + 0.28 * dice[:, :1])
    asked = acts.strength[:, None].float()
    level = (1 + 0.7 * asked + 0.15 * asked * asked) * (0.88 + 0.24 * dice[:, 1:2]) * acts.amount[:, None]
    cut = (acts.end < t[-1] - 1e-4).float()[:, None]  # another action follows
    envelope = torch.where(cut > 0, smooth((span - clock) / 0.2), torch.ones_like(clock))
    sign = torch.where(dice[:, 2:3] < 0.75, 1.0, -1.0)
    return Beat(clock, span, level, envelope, sign, pace, loop[:, None], torch.maximum(loop[:, None], cut), dice)


def perform(acts: Acts, shape: Shape, t: Tensor, loop: Tensor, *, part: bool = False) -> Moves:
    """One action of every clip at times t (t,): each kind's formula for the clips that ask for it.

    For a piece (`part`), `shape` is the piece's: its hinge as anchor and its reach from there as half size.
    """
    beat = beat_of(acts, t, loop)
    moves = rest(len(acts.kind), len(t), t.device)
    formulas, names = (PART_FORMULAS, PART_KINDS) if part else (FORMULAS, KINDS)
    for index, name in enumerate(names):
        chosen = (acts.kind == index)[:, None]
        for key, value in formulas[name](beat, shape).items():
            setattr(moves, key, torch.where(chosen, value, getattr(moves, key)))
    return moves


Formula = Callable[[Beat, Shape], dict[str, Tensor]]


def _bob(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {"y": -0.2 * shape.size * beat.level * beat.sine(0.6)}


def _sway(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    s = beat.level * beat.sine(0.6)
    return {"angle": 0.11 * s, "shear": -0.09 * s, "hinge_y": shape.half[:, 1:]}


def _swing(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {"angle": (0.34 * beat.level * beat.sine(0.7)).clamp(-1.2, 1.2), "hinge_y": -shape.half[:, 1:]}


def _spin(sense: float) -> Formula:
    return lambda beat, shape: {"angle": sense * TAU * beat.turns(0.5)}


def _pulse(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    scale = 1 + (0.14 * beat.level * beat.sine(0.9)).clamp(-0.6, 0.6)
    return {"sx": scale, "sy": scale}


def _shake(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {"x": 0.07 * shape.size * beat.level * beat.sine(3.0)}


def _slide(x: int, y: int, *, leaves: bool) -> Formula:
    """From wholly outside that edge of the region to rest, or away to it."""

    def formula(beat: Beat, shape: Shape) -> dict[str, Tensor]:
        far_x = 1.03 * x * (shape.edge[0] + shape.half[:, :1]) - abs(x) * shape.anchor[:, :1]
        far_y = 1.03 * y * (shape.edge[1] + shape.half[:, 1:]) - abs(y) * shape.anchor[:, 1:]
        gone = beat.once(0.9, ease_in, ease_out) if leaves else 1 - beat.once(0.9, ease_out, ease_in)
        return {"x": far_x * gone, "y": far_y * gone}

    return formula


def _fade_in(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {"opacity": beat.once(1.3, even, even)}


def _fade_out(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {"opacity": 1 - beat.once(1.3, even, even)}


def _wave(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    starts = torch.where(beat.loop > 0, torch.ones_like(beat.clock), smooth(beat.clock / 0.3))
    amplitude = 0.075 * shape.size * beat.level * beat.envelope * starts
    return {"wave": amplitude, "phase": TAU * beat.turns(0.9) * beat.sign}


def _jelly(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    sx = 1 + (0.16 * beat.level * beat.sine(1.2)).clamp(-0.4, 0.5)
    foot = torch.where(beat.dice[:, 6:7] < 0.6, shape.half[:, 1:], torch.zeros_like(shape.half[:, 1:]))
    return {"sx": sx, "sy": 1 / sx, "hinge_y": foot}


def _flip(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {"sx": torch.cos(TAU * beat.turns(0.6))}


def _flicker(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    slow, quick = (torch.sin(TAU * (beat.turns(rate) + beat.dice[:, i : i + 1])) for rate, i in ((2.1, 7), (3.7, 8)))
    drop = (0.5 + 0.28 * slow + 0.28 * quick).clamp(0, 1) * beat.envelope
    drop = drop * torch.where(beat.loop > 0, torch.ones_like(drop), smooth(beat.clock / 0.15))
    return {
        "gain": 1 - (0.5 * beat.level).clamp(max=0.85) * drop,
        "opacity": 1 - (0.16 * beat.level).clamp(max=0.4) * drop,
    }


def _bounce(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    height = torch.sin(0.5 * TAU * beat.turns(1.1)).abs() * beat.envelope
    squash = (1 - height) ** 4 * smooth(beat.clock / 0.2) * beat.envelope * (0.13 * beat.level).clamp(max=0.3)
    squash = torch.where(beat.loop > 0, squash * smooth((beat.span - beat.clock) / 0.2), squash)
    lift = (0.42 * beat.level).clamp(max=0.8)
    return {"y": -lift * shape.size * height, "sx": 1 + squash, "sy": 1 - squash, "hinge_y": shape.half[:, 1:]}


def _pop(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    q = beat.clock * beat.pace / 0.9
    scale = 1 - torch.exp(-5.5 * q) * torch.cos(9 * q)
    gone = (1 - (beat.span - beat.clock) / torch.minimum(0.3 / beat.pace, 0.4 * beat.span)).clamp(0, 1) ** 2
    scale = torch.where(beat.loop > 0, scale * (1 - gone), scale)
    return {"sx": scale, "sy": scale}


def _still(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {}


def _grow(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    scale = beat.once(1.0, ease_out, ease_in)
    return {"sx": scale, "sy": scale}


def _shrink(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    scale = 1 - beat.once(1.0, ease_in, ease_out)
    return {"sx": scale, "sy": scale}


def _orbit(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    turn = TAU * beat.turns(0.5)
    radius = 0.2 * shape.size * beat.level * beat.envelope
    return {"x": beat.sign * radius * torch.sin(turn), "y": radius * (torch.cos(turn) - 1)}


def _heartbeat(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    phase = beat.turns(1.0) % 1
    beats = torch.exp(-(((phase - 0.15) / 0.07) ** 2)) + 0.6 * torch.exp(-(((phase - 0.42) / 0.07) ** 2))
    scale = 1 + (0.16 * beat.level).clamp(max=0.45) * beats * beat.envelope
    return {"sx": scale, "sy": scale}


FORMULAS: dict[str, Formula] = {
    "bob": _bob, "sway": _sway, "swing": _swing, "spin_cw": _spin(1), "spin_ccw": _spin(-1), "pulse": _pulse,
    "shake": _shake, "in_left": _slide(-1, 0, leaves=False), "in_right": _slide(1, 0, leaves=False),
    "in_top": _slide(0, -1, leaves=False), "in_bottom": _slide(0, 1, leaves=False), "fade_in": _fade_in,
    "fade_out": _fade_out, "wave": _wave, "jelly": _jelly, "flip": _flip, "flicker": _flicker, "bounce": _bounce,
    "pop": _pop, "still": _still, "out_left": _slide(-1, 0, leaves=True), "out_right": _slide(1, 0, leaves=True),
    "out_top": _slide(0, -1, leaves=True), "out_bottom": _slide(0, 1, leaves=True), "grow": _grow,
    "shrink": _shrink, "orbit": _orbit, "heartbeat": _heartbeat,
}  # fmt: skip


def _part_swing(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {"angle": (0.4 * beat.level * beat.sine(0.9)).clamp(-1.2, 1.2)}


def _part_spin(sense: float) -> Formula:
    return lambda beat, shape: {"angle": sense * TAU * beat.turns(0.4)}


def _part_wave(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    starts = torch.where(beat.loop > 0, torch.ones_like(beat.clock), smooth(beat.clock / 0.3))
    amplitude = 0.16 * shape.size * beat.level * beat.envelope * starts
    return {"wave": amplitude, "phase": TAU * beat.turns(0.9)}


def _part_pulse(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    s = (0.22 * beat.level * beat.sine(1.2)).clamp(-0.6, 0.8)
    return {"sx": 1 + 0.6 * s, "sy": 1 + s}


def _part_bob(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    return {"y": -0.16 * shape.size * beat.level * beat.sine(0.8)}


def _part_blink(beat: Beat, shape: Shape) -> dict[str, Tensor]:
    phase = beat.turns(0.6) % 1
    return {"sy": 1 - 0.9 * torch.exp(-(((phase - 0.5) / 0.09) ** 2)) * beat.envelope}


PART_FORMULAS: dict[str, Formula] = {
    "swing": _part_swing, "spin_cw": _part_spin(1), "spin_ccw": _part_spin(-1), "wave": _part_wave,
    "pulse": _part_pulse, "flicker": _flicker, "bob": _part_bob, "blink": _part_blink,
}  # fmt: skip
