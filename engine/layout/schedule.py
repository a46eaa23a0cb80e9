"""When each layer of a resolved layout begins, has come to rest, and is gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from graphlib import TopologicalSorter
from random import Random

from ..errors import BadInput
from ..timing import Time
from . import Canvas, LayerSpec, Stagger
from .match import Resolved
from .source import all_problems
from .values import write_time


@dataclass(frozen=True)
class Span:
    """Seconds on the canvas: motion runs in [start, end); `ready` is the end of what moves one way (in, keyframes,
    path), or `start` when nothing does."""

    start: Fraction
    ready: Fraction
    end: Fraction


def schedule(resolved: Iterable[Resolved], canvas: Canvas) -> dict[str, Span]:
    """Node id -> span.

    `start`, or what `after` and `with` wait for, plus `delay`, plus the layer's turn in `stagger`. `after` a layer
    means after its `end` where it gives one, else when it is ready; of several, the last counts. `with` several means
    with the first of them. A layer without an entry is ready at 0. The end is cut to the canvas.

    Raises BadInput with all `problems`: a layer that begins after the canvas is over, or ends before it begins.
    """
    layers = {each.id: each for each in resolved if not each.skip}
    waits = {id: [other for other in (*each.after, *each.with_) if other in layers] for id, each in layers.items()}
    spans: dict[str, Span] = {}
    problems: list[BadInput] = []
    for id in TopologicalSorter(waits).static_order():
        spans[id] = _span(layers[id], canvas, spans, layers)
        problems += _wrong(layers[id], spans[id], canvas)
    if problems:
        raise all_problems(problems)
    return {id: spans[id] for id in layers}


def _span(layer: Resolved, canvas: Canvas, spans: Mapping[str, Span], layers: Mapping[str, Resolved]) -> Span:
    spec, fps = layer.spec, canvas.fps
    start = _base(layer, canvas, spans, layers) + _seconds(spec.delay, fps)
    if spec.stagger is not None:
        start += stagger_turn(spec.stagger, layer.index, layer.count, spec.seed or 0) * spec.stagger.each.seconds(fps)
    end = min(spec.end.seconds(fps), canvas.seconds) if spec.end is not None else canvas.seconds
    return Span(start, start + one_way_seconds(spec, fps, end - start), end)


def _base(layer: Resolved, canvas: Canvas, spans: Mapping[str, Span], layers: Mapping[str, Resolved]) -> Fraction:
    spec = layer.spec
    for reference in (spec.start, spec.after, spec.with_):
        if isinstance(reference, Time):
            return reference.seconds(canvas.fps)
    if layer.with_:
        return min((spans[id].start for id in layer.with_ if id in spans), default=Fraction(0))
    awaited = [id for id in layer.after if id in spans]
    over = (spans[id].end if layers[id].spec.end is not None else spans[id].ready for id in awaited)
    return max(over, default=Fraction(0))


def _seconds(time: Time | None, fps: Fraction) -> Fraction:
    return time.seconds(fps) if time is not None else Fraction(0)


def one_way_seconds(spec: LayerSpec, fps: Fraction, span: Fraction) -> Fraction:
    """How long a layer takes until only its loop is left; a path without a duration takes the whole span."""
    times = [Fraction(0)]
    if spec.in_ is not None:
        times.append(_seconds(spec.in_.delay, fps) + _seconds(spec.in_.duration, fps))
    if spec.keyframes is not None:
        times += [keys[-1].at.seconds(fps) for _, keys in spec.keyframes if keys]
    if spec.path is not None:
        times.append(spec.path.duration.seconds(fps) if spec.path.duration else max(Fraction(0), span))
    return max(times)


def stagger_turn(stagger: Stagger, index: int, count: int, seed: int = 0) -> Fraction:
    """How many times `each` the layer `index` of `count` (from below) waits; someone always begins at 0."""
    last = count - 1
    from_center = abs(Fraction(2 * index - last, 2)) - Fraction(last % 2, 2)
    turns = {
        "start": Fraction(index),
        "end": Fraction(last - index),
        "center": from_center,
        "edges": Fraction(last // 2) - from_center,
    }
    if stagger.from_ == "random":
        order = list(range(count))
        Random(seed).shuffle(order)
        return Fraction(order[index])
    return turns[stagger.from_]


def _wrong(layer: Resolved, span: Span, canvas: Canvas) -> list[BadInput]:
    def shown(seconds: Fraction) -> str:
        return write_time(Time(seconds))

    if span.start >= canvas.seconds:
        message = f"it begins at {shown(span.start)}, but the canvas is over at {shown(canvas.seconds)}"
        hint = "lengthen canvas.duration, or shorten start, delay or stagger"
        return [BadInput(message, hint=hint, where=layer.where)]
    if span.end <= span.start:
        message = f"it ends at {shown(span.end)}, before it begins at {shown(span.start)}"
        return [BadInput(message, hint="move `end` back, or let it begin earlier", where=layer.where)]
    return []
