"""OpenRaster (.ora): a zip of PNGs and a stack.xml that lists them, top first.

Follows the OpenRaster specification 0.0.5 (https://www.openraster.org), and Krita's own names of blend modes. The
archive is never extracted: members are looked up literally, and none may claim more than the limits.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from ..document import Document, Group, Layer, Node, Note, Pixels, child_path, unique_path
from ..errors import BadInput, Where
from ..geometry import Box
from ..specs import BLEND_MODES, PASS_THROUGH
from .edge import (
    MAX_IMAGE_BYTES,
    MAX_SIDE,
    check_image,
    check_input_bytes,
    check_layers,
    check_nesting,
    edge,
    guarded,
    public_name,
)
from .png import PngFacts, decode, probe

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MAX_XML_BYTES = 16 * 2**20
_MAX_MEMBERS = 20_000
_ALIASES = {  # what is left of composite-op without its prefix -> our name, where the two differ
    "src-over": "normal",
    "plus": "linear-dodge",
    "add": "linear-dodge",
    "dodge": "color-dodge",
    "burn": "color-burn",
    "hard-mix-photoshop": "hard-mix",
    "soft-light-svg": "soft-light",
    "luminize": "luminosity",
}


def sniff(path: Path, head: bytes) -> bool:
    """A zip that holds a stack.xml."""
    if not head.startswith(b"PK\x03\x04") or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "stack.xml" in archive.NameToInfo


def read_openraster(path: Path) -> Document:
    """Read an .ora file. Raises BadInput, and what zip, XML and PNG decoders raise, for the edge to translate."""
    from defusedxml.ElementTree import fromstring

    check_input_bytes(path.stat().st_size, path)
    with zipfile.ZipFile(path) as archive:
        if len(archive.filelist) > _MAX_MEMBERS:
            raise BadInput(f"holds more than {_MAX_MEMBERS} files", hint="save it again", where=Where(path))
        root: Element = fromstring(_read(archive, "stack.xml", _MAX_XML_BYTES, path), forbid_dtd=True)
        size = _integer(root, "w"), _integer(root, "h")
        check_image(size, path)
        stack = root.find("stack")
        if root.tag != "image" or stack is None:
            raise BadInput("its stack.xml is not OpenRaster's", hint="save the design again", where=Where(path))
        facts = _facts(archive, stack, path)
    floating = any(fact.bits > 8 for fact in facts.values())
    tree = _Tree(path, facts, floating)
    children = tree.children(stack, "", (_integer(stack, "x", 0), _integer(stack, "y", 0)), 0)
    return Document(
        source=path,
        format="openraster",
        size=size,
        children=children,
        bits=16 if floating else 8,
        icc=", ".join(sorted({fact.profile for fact in facts.values() if fact.profile})) or None,
        preview=_preview(path, size),
    )


# --- members ----------------------------------------------------------------------------------------------------------


def _member(archive: zipfile.ZipFile, name: str, limit: int, path: Path) -> zipfile.ZipInfo:
    """A member by its literal name. Raises BadInput for names that point elsewhere, are not there or claim too much."""
    parts = name.replace("\\", "/").split("/")
    if not name or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        hint = "members are named relative to the archive; save the design again"
        raise BadInput(f"refers to {name!r}, outside the archive", hint=hint, where=Where(path))
    info = archive.NameToInfo.get(name)
    if info is None:
        raise BadInput(f"the member {name!r} is not in the archive", hint="save the design again", where=Where(path))
    if info.file_size > limit:
        message = f"the member {name!r} unpacks to {info.file_size >> 20} MiB, more than the {limit >> 20} MiB allowed"
        raise BadInput(message, hint="is this a real design?", where=Where(path))
    return info


def _open(archive: zipfile.ZipFile, name: str, path: Path) -> BinaryIO:
    """A picture's member, to be read and sought like a file."""
    return cast(BinaryIO, archive.open(_member(archive, name, MAX_IMAGE_BYTES, path)))


def _read(archive: zipfile.ZipFile, name: str, limit: int, path: Path) -> bytes:
    with archive.open(_member(archive, name, limit, path)) as file:
        return file.read(limit)


def _facts(archive: zipfile.ZipFile, stack: Element, path: Path) -> dict[str, PngFacts]:
    """The PNG header of every layer's member."""
    facts: dict[str, PngFacts] = {}
    for layer in stack.iter("layer"):
        source, name = layer.get("src", ""), layer.get("name", "")
        if source not in facts:
            with edge(path, name), _open(archive, source, path) as file:
                facts[source] = probe(file, path, name)
            check_layers(len(facts), path)
    return facts


