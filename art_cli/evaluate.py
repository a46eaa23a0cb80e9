"""`art evaluate`: how well prompts are followed, measured on exported video; what the autoencoder keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from . import console, options
from .progress import make

if TYPE_CHECKING:
    from engine.evaluation.items import Item

app = typer.Typer(help="Measure how well prompts are followed and artwork is kept.", no_args_is_help=True)

Bench = Annotated[Path | None, typer.Option("--bench", help="Folder of the items. Default: tests/bench of a checkout.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder for results.json, page.html and contact sheets.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Processes that measure. Default: all cores.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Only errors and results.")]


@app.command("bench")
def bench(
    items: Annotated[str, typer.Option("--items", help="Only items whose id matches, such as 'basic-spin*'.")] = "*",
    class_: Annotated[str | None, typer.Option("--class", help="Only these classes, with commas between.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many items, evenly chosen.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Added to every item's seed.")] = 0,
    device: options.Device = "auto",
    weights: options.Weights = "dmdl-s",
    steps: options.Steps = None,
    guidance: options.Guidance = None,
    separate: Annotated[bool, typer.Option("--separate", help="Also with every layer generated alone.")] = False,
    shuffled: Annotated[bool, typer.Option("--shuffled", help="Also with shuffled weights, which must fail.")] = False,
    baseline: Annotated[bool, typer.Option("--baseline", help="Also the preset nearest to the prompt.")] = False,
    exact: Annotated[bool, typer.Option("--exact", help="Also exact presets, where one says the same.")] = False,
    ours: Annotated[bool, typer.Option("--ours/--no-ours", help="The weights themselves.")] = True,
    outputs: Annotated[Path | None, typer.Option("--outputs", help="Judge the files of another program.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Print what there is to animate, and stop.")] = False,
    folder: Bench = None,
    out: Out = None,
    workers: Workers = None,
    quiet: Quiet = False,
    json: options.Json = False,
) -> None:
    """Animate the items of the bench and judge the exported frames; docs/evaluation.md says how."""
    from engine.evaluation.items import bench_folder, read_items
    from engine.evaluation.report import Wanted, evaluate, told_items, write_results

    chosen = read_items(bench_folder(folder), items, options.names(class_) or ())
    chosen = _some(chosen, limit)
    if listing:
        console.put_json(told_items(chosen)) if json else _print_items(chosen)
        return
    flags = {
        "ours": ours and outputs is None, "separate": separate, "shuffled": shuffled, "baseline": baseline,
        "exact": exact,
    }  # fmt: skip
    wanted = Wanted(
        rows=tuple(name for name, asked in flags.items() if asked), weights=weights, device=device, steps=steps,
        guidance=guidance, seed=seed, outputs=outputs, workers=workers,
    )  # fmt: skip
    rows = evaluate(chosen, wanted, make("auto", quiet=quiet))
    results = write_results(rows, out)
    console.put_json(results) if json else _print_rows(results["rows"], out)


def _some(items: list[Item], limit: int | None) -> list[Item]:
    """At most `limit` items, evenly spread."""
    if limit is None or limit >= len(items):
        return items
    return [items[round(i * (len(items) - 1) / max(1, limit - 1))] for i in range(limit)]


@app.command("judge")
def judge(
    count: Annotated[int, typer.Option("--count", min=1, help="Clips of each kind.")] = 12,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Where chance starts.")] = 7,
    split: Annotated[Literal["train", "test"], typer.Option("--split", help="Whose drawings.")] = "test",
    workers: Workers = None,
    json: options.Json = False,
) -> None:
    """Judge clips whose motion is known: what each kind's statement finds, and what it takes for something else."""
    from engine.evaluation.calibration import confusion

    found = confusion(count, seed, split, workers)
    console.put_json(found) if json else _print_confusion(found)


