"""The rows of the bench that are asked for; results as data and on disk."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import CannotWrite, UsageError, Where
from ..pictures import choose_device
from ..progress import Progress
from .bench import Row, details, judged_row, run, summary
from .filmed import measured_folder
from .items import FPS, SECONDS, Item
from .page import contact_sheets, page, rebuilt_page
from .rendered import Score, summed
from .takes import Sampled, takes_of, with_seed


@dataclass(frozen=True)
class Wanted:
    """What to make and how. rows: see `_row`; outputs: files of another program."""

    rows: tuple[str, ...] = ("ours",)
    weights: str = "dmdl-s"
    device: str = "auto"
    steps: int | None = None
    guidance: float | None = None
    seed: int = 0
    outputs: Path | None = None
    workers: int | None = None


def evaluate(items: list[Item], wanted: Wanted, progress: Progress) -> list[Row]:
    """All rows. Raises UsageError for none, and what weights, devices and files raise."""
    if not wanted.rows and wanted.outputs is None:
        raise UsageError("nothing is asked for", hint="--no-ours needs another row or --outputs")
    items = [with_seed(item, wanted.seed) for item in items]
    rows = [] if wanted.outputs is None else [_foreign(items, wanted.outputs, wanted.workers)]
    for name in wanted.rows:
        rows.append(_row(name, items, wanted, progress))
        progress.say(f"{name}: {len(rows[-1].judgements)} items in {rows[-1].seconds:.0f} s")
    return rows


def _row(name: str, items: list[Item], wanted: Wanted, progress: Progress) -> Row:
    """Of "ours", "separate" (every layer generated alone), "shuffled", "baseline" and "exact"."""
    from .makers import by_exact, by_nearest_preset, by_networks

    if name == "exact":
        return run(name, items, by_exact, workers=wanted.workers)
    if name == "baseline":
        return run(name, items, by_nearest_preset(), workers=wanted.workers)
    device, how = choose_device(wanted.device), Sampled(wanted.steps, wanted.guidance, name == "separate")
    make = by_networks(wanted.weights, device, how, progress, broken=name == "shuffled")
    return run(name, items, make, workers=wanted.workers)


def _foreign(items: list[Item], folder: Path, workers: int | None) -> Row:
    """Files of another program; each item's own clip and, of modified items, the plain one."""
    started = time.perf_counter()
    measured = {m.take.name: m for m in measured_folder(takes_of(items), folder, workers)}
    return judged_row(folder.name, items, measured, time.perf_counter() - started)


def told_items(items: list[Item]) -> dict[str, Any]:
    """What another program has to make, as data."""
    return {"fps": FPS, "seconds": SECONDS, "takes": [_told(take) for take in takes_of(items)]}


def _told(take: Any) -> dict[str, Any]:
    item = take.item
    return {
        "name": take.name, "artwork": str(item.artwork), "prompts": dict(take.prompts), "scene": item.scene,
        "loop": item.loop, "region": item.region, "seed": take.seed,
    }  # fmt: skip


def write_results(rows: list[Row], out: Path | None) -> dict[str, Any]:
    """Summaries of all rows and every item of them; with `out` also on disk. Raises CannotWrite."""
    results = {"rows": [summary(row) for row in rows], "items": {row.name: details(row) for row in rows}}
    if out is not None:
        _write(out, results, page(rows))
        for row in rows:
            contact_sheets(row, out)
    return results


def write_rebuilt(found: Mapping[str, Sequence[Score]], facts: dict[str, Any], out: Path | None) -> dict[str, Any]:
    """The figures of Lottie files beside what else is to be told; with `out` also on disk. Raises CannotWrite."""
    results = facts | summed(found)
    if out is not None:
        _write(out, results, rebuilt_page(results, found))
    return results


def _write(out: Path, results: dict[str, Any], told: str) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
        (out / "page.html").write_text(told, "utf-8")
    except OSError as error:
        raise CannotWrite(f"the results cannot be written: {error}", where=Where(out)) from error
