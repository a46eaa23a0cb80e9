"""`art compare`: the index is the published one, what differs is found and drawn, what is equal is exactly so."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import convolve2d

from drawn import bar, disc, noise, save_png, write_psd
from engine.compare import CompareReport, compare
from engine.compare.picture import DifferencePicture, amplified
from engine.compare.ssim import EQUAL, likeness, ssim_map
from engine.errors import CheckFailed, MissingInput
from engine.pipeline import Request, run_item
from jobs import layout_text
from test_cli import art

Float32 = NDArray[np.float32]
EVERY = ("prores4444", "webm", "png", "png16", "exr", "qtrle", "ffv1", "mp4-packed")


def picture(seed: int, size: tuple[int, int] = (40, 32)) -> Float32:
    """(h, w, 4) premultiplied, with holes."""
    straight = noise(*size, seed=seed).astype(np.float32) / 255
    smooth = cv2.GaussianBlur(straight, (0, 0), 2)
    smooth[..., 3] = np.clip(4 * smooth[..., 3] - 1.5, 0, 1)
    smooth[..., :3] *= smooth[..., 3:]
    return smooth


# --- the index --------------------------------------------------------------------------------------------------------


def direct(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """The index as the paper writes it, where whole windows fit: weighted sums about the windows' own means."""
    axis = np.arange(11) - 5
    window = np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(convolve2d(values, window, mode="valid"))

    mean_a, mean_b = mean(a), mean(b)
    found = np.empty_like(mean_a)
    for row, column in np.ndindex(found.shape):
        first, second = a[row : row + 11, column : column + 11], b[row : row + 11, column : column + 11]
        from_a, from_b = first - mean_a[row, column], second - mean_b[row, column]
        variance_a, variance_b = (window * from_a**2).sum(), (window * from_b**2).sum()
        covariance = (window * from_a * from_b).sum()
        light = 2 * mean_a[row, column] * mean_b[row, column] + 0.01**2
        light /= mean_a[row, column] ** 2 + mean_b[row, column] ** 2 + 0.01**2
        found[row, column] = light * (2 * covariance + 0.03**2) / (variance_a + variance_b + 0.03**2)
    return found


def test_the_index_is_that_of_the_paper() -> None:
    a, b = picture(1)[..., :3], picture(2)[..., :3]
    found = ssim_map(a, b)[5:-5, 5:-5]
    for channel in range(3):
        expected = direct(a[..., channel].astype(float), b[..., channel].astype(float))
        assert np.abs(found[..., channel] - expected).max() < 1e-4


@given(st.integers(0, 1000), st.integers(0, 1000))
@settings(max_examples=20)
def test_the_index_is_symmetric_bounded_and_one_for_equal_pictures_alone(first: int, second: int) -> None:
    a, b = picture(first), picture(second + 2000)
    there, back = likeness(a, b), likeness(b, a)
    assert there == back
    assert -1 <= there.ssim < 1
    assert likeness(a, a.copy()) == EQUAL


def test_the_more_noise_the_less_alike() -> None:
    a, steps = picture(3), np.random.default_rng(0).normal(0, 1, (32, 40, 3)).astype(np.float32)
    indices = []
    for strength in (0.01, 0.03, 0.1, 0.3):
        b = a.copy()
        b[..., :3] = np.clip(a[..., :3] + strength * steps, 0, a[..., 3:])
        indices.append(likeness(a, b).ssim)
    assert indices == sorted(indices, reverse=True)
    assert indices[0] > 0.9 > 0.6 > indices[-1]


def test_constant_pictures_differ_in_light_alone() -> None:
    """Wang et al., section III B: then the index is (2 x y + C1) / (x^2 + y^2 + C1)."""
    a, b = (np.full((20, 20, 3), value, np.float32) for value in (0.4, 0.6))
    expected = (2 * 0.4 * 0.6 + 1e-4) / (0.4**2 + 0.6**2 + 1e-4)
    assert np.allclose(ssim_map(a, b), expected, atol=1e-4)


def test_alpha_counts_as_much_as_colour() -> None:
    black = np.zeros((32, 40, 4), np.float32)
    black[8:24, 8:32, 3] = 1
    thin = black.copy()
    thin[..., 3] *= 0.5
    assert likeness(black, thin).difference == 0.5
    assert likeness(black, thin).ssim < 0.9, "over black nothing would be seen of it"


