"""`art animate` beside other ways to make the same files: five alpha ProRes 4444 layers and an H.264 composite.

Contenders: encoding alone (ffmpeg, frames drawn before), an hour's script (OpenCV and PyAV), MoviePy 2, Remotion 4 on
Debian's Chromium. All write the same scene with the settings of our presets; every file is checked with ffprobe and
its picture compared with one drawn by Pillow. Printed: CPU ms per layer-frame (user + system of all processes, the
composite included), wall time, and the ratio of ours to each.

    python benchmarks/peers.py                    90 frames, Remotion once, the others three times
    python benchmarks/peers.py --quick            30 frames, each once
    python benchmarks/peers.py --only art,script  some of them

Needs ffmpeg; makes benchmarks/.venv and benchmarks/peers/remotion/node_modules when they are missing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import ffmpeg_floor
import measure
import scenes
from export_floor import encoders

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
REMOTION = HERE / "peers" / "remotion"
GOALS = {"script": 1.0, "moviepy": 0.45, "remotion": 0.12}
# Mean difference from the expected picture, of 255: a layer misplaced by some 30 px is 13 off. Grain and Remotion's
# JPEG frames cost the composite 1.5.
ALPHA_LEVELS, COLOUR_LEVELS = 1.5, 3.0
SLOW = {"remotion"}  # once is enough: minutes, and far from the others

Command = Sequence[str | Path]


def peer_python() -> Path:
    """The peers' own environment, made when missing."""
    if not (VENV / "bin" / "moviepy_ready").exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([VENV / "bin" / "pip", "install", "-q", "-r", HERE / "peers" / "requirements.txt"], check=True)
        (VENV / "bin" / "moviepy_ready").touch()
    return VENV / "bin" / "python"


def remotion_folder(scene: Path, work: Path) -> Path:
    """A Remotion project with the scene in public/, its packages installed once beside the sources."""
    if not (REMOTION / "node_modules").exists():
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=REMOTION, check=True)
    folder = work / "remotion"
    shutil.copytree(REMOTION, folder, ignore=shutil.ignore_patterns("node_modules"))
    (folder / "node_modules").symlink_to(REMOTION / "node_modules")
    (folder / "public").mkdir()
    for file in (*scene.glob("*.png"), scene / "scene.json"):
        shutil.copy(file, folder / "public")
    return folder


def draw(layers: list[scenes.Drawn], frames: int, work: Path) -> Path:
    """The raw frames of encoding alone, as a job for ffmpeg_floor: layers, and the composite over white."""
    master, preview = encoders()
    out = work / "encode"
    clips = [clip(layer.name, work, "rgba", master, out / f"{layer.name}.mov") for layer in layers]
    whole = clip("composite", work, "rgb24", preview, out / "composite.mp4")
    writers = [ffmpeg_floor.RawWriter(each) for each in (*clips, whole)]
    for pictures in zip(*(scenes.drawn(layer, frames) for layer in layers), strict=True):
        canvas = Image.new("RGBA", scenes.CANVAS, "white")
        for writer, picture in zip(writers, pictures, strict=False):
            writer.write(picture.tobytes())
            canvas.alpha_composite(picture)
        writers[-1].write(canvas.convert("RGB").tobytes())
    for writer in writers:
        writer.close()
    return ffmpeg_floor.save_job([*clips, whole], work / "encode.json")


def clip(name: str, work: Path, pixel_format: str, encoder: list[str], out: Path) -> ffmpeg_floor.Clip:
    return ffmpeg_floor.Clip(str(work / f"{name}.raw"), pixel_format, scenes.CANVAS, scenes.FPS, encoder, str(out))


def commands(scene: Path, job: Path, work: Path, wanted: set[str]) -> dict[str, tuple[Command, Path]]:
    """Contender -> (command, folder it runs in); files appear in work/<contender>."""
    master, preview = encoders()
    qscale, crf, preset = (args[args.index(flag) + 1] for args, flag in
                           ((master, "-qscale:v"), (preview, "-crf"), (preview, "-preset")))  # fmt: skip
    settings = [qscale, crf, preset]
    found: dict[str, tuple[Command, Path]] = {}
    found["art"] = measure.animate(scene, work / "art"), measure.ROOT
    found["encode"] = [sys.executable, HERE / "ffmpeg_floor.py", job, "--no-check"], measure.ROOT
    for name, file in (("script", "script_opencv.py"), ("moviepy", "moviepy_peer.py")):
        if name in wanted:
            found[name] = [peer_python(), HERE / "peers" / file, scene, work / name, *settings], measure.ROOT
    if "remotion" in wanted:
        found["remotion"] = ["node", "render.mjs", work / "remotion-out", *settings], remotion_folder(scene, work)
    return {name: command for name, command in found.items() if name in wanted}


def once(name: str, command: Command, cwd: Path, out: Path, files: list[str], frames: int, job: Path) -> measure.Usage:
    """One timed run into a fresh folder, its files checked afterwards."""
    shutil.rmtree(out, ignore_errors=True)
    if name != "art":
        out.mkdir()
    usage = measure.run(command, cwd=cwd)
    for row in json.loads(job.read_text()):
        check(name, find(out, Path(row["out"]).name), row, frames)
    return usage


