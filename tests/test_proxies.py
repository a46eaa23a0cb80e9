"""Proxies: small, whole cells, true to the frames they stand for, and part of a folder like every other file."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.alpha import premultiply
from engine.codecs.decode import pictures
from engine.errors import BadInput, MissingInput
from engine.geometry import Box
from engine.manifest import read_manifest
from engine.pipeline import plan_only, run_item
from engine.proxies import shrunk
from engine.proxies.grid import HEIGHT, PIXELS, WIDTH, Grid, fraction, grid_for, sheets_for, turns
from engine.proxies.index import read_index
from engine.tile import Tile
from jobs import BOB, art, entry_of, frames_of, request

SIDES = st.integers(1, 6000)


@given(SIDES, SIDES)
def test_a_grid_keeps_to_its_limits_and_wastes_little(width: int, height: int) -> None:
    grid = grid_for(Box(0, 0, width, height), [])
    scale, limit = grid.up / grid.down, min(1.0, HEIGHT / height, WIDTH / width)
    assert grid.up % 2 == 0
    assert 0.75 * limit <= scale <= limit


@given(st.floats(0.001, 1))
def test_a_fraction_is_never_above_its_limit(limit: float) -> None:
    grid = fraction(limit)
    assert 0 < grid.up / grid.down <= limit


def test_many_large_layers_are_made_smaller_until_they_fit() -> None:
    canvas = Box(0, 0, 1920, 1080)
    one, many = grid_for(canvas, [canvas]), grid_for(canvas, [canvas] * 40)
    assert one == Grid(4, 9)
    assert sum(many.crop(canvas).area for _ in range(40)) <= PIXELS
    assert many.up / many.down < one.up / one.down


BOXES = st.builds(Box.from_xywh, st.integers(0, 800), st.integers(0, 400), st.integers(1, 300), st.integers(1, 200))


@given(st.lists(BOXES, max_size=30))
def test_crops_on_sheets_share_no_block(boxes: list[Box]) -> None:
    crops = {str(index): box for index, box in enumerate(boxes)}
    sheets = sheets_for(crops)
    assert sorted(key for sheet in sheets for key in sheet.places) == sorted(crops)
    for sheet in sheets:
        taken = np.zeros((sheet.size[1] // 16, sheet.size[0] // 16), int)
        assert sheet.size[0] % 16 == sheet.size[1] % 16 == 0
        for key, (x, y) in sheet.places.items():
            assert x % 16 == y % 16 == 0
            right, bottom = x + crops[key].width, y + crops[key].height
            assert right <= sheet.size[0]
            assert bottom <= sheet.size[1]
            taken[y // 16 : -(-bottom // 16), x // 16 : -(-right // 16)] += 1
        assert taken.max() == 1


@pytest.mark.parametrize("box", [Box(4, -3, 44, 33), Box(0, 0, 40, 31), Box(37, 28, 39, 30), Box(50, 0, 60, 9)])
def test_a_tile_shrinks_to_the_means_of_its_areas_wherever_it_lies(box: Box) -> None:
    grid, canvas = Grid(2, 6), Box(0, 0, 40, 31)  # a third; the canvas ends within a cell
    tile = Tile(box, torch.rand(4, box.height, box.width))
    crop = grid.crop(canvas)
    small = shrunk(tile, crop, grid, canvas)
    whole = tile.placed(Box(0, 0, 42, 33)).numpy().copy()
    whole[:, :, 40:], whole[:, 31:] = whole[:, :, 39:40], whole[:, 30:31]
    wanted = whole.reshape(4, 11, 3, 14, 3).mean((2, 4))
    np.testing.assert_allclose(small[:, :11, :14], wanted, atol=1e-5)


def test_what_a_layer_covers_is_told_when_it_changes() -> None:
    crop = Box(0, 0, 100, 100)
    boxes = [Box(3, 3, 9, 9), Box(4, 4, 10, 10), Box(0, 0, 0, 0), Box(90, 90, 100, 100)]
    assert turns(boxes, crop) == ((0, 0, 0, 16, 16), (2, 0, 0, 0, 0), (3, 88, 88, 100, 100))


def test_proxies_show_what_the_layer_files_show(tmp_path: Path) -> None:
    """The drawn design is small, so that a proxy pixel is a canvas pixel."""
    manifest = run_item(request(tmp_path, proxies=True))
    out = tmp_path / "out"
    index = read_index(out / "proxies")
    assert (index.scale, index.small, index.frames, index.composite is None) == ((2, 2), (96, 64), 6, False)
    balloon = next(layer for layer in index.layers if layer.path == "Hero/Balloon")
    exported = frames_of(out / entry_of(manifest, "Hero/Balloon").path)
    x0, y0, x1, y1 = balloon.place.crop
    (x, y), sheet = balloon.place.at, index.sheets[balloon.place.sheet or 0]
    for (_, picture), frame in zip(pictures(out / "proxies" / sheet.file), exported, strict=True):
        colour = picture.rgba()[:3]
        part = np.s_[:, y : y + y1 - y0, x : x + x1 - x0]
        cover = (picture.planes[0][sheet.size[1] // 2 :].astype(np.float32) - 16) / 219
        proxy = np.concatenate([colour[part], np.clip(cover[None], 0, 1)[part]])
        wanted = premultiply(frame)[:, y0:y1, x0:x1]
        assert np.abs(premultiply(proxy) - wanted).mean() < 3 / 255
    with pytest.raises(AssertionError):  # the comparison can fail
        assert np.abs(premultiply(proxy) - premultiply(exported[0])[:, y0:y1, x0:x1]).mean() < 3 / 255


def test_they_are_listed_summed_and_resumed(tmp_path: Path) -> None:
    job = request(tmp_path, proxies=True, formats=(), composites=())
    run_item(job)
    out = tmp_path / "out"
    entry = entry_of(read_manifest(out), "proxies")
    assert entry.role == "proxy"
    assert {part.path for part in entry.parts} == {f"proxies/{file.name}" for file in (out / "proxies").iterdir()}
    sums = dict(line.split("  ")[::-1] for line in (out / "SHA256SUMS").read_text().splitlines())
    for part in entry.parts:
        assert sums[part.path] == hashlib.sha256((out / part.path).read_bytes()).hexdigest()
    (out / "proxies" / "sheet-0.webm").write_bytes(b"nothing")
    again = run_item(request(tmp_path, proxies=True, formats=(), composites=(), resume=True))
    assert entry_of(again, "proxies") == entry


def test_who_wants_none_gets_none(tmp_path: Path) -> None:
    assert plan_only(request(tmp_path, proxies=True)).proxies
    assert not plan_only(request(tmp_path, proxies=False)).proxies
    part = request(tmp_path, proxies=True, frames=(0, 2), formats=("png",), composites=())
    assert not plan_only(part).proxies  # a farm makes ranges


def test_the_plan_names_them(tmp_path: Path) -> None:
    job = request(tmp_path)
    words = ("animate", job.design, "--layout", str(job.layout), "-o", tmp_path / "out", "--plan")
    assert "proxies/" in art(*words).stdout
    assert "proxies/" not in art(*words, "--no-proxies").stdout


def test_an_index_that_was_tampered_with_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        read_index(tmp_path)
    run_item(request(tmp_path, proxies=True, formats=(), composites=()))
    path = tmp_path / "out" / "proxies" / "proxies.json"
    data = json.loads(path.read_text())
    data["sheets"][0]["file"] = "../../secret.webm"
    path.write_text(json.dumps(data))
    with pytest.raises(BadInput, match="not as written"):
        read_index(path.parent)


def test_the_timeline_knows_every_part_of_a_motion(tmp_path: Path) -> None:
    layers = BOB.replace(
        "loop:", "in: {motion: rise, duration: 0.25s}\n    out: {motion: fade, duration: 0.2s}\n    loop:"
    )
    run_item(
        request(tmp_path, layers, canvas="fps: 12, duration: 1s, loop: false", proxies=True, formats=(), composites=())
    )
    index = read_index(tmp_path / "out" / "proxies")
    balloon = next(layer for layer in index.layers if layer.path == "Hero/Balloon")
    parts = {motion.slot: motion for motion in balloon.motions}
    assert parts["in"].name == "rise"
    assert parts["in"].duration == 0.25
    assert parts["out"].start == pytest.approx(0.8)
    assert parts["loop"].duration == 0.5
    assert Fraction(index.fps) == 12
