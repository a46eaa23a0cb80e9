"""Contact sheet of the drawings: python -m engine.dataset.drawings OUT.png [SEEDS [FAMILY ...]]."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from . import FAMILIES, draw, flat

CELL = 128


def on_checker(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(s, s, 4) premultiplied over a mid-tone checker, (s, s, 3)."""
    y, x = np.mgrid[0 : len(pixels), 0 : len(pixels)] // 16
    checker = np.where((x + y) % 2, 150, 128)[..., None]  # (s, s, 1)
    shown = pixels[..., :3] + checker * (255 - pixels[..., 3:].astype(float)) / 255
    result: NDArray[np.uint8] = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
    return result


def sheet(names: list[str], seeds: int) -> Image.Image:
    """One row a family, one column a seed."""
    rows = [np.concatenate([on_checker(flat(draw(name, seed, CELL))) for seed in range(seeds)], 1) for name in names]
    return Image.fromarray(np.concatenate(rows))


def main(arguments: list[str]) -> None:
    seeds = int(arguments[1]) if len(arguments) > 1 else 8
    sheet(arguments[2:] or list(FAMILIES), seeds).save(arguments[0])


if __name__ == "__main__":
    main(sys.argv[1:])
