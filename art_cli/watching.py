"""`art animate --watch` and `art preview --serve`: commands that stay until they are interrupted."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

from . import console
from .progress import Style, make

if TYPE_CHECKING:
    from engine.pipeline import Request
    from engine.watch import Rendering

_NAMED = 3  # files that a line about a rendering names


def check(*, watch: bool, serve: bool, plan: bool, proxies: bool, progress: str) -> None:
    """Raise UsageError for options that make no sense together."""
    from engine.errors import UsageError

    if serve and not watch:
        raise UsageError("--serve is for --watch", hint="`art preview FOLDER --serve` shows a folder that is there")
    if watch and plan:
        raise UsageError("--plan stops before anything is made, and --watch does not stop", hint="leave one out")
    if watch and progress in ("openjd", "alf"):
        raise UsageError(f"--progress {progress} is for farms, and --watch is for people", hint="leave one out")
    if serve and not proxies:
        raise UsageError("--serve shows the proxies, and --no-proxies makes none", hint="leave one of them out")


def run(request: Request, progress: Style, *, serve: bool, json: bool, quiet: bool) -> None:
    """Watch until interrupted; a line for every rendering."""
    from dataclasses import replace

    from engine.serve import serving
    from engine.watch import watch

    # what the command line names is made; what only the layout exports waits for the run that is meant to last
    asked = replace(
        request, formats=request.formats or (), composites=request.composites or (), handoffs=request.handoffs or ()
    )
    served = serving(request.out, expected=True) if serve else nullcontext("")
    with served as url:
        if not quiet:
            files = " and ".join(path.name for path in (request.design, request.layout) if path)
            console.say(f"watching {files}; Ctrl-C ends it" + (f"\nopen {url}" if url else ""))
        report = _as_json if json else _as_event if progress == "json" else _in_words
        said = (lambda rendering: report(rendering) if rendering.error else None) if quiet and not json else report
        lines = progress == "auto" and not sys.stderr.isatty()  # a line for each rendering is enough of them
        shown: Style = "none" if lines else progress
        watch(asked, lambda: make(shown, quiet=quiet), said)


def show(folder: Path, port: int, *, json: bool) -> None:
    """Serve the page of a folder until interrupted."""
    from engine.serve import serving

    with serving(folder, port) as url:
        if json:
            console.put_json({"url": url}, indent=None)
        else:
            console.put(f"open {url} in a browser; Ctrl-C ends it")
        while True:
            time.sleep(3600)


def _facts(rendering: Rendering) -> dict[str, object]:
    return {
        "rendering": rendering.number, "seconds": round(rendering.seconds, 3), "made": rendering.made,
        "kept": rendering.kept, "removed": rendering.removed,
    }  # fmt: skip


def _as_json(rendering: Rendering) -> None:
    if rendering.error is not None:
        console.fail(rendering.error, as_json=True, indent=None)
    else:
        console.put_json(_facts(rendering), indent=None)


def _as_event(rendering: Rendering) -> None:
    error = rendering.error
    problems = [str(problem) for problem in error.problems or (error,)] if error is not None else []
    print(dumps(_facts(rendering) | {"problems": problems}), file=sys.stderr, flush=True)


def _in_words(rendering: Rendering) -> None:
    clock = time.strftime("%H:%M:%S")
    if rendering.error is not None:
        console.fail(rendering.error, as_json=False)
        console.say(f"{clock}  nothing made; waiting for the next save")
        return
    names = ", ".join(rendering.made[:_NAMED])
    more = len(rendering.made) - _NAMED
    made = f"{names} and {more} more" if more > 0 else names or "nothing"
    console.put(f"{clock}  made {made} in {rendering.seconds:.1f} s, {len(rendering.kept)} kept")
