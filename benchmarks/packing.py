"""Tokens over each layer's own region against one full canvas a layer: time, memory, share of the machine's peak.

    python benchmarks/packing.py [--device cuda] [--layers 1 2 4 8 16 32] [--steps 12] [--out packing]

Region packing is what the backend does: a grid over each layer's region, layers in groups of at most four
(`engine/tiling.py`). Full canvas gives each layer of the same groups tokens of the same size in px over the whole
canvas. Sampling and decoding of one window are measured, with the bundled networks; reading pictures and words is not.
The second table tries switches (TF32, bf16, compiled blocks, CUDA graphs, both prompts at once), as ratios to none of
them. On a CPU ratios and shares are of CPU time, which a busy machine disturbs less.

It needs torch, numpy, safetensors and Pillow alone, writes OUT.json, OUT.md and OUT.png, and prints OUT.md.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import math
import platform
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.model.config import latent_frames
from engine.sampling import Velocity
from engine.tiling import RATE, STRIDE, Region
from engine.training.checkpoints import compile_blocks
from flops import Work
from packing_picture import draw
from packing_sample import (
    Networks,
    Scene,
    Switches,
    boxes,
    bundled,
    generated,
    groups,
    precision,
    scene,
    velocity_of,
    whole_canvas,
    work,
)

PATIENCE = 30.0  # s after which nothing is repeated


Row = dict[str, Any]  # figures by name, as they are written


@dataclass(frozen=True)
class Settings:
    device: torch.device
    steps: int  # of the sampler
    frames: int  # latent
    repeats: int


# --- measuring --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cost:
    """Best of the runs: wall time, CPU time, what it is judged by (s); what is in use at once beyond the inputs.

    What a CUDA graph keeps is an input.
    """

    seconds: float
    cpu: float
    clock: float  # the device's: wall time of a GPU, CPU time of a CPU
    peak: int | None  # bytes; None where the system does not tell
    runs: int


def cost(what: Callable[[], object], device: torch.device, repeats: int) -> Cost:
    """Best of `repeats` runs; of long ones fewer. The first also tells the memory."""
    runs: list[tuple[float, float]] = []
    peak = None
    while len(runs) < repeats and sum(wall for wall, _ in runs) < PATIENCE:
        before = None if runs else _memory_before(device)
        runs.append(_timed(what, device))
        peak = peak if before is None else _memory_now(device) - before
    wall, cpu = (min(times) for times in zip(*runs, strict=True))
    return Cost(wall, cpu, cpu if device.type == "cpu" else wall, peak, len(runs))


def _timed(what: Callable[[], object], device: torch.device) -> tuple[float, float]:
    _wait(device)
    wall, cpu = time.perf_counter(), time.process_time()
    what()
    _wait(device)
    return time.perf_counter() - wall, time.process_time() - cpu


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _memory_before(device: torch.device) -> int | None:
    """Bytes in use, with the mark of the highest set back to them. None: not on this system."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return torch.cuda.memory_allocated(device)
    if platform.system() != "Linux":
        return None
    ctypes.CDLL(None).malloc_trim(0)  # what earlier runs gave back
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): the high-water mark is set back
    return _status("VmRSS")


