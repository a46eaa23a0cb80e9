"""Document x layout x presets -> plan. No torch, no files; `--plan` prints what it decides, goldens keep it."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Any

from ..boxes import node_box, opaque_box
from ..document import Document, Group, Layer, Node, clip_base
from ..errors import Unavailable, UsageError, nearest
from ..files import file_stems
from ..geometry import Box
from ..layout import Canvas, LayerSpec, Layout
from ..layout.match import Resolved, resolve
from ..layout.schedule import Span, schedule
from ..motion.beat import Subject
from ..motion_algebra import reach
from ..specs import PASS_THROUGH, BackendInfo
from ..timing import Time
from . import Choices, Job, Plan, Prompt
from .field import exact_field
from .motion import MotionPlanner
from .outputs import FilePlanner


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
        self.motion = MotionPlanner(layout, document.size, scale, choices.seed)
        self.files = FilePlanner(layout, choices, document.size)
        self.groups = {node.id: groups for node, groups in document.walk()}
        self.resolved = {each.id: each for each in resolve(layout, document)}
        self.spans = schedule(self.resolved.values(), layout.canvas)
        self.warnings = list(dict.fromkeys(self._all_warnings()))

    def _all_warnings(self) -> list[str]:
        found = [*self.layout.warnings, *(text for each in self.resolved.values() for text in each.warnings)]
        if self.canvas.camera is not None:
            groups = [node.path for node, _ in self.document.walk() if isinstance(node, Group) and node.masks]
            found += [f"the mask of the group {path!r} stays where it is while the camera moves" for path in groups]
        return found + not_drawn(self.document)

    def plan(self) -> Plan:
        nodes = self._stack()
        self._check_layers(nodes)
        stems = file_stems([node.name for node in nodes])
        depths = self._depths(nodes)
        jobs = tuple(self._job(node, stem, depths[node.id]) for node, stem in zip(nodes, stems, strict=True))
        return Plan(
            source=self.document.source.name,
            document_size=self._document_size(),
            size=self.document.size,
            fps=self.fps,
            frames=self.frames,
            frame_range=self.files.frame_range(),
            loop=self.canvas.loop,
            seed=self.choices.seed,
            background=self._background(),
            crop=self.choices.crop,
            alpha=self.choices.alpha,
            quality=self.choices.quality,
            global_prompt=self.layout.global_prompt or "",
            jobs=jobs,
            composites=self.files.composites(),
            proxies=self.files.proxies(),
            handoffs=self.files.handoffs(),
            snapshots=self.files.snapshots(jobs, stems),
            sheets=self.files.sheets(jobs, stems),
            memory=self.files.memory(jobs),
            warnings=tuple(self.warnings),
        )

    def _check_layers(self, nodes: Sequence[Node]) -> None:
        """Raise UsageError for a `--layers` that no layer matches."""
        wanted, paths = self.choices.layers, [node.path for node in nodes]
        if wanted is None or any(fnmatchcase(path, wanted) for path in paths):
            return
        near = nearest(wanted, paths)
        hint = f"did you mean {near!r}?" if near else f"layers here: {', '.join(paths[:12])}"
        raise UsageError(f"--layers {wanted!r} matches no layer that is seen", hint=hint)

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
            inside = any(g.whole or g.id in self.resolved for g in groups)
            if hidden or inside:
                continue
            if isinstance(node, Group):
                if node.whole or node.id in self.resolved:
                    stack.append(node)
            elif isinstance(node, Layer) and node.adjustment is None and not node.box.is_empty:
                stack.append(node)
        return stack

    def _job(self, node: Node, stem: str, depth: float) -> Job:
        resolved = self._resolved(node)
        common: dict[str, Any] = {
            "layer": node.id, "path": node.path, "blend": _file_blend(node), "canvas": self.document.size,
            "kind": "group" if isinstance(node, Group) else "layer",
        }  # fmt: skip
        if resolved is None:
            box = node_box(node) & self.document.canvas
            rides = self._rides(node)
            outputs = self.files.layer(node.path, stem, moving=bool(rides))
            return Job(
                **common, backend="hold", box=box, depth=depth, region=box, rides=rides,
                frames=(0, self.frames), outputs=outputs, memory=self.files.job_memory(box, box, 0),
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

    def _rides(self, node: Node) -> str:
        """Path of what it (or a group around it) is clipped to, where that moves: its file changes all the same."""
        groups = self.groups[node.id]
        chain: list[Node] = [*groups, node]
        for depth, each in enumerate(chain):
            parent = groups[depth - 1].children if depth else self.document.children
            base = clip_base(each, parent)
            if base is not None and self._any_moves(base):
                return base.path
        return ""

    def _any_moves(self, node: Node) -> bool:
        inside = [each.id for each, groups in self.document.walk() if each is node or node in groups]
        found = [self.resolved[id] for id in inside if id in self.resolved]
        return any(each.spec.moves and not each.skip for each in found)

    def _moving_job(self, node: Node, resolved: Resolved, stem: str, depth: float, common: dict[str, Any]) -> Job:
        spec, span = resolved.spec, self.spans.get(node.id, Span(Fraction(0), Fraction(0), self.duration))
        box = opaque_box(node)
        subject = Subject(box, self.document.size, self.motion.anchor(resolved, box), depth)
        seed = spec.seed if spec.seed is not None else zlib.crc32(f"{self.choices.seed}/{node.path}".encode())
        notes: list[str] = []
        outputs = self.files.layer(node.path, stem, moving=True)
        job = Job(
            **common, backend=self._backend(resolved), box=box, anchor=subject.anchor, depth=depth,
            slots=(*self.motion.slots(resolved, subject, span, seed, notes), *self.motion.camera(subject)),
            keyframes=self.motion.keyframes(resolved, subject, span),
            travel=self.motion.travel(resolved, subject, span), prompt=self._prompt(resolved, seed, span),
            frames=(0, min(self.frames, Time(span.end).frames(self.fps))), region=box, outputs=outputs,
        )  # fmt: skip
        region = self.motion.given_region(resolved) or self._reached(job)
        files = sum(output.role == "layer" for output in outputs)
        return job.model_copy(
            update={
                "region": region, "region_given": spec.region is not None, "notes": tuple(notes),
                "memory": self.files.job_memory(box, region, files),
            }
        )  # fmt: skip

    def _depths(self, nodes: Sequence[Node]) -> dict[str, float]:
        """Places in the stack for camera motions, 0 the back: from `depth` (a distance), else from the layer order.

        What is clipped to a layer stays with it.
        """
        depths: dict[str, float] = {}
        for rank, node in enumerate(nodes):
            groups = self.groups[node.id]
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

    def _prompt(self, resolved: Resolved, seed: int, span: Span) -> Prompt | None:
        spec, choices = resolved.spec, self.choices
        if spec.prompt is None:
            return None
        return Prompt(
            text=spec.prompt,
            strength=1.0 if spec.strength is None else spec.strength,
            seed=seed,
            guidance=spec.guidance if choices.guidance is None else choices.guidance,
            steps=spec.steps if choices.steps is None else choices.steps,
            together=True if spec.together is None else spec.together,
            start=span.start,
        )

    # --- where and into what --------------------------------------------------------------------------------------

    def _reached(self, job: Job) -> Box:
        """What the exact motion needs of the canvas; generated motion may need all of it."""
        if job.prompt is not None:
            return self.document.canvas
        field = exact_field(job, self.fps, self.frames, loop=self.canvas.loop)
        return reach(field, job.box) & self.document.canvas


def _file_blend(node: Node) -> str:
    """How the file of a node stacks: a group that passes its content through stacks as one picture."""
    return "normal" if node.blend == PASS_THROUGH else node.blend


def not_drawn(document: Document) -> list[str]:
    """What the reader left out of visible layers: the picture is not quite the design."""
    found = []
    for node, groups in document.walk():
        ignored = [note.what for note in node.notes if note.kind == "ignored"]
        if ignored and all(each.visible for each in (node, *groups)):
            found.append(f"not drawn in {node.path!r}: {', '.join(dict.fromkeys(ignored))}")
    return found
