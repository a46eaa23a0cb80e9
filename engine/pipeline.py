"""The whole way: read document -> read layout -> plan -> animate -> composite -> export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .backends import BACKENDS, Backend, Scene, backend_infos
from .backends.dmdl_files import DEFAULT
from .backends.dmdl_report import generated_jobs, outlined, weights_entries, weights_recipe
from .cache import Cache, key_of
from .document import Document
from .errors import ArtError, UsageError
from .export import find_export
from .exporting import export_all
from .folder_lock import locked
from .handoff import check_handoffs, find_handoff
from .layout import Layout
from .layout.dump import MODELINE, dump_layout
from .layout.flags import with_flags
from .layout.read import load_layout
from .layout.values import read_fps, read_time
from .manifest import SUMS, Manifest, intact, read_manifest
from .motion_algebra import over_motion, reach
from .motion_field import MotionField
from .output import adopt, empty_manifest, holds_all, keep, open_folder, update_folder, write_text
from .pictures import Stage, choose_device
from .pixels import with_known_pixels
from .plan import Choices, Job, Plan
from .plan.field import exact_field
from .plan.lint import lint
from .plan.planner import make_plan
from .progress import Progress, Silent
from .readers import read
from .readers.pieces import Order
from .recipes import Recipes, design_digest, recipes_of
from .scaling import fit, scaled
from .styles.default import CALM, default_layout, layout_from_tags, own_canvas
from .styles.taste import find_style
from .warm import Warm

LONG_SIDE = 3840  # of a result whose size nobody asked for


@dataclass(frozen=True)
class Request:
    """One job as a person or a farm states it. None: the layout's word, else the default."""

    design: Path
    out: Path
    layout: Path | None = None  # None: `style`, else tags in layer names, else calm motion
    style: str | None = None  # a style of presets/style/, or the path of one
    formats: tuple[str, ...] | None = None  # export presets of every layer
    composites: tuple[str, ...] | None = None  # export presets of the whole picture
    handoffs: tuple[str, ...] | None = None  # what is written for other programs
    fps: str | None = None
    duration: str | None = None
    size: str | None = None  # "1920x1080", "1920" (long side), "50%" or "original"
    frames: tuple[int, int] | None = None  # [first, end): image sequences only
    stills: tuple[str, ...] = ()  # moments of which PNGs are made, instead of what the layout exports
    sheet: bool = False
    proxies: bool = True  # small movies for `art preview`
    layers: str | None = None  # glob: which layers are exported
    seed: int | None = None
    crop: Literal["canvas", "region"] = "canvas"
    alpha: Literal["straight", "premultiplied"] = "straight"
    quality: Literal["draft", "standard", "high"] = "standard"
    device: str = "auto"
    steps: int | None = None  # of the sampler, for generated motion
    guidance: float | None = None
    precision: Literal["auto", "fp16", "bf16", "fp32"] = "auto"  # of the networks alone
    weights: str = DEFAULT  # what makes motion from prompts: a name of the registry
    artboard: str | None = None
    order: Order | None = None
    resume: bool = False
    force: bool = False
    watched: bool = False  # one rendering of many into the same folder: every file that is still right stays


def run_item(
    request: Request, progress: Progress | None = None, warm: Warm | None = None, cache: Cache | None = None
) -> Manifest:
    """Do one job and give its manifest. Raises ArtError; what was finished by then is in the folder's manifest.

    warm: what an earlier rendering left, and this one leaves. cache: where finished files come from and go to.
    """
    watcher, warm = progress or Silent(), warm or Warm()
    device = choose_device(request.device)
    design = design_digest(request.design, warm.sums)  # before it is read: what is saved in between is seen next time
    document = warm.once("document", read_from(request, design), lambda: read_document(request))
    layout = read_layout(request, document)
    document, plan = plan_run(request, document, layout, warm)
    for remark in plan.remarks:
        watcher.say(remark)
    recipes = recipes_of(document, plan, design, weights_recipe(plan, request.weights, request.precision))
    if request.resume and (done := _finished(request, plan, recipes, warm)) is not None:
        watcher.say("everything is already there")
        return done
    fields = animate(
        document, plan, device, watcher, request.weights, request.precision, warm=warm, recipe=recipes.generated,
        cache=cache,
    )  # fmt: skip
    stage = composite(document, with_reach(plan, fields), fields, device)
    return export(request, layout, stage, watcher, recipes, warm, cache)


