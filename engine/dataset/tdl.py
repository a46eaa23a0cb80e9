"""TDL, the dataset of transparent dynamic layers: one sample in memory, and its `layout.json`.

A sample is a stack of layers with a still picture, a film and a prompt each. docs/dataset.md fixes the format.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInput
from ..geometry import Box
from ..specs import BLEND_MODES

SCHEMA = 1
Pixels: TypeAlias = NDArray[np.uint8]

# What one sample may hold: more is damage or an attack, not data.
MAX_SIDE, MAX_FRAMES, MAX_LAYERS = 16384, 36_000, 1000
_KEY = re.compile(r"[A-Za-z0-9_-]{1,80}")


@dataclass(frozen=True)
class Source:
    """Where samples come from, and what may be done with them."""

    name: str  # unique in its dataset
    kind: Literal["synth", "lottie", "renders", "other"] = "other"
    provenance: str = "not stated"
    licence: str = "not stated"  # SPDX where there is one
    use: Literal["training", "evaluation"] = "evaluation"
    sha256: str = ""  # of the file or manifest it was made from
    seed: int | None = None  # of drawn data
    version: str = ""  # of the generator
    settings: Mapping[str, Any] = field(default_factory=dict)  # JSON: what else the generator was told


def drawn_source(seed: int, split: str, version: str, **settings: Any) -> Source:
    """The source of what our own code draws; the test split is never trained on."""
    return Source(
        name=f"synth-{split}-{seed}", kind="synth", provenance="drawn by art's own code", licence="Apache-2.0",
        use="evaluation" if split == "test" else "training", seed=seed, version=version,
        settings={"split": split, **settings},
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class LayerSample:
    """One layer: pixels cover `region`, at whatever resolution; still and film have the same size."""

    name: str
    prompt: str
    static: Pixels  # (h, w, 4) straight sRGB
    frames: Pixels  # (t, h, w, 4) straight sRGB
    region: Box  # on the canvas; may reach over its edges
    blend: str = "normal"  # of BLEND_MODES, never baked into the pixels
    opacity: float = 1.0  # not in the pixels either
    truth: Mapping[str, Any] | None = None  # drawn data: "wish", "tracks"; arrays are kept as lists of numbers

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the pixels."""
        return self.static.shape[1], self.static.shape[0]


@dataclass(frozen=True, eq=False)
class Sample:
    """A scene: layers bottom to top, all of the same number of frames."""

    key: str  # letters, digits, "_" and "-"; unique in its dataset
    canvas: tuple[int, int]  # width, height
    fps: Fraction
    layers: tuple[LayerSample, ...]
    global_prompt: str = ""
    loop: bool = False  # the last frame runs into the first
    source: Source = Source("unnamed")

    @property
    def frames(self) -> int:
        return len(self.layers[0].frames) if self.layers else 0


def first_shown(frames: Pixels) -> int:
    """The first frame that shows at least half of the most that is ever covered: the still of a layer that enters."""
    coverage = frames[..., 3].sum(axis=(1, 2), dtype=np.int64)  # (t,)
    return int(np.argmax(2 * coverage >= coverage.max()))


def free_keys(names: Sequence[str]) -> list[str]:
    """A key a name, from its letters and digits; where two would be equal, they are numbered."""
    keys: list[str] = []
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:60] or "sample"
        numbered = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
        keys.append(next(key for key in numbered if key not in keys))
    return keys


# --- what a sample must be --------------------------------------------------------------------------------------------


def check(sample: Sample) -> None:
    """Raises BadInput when the sample cannot be stored as TDL: the first thing that is wrong."""
    found = _problem(sample)
    if found:
        raise BadInput(f"sample {sample.key!r} {found}", hint="docs/dataset.md says what a sample must be")


def _problem(sample: Sample) -> str:
    if not _KEY.fullmatch(sample.key):
        return "has a key that is not 1 to 80 letters, digits, '_' and '-'"
    if not sample.layers:
        return "has no layers"
    problems = (f"{what} (layer {layer.name!r})" for layer in sample.layers if (what := _layer_problem(layer, sample)))
    return next(problems, "") or _facts_problem(layout_data(sample))


def _layer_problem(layer: LayerSample, sample: Sample) -> str:
    height, width = layer.static.shape[:2]
    if layer.static.dtype != np.uint8 or layer.frames.dtype != np.uint8:
        return "has pixels that are not uint8"
    if layer.static.shape != (height, width, 4):
        return f"has a still of shape {layer.static.shape}, not (h, w, 4)"
    if layer.frames.shape != (sample.frames, height, width, 4):
        return f"has frames of shape {layer.frames.shape}, not {(sample.frames, height, width, 4)}"
    return ""


