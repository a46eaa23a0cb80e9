"""A style on a design: every piece gets the motion of its role, in its turn, with a comment that says why.

What belongs together gets one motion about one point: then parts do not drift apart and shadows stay under what casts
them. What reaches an edge of the canvas only grows, or holds, so that no edge is bared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..boxes import opaque_box
from ..document import Document, Group, Layer, Node
from ..layout import Canvas, Layout, Slot
from ..layout.read import layout_from_data
from ..layout.values import Length, write_time
from ..presets import MotionPreset, find_motion
from ..timing import Time, snap_period
from .pieces import Piece, inside, shown_children
from .roles import Cast, cast
from .taste import Manner, Style, only_grows
from .turns import GOLDEN, HOLDS, Turn, arrival, played, step, turns_of

Entry = dict[str, Any]

_FPS = Canvas().fps
_ONE_BOX = ("wipe", "flip", "shimmer")  # kinds that go by each layer's own box: parts would come apart
_MANY = ("decoration", "sparkle", "cloud", "plant", "light", "item", "title", "text", "button")
_STAGGER_FROM = {"reading": "start", "stack": "start", "center": "center", "random": "random"}


def styled_layout(document: Document, style: Style, canvas: Canvas, tagged: Mapping[str, Entry]) -> Layout:
    """The layout a style chooses for a design, with a comment for each entry.

    What happens is shrunk to a canvas that is shorter than the style. tagged: id -> the entry that
    the layer's own name asks for, which wins.
    """
    return _Choice(document, style, canvas, tagged).layout()


def entry_for(node: Node) -> Entry:
    """An entry that names the node: by path where that can be written and read, else by its id."""
    return {"layer": node.path} if node.path.strip() and len(node.path) <= 2000 else {"id": node.id}


@dataclass(frozen=True)
class _Clock:
    """Times of a style on a canvas that may be shorter."""

    own: Fraction
    canvas: Fraction

    def time(self, time: Time) -> str:
        return self.written(time.seconds(_FPS) * min(Fraction(1), self.canvas / self.own))

    def period(self, time: Time) -> Fraction:
        """A length near the style's that divides the canvas, of whole milliseconds where there is one."""
        wanted = time.seconds(_FPS) * min(Fraction(1), self.canvas / self.own)
        turns = self.canvas / snap_period(wanted, self.canvas)
        near = [self.canvas / count for count in range(max(1, int(turns) - 2), int(turns) + 3)]
        whole = [period for period in near if period * 1000 % 1 == 0] or near
        return min(whole, key=lambda period: abs(period - wanted))

    @staticmethod
    def written(seconds: Fraction) -> str:
        return write_time(Time(Fraction(round(seconds * 1000), 1000)))


