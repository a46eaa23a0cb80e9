"""The PSD reader: documents written with psd-tools come back, hostile files become one clear error."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.composite import Compositor, fidelity
from engine.document import Document, Group, Layer
from engine.errors import BadInput, MissingInput
from engine.geometry import Box
from engine.readers.psd import read_psd, sniff
from engine.readers.psd_masks import blurred
from engine.readers.psd_pixels import decode_srgb, encode_srgb, lab_to_srgb

psd_tools = pytest.importorskip("psd_tools")
CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus" / "psd"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="needs the PSD corpus in ../shared/corpus/psd")


def picture(size: tuple[int, int], color: tuple[int, int, int, int]) -> Image.Image:
    return Image.new("RGBA", size, color)


def write(path: Path, build: Callable[[psd_tools.PSDImage], None], size: tuple[int, int] = (40, 30)) -> Path:
    psd = psd_tools.PSDImage.new("RGBA", size)
    build(psd)
    psd.save(path)
    return path


@pytest.fixture
def design(tmp_path: Path) -> Path:
    from psd_tools.constants import BlendMode

    def build(psd: psd_tools.PSDImage) -> None:
        psd.create_pixel_layer(picture((40, 30), (200, 200, 200, 255)), name="Background")
        hero = psd.create_group(name="Hero [bob 2s]", blend_mode=BlendMode.NORMAL, opacity=128)
        body = hero.create_pixel_layer(picture((10, 8), (255, 0, 0, 255)), name="body", top=5, left=6)
        body.blend_mode = BlendMode.MULTIPLY
        shine = hero.create_pixel_layer(picture((10, 8), (0, 255, 0, 100)), name="body", top=7, left=8)
        shine.clipping = True
        mask = Image.new("L", (10, 8), 0)
        mask.paste(255, (0, 0, 5, 8))
        body.create_mask(mask, top=5, left=6)
        off = psd.create_pixel_layer(picture((4, 4), (1, 2, 3, 255)), name="off", top=-2, left=38)
        off.visible = False

    return write(tmp_path / "design.psd", build)


def test_tree_comes_back(design: Path) -> None:
    document = read_psd(design)
    assert document.size == (40, 30)
    assert (document.format, document.color_mode, document.bits, document.linear) == ("psd", "RGB", 8, False)
    assert [node.path for node, _ in document.walk()] == ["Background", "Hero", "Hero/body", "Hero/body~2", "off"]
    hero = document.children[1]
    assert isinstance(hero, Group)
    assert (hero.tags, hero.blend) == ("[bob 2s]", "normal")
    assert hero.opacity == pytest.approx(128 / 255)
    body, shine = hero.children
    assert isinstance(body, Layer)
    assert body.box == Box(6, 5, 16, 13)
    assert body.blend == "multiply"
    assert shine.clipped
    assert not document.children[2].visible
    assert body.masks[0].box == Box(6, 5, 16, 13)
    assert body.masks[0].load()[0].tolist() == [1] * 5 + [0] * 5


def test_pixels_come_back_exactly(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (9, 11, 4), np.uint8)
    path = write(tmp_path / "a.psd", lambda psd: psd.create_pixel_layer(Image.fromarray(pixels), name="x", left=3))
    layer = read_psd(path).layers()[0]
    loaded = layer.load()
    assert loaded.dtype == np.uint8
    assert np.array_equal(loaded, pixels)


def test_ids_are_unique_and_stable(design: Path) -> None:
    first, second = ([node.id for node, _ in read_psd(design).walk()] for _ in range(2))
    assert first == second
    assert len(set(first)) == len(first)


def test_composite_of_a_written_file(design: Path) -> None:
    frame = Compositor(read_psd(design), device="cpu").frame({})
    grey = 200 / 255
    assert frame[:, 0, 0].tolist() == pytest.approx([grey, grey, grey, 1], abs=1e-3)
    # the group is isolated, so its multiply layer has nothing to multiply with: half red over grey
    assert frame[:, 6, 7].tolist() == pytest.approx([(grey + 1) / 2, grey / 2, grey / 2, 1], abs=5e-3)
    assert frame[:, 8, 13].tolist() == pytest.approx([grey, grey, grey, 1], abs=1e-3)  # masked away


# Photoshop has no 32-bit CMYK
@pytest.mark.parametrize(
    ("mode", "depth"), [(mode, depth) for mode in ("RGB", "L") for depth in (8, 16, 32)] + [("CMYK", 8), ("CMYK", 16)]
)
def test_flat_files_of_every_depth(tmp_path: Path, mode: str, depth: int) -> None:
    color: tuple[float, ...] = {"RGB": (0.2, 0.4, 0.6), "L": (0.5,), "CMYK": (0.8, 0.6, 0.4, 0.9)}[mode]
    psd = psd_tools.PSDImage.new(mode, (6, 5), color=color if mode != "L" else color[0], depth=depth)  # type: ignore[arg-type]
    psd.save(tmp_path / "flat.psd")
    document = read_psd(tmp_path / "flat.psd")
    (layer,) = document.layers()
    assert layer.name == "Background"
    pixels = layer.load()
    assert pixels.shape == (5, 6, 4)
    assert pixels.dtype == (np.uint8 if depth == 8 else np.float32)
    value = pixels[2, 3].astype(float) / (255 if depth == 8 else 1)
    assert value[3] == 1
    expected = np.array(color) if mode == "RGB" else np.repeat(color[0], 3)
    if depth == 32:
        expected = encode_srgb(expected.astype(np.float32))
    if mode != "CMYK":
        assert value[:3] == pytest.approx(expected, abs=1 / 255)
    result = fidelity(document)
    assert result is not None
    assert result.mean < 0.6


def test_lab_and_transfer_curves() -> None:
    lab = np.array([[[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.2], [50, 0, 0]]], np.float32)
    rgb = lab_to_srgb(lab)[0]
    assert rgb[0] == pytest.approx([1, 1, 1], abs=2e-3)
    assert rgb[1] == pytest.approx([0, 0, 0], abs=2e-3)
    assert rgb[3] == pytest.approx([0.4663] * 3, abs=2e-3)
    values = np.linspace(0, 1, 101, dtype=np.float32)
    assert decode_srgb(encode_srgb(values)) == pytest.approx(values, abs=1e-5)
    assert encode_srgb(np.array([0.5], np.float32))[0] == pytest.approx(0.7354, abs=1e-4)


def test_feather_keeps_flat_areas_and_the_sum() -> None:
    flat = np.full((20, 30), 0.4, np.float32)
    assert blurred(flat, 2.5) == pytest.approx(flat, abs=1e-5)
    dot = np.zeros((41, 41), np.float32)
    dot[20, 20] = 1
    soft = blurred(dot, 2.0)
    assert soft.sum() == pytest.approx(1, abs=1e-3)
    assert soft[20, 22] / soft[20, 20] == pytest.approx(np.exp(-(2**2) / (2 * 2.0**2)), abs=1e-3)


def test_unusual_names(tmp_path: Path) -> None:
    names = ["../../x", "CON", "", "a/b", "a/b", "x" * 250, "☃🎈", "tab\there"]

    def build(psd: psd_tools.PSDImage) -> None:
        for name in names:
            psd.create_pixel_layer(picture((2, 2), (0, 0, 0, 255)), name="x").name = name

    document = read_psd(write(tmp_path / "names.psd", build))
    paths = [layer.path for layer in document.layers()]
    assert len(set(paths)) == len(names)
    assert "/" not in "".join(paths)
    assert "a∕b~2" in paths


# --- hostile files ---


def bad(path: Path, **options: str) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_everything(read_psd(path, **options))
    assert caught.value.where is not None
    assert caught.value.where.path == path
    return caught.value


def read_everything(document: Document) -> None:
    for node, _ in document.walk():
        if isinstance(node, Layer):
            node.load()
        for mask in node.masks:
            mask.load()
    document.preview()


def header(width: int, height: int, channels: int = 3, version: int = 1, bits: int = 8) -> bytes:
    return b"8BPS" + struct.pack(">H6xHIIHH", version, channels, height, width, bits, 3)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"8BPS",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
        header(30_001, 10) + b"\0" * 64,
        header(30_000, 30_000) + b"\0" * 64,
        header(0, 10) + b"\0" * 64,
        header(10, 10, bits=7) + b"\0" * 64,
        header(10, 10, channels=400) + b"\0" * 64,
        header(10, 10) + b"\xff" * 64,
        header(10, 10) + b"\0" * 3,
    ],
    ids=["empty", "short", "png", "wide", "huge", "zero", "depth", "channels", "lengths", "cut"],
)
def test_hostile_headers(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostile.psd"
    path.write_bytes(content)
    assert bad(path).hint


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        read_psd(tmp_path / "nothing.psd")


def test_sniff_looks_at_the_bytes(design: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "picture.png"
    renamed.write_bytes(design.read_bytes())
    assert sniff(renamed, renamed.read_bytes()[:512])
    assert not sniff(tmp_path, b"")
    assert read_psd(renamed).size == (40, 30)


def test_truncated_and_flipped_files_never_crash(
    design: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = design.read_bytes()
    chance = np.random.default_rng(7)
    path = tmp_path / "broken.psd"
    errors = 0
    for trial in range(60):
        data = bytearray(whole)
        if trial % 2:
            data = data[: int(chance.integers(26, len(data)))]
        else:
            for position in chance.integers(0, len(data), 6):
                data[position] ^= 1 << int(chance.integers(0, 8))
        path.write_bytes(data)
        try:
            read_everything(read_psd(path))
        except BadInput:
            errors += 1
    assert errors > 15
    assert capfd.readouterr().err == ""


def test_a_damaged_channel_names_its_layer(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (30, 40, 4), np.uint8)
    path = write(tmp_path / "a.psd", lambda psd: psd.create_pixel_layer(Image.fromarray(pixels), name="Balloon"))
    psd = psd_tools.PSDImage.open(path)
    channel = psd[0]._channels[1]
    channel.data = channel.data[: len(channel.data) // 3]
    with (tmp_path / "b.psd").open("wb") as file:
        psd._record.write(file)
    error = bad(tmp_path / "b.psd")
    assert error.where is not None
    assert error.where.layer == "Balloon"


def test_deeply_nested_groups(tmp_path: Path) -> None:
    def build(psd: psd_tools.PSDImage) -> None:
        inner = psd
        for depth in range(70):
            inner = inner.create_group(name=f"g{depth}")

    assert "nest" in bad(write(tmp_path / "deep.psd", build)).message


def test_unknown_artboard(design: Path) -> None:
    assert "artboard" in bad(design, artboard="Home").message


# --- real files ---


@needs_corpus
@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("blend-modes/soft-light.psd", 0.5),
        ("blend-modes/hue.psd", 0.5),
        ("mask-density-layervectormask.psd", 0.5),
        ("vector-mask.psd", 0.5),
        ("clipping-mask.psd", 0.5),
        ("passthrough_opacity.psd", 0.5),
        ("transparency/knockout-isolated-groups.psd", 0.5),
        ("colormodes/4x4_16bit_rgb.psd", 1.0),
        ("gradient-fill.psd", 1.0),
        ("adjustments/levels_rgb.psd", 1.0),
        ("adjustments/brightnesscontrast_legacy_rgb.psd", 0.5),
        ("gray0.psb", 0.5),
    ],
)
def test_corpus_files_recompose(name: str, limit: float) -> None:
    result = fidelity(read_psd(CORPUS / name))
    assert result is not None
    assert result.mean <= limit


@needs_corpus
def test_artboard_becomes_the_canvas() -> None:
    path = CORPUS / "artboard-bgcolor.psd"
    whole, board = read_psd(path), read_psd(path, artboard="Artboard 2")
    assert board.size == (250, 550)
    assert next(node.path for node, _ in board.walk()) == "Artboard 2"
    result = fidelity(board)
    assert result is not None
    assert result.mean < 0.5
    assert whole.size != board.size


@needs_corpus
def test_notes_say_what_was_done() -> None:
    notes = {(n.kind, n.what) for node, _ in read_psd(CORPUS / "layer_params.psb").walk() for n in node.notes}
    assert ("ignored", "drop shadow") in notes
    document = read_psd(CORPUS / "colormodes" / "4x4_8bit_lab.psd")
    assert any(note.kind == "approximated" for note in document.notes)
    fills = {n.what for node, _ in read_psd(CORPUS / "fill_adjustments.psd").walk() for n in node.notes}
    assert {"gradient overlay", "adjustment vibrance"} <= fills


@needs_corpus
def test_text_layers_carry_their_text() -> None:
    texts = [layer.text for layer in read_psd(CORPUS / "text.psd").layers() if layer.kind == "text"]
    assert texts
    assert all(isinstance(text, str) and text for text in texts)


def test_without_the_optional_packages_effects_are_named_and_the_rest_is_drawn(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.readers import psd_effects, psd_masks

    for module in (psd_effects, psd_masks):
        monkeypatch.setattr(module, "missing_packages", lambda: ("aggdraw", "scipy"))
    for name in ("effects/stroke-composite.psd", "vector-mask.psd", "gradient-fill.psd", "stroke.psd"):
        document = read_psd(corpus / "psd" / name)
        for layer in document.layers():
            layer.load()
            for mask in layer.masks:
                mask.load()
    notes = [note for layer in read_psd(corpus / "psd" / "vector-mask.psd").layers() for note in layer.notes]
    assert any(note.kind == "ignored" and "psd-full" in note.detail for note in notes)
