"""The difference picture of `art compare`: for every pair that fails, its worst frame in A, in B, and what differs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw

from ..files import atomic
from ..geometry import Box
from ..sheets import is_light, panel, put, reduced
from . import Compared
from .ssim import WINDOW, Float32, seen_box

PAPER, PALE = (23, 24, 28), (146, 151, 162)
CELL, EDGE, GAP, HEAD = (360, 270), 24, 12, 58  # px: a picture; around the page; between pictures; words above a row
MOST_ROWS = 24

Row = tuple[Compared, torch.Tensor, torch.Tensor, torch.Tensor]


class DifferencePicture:
    """Takes failing pairs as they are found, small, and writes one PNG."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self.left_out = 0

    def take(self, pair: Compared, a: Float32, b: Float32) -> None:
        """The worst frame of a pair in A and in B, premultiplied (h, w, 4): what is seen of it."""
        if len(self._rows) == MOST_ROWS:
            self.left_out += 1
            return
        box = seen_box(np.maximum(a[..., 3], b[..., 3]) > 0, margin=WINDOW)
        rows, columns = box.slices(Box(0, 0, a.shape[1], a.shape[0]))
        a, b = a[rows, columns], b[rows, columns]
        self._rows.append((pair, _small(a), _small(b), _small(amplified(a, b))))

    def write(self, path: Path) -> bool:
        """Write the PNG; False, and no file, where nothing was taken. Raises CannotWrite."""
        if not self._rows:
            return False
        width = 2 * EDGE + 3 * CELL[0] + 2 * GAP
        page = Image.new("RGB", (width, 2 * EDGE + len(self._rows) * (HEAD + CELL[1] + GAP) - GAP), PAPER)
        for index, row in enumerate(self._rows):
            _draw(page, EDGE + index * (HEAD + CELL[1] + GAP), row)
        with atomic(path) as temporary:
            page.save(temporary, "PNG", optimize=True)
        return True


def amplified(a: Float32, b: Float32) -> Float32:
    """(h, w, 4) opaque: the difference of colour and of alpha, so strong that the largest is white."""
    difference = np.abs(a - b)
    colour = np.maximum(difference[..., :3], difference[..., 3:])
    shown = np.ones_like(a)
    shown[..., :3] = colour / max(float(colour.max()), 1e-6)
    return shown


def _small(picture: Float32) -> torch.Tensor:
    return reduced(torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))), CELL)


def _draw(page: Image.Image, top: int, row: Row) -> None:
    pair, a, b, difference = row
    pen = ImageDraw.Draw(page)
    name = f"{pair.what or Path(pair.a).name} · {pair.preset}".rstrip(" ·")
    put(pen, (EDGE, top), name, 18, page.width - 2 * EDGE, keep="end")
    gain = f", {1 / pair.least.difference:.3g} times as strong" if 0 < pair.least.difference < 0.95 else ""
    light = is_light([a, b])
    shown = (
        (f"A, frame {pair.frame}", panel(a, CELL, light=light)),
        (f"B, SSIM {pair.least.ssim:.4f}", panel(b, CELL, light=light)),
        (f"difference{gain}", _on_black(difference)),
    )
    for index, (caption, picture) in enumerate(shown):
        x = EDGE + index * (CELL[0] + GAP)
        put(pen, (x, top + 30), caption, 14, CELL[0], ink=PALE)
        page.paste(picture, (x, top + HEAD))


def _on_black(small: torch.Tensor) -> Image.Image:
    """An opaque (4, h, w) picture in the middle of a black cell."""
    pixels = (small[:3].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    cell = Image.new("RGB", CELL)
    cell.paste(Image.fromarray(pixels), ((CELL[0] - pixels.shape[1]) // 2, (CELL[1] - pixels.shape[0]) // 2))
    return cell
