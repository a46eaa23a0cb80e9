"""Every motion on one layer, to be looked at: a page, or one moving picture."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ..document import Document
from ..errors import UsageError
from ..files import atomic
from ..presets import motion_presets
from ..progress import Progress, Silent
from ..render.read import drawing_threads
from .figure import Figure, built_in, figure_of
from .film import Film, film
from .page import Card, page
from .picture import moving_picture

_SIDE, _FPS, _QUALITY = 208, 24, 50  # px, frames a second, of WebP


def write_gallery(
    path: Path, document: Document | None = None, layer: str | None = None, progress: Progress | None = None
) -> None:
    """All motions on a layer of a document, else on a drawn figure, as a page (.html) or a moving picture (.webp).

    Raises UsageError for a layer or a kind of file that is not there, BadInput for an empty layer, CannotWrite.
    """
    if path.suffix.lower() not in (".html", ".htm", ".webp"):
        raise UsageError(f"a gallery is a page or a picture, not {path.name!r}", hint="write -o gallery.html or .webp")
    figure = figure_of(document, layer or "") if document is not None else built_in()
    watcher = progress or Silent()
    watcher.begin(dict.fromkeys(motion_presets(), 1))
    make = moving_picture if path.suffix.lower() == ".webp" else partial(_page, document)
    try:
        with drawing_threads(1):  # on squares this small, more threads only wait for each other
            content = make(figure, watcher)
    finally:
        watcher.end()
    with atomic(path) as temporary:
        temporary.write_bytes(content)


def _page(document: Document | None, figure: Figure, progress: Progress) -> bytes:
    subject = f"{figure.path} of {document.source.name}" if document is not None else "a drawn figure"
    design = document.source.name if document is not None else "design.psd"
    ground = "dark" if figure.light else "paper"
    return page(list(_cards(figure, progress)), subject, design, path=figure.path, ground=ground).encode()


def _cards(figure: Figure, progress: Progress) -> Iterator[Card]:
    """Films are encoded while the next ones are drawn."""
    with ThreadPoolExecutor(1) as encoder:
        made = [
            (preset, encoder.submit(_encoded, film(preset, figure, _SIDE, _FPS), preset.name, progress))
            for preset in motion_presets().values()
        ]
        for preset, encoded in made:
            yield Card(preset, *encoded.result())


def _encoded(shown: Film, name: str, progress: Progress) -> tuple[bytes, bytes]:
    """(telling frame, film)."""
    result = shown.still(_QUALITY + 15), shown.webp(_QUALITY)
    progress.advance(name)
    return result
