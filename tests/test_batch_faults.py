"""What goes wrong in the middle of a batch: real drivers and workers, real signals, real disks.

Whatever happens, a file with a final name is whole, and `art batch retry` makes what an undisturbed batch makes.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import late_names
from drawn import write_psd
from engine.batch import local
from engine.batch.engine import Event, Task
from engine.batch.jobs import Item
from engine.batch.local import LocalEngine
from engine.batch.record import lines_in, read_plan, record_path, states_of
from engine.export import make_way
from engine.files import alive, atomic
from engine.verify import verify
from jobs import art, command, environment, files_in, layout_text

SECONDS = 10  # from SIGTERM to the end
LAYERS = (
    "  - layer: Hero/Balloon\n    loop: {motion: bob, period: 0.5s, amount: 10%}\n  - layer: Title\n    loop: sway\n"
)
OPTIONS = ("--set", "device=cpu format=webm,png composite=mp4 proxies=no", "--no-cache")
ITEMS = 6
FINISHED = {f"card-{number}": "finished" for number in range(1, ITEMS + 1)}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six designs, one larger than the others, and a layout: together they take some seconds."""
    folder = tmp_path_factory.mktemp("library")
    for number in range(1, ITEMS + 1):
        write_psd(folder / f"card-{number}.psd", (480, 320) if number == 3 else (96 + 16 * number, 96))
    (folder / "motion.yaml").write_text(layout_text(LAYERS, "fps: 24, duration: 2s"))
    return folder


