"""Every export preset: written by our codecs, read back by our decoder and by the ffmpeg program."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from engine import alpha
from engine.codecs import CODECS, NOT_MADE, Codec, Frame, Stream, options_of
from engine.codecs import frame as frames_module
from engine.codecs.bleed import CELL, Bled, bled
from engine.codecs.codec import PAPER
from engine.codecs.colour import black, to_rgb, to_yuv420, to_yuv444
from engine.codecs.decode import decode, pictures, probe
from engine.errors import Unavailable, UsageError
from engine.export import find_export
from engine.geometry import Box
from engine.presets import export_presets
from engine.specs import ExportPreset

FPS = Fraction(30000, 1001)
CANVAS = Box(0, 0, 193, 131)  # odd on purpose
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="the ffmpeg program is not installed")


def disc(x: float, y: float = 66, radius: float = 40, canvas: Box = CANVAS, strength: float = 1.0) -> Frame:
    """A disc with a soft edge and a colour gradient."""
    box = Box(int(x - radius - 2), int(y - radius - 2), int(x + radius + 3), int(y + radius + 3))
    rows, columns = np.mgrid[box.y0 : box.y1, box.x0 : box.x1] + 0.5
    coverage = strength * np.clip((radius - np.hypot(columns - x, rows - y)) / 3, 0, 1)
    across = (columns - box.x0) / box.width
    colour = np.stack([0.85 - 0.3 * across, 0.25 + 0.5 * across, np.full_like(across, 0.35)])
    return Frame.drawn(canvas, box, np.concatenate([colour * coverage, coverage[None]]).astype(np.float32))


def moving(count: int = 7) -> list[Frame]:
    """In from the left edge, fading, with one frame that is empty."""
    frames = [disc(20 + 20 * i, strength=1 - i / 10) for i in range(count - 1)]
    return [*frames, disc(900)]


def drawn(frame: Frame, codec: Codec) -> np.ndarray:
    """(4, h, w) premultiplied over the whole canvas, as a file of that codec should show it."""
    whole = np.zeros((4, frame.canvas.height, frame.canvas.width), np.float32)
    rows, columns = frame.box.slices(frame.canvas)
    whole[:, rows, columns] = frame.rgba
    if not codec.has_alpha:
        whole[:3] = alpha.over(whole, PAPER)
        whole[3] = 1
    return whole


def write(path: Path, preset: ExportPreset, frames: Sequence[Frame], **stream: Any) -> Path:
    codec = CODECS[preset.codec]
    target = path / f"clip{'' if preset.sequence else preset.suffix}"
    facts = Stream(frames[0].canvas, FPS, len(frames), name="clip", **stream)
    writer = codec.create(target, facts, options_of(preset))
    for frame in frames:
        writer.write(frame)
    writer.close()
    writer.close()
    return target


def read(path: Path, codec: Codec, *, straight: bool = True) -> list[np.ndarray]:
    """Premultiplied (4, h, w) pictures, cut to the canvas."""
    keeps = straight if codec.straight is None else codec.straight
    frames = decode(path, straight=keeps, linear=codec.linear, rate=FPS)
    return [alpha.premultiply(frame.transpose(2, 0, 1))[:, : CANVAS.height, : CANVAS.width] for frame in frames]


@dataclass(frozen=True)
class Bound:
    """How far a decoded file may lie from what was drawn, in levels of 255, and in dB of its premultiplied colour."""

    alpha: float
    psnr: float


LOSSLESS = Bound(0.51, 53)
BOUNDS = {
    "prores4444": Bound(0.5, 49),
    "webm": Bound(24, 37),
    "png": LOSSLESS,
    "png16": Bound(0.01, 90),
    "exr": Bound(0.13, 62),
    "qtrle": LOSSLESS,
    "ffv1": LOSSLESS,
    "apng": LOSSLESS,
    "mp4-packed": Bound(36, 37),
    "mp4": Bound(0, 33),
    "webp": Bound(0.51, 38),
    "gif": Bound(128, 18),
}


def psnr(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(-10 * np.log10(max(1e-12, np.mean((found[:3] - wanted[:3]) ** 2))))


def test_every_preset_has_a_bound_and_every_codec_a_preset() -> None:
    assert set(BOUNDS) == set(export_presets())
    assert {preset.codec for preset in export_presets().values()} == set(CODECS)


@pytest.mark.parametrize("name", BOUNDS)
def test_what_is_read_back_is_what_was_drawn(name: str, tmp_path: Path) -> None:
    preset = export_presets()[name]
    codec, frames = CODECS[preset.codec], moving()
    path = write(tmp_path, preset, frames)
    found = read(path, codec)
    assert len(found) == len(frames)
    for picture, frame in zip(found, frames, strict=True):
        wanted = drawn(frame, codec)
        assert 255 * np.abs(picture[3] - wanted[3]).max() <= BOUNDS[name].alpha
        assert psnr(picture, wanted) >= BOUNDS[name].psnr


@pytest.mark.parametrize("name", [name for name in BOUNDS if name not in ("mp4", "exr", "gif", "webp")])
def test_premultiplied_files_keep_their_promise(name: str, tmp_path: Path) -> None:
    preset = export_presets()[name]
    frames = moving(4)
    found = read(write(tmp_path, preset, frames, straight=False), CODECS[preset.codec], straight=False)
    for picture, frame in zip(found, frames, strict=True):
        assert psnr(picture, drawn(frame, CODECS[preset.codec])) >= min(BOUNDS[name].psnr, 60) - 3


@pytest.mark.parametrize("name", BOUNDS)
def test_equal_frames_make_equal_bytes(name: str, tmp_path: Path) -> None:
    preset = export_presets()[name]
    files = []
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        path = write(tmp_path / run, preset, moving(4))
        files.append([file.read_bytes() for file in (sorted(path.iterdir()) if path.is_dir() else [path])])
    assert files[0] == files[1]


@pytest.mark.parametrize("name", ["prores4444", "webm", "ffv1", "mp4"])
def test_bytes_do_not_depend_on_threads(name: str, tmp_path: Path) -> None:
    preset = export_presets()[name]
    files = []
    for threads in (1, 3):
        (tmp_path / str(threads)).mkdir()
        files.append(write(tmp_path / str(threads), preset, moving(4), threads=threads).read_bytes())
    assert files[0] == files[1]


@pytest.mark.parametrize("name", BOUNDS)
def test_frames_that_repeat_are_still_counted(name: str, tmp_path: Path) -> None:
    preset = export_presets()[name]
    path = write(tmp_path, preset, [disc(60)] * 4 + [disc(90)] * 3)
    assert probe(path, FPS).frames == 7
    picked = dict(pictures(path, {0, 5}, FPS))
    assert sorted(picked) == [0, 5]


def test_x264_reorders_frames_and_the_decoder_picks_the_right_one(tmp_path: Path) -> None:
    frames = [disc(30 + 4 * i) for i in range(24)]
    path = write(tmp_path, export_presets()["mp4"], frames)
    for index, picture in pictures(path, {3, 14, 23}):
        wanted = drawn(frames[index], CODECS["mp4"])
        assert psnr(picture.rgba()[:, : CANVAS.height, : CANVAS.width], wanted) > 33


# -- against other programs ------------------------------------------------------------------------------------------


def ffprobe(path: Path) -> dict[str, str]:
    command = ["ffprobe", "-v", "error", "-count_packets", "-show_streams", "-show_format", "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found["streams"][0] | {"container_tags": found["format"].get("tags", {})}


EXPECTED = {
    "prores4444": ("prores", "yuva444p12le", CANVAS.size),
    "webm": ("vp9", "yuv420p", CANVAS.size),  # normal: FFmpeg's own VP9 decoder does not see the alpha
    "qtrle": ("qtrle", "argb", CANVAS.size),
    "ffv1": ("ffv1", "bgra", CANVAS.size),
    "mp4": ("h264", "yuv420p", (194, 132)),
    "mp4-packed": ("h264", "yuv420p", (194, 264)),
    "gif": ("gif", "bgra", CANVAS.size),
    "apng": ("apng", "rgba", CANVAS.size),
}


@needs_ffmpeg
@pytest.mark.parametrize("name", EXPECTED)
def test_ffprobe_sees_what_the_manifest_will_say(name: str, tmp_path: Path) -> None:
    preset = export_presets()[name]
    facts = ffprobe(write(tmp_path, preset, moving()))
    assert (facts["codec_name"], facts["pix_fmt"], (facts["width"], facts["height"])) == EXPECTED[name]
    assert int(facts["nb_read_packets"]) == len(moving())
    if name != "gif":  # whole hundredths of a second
        assert Fraction(facts["avg_frame_rate"]) == FPS
    if CODECS[preset.codec].tagged:
        tags = [facts[f"color_{tag}"] for tag in ("primaries", "transfer", "space", "range")]
        assert tags == ["bt709", "bt709", "bt709", "tv"]
    if name == "webm":
        assert facts["tags"]["alpha_mode"] == "1"
    if name == "mp4-packed":
        assert facts["container_tags"]["comment"].startswith("packed")


@needs_ffmpeg
@pytest.mark.parametrize("name", ["prores4444", "webm", "qtrle", "ffv1", "png", "png16", "apng"])
def test_the_ffmpeg_program_decodes_the_same_picture(name: str, tmp_path: Path) -> None:
    preset = export_presets()[name]
    frames = moving(4)
    path = write(tmp_path, preset, frames)
    source = ["-i", str(path / "clip_%04d.png") if path.is_dir() else str(path)]
    reader = ["-c:v", "libvpx-vp9"] if name == "webm" else []
    scaled = ["-vf", "scale=in_color_matrix=bt709:in_range=tv"] if CODECS[preset.codec].tagged else []
    command = ["ffmpeg", "-v", "error", *reader, *source, *scaled, "-f", "rawvideo", "-pix_fmt", "rgba64le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    found = np.frombuffer(raw, np.uint16).reshape(len(frames), CANVAS.height, CANVAS.width, 4)
    for picture, frame in zip(found, frames, strict=True):
        planar = alpha.premultiply((picture / np.float32(65535)).transpose(2, 0, 1).astype(np.float32))
        wanted = drawn(frame, CODECS[preset.codec])
        assert 255 * np.abs(planar[3] - wanted[3]).max() <= BOUNDS[name].alpha + 0.5
        assert psnr(planar, wanted) >= min(BOUNDS[name].psnr, 60) - 3


@needs_ffmpeg
def test_the_ffmpeg_program_reads_exr(tmp_path: Path) -> None:
    write(tmp_path, export_presets()["exr"], [disc(60)])
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "clip" / "clip_0000.exr"), "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", "gbrapf32le", "-"], check=True, capture_output=True).stdout
    green, _, _, coverage = np.frombuffer(raw, np.float32).reshape(4, CANVAS.height, CANVAS.width)
    wanted = drawn(disc(60), CODECS["exr"])
    np.testing.assert_allclose(coverage, wanted[3], atol=1e-3)
    light = alpha.to_linear(alpha.unpremultiply(wanted)[1]) * wanted[3]
    np.testing.assert_allclose(green, light, atol=1e-3)


# -- colour ----------------------------------------------------------------------------------------------------------


def test_yuv_has_the_standards_end_points() -> None:
    ends = np.float32([[0, 1, 1, 0], [0, 1, 0, 1], [0, 1, 0, 0]]).reshape(3, 1, 4)
    ten = to_yuv444(ends, 10)
    assert ten[:, 0, 0].tolist() == list(black(10)) == [64, 512, 512]
    assert ten[:, 0, 1].tolist() == [940, 512, 512]
    assert ten[:, 0, 2].tolist() == [250, 409, 960]  # BT.709 red
    np.testing.assert_allclose(to_rgb(ten, 10), ends, atol=1 / 500)


def test_half_size_chroma_is_that_of_the_mean_colour() -> None:
    rgb = np.random.default_rng(1).random((3, 6, 8)).astype(np.float32)
    luma, *chroma = to_yuv420(rgb)
    np.testing.assert_array_equal(luma, to_yuv444(rgb, 8)[0])
    mean = rgb.reshape(3, 3, 2, 4, 2).mean(axis=(2, 4))
    for plane, wanted in zip(chroma, to_yuv444(mean, 8)[1:], strict=True):
        assert np.abs(plane.astype(int) - wanted).max() <= 1


def test_swscale_agrees_with_our_matrix() -> None:
    codes = np.random.default_rng(2).integers(0, 256, (64, 64, 4), np.uint8)
    frame = av.VideoFrame.from_ndarray(codes, format="rgba")
    theirs = frame.reformat(format="yuva444p10le", dst_colorspace="ITU709", dst_color_range="MPEG")
    ours = to_yuv444((codes[..., :3].transpose(2, 0, 1) / np.float32(255)), 10)
    for index in range(3):
        plane = np.frombuffer(theirs.planes[index], np.uint16).reshape(64, -1)[:, :64]
        assert np.abs(plane.astype(int) - ours[index]).max() <= 1


def test_alpha_in_prores_planes_is_exact() -> None:
    ramp = np.zeros((4, 16, 256), np.float32)
    ramp[3] = np.arange(256) / 255
    plane = Frame.drawn(Box(0, 0, 256, 16), Box(0, 0, 256, 16), ramp).yuva444_10(True)[3]
    inside = plane.codes[-plane.y, -plane.x :][:256]
    np.testing.assert_array_equal(inside, np.round(np.arange(256) * 1023 / 255))


# -- bleeding, boxes -------------------------------------------------------------------------------------------------


def stripes() -> Frame:
    """Thin bright bars, like the stems of text: the hardest case for half-size chroma."""
    rgba = np.zeros((4, 96, 192), np.float32)
    for x in range(4, 190, 9):
        rgba[:, :, x : x + 3] = np.float32([1, 0.2, 0.1, 1]).reshape(4, 1, 1)
    return Frame.drawn(Box(0, 0, 256, 128), Box(32, 16, 224, 112), rgba)


def over_white(picture: np.ndarray) -> np.ndarray:
    return alpha.over(picture, (1, 1, 1))


@pytest.mark.parametrize(("name", "most"), [("webm", 40), ("prores4444", 4)])
def test_bled_colour_keeps_the_edges_of_text_right(name: str, most: float, tmp_path: Path) -> None:
    preset, frame = export_presets()[name], stripes()
    path = write(tmp_path, preset, [frame] * 2)
    found = alpha.premultiply(next(decode(path)).transpose(2, 0, 1))
    wanted = np.zeros((4, 128, 256), np.float32)
    wanted[:, 16:112, 32:224] = frame.rgba
    assert 255 * np.abs(over_white(found) - over_white(wanted)).max() <= most


def test_bled_rows_are_straight_where_covered_and_cells_elsewhere() -> None:
    rgba = np.zeros((4, 24, 32), np.float32)
    rgba[:, 3:5, 9:12] = np.float32([0.25, 0.1, 0, 0.5])[:, None, None]
    rows = bled(rgba).rows(slice(0, 24))
    np.testing.assert_allclose(rows, np.broadcast_to(np.float32([0.5, 0.2, 0])[:, None, None], rows.shape), atol=1e-6)
    np.testing.assert_array_equal(bled(rgba).rows(slice(8, 16)), rows[:, 8:16])


def test_without_bleeding_the_same_edges_are_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above can fail."""
    monkeypatch.setattr(frames_module, "bled", lambda rgba: Bled(rgba, np.zeros_like(rgba[:3, ::CELL])))
    path = write(tmp_path, export_presets()["webm"], [stripes()] * 2)
    found = alpha.premultiply(next(decode(path)).transpose(2, 0, 1))
    wanted = np.zeros((4, 128, 256), np.float32)
    wanted[:, 16:112, 32:224] = stripes().rgba
    assert 255 * np.abs(over_white(found) - over_white(wanted)).max() > 60


