"""The examples are what their script draws, open everywhere, and their layouts fit them."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode
from ruamel.yaml import YAML

from engine import readers
from engine.document import Document, Layer
from engine.layout.match import resolve
from engine.layout.read import load_layout
from engine.layout.schedule import schedule
from engine.name_tags import parse_tags
from engine.presets import find_motion
from engine.styles.default import layout_from_tags

EXAMPLES = Path(__file__).parent.parent / "examples"
DESIGNS = {"poster": "poster.psd", "character": ".", "ui-card": "card.psd", "logo": "logo.ora"}
FULL_BLEED = {"Sky", "Background", "backdrop", "Paper"}
MOST_BYTES = 1_000_000
Rgba = NDArray[np.int16]

POSTER = {
    "Sky": None,
    "Sparkles": dict.fromkeys([f"Star {i}" for i in range(1, 8)]),
    "Sun glow": None,
    "Sun": None,
    "Cloud far": None,
    "Cloud near": None,
    "Hills": dict.fromkeys(["Ridge far", "Mist far", "Ridge middle", "Mist near", "Ridge near"]),
    "Birds": dict.fromkeys([f"Bird {i}" for i in range(1, 6)]),
    "Balloon small": None,
    "Balloon tiny": None,
    "Balloon": dict.fromkeys(["Basket", "Envelope", "Shade", "Light", "Flame"]),
    "Foreground": dict.fromkeys(["Pines left", "Pines right", "Ground"]),
    "Title": dict.fromkeys("DRIFT"),
    "Subtitle": None,
    "Date": None,
}
CARD = {
    **dict.fromkeys(["Background", "Shadow", "Panel"]),
    "Picture": dict.fromkeys(["Frame", "Sun", "Peaks", "Slopes", "Lake", "Cabin"]),
    **dict.fromkeys(["Badge", "Headline 1", "Headline 2", "Text 1", "Text 2", "Rule"]),
    "Host": dict.fromkeys(["Avatar", "Name"]),
    "Button": None,
}


def rgba(image: Image.Image | None) -> Rgba:
    assert image is not None
    return np.asarray(image.convert("RGBA"), np.int16)


def same(one: Rgba, other: Rgba) -> bool:
    """Pixels within one step of 255: a newer Pillow may round once differently."""
    return one.shape == other.shape and bool(np.abs(one - other).max() <= 1)


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("examples")
    subprocess.run([sys.executable, EXAMPLES / "make.py", out], check=True, timeout=300)
    return out


def read(name: str) -> Document:
    return readers.read(EXAMPLES / name / DESIGNS[name])


# --- the script and the files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["poster/poster.psd", "ui-card/card.psd"])
def test_script_draws_the_committed_psd(name: str, redrawn: Path) -> None:
    ours, theirs = PSDImage.open(EXAMPLES / name), PSDImage.open(redrawn / name)
    assert same(rgba(ours.topil()), rgba(theirs.topil()))
    for layer, twin in zip(ours.descendants(), theirs.descendants(), strict=True):
        facts = [(x.name, x.bbox, x.blend_mode, x.opacity, x.clipping, x.kind) for x in (layer, twin)]
        assert facts[0] == facts[1]
        if not layer.is_group():
            assert same(rgba(layer.topil()), rgba(twin.topil())), layer.name
        if layer.mask is not None:
            assert twin.mask is not None
            assert layer.mask.bbox == twin.mask.bbox
            assert same(rgba(layer.mask.topil()), rgba(twin.mask.topil()))


def test_script_draws_the_committed_pngs(redrawn: Path) -> None:
    ours, theirs = EXAMPLES / "character", redrawn / "character"
    assert (ours / "layers.yaml").read_text() == (theirs / "layers.yaml").read_text()
    names = {file.name for file in theirs.glob("*.png")}
    assert names == {file.name for file in ours.glob("*.png")}
    for name in names:
        assert same(rgba(Image.open(ours / name)), rgba(Image.open(theirs / name))), name


def test_script_draws_the_committed_openraster(redrawn: Path) -> None:
    with zipfile.ZipFile(EXAMPLES / "logo/logo.ora") as ours, zipfile.ZipFile(redrawn / "logo/logo.ora") as theirs:
        assert ours.namelist() == theirs.namelist()
        assert ours.read("stack.xml") == theirs.read("stack.xml")
        for name in ours.namelist():
            if name.endswith(".png"):
                one, other = (Image.open(io.BytesIO(archive.read(name))) for archive in (ours, theirs))
                assert same(rgba(one), rgba(other)), name


def test_a_changed_pixel_would_be_noticed() -> None:
    picture = np.zeros((4, 4, 4), np.int16)
    changed = picture.copy()
    changed[2, 1, 3] = 2
    assert same(picture, picture)
    assert not same(picture, changed)
    assert not same(picture, picture[:3])


@pytest.mark.parametrize("name", DESIGNS)
def test_folder_is_small(name: str) -> None:
    assert sum(file.stat().st_size for file in (EXAMPLES / name).rglob("*")) < MOST_BYTES


def test_stills_are_small_and_shown() -> None:
    stills = list((EXAMPLES / "stills").iterdir())
    assert {still.stem for still in stills} == set(DESIGNS)
    assert sum(still.stat().st_size for still in stills) < 400_000
    text = (EXAMPLES / "README.md").read_text("utf-8")
    assert all(f"stills/{still.name}" in text for still in stills)


@pytest.mark.parametrize(("name", "file"), [("poster", "poster.psd"), ("ui-card", "card.psd")])
def test_preview_in_the_psd_is_the_design(name: str, file: str) -> None:
    """The still is composited by the script itself, the preview by psd-tools; WebP costs the still a little."""
    still = Image.open(EXAMPLES / "stills" / f"{name}.webp").convert("RGB")
    preview = PSDImage.open(EXAMPLES / name / file).topil()
    assert preview is not None
    small = preview.convert("RGB").resize(still.size, Image.Resampling.LANCZOS)
    difference = np.abs(np.asarray(small, np.float32) - np.asarray(still, np.float32))
    assert difference.mean() < 1.5


# --- what is in the files ---------------------------------------------------------------------------------------------


def tree(parent: Any) -> dict[str, Any]:
    return {child.name: tree(child) if child.is_group() else None for child in parent}


@pytest.mark.parametrize(("file", "expected"), [("poster/poster.psd", POSTER), ("ui-card/card.psd", CARD)])
def test_psd_tree(file: str, expected: dict[str, Any]) -> None:
    found = tree(PSDImage.open(EXAMPLES / file))
    assert found == expected
    assert list(found) == list(expected)


def test_poster_uses_what_it_promises() -> None:
    layers = {layer.name: layer for layer in PSDImage.open(EXAMPLES / "poster/poster.psd").descendants()}
    assert layers["Light"].clipping
    assert layers["Shade"].clipping
    assert (layers["Light"].blend_mode, layers["Shade"].blend_mode) == (BlendMode.SCREEN, BlendMode.MULTIPLY)
    assert layers["Sun glow"].blend_mode == BlendMode.SCREEN
    assert layers["Sun"].mask is not None


@pytest.mark.parametrize("name", DESIGNS)
def test_every_layer_has_soft_edges(name: str) -> None:
    for layer in read(name).layers():
        alpha = layer.load()[..., 3]
        assert alpha.max() > 100, layer.path
        assert alpha[0].any(), layer.path
        assert alpha[:, 0].any(), layer.path  # trimmed
        if layer.name in FULL_BLEED:
            assert alpha.min() == 255
        else:
            assert len(np.unique(alpha)) > 8, f"{layer.path}: edges are not antialiased"


@pytest.mark.parametrize("name", DESIGNS)
def test_documents_read_cleanly(name: str) -> None:
    document = read(name)
    assert not [note for node, _ in document.walk() for note in node.notes]
    assert all(layer.box == layer.box & document.canvas for layer in document.layers())


def test_manifest_matches_the_files() -> None:
    folder = EXAMPLES / "character"
    manifest = YAML(typ="safe").load(folder / "layers.yaml")
    assert [layer["file"] for layer in manifest["layers"]] == sorted(file.name for file in folder.glob("*.png"))
    width, height = manifest["canvas"]
    for layer in manifest["layers"]:
        (x, y), picture = layer["position"], Image.open(folder / layer["file"])
        assert 0 <= x <= width - picture.width
        assert 0 <= y <= height - picture.height


# --- the layouts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["poster", "character", "ui-card"])
def test_layout_fits_its_design(name: str) -> None:
    document, layout = read(name), load_layout(EXAMPLES / name / "motion.yaml")
    resolved = resolve(layout, document)
    assert not layout.warnings
    assert not [warning for each in resolved for warning in each.warnings]
    spoken_for = {each.id for each in resolved}
    for node, groups in document.walk():
        if isinstance(node, Layer):
            assert spoken_for & {node.id, *(group.id for group in groups)}, f"{node.path} is in no entry"
    assert schedule(resolved, layout.canvas)
    for each in resolved:
        assert all(find_motion(slot.motion) for slot in each.spec.slots.values()), each.node.path


@pytest.mark.parametrize("name", ["poster", "character"])
def test_keyframes_of_loops_close(name: str) -> None:
    layout = load_layout(EXAMPLES / name / "motion.yaml")
    assert layout.canvas.loop
    closed = 0
    for spec in layout.layers:
        for _, keys in spec.keyframes or ():
            if keys:
                assert keys[0].value == keys[-1].value
                assert keys[-1].at.seconds(layout.canvas.fps) == layout.canvas.seconds
                closed += 1
    assert closed


def test_logo_moves_by_its_names() -> None:
    """Every layer carries a tag, or lies in a group that does and then moves as one."""
    assert not (EXAMPLES / "logo/motion.yaml").exists()
    for node, groups in read("logo").walk():
        if isinstance(node, Layer):
            tagged = [each for each in (*groups, node) if each.tags]
            assert len(tagged) == 1, node.path
            items = parse_tags(tagged[0].tags)
            assert all(item.flag or (item.motion and find_motion(item.motion)) for item in items), node.path
            assert node.name == "Paper" or {item.slot for item in items} == {"in", "out"}
    layout = layout_from_tags(read("logo"))
    assert layout is not None
    assert resolve(layout, read("logo"))
