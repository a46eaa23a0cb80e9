"""Where a layer's static picture lies in every frame: the best affine, its gains, and what no affine explains.

Inverse compositional Gauss-Newton (Baker and Matthews, "Lucas-Kanade 20 Years On", 2004) on premultiplied colour and
alpha at two sizes, from several starts a frame. Feature-free, because artwork may be flat.
Units: the layer's longer side at rest is 1, the middle of its box at rest is the origin.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from .clip import Clip, Pixels

Floats = NDArray[np.float64]
_MARGIN = 0.18  # of the longer side, around the box at rest
_GOOD, _POOR = 0.02, 0.15  # share of the picture's energy that a match leaves
_TURNS = 32  # of a circle, that are tried
_ALIKE = 0.08  # energy between a picture and its turned self under which they may be taken for one another
_CUT, _PLACE = 0.7, slice(4, 6)  # visible share under which a mere shift is tried; the shift among the six
_PIECE = 0.3  # share of the layer's mass under which a frame may show too little of it
_UNCLEAR = 0.1  # energy left above which another look is taken
_LOST, _BENT = 0.45, 0.65  # and above which a frame is given up; one that shows the layer whole, but bent
_LEAST = 0.02  # gain or visible share under which there is nothing to match


@dataclass(frozen=True, eq=False)
class Fit:
    """One frame: affine (3, 3) rest -> frame, gains of alpha and colour, the energy left (0 perfect), visible share."""

    affine: Floats
    opacity: float
    colour: float
    left: float
    visible: float


@dataclass(frozen=True, eq=False)
class Level:
    """The static picture at one size with what Gauss-Newton needs; n = h w pixels of the box with its margin."""

    picture: NDArray[np.float32]  # (h, w, 4), 0..1
    steepest: NDArray[np.float32]  # (6, n 4)
    points: Floats  # (3, n) homogeneous
    to_units: Floats  # (3, 3) px of the picture -> units
    factor: float  # of this level's frames against the clip's
    origin: tuple[float, float]  # middle of the box at rest, px of the clip's frames
    side: float  # px of the clip's frames in a unit
    window: tuple[float, float, float, float]  # units
    inverse: Floats = field(repr=False)  # (6, 6) of the whole Hessian


def make_level(clip: Clip, side: float) -> Level:
    """The static picture with its longer side at about `side` px."""
    width, height = clip.size
    unit = max(width, height)
    factor = min(1.0, side / unit)
    origin = (clip.box[0] + clip.box[2]) / 2, (clip.box[1] + clip.box[3]) / 2
    half = np.array([width, height]) / unit / 2 + _MARGIN
    count = np.ceil(2 * half * unit * factor).astype(int)  # pixels across, down
    step = 1 / (unit * factor)
    to_units = np.array([[step, 0, -half[0] + step / 2], [0, step, -half[1] + step / 2], [0, 0, 1]])
    to_frame = frame_matrix(origin, unit, factor) @ to_units
    picture = warped(at_level(clip.static, factor), to_frame, (int(count[0]), int(count[1])))
    xs, ys = np.meshgrid(np.arange(count[0]), np.arange(count[1]))
    points = to_units @ np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])  # (3, n)
    dy, dx = np.gradient(picture, axis=(0, 1))
    slopes = np.stack([dx, dy]).reshape(2, -1, 4) / step  # (2, n, 4)
    x, y = points[0][:, None], points[1][:, None]
    parts = [slopes[0] * x, slopes[1] * x, slopes[0] * y, slopes[1] * y, slopes[0], slopes[1]]
    steepest = np.stack(parts).reshape(6, -1).astype(np.float32)  # (6, n 4)
    window = tuple((np.array(clip.window) - np.tile(origin, 2)) / unit)
    return Level(
        picture, steepest, points, to_units, factor, origin, unit, window, _inverted(steepest @ steepest.T)
    )  # fmt: skip


def frame_matrix(origin: tuple[float, float], unit: float, factor: float) -> Floats:
    """Units -> px of a level's frames; pixel (0, 0) has its middle at 0.5."""
    scale = unit * factor
    return np.array([[scale, 0, origin[0] * factor - 0.5], [0, scale, origin[1] * factor - 0.5], [0, 0, 1.0]])


def at_level(frame: Pixels, factor: float) -> NDArray[np.float32]:
    """The frame at a level's size, (h, w, 4) in 0..1, a little soft so that slopes reach further."""
    if factor < 1:
        size = max(1, round(frame.shape[1] * factor)), max(1, round(frame.shape[0] * factor))
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.GaussianBlur(frame.astype(np.float32) / 255, (0, 0), 0.8), np.float32)