def test_a_small_layer_is_not_lost_in_a_large_canvas() -> None:
    canvas, wrong = np.zeros((400, 600, 4), np.float32), np.zeros((400, 600, 4), np.float32)
    canvas[200:210, 300:310] = picture(5, (10, 10))
    wrong[200:210, 300:310] = picture(6, (10, 10))
    small = likeness(canvas[180:230, 280:330], wrong[180:230, 280:330])
    assert likeness(canvas, wrong).ssim == pytest.approx(small.ssim, abs=1e-6)
    assert small.ssim < 0.9


# --- folders ----------------------------------------------------------------------------------------------------------

LAYERS = "  - {layer: Hero, as: group, loop: {motion: bob, period: 0.5s}}\n  - {layer: Title, loop: %s}\n"
CANVAS = "fps: 8, duration: 0.5s"


def made(folder: Path, loop: str = "drift", **choices: object) -> Path:
    """An output folder of the drawn design."""
    folder.mkdir(parents=True, exist_ok=True)
    layout = folder / "motion.yaml"
    layout.write_text(layout_text(LAYERS % f"{{motion: {loop}, period: 0.5s}}", CANVAS), "utf-8")
    wanted = {"formats": ("ffv1",), "composites": ("ffv1",), "device": "cpu", **choices}
    out = folder / "out"
    run_item(Request(write_psd(folder / "design.psd"), out, layout=layout, **wanted))  # type: ignore[arg-type]  # words
    return out


@pytest.fixture(scope="module")
def drift(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("drift"))


@pytest.fixture(scope="module")
def shake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("shake"), "sway")


def by_name(report: CompareReport) -> dict[str, float | None]:
    return {pair.what: pair.ssim for pair in report.pairs}


def test_a_folder_is_exactly_like_itself(drift: Path) -> None:
    report = compare(drift, drift, 1.0)
    assert report.ok
    assert {pair.what for pair in report.pairs} == {"Background", "Hero", "Title", "Größe ★", "composite"}
    assert {(pair.least, pair.difference) for pair in report.pairs} == {(EQUAL, 0.0)}


def test_equal_pictures_in_unequal_files_are_exactly_alike(drift: Path, tmp_path: Path) -> None:
    """Decoded, not only hashed: the same frames in FFV1 and in PNG."""
    for ffv1, png in zip(sorted(drift.glob("layers/*.mkv")), _as_sequences(drift, tmp_path), strict=True):
        (pair,) = compare(ffv1, png, 1.0).pairs
        assert (pair.least, pair.difference, pair.frames) == (EQUAL, 0.0, 4)


def _as_sequences(folder: Path, target: Path) -> list[Path]:
    from engine.codecs.decode import decode

    for movie in sorted(folder.glob("layers/*.mkv")):
        (target / movie.stem).mkdir()
        for index, frame in enumerate(decode(movie)):
            save_png(target / movie.stem / f"{index:04}.png", np.rint(frame * 255).astype(np.uint8))
    return sorted(target.iterdir())


def test_what_differs_is_found_and_nothing_else(drift: Path, shake: Path) -> None:
    report = compare(drift, shake, 0.98)
    found = by_name(report)
    assert [pair.what for pair in report.failing] == ["Title", "composite"]
    assert report.pairs[0].what == "Title", "the least alike first"
    assert {name for name, index in found.items() if index == 1} == {"Background", "Hero", "Größe ★"}
    assert compare(drift, shake, -1).ok


