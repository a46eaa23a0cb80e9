"""What each ingredient is worth: small networks with and without it, given the same time, scored on held-out data.

Autoencoders are scored in dB, transformers by their loss and by whether the layers of a scene go with one another
(`relations`).
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from ..dataset.recipes import RELATIONS
from ..dataset.truth import Clip, latents_of
from ..model.autoencoder import Autoencoder
from ..model.config import AutoencoderConfig, TextConfig, TransformerConfig, to_json
from ..model.field import Field, draw
from ..model.transformer import Transformer
from ..model.words import load_words
from .autoencoder import AutoencoderTask, gather
from .buckets import Bucket, scaled
from .checkpoints import INDEX, write_text
from .data import Amounts, Source, clips, rounds, source
from .held_out import HeldOut
from .log import LOG, lines
from .loop import Run, train
from .relations import CLIP, LAYERS, Scores, transformer_scores
from .run import CONFIGS, amounts_of
from .transformer import Lesson, TransformerTask, lesson, measure_latents
from .world import World, world

What = Literal["autoencoder", "transformer"]
Config = AutoencoderConfig | TransformerConfig
Size = Literal["small", "middle"]
SIZES: dict[Size, tuple[AutoencoderConfig, TransformerConfig]] = {
    "small": CONFIGS["small"][:2],
    "middle": (
        AutoencoderConfig(width=128, heads=4, encoder_depth=2, decoder_depth=2, detail_depth=4, axes=(8, 12, 12)),
        TransformerConfig(width=256, heads=8, depth=4, axes=(4, 8, 10, 10), text=TextConfig(width=128, depth=1)),
    ),
}
AUTOENCODER = (Bucket(6, 6, 17, 96),)
TRANSFORMER = (Bucket(*CLIP, 144), Bucket(*CLIP, 72, 1.0, LAYERS))
HELD_OUT = 5_000_011  # seed of what all are scored on
RESULT = "result.json"


@dataclass(frozen=True)
class Case:
    """One network: all ingredients but those that it says are missing."""

    name: str
    what: What
    head: Literal["motion", "rgba"] = "motion"
    turns: bool = True  # RoPE in the decoder
    supervised: bool = True
    layer_axis: bool = True

    def config(self, size: Size) -> Config:
        first, second = SIZES[size]
        if self.what == "autoencoder":
            return replace(first, head=self.head, decoder_turns=self.turns)
        return second if self.layer_axis else replace(second, axes=_without_layers(second.axes))


CASES = {
    case.name: case
    for case in (
        Case("motion-head", "autoencoder"),
        Case("rgba-head", "autoencoder", head="rgba"),
        Case("motion-head-no-rope", "autoencoder", turns=False),
        Case("rgba-head-no-rope", "autoencoder", head="rgba", turns=False),
        Case("pixels-alone", "autoencoder", supervised=False),
        Case("4d-rope", "transformer"),
        Case("3d-rope", "transformer", layer_axis=False),
    )
}


@dataclass(frozen=True)
class Budget:
    """What every network gets."""

    seconds: float | None = 90.0  # of training; None: `steps` alone decide
    steps: int = 1_000_000
    size: Size = "middle"
    drawings: int = 1500
    prompts: int = 20_000
    share: float = 1.0  # of the batches
    scored: int = 16  # clips of each kind of motion, and four times as many scenes of each relation


@dataclass(frozen=True)
class Result:
    """Of one run; `steps` is what it came to in its time."""

    case: str
    seed: int
    steps: int
    seconds: float
    scores: Scores


def ablation(
    out: Path, cases: Sequence[str], seeds: Sequence[int], budget: Budget, device: str, at_once: int
) -> list[Result]:
    """Train and score what does not lie in `out` yet, several at once; write ablation.json and ablation.md of all.

    Raises what `loop.train` and `world` raise.
    """
    missing = [(out, case, seed, budget, device, at_once) for seed in seeds for case in cases]
    missing = [task for task in missing if not (_folder(*task[:3]) / RESULT).is_file()]
    if at_once == 1:
        for task in missing:
            _made(*task)
    elif missing:
        with ProcessPoolExecutor(at_once, get_context("spawn")) as pool:
            for done in as_completed([pool.submit(_made, *task) for task in missing]):
                done.result()
    results = _results(out)
    write_text(out / "ablation.json", json.dumps([asdict(r) for r in results], indent=1) + "\n")
    write_text(out / "ablation.md", tables(results))
    return results


def _without_layers(axes: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The channels of the layer axis go to y and x, half each."""
    layer, frame, y, x = axes
    return 0, frame, y + layer // 2, x + layer // 2


