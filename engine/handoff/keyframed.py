"""A field as keyframes alone can tell it: what bends is fitted by placing, turning, slanting and scaling.

What is left out by that is measured, so that it can be said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..composite import rest
from ..geometry import Box, FloatArray, apply, compose
from ..motion_field import AffineTrack, Float32, Grid, MotionField, Part
from ..parts import SEEN, covers
from .film import LIT, Film, bends

NOT_TOLD = "not in the keyframes: "  # before what is left out
CLOSE = 0.25  # px: less than this off is as told
DIM = 1 / 50  # of light: less than this off is as told
_POINTS = 24  # a side of the lattice on which a part is compared
_STIFF = 1e-3  # pull of the fit towards no change, as a share of the points: what hardly shows cannot make it leap


@dataclass(frozen=True)
class Left:
    """What keyframes leave out of a layer's motion."""

    bent: float  # px: the most that any point is off
    moved: float  # px: the most that keyframes move any point
    lit: float  # the most that its light or coverage is off, as a factor
    more: tuple[str, ...]  # what else, in words

    @property
    def facts(self) -> tuple[str, ...]:
        """All of it in words; none where it does not show."""
        bent = (f"its shape changes by up to {self.bent:.1f} px",) if self.bent > CLOSE else ()
        lit = (f"its light changes by up to {100 * self.lit:.0f} %",) if self.lit > DIM else ()
        return (*bent, *lit, *self.more)

    @property
    def said(self) -> str:
        """The same in one line, with what the keyframes do tell; empty where nothing shows."""
        return f"{', '.join(self.facts)} (they move it by up to {self.moved:.1f} px)" if self.facts else ""

    @property
    def is_most(self) -> bool:
        """Whether keyframes miss more of the motion than they tell."""
        return self.bent > max(CLOSE, self.moved) or self.lit > 0.5


def keyframed(field: MotionField, alpha: Float32, box: Box) -> tuple[MotionField, Left]:
    """The nearest field of affines and opacity, and what it leaves out; `alpha` (h, w) of the still lies over `box`."""
    fits = [_fit(part, share, box) for part, share in zip(field.parts, covers(field, alpha), strict=True)]
    most = np.max([numbers for _, numbers in fits], axis=0)
    plain = [replace(part, flow=None, opacity_grid=None, gain_grid=None, gain=None) for part in field.parts]
    more = list(dict.fromkeys(said for part in plain if (said := bends(part))))
    if field.patch is not None:
        frames = int((field.patch.values[:, 3].max(axis=(1, 2)) > LIT).sum())
        more.append(f"pixels that the still layer has not, in {frames} of {field.frames} frames")
    told = replace(field, parts=tuple(part for part, _ in fits), patch=None)
    return told, Left(float(most[0]), float(most[1]), float(most[2]), tuple(more))


def _fit(part: Part, share: Float32, box: Box) -> tuple[Part, tuple[float, float, float]]:
    """The part by affine and opacity alone; px it is off, px it moves, factor its light is off."""
    bare = replace(part, flow=None, gain=None, opacity_grid=None, gain_grid=None, blur=None, hue=None, glow=None)
    points = _lattice(share, box, part.flow)  # (n, 2) before the affine
    if len(points) == 0:
        return bare, (0.0, 0.0, 0.0)
    seen = np.ones(len(part.affine.shear), bool) if part.opacity is None else part.opacity > LIT
    pulled = points + (np.zeros((len(seen), 1, 2)) if part.flow is None else part.flow.read(_each(points, len(seen))))
    weights = _read(share, box, pulled) * seen[:, None]  # (t, n)
    cover, lit = _light(part, points, weights)
    affine = part.affine if part.flow is None else _bent(part.affine, points, pulled, weights)
    matrices, placed = affine.matrices(), apply(part.affine.matrices(), points)
    counts = weights > SEEN
    off, way = apply(matrices, pulled) - placed, apply(matrices, pulled) - pulled
    numbers = [float((np.hypot(*np.moveaxis(each, -1, 0)) * counts).max()) for each in (off, way)]
    faded = None if part.opacity is None and cover is None else _times(part.opacity, cover)
    return replace(bare, affine=affine, opacity=faded), (numbers[0], numbers[1], lit)


