"""Layouts that art writes: YAML that reads back to the same, the JSON Schema, tags, the calm default, starters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.document import Adjustment, Document, Group, Layer, Node
from engine.easing import easing_names
from engine.errors import BadInput
from engine.geometry import Box
from engine.inspection import describe
from engine.layout import Layout
from engine.layout.dump import MODELINE, comment, dump_layout, layout_data
from engine.layout.match import resolve
from engine.layout.read import layout_from_data, parse_layout
from engine.layout.schedule import schedule
from engine.layout.schema import layout_schema
from engine.layout.source import read_source
from engine.layout.values import DIRECTIONS, read_time, write_time
from engine.layout.words import PARAMETERS
from engine.presets import motion_presets, style_files
from engine.styles.default import default_layout, layout_from_tags, starter_layout
from engine.styles.taste import find_style
from engine.timing import snap_period
from test_layout import ENTRY_ERRORS, EVERYTHING, EXAMPLE, TOP_ERRORS, entry

jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed (pip install jsonschema)")

# --- any layout -------------------------------------------------------------------------------------------------------

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
names = names.filter(str.strip)
numbers = st.one_of(st.integers(-999, 999), st.floats(-999, 999, allow_nan=False).map(lambda value: round(value, 5)))
ahead = st.one_of(
    st.integers(1, 3000).map(lambda value: f"{value}ms"),
    st.integers(1, 90).map(lambda value: f"{value}f"),
    st.integers(1, 10**6).map(lambda value: value / 10**6),
    st.integers(1, 999).map(lambda value: f"{value / 100}s"),
)
shares = st.integers(0, 100).map(lambda value: value / 100) | st.integers(0, 100).map(lambda value: f"{value}%")
lengths = numbers | st.tuples(numbers, st.sampled_from(["px", "%"])).map(lambda pair: f"{pair[0]:f}{pair[1]}")
angles = numbers | st.tuples(numbers, st.sampled_from(["deg", "turn", "rad"])).map(lambda pair: f"{pair[0]:f}{pair[1]}")
easings = st.sampled_from([*easing_names(), "steps(3, jump-both)", "linear(0, .5 20%, 1)", "spring(170, 26)"])
anchors = st.sampled_from(["center", "top left", "12px 30%", "bottom"])
PARAMETER_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "amount": lengths | angles,
    "direction": st.sampled_from([*DIRECTIONS, "30deg"]),
    "distance": lengths,
    "angle": angles,
    "turns": numbers,
    "overshoot": shares,
    "seed": st.integers(0, 2**62),
}


@st.composite
def slots(draw: st.DrawFn, slot: Any) -> dict[str, Any]:
    preset = draw(st.sampled_from([preset for preset in motion_presets().values() if slot in preset.slots]))
    optional = {"easing": easings, "delay": ahead, **{name: PARAMETER_VALUES[name] for name in preset.parameters}}
    if slot == "loop":
        optional |= {"period": ahead, "mode": st.sampled_from(["loop(2)", "pingpong", "hold", "offset"])}
    else:
        optional |= {"duration": ahead}
    return draw(st.fixed_dictionaries({"motion": st.just(preset.name)}, optional=optional))


def tracks(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    key = st.fixed_dictionaries({"value": values}, optional={"easing": easings})
    return st.lists(key, min_size=1, max_size=3).map(lambda keys: [{"at": at, **key} for at, key in enumerate(keys)])


points = st.tuples(lengths, lengths).map(list)
entries = st.fixed_dictionaries(
    {"layer": names},
    optional={
        "optional": st.booleans(), "as": st.sampled_from(["group", "layers"]), "end": ahead, "delay": ahead,
        "start": ahead, "in": slots("in"), "loop": slots("loop"), "out": slots("out"), "anchor": anchors,
        "depth": st.floats(0, 9),
        "stagger": st.fixed_dictionaries({"each": ahead}, optional={"from": st.just("center")}),
        "keyframes": st.fixed_dictionaries({"opacity": tracks(shares)}, optional={
            "position": tracks(points), "rotation": tracks(angles), "shear": tracks(angles),
            "scale": tracks(shares | st.tuples(shares, shares).map(list)),
        }),
        "path": st.fixed_dictionaries(
            {"d": st.just("M0 0 L 9 9")}, optional={"duration": ahead, "orient": st.booleans()}
        ),
        "prompt": names, "region": st.just([0, "10%", "50%", 20.5]), "seed": st.integers(0, 99), "easing": easings,
    },
)  # fmt: skip
layouts = st.fixed_dictionaries(
    {"version": st.just(1), "layers": st.lists(entries, max_size=3)},
    optional={
        "canvas": st.fixed_dictionaries({}, optional={
            "fps": st.sampled_from([24, 30, 29.97, "24000/1001"]), "duration": ahead, "loop": st.booleans(),
            "size": st.sampled_from(["640x480", [9, 9], "original"]),
            "background": st.sampled_from(["red", "#123", "#12345678", "transparent"]),
        }),
        "defaults": st.fixed_dictionaries({}, optional={"easing": easings, "period": ahead, "anchor": anchors}),
        "global_prompt": names, "style": st.sampled_from(list(style_files())),
        "export": st.just({"layers": ["png"], "composite": ["mp4"]}),
    },
)  # fmt: skip


@settings(max_examples=150)
@given(layouts, st.booleans())
def test_writing_and_reading_gives_the_same_layout(data: dict[str, Any], comments: bool) -> None:
    layout = layout_from_data(data)
    text = dump_layout(layout, comments=comments)
    assert text.startswith(MODELINE)
    assert parse_layout(text) == layout
    assert dump_layout(parse_layout(text), comments=comments) == text
    assert layout_from_data(json.loads(json.dumps(layout_data(layout)))) == layout


@given(layouts)
def test_the_schema_accepts_what_art_reads_and_writes(data: dict[str, Any]) -> None:
    assert not complaints(data)
    assert not complaints(layout_data(layout_from_data(data)))


@given(st.integers(-(10**9), 10**9), st.sampled_from(["s", "f"]))
def test_times_are_written_exactly(millionths: int, unit: str) -> None:
    time = read_time(f"{millionths}e-9{unit}")
    assert read_time(write_time(time)) == time


@given(st.text(max_size=30))
def test_comments_stay_one_line(text: str) -> None:
    written = f"{comment(text)}\nversion: 1\n"
    assert read_source(written).data == {"version": 1}


def test_the_example_is_written_as_people_write_it() -> None:
    text = dump_layout(parse_layout(EXAMPLE))
    assert "  - layer: Sparkles/*" in text.replace('"', "")
    assert "    in: {motion: rise, duration: 600ms, easing: out-back}\n" in text
    assert "    loop: flicker\n" in text
    assert '        - {at: 1s, value: [120px, 0px], easing: "cubic-bezier(0.2, 0, 0, 1)"}\n' in text
    assert "optional" not in text
    assert "# What moves." in dump_layout(parse_layout(EXAMPLE), comments=True)


AWKWARD = [
    "No", "1:30", "2024", "true", "~", "#12", "- a", "a: b", "*", " x ", "a\u2028", "é\x85", "null", "0x1f", "---",
    "a #", "😀", "'", '"', "\\", "y", ".5", "-1", "@", "%a", "{a}", "a,b", "x\ny", "\x07", "<<", "...", "-1s",
]  # fmt: skip


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_survive(name: str) -> None:
    layout = layout_from_data({"version": 1, "layers": [{"layer": name, "after": [name + "!", name + "?"]}]})
    assert parse_layout(dump_layout(layout)) == layout


# --- schema -----------------------------------------------------------------------------------------------------------

SCHEMA = layout_schema()


def complaints(data: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(data)]


def examples_of(key: dict[str, Any]) -> list[Any]:
    """Words, and the mappings that editors offer as snippets."""
    return [*key.get("examples", ()), *(snippet["body"] for snippet in key.get("defaultSnippets", ()))]


def test_the_schema_is_valid_and_describes_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert '"null"' not in json.dumps(SCHEMA)
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        if part is SCHEMA["$defs"]["Easing"]:
            continue
        assert part["additionalProperties"] is False
        assert part["description"]
        for name, value in part["properties"].items():
            assert value["description"], name
            assert examples_of(value), name


def test_every_example_is_valid_by_the_schema_itself() -> None:
    for part in (SCHEMA, *SCHEMA["$defs"].values()):
        for name, value in part.get("properties", {}).items():
            for example in examples_of(value):
                errors = jsonschema.Draft202012Validator({**value, "$defs": SCHEMA["$defs"]}).iter_errors(example)
                assert not [error.message for error in errors], (name, example)


def test_the_schema_knows_motions_and_easings() -> None:
    motions = SCHEMA["$defs"]["Slot-in"]["properties"]["motion"]["enum"]
    assert {"rise", "ascend"} <= set(motions)
    assert "bob" not in motions
    assert SCHEMA["$defs"]["Slot-loop"]["properties"]["easing"]["$ref"] == "#/$defs/Easing"
    assert set(SCHEMA["$defs"]["Easing"]["anyOf"][0]["enum"]) == set(easing_names())


@pytest.mark.parametrize("text", [EXAMPLE, EVERYTHING, "version: 1\n", "layers: []\n", entry("in: rise")])
def test_schema_and_parser_accept(text: str) -> None:
    parse_layout(text)
    assert not complaints(read_source(text).data)


# what needs arithmetic, the presets' parameters, or the text itself: `art layout check` says it, an editor does not
ONLY_THE_PARSER = (
    "too large", "at most an hour", "only a loop can have begun", "it takes", "waits for itself", "in a circle",
    "not later than", "not a number", "given twice", "tags such as", "off the canvas", "it is empty", "incomplete",
    "has no length", "further than", "is not part of path data", "outside 0 to 1", "out-back", "1 to 30000",
    "is not a frame rate",
    "did you mean 'white'", "is not a colour", "is not a size", "cannot be before 0", "above 0",
    "did you mean 'bottom'",
)  # fmt: skip
BAD = [(entry(lines), says) for lines, _, says in ENTRY_ERRORS] + [(text, says) for text, _, says in TOP_ERRORS]


@pytest.mark.parametrize(("text", "says"), BAD, ids=[text.replace("\n", " ")[-50:] for text, _ in BAD])
def test_schema_and_parser_refuse(text: str, says: str) -> None:
    assert complaints(read_source(text).data) or any(word in says for word in ONLY_THE_PARSER)


def test_the_schema_refuses_most_of_what_the_parser_refuses() -> None:
    caught = [text for text, _ in BAD if complaints(read_source(text).data)]
    assert len(caught) > 0.7 * len(BAD)


# --- documents without a layout ---------------------------------------------------------------------------------------


def pixels() -> Any:
    return np.zeros((1, 1, 4), np.uint8)


def layer(id: int, path: str, box: tuple[int, int, int, int] = (10, 10, 20, 20), **more: Any) -> Layer:
    name = path.rpartition("/")[2]
    return Layer(id=f"#{id}", name=name, path=path, box=Box(*box), load=pixels, **more)


def group(id: int, path: str, *children: Node, **more: Any) -> Group:
    return Group(id=f"#{id}", name=path.rpartition("/")[2], path=path, children=children, **more)


def document(*children: Node) -> Document:
    return Document(source=Path("design.psd"), format="psd", size=(100, 100), children=children)


def tagged(tags: str, **more: Any) -> Document:
    return document(layer(1, "A", tags=tags, **more))


def first(layout: Layout | None) -> dict[str, Any]:
    assert layout is not None
    entry: dict[str, Any] = layout_data(layout)["layers"][0]
    return entry


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("[bob 2s]", {"loop": {"motion": "bob", "period": "2s"}}),
        ("[bob 2s 4%]", {"loop": {"motion": "bob", "period": "2s", "amount": "4%"}}),
        ("[in:rise out:fade 400ms]", {"in": "rise", "out": {"motion": "fade", "duration": "400ms"}}),
        ("[fade]", {"in": "fade"}),
        ("[loop:sway 5deg] [fade]", {"loop": {"motion": "sway", "amount": "5deg"}, "in": "fade"}),
        ("[in:slide 40px]", {"in": {"motion": "slide", "distance": "40px"}}),
        ("[hold]", {"hold": True}),
        ("[hover]", {"loop": "hover"}),
    ],
)  # fmt: skip
def test_tags(tags: str, expected: dict[str, Any]) -> None:
    assert first(layout_from_tags(tagged(tags))) == {"layer": "A", **expected}


def test_tags_of_groups_move_them_as_one() -> None:
    found = first(layout_from_tags(document(group(1, "G", layer(2, "G/a"), tags="[bob]"))))
    assert found == {"layer": "G", "as": "group", "loop": "bob"}


@pytest.mark.parametrize("tags", ["", "[ignore]", "[merge]"])
def test_no_motion_in_names_is_no_layout(tags: str) -> None:
    assert layout_from_tags(tagged(tags)) is None


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        ("[in:rize]", "unknown motion 'rize': did you mean 'rise'?"),
        ("[in:bob]", "goes in loop, not in in"),
        ("[in:rise in:fade]", "two motions for `in`"),
        ("[fade 4%]", "has no use for '4%'"),
        ("[hold bob]", "does not move"),
    ],
)
def test_tags_that_cannot_be(tags: str, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        layout_from_tags(tagged(tags))
    assert says in caught.value.message
    assert str(caught.value.where) == "design.psd, layer 'A'"


POSTER = document(
    layer(1, "Paper", (0, 0, 100, 100), kind="fill"),
    layer(2, "Hill", (0, 40, 90, 90)),
    group(3, "Balloon", layer(4, "Balloon/skin"), layer(5, "Balloon/stripes", clipped=True), blend="pass-through"),
    layer(6, "Bird"),
    layer(7, "Shine", clipped=True, blend="screen"),
    layer(8, "Title", kind="text", text="Fly"),
    layer(9, "Date", kind="text", text="May"),
    layer(10, "Draft", visible=False),
    layer(11, "Grade", kind="adjustment", adjustment=Adjustment("curves", lambda rgb: rgb)),
    group(12, "Light", layer(13, "Light/beam", blend="screen"), blend="pass-through"),
)


def test_the_calm_default() -> None:
    data = layout_data(default_layout(POSTER))
    by_name = {entry["layer"]: entry for entry in data["layers"]}
    assert "style" not in data  # it would do nothing beside the layers
    assert list(by_name) == ["Paper", "Hill", "Balloon", "Bird", "Shine", "Title", "Date", "Light/beam"]
    assert by_name["Paper"] == {"layer": "Paper", "hold": True}
    assert by_name["Hill"] == {"layer": "Hill", "hold": True}  # it reaches an edge
    assert by_name["Balloon"]["as"] == "group"
    assert by_name["Bird"]["loop"] == by_name["Shine"]["loop"]  # what is clipped moves with what it is clipped to
    assert by_name["Title"]["in"]["motion"] == by_name["Title"]["out"]["motion"] == "fade"
    assert "start" not in by_name["Title"]  # what is read comes at once
    assert by_name["Date"]["start"] == "400ms"
    assert "as" not in by_name["Light/beam"]  # isolating its group would change how it looks


@pytest.mark.parametrize("style", list(style_files()))
def test_every_style_is_a_layout_that_resolves_and_closes(style: str) -> None:
    layout = default_layout(POSTER, find_style(style))
    assert parse_layout(dump_layout(layout, comments=True)) == layout
    found = resolve(layout, POSTER)
    assert not [warning for each in found for warning in each.warnings]
    schedule(found, layout.canvas)
    for each in found:
        if each.spec.loop:
            assert each.spec.loop.period is not None
            period = each.spec.loop.period.seconds(layout.canvas.fps)
            assert snap_period(period, layout.canvas.seconds) == period
    assert set(PARAMETERS) >= {name for each in found if each.spec.loop for name in each.spec.loop.parameters}


def test_a_single_picture_breathes() -> None:
    assert first(default_layout(document(layer(1, "Photo", (0, 0, 100, 100)))))["loop"]["motion"] == "breathe"
    assert layout_data(default_layout(document()))["layers"] == []


def test_a_group_as_large_as_the_scene_is_opened_up() -> None:
    scene = document(group(1, "Scene", layer(2, "Scene/sky", (0, 0, 100, 100)), layer(3, "Scene/kite")))
    assert [entry["layer"] for entry in layout_data(default_layout(scene))["layers"]] == ["Scene/sky", "Scene/kite"]


def test_layers_without_a_name_are_called_by_their_id() -> None:
    assert first(default_layout(document(layer(7, " "))))["id"] == "#7"


@pytest.mark.parametrize("design", [POSTER, tagged("[bob]"), document(), document(layer(1, "x\ny # \u2028"))])
def test_starters_can_be_read_and_name_every_layer(design: Document) -> None:
    text = starter_layout(design)
    assert text.startswith(MODELINE)
    layout = parse_layout(text)
    resolve(layout, design)
    for node in design.layers():
        assert json.dumps(node.name, ensure_ascii=False)[1:-1].split("\\")[0] in text
    assert "#   loop:" in text
    if design is POSTER:
        assert "  # shape, " not in text
        assert "  # pixel, 90 x 50 px at 0, 40\n  - layer: Hill\n" in text
        assert "  # group, 10 x 10 px at 10, 10\n  # holds skin, stripes\n" in text
        assert "hidden: it is not animated\n  - layer: Draft\n    hold: true\n" in text


def test_a_starter_says_where_the_pixels_of_a_layer_as_large_as_the_canvas_are() -> None:
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[10:14, 20:26] = 255
    page = Layer(id="#1", name="Dot", path="Dot", box=Box(0, 0, 60, 40), load=lambda: pixels)
    design = Document(source=Path("stack"), format="png-stack", size=(60, 40), children=(page,))
    assert "# pixel, 6 x 4 px at 20, 10\n" in starter_layout(design)
    assert describe(design)["layers"][0]["box"] == [20, 10, 6, 4]
