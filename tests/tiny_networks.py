"""Networks of DMDL in a tiny size with chance weights, saved and imported as real ones are: they move, untrained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import torch

from engine.backends.dmdl_files import AUTOENCODER, TRANSFORMER
from engine.model.autoencoder import Autoencoder
from engine.model.config import AutoencoderConfig, TextConfig, TransformerConfig, to_json
from engine.model.transformer import Transformer
from engine.weights import WeightsSpec, import_weights
from engine.weights.state import save_state

M = TypeVar("M", bound=torch.nn.Module)
TINY = "tiny"
SMALL = AutoencoderConfig(width=32, heads=2, encoder_depth=1, decoder_depth=1, detail_depth=2, axes=(4, 6, 6))
FLOW = TransformerConfig(
    width=32, heads=2, depth=2, axes=(4, 4, 4, 4), text=TextConfig(width=16, heads=2, depth=1)
)  # fmt: skip
SAMPLING = '{"steps": 3, "guidance": 2.0}'


def awake(model: M, seed: int, size: float = 0.05) -> M:
    """Heads start at zero: chance weights let every path be felt."""
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(size * torch.randn(parameter.shape, generator=chance))
    return model.eval()


def write_networks(folder: Path, seed: int = 0, **metadata: str) -> Path:
    """Both files in a folder; `metadata` over what belongs into the transformer's."""
    torch.manual_seed(seed)
    autoencoder, transformer = awake(Autoencoder(SMALL), seed), awake(Transformer(FLOW), seed + 1)
    told: Mapping[str, str] = {"config": to_json(FLOW), "sampling": SAMPLING, **metadata}
    save_state(folder / AUTOENCODER, autoencoder.state_dict(), {"config": to_json(SMALL)}, lambda name: False)
    save_state(folder / TRANSFORMER, transformer.state_dict(), told, lambda name: name.endswith("mlp.0.weight"))
    return folder


def import_networks(folder: Path, name: str = TINY, seed: int = 0, **metadata: str) -> WeightsSpec:
    """The same, known to the registry under a name. ART_MODELS says where that is."""
    folder.mkdir(parents=True, exist_ok=True)
    return import_weights(str(write_networks(folder, seed, **metadata)), name)
