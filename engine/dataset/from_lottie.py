"""Lottie animations -> TDL: every visible top-level layer drawn alone by rlottie (LGPL-2.1, loaded when it is needed).

Real animations are for evaluation. Layers are those that rlottie draws: a layer with a track matte (`tt`) together with
its source, the layer above it in the list; text is not drawn by rlottie. Format: lottie.github.io/lottie-spec.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ArtError, BadInput, MissingInput, Unavailable, Where
from ..files import visible
from ..geometry import Box
from ..progress import Progress, Silent
from .tdl import MAX_FRAMES, MAX_LAYERS, MAX_SIDE, LayerSample, Pixels, Sample, Source, first_shown, free_keys

INSTALL = 'pip install "animated-art[lottie]"'
# `bm` of a layer, by number. 17, hard mix, and 16, add, came last.
_BLENDS = (
    "normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn", "hard-light",
    "soft-light", "difference", "exclusion", "hue", "saturation", "color", "luminosity", "linear-dodge", "hard-mix",
)  # fmt: skip
_UNDRAWN = (3, 6, 13)  # `ty`: null, audio, camera


@dataclass(frozen=True)
class Origin:
    """What the user says of the files."""

    licence: str = "not stated"
    provenance: str = ""


@dataclass(frozen=True)
class Animation:
    """A Lottie file that was read and found usable."""

    path: Path
    data: Mapping[str, Any]
    sha256: str
    size: tuple[int, int]
    rate: Fraction
    length: int  # frames

    def fitted(self, side: int) -> tuple[int, int]:
        """(width, height) with this longer side."""
        scale = side / max(self.size)
        return max(1, round(self.size[0] * scale)), max(1, round(self.size[1] * scale))

    def numbers(self, fps: Fraction) -> list[int]:
        """The file's frame nearest to each frame at another rate."""
        count = max(1, round(self.length / self.rate * fps))
        return [min(self.length - 1, int(index * self.rate / fps + Fraction(1, 2))) for index in range(count)]


def samples(
    files: Sequence[Path], *, fps: Fraction, side: int, origin: Origin | None = None, progress: Progress | None = None
) -> Iterator[Sample]:
    """One sample a file, scaled to a longer side; files that cannot be used are reported and left out.

    Raises Unavailable without rlottie; when no file can be used, BadInput with all `problems`.
    """
    _rlottie()
    progress, origin = progress or Silent(), origin or Origin()
    bad: list[ArtError] = []
    for path, key in zip(files, free_keys([path.stem for path in files]), strict=True):
        try:
            made = sample_of(read_animation(path), key, fps, side, origin)
        except ArtError as error:
            bad.append(error)
            progress.say(f"left out: {error}")
            continue
        yield made
    if len(bad) == len(files) > 0:
        raise BadInput("no file can be used", hint="Lottie files are JSON", problems=tuple(bad)) if bad[1:] else bad[0]


def sample_of(animation: Animation, key: str, fps: Fraction, side: int, origin: Origin) -> Sample:
    """All layers that draw anything, bottom to top. Raises BadInput when none does."""
    size, numbers = animation.fitted(side), animation.numbers(fps)
    drawn = tuple(layers_of(animation, size, numbers))
    if not drawn:
        raise BadInput(
            "nothing in it is drawn", hint="rlottie draws shapes, solids, images", where=Where(animation.path)
        )
    closes = _closes(render(animation, animation.data, size, numbers))
    return Sample(key=key, canvas=size, fps=fps, layers=drawn, loop=closes, source=_source(animation, key, origin))


def layers_of(animation: Animation, size: tuple[int, int], numbers: Sequence[int]) -> Iterator[LayerSample]:
    """Every layer that draws anything by itself, bottom to top, one at a time."""
    layers = (_layer(animation, index, size, numbers) for index in reversed(units(animation.data["layers"])))
    return (layer for layer in layers if layer is not None)


def _source(animation: Animation, key: str, origin: Origin) -> Source:
    meta = animation.data.get("meta")
    said = meta if isinstance(meta, dict) else {}
    author, maker = (visible(str(said.get(name) or "")) for name in ("a", "g"))
    facts = [
        animation.path.name,
        origin.provenance,
        f"by {author}" if author else "",
        f"made with {maker}" if maker else "",
    ]
    return Source(
        name=key, kind="lottie", provenance=", ".join(fact for fact in facts if fact), licence=origin.licence,
        use="evaluation", sha256=animation.sha256, settings={"rate of the file": str(animation.rate)},
    )  # fmt: skip


# --- the file ---------------------------------------------------------------------------------------------------------


