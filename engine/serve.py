"""`art preview OUT --serve`: the page and the files of an output folder, always the newest, for this machine alone.

A thread follows the folder. Whenever a run has finished it builds the page anew and tells open pages over server-sent
events (HTML Living Standard, 9.2): `changed` to load again, `problem` with a sentence (empty: there is none any more).
"""

from __future__ import annotations

import mimetypes
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from .errors import ArtError, Unavailable
from .folder_lock import NAME as LOCK
from .manifest import NAME as MANIFEST
from .manifest import read_manifest
from .preview import page
from .watch.note import NAME as NOTE
from .watch.note import Note, read_note

HOST = "127.0.0.1"
POLL = 0.15  # s between two looks at the folder
ALIVE = 15.0  # s after which a silent stream says that it is still there
_CHUNK = 1 << 18
_TYPES = {".mov": "video/quicktime", ".webm": "video/webm", ".mkv": "video/x-matroska", ".json": "application/json"}
_WAITING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>art preview</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline';
 script-src 'unsafe-inline'; connect-src 'self'">
<style>html { background: #17181b; color: #d7d9dd; font: 15px/1.5 system-ui, sans-serif }
body { margin: 20vh auto; max-width: 40em; padding: 0 1em; white-space: pre-line }</style>
<body><p role="status">The first picture is being made. This page opens it as soon as it is there.</p>
<script>
const events = new EventSource("/events?page=0");
const first = document.querySelector("p").textContent;
events.addEventListener("changed", () => location.reload());
events.addEventListener("problem", (event) => { document.querySelector("p").textContent = event.data || first; });
</script></body></html>
"""


@dataclass(frozen=True)
class News:
    """What a page may want to know: the number of the newest page (0: there is none yet), and what is wrong now."""

    number: int = 0
    problem: str = ""


class Follower:
    """Keeps the page of a folder up to date. expected: a run will fill the folder, even if there is nothing yet."""

    def __init__(self, out: Path, *, expected: bool = False) -> None:
        self.out, self._expected = out, expected
        self.news = News()
        self.error: ArtError | None = None  # why the finished folder cannot be shown
        self.page = _WAITING.encode()
        self._seen: object = ...  # of the manifest; None is one that is not there
        self._changed = threading.Condition()

    def look(self) -> None:
        """Look at the folder once: a page for a run that has finished, a sentence for what is wrong."""
        stamp = _stamp(self.out / MANIFEST)
        if stamp != self._seen:
            self._seen = stamp
            self._build()
        note = read_note(self.out)
        said = _told(note) if note is not None and note.state == "problem" else str(self.error or "")
        if said != self.news.problem:
            self._tell(News(self.news.number, said))

    def _build(self) -> None:
        """The newest page, if it can be made; else the last one stays. That a run has begun meanwhile is no error."""
        number, self.error = self.news.number + 1, None
        try:
            if not self._is_being_written():
                self.page = page(self.out, live=f"/events?page={number}").encode()
                self._tell(News(number, self.news.problem))
        except ArtError as error:
            self.error = error if _stamp(self.out / MANIFEST) == self._seen else None

    def _is_being_written(self) -> bool:
        """A run is at it: what cannot be shown now will be. Raises MissingInput and BadInput as `read_manifest`."""
        busy = self._expected or (self.out / LOCK).exists() or (self.out / NOTE).exists()
        if busy and not (self.out / MANIFEST).exists():
            return True
        return read_manifest(self.out).status == "unfinished" and busy

    def _tell(self, news: News) -> None:
        with self._changed:
            self.news = news
            self._changed.notify_all()

    def wait(self, known: News, seconds: float) -> News:
        """The news once they differ from what is known, or after so many seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self.news != known, seconds)
            return self.news

    def follow(self) -> None:
        while True:
            self.look()
            time.sleep(POLL)


def _stamp(path: Path) -> object:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns, state.st_ino


def _told(note: Note) -> str:
    lines = (": ".join(filter(None, (each.where, each.message))) for each in note.problems)
    return "\n".join(lines)


