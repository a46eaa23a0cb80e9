"""Reading a PSD to layers: our reader, every layer's pixels loaded, beside bare psd-tools, `topil` of every layer.

Ours also finds masks, clipping, effects and names, and refuses hostile files. One process, imports before the clock.

    python benchmarks/psd_layers.py [PSD ...]   nine turns; goal: at most 1.2. Default: the drawn design of six layers
    python benchmarks/psd_layers.py --quick     three turns
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

from psd_tools import PSDImage

import measure
import scenes
from engine import readers

GOAL = 1.2


def ours(path: Path) -> int:
    return sum(layer.load() is not None for layer in readers.read(path).layers())


def bare(path: Path) -> int:
    layers = (layer for layer in PSDImage.open(path).descendants() if not layer.is_group())
    return sum(layer.topil() is not None for layer in layers)


def seconds(work: Callable[[Path], int], path: Path) -> tuple[float, float]:
    """(wall, CPU) of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    work(path)
    return time.perf_counter() - wall, time.process_time() - cpu


def compare(path: Path, turns: int) -> list[str]:
    """One row: the file, medians in ms, ratios."""
    count = ours(path), bare(path)  # also warms up
    taken: dict[Callable[[Path], int], list[tuple[float, float]]] = {ours: [], bare: []}
    for turn in range(turns):
        for work in (ours, bare) if turn % 2 else (bare, ours):
            taken[work].append(seconds(work, path))
    mine, theirs = ([statistics.median(column) for column in zip(*taken[work], strict=True)] for work in (ours, bare))
    ratios = [f"{a / b:.2f}" for a, b in zip(mine, theirs, strict=True)]
    return [path.name, f"{count[0]} / {count[1]}", f"{1000 * mine[0]:.1f}", f"{1000 * theirs[0]:.1f}", *ratios]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--quick", action="store_true", help="three turns")
    given = parser.parse_args()
    turns = 3 if given.quick else 9
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)  # psd-tools names what it does not know
    with tempfile.TemporaryDirectory(prefix="psd-layers-") as work:
        files = given.files or [scenes.write(scenes.design(1), Path(work), 1) / "design.psd"]
        rows = [compare(path, turns) for path in files]
    print(f"{measure.machine()}; median of {turns}")
    print(measure.table(["", "layers ours / topil", "ours ms", "topil ms", "wall ratio", "CPU ratio"], rows))
    print(f"goal: at most {GOAL}")


if __name__ == "__main__":
    main()
