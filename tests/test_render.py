"""The renderer: exact answers where there are any, and properties that a viewer would see broken elsewhere."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import render
from engine.geometry import MIN_SCALE, Box, FloatArray, invert, trs_matrix
from engine.motion_field import (
    AffineTrack,
    Float32,
    Grid,
    Moment,
    MotionField,
    Part,
    PartMoment,
    PatchMoment,
    at,
    rest_field,
)
from engine.render import Sprite, draw, prepare
from engine.render import read as render_read
from engine.render.colour import hue_matrix
from engine.render.pyramid import Level, double_x, double_y
from engine.render.read import Reading, drawing_threads
from engine.tile import Tile

CANVAS = Box(0, 0, 160, 120)
LAYER = Box(40, 30, 104, 86)  # 64 x 56
CENTRE = LAYER.center
LUMA = torch.tensor([0.2126, 0.7152, 0.0722])[:, None, None]


def affine(shift: tuple[float, float] = (0, 0), degrees: float = 0, shear: float = 0, scale: Any = 1.0) -> FloatArray:
    """Forward (2, 3) about the layer's centre."""
    angle = math.radians(degrees)
    return trs_matrix(
        np.array(CENTRE),
        np.array(shift, float),
        np.array([math.cos(angle), math.sin(angle)]),
        np.array(shear, float),
        np.array(scale if isinstance(scale, tuple) else (scale, scale), float),
    )


def part(matrix: FloatArray | None = None, **changes: Any) -> PartMoment:
    rest: dict[str, Any] = {
        "matte": None,
        "front": False,
        "flow": None,
        "opacity": 1.0,
        "gain": (1.0, 1.0, 1.0),
        "opacity_grid": None,
        "gain_grid": None,
        "blur": 0.0,
        "hue": 0.0,
        "glow": 0.0,
        "glow_radius": 0.0,
    }
    return PartMoment(matrix=affine() if matrix is None else matrix, **{**rest, **changes})


def moment(matrix: FloatArray | None = None, **changes: Any) -> Moment:
    return Moment((part(matrix, **changes),), None)


