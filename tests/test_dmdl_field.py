"""From decoded motion to what the renderer draws: exact motion of drawn clips comes out as the drawn frames."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch

from engine.backends.dmdl_field import Place, at_places, leaving, motion_field
from engine.backends.dmdl_plan import Clock
from engine.backends.dmdl_sample import settled
from engine.backends.dmdl_scene import proxy
from engine.backends.dmdl_steps import Steps, closed, joined, steps_of, stilled
from engine.dataset import library, recipes, synth
from engine.dataset.drawings import draw as draw_object
from engine.dataset.recipes import Recipe
from engine.dataset.truth import flow_of
from engine.dataset.wish import Action, Wish
from engine.geometry import Box
from engine.model.field import Field
from engine.model.latents import by_steps, cut, part_latents, token_latents
from engine.motion_field import at
from engine.plan import Job, Prompt
from engine.render import draw, prepare
from engine.tile import Tile
from engine.tiling import Region, timeline

SIDE = 96  # px of a proxy picture on 6 x 6 tokens
CANVAS = Box(0, 0, SIDE, SIDE)
RATE = Fraction(16)
KINDS = ("bob", "sway", "spin_cw", "flip", "jelly", "in_left", "fade_out", "wave", "flicker")


@pytest.fixture(scope="module")
def batch() -> synth.Batch:
    drawn = library.of([draw_object(name, 1, 96) for name in ("rocket", "fish", "camera")])
    made = [([Recipe(i % 3, Wish("it", (Action(kind),)), kind)], "unrelated", "") for i, kind in enumerate(KINDS)]
    packed = recipes.tensors(made, drawn.entries, lambda texts: torch.ones(len(texts), 3, dtype=torch.int64))
    return synth.batch(drawn, packed, 6, 6, 17, torch.Generator().manual_seed(3), articulated=False)


def job(box: Box, *, canvas: Box = CANVAS, region: Box | None = None, end: int = 17) -> Job:
    return Job(
        layer="#1", path="It", canvas=canvas.size, kind="layer", backend="dmdl", box=box, depth=0,
        prompt=Prompt(text="it moves"), frames=(0, end), region=region or canvas, region_given=region is not None,
    )  # fmt: skip


def place(box: Box = CANVAS, **options: Box) -> Place:
    made = job(box, **options)
    region = Region(*box.center, box.width / 6, 6, 6)
    bounds = made.region if made.region_given else options.get("canvas", CANVAS)
    return Place(made, region, box, bounds, np.ones((48, 48)))


def resting(count: int = 17, parts: int = 3) -> Steps:
    """Steps of a layer that stands still; the middle part is all of it."""
    matte = np.zeros((parts, 48, 48))
    matte[parts // 2] = 1
    return Steps(
        np.zeros(2), matte, np.zeros((count, parts, 2)), np.zeros((count, parts)), np.zeros((count, parts)),
        np.ones((count, parts, 2)), np.ones((count, parts)), np.ones((count, parts)),
        np.zeros((count, parts, 12, 12, 2)), np.ones((count, 12, 12)), np.ones((count, 12, 12)),
        np.zeros((count, 4, 48, 48)),
    )  # fmt: skip


def exact_field(batch: synth.Batch, index: int) -> Field:
    """The exact motion of one clip."""
    clip = batch.clip.some(slice(index, index + 1))
    ones = torch.ones(1, 17, 12, 12)
    return Field(
        synth.shape_of(clip.still).anchor, clip.track, clip.matte, flow_of(clip.wave, 6, 6), ones, ones,
        torch.zeros(1, 17, 4, 48, 48),
    )  # fmt: skip


@pytest.mark.parametrize("index", range(len(KINDS)), ids=KINDS)
def test_exact_motion_draws_the_exact_frames(batch: synth.Batch, index: int) -> None:
    """Anchor, shift, turn, scale, flow, opacity and gain mean to the renderer what they mean to the networks."""
    clip, field = batch.clip.some(slice(index, index + 1)), exact_field(batch, index)
    still = Tile(CANVAS, clip.still[0])
    made = motion_field(stilled(steps_of(field), loop=False), place(), timeline(Fraction(1), loop=False),
                        Clock(RATE, 17, loop=False))  # fmt: skip
    assert len(made.parts) == 1
    assert made.parts[0].matte is None
    assert made.patch is None
    sprite = prepare(still, made)
    errors = []
    for step in range(17):
        drawn = draw(sprite, at(made, step / 16), CANVAS).placed(CANVAS)
        errors.append(float((drawn - clip.frames[0, step]).square().mean()))
    assert -10 * np.log10(np.mean(errors) + 1e-9) > 30


def test_a_proxy_is_the_mean_of_what_it_covers() -> None:
    torch.manual_seed(0)
    fine = torch.rand(4, 4, 4).repeat_interleave(64, 1).repeat_interleave(64, 2)  # (4, 256, 256) in plain squares
    fine[:3] *= fine[3:]
    tile = Tile(Box(100, 50, 356, 306), fine)
    made = proxy(tile, Region(228, 178, 64, 4, 4))[0]  # (4, 64, 64): a token a square
    assert made.shape == (4, 64, 64)
    middles = made[:, 8::16, 8::16]
    assert torch.allclose(middles, fine[:, 32::64, 32::64], atol=1e-5)
    assert made.mean() == pytest.approx(float(fine.mean()), rel=0.02)
    assert (made[:3] <= made[3:] + 1e-6).all()


@pytest.mark.parametrize("cell", [1 / 64, 0.7, 5.0, 37.3, 400.0])
def test_a_proxy_neither_gains_nor_loses_light(cell: float) -> None:
    """One opaque square with room around it, seen at any scale: the same area."""
    side = max(1, round(2 * cell))
    region = Region(50 + side / 2, 70 + side / 2, max(cell, side / 3), 5, 7)
    made = proxy(Tile(Box(50, 70, 50 + side, 70 + side), torch.ones(4, side, side)), region)[0]
    area = float(made[3].sum()) * (region.cell / 16) ** 2
    assert area == pytest.approx(side**2, rel=0.03)


def test_what_lies_elsewhere_is_not_seen() -> None:
    made = proxy(Tile(Box(0, 0, 8, 8), torch.ones(4, 8, 8)), Region(500, 500, 10, 4, 4))
    assert float(made.abs().max()) == 0


# --- time ---


def test_a_cut_clip_is_the_rest_of_the_clip(batch: synth.Batch) -> None:
    from engine.model.latents import Latents

    clip = batch.clip
    latents = Latents(token_latents(flow_of(clip.wave, 6, 6), clip.matte, clip.weight), part_latents(clip.track))
    later = cut(latents, 8)
    assert torch.allclose(by_steps(later.parts), by_steps(latents.parts)[:, 8:], atol=1e-4)
    flow, rest = (by_steps(part.tokens[..., :8]) for part in (latents, later))
    assert torch.allclose(rest, flow[:, 8:], atol=1e-4)
    assert later.tokens.shape[1] == 3


def test_what_arrived_is_told_from_what_goes_on(batch: synth.Batch) -> None:
    from engine.model.latents import Latents

    track = batch.clip.track

    def resampled(index: int, speed: float) -> Latents:
        """That clip at another speed; it ends as it ended."""
        steps = (torch.arange(49) * speed).clamp(max=16).round().long()[None]
        one = track.__class__(**{n: getattr(track, n)[index : index + 1] for n in track.__dataclass_fields__})
        return Latents(torch.zeros(1, 13, 6, 6, 10), part_latents(one.at(steps)))

    assert settled(resampled(KINDS.index("in_left"), 1.0))
    assert settled(resampled(KINDS.index("fade_out"), 1.0))
    assert not settled(resampled(KINDS.index("in_left"), 0.3))
    assert not settled(resampled(KINDS.index("spin_cw"), 0.3))
    at_rest = Latents(torch.zeros(1, 13, 6, 6, 10), torch.zeros(1, 13, 3, 36))
    assert not settled(at_rest), "who has not moved yet may still begin"


def test_windows_pass_smoothly_into_each_other() -> None:
    t = np.arange(49) / 16
    whole = replace(resting(49), angle=np.repeat(9 * t[:, None], 3, axis=1))
    first, second = _some(whole, slice(0, 33)), _some(whole, slice(16, 49))
    second = replace(second, angle=second.angle - 4 * np.pi + 0.03, shift=second.shift + 0.05)
    made = joined([first, second], [range(33), range(16, 49)])
    assert made.count == 49
    assert np.abs(made.angle - whole.angle).max() <= 0.03 + 1e-9
    assert np.abs(np.diff(made.shift, axis=0)).max() < 0.006
    assert np.abs(np.diff(made.angle, axis=0) - 9 / 16).max() < 0.004


def _some(steps: Steps, which: slice) -> Steps:
    moving = ("shift", "angle", "shear", "scale", "opacity", "gain", "flow", "shade", "light", "patch")
    return replace(steps, **{name: getattr(steps, name)[which] for name in moving})


def test_loops_close_exactly_and_keep_their_turns() -> None:
    rng = np.random.default_rng(0)
    made = replace(
        resting(33), angle=np.linspace(0, 4 * np.pi + 0.2, 33)[:, None].repeat(3, 1), shift=rng.normal(size=(33, 3, 2))
    )
    shut = closed(made)
    assert np.allclose(shut.shift[-1], shut.shift[0])
    assert np.allclose(shut.angle[-1] - shut.angle[0], 4 * np.pi)
    assert np.allclose(shut.shift[0], made.shift[0])


@pytest.mark.parametrize("loop", [False, True])
def test_frames_between_steps_follow_the_curve(loop: bool) -> None:
    """A swing of 2 Hz, known 16 times a second, read at 60 frames: within half a percent, without corners."""
    t = np.arange(33) / 16
    made = replace(resting(33), shift=np.sin(4 * np.pi * t)[:, None, None].repeat(3, 1).repeat(2, 2))
    places = np.arange(100) / 60 * 16
    read = at_places(made, places, loop=loop).shift[:, 0, 0]
    assert np.abs(read - np.sin(4 * np.pi * np.arange(100) / 60))[4:].max() < 0.012
    corners = np.abs(np.diff(read, 2)).max()
    linear = np.interp(places, np.arange(33), made.shift[:, 0, 0])
    assert corners < 0.6 * np.abs(np.diff(linear, 2)).max()


def test_a_loop_that_turns_goes_on_turning_over_its_seam() -> None:
    made = replace(resting(33), angle=np.linspace(0, 2 * np.pi, 33)[:, None].repeat(3, 1))
    read = at_places(made, np.linspace(0, 31.9, 320), loop=True).angle[:, 0]
    assert np.allclose(np.diff(read), np.diff(read)[0], atol=1e-6)


# --- stillness and parts ---


@pytest.mark.parametrize("loop", [False, True])
def test_noise_is_stilled_and_motion_is_not(loop: bool) -> None:
    rng = np.random.default_rng(1)
    noise = {"shift": (49, 3, 2), "shear": (49, 3), "scale": (49, 3, 2), "angle": (49, 3)}
    rest = resting(49)
    shaken = replace(rest, **{n: getattr(rest, n) + rng.uniform(-0.005, 0.005, s) for n, s in noise.items()})
    quiet = stilled(shaken, loop=loop)
    for name in noise:
        assert np.array_equal(getattr(quiet, name), getattr(rest, name)), name
    bob = np.sin(np.arange(49) / 4)[:, None] * 0.2
    bobbing = replace(shaken, shift=shaken.shift + np.stack([0 * bob, bob], axis=-1))
    made = stilled(bobbing, loop=loop)
    assert not made.shift[..., 0].any()
    assert np.array_equal(made.shift[..., 1], bobbing.shift[..., 1]), "a swing keeps its middle"
    arrived = replace(shaken, shift=shaken.shift + np.maximum(0, 1 - np.arange(49) / 10)[:, None, None])
    assert not stilled(arrived, loop=False).shift[20:].any(), "what has arrived does not tremble"


def test_parts_that_do_what_the_body_does_are_no_parts() -> None:
    steps = resting()
    matte = np.full((3, 48, 48), 0.01)
    matte[1, :, :24], matte[2, :, 24:] = 0.98, 0.98
    same = motion_field(replace(steps, matte=matte), place(), timeline(Fraction(1), loop=False), Clock(RATE, 17, False))
    assert len(same.parts) == 1
    assert same.parts[0].matte is None
    tail = steps.angle.copy()
    tail[:, 2] = 0.4 * np.sin(np.arange(17))
    apart = motion_field(
        replace(steps, matte=matte, angle=tail), place(), timeline(Fraction(1), loop=False), Clock(RATE, 17, False)
    )
    body, front = apart.parts
    assert body.matte is not None
    assert front.matte is not None
    np.testing.assert_allclose(body.matte + front.matte, 1, atol=1e-6)
    assert front.matte[:, -20:].min() == 1
    assert (body.front, front.front) == (False, True)
    assert not np.abs(body.affine.matrices() - body.affine.matrices()[0]).any()
    assert np.ptp(front.affine.turn[:, 1]) > 0.3


def test_a_part_nobody_sees_is_dropped() -> None:
    matte = np.full((3, 48, 48), 0.02)
    matte[1] = 0.96
    moving = resting().angle
    moving[:, 0] = np.arange(17)
    made = motion_field(
        replace(resting(), matte=matte, angle=moving),
        place(),
        timeline(Fraction(1), loop=False),
        Clock(RATE, 17, False),
    )
    assert len(made.parts) == 1


def test_a_layer_too_faint_to_tell_its_pieces_moves_as_its_body() -> None:
    steps = resting()
    steps.shift[:, 1, 0] = 0.2 * np.sin(np.arange(17))
    faint = replace(place(), seen=np.full((48, 48), 0.1))  # a soft shadow
    (whole,) = motion_field(steps, faint, timeline(Fraction(1), loop=False), Clock(RATE, 17, False)).parts
    assert np.ptp(whole.affine.shift[:, 0]) > 0


@pytest.mark.parametrize("turns", [False, True])
def test_a_body_at_rest_does_what_a_piece_would_that_is_not_there(turns: bool) -> None:
    """A prompt without a subject may be taken for a piece's; one that stands in the layer keeps its motion."""
    steps, clock = resting(), Clock(RATE, 17, False)
    matte = np.full((3, 48, 48), 0.05)
    matte[1], matte[0, :8, :8], matte[1, :8, :8] = 0.9, 0.3, 0.65
    steps.angle[:, 0] = np.linspace(0, 2 * np.pi, 17) if turns else 0.4 * np.sin(np.arange(17))
    steps.shift[:, 0, 0] = 0.2 * np.sin(np.arange(17))
    steps = replace(steps, matte=matte)
    (whole,) = motion_field(steps, place(), timeline(Fraction(1), loop=False), clock).parts
    assert np.ptp(whole.affine.turn[:, 1]) > 0.3
    assert (np.ptp(whole.affine.shift[:, 0]) == 0) == turns, "what turns round and round does so about its middle"
    busy = replace(steps, scale=steps.scale * np.array([1, 1.3, 1])[:, None])
    (body,) = motion_field(busy, place(), timeline(Fraction(1), loop=False), clock).parts
    assert not np.ptp(body.affine.turn[:, 1]), "a body that moves by itself is left alone"
    matte[0, :8, :8], matte[1, :8, :8] = 0.9, 0.05
    _, still = motion_field(replace(steps, matte=matte), place(), timeline(Fraction(1), loop=False), clock).parts
    assert not np.ptp(still.affine.turn[:, 1])


