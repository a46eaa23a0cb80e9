"""Manifests that say where trimmed PNGs lie: our own `layers.yaml`, and TexturePacker's JSON.

canvas: [1920, 1080]            # width, height
layers:                         # bottom to top
  - file: background.png
  - file: parts/balloon.png     # beside or below the manifest
    name: "Balloon [bob 2s]"    # default: the file's name
    position: [320, 80]         # of its top-left corner, default [0, 0]
    opacity: 0.8                # 0..1, default 1
    blend: multiply             # default normal
    visible: true
    group: Hero/Upper           # neighbours with the same group share it
    depth: 2                    # distance for camera motions
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from ..document import Document, Note, Pixels
from ..errors import BadInput, MissingInput, Where, nearest
from ..geometry import Box
from ..layout.source import Source, all_problems, read_source, read_text
from ..specs import BLEND_MODES
from .edge import MAX_SIDE, check_image, check_input_bytes, check_layers, check_nesting, edge
from .pieces import Order, Piece, assemble, common_size, order_note, paths_in_order, png_facts, png_pixels

OUR_NAMES = ("layers.yaml", "layers.yml", "layers.json")


def inside(folder: Path, name: str, where: Where) -> Path:
    """The file a manifest names, which must lie in the manifest's own folder. Raises BadInput or MissingInput."""
    parts = PurePosixPath(name.replace("\\", "/"))
    if not parts.parts or parts.is_absolute() or ".." in parts.parts or ":" in parts.parts[0]:
        hint = "name files relative to the manifest, beside or below it"
        raise BadInput(f"the file {name!r} lies outside the manifest's folder", hint=hint, where=where)
    file = folder / parts
    if not file.is_file():
        raise MissingInput(f"the file {name!r} is not there", hint=f"expected at {file}", where=where)
    return file


# --- ours -------------------------------------------------------------------------------------------------------------


def _blend(value: Any) -> Any:
    if isinstance(value, str) and value not in BLEND_MODES:
        near = nearest(value, BLEND_MODES)
        raise ValueError(f"{value!r} is no blend mode" + (f": did you mean {near!r}?" if near else ""))
    return value


_Offset = Annotated[int, Field(ge=-10 * MAX_SIDE, le=10 * MAX_SIDE)]
_Strict = ConfigDict(extra="forbid", frozen=True, strict=True)


class ManifestLayer(BaseModel):
    """One entry of `layers`."""

    model_config = _Strict

    file: str
    name: str | None = None
    position: list[_Offset] = Field(default=[0, 0], min_length=2, max_length=2)
    opacity: float = Field(default=1.0, ge=0, le=1)
    blend: Annotated[str, BeforeValidator(_blend)] = "normal"
    visible: bool = True
    group: str | None = None
    depth: float | None = Field(default=None, allow_inf_nan=False)


class Manifest(BaseModel):
    """The whole of `layers.yaml`."""

    model_config = _Strict

    version: Literal[1] = 1
    canvas: list[int] = Field(min_length=2, max_length=2)
    layers: list[ManifestLayer] = Field(min_length=1)


def read_our_manifest(path: Path) -> Document:
    """Read `layers.yaml` or the same as JSON. Raises BadInput with every mistake and its line."""
    source = _source(path)
    manifest = _validated(source)
    size = (manifest.canvas[0], manifest.canvas[1])
    check_image(size, path)
    pieces = [_our_piece(layer, path, source.where("layers", i, "file")) for i, layer in enumerate(manifest.layers)]
    check_input_bytes(sum(file.stat().st_size for file in {piece.file for piece in pieces}), path)
    note = Note("approximated", "layer order", f"as {path.name} lists them, bottom to top")
    return assemble(path, size, pieces, (note,))


def _source(path: Path) -> Source:
    """The text as data with places, by the layouts' own parser; what it says of layouts is true of manifests."""
    try:
        return read_source(read_text(path), path)
    except BadInput as error:
        hint = (
            "a manifest is YAML or JSON: `canvas: [width, height]`, then `layers:`, bottom to top, each with a `file`"
        )
        raise BadInput(error.message.replace("layout", "manifest"), hint=hint, where=error.where) from error


def _our_piece(layer: ManifestLayer, manifest: Path, where: Where) -> Piece:
    file = inside(manifest.parent, layer.file, where)
    with edge(file):
        facts = png_facts(file)
    return Piece(
        name=file.stem if layer.name is None else layer.name,
        box=Box.from_xywh(layer.position[0], layer.position[1], *facts.size),
        load=lambda floating: png_pixels(file, floating),
        file=file,
        groups=tuple(part for part in (layer.group or "").split("/") if part.strip()),
        bits=facts.bits,
        profile=facts.profile,
        opacity=layer.opacity,
        blend=layer.blend,
        visible=layer.visible,
        depth=layer.depth,
    )


def _validated(source: Source) -> Manifest:
    problems = list(source.problems)
    try:
        manifest = Manifest.model_validate(source.data)
    except ValidationError as error:
        problems += [_problem(detail, source) for detail in error.errors(include_url=False)]
    if problems:
        raise all_problems(problems)
    return manifest


