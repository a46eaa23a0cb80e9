"""`art animate --watch`: what is saved is made, nothing else; errors wait for the next save; signals end it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from art_cli.main import _exit_code
from drawn import bar, save_png, write_png_stack, write_psd
from engine import pipeline
from engine.document import Document
from engine.errors import BadInput, CannotWrite, UsageError
from engine.folder_lock import NAME as LOCK
from engine.manifest import read_manifest
from engine.pipeline import Request, run_item
from engine.progress import Silent
from engine.watch import QUIET, Rendering, settled, state_of, watch
from engine.watch.note import NAME as NOTE
from engine.watch.note import Note, problems_of, read_note, write_note
from jobs import BOB, command, files_in, layout_text, request
from tiny_networks import TINY, import_networks

LONG = 120.0  # s that a test waits before it fails; a busy machine is slow


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def turns(job: Request, edits: list[Callable[[], None]]) -> list[Rendering]:
    """The renderings of a session in which every edit follows a rendering."""
    found: list[Rendering] = []
    left = list(edits)

    def report(rendering: Rendering) -> None:
        found.append(rendering)
        if left:
            left.pop(0)()

    watch(job, Silent, report, turns=len(edits) + 1)
    return found


# --- in this process --------------------------------------------------------------------------------------------------


def test_a_saved_layout_makes_the_files_of_its_layer_alone(tmp_path: Path) -> None:
    job = request(tmp_path, BOB + "  - {layer: Title, loop: {motion: sway, period: 0.5s}}\n")
    layout = tmp_path / "motion.yaml"
    first, second, third = turns(
        job, [lambda: edited(layout, "10%", "20%"), lambda: layout.write_text(layout.read_text() + "# a thought\n")]
    )
    assert len(first.made) == 6
    assert first.kept == ()
    assert set(second.made) == {"layers/01_balloon.mkv", "layers/02_shine.mkv", "composite.mkv"}
    assert set(second.kept) == set(first.made) - set(second.made)
    assert third.made == ()
    assert read_manifest(job.out).status == "finished"


def test_a_session_ends_in_what_one_run_makes(tmp_path: Path) -> None:
    job = request(tmp_path, proxies=True)
    psd, layout = job.design, tmp_path / "motion.yaml"
    (tmp_path / "other").mkdir()
    write_psd(tmp_path / "other" / "design.psd", (112, 80))
    turns(
        job,
        [
            lambda: edited(layout, "bob", "drift"),
            lambda: os.replace(tmp_path / "other" / "design.psd", psd),
            lambda: edited(layout, "0.5s}", "0.25s}"),
        ],
    )
    again = tmp_path / "again"
    watch(Request(**(vars(job) | {"out": again})), Silent, lambda _: None, turns=1)
    assert files_in(job.out) == files_in(again)


def test_a_style_of_ones_own_is_followed(tmp_path: Path) -> None:
    style = tmp_path / "mine.yaml"
    style.write_text("summary: mine\nduration: 0.5s\nroles:\n  text: {loop: bob}\n  hero: {loop: bob}\n")
    job = replace(request(tmp_path), layout=None, style=str(style))
    first, second = turns(job, [lambda: edited(style, "bob", "sway")])
    assert first.error is None
    assert "layers/03_title.mkv" in second.made


def test_an_error_keeps_the_last_good_picture_and_waits(tmp_path: Path) -> None:
    job = request(tmp_path)
    layout = tmp_path / "motion.yaml"
    seen: list[Any] = []

    def broken() -> None:
        seen.append(files_in(job.out))
        edited(layout, "motion: bob", "motion: bobb")

    def mended() -> None:
        seen.append(files_in(job.out))
        seen.append(read_note(job.out))
        edited(layout, "motion: bobb", "motion: drift")

    first, second, third = turns(job, [broken, mended])
    assert first.error is None
    assert third.error is None
    assert isinstance(second.error, BadInput)
    assert "did you mean 'bob'" in str(second.error)
    note = seen[2]
    assert note.state == "problem"
    assert note.problems[0].where.endswith("motion.yaml:5:20")
    seen[0].pop(NOTE), seen[1].pop(NOTE)
    assert seen[0] == seen[1]
    assert not (job.out / NOTE).exists()
    assert not (job.out / LOCK).exists()


def test_a_layout_that_is_wrong_from_the_start_is_waited_for_but_a_missing_one_is_not(tmp_path: Path) -> None:
    job = request(tmp_path)
    layout = tmp_path / "motion.yaml"
    edited(layout, "bob", "bobb")
    first, second = turns(job, [lambda: edited(layout, "bobb", "bob")])
    assert isinstance(first.error, BadInput)
    assert second.made
    layout.unlink()
    shutil.rmtree(job.out)
    with pytest.raises(Exception, match="no such layout file"):
        turns(job, [])


def test_a_save_during_a_rendering_abandons_it(tmp_path: Path) -> None:
    """The newest layout wins, and is reported once."""
    job = request(tmp_path, canvas="fps: 24, duration: 2s")
    layout, found = tmp_path / "motion.yaml", list[Rendering]()

    class Saving(Silent):
        def advance(self, task: str, steps: int = 1) -> None:
            time.sleep(0.02)
            if "bob" in layout.read_text():
                edited(layout, "bob", "drift")

    watch(job, Saving, found.append, turns=1)
    assert len(found) == 1
    used = (job.out / "motion.yaml").read_text()
    assert "drift" in used
    assert "bob" not in used
    assert read_manifest(job.out).status == "finished"


def write_plate(path: Path, colour: tuple[int, int, int, int]) -> Path:
    """A PSD of one layer."""
    psd = PSDImage.new("RGBA", (96, 64))
    psd.create_pixel_layer(Image.fromarray(bar(40, 20, colour)), "Plate", 20, 20)
    psd.save(path)
    return path


def test_a_save_right_after_the_design_was_read_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its digest is taken before: otherwise proxies of the old pixels would pass for those of the new."""
    write_plate(tmp_path / "design.psd", (200, 30, 30, 255))
    other = write_plate(tmp_path / "other.psd", (30, 30, 200, 255))
    bobs = "  - {layer: Plate, loop: {motion: bob, period: 0.5s}}\n"
    job = request(tmp_path, bobs, formats=(), composites=(), proxies=True, watched=True, resume=True)
    read = pipeline.read_document

    def overtaken(asked: Request) -> Document:
        document = read(asked)
        os.replace(other, asked.design)
        return document

    monkeypatch.setattr(pipeline, "read_document", overtaken)
    run_item(job)
    monkeypatch.undo()
    run_item(job)
    fresh = replace(job, out=tmp_path / "fresh")
    run_item(fresh)
    assert files_in(job.out) == files_in(fresh.out)