def test_a_region_shows_its_part_of_the_canvas(tmp_path: Path) -> None:
    region = Box(30, 20, 95, 90)
    path = write(tmp_path, export_presets()["png"], [disc(60, canvas=region)])
    found = alpha.premultiply(next(decode(path)).transpose(2, 0, 1))
    wanted = drawn(disc(60), CODECS["png"])[:, 20:90, 30:95]
    np.testing.assert_allclose(found, wanted, atol=1 / 255)


def test_opaque_composites_have_no_alpha_and_repeat_odd_edges(tmp_path: Path) -> None:
    rgba = np.ones((4, CANVAS.height, CANVAS.width), np.float32)
    rgba[0] = np.linspace(0, 1, CANVAS.width)
    path = write(tmp_path, export_presets()["mp4"], [Frame(CANVAS, CANVAS, rgba)] * 2)
    found = next(decode(path))
    assert found.shape[:2] == (132, 194)
    assert np.abs(found[:, 193] - found[:, 192]).max() < 0.03
    assert found[..., 3].min() == 1


def test_a_background_makes_webm_opaque(tmp_path: Path) -> None:
    path = write(tmp_path, export_presets()["webm"], [disc(60)] * 2, background=(0.1, 0.6, 0.3))
    assert probe(path).pixel_format == "yuv420p"
    found = next(decode(path))
    np.testing.assert_allclose(found[5, 180, :3], [0.1, 0.6, 0.3], atol=0.02)
    assert found[..., 3].min() == 1


