"""`motion.yaml` version 1 as types: what moves, how and when. Every key carries its description and examples, from
which the JSON Schema, the editor help and the documentation come.

A model's attribute is its key in the file; where that is a word of Python a low line follows it: `in_`, `as_`, `with_`,
`from_`. All models are frozen, know no other keys, and hold typed values; None means "not given".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, StrictBool, model_validator

from ..errors import Where
from ..presets import Slot as SlotName
from ..timing import Time
from .source import Source
from .types import (
    AmountValue,
    AnchorValue,
    AngleValue,
    ColorValue,
    DepthValue,
    DirectionValue,
    Duration,
    EasingValue,
    FpsValue,
    GuidanceValue,
    IdValue,
    LengthValue,
    LoopModeValue,
    Moment,
    NamesValue,
    NameValue,
    PointValue,
    RatioValue,
    Reference,
    RegionValue,
    ScaleValue,
    SeedValue,
    ShareValue,
    SizeValue,
    StepsValue,
    StyleValue,
    TextValue,
    TimeValue,
    TurnsValue,
)
from .words import PARAMETERS, Color

LATEST = 1


class Model(BaseModel):
    """What all parts of a layout share."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=lambda name: name.rstrip("_"),
        use_attribute_docstrings=False,
        arbitrary_types_allowed=True,
    )


def key(description: str, *examples: Any, default: Any = None) -> Any:
    """A key that may be left out."""
    return Field(default=default, description=description, examples=list(examples))


def required(description: str, *examples: Any) -> Any:
    return Field(description=description, examples=list(examples))


