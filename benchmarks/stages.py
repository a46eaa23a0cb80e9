"""Where `art animate` spends its CPU time: ms per layer-frame of each step, on the peers' composition.

Steps are timed with their thread's own CPU clock, nested ones taken out of the outer, so the figures add up and do not
depend on what else the machine does.

    python benchmarks/stages.py [--frames 30]
"""

from __future__ import annotations

import argparse
import functools
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import measure
import scenes
from engine import alpha, composite, export, pictures
from engine.codecs import bleed, colour
from engine.codecs import frame as codec_frame
from engine.codecs.movie import MovieWriter, Picture
from engine.codecs.prores_slices import SliceWriter
from engine.pipeline import Request, run_item

# Where each step lives: what the table calls it, the module or class whose name is looked up when it runs, the name.
STEPS: tuple[tuple[str, Any, str], ...] = (
    ("draw a layer", pictures, "draw"),
    ("composite: still parts, boxes", composite.Compositor, "frame"),
    ("colour bleed: cells", codec_frame, "bled"),
    ("colour bleed, un-premultiply", bleed.Bled, "rows"),
    ("Y'CbCr 4:4:4, 10 bits", colour, "to_yuv444"),
    ("composite over paper, Y'CbCr 4:2:0", colour, "to_yuv420"),
    ("alpha codes", alpha, "quantised"),
    ("composite kept for its files", pictures.Stage, "_composite"),
    ("paint the picture", Picture, "paint"),
    ("encode, mux", MovieWriter, "write"),
    ("encode, mux: slices", SliceWriter, "write"),
    ("remember for the check", export.Written, "note"),
    ("check the file", export, "check"),
)


class Clock:
    """CPU seconds of steps by name, over all threads; an inner step's time is not the outer's."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = threading.local()

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*arguments: Any, **named: Any) -> Any:
            outer, self._inner.total = getattr(self._inner, "total", 0.0), 0.0
            start = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                taken = time.thread_time() - start
                self.seconds[name] += taken - self._inner.total
                self._inner.total = outer + taken

        return timed


def profile(frames: int, work: Path) -> tuple[dict[str, float], float]:
    """Seconds of each step, and of the whole process."""
    clock = Clock()
    for name, place, attribute in STEPS:
        setattr(place, attribute, clock.wrap(name, getattr(place, attribute)))
    scene = scenes.write(scenes.composition(frames), work / "scene", frames)
    start = time.process_time()
    request = Request(scene / "design.psd", work / "out", layout=scene / "motion.yaml", formats=("prores4444",),
                      composites=("mp4",))  # fmt: skip
    run_item(request)
    return clock.seconds, time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=30)
    frames = parser.parse_args().frames
    with tempfile.TemporaryDirectory(prefix="stages-") as work:
        seconds, whole = profile(frames, Path(work))
    seconds["everything else (planning, PSD, threads)"] = whole - sum(seconds.values())
    count = frames * len(scenes.composition(1))
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    rows = [[name, f"{1000 * taken / count:.2f}", f"{100 * taken / whole:.0f} %"] for name, taken in ordered]
    rows.append(["all", f"{1000 * whole / count:.2f}", "100 %"])
    print(f"{measure.machine()}; {frames} frames, imports left out")
    print(measure.table(["step", "CPU ms / layer-frame", "share"], rows))


if __name__ == "__main__":
    main()
