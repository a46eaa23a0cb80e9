"""A model hub on loopback: the tree of a repository, pinned files behind a redirect, ranges, and faults on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"
REPO = "studio/motion"


@dataclass
class Hub:
    """What the server holds and does; tests change it while it runs."""

    files: dict[str, bytes]
    url: str = ""
    stop_after: int | None = None  # break the line after so many bytes of a file
    status: int = 200  # of every answer but the redirect
    gated: bool = False
    ranges: bool = True
    served: dict[str, bytes] = field(default_factory=dict)  # sent in place of `files`: tampered
    requests: list[tuple[str, str | None, str | None]] = field(default_factory=list)  # path, Range, Authorization


@contextmanager
def running(files: dict[str, bytes]) -> Iterator[Hub]:
    hub = Hub(files)

    class Handler(_Handler):
        def __init__(self, *given: Any) -> None:
            self.hub = hub
            super().__init__(*given)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, format: str, *given: Any) -> None:
        """Nothing: tests read `requests`."""

    def do_GET(self) -> None:
        hub = self.hub
        hub.requests.append((self.path, self.headers.get("Range"), self.headers.get("Authorization")))
        if hub.gated:
            self._send(401, b"{}", {"X-Error-Code": "GatedRepo"})
        elif hub.status != 200:
            self._send(hub.status, b"", {})
        elif self.path.startswith(f"/api/models/{REPO}/revision/"):
            self._send(200, json.dumps(self._tree()).encode(), {"X-Repo-Commit": COMMIT})
        elif self.path.startswith(f"/{REPO}/resolve/{COMMIT}/"):
            self._redirect(self.path.rsplit(f"{COMMIT}/", 1)[1])
        elif self.path.startswith("/storage/"):
            self._file(self.path.removeprefix("/storage/"))
        else:
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound"})

    def _tree(self) -> dict[str, Any]:
        siblings: list[dict[str, Any]] = [{"rfilename": "README.md", "size": 3}]
        for name, data in self.hub.files.items():
            facts = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            siblings.append({"rfilename": name, "size": len(data), "lfs": facts})
        return {"sha": COMMIT, "siblings": siblings}

    def _redirect(self, name: str) -> None:
        if name not in self.hub.files:
            self._send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        data = self.hub.files[name]
        linked = {"X-Linked-Size": str(len(data)), "X-Linked-ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
        self._send(302, b"", {"Location": f"{self.hub.url}/storage/{name}", "X-Repo-Commit": COMMIT, **linked})

    def _file(self, name: str) -> None:
        data = self.hub.served.get(name, self.hub.files[name])
        start = 0
        asked = self.headers.get("Range")
        if asked and self.hub.ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
        headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        self._send(206 if start else 200, data[start:], headers, self.hub.stop_after)

    def _send(self, status: int, body: bytes, headers: dict[str, str], stop_after: int | None = None) -> None:
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body[:stop_after])
        self.close_connection = True
