"""Batches on a Ray cluster: two nodes on this machine, started as docs/batch.md says, with a token."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from drawn import write_psd
from engine.batch import cluster as ray_engine
from engine.batch.cluster import UNSEEN, Place
from engine.batch.engine import Task
from engine.batch.jobs import plan_items
from engine.batch.local import Limits
from engine.batch.record import lines_in, record_path, states_of
from engine.errors import CannotWrite
from engine.files import alive
from engine.folder_lock import locked, release
from jobs import ROOT, art, command, environment, files_in, layout_text
from test_batch_faults import (
    FINISHED,
    ITEMS,
    LAYERS,
    check_whole,
    finish,
    outputs,
    phases,
    start,
    undisturbed,
    until,
    wait_for,
    words,
)

__all__ = ["undisturbed"]  # a fixture: the batch on this machine alone

TOKEN = "loopback" * 8
SHORT = {  # how soon a cluster takes a node to be lost, and a driver a cluster
    "RAY_health_check_initial_delay_ms": "1000", "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "3000", "RAY_health_check_failure_threshold": "2",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "10",
}  # fmt: skip


@dataclass
class Nodes:
    """A head and another node, a processor each, and a GPU that is only counted."""

    port: int
    folder: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        return {"RAY_AUTH_TOKEN": TOKEN, "RAY_ADDRESS": f"127.0.0.1:{self.port}"}

    def start(self, *words: str) -> None:
        """`ray start`, until the node is there."""
        ray = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus=1", "--num-gpus=1"]
        own = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), **SHORT}
        log = Path(self.folder) / f"{len(self.processes)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*ray, "--object-store-memory=80000000", "--disable-usage-stats", *words],
                env={**os.environ, **own}, stdout=file, stderr=file,
            )  # fmt: skip
        self.processes.append(process)
        until(lambda: b"Ray runtime started" in log.read_bytes() or process.poll() is not None, 90)
        assert process.poll() is None, log.read_text()

    def fill(self) -> None:
        """Start what is missing."""
        if not self.processes:
            place = f"--temp-dir={self.folder}/r"
            self.start("--head", f"--port={self.port}", "--include-dashboard=false", place)
        if len(self.processes) < 2:
            self.start(f"--address=127.0.0.1:{self.port}")

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(60)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six designs that together take some seconds."""
    folder = tmp_path_factory.mktemp("library")
    for number in range(1, ITEMS + 1):
        write_psd(folder / f"card-{number}.psd", (96 + 16 * number, 96))
    (folder / "motion.yaml").write_text(layout_text(LAYERS, "fps: 24, duration: 1s"))
    return folder


