"""Whether moved artwork is still the artwork: each number finds its own damage and no other's."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from engine.evaluation.artwork import Kept, kept
from engine.evaluation.clip import Pixels, make_clip, premultiplied
from engine.evaluation.measure import measure

FRAMES = 16


def drawing() -> Pixels:
    """Nothing in it is symmetrical; its edges are soft, so that little is lost by moving it."""
    still = np.zeros((120, 140, 4), np.uint8)
    cv2.circle(still, (65, 60), 30, (200, 60, 40, 255), -1)
    cv2.rectangle(still, (68, 40), (84, 56), (30, 60, 200, 255), -1)
    cv2.line(still, (45, 70), (80, 82), (240, 220, 60, 255), 5)
    return straight(cv2.GaussianBlur(premultiplied(still).astype(np.float32), (0, 0), 1.5))


def straight(picture: np.ndarray) -> Pixels:
    """Premultiplied (h, w, 4) in 0..255 as straight bytes."""
    colour = picture[..., :3] * 255 / np.maximum(picture[..., 3:], 1)
    return np.concatenate([colour, picture[..., 3:]], -1).round().clip(0, 255).astype(np.uint8)


def moved(change: Callable[[np.ndarray, int], np.ndarray] = lambda picture, _index: picture) -> Kept:
    """Of the drawing that goes round and turns, each premultiplied frame changed."""
    still, film = drawing(), []
    picture = premultiplied(still).astype(np.float32)
    for index in range(FRAMES):
        phase = 2 * np.pi * index / FRAMES
        turn = cv2.getRotationMatrix2D((65, 60), 10 * np.sin(phase), 1 + 0.1 * np.sin(phase))
        turn[:, 2] += 6 * np.cos(phase), 6 * np.sin(phase)
        frame = cv2.warpAffine(picture, turn, (140, 120), flags=cv2.INTER_CUBIC)
        film.append(straight(change(frame, index)))
    found = kept(film, still, measure(make_clip(film, still, 16)))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def whole() -> Kept:
    return moved()


def test_what_is_merely_moved_is_kept(whole: Kept) -> None:
    assert whole.sharpness == pytest.approx(1, abs=0.03)
    assert whole.colour < 0.5
    assert whole.alpha < 0.7
    assert whole.dtssd < 1.5
    assert whole.flicker < 1.5


def test_blur_is_a_loss_of_sharpness(whole: Kept) -> None:
    blurred = moved(lambda picture, _: cv2.GaussianBlur(picture, (0, 0), 2))
    assert blurred.sharpness < 0.8
    assert blurred.colour < whole.colour + 1
    assert blurred.alpha > 2 * whole.alpha


def test_another_colour_is_a_drift() -> None:
    tinted = moved(lambda picture, _: picture * np.array([0.8, 1, 1, 1], np.float32))
    assert tinted.colour > 5


def test_a_fade_is_neither_a_drift_nor_a_loss(whole: Kept) -> None:
    faded = moved(lambda picture, index: picture * np.float32(0.6 + 0.4 * index / FRAMES))
    assert faded.colour < 1
    assert faded.sharpness == pytest.approx(whole.sharpness, abs=0.03)


def test_what_comes_and_goes_flickers(whole: Kept) -> None:
    def holed(picture: np.ndarray, index: int) -> np.ndarray:
        if index % 2:
            picture[50:58, 50:58] = 0
        return picture

    def stained(picture: np.ndarray, index: int) -> np.ndarray:
        if index % 2:
            picture[50:58, 50:58, :3] *= 0.3
        return picture

    assert moved(holed).dtssd > 5 * whole.dtssd
    stain = moved(stained)
    assert stain.flicker > 3 * whole.flicker
    assert stain.dtssd < 2 * whole.dtssd + 0.5


def test_nothing_is_said_of_what_is_hardly_there() -> None:
    still = drawing()
    film = [np.zeros_like(still)] * FRAMES
    assert kept(film, still, measure(make_clip(film, still, 16))) is None
