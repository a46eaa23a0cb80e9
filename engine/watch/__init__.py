"""`art animate --watch`: makes everything, waits until the design or the layout is saved, makes anew what that changes.

Files are looked at, a few times a second, rather than announced by the system: that works on every disk, and with
programs that save in several writes, or by putting another file in the place of the first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import ArtError, BadInput, UsageError, Where
from ..manifest import Manifest, read_manifest
from ..output import refuse_result
from ..pipeline import Request, run_item
from ..progress import Progress
from ..styles.taste import style_path
from ..warm import Warm
from .note import Note, problems_of, remove_note, write_note

POLL = 0.1  # s between two looks
QUIET = 0.25  # s without a change after which a save is taken to be over
PATIENCE = 1.5  # s for a file that is gone, or makes no sense, to come (again)

Stamp = tuple[int, int, int] | None  # size, time and identity of a file; None: it is not there
State = Mapping[Path, Stamp]


@dataclass(frozen=True)
class Rendering:
    """One turn: relative paths of what was made, kept as it was, and removed; or why there is nothing new."""

    number: int
    seconds: float
    made: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    error: ArtError | None = None


def watch(
    request: Request, progress: Callable[[], Progress], report: Callable[[Rendering], None], turns: int | None = None
) -> None:
    """Render, and again after every save, until interrupted (or so many turns are over).

    An error of what was saved is reported and waiting goes on. Raises ArtError for what a save cannot mend: a command
    that makes no sense, a folder that holds something else, at the first turn all but BadInput.
    """
    _check(request)
    watcher = _Watcher(replace(request, watched=True, resume=True), progress)
    try:
        while turns is None or watcher.turns < turns:
            rendering = watcher.turn()
            if rendering is not None:
                report(rendering)
            if rendering is not None and watcher.turns != turns:
                watcher.wait()
    finally:
        remove_note(request.out)


def _check(request: Request) -> None:
    """Raise UsageError or CannotWrite for what cannot be watched."""
    if request.frames is not None:
        raise UsageError("--watch makes the whole film, and --frames asks for a part", hint="leave one of them out")
    folder = design_folder(request.design)
    if folder is not None and request.out.resolve().is_relative_to(folder.resolve()):
        hint = "choose a folder outside of the design's with -o"
        raise UsageError("the output would lie in the folder that is watched", hint=hint, where=Where(request.out))
    if not (request.resume or request.force):
        refuse_result(request.out)


@dataclass
class _Watcher:
    request: Request
    progress: Callable[[], Progress]
    turns: int = 0
    warm: Warm = field(default_factory=lambda: Warm(keep=True))
    _state: State = field(default_factory=dict)

    def look(self) -> State:
        return state_of(self.request.design, self.request.layout, self.request.style)

    def turn(self) -> Rendering | None:
        """One rendering; None where its files were saved again meanwhile, so that it is of no use."""
        self._state = settled(self.look, QUIET) if self._state else self.look()
        started = time.monotonic()
        before = _recipes(self.request.out)
        write_note(self.request.out, Note(state="making"))
        try:
            manifest = run_item(self.request, _Abandoning(self.progress(), self._is_stale), self.warm)
        except _Stale:
            return None
        except ArtError as error:
            return self._failed(error, time.monotonic() - started)
        write_note(self.request.out, Note(state="waiting"))
        self.turns += 1
        return _rendering(self.turns, time.monotonic() - started, before, manifest)

    def _failed(self, error: ArtError, seconds: float) -> Rendering | None:
        if not self.turns and not isinstance(error, BadInput):
            raise error
        if self._is_half_saved(error):
            return None
        write_note(self.request.out, Note(state="problem", problems=problems_of(error)))
        self.turns += 1
        return Rendering(self.turns, seconds, error=error)

    def _is_half_saved(self, error: ArtError) -> bool:
        """A design that makes no sense may still be being written: it gets the time to change once more."""
        about_layout = error.where is not None and error.where.path == self.request.layout
        end = time.monotonic() + (0 if about_layout else PATIENCE)
        while time.monotonic() < end and not self._is_stale():
            time.sleep(POLL)
        return self._is_stale()

    def _is_stale(self) -> bool:
        return self.look() != self._state

    def wait(self) -> None:
        """Until something differs from what was rendered last."""
        while not self._is_stale():
            time.sleep(POLL)


class _Stale(Exception):
    """Leaves a rendering whose files have been saved again."""


@dataclass
class _Abandoning:
    """Progress that leaves the work by an exception when it has become of no use; asked a few times a second."""

    inner: Progress
    is_stale: Callable[[], bool]
    _asked: float = field(default_factory=time.monotonic)

    def begin(self, totals: Mapping[str, int]) -> None:
        self.inner.begin(totals)

    def advance(self, task: str, steps: int = 1) -> None:
        self.inner.advance(task, steps)
        now = time.monotonic()
        if now - self._asked >= POLL:
            self._asked = now
            if self.is_stale():
                raise _Stale

    def say(self, message: str) -> None:
        self.inner.say(message)

    def end(self) -> None:
        self.inner.end()


# --- what has changed -------------------------------------------------------------------------------------------------


def state_of(design: Path, layout: Path | None = None, style: str | None = None) -> State:
    """Every file that a rendering reads, as it is on disk now."""
    files = {design, *_inside(design), layout, style_path(style or "")}
    return {path: _stamp(path) for path in files if path is not None}


def design_folder(design: Path) -> Path | None:
    """The folder that a design of several files lies in; None for one file."""
    if design.is_dir():
        return design
    return design.parent if design.suffix.lower() in (".json", ".yaml", ".yml") else None


def _inside(design: Path) -> Iterator[Path]:
    folder = design_folder(design)
    for path in folder.rglob("*") if folder is not None else ():
        if not path.name.startswith(".") and not path.name.endswith("~"):  # what editors and systems leave there
            yield path


def _stamp(path: Path) -> Stamp:
    try:
        state = path.stat()
    except OSError:
        return None
    return (0, 0, state.st_ino) if path.is_dir() else (state.st_size, state.st_mtime_ns, state.st_ino)


def settled(look: Callable[[], State], quiet: float) -> State:
    """The state once it has not changed for `quiet` seconds; a file that is gone gets longer to come back."""
    state, since = look(), time.monotonic()
    while time.monotonic() - since < (PATIENCE if None in state.values() else quiet):
        time.sleep(POLL / 2)
        if (now := look()) != state:
            state, since = now, time.monotonic()
    return state


def _recipes(out: Path) -> dict[str, str]:
    """The files in a folder by path, each with its recipe."""
    with suppress(ArtError):
        return _by_path(read_manifest(out))
    return {}


def _by_path(manifest: Manifest) -> dict[str, str]:
    return {entry.path: entry.recipe for entry in manifest.files if entry.role != "layout"}


def _rendering(number: int, seconds: float, before: Mapping[str, str], manifest: Manifest) -> Rendering:
    now = _by_path(manifest)
    kept = tuple(path for path in now if before.get(path) == now[path])
    made = tuple(path for path in now if before.get(path) != now[path])
    return Rendering(number, seconds, made, kept, tuple(path for path in before if path not in now))