class Slot(Model):
    """One exact motion: a motion's name, or the name with what differs from its defaults."""

    motion: str = required("A motion preset; `art presets list` shows all.", "rise", "breathe")
    duration: Duration | None = key("Of an in or out.", "600ms")
    period: Duration | None = key("Of one turn of a loop. With `canvas.loop` it is fitted to the canvas.", "2s")
    delay: TimeValue | None = key("Wait before it starts; shifts the phase of a loop.", "100ms")
    easing: EasingValue | None = key("How it starts and lands.", "out-back", "cubic-bezier(0.2, 0, 0, 1)")
    amount: AmountValue | None = key("How much, in the unit of the motion.", "4%", "12px", 0.5)
    direction: DirectionValue | None = key("Where to, or which way round.", "up", "clockwise")
    distance: LengthValue | None = key("How far; bare numbers are px, % is of the canvas.", "80px", "10%")
    angle: AngleValue | None = key("How far it turns; bare numbers are degrees.", "15deg", "0.25turn")
    turns: TurnsValue | None = key("Number of full turns.", 1, -2)
    overshoot: RatioValue | None = key("How far it shoots past its goal.", "10%", 0.1)
    mode: LoopModeValue | None = key("What a loop does after its period.", "loop(3)", "pingpong", "hold", "offset")
    seed: SeedValue | None = key("Where chance starts.", 7)

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"motion": value} if isinstance(value, str) else value

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the motion that are given, typed as `words.PARAMETERS` reads them."""
        given = {name: getattr(self, name) for name in PARAMETERS}
        return {name: value for name, value in given.items() if value is not None}


class Canvas(Model):
    """The moving picture as a whole."""

    fps: FpsValue = key("Frames per second; 29.97 means 30000/1001.", 30, "24000/1001", default=Fraction(30))
    duration: Duration = key("Length of the animation.", "3s", "90f", default=Time(Fraction(3)))
    loop: StrictBool = key("The last frame runs into the first; periods are fitted to it.", True, default=True)
    size: SizeValue | None = key(
        "Width and height of the result in pixels. Default: the document's, at most 3840 on the long side; "
        "`original` lifts that limit.",
        "1920x1080",
        [1080, 1080],
        "original",
    )
    camera: Slot | None = key(
        "One move of the camera over the whole stack, each layer by its `depth`.",
        "kenburns",
        {"motion": "parallax", "amount": "4%", "direction": "left"},
    )
    background: ColorValue = key(
        "Colour behind the composite. Layers are always exported with alpha.",
        "transparent",
        "#ffffff",
        default=Color(0, 0, 0, 0),
    )

    @property
    def seconds(self) -> Fraction:
        return self.duration.seconds(self.fps)

    @property
    def frames(self) -> int:
        """Whole frames of the animation, at least one."""
        return max(1, self.duration.frames(self.fps))


class Defaults(Model):
    """Values for all layers that have none of their own."""

    easing: EasingValue | None = key("Of in, out, keyframes and path; loops keep their motion's own.", "ease-out")
    duration: Duration | None = key("Of in and out.", "600ms")
    period: Duration | None = key("Of loops.", "2s")
    anchor: AnchorValue | None = key("The point layers turn and scale about.", "center", "50% 100%")
    seed: SeedValue | None = key("Where chance starts: the same seed gives the same motion.", 7)
    strength: ShareValue | None = key("How strongly generated motion moves, 0 to 1.", 0.8)
    guidance: GuidanceValue | None = key("How closely generated motion follows the prompt.", 4)
    steps: StepsValue | None = key("Denoising steps of generated motion.", 30)
    together: StrictBool | None = key("Prompted layers are generated together and see each other.", True)


class _Key(Model):
    at: Moment = required("When, from the layer's start.", "0s", "12f")
    value: Any  # each property has its own type
    easing: EasingValue | None = key("How the way to this key runs.", "ease-in-out")


class PositionKey(_Key):
    """Where the layer is at a moment."""

    value: PointValue = required("[x, y] from where it rests; % is of the canvas.", [0, 0], ["120px", "10%"])


class RotationKey(_Key):
    """How far the layer is turned at a moment."""

    value: AngleValue = required("Clockwise, about the anchor; bare numbers are degrees.", "90deg", "-0.25turn")


class ScaleKey(_Key):
    """How large the layer is at a moment."""

    value: ScaleValue = required("A factor for both sides, or [width, height]; negative mirrors.", "120%", [1, 0.5])


class ShearKey(_Key):
    """How far the layer is slanted at a moment."""

    value: AngleValue = required("Slant of the upright edges; bare numbers are degrees.", "10deg")


class OpacityKey(_Key):
    """How opaque the layer is at a moment."""

    value: ShareValue = required("0 to 1, or 0% to 100%, of its own opacity.", 0, "100%")


class Keyframes(Model):
    """Values at moments, per property. Before the first and after the last key the value holds."""

    position: tuple[PositionKey, ...] | None = key("Shift.", [{"at": "0s", "value": [0, 0]}])
    rotation: tuple[RotationKey, ...] | None = key("Turn about the anchor.", [{"at": "1s", "value": "90deg"}])
    scale: tuple[ScaleKey, ...] | None = key("Size about the anchor.", [{"at": "1s", "value": "120%"}])
    shear: tuple[ShearKey, ...] | None = key("Slant about the anchor.", [{"at": "1s", "value": "10deg"}])
    opacity: tuple[OpacityKey, ...] | None = key("Opacity.", [{"at": "1s", "value": 0}])


class MotionPath(Model):
    """A line the layer travels along; keyframes.position adds to it. A bare text is its `d`."""

    d: str = required("SVG path data in px; its first point is where the layer rests.", "M0 0 C 50 -80 150 -80 200 0")
    duration: Duration | None = key("Time for the whole way. Default: as long as the layer is there.", "2s")
    orient: StrictBool = key("Turn the layer along the path.", True, default=False)
    easing: EasingValue | None = key("How it travels.", "ease-in-out")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return {"d": value} if isinstance(value, str) else value


StaggerFrom = Literal["start", "end", "center", "edges", "random"]


class Stagger(Model):
    """Layers of one entry start one after another. A bare time is its `each`."""

    each: Moment = required("Time between one layer and the next.", "80ms")
    from_: StaggerFrom = key("Who goes first; start is the lowest layer of the stack.", "center", default="start")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, value: Any) -> Any:
        return value if isinstance(value, (Mapping, Stagger)) else {"each": value}


class LayerSpec(Model):
    """One entry of `layers`: which layers, and what they do. A layer that no entry names holds still."""

    layer: NameValue | None = key(
        "Path in the document, a name that occurs once, a pattern, `#id`, or `name~2` for the second of equal names.",
        "Hero/Balloon",
        "Sparkles/*",
        "Icon~2",
    )
    id: IdValue | None = key("The layer's number in the document, instead of `layer`.", 12, "#12")
    optional: StrictBool = key("No error when no layer matches.", True, default=False)
    as_: Literal["group", "layers"] | None = key("A group moves as one, or each layer in it by itself.", "group")
    hold: StrictBool = key("Stand still.", True, default=False)

    start: Moment | None = key("When the layer's motion begins.", "0.5s")
    end: Duration | None = key("When the layer is gone: its `out` ends here. Default: the end of the canvas.", "2.5s")
    delay: Moment | None = key("Wait after `start`, `after` or `with`.", "200ms")
    after: Reference | None = key("Begin when those layers have come to rest (or at a time).", "Title", ["A", "B"])
    with_: Reference | None = key("Begin together with those layers (or at a time).", "Title")

    in_: Slot | None = key("How the layer arrives.", "rise", {"motion": "rise", "duration": "600ms"})
    loop: Slot | None = key("What it does all the time.", "breathe", {"motion": "bob", "period": "2s"})
    out: Slot | None = key("How the layer leaves.", "fade", {"motion": "fade", "duration": "400ms"})
    keyframes: Keyframes | None = key("Values at moments.", {"opacity": [{"at": "0s", "value": 0}]})
    path: MotionPath | None = key("A line to travel along.", "M0 0 C 50 -80 150 -80 200 0")
    anchor: AnchorValue | None = key("The point it turns and scales about; % of its opaque box.", "bottom", "50% 100%")
    depth: DepthValue | None = key(
        "Distance for camera motions, instead of the order of the layers; larger is farther away.", 2.5
    )
    stagger: Stagger | None = key("Layers of this entry start one after another.", "80ms", {"each": "80ms"})
    easing: EasingValue | None = key("For in, out, keyframes and path of this layer.", "ease-out")

    prompt: TextValue | None = key("What moves, in words: generated motion.", "the balloon bobs gently")
    region: RegionValue | None = key(
        "[x, y, width, height] on the canvas that it stays in.", ["12%", "5%", "60%", "70%"]
    )
    strength: ShareValue | None = key("How strongly it moves, 0 to 1.", 0.8)
    seed: SeedValue | None = key("Where chance starts.", 7)
    guidance: GuidanceValue | None = key("How closely it follows the prompt.", 4)
    steps: StepsValue | None = key("Denoising steps.", 30)
    together: StrictBool | None = key("false: generated alone, without seeing the other layers.", False)

    @property
    def selector(self) -> str:
        """The text that picks the layers: `layer`, or `#id`."""
        return self.layer or self.id or ""

    @property
    def slots(self) -> dict[SlotName, Slot]:
        """The slots that are given."""
        slots: dict[SlotName, Slot | None] = {"in": self.in_, "loop": self.loop, "out": self.out}
        return {name: slot for name, slot in slots.items() if slot is not None}

    @property
    def moves(self) -> bool:
        """Something happens: not only `hold`, `depth` or nothing at all."""
        return bool(self.slots or self.keyframes or self.path or self.prompt)


class Export(Model):
    """Which files are written, by export preset; options of the command line win."""

    layers: NamesValue | None = key("Formats of every layer, with alpha.", ["prores4444", "webm"])
    composite: NamesValue | None = key("Formats of the whole picture.", ["mp4"])
    handoff: NamesValue | None = key("Files for other programs.", ["otio", "jsx"])


@dataclass(frozen=True, eq=False)
class Origin:
    """Where a layout was read, or why it was chosen so. It never makes two layouts differ."""

    source: Source | None = None
    warnings: tuple[str, ...] = ()
    notes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # comments above entries, by their index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin)

    def __hash__(self) -> int:
        return 0


class Layout(Model):
    """A whole `motion.yaml`."""

    version: Literal[1] = key("Of this format.", 1, default=LATEST)
    canvas: Canvas = key("Frame rate, length, size.", {"fps": 30, "duration": "3s"}, default=Canvas())
    defaults: Defaults = key(
        "What layers get that do not say it themselves.", {"easing": "ease-out"}, default=Defaults()
    )
    global_prompt: TextValue | None = key("The whole scene in words, for generated layers.", "a fair at dusk")
    layers: tuple[LayerSpec, ...] = key("What moves.", [{"layer": "Title", "in": "rise"}], default=())
    export: Export | None = key("Which files are written.", {"layers": ["prores4444"], "composite": ["mp4"]})
    style: StyleValue | None = key("The taste of motions that art chooses where no layers are listed.", "calm")

    _origin: Origin = PrivateAttr(default=Origin())

    def where(self, *keypath: str | int, key: bool = False) -> Where:
        """The place of a value in the file it was read from: `layout.where("layers", 0, "in", "motion")`."""
        source = self._origin.source
        return source.where(*keypath, key=key) if source else Where()

    @property
    def path(self) -> str | None:
        source = self._origin.source
        return str(source.path) if source and source.path else None

    def with_notes(self, notes: Mapping[int, tuple[str, ...]]) -> Layout:
        """The same layout with a comment for some of its entries, which `dump_layout` writes above them."""
        layout = self.model_copy()
        layout._origin = replace(self._origin, notes=notes)
        return layout

    @property
    def notes(self) -> Mapping[int, tuple[str, ...]]:
        """Comments above entries, by the index of the entry."""
        return self._origin.notes

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the author may want to know though nothing is wrong."""
        return self._origin.warnings
