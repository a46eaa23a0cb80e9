"""Whether the layers of a scene go with one another as its relation says, where a transformer is asked for them.

These are diagnostics on the numbers that the model gives, on its tracks: no frame is drawn, no judge is asked. The
bench is `engine.evaluation`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor

from .. import sampling
from ..dataset.recipes import RELATIONS
from ..dataset.synth import Batch, batch
from ..dataset.truth import latents_of
from ..model.config import BODY
from ..model.field import Track
from ..model.latents import Latents, features, motion_of
from ..model.transformer import LayerInput, SceneInput, Transformer
from ..model.words import Words
from .buckets import Bucket
from .data import Source, clips
from .transformer import TransformerTask, lesson

Scores = dict[str, dict[str, float]]  # by the way of asking, then by measure
LAYERS = 3  # of the scenes
CLIP = (4, 4, 33)  # patches each way and steps
STEPS = 12  # of the sampler, without guidance
LATER = 3  # motion steps between layers that follow one another, about
MOVES = 0.05  # least deviation of companded values of a layer that is said to move


@torch.no_grad()
def transformer_scores(model: Transformer, test: Source, words: Words, count: int, seed: int) -> Scores:
    """The loss of scenes, and how well layers go with one another: sampled jointly, separately, and as they should."""
    scores: Scores = {"joint": {"loss": _loss(model, test, words, count, seed)}, "separate": {}, "exact": {}}
    for relation in MEASURES:
        scene = _related(test, relation, count, seed)
        ways = {"exact": _by_layer(latents_of(scene.clip, model.config.token_latents), scene.layers)}
        noise = [_noise(latents, seed + layer) for layer, latents in enumerate(ways["exact"])]
        every = range(scene.layers)
        ways["joint"] = _sampled(model, _asked(scene, words, noise, every), noise)
        ways["separate"] = [_sampled(model, _asked(scene, words, noise, [i]), [noise[i]])[0] for i in every]
        seen = _moving(ways["exact"])
        if not bool(seen.any()):
            continue
        for way, latents in ways.items():
            found = MEASURES[relation](_body(latents), scene.region)
            scores[way] |= {name: float(values[seen].mean()) for name, values in found.items()}
    return scores


def _loss(model: Transformer, test: Source, words: Words, count: int, seed: int) -> float:
    """Mean over the same scenes and the same noise for all networks."""
    device = model.token_mean.device
    task, chance = TransformerTask(model), torch.Generator(device).manual_seed(seed)
    made = clips(test, Bucket(*CLIP, count, 1.0, LAYERS), seed, 0, 0, 4, filmed=False)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        return float(torch.stack([task(lesson(some, model, words, chance))["loss"] for some in made]).mean())


def _related(test: Source, relation: str, count: int, seed: int) -> Batch:
    scenes = test.scenes[LAYERS]
    chosen = (scenes.relation == RELATIONS.index(relation)).nonzero()[:count, 0]
    chance = torch.Generator(chosen.device).manual_seed(seed)
    return batch(test.library, scenes.at(chosen), *CLIP, chance, articulated=False, filmed=False)


def _by_layer(latents: Latents, layers: int) -> list[Latents]:
    tokens, parts = (v.unflatten(0, (-1, layers)) for v in (latents.tokens, latents.parts))
    return [Latents(tokens[:, i], parts[:, i]) for i in range(layers)]


def _noise(like: Latents, seed: int) -> Latents:
    """A layer's own, whoever is sampled beside it."""
    return Latents(*sampling.noise((like.tokens.shape, like.parts.shape), seed, like.parts.device))


def _asked(scene: Batch, words: Words, like: Sequence[Latents], layers: Sequence[int]) -> SceneInput:
    """Some layers of the scenes with their prompts; one alone is asked as training asks for it, without the scene's."""
    b, device = len(scene.loop), scene.loop.device
    stills = scene.clip.still.unflatten(0, (b, scene.layers))
    inputs = []
    for i in layers:
        known = Latents(torch.zeros_like(like[i].tokens), torch.zeros_like(like[i].parts))
        ids, given = scene.words[:, i], torch.zeros(known.parts.shape[:2], device=device)
        inputs.append(
            LayerInput(
                stills[:, i], scene.region[:, i], scene.strength[:, i], scene.loop, words.vectors[ids], ids > 0, known,
                given,
            )
        )  # fmt: skip
    whole = scene.scene if len(layers) > 1 else torch.zeros_like(scene.scene)
    return SceneInput(tuple(inputs), words.vectors[whole], whole > 0, torch.arange(len(layers), device=device))


