"""Lottie: a layer a layer, its picture inside the file, its motion as keyframes.

Written after the format's public specification (lottie.github.io/lottie-spec). Segments between keyframes are linear;
slant is told by a null layer that carries the picture, since not every player knows skew.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..codecs.png import png_bytes
from ..geometry import Box, FloatArray
from .cutouts import Cutout, Piece, cutouts, remarks_of
from .film import Film
from .keyframed import keyframed_film
from .keys import IntArray
from .looks import Picture
from .tracks import Track, reach_of

Json = dict[str, Any]
VERSION = "5.7.0"  # of the player that began the format; its schema is what the specification describes
# `bm` of a layer; of 17, hard mix, no player is known that draws it
BLENDS = {
    "normal": 0, "multiply": 1, "screen": 2, "overlay": 3, "darken": 4, "lighten": 5, "color-dodge": 6, "color-burn": 7,
    "hard-light": 8, "soft-light": 9, "difference": 10, "exclusion": 11, "hue": 12, "saturation": 13, "color": 14,
    "luminosity": 15, "linear-dodge": 16,
}  # fmt: skip
_PRECOMPOSITION, _SOLID, _IMAGE, _NULL = 0, 1, 2, 3  # `ty` of a layer
_ALPHA_MATTE = 1  # `tt`
_NOWHERE = Box(0, 0, 0, 0)
LARGE = 20 << 20  # bytes beyond which players take long to open a file


def write_lottie(film: Film) -> bytes:
    """The JSON of one animation, pictures included."""
    return _written(film, [])


def write_lottie_keyframes(film: Film) -> bytes:
    """The same with nothing drawn frame by frame: the nearest that keyframes can tell, and what that leaves out."""
    return _written(*keyframed_film(film))


def _written(film: Film, left: Sequence[str]) -> bytes:
    """`left`: what is left out already."""
    plan = film.plan
    told = cutouts(film, riding=True, blends=BLENDS)
    book = _Book()
    layers = [layer for cutout in reversed(told) for layer in book.cutout(cutout, plan.canvas)]
    if plan.background is not None:
        layers.append(book.solid(plan.canvas, plan.background, plan.frames))
    said = [*left, *remarks_of(film, told)]
    whole = _dumped(_animation(film, layers, book.assets, said))
    if len(whole) <= LARGE:
        return whole
    said.append(f"{len(whole) >> 20} MiB, which players take long to open: a smaller --size helps")
    return _dumped(_animation(film, layers, book.assets, said))


def _animation(film: Film, layers: list[Json], assets: list[Json], said: list[str]) -> Json:
    plan = film.plan
    return {
        "v": VERSION, "fr": _number(float(plan.fps), 6), "ip": 0, "op": plan.frames, "w": plan.size[0],
        "h": plan.size[1], "nm": plan.source, "ddd": 0, "assets": assets, "layers": layers,
        "meta": {"g": film.manifest.tool, "d": "\n".join(said)},
    }  # fmt: skip


def lottie_remarks(content: bytes | Mapping[str, bytes]) -> list[str]:
    """What the file itself says of what it tells less than exactly."""
    assert isinstance(content, bytes)
    said: str = json.loads(content)["meta"]["d"]
    return said.splitlines()


def _dumped(data: Json) -> bytes:
    """ASCII that may also stand inside a script element."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c").encode()


