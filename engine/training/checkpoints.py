"""Weights and whole states of a run in files: safetensors alone, so that reading one executes nothing.

Weights are the result: half precision, in files of at most 15 MB that any link can carry, listed in `index.json` with
the configuration of their network. The state is what an interrupted run goes on from: everything in full precision.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import BadInput, MissingInput, Where
from ..files import atomic
from ..model.config import FORMAT_VERSION
from ..weights.state import load_state

LARGEST = 15_000_000  # bytes of a file of weights
INDEX = "index.json"
STATE = "state.safetensors"
_AGAIN = "copy the folder again, or go on from another one"


@dataclass(frozen=True, eq=False)
class Weights:
    """The tensors of a network (float32, on the CPU) and its configuration as JSON."""

    tensors: dict[str, Tensor]
    config: str
    step: int


# --- weights ----------------------------------------------------------------------------------------------------------


def save(folder: Path, model: nn.Module, config: str, step: int) -> list[Path]:
    """`weights-STEP-00.safetensors`, ... and the index in `folder`; those of before are removed. Raises CannotWrite.

    Names hold the step: until the new index is there, the old one still lists whole files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"config": config, "version": str(FORMAT_VERSION)}
    paths = []
    for index, shard in enumerate(_shards(model.state_dict())):
        path = folder / f"weights-{step:07}-{index:02}.safetensors"
        _write(path, shard, facts)
        paths.append(path)
    listed = {"version": FORMAT_VERSION, "config": json.loads(config), "step": step, "shards": [p.name for p in paths]}
    write_text(folder / INDEX, json.dumps(listed, indent=1) + "\n")
    for stale in set(folder.glob("weights-*.safetensors")) - set(paths):
        stale.unlink()
    return paths


def _shards(state: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    shards: list[dict[str, Tensor]] = [{}]
    size = 0
    for name, tensor in state.items():
        half = tensor.detach().half().cpu().contiguous()
        if size + half.nbytes > LARGEST and shards[-1]:
            shards.append({})
            size = 0
        shards[-1][name] = half
        size += half.nbytes
    return shards


def read(folder: Path) -> Weights:
    """The weights that the index of a folder lists. Raises MissingInput and BadInput."""
    index = folder / INDEX
    listed = _listed(index)
    tensors: dict[str, Tensor] = {}
    for name in listed["shards"]:
        found, facts = _read(folder / Path(name).name)
        if json.loads(facts.get("config", "null")) != listed["config"]:
            raise BadInput(f"{name} is of another network", hint=_AGAIN, where=Where(index))
        tensors |= {key: tensor.float() for key, tensor in found.items()}
    return Weights(tensors, json.dumps(listed["config"], sort_keys=True), listed["step"])


def _listed(index: Path) -> dict:  # type: ignore[type-arg]  # JSON, whose keys are checked here
    if not index.is_file():
        hint = "a run writes them at its checkpoints and at its end"
        raise MissingInput("there are no weights", hint=hint, where=Where(index))
    try:
        listed = json.loads(index.read_text("utf-8"))
        version, known = listed["version"], {"shards", "config", "step"} <= listed.keys()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"not an index of weights: {error}", hint=_AGAIN, where=Where(index)) from error
    if version != FORMAT_VERSION or not known:
        message = f"weights of format version {version}; this art reads version {FORMAT_VERSION}"
        raise BadInput(message, hint="train them again with this version", where=Where(index))
    return dict(listed)


def load(folder: Path, model: nn.Module, config: str) -> None:
    """Inverse of `save`, into `model` of that configuration. Raises MissingInput and BadInput."""
    found = read(folder)
    check_config(found.config, config, folder)
    fill(model, found.tensors, folder)


def check_config(found: str, wanted: str, place: Path) -> None:
    """Raise BadInput that names what differs between two configurations."""
    theirs, ours = json.loads(found), json.loads(wanted)
    if theirs != ours:
        keys = sorted(key for key in theirs.keys() | ours.keys() if theirs.get(key) != ours.get(key))
        told = ", ".join(f"{key} {theirs.get(key)} (not {ours.get(key)})" for key in keys)
        hint = "choose the same network and --config, or another folder"
        raise BadInput(f"the network there has another configuration: {told}", hint=hint, where=Where(place))