def noise(seed: int = 0, box: Box = LAYER) -> Tile:
    """Premultiplied noise with soft and hard alpha, smooth enough that its pixels say what lies between them."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 4, box.height // 4, box.width // 4, generator=generator)
    rgba = torch.nn.functional.interpolate(coarse, (box.height, box.width), mode="bilinear")[0]
    rgba[3] = (rgba[3] * 2).clamp(0, 1)
    rgba[:3] *= rgba[3]
    return Tile(box, rgba.contiguous())


def square(box: Box = LAYER, colour: tuple[float, float, float] = (0.9, 0.5, 0.2)) -> Tile:
    rgba = torch.ones(4, box.height, box.width)
    rgba[:3] = torch.tensor(colour)[:, None, None]
    return Tile(box, rgba)


def rest_of(still: Tile) -> Sprite:
    return prepare(still, rest_field(CENTRE, Fraction(30), 2))


def shown(sprite: Sprite, what: Moment, canvas: Box = CANVAS) -> torch.Tensor:
    return draw(sprite, what, canvas).placed(canvas)


def grid(values: Any, box: Box = LAYER) -> Grid:
    return Grid(box, np.asarray(values, np.float32)[None])


# Exact answers


def test_rest_is_the_still_bit_for_bit() -> None:
    still = noise()
    tile = draw(rest_of(still), at(rest_field(CENTRE, Fraction(30), 2), 0.01), CANVAS)
    assert LAYER.contains(tile.box)
    assert torch.equal(tile.placed(LAYER), still.rgba)


@given(st.integers(-90, 90), st.integers(-70, 70))
@settings(max_examples=25, deadline=None)
def test_whole_pixel_shifts_are_exact_and_clipped(dx: int, dy: int) -> None:
    still = noise()
    moved = Tile(LAYER.shift(dx, dy), still.rgba).cropped(CANVAS)
    assert torch.equal(shown(rest_of(still), moment(affine((dx, dy)))), moved.placed(CANVAS))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_quarter_turns_of_an_even_square_are_exact(turns: int) -> None:
    box = Box(44, 30, 100, 86)
    still = noise(box=box)
    matrix = trs_matrix(
        np.array(box.center),
        np.zeros(2),
        np.array([math.cos(turns * math.pi / 2), math.sin(turns * math.pi / 2)]),
        np.array(0.0),
        np.ones(2),
    )
    turned = Tile(box, torch.rot90(still.rgba, -turns, (1, 2)))
    assert (shown(rest_of(still), moment(matrix)) - turned.placed(CANVAS)).abs().max() < 1e-5


@pytest.mark.parametrize(("scale", "flip"), [((-1, 1), (2,)), ((1, -1), (1,)), ((-1, -1), (1, 2))])
def test_mirrors_are_exact(scale: tuple[int, int], flip: tuple[int, ...]) -> None:
    still = noise()
    mirrored = Tile(LAYER, still.rgba.flip(flip))
    assert (shown(rest_of(still), moment(affine(scale=scale))) - mirrored.placed(CANVAS)).abs().max() < 1e-5


def test_a_constant_flow_is_a_translation() -> None:
    sprite, wide = rest_of(noise()), LAYER.grow(20)
    flow = grid(np.full((2, 2, 2), (-5.25, 3.5)), wide)
    assert (shown(sprite, moment(flow=flow)) - shown(sprite, moment(affine((5.25, -3.5))))).abs().max() < 1e-4


def test_a_linear_flow_is_a_scaling() -> None:
    sprite, wide = rest_of(noise()), LAYER.grow(40)
    nodes = grid(np.zeros((5, 7, 2)), wide).nodes()
    flow = grid((nodes - CENTRE) * (1 / 1.25 - 1), wide)
    assert (shown(sprite, moment(flow=flow)) - shown(sprite, moment(affine(scale=1.25)))).abs().max() < 1e-3


def test_an_affine_carries_what_the_flow_has_pulled() -> None:
    sprite, wide = rest_of(noise()), LAYER.grow(20)
    flow = grid(np.full((2, 2, 2), (-8.0, 0.0)), wide)
    turn = affine(degrees=30)
    offset = turn[:, :2] @ [8, 0]
    both = shown(sprite, moment(turn, flow=flow))
    assert (both - shown(sprite, moment(affine(tuple(offset), degrees=30)))).abs().max() < 1e-4


def test_an_opacity_ramp_is_exact_and_clamped() -> None:
    still = square()
    ramp = grid([[[-0.5], [1.5]], [[-0.5], [1.5]]])
    drawn = draw(rest_of(still), moment(opacity_grid=ramp), LAYER).placed(LAYER)
    wanted = np.clip(-0.5 + 2 * (np.arange(64) + 0.5) / 64, 0, 1).astype(np.float32)
    assert (drawn - still.rgba * torch.from_numpy(wanted)).abs().max() < 1e-6


def test_grids_ride_on_the_layer() -> None:
    still = square()
    ramp = grid([[[0.0], [1.0]], [[0.0], [1.0]]])
    here = shown(rest_of(still), moment(opacity_grid=ramp))
    there = shown(rest_of(still), moment(affine((20, 10)), opacity_grid=ramp))
    assert (there[:, 10:, 20:] - here[:, :-10, :-20]).abs().max() < 1e-6


def test_opacity_gain_and_hue() -> None:
    still = noise()
    sprite = rest_of(still)
    at_rest = shown(sprite, moment())
    assert torch.equal(shown(sprite, moment(opacity=0.25)), at_rest * 0.25)
    gained = shown(sprite, moment(gain=(2.0, 0.5, 1.0)))
    wanted = at_rest.clone()
    wanted[:3] = torch.minimum(at_rest[:3] * torch.tensor([2.0, 0.5, 1.0])[:, None, None], at_rest[3:])
    assert torch.equal(gained, wanted)
    doubled = shown(sprite, moment(gain_grid=grid(np.full((2, 2, 3), 2.0))))
    assert (doubled - shown(sprite, moment(gain=(2.0, 2.0, 2.0)))).abs().max() < 1e-6


@given(st.floats(-7, 7), st.floats(-7, 7))
def test_hue_rotations_form_a_group_and_keep_luma_and_grey(a: float, b: float) -> None:
    matrix = hue_matrix(a)
    assert np.allclose(matrix @ np.ones(3), 1)
    assert np.allclose(LUMA.numpy().ravel() @ matrix, LUMA.numpy().ravel(), atol=1e-6)
    assert np.allclose(matrix @ hue_matrix(b), hue_matrix(a + b))
    assert np.allclose(hue_matrix(math.tau), np.eye(3))


def test_hue_keeps_the_luma_of_muted_colours() -> None:
    still = square(colour=(0.5, 0.45, 0.4))
    turned = shown(rest_of(still), moment(hue=2.0))
    assert ((turned[:3] - still.placed(CANVAS)[:3]) * LUMA).sum(0).abs().max() < 1e-5
    assert (turned[:3] - still.placed(CANVAS)[:3]).abs().max() > 0.02


# Parts and patch


def mattes() -> tuple[Float32, Float32]:
    ramp = np.clip((np.arange(64) - 24) / 16, 0, 1)
    front = np.ascontiguousarray(np.broadcast_to(ramp, (56, 64)), np.float32)
    return 1 - front, front


def parted(still: Tile) -> tuple[Sprite, MotionField]:
    track = AffineTrack.rest(CENTRE, 1)
    field = MotionField(Fraction(30), 1, tuple(Part(track, matte) for matte in mattes()))
    return prepare(still, field), field


def test_parts_at_rest_add_up_to_the_still() -> None:
    for still in (noise(), square()):
        sprite, field = parted(still)
        assert (draw(sprite, at(field, 0), CANVAS).placed(LAYER) - still.rgba).abs().max() < 1e-6


def test_parts_that_move_together_show_no_seam() -> None:
    still = square()
    sprite, _ = parted(still)
    matrix = affine((0.3, 0.7), degrees=12)
    inside = Box(60, 46, 84, 70)
    drawn = draw(sprite, Moment((part(matrix), part(matrix)), None), inside).placed(inside)
    assert (drawn - still.rgba[:, :1, :1]).abs().max() < 2 / 255


def test_a_front_part_hides_what_it_moves_over() -> None:
    left, right = np.zeros((56, 64), np.float32), np.zeros((56, 64), np.float32)
    left[:, :32], right[:, 32:] = 1, 1
    still = square()
    still.rgba[0, :, 32:] = 0.1
    track = AffineTrack.rest(CENTRE, 1)
    sprite = prepare(still, MotionField(Fraction(30), 1, (Part(track, left), Part(track, right))))
    drawn = draw(sprite, Moment((part(), part(affine((-32, 0)))), None), CANVAS)
    assert drawn.box == Box(40, 30, 72, 86)
    assert (drawn.rgba - still.rgba[:, :1, 40:41]).abs().max() == 0


def test_a_patch_lies_over() -> None:
    still, patch = noise(), noise(3).rgba * 0.7
    sprite = rest_of(still)
    drawn = draw(sprite, Moment((part(),), PatchMoment(LAYER, patch.numpy(), None)), CANVAS).placed(LAYER)
    assert (drawn - (patch + (1 - patch[3:]) * still.rgba)).abs().max() < 1e-6
    alone = Moment((part(opacity=0.0),), PatchMoment(LAYER, patch.numpy(), affine((7, 0))))
    assert (draw(sprite, alone, CANVAS).placed(LAYER.shift(7, 0)) - patch).abs().max() < 1e-6


def test_a_coarse_patch_is_resized_smoothly() -> None:
    """A 7x8 bump over 56x64 px: its weight stays, and no step between pixels is larger than a smooth curve's."""
    y, x = np.mgrid[0:7, 0:8]
    bump = np.exp(-((x - 3.5) ** 2 + (y - 3) ** 2) / 3).astype(np.float32)
    patch = np.stack([bump * 0.5, bump * 0.2, bump * 0.9, bump])
    drawn = shown(rest_of(square()), Moment((part(opacity=0.0),), PatchMoment(LAYER, patch, None)))
    assert drawn[3].sum().item() == pytest.approx(bump.sum() * 64, rel=0.01)
    wanted = np.exp(-((np.arange(64) / 8 + 1 / 16 - 4) ** 2) / 3 - ((28.5 / 8 - 3.5) ** 2) / 3)
    assert np.abs(drawn[3, 58, 40:104].numpy() - wanted).max() < 0.02


