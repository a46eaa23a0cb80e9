"""A folder of PNGs, one a layer: same size without a manifest, or trimmed ones that a manifest puts in place.

Manifests: our own `layers.yaml` (or .yml, .json), Spine JSON, TexturePacker JSON. Without one, subfolders are groups
and names give the order, see `pieces.in_order`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..document import Document, Note
from ..errors import BadInput, UsageError, Where
from ..geometry import Box
from .edge import check_input_bytes, check_layers, check_nesting, edge
from .manifests import OUR_NAMES, is_texture_packer, read_our_manifest, read_texture_packer
from .pieces import Names, Order, Piece, assemble, common_size, order_note, paths_in_order, png_facts, png_pixels
from .spine import is_spine, read_spine

_MAX_MANIFEST_BYTES = 64 * 2**20
_TEXT = re.compile(rb"(\xef\xbb\xbf)?\s*(#[^\n]*\n\s*|---\s*\n\s*)*(\{|[\w\"']+\s*:)")
_THUMBNAIL = re.compile(r"(thumb|thumbnail|preview|mergedimage)s?\.png", re.IGNORECASE)
_HIDDEN = re.compile(r"\..*|__MACOSX|thumbnails?", re.IGNORECASE)
_OTHER_PICTURES = {".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".svg", ".psd", ".ora"}


def sniff(path: Path, head: bytes) -> bool:
    """A folder, or a text file that may be a manifest."""
    return path.is_dir() or (b"\0" not in head and bool(_TEXT.match(head)))


def read_png_stack(path: Path, *, order: Order | None = None) -> Document:
    """Read a folder, or the manifest that names its PNGs.

    Raises BadInput, UsageError for an `order` that a manifest gives already, and what decoders raise, for the edge.
    """
    manifest = _manifest_in(path) if path.is_dir() else path
    if manifest is None:
        return _read_folder(path, order)
    ours = manifest.suffix.lower() in (".yaml", ".yml") or manifest.name.lower() in OUR_NAMES
    data: Any = None if ours else _json(manifest)
    if is_texture_packer(data):
        return read_texture_packer(manifest, data, order)
    if order is not None:
        raise UsageError(f"--order means nothing here: {manifest.name} gives the order", hint="leave it out")
    # what is none of the three is read as ours, whose errors say what a manifest looks like
    return read_spine(manifest, data) if is_spine(data) else read_our_manifest(manifest)


def _manifest_in(folder: Path) -> Path | None:
    ours = [folder / name for name in OUR_NAMES if (folder / name).is_file()]
    if ours:
        return ours[0]
    candidates = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".json" and file.name[0] != ".")
    found = [file for file in candidates if file.is_file() and _is_foreign(file)]
    if len(found) > 1:
        names = ", ".join(file.name for file in found[:5])
        raise BadInput(f"several manifests in one folder: {names}", hint="give one of them", where=Where(folder))
    return found[0] if found else None


def _is_foreign(file: Path) -> bool:
    try:
        data = _json(file)
    except (BadInput, OSError):
        return False  # some other program's file lies beside the pictures
    return is_spine(data) or is_texture_packer(data)


def _json(file: Path) -> Any:
    if file.stat().st_size > _MAX_MANIFEST_BYTES:
        raise BadInput(f"is larger than {_MAX_MANIFEST_BYTES >> 20} MiB", hint="is this a manifest?", where=Where(file))
    try:
        return json.loads(file.read_text("utf-8-sig"))
    except json.JSONDecodeError as error:
        where = Where(file, error.lineno, error.colno)
        raise BadInput(f"is not valid JSON: {error.msg}", hint="export the manifest again", where=where) from error
    except (ValueError, RecursionError) as error:
        raise BadInput("is not JSON text", hint="export the manifest again", where=Where(file)) from error


# --- a folder without a manifest --------------------------------------------------------------------------------------


def _read_folder(folder: Path, order: Order | None) -> Document:
    files, ignored = _list(folder)
    if not files:
        hint = "a design folder holds one PNG a layer, or a manifest (layers.yaml) beside its PNGs"
        raise BadInput("holds no PNG", hint=hint, where=Where(folder))
    check_input_bytes(sum(file.stat().st_size for file in files.values()), folder)
    listed, numbered = paths_in_order(list(files), order)
    pieces = [_piece(files[parts], shown) for parts, shown in listed]
    names = [(str(piece.file.relative_to(folder)), piece.box.size) for piece in pieces]
    size, odd = common_size(names)
    if odd:
        more = f" and {len(odd) - 5} more" if len(odd) > 5 else ""
        message = f"not every PNG has the canvas size {size[0]} x {size[1]}: {', '.join(odd[:5])}{more}"
        hint = "export all layers at the canvas size, or write a layers.yaml that gives each file its position"
        raise BadInput(message, hint=hint, where=Where(folder))
    notes = (order_note(numbered, order), *ignored)
    return assemble(folder, size, pieces, notes)


def _piece(file: Path, shown: Names) -> Piece:
    with edge(file):
        facts = png_facts(file)
    return Piece(
        name=Path(shown[-1]).stem,
        groups=shown[:-1],
        box=Box(0, 0, *facts.size),
        load=lambda floating: png_pixels(file, floating),
        file=file,
        bits=facts.bits,
        profile=facts.profile,
        notes=(Note("ignored", "animation", "only the first frame is used"),) if facts.animated else (),
    )


def _list(folder: Path) -> tuple[dict[Names, Path], list[Note]]:
    """Every PNG by its parts below the folder, and what else was found. Links to folders are not followed."""
    files: dict[Names, Path] = {}
    ignored: list[Note] = []
    for entry, parts in _entries(folder):
        if _THUMBNAIL.fullmatch(entry.name):
            ignored.append(Note("ignored", "/".join(parts), "taken for a thumbnail"))
        elif entry.suffix.lower() == ".png":
            files[parts] = entry
            check_layers(len(files), folder)
        elif entry.suffix.lower() in _OTHER_PICTURES:
            ignored.append(Note("ignored", "/".join(parts), "only PNGs are read from a folder"))
    return files, ignored


def _entries(folder: Path) -> Iterator[tuple[Path, Names]]:
    stack: list[tuple[Path, Names]] = [(folder, ())]
    while stack:
        current, parts = stack.pop()
        check_nesting(len(parts), folder)
        for entry in sorted(current.iterdir()):
            if _HIDDEN.fullmatch(entry.name):
                continue
            if entry.is_dir() and not entry.is_symlink():
                stack.append((entry, (*parts, entry.name)))
            elif entry.is_file():
                yield entry, (*parts, entry.name)
