"""TDL-Synth: batches of drawn clips with their prompts and their exact motion, made on the device that trains."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor

from ..model.config import PARTS, RATE
from .library import Library, place
from .moves import DICE, Acts, Moves, Shape, perform
from .recipes import RELATIONS, Recipes
from .truth import (
    Clip,
    Joined,
    Wave,
    carried,
    film,
    flat,
    join,
    mattes_of,
    shape_of,
    spread,
    track_of,
)
from .varied import varied

BODY, REAR, FRONT = 1, 0, 2
LONG = 1.3  # of the other side: a drawing so long has its waves run along it
SIDEWAYS = 0.3  # share of waves that pull sideways, among drawings about as wide as high


@dataclass(frozen=True, eq=False)
class Batch:
    """b scenes of l layers; the clip holds them layer after layer within a scene (b l, ...)."""

    clip: Clip
    layers: int
    words: Tensor  # (b, l, m) ids
    scene: Tensor  # (b, m) ids
    strength: Tensor  # (b, l)
    loop: Tensor  # (b,) 0 or 1
    region: Tensor  # (b, l, 4) on the canvas, whose long side is 1
    kind: Tensor  # (b, l, 2)

    def some(self, start: int, end: int) -> Batch:
        """Scenes start to end alone."""
        which = slice(start, end)
        clip = self.clip.some(slice(start * self.layers, end * self.layers))
        rest = {f.name: getattr(self, f.name)[which] for f in fields(Batch) if f.name not in ("clip", "layers")}
        return Batch(clip=clip, layers=self.layers, **rest)


def batch(
    library: Library,
    recipes: Recipes,
    rows: int,
    columns: int,
    steps: int,
    chance: torch.Generator,
    *,
    articulated: bool,
    filmed: bool = True,
) -> Batch:
    """Clips of these recipes on a grid of rows x columns patches; `articulated` lets pieces move apart.

    Without `filmed` the clips have no frames (b l, 0, 4, h, w): exact motion alone is ten times quicker.
    """
    b, layers = recipes.drawing.shape
    device = library.pieces.device
    dice = torch.rand(b, layers, 3, DICE, device=device, generator=chance)
    related = (recipes.relation > 0)[:, None, None, None]
    dice = torch.where(related, dice[:, :1], dice).flatten(0, 1)  # (b l, 3, DICE)
    own = torch.rand(b * layers, 16, device=device, generator=chance)
    mine = _flat(recipes)
    height, width = rows * 16, columns * 16
    placed = place(library, mine.drawing, height, width, own[:, :8], plain=not articulated)
    pieces = _shadows(placed.pieces, recipes)
    still = flat(pieces)
    region = _regions(recipes, own.unflatten(0, (b, layers)), rows, columns)
    loop = (own[::layers, 8] < 0.4) & ~_then(recipes)
    scene = _Scene(
        mine, recipes, region, shape_of(still), dice, own, loop.float().repeat_interleave(layers), _strength(own),
        steps, layers,
    )  # fmt: skip
    body, body_wave = _whole(scene)
    if articulated:
        track, wave = _pieces(scene, placed.hinge, placed.axis, placed.reach, body)
        track3, wave3 = track, wave
        matte, weight = mattes_of(pieces)
        matte = _asked(matte, mine.part)
    else:
        track, wave = track_of([body]), body_wave
        track3, wave3 = spread(track), _thrice(wave)
        matte, weight = mattes_of(torch.cat([torch.zeros_like(pieces), pieces, torch.zeros_like(pieces)], dim=1))
    frames = film(pieces, scene.shape.anchor, track, wave) if filmed else still[:, None][:, :0]
    clip = Clip(still, frames, track3, wave3, matte, weight, len(still) if articulated else 0)
    strength = scene.strength.unflatten(0, (b, layers))
    return Batch(clip, layers, recipes.words, recipes.scene, strength, loop.float(), region, recipes.kind)


@dataclass(frozen=True, eq=False)
class Pictures:
    """Still layers and which piece each one's prompt speaks of."""

    still: Tensor  # (b, 4, h, w)
    words: Tensor  # (b, m) ids
    matte: Tensor  # (b, 3, fine h, fine w) shares of rear, body, front; pieces that are not meant are body
    weight: Tensor  # (b, 1, fine h, fine w) where a matte can be seen
    hinge: Tensor  # (b, 2, 2) of rear and front, (x, y) in region units


