"""The documents tell the truth: recipes are applied and run, tables are compared with the code, examples are read."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import typer
from PIL import Image

from art_cli import console
from art_cli.main import app
from drawn import bar, disc, drawn_document, on_canvas, save_png, write_psd
from engine import errors, name_tags
from engine.codecs import CODECS, NOT_MADE
from engine.easing import EASING_FUNCTIONS, easing_names
from engine.errors import BadInput
from engine.layout import Canvas, Defaults, Export, Keyframes, LayerSpec, Layout, MotionPath, Slot, Stagger
from engine.layout.match import resolve
from engine.layout.read import load_layout
from engine.layout.values import ANCHOR_WORDS, DIRECTIONS
from engine.manifest import FileEntry, LayerEntry, Manifest
from engine.name_tags import split_tags
from engine.presets import export_presets, find_motion, motion_presets
from engine.readers import READERS, read
from engine.readers.edge import MAX_IMAGE_BYTES, MAX_INPUT_BYTES, MAX_LAYERS, MAX_NESTING, MAX_SIDE
from engine.readers.manifests import ManifestLayer

ROOT = Path(__file__).parent.parent
OURS = (
    "CONTRIBUTING.md", "docs/cli.md", "docs/layout.md", "docs/export.md", "docs/inputs.md", "docs/dataset.md",
    "docs/batch.md", "docs/farms.md", "docs/reliability.md",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A fenced block of a document."""

    language: str
    text: str


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def blocks(name: str) -> list[Block]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text_of(name), re.MULTILINE | re.DOTALL)
    return [Block(language, text) for language, text in found]


def section(name: str, title: str) -> str:
    """The text under a heading, up to the next heading of the same or a higher level; `#` in fences is no heading."""
    found: list[str] = []
    level, fenced = 0, False
    for line in text_of(name).splitlines():
        fenced ^= line.startswith("```")
        marks = len(line) - len(line.lstrip("#")) if not fenced and line.startswith("#") else 0
        if level and marks and marks <= level:
            break
        if level:
            found.append(line)
        elif marks and line.lstrip("# ") == title:
            level = marks
    assert level, f"{name} has no heading {title!r}"
    return "\n".join(found) + "\n"


def rows(text: str) -> list[list[str]]:
    """The body cells of all tables in a text, without the header and the line under it."""
    lines = [line.strip() for line in text.splitlines()]
    found: list[list[str]] = []
    for before, line in zip(["", *lines], lines, strict=False):
        if not line.startswith("|") or set(line) <= set("|-: "):
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line[1:-1])]
        if before.startswith("|"):
            found.append(cells)
    return found


def prose(name: str) -> str:
    """A document without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text_of(name), flags=re.MULTILINE | re.DOTALL)


def coded(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


# --- the documents themselves -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OURS)
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text_of(name)):
        if "://" not in target:
            assert (ROOT / name).parent.joinpath(target).exists(), f"{name} points at {target}"


@pytest.mark.parametrize("name", OURS)
def test_every_make_target_exists(name: str) -> None:
    makefile = text_of("Makefile")
    for target in re.findall(r"make ([a-z]+)`?$", "\n".join(coded(prose(name)) + shells(name)), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def shells(name: str) -> list[str]:
    return [line for block in blocks(name) if block.language == "sh" for line in block.text.splitlines()]


@pytest.mark.parametrize("name", OURS)
def test_every_command_parses(name: str) -> None:
    """Every `art ...` line of a shell block, by the program's own parser; nothing is run."""
    for line in shells(name):
        words = shlex.split(line.partition(" #")[0])
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words and words[0] == "art":
            _parse(typer.main.get_command(app), words[1:])


def _parse(command: Any, words: list[str]) -> None:
    if not hasattr(command, "commands"):
        command.make_context("art", words)
    elif words[0] not in ("--help", "--version"):
        _parse(command.commands[words[0]], words[1:])


# --- CONTRIBUTING.md: every recipe on a copy of the project -----------------------------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with all recipes applied, and what their commands work on."""
    root = tmp_path_factory.mktemp("copy")
    beside = shutil.ignore_patterns("__pycache__", "goldens", "node_modules")
    for folder in ("engine", "art_cli", "presets", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=beside)
    shutil.copy(ROOT / "pyproject.toml", root)
    for block in blocks("CONTRIBUTING.md"):
        if block.language == "diff":
            _apply(root, block.text)
        elif match := re.match(r"# (\S+\.(?:py|yaml))\n", block.text):
            (root / match[1]).write_text(block.text[match.end() :], "utf-8")
    write_psd(root / "poster.psd")
    _write_tiff(root / "pages.tif")
    return root


