"""Every kind of design that can be read, told apart by content: `read(path)` gives a Document.

A new kind is one file here with `sniff` and `read_...`, and one line in READERS. Heavy imports stay inside functions,
and a reader whose module imports a heavy library is imported only to look at a file that no reader before it knew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..document import Document
from ..errors import BadInput, MissingInput, UsageError, Where
from .edge import edge
from .pieces import Order

HEAD_BYTES = 512  # what a sniffer sees of a file; a folder shows none


@dataclass(frozen=True)
class Reader:
    """A kind of design: how to recognise it, how to read it, which options it takes."""

    what: str  # for people: "a Photoshop file (.psd, .psb)"
    sniff: Callable[[Path, bytes], bool]  # the path and the file's first bytes
    read: Callable[[Path, str | None, Order | None], Document]
    options: frozenset[str] = frozenset()  # of "artboard", "order"


def _sniff_png_stack(path: Path, head: bytes) -> bool:
    from .png_stack import sniff

    return sniff(path, head)


def _read_png_stack(path: Path, _artboard: str | None, order: Order | None) -> Document:
    from .png_stack import read_png_stack

    return read_png_stack(path, order=order)


def _sniff_openraster(path: Path, head: bytes) -> bool:
    from .openraster import sniff

    return sniff(path, head)


def _read_openraster(path: Path, _artboard: str | None, _order: Order | None) -> Document:
    from .openraster import read_openraster

    return read_openraster(path)


def _sniff_psd(path: Path, head: bytes) -> bool:
    from .psd import sniff

    return sniff(path, head)


def _read_psd(path: Path, artboard: str | None, _order: Order | None) -> Document:
    from .psd import read_psd

    return read_psd(path, artboard=artboard)


# Asked in this order. The PSD reader comes last: it alone may cost an import of psd_tools.
READERS: dict[str, Reader] = {
    "png-stack": Reader(
        "a folder of PNGs, or its manifest (layers.yaml, Spine JSON, TexturePacker JSON)",
        _sniff_png_stack,
        _read_png_stack,
        frozenset({"order"}),
    ),
    "openraster": Reader("an OpenRaster file (.ora)", _sniff_openraster, _read_openraster),
    "psd": Reader("a Photoshop file (.psd, .psb)", _sniff_psd, _read_psd, frozenset({"artboard"})),
}

# What people hand over that is not a layered design we read: first bytes -> what it is and what to do.
_STRANGERS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", "one PNG, a flat picture", "give the folder that holds one PNG a layer"),
    (b"\xff\xd8\xff", "a JPEG, a flat picture", "export every layer as a PNG into one folder"),
    (b"GIF8", "a GIF", "export every layer as a PNG into one folder"),
    (b"RIFF", "a WebP, WAV or AVI file", "export every layer as a PNG into one folder"),
    (b"gimp xcf", "a GIMP image", "export it from GIMP as .ora or .psd"),
    (b"%PDF", "a PDF or Illustrator file", "export it as .psd with layers"),
    (b"<svg", "an SVG drawing", "export every layer as a PNG into one folder"),
    (b"<?xml", "an XML file", "export every layer as a PNG into one folder"),
    (b"PK\x03\x04", "a zip archive without OpenRaster's stack.xml", "unpack it, or save the design as .ora"),
)


def read(path: Path, *, artboard: str | None = None, order: Order | None = None) -> Document:
    """Read a design of any known kind.

    `artboard` takes one artboard of a PSD as the canvas; `order` says what the number prefixes of a PNG stack mean.
    Raises MissingInput when nothing is there, BadInput when it cannot be read, UsageError for an option that this
    kind of design does not have. Pixels load later and raise BadInput then.
    """
    with edge(path):
        if not path.exists():
            raise MissingInput("no such file or folder", hint="check the path", where=Where(path))
        head = _head(path)
        reader = next((reader for reader in READERS.values() if reader.sniff(path, head)), None)
        if reader is None:
            raise _unknown(path, head)
        given = {name for name, value in (("artboard", artboard), ("order", order)) if value is not None}
        for option in sorted(given - reader.options):
            raise UsageError(f"--{option} means nothing for {reader.what}", hint="leave it out", where=Where(path))
        return reader.read(path, artboard, order)


def _head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    if not path.is_file():
        raise BadInput("is neither a file nor a folder", hint="give a design on disk", where=Where(path))
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _unknown(path: Path, head: bytes) -> BadInput:
    if not head:
        return BadInput("is empty", hint="save the design again", where=Where(path))
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    kind, advice = next(((kind, advice) for magic, kind, advice in _STRANGERS if start.startswith(magic)), ("", ""))
    message = f"is {kind}, not a layered design" if kind else "is of no known kind"
    can_read = "; ".join(reader.what for reader in READERS.values())
    return BadInput(message, hint=f"{advice + '. ' if advice else ''}Readable: {can_read}", where=Where(path))
