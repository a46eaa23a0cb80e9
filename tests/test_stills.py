"""Stills and contact sheets: the frames of the movies, only those, whole and listed; sheets that can be read."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from drawn import drawn_document
from engine.document import Document, Layer
from engine.errors import CannotWrite, UsageError
from engine.geometry import Box
from engine.manifest import read_manifest
from engine.pipeline import plan_only, run_item
from engine.plan.outputs import SHEET_LAYERS
from engine.sheets import is_light, moments_of, motion_sheet, put, reduced, thumbnails, type_for, write_design_sheet
from engine.verify import verify
from jobs import BOB, art, entry_of, files_in, frames_of, layout_of, plan_of, request, stage_of

TWO = BOB + "  - layer: Title\n    loop: {motion: pulse, period: 0.5s, amount: 30%}\n"
GOLDENS = Path(__file__).parent / "goldens"


def rgba(path: Path) -> NDArray[np.uint8]:
    """(h, w, 4) straight."""
    with Image.open(path) as image:
        assert image.mode == "RGBA"
        return np.asarray(image)


# --- stills ---


def test_a_still_is_the_frame_of_the_movie(tmp_path: Path) -> None:
    manifest = run_item(request(tmp_path, TWO, stills=("0s", "0.25s"), formats=("ffv1",), composites=("ffv1",)))
    for seconds, frame in (("0.000s", 0), ("0.250s", 3)):
        for layer, file in (("Hero/Balloon", "01_balloon"), ("Title", "03_title")):
            movie = frames_of(tmp_path / "out" / entry_of(manifest, layer).path)[frame].transpose(1, 2, 0)
            still = rgba(tmp_path / "out" / "stills" / seconds / "layers" / f"{file}.png")
            assert still.any()
            np.testing.assert_array_equal(still, np.rint(movie * 255).astype(np.uint8))
        movie = frames_of(tmp_path / "out" / "composite.mkv")[frame].transpose(1, 2, 0)
        composite = rgba(tmp_path / "out" / "stills" / seconds / "composite.png")
        np.testing.assert_array_equal(composite, np.rint(movie * 255).astype(np.uint8))


def test_no_movie_is_made_unless_it_is_asked_for(tmp_path: Path) -> None:
    asked = request(tmp_path, BOB, stills=("3f",), formats=None, composites=None)
    run_item(asked)
    made = set(files_in(tmp_path / "out"))
    assert made == {
        "motion.yaml", "manifest.json", "SHA256SUMS", "stills/0.250s/composite.png",
        "stills/0.250s/layers/01_balloon.png", "stills/0.250s/layers/02_shine.png",
    }  # fmt: skip  # Shine is clipped to the balloon, so its file moves too
    with_movie = plan_only(replace(asked, composites=("webp",)))
    assert [output.path for output in with_movie.composites] == ["composite.webp"]
    assert all(not job.outputs for job in with_movie.jobs)


def test_only_the_frames_of_stills_are_drawn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from engine import pictures

    drawn: list[float] = []
    original = pictures.at
    monkeypatch.setattr(pictures, "at", lambda field, time: drawn.append(time) or original(field, time))
    run_item(request(tmp_path, BOB, stills=("0.25s",), formats=None, composites=None))
    assert set(drawn) == {0.25}


def test_the_manifest_lists_stills_and_verify_checks_them(tmp_path: Path) -> None:
    run_item(request(tmp_path, BOB, stills=("0.25s",), sheet=True, formats=None, composites=None))
    manifest = read_manifest(tmp_path / "out")
    entry = entry_of(manifest, "stills/0.250s/layers/01_balloon.png")
    assert (entry.role, entry.alpha, entry.start, entry.size) == ("picture", "straight", 3, (96, 64))
    assert entry.layer is not None
    assert entry.layer.path == "Hero/Balloon"
    assert entry_of(manifest, "sheet.png").role == "picture"
    assert verify(tmp_path / "out").ok
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "out", check=True)
    (tmp_path / "out" / entry.path).write_bytes(b"other")
    assert [problem.path for problem in verify(tmp_path / "out").problems] == [entry.path]


def test_stills_resume(tmp_path: Path) -> None:
    asked = request(tmp_path, BOB, stills=("0s", "0.25s"), sheet=True, formats=None, composites=None)
    run_item(asked)
    whole = files_in(tmp_path / "out")
    lost = tmp_path / "out" / "stills/0.250s/layers/01_balloon.png"
    kept = tmp_path / "out" / "stills/0.000s/composite.png"
    lost.unlink()
    before = kept.stat().st_mtime_ns
    run_item(replace(asked, resume=True))
    assert files_in(tmp_path / "out") == whole
    assert kept.stat().st_mtime_ns == before


def test_a_finished_folder_is_given_a_sheet_stills_and_proxies_later(tmp_path: Path) -> None:
    """No movie is made anew for it, and everything is as if it had been asked for at once."""
    job = request(tmp_path, BOB)
    run_item(job)
    movie = job.out / "composite.mkv"
    made = movie.stat().st_mtime_ns
    run_item(replace(job, resume=True, stills=("0.25s",)))
    run_item(replace(job, resume=True, sheet=True, proxies=True))
    assert movie.stat().st_mtime_ns == made
    assert verify(job.out).ok
    at_once = replace(job, out=tmp_path / "at-once", sheet=True, proxies=True)
    run_item(at_once)
    run_item(replace(at_once, resume=True, stills=("0.25s",)))
    one, other = (read_manifest(each.out).files for each in (job, at_once))
    assert len(one) == len(other)
    assert {entry.path: entry for entry in one} == {entry.path: entry for entry in other}
    with pytest.raises(CannotWrite, match="another job"):
        run_item(replace(job, resume=True, sheet=True, seed=1))


def test_no_empty_folders_stay_of_stills(tmp_path: Path) -> None:
    asked = request(tmp_path, BOB, stills=("0s", "0.25s"), formats=None, composites=None)
    run_item(asked)
    run_item(replace(asked, stills=(), formats=("ffv1",), force=True))
    assert not (asked.out / "stills").exists()


def test_stills_of_chosen_layers_trimmed(tmp_path: Path) -> None:
    asked = request(tmp_path, TWO, stills=("0s",), crop="region", formats=None, composites=None)
    asked = replace(asked, layers="Title")
    manifest = run_item(asked)
    stills = [entry for entry in manifest.files if entry.role == "picture"]
    assert [entry.path for entry in stills] == ["stills/0.000s/composite.png", "stills/0.000s/layers/03_title.png"]
    job = next(job for job in plan_only(asked).jobs if job.path == "Title")
    assert stills[1].size == rgba(tmp_path / "out" / stills[1].path).shape[1::-1] == job.region.size
    assert stills[1].offset == (job.region.x0, job.region.y0)


@pytest.mark.parametrize(
    ("time", "frame"), [("0s", 0), ("250ms", 3), ("3f", 3), ("0.24s", 3), ("5f", 5), ("0.49s", 5), ("0.25", 3)]
)
def test_times_are_those_of_a_layout(time: str, frame: int) -> None:
    plan = plan_of(layout_of(BOB), stills=(time,))
    assert {snapshot.frame for snapshot in plan.snapshots} == {frame}
    assert plan.snapshots[0].path == f"stills/{frame / 12:.3f}s/composite.png"


@pytest.mark.parametrize(
    ("time", "said"),
    [("0.5s", "not between"), ("6f", "not between"), ("-1s", "not between"), ("soon", "a time"), ("nan", "a time")],
)
def test_times_that_are_not_there(time: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        plan_of(layout_of(BOB), stills=("0s", time))
    if said == "not between":
        assert "5f (0.417s)" in caught.value.hint


def test_the_command_line_takes_several_times(tmp_path: Path) -> None:
    request(tmp_path, BOB)
    design, layout, out = tmp_path / "design.psd", tmp_path / "motion.yaml", tmp_path / "out"
    words = ("animate", design, "--layout", layout, "-o", out, "--still", "0s,1f", "--still", "2f", "--sheet")
    planned = art(*words, "--plan")
    assert "still: stills/0.083s/composite.png and 2 layers beside it" in planned.stdout
    assert "contact sheet: sheet.png" in planned.stdout
    assert art(*words, "--device", "cpu").returncode == 0
    assert sorted(path.name for path in (out / "stills").iterdir()) == ["0.000s", "0.083s", "0.167s"]
    late = art(*words, "--still", "9s", "--force")
    assert late.returncode == 2
    assert "0.417s" in late.stderr


# --- contact sheets ---


def sheets_of(
    layers: str, document: Document | None = None, canvas: str = "fps: 12, duration: 0.5s"
) -> list[Image.Image]:
    plan = plan_of(layout_of(layers, canvas), document, sheet=True)
    return motion_sheet(stage_of(plan, document))


@pytest.fixture
def own_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the system's fonts, which are others everywhere."""
    monkeypatch.setattr("engine.sheets._FONTS", ())


