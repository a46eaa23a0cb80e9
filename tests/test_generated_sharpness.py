"""Generated motion keeps the artwork: as sharp as it was made, whole under every rotation, without a trace of tokens.

The networks see a proxy picture of 96 px; the artwork is 4 times as large, or 13 times. Sharpness is the root mean
square gradient (central differences of premultiplied RGBA) of a frame over that of the layer at rest; in the plane its
square does not depend on size. What a frame should be is known: the artwork is a formula and can be drawn anew wherever
a motion carries it.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from engine.backends import Scene
from engine.backends.dmdl import Dmdl
from engine.backends.dmdl_field import Place, motion_field
from engine.backends.dmdl_files import DEFAULT, Networks, Sampling, find_weights, load_networks
from engine.backends.dmdl_plan import Clock, Member, arranged
from engine.backends.dmdl_scene import proxy
from engine.backends.dmdl_steps import steps_of, stilled
from engine.dataset.truth import spread
from engine.document import Document, Layer
from engine.geometry import Box, FloatArray, invert
from engine.layout.read import layout_from_data
from engine.model.field import Track
from engine.model.latents import BELONGS, Latents, part_latents
from engine.motion_field import MotionField, at
from engine.plan import Choices, Plan
from engine.plan.planner import make_plan
from engine.progress import Silent
from engine.render import draw, opaque_box, prepare
from engine.tile import Tile
from engine.tiling import Region, timeline

FOURFOLD, LARGE = 308, 1024  # px of the artwork: with the room around it, 4 and 13 times its proxy picture
STEPS = 17  # motion steps of a clip
KEPT = 0.95  # of the still layer's sharpness


# --- the artwork ------------------------------------------------------------------------------------------------------


def painted(x: FloatArray, y: FloatArray, side: int) -> NDArray[np.float32]:
    """(4, ...) premultiplied, at px from the middle: a lopsided leaf with rings and bars; edges are 2 px wide."""
    radius, around = np.hypot(x, y), np.arctan2(y, x)
    outline = side * (0.34 + 0.08 * np.cos(3 * around) + 0.05 * np.cos(around))
    alpha = _smooth((outline - radius) / 2 + 0.5)
    rings = _smooth(np.sin(radius * 2 * np.pi / 20) * 20 / (4 * np.pi) + 0.5)
    bars = _smooth(np.sin(x * 2 * np.pi / 26) * 26 / (4 * np.pi) + 0.5) * _smooth((y - 0.05 * side) / 2 + 0.5)
    colour = np.stack([0.9 - 0.7 * rings, 0.2 + 0.6 * bars, 0.5 + 0.4 * np.tanh(4 * x / side)])
    return np.concatenate([colour * alpha, alpha[None]]).astype(np.float32)


def _smooth(value: FloatArray) -> FloatArray:
    value = np.clip(value, 0, 1)
    return np.asarray(value * value * (3 - 2 * value))


def carried(matrix: FloatArray, canvas: Box, side: int) -> torch.Tensor:
    """(4, h, w): the artwork drawn anew where an affine (2, 3) carries it."""
    y, x = np.mgrid[canvas.y0 : canvas.y1, canvas.x0 : canvas.x1] + 0.5
    pull = invert(matrix)
    there = [pull[i, 0] * x + pull[i, 1] * y + pull[i, 2] - c for i, c in enumerate(canvas.center)]
    return torch.from_numpy(painted(there[0], there[1], side))


def canvas_of(side: int) -> Box:
    """With room to bob."""
    return Box(0, 0, side, side).grow(side // 4)


@lru_cache(2)
def still_of(side: int) -> Tile:
    """The layer at rest, in the middle of its canvas."""
    canvas = canvas_of(side)
    return Tile(canvas, carried(np.eye(3)[:2], canvas, side)).cropped(canvas.grow(-(side // 4)))


def document_of(side: int) -> Document:
    still = still_of(side)
    alpha = still.rgba[3:].clamp(min=1e-6)
    pixels = torch.cat([(still.rgba[:3] / alpha).clamp(0, 1), still.rgba[3:]]).permute(1, 2, 0).contiguous().numpy()
    layer = Layer(id="#0", name="Leaf", path="Leaf", load=lambda: pixels, box=still.box)
    return Document(source=Path("made"), format="drawn", size=canvas_of(side).size, children=(layer,), bits=32)


# --- measures ---------------------------------------------------------------------------------------------------------


def sharpness(rgba: torch.Tensor) -> float:
    """Root mean square gradient, per px of the picture."""
    across, down = rgba[:, 1:-1, 2:] - rgba[:, 1:-1, :-2], rgba[:, 2:, 1:-1] - rgba[:, :-2, 1:-1]
    return float((across.square() + down.square()).mean().sqrt())


def decibels(squares: torch.Tensor) -> float:
    return -10 * float(torch.log10(squares.mean() + 1e-12))


def on_borders(matrix: FloatArray, canvas: Box, region: Region) -> torch.Tensor:
    """(h, w): pixels that show a border of tokens, or what lies within 1.5 px of one, of a layer so carried."""
    y, x = np.mgrid[canvas.y0 : canvas.y1, canvas.x0 : canvas.x1] + 0.5
    pull = invert(matrix)
    places = [(pull[i, 0] * x + pull[i, 1] * y + pull[i, 2] - region.corners[i]) / region.cell for i in (0, 1)]
    return torch.from_numpy(np.minimum(*(np.abs(place - np.round(place)) for place in places)) * region.cell < 1.5)


@pytest.mark.parametrize("side", [FOURFOLD, LARGE])
def test_the_measure_sees_what_plain_reading_between_pixels_loses(side: int) -> None:
    rest = still_of(side).placed(canvas_of(side))
    assert sharpness(F.avg_pool2d(rest, 2, 1)) < 0.92 * sharpness(rest)


# --- latents that are known, through the shipped decoder --------------------------------------------------------------


@pytest.fixture(scope="module")
def networks() -> Networks:
    return load_networks(find_weights(DEFAULT))


def planned(side: int, prompt: str) -> tuple[Plan, Member]:
    entry = {"layer": "Leaf", "prompt": prompt, "seed": 1}
    layout = layout_from_data({"canvas": {"fps": 16, "duration": "1s", "loop": False}, "layers": [entry]})
    plan = make_plan(document_of(side), layout, Choices(steps=6), [Dmdl.info])
    jobs = [job for job in plan.jobs if job.prompt is not None]
    return plan, arranged(jobs, plan.canvas, clock_of(plan), Sampling())[0].members[0]


def clock_of(plan: Plan) -> Clock:
    return Clock(plan.fps, plan.frames, plan.loop)


def turned(angles: FloatArray) -> Track:
    """All parts turned about the anchor, a step an angle."""
    angle = torch.tensor(angles, dtype=torch.float32)[None, :, None]
    turn, one = torch.stack([angle.cos(), angle.sin()], -1), torch.ones_like(angle)
    return spread(Track(torch.zeros_like(turn), turn, torch.zeros_like(one), torch.ones_like(turn), one, one))


def decoded(networks: Networks, side: int, angles: FloatArray, flow: float) -> tuple[MotionField, Region]:
    """Turns as latents, with a flow of chance of that size, and all that `art animate` does with latents."""
    plan, member = planned(side, "it turns")
    seen = proxy(still_of(side), member.region)
    parts = part_latents(turned(angles))
    channels = networks.autoencoder.config.token_latents
    tokens = torch.zeros(1, parts.shape[1], member.region.rows, member.region.columns, channels)
    tokens[..., :-BELONGS] = flow * torch.randn(
        tokens[..., :-BELONGS].shape, generator=torch.Generator().manual_seed(1)
    )
    with torch.no_grad():
        field = networks.autoencoder.decode(Latents(tokens, parts), seen)
    alpha = F.avg_pool2d(seen[:, 3:], 2)[0, 0].double().numpy()
    place = Place.of(member, still_of(side).box, plan.canvas, alpha)
    line = timeline(Fraction(len(angles) - 1, 16), loop=False)
    made = motion_field(stilled(steps_of(field), loop=False), place, line, clock_of(plan))
    return made, member.region


def frame(field: MotionField, side: int, step: int) -> torch.Tensor:
    """(4, h, w) over the canvas."""
    canvas = canvas_of(side)
    return draw(prepare(still_of(side), field), at(field, step / 16), canvas).placed(canvas)


def rotation(angle: float, anchor: FloatArray) -> FloatArray:
    """(2, 3) about a place of the canvas."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.concatenate([turn, (anchor - turn @ anchor)[:, None]], axis=1)


