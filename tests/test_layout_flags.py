"""`[ignore]` and `[merge]` in layer names, and layouts that win over them; `style` and `--layers`, end to end."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from drawn import drawn_document
from engine.document import Document, Group, Node
from engine.errors import BadInput, UsageError
from engine.inspection import describe
from engine.layout import Layout
from engine.layout.read import parse_layout
from engine.pictures import Stage
from engine.pipeline import Request, in_style, plan_run
from engine.plan import Plan
from engine.styles.default import default_layout, layout_from_tags, starter_layout
from engine.styles.taste import find_style
from jobs import layout_of


def tagged(**tags: str) -> Document:
    """The drawn document with tags on nodes, by name."""
    document = drawn_document()

    def of(node: Node) -> Node:
        if isinstance(node, Group):
            node = replace(node, children=tuple(map(of, node.children)))
        return replace(node, tags=tags.get(node.name, ""))

    return replace(document, children=tuple(map(of, document.children)))


def run(document: Document, layout: Layout | None = None, **choices: str) -> tuple[Document, Plan]:
    chosen = layout or layout_from_tags(document) or default_layout(document)
    return plan_run(Request(design=Path("x.psd"), out=Path("out"), **choices), document, chosen)  # type: ignore[arg-type]  # words only


def paths(plan: Plan) -> list[str]:
    return [job.path for job in plan.jobs]


@pytest.mark.parametrize("layout", [None, "  - {layer: Hero, loop: bob}\n", '  - {layer: "**", loop: bob}\n'])
def test_ignored_layers_are_left_out_of_files_and_composite(layout: str | None) -> None:
    document, plan = run(tagged(Balloon="[ignore]"), layout_of(layout) if layout else None)
    assert "Hero/Balloon" not in paths(plan)
    assert "'Hero/Balloon' is left out: its name says [ignore]" in plan.warnings
    still = Stage(document, plan, {}, "cpu").compositor.frame({}).numpy()
    before = Stage(drawn_document(), plan, {}, "cpu").compositor.frame({}).numpy()
    assert np.abs(still - before).max() > 0.1


def test_an_ignored_group_goes_with_all_that_is_in_it() -> None:
    assert not [path for path in paths(run(tagged(Hero="[ignore]"))[1]) if path.startswith("Hero")]


def test_ignore_wins_over_motion_in_the_same_name() -> None:
    assert "Hero/Balloon" not in paths(run(tagged(Balloon="[ignore bob 2s]", Title="[bob]"))[1])


def test_a_layout_that_names_an_ignored_layer_keeps_it() -> None:
    plan = run(tagged(Balloon="[ignore]"), layout_of("  - {layer: Balloon, loop: bob}\n"))[1]
    assert "Hero/Balloon" in paths(plan)
    assert plan.warnings == ()


@pytest.mark.parametrize(
    ("layout", "moves"),
    [
        ("  - {layer: Title, loop: bob}\n", False),
        ("  - {layer: Hero, loop: bob}\n", True),
        ('  - {layer: "**", loop: bob}\n', True),
    ],
)
def test_a_merged_group_is_one_layer(layout: str, moves: bool) -> None:
    (hero,) = [job for job in run(tagged(Hero="[merge]"), layout_of(layout))[1].jobs if "Hero" in job.path]
    assert (hero.path, hero.kind, hero.moves) == ("Hero", "group", moves)
    assert [output.role for output in hero.outputs] == (["layer", "layer"] if moves else ["still"])


def test_a_merged_group_without_a_layout() -> None:
    assert "Hero" in paths(run(tagged(Hero="[merge]"))[1])
    (hero,) = [job for job in run(tagged(Hero="[merge bob 2s]"))[1].jobs if "Hero" in job.path]
    assert hero.moves


@pytest.mark.parametrize("outer", ["[sway 2s]", "[merge sway 2s]", "[hold]"])
def test_the_outer_tag_wins_over_those_inside(outer: str) -> None:
    document = tagged(Hero=outer, Balloon="[bob 2s]", Shine="[sway]", Title="[bob]")
    plan = run(document)[1]
    assert [path for path in paths(plan) if path.startswith("Hero")] == ["Hero"]
    assert "'Hero' moves as one, so tags inside it are not used: 'Hero/Balloon', 'Hero/Shine'" in plan.warnings


def test_the_starter_of_nested_tags_is_valid() -> None:
    document = tagged(Hero="[sway 2s]", Balloon="[bob 2s]")
    plan = run(document, parse_layout(starter_layout(document)))[1]
    assert [job.path for job in plan.jobs if job.moves] == ["Hero"]


@pytest.mark.parametrize(
    ("balloon", "title", "seconds", "kept"),
    [
        ("[bob 2s]", "", 4, True),
        ("[bob 3s]", "[sway 2s]", 6, True),
        ("[bob 500ms]", "", 3, True),
        ("[bob 1.6s]", "", 3.2, True),
        ("[bob 45f]", "", 3, True),
        ("[bob 8s]", "", 8, True),
        ("[bob 5s]", "[bob 7s]", 6, False),  # nothing up to 8 s suits both
        ("[bob]", "[in:rise 2s]", 3, False),  # no period is given: bob's own is fitted
    ],
)
def test_the_canvas_is_as_long_as_the_loops_in_names_need(balloon: str, title: str, seconds: float, kept: bool) -> None:
    plan = run(tagged(Balloon=balloon, Title=title))[1]
    assert plan.seconds == Fraction(str(seconds))
    assert kept == (not any(job.notes for job in plan.jobs))


def test_a_layout_that_names_a_layer_inside_opens_a_merged_group() -> None:
    plan = run(tagged(Hero="[merge]"), layout_of("  - {layer: Balloon, loop: bob}\n"))[1]
    assert {"Hero/Balloon", "Hero/Shine"} <= set(paths(plan))


def test_a_style_alone_chooses_the_layers_on_the_layouts_own_canvas() -> None:
    written = parse_layout("version: 1\nstyle: punchy\ncanvas: {duration: 2s, fps: 12}\n")
    layout = in_style(written, drawn_document())
    assert layout.layers == default_layout(drawn_document(), find_style("punchy"), written.canvas).layers
    plan = run(drawn_document(), layout)[1]
    assert plan.frames == 24
    assert any(job.moves for job in plan.jobs)


def test_a_style_beside_layers_does_nothing_and_says_so() -> None:
    layout = parse_layout("version: 1\nstyle: punchy\nlayers: [{layer: Title, loop: bob}]\n")
    assert in_style(layout, drawn_document()) is layout
    assert layout.warnings == ("`style` does nothing in a layout that lists its layers",)


def test_layers_that_match_nothing_are_an_error() -> None:
    with pytest.raises(UsageError, match="matches no layer") as caught:
        run(drawn_document(), layout_of("  - {layer: Title, loop: bob}\n"), layers="Titel")
    assert caught.value.hint == "did you mean 'Title'?"


@pytest.mark.parametrize("canvas", ["{background: #fff}", "{background: #fff, fps: 12}"])
def test_a_colour_without_quotes_in_brackets_is_explained(canvas: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_layout(f"version: 1\ncanvas: {canvas}\nlayers: []\n")
    assert "goes in quotes" in caught.value.hint


def test_what_is_clipped_to_a_moving_layer_says_so() -> None:
    plan = run(drawn_document(), layout_of("  - {layer: Balloon, loop: bob}\n"))[1]
    assert {job.path: job.rides for job in plan.jobs if job.rides} == {"Hero/Shine": "Hero/Balloon"}


def test_a_misspelt_tag_is_asked_about_and_stays_a_name() -> None:
    document = drawn_document()
    title = next(node for node in document.children if node.name == "Title")
    wrong = replace(title, name="Title [bobb 2s]", path="Title [bobb 2s]")
    document = replace(document, children=tuple(wrong if node is title else node for node in document.children))
    assert "'Title [bobb 2s]': did you mean bob?" in run(document)[1].warnings
    (told,) = [facts for facts in describe(document, check=False)["layers"] if facts["name"] == wrong.name]
    assert {"kind": "ignored", "what": "its tag: did you mean bob?", "detail": ""} in told["notes"]
