"""The text tower: frozen word vectors in, a context to attend to and one vector for the whole prompt out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .blocks import Block, Norm
from .config import TextConfig
from .rope import turns


@dataclass(frozen=True, eq=False)
class Context:
    tokens: Tensor  # (n, m + 1, d): the prompt's summary first, then its words
    mask: Tensor  # (n, m + 1) true where there is a word
    pooled: Tensor  # (n, d)


class TextTower(nn.Module):
    """A small transformer over static vectors: it learns what order and company mean for a word."""

    def __init__(self, config: TextConfig, width: int) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Linear(config.vectors, config.width)
        self.summary = nn.Parameter(torch.randn(config.width) * 0.02)
        self.blocks = nn.ModuleList(Block(config.width, config.heads) for _ in range(config.depth))
        self.norm = Norm(config.width)
        self.out = nn.Linear(config.width, width)

    def forward(self, vectors: Tensor, mask: Tensor) -> Context:
        """Vectors (n, m, v) of the words, mask (n, m); a prompt without any word is the empty prompt."""
        words = self.embed(vectors)
        x = torch.cat([self.summary.to(words.dtype).expand(len(words), 1, -1), words], dim=1)  # (n, m + 1, w)
        seen = torch.cat([mask.new_ones(len(mask), 1), mask], dim=1)
        places = torch.arange(x.shape[1], device=x.device)[:, None]
        turned = turns(places, (self.config.width // self.config.heads,))
        for block in self.blocks:
            x = block(x, turned, seen[:, None, None])
        tokens = self.out(self.norm(x))
        return Context(tokens, seen, tokens[:, 0])
