"""What each piece of a design says of itself: from its name, kind, size, place, repetition, blend mode and edges.

Every piece is asked by `_RULES`, in order, and the first answer counts. Pixels are only looked at where a layer may be
a shadow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from ..document import Document, Group, Layer
from ..geometry import Box
from .names import Named, Role, role_in, stem
from .pieces import ALIKE, COVERS, SMALL, Piece, alike, in_line, inside, is_text, shown_children, spells

Edge = Literal["left", "top", "right", "bottom"]
Guess = Role | Literal["shadow", "part", "nothing"]

LINE = "a line between words"
MAIN = 0.02  # of the canvas: what is smaller is no hero
_LIGHTENS = ("screen", "linear-dodge", "color-dodge", "lighten", "lighter-color")
_DARKENS = ("multiply", "linear-burn", "color-burn", "darken", "darker-color")
# what the name of a group says of its content
_FROM_GROUPS = ("text", "button", "decoration", "sparkle", "cloud", "plant", "light", "shadow", "logo")


class Scene:
    """The pieces of a document, to be asked about each other."""

    def __init__(self, document: Document, found: Sequence[Piece]) -> None:
        self.canvas, self.pieces = document.canvas, found
        self.order = {piece.id: index for index, piece in enumerate(found)}
        self.repeated = _repeated(found)
        self.lined = _lined(found)

    def first_guess(self, piece: Piece) -> tuple[Guess, str]:
        return next((guess for rule in _RULES if (guess := rule(self, piece))), ("nothing", ""))

    def above(self, piece: Piece) -> Sequence[Piece]:
        return self.pieces[self.order[piece.id] + 1 :]


def _repeated(found: Sequence[Piece]) -> dict[str, int]:
    """Id -> how many siblings are alike, for pieces of which there are several."""
    families: dict[tuple[object, ...], list[Piece]] = {}
    for piece in (each for each in found if each.base is None):
        parent = piece.groups[-1].id if piece.groups else ""
        families.setdefault((parent, stem(piece.node.name), type(piece.node)), []).append(piece)
    return {
        piece.id: len(family)
        for family in families.values()
        if len(family) >= ALIKE and alike([each.node for each in family])
        for piece in family
    }


def _lined(found: Sequence[Piece]) -> frozenset[str]:
    """Ids of small nameless siblings that stand in a line of three or more."""
    small = [each for each in found if each.base is None and each.share < 0.05 and role_in(each.node.name) is None]
    return frozenset(piece.id for piece in small[:200] if _in_a_row(piece, small))


def _in_a_row(piece: Piece, others: Sequence[Piece]) -> bool:
    beside = [
        each
        for each in others
        if each.groups[-1:] == piece.groups[-1:] and piece.box.y0 <= each.box.center[1] <= piece.box.y1
    ]
    row = sorted(beside, key=lambda each: each.box.x0)
    first = max(0, row.index(piece) - ALIKE + 1)
    runs = [row[start : start + ALIKE] for start in range(first, row.index(piece) + 1)]
    return any(in_line([each.box for each in run]) for run in runs)


# --- what a piece says of itself --------------------------------------------------------------------------------------


def _empty(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    return ("background", "nothing of it is on the canvas") if piece.share == 0 else None


def _clipped(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    base = next((each for each in scene.pieces if each.id == piece.base), None)
    return ("part", f"clipped to {quoted(base)}") if base is not None else None


def _words(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    node = piece.node
    if isinstance(node, Layer):
        return ("text", "a text layer") if node.text is not None or node.kind == "text" else None
    if isinstance(node, Group) and spells(shown_children(node)):
        return "text", "letters in a line"
    leaves = [each for each in inside(node) if isinstance(each, Layer)]
    return ("text", "all of it is text") if leaves and all(map(is_text, leaves)) else None


def _shadow(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    named = role_in(piece.node.name)
    if named is not None and named[0] == "shadow":
        return "shadow", f"named {piece.node.name!r}"
    node = piece.node
    if not isinstance(node, Layer) or piece.share >= COVERS or node.box.is_empty:
        return None
    flat = node.kind == "pixel" and piece.box.width > 2 * piece.box.height and piece.share < 0.15
    if node.blend in _DARKENS:
        return ("shadow", f"soft, {node.blend}") if _is_dark(node, 0.6) else None
    if node.blend == "normal" and (flat or node.opacity <= 0.75):
        return ("shadow", "dark and soft") if _is_dark(node, 0.3) else None
    return None


def _is_dark(layer: Layer, most: float) -> bool:
    """Whether its pixels are darker than `most` (mean luminance, 0..1) and nearly all of them half transparent."""
    loaded = layer.load()[::2, ::2]
    pixels = np.asarray(loaded, np.float32) / np.float32(255 if loaded.dtype == np.uint8 else 1)
    alpha = pixels[..., 3]
    seen = alpha > 0.02
    if not seen.any():
        return False
    light = (pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32))[seen]
    soft = seen & (alpha * layer.opacity < 0.75)
    return float(light.mean()) < most and 4 * int(soft.sum()) > 3 * int(seen.sum())


def _covering(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    if piece.share >= COVERS:
        return ("background", "covers the canvas") if piece.cover >= 0.6 else ("scenery", "lies over the whole canvas")
    lowest = scene.order[piece.id] == 0
    fill = isinstance(piece.node, Layer) and piece.node.kind == "fill"
    return ("background", "a fill, below all else") if fill and lowest else None


_LARGEST: dict[Named, float] = {"button": 0.15, "decoration": 0.05, "title": COVERS, "text": COVERS, "logo": 0.5}


def _named(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    found = role_in(piece.node.name)
    if found is None:
        return _named_by_groups(piece)
    role, _ = found
    if role == "background" and piece.share < 0.5 and scene.order[piece.id] > 0:
        return None  # the background of a part, not of the picture
    if piece.share > _LARGEST.get(role, 1.0) and not piece.several:
        return None
    return role, f"named {piece.node.name!r}"


def _named_by_groups(piece: Piece) -> tuple[Guess, str] | None:
    for group in reversed(piece.groups):
        found = role_in(group.name)
        if found is not None and found[0] in _FROM_GROUPS and piece.share <= SMALL:
            return found[0], f"in {group.name!r}"
    return None


def _several(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    if not piece.several:
        if piece.id in scene.lined:
            return "text", "one of several in a line, as letters are"
        count = scene.repeated.get(piece.id, 0)
        role: Guess = "item" if piece.share > 0.03 else "decoration"
        return (role, f"one of {count} alike") if count else None
    boxes = [each.box for each in inside(piece.node) if isinstance(each, Layer)]
    if 2 * sum(bool(edges_of(box, scene.canvas)) for box in boxes) >= len(boxes):
        return "scenery", f"{len(boxes)} alike, at the edges"
    if piece.letters:
        return "text", f"{len(boxes)} in a line, as letters are"
    return "decoration", f"{len(boxes)} alike"


def _at_edges(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    edges = edges_of(piece.box, scene.canvas)
    if piece.box.width >= 0.9 * scene.canvas.width and piece.share > SMALL:
        return "scenery", "as wide as the canvas"
    if not edges or piece.share < MAIN:
        return None
    upright = piece.box.height > 0.8 * piece.box.width and piece.share >= 0.1
    if edges == {"bottom"} and upright:
        return None  # a figure that is cut off by the lower edge
    return "scenery", f"reaches the {_listed(sorted(edges))} edge" + ("s" if len(edges) > 1 else "")


def _lightens(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    return ("light", f"brightens what is below: {piece.node.blend}") if piece.node.blend in _LIGHTENS else None


def _line(scene: Scene, piece: Piece) -> tuple[Guess, str] | None:
    long, short = max(piece.box.size), max(1, min(piece.box.size))
    return ("text", LINE) if long > 12 * short else None


_RULES: tuple[Callable[[Scene, Piece], tuple[Guess, str] | None], ...] = (
    _empty, _clipped, _shadow, _words, _covering, _named, _several, _lightens, _at_edges, _line,
)  # fmt: skip


def edges_of(box: Box, canvas: Box) -> frozenset[Edge]:
    """The edges of the canvas that a box reaches."""
    if (box & canvas).is_empty:
        return frozenset()
    reached: dict[Edge, bool] = {
        "left": box.x0 <= canvas.x0, "top": box.y0 <= canvas.y0,
        "right": box.x1 >= canvas.x1, "bottom": box.y1 >= canvas.y1,
    }  # fmt: skip
    return frozenset(edge for edge, is_reached in reached.items() if is_reached)


def quoted(piece: Piece) -> str:
    return repr(piece.node.name)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
