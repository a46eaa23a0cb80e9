"""A Spine skeleton (JSON) at rest: every slot's picture placed by its bones, slots bottom to top.

Follows the published format (https://esotericsoftware.com/spine-json-format): world coordinates run up, angles
counter-clockwise in degrees. Region attachments are exact. Mesh attachments are placed by the affine map that fits
their vertices best, and said to be approximated where that leaves more than half a pixel. Constraints are ignored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..document import Document, Note, Pixels
from ..errors import BadInput, Where
from ..geometry import Box, FloatArray, apply, compose
from ..scaling import placed, placed_box
from .edge import check_image, check_input_bytes, check_layers
from .pieces import Piece, assemble
from .spine_atlas import Picture, Pictures

_BLENDS = {"normal": "normal", "additive": "linear-dodge", "multiply": "multiply", "screen": "screen"}
_UNDRAWN = {"boundingbox", "path", "point", "clipping"}


def is_spine(data: Any) -> bool:
    """Spine's two required sections."""
    return isinstance(data, dict) and isinstance(data.get("bones"), list) and "slots" in data


def read_spine(path: Path, data: dict[str, Any]) -> Document:
    """Read the setup pose. Raises BadInput, MissingInput for a picture, and what malformed data raises in the edge."""
    check_layers(len(data["slots"]), path)
    bones = world_bones(data["bones"], path)
    pictures = Pictures(path, str(data.get("skeleton", {}).get("images") or ""))
    parts = [part for slot in data["slots"] if (part := _part(slot, data, bones, pictures, path)) is not None]
    if not parts:
        raise BadInput("draws nothing at rest", hint="give slots an attachment in the setup pose", where=Where(path))
    check_input_bytes(sum(file.stat().st_size for file in {part.picture.file for part in parts}), path)
    canvas = _canvas(data.get("skeleton", {}), parts)
    check_image(canvas.size, path)
    pieces = [_piece(part, canvas) for part in parts]
    notes = [Note("approximated", "layer order", "the skeleton's slots, bottom to top")]
    ignored = [name for name in ("ik", "transform", "path", "physics") if data.get(name)]
    clipped = any(_attachment(slot, data)[1].get("type") == "clipping" for slot in data["slots"])
    notes += [Note("ignored", f"{name} constraints", "bones stay as they are set") for name in ignored]
    notes += [Note("ignored", "clipping attachment", "nothing is clipped")] if clipped else []
    return assemble(path, canvas.size, pieces, tuple(notes))


# --- bones ------------------------------------------------------------------------------------------------------------


def world_bones(entries: list[dict[str, Any]], path: Path) -> dict[str, FloatArray]:
    """Forward affine (2, 3) of every bone, bone to world. Parents stand before their children."""
    world: dict[str, FloatArray] = {}
    for bone in entries:
        parent = bone.get("parent")
        if parent is not None and parent not in world:
            raise BadInput(f"bone {bone['name']!r}: no bone {parent!r} stands before it", where=Where(path))
        outer = np.eye(2, 3) if parent is None else world[parent]
        mode = bone.get("inherit") or bone.get("transform") or "normal"
        at = apply(outer, np.array([[_number(bone, "x"), _number(bone, "y")]]))[0]
        world[bone["name"]] = np.column_stack([_inherited(outer[:, :2], mode, bone, path), at])
    return world


def _inherited(outer: FloatArray, mode: str, bone: dict[str, Any], path: Path) -> FloatArray:
    """The linear part (2, 2) of a bone under its parent's."""
    own = _own_axes(bone, _number(bone, "rotation"))
    if mode == "normal":
        return outer @ own
    if mode == "onlyTranslation":
        return own
    length = math.hypot(outer[0, 0], outer[1, 0])
    area = float(np.linalg.det(outer))
    if length < 1e-9:
        return own
    turn = np.array([[outer[0, 0], -outer[1, 0]], [outer[1, 0], outer[0, 0]]]) / length  # the parent's rotation
    if mode == "noRotationOrReflection":
        return turn @ np.diag([length, abs(area) / length]) @ turn.T @ own
    if mode in ("noScale", "noScaleOrReflection"):
        angle = math.radians(_number(bone, "rotation"))
        along = outer @ np.array([math.cos(angle), math.sin(angle)])
        x, y = along / max(math.hypot(*along), 1e-12)
        mirror = -1.0 if area < 0 and mode == "noScale" else 1.0
        return np.array([[x, -y * mirror], [y, x * mirror]]) @ _own_axes(bone, 0.0)
    raise BadInput(f"bone {bone['name']!r} inherits in the unknown way {mode!r}", where=Where(path))


