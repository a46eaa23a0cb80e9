"""Layouts nobody wrote: from the motion tags in layer names, from taste, and as a starter to be edited."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from ..document import Document, Group, Layer, Node
from ..errors import BadInput, Where, nearest
from ..geometry import Box
from ..layout import Canvas, LayerSpec, Layout
from ..layout.dump import dump_layout
from ..layout.flags import has_flag, with_flags
from ..layout.read import layout_from_data
from ..layout.source import all_problems
from ..layout.values import read_time
from ..name_tags import Tag, parse_tags
from ..presets import MotionPreset, find_motion, motion_aliases, motion_presets
from ..presets import Slot as SlotName
from ..timing import Time
from .pieces import drawn_box
from .style import Entry, entry_for, styled_layout
from .taste import Style, find_style

CALM = "calm"  # the style of who asked for none
SHORTEST, LONGEST, OTHERWISE = 3, 8, 6  # seconds of a canvas chosen for the loops in names


# --- name tags --------------------------------------------------------------------------------------------------------


def layout_from_tags(document: Document) -> Layout | None:
    """The layout that the tags in layer names ask for; None when no name has a motion or `hold`.

    A group with a tag moves as one: what tags inside it ask for is left out, and a warning says so. The canvas is as
    long as the loops in the names need to keep their periods.

    Raises BadInput with `problems`: tags with unknown motions, two motions for one slot, an amount a motion has no use
    for; each names its layer.
    """
    found, unused = _tag_entries(document)
    if not found:
        return None
    entries = list(found.values())
    canvas = {"duration": f"{_lasting(entries, Fraction(SHORTEST)):.6g}s"}
    return layout_from_data({"version": 1, "canvas": canvas, "layers": entries}, _unused_tags(document, unused))


def _tag_entries(document: Document) -> tuple[dict[str, Entry], dict[str, list[str]]]:
    """(id -> the entry its name asks for, id of a group that moves as one -> paths of the tagged nodes in it)."""
    entries: dict[str, Entry] = {}
    problems: list[BadInput] = []
    unused: dict[str, list[str]] = {}
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
            entries[node.id] = entry_for(node) | entry | ({"as": "group"} if isinstance(node, Group) else {})
            unused |= {node.id: []} if isinstance(node, Group) else {}
    if problems:
        raise all_problems(problems)
    return entries, unused


def _unused_tags(document: Document, unused: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """A sentence for every group that moves as one though there are tags in it."""
    return tuple(
        f"{node.path!r} moves as one, so tags inside it are not used: {', '.join(map(repr, unused[node.id]))}"
        for node, _ in document.walk()
        if unused.get(node.id)
    )


def _lasting(entries: Sequence[Entry], shortest: Fraction) -> float:
    """Seconds of the shortest canvas of `shortest` to 8 s that all given loop periods divide; 6 where there is none."""
    loops = [entry["loop"] for entry in entries if "period" in entry.get("loop", {})]
    periods = [Time.parse(loop["period"]).seconds(Canvas().fps) for loop in loops]
    if not periods:
        return float(shortest)
    bottom = math.lcm(*(period.denominator for period in periods))
    common = Fraction(math.lcm(*(int(period * bottom) for period in periods)), bottom)
    seconds = math.ceil(shortest / common) * common
    return float(seconds if seconds <= LONGEST else max(Fraction(OTHERWISE), shortest))


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


def default_layout(document: Document, style: Style | None = None, canvas: Canvas | None = None) -> Layout:
    """What `art` does with a design of which nobody said how it moves: a style (calm), layer by layer, with comments.

    canvas: of the layout, if not of the style's own length. What names say wins over the style. Raises BadInput with
    `problems` as `layout_from_tags` does.
    """
    style = style or find_style(CALM)
    document, _ = with_flags(document)
    entries, _ = _tag_entries(document)
    return styled_layout(document, style, canvas or own_canvas(document, style), entries)


def own_canvas(document: Document, style: Style) -> Canvas:
    """The canvas of a style: of its own length, or as much longer as loops in names need to keep their periods."""
    entries, _ = _tag_entries(document)
    seconds = _lasting([*entries.values()], style.duration.seconds(Canvas().fps))
    return Canvas(duration=read_time(f"{seconds:.6g}s"))


# --- starter ----------------------------------------------------------------------------------------------------------


def starter_layout(document: Document, style: Style | None = None) -> str:
    """A `motion.yaml` to edit: every layer with its role and box, the motion chosen for it, and all motions by name.

    Without a style the tags in names choose, else calm.
    """
    document, _ = with_flags(document)
    layout = (None if style else layout_from_tags(document)) or default_layout(document, style)
    chosen = {entry.selector: (entry, layout.notes.get(index, ())) for index, entry in enumerate(layout.layers)}
    entries: list[LayerSpec] = []
    notes: dict[int, list[str]] = {}
    for node, groups in document.walk():
        own = entry_for(node)
        entry, why = chosen.get(own.get("layer") or own["id"], (None, ()))
        covered = any(group.path in chosen for group in groups)
        if entry is None and (isinstance(node, Group) or covered):
            continue
        notes[len(entries)] = [*why, _about(node, document.canvas), *_inside(node)]
        entries.append(entry or layout_from_data({"layers": [own | {"hold": True}]}).layers[0])
    text = dump_layout(layout.model_copy(update={"layers": tuple(entries)}), comments=True, notes=notes)
    return f"{text}\n{_motion_list()}"


def _about(node: Node, canvas: Box) -> str:
    box = drawn_box(node, canvas)
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
