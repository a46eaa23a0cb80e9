"""Which files a plan makes, under which names, and what memory that takes."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from .errors import BadInput, UsageError
from .geometry import Box
from .layout import Layout
from .plan import Choices, Job, Output
from .presets import export_presets

LAYER_FORMATS = ("prores4444", "webm")
COMPOSITE_FORMATS = ("mp4",)

# Working memory, estimated: float32 RGBA; an encoder holds about a dozen pictures of 8 bytes a pixel (VP9, which holds
# the most); two cores carry four encoders at once, more cores open more.
_PIXEL_BYTES = 16
_ENCODER_PICTURES = 12 * 8
_ENCODERS = 4


@dataclass(frozen=True)
class FilePlanner:
    """The command line's word, else the layout's, else the defaults, for a canvas of `size` px."""

    layout: Layout
    choices: Choices
    size: tuple[int, int]

    def frame_range(self) -> tuple[int, int]:
        """[first, end) of what is exported. Raises BadInput, and UsageError for a part of a movie."""
        frames = self.layout.canvas.frames
        first, end = self.choices.frames or (0, frames)
        if first >= frames or end > frames:
            raise BadInput(
                f"frames {first}-{end - 1} are asked for, but there are frames 0-{frames - 1}",
                hint="lengthen canvas.duration or ask for fewer",
            )
        if self.choices.frames is not None:
            formats = dict.fromkeys((*self.layer_formats(), *self.composite_formats()))
            movies = [name for name in formats if not _sequence(name)]
            if movies:
                what = "is a movie" if len(movies) == 1 else "are movies"
                raise UsageError(
                    f"--frames is for image sequences, and {', '.join(movies)} {what}",
                    hint="a movie is never cut; use --format png --composite none, or leave --frames out",
                )
        return first, end

    def layer_formats(self) -> tuple[str, ...]:
        written = self.layout.export.layers if self.layout.export else None
        return _first(self.choices.formats, written, LAYER_FORMATS)

    def composite_formats(self) -> tuple[str, ...]:
        written = self.layout.export.composite if self.layout.export else None
        return _first(self.choices.composites, written, COMPOSITE_FORMATS)

    def layer(self, path: str, stem: str, *, moving: bool) -> tuple[Output, ...]:
        """The files of one layer (its document path): movies, or one still of a layer that holds."""
        if self.choices.layers is not None and not fnmatchcase(path, self.choices.layers):
            return ()
        if not self.layer_formats():
            return ()
        if not moving:
            return (Output(path=f"layers/{stem}.png", preset="still", role="still"),)
        return _outputs_of("layers", stem, self.layer_formats(), "layer")

    def composites(self) -> tuple[Output, ...]:
        return _outputs_of("", "composite", self.composite_formats(), "composite")

    def job_memory(self, box: Box, region: Box, files: int) -> int:
        """Bytes while a layer is drawn and its files are written."""
        width, height = self.size
        return _drawing_bytes(box, region) + files * _ENCODER_PICTURES * width * height

    def memory(self, jobs: tuple[Job, ...]) -> int:
        """The most at once: the canvas and its floor, every layer's drawing, and the encoders that run together."""
        width, height = self.size
        files = sum(output.role != "still" for job in jobs for output in job.outputs) + len(self.composite_formats())
        encoders = min(files, _ENCODERS) * _ENCODER_PICTURES * width * height
        drawing = sum(_drawing_bytes(job.box, job.region) for job in jobs)
        return 3 * _PIXEL_BYTES * width * height + drawing + encoders


def _drawing_bytes(box: Box, region: Box) -> int:
    """The still with its minification pyramid, and the drawn tile with its conversions."""
    return _PIXEL_BYTES * (box.area * 4 // 3 + 3 * region.area)


def _first(*choices: tuple[str, ...] | None) -> tuple[str, ...]:
    return next(choice for choice in choices if choice is not None)


def _sequence(name: str) -> bool:
    return export_presets()[name].sequence


def _outputs_of(
    folder: str, stem: str, names: tuple[str, ...], role: Literal["layer", "composite"]
) -> tuple[Output, ...]:
    """A file for every format; formats that share a suffix, and image sequences, carry the format in their name."""
    presets = [export_presets()[name] for name in names]
    suffixes = [preset.suffix for preset in presets if not preset.sequence]
    outputs = []
    for preset in presets:
        plain = not preset.sequence and suffixes.count(preset.suffix) == 1
        file = stem + preset.suffix if plain else f"{stem}_{preset.name}" + ("" if preset.sequence else preset.suffix)
        outputs.append(Output(path=f"{folder}/{file}".lstrip("/"), preset=preset.name, role=role))
    return tuple(outputs)
