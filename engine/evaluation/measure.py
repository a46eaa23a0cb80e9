"""What moves in a clip: tracks of place, turn, size, bend and light, measured from its pixels alone.

Lengths are in units of the layer's longer side at rest, x to the right, y down, angles clockwise. Frames where the
layer cannot be matched (hidden, edge-on, cut off) are nan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .clip import Clip
from .registration import Fit, Floats, Level, Shape, Tracker, at_level, frame_matrix, warped


@dataclass(frozen=True, eq=False)
class Motion:
    """Tracks of one clip, t frames. `half` is half the box at rest (2,); `window` what may be covered."""

    fps: float
    unit: float  # px of the file
    half: Floats  # (2,)
    window: Floats  # (4,) x0 y0 x1 y1
    mass: Floats  # (t,) alpha mass, 1 at rest
    box: Floats  # (t, 4) around alpha of at least half the frame's highest; nan when nothing is there
    centre: Floats  # (t, 2) of alpha, from its place at rest; nan when nothing is there
    brightness: Floats  # (t,) luminance per alpha, 1 at rest
    affine: Floats  # (t, 2, 3) rest -> frame
    angle: Floats  # (t,) rad, unwrapped
    scale: Floats  # (t, 2) signed
    shear: Floats  # (t,)
    opacity: Floats  # (t,)
    left: Floats  # (t,) share of the picture's energy that the best affine leaves
    visible: Floats  # (t,) share of the layer inside the window
    bend: Floats  # (t, m, 2) displacement that no affine explains, at m places of the layer
    std: float  # temporal standard deviation, 1/255
    steps: Floats  # change from frame to frame of the file, the last to the first, 1/255
    loop: bool  # played again and again
    handed: float  # by how much of its energy the picture at rest differs from its mirror image, however turned
    mirror: (
        Floats  # (2,) by how much of its energy the picture at rest differs from its mirror image: left-right, up-down
    )

    def __len__(self) -> int:
        return len(self.mass)

    @property
    def seconds(self) -> float:
        return len(self) / self.fps

    @property
    def known(self) -> NDArray[np.bool_]:
        """(t,) bool: frames where the layer was matched."""
        known: NDArray[np.bool_] = np.isfinite(self.angle)
        return known

    def at(self, x: float, y: float) -> Floats:
        """(t, 2) displacement of a point of the layer; x and y from -1 to 1 over the box at rest."""
        point = self.half * np.array([x, y])
        moved: Floats = self.affine[..., :2] @ point + self.affine[..., 2] - point
        return moved


def measure(clip: Clip) -> Motion:
    """The motion in a clip."""
    tracker = Tracker(clip)
    fits = tracker.track()
    affine = np.stack([np.full((3, 3), np.nan) if fit is None else fit.affine for fit in fits])  # (t, 3, 3)
    angle, scale, shear = decomposed(affine[:, :2, :2])
    shapes = [Shape.of(frame, clip) for frame in clip.frames]
    empty = np.array([shape.mass < 1e-3 * tracker.rest.mass for shape in shapes])
    unit = max(clip.size)
    return Motion(
        fps=clip.fps,
        unit=unit * clip.reduced,
        half=np.array(clip.size) / unit / 2,
        window=np.array(tracker.fine.window),
        mass=np.array([shape.mass for shape in shapes]) / tracker.rest.mass,
        box=np.where(empty[:, None], np.nan, np.stack([shape.box for shape in shapes])),
        centre=np.where(empty[:, None], np.nan, np.stack([shape.centre for shape in shapes]) - tracker.rest.centre),
        brightness=_brightness(clip, empty),
        affine=affine[:, :2],
        angle=angle,
        scale=scale,
        shear=shear,
        opacity=_of(fits, "opacity"),
        left=_of(fits, "left"),
        visible=_of(fits, "visible"),
        bend=_bend(clip, tracker.fine, fits),
        std=clip.std,
        steps=clip.steps,
        loop=clip.loop,
        handed=tracker.handed(),
        mirror=np.array([tracker.difference(np.diag([-1.0, 1, 1])), tracker.difference(np.diag([1.0, -1, 1]))]),
    )


def _of(fits: list[Fit | None], name: str) -> Floats:
    return np.array([np.nan if fit is None else getattr(fit, name) for fit in fits])


def _brightness(clip: Clip, empty: np.ndarray) -> Floats:
    """(t,) premultiplied luminance over alpha mass, against the picture at rest."""
    weights = np.array([0.2126, 0.7152, 0.0722, 0])

    def ratio(frame: np.ndarray) -> float:
        total = frame.reshape(-1, 4).sum(0, dtype=np.float64)  # (4,)
        return float(total @ weights / max(total[3], 1.0))

    rest = max(ratio(clip.static), 1e-3)
    return np.where(empty, np.nan, np.array([ratio(frame) for frame in clip.frames]) / rest)


def decomposed(linear: Floats, *, follow: bool = True) -> tuple[Floats, Floats, Floats]:
    """(t, 2, 2) -> angle (t,), signed scales (t, 2), shear (t,) of R(angle) [[sx, k sy], [0, sy]].

    Of the two ways to write a mirrored or turned picture it takes the one nearer to the frame before, starting from
    the frame nearest to rest, so that a flip is a change of sign and a spin adds up; without `follow` the least turn.
    """
    count = len(linear)
    angle, scale, shear = np.full(count, np.nan), np.full((count, 2), np.nan), np.full(count, np.nan)
    distance = np.abs(linear - np.eye(2)).sum((1, 2))
    if not np.isfinite(distance).any():
        return angle, scale, shear
    start = int(np.nanargmin(distance))
    for order in (range(start, count), range(start, -1, -1)):
        last = 0.0
        for index in (i for i in order if np.isfinite(distance[i])):
            last, scale[index], shear[index] = _nearest(linear[index], last)
            angle[index] = last
            last = last if follow else 0.0
    return angle, scale, shear


def _nearest(linear: Floats, last: float) -> tuple[float, Floats, float]:
    """One frame's angle, scales and shear; the turn is that of both axes together."""
    mirrored = np.linalg.det(linear) < 0
    options = []
    for signs in ((1, -1), (-1, 1)) if mirrored else ((1, 1), (-1, -1)):
        plain = linear @ np.diag(signs)  # no mirror left in it
        turn = float(np.arctan2(plain[1, 0] - plain[0, 1], plain[0, 0] + plain[1, 1]))
        turn += 2 * np.pi * round((last - turn) / (2 * np.pi))
        options.append((abs(turn - last), turn, signs))
    _, turn, signs = min(options)
    cos, sin = np.cos(turn), np.sin(turn)
    upright = np.array([[cos, sin], [-sin, cos]]) @ linear  # (2, 2) the turn taken out
    sizes = np.array(signs) * np.hypot(upright[0], upright[1])
    return turn, sizes, float((upright[0, 1] + upright[1, 0]) / max(abs(sizes).max(), 1e-3))