class _Choice:
    def __init__(self, document: Document, style: Style, canvas: Canvas, tagged: Mapping[str, Entry]) -> None:
        self.document, self.style, self.canvas, self.tagged = document, style, canvas, tagged
        self.clock = _Clock(style.duration.seconds(canvas.fps), canvas.seconds)
        self.cast = cast(document, tagged)
        self.leads = {each.piece.id: each for each in self.cast if each.leader == each.piece.id}
        self.turns = turns_of(self.cast, style, document.canvas)
        self.wait = min((arrival(self._manner(each), self.turns[id]) for id, each in self.leads.items()
                         if self._manner(each).in_ is not None), default=Fraction(0))  # fmt: skip
        self.names = {each.piece.id: each.piece.node.name for each in self.cast}

    def layout(self) -> Layout:
        targets = {each.piece.id: self._targets(each) for each in self.cast}
        counts: dict[str, int] = {}
        for each in self.cast:
            counts[each.leader] = counts.get(each.leader, 0) + len(targets[each.piece.id])
        motions = {id: self._motion(lead, counts[id]) for id, lead in self.leads.items()}
        if self.cast and not self._camera() and not any(_moves(motion) for motion in motions.values()):
            motions |= self._last_resort(counts)
        entries: list[Entry] = []
        notes: dict[int, tuple[str, ...]] = {}
        for each in self.cast:
            shared = counts[each.leader] > 1
            for node, as_one in _holding(targets[each.piece.id], motions[each.leader]):
                notes[len(entries)] = (self._note(each, motions[each.leader]),)
                entries.append(_entry(node, as_one, motions[each.leader], each if shared else None))
        chosen = layout_from_data({"version": 1, "canvas": self._camera(), "layers": entries})
        canvas = self.canvas.model_copy(update={"camera": self.canvas.camera or chosen.canvas.camera})
        return chosen.model_copy(update={"canvas": canvas}).with_notes(notes)

    def _targets(self, each: Cast) -> list[tuple[Node, bool]]:
        """(node, whether it is a group that moves as one) of each entry that a piece needs."""
        node = each.piece.node
        if each.piece.id in self.tagged:
            return [(node, isinstance(node, Group))]
        if not isinstance(node, Group) or self._one_by_one(each):
            return [(node, False)]
        if each.piece.as_one:
            return [(node, True)]
        return [(leaf, False) for leaf in _leaves(node)]

    def _one_by_one(self, each: Cast) -> bool:
        """Whether the layers of a group move one after another: letters only where the style wants it."""
        alone = sum(other.leader == each.leader for other in self.cast) == 1
        word = each.piece.letters and each.role in ("text", "title")
        return each.piece.several and alone and each.role in _MANY and (self._manner(each).letters or not word)

    # --- a body's motion ----------------------------------------------------------------------------------------------

    def _manner(self, each: Cast) -> Manner:
        return self.style.roles.get(played(each, self.style, self.document.canvas), HOLDS)

    def _motion(self, lead: Cast, targets: int) -> Entry:
        """What all targets of a body do: slots, start, stagger; the anchor is each target's own matter."""
        if lead.piece.id in self.tagged:
            own = self.tagged[lead.piece.id]
            return {key: value for key, value in own.items() if key not in ("layer", "id", "as")}
        manner, turn = self._manner(lead), self.turns[lead.piece.id]
        together = targets > 1
        one_way = self._one_ways(manner, lead, together)
        if not one_way and lead.panel in self.leads:
            return self._with_panel(self.leads[lead.panel]) or {"hold": True}
        loop = self._loop(manner, lead, together, turn.index)
        moves = one_way | ({"loop": loop} if loop else {})
        return self._begin(manner, lead, turn, moves) | moves if moves else {"hold": True}

    def _with_panel(self, panel: Cast) -> Entry:
        """How something arrives that is on a panel from the start: as the panel does, by its way and fade alone."""
        manner = self._manner(panel)
        slots = self._one_ways(manner, panel, together=True)
        for name, slot in slots.items():
            preset = find_motion(slot["motion"])
            if preset is None or preset.kind != "enter" or "scale" in preset.fixed or preset.fixed.get("of"):
                slots[name] = {"motion": "fade", "duration": slot["duration"]}
        return self._begin(manner, panel, self.turns[panel.piece.id], slots) | slots

    def _begin(self, manner: Manner, lead: Cast, turn: Turn, entry: Entry) -> Entry:
        """`start` and `stagger` of a body in its turn."""
        begin: Entry = {}
        start = arrival(manner, turn) - self.wait
        if "in" in entry and start > 0:
            begin["start"] = self.clock.time(Time(start))
        if self._one_by_one(lead):
            each = self._stagger(manner, len(_leaves(lead.piece.node)), entry)
            begin["stagger"] = {"each": each, "from": _from(lead.piece, manner)}
        return begin

    def _stagger(self, manner: Manner, count: int, entry: Entry) -> str:
        """Time from one to the next of `count` layers: of those that enter as the style says, of those that only loop
        so that they are spread over one period."""
        if "in" in entry:
            return self.clock.time(Time(step(manner, count)))
        period = Time.parse(entry["loop"]["period"]).seconds(_FPS)
        return self.clock.written(max(Fraction(1, 1000), period / count))

    def _one_ways(self, manner: Manner, lead: Cast, together: bool) -> Entry:
        given = {"in": manner.in_, "out": manner.out}
        return {name: self._one_way(slot, lead, together) for name, slot in given.items() if slot is not None}

    def _one_way(self, slot: Slot, lead: Cast, together: bool) -> Entry:
        """An in or out; what is cut off by an edge of the canvas, or goes by its own box, fades instead."""
        preset = find_motion(slot.motion)
        written = _written(slot)
        if preset is None or lead.edges or self._beside_edge(lead) or (together and preset.kind in _ONE_BOX):
            written = {"motion": "fade"} | {key: written[key] for key in ("duration",) if key in written}
        elif together and preset.parameters.get("distance") == "outside" and slot.distance is None:
            written["distance"] = "100%"  # one way for all parts, whatever each one's box
        length = slot.duration or Time.parse(preset.duration if preset else "0.6s")
        written["duration"] = self.clock.time(length)
        if slot.delay is not None:
            written["delay"] = self.clock.time(slot.delay)
        return written

    def _beside_edge(self, lead: Cast) -> bool:
        """Whether one of the alike things beside it is cut off by an edge: all of them come the same way."""
        return lead.role == "item" and any(each.role == "item" and each.edges for each in self.leads.values())

    def _loop(self, manner: Manner, lead: Cast, together: bool, turn: int) -> Entry:
        if turn >= manner.most or (lead.panel and lead.role not in ("button", "light")):
            return {}
        wanted = [slot for slot in manner.loop if _fits(slot, lead, together)]
        rooted = [manner.rooted] if manner.rooted is not None and _fits(manner.rooted, lead, together) else []
        choices = rooted or [s for s in wanted if lead.edges] if lead.edges or lead.stands else wanted
        if not choices:
            return {}
        slot = choices[turn % len(choices)]
        return self._loop_slot(slot, turn, together, spread=not self._one_by_one(lead))

    def _loop_slot(self, slot: Slot, turn: int, together: bool, *, spread: bool = True) -> Entry:
        """A loop with its period fitted and, for all but the first, a phase of its own."""
        written = _written(slot)
        preset = find_motion(slot.motion)
        assert preset is not None  # the style was checked
        period = self.clock.period(slot.period or Time.parse(preset.period))
        phase = period * Fraction(turn * GOLDEN % 1).limit_denominator(1000)
        if slot.delay is not None:
            written["delay"] = self.clock.time(slot.delay)
        elif phase and spread:
            written["delay"] = "-" + self.clock.written(phase)
        if together and "seed" in preset.parameters:
            written.setdefault("seed", turn + 1)
        return written | {"period": self.clock.written(period)}

    def _last_resort(self, counts: Mapping[str, int]) -> dict[str, Entry]:
        """Where nothing would move: the largest of what is in front breathes."""
        slot = Slot(motion="breathe", amount=Length(1.5, "%"), period=self.style.duration)
        single = [lead for lead in self.leads.values() if not lead.piece.several]
        front = [lead for lead in single if lead.role != "background"] or single
        if not front:
            return {}
        largest = max(front, key=lambda lead: lead.piece.share)
        return {largest.piece.id: {"loop": self._loop_slot(slot, 0, counts[largest.piece.id] > 1)}}

    def _camera(self) -> Entry:
        """The style's camera, where no mask or artboard would stay behind."""
        stays = any(
            isinstance(node, Group) and node.visible and (node.masks or node.artboard is not None)
            for node, _ in self.document.walk()
        )
        if self.style.camera is None or stays:
            return {}
        return {"camera": self._loop_slot(self.style.camera, 0, False)}

    # --- comments -----------------------------------------------------------------------------------------------------

    def _note(self, each: Cast, motion: Entry) -> str:
        if each.piece.id in self.tagged:
            return f"its name says {each.piece.node.tags}"
        said = f"{each.role}: {each.why}" if each.role != "nothing" else each.why
        if each.leader != each.piece.id:
            return f"{said}; moves with {self.names[each.leader]!r}"
        reasons = []
        if each.panel:
            reasons.append(f"on {self.names[each.panel]!r}")
        if each.edges and _moves(motion):
            reasons.append(f"at the {' and '.join(sorted(each.edges))} edge, so it bares nothing")
        if each.stands and _moves(motion):
            reasons.append("stands on its shadow")
        return "; ".join([said, *reasons])


