"""The networks of DMDL in tiny sizes: what their shapes and positions promise, before any training."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from engine import sampling
from engine.dataset import library, recipes, synth
from engine.dataset.drawings import draw as draw_object
from engine.dataset.recipes import Recipe
from engine.dataset.truth import film, flow_of, latents_of
from engine.dataset.wish import KINDS, Action, Wish
from engine.model import config
from engine.model.alignment import moments, turning
from engine.model.autoencoder import Autoencoder
from engine.model.field import Field, draw
from engine.model.latents import TOKEN_LATENTS, Latents, by_steps, composed, part_latents, track_from
from engine.model.rope import rotate, turns
from engine.model.transformer import LayerInput, SceneInput, Transformer

SMALL = config.AutoencoderConfig(width=32, heads=2, encoder_depth=1, decoder_depth=1, detail_depth=2, axes=(4, 6, 6))
TINY = config.TransformerConfig(
    width=32, heads=2, depth=2, axes=(4, 4, 4, 4), token_latents=4, part_latents=8,
    text=config.TextConfig(vectors=6, width=16, heads=2, depth=1),
)  # fmt: skip


@pytest.fixture(scope="module")
def drawings() -> library.Library:
    return library.of([draw_object(name, 1, 96) for name in ("rocket", "fish", "word", "camera")])


def clips(drawings: library.Library, kinds: tuple[str, ...], steps: int = 17) -> synth.Batch:
    made = [([Recipe(i % 4, Wish("it", (Action(kind),)), kind)], "unrelated", "") for i, kind in enumerate(kinds)]
    packed = recipes.tensors(made, drawings.entries, lambda texts: torch.ones(len(texts), 3, dtype=torch.int64))
    return synth.batch(drawings, packed, 4, 4, steps, torch.Generator().manual_seed(3), articulated=False)


def awake(model: torch.nn.Module) -> torch.nn.Module:
    """Heads start at zero: chance weights let every path be felt."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model.eval()


def test_a_second_stage_at_rest_is_as_good_as_none(drawings: library.Library) -> None:
    """So weights may be trimmed to a shorter decoder; direct pixels need the stage."""
    clip = clips(drawings, ("swing", "bob")).clip
    whole = awake(Autoencoder(SMALL))
    for layer in (whole.decoder.head.light, whole.decoder.head.patch):
        for values in layer.parameters():
            torch.nn.init.zeros_(values)
    short = Autoencoder(replace(SMALL, detail_depth=0)).eval()
    short.load_state_dict({name: whole.state_dict()[name] for name in short.state_dict()})
    latents = latents_of(clip, SMALL.token_latents)
    with torch.no_grad():
        one, other = (model.decode(latents, clip.still) for model in (whole, short))
    for name in ("matte", "flow", "opacity", "gain", "patch"):
        torch.testing.assert_close(getattr(one, name), getattr(other, name))
    torch.testing.assert_close(draw(one, clip.still), draw(other, clip.still))
    with pytest.raises(ValueError, match="second stage"):
        Autoencoder(replace(SMALL, detail_depth=0, head="rgba"))


def test_attention_feels_differences_of_positions_alone() -> None:
    torch.manual_seed(0)
    q, k = torch.randn(2, 1, 1, 5, 16)
    ids = torch.randn(5, 4) * 8

    def scores(moved: torch.Tensor) -> torch.Tensor:
        cos, sin = turns(moved, (4, 4, 4, 4))
        return rotate(q, cos, sin) @ rotate(k, cos, sin).mT

    assert torch.allclose(scores(ids), scores(ids + torch.tensor([3.0, -7.5, 11.0, 0.25])), atol=1e-4)
    layered = ids.clone()
    layered[2, 0] += 1
    assert not torch.allclose(scores(ids), scores(layered), atol=1e-3)


@pytest.mark.parametrize(("steps", "rows", "columns"), [(1, 1, 1), (5, 3, 5), (17, 4, 4), (37, 2, 3)])
def test_untrained_autoencoder_gives_the_still_layer_back(steps: int, rows: int, columns: int) -> None:
    torch.manual_seed(0)
    still = torch.rand(2, 4, 16 * rows, 16 * columns)
    still[:, :3] *= still[:, 3:]
    frames = still[:, None].expand(-1, steps, -1, -1, -1)
    with torch.no_grad():
        model = Autoencoder(SMALL)
        latents = model.encode(still, frames).latents
        field = model.decode(latents, still)
    assert latents.tokens.shape == (2, config.latent_frames(steps), rows, columns, TOKEN_LATENTS)
    assert isinstance(field, Field)
    assert (draw(field, still) - frames).abs().max() < 1e-4


