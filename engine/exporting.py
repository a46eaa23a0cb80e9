"""Frames into files: as many encoders at once as cores and memory carry, every file checked before it counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .codecs import Stream
from .codecs.frame import Frame
from .composite.recompose import recomposes
from .export import Exporter, encoders_at_once
from .handoff import WRITERS
from .handoff.film import Film
from .manifest import Manifest, RecompositionEntry
from .output import Folder, layer_entry, rooted, write_handoff
from .pictures import Picture, Stage, cores, free_memory
from .plan import Job, Output, Plan
from .presets import export_presets
from .progress import Progress
from .proxies import Proxies, export_proxies
from .render.read import drawing_threads
from .stills import composite_frame, frame_of, missing_pictures, window_of, write_held, write_pictures
from .tile import Tile


@dataclass(frozen=True)
class _Target:
    """One file to make; `job` is None for a composite."""

    output: Output
    job: Job | None


def export_all(folder: Folder, stage: Stage, progress: Progress) -> Manifest:
    """Make every planned file that is not in the folder yet. On any exception nothing half-written stays."""
    plan = stage.plan
    todo = [target for target in _targets(plan) if target.output.path not in folder.finished]
    first, end = plan.frame_range
    steps = {target.output.path: 1 if target.output.role == "still" else end - first for target in todo}
    steps |= {output.path: end - first for output in plan.proxies if output.path not in folder.finished}
    progress.begin(steps | {output.path: 1 for output in missing_pictures(folder, plan)})
    try:
        for target in todo:
            if target.job is not None and target.output.role == "still":
                write_held(folder, stage, target.job, target.output)
                progress.advance(target.output.path)
        batches = passes([target for target in todo if target.output.role != "still"], plan)
        if any(output.path not in folder.finished for output in plan.proxies):
            _with_proxies(folder, stage, batches.pop(0) if batches else [], progress)
        for batch in batches:
            _Pass(folder, stage, batch, progress).run()
        write_pictures(folder, stage, progress)
        _hand_off(folder, stage, progress)
        return folder.close(_recomposition(stage))
    finally:
        progress.end()


def _with_proxies(folder: Folder, stage: Stage, batch: Sequence[_Target], progress: Progress) -> None:
    """The first walk over the frames fills the proxies too."""
    (output,) = stage.plan.proxies

    def walk(proxies: Proxies) -> None:
        _Pass(folder, stage, batch, progress, proxies).run()

    entry = export_proxies(folder.path / output.path, stage, folder.recipes, walk)
    folder.add(entry)


def _hand_off(folder: Folder, stage: Stage, progress: Progress) -> None:
    """What other programs open: it refers to the files that are in the manifest by now."""
    film = Film(stage.document, stage.plan, stage.fields, folder.manifest)
    for output in stage.plan.handoffs:
        if output.path not in folder.finished:
            writer = WRITERS[output.preset]
            content = writer.write(film)
            for remark in writer.remarks(content):
                progress.say(f"{output.path}: {remark}")
            folder.add(write_handoff(folder.path, output.path, content, writer.remarks(content)))


def _targets(plan: Plan) -> list[_Target]:
    layers = [_Target(output, job) for job in plan.jobs for output in job.outputs]
    return layers + [_Target(output, None) for output in plan.composites]


def passes(targets: Sequence[_Target], plan: Plan) -> list[list[_Target]]:
    """Files made together. More than the machine carries at once are made in several passes over the frames.

    Composites come first: they need every layer drawn anyway; the files of one layer stay together where they can.
    """
    most = encoders_at_once(plan.size, cores(), free_memory())
    ordered = sorted(targets, key=lambda target: target.job is not None)
    return [list(ordered[i : i + most]) for i in range(0, len(ordered), most)]


def _paper(plan: Plan) -> tuple[float, float, float] | None:
    """The opaque background of composites, where the layout gives one."""
    return plan.background[:3] if plan.background is not None and plan.background[3] == 1 else None


@dataclass
class _Pass:
    """One walk over the frames that fills several files."""

    folder: Folder
    stage: Stage
    targets: Sequence[_Target]
    progress: Progress
    proxies: Proxies | None = None
    _exporters: dict[str, Exporter] = field(default_factory=dict)
    _frames: dict[str, tuple[Tile, Frame]] = field(default_factory=dict)  # of every layer, the last one

    def run(self) -> None:
        try:
            with drawing_threads(max(1, cores() - len(self.targets))):
                self._open()
                self._fill()
                self._finish()
        finally:
            for exporter in self._exporters.values():
                exporter.abort()

    def _open(self) -> None:
        plan = self.stage.plan
        first, end = plan.frame_range
        for target in self.targets:
            path = self.folder.path / target.output.path
            stream = Stream(
                canvas=window_of(target.job, plan),
                fps=plan.fps,
                frames=end - first,
                start=first,
                straight=plan.alpha == "straight",
                background=None if target.job else _paper(plan),
                threads=max(1, cores() // len(self.targets)),
            )
            preset = export_presets()[target.output.preset]
            merge = preset.sequence and (first, end) != (0, plan.frames)
            self._exporters[target.output.path] = Exporter(path, stream, preset, quality=plan.quality, merge=merge)

    def _fill(self) -> None:
        shown = (target.job.layer for target in self.targets if target.job is not None)
        layers = tuple(dict.fromkeys((*shown, *(self.proxies.layers if self.proxies else ()))))
        with_composite = any(target.job is None for target in self.targets)
        with_composite = with_composite or (self.proxies is not None and self.proxies.composite)
        for picture in self.stage.pictures(layers, range(*self.stage.plan.frame_range), composite=with_composite):
            composite = composite_frame(picture, self.stage.plan)
            for target in self.targets:
                frame = composite if target.job is None else self._layer_frame(target.job, picture)
                assert frame is not None  # drawn because a target asked for it
                self._exporters[target.output.path].put(frame)
                self.progress.advance(target.output.path)
            if self.proxies is not None:
                self.proxies.put(picture)
                self.progress.advance(self.stage.plan.proxies[0].path)

    def _layer_frame(self, job: Job, picture: Picture) -> Frame:
        """The frame of a layer, shared by its files and kept while the layer does not change."""
        tile = picture.layers[job.layer]
        before = self._frames.get(job.layer)
        if before is None or before[0] is not tile:
            self._frames[job.layer] = before = tile, frame_of(tile, window_of(job, self.stage.plan))
        return before[1]

    def _finish(self) -> None:
        plan = self.stage.plan
        for target in self.targets:
            report = self._exporters[target.output.path].finish()
            layer = None
            if target.job is not None:
                layer = layer_entry(target.job, plan.jobs.index(target.job), self.stage.document)
            self.folder.add(rooted(report.entry(target.output.role, layer), target.output))


def _recomposition(stage: Stage) -> RecompositionEntry:
    """Whether the exported layers give the composite when stacked, and how exactly on the first frame."""
    jobs = stage.plan.jobs
    if any(not job.outputs for job in jobs):
        return RecompositionEntry(possible="no", why="not every layer was exported")
    found = [(job, recomposes(stage.document, job.layer)) for job in jobs]
    never = next(((job, stacks) for job, stacks in found if stacks.verdict == "no"), None)
    error = stage.recomposition_error(stage.plan.frame_range[0])
    if never is not None:
        return RecompositionEntry(possible="no", why=f"{never[0].path}: {never[1].reason}", error=error)
    blends = any(stacks.verdict == "needs-blend" for _, stacks in found)
    return RecompositionEntry(possible="needs-blend" if blends else "exact", error=error)
