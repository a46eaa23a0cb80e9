"""The program as scripts see it: exit codes, streams, JSON envelopes, defaults from files and variables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drawn import write_png_stack, write_psd

ROOT = Path(__file__).parent.parent


def art(*words: str | Path, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": "/nonexistent", **variables}
    command = [sys.executable, "-m", "art_cli.main", *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)


def error_of(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    envelope: dict[str, Any] = json.loads(result.stdout)
    assert envelope["schema"] == 1
    assert envelope["ok"] is False
    error: dict[str, Any] = envelope["error"]
    return error


@pytest.fixture(scope="module")
def psd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_psd(tmp_path_factory.mktemp("design") / "design.psd")


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    path = tmp_path / "motion.yaml"
    path.write_text(
        "version: 1\ncanvas: {fps: 12, duration: 0.5s}\n"
        "layers:\n  - layer: Hero/Balloon\n    loop: {motion: bob, period: 0.5s}\n"
    )
    return path


def test_help_is_quick_to_import() -> None:
    code = "import sys, art_cli.main; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert not {"torch", "av", "psd_tools", "PIL", "numpy", "pydantic"} & set(loaded.split())


@pytest.mark.parametrize(
    "command", ["animate", "inspect", "layout", "layout init", "layout check", "presets", "verify", "doctor"]
)
def test_every_command_explains_itself(command: str) -> None:
    result = art(*command.split(), "--help")
    assert result.returncode == 0
    assert "Usage: art" in result.stdout


def test_animate_verify_and_resume(psd: Path, layout: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = art("animate", psd, "--layout", layout, "-o", out, "--format", "qtrle", "--json", "--progress", "plain")
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)["data"]
    assert {entry["path"] for entry in data["manifest"]["files"]} >= {"composite.mp4", "motion.yaml"}
    assert data["manifest"] == json.loads((out / "manifest.json").read_text())
    assert "\r" not in result.stderr
    assert art("verify", out).returncode == 0

    again = art("animate", psd, "--layout", layout, "-o", out, "--format", "qtrle")
    assert again.returncode == 73
    assert "--resume" in again.stderr
    resumed = art("animate", psd, "--layout", layout, "-o", out, "--format", "qtrle", "--resume", "--json")
    assert resumed.returncode == 0
    assert json.loads(resumed.stdout)["data"]["manifest"] == data["manifest"]

    sums = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=out, capture_output=True, check=False)
    assert sums.returncode == 0
    movie = next((out / "layers").glob("*.mov"))
    movie.write_bytes(movie.read_bytes()[:-1])
    broken = art("verify", out, "--json")
    assert broken.returncode == 74
    assert json.loads(broken.stdout)["data"]["problems"]


def test_plan_writes_nothing(psd: Path, layout: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = art("animate", psd, "--layout", layout, "-o", out, "--plan", "--json")
    assert result.returncode == 0
    plan = json.loads(result.stdout)["data"]
    assert plan["frames"] == 6
    assert not out.exists()
    table = art("animate", psd, "--layout", layout, "-o", out, "--plan")
    assert "Hero/Balloon" in table.stdout
    assert "loop bob" in table.stdout
    assert "with Hero/Balloon" in art("animate", psd, "-l", layout, "--plan", COLUMNS="200").stdout


CASES: list[tuple[str, list[str], int, str]] = [
    ("unknown option", ["animate", "{psd}", "--fromat", "webm"], 2, "usage"),
    ("unknown format", ["animate", "{psd}", "--format", "avi", "-o", "{out}"], 2, "usage"),
    ("bad frame range", ["animate", "{psd}", "--frames", "9-2", "-o", "{out}"], 2, "usage"),
    ("a movie is never cut", ["animate", "{psd}", "--frames", "0-2", "-o", "{out}"], 2, "usage"),
    ("bad size", ["animate", "{psd}", "--size", "wide", "-o", "{out}"], 2, "usage"),
    ("other proportions", ["animate", "{psd}", "--size", "100x100", "-o", "{out}"], 2, "usage"),
    ("missing design", ["animate", "{tmp}/none.psd"], 66, "missing_input"),
    ("missing layout", ["animate", "{psd}", "--layout", "{tmp}/none.yaml", "-o", "{out}"], 66, "missing_input"),
    ("not a design", ["inspect", "{tmp}/note.txt"], 65, "bad_input"),
    ("typo in the layout", ["layout", "check", "{tmp}/typo.yaml"], 65, "bad_input"),
    ("layer of no document", ["layout", "check", "{tmp}/stranger.yaml", "{psd}"], 65, "bad_input"),
    ("unknown weights", ["animate", "{psd}", "-l", "{tmp}/prompt.yaml", "--weights", "x"], 66, "missing_input"),
    ("no such precision", ["animate", "{psd}", "--precision", "fp8", "-o", "{out}"], 2, "usage"),
    ("no steps at all", ["animate", "{psd}", "--steps", "0", "-o", "{out}"], 2, "usage"),
    ("no such codec here", ["animate", "{psd}", "--format", "hevc", "-o", "{out}"], 69, "unavailable"),
    ("no such device", ["animate", "{psd}", "--device", "cuda:99", "-o", "{out}"], 69, "unavailable"),
    ("a file where the folder goes", ["animate", "{psd}", "-o", "{tmp}/note.txt"], 73, "cannot_write"),
    ("nothing to verify", ["verify", "{tmp}"], 66, "missing_input"),
    ("no such preset", ["presets", "show", "bobb"], 66, "missing_input"),
]


@pytest.mark.parametrize(("words", "code", "name"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_errors_have_their_code_and_a_sentence(
    psd: Path, tmp_path: Path, words: list[str], code: int, name: str
) -> None:
    (tmp_path / "note.txt").write_text("hello")
    (tmp_path / "typo.yaml").write_text("version: 1\nlayers:\n  - layer: A\n    lop: {motion: bob}\n")
    (tmp_path / "stranger.yaml").write_text("version: 1\nlayers:\n  - layer: Baloon\n    loop: bob\n")
    (tmp_path / "prompt.yaml").write_text("version: 1\nlayers:\n  - layer: Hero/Balloon\n    prompt: it bobs\n")
    filled = [word.format(psd=psd, tmp=tmp_path, out=tmp_path / "out") for word in words]
    told, in_json = art(*filled), art(*filled, "--json") if words[0] != "layout" or "--json" else art(*filled)
    assert told.returncode == code, told.stderr
    assert told.stdout == ""
    assert "Traceback" not in told.stderr
    assert in_json.returncode == code
    error = error_of(in_json)
    assert error["code"] == name
    assert error["message"]
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").rglob("*.m*"))


def test_layout_errors_name_file_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "typo.yaml"
    path.write_text("version: 1\nlayers:\n  - layer: A\n    lop: {motion: bob}\n")
    result = art("layout", "check", path, "--json")
    error = error_of(result)
    assert (error["where"]["line"], error["where"]["column"]) == (4, 5)
    assert "loop" in error["message"]
    assert f"{path}:4:5" in art("layout", "check", path).stderr


def test_only_layout_check_asks_for_a_version(psd: Path, tmp_path: Path) -> None:
    path = tmp_path / "motion.yaml"
    path.write_text("layers:\n  - {layer: Title, loop: bob}\n")
    assert "no `version`" in art("layout", "check", path).stderr
    assert "version`" not in art("animate", psd, "-l", path, "--plan").stdout


def test_layout_init_check_schema_and_migrate(psd: Path, tmp_path: Path) -> None:
    path = tmp_path / "motion.yaml"
    assert art("layout", "init", psd, "-o", path).returncode == 0
    assert (tmp_path / "motion.schema.json").exists()
    assert art("layout", "check", path, psd).returncode == 0
    assert art("layout", "init", psd, "-o", path).returncode == 73
    schema = json.loads(art("layout", "schema").stdout)
    assert schema["$schema"].endswith("2020-12/schema")
    assert "already" in art("layout", "migrate", path).stdout


def test_without_a_layout_everything_moves_calmly(psd: Path, tmp_path: Path) -> None:
    stack = write_png_stack(tmp_path / "stack")
    result = art("animate", stack, "-o", tmp_path / "out", "--plan", "--json", "--duration", "1s")
    plan = json.loads(result.stdout)["data"]
    backends = {job["path"]: job["backend"] for job in plan["jobs"]}
    assert "kinetic" in backends.values()
    assert plan["frames"] == 30


def test_defaults_come_from_files_and_variables(psd: Path, layout: Path, tmp_path: Path) -> None:
    def formats(**variables: str) -> set[str]:
        result = art("animate", psd, "-l", layout, "--plan", "--json", cwd=tmp_path, **variables)
        jobs = json.loads(result.stdout)["data"]["jobs"]
        return {output["preset"] for job in jobs for output in job["outputs"] if output["role"] == "layer"}

    assert formats() == {"prores4444", "webm"}
    (tmp_path / "art.toml").write_text('[animate]\nformat = "ffv1"\n')
    assert formats() == {"ffv1"}
    assert formats(ART_ANIMATE_FORMAT="qtrle") == {"qtrle"}
    (tmp_path / "art.toml").write_text('[animate]\nfromat = "ffv1"\n')
    result = art("animate", psd, "--plan", cwd=tmp_path)
    assert result.returncode == 65
    assert "format" in result.stderr


def test_defaults_of_commands_in_groups_and_of_json(psd: Path, tmp_path: Path) -> None:
    (tmp_path / "art.toml").write_text("[layout.init]\nforce = true\n[presets.list]\njson = true\n")
    (tmp_path / "motion.yaml").write_text("old")
    assert art("layout", "init", psd, cwd=tmp_path).returncode == 0
    assert json.loads(art("presets", "list", cwd=tmp_path).stdout)["ok"]
    assert json.loads(art("presets", "show", "bob", ART_PRESETS_SHOW_JSON="1").stdout)["ok"]
    for text, said in [
        ("[layout]\nforce = true\n", "`art layout` has no command 'force'"),
        ("[layout.init]\nforse = true\n", "did you mean force?"),
        ("[layout]\ninit = 3\n", "'layout.init' is not a table"),
        ("animate = 3\n", "'animate' is not a table"),
        ("[animate.format]\na = 3\n", "'format' is an option, not a table"),
    ]:
        (tmp_path / "art.toml").write_text(text)
        result = art("doctor", cwd=tmp_path)
        assert result.returncode == 65
        assert said in result.stderr


def test_inspect_tells_the_tree_and_draws_a_sheet(psd: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    result = art("inspect", psd, "--json", "--sheet", sheet)
    facts = json.loads(result.stdout)["data"]
    assert {layer["path"] for layer in facts["layers"]} >= {"Background", "Hero", "Hero/Balloon"}
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert "Balloon" in art("inspect", psd).stdout


def test_presets_and_doctor() -> None:
    listed = json.loads(art("presets", "list", "--json").stdout)["data"]
    names = {preset["name"] for preset in listed["motions"]}
    assert {"rise", "bob", "wave", "flicker", "kenburns"} <= names
    shown = art("presets", "show", "bob").stdout
    assert "period" in shown
    assert "how far to each side of rest" in shown
    export = art("presets", "show", "prores4444").stdout
    assert "--quality draft: qscale 9" in export
    assert not any(sign in export for sign in ("(", "False", "True"))
    report = art("doctor", "--json")
    assert report.returncode == 0
    assert json.loads(report.stdout)["data"]["healthy"]


def test_hostile_names_cannot_steer_the_terminal(tmp_path: Path) -> None:
    from PIL import Image

    stack = tmp_path / "stack"
    stack.mkdir()
    Image.new("RGBA", (8, 8), "red").save(stack / "a\x1b[31mred\x1b]0;title\x07.png")
    result = art("inspect", stack)
    assert result.returncode == 0
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout


def test_completion_can_be_installed() -> None:
    result = art("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert result.returncode == 0
    assert "_ART_COMPLETE" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--quality", "hihg"], "--quality cannot be 'hihg'\n     did you mean high?"),
        (["--seed", "abc"], "--seed takes a whole number"),
        (["--fromat", "webm"], "--format"),
        (["--progress", "openjd", "--json"], "both write to stdout"),
        (["--frames", "0-1"], "prores4444, webm, mp4 are movies"),
    ],
)
def test_options_are_refused_in_plain_words(psd: Path, words: list[str], said: str) -> None:
    result = art("animate", psd, *words)
    assert result.returncode == 2
    assert said in result.stderr + result.stdout
    assert "Value error" not in result.stderr
