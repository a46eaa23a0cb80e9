"""yaml-language-server over stdio, as an editor drives it: LSP 3.17 in its base protocol, one request at a time."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SERVER = Path(__file__).parent / "editor" / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
SETTINGS = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}


class LanguageServer:
    """One server process; a document is opened once, whole."""

    def __init__(self) -> None:
        node = shutil.which("node")
        if node is None or not SERVER.is_file():
            pytest.skip("yaml-language-server is not there: npm ci --prefix tests/editor")
        self._process = subprocess.Popen([node, SERVER, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._count = 0
        self._problems: dict[str, list[dict[str, Any]]] = {}
        documents = {"completion": {"completionItem": {"snippetSupport": False, "documentationFormat": ["markdown"]}}}
        self.request("initialize", {"processId": None, "rootUri": None, "capabilities": {"textDocument": documents}})
        self._send({"method": "initialized", "params": {}})
        self._send({"method": "workspace/didChangeConfiguration", "params": {"settings": SETTINGS}})

    def close(self) -> None:
        self.request("shutdown", None)
        self._send({"method": "exit"})
        self._process.communicate(timeout=10)

    def open(self, path: Path, text: str | None = None) -> None:
        """Show a file, or a text under its name."""
        written = path.read_text("utf-8") if text is None else text
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": written}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})

    def problems(self, path: Path) -> list[str]:
        """What the server says is wrong: `line: message`, lines from 1."""
        while path.as_uri() not in self._problems:
            self._take(self._receive())
        found = self._problems[path.as_uri()]
        return [f"{each['range']['start']['line'] + 1}: {each['message']}" for each in found]

    def completions(self, path: Path, line: int, column: int) -> list[str]:
        """The words offered at a place, both from 1."""
        found = self._at("textDocument/completion", path, line, column)
        return [str(item["label"]) for item in (found["items"] if isinstance(found, dict) else found or [])]

    def hover(self, path: Path, line: int, column: int) -> str:
        """The help shown at a place, both from 1."""
        found = self._at("textDocument/hover", path, line, column)
        contents = found["contents"] if found else ""
        return contents if isinstance(contents, str) else str(contents["value"])

    def _at(self, method: str, path: Path, line: int, column: int) -> Any:
        place = {"line": line - 1, "character": column - 1}
        return self.request(method, {"textDocument": {"uri": path.as_uri()}, "position": place})

    def request(self, method: str, params: Any) -> Any:
        """The result of a request; what comes in between is taken note of."""
        self._count += 1
        self._send({"id": self._count, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._count and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if message.get("method") == "textDocument/publishDiagnostics":
            self._problems[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "id" in message and "method" in message:  # it asks its editor, here for nothing in particular
            wanted = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
            answer = [SETTINGS.get(item.get("section"), {}) for item in wanted]
            self._send({"id": message["id"], "result": answer or None})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        assert length, "the language server has gone"
        message: dict[str, Any] = json.loads(self._process.stdout.read(length))
        return message
