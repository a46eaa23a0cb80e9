"""Takes become exported frames, and frames become measurements; a process each, so that all cores work."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image

from ..codecs.decode import pictures
from ..codecs.frame import Frame
from ..composite import rest
from ..document import Document
from ..errors import BadInput, MissingInput, Where
from ..geometry import Box
from ..pictures import Stage, cores
from ..plan import Plan
from ..plan.field import exact_field
from ..readers import read
from .artwork import KINDS, Kept, kept
from .clip import Pixels, make_clip
from .items import FPS, SECONDS, Item
from .measure import Motion, measure
from .parts import Part, PartMotion, measure_part
from .takes import Fields, Staged, Take

SHOWN = 8  # frames of a strip
_HIGH = 96  # px of a strip


@dataclass(frozen=True, eq=False)
class Measured:
    """What a take's files show. `strip`: a few frames of all layers together, as PNG; `kept`: see `_kept`."""

    take: Take
    motions: Mapping[str, Motion]  # by layer name
    part: PartMotion | None
    strip: bytes
    kept: Kept | None = None


def measured_all(made: Iterable[tuple[Staged, Fields]], workers: int | None = None) -> Iterator[Measured]:
    """Takes drawn and measured, in the order they come, while more are being made."""
    count = workers or cores()
    if count == 1:
        for staged, fields in made:
            yield _measured(staged.take, staged.plan, fields)
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=alone) as pool:
        waiting: list[Future[Measured]] = []
        for staged, fields in made:
            waiting.append(pool.submit(_measured, staged.take, staged.plan, fields))
        for future in waiting:
            yield future.result()


def measured_folder(takes: Iterable[Take], folder: Path, workers: int | None = None) -> Iterator[Measured]:
    """Other programs' files: FOLDER/TAKE/LAYER.* or, of one layer, FOLDER/TAKE.*. Raises MissingInput, BadInput."""
    wanted = [(take, _found(take, folder)) for take in takes]
    if workers == 1:
        yield from map(_from_files, wanted)
        return
    with ProcessPoolExecutor(workers or cores(), mp_context=get_context("spawn"), initializer=alone) as pool:
        yield from pool.map(_from_files, wanted)


def alone() -> None:
    """One thread a process."""
    import cv2
    import torch

    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def _measured(take: Take, plan: Plan, fields: Fields) -> Measured:
    document = read(take.item.artwork)
    return _of_frames(take, document, filmed(document, plan, fields))


def filmed(document: Document, plan: Plan, fields: Fields) -> dict[str, list[Pixels]]:
    """By layer name its frames (h, w, 4), straight, as a lossless file shows them."""
    stage = Stage(document, plan, fields, "cpu")
    names = {job.layer: job.path for job in plan.jobs}
    frames: dict[str, list[Pixels]] = {name: [] for name in names.values()}
    for picture in stage.pictures(list(names), range(*plan.frame_range), composite=False):
        for layer, tile in picture.layers.items():
            frame = Frame.drawn(plan.canvas, tile.box, tile.rgba.numpy())
            frames[names[layer]].append(_placed(frame))
    return frames


def _placed(frame: Frame) -> Pixels:
    whole = np.zeros((frame.canvas.height, frame.canvas.width, 4), np.uint8)
    if not frame.box.is_empty:
        whole[frame.box.slices(frame.canvas)] = frame.rgba_codes(True, 8)
    return whole


def stills(document: Document) -> dict[str, Pixels]:
    """By layer name its picture at rest on the canvas (h, w, 4), straight."""
    tiles = {node.path: rest(document, node, "cpu") for node, _ in document.walk()}
    return {
        name: _placed(Frame.drawn(document.canvas, tile.box, tile.rgba.numpy())) for name, tile in tiles.items()
    }  # fmt: skip


def _of_frames(take: Take, document: Document, frames: Mapping[str, list[Pixels]]) -> Measured:
    item, still = take.item, stills(document)
    region = Box.from_xywh(*item.region) if item.region else None
    motions = {
        layer: measure(make_clip(film, still[layer], FPS, region, loop=item.loop)) for layer, film in frames.items()
    }
    strip = _strip(list(frames.values()))
    return Measured(take, motions, _part(item, still, frames), strip, _kept(take, still, frames, motions))


