"""Which piece of a picture a prompt speaks of, and where it hinges: referring segmentation into rear, body and front.

It sees one still picture and one prompt, neither noise nor time, so that it can be shown a hundred times as many
pictures as the diffusion model in the same time; that model is then told which piece is meant. Ours (docs/model.md);
conditioning pixels on words by cross-attention is common practice in referring segmentation.

Shapes: b pictures, m words, d width; tokens of 8 px, g of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .autoencoder import place_features
from .blocks import MLP, Attention, Norm, Turns, zeroed
from .config import BODY, FINE, PARTS, PATCH, PIECES, SegmenterConfig
from .field import anchor_of, places
from .rope import turns
from .text import TextTower

TOKEN = 8  # px
CELLS = FINE * TOKEN // PATCH  # of a matte, along a token
UNASKED = 2.0  # logit by which everything is body until a prompt says otherwise
NEAR = 3  # cells about the likeliest place of a hinge, each way, whose mean it is


@dataclass(frozen=True, eq=False)
class Pieces:
    """What was found of b pictures."""

    matte: Tensor  # (b, PARTS, fine h, fine w) shares, sum 1
    hinge: Tensor | None  # (b, 2, 2) of rear and front, (x, y) in region units; None of networks that do not say


class Segmenter(nn.Module):
    def __init__(self, config: SegmenterConfig) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.text = TextTower(config.text, d)
        self.stem = nn.Sequential(
            nn.Conv2d(4, d // 4, 3, 2, 1), nn.GELU(), nn.Conv2d(d // 4, d // 2, 3, 2, 1), nn.GELU(),
            nn.Conv2d(d // 2, d, 3, 2, 1),
        )  # fmt: skip
        self.place = nn.Linear(6, d)
        self.blocks = nn.ModuleList(_Block(d, config.heads) for _ in range(config.depth))
        self.norm = Norm(d)
        self.out = zeroed(nn.Linear(d, CELLS * CELLS * PARTS))
        if config.hinges:
            self.hinge = zeroed(nn.Linear(d, CELLS * CELLS * len(PIECES)))

    def forward(self, still: Tensor, prompt: Tensor, words: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logits of the parts (b, PARTS, fine h, fine w), and of the places of hinges of rear and front.

        still (b, 4, h, w), vectors (b, m, v), mask (b, m).
        """
        rows, columns = still.shape[-2] // TOKEN, still.shape[-1] // TOKEN
        x = self.stem(still).flatten(2).transpose(1, 2)  # (b, g, d)
        x = x + self.place(place_features(rows, columns, anchor_of(still)))
        told = self.text(prompt, words)
        turned = _turns(rows, columns, self.config, x.device)
        for block in self.blocks:
            x = block(x, turned, told.tokens, told.mask[:, None, None])
        x = self.norm(x)
        logits = _cells(self.out(x), rows, columns)
        unasked = logits.new_zeros(PARTS, 1, 1)
        unasked[BODY] = UNASKED
        return logits + unasked, _cells(self.hinge(x), rows, columns) if self.config.hinges else None

    def pieces(self, still: Tensor, prompt: Tensor, words: Tensor) -> Pieces:
        """What a prompt means; arguments as of `forward`."""
        logits, hinges = self(still, prompt, words)
        return Pieces(logits.softmax(1), None if hinges is None else likeliest(hinges))


def likeliest(logits: Tensor) -> Tensor:
    """Places (b, n, 2) in region units of logits (b, n, h, w): the mean about the largest."""
    h, w = logits.shape[-2:]
    share = logits.flatten(2).softmax(-1)  # (b, n, h w)
    best = share.argmax(-1, keepdim=True)
    cell = torch.arange(h * w, device=logits.device)
    near = ((cell // w - best // w).abs() <= NEAR) & ((cell % w - best % w).abs() <= NEAR)
    share = share * near
    made: Tensor = (share / share.sum(-1, keepdim=True)) @ places(h, w, logits.device).flatten(0, 1)
    return made


def _cells(values: Tensor, rows: int, columns: int) -> Tensor:
    """Tokens (b, g, n cells cells) to maps (b, n, fine h, fine w)."""
    cells = values.float().unflatten(1, (rows, columns)).unflatten(-1, (-1, CELLS, CELLS))
    made: Tensor = cells.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)
    return made


class _Block(nn.Module):
    """Pre-norm: self-attention over the picture, attention to the words, MLP."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_attention, self.norm_words, self.norm_mlp = Norm(width), Norm(width), Norm(width)
        self.attention, self.words = Attention(width, heads), Attention(width, heads)
        self.mlp = MLP(width)

    def forward(self, x: Tensor, turned: Turns, context: Tensor, mask: Tensor) -> Tensor:
        x = x + self.attention(self.norm_attention(x), turns=turned)
        x = x + self.words(self.norm_words(x), context, mask=mask)
        return x + self.mlp(self.norm_mlp(x))  # type: ignore[no-any-return]  # nn.Module calls are untyped


def _turns(rows: int, columns: int, config: SegmenterConfig, device: torch.device) -> Turns:
    y = torch.arange(rows, device=device) - (rows - 1) / 2
    x = torch.arange(columns, device=device) - (columns - 1) / 2
    return turns(torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).flatten(0, 1), config.axes)


def seen_cells(still: Tensor) -> Tensor:
    """Alpha in the cells of mattes: (b, 1, fine h, fine w)."""
    return F.avg_pool2d(still[:, 3:], PATCH // FINE)
