"""A 4K layer turned and laid over a 4K frame on a CUDA device, against what copying the same bytes takes.

    python benchmarks/render_gpu.py [--device cuda] [--size 3840x2160]

The floor is a device copy of one premultiplied float32 RGBA frame: it reads 16 bytes and writes 16 bytes a pixel, what
drawing a layer must at least move. Ratio 1 is as fast as memory allows. The last table compares pictures: the greatest
difference between CPU and device for every kind of moment, in 1/255; the renderer promises at most 2.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.geometry import Box, FloatArray, trs_matrix
from engine.motion_field import Grid, Moment, PartMoment, PatchMoment, rest_field
from engine.render import draw, prepare
from engine.tile import Tile


def milliseconds(work: Callable[[], object], device: torch.device, runs: int = 30) -> float:
    """Median wall time of one run, the device waited for."""
    times = []
    for run in range(runs + 5):
        wait(device)
        start = time.perf_counter()
        work()
        wait(device)
        if run >= 5:
            times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def picture(box: Box, seed: int = 0) -> Tensor:
    """(4, h, w) premultiplied: coloured detail of many sizes, a soft alpha and hard holes."""
    y, x = np.mgrid[0 : box.height, 0 : box.width].astype(np.float32)
    waves = [np.sin(x / (3 + k) + seed) * np.cos(y / (5 + 2 * k) - seed) * 0.5 + 0.5 for k in range(3)]
    alpha = np.clip(np.sin(x / 70) + np.cos(y / 90) + 1.2, 0, 1) * ((x // 37 + y // 41) % 5 > 0)
    return torch.from_numpy(np.stack([*(wave * alpha for wave in waves), alpha]).astype(np.float32))


def turned(box: Box, degrees: float, shift: tuple[float, float] = (0, 0), scale: Any = (1, 1)) -> FloatArray:
    angle = math.radians(degrees)
    turn = np.array([math.cos(angle), math.sin(angle)])
    return trs_matrix(np.array(box.center), np.array(shift, float), turn, np.array(0.0), np.array(scale, float))


def moment(matrix: FloatArray, patch: PatchMoment | None = None, **changes: Any) -> Moment:
    rest: dict[str, Any] = dict.fromkeys(("matte", "flow", "opacity_grid", "gain_grid"))
    rest |= {"opacity": 1.0, "gain": (1.0, 1.0, 1.0), "blur": 0.0, "hue": 0.0, "glow": 0.0, "glow_radius": 0.0}
    return Moment((PartMoment(matrix=matrix, **{**rest, **changes}),), patch)


def moments(box: Box) -> dict[str, Moment]:
    random = np.random.default_rng(0)
    flow = Grid(box, random.normal(size=(1, 9, 9, 2)).astype(np.float32) * 5)
    ramp = Grid(box, random.uniform(size=(1, 4, 4, 1)).astype(np.float32))
    patch = PatchMoment(box, np.ascontiguousarray(picture(box, 3).numpy()[:, ::8, ::8]) * np.float32(0.6), None)
    return {
        "rest": moment(turned(box, 0)),
        "shift": moment(turned(box, 0, (3.3, 2.7))),
        "turn 7": moment(turned(box, 7, (3.3, 2.7))),
        "turn 45": moment(turned(box, 45)),
        "scale 0.4": moment(turned(box, 3, scale=(0.4, 0.4))),
        "flip to a tenth": moment(turned(box, 3, scale=(0.1, 1))),
        "scale 6": moment(turned(box, 3, scale=(6, 6))),
        "flow": moment(turned(box, 0), flow=flow),
        "flow, turn 7": moment(turned(box, 7), flow=flow),
        "opacity grid": moment(turned(box, 0), opacity_grid=ramp),
        "hue and gain": moment(turned(box, 0), hue=1.0, gain=(1.3, 1.0, 0.8)),
        "blur 12": moment(turned(box, 2), blur=12.0),
        "glow 20": moment(turned(box, 2), glow=0.7, glow_radius=20.0),
        "patch": moment(turned(box, 2), patch),
    }


def times(box: Box, device: torch.device) -> None:
    still = Tile(box, picture(box))
    sprite = prepare(still, rest_field(box.center, Fraction(30), 1), device)
    frame = picture(box, 1).to(device)
    out = torch.empty_like(frame)
    copy = milliseconds(lambda: out.copy_(frame), device)
    rate = 2 * frame.numel() * 4 / copy / 1e6
    print(f"{box.width}x{box.height}, float32 RGBA; copy {copy:.3f} ms, {rate:.0f} GB/s read and written\n")
    print(f"{'':20}{'draw ms':>10}{'ratio':>8}{'draw + over ms':>16}{'ratio':>8}")

    def over(what: Moment) -> Tensor:
        top = draw(sprite, what, box).placed(box)
        return torch.addcmul(top, frame, 1 - top[3:])

    for name, what in moments(box).items():
        alone = milliseconds(lambda what=what: draw(sprite, what, box), device)  # type: ignore[misc]
        both = milliseconds(lambda what=what: over(what), device)  # type: ignore[misc]
        print(f"{name:20}{alone:10.3f}{alone / copy:8.1f}{both:16.3f}{both / copy:8.1f}")
    if device.type == "cuda":
        print(f"\npeak device memory {torch.cuda.max_memory_reserved(device) / 2**20:.0f} MiB")


def differences(box: Box, device: torch.device) -> None:
    still, field = Tile(box, picture(box)), rest_field(box.center, Fraction(30), 1)
    here, there = prepare(still, field), prepare(still, field, device)
    print(f"\n{box.width}x{box.height}: CPU beside {device}, greatest difference in 1/255")
    for name, what in moments(box).items():
        drawn = draw(there, what, box).placed(box)
        again = draw(there, what, box).placed(box)
        worst = (drawn.cpu() - draw(here, what, box).placed(box)).abs().max().item() * 255
        same = "repeats bit for bit" if torch.equal(drawn, again) else "DIFFERS FROM ITSELF"
        print(f"{name:20}{worst:10.5f}   {same}")


def main() -> None:
    parser = argparse.ArgumentParser(description="4K warp and composite against the copy-bandwidth limit")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--size", default="3840x2160")
    options = parser.parse_args()
    device = torch.device(options.device)
    width, height = (int(side) for side in options.size.split("x"))
    print(torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU", "torch", torch.__version__)
    times(Box(0, 0, width, height), device)
    differences(Box(0, 0, min(width, 1280), min(height, 720)), device)


if __name__ == "__main__":
    main()
