"""Few steps: a student of the transformer that takes one step, unguided, where its teacher takes two guided ones.

Progressive distillation (Salimans and Ho 2022) with the guidance folded in (Meng et al. 2023). The student starts from
the teacher's weights. Half of its lessons start from noised data; the other half where the student itself would be, so
that it learns to go on from its own mistakes (Ross et al. 2011).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from .. import sampling
from ..model.config import to_json, transformer_config
from ..model.latents import Latents
from ..model.transformer import SceneInput, Transformer, untold
from ..model.words import Words, load_words
from ..sampling import State, Velocity
from .buckets import TRANSFORMER, scaled
from .checkpoints import compile_blocks, fill
from .data import Amounts, Source, clips, rounds, source
from .export import transformer_of
from .held_out import LESSONS, HeldOut
from .loop import Run, Watch, train
from .transformer import Lesson, channel_weights, lesson, mean_square
from .world import World, world

OWN = 0.5  # share of lessons that start from where the student itself would be
FINER = 2  # steps of the teacher for each of the student's


@dataclass(frozen=True)
class Ways:
    """How the student is to be sampled, and what it learns from: its teacher guided, in finer steps."""

    steps: int = 6  # of the student
    guidance: float = 2.0  # of the teacher
    above: float = 0.5  # sigma down to which the teacher is guided
    shift: float = 1.0  # of both schedules

    @property
    def schedule(self) -> list[float]:
        """The student's sigmas; the teacher's are `finer`."""
        return sampling.sigmas(self.steps, self.shift)

    @property
    def finer(self) -> list[float]:
        return sampling.sigmas(FINER * self.steps, self.shift)


def distil(run: Run, amounts: Amounts, teacher: Path, ways: Ways | None = None, device: str = "auto") -> None:
    """Train a student of the weights in `teacher` into `run.out`; raises as `teacher_of`, `loop.train` and `world`."""
    with world(device) as here:
        torch.backends.cuda.matmul.allow_tf32 = True
        student, model = (teacher_of(teacher).to(here.device) for _ in range(2))
        task = DistilTask(student, model, ways or Ways())
        words = load_words()
        words = replace(words, vectors=words.vectors.to(here.device))
        data = source(amounts, run.seed, "train", here.device)
        if run.compiled:
            compile_blocks(student)
            compile_blocks(model)
        test = HeldOut(run.seed, here.device, max(20, amounts.drawings // 30), run.held_out)

        def batches(first: int) -> Iterator[Lesson]:
            return _lessons(data, model, words, run, here, first)

        def score(average: nn.Module) -> dict[str, float]:
            assert isinstance(average, Transformer)
            return apart(average, task, test, words)

        train(student, to_json(student.config), task, batches, run, here, Watch(score) if run.held_out else Watch())


def _lessons(data: Source, model: Transformer, words: Words, run: Run, here: World, first: int) -> Iterator[Lesson]:
    """The transformer's lessons with all their prompts: what nothing was said of is the guidance's affair."""
    made = rounds(data, scaled(TRANSFORMER, run.share), run.seed, here.rank, first, filmed=False)
    for step, batches in zip(itertools.count(first), made, strict=False):
        chance = torch.Generator(here.device).manual_seed(hash((run.seed, here.rank, step, 1)) % 2**62)
        yield lesson(batches, model, words, chance, dropped=0.0)


def teacher_of(folder: Path) -> Transformer:
    """The transformer of a run's folder or of shipped weights; raises as `transformer_of`."""
    found = transformer_of(folder)
    model = Transformer(transformer_config(found.config))
    fill(model, found.tensors, folder)
    return model


# --- one lesson -------------------------------------------------------------------------------------------------------


