"""`OUT/proxies`: what `art preview` plays. Small movies of every layer, made while the frames are drawn anyway.

A movie is a sheet: a few layers side by side, their straight colour above, their alpha below as grey. Colour is bled
under alpha 0, so that neither 4:2:0 nor the codec shows at an edge. A layer that never changes is one WebP.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from ..alpha import Planar, bleed, quantised
from ..codecs.bleed import CELL, bled
from ..codecs.colour import black, to_yuv420
from ..codecs.decode import probe
from ..codecs.frame import Blit
from ..codecs.movie import MovieWriter, Recipe
from ..composite.recompose import recomposes
from ..errors import CheckFailed, Where
from ..export import make_way, parts_of
from ..files import atomic
from ..geometry import Box
from ..manifest import FileEntry
from ..pictures import Picture, Stage
from ..plan import APART, Plan
from ..recipes import Recipes, digest
from ..tile import Tile
from .facts import index_of
from .grid import Grid, Sheet, grid_for, sheets_for, turns
from .index import Place, SheetFile, write_index
from .kept import Kept, write_recipes

COMPOSITE = ""  # its key among the ids of layers
KEY_FRAMES = 15  # frames from one to the next: the most that a jump has to decode
# names and meaning: libvpx; one thread, so that equal runs give equal bytes
_VP9: dict[str, str | int | float] = {
    "b": 0, "crf": 26, "deadline": "realtime", "cpu-used": 8, "lag-in-frames": 0, "auto-alt-ref": 0, "row-mt": 0,
    "g": KEY_FRAMES,
}  # fmt: skip
_STILL: dict[str, Any] = {"format": "WEBP", "quality": 90, "method": 4, "exact": True}


def export_proxies(path: Path, stage: Stage, recipes: Recipes, walk: Callable[[Proxies], None]) -> FileEntry:
    """Make the folder of proxies at `path`: `walk` gives every frame to `put`. Whole, or not at all.

    Of a folder that is there already, every file whose recipe is still the same is taken over.
    """
    with atomic(path) as temporary:
        temporary.mkdir()
        proxies = Proxies(temporary, stage, recipes, Kept(path))
        try:
            walk(proxies)
        finally:
            proxies.close()
        proxies.finish(Where(path))
        parts = parts_of(temporary, path.name)
        make_way(path, temporary)
    plan = stage.plan
    return FileEntry(path=path.name, role="proxy", parts=parts, codec="vp9", fps=str(plan.fps), frames=plan.frames)


class Proxies:
    """The folder while it is filled. `layers`: those that `put` wants of every frame; `composite`: that too."""

    def __init__(self, folder: Path, stage: Stage, recipes: Recipes, kept: Kept) -> None:
        self._folder, self._stage, plan = folder, stage, stage.plan
        self._canvas, self._kept = plan.canvas, kept
        self._seen = {**recipes.layers, COMPOSITE: recipes.composite}
        self._made: dict[str, str] = {}  # what every file of the folder is made of
        reaches = {job.layer: job.region & plan.canvas for job in plan.jobs}
        moving = [job.layer for job in plan.jobs if job.moves or job.rides]
        self.grid = grid_for(plan.canvas, [reaches[layer] for layer in moving])
        self._crops = {layer: self.grid.crop(box) for layer, box in reaches.items()}
        self._sheets = self._arranged(moving)
        if any(recomposes(stage.document, job.layer).verdict == "no" for job in plan.jobs):
            self._crops[COMPOSITE] = self.grid.crop(plan.canvas)
            self._sheets += sheets_for({COMPOSITE: self._crops[COMPOSITE]})
        self._blits: dict[str, tuple[object, list[Blit]]] = {}  # of every crop, the last picture and its codes
        todo = [number for number, sheet in enumerate(self._sheets) if not self._taken(number, sheet)]
        drawn = [key for number in todo for key in self._sheets[number].places]
        self.layers = tuple(layer for layer in moving if layer in drawn)
        self.composite = COMPOSITE in drawn
        self._boxes: dict[str, list[Box]] = {key: [] for key in drawn}  # what each covers of its crop, frame by frame
        self._writers = {n: MovieWriter(folder / _sheet_name(n), _recipe(self._sheets[n], plan)) for n in todo}

    def _arranged(self, moving: list[str]) -> list[Sheet]:
        """A few layers a sheet; each its own where renderings follow one another, so that the others stay."""
        crops = {layer: self._crops[layer] for layer in moving}
        if self._stage.plan.proxies[0].preset != APART:
            return sheets_for(crops)
        return [sheet for layer, crop in crops.items() for sheet in sheets_for({layer: crop})]

    def _taken(self, number: int, sheet: Sheet) -> bool:
        """The sheet is there already."""
        shown = sorted((at, _edges(self._crops[key]), self._seen[key]) for key, at in sheet.places.items())
        return self._take(_sheet_name(number), [_VP9, sheet.size, self.grid.up, self.grid.down, shown])

    def _take(self, name: str, made_of: object) -> bool:
        self._made[name] = digest(made_of)
        return self._kept.take(self._made[name], self._folder / name)

    def put(self, picture: Picture) -> None:
        """Take the next frame."""
        for number, writer in self._writers.items():
            sheet = self._sheets[number]
            writer.put([blit for key in sheet.places for blit in self._codes(key, sheet, picture)])

    def _codes(self, key: str, sheet: Sheet, picture: Picture) -> list[Blit]:
        """The codes of one crop, kept while its layer does not change."""
        tile = self._tile(key, picture)
        before = self._blits.get(key)
        if before is None or before[0] is not tile:
            small = shrunk(tile, self._crops[key], self.grid, self._canvas)
            self._blits[key] = before = tile, _packed(small, sheet.places[key], sheet.size[1])
        self._boxes[key].append(self.grid.crop(tile.box & self._canvas) & self._crops[key])
        return before[1]

    def _tile(self, key: str, picture: Picture) -> Tile:
        if key != COMPOSITE:
            return picture.layers[key]
        assert picture.composite is not None  # drawn because `composite` asked for it
        return Tile(self._canvas, torch.from_numpy(picture.composite))

    def close(self) -> None:
        """Finish the movies; the second call does nothing."""
        for writer in self._writers.values():
            writer.close()

    def finish(self, where: Where) -> None:
        """Check the movies, write the stills and the index. Raises CheckFailed."""
        for number in range(len(self._sheets)):
            frames = probe(self._folder / _sheet_name(number)).frames
            if frames != self._stage.plan.frames:
                raise CheckFailed(
                    f"{_sheet_name(number)} has {frames} frames, not {self._stage.plan.frames}", where=where
                )
        places = {key: self._place(number, key) for number, sheet in enumerate(self._sheets) for key in sheet.places}
        for number, job in enumerate(self._stage.plan.jobs):
            if job.layer not in places:
                places[job.layer] = self._still(job.layer, f"{number:02d}.webp")
        files = tuple(SheetFile(file=_sheet_name(number), size=_movie_size(s)) for number, s in enumerate(self._sheets))
        write_index(self._folder, index_of(self._stage.document, self._stage.plan, self.grid, files, places))
        write_recipes(self._folder, self._made)

    def _place(self, number: int, key: str) -> Place:
        """A sheet that was taken over shows what it showed."""
        crop, at = self._crops[key], self._sheets[number].places[key]
        boxes = self._boxes.get(key)
        shown = self._kept.shown(_sheet_name(number), at) if boxes is None else turns(boxes, crop)
        return Place(crop=_edges(crop), sheet=number, at=at, shown=shown)

    def _still(self, layer: str, name: str) -> Place:
        crop = self._crops[layer]
        if crop.is_empty:
            return Place(crop=_edges(crop))
        if self._take(name, [_STILL, self.grid.up, self.grid.down, _edges(crop), self._seen[layer]]):
            return Place(crop=_edges(crop), still=name)
        tile = self._stage.compositor.layer_tile(layer, {})
        _write_still(self._folder / name, shrunk(tile, crop, self.grid, self._canvas))
        return Place(crop=_edges(crop), still=name)


def shrunk(tile: Tile, crop: Box, grid: Grid, canvas: Box) -> Planar:
    """Premultiplied (4, h, w) of a crop (proxy px) of a tile on the canvas: means of areas."""
    small = np.zeros((4, crop.height, crop.width), np.float32)
    inside = tile.cropped(canvas)
    cells = grid.cells(inside.box)
    whole = grid.small(cells)
    place = whole & crop
    if not inside.box.is_empty and not place.is_empty:
        planes = [
            cv2.resize(plane, whole.size, interpolation=cv2.INTER_AREA) for plane in _filled(inside, cells, canvas)
        ]
        rows, columns = place.slices(whole)
        small[(slice(None), *place.slices(crop))] = np.stack(planes)[:, rows, columns]
    return small


def _filled(tile: Tile, cells: Box, canvas: Box) -> Planar:
    """(4, h, w) of a tile over whole cells. Cells that the canvas ends in repeat its edge: its rim stays covered."""
    rgba: Planar = tile.rgba.cpu().numpy()
    if tile.box == cells:
        return rgba
    block = np.zeros((4, cells.height, cells.width), np.float32)
    block[(slice(None), *tile.box.slices(cells))] = rgba
    right, bottom = canvas.x1 - cells.x0, canvas.y1 - cells.y0
    if right < cells.width:
        block[:, :, right:] = block[:, :, right - 1, None]
    if bottom < cells.height:
        block[:, bottom:] = block[:, bottom - 1, None]
    return block


def _packed(rgba: Planar, at: tuple[int, int], height: int) -> list[Blit]:
    """Premultiplied (4, h, w) as codes for a sheet whose colour is `height` px high."""
    _, rows, columns = rgba.shape
    whole = np.pad(rgba, ((0, 0), (0, -rows % CELL), (0, -columns % CELL)), mode="edge")
    luma, blue, red = to_yuv420(bled(whole))
    alpha = (quantised(whole[3], 255) * np.float32(219 / 255) + np.float32(16.5)).astype(np.uint8)
    x, y = at
    return [
        Blit(0, x, y, luma),
        Blit(1, x // 2, y // 2, blue),
        Blit(2, x // 2, y // 2, red),
        Blit(0, x, y + height, alpha),
    ]


def _write_still(path: Path, rgba: Planar) -> None:
    """Premultiplied (4, h, w) as a WebP of straight, bled colour and exact alpha."""
    from PIL import Image

    codes = quantised(bleed(rgba), 255).transpose(1, 2, 0)
    Image.fromarray(np.ascontiguousarray(codes)).save(path, **_STILL)


def _recipe(sheet: Sheet, plan: Plan) -> Recipe:
    return Recipe(
        container="webm", encoder="libvpx-vp9", pixel_format="yuv420p", size=_movie_size(sheet), fps=plan.fps,
        blank=black(8), blits=lambda _frame: [], encoder_options=_VP9, threads=1,
    )  # fmt: skip


def _movie_size(sheet: Sheet) -> tuple[int, int]:
    return sheet.size[0], 2 * sheet.size[1]


def _sheet_name(number: int) -> str:
    return f"sheet-{number}.webm"


def _edges(box: Box) -> tuple[int, int, int, int]:
    return box.x0, box.y0, box.x1, box.y1
