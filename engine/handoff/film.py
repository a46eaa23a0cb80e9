"""What a hand-off tells of: a finished film with its motion as data, and the files it refers to."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from ..document import Document, Group, Layer, Node
from ..manifest import FileEntry, Manifest
from ..motion_algebra import reach
from ..motion_field import MotionField, Part, at
from ..plan import Job, Plan

# what is less does not show: generated motion is full of it
BENT = 1 / 8  # px
LIT = 1 / 512  # factors, shares, radians of hue: half a level of 8 bits
BLURRED = 0.1  # px, as the renderer


@dataclass(frozen=True, eq=False)
class Film:
    """A document in motion. `fields` has a field for every job that moves; the manifest lists all movies and stills."""

    document: Document  # at the film's size
    plan: Plan
    fields: Mapping[str, MotionField]
    manifest: Manifest

    def files(self, job: Job) -> list[FileEntry]:
        """The movies, or the one still, of a layer."""
        entries = [entry for entry in self.manifest.files if entry.role in ("layer", "still")]
        return [entry for entry in entries if entry.layer is not None and entry.layer.id == job.layer]

    def composites(self) -> list[FileEntry]:
        return [entry for entry in self.manifest.files if entry.role == "composite"]

    def shown(self, job: Job) -> tuple[int, int]:
        """Frames [first, end) from the first to the last that shows anything of a layer; (0, 0) when none does."""
        first, end = job.frames
        field = self.fields.get(job.layer)
        if field is None:
            return first, end
        seen = [index for index in range(first, end) if _is_seen(field, float(index / self.plan.fps))]
        return (seen[0], seen[-1] + 1) if seen else (0, 0)

    def place(self, job: Job) -> tuple[Node, tuple[Group, ...]]:
        """The node of a job and its groups, from the outside in."""
        return next((node, groups) for node, groups in self.document.walk() if node.id == job.layer)

    def adjustments(self) -> list[str]:
        """Paths of the adjustment layers: they act in the composite alone."""
        shown = (node for node, groups in self.document.walk() if all(each.visible for each in (node, *groups)))
        return [node.path for node in shown if isinstance(node, Layer) and node.adjustment is not None]

    def unlike_a_picture(self, job: Job) -> str:
        """Why a layer cannot be told as one picture that is placed, turned, scaled, slanted and faded; empty if it can.

        The picture is the layer at rest as its file shows it.
        """
        field = self.fields.get(job.layer)
        if field is not None and (len(field.parts) > 1 or field.patch is not None or field.parts[0].matte is not None):
            return "it moves in several parts"
        return self.held_back(job) or ("" if field is None else bends(field.parts[0]))

    def held_back(self, job: Job) -> str:
        """What stays where it is, or goes its own way, while a layer moves; empty where nothing does."""
        field = self.fields.get(job.layer)
        if field is None:
            return f"it is clipped to {job.rides}, which moves" if job.rides else ""
        return self._masked(job) or self._cut_off(job, field)

    def _cut_off(self, job: Job, field: MotionField) -> str:
        cut = job.region_given and not job.region.contains(reach(field, job.box))
        return "it is cut off at its region" if cut else ""

    def _masked(self, job: Job) -> str:
        node, groups = self.place(job)
        if any(each.clipped for each in (node, *groups)):
            return "what it is clipped to does not move with it"
        if any(group.masks or group.artboard is not None for group in groups):
            return "the mask of its group does not move with it"
        return ""


def bends(part: Part) -> str:
    """What a part does beyond an affine and opacity, in words; empty when nothing."""
    cover = None if part.opacity_grid is None else np.clip(part.opacity_grid.values, 0, 1)
    facts = {
        "its shape changes": _leaves(0, BENT, None if part.flow is None else part.flow.values),
        "it is uncovered by an edge": _leaves(1, LIT, cover),
        "its light changes": _leaves(1, LIT, part.gain, None if part.gain_grid is None else part.gain_grid.values),
        "its colour changes": _leaves(0, LIT, part.hue),
        "it blurs": _leaves(0, BLURRED, part.blur),
        "it glows": _leaves(0, LIT, part.glow),
    }
    return ", ".join(text for text, is_so in facts.items() if is_so)


def _leaves(rest: float, step: float, *tracks: NDArray[np.floating] | None) -> bool:
    """Whether any of the tracks is ever as far from rest as shows."""
    return any(values is not None and bool((np.abs(values - rest) > step / 2).any()) for values in tracks)


def _is_seen(field: MotionField, time: float) -> bool:
    moment = at(field, time)
    return moment.patch is not None or any(part.visible for part in moment.parts)


def preferred(entries: Sequence[FileEntry], presets: Sequence[str]) -> list[FileEntry]:
    """The entries whose export preset is among `presets`, in that order; stills are `png`."""
    found = [entry for entry in entries if entry.preset in presets]
    return sorted(found, key=lambda entry: presets.index(entry.preset))


def link(target: str, source: str) -> str:
    """The way from one file of the output folder to another, as a relative URL."""
    return quote(posixpath.relpath(target, posixpath.dirname(source)))