def warped(frame: NDArray[np.float32], matrix: Floats, size: tuple[int, int]) -> NDArray[np.float32]:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(frame, matrix[:2], size, flags=flags), np.float32)


def _inverted(hessian: NDArray[np.floating]) -> Floats:
    count = len(hessian)
    ridge = 1e-4 * float(np.trace(hessian)) / count + 1e-9
    return np.asarray(np.linalg.inv(hessian.astype(np.float64) + ridge * np.eye(count)), np.float64)


def _look(level: Level, frame: NDArray[np.float32], affine: Floats) -> tuple[Fit, NDArray[np.float32], Floats | None]:
    """How well the affine explains the frame: (fit, error (h, w, 4), known (n,) where the window cuts, else None)."""
    picture = level.picture
    height, width = picture.shape[:2]
    matrix = frame_matrix(level.origin, level.side, level.factor) @ affine @ level.to_units
    seen = warped(frame, matrix, (width, height))
    known = _known(level, affine)
    target = picture if known is None else picture * known.reshape(height, width, 1).astype(np.float32)
    if known is not None:
        seen = seen * known.reshape(height, width, 1).astype(np.float32)
    whole, ours = float((picture[..., 3] ** 2).sum()), float((target[..., 3] ** 2).sum())
    visible = ours / whole
    if visible < _LEAST:
        return Fit(affine, 0.0, 0.0, 2.0, visible), seen, known
    opacity = max(float((seen[..., 3] * target[..., 3]).sum()) / ours, 1e-3)
    light = float((target[..., :3] ** 2).sum())
    colour = float((seen[..., :3] * target[..., :3]).sum()) / light if light > 0.02 * ours else opacity
    gains = np.array([max(colour, 1e-3)] * 3 + [opacity], np.float32)
    error = np.asarray(seen / np.maximum(gains, np.float32(0.02)) - target, np.float32)
    left = float((error**2).sum()) / (float((target**2).sum()) + 1e-9)
    return Fit(affine, opacity, colour, left, visible), error, known


def _known(level: Level, affine: Floats) -> Floats | None:
    """(n,) 1 where a pixel of the picture lands inside the window; None where all do."""
    x0, y0, x1, y1 = level.window
    height, width = level.picture.shape[:2]
    corners = affine[:2] @ level.points[:, [0, width - 1, (height - 1) * width, height * width - 1]]  # (2, 4)
    if corners[0].min() >= x0 and corners[0].max() <= x1 and corners[1].min() >= y0 and corners[1].max() <= y1:
        return None
    x, y = affine[:2] @ level.points  # (n,) each
    inside: Floats = ((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)).astype(np.float64)
    return inside


def refine(level: Level, frame: NDArray[np.float32], affine: Floats, turns: int, free: slice = slice(0, 6)) -> Fit:
    """Gauss-Newton from `affine`, at most `turns` steps; the best seen. `free`: which of the six may change."""
    best, error, known = _look(level, frame, affine)
    for _ in range(turns):
        if best.visible < _LEAST:
            return best
        step = np.zeros(6)
        step[free] = _step(level, error, known, free)
        change = np.array([[1 + step[0], step[2], step[4]], [step[1], 1 + step[3], step[5]], [0, 0, 1]])
        fit, error, known = _look(level, frame, best.affine @ np.linalg.inv(change))
        if fit.left >= best.left - 1e-5:
            return fit if fit.left < best.left else best
        best = fit
    return best


def _step(level: Level, error: NDArray[np.float32], known: Floats | None, free: slice) -> Floats:
    steepest = level.steepest[free]
    if known is None and len(steepest) == 6:
        inverse = level.inverse
    else:
        weight = np.float32(1) if known is None else np.repeat(known, 4).astype(np.float32)
        inverse = _inverted((steepest * weight) @ steepest.T)
    step: Floats = np.clip(inverse @ (steepest @ error.reshape(-1)), -0.25, 0.25)
    return step


