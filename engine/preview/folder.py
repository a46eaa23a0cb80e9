"""What the page is told of an output folder: facts of the film and its files, and the bytes of the proxies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

import av

from ..errors import BadInput, MissingInput, Where
from ..manifest import FileEntry, Manifest, intact, read_manifest
from ..proxies.index import FOLDER, REMEDY, ProxyIndex, read_index

_PLAYED = {".mp4": "video", ".webm": "video", ".gif": "img", ".webp": "img", ".png": "img"}


@dataclass(frozen=True)
class Shown:
    """An output folder as the page gets it. `media`: bytes by the name that they have in the page."""

    index: ProxyIndex
    facts: dict[str, Any]
    media: Mapping[str, bytes]


def opened(out: Path, beside: Path) -> Shown:
    """Read a folder that `art animate` wrote. Raises MissingInput, and BadInput where it is unfinished or damaged."""
    manifest = read_manifest(out)
    _check(out, manifest)
    index = read_index(out / FOLDER)
    movies = [_demuxed(out / FOLDER / sheet.file) for sheet in index.sheets]
    media = {f"sheet-{number}": b"".join(chunks) for number, (chunks, _) in enumerate(movies)}
    stills = (layer.place.still for layer in index.layers if layer.place.still)
    media |= {f"still-{name}": _read(out / FOLDER / name) for name in stills}
    return Shown(index, _facts(out, beside, manifest, index, movies), media)


def _check(out: Path, manifest: Manifest) -> None:
    if manifest.status != "finished":
        raise BadInput(
            "the run was not finished", hint="the same `art animate` with --resume completes it", where=Where(out)
        )
    entry = manifest.entry(FOLDER)
    if entry is None:
        raise MissingInput("there are no proxies to show", hint=REMEDY, where=Where(out))
    if not intact(out, entry):
        hint = "the same `art animate` with --resume makes them again"
        raise BadInput("proxies are missing or not as they were written", hint=hint, where=Where(out / FOLDER))


def _read(path: Path) -> bytes:
    """Raises MissingInput: a run may replace the folder at any time."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingInput(f"cannot be read: {error.strerror}", hint=REMEDY, where=Where(path)) from error


def _demuxed(path: Path) -> tuple[list[bytes], list[int]]:
    """The compressed frames of a movie, and which of them are key frames. Raises BadInput."""
    try:
        with av.open(str(path)) as container:
            packets = [packet for packet in container.demux(video=0) if packet.size]
    except (OSError, av.error.FFmpegError) as error:
        raise BadInput(f"cannot be read: {error}", hint=REMEDY, where=Where(path)) from error
    return [bytes(packet) for packet in packets], [i for i, packet in enumerate(packets) if packet.is_keyframe]


def _facts(
    out: Path, beside: Path, manifest: Manifest, index: ProxyIndex, movies: list[tuple[list[bytes], list[int]]]
) -> dict[str, Any]:
    stacks = manifest.recomposition
    composite = next((entry for entry in manifest.files if _plays(entry)), None)
    prefix = os.path.relpath(out, beside).replace(os.sep, "/")
    return {
        "film": index.model_dump(mode="json"),
        "fps": float(Fraction(index.fps)),
        "reduced": _reduced(index),
        "recomposes": stacks.possible if stacks else "no",
        "why": stacks.why if stacks else "the manifest does not say",
        "sheets": [
            {"size": sheet.size, "chunks": [len(chunk) for chunk in chunks], "keys": keys}
            for sheet, (chunks, keys) in zip(index.sheets, movies, strict=True)
        ],
        "files": [_file(entry, prefix) for entry in manifest.files if entry.role != "proxy"],
        "composite": {"href": _link(prefix, composite.path), "kind": _PLAYED[Path(composite.path).suffix]}
        if composite
        else None,
    }


def _plays(entry: FileEntry) -> bool:
    return entry.role == "composite" and Path(entry.path).suffix in _PLAYED


def _reduced(index: ProxyIndex) -> bool:
    """Smaller than the height that proxies may have, so that all layers play at once."""
    return index.small[1] < min(index.size[1], 440) and index.small[0] < min(index.size[0], 1170)


def _link(prefix: str, path: str) -> str:
    return quote(path if prefix == "." else f"{prefix}/{path}")


def _file(entry: FileEntry, prefix: str) -> dict[str, Any]:
    note, ok = _alpha_check(entry)
    return {
        "path": entry.path, "href": _link(prefix, entry.path), "layer": entry.layer.id if entry.layer else None,
        "codec": entry.codec, "bytes": entry.bytes, "size": entry.size, "note": note, "ok": ok,
    }  # fmt: skip


def _alpha_check(entry: FileEntry) -> tuple[str, bool]:
    """What its alpha says of a file, and whether that is what one expects."""
    if entry.alpha_range is None or entry.alpha == "none":
        return "", True
    low, high = entry.alpha_range
    if high <= 0:
        return "alpha is 0 everywhere: nothing shows", False
    if low >= 1:
        return "opaque everywhere", True
    return f"{entry.alpha} alpha, {low:.2f} to {high:.2f}", True
