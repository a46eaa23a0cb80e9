"""The plan: torch-free, the same for the same inputs, JSON both ways, and true about what will be drawn."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from drawn import SIZE, bar, drawn_document
from engine.backends import backend_infos
from engine.document import Document, Layer
from engine.errors import BadInput, Unavailable, UsageError
from engine.geometry import Box
from engine.plan import Choices, Job, Plan
from engine.plan.lint import lint
from engine.plan.planner import make_plan
from engine.presets import motion_presets
from engine.scaling import scaled
from jobs import BOB, ROOT, largest_step, layout_of, plan_of, stage_of

HERO = "Hero/Balloon"
PAIRS = [(name, slot) for name, preset in motion_presets().items() for slot in preset.slots]

FAINT = 0.25 / 255  # alpha: the tail of a blur, invisible in 8 bits


def job_of(plan: Plan, path: str) -> Job:
    return next(job for job in plan.jobs if job.path == path)


def motion(words: str, layer: str = HERO) -> str:
    return f"  - layer: {layer}\n    {words}\n"


# --- what a plan is ---


def test_planning_needs_no_torch() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from drawn import drawn_document\n"
        "from engine.layout.read import parse_layout\n"
        "from engine.plan.planner import Choices, make_plan\n"
        "from engine.specs import BackendInfo\n"
        "layout = parse_layout('version: 1\\nlayers:\\n  - layer: Title\\n    loop: wave\\n')\n"
        "info = BackendInfo('kinetic', '', frozenset({'motion'}), 0)\n"
        "plan = make_plan(drawn_document(), layout, Choices(), [info])\n"
        "assert plan.jobs and any(job.moves for job in plan.jobs)\n"
        "print('torch' in sys.modules, 'av' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "False"]


def everything() -> str:
    return (
        BOB
        + motion(
            "in: {motion: rise, distance: 12px}\n    out: fade\n    path: {d: M0 0 L 5 5, easing: out-back}", "Title"
        )
        + motion("keyframes: {opacity: [{at: 0s, value: 0}, {at: 6f, value: 1, easing: 'steps(3)'}]}", "Größe ★")
    )


def test_json_comes_back() -> None:
    plan = plan_of(
        layout_of(everything(), "fps: 29.97, duration: 1s, background: '#11223380'"), formats=("ffv1", "png")
    )
    assert plan.fps == Fraction(30000, 1001)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    assert Plan.model_validate(plan.model_dump(mode="json")) == plan


def test_the_seed_decides() -> None:
    layout = layout_of(motion("loop: shake") + motion("loop: {motion: flicker, seed: 7}", "Title"), "duration: 2s")
    first, again, other = (plan_of(layout, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert job_of(first, HERO).slots[0].seed != job_of(other, HERO).slots[0].seed
    assert job_of(first, "Title").slots == job_of(other, "Title").slots


# --- regions ---


def outside(frames: list[tuple[Box, Any]], region: Box) -> float:
    """The highest alpha drawn outside a region."""
    highest = 0.0
    for box, rgba in frames:
        alpha = rgba[3].copy()
        inner = region & box
        if not inner.is_empty:
            alpha[inner.slices(box)] = 0
        highest = max(highest, float(alpha.max()) if alpha.size else 0.0)
    return highest


def drawn_frames(plan: Plan, document: Document, job: Job) -> list[tuple[Box, Any]]:
    stage = stage_of(plan, document)
    pictures = stage.pictures([job.layer], range(plan.frames), composite=False)
    tiles = [picture.layers[job.layer] for picture in pictures]
    return [(tile.box, tile.rgba.numpy()) for tile in tiles]


def with_room() -> Document:
    """The drawn design with room around it, so that nothing is cut by the canvas."""
    title = Layer(
        id="#Title", name="Title", path="Title", box=Box(90, 80, 138, 96), load=lambda: bar(48, 16, (20, 30, 200, 255))
    )  # fmt: skip
    return replace(drawn_document(), children=(title,), size=(240, 180))


@pytest.mark.parametrize(("preset", "slot"), PAIRS)
def test_the_region_holds_all_that_is_drawn(preset: str, slot: str) -> None:
    layers = motion(f"{slot}: {preset}", "Title")
    document = with_room()
    plan = plan_of(layout_of(layers, "fps: 8, duration: 1s"), document)
    job = job_of(plan, "Title")
    frames = drawn_frames(plan, document, job)
    assert outside(frames, job.region) < FAINT
    assert max(float(rgba[3].max()) for _, rgba in frames if rgba.size) > 0.5


def test_a_region_that_lies_would_be_noticed() -> None:
    document = with_room()
    plan = plan_of(layout_of(motion("loop: {motion: drift, amount: 10%}", "Title"), "fps: 8, duration: 1s"), document)
    job = job_of(plan, "Title")
    assert outside(drawn_frames(plan, document, job), job.box) > 0.5


def test_a_given_region_clips() -> None:
    plan = plan_of(layout_of(motion("loop: spin\n    region: [10, 6, 12, 9]")))
    job = job_of(plan, HERO)
    assert job.region_given
    assert job.region == Box(10, 6, 22, 15)
    frames = drawn_frames(plan, drawn_document(), job)
    assert outside(frames, job.region) == 0
    assert all(rgba[3].max() > 0.9 for _, rgba in frames)


def test_a_region_off_the_canvas_is_refused() -> None:
    with pytest.raises(BadInput, match="off the canvas") as caught:
        plan_of(layout_of(motion("loop: spin\n    region: [500, 6, 12, 9]")))
    assert caught.value.where is not None
    assert caught.value.where.line == 6


# --- which files ---


def presets(plan: Plan) -> dict[str, list[str]]:
    return {job.path: [output.preset for output in job.outputs] for job in plan.jobs}


def test_held_layers_are_stills_and_clipped_ones_go_with_their_base() -> None:
    moved = presets(plan_of(layout_of(BOB), formats=("ffv1",)))
    assert moved == {
        "Background": ["still"], HERO: ["ffv1"], "Hero/Shine": ["ffv1"], "Title": ["still"], "Größe ★": ["still"],
    }  # fmt: skip
    held = presets(plan_of(layout_of(motion("loop: bob", "Title")), formats=("ffv1",)))
    assert held["Hero/Shine"] == ["still"]


def test_the_clipped_movie_really_changes() -> None:
    plan = plan_of(layout_of(motion("loop: {motion: drift, amount: 20%, period: 0.5s}")))
    frames = drawn_frames(plan, drawn_document(), job_of(plan, "Hero/Shine"))
    assert any(box != frames[0][0] or not np.array_equal(rgba, frames[0][1]) for box, rgba in frames[1:])


def test_hidden_layers_have_no_job_and_files_no_other_name() -> None:
    plan = plan_of(layout_of(BOB))
    assert "Guide" not in presets(plan)
    names = [output.path for output in plan.outputs]
    assert len(set(names)) == len(names)
    assert all(name.startswith("layers/0") or name in ("composite.mp4", "proxies") for name in names)


def test_layers_chooses_what_is_exported_not_what_moves() -> None:
    plan = plan_of(layout_of(BOB), layers="Hero/*")
    assert {path for path, found in presets(plan).items() if found} == {HERO, "Hero/Shine"}
    assert {job.path for job in plan.jobs} == set(presets(plan_of(layout_of(BOB))))
    assert plan.composites


def test_formats_of_command_line_layout_and_default() -> None:
    written = "export: {layers: [qtrle], composite: [gif]}\n"
    layout = layout_of(BOB, rest=written)
    assert presets(plan_of(layout))[HERO] == ["qtrle"]
    assert [output.path for output in plan_of(layout).composites] == ["composite.gif"]
    both = plan_of(layout, formats=("prores4444", "qtrle"), composites=())
    assert [output.path for output in job_of(both, HERO).outputs] == [
        "layers/01_balloon_prores4444.mov",
        "layers/01_balloon_qtrle.mov",
    ]
    assert both.composites == ()
    assert presets(plan_of(layout_of(BOB)))[HERO] == ["prores4444", "webm"]


def test_frame_ranges_are_for_sequences() -> None:
    plan = plan_of(layout_of(BOB), formats=("png",), composites=(), frames=(2, 5))
    assert plan.frame_range == (2, 5)
    with pytest.raises(UsageError, match="movie"):
        plan_of(layout_of(BOB), formats=("png",), frames=(2, 5))
    with pytest.raises(BadInput, match="frames 0-5"):
        plan_of(layout_of(BOB), formats=("png",), composites=(), frames=(4, 7))


def test_memory_grows_with_files_and_size() -> None:
    one, two = (plan_of(layout_of(BOB), formats=names) for names in (("ffv1",), ("ffv1", "webm")))
    assert job_of(one, HERO).memory < job_of(two, HERO).memory
    assert plan_of(layout_of(BOB), scale=2).memory > 3 * plan_of(layout_of(BOB)).memory


# --- times ---


def test_loop_periods_are_fitted_and_said() -> None:
    job = job_of(plan_of(layout_of(motion("loop: {motion: bob, period: 0.7s}"), "fps: 24, duration: 3s")), HERO)
    assert job.slots[0].duration == Fraction(3, 4)
    assert job.notes == ("period of bob: 700ms became 750ms",)
    exact = job_of(plan_of(layout_of(motion("loop: {motion: bob, period: 1.5s}"), "fps: 24, duration: 3s")), HERO)
    assert exact.notes == ()


def test_a_layer_that_ends_shows_nothing_afterwards() -> None:
    plan = plan_of(layout_of(motion("loop: bob\n    end: 0.25s"), "fps: 12, duration: 0.5s, loop: false"))
    job = job_of(plan, HERO)
    assert job.frames == (0, 3)
    shown = [bool(rgba.size) and float(rgba[3].max()) > 0 for _, rgba in drawn_frames(plan, drawn_document(), job)]
    assert shown == [True] * 3 + [False] * 3


# --- sizes ---


def test_lengths_in_px_scale_with_the_design() -> None:
    layers = motion("in: {motion: rise, distance: 12px}\n    region: [8, 4, 40, 40]") + motion(
        "keyframes: {position: [{at: 0s, value: [8px, -4px]}]}", "Title"
    )
    whole, half = (plan_of(layout_of(layers, "fps: 12, duration: 0.5s, loop: false"), scale=s) for s in (1.0, 0.5))
    assert half.size == (SIZE[0] // 2, SIZE[1] // 2)
    assert half.document_size == whole.document_size == SIZE
    assert job_of(half, HERO).region == Box(4, 2, 24, 22)
    keys = [job_of(plan, "Title").keyframes for plan in (whole, half)]
    assert [each.position[0].value for each in keys if each] == [(8.0, -4.0), (4.0, -2.0)]


@pytest.mark.parametrize("words", ["loop: {motion: bob, amount: 12px, period: 0.5s}", "path: {d: M0 0 L 16 8}"])
def test_drawing_at_half_size_is_the_half_sized_drawing(words: str) -> None:
    size = (192, 128)
    layout, document = layout_of(motion(words)), drawn_document(size)
    half = scaled(document, (96, 64))
    frames = {}
    for name, each, scale in (("whole", document, 1.0), ("half", half, 0.5)):
        plan = plan_of(layout, document, scale=scale)
        frames[name] = [p.composite for p in stage_of(plan, each).pictures([], range(6), composite=True)]
    for whole, small in zip(frames["whole"], frames["half"], strict=True):
        assert whole is not None
        assert small is not None
        reduced = whole.reshape(4, 64, 2, 96, 2).mean(axis=(2, 4))
        assert np.abs(reduced - small).mean() < 0.008


# --- what cannot be ---


def test_a_prompt_without_a_backend_says_where() -> None:
    exact = [info for info in backend_infos() if "prompt" not in info.handles]
    with pytest.raises(Unavailable, match="prompt") as caught:
        make_plan(drawn_document(), layout_of(motion("prompt: it waves")), Choices(), exact)
    assert caught.value.hint
    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.layer) == (5, HERO)


def test_a_prompt_keeps_what_is_asked_of_it() -> None:
    asked = "prompt: it waves\n    steps: 9\n    guidance: 2\n    strength: 0.5\n    start: 0.1s\n    together: false"
    job = job_of(plan_of(layout_of(motion(asked), "fps: 10, duration: 1s")), HERO)
    assert job.prompt is not None
    assert job.prompt.start == Fraction(1, 10)
    assert (job.prompt.steps, job.prompt.guidance, job.prompt.strength, job.prompt.together) == (9, 2, 0.5, False)
    assert job.region == Box(0, 0, *SIZE), "only generating it tells what it covers"
    over = job_of(plan_of(layout_of(motion(asked)), steps=3, guidance=0.0), HERO).prompt
    assert over is not None
    assert (over.steps, over.guidance) == (3, 0)


def test_a_camera_in_a_loop_is_no_faster_at_the_seam() -> None:
    layout = layout_of("  - {layer: Title, hold: true}\n", "fps: 12, duration: 2s, camera: kenburns")
    plan = plan_of(layout)
    assert not lint(drawn_document(), layout, plan)
    pictures = stage_of(plan).pictures((), range(plan.frames), composite=True)
    most, seam = largest_step([each.composite for each in pictures if each.composite is not None])
    assert seam <= most * 1.001
