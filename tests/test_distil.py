"""Few steps: what the student is taught, that it learns it, and that its sampling costs no second pass."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch

from drawn import drawn_document
from engine import sampling
from engine.backends import Scene
from engine.backends.dmdl import Dmdl
from engine.backends.dmdl_files import Sampling, load_networks
from engine.errors import BadInput, Unavailable
from engine.evaluation.generated import generated_all
from engine.evaluation.items import read_items
from engine.evaluation.takes import Sampled, Take, prompted
from engine.model.autoencoder import Autoencoder
from engine.model.config import PARTS, to_json
from engine.model.latents import Latents
from engine.model.transformer import LayerInput, SceneInput, Transformer, untold
from engine.pictures import Stage
from engine.progress import Silent
from engine.training import checkpoints
from engine.training.__main__ import main
from engine.training.buckets import Bucket
from engine.training.data import source
from engine.training.distil import DistilTask, Ways, distances, noise_like, teacher_of
from engine.training.export import export
from engine.training.log import lines
from engine.training.transformer import Lesson
from engine.weights import import_weights
from jobs import layout_of, plan_of
from tiny_networks import FLOW, SMALL, awake, import_networks, write_networks

BENCH = Path(__file__).parent / "bench"
B, FRAMES, GRIDS = 3, 3, ((2, 2), (2, 3))


def teacher(size: float = 0.1) -> Transformer:
    torch.manual_seed(0)
    return awake(Transformer(FLOW), 1, size)


def some_lesson(seed: int = 0) -> Lesson:
    """Two layers, of chance; the first frame of the first scene is given."""
    chance = torch.Generator().manual_seed(seed)

    def values(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=chance)

    given = torch.zeros(B, FRAMES)
    given[0, 0] = 1
    words = torch.ones(B, 4, dtype=torch.bool)
    layers, latents = [], []
    for rows, columns in GRIDS:
        known = Latents(
            values(B, FRAMES, rows, columns, FLOW.token_latents), values(B, FRAMES, PARTS, FLOW.part_latents)
        )
        still, region = values(B, 4, 16 * rows, 16 * columns).sigmoid(), torch.tensor([[0.1, 0.2, 0.7, 0.9]] * B)
        told = values(B, 4, FLOW.text.vectors)
        layers.append(LayerInput(still, region, torch.ones(B), torch.zeros(B), told, words, known, given))
        latents.append(known)
    return Lesson(tuple(latents), SceneInput(tuple(layers), values(B, 4, FLOW.text.vectors), words, torch.arange(2)))


def parted(state: sampling.State) -> list[Latents]:
    return [Latents(*pair) for pair in zip(state[::2], state[1::2], strict=True)]


# --- what is taught ---------------------------------------------------------------------------------------------------


def by_hand(task: DistilTask, told: Lesson, noise: sampling.State, x: sampling.State, step: int) -> sampling.State:
    """Two steps of the shipped sampling, written out; the given frame is as noisy as the others."""
    ends = [1 - i / (2 * task.ways.steps) for i in range(2 * step, 2 * step + 3)]
    data = [values for layer in told.latents for values in (layer.tokens, layer.parts)]
    first = x
    for now, after in pairwise(ends):
        noisy = [value.clone() for value in x]
        for value, d, n in zip(noisy, data, noise, strict=True):
            value[0, 0] = (1 - now) * d[0, 0] + now * n[0, 0]
        sigma = torch.full((B,), now)
        with torch.no_grad():
            with_prompt, without = (
                [v for layer in task.teacher(parted(noisy), sigma, s) for v in (layer.tokens, layer.parts)]
                for s in (told.scene, untold(told.scene))
            )
        guidance = task.ways.guidance if now >= task.ways.above else 1.0
        slope = [u + guidance * (w - u) for w, u in zip(with_prompt, without, strict=True)]
        x = [a + (after - now) * s for a, s in zip(x, slope, strict=True)]
    return [(b - a) / (ends[2] - ends[0]) for a, b in zip(first, x, strict=True)]


@pytest.mark.parametrize("step", [0, 2, 3, 5])
@pytest.mark.parametrize("guidance", [2.0, 1.0])
def test_the_target_is_two_guided_steps(step: int, guidance: float) -> None:
    task, told = DistilTask(teacher(), teacher(), Ways(6, guidance)), some_lesson()
    torch.manual_seed(1)
    noise, x = noise_like(told), noise_like(told)
    found = task.wanted(told, noise, x, step)
    for a, b in zip(found, by_hand(task, told, noise, x, step), strict=True):
        assert torch.allclose(a, b, atol=1e-4)


def test_guidance_is_where_the_weights_say() -> None:
    told = some_lesson()
    plain, guided = (DistilTask(teacher(), teacher(), Ways(6, guidance)) for guidance in (1.0, 2.0))
    noise = noise_like(told)
    differ = []
    for step in range(6):
        one, other = (task.wanted(told, noise, noise, step) for task in (plain, guided))
        differ.append(any(not torch.equal(a, b) for a, b in zip(one, other, strict=True)))
    assert differ == [True, True, True, True, False, False]  # the fourth begins at sigma 0.5


def test_a_lesson_begins_with_noised_data_or_where_the_student_is() -> None:
    task, told = DistilTask(teacher(), teacher(), Ways(4)), some_lesson()
    noise = noise_like(told)

    def still(x: sampling.State, sigma: float) -> sampling.State:
        return [torch.full_like(value, sigma) for value in x]

    own = task.begun(still, told, noise, 2, own=True)
    data = task.begun(still, told, noise, 2, own=False)
    assert torch.allclose(own[0], noise[0] - 0.25 * (1 + 0.75))
    assert torch.allclose(data[0], 0.5 * told.latents[0].tokens + 0.5 * noise[0])
    assert all(torch.equal(a, b) for a, b in zip(task.begun(still, told, noise, 0, own=True), noise, strict=True))


# --- learning ---------------------------------------------------------------------------------------------------------


def learned(steps: int) -> tuple[Transformer, DistilTask, list[float]]:
    """A student of one lesson."""
    student, told = teacher(), some_lesson()
    task = DistilTask(student, teacher(), Ways(2, guidance=3.0))
    optimizer = torch.optim.AdamW(student.parameters(), lr=3e-3, betas=(0.9, 0.98), weight_decay=0.0)
    losses = []
    for step in range(steps):
        torch.manual_seed(step)
        loss = task(told)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return student, task, losses


def test_a_student_follows_its_teacher_in_fewer_steps() -> None:
    student, task, _ = learned(60)
    torch.manual_seed(10_000)
    off = distances(student, task, some_lesson())
    assert float(off["loss"]) < 0.4 * float(off["undistilled"])
    assert all(torch.equal(a, b) for a, b in zip(task.teacher.parameters(), teacher().parameters(), strict=True))


def test_chance_alone_decides() -> None:
    (one, _, losses), (other, _, again) = learned(3), learned(3)
    assert losses == again
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


def test_half_precision_keeps_every_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights that autocast remembers from steps without gradients are not those that learn."""
    monkeypatch.setattr("engine.training.distil.OWN", 1.0)
    student = teacher()
    task = DistilTask(student, teacher(), Ways(4))
    torch.manual_seed(next(seed for seed in range(99) if _step_of(seed) == 3))
    with torch.autocast("cpu", torch.bfloat16):
        loss = task(some_lesson())["loss"]
    loss.backward()
    assert [name for name, p in student.named_parameters() if p.grad is None or not p.grad.any()] == []


