"""What editors make of motion.schema.json: the real yaml-language-server completes, explains and finds faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from drawn import write_psd
from engine.layout.dump import MODELINE
from engine.layout.read import load_layout
from engine.layout.schema import layout_schema
from engine.presets import motion_presets
from jobs import DESIGNS
from language_server import LanguageServer
from test_cli import art


@pytest.fixture(scope="module")
def server() -> Iterator[LanguageServer]:
    running = LanguageServer()
    yield running
    running.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the schema in it."""
    found = tmp_path_factory.mktemp("editor")
    (found / "motion.schema.json").write_text(json.dumps(layout_schema()), "utf-8")
    return found


NUMBERS = count()


class Editor:
    """A layout whose first line names the schema; places are marked with `|` in its text."""

    def __init__(self, server: LanguageServer, folder: Path, text: str) -> None:
        before = f"{MODELINE}\n{text}".partition("|")[0]
        self.line, self.column = before.count("\n") + 1, len(before) - before.rfind("\n")
        self.server, self.path = server, folder / f"motion-{next(NUMBERS)}.yaml"
        server.open(self.path, f"{MODELINE}\n{text.replace('|', '', 1)}")

    @property
    def offers(self) -> list[str]:
        return self.server.completions(self.path, self.line, self.column)

    @property
    def says(self) -> str:
        return self.server.hover(self.path, self.line, self.column)

    @property
    def problems(self) -> list[str]:
        return self.server.problems(self.path)


COMPLETIONS = [
    ("keys of a file", "version: 1\n|\n", {"canvas", "layers", "export", "style"}),
    ("keys of a layer", "layers:\n  - layer: Title\n    |\n", {"in", "loop", "out", "keyframes", "prompt", "stagger"}),
    ("keys of the canvas", "canvas:\n  |\n", {"fps", "duration", "loop", "size", "background", "camera"}),
    (
        "keys of a slot",
        "layers:\n  - layer: A\n    in:\n      motion: rise\n      |\n",
        {"duration", "easing", "delay"},
    ),
    ("motions of an in", "layers:\n  - layer: A\n    in: |\n", {"rise", "pop", "fade", "ascend"}),
    ("motions of a loop", "layers:\n  - layer: A\n    loop: {motion: |}\n", {"bob", "sway", "jelly", "jello"}),
    ("motions of the camera", "canvas:\n  camera: |\n", {"kenburns", "parallax"}),
    ("easings", "layers:\n  - layer: A\n    easing: |\n", {"out-back", "ease-in-out", "emphasized"}),
    ("directions", "layers:\n  - layer: A\n    in:\n      motion: rise\n      direction: |\n", {"up", "left"}),
    ("formats", "export:\n  layers:\n    - |\n", {"prores4444", "webm", "png"}),
    ("styles", "style: |\n", {"calm", "playful", "punchy", "cinematic"}),
    ("properties of keyframes", "layers:\n  - layer: A\n    keyframes:\n      |\n", {"position", "scale"}),
]


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in COMPLETIONS], ids=[case[0] for case in COMPLETIONS]
)
def test_what_is_offered(server: LanguageServer, folder: Path, text: str, expected: set[str]) -> None:
    offered = Editor(server, folder, text).offers
    assert expected <= set(offered)
    assert not [word for word in offered if "[object" in word]


