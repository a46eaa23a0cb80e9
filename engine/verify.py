"""`art verify`: is an output folder still what its manifest says? Hashes, frames, sizes, alpha, and recomposition.

Recomposition: the exported layers, decoded and stacked with their blend modes, against the decoded composite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from . import alpha
from .alpha import Planar
from .blend import blend_over
from .codecs import CODECS, Codec
from .codecs.codec import PAPER
from .codecs.decode import PATCH, Picture, pictures, probe
from .errors import ArtError
from .files import sha256
from .manifest import SUMS, FileEntry, Manifest, read_manifest
from .presets import export_presets

SPREAD = 5  # frames recomposed
UNREADABLE = (OSError, ValueError, IndexError, EOFError, StopIteration, av.error.FFmpegError)


@dataclass(frozen=True)
class Problem:
    """One way in which the folder differs from its manifest."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


@dataclass(frozen=True)
class VerifyReport:
    """What was looked at, and what was found."""

    files: int
    bytes: int
    problems: tuple[Problem, ...]
    recomposition: float | None  # root mean square (0..1) of stacked layers against the composite; None: not compared
    tolerance: float  # what the codecs may cost
    notes: tuple[str, ...] = ()  # what was left out, and why

    @property
    def ok(self) -> bool:
        return not self.problems


def verify(folder: Path, *, deep: bool = True) -> VerifyReport:
    """Compare a folder with its manifest. deep: also decode every frame, and recompose some.

    Raises MissingInput when there is no manifest; everything else is a problem in the report.
    """
    try:
        manifest = read_manifest(folder)
    except ArtError as error:
        if error.code == "missing_input":
            raise
        found = tuple(Problem("manifest.json", problem.message) for problem in error.problems or (error,))
        return VerifyReport(0, 0, found, None, 0.0)
    problems = [*_status(manifest), *_parts(folder, manifest), *_sums(folder, manifest)]
    bad = {problem.path for problem in problems}
    whole = [entry for entry in manifest.files if not bad & {entry.path, *(part.path for part in entry.parts)}]
    movies = [entry for entry in whole if entry.preset in export_presets() and entry.role != "still"]
    for entry in movies:
        problems += _movie(folder, entry, deep=deep)
    stacked = _recompose(folder, manifest) if deep and not problems else _Stacked()
    if stacked.error is not None and stacked.error > stacked.tolerance:
        said = f"the layers stacked differ by {255 * stacked.error:.2f} levels (at most {255 * stacked.tolerance:.2f})"
        problems.append(Problem("manifest.json", said))
    total = sum(entry.bytes for entry in manifest.files)
    return VerifyReport(len(manifest.files), total, tuple(problems), stacked.error, stacked.tolerance, stacked.notes)


def _status(manifest: Manifest) -> Iterator[Problem]:
    if manifest.status != "finished":
        yield Problem("manifest.json", "the run was not finished: `art animate --resume` completes it")
    names = [part.path for entry in manifest.files for part in entry.parts]
    for name in sorted({name for name in names if names.count(name) > 1} if len(names) != len(set(names)) else ()):
        yield Problem(name, "listed twice")
    for entry in manifest.files:
        if entry.preset and entry.preset not in export_presets():
            yield Problem(entry.path, f"the manifest names a format {entry.preset!r} that does not exist")
        if not entry.parts:
            yield Problem(entry.path, "the manifest lists no files for it")


