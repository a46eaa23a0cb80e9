"""What the index of the proxies says of a plan and its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from ..composite.recompose import recomposes
from ..document import Document
from ..motion.keyframes import Keyframes
from ..output import layer_entry
from ..plan import Job, Plan
from .grid import Grid
from .index import LayerProxy, Motion, MotionSlot, Place, ProxyIndex, SheetFile


def index_of(
    document: Document, plan: Plan, grid: Grid, sheets: tuple[SheetFile, ...], places: Mapping[str, Place]
) -> ProxyIndex:
    """The index of proxies that stand at `places`, by layer; the composite's key is empty."""
    stacks = ((job, recomposes(document, job.layer)) for job in plan.jobs)
    why = next((f"{job.path}: {found.reason}" for job, found in stacks if found.verdict == "no"), "")
    return ProxyIndex(
        source=plan.source, size=plan.size, fps=str(plan.fps), frames=plan.frames, loop=plan.loop,
        linear=document.linear, background=plan.background, prompt=plan.global_prompt, scale=(grid.up, grid.down),
        small=(-(-plan.size[0] * grid.up // grid.down), -(-plan.size[1] * grid.up // grid.down)), sheets=sheets,
        layers=tuple(_layer(job, order, document, plan, places[job.layer]) for order, job in enumerate(plan.jobs)),
        composite=places.get(""), why=why,
    )  # fmt: skip


def _layer(job: Job, order: int, document: Document, plan: Plan, place: Place) -> LayerProxy:
    entry = layer_entry(job, order, document)
    said = (" ".join(filter(None, (note.kind, note.what, note.detail))) for note in entry.notes)
    return LayerProxy(
        id=job.layer, path=job.path, name=entry.name, kind=job.kind, blend=job.blend, opacity=entry.opacity,
        baked=entry.baked, recomposes=entry.recomposes, why=entry.why, region=entry.region,
        region_given=job.region_given, frames=job.frames, motions=tuple(_motions(job, plan)), rides=job.rides,
        notes=(*job.notes, *said), place=place,
    )  # fmt: skip


def _motions(job: Job, plan: Plan) -> Iterator[Motion]:
    """What the timeline shows of a layer, in the order in which it is applied."""
    end = Fraction(job.frames[1]) / plan.fps
    if job.prompt is not None:
        start = Fraction(0) if plan.loop else job.prompt.start
        yield _motion("prompt", job.prompt.text, start, end - start)
    for slot in job.slots:
        yield _motion(slot.slot, slot.motion, slot.start, slot.duration)
    if job.keyframes is not None:
        yield _motion("keyframes", "keyframes", job.keyframes.start, _length(job.keyframes))
    if job.travel is not None:
        yield _motion("path", "path", job.travel.start, job.travel.duration)


def _length(keys: Keyframes) -> Fraction:
    tracks = (keys.position, keys.rotation, keys.scale, keys.shear, keys.opacity)
    return max((key.at for track in tracks for key in track), default=Fraction(0))


def _motion(slot: MotionSlot, name: str, start: Fraction, duration: Fraction) -> Motion:
    return Motion(slot=slot, name=name, start=round(float(start), 6), duration=round(float(duration), 6))
