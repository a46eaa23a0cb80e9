"""Exact answers: what each kind of motion does, in px, degrees and seconds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from engine.geometry import Box, apply
from engine.motion import animate, plan_slot
from engine.motion.beat import Subject, bump, settle
from engine.motion_field import Part, at
from engine.presets import find_motion, motion_presets

RATE = Fraction(30)
CANVAS = Box(0, 0, 640, 360)
SUBJECT = Subject(Box(100, 80, 260, 200), CANVAS.size)
WORDS = {"right": (1, 0), "left": (-1, 0), "down": (0, 1), "up": (0, -1), "up-left": (-1, -1), "down-right": (1, 1)}


def play(
    name: str, slot: str = "loop", *, seconds: Any = 1, frames: int = 31, subject: Subject = SUBJECT, **more: Any
) -> Part:
    preset = find_motion(name)
    assert preset is not None
    loop = more.pop("closed", False)
    mode, seed, given = more.pop("mode", "loop"), more.pop("seed", 0), more.pop("given", more)
    planned = plan_slot(preset, slot, subject, given=given, duration=Fraction(seconds), mode=mode, seed=seed)
    return animate([planned], subject, RATE, frames, loop=loop).parts[0]


def boxes(part: Part, box: Box = SUBJECT.box) -> np.ndarray:
    """(t, 4, 2) where the box's corners are."""
    return apply(part.affine.matrices(), box.corners[None].repeat(len(part.affine.shift), 0))


def angles(part: Part) -> np.ndarray:
    return np.unwrap(np.arctan2(part.affine.turn[:, 1], part.affine.turn[:, 0]))


# --- in and out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("name", ["slide", "tumble"])
def test_slides_start_and_end_just_outside_and_travel_along_their_direction(name: str, word: str) -> None:
    heading = np.array(WORDS[word], float)
    for slot, frame in (("in", 0), ("out", 30)):
        part = play(name, slot, direction=word)
        corners = boxes(part)[frame]
        assert (Box.around(corners) & CANVAS).is_empty
        nearer = corners - heading * (1.5 if slot == "out" else -1.5)
        assert not (Box.around(nearer) & CANVAS).is_empty  # not further than it must
        travelled = np.diff(part.affine.shift, axis=0) @ heading
        assert (travelled >= -1e-9).all()
        assert travelled.sum() > 50


def test_rise_arrives_from_below_and_leaves_above() -> None:
    assert play("rise", "in").affine.shift[0] == pytest.approx([0, 0.06 * 360])
    assert play("rise", "out").affine.shift[30] == pytest.approx([0, -0.06 * 360])
    assert play("rise", "in", distance="40px", direction="left").affine.shift[0] == pytest.approx([40, 0])
    assert play("ascend", "in", distance="10%", direction="right").affine.shift[0] == pytest.approx([-64, 0])


def test_an_out_is_its_in_backwards() -> None:
    come, leave = play("zoom", "in"), play("zoom", "out")
    assert np.allclose(come.affine.scale, leave.affine.scale[::-1])
    assert np.allclose(come.opacity, leave.opacity[::-1])
    assert come.affine.scale[0] == pytest.approx([0.6, 0.6])


def test_overshoot_is_what_was_asked() -> None:
    fine = np.linspace(0, 1, 2001)
    for overshoot in (0.05, 0.14, 0.4):
        curve = settle(fine, overshoot)
        assert curve[0] == 0
        assert curve[-1] == 1
        assert curve.max() == pytest.approx(1 + overshoot, rel=0.25)
        assert abs(settle(np.array([0.4 ** (1 / 1.4)]), overshoot)[0] - 1 - overshoot) < 1e-9
    scale = play("pop", "in", frames=61, seconds=2).affine.scale
    assert scale[0].max() < 1e-9
    assert 1.1 < scale.max() < 1.25
    assert scale[40:].min() > 0.9  # it settles, it does not collapse


