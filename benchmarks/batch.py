"""What `art batch` costs beside its items, and what its cache saves, on a library of small designs.

Overhead: wall and CPU time of `art batch run` with one worker and no cache, starting included, over those of the same
items done one after the other in one process that has everything loaded; goal 1.05. Two workers: what both cores give.
Cache: the share of kept files that came out of it; designs share a background in tens and a badge altogether.
Ray (`--ray`, alone): wall time on a cluster of this machine that is already there, over that of two local workers.

    python benchmarks/batch.py [--designs 200] [--turns 1] [--ray]
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from engine.batch.local import SPINS
from measure import ROOT, Usage, interleaved, machine, median, run, table

SIZE = (160, 120)  # w, h
LAYOUT = """version: 1
canvas: {fps: 12, duration: 1s}
layers:
  - {layer: badge, loop: {motion: bob, period: 1s}}
  - {layer: title, in: fade, loop: {motion: pulse, period: 1s}}
"""
OPTIONS = ["device=cpu", "format=webm,png", "composite=mp4"]


def draw(library: Path, designs: int) -> None:
    """Folders of three PNGs: a background that ten share, a badge that all share, a title of its own."""
    for number in range(designs):
        folder = library / f"card-{number:03d}"
        folder.mkdir(parents=True)
        for name, seed, box in (
            ("00_background", number // 10, (0, 0, *SIZE)),
            ("01_badge", 1000, (10, 20, 50, 60)),
            ("02_title", 2000 + number, (40, 70, 150, 100)),
        ):
            pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
            x0, y0, x1, y1 = box
            rows, columns = np.mgrid[y0:y1, x0:x1]
            color = np.random.default_rng(seed).integers(0, 128, 3)
            pixels[y0:y1, x0:x1, :3] = color + (rows[..., None] + columns[..., None]) // 3  # below 256
            pixels[y0:y1, x0:x1, 3] = 255
            Image.fromarray(pixels).save(folder / f"{name}.png")
    (library / "motion.yaml").write_text(LAYOUT)


def batch(work: Path, workers: int, *more: str) -> list[str]:
    out = Path(tempfile.mkdtemp(dir=work))
    options = [word for option in OPTIONS for word in ("--set", option)]
    return [
        sys.executable, "-m", "art_cli.main", "batch", "run", str(work / "library"), "-o", str(out), "-j", str(workers),
        "-l", str(work / "library" / "motion.yaml"), *options, "--progress", "none", *more,
    ]  # fmt: skip


def warm(work: Path) -> Usage:
    """The sum of the items in one process that has everything loaded, measured inside it."""
    code = "import sys; sys.path.insert(0, 'benchmarks'); from batch import warm_items; warm_items(sys.argv[1])"
    same = {**os.environ, "OMP_NUM_THREADS": str(os.cpu_count()), "GOMP_SPINCOUNT": SPINS}  # as a batch's only worker
    words = [sys.executable, "-c", code, str(work)]
    told = subprocess.run(words, cwd=ROOT, env=same, capture_output=True, text=True, check=True)
    wall, cpu = json.loads(told.stdout)
    return Usage(wall, cpu, 0)


def warm_items(work: str) -> None:
    from engine.batch.engine import Task
    from engine.batch.jobs import plan_items
    from engine.batch.settings import options_of
    from engine.batch.worker import request_of
    from engine.pipeline import run_item
    from engine.warm import Warm

    out, library = Path(tempfile.mkdtemp(dir=work)), Path(work) / "library"
    items = plan_items([str(library)], out, str(library / "motion.yaml"), options_of(" ".join(OPTIONS)))
    kept = Warm()
    run_item(request_of(Task(items[-1], 1, "")), warm=kept)  # loads what is loaded late
    shutil.rmtree(items[-1].out)
    wall, cpu = time.perf_counter(), time.process_time()
    for item in items:
        run_item(request_of(Task(item, 1, "")), warm=kept)
    print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))


def cached(work: Path, workers: int) -> str:
    """Of a run with an empty cache, and of the same run again into another folder."""
    found = []
    os.environ["ART_CACHE"] = tempfile.mkdtemp(dir=work)
    for _ in range(2):
        command = batch(work, workers, "--json")
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        items = json.loads(told.stdout)["data"]["items"]
        kept = sum(item["files"] - 1 for item in items)  # all but motion.yaml
        found.append(f"{sum(item['cached'] for item in items) / kept:.0%} of {kept}")
    return f"{found[0]} files, again {found[1]}"


@contextmanager
def cluster() -> Iterator[None]:
    """A Ray cluster of this machine alone, and the environment by which `art` finds it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(RAY_ADDRESS=f"127.0.0.1:{port}", RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    words = ["--head", f"--port={port}", "--block", "--num-cpus=2", "--include-dashboard=false"]
    ray = [sys.executable, "-m", "ray.scripts.scripts", "start", "--disable-usage-stats", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(ray, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        started = any("Ray runtime started" in line for line in running.stdout)
        try:
            assert started, "Ray does not start"
            yield
        finally:
            running.terminate()


def beside_ray(work: Path, turns: int) -> None:
    """Wall time alone: what actors spend is counted by no parent of theirs here."""
    with cluster():
        run(batch(work, 2, "--no-cache", "--engine", "ray", "--items", "1-2"))  # the first import of a machine
        usages = interleaved(
            {
                "batch, 2 workers": lambda: run(batch(work, 2, "--no-cache")),
                "Ray, 2 actors": lambda: run(batch(work, 2, "--no-cache", "--engine", "ray")),
            },
            turns,
        )
    found = {name: median(each).wall for name, each in usages.items()}
    base = found["batch, 2 workers"]
    print(table(("", "wall s", "ratio"), [(name, f"{wall:.1f}", f"{wall / base:.2f}") for name, wall in found.items()]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designs", type=int, default=200)
    parser.add_argument("--turns", type=int, default=1)
    parser.add_argument("--ray", action="store_true")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        draw(work / "library", words.designs)
        if words.ray:
            print(f"{words.designs} designs on {machine()}")
            beside_ray(work, words.turns)
            return
        usages = interleaved(
            {
                "items in one warm process": lambda: warm(work),
                "batch, 1 worker": lambda: run(batch(work, 1, "--no-cache")),
                "batch, 2 workers": lambda: run(batch(work, 2, "--no-cache")),
            },
            words.turns,
        )
        found = {name: median(each) for name, each in usages.items()}
        base = found["items in one warm process"]
        rows = [
            (name, f"{use.wall:.1f}", f"{use.cpu:.1f}", f"{use.wall / base.wall:.2f}", f"{use.cpu / base.cpu:.2f}")
            for name, use in found.items()
        ]
        print(f"{words.designs} designs on {machine()}")
        print(table(("", "wall s", "CPU s", "wall ratio", "CPU ratio"), rows))
        print(f"from the cache, 1 worker: {cached(work, 1)}")
        print(f"from the cache, 2 workers: {cached(work, 2)}")


if __name__ == "__main__":
    main()