def test_the_worst_frame_is_named(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        for index in range(5):
            save_png(folder / f"{index:04}.png", disc(24, (200, 40, 30)))
    save_png(second / "0003.png", disc(24, (190, 40, 30)))
    save_png(second / "0001.png", disc(24, (40, 40, 200)))
    (pair,) = compare(first, second, 0.99).pairs
    assert (pair.frame, pair.frames) == (1, 5)
    assert pair.difference == pytest.approx(170 / 255, abs=1e-6)
    assert not pair.passes(0.99)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": "50%"}, "96 x 64 px in A, 48 x 32 px in B"),
        ({"fps": "16"}, "4 frames in A, 8 in B"),
        ({"fps": "16", "duration": "4f"}, "8 fps in A, 16 fps in B"),
        ({"formats": ("qtrle",)}, "is only in A"),
        ({"layers": "Hero"}, "is only in A"),
        ({"crop": "region"}, "px in B"),
    ],
)
def test_what_cannot_be_compared_fails_with_a_sentence(
    drift: Path, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    report = compare(drift, made(tmp_path, **change), 0.0)
    assert not report.ok
    assert any(said in pair.problem for pair in report.pairs if pair.what == "Title")


def test_missing_and_damaged_files_are_failures(drift: Path, tmp_path: Path) -> None:
    other = shutil.copytree(drift, tmp_path / "out")
    next(other.glob("layers/*title*.mkv")).unlink()
    next(other.glob("layers/*hero*.mkv")).write_bytes(b"no movie at all")
    problems = {pair.what: pair.problem for pair in compare(drift, other, 0.0).failing}
    assert set(problems) == {"Title", "Hero"}
    assert problems["Title"] == "its file is missing in B"
    assert "cannot be read" in problems["Hero"]
    with pytest.raises(CheckFailed, match="cannot be read"):
        compare(next(drift.glob("layers/*hero*.mkv")), next(other.glob("layers/*hero*.mkv")), 0.0)


def test_what_is_not_there_is_said(drift: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        compare(drift, tmp_path / "nothing", 0.98)
    with pytest.raises(MissingInput, match="the other one has one"):
        compare(drift, next(drift.glob("composite*")), 0.98)


def test_nothing_to_compare_is_not_alike(tmp_path: Path) -> None:
    """A check of a build must not pass because nothing was made."""
    out = made(tmp_path, formats=(), composites=())
    with pytest.raises(MissingInput, match="nothing to compare"):
        compare(out, out, 0.98)


@pytest.mark.parametrize("alpha", ["straight", "premultiplied"])
def test_every_format_is_read(drift: Path, tmp_path: Path, alpha: str) -> None:
    """Each format's layers lie near the lossless ones, whatever convention they are stored in."""
    out = made(tmp_path, formats=EVERY, alpha=alpha)
    (lossless,) = drift.glob("layers/*hero*.mkv")
    report = compare(out, out, 1.0)
    assert {pair.preset for pair in report.pairs if pair.what == "Hero"} == set(EVERY)
    if alpha == "straight":
        for path in out.glob("layers/*hero*"):
            (pair,) = compare(lossless, path, 0.9).pairs
            assert pair.passes(0.9), (path.name, pair)


# --- the difference picture -------------------------------------------------------------------------------------------


def test_the_difference_is_amplified_to_white() -> None:
    a = np.zeros((4, 6, 4), np.float32)
    a[..., 3] = 1
    b = a.copy()
    b[1, 2, 0] = 0.02
    shown = amplified(a, b)
    assert shown[1, 2, 0] == 1
    assert shown.sum() == 4 * 6 + 1
    assert np.isfinite(amplified(a, a)).all()


def test_the_difference_picture_has_a_row_for_each_that_fails(drift: Path, shake: Path, tmp_path: Path) -> None:
    picture, path = DifferencePicture(), tmp_path / "diff.png"
    report = compare(drift, shake, 0.98, picture.take)
    assert picture.write(path)
    with Image.open(path) as image:
        pixels = np.array(image.convert("RGB"))
    rows = np.flatnonzero((pixels != pixels[0, 0]).any(axis=(1, 2)))
    assert len(report.failing) == 2
    assert pixels.shape[0] > 2 * 270
    assert pixels.max() > 200
    assert len(rows) > 2 * 270
    assert not DifferencePicture().write(tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


# --- the program ------------------------------------------------------------------------------------------------------


def test_the_program_says_it_with_its_exit_code(drift: Path, shake: Path, tmp_path: Path) -> None:
    same = art("compare", drift, drift)
    assert same.returncode == 0
    assert "all 5 alike" in same.stdout
    diff = tmp_path / "diff.png"
    other = art("compare", drift, shake, "--fail-under", "0.98", "--diff", diff, "--quiet")
    assert other.returncode == 74
    assert "Title" in other.stdout
    assert "Background" not in other.stdout
    assert diff.is_file()
    data = json.loads(art("compare", drift, shake, "--json").stdout)["data"]
    assert data["ok"] is False
    assert data["pairs"][0]["what"] == "Title"
    assert data["pairs"][0]["ssim"] < 0.98
    assert art("compare", drift, tmp_path / "nothing").returncode == 66
    assert art("compare", drift, shake, "--fail-under", "2").returncode == 2


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    import tracemalloc

    peaks = []
    for frames in (4, 40):
        folders = [tmp_path / f"{name}{frames}" for name in "ab"]
        for folder, color in zip(folders, ((200, 40, 30, 255), (180, 40, 30, 255)), strict=True):
            folder.mkdir()
            for index in range(frames):
                save_png(folder / f"{index:04}.png", bar(64, 48, color))
        tracemalloc.start()
        compare(*folders, 0.99)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]
