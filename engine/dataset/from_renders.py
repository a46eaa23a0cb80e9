"""Output folders of `art animate` -> TDL: one sample a folder, its layer files read back, with its layout's prompts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..alpha import Planar, premultiply, quantised, unpremultiply
from ..errors import BadInput, Where
from ..files import sha256
from ..geometry import Box
from ..progress import Progress, Silent
from .tdl import LayerSample, Pixels, Sample, Source, first_shown, free_keys

if TYPE_CHECKING:
    from ..layout import LayerSpec, Layout
    from ..manifest import FileEntry, LayerEntry, Manifest

# Formats that keep the most come first; others follow as they stand in the manifest.
_BEST = ("ffv1", "png16", "png", "qtrle", "exr", "apng", "prores4444", "webm")


def samples(
    folders: Sequence[Path], *, fps: Fraction, side: int, licence: str = "not stated", provenance: str = "",
    progress: Progress | None = None,
) -> Iterator[Sample]:  # fmt: skip
    """One sample a folder at another rate, its canvas reduced to a longer side; nothing is enlarged.

    Raises MissingInput and BadInput for folders that `art animate` did not write or did not finish.
    """
    progress = progress or Silent()
    for folder, key in zip(folders, free_keys([folder.resolve().name for folder in folders]), strict=True):
        progress.say(f"reading {folder}")
        yield sample_of(folder, key, fps, side, licence, provenance)


def sample_of(folder: Path, key: str, fps: Fraction, side: int, licence: str, provenance: str) -> Sample:
    """All layers of a folder that have files with alpha, bottom to top. Raises as `samples`."""
    from ..manifest import NAME, read_manifest

    manifest = read_manifest(folder)
    if manifest.status != "finished":
        raise BadInput("the run was not finished", hint="`art animate --resume` completes it", where=Where(folder))
    entries = chosen(manifest)
    if not entries:
        hint = "animate with a layer format such as --format ffv1"
        raise BadInput("it has no layer files with alpha", hint=hint, where=Where(folder))
    layout, rate = _layout(folder, manifest), Fraction(manifest.fps)
    numbers = _numbers(manifest.frames, rate, fps)
    size, scale = _fitted(manifest.size, side)
    look = _Look(folder, manifest.size, size, scale, tuple(numbers), layout)
    layers = tuple(_layer(look, entry) for entry in entries)
    said = ", ".join(part for part in (f"{manifest.document.name} by {manifest.tool}", provenance) if part)
    source = Source(name=key, kind="renders", provenance=said, licence=licence, sha256=sha256(folder / NAME),
                    seed=manifest.seed, version=manifest.tool)  # fmt: skip
    return Sample(
        key=key, canvas=size, fps=fps, layers=layers, loop=bool(layout and layout.canvas.loop), source=source,
        global_prompt=(layout.global_prompt or "") if layout else "",
    )  # fmt: skip


def chosen(manifest: Manifest) -> list[FileEntry]:
    """The best file with alpha of each layer, bottom to top."""
    best: dict[int, FileEntry] = {}
    for entry in manifest.files:
        if entry.layer is not None and entry.role in ("layer", "still") and entry.alpha != "none":
            held = best.get(entry.layer.order)
            if held is None or _rank(entry) < _rank(held):
                best[entry.layer.order] = entry
    return [best[order] for order in sorted(best)]


def _rank(entry: FileEntry) -> int:
    return _BEST.index(entry.preset) if entry.preset in _BEST else len(_BEST)


def _numbers(frames: int, rate: Fraction, fps: Fraction) -> list[int]:
    """The frame nearest to each frame at another rate."""
    count = max(1, round(frames / rate * fps))
    return [min(frames - 1, int(index * rate / fps + Fraction(1, 2))) for index in range(count)]


def _fitted(size: tuple[int, int], side: int) -> tuple[tuple[int, int], float]:
    scale = min(1.0, side / max(size))
    return (max(1, round(size[0] * scale)), max(1, round(size[1] * scale))), scale


# --- prompts ----------------------------------------------------------------------------------------------------------


def _layout(folder: Path, manifest: Manifest) -> Layout | None:
    """The layout that was used, where the folder still has it."""
    from ..layout.read import load_layout

    path = next((folder / entry.path for entry in manifest.files if entry.role == "layout"), None)
    return load_layout(path) if path is not None and path.is_file() else None


def prompt_of(layout: Layout | None, layer: LayerEntry) -> str:
    """The prompt of the entry that names the layer; a name goes before a pattern."""
    entries = layout.layers if layout else ()
    found = [entry for exact in (True, False) for entry in entries if _names(entry, layer, exact=exact)]
    return next((entry.prompt for entry in found if entry.prompt), "")


def _names(entry: LayerSpec, layer: LayerEntry, *, exact: bool) -> bool:
    said, number = entry.layer or "", str(entry.id or "").removeprefix("#")
    if exact:
        return said in (layer.path, layer.name, layer.id) or number == layer.id.removeprefix("#")
    return bool(said) and fnmatchcase(layer.path, said)


# --- pixels -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    """How a folder's files become layers."""

    folder: Path
    canvas: tuple[int, int]  # of the files
    size: tuple[int, int]  # of the sample
    scale: float
    numbers: tuple[int, ...]  # of the file's frames
    layout: Layout | None


