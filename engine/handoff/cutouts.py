"""A film as cut-outs: pictures that are placed, turned, scaled, slanted and faded, as web and vector players show them.

What a layer does beyond that (it bends, its light changes, an edge uncovers it) is drawn picture by picture and carried
by the same keyframes, so that nothing is left out and what can be edited stays editable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeGuard

import numpy as np
import torch

from ..composite import Compositor, rest
from ..composite.recompose import recomposes
from ..document import Group, Layer, Node, clip_base
from ..files import file_stem, visible
from ..geometry import Box, apply, invert
from ..motion_algebra import reach
from ..motion_field import AffineTrack, MotionField, Part, at, rest_field
from ..parts import covers, jointed, part_names
from ..plan import Job
from ..render import draw, prepare
from ..tile import Tile
from .film import Film, bends
from .looks import AT_REST, NOTHING, Picture, looks_of, picture_of, picture_over, pictures_for_over
from .tracks import Track

ONE_DRAWN = 1 << 18  # most pixels of one picture among those drawn frame by frame
ALL_DRAWN = 12 << 20  # most pixels of all these together
EVEN = 1 / 512  # coverage that differs by less is the same in 8 bits
# for blend modes that other programs lack, the one most like it
NEAR = {
    "linear-burn": "multiply", "darker-color": "darken", "lighter-color": "lighten", "vivid-light": "hard-light",
    "linear-light": "hard-light", "pin-light": "hard-light", "hard-mix": "hard-light",
    "subtract": "difference", "divide": "color-dodge",
}  # fmt: skip
# players add premultiplied colours and cut the sum off at white; Photoshop cuts off first, then fades
BRIGHTER = "linear-dodge comes out brighter where a half transparent layer reaches white"


@dataclass(frozen=True)
class Showing:
    """A picture in frames [first, end)."""

    picture: Picture
    first: int
    end: int
    drawn: bool = False  # for these frames; all such pictures of a piece have one box and one size


@dataclass(frozen=True, eq=False)
class Piece:
    """Pictures, one at a time, that share a track; None: they stand where they are."""

    track: Track | None
    showings: tuple[Showing, ...]
    name: str = ""  # of a layer in several parts: which

    @property
    def rest(self) -> Picture | None:
        """The picture of its own that it shows where nothing is drawn frame by frame."""
        return next((each.picture for each in self.showings if not each.drawn), None)

    @property
    def box(self) -> Box:
        """Around all its pictures, at rest."""
        return Box.around(np.concatenate([showing.picture.box.corners for showing in self.showings]))


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, eq=False)
class Cutout:
    """A layer: its pieces back to front, each seen through all mattes, within frames [first, end)."""

    path: str
    name: str  # for files and styles: that of its movie
    text: str  # what it says or is
    blend: str
    first: int
    end: int
    pieces: Pieces
    mattes: tuple[Pieces, ...]  # each is the coverage of some pieces together
    remarks: tuple[str, ...]  # what is told less than exactly


def cutouts(film: Film, *, riding: bool, blends: Collection[str]) -> list[Cutout]:
    """The layers of a film that show anything, bottom to top.

    riding: mattes may move on their own. blends: the blend modes that there are; the others become one that is near.
    """
    cutter = _Cutter(film, riding, frozenset(blends))
    jobs = {job.layer: job for job in film.plan.jobs}
    found = []
    for node, groups in film.document.walk():
        if node.id in jobs:
            found.append(cutter.cutout(jobs[node.id]))
        elif _has_ground(node, groups) and not any(group.id in jobs for group in groups):
            found.append(cutter.ground(node, groups))
    return [cutout for cutout in found if any(piece.showings for piece in cutout.pieces)]


def _has_ground(node: Node, groups: Sequence[Group]) -> TypeGuard[Group]:
    """An artboard that paints a background below its layers."""
    seen = all(each.visible for each in (node, *groups))
    return seen and isinstance(node, Group) and node.artboard is not None and node.background is not None


def remarks_of(film: Film, told: Sequence[Cutout]) -> list[str]:
    """A sentence for everything that is told less than exactly."""
    said = [f"{cutout.path}: {remark}" for cutout in told for remark in cutout.remarks]
    for node, groups in film.document.walk():
        seen = all(each.visible for each in (node, *groups))
        if seen and isinstance(node, Layer) and node.adjustment is not None:
            said.append(f"{node.path}: left out, an adjustment of what lies below it")
    if film.document.linear:
        said.append("the design blends in linear light, players blend sRGB values")
    return said


class _Cutter:
    """Cuts the layers of one film."""

    def __init__(self, film: Film, riding: bool, blends: frozenset[str]) -> None:
        self.film, self.riding, self.blends = film, riding, blends
        self.canvas = film.document.canvas
        self.compositor = Compositor(film.document, device="cpu", animated=tuple(film.fields))

    def cutout(self, job: Job) -> Cutout:
        node, _ = self.film.place(job)
        name = file_stem(self.film.plan.jobs.index(job), node.name)
        text = visible(node.text if isinstance(node, Layer) and node.text else node.name)
        first, end = self.film.shown(job)
        pieces, mattes, said = ((), (), "") if first == end else self._cut(job, first, end)
        blend = job.blend if job.blend in self.blends else NEAR.get(job.blend, "normal")
        remarks = self._remarks(job, blend, said, pieces)
        return Cutout(job.path, name, text, blend, first, end, pieces, mattes, remarks)

    def ground(self, board: Group, groups: Sequence[Group]) -> Cutout:
        """The background of an artboard: one pixel, as large as the board."""
        *colour, alpha = board.background or (0.0, 0.0, 0.0, 0.0)
        strength = alpha * float(np.prod([group.opacity * group.fill for group in (*groups, board)]))
        pixel = np.rint(255 * np.array([[[*colour, strength]]])).astype(np.uint8)
        box = (board.artboard or self.canvas) & self.canvas
        end = self.film.plan.frames
        pieces = () if box.is_empty else (Piece(None, (Showing(Picture(box, pixel), 0, end),)),)
        name = f"ground-{file_stem(len(self.film.plan.jobs), board.id)}"
        return Cutout(f"{board.path}: background", name, "", "normal", 0, end, pieces, (), ())

    def _cut(self, job: Job, first: int, end: int) -> tuple[Pieces, tuple[Pieces, ...], str]:
        """Pieces, mattes, and what is told less than exactly."""
        bases = self._moving_bases(job)
        field = self.film.fields.get(job.layer)
        if field is None and not bases:
            return (self._still(job),), (), ""
        if self._needs_flat(job):
            return (self._flat(job, first, end),), (), "drawn frame by frame"
        strength, stencil = self._stencil(job, bases)
        riding = tuple(self._pieces(base.id, 1.0, first, end) for base in bases)
        return self._pieces(job.layer, strength, first, end), (*stencil, *riding), _said(field)

    def _remarks(self, job: Job, blend: str, said: str, pieces: Pieces) -> tuple[str, ...]:
        remarks = [f"{said}: {_sizes(pieces)}"] if said and pieces else []
        remarks += [f"blend mode {blend} instead of {job.blend}"] if blend != job.blend else []
        remarks += [BRIGHTER] if blend == "linear-dodge" else []
        stacks = recomposes(self.film.document, job.layer)
        return (*remarks, *([stacks.reason] if stacks.verdict == "no" else []))

    # --- what is told how ---------------------------------------------------------------------------------------------

    def _moving_bases(self, job: Job) -> list[Node]:
        """What the layer and its groups are clipped to, where that moves."""
        node, groups = self.film.place(job)
        chain: list[Node] = [*groups, node]
        siblings = [self.film.document.children, *(group.children for group in groups)]
        bases = [clip_base(each, around) for each, around in zip(chain, siblings, strict=True)]
        return [base for base in bases if base is not None and self._moving_inside(base)]

    def _moving_inside(self, node: Node) -> list[str]:
        """Ids of what moves in a node, itself included."""
        nodes = [each for each, groups in self.film.document.walk() if each is node or node in groups]
        return [each.id for each in nodes if each.id in self.film.fields]

    def _needs_flat(self, job: Job) -> bool:
        """Whether only whole pictures, one a frame, tell a layer."""
        bases = self._moving_bases(job)
        fields = [self.film.fields.get(id) for id in (job.layer, *(base.id for base in bases))]
        cut = {each.layer for each in self.film.plan.jobs if each.region_given}
        strange = any(base.id not in self.film.fields or base.id in cut or not self.riding for base in bases)
        return strange or any(field is not None and field.patch is not None for field in fields)

    @cached_property
    def _most(self) -> int:
        """Pixels that each picture among those drawn frame by frame may have."""
        count = 0
        for job in self.film.plan.jobs:
            first, end = self.film.shown(job)
            field = self.film.fields.get(job.layer)
            if self._needs_flat(job):
                count += end - first
            elif field is not None:
                count += sum(len({*looks_of(part)[first:end]} - {AT_REST, NOTHING}) for part in field.parts)
        return min(ONE_DRAWN, ALL_DRAWN // max(1, count))

    # --- pictures -----------------------------------------------------------------------------------------------------

    def _still(self, job: Job) -> Piece:
        tile = self.compositor.layer_tile(job.layer, {}).cropped(self.canvas)
        picture = picture_of(tile)
        end = self.film.plan.frames
        return Piece(None, () if picture is None else (Showing(picture, 0, end),))

    def _stencil(self, job: Job, bases: list[Node]) -> tuple[float, tuple[Pieces, ...]]:
        """What stays in place while a layer moves: one strength for all of it, or a matte."""
        whole = Tile(self.canvas, torch.ones(4, self.canvas.height, self.canvas.width))
        window = self.compositor.layer_tile(job.layer, {job.layer: whole, **{base.id: whole for base in bases}})
        bounds = job.region if job.region_given else self.canvas
        field = self.film.fields.get(job.layer)
        area = (job.box if field is None else reach(field, job.box)) & self.canvas
        cover = window.cropped(bounds).placed(area)[3]  # (h, w)
        if cover.numel() == 0 or float(cover.max() - cover.min()) < EVEN:
            return float(cover.max()) if cover.numel() else 1.0, ()
        picture = picture_of(Tile(area, cover.expand(4, -1, -1)))
        assert picture is not None  # it is not even, so something of it is seen
        return 1.0, ((Piece(None, (Showing(picture, 0, self.film.plan.frames),)),),)

    def _pieces(self, layer: str, strength: float, first: int, end: int) -> Pieces:
        """The parts of a moving node, each with its track. `strength` multiplies their opacity."""
        node = next(each for each, _ in self.film.document.walk() if each.id == layer)
        still = rest(self.film.document, node)
        plan = self.film.plan
        field = self.film.fields.get(layer) or rest_field((0, 0), plan.fps, plan.frames, loop=plan.loop)
        alpha = still.rgba[3].numpy()
        field, names = jointed(field, alpha, still.box), part_names(covers(field, alpha))
        seen = _ever_seen(field, still.box, self.canvas)
        made = []
        for part, picture, name in zip(field.parts, pictures_for_over(still, field.parts), names, strict=True):
            shape = picture.cropped(seen)
            showings = tuple(self._showings(part, shape, first, end))
            if showings:
                made.append(Piece(Track.of(part, strength=strength, loop=field.loop), showings, name))
        return tuple(made)

    def _showings(self, part: Part, shape: Tile, first: int, end: int) -> Iterator[Showing]:
        """The pictures of a part before it is placed and faded: one while it is at rest, else one a look."""
        pictures: dict[bytes, Picture | None] = {NOTHING: None}
        looks = looks_of(part)
        starts = [i for i in range(first, end) if i == first or looks[i] != looks[i - 1]]
        for start, stop in zip(starts, [*starts[1:], end], strict=True):
            look = looks[start]
            if look not in pictures:
                pictures[look] = self._look(part, shape, start) if look else picture_of(shape)
            picture = pictures[look]
            if picture is not None:
                yield Showing(picture, start, stop, drawn=look != AT_REST)

    def _look(self, part: Part, shape: Tile, frame: int) -> Picture | None:
        frames, rate = len(part.affine.shear), self.film.plan.fps
        placed = AffineTrack.rest((float(part.affine.anchor[0]), float(part.affine.anchor[1])), frames)
        alone = MotionField(rate, frames, (replace(part, affine=placed, opacity=None, matte=None),))
        bounds = reach(alone, shape.box)
        tile = draw(prepare(shape, alone), at(alone, float(frame / rate)), bounds)
        return picture_over(tile, bounds, self._most)

    def _flat(self, job: Job, first: int, end: int) -> Piece:
        """The layer as its file shows it, one picture a frame, on the canvas."""
        ids = [job.layer] if job.layer in self.film.fields else []
        ids += [id for base in self._moving_bases(job) for id in self._moving_inside(base)]
        nodes = {node.id: node for node, _ in self.film.document.walk()}
        sprites = {id: prepare(rest(self.film.document, nodes[id]), self.film.fields[id]) for id in ids}
        bounds = {each.layer: each.region for each in self.film.plan.jobs if each.region_given}
        showings = []
        for frame in range(first, end):
            time = float(frame / self.film.plan.fps)
            tiles = {
                id: draw(sprite, at(self.film.fields[id], time), bounds.get(id, self.canvas))
                for id, sprite in sprites.items()
            }
            tile = self.compositor.layer_tile(job.layer, tiles)
            picture = picture_over(tile, job.region & self.canvas, self._most)
            if picture is not None:
                showings.append(Showing(picture, frame, frame + 1, drawn=True))
        return Piece(None, tuple(showings))


def _said(field: MotionField | None) -> str:
    """What is told less than exactly: that there are parts, why pictures are drawn frame by frame."""
    parts = () if field is None else field.parts
    found = [bends(part) for part in parts if any(look not in (AT_REST, NOTHING) for look in looks_of(part))]
    drawn = [f"drawn frame by frame where {', '.join(dict.fromkeys(found))}"] if found else []
    return ", ".join([*([f"in {len(parts)} parts"] if len(parts) > 1 else []), *drawn])


def _sizes(pieces: Pieces) -> str:
    """How many pictures, and how coarse: "45 pictures at 62 % of their size"."""
    pictures = {id(showing.picture): showing.picture for piece in pieces for showing in piece.showings}
    count, scale = len(pictures), min(each.pixels.shape[1] / each.box.width for each in pictures.values())
    return f"{count} pictures" + (f", down to {100 * scale:.0f} % of their size" if scale < 0.995 else "")


def _ever_seen(field: MotionField, box: Box, canvas: Box) -> Box:
    """The part of a layer at rest that any frame brings onto the canvas, with a little around it."""
    total = Box(0, 0, 0, 0)
    for part in field.parts:
        matrices = part.affine.matrices()
        shown = np.linalg.svd(matrices[:, :, :2], compute_uv=False)[:, -1] > 1e-3
        if part.flow is not None or part.blur is not None or part.glow is not None or not shown.any():
            return box
        total |= Box.around(apply(invert(matrices[shown]), canvas.corners[None]))
    return box & total.grow(2)
