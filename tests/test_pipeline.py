"""The whole way on tiny designs: what is exported is what the layout asked for, however it is made."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drawn import SIZE, write_ora, write_png_stack, write_psd
from engine.codecs.decode import probe
from engine.errors import UsageError
from engine.manifest import read_manifest
from engine.pipeline import Request, plan_only, run_item
from engine.presets import export_presets
from engine.verify import verify
from engine.warm import Warm
from jobs import BOB, distance, entry_of, files_in, frames_of, largest_step, request

HERO = "Hero/Balloon"
CLIP = "fps: 12, duration: 1s, loop: false"


def exported(tmp_path: Path, layer: str = HERO) -> list[np.ndarray]:
    """The frames of a layer's file, or of the file of that path, premultiplied-free as stored."""
    out = tmp_path / "out"
    return frames_of(out / entry_of(read_manifest(out), layer).path)


# --- motion in the files ---


@pytest.mark.parametrize(
    "words", ["bob", "spin", "wave", "flicker", "shake", "parallax", "{motion: bob, mode: pingpong}"]
)
def test_loops_close_in_the_files(tmp_path: Path, words: str) -> None:
    """From the last frame back to the first the picture changes no more than between neighbours."""
    run_item(request(tmp_path, f"  - layer: {HERO}\n    loop: {words}\n", "fps: 12, duration: 1s"))
    for name in (HERO, "composite.mkv"):
        steps, seam = largest_step(exported(tmp_path, name))
        assert seam <= 1.15 * steps + 1e-3
        assert steps > 1e-3


def test_a_loop_that_does_not_close_would_be_noticed(tmp_path: Path) -> None:
    words = f"  - layer: {HERO}\n    keyframes: {{position: [{{at: 0s, value: [0, 0]}}, {{at: 1s, value: [40, 0]}}]}}\n"
    run_item(request(tmp_path, words, CLIP))
    steps, seam = largest_step(exported(tmp_path))
    assert seam > 2 * steps


def test_in_loop_and_out_compose(tmp_path: Path) -> None:
    """Away at both ends, there in the middle, and still bobbing while it is there."""
    words = f"  - layer: {HERO}\n    in: {{motion: fade, duration: 0.25s}}\n    loop: {{motion: bob, period: 0.5s, amount: 12%}}\n    out: {{motion: fade, duration: 0.25s}}\n"  # noqa: E501 - one layout
    run_item(request(tmp_path, words, CLIP))
    frames = exported(tmp_path)
    cover = [frame[3].sum() for frame in frames]
    assert cover[0] < 0.05 * max(cover)
    assert cover[-1] < 0.5 * max(cover)
    assert min(cover[3:9]) > 0.95 * max(cover)
    rows = [np.average(np.arange(SIZE[1]), weights=frame[3].sum(axis=1)) for frame in frames[3:9]]
    assert max(rows) - min(rows) > 3


def test_what_is_clipped_goes_with_its_base(tmp_path: Path) -> None:
    words = f"  - layer: {HERO}\n    loop: {{motion: drift, amount: 15%, period: 1s}}\n"
    run_item(request(tmp_path, words, "fps: 8, duration: 1s"))
    for base, shine in zip(exported(tmp_path), exported(tmp_path, "Hero/Shine"), strict=True):
        assert shine[3].max() > 0.4
        assert (shine[3] <= base[3] + 1 / 255).all(), "it shows only where its base is"


def test_a_group_moves_as_one(tmp_path: Path) -> None:
    words = "  - layer: Hero\n    as: group\n    loop: {motion: drift, amount: 10%, period: 1s}\n"
    manifest = run_item(request(tmp_path, words, "fps: 8, duration: 1s"))
    paths = [entry.layer.path for entry in manifest.files if entry.layer]
    assert paths == ["Background", "Hero", "Title", "Größe ★"]
    assert verify(tmp_path / "out").ok
    steps, seam = largest_step(exported(tmp_path, "Hero"))
    assert 0 < seam <= 1.15 * steps


def test_names_alone_make_motion(tmp_path: Path) -> None:
    """`Balloon [bob 2s]` in the PSD and no layout: only that layer moves, and the layout that was used is written."""
    asked = request(tmp_path, fps="8", duration="2s")
    manifest = run_item(Request(**{**asked.__dict__, "layout": None}))
    moving = [entry.layer.path for entry in manifest.files if entry.layer and entry.role == "layer"]
    assert moving == [HERO, "Hero/Shine"]
    assert "Guide" not in [entry.layer.name for entry in manifest.files if entry.layer]
    used = (tmp_path / "out" / "motion.yaml").read_text()
    assert "bob" in used
    again = tmp_path / "again"
    run_item(Request(**{**asked.__dict__, "layout": tmp_path / "out" / "motion.yaml", "out": again}))
    movies = {name: data for name, data in files_in(tmp_path / "out").items() if name.endswith((".mkv", ".png"))}
    assert movies == {name: files_in(again)[name] for name in movies}


