"""Layouts nobody wrote: from the motion tags in layer names, from taste, and as a starter to be edited."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .document import Document, Group, Layer, Node
from .errors import BadInput, Where, nearest
from .geometry import Box
from .layout import Canvas, LayerSpec, Layout, Style
from .layout_dump import dump_layout
from .layout_flags import has_flag, with_flags
from .layout_match import isolation_shows
from .layout_read import layout_from_data
from .layout_source import all_problems
from .name_tags import Tag, parse_tags
from .presets import MotionPreset, find_motion, motion_aliases, motion_presets
from .presets import Slot as SlotName
from .timing import Time

Entry = dict[str, Any]

COVERS = 0.8  # of the canvas: a layer at least this large is scenery
LARGE = 0.15  # of the canvas: such a layer breathes, smaller ones float
SHORTEST, LONGEST, OTHERWISE = 3, 8, 6  # seconds of a canvas chosen for the loops in names
GOLDEN = 0.618034  # phases at multiples of it never bunch up


@dataclass(frozen=True)
class Taste:
    """The motions of one style: (motion, amount) each. Periods are all of `seconds`, or half of it."""

    seconds: int
    large: tuple[str, str]
    small: tuple[tuple[str, str], ...]
    text: str  # how words come and go


TASTES: Mapping[Style, Taste] = {
    "calm": Taste(6, ("breathe", "1.5%"), (("float", "1%"), ("bob", "0.8%"), ("sway", "1.5deg")), "fade"),
    "playful": Taste(4, ("breathe", "3%"), (("bob", "2%"), ("sway", "5deg"), ("bounce", "3%")), "pop"),
    "punchy": Taste(3, ("pulse", "3%"), (("pulse", "6%"), ("bounce", "5%")), "stomp"),
    "cinematic": Taste(8, ("breathe", "2%"), (("drift", "0.8%"), ("float", "0.8%")), "blur"),
}


def _entry_for(node: Node) -> Entry:
    """An entry that names the node: by path where that can be written and read, else by its id."""
    return {"layer": node.path} if node.path.strip() and len(node.path) <= 2000 else {"id": node.id}


# --- name tags --------------------------------------------------------------------------------------------------------


def layout_from_tags(document: Document) -> Layout | None:
    """The layout that the tags in layer names ask for; None when no name has a motion or `hold`.

    A group with a tag moves as one: what tags inside it ask for is left out, and a warning says so. The canvas is as
    long as the loops in the names need to keep their periods.

    Raises BadInput with `problems`: tags with unknown motions, two motions for one slot, an amount a motion has no use
    for; each names its layer.
    """
    entries: list[Entry] = []
    problems: list[BadInput] = []
    unused: dict[str, list[str]] = {}  # id of a group that moves as one -> paths of the tagged nodes in it
    for node, groups in document.walk():
        try:
            entry = {} if has_flag(node, "ignore") else _tagged(node)
        except ValueError as error:
            problems.append(BadInput(f"{node.tags}: {error}", where=Where(document.source, layer=node.path)))
            continue
        around = next((group for group in groups if group.id in unused), None)
        if entry and around is not None:
            unused[around.id].append(node.path)
        elif entry:
            entries.append(_entry_for(node) | entry | ({"as": "group"} if isinstance(node, Group) else {}))
            unused |= {node.id: []} if isinstance(node, Group) else {}
    if problems:
        raise all_problems(problems)
    if not entries:
        return None
    canvas = {"duration": f"{_lasting(entries)}s"}
    return layout_from_data({"version": 1, "canvas": canvas, "layers": entries}, _unused_tags(document, unused))


def _unused_tags(document: Document, unused: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A sentence for every group that moves as one though there are tags in it."""
    return tuple(
        f"{node.path!r} moves as one, so tags inside it are not used: {', '.join(map(repr, unused[node.id]))}"
        for node, _ in document.walk()
        if unused.get(node.id)
    )