def test_a_design_that_is_saved_in_pieces_is_no_error(tmp_path: Path) -> None:
    job = request(tmp_path)
    whole = job.design.read_bytes()
    other = write_psd(tmp_path / "other.psd", (112, 80)).read_bytes()

    def slowly() -> None:
        job.design.write_bytes(other[: len(other) // 2])

        def finish() -> None:
            time.sleep(2 * QUIET)
            job.design.write_bytes(other)

        threading.Thread(target=finish).start()

    _, second = turns(job, [slowly])
    assert whole != other
    assert second.error is None
    assert read_manifest(job.out).size == (112, 80)


def test_a_design_that_is_gone_for_a_moment_is_waited_for(tmp_path: Path) -> None:
    job = request(tmp_path)

    def moved() -> None:
        job.design.rename(tmp_path / "aside.psd")

        def back() -> None:
            time.sleep(3 * QUIET)
            write_psd(tmp_path / "new.psd", (112, 80)).rename(job.design)

        threading.Thread(target=back).start()

    _, second = turns(job, [moved])
    assert second.error is None
    assert read_manifest(job.out).size == (112, 80)


def test_one_picture_of_a_stack(tmp_path: Path) -> None:
    stack = write_png_stack(tmp_path / "stack")
    job = request(tmp_path, "  - {layer: '*', loop: {motion: bob, period: 0.5s}}\n", design=stack)
    title = next(stack.glob("*itle*.png"))
    size = Image.open(title).size

    def painted() -> None:
        pixels = np.zeros((size[1], size[0], 4), np.uint8)
        pixels[20:40, 10:30] = bar(20, 20, (9, 200, 9, 255))
        save_png(tmp_path / "new.png", pixels)
        os.replace(tmp_path / "new.png", title)

    _, second = turns(job, [painted])
    assert second.error is None
    assert {Path(path).stem.partition("_")[2] for path in second.made if "/" in path} == {"title"}


def test_a_result_is_only_followed_when_that_is_said(tmp_path: Path) -> None:
    job = request(tmp_path)
    turns(job, [])
    before = files_in(job.out)
    with pytest.raises(CannotWrite, match="already holds a result"):
        turns(job, [])
    (again,) = turns(Request(**(vars(job) | {"resume": True})), [])
    assert again.made == ()
    assert files_in(job.out) == before


def test_what_art_did_not_write_is_left_alone(tmp_path: Path) -> None:
    job = request(tmp_path)
    job.out.mkdir()
    (job.out / "composite.mkv").write_text("mine")
    with pytest.raises(CannotWrite, match="art did not write it"):
        turns(job, [])
    assert (job.out / "composite.mkv").read_text() == "mine"


def test_an_output_inside_the_watched_folder_is_refused(tmp_path: Path) -> None:
    stack = write_png_stack(tmp_path / "stack")
    with pytest.raises(UsageError, match="the folder that is watched"):
        turns(request(tmp_path, design=stack, out=stack / "out"), [])


def test_a_save_is_over_when_nothing_has_changed_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / "design.psd"
    path.write_bytes(b"0")
    end = time.monotonic() + 4 * QUIET

    def look() -> Mapping[Path, Any]:
        if time.monotonic() < end:
            path.write_bytes(path.read_bytes() + b"x")
        return state_of(path, None)

    state = settled(look, QUIET)
    assert time.monotonic() >= end + QUIET / 2
    assert state == state_of(path, None)


def test_what_editors_leave_beside_pictures_is_no_change(tmp_path: Path) -> None:
    stack = write_png_stack(tmp_path / "stack")
    before = state_of(stack, None)
    (stack / ".title.png.swp").write_bytes(b"1")
    (stack / "title.png~").write_bytes(b"1")
    assert state_of(stack, None) == before
    (stack / "new.png").write_bytes(b"1")
    assert state_of(stack, None) != before


def test_notes_come_back_as_they_were_written(tmp_path: Path) -> None:
    note = Note(state="problem", problems=problems_of(BadInput("</script> is wrong", hint="mend it")))
    write_note(tmp_path, note)
    assert read_note(tmp_path) == note
    (tmp_path / NOTE).write_text("{")
    assert read_note(tmp_path) is None
    write_note(tmp_path / "absent", note)
    assert not (tmp_path / "absent").exists()


# --- the command ------------------------------------------------------------------------------------------------------


@dataclass
class Session:
    """`art animate --watch` in a process of its own."""

    process: subprocess.Popen[str]

    def line(self) -> Any:
        """The next envelope."""
        timer = threading.Timer(LONG, self.process.kill)
        timer.start()
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        timer.cancel()
        return json.loads(text)

    def end(self, signum: signal.Signals) -> tuple[int, str]:
        self.process.send_signal(signum)
        _, said = self.process.communicate(timeout=LONG)
        return self.process.returncode, said


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    write_psd(tmp_path / "design.psd")
    (tmp_path / "motion.yaml").write_text(layout_text(BOB))
    words = ("design.psd", "-l", "motion.yaml", "-o", "out", "--watch", "--json", "--format", "webm")
    process = subprocess.Popen(
        command("animate", *words), cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
    )  # fmt: skip
    yield Session(process)
    process.kill()
    process.wait()


def test_watching_from_the_shell(session: Session, tmp_path: Path) -> None:
    first = session.line()
    assert first["ok"]
    assert "layers/01_balloon.webm" in first["data"]["made"]
    assert not any(path.endswith((".mp4", ".mov")) for path in first["data"]["made"])  # only what was asked for
    edited(tmp_path / "motion.yaml", "bob", "bobb")
    wrong = session.line()
    assert not wrong["ok"]
    assert wrong["error"]["where"]["line"] == 5
    edited(tmp_path / "motion.yaml", "bobb", "drift")
    second = session.line()
    assert second["data"]["rendering"] == 3
    assert set(second["data"]) == {"rendering", "seconds", "made", "kept", "removed"}
    assert "layers/01_balloon.webm" in second["data"]["made"]
    assert "layers/03_title.png" in second["data"]["kept"]
    code, said = session.end(signal.SIGINT)
    assert code == 130
    assert "watching design.psd and motion.yaml" in said
    assert not (tmp_path / "out" / NOTE).exists()
    assert not (tmp_path / "out" / LOCK).exists()
    assert read_manifest(tmp_path / "out").status == "finished"


def test_sigterm_ends_it_too(session: Session, tmp_path: Path) -> None:
    session.line()
    assert session.end(signal.SIGTERM)[0] == 143
    assert not (tmp_path / "out" / NOTE).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--watch", "--plan"), "--plan stops"),
        (("--watch", "--frames", "0-1", "--format", "png"), "--frames asks for a part"),
        (("--serve",), "--serve is for --watch"),
        (("--watch", "--progress", "openjd"), "is for farms"),
        (("--watch", "--serve", "--no-proxies"), "makes none"),
    ],
)
def test_combinations_that_make_no_sense(
    words: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_psd(tmp_path / "design.psd")
    assert _exit_code(["animate", str(tmp_path / "design.psd"), *words]) == 2
    assert said in capsys.readouterr().err


# --- generated motion -------------------------------------------------------------------------------------------------


def test_motion_from_prompts_is_generated_again_only_when_the_model_sees_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    import_networks(tmp_path / "networks")
    told = (
        "  - {layer: Hero/Balloon, prompt: the balloon bobs}\n  - {layer: Title, in: {motion: rise, duration: 0.2s}}\n"
    )
    job = request(tmp_path, told, weights=TINY)
    layout, heard = tmp_path / "motion.yaml", list[tuple[int, str]]()

    class Hearing(Silent):
        def say(self, message: str) -> None:
            if message.startswith("motion was generated"):
                heard.append((len(found), message))

    found: list[Rendering] = []
    edits = [
        lambda: edited(layout, "rise", "slide"),
        lambda: edited(layout, "prompt: the", "loop: {motion: breathe, period: 0.5s}, prompt: the"),
        lambda: edited(layout, "the balloon bobs", "the balloon spins"),
    ]

    def report(rendering: Rendering) -> None:
        found.append(rendering)
        if len(found) <= len(edits):
            edits[len(found) - 1]()

    watch(job, Hearing, report, turns=4)
    assert [rendering.error for rendering in found] == [None] * 4
    assert [turn for turn, _ in heard] == [0, 3]
    assert not any("balloon" in path for path in found[1].made)
    assert any("balloon" in path for path in found[2].made)
    assert any("balloon" in path for path in found[3].made)
    again = tmp_path / "again"
    watch(Request(**(vars(job) | {"out": again})), Silent, lambda _: None, turns=1)
    assert files_in(job.out) == files_in(again)