def _own_axes(bone: dict[str, Any], rotation: float) -> FloatArray:
    x = math.radians(rotation + _number(bone, "shearX"))
    y = math.radians(rotation + 90 + _number(bone, "shearY"))
    sx, sy = _number(bone, "scaleX", 1), _number(bone, "scaleY", 1)
    return np.array([[math.cos(x) * sx, math.cos(y) * sy], [math.sin(x) * sx, math.sin(y) * sy]])


def _number(entry: dict[str, Any], key: str, default: float = 0) -> float:
    value = float(entry.get(key, default))
    if not math.isfinite(value) or abs(value) > 1e7:
        raise ValueError(f"{key} of {entry.get('name', 'an attachment')!r} is {value}")
    return value


# --- slots and attachments --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Part:
    """A slot's picture in the world (y up)."""

    slot: dict[str, Any]
    attachment: dict[str, Any]
    picture: Picture
    matrix: FloatArray  # (2, 3) picture pixels to world
    error: float  # of the matrix, in pixels: meshes only

    @property
    def corners(self) -> FloatArray:
        return apply(self.matrix, Box(0, 0, *self.picture.size).corners)


def _attachment(slot: dict[str, Any], data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Name and entry of what a slot shows at rest: from the default skin, else from the first skin that has it."""
    name = slot.get("attachment")
    skins = data.get("skins", {})
    listed = skins if isinstance(skins, list) else [{"name": k, "attachments": v} for k, v in skins.items()]
    for skin in sorted(listed, key=lambda skin: skin.get("name") != "default"):
        entry = skin.get("attachments", {}).get(slot["name"], {}).get(name)
        if name is not None and entry is not None:
            return name, entry
    return "", {}


def _part(
    slot: dict[str, Any], data: dict[str, Any], bones: dict[str, FloatArray], pictures: Pictures, path: Path
) -> _Part | None:
    name, entry = _attachment(slot, data)
    kind = entry.get("type", "region")
    if not entry or kind in _UNDRAWN:
        return None
    if kind not in ("region", "mesh"):
        hint = "turn linked meshes into meshes before exporting" if kind == "linkedmesh" else ""
        raise BadInput(f"slot {slot['name']!r} shows an attachment of the kind {kind!r}", hint=hint, where=Where(path))
    if slot["bone"] not in bones:
        raise BadInput(f"slot {slot['name']!r} hangs on {slot['bone']!r}, which is no bone", where=Where(path))
    picture = pictures.find(str(entry.get("path") or entry.get("name") or name))
    bone = bones[slot["bone"]]
    if kind == "region":
        return _Part(slot, entry, picture, compose(bone, region_matrix(entry, picture.size)), 0.0)
    matrix, error = _mesh_matrix(entry, picture.size, bone, list(bones.values()))
    return _Part(slot, entry, picture, matrix, error)


def region_matrix(entry: dict[str, Any], size: tuple[int, int]) -> FloatArray:
    """(2, 3) from the pixels of a picture of (width, height) to its bone: centred, scaled, turned, moved."""
    width, height = _number(entry, "width", size[0]), _number(entry, "height", size[1])
    sx, sy = _number(entry, "scaleX", 1) * width / size[0], _number(entry, "scaleY", 1) * height / size[1]
    angle = math.radians(_number(entry, "rotation"))
    cos, sin = math.cos(angle), math.sin(angle)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.diag([sx, -sy])  # picture rows run down
    middle = np.array([_number(entry, "x"), _number(entry, "y")])
    return np.column_stack([linear, middle - linear @ (np.array(size) / 2)])


def _mesh_matrix(
    entry: dict[str, Any], size: tuple[int, int], bone: FloatArray, bones: list[FloatArray]
) -> tuple[FloatArray, float]:
    """Least-squares (2, 3) from picture pixels to the world, and its largest error at a vertex."""
    pixels = np.array(entry["uvs"], float).reshape(-1, 2) * size  # (n, 2)
    numbers = [float(value) for value in entry["vertices"]]
    plain = len(numbers) == pixels.size
    points = apply(bone, np.array(numbers).reshape(-1, 2)) if plain else _weighted(numbers, bones)
    homogeneous = np.column_stack([pixels, np.ones(len(pixels))])  # (n, 3)
    solution = np.asarray(np.linalg.lstsq(homogeneous, points, rcond=None)[0], np.float64)  # (3, 2)
    return solution.T, float(np.abs(homogeneous @ solution - points).max())


def _weighted(numbers: list[float], bones: list[FloatArray]) -> FloatArray:
    """(n, 2) world points: for each vertex a count, then bone, x, y, weight that many times."""
    points: list[FloatArray] = []
    at = 0
    while at < len(numbers):
        count = int(numbers[at])
        influences = np.array(numbers[at + 1 : at + 1 + 4 * count]).reshape(count, 4)
        points.append(sum((apply(bones[int(b)], np.array([[x, y]]))[0] * w for b, x, y, w in influences), np.zeros(2)))
        at += 1 + 4 * count
    return np.array(points)


# --- to pieces --------------------------------------------------------------------------------------------------------


def _canvas(skeleton: dict[str, Any], parts: list[_Part]) -> Box:
    """The setup pose's bounds on the world's own pixel grid, with y already turned down."""
    if all(key in skeleton for key in ("x", "y", "width", "height")) and _number(skeleton, "width") > 0:
        x, y = _number(skeleton, "x"), _number(skeleton, "y")
        corners = np.array([[x, y], [x + _number(skeleton, "width"), y + _number(skeleton, "height")]])
    else:
        corners = np.concatenate([part.corners for part in parts])
    return Box.around(np.round(corners * [1, -1], 6))


def _piece(part: _Part, canvas: Box) -> Piece:
    to_canvas = np.array([[1.0, 0.0, -canvas.x0], [0.0, -1.0, -canvas.y0]])
    matrix = compose(to_canvas, part.matrix)
    box = placed_box(part.picture.size, matrix)
    if not box.is_empty:
        check_image(box.size, part.picture.file, part.slot["name"], bytes_per_pixel=16)  # resampled as float32
    color = _color(part.slot) * _color(part.attachment)
    notes = [Note("approximated", "mesh", f"off by up to {part.error:.1f} px")] if part.error > 0.5 else []
    notes += [Note("baked", "tint")] if (color[:3] < 1).any() else []
    notes += [Note("ignored", "dark tint")] if "dark" in part.slot else []
    blend = str(part.slot.get("blend", "normal"))
    return Piece(
        name=str(part.slot["name"]),
        box=box,
        load=partial(_load, part.picture, matrix, color[:3]),
        file=part.picture.file,
        bits=part.picture.facts.bits,
        profile=part.picture.facts.profile,
        opacity=float(color[3]),
        blend=_BLENDS.get(blend, "normal"),
        notes=tuple(notes),
    )


def _color(entry: dict[str, Any]) -> FloatArray:
    """(4,) 0..1 of an RRGGBBAA text; white when there is none."""
    text = str(entry.get("color", "ffffffff"))
    return np.array(list(bytes.fromhex(text.ljust(8, "f")[:8])), float) / 255


def _load(picture: Picture, matrix: FloatArray, tint: FloatArray, floating: bool) -> Pixels:
    pixels = placed(picture.load(floating), matrix)
    if (tint < 1).any():
        tinted = pixels[..., :3] * tint
        pixels[..., :3] = tinted if floating else np.rint(tinted)
    return pixels