def _memory_now(device: torch.device) -> int:
    """The most bytes in use since `_memory_before`."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else _status("VmHWM")


def _status(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def peaks(device: torch.device, ways: Switches) -> tuple[float, float]:
    """FLOP/s of a large matrix product and of attention over many tokens: what the machine reaches at best."""
    side, n = (1024, 2048) if device.type == "cpu" else (8192, 16384)
    kind = torch.bfloat16 if ways.bf16 else torch.float32
    a = torch.randn(side, side, device=device, dtype=kind)
    q = torch.randn(1, 6, n, 64, device=device, dtype=kind)
    with precision(device, ways):
        product = cost(lambda: a @ a, device, 12).clock
        seen = cost(lambda: F.scaled_dot_product_attention(q, q, q), device, 12).clock
    return 2 * side**3 / product, 4 * n * n * 6 * 64 / seen


def measured(
    networks: Networks, regions: Sequence[Sequence[Region]], set_: Settings, ways: Switches, peak: tuple[float, float]
) -> Row:
    """All groups, one after another. `share`: of the time, what the arithmetic alone would take at `peak`."""
    device, config = set_.device, networks.transformer.config
    scenes = [scene(group, set_.frames, config, device) for group in regions]
    with precision(device, ways):
        began = time.perf_counter()
        ready = [(group, velocity_of(networks, group, ways)) for group in scenes]
        if ways.compiled or device.type == "cuda":  # programs are made, libraries choose theirs
            _all_of(networks, ready, 1)
        prepared = _timed_since(began, device)
        found = cost(lambda: _all_of(networks, ready, set_.steps), device, set_.repeats)
    total = sum((work(networks, group, set_.steps) for group in scenes), Work(0, 0))
    ideal = total.matmul / peak[0] + total.attention / peak[1]
    told = {"tokens": sum(group.tokens for group in scenes), "prepared": prepared, "share": ideal / found.clock}
    return {**asdict(found), **asdict(total), **told, "cpu_per_layer": found.cpu / sum(map(len, regions))}


def _all_of(networks: Networks, ready: Sequence[tuple[Scene, Velocity]], steps: int) -> None:
    for group, velocity in ready:
        generated(networks, group, steps, velocity)


def _timed_since(began: float, device: torch.device) -> float:
    _wait(device)
    return time.perf_counter() - began


# --- tables -----------------------------------------------------------------------------------------------------------


def packing(networks: Networks, counts: Sequence[int], set_: Settings, peak: tuple[float, float]) -> list[Row]:
    """A row for each number of layers: over their regions, and over the whole canvas."""
    rows = []
    for count in counts:
        regions = groups(boxes(count))
        wide = [[whole_canvas(region) for region in group] for group in regions]
        own, other = (measured(networks, some, set_, Switches(), peak) for some in (regions, wide))
        rows.append({"layers": count, "region": own, "canvas": other})
        print(f"{count} layers: {own['seconds']:.3f} s, {other['seconds']:.3f} s", file=sys.stderr, flush=True)
    return rows


def switched(make: Callable[[], Networks], count: int, set_: Settings) -> list[Row]:
    """Each switch alone and some together, for `count` layers over their regions."""
    rows: list[Row] = []
    for name, ways in _tried(set_.device).items():
        try:
            networks = make()  # compiled blocks stay compiled
            if ways.compiled:
                compile_blocks(networks.transformer)
                compile_blocks(networks.autoencoder)
            row = measured(networks, groups(boxes(count)), set_, ways, peaks(set_.device, ways))
        except Exception as error:  # a switch that this machine cannot take is a line of the table
            row = {"error": f"{type(error).__name__}: {str(error)[:80]}".replace("\n", " ")}
        rows.append({"name": name, **row})
        print(f"{name}: {row.get('seconds', row.get('error'))}", file=sys.stderr, flush=True)
    return rows


def _tried(device: torch.device) -> dict[str, Switches]:
    here = {
        "none": Switches(),
        "one prompt after the other": Switches(paired=False),
        "bf16": Switches(bf16=True),
        "compiled": Switches(compiled=True),
    }
    if device.type != "cuda":
        return here
    return {
        **here,
        "TF32": Switches(tf32=True),
        "CUDA graph": Switches(graph=True),
        "graph, TF32": Switches(graph=True, tf32=True),
        "graph, bf16": Switches(graph=True, bf16=True),
        "graph, TF32, compiled": Switches(graph=True, tf32=True, compiled=True),
        "graph, bf16, compiled": Switches(graph=True, bf16=True, compiled=True),
    }


def markdown(told: Row) -> str:
    """Both tables, with what they were measured on."""
    clock = "CPU time" if told["device"] == "cpu" else "time"
    return "\n".join(
        [
            f"{told['machine']}; {told['seconds']:g} s of motion, {told['steps']} steps, single precision. Peak: "
            f"{told['peak'][0] / 1e12:.3g} TFLOP/s in matrix products, {told['peak'][1] / 1e12:.3g} in attention.",
            "",
            f"| layers | tokens | s | s a layer | CPU s a layer | MiB | share of peak | full canvas: tokens | s | MiB "
            f"| share | {clock} | memory |",
            "|---" * 13 + "|",
            *map(_packing_line, told["packing"]),
            "",
            f"| switch ({told['tried']} layers) | s | {clock} | CPU s a layer | MiB | share of peak | prepared in s |",
            "|---" * 7 + "|",
            *(_switch_line(row, told["switches"][0]) for row in told["switches"]),
            "",
        ]
    )


def _packing_line(row: Row) -> str:
    count, own, wide = row["layers"], row["region"], row["canvas"]
    memory = f"{wide['peak'] / own['peak']:.2f}" if own["peak"] and wide["peak"] else "-"
    cells = [
        count, own["tokens"], f"{own['seconds']:.3f}", f"{own['seconds'] / count:.3f}", f"{own['cpu_per_layer']:.3f}",
        _mebibytes(own["peak"]), f"{own['share']:.2f}", wide["tokens"], f"{wide['seconds']:.3f}",
        _mebibytes(wide["peak"]), f"{wide['share']:.2f}", f"{wide['clock'] / own['clock']:.2f}", memory,
    ]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def _switch_line(row: Row, first: Row) -> str:
    if "error" in row:
        return f"| {row['name']} | {row['error']} | | | | | |"
    cells = [
        row["name"], f"{row['seconds']:.3f}", f"{row['clock'] / first['clock']:.2f}", f"{row['cpu_per_layer']:.3f}",
        _mebibytes(row["peak"]), f"{row['share']:.2f}", f"{row['prepared']:.1f}",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _mebibytes(count: int | None) -> str:
    return "-" if count is None else f"{count / 2**20:.0f}"


# --- command ----------------------------------------------------------------------------------------------------------


def machine(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}"
    return f"CPU, {torch.get_num_threads()} threads, torch {torch.__version__}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--layers", type=int, nargs="*", default=[1, 2, 4, 6, 8, 16, 32])
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=3.0, help="of motion, one window: 3 at most")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--switches", type=int, default=1, metavar="LAYERS", help="that the switches are tried on")
    parser.add_argument("--out", type=Path, default=Path("packing"))
    options = parser.parse_args()
    device = torch.device(options.device)
    frames = latent_frames(STRIDE * math.ceil(options.seconds * RATE / STRIDE) + 1)
    set_ = Settings(device, options.steps, frames, options.repeats)
    peak = peaks(device, Switches())
    told = {
        "machine": machine(device), "device": device.type, "seconds": options.seconds, "steps": options.steps,
        "peak": peak, "packing": packing(bundled(device), options.layers, set_, peak),
        "tried": options.switches, "switches": switched(lambda: bundled(device), options.switches, set_),
    }  # fmt: skip
    options.out.with_suffix(".json").write_text(json.dumps(told, indent=1))
    options.out.with_suffix(".md").write_text(markdown(told))
    if told["packing"]:
        draw(told, options.out.with_suffix(".png"))
    print(markdown(told))


if __name__ == "__main__":
    main()
