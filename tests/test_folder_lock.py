"""The lock of an output folder, with real processes: living holders, dead ones, ranges of frames, whole runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import CannotWrite
from engine.folder_lock import NAME, locked
from jobs import environment

HOLD = (
    "import sys; from pathlib import Path; from engine.folder_lock import locked\n"
    "with locked(Path(sys.argv[1]), eval(sys.argv[2])): print('held', flush=True); sys.stdin.read()"
)


def holder(folder: Path, frames: tuple[int, int] | None = None) -> subprocess.Popen[str]:
    """A process that holds the folder until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), repr(frames)],
        env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("theirs", "ours", "refused"),
    [
        (None, None, True),
        (None, (0, 24), True),
        ((0, 24), None, True),
        ((0, 24), (0, 24), True),
        ((0, 24), (24, 48), False),
    ],
)
def test_who_may_write_beside_whom(
    tmp_path: Path, theirs: tuple[int, int] | None, ours: tuple[int, int] | None, refused: bool
) -> None:
    process = holder(tmp_path, theirs)
    if refused:
        with pytest.raises(CannotWrite, match=rf"another art run \(pid {process.pid} on .+\) is writing here"):
            locked(tmp_path, ours).__enter__()
    else:
        with locked(tmp_path, ours):
            assert len(names(tmp_path)) == 2
    assert len(names(tmp_path)) == 1  # theirs
    process.communicate("", timeout=30)
    assert names(tmp_path) == []
    with locked(tmp_path, ours):
        pass


def test_the_lock_of_a_killed_run_is_taken_over(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    assert names(tmp_path) == [NAME]
    with locked(tmp_path):
        assert (tmp_path / NAME).read_text().startswith(f"{os.getpid()} ")
    assert names(tmp_path) == []


def test_a_lock_of_another_host_stays(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("1 elsewhere\n")
    with pytest.raises(CannotWrite, match="pid 1 on elsewhere"):
        locked(tmp_path).__enter__()
    assert names(tmp_path) == [NAME]


def test_of_many_at_once_one_gets_a_stale_lock(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    held = holder(tmp_path / "other")
    host = (tmp_path / "other" / NAME).read_text().split()[1]
    held.communicate("", timeout=30)
    (tmp_path / NAME).write_text(f"{gone.pid} {host}\n")
    tries = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path), "None"],
            env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    said = [each.stdout.readline() for each in tries if each.stdout is not None]  # winners wait, others have ended
    assert said.count("held\n") == 1
    for each in tries:
        each.communicate("", timeout=30)
    assert names(tmp_path) == ["other"]
