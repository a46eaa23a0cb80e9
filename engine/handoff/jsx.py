"""After Effects: a script that imports every layer as it stacks, and on request its motion as editable keyframes.

The script itself is `after_effects.jsx`; here is what it tells. Names of After Effects' own things follow its scripting
guide (ae-scripting.docsforadobe.dev).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import numpy as np

from ..codecs.png import png_bytes
from ..composite import rest
from ..files import file_stem, visible
from ..geometry import Box, FloatArray
from ..manifest import FileEntry
from ..motion_field import MotionField, Part
from ..parts import covers, jointed, part_names
from ..plan import Job, Plan
from ..specs import HANDOFFS
from ..tile import Tile
from .film import Film, link, preferred
from .keyframed import NOT_TOLD, Left, keyframed
from .keys import IntArray
from .looks import picture_of, pictures_for_over
from .tracks import Track, reach_of

Json = dict[str, Any]

_SCRIPT = "import.jsx"  # in the folder of the pictures that move by keyframes
_MOVIE = "; a movie: "  # in the note of a layer that has no keyframes though it moves
_LEFT = f"; {NOT_TOLD}"  # in the note of one whose keyframes do not tell all
# what After Effects reads with alpha, best first
_LAYERS = ("prores4444", "qtrle", "png16", "png", "exr")
_COMPOSITES = ("mp4", *_LAYERS)
_STEP = 1e-3  # px, degrees, percent: less is no change
_ANCHOR, _POSITION, _SCALE = "ADBE Anchor Point", "ADBE Position", "ADBE Scale"
_ROTATION, _OPACITY = "ADBE Rotate Z", "ADBE Opacity"
_MOST_FPS, _LEAST_SIDE, _MOST_SECONDS = 99, 4, 10800  # of a composition


def cannot_import(plan: Plan) -> str:
    """Why After Effects could not open a film; empty when it can."""
    formats = {output.preset for job in plan.jobs for output in job.outputs if output.role == "layer"}
    if formats and not formats & set(_LAYERS):
        return f"needs layers that After Effects reads: add one of {', '.join(_LAYERS)} to --format"
    if not 1 <= plan.fps <= _MOST_FPS:
        return f"is for 1 to {_MOST_FPS} frames a second"
    if min(plan.size) < _LEAST_SIDE or plan.seconds > _MOST_SECONDS:
        return f"is for compositions of at least {_LEAST_SIDE} px and at most {_MOST_SECONDS // 3600} hours"
    return ""


def write_jsx(film: Film) -> bytes:
    """The script: every layer is its movie."""
    path = HANDOFFS["jsx"].path
    return _script(film, [_footage(film, job, path) for job in _told(film)], path)


def write_jsx_keyframes(film: Film) -> dict[str, bytes]:
    """The script, and beside it pictures of every layer that moves by keyframes; the others are their movies."""
    path = f"{HANDOFFS['jsx-keyframes'].path}/{_SCRIPT}"
    animator = _Animator(film)
    layers = [layer for job in _told(film) for layer in animator.layers(job, _footage(film, job, path))]
    return {_SCRIPT: _script(film, layers, path), **animator.pictures}


def keyframes_remarks(content: bytes | Mapping[str, bytes]) -> list[str]:
    """The layers that move and have no keyframes, and why; what keyframes do not tell."""
    assert not isinstance(content, bytes)  # it is a folder
    lines = (line.strip().rstrip(",") for line in content[_SCRIPT].decode().splitlines())
    layers = [json.loads(line) for line in lines if line.startswith('{"name": ') and line.endswith("}")]
    notes = [(layer["name"], layer["note"]) for layer in layers]
    movies = [f"{name}: a movie, {note.partition(_MOVIE)[2]}" for name, note in notes if _MOVIE in note]
    return movies + [f"{name}: {NOT_TOLD}{note.partition(_LEFT)[2]}" for name, note in notes if _LEFT in note]


def _told(film: Film) -> list[Job]:
    """Layers that have files and are ever seen, bottom to top."""
    return [job for job in film.plan.jobs if film.files(job) and film.shown(job) != (0, 0)]


def _script(film: Film, layers: list[Json], path: str) -> bytes:
    composite = preferred(film.composites(), _COMPOSITES)[:1]
    references = [_reference(film, entry, path) for entry in composite]
    facts = {
        "name": visible(PurePosixPath(film.plan.source).stem) or "film",
        "size": film.plan.size,
        "seconds": float(film.plan.seconds),
        "fps": float(film.plan.fps),
        "background": _background(film.plan),
        "note": _said(film),
    }
    told = ",\n".join(f"            {_literal(layer)}" for layer in [*layers, *references])
    head = _literal(facts).removesuffix("}")
    literal = f'{head},\n        "layers": [\n{told}\n        ]\n    }}'
    template = files(__package__).joinpath("after_effects.jsx").read_text("utf-8")
    return template.replace("FILM", literal, 1).encode("ascii")


def _literal(value: object) -> str:
    """A JavaScript literal in ASCII that can neither end a string nor a <script>."""
    return json.dumps(value, ensure_ascii=True).replace("</", "<\\/")


# --- layers as files --------------------------------------------------------------------------------------------------


def _footage(film: Film, job: Job, path: str) -> Json:
    """A layer as its best file."""
    entry = preferred(film.files(job), _LAYERS)[0]
    facts = {"name": visible(job.path), "blend": blending_mode(job.blend), "note": _note(entry)}
    shown = _seconds(film.plan, film.shown(job))
    return facts | _file(entry, path) | {"shown": shown, "carrier": None, "reference": False}


def blending_mode(blend: str) -> str:
    """After Effects knows all of Photoshop's blend modes by the same names, in capitals."""
    return blend.replace("-", "_").upper()


