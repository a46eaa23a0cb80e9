"""engine/alpha.py: straight and premultiplied, bleeding, transfer, quantisation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine import alpha

STRAIGHT = arrays(
    np.float32, st.tuples(st.just(4), st.integers(1, 9), st.integers(1, 9)), elements=st.floats(0, 1, width=32)
)


@given(STRAIGHT)
def test_premultiplying_and_back_keeps_covered_colour(straight: np.ndarray) -> None:
    back = alpha.unpremultiply(alpha.premultiply(straight))
    covered = straight[3] > 1e-3
    np.testing.assert_allclose(back[:3, covered], straight[:3, covered], atol=1e-5)
    np.testing.assert_array_equal(back[3], straight[3])


@given(STRAIGHT)
def test_bleeding_changes_only_what_nobody_sees(straight: np.ndarray) -> None:
    drawn = alpha.premultiply(straight)
    bled = alpha.bleed(drawn)
    np.testing.assert_array_equal(bled[3], drawn[3])
    seen = drawn[3] >= alpha.NO_ALPHA
    np.testing.assert_array_equal(bled[:3, seen], alpha.unpremultiply(drawn)[:3, seen])
    np.testing.assert_allclose(alpha.premultiply(bled), drawn, atol=alpha.NO_ALPHA)


def test_bleeding_fills_every_hole_with_colours_of_the_layer() -> None:
    drawn = np.zeros((4, 67, 93), np.float32)
    drawn[:, 20:30, 30:40] = np.array([0.8, 0.4, 0.2, 1.0], np.float32)[:, None, None]
    drawn[:, 20:30, 40:50] = np.array([0.2, 0.4, 0.8, 1.0], np.float32)[:, None, None]
    bled = alpha.bleed(drawn)
    assert bled[0].min() >= 0.2 - 1e-5
    assert bled[0].max() <= 0.8 + 1e-5
    np.testing.assert_allclose(bled[1], 0.4, atol=1e-5)
    assert bled[0, 25, 28] > 0.7  # beside the red half it is red
    assert bled[0, 25, 51] < 0.3


def test_bleeding_an_empty_picture_gives_black() -> None:
    np.testing.assert_array_equal(alpha.bleed(np.zeros((4, 5, 7), np.float32)), 0)


@given(arrays(np.float32, (3, 4), elements=st.floats(0, 1, width=32)))
def test_transfer_curves_undo_each_other(values: np.ndarray) -> None:
    np.testing.assert_allclose(alpha.to_encoded(alpha.to_linear(values)), values, atol=2e-6)


def test_transfer_has_the_standards_values() -> None:
    assert alpha.to_linear(np.float32([0.5]))[0] == pytest.approx(0.21404, abs=1e-5)
    assert alpha.to_encoded(np.float32([-1.0]))[0] == 0


@settings(max_examples=20)
@given(st.sampled_from([1, 255, 1023, 65535]), st.data())
def test_every_code_survives_quantisation(top: int, data: st.DataObject) -> None:
    code = data.draw(st.integers(0, top))
    assert alpha.quantised(np.float32([code / top]), top)[0] == code


def test_quantisation_keeps_to_its_range() -> None:
    assert alpha.quantised(np.float32([-0.3, 1.7]), 255).tolist() == [0, 255]


def test_over_a_colour() -> None:
    half = np.float32([0.5, 0.0, 0.0, 0.5]).reshape(4, 1, 1)
    np.testing.assert_allclose(alpha.over(half, (1.0, 1.0, 0.0)).ravel(), [1.0, 0.5, 0.0])
