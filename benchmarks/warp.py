"""CPU time of turning one 600 x 600 RGBA layer: our renderer beside the other ways, one thread, one run.

    python benchmarks/warp.py

The quality column turns a zone plate (frequencies up to 0.35 cycles a pixel) whose exact turned picture is a formula:
PSNR in dB. Times are the least of several runs, in CPU milliseconds, and a ratio to our own `draw` at 17 degrees. Ours
reads a lattice twice as dense as the layer with OpenCV's `remap`; the ways that read the same lattice stand below it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image

from engine.geometry import Box, FloatArray, invert, trs_matrix
from engine.motion_field import Grid, Moment, PartMoment, rest_field
from engine.render import draw, prepare
from engine.render.pyramid import Level, Pyramid
from engine.render.read import Reading, drawing_threads, pixels_by_gather
from engine.tile import Tile

SIZE = 600
ANGLES = (0.2, 17.0, 45.0, 88.0)
BOX = Box(0, 0, SIZE, SIZE)
Drawer = Callable[[FloatArray], NDArray[np.float32]]  # forward (2, 3) -> (4, h, w)


def least(work: Callable[[], object], runs: int = 9) -> float:
    """CPU milliseconds of the fastest of several runs, the first left out."""
    work()
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times) * 1e3


def turn(degrees: float, shift: tuple[float, float] = (0, 0), scale: float = 1.0) -> FloatArray:
    angle = math.radians(degrees)
    middle = np.array(BOX.center)
    return trs_matrix(
        middle, np.array(shift), np.array([math.cos(angle), math.sin(angle)]), np.array(0.0), np.array([scale, scale])
    )


def zone_plate(x: FloatArray, y: FloatArray) -> NDArray[np.float32]:
    """(4, h, w) rings around the middle, opaque; nothing beyond the inscribed circle changes."""
    r = np.hypot(x - SIZE / 2, y - SIZE / 2)
    tone = 0.5 + 0.45 * np.cos(math.pi * 0.35 * np.minimum(r, SIZE / 2) ** 2 / (SIZE / 2) + x / 7)
    return np.stack([tone, tone, tone, np.ones_like(tone)]).astype(np.float32)


def contenders(still: NDArray[np.float32]) -> dict[str, Drawer]:
    table = {
        "art: draw": ours(still),
        **dense_ways(still),
        **torch_ways(still),
        "Pillow 8-bit bicubic": pillow_way(still),
    }
    table["numpy bilinear"] = numpy_way(still)
    return table | opencv_ways(still)


def moment(matrix: FloatArray, **changes: Any) -> Moment:
    rest: dict[str, Any] = dict.fromkeys(("matte", "flow", "opacity_grid", "gain_grid"))
    rest |= {"opacity": 1.0, "gain": (1.0, 1.0, 1.0), "blur": 0.0, "hue": 0.0, "glow": 0.0, "glow_radius": 0.0}
    return Moment((PartMoment(matrix=matrix, **{**rest, **changes}),), None)


def ours(still: NDArray[np.float32]) -> Drawer:
    sprite = prepare(Tile(BOX, torch.from_numpy(still)), rest_field(BOX.center, Fraction(30), 1))
    return lambda matrix: draw(sprite, moment(matrix), BOX).placed(BOX).numpy()


def dense_ways(still: NDArray[np.float32]) -> dict[str, Drawer]:
    """Other ways to read our lattice: what CUDA does, and OpenCV's own affine, with and without the planar copy."""
    level = Pyramid(Level(torch.from_numpy(still), 0.5, 0.5, 1.0, 1.0)).dense(0, 0)
    planar = Level(level.rgba.contiguous(), level.x, level.y, level.dx, level.dy)
    samples = level.rgba.permute(1, 2, 0).numpy()
    corners = np.array([(0, 0), (SIZE, 0), (SIZE, SIZE), (0, SIZE)], np.float64)

    def gather(matrix: FloatArray) -> NDArray[np.float32]:
        reading = Reading([(planar, 1.0)], (1, 1), invert(matrix), None, corners)
        pixels: NDArray[np.float32] = pixels_by_gather(reading, BOX).numpy()
        return pixels

    def affine(matrix: FloatArray) -> NDArray[np.float32]:
        back = invert(matrix) * 2
        back[:, 2] += back[:, :2] @ [0.5, 0.5] - 2 * np.array([level.x, level.y])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        read: NDArray[np.float32] = np.asarray(cv2.warpAffine(samples, back, (SIZE, SIZE), flags=flags), np.float32)
        return read

    return {
        "our lattice, torch grid_sample (CUDA's way)": gather,
        "our lattice, OpenCV warpAffine, left interleaved": lambda matrix: affine(matrix).transpose(2, 0, 1),
        "our lattice, OpenCV warpAffine, planar copy": lambda m: np.stack(cv2.split(affine(m))),
    }


def torch_ways(still: NDArray[np.float32]) -> dict[str, Drawer]:
    planar = torch.from_numpy(still)[None]
    last = planar.contiguous(memory_format=torch.channels_last)

    def way(source: torch.Tensor, mode: str) -> Drawer:
        def drawn(matrix: FloatArray) -> NDArray[np.float32]:
            theta = torch.from_numpy(unit_affine(matrix))[None].float()
            places = F.affine_grid(theta, [1, 4, SIZE, SIZE], align_corners=False)
            sampled: NDArray[np.float32] = F.grid_sample(source, places, mode, align_corners=False)[0].numpy()
            return sampled

        return drawn

    return {
        f"torch affine_grid + grid_sample, {mode}, {name}": way(source, mode)
        for mode in ("bilinear", "bicubic")
        for name, source in (("planar", planar), ("channels last", last))
    }


