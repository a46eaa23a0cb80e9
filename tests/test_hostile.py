"""Hostile designs and layouts all the way: one clear error and exit 65, or a result whose file names are harmless."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from art_cli import main
from drawn import bar, noise, png_bytes, save_png, write_ora_members, write_png_stack, write_psd
from engine.errors import BadInput
from engine.manifest import read_manifest
from engine.pipeline import Request, run_item
from engine.readers import read
from engine.verify import verify
from jobs import BOB, layout_text

NAMES = (
    "../../x", "/etc/passwd", "..", ".", ".hidden", "CON", "NUL.txt", "aux", "a\x00b", "a\nb\tc",
    "\x1b[31mred\x1b]0;t\x07", "x" * 255,
    "🎈🎈", "👩‍👩‍👧", "", " ", "same", "same", "SAME", "a:b*c?d|e", "back\\slash", "-rf", "%s%n", "é", "é",
    "‮gnp.exe",
)  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, dict[str, Any]]:
    """The program in this process with --json: its exit code and envelope; never a traceback."""
    code = main._exit_code([*map(str, words), "--json"])
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    envelope: dict[str, Any] = json.loads(told.out)
    assert envelope["ok"] == (code == 0)
    return code, envelope


def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, design: Path, *more: str | Path) -> dict[str, Any]:
    """`animate` refuses with bad input, says where, and has written nothing."""
    out = tmp_path / "out"
    code, envelope = run(capsys, "animate", design, "-o", out, "--device", "cpu", *more)
    assert (code, envelope["error"]["code"]) == (65, "bad_input"), envelope
    assert envelope["error"]["message"]
    assert not out.exists()
    error: dict[str, Any] = envelope["error"]
    return error


# --- designs ---


def test_broken_bytes_never_crash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A small PSD cut and flipped at seeded places: readable all the way, or bad input with exit 65."""
    whole = write_psd(tmp_path / "whole.psd").read_bytes()
    chance, path, codes = np.random.default_rng(11), tmp_path / "broken.psd", []
    for trial in range(40):
        data = bytearray(whole)
        if trial % 2:
            del data[int(chance.integers(0, len(data))) :]
        for position in chance.integers(0, len(data), 4) if len(data) else ():
            data[position] ^= 1 << int(chance.integers(0, 8))
        path.write_bytes(data)
        code, envelope = run(capsys, "animate", path, "--plan", "--size", "64")
        codes.append(code)
        assert code in (0, 65, 2), envelope
        assert code != 2 or "proportions" in envelope["error"]["message"]
    assert codes.count(65) > 8
    assert 0 in codes


def header(width: int, height: int, channels: int = 3) -> bytes:
    return b"8BPS" + struct.pack(">H6xHIIHH", 1, channels, height, width, 8, 3)


BOMB = header(30_000, 30_000) + bytes(8) + struct.pack(">IH", 2 + 60_000 * 3, 1) + b"\x81\x00" * 90_000
CONTENTS = {
    "zero-byte.psd": b"", "text.psd": b"hello", "renamed-png.psd": b"GIF89a" + bytes(40),
    "huge.psd": header(30_000, 30_000), "wide.psd": header(300_000, 2) + bytes(64), "bomb.psd": BOMB, "empty.ora": b"",
    "not-a-zip.ora": b"PK\x03\x04" + bytes(30), "unknown.xyz": b"hello",
}  # fmt: skip


