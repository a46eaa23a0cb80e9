"""From a save to its result under `--watch`: seconds and CPU seconds for one small layer of the poster, draft quality.

Takes turns: another amount in the layout's line of one bird, then the PSD saved with another opacity of that bird.

    python benchmarks/watch.py [--turns 5] [--format webm] [--composite mp4]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from engine.pipeline import Request
from engine.progress import Silent
from engine.watch import Rendering, watch

POSTER = Path(__file__).parent.parent / "examples" / "poster"
OLD = "  - layer: Birds/*\n"
BIRD = "  - {{layer: Birds/Bird 5, loop: {{motion: bob, period: 750ms, amount: {amount}px}}}}\n"


def layout(amount: int) -> str:
    """The poster's layout without prompts, one bird by itself."""
    text = (POSTER / "motion.yaml").read_text()
    start, end = text.index("  # (these two are told in words"), text.index("  # wings beat")
    return (text[:start] + text[end:]).replace(OLD, BIRD.format(amount=amount) + OLD)


def paint(design: Path, turn: int) -> None:
    """Save the design with another opacity of one bird."""
    from psd_tools import PSDImage

    psd = PSDImage.open(design)
    bird = next(layer for layer in psd.descendants() if layer.name.startswith("Bird 5"))
    bird.opacity = 250 - turn
    psd.save(design.with_suffix(".new"))
    os.replace(design.with_suffix(".new"), design)


def measured(work: Path, formats: tuple[str, ...], composites: tuple[str, ...], turns: int) -> dict[str, list[float]]:
    """Seconds by kind of save: wall from the save to the result, and CPU of this process."""
    design, path = work / "poster.psd", work / "motion.yaml"
    shutil.copy(POSTER / "poster.psd", design)
    path.write_text(layout(4))
    saves: list[tuple[str, Callable[[], object]]] = []
    for turn in range(turns):
        saves.append(("layout", lambda turn=turn: path.write_text(layout(5 + turn))))  # type: ignore[misc]  # the turn is bound at once
        saves.append(("design", lambda turn=turn: paint(design, turn)))  # type: ignore[misc]  # as above
    found: dict[str, list[float]] = {}
    before: list[tuple[str, float, float]] = []

    def report(rendering: Rendering) -> None:
        if before:
            kind, wall, cpu = before.pop()
            found.setdefault(kind, []).append(time.monotonic() - wall)
            found.setdefault(f"{kind} (CPU)", []).append(time.process_time() - cpu)
            print(f"{kind:8} {time.monotonic() - wall:5.2f} s  made {', '.join(rendering.made)}", flush=True)
        if saves:
            kind, save = saves.pop(0)
            save()
            before.append((kind, time.monotonic(), time.process_time()))

    job = Request(design, work / "out", layout=path, formats=formats, composites=composites, quality="draft")
    watch(job, Silent, report, turns=2 * turns + 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--format", default="")
    parser.add_argument("--composite", default="")
    words = parser.parse_args()
    formats, composites = (tuple(filter(None, text.split(","))) for text in (words.format, words.composite))
    with tempfile.TemporaryDirectory() as work:
        found = measured(Path(work), formats, composites, words.turns)
    for kind, seconds in found.items():
        print(f"{kind:14} median {statistics.median(seconds):.2f} s, most {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