def test_drop_falls_faster_and_faster_bounces_twice_and_stays_on_the_ground() -> None:
    part = play("drop", "in", seconds=4, frames=121)
    ground = boxes(part)[:, 2:, 1].max(axis=1)
    height = SUBJECT.box.y1 - ground
    assert height[0] > 200
    assert height.min() > -1e-6
    fall = height[: int(np.argmax(height < 1))]
    second = np.diff(fall, 2)
    assert np.allclose(second, second.mean(), rtol=0.02)  # constant acceleration
    tops = [i for i in range(1, 119) if height[i] > 2 and height[i - 1] < height[i] >= height[i + 1]]
    assert len([top for top in tops if top > len(fall)]) == 2
    assert height[tops[-2]] == pytest.approx(0.2 * height[0], rel=0.05)
    assert part.affine.scale[:, 1].min() == pytest.approx(1 - 0.18, abs=0.03)  # squashed on landing
    assert np.allclose(np.prod(part.affine.scale, axis=1), 1)  # and as much wider


def test_stomp_comes_from_the_viewer_and_leaves_with_a_crouch_first() -> None:
    come, leave = play("stomp", "in").affine.scale, play("stomp", "out").affine.scale
    assert come[0] == pytest.approx([2.6, 2.6])
    assert leave[1:8, 1].min() < 0.93
    assert leave[30] == pytest.approx([2.6, 2.6])


def test_wipe_uncovers_along_its_direction_with_a_straight_soft_edge() -> None:
    def shown(part: Part, frame: int, x: float) -> float:
        assert part.opacity_grid is not None
        grid = replace(part.opacity_grid, values=part.opacity_grid.values[frame : frame + 1])
        return float(np.clip(grid.read(np.array([[[x, 140.0]]])), 0, 1)[0, 0, 0])

    come, leave = play("wipe", "in", amount="25%"), play("wipe", "out", amount="25%")
    assert [shown(come, 15, x) for x in (101, 180, 259)] == pytest.approx([1, 0.5, 0])
    assert [shown(leave, 15, x) for x in (101, 180, 259)] == pytest.approx([0, 0.5, 1])
    assert shown(come, 15, 190) == pytest.approx(0.5 - 10 / 40)
    back = play("wipe", "in", direction="left")
    assert shown(back, 15, 259) == 1
    assert shown(back, 15, 101) == 0


def test_flip_starts_edge_on_and_turns_about_its_middle() -> None:
    part = play("flip", "in", overshoot=0)
    assert part.affine.scale[0, 0] == pytest.approx(0, abs=1e-9)
    assert np.allclose(boxes(part).mean(axis=1), SUBJECT.box.center)
    assert play("flip", "in", angle="180deg").affine.scale[0] == pytest.approx([-1, 1])
    assert play("flip", "in", direction="vertical").affine.scale[0, 1] == pytest.approx(0, abs=1e-9)


# --- loops ------------------------------------------------------------------------------------------------------------


def test_bob_moves_by_its_amount_in_its_period_upward_first() -> None:
    shift = play("bob", seconds=2, frames=120).affine.shift
    assert shift[15] == pytest.approx([0, -0.02 * 360])
    assert shift[45] == pytest.approx([0, 0.02 * 360])
    assert np.allclose(shift[:60], shift[60:], atol=1e-9)
    assert not shift[0].any()
    assert play("bob", amount="10px", direction="right", seconds=2).affine.shift[15] == pytest.approx([10, 0])


def test_pendulum_keeps_its_top_and_swings_by_its_amount() -> None:
    part = play("pendulum", seconds=2, frames=60)
    top = np.array([180.0, 80.0])
    assert np.allclose(apply(part.affine.matrices(), top[None, None].repeat(60, 0))[:, 0], top)
    assert np.degrees(angles(part)[[0, 15, 30, 45]]) == pytest.approx([0, 18, 0, -18], abs=1e-9)
    assert np.degrees(angles(play("pendulum", amount="30deg", seconds=2))[15]) == pytest.approx(30)


