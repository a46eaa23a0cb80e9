"""Weights between runs: half precision, in files of at most 15 MB, so that any link can carry them."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

LARGEST = 15_000_000  # bytes


def save(folder: Path, model: nn.Module) -> list[Path]:
    """`weights-00.safetensors`, ... in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for index, shard in enumerate(_shards(model.state_dict())):
        path = folder / f"weights-{index:02}.safetensors"
        save_file(shard, path)
        paths.append(path)
    return paths


def _shards(state: dict[str, Tensor]) -> list[dict[str, Tensor]]:
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


def load(folder: Path, model: nn.Module) -> None:
    """Inverse of `save`, into `model`. Raises FileNotFoundError where there are no weights."""
    paths = sorted(folder.glob("weights-*.safetensors"))
    if not paths:
        raise FileNotFoundError(f"no weights-*.safetensors in {folder}")
    state: dict[str, Tensor] = {}
    for path in paths:
        state |= {name: tensor.float() for name, tensor in load_file(path).items()}
    model.load_state_dict(state)


def compile_blocks(model: nn.Module) -> None:
    """Each transformer block as one fused program for all sizes; blocks of a kind share it: seconds, not minutes."""
    from ..model.blocks import Block
    from ..model.transformer import DiTBlock

    torch._dynamo.config.recompile_limit = 64
    for module in model.modules():
        if isinstance(module, Block | DiTBlock):
            module.compile(dynamic=True)
