"""The segmenter: which piece a prompt means; and motion of networks that are told so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine.backends.dmdl_files import SEGMENTER, TRANSFORMER, load_networks
from engine.errors import Unavailable
from engine.model.config import BODY, PARTS, SegmenterConfig, TextConfig, segmenter_config, to_json
from engine.model.latents import BELONGS, Latents, belonging, with_belonging
from engine.model.segmenter import Segmenter, seen_cells
from engine.model.transformer import LayerInput, SceneInput, Transformer
from engine.model.words import load_words
from engine.training.buckets import Bucket
from engine.training.data import Amounts, Source, source
from engine.training.segmenter import SegmenterTask, intersection_over_union, sight
from engine.weights import import_weights
from engine.weights.state import save_state
from tiny_networks import FLOW, awake, write_networks

SMALL = SegmenterConfig(
    width=48, heads=2, depth=2, axes=(12, 12), hinges=True, text=TextConfig(width=32, heads=2, depth=1)
)
TOLD = replace(FLOW, told_pieces=True)


@pytest.fixture(scope="module")
def data() -> Source:
    return source(Amounts(24, 12, 20, 10, 60, 0, (), 96), 1, "train", torch.device("cpu"), workers=1)


def words_of(count: int, m: int = 5) -> tuple[Tensor, Tensor]:
    return torch.randn(count, m, SMALL.text.vectors), torch.ones(count, m, dtype=torch.bool)


@pytest.mark.parametrize("grid", [(4, 4), (7, 4), (5, 8)])
def test_untrained_it_leaves_everything_to_the_body(grid: tuple[int, int]) -> None:
    rows, columns = grid
    found = Segmenter(SMALL).pieces(torch.rand(2, 4, 16 * rows, 16 * columns), *words_of(2))
    mattes = found.matte
    assert mattes.shape == (2, PARTS, 8 * rows, 8 * columns)
    assert torch.allclose(mattes.sum(1), torch.ones(1))
    assert mattes[:, BODY].min() > 0.75


def test_a_prompt_without_words_is_read() -> None:
    vectors, words = words_of(1)
    made = awake(Segmenter(SMALL), 3).pieces(torch.rand(1, 4, 64, 64), vectors, torch.zeros_like(words))
    assert torch.isfinite(made.matte).all()


def test_its_configuration_travels() -> None:
    assert segmenter_config(to_json(SMALL)) == SMALL


def test_it_learns_one_batch(data: Source) -> None:
    torch.manual_seed(0)
    model = Segmenter(SMALL)
    seen = sight(data, load_words(), Bucket(4, 4, 1, 8), torch.Generator().manual_seed(4), vary=True)
    assert (seen.matte.sum(1) > 0.99).all()
    task, optimizer = SegmenterTask(model), torch.optim.AdamW(model.parameters(), lr=3e-3)
    first = float(task(seen)["iou"])
    for _ in range(120):
        loss = task(seen)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert first < 0.1
    assert float(task(seen)["iou"]) > 0.7


def test_overlap_is_counted_where_something_can_be_seen() -> None:
    found, meant = torch.zeros(1, PARTS, 8, 8), torch.zeros(1, PARTS, 8, 8)
    found[:, BODY], meant[:, BODY] = 1, 1
    found[:, :, :, :4], meant[:, :, :, :2] = (
        torch.tensor([1.0, 0, 0])[:, None, None],
        torch.tensor([0, 0, 1.0])[:, None, None],
    )
    weight = torch.ones(1, 1, 8, 8)
    assert float(intersection_over_union(found, meant, weight)[0]) == pytest.approx(0.5), "which piece does not matter"
    weight[..., 2:4] = 0
    assert float(intersection_over_union(found, meant, weight)[0]) == 1


# --- the transformer is told ------------------------------------------------------------------------------------------


def layer(belongs: Tensor | None) -> LayerInput:
    known = Latents(torch.zeros(1, 2, 4, 4, FLOW.token_latents), torch.zeros(1, 2, PARTS, FLOW.part_latents))
    still, one = torch.rand(1, 4, 64, 64, generator=torch.Generator().manual_seed(1)), torch.ones(1)
    place = torch.tensor([[0.0, 0, 1, 1]])
    vectors = torch.ones(1, 3, FLOW.text.vectors)
    return LayerInput(still, place, one, one, vectors, torch.ones(1, 3).bool(), known, torch.zeros(1, 2), belongs)


def velocity(model: Transformer, noisy: Latents, belongs: Tensor | None) -> Latents:
    own = layer(belongs)
    scene = SceneInput((own,), own.prompt, own.words, torch.arange(1))
    with torch.no_grad():
        made: list[Latents] = model([noisy], torch.tensor([0.5]), scene)
    return made[0]


def test_what_is_told_takes_the_place_of_noise() -> None:
    model = awake(Transformer(TOLD), 5)
    tokens, parts = torch.randn(1, 2, 4, 4, FLOW.token_latents), torch.randn(1, 2, PARTS, FLOW.part_latents)
    other = torch.cat([tokens[..., :-BELONGS], torch.randn(1, 2, 4, 4, BELONGS)], dim=-1)
    half = torch.full((1, 4, 4, BELONGS), 0.5)
    one, two = (velocity(model, Latents(t, parts), half) for t in (tokens, other))
    assert torch.equal(one.parts, two.parts)
    assert not torch.equal(one.parts, velocity(model, Latents(tokens, parts), 0 * half).parts), "it is heard"


def test_shares_of_tokens_come_from_what_can_be_seen() -> None:
    still = torch.zeros(1, 4, 32, 32)
    still[..., :16] = 1
    matte = torch.zeros(1, PARTS, 16, 16)
    matte[:, PARTS - 1] = 1
    told = belonging(matte, seen_cells(still), (2, 2))
    assert told[0, :, 0, 1].min() > 0.95, "front has what is seen"
    assert told[0, :, 1].abs().max() == 0, "nothing is seen there"
    assert with_belonging(torch.zeros(1, 3, 2, 2, 10), told)[..., -BELONGS:].shape == (1, 3, 2, 2, BELONGS)


def test_weights_without_their_segmenter_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    folder = tmp_path / "new"
    folder.mkdir()
    write_networks(folder)
    told = {"config": to_json(TOLD), "sampling": '{"steps": 2}'}
    save_state(folder / TRANSFORMER, awake(Transformer(TOLD), 1).state_dict(), told, lambda name: False)
    with pytest.raises(Unavailable, match="which pieces move"):
        load_networks(import_weights(str(folder), "lacking"))
    segmenter = awake(Segmenter(SMALL), 2)
    save_state(folder / SEGMENTER, segmenter.state_dict(), {"config": to_json(SMALL)}, lambda name: False)
    networks = load_networks(import_weights(str(folder), "whole"))
    assert networks.segmenter is not None
