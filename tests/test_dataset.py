"""TDL on disk: what is written is read, bytes repeat, and damage is named with its shard and key."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFont
from typer.testing import CliRunner

from art_cli.main import app
from engine.dataset import from_lottie, from_renders, sheet
from engine.dataset.flatten import flatten
from engine.dataset.shards import read, read_index, read_layouts, write
from engine.dataset.summary import problems, summarise
from engine.dataset.tdl import LayerSample, Sample, Source, first_shown
from engine.dataset.wish import Action, Wish
from engine.errors import ArtError, BadInput, CannotWrite, CheckFailed, MissingInput, Unavailable, UsageError
from engine.files import sha256
from engine.geometry import Box
from engine.layout.read import parse_layout
from engine.manifest import read_manifest
from engine.pipeline import run_item
from jobs import art, frames_of, layout_text, request

DRAWN = Source("synth", kind="synth", licence="Apache-2.0", provenance="drawn", use="training", seed=3, version="1")


def noise(seed: int, *shape: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def layer(seed: int = 0, size: tuple[int, int] = (9, 7), frames: int = 5, **changes: Any) -> LayerSample:
    """Noise in every channel, colour under alpha 0 included."""
    width, height = size
    made = LayerSample(
        name=f"Layer {seed}", prompt=f"it bobs {seed}", static=noise(seed, height, width, 4),
        frames=noise(seed + 1, frames, height, width, 4), region=Box(-2, 3, width - 2, height + 3),
    )  # fmt: skip
    return replace(made, **changes)


def sample(key: str, *layers: LayerSample, **changes: Any) -> Sample:
    made = Sample(
        key=key, canvas=(32, 20), fps=Fraction(30000, 1001), layers=layers or (layer(0), layer(2)),
        global_prompt="all of it bobs · 波", loop=True, source=DRAWN,
    )  # fmt: skip
    return replace(made, **changes)


def samples() -> list[Sample]:
    return [sample(f"s{number}", *(layer(index) for index in range(1 + number % 2))) for number in range(5)]


def same(one: Sample, other: Sample) -> bool:
    pixels = all(
        np.array_equal(a.static, b.static) and np.array_equal(a.frames, b.frames)
        for a, b in zip(one.layers, other.layers, strict=True)
    )

    def bare(each: Sample) -> list[Any]:
        facts = [(x.name, x.prompt, x.region, x.blend, x.opacity, x.size) for x in each.layers]
        return [each.key, each.canvas, each.fps, each.global_prompt, each.loop, each.source, facts]

    return pixels and bare(one) == bare(other)


# --- round trip -------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_bit_for_bit(tmp_path: Path) -> None:
    index = write(tmp_path, samples(), shard_bytes=15_000)
    assert len(index.shards) > 1
    back = list(read(tmp_path, verify=True))
    assert all(same(one, other) for one, other in zip(samples(), back, strict=True))
    assert index == read_index(tmp_path)
    assert (index.status, index.samples, index.layers, index.frames) == ("finished", 5, 7, 25)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (129, 1), (33, 64)])
def test_layers_of_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    given = sample("a", layer(5, size, frames=1))
    write(tmp_path, [given])
    assert same(given, next(read(tmp_path)))


def test_truth_keeps_wishes_and_tracks(tmp_path: Path) -> None:
    wish = Wish("paper lantern", (Action("swing", speed=-1, part="tail"),))
    tracks = {"shift": np.array([[0.25, -1.0], [1 / 3, 2.0]], np.float32)}
    write(tmp_path, [sample("a", layer(truth={"wish": wish, "tracks": tracks}))])
    truth = next(read(tmp_path)).layers[0].truth
    assert truth is not None
    assert truth["wish"]["actions"] == [{"kind": "swing", "speed": -1, "strength": 0, "part": "tail"}]
    assert truth["tracks"]["shift"] == [[0.25, -1.0], [0.333333, 2.0]]


def test_equal_samples_have_equal_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a", samples(), shard_bytes=15_000)
    write(tmp_path / "b", samples(), shard_bytes=15_000)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "b").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_a_shard_is_a_webdataset(tmp_path: Path) -> None:
    """Members of a sample stand together, named key, dot, field; no dates, no owners."""
    write(tmp_path, [sample("a"), sample("b", layer(1))])
    with tarfile.open(tmp_path / "tdl-000000.tar") as tar:
        members = tar.getmembers()
    assert [member.name for member in members] == [
        "a.layout.json", "a.0.static.png", "a.0.mkv", "a.1.static.png", "a.1.mkv",
        "b.layout.json", "b.0.static.png", "b.0.mkv",
    ]  # fmt: skip
    assert {(member.mtime, member.uid, member.gid, member.uname, member.gname) for member in members} == {
        (0, 0, 0, "", "")
    }


def test_layouts_are_read_without_pixels(tmp_path: Path) -> None:
    write(tmp_path, samples())
    assert [layout["key"] for layout in read_layouts(tmp_path)] == ["s0", "s1", "s2", "s3", "s4"]


# --- what cannot be written -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (Sample("a", (8, 8), Fraction(16), ()), "no layers"),
        (sample("a.b"), "key"),
        (sample("a", fps=Fraction(0)), "frame rate"),
        (sample("a", canvas=(0, 8)), "sides"),
        (sample("a", layer(frames=0)), "frames"),
        (sample("a", layer(0), layer(1, frames=3)), "frames of shape"),
        (sample("a", layer(static=noise(0, 3, 3, 4))), "frames of shape"),
        (sample("a", layer(static=noise(0, 7, 9, 3))), "still of shape"),
        (sample("a", layer(static=np.zeros((7, 9, 4), np.float32))), "uint8"),
        (sample("a", layer(region=Box(5, 5, 5, 9))), "empty region"),
        (sample("a", layer(blend="sparkle")), "sparkle"),
        (sample("a", layer(opacity=1.5)), "opacity"),
        (sample("a", layer(truth={"x": float("nan")})), "truth"),
    ],
)
def test_a_sample_that_is_none_is_refused(tmp_path: Path, bad: Sample, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        write(tmp_path / "set", [bad])
    assert not list(tmp_path.rglob("*.tar*"))


def test_nothing_to_write_and_twins_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no samples"):
        write(tmp_path / "none", [])
    with pytest.raises(BadInput, match="two samples"):
        write(tmp_path / "keys", [sample("a"), sample("a")])
    with pytest.raises(BadInput, match="two sources"):
        write(tmp_path / "sources", [sample("a"), sample("b", source=replace(DRAWN, seed=4))])


def test_a_dataset_is_replaced_only_by_force_and_only_by_samples(tmp_path: Path) -> None:
    write(tmp_path, samples(), shard_bytes=1)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(CannotWrite, match="already there") as caught:
        write(tmp_path, samples())
    assert "--force" in caught.value.hint
    with pytest.raises(BadInput):
        write(tmp_path, [], force=True)
    assert read_index(tmp_path).samples == 5
    write(tmp_path, [sample("a")], force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dataset.json", "notes.txt", "tdl-000000.tar"]


def test_an_interrupted_run_keeps_whole_shards(tmp_path: Path) -> None:
    def stream() -> Iterator[Sample]:
        yield from samples()[:3]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, stream(), shard_bytes=1)
    index = read_index(tmp_path)
    assert (index.status, index.samples) == ("unfinished", 2)  # the third was asked for while the second's was open
    assert [each.key for each in read(tmp_path, verify=True)] == ["s0", "s1"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dataset.json", "tdl-000000.tar", "tdl-000001.tar"]


def test_a_full_disk_is_one_sentence_and_whole_shards_stay(tmp_path: Path) -> None:
    if not shutil.which("mount") or os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mount = ["mount", "-t", "tmpfs", "-o", "size=60k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        with pytest.raises(CannotWrite, match="full"):
            write(tmp_path / "set", (sample(f"s{number}", layer(number)) for number in range(99)), shard_bytes=1)
        kept = len(list(read(tmp_path / "set", verify=True)))
        assert 0 < kept < 30
        assert len(list((tmp_path / "set").iterdir())) == kept + 1
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


# --- damage -----------------------------------------------------------------------------------------------------------


def rewritten(folder: Path, change: Any) -> None:
    """Repack the first shard with changed members, and make dataset.json agree."""
    path = folder / "tdl-000000.tar"
    with tarfile.open(path) as tar:
        members = {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]  # all are files
    change(members)
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            tar.addfile(header, io.BytesIO(data))
    index = json.loads((folder / "dataset.json").read_text())
    index["shards"][0] |= {"bytes": path.stat().st_size, "sha256": "0" * 64}
    (folder / "dataset.json").write_text(json.dumps(index))


def edited(name: str, **changes: Any) -> Any:
    def change(members: dict[str, bytes]) -> None:
        members[name] = json.dumps(json.loads(members[name]) | changes).encode()

    return change


def small_png() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (2, 2)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda members: members.pop("s1.0.mkv"), "'s1': 0.mkv is missing"),
        (lambda members: members.pop("s1.layout.json"), "'s1': layout.json is missing"),
        (lambda members: members.update({"s1.0.mkv": b"\x1aE\xdf\xa3" + b"x" * 99}), "'s1': 0.mkv is damaged"),
        (lambda members: members.update({"s1.0.mkv": members["s1.0.mkv"][:900]}), "'s1': 0.mkv"),
        (lambda members: members.update({"s1.0.static.png": b"no"}), "'s1': 0.static.png is damaged"),
        (lambda members: members.update({"s1.0.static.png": small_png()}), "'s1': 0.static.png is"),
        (lambda members: members.update({"s1.layout.json": b"{"}), "'s1': layout.json is not"),
        (edited("s1.layout.json", schema=9), "'s1': layout.json is of schema 9"),
        (edited("s1.layout.json", frames=6), "'s1': 0.mkv has 5 frames, not 6"),
        (edited("s1.layout.json", frames=10**9), "'s1': layout.json has 1000000000 frames"),
        (edited("s1.layout.json", layers=[]), "'s1': layout.json has 0 layers"),
        (edited("s1.layout.json", fps="1/0"), "'s1': layout.json is not"),
        (edited("s1.layout.json", canvas=[1, 2, 3]), "'s1': layout.json"),
        (lambda members: [members.pop(name) for name in list(members) if name.startswith("s4")], "4 samples instead"),
    ],
)
def test_damage_is_named_with_shard_and_key(tmp_path: Path, change: Any, said: str) -> None:
    write(tmp_path, samples())
    rewritten(tmp_path, change)
    with pytest.raises(BadInput) as caught:
        list(read(tmp_path))
    assert said in caught.value.message
    assert caught.value.where is not None
    assert caught.value.where.path == tmp_path / "tdl-000000.tar"


def test_torn_changed_and_missing_shards(tmp_path: Path) -> None:
    write(tmp_path, samples(), shard_bytes=1)
    first, second, third = (tmp_path / f"tdl-00000{number}.tar" for number in range(3))
    first.write_bytes(first.read_bytes()[:1000])
    second.write_bytes(b"\0" * second.stat().st_size)
    third.unlink()
    found = problems(tmp_path, read_index(tmp_path))
    assert [type(error) for error in found] == [BadInput, CheckFailed, MissingInput]
    assert [error.where and error.where.path for error in found] == [first, second, third]
    with pytest.raises(BadInput, match=r"tdl-000000\.tar: the shard is torn"):
        list(read(tmp_path))


def test_a_changed_checksum_is_found_when_asked_for(tmp_path: Path) -> None:
    write(tmp_path, samples())
    rewritten(tmp_path, lambda members: None)
    assert len(list(read(tmp_path))) == 5
    with pytest.raises(CheckFailed, match="sha256"):
        next(read(tmp_path, verify=True))


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        (None, MissingInput, "not a dataset"),
        ("{", BadInput, "not a TDL dataset"),
        ("[]", BadInput, "not a TDL dataset"),
        ('{"format": "coco"}', BadInput, "coco"),
        ('{"format": "tdl", "schema": 2}', BadInput, "schema 2; this version reads 1"),
        ('{"format": "tdl", "schema": 1, "sources": 3, "shards": []}', BadInput, "not a TDL dataset"),
    ],
)
def test_what_is_not_a_dataset(tmp_path: Path, text: str | None, kind: type[ArtError], said: str) -> None:
    if text is not None:
        (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(kind, match=said):
        list(read(tmp_path))


# --- what is in it ----------------------------------------------------------------------------------------------------


def test_a_summary_counts(tmp_path: Path) -> None:
    wish = Wish("kite", (Action("bob"), Action("swing", part="tail"), Action("bob")))
    real = Source("real.json", kind="lottie", licence="CC-BY-4.0")
    still = layer(3, prompt="", truth={"wish": asdict(wish)})
    write(tmp_path, [sample("a"), sample("b", still, source=real, loop=False, fps=Fraction(16))])
    found = summarise(tmp_path)
    assert (found.samples, found.layers, found.frames, found.prompted, found.loops) == (2, 3, 10, 2, 1)
    assert found.kinds == {"bob": 1, "part swing": 1}
    assert found.rates == {"30000/1001": 1, "16": 1}
    assert found.canvas.most == 32
    assert found.seconds_each.most == pytest.approx(5 / 16, abs=1e-3)
    assert [(each.source.licence, each.samples, each.layers) for each in found.sources] == [
        ("Apache-2.0", 1, 2), ("CC-BY-4.0", 1, 1),
    ]  # fmt: skip


def test_flattening_is_source_over_with_opacity() -> None:
    red = np.zeros((2, 4, 4, 4), np.uint8)
    red[..., [0, 3]] = 255
    blue = red[..., [2, 1, 0, 3]]
    below = LayerSample("red", "", red[0], red, Box(0, 0, 4, 4))
    above = LayerSample("blue", "", blue[0], blue, Box(2, 2, 6, 6), opacity=0.5)
    flat = flatten(Sample("a", (4, 4), Fraction(16), (below, above)), 1)
    assert flat[:, 0, 0].tolist() == [1, 0, 0, 1]
    assert flat[:, 3, 3].tolist() == [0.5, 0, 0.5, 1]
    assert flatten(Sample("a", (4, 4), Fraction(16), (below,)), 0, side=16).shape == (4, 16, 16)


# --- from Lottie ------------------------------------------------------------------------------------------------------


def lottie_layer(index: int, colour: tuple[float, float, float], box: tuple[int, int, int, int], **more: Any) -> Any:
    """A rectangle (x, y, width, height) that moves 20 px to the right in 20 frames."""
    x, y, width, height = box
    rectangle = {"ty": "rc", "p": {"a": 0, "k": [0, 0]}, "s": {"a": 0, "k": [width, height]}, "r": {"a": 0, "k": 0}}
    fill = {"ty": "fl", "c": {"a": 0, "k": [*colour, 1]}, "o": {"a": 0, "k": 100}, "r": 1}
    rest = {"ty": "tr", "p": {"a": 0, "k": [0, 0]}, "a": {"a": 0, "k": [0, 0]}, "s": {"a": 0, "k": [100, 100]},
            "r": {"a": 0, "k": 0}, "o": {"a": 0, "k": 100}}  # fmt: skip
    start, end = [x + width / 2, y + height / 2, 0], [x + width / 2 + 20, y + height / 2, 0]
    ease = {"i": {"x": 1, "y": 1}, "o": {"x": 0, "y": 0}}
    place = {"a": 1, "k": [{"t": 0, "s": start, "e": end, **ease}, {"t": 20, "s": end}]}
    moves = {"o": {"a": 0, "k": 100}, "r": {"a": 0, "k": 0}, "p": place, "a": {"a": 0, "k": [0, 0, 0]},
             "s": {"a": 0, "k": [100, 100, 100]}}  # fmt: skip
    return {"ty": 4, "ind": index, "nm": f"L{index}", "ip": 0, "op": 20, "st": 0, "ks": moves, "bm": 0,
            "shapes": [{"ty": "gr", "nm": "g", "it": [rectangle, fill, rest]}], **more}  # fmt: skip


def lottie(tmp_path: Path, *layers: Any, **more: Any) -> Path:
    data = {"v": "5.7.0", "fr": 20, "ip": 0, "op": 20, "w": 64, "h": 32, "assets": [], "layers": list(layers), **more}
    path = tmp_path / "scene.json"
    path.write_text(json.dumps(data))
    return path


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Front to back: hidden, child of the hidden, matte and matted, a multiplied one."""
    pytest.importorskip("rlottie_python", reason="rlottie-python is not installed")
    red, green, blue = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
    return lottie(
        tmp_path,
        lottie_layer(1, red, (0, 0, 4, 4), hd=True),
        lottie_layer(2, red, (4, 4, 4, 4), parent=1),
        lottie_layer(3, green, (0, 16, 8, 8), td=1),
        lottie_layer(4, blue, (4, 16, 8, 8), tt=1),
        lottie_layer(5, green, (0, 24, 40, 4), bm=1),
        meta={"a": "An\x1b[31mAuthor", "g": "a tool"},
    )


