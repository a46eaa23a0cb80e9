"""`art preview`: look at what `art animate` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console, options, watching


def preview(
    folder: options.OutFolder,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write the page. Default: FOLDER/preview.html.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Write nothing: serve the page on this machine, always the newest.")
    ] = False,
    port: Annotated[
        int | None, typer.Option("--port", min=1, max=65535, help="With --serve. Default: one that is free.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Write one HTML file that plays the layers of FOLDER: solo, mute, frame step, loop seam. It needs no server."""
    from engine.errors import UsageError
    from engine.preview import write_page

    if serve and output is not None:
        raise UsageError("--serve writes no page, and --output says where to", hint="leave one of them out")
    if port is not None and not serve:
        raise UsageError("--port is for --serve", hint="add --serve, or leave --port out")
    if serve:
        watching.show(folder, port or 0, json=json)
        return

    path = write_page(folder, output)
    if json:
        console.put_json({"page": str(path), "bytes": path.stat().st_size})
    else:
        console.put(f"{path}: open it in a browser")
