"""How much arithmetic the networks of DMDL ask for, counted by hand from their sizes: a multiply-add is two.

Matrix products and attention are told apart, since a device has a rate for each. Norms, activations and whatever else
touches every value once are left out, and so is what happens once a sampling (words, still pictures in `prepare`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.model.config import FINE, NODES, PARTS, PATCH, STRIDE, AutoencoderConfig, TransformerConfig

Grid = tuple[int, int]  # rows, columns of tokens


@dataclass(frozen=True)
class Work:
    """Floating point operations."""

    matmul: int
    attention: int

    def __add__(self, other: Work) -> Work:
        return Work(self.matmul + other.matmul, self.attention + other.attention)

    def times(self, count: int) -> Work:
        return Work(count * self.matmul, count * self.attention)


def velocity_work(config: TransformerConfig, grids: Sequence[Grid], frames: int, words: int) -> Work:
    """One evaluation of the transformer for layers of these grids; `words`: of the context, all prompts together."""
    d = config.width
    cells = sum(rows * columns for rows, columns in grids)
    n = frames * (cells + PARTS * len(grids))
    own, read = _attention(n, n, d), _attention(n, words, d)
    block = own + read + Work(4 * n * config.ratio * d * d, 0)
    sigma, told = 2 * (256 * d + d * d), 2 * len(grids) * d * (6 * d + 2 * d)
    latents = 4 * frames * d * (cells * config.token_latents + PARTS * len(grids) * config.part_latents)  # in and out
    return block.times(config.depth) + Work(sigma + told + latents, 0)


def decoder_work(config: AutoencoderConfig, grid: Grid, frames: int) -> Work:
    """Latents of one layer to its motion."""
    d, cells = config.width, grid[0] * grid[1]
    n, steps = cells + PARTS, 1 + STRIDE * (frames - 1)
    coarse = _block(frames * n, d).times(config.decoder_depth)
    space = _block(n, d).times(steps * -(-config.detail_depth // 2))
    time = _block(steps, d).times(n * (config.detail_depth // 2))
    embed = cells * (PATCH * PATCH * 4 + 6) + frames * (cells * config.token_latents + PARTS * config.part_latents)
    up = n * d * (1 + STRIDE * (frames - 1)) if config.detail_depth else 0
    added = steps * (2 * NODES * NODES + 4 * FINE * FINE) if config.detail_depth else 0
    heads = cells * (added + PARTS * FINE * FINE)
    return coarse + space + time + Work(2 * d * (embed + up + heads), 0)


def _attention(queries: int, keys: int, d: int) -> Work:
    """With its four projections: of the queries two, of the keys two."""
    return Work(4 * d * d * (queries + keys), 4 * queries * keys * d)


def _block(n: int, d: int) -> Work:
    """Self-attention and an MLP four times as wide."""
    return _attention(n, n, d) + Work(16 * n * d * d, 0)