def test_spin_turns_clockwise_by_its_turns_every_period() -> None:
    assert np.degrees(angles(play("spin", seconds=4, frames=120))[[0, 30, 90]]) == pytest.approx([0, 90, 270])
    back = play("spin", seconds=4, direction="counterclockwise", turns=2)
    assert np.degrees(angles(back)[10]) == pytest.approx(-60)


def test_breathe_never_shrinks_below_rest() -> None:
    scale = play("breathe", seconds=2, frames=60).affine.scale
    assert (scale.min(), scale.max()) == pytest.approx((1.0, 1.04))
    assert play("breathe", seconds=2, amount=0.1).affine.scale[30] == pytest.approx([1.1, 1.1])


def test_heartbeat_beats_twice_and_rests() -> None:
    size = play("heartbeat", seconds=4, frames=120).affine.scale[:, 0] - 1
    peaks = [i for i in range(1, 119) if size[i - 1] < size[i] >= size[i + 1]]
    assert len(peaks) == 2
    assert size[peaks[0]] == pytest.approx(0.1, rel=0.02)
    assert size[peaks[1]] == pytest.approx(0.06, rel=0.02)
    assert not size[70:].any()
    assert bump(np.array([0, 0.3, 1])) == pytest.approx([0, 1, 0])


def test_bounce_flies_on_parabolas_from_the_ground() -> None:
    part = play("bounce", seconds=2, frames=60)
    height = SUBJECT.box.y1 - boxes(part)[:, 2:, 1].max(axis=1)
    assert height.min() > -1e-9
    assert height.max() == pytest.approx(0.07 * 360, rel=0.01)
    assert np.allclose(np.diff(height[:46], 2), np.diff(height[:46], 2)[0])
    assert np.allclose(np.linalg.det(part.affine.matrices()[..., :2]), 1)
    assert part.affine.scale[:, 1].min() == pytest.approx(0.84, abs=0.01)


def test_squash_keeps_its_area_and_its_foot() -> None:
    part = play("squash", seconds=2, frames=60)
    assert np.allclose(np.linalg.det(part.affine.matrices()[..., :2]), 1)
    assert np.allclose(boxes(part)[:, 2:, 1], 200)


def test_orbit_keeps_its_distance_and_stays_upright() -> None:
    part = play("orbit", seconds=2, frames=60)
    way = part.affine.shift - [0, 0.05 * 360]
    assert np.allclose(np.hypot(*way.T), 18)
    assert np.allclose(part.affine.turn, [1, 0])
    assert part.affine.shift[15] == pytest.approx([18, 18])  # clockwise from the top
    planet = replace(SUBJECT, anchor=(320.0, 140.0))
    around = play("orbit", seconds=2, frames=60, subject=planet).affine.shift + np.array([180, 140])
    assert np.allclose(np.hypot(*(around - [320, 140]).T), 140)


def test_wiggle_stays_within_its_amount() -> None:
    for seed in range(20):
        shift = play("wiggle", seconds=1, frames=90, given={"amount": "10px", "seed": seed}).affine.shift
        assert np.abs(shift).max() <= 10
        assert np.abs(shift).max() > 5
        assert abs(shift.mean()) < 4


def test_float_never_repeats_itself_within_the_canvas_and_closes() -> None:
    shift = play("float", seconds=1, frames=90, closed=True).affine.shift
    assert np.allclose(shift[:30, 1], shift[30:60, 1])  # up and down every period
    assert not np.allclose(shift[:30, 0], shift[30:60, 0], atol=0.5)  # but sideways not


# --- deforming --------------------------------------------------------------------------------------------------------


