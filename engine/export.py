"""From drawn frames to a checked file with its final name, in a thread of its own; frames stream, memory stays flat.

A file with a final name is always whole: it is written under a temporary name in the same folder, closed, re-opened,
checked, flushed to disk, and only then renamed.
"""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from .codecs import CODECS, NOT_MADE, Codec, Frame, Stream, options_of
from .codecs.check import Written, check
from .codecs.codec import PAPER
from .codecs.decode import Facts, frame_files
from .errors import CannotWrite, Unavailable, UsageError, Where
from .files import atomic, sha256
from .manifest import BT709_TAGS, ColourEntry, FileEntry, LayerEntry, PartEntry, Role
from .presets import export_presets
from .specs import ExportPreset

QUEUED_FRAMES = 2  # per file: enough to keep an encoder busy, few enough to stay flat


@dataclass(frozen=True)
class FileReport:
    """A finished export: facts read back from it, for the manifest."""

    path: Path
    preset: str
    codec: Codec
    stream: Stream
    facts: Facts
    alpha: tuple[float, float]  # lowest and highest written
    parts: tuple[PartEntry, ...]  # one, or the frames of a sequence

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)

    def entry(self, role: Role, layer: LayerEntry | None = None) -> FileEntry:
        """What the manifest says of it. Paths are relative to the folder that holds the file."""
        codec, stream, size = self.codec, self.stream, self.facts.size
        opaque = not codec.has_alpha or stream.background is not None
        return FileEntry(
            path=self.path.name,
            role=role,
            parts=self.parts,
            preset=self.preset,
            layer=layer,
            codec=self.facts.codec,
            pixel_format=self.facts.pixel_format,
            size=size,
            padded=(size[0] - stream.size[0], size[1] - stream.size[1]),
            offset=(stream.canvas.x0, stream.canvas.y0),
            alpha="none" if opaque else "straight" if codec.convention(stream) else "premultiplied",
            background=(stream.background or PAPER) if opaque else None,
            colour=ColourEntry(
                transfer="linear" if codec.linear else "srgb", tags=BT709_TAGS if codec.tagged else None
            ),
            fps=str(stream.fps),
            start=stream.start,
            frames=self.facts.frames,
            alpha_range=self.alpha,
        )


def find_export(name: str, role: str = "") -> ExportPreset:
    """The export preset of that name, for "layer" or "composite".

    Raises UsageError (no such format, or not for this role) and Unavailable (known, but not made here).
    """
    if name in NOT_MADE:
        raise Unavailable(f"cannot export {name}: {NOT_MADE[name]}")
    presets = export_presets()
    if name not in presets or (role and presets[name].role not in (role, "both")):
        fitting = [key for key, preset in presets.items() if not role or preset.role in (role, "both")]
        raise UsageError(f"there is no {role or 'export'} format {name!r}", hint=f"formats: {', '.join(fitting)}")
    return presets[name]


def encoders_at_once(size: tuple[int, int], cores: int, memory: int) -> int:
    """How many encoders may be open together: two for each core keep it busy, and all must fit into half of `memory`.

    Measured at 1920 x 1080: ProRes and PNG 100 MB each, x264 240 MB, VP9 with alpha (two encoders) 410 MB.
    """
    each = 200 * size[0] * size[1] + (16 << 20)
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
        self._path, self._preset, self._merge = path, preset, merge and preset.sequence
        self._target = path / f".frames-{stream.start}" if self._merge else path
        self._stream = replace(stream, name=path.name if preset.sequence else path.stem)
        self._options = options_of(preset, quality)
        self._queue: queue.Queue[Frame | None] = queue.Queue(QUEUED_FRAMES)
        self._error: BaseException | None = None
        self._aborted = threading.Event()
        self._ended = False  # the caller has said that no more frames come
        self._over = threading.Event()  # of the thread; a join that a signal interrupts would take it for ended
        self._report: FileReport | None = None
        threading.Thread(target=self._run, name=f"export {path.name}", daemon=True).start()

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
        if not self._over.is_set():
            self._queue.put(None)
            self._over.wait()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    # -- in the thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._make()
        finally:
            self._over.set()

    def _make(self) -> None:
        try:
            if self._merge:
                self._path.mkdir(exist_ok=True)
            self._report = self._export()
            if self._merge:
                _move_into(self._path, self._target)
        except _Aborted:
            pass
        except OSError as error:
            self._error = CannotWrite(f"cannot be written: {error.strerror or error}", where=Where(self._path))
        except BaseException as error:  # handed to the caller by put() and finish()
            self._error = error
        for _ in self._frames():
            pass  # a full queue must not hold up the caller

    def _frames(self) -> Iterator[Frame]:
        """Frames until the end is told.

        A signal that interrupts `put` may lose the word that there is one (Python's conditions are not safe from that).
        """
        while not self._ended:
            try:
                frame = self._queue.get(timeout=1.0)
            except queue.Empty:
                continue
            if frame is None:
                self._ended = True
            else:
                yield frame

    def _export(self) -> FileReport:
        with atomic(self._target) as temporary:
            written = Written(self._codec, self._stream)
            self._write(temporary, written)
            self._go_on()
            facts = check(temporary, self._codec, self._stream, written, Where(self._path))
            parts = parts_of(temporary, self._path.name)
            self._go_on()
            make_way(self._target, temporary)
        return FileReport(self._path, self._preset.name, self._codec, self._stream, facts, written.extrema, parts)

    def _go_on(self) -> None:
        if self._aborted.is_set():
            raise _Aborted

    def _write(self, path: Path, written: Written) -> None:
        writer = self._codec.create(path, self._stream, self._options)
        try:
            for frame in self._frames():
                self._go_on()
                shown = frame if self._stream.background is None else frame.over(self._stream.background)
                writer.write(shown)
                written.note(shown)
        finally:
            writer.close()


def parts_of(path: Path, name: str) -> tuple[PartEntry, ...]:
    """The files of an export at `path`, named as they will be under `name`."""
    files = {f"{name}/{file.name}": file for file in frame_files(path)} if path.is_dir() else {name: path}
    return tuple(
        PartEntry(path=called, bytes=file.stat().st_size, sha256=sha256(file)) for called, file in files.items()
    )


class _Aborted(Exception):
    """Leaves the writing of a file, so that its temporary is removed."""


def make_way(final: Path, temporary: Path) -> None:
    """Move an older folder of that name aside and away: folders cannot replace folders in one step.

    It is tried, not looked up: on a network disk it may be there and not be seen here yet.
    """
    if final.is_dir() or (temporary.is_dir() and not final.is_file()):
        old = temporary.with_name(f"{temporary.name}.old")  # a name that sweep_leftovers knows
        with suppress(FileNotFoundError):
            final.rename(old)
            shutil.rmtree(old, ignore_errors=True)  # NFS keeps files that somebody looks at: swept by a later run


def _move_into(folder: Path, chunk: Path) -> None:
    """Each file of a finished chunk takes its place in the sequence's folder."""
    for file in sorted(chunk.iterdir()):
        file.replace(folder / file.name)
    chunk.rmdir()
