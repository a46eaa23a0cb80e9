"""The pydantic types of a layout's values: how each is read, written, and told to editors by JSON Schema."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from ..easing import Easing, parse_easing
from ..timing import Time
from .values import (
    ANCHOR_WORDS,
    DIRECTIONS,
    Amount,
    Anchor,
    Angle,
    Length,
    LoopMode,
    plain_number,
    read_amount,
    read_anchor,
    read_angle,
    read_direction,
    read_fps,
    read_length,
    read_loop_mode,
    read_number,
    read_point,
    read_ratio,
    read_region,
    read_scale,
    read_share,
    read_size,
    read_time,
    write_amount,
    write_fps,
    write_scale,
    write_size,
    write_time,
)
from .words import (
    MAX_SEED,
    Color,
    read_color,
    read_id,
    read_name,
    read_names,
    read_reference,
    read_seed,
    read_style,
    read_text,
    read_turns,
    read_whole,
    write_reference,
)

JsonSchema = dict[str, Any]


def _text(pattern: str | None = None, **more: Any) -> JsonSchema:
    return {"type": "string", **({"pattern": pattern} if pattern else {}), **more}


def _keep(kind: type | tuple[type, ...], read: Callable[[Any], Any]) -> PlainValidator:
    """Read what a file gives; values that are already typed pass."""
    return PlainValidator(lambda value: value if isinstance(value, kind) else read(value))


def _written(write: Callable[[Any], Any]) -> PlainSerializer:
    """Write a value as a file has it: text, number or list."""
    return PlainSerializer(write, return_type=Any)


def _times(read: Callable[[Time], bool], wrong: str) -> Callable[[Any], Time]:
    def checked(value: Any) -> Time:
        time = value if isinstance(value, Time) else read_time(value)
        if not read(time):
            raise ValueError(wrong)
        return time

    return checked


EASING_FORMAT = "easing"  # where the JSON Schema lists the words
NUMBER = r"[+-]?(\d{1,15}\.?\d{0,17}|\.\d{1,17})([eE][+-]?\d{1,2})?"
_TIME_TEXT = rf"^\s*{NUMBER} ?([sS]|[mM][sS]|[fF])?\s*$"
_AHEAD_TEXT = _TIME_TEXT.replace("[+-]?", r"\+?", 1)


def _number_or(says: str, pattern: str, **limits: float) -> JsonSchema:
    """A bare number or a text with a unit; `says` is what editors show for anything else."""
    kinds: tuple[JsonSchema, ...] = ({"type": "number", **limits}, _text(pattern))
    return {"anyOf": [{**kind, "errorMessage": f"Write {says}."} for kind in kinds]}


_TIME_SAYS = "a time such as 0.5s, 500ms or 12f; a bare number is seconds"
_SHARE_SAYS = "a factor such as 0.8 or 80%"
_LENGTH_SCHEMA = _number_or("a length such as 12px or 50%; a bare number is px", rf"^\s*{NUMBER} ?([pP][xX]|%)?\s*$")
_ANGLE_SCHEMA = _number_or(
    "an angle such as 90deg or 0.25turn; a bare number is degrees",
    rf"^\s*{NUMBER} ?([dD][eE][gG]|[tT][uU][rR][nN]|[rR][aA][dD])?\s*$",
)
_RATIO_SCHEMA = _number_or(_SHARE_SAYS, rf"^\s*{NUMBER} ?%?\s*$")
_SHARE_SCHEMA = _number_or(_SHARE_SAYS, rf"^\s*{NUMBER} ?%?\s*$".replace("[+-]?", r"\+?", 1), minimum=0, maximum=1)
_AMOUNT_SCHEMA = _number_or(
    "an amount such as 4%, 12px, 15deg or 0.5", rf"^\s*{NUMBER} ?(px|%|deg|turn|rad|PX|DEG|TURN|RAD)?\s*$"
)
_NAME_SCHEMA = _text(minLength=1, maxLength=2000)
_NAMES_SCHEMA: JsonSchema = {"anyOf": [_NAME_SCHEMA, {"type": "array", "items": _NAME_SCHEMA, "minItems": 1}]}


def _pair(item: JsonSchema, size: int = 2) -> JsonSchema:
    return {"type": "array", "items": item, "minItems": size, "maxItems": size}


TimeValue = Annotated[
    Time,
    _keep(Time, read_time),
    _written(write_time),
    WithJsonSchema(_number_or(_TIME_SAYS, _TIME_TEXT)),
]
Duration = Annotated[
    Time,
    PlainValidator(_times(lambda time: time.value > 0, "a length of time must be above 0")),
    _written(write_time),
    WithJsonSchema(_number_or(_TIME_SAYS, _AHEAD_TEXT, exclusiveMinimum=0)),
]
Moment = Annotated[
    Time,
    PlainValidator(_times(lambda time: time.value >= 0, "this time cannot be before 0")),
    _written(write_time),
    WithJsonSchema(_number_or(_TIME_SAYS, _AHEAD_TEXT, minimum=0)),
]
FpsValue = Annotated[
    Fraction,
    _keep(Fraction, read_fps),
    _written(write_fps),
    WithJsonSchema(
        _number_or(
            "frames per second, at most 240: 30, 29.97 or 24000/1001",
            r"^\s*\d{1,6}([./]\d{1,6})?\s*$",
            exclusiveMinimum=0,
            maximum=240,
        )
    ),
]
SizeValue = Annotated[
    tuple[int, int] | Literal["original"],
    PlainValidator(read_size),
    _written(write_size),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "original"},
                _text(r"^\s*\d{1,5} ?[x×] ?\d{1,5}\s*$"),
                _pair({"type": "integer", "minimum": 1, "maximum": 30000}),
            ]
        }
    ),
]
ColorValue = Annotated[Color, _keep(Color, read_color), _written(str), WithJsonSchema(_text(minLength=3))]
EasingValue = Annotated[Easing, _keep(Easing, parse_easing), _written(str), WithJsonSchema(_text(format=EASING_FORMAT))]
LengthValue = Annotated[Length, _keep(Length, read_length), _written(str), WithJsonSchema(_LENGTH_SCHEMA)]
AngleValue = Annotated[Angle, _keep(Angle, read_angle), _written(str), WithJsonSchema(_ANGLE_SCHEMA)]
AmountValue = Annotated[
    Amount, _keep((Length, Angle), read_amount), _written(write_amount), WithJsonSchema(_AMOUNT_SCHEMA)
]
RatioValue = Annotated[float, PlainValidator(read_ratio), _written(plain_number), WithJsonSchema(_RATIO_SCHEMA)]
ShareValue = Annotated[float, PlainValidator(read_share), _written(plain_number), WithJsonSchema(_SHARE_SCHEMA)]
TurnsValue = Annotated[float, PlainValidator(read_turns), _written(plain_number), WithJsonSchema({"type": "number"})]
SeedValue = Annotated[
    int, PlainValidator(read_seed), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_SEED})
]
StepsValue = Annotated[
    int,
    PlainValidator(lambda value: read_whole(value, 1, 1000)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 1000}),
]
GuidanceValue = Annotated[
    float,
    PlainValidator(lambda value: read_number(value, "a number from 0 to 100", 0, 100)),
    _written(plain_number),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100}),
]
DepthValue = Annotated[
    float,
    PlainValidator(lambda value: read_number(value, "a distance of 0 or more", 0)),
    _written(plain_number),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
DirectionValue = Annotated[
    str | Angle,
    _keep(Angle, read_direction),
    _written(str),
    WithJsonSchema({"anyOf": [{"enum": list(DIRECTIONS)}, _text(rf"^\s*{NUMBER} ?(deg|turn|rad)\s*$")]}),
]
LoopModeValue = Annotated[
    LoopMode,
    _keep(LoopMode, read_loop_mode),
    _written(str),
    WithJsonSchema(_text(r"^\s*(loop|pingpong|hold|offset|loop ?\( ?0*[1-9]\d{0,5} ?\))\s*$")),
]
AnchorValue = Annotated[
    Anchor,
    _keep(Anchor, read_anchor),
    _written(str),
    WithJsonSchema({"anyOf": [{"enum": list(ANCHOR_WORDS)}, _text(r"^\s*\S+\s+\S+\s*$"), _pair(_LENGTH_SCHEMA)]}),
]
PointValue = Annotated[
    tuple[Length, Length],
    PlainValidator(read_point),
    _written(lambda point: [str(side) for side in point]),
    WithJsonSchema(_pair(_LENGTH_SCHEMA)),
]
ScaleValue = Annotated[
    tuple[float, float],
    PlainValidator(read_scale),
    _written(write_scale),
    WithJsonSchema({"anyOf": [*_RATIO_SCHEMA["anyOf"], _pair(_RATIO_SCHEMA)]}),
]
RegionValue = Annotated[
    tuple[Length, Length, Length, Length],
    PlainValidator(read_region),
    _written(lambda region: [str(side) for side in region]),
    WithJsonSchema(_pair(_LENGTH_SCHEMA, 4)),
]
NameValue = Annotated[str, PlainValidator(read_name), WithJsonSchema(_NAME_SCHEMA)]
NamesValue = Annotated[tuple[str, ...], PlainValidator(read_names), _written(list), WithJsonSchema(_NAMES_SCHEMA)]
IdValue = Annotated[
    str, PlainValidator(read_id), WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _NAME_SCHEMA]})
]
TextValue = Annotated[str, PlainValidator(read_text), WithJsonSchema(_text(r"\S", maxLength=4000))]
# the names of the styles are listed by the JSON Schema, so that nothing is looked up at import
StyleValue = Annotated[str, PlainValidator(read_style), WithJsonSchema(_text())]
# a moment, or the layers it depends on
Reference = Annotated[
    Time | tuple[str, ...],
    _keep(Time, read_reference),
    _written(write_reference),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, *_NAMES_SCHEMA["anyOf"]]}),
]
