"""Drawn designs that the benchmarks share, as PSD, PNGs, `motion.yaml` and `scene.json` (what peers read).

Artwork decides what an encoder costs, so it is not flat: gradients, inner edges, film grain, crisp and feathered
outlines. Everything follows from seeds; two runs write the same pixels.

    python benchmarks/scenes.py design FOLDER     six layers of 1920x1080: a still background, five that move
    python benchmarks/scenes.py moving FOLDER     the same with a background that drifts
    python benchmarks/scenes.py composition FOLDER  the peers' five layers, 400 to 900 px, all moving
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Float = NDArray[np.float32]
Uint8 = NDArray[np.uint8]

CANVAS = (1920, 1080)
FPS = 30
BEAT = 15  # frames between two keys of a track


@dataclass(frozen=True)
class Tracks:
    """Keys every `beat` frames, straight lines between; all about the centre of the layer's opaque box."""

    shift: tuple[tuple[float, float], ...]  # px
    rotation: tuple[float, ...]  # degrees, clockwise
    scale: tuple[float, ...]
    beat: int = BEAT

    def at(self, frame: float) -> tuple[float, float, float, float]:
        """(x, y, degrees, scale) at a frame."""
        beats = np.arange(len(self.rotation)) * self.beat
        columns = [*zip(*self.shift, strict=True), self.rotation, self.scale]
        x, y, turn, scale = (float(np.interp(frame, beats, column)) for column in columns)
        return x, y, turn, scale


@dataclass(frozen=True, eq=False)
class Drawn:
    """A layer: straight pixels (h, w, 4) cut to what shows, their top-left corner, and what it does."""

    name: str
    pixels: Uint8
    x: int
    y: int
    motion: dict[str, Any] = field(default_factory=dict)  # its entry in motion.yaml
    tracks: Tracks | None = None

    @property
    def size(self) -> tuple[int, int]:
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.size[0] / 2, self.y + self.size[1] / 2


# -- artwork ----------------------------------------------------------------------------------------------------------


def artwork(size: tuple[int, int], seed: int, feather: float) -> Uint8:
    """A lobed shape that fills `size` (w, h): two-colour gradient, highlight, bands, grain; edge `feather` px soft."""
    random = np.random.default_rng(seed)
    width, height = size
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width * 2 - 1)[None, :]
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height * 2 - 1)[:, None]
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    outline = 0.92 + 0.06 * np.cos(random.integers(3, 8) * angle + seed)
    inside = (outline - radius) * min(size) / 2  # px, positive inside
    return _coded(_paint(x, y, radius, random), np.clip(inside / feather, 0, 1), random)


def _paint(x: Float, y: Float, radius: Float, random: np.random.Generator) -> Float:
    """(h, w, 3) colour 0..1."""
    first, second, accent = random.uniform(0.1, 0.95, (3, 3)).astype(np.float32)
    blend = np.clip(0.5 + 0.35 * x + 0.35 * y, 0, 1)[..., None]
    colour = first * (1 - blend) + second * blend
    bands = (np.sin(9 * x + 14 * y * radius) > 0.72)[..., None]
    colour = np.where(bands, 0.65 * accent + 0.35 * colour, colour)
    light = np.exp(-((x + 0.3) ** 2 + (y + 0.4) ** 2) / 0.15)[..., None]
    return (colour + 0.35 * light).astype(np.float32)


def _coded(colour: Float, alpha: Float, random: np.random.Generator) -> Uint8:
    """Grain of three levels, then 8 bits."""
    grain = random.standard_normal(alpha.shape, np.float32)[..., None] * np.float32(3 / 255)
    rgba = np.concatenate([colour + grain, alpha[..., None]], axis=2)
    return np.rint(np.clip(rgba, 0, 1) * 255).astype(np.uint8)


