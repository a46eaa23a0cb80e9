"""Layouts meeting documents: who gets which entry, what it fills in, and when each layer moves."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.document import Adjustment, Document, Group, Layer, Node
from engine.errors import BadInput
from engine.geometry import Box
from engine.layout import Canvas, Stagger
from engine.layout.match import Resolved, isolation_shows, matches, resolve
from engine.layout.read import parse_layout
from engine.layout.schedule import Span, schedule, stagger_turn
from engine.timing import Time

HERE = Path("motion.yaml")


def pixels() -> Any:
    return np.zeros((10, 10, 4), np.uint8)


def layer(id: int, path: str, **more: Any) -> Layer:
    name = re.sub(r"~\d+$", "", path.rpartition("/")[2])
    return Layer(id=f"#{id}", name=name, path=path, box=Box(0, 0, 10, 10), load=pixels, **more)


def group(id: int, path: str, *children: Node, **more: Any) -> Group:
    return Group(id=f"#{id}", name=path.rpartition("/")[2], path=path, children=children, **more)


def document(*children: Node) -> Document:
    return Document(source=Path("design.psd"), format="psd", size=(100, 100), children=children)


DESIGN = document(
    layer(1, "Background"),
    group(
        2,
        "Sparkles",
        layer(3, "Sparkles/dot"),
        layer(4, "Sparkles/dot~2"),
        layer(5, "Sparkles/off", visible=False),
        layer(6, "Sparkles/star"),
    ),
    group(7, "Hero", layer(8, "Hero/Balloon"), group(9, "Hero/Basket", layer(10, "Hero/Basket/rope"))),
    layer(11, "Title"),
    layer(12, "Tint", adjustment=Adjustment("curves", lambda rgb: rgb), kind="adjustment"),
)


def resolved(entries: str, design: Document = DESIGN) -> dict[str, Resolved]:
    """Node path -> what it got; `entries` is the text below `layers:`."""
    layout = parse_layout(f"version: 1\nlayers:\n{entries}", HERE)
    return {each.node.path: each for each in resolve(layout, design)}


def moved(entries: str) -> dict[str, str]:
    """Node path -> the loop it got."""
    return {path: each.spec.loop.motion for path, each in resolved(entries).items() if each.spec.loop}


SPARKLES = ["Sparkles/dot", "Sparkles/dot~2", "Sparkles/off", "Sparkles/star"]


@pytest.mark.parametrize(
    ("selector", "paths"),
    [
        ("Hero/Balloon", ["Hero/Balloon"]),
        ("Balloon", ["Hero/Balloon"]),
        ('"#11"', ["Title"]),
        ("Sparkles/*", SPARKLES),
        ("Sparkles/dot*", SPARKLES[:2]),
        ("Sparkles/s?ar", ["Sparkles/star"]),
        ("dot~2", ["Sparkles/dot~2"]),
        ("Sparkles/dot", ["Sparkles/dot"]),  # an exact path wins over a name that occurs twice
        ("Sparkles", SPARKLES),
        ("Hero", ["Hero/Balloon", "Hero/Basket/rope"]),
        ("Hero/*", ["Hero/Balloon", "Hero/Basket/rope"]),  # the group in it stands for its layers
        ('"**/rope"', ["Hero/Basket/rope"]),
        ("T*", ["Title", "Tint"]),
        ('"*"', ["Background", *SPARKLES, "Hero/Balloon", "Hero/Basket/rope", "Title", "Tint"]),
        ('"**"', ["Background", *SPARKLES, "Hero/Balloon", "Hero/Basket/rope", "Title", "Tint"]),
    ],
)
def test_selectors(selector: str, paths: list[str]) -> None:
    assert list(resolved(f"  - layer: {selector}\n    loop: bob\n")) == paths


def test_ids() -> None:
    assert list(resolved("  - id: 8\n    loop: bob\n")) == ["Hero/Balloon"]
    assert list(resolved("  - id: '#8'\n    loop: bob\n")) == ["Hero/Balloon"]


def test_name_with_wildcards_or_a_number_is_first_of_all_a_name() -> None:
    design = document(layer(1, "a*"), layer(2, "ab"), layer(3, "#1"), layer(4, "x~2"))
    assert list(resolved("  - layer: a*\n", design)) == ["a*"]
    assert list(resolved("  - layer: '#1'\n", design)) == ["#1"]
    assert list(resolved("  - layer: x~2\n", design)) == ["x~2"]


def test_the_most_specific_entry_wins_wherever_it_stands() -> None:
    rules = [
        "  - layer: '**'\n    loop: bob\n",
        "  - layer: Sparkles\n    loop: sway\n",
        "  - layer: Sparkles/*\n    loop: float\n",
        "  - layer: Sparkles/d*\n    loop: pulse\n",
        "  - layer: dot~2\n    loop: flicker\n",
    ]
    expected = {
        "Background": "bob", "Sparkles/dot": "pulse", "Sparkles/dot~2": "flicker", "Sparkles/off": "float",
        "Sparkles/star": "float", "Hero/Balloon": "bob", "Hero/Basket/rope": "bob", "Title": "bob", "Tint": "bob",
    }  # fmt: skip
    assert moved("".join(rules)) == expected
    assert moved("".join(reversed(rules))) == expected


def test_keys_of_entries_are_never_mixed() -> None:
    found = resolved("  - layer: '*'\n    loop: bob\n    depth: 3\n  - layer: Title\n    in: rise\n")
    assert found["Title"].spec.loop is None
    assert found["Title"].spec.depth is None


def problems(entries: str) -> list[tuple[str, str]]:
    with pytest.raises(BadInput) as caught:
        resolved(entries)
    return [(str(problem.where), problem.message) for problem in caught.value.problems]


ERRORS = [
    ("  - layer: Titel\n", "3:12", "no layer matches 'Titel': did you mean 'Title'?"),
    ("  - layer: Hero/Baloon\n", "3:12", "did you mean 'Hero/Balloon'?"),
    ("  - layer: Baloon\n", "3:12", "did you mean 'Hero/Balloon'?"),
    ("  - layer: Sparkle/*\n", "3:12", "no layer matches 'Sparkle/*'"),
    ("  - layer: dot~3\n", "3:12", "no layer matches 'dot~3'"),
    ("  - id: 99\n", "3:9", "no layer matches '#99'"),
    ("  - layer: dot\n", "3:12", "2 layers are called 'dot': write one of 'Sparkles/dot', 'Sparkles/dot~2'"),
    ("  - layer: Title\n  - layer: '#11'\n", "4:5", "'Title' already has the entry in line 3"),
    ("  - layer: T*\n  - layer: '*e'\n", "4:5", "'Title' already has the entry in line 3"),
    ("  - layer: Hero\n    as: group\n  - layer: Balloon\n", "5:5", "is part of 'Hero', which moves as one (line 3)"),
    ("  - layer: Title\n    after: Titl\n", "4:12", "`after`: no layer matches 'Titl': did you mean 'Title'?"),
    ("  - layer: Title\n    with: [Background, Nowhere]\n", "4:11", "`with`: no layer matches 'Nowhere'"),
    ("  - layer: Sparkles/*\n    after: star\n", "4:12, layer 'Sparkles/star'", "'Sparkles/star' waits for itself"),
    (
        "  - layer: Title\n    after: '#8'\n  - layer: Balloon\n    with: Title\n",
        "6:11, layer 'Hero/Balloon'",
        "wait for each other in a circle",
    ),
]


@pytest.mark.parametrize(("entries", "place", "says"), ERRORS, ids=[says for _, _, says in ERRORS])
def test_errors(entries: str, place: str, says: str) -> None:
    found = problems(entries)
    assert found[0][0] == f"motion.yaml:{place}"
    assert says in found[0][1]


def test_all_problems_are_reported() -> None:
    assert len(problems("  - layer: A1\n  - layer: B1\n  - layer: dot\n  - layer: Title\n    after: Nowhere\n")) == 4


def test_optional_entries_may_match_nothing_but_must_be_clear() -> None:
    assert resolved("  - layer: Nowhere\n    optional: true\n") == {}
    assert "2 layers" in problems("  - layer: dot\n    optional: true\n")[0][1]


def test_groups_as_one() -> None:
    found = resolved("  - layer: Hero\n    as: group\n    loop: bob\n  - layer: '**'\n    loop: sway\n")
    assert "Hero" in found
    assert "Hero/Balloon" not in found  # the pattern is less specific than the group around it
    assert found["Hero"].warnings == ()
    assert "is no group" in resolved("  - layer: Title\n    as: group\n")["Title"].warnings[0]


def test_isolating_a_pass_through_group_is_said_where_it_shows() -> None:
    def one(**child: Any) -> Group:
        return group(1, "G", layer(2, "G/a", **child), blend="pass-through")

    assert not isolation_shows(one())
    assert isolation_shows(one(blend="multiply"))
    assert isolation_shows(group(3, "H", one(blend="screen"), blend="pass-through"))
    assert not isolation_shows(group(3, "H", one(blend="screen"), blend="normal"))
    found = resolved("  - layer: G\n    as: group\n", document(one(blend="multiply")))
    assert "pass-through" in found["G"].warnings[0]


def test_hidden_and_adjustment_layers_are_skipped_and_said() -> None:
    found = resolved("  - layer: off\n    loop: bob\n  - layer: Tint\n    loop: bob\n")
    assert found["Sparkles/off"].skip == "hidden"
    assert "hidden" in found["Sparkles/off"].warnings[0]
    assert resolved("  - {layer: Sparkles/off, hold: true}\n")["Sparkles/off"].warnings == ()  # it asks for nothing
    assert found["Tint"].skip == "adjustment"
    inside = document(group(1, "G", layer(2, "G/a"), visible=False))
    assert resolved("  - layer: a\n", inside)["G/a"].skip == "hidden"


def test_index_and_count_are_of_the_entry_from_below() -> None:
    found = resolved("  - layer: Sparkles/*\n    loop: flicker\n    stagger: 80ms\n")
    assert [(each.index, each.count) for each in found.values() if not each.skip] == [(0, 3), (1, 3), (2, 3)]


def test_entries_are_filled_from_defaults_and_presets() -> None:
    text = """\
