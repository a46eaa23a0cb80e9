"""engine/export.py: threads, checks, atomic names, disk full, sequences in ranges."""

from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.codecs import CODECS, Frame, Stream
from engine.codecs.check import Written, check, patches_of
from engine.codecs.decode import decode, probe
from engine.errors import ArtError, CannotWrite, CheckFailed, Unavailable
from engine.export import Exporter, FileReport, encoders_at_once, find_export
from engine.geometry import Box
from engine.presets import export_presets

CANVAS = Box(0, 0, 128, 96)
STREAM = Stream(CANVAS, Fraction(25), 6)


def square(x: int, value: float = 0.8, coverage: float = 1.0, canvas: Box = CANVAS) -> Frame:
    rgba = np.full((4, 30, 40), value * coverage, np.float32)
    rgba[3] = coverage
    return Frame.drawn(canvas, Box(x, 20, x + 40, 50), rgba)


def frames(count: int = 6) -> list[Frame]:
    return [square(10 + 6 * i, coverage=1 - i / 10) for i in range(count)]


def export(path: Path, name: str, stream: Stream = STREAM, merge: bool = False) -> FileReport:
    exporter = Exporter(path, stream, export_presets()[name], merge=merge)
    for frame in frames(stream.frames):
        exporter.put(frame)
    return exporter.finish()


def target(folder: Path, name: str) -> Path:
    preset = export_presets()[name]
    return folder / f"01_square{'' if preset.sequence else preset.suffix}"


@pytest.mark.parametrize("name", export_presets())
def test_every_format_arrives_whole_and_described(name: str, tmp_path: Path) -> None:
    report = export(target(tmp_path, name), name)
    entry = report.entry("layer")
    assert [path.name for path in tmp_path.iterdir()] == [entry.path]
    assert entry.frames == 6
    assert entry.bytes == sum((tmp_path / part.path).stat().st_size for part in entry.parts)
    for part in entry.parts:
        assert hashlib.sha256((tmp_path / part.path).read_bytes()).hexdigest() == part.sha256
    assert entry.alpha_range == ((1, 1) if name == "mp4" else (0, 1))
    assert entry.alpha == ("none" if name == "mp4" else "premultiplied" if name == "exr" else "straight")
    assert entry.fps == "25"


def test_layers_export_in_parallel(tmp_path: Path) -> None:
    names = ("prores4444", "webm", "png")
    for name in names:
        (tmp_path / name).mkdir()
    exporters = [Exporter(target(tmp_path / name, name), STREAM, export_presets()[name]) for name in names]
    for frame in frames():
        for exporter in exporters:
            exporter.put(frame)
    assert [exporter.finish().facts.frames for exporter in exporters] == [6, 6, 6]


def test_the_number_of_encoders_follows_cores_and_memory() -> None:
    assert encoders_at_once((1920, 1080), 2, 64 << 30) == 4
    assert encoders_at_once((7680, 4320), 16, 8 << 30) == 1
    assert encoders_at_once((64, 64), 64, 1 << 20) == 1


def test_an_older_export_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "seq"
    export(path, "png")
    export(path, "png", replace(STREAM, frames=3))
    assert len(list(path.iterdir())) == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["seq"]


def test_ranges_of_a_sequence_meet_in_one_folder(tmp_path: Path) -> None:
    path = tmp_path / "seq"
    second = export(path, "png", replace(STREAM, frames=2, start=4), merge=True)
    first = export(path, "png", replace(STREAM, frames=4), merge=True)
    names = [f"seq_{number:04d}.png" for number in range(6)]
    assert sorted(entry.name for entry in path.iterdir()) == names
    assert [part.path for part in (*first.parts, *second.parts)] == [f"seq/{name}" for name in names]
    assert second.entry("layer").start == 4


def test_opaque_exports_lie_over_their_background(tmp_path: Path) -> None:
    path = tmp_path / "c.mov"
    entry = export(path, "prores4444", replace(STREAM, background=(0.0, 0.5, 1.0))).entry("composite")
    np.testing.assert_allclose(next(decode(path))[5, 5], [0, 0.5, 1, 1], atol=0.01)
    assert (entry.alpha, entry.background, entry.alpha_range) == ("none", (0, 0.5, 1), (1, 1))


# -- what goes wrong -------------------------------------------------------------------------------------------------


