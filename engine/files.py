"""File names from layer names, text fit for a terminal, checksums, and files that are whole or not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import CannotWrite, Where

_MAX_STEM_BYTES = 80
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor (ECMA-48)
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC: titles, links
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI in one character
    r"|\x1b[ -/]*[0-~]?"  # everything shorter
)
_UNSEEN = ("Cc", "Cf", "Cs")
_JOINERS = "\u200c\u200d"  # of Persian, Indic scripts and emoji
_SETTLED_NS = 1_000_000_000  # a file written just now may be written again without another time
_LEFTOVER = re.compile(r"\.art-[0-9]+-[0-9a-f]{8}\.tmp(\..*)?")


# --- names ------------------------------------------------------------------------------------------------------------


def file_stem(index: int, name: str) -> str:
    """A name for a layer's files, without a suffix: `(3, "Layer: Name")` -> `03_layer-name`.

    Letters and digits of any script stay, NFC and in lower case; everything else becomes a hyphen. At most 80 bytes.
    The number in front keeps hidden names (`.x`) and devices (`CON`) away.
    """
    letters = unicodedata.normalize("NFC", visible(name).lower())
    kept = "".join(letter if _stays(letter) else " " for letter in letters)
    stem = f"{index:02d}_{'-'.join(kept.split()).strip('-') or 'layer'}"
    return stem.encode()[:_MAX_STEM_BYTES].decode("utf-8", "ignore").rstrip("-")


def file_stems(names: Sequence[str]) -> list[str]:
    """One stem a name, numbered from 0 in the order given: no two are equal, whatever a file system folds together."""
    return [file_stem(index, name) for index, name in enumerate(names)]


def _stays(letter: str) -> bool:
    selector = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"  # of emoji and glyph variants
    return letter in "-_" or (unicodedata.category(letter)[0] in "LMN" and not selector)


def visible(text: str) -> str:
    """The text without terminal escapes, control and direction characters, so that printing it only prints."""
    spaced = re.sub(r"[\t\n\v\f\r\x85\u2028\u2029]+", " ", _ESCAPES.sub("", text))
    return "".join(letter for letter in spaced if letter in _JOINERS or unicodedata.category(letter) not in _UNSEEN)


def sha256(path: Path) -> str:
    """The hexadecimal digest of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Sums:
    """`sha256` that reads a file again only when its size, time or identity has changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], str]] = {}

    def __call__(self, path: Path) -> str:
        state = path.stat()
        stamp = state.st_size, state.st_mtime_ns, state.st_ino
        known = self._known.get(path)
        if known is not None and known[0] == stamp:
            return known[1]
        found = sha256(path)
        if time.time_ns() - state.st_mtime_ns > _SETTLED_NS:
            self._known[path] = stamp, found
        return found


# --- whole files ------------------------------------------------------------------------------------------------------


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """A temporary path beside `path`, with its suffix, that becomes `path` when the block ends well.

    The file (or folder of files) is flushed to disk before it is renamed, and its folder after, so a file of the final
    name is always whole. On any exception, those that signals raise included, the temporary is removed. What a killed
    process leaves is told by its name, see `sweep_leftovers`. Raises CannotWrite for every OSError of writing.
    """
    temporary = path.parent / f".art-{os.getpid()}-{os.urandom(4).hex()}.tmp{path.suffix}"
    try:
        yield temporary
        _flush(temporary)
        os.replace(temporary, path)
        _sync(path.parent)
    except OSError as error:
        raise _cannot_write(error, path) from error
    finally:
        _remove(temporary)


def make_folder(path: Path) -> None:
    """Make a folder and those around it, where they are not there. Raises CannotWrite."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        said = f"the folder cannot be made: {error.strerror}"
        raise CannotWrite(said, hint="choose another with -o", where=Where(path)) from error


def sweep_leftovers(folder: Path) -> list[Path]:
    """Remove the temporaries that processes no longer alive left in a folder; gives what was removed."""
    if not folder.is_dir():
        return []
    found = [entry for entry in sorted(folder.iterdir()) if _LEFTOVER.fullmatch(entry.name)]
    dead = [entry for entry in found if not alive(int(entry.name.split("-")[1]))]
    for entry in dead:
        _remove(entry)
    return dead


def alive(process: int) -> bool:
    """Whether a process of this machine runs; where that cannot be asked, yes."""
    if process == os.getpid() or os.name == "nt":  # Windows has no signal that only asks
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # somebody else's
    return True


def _flush(path: Path) -> None:
    for entry in [*path.rglob("*"), path] if path.is_dir() else [path]:
        _sync(entry)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # folders cannot be opened there
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            for entry in sorted(path.rglob("*"), reverse=True):
                entry.rmdir() if entry.is_dir() and not entry.is_symlink() else entry.unlink()
            path.rmdir()
        else:
            path.unlink()


_HINTS = {
    errno.ENOSPC: ("the disk is full", "free space, or write to another disk with -o"),
    errno.EDQUOT: ("your disk quota is used up", "free space, or write to another disk with -o"),
    errno.EACCES: ("not allowed to write there", "choose a folder of yours with -o"),
    errno.EPERM: ("not allowed to write there", "choose a folder of yours with -o"),
    errno.EROFS: ("the disk is read-only", "choose another folder with -o"),
    errno.ENOENT: ("its folder is not there", "create the folder first"),
    errno.ENOTDIR: ("a part of its path is a file, not a folder", "choose another folder with -o"),
    errno.EISDIR: ("a folder of that name is in the way", "choose another folder with -o"),
    errno.ENOTEMPTY: ("a folder of that name is in the way", "remove it, or choose another with -o"),
    errno.ENAMETOOLONG: ("its name is too long for this disk", "choose a shorter path with -o"),
    errno.EFBIG: ("the file grows larger than this disk allows", "write to another disk with -o"),
}


def _cannot_write(error: OSError, path: Path) -> CannotWrite:
    unknown = (f"cannot be written: {error.strerror or error}", "check the disk")
    message, hint = _HINTS.get(error.errno or 0, unknown)
    return CannotWrite(message, hint=hint, where=Where(path))
