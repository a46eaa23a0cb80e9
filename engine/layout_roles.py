"""What each piece of a design is, and what it moves with: from names, kinds, sizes, places, repetition, clipping, blend
modes and edges. Pure; pixels are only looked at where a layer may be a shadow or is as large as the canvas.

First each piece is asked by `_RULES`, in order. Then those that said nothing are put together where they overlap, since
what overlaps is drawn as one thing; the most prominent of these is the hero.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from .document import Document, Layer
from .geometry import Box
from .layout_names import role_in, stem
from .layout_pieces import ALIKE, COVERS, SMALL, Piece, alike, inside, is_text, pieces
from .layout_taste import Role

Edge = Literal["left", "top", "right", "bottom"]
Guess = Role | Literal["shadow", "part", "nothing"]

_LIGHTENS = ("screen", "linear-dodge", "color-dodge", "lighten", "lighter-color")
_DARKENS = ("multiply", "linear-burn", "color-burn", "darken", "darker-color")
_MAIN = 0.02  # of the canvas: what is smaller is no hero
_PART = 0.03  # of the smaller one: two pieces that overlap more are drawn as one thing
_WITHIN = 0.9  # of a piece: this much of it inside another is on it
_FROM_GROUPS = (
    "text",
    "button",
    "decoration",
    "plant",
    "light",
    "shadow",
    "logo",
)  # what a group's name says of content


@dataclass(frozen=True, eq=False)
class Cast:
    """A piece with its role."""

    piece: Piece
    role: Guess
    why: str  # for people: 'named "Title"'
    leader: str  # id of the piece whose motion it shares; its own where it leads
    body: Box = Box(0, 0, 0, 0)  # of all that moves together with it, shadows left out
    edges: frozenset[Edge] = frozenset()  # of the canvas that the body reaches
    stands: bool = False  # a shadow lies at its foot
    panel: str = ""  # id of the panel it stands on


def cast(document: Document, tagged: Collection[str] = ()) -> list[Cast]:
    """The pieces of a document with their roles, bottom to top."""
    found = pieces(document, tagged)
    scene = _Scene(document, found)
    guesses = {piece.id: scene.first_guess(piece) for piece in found}
    guesses = _structured(scene, guesses)
    guesses, leaders = _things(scene, guesses)
    leaders |= _followers(scene, guesses, leaders)
    leaders = {id: leader for id, leader in leaders.items() if id not in tagged}
    chains = {id: _end_of(id, leaders) for id in guesses}
    roles = [
        Cast(piece, *guesses[piece.id], leader=chains[piece.id], panel=_panel_under(scene, guesses, piece))
        for piece in found
    ]
    return _with_surroundings(document.canvas, roles)


class _Scene:
    """The pieces of a document, to be asked about each other."""

    def __init__(self, document: Document, found: Sequence[Piece]) -> None:
        self.canvas, self.pieces = document.canvas, found
        self.order = {piece.id: index for index, piece in enumerate(found)}
        self.repeated = _repeated(found)

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


# --- what a piece says of itself --------------------------------------------------------------------------------------


def _empty(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    return ("background", "nothing of it is on the canvas") if piece.share == 0 else None


def _clipped(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    base = next((each for each in scene.pieces if each.id == piece.base), None)
    return ("part", f"clipped to {_quoted(base)}") if base is not None else None


def _words(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    node = piece.node
    if isinstance(node, Layer):
        return ("text", "a text layer") if node.text is not None or node.kind == "text" else None
    if piece.letters:
        return "text", "letters in a line"
    leaves = [each for each in inside(node) if isinstance(each, Layer)]
    return ("text", "all of it is text") if leaves and all(map(is_text, leaves)) else None


def _shadow(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    named = role_in(piece.node.name)
    if named is not None and named[0] == "shadow":
        return "shadow", f"named {piece.node.name!r}"
    node = piece.node
    if not isinstance(node, Layer) or piece.share >= COVERS or node.box.is_empty:
        return None
    soft = node.blend in _DARKENS or (node.blend == "normal" and node.opacity <= 0.75)
    return ("shadow", f"dark, soft, {node.blend}") if soft and _is_dark(node) else None


def _is_dark(layer: Layer) -> bool:
    """Whether its pixels are nearly black and fade out at their rim."""
    pixels = np.asarray(layer.load()[::2, ::2], np.float32)
    pixels = pixels / (255 if layer.load().dtype == np.uint8 else 1)
    alpha = pixels[..., 3]
    seen = alpha > 0.02
    if not seen.any():
        return False
    light = (pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722], np.float32))[seen]
    soft = float(((alpha > 0.02) & (alpha < 0.9)).sum() / seen.sum())
    return float(light.mean()) < 0.25 and soft > 0.25


def _covering(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    if piece.share >= COVERS:
        return ("background", "covers the canvas") if piece.cover >= 0.6 else ("scenery", "lies over the whole canvas")
    lowest = scene.order[piece.id] == 0
    fill = isinstance(piece.node, Layer) and piece.node.kind == "fill"
    return ("background", "a fill, below all else") if fill and lowest else None


_LARGEST: dict[str, float] = {"button": 0.15, "decoration": 0.05, "title": COVERS, "text": COVERS, "logo": 0.5}


def _named(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    found = role_in(piece.node.name)
    if found is None:
        return _named_by_groups(piece)
    role, _ = found
    if role == "background" and piece.share < 0.5 and scene.order[piece.id] > 0:
        return None  # the background of a part, not of the picture
    if piece.share > _LARGEST.get(role, 1.0) and not piece.several:
        return None
    return role, f"named {piece.node.name!r}"  # type: ignore[return-value]  # the words' keys are roles


def _named_by_groups(piece: Piece) -> tuple[Guess, str] | None:
    for group in reversed(piece.groups):
        found = role_in(group.name)
        if found is not None and found[0] in _FROM_GROUPS and piece.share <= SMALL:
            return found[0], f"in {group.name!r}"  # type: ignore[return-value]  # the words' keys are roles
    return None


def _several(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    if not piece.several:
        count = scene.repeated.get(piece.id, 0)
        role: Guess = "item" if piece.share > 0.03 else "decoration"
        return (role, f"one of {count} alike") if count else None
    boxes = [each.box for each in inside(piece.node) if isinstance(each, Layer)]
    if 2 * sum(bool(edges_of(box, scene.canvas)) for box in boxes) >= len(boxes):
        return "scenery", f"{len(boxes)} alike, at the edges"
    return "decoration", f"{len(boxes)} alike"


def _at_edges(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    edges = edges_of(piece.box, scene.canvas)
    if not edges or piece.share < _MAIN:
        return None
    upright = piece.box.height > 0.8 * piece.box.width and piece.share >= 0.1
    if edges == {"bottom"} and upright:
        return None  # a figure that is cut off by the lower edge
    return "scenery", f"reaches the {_listed(sorted(edges))} edge" + ("s" if len(edges) > 1 else "")


def _lightens(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    return ("light", f"brightens what is below: {piece.node.blend}") if piece.node.blend in _LIGHTENS else None


def _line(scene: _Scene, piece: Piece) -> tuple[Guess, str] | None:
    long, short = max(piece.box.size), max(1, min(piece.box.size))
    return ("text", "a line between words") if long > 12 * short else None


_RULES: tuple[Callable[[_Scene, Piece], tuple[Guess, str] | None], ...] = (
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


# --- what pieces are to each other ------------------------------------------------------------------------------------

Guesses = dict[str, tuple[Guess, str]]


def _structured(scene: _Scene, guesses: Guesses) -> Guesses:
    """Buttons, panels, photos and what stands on panels, where nothing else is known; the largest text is the title."""
    found = dict(guesses)
    for piece in scene.pieces:
        role, _ = found[piece.id]
        if role == "nothing":
            found[piece.id] = _by_content(scene, found, piece) or found[piece.id]
    for piece in scene.pieces:
        on = _panel_under(scene, found, piece)
        if on and found[piece.id][0] in ("nothing", "scenery"):
            found[piece.id] = ("text", "comes with the words around it")
    words = [piece for piece in scene.pieces if found[piece.id][0] == "text" and _has_letters(piece)]
    if words and not any(role == "title" for role, _ in found.values()):
        largest = max(words, key=lambda piece: (_line_height(piece), piece.share))
        found[largest.id] = ("title", f"the largest text: {found[largest.id][1]}")
    return found


def _has_letters(piece: Piece) -> bool:
    return piece.letters or is_text(piece.node) or any(is_text(node) for node in inside(piece.node))


def _line_height(piece: Piece) -> float:
    """Height of one line of a text."""
    text = piece.node.text if isinstance(piece.node, Layer) else None
    return piece.box.height / max(1, len((text or "").strip().splitlines()))


def _by_content(scene: _Scene, guesses: Guesses, piece: Piece) -> tuple[Guess, str] | None:
    held = [each for each in scene.above(piece) if _within(each.box, piece.box) and each.share < piece.share]
    words = [each for each in held if guesses[each.id][0] in ("text", "title")]
    if len(held) == len(words) == 1 and piece.share <= SMALL and piece.box.width > 1.3 * piece.box.height:
        return "button", f"holds the text {words[0].node.name!r} and little else"
    if len(held) >= 2 and words and piece.share > 0.04:
        return "panel", f"holds {len(held)} others"
    smart = isinstance(piece.node, Layer) and piece.node.kind == "smart-object"
    return ("photo", "a large smart object") if smart and piece.share >= 0.12 else None


def _within(inner: Box, outer: Box) -> bool:
    return (inner & outer).area >= _WITHIN * max(1, inner.area)


def _panel_under(scene: _Scene, guesses: Guesses, piece: Piece) -> str:
    """Id of the panel a piece stands on; "" for none."""
    below = scene.pieces[: scene.order[piece.id]]
    for each in reversed(below):
        if guesses[each.id][0] == "panel" and _within(piece.box, each.box) and piece.share < each.share:
            return each.id
    return ""


def _things(scene: _Scene, guesses: Guesses) -> tuple[Guesses, dict[str, str]]:
    """(roles for all, id -> its leader): overlapping pieces are one thing, the most prominent thing is the hero."""
    found = dict(guesses)
    loose = [piece for piece in scene.pieces if found[piece.id][0] in ("nothing", "hero")]
    things = _joined(loose)
    leaders: dict[str, str] = {}
    main = max(things, key=lambda thing: _prominence(scene, found, thing), default=[])
    for thing in things:
        lead = max(thing, key=lambda piece: (found[piece.id][0] == "hero", piece.share))
        if thing is main and max(piece.share for piece in thing) >= _MAIN:
            why = found[lead.id][1] or "the largest thing near the middle"
            found[lead.id] = ("hero", why)
        elif found[lead.id][0] == "nothing":
            found[lead.id] = ("decoration", "smaller than the hero, or beside it")
        for piece in thing:
            if piece is not lead:
                found[piece.id], leaders[piece.id] = ("part", f"drawn together with {_quoted(lead)}"), lead.id
    return found, leaders


def _joined(loose: Sequence[Piece]) -> list[list[Piece]]:
    """Groups of pieces that overlap, directly or through others, each bottom to top."""
    group_of = {piece.id: index for index, piece in enumerate(loose)}
    for one, two in combinations(loose, 2):
        smaller = max(1, min(one.box.area, two.box.area))
        if (one.box & two.box).area > _PART * smaller and group_of[one.id] != group_of[two.id]:
            old, new = group_of[two.id], group_of[one.id]
            group_of |= {id: new for id, group in group_of.items() if group == old}
    return [[piece for piece in loose if group_of[piece.id] == group] for group in dict.fromkeys(group_of.values())]


def _prominence(scene: _Scene, guesses: Guesses, thing: Sequence[Piece]) -> float:
    box = Box(0, 0, 0, 0)
    for piece in thing:
        box |= piece.box
    x, y = box.center
    middle_x, middle_y = scene.canvas.center
    away = abs(x - middle_x) / max(1, scene.canvas.width) + abs(y - middle_y) / max(1, scene.canvas.height)
    named = any(guesses[piece.id][0] == "hero" for piece in thing)
    return (10 if named else 0) + max(piece.share for piece in thing) * (1.2 - away)


def _followers(scene: _Scene, guesses: Guesses, leaders: dict[str, str]) -> dict[str, str]:
    """Id -> id of what it moves with: clipped to it, its shadow, the words of a button, small things on a thing."""
    follows: dict[str, str] = {}
    known = {piece.id for piece in scene.pieces}
    for piece in scene.pieces:
        role = guesses[piece.id][0]
        if piece.base in known and role == "part" and piece.id not in leaders:
            follows[piece.id] = str(piece.base)
        elif role == "shadow" and (caster := _caster(scene, guesses, piece)) is not None:
            follows[piece.id] = caster.id
        elif (carrier := _carrier(scene, guesses, piece)) is not None:
            follows[piece.id] = carrier.id
    return follows


def _caster(scene: _Scene, guesses: Guesses, shadow: Piece) -> Piece | None:
    """Who casts a shadow: of what lies above and touches it, whoever overlaps most and is about as wide."""
    rim = max(4, round(0.04 * max(scene.canvas.size)))
    box = shadow.box
    near = Box(box.x0 - rim, box.y0 - rim, box.x1 + rim, box.y1 + rim)
    others = [
        each
        for each in scene.above(shadow)
        if guesses[each.id][0] not in ("shadow", "background", "light") and (near & each.box).area and not each.several
    ]

    def fit(each: Piece) -> float:
        over = (near & each.box).area / max(1, min(near.area, each.box.area))
        width = min(box.width, each.box.width) / max(1, box.width, each.box.width)
        return over * width + width

    return max(others, key=fit, default=None)


_CARRIERS: dict[str, tuple[str, ...]] = {
    "text": ("button",), "title": ("button",), "decoration": ("hero", "part"), "sparkle": ("hero", "part"),
}  # fmt: skip


def _carrier(scene: _Scene, guesses: Guesses, piece: Piece) -> Piece | None:
    """The button that words are on, or the thing that a small decoration is on."""
    wanted = _CARRIERS.get(guesses[piece.id][0], ())
    below = scene.pieces[: scene.order[piece.id]]
    for each in reversed(below):
        fits = _within(piece.box, each.box) and piece.share < each.share / 2 and not piece.several
        if guesses[each.id][0] in wanted and fits:
            return each
    return None


def _end_of(id: str, leaders: dict[str, str]) -> str:
    seen = {id}
    while id in leaders and leaders[id] not in seen:
        id = leaders[id]
        seen.add(id)
    return id


def _with_surroundings(canvas: Box, roles: Sequence[Cast]) -> list[Cast]:
    """The same, each knowing the box of all that moves together, the edges it reaches, and whether it stands."""
    bodies: dict[str, Box] = {}
    for each in roles:
        if each.role != "shadow" or each.leader == each.piece.id:
            bodies[each.leader] = bodies.get(each.leader, Box(0, 0, 0, 0)) | each.piece.box
    standing = {
        each.leader for each in roles if each.role == "shadow" and _lies_at_foot(each.piece.box, bodies[each.leader])
    }
    return [
        replace(
            each, body=bodies[each.leader], edges=edges_of(bodies[each.leader], canvas), stands=each.leader in standing
        )
        for each in roles
    ]


def _lies_at_foot(shadow: Box, caster: Box) -> bool:
    flat = shadow.width > 2 * shadow.height
    return flat and caster.y1 - 0.25 * caster.height < shadow.center[1] < caster.y1 + 2 * shadow.height


def _quoted(piece: Piece) -> str:
    return repr(piece.node.name)


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