# Blur and glow


@pytest.mark.parametrize("sigma", [0.5, 2.0, 4.5, 9.0])
def test_blur_is_a_gaussian_that_loses_nothing(sigma: float) -> None:
    dot = Box(78, 56, 82, 60)
    drawn = shown(rest_of(square(dot)), moment(blur=sigma))
    assert drawn[3].sum().item() == pytest.approx(16, rel=0.005)
    weight = drawn[3].double()
    x = torch.arange(160) + 0.5
    mean = (weight.sum(0) * x).sum() / weight.sum()
    variance = ((weight.sum(0) * (x - mean) ** 2).sum() / weight.sum()).item()
    assert mean.item() == pytest.approx(80, abs=0.02)
    assert math.sqrt(variance - 15 / 12) == pytest.approx(sigma, rel=0.06, abs=0.12)


@pytest.mark.parametrize("sigma", [0.3, 0.8, 1.49, 1.5, 2.2, 3.0, 7.0])
def test_blurred_layers_are_read_as_any_other(sigma: float) -> None:
    """The short cut for smooth lattices gives the numbers of the careful way, also at hard strokes."""
    still = noise()
    still.rgba[:, 20:24], still.rgba[:, :, 40] = 1, 0
    blurred = rest_of(still).parts[0].blurred(sigma)
    careful = double_y(double_x(blurred.root)).rgba
    assert (blurred.dense(0, 0).rgba - careful).abs().max() < 0.25 / 255