def test_frames_share_their_conversions() -> None:
    frame = disc(60)
    assert frame.yuva444_10(True) is frame.yuva444_10(True)
    assert frame.layer_colour(True)[1] is frame.layer_colour(True)[1]


def test_a_frame_outside_the_canvas_is_empty() -> None:
    frame = disc(-500)
    assert frame.alpha_extrema == (0, 0)
    assert frame.yuva444_10(True) == frame.yuva420_8(True) == frame.yuv420_8(PAPER) == []


# -- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NOT_MADE)
def test_known_formats_that_cannot_be_made_say_why(name: str) -> None:
    with pytest.raises(Unavailable, match="alpha"):
        find_export(name)


def test_formats_have_roles() -> None:
    assert find_export("webm", "composite").codec == "webm"
    with pytest.raises(UsageError, match="layer"):
        find_export("mp4", "layer")
    with pytest.raises(UsageError) as caught:
        find_export("divx")
    assert "prores4444" in caught.value.hint


def test_every_codec_works_in_this_installation() -> None:
    assert {name: codec.unavailable() for name, codec in CODECS.items()} == dict.fromkeys(CODECS)
    missing = Codec(name="x", create=CODECS["png"].create, encoder="no_such_encoder", pixel_format="")
    assert "no_such_encoder" in str(missing.unavailable())


