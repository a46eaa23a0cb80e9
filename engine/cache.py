"""Finished files by what they are made of, for other items of a batch: a folder with a limit on its size.

An entry is a folder named by its key, with the manifest's words and the parts of one output. Files go in as hard links
where the disk has them, and come out as copies that are hashed on the way: an output that somebody edits in place can
spoil its entry, which is then dropped, but never another output. Generated motion, of which files are made, is kept
in the same way.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache as once
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import ValidationError

from .errors import CannotWrite
from .files import atomic, make_folder, sweep_leftovers
from .manifest import FileEntry
from .motion_field import MotionField
from .motion_file import packed, unpacked

ENTRY = "entry.json"
MOTION = "motion.npz"
LIMIT = 10 << 30  # bytes
_CHUNK = 1 << 20
_LIBRARIES = ("av", "numpy", "opencv-python-headless", "torch")  # their versions may change a file's bytes


def cache_folder() -> Path:
    """ART_CACHE, else a folder among the user's caches."""
    import platformdirs

    named = os.environ.get("ART_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("art", appauthor=False)) / "files"


def key_of(recipe: str, device: str, path: str = "") -> str:
    """The key of a file: all that decides its bytes. path: of those that their recipe does not tell apart."""
    kind = device.partition(":")[0]
    return hashlib.sha256("\n".join((recipe, kind, path, *_versions())).encode()).hexdigest()


@once
def _versions() -> tuple[str, ...]:
    found = [f"zlib {zlib.ZLIB_RUNTIME_VERSION}"]  # of PNGs; that of another Python may be another
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return tuple(found)


@dataclass(frozen=True)
class CacheInfo:
    """What is in a cache."""

    folder: Path
    entries: int
    bytes: int


class _Spoiled(Exception):
    """An entry is not what was put in."""


class Cache:
    """Several processes may use one folder: entries appear whole, and whoever finds one gone makes the file itself."""

    def __init__(self, folder: Path, limit: int = LIMIT) -> None:
        self.folder, self.limit = folder, limit
        self.hits = 0
        self._unseen = limit  # bytes that may have been added since the size was last looked at

    def take(self, key: str, out: Path, name: str) -> FileEntry | None:
        """Put the file of that key at `out`/`name`; gives its entry, None where there is none. Raises CannotWrite."""
        home, target = self._home(key), out / name
        try:
            entry = FileEntry.model_validate_json((home / ENTRY).read_text("utf-8"))
        except (OSError, ValidationError):
            _drop(home)  # nothing, most of the time
            return None
        if target.exists():
            return None  # whoever makes it anew knows how to make way
        entry = _renamed(entry, name)
        make_folder(target.parent)
        try:
            with atomic(target) as temporary:
                _copy_out(home, entry, temporary)
        except _Spoiled:
            _drop(home)
            return None
        _use(home)
        self.hits += 1
        return entry

    def keep(self, key: str, out: Path, entry: FileEntry) -> None:
        """Put the files of an entry of `out` in. What cannot be kept is not: the output is there all the same."""

        def fill(folder: Path) -> None:
            for index, part in enumerate(entry.parts):
                _link(out / part.path, folder / str(index))
            (folder / ENTRY).write_text(entry.model_copy(update={"layer": None}).model_dump_json(), "utf-8")

        self._put(key, entry.bytes, fill)

    def take_motion(self, key: str) -> list[MotionField] | None:
        """The motion of that key; None where there is none, or not as it was put in."""
        home = self._home(key)
        try:
            kept, data = (home / ENTRY).read_bytes(), (home / MOTION).read_bytes()
        except OSError:
            _drop(home)
            return None
        try:
            if hashlib.sha256(data).hexdigest().encode() != kept:
                raise ValueError
            fields = unpacked(data)
        except ValueError:
            _drop(home)
            return None
        _use(home)
        return fields

    def keep_motion(self, key: str, fields: Sequence[MotionField]) -> None:
        """Put motion in. What cannot be kept is not."""
        data = packed(fields)

        def fill(folder: Path) -> None:
            (folder / MOTION).write_bytes(data)
            (folder / ENTRY).write_text(hashlib.sha256(data).hexdigest(), "ascii")

        self._put(key, len(data), fill)

    def _put(self, key: str, size: int, fill: Callable[[Path], None]) -> None:
        """Make an entry of that many bytes, whole or not at all."""
        home = self._home(key)
        if home.exists() or size > self.limit:
            return
        with suppress(CannotWrite, OSError):
            make_folder(home.parent)
            with atomic(home) as temporary:
                temporary.mkdir()
                fill(temporary)
        self._unseen += size
        if self._unseen > self.limit // 16:
            self.trim()

    def trim(self) -> None:
        """Remove those entries that were not used for longest, until the rest is within the limit."""
        self._sweep()
        found = sorted(self._entries())
        total = sum(size for _, size, _ in found)
        for _, size, home in found:
            if total <= self.limit:
                break
            _drop(home)
            total -= size
        self._unseen = 0

    def info(self) -> CacheInfo:
        sizes = [size for _, size, _ in self._entries()]
        return CacheInfo(self.folder, len(sizes), sum(sizes))

    def clear(self) -> CacheInfo:
        """Remove all entries; gives what there was."""
        before = self.info()
        for _, _, home in self._entries():
            _drop(home)
        self._sweep()
        for folder in self._shelves():
            with suppress(OSError):
                folder.rmdir()
        return before

    def _sweep(self) -> None:
        """Remove what killed processes left of entries that they put in or took away."""
        for folder in self._shelves():
            sweep_leftovers(folder)

    def _home(self, key: str) -> Path:
        return self.folder / key[:2] / key

    def _shelves(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if len(path.name) == 2] if self.folder.is_dir() else []

    def _entries(self) -> Iterator[tuple[int, int, Path]]:
        """(when it was last used, bytes, folder) of every entry."""
        for shelf in self._shelves():
            for home in shelf.iterdir():
                with suppress(OSError):
                    if len(home.name) == 64:
                        files = {file.name: file.stat() for file in home.iterdir()}
                        used = files[ENTRY].st_mtime_ns if ENTRY in files else 0  # of no use without
                        yield used, sum(file.st_size for file in files.values()), home


def _copy_out(home: Path, entry: FileEntry, to: Path) -> None:
    """Copy the parts of an entry. Raises _Spoiled for one that is gone or changed."""
    if entry.is_sequence:
        to.mkdir()
    for index, part in enumerate(entry.parts):
        path = to / part.path.removeprefix(f"{entry.path}/") if entry.is_sequence else to
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            digest = hashlib.sha256()
            for chunk in _read(home / str(index)):
                file.write(chunk)
                digest.update(chunk)
        if digest.hexdigest() != part.sha256:
            raise _Spoiled


def _read(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise _Spoiled from error


def _link(source: Path, to: Path) -> None:
    try:
        os.link(source, to)
    except OSError:
        shutil.copyfile(source, to)


def _use(home: Path) -> None:
    """An entry used now stays longest."""
    with suppress(OSError):
        os.utime(home / ENTRY)


def _drop(home: Path) -> None:
    """Remove an entry, if it is there: it is gone at once, and what a kill leaves of it can be swept."""
    aside = home.with_name(f".art-{os.getpid()}-{os.urandom(4).hex()}.tmp")
    with suppress(OSError):
        home.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)


def _renamed(entry: FileEntry, name: str) -> FileEntry:
    """The entry as that of another path. Frames of a sequence are called by their folder."""
    old, new = entry.path.rpartition("/")[2], name.rpartition("/")[2]
    inside = [part.path.removeprefix(entry.path).replace(f"/{old}_", f"/{new}_", 1) for part in entry.parts]
    parts = tuple(part.model_copy(update={"path": name + each}) for part, each in zip(entry.parts, inside, strict=True))
    return entry.model_copy(update={"path": name, "parts": parts})