def test_lottie_layers_are_drawn_alone_with_parents_and_mattes(scene: Path, tmp_path: Path) -> None:
    origin = from_lottie.Origin("CC0-1.0", "made for a test")
    index = write(tmp_path / "set", from_lottie.samples([scene, scene], fps=Fraction(10), side=64, origin=origin))
    one, two = read(tmp_path / "set")
    assert (one.key, two.key, index.samples) == ("scene", "scene-2", 2)
    assert [layer.name for layer in one.layers] == ["L5", "L4", "L2"]
    assert [layer.blend for layer in one.layers] == ["multiply", "normal", "normal"]
    assert (one.canvas, one.frames, one.fps) == ((64, 32), 10, Fraction(10))
    back, matted, child = one.layers
    # the child moves twice: by itself and with its hidden parent, whose middle is at (2, 2)
    assert child.region.x1 - child.region.x0 == pytest.approx(4 + 2 * 18, abs=2)
    # what is seen of the blue is where it lies over the green
    assert (matted.region.y0, matted.region.y1) == (16, 24)
    assert matted.frames[0, 4, :, 3].astype(int).sum() == pytest.approx(4 * 255, abs=260)
    assert back.region.width == pytest.approx(40 + 18, abs=1)
    assert one.source.licence == "CC0-1.0"
    assert one.source.use == "evaluation"
    assert one.source.provenance == "scene.json, made for a test, by AnAuthor, made with a tool"
    assert all(layer.prompt == "" for layer in one.layers)


