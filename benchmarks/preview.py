"""How the preview page plays 40 moving layers, 10 s at 30 frames a second, in headless Chromium without a GPU.

The page itself measures: the time to its first picture, and the frames that it could not show in time while it plays
once through. CPU time is that of all the browser's processes.

    python benchmarks/preview.py [--layers 40] [--seconds 10] [--work FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import scenes
from engine.pipeline import Request, run_item
from engine.preview import write_page

SIZES = ((80, 200), (80, 200), (240, 460), (80, 200), (240, 460), (560, 800))  # px, from and to, over and over
MOTIONS = ("float", "sway", "bob", "spin", "breathe", "wiggle", "swing", "pulse")
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SHOWN = "window.artPreview && artPreview.then((page) => page.player.opened > 0)"
PLAYED = """async () => {
  const { player } = await artPreview;
  player.play(false);
  player.loop = false;
  player.seek(0);
  player.play(true);
  while (player.playing) await new Promise((later) => setTimeout(later, 20));
  return { opened: player.opened, dropped: player.dropped, small: player.film.stage.size };
}"""


def project(count: int) -> list[scenes.Drawn]:
    """A backdrop and shapes of mixed sizes, all moving."""
    random = np.random.default_rng(40)
    width, height = scenes.CANVAS
    backdrop = scenes.backdrop((width + 160, height + 90), 1)
    drift = {"loop": {"motion": "drift", "period": "5s", "amount": "1%"}}
    layers = [scenes.Drawn("Backdrop", backdrop, -80, -45, drift)]
    for index in range(1, count):
        low, high = SIZES[index % len(SIZES)]
        size = int(random.integers(low, high)), int(random.integers(low, high))
        place = float(random.uniform(0.1, 0.9) * width), float(random.uniform(0.15, 0.85) * height)
        motion = {"loop": {"motion": MOTIONS[index % len(MOTIONS)], "period": "5s"}}
        layers.append(scenes.cut(f"Shape {index}", scenes.artwork(size, index, 1.5), place, motion=motion))
    return layers


def made(work: Path, layers: int, seconds: float) -> Path:
    """The output folder of the project, proxies alone; made once."""
    scene, out = work / f"{layers}-layers", work / f"{layers}-layers" / "out"
    if not (out / "SHA256SUMS").is_file():
        scenes.write(project(layers), scene, round(seconds * scenes.FPS))
        job = Request(scene / "design.psd", out, layout=scene / "motion.yaml", formats=(), composites=(), force=True)
        run_item(job)
    return out


def played(page: Path) -> dict[str, Any]:
    """Open the page, play it once, and let it tell."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        view = browser.new_page(viewport={"width": 1280, "height": 720})
        view.goto(page.as_uri())
        view.wait_for_function(SHOWN)
        before, start = dict(_processor_seconds()), time.perf_counter()
        found: dict[str, Any] = view.evaluate(PLAYED)
        wall, after = time.perf_counter() - start, dict(_processor_seconds())
        browser.close()
    spent = sum(after.values()) - sum(before.get(process, 0.0) for process in after)
    return found | {"wall": round(wall, 2), "processors": round(spent / wall, 2)}


def _processor_seconds(process: int | None = None) -> Iterator[tuple[int, float]]:
    """CPU seconds of this process's children, and theirs (Linux)."""
    for task in Path(f"/proc/{process or os.getpid()}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            yield child, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            yield from _processor_seconds(child)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--work", type=Path, help="keep the project here")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        page = write_page(made(given.work or Path(scratch), given.layers, given.seconds))
        found = played(page) | {"megabytes": round(page.stat().st_size / 1e6, 1)}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
