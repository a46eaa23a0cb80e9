"""The Ray engine: actors of a cluster, one a GPU or processor, and in each a local engine with one warm process.

Ray says where there is room and what was lost. All else is as on one machine: the process keeps weights loaded, has
limits of time and memory, is asked to leave before it is killed, and writes into the shared folders itself; only tasks
and events travel. A lost actor costs the attempt that it was at. Another takes its place as soon as Ray has room.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent import futures
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import ArtError, MissingInput, Unavailable
from .engine import Event, Task
from .local import WORKER_MEMORY, Limits, LocalEngine, total_memory, visible_gpus

POLL = 0.5  # s that an actor waits for news before it answers
SETTLE = 1.0  # s from losing an actor to trying its item again: its process ends a moment after it
PATIENCE = 600.0  # s without a single actor after which a cluster is taken to have no room
MISSES = 5  # actors in a row that end before they began
INSTALL = "pip install 'animated-art[ray]'"
UNSEEN = "unseen"  # code of an event: a node has other disks
LATE = 60.0  # s after which a network disk shows what another machine made: the most that NFS keeps a folder's names

_Answer = futures.Future[Any]


class Place:
    """What runs on the node: becomes a Ray actor, so one thread calls one method after the other."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._engine = limits, LocalEngine(1)

    def look(self) -> dict[str, str]:
        """Where this is: the node, and what would do the work there."""
        import ray

        return {"node": ray.get_runtime_context().get_node_id(), "host": socket.gethostname(), "version": __version__}

    def begin(self, task: Task, share: tuple[int, int], gpu: bool) -> list[Event]:
        """Begin a task, and what has come of it after `POLL`. share: as which of how many that share the node."""
        if not _is_seen(Path(task.log)):  # the driver has just written into it
            said = f"{socket.gethostname()} does not see {Path(task.log).parent}"
            return [Event("failed", task.item.number, code=UNSEEN, message=said)]
        self._engine.share = share
        self._engine.gpus = visible_gpus() if gpu else ()
        memory = self._limits.memory or total_memory() * 9 // 10 // share[1]
        self._engine.limits = replace(self._limits, memory=memory)
        self._engine.submit(task)
        return self.wait()

    def wait(self) -> list[Event]:
        host = socket.gethostname()
        return [
            replace(event, worker=f"{event.worker} on {host}") if event.worker else event
            for event in self._engine.wait(POLL)
        ]

    def close(self, grace: float) -> None:
        self._engine.close(grace)


@dataclass
class _Slot:
    """An actor as the driver sees it; while it has a task, or no node yet, it has been asked something."""

    actor: Any
    node: str = ""  # empty: Ray has not found room for it yet
    host: str = ""
    share: tuple[int, int] = (0, 1)
    task: Task | None = None
    heard: float = 0.0


@dataclass
class RayEngine:
    """`jobs` actors, as far as Ray has room for them. Made while connected; see `connect`.

    gpus: every actor has a GPU, else a processor. `wait` raises Unavailable when the cluster cannot start any actor,
    MissingInput when a node does not see the output folder.
    """

    jobs: int
    limits: Limits = field(default_factory=Limits)
    gpus: bool = False
    _slots: list[_Slot] = field(default_factory=list)
    _answers: queue.SimpleQueue[tuple[_Slot, _Answer]] = field(default_factory=queue.SimpleQueue)
    _late: list[tuple[float, Event]] = field(default_factory=list)  # (when it is told, what)
    _misses: int = 0
    _lonely: float = field(default_factory=time.monotonic)  # since when there is no actor

    @property
    def slots(self) -> int:
        return sum(1 for slot in self._slots if slot.node)

    def submit(self, task: Task) -> None:
        slot = next(slot for slot in self._slots if slot.node and slot.task is None)
        slot.task, slot.heard = task, time.monotonic()
        self._ask(slot, slot.actor.begin.remote(task, slot.share, self.gpus))

    def wait(self, seconds: float) -> Sequence[Event]:
        self._fill()
        until = min([time.monotonic() + seconds, *(when for when, _ in self._late)])
        found = list[Event]()
        with suppress(queue.Empty):
            found += self._hear(*self._answers.get(timeout=max(0.0, until - time.monotonic())))
        now = time.monotonic()
        found += [event for when, event in self._late if when <= now]
        self._late = [late for late in self._late if late[0] > now]
        return found

    def close(self, grace: float) -> None:
        import ray

        ending = [slot.actor.close.remote(max(0.0, grace - 2)).future() for slot in self._slots if slot.node]
        futures.wait(ending, timeout=grace)
        for slot in self._slots:
            _kill(slot.actor)
        self._slots.clear()
        ray.shutdown()

    def _fill(self) -> None:
        """Ask Ray for the actors that are missing."""
        while len(self._slots) < self.jobs:
            slot = _Slot(_actor(self.limits, self.gpus))
            self._slots.append(slot)
            self._ask(slot, slot.actor.look.remote())
        if self.slots:
            self._lonely = time.monotonic()
        elif time.monotonic() - self._lonely > PATIENCE:
            said = f"no node of the Ray cluster has had a free {'GPU' if self.gpus else 'processor'} for 10 minutes"
            raise Unavailable(said, hint="`ray status` says what is in use; run the same command again to go on")

    def _ask(self, slot: _Slot, ref: Any) -> None:
        """Let the answer come into the queue: a signal that finds this thread in `ray.wait` would be lost there."""
        ref.future().add_done_callback(lambda answer: self._answers.put((slot, answer)))

    def _hear(self, slot: _Slot, answer: _Answer) -> list[Event]:
        import ray

        try:
            told = answer.result()
        except ray.exceptions.RayError as error:
            self._lost(slot, error)
            return []
        if not slot.node:
            self._placed(slot, told)
            return []
        slot.heard = time.monotonic()
        for event in told:
            if event.code == UNSEEN:
                hint = "designs and outputs lie where all nodes see them under the same path"
                raise MissingInput(event.message, hint=hint)
            if event.kind in ("finished", "failed"):
                slot.task = None
        if slot.task is not None:
            self._ask(slot, slot.actor.wait.remote())
        return list(told)

    def _placed(self, slot: _Slot, told: Mapping[str, str]) -> None:
        """Give an actor its share of the node that it is on."""
        if told["version"] != __version__:
            said = f"{told['host']} has art {told['version']}, here is {__version__}"
            raise Unavailable(said, hint="install the same version on all nodes")
        others = {other.share[0] for other in self._slots if other.node == told["node"]}
        count = max(1, min(self.jobs, rooms(self.gpus).get(told["node"], 1)))
        index = next(index for index in range(len(others) + 1) if index not in others)
        slot.node, slot.host, slot.share = told["node"], told["host"], (index, max(count, index + 1))
        self._misses = 0

    def _lost(self, slot: _Slot, error: Exception) -> None:
        """Forget an actor; what it was at has failed, and may succeed elsewhere."""
        self._slots.remove(slot)
        _kill(slot.actor)
        why = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:160]
        if slot.task is None:
            self._misses += 1
            if self._misses >= MISSES:
                raise Unavailable(f"workers cannot start on the Ray cluster: {why}", hint=_hint_of(str(error)))
            return
        now = time.monotonic()
        lost = Event(
            "failed", slot.task.item.number, seconds=now - slot.heard, code="crashed", lost=True,
            message=f"its worker on {slot.host} was lost: {why}", hint=f"see {slot.task.log}",
        )  # fmt: skip
        self._late.append((now + SETTLE, lost))


