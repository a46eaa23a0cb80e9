"""Takes of one shape generated together: as `art animate` does each alone, many scenes in one batch.

Layers of one take see each other as they do in a run; takes do not. What comes out differs from single runs by rounding
alone (tests/test_bench.py compares them).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import torch

from .. import sampling
from ..backends.dmdl_files import Networks
from ..backends.dmdl_pieces import motion_fields
from ..backends.dmdl_plan import Clock, Group, arranged
from ..backends.dmdl_scene import Shown, meant, shown, with_latents
from ..composite import rest
from ..model.config import PARTS, latent_frames
from ..model.latents import Latents
from ..model.transformer import SceneInput, stacked
from ..motion_field import MotionField
from ..progress import Progress
from ..tile import Tile
from .takes import Fields, Staged

BATCH = {"cpu": 4, "cuda": 48}  # scenes at once
TASK = "motion"


@dataclass(frozen=True, eq=False)
class _Ready:
    """One take's layers that are generated together, as the networks see them."""

    staged: Staged
    group: Group
    seen: Shown
    tiles: dict[str, Tile]

    @property
    def clock(self) -> Clock:
        plan = self.staged.plan
        return Clock(Fraction(plan.fps), plan.frames, plan.loop)


def generated_all(
    staged: Sequence[Staged], networks: Networks, device: str, progress: Progress
) -> Iterator[tuple[Staged, Fields]]:
    """Every take with its fields. Takes whose groups have one shape share a batch."""
    made: dict[str, dict[str, MotionField]] = {each.take.name: {} for each in staged}
    left = {each.take.name: 0 for each in staged}
    alike: dict[object, list[_Ready]] = {}
    for each in staged:
        for ready in _ready(each, networks):
            alike.setdefault(_shape(ready), []).append(ready)
            left[each.take.name] += 1
    yield from ((each, {}) for each in staged if not left[each.take.name])
    size = BATCH["cpu" if device == "cpu" else "cuda"]
    progress.begin({TASK: sum(len(some) for some in alike.values())})
    for some in alike.values():
        for first in range(0, len(some), size):
            batch = some[first : first + size]
            for ready, result in zip(batch, _generated(batch, networks), strict=True):
                name = ready.staged.take.name
                made[name] |= result
                left[name] -= 1
                if not left[name]:
                    yield ready.staged, made[name]
            progress.advance(TASK, len(batch))
    progress.end()


def _ready(staged: Staged, networks: Networks) -> Iterator[_Ready]:
    plan = staged.plan
    nodes = {node.id: node for node, _ in staged.document.walk()}
    jobs = [job for job in plan.jobs if job.prompt is not None]
    clock = Clock(Fraction(plan.fps), plan.frames, plan.loop)
    for group in arranged(jobs, plan.canvas, clock, networks.sampling):
        tiles = {m.job.layer: rest(staged.document, nodes[m.job.layer], "cpu") for m in group.members}
        seen = shown(group, plan.canvas, plan.global_prompt, tiles.__getitem__, networks)
        yield _Ready(staged, group, seen, tiles)


def _shape(ready: _Ready) -> object:
    group = ready.group
    return tuple((m.region.rows, m.region.columns) for m in group.members), group.timeline, group.steps, group.guidance


@torch.no_grad()
def _generated(batch: Sequence[_Ready], networks: Networks) -> list[dict[str, MotionField]]:
    """The fields of a batch of groups of one shape, each of one window."""
    timeline = batch[0].group.timeline
    assert len(timeline.windows) == 1, "the bench's clips fit into one window"
    model, device = networks.transformer, batch[0].seen.stills[0].device
    frames = latent_frames(timeline.steps)
    noise = [_noise(batch, index, frames, networks, device) for index in range(len(batch[0].group.members))]
    state = _sampled(batch, networks, noise)
    latents = [model.restored(Latents(*pair)) for pair in zip(state[::2], state[1::2], strict=True)]
    told = stacked([ready.seen.told for ready in batch])
    decoded = [
        networks.autoencoder.decode(own, layer.still)
        for own, layer in zip(meant(latents, told), told.layers, strict=True)
    ]
    return [
        motion_fields(
            ready.group, [[field.clips(slice(i, i + 1))] for field in decoded], ready.seen,
            {name: tile.box for name, tile in ready.tiles.items()}, ready.staged.plan.canvas, ready.clock,
        )
        for i, ready in enumerate(batch)
    ]  # fmt: skip


def _noise(batch: Sequence[_Ready], index: int, frames: int, networks: Networks, device: torch.device) -> Latents:
    """Each layer's own noise, as the backend draws it for the first window."""
    config = networks.transformer.config
    drawn = []
    for ready in batch:
        member = ready.group.members[index]
        shapes = (
            (1, frames, member.region.rows, member.region.columns, config.token_latents),
            (1, frames, PARTS, config.part_latents),
        )
        drawn.append(sampling.noise(shapes, member.prompt.seed % 2**63, device))
    return Latents(*(torch.cat(values) for values in zip(*drawn, strict=True)))


def _sampled(batch: Sequence[_Ready], networks: Networks, noise: list[Latents]) -> sampling.State:
    ways, group, model = networks.sampling, batch[0].group, networks.transformer
    known = [Latents(torch.zeros_like(n.tokens[:1]), torch.zeros_like(n.parts[:1])) for n in noise]
    given = known[0].parts.new_zeros(known[0].parts.shape[:2])

    def velocity(scenes: list[SceneInput]) -> sampling.Velocity:
        ready = model.prepare(stacked([with_latents(scene, known, given) for scene in scenes]))

        def at(x: sampling.State, sigma: float) -> sampling.State:
            noisy = [Latents(*pair) for pair in zip(x[::2], x[1::2], strict=True)]
            moved = model.velocity(noisy, given.new_full((len(scenes),), sigma), ready)
            return [values for latents in moved for values in (latents.tokens, latents.parts)]

        return at

    solve = sampling.heun if ways.sampler == "heun" else sampling.euler
    told, untold = ([getattr(ready.seen, name) for ready in batch] for name in ("told", "untold"))
    way = velocity(told)
    if group.guidance != 1:
        way = sampling.guided_at_once(way, velocity(told + untold), group.guidance, above=ways.above)
    start = [values for latents in noise for values in (latents.tokens, latents.parts)]
    return solve(way, start, sampling.sigmas(group.steps, ways.shift))


def shuffled(networks: Networks, seed: int = 0) -> Networks:
    """The same networks with the numbers of every tensor in another order: what is learned is gone."""
    chance = torch.Generator().manual_seed(seed)
    for model in filter(None, (networks.transformer, networks.autoencoder, networks.segmenter)):
        for values in model.state_dict().values():
            order = torch.randperm(values.numel(), generator=chance).to(values.device)
            values.copy_(values.flatten()[order].view_as(values))
    return networks