class Tracker:
    """Follows one clip from the frame that is most at rest, forwards and backwards."""

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self.coarse, self.fine = make_level(clip, 24), make_level(clip, 56)
        self.rest = Shape.of(clip.static, clip)
        self.before = 0.0  # cost of the frame that was followed last
        if self._ambiguous():
            self.coarse = self.fine

    def track(self) -> list[Fit | None]:
        """A fit for every frame; None where nothing is to be seen."""
        frames = self.clip.frames
        small = [at_level(frame, self.coarse.factor) for frame in frames]
        costs = [_look(self.coarse, frame, np.eye(3))[0].left for frame in small]
        start = int(np.argmin(costs))
        fits: list[Fit | None] = [None] * len(frames)
        for order in (range(start, len(frames)), range(start, -1, -1)):
            first, self.before = fits[start], 0.0
            recent: list[Floats] = [] if first is None else [first.affine]
            for index in order:
                if fits[index] is None:
                    fits[index] = self._fit(frames[index], small[index], recent)
                found = fits[index]
                recent = [*recent, found.affine][-2:] if found is not None else recent[-1:]
        return fits

    def difference(self, affine: Floats) -> float:
        """Energy left between the picture at rest and itself moved so, when laid over it as well as possible."""
        return refine(self.coarse, at_level(self.clip.static, self.coarse.factor), affine, 8).left

    def _ambiguous(self) -> bool:
        """Turned pictures look alike when they are small, like a star with letters on it."""
        still = at_level(self.clip.static, self.coarse.factor)
        angles = np.arange(2, _TURNS - 1) * 2 * np.pi / _TURNS
        turned = [refine(self.coarse, still, self._placed(_rotation(angle), self.rest), 4) for angle in angles]
        return any(fit.left < _ALIKE and np.abs(fit.affine - np.eye(3)).max() > 0.1 for fit in turned)

    def handed(self) -> float:
        """Energy left between the picture at rest and its mirror image, turned so that it fits best."""
        mirror = np.diag([-1.0, 1])
        turned = [self._placed(_rotation(angle) @ mirror, self.rest) for angle in np.arange(12) * np.pi / 6]
        return min(self.difference(affine) for affine in turned)

    def _fit(self, frame: Pixels, small: NDArray[np.float32], recent: list[Floats]) -> Fit | None:
        shape = Shape.of(frame, self.clip)
        if shape.mass < _LEAST * 0.5 * self.rest.mass:
            return None
        near = [refine(self.coarse, small, start, 8) for start in _continued(recent)]
        best = min(near, key=lambda fit: self._cost(fit, shape))
        known = max(_GOOD, min(1.3 * self.before, _POOR))  # what bends stays unexplained from frame to frame
        if self._cost(best, shape) > known:
            others = [refine(self.coarse, small, start, 8) for start in self._starts(shape, recent)]
            best = min([best, *others], key=lambda fit: self._cost(fit, shape) * (0.8 if fit in near else 1.0))
        if self._cost(best, shape) > known:
            others = self._turned(small, shape)
            best = min([best, *others], key=lambda fit: self._cost(fit, shape) * (0.8 if fit is best else 1.0))
        self.before = self._cost(best, shape)
        fine = at_level(frame, self.fine.factor)
        fit = refine(self.fine, fine, best.affine, 8)
        if fit.visible < _CUT or fit.left > _UNCLEAR or shape.mass < _PIECE * self.rest.mass:
            shifted = self._shifted_only(fine, shape, fit, recent)
            if shifted is None:
                return None
            fit = shifted
        bent = fit.visible > 0.9 and abs(np.linalg.det(fit.affine)) > 0.5  # whole and of about its size
        return fit if fit.visible > 0.04 and fit.opacity > _LEAST and fit.left < (_BENT if bent else _LOST) else None

    def _shifted_only(self, frame: NDArray[np.float32], shape: Shape, fit: Fit, recent: list[Floats]) -> Fit | None:
        """At the window's edge only a piece is seen, of which size and turn are guesses: a shift that explains it wins.

        None for a piece too small to say anything.
        """
        window, near = np.array(self.fine.window), 2 / (self.fine.side * self.fine.factor)
        touched = np.flatnonzero(np.abs(shape.box - window) < near)
        if not touched.size:
            return fit
        far = [int(side + 2) % 4 for side in touched]  # these edges are seen whole
        starts = [_shift_of(affine) for affine in recent[-1:]]
        starts += [_shifted(np.eye(3), shape.edge(side) - self.rest.edge(side)) for side in far]
        moved = [refine(self.fine, frame, start, 12, free=_PLACE) for start in starts]
        little = shape.mass < _PIECE * self.rest.mass
        trust = 0.12 if little else 0.03
        best = min([fit, *moved], key=lambda each: each.left - (0 if each is fit else trust))
        return None if little and best.left > _UNCLEAR / 2 else best

    def _cost(self, fit: Fit, shape: Shape) -> float:
        """Energy left, and a fine for covering more or less than the frame does."""
        area = abs(float(np.linalg.det(fit.affine[:2, :2])))
        expected = max(area * fit.visible * fit.opacity * self.rest.mass, 1e-6)
        return fit.left + 0.1 * abs(float(np.log(max(shape.mass, 1e-6) / expected)))

    def _starts(self, shape: Shape, recent: list[Floats]) -> list[Floats]:
        """What box and centre say, upright and mirrored, and the last known turn put there."""
        wide = np.clip(shape.extent / np.maximum(self.rest.extent, 1e-3), 0.06, 4)
        size = float(np.clip(np.sqrt(shape.mass / self.rest.mass), 0.06, 4))
        linear = [np.diag(wide), np.diag([-wide[0], wide[1]]), np.diag([wide[0], -wide[1]]), np.diag([size, size])]
        starts = [self._placed(each, shape) for each in linear]
        edges = [_shifted(np.eye(3), shape.edge(side) - self.rest.edge(side)) for side in range(4)]
        return [np.eye(3), *starts, *edges, *([self._placed(recent[-1][:2, :2], shape)] if recent else [])]

    def _turned(self, small: NDArray[np.float32], shape: Shape) -> list[Fit]:
        """The two turns that fit best at a glance, followed further."""
        size = float(np.clip(np.sqrt(shape.mass / self.rest.mass), 0.1, 3))
        angles = np.arange(1, _TURNS) * 2 * np.pi / _TURNS
        seen = [_look(self.coarse, small, self._placed(size * _rotation(angle), shape))[0] for angle in angles]
        likely = sorted(seen, key=lambda fit: self._cost(fit, shape))[:2]
        return [refine(self.coarse, small, fit.affine, 8) for fit in likely]

    def _placed(self, linear: Floats, shape: Shape) -> Floats:
        """The affine with this linear part that puts the centre of mass where the frame's is."""
        affine = np.eye(3)
        affine[:2, :2] = linear
        affine[:2, 2] = shape.centre - linear @ self.rest.centre
        return affine


