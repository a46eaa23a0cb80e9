"""The lock of an output folder, with real processes: living holders, dead ones, ranges of frames, whole runs."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine import folder_lock
from engine.errors import CannotWrite
from engine.folder_lock import NAME, _Holder, holders, locked
from jobs import environment

HOLD = (
    "import sys; from pathlib import Path; from engine.folder_lock import locked\n"
    "with locked(Path(sys.argv[1]), eval(sys.argv[2])): print('held', flush=True); sys.stdin.read()"
)


def holder(folder: Path, frames: tuple[int, int] | None = None, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """A process that holds the folder until its input ends. before: the words of a program that starts it."""
    process = subprocess.Popen(
        [*before, sys.executable, "-c", HOLD, str(folder), repr(frames)],
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
        ((0, 24), (23, 25), True),
        ((0, 24), (8, 9), True),
        ((8, 9), (0, 24), True),
        ((24, 48), (0, 24), False),
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


needs_proc = pytest.mark.skipif(not Path("/proc/sys/kernel/random/boot_id").exists(), reason="there is no /proc")


def text_of_a_lock(folder: Path) -> list[str]:
    """The words that this process writes: number, host, life of the machine, two namespaces, its start."""
    with locked(folder):
        return (folder / NAME).read_text().split()


@needs_proc
@pytest.mark.parametrize(("word", "gone"), [(None, False), (2, True), (5, True)], ids=["same", "boot", "start"])
def test_a_number_that_is_in_use_again(tmp_path: Path, word: int | None, gone: bool) -> None:
    """By this very process: its number, but of an earlier start of the machine, or of a process before it."""
    words = text_of_a_lock(tmp_path)
    assert words[:2] == [str(os.getpid()), socket.gethostname()]
    if word is not None:
        words[word] = "1"
    (tmp_path / NAME).write_text(f"{words[0]} {words[1]}\n{' '.join(words[2:])}\n")
    assert holders(tmp_path) == ([] if gone else [f"pid {os.getpid()} on {socket.gethostname()}"])
    if gone:
        with locked(tmp_path):
            pass
        assert names(tmp_path) == []
    else:
        with pytest.raises(CannotWrite, match=f"pid {os.getpid()} on {socket.gethostname()}"):
            locked(tmp_path).__enter__()


def test_a_lock_that_says_no_more_than_number_and_host(tmp_path: Path) -> None:
    """As systems without /proc write it: the number decides."""
    (tmp_path / NAME).write_text(f"{os.getpid()} {socket.gethostname()}\n")
    with pytest.raises(CannotWrite):
        locked(tmp_path).__enter__()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / NAME).write_text(f"{gone.pid} {socket.gethostname()}\n")
    with locked(tmp_path):
        pass


@pytest.fixture
def container() -> tuple[str, ...]:
    """What starts a program as the first process of a container, and ends it with itself."""
    words = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    if shutil.which("unshare") is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode:
        pytest.skip("containers cannot be made here")
    return words


@needs_proc
def test_a_container_that_is_started_again(tmp_path: Path, container: tuple[str, ...]) -> None:
    """It has the same name, and its process the same number, which is 1."""
    first = holder(tmp_path, before=(*container, "--uts"))
    assert (tmp_path / NAME).read_text().startswith("1 ")
    first.kill()
    first.communicate(timeout=30)
    second = holder(tmp_path, before=(*container, "--uts"))
    second.communicate("", timeout=30)
    assert second.returncode == 0
    assert names(tmp_path) == []


@needs_proc
def test_a_container_that_shares_the_name_of_its_host(tmp_path: Path, container: tuple[str, ...]) -> None:
    """Its processes have numbers of their own, so that 1 is another here: it holds what it holds, from both sides."""
    inside = holder(tmp_path, before=container)
    with pytest.raises(CannotWrite, match="pid 1 on"):
        locked(tmp_path).__enter__()
    inside.communicate("", timeout=30)
    with locked(tmp_path):
        refused = subprocess.run(
            [*container, sys.executable, "-c", HOLD, str(tmp_path), "None"],
            env=environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert f"pid {os.getpid()} on" in refused.stderr


@needs_proc
def test_a_killed_process_that_nobody_has_waited_for(tmp_path: Path) -> None:
    """As in a container whose first process does not: it still has its number, and will for long."""
    process = holder(tmp_path)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert holders(tmp_path) == []
    with locked(tmp_path):
        pass
    process.communicate(timeout=30)


def test_a_lock_that_another_run_has_just_taken_over_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even for a moment, in which a third could make its own."""
    killed = holder(tmp_path)
    killed.kill()
    killed.communicate(timeout=30)
    others = list[subprocess.Popen[str]]()
    changed = list[int]()
    is_gone = _Holder.is_gone

    def late(lock: _Holder) -> bool:
        gone = is_gone(lock)
        if not others:
            others.append(holder(tmp_path))
            changed.append((tmp_path / NAME).stat().st_ctime_ns)
            time.sleep(0.1)  # clocks of disks are coarse
        return gone

    monkeypatch.setattr(_Holder, "is_gone", late)
    with pytest.raises(CannotWrite):
        locked(tmp_path).__enter__()
    assert (tmp_path / NAME).stat().st_ctime_ns == changed[0]
    others[0].communicate("", timeout=30)
    assert names(tmp_path) == []


def test_a_lock_that_cannot_be_read_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / f"{NAME}-1-2").write_text("1 elsewhere\n")

    def refused(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(folder_lock, "_opened", refused)
    with pytest.raises(CannotWrite, match="another art run is writing here"):
        locked(tmp_path).__enter__()
    assert names(tmp_path) == [f"{NAME}-1-2"]


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
