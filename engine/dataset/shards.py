"""A TDL dataset on disk: tar shards as WebDataset reads them, and `dataset.json`, which says what they hold.

Shards are whole or not there; `dataset.json` is renewed after each, so an interrupted run leaves a dataset that reads.
Bytes depend on the samples alone: no dates, no owners.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import ArtError, BadInput, CannotWrite, CheckFailed, MissingInput, Where
from ..files import atomic, sha256, sweep_leftovers
from ..geometry import Box
from ..progress import Progress, Silent
from .media import movie_pixels, png_of, png_pixels, write_movie
from .tdl import SCHEMA, LayerSample, Sample, Source, check, layout_bytes, parse_layout

NAME = "dataset.json"
SHARD_BYTES = 128 * 2**20  # a shard ends with the sample that takes it past this


@dataclass(frozen=True)
class Shard:
    """One tar file."""

    name: str
    samples: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Index:
    """The whole of `dataset.json`."""

    status: str = "unfinished"  # or "finished"
    tool: str = f"art {__version__}"
    samples: int = 0
    layers: int = 0
    frames: int = 0  # of all samples together
    sources: tuple[Source, ...] = ()
    shards: tuple[Shard, ...] = ()

    def source(self, name: str) -> Source:
        return next((source for source in self.sources if source.name == name), Source(name))


# --- writing ----------------------------------------------------------------------------------------------------------


def write(
    folder: Path,
    samples: Iterable[Sample],
    *,
    force: bool = False,
    progress: Progress | None = None,
    shard_bytes: int = SHARD_BYTES,
) -> Index:
    """Write a dataset. `force` replaces the one that is there, once the first new sample is ready, and nothing else.

    Raises CannotWrite for a dataset that is there and for every fault of the disk, BadInput for samples that cannot be
    stored and for none at all. Whatever ends it early leaves the shards that are whole.
    """
    old = _occupants(folder)
    if old and not force:
        raise CannotWrite(f"{old[0].name} is already there", hint="--force replaces the dataset", where=Where(folder))
    progress, stream = progress or Silent(), iter(samples)
    waiting = next(stream, None)
    if waiting is None:
        raise BadInput("there are no samples to write", hint="a dataset holds at least one", where=Where(folder))
    check(waiting)
    _make_room(folder, old)
    ledger = _Ledger()
    while waiting is not None:
        waiting = _write_shard(folder, ledger, waiting, stream, shard_bytes, progress)
        _write_index(folder, ledger.index)
    finished = replace(ledger.index, status="finished")
    _write_index(folder, finished)
    return finished


class _Ledger:
    """Counts what is in whole shards, and refuses keys and sources that clash."""

    def __init__(self) -> None:
        self.index = Index()
        self._keys: set[str] = set()
        self._sources: dict[str, Source] = {}
        self._layers = self._frames = 0

    def enter(self, sample: Sample) -> None:
        check(sample)
        if sample.key in self._keys:
            raise BadInput(f"two samples have the key {sample.key!r}", hint="every sample needs its own")
        if self._sources.setdefault(sample.source.name, sample.source) != sample.source:
            raise BadInput(f"two sources have the name {sample.source.name!r}", hint="every source needs its own")
        self._keys.add(sample.key)
        self._layers += len(sample.layers)
        self._frames += sample.frames

    def close(self, path: Path) -> None:
        """A shard is whole: everything entered so far is in the dataset."""
        samples = len(self._keys) - self.index.samples
        shard = Shard(path.name, samples, path.stat().st_size, sha256(path))
        self.index = replace(
            self.index, samples=len(self._keys), layers=self._layers, frames=self._frames,
            sources=tuple(self._sources.values()), shards=(*self.index.shards, shard),
        )  # fmt: skip


def _write_shard(
    folder: Path, ledger: _Ledger, first: Sample, rest: Iterator[Sample], limit: int, progress: Progress
) -> Sample | None:
    """Fill one shard from `first` on; gives the sample that the next one begins with."""
    path = folder / f"tdl-{len(ledger.index.shards):06d}.tar"
    waiting: Sample | None = first
    with atomic(path) as temporary, tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as tar:
        while waiting is not None and tar.offset < limit:
            ledger.enter(waiting)
            for name, data in _members(waiting, temporary.with_suffix(".mkv")):
                tar.addfile(_header(name, len(data)), io.BytesIO(data))
            progress.advance("samples")
            waiting = next(rest, None)
    ledger.close(path)
    return waiting


def _members(sample: Sample, scratch: Path) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of a sample's files, the layout first; `scratch` is a file to write films into."""
    yield f"{sample.key}.layout.json", layout_bytes(sample)
    for index, layer in enumerate(sample.layers):
        yield f"{sample.key}.{index}.static.png", png_of(layer.static)
        yield f"{sample.key}.{index}.mkv", _movie(layer, sample.fps, scratch)