@pytest.mark.parametrize("name", CONTENTS)
def test_files_that_are_not_designs(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    design = tmp_path / name
    design.write_bytes(CONTENTS[name])
    assert refused(capsys, tmp_path, design)["hint"]


def test_groups_without_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    psd = PSDImage.new("RGBA", (8, 8))
    inner: Any = psd
    for depth in range(150):
        inner = inner.create_group(name=f"g{depth}")
    with monkeypatch.context() as patched:
        patched.setattr(psd, "_update_preview", lambda: None)  # psd-tools cannot draw what it is about to write
        psd.save(tmp_path / "deep.psd")
    assert "nest" in refused(capsys, tmp_path, tmp_path / "deep.psd")["message"]


ORA = "<image w='8' h='8'><stack><layer name='a' src='{}'/></stack></image>"


@pytest.mark.parametrize("source", ["../a.png", "/etc/passwd", "data/../../a.png", "C:\\a.png", "data/none.png"])
def test_openraster_members_that_lead_out(tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    save_png(tmp_path / "a.png", bar(8, 8, (255, 0, 0, 255)))
    design = write_ora_members(tmp_path / "a.ora", ORA.format(source), {"data/a.png": png_bytes(bar(8, 8, (0,) * 4))})
    refused(capsys, tmp_path, design)


MANIFESTS = {
    "leads out": '{"canvas": [8, 8], "layers": [{"file": "../a.png"}]}',
    "typo": '{"canvas": [8, 8], "layers": [{"fil": "a.png"}]}',
    "no json": '{"canvas": [8, 8], "layers": [',
    "huge canvas": '{"canvas": [999999999, 999999999], "layers": [{"file": "a.png"}]}',
    "negative": '{"canvas": [-8, 8], "layers": [{"file": "a.png"}]}',
}


@pytest.mark.parametrize("text", MANIFESTS.values(), ids=MANIFESTS)
def test_manifests_of_png_stacks(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    save_png(tmp_path / "a.png", bar(8, 8, (255, 0, 0, 255)))
    save_png(tmp_path / "stack" / "a.png", bar(8, 8, (255, 0, 0, 255)))
    (tmp_path / "stack" / "layers.json").write_text(text)
    refused(capsys, tmp_path, tmp_path / "stack")


def test_png_stacks_of_mixed_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_png(tmp_path / "stack" / "0_a.png", bar(8, 8, (255, 0, 0, 255)))
    save_png(tmp_path / "stack" / "1_b.png", bar(4, 8, (255, 0, 0, 255)))
    error = refused(capsys, tmp_path, tmp_path / "stack")
    assert "8" in error["message"]
    assert "4" in error["message"]


# --- designs that are odd but fine ---


def export(tmp_path: Path, design: Path, layers: str = "", **options: Any) -> list[str]:
    """Run a job; every file lies in the folder under a plain name, and all is verified."""
    layout = tmp_path / "motion.yaml"
    entry = layers or "  - layer: '*'\n    loop: {motion: bob, period: 0.25s, amount: 20%}\n"
    layout.write_text(layout_text(entry, "fps: 8, duration: 0.25s"), "utf-8")
    out = tmp_path / "result" / "out"
    request = Request(design, out, layout=layout, formats=("ffv1",), composites=("ffv1",), device="cpu", **options)
    manifest = run_item(request)
    report = verify(out)
    assert report.ok, report.problems
    assert [path.name for path in (tmp_path / "result").iterdir()] == ["out"]
    paths = [part.path for entry in manifest.files for part in entry.parts]
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == {*paths, "manifest.json", "SHA256SUMS"}
    assert read_manifest(out) == manifest
    return [path for path in paths if path.startswith("layers/")]


def test_hostile_names_become_harmless_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    psd = PSDImage.new("RGBA", (16, 12))
    for name in NAMES:
        psd.create_pixel_layer(Image.fromarray(noise(4, 4)), name="x", top=4, left=4).name = name
    psd.save(tmp_path / "names.psd")
    paths = export(tmp_path, tmp_path / "names.psd")
    assert len(paths) == len({path.casefold() for path in paths}) == len(NAMES)
    for index, path in enumerate(paths):
        stem = path.removeprefix("layers/").removesuffix(".mkv")
        assert stem.startswith(f"{index:02d}_")
        assert not set(stem) & set('/\\:*?"<>| \0\n\t\x1b‮')
        assert stem.isprintable() or "👩" in stem or not stem.isascii()
        assert len(stem.encode()) <= 80
    code, _ = run(capsys, "inspect", tmp_path / "names.psd")
    assert code == 0


def test_names_longer_than_a_file_system_takes(tmp_path: Path) -> None:
    rows = "".join(f"<layer name='{name}' src='data/a.png'/>" for name in ("y" * 300, "y" * 300, "界" * 300))
    members = {"data/a.png": png_bytes(noise(8, 8))}
    design = write_ora_members(tmp_path / "a.ora", f"<image w='8' h='8'><stack>{rows}</stack></image>", members)
    paths = export(tmp_path, design)
    assert len(set(paths)) == 3
    assert all(len(path.encode()) < 100 for path in paths)


def test_layers_that_cannot_be_seen(tmp_path: Path) -> None:
    """No pixels, off the canvas, transparent throughout: nothing fails, and the picture is whole."""
    psd = PSDImage.new("RGBA", (16, 12))
    psd.create_pixel_layer(Image.fromarray(bar(16, 12, (10, 20, 30, 255))), name="ground")
    psd.create_pixel_layer(Image.fromarray(noise(6, 6)), name="far off", top=5000, left=-9000)
    psd.create_pixel_layer(Image.fromarray(bar(6, 6, (9, 9, 9, 0))), name="clear", top=2, left=2)
    psd.create_pixel_layer(Image.fromarray(noise(6, 6)), name="half off", top=-3, left=13)
    psd.create_group(name="nothing inside")
    psd.save(tmp_path / "odd.psd")
    paths = export(tmp_path, tmp_path / "odd.psd")
    assert any("half-off" in path for path in paths)
    export_cropped = tmp_path / "cropped"
    export_cropped.mkdir()
    export(export_cropped, tmp_path / "odd.psd", crop="region")


def test_a_box_far_larger_than_the_canvas(tmp_path: Path) -> None:
    psd = PSDImage.new("RGBA", (16, 12))
    psd.create_pixel_layer(Image.fromarray(bar(1500, 1000, (200, 20, 30, 255))), name="big", top=-500, left=-700)
    psd.save(tmp_path / "big.psd")
    assert export(tmp_path, tmp_path / "big.psd") == ["layers/00_big.mkv"]


def test_a_canvas_of_one_pixel(tmp_path: Path) -> None:
    save_png(tmp_path / "stack" / "a.png", bar(1, 1, (255, 0, 0, 255)))
    assert export(tmp_path, tmp_path / "stack")


def test_a_renamed_psd_is_read_by_its_bytes(tmp_path: Path) -> None:
    design = write_psd(tmp_path / "a.psd").rename(tmp_path / "design.ora")
    assert read(design).format == "psd"


# --- layouts ---


LAYOUTS = {
    "typo": ("  - layer: Hero/Balloon\n    lop: bob\n", ""),
    "cycle": (
        "  - {layer: Title, with: Hero/Balloon, loop: bob}\n  - {layer: Hero/Balloon, with: Title, loop: bob}\n", ""
    ),
    "no such layer": ("  - layer: Baloon\n    loop: bob\n", ""),
    "no such motion": ("  - layer: Title\n    loop: bobb\n", ""),
    "zero duration": ("  - layer: Title\n    in: {motion: rise, duration: 0s}\n", ""),
    "negative period": ("  - layer: Title\n    loop: {motion: bob, period: -1s}\n", ""),
    "region off the canvas": ("  - layer: Title\n    loop: bob\n    region: [900, 900, 10, 10]\n", ""),
    "two loops": (BOB + BOB.replace("bob", "spin"), "defaults: {easing: nowhere}\n"),
    "alias bomb": (BOB, "x: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
        f"y{i}: &b{i} [{', '.join(['*a' if i == 0 else f'*b{i - 1}'] * 9)}]\n" for i in range(9))),
    "a reference to itself": (BOB, "x: &a [*a]\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_that_cannot_be(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    layers, rest = LAYOUTS[name]
    layout = tmp_path / "motion.yaml"
    layout.write_text(layout_text(layers, rest=rest))
    error = refused(capsys, tmp_path, write_psd(tmp_path / "design.psd"), "-l", layout)
    first = error["problems"][0] if error.get("problems") else error
    assert first["where"]["line"], "it names the line"


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"\x89PNG", b"[" * 3000, b"layers: 3", b"- 1", b"!!python/object:os.system {}"]
)
def test_files_that_are_no_layouts(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    layout = tmp_path / "motion.yaml"
    layout.write_bytes(content)
    refused(capsys, tmp_path, write_png_stack(tmp_path / "stack"), "-l", layout)


@pytest.mark.parametrize(
    "words", [("--fps", "0"), ("--fps", "many"), ("--duration", "0s"), ("--duration", "-3s"), ("--size", "0")]
)
def test_numbers_of_the_command_line(
    tmp_path: Path, words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, envelope = run(capsys, "animate", write_psd(tmp_path / "a.psd"), "-o", tmp_path / "out", *words)
    assert (code, envelope["error"]["code"]) == (2, "usage")
    assert not (tmp_path / "out").exists()


def test_a_broken_design_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "cut.psd").write_bytes(write_psd(tmp_path / "a.psd").read_bytes()[:400])
    with pytest.raises(BadInput, match=r"cut\.psd"):
        read(tmp_path / "cut.psd")
