"""Motion lint in time: everything at once, flashes, text that cannot be read, rhythms that the loop changed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from ..alpha import to_linear
from ..document import Layer, Node
from ..geometry import FloatArray
from ..layout.values import write_time
from ..styles.names import names_text
from ..styles.pieces import is_text
from ..timing import Time
from . import Finding, Job
from .lint_pixels import tone
from .lint_scene import Scene
from .seen import Seen

CROWD = 5  # layers: fewer may well begin together

# WCAG 2.2, success criterion 2.3.1 and its definition of a general flash: a pair of opposing changes of 10 % or more of
# the largest relative luminance, the darker state below 0.80; three in any second at most, unless the flashing area is
# small: a quarter of 341 x 256 px where the picture is shown at 1024 x 768.
FLASHES = 3
FLASH_STEP, FLASH_DARK = 0.1, 0.8
FLASH_AREA = 0.25 * (341 * 256) / (1024 * 768)  # of the canvas

# BBC subtitle guidelines: 160 to 180 words a minute, or 0.33 s a word.
WORDS_A_SECOND = 3.0
# Scrolling text has been read at up to 300 words a minute (Kang and Muter, "Reading dynamically displayed text", 1989):
# 5 words of 6 letters, each about half as wide as the text is high.
READ_HEIGHTS = 15.0  # text heights a second
READ_COVERAGE = 0.5
LONG_ENOUGH = 0.75  # of the clip: what is there so long suffers from the clip's length

OFF_BEAT = 0.2  # how much quicker or slower a fitted period may be than the written one, unmentioned
FEWEST_FRAMES = 3  # of a turn of a loop, or an in or out: fewer look like flicker, or a cut
_MOST_CANVAS = 4  # times as long: a canvas that keeps all periods and is longer is no advice


# --- everything at once -----------------------------------------------------------------------------------------------


def at_once(scene: Scene) -> Iterator[Finding]:
    """Nothing rests, and nothing begins after anything else."""
    own = [job for job in scene.plan.jobs if _starts(job)]
    starts = {start for job in own for start in _starts(job)}
    if len(own) >= CROWD and len(own) == len(scene.plan.jobs) and len(starts) == 1:
        message = f"all {len(own)} layers move, and all begin at the same moment"
        hint = "let the background hold, and give the rest a `stagger` or a `delay`"
        yield scene.warning("at-once", None, ("layers",), message, hint, (len(own), "layers"))


def _starts(job: Job) -> list[Fraction]:
    """When its own motions begin; the camera's is not its own."""
    found = [slot.start for slot in job.slots if slot.kind != "camera" and slot.slot != "out"]
    return found + [other.start for other in (job.keyframes, job.travel, job.prompt) if other is not None]


# --- flashes ----------------------------------------------------------------------------------------------------------


def flashes(scene: Scene) -> Iterator[Finding]:
    """More than three flashes in a second, of a large layer, by its opacity, light or glow. No pixel is drawn."""
    for seen in scene.seen:
        box = seen.job.box & scene.plan.canvas
        if box.area < FLASH_AREA * scene.plan.canvas.area or _most(scene, _swing(seen, 1.0, 0.0)) <= FLASHES:
            continue
        own = tone(scene.nodes[seen.job.layer], scene.plan.canvas)
        count = _most(scene, _swing(seen, own.luminance, _below(scene, seen.job, own.luminance)))
        if own.area >= FLASH_AREA * scene.plan.canvas.area and count > FLASHES:
            share = 100 * own.area / scene.plan.canvas.area
            message = (
                f"it flashes {count:g} times in a second on {share:.0f} % of the canvas, "
                f"which can cause seizures (at most {FLASHES}, WCAG 2.3.1)"
            )
            hint = "a longer `period`, or a smaller `amount`"
            yield scene.warning("flash", seen.job, ("loop",), message, hint, (count, "flashes a second"))