def test_glow_lies_behind_and_around() -> None:
    sprite, still = rest_of(square()), square()
    drawn = shown(sprite, moment(glow=0.6, glow_radius=5.0))
    inside = Tile(CANVAS, drawn).cropped(LAYER).rgba
    assert torch.allclose(inside, still.rgba, atol=1e-5)
    halo = shown(sprite, moment(blur=5.0)) * 0.6
    outside = (still.placed(CANVAS)[3] == 0).expand(4, -1, -1)
    assert torch.allclose(drawn[outside], halo[outside], atol=1e-5)
    assert drawn[outside].max() > 0.2


# What a viewer sees


@given(st.floats(-1, 1), st.floats(-1, 1))
@settings(max_examples=20, deadline=None)
def test_subpixel_shifts_conserve_alpha(dx: float, dy: float) -> None:
    for still in (noise(), square(Box(70, 50, 71, 80)), square(Box(60, 40, 90, 70))):
        drawn = shown(rest_of(still), moment(affine((dx, dy))))
        assert drawn[3].sum().item() == pytest.approx(still.rgba[3].sum().item(), rel=0.01)


def test_a_shift_is_the_limit_of_a_turn() -> None:
    """Two ways through the code draw the same picture."""
    sprite = rest_of(noise())
    turned = shown(sprite, moment(affine((3.3, 1.6), degrees=0.004)))
    assert (shown(sprite, moment(affine((3.3, 1.6)))) - turned).abs().max() < 2 / 255


def wheel() -> Tile:
    """Opaque spokes: much detail, soft edges."""
    y, x = np.mgrid[0:256, 0:256] / 2.0 - 63.75
    spokes = np.clip(np.sin(np.arctan2(y, x) * 24) * 3 + 0.5, 0, 1) * (np.hypot(x, y) < 60)
    alpha = spokes.reshape(128, 2, 128, 2).mean((1, 3))
    rgba = np.stack([alpha * 0.9, alpha * 0.4, alpha * 0.1, alpha]).astype(np.float32)
    return Tile(Box(8, -4, 136, 124), torch.from_numpy(rgba))


@pytest.mark.parametrize("axes", [(1, 1), (1, 0), (0, 1)])
@pytest.mark.parametrize("degrees", [0.0, 10.0])
def test_shrinking_does_not_shimmer(axes: tuple[int, int], degrees: float) -> None:
    """Alpha per area stays the layer's own while it shrinks from 1 to 0.05, along one axis or both."""
    sprite = rest_of(wheel())
    total = sprite.parts[0].root.rgba[3].sum().item()
    scales = np.geomspace(1, 0.05, 41)
    shares = []
    for s in scales:
        scale = (s if axes[0] else 1.0, s if axes[1] else 1.0)
        drawn = shown(sprite, moment(affine((0.3, 0.2), degrees, scale=scale)), CANVAS.grow(20))
        shares.append(drawn[3].sum().item() / (total * scale[0] * scale[1]))
    steps = np.abs(np.diff(shares))
    small = scales[1:] < 0.12  # 128 px on 15 and fewer: a hundred pixels in all, each counts
    assert np.abs(np.array(shares) - 1).max() < 0.03
    assert steps[~small].max() < 0.01
    assert steps.max() < 0.03


