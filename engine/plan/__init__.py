"""The plan: everything a run will do, as data. Made without torch, the same for the same inputs, and JSON both ways."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..geometry import Box
from ..motion import Slot
from ..motion.beat import Subject
from ..motion.keyframes import Keyframes
from ..motion.path import Travel

PLAN_VERSION = 1
APART = "apart"  # "preset" of proxies: every layer in a movie of its own


@dataclass(frozen=True)
class Choices:
    """What the command line may decide over the layout. None or empty: the layout's word, else the default."""

    formats: tuple[str, ...] | None = None
    composites: tuple[str, ...] | None = None
    handoffs: tuple[str, ...] | None = None
    layers: str | None = None  # glob: which layers are exported
    frames: tuple[int, int] | None = None  # [first, end): image sequences only
    stills: tuple[str, ...] = ()  # moments of which PNGs are made: "1.2s", "36f"
    sheet: bool = False
    proxies: bool = True
    watched: bool = False  # one rendering of many
    seed: int = 0
    crop: Literal["canvas", "region"] = "canvas"
    alpha: Literal["straight", "premultiplied"] = "straight"
    quality: Literal["draft", "standard", "high"] = "standard"
    steps: int | None = None  # of the sampler, for generated motion
    guidance: float | None = None


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Output(Model):
    """One file (or folder of numbered frames) in the output folder."""

    path: str  # relative, with forward slashes
    preset: str  # of presets/export; "still" for one PNG of a layer that does not move; the name of a hand-off
    role: Literal["layer", "still", "composite", "picture", "proxy", "handoff"]


class Snapshot(Output):
    """One PNG of one moment."""

    layer: str = ""  # id of its job; empty: the composite
    frame: int


class Sheet(Output):
    """A page of the contact sheet, or the picture of the parts of one generated layer."""

    layer: str = ""  # id of its job; empty: a page


class Prompt(Model):
    """What a generative backend is asked for."""

    text: str
    strength: float = 1.0
    seed: int = 0
    guidance: float | None = None  # None: the weights' own default
    steps: int | None = None
    together: bool = True
    start: Fraction = Fraction(0)  # s at which its motion begins; in a loop it moves the phase


class Job(Model):
    """One layer (or group moving as one) and what becomes of it."""

    layer: str  # id in the document
    path: str
    canvas: tuple[int, int]
    kind: Literal["layer", "group"]
    backend: str  # "hold" where nothing moves
    box: Box  # opaque pixels at rest, canvas px
    anchor: tuple[float, float] | None = None  # the layer's own, canvas px; None: each motion's default
    depth: float  # 0 the back of the stack, 1 the front
    slots: tuple[Slot, ...] = ()
    keyframes: Keyframes | None = None
    travel: Travel | None = None
    prompt: Prompt | None = None
    rides: str = ""  # path of the moving layer that it, or a group around it, is clipped to
    frames: tuple[int, int]  # [first, end): the layer shows nothing outside
    region: Box  # everything it may cover, canvas px
    region_given: bool = False  # by the layout: drawing is clipped to it
    blend: str = "normal"
    outputs: tuple[Output, ...] = ()
    memory: int = 0  # bytes while it is drawn and exported, estimated
    notes: tuple[str, ...] = ()

    @property
    def moves(self) -> bool:
        return self.backend != "hold"

    @property
    def what(self) -> str:
        """Its motion in a few words: "in rise 0.6s · loop bob 3s"."""
        words = [f"{slot.slot} {slot.motion} {float(slot.duration):.4g}s" for slot in self.slots]
        words += ["keyframes"] if self.keyframes else []
        words += ["path"] if self.travel else []
        words += [f"prompt: {self.prompt.text[:40]}"] if self.prompt else []
        words += [f"with {self.rides}"] if self.rides else []
        return " · ".join(words)

    @property
    def subject(self) -> Subject:
        return Subject(self.box, self.canvas, self.anchor, self.depth)


class Finding(Model):
    """What the motion lint has to say: `warning` where the result is hardly what its author wants, else `note`."""

    level: Literal["warning", "note"]
    rule: str  # of lint.RULES
    layer: str  # its path; empty: the whole picture
    message: str
    hint: str  # how to mend it
    value: float  # what was measured
    unit: str
    file: str | None = None  # the layout's, with the place in it, from 1
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        numbers = [str(number) for number in (self.line, self.column) if number is not None]
        place = ":".join([self.file, *numbers]) if self.file else ""
        return ": ".join(part for part in (place, self.layer, f"{self.message}; {self.hint}") if part)


class Plan(Model):
    """One run: a document's layers bottom to top, the composites, and what they share."""

    version: int = PLAN_VERSION
    source: str  # name of the design's file or folder
    document_size: tuple[int, int]
    size: tuple[int, int]
    fps: Fraction
    frames: int
    frame_range: tuple[int, int]  # [first, end) of what is exported
    loop: bool
    seed: int
    background: tuple[float, float, float, float] | None  # straight sRGB 0..1
    crop: Literal["canvas", "region"]
    alpha: Literal["straight", "premultiplied"]
    quality: Literal["draft", "standard", "high"]
    global_prompt: str = ""
    jobs: tuple[Job, ...]
    composites: tuple[Output, ...]
    snapshots: tuple[Snapshot, ...] = ()
    sheets: tuple[Sheet, ...] = ()  # pages of the contact sheet, and parts of generated layers
    proxies: tuple[Output, ...] = ()  # none, or the folder that `art preview` reads
    handoffs: tuple[Output, ...] = ()
    memory: int  # bytes at the peak, estimated
    warnings: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()  # of the motion lint; no part of the recipe

    @property
    def canvas(self) -> Box:
        return Box(0, 0, *self.size)

    @property
    def seconds(self) -> Fraction:
        return self.frames / self.fps

    @property
    def remarks(self) -> tuple[str, ...]:
        """Everything its author may want to know, a line each."""
        notes = tuple(f"note: {job.path}: {note}" for job in self.jobs for note in job.notes)
        found = tuple(f"{finding.level}: {finding}" for finding in self.findings)
        return (*notes, *(f"warning: {warning}" for warning in self.warnings), *found)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """All files: layers from the bottom up, composites, pictures of single moments, proxies, hand-offs."""
        layers = (output for job in self.jobs for output in job.outputs)
        return (*layers, *self.composites, *self.snapshots, *self.sheets, *self.proxies, *self.handoffs)