def unit_affine(matrix: FloatArray) -> FloatArray:
    """The inverse affine between the squares [-1, 1] that torch speaks of."""
    half = SIZE / 2
    to_pixels = np.array([[half, 0, half], [0, half, half], [0, 0, 1]])
    whole = np.linalg.inv(to_pixels) @ np.vstack([invert(matrix), [0, 0, 1]]) @ to_pixels
    affine: FloatArray = whole[:2]
    return affine


def pillow_way(still: NDArray[np.float32]) -> Drawer:
    image = Image.fromarray((still.transpose(1, 2, 0) * 255 + 0.5).astype(np.uint8))

    def drawn(matrix: FloatArray) -> NDArray[np.float32]:
        back = tuple(float(value) for value in invert(matrix).ravel())
        turned = image.transform((SIZE, SIZE), Image.Transform.AFFINE, back, Image.Resampling.BICUBIC)
        values: NDArray[np.float32] = np.asarray(turned, np.float32) / np.float32(255)
        return values.transpose(2, 0, 1)

    return drawn


def numpy_way(still: NDArray[np.float32]) -> Drawer:
    padded = np.pad(still, ((0, 0), (1, 2), (1, 2)))

    def drawn(matrix: FloatArray) -> NDArray[np.float32]:
        y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
        back = invert(matrix)
        u, v = (np.clip(row[0] * x + row[1] * y + row[2] - 0.5, -1, SIZE) + 1 for row in back)
        i, j = u.astype(np.int32), v.astype(np.int32)
        fx, fy = (u - i).astype(np.float32), (v - j).astype(np.float32)
        top = padded[:, j, i] * (1 - fx) + padded[:, j, i + 1] * fx
        bottom = padded[:, j + 1, i] * (1 - fx) + padded[:, j + 1, i + 1] * fx
        turned: NDArray[np.float32] = top * (1 - fy) + bottom * fy
        return turned

    return drawn


def opencv_ways(still: NDArray[np.float32]) -> dict[str, Drawer]:
    interleaved = np.ascontiguousarray(still.transpose(1, 2, 0))
    # OpenCV counts from pixel centres
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])

    def way(flag: int) -> Drawer:
        def drawn(matrix: FloatArray) -> NDArray[np.float32]:
            centred = np.linalg.inv(half) @ np.vstack([matrix, [0, 0, 1]]) @ half
            turned = np.asarray(cv2.warpAffine(interleaved, centred[:2], (SIZE, SIZE), flags=flag), np.float32)
            return np.ascontiguousarray(turned.transpose(2, 0, 1))

        return drawn

    flags = {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "Lanczos": cv2.INTER_LANCZOS4}
    return {f"OpenCV {cv2.__version__} {name}, planar copy": way(flag) for name, flag in flags.items()}


def quality(drawer: Drawer) -> float:
    """PSNR (dB) of a turn by 17 degrees and a shift, inside the inscribed circle."""
    matrix = turn(17.0, (0.3, 0.45))
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    back = invert(matrix)
    wanted = zone_plate(*(row[0] * x + row[1] * y + row[2] for row in back))
    inside = np.hypot(x - SIZE / 2, y - SIZE / 2) < SIZE / 2 - 8
    error = (np.clip(drawer(matrix), 0, 1) - wanted)[0][inside]
    return float(-10 * np.log10(np.mean(error.astype(np.float64) ** 2)))


def compare() -> None:
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    table = contenders(zone_plate(x, y))
    unit = 0.0
    print(f"{'CPU ms, one thread':50}" + "".join(f"{angle:>8.1f}°" for angle in ANGLES) + "   ratio  PSNR dB")
    for name, drawer in table.items():
        times = [least(lambda angle=angle, drawer=drawer: drawer(turn(angle))) for angle in ANGLES]  # type: ignore[misc]
        unit = unit or times[1]
        print(f"{name:50}" + "".join(f"{t:9.2f}" for t in times) + f"{times[1] / unit:8.2f} {quality(drawer):8.1f}")


def own_work() -> None:
    """What each kind of moment costs our renderer."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    sprite = prepare(Tile(BOX, torch.from_numpy(zone_plate(x, y))), rest_field(BOX.center, Fraction(30), 1))
    waves = np.random.default_rng(0).normal(size=(1, 9, 9, 2)).astype(np.float32)
    ramp = np.array([[[0.0], [1.0]], [[0.0], [1.0]]], np.float32)[None]
    canvas = BOX.grow(200)
    work = {
        "rest": moment(turn(0)),
        "whole-pixel shift": moment(turn(0, (7, 3))),
        "shift": moment(turn(0, (0.3, 0.4))),
        "scale 1.1": moment(turn(0, scale=1.1)),
        "scale 0.5": moment(turn(0, scale=0.5)),
        "turn 5 degrees": moment(turn(5)),
        "flow": moment(turn(0), flow=Grid(BOX, waves)),
        "opacity ramp": moment(turn(0), opacity_grid=Grid(BOX, ramp)),
        "opacity": moment(turn(0), opacity=0.5),
        "hue": moment(turn(0), hue=1.0),
        "glow, radius 12": moment(turn(0), glow=0.5, glow_radius=12.0),
    }
    print("\nart: draw, CPU ms")
    for name, what in work.items():
        print(f"{name:30}{least(lambda what=what: draw(sprite, what, canvas)):9.2f}")  # type: ignore[misc]
    sigmas = iter(np.linspace(6, 8, 100))
    print(
        f"{'blur, sigma 6 to 8, changing':30}"
        f"{least(lambda: draw(sprite, moment(turn(0), blur=float(next(sigmas))), canvas)):9.2f}"
    )


if __name__ == "__main__":
    with drawing_threads(1):
        compare()
        own_work()
