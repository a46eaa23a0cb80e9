"""Whether what was measured is what an item asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from .combined import at_once, in_order
from .filmed import Measured
from .items import Item
from .measure import Motion
from .modifiers import amount, differ, obeys, rate
from .parts import part_moves
from .predicates import PREDICATES
from .relations import RELATIONS
from .statements import Rule, Verdict

SEAM = 1.1  # a loop's last step against its largest


@dataclass(frozen=True)
class Judgement:
    """One item: was it done, what it lacks, and numbers that are reported apart."""

    item: Item
    ok: bool
    reasons: tuple[str, ...]
    strip: bytes
    numbers: Mapping[str, float] = field(default_factory=dict)
    differs: bool | None = None  # from the same prompt with another seed; None: not asked


def judged(item: Item, own: Measured, plain: Measured | None = None, again: Measured | None = None) -> Judgement:
    """The verdict on an item from its own clip and those it is compared with."""
    verdict = _WAYS[item.class_](item, own, plain)
    differs = None if again is None else differ(_first(own), _first(again))
    return Judgement(item, verdict.ok, verdict.reasons, own.strip, _numbers(item, own), differs)


def _first(measured: Measured) -> Motion:
    """Of the layer that has the (first) prompt."""
    return measured.motions[next(iter(measured.take.item.prompts))]


def _basic(item: Item, own: Measured, _plain: Measured | None) -> Verdict:
    return PREDICATES[item.kind](_first(own))


def _modified(item: Item, own: Measured, plain: Measured | None) -> Verdict:
    """The kind, and its rate or amount against that of the plain prompt, which must be of the kind too."""
    verdict = _basic(item, own, None)
    if plain is None:
        return verdict
    here, there = _first(own), _first(plain)
    rules = [Rule(PREDICATES[item.kind](there).ok, "the plain prompt is not followed")]
    for said, name, measure in ((item.speed, "rate", rate), (item.strength, "amount", amount)):
        value, usual = measure(here, item.kind), measure(there, item.kind)
        wanted = "above" if said > 0 else "below"
        rules.append(Rule(obeys(said, value, usual), f"{name} {value:.3f} is not {wanted} the plain {usual:.3f}"))
    return Verdict((*verdict.rules, *rules))


def _compositional(item: Item, own: Measured, _plain: Measured | None) -> Verdict:
    first, second = item.pair or (item.kind, item.kind)
    return (in_order if item.kind == "then" else at_once)(_first(own), first, second)


def _part(item: Item, own: Measured, _plain: Measured | None) -> Verdict:
    assert own.part is not None  # items of this class have a mask
    return part_moves(own.part, item.kind)


def _relational(item: Item, own: Measured, _plain: Measured | None) -> Verdict:
    found = [(layer, PREDICATES[kind](own.motions[layer])) for layer, kind in item.layers]
    found += _related(item, own)
    return Verdict(
        tuple(rule._replace(reason=f"{what}: {rule.reason}") for what, verdict in found for rule in verdict.rules)
    )


def _related(item: Item, own: Measured) -> list[tuple[str, Verdict]]:
    """What holds across layers, by the statement's name."""
    return [(name, RELATIONS[name]([own.motions[layer] for layer in layers])) for name, layers in item.relations]


Way = Callable[[Item, Measured, Measured | None], Verdict]
_WAYS: dict[str, Way] = {
    "basic": _basic, "modified": _modified, "compositional": _compositional, "part": _part, "relational": _relational,
}  # fmt: skip


def _numbers(item: Item, own: Measured) -> dict[str, float]:
    """Stillness of what should be still (1/255); of loops, the last step against the largest before; what is kept."""
    found: dict[str, float] = {}
    if own.part is not None:
        found["rest std"] = own.part.body
    if item.kind == "still":
        found["still std"] = max(motion.std for motion in own.motions.values())
    if item.loop:
        found["seam"] = max(float(m.steps[-1] / m.steps[:-1].max(initial=0.5)) for m in own.motions.values())
    if item.relations:
        held = [verdict.ok for _, verdict in _related(item, own)]
        found |= {"relations": len(held), "relations held": sum(held)}
    if own.kept is not None:
        found |= vars(own.kept)
    return found


def share(values: list[bool]) -> float:
    return float(np.mean(values)) if values else float("nan")