def _continued(recent: list[Floats]) -> list[Floats]:
    """As it was, and going on as it went."""
    if not recent:
        return [np.eye(3)]
    if len(recent) < 2 or abs(np.linalg.det(recent[0])) < 1e-3:
        return [recent[-1]]
    before, last = recent
    ahead = last @ np.linalg.inv(before) @ last
    ahead[:2, 2] = 2 * last[:2, 2] - before[:2, 2]
    return [last, ahead] if np.abs(ahead).max() < 8 else [last]


def _rotation(angle: float) -> Floats:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _shift_of(affine: Floats) -> Floats:
    """The shift alone."""
    return _shifted(np.eye(3), affine[:2, 2])


def _shifted(affine: Floats, by: Floats) -> Floats:
    moved = affine.copy()
    moved[:2, 2] += by
    return moved


@dataclass(frozen=True, eq=False)
class Shape:
    """Alpha mass (unit squares), its centre, and the box x0 y0 x1 y1 of one frame, in units."""

    mass: float
    centre: Floats
    box: Floats

    @staticmethod
    def of(frame: Pixels, clip: Clip) -> Shape:
        alpha = frame[..., 3].astype(np.float64)
        columns, rows = alpha.sum(0), alpha.sum(1)
        total = columns.sum()
        unit = max(clip.size)
        origin = np.array([clip.box[0] + clip.box[2], clip.box[1] + clip.box[3]]) / 2
        if total < 1:
            return Shape(0.0, np.zeros(2), np.zeros(4))
        centre = np.array([columns @ np.arange(0.5, columns.size), rows @ np.arange(0.5, rows.size)]) / total
        high = alpha.max() / 2
        xs, ys = np.flatnonzero(alpha.max(0) >= high), np.flatnonzero(alpha.max(1) >= high)
        box = np.array([xs[0], ys[0], xs[-1] + 1, ys[-1] + 1.0])
        return Shape(float(total) / 255 / unit**2, (centre - origin) / unit, (box - np.tile(origin, 2)) / unit)

    @property
    def extent(self) -> Floats:
        return self.box[2:] - self.box[:2]

    def edge(self, side: int) -> Floats:
        """Left, top, right or bottom of the box, as a shift along its axis."""
        return np.array([self.box[side], 0.0]) if side % 2 == 0 else np.array([0.0, self.box[side]])
