"""What each output file is made of, as one hash: a file whose recipe is still the same need not be made again.

A recipe holds everything that can change a byte of the file and, where that is cheap, nothing else: pixels and masks by
their digests, how the layer lies among its groups and on what it is clipped to, the motion of all of them, the canvas,
the export. It names no layer by its id and no file by its path.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import __version__
from .document import Document, Group, Layer, Node, clip_base
from .errors import MissingInput, Where
from .files import sha256
from .geometry import Box
from .pixels import digest_of
from .plan import APART, Job, Output, Plan
from .presets import export_presets
from .specs import PASS_THROUGH

Fact = Any  # what JSON can hold

# of a job: where it goes, what is said of it, and what `_Facts` tells in other words
_BESIDE = frozenset({"layer", "path", "outputs", "notes", "memory", "blend", "rides", "depth", "region"})
_AROUND_GENERATED = frozenset({"slots", "keyframes", "travel"})
# of a plan: what is said of it, and what a finished folder may be given later, made of the same
_ADDED = frozenset({"findings", "snapshots", "sheets", "proxies", "handoffs"})


@dataclass(frozen=True)
class Recipes:
    """The recipes of one run. `whole`: of everything together, and of each file that is not told apart."""

    whole: str
    design: str = ""  # the digest of its files
    layers: Mapping[str, str] = field(default_factory=dict)  # by layer id: what is seen of it, whatever the file
    composite: str = ""  # the same of the whole picture
    generated: str = ""  # of motion from prompts
    files: Mapping[str, str] = field(default_factory=dict)  # by path

    def of(self, path: str) -> str:
        return self.files.get(path, self.whole)


def recipes_of(document: Document, plan: Plan, design: str, weights: Mapping[str, object]) -> Recipes:
    """All recipes of a run.

    document: at its final size. design: its `design_digest`, for what has no pixels. weights: what is said of those
    that generate motion.
    """
    generated = scene_recipe(document, plan, weights, design)
    facts = _Facts(document, plan, design, generated)
    layers = {job.layer: digest(facts.seen(job)) for job in plan.jobs}
    composite = digest(facts.everything())
    files = {out.path: digest([layers[job.layer], _file(out, plan, job)]) for job in plan.jobs for out in job.outputs}
    files |= {out.path: digest([composite, _file(out, plan, None)]) for out in plan.composites}
    return Recipes(whole_recipe(plan, design, weights), design, layers, composite, generated, files)


def whole_recipe(plan: Plan, design: str, weights: Mapping[str, object]) -> str:
    """What a result is made of: the design's bytes, plan, weights, export presets, version.

    Stills, sheets, proxies and hand-offs are no part of it: a finished folder may be given them later.
    """
    presets = {output.preset for output in plan.outputs} & export_presets().keys()
    recipe = {
        "version": __version__,
        "design": design,
        "plan": _before_motion(plan).model_dump(mode="json", exclude=set(_ADDED)),
        "apart": any(output.preset == APART for output in plan.proxies),  # other bytes, so another job
        "presets": {name: asdict(export_presets()[name]) for name in presets},
    }
    return digest({**recipe, **weights})


def _before_motion(plan: Plan) -> Plan:
    """The plan as it was before motion was generated: what that covers may differ by a pixel between machines."""
    jobs = tuple(
        job.model_copy(update={"region": plan.canvas}) if job.prompt is not None and not job.region_given else job
        for job in plan.jobs
    )
    return plan.model_copy(update={"jobs": jobs})


def design_digest(design: Path, sums: Callable[[Path], str] = sha256) -> str:
    """Of a file its sha256; of a folder (or a manifest in one) that of all its files' names and contents.

    Empty for what is neither, about which the readers have more to say. Raises MissingInput for what cannot be read.
    """
    if not design.is_file() and not design.is_dir():
        return ""
    try:
        if design.is_file() and design.suffix.lower() not in (".json", ".yaml", ".yml"):
            return sums(design)
        folder = design if design.is_dir() else design.parent
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        lines = [f"{sums(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    except OSError as error:
        raise MissingInput(f"cannot be read: {error.strerror}", where=Where(design)) from error
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def scene_recipe(document: Document, plan: Plan, weights: Mapping[str, object], design: str) -> str:
    """What generated motion is made of; empty without prompts.

    Layers with prompts are generated together and see each other's pixels at rest; of other layers nothing is read.
    """
    jobs = [job for job in plan.jobs if job.prompt is not None]
    if not jobs:
        return ""
    facts = _Facts(document, plan, design, "")
    nodes = {node.id: node for node, _ in document.walk()}
    told = [[facts.told(job, _AROUND_GENERATED), facts.content(nodes[job.layer])] for job in jobs]
    return digest([_canvas(document, plan), plan.seed, plan.global_prompt, dict(weights), told])


def digest(fact: Fact) -> str:
    return hashlib.sha256(json.dumps(fact, sort_keys=True).encode()).hexdigest()


def _canvas(document: Document, plan: Plan) -> Fact:
    time = [str(plan.fps), plan.frames, *plan.frame_range, plan.loop]
    return [__version__, document.linear, *plan.size, *plan.document_size, *time]


def _file(output: Output, plan: Plan, job: Job | None) -> Fact:
    """What a file adds to what is seen: its window and how it is encoded."""
    presets = export_presets()
    preset = asdict(presets[output.preset]) if output.preset in presets else output.preset
    whole = job is None or plan.crop == "canvas"
    generated = job is not None and job.prompt is not None and not job.region_given
    window = "canvas" if whole else "reach" if generated else _box(job.region) if job else ""
    return [output.role, preset, plan.quality, plan.alpha, window]


def _box(box: Box) -> Fact:
    return [box.x0, box.y0, box.x1, box.y1]


class _Facts:
    """What is drawn, as plain data."""

    def __init__(self, document: Document, plan: Plan, design: str, generated: str) -> None:
        self._document, self._plan = document, plan
        self._design, self._generated = design, generated
        self._moving = {job.layer: job for job in plan.jobs if job.moves}
        self._places = {node.id: (node, groups) for node, groups in document.walk()}

    def everything(self) -> Fact:
        canvas = _canvas(self._document, self._plan)
        return [canvas, self._plan.background, self._inside(self._document.children)]

    def seen(self, job: Job) -> Fact:
        """What a file of a job shows: the layer, and level by level what its groups and bases of clipping do to it."""
        node, groups = self._places[job.layer]
        chain: list[Node] = [*groups, node]
        levels = [self._document.children, *(group.children for group in groups)]
        around = [self._level(each, siblings) for each, siblings in zip(chain, levels, strict=True)]
        return [_canvas(self._document, self._plan), self.content(node), self._motion(node), around]

    def _level(self, node: Node, siblings: Sequence[Node]) -> Fact:
        base = clip_base(node, siblings)
        frame = [self._masks(node), *self._board(node)] if isinstance(node, Group) else []
        return [node.opacity, node.fill, frame, None if base is None else self._node(base)]

    def _node(self, node: Node) -> Fact:
        """A node as it is painted, with all that is in it and how that moves."""
        laid = [node.opacity, node.fill, node.blend, node.clipped, node.knockout, node.clips_as_group]
        return [laid, self.content(node), self._motion(node)]

    def _inside(self, children: Sequence[Node]) -> Fact:
        """Siblings; of a hidden one it matters only that what is clipped to it is hidden too."""
        return [self._node(child) if child.visible else ["hidden", child.clipped] for child in children]

    def content(self, node: Node) -> Fact:
        """A node by itself: pixels or children, and its masks. An adjustment is only known by its file."""
        if isinstance(node, Group):
            return [self._masks(node), *self._board(node), self._inside(node.children)]
        assert isinstance(node, Layer)
        if node.kind == "adjustment" or node.adjustment is not None:
            return [self._masks(node), "adjusts", self._design]
        pixels = "" if node.box.is_empty else digest_of(node.load)
        return [self._masks(node), _box(node.box), pixels]

    @staticmethod
    def _masks(node: Node) -> Fact:
        return [[_box(mask.box), mask.outside, digest_of(mask.load)] for mask in node.masks]

    @staticmethod
    def _board(group: Group) -> Fact:
        board = None if group.artboard is None else _box(group.artboard)
        return [group.blend == PASS_THROUGH, board, group.background]

    def _motion(self, node: Node) -> Fact:
        job = self._moving.get(node.id)
        return None if job is None else self.told(job)

    def told(self, job: Job, beside: frozenset[str] = frozenset()) -> Fact:
        """A job without where it goes. Its depth is known to the camera alone, its reach follows from the rest."""
        depth = job.depth if any(slot.kind == "camera" for slot in job.slots) and not beside else None
        region = _box(job.region) if job.region_given else None
        generated = self._generated if job.prompt is not None else ""
        return [job.model_dump(mode="json", exclude=set(_BESIDE | beside)), depth, region, generated]