def test_only_what_fits_is_offered(server: LanguageServer, folder: Path) -> None:
    loops = Editor(server, folder, "layers:\n  - layer: A\n    loop: {motion: |}\n").offers
    assert {name for name, preset in motion_presets().items() if "loop" in preset.slots} <= set(loops)
    assert "rise" not in loops
    slot = Editor(server, folder, "layers:\n  - layer: A\n    loop:\n      motion: bob\n      |\n").offers
    assert "period" in slot
    assert not {"duration", "motion"} & set(slot)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("layers:\n  - la|yer: A\n", "Path in the document"),
        ("layers:\n  - layer: A\n    st|agger: 80ms\n", "one after another"),
        ("layers:\n  - layer: A\n    loop: {motion: b|ob}\n", "moves gently up and down"),
        ("layers:\n  - layer: A\n    in: {motion: rise, ea|sing: out-back}\n", "How it starts and lands"),
        ("canvas: {f|ps: 30}\n", "Frames per second"),
        ("canvas:\n  camera: ken|burns\n", "moves slowly in on the picture"),
        ("layers:\n  - layer: A\n    pro|mpt: it waves\n", "in words"),
    ],
)
def test_what_is_said_under_the_pointer(server: LanguageServer, folder: Path, text: str, said: str) -> None:
    assert said in Editor(server, folder, text).says.replace("\\", "")


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("layers:\n  - lyer: A\n", "3: Property lyer is not allowed"),
        ("layers:\n  - layer: A\n    in: rize\n", "4: Value is not accepted"),
        ("layers:\n  - layer: A\n    in: {motion: rise, easing: ease-inn}\n", "4: Value is not accepted"),
        ("canvas: {fps: fast}\n", "2: Write frames per second, at most 240"),
        ("canvas: {duration: 3 seconds}\n", "2: Write a time such as 0.5s"),
        ("layers:\n  - {layer: A, path: x}\n", "3: Write SVG path data"),
        ("layers:\n  - layer: A\n    hold: true\n    loop: bob\n", "3: Matches a schema that is not allowed"),
        ("export: {layers: [mov]}\n", "2: Value is not accepted"),
    ],
)
def test_what_is_wrong(server: LanguageServer, folder: Path, text: str, wrong: str) -> None:
    assert any(problem.startswith(wrong) for problem in Editor(server, folder, text).problems)


@pytest.mark.parametrize("name", [name for name, (_, layout) in DESIGNS.items() if layout])
def test_the_examples_have_no_faults(server: LanguageServer, folder: Path, name: str) -> None:
    layout = DESIGNS[name][1]
    assert layout is not None
    assert Editor(server, folder, layout.read_text("utf-8").replace("|", "/")).problems == []


@pytest.mark.parametrize("output", ["motion.yaml", "anim/intro.yaml"])
def test_a_starter_is_ready_for_an_editor(server: LanguageServer, tmp_path: Path, output: str) -> None:
    """It names the copy of the schema that lies beside it, wherever it is written."""
    design, path = write_psd(tmp_path / "design.psd"), tmp_path / output
    path.parent.mkdir(exist_ok=True)
    assert art("layout", "init", design, "-o", path).returncode == 0
    text = path.read_text("utf-8")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=./motion.schema.json"
    assert json.loads((path.parent / "motion.schema.json").read_text("utf-8")) == layout_schema()
    server.open(path)
    assert server.problems(path) == []
    line = next(number for number, words in enumerate(text.splitlines(), 1) if words.startswith("version"))
    edited = path.with_name("edited.yaml")
    server.open(edited, text.replace("version: 1", "version: 1\nglobal"))
    assert "global_prompt" in server.completions(edited, line + 1, 7)


def test_a_starter_in_json_is_the_same_layout(tmp_path: Path) -> None:
    design = write_psd(tmp_path / "design.psd")
    for name in ("motion.yaml", "motion.json"):
        assert art("layout", "init", design, "-o", tmp_path / name).returncode == 0
    assert json.loads((tmp_path / "motion.json").read_text("utf-8"))["$schema"] == "./motion.schema.json"
    assert load_layout(tmp_path / "motion.json") == load_layout(tmp_path / "motion.yaml")


def test_json_names_its_schema_itself(tmp_path: Path) -> None:
    path = tmp_path / "motion.json"
    path.write_text('{"$schema": "./motion.schema.json", "layers": [{"layer": "Title", "in": "rise"}]}', "utf-8")
    layout = load_layout(path)
    assert layout.layers[0].layer == "Title"
    assert layout.warnings == ()
    assert "$schema" in layout_schema()["properties"]