@pytest.mark.parametrize(("side", "first"), [(FOURFOLD, 0.0), (FOURFOLD, 2.0), (LARGE, 4.0)])
def test_a_rotation_by_any_angle_is_the_artwork_drawn_anew(networks: Networks, side: int, first: float) -> None:
    """No tearing: one whole part that nothing bends, every pixel and the coverage what the formula says; and sharp."""
    angles = first + np.arange(STEPS) * np.radians(23.0)
    field, region = decoded(networks, side, angles, flow=0)
    part, canvas, rest = field.parts[0], canvas_of(side), still_of(side).placed(canvas_of(side))
    assert (len(field.parts), part.matte, part.flow, field.patch) == (1, None, None, None)
    assert np.abs(part.affine.anchor - opaque_box(still_of(side)).center).max() < region.cell / 8, "two proxy px"
    borders, elsewhere = [], []
    for step in range(1, STEPS - 1, 1 if side == FOURFOLD else 5):
        wanted = rotation(angles[step], part.affine.anchor)
        assert np.abs(at(field, step / 16).parts[0].matrix - wanted).max() < 0.01
        drawn, anew = frame(field, side, step), carried(wanted, canvas, side)
        error, near = (drawn - anew).square().mean(0), on_borders(wanted, canvas, region)
        covered = anew[3] > 0
        assert decibels(error[covered]) > 38
        assert (drawn - anew).abs().max() < 0.3, "an edge may lie a quarter of a pixel aside, nothing more"
        assert float(drawn[3].sum() / rest[3].sum()) == pytest.approx(1, abs=1e-4)
        assert sharpness(drawn) > KEPT * sharpness(rest)
        borders.append(float(error[covered & near].mean()))
        elsewhere.append(float(error[covered & ~near].mean()))
    assert np.mean(borders) < 1.1 * np.mean(elsewhere), "a seam would stand out"