def find(out: Path, name: str) -> Path:
    """A contender's file of that name; ours are numbered and spelt for file systems."""
    plain = [
        path for path in out.rglob(f"*{Path(name).suffix}") if _letters(path.stem).endswith(_letters(Path(name).stem))
    ]
    if len(plain) != 1:
        raise RuntimeError(f"{out} should hold one file for {name}, not {plain}")
    return plain[0]


def _letters(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def check(contender: str, path: Path, row: dict[str, Any], frames: int) -> None:
    """Frames, size, pixel format; and the middle frame must look like the one drawn by Pillow. Raises RuntimeError."""
    asked = ["ffprobe", "-v", "error", "-select_streams", "v", "-count_packets", "-show_entries",
             "stream=pix_fmt,width,height,nb_read_packets", "-of", "json", str(path)]  # fmt: skip
    facts = json.loads(subprocess.run(asked, check=True, capture_output=True).stdout)["streams"][0]
    is_layer = row["pixel_format"] == "rgba"
    good = facts["pix_fmt"].startswith("yuva444p1") if is_layer else facts["pix_fmt"] in ("yuv420p", "yuvj420p")
    if not good or (facts["width"], facts["height"]) != scenes.CANVAS or int(facts["nb_read_packets"]) != frames:
        raise RuntimeError(f"{contender}: {path.name} is {facts}")
    error = difference(path, row, frames // 2)
    if error > (ALPHA_LEVELS if is_layer else COLOUR_LEVELS):
        raise RuntimeError(f"{contender}: {path.name} is {error:.1f} levels off the expected picture on average")


def difference(path: Path, row: dict[str, Any], frame: int) -> float:
    """Mean absolute difference of the frame from the drawn one: of alpha for layers, of colour for the composite."""
    if row["pixel_format"] == "rgba":
        read, kind = "extractplanes=a,format=gray", "gray"
    else:
        read, kind = "scale=in_color_matrix=bt709:in_range=tv", "rgb24"
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-vf", f"select=eq(n\\,{frame}),{read}", "-frames:v", "1",
               "-f", "rawvideo", "-pix_fmt", kind, "-"]  # fmt: skip
    width, height = scenes.CANVAS
    data = subprocess.run(command, check=True, capture_output=True).stdout
    found = np.frombuffer(data, np.uint8).reshape(height, width, -1)
    channels = len(row["pixel_format"].removesuffix("24"))
    size = width * height * channels
    raw = np.fromfile(row["raw"], np.uint8, size, offset=row["shown"][frame] * size).reshape(height, width, channels)
    expected = raw[..., 3:] if channels == 4 else raw
    return float(np.abs(found.astype(np.float32) - expected).mean())


def compare(frames: int, repeats: int, wanted: set[str], work: Path) -> str:
    layers = scenes.composition(frames)
    scene = scenes.write(layers, work / "scene", frames)
    job = draw(layers, frames, work)
    runs = commands(scene, job, work, wanted)
    files = [f"{layer.name}.mov" for layer in layers] + ["composite.mp4"]

    def runner(name: str) -> Callable[[], measure.Usage]:
        command, cwd = runs[name]
        out = work / ("remotion-out" if name == "remotion" else name)
        return lambda: once(name, command, cwd, out, files, frames, job)

    usages = measure.interleaved({name: runner(name) for name in runs if name not in SLOW}, repeats)
    usages |= measure.interleaved({name: runner(name) for name in runs if name in SLOW}, 1)
    return report({name: measure.median(found) for name, found in usages.items()}, len(layers) * frames)


def report(found: dict[str, measure.Usage], layer_frames: int) -> str:
    ours = found.get("art")
    rows = []
    for name, usage in sorted(found.items(), key=lambda item: item[1].cpu):
        ratio = f"{ours.cpu / usage.cpu:.2f}" if ours else "-"
        goal = f"<= {GOALS[name]}" if name in GOALS else ""
        rows.append(
            [
                name,
                f"{1000 * usage.cpu / layer_frames:.1f}",
                f"{usage.wall:.1f}",
                f"{usage.peak / 2**20:.0f}",
                ratio,
                goal,
            ]
        )
    return measure.table(
        ["contender", "CPU ms / layer-frame", "wall s", "largest process MiB", "ours / this", "goal"], rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="30 frames, each once")
    parser.add_argument("--only", default="art,encode,script,moviepy,remotion")
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    frames, repeats = (30, 1) if given.quick else (90, given.repeats)
    print(f"{measure.machine()}; {frames} frames, median of {repeats} (Remotion: 1)", flush=True)
    with tempfile.TemporaryDirectory(prefix="peers-", dir=os.environ.get("BENCH_FOLDER")) as work:
        print(compare(frames, repeats, set(given.only.split(",")), Path(work)))


if __name__ == "__main__":
    main()
