"""`art preview --serve`: the page and its files for this machine alone, and pages that follow what is saved."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from art_cli.main import _exit_code
from drawn import write_psd
from engine.errors import ArtError, BadInput, MissingInput, Unavailable
from engine.manifest import read_manifest, write_manifest
from engine.pipeline import run_item
from engine.serve import Follower, News, inside, serving, wanted
from engine.watch.note import Note, Problem, remove_note, write_note
from jobs import BOB, command, layout_text, request

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LONG = 120.0  # s that a test waits before it fails; a busy machine is slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that `art animate` wrote."""
    job = request(tmp_path_factory.mktemp("serve"), formats=("webm",), composites=("mp4",), proxies=True)
    run_item(job)
    return job.out


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    shutil.copytree(made, tmp_path / "out")
    return tmp_path / "out"


@contextmanager
def asked(url: str, path: str, method: str = "GET", **headers: str) -> Iterator[http.client.HTTPResponse]:
    """The answer to a request, its path sent as it is."""
    host = re.search(r"//([^/]+)/", url)
    assert host is not None
    connection = http.client.HTTPConnection(host[1], timeout=LONG)
    connection.request(method, path, headers=headers)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def body(url: str, path: str, **headers: str) -> tuple[int, bytes]:
    with asked(url, path, **headers) as answer:
        return answer.status, answer.read()


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_page_and_every_file_of_the_folder(made: Path) -> None:
    with serving(made) as url:
        assert url.startswith("http://127.0.0.1:")
        status, page = body(url, "/")
        assert status == 200
        assert b"/events?page=1" in page
        for entry in read_manifest(made).files:
            for part in entry.parts:
                assert body(url, quote(f"/{part.path}")) == (200, (made / part.path).read_bytes())


def test_parts_of_a_movie(made: Path) -> None:
    data = (made / "composite.mp4").read_bytes()
    with serving(made) as url:
        with asked(url, "/composite.mp4", Range="bytes=10-19") as answer:
            assert answer.status == 206
            assert answer.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
            assert answer.headers["Content-Type"] == "video/mp4"
            assert answer.read() == data[10:20]
        assert body(url, "/composite.mp4", Range="bytes=-7") == (206, data[-7:])
        assert body(url, "/composite.mp4", Range="nonsense") == (200, data)
        with asked(url, "/composite.mp4", Range=f"bytes={len(data)}-") as answer:
            assert answer.status == 416
            assert answer.headers["Content-Range"] == f"bytes */{len(data)}"
        with asked(url, "/composite.mp4", method="HEAD") as answer:
            assert answer.headers["Content-Length"] == str(len(data))
            assert answer.read() == b""


@given(size=st.integers(1, 50), first=st.none() | st.integers(0, 60), last=st.none() | st.integers(0, 60))
def test_ranges_are_those_of_the_standard(size: int, first: int | None, last: int | None) -> None:
    """RFC 9110, 14.1.2, told in the numbers of the bytes that are sent."""
    every = range(size)
    found = wanted(f"bytes={'' if first is None else first}-{'' if last is None else last}", size)
    if first is None:
        expected = None if last is None else every[len(every) - min(last, size) :]
    elif last is not None and last < first:
        expected = None
    else:
        expected = every[first : None if last is None else last + 1]
    assert (None if found is None else list(found)) == (None if expected is None else list(expected))


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/layers/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/..\\secret.txt",
        "//etc/passwd", "/layers", "/layers/", "/.art-watch.json", "/.hidden/file.txt", "/link.txt", "/absent.mov",
        "/composite.mp4%00.txt", "/circle", "http://[", "http://[/composite.mp4",
    ],
)  # fmt: skip
def test_nothing_else_is_given_away(path: str, out: Path) -> None:
    (out.parent / "secret.txt").write_text("secret")
    (out / "link.txt").symlink_to(out.parent / "secret.txt")
    (out / "circle").symlink_to("circle")
    (out / ".art-watch.json").write_text("{}")
    (out / ".hidden").mkdir()
    (out / ".hidden" / "file.txt").write_text("secret")
    with serving(out) as url:
        assert body(url, path, Host=url.split("/")[2])[0] == 404
    assert inside(out, "/composite.mp4") == (out / "composite.mp4").resolve()


def test_only_this_machine_by_its_own_name_is_answered(made: Path) -> None:
    """A page elsewhere whose name leads here (DNS rebinding) sends its own name as the host."""
    with serving(made) as url:
        port = url.rsplit(":", 1)[1].strip("/")
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""):
            assert body(url, "/", Host=host)[0] == 403
        assert body(url, "/", Host=f"localhost:{port}")[0] == 200
        assert body(url, "/composite.mp4", Host=f"evil.example:{port}")[0] == 403
        with asked(url, "/", method="POST") as answer:
            assert answer.status == 501


# --- what cannot be shown ---------------------------------------------------------------------------------------------


def refused(folder: Path) -> ArtError:
    with pytest.raises(ArtError) as caught, serving(folder):
        pass
    return caught.value


def test_folders_that_cannot_be_shown_are_refused(out: Path, tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / "absent"), MissingInput)
    write_manifest(out, read_manifest(out).model_copy(update={"status": "unfinished"}))
    assert isinstance(refused(out), BadInput)
    shutil.rmtree(out / "proxies")
    write_manifest(out, read_manifest(out).model_copy(update={"status": "finished"}))
    assert "proxies" in str(refused(out))


