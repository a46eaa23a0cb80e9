"""A network disk whose names are seen late, as `sitecustomize` of a process: what another process made below a folder
called `out` is not there, whoever looks it up or lists its folder, until `show` is called.

What makes, moves or removes names is done by the server and sees what is there; a process that has made a name, or was
told that it is taken, knows it from then on. Marks beside this file stand for names not shown yet; `unseen` there lists
what was looked for meanwhile.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

MARKS = Path(__file__).parent / "marks"

# pathlib calls `os` by its names, so what it does would go through what is put there
_stat, _unlink, _listdir, _scandir, _open = os.stat, os.unlink, os.listdir, os.scandir, io.open
_known = set[str]()


def _full(path: Any) -> str:
    return "" if isinstance(path, int) else os.path.abspath(os.fsdecode(path))


def _mark(path: str) -> str:
    return f"{MARKS}/{sha256(path.encode()).hexdigest()}"


def _is_there(path: str) -> bool:
    try:
        return bool(_stat(path, follow_symlinks=False))
    except OSError:
        return False


def hide(marks: Path, path: Path) -> None:
    """Let a name be out of sight again, as one that was made later than the others."""
    (marks / sha256(str(path).encode()).hexdigest()).touch()


def show(marks: Path, share: float) -> None:
    """Let that share of the names that are not shown yet come into sight, those that came up first."""
    found = sorted(marks.iterdir(), key=lambda mark: mark.stat().st_mtime_ns)
    for mark in found[: round(len(found) * share)]:
        mark.unlink()


def _is_hidden(path: str) -> bool:
    """The name, or a folder around it."""
    while "/out/" in path:
        if path not in _known and _is_there(_mark(path)):
            return True
        path = os.path.dirname(path)
    return False


def _looking(function: Callable[..., Any]) -> Callable[..., Any]:
    def look(path: Any = ".", *words: Any, **more: Any) -> Any:
        if _is_hidden(_full(path)):
            with _open(MARKS.parent / "unseen", "a") as file:
                file.write(f"{_full(path)}\n")
            raise FileNotFoundError(errno.ENOENT, "not seen yet", path)
        return function(path, *words, **more)

    return look


def _making(function: Callable[..., Any], place: int = 0) -> Callable[..., Any]:
    """place: which of the words is the name that comes up."""

    def make(*words: Any, **more: Any) -> Any:
        path = _full(words[place])
        is_new = not _is_there(path)
        try:
            return function(*words, **more)
        finally:
            if _is_there(path):
                _known.add(path)
                if is_new:
                    _open(_mark(path), "w").close()

    return make


def _opening(function: Callable[..., Any], makes: Callable[[Any], bool]) -> Callable[..., Any]:
    look, make = _looking(function), _making(function)

    def open_(path: Any, *words: Any, **more: Any) -> Any:
        how = words[0] if words else more.get("mode", "r")
        return (make if makes(how) else look)(path, *words, **more)

    return open_


def _listing(path: Any = ".") -> list[str]:
    return [name for name in _listdir(path) if not _is_hidden(os.path.join(_full(path), name))]


class _Scanning:
    def __init__(self, path: Any = ".") -> None:
        with _scandir(path) as found:
            self._found = iter([entry for entry in found if not _is_hidden(_full(entry.path))])

    def __iter__(self) -> Iterator[os.DirEntry[str]]:
        return self._found

    def __next__(self) -> os.DirEntry[str]:
        return next(self._found)

    def __enter__(self) -> _Scanning:
        return self

    def __exit__(self, *error: object) -> None: ...

    def close(self) -> None: ...


def _removing(path: Any, *words: Any, **more: Any) -> None:
    _unlink(path, *words, **more)
    if _is_there(_mark(_full(path))):
        _unlink(_mark(_full(path)))


def put_in_place() -> None:
    MARKS.mkdir(exist_ok=True)
    new: dict[str, Callable[..., Any]] = {
        "stat": _looking(os.stat), "lstat": _looking(os.lstat), "listdir": _listing, "scandir": _Scanning,
        "mkdir": _making(os.mkdir), "link": _making(os.link, 1), "replace": _making(os.replace, 1),
        "rename": _making(os.rename, 1), "unlink": _removing, "remove": _removing,
        "open": _opening(os.open, lambda flags: bool(flags & os.O_CREAT)),
    }  # fmt: skip
    for name, function in new.items():
        setattr(os, name, function)
    opening = _opening(io.open, lambda mode: bool(set(mode) & set("wax")))
    for module in (io, builtins):
        setattr(module, "open", opening)  # noqa: B010 - an assignment would be one to another type


if __name__ == "sitecustomize":
    put_in_place()
