"""A picture of a preview page, as a browser shows it: `docs/pictures/preview.png`.

python benchmarks/page_picture.py FOLDER/preview.html docs/pictures/preview.png --frame 37 --layer "Balloon small"
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
POSED = """async ([frame, name]) => {
  const page = await artPreview;
  page.player.seek(frame);
  page.select(FILM.layers.find((layer) => layer.name === name)?.id ?? "");
  while (page.player.shown !== frame) await new Promise(requestAnimationFrame);
}"""


def take(page: Path, picture: Path, frame: int, layer: str) -> None:
    """Open the page, go to a frame, select a layer, and keep what is seen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        view = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
        view.goto(page.resolve().as_uri())
        view.wait_for_function("window.artPreview && artPreview.then((page) => page.player.opened > 0)")
        view.evaluate(POSED, [frame, layer])
        view.wait_for_timeout(500)
        view.screenshot(path=picture)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--frame", type=int, default=0)
    parser.add_argument("--layer", default="", help="the layer that is selected, by its name")
    given = parser.parse_args()
    take(given.page, given.picture, given.frame, given.layer)


if __name__ == "__main__":
    main()
