"""Document x layout x presets -> plan. No torch, no files; `--plan` prints what it decides, goldens keep it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any, Literal

from pydantic import ValidationError

from .document import Document, Group, Layer, Node, clip_base
from .errors import BadInput, Unavailable, UsageError
from .files import file_stems
from .geometry import Box
from .layout import Canvas, LayerSpec, Layout
from .layout import Slot as SlotSpec
from .layout_match import Resolved, resolve
from .layout_schedule import Span, schedule
from .layout_values import Length, write_time
from .motion import Slot, plan_slot
from .motion_algebra import reach
from .motion_beat import SlotName, Subject
from .motion_keyframes import Key, Keyframes
from .motion_path import Travel
from .plan import Job, Output, Plan, Prompt
from .plan_boxes import node_box, opaque_box
from .plan_field import exact_field
from .presets import export_presets, find_motion
from .specs import BackendInfo
from .timing import Time, snap_period

LAYER_FORMATS = ("prores4444", "webm")
COMPOSITE_FORMATS = ("mp4",)

# Working memory, estimated: float32 RGBA; an encoder holds about a dozen pictures of 8 bytes a pixel (VP9, which holds
# the most); two cores carry four encoders at once, more cores open more.
_PIXEL_BYTES = 16
_ENCODER_PICTURES = 12 * 8
_ENCODERS = 4


@dataclass(frozen=True)
class Choices:
    """What the command line may decide over the layout. None or empty: the layout's word, else the default."""

    formats: tuple[str, ...] | None = None
    composites: tuple[str, ...] | None = None
    layers: str | None = None  # glob: which layers are exported
    frames: tuple[int, int] | None = None  # [first, end): image sequences only
    seed: int = 0
    crop: Literal["canvas", "region"] = "canvas"
    alpha: Literal["straight", "premultiplied"] = "straight"
    quality: Literal["draft", "standard", "high"] = "standard"


def make_plan(
    document: Document, layout: Layout, choices: Choices, backends: Sequence[BackendInfo], *, scale: float = 1.0
) -> Plan:
    """The plan of one run.

    `document` already has its final size; `scale` says how many of its pixels are one of the layout's. Raises BadInput
    for what the layout asks and the document cannot give, Unavailable for a prompt that no backend handles, UsageError
    for `--frames` with a movie. The formats of layout and choices are known to exist.
    """
    return _Planner(document, layout, choices, backends, scale).plan()


