"""The hour's script: OpenCV warps premultiplied layers, PyAV encodes them and the composite; layers in threads.

python script_opencv.py SCENE_FOLDER OUT QSCALE CRF X264_PRESET
"""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace


class Movie:
    """One output file."""

    def __init__(
        self, path: Path, scene: dict[str, Any], codec: str, pixel_format: str, options: dict[str, str]
    ) -> None:
        self.container = av.open(str(path), "w")
        self.stream = self.container.add_stream(codec, rate=Fraction(scene["fps"]), options=options)
        self.stream.width, self.stream.height = scene["width"], scene["height"]
        self.stream.pix_fmt, self.pixel_format = pixel_format, pixel_format
        context = self.stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = context.color_range = 1
        context.thread_count = 1

    def write(self, pixels: np.ndarray, layout: str) -> None:
        frame = av.VideoFrame.from_ndarray(pixels, format=layout)
        frame = frame.reformat(
            format=self.pixel_format, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )
        self.container.mux(self.stream.encode(frame))

    def close(self) -> None:
        self.container.mux(self.stream.encode(None))
        self.container.close()


class Layer:
    """A still, premultiplied, and its place at every frame."""

    def __init__(self, row: dict[str, Any], folder: Path, beat: int) -> None:
        rgba = cv2.cvtColor(cv2.imread(str(folder / row["png"]), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        alpha = rgba[..., 3:].astype(np.float32) / 255
        self.still = np.rint(np.concatenate([rgba[..., :3] * alpha, rgba[..., 3:]], axis=2)).astype(np.uint8)
        self.row, self.beats = row, np.arange(len(row["rotation"])) * beat

    def matrix(self, frame: int) -> np.ndarray:
        """(2, 3), layer pixels to canvas pixels; OpenCV counts from pixel centres."""
        row = self.row
        x, y = (np.interp(frame, self.beats, column) for column in zip(*row["shift"], strict=True))
        turn, scale = (np.interp(frame, self.beats, row[name]) for name in ("rotation", "scale"))
        cos, sin = scale * np.cos(np.radians(turn)), scale * np.sin(np.radians(turn))
        cx, cy = (row["width"] - 1) / 2, (row["height"] - 1) / 2
        px, py = row["x"] + cx + x, row["y"] + cy + y
        return np.array([[cos, -sin, px - cos * cx + sin * cy], [sin, cos, py - sin * cx - cos * cy]])

    def draw(self, frame: int, size: tuple[int, int]) -> np.ndarray:
        """(h, w, 4) premultiplied on the whole canvas."""
        return cv2.warpAffine(self.still, self.matrix(frame), size, flags=cv2.INTER_LINEAR)


def straight(premultiplied: np.ndarray) -> np.ndarray:
    """Un-premultiplied, where anything is drawn."""
    x, y, w, h = cv2.boundingRect(premultiplied[..., 3])
    out = np.zeros_like(premultiplied)
    part = premultiplied[y : y + h, x : x + w]
    alpha = np.maximum(part[..., 3:], 1)
    out[y : y + h, x : x + w, :3] = np.minimum(part[..., :3].astype(np.uint16) * 255 // alpha, 255)
    out[y : y + h, x : x + w, 3] = part[..., 3]
    return out


def over(picture: np.ndarray, premultiplied: np.ndarray) -> None:
    """Lay a layer over the RGB picture, in place."""
    x, y, w, h = cv2.boundingRect(premultiplied[..., 3])
    part, below = premultiplied[y : y + h, x : x + w], picture[y : y + h, x : x + w]
    rest = 255 - cv2.cvtColor(part[..., 3], cv2.COLOR_GRAY2RGB)
    below[:] = cv2.add(part[..., :3], cv2.multiply(below, rest, scale=1 / 255))


def main() -> None:
    folder, out, qscale, crf, preset = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6]
    scene = json.loads((folder / "scene.json").read_text())
    size = scene["width"], scene["height"]
    out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)  # threads work on layers
    layers = [Layer(row, folder, scene["beat"]) for row in scene["layers"]]
    master = {
        "profile": "4444",
        "vendor": "apl0",
        "alpha_bits": "16",
        "flags": "+qscale",
        "global_quality": str(int(qscale) * 118),
    }
    movies = [Movie(out / f"{row['name']}.mov", scene, "prores_ks", "yuva444p10le", master) for row in scene["layers"]]
    composite = Movie(out / "composite.mp4", scene, "libx264", "yuv420p", {"crf": crf, "preset": preset})

    def one(layer: Layer, movie: Movie, frame: int) -> np.ndarray:
        drawn = layer.draw(frame, size)
        movie.write(straight(drawn), "rgba")
        return drawn

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for frame in range(scene["frames"]):
            picture = np.full((size[1], size[0], 3), 255, np.uint8)
            for drawn in pool.map(lambda pair, frame=frame: one(*pair, frame), zip(layers, movies, strict=True)):
                over(picture, drawn)
            composite.write(picture, "rgb24")
    for movie in (*movies, composite):
        movie.close()


if __name__ == "__main__":
    main()