@pytest.mark.parametrize(("axis", "side"), [(0, -1), (0, 1), (1, -1), (1, 1)])
def test_who_leaves_its_region_leaves_the_canvas(axis: int, side: int) -> None:
    canvas, box = Box(0, 0, 1000, 800), Box(430, 330, 530, 430)
    steps = resting()
    steps.shift[:, :, axis] = side * np.linspace(2.0, 0, 17)[:, None]  # region and layer are 2 units wide
    spot = replace(place(box, canvas=canvas), bounds=canvas)
    first = leaving(steps, spot).shift[0, 1] * spot.region.unit
    gone = box.shift(*(int(v) for v in np.round(first)))
    assert (gone & canvas).is_empty
    assert np.abs(first).max() < 1100
    small = replace(steps, shift=steps.shift * 0.4)
    assert np.array_equal(leaving(small, spot).shift, small.shift), "a large swing is no exit"
    given = replace(spot, bounds=box)
    assert np.abs(leaving(steps, given).shift[0]).max() < 2.1, "out of a given region is far enough"


def test_after_its_end_a_layer_is_gone_and_before_its_start_it_waits() -> None:
    steps = resting()
    steps.shift[:, :, 0] = np.linspace(-0.5, 0, 17)[:, None]
    late = place()
    late = replace(
        late, job=late.job.model_copy(update={"prompt": Prompt(text="x", start=Fraction(1, 2)), "frames": (0, 30)})
    )
    made = motion_field(steps, late, timeline(Fraction(1), loop=False), Clock(Fraction(20), 40, loop=False))
    part = made.parts[0]
    assert part.opacity is not None
    assert part.opacity.tolist() == [1.0] * 30 + [0.0] * 10
    assert np.allclose(part.affine.shift[:11, 0], part.affine.shift[0, 0])
    assert np.ptp(part.affine.shift[10:30, 0]) > 10


def test_a_patch_lies_over_and_an_empty_one_is_none() -> None:
    steps = resting()
    steps.patch[:, :, 20:30, 20:30] = 0.5
    made = motion_field(steps, place(), timeline(Fraction(1), loop=False), Clock(RATE, 17, False))
    assert made.patch is not None
    assert made.patch.values[0, :, 25, 25] == pytest.approx(0.5)
    assert (made.patch.values[:, :3] <= made.patch.values[:, 3:]).all()


def test_what_overshoots_nothing_is_nothing_and_a_flip_is_never_wider_than_its_front(batch: synth.Batch) -> None:
    field = exact_field(batch, KINDS.index("flip"))
    scale = field.track.scale.clone()
    scale[:, :8] *= 1.6  # mirrored halfway, and too wide
    scale[:, 12] = -0.2
    made = steps_of(replace(field, track=replace(field.track, scale=scale))).scale
    assert np.abs(made[..., 0]).max() <= 1
    assert (made[..., 0] < -0.5).any()
    assert (made[12] == 0).all()
