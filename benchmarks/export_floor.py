"""`art animate` against its floor: the ffmpeg program, given frames that are already drawn (ffmpeg_floor.py).

The design: 1920x1080, six layers, 3 s at 30 fps, the background still (written as a PNG by `art`, not at all by the
floor) or, with --moving, drifting as well; one ProRes 4444 a moving layer and an H.264 composite, settings from
presets/export. The floor encodes the frames that `art animate` itself draws: they are taken from its lossless export,
colour bled under alpha 0 as in every lossy export, the composite laid over white. So the floor pays pipes, colour
conversion, encoding and a check that decodes every frame; `art` pays reading the PSD, drawing, compositing, conversion,
encoding and its own check. Both write to the same folder and run as many encoders as there are cores.

    python benchmarks/export_floor.py           90 frames, medians of five turns; goal: wall and CPU at most 1.25
    python benchmarks/export_floor.py --moving  all six layers move
    python benchmarks/export_floor.py --quick   30 frames, one turn

Needs ffmpeg and 4.5 GB of free memory, where the raw frames wait in the page cache (BENCH_FOLDER moves them).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import ffmpeg_floor
import measure
import scenes
from engine import alpha
from engine.codecs import Frame
from engine.codecs.frame import BLEED
from engine.geometry import Box
from engine.presets import export_presets

GOAL = 1.25
HERE = Path(__file__).resolve().parent
CANVAS_BOX = Box(0, 0, *scenes.CANVAS)


def encoders() -> tuple[list[str], list[str]]:
    """ffmpeg's arguments for a layer and for the composite, as presets/export says."""
    master, preview = (dict(export_presets()[name].options) for name in ("prores4444", "mp4"))
    return (
        ffmpeg_floor.prores_arguments(int(master["qscale"])),
        ffmpeg_floor.h264_arguments(int(preview["crf"]), str(preview["preset"])),
    )


# -- the frames of the floor ------------------------------------------------------------------------------------------


def prepare(scene: Path, frames: int, work: Path) -> Path:
    """A job for ffmpeg_floor with the frames that `art animate` draws of the scene."""
    lossless = work / "lossless"
    measure.run(measure.animate(scene, lossless, "qtrle", "none"))
    files = sorted((lossless / "layers").iterdir())  # numbered from the bottom
    job = write_job(files, frames, work)
    shutil.rmtree(lossless)
    return job


def write_job(files: list[Path], frames: int, work: Path) -> Path:
    """The frames of layers, bottom to top, and of their composite, as raw files and a job. Stills are not encoded."""
    master, preview = encoders()
    raw, out = work / "raw", work / "floor"
    for folder in (raw, out):
        folder.mkdir(parents=True, exist_ok=True)
    layers = [_clip(raw / file.stem, "rgba", master, out / f"{file.stem}.mov") for file in files]
    whole = _clip(raw / "composite", "rgb24", preview, out / "composite.mp4")
    writers = [ffmpeg_floor.RawWriter(clip) for clip in (*layers, whole)]
    for pictures in zip(*(_pictures(file, frames) for file in files), strict=True):
        paper = np.full((scenes.CANVAS[1], scenes.CANVAS[0], 3), 255, np.uint8)
        for writer, picture in zip(writers, pictures, strict=False):
            writer.write(_laid_over(paper, picture).tobytes())
        writers[-1].write(paper.tobytes())
    for writer in writers:
        writer.close()
    if any(len(clip.shown) != frames for clip in (*layers, whole)):
        raise RuntimeError(f"{[len(clip.shown) for clip in layers]} frames came, {frames} were expected")
    moving = [layer for layer, file in zip(layers, files, strict=True) if file.suffix == ".mov"]
    return ffmpeg_floor.save_job([*moving, whole], work / "floor.json")


def _clip(raw: Path, pixel_format: str, encoder: list[str], out: Path) -> ffmpeg_floor.Clip:
    return ffmpeg_floor.Clip(f"{raw}.raw", pixel_format, scenes.CANVAS, scenes.FPS, encoder, str(out))


