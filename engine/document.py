"""The layered still: a tree of layers and groups, bottom to top, with pixels that load when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .geometry import Box

# (h, w, 4) straight RGBA, sRGB: uint8 0..255, or float32 0..1 for documents of 16 and 32 bits.
Pixels = NDArray[np.uint8] | NDArray[np.float32]
# (h, w) float32 0..1
Coverage = NDArray[np.float32]

LayerKind = Literal["pixel", "text", "shape", "fill", "smart-object", "adjustment"]
NoteKind = Literal["baked", "approximated", "ignored"]


@dataclass(frozen=True)
class Note:
    """Something a reader did to a layer that its author may want to know."""

    kind: NoteKind
    what: str  # "drop shadow"
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Mask:
    """Coverage that multiplies a layer or group; `outside` (0..1) holds beyond the box. Density and feather applied."""

    box: Box
    outside: float
    load: Callable[[], Coverage]


@dataclass(frozen=True, eq=False)
class Adjustment:
    """A colour change of everything below, on straight RGB (h, w, 3) float32 0..1 in the document's own encoding."""

    name: str
    apply: Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Node:
    """What layers and groups share. `clipped`: drawn inside the nearest unclipped sibling below."""

    id: str  # "#12": unique in the document and stable across readings of the same file
    name: str  # public name: motion tags such as "[bob 2s]" stripped
    path: str  # "Hero/Balloon"; equal paths get "~2", "~3" from the bottom up
    tags: str = ""  # the bracketed tags that were stripped, as written: "[bob 2s]"
    visible: bool = True
    opacity: float = 1.0  # 0..1
    fill: float = 1.0  # 0..1, Photoshop's fill opacity
    blend: str = "normal"  # specs.BLEND_MODES; groups also specs.PASS_THROUGH
    clipped: bool = False
    masks: tuple[Mask, ...] = ()
    notes: tuple[Note, ...] = ()
    # cuts away what lies below it: "shallow" in its group, "deep" down to the document's background
    knockout: Literal["none", "shallow", "deep"] = "none"
    clips_as_group: bool = True  # what is clipped to it blends with it first, then the result with the rest


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer(Node):
    """An image layer: pixels in `box`, loaded straight and unmasked by `load`. Adjustment layers have no pixels."""

    kind: LayerKind = "pixel"
    box: Box = Box(0, 0, 0, 0)
    load: Callable[[], Pixels] = field(repr=False)
    adjustment: Adjustment | None = None
    text: str | None = None  # of a text layer
    depth: float | None = None  # distance for camera motions, from a manifest


@dataclass(frozen=True, eq=False, kw_only=True)
class Group(Node):
    """Children bottom to top. `artboard` clips them to its box and paints its background below them."""

    children: tuple[Node, ...] = ()
    whole: bool = False  # one layer, whatever a layout says of groups: `[merge]` in its name
    artboard: Box | None = None
    background: tuple[float, float, float, float] | None = None  # straight sRGB 0..1, of an artboard


@dataclass(frozen=True, eq=False, kw_only=True)
class Document:
    """A design, read. Coordinates of all boxes are canvas pixels."""

    source: Path
    format: str  # "psd", "png-stack", "openraster"
    size: tuple[int, int]  # width, height
    children: tuple[Node, ...]  # bottom to top
    color_mode: str = "RGB"
    bits: int = 8  # per channel: 8, 16, 32
    linear: bool = False  # blending happens in linear light (32-bit documents)
    icc: str | None = None  # name of the profile that was converted to sRGB
    notes: tuple[Note, ...] = ()
    # the file's own flattened picture as (h, w, 4) straight uint8, or None; who wrote it, if the file says
    preview: Callable[[], NDArray[np.uint8] | None] = field(default=lambda: None, repr=False)
    preview_author: str | None = None

    @property
    def canvas(self) -> Box:
        return Box(0, 0, *self.size)

    def walk(self) -> Iterator[tuple[Node, tuple[Group, ...]]]:
        """Every node bottom to top, parents before their children, each with its groups from the outside in."""
        stack: list[tuple[Node, tuple[Group, ...]]] = [(node, ()) for node in reversed(self.children)]
        while stack:
            node, groups = stack.pop()
            yield node, groups
            if isinstance(node, Group):
                stack.extend((child, (*groups, node)) for child in reversed(node.children))

    def layers(self) -> list[Layer]:
        """All image layers, bottom to top, adjustment layers included."""
        return [node for node, _ in self.walk() if isinstance(node, Layer)]


def child_path(parent: str, name: str) -> str:
    """The path of a node in the group at `parent` ("" for none).

    A slash inside a name becomes the division slash "∕", so that "/" always parts a group from its content.
    """
    part = name.replace("/", "∕")
    return f"{parent}/{part}" if parent else part


def unique_path(path: str, taken: dict[str, int]) -> str:
    """`path`, or the first free of `path~2`, `path~3`, ...; `taken` remembers it (start with an empty dict).

    To number a document, ask bottom to top and for a group before its children, whose paths begin with its answer.
    """
    count = taken.get(path, 0)
    unique = path if not count else f"{path}~{count + 1}"
    while count and unique in taken:  # somebody named a layer "Balloon~2"
        count += 1
        unique = f"{path}~{count + 1}"
    taken[path] = count + 1
    taken.setdefault(unique, 1)
    return unique


def _free_path(wanted: str, taken: set[str]) -> str:
    """`wanted`, or its first free variant of "wanted~2", "wanted~3" ..."""
    path, number = wanted, 1
    while path in taken:
        number += 1
        path = f"{wanted}~{number}"
    taken.add(path)
    return path


def number_paths(children: tuple[Node, ...]) -> tuple[Node, ...]:
    """The same tree with every `path` made from the public names, unique, counted from the bottom up.

    A layer without a name is called by its id. Walks with a stack of its own: trees may be deep.
    """
    order: list[Node] = []
    paths: dict[str, str] = {}
    taken: set[str] = set()
    stack = [(node, "") for node in reversed(children)]
    while stack:
        node, parent = stack.pop()
        paths[node.id] = _free_path(child_path(parent, node.name or node.id), taken)
        order.append(node)
        if isinstance(node, Group):
            stack.extend((child, paths[node.id]) for child in reversed(node.children))
    done: dict[str, Node] = {}
    for node in reversed(order):  # children come after their group, so they are finished first
        if isinstance(node, Group):
            node = replace(node, children=tuple(done.pop(child.id) for child in node.children))
        done[node.id] = replace(node, path=paths[node.id])
    return tuple(done[child.id] for child in children)


def clip_base(node: Node, siblings: Sequence[Node]) -> Node | None:
    """What a clipped node is drawn inside: the nearest unclipped sibling below it."""
    if not node.clipped:
        return None
    below = siblings[: [sibling.id for sibling in siblings].index(node.id)]
    return next((sibling for sibling in reversed(below) if not sibling.clipped), None)
