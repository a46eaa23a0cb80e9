"""What the networks are shown: each layer's proxy picture, its place on the canvas, its words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..geometry import Box
from ..model.config import BODY, PIECES
from ..model.latents import Latents, belonging, with_belonging
from ..model.segmenter import Pieces, seen_cells
from ..model.transformer import LayerInput, SceneInput, untold
from ..model.words import UNKNOWN, Words
from ..tile import Tile
from ..tiling import PATCH, Region
from .dmdl_field import PIECE, SHARE, density, firm
from .dmdl_files import Networks
from .dmdl_plan import Group

_ENDINGS = ("##s", "##es", "##d", "##ed", "##ing", "##ly", "##er", "##y")
LETTERS = 2000  # of a prompt; far more than the words that can be read


@dataclass(frozen=True, eq=False)
class Shown:
    """A group as the networks see it, without latents: with its words, and without any (for guidance)."""

    stills: tuple[Tensor, ...]  # (1, 4, h, w) a layer
    pieces: tuple[Pieces, ...]  # a layer: which piece its prompt means, and its hinge; none where unknown
    told: SceneInput
    untold: SceneInput


@torch.no_grad()
def shown(group: Group, canvas: Box, global_prompt: str, still: Callable[[str], Tile], networks: Networks) -> Shown:
    """A group's pictures and words on the networks' device."""
    device = next(networks.transformer.parameters()).device
    stills = tuple(proxy(still(member.job.layer), member.region).to(device) for member in group.members)
    limit = networks.transformer.config.text.limit
    layers, pieces = [], []
    for member, picture in zip(group.members, stills, strict=True):
        vectors, words = looked_up(networks.words, member.prompt.text, limit, device)
        place = torch.tensor([_on_canvas(member.region, canvas)], device=device)
        strength, loop = (
            torch.tensor([v], device=device) for v in (member.prompt.strength, float(group.timeline.loop))
        )
        nothing = Latents(picture.new_zeros(1, 0, 0, 0, 0), picture.new_zeros(1, 0, 0, 0))
        layer = LayerInput(picture, place, strength, loop, vectors, words, nothing, picture.new_zeros(1, 0))
        if networks.segmenter is not None:
            found = without_hazes(networks.segmenter.pieces(picture, vectors, words), picture)
            grid = (member.region.rows, member.region.columns)
            layer = replace(layer, belongs=belonging(found.matte, seen_cells(picture), grid))
            pieces.append(found)
        layers.append(layer)
    scene, scene_words = looked_up(networks.words, global_prompt, limit, device)
    told = SceneInput(tuple(layers), scene, scene_words, torch.arange(len(layers), device=device))
    return Shown(stills, tuple(pieces), told, untold(told))


def without_hazes(found: Pieces, still: Tensor) -> Pieces:
    """Pieces that have only a little of every pixel that they are in belong to the body: the prompt meant all of it."""
    alpha = seen_cells(still)[0, 0].double().cpu().numpy()
    shares = firm(found.matte[0].double().cpu().numpy()) * (alpha > SHARE)
    hazes = [i for i in PIECES if density(shares[i]) < PIECE]
    matte = found.matte.clone()
    matte[:, BODY] += matte[:, hazes].sum(1)
    matte[:, hazes] = 0
    return replace(found, matte=matte)


def with_latents(scene: SceneInput, known: Sequence[Latents], given: Tensor) -> SceneInput:
    """The scene with latents of frames that are given: `given` (1, f) is 1 for those."""
    layers = (replace(layer, known=k, given=given) for layer, k in zip(scene.layers, known, strict=True))
    return replace(scene, layers=tuple(layers))


def meant(latents: Sequence[Latents], scene: SceneInput) -> list[Latents]:
    """Latents of networks that are told which pieces are meant, with what they were told in place."""
    return [
        own if layer.belongs is None else Latents(with_belonging(own.tokens, layer.belongs), own.parts)
        for own, layer in zip(latents, scene.layers, strict=True)
    ]


def _on_canvas(region: Region, canvas: Box) -> list[float]:
    """x0, y0, x1, y1 on a canvas whose long side is 1."""
    x0, y0, x1, y1 = region.corners
    long = max(canvas.size)
    return [(x0 - canvas.x0) / long, (y0 - canvas.y0) / long, (x1 - canvas.x0) / long, (y1 - canvas.y0) / long]


# --- pictures ---------------------------------------------------------------------------------------------------------


def proxy(still: Tile, region: Region) -> Tensor:
    """The still layer over its region, (1, 4, 16 rows, 16 columns), premultiplied; averaged, so nothing aliases."""
    _, h, w = still.rgba.shape
    x0, y0, _, _ = region.corners
    step = region.cell / PATCH
    down = _averages(PATCH * region.rows, y0 - still.box.y0, step, h).to(still.rgba.device)  # (H, h)
    across = _averages(PATCH * region.columns, x0 - still.box.x0, step, w).to(still.rgba.device)  # (W, w)
    picture = (down @ still.rgba.float() @ across.mT).clamp(0, 1)  # (4, H, W)
    return torch.cat([torch.minimum(picture[:3], picture[3:]), picture[3:]])[None]


def _averages(count: int, first: float, step: float, size: int) -> Tensor:
    """(count, size) weights of a triangle filter: samples of `size` px read at `count` places, `step` px apart.

    The first place's cell begins at `first`. What lies outside the samples counts as zero.
    """
    reach = max(step, 1.0)
    centre = first + (torch.arange(count, dtype=torch.float64) + 0.5) * step - 0.5  # in sample indices
    taps = torch.arange(-math.ceil(reach), math.ceil(reach) + 2)
    index = centre.floor().long()[:, None] + taps  # (count, taps)
    weight = (1 - (index - centre[:, None]).abs() / reach).clamp(min=0)
    weight = weight / weight.sum(1, keepdim=True)
    inside = (index >= 0) & (index < size)
    made = torch.zeros(count, size, dtype=torch.float64)
    made.scatter_add_(1, index.clamp(0, max(size - 1, 0)), weight * inside) if size else None
    return made.float()


# --- words ------------------------------------------------------------------------------------------------------------


def looked_up(words: Words, text: str, limit: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Vectors (1, m, v) of a text and where there is a word (1, m)."""
    ids = words.ids([text[:LETTERS]], limit)
    return words.vectors[ids].to(device), (ids > 0).to(device)


def doubts(words: Words, text: str, limit: int) -> Iterator[str]:
    """What may be wrong with a prompt: sentences that begin where a layer's name would end."""
    told = text[:LETTERS].split()
    pieces = words.ids([text[:LETTERS]], 10 * LETTERS)
    read = int((pieces > 0).sum())
    if len(text) > LETTERS or read > limit:
        yield f"its prompt is cut after {limit} words and signs; what stands behind them is not read"
    known = sum(_is_known(words, word) for word in told[:limit])
    if 2 * known < len(told[:limit]):
        yield f"few words of its prompt are known ({known} of {len(told[:limit])}); prompts are read in English"


def _is_known(words: Words, text: str) -> bool:
    """A word that the table has whole, as it is or with an English ending; of others it has only syllables."""
    first, *rest = (words.pieces[i] for i in words.ids([text.strip(".,;:!?\"'()")], 8)[0].tolist())
    return first != UNKNOWN and (not rest or (len(rest) == 1 and rest[0] in _ENDINGS))
