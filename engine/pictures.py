"""The moving picture, frame by frame: every layer drawn by its field, and all of them composited."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from .alpha import Planar
from .blend import blend_over
from .composite import Compositor, fidelity, rest
from .document import Document, Node
from .errors import BadInput, Unavailable
from .geometry import Box
from .motion_field import Moment, MotionField, at
from .plan import Job, Plan
from .render import Sprite, draw, prepare
from .still import to_encoded, to_linear
from .tile import Tile

# of measured errors: sums depend on the number of threads in their last bits, manifests may not
_DECIMALS = 6


@dataclass(frozen=True, eq=False)
class Picture:
    """One frame. Layers are by job id, as their files show them; a layer that did not change is the same object."""

    index: int
    layers: Mapping[str, Tile]
    composite: Planar | None  # premultiplied (4, H, W)


def choose_device(name: str) -> str:
    """`auto` is CUDA where there is one. Raises Unavailable for a device that is absent, BadInput for other words."""
    if name == "cpu":
        return name
    if name != "auto" and name != "cuda" and not name.removeprefix("cuda:").isdigit():
        raise BadInput(f"{name!r} is not a device", hint="write auto, cpu, cuda or cuda:0")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return "cuda" if count else "cpu"
    if int(name.partition(":")[2] or 0) >= count:
        have = f"there are {count}" if count else "there is no CUDA device"
        raise Unavailable(f"cannot use {name}: {have}", hint="use --device cpu, or see `art doctor`")
    return name


class Stage:
    """Draws frames of a plan, in any order, on one device. `fields` has a field for every job that moves."""

    def __init__(self, document: Document, plan: Plan, fields: Mapping[str, MotionField], device: str) -> None:
        self.document, self.plan, self.fields, self.device = document, plan, fields, device
        self._jobs = {job.layer: job for job in plan.jobs}
        self._nodes: dict[str, Node] = {node.id: node for node, _ in document.walk()}
        # their files depend on other layers: they, or groups around them, are clipped
        self._clipped = {n.id for n, groups in document.walk() if any(each.clipped for each in (n, *groups))}
        self.compositor = Compositor(document, device=device, animated=tuple(fields), background=plan.background)
        self._sprites: dict[str, Sprite] = {}
        self._drawn: dict[str, tuple[Moment, Tile]] = {}
        self._shown: dict[str, tuple[tuple[Tile, ...], Tile]] = {}

    def still(self, layer: str) -> Tile:
        """A node at rest: its pixels times its masks."""
        return rest(self.document, self._nodes[layer], self.device)

    def pictures(self, layers: Collection[str], frames: range, *, composite: bool) -> Iterator[Picture]:
        """Frames in order, with the layer files of `layers`. Only what these need is drawn."""
        needed = set(self.fields) if composite or any(layer in self._clipped for layer in layers) else set(layers)
        for index in frames:
            tiles = {layer: self._tile(layer, index) for layer in self.fields if layer in needed}
            shown = {layer: self._layer(layer, tiles) for layer in layers}
            yield Picture(index, shown, self._composite(tiles) if composite else None)

    def _tile(self, layer: str, index: int) -> Tile:
        job, field = self._jobs[layer], self.fields[layer]
        moment = at(field, float(index / self.plan.fps))
        before = self._drawn.get(layer)
        if before is not None and _same(before[0], moment):
            return before[1]
        if layer not in self._sprites:
            self._sprites[layer] = prepare(self.still(layer), field, self.device)
        tile = draw(self._sprites[layer], moment, _bounds(job, self.plan))
        self._drawn[layer] = moment, tile
        return tile

    def _layer(self, layer: str, tiles: Mapping[str, Tile]) -> Tile:
        """As the layer's file shows it; kept while nothing it is made of changes."""
        parts = tuple(tiles.values()) if layer in self._clipped or layer not in tiles else (tiles[layer],)
        before = self._shown.get(layer)
        if before is None or any(old is not new for old, new in zip(before[0], parts, strict=True)):
            self._shown[layer] = before = parts, self.compositor.layer_tile(layer, tiles)
        return before[1]

    def _composite(self, tiles: Mapping[str, Tile]) -> Planar:
        return self.compositor.frame(tiles).cpu().numpy().copy()

    def fidelity(self) -> float | None:
        """Mean error (0..1) of the still against the document's own preview, over white; None without a preview."""
        found = fidelity(self.document, self.device)
        return None if found is None else round(found.mean / 255, _DECIMALS)

    def recomposition_error(self, index: int) -> float:
        """Root mean square (0..1) between the composite and the layer files stacked with their blend modes."""
        tiles = {layer: self._tile(layer, index) for layer in self.fields}
        canvas = self.plan.canvas
        stacked = torch.zeros(4, canvas.height, canvas.width, device=self.device)
        if self.plan.background is not None:
            *color, alpha = self.plan.background
            stacked += torch.tensor([*(value * alpha for value in color), alpha], device=self.device)[:, None, None]
        stacked = self._enter(Tile(canvas, stacked)).rgba
        for job in self.plan.jobs:
            shown = self._enter(self.compositor.layer_tile(job.layer, tiles).cropped(canvas))
            rows, columns = shown.box.slices(canvas)
            blend_over(stacked[:, rows, columns], shown.rgba, job.blend)
        stacked = to_encoded(stacked) if self.document.linear else stacked
        error = float((stacked - self.compositor.frame(tiles)).double().square().mean().sqrt())
        return round(error, _DECIMALS)

    def _enter(self, tile: Tile) -> Tile:
        """In the light that the document blends in."""
        return to_linear(tile) if self.document.linear else tile


def _bounds(job: Job, plan: Plan) -> Box:
    return job.region if job.region_given else plan.canvas


def _same(a: Moment, b: Moment) -> bool:
    """Two moments draw the same picture."""
    if a.patch is not None or b.patch is not None:
        return False
    for old, new in zip(a.parts, b.parts, strict=True):
        scalars = ("opacity", "gain", "blur", "hue", "glow")
        if any(getattr(old, name) != getattr(new, name) for name in scalars):
            return False
        if not np.array_equal(old.matrix, new.matrix):
            return False
        for name in ("flow", "opacity_grid", "gain_grid"):
            first, second = getattr(old, name), getattr(new, name)
            if first is not None and not np.array_equal(first.values, second.values):
                return False
    return True


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> int:
    """Bytes of memory that can be used without swapping; 4 GiB where the system does not tell."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 4 << 30
