"""The autoencoder's training: pixels of drawn steps, and the exact motion that the data knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..dataset.synth import Batch
from ..dataset.truth import Clip, Wave, latents_of
from ..model.autoencoder import Autoencoder, Encoded
from ..model.config import BODY, STRIDE
from ..model.field import Field, Track, draw
from ..model.latents import BELONGS, Latents, features, motion_of

SHOWN = 5  # steps of each clip whose pixels are compared: the rest is held by the exact motion
NEAR = 0.1  # of companded values: below this the distance from the exact motion counts squared
NOISE = 0.08  # largest deviation of the noise on the latents: what the diffusion model leaves is never exact
ROUGH = 0.6  # share of clips whose decoder is told only roughly what belongs to their pieces
TOLD = 0.5  # share of clips whose decoder is given the exact latents instead of the encoder's


def gather(batches: Sequence[Batch]) -> Clip:
    """The clips of several batches in one."""
    clips = [b.clip for b in batches]
    if len(clips) == 1:
        return clips[0]
    return Clip(
        torch.cat([c.still for c in clips]),
        torch.cat([c.frames for c in clips]),
        _cat(Track, [c.track for c in clips]),
        _cat(Wave, [c.wave for c in clips]),
        torch.cat([c.matte for c in clips]),
        torch.cat([c.weight for c in clips]),
        clips[0].apart,
    )


def _cat(kind: type, values: Sequence[object]):  # type: ignore[no-untyped-def]  # Track or Wave, as given
    return kind(**{f.name: torch.cat([getattr(v, f.name) for v in values]) for f in fields(kind)})


class AutoencoderTask(nn.Module):
    """A clip in, its losses out.

    Without `supervised`, the exact motion is held back: what moves the drawing is what the encoder found.
    """

    def __init__(self, model: Autoencoder, *, supervised: bool = True) -> None:
        super().__init__()
        self.model, self.supervised = model, supervised

    def forward(self, clip: Clip) -> dict[str, Tensor]:
        b, t = clip.frames.shape[:2]
        device = clip.still.device
        with torch.autocast(device.type, enabled=False):  # eight bits would move the truth by a pixel
            truth = latents_of(clip, self.model.config.token_latents)
        encoded = self.model.encode(clip.still, over_colours(clip.frames))
        moving = truth if self.supervised else encoded.latents
        made: Field | Tensor = self.model.decode(given(encoded.latents, moving), clip.still)
        with torch.autocast(device.type, enabled=False):
            track, flow = motion_of(moving)
            steps = torch.rand(b, t, device=device).argsort(1)[:, : min(SHOWN, t)]
            shown = _pick(clip.frames, steps)
            if isinstance(made, Field):
                drawn = drawn_apart(replace(made, track=track, flow=flow).at(steps), clip)
            else:
                drawn = _pick(made, steps)
            return losses(clip, truth, encoded, made, drawn, shown, supervised=self.supervised)


def given(found: Latents, truth: Latents) -> Latents:
    """What the decoder's networks read: the encoder's latents or the exact ones, under noise.

    Detached: the encoder has the exact latents to learn from, and the way back through a picture into companded
    coefficients is steep (docs/training.md). What is drawn moves by the exact ones, so that mattes, light and patch
    never learn to hide a wrong place.
    """
    device, b = found.parts.device, len(found.parts)
    told = (torch.rand(b, device=device) < TOLD).view(-1, 1, 1, 1)
    noise = (NOISE * torch.rand(b, device=device)).view(-1, 1, 1, 1)
    tokens = torch.where(told[..., None], truth.tokens, found.tokens).detach()
    parts = torch.where(told, truth.parts, found.parts).detach()
    return Latents(
        roughened(tokens) + noise[..., None] * torch.randn_like(tokens),
        parts + noise * torch.randn_like(parts),
    )


def roughened(tokens: Tensor, chance: torch.Generator | None = None) -> Tensor:
    """Token latents (b, f, gh, gw, c) that tell of some clips only roughly what belongs to rear and front.

    Spread, faint and with holes, as the diffusion model tells it: the outline of a piece is to be found in the picture.
    """
    b, _, rows, columns, _ = tokens.shape
    shares = tokens[:, 0, ..., -BELONGS:].movedim(-1, 1)  # (b, 2, gh, gw), the same in all frames
    drawn: dict[str, Any] = {"device": tokens.device, "generator": chance}
    far, faint, torn = (torch.rand(b, 1, 1, 1, **drawn) for _ in range(3))
    spread = torch.lerp(shares, F.avg_pool2d(shares, 3, 1, 1, count_include_pad=False), far)
    whole = (torch.rand(b, 1, rows, columns, **drawn) > 0.3 * torn).float()
    rough = spread * whole * (1 - 0.6 * faint) + 0.1 * far * torch.randn(shares.shape, **drawn)
    told = rough.movedim(1, -1)[:, None].expand(*tokens.shape[:-1], BELONGS)
    some = (torch.rand(b, **drawn) < ROUGH).view(-1, 1, 1, 1, 1)
    return torch.cat([tokens[..., :-BELONGS], torch.where(some, told, tokens[..., -BELONGS:])], dim=-1)


def drawn_apart(field: Field, clip: Clip) -> Tensor:
    """Steps of the first `clip.apart` clips with all their parts, of the others with the body alone (it has it all)."""
    body = slice(BODY, BODY + 1)
    pictures = []
    if clip.apart:
        pictures.append(draw(field.clips(slice(0, clip.apart)), clip.still[: clip.apart]))
    if clip.apart < len(clip.still):
        pictures.append(draw(field.clips(slice(clip.apart, None)), clip.still[clip.apart :], body))
    return torch.cat(pictures)


def over_colours(frames: Tensor) -> Tensor:
    """Some clips opaque over a colour, as a camera or a flattened video would give them."""
    b = len(frames)
    colour = torch.rand(b, 1, 3, 1, 1, device=frames.device)
    rgb = frames[:, :, :3] + (1 - frames[:, :, 3:]) * colour
    opaque = torch.cat([rgb, torch.ones_like(frames[:, :, 3:])], dim=2)
    return torch.where(torch.rand(b, 1, 1, 1, 1, device=frames.device) < 0.12, opaque, frames)


def losses(
    clip: Clip,
    truth: Latents,
    encoded: Encoded,
    made: Field | Tensor,
    drawn: Tensor,
    shown: Tensor,
    *,
    supervised: bool = True,
) -> dict[str, Tensor]:
    """Of pixels, of what the encoder found (told, but not minimised, without `supervised`), and of a motion head."""
    covered = F.max_pool2d(shown[:, :, 3].amax(1, keepdim=True), 9, 1, 4).mean((1, 2, 3)).clamp(min=0.05)  # (b,)
    difference = drawn - shown
    pixels = (difference.abs().mean((1, 2, 3, 4)) / covered).mean()
    edges = ((_gradient(drawn) - _gradient(shown)).abs().mean((1, 2, 3, 4)) / covered).mean()
    body = clip.track.only(slice(BODY, BODY + 1))
    found = torch.stack([track_loss(f, body) for f in encoded.found]).sum()
    latents = latent_loss(encoded.latents, truth, clip)
    loss = pixels + 0.7 * edges
    if supervised:
        loss = loss + found + latents
    told = {"pixels": pixels.detach(), "found": found.detach(), "latents": latents.detach()}
    if isinstance(made, Field):
        matte, empty, light = _head_losses(clip, made)
        loss = loss + 0.5 * matte + 0.2 * empty + 0.02 * light
        told |= {"matte": matte.detach(), "patch": empty.detach()}
    error = difference.square().mean((1, 2, 3, 4)) / covered
    return {"loss": loss, **told, "psnr": (-10 * (error.detach() + 1e-7).log10()).mean()}


def _head_losses(clip: Clip, field: Field) -> tuple[Tensor, Tensor, Tensor]:
    """Of the mattes; of patches that are not empty, and of light that is not at rest."""
    matte = (clip.weight * -(clip.matte * (field.matte + 1e-4).log()).sum(1, keepdim=True)).mean()
    patch = field.patch[:, :, 3]
    empty = (patch * (patch.detach() > 0)).mean()
    light = (field.opacity - 1).abs().mean() + (field.gain - 1).abs().mean()
    return matte, empty, light


def _gradient(frames: Tensor) -> Tensor:
    """Differences along x and y, (b, t, 8, h - 1, w - 1)."""
    across = frames[..., :-1, 1:] - frames[..., :-1, :-1]
    down = frames[..., 1:, :-1] - frames[..., :-1, :-1]
    return torch.cat([across, down], dim=2)


def track_loss(found: Track, truth: Track) -> Tensor:
    """Distance of companded parameters, where the part can be seen; opacity always."""
    seen = (truth.opacity > 0.08).float()[..., None]
    difference = apart(features(found), features(truth))  # (b, t, k, VALUES)
    light = difference[..., 7]
    return (difference * seen).sum(-1).mean() + ((1 - seen[..., 0]) * light).mean()


def latent_loss(found: Latents, truth: Latents, clip: Clip) -> Tensor:
    """Distance of the encoder's latents from the exact ones, where the layer can be seen."""
    seen = (clip.track.opacity[:, :, BODY] > 0.08).float()  # (b, t)
    seen = torch.cat([seen[:, :1], seen[:, 1:].unflatten(1, (-1, STRIDE)).amax(-1)], dim=1)  # (b, f)
    parts = apart(found.parts, truth.parts).mean((-2, -1)) * seen
    tokens = apart(found.tokens, truth.tokens).mean((-3, -2, -1)) * seen
    return 3 * (parts + tokens).mean()


def apart(found: Tensor, truth: Tensor) -> Tensor:
    """Huber's distance: linear, but calm near the truth, where the sign of a difference is noise."""
    return F.smooth_l1_loss(found, truth, reduction="none", beta=NEAR) + 0.1 * (found - truth).abs()


def _pick(values: Tensor, steps: Tensor) -> Tensor:
    return values[torch.arange(len(values), device=values.device)[:, None], steps]
