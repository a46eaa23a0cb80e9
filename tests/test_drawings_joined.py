"""Drawings with a part that they were not designed with, and what scenes and pairs ask of them."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from engine.dataset import drawings, library, recipes
from engine.dataset.drawings import HELD_OUT, draw_joined, flat
from engine.dataset.prompts import write_dependent
from engine.dataset.recipes import RELATIONS
from engine.dataset.synth import batch, pictures
from engine.dataset.truth import shape_of
from engine.dataset.wish import PART_KINDS, Action, Wish


@pytest.mark.parametrize("seed", range(12))
def test_the_part_shows_and_hangs_where_it_is_attached(seed: int) -> None:
    drawing = draw_joined(seed, 96)
    piece = drawing.rear or drawing.front
    assert piece is not None
    assert (drawing.rear is None) != (drawing.front is None)
    assert set(piece.kinds) <= set(PART_KINDS)
    own = drawing.pieces[0 if drawing.rear else 2, ..., 3] > 128
    assert own.sum() > 8
    column, row = (round(v * 96) for v in piece.pivot)
    y, x = np.nonzero(own)
    assert np.hypot(y - row, x - column).min() < 12, "the hinge is at the part"
    assert np.hypot(*piece.axis) == pytest.approx(1)
    assert (flat(drawing)[..., 3] > 0).mean() > 0.02


def test_the_same_seed_draws_the_same() -> None:
    assert np.array_equal(draw_joined(5, 64).pieces, draw_joined(5, 64).pieces)
    assert not np.array_equal(draw_joined(5, 64).pieces, draw_joined(6, 64).pieces)


def test_training_sees_no_held_out_family(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = drawings.draw

    def watched(family: str, seed: int, size: int = 256) -> drawings.Drawing:
        asked.append(family)
        return real(family, seed, size)

    monkeypatch.setattr(drawings, "draw", watched)
    for seed in range(20):
        draw_joined(seed, 32)
    assert not set(asked) & HELD_OUT


@pytest.fixture(scope="module")
def drawn() -> library.Library:
    return library.build(40, 2, "train", 96, workers=1, joined=20)


def test_a_library_ends_with_joined_drawings(drawn: library.Library) -> None:
    assert len(drawn.entries) == 60
    assert {entry.family for entry in drawn.entries[40:]} == {"joined"}
    alone = library.build(40, 2, "train", 96, workers=1)
    assert torch.equal(drawn.pieces[:40], alone.pieces)


def no_words(texts: list[str]) -> torch.Tensor:
    return torch.zeros(len(texts), 3, dtype=torch.int64)


def test_pairs_do_two_things(drawn: library.Library) -> None:
    made = recipes.paired(drawn.entries, 200, 1, "train")
    assert all(len(recipe.wish.actions) == 2 for recipe in made)
    assert 0.5 < np.mean([recipe.wish.join == "then" for recipe in made]) < 0.8


@pytest.mark.parametrize("layers", [2, 3, 4])
def test_a_hat_goes_where_its_head_goes_on_the_canvas(drawn: library.Library, layers: int) -> None:
    scenes = [scene for scene in recipes.scenes(drawn.entries, layers, 120, 4, "train") if scene[1] == "hat"]
    told = recipes.tensors(scenes, drawn.entries, no_words)
    made = batch(drawn, told, 4, 4, 17, torch.Generator().manual_seed(1), articulated=False, filmed=False)
    shift = made.clip.track.shift[:, :, 1].unflatten(0, (len(scenes), layers))  # in units of each layer's region
    squash = made.clip.track.scale[:, :, 1, 1].unflatten(0, (len(scenes), layers))
    wide = (made.region[..., 2] - made.region[..., 0])[..., None]
    way = shift[..., 0] * wide  # squashing about the foot shifts up and down, each layer by its own size
    assert (way - way[:, :1]).abs().max() < 1e-5
    assert (wide[:, 1:] <= wide[:, :1] + 1e-6).all()
    assert squash.shape == way.shape


def test_those_who_stand_apart_stand(drawn: library.Library) -> None:
    scenes = [scene for scene in recipes.scenes(drawn.entries, 3, 200, 4, "train") if scene[1] == "apart"]
    assert len(scenes) > 20
    for some, _, told in scenes:
        kinds = [recipe.wish.actions[0].kind for recipe in some]
        assert 1 <= sum(kind != "still" for kind in kinds) <= 2
        assert "{" not in told


@pytest.mark.parametrize("split", ["train", "test"])
def test_hats_and_shadows_may_be_told_of_what_they_go_with(split: recipes.Split) -> None:
    rng = random.Random(3)
    for relation in ("hat", "shadow"):
        wish = Wish("shadow" if relation == "shadow" else "top hat", (Action("bob"),))
        texts = {write_dependent(wish, Wish("snowman", (Action("bob"),)), relation, rng, split) for _ in range(60)}
        assert not any("{" in text or "}" in text for text in texts)
        assert any("snowman" in text for text in texts)
    assert "apart" in RELATIONS


def test_waves_run_along_the_longer_side(drawn: library.Library) -> None:
    asked = [recipes.Recipe(i, Wish("", (Action("wave"),)), "") for i in range(60)]
    told = recipes.tensors([([r], "unrelated", "") for r in asked], drawn.entries, no_words)
    made = batch(drawn, told, 5, 5, 9, torch.Generator().manual_seed(2), articulated=False, filmed=False)
    width, height = shape_of(made.clip.still).half.unbind(-1)
    sideways = made.clip.wave.normal[:, 0, 0] > 0.5
    assert sideways[height > 1.3 * width].all()
    assert not sideways[width > 1.3 * height].any()
    assert (height > 1.3 * width).any()
    assert (width > 1.3 * height).any()


def test_pictures_show_the_piece_that_is_meant(drawn: library.Library) -> None:
    asked = recipes.single(drawn.entries, 30, 6, "train", articulated=True)
    plain = recipes.single(drawn.entries, 10, 6, "train", articulated=False)
    told = recipes.tensors([([r], "unrelated", "") for r in (*asked, *plain)], drawn.entries, no_words)
    made = pictures(drawn, told, 5, 5, torch.Generator().manual_seed(2))
    pieces = ((1 - made.matte[:, 1]) * made.weight[:, 0]).sum((1, 2))
    assert made.still.shape == (40, 4, 80, 80)
    assert torch.allclose(made.matte.sum(1), torch.ones(1))
    assert (pieces[:30] > 1).float().mean() > 0.8
    assert pieces[30:].abs().max() == 0


def test_varied_pictures_are_pictures_still(drawn: library.Library) -> None:
    """Premultiplied, each unlike the others, the same for the same chance; pieces go on being where mattes say."""
    asked = recipes.single(drawn.entries, 24, 6, "train", articulated=True)
    told = recipes.tensors([([r], "unrelated", "") for r in asked], drawn.entries, no_words)
    plain, once, again = (
        pictures(drawn, told, 5, 5, torch.Generator().manual_seed(2), vary=vary) for vary in (False, True, True)
    )
    assert torch.equal(once.still, again.still)
    colour, alpha = once.still[:, :3], once.still[:, 3:]
    assert (colour >= 0).all()
    assert (colour <= alpha + 0.5 / 255).all(), "pieces are kept in 8 bits"
    assert (alpha <= 1 + 1e-6).all()
    assert torch.allclose(once.matte.sum(1), torch.ones(1))
    unlike = (once.still - plain.still).abs().mean((1, 2, 3))
    assert (unlike > 0.002).all()
    sizes = [((1 - p.matte[:, 1]) * p.weight[:, 0]).sum((1, 2)) for p in (plain, once)]
    assert 0.7 < float((sizes[1] / sizes[0]).median()) < 1.4
