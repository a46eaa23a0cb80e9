"""Easings: exact ends, known values, accurate Bezier solving, and errors that name the nearest word."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.easing import EASING_FUNCTIONS, Easing, easing_names, parse_easing
from engine.errors import edit_distance, nearest

GRID = np.linspace(0, 1, 401)
STEPPED = ("step-start", "step-end")
numbers = st.floats(0, 1, allow_nan=False).map(lambda value: round(value, 4))


@pytest.mark.parametrize("name", [name for name in easing_names() if name not in STEPPED])
def test_named_curves_start_at_zero_and_end_at_one_without_jumps(name: str) -> None:
    eased = parse_easing(name)(GRID)
    assert eased[0] == 0.0
    assert eased[-1] == 1.0
    assert np.abs(np.diff(eased)).max() < 0.09
    assert eased.min() >= -0.4
    assert eased.max() <= 1.4


@pytest.mark.parametrize("name", easing_names())
def test_text_is_canonical_and_survives_pickling(name: str) -> None:
    easing = parse_easing(f"  {name.upper()} ")
    assert str(easing) == name
    assert parse_easing(str(easing)) == easing
    assert np.array_equal(pickle.loads(pickle.dumps(easing))(GRID), easing(GRID))


KNOWN = [
    ("linear", 0.3, 0.3),
    ("ease", 0.5, 0.80240339),  # the value every browser gives
    ("in-quad", 0.5, 0.25),
    ("out-cubic", 0.5, 0.875),
    ("in-out-quart", 0.25, 0.03125),
    ("in-quint", 0.5, 0.03125),
    ("in-sine", 0.5, 1 - np.sqrt(0.5)),
    ("in-circ", 0.6, 0.2),
    ("in-back", 0.5, -0.0876975),
    ("out-bounce", 1 / 2.75, 1.0),
    ("out-bounce", 1.5 / 2.75, 0.75),
    ("out-bounce", 2.25 / 2.75, 0.9375),
    ("out-bounce", 2.625 / 2.75, 0.984375),
    ("out-elastic", 0.075, 2**-0.75 * np.sin((0.075 - 0.075) * 2 * np.pi / 0.3) + 1),
    ("emphasized", 0.166666, 0.4),
    ("step-start", 0.0, 1.0),
    ("step-end", 0.999, 0.0),
    ("steps(4)", 0.25, 0.25),
    ("steps(4)", 0.2499, 0.0),
    ("steps(4, start)", 0.0, 0.25),
    ("steps(4, jump-both)", 0.0, 0.2),
    ("steps(4, jump-both)", 1.0, 1.0),
    ("steps(3, jump-none)", 0.5, 0.5),
    ("steps(10)", 0.7, 0.7),  # 0.7 * 10 is 6.999... in binary
    ("linear(0, 0.25 75%, 1)", 0.5, 1 / 6),
    ("linear(0, 0.5 25% 75%, 1)", 0.6, 0.5),
    ("linear(0, 1, 0)", 0.5, 1.0),
    ("linear(0 0%, 0.2 50%, 0.8 50%, 1 100%)", 0.5, 0.8),
    ("linear(0 50%, 1 100%)", 0.25, -0.5),  # extrapolated, as CSS has it
]


@pytest.mark.parametrize(("text", "progress", "expected"), KNOWN)
def test_known_values(text: str, progress: float, expected: float) -> None:
    assert float(parse_easing(text)(progress)) == pytest.approx(expected, abs=2e-6)


def test_in_and_out_mirror_each_other() -> None:
    for name in {name.removeprefix("in-") for name in easing_names() if name.startswith("in-")}:
        if not name.startswith("out-"):
            forward, back = parse_easing(f"in-{name}")(GRID), parse_easing(f"out-{name}")(1 - GRID)
            np.testing.assert_allclose(forward, 1 - back, atol=1e-12)
            both = parse_easing(f"in-out-{name}")(GRID)
            np.testing.assert_allclose(both, 1 - both[::-1], atol=1e-12)


@given(x1=numbers, y1=st.floats(-2, 2), x2=numbers, y2=st.floats(-2, 2), t=st.floats(0, 1))
def test_bezier_passes_through_its_own_points(x1: float, y1: float, x2: float, y2: float, t: float) -> None:
    easing = parse_easing(f"cubic-bezier({x1!r}, {y1:.6f}, {x2!r}, {y2:.6f})")

    def axis(a: float, b: float, at: float) -> float:
        return 3 * (1 - at) ** 2 * at * a + 3 * (1 - at) * at**2 * b + at**3

    # where x hardly moves y is only as sharp as x is: the answer lies between the y of neighbours in t
    near = np.clip([t - 1e-5, t, t + 1e-5], 0, 1)
    ys = [axis(round(y1, 6), round(y2, 6), float(at)) for at in near]
    assert min(ys) - 1e-6 <= float(easing(axis(x1, x2, t))) <= max(ys) + 1e-6


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(easing_names()))
def test_vectorised_and_clamped(progress: list[float], name: str) -> None:
    easing = parse_easing(name)
    together = easing(np.array(progress).reshape(1, -1))
    assert together.shape == (1, len(progress))
    assert np.array_equal(together[0], [float(easing(value)) for value in progress])
    assert float(easing(-3)) == float(easing(0))
    assert float(easing(7)) == 1.0


@given(stiffness=st.floats(1, 1000), damping=st.floats(1, 100), mass=st.floats(0.1, 10))
def test_springs_settle_on_one(stiffness: float, damping: float, mass: float) -> None:
    assume(0.021 < damping / np.sqrt(stiffness * mass) < 199)
    easing = parse_easing(f"spring({stiffness:.4f}, {damping:.4f}, {mass:.4f})")
    eased = easing(np.linspace(0, 1, 4001))
    assert eased[0] == 0.0
    assert eased[-1] == 1.0
    assert abs(eased[-40] - 1) < 0.01
    assert easing.natural_seconds is not None
    assert easing.natural_seconds > 0
    if damping**2 >= 4.001 * stiffness * mass:
        assert eased.max() <= 1.0 + 1e-9


def test_spring_follows_its_equation() -> None:
    easing = parse_easing("spring(100, 10, 1)")
    assert easing.natural_seconds is not None
    seconds = np.linspace(0, easing.natural_seconds, 5001)
    x = easing(seconds / easing.natural_seconds)
    step = seconds[1]
    acceleration = (x[2:] - 2 * x[1:-1] + x[:-2]) / step**2
    speed = (x[2:] - x[:-2]) / (2 * step)
    # x'' = k (1 - x) - c x', up to the thousandth that is spread over the way
    np.testing.assert_allclose(acceleration, 100 * (1 - x[1:-1]) - 10 * speed, atol=0.25)


TYPOS = [
    ("out-bakc", "'out-back'"),
    ("eas-out", "'ease-out'"),
    ("cubic-bezir(0,0,1,1)", "'cubic-bezier'"),
    ("steps(3, jump-strat)", "'jump-start'"),
    ("emphasised", "'emphasized'"),
]


@pytest.mark.parametrize(("text", "word"), TYPOS)
def test_typos_name_the_nearest_word(text: str, word: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean {word}"):
        parse_easing(text)


@pytest.mark.parametrize(
    "text",
    ["", "()", "cubic-bezier(1)", "cubic-bezier(2,0,0,1)", "cubic-bezier(0,1e9,0,1)", "cubic-bezier(nan,0,0,1)",
     "steps(0)", "steps(1, jump-none)", "steps(1.5)", "linear(1)", "linear(0, a)", "linear(0 1% 2% 3%, 1)",
     "spring()", "spring(0, 1)", "spring(100, 0)", "spring(1000, 0.02, 10)", "spring(1,1,1,1)", "x" * 5000],
)  # fmt: skip
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_easing(text)


@given(st.text(max_size=40))
def test_any_text_is_an_easing_or_a_value_error(text: str) -> None:
    try:
        easing = parse_easing(text)
    except ValueError:
        return
    assert isinstance(easing, Easing)


@given(st.sampled_from([*easing_names(), *EASING_FUNCTIONS]), st.data())
def test_one_wrong_letter_still_finds_a_word_as_near(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    typo = word[:place] + data.draw(st.sampled_from("xq")) + word[place + 1 :]
    found = nearest(typo, [*easing_names(), *EASING_FUNCTIONS])
    assert found is not None
    assert edit_distance(typo, found) <= edit_distance(typo, word)


@given(st.text("ab-", max_size=6), st.text("ab-", max_size=6), st.text("ab-", max_size=6))
def test_edit_distance_counts_single_edits(a: str, b: str, c: str) -> None:
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a + c, b + c) <= edit_distance(a, b)
    assert edit_distance("ab", "ba") == 1