def _reference(film: Film, entry: FileEntry, path: str) -> Json:
    """The composite, to compare with."""
    facts = {"name": "composite (reference)", "blend": "NORMAL", "note": "the whole picture, to compare with"}
    shown = _seconds(film.plan, (0, film.plan.frames))
    return facts | _file(entry, path) | {"shown": shown, "carrier": None, "reference": True}


def _file(entry: FileEntry, path: str) -> Json:
    """Where the file is, what its alpha means and where its picture lies."""
    alphas = {"straight": "STRAIGHT", "premultiplied": "PREMULTIPLIED", "none": "IGNORE"}
    middle = np.array(entry.size) / 2
    return {
        "file": link(entry.parts[0].path, path),
        "sequence": entry.is_sequence,
        "alpha": alphas[entry.alpha],
        "transform": {_ANCHOR: _standing(middle), _POSITION: _standing(middle + entry.offset)},
    }


def _seconds(plan: Plan, frames: tuple[int, int]) -> list[float]:
    return [float(frame / plan.fps) for frame in frames]


def _background(plan: Plan) -> Json | None:
    if plan.background is None:
        return None
    *color, opacity = plan.background
    return {"color": color, "transform": {_OPACITY: _standing(np.array([100 * opacity]))}}


# --- what is baked, and what is not -----------------------------------------------------------------------------------


def _note(entry: FileEntry) -> str:
    """What a compositor has to know of a layer, in one line."""
    layer = entry.layer
    assert layer is not None  # only layers have notes
    said = [f"baked: {', '.join(layer.baked)}" if layer.baked else "nothing baked"]
    said += [f"not baked: blend mode {layer.blend}"] if layer.blend != "normal" else []
    said += [f"does not stack to the composite: {layer.why}"] if layer.recomposes == "no" else []
    said += ["linear light"] if entry.colour is not None and entry.colour.transfer == "linear" else []
    return visible("; ".join(said))


def _said(film: Film) -> str:
    """The same of the whole film."""
    known = film.manifest.recomposition
    said = [f"made by {film.manifest.tool}"]
    said += [f"the layers do not stack to the composite: {known.why}"] if known and known.possible == "no" else []
    adjusting = film.adjustments()
    said += [f"in the composite alone: {', '.join(adjusting)}"] if adjusting else []
    return visible("; ".join(said))