def _each(points: FloatArray, times: int) -> FloatArray:
    return np.broadcast_to(points, (times, *points.shape))


def _times(*tracks: FloatArray | None) -> FloatArray:
    product: FloatArray = np.prod([track for track in tracks if track is not None], axis=0)
    return product


def _lattice(share: Float32, box: Box, flow: Grid | None) -> FloatArray:
    """(n, 2) points around what can be seen of a part, wherever its flow may take it."""
    own = Box.where(share > SEEN)
    if own.is_empty:
        return np.zeros((0, 2))
    own = own.shift(box.x0, box.y0).grow(0 if flow is None else int(np.ceil(np.abs(flow.values).max())))
    steps = (np.arange(_POINTS) + 0.5) / _POINTS
    return np.stack(np.meshgrid(own.x0 + steps * own.width, own.y0 + steps * own.height), axis=-1).reshape(-1, 2)


def _read(share: Float32, box: Box, points: FloatArray) -> FloatArray:
    """Coverage of the pixels in which points (..., 2) lie."""
    column, row = (np.floor(points[..., axis]).astype(int) - low for axis, low in enumerate((box.x0, box.y0)))
    inside = (column >= 0) & (row >= 0) & (column < box.width) & (row < box.height)
    found = share[np.clip(row, 0, box.height - 1), np.clip(column, 0, box.width - 1)]
    return np.where(inside, found, 0).astype(float)


def _light(part: Part, points: FloatArray, weights: FloatArray) -> tuple[FloatArray | None, float]:
    """Mean coverage (t,), which opacity can tell, and how far light and coverage are off besides."""
    counts, times = weights > SEEN, len(weights)
    off = 0.0 if part.gain is None else float(np.abs(part.gain - 1).max())
    if part.gain_grid is not None:
        off = max(off, float((np.abs(part.gain_grid.read(_each(points, times)) - 1).max(axis=-1) * counts).max()))
    if part.opacity_grid is None:
        return None, off
    cover = np.clip(part.opacity_grid.read(_each(points, times))[..., 0], 0, 1)
    mean = (cover * weights).sum(1) / np.maximum(weights.sum(1), 1e-9)
    return mean, max(off, float((np.abs(cover - mean[:, None]) * counts).max()))


def _bent(track: AffineTrack, points: FloatArray, pulled: FloatArray, weights: FloatArray) -> AffineTrack:
    """The track that takes `pulled` (t, n, 2), where pixels come from, nearest to where it takes `points` (n, 2)."""
    middle = points.mean(0)
    size = float(np.abs(points - middle).max()) or 1.0
    source = np.concatenate([(pulled - middle) / size, np.ones((*weights.shape, 1))], axis=-1)  # (t, n, 3)
    change = (points - pulled) / size
    gram = np.einsum("tni,tn,tnj->tij", source, weights, source) + _STIFF * len(points) * np.eye(3)
    solved = np.linalg.solve(gram, np.einsum("tni,tn,tnj->tij", source, weights, change))  # (t, 3, 2)
    linear = np.eye(2) + solved[:, :2].transpose(0, 2, 1)
    offset = middle + size * solved[:, 2] - linear @ middle
    fitted = AffineTrack.of(compose(track.matrices(), np.concatenate([linear, offset[..., None]], -1)), track.anchor)
    mirrored = np.where(track.scale[:, :1] < 0, -1.0, 1.0)  # keep to the signs of the scales that were there
    return replace(fitted, turn=fitted.turn * mirrored, scale=fitted.scale * mirrored)


def keyframed_film(film: Film) -> tuple[Film, list[str]]:
    """The film told by keyframes alone, and of every layer what that leaves out."""
    fields, said = dict(film.fields), list[str]()
    for job in film.plan.jobs:
        if job.layer in fields:
            still = rest(film.document, film.place(job)[0])
            fields[job.layer], left = keyframed(fields[job.layer], still.rgba[3].numpy(), still.box)
            said += [f"{job.path}: {NOT_TOLD}{left.said}"] if left.said else []
    return replace(film, fields=fields), said
