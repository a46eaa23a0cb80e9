"""`art preview`: one HTML file that plays an output folder's layers, with everything it needs inside.

The page's own code lies beside this file, as plain JavaScript, GLSL, CSS and HTML, and is put into the page as it is.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from importlib.resources import files
from pathlib import Path

from ..files import atomic
from .folder import Shown, opened

NAME = "preview.html"
_SCRIPTS = ("data.js", "sheets.js", "stage.js", "film.js", "player.js", "seam.js", "timeline.js", "panel.js", "keys.js",
            "live.js", "main.js")  # fmt: skip
_SHADERS = ("layer.vert.glsl", "source.glsl", "normal.frag.glsl", "blend.frag.glsl", "show.vert.glsl", "show.frag.glsl")


def write_page(out: Path, target: Path | None = None) -> Path:
    """Write the page of an output folder, into it or elsewhere; gives its path. Raises as `page`, and CannotWrite."""
    path = target or out / NAME
    text = page(out, beside=path.parent)
    with atomic(path) as temporary:
        temporary.write_text(text, "utf-8")
    return path


def page(out: Path, *, live: str | None = None, beside: Path | None = None) -> str:
    """The whole page. Links to files are relative to the folder `beside` (the output folder itself).

    live: URL of a server-sent-events stream. On `changed` the page loads itself anew and goes on where it was; the text
    of a `problem` is shown until the next. Raises MissingInput and BadInput for a folder that cannot be shown.
    """
    shown = opened(out, beside or out)
    script = '"use strict";\n' + "".join(f"// {name}\n{_asset(name)}\n" for name in _SCRIPTS)
    style = _asset("page.css")
    parts = {
        "title": escape(shown.index.source),
        "style": style,
        "last": str(shown.index.frames - 1),
        "assets": "\n".join(_assets(shown, live)),
        "script": script,
        "policy": _policy(script, style, live),
    }
    return re.sub(r"\{(\w+)\}", lambda match: parts[match[1]], _asset("page.html"))


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _policy(script: str, style: str, live: str | None) -> str:
    """What the page may do: run its own script, and nothing from elsewhere."""
    server = "'self'" if live else "'none'"
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (script, style)]
    return (
        f"default-src 'none'; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'; "
        f"img-src 'self' file: data: blob:; media-src 'self' file:; connect-src {server}; "
        "base-uri 'none'; form-action 'none'"
    )


def _assets(shown: Shown, live: str | None) -> list[str]:
    """What the script reads: shaders, facts, movies and stills."""
    facts = json.dumps(shown.facts | {"live": live}, ensure_ascii=False, separators=(",", ":"))
    blocks = [_block(name, "x-shader/x-fragment", _asset(name)) for name in _SHADERS]
    blocks.append(_block("data", "application/json", facts.replace("<", "\\u003c")))
    blocks += [_block(name, "text/plain", base64.b64encode(data).decode()) for name, data in shown.media.items()]
    return blocks


def _block(name: str, kind: str, text: str) -> str:
    return f'<script type="{kind}" id="{name}">{text}</script>'