def _pixels(path: Path, member: str, floating: bool) -> Pixels:
    with zipfile.ZipFile(path) as archive, _open(archive, member, path) as file:
        return decode(file, floating=floating)


def _preview(path: Path, size: tuple[int, int]) -> Callable[[], NDArray[np.uint8] | None]:
    def load() -> NDArray[np.uint8] | None:
        with zipfile.ZipFile(path) as archive:
            if "mergedimage.png" not in archive.NameToInfo:
                return None
            with _open(archive, "mergedimage.png", path) as file:
                if probe(file, path).size != size:
                    return None
        return _pixels(path, "mergedimage.png", False).astype(np.uint8)

    return guarded(load, path, "mergedimage.png")


# --- the stack --------------------------------------------------------------------------------------------------------


@dataclass
class _Tree:
    """Nodes bottom to top out of elements top to bottom."""

    path: Path
    facts: dict[str, PngFacts]
    floating: bool
    taken: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def children(self, stack: Element, parent: str, offset: tuple[int, int], depth: int) -> tuple[Node, ...]:
        check_nesting(depth, self.path)
        nodes = [self.node(element, parent, offset, depth) for element in reversed(stack)]
        return tuple(node for node in nodes if node is not None)

    def node(self, element: Element, parent: str, offset: tuple[int, int], depth: int) -> Node | None:
        if element.tag not in ("stack", "layer"):
            return None  # filters and text of drafts that nobody writes
        self.count += 1
        check_layers(self.count, self.path)
        name, tags = public_name(element.get("name", ""), "group" if element.tag == "stack" else "layer")
        shared = _shared(element, self.path)
        path = unique_path(child_path(parent, name), self.taken)
        shared |= {"id": f"#{self.count}", "name": name, "path": path, "tags": tags}
        at = offset[0] + _integer(element, "x", 0), offset[1] + _integer(element, "y", 0)
        return self.group(element, shared, at, depth) if element.tag == "stack" else self.layer(element, shared, at)

    def group(self, element: Element, shared: dict[str, Any], at: tuple[int, int], depth: int) -> Group:
        plain = shared["opacity"] == 1 and shared["blend"] == "normal" and not shared["clipped"]
        if plain and element.get("isolation", "auto") != "isolate":
            shared["blend"] = PASS_THROUGH
        return Group(**shared, children=self.children(element, shared["path"], at, depth + 1))

    def layer(self, element: Element, shared: dict[str, Any], at: tuple[int, int]) -> Layer:
        member = element.get("src", "")

        def load() -> Pixels:
            return _pixels(self.path, member, self.floating)

        box = Box.from_xywh(*at, *self.facts[member].size)
        return Layer(**shared, box=box, load=guarded(load, self.path, shared["path"]))


def _shared(element: Element, path: Path) -> dict[str, Any]:
    """What layers and stacks have in common."""
    opacity = float(element.get("opacity", "1"))
    if math.isnan(opacity):
        raise BadInput("opacity is not a number", hint="save it again", where=Where(path, layer=element.get("name")))
    operation = element.get("composite-op", "svg:src-over")
    word = operation.rpartition(":")[2].strip().lower().replace("_", "-").replace(" ", "-")
    blend = _ALIASES.get(word, word)
    visible, clipped = element.get("visibility", "visible") != "hidden", False
    notes: tuple[Note, ...] = ()
    if blend == "src-atop":
        blend, clipped = "normal", True
        notes = (Note("approximated", operation, "drawn inside the layer below instead of all below"),)
    elif blend in ("dst-in", "dst-out", "dst-atop", "clear", "erase"):
        blend, visible, notes = "normal", False, (Note("ignored", operation, "a layer that erases is left out"),)
    elif blend not in BLEND_MODES:
        blend, notes = "normal", (Note("approximated", operation, "unknown blend mode, drawn as normal"),)
    opacity = min(1.0, max(0.0, opacity))
    return {"opacity": opacity, "blend": blend, "visible": visible, "clipped": clipped, "notes": notes}


def _integer(element: Element, key: str, default: int | None = None) -> int:
    text = element.get(key)
    if text is None and default is not None:
        return default
    value = round(float(text or ""))
    if abs(value) > 10 * MAX_SIDE:
        raise ValueError(f"{key} of {element.get('name') or element.tag!r} is {value}")
    return value
