"""Keyframes and motion paths: exact on their keys, even along their curves."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.motion.keyframes import Key, Keyframes, keyframe_field
from engine.motion.path import Travel, read_path, travel_field

RATE = Fraction(30)
ANCHOR = (100.0, 50.0)


def key(at: str, *value: float, easing: str = "linear") -> Key:
    return Key(at=Fraction(at), value=value, easing=easing)


# --- keyframes --------------------------------------------------------------------------------------------------------


def test_keys_are_met_exactly_and_ends_hold() -> None:
    keys = Keyframes(
        anchor=ANCHOR,
        start=Fraction(1, 3),
        position=(key("0", 0, 0), key("1", 120, -30, easing="out-back"), key("1.5", 60, 0)),
        rotation=(key("0", 0), key("1", 4 * np.pi)),
        scale=(key("0.5", 2, 1),),
        shear=(key("0", 0), key("1", np.pi / 4)),
        opacity=(key("0", 0), key("1", 1.0, easing="ease-in")),
    )
    part = keyframe_field(keys, RATE, 70).parts[0]
    shift = part.affine.shift
    assert not shift[:11].any()
    assert shift[40].tolist() == [120, -30]
    assert shift[55:].tolist() == [[60, 0]] * 15
    assert shift[32:40, 0].max() > 120  # out-back shoots past
    assert shift[47] == pytest.approx([120 - 60 * 7 / 15, -30 + 30 * 7 / 15])
    assert part.affine.turn[25] == pytest.approx([1, 0])  # half of two turns is a whole one
    assert part.affine.turn[14] == pytest.approx([np.cos(4 * np.pi * 4 / 30), np.sin(4 * np.pi * 4 / 30)])
    assert part.affine.scale[[0, 69]].tolist() == [[2, 1], [2, 1]]
    assert part.affine.shear[40] == pytest.approx(1)
    assert part.opacity is not None
    assert (part.opacity[0], part.opacity[40]) == (0, 1)
    assert part.opacity[25] < 0.5


def test_keyframes_survive_json_and_refuse_what_does_not_fit() -> None:
    keys = Keyframes(anchor=ANCHOR, position=(key("1/3", 1, 2, easing="spring(170, 20)"),))
    assert Keyframes.model_validate_json(keys.model_dump_json()) == keys
    with pytest.raises(ValueError, match="2 values"):
        Keyframes(anchor=ANCHOR, position=(key("0", 1),))
    with pytest.raises(ValueError, match="extra"):
        Keyframes.model_validate({"anchor": ANCHOR, "colour": ()})
    with pytest.raises(ValueError, match="easing"):
        key("0", 1, easing="soft")


def test_keyframes_are_ordered_by_time_and_equal_times_jump() -> None:
    keys = Keyframes(anchor=ANCHOR, opacity=(key("1", 0.0), key("0", 1.0), key("1", 0.5)))
    opacity = keyframe_field(keys, RATE, 40).parts[0].opacity
    assert opacity is not None
    assert opacity[29] == pytest.approx(1 / 30)
    assert opacity[30:].tolist() == [0.5] * 10


def test_a_track_loops_when_its_ends_agree() -> None:
    there = Keyframes(anchor=ANCHOR, rotation=(key("0", 0), key("1", 1)))
    back = Keyframes(anchor=ANCHOR, rotation=(key("0", 0), key("1", 1), key("2", 0)))
    assert not keyframe_field(there, RATE, 60, loop=True).loop
    assert keyframe_field(back, RATE, 60, loop=True).loop


# --- paths ------------------------------------------------------------------------------------------------------------


def test_a_path_starts_where_the_layer_rests_and_runs_evenly() -> None:
    bent = Travel(d="M 500 300 L 590 300 L 590 330 L 500 330", anchor=ANCHOR, duration=Fraction(1))
    shift = travel_field(bent, RATE, 40).parts[0].affine.shift
    assert shift[0].tolist() == [0, 0]
    assert shift[30:].tolist() == [[0, 30]] * 10
    assert np.abs(np.diff(shift[:31], axis=0)).sum(axis=1) == pytest.approx([7] * 30)  # 210 px in 30 frames


def test_curves_are_walked_at_an_even_speed() -> None:
    ring = Travel(d="M 0 0 A 100 100 0 1 1 0 0.001 Z", anchor=ANCHOR, duration=Fraction(2), orient=True)
    field = travel_field(ring, RATE, 61, loop=True)
    shift = field.parts[0].affine.shift
    middle = (shift.max(axis=0) + shift.min(axis=0)) / 2
    assert np.abs(np.hypot(*(shift - middle).T) - 100).max() < 0.1
    steps = np.hypot(*np.diff(shift, axis=0).T)
    assert steps == pytest.approx([2 * np.pi * 100 / 60] * 60, rel=2e-3)
    angle = np.unwrap(np.arctan2(*field.parts[0].affine.turn.T[::-1]))
    assert np.diff(angle)[1:-1] == pytest.approx([2 * np.pi / 60] * 58, rel=0.02)
    assert field.loop


def test_easing_and_direction_along_the_path() -> None:
    line = Travel(d="M0 0 V 90", anchor=ANCHOR, duration=Fraction(1), orient=True, easing="in-quad", start=Fraction(1))
    part = travel_field(line, RATE, 70).parts[0]
    assert part.affine.shift[[0, 30, 45, 60, 69], 1] == pytest.approx([0, 0, 22.5, 90, 90])
    assert np.allclose(part.affine.turn, [0, 1])  # downward
    past = Travel(d="M0 0 H 100", anchor=ANCHOR, duration=Fraction(1), easing="out-back")
    assert travel_field(past, RATE, 31).parts[0].affine.shift[:, 0].max() > 105


def test_gaps_are_jumped_over() -> None:
    assert read_path("M0 0 H 10 M 100 0 H 110").length == 20
    shift = (
        travel_field(Travel(d="M0 0 H 10 M 100 0 H 110", anchor=ANCHOR, duration=Fraction(1)), RATE, 31)
        .parts[0]
        .affine.shift
    )
    assert shift[14, 0] < 10
    assert shift[16, 0] > 100
    assert shift[30, 0] == 110


def test_a_path_is_scaled_with_its_document() -> None:
    half = Travel(d="M 10 10 h 100 v 60", anchor=ANCHOR, duration=Fraction(1), scale=0.5)
    shift = travel_field(half, RATE, 31).parts[0].affine.shift
    assert shift[[15, 30]] == pytest.approx(np.array([[40, 0], [50, 30]]))


def test_a_path_without_length_stays() -> None:
    still = Travel(d="M 5 5", anchor=ANCHOR, duration=Fraction(1), orient=True)
    part = travel_field(still, RATE, 5).parts[0]
    assert not part.affine.shift.any()
    assert np.allclose(part.affine.turn, [1, 0])


@given(st.text(alphabet="MmLlHhVvCcSsQqTtAaZz0123456789 .,-+e", max_size=40))
def test_any_text_is_a_path_or_a_clear_error(d: str) -> None:
    try:
        travel = Travel(d=d, anchor=ANCHOR, duration=Fraction(1), orient=True)
    except ValueError:
        return
    part = travel_field(travel, RATE, 7).parts[0]
    assert np.isfinite(part.affine.matrices()).all()


@pytest.mark.parametrize("d", ["", "hello", "M 0", "L", "M 0 0 L 1e400 0"])
def test_bad_paths_say_what_a_path_is(d: str) -> None:
    with pytest.raises(ValueError, match="path"):
        Travel(d=d, anchor=ANCHOR, duration=Fraction(1))


def test_travel_survives_json() -> None:
    travel = Travel(d="M0 0 C 50 -80 150 -80 200 0", anchor=ANCHOR, duration=Fraction(5, 3), easing="ease-in-out")
    assert Travel.model_validate_json(travel.model_dump_json()) == travel