def _pictures(file: Path, frames: int) -> Iterator[NDArray[np.uint8]]:
    """(h, w, 4) straight frames of a movie, or of a still on and on."""
    if file.suffix == ".png":
        yield from repeat(np.asarray(Image.open(file).convert("RGBA")), frames)
        return
    width, height = scenes.CANVAS
    command = ["ffmpeg", "-v", "error", "-i", str(file), "-f", "rawvideo", "-pix_fmt", "rgba", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        while data := program.stdout.read(width * height * 4):
            yield np.frombuffer(data, np.uint8).reshape(height, width, 4)


def _laid_over(paper: NDArray[np.uint8], picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The layer's picture with bled colour, (h, w, 4); also lays it over `paper` (h, w, 3), in place."""
    box = _opaque_box(picture[..., 3])
    bled = np.zeros_like(picture)
    if box.is_empty:
        return bled
    rows, columns = box.slices(CANVAS_BOX)
    planar = np.ascontiguousarray(picture[rows, columns].transpose(2, 0, 1)).astype(np.float32) / np.float32(255)
    frame = Frame.drawn(CANVAS_BOX, box, alpha.premultiply(planar))
    below = paper[rows, columns].transpose(2, 0, 1) / np.float32(255)
    mixed = frame.rgba[:3] + below * (1 - frame.rgba[3])
    paper[rows, columns] = alpha.quantised(mixed, 255).transpose(1, 2, 0)
    grown = box.grow(BLEED) & CANVAS_BOX
    around = np.zeros((4, grown.height, grown.width), np.float32)
    rows, columns = box.slices(grown)
    around[:, rows, columns] = frame.rgba
    rows, columns = grown.slices(CANVAS_BOX)
    bled[rows, columns] = alpha.quantised(alpha.bleed(around), 255).transpose(1, 2, 0)
    return bled


def _opaque_box(coverage: NDArray[np.uint8]) -> Box:
    rows, columns = (np.flatnonzero(coverage.any(axis)) for axis in (1, 0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1) if len(rows) else Box(0, 0, 0, 0)


# -- the comparison ---------------------------------------------------------------------------------------------------


def compare(scene_name: str, frames: int, repeats: int, work: Path) -> str:
    scene = scenes.write(scenes.SCENES[scene_name](frames), work / "scene", frames)
    job = prepare(scene, frames, work)
    out = work / "art"

    def ours() -> measure.Usage:
        shutil.rmtree(out, ignore_errors=True)
        return measure.run(measure.animate(scene, out, "prores4444", "mp4"))

    def floor(*options: str) -> Callable[[], measure.Usage]:
        return lambda: measure.run([sys.executable, HERE / "ffmpeg_floor.py", job, *options])

    contenders = {"art animate": ours, "floor": floor(), "floor, unchecked": floor("--no-check")}
    found = measure.interleaved(contenders, repeats)
    return report({name: measure.median(usages) for name, usages in found.items()})


def report(found: dict[str, measure.Usage]) -> str:
    ours = found["art animate"]
    rows = []
    for name, usage in found.items():
        wall, cpu = ours.wall / usage.wall, ours.cpu / usage.cpu
        rows.append(
            [
                name,
                f"{usage.wall:.2f}",
                f"{usage.cpu:.2f}",
                f"{usage.cpu / usage.wall:.2f}",
                f"{wall:.3f}",
                f"{cpu:.3f}",
            ]
        )
    head = ["", "wall s", "CPU s", "cores busy", "art's wall / this", "art's CPU / this"]
    goal = f"goal: at most {GOAL} times the floor, wall and CPU; largest process of art {ours.peak / 2**20:.0f} MiB"
    return f"{measure.table(head, rows)}\n{goal}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="30 frames, one turn")
    parser.add_argument("--moving", action="store_true", help="the background moves too")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    frames, repeats = (30, 1) if given.quick else (90, given.repeats)
    print(f"{measure.machine()}; {frames} frames, median of {repeats}", flush=True)
    with tempfile.TemporaryDirectory(prefix="export-floor-", dir=os.environ.get("BENCH_FOLDER")) as work:
        print(compare("moving" if given.moving else "design", frames, repeats, Path(work)))


if __name__ == "__main__":
    main()