# --- which targets ----------------------------------------------------------------------------------------------------


def _holding(targets: list[tuple[Node, bool]], motion: Entry) -> list[tuple[Node, bool]]:
    """Groups that hold stay groups, unless something in them cannot be held: adjustment layers, what is hidden."""
    if _moves(motion):
        return targets
    return [
        (inner, False)
        for node, _ in targets
        for inner in ([node] if not isinstance(node, Group) or _all_seen(node) else _leaves(node))
    ]


def _all_seen(group: Group) -> bool:
    """Whether a group, looked into at any depth, has only layers that are drawn."""
    seen = shown_children(group)
    return len(seen) == len(group.children) and all(_all_seen(each) for each in seen if isinstance(each, Group))


def _leaves(node: Node) -> list[Node]:
    """The layers seen in a group that are moved by themselves, bottom to top; groups that are one layer stand whole."""
    found: list[Node] = [each for each in inside(node) if not isinstance(each, Group) or each.whole]
    return found[::-1]


def _entry(node: Node, as_one: bool, motion: Entry, shared: Cast | None) -> Entry:
    """shared: the cast of a piece that moves together with others, about the body's point."""
    entry = entry_for(node) | ({"as": "group"} if as_one and _moves(motion) else {}) | motion
    if shared is not None and _moves(motion):
        x, y = _point(shared, motion)
        box = opaque_box(node)
        entry["anchor"] = [f"{x - box.x0:g}px", f"{y - box.y0:g}px"]
    return entry


