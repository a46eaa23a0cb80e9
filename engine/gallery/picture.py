"""All motions in one moving picture, for a document: small squares by family, each with its name."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from ..presets import FAMILIES, MotionPreset, motion_presets
from ..progress import Progress
from ..sheets import put
from .figure import Figure
from .film import film

_SIDE, _COLUMNS, _GAP, _LABEL, _EDGE = 112, 8, 8, 26, 16  # px: a square; of them; between; for a name; around
_FPS, _SECONDS, _QUALITY = 15, 4.0, 46
_PAPER, _INK = (250, 249, 246), (52, 52, 60)
_GROUNDS = {
    "entrance": (238, 232, 222), "rigid": (225, 233, 239), "deforming": (230, 236, 224), "light": (58, 60, 72),
    "camera": (236, 236, 236),
}  # fmt: skip


def moving_picture(figure: Figure, progress: Progress) -> bytes:
    """An animated WebP in which everything comes round together, so it has no seam."""
    presets = [preset for family in FAMILIES for preset in motion_presets().values() if preset.family == family]
    page = _page(presets)
    frames = [page.copy() for _ in range(round(_FPS * _SECONDS))]
    for index, preset in enumerate(presets):
        ground = Image.new("RGB", (_SIDE, _SIDE), _GROUNDS[preset.family])
        for frame, shown in zip(frames, film(preset, figure, _SIDE, _FPS, _SECONDS).frames, strict=True):
            square = ground.copy()
            picture = Image.fromarray(shown)
            square.paste(picture, (0, 0), picture)
            frame.paste(square, _place(index))
        progress.advance(preset.name)
    return _webp(frames)


def _page(presets: list[MotionPreset]) -> Image.Image:
    rows = -(-len(presets) // _COLUMNS)
    width = 2 * _EDGE + _COLUMNS * (_SIDE + _GAP) - _GAP
    page = Image.new("RGB", (width, 2 * _EDGE + rows * (_SIDE + _LABEL)), _PAPER)
    pen = ImageDraw.Draw(page)
    for index, preset in enumerate(presets):
        x, y = _place(index)
        put(pen, (x + _SIDE // 2, y + _SIDE + 4), preset.name, 14, _SIDE, ink=_INK, anchor="ma")
    return page


def _place(index: int) -> tuple[int, int]:
    row, column = divmod(index, _COLUMNS)
    return _EDGE + column * (_SIDE + _GAP), _EDGE + row * (_SIDE + _LABEL)


def _webp(frames: list[Image.Image]) -> bytes:
    out = io.BytesIO()
    edges = np.rint(np.arange(len(frames) + 1) * 1000 / _FPS).astype(int)
    frames[0].save(
        out, "WEBP", save_all=True, append_images=frames[1:], duration=np.diff(edges).tolist(), loop=0,
        quality=_QUALITY, method=4,
    )  # fmt: skip
    return out.getvalue()