def _step_of(seed: int) -> int:
    torch.manual_seed(seed)
    return int(torch.randint(4, ()))


# --- runs and their weights -------------------------------------------------------------------------------------------

SHORT = ["--drawings", "16", "--prompts", "24", "--share", "0.01", "--device", "cpu", "--steps", "2", "--few", "2"]


def called(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["training", *map(str, words)])
    main()


def test_a_run_goes_on_and_becomes_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.distil.source", partial(source, workers=1))
    monkeypatch.setattr("engine.training.distil.TRANSFORMER", (Bucket(2, 2, 5, 4),))
    monkeypatch.setattr("engine.training.distil.LESSONS", Bucket(2, 2, 5, 4))
    weights = tmp_path / "weights"
    weights.mkdir()
    words = ("distil", "--teacher", write_networks(weights), *SHORT)
    called(monkeypatch, *words, "--out", tmp_path / "whole", "--held-out", "1")
    whole, part = tmp_path / "whole", tmp_path / "part"
    called(monkeypatch, *words, "--out", part, "--held-out", "0", "--until", "1")
    called(monkeypatch, *words, "--out", part, "--held-out", "0", "--resume", part)
    assert [line["step"] for line in lines(part / "log.jsonl")] == [1, 2]
    one, other = (checkpoints.read(folder) for folder in (whole, part))
    assert all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)
    score = json.loads((whole / "scores.json").read_text())[-1]
    assert 0 < score["loss"] < 2 * score["undistilled"]
    assert json.loads(one.config) == json.loads(to_json(FLOW))

    checkpoints.save(tmp_path / "a", Autoencoder(SMALL), to_json(SMALL), 1)
    export(tmp_path / "a", whole, tmp_path / "release", '{"steps": 2, "guidance": 1.0}')
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    networks = load_networks(import_weights(str(tmp_path / "release"), "student"))
    assert networks.sampling == Sampling(2, 1.0)
    assert teacher_of(tmp_path / "release").config == teacher_of(whole).config == FLOW


def test_what_cannot_teach(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not there"):
        teacher_of(tmp_path)
    checkpoints.save(tmp_path, Autoencoder(SMALL), to_json(SMALL), 1)
    with pytest.raises(BadInput, match="not weights of the transformer"):
        teacher_of(tmp_path)


# --- sampling ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("guidance", "passes"), [(1.0, 1), (2.0, 2)])
def test_without_guidance_there_is_no_second_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guidance: float, passes: int
) -> None:
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    networks = load_networks(import_networks(tmp_path / "weights"))
    calls = {"prepare": 0, "velocity": 0}
    for name in calls:
        monkeypatch.setattr(Transformer, name, counted(getattr(Transformer, name), name, calls))

    plan = plan_of(layout_of(f"  - {{layer: Title, prompt: it sways, steps: 4, guidance: {guidance}}}\n"))
    stage = Stage(drawn_document(), plan, {}, "cpu")
    scene = Scene(plan.canvas, plan.fps, plan.frames, plan.loop, plan.seed, "cpu", stage.still, plan.global_prompt)
    assert Dmdl(networks).animate([job for job in plan.jobs if job.prompt], scene, Silent())
    assert calls == {"prepare": passes, "velocity": 4 * passes}

    take = prompted(Take(read_items(BENCH, "basic-bob-01")[0]), Sampled(steps=3, guidance=guidance))
    calls |= {"prepare": 0, "velocity": 0}
    assert [fields for _, fields in generated_all([take], networks, "cpu", Silent())]
    assert calls == {"prepare": passes, "velocity": 3 * passes}


def counted(real: Callable[..., object], name: str, calls: dict[str, int]) -> Callable[..., object]:
    """Calls of `prepare`; scenes that `velocity` is asked about, with and without their prompt in one batch."""

    def call(model: Transformer, first: object, *rest: Any) -> object:
        calls[name] += len(rest[0]) if rest else 1
        return real(model, first, *rest)

    return call
