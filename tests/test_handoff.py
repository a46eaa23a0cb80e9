"""Hand-offs as part of a run: asked for, planned, written whole, listed, checked, resumed and cleared."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from art_cli import main
from drawn import drawn_document
from engine.errors import BadInput, CannotWrite, UsageError
from engine.handoff import WRITERS
from engine.handoff.film import Film, bends
from engine.layout.read import parse_layout
from engine.manifest import SUMS, read_manifest
from engine.motion_field import Grid, Patch
from engine.pipeline import Request, plan_only, run_item
from engine.plan.field import exact_field
from engine.specs import HANDOFFS
from engine.verify import verify
from jobs import layout_of, layout_text, plan_of, request

REFERRING = tuple(name for name, spec in HANDOFFS.items() if spec.refers)


def asked(tmp_path: Path, *handoffs: str, **options: object) -> Request:
    return request(tmp_path, formats=("png",), handoffs=handoffs or None, **options)


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_name_has_a_writer_and_a_place_of_its_own() -> None:
    assert WRITERS.keys() == HANDOFFS.keys()
    assert len({spec.path for spec in HANDOFFS.values()}) == len(HANDOFFS)


def test_a_run_writes_lists_and_checks_them(tmp_path: Path) -> None:
    job = asked(tmp_path, *HANDOFFS)
    manifest = run_item(job)
    found = {entry.path: entry for entry in manifest.files if entry.role == "handoff"}
    assert list(found) == [spec.path for spec in HANDOFFS.values()]
    on_disk = {f"handoff/{name}" for name in files_below(job.out / "handoff")}
    assert on_disk == {part.path for entry in found.values() for part in entry.parts}
    sums = (job.out / SUMS).read_text()
    assert all(f"  {name}\n" in sums for name in on_disk)
    assert verify(job.out).ok

    (job.out / HANDOFFS["otio"].path).write_text("{}")
    assert [problem.path for problem in verify(job.out).problems] == [HANDOFFS["otio"].path]


def test_resume_makes_what_is_missing_and_force_clears_what_is_not_wanted(tmp_path: Path) -> None:
    job = asked(tmp_path, "otio", "jsx-keyframes")
    run_item(job)
    before = files_below(job.out)
    (job.out / HANDOFFS["otio"].path).unlink()
    next((job.out / HANDOFFS["jsx-keyframes"].path).glob("*.png")).unlink()
    run_item(replace(job, resume=True))
    assert files_below(job.out) == before

    run_item(replace(job, handoffs=(), force=True))
    assert not (job.out / "handoff").exists()
    assert not [entry for entry in read_manifest(job.out).files if entry.role == "handoff"]


def test_a_finished_folder_is_handed_off_later(tmp_path: Path) -> None:
    """No movie is made anew for it, and the folder is as if it had been asked for at once."""
    job = asked(tmp_path)
    run_item(job)
    movie = job.out / "composite.mkv"
    made = movie.stat().st_mtime_ns
    run_item(replace(job, handoffs=("otio", "jsx"), resume=True))
    assert movie.stat().st_mtime_ns == made
    assert verify(job.out).ok
    at_once = replace(job, handoffs=("otio", "jsx"), out=tmp_path / "at-once")
    run_item(at_once)
    assert files_below(job.out) == files_below(at_once.out)


def test_what_somebody_else_wrote_is_not_replaced(tmp_path: Path) -> None:
    job = asked(tmp_path, "otio")
    foreign = job.out / HANDOFFS["otio"].path
    foreign.parent.mkdir(parents=True)
    foreign.write_text("mine")
    with pytest.raises(Exception, match="art did not write it"):
        run_item(job)
    assert foreign.read_text() == "mine"


def test_a_file_in_the_place_of_its_folder(tmp_path: Path) -> None:
    job = asked(tmp_path, "otio")
    job.out.mkdir()
    (job.out / "handoff").write_text("mine")
    with pytest.raises(CannotWrite, match="the folder cannot be made"):
        run_item(job)


def test_the_layout_asks_and_the_option_wins(tmp_path: Path) -> None:
    export = "export: {handoff: [otio, jsx]}\n"
    layout = layout_of("  - {layer: Title, loop: bob}\n", rest=export)
    assert [output.preset for output in plan_of(layout).handoffs] == ["otio", "jsx"]
    assert [output.preset for output in plan_of(layout, handoffs=("jsx",)).handoffs] == ["jsx"]
    assert plan_of(layout, handoffs=()).handoffs == ()
    assert plan_of(layout_of("  - {layer: Title, loop: bob}\n")).handoffs == ()


def test_unknown_names_get_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'ottio': did you mean 'otio'") as caught:
        plan_only(asked(tmp_path, "ottio"))
    assert all(name in caught.value.hint for name in HANDOFFS)
    text = layout_text("  - {layer: Title, loop: bob}\n", rest="export: {handoff: [ottio]}\n")
    with pytest.raises(BadInput, match="`handoff`: did you mean 'otio'") as read:
        parse_layout(text)
    assert read.value.where is not None
    assert (read.value.where.line, read.value.where.column) == (5, 20)


@pytest.mark.parametrize("name", REFERRING)
def test_without_layers_there_is_nothing_to_refer_to(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} refers to the layers' files"):
        plan_only(replace(asked(tmp_path, name), formats=()))


def test_the_other_hand_offs_need_no_layers(tmp_path: Path) -> None:
    for name in HANDOFFS.keys() - set(REFERRING):
        assert plan_only(replace(asked(tmp_path, name), formats=())).handoffs


def test_a_part_of_a_film_is_not_handed_off(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the whole film"):
        plan_only(replace(asked(tmp_path, "otio"), composites=(), frames=(0, 2)))


@pytest.mark.parametrize("name", ["jsx", "jsx-keyframes"])
def test_after_effects_needs_files_that_it_reads_and_rates_that_it_has(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="prores4444"):
        plan_only(replace(asked(tmp_path, name), formats=("webm",)))
    with pytest.raises(UsageError, match="1 to 99 frames"):
        plan_only(replace(asked(tmp_path, name), fps="120"))


def test_the_program_lists_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = asked(tmp_path)
    assert job.layout is not None
    words = ["animate", job.design, "--layout", job.layout, "-o", job.out, "--handoff", "otio,jsx", "--plan"]
    assert main._exit_code([str(word) for word in words]) == 0
    assert "hand-off: handoff/timeline.otio, handoff/after-effects.jsx" in capsys.readouterr().out
    words[-2] = "lottei"
    assert main._exit_code([str(word) for word in words]) == 2


def test_a_film_knows_when_a_layer_is_seen() -> None:
    """12 frames a second: it pops in from 1 s on and has faded out when the fifth second begins."""
    layer = (
        "  - {layer: Title, start: 1s, end: 4s, in: {motion: fade, duration: 1s}, out: {motion: fade, duration: 1s}}\n"
    )
    plan = plan_of(layout_of(layer, canvas="fps: 12, duration: 5s, loop: false"))
    job = next(job for job in plan.jobs if job.path == "Title")
    other = plan.jobs[0]
    film = Film(drawn_document(), plan, {job.layer: exact_field(job, plan.fps, plan.frames, loop=False)}, None)
    assert film.shown(job) == (13, 48)
    assert film.shown(other) == (0, 60)


def test_a_film_knows_what_keyframes_cannot_tell() -> None:
    layers = {
        "Title": "in: rise", "Hero/Balloon": "loop: wave", "Größe ★": "region: [0, 0, 10px, 10px], loop: bob",
    }  # fmt: skip
    plan = plan_of(layout_of("".join(f"  - {{layer: {name}, {words}}}\n" for name, words in layers.items())))
    fields = {job.layer: exact_field(job, plan.fps, plan.frames, loop=plan.loop) for job in plan.jobs if job.moves}
    film = Film(drawn_document(), plan, fields, None)
    said = {job.path: film.unlike_a_picture(job) for job in plan.jobs}
    assert said == {
        "Background": "",
        "Title": "",
        "Hero/Balloon": "its shape changes",
        "Hero/Shine": "it is clipped to Hero/Balloon, which moves",
        "Größe ★": "it is cut off at its region",
    }


def test_what_does_not_show_is_no_reason_for_a_movie() -> None:
    """Generated motion carries grids whether it uses them or not."""
    plan = plan_of(layout_of("  - {layer: Title, in: rise}\n"))
    job = next(job for job in plan.jobs if job.path == "Title")
    field = exact_field(job, plan.fps, plan.frames, loop=plan.loop)
    ones = np.ones((plan.frames, 3, 3, 3), np.float32)
    flat = replace(
        field.parts[0],
        flow=Grid(job.box, 0.05 * ones[..., :2]),
        opacity_grid=Grid(job.box, 1.5 * ones[..., :1]),
        gain_grid=Grid(job.box, ones + np.float32(0.0005)),
    )
    dim = replace(flat, gain_grid=Grid(job.box, 0.9 * ones))
    said = [bends(part) for part in (flat, dim, replace(dim, flow=Grid(job.box, ones[..., :2])))]
    assert said == ["", "its light changes", "its shape changes, its light changes"]


def test_parts_and_patches_are_not_told_by_keyframes() -> None:
    plan = plan_of(layout_of("  - {layer: Title, in: rise}\n"))
    job = next(job for job in plan.jobs if job.path == "Title")
    field = exact_field(job, plan.fps, plan.frames, loop=plan.loop)
    patch = Patch(job.box, np.zeros((plan.frames, 4, 2, 2), np.float32))
    for more in (replace(field, parts=field.parts * 2), replace(field, patch=patch)):
        film = Film(drawn_document(), plan, {job.layer: more}, None)
        assert film.unlike_a_picture(job) == "it moves in several parts"
    assert Film(drawn_document(), plan, {job.layer: field}, None).unlike_a_picture(job) == ""


def test_the_folder_may_move(tmp_path: Path) -> None:
    """Nothing in a hand-off says where the folder was."""
    job = asked(tmp_path, *REFERRING)
    run_item(job)
    moved = tmp_path / "elsewhere"
    shutil.move(job.out, moved)
    for data in files_below(moved / "handoff").values():
        assert str(tmp_path).encode() not in data
    assert verify(moved).ok