def test_lottie_layers_stack_to_the_animation(scene: Path) -> None:
    animation = from_lottie.read_animation(scene)
    made = from_lottie.sample_of(animation, "a", Fraction(10), 64, from_lottie.Origin())
    plain = replace(made, layers=tuple(replace(each, blend="normal") for each in made.layers))
    whole = from_lottie.render(animation, animation.data, (64, 32), animation.numbers(Fraction(10)))
    for number in range(made.frames):
        flat = flatten(plain, number).transpose(1, 2, 0) * 255
        assert np.abs(flat - whole[number]).max() <= 2


def test_a_still_is_the_first_frame_that_shows_half() -> None:
    frames = np.zeros((4, 2, 2, 4), np.uint8)
    frames[1, 0, 0, 3], frames[2, 0, :, 3], frames[3, ..., 3] = 255, 255, 255
    assert first_shown(frames) == 2
    assert first_shown(frames[:1]) == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layers": []}, "cannot be used|can be used"),
        ({"w": 0}, "can be used"),
        ({"op": 0}, "can be used"),
        ({"op": 1e300}, "can be used"),
        ({"fr": "fast"}, "not a Lottie"),
        ({"layers": [3]}, "can be used"),
    ],
)
def test_lottie_files_that_cannot_be_used(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    path = lottie(tmp_path, lottie_layer(1, (1, 0, 0), (0, 0, 4, 4)))
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(BadInput, match=said):
        from_lottie.read_animation(path)


def test_lottie_files_that_are_not_there_or_not_json_are_left_out_unless_all_are(scene: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("no")
    files = [tmp_path / "bad.json", tmp_path / "none.json", scene]
    assert [each.key for each in from_lottie.samples(files, fps=Fraction(4), side=32)] == ["scene"]
    with pytest.raises(BadInput, match="no file") as caught:
        list(from_lottie.samples(files[:2], fps=Fraction(4), side=32))
    assert len(caught.value.problems) == 2


def test_without_rlottie_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rlottie_python", None)
    with pytest.raises(Unavailable) as caught:
        list(from_lottie.samples([Path("a.json")], fps=Fraction(16), side=64))
    assert caught.value.hint == 'pip install "animated-art[lottie]"'


def test_lottie_files_of_the_corpus_stack_again(corpus: Path) -> None:
    """rlottie multiplies in whole bytes and cuts off: two levels a layer that lies over another."""
    pytest.importorskip("rlottie_python", reason="rlottie-python is not installed")
    for name in ("material_wave_loading", "bicycle", "duck", "slot6"):
        animation = from_lottie.read_animation(corpus / "lottie" / f"{name}.json")
        made = from_lottie.sample_of(animation, name, Fraction(2), 128, from_lottie.Origin())
        whole = from_lottie.render(animation, animation.data, made.canvas, animation.numbers(Fraction(2)))
        for number in range(made.frames):
            errors = np.abs(flatten(made, number).transpose(1, 2, 0) * 255 - whole[number]).max(axis=-1)
            assert (errors > 2).mean() < 0.001, name


# --- from renders -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rendered")
    run_item(request(folder))
    return folder / "out"


def test_renders_become_samples(rendered: Path, tmp_path: Path) -> None:
    manifest = read_manifest(rendered)
    write(tmp_path / "set", from_renders.samples([rendered], fps=Fraction(12), side=4096, licence="CC0-1.0"))
    made = next(read(tmp_path / "set"))
    entries = from_renders.chosen(manifest)
    assert (made.canvas, made.frames) == (manifest.size, manifest.frames)
    assert [layer.name for layer in made.layers] == [entry.layer.name for entry in entries if entry.layer]
    assert made.source.kind == "renders"
    assert (made.source.licence, made.source.sha256) == ("CC0-1.0", sha256(rendered / "manifest.json"))
    composite = frames_of(rendered / "composite.mkv")
    for number in range(made.frames):
        assert np.abs(flatten(made, number)[3] - composite[number][3]).max() < 2 / 255


def test_renders_are_resampled_and_reduced(rendered: Path) -> None:
    made = next(from_renders.samples([rendered], fps=Fraction(6), side=32))
    assert max(made.canvas) == 32
    assert made.frames == 3
    assert all(Box(0, 0, *made.canvas).contains(layer.region) for layer in made.layers)


def test_prompts_come_from_the_layout_that_was_used(rendered: Path) -> None:
    layers = [entry.layer for entry in from_renders.chosen(read_manifest(rendered)) if entry.layer is not None]
    balloon = next(layer for layer in layers if layer.path == "Hero/Balloon")
    text = layout_text('  - {layer: "Hero/*", prompt: it sways}\n  - {layer: Hero/Balloon, prompt: it bobs}\n')
    assert from_renders.prompt_of(parse_layout(text), balloon) == "it bobs"
    assert from_renders.prompt_of(parse_layout(layout_text('  - {layer: "Hero/*", prompt: x}\n')), balloon) == "x"
    assert from_renders.prompt_of(None, balloon) == ""


def test_folders_that_are_no_renders(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match=r"manifest\.json"):
        list(from_renders.samples([tmp_path], fps=Fraction(16), side=64))


# --- the page ---------------------------------------------------------------------------------------------------------


def test_a_page_shows_every_sample_on_its_ground(tmp_path: Path) -> None:
    square = np.zeros((3, 128, 128, 4), np.uint8)
    square[:, 32:96, 32:96] = (200, 30, 40, 255)
    made = Sample("a", (128, 128), Fraction(16), (LayerSample("s", "it bobs", square[0], square, Box(0, 0, 128, 128)),))
    sheet.contact_sheet([made] * 3, 2, tmp_path / "page.png")
    with Image.open(tmp_path / "page.png") as page:
        pixels = np.asarray(page.convert("RGB")).astype(int)
    reds = (np.abs(pixels - (200, 30, 40)).max(axis=-1) < 8).sum()
    assert reds == pytest.approx(3 * 4 * (sheet._TILE / 2) ** 2, rel=0.1)
    sheet.contact_sheet([made], 1, tmp_path / "page.webp")
    with Image.open(tmp_path / "page.webp") as page:
        assert page.format == "WEBP"
    with pytest.raises(ValueError, match="at least one"):
        sheet.contact_sheet([], 2, tmp_path / "none.png")


def test_a_page_looks_at_what_the_layers_span() -> None:
    small = Sample("a", (640, 480), Fraction(16), (layer(1), replace(layer(2), region=Box(40, 13, 49, 20))))
    seen = sheet.closer(small)
    assert seen.canvas == (51, 51)
    assert [each.region for each in seen.layers] == [Box(0, 17, 9, 24), Box(42, 27, 51, 34)]
    assert seen.layers[0].frames is small.layers[0].frames


def test_captions_are_two_lines_at_most() -> None:
    font = ImageFont.load_default(13)
    for text in ("short", "many words " * 60, "w" * 500, "a " + "w" * 500 + " b"):
        lines = sheet.wrapped(text, font, 300)
        assert 1 <= len(lines) <= 2
        assert all(font.getlength(line) <= 300 for line in lines)
    assert sheet.wrapped("many words " * 60, font, 300)[1].endswith("…")


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_makes_and_shows_a_dataset(scene: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "set", tmp_path / "page.png"
    assert art("dataset", "from-lottie", scene, "-o", out, "--size", "64", "--licence", "MIT").returncode == 0
    again = art("dataset", "from-lottie", scene, "-o", out)
    assert (again.returncode, "--force" in again.stderr) == (73, True)
    shown = art("dataset", "info", out, "--verify", "--sheet", page)
    assert shown.returncode == 0, shown.stderr
    assert "MIT" in shown.stdout
    assert page.is_file()
    data = json.loads(art("dataset", "info", out, "--json").stdout)["data"]
    assert (data["samples"], data["layers"], data["sources"][0]["licence"]) == (1, 3, "MIT")
    shard = out / "tdl-000000.tar"
    shard.write_bytes(b"\0" * shard.stat().st_size)
    assert art("dataset", "info", out, "--verify").returncode == 74
    assert art("dataset", "info", tmp_path).returncode == 66


@pytest.mark.parametrize(
    "words", [("--layers", "0"), ("--layers", "6..1"), ("--layers", "x"), ("--size", "100"), ("--frames", "50")]
)
def test_synth_says_what_it_cannot_take(tmp_path: Path, words: tuple[str, str]) -> None:
    result = CliRunner().invoke(app, ["dataset", "synth", str(tmp_path / "set"), *words])
    assert isinstance(result.exception, UsageError)


def test_synth_draws_the_same_for_a_seed(tmp_path: Path) -> None:
    words = ["--count", "3", "--seed", "7", "--layers", "1..3", "--split", "test", "--device", "cpu", "--size", "48"]
    for folder in ("one", "two"):
        command = ["dataset", "synth", str(tmp_path / folder), *words, "--frames", "5", "--quiet"]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
    index = read_index(tmp_path / "one")
    (source,) = index.sources
    assert (source.kind, source.use, source.seed) == ("synth", "evaluation", 7)
    made = list(read(tmp_path / "one", verify=True))
    assert [s.frames for s in made] == [5, 5, 5]
    assert all(layer.prompt for s in made for layer in s.layers)
    names = [path.name for path in (tmp_path / "one").glob("*.tar")]
    assert names
    assert all((tmp_path / "one" / n).read_bytes() == (tmp_path / "two" / n).read_bytes() for n in names)