def _bend(clip: Clip, level: Level, fits: list[Fit | None]) -> Floats:
    """(t, m, 2) units: optical flow from the picture at rest to the frame pulled back by its affine, on a 6 x 6 grid.

    Cells are averages weighted by the picture's slopes: flat areas say nothing of how they move.
    """
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    flow.setFinestScale(0)
    rest = _grey(level.picture)
    height, width = rest.shape
    slopes = np.hypot(*np.gradient(rest.astype(np.float64))) ** 2  # (h, w)
    rows, columns = _cells(height, 6), _cells(width, 6)
    weight = rows @ slopes @ columns.T  # (6, 6)
    used = weight > 0.1 * weight.mean()
    matrix = frame_matrix(level.origin, level.side, level.factor)
    result = np.full((len(fits), int(used.sum()), 2), np.nan)
    for index, fit in enumerate(fits):
        if fit is None or fit.visible < 0.97 or abs(np.linalg.det(fit.affine)) < 0.04:
            continue
        frame = at_level(clip.frames[index], level.factor)
        seen = warped(frame, matrix @ fit.affine @ level.to_units, (width, height))
        gains = np.array([max(fit.colour, 0.02)] * 3 + [max(fit.opacity, 0.02)], np.float32)
        moved = np.asarray(
            flow.calc(rest, _grey(seen / gains), np.zeros((height, width, 2), np.float32)), np.float64
        )  # (h, w, 2)
        cells = np.einsum("rh,hwc,kw->rkc", rows, moved * slopes[..., None], columns)  # (6, 6, 2)
        result[index] = (cells[used] / weight[used][:, None]) / (level.side * level.factor)
    return result