def _apply(root: Path, text: str) -> None:
    """Put the lines with + after the line without, which must stand in the file exactly once."""
    head, *lines = text.splitlines()
    path = root / head.removeprefix("--- ")
    source, context = path.read_text("utf-8"), ""
    for line in lines:
        if line.startswith("+"):
            assert source.count(context) == 1, f"{path.name}: {context!r}"
            source = source.replace(context, f"{context}{line[1:]}\n")
            context += line[1:] + "\n"
        else:
            longer = context + line[1:] + "\n"
            context = longer if context and longer in source else line[1:] + "\n"
    path.write_text(source, "utf-8")


def _write_tiff(path: Path) -> None:
    sky, sun = bar(64, 48, (40, 90, 200, 255)), on_canvas(disc(20, (250, 200, 0)), 30, 6, (64, 48))
    first, second = Image.fromarray(sky), Image.fromarray(sun)
    first.save(path, save_all=True, append_images=[second], tiffinfo={285: "Sky"})  # both pages get the name


def _run(copy: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(copy), "XDG_CONFIG_HOME": str(copy), "COLUMNS": "200"}
    result = subprocess.run(
        [sys.executable, *words], cwd=copy, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def _art(copy: Path, *words: str) -> str:
    return _run(copy, "-m", "art_cli.main", *words)


def commands_of(title: str) -> list[list[str]]:
    text = section("CONTRIBUTING.md", title)
    found = "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    return [shlex.split(line)[1:] for line in found.splitlines() if line.startswith("art ")]


def test_recipe_of_a_preset(copy: Path) -> None:
    (show,) = commands_of("A motion preset: one YAML")
    shown = _art(copy, *show)
    assert "nods about its foot" in shown
    assert "amount: 5deg" in shown


def test_recipe_of_a_motion_kind(copy: Path) -> None:
    (plan,) = commands_of("A motion kind: one function and one line")
    assert "loop eight 1s" in _art(copy, *plan)
    code = """
        from fractions import Fraction
        import numpy as np
        from engine.geometry import Box
        from engine.motion import animate, plan_slot
        from engine.motion.beat import Subject
        from engine.presets import find_motion
        subject = Subject(Box(10, 10, 30, 20), (200, 100))
        slot = plan_slot(find_motion("eight"), "loop", subject, duration=Fraction(1))
        shift = animate([slot], subject, Fraction(8), 8, loop=True).parts[0].affine.shift
        np.testing.assert_allclose(shift[[0, 1, 2]], [[0, 0], [6 / 2**0.5, 3], [6, 0]], atol=1e-12)
    """
    _run(copy, "-c", re.sub(r"^ {8}", "", code, flags=re.MULTILINE))


def test_recipe_of_a_reader(copy: Path) -> None:
    (inspect,) = commands_of("An input format: one file and one line")
    shown = _art(copy, *inspect)
    assert "64 x 48 px" in shown
    assert re.search(r"Sky +#2 .*\nSky +#1 ", shown)


def test_recipe_of_a_codec(copy: Path) -> None:
    for command in commands_of("An export codec: one file, one line and one YAML"):
        shown = _art(copy, *command)
    assert "all as written" in shown
    (movie,) = (copy / "png-out" / "layers").glob("*title.mov")
    assert movie.stat().st_size > 0


def test_recipe_of_a_backend(copy: Path) -> None:
    (plan,) = commands_of("A backend: one file, one line, and the contract test")
    assert re.search(r"Title +words +prompt: the title sways", _art(copy, *plan))
    shown = _run(copy, "-m", "pytest", "-p", "no:cacheprovider", "-k", "words", "tests/test_backends.py")
    assert "4 passed" in shown


def test_recipes_are_typed_and_tidy(copy: Path) -> None:
    files = [match[1] for block in blocks("CONTRIBUTING.md") if (match := re.match(r"# (\S+\.py)\n", block.text))]
    assert len(files) == 4
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent)) or shutil.which("ruff")
    if ruff is None:
        pytest.skip("ruff is not there")
    for check in (["check"], ["format", "--check"]):
        result = subprocess.run([ruff, *check, *files], cwd=copy, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


# --- docs/cli.md ------------------------------------------------------------------------------------------------------


def _commands(command: Any, words: str = "art") -> dict[str, Any]:
    """Every plain command by its words."""
    if not hasattr(command, "commands"):
        return {words: command}
    found: dict[str, Any] = {}
    for name, inner in command.commands.items():
        found |= _commands(inner, f"{words} {name}")
    return found


COMMANDS = _commands(typer.main.get_command(app))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    real = {option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("-")}
    documented = {word for row in rows(section("docs/cli.md", name)) for word in coded(row[0])}
    assert documented == real


@pytest.mark.parametrize("name", COMMANDS)
def test_the_choices_of_an_option_are_documented(name: str) -> None:
    documented = {word: row[1] for row in rows(section("docs/cli.md", name)) for word in coded(row[0])}
    for parameter in COMMANDS[name].params:
        for choice in _choices(name, parameter.name):
            if documented[parameter.opts[0]] != "as above":
                assert f"`{choice}`" in documented[parameter.opts[0]], (parameter.name, choice)


def _choices(command: str, parameter: str) -> list[str]:
    """The words a parameter takes, when its type lists them."""
    hint = get_type_hints(COMMANDS[command].callback).get(parameter)
    literals = [kind for kind in (hint, *get_args(hint)) if get_origin(kind) is Literal]
    return [choice for literal in literals for choice in get_args(literal)]


def test_exit_codes() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ArtError)]
    real = {kind.exit_code for kind in kinds} | {0, 130, 143}
    assert [int(row[0]) for row in rows(section("docs/cli.md", "Exit codes"))] == sorted(real)