def _parts(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    """Presence, size and hash of every file."""
    for entry in manifest.files:
        for part in entry.parts:
            path = folder / part.path
            if not path.is_file():
                yield Problem(part.path, "missing")
            elif path.stat().st_size != part.bytes:
                yield Problem(part.path, f"{path.stat().st_size} bytes instead of {part.bytes}")
            elif sha256(path) != part.sha256:
                yield Problem(part.path, "its content has changed (sha256 differs)")


def _sums(folder: Path, manifest: Manifest) -> Iterator[Problem]:
    """SHA256SUMS says the same as the manifest, and what it says of the manifest is true."""
    path = folder / SUMS
    if not path.is_file():
        yield Problem(SUMS, "missing")
        return
    listed = {name: digest for digest, _, name in (line.partition("  ") for line in path.read_text().splitlines())}
    expected = {part.path: part.sha256 for entry in manifest.files for part in entry.parts}
    expected["manifest.json"] = sha256(folder / "manifest.json")
    for name in sorted(listed.keys() ^ expected.keys()):
        yield Problem(name, f"is in {SUMS} or in the manifest, but not in both")
    for name in sorted(listed.keys() & expected.keys()):
        if listed[name] != expected[name]:
            yield Problem(name, f"{SUMS} has another sha256 for it")


# -- what is inside the movies ---------------------------------------------------------------------------------------


def _movie(folder: Path, entry: FileEntry, *, deep: bool) -> Iterator[Problem]:
    """Frames and size as the file tells; deep: alpha extrema of every frame."""
    path = folder / entry.path
    if path.is_dir():
        extra = {file.name for file in path.iterdir()} - {Path(part.path).name for part in entry.parts}
        if extra:
            yield Problem(entry.path, f"files that nobody wrote: {', '.join(sorted(extra)[:3])}")
            return
    try:
        facts = probe(path, entry.rate)
        if facts.frames != entry.frames:
            yield Problem(entry.path, f"{facts.frames} frames instead of {entry.frames}")
        elif facts.size != entry.size:
            yield Problem(entry.path, f"{facts.size} px instead of {entry.size}")
        elif deep:
            yield from _alpha(path, entry)
    except UNREADABLE as error:
        yield Problem(entry.path, f"cannot be read: {error}")


def _alpha(path: Path, entry: FileEntry) -> Iterator[Problem]:
    low, high, count = 1.0, 0.0, 0
    for _, picture in pictures(path, rate=entry.rate):
        least, most = picture.alpha_extrema()
        low, high, count = min(low, least), max(high, most), count + 1
    if count != entry.frames:
        yield Problem(entry.path, f"{count} frames can be decoded, not {entry.frames}")
    allowed = _codec(entry).alpha_error
    expected = entry.alpha_range or (1.0, 1.0)
    if count and max(abs(low - expected[0]), abs(high - expected[1])) > allowed:
        yield Problem(entry.path, f"alpha spans {low:.3f} to {high:.3f}, not {expected[0]:.3f} to {expected[1]:.3f}")


def _codec(entry: FileEntry) -> Codec:
    return CODECS[export_presets()[entry.preset].codec]


# -- recomposition ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Stacked:
    """How far the stack of layers lies from the composite."""

    error: float | None = None
    tolerance: float = 0.0
    notes: tuple[str, ...] = ()


def _recompose(folder: Path, manifest: Manifest) -> _Stacked:
    """The stacked layers against the best composite, at a spread of frames."""
    composites = [entry for entry in manifest.files if entry.role == "composite"]
    if reason := _cannot_recompose(manifest, composites):
        return _Stacked(notes=(f"not recomposed: {reason}",))
    composite, layers = min(composites, key=_loss), _stack(manifest)
    last = max(0, manifest.frames - 1)
    wanted = {round(i * last / (SPREAD - 1)) for i in range(SPREAD)}
    streams = [_pictures(folder, entry, wanted) for entry in layers]
    errors = []
    for _, shown in _pictures(folder, composite, wanted):
        canvas = torch.zeros(4, manifest.size[1], manifest.size[0])
        for entry, stream in zip(layers, streams, strict=True):
            _lay(canvas, entry, next(stream)[1], manifest.document.linear)
        errors.append(_difference(canvas.numpy(), shown, composite))
    measured = (manifest.recomposition.error if manifest.recomposition else None) or 0.0
    tolerance = _loss(composite) + max((_loss(entry) for entry in layers), default=0.0) + measured
    return _Stacked(max(errors, default=0.0), tolerance)


def _cannot_recompose(manifest: Manifest, composites: list[FileEntry]) -> str:
    """Why the stack cannot be compared; empty when it can."""
    plan = manifest.recomposition
    if plan is None:
        return "the manifest does not say that it can be"
    if plan.possible == "no":
        return plan.why or "the layers do not stack to the composite"
    if not composites:
        return "there is no composite"
    if any(entry.frames not in (0, 1, manifest.frames) for entry in (*composites, *_stack(manifest))):
        return "only a range of the frames is there"
    stuck = [entry.layer.path for entry in _stack(manifest) if entry.layer and entry.layer.recomposes == "no"]
    return f"{', '.join(stuck)} cannot be stacked" if stuck else ""


def _loss(entry: FileEntry) -> float:
    """What the codec may do to the colour, root mean square."""
    return _codec(entry).colour_error


def _stack(manifest: Manifest) -> list[FileEntry]:
    """One file a layer, the most exact there is, bottom to top."""
    best: dict[str, FileEntry] = {}
    for entry in manifest.files:
        if entry.layer is None or entry.role not in ("layer", "still"):
            continue
        other = best.get(entry.layer.id)
        if other is None or _loss(entry) < _loss(other):
            best[entry.layer.id] = entry
    return sorted(best.values(), key=lambda entry: entry.layer.order if entry.layer else 0)


def _pictures(folder: Path, entry: FileEntry, wanted: set[int]) -> Iterator[tuple[int, Planar]]:
    """(frame, premultiplied sRGB (4, h, w)) of the frames wanted; a still is the same in all."""
    if entry.frames <= 1:  # a still
        only = _premultiplied(next(pictures(folder / entry.path))[1], entry)
        yield from ((index, only) for index in sorted(wanted))
        return
    for index, picture in pictures(folder / entry.path, wanted, entry.rate):
        yield index, _premultiplied(picture, entry)


def _premultiplied(picture: Picture, entry: FileEntry) -> Planar:
    stored = picture.rgba()
    straight = alpha.unpremultiply(stored) if entry.alpha == "premultiplied" else stored
    if entry.colour is not None and entry.colour.transfer == "linear":
        straight[:3] = alpha.to_encoded(straight[:3])
    return alpha.premultiply(straight)


def _lay(canvas: torch.Tensor, entry: FileEntry, tile: Planar, linear: bool) -> None:
    """Blend one layer's picture into the canvas where its file stands."""
    x, y = entry.offset
    height = min(tile.shape[1] - entry.padded[1], canvas.shape[1] - y)
    width = min(tile.shape[2] - entry.padded[0], canvas.shape[2] - x)
    top, left = max(0, -y), max(0, -x)
    source = tile[:, top:height, left:width]
    under = canvas[:, y + top : y + height, x + left : x + width]
    mode = entry.layer.blend if entry.layer else "normal"
    if not linear:
        blend_over(under, torch.from_numpy(source), mode)
        return
    lit = torch.from_numpy(_transferred(under.numpy(), to_linear=True))
    blend_over(lit, torch.from_numpy(_transferred(source, to_linear=True)), mode)
    under.copy_(torch.from_numpy(_transferred(lit.numpy(), to_linear=False)))


def _transferred(rgba: Planar, *, to_linear: bool) -> Planar:
    """Premultiplied (4, h, w) between sRGB values and linear light."""
    straight = alpha.unpremultiply(rgba)
    straight[:3] = alpha.to_linear(straight[:3]) if to_linear else alpha.to_encoded(straight[:3])
    return alpha.premultiply(straight)


def _difference(canvas: NDArray[np.float32], shown: Planar, entry: FileEntry) -> float:
    """Root mean square of local means, as codecs promise, over the composite's background where it has one.

    Pixel by pixel halved chroma alone costs more than that on small pictures with strong colours.
    """
    height, width = canvas.shape[1:]
    shown = shown[:, :height, :width]
    opaque = entry.alpha == "none"
    apart = alpha.over(canvas, entry.background or PAPER) - shown[:3] if opaque else canvas - shown
    local = F.avg_pool2d(torch.from_numpy(apart)[None], PATCH, ceil_mode=True)
    return float(local.square().mean().sqrt())
