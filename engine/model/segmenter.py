"""Which piece of a picture a prompt speaks of: referring segmentation into rear, body and front.

It sees one still picture and one prompt, neither noise nor time, so that it can be shown a hundred times as many
pictures as the diffusion model in the same time; that model is then told which piece is meant. Ours (docs/model.md);
conditioning pixels on words by cross-attention is common practice in referring segmentation.

Shapes: b pictures, m words, d width; tokens of 8 px, g of them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .autoencoder import place_features
from .blocks import MLP, Attention, Norm, Turns
from .config import BODY, FINE, PARTS, PATCH, SegmenterConfig
from .field import anchor_of
from .rope import turns
from .text import TextTower

TOKEN = 8  # px
CELLS = FINE * TOKEN // PATCH  # of a matte, along a token
UNASKED = 2.0  # logit by which everything is body until a prompt says otherwise


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
        self.out = nn.Linear(d, CELLS * CELLS * PARTS)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, still: Tensor, prompt: Tensor, words: Tensor) -> Tensor:
        """Logits of the parts (b, PARTS, fine h, fine w): still (b, 4, h, w), vectors (b, m, v), mask (b, m)."""
        rows, columns = still.shape[-2] // TOKEN, still.shape[-1] // TOKEN
        x = self.stem(still).flatten(2).transpose(1, 2)  # (b, g, d)
        x = x + self.place(place_features(rows, columns, anchor_of(still)))
        told = self.text(prompt, words)
        turned = _turns(rows, columns, self.config, x.device)
        for block in self.blocks:
            x = block(x, turned, told.tokens, told.mask[:, None, None])
        cells = self.out(self.norm(x)).float().unflatten(1, (rows, columns)).unflatten(-1, (PARTS, CELLS, CELLS))
        logits: Tensor = cells.permute(0, 3, 1, 4, 2, 5).flatten(4, 5).flatten(2, 3)  # (b, parts, fine h, fine w)
        unasked = logits.new_zeros(PARTS, 1, 1)
        unasked[BODY] = UNASKED
        return logits + unasked

    def mattes(self, still: Tensor, prompt: Tensor, words: Tensor) -> Tensor:
        """Shares of the parts, (b, PARTS, fine h, fine w)."""
        made: Tensor = self(still, prompt, words).softmax(1)
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
