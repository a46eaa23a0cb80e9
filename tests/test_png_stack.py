"""PNG stacks: plain folders, and every manifest kind with pixels known in advance."""

from __future__ import annotations

import io
import json
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from drawn import SIZE, Uint8, bar, design, disc, noise, on_canvas, png_bytes, save_png, write_png_stack
from engine.document import Document, Group
from engine.errors import ArtError, BadInput, MissingInput, UsageError
from engine.geometry import Box
from engine.readers import read
from engine.readers.pieces import in_order, paths_in_order


def names(document: Document) -> list[str]:
    return [layer.path for layer in document.layers()]


def flattened(document: Document, index: int) -> Uint8:
    """One layer's own pixels on the canvas."""
    layer = document.layers()[index]
    return on_canvas(layer.load().astype(np.uint8), layer.box.x0, layer.box.y0, document.size)


# --- folders ----------------------------------------------------------------------------------------------------------


def test_a_numbered_folder(tmp_path: Path) -> None:
    document = read(write_png_stack(tmp_path))
    assert (document.format, document.size, document.bits) == ("png-stack", SIZE, 8)
    assert names(document) == ["Background", "Hero/Balloon", "Hero/Shine", "Title", "Größe ★"]
    group = document.children[1]
    assert isinstance(group, Group)
    assert (group.name, group.blend) == ("Hero", "pass-through")
    for index, drawn in enumerate(drawn for drawn in design() if drawn.visible):
        expected = on_canvas(drawn.masked, drawn.x, drawn.y, SIZE)
        np.testing.assert_array_equal(document.layers()[index].load(), expected)
    (note,) = document.notes
    assert note.what == "layer order"
    assert "by number, counted from the bottom" in note.detail
    assert len({node.id for node, _ in document.walk()}) == 6


def test_numbers_can_count_from_the_top(tmp_path: Path) -> None:
    document = read(write_png_stack(tmp_path), order="top-first")
    assert names(document) == ["Größe ★", "Title", "Hero/Shine", "Hero/Balloon", "Background"]
    assert "counted from the top" in document.notes[0].detail


def test_names_without_numbers(tmp_path: Path) -> None:
    for name in ("arm10", "arm2", "bgcolor", "Background", "Zebra [ignore]"):
        save_png(tmp_path / f"{name}.png", bar(4, 4, (1, 2, 3, 4)))
    document = read(tmp_path)
    assert names(document) == ["Background", "arm2", "arm10", "bgcolor", "Zebra"]
    assert document.layers()[-1].tags == "[ignore]"
    assert "by name" in document.notes[0].detail


def test_equal_names_are_numbered_and_hostile_ones_survive(tmp_path: Path) -> None:
    raw = ["1_A", "2_A", "3_CON", "4_" + "x" * 200, "5_\x1b[31mred", "6_🎈", "7_ [hold]", "8"]
    for name in raw:
        save_png(tmp_path / f"{name}.png", bar(2, 2, (9, 9, 9, 9)))
    document = read(tmp_path)
    assert names(document) == ["A", "A~2", "CON", "x" * 200, "\x1b[31mred", "🎈", "layer", "8"]


def test_what_is_no_layer_is_left_out(tmp_path: Path) -> None:
    for name in ("a.PNG", ".hidden.png", "thumbnail.png", "__MACOSX/a.png", "Thumbnails/a.png", ".cache/b.png"):
        save_png(tmp_path / name, bar(4, 4, (1, 2, 3, 4)))
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "other.json").write_text("[1, 2]")
    (tmp_path / "loop").symlink_to(tmp_path)
    document = read(tmp_path)
    assert names(document) == ["a"]
    assert sorted(note.what for note in document.notes[1:]) == ["photo.jpg", "thumbnail.png"]


def test_mixed_sizes_name_the_odd_ones(tmp_path: Path) -> None:
    for name, size in (("a", 8), ("b", 8), ("c", 9), ("deep/d", 7)):
        save_png(tmp_path / f"{name}.png", bar(size, 8, (1, 2, 3, 4)))
    with pytest.raises(BadInput, match=r"canvas size 8 x 8: c\.png \(9 x 8\), deep/d\.png \(7 x 8\)") as caught:
        read(tmp_path)
    assert "layers.yaml" in caught.value.hint


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no PNG"):
        read(tmp_path)


def test_folders_nested_too_deep(tmp_path: Path) -> None:
    save_png(tmp_path.joinpath(*["d"] * 70) / "a.png", bar(1, 1, (1, 1, 1, 1)))
    with pytest.raises(BadInput, match="deeper than 64"):
        read(tmp_path)


