"""A picture of how a generated layer moves: its parts by colour, their joints, which way they go and how far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from PIL import Image, ImageDraw

from .geometry import Box, FloatArray, apply
from .handoff.keyframed import keyframed
from .motion_field import Float32, MotionField, Part
from .parts import SEEN, body_of, covers, jointed, part_names
from .pictures import Stage
from .plan import Job
from .sheets import RGB, is_light, panel, put, reduced
from .tile import Tile

_SIZE, _PANEL, _EDGE = (1360, 800), (900, 660), 36  # px: of the page; of the picture in it; around
_TOP = 104  # px: the head of the page
_PAPER, _PALE, _WHITE = (23, 24, 28), (146, 151, 162), (255, 255, 255)
_BODY: RGB = (125, 178, 255)
_OTHERS: tuple[RGB, ...] = ((255, 150, 60), (90, 210, 120), (240, 110, 190), (235, 215, 80))
_TINT = 0.55  # of a part's colour over the still, where there are several
_FINE = 2  # lines are drawn so many times as large
_STILL = 0.5  # px, degrees, percent: what moves less stands still


_KEY = ("ring: joint", "white line: way of the middle", "outlines: end poses")
Place = Callable[[FloatArray], list[tuple[float, float]]]  # canvas px (n, 2) -> where lines are drawn


@dataclass(frozen=True, eq=False)
class _Shown:
    """A part as it is drawn and described. Points are canvas px."""

    name: str
    colour: RGB
    outlines: list[FloatArray]  # (n, 2) each, at rest
    ends: list[FloatArray]  # (2, 3) each: the affines of its end poses; none where it stands still
    path: FloatArray  # (t, 2): where its middle goes
    joints: FloatArray  # (t, 2): where its anchor goes
    facts: list[str]


def part_sheet(stage: Stage, job: Job) -> Image.Image:
    """The page of a layer that has a field."""
    still = stage.still(job.layer)
    still = Tile(still.box, still.rgba.cpu())
    alpha = still.rgba[3].numpy()
    told, left = keyframed(stage.fields[job.layer], alpha, still.box)
    told = jointed(told, alpha, still.box)
    shares = covers(told, alpha)
    shown = _shown(told, shares, still.box)
    page = Image.new("RGB", _SIZE, _PAPER)
    seen = Box.where(alpha > SEEN).shift(still.box.x0, still.box.y0)
    window = _window(shown, seen) & stage.plan.canvas
    window = stage.plan.canvas if window.is_empty else window.grow(4)
    _picture(page, Tile(still.box, _tinted(still.rgba, told, shown)), shown, window, loop=told.loop)
    _words(page, job, shown, left.facts)
    return page


def _shown(field: MotionField, shares: list[Float32], box: Box) -> list[_Shown]:
    body, others = body_of(shares), iter(_OTHERS * len(shares))
    colours = [_BODY if index == body else next(others) for index in range(len(shares))]
    names = [name or "one part" for name in part_names(shares)]
    return [_part(*each, box) for each in zip(field.parts, shares, names, colours, strict=True)]


def _part(part: Part, share: Float32, name: str, colour: RGB, box: Box) -> _Shown:
    track, corner = part.affine, np.array([box.x0, box.y0])
    own = Box.where(share > SEEN).shift(box.x0, box.y0)
    matrices = track.matrices()
    lines, _ = cv2.findContours((share > 0.5).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outlines = [line[:, 0].astype(float) + 0.5 + corner for line in lines]
    corners = apply(matrices, own.corners)  # (t, 4, 2)
    ways = np.hypot(*np.moveaxis(corners - own.corners, -1, 0)).max(axis=1)
    ends = [matrices[index] for index in _ends(corners)] if ways.max() > _STILL else []
    way = apply(matrices, _middle(share) + corner)[:, 0]
    return _Shown(name, colour, outlines, ends, way, track.anchor + track.shift, _facts(part, float(ways.max())))


def _middle(share: Float32) -> FloatArray:
    """(1, 2): the centre of gravity, from the corner of the box."""
    total = max(float(share.sum()), 1e-9)
    x, y = ((np.arange(share.shape[axis]) + 0.5) @ share.sum(1 - axis) / total for axis in (1, 0))
    return np.array([[x, y]])


def _window(shown: Sequence[_Shown], box: Box) -> Box:
    """Around a layer at rest, its end poses, its ways and its joints."""
    poses = [apply(matrix, outline) for each in shown for matrix in each.ends for outline in each.outlines]
    ways = [points for each in shown if each.ends for points in (each.path, each.joints)]
    return Box.around(np.concatenate([box.corners, *poses, *ways]))


def _ends(corners: FloatArray) -> tuple[int, int]:
    """The two steps between which a part goes farthest: of corners (t, 4, 2), along the way that they go most."""
    ways = (corners - corners.mean(0)).reshape(len(corners), -1)
    along = ways @ np.linalg.svd(ways, full_matrices=False)[2][0]
    return int(along.argmin()), int(along.argmax())


def _facts(part: Part, most: float) -> list[str]:
    """What it does, in numbers."""
    track = part.affine
    angle = np.degrees(np.unwrap(np.arctan2(track.turn[:, 1], track.turn[:, 0])))
    way, scale = np.hypot(*track.shift.T), 100 * np.abs(track.scale)
    lean = np.degrees(np.arctan(track.shear))
    opacity = np.ones(1) if part.opacity is None else 100 * part.opacity
    facts = {
        f"goes up to {way.max():.0f} px": way.max() > _STILL,
        f"turns {angle.min():.0f}° to {angle.max():.0f}°": np.abs(angle).max() > _STILL,
        f"scales {scale.min():.0f} % to {scale.max():.0f} %": np.abs(scale - 100).max() > _STILL,
        f"leans {lean.min():.0f}° to {lean.max():.0f}°": np.abs(lean).max() > _STILL,
        f"fades between {opacity.min():.0f} % and {opacity.max():.0f} %": part.opacity is not None
        and np.ptp(opacity) > _STILL,
    }
    said = [text for text, is_so in facts.items() if is_so]
    return [*said, f"at most {most:.0f} px from rest"] if said else ["stands still"]


# --- the picture ------------------------------------------------------------------------------------------------------


def _tinted(rgba: torch.Tensor, field: MotionField, shown: Sequence[_Shown]) -> torch.Tensor:
    """The premultiplied (4, h, w) still with every part in its colour; of one part as it is."""
    tinted, strength = rgba.clone(), _TINT if len(shown) > 1 else 0.0
    for part, each in zip(field.parts, shown, strict=True):
        matte = torch.ones_like(rgba[3]) if part.matte is None else torch.from_numpy(part.matte)
        paint = torch.tensor(each.colour)[:, None, None] / 255 * rgba[3]
        tinted[:3] += strength * matte * (paint - rgba[:3])
    return tinted


def _picture(page: Image.Image, tinted: Tile, shown: Sequence[_Shown], window: Box, *, loop: bool) -> None:
    small = reduced(tinted.cropped(window).placed(window), _PANEL)
    ground = panel(small, _PANEL, light=is_light([small]))
    height, width = small.shape[1:]
    scale = width / window.width
    corner = np.array([(_PANEL[0] - width) // 2, (_PANEL[1] - height) // 2])
    lines = Image.new("RGBA", (_FINE * _PANEL[0], _FINE * _PANEL[1]))
    pen = ImageDraw.Draw(lines)

    def place(points: FloatArray) -> list[tuple[float, float]]:
        return [(float(x), float(y)) for x, y in _FINE * ((points - (window.x0, window.y0)) * scale + corner)]

    for each in shown:
        _poses(pen, each, place)
    for each in shown:
        _way(pen, each, place, loop=loop)
    lines = lines.resize(_PANEL, Image.Resampling.BOX)
    ground.paste(lines, (0, 0), lines)
    page.paste(ground, (_EDGE, _TOP))


def _poses(pen: ImageDraw.ImageDraw, shown: _Shown, place: Place) -> None:
    """The end poses, as outlines on a breath of colour."""
    for matrix in shown.ends:
        for outline in shown.outlines:
            points = place(apply(matrix, outline))
            if len(points) > 2:
                pen.polygon(points, fill=(*shown.colour, 40))
                pen.line([*points, points[0]], fill=(*shown.colour, 255), width=2 * _FINE, joint="curve")


def _way(pen: ImageDraw.ImageDraw, shown: _Shown, place: Place, *, loop: bool) -> None:
    """Where the middle of a part goes, a dot a step and a larger one at the start; its joint as a ring with a cross."""
    if shown.ends:
        path = place(shown.path)
        pen.line([*path, path[0]] if loop else path, fill=(*_WHITE, 255), width=2 * _FINE, joint="curve")
        for index, point in enumerate(path):
            _dot(pen, point, (5 if index == 0 else 2) * _FINE, shown.colour)
        pen.line(place(shown.joints), fill=(*shown.colour, 255), width=_FINE)
    (x, y), arm = place(shown.joints)[0], 11 * _FINE
    for ink, width in ((_PAPER, 5 * _FINE), (shown.colour, 2 * _FINE)):
        pen.line((x - arm, y, x + arm, y), fill=(*ink, 255), width=width)
        pen.line((x, y - arm, x, y + arm), fill=(*ink, 255), width=width)
        reach = 7 * _FINE + width // 2
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=(*ink, 255), width=width)


def _dot(pen: ImageDraw.ImageDraw, middle: tuple[float, float], radius: float, colour: RGB) -> None:
    x, y = middle
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, 255), outline=(*_PAPER, 255))


# --- words ------------------------------------------------------------------------------------------------------------


def _words(page: Image.Image, job: Job, shown: Sequence[_Shown], left: Sequence[str]) -> None:
    pen = ImageDraw.Draw(page)
    put(pen, (_EDGE, _EDGE - 8), job.path, 28, _SIZE[0] - 2 * _EDGE, keep="end")
    put(pen, (_EDGE, _EDGE + 28), job.prompt.text if job.prompt else job.what, 20, _SIZE[0] - 2 * _EDGE, ink=_BODY)
    x, y = 2 * _EDGE + _PANEL[0], _TOP
    width = _SIZE[0] - _EDGE - x
    for each in reversed(shown):  # front to back, as designers see the stack
        pen.rectangle((x, y + 2, x + 22, y + 24), fill=each.colour)
        put(pen, (x + 34, y), each.name, 22, width - 34)
        for line, fact in enumerate(each.facts):
            put(pen, (x + 34, y + 32 + 25 * line), fact, 18, width - 34, ink=_PALE)
        y += 32 + 25 * len(each.facts) + 22
    for line, text in enumerate([*(["not shown:"] if left else []), *left]):
        put(pen, (x, y + 24 * line), text, 18, width)
    for line, text in enumerate(reversed(_KEY)):
        put(pen, (x, _TOP + _PANEL[1] - 22 * (line + 1)), text, 16, width, ink=_PALE)