def test_exact_latents_are_drawn_exactly_before_any_training(drawings: library.Library) -> None:
    kinds = ("bob", "sway", "swing", "spin_cw", "flip", "jelly", "in_left", "fade_out", "pop", "flicker")
    clip = clips(drawings, kinds).clip
    with torch.no_grad():
        drawn = draw(Autoencoder(SMALL).decode(latents_of(clip), clip.still), clip.still)
    assert (drawn - clip.frames).abs().max() < 2e-3


def test_tracks_survive_latents(drawings: library.Library) -> None:
    """Parts apart from the body too; motion steps in groups of four and alone."""
    clip = clips(drawings, KINDS, steps=9).clip
    track = composed(track_from(by_steps(part_latents(clip.track))))
    for name in ("shift", "turn", "shear", "scale", "opacity", "gain"):
        assert torch.allclose(getattr(track, name), getattr(clip.track, name), atol=1e-4), name


def test_what_stands_still_has_empty_latents(drawings: library.Library) -> None:
    latents = latents_of(clips(drawings, ("still",)).clip)
    assert latents.parts.abs().max() < 1e-6
    assert latents.tokens.abs().max() < 1e-6


def test_the_paper_s_head_gives_frames() -> None:
    torch.manual_seed(0)
    still = torch.rand(1, 4, 32, 48)
    model = Autoencoder(replace(SMALL, head="rgba"))
    with torch.no_grad():
        frames = model.decode(model.encode(still, still[:, None].expand(-1, 5, -1, -1, -1)).latents, still)
    assert isinstance(frames, torch.Tensor)
    assert frames.shape == (1, 5, 4, 32, 48)
    assert (frames[:, :, :3] <= frames[:, :, 3:] + 1e-6).all()


def test_lengths_are_4k_plus_1() -> None:
    with pytest.raises(ValueError, match="4k"):
        config.latent_frames(4)


def test_configs_survive_json_and_unknown_keys_do_not() -> None:
    assert config.autoencoder_config(config.to_json(SMALL)) == SMALL
    assert config.transformer_config(config.to_json(TINY)) == TINY
    with pytest.raises(TypeError):
        config.autoencoder_config(json.dumps({"axes": [4, 6, 6], "colour": 1}))


def test_the_field_of_the_truth_draws_the_true_frames(drawings: library.Library) -> None:
    """The data's conventions and the model's are one: shift, turn, scale, shear, mirror, light and waves."""
    kinds = ("bob", "sway", "swing", "spin_cw", "flip", "jelly", "in_left", "fade_out", "wave", "flicker")
    clip = clips(drawings, kinds).clip
    ones = torch.ones(len(kinds), 17, 8, 8)
    shape = synth.shape_of(clip.still)
    field = Field(
        shape.anchor,
        clip.track,
        clip.matte,
        flow_of(clip.wave, 4, 4),
        ones,
        ones,
        torch.zeros(len(kinds), 17, 4, 32, 32),
    )
    error = (draw(field, clip.still) - clip.frames).square().mean((1, 2, 3, 4))
    assert (-10 * error.log10()).min() > 36


@pytest.mark.parametrize("kind", KINDS)
def test_looping_clips_close(drawings: library.Library, kind: str) -> None:
    from engine.dataset.moves import DICE, Acts, perform

    shape = synth.shape_of(torch.ones(6, 4, 64, 64))
    whole = torch.full((6,), KINDS.index(kind))
    level = torch.tensor([-1, 0, 1, -1, 0, 1])
    seconds = torch.full((6,), 2.0)
    acts = Acts(
        whole, level, level, torch.zeros(6), seconds, torch.rand(6, DICE, generator=torch.Generator().manual_seed(1)),
        torch.ones(6),
    )  # fmt: skip
    moves = perform(acts, shape, torch.arange(33) / 16, torch.ones(6))
    for name in ("x", "y", "shear", "sx", "sy", "opacity", "gain"):
        values = getattr(moves, name)
        assert torch.allclose(values[:, 0], values[:, -1], atol=2e-3), name
    turned = (moves.angle[:, -1] - moves.angle[:, 0]) / (2 * torch.pi)
    assert torch.allclose(turned, turned.round(), atol=1e-3)


def test_turns_are_told(drawings: library.Library) -> None:
    clip = clips(drawings, ("spin_cw", "spin_ccw", "spin_cw", "spin_ccw")).clip
    told = turning(clip.frames, clip.still, moments(clip.frames), moments(clip.still[:, None]))[..., :32]
    angle = told.argmax(-1) * (2 * torch.pi / 32)
    truth = torch.atan2(clip.track.turn[:, :, 1, 1], clip.track.turn[:, :, 1, 0])
    away = torch.remainder(angle - truth + torch.pi, 2 * torch.pi) - torch.pi
    assert away.abs().median() < 0.1