@given(st.lists(st.from_regex(r"[0-9]{1,3}_[a-c]", fullmatch=True), unique=True, min_size=1, max_size=9))
def test_numbers_decide_alone(given_names: list[str]) -> None:
    ordered, numbered = in_order(given_names, None)
    assert numbered
    assert [int(name.split("_")[0]) for name in ordered] == sorted(int(name.split("_")[0]) for name in given_names)
    assert in_order(given_names, "top-first")[0] == ordered[::-1]


@given(st.lists(st.text(st.characters(exclude_characters="/"), min_size=1, max_size=6), unique=True, min_size=1))
def test_order_loses_nothing_and_ignores_the_listing(given_names: list[str]) -> None:
    ordered = in_order(given_names, None)[0]
    assert sorted(ordered) == sorted(given_names)
    assert in_order(given_names[::-1], None)[0] == ordered


@given(st.lists(st.lists(st.sampled_from("ab12"), min_size=1, max_size=3).map(tuple), unique=True, min_size=1))
def test_groups_stay_together(paths: list[tuple[str, ...]]) -> None:
    ordered = [path for path, _ in paths_in_order(paths, None)[0]]
    assert sorted(ordered) == sorted(paths)
    heads = [path[0] for path in ordered]
    assert len([i for i in range(1, len(heads)) if heads[i] != heads[i - 1]]) == len(set(heads)) - 1


# --- kinds of PNG -----------------------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(values: np.ndarray[Any, Any], bits: int, color: int, *extra: bytes) -> bytes:
    """A PNG written by hand: (h, w, c) values of 8 or 16 bits and a colour type of ISO/IEC 15948."""
    rows = values.astype(">u2" if bits == 16 else "u1")
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, color, 0, 0, 0))
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", head, *extra, chunk(b"IDAT", zlib.compress(raw)), chunk(b"IEND", b"")]
    )  # fmt: skip


def loaded(folder: Path, data: bytes) -> tuple[Document, np.ndarray[Any, Any]]:
    (folder / "a.png").write_bytes(data)
    document = read(folder)
    return document, document.layers()[0].load()


@pytest.mark.parametrize(("color", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("transparent", [False, True])
def test_every_colour_type(tmp_path: Path, bits: int, color: int, channels: int, transparent: bool) -> None:
    top = 2**bits - 1
    values = np.random.default_rng(color).integers(0, top + 1, (5, 7, channels))
    key = transparent and color in (0, 2)
    extra = [chunk(b"tRNS", b"".join(struct.pack(">H", v) for v in values[2, 3]))] if key else []
    document, pixels = loaded(tmp_path, png(values, bits, color, *extra))
    assert document.bits == bits
    rgb = values[..., :3] if channels > 2 else np.repeat(values[..., :1], 3, -1)
    alpha = values[..., -1:] if channels in (2, 4) else np.full((5, 7, 1), top)
    if key:
        alpha = np.where((values == values[2, 3]).all(-1, keepdims=True), 0, alpha)
    expected = np.concatenate([rgb, alpha], -1)
    if bits == 8:
        assert pixels.dtype == np.uint8
        np.testing.assert_array_equal(pixels, expected)
    else:
        assert pixels.dtype == np.float32
        np.testing.assert_allclose(pixels, expected / 65535, atol=1e-6)


def test_a_palette_with_transparency(tmp_path: Path) -> None:
    palette = chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60])), chunk(b"tRNS", bytes([128]))
    _, pixels = loaded(tmp_path, png(np.array([[[0], [1]]]), 8, 3, *palette))
    np.testing.assert_array_equal(pixels, [[[10, 20, 30, 128], [40, 50, 60, 255]]])