@pytest.fixture(scope="module")
def undisturbed(library: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every output of a batch that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    result = art(*words(library, out))
    assert result.returncode == 0, result.stderr
    return outputs(out)


def words(library: Path, out: Path, *more: str) -> tuple[str | Path, ...]:
    return "batch", "run", library, "-o", out, "-l", library / "motion.yaml", "-j", "2", *OPTIONS, *more


def outputs(out: Path) -> dict[str, bytes]:
    return {name: data for name, data in files_in(out).items() if not name.startswith("_batch/")}


def start(library: Path, out: Path, *more: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(*words(library, out, "--progress", "json", *more)),
        env=environment(**variables), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for(process: subprocess.Popen[str], share: float) -> None:
    """Read progress lines until that share of the work is done."""
    assert process.stderr is not None
    for line in process.stderr:
        if json.loads(line).get("progress", -1) >= share:
            return
    raise AssertionError(f"it ended with {process.wait()} before {share:.0%}")


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def workers(out: Path) -> list[int]:
    """The processes that began an item, the latest first."""
    said = [line["worker"] for line in lines_in(record_path(out)) if line["event"] == "working"]
    return [int(worker.removeprefix("pid ")) for worker in reversed(said)]


def phases(out: Path) -> dict[str, str]:
    states = states_of(out)
    return {item.name: states[item.key].phase for item in read_plan(out) if item.key in states}


def check_whole(out: Path, undisturbed: dict[str, bytes]) -> None:
    """What has a final name is what an undisturbed batch writes, even if no manifest knows it yet."""
    found = {
        name: data
        for name, data in outputs(out).items()
        if not name.endswith("manifest.json") and not re.search(r"(^|/)\.art-", name)
    }
    assert [name for name, data in found.items() if data != undisturbed.get(name)] == []


def finish(out: Path, undisturbed: dict[str, bytes], *more: str, **variables: str) -> None:
    """`retry` makes the rest, every output verifies, and nothing else is left."""
    result = art("batch", "retry", out, "-j", "2", "--no-cache", *more, **variables)
    assert result.returncode == 0, result.stderr
    assert phases(out) == FINISHED
    for name in FINISHED:
        report = verify(out / name)
        assert report.ok, report.problems
    found = outputs(out)
    assert sorted(found) == sorted(undisturbed)
    assert [name for name in found if found[name] != undisturbed[name]] == []


# --- kills and signals ------------------------------------------------------------------------------------------------


def test_a_worker_is_killed(library: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(library, out)
    until(lambda: bool(workers(out)))
    os.kill(workers(out)[0], signal.SIGKILL)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    tried = [line for line in lines_in(record_path(out)) if line["event"] == "tried"]
    assert [line["code"] for line in tried] == ["crashed"]
    assert "signal 9" in tried[0]["message"]
    assert sum(state.attempts for state in states_of(out).values()) == ITEMS + 1, "one attempt of one item"
    finish(out, undisturbed)


def test_an_item_whose_worker_is_killed_every_time_fails_alone(library: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(library, out, "--attempts", "1")
    until(lambda: bool(workers(out)))
    os.kill(workers(out)[0], signal.SIGKILL)
    process.communicate(timeout=120)
    assert process.returncode == 80
    assert sorted(phases(out).values()) == ["failed", *["finished"] * (ITEMS - 1)]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_the_driver_is_killed(library: Path, undisturbed: dict[str, bytes], tmp_path: Path, share: float) -> None:
    out = tmp_path / "out"
    process = start(library, out)
    wait_for(process, share)
    kill_driver(process, out)
    check_whole(out, undisturbed)
    before = {name for name, phase in phases(out).items() if phase == "finished"}
    stamps = {name: (out / name / "manifest.json").stat().st_mtime_ns for name in before}
    finish(out, undisturbed)
    assert {name: (out / name / "manifest.json").stat().st_mtime_ns for name in before} == stamps, "made again"


def kill_driver(process: subprocess.Popen[str], out: Path) -> None:
    """And wait for its workers, which end when they find it gone."""
    process.kill()
    process.communicate(timeout=30)
    until(lambda: not any(alive(worker) and not _is_zombie(worker) for worker in workers(out)), 5)


def _is_zombie(process: int) -> bool:
    """Ended, and its parent is gone too: nobody has asked for its exit code yet."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_everything_in_order(
    library: Path, undisturbed: dict[str, bytes], tmp_path: Path, sent: int, code: int
) -> None:
    out = tmp_path / "out"
    process = start(library, out)
    wait_for(process, 0.3)
    started = time.monotonic()
    process.send_signal(sent)
    _, told = process.communicate(timeout=30)
    assert time.monotonic() - started < SECONDS
    assert process.returncode == code
    assert "Traceback" not in told
    assert "the same command does the rest" in " ".join(told.split())
    assert not any(alive(worker) for worker in workers(out))
    assert "stopped" in phases(out).values()
    assert [name for name in files_in(out) if re.search(r"(^|/)\.art-", name)] == []
    check_whole(out, undisturbed)
    finish(out, undisturbed)


def test_two_drivers(library: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = start(library, out)
    wait_for(process, 0.1)
    process.send_signal(signal.SIGSTOP)  # it must not be done before the second one begins
    second, third = art(*words(library, out)), art("batch", "retry", out)
    shown = art("batch", "status", out)
    process.send_signal(signal.SIGCONT)
    assert f"pid {process.pid} on " in shown.stderr
    for refused in (second, third):
        assert refused.returncode == 73
        assert f"another art run (pid {process.pid} on " in refused.stderr
    process.communicate(timeout=120)
    assert process.returncode == 0
    finish(out, undisturbed)


def test_drivers_of_other_items_share_the_folder(library: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    out = tmp_path / "out"
    first, second = (start(library, out, "--items", items) for items in ("1-3", "4-6"))
    for process in (first, second):
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
    finish(out, undisturbed)


# --- items ------------------------------------------------------------------------------------------------------------


def test_an_item_hangs(library: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    """Its layout is a pipe into which nobody writes."""
    own, out = tmp_path / "library", tmp_path / "out"
    shutil.copytree(library, own)
    for number in range(1, ITEMS + 1):
        shutil.copy(library / "motion.yaml", own / f"card-{number}.yaml")
    pipe = own / "card-2.yaml"
    pipe.unlink()
    os.mkfifo(pipe)
    hanging = (*words(own, out)[:6], own / "{name}.yaml", *words(own, out)[7:])
    result = art(*hanging, "--timeout", "12s", "--json", "--progress", "none")
    assert result.returncode == 80, result.stderr
    assert phases(out) == {**FINISHED, "card-2": "failed"}
    (failed,) = (item for item in json.loads(result.stdout)["data"]["items"] if item["state"] == "failed")
    assert (failed["code"], failed["attempts"]) == ("timeout", 2)
    assert (out / "_batch" / "logs" / "02_card-2.log").read_text("utf-8").count("not done after 12 s") == 2
    pipe.unlink()
    shutil.copy(library / "motion.yaml", pipe)
    finish(out, undisturbed, "--failed")


def test_an_item_that_says_nothing_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a limit of time it is ended when it has been silent for long."""
    monkeypatch.setattr(local, "SILENCE", 3.0)
    design, pipe, out = (str(tmp_path / name) for name in ("a.psd", "motion.yaml", "out"))
    write_psd(Path(design))
    os.mkfifo(pipe)
    engine = LocalEngine(1)
    engine.submit(Task(Item(1, "a", design, out, pipe), 1, str(tmp_path / "log")))
    failed: list[Event] = []
    try:
        while not failed:
            failed = [event for event in engine.wait(1.0) if event.kind == "failed"]
    finally:
        engine.close(1.0)
    assert (failed[0].code, failed[0].message, failed[0].lost) == ("timeout", "no word for 3 s", True)


def test_an_item_needs_too_much_memory(library: Path, tmp_path: Path) -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("memory is limited where /proc tells it")
    own, out = tmp_path / "library", tmp_path / "out"
    shutil.copytree(library, own)
    (own / "jobs.csv").write_text("design,layout,options\ncard-1.psd,motion.yaml,\ncard-2.psd,motion.yaml,size=4000\n")
    options = ("--set", "device=cpu format=none composite=png duration=1f proxies=no", "--no-cache")
    run = ("batch", "run", own / "jobs.csv", "-o", out, "-j", "2", *options)
    result = art(*run, "--memory", "700MB", "--progress", "none")
    assert result.returncode == 80, result.stderr
    assert phases(out) == {"card-1": "finished", "card-2": "failed"}
    (state,) = (state for state in states_of(out).values() if state.phase == "failed")
    assert (state.code, state.attempts) == ("memory", 1)
    assert "--memory" in state.hint
    result = art("batch", "retry", out, "--failed", "--memory", "8GiB", "--no-cache")
    assert result.returncode == 0, result.stderr
    assert all(verify(out / name).ok for name in ("card-1", "card-2"))


# --- the record and the disk ------------------------------------------------------------------------------------------


def test_the_record_is_torn(library: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    """The driver is killed, and of its last line only a part has reached the disk."""
    out = tmp_path / "out"
    process = start(library, out)
    wait_for(process, 0.3)
    process.kill()
    process.communicate(timeout=30)
    record = record_path(out)
    whole = record.read_bytes()
    record.write_bytes(whole[: whole.rindex(b"\n", 0, -1) + 9])
    until(lambda: not any(alive(worker) and not _is_zombie(worker) for worker in workers(out)), 5)
    finish(out, undisturbed)
    numbers = [json.loads(line)["n"] for line in record.read_text().splitlines()]
    assert numbers == list(range(1, len(numbers) + 1))


STRANGE = {
    "clock": (
        "import time\n"
        "real, ticks = time.time_ns, [0]\n"
        "def back() -> int:\n"
        "    ticks[0] += 1\n"
        "    return real() - 10**15 - ticks[0] * 10**9\n"
        "time.time_ns, time.time = back, lambda: back() / 1e9\n"
    ),
    "renames": (
        "import os, time\n"
        "real = os.replace\n"
        "def slow(*words, **more):\n"
        "    time.sleep(0.1)\n"
        "    real(*words, **more)\n"
        "    time.sleep(0.1)\n"
        "os.replace = slow\n"
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_machines(library: Path, undisturbed: dict[str, bytes], tmp_path: Path, name: str) -> None:
    """A clock that goes backwards, a disk whose renames take long: killed in the middle, then finished."""
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "sitecustomize.py").write_text(STRANGE[name])
    paths = f"{tmp_path / 'strange'}{os.pathsep}{environment()['PYTHONPATH']}"
    out = tmp_path / "out"
    process = start(library, out, PYTHONPATH=paths)
    wait_for(process, 0.3)
    kill_driver(process, out)
    check_whole(out, undisturbed)
    finish(out, undisturbed, PYTHONPATH=paths)


def test_a_network_disk_whose_names_are_seen_late(library: Path, undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    """The batch is killed in the middle, and begun again at once by processes that do not see yet what was done."""
    strange, out = tmp_path / "strange", tmp_path / "out"
    strange.mkdir()
    shutil.copy(late_names.__file__, strange / "sitecustomize.py")
    paths = f"{strange}{os.pathsep}{environment()['PYTHONPATH']}"
    process = start(library, out, PYTHONPATH=paths)
    wait_for(process, 0.3)
    kill_driver(process, out)
    check_whole(out, undisturbed)
    late_names.show(strange / "marks", 0.5)
    for folder in out.glob("card-*"):
        late_names.hide(strange / "marks", folder)
    (strange / "unseen").unlink(missing_ok=True)
    again = art(*words(library, out, "--progress", "none"), PYTHONPATH=paths)
    assert again.returncode == 0, again.stderr + again.stdout
    assert "/out/card-" in (strange / "unseen").read_text()
    late_names.show(strange / "marks", 1.0)
    for leftover in sorted(out.rglob(".art-*")):  # which nobody saw when the items were begun again
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    finish(out, undisturbed, PYTHONPATH=paths)


def test_a_finished_sequence_that_is_not_seen_makes_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renaming says that it is there, whatever looking says."""
    final = tmp_path / "layer_png"
    (final / "more").mkdir(parents=True)
    seen = Path.is_dir
    monkeypatch.setattr(Path, "is_dir", lambda path: path != final and seen(path))
    with atomic(final) as temporary:
        temporary.mkdir()
        (temporary / "1.png").touch()
        make_way(final, temporary)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.rglob("*")] == ["layer_png", "1.png"]


def test_a_sequence_that_cannot_be_removed_makes_way_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NFS keeps files in a folder as long as somebody looks at them. The new sequence is whole, and so is its name."""
    final = tmp_path / "layer_png"
    final.mkdir()

    def kept(*_: object, **__: object) -> None:
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY))

    monkeypatch.setattr(os, "rmdir", kept)
    with atomic(final) as temporary:
        temporary.mkdir()
        (temporary / "1.png").touch()
        make_way(final, temporary)
    monkeypatch.undo()
    assert [path.name for path in final.iterdir()] == ["1.png"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk that can be given a size."""
    if not shutil.which("mount") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1", "tmpfs", str(disk)]
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def grow(disk: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


def test_a_full_disk(library: Path, undisturbed: dict[str, bytes], small_disk: Path) -> None:
    out = small_disk / "out"
    third = sum(len(data) for name, data in undisturbed.items() if name.startswith("card-3/"))
    before = [data for name, data in undisturbed.items() if name.startswith(("card-1/", "card-2/"))]
    assert third > 200_000
    grow(small_disk, sum(-(-len(data) // 4096) * 4096 for data in before) + third // 2)
    result = art(*words(library, out), "-j", "1", "--json", "--progress", "none")
    assert result.returncode == 80, result.stderr
    items = json.loads(result.stdout)["data"]["items"]
    assert [item["state"] for item in items[:3]] == ["finished", "finished", "failed"]
    assert items[2]["code"] == "cannot_write"
    assert "full" in items[2]["message"]
    assert [name for name in files_in(out) if re.search(r"(^|/)\.art-", name)] == []
    check_whole(out, undisturbed)
    grow(small_disk, 64 << 20)
    finish(out, undisturbed)