def _facts_problem(data: Mapping[str, Any]) -> str:
    """What is wrong with a layout.json whose types are right."""
    layers = data["layers"]
    sides = [*data["canvas"], *(side for layer in layers for side in layer["size"])]
    if not 1 <= len(layers) <= MAX_LAYERS:
        return f"has {len(layers)} layers, not 1 to {MAX_LAYERS}"
    if not 1 <= data["frames"] <= MAX_FRAMES:
        return f"has {data['frames']} frames, not 1 to {MAX_FRAMES}"
    if not all(1 <= side <= MAX_SIDE for side in sides):
        return f"has a canvas or layer whose sides are not 1 to {MAX_SIDE} px"
    if not 0 < Fraction(data["fps"]) <= 240:
        return f"has a frame rate of {data['fps']}, not above 0 and at most 240"
    return next((what for layer in layers if (what := _layer_facts_problem(layer))), "")


def _layer_facts_problem(layer: Mapping[str, Any]) -> str:
    x0, y0, x1, y1 = layer["region"]
    if x1 <= x0 or y1 <= y0:
        return f"has an empty region (layer {layer['name']!r})"
    if layer["blend"] not in BLEND_MODES:
        return f"has an unknown blend mode {layer['blend']!r} (layer {layer['name']!r})"
    if not 0 <= layer["opacity"] <= 1:
        return f"has an opacity of {layer['opacity']}, not 0 to 1 (layer {layer['name']!r})"
    return ""


# --- layout.json ------------------------------------------------------------------------------------------------------


def layout_data(sample: Sample) -> dict[str, Any]:
    """Everything of a sample but its pixels, as JSON data."""
    return {
        "schema": SCHEMA,
        "source": sample.source.name,
        "canvas": list(sample.canvas),
        "fps": str(sample.fps),
        "frames": sample.frames,
        "loop": sample.loop,
        "global_prompt": sample.global_prompt,
        "layers": [_layer_data(layer, z) for z, layer in enumerate(sample.layers)],
    }


def _layer_data(layer: LayerSample, z: int) -> dict[str, Any]:
    box = layer.region
    data: dict[str, Any] = {
        "name": layer.name,
        "prompt": layer.prompt,
        "region": [box.x0, box.y0, box.x1, box.y1],
        "size": list(layer.size),
        "blend": layer.blend,
        "opacity": layer.opacity,
        "z": z,
    }
    return data if layer.truth is None else data | {"truth": layer.truth}


def layout_bytes(sample: Sample) -> bytes:
    """`layout.json`: equal samples have equal bytes. Numbers of arrays keep six decimals. Raises BadInput."""
    try:
        text = json.dumps(layout_data(sample), ensure_ascii=False, indent=1, default=_plain, allow_nan=False)
    except ValueError as error:
        raise BadInput(f"sample {sample.key!r} has truth that JSON cannot hold: {error}") from error
    return (text + "\n").encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    """What JSON has no word for, inside `truth`."""
    if isinstance(value, np.ndarray | np.generic):
        rounded = np.round(np.asarray(value, float), 6) if value.dtype.kind == "f" else value
        return rounded.tolist()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def parse_layout(text: bytes) -> dict[str, Any]:
    """A checked `layout.json`, layers bottom to top. Raises ValueError with what is wrong."""
    try:
        data = json.loads(text)
        if data["schema"] != SCHEMA:
            raise ValueError(f"is of schema {data['schema']!r}; this version reads {SCHEMA}")
        typed = _typed(data)
    except (KeyError, TypeError, OverflowError, ZeroDivisionError, RecursionError, json.JSONDecodeError) as error:
        raise ValueError(f"is not a TDL layout ({type(error).__name__}: {error})") from error
    found = _facts_problem(typed)
    if found:
        raise ValueError(found)
    return typed


def _typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Only what the format knows, each value of its type; raises what conversions raise."""
    width, height = data["canvas"]
    layers = sorted((_typed_layer(layer) for layer in data["layers"]), key=lambda layer: int(layer["z"]))
    return {
        "schema": SCHEMA,
        "source": str(data["source"]),
        "canvas": [int(width), int(height)],
        "fps": str(Fraction(data["fps"])),
        "frames": int(data["frames"]),
        "loop": bool(data["loop"]),
        "global_prompt": str(data["global_prompt"]),
        "layers": layers,
    }


def _typed_layer(layer: Mapping[str, Any]) -> dict[str, Any]:
    x0, y0, x1, y1 = layer["region"]
    width, height = layer["size"]
    truth = layer.get("truth")
    return {
        "name": str(layer["name"]),
        "prompt": str(layer["prompt"]),
        "region": [int(x0), int(y0), int(x1), int(y1)],
        "size": [int(width), int(height)],
        "blend": str(layer["blend"]),
        "opacity": float(layer["opacity"]),
        "z": int(layer["z"]),
        "truth": None if truth is None else dict(truth),
    }