def test_one_deep_layer_makes_all_layers_floating(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(np.full((2, 2, 4), 257), 16, 6))
    (tmp_path / "b.png").write_bytes(png_bytes(bar(2, 2, (255, 0, 51, 255))))
    document = read(tmp_path)
    assert document.bits == 16
    assert {layer.load().dtype for layer in document.layers()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(document.layers()[1].load()[0, 0], [1, 0, 0.2, 1], atol=1e-6)


def display_p3() -> bytes:
    """An ICC profile with P3 primaries and gamma 2.2, written by hand (ICC.1:2010, matrix/TRC)."""

    def xyz(x: float, y: float, z: float) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in (x, y, z))

    gamma = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    text = b"Wide test"
    desc = b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" + bytes(78)
    parts = {
        b"desc": desc + bytes(-len(desc) % 4),
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        b"rXYZ": xyz(0.51512, 0.24120, -0.00105),
        b"gXYZ": xyz(0.29198, 0.69225, 0.04189),
        b"bXYZ": xyz(0.15710, 0.06657, 0.78407),
        b"rTRC": gamma,
        b"gTRC": gamma,
        b"bTRC": gamma,
    }
    at, table, body = 128 + 4 + 12 * len(parts), b"", b""
    for tag, data in parts.items():
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data
    header = struct.pack(">I4sI4s4s4s", at + len(body), b"none", 0x02100000, b"mntr", b"RGB ", b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def test_profiles_are_converted_in_8_and_16_bits(tmp_path: Path) -> None:
    profile = display_p3()
    iccp = chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))
    ramp = np.stack(np.meshgrid(np.linspace(20, 235, 9), np.linspace(20, 235, 9)), -1).astype(int)
    values = np.concatenate([ramp, ramp[..., :1], np.full((9, 9, 1), 200)], -1)  # (9, 9, 4)
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    expected = ImageCms.applyTransform(Image.fromarray(values[..., :3].astype(np.uint8)), transform)
    document, pixels = loaded(tmp_path, png(values, 8, 6, iccp))
    assert document.icc == "Wide test"
    np.testing.assert_array_equal(pixels[..., :3], np.asarray(expected))
    assert (pixels[..., 3] == 200).all()
    assert np.abs(pixels[..., :3].astype(int) - values[..., :3]).max() > 5  # it did change something
    deep = loaded(tmp_path, png(values * 257, 16, 6, iccp))[1]
    difference = np.abs(deep[..., :3] - np.asarray(expected) / 255) * 255
    assert np.percentile(difference, 90) < 1
    assert difference.max() < 4  # where the gamut clips
    assert np.abs(deep[..., 3] - 200 / 255).max() < 1e-6


def test_srgb_and_broken_profiles_change_nothing(tmp_path: Path) -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels = noise(6, 5)
    for profile in (srgb, b"not a profile"):
        document, read_back = loaded(tmp_path, png(pixels, 8, 6, chunk(b"iCCP", b"x\0\0" + zlib.compress(profile))))
        assert document.icc is None
        np.testing.assert_array_equal(read_back, pixels)


