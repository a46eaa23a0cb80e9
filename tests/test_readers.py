"""The readers' front door: kinds are told by content, whatever goes wrong is one of our errors, imports stay light."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, UnidentifiedImageError

from drawn import SIZE, bar, composite, drawn_document, png_bytes, save_png, write_ora, write_png_stack, write_psd
from engine.errors import BadInput, MissingInput, UsageError
from engine.readers import READERS, read
from engine.readers.edge import (
    MAX_LAYERS,
    check_image,
    check_input_bytes,
    check_layers,
    check_nesting,
    edge,
    guarded,
    public_name,
)

ROOT = Path(__file__).parent.parent


def test_the_three_kinds_are_one_design(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    paths = write_psd(tmp_path / "a.psd"), write_ora(tmp_path / "a.ora"), write_png_stack(tmp_path / "stack")
    documents = [read(path) for path in paths]
    assert [document.format for document in documents] == ["psd", "openraster", "png-stack"]
    for document in documents:
        assert document.size == SIZE
        shown = [layer.path for layer in document.layers() if layer.visible]
        assert shown == ["Background", "Hero/Balloon", "Hero/Shine", "Title", "Größe ★"]
    # only the PSD holds clipping and masks as they are
    assert np.abs(composite(documents[0]) - composite(drawn_document())).max() < 0.01


def test_names_of_files_do_not_matter(tmp_path: Path) -> None:
    psd = write_psd(tmp_path / "a.psd").rename(tmp_path / "design.png")
    ora = write_ora(tmp_path / "a.ora").rename(tmp_path / "design.json")
    assert read(psd).format == "psd"
    assert read(ora).format == "openraster"


@pytest.mark.parametrize(
    ("data", "said", "hint"),
    [
        (b"", "is empty", "save the design"),
        (png_bytes(bar(2, 2, (0, 0, 0, 0))), "one PNG", "folder"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "a JPEG", "PNG"),
        (b"%PDF-1.7", "a PDF", ".psd"),
        (b"gimp xcf v011", "a GIMP image", ".ora"),
        (b"<svg xmlns=''/>", "an SVG", "PNG"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?>", "an XML", "PNG"),
        (b"PK\x03\x04" + bytes(100), "a zip archive", ".ora"),
        (bytes(200), "of no known kind", "a Photoshop file"),
        (b"just a sentence", "of no known kind", "an OpenRaster file"),
    ],
)
def test_strangers_get_a_sentence(tmp_path: Path, data: bytes, said: str, hint: str) -> None:
    (tmp_path / "design.psd").write_bytes(data)
    with pytest.raises(BadInput, match=said) as caught:
        read(tmp_path / "design.psd")
    assert hint in caught.value.hint
    if data:
        assert all(reader.what in caught.value.hint for reader in READERS.values())


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.ora", "w") as archive:
        archive.writestr("document.json", "{}")
    with pytest.raises(BadInput, match=r"without OpenRaster's stack\.xml"):
        read(tmp_path / "a.ora")


@pytest.mark.parametrize(
    "text", ["{", "{}", "canvas: [1, 2", "a: b\nc: d\n", '{"frames": {}}', '{"bones": [], "slots": []}']
)
def test_text_that_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "design.json").write_text(text)
    with pytest.raises(BadInput):
        read(tmp_path / "design.json")


@pytest.mark.parametrize("name", ["nothing.psd", "no/such/folder", "x" * 5000, "nul\0byte"])
def test_nothing_there(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingInput if len(name) < 100 and "\0" not in name else (MissingInput, BadInput)):
        read(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.psd")
    with pytest.raises(BadInput, match="neither a file nor a folder"):
        read(tmp_path / "pipe.psd")


def test_options_that_a_kind_does_not_have(tmp_path: Path) -> None:
    save_png(tmp_path / "stack" / "a.png", bar(2, 2, (0, 0, 0, 0)))
    with pytest.raises(UsageError, match="--artboard means nothing"):
        read(tmp_path / "stack", artboard="A")
    with pytest.raises(UsageError, match="--order means nothing"):
        read(write_ora(tmp_path / "a.ora"), order="top-first")


def test_reading_a_folder_or_ora_imports_neither_psd_tools_nor_torch_nor_av(tmp_path: Path) -> None:
    save_png(tmp_path / "stack" / "a.png", bar(2, 2, (0, 0, 0, 0)))
    ora = write_ora(tmp_path / "a.ora")
    program = (
        "import sys; from pathlib import Path; from engine.readers import read\n"
        "for path in sys.argv[1:]: read(Path(path)).layers()[0].load()\n"
        "print(sorted({'psd_tools', 'torch', 'av', 'scipy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, tmp_path / "stack", ora]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("suffix", [".psd", ".json", ".ora", ".png", ""])
@given(data=st.binary(max_size=300), magic=st.sampled_from([b"", b"8BPS\0\1", b"PK\x03\x04", b"{", b"a: ", b"\x89PNG"]))
@settings(max_examples=25, deadline=None)
def test_noise_is_bad_input(tmp_path_factory: pytest.TempPathFactory, suffix: str, data: bytes, magic: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"noise{suffix}"
    path.write_bytes(magic + data)
    with pytest.raises(BadInput):
        read(path)


# --- the edge ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        OSError("x"),
        UnidentifiedImageError("x"),
        ValueError(),
        KeyError("x"),
        IndexError(),
        TypeError(),
        AttributeError(),
        RecursionError(),
        MemoryError(),
        ImportError("no aggdraw"),
        struct.error(),
        zlib.error(),
        zipfile.BadZipFile(),
        EOFError(),
        SyntaxError(),
        ZeroDivisionError(),
        OverflowError(),
        AssertionError(),
        NotImplementedError(),
        RuntimeError("encrypted"),
        UnicodeDecodeError("utf-8", b"", 0, 1, "x"),
        Image.DecompressionBombError(),
        np.linalg.LinAlgError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_decoder_error_becomes_ours(error: Exception) -> None:
    def load() -> None:
        raise error

    with pytest.raises(BadInput) as caught:
        guarded(load, Path("a.psd"), "Hero")()
    assert caught.value.hint
    assert caught.value.__cause__ is error
    assert str(caught.value).startswith("a.psd, layer 'Hero': ")


def test_our_own_errors_and_interrupts_pass() -> None:
    for error in (UsageError("x"), KeyboardInterrupt(), SystemExit()):
        with pytest.raises(type(error)) as caught, edge(Path("a")):
            raise error
        assert caught.value is error


def test_files_that_vanish_or_are_closed() -> None:
    with pytest.raises(MissingInput, match=r"gone\.png"), edge(Path("a")):
        raise FileNotFoundError(errno.ENOENT, "no", "gone.png")
    with pytest.raises(BadInput, match="not allowed"), edge(Path("a")):
        raise PermissionError(errno.EACCES, "no")


def test_limits() -> None:
    path = Path("a")
    check_image((30_000, 8_000), path)
    check_layers(MAX_LAYERS, path)
    check_nesting(64, path)
    check_input_bytes(2**31, path)
    for check in (
        lambda: check_image((30_001, 1), path),
        lambda: check_image((30_000, 10_000), path),
        lambda: check_image((10_000, 10_000), path, bytes_per_pixel=16),
        lambda: check_image((5, 0), path),
        lambda: check_layers(MAX_LAYERS + 1, path),
        lambda: check_nesting(65, path),
        lambda: check_input_bytes(2**31 + 1, path),
    ):
        with pytest.raises(BadInput) as caught:
            check()
        assert caught.value.hint


def test_public_names() -> None:
    assert public_name(" Sky [hold] ") == ("Sky", "[hold]")
    assert public_name("[hold]", "group") == ("group", "[hold]")
    assert public_name("") == ("layer", "")
