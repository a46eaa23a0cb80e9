"""The networks of DMDL from files: which weights, are they whole, do they fit this version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from ..errors import Unavailable, Where
from ..weights import BUNDLED, WeightsFile, WeightsSpec, bundled_weights, find, folder_of, ready_files
from ..weights.state import load_state

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ..model.autoencoder import Autoencoder
    from ..model.segmenter import Segmenter
    from ..model.transformer import Transformer
    from ..model.words import Words

DEFAULT = "dmdl-s"
AUTOENCODER = "dmdl-autoencoder.safetensors"
TRANSFORMER = "dmdl-transformer.safetensors"
SEGMENTER = "dmdl-segmenter.safetensors"  # of weights whose transformer is told what belongs to pieces
WORDS = "words.safetensors"
_OTHERS = "art models list names the weights that are here; choose some with --weights, or install art again"

Config = TypeVar("Config")


@dataclass(frozen=True)
class Sampling:
    """How these weights are sampled where nobody says otherwise; stored as `sampling` in the transformer's metadata."""

    steps: int = 12
    guidance: float = 3.0
    above: float = 0.0  # sigma down to which guidance is used; below it a step costs half
    shift: float = 1.0  # of the sigma schedule: above 1 spends more steps on high noise
    sampler: Literal["euler", "heun"] = "euler"


@dataclass(frozen=True, eq=False)
class Networks:
    """Everything that turns words and stills into motion."""

    autoencoder: Autoencoder
    transformer: Transformer
    words: Words
    sampling: Sampling = Sampling()
    segmenter: Segmenter | None = None

    def to(self, device: str) -> Networks:
        """The same on another device; the networks themselves move."""
        self.autoencoder.to(device)
        self.transformer.to(device)
        if self.segmenter is not None:
            self.segmenter.to(device)
        return self


# --- which ------------------------------------------------------------------------------------------------------------


def find_weights(name: str) -> WeightsSpec:
    """Weights that can make motion, whose files are there. Raises MissingInput for an unknown name, Unavailable."""
    spec = find(name)
    for wanted in (AUTOENCODER, TRANSFORMER):
        if wanted not in {file.name for file in spec.files}:
            raise Unavailable(f"the weights {name!r} make no motion: they have no {wanted}", hint=_OTHERS)
        if not (folder_of(spec) / wanted).is_file():
            again = f"art models pull {name}" if spec.source.startswith("hub:") else _OTHERS
            raise Unavailable(f"weights {name}: {wanted} is not there", hint=again, where=Where(folder_of(spec)))
    return spec


def sampling_of(spec: WeightsSpec) -> Sampling:
    """The weights' own defaults, read from the head of a file. Raises Unavailable when that cannot be read."""
    from safetensors import SafetensorError, safe_open

    path = folder_of(spec) / TRANSFORMER
    try:
        with safe_open(path, framework="np") as file:
            metadata = dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise Unavailable(f"the weights cannot be read: {error}", hint=_OTHERS, where=Where(path)) from error
    return _sampling(metadata, path)


def _sampling(metadata: Mapping[str, str], path: Path) -> Sampling:
    if "sampling" not in metadata:
        return Sampling()
    made = _understood(lambda text: Sampling(**json.loads(text)), metadata["sampling"], path)
    usable = 1 <= made.steps <= 1000 and 0 <= made.guidance <= 100 and made.shift > 0 and 0 <= made.above <= 1
    if not usable or made.sampler not in ("euler", "heun"):
        raise Unavailable(
            f"the weights ask for a sampling that does not exist: {made}", hint=_OTHERS, where=Where(path)
        )
    return made


# --- loading ----------------------------------------------------------------------------------------------------------


def load_networks(spec: WeightsSpec) -> Networks:
    """The networks on the CPU, in single precision, ready to use.

    Raises Unavailable for files that are absent, truncated, changed (sha256), of another format version, or that do not
    belong together.
    """
    from ..model.autoencoder import Autoencoder
    from ..model.config import autoencoder_config, segmenter_config, transformer_config
    from ..model.segmenter import Segmenter
    from ..model.transformer import Transformer
    from ..model.words import load_words

    paths = ready_files(spec)
    autoencoder, _ = _network(paths[AUTOENCODER], autoencoder_config, Autoencoder)
    transformer, metadata = _network(paths[TRANSFORMER], transformer_config, Transformer)
    words = load_words(paths.get(WORDS, BUNDLED / WORDS))
    _check_fit(autoencoder, transformer, words, paths[TRANSFORMER])
    segmenter = None
    if transformer.config.told_pieces:
        if SEGMENTER not in paths:
            message = f"the transformer is to be told which pieces move, and there is no {SEGMENTER}"
            raise Unavailable(message, hint=_OTHERS, where=Where(paths[TRANSFORMER].parent))
        segmenter, _ = _network(paths[SEGMENTER], segmenter_config, Segmenter)
    return Networks(autoencoder, transformer, words, _sampling(metadata, paths[TRANSFORMER]), segmenter)


Network = TypeVar("Network", bound="nn.Module")


def _network(
    path: Path, read: Callable[[str], Config], make: Callable[[Config], Network]
) -> tuple[Network, dict[str, str]]:
    tensors, metadata = load_state(path)
    if "config" not in metadata:
        raise Unavailable("the weights do not say of which network they are", hint=_OTHERS, where=Where(path))
    network = make(_understood(read, metadata["config"], path))
    _fill(network, tensors, path)
    return network.eval().requires_grad_(False), metadata


def _understood(read: Callable[[str], Config], text: str, path: Path) -> Config:
    """A configuration from JSON; the weights of a later art may know keys that this one does not."""
    try:
        return read(text)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        hint = "use the version of art that they were made for, or other weights"
        message = f"the weights have a configuration that this art does not know: {error}"
        raise Unavailable(message, hint=hint, where=Where(path)) from error


def _fill(network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    try:
        network.load_state_dict(dict(tensors))
    except RuntimeError as error:
        first = str(error).splitlines()[1:2] or [str(error)]
        message = f"the weights do not fit their own configuration: {first[0].strip()}"
        raise Unavailable(message, hint=_OTHERS, where=Where(path)) from error


def _check_fit(autoencoder: Autoencoder, transformer: Transformer, words: Words, path: Path) -> None:
    """Raise Unavailable where the three were not trained for each other."""
    ours, theirs = transformer.config, autoencoder.config
    pairs = {
        "token latents": (ours.token_latents, theirs.token_latents),
        "part latents": (ours.part_latents, theirs.part_latents),
        "word vectors": (ours.text.vectors, words.vectors.shape[1]),
    }
    for what, (one, other) in pairs.items():
        if one != other:
            raise Unavailable(f"the files do not belong together: {what} {one} and {other}", where=Where(path))
    if theirs.head != "motion":
        raise Unavailable("the autoencoder paints pixels; prompts need one that tells motion", where=Where(path))


def parts_of(spec: WeightsSpec) -> list[tuple[WeightsSpec, WeightsFile]]:
    """All files that take part; weights without words of their own use those that come with art."""
    shipped = [(each, file) for each in bundled_weights(BUNDLED).values() for file in each.files if file.name == WORDS]
    found = {file.name: (owner, file) for owner, file in (*shipped, *((spec, file) for file in spec.files))}
    return [found[name] for name in (AUTOENCODER, TRANSFORMER, SEGMENTER, WORDS) if name in found]