@pytest.mark.parametrize("bits", [8, 16])
def test_broken_pixels_are_found_when_they_load(tmp_path: Path, bits: int) -> None:
    data = png(np.random.default_rng(0).integers(0, 2**bits, (40, 40, 4)), bits, 6)
    for broken in (data[: len(data) // 2], data[:200] + bytes([data[200] ^ 255]) + data[201:]):
        (tmp_path / "a.png").write_bytes(broken)
        layer = read(tmp_path).layers()[0]
        with pytest.raises(BadInput, match="cannot be read") as caught:
            layer.load()
        assert caught.value.where
        assert (caught.value.where.path, caught.value.where.layer) == (tmp_path / "a.png", "a")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a PNG"),
        (b"\xff\xd8\xff" + bytes(100), "not a PNG"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read"),
        (png(np.zeros((1, 1, 4)), 8, 6)[:30], "cannot be read"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30001, 5, 8, 6, 0, 0, 0)), "at most 30000"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 8, 6, 0, 0, 0)), "1 GiB"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 5, 8, 6, 0, 0, 0)), "no picture"),
    ],
)
def test_broken_headers_are_found_at_once(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(BadInput, match=said):
        read(tmp_path)


# --- our manifest -----------------------------------------------------------------------------------------------------

MANIFEST = """
canvas: [20, 10]
layers:                       # bottom to top
  - file: back.png
  - {file: parts/disc.png, name: "Balloon [hold]", position: [-2, 3], opacity: 0.5, blend: multiply, group: Hero/Up}
  - {file: parts/disc.png, group: Hero/Up, depth: 2.5, visible: false}
  - {file: parts/disc.png, position: [9, 1], group: Hero}
"""


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    save_png(tmp_path / "back.png", noise(20, 10))
    save_png(tmp_path / "parts" / "disc.png", disc(6, (200, 10, 10)))
    return tmp_path


@pytest.mark.parametrize("given_path", ["", "layers.yaml"])
def test_our_manifest(parts: Path, given_path: str) -> None:
    (parts / "layers.yaml").write_text(MANIFEST)
    document = read(parts / given_path)
    assert document.size == (20, 10)
    assert names(document) == ["back", "Hero/Up/Balloon", "Hero/Up/disc", "Hero/disc"]
    balloon, hidden, above = document.layers()[1:]
    assert (balloon.box, balloon.opacity, balloon.blend, balloon.tags) == (Box(-2, 3, 4, 9), 0.5, "multiply", "[hold]")
    assert (hidden.visible, hidden.depth) == (False, 2.5)
    assert above.box == Box(9, 1, 15, 7)
    np.testing.assert_array_equal(above.load(), disc(6, (200, 10, 10)))
    np.testing.assert_array_equal(document.layers()[0].load(), noise(20, 10))
    assert "as layers.yaml lists them" in document.notes[0].detail


def test_a_manifest_leaves_no_order_to_choose(parts: Path) -> None:
    (parts / "layers.yaml").write_text(MANIFEST)
    with pytest.raises(UsageError, match=r"layers\.yaml gives the order"):
        read(parts, order="top-first")


def test_our_manifest_as_json(parts: Path) -> None:
    entries = [{"file": "back.png"}, {"file": "parts/disc.png", "position": [1, 1]}]
    (parts / "layers.json").write_text(json.dumps({"canvas": [20, 10], "layers": entries}, indent="\t"))
    assert names(read(parts)) == ["back", "disc"]


@pytest.mark.parametrize(
    ("line", "column", "said", "hint", "text"),
    [
        (
            4,
            5,
            "unknown key 'psition'",
            "position",
            "canvas: [9, 9]\nlayers:\n  - file: back.png\n    psition: [0, 1]\n",
        ),
        (1, 1, "unknown key 'layer'", "layers", "layer: 3\ncanvas: [9, 9]\nlayers: [{file: back.png}]"),
        (1, 1, "'canvas' is missing", "canvas: [1920", "layers: [{file: back.png}]"),
        (2, 34, "no blend mode", "", "canvas: [9, 9]\nlayers: [{file: back.png, blend: multipy}]"),
        (2, 36, "less than or equal to 1", "", "canvas: [9, 9]\nlayers: [{file: back.png, opacity: 7}]"),
        (2, 17, "outside the manifest", "relative", "canvas: [9, 9]\nlayers: [{file: ../back.png}]"),
        (2, 17, "outside the manifest", "relative", "canvas: [9, 9]\nlayers: [{file: /etc/x.png}]"),
        (2, 17, "outside the manifest", "relative", "canvas: [9, 9]\nlayers: [{file: 'C:\\x.png'}]"),
        (2, 17, "is not there", "expected at", "canvas: [9, 9]\nlayers: [{file: nope.png}]"),
        (None, None, "at most 30000", "smaller", "canvas: [99999, 9]\nlayers: [{file: back.png}]"),
        (None, None, "no picture", "", "canvas: [0, 9]\nlayers: [{file: back.png}]"),
        (1, 9, "at least 2", "", "canvas: [9]\nlayers: [{file: back.png}]"),
        (2, 9, "at least 1", "", "canvas: [9, 9]\nlayers: []"),
        (1, 1, "the manifest is empty", "canvas: [width", ""),
        (2, 7, "not valid YAML", "canvas: [width", "canvas: [9, 9\nlayers: []"),
    ],
)
def test_mistakes_in_our_manifest(
    parts: Path, line: int | None, column: int | None, said: str, hint: str, text: str
) -> None:
    (parts / "layers.yaml").write_text(text)
    with pytest.raises(ArtError, match=said) as caught:
        read(parts)
    error = caught.value
    assert isinstance(error, BadInput | MissingInput)
    assert error.where
    assert hint in error.hint or hint in error.message
    assert error.where.path == parts / "layers.yaml"
    assert error.where.line == line
    assert error.where.column == column


def test_all_mistakes_are_told_at_once(parts: Path) -> None:
    (parts / "layers.yaml").write_text(
        "canvas: [9, 9]\nlayers:\n  - {file: 1}\n  - {fil: a.png}\n  - {file: a, opacity: x}"
    )
    with pytest.raises(BadInput) as caught:
        read(parts)
    assert [problem.where.line for problem in caught.value.problems if problem.where] == [3, 4, 4, 5]


# --- TexturePacker ----------------------------------------------------------------------------------------------------


def area(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}


def atlas(folder: Path) -> dict[str, Any]:
    """A sheet with a trimmed sprite as it is and one turned clockwise, both cut from a 20 x 12 canvas."""
    plain, turned = noise(5, 3, 1), noise(7, 4, 2)
    sheet = np.zeros((16, 16, 4), np.uint8)
    sheet[1:4, 2:7] = plain
    sheet[6:13, 8:12] = np.rot90(turned, -1)
    save_png(folder / "sheet.png", sheet)
    frames = {
        "2_turned.png": {
            "frame": area(8, 6, 7, 4),
            "rotated": True,
            "trimmed": True,
            "spriteSourceSize": area(1, 7, 7, 4),
            "sourceSize": {"w": 20, "h": 12},
        },
        "1_plain.png": {
            "frame": area(2, 1, 5, 3),
            "rotated": False,
            "trimmed": True,
            "spriteSourceSize": area(10, 2, 5, 3),
            "sourceSize": {"w": 20, "h": 12},
        },
    }
    return {"frames": frames, "meta": {"image": "sheet.png", "size": {"w": 16, "h": 16}}}


def as_array(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "frames": [{"filename": name, **frame} for name, frame in data["frames"].items()]}


def as_textures(data: dict[str, Any]) -> dict[str, Any]:
    return {"textures": [{"image": "sheet.png", "frames": as_array(data)["frames"]}]}


@pytest.mark.parametrize("form", [dict, as_array, as_textures])
@pytest.mark.parametrize("given_path", ["", "sheet.json"])
def test_texture_packer(tmp_path: Path, form: Any, given_path: str) -> None:
    (tmp_path / "sheet.json").write_text(json.dumps(form(atlas(tmp_path))))
    document = read(tmp_path / given_path)
    assert document.size == (20, 12)
    assert names(document) == ["plain", "turned"]
    np.testing.assert_array_equal(flattened(document, 0), on_canvas(noise(5, 3, 1), 10, 2, (20, 12)))
    np.testing.assert_array_equal(flattened(document, 1), on_canvas(noise(7, 4, 2), 1, 7, (20, 12)))
    assert names(read(tmp_path / given_path, order="top-first")) == ["turned", "plain"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d["frames"]["1_plain.png"].update(sourceSize={"w": 9, "h": 9}), "was cut from"),
        (lambda d: d["frames"]["1_plain.png"].update(frame=area(14, 1, 5, 3)), "out of the sheet"),
        (lambda d: d["frames"]["1_plain.png"].update(frame=area(-1, 1, 5, 3)), "not TexturePacker's"),
        (lambda d: d["frames"]["1_plain.png"].update(frame=3), "not TexturePacker's"),
        (lambda d: d["meta"].update(image="../sheet.png"), "outside"),
        (lambda d: d["meta"].update(image="other.png"), "is not there"),
        (lambda d: d["frames"].clear(), "no frames"),
        (lambda d: d.update(frames=7), "cannot be read"),
        (lambda d: d.update(meta=[]), "cannot be read"),
    ],
)
def test_bad_sheets(tmp_path: Path, change: Any, said: str) -> None:
    data = atlas(tmp_path)
    change(data)
    (tmp_path / "sheet.json").write_text(json.dumps(data))
    with pytest.raises(ArtError, match=said):
        read(tmp_path)


