"""Pieces turn about the hinges that are told, whatever hinge the model had in mind."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.backends.dmdl_pieces import balanced, hinged, in_pieces
from engine.backends.dmdl_scene import without_hazes
from engine.backends.dmdl_steps import Steps
from engine.geometry import FloatArray
from engine.model.config import BODY, PARTS
from engine.model.segmenter import Pieces, likeliest

T, FRONT = 33, 2
ANCHOR, TOLD = np.array([0.1, -0.2]), np.array([0.4, 0.3])


def turning(angle: FloatArray, hinge: FloatArray, body: FloatArray | None = None) -> Steps:
    """The front piece turns about `hinge` in the body's frame; the body turns about the anchor and moves right."""
    body = np.zeros(T) if body is None else body
    own = (hinge - ANCHOR) - np.einsum("tij,j->ti", turns(angle), hinge - ANCHOR)
    moved = np.stack([0.5 * body, 0 * body], -1)
    shift = np.zeros((T, PARTS, 2))
    shift[:] = moved[:, None]
    shift[:, FRONT] += np.einsum("tij,tj->ti", turns(body), own)
    angles = np.repeat(body[:, None], PARTS, axis=1)
    angles[:, FRONT] += angle
    one, none = np.ones((T, PARTS)), np.zeros((T, PARTS))
    return Steps(
        ANCHOR, np.full((PARTS, 8, 8), 1 / PARTS), shift, angles, none, np.ones((T, PARTS, 2)), one, one,
        np.zeros((T, PARTS, 2, 2, 2)), np.ones((T, 2, 2)), np.ones((T, 2, 2)), np.zeros((T, 4, 8, 8)),
    )  # fmt: skip


def turns(angle: FloatArray) -> FloatArray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], -2)


def place_of(steps: Steps, part: int, point: FloatArray) -> FloatArray:
    """Where a point of a part goes, (t, 2)."""
    about = np.einsum("tij,j->ti", turns(steps.angle[:, part]), point - steps.anchor)
    return np.asarray(steps.anchor + steps.shift[:, part] + about)


HINGES = np.stack([np.zeros(2), TOLD])
SWING = 0.5 * np.sin(np.linspace(0, 4 * np.pi, T))


@pytest.mark.parametrize("angle", [SWING, np.linspace(0, 2 * np.pi, T)], ids=["swing", "spin"])
@pytest.mark.parametrize("wrong", [np.array([-0.5, 0.2]), np.array([0.1, -0.2])], ids=["elsewhere", "anchor"])
def test_the_told_hinge_stands_still_in_the_body(angle: FloatArray, wrong: FloatArray) -> None:
    body = np.linspace(0, 0.7, T)
    steps = hinged(turning(angle, wrong, body), HINGES)
    assert np.allclose(place_of(steps, FRONT, TOLD), place_of(steps, BODY, TOLD), atol=0.02)
    assert np.allclose(steps.angle, turning(angle, wrong, body).angle), "it turns as far as it did"


def test_a_right_hinge_changes_nothing() -> None:
    steps = turning(SWING, TOLD)
    assert np.allclose(hinged(steps, HINGES).shift, steps.shift, atol=1e-9)


def test_noise_of_a_turning_piece_goes_and_a_shift_of_its_own_stays() -> None:
    noisy = turning(SWING, TOLD)
    noisy.shift[:, FRONT] += 0.02 * np.random.default_rng(1).normal(size=(T, 2))
    assert np.allclose(hinged(noisy, HINGES).shift, turning(SWING, TOLD).shift, atol=0.02)
    bobbing = turning(np.zeros(T), TOLD)
    bobbing.shift[:, FRONT, 1] += SWING
    assert np.allclose(hinged(bobbing, HINGES).shift, bobbing.shift)


@pytest.mark.parametrize(
    ("angle", "wide", "where"),
    [(np.linspace(0, 2 * np.pi, T), 4, (0.25, 0.0)), (np.linspace(0, 2 * np.pi, T), 1, TOLD), (SWING, 4, TOLD)],
    ids=["a wheel", "a clock's hand", "a round sign that swings"],
)
def test_round_pieces_that_go_round_turn_about_their_middle(
    angle: FloatArray, wide: int, where: tuple[float, float]
) -> None:
    steps = turning(angle, TOLD)
    steps.matte[:] = 0
    steps.matte[FRONT, 2:6, 3 : 3 + wide] = 1  # of 8 x 8 cells
    assert np.allclose(balanced(steps, HINGES, np.ones((8, 8)))[1], where)


def test_networks_that_say_no_hinges_give_mattes_alone() -> None:
    steps = turning(SWING, np.zeros(2))
    matte = torch.zeros(1, PARTS, 8, 8)
    matte[:, FRONT] = 1
    made = in_pieces(steps, Pieces(matte, None), np.ones((8, 8)))
    assert (made.matte[FRONT] == 1).all()
    assert np.array_equal(made.shift, steps.shift)


def test_the_likeliest_place_is_the_mean_about_the_largest() -> None:
    logits = torch.full((1, 2, 32, 48), -20.0)
    logits[0, 0, 8, 30:32] = 5  # between two cells
    logits[0, 0, 28, 2] = 4.5  # elsewhere, less likely
    logits[0, 1, 16, 24] = 5
    (first, second) = likeliest(logits)[0].tolist()
    assert first == pytest.approx([(31 / 48 * 2 - 1), (8.5 / 32 * 2 - 1) * 32 / 48], abs=1e-3)
    assert second == pytest.approx([0.5 / 24, 0.5 / 24], abs=1e-3)


def test_a_haze_is_no_piece_and_the_transformer_is_not_told_of_one() -> None:
    matte = torch.zeros(1, PARTS, 16, 16)
    matte[:, BODY], matte[:, BODY - 1], matte[:, FRONT] = 0.7, 0.3, 0.0
    matte[0, :, 4:8, 4:8] = torch.tensor([0.0, 0.1, 0.9])[:, None, None]
    found = without_hazes(Pieces(matte, None), torch.ones(1, 4, 32, 32))
    assert (found.matte[:, BODY - 1] == 0).all()
    assert torch.equal(found.matte[:, FRONT], matte[:, FRONT])
    assert torch.allclose(found.matte.sum(1), torch.ones(1))
