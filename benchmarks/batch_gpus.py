"""Several GPUs of one host: a library of designs with prompts, its items spread over workers that have a GPU each.

Generation alone: nothing but the manifest is written, and the clock runs from when every worker has made a design
until all are made; goals 1.9 times one GPU on two and 3.6 times on four. Whole job: the same designs and workers, and
pictures are drawn and written. One design: where its time goes, in one warm process with the share of the processors
that a worker has when all GPUs are busy.

    python benchmarks/batch_gpus.py [--designs 64] [--gpus 1,2,4] [--write 'format=webm composite=mp4']
    python benchmarks/batch_gpus.py --device cpu --workers 1,2 --designs 3 --seconds 1     does it run

By default the whole job writes PNGs of every half second, which needs no encoder of movies; `--write` takes options of
`art animate` instead. Nothing comes from the cache.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from measure import ROOT, machine, table

sys.path.insert(0, str(ROOT))

from engine.batch.driver import GRACE, Rules, drive, log_path
from engine.batch.jobs import Item, plan_items
from engine.batch.local import LocalEngine, processors, visible_gpus
from engine.batch.settings import options_of
from engine.progress import Silent

SIZE = (480, 360)  # w, h
# of each layer its name, centre and radius as shares of the height, and what it does, one after the other
LAYERS: tuple[tuple[str, tuple[float, float], float, tuple[str, ...]], ...] = (
    ("cloud", (0.4, 0.3), 0.2, ("it drifts slowly to the left", "it fades in", "it floats from side to side")),
    ("balloon", (0.9, 0.5), 0.25, ("it bobs up and down", "it sways in the wind", "it slides in from the right")),
    ("star", (0.6, 0.75), 0.15, ("it spins once", "it pulses", "it wiggles")),
)
SAID = re.compile(r"motion was generated in ([\d.]+) s")
STEPS = ("reading and planning", "generation", "drawing", "writing")


def draw(library: Path, designs: int, seconds: float) -> None:
    """Folders of PNGs, a still background and three layers, each with a layout of its own beside it."""
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    for number in range(designs):
        chance = np.random.default_rng(number)
        folder = library / f"card-{number:03d}"
        folder.mkdir(parents=True)
        _save(folder / "00_background.png", chance, np.ones((SIZE[1], SIZE[0])))
        told = ["  - {layer: background, hold: true}"]
        for index, (name, (x, y), radius, prompts) in enumerate(LAYERS, 1):
            far = np.hypot(columns / SIZE[1] - x, (rows / SIZE[1] - y) * (1 + number % 3 / 4)) / radius
            _save(folder / f"{index:02d}_{name}.png", chance, np.clip((1 - far) * 12, 0, 1))
            told.append(f"  - {{layer: {name}, prompt: {prompts[number % len(prompts)]}}}")
        head = f"version: 1\ncanvas: {{fps: 24, duration: {seconds:g}s}}\nlayers:\n"
        (library / f"card-{number:03d}.yaml").write_text(head + "\n".join(told) + "\n")


def _save(path: Path, chance: np.random.Generator, alpha: Any) -> None:
    """A gradient between two colours with some grain, under alpha (h, w) in 0..1."""
    first, last = chance.integers(0, 256, (2, 3))
    across = np.linspace(0, 1, SIZE[0])[None, :, None]
    colour = first + (last - first) * across + chance.normal(0, 4, (SIZE[1], SIZE[0], 1))
    pixels = np.concatenate([colour, 255 * alpha[..., None]], axis=-1)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)


# --- the batches ------------------------------------------------------------------------------------------------------


class Loaded(LocalEngine):
    """The local engine, whose workers stay from one batch to the next."""

    def close(self, grace: float) -> None:
        """Nothing: see `end`."""

    def end(self) -> None:
        super().close(GRACE)


@dataclass(frozen=True)
class Took:
    """Of one batch: seconds of wall time, and those of its items, summed up."""

    designs: int
    wall: float
    items: float
    generation: float

    @property
    def rate(self) -> float:
        return self.designs / self.wall


@dataclass(frozen=True)
class Found:
    """Of so many GPUs. `start`: until every worker has made a design, less what a design takes from then on."""

    gpus: int
    start: float
    alone: Took
    whole: Took


def items_of(work: Path, options: str, turn: int) -> list[Item]:
    """The library into a folder of its own. No two seeds are alike: what a worker still has is not generated again."""
    out, library = Path(tempfile.mkdtemp(dir=work)), work / "library"
    options = f"{options} seed={turn}{{number}}"
    return plan_items([str(library)], out, str(library / "{name}.yaml"), options_of(options))


def made(items: Sequence[Item], engine: LocalEngine) -> Took:
    """Drive a batch of these items, none of which may fail."""
    out, began = Path(items[0].out).parent, time.perf_counter()
    states = drive(items, items, out, engine, Rules(attempts=1), Silent())
    wall = time.perf_counter() - began
    generation = 0.0
    for item in items:
        log, state = log_path(out, item).read_text("utf-8"), states[item.key]
        said = SAID.search(log)
        if state.phase != "finished" or said is None:
            raise RuntimeError(f"{item.name}: {state.message or 'no motion was generated'}\n{log[-3000:]}")
        generation += float(said[1])
    return Took(len(items), wall, sum(states[item.key].seconds for item in items), generation)


def measured(work: Path, gpus: int, names: Sequence[str], nothing: str, written: str) -> Found:
    """The same workers load, generate all designs, then make them whole."""
    engine = Loaded(gpus, gpus=names[:gpus])
    try:
        first = made(items_of(work, nothing, 1)[:gpus], engine)
        alone = made(items_of(work, nothing, 2), engine)
        whole = made(items_of(work, written, 3), engine)
    finally:
        engine.end()
    return Found(gpus, max(0.0, first.wall - alone.items / alone.designs), alone, whole)


# --- one design -------------------------------------------------------------------------------------------------------


def parts_of(work: Path, workers: int, gpu: Sequence[str], written: str) -> dict[str, float]:
    """Seconds of each of STEPS for a design, measured in a process like a worker's."""
    code = "import sys; sys.path.insert(0, 'benchmarks'); from batch_gpus import tell_parts; tell_parts(*sys.argv[1:])"
    cores = max(1, len(processors()) // workers)
    seen = {"CUDA_VISIBLE_DEVICES": gpu[0]} if gpu else {}
    words = [sys.executable, "-c", code, str(work), str(cores), written]
    told = subprocess.run(
        words, cwd=ROOT, env={**os.environ, **seen, "OMP_NUM_THREADS": str(cores)}, stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    found: dict[str, float] = json.loads(told.stdout)
    return found


def tell_parts(work: str, cores: str, written: str) -> None:
    """Print them as JSON: means over eight designs, after one that loads what is loaded late."""
    from engine import pipeline
    from engine.batch.engine import Task
    from engine.batch.worker import request_of
    from engine.pictures import Stage
    from engine.warm import Warm

    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, processors()[: int(cores)])
    taken = dict.fromkeys(STEPS, 0.0)
    pipeline.animate = _timed("generation", pipeline.animate, taken)
    pipeline.export = _timed("writing", pipeline.export, taken)
    Stage.pictures = _drawn(Stage.pictures, taken)  # type: ignore[method-assign]
    first, *items = items_of(Path(work), written, 4)[:9]
    warm = Warm()
    pipeline.run_item(request_of(Task(first, 1, "")), warm=warm)
    taken.update(dict.fromkeys(STEPS, 0.0))
    began = time.perf_counter()
    for item in items:
        pipeline.run_item(request_of(Task(item, 1, "")), warm=warm)
    whole = time.perf_counter() - began
    taken["writing"] -= taken["drawing"]  # which happens while files are open
    taken["reading and planning"] = whole - sum(taken.values())
    print(json.dumps({name: seconds / len(items) for name, seconds in taken.items()}))


def _timed(name: str, work: Callable[..., Any], taken: dict[str, float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return work(*arguments, **named)
        finally:
            taken[name] += time.perf_counter() - began

    return timed


def _drawn(pictures: Callable[..., Iterator[Any]], taken: dict[str, float]) -> Callable[..., Iterator[Any]]:
    """`Stage.pictures`, the device waited for after every frame."""
    import torch

    def timed(*arguments: Any, **named: Any) -> Iterator[Any]:
        frames = pictures(*arguments, **named)
        while True:
            began = time.perf_counter()
            frame = next(frames, None)
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            taken["drawing"] += time.perf_counter() - began
            if frame is None:
                return
            yield frame

    return timed


# --- tables -----------------------------------------------------------------------------------------------------------


def put_tables(found: Sequence[Found], what: str, parts: dict[str, float]) -> None:
    print("\ngeneration alone")
    print(_alone(found, what))
    print("\nwhole job")
    print(_whole(found, what))
    print("\none design of the whole job")
    all_parts = sum(parts.values())
    print(table(("", "s", "share"), [(name, f"{s:.2f}", f"{s / all_parts:.0%}") for name, s in parts.items()]))
    starts = ", ".join(f"{one.start / (one.start + one.whole.wall):.0%} on {one.gpus}" for one in found)
    print(f"\nmost of a design's time: {max(parts, key=lambda name: parts[name])}")
    print(f"start and load, of the whole job: {starts}")


def _alone(found: Sequence[Found], what: str) -> str:
    head = (f"{what}s", "wall s", "generation s, sum", f"share of a {what}'s time", "designs/s", "ratio")
    rows = []
    for one in found:
        took, share = one.alone, one.alone.generation / one.alone.wall / one.gpus
        ratio = took.rate / found[0].alone.rate
        figures = f"{took.wall:.1f}", f"{took.generation:.1f}", f"{share:.0%}", f"{took.rate:.2f}", f"{ratio:.2f}"
        rows.append((str(one.gpus), *figures))
    return table(head, rows)


def _whole(found: Sequence[Found], what: str) -> str:
    walls = "start and load s", "designs s", "all s"
    head = (f"{what}s", *walls, "generation s, sum", "rest s, sum", "designs/s", "ratio")
    rows = []
    for one in found:
        took, ratio = one.whole, one.whole.rate / found[0].whole.rate
        times = f"{one.start:.1f}", f"{took.wall:.1f}", f"{one.start + took.wall:.1f}"
        sums = f"{took.generation:.1f}", f"{took.items - took.generation:.1f}"
        rows.append((str(one.gpus), *times, *sums, f"{took.rate:.2f}", f"{ratio:.2f}"))
    return table(head, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--designs", type=int, default=64)
    parser.add_argument("--gpus", "--workers", dest="gpus", default="1,2,4", help="how many at once, one after another")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=3.0, help="of motion")
    parser.add_argument("--write", default="", help="options of `art animate` for the whole job")
    words = parser.parse_args()
    counts, names = [int(word) for word in words.gpus.split(",")], visible_gpus() if words.device != "cpu" else ()
    if words.device != "cpu" and max(counts) > len(names):
        parser.error(f"there are {len(names)} GPUs")
    if words.designs < max(2, *counts):
        parser.error("there must be two designs, and one a worker")
    moments = ",".join(f"{half / 2:g}s" for half in range(int(2 * words.seconds)))
    nothing = f"device={words.device} format=none composite=none proxies=false"
    written = f"device={words.device} {words.write or f'still={moments}'}"
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        draw(work / "library", words.designs, words.seconds)
        what = f"{len(LAYERS)} layers with prompts, {words.seconds:g} s"
        print(f"{words.designs} designs, each {what}; {machine()}", flush=True)
        found = []
        for count in counts:
            found.append(measured(work, count, names, nothing, written))
            print(f"  {count}: {found[-1].alone.wall:.2f} s, {found[-1].whole.wall:.2f} s", file=sys.stderr, flush=True)
        put_tables(found, "GPU" if names else "worker", parts_of(work, max(counts), names, written))


if __name__ == "__main__":
    main()