class DistilTask(nn.Module):
    """A lesson in, its losses out: how far one step of the student leads from where the teacher's steps lead."""

    def __init__(self, model: Transformer, teacher: Transformer, ways: Ways) -> None:
        super().__init__()
        self.model = model
        self.teacher = teacher.eval().requires_grad_(False)
        self.ways = ways

    def forward(self, lesson: Lesson) -> dict[str, Tensor]:
        step, own = int(torch.randint(self.ways.steps, ())), bool(torch.rand(()) < OWN)
        noise = noise_like(lesson)
        student = flow(self.model, lesson, lesson.scene, noise)
        x = self.begun(student, lesson, noise, step, own=own)
        wanted = self.wanted(lesson, noise, x, step)
        torch.clear_autocast_cache()  # older torch keeps weights as `begun` cast them, without a gradient
        weight = channel_weights(self.model.config, x[0].device)
        return _losses(student(x, self.ways.schedule[step]), wanted, 1 - lesson.scene.layers[0].given, weight)

    @torch.no_grad()
    def begun(self, student: Velocity, lesson: Lesson, noise: State, step: int, *, own: bool) -> State:
        """The state at the beginning of a step: noised data, or what the student makes of the noise until there."""
        until = self.ways.schedule[: step + 1]
        return sampling.euler(student, noise, until) if own else _mixed(_state(lesson.latents), noise, until[-1])

    @torch.no_grad()
    def wanted(self, lesson: Lesson, noise: State, x: State, step: int) -> State:
        """The mean velocity of the teacher's steps from there."""
        schedule = self.ways.finer[FINER * step : FINER * (step + 1) + 1]
        there = self.taught(lesson, noise, x, schedule)
        return [(b - a) / (schedule[-1] - schedule[0]) for a, b in zip(x, there, strict=True)]

    @torch.no_grad()
    def taught(self, lesson: Lesson, noise: State, x: State, schedule: Sequence[float]) -> State:
        """Where the teacher's guided steps lead."""
        told, without = (flow(self.teacher, lesson, scene, noise) for scene in (lesson.scene, untold(lesson.scene)))
        return sampling.euler(sampling.guided(told, without, self.ways.guidance, above=self.ways.above), x, schedule)


def flow(model: Transformer, lesson: Lesson, scene: SceneInput, noise: State) -> Velocity:
    """The network's velocity as samplers want it; frames that are given are as noisy as the others."""
    ready, given, data = model.prepare(scene), scene.layers[0].given, _state(lesson.latents)

    def velocity(x: State, sigma: float) -> State:
        known = _mixed(data, noise, sigma)
        noisy = [torch.where(_beside(given > 0, a), k, a) for k, a in zip(known, x, strict=True)]
        layers = [Latents(*pair) for pair in zip(noisy[::2], noisy[1::2], strict=True)]
        return _state(model.velocity(layers, given.new_full((len(given),), sigma), ready))

    return velocity


def noise_like(lesson: Lesson) -> State:
    return [torch.randn_like(values) for values in _state(lesson.latents)]


def _state(layers: Sequence[Latents]) -> State:
    return [values for latents in layers for values in (latents.tokens, latents.parts)]


def _mixed(data: State, noise: State, sigma: float) -> State:
    return [(1 - sigma) * d + sigma * n for d, n in zip(data, noise, strict=True)]


def _beside(mask: Tensor, values: Tensor) -> Tensor:
    """(b, f) as (b, f, 1, ...), to choose among `values`."""
    return mask.view(*mask.shape, *[1] * (values.ndim - 2))


def _losses(found: State, wanted: State, made: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """Mean squares over frames that are to be made (b, f), channels (c,) weighted; means over layers."""
    weights = (weight, 1.0) * (len(found) // 2)  # of tokens, of parts
    errors = torch.stack([mean_square(a, b, made, w) for a, b, w in zip(found, wanted, weights, strict=True)])
    tokens, parts = errors[::2].mean(), errors[1::2].mean()
    return {"loss": tokens + parts, "tokens": tokens.detach(), "parts": parts.detach()}


# --- how far the student is from its teacher --------------------------------------------------------------------------


@torch.no_grad()
def apart(student: Transformer, task: DistilTask, test: HeldOut, words: Words) -> dict[str, float]:
    """Of held-out lessons: how far what the student makes is from what the teacher makes of the same noise.

    Mean squares over tokens and over parts of normalised latents; `undistilled`: of the teacher in as few steps.
    """
    chance = torch.Generator(test.device).manual_seed(test.seed)
    made = clips(test.data, LESSONS, test.seed, 0, 0, 4, filmed=False)
    found: list[dict[str, Tensor]] = []
    with torch.random.fork_rng(devices=[test.device] if test.device.type == "cuda" else []):
        torch.manual_seed(test.seed)
        for batches in made:
            told = lesson(batches, task.teacher, words, chance, dropped=0.0)
            found.append(distances(student, task, told))
    return {name: float(torch.stack([f[name] for f in found]).mean()) for name in found[0]}


@torch.no_grad()
def distances(student: Transformer, task: DistilTask, lesson: Lesson) -> dict[str, Tensor]:
    """`apart` of one lesson, from new noise."""
    noise, made = noise_like(lesson), 1 - lesson.scene.layers[0].given
    goal = task.taught(lesson, noise, noise, task.ways.finer)
    weight = channel_weights(student.config, made.device)

    def off(model: Transformer) -> dict[str, Tensor]:
        found = sampling.euler(flow(model, lesson, lesson.scene, noise), noise, task.ways.schedule)
        return _losses(found, goal, made, weight)

    return off(student) | {"undistilled": off(task.teacher)["loss"]}
