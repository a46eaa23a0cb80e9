"""File names, printable text, checksums, and files that are whole or absent."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import CannotWrite
from engine.files import atomic, file_stem, file_stems, sha256, sweep_leftovers, visible


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Layer Name", "03_layer-name"),
        ("../../x", "03_x"),
        ("/etc/passwd", "03_etc-passwd"),
        ("C:\\windows", "03_c-windows"),
        ("CON", "03_con"),
        ("..hidden", "03_hidden"),
        ("", "03_layer"),
        ("   ", "03_layer"),
        ("🎈", "03_layer"),
        ("❤️ heart", "03_heart"),
        ("Größe", "03_größe"),
        ("Gro\u0308ße", "03_größe"),
        ("気球 2", "03_気球-2"),
        ("a\x00b\x1b[31mc\nd", "03_abc-d"),
        ("\u202egnp.exe", "03_gnp-exe"),
        ("x.mov", "03_x-mov"),
        ('<>:"|?*', "03_layer"),
        ("\ud800half", "03_half"),
    ],
)
def test_stems(name: str, stem: str) -> None:
    assert file_stem(3, name) == stem


def test_a_long_name_is_cut_between_letters() -> None:
    assert len(file_stem(0, "ä" * 300).encode()) in (79, 80)
    assert file_stem(12, "a" * 300) == "12_" + "a" * 77


@given(st.lists(st.text(st.characters(), max_size=120), max_size=8))
def test_any_names_become_different_safe_files(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp() / "stems"
    folder.mkdir(exist_ok=True)
    stems = file_stems(names)
    assert len({unicodedata.normalize("NFKD", stem).casefold() for stem in stems}) == len(names)
    for stem in stems:
        assert len(stem.encode()) <= 80
        assert stem == unicodedata.normalize("NFC", stem)
        assert not set(stem) & set('/\\:*?"<>|. ')
        file = folder / f"{stem}.mov"
        file.touch()
        assert file.parent.resolve() == file.resolve().parent
        file.unlink()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Größe 気球", "plain Größe 気球"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("a\nb\tc", "a b c"),
        ("\x9b2Jx", "x"),
        ("bell\x07", "bell"),
        ("\u202eflip", "flip"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("\x1b", ""),
    ],
)
def test_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters(), max_size=60) | st.lists(st.sampled_from("\x1b[]0;m\\\x07 aP\x9b")).map("".join))
def test_visible_text_controls_nothing(text: str) -> None:
    shown = visible(text)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in shown)
    assert visible(shown) == shown
    shown.encode()


def test_sha256(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"abc" * 10**6)
    assert sha256(file) == hashlib.sha256(b"abc" * 10**6).hexdigest()


def write_and_raise(path: Path, error: type[BaseException], *, folder: bool = False) -> None:
    with atomic(path) as temporary:
        if folder:
            (temporary / "deep").mkdir(parents=True)
        (temporary / "deep" / "0.png" if folder else temporary).write_text("half")
        raise error


def test_atomic_replaces_at_the_end(tmp_path: Path) -> None:
    final = tmp_path / "out.mov"
    final.write_text("old")
    with atomic(final) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".mov"
        temporary.write_text("new")
        assert final.read_text() == "old"
    assert final.read_text() == "new"
    assert list(tmp_path.iterdir()) == [final]


def test_atomic_takes_folders(tmp_path: Path) -> None:
    with atomic(tmp_path / "frames") as temporary:
        (temporary / "deep").mkdir(parents=True)
        (temporary / "deep" / "0.png").write_text("x")
    assert (tmp_path / "frames" / "deep" / "0.png").read_text() == "x"
    with pytest.raises(KeyError):
        write_and_raise(tmp_path / "other", KeyError, folder=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["frames"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_after_an_exception(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error):
        write_and_raise(tmp_path / "out.mov", error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ENOSPC, "disk is full"), (errno.EACCES, "not allowed"), (errno.EROFS, "read-only"), (errno.EIO, "written")],
)
def test_system_errors_become_ours(tmp_path: Path, number: int, word: str) -> None:
    with pytest.raises(CannotWrite, match=word) as caught, atomic(tmp_path / "out.mov"):
        raise OSError(number, os.strerror(number))
    assert caught.value.hint
    assert caught.value.where
    assert caught.value.where.path == tmp_path / "out.mov"


def test_a_missing_folder_and_a_file_in_the_way(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="folder is not there"), atomic(tmp_path / "no" / "out.mov") as temporary:
        temporary.write_text("x")
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match="not a folder"), atomic(tmp_path / "file" / "out.mov") as temporary:
        temporary.write_text("x")


def test_what_a_killed_process_leaves_is_swept_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from engine.files import atomic\n"
        "with atomic(Path(sys.argv[1])) as t: t.write_text('half'); print('ready', flush=True); time.sleep(60)"
    )
    root = Path(__file__).parent.parent
    final = tmp_path / "out.mov"
    with subprocess.Popen([sys.executable, "-c", program, final], cwd=root, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        (left,) = tmp_path.iterdir()
        assert sweep_leftovers(tmp_path) == []  # still being written
        process.send_signal(signal.SIGKILL)
    (tmp_path / "mine.tmp").touch()
    with atomic(tmp_path / "other.mov") as temporary:
        temporary.write_text("x")
        assert sweep_leftovers(tmp_path) == [left]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["mine.tmp", "other.mov"]
    assert sweep_leftovers(tmp_path / "nowhere") == []
