"""Single PNGs of a result: layers that hold, moments that were asked for, contact sheet and parts."""

from __future__ import annotations

from itertools import groupby

from PIL.Image import Image

from .codecs.frame import Frame
from .codecs.png import write_still
from .export import parts_of
from .files import atomic, make_folder
from .geometry import Box
from .manifest import ColourEntry, FileEntry
from .output import Folder, layer_entry, rooted, still_entry
from .part_sheets import part_sheet
from .pictures import Picture, Stage
from .plan import Job, Output, Plan, Sheet, Snapshot
from .progress import Progress
from .sheets import motion_sheet
from .tile import Tile


def write_held(folder: Folder, stage: Stage, job: Job, output: Output) -> None:
    """The one picture of a layer that does not move."""
    frame = frame_of(stage.compositor.layer_tile(job.layer, {}), window_of(job, stage.plan))
    _add(folder, output, _write_frame(folder, stage, output, frame, job))


def missing_pictures(folder: Folder, plan: Plan) -> list[Output]:
    """What `write_pictures` has to make."""
    return [output for output in (*plan.snapshots, *plan.sheets) if output.path not in folder.finished]


def write_pictures(folder: Folder, stage: Stage, progress: Progress) -> None:
    """The moments, sheets and parts that are not there yet. Only the frames they show are drawn."""
    todo = missing_pictures(folder, stage.plan)
    moments = [output for output in todo if isinstance(output, Snapshot)]
    for index, wanted in groupby(moments, key=lambda snapshot: snapshot.frame):
        _write_moment(folder, stage, index, list(wanted), progress)
    _write_sheets(folder, stage, [output for output in todo if isinstance(output, Sheet)], progress)


def _write_moment(folder: Folder, stage: Stage, index: int, wanted: list[Snapshot], progress: Progress) -> None:
    jobs = {job.layer: job for job in stage.plan.jobs}
    layers = [snapshot.layer for snapshot in wanted if snapshot.layer]
    (picture,) = stage.pictures(layers, range(index, index + 1), composite=len(layers) < len(wanted))
    for snapshot in wanted:
        job = jobs.get(snapshot.layer)
        frame = composite_frame(picture, stage.plan) if job is None else _layer_frame(picture, job, stage.plan)
        assert frame is not None  # drawn because it is wanted
        entry = _write_frame(folder, stage, snapshot, frame, job)
        shown = entry.model_copy(update={"role": "picture", "preset": "", "start": index, "frames": 1})
        _add(folder, snapshot, shown)
        progress.advance(snapshot.path)


def _write_sheets(folder: Folder, stage: Stage, todo: list[Sheet], progress: Progress) -> None:
    if any(not sheet.layer for sheet in todo):
        pages = (sheet for sheet in stage.plan.sheets if not sheet.layer)
        for page, drawn in zip(pages, motion_sheet(stage), strict=True):
            if page in todo:
                _write_sheet(folder, page, drawn, progress)
    jobs = {job.layer: job for job in stage.plan.jobs}
    for sheet in todo:
        if sheet.layer:
            _write_sheet(folder, sheet, part_sheet(stage, jobs[sheet.layer]), progress)


def _write_sheet(folder: Folder, sheet: Sheet, drawn: Image, progress: Progress) -> None:
    path = folder.path / sheet.path
    make_folder(path.parent)
    with atomic(path) as temporary:
        drawn.save(temporary, "PNG", optimize=True)
    entry = FileEntry(
        path=path.name, role="picture", parts=parts_of(path, path.name), codec="png", pixel_format="rgb24",
        size=drawn.size, colour=ColourEntry(),
    )  # fmt: skip
    _add(folder, sheet, entry)
    progress.advance(sheet.path)


def _add(folder: Folder, output: Output, entry: FileEntry) -> None:
    folder.add(rooted(entry, output))


def _write_frame(folder: Folder, stage: Stage, output: Output, frame: Frame, job: Job | None) -> FileEntry:
    plan, path = stage.plan, folder.path / output.path
    straight = plan.alpha == "straight"
    make_folder(path.parent)
    with atomic(path) as temporary:
        write_still(temporary, frame, straight=straight)
    layer = layer_entry(job, plan.jobs.index(job), stage.document) if job else None
    return still_entry(path, layer, window_of(job, plan), straight=straight)


# --- tiles as the pictures of files -----------------------------------------------------------------------------------


def window_of(job: Job | None, plan: Plan) -> Box:
    """The part of the canvas that a file shows."""
    if job is None or plan.crop == "canvas" or job.region.is_empty:
        return plan.canvas
    return job.region


def frame_of(tile: Tile, window: Box) -> Frame:
    return Frame.drawn(window, tile.box, tile.rgba.cpu().numpy())


def composite_frame(picture: Picture, plan: Plan) -> Frame | None:
    if picture.composite is None:
        return None
    return Frame.drawn(plan.canvas, plan.canvas, picture.composite)


def _layer_frame(picture: Picture, job: Job, plan: Plan) -> Frame:
    return frame_of(picture.layers[job.layer], window_of(job, plan))