version: 1
defaults: {easing: ease-out, duration: 500ms, period: 4s, anchor: bottom, seed: 5, strength: 0.5}
layers:
  - layer: Title
    in: ascend
    loop: bob
    out: {motion: fade, duration: 1s, easing: linear}
    keyframes: {opacity: [{at: 0, value: 1}, {at: 1, value: 0, easing: out-back}]}
    path: M0 0 L1 1
  - layer: Background
    prompt: clouds drift
    seed: 1
"""
    layout = parse_layout(text, HERE)
    background, title = resolve(layout, DESIGN)
    spec = title.spec
    assert spec.in_ and spec.loop and spec.out and spec.keyframes and spec.path  # noqa: PT018 - for the type checker
    assert (spec.in_.motion, str(spec.in_.easing), spec.in_.duration) == ("rise", "ease-out", Time(Fraction(1, 2)))
    assert (str(spec.loop.easing), spec.loop.period) == ("linear", Time(Fraction(4)))
    assert (str(spec.out.easing), spec.out.duration) == ("linear", Time(Fraction(1)))
    assert spec.keyframes.opacity is not None
    assert [str(key.easing) for key in spec.keyframes.opacity] == ["ease-out", "out-back"]
    assert str(spec.path.easing) == "ease-out"
    assert (str(spec.anchor), spec.seed, spec.strength) == ("bottom", 5, None)
    assert (background.spec.seed, background.spec.strength) == (1, 0.5)
    assert str(title.where) == "motion.yaml:4:5, layer 'Title'"
    plain = resolved("  - layer: Title\n    in: rise\n")["Title"].spec.in_
    assert plain is not None
    assert plain.duration is not None
    assert plain.easing is not None


# --- patterns ---------------------------------------------------------------------------------------------------------


@given(st.text("ab/*?", max_size=8), st.text("ab/", max_size=8))
def test_patterns_match_as_regular_expressions_do(pattern: str, path: str) -> None:
    items = re.findall(r"\*\*|.", pattern)
    expression = "".join({"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(item, re.escape(item)) for item in items)
    assert matches(items, path) == bool(re.fullmatch(expression, path))


def test_hostile_patterns_take_no_time() -> None:
    assert not matches(list("*a" * 500), "a" * 300 + "b")
    assert not matches(["**", "a"] * 500, "a/" * 200)


# --- schedule ---------------------------------------------------------------------------------------------------------


def spans(entries: str, design: Document = DESIGN, duration: str = "3s") -> dict[str, tuple[float, float, float]]:
    text = f"version: 1\ncanvas: {{duration: {duration}}}\nlayers:\n{entries}"
    layout = parse_layout(text, HERE)
    found = resolve(layout, design)
    times = schedule(found, layout.canvas)
    assert all(isinstance(span, Span) and isinstance(span.start, Fraction) for span in times.values())
    return {
        each.node.path: (float(times[each.id].start), float(times[each.id].ready), float(times[each.id].end))
        for each in found
        if each.id in times
    }


def test_times_of_one_layer() -> None:
    assert spans("  - layer: Title\n") == {"Title": (0, 0, 3)}
    assert spans("  - layer: Title\n    start: 15f\n    delay: 500ms\n    end: 2s\n") == {"Title": (1, 1, 2)}
    assert spans("  - layer: Title\n    in: {motion: rise, duration: 1s, delay: 500ms}\n") == {"Title": (0, 1.5, 3)}
    assert spans("  - layer: Title\n    keyframes: {opacity: [{at: 2s, value: 0}]}\n") == {"Title": (0, 2, 3)}
    assert spans("  - layer: Title\n    path: M0 0 L1 1\n    end: 2s\n") == {"Title": (0, 2, 2)}
    assert spans("  - layer: Title\n    after: 1s\n    end: 9s\n") == {"Title": (1, 1, 3)}


def test_layers_wait_for_each_other() -> None:
    found = spans("""\
  - layer: Title
    in: {motion: rise, duration: 600ms}
    with: Balloon
  - layer: Balloon
    start: 200ms
    in: {motion: fade, duration: 1s}
  - layer: rope
    after: [Title, Balloon]
    delay: 100ms
  - layer: star
    after: Background
  - layer: Sparkles/dot
    end: 1500ms
    in: {motion: fade, duration: 100ms}
  - layer: dot~2
    after: Sparkles/dot