def test_manifest_fields() -> None:
    documented = [word for row in rows(section("docs/cli.md", "The manifest")) for word in coded(row[0])]
    models = (Manifest, FileEntry, LayerEntry)
    real = [info.alias or name for model in models for name, info in model.model_fields.items()]
    assert sorted(documented) == sorted(real)


def test_progress_styles() -> None:
    documented = [coded(row[0])[0] for row in rows(section("docs/cli.md", "Progress"))]
    assert documented == _choices("art animate", "progress")


# --- docs/layout.md ---------------------------------------------------------------------------------------------------

KEYS: dict[str, tuple[Any, ...]] = {
    "The file": (Layout,),
    "canvas": (Canvas,),
    "defaults": (Defaults,),
    "export": (Export,),
    "An entry of layers": (LayerSpec,),
    "Slots": (Slot,),
    "Keyframes": (Keyframes,),
    "Path": (MotionPath,),
    "Stagger": (Stagger,),
}


def first_table(text: str) -> str:
    """The first table of a text."""
    match = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert match
    return match[0]


@pytest.mark.parametrize("title", KEYS)
def test_every_key_of_a_layout_is_documented(title: str) -> None:
    documented = [word for row in rows(first_table(section("docs/layout.md", title))) for word in coded(row[0])]
    real = [info.alias or name for model in KEYS[title] for name, info in model.model_fields.items()]
    assert sorted(documented) == sorted(real)


def test_all_motions_are_listed() -> None:
    listed = {coded(row[0])[0]: row for row in rows(section("docs/layout.md", "All motions"))}
    assert set(listed) == set(motion_presets())
    for name, preset in motion_presets().items():
        _, slots, summary, parameters, amount, _ = listed[name]
        assert slots == ", ".join(preset.slots), name
        assert summary == preset.summary, name
        assert coded(parameters) == [f"{key}: {value}" for key, value in preset.parameters.items()], name
        assert bool(amount) == ("amount" in preset.parameters), name


def test_lengths_of_motions() -> None:
    for row in rows(section("docs/layout.md", "All motions")):
        preset = motion_presets()[coded(row[0])[0]]
        lengths = {"loop": preset.period, "in": preset.duration, "out": preset.duration}
        assert set(re.findall(r"[\d.]+s", row[5])) == {lengths[slot] for slot in preset.slots}, preset.name


def test_words_of_a_layout_are_listed() -> None:
    text = section("docs/layout.md", "Easings")
    words, functions = set(coded(text.partition("|")[0])), {coded(row[0])[0] for row in rows(text)}
    penner = {name.removeprefix("in-out-") for name in easing_names() if name.startswith("in-out-")}
    plain = {name for name in easing_names() if name.removeprefix("in-").removeprefix("out-") not in penner}
    assert plain | penner | {"in-", "out-", "in-out-", "out-back"} == words
    assert functions == set(EASING_FUNCTIONS)
    units = {row[0]: set(coded(row[1])) for row in rows(section("docs/layout.md", "Units"))}
    assert set(DIRECTIONS) <= units["direction"]
    assert set(ANCHOR_WORDS) <= units["anchor"]
    modes = [row for row in rows(section("docs/layout.md", "Slots")) if len(row) == 2]
    assert [coded(row[0])[0] for row in modes] == ["loop", "loop(3)", "pingpong", "hold", "offset"]


