"""From drawn frames to a checked file with its final name, in a thread of its own; frames stream, memory stays flat.

A file with a final name is always whole: it is written under a temporary name in the same folder, closed, re-opened,
checked, flushed to disk, and only then renamed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import queue
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from .codecs import CODECS, NOT_MADE, Codec, Frame, Stream, options_of
from .codecs.check import Written, check
from .codecs.decode import Facts
from .errors import ArtError, CannotWrite, CheckFailed, Unavailable, UsageError, Where
from .presets import export_presets
from .specs import ExportPreset

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
QUEUED_FRAMES = 2  # per file: enough to keep an encoder busy, few enough to stay flat


@dataclass(frozen=True)
class Part:
    """One file on disk, its name relative to the folder that holds the export."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class FileReport:
    """A finished export: facts read back from it, for the manifest."""

    path: Path
    preset: str
    codec: str  # as FFmpeg names what is in the file
    pixel_format: str
    size: tuple[int, int]  # pixels in the file; even where 4:2:0 asks for it
    frames: int
    alpha: tuple[float, float]  # lowest and highest written
    straight: bool
    linear: bool
    tagged: bool  # BT.709, limited range
    parts: tuple[Part, ...]  # one, or the frames of a sequence

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)

    @property
    def sha256(self) -> str:
        """The file's own; of a sequence, that of its `SHA256SUMS` lines."""
        if len(self.parts) == 1:
            return self.parts[0].sha256
        return hashlib.sha256("".join(f"{part.sha256}  {part.name}\n" for part in self.parts).encode()).hexdigest()


def find_export(name: str, role: str = "") -> ExportPreset:
    """The export preset of that name, for "layer" or "composite".

    Raises UsageError (no such format, or not for this role) and Unavailable (known, but not made here).
    """
    if name in NOT_MADE:
        raise Unavailable(f"cannot export {name}: {NOT_MADE[name]}")
    presets = export_presets()
    fitting = [key for key, preset in presets.items() if not role or preset.role in (role, "both")]
    if name not in fitting:
        raise UsageError(f"there is no {role or 'export'} format {name!r}", hint=f"formats: {', '.join(fitting)}")
    return presets[name]


