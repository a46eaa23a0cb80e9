"""Wall time, CPU time and peak memory of a command with everything it starts; medians of interleaved repeats.

Machines are noisy: contenders take turns (A B C, B C A, ...), and what counts is the ratio within one run.
"""

from __future__ import annotations

import ctypes
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


@dataclass(frozen=True)
class Usage:
    """Seconds, and the bytes of the largest process."""

    wall: float
    cpu: float  # user + system, of the command and all its descendants
    peak: int


def run(command: Sequence[str | Path], *, cwd: Path = ROOT) -> Usage:
    """Run a command to its end. Raises RuntimeError, with the end of what it printed, when it fails.

    Peak memory is meaningful only where it exceeds this process's own: a child begins as its parent's copy.
    """
    _adopt_orphans()
    with tempfile.TemporaryFile() as said:
        before, start = _children_cpu(), time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        _reap_orphans()
        if child.returncode:
            said.seek(0)
            raise RuntimeError(
                f"{command} ended with {child.returncode}:\n{said.read()[-3000:].decode(errors='replace')}"
            )
    return Usage(wall, _children_cpu() - before, usage.ru_maxrss * 1024)


def _adopt_orphans() -> None:
    """Descendants whose parent has gone become this process's children, so that their CPU time is counted too."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap_orphans(patience: float = 5.0) -> None:
    """Wait for what the command left behind (browsers take a moment to go)."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.02)
        except ChildProcessError:
            return


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def animate(scene: Path, out: Path, formats: str = "prores4444", composite: str = "mp4") -> list[str | Path]:
    """The command under test, for a folder that scenes.py wrote."""
    return [
        sys.executable, "-m", "art_cli.main", "animate", scene / "design.psd", "--layout", scene / "motion.yaml",
        "--output", out, "--format", formats, "--composite", composite, "--force", "--quiet", "--progress", "none",
    ]  # fmt: skip


def median(usages: Sequence[Usage]) -> Usage:
    """The median of each figure."""
    walls, cpus, peaks = ([getattr(u, name) for u in usages] for name in ("wall", "cpu", "peak"))
    return Usage(statistics.median(walls), statistics.median(cpus), int(statistics.median(peaks)))


def interleaved(contenders: Mapping[str, Callable[[], Usage]], repeats: int) -> dict[str, list[Usage]]:
    """Each contender `repeats` times, taking turns and changing the order."""
    found: dict[str, list[Usage]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(repeats if names else 0):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            usage = contenders[name]()
            found[name].append(usage)
            print(f"  {name}: {usage.cpu:.2f} s CPU, {usage.wall:.2f} s", file=sys.stderr, flush=True)
    return found


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns under their heads; the first to the left, the others to the right."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    fixed = [
        "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True)))
        for line in lines
    ]
    return "\n".join([fixed[0], "  ".join("-" * w for w in widths), *fixed[1:]])


def machine() -> str:
    """What the figures were taken on, in a word."""
    return f"{os.cpu_count()} CPU cores"