def _moves(motion: Entry) -> bool:
    return "hold" not in motion


def _point(each: Cast, motion: Entry) -> tuple[float, float]:
    """What a body turns and grows about: the edges it touches, its foot where it stands, else its middle."""
    box, edges = each.body, each.edges
    x, y = box.center
    if len(edges & {"left", "right"}) == 1:
        x = box.x0 if "left" in edges else box.x1
    foot = each.stands or any(_from_foot(find_motion(slot["motion"])) for slot in _slots(motion))
    if "bottom" in edges or (foot and "top" not in edges):
        y = box.y1
    elif "top" in edges:
        y = box.y0
    return (x, box.center[1]) if {"top", "bottom"} <= edges else (x, y)


def _slots(motion: Entry) -> Iterator[Entry]:
    for name in ("in", "loop", "out"):
        slot = motion.get(name)
        if slot is not None:
            yield slot if isinstance(slot, dict) else {"motion": slot}


def _from_foot(preset: MotionPreset | None) -> bool:
    return preset is not None and preset.fixed.get("anchor") == "bottom"


def _fits(slot: Slot, lead: Cast, together: bool) -> bool:
    """Whether a loop may be used: parts stay together, and an edge of the canvas stays covered."""
    preset = find_motion(slot.motion)
    assert preset is not None  # the style was checked
    if together and (preset.family in ("deforming", "light") or preset.kind in _ONE_BOX):
        return False
    bows = preset.kind == "bend" and lead.edges == {"bottom"}  # its foot stays where it is
    return not lead.edges or only_grows(preset) or bows


def _from(piece: Piece, manner: Manner) -> str:
    """Who of several layers goes first, in the words of `stagger`; letters go as they are read."""
    leaves = _leaves(piece.node)
    if piece.letters or manner.order == "reading":
        first, last = leaves[0], leaves[-1]
        backwards = isinstance(first, Layer) and isinstance(last, Layer) and first.box.x0 > last.box.x0
        return "end" if backwards else "start"
    return _STAGGER_FROM[manner.order]


def _written(slot: Slot) -> Entry:
    """A slot of a style as plain data, without what only the clock may say."""
    given = slot.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: value for key, value in given.items() if key not in ("period", "delay")}
