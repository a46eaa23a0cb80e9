"""Blend formulas: exact values, and what must hold for every mode."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.blend import BLENDS, NEUTRAL, PREMULTIPLIED, blend_over, dissolved, straight
from engine.specs import BLEND_MODES

# One channel each: backdrop 0.6, source 0.3 and backdrop 0.2, source 0.8; worked out by hand from the formulas.
EXACT = {
    "normal": (0.3, 0.8),
    "dissolve": (0.3, 0.8),
    "darken": (0.3, 0.2),
    "multiply": (0.18, 0.16),
    "color-burn": (0.0, 0.0),  # 1 - 0.4 / 0.3 < 0; 1 - 0.8 / 0.8
    "linear-burn": (0.0, 0.0),
    "lighten": (0.6, 0.8),
    "screen": (0.72, 0.84),
    "color-dodge": (0.6 / 0.7, 1.0),
    "linear-dodge": (0.9, 1.0),
    "overlay": (0.44, 0.32),  # 1 - 2 (0.4) (0.7); 2 (0.2) (0.8)
    "soft-light": (0.6 - 0.4 * 0.6 * 0.4, 0.2 + 0.6 * (0.448 - 0.2)),  # ((16 b - 12) b + 4) b = 0.448 at 0.2
    "hard-light": (0.36, 0.68),
    "vivid-light": (1 - 0.4 / 0.6, 0.5),
    "linear-light": (0.2, 0.8),
    "pin-light": (0.6, 0.6),
    "hard-mix": (0.0, 0.0),  # 0.2 + 0.8 = 1: the dark backdrop stays dark
    "difference": (0.3, 0.6),
    "exclusion": (0.54, 0.68),
    "subtract": (0.3, 0.0),
    "divide": (1.0, 0.25),
}
COMMUTATIVE = ("darken", "multiply", "lighten", "screen", "linear-dodge", "linear-burn", "difference", "exclusion")

unit = st.floats(0, 1, width=32)
pixel = st.tuples(unit, unit, unit, unit)


def rgba(values: tuple[float, float, float, float]) -> Tensor:
    """(4, 1, 1) premultiplied of a straight pixel."""
    red, green, blue, alpha = values
    return torch.tensor([red * alpha, green * alpha, blue * alpha, alpha], dtype=torch.float32)[:, None, None]


def over(backdrop: Tensor, source: Tensor, mode: str, opacity: float = 1.0, fill: float = 1.0) -> Tensor:
    canvas = backdrop.clone()
    blend_over(canvas, source, mode, opacity, fill)
    return canvas


def test_every_mode_has_a_function() -> None:
    assert tuple(sorted(BLENDS)) == tuple(sorted(BLEND_MODES))
    assert len(BLENDS) == 27


@pytest.mark.parametrize("mode", sorted(EXACT))
def test_exact_values(mode: str) -> None:
    backdrop = torch.tensor([0.6, 0.2])[None, None].expand(3, 1, 2)
    source = torch.tensor([0.3, 0.8])[None, None].expand(3, 1, 2)
    got = BLENDS[mode](backdrop, source)[0, 0]
    assert got.tolist() == pytest.approx(EXACT[mode], abs=1e-6)


def test_non_separable_exact_values() -> None:
    blue = torch.tensor([0.0, 0.0, 1.0])[:, None, None]
    grey = torch.full((3, 1, 1), 0.5)
    red = torch.tensor([1.0, 0.0, 0.0])[:, None, None]
    assert BLENDS["luminosity"](grey, blue).flatten().tolist() == pytest.approx([0.11] * 3, abs=1e-6)
    assert BLENDS["saturation"](red, grey).flatten().tolist() == pytest.approx([0.3] * 3, abs=1e-6)
    assert BLENDS["hue"](grey, red).flatten().tolist() == pytest.approx([0.5] * 3, abs=1e-6)
    # red at the luminosity of mid grey: 0.5 + (r - 0.3) is out of range, so it is pulled towards grey
    assert BLENDS["color"](grey, red).flatten().tolist() == pytest.approx([1.0, 0.2857143, 0.2857143], abs=1e-5)
    assert BLENDS["darker-color"](red, blue).flatten().tolist() == [0, 0, 1]
    assert BLENDS["lighter-color"](red, blue).flatten().tolist() == [1, 0, 0]


@pytest.mark.parametrize("mode", ["color-burn", "color-dodge", "vivid-light", "divide", "soft-light"])
def test_extremes_are_finite(mode: str) -> None:
    values = torch.tensor([0.0, 0.5, 1.0])
    backdrop, source = torch.meshgrid(values, values, indexing="ij")
    got = BLENDS[mode](backdrop.expand(3, 3, 3), source.expand(3, 3, 3))
    assert torch.isfinite(got).all()
    assert got.min() >= 0
    assert got.max() <= 1


def test_burn_keeps_white_and_dodge_keeps_black() -> None:
    white, black = torch.ones(3, 1, 1), torch.zeros(3, 1, 1)
    assert BLENDS["color-burn"](white, black).min() == 1
    assert BLENDS["color-dodge"](black, white).max() == 0
    assert BLENDS["vivid-light"](white, black).max() == 0
    assert BLENDS["vivid-light"](black, white).min() == 1


@given(pixel, pixel, st.sampled_from(BLEND_MODES), unit, unit)
@settings(max_examples=400, deadline=None)
def test_result_stays_premultiplied(
    below: tuple[float, ...], above: tuple[float, ...], mode: str, opacity: float, fill: float
) -> None:
    got = over(rgba(below), rgba(above), mode, opacity, fill)  # type: ignore[arg-type]  # four floats each
    assert torch.isfinite(got).all()
    assert -1e-6 <= float(got[3]) <= 1 + 1e-6
    assert float((got[:3] - got[3]).max()) <= 2e-5
    assert float(got.min()) >= -1e-5


@given(pixel, pixel)
@settings(max_examples=60, deadline=None)
def test_opaque_normal_replaces(below: tuple[float, ...], above: tuple[float, ...]) -> None:
    source = rgba((*above[:3], 1.0))  # type: ignore[arg-type]
    assert torch.allclose(over(rgba(below), source, "normal"), source, atol=1e-6)  # type: ignore[arg-type]


@given(st.tuples(unit, unit, unit), st.tuples(unit, unit, unit), st.sampled_from(COMMUTATIVE))
@settings(max_examples=150, deadline=None)
def test_commutative_modes(one: tuple[float, ...], other: tuple[float, ...], mode: str) -> None:
    first, second = rgba((*one, 1.0)), rgba((*other, 1.0))  # type: ignore[arg-type]
    assert torch.allclose(over(first, second, mode), over(second, first, mode), atol=1e-6)


@given(pixel, pixel, st.sampled_from(sorted(PREMULTIPLIED)))
@settings(max_examples=200, deadline=None)
def test_short_forms_equal_the_general_formula(below: tuple[float, ...], above: tuple[float, ...], mode: str) -> None:
    b, s = rgba(below), rgba(above)  # type: ignore[arg-type]
    both = BLENDS[mode](straight(b), straight(s)) * b[3:4] * s[3:4]
    expected = s[:3] * (1 - b[3:4]) + b[:3] * (1 - s[3:4]) + both
    assert torch.allclose(over(b, s, mode)[:3], expected, atol=1e-5)


@given(pixel, pixel, st.sampled_from(BLEND_MODES))
@settings(max_examples=100, deadline=None)
def test_transparent_sources_and_backdrops(below: tuple[float, ...], above: tuple[float, ...], mode: str) -> None:
    b, s = rgba(below), rgba((*above[:3], 1.0))  # type: ignore[arg-type]
    assert torch.equal(over(b, torch.zeros(4, 1, 1), mode), b)
    assert torch.allclose(over(torch.zeros(4, 1, 1), s, mode), s, atol=1e-6)


@pytest.mark.parametrize("mode", sorted(NEUTRAL))
def test_special_modes_do_nothing_at_fill_zero(mode: str) -> None:
    backdrop, source = rgba((0.3, 0.6, 0.9, 1.0)), rgba((0.8, 0.1, 0.5, 1.0))
    assert torch.allclose(over(backdrop, source, mode, fill=0.0), backdrop, atol=1e-5)


def test_fill_of_linear_burn_moves_the_source_towards_white() -> None:
    got = over(rgba((0.9, 0.9, 0.9, 1.0)), rgba((0.4, 0.4, 0.4, 1.0)), "linear-burn", fill=0.5)
    assert got[0].item() == pytest.approx(0.9 - 0.5 * 0.6, abs=1e-6)


def test_fifth_channel_collects_alpha() -> None:
    canvas = torch.cat([rgba((1, 1, 1, 1.0)), torch.zeros(1, 1, 1)])
    blend_over(canvas, rgba((0, 0, 0, 0.5)))
    blend_over(canvas, rgba((0, 0, 0, 0.5)), "multiply")
    assert canvas[4].item() == pytest.approx(0.75)
    assert canvas[3].item() == 1


def test_dissolve_is_fixed_in_layer_space() -> None:
    layer = torch.full((4, 64, 64), 0.5)
    whole = dissolved(layer)
    part = dissolved(layer[:, 16:48, 8:40], origin=(8, 16))
    assert torch.equal(whole[:, 16:48, 8:40], part)
    assert set(whole[3].unique().tolist()) == {0.0, 1.0}
    assert 0.45 < whole[3].mean().item() < 0.55
    assert torch.equal(dissolved(torch.ones(4, 8, 8)), torch.ones(4, 8, 8))
