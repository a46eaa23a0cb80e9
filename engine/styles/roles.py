"""What each piece of a design is, and what it moves with. Pure.

What overlaps is drawn as one thing: pieces that say nothing of themselves are put together where they overlap, and the
most prominent thing is the hero. Shadows go with what casts them, words with their button, what is clipped with its
base.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ..document import Document, Layer
from ..geometry import Box
from .guess import LINE, MAIN, Edge, Guess, Scene, edges_of, quoted
from .names import named_after
from .pieces import COVERS, SMALL, Piece, inside, is_text, pieces, union

_SMART = "a large smart object"
_PART = 0.03  # of the smaller one: two pieces that overlap more are drawn as one thing
_WITHIN = 0.9  # of a piece: this much of it inside another is on it


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
    scene = Scene(document, found)
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


Guesses = dict[str, tuple[Guess, str]]


def _structured(scene: Scene, guesses: Guesses) -> Guesses:
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


def _by_content(scene: Scene, guesses: Guesses, piece: Piece) -> tuple[Guess, str] | None:
    held = [each for each in scene.above(piece) if each.share < piece.share and _within(each.box, piece.box)]
    words = [each for each in held if guesses[each.id][0] in ("text", "title")]
    if len(held) == len(words) == 1 and piece.share <= SMALL and piece.box.width > 1.3 * piece.box.height:
        return "button", f"holds the text {words[0].node.name!r} and little else"
    if len(held) >= 2 and words and piece.share > 0.04:
        return "panel", f"holds {len(held)} others"
    smart = isinstance(piece.node, Layer) and piece.node.kind == "smart-object"
    return ("photo", _SMART) if smart and piece.share >= 0.12 else None


def _within(inner: Box, outer: Box) -> bool:
    if inner.x0 >= outer.x1 or inner.x1 <= outer.x0:  # most are not; this is asked of every pair
        return False
    return (inner & outer).area >= _WITHIN * max(1, inner.area)


def _panel_under(scene: Scene, guesses: Guesses, piece: Piece) -> str:
    """Id of the panel a piece stands on; "" for none."""
    below = scene.pieces[: scene.order[piece.id]]
    for each in reversed(below):
        if guesses[each.id][0] == "panel" and _within(piece.box, each.box) and piece.share < each.share:
            return each.id
    return ""


def _things(scene: Scene, guesses: Guesses) -> tuple[Guesses, dict[str, str]]:
    """(roles for all, id -> its leader): overlapping pieces are one thing, the most prominent thing is the hero."""
    found = dict(guesses)
    loose = [piece for piece in scene.pieces if found[piece.id][0] in ("nothing", "hero") or _may_join(piece, found)]
    things = [thing for thing in _joined(loose) if len(thing) > 1 or found[thing[0].id][0] not in ("photo", "text")]
    grounded = [thing for thing in things if _in_scenery(scene, found, thing)]
    free = [thing for thing in things if thing not in grounded]
    main = max(free, key=lambda thing: _prominence(scene, found, thing), default=[])
    leaders: dict[str, str] = {}
    for thing in things:
        lead = max(thing, key=lambda piece: (found[piece.id][0] == "hero", piece.share))
        if found[lead.id][0] != "hero" or thing is main:
            found[lead.id] = _part_of_picture(found[lead.id], thing, main=thing is main, grounded=thing in grounded)
        for piece in thing:
            if piece is not lead:
                found[piece.id], leaders[piece.id] = ("part", f"drawn together with {quoted(lead)}"), lead.id
    return found, leaders


def _part_of_picture(
    guess: tuple[Guess, str], thing: Sequence[Piece], *, main: bool, grounded: bool
) -> tuple[Guess, str]:
    if main and max(piece.share for piece in thing) >= MAIN:
        return guess if guess[0] == "hero" else ("hero", "the largest thing near the middle")
    if grounded:
        return "scenery", "stands in the scenery"
    return "decoration", "smaller than the hero, or beside it"


def _in_scenery(scene: Scene, guesses: Guesses, thing: Sequence[Piece]) -> bool:
    """Whether a nameless thing lies mostly within one piece of scenery: trees in their hills."""
    if any(guesses[piece.id][0] == "hero" for piece in thing):
        return False
    box = union([piece.box for piece in thing])
    grounds = [each.box for each in scene.pieces if guesses[each.id][0] == "scenery" and each.share < COVERS]
    return any((box & ground).area >= 0.75 * box.area for ground in grounds)


def _may_join(piece: Piece, guesses: Guesses) -> bool:
    """A photo by its kind alone, or a line: where other things overlap it, it is one of them."""
    return guesses[piece.id] in (("photo", _SMART), ("text", LINE))


def _joined(loose: Sequence[Piece]) -> list[list[Piece]]:
    """Groups of pieces that overlap, directly or through others, each bottom to top."""
    group_of = {piece.id: index for index, piece in enumerate(loose)}
    across = sorted(loose, key=lambda piece: piece.box.x0)
    for index, one in enumerate(across):
        for two in across[index + 1 :]:
            if two.box.x0 >= one.box.x1:
                break
            smaller = max(1, min(one.box.area, two.box.area))
            if (one.box & two.box).area > _PART * smaller and group_of[one.id] != group_of[two.id]:
                old, new = group_of[two.id], group_of[one.id]
                group_of |= {id: new for id, group in group_of.items() if group == old}
    return [[piece for piece in loose if group_of[piece.id] == group] for group in dict.fromkeys(group_of.values())]


def _prominence(scene: Scene, guesses: Guesses, thing: Sequence[Piece]) -> float:
    x, y = union([piece.box for piece in thing]).center
    middle_x, middle_y = scene.canvas.center
    away = abs(x - middle_x) / max(1, scene.canvas.width) + abs(y - middle_y) / max(1, scene.canvas.height)
    named = any(guesses[piece.id][0] == "hero" for piece in thing)
    return (10 if named else 0) + max(piece.share for piece in thing) * (1.2 - away)


def _followers(scene: Scene, guesses: Guesses, leaders: dict[str, str]) -> dict[str, str]:
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


def _caster(scene: Scene, guesses: Guesses, shadow: Piece) -> Piece | None:
    """Who casts a shadow: of what lies above and touches it, whoever it is named after; else whoever overlaps most and
    is about as wide."""
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

    return max(others, key=lambda each: (named_after(shadow.node.name, each.node.name), fit(each)), default=None)


_CARRIERS: dict[str, tuple[str, ...]] = {
    "text": ("button",), "title": ("button",), "decoration": ("hero", "part"), "sparkle": ("hero", "part"),
    "light": ("hero", "part", "photo", "item", "decoration", "button", "logo"),
}  # fmt: skip


def _carrier(scene: Scene, guesses: Guesses, piece: Piece) -> Piece | None:
    """The button that words are on, or the thing that a small decoration or a highlight is on."""
    wanted = _CARRIERS.get(guesses[piece.id][0], ())
    below = scene.pieces[: scene.order[piece.id]]
    for each in reversed(below):
        small = piece.share < each.share / 2 and not piece.several
        if small and guesses[each.id][0] in wanted and _within(piece.box, each.box):
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
