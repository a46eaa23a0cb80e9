"""Draw the four examples: `python examples/make.py [FOLDER]` writes every design and still, here or into FOLDER.

Needs what `animated-art[psd-full]` installs. The layouts (`motion.yaml`) are written by hand and left alone.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from artwork import card, character, logo, poster
from artwork.drawing import Board
from artwork.files import Design, flatten, write_ora, write_png_stack, write_psd
from PIL import Image

STILL_HEIGHT = 720  # px, of the pictures in README.md


def make(out: Path) -> None:
    for name in ("poster", "character", "ui-card", "logo", "stills"):
        (out / name).mkdir(parents=True, exist_ok=True)

    scene = poster.design()
    write_psd(out / "poster" / "poster.psd", scene, poster.BOARD)
    write_still(out / "stills" / "poster.webp", scene, poster.BOARD)

    fox = character.design()
    write_png_stack(out / "character", fox, character.BOARD)
    write_still(out / "stills" / "character.webp", fox, character.BOARD)

    stay = card.design()
    write_psd(out / "ui-card" / "card.psd", stay, card.BOARD)
    write_still(out / "stills" / "ui-card.webp", stay, card.BOARD)

    bird = logo.design()
    write_ora(out / "logo" / "logo.ora", bird, logo.BOARD)
    write_still(out / "stills" / "logo.webp", bird, logo.BOARD)


def write_still(path: Path, design: Design, board: Board) -> None:
    picture = flatten(design, board).convert("RGB")
    size = round(picture.width * STILL_HEIGHT / picture.height), STILL_HEIGHT
    picture.resize(size, Image.Resampling.LANCZOS).save(path, quality=92, method=6)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the four examples.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent, help="default: here")
    make(parser.parse_args().folder)
