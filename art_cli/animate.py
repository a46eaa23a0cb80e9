"""`art animate`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from . import console, options, watching
from .progress import Style, make

if TYPE_CHECKING:
    from engine.manifest import Manifest
    from engine.plan import Job, Plan


def animate(
    design: options.Design,
    layout: Annotated[
        Path | None,
        typer.Option(
            "--layout", "-l", help="motion.yaml or .json. Default: tags in the layers' names, else calm motion."
        ),
    ] = None,
    style: options.MotionStyle = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the results. Default: DESIGN's name + '-motion'.")
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "--format", help="Files per layer, comma separated (`art presets list`), or none. Default: prores4444,webm."
        ),
    ] = None,
    composite: Annotated[
        str | None,
        typer.Option("--composite", help="Files of the whole picture, comma separated, or none. Default: mp4."),
    ] = None,
    handoff: Annotated[
        str | None,
        typer.Option("--handoff", help="Files for other programs (`art presets list`), comma separated, or none."),
    ] = None,
    fps: Annotated[str | None, typer.Option("--fps", help="Frames per second: 30, 29.97, 24000/1001.")] = None,
    duration: Annotated[str | None, typer.Option("--duration", help="Length: 3s, 2500ms, 90f.")] = None,
    size: Annotated[
        str | None,
        typer.Option(
            "--size", help="1920x1080, a long side in pixels, 50%, or original. Default: the design's, at most 3840."
        ),
    ] = None,
    frames: Annotated[
        str | None, typer.Option("--frames", help="Only frames 0-47 (inclusive); image sequences only.")
    ] = None,
    still: Annotated[
        list[str] | None,
        typer.Option("--still", help="PNGs of these moments (1.2s, 36f; comma separated), and no movie unless asked."),
    ] = None,
    sheet: Annotated[
        bool, typer.Option("--sheet", help="Also a contact sheet: sheet.png, the composite and every moving layer.")
    ] = False,
    proxies: Annotated[
        bool, typer.Option("--proxies/--no-proxies", help="Small movies of all layers, for `art preview`.")
    ] = True,
    layers: Annotated[
        str | None, typer.Option("--layers", help="Files only for layers whose path matches this glob.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of everything random. Default: 0.")] = None,
    crop: Annotated[
        Literal["canvas", "region"], typer.Option("--crop", help="Layer files of the whole canvas, or trimmed.")
    ] = "canvas",
    alpha: Annotated[
        Literal["straight", "premultiplied"],
        typer.Option("--alpha", help="How colour and alpha relate in layer files."),
    ] = "straight",
    quality: Annotated[
        Literal["draft", "standard", "high"] | None,
        typer.Option(
            "--quality", help="Speed against fidelity of the files. Default: standard; while watching, draft."
        ),
    ] = None,
    device: options.Device = "auto",
    steps: options.Steps = None,
    guidance: options.Guidance = None,
    precision: options.Precision = "auto",
    weights: options.Weights = "dmdl-s",
    artboard: options.Artboard = None,
    order: options.Order = None,
    plan: Annotated[bool, typer.Option("--plan", help="Print what would be done, and stop.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Make anew what has changed whenever the design or the layout is saved.")
    ] = False,
    serve: Annotated[bool, typer.Option("--serve", help="With --watch: show it in the browser meanwhile.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep finished files of the same job, make the rest.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace what an earlier run left in the folder.")] = False,
    progress: Annotated[Style, typer.Option("--progress", help="How progress is shown.")] = "auto",
    json: options.Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors.")] = False,
) -> None:
    """Give every layer of DESIGN its motion: an alpha video per layer, a composite and a manifest.

    \b
    art animate poster.psd
    art animate poster.psd --layout motion.yaml --output out --format prores4444
    art animate poster.psd --plan
    """
    from engine.errors import UsageError
    from engine.pipeline import Request, plan_only, run_item

    if json and progress in ("openjd", "alf"):
        raise UsageError(
            f"--progress {progress} and --json both write to stdout", hint="use --progress json, which writes to stderr"
        )
    watching.check(watch=watch, serve=serve, plan=plan, proxies=proxies, progress=progress)
    request = Request(
        design=design, layout=layout, style=style, out=output or design.with_name(f"{design.stem}-motion"),
        formats=options.names(format), composites=options.names(composite), handoffs=options.names(handoff),
        fps=fps, duration=duration, size=size,
        frames=options.frame_range(frames), stills=options.words(still), sheet=sheet, proxies=proxies,
        layers=layers, seed=seed, crop=crop, alpha=alpha,
        quality=quality or ("draft" if watch else "standard"),
        device=device, steps=steps, guidance=guidance, precision=precision, weights=weights, artboard=artboard,
        order=order, resume=resume, force=force,
    )  # fmt: skip
    if watch:
        watching.run(request, progress, serve=serve, json=json, quiet=quiet)
        return
    if plan:
        planned = plan_only(request)
        if json:
            console.put_json(planned.model_dump(mode="json"))
        else:
            _print_plan(planned, request.out)
        return
    watcher = make(progress, quiet=quiet)
    manifest = run_item(request, watcher)
    if json:
        console.put_json({"out": str(request.out), "manifest": manifest.model_dump(mode="json", by_alias=True)})
    elif not quiet:
        _print_result(request.out, manifest)


def _print_plan(plan: Plan, out: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    width, height = plan.size
    loop = ", loops" if plan.loop else ""
    console.put(
        f"{plan.source}: {width} x {height} px, {float(plan.seconds):g} s at {float(plan.fps):g} fps "
        f"= {plan.frames} frames{loop}, seed {plan.seed}"
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("layer (front to back)", "moved by", "what", "region x y w h", "frames", "files", "memory"):
        table.add_column(title)
    for job in reversed(plan.jobs):
        table.add_row(*(Text(console.clean(cell)) for cell in _plan_row(job)))
    console.rich_console().print(table)
    composites = ", ".join(output.path for output in plan.composites) or "none"
    for still in (each for each in plan.snapshots if not each.layer):
        layers = sum(each.frame == still.frame for each in plan.snapshots) - 1
        console.put(f"still: {still.path} and {layers} layers beside it")
    if plan.sheets:
        pages = [sheet.path for sheet in plan.sheets if not sheet.layer]
        parts = [sheet.path for sheet in plan.sheets if sheet.layer]
        console.put(f"contact sheet: {', '.join(pages)}" + (f"   parts: {', '.join(parts)}" if parts else ""))
    if plan.proxies:
        console.put(f"proxies for art preview: {plan.proxies[0].path}/")
    if plan.handoffs:
        console.put(f"hand-off: {', '.join(output.path for output in plan.handoffs)}")
    console.put(f"composite: {composites}   into {out}/   about {_size(plan.memory)} of memory for pictures")
    for remark in plan.remarks:
        console.put(remark)


def _plan_row(job: Job) -> tuple[str, ...]:
    box = job.region
    files = ", ".join(output.preset for output in job.outputs) or "-"
    region = f"{box.x0} {box.y0} {box.width} {box.height}" + (" (given)" if job.region_given else "")
    frames = f"{job.frames[0]}-{job.frames[1] - 1}"
    return job.path, job.backend, job.what or "-", region, frames, files, _size(job.memory)


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.0f} MiB"


def _print_result(out: Path, manifest: Manifest) -> None:
    for entry in manifest.files:
        console.put(
            f"{_size(entry.bytes) if entry.bytes >= 2**20 else f'{entry.bytes / 1024:.0f} KiB':>9}  {entry.path}"
        )
    console.put(f"{len(manifest.files)} files in {out}/, described by {out}/manifest.json")