def test_layouts_are_read_and_errors_are_as_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A yaml block followed by a text block that begins with `art:` gives that output; every other one is fine."""
    path = Path(os.path.relpath(tmp_path / "motion.yaml"))
    found, shown = blocks("docs/layout.md"), 0
    for block, after in zip(found, [*found[1:], Block("", "")], strict=True):
        if block.language != "yaml":
            continue
        (tmp_path / "motion.yaml").write_text(block.text, "utf-8")
        expected = after.text if after.language == "text" and after.text.startswith("art:") else ""
        try:
            resolve(load_layout(path), drawn_document())
        except BadInput as error:
            console.fail(error, as_json=False)
        assert capsys.readouterr().err.replace(str(path), "motion.yaml") == expected
        shown += bool(expected)
    assert shown == 3


def test_names_with_tags_are_tags() -> None:
    text = section("docs/layout.md", "Motion in layer names")
    for row in rows(text):
        name = coded(row[0])[0]
        assert split_tags(name, find_motion) == (name.partition(" ")[0], name.partition(" ")[2])
    assert split_tags("photo [1]", find_motion) == ("photo [1]", "")


def test_the_grammar_of_tags_is_the_real_one() -> None:
    lines = [line.strip() for line in (name_tags.__doc__ or "").splitlines() if re.match(r" +\w+ +=", line)]
    (shown,) = (block.text.splitlines() for block in blocks("docs/layout.md") if block.text.startswith("tag "))
    assert shown == lines


# --- docs/export.md ---------------------------------------------------------------------------------------------------


def test_formats_are_those_that_exist() -> None:
    listed = {coded(row[0])[0]: row for row in rows(section("docs/export.md", "Export")) if len(row) == 7}
    assert set(listed) == set(export_presets())
    for name, preset in export_presets().items():
        _, file, role, alpha, pixel_format, summary, _ = listed[name]
        codec = CODECS[preset.codec]
        assert file == (f"folder of `{preset.suffix}`" if preset.sequence else f"`{preset.suffix}`"), name
        assert role == preset.role, name
        bits = f"{preset.bits} bit" if preset.bits > 1 else "on or off"
        assert alpha == (bits if preset.alpha else "none"), name
        assert coded(pixel_format) == [codec.pixel_format], name
        assert summary == preset.summary, name


def test_formats_for_programs_have_that_role() -> None:
    for row in rows(section("docs/export.md", "Which format for which program")):
        if len(row) == 3:
            for role, cell in zip(("layer", "composite"), row[1:], strict=True):
                assert {export_presets()[name].role for name in coded(cell)} <= {role, "both"}, row


def test_formats_nobody_makes_are_named() -> None:
    assert set(NOT_MADE) <= set(coded(prose("docs/export.md")))


def test_tagged_linear_padded_and_lossless_formats() -> None:
    by_codec = {preset.codec: name for name, preset in export_presets().items()}
    colour, sizes = section("docs/export.md", "Colour"), section("docs/export.md", "Sizes")
    assert {by_codec[name] for name, codec in CODECS.items() if codec.tagged} == set(
        coded(colour.partition(" are encoded")[0])
    )
    assert {by_codec[name] for name, codec in CODECS.items() if codec.linear} == {"exr"}
    assert {by_codec[name] for name, codec in CODECS.items() if codec.even} == {"mp4", "mp4-packed"}
    assert "`mp4` and `mp4-packed` need even sides" in sizes


# --- docs/inputs.md ---------------------------------------------------------------------------------------------------


def test_kinds_of_input() -> None:
    table = rows(first_table(text_of("docs/inputs.md")))
    listed = {row[0]: {word.removeprefix("--") for word in coded(row[1])} for row in table}
    assert listed == {reader.what: set(reader.options) for reader in READERS.values()}


def test_what_photoshop_files_lose() -> None:
    from psd_tools.composite.adjustments import ADJUSTMENT_FUNC

    from engine.readers.psd_effects import DRAWN_EFFECTS, IGNORED_EFFECTS

    listed = {row[0]: set(coded(row[1])) for row in rows(section("docs/inputs.md", "Photoshop: PSD and PSB"))}
    assert listed["baked"] == set(DRAWN_EFFECTS.values())
    assert listed["ignored"] == set(IGNORED_EFFECTS.values())
    assert listed["computed in the composite"] == set(ADJUSTMENT_FUNC)


def test_the_manifest_example_is_read(tmp_path: Path) -> None:
    (block,) = (block for block in blocks("docs/inputs.md") if block.language == "yaml")
    (tmp_path / "layers.yaml").write_text(block.text, "utf-8")
    save_png(tmp_path / "background.png", bar(8, 4, (1, 2, 3, 255)))
    save_png(tmp_path / "parts" / "balloon.png", disc(8, (200, 0, 0)))
    document = read(tmp_path)
    assert [layer.path for layer in document.layers()] == ["background", "Hero/Upper/Balloon"]
    assert document.layers()[1].tags == "[bob 2s]"
    keys = [coded(row[0])[0] for row in rows(section("docs/inputs.md", "layers.yaml"))]
    assert keys == list(ManifestLayer.model_fields)


def test_limits() -> None:
    values = [row[1] for row in rows(section("docs/inputs.md", "Limits"))]
    gib = [f"{count >> 30} GiB" for count in (MAX_IMAGE_BYTES, MAX_INPUT_BYTES)]
    assert values == [str(MAX_SIDE), str(MAX_LAYERS), str(MAX_NESTING), *gib]