def _layer(look: _Look, entry: FileEntry) -> LayerSample:
    assert entry.layer is not None
    region = _region(entry.layer, look.size, look.scale)
    frames = _frames(look, entry, region)
    return LayerSample(
        name=entry.layer.name, prompt=prompt_of(look.layout, entry.layer), static=frames[first_shown(frames)],
        frames=frames, region=region, blend=entry.layer.blend,
    )  # fmt: skip


def _region(layer: LayerEntry, size: tuple[int, int], scale: float) -> Box:
    """The motion region on the reduced canvas; one pixel where nothing of it is inside."""
    x0, y0, x1, y1 = layer.region
    edges = (floor(x0 * scale), floor(y0 * scale), ceil(x1 * scale), ceil(y1 * scale))
    inside = Box(*edges) & Box(0, 0, *size)
    return Box(0, 0, 1, 1) if inside.is_empty else inside


def _frames(look: _Look, entry: FileEntry, region: Box) -> Pixels:
    """(t, h, w, 4) straight over the region; a still repeats. Raises BadInput for a file that cannot be read."""
    from ..codecs.decode import decode
    from ..verify import UNREADABLE

    path, wanted = look.folder / entry.path, np.array(look.numbers)
    frames = np.zeros((len(wanted), region.height, region.width, 4), np.uint8)
    straight, linear = entry.alpha == "straight", entry.colour is not None and entry.colour.transfer == "linear"
    try:
        for number, pixels in enumerate(decode(path, straight=straight, linear=linear, rate=entry.rate)):
            places = np.full(len(wanted), True) if entry.role == "still" else wanted == number
            if places.any():
                planar = np.ascontiguousarray(pixels.transpose(2, 0, 1))  # (4, h, w)
                frames[places] = _reduced(planar, entry, look.canvas, region, look.size)
    except UNREADABLE as error:
        hint = "`art verify` says what is wrong with the folder"
        raise BadInput(f"cannot be read: {error}", hint=hint, where=Where(path)) from error
    return frames


def _reduced(rgba: Planar, entry: FileEntry, canvas: tuple[int, int], region: Box, size: tuple[int, int]) -> Pixels:
    """A decoded frame, straight (4, h, w), on the reduced canvas and cut to the region: (h, w, 4) straight bytes."""
    import torch

    x, y = entry.offset
    whole = torch.zeros(4, canvas[1], canvas[0])
    kept = rgba[:, : canvas[1] - y, : canvas[0] - x]  # without what pads to even sizes
    whole[:, y : y + kept.shape[1], x : x + kept.shape[2]] = torch.from_numpy(premultiply(kept))
    if canvas != size:
        whole = torch.nn.functional.interpolate(whole[None], size[::-1], mode="bilinear", antialias=True)[0]
    cut = whole[:, region.y0 : region.y1, region.x0 : region.x1].clamp(0, 1).numpy()
    codes = quantised(unpremultiply(np.ascontiguousarray(cut)), 255)  # (4, h, w)
    return np.ascontiguousarray(codes.transpose(1, 2, 0), np.uint8)
