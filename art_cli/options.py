"""Arguments that several commands share, and how their text becomes values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.errors import UsageError

Design = Annotated[Path, typer.Argument(help="A .psd, .psb or .ora file, a folder of PNGs, or the manifest of one.")]
OutFolder = Annotated[Path, typer.Argument(help="A folder that `art animate` wrote.")]
MotionStyle = Annotated[
    str | None,
    typer.Option("--style", help="calm, playful, punchy, cinematic, or your own .yaml: motion by the role of a layer."),
]
Artboard = Annotated[str | None, typer.Option("--artboard", help="Take this artboard of a PSD as the canvas.")]
Order = Annotated[
    Literal["bottom-first", "top-first"] | None,
    typer.Option("--order", help="What numbers in front of PNG names mean. Default: bottom-first."),
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or cuda:N.")]
Steps = Annotated[
    int | None,
    typer.Option("--steps", min=1, max=1000, help="Steps of the sampler for prompts. Default: the weights' own."),
]
Guidance = Annotated[
    float | None,
    typer.Option("--guidance", min=0, max=100, help="How closely motion follows prompts. Default: the weights' own."),
]
Precision = Annotated[
    Literal["auto", "fp16", "bf16", "fp32"],
    typer.Option("--precision", help="Of the networks alone; auto is fp32."),
]
Weights = Annotated[
    str, typer.Option("--weights", help="Weights that make motion from prompts, as `art models list` names them.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON envelope on stdout.")]


def names(text: str | None) -> tuple[str, ...] | None:
    """`a,b` -> ("a", "b"); `none` -> (); None stays None."""
    if text is None:
        return None
    words = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    return () if words == ("none",) else words


def words(texts: list[str] | None) -> tuple[str, ...]:
    """An option that may be repeated and take several words at once: `a,b`, `c` -> ("a", "b", "c")."""
    return tuple(word.strip() for text in texts or () for word in text.split(",") if word.strip())


def frame_range(text: str | None) -> tuple[int, int] | None:
    """`0-47` or `12`, inclusive as farms write it -> half-open (0, 48). Raises UsageError."""
    if text is None:
        return None
    match = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", text)
    start, last = (int(match[1]), int(match[2] or match[1])) if match else (0, -1)
    if last < start:
        raise UsageError(f"--frames {text!r} is not a range", hint="write 0-47, first and last frame included")
    return start, last + 1