def pictures(
    library: Library, recipes: Recipes, rows: int, columns: int, chance: torch.Generator, *, vary: bool = False
) -> Pictures:
    """Pictures of these recipes of one layer, on a grid of rows x columns patches; `vary`: as `varied` says."""
    mine = _flat(recipes)
    own = torch.rand(len(mine.drawing), 8, device=library.pieces.device, generator=chance)
    placed = place(library, mine.drawing, rows * 16, columns * 16, own, plain=False)
    placed = varied(placed, chance) if vary else placed
    matte, weight = mattes_of(placed.pieces)
    return Pictures(flat(placed.pieces), mine.words, _asked(matte, mine.part), weight, placed.hinge)


@dataclass(frozen=True, eq=False)
class _Scene:
    mine: Recipes  # a row a layer
    recipes: Recipes
    region: Tensor  # (b, l, 4)
    shape: Shape
    dice: Tensor  # (b l, 3, DICE): both actions, pieces
    own: Tensor  # (b l, 16)
    loop: Tensor  # (b l,)
    strength: Tensor  # (b l,)
    steps: int
    layers: int

    @property
    def times(self) -> Tensor:
        return torch.arange(self.steps, device=self.loop.device) / RATE


def _flat(recipes: Recipes) -> Recipes:
    """A row a layer."""
    layers = recipes.drawing.shape[1]
    flat_ = {
        f.name: getattr(recipes, f.name).flatten(0, 1) for f in fields(Recipes) if f.name not in ("scene", "relation")
    }
    return Recipes(
        **flat_, scene=recipes.scene.repeat_interleave(layers, 0), relation=recipes.relation.repeat_interleave(layers)
    )


def _then(recipes: Recipes) -> Tensor:
    return (recipes.then > 0).any(1)


def _strength(own: Tensor) -> Tensor:
    return torch.where(own[:, 9] < 0.7, torch.ones_like(own[:, 9]), 0.3 + 1.5 * own[:, 10])


def _shadows(pieces: Tensor, recipes: Recipes) -> Tensor:
    """The lowest layer of a shadow scene is a soft dark ellipse."""
    b, layers = recipes.drawing.shape
    h, w = pieces.shape[-2:]
    y = torch.linspace(-1, 1, h, device=pieces.device)[:, None] / 0.3
    x = torch.linspace(-1, 1, w, device=pieces.device)[None] / 0.75
    alpha = (1.6 * (1 - (x * x + y * y))).clamp(0, 0.55)
    ellipse = torch.stack([0.1 * alpha, 0.1 * alpha, 0.16 * alpha, alpha])
    first = torch.arange(b * layers, device=pieces.device) % layers == 0
    chosen = first & (recipes.relation == RELATIONS.index("shadow")).repeat_interleave(layers)
    body = torch.arange(pieces.shape[1], device=pieces.device) == (BODY if pieces.shape[1] > 1 else 0)
    swapped = torch.where(body[:, None, None, None], ellipse, torch.zeros_like(ellipse))
    return torch.where(chosen[:, None, None, None, None], swapped, pieces)


def _whole(scene: _Scene) -> tuple[Joined, Wave]:
    """What the whole layer does."""
    first, second = (perform(_acts(scene, i), scene.shape, scene.times, scene.loop) for i in (0, 1))
    first = _relate(scene, first)
    return join([first, second]), _layer_wave(scene, first, second)


def _acts(scene: _Scene, index: int) -> Acts:
    last = scene.times[-1].expand_as(scene.loop)
    turn = (0.4 + 0.2 * scene.own[:, 11]) * last
    then = scene.mine.then > 0
    start = torch.where(then, turn, torch.zeros_like(turn)) if index else _delays(scene)
    end = last if index else torch.where(then, turn, last)
    m = scene.mine
    return Acts(
        m.kind[:, index], m.speed[:, index], m.strength[:, index], start, end, scene.dice[:, index], scene.strength
    )


