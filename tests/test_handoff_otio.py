"""OpenTimelineIO, read back with its own library: tracks, times, files and what is said of them."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from drawn import bar, png_bytes, write_ora_members
from engine.manifest import Manifest, read_manifest
from engine.pipeline import Request, run_item
from jobs import BOB, entry_of, request

otio = pytest.importorskip("opentimelineio", reason="OpenTimelineIO is not installed")

LAYERS = (
    "  - {layer: Hero/Balloon, loop: {motion: bob, period: 0.5s}}\n"
    "  - {layer: Title, start: 0.5s, end: 1s, in: {motion: fade, duration: 0.25s}}\n"
    "  - {layer: Größe ★, loop: sway}\n"
)
CANVAS = "fps: 24, duration: 2s, loop: false"


def timeline(job: Request) -> Any:
    return otio.adapters.read_from_file(str(job.out / "handoff" / "timeline.otio"))


def ran(tmp_path: Path, **options: Any) -> tuple[Request, Manifest, Any]:
    job = request(tmp_path, LAYERS, options.pop("canvas", CANVAS), handoffs=("otio",), **options)
    manifest = run_item(job)
    return job, manifest, timeline(job)


def files_of(media: Any, folder: Path) -> list[Path]:
    """The files that a reference names."""
    if isinstance(media, otio.schema.ImageSequenceReference):
        count = media.number_of_images_in_sequence()
        return [folder / unquote(media.target_url_for_image_number(index)) for index in range(count)]
    return [folder / unquote(media.target_url)]


def test_a_track_a_layer_bottom_to_top_and_the_composite_switched_off(tmp_path: Path) -> None:
    job, manifest, found = ran(tmp_path, formats=("prores4444", "webm", "png"), composites=("mp4",))
    names = ["Background", "Hero/Balloon", "Hero/Shine", "Title", "Größe ★"]
    assert [track.name for track in found.tracks] == [*names, "composite (reference)"]
    assert [track.enabled for track in found.tracks] == [True] * 5 + [False]
    assert {track.kind for track in found.tracks} == {"Video"}
    clips = found.find_clips()
    assert [clip.name for clip in clips] == [*names, "composite"]
    for clip in clips:
        for media in clip.media_references().values():
            assert not getattr(media, "target_url", "").startswith("/")
            for path in files_of(media, job.out / "handoff"):
                assert path.is_file(), path
    balloon = clips[1].media_references()
    assert list(balloon) == ["DEFAULT_MEDIA", "png", "webm"]
    assert balloon["DEFAULT_MEDIA"].target_url.endswith("_balloon.mov")
    pictures = entry_of(manifest, "layers/01_balloon_png")
    assert [path.name for path in files_of(balloon["png"], job.out / "handoff")] == [
        Path(part.path).name for part in pictures.parts
    ]


def test_layers_come_late_and_leave_early(tmp_path: Path) -> None:
    """At 24 a second: from frame 13 (at 12 it is still wholly faded) to frame 24."""
    _, _, found = ran(tmp_path)
    gap, clip = found.tracks[3]
    assert isinstance(gap, otio.schema.Gap)
    assert gap.duration().value == 13
    assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (13, 11)
    assert found.tracks[3].range_of_child(clip).start_time.value == 13
    assert clip.available_range().duration.value == 48
    still = found.tracks[0][0]
    assert (still.duration().value, still.available_range().duration.value) == (48, 48)


@pytest.mark.parametrize(("fps", "exact"), [("29.97", Fraction(30000, 1001)), ("24", Fraction(24))])
def test_rates_are_the_nearest_the_format_can_say(tmp_path: Path, fps: str, exact: Fraction) -> None:
    _, _, found = ran(tmp_path, fps=fps, duration="1s", canvas="fps: 24, duration: 2s, loop: false")
    assert found.duration().rate == float(exact)
    assert found.metadata["art"]["fps"] == str(exact)
    assert found.duration().value == round(float(exact))
    rates = {clip.source_range.duration.rate for clip in found.find_clips()}
    assert rates == {float(exact)}


def test_cropped_files_say_where_they_lie(tmp_path: Path) -> None:
    _, manifest, found = ran(tmp_path, crop="region")
    width, height = manifest.size
    for clip in found.find_clips()[:-1]:
        media = clip.media_reference
        entry = entry_of(manifest, clip.name)
        bounds, told = media.available_image_bounds, media.metadata["art"]
        assert tuple(told["offset"]) == entry.offset
        assert bounds.min.x + width / 2 == entry.offset[0]
        assert height / 2 - bounds.max.y == entry.offset[1]
        assert (bounds.max.x - bounds.min.x, bounds.max.y - bounds.min.y) == entry.size
    assert any(entry.offset != (0, 0) for entry in manifest.files)


def test_what_otio_has_no_word_for_is_said(tmp_path: Path) -> None:
    _, manifest, found = ran(tmp_path, alpha="premultiplied")
    told = {clip.name: clip.metadata["art"] for clip in found.find_clips()}
    assert list(told["Größe ★"]["baked"]) == ["opacity"]
    assert list(told["Hero/Shine"]["baked"]) == ["clipping"]
    assert told["Hero/Shine"]["recomposes"] == "no"
    assert told["Hero/Shine"]["why"]
    assert told["Title"]["moved_by"] == "kinetic"
    assert told["Title"]["blend"] == "normal"
    media = found.find_clips()[1].media_reference.metadata["art"]
    assert media["alpha"] == "premultiplied"
    assert found.metadata["art"]["tool"] == manifest.tool


def test_only_layers_that_have_files_get_tracks(tmp_path: Path) -> None:
    job = request(tmp_path, LAYERS, CANVAS, handoffs=("otio",), composites=())
    run_item(replace(job, layers="Hero/*"))
    found = timeline(job)
    assert [track.name for track in found.tracks] == ["Hero/Balloon", "Hero/Shine"]


HOSTILE = ('","metadata":{"x":"', "a&#10;b", "\u2028</script>", "🎈 %41 %2F", "back\\slash", "#{1+1}")


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    escaped = [name.replace('"', "&quot;").replace("<", "&lt;") for name in HOSTILE]
    layers = "".join(f'<layer name="{name}" src="{i}.png" x="{i}" y="0"/>' for i, name in enumerate(escaped))
    picture = {f"{i}.png": png_bytes(bar(8, 8, (200, 30 * i, 20, 255))) for i in range(len(HOSTILE))}
    design = write_ora_members(tmp_path / "d.ora", f'<image w="32" h="16"><stack>{layers}</stack></image>', picture)
    job = replace(request(tmp_path, "  - {layer: '*', loop: bob}\n"), design=design, handoffs=("otio",))
    run_item(job)
    found = timeline(job)
    known = {entry.layer.name for entry in read_manifest(job.out).files if entry.layer}
    assert {clip.metadata["art"]["name"] for clip in found.find_clips()[:-1]} == known
    assert len(known) == len(HOSTILE)
    for clip in found.find_clips():
        assert set(clip.metadata) == {"art"}
        assert all(path.is_file() for path in files_of(clip.media_reference, job.out / "handoff"))


def test_the_library_packs_the_timeline_with_its_media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An .otioz holds the files that the references lead to, found from the timeline's own folder."""
    job, manifest, found = ran(tmp_path, formats=("prores4444", "webm"), composites=("mp4",))
    monkeypatch.chdir(job.out / "handoff")
    otio.adapters.write_to_file(found, str(tmp_path / "film.otioz"))
    packed = {Path(name).name for name in zipfile.ZipFile(tmp_path / "film.otioz").namelist() if "media/" in name}
    opened = {Path(entry.path).name for entry in manifest.files if entry.preset in ("prores4444", "png", "mp4")}
    assert packed == opened


def test_a_sequence_of_one_frame_is_a_sequence(tmp_path: Path) -> None:
    one = "fps: 24, duration: 1f"
    job = request(tmp_path, BOB, one, formats=("png",), composites=(), handoffs=("otio",))
    run_item(job)
    media = [clip.media_reference for clip in timeline(job).find_clips() if clip.name == "Hero/Balloon"]
    assert isinstance(media[0], otio.schema.ImageSequenceReference)
    assert [path.is_file() for path in files_of(media[0], job.out / "handoff")] == [True]
