"""The transparent dynamic-layer autoencoder.

The encoder looks at a clip of one layer (RGBA, or opaque over any colour) beside its still picture. The ViT decoder has
two stages: at the rate of latent frames, then, after the varying temporal upsampling (first latent frame -> 1 step, the
others -> 4), at the motion rate; both turn with 3D-RoPE over the layer's own layout. The motion head gives a `Field`;
the head of the paper (direct RGBA) is `head="rgba"`. Source: Animated-ART (CVPR 2026 Findings) and its ancestor ART
(arXiv 2502.18364) for the shape; the motion head and the aligning encoder are ours (docs/model.md).

Shapes: b batch, t steps, f latent frames, k parts, g = gh * gw tokens of a frame, d width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .alignment import ANGLES, MOMENTS, aligned_by, moments, turning
from .blocks import Block, Norm, Turns, precision, zeroed
from .config import BODY, FINE, NODES, PARTS, PATCH, STRIDE, AutoencoderConfig
from .field import Field, Track, anchor_of, places
from .latents import VALUES, Latents, by_frames, features, motion_of, track_from
from .rope import turns

CALM = 0.2  # of what a motion head says: Adam moves a wide head's output by far more than its rate in one step


@dataclass(frozen=True, eq=False)
class Encoded:
    latents: Latents
    found: tuple[Track, ...]  # the body's track after each pass: coarse first


class Autoencoder(nn.Module):
    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def encode(self, still: Tensor, frames: Tensor) -> Encoded:
        """Latents of frames (b, t, 4, h, w) beside the still layer (b, 4, h, w); t = 4k + 1, whole patches."""
        encoded: Encoded = self.encoder(still, frames)
        return encoded

    def decode(self, latents: Latents, still: Tensor) -> Field:
        """The motion that the latents tell of this still layer (with `head="rgba"`: its frames)."""
        field: Field = self.decoder(latents, still)
        return field


class PatchEmbed(nn.Module):
    """16 px patches of (n, c, h, w) as tokens (n, g, d), with where they lie in the region and from the anchor."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.pixels = nn.Linear(channels * PATCH * PATCH, width)
        self.place = nn.Linear(6, width)

    def forward(self, pictures: Tensor, anchor: Tensor) -> Tensor:
        h, w = pictures.shape[-2:]
        patches = F.pixel_unshuffle(pictures, PATCH).flatten(2).transpose(1, 2)  # (n, g, c 16 16)
        place = place_features(h // PATCH, w // PATCH, anchor)  # (n or b, g, 6)
        return self.pixels(patches) + self.place(place)  # type: ignore[no-any-return]  # nn.Module calls are untyped


def place_features(rows: int, columns: int, anchor: Tensor) -> Tensor:
    """(b, g, 6): position, position from the anchor, and the region's size in tokens (log2, from 8)."""
    here = places(rows, columns, anchor.device).flatten(0, 1)  # (g, 2)
    b, g = len(anchor), len(here)
    size = [here.new_full((b, g, 1), math.log2(n / 8)) for n in (rows, columns)]
    return torch.cat([here.expand(b, -1, -1), here - anchor[:, None], *size], dim=-1)


def clip_turns(rows: int, columns: int, times: Tensor, config: AutoencoderConfig, *, queries: bool = True) -> Turns:
    """3D-RoPE of tokens (f, g + k): time in steps; y, x in the layer's own patches; parts at the region's centre."""
    device = times.device
    y = torch.arange(rows, device=device) - (rows - 1) / 2
    x = torch.arange(columns, device=device) - (columns - 1) / 2
    place = torch.stack(torch.meshgrid(y, x, indexing="ij"), dim=-1).flatten(0, 1)  # (g, 2)
    place = torch.cat([place, place.new_zeros(PARTS, 2)]) if queries else place
    ids = torch.cat(
        [
            times[:, None, None].expand(-1, len(place), 1).float(),
            place.float().expand(len(times), -1, -1),
        ],
        dim=-1,
    )  # (f, n, 3)
    return turns(ids, config.axes)


def latent_times(frames: int, device: torch.device) -> Tensor:
    """The middle of the steps that each latent frame holds: 0, 2.5, 6.5, ..."""
    index = torch.arange(frames, device=device).float()
    return torch.where(index == 0, index, index * STRIDE - 1.5)


class Encoder(nn.Module):
    """Looks at the clip several times, each time with the body brought back to its place as far as is known by then.

    Near alignment a small turn or shift is a linear difference of pictures, which patches measure well: the idea of
    iterative alignment (Lucas and Kanade 1981) with learned steps.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        d = config.width
        self.embed = PatchEmbed(12, d)  # the frame, the frame aligned, the still layer
        self.embed_still = PatchEmbed(4, d)
        self.first = nn.Linear(d, d)
        self.rest = nn.Linear(STRIDE * d, d)
        self.queries = nn.Parameter(torch.randn(PARTS, d) * 0.02)
        self.known = nn.Linear((VALUES + MOMENTS + 2 * ANGLES) * STRIDE, d)
        self.blocks = nn.ModuleList(Block(d, config.heads) for _ in range(config.encoder_depth))
        self.norm = Norm(d)
        self.found = StepsHead(d)
        self.own = StepsHead(d)
        self.to_tokens = zeroed(nn.Linear(d, config.token_latents))

    def forward(self, still: Tensor, frames: Tensor) -> Encoded:
        anchor = anchor_of(still)
        b, t = frames.shape[:2]
        track = rest_track(b, t, still.device)
        found: list[Track] = []
        for _ in range(self.config.passes):
            hidden = self._look(still, frames, anchor, track)  # (b, f, g + k, d)
            with torch.autocast(still.device.type, enabled=False):  # angles need more than eight bits
                track = _corrected(track, CALM * self.found(hidden[:, :, -PARTS + BODY].float()))
            found.append(track)
            track = Track(**{name: value.detach() for name, value in vars(track).items()})
        with torch.autocast(still.device.type, enabled=False):
            latents = self._latents(hidden.float(), found[-1], frames.shape[-2:])
        return Encoded(latents, tuple(found))

    def _look(self, still: Tensor, frames: Tensor, anchor: Tensor, known: Track) -> Tensor:
        b, t, _, h, w = frames.shape
        aligned = aligned_by(frames, anchor, known)
        kind = precision(still)
        stack = torch.cat([frames.to(kind), aligned.to(kind), still.to(kind)[:, None].expand_as(frames)], dim=2)
        tokens = self.embed(stack.flatten(0, 1), anchor.repeat_interleave(t, 0)).unflatten(0, (b, t))  # (b, t, g, d)
        merged = _merge(tokens, self.first, self.rest)  # (b, f, g, d)
        now, rest = moments(aligned), moments(still[:, None])
        facts = torch.cat([features(known)[:, :, 0], now - rest, turning(aligned, still, now, rest)], dim=-1)
        told = self.known(_by_latent_frame(facts))  # (b, f, d)
        # each part starts from the mean of its frame: a constant start would drown what differs between clips
        queries = merged.mean(2, keepdim=True) + self.queries + told[:, :, None]  # (b, f, k, d)
        x = torch.cat([merged, queries], dim=2)
        f, n = x.shape[1:3]
        cos, sin = clip_turns(h // PATCH, w // PATCH, latent_times(f, x.device), self.config)
        # the still layer's own tokens, a step before the clip
        beside = clip_turns(h // PATCH, w // PATCH, cos.new_full((1,), -4.0), self.config, queries=False)
        x = torch.cat([x.flatten(1, 2), self.embed_still(still, anchor)], dim=1)
        turned = (torch.cat([cos.flatten(0, 1), beside[0][0]]), torch.cat([sin.flatten(0, 1), beside[1][0]]))
        for block in self.blocks:
            x = block(x, turned)
        return self.norm(x[:, : f * n]).unflatten(1, (f, n))  # type: ignore[no-any-return]  # nn.Module calls are untyped

    def _latents(self, hidden: Tensor, body: Track, size: tuple[int, ...]) -> Latents:
        rows, columns = size[0] // PATCH, size[1] // PATCH
        rear, front = (CALM * self.own(hidden[:, :, i - PARTS]) for i in (0, PARTS - 1))  # (b, t, VALUES)
        told = torch.stack([rear, features(body)[:, :, 0], front], dim=2)
        tokens = self.to_tokens(hidden[:, :, :-PARTS]).unflatten(2, (rows, columns))
        return Latents(tokens, by_frames(told))


class StepsHead(nn.Module):
    """Values of every motion step from tokens of latent frames, (b, f, d) to (b, t, VALUES); untrained it says 0."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = zeroed(nn.Linear(width, VALUES))
        self.rest = zeroed(nn.Linear(width, VALUES * STRIDE))

    def forward(self, x: Tensor) -> Tensor:
        rest = self.rest(x[:, 1:]).unflatten(-1, (STRIDE, VALUES)).flatten(1, 2)
        return torch.cat([self.first(x[:, :1]), rest], dim=1)


def rest_track(b: int, t: int, device: torch.device) -> Track:
    """One part that stands still."""
    return track_from(torch.zeros(b, t, 1, VALUES, device=device))


def _corrected(known: Track, by: Tensor) -> Track:
    """The track known so far (one part), improved by (b, t, VALUES) in the turned frame of what is known."""
    dx, dy, dc, ds, shear, sx, sy, opacity, gain = by[:, :, None].unbind(-1)  # (b, t, 1)
    cos, sin = known.turn.unbind(-1)
    turn = torch.stack([cos * (1 + dc) - sin * ds, sin * (1 + dc) + cos * ds], dim=-1)
    return Track(
        shift=known.shift + torch.stack([cos * dx - sin * dy, sin * dx + cos * dy], dim=-1),
        turn=turn / turn.norm(dim=-1, keepdim=True).clamp(min=1e-3),
        shear=known.shear + shear,
        scale=known.scale + torch.stack([sx, sy], dim=-1),
        opacity=known.opacity + opacity,
        gain=known.gain + gain,
    )


def _by_latent_frame(values: Tensor) -> Tensor:
    """(b, t, c) as (b, f, 4 c): the first latent frame holds one step, repeated."""
    first = values[:, :1].repeat(1, 1, STRIDE)
    rest = values[:, 1:].unflatten(1, (-1, STRIDE)).flatten(2)
    return torch.cat([first, rest], dim=1)


def _merge(tokens: Tensor, first: nn.Linear, rest: nn.Linear) -> Tensor:
    """Step tokens (b, t, g, d) to latent-frame tokens (b, f, g, d)."""
    groups = tokens[:, 1:].unflatten(1, (-1, STRIDE)).transpose(2, 3).flatten(3)  # (b, f - 1, g, 4 d)
    return torch.cat([first(tokens[:, :1]), rest(groups)], dim=1)


class Decoder(nn.Module):
    """Latents beside the still layer to its motion, in two stages."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        if config.head == "rgba" and not config.detail_depth:
            raise ValueError("direct pixels need a second stage: detail_depth is 0")
        self.config = config
        d = config.width
        self.embed_still = PatchEmbed(4, d)
        self.from_tokens = nn.Linear(config.token_latents, d)
        self.from_parts = nn.Linear(config.part_latents, d)
        self.part = nn.Parameter(torch.randn(PARTS, d) * 0.02)
        self.coarse = nn.ModuleList(Block(d, config.heads) for _ in range(config.decoder_depth))
        if config.detail_depth:
            self.up_first = nn.Linear(d, d)
            self.up_rest = nn.Linear(d, STRIDE * d)
            self.detail = nn.ModuleList(Block(d, config.heads) for _ in range(config.detail_depth))
            self.norm = Norm(d)
        self.head = MotionHead(config) if config.head == "motion" else RGBAHead(config)

    def forward(self, latents: Latents, still: Tensor) -> Field | Tensor:
        anchor = anchor_of(still)
        rows, columns = latents.tokens.shape[2:4]
        seen = self.embed_still(still, anchor)  # (b, g, d)
        coarse = self._coarse(latents, seen)  # (b, f, g + k, d)
        steps = None  # (b, t, g + k, d)
        if self.config.detail_depth:
            shown = torch.cat([seen, seen.new_zeros(len(seen), PARTS, seen.shape[-1])], dim=1)
            steps = self._detail(self._upsample(coarse) + shown[:, None], rows, columns)
        return self.head(steps, coarse, latents, anchor)  # type: ignore[no-any-return]  # nn.Module calls are untyped

    def _coarse(self, latents: Latents, seen: Tensor) -> Tensor:
        rows, columns = latents.tokens.shape[2:4]
        tokens = self.from_tokens(latents.tokens.flatten(2, 3)) + seen[:, None]
        x = torch.cat([tokens, self.from_parts(latents.parts) + self.part], dim=2)  # (b, f, g + k, d)
        f, n = x.shape[1:3]
        cos, sin = clip_turns(rows, columns, latent_times(f, x.device), self.config)
        turned = (cos.flatten(0, 1), sin.flatten(0, 1)) if self.config.decoder_turns else None
        x = x.flatten(1, 2)
        for block in self.coarse:
            x = block(x, turned)
        made: Tensor = x.unflatten(1, (f, n))
        return made

    def _upsample(self, coarse: Tensor) -> Tensor:
        """(b, f, n, d) to (b, t, n, d): one step from the first latent frame, four from each of the others."""
        rest = self.up_rest(coarse[:, 1:]).unflatten(-1, (STRIDE, -1))  # (b, f - 1, n, 4, d)
        return torch.cat([self.up_first(coarse[:, :1]), rest.transpose(2, 3).flatten(1, 2)], dim=1)

    def _detail(self, x: Tensor, rows: int, columns: int) -> Tensor:
        """Attention within each step, then along each token's time, in turn."""
        b, t, n, _ = x.shape
        space, time = self._detail_turns(rows, columns, t, x.device) if self.config.decoder_turns else (None, None)
        for index, block in enumerate(self.detail):
            if index % 2 == 0:
                x = block(x.flatten(0, 1), space).unflatten(0, (b, t))
            else:
                x = block(x.transpose(1, 2).flatten(0, 1), time).unflatten(0, (b, n)).transpose(1, 2)
        return self.norm(x)  # type: ignore[no-any-return]  # nn.Module calls are untyped

    def _detail_turns(self, rows: int, columns: int, t: int, device: torch.device) -> tuple[Turns, Turns]:
        """Of the tokens of a step, (n, head / 2), and of the steps of a token, (t, head / 2)."""
        cos, sin = clip_turns(rows, columns, torch.zeros(1, device=device), self.config)
        times = clip_turns(1, 1, torch.arange(t, device=device), self.config, queries=False)
        return (cos[0], sin[0]), (times[0][:, 0], times[1][:, 0])


class MotionHead(nn.Module):
    """Tokens to a `Field`: motion as the latents say it outright, mattes from the first stage.

    The second stage, where there is one, adds light and patches.
    """

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        d = config.width
        if config.detail_depth:
            self.light = zeroed(nn.Linear(d, NODES * NODES * 2))
            self.patch = zeroed(nn.Linear(d, FINE * FINE * 4))
        self.matte = zeroed(nn.Linear(d, FINE * FINE * PARTS))

    def forward(self, steps: Tensor | None, coarse: Tensor, latents: Latents, anchor: Tensor) -> Field:
        rows, columns = latents.tokens.shape[2:4]
        with torch.autocast(coarse.device.type, enabled=False):  # angles need more than eight bits
            track, flow = motion_of(latents)
        matte = self._matte(coarse[:, :, :-PARTS].mean(1), rows, columns)
        light, patch = self._added(steps, flow, matte)
        opacity, gain = (1 + CALM * light).unbind(2)
        return Field(anchor, track, matte, flow, opacity=opacity, gain=gain, patch=premultiplied(patch))

    def _added(self, steps: Tensor | None, flow: Tensor, matte: Tensor) -> tuple[Tensor, Tensor]:
        """Light (b, t, 2, node rows, node columns) and patches (b, t, 4, h, w); zeros without a second stage."""
        b, t, _, rows, columns = flow.shape[:5]
        if steps is None:
            empty = flow.new_zeros(b, t, 4, 1, 1).expand(-1, -1, -1, *matte.shape[2:])
            return flow.new_zeros(b, t, 2, rows, columns), empty
        grid = steps[:, :, :-PARTS]  # (b, t, g, d)
        rows, columns = rows // NODES, columns // NODES
        light = _unpatch(self.light(grid).float(), rows, columns, NODES)
        return light, _unpatch(self.patch(grid).float(), rows, columns, FINE)

    def _matte(self, tokens: Tensor, rows: int, columns: int) -> Tensor:
        """(b, g, d) to shares (b, k, h, w): the body has everything until it is told otherwise."""
        logits = _unpatch(self.matte(tokens)[:, None].float(), rows, columns, FINE)[:, 0]
        rest = logits.new_zeros(PARTS, 1, 1)
        rest[BODY] = 5.0
        return (8 * logits + rest).softmax(1)


def premultiplied(raw: Tensor) -> Tensor:
    """Free values (..., 4, h, w) as a premultiplied picture that is empty near zero: rgb within 0..alpha."""
    alpha = _through(2 * raw[..., 3:, :, :])
    return torch.cat([_through(0.5 + 2 * raw[..., :3, :, :]) * alpha, alpha], dim=-3)


def _through(values: Tensor) -> Tensor:
    """Clamped to 0..1 with the gradient of the identity, so that what is empty can still come to life."""
    return values + (values.clamp(0, 1) - values).detach()


def _unpatch(values: Tensor, rows: int, columns: int, size: int) -> Tensor:
    """(b, t, g, size size c) to (b, t, c, rows size, columns size)."""
    b, t = values.shape[:2]
    grid = values.unflatten(2, (rows, columns)).unflatten(-1, (-1, size, size))  # (b, t, rows, columns, c, s, s)
    made: Tensor = grid.permute(0, 1, 4, 2, 5, 3, 6).reshape(b, t, -1, rows * size, columns * size)
    return made


class RGBAHead(nn.Module):
    """The paper's head: every step's pixels, premultiplied, straight from its tokens."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.pixels = nn.Linear(config.width, PATCH * PATCH * 4)

    def forward(self, steps: Tensor, coarse: Tensor, latents: Latents, anchor: Tensor) -> Tensor:
        rows, columns = latents.tokens.shape[2:4]
        raw = _unpatch(self.pixels(steps[:, :, :-PARTS]).float(), rows, columns, PATCH)
        alpha = _through(0.5 + raw[:, :, 3:])
        return torch.cat([torch.minimum(_through(0.5 + raw[:, :, :3]), alpha), alpha], dim=2)