""")
    assert found["Title"][:2] == (0.2, 0.8)
    assert found["Hero/Balloon"][:2] == (0.2, 1.2)
    assert found["Hero/Basket/rope"][0] == pytest.approx(1.3)
    assert found["Sparkles/star"][0] == 0  # what no entry names is at rest from the start
    assert found["Sparkles/dot~2"][0] == 1.5  # it gave an end


def test_staggered_layers_begin_one_after_another() -> None:
    found = spans(
        "  - layer: Sparkles/*\n    stagger: {each: 100ms, from: end}\n  - layer: Title\n    with: Sparkles\n"
    )
    assert [found[path][0] for path in ("Sparkles/dot", "Sparkles/dot~2", "Sparkles/star")] == [0.2, 0.1, 0]
    assert found["Title"][0] == 0


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ("  - layer: Title\n    start: 3s\n", "begins at 3s, but the canvas is over at 3s"),
        ("  - layer: Title\n    start: 1s\n    end: 500ms\n", "ends at 500ms, before it begins at 1s"),
        ("  - layer: Sparkles/*\n    stagger: 2s\n", "begins at 4s"),
    ],
)
def test_times_that_cannot_be(entries: str, says: str) -> None:
    with pytest.raises(BadInput, match=re.escape(says)) as caught:
        spans(entries)
    assert "motion.yaml:4:5, layer" in str(caught.value)


@given(st.sampled_from(["start", "end", "center", "edges", "random"]), st.integers(1, 12), st.integers(0, 99))
def test_stagger_turns(order: Any, count: int, seed: int) -> None:
    stagger = Stagger.model_validate({"each": "1s", "from": order})
    turns = [stagger_turn(stagger, index, count, seed) for index in range(count)]
    assert min(turns) == 0
    assert max(turns) <= count - 1
    assert all(turn.denominator == 1 for turn in turns)
    if order in ("start", "end", "random"):
        assert sorted(turns) == list(range(count))
    else:
        assert turns == turns[::-1]
        assert turns.index(0) == ((count - 1) // 2 if order == "center" else 0)


def test_long_chains_of_layers() -> None:
    many = document(*(layer(n, f"L{n}") for n in range(1, 1500)))
    chain = "".join(f"  - {{layer: L{n}, after: L{n - 1}}}\n" for n in range(2, 1500))
    assert len(spans(f"  - {{layer: L1, in: {{motion: fade, duration: 1s}}}}\n{chain}", many)) == 1499


def test_canvas_counts_whole_frames() -> None:
    assert Canvas.model_validate({"fps": 30, "duration": "1ms"}).frames == 1
    assert Canvas.model_validate({"fps": 24, "duration": "12f"}).seconds == Fraction(1, 2)
