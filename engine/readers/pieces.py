"""What every PNG stack comes down to, whoever described it: pieces, bottom to top, and the order that names give."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Literal

from ..document import Document, Group, Layer, Node, Note, Pixels, child_path, unique_path
from ..geometry import Box
from ..specs import PASS_THROUGH
from .edge import check_layers, check_nesting, guarded, public_name
from .png import PngFacts, decode, probe

Order = Literal["bottom-first", "top-first"]
Names = tuple[str, ...]  # groups from the outside in, then the layer

_NUMBER = re.compile(r"(\d{1,18})[\s._-]*")
_BACKGROUND = re.compile(r"(background|backdrop|bg)([^a-z]|$)", re.IGNORECASE)


@dataclass(frozen=True, eq=False, kw_only=True)
class Piece:
    """One layer to be: where its pixels come from and how it lies on the canvas."""

    name: str  # as written, tags included
    box: Box
    load: Callable[[bool], Pixels]  # float32 when asked True
    file: Path  # named in errors
    groups: Names = ()  # from the outside in, as written
    bits: int = 8
    profile: str | None = None
    opacity: float = 1.0
    blend: str = "normal"
    visible: bool = True
    depth: float | None = None
    notes: tuple[Note, ...] = ()


def png_facts(file: Path, layer: str | None = None) -> PngFacts:
    """The header of a PNG on disk."""
    with file.open("rb") as stream:
        return probe(stream, file, layer)


def png_pixels(file: Path, floating: bool) -> Pixels:
    """The pixels of a PNG on disk."""
    with file.open("rb") as stream:
        return decode(stream, floating=floating)


# --- order by name ----------------------------------------------------------------------------------------------------


def in_order(names: Sequence[str], order: Order | None) -> tuple[list[str], bool]:
    """Siblings bottom to top, and whether all of them carry a number that decided it.

    Numbers count from the bottom unless `order` says top-first. Without numbers whatever is named like a background
    comes first, the rest in natural order ("arm2" before "arm10"); top-first turns that rest around.
    """
    numbers = [_NUMBER.match(name) for name in names]
    turned = order == "top-first"
    if all(numbers):
        return sorted(names, key=_natural, reverse=turned), True
    backgrounds = sorted((name for name in names if _BACKGROUND.match(name)), key=_natural)
    others = sorted((name for name in names if not _BACKGROUND.match(name)), key=_natural, reverse=turned)
    return backgrounds + others, False


def _natural(name: str) -> tuple[tuple[tuple[bool, int, str], ...], str]:
    parts = re.findall(r"\d+|\D+", name.casefold())  # numbers before words, by value
    key = tuple((False, int(part[:18]), part) if part.isdecimal() else (True, 0, part) for part in parts)
    return key, name


def paths_in_order(paths: Sequence[Names], order: Order | None) -> tuple[list[tuple[Names, Names]], bool]:
    """Paths of folders and names, bottom to top, each also without the numbers that ordered it; whether all had one."""
    first, numbered = in_order(sorted({path[0] for path in paths}), order)
    inside: dict[str, list[Names]] = {}
    for path in paths:
        inside.setdefault(path[0], []).append(path[1:])
    result: list[tuple[Names, Names]] = []
    for name in first:
        shown = _without_number(name) if numbered else name
        deeper, deeper_numbered = (
            paths_in_order(rest, order) if (rest := [r for r in inside[name] if r]) else ([], True)
        )
        result += [((name,), (shown,))] if () in inside[name] else []
        result += [((name, *path), (shown, *names)) for path, names in deeper]
        numbered = numbered and deeper_numbered
    return result, numbered


def _without_number(name: str) -> str:
    """`00_Sky.png` -> `Sky.png`; a name that is only a number stays."""
    rest = _NUMBER.sub("", name, count=1)
    return name if not rest or rest.lower() == "png" else rest


def order_note(numbered: bool, order: Order | None) -> Note:
    """For the reader of `inspect`: which order was taken, and why."""
    if numbered:
        count = "the top" if order == "top-first" else "the bottom"
        other = "bottom-first" if order == "top-first" else "top-first"
        return Note("approximated", "layer order", f"by number, counted from {count}; --order {other} turns it around")
    turned = ", turned around" if order == "top-first" else ""
    detail = f"by name, bottom to top, backgrounds lowest{turned}; number the files or write layers.yaml to choose"
    return Note("approximated", "layer order", detail)


# --- pieces to a document ---------------------------------------------------------------------------------------------


@dataclass
class _OpenGroup:
    """A group whose children are still coming."""

    raw: str
    path: str
    id: str
    children: list[Node] = field(default_factory=list)

    def closed(self) -> Group:
        name, tags = public_name(self.raw, "group")
        children = tuple(self.children)
        return Group(id=self.id, name=name, path=self.path, tags=tags, blend=PASS_THROUGH, children=children)


class _Tree:
    """Nodes bottom to top; pieces next to each other in the same group share it."""

    def __init__(self, floating: bool) -> None:
        self.floating = floating
        self.open = [_OpenGroup("", "", "")]  # the document itself, then groups from the outside in
        self.taken: dict[str, int] = {}
        self.count = 0

    def place(self, raw: str, empty: str) -> tuple[str, str]:
        """The next node's id and path."""
        self.count += 1
        parent = self.open[-1].path
        name = public_name(raw, empty)[0]
        return f"#{self.count}", unique_path(child_path(parent, name), self.taken)

    def enter(self, groups: Names) -> None:
        current = [group.raw for group in self.open[1:]]
        same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(current, groups, strict=False))))
        while len(self.open) - 1 > same:
            group = self.open.pop()
            self.open[-1].children.append(group.closed())
        for raw in groups[same:]:
            id_, path = self.place(raw, "group")
            self.open.append(_OpenGroup(raw, path, id_))

    def add(self, piece: Piece) -> None:
        self.enter(piece.groups)
        id_, path = self.place(piece.name, "layer")
        name, tags = public_name(piece.name)
        load = guarded(lambda: piece.load(self.floating), piece.file, path)
        layer = Layer(
            id=id_, name=name, path=path, tags=tags, visible=piece.visible, opacity=piece.opacity, blend=piece.blend,
            notes=piece.notes, box=piece.box, load=load, depth=piece.depth,
        )  # fmt: skip
        self.open[-1].children.append(layer)


def assemble(source: Path, size: tuple[int, int], pieces: Sequence[Piece], notes: tuple[Note, ...]) -> Document:
    """The document of these pieces, bottom to top. Raises BadInput over the limits."""
    bits = max((piece.bits for piece in pieces), default=8)
    tree = _Tree(floating=bits > 8)
    for piece in pieces:
        check_nesting(len(piece.groups), source)
        tree.add(piece)
        check_layers(tree.count, source)
    tree.enter(())
    profiles = sorted({piece.profile for piece in pieces if piece.profile})
    return Document(
        source=source,
        format="png-stack",
        size=size,
        children=tuple(tree.open[0].children),
        bits=16 if bits > 8 else 8,
        icc=", ".join(profiles) or None,
        notes=notes,
    )


def common_size(sizes: Sequence[tuple[str, tuple[int, int]]]) -> tuple[tuple[int, int], list[str]]:
    """The most frequent size, and a line for each of the others."""
    common = Counter(size for _, size in sizes).most_common(1)[0][0]
    return common, [f"{name} ({size[0]} x {size[1]})" for name, size in sizes if size != common]
