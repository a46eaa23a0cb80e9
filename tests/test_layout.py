"""The layout format: every key, every kind of error with its exact place, and typos that find the nearest word."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from engine.easing import easing_names
from engine.errors import BadInput, MissingInput, edit_distance
from engine.layout import LATEST, LayerSpec, Layout
from engine.layout.migrate import MIGRATIONS, migrate
from engine.layout.read import MODELS, keys_of, layout_from_data, load_layout, parse_layout
from engine.layout.values import Anchor, Angle, Length, LoopMode
from engine.layout.words import Color
from engine.presets import find_motion, motion_presets
from engine.timing import Time

HERE = Path("motion.yaml")

# the example of the format's description, and every other key once
EXAMPLE = """\
# yaml-language-server: $schema=./motion.schema.json
version: 1
canvas: {fps: 30, duration: 3s, loop: true, background: transparent}   # size: defaults to the document's
defaults: {easing: ease-out}
layers:
  - layer: "Hero/Balloon"            # group path, glob, `#id`, or `name~2` for the second of equal names
    prompt: "the balloon bobs gently and its string sways"      # generated motion
    region: [12%, 5%, 60%, 70%]      # motion region: x, y, width, height on the canvas, px or %
    strength: 0.8
    seed: 7
  - layer: "Title"
    in:   {motion: rise, duration: 600ms, easing: out-back}      # exact motion, three slots
    loop: {motion: breathe, period: 2s, amount: 4%}
    out:  {motion: fade, duration: 400ms}
  - layer: "Sparkles/*"
    loop: {motion: flicker}
    stagger: {each: 80ms, from: center}
  - layer: "Orbit"
    keyframes: {position: [{at: 0s, value: [0, 0]}, {at: 1s, value: [120px, 0], easing: "cubic-bezier(.2,0,0,1)"}]}
    path: "M0 0 C 50 -80 150 -80 200 0"                           # motion path, SVG path data, px
  - layer: Background
    hold: true
export: {layers: [prores4444, webm], composite: [mp4]}
"""

EVERYTHING = """\
version: 1
canvas: {fps: 24000/1001, duration: 90f, loop: false, size: 1920x1080, background: "#fff8"}
defaults:
  {easing: out-back, duration: 0.5, period: 2s, anchor: bottom, seed: 3,
   strength: 50%, guidance: 4, steps: 20, together: false}
global_prompt: a fair at dusk
layers:
  - {id: 12, optional: true, as: group, start: 0.5s, end: 2.5s, delay: 12f, in: ascend, easing: standard}
  - layer: A
    after: [B, Title]
    loop: {motion: bob, period: 500ms, delay: -1s, easing: linear, amount: 12px, direction: left, mode: loop(3)}
    anchor: 50% 100%
    depth: 2
    stagger: 80ms
  - layer: B
    with: 1s
    in: {motion: slide, direction: right, distance: 10%, overshoot: 10%, delay: 100ms}
    loop: {motion: spin, turns: -2, mode: pingpong}
    keyframes:
      rotation: [{at: 0, value: 0.25turn}, {at: 12f, value: 90}]
      scale: [{at: 0, value: 120%}, {at: 1, value: [1, -0.5]}]
      shear: [{at: 0, value: 10deg}]
      opacity: [{at: 0, value: 0}, {at: 1, value: 100%}]
    path: {d: M 0 0 L 10 10, duration: 2s, orient: true, easing: "spring(170, 26)"}
  - layer: C
    prompt: waves
    region: [0, 10px, 50%, 20]
    strength: 1
    seed: 9
    guidance: 3.5
    steps: 12
    together: true
  - layer: D
    with: C
    hold: false