@pytest.mark.parametrize("write", [write_psd, write_png_stack, write_ora])
def test_every_kind_of_design_goes_through(tmp_path: Path, write: object) -> None:
    assert callable(write)
    name = {"write_psd": "a.psd", "write_png_stack": "stack", "write_ora": "a.ora"}[write.__name__]
    design = write(tmp_path / name)
    run_item(Request(design, tmp_path / "out", formats=("ffv1",), composites=("ffv1",), duration="0.2s", device="cpu"))
    report = verify(tmp_path / "out")
    assert report.ok, report.problems


# --- the same files however they are made ---


def test_passes_do_not_change_a_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = BOB + "  - layer: Title\n    loop: {motion: wave, period: 0.5s}\n"
    formats = ("webm", "prores4444", "ffv1", "png", "mp4-packed")
    run_item(request(tmp_path, words, formats=formats, composites=("mp4", "webm")))
    monkeypatch.setattr("engine.exporting.encoders_at_once", lambda size, cores, memory: 1)
    run_item(request(tmp_path, words, formats=formats, composites=("mp4", "webm"), out=tmp_path / "single"))
    assert_same(files_in(tmp_path / "out"), files_in(tmp_path / "single"))


def test_more_cores_do_not_change_a_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    formats = ("webm", "prores4444", "ffv1", "mp4-packed")
    for cores, name in ((1, "one"), (16, "many")):
        monkeypatch.setattr("engine.exporting.cores", lambda cores=cores: cores)
        run_item(request(tmp_path, formats=formats, composites=("mp4",), drawn_size=(192, 128), out=tmp_path / name))
    assert_same(files_in(tmp_path / "one"), files_in(tmp_path / "many"))


def assert_same(one: dict[str, bytes], other: dict[str, bytes]) -> None:
    assert sorted(one) == sorted(other)
    assert [name for name in one if one[name] != other[name]] == []


def test_chunks_give_the_frames_of_the_whole_run(tmp_path: Path) -> None:
    """A farm renders ranges into one folder each, or into the same."""
    run_item(request(tmp_path, formats=("png", "exr"), composites=()))
    whole = {name: data for name, data in files_in(tmp_path / "out").items() if name.endswith((".png", ".exr"))}
    found: dict[str, bytes] = {}
    for first, end in ((0, 2), (2, 3), (3, 6)):
        part = tmp_path / f"part{first}"
        manifest = run_item(request(tmp_path, formats=("png", "exr"), composites=(), frames=(first, end), out=part))
        assert {(entry.start, entry.frames) for entry in manifest.files if entry.role == "layer"} == {
            (first, end - first)
        }
        frames = {name: data for name, data in files_in(part).items() if name.endswith((".png", ".exr"))}
        assert not {name for name in frames if frames[name] != whole[name]}
        found |= frames
        assert verify(part).ok
    assert found == whole


def test_movies_are_never_cut(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="movie"):
        run_item(request(tmp_path, frames=(0, 2)))
    assert not (tmp_path / "out").exists()


def test_cropped_files_lie_where_they_say(tmp_path: Path) -> None:
    run_item(request(tmp_path))
    cropped = run_item(request(tmp_path, crop="region", out=tmp_path / "cropped"))
    entry = entry_of(cropped, HERO)
    (x, y), (width, height) = entry.offset, entry.size
    assert (width, height) < SIZE
    whole = exported(tmp_path)
    parts = frames_of(tmp_path / "cropped" / entry.path)
    for full, part in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(full[3, y : y + height, x : x + width], part[3])
        assert full[3].sum() == pytest.approx(part[3].sum(), abs=1e-3), "nothing lies outside"
    assert verify(tmp_path / "cropped").ok


def test_premultiplied_and_straight_are_the_same_picture(tmp_path: Path) -> None:
    run_item(request(tmp_path))
    run_item(request(tmp_path, alpha="premultiplied", out=tmp_path / "premultiplied"))
    other = read_manifest(tmp_path / "premultiplied")
    assert entry_of(other, HERO).alpha == "premultiplied"
    multiplied = frames_of(tmp_path / "premultiplied" / entry_of(other, HERO).path)
    for straight, premultiplied in zip(exported(tmp_path), multiplied, strict=True):
        np.testing.assert_array_equal(straight[3], premultiplied[3])
        assert np.abs(straight[:3] * straight[3:] - premultiplied[:3]).max() < 1.5 / 255


# --- what the folder holds ---