def test_a_wave_lifts_by_its_amount_across_its_direction() -> None:
    flow = play("wave", seconds=1, amount="10%", frames=30).flow
    assert flow is not None
    assert not flow.values[..., 0].any()
    assert np.abs(flow.values[..., 1]).max() == pytest.approx(12, rel=0.02)
    assert flow.box.contains(SUBJECT.box.grow(12))


def test_flutter_is_still_at_its_pole_and_widest_at_its_end() -> None:
    flow = play("flutter", seconds=1, frames=30).flow
    assert flow is not None
    pole = flow.read(np.full((30, 1, 2), [100.0, 140.0]))
    end = flow.read(np.full((30, 1, 2), [260.0, 140.0]))
    assert np.abs(pole).max() < 0.3
    assert np.abs(end).max() > 8


@pytest.mark.parametrize("name", ["bend", "wind", "jelly"])
def test_what_bends_is_rooted_at_its_foot(name: str) -> None:
    part = play(name, seconds=1, frames=30)
    assert part.flow is not None
    foot = part.flow.read(np.full((30, 1, 2), [180.0, 200.0]))
    tip = part.flow.read(np.full((30, 1, 2), [180.0, 80.0]))
    assert np.abs(foot).max() < 0.35
    assert np.abs(tip[..., 0]).max() > 4
    assert np.allclose(apply(part.affine.matrices(), np.full((30, 1, 2), [180.0, 200.0])), [180, 200])


def test_wind_leans_away_and_twist_keeps_its_middle() -> None:
    wind, twist = play("wind", seconds=2, frames=60).flow, play("twist", seconds=2, frames=60).flow
    assert wind is not None
    assert twist is not None
    assert (wind.read(np.full((60, 1, 2), [180.0, 80.0]))[..., 0] < 0.5).all()  # pulled from the left: leans right
    assert np.abs(twist.read(np.full((60, 1, 2), [180.0, 140.0]))).max() < 0.05


# --- light ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("period", ["1/20", "1/5", "1/2", "1"])
def test_flicker_never_flashes_three_times_a_second(period: str) -> None:
    """A flash: brightness up and down by a tenth or more (WCAG 2.2, 2.3.1)."""
    for seed in range(12):
        gain = play("flicker", seconds=Fraction(period), frames=300, given={"amount": "80%", "seed": seed}).gain
        assert gain is not None
        bright, level, flashes, rising = gain.mean(axis=1), 0.0, [], False
        level = bright[0]
        for frame, value in enumerate(bright):
            if rising != (value > level) and abs(value - level) >= 0.1:
                rising, level = not rising, value
                flashes.append(frame)
            elif rising == (value > level):
                level = value
        pairs = flashes[::2]
        assert all(sum(start <= frame < start + 30 for frame in pairs) <= 3 for start in pairs), (seed, pairs)


def test_flicker_dims_warmly_hue_turns_and_glow_swells() -> None:
    gain = play("flicker", seconds=1, frames=60, given={"amount": "40%"}).gain
    assert gain is not None
    assert gain.max() <= 1
    assert gain.min() > 0.5
    assert (gain[:, 0] >= gain[:, 2]).all()
    assert play("hue", seconds=2).hue[15] == pytest.approx(np.pi / 2)
    glow = play("glow", seconds=2)
    assert glow.glow[30] == pytest.approx(0.9)
    assert glow.glow_radius == pytest.approx(0.06 * 120)


def test_shimmer_crosses_once_and_rests() -> None:
    grid = play("shimmer", seconds=2, frames=60, amount="50%").gain_grid
    assert grid is not None
    brightest = grid.values.max(axis=(1, 2, 3))
    assert brightest.max() == pytest.approx(1.5, abs=0.03)
    assert (brightest[[0, 40, 50, 59]] == 1).all()
    middle = [float(np.argmax(grid.values[frame, 0, :, 0])) for frame in range(10, 26, 3)]
    assert middle == sorted(middle)


