"""One run at a time in an output folder; runs of different ranges of it, such as items of a batch, may share it.

A lock says who holds it: `PID HOST`, and in a second line, where the system has /proc, which life of the machine, which
namespaces, and when the process began: a number that is in use again is told from the process that had it first.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from .errors import CannotWrite, Where
from .files import alive

NAME = ".art-lock"


@contextmanager
def locked(folder: Path, numbers: tuple[int, int] | None = None) -> Iterator[None]:
    """Hold the folder while the block runs; `numbers` [first, end) holds that range only, None everything.

    The lock is a file of its own name for every range, so that equal ranges exclude each other; it says who holds it.
    Other ranges that meet exclude each other too: each makes its lock first and then looks for the other's, so of two
    that start together at least one sees the other. A lock of a dead process of this host is taken over. Raises
    CannotWrite when another run holds the folder, or when it cannot be written.
    """
    _make(folder)
    own = folder / (NAME if numbers is None else f"{NAME}-{numbers[0]}-{numbers[1]}")
    _claim(own)
    try:
        for other in sorted(folder.glob(f"{NAME}*")):
            if other != own and _meet(numbers, _numbers_of(other)):
                _refuse_held(other)
        yield
    finally:
        with suppress(OSError):
            own.unlink()


def _numbers_of(lock: Path) -> tuple[int, int] | None:
    words = lock.name.removeprefix(NAME).split("-")[1:]
    return (int(words[0]), int(words[1])) if len(words) == 2 and all(map(str.isdigit, words)) else None


def _meet(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    return one is None or other is None or max(one[0], other[0]) < min(one[1], other[1])


def holders(folder: Path) -> list[str]:
    """Who holds the folder or a range of it, as `pid 12 on host`; dead processes of this host hold nothing."""
    found = []
    for lock in sorted(folder.glob(f"{NAME}*")):
        with suppress(OSError):
            holder = _Holder.of(lock.read_text("utf-8"))
            if not holder.is_gone():
                found.append(str(holder))
    return found


def release(folder: Path, holder: str) -> None:
    """Remove the locks of a process (`pid 12 on host`) of another host of which the caller knows that it is gone.

    The whole folder's is looked for by its name: a list of the folder may be older than it on a network disk.
    """
    for lock in {folder / NAME, *folder.glob(f"{NAME}-*")}:
        with suppress(OSError):
            found = _Holder.of(lock.read_text("utf-8"))
            if holder == str(found) and found.host != socket.gethostname():
                lock.unlink()


@dataclass(frozen=True)
class _Holder:
    """Who wrote a lock. life: `BOOT PID-NAMESPACE HOST-NAMESPACE START`, empty where no /proc told it."""

    process: str
    host: str
    life: str = ""

    @staticmethod
    def of(text: str) -> _Holder:
        first, _, life = text.strip().partition("\n")
        process, _, host = first.partition(" ")
        return _Holder(process, host, life)

    def __str__(self) -> str:
        return f"pid {self.process} on {self.host}"

    def is_gone(self) -> bool:
        """Whether it is certain that the process no longer runs; of another host nobody can know."""
        if not self.process.isdigit() or self.host != socket.gethostname():
            return False
        ours, theirs = _life().split(), self.life.split()
        if len(ours) != 4 or len(theirs) != 4:
            return not alive(int(self.process))
        if theirs[0] != ours[0]:
            return True  # the machine was started again
        if theirs[1] != ours[1]:
            return theirs[2] != ours[2]  # a container that was started again; one beside us shares the host's name
        state, start = _state_of(self.process)
        return not alive(int(self.process)) or state in ("Z", "X") or start not in ("", theirs[3])


def _life() -> str:
    """What tells this process from all others that had or will have its number; empty where /proc does not say."""
    try:
        if os.readlink("/proc/self") != str(os.getpid()):
            return ""  # that /proc is of another namespace
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        spaces = [os.stat(f"/proc/self/ns/{kind}").st_ino for kind in ("pid", "uts")]
    except OSError:
        return ""
    return f"{boot} {spaces[0]} {spaces[1]} {_state_of('self')[1]}"


def _state_of(process: str) -> tuple[str, str]:
    """The letter of what a process does (Z: it was killed, and nobody has waited for it yet), and when it began, in
    ticks since the machine did; empty where it cannot be read.
    """
    try:
        words = Path(f"/proc/{process}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return words[0], words[19]
    except (OSError, IndexError):
        return "", ""


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"the folder cannot be made: {error.strerror}", hint="choose another with -o", where=Where(folder)
        ) from error


def _claim(lock: Path) -> None:
    """Make the lock file with its content in one step: a link to a finished file fails where the name is taken."""
    mine = lock.with_name(f".art-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        mine.write_text(f"{os.getpid()} {socket.gethostname()}\n{_life()}\n", "utf-8")
        try:
            _link(mine, lock)
        except FileExistsError:
            _refuse_held(lock)
            _link(mine, lock)
    except FileExistsError:
        raise _held(lock, "") from None
    except OSError as error:
        raise CannotWrite(
            f"cannot be written: {error.strerror}", hint="choose another folder with -o", where=Where(lock.parent)
        ) from error
    finally:
        with suppress(OSError):
            mine.unlink()


def _link(source: Path, lock: Path) -> None:
    """A hard link; where the disk has none, an exclusive file with the same content."""
    try:
        os.link(source, lock)
    except FileExistsError:
        raise
    except OSError:
        with lock.open("x", encoding="utf-8") as file:
            file.write(source.read_text("utf-8"))


def _refuse_held(lock: Path) -> None:
    """Remove the lock of a dead process of this host; raise CannotWrite for any other. One that is gone is none."""
    try:
        with _opened(lock) as file:
            holder = file.read()
            if not _Holder.of(holder).is_gone():
                raise _held(lock, holder)
            _take_away(lock, file)
    except FileNotFoundError:
        return
    except PermissionError:
        raise _held(lock, "") from None  # another user's, who lets nobody read it


def _opened(lock: Path) -> TextIO:
    """For writing where that is allowed, which some network disks ask of whoever locks a file."""
    try:
        return lock.open("r+", encoding="utf-8")
    except PermissionError:
        return lock.open(encoding="utf-8")


def _take_away(lock: Path, file: TextIO) -> None:
    """Remove the lock of a dead holder, opened as `file`, unless another run has taken its place by now.

    Of all that find it one removes it: they take turns by locking the file itself, which ends with their lives.
    """
    import fcntl  # Windows has none; there no process is ever known to be dead

    with suppress(OSError):  # a disk without such locks
        fcntl.flock(file, fcntl.LOCK_EX)
    if os.path.samestat(os.fstat(file.fileno()), lock.stat()):
        lock.unlink()


def _held(lock: Path, holder: str) -> CannotWrite:
    found = _Holder.of(holder)
    who = f" ({found})" if found.process and found.host else ""
    hint = f"wait for it, choose another folder with -o, or remove {lock.name} there if no such run exists"
    return CannotWrite(f"another art run{who} is writing here", hint=hint, where=Where(lock.parent))