def bends(values: FloatArray) -> FloatArray:
    """(n - 2,): the largest second difference of a flow (t, n, n, 2) on each column of places."""
    return np.asarray(np.abs(np.diff(values, 2, axis=2)).max(axis=(0, 1, 3)))


@pytest.mark.parametrize("side", [FOURFOLD, LARGE])
def test_where_tokens_meet_the_flow_bends_no_more_than_elsewhere(networks: Networks, side: int) -> None:
    """Each token pulls as chance says; a flow of one value a token, which is all seams, fails the same measure."""
    field, region = decoded(networks, side, np.zeros(STEPS), flow=0.3)
    flow = field.parts[0].flow
    assert flow is not None
    assert np.abs(flow.values).max() > region.unit * 0.01
    count = 16 * region.columns
    x0, y0, x1, y1 = region.corners
    x, y = np.meshgrid(*(low + (np.arange(count) + 0.5) / count * (high - low) for low, high in ((x0, x1), (y0, y1))))
    points = np.broadcast_to(np.stack([x, y], -1).reshape(1, -1, 2), (field.frames, count * count, 2))
    read = flow.read(points).reshape(-1, count, count, 2)
    at_border = np.isin(np.arange(1, count - 1) % 16, (0, 15))
    assert bends(read)[at_border].max() <= bends(read)[~at_border].max()
    steps = read[:, :, np.arange(count) // 16 * 16 + 8]
    assert bends(steps)[at_border].max() > 4 * bends(read).max()


# --- prompts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [FOURFOLD, LARGE])
@pytest.mark.parametrize("prompt", ["it bobs up and down", "it spins clockwise"])
def test_generated_motion_is_as_sharp_as_the_artwork(networks: Networks, prompt: str, side: int) -> None:
    plan, member = planned(side, prompt)
    canvas, still = plan.canvas, still_of(side)
    scene = Scene(canvas, plan.fps, plan.frames, plan.loop, plan.seed, "cpu", lambda _: still)
    field = Dmdl(networks).animate([member.job], scene, Silent())["#0"]
    rest = still.placed(canvas)
    for step in range(2, 16, 4):
        drawn, moved = frame(field, side, step), at(field, step / 16).parts[0]
        assert (drawn - rest).abs().max() > 0.5, "it moves"
        area = float(np.linalg.det(moved.matrix[:, :2]))
        assert float(drawn[3].sum() / rest[3].sum()) == pytest.approx(area, rel=0.005), "whole, nothing torn off"
        assert sharpness(drawn) > KEPT * sharpness(rest)