def _movie(layer: LayerSample, fps: Fraction, scratch: Path) -> bytes:
    try:
        write_movie(layer.frames, fps, scratch)
        return scratch.read_bytes()
    finally:
        scratch.unlink(missing_ok=True)


def _header(name: str, size: int) -> tarfile.TarInfo:
    """Dates, owners and modes are TarInfo's constants: time 0, user 0, 0644."""
    header = tarfile.TarInfo(name)
    header.size = size
    return header


def _occupants(folder: Path) -> list[Path]:
    """What a dataset before left there."""
    return [path for path in (folder / NAME, *sorted(folder.glob("tdl-[0-9]*.tar"))) if path.exists()]


def _make_room(folder: Path, old: Iterable[Path]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in old:
            path.unlink()
    except OSError as error:
        hint = "choose another folder, or one of yours"
        raise CannotWrite(f"cannot be written: {error.strerror}", hint=hint, where=Where(folder)) from error
    sweep_leftovers(folder)


def _write_index(folder: Path, index: Index) -> None:
    data = {"format": "tdl", "schema": SCHEMA, **asdict(index)}
    with atomic(folder / NAME) as temporary:
        temporary.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8")


# --- reading ----------------------------------------------------------------------------------------------------------


def read_index(folder: Path) -> Index:
    """What a dataset says it holds. Raises MissingInput where there is none, BadInput for one that cannot be used."""
    path = folder / NAME
    try:
        data = json.loads(path.read_text("utf-8"))
        if data["format"] != "tdl":
            raise ValueError(f"its format is {data['format']!r}, not 'tdl'")
        if data["schema"] != SCHEMA:
            hint = "make it anew, or use the version of art that wrote it"
            raise BadInput(f"schema {data['schema']!r}; this version reads {SCHEMA}", hint=hint, where=Where(path))
        sources = tuple(_made(Source, source) for source in data["sources"])
        shards = tuple(_made(Shard, shard) for shard in data["shards"])
        index: Index = _made(Index, data | {"sources": sources, "shards": shards})
        return index
    except OSError as error:
        hint = "`art dataset synth`, `from-lottie` and `from-renders` make datasets"
        raise MissingInput(f"this is not a dataset: no readable {NAME}", hint=hint, where=Where(folder)) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput(f"this is not a TDL dataset: {error}", hint="make it anew", where=Where(path)) from error


def _made(kind: type[Any], data: Mapping[str, Any]) -> Any:
    """A flat dataclass from JSON; keys that it does not know are left out."""
    return kind(**{each.name: data[each.name] for each in fields(kind) if each.name in data})


def read(folder: Path, *, verify: bool = False) -> Iterator[Sample]:
    """Every sample, streamed in order; `verify` compares each shard's checksum before it is opened.

    Raises what `read_index` and `verify_shard` raise, and BadInput that names shard and key for anything torn.
    """
    index = read_index(folder)
    for shard, layout, members in _entries(folder, index, verify, with_pixels=True):
        yield _sample(folder / shard.name, index, layout, members)


def read_layouts(folder: Path, *, verify: bool = False) -> Iterator[dict[str, Any]]:
    """The `layout.json` of every sample with its "key", without decoding a pixel. Raises as `read`."""
    for _, layout, _ in _entries(folder, read_index(folder), verify, with_pixels=False):
        yield layout


def verify_shard(folder: Path, shard: Shard, *, checksum: bool = True) -> None:
    """Raises MissingInput, BadInput for another size, CheckFailed for another checksum."""
    path = folder / shard.name
    if Path(shard.name).name != shard.name:
        raise BadInput(f"{shard.name!r} is not the name of a shard", where=Where(folder / NAME))
    if not path.is_file():
        raise MissingInput("a shard is missing", hint="copy it again, or make the dataset anew", where=Where(path))
    if path.stat().st_size != shard.bytes:
        said = f"the shard is torn: {path.stat().st_size} bytes instead of {shard.bytes}"
        raise BadInput(said, hint="copy it again, or make the dataset anew", where=Where(path))
    if checksum and sha256(path) != shard.sha256:
        raise CheckFailed("the shard's content has changed (sha256 differs)", hint="copy it again", where=Where(path))


def _entries(
    folder: Path, index: Index, verify: bool, *, with_pixels: bool
) -> Iterator[tuple[Shard, dict[str, Any], dict[str, bytes]]]:
    """(shard, layout with its key, bytes of the other members by name without the key) of every sample."""
    for shard in index.shards:
        verify_shard(folder, shard, checksum=verify)
        path, count = folder / shard.name, 0
        for key, members in _groups(path, with_pixels):
            yield shard, _layout(path, key, members), members
            count += 1
        if count != shard.samples:
            raise _torn(path, "", f"{count} samples instead of {shard.samples}")


def _groups(path: Path, with_pixels: bool) -> Iterator[tuple[str, dict[str, bytes]]]:
    """(key, members) of a shard's samples; without pixels the bytes of pictures and films are left empty."""
    key = ""
    try:
        with tarfile.open(path, "r:") as tar:
            for key, group in groupby(tar, lambda member: member.name.partition(".")[0]):
                members = {}
                for member in group:
                    wanted = with_pixels or member.name.endswith(".json")
                    file = tar.extractfile(member) if wanted else None
                    members[member.name.partition(".")[2]] = file.read() if file else b""
                yield key, members
    except (tarfile.TarError, OSError, EOFError) as error:
        raise _torn(path, key, f"the shard cannot be read: {error}") from error


def _layout(path: Path, key: str, members: Mapping[str, bytes]) -> dict[str, Any]:
    """The sample's layout, once every file that it needs is there."""
    if "layout.json" not in members:
        raise _torn(path, key, "layout.json is missing")
    try:
        layout = parse_layout(members["layout.json"])
    except ValueError as error:
        raise _torn(path, key, f"layout.json {error}") from error
    for index in range(len(layout["layers"])):
        for name in (f"{index}.static.png", f"{index}.mkv"):
            if name not in members:
                raise _torn(path, key, f"{name} is missing")
    return layout | {"key": key}


def _sample(path: Path, index: Index, layout: Mapping[str, Any], members: Mapping[str, bytes]) -> Sample:
    layers = tuple(_layer(path, layout, number, members) for number in range(len(layout["layers"])))
    return Sample(
        key=layout["key"], canvas=(layout["canvas"][0], layout["canvas"][1]), fps=Fraction(layout["fps"]),
        layers=layers, global_prompt=layout["global_prompt"], loop=layout["loop"],
        source=index.source(layout["source"]),
    )  # fmt: skip


def _layer(path: Path, layout: Mapping[str, Any], number: int, members: Mapping[str, bytes]) -> LayerSample:
    facts, name = layout["layers"][number], f"{number}.static.png"
    try:
        size = facts["size"][0], facts["size"][1]
        static = png_pixels(members[name], size)
        name = f"{number}.mkv"
        frames = movie_pixels(members[name], size, layout["frames"])
    except ValueError as error:
        raise _torn(path, layout["key"], f"{name} {error}") from error
    return LayerSample(
        name=facts["name"], prompt=facts["prompt"], static=static, frames=frames, region=Box(*facts["region"]),
        blend=facts["blend"], opacity=facts["opacity"], truth=facts["truth"],
    )  # fmt: skip


def _torn(path: Path, key: str, what: str) -> ArtError:
    said = f"sample {key!r}: {what}" if key else what
    return BadInput(said, hint="`art dataset info --verify` checks every shard; copy it again", where=Where(path))
