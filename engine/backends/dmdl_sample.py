"""From noise to motion: windows one after another, each conditioned on the end of the one before, then decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from .. import sampling
from ..model.config import PARTS, latent_frames
from ..model.field import Field
from ..model.latents import BELONGS, Latents, by_frames, by_steps, cut
from ..model.transformer import SceneInput, Transformer, stacked
from ..tiling import SHARED
from .dmdl_files import Networks
from .dmdl_plan import Group
from .dmdl_scene import Shown, meant, with_latents

Done = Callable[[], None]  # after every step of the sampler

TAIL = 12  # motion steps at the end of a window that tell whether a layer has come to rest
QUIET = 0.06  # change of a latent value below which it stands still
AWAY = 0.5  # latent value of what is clearly not as in the still layer


@torch.no_grad()
def generated(networks: Networks, seen: Shown, group: Group, half: torch.dtype | None, done: Done) -> list[list[Field]]:
    """Of each layer the motion of each window. `half`: the networks compute in that precision (CUDA)."""
    windows = group.timeline.windows
    with _precision(seen.stills[0].device, half):
        fields: list[list[Field]] = [[] for _ in group.members]
        known: list[Latents] | None = None
        rests = [False] * len(fields)
        for index, window in enumerate(windows):
            made = _window(networks, seen, group, index, known, done)
            made = [_held(k, m) if r and known else m for k, m, r in zip(known or made, made, rests, strict=True)]
            decoded = [networks.autoencoder.decode(own, still) for own, still in zip(made, seen.stills, strict=True)]
            for own, field in zip(fields, decoded, strict=True):
                own.append(field)
            if index + 1 < len(windows):
                rests = [r or settled(latents) for r, latents in zip(rests, made, strict=True)]
                known = [cut(latents, windows[index + 1].start - window.start) for latents in made]
    return fields


def _precision(device: torch.device, half: torch.dtype | None) -> AbstractContextManager[object]:
    return nullcontext() if half is None else torch.autocast(device.type, half)


def _window(
    networks: Networks, seen: Shown, group: Group, index: int, before: list[Latents] | None, done: Done
) -> list[Latents]:
    """Latents of all layers in one window; `before` holds its first frames, from the window before."""
    model = networks.transformer
    frames = latent_frames(len(group.timeline.windows[index]))
    device = seen.stills[0].device
    noise = [
        _noise(m.region.rows, m.region.columns, frames, m.prompt.seed, index, model, device) for m in group.members
    ]
    if before is None:
        known = [Latents(torch.zeros_like(n.tokens), torch.zeros_like(n.parts)) for n in noise]
        given = torch.zeros(1, frames, device=device)
    else:
        known = [_padded(model.normalised(latents), frames) for latents in before]
        given = (torch.arange(frames, device=device) < latent_frames(SHARED + 1)).float()[None]
    found = _sampled(networks, seen, group, noise, known, given, done)
    return meant([model.restored(latents) for latents in found], seen.told)


def _sampled(
    networks: Networks,
    seen: Shown,
    group: Group,
    noise: Sequence[Latents],
    known: Sequence[Latents],
    given: Tensor,
    done: Done,
) -> list[Latents]:
    """The sampler's answer, normalised; frames that are given come back as they are."""
    ways = networks.sampling

    def flow(*scenes: SceneInput) -> sampling.Velocity:
        scene = stacked([with_latents(each, known, given) for each in scenes])
        again = [[_repeated(v, len(scenes)) for v in latents] for latents in (noise, known)]
        return _velocity(networks.transformer, scene, *again)

    solve = sampling.heun if ways.sampler == "heun" else sampling.euler
    velocity = flow(seen.told)
    if group.guidance != 1:
        velocity = sampling.guided_at_once(velocity, flow(seen.told, seen.untold), group.guidance, above=ways.above)
    schedule = sampling.sigmas(group.steps, ways.shift)
    state = solve(velocity, _state(noise), schedule, lambda _step, _of: done())
    return [_where(given, k, x) for k, x in zip(known, _latents(state), strict=True)]


def _repeated(latents: Latents, times: int) -> Latents:
    return Latents(*(values.repeat(times, *[1] * (values.ndim - 1)) for values in _pair(latents)))


def _velocity(
    model: Transformer, scene: SceneInput, noise: Sequence[Latents], known: Sequence[Latents]
) -> sampling.Velocity:
    """The network's velocity; frames that are given are as noisy as the others, as in training."""
    ready, given = model.prepare(scene), scene.layers[0].given

    def velocity(x: sampling.State, sigma: float) -> sampling.State:
        noisy = [
            _where(given, Latents(*(_mixed(a, b, sigma) for a, b in zip(_pair(k), _pair(n), strict=True))), own)
            for k, n, own in zip(known, noise, _latents(x), strict=True)
        ]
        return _state(model.velocity(noisy, given.new_full((len(given),), sigma), ready))

    return velocity


def _noise(
    rows: int, columns: int, frames: int, seed: int, window: int, model: Transformer, device: torch.device
) -> Latents:
    """A layer's own noise: who is generated beside it does not change it."""
    shapes = (1, frames, rows, columns, model.config.token_latents), (1, frames, PARTS, model.config.part_latents)
    tokens, parts = sampling.noise(shapes, (seed + 0x9E3779B9 * window) % 2**63, device)
    return Latents(tokens, parts)


# --- latents as lists, in time ----------------------------------------------------------------------------------------


def _pair(latents: Latents) -> tuple[Tensor, Tensor]:
    return latents.tokens, latents.parts


def _state(layers: Sequence[Latents]) -> sampling.State:
    return [values for latents in layers for values in _pair(latents)]


def _latents(state: sampling.State) -> list[Latents]:
    return [Latents(tokens, parts) for tokens, parts in zip(state[::2], state[1::2], strict=True)]


def _mixed(data: Tensor, noise: Tensor, sigma: float) -> Tensor:
    return (1 - sigma) * data + sigma * noise


def _where(given: Tensor, known: Latents, made: Latents) -> Latents:
    chosen = given[:, :, None, None] > 0
    return Latents(
        torch.where(chosen[..., None], known.tokens, made.tokens), torch.where(chosen, known.parts, made.parts)
    )


def _padded(latents: Latents, frames: int) -> Latents:
    """With empty frames behind."""
    lacking = frames - latents.parts.shape[1]
    tokens, parts = (torch.cat([v, v.new_zeros(1, lacking, *v.shape[2:])], dim=1) for v in _pair(latents))
    return Latents(tokens, parts)


def settled(latents: Latents) -> bool:
    """It arrived or left, and then stood still to the end: what comes, goes or turns once does not do it again."""
    steps = by_steps(latents.parts)  # (1, t, k, values)
    tail, first, last = steps[:, -TAIL:], steps[:, 0], steps[:, -1]
    still = (tail - last[:, None]).abs().amax() < QUIET
    return bool(still) and bool(torch.maximum(first.abs().amax(), last.abs().amax()) > AWAY)


def _held(before: Latents, made: Latents) -> Latents:
    """The window whose shared steps are `before`, standing as it stood at their end."""
    frames = made.parts.shape[1]
    shared = before.parts.shape[1]
    tokens, parts = (
        torch.cat([v, by_frames(by_steps(v)[:, -1:]).expand(-1, frames - shared, *v.shape[2:])], dim=1)
        for v in (before.tokens[..., :-BELONGS], before.parts)
    )
    belongs = before.tokens[:, -1:, ..., -BELONGS:].expand(-1, frames, -1, -1, -1)
    return Latents(torch.cat([tokens, belongs], dim=-1), parts)