def _lasting(entries: Sequence[Entry]) -> str:
    """Seconds of the shortest canvas of 3 to 8 s that all given loop periods divide; 6 where there is none."""
    loops = [entry["loop"] for entry in entries if "period" in entry.get("loop", {})]
    periods = [Time.parse(loop["period"]).seconds(Canvas().fps) for loop in loops]
    if not periods:
        return f"{float(Canvas().seconds):g}"
    bottom = math.lcm(*(period.denominator for period in periods))
    common = Fraction(math.lcm(*(int(period * bottom) for period in periods)), bottom)
    seconds = math.ceil(SHORTEST / common) * common
    return f"{float(seconds if seconds <= LONGEST else OTHERWISE):.6g}"


def _tagged(node: Node) -> Entry:
    entry: Entry = {}
    for tag in parse_tags(node.tags) if node.tags else ():
        if tag.flag == "hold":
            entry["hold"] = True
        if tag.motion is None:
            continue
        preset = find_motion(tag.motion)
        if preset is None:
            near = nearest(tag.motion, [*motion_presets(), *motion_aliases()])
            raise ValueError(f"unknown motion {tag.motion!r}" + (f": did you mean {near!r}?" if near else ""))
        slot = tag.slot or ("loop" if "loop" in preset.slots else preset.slots[0])
        if slot not in preset.slots:
            raise ValueError(f"the motion {tag.motion!r} goes in {' or '.join(preset.slots)}, not in {slot}")
        if slot in entry:
            raise ValueError(f"two motions for `{slot}`; a layer has one each for in, loop and out")
        entry[slot] = {"motion": tag.motion} | _tag_values(tag, preset, slot)
    if entry.get("hold") and len(entry) > 1:
        raise ValueError("a layer that holds does not move")
    return entry


_AMOUNTS = {  # what an amount with this unit can mean, the likeliest first
    "%": ("amount", "distance", "overshoot"),
    "px": ("amount", "distance"),
    "deg": ("angle", "amount"),
    "turn": ("turns", "angle", "amount"),
}


def _tag_values(tag: Tag, preset: MotionPreset, slot: SlotName) -> Entry:
    values: Entry = {}
    if tag.time:
        values["period" if slot == "loop" else "duration"] = tag.time
    if tag.delay:
        values["delay"] = tag.delay
    if tag.amount:
        unit = tag.amount.lstrip("+-.0123456789")
        name = next((name for name in _AMOUNTS[unit] if name in preset.parameters), None)
        if name is None:
            takes = ", ".join(preset.parameters) or "no parameters"
            raise ValueError(f"the motion {preset.name!r} has no use for {tag.amount!r}; it takes {takes}")
        values[name] = float(tag.amount.removesuffix("turn")) if name == "turns" else tag.amount
    return values


# --- taste ------------------------------------------------------------------------------------------------------------


def default_layout(document: Document, style: Style = "calm") -> Layout:
    """What `art` does with a design that says nothing: scenery holds, words come and go, the rest hovers.

    Every period divides the canvas, so that all loops close; phases are spread so that no two layers move alike. A
    group moves as one, and what is clipped to a layer moves with it. A single picture breathes.
    """
    taste = TASTES[style]
    document, _ = with_flags(document)
    entries = list(_tasteful(document, taste))
    if entries and all("hold" in entry for entry in entries):
        entries[-1] = {name: value for name, value in entries[-1].items() if name != "hold"}
        entries[-1]["loop"] = {"motion": taste.large[0], "period": f"{taste.seconds}s", "amount": taste.large[1]}
    canvas = {"duration": f"{taste.seconds}s"}
    return layout_from_data({"version": 1, "canvas": canvas, "layers": entries})


def _tasteful(document: Document, taste: Taste) -> Iterator[Entry]:
    moved = words = 0
    motion: Entry = {"hold": True}
    for index, node in enumerate(_pieces(document, document.children)):
        share = (_box(node) & document.canvas).area / max(1, document.canvas.area)
        if not node.clipped:
            motion = {"hold": True}
            scenery = share >= COVERS or share == 0 or (index == 0 and _is_background(node))
            if not scenery and isinstance(node, Layer) and node.text is not None:
                motion, words = _words(taste, words), words + 1
            elif not scenery:
                motion, moved = _hover(taste, moved, share >= LARGE), moved + 1
        whole = isinstance(node, Group) and (node.whole or ("hold" not in motion and not isolation_shows(node)))
        yield _entry_for(node) | ({"as": "group"} if whole else {}) | motion


