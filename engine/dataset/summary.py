"""What is in a dataset, as data for `art dataset info`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..errors import ArtError
from .shards import Index, read_index, read_layouts, verify_shard
from .tdl import Source


@dataclass(frozen=True)
class Spread:
    """Smallest, mean and largest of some numbers."""

    least: float
    mean: float
    most: float


@dataclass(frozen=True)
class SourceSummary:
    """One source and how much of the dataset it gave."""

    source: Source
    samples: int
    layers: int
    seconds: float


@dataclass(frozen=True)
class Summary:
    """Counts, sizes, durations, kinds and sources of a dataset."""

    status: str
    samples: int
    layers: int
    frames: int
    bytes: int
    shards: int
    canvas: Spread  # px, the longer side
    region: Spread  # px, the longer side of layers' regions
    layers_each: Spread
    frames_each: Spread
    seconds_each: Spread
    rates: dict[str, int]  # frames a second -> samples
    loops: int
    prompted: int  # layers with a prompt
    kinds: dict[str, int]  # of motion, where drawn data says so -> layers
    blends: dict[str, int]  # layers
    sources: tuple[SourceSummary, ...]


def summarise(folder: Path) -> Summary:
    """Read every layout of a dataset, no pixels. Raises what `shards.read` raises."""
    index = read_index(folder)
    layouts = list(read_layouts(folder))
    layers = [layer for layout in layouts for layer in layout["layers"]]
    return Summary(
        status=index.status,
        samples=len(layouts),
        layers=len(layers),
        frames=sum(layout["frames"] for layout in layouts),
        bytes=sum(shard.bytes for shard in index.shards),
        shards=len(index.shards),
        canvas=_spread(max(layout["canvas"]) for layout in layouts),
        region=_spread(_longer(layer["region"]) for layer in layers),
        layers_each=_spread(len(layout["layers"]) for layout in layouts),
        frames_each=_spread(layout["frames"] for layout in layouts),
        seconds_each=_spread(_seconds(layout) for layout in layouts),
        rates=_counts(layout["fps"] for layout in layouts),
        loops=sum(layout["loop"] for layout in layouts),
        prompted=sum(bool(layer["prompt"]) for layer in layers),
        kinds=_counts(kind for layer in layers for kind in _kinds(layer["truth"])),
        blends=_counts(layer["blend"] for layer in layers),
        sources=tuple(_of_source(source, layouts) for source in index.sources),
    )


def summary_data(summary: Summary) -> dict[str, Any]:
    """The summary as JSON data; each source with its own keys and its counts in one mapping."""
    sources = [
        asdict(each.source) | {"samples": each.samples, "layers": each.layers, "seconds": each.seconds}
        for each in summary.sources
    ]
    return asdict(summary) | {"sources": sources}


def problems(folder: Path, index: Index) -> list[ArtError]:
    """What is wrong with the shards: missing, of another size, of another checksum."""
    found = []
    for shard in index.shards:
        try:
            verify_shard(folder, shard)
        except ArtError as error:
            found.append(error)
    return found


def _of_source(source: Source, layouts: Iterable[Mapping[str, Any]]) -> SourceSummary:
    own = [layout for layout in layouts if layout["source"] == source.name]
    layers = sum(len(layout["layers"]) for layout in own)
    return SourceSummary(source, len(own), layers, round(sum(_seconds(layout) for layout in own), 3))


def _kinds(truth: Mapping[str, Any] | None) -> list[str]:
    """The motions of a layer, each once: those of its wish, where drawn data has one."""
    wish = (truth or {}).get("wish")
    actions = wish.get("actions", ()) if isinstance(wish, dict) else ()
    named = [_named(action) for action in actions if isinstance(action, dict) and "kind" in action]
    return list(dict.fromkeys(named))


def _named(action: Mapping[str, Any]) -> str:
    return f"part {action['kind']}" if action.get("part") else str(action["kind"])


def _longer(region: tuple[int, int, int, int]) -> int:
    return max(region[2] - region[0], region[3] - region[1])


def _seconds(layout: Mapping[str, Any]) -> float:
    return float(layout["frames"] / Fraction(layout["fps"]))


def _spread(values: Iterable[float]) -> Spread:
    found = [float(value) for value in values] or [0.0]
    return Spread(round(min(found), 3), round(sum(found) / len(found), 3), round(max(found), 3))


def _counts(values: Iterable[str]) -> dict[str, int]:
    """Most frequent first."""
    return dict(Counter(values).most_common())
