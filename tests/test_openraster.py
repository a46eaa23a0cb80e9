"""OpenRaster: the drawn design, the stack's attributes, and archives that mean harm."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from drawn import SIZE, bar, design, noise, png_bytes, write_ora, write_ora_members
from engine.document import Document, Group
from engine.errors import BadInput
from engine.geometry import Box
from engine.layout.match import find_one
from engine.readers import read


def ora(path: Path, stack: str, members: dict[str, bytes] | None = None, size: str = "w='20' h='10'") -> Document:
    parts = {"data/a.png": png_bytes(noise(4, 3))} if members is None else members
    return read(write_ora_members(path / "a.ora", f"<image {size}>{stack}</image>", parts))


def test_the_drawn_design(tmp_path: Path) -> None:
    document = read(write_ora(tmp_path / "design.ora"))
    assert (document.format, document.size, document.bits) == ("openraster", SIZE, 8)
    paths = ["Background", "Hero/Balloon", "Hero/Shine", "Title", "Größe ★", "Guide"]
    assert [layer.path for layer in document.layers()] == paths
    for layer, drawn in zip(document.layers(), design(), strict=True):
        np.testing.assert_array_equal(layer.load(), drawn.masked)
        assert (layer.box, layer.opacity, layer.visible) == (drawn.box, drawn.opacity, drawn.visible)
    assert document.layers()[-1].tags == "[ignore]"
    assert document.preview() is None


def test_attributes(tmp_path: Path) -> None:
    document = ora(
        tmp_path,
        """<stack>
        <stack name='in' isolation='isolate' x='2' y='1'><layer name='a' src='data/a.png' x='3' y='-1'/></stack>
        <stack name='multiplied' composite-op='svg:multiply' opacity='0.5'/>
        <stack name='through' isolation='auto' visibility='hidden'/>
        <layer src='data/a.png' opacity='7'/>
        <layer name='a' src='data/a.png' composite-op='krita:linear_light'/>
        <layer name='a' src='data/a.png' composite-op='svg:plus' x='1.0'/>
        <layer name='cut' src='data/a.png' composite-op='svg:src-atop'/>
        <layer name='eraser' src='data/a.png' composite-op='svg:dst-out'/>
        <layer name='odd' src='data/a.png' composite-op='krita:grain_merge'/>
        </stack>""",
    )
    odd, eraser, cut, plus, linear, unnamed, through, multiplied, isolated = document.children
    assert [n.blend for n in (odd, eraser, cut, plus, linear)] == ["normal"] * 3 + ["linear-dodge", "linear-light"]
    assert (odd.notes[0].kind, odd.notes[0].what) == ("approximated", "krita:grain_merge")
    assert (eraser.visible, eraser.notes[0].kind) == (False, "ignored")
    assert cut.clipped
    assert (plus.path, linear.path, unnamed.path) == ("a", "a~2", "layer")
    assert unnamed.opacity == 1
    assert (through.blend, through.visible) == ("pass-through", False)
    assert (multiplied.blend, multiplied.opacity) == ("multiply", 0.5)
    assert isinstance(isolated, Group)
    assert isolated.blend == "normal"
    inner = isolated.children[0]
    assert inner.path == "in/a"
    assert document.layers()[-1].box == Box(5, 0, 9, 3)  # an older draft: stacks carry an offset


def test_a_slash_in_a_name_makes_no_group(tmp_path: Path) -> None:
    document = ora(tmp_path, "<stack><stack name='a/b'><layer name='c/d' src='data/a.png'/></stack></stack>")
    (layer,) = document.layers()
    assert (layer.name, layer.path) == ("c/d", "a∕b/c∕d")
    assert find_one(document, "*/c*") is layer


def test_the_preview(tmp_path: Path) -> None:
    members = {"data/a.png": png_bytes(noise(4, 3)), "mergedimage.png": png_bytes(noise(20, 10))}
    preview = ora(tmp_path, "<stack><layer src='data/a.png'/></stack>", members).preview()
    assert preview is not None
    np.testing.assert_array_equal(preview, noise(20, 10))
    members["mergedimage.png"] = png_bytes(noise(9, 9))
    assert ora(tmp_path, "<stack><layer src='data/a.png'/></stack>", members).preview() is None
    members["mergedimage.png"] = b"\x89PNG\r\n\x1a\nbroken"
    with pytest.raises(BadInput, match="cannot be read"):
        ora(tmp_path, "<stack><layer src='data/a.png'/></stack>", members).preview()


def test_a_renamed_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = write_ora(tmp_path / "design.ora")
    assert read(path.rename(tmp_path / "design.psd")).format == "openraster"


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a.png", "data/../../a.png", "C:/a.png", "..\\a.png", "", "\\a.png"]
)
def test_members_outside_the_archive(tmp_path: Path, name: str) -> None:
    members = {name or "x": png_bytes(noise(4, 3))}  # even where the archive does hold a member of that name
    with pytest.raises(BadInput, match="outside the archive"):
        ora(tmp_path, f"<stack><layer name='L' src='{name}'/></stack>", members)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.ora"]


@pytest.mark.parametrize(
    ("stack", "said"),
    [
        ("<stack><layer src='data/b.png'/></stack>", "not in the archive"),
        ("<stack><layer src='stack.xml'/></stack>", "not a PNG"),
        ("<stack><layer name='L' src='data/a.png' x='wide'/></stack>", "cannot be read"),
        ("<stack><layer name='L' src='data/a.png' x='1e300'/></stack>", "cannot be read"),
        ("<stack><layer name='L' src='data/a.png' opacity='nan'/></stack>", "not a number"),
        ("<layers/>", "not OpenRaster's"),
        ("<stack>", "cannot be read"),
        ("<stack>" * 70 + "</stack>" * 70, "deeper than 64"),
        ("<stack>" * 20000 + "</stack>" * 20000, "deeper than 64"),
        ("<stack>" + "<stack/>" * 5001 + "</stack>", "more than 5000"),
        ("<stack>&lol;</stack>", "cannot be read"),
    ],
)
def test_broken_stacks(tmp_path: Path, stack: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        ora(tmp_path, stack)


@pytest.mark.parametrize(
    ("size", "said"), [("w='0' h='1'", "no picture"), ("w='40000' h='1'", "30000"), ("", "cannot")]
)
def test_broken_canvas(tmp_path: Path, size: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        ora(tmp_path, "<stack><layer src='data/a.png'/></stack>", size=size)


def test_entities_and_document_types_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "image/openraster")
        archive.writestr("stack.xml", "<!DOCTYPE x [<!ENTITY a 'aa'>]><image w='1' h='1'><stack name='&a;'/></image>")
    with pytest.raises(BadInput, match="cannot be read"):
        read(path)


def test_bombs_are_refused_before_they_unpack(tmp_path: Path) -> None:
    path = tmp_path / "a.ora"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("stack.xml", b" " * (17 * 2**20) + b"<image w='1' h='1'><stack/></image>")
    with pytest.raises(BadInput, match="more than the 16 MiB"):
        read(path)
    huge = bytearray(png_bytes(bar(1, 1, (0, 0, 0, 0))))
    huge[16:24] = struct.pack(">II", 29000, 29000)  # the header's claim comes before its checksum is looked at
    with pytest.raises(BadInput, match="1 GiB"):
        ora(tmp_path, "<stack><layer src='data/a.png'/></stack>", {"data/a.png": bytes(huge)})


def test_a_member_may_not_claim_a_gigabyte(tmp_path: Path) -> None:
    path = write_ora_members(tmp_path / "a.ora", "<image w='4' h='3'><stack><layer src='d.png'/></stack></image>", {})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("d.png", png_bytes(noise(4, 3)))
    data = bytearray(path.read_bytes())
    central = data.rindex(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 2**31)  # the size after unpacking
    path.write_bytes(data)
    with pytest.raises(BadInput, match="more than the 1024 MiB"):
        read(path)


def test_pixels_that_break_name_the_layer(tmp_path: Path) -> None:
    data = png_bytes(noise(60, 60))
    document = ora(tmp_path, "<stack><layer name='L' src='data/a.png'/></stack>", {"data/a.png": data[:5000]})
    with pytest.raises(BadInput, match="cannot be read") as caught:
        document.layers()[0].load()
    assert caught.value.where
    assert caught.value.where.layer == "L"


@pytest.mark.parametrize("cut", [30, 100, 400, 2000])
def test_truncated_archives(tmp_path: Path, cut: int) -> None:
    path = write_ora(tmp_path / "a.ora")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(BadInput):
        read(path)


def test_flipped_bytes_never_escape_as_anything_else(tmp_path: Path) -> None:
    data = write_ora(tmp_path / "a.ora", (48, 32)).read_bytes()
    rng = np.random.default_rng(5)
    survived = 0
    for _ in range(60):
        broken = bytearray(data)
        for at in rng.integers(0, len(data), 3):
            broken[at] ^= int(rng.integers(1, 256))
        (tmp_path / "a.ora").write_bytes(broken)
        try:
            for layer in read(tmp_path / "a.ora").layers():
                layer.load()
            survived += 1
        except BadInput:
            pass
    assert survived < 60


def test_sixteen_bit_members(tmp_path: Path) -> None:
    from test_png_stack import png

    members = {"a.png": png(np.full((3, 4, 4), 514), 16, 6), "b.png": png_bytes(bar(2, 2, (255, 255, 255, 255)))}
    document = ora(tmp_path, "<stack><layer src='a.png'/><layer src='b.png'/></stack>", members)
    assert document.bits == 16
    top, bottom = document.layers()[1].load(), document.layers()[0].load()
    np.testing.assert_allclose(top, 514 / 65535, atol=1e-6)
    assert bottom.dtype == np.float32


def test_the_drawn_archive_is_a_real_one(tmp_path: Path) -> None:
    """The helper itself: mimetype first and stored, as the specification wants."""
    with zipfile.ZipFile(io.BytesIO(write_ora(tmp_path / "a.ora").read_bytes())) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert archive.infolist()[0].compress_type == zipfile.ZIP_STORED
