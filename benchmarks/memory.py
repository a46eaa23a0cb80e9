"""Does memory grow with the length of an animation? Peak of `art animate` with 300 frames against 30.

python benchmarks/memory.py           1920x1080, five moving layers, ProRes and a composite; goal: at most 1.05
python benchmarks/memory.py --quick   150 frames against 15
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import measure

GOAL = 1.05
HERE = Path(__file__).resolve().parent


def runner(frames: int, every: int, work: Path) -> Callable[[], measure.Usage]:
    """Animate the peers' composition for so many frames, its motion repeated, so that only the length differs.

    Another process draws it, so that this one stays small.
    """
    scene, out = work / f"scene-{frames}", work / f"out-{frames}"
    asked = ["composition", scene, "--frames", str(frames), "--every", str(every)]
    subprocess.run([sys.executable, HERE / "scenes.py", *asked], check=True)

    def once() -> measure.Usage:
        shutil.rmtree(out, ignore_errors=True)
        return measure.run(measure.animate(scene, out))

    return once


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="150 frames against 15")
    parser.add_argument("--repeats", type=int, default=2)
    given = parser.parse_args()
    short, long = (15, 150) if given.quick else (30, 300)
    with tempfile.TemporaryDirectory(prefix="memory-", dir=os.environ.get("BENCH_FOLDER")) as work:
        runs = {f"{n} frames": runner(n, short, Path(work)) for n in (short, long)}
        found = {name: measure.median(usages) for name, usages in measure.interleaved(runs, given.repeats).items()}
    first = found[f"{short} frames"]
    if first.peak < 2 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024:
        raise RuntimeError("this process is too large to tell the peak of another")
    rows = [[name, f"{u.peak / 2**20:.0f}", f"{u.peak / first.peak:.3f}", f"{u.wall:.1f}"] for name, u in found.items()]
    print(f"{measure.machine()}; median of {given.repeats}")
    print(measure.table(["art animate", "peak MiB", "ratio", "wall s"], rows))
    print(f"goal: at most {GOAL}")


if __name__ == "__main__":
    main()
