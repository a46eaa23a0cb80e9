"""From a run's folder to shipped weights: matrices as int8 rows, the configuration inside, sha256 in the registry."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ..errors import BadInput, UsageError, Where
from ..model.config import autoencoder_config, segmenter_config, transformer_config
from ..weights import REGISTRY, bundled_weights, record_bundled
from ..weights.state import load_state, save_state
from .checkpoints import INDEX, Weights, check_config, read

NAME = "dmdl-s"
SUMMARY = "generates motion from prompts; small, runs on a CPU"
LICENSE = "Apache-2.0"
AUTOENCODER, TRANSFORMER = "dmdl-autoencoder.safetensors", "dmdl-transformer.safetensors"
SEGMENTER = "dmdl-segmenter.safetensors"
SMALLEST = 4096  # values of a matrix: what is smaller stays in half precision, it saves nothing


@dataclass(frozen=True)
class Exported:
    path: Path
    bytes: int
    error: float  # largest of a tensor: norm of the difference over norm of the tensor
    worst: str  # its name


def export(
    autoencoder: Path, transformer: Path, out: Path, sampling: str | None = None, segmenter: Path | None = None
) -> list[Exported]:
    """Write the networks of these runs into `out` and its registry; `sampling` is the JSON of how they are sampled.

    Raises MissingInput for a folder without weights, BadInput for weights of the other network or that do not fit
    their configuration, CannotWrite.
    """
    told = {} if sampling is None else {"sampling": sampling}
    found: list[tuple[str, Weights, dict[str, str]]] = [
        (AUTOENCODER, _checked(autoencoder, autoencoder_config, "autoencoder"), {})
    ]
    found += [(TRANSFORMER, _checked(transformer, transformer_config, "transformer"), told)]
    if segmenter is not None:
        found += [(SEGMENTER, _checked(segmenter, segmenter_config, "segmenter"), {})]
    out.mkdir(parents=True, exist_ok=True)
    made = [_export(out / name, weights, facts) for name, weights, facts in found]
    _record(out, [name for name, _, _ in found])
    return made


def merge(parts: Sequence[tuple[Path, float]], out: Path, sampling: str | None = None) -> Exported:
    """One transformer out of several that began as the same one: the sum of their weights, each with its factor.

    Halves of two runs are their mean (Wortsman et al. 2022, *Model soups*); 1, 1 and -1 add what one run learned over a
    third to another (Ilharco et al. 2023, *Editing models with task arithmetic*). Parts are what `transformer_of`
    reads; what is written into `out` is a shipped file and its registry. Raises as that, CannotWrite, BadInput for
    networks that differ, UsageError for factors whose sum is not 1.
    """
    if not math.isclose(sum(factor for _, factor in parts), 1, abs_tol=1e-6):
        hint = "0.5 and 0.5 are a mean; 1, 1 and -1 add a difference"
        raise UsageError("the factors of a merge have to add up to 1", hint=hint)
    found = [transformer_of(path) for path, _ in parts]
    first, factors = found[0], [factor for _, factor in parts]
    for own, (path, _) in zip(found, parts, strict=True):
        check_config(own.config, first.config, path)
    summed = {
        name: sum((f * own.tensors[name] for f, own in zip(factors, found, strict=True)), torch.zeros(()))
        for name in first.tensors
    }
    out.mkdir(parents=True, exist_ok=True)
    told = {} if sampling is None else {"sampling": sampling}
    made = _export(out / TRANSFORMER, Weights(summed, first.config, first.step), told)
    _record(out, [TRANSFORMER])
    return made


def transformer_of(path: Path) -> Weights:
    """The transformer of a run's folder, of a folder of shipped weights or of a shipped file.

    Raises MissingInput, Unavailable and BadInput.
    """
    if (path / INDEX).is_file():
        return _checked(path, transformer_config, "transformer")
    path = path / TRANSFORMER if path.is_dir() else path
    tensors, facts = load_state(path)
    _check(facts.get("config", "{}"), transformer_config, "transformer", path)
    return Weights({name: t.float() for name, t in tensors.items()}, facts["config"], int(facts.get("steps", 0)))


def _checked(folder: Path, read_config: Callable[[str], object], what: str) -> Weights:
    found = read(folder)
    _check(found.config, read_config, what, folder)
    return found


def _check(config: str, read_config: Callable[[str], object], what: str, place: Path) -> None:
    try:
        read_config(config)
    except (TypeError, KeyError) as error:
        hint = "give what the training of that network wrote"
        raise BadInput(f"these are not weights of the {what}: {error}", hint=hint, where=Where(place)) from error


def _export(path: Path, weights: Weights, told: dict[str, str]) -> Exported:
    matrices = {name for name, t in weights.tensors.items() if t.ndim > 1 and t.numel() >= SMALLEST}
    kept = {name: t if name in matrices else t.half() for name, t in weights.tensors.items()}
    save_state(path, kept, {"config": weights.config, "steps": str(weights.step), **told}, matrices.__contains__)
    back, _ = load_state(path)
    errors = {name: _relative(back[name], t) for name, t in weights.tensors.items()}
    worst = max(errors, key=lambda name: errors[name])
    return Exported(path, path.stat().st_size, errors[worst], worst)


def _relative(found: Tensor, truth: Tensor) -> float:
    return float((found - truth).norm() / truth.norm().clamp(min=1e-12))


def _record(out: Path, names: Sequence[str]) -> None:
    """The registry with the new files beside those that are there already."""
    known = bundled_weights(out).get(NAME) if (out / REGISTRY).is_file() else None
    files = dict.fromkeys([*(file.name for file in known.files)] if known else [])
    files |= dict.fromkeys(names)
    record_bundled(out, NAME, known.summary if known else SUMMARY, known.license if known else LICENSE, files)