def test_film_of_nothing_moving_is_the_drawing(drawings: library.Library) -> None:
    clip = clips(drawings, ("still",), steps=5).clip
    assert (film(clip.still[:, None], synth.shape_of(clip.still).anchor, clip.track.only(slice(0, 1)),
                 replace(clip.wave, **{n: getattr(clip.wave, n)[..., :1] for n in ("amplitude", "phase")},
                         **{n: getattr(clip.wave, n)[:, :1] for n in ("number", "normal", "origin", "ramp")}))
            - clip.still[:, None]).abs().max() < 1e-4  # fmt: skip


def layer(rows: int, columns: int, *, words: int = 3, padded: int = 0) -> LayerInput:
    torch.manual_seed(rows * 10 + columns)
    known = Latents(torch.zeros(1, 3, rows, columns, 4), torch.zeros(1, 3, 3, 8))
    prompt = torch.cat([torch.randn(1, words, 6), torch.zeros(1, padded, 6)], dim=1)
    read = torch.tensor([[True] * words + [False] * padded])
    region = torch.tensor([[0.1 * rows, 0.2, 0.1 * rows + 0.3, 0.2 + 0.1 * columns]])
    still = torch.rand(1, 4, 16 * rows, 16 * columns)
    return LayerInput(still, region, torch.ones(1), torch.zeros(1), prompt, read, known, torch.zeros(1, 3))


def scene(*layers: LayerInput, order: list[int]) -> SceneInput:
    torch.manual_seed(5)
    return SceneInput(layers, torch.randn(1, 2, 6), torch.ones(1, 2).bool(), torch.tensor(order))


def noisy(*layers: LayerInput) -> list[Latents]:
    return [
        Latents(torch.sin(torch.arange(x.known.tokens.numel())).view_as(x.known.tokens), torch.ones_like(x.known.parts))
        for x in layers
    ]


def test_padded_words_change_nothing() -> None:
    model = awake(Transformer(TINY))
    sigma = torch.tensor([0.5])
    with torch.no_grad():
        bare = model(noisy(layer(2, 3)), sigma, scene(layer(2, 3), order=[0]))[0]
        long = model(noisy(layer(2, 3)), sigma, scene(layer(2, 3, padded=4), order=[0]))[0]
    assert torch.allclose(bare.tokens, long.tokens, atol=1e-5)
    assert torch.allclose(bare.parts, long.parts, atol=1e-5)


def test_the_order_of_the_list_is_no_order() -> None:
    """Layers are told apart by their place in the stack, not by where they lie in the packed sequence."""
    model = awake(Transformer(TINY))
    a, b, sigma = layer(2, 2), layer(3, 1), torch.tensor([0.5])
    with torch.no_grad():
        one, other = model(noisy(a, b), sigma, scene(a, b, order=[0, 1]))
        swapped_other, swapped_one = model(noisy(b, a), sigma, scene(b, a, order=[1, 0]))
        restacked, _ = model(noisy(a, b), sigma, scene(a, b, order=[1, 0]))
    assert torch.allclose(one.tokens, swapped_one.tokens, atol=1e-5)
    assert torch.allclose(other.parts, swapped_other.parts, atol=1e-5)
    assert not torch.allclose(one.tokens, restacked.tokens, atol=1e-5)


def test_layers_see_each_other_and_read_their_own_words() -> None:
    model = awake(Transformer(TINY))
    a, b, sigma = layer(2, 2), layer(3, 1), torch.tensor([0.5])
    other = replace(b, still=b.still.flip(-1) * 0.5)
    with torch.no_grad():
        beside = model(noisy(a, b), sigma, scene(a, b, order=[0, 1]))[0]
        changed = model(noisy(a, other), sigma, scene(a, other, order=[0, 1]))[0]
    assert not torch.allclose(beside.tokens, changed.tokens, atol=1e-6)


def test_samplers_follow_a_straight_flow_exactly() -> None:
    """Noise minus data is constant along a straight line, whatever the number of steps."""
    data, start = torch.tensor([3.0, -1.0]), torch.tensor([0.5, 2.0])

    def velocity(x: sampling.State, sigma: float) -> sampling.State:
        return [start - data]

    for sampler in (sampling.euler, sampling.heun):
        for steps in (1, 7):
            assert torch.allclose(sampler(velocity, [start], sampling.sigmas(steps, 3.0))[0], data, atol=1e-5)


def test_schedules_fall_from_one_to_zero() -> None:
    for shift in (1.0, 3.0):
        schedule = sampling.sigmas(9, shift)
        assert schedule[0] == 1
        assert schedule[-1] == 0
        assert schedule == sorted(schedule, reverse=True)


def test_noise_is_fixed_by_its_seed() -> None:
    cpu = torch.device("cpu")
    one, same, other = (sampling.noise([(2, 3)], seed, cpu)[0] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
