"""`OUT/manifest.json`: what is in an output folder, how it was made, how it stacks and what is missing.

The manifest is the truth of a run: `verify` and `--resume` read nothing else. It holds no dates and no absolute paths,
so equal runs have equal manifests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from .errors import BadInput, MissingInput, Where
from .files import atomic, sha256
from .geometry import Box

NAME = "manifest.json"
SUMS = "SHA256SUMS"

Role = Literal["layer", "still", "composite", "picture", "proxy", "handoff", "layout"]
Recomposes = Literal["exact", "needs-blend", "no"]


def _inside(name: str) -> str:
    """Reject names that lead out of the output folder."""
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name:
        raise ValueError(f"{name!r} is not a path inside the output folder")
    return name


Inside = Annotated[str, AfterValidator(_inside)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Model(BaseModel):
    """Every part of a manifest: frozen, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class PartEntry(Model):
    """One file on disk; an image sequence has one a frame."""

    path: Inside
    bytes: int = Field(ge=0)
    sha256: Sha256


class NoteEntry(Model):
    """Something the reader did to a layer: baked, approximated or ignored."""

    kind: Literal["baked", "approximated", "ignored"]
    what: str
    detail: str = ""


class LayerEntry(Model):
    """The layer a file shows, and how the file stacks with others."""

    id: str
    path: str  # in the document's tree, "Hero/Balloon"
    name: str  # as the document has it
    order: int  # place in the stack of exported layers, 0 at the bottom
    region: tuple[int, int, int, int]  # of its motion: x0, y0, x1, y1 on the canvas
    blend: str = "normal"  # never baked
    opacity: float = 1.0  # the layer's own, already in the pixels
    baked: tuple[str, ...] = ()  # "mask", "clipping", "opacity", "fill", "group opacity"
    recomposes: Recomposes = "exact"
    why: str = ""  # where it does not
    notes: tuple[NoteEntry, ...] = ()


class ColourEntry(Model):
    """What the numbers mean. sRGB primaries are those of BT.709; video tags say bt709 for matrix and transfer too."""

    primaries: Literal["bt709"] = "bt709"
    transfer: Literal["srgb", "linear"] = "srgb"
    tags: tuple[str, str, str, str] | None = None  # primaries, transfer, matrix, range as written into the file


BT709_TAGS = ("bt709", "bt709", "bt709", "tv")


class FileEntry(Model):
    """One output: a movie, a sequence's folder, a still or a hand-off file."""

    path: Inside
    role: Role
    recipe: Sha256 | Literal[""] = ""  # of what this file is made; equal recipes are equal files
    parts: tuple[PartEntry, ...]
    preset: str = ""  # export preset; empty for files that are not pictures
    layer: LayerEntry | None = None
    codec: str = ""  # as ffprobe names it
    pixel_format: str = ""
    size: tuple[int, int] = (0, 0)  # pixels in the file
    padded: tuple[int, int] = (0, 0)  # columns and rows repeated at the right and bottom for even sizes
    offset: tuple[int, int] = (0, 0)  # of the file's top-left pixel on the canvas
    alpha: Literal["straight", "premultiplied", "none"] = "none"
    background: tuple[float, float, float] | None = None  # what an opaque file shows behind transparent pixels
    colour: ColourEntry | None = None
    fps: str = ""  # "30000/1001"
    start: int = 0  # number of the first frame
    frames: int = 0
    alpha_range: tuple[float, float] | None = None  # lowest and highest alpha of all frames
    remarks: tuple[str, ...] = ()  # of a hand-off: what it tells less than exactly

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)

    @property
    def is_sequence(self) -> bool:
        """A folder of numbered frames, be it one."""
        return bool(self.parts) and self.parts[0].path != self.path

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.fps) if self.fps else None


