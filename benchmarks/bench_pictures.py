"""The pictures of docs/bench.md: of every class the first contact sheet, which has the worst items first, as WebP.

art evaluate bench --device cuda --out results
python benchmarks/bench_pictures.py results docs/pictures
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

QUALITY = 62


def main(results: Path, pictures: Path) -> None:
    """RESULTS/ours-CLASS-1.png to PICTURES/bench-CLASS.webp, with their sizes in kB."""
    for sheet in sorted(results.glob("ours-*-1.png")):
        target = pictures / f"bench-{sheet.stem.split('-')[1]}.webp"
        with Image.open(sheet) as picture:
            picture.convert("RGB").save(target, quality=QUALITY, method=6)
        print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