class _Book:
    """The assets of one file, and layers that refer to them. Lists of layers are top to bottom, as in the file."""

    def __init__(self) -> None:
        self.assets: list[Json] = []
        self._pictures: dict[Picture, str] = {}
        self._layers = 0

    def cutout(self, cutout: Cutout, canvas: Box) -> list[Json]:
        """The layer of a cut-out, then the nulls that carry it."""
        layers = self._together(cutout.path, cutout.pieces, cutout, canvas)
        for matte in cutout.mattes:
            mask, *carriers = self._together(f"{cutout.path}: matte", matte, cutout, canvas)
            layers = [{**mask, "td": 1}, {**layers[0], "tt": _ALPHA_MATTE}, *layers[1:], *carriers]
            layers = [self._nested(cutout.path, layers, canvas, cutout)]
        layers[0]["bm"] = BLENDS[cutout.blend]
        return layers

    def solid(self, canvas: Box, colour: tuple[float, float, float, float], frames: int) -> Json:
        red, green, blue = (round(255 * value) for value in colour[:3])
        still = _transform(None, canvas, (1, 1))
        still["o"] = _fixed([100 * colour[3]])
        layer = self._layer(_SOLID, "background", still, 0, frames)
        return {**layer, "sw": canvas.width, "sh": canvas.height, "sc": f"#{red:02x}{green:02x}{blue:02x}"}

    def _together(self, name: str, pieces: Sequence[Piece], shown: Cutout, canvas: Box) -> list[Json]:
        """One layer that shows all pieces, then what carries it."""
        made = [self._piece(_named(name, piece), piece, shown) for piece in pieces if piece.showings]
        if len(made) == 1:
            return made[0]
        layers = [layer for piece in reversed(made) for layer in piece]
        return [self._nested(name, layers, canvas, shown)]

    def _piece(self, name: str, piece: Piece, shown: Cutout) -> list[Json]:
        first = piece.showings[0]
        if len(piece.showings) == 1:
            box, density = first.picture.box, _density(first.picture)
            frames = max(shown.first, first.first), min(shown.end, first.end)
            more: Json = {"refId": self._image(first.picture)}
            kind = _IMAGE
        else:
            box, density, frames = piece.box, (1.0, 1.0), (shown.first, shown.end)
            more = {"refId": self._film_strip(name, piece), "w": box.width, "h": box.height}
            kind = _PRECOMPOSITION
        if piece.track is None or not piece.track.is_sheared:
            return [{**self._layer(kind, name, _transform(piece.track, box, density), *frames), **more}]
        outer, inner = piece.track.carriers()
        reach = reach_of(box.corners, inner)
        swung = reach * max(1.0, float(np.abs(inner.scale).max()))
        carrier = self._layer(_NULL, f"{name}: slant", _carried(outer, swung), *frames)
        layer = self._layer(kind, name, _carried(inner, reach, box, density), *frames)
        return [{**layer, **more, "parent": carrier["ind"]}, carrier]

    def _film_strip(self, name: str, piece: Piece) -> str:
        """A composition of the pictures of a piece, one after the other."""
        layers = []
        for showing in piece.showings:
            picture = showing.picture
            still = _transform(None, picture.box.shift(-piece.box.x0, -piece.box.y0), _density(picture))
            # gone at its end also where a player (rlottie) draws a layer in its last frame's successor
            still["o"] = {"a": 1, "k": [{"t": showing.first, "s": [100], "h": 1}, {"t": showing.end, "s": [0]}]}
            layer = self._layer(_IMAGE, name, still, showing.first, showing.end)
            layers.append({**layer, "refId": self._image(picture)})
        return self._composition(name, layers)

    def _nested(self, name: str, layers: list[Json], canvas: Box, shown: Cutout) -> Json:
        layer = self._layer(_PRECOMPOSITION, name, _transform(None, canvas, (1, 1)), shown.first, shown.end)
        return {**layer, "refId": self._composition(name, layers), "w": canvas.width, "h": canvas.height}

    def _composition(self, name: str, layers: list[Json]) -> str:
        self.assets.append({"id": f"composition_{len(self.assets)}", "nm": name, "layers": layers})
        return str(self.assets[-1]["id"])

    def _image(self, picture: Picture) -> str:
        if picture not in self._pictures:
            height, width = picture.pixels.shape[:2]
            data = b64encode(png_bytes(picture.pixels, level=6)).decode()
            self._pictures[picture] = name = f"image_{len(self._pictures)}"
            uri = f"data:image/png;base64,{data}"
            self.assets.append({"id": name, "w": width, "h": height, "u": "", "p": uri, "e": 1})
        return self._pictures[picture]

    def _layer(self, kind: int, name: str, transform: Json, first: int, end: int) -> Json:
        self._layers += 1
        return {
            "ddd": 0, "ind": self._layers, "ty": kind, "nm": name, "sr": 1, "ks": transform, "ao": 0,
            "ip": first, "op": end, "st": 0, "bm": 0,
        }  # fmt: skip


def _named(name: str, piece: Piece) -> str:
    return f"{name}: {piece.name}" if piece.name else name


def _density(picture: Picture) -> tuple[float, float]:
    """Pixels a canvas px, across and down."""
    height, width = picture.pixels.shape[:2]
    return width / picture.box.width, height / picture.box.height


def _transform(track: Track | None, box: Box, density: tuple[float, float]) -> Json:
    """`ks`: what places a picture that lies over `box` at rest."""
    if track is not None:
        return _carried(track, reach_of(box.corners, track), box, density)
    scale = [*(100 / side for side in density), 100]
    none = _fixed([0, 0, 0])
    return {"o": _fixed([100]), "r": _fixed([0]), "p": _fixed([box.x0, box.y0, 0]), "a": none, "s": _fixed(scale)}


def _carried(track: Track, reach: float, box: Box = _NOWHERE, density: tuple[float, float] = (1, 1)) -> Json:
    """`ks` of a moving picture, or (no box) of a null that carries pixels up to `reach` px from its anchor."""
    dense, kept = np.array(density, float), track.keys(reach)
    anchor = (track.anchor - (box.x0, box.y0)) * dense
    return {
        "o": _moving(100 * track.opacity[:, None], kept["opacity"]),
        "r": _moving(np.degrees(track.angle)[:, None], kept["angle"]),
        "p": _moving(track.position, kept["position"], 0),
        "a": _fixed([*anchor, 0]),
        "s": _moving(100 * track.scale / dense, kept["scale"], 100),
    }


def _fixed(values: Sequence[float]) -> Json:
    numbers = [_number(value) for value in values]
    return {"a": 0, "k": numbers if len(numbers) > 1 else numbers[0]}


def _moving(values: FloatArray, frames: IntArray, *third: int) -> Json:
    """Values (t, c) at the frames to keep; `third`: the depth that the format wants and the plane has not."""
    keys = [[*(_number(value) for value in values[frame]), *third] for frame in frames]
    if all(key == keys[0] for key in keys):
        return _fixed(keys[0])
    timed: list[Json] = [{"t": int(frame), "s": key} for frame, key in zip(frames, keys, strict=True)]
    for key in timed[:-1]:
        key |= {"o": {"x": [0], "y": [0]}, "i": {"x": [1], "y": [1]}}  # straight to the next one
    return {"a": 1, "k": timed}


def _number(value: float, digits: int = 3) -> float | int:
    """Short in the file."""
    short = round(float(value), digits)
    return int(short) if short == int(short) else short
