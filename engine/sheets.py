"""Contact sheets, PNGs to be looked at in a chat or on a CI page: every layer of a design, every moment of a result."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

from .boxes import opaque_box
from .composite import Compositor, rest
from .document import Document
from .files import atomic, visible
from .pictures import Picture, Stage
from .plan import Job, Plan
from .plan.outputs import SHEET_LAYERS

_PAPER, _INK, _PALE, _ACCENT = (23, 24, 28), (236, 237, 241), (146, 151, 162), (125, 178, 255)
_BOARDS = ((0.88, 0.80), (0.28, 0.22))  # checkers for dark and for light artwork
_SQUARE = 8  # px of a checker
_ENLARGED = 3.0  # at most: small layers are to be seen, not to become blocks
Size = tuple[int, int]
RGB = tuple[int, int, int]
Keep = Literal["start", "end"]


# --- one picture on a checkerboard ------------------------------------------------------------------------------------


def reduced(rgba: torch.Tensor, most: Size) -> torch.Tensor:
    """A premultiplied (4, h, w) picture fitted into `most` (width, height)."""
    height, width = rgba.shape[1:]
    scale = min(most[0] / max(1, width), most[1] / max(1, height), _ENLARGED)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return torch.nn.functional.interpolate(rgba[None].float(), size, mode="bilinear", antialias=True)[0].cpu()


def panel(small: torch.Tensor, size: Size, *, light: bool, square: int = _SQUARE) -> Image.Image:
    """A premultiplied (4, h, w) picture in the middle of a checkerboard; `light` artwork gets the dark one."""
    y, x = np.indices((size[1], size[0])) // square
    board = np.where((x + y) % 2 == 0, *_BOARDS[light]).astype(np.float32)
    shown = np.broadcast_to(board, (3, *board.shape)).copy()  # (3, h, w)
    height, width = small.shape[1:]
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    under = shown[:, top : top + height, left : left + width]
    under[:] = small[:3].numpy() + (1 - small[3].numpy()) * under
    return Image.fromarray((shown.clip(0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0))


def is_light(pictures: Sequence[torch.Tensor]) -> bool:
    """Whether what is drawn in premultiplied (4, h, w) pictures would drown on a light ground."""
    total = sum((picture.sum(dim=(1, 2)) for picture in pictures), torch.zeros(4))
    luma = torch.tensor([0.2126, 0.7152, 0.0722])
    return bool((total[:3] * luma).sum() > 0.62 * total[3])


# --- words ------------------------------------------------------------------------------------------------------------


# Pillow's own type has few letters beyond ASCII: names in other letters are set in what the system has
_FONTS = ("NotoSans-Regular.ttf", "DejaVuSans.ttf", "NotoSansCJK-Regular.ttc", "Arial Unicode.ttf", "arial.ttf")
_UNKNOWN = "\ue0ff"  # no font has it


def type_for(text: str, size: int) -> Any:
    """Pillow's own font, else the first of the system's that has all letters; where none has, some are boxes."""
    own = ImageFont.load_default(size)
    if text.isascii() or _has(own, text):
        return own
    found = [font for name in _FONTS if (font := _system_font(name, size)) is not None]
    return next((font for font in found if _has(font, text)), found[0] if found else own)


@cache
def _system_font(name: str, size: int) -> Any:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _has(font: Any, text: str) -> bool:
    unknown = bytes(font.getmask(_UNKNOWN))
    return all(letter.isspace() or bytes(font.getmask(letter)) != unknown for letter in set(text))


def put(
    pen: ImageDraw.ImageDraw, place: Size, text: str, size: int, width: int, *, ink: RGB = _INK, keep: Keep = "start",
    anchor: str = "la",
) -> None:  # fmt: skip
    """One line of type, at most `width` px long; of a longer one the start or the end is kept, with an ellipsis."""
    text = visible(text)
    font = type_for(text, size)
    while font.getlength(text) > width and len(text) > 2:
        text = text[:-2].rstrip() + "…" if keep == "start" else "…" + text[2:]
    pen.text(place, text, font=font, fill=ink, anchor=anchor)


# --- the layers of a design -------------------------------------------------------------------------------------------

_THUMB, _COLUMNS, _MARGIN, _LABEL = 220, 5, 16, 30  # px: a thumbnail's side; of the page; around; for a name


def write_design_sheet(document: Document, path: Path) -> None:
    """The composite and every layer by itself, as one PNG. Raises CannotWrite."""
    thumbs = list(thumbnails(document, (_THUMB, _THUMB), (_THUMB, _THUMB)))
    columns = min(_COLUMNS, len(thumbs))
    cell = (_THUMB + _MARGIN, _THUMB + _LABEL + _MARGIN)
    rows = -(-len(thumbs) // columns)
    page = Image.new("RGB", (columns * cell[0] + _MARGIN, rows * cell[1] + _MARGIN), _PAPER)
    pen = ImageDraw.Draw(page)
    for index, (label, small) in enumerate(thumbs):
        x, y = _MARGIN + index % columns * cell[0], _MARGIN + index // columns * cell[1]
        page.paste(panel(small, (_THUMB, _THUMB), light=is_light([small])), (x, y))
        put(pen, (x, y + _THUMB + 8), label, 14, _THUMB, keep="end")
    with atomic(path) as temporary:
        page.save(temporary, "PNG", optimize=True)


def thumbnails(document: Document, whole: Size, each: Size) -> Iterator[tuple[str, torch.Tensor]]:
    """Premultiplied (4, h, w) of the composite and of what every visible layer shows, bottom to top, with names."""
    yield document.source.name, reduced(Compositor(document, device="cpu").frame({}), whole)
    for layer in document.layers():
        if layer.visible and layer.adjustment is None and not layer.box.is_empty:
            yield layer.path, reduced(rest(document, layer).cropped(opaque_box(layer)).rgba, each)


# --- the moments of a result ------------------------------------------------------------------------------------------

_WIDTH, _EDGE, _GAP = 2400, 36, 6  # px: of the page; around it; between moments
_MOMENTS = 8
_FEW = 12  # layers that get the whole width of the page; more stand in two columns


@dataclass(frozen=True)
class _Grid:
    """Where words and moments of a row stand, in px."""

    left: int
    label: int
    cell: Size
    name: int  # size of type
    said: int

    def x(self, moment: int) -> int:
        return self.left + self.label + moment * (self.cell[0] + _GAP)

    @property
    def height(self) -> int:
        return self.cell[1] + 2 * _GAP

    @property
    def inner(self) -> Size:
        """What a layer may fill of a cell."""
        return self.cell[0] - 2 * _GAP, self.cell[1] - 2 * _GAP


@dataclass(frozen=True)
class _Row:
    """A layer (or the composite) at all moments, as premultiplied (4, h, w) pictures."""

    name: str
    said: str
    pictures: list[torch.Tensor]


def moments_of(plan: Plan) -> list[int]:
    """Evenly spaced frames; of a loop the end is left out, which is the beginning again."""
    count = min(_MOMENTS, plan.frames)
    if plan.loop:
        return [index * plan.frames // count for index in range(count)]
    return [round(index * (plan.frames - 1) / max(1, count - 1)) for index in range(count)]


def motion_sheet(stage: Stage) -> list[Image.Image]:
    """The composite at evenly spaced moments, a row a moving layer, what holds at the end; more pages where needed."""
    jobs = list(reversed(stage.plan.jobs))  # front to back, as designers see the stack
    moving = [job for job in jobs if job.moves or job.rides]
    whole, few = _wide(), len(moving) <= _FEW
    grids = [_narrow(whole, len(moving))] if few else [_column(0), _column(1)]
    rows = _rows(stage, moving, whole, grids[0])
    held = [_held(stage, job) for job in jobs if job not in moving]
    starts = range(0, max(1, len(moving)), SHEET_LAYERS)
    pages = []
    for start in starts:
        last = start == starts[-1]
        shown = rows[1 + start : 1 + start + SHEET_LAYERS]
        pages.append(_page(stage.plan, rows[0], whole, shown, grids, held if last else []))
    return pages


def _wide() -> _Grid:
    label = 260
    return _Grid(_EDGE, label, ((_WIDTH - 2 * _EDGE - label) // _MOMENTS - _GAP, 260), 24, 18)


def _narrow(whole: _Grid, rows: int) -> _Grid:
    return _Grid(whole.left, whole.label, (whole.cell[0], 150 if rows > 5 else 190), 22, 18)


def _column(index: int) -> _Grid:
    width = (_WIDTH - 3 * _EDGE) // 2
    label = 200
    return _Grid(_EDGE + index * (width + _EDGE), label, ((width - label) // _MOMENTS - _GAP, 88), 18, 15)


def _rows(stage: Stage, moving: Sequence[Job], whole: _Grid, grid: _Grid) -> list[_Row]:
    """The composite's row, then one a layer. Only these frames are drawn."""
    plan = stage.plan
    composite = _Row("composite", "", [])
    rows = [_Row(job.path, job.what, []) for job in moving]
    for index in moments_of(plan):
        (picture,) = stage.pictures([job.layer for job in moving], range(index, index + 1), composite=True)
        assert picture.composite is not None  # asked for
        composite.pictures.append(reduced(torch.from_numpy(picture.composite), whole.cell))
        for row, job in zip(rows, moving, strict=True):
            row.pictures.append(_seen(picture, job, plan, grid.inner))
    return [composite, *rows]


