"""What an entry of a layout asks of a layer, in canvas px, radians, exact seconds: slots, camera, keyframes, path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from ..errors import BadInput
from ..geometry import Box
from ..layout import Layout
from ..layout import Slot as SlotSpec
from ..layout.match import Resolved
from ..layout.schedule import Span
from ..layout.values import Length, write_time
from ..motion import Slot, fitted_period, plan_slot
from ..motion.beat import SlotName, Subject
from ..motion.keyframes import Key, Keyframes
from ..motion.path import Travel
from ..presets import find_motion
from ..timing import Time


class MotionPlanner:
    """Resolves entries against one canvas of `size` px, of which `scale` are one px of the layout.

    All methods raise BadInput, with the place in the layout, for what a motion cannot do.
    """

    def __init__(self, layout: Layout, size: tuple[int, int], scale: float, seed: int) -> None:
        self.layout, self.scale, self.seed = layout, scale, seed
        self.canvas = Box(0, 0, *size)
        self.fps, self.loop = layout.canvas.fps, layout.canvas.loop
        self.duration = layout.canvas.frames / self.fps

    def anchor(self, resolved: Resolved, box: Box) -> tuple[float, float] | None:
        anchor = resolved.spec.anchor
        if anchor is None:
            return None
        x, y = self._pixels(anchor.x, box.width), self._pixels(anchor.y, box.height)
        return box.x0 + x, box.y0 + y

    def given_region(self, resolved: Resolved) -> Box | None:
        """The layout's region on the canvas. Raises BadInput when it lies off it."""
        if resolved.spec.region is None:
            return None
        canvas = self.canvas
        x, y, width, height = resolved.spec.region
        left, top = self._pixels(x, canvas.width), self._pixels(y, canvas.height)
        right, bottom = left + self._pixels(width, canvas.width), top + self._pixels(height, canvas.height)
        x1, y1 = max(round(right), round(left) + 1), max(round(bottom), round(top) + 1)  # a pixel at least
        box = Box(round(left), round(top), x1, y1) & canvas
        if box.is_empty:
            where = replace(self.layout.where("layers", resolved.entry, "region"), layer=resolved.node.path)
            raise BadInput(f"the region lies off the canvas of {canvas.width} x {canvas.height} px", where=where)
        return box

    def slots(self, resolved: Resolved, subject: Subject, span: Span, seed: int, notes: list[str]) -> list[Slot]:
        slots = []
        for name, slot in resolved.spec.slots.items():
            where = replace(self.layout.where("layers", resolved.entry, name), layer=resolved.node.path)
            try:
                slots.append(self._slot(name, slot, subject, span, seed, notes))
            except ValueError as error:
                raise BadInput(
                    _reason(error), hint=f"`art presets show {slot.motion}` explains it", where=where
                ) from None
        return slots

    def camera(self, subject: Subject) -> tuple[Slot, ...]:
        """The camera's move as this layer sees it; in a clip it takes the whole time unless it has a period."""
        camera = self.layout.canvas.camera
        if camera is None:
            return ()
        whole = None if self.loop or camera.period else Time(self.duration)
        filled_in = camera if whole is None else camera.model_copy(update={"period": whole})
        span = Span(Fraction(0), Fraction(0), self.duration)
        try:
            return (self._slot("loop", filled_in, subject, span, self.seed, []),)
        except ValueError as error:
            raise BadInput(_reason(error), where=self.layout.where("canvas", "camera")) from None

    def keyframes(self, resolved: Resolved, subject: Subject, span: Span) -> Keyframes | None:
        keys = resolved.spec.keyframes
        if keys is None:
            return None
        width, height = subject.canvas

        def track(keys: Sequence[Any] | None, value: Callable[[Any], tuple[float, ...]]) -> tuple[Key, ...]:
            return tuple(
                Key(at=key.at.seconds(self.fps), value=value(key.value), easing=str(key.easing or "linear"))
                for key in keys or ()
            )

        return Keyframes(
            anchor=subject.anchor or subject.box.center,
            start=span.start,
            position=track(keys.position, lambda xy: (self._pixels(xy[0], width), self._pixels(xy[1], height))),
            rotation=track(keys.rotation, lambda angle: (angle.radians,)),
            scale=track(keys.scale, lambda scale: scale),
            shear=track(keys.shear, lambda angle: (angle.radians,)),
            opacity=track(keys.opacity, lambda opacity: (opacity,)),
        )

    def travel(self, resolved: Resolved, subject: Subject, span: Span) -> Travel | None:
        path = resolved.spec.path
        if path is None:
            return None
        where = replace(self.layout.where("layers", resolved.entry, "path"), layer=resolved.node.path)
        try:
            return Travel(
                d=path.d, scale=self.scale, anchor=subject.anchor or subject.box.center, start=span.start,
                duration=path.duration.seconds(self.fps) if path.duration else span.end - span.start,
                orient=path.orient, easing=str(path.easing or "linear"),
            )  # fmt: skip
        except ValueError as error:
            raise BadInput(_reason(error), where=where) from None

    def _slot(self, name: SlotName, slot: SlotSpec, subject: Subject, span: Span, seed: int, notes: list[str]) -> Slot:
        preset = find_motion(slot.motion)
        if preset is None:
            raise ValueError(f"there is no motion {slot.motion!r}")
        delay = slot.delay.seconds(self.fps) if slot.delay else Fraction(0)
        length = slot.period if name == "loop" else slot.duration
        seconds = (length or Time.parse(preset.period if name == "loop" else preset.duration)).seconds(self.fps)
        if name == "loop":
            seconds = self._period(seconds, slot, notes)
        start = max(span.start, span.end - seconds - delay) if name == "out" else span.start + delay
        given = {key: self._scaled(value) for key, value in slot.parameters.items() if key != "mode"}
        return plan_slot(
            preset, name, subject, given=given, start=start, duration=seconds,
            easing=None if slot.easing is None else str(slot.easing), mode=str(slot.mode or "loop"),
            seed=seed if slot.seed is None else slot.seed, rate=self.fps,
        )  # fmt: skip

    def _scaled(self, value: Any) -> Any:
        is_px = isinstance(value, Length) and value.unit == "px"
        return Length(value.value * self.scale, "px") if is_px else value

    def _pixels(self, length: Length, extent: float) -> float:
        """A length of the layout in px of the scaled canvas; % is of `extent`, which is scaled already."""
        return length.value * self.scale if length.unit == "px" else length.pixels(extent)

    def _period(self, period: Fraction, slot: SlotSpec, notes: list[str]) -> Fraction:
        """Fitted to the loop, or to whole frames where the canvas does not loop."""
        if self.loop:
            fitted = fitted_period(period, self.duration, str(slot.mode or "loop"))
        else:
            fitted = Fraction(max(1, Time(period).frames(self.fps))) / self.fps
        if fitted != period:
            notes.append(f"period of {slot.motion}: {write_time(Time(period))} became {write_time(Time(fitted))}")
        return fitted


def _reason(error: ValueError) -> str:
    """The first sentence of what a model refused."""
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return str(error)