# --- Spine ------------------------------------------------------------------------------------------------------------


def spine(folder: Path, bones: list[dict[str, Any]], *slots: tuple[dict[str, Any], dict[str, Any]]) -> Document:
    """Read a skeleton of 40 x 30 whose origin is the canvas' bottom middle; every slot shows an attachment 'pic'."""
    attachments = {slot["name"]: {"pic": attachment} for slot, attachment in slots}
    data = {
        "skeleton": {"x": -20, "y": 0, "width": 40, "height": 30, "images": "./images/"},
        "bones": [{"name": "root"}, *bones],
        "slots": [{"bone": "root", "attachment": "pic", **slot} for slot, _ in slots],
        "skins": [{"name": "default", "attachments": attachments}],
    }
    (folder / "hero.json").write_text(json.dumps(data))
    return read(folder / "hero.json")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    save_png(tmp_path / "images" / "pic.png", noise(6, 4))
    return tmp_path


def region(x: float, y: float, **more: Any) -> dict[str, Any]:
    return {"x": x, "y": y, "width": 6, "height": 4, **more}


def test_a_region_is_centred_on_its_point_with_y_up(images: Path) -> None:
    document = spine(images, [], ({"name": "A"}, region(5, 10)))
    assert document.size == (40, 30)
    assert document.layers()[0].box == Box(22, 18, 28, 22)  # x: 20 + 5 - 3, y: 30 - 10 - 2
    np.testing.assert_array_equal(document.layers()[0].load(), noise(6, 4))


def test_bones_add_up(images: Path) -> None:
    bones = [
        {"name": "hip", "parent": "root", "x": 4, "y": 6, "rotation": 90},
        {"name": "arm", "parent": "hip", "x": 5, "y": 2, "rotation": 90},
    ]
    document = spine(
        images, bones, ({"name": "A", "bone": "hip"}, region(3, 0)), ({"name": "B", "bone": "arm"}, region(0, 0))
    )
    first, second = document.layers()
    # hip turns by 90 degrees counter-clockwise: its x runs up. centre (4, 9)
    assert first.box == Box(22, 18, 26, 24)
    np.testing.assert_array_equal(first.load(), np.rot90(noise(6, 4)))
    # arm: at hip + (-2, 5) = (2, 11), half a turn in all
    assert second.box == Box(19, 17, 25, 21)
    np.testing.assert_array_equal(second.load(), noise(6, 4)[::-1, ::-1])


