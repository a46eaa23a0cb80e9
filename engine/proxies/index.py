"""`OUT/proxies/proxies.json`: what the pictures beside it are, and what `art preview` says of every layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import BadInput, MissingInput, Where
from ..manifest import Recomposes

FOLDER = "proxies"
INDEX = "proxies.json"
REMEDY = "the same `art animate` with --resume makes them; if another version made the folder, with --force"

MotionSlot = Literal["in", "loop", "out", "keyframes", "path", "prompt"]
Edges = tuple[int, int, int, int]  # x0, y0, x1, y1
Turns = tuple[tuple[int, int, int, int, int], ...]  # (from frame, x0, y0, x1, y1), wherever they change


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Model):
    """Where the pictures of a layer are: on a sheet (its number and the corner there), or in a still of their own."""

    crop: Edges  # proxy px
    sheet: int | None = None
    at: tuple[int, int] = (0, 0)
    shown: Turns = ()  # what it covers of its crop
    still: str = Field(default="", pattern=r"^([0-9]+\.webp)?$")


class SheetFile(Model):
    """A movie of `size` px: colour above, alpha below, each half of it high."""

    file: str = Field(pattern=r"^sheet-[0-9]+\.webm$")
    size: tuple[int, int]


class Motion(Model):
    """One part of what a layer does; seconds. Of a loop `duration` is one period."""

    slot: MotionSlot
    name: str
    start: float
    duration: float


class LayerProxy(Model):
    """One layer, or group that moves as one."""

    id: str
    path: str
    name: str
    kind: Literal["layer", "group"]
    blend: str
    opacity: float
    baked: tuple[str, ...]
    recomposes: Recomposes
    why: str = ""
    region: Edges  # canvas px
    region_given: bool
    frames: tuple[int, int]
    motions: tuple[Motion, ...] = ()
    rides: str = ""
    notes: tuple[str, ...] = ()
    place: Place


class ProxyIndex(Model):
    """The whole of proxies.json, version 1. Layers stand bottom to top."""

    version: Literal[1] = 1
    source: str  # name of the design
    size: tuple[int, int]  # of the canvas
    fps: str
    frames: int = Field(ge=1)
    loop: bool
    linear: bool  # layers blend in linear light
    background: tuple[float, float, float, float] | None
    prompt: str = ""  # of the whole scene
    scale: tuple[int, int]  # so many proxy px are so many of the canvas
    small: tuple[int, int]  # the canvas in proxy px
    sheets: tuple[SheetFile, ...]
    layers: tuple[LayerProxy, ...]
    composite: Place | None = None  # where layers do not stack to it
    why: str = ""


def write_index(folder: Path, index: ProxyIndex) -> None:
    """Write proxies.json into a folder that is not yet there for others."""
    text = json.dumps(index.model_dump(mode="json"), ensure_ascii=False, separators=(",", ":"))
    (folder / INDEX).write_text(text + "\n", "utf-8")


def read_index(folder: Path) -> ProxyIndex:
    """The index of a folder of proxies. Raises MissingInput and BadInput."""
    path = folder / INDEX
    try:
        return ProxyIndex.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise MissingInput(f"there is no readable {INDEX}", hint=REMEDY, where=Where(folder)) from error
    except (UnicodeDecodeError, ValidationError) as error:
        raise BadInput(f"{INDEX} is not as written by art", hint=REMEDY, where=Where(path)) from error