def test_a_squeeze_across_a_turned_layer_is_filtered() -> None:
    """Fine stripes turned by 45 degrees, then squeezed to a tenth across: a flat tone, not a moire."""
    stripes = torch.zeros(4, 96, 96)
    stripes[:, :, ::2] = 1
    sprite = rest_of(Tile(Box(24, 10, 120, 106), stripes))
    turn, squeeze = affine(degrees=45), affine(scale=(0.1, 1.0))
    matrix = np.concatenate([squeeze[:, :2] @ turn[:, :2], (squeeze[:, :2] @ turn[:, 2:] + squeeze[:, 2:])], axis=1)
    middle = shown(sprite, moment(matrix))[3, 45:71, 70:74]
    assert middle.mean().item() == pytest.approx(0.5, abs=0.02)
    assert middle.std().item() < 0.06


@pytest.mark.parametrize("degrees", [3.0, 17.0, 31.0, 45.0])
def test_turned_edges_are_antialiased(degrees: float) -> None:
    """Against the exact coverage of the turned square, by 16 x 16 points a pixel."""
    drawn = shown(rest_of(square()), moment(affine((0.2, 0.4), degrees)))[3].numpy()
    fine = (np.arange(160 * 16) + 0.5) / 16, (np.arange(120 * 16) + 0.5) / 16
    back = invert(affine((0.2, 0.4), degrees))
    x, y = (row[0] * fine[0] + (row[1] * fine[1] + row[2])[:, None] for row in back)
    inside = (x > LAYER.x0) & (x < LAYER.x1) & (y > LAYER.y0) & (y < LAYER.y1)
    coverage = inside.reshape(120, 16, 160, 16).mean((1, 3))
    edge = (coverage > 0) & (coverage < 1)
    assert np.abs(drawn - coverage)[edge].mean() < 0.06
    assert np.abs(drawn - coverage)[~edge].max() < 0.2
    assert abs(drawn.sum() / coverage.sum() - 1) < 0.002


@given(
    st.floats(-180, 180),
    st.floats(0.03, 6),
    st.floats(0.03, 6),
    st.floats(-1, 1),
    st.floats(0, 4),
)
@settings(max_examples=25, deadline=None)
def test_every_picture_is_premultiplied(degrees: float, sx: float, sy: float, shear: float, blur: float) -> None:
    still = noise()
    still.rgba[:, ::7] = 1
    drawn = draw(rest_of(still), moment(affine((0.4, 0.1), degrees, shear, (sx, sy)), blur=blur), CANVAS)
    assert CANVAS.contains(drawn.box)
    if not drawn.box.is_empty:
        assert drawn.rgba.min() >= 0
        assert drawn.rgba[3].max() <= 1 + 1e-6
        assert (drawn.rgba[:3] - drawn.rgba[3:]).max() <= 1e-6


def test_the_box_is_tight_and_holds_everything() -> None:
    sprite = rest_of(noise())
    matrix = affine((0.3, 0.3), 20, scale=1.3)
    tile = draw(sprite, moment(matrix), Box(-500, -500, 500, 500))
    reached = tile.rgba.amax(0) > 0
    rows, columns = reached.any(1).nonzero().flatten(), reached.any(0).nonzero().flatten()
    assert rows[0] <= 2
    assert columns[0] <= 2
    assert tile.box.height - rows[-1] <= 3
    assert tile.box.width - columns[-1] <= 3


