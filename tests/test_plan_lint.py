"""Motion lint: says what is wrong, with its measure and place; nothing of what is fine; is true to the renderer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from drawn import bar, disc, drawn_document, write_psd
from engine.document import Document, Layer
from engine.geometry import Box
from engine.layout.read import parse_layout
from engine.pipeline import Request, plan_only
from engine.plan import Finding, Plan
from engine.plan.lint import RULES, lint
from engine.plan.lint_time import FLASH_AREA, opposing_changes
from engine.recipes import whole_recipe
from jobs import DESIGNS, layout_of, layout_text, plan_of, stage_of
from test_cli import art
from test_docs import coded, rows, section

Uint8 = NDArray[np.uint8]
SIZE = (320, 180)
CLIP = "fps: 20, duration: 2s"
STILL = "fps: 20, duration: 2s, loop: false"
WHITE, BLACK = (255, 255, 255, 255), (0, 0, 0, 255)


def layer(name: str, pixels: Uint8, x: int = 0, y: int = 0, **more: Any) -> Layer:
    box = Box.from_xywh(x, y, pixels.shape[1], pixels.shape[0])
    return Layer(id=f"#{name}", name=name, path=name, box=box, load=lambda: pixels, **more)


def design(*layers: Layer) -> Document:
    return Document(source=Path("drawn"), format="drawn", size=SIZE, children=layers)


GROUND = layer("ground", bar(*SIZE, WHITE))
BALL = layer("ball", disc(60, (200, 40, 30)), 130, 60)


def findings(document: Document, layers: str, canvas: str = CLIP, rest: str = "") -> list[Finding]:
    layout = layout_of(layers, canvas, rest)
    return list(lint(document, layout, plan_of(layout, document)))


def names(found: list[Finding]) -> list[str]:
    return [each.rule for each in found]


def only(found: list[Finding], rule: str) -> Finding:
    assert names(found) == [rule], found
    assert found[0].hint
    assert found[0].unit
    return found[0]


# --- the seam ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("does", "said"),
    [
        ("keyframes: {opacity: [{at: 0s, value: 0.2}, {at: 1.8s, value: 1}]}", "its keyframes end at another place"),
        ("keyframes: {opacity: [{at: 0s, value: 1}, {at: 1s, value: 0}, {at: 2s, value: 1}]}", ""),
        ("keyframes: {rotation: [{at: 0s, value: 0}, {at: 2s, value: 1turn}]}", ""),  # ends as it looks at first
        ('path: {d: "M 0 0 L 40 0"}', "its path ends at another place"),
        ('path: {d: "M 0 0 L 40 0 L 0 0"}', ""),
        ("in: {motion: fade, duration: 0.6s}", "it comes in but does not go out"),
        ("in: {motion: slide, duration: 0.6s}", "it comes in but does not go out"),
        ("in: {motion: zoom, duration: 0.6s}", "it comes in but does not go out"),
        ("out: {motion: fade, duration: 0.6s}", "it goes out but does not come in"),
        ("in: {motion: drop, duration: 0.6s}, out: {motion: fade, duration: 0.6s}", ""),
        ("loop: bob", ""),
        ("loop: {motion: wiggle, period: 0.5s}", ""),
    ],
)
def test_a_loop_that_jumps_says_so(does: str, said: str) -> None:
    document = design(BALL)
    found = [each for each in findings(document, f"  - {{layer: ball, {does}}}\n") if each.rule == "seam"]
    assert [each.message.startswith(said) for each in found] == [True] * bool(said)
    assert all("so the loop jumps" in each.message and each.value > 1 for each in found)
    assert "seam" not in names(findings(document, f"  - {{layer: ball, {does}}}\n", STILL))


def test_the_jump_of_a_path_is_its_length() -> None:
    found = only(findings(design(BALL), '  - {layer: ball, path: {d: "M 0 0 L 40 0", duration: 1s}}\n'), "seam")
    assert (found.value, found.unit) == (40, "px")


@pytest.mark.parametrize(
    "does",
    [
        'path: {d: "M 0 0 C 30 0 30 20 0 20 Z", duration: 2s}',
        "keyframes: {position: [{at: 0s, value: [0, 0]}, {at: 1s, value: [30, 0]}, {at: 2s, value: [0, 0]}]}",
    ],
)
def test_what_closes_goes_on_past_the_seam_when_it_starts_late(does: str) -> None:
    assert names(findings(design(BALL), f"  - {{layer: ball, start: 0.7s, {does}}}\n")) == []


# --- edges ------------------------------------------------------------------------------------------------------------

DRIFT = "  - {layer: ground, loop: {motion: drift, period: 2s, amount: 4%}}\n"


def test_an_edge_laid_bare_is_as_wide_as_it_is_drawn() -> None:
    document, layout = design(GROUND), layout_of(DRIFT, CLIP)
    plan = plan_of(layout, document)
    found = only(list(lint(document, layout, plan)), "edge")
    drawn = [each.composite for each in stage_of(plan, document).pictures((), range(40), composite=True)]
    columns = [(picture[3] < 0.5).all(axis=0) for picture in drawn if picture is not None]
    widest = {
        "left": max(int(np.argmin(bare)) for bare in columns),
        "right": max(int(np.argmin(bare[::-1])) for bare in columns),
    }
    assert found.value == pytest.approx(max(widest.values()), abs=1)
    assert max(widest, key=lambda side: widest[side]) in found.message


def fading() -> Uint8:
    pixels = bar(*SIZE, WHITE)
    across, down = (np.sin(np.linspace(0, np.pi, side)) for side in SIZE)
    pixels[..., 3] = np.rint(255 * down[:, None] * across)
    return pixels


@pytest.mark.parametrize(
    ("ground", "does"),
    [
        (
            layer("ground", bar(SIZE[0] + 60, SIZE[1] + 60, WHITE), -30, -30),
            "drift, amount: 4%",
        ),  # painted past the edges
        (layer("ground", fading()), "drift, amount: 4%"),
        (GROUND, "breathe"),  # grows from its middle and is never smaller than at rest
        (layer("ground", bar(100, 60, WHITE), 100, SIZE[1] - 60), "bend, amount: 10%"),  # rooted at its foot
    ],
)
def test_edges_that_stay_covered(ground: Layer, does: str) -> None:
    assert "edge" not in names(findings(design(ground), f"  - {{layer: ground, loop: {{motion: {does}}}}}\n"))


def test_a_camera_bares_no_edge() -> None:
    document = design(GROUND, BALL)
    for camera in ("kenburns", "parallax", "orbit-camera", "dolly"):
        assert names(findings(document, "  - {layer: ball, hold: true}\n", f"{CLIP}, camera: {camera}")) == []


# --- cut off ----------------------------------------------------------------------------------------------------------


def test_a_layer_that_leaves_the_canvas() -> None:
    right = layer("ball", disc(60, (200, 40, 30)), 255, 60)  # 5 px from the edge
    does = "  - {layer: ball, loop: {motion: drift, period: 2s, amount: 6%}}\n"
    assert "right edge of the canvas" in only(findings(design(right), does), "cut").message
    assert names(findings(design(BALL), does)) == []


def test_a_round_layer_may_turn_where_its_box_would_not() -> None:
    corner = layer("ball", disc(60, (200, 40, 30)), 2, 2)
    assert names(findings(design(corner), "  - {layer: ball, loop: {motion: spin, period: 2s}}\n")) == []
    square = layer("ball", bar(60, 60, WHITE), 2, 2)
    assert names(findings(design(square), "  - {layer: ball, loop: {motion: spin, period: 2s}}\n")) == ["cut"]


def test_a_layer_that_leaves_its_region() -> None:
    does = "  - {layer: ball, region: [100, 40, 120, 100], loop: {motion: drift, period: 2s, amount: 20%}}\n"
    found = only(findings(design(BALL), does), "cut")
    assert "its region" in found.message
    assert (found.line, found.column) == (4, 27)


@pytest.mark.parametrize("does", ["in: slide, out: slide", 'path: "M 0 0 H 400 V -400 H 0 Z"'])
def test_leaving_on_purpose_is_fine(does: str) -> None:
    assert "cut" not in names(findings(design(BALL), f"  - {{layer: ball, {does}}}\n"))


def test_motion_that_nobody_sees() -> None:
    does = "  - {layer: ball, loop: {motion: drift, period: 2s, amount: %s}}\n"
    assert only(findings(design(BALL), does % "0.05%"), "unseen").level == "note"
    assert names(findings(design(BALL), does % "1%")) == []


# --- everything at once -----------------------------------------------------------------------------------------------

FIVE = tuple(layer(f"dot {index}", disc(20, (200, 40, 30)), 20 + 55 * index, 80) for index in range(5))


def test_everything_at_once() -> None:
    does = "  - {layer: 'dot *', loop: {motion: bob, period: 2s}%s}\n"
    assert only(findings(design(*FIVE), does % ""), "at-once").value == 5
    assert names(findings(design(*FIVE), does % ", stagger: 90ms")) == []
    assert names(findings(design(GROUND, *FIVE), does % "")) == []  # the ground rests
    assert names(findings(design(*FIVE[:4]), does % "")) == []


# --- flashes ----------------------------------------------------------------------------------------------------------


def blinking(times: int) -> str:
    """Opacity on and off `times` in each of two seconds."""
    moments = [index / (2 * times) for index in range(4 * times + 1)]
    keys = ", ".join(f"{{at: {at:.4f}s, value: {index % 2}}}" for index, at in enumerate(moments))
    return f"  - {{layer: flash, keyframes: {{opacity: [{keys}]}}}}\n"


def test_flashes_are_counted() -> None:
    flash = layer("flash", bar(200, 120, WHITE), 60, 30)
    found = only(findings(design(layer("ground", bar(*SIZE, BLACK)), flash), blinking(5)), "flash")
    assert (found.value, found.level) == (5, "warning")
    assert "WCAG 2.3.1" in found.message


@pytest.mark.parametrize(
    ("under", "color", "size", "times"),
    [
        (BLACK, WHITE, (200, 120), 3),  # three are allowed
        (BLACK, WHITE, (40, 30), 5),  # small
        (BLACK, (60, 60, 60, 255), (200, 120), 5),  # of hardly another luminance
        (WHITE, (240, 240, 240, 255), (200, 120), 5),  # bright on bright
    ],
)
def test_what_is_no_flash(under: Any, color: Any, size: tuple[int, int], times: int) -> None:
    flash = layer("flash", bar(*size, color), 60, 30)
    assert names(findings(design(layer("ground", bar(*SIZE, under)), flash), blinking(times))) == []


def test_the_area_of_a_flash_is_that_of_the_criterion() -> None:
    assert pytest.approx(21824 / (1024 * 768)) == FLASH_AREA


def test_opposing_changes() -> None:
    assert opposing_changes(np.array([0, 1, 0, 1, 0.0])) == [1, 2, 3, 4]
    assert opposing_changes(np.array([0, 0.3, 0.6, 0.9, 0.0])) == [1, 4]  # going on is one change
    assert opposing_changes(np.array([0.5, 0.55, 0.5, 0.55])) == []
    assert opposing_changes(np.array([0.85, 1.0, 0.85, 1.0])) == []  # the darker state is bright
    assert opposing_changes(np.array([0.3, 0.36, 0.42])) == [2]  # slowly, but by a tenth


# --- text -------------------------------------------------------------------------------------------------------------


def words(text: str) -> Layer:
    return layer("Words", bar(120, 20, BLACK), 100, 80, kind="text", text=text)


def test_text_that_moves_too_fast() -> None:
    fast = '  - {layer: Words, path: {d: "M 0 0 H 90 H -90 H 0", duration: 400ms, easing: linear}, end: 400ms}\n'
    found = only(findings(design(words("one")), fast, STILL), "text")
    assert found.unit == "heights a second"
    assert found.value == pytest.approx(360 / 0.4 / 20, rel=0.1)
    slow = '  - {layer: Words, path: {d: "M 0 0 H 90 H -90 H 0", duration: 2s, easing: linear}}\n'
    assert names(findings(design(words("one")), slow)) == []


@pytest.mark.parametrize(("name", "read"), [("Titel", True), ("見出し", True), ("Star copy", False)])
def test_pictures_of_words_are_text_by_their_names_in_any_language(name: str, read: bool) -> None:
    fast = f'  - {{layer: {name}, path: {{d: "M 0 0 H 90 H -90 H 0", duration: 400ms, easing: linear}}, end: 400ms}}\n'
    found = findings(design(layer(name, bar(120, 20, BLACK), 100, 80)), fast, STILL)
    assert ("text" in names(found)) == read


def test_text_that_is_there_too_briefly() -> None:
    does = "  - {layer: Words, in: {motion: fade, duration: 200ms}, out: {motion: fade, duration: 200ms}, end: 1s}\n"
    found = only(findings(design(words("seven words are too many for this")), does, STILL), "text")
    assert found.unit == "s"
    assert found.value < 1
    assert names(findings(design(words("two words")), does, STILL)) == []


def test_text_that_is_there_all_the_time_lacks_a_longer_clip() -> None:
    does = "  - {layer: Words, in: {motion: fade, duration: 200ms}, out: {motion: fade, duration: 200ms}}\n"
    found = only(findings(design(words(" ".join(["word"] * 40))), does), "text")
    assert (found.level, found.hint) == ("note", "a longer canvas")


# --- rhythm -----------------------------------------------------------------------------------------------------------


def test_periods_that_the_loop_changes_much() -> None:
    canvas = "fps: 20, duration: 3s"
    does = "  - {layer: ball, loop: {motion: bob, period: %s}}\n"
    found = only(findings(design(BALL), does % "2s", canvas), "period")
    assert found.value == pytest.approx(100 / 3, abs=0.1)
    assert "4s" in found.hint
    assert names(findings(design(BALL), does % "1.5s", canvas)) == []
    assert names(findings(design(BALL), does % "1.6s", canvas)) == []  # 7 % is nothing to speak of
    assert names(findings(design(BALL), "  - {layer: ball, loop: bob}\n", canvas)) == []  # nobody wrote it
    assert names(findings(design(BALL), does % "2s", f"{canvas}, loop: false")) == []
    defaults = parse_layout(
        f"version: 1\ncanvas: {{{canvas}}}\ndefaults: {{period: 2s}}\nlayers: [{{layer: ball, loop: bob}}]\n"
    )
    assert names(list(lint(design(BALL), defaults, plan_of(defaults, design(BALL))))) == ["period"]


def test_in_and_out_that_meet() -> None:
    does = "  - {layer: ball, in: {motion: fade, duration: 700ms}, out: {motion: fade, duration: 700ms}, end: 1s}\n"
    found = only(findings(design(BALL), does), "overlap")
    assert (found.value, found.unit) == (0.4, "s")


def test_turns_of_too_few_frames() -> None:
    does = "  - {layer: ball, loop: {motion: bob, period: 100ms}}\n"
    assert only(findings(design(BALL), does), "quick").level == "note"
    assert names(findings(design(BALL), does, "fps: 60, duration: 2s")) == []


# --- generated motion, examples, where it is said ---------------------------------------------------------------------


def test_of_prompted_layers_only_what_is_known_is_said() -> None:
    does = "  - {layer: ball, prompt: it bobs}\n"
    assert names(findings(design(GROUND, BALL), does)) == []
    late = "  - {layer: ball, prompt: it bobs, in: {motion: fade, duration: 0.6s}}\n"
    assert names(findings(design(GROUND, BALL), late)) == ["seam"]


@pytest.mark.parametrize("name", DESIGNS)
def test_the_examples_are_fine(name: str) -> None:
    source, layout = DESIGNS[name]
    assert plan_only(Request(source, Path("out"), layout=layout, device="cpu")).findings == ()


def test_what_a_rule_says_of_many_layers_at_one_place_is_said_once() -> None:
    found = findings(design(*FIVE), "  - {layer: 'dot *', in: {motion: fade, duration: 600ms}, stagger: 50ms}\n")
    assert "4 more of its layers" in only(found, "seam").message


def test_findings_are_data_and_no_part_of_the_recipe(tmp_path: Path) -> None:
    path = tmp_path / "motion.yaml"
    path.write_text(layout_text("  - {layer: Title, in: fade}\n", CLIP), "utf-8")
    psd = write_psd(tmp_path / "design.psd")
    request = Request(psd, tmp_path / "out", layout=path)
    plan = plan_only(request)
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
    (found,) = plan.findings
    assert found.rule in RULES
    assert (found.file, found.line, found.column) == (str(path), 4, 24)
    assert f"warning: {path}:4:24: Title: it comes in but does not go out" in "\n".join(plan.remarks)
    assert whole_recipe(plan, "", {}) == whole_recipe(plan.model_copy(update={"findings": ()}), "", {})


def test_layout_check_says_it_and_strict_refuses_it(tmp_path: Path) -> None:
    psd, path = write_psd(tmp_path / "design.psd"), tmp_path / "motion.yaml"
    path.write_text(layout_text("  - {layer: Title, in: fade}\n", CLIP), "utf-8")
    plain = art("layout", "check", path, psd)
    assert plain.returncode == 0
    assert f"warning: {path}:4:24: Title: it comes in" in plain.stderr
    assert "1 warning" in plain.stdout
    data = json.loads(art("layout", "check", path, psd, "--json").stdout)["data"]
    assert [each["rule"] for each in data["findings"]] == ["seam"]
    strict = art("layout", "check", path, psd, "--strict")
    assert strict.returncode == 65
    assert f"{path}:4:24" in strict.stderr
    error = json.loads(art("layout", "check", path, psd, "--strict", "--json").stdout)["error"]
    assert (error["where"]["line"], error["where"]["layer"]) == (4, "Title")
    path.write_text(layout_text("  - {layer: Title, loop: {motion: bob, period: 1s, amount: 4%}}\n", CLIP), "utf-8")
    assert art("layout", "check", path, psd, "--strict").returncode == 0


def test_a_starter_passes_though_its_design_has_what_nobody_can_move_or_draw(tmp_path: Path, corpus: Path) -> None:
    """Hidden layers, adjustment layers, and adjustments that art does not draw: no fault of the layout."""
    psd, path = corpus / "psd" / "fill_adjustments.psd", tmp_path / "motion.yaml"
    assert art("layout", "init", psd, "-o", path).returncode == 0
    strict = art("layout", "check", path, psd, "--strict")
    assert strict.returncode == 0, strict.stderr
    assert "note: not drawn in 'Vibrance 1': adjustment vibrance" in strict.stderr
    assert "fine" in strict.stdout


def test_the_plan_says_it(tmp_path: Path) -> None:
    psd, path = write_psd(tmp_path / "design.psd"), tmp_path / "motion.yaml"
    path.write_text(layout_text("  - {layer: Title, in: fade}\n", CLIP), "utf-8")
    assert "so the loop jumps" in art("animate", psd, "--layout", path, "--plan").stdout
    data = json.loads(art("animate", psd, "--layout", path, "--plan", "--json").stdout)["data"]
    assert data["findings"][0]["layer"] == "Title"


def test_groups_and_masks_are_looked_at() -> None:
    """The Title's mask fades to the left; a group is what is in it."""
    layout = layout_of("  - {layer: Hero, as: group, loop: {motion: drift, amount: 30%, period: 2s}}\n", CLIP)
    found = lint(drawn_document(), layout, plan_of(layout))
    assert [(each.rule, each.layer) for each in found] == [("cut", "Hero")]


def test_every_rule_is_documented() -> None:
    documented = {coded(row[0])[0]: row[1] for row in rows(section("docs/layout.md", "What will not look right"))}
    assert list(documented) == list(RULES)