def encoders_at_once(size: tuple[int, int], cores: int, memory: int) -> int:
    """How many encoders may be open together: two for each core keep it busy, and all must fit into half of `memory`.

    An encoder holds about a dozen pictures of 8 bytes a pixel (VP9's lookahead and alpha plane the most; measured).
    """
    each = 12 * 8 * size[0] * size[1] + (16 << 20)
    return max(1, min(2 * cores, memory // 2 // each))


class Exporter:
    """Writes one file (or one folder of frames) at `path` in its own thread.

    put() the frames in order, then finish(); or abort(). An error in the thread is raised by the next call.
    """

    def __init__(
        self, path: Path, stream: Stream, preset: ExportPreset, *, quality: str = "standard", merge: bool = False
    ) -> None:
        """merge: put a sequence's frames into a folder that is already there (`--frames` ranges of a farm).

        Raises Unavailable when this installation lacks the encoder.
        """
        self._codec: Codec = CODECS[preset.codec]
        if reason := self._codec.unavailable():
            raise Unavailable(f"cannot export {preset.name}: {reason}", hint="`art doctor` lists what works")
        self._path, self._preset, self._merge = path, preset, merge
        self._stream = replace(stream, name=path.name if preset.sequence else path.stem)
        self._options = options_of(preset, quality)
        self._queue: queue.Queue[Frame | None] = queue.Queue(QUEUED_FRAMES)
        self._error: BaseException | None = None
        self._aborted = threading.Event()
        self._ended = False  # the caller has said that no more frames come
        self._report: FileReport | None = None
        self._thread = threading.Thread(target=self._run, name=f"export {path.name}", daemon=True)
        self._thread.start()

    def put(self, frame: Frame) -> None:
        """Hand over the next frame; waits while the queue is full. Raises what went wrong in the thread."""
        self._raise()
        self._queue.put(frame)

    def finish(self) -> FileReport:
        """Close, check and rename the file. Raises CannotWrite, CheckFailed."""
        self._stop()
        self._raise()
        if self._report is None:
            raise CannotWrite("the export was aborted", where=Where(self._path))
        return self._report

    def abort(self) -> None:
        """Stop and leave nothing behind."""
        self._aborted.set()
        self._stop()

    def _stop(self) -> None:
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def _raise(self) -> None:
        if isinstance(self._error, ArtError):
            raise self._error
        if self._error is not None:
            raise as_error(self._error, self._path) from self._error

    # -- in the thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._report = self._export()
        except BaseException as error:  # handed to the caller by put() and finish()
            self._error = error
        for _ in self._frames():
            pass  # a full queue must not hold up the caller

    def _frames(self) -> Iterator[Frame]:
        """Frames until the end is told."""
        while not self._ended:
            frame = self._queue.get()
            if frame is None:
                self._ended = True
            else:
                yield frame

    def _export(self) -> FileReport | None:
        temporary = self._temporary()
        _remove(temporary)
        try:
            written = Written(self._codec, self._stream)
            self._write(temporary, written)
            if self._aborted.is_set():
                return None
            facts = check(temporary, self._codec, self._stream, written)
            report = self._reported(temporary, facts, written)
            publish(temporary, self._path, merge=self._merge)
            return report
        finally:
            _remove(temporary)

    def _temporary(self) -> Path:
        """A hidden name beside the final one; ranges of one sequence have different ones."""
        chunk = f".{self._stream.start}" if self._preset.sequence else ""
        suffix = "" if self._preset.sequence else self._path.suffix
        return self._path.with_name(f".{self._stream.name}{chunk}.part{suffix}")

    def _write(self, path: Path, written: Written) -> None:
        writer = self._codec.create(path, self._stream, self._options)
        try:
            for frame in self._frames():
                if not self._aborted.is_set():
                    writer.write(frame)
                    written.note(frame)
        finally:
            writer.close()

    def _reported(self, path: Path, facts: Facts, written: Written) -> FileReport:
        return FileReport(
            path=self._path,
            preset=self._preset.name,
            codec=facts.codec,
            pixel_format=facts.pixel_format,
            size=facts.size,
            frames=facts.frames,
            alpha=written.extrema,
            straight=self._codec.convention(self._stream),
            linear=self._codec.linear,
            tagged=self._codec.tagged,
            parts=parts_of(path, self._path.name),
        )


def parts_of(path: Path, name: str) -> tuple[Part, ...]:
    """The files of an export at `path`, named as they will be under `name`."""
    if path.is_dir():
        return tuple(_part(file, f"{name}/{file.name}") for file in sorted(path.iterdir()))
    return (_part(path, name),)


def _part(path: Path, name: str) -> Part:
    with path.open("rb") as file:
        return Part(name, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())


def publish(temporary: Path, final: Path, *, merge: bool = False) -> None:
    """Flush to disk, then give the final name in one step. An older export of that name is replaced.

    merge: move a folder's files one by one into a folder that is there already. Raises OSError.
    """
    for file in sorted(temporary.iterdir()) if temporary.is_dir() else [temporary]:
        _flush(file)
    if temporary.is_dir() and final.is_dir():
        if merge:
            for file in sorted(temporary.iterdir()):
                file.replace(final / file.name)
            _flush(final)
            return
        old = final.with_name(f".{final.name}.old")
        _remove(old)
        final.rename(old)
        temporary.rename(final)
        _remove(old)
    else:
        temporary.replace(final)
    _flush(final.parent)


def _flush(path: Path) -> None:
    """fsync a file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def as_error(error: BaseException, path: Path) -> ArtError:
    """What went wrong while writing, as an error that says what to do."""
    where = Where(path)
    if isinstance(error, OSError) and error.errno in _FULL:
        return CannotWrite("the disk is full", hint="free some space or choose another folder with -o", where=where)
    if isinstance(error, OSError):
        return CannotWrite(f"cannot write: {error.strerror or error}", hint="may you write there?", where=where)
    return CheckFailed(f"the {type(error).__name__} while encoding: {error}", where=where)
