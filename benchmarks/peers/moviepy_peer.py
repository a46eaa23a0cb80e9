"""The same scene with MoviePy 2: one clip a layer, written alone with its mask, then all of them over white.

python moviepy_peer.py SCENE_FOLDER OUT QSCALE CRF X264_PRESET
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("FFMPEG_BINARY", "ffmpeg")  # before MoviePy looks for one

import numpy as np
from moviepy import ColorClip, CompositeVideoClip, ImageClip

TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
COLOUR = "scale=out_color_matrix=bt709:out_range=tv,format={},{}"


def layer_clip(row: dict[str, Any], scene: dict[str, Any], folder: Path) -> ImageClip:
    beats = np.arange(len(row["rotation"])) * scene["beat"] / scene["fps"]
    shifts = list(zip(*row["shift"], strict=True))

    def at(name: str, t: float) -> float:
        return float(np.interp(t, beats, row[name]))

    def corner(t: float) -> tuple[float, float]:
        """Top-left of the clip, which MoviePy enlarges to hold the turned picture."""
        scale, turn = at("scale", t), np.radians(at("rotation", t))
        w, h = row["width"] * scale, row["height"] * scale
        width, height = w * np.cos(turn) + h * abs(np.sin(turn)), h * np.cos(turn) + w * abs(np.sin(turn))
        x, y = (float(np.interp(t, beats, column)) for column in shifts)
        return row["x"] + row["width"] / 2 + x - width / 2, row["y"] + row["height"] / 2 + y - height / 2

    clip = ImageClip(str(folder / row["png"]), transparent=True).with_duration(scene["frames"] / scene["fps"])
    clip = clip.resized(lambda t: at("scale", t)).rotated(lambda t: -at("rotation", t), resample="bicubic", expand=True)
    return clip.with_position(corner)


def main() -> None:
    folder, out, qscale, crf, preset = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6]
    scene = json.loads((folder / "scene.json").read_text())
    size = scene["width"], scene["height"]
    out.mkdir(parents=True, exist_ok=True)
    clips = [layer_clip(row, scene, folder) for row in scene["layers"]]
    master = [
        "-profile:v",
        "4444",
        "-vendor",
        "apl0",
        "-alpha_bits",
        "16",
        "-qscale:v",
        qscale,
        "-pix_fmt",
        "yuva444p10le",
    ]
    layer_colour = ["-vf", COLOUR.format("yuva444p10le", TAGS)]
    for row, clip in zip(scene["layers"], clips, strict=True):
        alone = CompositeVideoClip([clip], size=size).with_duration(clip.duration)
        alone.write_videofile(str(out / f"{row['name']}.mov"), fps=scene["fps"], codec="prores_ks", audio=False,
                              ffmpeg_params=[*layer_colour, *master], logger=None)  # fmt: skip
    paper = ColorClip(size, color=(255, 255, 255)).with_duration(clips[0].duration)
    whole = CompositeVideoClip([paper, *clips], size=size).with_duration(clips[0].duration)
    whole.write_videofile(str(out / "composite.mp4"), fps=scene["fps"], codec="libx264", audio=False, preset=preset,
                          ffmpeg_params=["-vf", COLOUR.format("yuv420p", TAGS), "-crf", crf], logger=None)  # fmt: skip


if __name__ == "__main__":
    main()