class _Planner:
    def __init__(
        self, document: Document, layout: Layout, choices: Choices, backends: Sequence[BackendInfo], scale: float
    ) -> None:
        self.document, self.layout, self.choices, self.backends = document, layout, choices, backends
        self.canvas: Canvas = layout.canvas
        self.fps, self.frames = layout.canvas.fps, layout.canvas.frames
        self.duration = Fraction(self.frames) / self.fps
        self.scale = scale
        self.resolved = {each.id: each for each in resolve(layout, document)}
        self.spans = schedule(self.resolved.values(), layout.canvas)
        self.warnings = list(dict.fromkeys(self._all_warnings()))

    def _all_warnings(self) -> list[str]:
        found = [*self.layout.warnings, *(text for each in self.resolved.values() for text in each.warnings)]
        if self.canvas.camera is not None:
            groups = [node.path for node, _ in self.document.walk() if isinstance(node, Group) and node.masks]
            found += [f"the mask of the group {path!r} stays where it is while the camera moves" for path in groups]
        return found

    def plan(self) -> Plan:
        nodes = self._stack()
        stems = file_stems([node.name for node in nodes])
        depths = self._depths(nodes)
        jobs = tuple(self._job(node, stem, depths[node.id]) for node, stem in zip(nodes, stems, strict=True))
        return Plan(
            source=self.document.source.name,
            document_size=self._document_size(),
            size=self.document.size,
            fps=self.fps,
            frames=self.frames,
            frame_range=self._frame_range(),
            loop=self.canvas.loop,
            seed=self.choices.seed,
            background=self._background(),
            crop=self.choices.crop,
            alpha=self.choices.alpha,
            quality=self.choices.quality,
            global_prompt=self.layout.global_prompt or "",
            jobs=jobs,
            composites=self._composites(),
            memory=self._memory(jobs),
            warnings=tuple(self.warnings),
        )

    def _document_size(self) -> tuple[int, int]:
        width, height = (round(side / self.scale) for side in self.document.size)
        return width, height

    def _background(self) -> tuple[float, float, float, float] | None:
        color = self.canvas.background
        if color.alpha == 0:
            return None
        return color.red / 255, color.green / 255, color.blue / 255, color.alpha / 255

    # --- what there is to move ------------------------------------------------------------------------------------

    def _stack(self) -> list[Node]:
        """Visible layers with pixels, and groups that move as one instead of their content; bottom to top."""
        stack: list[Node] = []
        for node, groups in self.document.walk():
            hidden = not all(each.visible for each in (node, *groups))
            inside = any(isinstance(self.resolved.get(g.id), Resolved) for g in groups)
            if hidden or inside:
                continue
            if isinstance(node, Group):
                if node.id in self.resolved:
                    stack.append(node)
            elif isinstance(node, Layer) and node.adjustment is None and not node.box.is_empty:
                stack.append(node)
        return stack

    def _job(self, node: Node, stem: str, depth: float) -> Job:
        resolved = self._resolved(node)
        common: dict[str, Any] = {
            "layer": node.id, "path": node.path, "blend": node.blend, "canvas": self.document.size,
            "kind": "group" if isinstance(node, Group) else "layer",
        }  # fmt: skip
        if resolved is None:
            box = node_box(node) & self.document.canvas
            outputs = self._outputs(node, stem, moving=self._rides(node))
            return Job(
                **common, backend="hold", box=box, depth=depth, region=box,
                frames=(0, self.frames), outputs=outputs, memory=self._job_memory(box, box, 0),
            )  # fmt: skip
        return self._moving_job(node, resolved, stem, depth, common)

    def _resolved(self, node: Node) -> Resolved | None:
        """What moves a node: its entry, or the camera alone; None when it holds."""
        found = self.resolved.get(node.id)
        if found is not None and not found.skip and found.spec.moves:
            return found
        if self.canvas.camera is None:
            return None
        depth = found.spec.depth if found is not None else None
        spec = LayerSpec(layer=node.path, depth=depth)
        return Resolved(node, spec, -1, replace(self.layout.where("canvas", "camera"), layer=node.path))

    def _rides(self, node: Node) -> bool:
        """It holds, but what it (or a group around it) is clipped to moves: its file changes all the same."""
        groups = next(groups for each, groups in self.document.walk() if each.id == node.id)
        chain: list[Node] = [*groups, node]
        for depth, each in enumerate(chain):
            parent = groups[depth - 1].children if depth else self.document.children
            base = clip_base(each, parent)
            if base is not None and self._any_moves(base):
                return True
        return False

    def _any_moves(self, node: Node) -> bool:
        inside = [each.id for each, groups in self.document.walk() if each is node or node in groups]
        found = [self.resolved[id] for id in inside if id in self.resolved]
        return any(each.spec.moves and not each.skip for each in found)

    def _moving_job(self, node: Node, resolved: Resolved, stem: str, depth: float, common: dict[str, Any]) -> Job:
        spec, span = resolved.spec, self.spans.get(node.id, Span(Fraction(0), Fraction(0), self.duration))
        box = opaque_box(node)
        subject = Subject(box, self.document.size, self._anchor(resolved, box), depth)
        seed = spec.seed if spec.seed is not None else zlib.crc32(f"{self.choices.seed}/{node.path}".encode())
        notes: list[str] = []
        outputs = self._outputs(node, stem, moving=True)
        job = Job(
            **common, backend=self._backend(resolved), box=box, anchor=subject.anchor, depth=depth,
            slots=(*self._slots(resolved, subject, span, seed, notes), *self._camera(subject)),
            keyframes=self._keyframes(resolved, subject, span),
            travel=self._travel(resolved, subject, span), prompt=self._prompt(resolved, seed),
            frames=(0, min(self.frames, Time(span.end).frames(self.fps))), region=box, outputs=outputs,
        )  # fmt: skip
        region = self._given_region(resolved) or self._reached(job)
        files = sum(output.role == "layer" for output in outputs)
        return job.model_copy(
            update={
                "region": region, "region_given": spec.region is not None, "notes": tuple(notes),
                "memory": self._job_memory(box, region, files),
            }
        )  # fmt: skip

    def _depths(self, nodes: Sequence[Node]) -> dict[str, float]:
        """Places in the stack for camera motions, 0 the back: from `depth` (a distance), else from the layer order.

        What is clipped to a layer stays with it.
        """
        depths: dict[str, float] = {}
        for rank, node in enumerate(nodes):
            groups = next(groups for each, groups in self.document.walk() if each.id == node.id)
            base = clip_base(node, groups[-1].children if groups else self.document.children)
            distance = self._distance(node)
            own = rank / max(1, len(nodes) - 1) if distance is None else 1 / (1 + distance)
            depths[node.id] = own if base is None else depths.get(base.id, own)
        return depths

    def _distance(self, node: Node) -> float | None:
        resolved = self.resolved.get(node.id)
        if resolved is not None and resolved.spec.depth is not None:
            return resolved.spec.depth
        return node.depth if isinstance(node, Layer) else None

    def _anchor(self, resolved: Resolved, box: Box) -> tuple[float, float] | None:
        anchor = resolved.spec.anchor
        if anchor is None:
            return None
        x, y = self._pixels(anchor.x, box.width), self._pixels(anchor.y, box.height)
        return box.x0 + x, box.y0 + y

    def _pixels(self, length: Length, extent: float) -> float:
        """A length of the layout in px of the scaled canvas; % is of `extent`, which is scaled already."""
        return length.value * self.scale if length.unit == "px" else length.pixels(extent)

    # --- what moves it --------------------------------------------------------------------------------------------

    def _backend(self, resolved: Resolved) -> str:
        wanted = "prompt" if resolved.spec.prompt else "motion"
        found = next((info.name for info in self.backends if wanted in info.handles), None)
        if found is not None:
            return found
        where = replace(self.layout.where("layers", resolved.entry, "prompt"), layer=resolved.node.path)
        raise Unavailable(
            "this installation has no backend that makes motion from a prompt",
            hint="give the layer `in`, `loop` or `out` instead; `art presets list` shows the motions",
            where=where,
        )

    def _prompt(self, resolved: Resolved, seed: int) -> Prompt | None:
        spec = resolved.spec
        if spec.prompt is None:
            return None
        strength = 1.0 if spec.strength is None else spec.strength
        together = True if spec.together is None else spec.together
        return Prompt(
            text=spec.prompt, strength=strength, seed=seed, guidance=spec.guidance, steps=spec.steps, together=together
        )

    def _slots(self, resolved: Resolved, subject: Subject, span: Span, seed: int, notes: list[str]) -> list[Slot]:
        slots = []
        for name, slot in resolved.spec.slots.items():
            where = replace(self.layout.where("layers", resolved.entry, name), layer=resolved.node.path)
            try:
                slots.append(self._slot(name, slot, subject, span, seed, notes))
            except ValueError as error:
                raise BadInput(
                    _reason(error), hint=f"`art presets show {slot.motion}` explains it", where=where
                ) from None
        return slots

    def _camera(self, subject: Subject) -> tuple[Slot, ...]:
        """The camera's move as this layer sees it; in a clip it takes the whole time unless it has a period."""
        camera = self.canvas.camera
        if camera is None:
            return ()
        whole = None if self.canvas.loop or camera.period else Time(self.duration)
        filled_in = camera if whole is None else camera.model_copy(update={"period": whole})
        span = Span(Fraction(0), Fraction(0), self.duration)
        try:
            return (self._slot("loop", filled_in, subject, span, self.choices.seed, []),)
        except ValueError as error:
            raise BadInput(_reason(error), where=self.layout.where("canvas", "camera")) from None

    def _slot(self, name: SlotName, slot: SlotSpec, subject: Subject, span: Span, seed: int, notes: list[str]) -> Slot:
        preset = find_motion(slot.motion)
        if preset is None:
            raise ValueError(f"there is no motion {slot.motion!r}")
        delay = slot.delay.seconds(self.fps) if slot.delay else Fraction(0)
        length = slot.period if name == "loop" else slot.duration
        seconds = (length or Time.parse(preset.period if name == "loop" else preset.duration)).seconds(self.fps)
        if name == "loop":
            seconds = self._period(seconds, slot, notes)
        start = max(span.start, span.end - seconds - delay) if name == "out" else span.start + delay
        given = {key: self._scaled(value) for key, value in slot.parameters.items() if key != "mode"}
        return plan_slot(
            preset, name, subject, given=given, start=start, duration=seconds,
            easing=None if slot.easing is None else str(slot.easing), mode=str(slot.mode or "loop"),
            seed=seed if slot.seed is None else slot.seed, rate=self.fps,
        )  # fmt: skip

    def _scaled(self, value: Any) -> Any:
        is_px = isinstance(value, Length) and value.unit == "px"
        return Length(value.value * self.scale, "px") if is_px else value

    def _period(self, period: Fraction, slot: SlotSpec, notes: list[str]) -> Fraction:
        """Fitted to the loop, or to whole frames where the canvas does not loop."""
        there_and_back = 2 if slot.mode is not None and slot.mode.kind == "pingpong" else 1
        if self.canvas.loop:
            fitted = snap_period(period * there_and_back, self.duration) / there_and_back
        else:
            fitted = Fraction(max(1, Time(period).frames(self.fps))) / self.fps
        if fitted != period:
            notes.append(f"period of {slot.motion}: {write_time(Time(period))} became {write_time(Time(fitted))}")
        return fitted

    # --- where and into what --------------------------------------------------------------------------------------

    def _keyframes(self, resolved: Resolved, subject: Subject, span: Span) -> Keyframes | None:
        keys = resolved.spec.keyframes
        if keys is None:
            return None
        width, height = subject.canvas

        def track(keys: Sequence[Any] | None, value: Callable[[Any], tuple[float, ...]]) -> tuple[Key, ...]:
            return tuple(
                Key(at=key.at.seconds(self.fps), value=value(key.value), easing=str(key.easing or "linear"))
                for key in keys or ()
            )

        return Keyframes(
            anchor=subject.anchor or subject.box.center,
            start=span.start,
            position=track(keys.position, lambda xy: (self._pixels(xy[0], width), self._pixels(xy[1], height))),
            rotation=track(keys.rotation, lambda angle: (angle.radians,)),
            scale=track(keys.scale, lambda scale: scale),
            shear=track(keys.shear, lambda angle: (angle.radians,)),
            opacity=track(keys.opacity, lambda opacity: (opacity,)),
        )

    def _travel(self, resolved: Resolved, subject: Subject, span: Span) -> Travel | None:
        path = resolved.spec.path
        if path is None:
            return None
        where = replace(self.layout.where("layers", resolved.entry, "path"), layer=resolved.node.path)
        try:
            return Travel(
                d=path.d, scale=self.scale, anchor=subject.anchor or subject.box.center, start=span.start,
                duration=path.duration.seconds(self.fps) if path.duration else span.end - span.start,
                orient=path.orient, easing=str(path.easing or "linear"),
            )  # fmt: skip
        except ValueError as error:
            raise BadInput(_reason(error), where=where) from None

    # --- where and into what --------------------------------------------------------------------------------------

    def _given_region(self, resolved: Resolved) -> Box | None:
        """The layout's region on the canvas. Raises BadInput when it lies off it."""
        if resolved.spec.region is None:
            return None
        canvas = self.document.canvas
        x, y, width, height = resolved.spec.region
        left, top = self._pixels(x, canvas.width), self._pixels(y, canvas.height)
        right, bottom = left + self._pixels(width, canvas.width), top + self._pixels(height, canvas.height)
        box = Box(round(left), round(top), round(right), round(bottom)) & canvas
        if box.is_empty:
            where = replace(self.layout.where("layers", resolved.entry, "region"), layer=resolved.node.path)
            raise BadInput(f"the region lies off the canvas of {canvas.width} x {canvas.height} px", where=where)
        return box

    def _reached(self, job: Job) -> Box:
        """What the exact motion needs of the canvas."""
        field = exact_field(job, self.fps, self.frames, loop=self.canvas.loop)
        return reach(field, job.box) & self.document.canvas

    def _frame_range(self) -> tuple[int, int]:
        first, end = self.choices.frames or (0, self.frames)
        if first >= self.frames or end > self.frames:
            raise BadInput(
                f"frames {first}-{end - 1} are asked for, but there are frames 0-{self.frames - 1}",
                hint="lengthen canvas.duration or ask for fewer",
            )
        if self.choices.frames is not None:
            movies = [name for name in (*self._layer_formats(), *self._composite_formats()) if not _sequence(name)]
            if movies:
                raise UsageError(
                    f"--frames is for image sequences, and {', '.join(movies)} is a movie",
                    hint="a movie is never cut; use --format png --composite none, or leave --frames out",
                )
        return first, end

    def _layer_formats(self) -> tuple[str, ...]:
        written = self.layout.export.layers if self.layout.export else None
        return _first(self.choices.formats, written, LAYER_FORMATS)

    def _composite_formats(self) -> tuple[str, ...]:
        written = self.layout.export.composite if self.layout.export else None
        return _first(self.choices.composites, written, COMPOSITE_FORMATS)

    def _outputs(self, node: Node, stem: str, *, moving: bool) -> tuple[Output, ...]:
        if self.choices.layers is not None and not fnmatchcase(node.path, self.choices.layers):
            return ()
        if not self._layer_formats():
            return ()
        if not moving:
            return (Output(path=f"layers/{stem}.png", preset="still", role="still"),)
        return _outputs_of("layers", stem, self._layer_formats(), "layer")

    def _composites(self) -> tuple[Output, ...]:
        return _outputs_of("", "composite", self._composite_formats(), "composite")

    def _job_memory(self, box: Box, region: Box, files: int) -> int:
        width, height = self.document.size
        return _drawing_bytes(box, region) + files * _ENCODER_PICTURES * width * height

    def _memory(self, jobs: tuple[Job, ...]) -> int:
        """The most at once: the canvas and its floor, every layer's drawing, and the encoders that run together."""
        width, height = self.document.size
        files = sum(output.role != "still" for job in jobs for output in job.outputs) + len(self._composite_formats())
        encoders = min(files, _ENCODERS) * _ENCODER_PICTURES * width * height
        drawing = sum(_drawing_bytes(job.box, job.region) for job in jobs)
        return 3 * _PIXEL_BYTES * width * height + drawing + encoders


