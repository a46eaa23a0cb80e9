"""`art preview`: look at what `art animate` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console, options


def preview(
    folder: options.OutFolder,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write the page. Default: FOLDER/preview.html.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Write one HTML file that plays the layers of FOLDER: solo, mute, frame step, loop seam. It needs no server."""
    from engine.preview import write_page

    path = write_page(folder, output)
    if json:
        console.put_json({"page": str(path), "bytes": path.stat().st_size})
    else:
        console.put(f"{path}: open it in a browser")