def _pieces(document: Document, nodes: Sequence[Node]) -> Iterator[Node]:
    """What moves by itself: layers and groups that are seen; a group as large as the scene is opened up."""
    for node in nodes:
        if not node.visible or (isinstance(node, Layer) and node.adjustment is not None):
            continue
        scene = isinstance(node, Group) and _box(node).area >= COVERS * document.canvas.area
        if isinstance(node, Group) and not node.whole and (scene or node.artboard is not None):
            yield from _pieces(document, node.children)
        else:
            yield node


def _is_background(node: Node) -> bool:
    fill = isinstance(node, Layer) and node.kind == "fill"
    return fill or node.name.strip().lower() in ("background", "bg", "backdrop")


def _box(node: Node) -> Box:
    """The canvas box of a layer, or of all that is visible in a group."""
    if isinstance(node, Layer):
        return node.box
    box = Box(0, 0, 0, 0)
    stack = list(node.children) if isinstance(node, Group) else []
    while stack:
        child = stack.pop()
        if child.visible and isinstance(child, Group):
            stack.extend(child.children)
        elif child.visible and isinstance(child, Layer):
            box |= child.box
    return box


def _words(taste: Taste, index: int) -> Entry:
    """Words enter one after another and leave before the loop closes."""
    entry: Entry = {
        "in": {"motion": taste.text, "duration": "800ms"},
        "out": {"motion": taste.text, "duration": "500ms"},
    }
    return ({"start": f"{min(index, 5) * 200}ms"} if index else {}) | entry


def _hover(taste: Taste, index: int, large: bool) -> Entry:
    motion, amount = taste.large if large else taste.small[index % len(taste.small)]
    halves = 1 if large or index % 2 == 0 else 2
    phase = round(taste.seconds / halves * (index * GOLDEN % 1), 2)
    period = f"{taste.seconds / halves:g}s"
    slot: Entry = {"motion": motion, "period": period, "amount": amount}
    return {"loop": slot | ({"delay": f"-{phase:g}s"} if phase else {})}


# --- starter ----------------------------------------------------------------------------------------------------------


def starter_layout(document: Document) -> str:
    """A `motion.yaml` to edit: every layer with its box, the motions chosen for it, and all motions by name."""
    document, _ = with_flags(document)
    layout = layout_from_tags(document) or default_layout(document)
    chosen = {entry.selector: entry for entry in layout.layers}
    entries: list[LayerSpec] = []
    notes: dict[int, list[str]] = {}
    for node, groups in document.walk():
        own = _entry_for(node)
        entry = chosen.get(own.get("layer") or own["id"])
        covered = any(group.path in chosen for group in groups)
        if entry is None and (isinstance(node, Group) or covered):
            continue
        notes[len(entries)] = [_about(node), *_inside(node)]
        entries.append(entry or layout_from_data({"layers": [own | {"hold": True}]}).layers[0])
    text = dump_layout(layout.model_copy(update={"layers": tuple(entries)}), comments=True, notes=notes)
    return f"{text}\n{_motion_list()}"


def _about(node: Node) -> str:
    box = _box(node)
    kind = "group" if isinstance(node, Group) else node.kind if isinstance(node, Layer) else "layer"
    place = f"{box.width} x {box.height} px at {box.x0}, {box.y0}" if not box.is_empty else "no pixels"
    return f"{kind}, {place}" + ("" if node.visible else ", hidden: it is not animated")


def _inside(node: Node) -> list[str]:
    """The names in a group, one line."""
    if not isinstance(node, Group):
        return []
    names = [child.name for child in node.children]
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return [f"holds {', '.join(names[:8])}{more}"] if names else []


def _motion_list() -> str:
    lines = ["# Motions; `art presets show NAME` tells what each takes."]
    slots: tuple[SlotName, ...] = ("in", "loop", "out")
    for slot in slots:
        names = " ".join(name for name, preset in motion_presets().items() if slot in preset.slots)
        lines.append(f"#   {slot + ':':5} {names}")
    return "\n".join(lines) + "\n"
