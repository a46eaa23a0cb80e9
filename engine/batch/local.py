"""The local engine: worker processes of this machine, each with its share of the processors, or with a GPU."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path

from .engine import Event, Task
from .worker import task_line

SILENCE = 1800.0  # s without a word after which an item is taken to be hung, whatever time it may take
PATIENCE = 5.0  # s that a worker gets to leave by itself when its item has taken too long
LOOK = 0.1  # s between two looks at time and memory
SPINS = "10000"  # looks at a lock before a thread sleeps: encoders need the processors that waiting threads would burn
WORKER_MEMORY = 3 << 29  # bytes that a worker should find on a machine without GPUs


@dataclass(frozen=True)
class Limits:
    """Of one attempt. None: no limit."""

    seconds: float | None = None
    memory: int | None = None  # bytes of the worker process


@dataclass
class _Worker:
    """A process and what it is doing. `verdict`: why it is being ended."""

    process: subprocess.Popen[str]
    task: Task | None
    heard: float  # when it said something last
    started: float | None = None  # when its task began
    verdict: Event | None = None
    deadline: float = 0.0
    gone: bool = False


@dataclass
class LocalEngine:
    """One warm process a slot. A process that ends, or is ended, costs the attempt that it was at."""

    slots: int
    limits: Limits = field(default_factory=Limits)
    gpus: Sequence[str] = ()
    share: tuple[int, int] | None = None  # as which of how many slots of this machine, where other engines have them
    _workers: dict[int, _Worker] = field(default_factory=dict)
    _said: queue.SimpleQueue[tuple[_Worker, str]] = field(default_factory=queue.SimpleQueue)

    def submit(self, task: Task) -> None:
        slot = next(i for i in range(self.slots) if i not in self._workers or self._workers[i].task is None)
        worker = self._workers.get(slot)
        if worker is None or worker.gone or worker.process.poll() is not None:
            worker = self._workers[slot] = self._start(slot, task.log)
        worker.task, worker.started, worker.heard, worker.verdict = task, None, time.monotonic(), None
        assert worker.process.stdin is not None
        with suppress(OSError):  # it has just ended, which is noticed like any other end
            worker.process.stdin.write(task_line(task))
            worker.process.stdin.flush()

    def wait(self, seconds: float) -> Sequence[Event]:
        end, found = time.monotonic() + seconds, list[Event]()
        while not found and time.monotonic() < end:
            with suppress(queue.Empty):
                found += self._hear(*self._said.get(timeout=LOOK))
            self._check()
        return found

    def close(self, grace: float) -> None:
        running = [worker.process for worker in self._workers.values() if worker.process.poll() is None]
        for process in running:
            process.terminate()
        end = time.monotonic() + grace
        for process in running:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._workers.clear()

    def _start(self, slot: int, log: str) -> _Worker:
        cores = _cores_of(*(self.share or (slot, self.slots)))
        with Path(log).open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "engine.batch.worker", ",".join(map(str, cores))],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, encoding="utf-8",
                env=self._environment(slot, len(cores)), start_new_session=True,
            )  # fmt: skip
        worker = _Worker(process, None, time.monotonic())
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _environment(self, slot: int, cores: int) -> Mapping[str, str]:
        """Threads for the worker's share of the processors, and one GPU."""
        threads = {name: str(cores or 1) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
        seen = {"CUDA_VISIBLE_DEVICES": self.gpus[slot % len(self.gpus)]} if self.gpus else {}
        root = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        return {"GOMP_SPINCOUNT": SPINS, **os.environ, **threads, **seen, "PYTHONPATH": path}

    def _listen(self, worker: _Worker) -> None:
        assert worker.process.stdout is not None
        for line in worker.process.stdout:
            self._said.put((worker, line))
        worker.process.wait()
        self._said.put((worker, ""))

    def _hear(self, worker: _Worker, line: str) -> list[Event]:
        worker.heard = time.monotonic()
        if line == "":
            worker.gone = True
            return self._ended(worker)
        try:
            event = Event(**json.loads(line))
        except (ValueError, TypeError):
            return []  # cut off by its end
        if worker.task is None or worker.verdict is not None or event.number != worker.task.item.number:
            return []
        if event.kind == "started":
            worker.started = worker.heard
        elif event.kind in ("finished", "failed"):
            worker.task = None
        return [event]

    def _ended(self, worker: _Worker) -> list[Event]:
        task, worker.task = worker.task, None
        if task is None:
            return []
        if worker.verdict is not None:
            return [worker.verdict]
        code = worker.process.returncode
        how = f"killed by signal {-code}" if code < 0 else f"ended with {code}"
        seconds = time.monotonic() - (worker.started or worker.heard)
        return [_lost(task, "crashed", f"its process was {how}" if code < 0 else f"its process {how}", seconds)]

    def _check(self) -> None:
        """End those that take too long, too much, or say nothing any more."""
        now = time.monotonic()
        for worker in self._workers.values():
            if worker.task is None or worker.gone:
                continue
            if worker.verdict is not None:
                if now >= worker.deadline:
                    worker.process.kill()
                continue
            seconds = now - (worker.started if worker.started is not None else now)
            if self.limits.seconds is not None and seconds > self.limits.seconds:
                self._end(worker, _lost(worker.task, "timeout", f"not done after {seconds:.0f} s", seconds), PATIENCE)
            elif now - worker.heard > SILENCE:
                self._end(worker, _lost(worker.task, "timeout", f"no word for {SILENCE:.0f} s", seconds), PATIENCE)
            elif self.limits.memory is not None and (used := memory_of(worker.process.pid)) > self.limits.memory:
                said = f"it takes {used >> 20} MiB of memory, allowed are {self.limits.memory >> 20}"
                event = replace(_lost(worker.task, "memory", said, seconds), lost=False)  # it would again
                self._end(worker, replace(event, hint="raise --memory; fewer --jobs leave more to each"), 0.0)

    @staticmethod
    def _end(worker: _Worker, verdict: Event, patience: float) -> None:
        worker.verdict, worker.deadline = verdict, time.monotonic() + patience
        if patience:
            worker.process.terminate()
        else:
            worker.process.kill()


def _lost(task: Task, code: str, message: str, seconds: float) -> Event:
    return Event(
        "failed", task.item.number, seconds=seconds, code=code, message=message, hint=f"see {task.log}", lost=True
    )


# --- the machine ------------------------------------------------------------------------------------------------------


def workers_for(items: int, gpus: Sequence[str]) -> int:
    """One a GPU; without any, as many as processors and memory carry. Small designs keep one processor busy each."""
    if gpus:
        return max(1, min(items, len(gpus)))
    return max(1, min(items, len(processors()), total_memory() // WORKER_MEMORY))


def processors() -> list[int]:
    """Numbers of the processors that this process may use; empty names none in particular."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _cores_of(slot: int, slots: int) -> list[int]:
    """The processors of a slot: equal shares that do not overlap, one at least."""
    cores = processors()
    if slots >= len(cores):
        return [cores[slot % len(cores)]]
    return cores[slot * len(cores) // slots : (slot + 1) * len(cores) // slots]


def total_memory() -> int:
    """Bytes of memory that all processes together may take; 4 GiB where the system does not tell."""
    try:
        found = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return 4 << 30
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            found = min(found, int(Path(limit).read_text()))
        except (OSError, ValueError):
            continue
    return found


def memory_of(process: int) -> int:
    """Bytes of memory that a process takes; 0 where the system does not tell."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def visible_gpus() -> tuple[str, ...]:
    """The GPUs of this machine as CUDA_VISIBLE_DEVICES names them, without loading torch."""
    if (named := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        words = (word.strip() for word in named.split(","))
        return tuple(takewhile(lambda word: word not in ("", "-1"), words))  # CUDA stops there too
    program = shutil.which("nvidia-smi")
    if program is None:
        return gpus_in(Path("/dev"))
    asked = [program, "--query-gpu=index", "--format=csv,noheader"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(line.strip() for line in told.stdout.splitlines() if line.strip().isdigit())


def gpus_in(folder: Path) -> tuple[str, ...]:
    """A number a GPU: containers may be given GPUs and no nvidia-smi, and their files keep the host's numbers."""
    return tuple(str(number) for number, _ in enumerate(folder.glob("nvidia[0-9]*")))