def plan_only(request: Request) -> Plan:
    """What `run_item` would do, at the cost of reading the design."""
    document = read_document(request)
    return plan_run(request, document, read_layout(request, document))[1]


# --- the six steps --------------------------------------------------------------------------------------------------


def read_document(request: Request) -> Document:
    """The design. Raises MissingInput, BadInput."""
    return read(request.design, artboard=request.artboard, order=request.order)


def read_layout(request: Request, document: Document) -> Layout:
    """The layout file, else a style, else what layer names say, else calm motion; on the command line's canvas."""
    if request.layout is not None:
        layout = _with_canvas(load_layout(request.layout), request)
        if request.style is not None and layout.layers:
            hint = "leave out one of the two; `art layout init --style` makes a layout of a style"
            raise UsageError("--style does nothing beside a layout that lists its layers", hint=hint)
        return in_style(layout, document, request.style)
    tagged = layout_from_tags(document) if request.style is None else None
    if tagged is not None:
        return _with_canvas(tagged, request)
    style = find_style(request.style or CALM)
    canvas = _with_canvas(Layout(canvas=own_canvas(document, style)), request).canvas
    return default_layout(document, style, canvas)


def in_style(layout: Layout, document: Document, asked: str | None = None) -> Layout:
    """A layout that gives a `style` and no layers gets those that art chooses in it, on its own canvas.

    asked: the style instead of the layout's own.
    """
    wanted = asked or layout.style
    if wanted is None or layout.layers:
        return layout
    chosen = default_layout(document, find_style(wanted), layout.canvas)
    update = {"layers": chosen.layers, "canvas": chosen.canvas, "style": None}
    return layout.model_copy(update=update).with_notes(chosen.notes)


def plan_run(request: Request, document: Document, layout: Layout, warm: Warm | None = None) -> tuple[Document, Plan]:
    """The document at its final size, and the plan. Torch-free, so `--plan` answers at once."""
    warm = warm or Warm()
    choices = Choices(
        formats=request.formats, composites=request.composites, handoffs=request.handoffs,
        layers=request.layers, frames=request.frames,
        stills=request.stills, sheet=request.sheet, proxies=request.proxies, watched=request.watched,
        seed=request.seed or 0,
        crop=request.crop, alpha=request.alpha, quality=request.quality, steps=request.steps, guidance=request.guidance,
    )  # fmt: skip
    _check_formats(request, layout)
    size = final_size(request.size or layout.canvas.size, document.size)
    known = warm.once("pixels", (document, size), lambda: with_known_pixels(scaled(document, size), keep=warm.keep))
    sized, said = with_flags(known, layout)
    plan = make_plan(sized, layout, choices, backend_infos(), scale=size[0] / document.size[0])
    plan = plan.model_copy(update={"warnings": (*plan.warnings, *said), "findings": lint(sized, layout, plan)})
    check_handoffs(plan)
    return sized, outlined(_with_size_warning(plan, request, layout, document), request.weights)


