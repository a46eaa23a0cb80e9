"""The judge of prompts: exact motions satisfy their own predicate alone, noise satisfies none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engine.evaluation.clip import make_clip, read_clip
from engine.evaluation.measure import Motion, measure
from engine.evaluation.modifiers import amount, differ, obeys, rate
from engine.evaluation.predicates import PREDICATES, implied
from engine.pipeline import Request, run_item

SPIN = "loop: {motion: spin, direction: %s}"
SLIDE = "%s: {motion: slide, direction: %s}"
FLIP = "keyframes: {scale: [{at: 0s, value: [1, 1]}, {at: 1s, value: [-1, 1]}, {at: 2s, value: [1, 1]}]}"
LOOPS = ("bob", "sway", "swing", "pulse", "shake", "wave", "flicker", "bounce", "orbit", "heartbeat")
EXACT = {
    **{kind: f"loop: {kind}" for kind in LOOPS},
    "spin_cw": SPIN % "clockwise", "spin_ccw": SPIN % "counterclockwise", "jelly": "loop: squash", "flip": FLIP,
    "in_left": SLIDE % ("in", "right"), "in_right": SLIDE % ("in", "left"), "in_top": SLIDE % ("in", "down"),
    "in_bottom": SLIDE % ("in", "up"), "out_left": SLIDE % ("out", "left"), "out_top": SLIDE % ("out", "up"),
    "fade_in": "in: fade", "fade_out": "out: fade", "pop": "in: pop",
    "grow": "in: {motion: grow, overshoot: 0}", "shrink": "out: {motion: grow, overshoot: 0}",
}  # fmt: skip


def artwork() -> Image.Image:
    """A paper plane of sorts: nothing in it is symmetrical."""
    image = Image.new("RGBA", (200, 180))
    draw = ImageDraw.Draw(image)
    draw.polygon([(50, 50), (150, 70), (105, 140)], fill=(200, 40, 40, 255))
    draw.ellipse((55, 50, 90, 85), fill=(250, 220, 40, 255))
    draw.rectangle((98, 95, 130, 132), fill=(30, 70, 160, 255))
    return image


def exported(folder: Path, motion: str, seed: int = 0) -> Motion:
    """The motion of an exact layout, measured on the FFV1 file that the pipeline wrote."""
    (folder / "in").mkdir()
    picture = artwork()
    picture.save(folder / "in" / "01 Thing.png")
    loops = "true" if "loop:" in motion else "false"
    head = f"version: 1\ncanvas: {{fps: 16, duration: 3s, loop: {loops}}}\nlayers:\n"
    (folder / "motion.yaml").write_text(f"{head}  - {{layer: Thing, {motion}}}\n", "utf-8")
    request = Request(
        folder / "in", folder / "out", folder / "motion.yaml", formats=("ffv1",), composites=(), seed=seed,
        size="original", device="cpu",
    )  # fmt: skip
    run_item(request)
    return measure(read_clip(next((folder / "out").rglob("*.mkv")), np.array(picture), 16))


def satisfied(motion: Motion) -> set[str]:
    return {kind for kind, predicate in PREDICATES.items() if predicate(motion).ok}


@pytest.mark.parametrize("kind", EXACT)
def test_an_exact_motion_is_what_it_is_and_nothing_else(kind: str, tmp_path: Path) -> None:
    motion = exported(tmp_path, EXACT[kind])
    assert PREDICATES[kind](motion).ok, PREDICATES[kind](motion).reasons
    assert satisfied(motion) - {kind} <= implied(kind, loop=motion.loop)


def test_a_still_clip_is_still_and_moves_in_no_way() -> None:
    picture = np.array(artwork())
    assert satisfied(measure(make_clip([picture] * 24, picture, 16))) == {"still"}


def test_noise_and_emptiness_satisfy_nothing() -> None:
    picture = np.array(artwork())
    noise = np.random.default_rng(0).integers(0, 255, (12, *picture.shape), dtype=np.uint8)
    assert satisfied(measure(make_clip(noise, picture, 16))) == set()
    assert satisfied(measure(make_clip(np.zeros_like(noise), picture, 16))) == set()


def test_words_of_speed_and_strength_are_measured(tmp_path: Path) -> None:
    plain, quick, weak = (tmp_path / name for name in ("plain", "quick", "weak"))
    for folder in (plain, quick, weak):
        folder.mkdir()
    usual = exported(plain, "loop: {motion: bob, period: 1.5s, amount: 6%}")
    fast = exported(quick, "loop: {motion: bob, period: 0.75s, amount: 6%}")
    gentle = exported(weak, "loop: {motion: bob, period: 1.5s, amount: 3%}")
    assert rate(usual, "bob") == pytest.approx(1 / 1.5, rel=0.05)
    assert obeys(1, rate(fast, "bob"), rate(usual, "bob"))
    assert not obeys(-1, rate(fast, "bob"), rate(usual, "bob"))
    assert amount(gentle, "bob") == pytest.approx(amount(usual, "bob") / 2, rel=0.05)
    assert obeys(-1, amount(gentle, "bob"), amount(usual, "bob"))
    assert differ(usual, gentle)
    assert not differ(usual, usual)


def test_a_clip_of_another_size_or_without_a_layer_is_refused() -> None:
    picture = np.array(artwork())
    with pytest.raises(ValueError, match="200x180"):
        make_clip([picture[:10]], picture, 24)
    with pytest.raises(ValueError, match="empty"):
        make_clip([picture], np.zeros_like(picture), 24)
