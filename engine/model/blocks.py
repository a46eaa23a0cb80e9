"""The blocks that every network of the model is made of."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .rope import rotate

Turns = tuple[Tensor, Tensor]  # cosines and sines, broadcastable to (b, heads, n, head / 2)


def precision(like: Tensor) -> torch.dtype:
    """What the networks compute in: that of autocast where it is on, else that of `like`."""
    kind = like.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else like.dtype


class Norm(nn.RMSNorm):
    """RMSNorm in the precision of its input: a mixture of precisions has no fused program."""

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.normalized_shape, self.weight.to(x.dtype), self.eps)


class Attention(nn.Module):
    """Multi-head attention with normalised queries and keys; on itself, or on a context."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.q_norm = Norm(width // heads)
        self.k_norm = Norm(width // heads)

    def forward(
        self, x: Tensor, context: Tensor | None = None, turns: Turns | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """x (b, n, d), context (b, m, d), mask broadcastable to (b, heads, n, m), true where attention may look."""
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (b, heads, n, head)
        kv = self.kv(x if context is None else context).unflatten(-1, (2, self.heads, -1))  # (b, m, 2, heads, head)
        k, v = kv.permute(2, 0, 3, 1, 4).unbind(0)  # (b, heads, m, head)
        q, k = self.q_norm(q), self.k_norm(k)
        if turns is not None:
            q, k = rotate(q, *turns), rotate(k, *turns)
        seen = F.scaled_dot_product_attention(q.to(v.dtype), k.to(v.dtype), v, attn_mask=mask)
        return self.out(seen.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]  # nn.Module calls are untyped


class MLP(nn.Sequential):
    def __init__(self, width: int, ratio: int = 4) -> None:
        super().__init__(nn.Linear(width, ratio * width), nn.GELU(approximate="tanh"), nn.Linear(ratio * width, width))


class Block(nn.Module):
    """Pre-norm transformer block."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_attention = Norm(width)
        self.attention = Attention(width, heads)
        self.norm_mlp = Norm(width)
        self.mlp = MLP(width)

    def forward(self, x: Tensor, turns: Turns | None = None, mask: Tensor | None = None) -> Tensor:
        x = x + self.attention(self.norm_attention(x), turns=turns, mask=mask)
        return x + self.mlp(self.norm_mlp(x))  # type: ignore[no-any-return]  # nn.Module calls are untyped


def zeroed(layer: nn.Linear) -> nn.Linear:
    """The layer answering 0 until it is trained."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
