"""Latents polished against the pixels they came from: what an encoder guesses, descent on the decoded picture sharpens.

Drawing can be differentiated, so a few steps of descent on the latents alone take registration below a tenth of a
pixel (semi-amortised inference, Kim et al. 2018). Coarse pictures come first: they see farther.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from .autoencoder import Autoencoder
from .field import draw
from .latents import Latents, motion_of

RATE = 0.03  # of Adam at the start, in latents' units
ROUNDS = 3


def polished(model: Autoencoder, still: Tensor, frames: Tensor, latents: Latents, turns: int = 60) -> Latents:
    """Latents that draw `frames` (b, t, 4, h, w) from `still` (b, 4, h, w) better than those given.

    What the networks add (mattes, light, patch) is decoded anew in each of ROUNDS rounds and held in between, so a turn
    costs a drawing and no network.
    """
    tokens, parts = (v.detach().float().clone().requires_grad_() for v in (latents.tokens, latents.parts))
    optimizer = torch.optim.Adam([tokens, parts], lr=RATE, betas=(0.8, 0.95))
    for turn in range(turns):
        if turn % -(-turns // ROUNDS) == 0:
            with torch.no_grad():
                field = model.decode(Latents(tokens, parts), still)
        optimizer.param_groups[0]["lr"] = RATE * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * turn / turns)))
        with torch.enable_grad():
            track, flow = motion_of(Latents(tokens, parts))
            loss = _distance(draw(replace(field, track=track, flow=flow), still) - frames, turn / turns)
            tokens.grad, parts.grad = torch.autograd.grad(loss, [tokens, parts])
        optimizer.step()
    return Latents(tokens.detach(), parts.detach())


def _distance(difference: Tensor, progress: float) -> Tensor:
    """Sum over clips of mean squares, at full, half and quarter size; the coarse ones fade out."""
    flat = difference.flatten(0, 1)
    total = difference.square().mean((1, 2, 3, 4)).sum()
    for scale in (2, 4):
        coarse = F.avg_pool2d(flat, scale).square().mean((1, 2, 3)).unflatten(0, difference.shape[:2]).mean(1).sum()
        total = total + scale * (1 - progress) * coarse
    return total