# --- layers as keyframes ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Animator:
    """Tells motion as keyframes of pictures of a layer at rest. `pictures`: the files of these, by name."""

    film: Film
    pictures: dict[str, bytes] = field(default_factory=dict)

    def layers(self, job: Job, movie: Json) -> list[Json]:
        """What stands for a layer, bottom to top: its movie, or keyframes, or both where keyframes do not tell all."""
        if reason := self._unlike_pictures(job):
            return [movie | {"note": f"{movie['note']}{_MOVIE}{visible(reason)}"}]
        if not job.moves:
            return [movie]
        told, left = self._told(job)
        keyed = self._keyed_layer(job, told, movie)
        if keyed is None:
            return [movie | {"note": f"{movie['note']}{_MOVIE}it is empty at rest"}]
        if left is None or not left.said:
            return [keyed]
        keyed |= {"note": keyed["note"] + _LEFT + left.said, "reference": left.is_most}
        return [keyed, movie | {"name": f"{movie['name']} (movie)", "reference": not left.is_most}]

    def _unlike_pictures(self, job: Job) -> str:
        """Why a layer stays a movie. Of generated motion only because of what is around the layer."""
        return self.film.held_back(job) if job.prompt else self.film.unlike_a_picture(job)

    def _told(self, job: Job) -> tuple[MotionField, Left | None]:
        """The field that is told, and what it leaves out."""
        whole = self.film.fields[job.layer]
        if not job.prompt:
            return whole, None
        still = self._still(job)
        alpha = still.rgba[3].numpy()
        told, left = keyframed(whole, alpha, still.box)
        return jointed(told, alpha, still.box), left

    def _still(self, job: Job) -> Tile:
        """A layer at rest before it is faded, clipped or masked, over the box that its mattes have."""
        return rest(self.film.document, self.film.place(job)[0])

    def _keyed_layer(self, job: Job, told: MotionField, movie: Json) -> Json | None:
        """A layer of keyframes; of several parts a composition of its own. None where nothing can be seen at rest."""
        still, (node, groups) = self._still(job), self.film.place(job)
        strength = float(np.prod([each.opacity * each.fill for each in (node, *groups)]))
        names = part_names(covers(told, still.rgba[3].numpy()))
        stem = file_stem(self.film.plan.jobs.index(job), node.name)
        keyed = list[Json]()
        for part, tile, name in zip(told.parts, pictures_for_over(still, told.parts), names, strict=True):
            picture = picture_of(Tile(tile.box, tile.rgba * strength))
            if picture is not None:
                file = f"{stem}{name and '-' + name.replace(' ', '-')}.png"
                self.pictures[file] = png_bytes(picture.pixels, level=6)
                keyed.append(movie | {"file": quote(file)} | self._keyed_part(part, picture.box, loop=told.loop))
                keyed[-1] |= {"name": f"{movie['name']}{name and ': ' + name}", "blend": "NORMAL", "note": ""}
        if not keyed:
            return None
        note = f"{movie['note']}; moves by keyframes"
        own = {"name": movie["name"], "blend": movie["blend"]}
        if len(keyed) == 1:
            return keyed[0] | own | {"note": note}
        return movie | own | {"transform": {}, "parts": keyed, "note": f"{note} of {len(keyed)} parts"}

    def _keyed_part(self, part: Part, box: Box, *, loop: bool) -> Json:
        """Keyframes of a picture over `box`, and of a null around it where it is slanted."""
        track = Track.of(part, loop=loop)
        corner = np.array([box.x0, box.y0], float)
        told, reach = {"sequence": False, "alpha": "STRAIGHT"}, reach_of(box.corners, track)
        if not track.is_sheared:
            return told | {"transform": self._transform(track, corner, reach)}
        outer, inner = track.carriers()
        far = reach * max(1.0, float(np.abs(inner.scale).max()))
        return told | {
            "carrier": self._transform(outer, np.zeros(2), far),
            "transform": self._transform(inner, corner, reach),
        }

    def _transform(self, track: Track, corner: FloatArray, reach: float) -> Json:
        """By match name. `corner` of the picture on the canvas; `reach` px from the anchor its farthest pixel lies."""
        kept = track.keys(reach)
        return {
            _ANCHOR: _standing(track.anchor - corner),
            _POSITION: self._keyed(track.position, kept["position"]),
            _ROTATION: self._keyed(np.rad2deg(track.angle), kept["angle"]),
            _SCALE: self._keyed(100 * track.scale, kept["scale"]),
            _OPACITY: self._keyed(100 * track.opacity, kept["opacity"]),
        }

    def _keyed(self, values: FloatArray, kept: IntArray) -> Json:
        """(t,) or (t, c) values at the frames to keep; before the first and after the last the value holds."""
        keys = np.round(values[kept], 4)
        changes = np.flatnonzero(np.abs(np.diff(keys.reshape(len(keys), -1), axis=0)).max(axis=1, initial=0) > _STEP)
        if len(changes) == 0:
            return _standing(np.atleast_1d(keys[0]))
        told = slice(changes[0], changes[-1] + 2)
        times = [float(frame / self.film.plan.fps) for frame in kept[told].tolist()]
        return {"times": times, "values": keys[told].tolist()}


def _standing(value: FloatArray) -> Json:
    """One value for good; of a property with one number, that number."""
    rounded = np.round(value, 4).tolist()
    return {"times": [0], "values": [rounded[0] if len(rounded) == 1 else rounded]}
