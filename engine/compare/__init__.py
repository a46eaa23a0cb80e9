"""`art compare`: do two output folders, or two files, show the same? Frame by frame, two frames in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from filecmp import cmp
from fractions import Fraction
from pathlib import Path

from ..codecs.decode import decode, frame_files, probe
from ..errors import CheckFailed, MissingInput, Where
from ..manifest import NAME, FileEntry, read_manifest
from ..verify import UNREADABLE
from .ssim import EQUAL, Float32, Likeness, likeness

COMPARED = ("layer", "still", "composite")  # roles of files that hold what was drawn; all else is made from it


@dataclass(frozen=True)
class Film:
    """One file or image sequence, and how it holds its pixels."""

    path: Path
    size: tuple[int, int]
    frames: int
    rate: Fraction | None
    straight: bool = True
    linear: bool = False
    offset: tuple[int, int] = (0, 0)  # of its corner on the canvas

    def pictures(self) -> Iterator[Float32]:
        """Premultiplied (h, w, 4) of every frame, sRGB 0..1."""
        for picture in decode(self.path, straight=self.straight, linear=self.linear, rate=self.rate):
            picture[..., :3] *= picture[..., 3:]
            yield picture


@dataclass(frozen=True)
class Compared:
    """One layer, or the composite, in one format. `a` or `b` is empty where only the other has it."""

    what: str
    preset: str
    a: str
    b: str
    problem: str = ""  # why it was not compared
    frames: int = 0
    least: Likeness = EQUAL  # of the least alike frame
    frame: int = 0  # that frame
    difference: float = 0.0  # the largest in any frame, 0..1

    @property
    def ssim(self) -> float | None:
        return None if self.problem else self.least.ssim

    def passes(self, fail_under: float) -> bool:
        return not self.problem and self.least.ssim >= fail_under


@dataclass(frozen=True)
class CompareReport:
    """Everything that was compared, the least alike first."""

    fail_under: float
    pairs: tuple[Compared, ...]

    @property
    def failing(self) -> tuple[Compared, ...]:
        return tuple(pair for pair in self.pairs if not pair.passes(self.fail_under))

    @property
    def ok(self) -> bool:
        return not self.failing


Watch = Callable[[Compared, Float32, Float32], None]  # the least alike frame of a pair, premultiplied (h, w, 4) each


def compare(a: Path, b: Path, fail_under: float, watch: Watch | None = None) -> CompareReport:
    """Compare two output folders, or two films. `watch` gets the worst frame of every pair that fails.

    Raises MissingInput for what is not there or holds nothing to compare, BadInput for a manifest that cannot be read,
    CheckFailed for a single file that cannot be read; in a folder that is a problem in the report.
    """
    pairs = []
    for found, first, second in _pairs(a, b):
        compared, frames = (found, None) if first is None or second is None else _compared(found, first, second)
        pairs.append(compared)
        if watch is not None and frames is not None and not compared.passes(fail_under):
            watch(compared, *frames)
    pairs.sort(key=lambda pair: (not pair.problem, pair.least))
    return CompareReport(fail_under, tuple(pairs))


def _compared(pair: Compared, a: Film, b: Film) -> tuple[Compared, tuple[Float32, Float32] | None]:
    """The pair with what was measured, and its least alike frame in both."""
    problem = _unlike(a, b)
    if problem:
        return replace(pair, problem=problem), None
    if _same_bytes(a, b):
        return replace(pair, frames=a.frames), None
    least, worst, frame, difference, count = EQUAL, None, 0, 0.0, 0
    try:
        for index, (one, other) in enumerate(zip(a.pictures(), b.pictures(), strict=True)):
            found = likeness(one, other)
            difference, count = max(difference, found.difference), index + 1
            if worst is None or found < least:
                least, worst, frame = found, (one, other), index
    except UNREADABLE as error:
        return replace(pair, problem=f"cannot be read: {error}"), None
    return replace(pair, frames=count, least=least, frame=frame, difference=difference), worst


def _unlike(a: Film, b: Film) -> str:
    """Why two films cannot be compared frame by frame; empty when they can."""
    if a.size != b.size:
        return f"{a.size[0]} x {a.size[1]} px in A, {b.size[0]} x {b.size[1]} px in B"
    if a.offset != b.offset:
        return f"stands at {a.offset[0]}, {a.offset[1]} in A, at {b.offset[0]}, {b.offset[1]} in B"
    if a.frames != b.frames:
        return f"{a.frames} frames in A, {b.frames} in B"
    if a.rate and b.rate and a.rate != b.rate:
        return f"{float(a.rate):g} fps in A, {float(b.rate):g} fps in B"
    return ""


def _same_bytes(a: Film, b: Film) -> bool:
    """Equal files that are read in the same way: nothing needs to be decoded."""
    if (a.straight, a.linear, a.path.is_dir()) != (b.straight, b.linear, b.path.is_dir()):
        return False
    first, second = (frame_files(film.path) if film.path.is_dir() else [film.path] for film in (a, b))
    return len(first) == len(second) and all(cmp(*files, shallow=False) for files in zip(first, second, strict=True))


# --- what belongs together --------------------------------------------------------------------------------------------


def _pairs(a: Path, b: Path) -> Iterator[tuple[Compared, Film | None, Film | None]]:
    """What is to be compared; with a problem and without films where only one side has it."""
    if _is_film(a) and _is_film(b):
        yield Compared("", "", str(a), str(b)), _film(a), _film(b)
        return
    first, second = _entries(a), _entries(b)
    if not first and not second:
        hint = "compare folders with layers or a composite; single files and image sequences can be compared, too"
        raise MissingInput("there is nothing to compare in either folder", hint=hint, where=Where(a))
    for key in [*first, *(key for key in second if key not in first)]:
        one, other = first.get(key), second.get(key)
        pair = Compared(*key, one.path if one else "", other.path if other else "")
        if one is None or other is None:
            yield replace(pair, problem=f"is only in {'A' if one else 'B'}"), None, None
            continue
        gone = next((side for side, path in (("A", a / one.path), ("B", b / other.path)) if not path.exists()), "")
        if gone:
            yield replace(pair, problem=f"its file is missing in {gone}"), None, None
        else:
            yield pair, _film_of(a, one), _film_of(b, other)


def _is_film(path: Path) -> bool:
    """A file, or an image sequence; an output folder has a manifest. Raises MissingInput."""
    if not path.exists():
        raise MissingInput("there is no such file or folder", where=Where(path))
    return path.is_file() or not (path / NAME).is_file()


def _entries(folder: Path) -> dict[tuple[str, str], FileEntry]:
    """The files of an output folder by (layer path or `composite`, format)."""
    if _is_film(folder):
        hint = "compare two folders that `art animate` wrote, or two files"
        raise MissingInput(f"there is no {NAME}, and the other one has one", hint=hint, where=Where(folder))
    entries = [entry for entry in read_manifest(folder).files if entry.role in COMPARED]
    return {(entry.layer.path if entry.layer else entry.role, entry.preset): entry for entry in entries}


def _film_of(folder: Path, entry: FileEntry) -> Film:
    return Film(
        folder / entry.path, entry.size, max(1, entry.frames), entry.rate, straight=entry.alpha != "premultiplied",
        linear=entry.colour is not None and entry.colour.transfer == "linear", offset=entry.offset,
    )  # fmt: skip


def _film(path: Path) -> Film:
    """A file that no manifest describes: straight sRGB, and EXR as everyone writes it."""
    try:
        facts = probe(path)
    except UNREADABLE as error:
        raise CheckFailed(f"the file cannot be read: {error}", where=Where(path)) from error
    exr = facts.codec == "exr"
    return Film(path, facts.size, facts.frames, facts.fps, straight=not exr, linear=exr)
