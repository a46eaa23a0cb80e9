"""TDL on disk: what is written is read, bytes repeat, and damage is named with its shard and key."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine.dataset.flatten import flatten
from engine.dataset.shards import read, read_index, read_layouts, write
from engine.dataset.summary import problems, summarise
from engine.dataset.tdl import LayerSample, Sample, Source
from engine.dataset.wish import Action, Wish
from engine.errors import ArtError, BadInput, CannotWrite, CheckFailed, MissingInput
from engine.geometry import Box

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
    assert [line.split(":")[0] for line in problems(tmp_path, read_index(tmp_path))] == [
        first.name, second.name, third.name,
    ]  # fmt: skip
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