def test_a_port_that_is_taken(made: Path) -> None:
    with serving(made) as url:
        port = int(url.rsplit(":", 1)[1].strip("/"))
        with pytest.raises(Unavailable, match=str(port)), serving(made, port):
            pass


def test_options_that_make_no_sense(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _exit_code(["preview", str(made), "--port", "8000"]) == 2
    assert _exit_code(["preview", str(made), "--serve", "-o", "x.html"]) == 2
    assert capsys.readouterr().err.count("leave") == 2


# --- news -------------------------------------------------------------------------------------------------------------


def test_pages_are_told_what_they_have_not_seen(out: Path) -> None:
    follower = Follower(out)
    follower.look()
    assert follower.news == News(1)
    first = follower.page
    follower.look()
    assert follower.news == News(1)
    finished = read_manifest(out)
    write_manifest(out, finished.model_copy(update={"status": "unfinished"}))
    write_note(out, Note(state="making"))
    follower.look()
    assert follower.news == News(1)  # a run is at it, the last picture stays
    assert follower.page == first
    write_manifest(out, finished)
    write_note(out, Note(state="waiting"))
    follower.look()
    assert follower.news == News(2)
    problems = (
        Problem(where="motion.yaml:3:1", message="</script> is no motion"),
        Problem(where="", message="nor this"),
    )
    write_note(out, Note(state="problem", problems=problems))
    follower.look()
    assert follower.news == News(2, "motion.yaml:3:1: </script> is no motion\nnor this")
    remove_note(out)
    follower.look()
    assert follower.news == News(2)


def test_a_run_that_begins_while_the_page_is_made_is_no_error(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follower = Follower(out)

    def replaced(folder: Path, **_: object) -> str:
        write_manifest(folder, read_manifest(folder).model_copy(update={"status": "unfinished"}))
        raise BadInput("proxies are missing")

    monkeypatch.setattr("engine.serve.page", replaced)
    write_note(out, Note(state="making"))
    follower.look()
    assert follower.news == News()
    follower.look()
    assert follower.news == News()


def test_proxies_that_go_while_they_are_read(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def checked(folder: Path, _: object) -> bool:
        for still in (folder / "proxies").glob("*.webp"):
            still.unlink()
        return True

    monkeypatch.setattr("engine.preview.folder.intact", checked)
    follower = Follower(out)
    follower.look()
    assert "cannot be read" in follower.news.problem


def test_the_stream_of_events(out: Path) -> None:
    with serving(out) as url, asked(url, "/events?page=0") as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        assert [stream.readline() for _ in range(3)] == [b"event: changed\n", b"data: 1\n", b"\n"]
        write_note(out, Note(state="problem", problems=(Problem(where="", message="a\nb"),)))
        assert [stream.readline() for _ in range(4)] == [b"event: problem\n", b"data: a\n", b"data: b\n", b"\n"]


def test_a_folder_that_is_still_empty_is_waited_for(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with serving(folder, expected=True) as url, asked(url, "/events?page=0") as stream:
        assert b"first picture is being made" in body(url, "/")[1]
        shutil.copytree(made, tmp_path / "copied")
        (tmp_path / "copied").rename(folder)
        assert stream.readline() == b"event: changed\n"
        assert b"first picture is being made" not in body(url, "/")[1]


# --- in the browser ---------------------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The URL of `art animate --watch --serve` in a process of its own."""
    write_psd(tmp_path / "design.psd")
    (tmp_path / "motion.yaml").write_text(layout_text(BOB))
    words = ("design.psd", "-l", "motion.yaml", "-o", "out", "--watch", "--serve")
    process = subprocess.Popen(
        command("animate", *words), cwd=tmp_path, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
    )  # fmt: skip
    timer = threading.Timer(LONG, process.kill)
    timer.start()
    assert process.stderr is not None
    said = iter(process.stderr.readline, "")
    yield next(line.split()[1] for line in said if line.startswith("open "))
    timer.cancel()
    process.kill()
    process.wait()


def opened(browser: Browser, url: str, errors: list[str]) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(LONG * 1000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(url)
    return page


def test_the_page_follows_what_is_saved(served: str, browser: Browser, tmp_path: Path) -> None:
    """Edit, save, see; a mistake is shown over the last good picture and goes when it is mended."""
    errors: list[str] = []
    page = opened(browser, served, errors)
    page.wait_for_selector("#stage")
    page.evaluate("window.artPreview.then(() => { window.before = true })")
    layout = tmp_path / "motion.yaml"
    layout.write_text(layout.read_text().replace("bob", "bobb"))
    page.wait_for_selector("#news:not([hidden])")
    assert "motion.yaml:5" in page.inner_text("#news")
    assert "did you mean" in page.inner_text("#news")
    assert page.evaluate("window.before")
    with page.expect_event("load"):
        layout.write_text(layout.read_text().replace("bobb", "drift"))
    page.wait_for_selector("#news", state="hidden")
    assert page.evaluate("window.artPreview.then(() => window.before === undefined)")
    assert "drift" in page.content()
    page.close()
    assert errors == []


def test_the_command_serves_a_folder_that_is_there(made: Path) -> None:
    process = subprocess.Popen(
        command("preview", made, "--serve", "--json"), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    timer = threading.Timer(LONG, process.kill)
    timer.start()
    assert process.stdout is not None
    url = re.search(r"http://[\d.:]+/", process.stdout.readline())
    assert url is not None
    assert body(url[0], "/composite.mp4")[0] == 200
    process.terminate()
    process.wait(LONG)
    timer.cancel()
    assert process.returncode == 143