def test_nothing_is_drawn_of_the_invisible() -> None:
    sprite = rest_of(noise())
    for nothing in (
        moment(opacity=0.0),
        moment(affine(scale=MIN_SCALE / 2)),
        moment(affine(scale=(1.0, 0.0))),
        moment(affine((9999, 0))),
        moment(affine((9999, 0), degrees=20)),
    ):
        assert draw(sprite, nothing, CANVAS).box.is_empty
    transparent = Tile(LAYER, torch.zeros(4, 56, 64))
    for changes in ({}, {"blur": 3.0}, {"glow": 1.0, "glow_radius": 3.0}):
        assert draw(rest_of(transparent), moment(affine(degrees=10), **changes), CANVAS).box.is_empty


def test_a_matte_of_another_size_is_refused() -> None:
    field = MotionField(Fraction(30), 1, (Part(AffineTrack.rest(CENTRE, 1), np.ones((3, 4), np.float32)),))
    with pytest.raises(ValueError, match="does not fit"):
        prepare(noise(), field)


# Bands, devices and a slow reference

WILD = [
    moment(affine((3.3, 2.5), 33, 0.2, (1.1, 0.7))),
    moment(affine(degrees=80, scale=0.4)),
    moment(affine((0.5, 0.25))),
    moment(affine(degrees=5), flow=grid(np.random.default_rng(1).normal(size=(4, 5, 2)) * 4)),
    moment(affine(degrees=-50, scale=5.0), hue=1.0, opacity=0.7),
    moment(affine(degrees=20), blur=3.0, glow=0.8, glow_radius=6.0),
    moment(opacity_grid=grid(np.random.default_rng(2).uniform(size=(4, 4, 1))), gain=(1.4, 0.9, 1.0)),
    Moment((part(affine(degrees=9)),), PatchMoment(LAYER, noise(5).rgba[:, ::4, ::4].numpy(), affine(degrees=9))),
]