def _swing(seen: Seen, own: float, below: float) -> FloatArray:
    """(t,) relative luminance of where the layer is; its light is a factor on encoded colour."""
    cover = seen.coverage.mean(axis=1)
    lit = np.clip(own * seen.light.mean(axis=1) ** 2.2, 0, 1)
    swing: FloatArray = below * (1 - cover) + lit * cover
    return swing


def _below(scene: Scene, job: Job, own: float) -> float:
    """Luminance under a layer: of the nearest one that covers its place, else the background, else the worst case."""
    jobs = scene.plan.jobs
    box = job.box & scene.plan.canvas
    lower = [other for other in jobs[: jobs.index(job)] if other.box.contains(box)]
    if lower:
        return tone(scene.nodes[lower[-1].layer], box).luminance
    if scene.plan.background is not None:
        red, green, blue = to_linear(np.array(scene.plan.background[:3], np.float32))
        return float(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    return 0.0 if own > 0.5 else 1.0


def _most(scene: Scene, luminance: FloatArray) -> float:
    """The most flashes in any second; a loop is followed past its seam."""
    second = math.ceil(scene.plan.fps)
    if scene.plan.loop:
        luminance = np.tile(luminance, 2 + second // len(luminance))
    moments = np.array(opposing_changes(luminance))
    return max((np.count_nonzero((moments >= at) & (moments < at + second)) for at in moments), default=0) / 2


def opposing_changes(luminance: FloatArray) -> list[int]:
    """The frames at which luminance has gone the other way by FLASH_STEP, its darker state below FLASH_DARK."""
    found: list[int] = []
    way = 0  # -1 darker, 1 brighter: going on the same way is the same change
    low = high = float(luminance[0])
    for index, value in enumerate(luminance.tolist()):
        low, high = min(low, value), max(high, value)
        fell, rose = high - value >= FLASH_STEP and value < FLASH_DARK, value - low >= FLASH_STEP and low < FLASH_DARK
        now = -1 if fell else 1 if rose else 0
        if now and now != way:
            found.append(index)
        if now:
            way, low, high = now, value, value
    return found


# --- text -------------------------------------------------------------------------------------------------------------


def unreadable(scene: Scene) -> Iterator[Finding]:
    """Words that move too fast, or are there for too short a time."""
    for seen in scene.seen:
        node = scene.nodes[seen.job.layer]
        if not (is_text(node) or names_text(node.name)) or seen.job.prompt is not None:
            continue
        words, height = _words(node), _height(node, seen.job)
        clear = (seen.coverage.mean(axis=1) >= READ_COVERAGE) & seen.shown
        slow = seen.speed <= READ_HEIGHTS * height
        needed = words / WORDS_A_SECOND
        there, read = (float(int(frames.sum()) / scene.plan.fps) for frames in (clear, clear & slow))
        if read >= needed or (clear & slow).all():
            continue
        if there >= needed:
            fastest = float(seen.speed[clear].max() / height)
            message = f"it moves {fastest:.0f} times its height a second; text can be read up to {READ_HEIGHTS:.0f}"
            yield scene.warning("text", seen.job, (), message, "move it less, or more slowly",
                                (fastest, "heights a second"))  # fmt: skip
            continue
        message = f"it can be read for {read:.1f} s, and {_counted(words)} {needed:.1f} s"
        long_enough = there >= LONG_ENOUGH * scene.plan.seconds
        report = scene.note if long_enough else scene.warning
        hint = "a longer canvas" if long_enough else "let it come earlier and go later, or make the canvas longer"
        yield report("text", seen.job, (), message, hint, (read, "s"))


def _words(node: Node) -> int:
    text = node.text if isinstance(node, Layer) else None
    return max(1, len((text or "").split()))


def _height(node: Node, job: Job) -> float:
    """Px of one line."""
    text = node.text if isinstance(node, Layer) else None
    return max(1.0, job.box.height / max(1, len((text or "").strip().splitlines())))


def _counted(words: int) -> str:
    return "a word needs" if words == 1 else f"its {words} words need"


# --- rhythm -----------------------------------------------------------------------------------------------------------


def off_beat(scene: Scene) -> Iterator[Finding]:
    """Written periods that do not divide the loop, and were changed so much that it shows."""
    written = list(_written_periods(scene))
    told: set[int] = set()
    for seen, period, fitted in written:
        change, entry = float(period / fitted) - 1, scene.entries[seen.job.layer].entry
        if abs(change) <= OFF_BEAT or entry in told:
            continue
        told.add(entry)
        how = f"{100 * abs(change):.0f} % {'faster' if change > 0 else 'slower'}"
        message = (
            f"its period of {_said(period)} does not divide the loop of {_said(scene.plan.seconds)}: "
            f"it became {_said(fitted)}, {how}"
        )
        hint = _keeps_all(scene, [each for _, each, _ in written]) or f"write `period: {_said(fitted)}` if that is fine"
        yield scene.warning("period", seen.job, ("loop", "period"), message, hint, (100 * abs(change), "%"))


def _written_periods(scene: Scene) -> Iterator[tuple[Seen, Fraction, Fraction]]:
    """(layer, period as written, period as played) of the loops to which the layout gives one."""
    if not scene.plan.loop:
        return
    for seen in scene.seen:
        loops = [slot for slot in seen.job.slots if slot.slot == "loop" and slot.kind != "camera"]
        written = _written_period(scene, seen.job)
        if loops and written is not None:
            yield seen, written.seconds(scene.plan.fps), loops[0].duration


def _written_period(scene: Scene, job: Job) -> Time | None:
    """What the entry of a layer says itself, or the layout's defaults say for it."""
    entry = scene.entries[job.layer].entry if job.layer in scene.entries else -1
    own = scene.layout.layers[entry].loop if entry >= 0 else None
    return None if own is None else own.period or scene.layout.defaults.period


def _keeps_all(scene: Scene, periods: list[Fraction]) -> str:
    """Advice: the length of canvas that all periods divide; empty where that is too long."""
    bottom = math.lcm(*(period.denominator for period in periods))
    common = Fraction(math.lcm(*(int(period * bottom) for period in periods)), bottom)
    length = math.ceil(scene.plan.seconds / common) * common
    if length > _MOST_CANVAS * scene.plan.seconds:
        return ""
    return f"a canvas of {_said(length)} keeps all periods"


def _said(seconds: Fraction) -> str:
    return write_time(Time(seconds)) if seconds.denominator in (1, 2, 4, 5, 10, 100) else f"{float(seconds):.3g}s"


def overlap(scene: Scene) -> Iterator[Finding]:
    """A layer that begins to leave before it has arrived."""
    for seen in scene.seen:
        slots = {slot.slot: slot for slot in seen.job.slots}
        if "in" not in slots or "out" not in slots:
            continue
        arrived, leaves = slots["in"].start + slots["in"].duration, slots["out"].start
        if arrived > leaves:
            message = f"it begins to leave {float(arrived - leaves):.2f} s before it has arrived"
            hint = "a later `end`, or a shorter `in` and `out`"
            yield scene.warning("overlap", seen.job, ("out",), message, hint, (float(arrived - leaves), "s"))


def too_quick(scene: Scene) -> Iterator[Finding]:
    """A turn, or a way in or out, of so few frames that it is not seen as motion."""
    for seen in scene.seen:
        for slot in seen.job.slots:
            frames = float(slot.duration * scene.plan.fps)
            if frames < FEWEST_FRAMES:
                what = "one turn of its loop" if slot.slot == "loop" else f"its `{slot.slot}`"
                effect = "flickers" if slot.slot == "loop" else "looks like a cut"
                message = f"{what} takes {frames:.1f} frames, which {effect}"
                hint = "give it more time, or raise `fps`"
                yield scene.note("quick", seen.job, (slot.slot,), message, hint, (frames, "frames"))