def backdrop(size: tuple[int, int], seed: int) -> Uint8:
    """An opaque picture: sky-like gradient, soft lights, grain."""
    random = np.random.default_rng(seed)
    width, height = size
    x, y = np.linspace(-1, 1, width, dtype=np.float32)[None, :], np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    colour = _paint(0.3 * x, 0.3 * y, np.hypot(x, y) * 0.1, random)
    for cx, cy, r in random.uniform(-0.9, 0.9, (6, 3)):
        colour = colour + np.float32(0.12) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (0.05 + r * r))[..., None]
    return _coded(colour, np.ones((height, width), np.float32), random)


def cut(name: str, pixels: Uint8, centre: tuple[float, float], **rest: Any) -> Drawn:
    """The layer cut to its opaque box, about a centre."""
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis)) for axis in (1, 0))
    pixels = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = pixels.shape[:2]
    return Drawn(name, pixels, round(centre[0] - width / 2), round(centre[1] - height / 2), **rest)


# -- the two scenes ---------------------------------------------------------------------------------------------------


def design(frames: int) -> list[Drawn]:
    """Six layers, bottom to top: a background that holds and five of common sizes, moved by presets and by keys."""
    wander = _tracks(frames, reach=(120, 50), turn=5, grow=0.05, phase=1)
    return [
        Drawn("Background", backdrop(CANVAS, 1), 0, 0, {"hold": True}),
        cut("Hill", artwork((1500, 420), 2, 1.5), (960, 860), motion={"loop": {"motion": "breathe", "period": "3s"}}),
        cut("Cloud", artwork((760, 440), 3, 40), (480, 330), motion=_keyed(wander), tracks=wander),
        cut("Balloon", artwork((560, 640), 4, 1.5), (1360, 430), motion={"loop": {"motion": "bob", "period": "1.5s"}}),
        cut("Badge", artwork((420, 420), 5, 1.5), (320, 760), motion={"loop": {"motion": "spin", "period": "3s"}}),
        cut("Title", artwork((900, 240), 6, 1.5), (960, 200), motion={"in": {"motion": "slide", "duration": "0.8s"},
                                                                     "loop": {"motion": "bob", "period": "3s"}}),
    ]  # fmt: skip


def moving(frames: int) -> list[Drawn]:
    """The design with a background that drifts, larger than the canvas: every pixel of it is drawn every frame."""
    drift = Tracks(shift=((0, 0), (60, 30)), rotation=(0, 0), scale=(1, 1), beat=frames)
    background = Drawn("Background", backdrop((2080, 1170), 1), -80, -45, _keyed(drift))
    return [background, *design(frames)[1:]]


def composition(frames: int, every: int | None = None) -> list[Drawn]:
    """The peers' scene: five layers of 400 to 900 px, shifted, turned and scaled by keys that all tools can follow.

    `every`: the motion starts again after so many frames, so that a longer scene shows nothing that a shorter does not.
    """
    places = [((900, 640), (720, 560), 30), ((640, 640), (1330, 420), 1.5), ((400, 460), (430, 330), 1.5),
              ((820, 400), (1180, 800), 1.5), ((520, 520), (840, 470), 12)]  # fmt: skip
    layers = []
    for index, (size, centre, feather) in enumerate(places):
        tracks = _tracks(frames, reach=(90, 60), turn=8, grow=0.1, phase=index, every=every)
        pixels = artwork(size, 20 + index, feather)
        layers.append(cut(f"Shape {index + 1}", pixels, centre, motion=_keyed(tracks), tracks=tracks))
    return layers