def _seen(picture: Picture, job: Job, plan: Plan, most: Size) -> torch.Tensor:
    """A layer through the window of everything it covers in all frames, so that its motion fills the cell."""
    window = job.region & plan.canvas
    return reduced(picture.layers[job.layer].placed(plan.canvas if window.is_empty else window), most)


_HELD, _HELD_LABEL = (180, 120), 30


def _held(stage: Stage, job: Job) -> _Row:
    window = job.box & stage.plan.canvas
    tile = stage.compositor.layer_tile(job.layer, {})
    return _Row(job.path, "", [reduced(tile.placed(stage.plan.canvas if window.is_empty else window), _HELD)])


def _page(
    plan: Plan, composite: _Row, whole: _Grid, rows: Sequence[_Row], grids: Sequence[_Grid], held: Sequence[_Row]
) -> Image.Image:
    picture = max(64, *(small.shape[1] for small in composite.pictures))  # the name has its room too
    head = _EDGE + 96 + picture + 72
    lines = -(-len(rows) // len(grids))
    body = lines * grids[0].height
    across = (_WIDTH - 2 * _EDGE) // (_HELD[0] + _GAP)
    foot = 56 + -(-len(held) // across) * (_HELD[1] + _HELD_LABEL) if held else 0
    page = Image.new("RGB", (_WIDTH, head + body + foot + _EDGE), _PAPER)
    pen = ImageDraw.Draw(page)
    _title(pen, plan)
    _times(pen, plan, whole, _EDGE + 96 - 8 - whole.said)
    _row(page, pen, composite, _Grid(whole.left, whole.label, (whole.cell[0], picture), 24, 18), _EDGE + 96)
    for grid in grids if rows else ():
        _times(pen, plan, grid, head - 8 - grid.said)
    for index, row in enumerate(rows):
        column, line = divmod(index, lines)
        _row(page, pen, row, grids[column], head + line * grids[0].height)
    for index, row in enumerate(held):
        line, place = divmod(index, across)
        x, y = _EDGE + place * (_HELD[0] + _GAP), head + body + 48 + line * (_HELD[1] + _HELD_LABEL)
        _still(page, pen, row, x, y)
    if held:
        put(pen, (_EDGE, head + body + 12), "hold still", 18, _WIDTH, ink=_PALE)
    return page


def _title(pen: ImageDraw.ImageDraw, plan: Plan) -> None:
    width, height = plan.size
    loops = "loops" if plan.loop else "plays once"
    facts = (
        f"{width} x {height} px   {float(plan.seconds):g} s   {float(plan.fps):g} fps   {plan.frames} frames   {loops}"
    )
    put(pen, (_EDGE, _EDGE - 6), plan.source, 30, 1200)
    put(pen, (_WIDTH - _EDGE, _EDGE + 4), facts, 20, 1000, ink=_PALE, anchor="ra")


def _times(pen: ImageDraw.ImageDraw, plan: Plan, grid: _Grid, y: int) -> None:
    for place, index in enumerate(moments_of(plan)):
        middle = grid.x(place) + grid.cell[0] // 2
        seconds = f"{float(index / plan.fps):.2f} s"
        put(pen, (middle, y), seconds, grid.said, grid.cell[0], ink=_PALE, anchor="ma")


def _row(page: Image.Image, pen: ImageDraw.ImageDraw, row: _Row, grid: _Grid, y: int) -> None:
    light = is_light(row.pictures)
    for place, small in enumerate(row.pictures):
        page.paste(panel(small, grid.cell, light=light), (grid.x(place), y))
    _words(pen, row, grid, y + 4)


def _words(pen: ImageDraw.ImageDraw, row: _Row, grid: _Grid, y: int) -> None:
    width = grid.label - 16
    put(pen, (grid.left, y), row.name, grid.name, width, keep="end")
    step = grid.said + 5
    room = max(1, (grid.cell[1] - grid.name - 8) // step)
    for line, text in enumerate(row.said.split(" · ")[:room]):
        put(pen, (grid.left, y + grid.name + 8 + line * step), text, grid.said, width, ink=_ACCENT)


def _still(page: Image.Image, pen: ImageDraw.ImageDraw, row: _Row, x: int, y: int) -> None:
    page.paste(panel(row.pictures[0], _HELD, light=is_light(row.pictures)), (x, y))
    put(pen, (x, y + _HELD[1] + 5), row.name, 15, _HELD[0], keep="end")