def _reason(error: ValueError) -> str:
    """The first sentence of what a model refused."""
    if isinstance(error, ValidationError):
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    return str(error)


def _drawing_bytes(box: Box, region: Box) -> int:
    """The still with its minification pyramid, and the drawn tile with its conversions."""
    return _PIXEL_BYTES * (box.area * 4 // 3 + 3 * region.area)


def _first(*choices: tuple[str, ...] | None) -> tuple[str, ...]:
    return next(choice for choice in choices if choice is not None)


def _sequence(name: str) -> bool:
    return export_presets()[name].sequence


def _outputs_of(
    folder: str, stem: str, names: tuple[str, ...], role: Literal["layer", "composite"]
) -> tuple[Output, ...]:
    """A file for every format; formats that share a suffix, and image sequences, carry the format in their name."""
    presets = [export_presets()[name] for name in names]
    suffixes = [preset.suffix for preset in presets if not preset.sequence]
    outputs = []
    for preset in presets:
        plain = not preset.sequence and suffixes.count(preset.suffix) == 1
        file = stem + preset.suffix if plain else f"{stem}_{preset.name}" + ("" if preset.sequence else preset.suffix)
        outputs.append(Output(path=f"{folder}/{file}".lstrip("/"), preset=preset.name, role=role))
    return tuple(outputs)