def animate(
    document: Document, plan: Plan, device: str, progress: Progress, weights: str = DEFAULT, precision: str = "auto",
    *, warm: Warm | None = None, recipe: str = "", cache: Cache | None = None,
) -> dict[str, MotionField]:  # fmt: skip
    """A field for every job that moves: generated motion inside, exact motion around it.

    recipe: of generated motion; what `warm` or `cache` has of the same is not generated again.
    """
    warm = warm or Warm()
    stage = Stage(document, plan, {}, device)
    scene = Scene(
        canvas=plan.canvas, fps=plan.fps, frames=plan.frames, loop=plan.loop, seed=plan.seed, device=device,
        still=stage.still, global_prompt=plan.global_prompt, weights=weights, precision=precision,
    )  # fmt: skip
    fields: dict[str, MotionField] = {}
    for name, make in BACKENDS.items():
        jobs = [job for job in plan.jobs if job.backend == name]
        if jobs:
            made = _moved(warm.once(name, name, make), jobs, scene, progress)
            made_of: object = object()  # exact motion costs nothing
            if jobs[0].prompt is not None:
                made_of, made = (recipe, device), _kept(made, cache, key_of(recipe, device, "motion"), progress)
            moved = warm.once(f"{name} motion", made_of, made)
            fields |= zip((job.layer for job in jobs), moved, strict=True)
    for job in plan.jobs:
        if job.prompt is not None and (job.slots or job.keyframes or job.travel):
            outer = exact_field(job, plan.fps, plan.frames, loop=plan.loop)
            fields[job.layer] = over_motion(outer, fields[job.layer], job.box)
    return fields


def _moved(backend: Backend, jobs: Sequence[Job], scene: Scene, progress: Progress) -> Callable[[], list[MotionField]]:
    """Motion in the order of the jobs: the same layers may have other ids when the design is read again."""

    def made() -> list[MotionField]:
        fields = backend.animate(jobs, scene, progress)
        return [fields[job.layer] for job in jobs]

    return made


def _kept(
    made: Callable[[], list[MotionField]], cache: Cache | None, key: str, progress: Progress
) -> Callable[[], list[MotionField]]:
    """Generated motion out of the cache, or into it."""
    if cache is None:
        return made

    def found() -> list[MotionField]:
        fields = cache.take_motion(key)
        if fields is None:
            fields = made()
            cache.keep_motion(key, fields)
        else:
            progress.say("motion comes from the cache")
        return fields

    return found


def composite(document: Document, plan: Plan, fields: Mapping[str, MotionField], device: str) -> Stage:
    """Everything that draws frames; nothing is drawn until export asks for it."""
    return Stage(document, plan, fields, device)


def export(
    request: Request, layout: Layout, stage: Stage, progress: Progress, recipes: Recipes, warm: Warm,
    cache: Cache | None = None,
) -> Manifest:  # fmt: skip
    """Fill the output folder: the layout that was used, stills, movies pass by pass, the manifest and its sums."""
    plan, document = stage.plan, stage.document
    seen = tuple(node.visible for node, _ in document.walk())
    fidelity = warm.once("fidelity", (read_from(request, recipes.design), plan.size, seen), stage.fidelity)
    if fidelity is not None and fidelity * 255 > 1:
        progress.say(f"the picture differs from the design's own preview by {fidelity * 255:.1f}/255; see art inspect")
    empty = empty_manifest(document, plan, recipes.whole, fidelity)
    empty = empty.model_copy(update={"weights": weights_entries(plan, request.weights)})
    with locked(request.out):
        if request.watched:
            folder = update_folder(request.out, empty, plan, recipes, document, force=request.force, sums=warm.sums)
        else:
            folder = open_folder(request.out, empty, plan, recipes, resume=request.resume, force=request.force)
        if folder.manifest.status == "finished":
            progress.say("everything is already there")
            return folder.sum_up()  # a run that was killed at its very end lacks them
        used = dump_layout(layout, comments=True).removeprefix(MODELINE + "\n")  # no schema lies beside it
        folder.add(write_text(folder.path, "motion.yaml", used))
        if cache is None:
            return export_all(folder, stage, progress)
        adopt(folder, plan, document, cache, stage.device)
        manifest = export_all(folder, stage, progress)
        keep(folder, plan, cache, stage.device)
        return manifest


def with_reach(plan: Plan, fields: Mapping[str, MotionField]) -> Plan:
    """The plan that knows what generated motion really covers; before, it could only say the whole canvas."""
    jobs = tuple(
        job.model_copy(update={"region": reach(fields[job.layer], job.box) & plan.canvas})
        if job.prompt is not None and not job.region_given
        else job
        for job in plan.jobs
    )
    return plan.model_copy(update={"jobs": jobs})


