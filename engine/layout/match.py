"""Which entry of a layout moves which node of a document.

An entry picks nodes by path, by a pattern (`*` and `?` within one level, `**` across groups), by `#id`, by a name that
occurs once, or by `name~2`. A group's entry is for the layers in it, unless it says `as: group`. Where several entries
pick the same layer, the most specific one is the layer's whole entry, wherever it stands; keys are never mixed, so what
a layer does is read in one place. Two entries that are equally specific are an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ..document import Document, Group, Layer, Node
from ..easing import Easing, parse_easing
from ..errors import BadInput, Where, nearest
from ..presets import find_motion
from ..specs import PASS_THROUGH
from ..timing import Time
from . import LayerSpec, Layout
from .checks import circle_message, find_circle
from .source import all_problems

# how precisely an entry names a layer: exact or not, letters that are no wildcard, minus one for crossing groups
Specificity = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Resolved:
    """A node of the document and what a layout says about it."""

    node: Node
    spec: LayerSpec  # nothing left to `defaults`: see `filled`
    entry: int  # index in layout.layers
    where: Where  # the entry in the file, and the layer
    index: int = 0  # bottom to top among the layers of the entry
    count: int = 1
    after: tuple[str, ...] = ()  # ids of the nodes it waits for
    with_: tuple[str, ...] = ()
    skip: str = ""  # why nothing is made of it: it is hidden, or has no pixels
    warnings: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.node.id


@dataclass(frozen=True, eq=False)
class _Claim:
    entry: int
    specificity: Specificity


def resolve(layout: Layout, document: Document) -> tuple[Resolved, ...]:
    """Every node that an entry is for, bottom to top. Nodes without an entry hold still.

    Raises BadInput with all `problems`: entries that match nothing, names that are not clear, entries that claim the
    same layer alike, layers inside a group that moves as one, layers that wait for each other in a circle.
    """
    tree = _Tree(document)
    problems: list[BadInput] = []
    claims = _claims(layout, tree, problems)
    winners = {id: _winner(layout, tree.nodes[id], found, problems) for id, found in claims.items()}
    kept = _without_inner(layout, tree, winners, problems)
    resolved = [_resolved(layout, tree, tree.nodes[id], kept[id], problems) for id in tree.nodes if id in kept]
    problems += _circle(layout, tree, resolved)
    if problems:
        raise all_problems(problems)
    return tuple(_with_index(resolved))


# --- the document, to be looked up in ---------------------------------------------------------------------------------


class _Tree:
    """Nodes by id, bottom to top, and the groups around each."""

    def __init__(self, document: Document) -> None:
        self.nodes: dict[str, Node] = {}
        self.groups: dict[str, tuple[Group, ...]] = {}
        for node, groups in document.walk():
            self.nodes[node.id], self.groups[node.id] = node, groups

    def hidden(self, node: Node) -> bool:
        return not all(each.visible for each in (node, *self.groups[node.id]))

    def inside(self, group: Node) -> list[Node]:
        """The image layers in a group, at any depth; groups that are one layer stand for theirs."""
        found: list[Node] = []
        for node in self.nodes.values():
            groups = self.groups[node.id]
            single = isinstance(node, Layer) or (isinstance(node, Group) and node.whole)
            if single and group in groups and not any(each.whole for each in groups if each is not group):
                found.append(node)
        return found


_WILD = re.compile(r"\*\*|\*|\?")


def _letters(selector: str) -> list[str]:
    """A pattern as its letters and wildcards, each one item."""
    return re.findall(r"\*\*|.", selector, re.DOTALL)


def matches(pattern: Sequence[str], path: str) -> bool:
    """`*` and `?` stay within one level of the path, `**` does not.

    All ways to match are followed at once, so that the time is at most letters times letters whatever the pattern.
    """

    def skip_stars(places: set[int]) -> set[int]:
        reached = set(places)
        for place in sorted(places):
            while place < len(pattern) and pattern[place] in ("*", "**"):
                place += 1
                reached.add(place)
        return reached

    places = skip_stars({0})
    for letter in path:
        after: set[int] = set()
        for place in places - {len(pattern)}:
            wild = pattern[place]
            if wild == "**" or (wild == "*" and letter != "/"):
                after.add(place)
            elif wild == letter or (wild == "?" and letter != "/"):
                after.add(place + 1)
        places = skip_stars(after)
    return len(pattern) in places


def _named(tree: _Tree, name: str) -> list[Node]:
    """Nodes of that name, or with it as the last part of their path; `name~2` is the second one from below."""
    nodes = list(tree.nodes.values())
    found = [node for node in nodes if name in (node.name, node.path.rpartition("/")[2])]
    numbered = re.fullmatch(r"(.+)~(\d{1,6})", name, re.DOTALL)
    if found or numbered is None:
        return found
    return [node for node in nodes if node.name == numbered[1]][int(numbered[2]) - 1 :][:1] if int(numbered[2]) else []


def select(tree: _Tree, selector: str) -> tuple[list[Node], bool]:
    """(nodes, whether they were picked by a pattern). Raises ValueError when nothing or too much is picked."""
    nodes = tree.nodes.values()
    exact = [node for node in nodes if node.path == selector] or [node for node in nodes if node.id == selector]
    if exact:
        return exact[:1], False
    if "*" in selector or "?" in selector:
        pattern = _letters(selector)
        found = [node for node in nodes if matches(pattern, node.path)]
        if found:
            return found, True
    named = _named(tree, selector)
    if len(named) > 1:
        paths = ", ".join(repr(node.path) for node in named[:6])
        raise ValueError(f"{len(named)} layers are called {selector!r}: write one of {paths}, or a pattern")
    if not named:
        raise ValueError(f"no layer matches {selector[:80]!r}{_near(tree, selector)}")
    return named, False


def find_one(document: Document, selector: str) -> Node:
    """The one node that a selector picks. Raises ValueError when it is none or several, with the nearest name."""
    nodes, _ = select(_Tree(document), selector)
    if len(nodes) > 1:
        raise ValueError(f"{selector!r} picks {len(nodes)} layers, and one is needed")
    return nodes[0]


def _near(tree: _Tree, selector: str) -> str:
    paths = {name: node.path for node in reversed(tree.nodes.values()) for name in (node.name, node.id, node.path)}
    near = nearest(selector, paths)
    return f": did you mean {paths[near]!r}?" if near else ""


def _paths_hint(tree: _Tree) -> str:
    paths = [node.path for node in tree.nodes.values()]
    more = f" and {len(paths) - 12} more" if len(paths) > 12 else ""
    return f"layers here: {', '.join(paths[:12])}{more}; `optional: true` allows none"


def named_ids(layout: Layout, document: Document) -> frozenset[str]:
    """Ids of the nodes that entries name by themselves, not by a pattern or the group around them."""
    tree = _Tree(document)
    found: set[str] = set()
    for entry in layout.layers:
        with suppress(ValueError):  # `resolve` says what is wrong with it
            nodes, by_pattern = select(tree, entry.selector)
            found.update(node.id for node in nodes if not by_pattern)
    return frozenset(found)


# --- who gets which layer ---------------------------------------------------------------------------------------------


def _claims(layout: Layout, tree: _Tree, problems: list[BadInput]) -> dict[str, list[_Claim]]:
    """For each node the entries that are for it, each with its specificity."""
    claims: dict[str, list[_Claim]] = {}
    for index, entry in enumerate(layout.layers):
        try:
            nodes, by_pattern = select(tree, entry.selector)
        except ValueError as error:
            if not (entry.optional and str(error).startswith("no layer")):
                key = "layer" if entry.layer else "id"
                problems.append(BadInput(str(error), hint=_paths_hint(tree), where=layout.where("layers", index, key)))
            continue
        for id, specificity in _reach(tree, entry, nodes, by_pattern).items():
            claims.setdefault(id, []).append(_Claim(index, specificity))
    return claims


def _reach(tree: _Tree, entry: LayerSpec, nodes: Sequence[Node], by_pattern: bool) -> dict[str, Specificity]:
    """Ids an entry is for: the nodes themselves, or the layers in them where they are groups."""
    literal = len(_WILD.sub("", entry.selector))
    reach: dict[str, Specificity] = {}
    for node in nodes:
        if isinstance(node, Group) and entry.as_ != "group" and not node.whole:
            depth = literal if by_pattern else len(node.path) + 1
            for layer in tree.inside(node):
                reach[layer.id] = max(reach.get(layer.id, (0, 0, -9)), (1, depth, -1))
        else:
            crossing = -1 if "**" in entry.selector else 0
            reach[node.id] = max(reach.get(node.id, (0, 0, -9)), (1, literal, crossing) if by_pattern else (2, 0, 0))
    return reach


def _winner(layout: Layout, node: Node, claims: Sequence[_Claim], problems: list[BadInput]) -> _Claim:
    best = max(claim.specificity for claim in claims)
    first, *others = [claim for claim in claims if claim.specificity == best]
    if others:
        where = layout.where("layers", others[0].entry)
        line = layout.where("layers", first.entry).line
        other = f"the entry in line {line}" if line else f"entry {first.entry + 1}"
        hint = "merge the two, or make one of them more precise"
        problems.append(BadInput(f"{node.path!r} already has {other}, which names it alike", hint=hint, where=where))
    return first


def _without_inner(
    layout: Layout, tree: _Tree, winners: dict[str, _Claim], problems: list[BadInput]
) -> dict[str, _Claim]:
    """Leave out what lies in a group that moves as one; a layer there that is named exactly is an error."""
    whole = {id for id in winners if isinstance(tree.nodes[id], Group)}
    kept: dict[str, _Claim] = {}
    for id, claim in winners.items():
        around = next((group for group in tree.groups[id] if group.id in whole), None)
        if around is None:
            kept[id] = claim
        elif claim.specificity[0] == 2 and claim.entry != winners[around.id].entry:
            line = layout.where("layers", winners[around.id].entry).line
            said = f" (line {line})" if line else ""
            message = f"{tree.nodes[id].path!r} is part of {around.path!r}, which moves as one{said}"
            hint = "remove one of the two entries, or `as: group`"
            problems.append(BadInput(message, hint=hint, where=layout.where("layers", claim.entry)))
    return kept


# --- what a layer gets ------------------------------------------------------------------------------------------------


def _resolved(layout: Layout, tree: _Tree, node: Node, claim: _Claim, problems: list[BadInput]) -> Resolved:
    spec = filled(layout.layers[claim.entry], layout)
    skip, warnings = _remarks(tree, node, spec)
    return Resolved(
        node,
        spec,
        claim.entry,
        replace(layout.where("layers", claim.entry), layer=node.path),
        after=_waits(layout, tree, claim.entry, "after", spec.after, problems),
        with_=_waits(layout, tree, claim.entry, "with", spec.with_, problems),
        skip=skip,
        warnings=warnings,
    )


def _remarks(tree: _Tree, node: Node, spec: LayerSpec) -> tuple[str, tuple[str, ...]]:
    """(why nothing is made of it, what its author may want to know). Who lets a layer hold does not ask it to move."""
    if isinstance(node, Layer) and node.adjustment is not None:
        said = f"{node.path!r} is an adjustment layer: it has no pixels to move"
        return "adjustment", () if spec.hold else (said,)
    if tree.hidden(node):
        return "hidden", () if spec.hold else (f"{node.path!r} is hidden: it is not animated",)
    warnings = []
    if spec.as_ == "group" and not isinstance(node, Group):
        warnings.append(f"{node.path!r} is no group: `as: group` changes nothing")
    if isinstance(node, Group) and isolation_shows(node):
        warnings.append(f"{node.path!r} is a pass-through group: moving as one, it no longer blends with what is below")
    return "", tuple(warnings)


def isolation_shows(group: Group) -> bool:
    """Whether a pass-through group looks different as one layer: something in it blends with what is below it."""
    if group.blend != PASS_THROUGH:
        return False
    return any(
        isolation_shows(child) if isinstance(child, Group) and child.blend == PASS_THROUGH else _blends(child)
        for child in group.children
    )


def _blends(node: Node) -> bool:
    return node.blend != "normal" or (isinstance(node, Layer) and node.adjustment is not None)


def _waits(
    layout: Layout,
    tree: _Tree,
    entry: int,
    key: str,
    reference: Time | tuple[str, ...] | None,
    problems: list[BadInput],
) -> tuple[str, ...]:
    if reference is None or isinstance(reference, Time):
        return ()
    ids: list[str] = []
    for name in reference:
        try:
            nodes, _ = select(tree, name)
        except ValueError as error:
            where = layout.where("layers", entry, key)
            if not any(problem.where == where for problem in problems):
                problems.append(BadInput(f"`{key}`: {error}", hint=_paths_hint(tree), where=where))
            continue
        ids += [inner.id for node in nodes for inner in (node, *tree.inside(node))]
    return tuple(dict.fromkeys(ids))


def _circle(layout: Layout, tree: _Tree, resolved: Iterable[Resolved]) -> list[BadInput]:
    by_id = {each.id: each for each in resolved}
    waits = {each.id: [id for id in (*each.after, *each.with_) if id in by_id] for each in by_id.values()}
    circle = find_circle(waits)
    if not circle:
        return []
    last = max((by_id[id] for id in circle), key=lambda each: each.entry)
    key = "after" if last.after else "with"
    where = replace(layout.where("layers", last.entry, key), layer=last.node.path)
    return [BadInput(circle_message([tree.nodes[id].path for id in circle]), where=where)]


def _with_index(resolved: Sequence[Resolved]) -> list[Resolved]:
    """Number the layers of each entry from below; those that are skipped do not count."""
    counts: dict[int, int] = {}
    numbered = []
    for each in resolved:
        index = counts.get(each.entry, 0)
        numbered.append(each if each.skip else replace(each, index=index))
        counts[each.entry] = index + (not each.skip)
    return [replace(each, count=max(1, counts[each.entry])) for each in numbered]


def filled(spec: LayerSpec, layout: Layout) -> LayerSpec:
    """The entry with everything it leaves out: from `defaults`, else from each motion's preset.

    Afterwards slots have their preset's own name, a duration or period, and an easing; keyframes and path an easing;
    the entry an anchor where `defaults` has one. The easing of an entry or of `defaults` is for one-way motion: a loop
    that speeds up once a turn would show its seam.
    """
    defaults = layout.defaults
    easing = spec.easing or defaults.easing
    update: dict[str, object] = {
        name: getattr(defaults, name)
        for name in ("anchor", "seed", *(("strength", "guidance", "steps", "together") if spec.prompt else ()))
        if getattr(spec, name) is None
    }
    for name, slot in spec.slots.items():
        preset = find_motion(slot.motion)
        if preset is None:
            continue
        one_way = name != "loop"
        length = slot.duration or defaults.duration if one_way else slot.period or defaults.period
        given = length or Time.parse(preset.duration if one_way else preset.period)
        curve = slot.easing or (easing if one_way else None) or parse_easing(preset.easing)
        changes = {"motion": preset.name, "easing": curve, "duration" if one_way else "period": given}
        update["in_" if name == "in" else name] = slot.model_copy(update=changes)
    return spec.model_copy(update=update | _filled_tracks(spec, easing or parse_easing("linear")))


def _filled_tracks(spec: LayerSpec, easing: Easing) -> dict[str, object]:
    """`keyframes` and `path` with an easing everywhere."""
    update: dict[str, object] = {}
    if spec.path is not None and spec.path.easing is None:
        update["path"] = spec.path.model_copy(update={"easing": easing})
    if spec.keyframes is not None:
        tracks = {
            name: tuple(key if key.easing else key.model_copy(update={"easing": easing}) for key in keys)
            for name, keys in spec.keyframes
            if keys is not None
        }
        update["keyframes"] = spec.keyframes.model_copy(update=tracks)
    return update