def test_every_format_at_once(tmp_path: Path) -> None:
    layers = tuple(name for name, preset in export_presets().items() if preset.role in ("layer", "both"))
    composites = tuple(name for name, preset in export_presets().items() if preset.role in ("composite", "both"))
    manifest = run_item(request(tmp_path, formats=layers, composites=composites))
    for path in (HERO, "Hero/Shine"):
        found = [entry.preset for entry in manifest.files if entry.layer and entry.layer.path == path]
        assert sorted(found) == sorted(layers)
    assert sorted(entry.preset for entry in manifest.files if entry.role == "composite") == sorted(composites)
    for entry in manifest.files:
        if entry.role in ("layer", "composite"):
            facts = probe(tmp_path / "out" / entry.path, entry.rate)
            assert (facts.frames, facts.size) == (entry.frames, entry.size) == (6, entry.size)
    report = verify(tmp_path / "out")
    assert report.ok, report.problems
    assert any("Shine" in note for note in report.notes), "a clipped layer's soft edge cannot be stacked"


def test_the_layers_stack_to_the_composite(tmp_path: Path) -> None:
    """Said by the manifest, seen by verify, and by hand: the files over each other give the composite's file."""
    design = write_png_stack(tmp_path / "stack")
    manifest = run_item(request(tmp_path, design=design))
    report, stacks, out = verify(tmp_path / "out"), manifest.recomposition, tmp_path / "out"
    assert stacks is not None
    assert stacks.possible == "exact"
    assert stacks.error is not None
    assert stacks.error < 1e-4
    assert report.ok
    assert report.recomposition is not None
    assert report.recomposition < 1 / 255
    entries = [entry for entry in manifest.files if entry.layer]
    assert [entry.layer.order for entry in entries if entry.layer] == list(range(len(entries)))
    canvas = np.zeros((4, SIZE[1], SIZE[0]))
    for entry in entries:
        top = frames_of(out / entry.path)[0].astype(float)
        top[:3] *= top[3:]
        canvas = top + canvas * (1 - top[3:])
    assert distance(canvas, frames_of(out / "composite.mkv")[0]) < 1 / 255


def test_what_cannot_be_stacked_says_why(tmp_path: Path) -> None:
    """Shine is clipped to a disc: its soft edge would count twice."""
    stacks = run_item(request(tmp_path)).recomposition
    assert stacks is not None
    assert (stacks.possible, stacks.why.partition(":")[0]) == ("no", "Hero/Shine")
    assert stacks.error is not None
    assert 0 < stacks.error < 2 / 255


def test_equal_runs_have_equal_folders(tmp_path: Path) -> None:
    run_item(request(tmp_path))
    run_item(request(tmp_path, out=tmp_path / "again"))
    assert files_in(tmp_path / "out") == files_in(tmp_path / "again")


def test_sizes(tmp_path: Path) -> None:
    asked = request(tmp_path)
    sizes = {"50%": (48, 32), "192": (192, 128), "original": SIZE, "24x16": (24, 16)}
    assert {text: plan_only(request(tmp_path, size=text)).size for text in sizes} == sizes
    for text in ("0%", "40000", "x", "-5", "100x100"):
        with pytest.raises(UsageError):
            plan_only(request(tmp_path, size=text))
    assert asked.size is None


def test_progress_counts_every_frame(tmp_path: Path) -> None:
    class Counting:
        def __init__(self) -> None:
            self.totals: dict[str, int] = {}
            self.done: dict[str, int] = {}
            self.ends = 0

        def begin(self, totals: object) -> None:
            assert isinstance(totals, dict)
            self.totals = dict(totals)

        def advance(self, task: str, steps: int = 1) -> None:
            self.done[task] = self.done.get(task, 0) + steps

        def say(self, message: str) -> None:
            pass

        def end(self) -> None:
            self.ends += 1

    counting = Counting()
    manifest = run_item(request(tmp_path), counting)
    assert counting.done == counting.totals
    assert counting.ends == 1
    assert set(counting.totals) == {entry.path for entry in manifest.files if entry.role != "layout"}


def test_one_process_reads_the_same_files_in_other_ways(tmp_path: Path) -> None:
    """As workers of a batch do: under another name, and from the top down."""
    warm, stack = Warm(), write_png_stack(tmp_path / "stack")
    jobs = {
        "first": request(tmp_path),
        "copy": request(tmp_path, design=shutil.copy(tmp_path / "design.psd", tmp_path / "copy.psd")),
        "up": request(tmp_path, design=stack, order="bottom-first"),
        "down": request(tmp_path, design=stack, order="top-first"),
    }
    for name, job in jobs.items():
        run_item(replace(job, out=tmp_path / name), warm=warm)
        run_item(replace(job, out=tmp_path / "alone"))
        assert files_in(tmp_path / name) == files_in(tmp_path / "alone"), name
        shutil.rmtree(tmp_path / "alone")