def _tracks(
    frames: int, reach: tuple[float, float], turn: float, grow: float, phase: float, every: int | None = None
) -> Tracks:
    """Swinging about rest for as long as the frames last."""
    keys = np.arange(-(-frames // BEAT) + 1)
    beats = (keys % (every // BEAT) if every else keys) * 0.9 + phase
    shift = tuple((round(reach[0] * float(np.sin(b)), 2), round(reach[1] * float(np.cos(1.3 * b)), 2)) for b in beats)
    rotation = tuple(round(turn * float(np.sin(1.1 * b + 1)), 3) for b in beats)
    return Tracks(shift, rotation, tuple(round(1 + grow * float(np.cos(0.8 * b)), 4) for b in beats))


def _keyed(tracks: Tracks) -> dict[str, Any]:
    """The tracks as a layer's keyframes in motion.yaml."""

    def keys(values: tuple[Any, ...], unit: str = "") -> list[dict[str, Any]]:
        shown = [list(v) if isinstance(v, tuple) else f"{v}{unit}" if unit else v for v in values]
        return [{"at": f"{i * tracks.beat}f", "value": value} for i, value in enumerate(shown)]

    named = {"position": keys(tracks.shift), "rotation": keys(tracks.rotation, "deg"), "scale": keys(tracks.scale)}
    return {"easing": "linear", "keyframes": named}


# -- files ------------------------------------------------------------------------------------------------------------


def write(layers: list[Drawn], folder: Path, frames: int) -> Path:
    """design.psd, motion.yaml, scene.json and the layers as PNGs; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for layer in layers:
        Image.fromarray(layer.pixels).save(folder / f"{layer.name}.png", compress_level=1)
    _write_psd(layers, folder / "design.psd")
    _write_layout(layers, folder / "motion.yaml", frames)
    (folder / "scene.json").write_text(json.dumps(_scene(layers, frames), indent=1))
    return folder


def _write_psd(layers: list[Drawn], path: Path) -> None:
    from psd_tools import PSDImage

    psd = PSDImage.new("RGBA", CANVAS)
    for layer in layers:
        psd.create_pixel_layer(Image.fromarray(layer.pixels), layer.name, layer.y, layer.x)
    psd.save(path)


def _write_layout(layers: list[Drawn], path: Path, frames: int) -> None:
    from ruamel.yaml import YAML

    entries = [{"layer": layer.name, **layer.motion} for layer in layers]
    canvas = {"fps": FPS, "duration": f"{frames}f", "loop": False}
    with path.open("w", encoding="utf-8") as file:
        YAML().dump({"version": 1, "canvas": canvas, "layers": entries}, file)


def _scene(layers: list[Drawn], frames: int) -> dict[str, Any]:
    """What a program needs that does not read motion.yaml."""
    rows = [
        {"name": layer.name, "png": f"{layer.name}.png", "x": layer.x, "y": layer.y, "width": layer.size[0],
         "height": layer.size[1], **({} if layer.tracks is None else vars(layer.tracks))}
        for layer in layers
    ]  # fmt: skip
    return {"width": CANVAS[0], "height": CANVAS[1], "fps": FPS, "frames": frames, "beat": BEAT, "layers": rows}


def drawn(layer: Drawn, frames: int) -> Iterator[Image.Image]:
    """Full-canvas straight RGBA frames of a layer with tracks, drawn by Pillow: what peers must come close to."""
    assert layer.tracks is not None
    still = Image.fromarray(layer.pixels).convert("RGBa")
    cx, cy = layer.centre
    for frame in range(frames):
        x, y, turn, scale = layer.tracks.at(frame)
        cos, sin = np.cos(np.radians(turn)) / scale, np.sin(np.radians(turn)) / scale
        # canvas to layer: undo the shift, then the turn and the scale, about the centre
        px, py = cx + x, cy + y
        back = (cos, sin, cx - layer.x - cos * px - sin * py, -sin, cos, cy - layer.y + sin * px - cos * py)
        yield still.transform(CANVAS, Image.Transform.AFFINE, back, Image.Resampling.BICUBIC).convert("RGBA")


SCENES = {"design": design, "moving": moving, "composition": composition}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--frames", type=int, default=90)
    parser.add_argument("--every", type=int, help="of the composition: repeat the motion after so many frames")
    given = parser.parse_args()
    layers = composition(given.frames, given.every) if given.every else SCENES[given.scene](given.frames)
    write(layers, given.folder, given.frames)


if __name__ == "__main__":
    main()