@pytest.mark.parametrize("level", ["draft", "standard", "high"])
def test_quality_levels_change_only_options(level: str) -> None:
    for preset in export_presets().values():
        assert set(options_of(preset, level)) >= set(dict(preset.options))


@pytest.mark.parametrize(
    ("name", "level"), [("prores4444", "high"), ("webm", "high"), ("webp", "high"), ("mp4", "draft")]
)
def test_quality_levels_encode(name: str, level: str, tmp_path: Path) -> None:
    preset = export_presets()[name]
    writer = CODECS[preset.codec].create(tmp_path / "clip", Stream(CANVAS, FPS, 2), options_of(preset, level))
    for _ in range(2):
        writer.write(disc(60))
    writer.close()
    assert (tmp_path / "clip").stat().st_size > 500


@pytest.mark.parametrize("size", [(193, 131), (640, 64), (16, 16), (47, 300), (250, 250)])
def test_prores_in_slices_is_the_same_file(size: tuple[int, int], tmp_path: Path) -> None:
    canvas, random = Box(0, 0, *size), np.random.default_rng(7)
    frames = [disc(20 * i, 30, 15 + i, canvas) for i in range(6)] + [disc(-900, canvas=canvas)]
    noise = random.random((4, size[1], size[0]), dtype=np.float32)
    noise[:3] *= noise[3]
    frames.append(Frame.drawn(canvas, canvas, noise))
    paths = tmp_path / "threads.mov", tmp_path / "slices.mov"
    for path, threads in zip(paths, (4, 1), strict=True):  # the first by FFmpeg's encoder as it is
        stream = Stream(canvas, FPS, len(frames), threads=threads)
        writer = CODECS["prores"].create(path, stream, {"qscale": 4})
        for frame in frames:
            writer.write(frame)
        writer.close()
    assert paths[0].read_bytes() == paths[1].read_bytes()