def test_flips_and_attachment_rotation(images: Path) -> None:
    bones = [{"name": "mirror", "parent": "root", "scaleX": -1}]
    document = spine(
        images, bones, ({"name": "A", "bone": "mirror"}, region(5, 10)), ({"name": "B"}, region(5, 10, rotation=-90))
    )
    first, second = document.layers()
    assert first.box == Box(12, 18, 18, 22)
    np.testing.assert_array_equal(first.load(), noise(6, 4)[:, ::-1])
    np.testing.assert_array_equal(second.load(), np.rot90(noise(6, 4), -1))


def test_a_scaled_region_covers_exactly_its_rectangle(images: Path) -> None:
    save_png(images / "images" / "pic.png", bar(6, 4, (30, 60, 90, 255)))
    document = spine(
        images,
        [{"name": "big", "parent": "root", "scaleX": 2, "scaleY": 3}],
        ({"name": "A", "bone": "big"}, region(1, 2)),
    )
    layer = document.layers()[0]
    assert layer.box == Box(16, 18, 28, 30)  # centre (2, 6), 12 x 12
    assert (layer.load() == [30, 60, 90, 255]).all()


def test_a_turned_region_keeps_its_area(images: Path) -> None:
    save_png(images / "images" / "pic.png", bar(12, 8, (30, 60, 90, 255)))
    document = spine(images, [], ({"name": "A"}, {"x": 0, "y": 12, "width": 12, "height": 8, "rotation": 30}))
    layer = document.layers()[0]
    alpha = layer.load()[..., 3] / 255
    assert alpha.sum() == pytest.approx(96, rel=0.01)
    rows = np.arange(layer.box.y0, layer.box.y1) + 0.5
    assert (alpha.sum(1) * rows).sum() / alpha.sum() == pytest.approx(18, abs=0.02)
    assert (layer.load()[alpha > 0.5][:, :3] == [30, 60, 90]).all()


@pytest.mark.parametrize(
    ("mode", "picture"),
    [
        ("onlyTranslation", lambda p: p),
        ("noRotationOrReflection", None),  # the parent's scale of 2 remains
        ("noScale", lambda p: np.rot90(p)),
        ("noScaleOrReflection", lambda p: np.rot90(p)),
    ],
)
def test_inheritance(images: Path, mode: str, picture: Any) -> None:
    bones = [
        {"name": "p", "parent": "root", "y": 10, "rotation": 90, "scaleX": 2, "scaleY": 2},
        {"name": "c", "parent": "p", "x": 2, "transform": mode},
    ]
    layer = spine(images, bones, ({"name": "A", "bone": "c"}, region(0, 0))).layers()[0]
    middle = layer.box.center
    assert middle == (20, 16)  # 30 - (10 + 2 * 2)
    if picture is None:
        assert layer.box.size == (12, 8)
    else:
        np.testing.assert_array_equal(layer.load(), picture(noise(6, 4)))


@pytest.mark.parametrize("weighted", [False, True])
def test_a_mesh_that_is_only_placed_is_exact(images: Path, weighted: bool) -> None:
    corners = [(-3, 2), (3, 2), (3, -2), (-3, -2)]  # of a 6 x 4 picture, y up
    moved = [(x + 5, y + 10) for x, y in corners]
    plain = [value for point in moved for value in point]
    spread = [v for x, y in moved for v in (2, 0, x, y, 0.25, 1, x - 4, y, 0.75)]
    mesh = {"type": "mesh", "uvs": [0, 0, 1, 0, 1, 1, 0, 1], "triangles": [0, 1, 2, 0, 2, 3], "hull": 4}
    bones = [{"name": "other", "parent": "root", "x": 4}]
    document = spine(images, bones, ({"name": "A"}, {**mesh, "vertices": spread if weighted else plain}))
    layer = document.layers()[0]
    assert layer.box == Box(22, 18, 28, 22)
    np.testing.assert_array_equal(layer.load(), noise(6, 4))
    assert layer.notes == ()


