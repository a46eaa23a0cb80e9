"""Films for tests of hand-offs: plans of drawn documents with their motion, and our own composite to compare with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drawn import drawn_document
from engine import alpha
from engine.document import Document
from engine.handoff import Film
from engine.output import empty_manifest
from engine.pictures import Stage
from engine.pipeline import animate
from engine.progress import Silent
from jobs import layout_of, plan_of

Picture = NDArray[np.float32]
SHORT = "fps: 12, duration: 1s"


def film(layers: str, canvas: str = SHORT, document: Document | None = None) -> Film:
    document = document or drawn_document()
    plan = plan_of(layout_of(layers, canvas), document)
    fields = animate(document, plan, "cpu", Silent())
    return Film(document, plan, fields, empty_manifest(document, plan, "0" * 64, None))


def ours(told: Film, frames: Sequence[int]) -> list[Picture]:
    """(h, w, 3) a frame, over white."""
    stage = Stage(told.document, told.plan, told.fields, "cpu")
    drawn = [next(stage.pictures([], range(i, i + 1), composite=True)).composite for i in frames]
    return [alpha.over(picture, (1, 1, 1)).transpose(1, 2, 0) for picture in drawn if picture is not None]


def psnr(one: Picture, other: Picture) -> float:
    """dB of pictures 0..1."""
    return float(-10 * np.log10(max(1e-12, np.square(one - other).mean())))
