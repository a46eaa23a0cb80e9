"""Sizes of the networks as frozen dataclasses; they travel inside the weights' metadata as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

FORMAT_VERSION = 1
RATE = 16  # motion steps a second
PATCH = 16  # px of the proxy picture behind one token, each way
STRIDE = 4  # motion steps behind one latent frame, except the first, which holds one
PARTS = 3  # rear, body, front: back to front
BODY = 1
PIECES = (0, 2)  # rear, front
NODES = 2  # nodes of the coarse grids (flow, opacity, gain) per token, each way
FINE = 8  # px of mattes and patches per token, each way
# Fields younger than some runs: what they say by default is not written down.
LATER = {"decoder_turns": True, "told_pieces": False, "hinges": False}


@dataclass(frozen=True)
class AutoencoderConfig:
    width: int = 256
    heads: int = 4
    encoder_depth: int = 3
    passes: int = 2  # of the encoder: each aligns the frames with the still layer by what the pass before found
    decoder_depth: int = 3  # first stage: at the rate of latent frames
    detail_depth: int = 6  # second stage: at the motion rate, space and time in turn; 0: none, nor light and patches
    axes: tuple[int, int, int] = (16, 24, 24)  # channels of a head that turn with frame, y, x
    token_latents: int = 34  # channels of a latent token (latents.TOKEN_LATENTS; 10: flow at one node alone)
    part_latents: int = 36  # channels of the latent token of a part (latents.PART_LATENTS)
    head: Literal["motion", "rgba"] = "motion"  # rgba: the paper's own, direct pixels
    decoder_turns: bool = True  # 3D-RoPE in the decoder, over the layer's own layout


@dataclass(frozen=True)
class TextConfig:
    vectors: int = 192  # channels of the frozen word vectors
    width: int = 256
    heads: int = 4
    depth: int = 2
    limit: int = 64  # words of one prompt; what is beyond is cut


@dataclass(frozen=True)
class TransformerConfig:
    width: int = 384
    heads: int = 6
    depth: int = 8
    ratio: int = 3  # width of the hidden layer of each MLP
    axes: tuple[int, int, int, int] = (8, 16, 20, 20)  # channels of a head that turn with layer, frame, y, x
    token_latents: int = 34
    part_latents: int = 36
    told_pieces: bool = False  # a segmenter says what belongs to rear and front, instead of noise
    text: TextConfig = TextConfig()


@dataclass(frozen=True)
class SegmenterConfig:
    width: int = 192
    heads: int = 6
    depth: int = 6
    axes: tuple[int, int] = (16, 16)  # channels of a head that turn with y, x
    hinges: bool = False  # it also says about which point each piece turns
    text: TextConfig = TextConfig(width=128)


def to_json(config: AutoencoderConfig | TransformerConfig | SegmenterConfig) -> str:
    told = {key: value for key, value in asdict(config).items() if key not in LATER or value != LATER[key]}
    return json.dumps(told, sort_keys=True)


def autoencoder_config(text: str) -> AutoencoderConfig:
    """Inverse of `to_json`; TypeError for a key that this version does not know."""
    values = json.loads(text)
    return AutoencoderConfig(**(values | {"axes": tuple(values["axes"])}))


def transformer_config(text: str) -> TransformerConfig:
    """Inverse of `to_json`; TypeError for a key that this version does not know."""
    values = json.loads(text)
    return TransformerConfig(**(values | {"axes": tuple(values["axes"]), "text": TextConfig(**values["text"])}))


def segmenter_config(text: str) -> SegmenterConfig:
    """Inverse of `to_json`; TypeError for a key that this version does not know."""
    values = json.loads(text)
    return SegmenterConfig(**(values | {"axes": tuple(values["axes"]), "text": TextConfig(**values["text"])}))


def latent_frames(steps: int) -> int:
    """Latent frames of 4k + 1 motion steps; ValueError for another length."""
    if steps < 1 or (steps - 1) % STRIDE:
        raise ValueError(f"{steps} steps: the autoencoder takes 4k + 1 (1, 5, 9, ...)")
    return 1 + (steps - 1) // STRIDE
