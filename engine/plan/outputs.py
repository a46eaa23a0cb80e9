"""Which files a plan makes, under which names, and what memory that takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from typing import Literal

from ..errors import BadInput, UsageError
from ..geometry import Box
from ..layout import Layout
from ..layout.values import read_time
from ..presets import export_presets
from ..specs import HANDOFFS
from ..timing import Time
from . import APART, Choices, Job, Output, Sheet, Snapshot

LAYER_FORMATS = ("prores4444", "webm")
COMPOSITE_FORMATS = ("mp4",)
SHEET_LAYERS = 48  # on one page of the contact sheet

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
        return _first(self.choices.formats, self._unasked, written, LAYER_FORMATS)

    def composite_formats(self) -> tuple[str, ...]:
        written = self.layout.export.composite if self.layout.export else None
        return _first(self.choices.composites, self._unasked, written, COMPOSITE_FORMATS)

    @property
    def _unasked(self) -> tuple[str, ...] | None:
        """Who asks for stills waits for no movie that the command line does not name as well."""
        return () if self.choices.stills else None

    def layer(self, path: str, stem: str, *, moving: bool) -> tuple[Output, ...]:
        """The files of one layer (its document path): movies, or one still of a layer that holds."""
        if not self._chosen(path) or not self.layer_formats():
            return ()
        if not moving:
            return (Output(path=f"layers/{stem}.png", preset="still", role="still"),)
        return _outputs_of("layers", stem, self.layer_formats(), "layer")

    def composites(self) -> tuple[Output, ...]:
        return _outputs_of("", "composite", self.composite_formats(), "composite")

    def snapshots(self, jobs: Sequence[Job], stems: Sequence[str]) -> tuple[Snapshot, ...]:
        """The composite and every moving layer at the moments asked for. Raises UsageError for one beyond the end."""
        fps, found = self.layout.canvas.fps, list[Snapshot]()
        for frame in sorted({self._frame(text) for text in self.choices.stills}):
            folder = f"stills/{float(frame / fps):.3f}s"
            found.append(Snapshot(path=f"{folder}/composite.png", preset="", role="picture", frame=frame))
            for job, stem in zip(jobs, stems, strict=True):
                if self._chosen(job.path) and (job.moves or job.rides):
                    path = f"{folder}/layers/{stem}.png"
                    found.append(Snapshot(path=path, preset="", role="picture", layer=job.layer, frame=frame))
        return tuple(found)

    def _frame(self, text: str) -> int:
        """The frame nearest to a moment."""
        canvas = self.layout.canvas
        fps, frames = canvas.fps, canvas.frames
        try:
            seconds = read_time(text).seconds(fps)
        except ValueError as error:
            raise UsageError(f"--still {text!r}: {error}") from None
        if not 0 <= seconds < Fraction(frames) / fps:
            last = f"the last frame is {frames - 1}f ({float(Fraction(frames - 1) / fps):.3f}s)"
            raise UsageError(f"--still {text} is not between the beginning and the end", hint=last)
        return min(Time(seconds).frames(fps), frames - 1)

    def sheets(self, jobs: Sequence[Job], stems: Sequence[str]) -> tuple[Sheet, ...]:
        """The pages of the contact sheet, and a picture of the parts of every layer that moves by its prompt."""
        if not self.choices.sheet:
            return ()
        rows = sum(job.moves or bool(job.rides) for job in jobs)
        names = ["sheet.png", *(f"sheet-{page}.png" for page in range(2, -(-rows // SHEET_LAYERS) + 1))]
        pages = [Sheet(path=name, preset="", role="picture") for name in names]
        told = [(job, stem) for job, stem in zip(jobs, stems, strict=True) if job.prompt and self._chosen(job.path)]
        parts = [Sheet(path=f"parts/{stem}.png", preset="", role="picture", layer=job.layer) for job, stem in told]
        return (*pages, *parts)

    def handoffs(self) -> tuple[Output, ...]:
        """What other programs open. Raises UsageError where the layers' files it refers to are not made."""
        written = self.layout.export.handoff if self.layout.export else None
        names = tuple(dict.fromkeys(_first(self.choices.handoffs, self._unasked, written, ())))
        referring = [name for name in names if HANDOFFS[name].refers]
        if referring and not self.layer_formats():
            hint = "leave --format none away, or ask for another hand-off"
            raise UsageError(f"{', '.join(referring)} refers to the layers' files, and none are made", hint=hint)
        if names and self.choices.frames is not None:
            hint = "leave --frames or --handoff away"
            raise UsageError("a hand-off tells of the whole film, and --frames asks for a part", hint=hint)
        return tuple(Output(path=HANDOFFS[name].path, preset=name, role="handoff") for name in names)

    def _chosen(self, path: str) -> bool:
        return self.choices.layers is None or fnmatchcase(path, self.choices.layers)

    def proxies(self) -> tuple[Output, ...]:
        """The folder of proxies; none for a part of the frames, and where only stills are asked for."""
        if not self.choices.proxies or self.choices.frames is not None or self.choices.stills:
            return ()
        return (Output(path="proxies", preset=APART if self.choices.watched else "", role="proxy"),)

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