def _is_seen(path: Path) -> bool:
    """Whether a file is there, or comes into sight: a machine may look at what it knew of the folder before."""
    end = time.monotonic() + LATE
    while not path.exists():
        if time.monotonic() > end:
            return False
        time.sleep(POLL)
    return True


def _actor(limits: Limits, gpu: bool) -> Any:
    """A `Place`, as soon as Ray has room for it. It is not restarted, but replaced: its task is tried by the driver."""
    import ray

    room = {"num_cpus": 1, "num_gpus": 1} if gpu else {"num_cpus": 1, "memory": WORKER_MEMORY}
    kind = ray.remote(Place).options(scheduling_strategy="SPREAD", max_restarts=0, max_task_retries=0, **room)
    return kind.remote(limits)


def _kill(actor: Any) -> None:
    import ray

    with suppress(ray.exceptions.RayError, ValueError):
        ray.kill(actor)


def _hint_of(said: str) -> str:
    if "ModuleNotFoundError" in said or "No module named" in said:
        return f"art is needed on every node: {INSTALL}"
    return "`ray status` and the logs below /tmp/ray/session_latest/logs say more"


# --- the cluster ------------------------------------------------------------------------------------------------------


def connect(address: str | None) -> None:
    """Join the cluster at `address`; None: that of RAY_ADDRESS, else one of this machine, else one for this run only.

    Raises Unavailable when Ray is not installed, or no cluster answers there, or it does not take the token.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ["RAY_DEDUP_LOGS_SKIP_REGEX"] = "."  # else it prints what raylets say on stdout, which is not its own
    if os.environ.get("RAY_AUTH_TOKEN") or os.environ.get("RAY_AUTH_TOKEN_PATH"):
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    try:
        import ray
    except ImportError as error:
        raise Unavailable("Ray is not installed", hint=INSTALL) from error
    named = address or os.environ.get("RAY_ADDRESS", "")
    _check_listening(named)
    own = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM) if own else None
    try:
        ray.init(address or None, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    except (ray.exceptions.RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise _unreachable(named, error) from error
    finally:
        if before is not None:  # Ray has its own way to leave, which says nothing to the workers
            signal.signal(signal.SIGTERM, before)


def _check_listening(address: str) -> None:
    """Raise Unavailable when nobody listens at HOST:PORT: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if "/" in address or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()
    except OSError as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> ArtError:
    said = " ".join(str(error).split())[:300]
    hint = (
        "is `ray start` running here, with this address? A cluster with a token needs it in RAY_AUTH_TOKEN, or the "
        "path of its file in RAY_AUTH_TOKEN_PATH"
    )
    return Unavailable(f"the Ray cluster {address or 'of this machine'} cannot be used: {said}", hint=hint)


def rooms(gpus: bool) -> dict[str, int]:
    """How many actors fit on each node that is alive, by its id; other jobs of the cluster are not counted."""
    import ray

    return {
        node["NodeID"]: _fitting(node["Resources"], gpus) for node in ray.nodes() if node["Alive"] and node["Resources"]
    }


def _fitting(resources: Mapping[str, float], gpus: bool) -> int:
    processors = int(resources.get("CPU", 0))
    if gpus:
        return min(processors, int(resources.get("GPU", 0)))
    return min(processors, int(resources.get("memory", 0)) // WORKER_MEMORY)


def ray_engine(address: str | None, jobs: int | None, items: int, limits: Limits, *, gpus: bool) -> RayEngine:
    """An engine on a cluster: with all its GPUs if it has any and `gpus`, else with all its processors.

    jobs: so many actors instead, also more than there is room for now. Raises Unavailable, see `connect`.
    """
    connect(address)
    on_gpus = gpus and any(rooms(True).values())
    wanted = jobs or max(1, sum(rooms(on_gpus).values()))
    return RayEngine(max(1, min(wanted, items)), limits, on_gpus)
