"""Moving pictures of one length beside each other in one WebP: `side_by_side.py OUT A.webp B.webp ...`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageSequence

GAP = 6  # px


def beside(pictures: Sequence[Image.Image]) -> Image.Image:
    """One frame of all, on white."""
    width = sum(picture.width for picture in pictures) + GAP * (len(pictures) - 1)
    frame = Image.new("RGB", (width, max(picture.height for picture in pictures)), "white")
    left = 0
    for picture in pictures:
        frame.paste(picture, (left, 0))
        left += picture.width + GAP
    return frame


def main(out: Path, sources: Sequence[Path]) -> None:
    opened = [Image.open(source) for source in sources]
    films = [[frame.convert("RGB") for frame in ImageSequence.Iterator(picture)] for picture in opened]
    frames = [beside(pictures) for pictures in zip(*films, strict=True)]
    duration = opened[0].info["duration"]  # ms a frame
    frames[0].save(out, save_all=True, append_images=frames[1:], duration=duration, loop=0, quality=60, method=4)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