def close_to_golden(found: Image.Image, name: str, record: bool) -> None:
    """The tolerance of tests/test_goldens.py: another processor may round edges otherwise, nothing more."""
    path = GOLDENS / name
    if record:
        found.save(path, optimize=True)
    golden = Image.open(path).convert("RGB")
    assert found.size == golden.size
    apart = np.abs(np.asarray(found).astype(int) - np.asarray(golden))
    assert apart.mean() <= 0.4
    assert apart.max() <= 24


def test_a_sheet_stays_as_somebody_saw_it(own_type: None, record_goldens: bool) -> None:
    (page,) = sheets_of(TWO)
    close_to_golden(page.reduce(4), "sheet-motion.png", record_goldens)


def test_the_design_sheet_stays_as_somebody_saw_it(own_type: None, tmp_path: Path, record_goldens: bool) -> None:
    write_design_sheet(drawn_document(), tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as page:
        close_to_golden(page.convert("RGB").reduce(2), "sheet-design.png", record_goldens)


def test_thumbnails_show_what_is_drawn_and_not_the_empty_canvas_around_it() -> None:
    pixels = np.zeros((100, 100, 4), np.uint8)
    pixels[40:44, 60:66] = 255
    page = Layer(id="#1", name="dot", path="dot", box=Box(0, 0, 100, 100), load=lambda: pixels)
    design = Document(source=Path("stack"), format="drawn", size=(100, 100), children=(page,))
    _, (_, dot) = thumbnails(design, (50, 50), (12, 12))
    assert dot.shape == (4, 8, 12)
    assert dot[3].min() == 1


def dots(count: int) -> Document:
    pixels = np.full((6, 6, 4), (200, 40, 40, 255), np.uint8)
    layers = tuple(
        Layer(id=f"#{i}", name=f"dot {i}", path=f"dot {i}", box=Box.from_xywh(i % 40, 4, 6, 6), load=lambda: pixels)
        for i in range(count)
    )
    return Document(source=Path("dots"), format="drawn", size=(48, 16), children=layers)


def test_many_layers_take_pages_that_are_planned(tmp_path: Path) -> None:
    document = dots(SHEET_LAYERS + 2)
    layers = "  - layer: 'dot *'\n    loop: bob\n"
    plan = plan_of(layout_of(layers), document, sheet=True)
    pages = motion_sheet(stage_of(plan, document))
    assert [output.path for output in plan.sheets] == ["sheet.png", "sheet-2.png"]
    assert len(pages) == 2
    assert all(page.width <= 2400 for page in pages)


def test_what_holds_is_shown_once() -> None:
    moving, resting = sheets_of("  - layer: '**'\n    loop: bob\n")[0], sheets_of("  []\n")[0]
    assert resting.height < moving.height


@pytest.mark.parametrize(
    ("canvas", "moments"),
    [
        ("fps: 8, duration: 2s", [0, 2, 4, 6, 8, 10, 12, 14]),
        ("fps: 8, duration: 1.875s, loop: false", [0, 2, 4, 6, 8, 10, 12, 14]),
        ("fps: 8, duration: 3f, loop: false", [0, 1, 2]),
        ("fps: 8, duration: 1f", [0]),
    ],
)
def test_moments_are_evenly_spaced_and_a_loop_has_no_end(canvas: str, moments: list[int]) -> None:
    assert moments_of(plan_of(layout_of(BOB, canvas))) == moments
    assert sheets_of(BOB, canvas=canvas)


def test_light_artwork_gets_a_dark_ground() -> None:
    import torch

    white, black, nothing = torch.ones(4, 4, 4), torch.zeros(4, 4, 4), torch.zeros(4, 4, 4)
    black[3] = 1
    assert is_light([white])
    assert not is_light([black])
    assert not is_light([nothing])
    assert reduced(white, (200, 100)).shape == (4, 12, 12)  # three times as large at most
    assert reduced(torch.ones(4, 400, 100), (50, 50)).shape == (4, 50, 12)


def test_names_in_other_letters_are_set_in_a_font_that_has_them() -> None:
    assert type_for("Title", 14).getname()[0] == "Aileron"
    with suppress(OSError):
        ImageFont.truetype("DejaVuSans.ttf", 14)
        assert type_for("Größe ★", 14).getname()[0] != "Aileron"


@pytest.mark.parametrize(("keep", "ink_at"), [("start", slice(0, 20)), ("end", slice(60, 80))])
def test_a_long_name_stays_inside_its_place(keep: Literal["start", "end"], ink_at: slice) -> None:
    page = Image.new("RGB", (200, 20))
    put(ImageDraw.Draw(page), (0, 0), "A group/of a very long name\x1b[31m/indeed", 14, 80, keep=keep)
    drawn = np.asarray(page).any(axis=(0, 2))
    assert drawn[ink_at].any()
    assert not drawn[82:].any()