def _delays(scene: _Scene) -> Tensor:
    """Layers that follow one another start a little later each."""
    place = torch.arange(len(scene.loop), device=scene.loop.device) % scene.layers
    follows = scene.mine.relation == RELATIONS.index("follow")
    return torch.where(follows, place * (0.13 + 0.17 * scene.dice[:, 0, 12]), torch.zeros_like(scene.loop))


def _relate(scene: _Scene, moves: Moves) -> Moves:
    """A hat goes where its head goes; a shadow shrinks as what throws it rises."""
    layers = scene.layers
    if layers == 1:
        return moves
    x, y = (v.unflatten(0, (-1, layers)) for v in (moves.x, moves.y))
    hat = (scene.recipes.relation == RELATIONS.index("hat"))[:, None, None]
    wide = scene.region[..., 2:3] - scene.region[..., :1]  # (b, l, 1): regions of a scene have one shape
    moves.x, moves.y = (torch.where(hat, v[:, :1] * (wide[:, :1] / wide), v).flatten(0, 1) for v in (x, y))
    shadow = (scene.recipes.relation == RELATIONS.index("shadow"))[:, None, None]
    shadow = shadow & (torch.arange(layers, device=x.device) == 0)[None, :, None]
    size = scene.shape.size.unflatten(0, (-1, layers))[:, 1:2]
    rise = (-y[:, 1:2] / size).clamp(-0.4, 1.0)  # (b, 1, t)
    smaller = 1 - 0.55 * rise
    for key in ("sx", "sy"):
        kept = getattr(moves, key).unflatten(0, (-1, layers))
        setattr(moves, key, torch.where(shadow, smaller, kept).flatten(0, 1))
    paler = torch.where(shadow, (1 - 0.4 * rise).clamp(0, 1), moves.opacity.unflatten(0, (-1, layers)))
    moves.opacity = paler.flatten(0, 1)
    return moves


def _layer_wave(scene: _Scene, first: Moves, second: Moves) -> Wave:
    """The wave through a whole layer: sideways along its height, or up and down along its width.

    It runs along the longer of the two, as in a ribbon or a snake; where they are alike mostly along the width.
    """
    amplitude = first.wave + second.wave
    phase = torch.where(first.wave > 0, first.phase, second.phase)
    d = scene.dice[:, 0]
    width, height = scene.shape.half.unbind(-1)
    across = (d[:, 9] < SIDEWAYS).float()
    across = torch.where(height > LONG * width, 1.0, torch.where(width > LONG * height, 0.0, across))
    normal = torch.stack([across, 1 - across], dim=-1)  # (b, 2) which way it pulls
    along = normal.flip(-1)  # the way it travels
    length = (0.75 + 0.75 * d[:, 10:11]) * 2 * (scene.shape.half * along).sum(-1, keepdim=True)
    number = 2 * torch.pi / length.clamp(min=0.2) * along
    zeros = torch.zeros_like(normal)
    return Wave(
        amplitude[..., None], phase[..., None], *(v[:, None] for v in (number, normal, scene.shape.anchor, zeros))
    )


def _thrice(wave: Wave) -> Wave:
    light = (v.expand(-1, -1, PARTS) for v in (wave.amplitude, wave.phase))
    return Wave(*light, *(v.expand(-1, PARTS, -1) for v in (wave.number, wave.normal, wave.origin, wave.ramp)))


