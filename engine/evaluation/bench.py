"""The bench: every item made by a maker (our weights, a baseline, exact motions, files), judged, summed up."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .filmed import Measured, measured_all
from .items import CLASSES, Item
from .judging import SEAM, Judgement, judged, share
from .takes import Fields, Staged, Take, takes_of

Maker = Callable[[list[Take]], Iterator[tuple[Staged, Fields]]]
STILL = 0.5  # 1/255: what should stand still may not deviate more
KEPT = {  # numbers of artwork.Kept, and what tables call them
    "sharpness": "sharpness against the still layer",
    "colour": "colour drift, CIE 1976",
    "alpha": "alpha, mean difference, 1/255",
    "dtssd": "alpha, dtSSD, 1/255",
    "flicker": "flicker of colour, 1/255",
}


@dataclass(frozen=True, eq=False)
class Row:
    """One maker's results."""

    name: str
    judgements: tuple[Judgement, ...]
    seconds: float
    note: str = ""


def run(name: str, items: Sequence[Item], make: Maker, *, seeds: int = 1, workers: int | None = None) -> Row:
    """Make and judge all items. `seeds`: of so many items a kind another seed is made too, to see that it differs."""
    started = time.perf_counter()
    takes = takes_of(list(items), _again(items, seeds))
    measured = {m.take.name: m for m in measured_all(make(takes), workers)}
    return judged_row(name, items, measured, time.perf_counter() - started)


def judged_row(name: str, items: Sequence[Item], measured: dict[str, Measured], seconds: float) -> Row:
    """Judgements of the items whose own clip is there."""
    found = [
        judged(item, measured[item.id], measured.get(f"{item.id}.plain"), measured.get(f"{item.id}.again"))
        for item in items
        if item.id in measured
    ]
    return Row(name, tuple(found), seconds)


def _again(items: Sequence[Item], each: int) -> frozenset[str]:
    """The first `each` items of every basic kind that moves."""
    chosen: dict[str, list[str]] = defaultdict(list)
    for item in items:
        if item.class_ == "basic" and item.kind != "still" and len(chosen[item.kind]) < each:
            chosen[item.kind].append(item.id)
    return frozenset(name for names in chosen.values() for name in names)


# --- sums -------------------------------------------------------------------------------------------------------------


def summary(row: Row) -> dict[str, Any]:
    """Shares of satisfied items by class and by basic kind, seeds, stillness, seams, artwork kept; plain data."""
    by_class = {name: [j.ok for j in row.judgements if j.item.class_ == name] for name in CLASSES}
    kinds: dict[str, list[bool]] = defaultdict(list)
    for judgement in row.judgements:
        if judgement.item.class_ == "basic":
            kinds[judgement.item.kind].append(judgement.ok)
    return {
        "row": row.name, "items": len(row.judgements), "seconds": round(row.seconds, 1),
        "classes": {name: _share(values) for name, values in by_class.items() if values},
        "kinds": {name: _share(values) for name, values in kinds.items()},
        "words": _words(row.judgements),
        "relations": _related(row),
        "seeds differ": _share([j.differs for j in row.judgements if j.differs is not None]),
        "still": _spread(_numbers(row, "still std"), STILL), "rest of parts": _spread(_numbers(row, "rest std"), STILL),
        "seam": _spread(_numbers(row, "seam"), SEAM),
        "kept": {name: _middle(_numbers(row, name), worst=min if name == "sharpness" else max) for name in KEPT},
    }  # fmt: skip


def _share(values: list[bool]) -> dict[str, float]:
    return {"share": round(share(values), 4), "of": len(values)} if values else {"of": 0}


def _words(judgements: Iterable[Judgement]) -> dict[str, dict[str, float]]:
    """Items with a word of speed or strength, by word."""
    found: dict[str, list[bool]] = defaultdict(list)
    for each in judgements:
        item = each.item
        for said, low, high in ((item.speed, "slow", "fast"), (item.strength, "gentle", "strong")):
            if said:
                found[high if said > 0 else low].append(each.ok)
    return {word: _share(values) for word, values in found.items()}


def _related(row: Row) -> dict[str, float]:
    """The share of statements across layers that hold, one by one."""
    asked, held = (sum(_numbers(row, name)) for name in ("relations", "relations held"))
    return {"share": round(held / asked, 4), "of": round(asked)} if asked else {"of": 0}


def _numbers(row: Row, name: str) -> list[float]:
    return [j.numbers[name] for j in row.judgements if name in j.numbers]


def _spread(values: list[float], limit: float) -> dict[str, float]:
    if not values:
        return {"of": 0}
    array = np.array(values)
    return {
        "mean": round(float(array.mean()), 3), "largest": round(float(array.max()), 3), "limit": limit,
        "within": round(float((array <= limit).mean()), 4), "of": len(values),
    }  # fmt: skip


def _middle(values: list[float], worst: Callable[[list[float]], float]) -> dict[str, float]:
    if not values:
        return {"of": 0}
    return {"median": round(float(np.median(values)), 3), "worst": round(worst(values), 3), "of": len(values)}


def details(row: Row) -> list[dict[str, Any]]:
    """Every item of a row, those that failed first; plain data."""
    ordered = sorted(row.judgements, key=lambda j: (j.ok, j.item.id))
    return [
        {
            "id": j.item.id, "class": j.item.class_, "kind": j.item.kind, "artwork": j.item.artwork.name,
            "prompt": j.item.text, "loop": j.item.loop, "seed": j.item.seed, "ok": j.ok, "reasons": list(j.reasons),
            "numbers": {name: round(value, 3) for name, value in j.numbers.items()}, "differs": j.differs,
        }
        for j in ordered
    ]  # fmt: skip