def _sampled(model: Transformer, scene: SceneInput, noise: Sequence[Latents]) -> list[Latents]:
    """Latents of every layer, as `latents_of` gives them."""
    ready = model.prepare(scene)

    def velocity(x: sampling.State, sigma: float) -> sampling.State:
        return _flat(model.velocity(_paired(x), x[0].new_full((1,), sigma), ready))

    return [model.restored(x) for x in _paired(sampling.euler(velocity, _flat(noise), sampling.sigmas(STEPS)))]


def _flat(latents: Sequence[Latents]) -> sampling.State:
    return [values for each in latents for values in (each.tokens, each.parts)]


def _paired(x: sampling.State) -> list[Latents]:
    return [Latents(tokens, parts) for tokens, parts in zip(x[::2], x[1::2], strict=True)]


# --- whether layers go with one another -------------------------------------------------------------------------------


def _body(latents: Sequence[Latents]) -> list[Track]:
    return [motion_of(each)[0].only(slice(BODY, BODY + 1)) for each in latents]


def _told(track: Track) -> Tensor:
    """(b, t, VALUES) companded."""
    return features(track)[:, :, 0]


def _moving(latents: Sequence[Latents]) -> Tensor:
    """(b,) whether all layers of a scene move by tracks: waves are no tracks."""
    spread = [
        (_told(track) - _told(track).mean(1, keepdim=True)).square().sum(-1).mean(1).sqrt() for track in _body(latents)
    ]
    return torch.stack(spread).amin(0) > MOVES


def correlation(a: Tensor, b: Tensor) -> Tensor:
    """(n,) Pearson's, over time and values (n, t, c) at once; 0 where either stands still."""
    a, b = (v - v.mean(1, keepdim=True) for v in (a, b))
    size = (a.square().sum((1, 2)) * b.square().sum((1, 2))).sqrt()
    return (a * b).sum((1, 2)) / size.clamp(min=1e-6)


def concordance(a: Tensor, b: Tensor) -> Tensor:
    """(n,) Lin's coefficient over (n, t, c): 1 only where both are the same and move."""
    middle = (a.mean(1) - b.mean(1)).square().sum(-1) * a.shape[1]
    own = [(v - v.mean(1, keepdim=True)) for v in (a, b)]
    size = own[0].square().sum((1, 2)) + own[1].square().sum((1, 2)) + middle
    return 2 * (own[0] * own[1]).sum((1, 2)) / size.clamp(min=1e-6)


def _mean(values: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(values)).mean(0)


def hat(tracks: Sequence[Track], region: Tensor) -> dict[str, Tensor]:
    """Shifts of all that is worn against the head's, on the canvas: agreement, and distance in % of its long side."""
    long = (region[..., 2:] - region[..., :2]).amax(-1) / 2  # (b, l) of a region's unit
    head, *worn = (track.shift[:, :, 0] * long[:, i, None, None] for i, track in enumerate(tracks))
    apart = _mean([(each - head).square().sum(-1).mean(1).sqrt() for each in worn])
    return {"hat": _mean([concordance(each, head) for each in worn]), "hat apart %": 100 * apart}


def together(tracks: Sequence[Track], region: Tensor) -> dict[str, Tensor]:
    """Correlation of neighbours."""
    told = [_told(track) for track in tracks]
    return {"together": _mean([correlation(a, b) for a, b in itertools.pairwise(told)])}


def follow(tracks: Sequence[Track], region: Tensor) -> dict[str, Tensor]:
    """Correlation of neighbours, and how many neighbours come later rather than earlier."""
    pairs = list(itertools.pairwise([_told(track) for track in tracks]))
    later = [correlation(a[:, :-LATER], b[:, LATER:]) for a, b in pairs]
    sooner = [correlation(a[:, LATER:], b[:, :-LATER]) for a, b in pairs]
    order = [(late > soon).float() for late, soon in zip(later, sooner, strict=True)]
    return {"follow": _mean([correlation(a, b) for a, b in pairs]), "follow in order": _mean(order)}


def shadow(tracks: Sequence[Track], region: Tensor) -> dict[str, Tensor]:
    """Correlation of how far what throws the shadow has sunk with the shadow's size."""
    sunk, size = tracks[1].shift[:, :, 0, 1:], tracks[0].scale[:, :, 0].mean(-1, keepdim=True)
    return {"shadow": correlation(sunk, size)}


MEASURES = {"hat": hat, "together": together, "follow": follow, "shadow": shadow}
