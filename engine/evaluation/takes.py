"""An item of the bench made ready to animate: the real document, layout and plan, as `art animate` would make them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..backends import backend_infos
from ..document import Document
from ..errors import ArtError
from ..layout.read import layout_from_data
from ..motion_field import MotionField
from ..plan import Choices, Plan
from ..plan.planner import make_plan
from ..readers import read
from .items import FPS, SECONDS, Item

Role = Literal["own", "plain", "again"]  # the item itself, without the judged word, with another seed
Fields = Mapping[str, MotionField]  # by layer id
OTHER_SEED = 0x5EED


@dataclass(frozen=True)
class Take:
    """One clip to make: an item, or its companion that it is compared with."""

    item: Item
    role: Role = "own"

    @property
    def name(self) -> str:
        return self.item.id if self.role == "own" else f"{self.item.id}.{self.role}"

    @property
    def prompts(self) -> Mapping[str, str]:
        if self.role != "plain":
            return self.item.prompts
        return dict.fromkeys(self.item.prompts, self.item.plain)

    @property
    def seed(self) -> int:
        return self.item.seed ^ OTHER_SEED if self.role == "again" else self.item.seed


@dataclass(frozen=True, eq=False)
class Staged:
    """A take with its design and its plan."""

    take: Take
    document: Document
    plan: Plan

    @property
    def names(self) -> dict[str, str]:
        """Layer id -> name."""
        return {job.layer: job.path for job in self.plan.jobs}


@dataclass(frozen=True)
class Sampled:
    """How the networks are sampled; None: the weights' own way. separate: every layer as if there were no other."""

    steps: int | None = None
    guidance: float | None = None
    separate: bool = False


def takes_of(items: list[Item], again: frozenset[str] = frozenset()) -> list[Take]:
    """Every clip that the items need; those of `again` (ids) also with another seed."""
    takes = [Take(item) for item in items]
    takes += [Take(item, "plain") for item in items if item.plain]
    return takes + [Take(item, "again") for item in items if item.id in again]


def prompted(take: Take, how: Sampled) -> Staged:
    """The take with its prompts: generated motion."""
    said = {name: value for name, value in (("steps", how.steps), ("guidance", how.guidance)) if value is not None}
    shared: dict[str, Any] = {"seed": take.seed, **said}
    if how.separate:
        shared["together"] = False
    if take.item.region is not None:
        shared["region"] = list(take.item.region)
    return staged(take, {layer: {"prompt": prompt, **shared} for layer, prompt in take.prompts.items()})


def staged(take: Take, layers: Mapping[str, Mapping[str, Any]]) -> Staged:
    """The take with these entries of a layout, by layer."""
    item = take.item
    data: dict[str, Any] = {
        "version": 1,
        "canvas": {"fps": FPS, "duration": f"{SECONDS}s", "loop": item.loop},
        "layers": [{"layer": layer, **entry} for layer, entry in layers.items()],
    }
    if item.scene:
        data["global_prompt"] = item.scene
    document = read(item.artwork)
    try:
        plan = make_plan(document, layout_from_data(data), Choices(), backend_infos())
    except ArtError as error:
        error.message = f"{take.name}: {error.message}"
        raise
    return Staged(take, document, plan)


def with_seed(item: Item, seed: int) -> Item:
    """The item under a seed that the caller chose for the whole bench."""
    return replace(item, seed=(item.seed + seed) % 2**32)