def read_animation(path: Path) -> Animation:
    """Raises MissingInput, and BadInput for what is not a Lottie animation or is larger than a sample may be."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise MissingInput(f"cannot be read: {error.strerror}", where=Where(path)) from error
    try:
        data = json.loads(raw)
        size = int(data["w"]), int(data["h"])
        rate = Fraction(str(data["fr"])).limit_denominator(1001)
        length = round(float(data["op"]) - float(data["ip"]))
        known = isinstance(data["layers"], list) and all(isinstance(layer, dict) for layer in data["layers"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        said = f"this is not a Lottie animation ({type(error).__name__}: {error})"
        raise BadInput(
            said, hint="Lottie files are JSON with w, h, fr, ip, op and layers", where=Where(path)
        ) from error
    inside = 0 < min(size) <= max(size) <= MAX_SIDE and 0 < rate <= 240 and 0 < length <= MAX_FRAMES
    if not known or not inside or not 0 < len(data["layers"]) <= MAX_LAYERS:
        said = f"{size[0]} x {size[1]} px, {length} frames at {float(rate):g}, or its layers, are not what can be used"
        raise BadInput(said, hint="it needs at least one layer, one frame and one pixel", where=Where(path))
    return Animation(path, data, hashlib.sha256(raw).hexdigest(), size, rate, length)


def units(layers: Sequence[Mapping[str, Any]]) -> list[int]:
    """Indices of the layers that draw by themselves, front to back: visible, and no matte's source."""
    sources = {index - 1 for index in range(1, len(layers)) if _has_matte(layers[index])}
    return [
        index
        for index, layer in enumerate(layers)
        if index not in sources and not layer.get("hd") and layer.get("ty") not in _UNDRAWN
    ]


def _has_matte(layer: Mapping[str, Any]) -> bool:
    return bool(layer.get("tt"))


def alone(data: Mapping[str, Any], index: int) -> dict[str, Any]:
    """The animation with one layer (and its matte's source) to be seen.

    The others become nulls in place, so that what is parented to them still follows. Of hidden layers rlottie would
    still lay empty mattes and masks over the rest, and each costs a level of colour.
    """
    layers = data["layers"]
    shown = {index, index - 1} if _has_matte(layers[index]) else {index}
    return {**data, "layers": [layer if place in shown else _null(layer) for place, layer in enumerate(layers)]}


def _null(layer: Mapping[str, Any]) -> dict[str, Any]:
    """Only where the layer is and when."""
    kept = {
        name: layer[name]
        for name in ("ddd", "ind", "nm", "sr", "ks", "ao", "ip", "op", "st", "parent")
        if name in layer
    }
    return {**kept, "ty": 3, "hd": True}


# --- drawing ----------------------------------------------------------------------------------------------------------


def _rlottie() -> Any:
    try:
        import rlottie_python
    except ImportError as error:
        raise Unavailable("drawing Lottie files needs rlottie-python", hint=INSTALL) from error
    return rlottie_python


def render(animation: Animation, data: Mapping[str, Any], size: tuple[int, int], numbers: Sequence[int]) -> Pixels:
    """Frames by their numbers as (t, h, w, 4) premultiplied bytes. Raises BadInput when rlottie cannot read it."""
    width, height = size
    frames = np.empty((len(numbers), height, width, 4), np.uint8)
    with _rlottie().LottieAnimation(data=json.dumps(data)) as film:
        if not film.animation_p:
            raise BadInput(
                "rlottie cannot read it", hint="open it in another Lottie player", where=Where(animation.path)
            )
        for place, number in enumerate(numbers):
            if place and number == numbers[place - 1]:
                frames[place] = frames[place - 1]
                continue
            raw = film.lottie_animation_render(frame_num=number, width=width, height=height)
            bgra = np.frombuffer(raw, np.uint8).reshape(height, width, 4)  # (h w 4) -> (h, w, 4)
            frames[place] = bgra[..., [2, 1, 0, 3]]
    return frames


def _layer(animation: Animation, index: int, size: tuple[int, int], numbers: Sequence[int]) -> LayerSample | None:
    """One layer, cut to what it ever covers; None when that is nothing."""
    facts = animation.data["layers"][index]
    frames = render(animation, alone(animation.data, index), size, numbers)
    region = covered(frames)
    if region.is_empty:
        return None
    cut = straight(frames[:, region.y0 : region.y1, region.x0 : region.x1])
    mode = facts.get("bm")
    return LayerSample(
        name=visible(str(facts.get("nm") or "")) or f"layer {index + 1}", prompt="", static=cut[first_shown(cut)],
        frames=cut, region=region,
        blend=_BLENDS[mode] if isinstance(mode, int) and 0 <= mode < len(_BLENDS) else "normal",
    )  # fmt: skip


def covered(frames: Pixels) -> Box:
    """The box of all pixels that are ever covered, of (t, h, w, 4)."""
    return Box.where(frames[..., 3].max(axis=0) > 0)


def straight(frames: Pixels) -> Pixels:
    """Premultiplied -> straight bytes, (..., 4), rounded; black where nothing is."""
    alpha = frames[..., 3:].astype(np.uint16)
    colour = (frames[..., :3].astype(np.uint32) * 255 + alpha // 2) // np.maximum(alpha, 1)
    return np.concatenate([np.minimum(colour, 255).astype(np.uint8), frames[..., 3:]], axis=-1)


def _closes(frames: Pixels) -> bool:
    """The step from the last frame to the first is no larger than the largest between neighbours."""
    steps = [float(np.abs(frames[i].astype(np.int16) - frames[i - 1]).mean()) for i in range(len(frames))]
    return len(steps) > 1 and steps[0] <= max(steps[1:])
