"""What a moving part uncovers: the still is completed there, at rest it is itself, and nothing grows out of it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.dataset.drawings import draw as draw_object
from engine.geometry import Box
from engine.motion_algebra import over_motion
from engine.motion_field import AffineTrack, Float32, MotionField, Part, at, rest_field
from engine.render import draw, prepare
from engine.render.plate import lifted, membrane, sources
from engine.tile import Tile

SIDE = 160
BOX = Box(0, 0, SIDE, SIDE)
DIAL, HAND = (0.9, 0.7, 0.4), (0.1, 0.1, 0.5)


def disc(x: float, y: float, radius: float) -> Tensor:
    """(1, h, w) coverage, antialiased."""
    down, across = torch.meshgrid(torch.arange(SIDE) + 0.5, torch.arange(SIDE) + 0.5, indexing="ij")
    return (radius + 0.5 - torch.hypot(across - x, down - y)).clamp(0, 1)[None]


def bar(x0: float, y0: float, x1: float, y1: float) -> Tensor:
    cover = torch.zeros(1, SIDE, SIDE)
    cover[:, int(y0) : int(y1), int(x0) : int(x1)] = 1
    return cover


def painted(cover: Tensor, colour: tuple[float, float, float]) -> Tensor:
    return torch.cat([cover * torch.tensor(colour)[:, None, None], cover])


def over(front: Tensor, back: Tensor) -> Tensor:
    return front + back * (1 - front[3:])


def coarse(cover: Tensor, still: Tensor, cell: int = 5) -> Tensor:
    """The matte of a front part as a network says it: means of cells, read smoothly."""
    means = torch.nn.functional.avg_pool2d(cover, cell) / torch.nn.functional.avg_pool2d(still[3:], cell).clamp(
        min=0.01
    )
    return torch.nn.functional.interpolate(means[None], (SIDE, SIDE), mode="bilinear")[0].clamp(0, 1)


def noise(seed: int) -> Tensor:
    rgba = torch.rand(4, SIDE, SIDE, generator=torch.Generator().manual_seed(seed))
    rgba[:3] *= rgba[3:]
    return rgba


@pytest.mark.parametrize("hand", [bar(60, 75, 140, 85), bar(78, 20, 82, 90)], ids=["wide", "thin"])
def test_a_hand_leaves_the_dial_whole(hand: Tensor) -> None:
    dial = painted(disc(80, 80, 70), DIAL)
    hand = hand * (disc(80, 80, 64) > 0)
    still = over(painted(hand, HAND), dial)
    part, plate = lifted(still, coarse(hand, still))
    assert (plate - dial).abs().max() < 0.02
    assert (part[3] - hand[0]).abs().mean() < 0.002
    assert (part - painted(hand, HAND)).abs().mean() < 0.002


def test_what_stood_out_over_nothing_leaves_nothing() -> None:
    body, tail = painted(disc(60, 80, 40), DIAL), bar(96, 74, 150, 86)
    still = over(painted(tail, HAND), body)
    part, plate = lifted(still, coarse(tail, still))
    assert not plate[:, :, 108:].any(), "but for a stump no longer than half the tail is wide"
    assert (plate - body).abs().mean() < 0.002
    torch.testing.assert_close(part[:, :, 112:], still[:, :, 112:])


def test_an_outline_goes_on_beneath_the_part() -> None:
    """A hand that crosses the rim: body inside, nothing outside, and nothing between but an antialiased edge."""
    body, arm = bar(0, 60, SIDE, SIDE), bar(70, 20, 90, 100)
    still = over(painted(arm, HAND), painted(body, DIAL))
    _, plate = lifted(still, coarse(arm, still))
    edge = (plate[3] > 0.02) & (plate[3] < 0.98)
    assert edge.sum(0).max() <= 3
    height = plate[3].sum(0)
    assert (height - 100).abs().max() < 2.5


@pytest.mark.parametrize("seed", range(3))
def test_at_rest_the_parts_are_the_still(seed: int) -> None:
    """Opaque, translucent, empty, antialiased and noisy pixels, under any mattes."""
    glass = noise(seed)
    glass[:, 40:80] = painted(bar(0, 40, SIDE, 80), DIAL)[:, 40:80]
    glass[:, 80:100] = 0.5 * glass[:, 80:100]
    glass[:, 120:140] = 0
    share = torch.nn.functional.avg_pool2d(noise(seed + 9)[None, :3], 31, 1, 15)[0]
    mattes = torch.softmax(40 * share, 0).numpy()
    rest = AffineTrack.rest((80, 80), 1)
    parts = tuple(Part(rest, mattes[k], front=k == 2) for k in range(3))
    rear, body, front = sources(glass, parts)
    assert (over(front, rear + body) - glass).abs().max() < 2e-6
    for picture in (rear, body, front):
        assert (picture >= 0).all()
        assert (picture[:3] <= picture[3:] + 1e-6).all()
        assert picture.max() <= 1
    field = MotionField(Fraction(30), 1, parts)
    drawn = draw(prepare(Tile(BOX, glass), field), at(field, 0), BOX).placed(BOX)
    assert (drawn - glass).abs().max() < 2e-6


def moved(front: Float32, shift: tuple[float, float], *, complete: bool) -> MotionField:
    still, there = AffineTrack.rest((80, 80), 1), AffineTrack.rest((80, 80), 1)
    there = replace(there, shift=np.array([shift], float))
    return MotionField(Fraction(30), 1, (Part(still, 1 - front), Part(there, front, front=complete)))


@pytest.mark.parametrize("family", ["wall clock", "fish", "rabbit", "elephant", "drum", "letter box"])
def test_a_drawing_is_nearer_to_itself_than_with_a_hole(family: str) -> None:
    """Drawings are complete under their fronts: what the renderer shows, against what is there."""
    rear, body, front = torch.from_numpy(draw_object(family, 4, SIDE).pieces).permute(0, 3, 1, 2).float() / 255
    back = over(body, rear)
    still = over(front, back)
    matte = coarse(front[3:], still)
    true = over(torch.roll(front, (12, 16), (1, 2)), back)
    seen = torch.maximum(front[3], torch.roll(front[3], (12, 16), (0, 1))) > 0.02
    errors = []
    for complete in (True, False):
        field = moved(matte[0].numpy(), (16, 12), complete=complete)
        drawn = draw(prepare(Tile(BOX, still), field), at(field, 0), BOX).placed(BOX)
        errors.append(float((drawn - true)[:, seen].square().mean()))
    assert errors[0] < 0.8 * errors[1]


def test_parts_that_move_together_show_no_seam() -> None:
    dial = painted(disc(80, 80, 70), DIAL)
    hand = bar(60, 75, 140, 85) * (disc(80, 80, 64) > 0)
    still = over(painted(hand, HAND), dial)
    matte = coarse(hand, still)[0].numpy()
    track = AffineTrack.rest((80, 80), 1)
    track = replace(track, shift=np.array([[0.4, 0.3]]), turn=np.array([[np.cos(0.2), np.sin(0.2)]]))
    whole = MotionField(Fraction(30), 1, (Part(track),))
    both = replace(whole, parts=(Part(track, 1 - matte), Part(track, matte, front=True)))
    one, two = (draw(prepare(Tile(BOX, still), field), at(field, 0), BOX).placed(BOX) for field in (whole, both))
    assert (one - two).abs().mean() < 0.001
    assert (one - two).abs().max() < 0.1, "but for what sharpening does at the edges of both"


def test_a_front_part_stays_one_when_an_outer_motion_carries_it() -> None:
    inner = moved(np.ones((SIDE, SIDE), np.float32), (3, 2), complete=True)
    outer = rest_field((80, 80), Fraction(30), 1)
    assert [part.front for part in over_motion(outer, inner, BOX).parts] == [False, True]
    assert [part.front for part in at(inner, 0).parts] == [False, True]


def test_a_plate_is_the_same_every_time() -> None:
    still, matte = noise(1), coarse(disc(70, 60, 30), torch.ones(4, SIDE, SIDE))
    first, second = lifted(still, matte), lifted(still, matte)
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])


def test_cuda_makes_the_same_plate() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    dial, hand = painted(disc(80, 80, 70), DIAL), bar(60, 75, 140, 85)
    still = over(painted(hand, HAND), dial)
    here = lifted(still, coarse(hand, still))
    there = lifted(still.cuda(), coarse(hand, still).cuda())
    for one, other in zip(here, there, strict=True):
        assert (one - other.cpu()).abs().max() < 1e-4


def test_a_part_that_is_nowhere_leaves_all_as_it_is() -> None:
    still = noise(2)
    part, plate = lifted(still, torch.zeros(1, SIDE, SIDE))
    assert not part.any()
    assert torch.equal(plate, still)


def test_a_membrane_keeps_what_is_known_and_is_smooth_between() -> None:
    ramp = torch.linspace(0, 1, SIDE).expand(1, SIDE, SIDE).clone()
    known = 1 - bar(50, 50, 110, 110)
    filled = membrane(ramp * known, known)
    assert torch.equal(filled * known, ramp * known)
    assert (filled - ramp).abs().max() < 0.1
