"""The four examples through the whole way at reduced size, and the result looked at by numbers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drawn import composite
from engine.alpha import Planar
from engine.manifest import Manifest
from engine.pipeline import Request, plan_only, read_document, run_item
from engine.plan import Plan
from engine.scaling import scaled
from engine.verify import verify
from jobs import DESIGNS, distance, entry_of, frames_of, largest_step

ENTERS = {"ui-card", "logo"}  # nothing, or not everything, is there in the first frame
FEWEST_MOVING = {"poster": 20, "character": 12, "ui-card": 11, "logo": 6}


@dataclass(frozen=True)
class Result:
    request: Request
    plan: Plan
    manifest: Manifest
    composite: list[Planar]

    @property
    def out(self) -> Path:
        return self.request.out


RESULTS: dict[str, Result] = {}


@pytest.fixture(params=DESIGNS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def result(name: str, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """The example made once: a fifth of its size, ten frames a second."""
    if name not in RESULTS:
        design, layout = DESIGNS[name]
        out = tmp_path_factory.mktemp(name) / "out"
        request = Request(
            design, out, layout=layout, formats=("ffv1",), composites=("ffv1", "mp4"), size="20%", fps="10",
            device="cpu",
        )  # fmt: skip
        manifest = run_item(request)
        composite = frames_of(out / entry_of(manifest, "composite.mkv").path)
        RESULTS[name] = Result(request, plan_only(request), manifest, composite)
    return RESULTS[name]


def test_the_folder_is_what_its_manifest_says(result: Result) -> None:
    report = verify(result.out)
    assert report.ok, report.problems
    assert result.manifest.status == "finished"
    planned = {output.path for output in result.plan.outputs} | {"motion.yaml"}
    assert {entry.path for entry in result.manifest.files} == planned
    assert not result.plan.warnings


def test_every_moving_layer_moves(name: str, result: Result) -> None:
    moving = [entry for entry in result.manifest.files if entry.role == "layer"]
    assert len(moving) >= FEWEST_MOVING[name]
    for entry in moving:
        frames = frames_of(result.out / entry.path)
        assert len(frames) == result.plan.frames
        assert max(float(np.abs(frame - frames[0]).max()) for frame in frames) > 4 / 255, entry.path


def test_the_picture_at_rest_is_the_design(name: str, result: Result) -> None:
    """Frame 0 of a loop, or a frame after the entrances, lies close to the file's own preview."""
    expected = preview(result)
    index = int(2.4 * float(result.plan.fps)) if name in ENTERS else 0
    assert distance(result.composite[index][:3], expected) < 0.06
    if name in ENTERS:
        assert distance(result.composite[0][:3], expected) > 1.2 * distance(result.composite[index][:3], expected)


def preview(result: Result) -> NDArray[np.float64]:
    """(3, h, w): the file's own flattened picture; a folder of PNGs has none, so its pieces over each other."""
    document = scaled(read_document(result.request), result.plan.size)
    own = document.preview()
    picture = composite(document)[..., :3] if own is None else own[..., :3] / 255
    return np.moveaxis(picture, -1, 0)


def test_loops_close(result: Result) -> None:
    steps, seam = largest_step(result.composite)
    assert steps > 2e-3
    if result.plan.loop:
        assert seam <= 1.3 * steps


def test_the_preview_is_the_composite(result: Result) -> None:
    """The H.264 movie shows what the lossless one holds, over its background."""
    movie = frames_of(result.out / "composite.mp4")
    width, height = result.plan.size
    for lossless, shown in zip(result.composite[::7], movie[::7], strict=True):
        flat = lossless[:3] * lossless[3:] + 1 - lossless[3:]
        assert distance(flat, shown[:3, :height, :width]) < 0.06


def test_the_layout_that_was_used_says_the_same_again(result: Result, tmp_path: Path) -> None:
    again = Request(**{**result.request.__dict__, "layout": result.out / "motion.yaml", "out": tmp_path})
    plans = [plan.model_copy(update={"findings": ()}) for plan in (plan_only(again), result.plan)]  # they name places
    assert plans[0] == plans[1]
