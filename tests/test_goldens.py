"""Plans and pictures as they were when somebody looked at them. `pytest --record-goldens` writes them anew: look again.

Plans are those of the examples, exactly. Pictures are strips of frames: every motion preset on a drawn design, one PNG
a family, a row a preset and slot, a column a moment. Tolerances: mean 0.4 and largest difference 24 of 255 levels; they
cover other processors' rounding at edges, and nothing that can be seen.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from drawn import disc, gradient, noise
from engine.document import Document, Layer
from engine.geometry import Box
from engine.pipeline import Request, plan_only
from engine.plan import Plan
from engine.presets import MotionPreset, motion_presets
from jobs import DESIGNS, layout_of, plan_of, stage_of

GOLDENS = Path(__file__).parent / "goldens"
MEAN, LARGEST = 0.4, 24  # of 255 levels
MOST_BYTES = 400_000
MOMENTS = (1, 4, 7, 10)  # of twelve frames
SIZE = (40, 32)
FAMILIES = ("entrance", "rigid", "deforming", "light", "camera")
Uint8 = NDArray[np.uint8]


# --- plans ---


@pytest.mark.parametrize("name", DESIGNS)
def test_the_plans_of_the_examples(name: str, record_goldens: bool) -> None:
    design, layout = DESIGNS[name]
    plan = plan_only(Request(design, Path("out"), layout=layout, device="cpu"))
    path = GOLDENS / f"plan-{name}.json"
    if record_goldens:
        GOLDENS.mkdir(exist_ok=True)
        path.write_text(json.dumps(plan.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n", "utf-8")
    golden = json.loads(path.read_text("utf-8"))
    assert differences(plan.model_dump(mode="json"), golden) == []
    assert Plan.model_validate(golden).size == plan.size


def differences(found: Any, golden: Any, place: str = "plan") -> list[str]:
    """Where two plans differ; numbers within one part in a billion are the same on every processor."""
    if isinstance(found, dict) and isinstance(golden, dict):
        keys = sorted(found.keys() | golden.keys())
        return [text for key in keys for text in differences(found.get(key), golden.get(key), f"{place}.{key}")]
    if isinstance(found, list) and isinstance(golden, list) and len(found) == len(golden):
        pairs = enumerate(zip(found, golden, strict=True))
        return [text for i, (a, b) in pairs for text in differences(a, b, f"{place}[{i}]")]
    if isinstance(found, float) and isinstance(golden, float):
        return [] if abs(found - golden) <= 1e-9 * max(1, abs(golden)) else [f"{place}: {found}, was {golden}"]
    return [] if found == golden else [f"{place}: {str(found)[:80]}, was {str(golden)[:80]}"]


def test_a_plan_that_changed_is_noticed() -> None:
    golden = json.loads((GOLDENS / "plan-logo.json").read_text("utf-8"))
    changed = json.loads(json.dumps(golden))
    changed["jobs"][1]["region"]["x0"] += 1
    changed["fps"] = "25"
    assert len(differences(changed, golden)) == 2
    del changed["jobs"][0]
    assert any(text.startswith("plan.jobs:") for text in differences(changed, golden))


# --- pictures ---


def design() -> Document:
    """A ground, a speckled disc that moves and a soft square over it, so that any mistake in a pixel shows."""
    pattern = disc(20, (220, 60, 40))
    pattern[..., :3] = (pattern[..., :3] // 4 * 3 + noise(5, 5, seed=2).repeat(4, 0).repeat(4, 1)[..., :3] // 4).astype(
        np.uint8
    )
    square = np.full((8, 8, 4), (40, 60, 220, 160), np.uint8)
    layers = (
        _layer("ground", gradient(*SIZE), 0, 0),
        _layer("disc", pattern, 10, 6),
        _layer("square", square, 22, 18),
    )
    return Document(source=Path("golden"), format="drawn", size=SIZE, children=layers)


def _layer(name: str, pixels: Uint8, x: int, y: int) -> Layer:
    box = Box.from_xywh(x, y, pixels.shape[1], pixels.shape[0])
    return Layer(id=f"#{name}", name=name, path=name, box=box, load=lambda: pixels)


def row(preset: MotionPreset, slot: str) -> Uint8:
    """(32, 160, 3): the composite at four moments, over white."""
    length = "period" if slot == "loop" else "duration"
    target = "'*'" if preset.family == "camera" else "disc"
    entry = f"  - layer: {target}\n    {slot}: {{motion: {preset.name}, {length}: 1s}}\n    seed: 5\n"
    layout = layout_of(entry, f"fps: 12, duration: 1s, loop: {'true' if slot == 'loop' else 'false'}")
    stage = stage_of(plan_of(layout, design()), design())
    frames = []
    for index in MOMENTS:
        (picture,) = stage.pictures([], range(index, index + 1), composite=True)
        assert picture.composite is not None
        frames.append(picture.composite[:3] + 1 - picture.composite[3:])
    strip = np.concatenate(frames, axis=2).transpose(1, 2, 0)
    return np.rint(np.clip(strip, 0, 1) * 255).astype(np.uint8)


def sheet(family: str) -> Uint8:
    presets = [preset for preset in motion_presets().values() if preset.family == family]
    return np.concatenate([row(preset, slot) for preset in presets for slot in preset.slots])


def compare(found: Uint8, golden: Uint8) -> list[str]:
    """What is wrong with a picture, row of frames by row of frames."""
    if found.shape != golden.shape:
        return [f"it has {found.shape[:2]} pixels, the golden {golden.shape[:2]}: a preset came or went"]
    apart = np.abs(found.astype(int) - golden.astype(int)).reshape(-1, SIZE[1], *found.shape[1:])
    wrong = [(i, each.mean(), each.max()) for i, each in enumerate(apart) if each.mean() > MEAN or each.max() > LARGEST]
    return [f"row {i}: mean {mean:.2f}, largest {largest}" for i, mean, largest in wrong]


@pytest.mark.parametrize("family", FAMILIES)
def test_every_preset_draws_what_it_drew(family: str, record_goldens: bool) -> None:
    found, path = sheet(family), GOLDENS / f"{family}.png"
    if record_goldens:
        GOLDENS.mkdir(exist_ok=True)
        Image.fromarray(found).save(path, optimize=True)
    assert compare(found, np.asarray(Image.open(path).convert("RGB"))) == []


def test_every_family_has_a_golden() -> None:
    assert {preset.family for preset in motion_presets().values()} == set(FAMILIES)


def test_the_comparator_can_fail() -> None:
    golden = np.asarray(Image.open(GOLDENS / "rigid.png").convert("RGB")).copy()
    assert compare(golden, golden) == []
    shifted = np.roll(golden, 1, axis=1)
    assert len(compare(shifted, golden)) == len(golden) // SIZE[1]
    assert compare(golden[: -SIZE[1]], golden)
    dot = golden.copy()
    dot[40, 40] ^= 0x80
    assert compare(dot, golden) == [f"row 1: mean {384 / (SIZE[0] * SIZE[1] * 4 * 3):.2f}, largest 128"]


def test_every_row_moves() -> None:
    """A preset that did nothing would have been recorded as a row of equal pictures."""
    for family in FAMILIES:
        sheet = np.asarray(Image.open(GOLDENS / f"{family}.png").convert("RGB")).astype(int)
        frames = sheet.reshape(-1, SIZE[1], len(MOMENTS), SIZE[0], 3)
        moved = np.abs(frames[:, :, 1:] - frames[:, :, :-1]).max(axis=(1, 2, 3, 4))
        assert moved.min() > 8, f"row {moved.argmin()} of {family}"


def test_goldens_stay_small() -> None:
    assert sum(path.stat().st_size for path in GOLDENS.iterdir()) < MOST_BYTES