export: {layers: webm}
style: calm
"""


def problems(text: str) -> list[tuple[str, str]]:
    """(place, message) of everything wrong with a text."""
    with pytest.raises(BadInput) as caught:
        parse_layout(text, HERE)
    found = caught.value.problems or (caught.value,)
    assert str(caught.value) == str(found[0])
    return [(str(problem.where).removeprefix("motion.yaml:"), problem.message) for problem in found]


def entry(text: str) -> str:
    """A layout whose only layer has these lines, from line 4 on."""
    lines = "\n".join(f"    {line}" for line in text.splitlines())
    return f"version: 1\nlayers:\n  - layer: A\n{lines}\n"


def test_the_example_of_the_format() -> None:
    layout = parse_layout(EXAMPLE, HERE)
    balloon, title, sparkles, orbit, background = layout.layers
    assert layout.canvas.fps == 30
    assert layout.canvas.seconds == 3
    assert layout.canvas.frames == 90
    assert balloon.region == (Length(12, "%"), Length(5, "%"), Length(60, "%"), Length(70, "%"))
    assert title.in_ is not None
    assert title.in_.duration == Time(Fraction(3, 5))
    assert str(title.in_.easing) == "out-back"
    assert list(title.slots) == ["in", "loop", "out"]
    assert title.loop is not None
    assert title.loop.parameters == {"amount": Length(4, "%")}
    assert sparkles.stagger is not None
    assert sparkles.stagger.from_ == "center"
    assert orbit.keyframes is not None
    assert orbit.keyframes.position is not None
    assert orbit.keyframes.position[1].value == (Length(120), Length(0))
    assert orbit.path is not None
    assert background.hold
    assert layout.export is not None
    assert layout.export.layers == ("prores4444", "webm")
    assert layout.warnings == ()
    assert str(layout.where("layers", 1, "in", "motion")) == "motion.yaml:12:20"


def test_every_key_and_unit() -> None:
    layout = parse_layout(EVERYTHING, HERE)
    first, second, third, fourth, fifth = layout.layers
    assert layout.canvas.fps == Fraction(24000, 1001)
    assert layout.canvas.frames == 90
    assert layout.canvas.size == (1920, 1080)
    assert layout.canvas.background == Color(255, 255, 255, 136)
    assert layout.defaults.anchor == Anchor(Length(50, "%"), Length(100, "%"))
    assert layout.defaults.strength == 0.5
    assert (first.selector, first.as_, first.delay) == ("#12", "group", Time(Fraction(12), "f"))
    assert second.after == ("B", "Title")
    assert second.loop is not None
    assert second.loop.mode == LoopMode("loop", 3)
    assert second.loop.delay == Time(Fraction(-1))
    assert third.with_ == Time(Fraction(1))
    assert third.keyframes is not None
    assert third.keyframes.rotation is not None
    assert [key.value.degrees for key in third.keyframes.rotation] == [90, 90]
    assert third.keyframes.scale is not None
    assert third.keyframes.scale[1].value == (1, -0.5)
    assert third.keyframes.shear is not None
    assert third.keyframes.shear[0].value == Angle(10)
    assert fourth.guidance == 3.5
    assert fifth.with_ == ("C",)
    assert not fifth.moves
    used = {name for layer in layout.layers for name in LayerSpec.model_fields if getattr(layer, name) is not None}
    assert used == set(LayerSpec.model_fields) - {"out"}


def test_where_a_layout_was_read_never_makes_it_another() -> None:
    assert parse_layout(EXAMPLE, HERE) == parse_layout("# a line more\n" + EXAMPLE, Path("other.yaml"))
    assert parse_layout(EXAMPLE) != parse_layout(EXAMPLE.replace("3s", "4s"))
    assert hash(parse_layout(EXAMPLE).canvas) == hash(parse_layout(EXAMPLE).canvas)


def test_layouts_are_read_from_files(tmp_path: Path) -> None:
    path = tmp_path / "motion.yaml"
    with pytest.raises(MissingInput):
        load_layout(path)
    path.write_text(EXAMPLE, "utf-8")
    assert load_layout(path) == parse_layout(EXAMPLE)
    assert load_layout(path).path == str(path)


# lines of an entry -> place, what the error says
ENTRY_ERRORS = [
    ("lopp: bob", "4:5", "unknown key 'lopp': did you mean 'loop'?"),
    ("in: {motion: rise, durration: 2s}", "4:24", "unknown key 'durration': did you mean 'duration'?"),
    ("in: {duration: 2s}", "4:9", "the key 'motion' is missing"),
    ("in: 3", "4:9", "`in` must be a mapping"),
    ("in: ris", "4:9", "unknown motion 'ris': did you mean 'rise'?"),
    ("loop: rise", "4:11", "goes in `in` or `out`, not in `loop`"),
    ("in: {motion: rise, period: 2s}", "4:24", "`period` does not belong in `in`"),
    ("loop: {motion: bob, duration: 2s}", "4:25", "`duration` does not belong in `loop`: a loop has a `period`"),
    ("out: {motion: fade, mode: hold}", "4:25", "`mode` does not belong in `out`"),
    ("in: {motion: rise, delay: -1s}", "4:31", "only a loop can have begun before"),
    ("loop: {motion: bob, turns: 2}", "4:25", "the motion 'bob' has no `turns`; it takes amount, direction"),
    ("in: {motion: rise, duration: 0s}", "4:34", "must be above 0"),
    ("in: {motion: rise, duration: -1s}", "4:34", "must be above 0"),
    ("in: {motion: rise, duration: soon}", "4:34", "'soon' is not a time: write 0.5s, 500ms or 12f"),
    ("in: {motion: rise, duration: 3m}", "4:34", "the unit is s or ms or f"),
    ("in: {motion: rise, duration: 2h}", "4:34", "not a time"),
    ("in: {motion: rise, duration: 1e9s}", "4:34", "too large"),
    ("in: {motion: rise, duration: 4000s}", "4:34", "at most an hour"),
    ("in: {motion: rise, easing: out-bak}", "4:32", "did you mean 'out-back'?"),
    ("in: {motion: rise, distance: far}", "4:34", "'far' is not a length"),
    ("loop: {motion: bob, amount: 3kg}", "4:33", "is not an amount"),
    ("loop: {motion: bob, direction: upp}", "4:36", "did you mean 'up'?"),
    ("loop: {motion: bob, mode: pingpon}", "4:31", "did you mean 'pingpong'?"),
    ("loop: {motion: bob, mode: loop(0)}", "4:31", "not a loop mode"),
    ("loop: {motion: bob, seed: -1}", "4:31", "not a whole number"),
    ("loop: {motion: bob, period: .nan}", "4:33", "not a number"),
    ("hold: true\nin: rise", "5:5", "`hold` and `in` do not go together"),
    ("prompt: x\nhold: true", "5:5", "`hold` and `prompt` do not go together"),
    ("id: 3", "4:5", "`layer` and `id` do not go together"),
    ("start: 1s\nafter: B", "5:5", "`start` and `after` do not go together"),
    ("with: C\nafter: B", "5:5", "`after` and `with` do not go together"),
    ("after: A\nloop: bob", "4:12", "'A' waits for itself"),
    ("start: -1s", "4:12", "cannot be before 0"),
    ("end: 0", "4:10", "must be above 0"),
    ("after: -1s", "4:12", "cannot be before 0"),
    ("hold: yes", "4:11", "`hold` must be true or false"),
    ("optional: 1", "4:15", "`optional` must be true or false"),
    ("as: grup", "4:9", "did you mean 'group'?"),
    ("anchor: botom", "4:13", "did you mean 'bottom'?"),
    ("depth: -1", "4:12", "is not a distance"),
    ("stagger: {each: -1s}", "4:21", "cannot be before 0"),
    ("stagger: {each: 1s, from: centre}", "4:31", "did you mean 'center'?"),
    ("stagger: {from: center}", "4:14", "the key 'each' is missing"),
    ("keyframes: {}", "4:16", "`keyframes` says nothing"),
    ("keyframes: {opacity: []}", "4:26", "needs at least one key"),
    ("keyframes: {opacity: 1}", "4:26", "`opacity` must be a list"),
    ("keyframes: {opacity: [1]}", "4:27", "entry 1 of `opacity` must be a mapping"),
    ("keyframes: {opacity: [{at: 0, value: 2}]}", "4:42", "lies outside 0 to 1"),
    ("keyframes: {opacity: [{at: 0, value: 0}, {at: 0, value: 1}]}", "4:51", "not later than the one before"),
    ("keyframes: {position: [{at: 0, value: 3}]}", "4:43", "is not a point"),
    ("keyframes: {rotation: [{at: -1, value: 3}]}", "4:33", "cannot be before 0"),
    ("keyframes: {rotation: [{value: 3}]}", "4:28", "the key 'at' is missing"),
    ("keyframes: {scale: [{at: 1s, value: [1, 2, 3]}]}", "4:41", "is not a scale"),
    ("keyframes: {sclae: []}", "4:17", "did you mean 'scale'?"),
    ("path: hello", "4:11", "starts with M"),
    ("path: M0 0 X", "4:11", "'X' is not part of path data"),
    ("path: M0 0 C 1 2", "4:11", "incomplete"),
    ("path: M3 3", "4:11", "has no length"),
    ("path: M0 0 L 1e9 5", "4:11", "further than 100000 px"),
    ("path: M0 0 C 1e300 1e300 -1e300 0 5 5", "4:11", "further than 100000 px"),
    ("path: {duration: 2s}", "4:11", "the key 'd' is missing"),
    ("path: {d: M0 0 L 5 5, orient: auto}", "4:35", "`orient` must be true or false"),
    ("strength: 0.5", "4:5", "there is none here"),
    ("prompt: ' '", "4:13", "is not a text"),
    ("prompt: x\nstrength: 2", "5:15", "lies outside 0 to 1"),
    ("prompt: x\nsteps: 0", "5:12", "not a whole number from 1"),
    ("prompt: x\nguidance: 101", "5:15", "0 to 100"),
    ("region: [0, 0, 0, 5]", "4:13", "it is empty"),
    ("region: [0, 0, 5, -5%]", "4:13", "it is empty"),
    ("region: [100%, 0, 10%, 10%]", "4:13", "off the canvas"),
    ("region: [0, -30px, 10px, 20px]", "4:13", "off the canvas"),
    ("region: [0, 0, 5]", "4:13", "is not a region"),
    ("in:", "4:5", "the key 'in' has no value"),
    ("in: rise\nin: fade", "5:5", "'in' is given twice, first in line 4"),
    ("in: !motion rise", "4:9", "tags such as"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "place", "says"), ENTRY_ERRORS, ids=[lines for lines, _, _ in ENTRY_ERRORS])
def test_errors_of_an_entry(lines: str, place: str, says: str) -> None:
    ((where, message),) = problems(entry(lines))
    assert where == place
    assert says in message


TOP_ERRORS = [
    ("version: 1\nlayer: []\n", "2:1", "did you mean 'layers'?"),
    ("version: one\n", "1:10", "is not a version number"),
    ("version: true\n", "1:10", "is not a version number"),
    ("version: 2\nfoo: 1\n", "1:10", "reads up to version 1"),
    ("version: 0\n", "1:10", "there is no version 0"),
    ("version: 1\nlayers: {a: 1}\n", "2:9", "`layers` must be a list"),
    ("version: 1\nlayers:\n  - Title\n", "3:5", "entry 1 of `layers` must be a mapping"),
    ("version: 1\nlayers:\n  - in: rise\n", "3:5", "does not say which layer"),
    ("version: 1\nlayers:\n  - layer: #12\n", "3:5", "the key 'layer' has no value"),
    ("version: 1\nlayers:\n  - layer: 2024\n", "3:12", "write it in quotes, '2024'"),
    ("version: 1\nlayers:\n  - layer: ''\n", "3:12", "is not the name of a layer"),
    ("version: 1\ncanvas: {fps: 0}\n", "2:15", "0 is not a frame rate"),
    ("version: 1\ncanvas: {fps: 1/0}\n", "2:15", "is not a frame rate"),
    ("version: 1\ncanvas: {fps: 1e9}\n", "2:15", "is not a frame rate"),
    ("version: 1\ncanvas: {duration: 0}\n", "2:20", "above 0"),
    ("version: 1\ncanvas: {size: 0x5}\n", "2:16", "is not a size"),
    ("version: 1\ncanvas: {size: [5, 0]}\n", "2:16", "1 to 30000"),
    ("version: 1\ncanvas: {size: big}\n", "2:16", "write 1920x1080"),
    ("version: 1\ncanvas: {background: whit}\n", "2:22", "did you mean 'white'?"),
    ("version: 1\ncanvas: {background: '#12345'}\n", "2:22", "is not a colour"),
    ("version: 1\ncanvas: []\n", "2:9", "`canvas` must be a mapping"),
    ("version: 1\ndefaults: {opacity: 1}\n", "2:12", "unknown key 'opacity'"),
    ("version: 1\nexport: {layers: [prores444]}\n", "2:19", "did you mean 'prores4444'?"),
    ("version: 1\nexport: {composite: prores444}\n", "2:21", "is not a format of `composite`"),
    ("version: 1\nexport: {layers: []}\n", "2:18", "the list is empty"),
    ("version: 1\nstyle: cinematik\n", "2:8", "did you mean 'cinematic'?"),
    ("version: 1\nlayers: [{layer: A, after: B, loop: bob}, {layer: B, with: A}]\n", "2:60", "in a circle: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "place", "says"), TOP_ERRORS, ids=[text[:60] for text, _, _ in TOP_ERRORS])
def test_errors_at_the_top(text: str, place: str, says: str) -> None:
    ((where, message),) = problems(text)
    assert where == place
    assert says in message


def test_all_problems_are_reported_in_order() -> None:
    layers = "layers:\n  - layer: A\n    in: ris\n    hold: 3\n  - layer: B\n    loop: rise\n"
    text = f"version: 1\ncanvas: {{fps: 0}}\n{layers}styl: calm\n"
    assert [place for place, _ in problems(text)] == ["2:15", "5:9", "6:11", "8:11", "9:1"]


def test_parameters_of_all_presets_are_values_of_a_layout() -> None:
    """What a preset documents can be written in a layout; so can its default, words of its own aside."""
    for name, preset in motion_presets().items():
        given = {key: value for key, value in preset.parameters.items() if value != "outside"}
        layout = layout_from_data(
            {"version": 1, "layers": [{"layer": "A", preset.slots[0]: {"motion": name, **given}}]}
        )
        assert set(next(iter(layout.layers[0].slots.values())).parameters) == set(given)


def test_every_motion_and_alias_is_known_in_its_slots() -> None:
    for preset in motion_presets().values():
        for slot in preset.slots:
            for name in (preset.name, *preset.aliases):
                assert layout_from_data({"version": 1, "layers": [{"layer": "A", slot: name}]}).layers[0].moves


# --- typos ------------------------------------------------------------------------------------------------------------


def typo(data: st.DataObject, word: str) -> str:
    """The word with one letter left out, doubled, replaced or swapped with its neighbour."""
    place = data.draw(st.integers(0, len(word) - 2))
    head, letter, after, tail = word[:place], word[place], word[place + 1], word[place + 2 :]
    kind = data.draw(st.sampled_from(["drop", "double", "replace", "swap"]))
    middle = {"drop": after, "double": letter * 2 + after, "replace": "q" + after, "swap": after + letter}[kind]
    return head + middle + tail


def assert_nearest(message: str, wrong: str, meant: str) -> None:
    """The word that is offered is the one that was meant, or one that is just as near."""
    assert "did you mean '" in message
    offered = message.split("did you mean '")[1].split("'")[0]
    assert edit_distance(wrong, offered) <= edit_distance(wrong, meant)


@given(st.data())
def test_misspelt_keys_find_the_nearest(data: st.DataObject) -> None:
    words = [name for name in keys_of(("layers", 0)) if len(name) > 3]
    meant = data.draw(st.sampled_from(words))
    wrong = typo(data, meant)
    if wrong not in keys_of(("layers", 0)):
        ((place, message),) = problems(entry(f"{wrong}: 1"))
        assert place == "4:5"
        assert_nearest(message, wrong, meant)


@given(st.data())
def test_misspelt_motions_find_the_nearest(data: st.DataObject) -> None:
    meant = data.draw(st.sampled_from([name for name in motion_presets() if len(name) > 3]))
    wrong = typo(data, meant)
    slot = motion_presets()[meant].slots[0]
    if find_motion(wrong) is None:
        ((place, message),) = problems(entry(f"{slot}: {{motion: {wrong}}}"))
        assert place == f"4:{len(slot) + 16}"
        assert_nearest(message, wrong, meant)


@given(st.data())
def test_misspelt_easings_find_the_nearest(data: st.DataObject) -> None:
    meant = data.draw(st.sampled_from(easing_names()))
    wrong = typo(data, meant)
    if wrong not in easing_names():
        ((place, message),) = problems(entry(f"easing: {wrong}"))
        assert place == "4:13"
        assert_nearest(message, wrong, meant)


# --- versions, models -------------------------------------------------------------------------------------------------


def test_a_layout_without_version_is_the_first_one() -> None:
    layout = parse_layout("layers: []\n")
    assert layout.version == LATEST
    assert layout.warnings == ()  # `art layout check` mentions it


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("# c\n\nlayers: []\n", "# c\n\nversion: 1\nlayers: []\n"),
        ("---\nlayers: []\r\n", "---\nversion: 1\r\nlayers: []\r\n"),
        ("\ufefflayers: []\n", "version: 1\nlayers: []\n"),
        ("  layers: []\n  style: calm\n", "  version: 1\n  layers: []\n  style: calm\n"),
        ('{"layers": []}', '{"version": 1, "layers": []}'),
        ("{}", '{"version": 1}'),
        ("{\n  layers: []\n}\n", '{"version": 1, \n  layers: []\n}\n'),
    ],
)
def test_migrating_adds_the_version_and_keeps_the_rest(text: str, after: str) -> None:
    migrated, changes = migrate(text)
    assert migrated == after
    assert changes == ("added `version: 1`: it had none",)
    assert parse_layout(migrated) == parse_layout(text)
    assert migrate(migrated) == (migrated, ())


def test_migrating_refuses_what_it_cannot_know() -> None:
    for version, says in ((2, "reads up to"), (0, "no version 0"), (-1, "no version -1")):
        with pytest.raises(BadInput, match=says):
            migrate(f"version: {version}\n")
    with pytest.raises(BadInput) as caught:
        migrate("version: 7\n")
    assert "pip install -U" in caught.value.hint


def test_older_versions_go_through_their_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 1 is the first, so the chain is tried with an invented version 0 whose `items` became `layers`."""
    assert MIGRATIONS == {}

    def step(text: str) -> tuple[str, list[str]]:
        return text.replace("version: 0", "version: 1").replace("items:", "layers:"), ["items is now layers"]

    monkeypatch.setitem(MIGRATIONS, 0, step)
    text = "version: 0\nitems: [{layer: A}]\n"
    assert migrate(text) == ("version: 1\nlayers: [{layer: A}]\n", ("items is now layers",))
    layout = parse_layout(text)
    assert layout.layers[0].layer == "A"
    assert layout.warnings == ("items is now layers",)


def test_every_key_is_described_with_examples() -> None:
    for place, model in MODELS.items():
        assert model.__doc__, place
        for name, field in model.model_fields.items():
            assert field.description, (place, name)
            assert field.examples, (place, name)


def test_models_are_frozen_and_closed() -> None:
    models: list[type[BaseModel]] = [*MODELS.values()]
    for model in models:
        assert model.model_config.get("frozen")
        assert model.model_config.get("extra") == "forbid"
    layout = Layout()
    with pytest.raises(ValueError, match="frozen"):
        layout.style = "calm"  # type: ignore[misc]  # that it cannot be set is what is tested


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "layer",
                        "in",
                        "loop",
                        "motion",
                        "duration",
                        "keyframes",
                        "position",
                        "at",
                        "value",
                        "path",
                        "d",
                        "after",
                        "region",
                        "canvas",
                        "layers",
                        "fps",
                        "export",
                        "each",
                        "stagger",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_data_is_a_layout_or_bad_input(value: object) -> None:
    for data in (
        {"version": 1, "layers": value},
        {"version": 1, "layers": [value]},
        {"version": 1, "canvas": value, "export": value},
    ):
        try:
            layout_from_data(data)
        except BadInput as error:
            refused = error
        else:
            continue
        assert refused.problems
