"""Reduced keyframes: never further from the track than allowed, and no more of them than needed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.handoff.keys import reduced, settled

TRACKS = st.integers(1, 40).flatmap(lambda t: arrays(float, (t, 3), elements=st.floats(-1000, 1000, width=32)))
TOLERANCES = arrays(float, 3, elements=st.floats(0, 50, width=32))


def between(values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """(t, c) as a player shows it that knows only the frames kept."""
    frames = np.arange(len(values))
    return np.stack([np.interp(frames, kept, values[kept, c]) for c in range(values.shape[1])], axis=1)


@given(TRACKS, TOLERANCES)
def test_no_frame_is_further_off_than_allowed(values: np.ndarray, tolerance: np.ndarray) -> None:
    kept = reduced(values, tolerance)
    assert (np.abs(between(values, kept) - values) <= tolerance + 1e-9).all()


@given(TRACKS, TOLERANCES)
def test_first_and_last_are_kept_in_order(values: np.ndarray, tolerance: np.ndarray) -> None:
    kept = reduced(values, tolerance)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert (np.diff(kept) > 0).all()


def test_corners_of_straight_lines_are_all_it_takes() -> None:
    corners = np.array([0, 10, 11, 30])
    track = np.interp(np.arange(31), corners, [0.0, 50.0, -20.0, 40.0])[:, None]
    np.testing.assert_array_equal(reduced(track, np.array([1e-6])), corners)


def test_what_stands_still_takes_its_two_ends() -> None:
    np.testing.assert_array_equal(reduced(np.ones((90, 2)), np.zeros(2)), [0, 89])


def test_no_shorter_chain_exists() -> None:
    """Against every chain of a short track."""
    values = np.random.default_rng(5).normal(size=(9, 1)).cumsum(axis=0)
    tolerance = np.array([0.6])
    chains = [[0, *(i + 1 for i in range(7) if bits >> i & 1), 8] for bits in range(1 << 7)]
    fitting = [c for c in chains if (np.abs(between(values, np.array(c)) - values) <= tolerance).all()]
    assert len(reduced(values, tolerance)) == min(map(len, fitting)) < 9


def test_a_second_of_swinging_takes_a_third_of_its_frames() -> None:
    track = 20 * np.sin(2 * np.pi * np.arange(61) / 60)[:, None]
    assert len(reduced(track, np.array([0.25]))) <= 20


@given(TRACKS, TOLERANCES)
def test_settled_tracks_keep_to_the_same_bound(values: np.ndarray, tolerance: np.ndarray) -> None:
    kept = settled(values, tolerance)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert (np.diff(kept) > 0).all()
    assert (np.abs(between(values, kept) - values) <= tolerance + 1e-9).all()


def test_what_has_landed_does_not_creep() -> None:
    """It lands softly at frame 19 and rests until 39: one line to the end would do, and would creep all the way."""
    landing = np.concatenate([np.linspace(10, 0.1, 15), np.linspace(0.1, 0, 6)[1:], np.zeros(20)])[:, None]
    np.testing.assert_array_equal(reduced(landing, np.array([0.125])), [0, 14, 39])
    np.testing.assert_array_equal(settled(landing, np.array([0.125])), [0, 14, 19, 39])
