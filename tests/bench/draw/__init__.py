"""Draws the bench's artwork: `python -m bench.draw` in tests/ writes every picture again, pixel for pixel."""

from __future__ import annotations

from pathlib import Path

from .jointed import JOINTED
from .scenes import SCENES
from .signs import SIGNS
from .things import THINGS

WHOLE = (*SIGNS, *THINGS)


def draw_all(folder: Path) -> None:
    """NAME/01 NAME.png of single layers, NAME.part.png beside those with a part, NAME/01 LAYER.png of scenes."""
    for draw in (*WHOLE, *JOINTED):
        easel = draw()
        _save(folder / draw.__name__, {draw.__name__.capitalize(): easel})
        if easel.marked.getbbox():
            easel.mask().save(folder / f"{draw.__name__}.part.png", optimize=True)
    for scene in SCENES:
        _save(folder / scene.__name__, scene())


def _save(folder: Path, layers: dict) -> None:  # type: ignore[type-arg]
    folder.mkdir(parents=True, exist_ok=True)
    for index, (name, easel) in enumerate(layers.items(), 1):
        easel.picture().save(folder / f"{index:02} {name}.png", optimize=True)
