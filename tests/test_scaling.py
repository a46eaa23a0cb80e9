"""A document at another size looks like its picture at that size; placed pictures land exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from drawn import composite, disc, drawn_document, noise
from engine.document import Document, Group, Layer
from engine.geometry import Box, compose, trs_matrix
from engine.scaling import fit, placed, placed_box, premultiplied_planes, scaled, to_straight


def resized(premultiplied_picture: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    planes = [Image.fromarray(premultiplied_picture[..., c].astype(np.float32)) for c in range(4)]
    return np.stack([np.asarray(plane.resize(size, Image.Resampling.BICUBIC)) for plane in planes], -1).clip(0, 1)


@pytest.mark.parametrize("floating", [False, True])
@pytest.mark.parametrize("size", [(48, 32), (60, 40), (31, 21), (192, 128), (96, 100)])
def test_the_scaled_document_is_the_scaled_picture(size: tuple[int, int], floating: bool) -> None:
    document = drawn_document(floating=floating)
    small = scaled(document, size)
    assert small.size == size
    difference = np.abs(composite(small) - resized(composite(document), size))
    # compositing filtered layers is not filtering the composite where edges cross, so the largest is not 0
    assert difference.mean() < 0.003
    assert difference.max() < 0.15
    for layer in small.layers():
        assert layer.load().shape == (layer.box.height, layer.box.width, 4)
        assert layer.load().dtype == (np.float32 if floating else np.uint8)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(-20, 60), st.integers(-20, 60), st.integers(20, 200))
@settings(max_examples=40, deadline=None)
def test_one_opaque_layer_keeps_its_area_and_centre(width: int, height: int, x: int, y: int, side: int) -> None:
    pixels = np.full((height, width, 4), 255, np.uint8)
    layer = Layer(id="#1", name="a", path="a", box=Box.from_xywh(x, y, width, height), load=lambda: pixels)
    document = Document(source=Path("a"), format="drawn", size=(400, 400), children=(layer,))
    small = scaled(document, (side, side)).layers()[0]
    scale = side / 400
    assert small.box.x0 <= x * scale + 1e-6
    assert small.box.x1 >= (x + width) * scale - 1e-6
    alpha = small.load()[..., 3] / 255
    if x != 0 and y != 0 and width * scale > 3 and height * scale > 3:
        assert alpha.sum() == pytest.approx(width * height * scale**2, rel=0.1)
        columns = np.arange(small.box.x0, small.box.x1) + 0.5
        assert (alpha.sum(0) * columns).sum() / alpha.sum() == pytest.approx((x + width / 2) * scale, abs=0.1)


def test_a_background_stays_opaque_to_the_canvas_edge() -> None:
    small = scaled(drawn_document(), (50, 33))
    background = small.layers()[0]
    assert background.box == small.canvas
    assert (background.load()[..., 3] == 255).all()


def test_no_ghost_around_a_hard_edge() -> None:
    pixels = np.full((40, 40, 4), 255, np.uint8)
    layer = Layer(id="#1", name="a", path="a", box=Box(31, 31, 71, 71), load=lambda: pixels)
    document = Document(source=Path("a"), format="drawn", size=(100, 100), children=(layer,))
    out = scaled(document, (37, 37)).layers()[0]
    row = out.load()[out.box.height // 2, :, 3].astype(int)
    edge = int(np.argmax(row > 127))
    assert (row[: max(0, edge - 1)] == 0).all()


def test_masks_artboards_preview_and_laziness() -> None:
    loads: list[str] = []
    document = drawn_document()
    group = document.children[1]
    assert isinstance(group, Group)

    def counted() -> NDArray[np.uint8]:
        loads.append("pixels")
        return noise(96, 64)

    layer = replace(document.layers()[0], load=counted)
    preview = noise(96, 64)
    preview[..., 3] = 255
    full = replace(document, children=(layer, replace(group, artboard=Box(10, 10, 50, 50))), preview=lambda: preview)
    small = scaled(full, (48, 32))
    assert loads == []
    board = small.children[1]
    assert isinstance(board, Group)
    assert board.artboard == Box(5, 5, 25, 25)
    shown = small.preview()
    assert shown is not None
    assert shown.shape == (32, 48, 4)
    assert shown.dtype == np.uint8
    title = next(layer for layer in scaled(document, (48, 32)).layers() if layer.masks)
    mask = title.masks[0]
    coverage = mask.load()
    assert coverage.shape == (mask.box.height, mask.box.width)
    assert coverage.dtype == np.float32
    assert 0 <= coverage.min() < 0.05 < 0.95 < coverage.max() <= 1
    assert scaled(full, full.size) is full
    assert scaled(replace(full, preview=lambda: None), (48, 32)).preview() is None
    with pytest.raises(ValueError, match="holds nothing"):
        scaled(full, (0, 5))


def test_fit() -> None:
    assert fit((7680, 4320), 3840) == (3840, 2160)
    assert fit((100, 50), 3840) == (100, 50)
    assert fit((10000, 1), 100) == (100, 1)
    assert fit((1000, 3000), 1500) == (500, 1500)


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_straight_and_premultiplied_are_inverse(seed: int, floating: bool) -> None:
    pixels = noise(6, 5, seed)
    straight = pixels.astype(np.float32) / 255 if floating else pixels
    back = to_straight(np.stack(list(premultiplied_planes(straight)), -1), floating=floating)
    solid = pixels[..., 3] > 0
    np.testing.assert_allclose(back[solid], straight[solid], atol=1e-5 if floating else 0)


# --- placing ----------------------------------------------------------------------------------------------------------


def matrix(linear: list[list[float]], at: tuple[float, float]) -> NDArray[np.float64]:
    return np.column_stack([np.array(linear, float), np.array(at)])


@pytest.mark.parametrize(
    ("linear", "turned"),
    [
        ([[1, 0], [0, 1]], lambda p: p),
        ([[-1, 0], [0, 1]], lambda p: p[:, ::-1]),
        ([[1, 0], [0, -1]], lambda p: p[::-1]),
        ([[-1, 0], [0, -1]], lambda p: p[::-1, ::-1]),
        ([[0, -1], [1, 0]], lambda p: np.rot90(p, -1)),  # clockwise on a canvas whose y runs down
        ([[0, 1], [-1, 0]], lambda p: np.rot90(p)),
        ([[0, 1], [1, 0]], lambda p: p.transpose(1, 0, 2)),
        ([[0, -1], [-1, 0]], lambda p: np.rot90(p.transpose(1, 0, 2), 2)),
    ],
)
def test_quarter_turns_and_flips_are_exact(linear: list[list[float]], turned: object) -> None:
    pixels = noise(7, 4)
    forward = matrix(linear, (20, 30))
    out = placed(pixels, forward)
    assert callable(turned)
    np.testing.assert_array_equal(out, turned(pixels))
    box = placed_box((7, 4), forward)
    corner = forward @ np.array([0.5, 0.5, 1])  # where the picture's first pixel goes
    np.testing.assert_array_equal(out[int(corner[1]) - box.y0, int(corner[0]) - box.x0], pixels[0, 0])


def test_scaling_up_is_exact_at_edges_and_smooth_inside() -> None:
    out = placed(np.full((5, 4, 4), 200, np.uint8), matrix([[3, 0], [0, 2]], (0, 0)))
    assert out.shape == (10, 12, 4)
    assert (out == 200).all()
    half = placed(np.full((4, 4, 4), 255, np.uint8), matrix([[1, 0], [0, 1]], (0.5, 0)))
    np.testing.assert_array_equal(half[:, :, 3], [[128, 255, 255, 255, 128]] * 4)


@pytest.mark.parametrize("scale", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("angle", [15.0, 45.0, 100.0])
def test_turned_pictures_keep_area_centre_and_colour(angle: float, scale: float) -> None:
    pixels = disc(41, (10, 200, 90))
    turn = np.deg2rad(angle)
    forward = trs_matrix(
        np.array([20.5, 20.5]),
        np.array([100.25, 80.5]),
        np.array([np.cos(turn), np.sin(turn)]),
        np.array(0.0),
        np.array([scale, scale]),
    )
    out, box = placed(pixels, forward), placed_box((41, 41), forward)
    alpha = out[..., 3] / 255
    assert alpha.sum() == pytest.approx(pixels[..., 3].sum() / 255 * scale**2, rel=0.01)
    columns, rows = np.arange(box.x0, box.x1) + 0.5, np.arange(box.y0, box.y1) + 0.5
    assert (alpha.sum(0) * columns).sum() / alpha.sum() == pytest.approx(120.75, abs=0.05)
    assert (alpha.sum(1) * rows).sum() / alpha.sum() == pytest.approx(101, abs=0.05)
    inside = alpha > 0.5
    assert np.abs(out[inside][:, :3].astype(int) - [10, 200, 90]).max() <= 2


def test_a_flat_map_draws_nothing() -> None:
    flat = compose(matrix([[0, 0], [0, 1]], (10.5, 2)), matrix([[1, 0], [0, 1]], (0, 0)))
    assert not placed(noise(5, 5), flat).any()