# --- what the steps need --------------------------------------------------------------------------------------------


def final_size(wanted: str | tuple[int, int] | None, own: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of the result: as asked for, else the document's with a long side of at most 3840.

    A wanted size of other proportions raises UsageError: nothing is distorted or cut.
    """
    if wanted is None:
        return fit(own, LONG_SIDE)
    if wanted == "original":
        return own
    width, height = own
    if isinstance(wanted, str):
        wanted = _parsed_size(wanted, own)
    if abs(wanted[0] / width - wanted[1] / height) * max(own) > 1:
        near = (wanted[0], max(1, round(height * wanted[0] / width)))
        raise UsageError(
            f"{wanted[0]}x{wanted[1]} has other proportions than the design's {width}x{height}",
            hint=f"write {near[0]}x{near[1]}, or one number for the long side",
        )
    return wanted


def _parsed_size(text: str, own: tuple[int, int]) -> tuple[int, int]:
    width, height = own
    try:
        if text.endswith("%"):
            factor = float(text[:-1]) / 100
        elif text.isdigit():
            factor = int(text) / max(own)
        else:
            wide, _, high = text.lower().partition("x")
            return max(1, int(wide)), max(1, int(high))
    except ValueError:
        raise UsageError(
            f"--size {text!r} is not a size", hint="write 1920x1080, 1920 (long side), 50% or original"
        ) from None
    sized = max(1, round(width * factor)), max(1, round(height * factor))
    if max(sized) > 30_000 or factor <= 0:
        raise UsageError(f"--size {text} gives {sized[0]}x{sized[1]}, and a side may have 1 to 30000 pixels")
    return sized


def read_from(request: Request, design: str) -> object:
    """What a document depends on: the digest of its files, what they are called, and how they are read."""
    return request.design, design, request.artboard, request.order


def _with_canvas(layout: Layout, request: Request) -> Layout:
    """`--fps` and `--duration` over the layout's canvas."""
    update: dict[str, object] = {}
    try:
        if request.fps is not None:
            update["fps"] = read_fps(request.fps)
        if request.duration is not None:
            duration = read_time(request.duration)
            if duration.value <= 0:
                raise ValueError("the duration must be above 0")
            update["duration"] = duration
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not update:
        return layout
    return layout.model_copy(update={"canvas": layout.canvas.model_copy(update=update)})


def _check_formats(request: Request, layout: Layout) -> None:
    """Raise UsageError or Unavailable for formats that cannot be made, wherever they are asked for."""
    written = layout.export
    for name in request.formats or (written.layers if written else None) or ():
        find_export(name, "layer")
    for name in request.composites or (written.composite if written else None) or ():
        find_export(name, "composite")
    for name in request.handoffs or ():
        find_handoff(name)


def _with_size_warning(plan: Plan, request: Request, layout: Layout, document: Document) -> Plan:
    if plan.size == document.size or request.size or layout.canvas.size:
        return plan
    text = (
        f"reduced from {document.size[0]}x{document.size[1]} to {plan.size[0]}x{plan.size[1]}; --size original keeps it"
    )
    return plan.model_copy(update={"warnings": (*plan.warnings, text)})


def _finished(request: Request, plan: Plan, recipes: Recipes, warm: Warm) -> Manifest | None:
    """The manifest of a folder that holds all of this job already, so that no motion is generated for nothing."""
    if not generated_jobs(plan):
        return None
    try:
        manifest = read_manifest(request.out)
    except ArtError:
        return None  # what is wrong with the folder is said when it is opened
    whole = all(intact(request.out, entry, warm.sums) for entry in manifest.files) and (request.out / SUMS).is_file()
    same = manifest.status == "finished" and manifest.recipe == recipes.whole
    return manifest if same and whole and holds_all(manifest, plan) else None
