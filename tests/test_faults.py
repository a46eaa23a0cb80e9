"""What goes wrong in the middle: signals, kills, full disks, folders in the way. Real processes, real disks.

Jobs that are to be disturbed run in processes of their own; those that finish them run here.

Whatever happens, a file with a final name is whole, nothing temporary stays behind a program that could still act, and
`--resume` makes exactly the folder that an undisturbed run makes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drawn import write_psd
from engine.errors import CannotWrite
from engine.manifest import intact, read_manifest
from engine.pipeline import Request, run_item
from engine.verify import verify
from jobs import BOB, art, command, environment, files_in, layout_text, request

SECONDS = 30  # a signal ends the program within 10; a busy machine gets more
LAYERS = BOB + "  - layer: Title\n    loop: {motion: wave, period: 1s}\n    out: {motion: fade, duration: 0.5s}\n"
FORMATS, COMPOSITES = ("webm", "prores4444", "png"), ("mp4", "webp")
ONE_CPU = sorted(os.sched_getaffinity(0))[:1] if hasattr(os, "sched_getaffinity") else []


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """A design and a layout that take some seconds in several passes over the frames."""
    folder = tmp_path_factory.mktemp("job")
    (folder / "motion.yaml").write_text(layout_text(LAYERS, "fps: 12, duration: 3s, loop: false"))
    return write_psd(folder / "design.psd", (384, 256)), folder / "motion.yaml"


@pytest.fixture(scope="module")
def undisturbed(job: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    result = art(*words(job, out))
    assert result.returncode == 0, result.stderr
    assert verify(out).ok
    return files_in(out)


def words(job: tuple[Path, ...], out: Path, *more: str) -> tuple[str | Path, ...]:
    formats = ("--format", ",".join(FORMATS), "--composite", ",".join(COMPOSITES), "--device", "cpu")
    return "animate", job[0], "-l", job[1], "-o", out, *formats, *more


def resume(job: tuple[Path, ...], out: Path) -> None:
    run_item(Request(job[0], out, layout=job[1], formats=FORMATS, composites=COMPOSITES, device="cpu", resume=True))


def start(job: tuple[Path, ...], out: Path, *more: str) -> subprocess.Popen[str]:
    """The job in a process of its own, on one core so that it takes several passes."""
    process = subprocess.Popen(
        command(*words(job, out, "--progress", "json", *more)),
        env=environment(OMP_NUM_THREADS="1"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    if ONE_CPU:
        os.sched_setaffinity(process.pid, ONE_CPU)
    return process


def wait_for(process: subprocess.Popen[str], share: float) -> None:
    """Read progress lines until that share of the work is done; remarks come before it."""
    assert process.stderr is not None
    for line in process.stderr:
        if json.loads(line).get("progress", -1) >= share:
            return
    raise AssertionError(f"it ended with {process.wait()} before {share:.0%}")


def temporaries(out: Path) -> list[str]:
    return [name for name in files_in(out) if re.search(r"(^|/)\.", name)]


def check_unfinished(out: Path) -> None:
    """The folder of an interrupted run tells the truth."""
    manifest = read_manifest(out)
    assert manifest.status == "unfinished"
    assert all(intact(out, entry) for entry in manifest.files)


def check_whole(out: Path, undisturbed: dict[str, bytes]) -> None:
    """What has a final name is what an undisturbed run writes, even if the manifest does not know it yet."""
    found = {name: data for name, data in files_in(out).items() if name != "manifest.json"}
    assert [name for name, data in found.items() if data != undisturbed.get(name)] == []


# --- two at once ---


def test_a_second_run_into_the_same_folder_is_refused(
    job: tuple[Path, ...], undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    process = start(job, out)
    wait_for(process, 0.1)
    process.send_signal(signal.SIGSTOP)  # it must not be done before the second one begins
    second = art(*words(job, out, "--force"))
    process.send_signal(signal.SIGCONT)
    assert second.returncode == 73
    assert f"another art run (pid {process.pid} on " in second.stderr
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert_same(files_in(out), undisturbed)


# --- signals ---


@pytest.mark.parametrize(
    ("sent", "code", "share"), [(signal.SIGINT, 130, 0.4), (signal.SIGTERM, 143, 0.2), (signal.SIGTERM, 143, 0.6)]
)
def test_a_signal_leaves_a_folder_that_can_be_resumed(
    job: tuple[Path, ...], undisturbed: dict[str, bytes], tmp_path: Path, sent: int, code: int, share: float
) -> None:
    out = tmp_path / "out"
    process = start(job, out)
    wait_for(process, share)
    process.send_signal(sent)
    _, told = process.communicate(timeout=SECONDS)
    assert process.returncode == code
    assert "Traceback" not in told
    assert "the same command with --resume makes the rest" in " ".join(told.split())
    assert temporaries(out) == []
    check_unfinished(out)
    check_whole(out, undisturbed)
    assert any("--resume" in problem.what for problem in verify(out).problems)
    resume(job, out)
    assert_same(files_in(out), undisturbed)


def test_killed_in_the_middle_and_resumed(job: tuple[Path, ...], undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    """Killed three times at different places, resumed each time: the end is the same, and no work is lost twice."""
    out, finished = tmp_path / "out", [0]
    for share in (0.0, 0.4, 0.4):
        process = start(job, out, "--resume")
        wait_for(process, share)
        process.kill()
        process.communicate(timeout=SECONDS)
        assert process.returncode == -signal.SIGKILL
        manifest = read_manifest(out)
        assert all(intact(out, entry) for entry in manifest.files)
        finished.append(len(manifest.files))
    assert finished == sorted(finished)
    assert finished[-1] > 1
    movies = [part.path for entry in manifest.files for part in entry.parts if entry.role != "layout"]
    stamps = {name: (out / name).stat().st_mtime_ns for name in movies}
    resume(job, out)
    assert_same(files_in(out), undisturbed)
    assert {name: (out / name).stat().st_mtime_ns for name in stamps} == stamps, "finished files were made again"
    assert verify(out).ok


def test_a_range_of_frames_killed_and_resumed(job: tuple[Path, ...], tmp_path: Path) -> None:
    """Ranges are merged into a sequence's folder: what was under way there is swept, too."""
    out, formats = tmp_path / "out", ("--format", "png16", "--composite", "none", "--frames", "6-35")
    process = subprocess.Popen(
        command("animate", job[0], "-l", job[1], "-o", out, *formats, "--device", "cpu", "--progress", "json"),
        env=environment(OMP_NUM_THREADS="1"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for(process, 0.4)
    process.kill()
    process.communicate(timeout=SECONDS)
    left = temporaries(out)
    assert any("png16/." in name for name in left), left
    run_item(
        Request(
            job[0], out, layout=job[1], formats=("png16",), composites=(), frames=(6, 36), device="cpu", resume=True
        )
    )  # fmt: skip
    assert temporaries(out) == []
    report = verify(out)
    assert report.ok, report.problems


def assert_same(found: dict[str, bytes], expected: dict[str, bytes]) -> None:
    assert sorted(found) == sorted(expected)
    assert [name for name in expected if found[name] != expected[name]] == []


# --- disks and folders ---


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB."""
    if not shutil.which("mount") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", disk], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_full_disk(job: tuple[Path, ...], undisturbed: dict[str, bytes], small_disk: Path, tmp_path: Path) -> None:
    assert sum(map(len, undisturbed.values())) > 500_000
    out = small_disk / "out"
    result = art(*words(job, out, "--json"))
    error = json.loads(result.stdout)["error"]
    assert (result.returncode, error["code"]) == (73, "cannot_write")
    assert "full" in error["message"]
    assert "-o" in error["hint"]
    assert temporaries(out) == []
    check_unfinished(out)
    check_whole(out, undisturbed)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(out, elsewhere)
    resume(job, elsewhere)
    assert_same(files_in(elsewhere), undisturbed)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    if not Path("/proc/1/fd").is_dir():
        pytest.skip("needs a folder that not even root may write: /proc")
    with pytest.raises(CannotWrite) as caught:
        run_item(request(tmp_path, out=Path("/proc/1/out")))
    assert caught.value.exit_code == 73
    assert "-o" in caught.value.hint


def test_files_of_others_are_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "layers").mkdir(parents=True)
    (out / "notes.txt").write_text("mine")
    (out / "layers" / "sketch.png").write_text("mine too")
    run_item(request(tmp_path))  # files that are not in the way do no harm
    run_item(request(tmp_path, force=True))
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "layers" / "sketch.png").read_text() == "mine too"


@pytest.mark.parametrize("mode", [0o644, 0o444])
def test_a_file_in_the_way_is_not_overwritten(tmp_path: Path, mode: int) -> None:
    out = tmp_path / "out"
    out.mkdir()
    mine = out / "composite.mkv"
    mine.write_text("mine")
    mine.chmod(mode)
    for resumed in (False, True):
        with pytest.raises(CannotWrite, match=r"composite\.mkv"):
            run_item(request(tmp_path, resume=resumed))
        assert files_in(out) == {"composite.mkv": b"mine"}
    run_item(request(tmp_path, force=True))
    assert verify(out).ok


def test_another_job_in_the_folder(tmp_path: Path) -> None:
    """Another format is another job: --resume refuses, --force replaces, and nothing old stays."""
    out = tmp_path / "out"
    run_item(request(tmp_path))
    before = files_in(out)
    for resumed in (False, True):
        with pytest.raises(CannotWrite) as caught:
            run_item(request(tmp_path, formats=("qtrle",), resume=resumed))
        assert "--force" in caught.value.hint
        assert files_in(out) == before
    run_item(request(tmp_path, formats=("qtrle",), force=True))
    assert not [name for name in files_in(out) if name.startswith("layers/") and name.endswith(".mkv")]
    assert verify(out).ok


def test_resume_mends_what_was_damaged(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_item(request(tmp_path))
    whole = files_in(out)
    movie = next((out / "layers").glob("*.mkv"))
    movie.write_bytes(b"\0" + movie.read_bytes()[1:])
    next((out / "layers").glob("*.png")).unlink()
    (out / "motion.yaml").write_text("edited")
    stamp = (out / "composite.mkv").stat().st_mtime_ns
    run_item(request(tmp_path, resume=True))
    assert files_in(out) == whole
    assert (out / "composite.mkv").stat().st_mtime_ns == stamp


def test_a_manifest_that_cannot_be_read_is_not_trusted(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run_item(request(tmp_path))
    (out / "manifest.json").write_text("{")
    with pytest.raises(CannotWrite):
        run_item(request(tmp_path, resume=True))
    run_item(request(tmp_path, force=True))
    assert verify(out).ok


def test_a_resumed_folder_without_its_sums_gets_them(tmp_path: Path) -> None:
    """Killed after the last manifest and before SHA256SUMS."""
    out = tmp_path / "out"
    run_item(request(tmp_path))
    whole = files_in(out)
    (out / "SHA256SUMS").unlink()
    run_item(request(tmp_path, resume=True))
    assert files_in(out) == whole