def fill(model: nn.Module, tensors: Mapping[str, Tensor], place: Path) -> None:
    """Tensors into a network. Raises BadInput where names or shapes differ."""
    try:
        model.load_state_dict(dict(tensors))
    except RuntimeError as error:
        first = (str(error).splitlines()[1:2] or [str(error)])[0].strip()
        hint = "they were trained by another version of the code"
        raise BadInput(f"the weights do not fit the network: {first}", hint=hint, where=Where(place)) from error


def start_from(path: Path, model: nn.Module) -> int:
    """What fits of a file of shipped weights into a network of any configuration; gives how many tensors start afresh.

    Raises Unavailable for a file that cannot be read, BadInput where less than half of the network's tensors are there.
    """
    tensors, _ = load_state(path)
    own = model.state_dict()
    fits = {name: t for name, t in tensors.items() if name in own and t.shape == own[name].shape}
    if 2 * len(fits) < len(own):
        message = f"only {len(fits)} of {len(own)} tensors of this network are there"
        raise BadInput(message, hint="start from weights of the same network", where=Where(path))
    model.load_state_dict(own | fits)
    return len(own) - len(fits)


# --- state ------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class State:
    """A run at one moment. Chance and data of a step follow from the seed and the step, so they need no place here."""

    model: nn.Module
    average: nn.Module
    optimizer: torch.optim.Optimizer
    step: int = 0
    spent: float = 0.0  # s


def save_state(folder: Path, state: State, config: str, run: Mapping[str, object]) -> None:
    """Everything in `folder`/state.safetensors, whole or not at all. Raises CannotWrite."""
    parts = {"model": state.model.state_dict(), "average": state.average.state_dict(), "optimizer": _moments(state)}
    tensors = {f"{part}/{name}": tensor for part, named in parts.items() for name, tensor in named.items()}
    told = {"step": state.step, "spent": state.spent, "run": dict(run)}
    facts = {"config": config, "version": str(FORMAT_VERSION), "state": json.dumps(told)}
    _write(folder / STATE, {name: t.detach().to("cpu", copy=True).contiguous() for name, t in tensors.items()}, facts)


def _moments(state: State) -> dict[str, Tensor]:
    known = state.optimizer.state_dict()["state"]
    return {f"{index}/{key}": torch.as_tensor(v) for index, values in known.items() for key, v in values.items()}


def restore(folder: Path, state: State, config: str) -> dict[str, object]:
    """Inverse of `save_state`, into `state`; gives what was told of the run. Raises BadInput."""
    path = folder / STATE
    tensors, facts = _read(path)
    check_config(facts.get("config", "{}"), config, path)
    told = json.loads(facts["state"])
    fill(state.model, _under(tensors, "model"), path)
    fill(state.average, _under(tensors, "average"), path)
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in _under(tensors, "optimizer").items():
        index, key = name.split("/")
        moments.setdefault(int(index), {})[key] = tensor
    groups = state.optimizer.state_dict()["param_groups"]
    state.optimizer.load_state_dict({"state": moments, "param_groups": groups})
    state.step, state.spent = int(told["step"]), float(told["spent"])
    return dict(told["run"])


def _under(tensors: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    return {name.removeprefix(f"{part}/"): t for name, t in tensors.items() if name.startswith(f"{part}/")}


# --- files ------------------------------------------------------------------------------------------------------------


def write_text(path: Path, text: str) -> None:
    """A file that is whole or not there. Raises CannotWrite."""
    with atomic(path) as temporary:
        temporary.write_text(text, "utf-8")


def _write(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, str]) -> None:
    with atomic(path) as temporary:
        save_file(dict(tensors), temporary, dict(facts))


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
            facts = dict(file.metadata() or {})
    except FileNotFoundError as error:
        raise MissingInput("the file is not there", hint=_AGAIN, where=Where(path)) from error
    except (SafetensorError, OSError) as error:
        raise BadInput(f"cannot be read: {error}", hint=_AGAIN, where=Where(path)) from error
    if facts.get("version") != str(FORMAT_VERSION):
        message = f"of format version {facts.get('version')}; this art reads version {FORMAT_VERSION}"
        raise BadInput(message, hint="train again with this version", where=Where(path))
    return tensors, facts


# --- compilation ------------------------------------------------------------------------------------------------------


def compile_blocks(model: nn.Module) -> None:
    """Each transformer block as one fused program for all sizes; blocks of a kind share it: seconds, not minutes."""
    from ..model.blocks import Block
    from ..model.transformer import DiTBlock

    torch._dynamo.config.recompile_limit = 64
    for module in model.modules():
        if isinstance(module, Block | DiTBlock):
            module.compile(dynamic=True)