@contextmanager
def serving(out: Path, port: int = 0, *, expected: bool = False) -> Iterator[str]:
    """Serve a folder while the block runs; gives the URL. port 0: one that is free.

    expected: a run is about to fill the folder; otherwise one that cannot be shown raises MissingInput or BadInput.
    Raises Unavailable for a port that cannot be had.
    """
    follower = Follower(out, expected=expected)
    follower.look()
    if not expected and follower.error is not None:
        raise follower.error
    try:
        server = _Server((HOST, port), _handler(follower))
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable(f"port {port} cannot be had: {reason}", hint="leave --port out, or take another") from error
    for work in (follower.follow, server.serve_forever):
        threading.Thread(target=work, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up in the middle is nothing to speak of; a bug is."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # as the base class has it


def _handler(follower: Follower) -> Callable[..., BaseHTTPRequestHandler]:
    return type("Handler", (_Handler,), {"follower": follower})


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD for the page, the stream of events, and files inside the folder."""

    follower: Follower
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "art", ""

    def do_GET(self) -> None:
        with suppress(ConnectionError):  # whoever asked has gone
            self._answer()

    do_HEAD = do_GET  # noqa: N815 - the names are those of the base class

    def log_message(self, format: str, *args: object) -> None:
        """The terminal belongs to the person at it."""

    def _answer(self) -> None:
        path = unquote(self.path.partition("?")[0])
        if not self._is_meant():
            self._refuse(HTTPStatus.FORBIDDEN)
        elif path == "/":
            self._send(self.follower.page, "text/html; charset=utf-8")
        elif path == "/events":
            self._stream()
        elif (file := inside(self.follower.out, path)) is not None:
            self._send_file(file)
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _is_meant(self) -> bool:
        """The browser was told this address, not a name of somebody else's that leads here (DNS rebinding)."""
        port = self.connection.getsockname()[1]
        return self.headers.get("Host", "") in {f"{host}:{port}" for host in (HOST, "localhost")}

    def _head(self, status: HTTPStatus, kind: str, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _send(self, body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._head(status, kind, Content_Length=str(len(body)))
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, status: HTTPStatus) -> None:
        self._send(f"{status.value} {status.phrase}\n".encode(), "text/plain; charset=utf-8", status)

    def _send_file(self, file: Path) -> None:
        """The file, or the part of it that is asked for: players of movies jump (RFC 9110, 14)."""
        try:
            opened = file.open("rb")
        except OSError:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        with opened:
            size = os.fstat(opened.fileno()).st_size
            part = wanted(self.headers.get("Range", ""), size)
            kind = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            if part is not None and not part:
                self._head(
                    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                    kind,
                    Content_Range=f"bytes */{size}",
                    Content_Length="0",
                )
                return
            status = HTTPStatus.OK if part is None else HTTPStatus.PARTIAL_CONTENT
            sent = range(size) if part is None else part
            extra = {} if part is None else {"Content_Range": f"bytes {part.start}-{part.stop - 1}/{size}"}
            self._head(status, kind, Accept_Ranges="bytes", Content_Length=str(len(sent)), **extra)
            opened.seek(sent.start)
            left = 0 if self.command == "HEAD" else len(sent)
            while left and (chunk := opened.read(min(left, _CHUNK))):
                self.wfile.write(chunk)
                left -= len(chunk)

    def _stream(self) -> None:
        """Events until the page is gone; it tells the number of what it shows, so that nothing is missed."""
        number = re.search(r"[?&]page=(\d{1,9})$", self.path)
        known = News(int(number[1]) if number else self.follower.news.number)
        self.close_connection = True
        self._head(HTTPStatus.OK, "text/event-stream", Connection="close")
        while self.command != "HEAD":
            news = self.follower.wait(known, ALIVE)
            self.wfile.write(_events(known, news))
            known = news


def _events(known: News, news: News) -> bytes:
    """What has to be said to somebody who knows `known`."""
    text = ""
    if news.problem != known.problem:
        text += "event: problem\n" + "".join(f"data: {line}\n" for line in news.problem.split("\n")) + "\n"
    if news.number != known.number:
        text += f"event: changed\ndata: {news.number}\n\n"
    return (text or ": still here\n\n").encode()


def inside(folder: Path, path: str) -> Path | None:
    """The file of a URL's path inside a folder; None for what is not there, hidden, or leads out."""
    names = [name for name in path.split("/") if name]
    if any(name.startswith(".") or "\\" in name or "\0" in name for name in names):
        return None
    try:
        root, file = folder.resolve(), folder.joinpath(*names).resolve()
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, RuntimeError):  # the latter for links in a circle
        return None


def wanted(header: str, size: int) -> range | None:
    """The bytes that a Range header asks for: None for all of them, an empty range for none that there are."""
    match = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        return range(max(0, size - int(match[2])), size)
    first = int(match[1])
    last = int(match[2]) if match[2] else max(first, size)
    if last < first:
        return None
    return range(first, min(last + 1, size)) if first < size else range(0)
