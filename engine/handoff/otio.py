"""OpenTimelineIO: a video track a layer, bottom to top, and the composite on a track that is switched off.

Written as JSON by hand: the schemas that are needed (Timeline.1, Stack.1, Track.1, Gap.1, Clip.2, two references;
opentimelineio.readthedocs.io) are small, and only the tests read them back with the library. Times are frames at the
film's rate; what OTIO has no word for stands in `metadata.art`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from ..manifest import FileEntry
from ..plan import Job
from ..specs import HANDOFFS
from .film import Film, link, preferred

Json = dict[str, Any]

PATH = HANDOFFS["otio"].path
# of several files of one layer the first is what opens; the others are alternatives of the same clip
_LAYERS = (
    "prores4444", "qtrle", "png16", "png", "exr", "ffv1", "webm", "webp", "apng", "gif", "mp4-packed",
)  # fmt: skip
_COMPOSITES = ("mp4", *_LAYERS)


def write_otio(film: Film) -> bytes:
    """The timeline as UTF-8."""
    jobs = [job for job in film.plan.jobs if film.files(job)]
    tracks = [_Track(film).layer(job) for job in jobs]
    if composites := preferred(film.composites(), _COMPOSITES):
        tracks.append(_Track(film).composite(composites))
    timeline = _node("Timeline.1", PurePosixPath(film.plan.source).stem, _of_film(film))
    timeline |= {"global_start_time": None, "tracks": _item("Stack.1", "tracks", {}) | {"children": tracks}}
    return (json.dumps(timeline, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace")


def _of_film(film: Film) -> Json:
    plan, known = film.plan, film.manifest.recomposition
    return {
        "tool": film.manifest.tool,
        "size": plan.size,
        "fps": str(plan.fps),
        "frames": plan.frames,
        "loop": plan.loop,
        "background": plan.background,
        "global_prompt": plan.global_prompt,
        "recomposes": {"possible": known.possible, "why": known.why} if known else None,
        "adjustments": film.adjustments(),
    }


class _Track:
    """Tracks of a film, and what they are made of."""

    def __init__(self, film: Film) -> None:
        self.film, self.frames, self.rate = film, film.plan.frames, float(film.plan.fps)

    def layer(self, job: Job) -> Json:
        """A gap until the layer is seen, and a clip of it until it is gone."""
        first, end = self.film.shown(job)
        children = [self._gap(first)] if first else []
        if end > first:
            files = preferred(self.film.files(job), _LAYERS)
            children.append(self._clip(job.path, files, (first, end), _of_layer(files[0], job)))
        return _item("Track.1", job.path, {}) | {"kind": "Video", "children": children}

    def composite(self, files: Sequence[FileEntry]) -> Json:
        """All of it for comparison, above everything."""
        clip = self._clip("composite", files, (0, self.frames), {"reference": True})
        track = _item("Track.1", "composite (reference)", {"reference": True})
        return track | {"enabled": False, "kind": "Video", "children": [clip]}

    def _gap(self, frames: int) -> Json:
        return _item("Gap.1", "", {}) | {"source_range": self._range(0, frames)}

    def _clip(self, name: str, files: Sequence[FileEntry], span: tuple[int, int], metadata: Json) -> Json:
        first, end = span
        best, *others = files
        media = {"DEFAULT_MEDIA": self._media(best)} | {entry.preset: self._media(entry) for entry in others}
        return _item("Clip.2", name, metadata) | {
            "source_range": self._range(first, end - first),
            "media_references": media,
            "active_media_reference_key": "DEFAULT_MEDIA",
        }

    def _media(self, entry: FileEntry) -> Json:
        """One file, or the numbered files of a sequence; a still lasts as long as the film."""
        known = {"available_range": self._range(0, self.frames), "available_image_bounds": self._bounds(entry)}
        if not entry.is_sequence:
            return _node("ExternalReference.1", "", _of_file(entry)) | known | {"target_url": link(entry.path, PATH)}
        folder, _, name = entry.parts[0].path.rpartition("/")
        match = re.fullmatch(r"(.*?)(\d+)(\.\w+)", name)
        assert match is not None  # the frames of our own sequences
        return _node("ImageSequenceReference.1", "", _of_file(entry)) | known | {
            "target_url_base": link(folder, PATH) + "/",
            "name_prefix": quote(match[1]),
            "name_suffix": match[3],
            "start_frame": entry.start,
            "frame_step": 1,
            "rate": self.rate,
            "frame_zero_padding": len(match[2]),
            "missing_frame_policy": "error",
        }  # fmt: skip

    def _bounds(self, entry: FileEntry) -> Json:
        """Where the picture lies: px, the middle of the canvas is the origin, y points up."""
        width, height = self.film.plan.size
        x0, y0 = entry.offset[0] - width / 2, height / 2 - entry.offset[1]
        wide, high = (size - padding for size, padding in zip(entry.size, entry.padded, strict=True))
        return {"OTIO_SCHEMA": "Box2d.1", "min": _point(x0, y0 - high), "max": _point(x0 + wide, y0)}

    def _range(self, first: int, frames: int) -> Json:
        return {"OTIO_SCHEMA": "TimeRange.1", "start_time": self._time(first), "duration": self._time(frames)}

    def _time(self, frame: int) -> Json:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": self.rate, "value": float(frame)}


def _of_layer(entry: FileEntry, job: Job) -> Json:
    """What a compositor has to know of a layer."""
    assert entry.layer is not None  # only its files are asked
    layer = entry.layer.model_dump(mode="json", exclude={"order", "opacity"})
    return {**layer, "moved_by": job.backend, "prompt": job.prompt.text if job.prompt else ""}


def _of_file(entry: FileEntry) -> Json:
    facts = entry.model_dump(
        mode="json", include={"path", "role", "preset", "codec", "alpha", "size", "padded", "offset"}
    )
    return {**facts, "transfer": entry.colour.transfer if entry.colour else "srgb"}


def _point(x: float, y: float) -> Json:
    return {"OTIO_SCHEMA": "V2d.1", "x": x, "y": y}


def _node(schema: str, name: str, art: Json) -> Json:
    return {"OTIO_SCHEMA": schema, "name": name, "metadata": {"art": art} if art else {}}


def _item(schema: str, name: str, art: Json) -> Json:
    """What clips, gaps, tracks and stacks share."""
    shared: Json = {"source_range": None, "effects": [], "markers": [], "enabled": True}
    return _node(schema, name, art) | shared
