"""The contract of every backend: a field a job, at the scene's rate and length, closed, the same for the same seed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from drawn import drawn_document
from engine.backends import BACKENDS, Backend, Scene
from engine.geometry import apply
from engine.layout.read import layout_from_data
from engine.motion_field import MotionField, at
from engine.pictures import Stage
from engine.plan import Plan
from engine.plan.planner import Choices, make_plan
from engine.progress import Silent
from tiny_networks import TINY, import_networks

ASKS = {"motion": {"loop": {"motion": "bob", "period": "1s"}}, "prompt": {"prompt": "it sways in the wind"}}
DOCUMENT = drawn_document()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with networks of chance, for backends that have some."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("models")
        patch.setenv("ART_MODELS", str(folder))
        import_networks(tmp_path_factory.mktemp("weights"))
    return folder


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, models: Path, monkeypatch: pytest.MonkeyPatch) -> Backend:
    monkeypatch.setenv("ART_MODELS", str(models))
    return BACKENDS[request.param]()


def plan_for(backend: Backend) -> Plan:
    """Two layers that ask for each thing the backend handles; the canvas loops."""
    ask = {key: value for name in sorted(backend.info.handles) for key, value in ASKS[name].items()}
    entries = [{"layer": "Hero/Balloon", **ask}, {"layer": "Title", **ask, "seed": 7}]
    layout = layout_from_data({"canvas": {"fps": 12, "duration": "1s"}, "layers": entries})
    return make_plan(DOCUMENT, layout, Choices(), [backend.info])


def fields(backend: Backend, plan: Plan) -> Mapping[str, MotionField]:
    scene = Scene(
        canvas=plan.canvas, fps=plan.fps, frames=plan.frames, loop=plan.loop, seed=plan.seed, device="cpu",
        still=Stage(DOCUMENT, plan, {}, "cpu").still, weights=TINY,
    )  # fmt: skip
    return backend.animate([job for job in plan.jobs if job.moves], scene, Silent())


def test_it_says_what_it_is(backend: Backend) -> None:
    assert backend.info.name in BACKENDS
    assert backend.info.summary
    assert backend.info.handles
    assert backend.info.handles <= set(ASKS)


def test_a_field_for_every_job(backend: Backend) -> None:
    plan = plan_for(backend)
    found = fields(backend, plan)
    assert set(found) == {job.layer for job in plan.jobs if job.moves}
    for field in found.values():
        assert (field.rate, field.frames, field.loop) == (plan.fps, plan.frames, plan.loop)
        for part in field.parts:
            assert part.affine.matrices().shape == (plan.frames, 2, 3)
            assert np.isfinite(part.affine.matrices()).all()


def test_the_seam_is_no_jump(backend: Backend) -> None:
    """From the last frame to the first a layer's corners go no further than between other frames."""
    plan = plan_for(backend)
    for job in plan.jobs:
        if not job.moves:
            continue
        field = fields(backend, plan)[job.layer]
        for part in field.parts:
            corners = apply(part.affine.matrices(), job.box.corners[None])  # (t, 4, 2)
            steps = np.hypot(*np.moveaxis(corners - np.roll(corners, 1, axis=0), -1, 0)).max(axis=1)
            assert steps[0] <= 1.2 * steps[1:].max() + 1e-9
            assert steps.max() > 0.01, "it was asked to move"


def test_the_same_seed_gives_the_same_field(backend: Backend) -> None:
    plan = plan_for(backend)
    first, second = fields(backend, plan), fields(backend, plan)
    for layer, field in first.items():
        for time in (0.0, 0.4):
            one, other = at(field, time), at(second[layer], time)
            for a, b in zip(one.parts, other.parts, strict=True):
                np.testing.assert_array_equal(a.matrix, b.matrix)
