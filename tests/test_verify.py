"""engine/verify.py: an output folder against its manifest, whole and damaged in every way."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.blend import blend_over
from engine.codecs import Frame, Stream
from engine.codecs.png import write_still
from engine.errors import MissingInput
from engine.export import Exporter, parts_of
from engine.files import sha256
from engine.geometry import Box
from engine.manifest import (
    NAME,
    SUMS,
    ColourEntry,
    DocumentEntry,
    FileEntry,
    LayerEntry,
    Manifest,
    PartEntry,
    RecompositionEntry,
    Role,
    read_manifest,
    region_of,
    write_manifest,
    write_sha256sums,
)
from engine.presets import export_presets
from engine.verify import verify

CANVAS = Box(0, 0, 161, 97)
COUNT = 6
FPS = Fraction(24)


def ground() -> Frame:
    rgba = np.ones((4, 97, 161), np.float32)
    rgba[0] = np.linspace(0.2, 0.9, 161)
    rgba[1] = np.linspace(0.8, 0.4, 97)[:, None]
    return Frame(CANVAS, CANVAS, rgba)


def ball(index: int, canvas: Box = CANVAS) -> Frame:
    x = 50 + 8 * index
    box = Box(x - 26, 20, x + 26, 72)
    rows, columns = np.mgrid[box.y0 : box.y1, box.x0 : box.x1] + 0.5
    coverage = np.clip((24 - np.hypot(columns - x, rows - 46)) / 2, 0, 1)
    colour = np.float32([0.9, 0.5, 0.1]).reshape(3, 1, 1) * coverage
    return Frame.drawn(canvas, box, np.concatenate([colour, coverage[None]]).astype(np.float32))


def stacked(index: int, mode: str) -> Frame:
    canvas = torch.from_numpy(ground().rgba.copy())
    tile, box = ball(index), ball(index).box
    rows, columns = box.slices(CANVAS)
    blend_over(canvas[:, rows, columns], torch.from_numpy(tile.rgba.copy()), mode)
    return Frame(CANVAS, CANVAS, canvas.numpy())


def layer(order: int, mode: str = "normal", region: Box = CANVAS) -> LayerEntry:
    verdict = "exact" if mode == "normal" else "needs-blend"
    return LayerEntry(
        id=f"#{order}", path=f"L{order}", name=f"L{order}", order=order, region=region_of(region), blend=mode,
        recomposes=verdict,
    )  # fmt: skip


def export(path: Path, preset: str, draw: Callable[[int], Frame], role: Role, of: LayerEntry | None) -> FileEntry:
    stream = Stream(draw(0).canvas, FPS, COUNT)
    exporter = Exporter(path, stream, export_presets()[preset])
    for index in range(COUNT):
        exporter.put(draw(index))
    return exporter.finish().entry(role, of)


def make(folder: Path, mode: str = "normal", layer_preset: str = "prores4444", crop: bool = False) -> Manifest:
    """A moving ball over a still ground, and their composite."""
    folder.mkdir(exist_ok=True)
    write_still(folder / "00_ground.png", ground())
    still = FileEntry(
        path="00_ground.png", role="still", parts=parts_of(folder / "00_ground.png", "00_ground.png"), preset="png",
        layer=layer(0), codec="png", pixel_format="rgba", size=CANVAS.size, alpha="straight", colour=ColourEntry(),
    )  # fmt: skip
    region = Box(20, 15, 121, 80) if crop else CANVAS
    preset = export_presets()[layer_preset]
    name = f"01_ball{'' if preset.sequence else preset.suffix}"
    moving = export(folder / name, layer_preset, lambda i: ball(i, region), "layer", layer(1, mode, region))
    composite = export(folder / "composite.mp4", "mp4", lambda i: stacked(i, mode), "composite", None)
    manifest = Manifest(
        tool="art 0.1.0", status="finished", recipe="ab" * 32, seed=0, size=CANVAS.size, fps=str(FPS), frames=COUNT,
        document=DocumentEntry(name="d.psd", format="psd", size=CANVAS.size),
        recomposition=RecompositionEntry(possible="exact" if mode == "normal" else "needs-blend", error=0.0),
        files=(still, moving, composite),
    )  # fmt: skip
    seal(folder, manifest)
    return manifest


def seal(folder: Path, manifest: Manifest) -> None:
    write_manifest(folder, manifest)
    write_sha256sums(folder, manifest)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path / "out")
    return tmp_path / "out"


def said(folder: Path, *, deep: bool = True) -> str:
    report = verify(folder, deep=deep)
    assert not report.ok
    return "\n".join(map(str, report.problems))


@pytest.mark.parametrize("preset", ["prores4444", "webm", "png", "exr", "ffv1", "mp4-packed", "webp"])
def test_a_whole_folder_proves_itself(preset: str, tmp_path: Path) -> None:
    make(tmp_path / "out", layer_preset=preset)
    report = verify(tmp_path / "out")
    assert report.ok, report.problems
    assert report.files == 3
    assert report.recomposition is not None
    assert report.recomposition <= report.tolerance < 0.1


@pytest.mark.parametrize("mode", ["multiply", "screen", "difference"])
def test_blend_modes_take_part(mode: str, tmp_path: Path) -> None:
    make(tmp_path / "out", mode=mode)
    assert verify(tmp_path / "out").ok


def test_a_stack_with_the_wrong_blend_mode_is_noticed(tmp_path: Path) -> None:
    manifest = make(tmp_path / "out", mode="difference")
    files = [
        entry.model_copy(update={"layer": entry.layer.model_copy(update={"blend": "normal"})}) if entry.layer else entry
        for entry in manifest.files
    ]
    seal(tmp_path / "out", manifest.model_copy(update={"files": tuple(files)}))
    assert "stacked differ" in said(tmp_path / "out")


def test_files_cut_to_a_region_stack_where_they_belong(tmp_path: Path) -> None:
    make(tmp_path / "out", crop=True)
    report = verify(tmp_path / "out")
    assert report.ok, report.problems
    assert report.recomposition is not None


def test_what_cannot_be_stacked_is_left_out_with_a_reason(folder: Path) -> None:
    manifest = read_manifest(folder)
    seal(folder, manifest.model_copy(update={"recomposition": RecompositionEntry(possible="no", why="dissolve")}))
    report = verify(folder)
    assert report.ok
    assert report.notes == ("not recomposed: dissolve",)


def test_quick_decodes_nothing(folder: Path) -> None:
    report = verify(folder, deep=False)
    assert report.ok
    assert report.recomposition is None


# -- damage ----------------------------------------------------------------------------------------------------------


def test_no_manifest_is_missing_input(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        verify(tmp_path)


def test_a_tampered_byte(folder: Path) -> None:
    data = bytearray((folder / "01_ball.mov").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "01_ball.mov").write_bytes(data)
    assert "01_ball.mov: its content has changed" in said(folder, deep=False)


def test_a_cut_file(folder: Path) -> None:
    data = (folder / "composite.mp4").read_bytes()
    (folder / "composite.mp4").write_bytes(data[:-100])
    assert f"composite.mp4: {len(data) - 100} bytes instead of {len(data)}" in said(folder)


def test_a_missing_file(folder: Path) -> None:
    (folder / "00_ground.png").unlink()
    assert "00_ground.png: missing" in said(folder)


def test_missing_sums(folder: Path) -> None:
    (folder / SUMS).unlink()
    assert f"{SUMS}: missing" in said(folder)


def test_a_manifest_with_more_than_art_writes(folder: Path) -> None:
    text = (folder / NAME).read_text("utf-8")
    (folder / NAME).write_text(text.replace('"seed"', '"extra": 1,\n  "seed"'), "utf-8")
    assert "extra" in said(folder)


def test_a_manifest_changed_by_hand(folder: Path) -> None:
    write_manifest(folder, read_manifest(folder).model_copy(update={"seed": 99}))
    assert f"{NAME}: {SUMS} has another sha256" in said(folder)


def test_an_unfinished_run(folder: Path) -> None:
    seal(folder, read_manifest(folder).model_copy(update={"status": "unfinished"}))
    assert "--resume" in said(folder)


def replaced(folder: Path, name: str, **changes: object) -> None:
    """Seal the folder again with one entry changed: hashes agree, so only its content can tell."""
    manifest = read_manifest(folder)
    files = []
    for entry in manifest.files:
        if entry.path == name:
            path = folder / name
            part = PartEntry(path=name, bytes=path.stat().st_size, sha256=sha256(path))
            entry = entry.model_copy(update={"parts": (part,), **changes})
        files.append(entry)
    seal(folder, manifest.model_copy(update={"files": tuple(files)}))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"frames": 9}, "6 frames instead of 9"),
        ({"size": (10, 10)}, "instead of (10, 10)"),
        ({"alpha_range": (0.5, 1.0)}, "alpha spans"),
        ({"preset": "divx"}, "'divx' that does not exist"),
        ({"parts": ()}, "lists no files"),
    ],
)
def test_entries_that_say_something_else(folder: Path, changes: dict[str, object], says: str) -> None:
    replaced(folder, "01_ball.mov", **changes)
    assert says in said(folder)


def test_a_movie_that_cannot_be_read(folder: Path) -> None:
    (folder / "01_ball.mov").write_bytes(b"not a movie at all" * 50)
    replaced(folder, "01_ball.mov")
    assert "01_ball.mov: cannot be read" in said(folder)


def test_another_picture_under_the_same_name(folder: Path) -> None:
    export(folder / "01_ball.mov", "prores4444", lambda i: ball(COUNT - i), "layer", layer(1))
    replaced(folder, "01_ball.mov")
    assert "stacked differ" in said(folder)


def test_a_stranger_among_the_frames(tmp_path: Path) -> None:
    make(tmp_path / "out", layer_preset="png")
    (tmp_path / "out" / "01_ball" / "thumbs.db").write_bytes(b"x")
    assert "thumbs.db" in said(tmp_path / "out")
