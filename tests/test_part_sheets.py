"""Pictures of parts: planned for what moves by a prompt, true to the field, written and listed beside the sheet."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drawn import drawn_document
from engine.geometry import trs_matrix
from engine.motion_field import AffineTrack, MotionField, Part
from engine.part_sheets import part_sheet
from engine.pictures import Stage
from engine.pipeline import run_item
from engine.plan import Plan
from engine.verify import verify
from jobs import layout_of, plan_of, request
from tiny_networks import TINY, import_networks

BLUE, ORANGE = (125, 178, 255), (255, 150, 60)
ASKED = '  - {layer: Hero/Balloon, prompt: "its right half waves"}\n  - {layer: Title, loop: bob}\n'


def planned(**choices: object) -> Plan:
    return plan_of(layout_of(ASKED, "fps: 12, duration: 1s, loop: true"), **choices)


def waving() -> MotionField:
    """The balloon (8, 4, 40, 36): its left half stands, its right half turns to and fro about (24, 20)."""
    angle = 0.5 * np.sin(2 * np.pi * np.arange(12) / 12)
    unit, none = np.stack([np.cos(angle), np.sin(angle)], axis=-1), np.zeros(12)
    matrices = trs_matrix(np.array([24.0, 20.0]), np.zeros((12, 2)), unit, none, np.ones((12, 2)))
    left = np.zeros((32, 32), np.float32)
    left[:, :16] = 1
    parts = (Part(AffineTrack.rest((20, 6), 12), left), Part(AffineTrack.of(matrices, np.array([20.0, 6])), 1 - left))
    return MotionField(Fraction(12), 12, parts, loop=True)


def drawn(field: MotionField, *, said: list[str]) -> Image.Image:
    """The balloon's page; what it says is put into `said`."""
    plan = planned()
    stage = Stage(drawn_document(), plan, {"#Balloon": field}, "cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.part_sheets.put", lambda _pen, _place, text, *_, **__: said.append(text))
        return part_sheet(stage, next(job for job in plan.jobs if job.layer == "#Balloon"))


def nearest(page: Image.Image, place: tuple[int, int]) -> str:
    pixel = np.asarray(page.getpixel(place), float)
    return "blue" if np.abs(pixel - BLUE).sum() < np.abs(pixel - ORANGE).sum() else "orange"


def test_a_picture_is_planned_for_what_moves_by_its_prompt() -> None:
    assert planned().sheets == ()
    assert [sheet.path for sheet in planned(sheet=True).sheets] == ["sheet.png", "parts/01_balloon.png"]
    assert [sheet.path for sheet in planned(sheet=True, layers="Title").sheets] == ["sheet.png"]
    plan = planned(sheet=True)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_parts_have_their_colours_and_say_what_they_do() -> None:
    said: list[str] = []
    page = drawn(waving(), said=said)
    assert said[:3] == ["Hero/Balloon", "its right half waves", "in front"]
    assert said[3:7] == ["turns -29° to 29°", "at most 11 px from rest", "body", "stands still"]
    middle = 36 + 450, 104 + 330
    assert nearest(page, (middle[0] - 60, middle[1])) == "blue"
    assert nearest(page, (middle[0] + 30, middle[1] + 20)) == "orange"


def test_one_part_is_shown_as_it_is() -> None:
    said: list[str] = []
    shift = np.stack([np.linspace(0, 9, 12), np.zeros(12)], axis=-1)
    rest = AffineTrack.rest((24, 20), 12)
    moved = AffineTrack(rest.anchor, shift, rest.turn, rest.shear, rest.scale)
    drawn(MotionField(Fraction(12), 12, (Part(moved, opacity=np.linspace(0, 1, 12)),)), said=said)
    assert said[2:6] == ["one part", "goes up to 9 px", "fades between 0 % and 100 %", "at most 9 px from rest"]


def test_nothing_to_be_seen_is_no_error() -> None:
    nowhere = Part(AffineTrack.rest((24, 20), 12), np.zeros((32, 32), np.float32))
    assert drawn(MotionField(Fraction(12), 12, (*waving().parts, nowhere)), said=[]).size == (1360, 800)


def test_the_pictures_are_written_and_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    import_networks(tmp_path / "weights")
    made = {"formats": (), "composites": (), "handoffs": ("lottie-keyframes",), "sheet": True, "weights": TINY}
    job = request(tmp_path, ASKED, "fps: 12, duration: 1s", **made)
    manifest = run_item(job)
    assert [entry.path for entry in manifest.files if entry.role == "picture"] == ["sheet.png", "parts/01_balloon.png"]
    assert Image.open(job.out / "parts" / "01_balloon.png").size == (1360, 800)
    assert not verify(job.out).problems
