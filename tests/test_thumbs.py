"""Thumbnails of `art inspect`: in colour in terminals that have it, never in pipes, on CI or against NO_COLOR."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from drawn import write_psd
from jobs import art, command, environment

COLOURS = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "CI": "", "COLUMNS": "90", "LINES": "24"}
SGR = re.compile(r"\x1b\[([0-9;]*)m")


@pytest.fixture(scope="module")
def psd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_psd(tmp_path_factory.mktemp("thumbs") / "design.psd")


def in_terminal(*words: str | Path, **variables: str) -> str:
    """What the program writes into a terminal of its own."""
    if sys.platform == "win32":
        pytest.skip("there are no pseudo terminals")
    import pty

    variables = {**{key: value for key, value in environment().items() if key != "NO_COLOR"}, **COLOURS, **variables}
    master, slave = pty.openpty()
    process = subprocess.Popen(command(*words), stdin=slave, stdout=slave, stderr=subprocess.PIPE, env=variables)
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:  # how Linux says that the other side is closed
        pass
    os.close(master)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    return shown.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    return SGR.sub("", text)


def test_a_terminal_shows_the_layers_above_the_tree(psd: Path) -> None:
    shown = in_terminal("inspect", psd)
    assert "38;2;220;40;30" in shown  # the balloon's own red
    lines = plain(shown).splitlines()
    assert max(map(len, lines)) <= 90
    blocks = [line for line in lines if "▀" in line]
    assert len(blocks) == 16 + 8 + 0  # the composite of 48 x 32 px, a row of five layers of 16 x 16
    assert blocks[16] == "  ".join(5 * ["▀" * 16])
    names = next(line for line in lines if "Hero/Balloon" in line)
    assert names.split() == ["Größe", "★", "Title", "Hero/Shine", "Hero/Balloon", "Background"]
    assert lines.index(names) < next(i for i, line in enumerate(lines) if line.startswith("layer (front to back)"))


def test_the_picture_has_the_designs_pixels(psd: Path) -> None:
    """The first line of the composite: red grows to the right on the drawn background."""
    first = next(line for line in in_terminal("inspect", psd).splitlines() if "▀" in line)
    reds = [int(red) for red in re.findall(r"38;2;(\d+);", first)]
    assert reds[0] < 20
    assert reds[-1] > 200


def test_256_colours_are_enough(psd: Path) -> None:
    shown = in_terminal("inspect", psd, COLORTERM="")
    assert "38;5;" in shown
    assert "38;2;" not in shown


@pytest.mark.parametrize(
    "variables",
    [{"NO_COLOR": "1"}, {"CI": "true"}, {"TERM": "dumb"}, {"TERM": "xterm", "COLORTERM": ""}, {"COLUMNS": "40"}],
    ids=lambda variables: next(iter(variables)),
)
def test_terminals_that_do_not_want_them(variables: dict[str, str], psd: Path) -> None:
    shown = in_terminal("inspect", psd, **variables)
    assert "▀" not in shown
    assert "96 x 64" in shown


def test_a_pipe_gets_none_unless_told(psd: Path) -> None:
    colours = {key: value for key, value in COLOURS.items() if key != "CI"}
    assert "▀" not in art("inspect", psd, **colours, FORCE_COLOR="1").stdout
    told = art("inspect", psd, "--thumbs", "always", **colours)
    assert "38;2;220;40;30" in told.stdout
    assert "▀" not in in_terminal("inspect", psd, "--thumbs", "never")
    assert "▀" not in art("inspect", psd, "--thumbs", "always", "--json", **colours).stdout


def test_names_are_cut_to_their_place_and_steer_nothing() -> None:
    from art_cli.thumbs import _caption

    assert _caption("Group/A rather long name", 16) == "…ather long name"
    assert _caption("日本語のレイヤー名前です", 16) == "…イヤー名前です "
    assert _caption("a\x1b]0;title\x07b\nc", 6) == "ab c  "


def test_unasked_only_the_front_ones_are_shown(tmp_path: Path) -> None:
    from drawn import bar, save_png

    for index in range(30):
        save_png(tmp_path / "stack" / f"{index:02d}_layer {index}.png", bar(8, 8, (index, 0, 0, 255)))
    shown = plain(in_terminal("inspect", tmp_path / "stack"))
    assert "and 6 more" in shown
    assert "and 6 more" not in plain(in_terminal("inspect", tmp_path / "stack", "--thumbs", "always"))