# --- camera -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["kenburns", "parallax", "dolly", "orbit-camera"])
@pytest.mark.parametrize("closed", [False, True])
def test_a_background_is_never_bared(name: str, closed: bool) -> None:
    for depth in (0.0, 0.3, 1.0):
        for box in (CANVAS, CANVAS.grow(7)):
            part = play(name, seconds=1, frames=30, subject=Subject(box, CANVAS.size, depth=depth), closed=closed)
            seen = boxes(part, box)
            assert seen[:, 0].max() <= 1e-6
            assert (seen[:, 2] >= np.array(CANVAS.size) - 1e-6).all()


def test_a_ground_keeps_the_edges_it_reaches() -> None:
    ground = Box(-5, 250, 700, 360)
    part = play("parallax", seconds=1, subject=Subject(ground, CANVAS.size, depth=1.0), amount="20%")
    seen = boxes(part, ground)
    assert seen[..., 0].min(axis=1).max() <= 1e-6
    assert seen[..., 0].max(axis=1).min() >= 640 - 1e-6
    assert seen[:, 2:, 1].min() >= 360 - 1e-6


def test_parallax_moves_front_and_back_apart_and_leaves_the_middle() -> None:
    def shift(depth: float) -> np.ndarray:
        subject = replace(SUBJECT, depth=depth)
        return play("parallax", seconds=1, frames=31, subject=subject, amount="10%").affine.shift

    assert not shift(0.5).any()
    assert np.allclose(shift(0.0), -shift(1.0))
    assert shift(1.0)[0] == pytest.approx([32, 0])
    assert shift(1.0)[30] == pytest.approx([-32, 0])  # the camera travels right


def test_dolly_grows_near_layers_more_and_a_camera_in_a_clip_stays_where_it_arrives() -> None:
    sizes = [
        play("dolly", seconds=1, frames=60, subject=replace(SUBJECT, depth=depth)).affine.scale[:, 0]
        for depth in (0.0, 0.5, 1.0)
    ]
    assert sizes[0][30] < sizes[1][30] < sizes[2][30]
    assert sizes[1][30] == pytest.approx(1.12)
    assert np.allclose(sizes[2][30:], sizes[2][30])
    out = play("dolly", seconds=1, frames=60, direction="out").affine.scale[:, 0]
    assert np.allclose(out[:31], sizes[1][:31][::-1], atol=1e-9)


def test_a_looping_camera_goes_there_and_back() -> None:
    scale = play("kenburns", seconds=1, frames=60, closed=True).affine.scale[:, 0]
    assert scale[15] == pytest.approx(1.06)
    assert scale[0] == scale[30] == 1


@pytest.mark.parametrize("closed", [False, True])
def test_ken_burns_keeps_what_has_a_margin_of_five_percent_in_the_picture(closed: bool) -> None:
    wide, high = CANVAS.size
    inner = Box(round(0.05 * wide), round(0.05 * high), round(0.95 * wide), round(0.95 * high))
    seen = boxes(play("kenburns", seconds=1, frames=30, subject=Subject(inner, CANVAS.size), closed=closed), inner)
    assert (seen[:, :2] > 0).all()
    assert (seen[:, 2:] < np.array(CANVAS.size)).all()


def test_fields_are_exact_between_plan_and_moment() -> None:
    preset = find_motion("pendulum")
    assert preset is not None
    field = animate([plan_slot(preset, "loop", SUBJECT, duration=Fraction(2))], SUBJECT, RATE, 60, loop=True)
    assert np.array_equal(at(field, 0.5).parts[0].matrix, field.parts[0].affine.matrices()[15])
    assert np.array_equal(at(field, 2.0).parts[0].matrix, field.parts[0].affine.matrices()[0])


def test_every_parameter_of_a_preset_is_explained() -> None:
    for name, preset in motion_presets().items():
        assert preset.notes.keys() == preset.parameters.keys(), name
        assert all(preset.notes.values()), name