def test_a_bent_mesh_is_said_to_be_approximated(images: Path) -> None:
    mesh = {"type": "mesh", "uvs": [0, 0, 1, 0, 1, 1, 0, 1], "vertices": [-3, 2, 9, 6, 3, -2, -3, -2]}
    (note,) = spine(images, [], ({"name": "A"}, mesh)).layers()[0].notes
    assert (note.kind, note.what) == ("approximated", "mesh")


def test_slots_give_order_colour_and_blend(images: Path) -> None:
    document = spine(
        images,
        [],
        ({"name": "back", "blend": "additive"}, region(0, 10)),
        ({"name": "hitbox"}, {"type": "boundingbox", "vertices": [0, 0]}),
        ({"name": "empty", "attachment": None}, region(0, 10)),
        ({"name": "front [hold]", "color": "ff800080"}, region(0, 10)),
    )
    assert names(document) == ["back", "front"]
    back, front = document.layers()
    assert back.blend == "linear-dodge"
    assert front.opacity == pytest.approx(128 / 255)
    tinted = noise(6, 4)[..., :3] * np.array([1, 128 / 255, 0])
    np.testing.assert_array_equal(front.load()[..., :3], np.rint(tinted))
    assert front.notes[0].what == "tint"


def test_old_skins_and_missing_bounds(images: Path) -> None:
    data = {
        "skeleton": {"spine": "3.6"},
        "bones": [{"name": "root"}],
        "slots": [{"name": "A", "bone": "root", "attachment": "x"}, {"name": "B", "bone": "root", "attachment": "y"}],
        "skins": {
            "default": {"A": {"x": {"path": "pic", "x": 3, "y": 2}}},
            "red": {"B": {"y": {"name": "pic", "x": 9, "y": -2}}},
        },
        "ik": [{"name": "reach"}],
    }
    (images / "hero.json").write_text(json.dumps(data))
    document = read(images)
    assert document.size == (12, 8)
    assert [layer.box for layer in document.layers()] == [Box(0, 0, 6, 4), Box(6, 4, 12, 8)]
    assert "ik constraints" in [note.what for note in document.notes]


OLD_ATLAS = """
page.png
size: 32, 32
format: RGBA8888
filter: Linear, Linear
repeat: none
pic
  rotate: true
  xy: 3, 5
  size: 6, 4
  orig: 9, 10
  offset: 1, 2
  index: -1
"""
NEW_ATLAS = "page.png\nsize:32,32\nfilter:Linear,Linear\npic\nbounds:3,5,6,4\noffsets:1,2,9,10\nrotate:90\n"


@pytest.mark.parametrize("atlas_text", [OLD_ATLAS, NEW_ATLAS, OLD_ATLAS.replace("\n", "\r\n")])
@pytest.mark.parametrize("premultiplied", [False, True])
def test_packed_pictures(tmp_path: Path, atlas_text: str, premultiplied: bool) -> None:
    picture = noise(6, 4)
    picture[..., 3] |= 128
    stored = picture.copy()
    if premultiplied:
        atlas_text = atlas_text.replace("page.png", "page.png\npma: true", 1)
        stored[..., :3] = np.rint(picture[..., :3] * (picture[..., 3:] / 255))
    page = np.zeros((32, 32, 4), np.uint8)
    page[5:11, 3:7] = np.rot90(stored)  # counter-clockwise
    save_png(tmp_path / "page.png", page)
    (tmp_path / "hero.atlas").write_text(atlas_text, newline="")
    layer = spine(tmp_path, [], ({"name": "A"}, {"x": 4.5, "y": 10})).layers()[0]
    assert layer.box == Box(20, 15, 29, 25)
    expected = on_canvas(picture, 1, 4, (9, 10))  # two rows left below it
    shown = layer.load()
    np.testing.assert_array_equal(shown[..., 3], expected[..., 3])
    assert np.abs(shown.astype(int) - expected).max() <= (1 if premultiplied else 0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("xy: 3, 5", "xy: 30, 5", "out of its page"),
        ("offset: 1, 2", "offset: 5, 2", "out of its page"),
        ("xy: 3, 5", "xy: 3", "does not hold 2 numbers"),
        ("rotate: true", "rotate: 45", "45 degrees"),
        ("rotate: true", "rotate: maybe", "cannot be read"),
        ("page.png", "../page.png", "outside"),
        ("page.png", "other.png", "is not there"),
        ("orig: 9, 10", "orig: 99999, 10", "at most 30000"),
        ("\npic\n", "\nother\n", "is not there"),
    ],
)
def test_bad_atlases(tmp_path: Path, old: str, new: str, said: str) -> None:
    save_png(tmp_path / "page.png", noise(32, 32))
    (tmp_path / "hero.atlas").write_text(OLD_ATLAS.replace(old, new))
    with pytest.raises(ArtError, match=said):
        spine(tmp_path, [], ({"name": "A"}, {"x": 0, "y": 10}))


