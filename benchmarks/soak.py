"""Kills a batch again and again, at random moments, until it is done; then everything has to be as undisturbed.

Takes turns: the driver by SIGKILL, one of its workers by SIGKILL, the driver by SIGTERM. After every kill each file
of a final name is compared with that of an undisturbed batch. Starts over in a new folder whenever a batch is done.
Moments are spread over the time that an undisturbed batch takes, starting included.

    python benchmarks/soak.py [--kills 200] [--minutes 120] [--seed 0]
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from batch import OPTIONS, draw
from engine.batch.record import lines_in, record_path, states_of
from engine.verify import verify
from measure import ROOT, machine

DESIGNS = 12
WAYS = ("driver killed", "worker killed", "driver asked to stop")


def command(work: Path, out: Path) -> list[str]:
    options = [word for option in OPTIONS for word in ("--set", option)]
    return [
        sys.executable, "-m", "art_cli.main", "batch", "run", str(work / "library"), "-o", str(out), "-j", "2",
        "-l", str(work / "library" / "motion.yaml"), *options, "--progress", "none", "--no-cache", "--quiet",
    ]  # fmt: skip


def contents(out: Path) -> dict[str, bytes]:
    """Every output of a final name; what processes killed in the middle leave has another."""
    found = (path for path in out.rglob("*") if path.is_file() and "_batch" not in path.parts)
    named = {path.relative_to(out).as_posix(): path for path in found}
    return {name: path.read_bytes() for name, path in named.items() if not re.search(r"(^|/)\.art-", name)}


def disturb(process: subprocess.Popen[bytes], out: Path, way: str) -> bool:
    """Whether there was something to kill."""
    if process.poll() is not None:
        return False
    if way != "worker killed":
        process.send_signal(signal.SIGTERM if way == "driver asked to stop" else signal.SIGKILL)
        process.wait()
        return True
    begun = [line["worker"] for line in lines_in(record_path(out)) if line["event"] == "working"]
    workers = [int(worker.removeprefix("pid ")) for worker in begun]
    ours = [worker for worker in workers if parent_of(worker) == process.pid]
    if not ours:
        return False
    os.kill(ours[-1], signal.SIGKILL)
    return True


def parent_of(process: int) -> int:
    """0 for one that is gone."""
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def wrong(out: Path, whole: dict[str, bytes], *, done: bool) -> list[str]:
    found = contents(out)
    bad = [n for n, data in found.items() if not n.endswith("manifest.json") and data != whole.get(n)]
    if done:
        bad += [name for name in whole if found.get(name) != whole[name]]
        bad += [str(folder) for folder in out.glob("card-*") if not verify(folder).ok]
        bad += [key for key, state in states_of(out).items() if state.phase != "finished"]
    return bad


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=120, help="after which no more kills follow")
    parser.add_argument("--seed", type=int, default=0)
    words = parser.parse_args()
    chance, kills, batches = random.Random(words.seed), Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        draw(work / "library", DESIGNS)
        begun = time.monotonic()
        subprocess.run(command(work, work / "whole"), cwd=ROOT, check=True)
        length, end = time.monotonic() - begun, begun + words.minutes * 60
        whole, out = contents(work / "whole"), work / "out-0"
        while (more := kills.total() < words.kills and time.monotonic() < end) or out.exists():
            process = subprocess.Popen(command(work, out), cwd=ROOT, stderr=subprocess.DEVNULL)
            if more:
                time.sleep(chance.uniform(0, length))
            else:
                process.wait()
            way = WAYS[kills.total() % len(WAYS)]
            if disturb(process, out, way):
                kills[way] += 1
                time.sleep(0.2)  # workers end when they find the driver gone
            process.wait()
            done = process.returncode == 0
            if bad := wrong(out, whole, done=done):
                sys.exit(f"after {kills.total()} kills, {way}: {bad}")
            if done:
                batches += 1
                out = work / f"out-{batches}"
        said = ", ".join(f"{count} x {way}" for way, count in kills.items())
        print(f"{machine()}: {kills.total()} kills ({said}), {batches} batches of {DESIGNS} items finished: all whole")


if __name__ == "__main__":
    main()
