r"""A picture of what players make of a hand-off, beside our composite: Lottie in rlottie, the page in Chromium.

    art animate examples/ui-card/card.psd --layout examples/ui-card/motion.yaml --size 960 --format none \
        --composite png --handoff lottie,html -o out
    python benchmarks/handoff_players.py out docs/pictures/handoff-players.png 0.7 1.3

Prints, of every tenth frame, how far each is from the composite. rlottie reads pictures without interpolation, so it
draws at four times the size and the mean of each block counts. Everything is over white.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import rlottie_python
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import sync_playwright

from engine.manifest import read_manifest

Picture = NDArray[np.float64]  # (h, w, 3) in 0..1
FINE = 4
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SEEK = "time => document.getAnimations().forEach(each => { each.pause(); each.currentTime = time })"
BARE = (
    "main { width: %dpx !important; max-width: none !important; max-height: none !important; margin: 0 !important }"
    "body { padding: 0 !important; background: #fff !important }"
)
INK, FAINT, GAP, TOP, SHOWN = (30, 32, 38), (110, 114, 124), 16, 44, 480


def composite(folder: Path, frame: int) -> Picture:
    rgba = np.asarray(Image.open(sorted((folder / "composite_png").glob("*.png"))[frame]).convert("RGBA")) / 255
    return np.asarray(rgba[..., :3] * rgba[..., 3:] + 1 - rgba[..., 3:])


def in_rlottie(path: Path, size: tuple[int, int], frames: Sequence[int]) -> list[Picture]:
    (width, height), drawn = size, []
    with rlottie_python.LottieAnimation(data=path.read_text()) as film:
        for frame in frames:
            raw = film.lottie_animation_render(frame_num=frame, width=FINE * width, height=FINE * height)
            bgra = np.frombuffer(raw, np.uint8).reshape(height, FINE, width, FINE, 4).mean(axis=(1, 3)) / 255
            drawn.append(bgra[..., 2::-1] + 1 - bgra[..., 3:])
    return drawn


def in_chromium(path: Path, size: tuple[int, int], rate: Fraction, frames: Sequence[int]) -> list[Picture]:
    width, height = size
    drawn = []
    with sync_playwright() as running:
        options = ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
        browser = running.chromium.launch(executable_path=CHROMIUM, args=options)
        page = browser.new_page(viewport={"width": width, "height": height + 100})
        page.goto(path.resolve().as_uri())
        page.add_style_tag(content=BARE % width)
        for frame in frames:
            page.evaluate(SEEK, float(1000 * frame / rate))
            page.wait_for_timeout(80)
            shot = page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height})
            drawn.append(np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")) / 255)
        browser.close()
    return drawn


def measured(ours: Sequence[Picture], theirs: Sequence[Picture]) -> str:
    errors = [np.abs(one - other) for one, other in zip(ours, theirs, strict=True)]
    decibel = [-10 * np.log10(max(1e-9, float(np.square(error).mean()))) for error in errors]
    mean, most = max(error.mean() for error in errors), max(error.max() for error in errors)
    return f"{min(decibel):.1f} dB, mean {255 * mean:.2f}/255, largest {255 * most:.0f}/255"


def sheet(rows: Sequence[Sequence[Picture]], names: Sequence[str]) -> Image.Image:
    """A row a moment, a column a player."""
    height, width = rows[0][0].shape[:2]
    shown = (SHOWN, round(height * SHOWN / width))
    page = Image.new("RGB", (GAP + (SHOWN + GAP) * len(names), TOP + (shown[1] + GAP) * len(rows)), (244, 244, 242))
    pen, bold, small = ImageDraw.Draw(page), ImageFont.load_default(16), ImageFont.load_default(12)
    for column, name in enumerate(names):
        head, _, tail = name.partition(": ")
        x = GAP + column * (SHOWN + GAP)
        pen.text((x, 14), head, font=bold, fill=INK)
        pen.text((x + pen.textlength(head, font=bold) + 12, 18), tail, font=small, fill=FAINT)
        for row, pictures in enumerate(rows):
            codes = np.round(255 * np.clip(pictures[column], 0, 1)).astype(np.uint8)
            page.paste(
                Image.fromarray(codes).resize(shown, Image.Resampling.LANCZOS), (x, TOP + row * (shown[1] + GAP))
            )
    return page


def main(folder: Path, path: Path, moments: Sequence[str]) -> None:
    manifest = read_manifest(folder)
    rate, size = Fraction(manifest.fps), manifest.size
    wanted = [min(manifest.frames - 1, round(Fraction(moment) * rate)) for moment in moments]
    frames = sorted({*range(0, manifest.frames, 10), *wanted})
    players: dict[str, Callable[[], list[Picture]]] = {
        "Lottie in rlottie": lambda: in_rlottie(folder / "handoff" / "lottie.json", size, frames),
        "Web page in Chromium": lambda: in_chromium(folder / "handoff" / "web" / "index.html", size, rate, frames),
    }
    columns = {"Our composite": [composite(folder, frame) for frame in frames]}
    ours = columns["Our composite"]
    for name, play in players.items():
        theirs = play()
        said = measured(ours, theirs)
        print(f"{name}: {said}")
        columns[f"{name}: {said}"] = theirs
    rows = [[drawn[frames.index(frame)] for drawn in columns.values()] for frame in wanted]
    sheet(rows, list(columns)).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] or ["0"])