class DocumentEntry(Model):
    """The design and how faithfully it was read."""

    name: str  # file name
    format: str
    size: tuple[int, int]
    bits: int = 8
    color_mode: str = "RGB"
    linear: bool = False  # layers blend in linear light
    icc: str | None = None
    fidelity: float | None = None  # mean error (0..1) of frame 0's still against the document's own preview, over white
    notes: tuple[NoteEntry, ...] = ()


class RecompositionEntry(Model):
    """Whether the exported layers, stacked with their blend modes, give the composite."""

    possible: Recomposes
    why: str = ""
    error: float | None = None  # root mean square (0..1) measured when the files were made


class WeightsEntry(Model):
    """A weights file that took part, and its licence."""

    id: str
    sha256: Sha256
    licence: str
    commercial_use: bool


class Manifest(Model):
    """The whole of manifest.json, schema 1."""

    schema_: Literal[1] = Field(1, alias="schema")
    tool: str  # "art 0.1.0"
    status: Literal["finished", "unfinished"]
    recipe: Sha256  # of input bytes, normalised layout, weights, seed and export settings
    seed: int
    size: tuple[int, int]
    fps: str
    frames: int
    document: DocumentEntry
    recomposition: RecompositionEntry | None = None
    weights: tuple[WeightsEntry, ...] = ()
    files: tuple[FileEntry, ...] = ()

    def entry(self, path: str) -> FileEntry | None:
        """The entry of that relative path."""
        return next((entry for entry in self.files if entry.path == path), None)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of an output folder. Raises MissingInput, and BadInput with a problem for each bad value."""
    path = folder / NAME
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        hint = "is this a folder that `art animate` wrote?" if folder.exists() else "check the path"
        message = f"there is no readable {NAME}" if folder.exists() else "there is no such folder"
        raise MissingInput(message, hint=hint, where=Where(folder)) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{NAME} is not text", where=Where(path)) from error
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        problems = tuple(
            BadInput(f"{'.'.join(map(str, item['loc'])) or NAME}: {item['msg']}", where=Where(path))
            for item in error.errors()
        )
        raise BadInput(
            f"{len(problems)} value(s) are not as written by art: {problems[0].message}",
            hint="run `art animate --force` to make the folder anew",
            where=Where(path),
            problems=problems,
        ) from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json whole or not at all. Raises CannotWrite."""
    text = json.dumps(manifest.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False)
    with atomic(folder / NAME) as path:
        path.write_text(text + "\n", "utf-8")


def write_sha256sums(folder: Path, manifest: Manifest) -> None:
    """Write SHA256SUMS for `sha256sum -c`: every part of every file, and the manifest itself. Raises CannotWrite.

    A file that says so already stays as it is.
    """
    sums = {part.path: part.sha256 for entry in manifest.files for part in entry.parts}
    sums[NAME] = sha256(folder / NAME)
    text = "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
    with suppress(OSError):
        if (folder / SUMS).read_bytes() == text:
            return
    with atomic(folder / SUMS) as path:
        path.write_bytes(text)


def intact(folder: Path, entry: FileEntry, sums: Callable[[Path], str] = sha256) -> bool:
    """Every part of the entry is there with its bytes."""
    return bool(entry.parts) and all(_is_intact(folder / part.path, part, sums) for part in entry.parts)


def _is_intact(path: Path, part: PartEntry, sums: Callable[[Path], str]) -> bool:
    try:
        return path.is_file() and path.stat().st_size == part.bytes and sums(path) == part.sha256
    except OSError:
        return False


def missing(folder: Path, manifest: Manifest | None, recipe: str, planned: Sequence[str]) -> list[str]:
    """The planned outputs (relative paths) that `--resume` has to make: all, when the recipe is another."""
    if manifest is None or manifest.recipe != recipe:
        return list(planned)
    entries = {entry.path: entry for entry in manifest.files}
    return [path for path in planned if path not in entries or not intact(folder, entries[path])]


def region_of(box: Box) -> tuple[int, int, int, int]:
    """A box as the manifest writes it."""
    return box.x0, box.y0, box.x1, box.y1