def _kept(
    take: Take, still: Mapping[str, Pixels], frames: Mapping[str, list[Pixels]], motions: Mapping[str, Motion]
) -> Kept | None:
    """How the artwork is kept by an item's own clip, where one motion of one layer is asked for that allows to say."""
    item = take.item
    if take.role != "own" or item.class_ not in ("basic", "modified") or item.kind not in KINDS:
        return None
    layer = next(iter(item.prompts))
    return kept(frames[layer], still[layer], motions[layer])


def _part(item: Item, still: Mapping[str, Pixels], frames: Mapping[str, list[Pixels]]) -> PartMotion | None:
    if item.mask is None or item.pivot is None:
        return None
    layer = next(iter(item.prompts))
    with Image.open(item.mask) as image:
        part = Part(np.array(image.convert("L")), item.pivot)
    return measure_part(frames[layer], still[layer], part, item.kind, FPS)


def _strip(layers: list[list[Pixels]]) -> bytes:
    """SHOWN frames beside one another, layers over one another, on grey."""
    count = len(layers[0])
    panels = []
    for index in np.linspace(0, count - 1, SHOWN).round().astype(int):
        height, width = layers[0][0].shape[:2]
        panel = Image.new("RGBA", (width, height), "#d9d7de")
        for film in layers:
            panel.alpha_composite(Image.fromarray(film[index]))
        panels.append(np.asarray(panel.convert("RGB").resize((round(width * _HIGH / height), _HIGH))))
    file = io.BytesIO()
    Image.fromarray(np.concatenate(panels, axis=1)).quantize(96).save(file, "PNG", optimize=True)
    return file.getvalue()


# --- files of other programs ------------------------------------------------------------------------------------------


def _found(take: Take, folder: Path) -> dict[str, Path]:
    """The file (or folder of numbered PNGs) of every layer that has a prompt."""
    layers = list(take.item.prompts)
    found = {}
    for layer in layers:
        tried = [*sorted((folder / take.name).glob(f"{layer}.*")), folder / take.name / layer]
        if len(layers) == 1:
            tried += [*sorted(folder.glob(f"{take.name}.*")), folder / take.name]
        tried = [p for p in tried if p.suffix.lower() in _MOVIES or (p.is_dir() and any(p.glob("*.png")))]
        if not tried:
            hint = "docs/evaluation.md says how files are named"
            raise MissingInput(f"there is no file for {take.name}, layer {layer}", hint=hint, where=Where(folder))
        found[layer] = tried[0]
    return found


_MOVIES = (".mkv", ".mov", ".webm", ".avi", ".png", ".apng", ".webp", ".gif", ".mp4")


def _from_files(wanted: tuple[Take, dict[str, Path]]) -> Measured:
    take, files = wanted
    document = read(take.item.artwork)
    still = stills(document)
    frames = {layer: _read_frames(path, still[layer]) for layer, path in files.items()}
    longest = max(len(film) for film in frames.values())
    frames |= {layer: [picture] * longest for layer, picture in still.items() if layer not in frames}
    return _of_frames(take, document, frames)


def _read_frames(path: Path, still: Pixels) -> list[Pixels]:
    """(h, w, 4) straight frames. Raises BadInput for another size or length than the bench's."""
    film = [
        (picture.rgba().transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8) for _, picture in pictures(path, rate=None)
    ]
    if len(film) != FPS * SECONDS:
        raise BadInput(f"{len(film)} frames, not {FPS * SECONDS}: {SECONDS} s at {FPS} a second", where=Where(path))
    if film[0].shape != still.shape:
        sizes = f"{film[0].shape[1]}x{film[0].shape[0]}, not {still.shape[1]}x{still.shape[0]}"
        raise BadInput(f"the picture is {sizes}", where=Where(path))
    return film


def exact_fields(staged: Staged) -> Fields:
    """The fields of a take whose layers have exact motions alone."""
    plan = staged.plan
    return {job.layer: exact_field(job, plan.fps, plan.frames, loop=plan.loop) for job in plan.jobs if job.moves}