def _folder(out: Path, case: str, seed: int) -> Path:
    return out / f"{case}-{seed}"


def _results(out: Path) -> list[Result]:
    """Of all runs that lie there, in the order of CASES."""
    made = [Result(**json.loads(path.read_text("utf-8"))) for path in out.glob(f"*/{RESULT}")]
    return sorted(made, key=lambda r: (list(CASES).index(r.case), r.seed))


def _made(out: Path, case: str, seed: int, budget: Budget, device: str, at_once: int) -> None:
    """One run, in a process that has its share of the machine's cores."""
    workers = max(1, (os.cpu_count() or 1) // at_once)
    if at_once > 1:
        torch.set_num_threads(workers)
    run = Run(
        _folder(out, case, seed), budget.steps, budget.seconds, rate=1e-3, warmup=100, average=0.995, seed=seed,
        keep=float("inf"), held_out=0, share=budget.share,
    )  # fmt: skip
    for left in (LOG, INDEX):  # of a run that was interrupted: it is made anew
        (run.out / left).unlink(missing_ok=True)
    with world(device) as here:
        torch.backends.cuda.matmul.allow_tf32 = True
        trained = _autoencoder if CASES[case].what == "autoencoder" else _transformer
        scores = trained(CASES[case], run, budget, here, workers)
    last = lines(run.out / LOG)[-1]
    result = Result(case, seed, int(last["step"] or 0), float(last["seconds"] or 0), scores)
    write_text(run.out / RESULT, json.dumps(asdict(result), indent=1) + "\n")


@lru_cache(3)
def _source(amounts: Amounts, seed: int, split: Literal["train", "test"], device: torch.device, workers: int) -> Source:
    """Drawings and prompts, made once a process."""
    return source(amounts, seed, split, device, workers)


def _amounts(budget: Budget) -> Amounts:
    return replace(amounts_of(budget.drawings, budget.prompts), layers=(LAYERS,))


# --- autoencoders -----------------------------------------------------------------------------------------------------


def _autoencoder(case: Case, run: Run, budget: Budget, here: World, workers: int) -> Scores:
    config = case.config(budget.size)
    assert isinstance(config, AutoencoderConfig)
    data = _source(_amounts(budget), run.seed, "train", here.device, workers)
    torch.manual_seed(run.seed)
    model = Autoencoder(config).to(here.device)

    def batches(first: int) -> Iterator[Clip]:
        return map(gather, rounds(data, scaled(AUTOENCODER, run.share), run.seed, here.rank, first))

    made = train(model, to_json(config), AutoencoderTask(model, supervised=case.supervised), batches, run, here)
    return autoencoder_scores(made, _held_out(here.device, _few(budget), budget.scored))


def _few(budget: Budget) -> int:
    """Drawings that nothing is trained on."""
    return max(20, budget.drawings // 30)


@lru_cache(1)
def _held_out(device: torch.device, drawings: int, clips_: int) -> HeldOut:
    return HeldOut(HELD_OUT, device, drawings, clips_)


@torch.no_grad()
def autoencoder_scores(model: Autoencoder, test: HeldOut) -> Scores:
    """dB by kind of motion, of what was encoded and of the exact latents: the decoder alone."""
    exact = {kind: _decibels(model, clip) for kind, clip in test.by_kind(test.count)}
    return {"encoded": test.psnr(model), "exact latents": {"psnr": sum(exact.values()) / len(exact), **exact}}


def _decibels(model: Autoencoder, clip: Clip) -> float:
    """As `HeldOut.psnr`, decoded from exact latents."""
    made: Field | Tensor = model.decode(latents_of(clip, model.config.token_latents), clip.still)
    drawn = draw(made, clip.still) if isinstance(made, Field) else made
    covered = (clip.frames[:, :, 3].amax(1) > 0).float().mean((1, 2)).clamp(min=0.05)  # (b,)
    error = (drawn.clamp(0, 1) - clip.frames).square().mean((1, 2, 3, 4)) / covered
    return float((-10 * (error + 1e-10).log10()).mean())


# --- transformers -----------------------------------------------------------------------------------------------------


def _transformer(case: Case, run: Run, budget: Budget, here: World, workers: int) -> Scores:
    config = case.config(budget.size)
    assert isinstance(config, TransformerConfig)
    data = _source(_amounts(budget), run.seed, "train", here.device, workers)
    words = load_words()
    words = replace(words, vectors=words.vectors.to(here.device))
    torch.manual_seed(run.seed)
    model = Transformer(config).to(here.device)
    measured = clips(data, scaled(TRANSFORMER, run.share)[0], run.seed, -1, 0, 4, filmed=False)
    measure_latents(model, [latents_of(gather(some), config.token_latents) for some in measured])

    def batches(first: int) -> Iterator[Lesson]:
        made = rounds(data, scaled(TRANSFORMER, run.share), run.seed, here.rank, first, filmed=False)
        for step, some in zip(itertools.count(first), made, strict=False):
            yield lesson(some, model, words, torch.Generator(here.device).manual_seed(hash((run.seed, step)) % 2**62))

    made = train(model, to_json(config), TransformerTask(model), batches, run, here)
    amounts = replace(_amounts(budget), drawings=_few(budget), scenes=8 * budget.scored * len(RELATIONS))
    test = _source(amounts, HELD_OUT, "test", here.device, workers)
    return transformer_scores(made, test, words, 4 * budget.scored, HELD_OUT)


# --- tables -----------------------------------------------------------------------------------------------------------

NAMES = {
    "motion-head": "motion head",
    "rgba-head": "RGBA head",
    "motion-head-no-rope": "motion head, decoder without 3D-RoPE",
    "rgba-head-no-rope": "RGBA head, decoder without 3D-RoPE",
    "pixels-alone": "motion head, motion learned from pixels alone",
    "4d-rope": "4D-RoPE",
    "3d-rope": "3D-RoPE, no layer axis",
}
COLUMNS: dict[What, tuple[str, ...]] = {
    "autoencoder": ("psnr", "bob", "swing", "spin_cw", "in_left", "fade_in", "pulse", "wave", "pieces"),
    "transformer": ("loss", "hat", "hat apart %", "together", "follow", "follow in order", "shadow"),
}


def tables(results: Sequence[Result]) -> str:
    """A table a network in Markdown: means over seeds, each seed's value beside them."""
    return "\n".join(_table(what, [r for r in results if CASES[r.case].what == what]) for what in COLUMNS)


def _table(what: What, results: Sequence[Result]) -> str:
    head = ["network", "asked", *COLUMNS[what], "steps"]
    rows = [head, ["---"] * len(head)]
    for case in dict.fromkeys(r.case for r in results):
        mine = [r for r in results if r.case == case]
        for way in (way for way in mine[0].scores if way != "exact"):
            told = [_cell([r.scores[way].get(name) for r in mine]) for name in COLUMNS[what]]
            rows.append([NAMES[case], way, *told, _cell([float(r.steps) for r in mine])])
    exact = [r.scores["exact"] for r in results[:1] if "exact" in r.scores]  # the same for all
    rows += [["the drawn motion itself", "", *(_cell([e.get(name)]) for name in COLUMNS[what]), ""] for e in exact]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(values: Sequence[float | None]) -> str:
    """Mean and, of several, each value."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    mean = _short(sum(known) / len(known))
    return mean if len(known) == 1 else f"{mean} ({', '.join(map(_short, known))})"


def _short(value: float) -> str:
    digits = 0 if value.is_integer() else 1 if abs(value) >= 10 else 3
    return f"{value:.{digits}f}"