def _problem(detail: ErrorDetails, source: Source) -> BadInput:
    *parents, key = detail["loc"]
    if detail["type"] == "extra_forbidden":
        known = list((ManifestLayer if parents else Manifest).model_fields)
        near = nearest(str(key), known)
        hint = f"did you mean {near!r}?" if near else f"known keys: {', '.join(known)}"
        return BadInput(f"unknown key {key!r}", hint=hint, where=source.where(*detail["loc"], key=True))
    if detail["type"] == "missing":
        example = "canvas: [1920, 1080]" if key == "canvas" else f"{key}: ..."
        return BadInput(f"the key {key!r} is missing", hint=f"write {example}", where=source.where(*parents))
    message = detail["msg"].removeprefix("Value error, ")
    return BadInput(f"{key}: {message}", where=source.where(*detail["loc"]))


# --- TexturePacker ----------------------------------------------------------------------------------------------------
# JSON (Hash) and JSON (Array), and the array form with several sheets under "textures". A frame rotated in the sheet
# was turned by 90 degrees clockwise; its `frame` keeps the unturned width and height
# (https://www.codeandweb.com/texturepacker/documentation).


class _Area(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    x: int = Field(default=0, ge=0)
    y: int = Field(default=0, ge=0)
    w: int = Field(ge=0)
    h: int = Field(ge=0)


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    filename: str
    frame: _Area
    rotated: bool = False
    spriteSourceSize: _Area | None = None  # noqa: N815 - the format's own key
    sourceSize: _Area | None = None  # noqa: N815 - the format's own key

    @property
    def canvas(self) -> tuple[int, int]:
        return (self.sourceSize.w, self.sourceSize.h) if self.sourceSize else (self.frame.w, self.frame.h)

    @property
    def in_sheet(self) -> Box:
        width, height = (self.frame.h, self.frame.w) if self.rotated else (self.frame.w, self.frame.h)
        return Box.from_xywh(self.frame.x, self.frame.y, width, height)

    @property
    def on_canvas(self) -> Box:
        corner = self.spriteSourceSize
        return Box.from_xywh(corner.x if corner else 0, corner.y if corner else 0, self.frame.w, self.frame.h)


def is_texture_packer(data: Any) -> bool:
    """Frames of one sheet, or several sheets with frames."""
    return isinstance(data, dict) and ("frames" in data or "textures" in data) and "layers" not in data


def read_texture_packer(path: Path, data: Any, order: Order | None) -> Document:
    """Read the frames of a sprite sheet as layers of one canvas. Raises BadInput when their source sizes differ."""
    sheets = [(str(page.get("image", "")), _frames(page, path)) for page in _pages(data)]
    found = [(frame, image) for image, frames in sheets for frame in frames]
    if not found:
        raise BadInput("lists no frames", hint="export the sprite sheet again", where=Where(path))
    size, odd = common_size([(frame.filename, frame.canvas) for frame, _ in found])
    if odd:
        message = f"not every frame was cut from a {size[0]} x {size[1]} canvas: {', '.join(odd[:5])}"
        raise BadInput(
            message, hint="a sprite sheet is a design when all its sprites share one canvas", where=Where(path)
        )
    check_image(size, path)
    check_layers(len(found), path)
    by_name = {tuple(PurePosixPath(frame.filename).parts) or ("layer",): (frame, image) for frame, image in found}
    check_nesting(max(map(len, by_name)), path)
    listed, numbered = paths_in_order(list(by_name), order)
    files = {image: inside(path.parent, image, Where(path)) for image, _ in sheets}
    check_input_bytes(sum(file.stat().st_size for file in files.values()), path)
    pieces = [_frame_piece(*by_name[parts], shown, files) for parts, shown in listed]
    return assemble(path, size, pieces, (order_note(numbered, order),))


def _pages(data: dict[str, Any]) -> list[dict[str, Any]]:
    if "textures" in data:
        return list(data["textures"])
    return [{"image": data.get("meta", {}).get("image", ""), "frames": data["frames"]}]


def _frames(page: dict[str, Any], path: Path) -> list[_Frame]:
    frames = page["frames"]
    entries = [{**entry, "filename": name} for name, entry in frames.items()] if isinstance(frames, dict) else frames
    try:
        return [_Frame.model_validate(entry) for entry in entries]
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        place = ".".join(map(str, detail["loc"]))
        raise BadInput(f"a frame is not TexturePacker's: {place}: {detail['msg']}", where=Where(path)) from error


def _frame_piece(frame: _Frame, image: str, shown: tuple[str, ...], files: dict[str, Path]) -> Piece:
    file = files[image]
    with edge(file):
        facts = png_facts(file)
    if not Box(0, 0, *facts.size).contains(frame.in_sheet):
        raise BadInput(f"the frame {frame.filename!r} reaches out of the sheet", where=Where(file))
    return Piece(
        name=str(PurePosixPath(shown[-1]).with_suffix("")) if shown[-1].lower().endswith(".png") else shown[-1],
        box=frame.on_canvas,
        load=_cut(file, frame),
        file=file,
        groups=shown[:-1],
        bits=facts.bits,
        profile=facts.profile,
    )


def sheet(file: Path, floating: bool) -> Pixels:
    """A whole sheet, read-only and remembered: its frames are read one after the other."""
    return _sheet(file, floating, file.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _sheet(file: Path, floating: bool, _changed: int) -> Pixels:
    pixels = png_pixels(file, floating)
    pixels.flags.writeable = False
    return pixels


def _cut(file: Path, frame: _Frame) -> Callable[[bool], Pixels]:
    def load(floating: bool) -> Pixels:
        whole = sheet(file, floating)
        rows, columns = frame.in_sheet.slices(Box(0, 0, whole.shape[1], whole.shape[0]))
        part: Any = whole[rows, columns]
        return np.ascontiguousarray(np.rot90(part) if frame.rotated else part)

    return load
