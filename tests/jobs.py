"""Whole jobs for tests: layouts from text, plans of drawn documents, runs in this process and in one of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drawn import SIZE, drawn_document, write_psd
from engine.alpha import Planar
from engine.backends import backend_infos
from engine.codecs.decode import pictures
from engine.document import Document
from engine.layout import Layout
from engine.layout.read import parse_layout
from engine.manifest import FileEntry, Manifest
from engine.pictures import Stage
from engine.pipeline import Request, animate
from engine.plan import Choices, Plan
from engine.plan.planner import make_plan
from engine.progress import Silent
from engine.scaling import scaled

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
# design and layout (None: tags in the layers' names) of every example
DESIGNS: dict[str, tuple[Path, Path | None]] = {
    "poster": (EXAMPLES / "poster" / "poster.psd", EXAMPLES / "poster" / "motion.yaml"),
    "character": (EXAMPLES / "character", EXAMPLES / "character" / "motion.yaml"),
    "ui-card": (EXAMPLES / "ui-card" / "card.psd", EXAMPLES / "ui-card" / "motion.yaml"),
    "logo": (EXAMPLES / "logo" / "logo.ora", None),
}
BOB = "  - layer: Hero/Balloon\n    loop: {motion: bob, period: 0.5s, amount: 10%}\n"


def layout_text(layers: str, canvas: str = "fps: 12, duration: 0.5s", rest: str = "") -> str:
    return f"version: 1\ncanvas: {{{canvas}}}\nlayers:\n{layers}{rest}"


def layout_of(layers: str, canvas: str = "fps: 12, duration: 0.5s", rest: str = "") -> Layout:
    return parse_layout(layout_text(layers, canvas, rest))


def plan_of(layout: Layout, document: Document | None = None, *, scale: float = 1.0, **choices: Any) -> Plan:
    """The plan of a document (default: the drawn one) at `scale` of its size."""
    document = document or drawn_document()
    if scale != 1.0:
        width, height = (max(1, round(side * scale)) for side in document.size)
        document = scaled(document, (width, height))
    return make_plan(document, layout, Choices(**choices), backend_infos(), scale=scale)


def stage_of(plan: Plan, document: Document | None = None) -> Stage:
    """What draws a plan's frames on the CPU; the document has the plan's size."""
    document = document or drawn_document()
    return Stage(document, plan, animate(document, plan, "cpu", Silent()), "cpu")


def request(
    tmp_path: Path,
    layers: str = BOB,
    canvas: str = "fps: 12, duration: 0.5s",
    drawn_size: tuple[int, int] = SIZE,
    **options: Any,
) -> Request:
    """A job on the drawn PSD, into tmp_path/out. Unless asked otherwise the composite is lossless, without proxies."""
    design, layout = tmp_path / "design.psd", tmp_path / "motion.yaml"
    if not design.exists():
        write_psd(design, drawn_size)
    layout.write_text(layout_text(layers, canvas))
    plain = Request(
        design, tmp_path / "out", layout=layout, formats=("ffv1",), composites=("ffv1",), device="cpu", proxies=False
    )  # fmt: skip
    return replace(plain, **options)


def entry_of(manifest: Manifest, name: str) -> FileEntry:
    """The file of the layer of that path, or the file of that path."""
    return next(
        entry
        for entry in manifest.files
        if entry.path == name or (entry.layer is not None and entry.layer.path == name)
    )


def frames_of(path: Path) -> list[Planar]:
    """Every frame of an exported file as stored (4, h, w)."""
    return [picture.rgba() for _, picture in pictures(path)]


def files_in(folder: Path) -> dict[str, bytes]:
    """Everything in a folder, hidden names included."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def largest_step(frames: list[Planar]) -> tuple[float, float]:
    """The largest change between neighbours, and the change from the last frame back to the first."""
    steps = [distance(a, b) for a, b in pairwise(frames)]
    return max(steps), distance(frames[-1], frames[0])


def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)))


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "art_cli.main", *map(str, words)]


def environment(**variables: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": "/nonexistent", **variables}


def art(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own."""
    return subprocess.run(
        command(*words), env=environment(**variables), capture_output=True, text=True, timeout=300, check=False
    )