@pytest.fixture(scope="module")
def cluster() -> Iterator[Nodes]:
    pytest.importorskip("ray", reason="the ray package is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="ray-")  # the paths of its sockets have to be short
    nodes = Nodes(port, folder)
    try:
        yield nodes
    finally:
        nodes.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def nodes(cluster: Nodes) -> Nodes:
    cluster.fill()
    return cluster


RAY = ("--engine", "ray")


def workers(out: Path) -> list[int]:
    """The processes that began an item, the latest first."""
    said = [line["worker"] for line in lines_in(record_path(out)) if line["event"] == "working"]
    return [int(worker.split()[1]) for worker in reversed(said)]


def parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def raylet(process: int) -> int:
    """The raylet of the node that a worker is on: it starts the actor, which starts the worker."""
    found = parent(parent(process))
    assert b"raylet" in Path(f"/proc/{found}/cmdline").read_bytes()
    return found


def test_two_nodes_make_what_one_machine_makes(
    library: Path, undisturbed: dict[str, bytes], nodes: Nodes, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start(library, out, *RAY, **nodes.variables)
    until(lambda: len({*workers(out)}) == 2, 60)
    assert len({raylet(worker) for worker in workers(out)}) == 2
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert outputs(out) == undisturbed
    assert len({*workers(out)}) == 2, "a process stays for all its items"
    assert phases(out) == FINISHED


def test_actors_of_gpus(library: Path, nodes: Nodes, tmp_path: Path) -> None:
    """One a GPU, which its worker sees alone: there are none, which the items say."""
    out = tmp_path / "out"
    wanted = ("--set", "device=cuda format=png composite=none proxies=no", "--no-cache", "--json", "--progress", "none")
    result = art("batch", "run", library, "-o", out, *RAY, *wanted, **nodes.variables)
    assert result.returncode == 80, result.stderr
    assert {item["code"] for item in json.loads(result.stdout)["data"]["items"]} == {"unavailable"}
    assert len({*workers(out)}) == 2


def test_a_worker_and_a_node_are_killed(
    library: Path, undisturbed: dict[str, bytes], nodes: Nodes, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(*words(library, out, *RAY, "--attempts", "3", "--progress", "none", "--json")),
        env=environment(**nodes.variables), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: len({*workers(out)}) == 2, 60)
    on_head, other = sorted({*workers(out)}, key=lambda worker: parent(raylet(worker)) != nodes.processes[0].pid)
    os.kill(raylet(other), signal.SIGKILL)
    os.kill(parent(on_head), signal.SIGKILL)
    nodes.processes.pop().wait(30)
    said, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert json.loads(said)["data"]["phases"] == {"finished": ITEMS}, "Ray says nothing between"
    tried = [line for line in lines_in(record_path(out)) if line["event"] == "tried"]
    assert [line["code"] for line in tried] == ["crashed", "crashed"]
    assert sum(state.attempts for state in states_of(out).values()) == ITEMS + 2
    finish(out, undisturbed)


def test_the_driver_is_killed(library: Path, undisturbed: dict[str, bytes], nodes: Nodes, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(library, out, *RAY, **nodes.variables)
    wait_for(process, 0.3)
    process.kill()
    process.communicate(timeout=30)
    until(lambda: not any(map(alive, workers(out))), 20)
    check_whole(out, undisturbed)
    finish(out, undisturbed, *RAY, **nodes.variables)


def test_a_signal_ends_everything_in_order(
    library: Path, undisturbed: dict[str, bytes], nodes: Nodes, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start(library, out, *RAY, **nodes.variables)
    wait_for(process, 0.3)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=10)
    assert process.returncode == 143, told
    assert "Traceback" not in told
    assert not any(map(alive, workers(out)))
    assert [name for name in files_in(out) if re.search(r"(^|/)\.art-", name)] == []
    check_whole(out, undisturbed)


def test_without_the_token(library: Path, nodes: Nodes, tmp_path: Path) -> None:
    out = tmp_path / "out"
    once = {"RAY_NUM_REDIS_GET_RETRIES": "2"}  # Ray would ask twenty times
    refused = art(*words(library, out), *RAY, **{**nodes.variables, **once, "RAY_AUTH_TOKEN": "another" * 8})
    assert refused.returncode == 69
    assert "cannot be used" in refused.stderr
    assert "RAY_AUTH_TOKEN" in refused.stderr
    assert not out.exists()


def test_an_address_where_nobody_is(library: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="the ray package is not installed")
    refused = art(*words(library, tmp_path / "out"), *RAY, "--ray-address", "127.0.0.1:9")
    assert refused.returncode == 69
    assert "127.0.0.1:9 cannot be used" in refused.stderr
    refused = art(*words(library, tmp_path / "out"), "--ray-address", "127.0.0.1:9")
    assert refused.returncode == 2


def test_a_node_that_sees_the_folder_late(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for what the driver has written, as long as a network disk may take, and then says what it lacks."""
    log = tmp_path / "out" / "_batch" / "logs" / "1.log"
    (item,) = plan_items([str(library / "card-1.psd")], tmp_path / "out", str(library / "motion.yaml"))
    little = {"formats": [], "composites": [], "proxies": False, "device": "cpu"}
    task = Task(replace(item, settings=little), 1, str(log))
    place = Place(Limits())
    monkeypatch.setattr(ray_engine, "LATE", 0.6)
    (refused,) = place.begin(task, (0, 1), False)
    assert (refused.kind, refused.code) == ("failed", UNSEEN)
    assert str(log.parent) in refused.message
    monkeypatch.setattr(ray_engine, "LATE", 60.0)
    log.parent.mkdir(parents=True)
    threading.Timer(1.0, log.touch).start()
    events = place.begin(task, (0, 1), False)
    while not events:
        events = place.wait()
    place.close(5)
    assert events[0].kind == "started"


def test_the_lock_of_a_lost_worker_of_another_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only that of the worker that is known to be gone."""
    (tmp_path / ".art-lock").write_text("12 elsewhere\n")
    release(tmp_path, "pid 13 on elsewhere")
    release(tmp_path, "pid 12 on here")
    with pytest.raises(CannotWrite), locked(tmp_path):
        pass
    with monkeypatch.context() as late:
        late.setattr(Path, "glob", lambda *_: iter(()))  # a list of the folder that is older than the lock
        release(tmp_path, "pid 12 on elsewhere")
    with locked(tmp_path):
        pass