@pytest.mark.parametrize(
    ("bones", "slot", "attachment", "said"),
    [
        ([{"name": "a", "parent": "b"}, {"name": "b", "parent": "a"}], {}, {}, "stands before it"),
        ([], {"bone": "nope"}, {}, "no bone"),
        ([], {}, {"path": "other"}, "is not there"),
        ([], {}, {"path": "../../etc/pic"}, "is not there"),
        ([], {}, {"type": "linkedmesh"}, "linkedmesh"),
        ([], {}, {"x": "far"}, "cannot be read"),
        ([], {}, {"x": float("nan")}, "cannot be read"),
        ([{"name": "a", "parent": "root", "scaleX": 1e6, "scaleY": 1e6}], {"bone": "a"}, {}, "at most 30000"),
        ([{"name": "a", "parent": "root", "inherit": "sometimes"}], {}, {}, "unknown way"),
        ([], {"color": "red"}, {}, "cannot be read"),
        ([], {"attachment": None}, {}, "draws nothing"),
    ],
)
def test_bad_skeletons(images: Path, bones: Any, slot: Any, attachment: Any, said: str) -> None:
    with pytest.raises(ArtError, match=said):
        spine(images, bones, ({"name": "A", **slot}, {**region(0, 0), **attachment}))


def test_a_collapsed_bone_draws_nothing(images: Path) -> None:
    document = spine(
        images, [{"name": "flat", "parent": "root", "scaleX": 0}], ({"name": "A", "bone": "flat"}, region(0, 9))
    )
    layer = document.layers()[0]
    assert layer.load().shape[:2] == (layer.box.height, layer.box.width)
    assert not layer.load().any()


def test_two_foreign_manifests_are_one_too_many(images: Path) -> None:
    spine(images, [], ({"name": "A"}, region(0, 9)))
    (images / "other.json").write_text((images / "hero.json").read_text())
    with pytest.raises(BadInput, match="several manifests"):
        read(images)


# --- anything at all in a manifest ------------------------------------------------------------------------------------

JUNK: list[Any] = [
    None,
    True,
    -1,
    0,
    10**9,
    1e300,
    float("nan"),
    "",
    "x",
    "../x",
    "\0",
    [],
    {},
    [[]],
    {"x": 1},
    [1, 2, 3],
]


def damaged(data: Any, draw: Any) -> Any:
    """A copy with one value, at a place that `draw` chooses, turned into junk."""
    if draw(st.booleans()) and isinstance(data, dict | list) and data:
        keys = list(data) if isinstance(data, dict) else list(range(len(data)))
        key = draw(st.sampled_from(keys))
        copy = data.copy()
        copy[key] = damaged(data[key], draw)
        return copy
    return draw(st.sampled_from(JUNK))


def skeleton() -> dict[str, Any]:
    mesh = {"type": "mesh", "uvs": [0, 0, 1, 0, 1, 1, 0, 1], "vertices": [-3, 2, 3, 2, 3, -2, -3, -2]}
    return {
        "skeleton": {"x": -20, "y": 0, "width": 40, "height": 30, "images": "."},
        "bones": [{"name": "root"}, {"name": "b", "parent": "root", "rotation": 30, "scaleX": 2}],
        "slots": [
            {"name": "A", "bone": "b", "attachment": "sheet", "color": "ff8000ff"},
            {"name": "B", "bone": "root", "attachment": "sheet", "blend": "screen"},
        ],
        "skins": [{"name": "default", "attachments": {"A": {"sheet": {"x": 1, "width": 4}}, "B": {"sheet": mesh}}}],
    }


@pytest.mark.parametrize("kind", ["ours", "texture-packer", "spine"])
@given(data=st.data())
@settings(max_examples=50, deadline=None)
def test_a_damaged_manifest_reads_or_is_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"damaged-{kind}"
    folder.mkdir(exist_ok=True)
    whole = {
        "ours": {
            "canvas": [20, 12],
            "layers": [{"file": "sheet.png", "position": [1, 2], "opacity": 0.5, "group": "g"}],
        },
        "texture-packer": atlas(folder),
        "spine": skeleton(),
    }[kind]
    save_png(folder / "sheet.png", noise(16, 16))
    (folder / "design.json").write_text(json.dumps(damaged(whole, data.draw)))
    with suppress(ArtError):  # anything else fails the test
        for layer in read(folder / "design.json").layers():
            assert layer.load().shape == (layer.box.height, layer.box.width, 4)