@pytest.mark.parametrize("what", WILD)
def test_bands_give_the_same_bits(what: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    still = noise()
    whole = shown(rest_of(still), what)
    monkeypatch.setattr(render, "_BAND_PIXELS", CANVAS.width * 13)
    assert torch.equal(shown(rest_of(still), what), whole)


@pytest.mark.parametrize("what", WILD)
def test_cuda_draws_the_same_picture(what: Moment) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    still, field = noise(), rest_field(CENTRE, Fraction(30), 2)
    there = draw(prepare(still, field, "cuda"), what, CANVAS).placed(CANVAS).cpu()
    assert (there - shown(rest_of(still), what)).abs().max() <= 2 / 255


def reference(still: Tile, matrix: FloatArray) -> FloatArray:
    """(4, 120, 160) in float64, eight-point midpoints, then bilinear."""
    rgba = still.rgba.double().numpy()
    dense = slow_doubled(slow_doubled(rgba).transpose(0, 2, 1)).transpose(0, 2, 1)
    y, x = np.mgrid[0 : CANVAS.height, 0 : CANVAS.width] + 0.5
    back = invert(matrix)
    u = 2 * (back[0, 0] * x + back[0, 1] * y + back[0, 2] - still.box.x0) + 1
    v = 2 * (back[1, 0] * x + back[1, 1] * y + back[1, 2] - still.box.y0) + 1
    padded = np.pad(dense, ((0, 0), (2, 2), (2, 2)))
    out = np.zeros((4, CANVAS.height, CANVAS.width))
    for k in np.ndindex(2, 2):
        i, j = np.floor(u).astype(int) + k[0], np.floor(v).astype(int) + k[1]
        weight = (1 - np.abs(u - i)) * (1 - np.abs(v - j))
        i, j = np.clip(i + 1, 0, padded.shape[2] - 1), np.clip(j + 1, 0, padded.shape[1] - 1)
        out += padded[:, j, i] * weight
    return out


def slow_doubled(rgba: FloatArray) -> FloatArray:
    """(4, h, w) -> (4, h, 2 w + 1) with midpoints along the last axis."""
    padded = np.pad(rgba, ((0, 0), (0, 0), (6, 6)))
    count = rgba.shape[2] + 5
    taps = np.array([-5, 49, -245, 1225, 1225, -245, 49, -5]) / 2048
    sharp = np.sum([taps[k] * padded[..., k : k + count] for k in range(8)], axis=0)
    straight = (padded[..., 3 : 3 + count] + padded[..., 4 : 4 + count]) / 2
    excess = np.maximum(np.maximum(-sharp, sharp - sharp[3:]).max(0), sharp[3] - 1)
    sides = np.max([excess[:, k : k + count - 4] for k in range(5)], axis=0)
    share = 1 - np.clip(sides * 32, 0, 1)
    mixed = straight[..., 2:-2] + (sharp - straight)[..., 2:-2] * share
    mixed[3] = mixed[3].clip(0, 1)
    mixed[:3] = np.clip(mixed[:3], 0, mixed[3])
    out = np.zeros((*rgba.shape[:2], 2 * rgba.shape[2] + 1))
    out[..., 0::2], out[..., 1::2] = mixed, rgba
    return out


@pytest.mark.parametrize("what", WILD)
def test_the_gather_for_gpus_draws_the_same_picture(what: Moment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way that CUDA goes, here on the CPU."""
    still = noise()
    still.rgba[:, 20:24] = 1
    here = shown(rest_of(still), what)
    monkeypatch.setattr(render_read, "pixels_on_cpu", render_read.pixels_by_gather)
    assert (shown(rest_of(still), what) - here).abs().max() <= 0.5 / 255


@pytest.mark.parametrize("what", WILD)
def test_threads_do_not_change_the_picture(what: Moment) -> None:
    sprite = rest_of(noise())
    with drawing_threads(1):
        alone = shown(sprite, what)
    with drawing_threads(3):
        assert torch.equal(shown(sprite, what), alone)


def test_places_are_not_rounded() -> None:
    """Full-contrast samples at places of every fraction, against float64: no steps of 1/32 px, no reduced weights."""
    rgba = torch.from_numpy(np.random.default_rng(3).integers(0, 2, (4, 97, 131)).astype(np.float32))
    level = Level(rgba, 0.0, 0.0, 1.0, 1.0).interleaved()
    box = Box(-2, -2, 130, 96)
    pull = np.array([[0.9713, 0.0521, 0.0137], [-0.0317, 1.0111, 0.0291]])
    everything = np.array([[-9.0, -9], [999, -9], [999, 999], [-9, 999]])
    read = Reading([(level, 1.0)], (1, 1), pull, None, everything).pixels(box).numpy()
    y, x = np.mgrid[box.y0 : box.y1, box.x0 : box.x1] + 0.5
    u, v = (row[0] * x + row[1] * y + row[2] for row in pull)
    padded = np.pad(rgba.double().numpy(), ((0, 0), (9, 9), (9, 9)))
    wanted = np.zeros(read.shape)
    for k in np.ndindex(2, 2):
        i, j = np.floor(u).astype(int) + k[0], np.floor(v).astype(int) + k[1]
        wanted += padded[:, j + 9, i + 9] * (1 - np.abs(u - i)) * (1 - np.abs(v - j))
    assert np.abs(read - wanted).max() < 0.1 / 255


def test_lattices_larger_than_opencv_counts() -> None:
    """A layer 20 000 px wide: its lattice has more columns than 16 bits."""
    box = Box(0, 0, 20_000, 3)
    rgba = torch.zeros(4, 3, 20_000)
    rgba[:, :, 19_000:19_010] = 1
    turned = affine(degrees=0.01)
    drawn = draw(rest_of(Tile(box, rgba)), moment(turned), Box(18_900, -10, 19_100, 10))
    assert drawn.rgba[3].sum().item() == pytest.approx(30, rel=0.01)


@given(
    st.tuples(st.floats(-30, 30), st.floats(-30, 30)),
    st.floats(-180, 180),
    st.floats(-0.3, 0.3),
    st.tuples(st.floats(0.9, 2), st.floats(0.9, 2), st.sampled_from([-1, 1])),
)
@settings(max_examples=25, deadline=None)
def test_any_affine_against_a_slow_reference(
    shift: tuple[float, float], degrees: float, shear: float, scale: tuple[float, float, int]
) -> None:
    still = noise(7)
    still.rgba[:, 20:24] = 1  # a hard stroke
    still.rgba[3, :, 0] = 1
    matrix = affine(shift, degrees, shear, (scale[0] * scale[2], scale[1]))
    drawn = shown(rest_of(still), moment(matrix)).numpy()
    assert np.abs(drawn - reference(still, matrix)).max() < 2 / 255