def _cells(length: int, count: int) -> Floats:
    """(count, length) 1 where a pixel belongs to a cell."""
    cells: Floats = (np.arange(length) * count // length == np.arange(count)[:, None]).astype(np.float64)
    return cells


def _grey(picture: np.ndarray) -> np.ndarray:
    """(h, w, 4) premultiplied in 0..1 -> (h, w) uint8: coverage and luminance in one."""
    luminance = picture[..., :3] @ np.array([0.3, 0.59, 0.11], np.float32)
    return np.asarray(np.clip(picture[..., 3] * 110 + luminance * 145, 0, 255), np.uint8)


# --- what tracks say ----------------------------------------------------------------------------------------------


def half_range(track: Floats) -> float:
    """Half of what a track spans between its 2nd and 98th percentile; 0 where it is never known."""
    known = track[np.isfinite(track)]
    return float(np.diff(np.percentile(known, [2, 98]))[0] / 2) if known.size else 0.0


def reversals(track: Floats, share: float = 0.35) -> int:
    """How often a track turns back by more than `share` of its whole range: two a cycle."""
    known = track[np.isfinite(track)]
    if known.size < 3:
        return 0
    return len(list(_turns(known, share * float(known.max() - known.min()))))


def _turns(track: Floats, least: float) -> Iterator[int]:
    """Places where the track has turned back by `least` from its last extreme."""
    if least <= 0:
        return
    low = high = 0
    heading = 0
    for index, value in enumerate(track):
        low = index if value < track[low] else low
        high = index if value > track[high] else high
        if heading >= 0 and track[high] - value > least:
            if heading > 0:
                yield high
            heading, low = -1, index
        elif heading <= 0 and value - track[low] > least:
            if heading < 0:
                yield low
            heading, high = 1, index


def turning_points(track: Floats, share: float = 0.35) -> list[int]:
    """Places of the extremes of a track, each at least `share` of its range away from the next."""
    filled = interpolated(track)
    return list(_turns(filled, share * float(np.ptp(filled))))


def interpolated(track: Floats) -> Floats:
    """The track (t,) with unknown frames filled linearly; zeros where nothing is known."""
    known = np.isfinite(track)
    if not known.any():
        return np.zeros_like(track)
    frames = np.arange(len(track))
    return np.interp(frames, frames[known], track[known])


def spectrum(track: Floats, fps: float) -> tuple[Floats, Floats]:
    """(frequencies Hz, power) of a track (t,) or of tracks (t, n) together, mean taken out, four times finer."""
    tracks = track.reshape(len(track), -1)  # (t, n)
    tracks = tracks - tracks.mean(0)
    count = 4 * len(tracks)
    power: Floats = (np.abs(np.fft.rfft(tracks, count, axis=0)) ** 2).sum(1)
    return np.asarray(np.fft.rfftfreq(count, 1 / fps), np.float64), power


def frequency(track: Floats, fps: float) -> float:
    """Dominant frequency in Hz of a track or of tracks together; 0 when nothing moves."""
    hertz, power = spectrum(track, fps)
    usable = hertz >= 0.4 * fps / len(track)
    return float(hertz[usable][np.argmax(power[usable])]) if power[usable].max(initial=0) > 1e-12 else 0.0