def _pieces(scene: _Scene, hinge: Tensor, axis: Tensor, reach: Tensor, body: Joined) -> tuple:  # type: ignore[type-arg]
    """Tracks and waves of rear, body and front where pieces move by themselves."""
    joined, waves = [body], []
    m = scene.mine
    for index in (0, 1):
        from_anchor = hinge[:, index] - scene.shape.anchor
        own_shape = Shape(hinge[:, index], reach[:, index, None].expand(-1, 2), scene.shape.edge)
        zeros, ends = torch.zeros_like(scene.loop), scene.times[-1].expand_as(scene.loop)
        acts = Acts(
            m.part[:, index], m.part_speed[:, index], m.part_strength[:, index], zeros, ends, scene.dice[:, 2],
            scene.strength,
        )  # fmt: skip
        moves = perform(acts, own_shape, scene.times, scene.loop, part=True)
        joined.append(carried(body, join([moves], from_anchor)))
        waves.append(moves)
    track = track_of([joined[1], joined[0], joined[2]])
    zero = torch.zeros_like(waves[0].wave)
    amplitude = torch.stack([waves[0].wave, zero, waves[1].wave], dim=-1)
    phase = torch.stack([waves[0].phase, zero, waves[1].phase], dim=-1)
    normal = torch.stack([-axis[..., 1], axis[..., 0]], dim=-1)  # (b, 2, 2)
    number = axis * (2 * torch.pi / (reach * (0.8 + 0.5 * scene.dice[:, 2, 10:11])))[..., None]
    ramp = axis / reach[..., None]
    return track, Wave(amplitude, phase, *(_between(v) for v in (number, normal, hinge, ramp)))


def _asked(matte: Tensor, part: Tensor) -> Tensor:
    """Pieces that are not asked to move count as body: mattes (b, 3, h, w), part kinds (b, 2)."""
    moves = (part >= 0).float()[:, :, None, None]
    rear, front = matte[:, REAR : REAR + 1] * moves[:, :1], matte[:, FRONT:] * moves[:, 1:]
    return torch.cat([rear, 1 - rear - front, front], dim=1)


def _between(pair: Tensor) -> Tensor:
    """Rear and front (b, 2, 2) with nothing for the body between: (b, 3, 2)."""
    return torch.stack([pair[:, 0], torch.zeros_like(pair[:, 0]), pair[:, 1]], dim=1)


def _regions(recipes: Recipes, own: Tensor, rows: int, columns: int) -> Tensor:
    """(b, l, 4) regions within a canvas of long side 1; layers that belong together lie together."""
    layers = recipes.drawing.shape[1]
    grid = torch.ones_like(own[..., :2])
    grid[..., 0], grid[..., 1] = columns / max(rows, columns), rows / max(rows, columns)
    size = 0.35 + 0.65 * own[:, :, 12] ** 0.7 if layers == 1 else 0.22 + 0.55 * own[:, :, 12]
    row, stacked, afloat = (_is(recipes, *names) for names in (("follow",), ("hat", "shadow"), ("waves",)))
    size = torch.where((row | stacked)[:, None], size[:, :1] * 0.85, size)
    first = torch.arange(layers, device=own.device)[None] == 0
    widest = afloat[:, None] & first
    box = torch.where(widest, 0.95, size)[..., None] * grid  # (b, l, 2)
    room = 1 - box
    corner = own[:, :, 13:15] * room
    if layers == 1:
        return torch.cat([corner, corner + box], dim=-1)
    beside, above = own.new_zeros(2), own.new_zeros(2)  # filled on the device: nothing is copied from the host
    beside[0], above[1] = 0.9, 0.75
    step = torch.minimum(box * torch.where(row[:, None, None], beside, above), room / (layers - 1))
    count = torch.arange(layers, device=own.device)[None, :, None]
    count = torch.where(row[:, None, None], count, layers - 1 - count)  # a stack grows upwards
    near = own[:, :1, 13:15] * (room - step * (layers - 1)) + step * count
    corner = torch.where((row | stacked)[:, None, None], near, corner)
    low = torch.where(widest, room[..., 1], 0.6 * corner[..., 1])
    corner[..., 1] = torch.where(afloat[:, None], low, corner[..., 1])  # water lies at the foot
    smaller = torch.where(stacked[:, None] & ~first, 0.5 + 0.5 * own[:, :, 15], torch.ones_like(size))[..., None]
    corner = corner + box * (1 - smaller) / 2  # what stands on another is smaller, about the same middle
    return torch.cat([corner, corner + box * smaller], dim=-1)


def _is(recipes: Recipes, *names: str) -> Tensor:
    """(b,) whether the scene has one of these relations."""
    return torch.stack([recipes.relation == RELATIONS.index(name) for name in names]).any(0)