@app.command("autoencoder")
def autoencoder(
    count: Annotated[
        int | None, typer.Option("--count", min=1, help="Clips of each kind, or of each Lottie layer. Default: all.")
    ] = None,
    turns: Annotated[int, typer.Option("--turns", min=-1, help="Of polishing; -1: exact latents, decoder alone.")] = 0,
    lottie: Annotated[Path | None, typer.Option("--lottie", help="Folder of Lottie files to rebuild instead.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="With --lottie: folder of results.json, page.")] = None,
    device: options.Device = "auto",
    weights: options.Weights = "dmdl-s",
    quiet: Quiet = False,
    json: options.Json = False,
) -> None:
    """Rebuild the frozen test set of drawn clips, or Lottie files: PSNR and SSIM of colour and alpha."""
    if lottie is not None:
        from engine.evaluation.rendered import rebuild_lottie
        from engine.evaluation.report import write_rebuilt

        rebuilt = rebuild_lottie(lottie, weights, device, count, turns, make("auto", quiet=quiet))
        told = write_rebuilt(rebuilt, {"weights": weights, "turns": turns}, out)
        console.put_json(told) if json else _print_files(told)
        return
    from engine.evaluation.reconstruction import rebuild

    found = rebuild(weights, device, count, turns)
    console.put_json(found) if json else _print_rebuilt(found)


# --- tables -----------------------------------------------------------------------------------------------------------


def _print_items(items: list[Item]) -> None:
    console.put_table(("id", "artwork", "prompt"), [(item.id, item.artwork.name, item.text) for item in items])


def _print_rows(rows: list[dict[str, Any]], out: Path | None) -> None:
    from engine.evaluation.bench import KEPT

    for key in ("classes", "kinds", "words"):
        names = list(dict.fromkeys(name for row in rows for name in row[key]))
        if names:
            cells = [(name, *(_percent(row[key].get(name)) for row in rows)) for name in names]
            console.put_table((key, *(row["row"] for row in rows)), cells)
            console.put("")
    lines = [("statements across layers", *(_percent(row["relations"]) for row in rows))]
    lines += [("other seeds differ", *(_percent(row["seeds differ"]) for row in rows))]
    for key, name in (("still", "still, 1/255"), ("rest of parts", "rest of parts, 1/255"), ("seam", "seam of loops")):
        lines.append((name, *(_limits(row[key]) for row in rows)))
    lines += [(name, *(_middle(row["kept"][key]) for row in rows)) for key, name in KEPT.items()]
    lines.append(("seconds", *(f"{row['seconds']:g}" for row in rows)))
    console.put_table(("measured", *(row["row"] for row in rows)), lines)
    if out is not None:
        console.put(f"\n{out}: results.json, page.html, contact sheets")


def _percent(found: dict[str, float] | None) -> str:
    return f"{found['share']:.1%} of {found['of']}" if found and found["of"] else "-"


def _middle(found: dict[str, float]) -> str:
    return f"median {found['median']:g}, worst {found['worst']:g}" if found["of"] else "-"


def _limits(found: dict[str, float]) -> str:
    return f"mean {found['mean']:g}, {found['within']:.0%} within {found['limit']:g}" if found["of"] else "-"


def _print_confusion(found: dict[str, Any]) -> None:
    lines = [
        (kind, f"{row['found']} of {row['of']}", ", ".join(f"{name} {n}" for name, n in row["also"].items()) or "-")
        for kind, row in found["kinds"].items()
    ]
    console.put_table(("kind", "found", "taken for"), lines)
    console.put(f"\nfound {found['found']:.1%}, taken for something else {found['wrong']:.2%} of the judgements")


def _print_rebuilt(found: dict[str, Any]) -> None:
    rows = {**found["groups"], **found["kinds"]}
    console.put_table(("kind", "clips", *_LIKE), [(n, str(row["clips"]), *_like(row)) for n, row in rows.items()])


def _print_files(found: dict[str, Any]) -> None:
    rows = found["files"]
    lines = [(name, str(row["layers"]), str(row["clips"]), *_like(row)) for name, row in rows.items()]
    console.put_table(("file", "layers", "clips", *_LIKE), lines)
    for name, row in found["median file"].items():
        if row["files"]:
            console.put(f"median of {row['files']} files, {name} clips: " + " / ".join(_like(row)))


_LIKE = ("colour, dB", "alpha, dB", "colour, SSIM", "alpha, SSIM")


def _like(row: dict[str, float]) -> tuple[str, ...]:
    return f"{row['rgb']:.1f}", f"{row['alpha']:.1f}", f"{row['rgb_ssim']:.3f}", f"{row['alpha_ssim']:.3f}"
