"""`art dataset`: sets of transparent dynamic layers (TDL), made and looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.errors import CheckFailed, UsageError

from . import console, options
from .progress import make

if TYPE_CHECKING:
    from fractions import Fraction

    from engine.dataset.tdl import Sample
    from engine.progress import Progress

app = typer.Typer(help="Datasets of transparent dynamic layers (TDL).", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="A folder that holds a dataset.")]
Output = Annotated[Path, typer.Option("-o", "--output", help="Folder of the new dataset.")]
Force = Annotated[bool, typer.Option("--force", help="Replace the dataset that is there.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")]
Fps = Annotated[str, typer.Option("--fps", help="Frames a second; the nearest frame is taken.")]
Licence = Annotated[str, typer.Option("--licence", help="Licence of the files, SPDX where there is one.")]
Provenance = Annotated[str, typer.Option("--provenance", help="Where the files come from, in words.")]


_SHEET_SAMPLES, _SHEET_COLUMNS = 60, 4
_SPREADS = {
    "canvas": "canvas, px", "region": "region, px", "layers_each": "layers", "frames_each": "frames",
    "seconds_each": "seconds",
}  # fmt: skip
_SOURCE_KEYS = ("name", "kind", "use", "samples", "layers", "seconds", "licence", "provenance")


@app.command("synth")
def synth(
    out: Annotated[Path, typer.Argument(help="Folder of the new dataset.")],
    count: Annotated[int, typer.Option("--count", min=1, help="Samples.")] = 60,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Where chance starts.")] = 0,
    size: Annotated[int, typer.Option("--size", min=16, max=1024, help="Long side in px, a multiple of 16.")] = 128,
    frames: Annotated[int, typer.Option("--frames", min=1, max=1025, help="Frames, 4k + 1.")] = 49,
    layers: Annotated[str, typer.Option("--layers", help="Layers of a sample: 3 or 1..6.")] = "1..6",
    split: Annotated[Literal["train", "test"], typer.Option("--split", help="Which words and objects.")] = "train",
    device: options.Device = "auto",
    force: Force = False,
    quiet: Quiet = False,
    json: options.Json = False,
) -> None:
    """Draw samples with their prompts and their exact motion."""
    lowest, highest = _span(layers)
    if size % 16 or frames % 4 != 1:
        raise UsageError("--size is a multiple of 16 and --frames is 4k + 1", hint="for instance 128 and 49")
    from engine.dataset.drawn import samples

    made = samples(count, seed, split, device, size=size, frames=frames, layers=(lowest, highest))
    _write(out, made, count, force=force, json=json, progress=make("auto", quiet=quiet))


@app.command("from-lottie")
def from_lottie(
    files: Annotated[list[Path], typer.Argument(help="Lottie animations (.json).")],
    output: Output,
    fps: Fps = "16",
    size: Annotated[int, typer.Option("--size", min=16, max=4096, help="Long side of the canvas in px.")] = 256,
    licence: Licence = "not stated",
    provenance: Provenance = "",
    force: Force = False,
    quiet: Quiet = False,
    json: options.Json = False,
) -> None:
    """Draw every visible top-level layer of each file alone; for evaluation, without prompts."""
    from engine.dataset.from_lottie import Origin, samples

    progress = make("auto", quiet=quiet)
    made = samples(files, fps=_fps(fps), side=size, origin=Origin(licence, provenance), progress=progress)
    _write(output, made, len(files), force=force, json=json, progress=progress)


@app.command("from-renders")
def from_renders(
    folders: Annotated[list[Path], typer.Argument(help="Folders that `art animate` wrote.")],
    output: Output,
    fps: Fps = "16",
    size: Annotated[int, typer.Option("--size", min=16, max=4096, help="Largest long side of the canvas in px.")] = 256,
    licence: Licence = "not stated",
    provenance: Provenance = "",
    force: Force = False,
    quiet: Quiet = False,
    json: options.Json = False,
) -> None:
    """Read the layer files of output folders back, with the prompts of the layouts that were used."""
    from engine.dataset.from_renders import samples

    progress = make("auto", quiet=quiet)
    made = samples(folders, fps=_fps(fps), side=size, licence=licence, provenance=provenance, progress=progress)
    _write(output, made, len(folders), force=force, json=json, progress=progress)


@app.command("info")
def info(
    folder: Folder,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compare every shard's checksum; 74 on a difference.")
    ] = False,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Also draw the first samples on a page (PNG or WebP).")
    ] = None,
    json: options.Json = False,
) -> None:
    """Counts, sizes, durations, kinds of motion, and the provenance and licence of every source."""
    from engine.dataset.shards import read_index
    from engine.dataset.summary import problems, summarise, summary_data

    found = problems(folder, read_index(folder)) if verify else ()
    if found:
        raise found[0] if len(found) == 1 else CheckFailed(f"{len(found)} shards differ", problems=tuple(found))
    summary = summary_data(summarise(folder))
    if sheet is not None:
        _sheet(folder, sheet)
    if json:
        console.put_json(summary | {"verified": verify})
        return
    _print(summary)
    if verify:
        console.put("every shard is as it was written")


def _span(text: str) -> tuple[int, int]:
    """`3` or `1..6`, both ends included. Raises UsageError."""
    match = re.fullmatch(r"(\d{1,3})(?:(?:\.\.|-)(\d{1,3}))?", text.strip())
    low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= low <= high:
        raise UsageError(f"--layers {text!r} is not a number of layers", hint="write 3 or 1..6")
    return low, high


def _fps(text: str) -> Fraction:
    from engine.timing import parse_fps

    try:
        return parse_fps(text)
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(
            f"--fps {text!r} is not a frame rate between 0 and 240", hint="write 16 or 30000/1001"
        ) from error


def _write(out: Path, samples: Iterable[Sample], count: int, *, force: bool, json: bool, progress: Progress) -> None:
    """Write the dataset and say what is in it."""
    from engine.dataset.shards import write

    progress.begin({"samples": count})
    try:
        index = write(out, samples, force=force, progress=progress)
    finally:
        progress.end()
    if json:
        counts = {"samples": index.samples, "layers": index.layers, "frames": index.frames}
        console.put_json({"out": str(out), **counts, "shards": len(index.shards)})
    else:
        console.put(f"{out}: {index.samples} samples, {index.layers} layers, {index.frames} frames")


def _sheet(folder: Path, path: Path) -> None:
    from engine.dataset.shards import read
    from engine.dataset.sheet import contact_sheet

    contact_sheet(list(islice(read(folder), _SHEET_SAMPLES)), _SHEET_COLUMNS, path)


def _print(summary: dict[str, Any]) -> None:
    counts = f"{summary['samples']} samples, {summary['layers']} layers, {summary['frames']} frames"
    console.put(f"{counts} in {summary['shards']} shards, {summary['bytes'] / 2**20:.1f} MiB, {summary['status']}")
    console.put_table(("", "least", "mean", "most"), [_spread(name, summary[key]) for key, name in _SPREADS.items()])
    loops, prompted = summary["loops"], summary["prompted"]
    console.put(
        f"\n{loops} of {summary['samples']} samples loop, {prompted} of {summary['layers']} layers have a prompt"
    )
    for key in ("rates", "blends", "kinds"):
        if summary[key]:
            console.put(f"{key}: " + ", ".join(f"{name} {count}" for name, count in summary[key].items()))
    console.put("")
    titles = ("source", "kind", "use", "samples", "layers", "seconds", "licence", "provenance")
    console.put_table(titles, [tuple(str(source[title]) for title in _SOURCE_KEYS) for source in summary["sources"]])


def _spread(name: str, spread: dict[str, float]) -> tuple[str, ...]:
    return name, *(f"{spread[key]:g}" for key in ("least", "mean", "most"))
