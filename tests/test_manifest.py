"""engine/manifest.py: round trip, hostile values, SHA256SUMS, the resume question."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput, MissingInput
from engine.files import sha256
from engine.manifest import (
    NAME,
    SUMS,
    ColourEntry,
    DocumentEntry,
    FileEntry,
    LayerEntry,
    Manifest,
    NoteEntry,
    PartEntry,
    RecompositionEntry,
    WeightsEntry,
    intact,
    missing,
    read_manifest,
    write_manifest,
    write_sha256sums,
)

RECIPE = "ab" * 32


def entry_of(folder: Path, name: str, content: bytes) -> FileEntry:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    part = PartEntry(path=name, bytes=len(content), sha256=sha256(path))
    layer = LayerEntry(
        id="#3",
        path="Hero/Größe 🎈",
        name="Größe 🎈 [bob]",
        order=2,
        region=(-5, 0, 90, 40),
        blend="multiply",
        opacity=0.5,
        baked=("opacity", "mask"),
        recomposes="needs-blend",
        notes=(NoteEntry(kind="ignored", what="pattern overlay", detail="no pattern in the file"),),
    )
    return FileEntry(
        path=name,
        role="layer",
        parts=(part,),
        preset="prores4444",
        layer=layer,
        codec="prores",
        pixel_format="yuva444p12le",
        size=(640, 480),
        alpha="straight",
        colour=ColourEntry(tags=("bt709", "bt709", "bt709", "tv")),
        fps="30000/1001",
        frames=90,
        alpha_range=(0.0, 1.0),
    )


def manifest_of(*files: FileEntry, **changes: Any) -> Manifest:
    values: dict[str, Any] = {
        "tool": "art 0.1.0",
        "status": "finished",
        "recipe": RECIPE,
        "seed": 7,
        "size": (640, 480),
        "fps": "30000/1001",
        "frames": 90,
        "document": DocumentEntry(name="poster.psd", format="psd", size=(640, 480), fidelity=0.001),
        "recomposition": RecompositionEntry(possible="needs-blend", error=0.002),
        "weights": (WeightsEntry(id="dmdl-small", sha256=RECIPE, licence="Apache-2.0", commercial_use=True),),
        "files": files,
    }
    return Manifest(**values | changes)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    manifest = manifest_of(entry_of(tmp_path, "01_a.mov", b"movie"), entry_of(tmp_path, "02_b/02_b_0000.png", b"frame"))
    write_manifest(tmp_path, manifest)
    write_sha256sums(tmp_path, manifest)
    return tmp_path


def test_what_is_written_is_read(folder: Path) -> None:
    manifest = read_manifest(folder)
    assert json.loads((folder / NAME).read_text("utf-8"))["schema"] == 1
    entry = manifest.entry("01_a.mov")
    assert entry is not None
    assert entry.layer is not None
    assert entry.layer.path == "Hero/Größe 🎈"
    assert entry.rate is not None
    assert float(entry.rate) == pytest.approx(29.97, abs=0.001)
    write_manifest(folder, manifest)
    assert read_manifest(folder) == manifest


def test_equal_runs_have_equal_bytes(folder: Path) -> None:
    before = (folder / NAME).read_bytes()
    write_manifest(folder, read_manifest(folder))
    assert (folder / NAME).read_bytes() == before
    assert str(folder).encode() not in before


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="the sha256sum program is not installed")
def test_sha256sum_agrees_and_notices(folder: Path) -> None:
    command = ["sha256sum", "-c", SUMS]
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode == 0
    (folder / "01_a.mov").write_bytes(b"moved")
    assert subprocess.run(command, cwd=folder, capture_output=True).returncode != 0


def test_a_folder_without_manifest(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match=r"manifest\.json"):
        read_manifest(tmp_path)


def change(folder: Path, *keys: str | int, value: Any) -> None:
    data = json.loads((folder / NAME).read_text("utf-8"))
    place = data
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    (folder / NAME).write_text(json.dumps(data), "utf-8")


@pytest.mark.parametrize(
    ("keys", "value", "says"),
    [
        (("surprise",), 1, "surprise"),
        (("files", 0, "surprise"), 1, "files.0.surprise"),
        (("schema",), 2, "schema"),
        (("status",), "fine", "status"),
        (("files", 0, "path"), "../../etc/passwd", "inside the output folder"),
        (("files", 0, "parts", 0, "path"), "/etc/passwd", "inside the output folder"),
        (("files", 0, "parts", 0, "sha256"), "no", "sha256"),
        (("files", 0, "parts", 0, "bytes"), -1, "bytes"),
        (("recipe",), "x" * 64, "recipe"),
        (("seed",), "many", "seed"),
    ],
)
def test_values_nobody_wrote_are_named(folder: Path, keys: tuple[str | int, ...], value: Any, says: str) -> None:
    change(folder, *keys, value=value)
    with pytest.raises(BadInput, match=says) as caught:
        read_manifest(folder)
    assert caught.value.hint
    assert caught.value.problems


@given(st.binary(max_size=60))
def test_rubbish_is_bad_input(tmp_path_factory: pytest.TempPathFactory, rubbish: bytes) -> None:
    folder = tmp_path_factory.mktemp("rubbish")
    (folder / NAME).write_bytes(rubbish)
    with pytest.raises(BadInput):
        read_manifest(folder)


# -- resume ----------------------------------------------------------------------------------------------------------

PLANNED = ["01_a.mov", "02_b/02_b_0000.png", "03_c.webm"]


def test_only_what_is_missing_has_to_be_made(folder: Path) -> None:
    assert missing(folder, read_manifest(folder), RECIPE, PLANNED) == ["03_c.webm"]


def test_another_recipe_makes_everything_again(folder: Path) -> None:
    assert missing(folder, read_manifest(folder), "cd" * 32, PLANNED) == PLANNED
    assert missing(folder, None, RECIPE, PLANNED) == PLANNED


@pytest.mark.parametrize("damage", [b"mOvie", b"mov", None])
def test_damaged_files_are_made_again(folder: Path, damage: bytes | None) -> None:
    entry = read_manifest(folder).entry("01_a.mov")
    assert entry is not None
    assert intact(folder, entry)
    if damage is None:
        (folder / "01_a.mov").unlink()
    else:
        (folder / "01_a.mov").write_bytes(damage)
    assert not intact(folder, entry)
    assert missing(folder, read_manifest(folder), RECIPE, PLANNED) == ["01_a.mov", "03_c.webm"]


def test_an_entry_without_files_is_not_intact(tmp_path: Path) -> None:
    assert not intact(tmp_path, FileEntry(path="x", role="layer", parts=()))