def test_an_aborted_export_leaves_nothing(tmp_path: Path) -> None:
    exporter = Exporter(tmp_path / "a.mov", STREAM, export_presets()["prores4444"])
    exporter.put(frames()[0])
    exporter.abort()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(CannotWrite, match="aborted"):
        exporter.finish()


def deliver(exporter: Exporter, pictures: Iterable[Frame]) -> FileReport:
    for picture in pictures:
        exporter.put(picture)
    return exporter.finish()


@pytest.mark.parametrize("count", [0, 3, 9])
def test_too_few_or_too_many_frames_fail_the_check(count: int, tmp_path: Path) -> None:
    exporter = Exporter(tmp_path / "a.mov", STREAM, export_presets()["prores4444"])
    with pytest.raises(CheckFailed):
        deliver(exporter, frames()[:1] * count)
    assert list(tmp_path.iterdir()) == []


def test_an_error_in_the_thread_reaches_the_caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that dies half-way, with a full queue behind it."""

    class Dies:
        def __init__(self, path: Path) -> None:
            self.file, self.count = path.open("wb"), 0

        def write(self, frame: Frame) -> None:
            self.count += 1
            if self.count == 2:
                raise RuntimeError("the encoder fell over")

        def close(self) -> None:
            self.file.close()

    monkeypatch.setitem(CODECS, "prores", replace(CODECS["prores"], create=lambda path, *_: Dies(path)))
    exporter = Exporter(tmp_path / "a.mov", STREAM, export_presets()["prores4444"])
    with pytest.raises(RuntimeError, match="fell over"):
        deliver(exporter, frames()[:1] * 100)
    with pytest.raises(RuntimeError, match="fell over"):
        exporter.finish()
    assert list(tmp_path.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("export a.mov")]


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    exporter = Exporter(tmp_path / "nowhere" / "a.mov", STREAM, export_presets()["prores4444"])
    with pytest.raises(CannotWrite) as caught:
        deliver(exporter, frames())
    assert caught.value.hint


def test_a_missing_encoder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CODECS, "prores", replace(CODECS["prores"], encoder="no_such_encoder"))
    with pytest.raises(Unavailable, match="no_such_encoder"):
        Exporter(tmp_path / "a.mov", STREAM, export_presets()["prores4444"])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda frame: square(60, coverage=0.2), "alpha"),
        (lambda frame: square(10, value=0.2), "colour"),
        (lambda frame: Frame.drawn(CANVAS, Box(0, 0, 1, 1), np.zeros((4, 1, 1), np.float32)), "alpha"),
    ],
)
@pytest.mark.parametrize("name", ["prores4444", "webm", "png", "qtrle", "exr"])
def test_the_check_sees_a_file_with_other_pictures(
    name: str, damage: Callable[[Frame], Frame], says: str, tmp_path: Path
) -> None:
    codec, path = CODECS[export_presets()[name].codec], target(tmp_path, name)
    written = Written(codec, STREAM)
    writer = codec.create(path, STREAM, dict(export_presets()[name].options))
    for _ in range(6):
        writer.write(damage(square(10)))
        written.note(square(10))
    writer.close()
    with pytest.raises(CheckFailed, match=says):
        check(path, codec, STREAM, written)


def test_the_check_sees_a_cut_file(tmp_path: Path) -> None:
    path, codec = tmp_path / "a.mov", CODECS["prores"]
    export(path, "prores4444")
    written = Written(codec, STREAM)
    for frame in frames():
        written.note(frame)
    check(path, codec, STREAM, written)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CheckFailed, match="read back"):
        check(path, codec, STREAM, written)


def test_the_check_looks_at_the_frames_with_the_least_and_the_most_alpha() -> None:
    long = replace(STREAM, frames=400)
    written = Written(CODECS["prores"], long)
    for index in range(400):
        written.note(square(10, coverage=0.1 if index == 123 else 1.0 if index == 77 else 0.6))
    assert {0, 399, 77, 123} <= set(written.samples)
    assert len(written.samples) <= 10
    assert written.extrema == (0.0, 1.0)


def test_patches_are_the_middles_of_cells_for_any_box() -> None:
    rgba = np.random.default_rng(0).random((4, 50, 61)).astype(np.float32)
    frame = Frame.drawn(CANVAS, Box(33, 21, 94, 71), rgba)
    whole = np.zeros((4, 96, 128), np.float32)
    whole[:, 21:71, 33:94] = rgba
    cells = whole.reshape(4, 3, 32, 4, 32)[:, :, 12:20, :, 12:20]
    np.testing.assert_array_equal(patches_of(frame), cells.reshape(4, 24, 32))


@pytest.mark.parametrize("name", export_presets())
def test_noise_is_hard_on_codecs_but_passes_the_check(name: str, tmp_path: Path) -> None:
    canvas = Box(0, 0, 160, 96)
    exporter = Exporter(target(tmp_path, name), Stream(canvas, Fraction(25), 3), export_presets()[name])
    for index in range(3):
        exporter.put(noisy(canvas, index))
    assert exporter.finish().facts.frames == 3


def specks(index: int) -> Frame:
    """Single bright pixels: a codec that rounds them off changes the highest alpha of the frame."""
    rgba = np.zeros((4, 96, 160), np.float32)
    for row, column in np.random.default_rng(3).integers(5, 90, (6, 2)):
        rgba[:, row, column + index] = 1
    return Frame(Box(0, 0, 160, 96), Box(0, 0, 160, 96), rgba)


@pytest.mark.parametrize("name", ["webm", "mp4-packed", "prores4444", "webp"])
def test_draft_quality_of_single_pixels_passes_the_check(name: str, tmp_path: Path) -> None:
    stream = Stream(Box(0, 0, 160, 96), Fraction(25), 8)
    exporter = Exporter(target(tmp_path, name), stream, export_presets()[name], quality="draft")
    assert deliver(exporter, (specks(index) for index in range(8))).alpha == (0, 1)


@pytest.mark.parametrize("name", export_presets())
def test_a_picture_of_one_pixel(name: str, tmp_path: Path) -> None:
    canvas = Box(7, 9, 8, 10)
    exporter = Exporter(target(tmp_path, name), Stream(canvas, Fraction(25), 2), export_presets()[name])
    for _ in range(2):
        exporter.put(Frame(canvas, canvas, np.ones((4, 1, 1), np.float32)))
    assert exporter.finish().entry("layer").offset == (7, 9)


# -- disk full -------------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, kib: int) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "tmpfs", str(folder)]
    if os.name != "posix" or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small tmpfs cannot be mounted here: that needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def noisy(canvas: Box, seed: int) -> Frame:
    rgba = np.random.default_rng(seed).random((4, canvas.height, canvas.width)).astype(np.float32)
    rgba[3] = 1
    return Frame(canvas, canvas, rgba)


@pytest.mark.parametrize("name", ["prores4444", "webm", "png", "exr", "qtrle", "mp4", "gif"])
def test_a_full_disk_is_said_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    canvas = Box(0, 0, 256, 192)
    with small_disk(tmp_path / "disk", 200) as disk:
        exporter = Exporter(target(disk, name), Stream(canvas, Fraction(25), 30), export_presets()[name])
        with pytest.raises(CannotWrite, match="full") as caught:
            deliver(exporter, (noisy(canvas, index) for index in range(30)))
        assert "free" in caught.value.hint
        exporter.abort()
        assert list(disk.iterdir()) == []


LIMITED = """
import sys, resource
from pathlib import Path
sys.path[:0] = {roots!r}
from test_export import CannotWrite, Exporter, Stream, Fraction, Box, export_presets, noisy
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
canvas = Box(0, 0, 256, 192)
exporter = Exporter(Path({path!r}), Stream(canvas, Fraction(25), 30), export_presets()["prores4444"])
try:
    for index in range(30):
        exporter.put(noisy(canvas, index))
    exporter.finish()
except CannotWrite as error:
    print("said:", error.message)
"""


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="this system has no file size limits")
def test_a_file_size_limit_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    roots = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    script = LIMITED.format(roots=roots, path=str(tmp_path / "a.mov"))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert "said:" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """The Python side: the encoders keep a fixed number of pictures themselves."""

    def peak(count: int) -> int:
        exporter = Exporter(tmp_path / f"{count}.mov", replace(STREAM, frames=count), export_presets()["qtrle"])
        tracemalloc.start()
        for index in range(count):
            exporter.put(square(index % 80))
        exporter.finish()
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)
    assert peak(300) < 1.3 * peak(60)


def test_errors_are_ours() -> None:
    with pytest.raises(ArtError):
        find_export("hevc")
    assert callable(probe)
