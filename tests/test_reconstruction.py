"""What the autoencoder gives back: PSNR and SSIM where the layer is, and Lottie files layer by layer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from art_cli.main import app
from engine.dataset.tdl import LayerSample
from engine.errors import MissingInput, UsageError
from engine.evaluation.likeness import Likeness, likenesses
from engine.evaluation.rendered import STEPS, Score, film_of, rebuild_lottie, summed
from engine.evaluation.report import write_rebuilt
from engine.geometry import Box
from engine.progress import Silent
from tiny_networks import import_networks

CLI = CliRunner()


# --- likeness ---------------------------------------------------------------------------------------------------------


def film(colour: float, alpha: float = 1.0, steps: int = 2, side: int = 48) -> torch.Tensor:
    """(1, t, 4, h, w): a square of one grey in the middle."""
    made = torch.zeros(1, steps, 4, side, side)
    made[..., side // 4 : -side // 4, side // 4 : -side // 4] = alpha
    made[:, :, :3] *= colour
    return made


def test_the_same_is_the_same() -> None:
    (same,) = likenesses(film(0.7), film(0.7))
    assert same.rgb == pytest.approx(80)
    assert same.alpha == pytest.approx(80)
    assert same.rgb_ssim == pytest.approx(1)
    assert same.alpha_ssim == pytest.approx(1)


def test_errors_are_taken_where_the_layer_is() -> None:
    (off,) = likenesses(film(0.8), film(0.7))
    inside = 24**2 / 32**2  # of the square dilated by 4 px
    assert off.rgb == pytest.approx(-10 * np.log10(0.01 * inside), abs=0.01)
    assert off.alpha == pytest.approx(80)
    (large,) = likenesses(film(0.8, side=48), film(0.7, side=48))
    assert large.rgb == off.rgb


def test_colour_is_compared_over_grey() -> None:
    (gone,) = likenesses(film(0.5, alpha=0), film(0.5))
    assert gone.rgb == pytest.approx(80)
    assert gone.alpha < 5
    assert gone.alpha_ssim < 0.5


def test_ssim_minds_structure_more_than_light() -> None:
    truth = film(0.5)
    truth[:, :, :3, 12:36:2, 12:36] = 0.4
    (lighter,), (flat,) = likenesses(truth + 0.05 * truth[:, :, 3:], truth), likenesses(film(0.45), truth)
    assert lighter.rgb_ssim > flat.rgb_ssim + 0.1


# --- Lottie -----------------------------------------------------------------------------------------------------------


def layer(frames: np.ndarray) -> LayerSample:
    return LayerSample("a", "", frames[0], frames, Box(10, 20, 10 + frames.shape[2], 20 + frames.shape[1]))


def test_the_still_layer_is_the_frame_that_shows_most() -> None:
    frames = np.zeros((5, 30, 60, 4), np.uint8)
    for index, width in enumerate((10, 20, 60, 40, 60)):
        frames[index, :, :width] = (200, 100, 50, 255)
    made = film_of(layer(frames), (200, 100))
    assert made.frames.shape[0] == 5
    assert made.frames.shape[2] % 16 == made.frames.shape[3] % 16 == 0
    assert torch.equal(made.still, made.frames[2])
    assert made.still[3].mean() > 0.5
    assert (made.still[:3] <= made.still[3:] + 1e-6).all()


def test_the_median_is_over_files_and_the_worst_comes_first() -> None:
    found = {
        name: [Score(0, 0, True, Likeness(rgb, 30, 0.9, 0.9)), Score(1, 0, False, Likeness(60, 60, 1, 1))]
        for name, rgb in (("a", 40.0), ("b", 20.0), ("c", 30.0))
    }
    told = summed(found)
    assert list(told["files"]) == ["b", "c", "a"]
    assert told["median file"]["all"]["rgb"] == 45
    assert told["median file"]["moving"]["rgb"] == 30
    assert told["files"]["a"] | {"layers": 2, "clips": 2, "moving": 1, "rgb": 50.0} == told["files"]["a"]


def square(index: int, x: list[int]) -> dict[str, object]:
    """A shape layer whose square goes from one place to another."""
    keys = [{"t": 0, "s": [x[0], 32], "i": {"x": 1, "y": 1}, "o": {"x": 0, "y": 0}}, {"t": 30, "s": [x[1], 32]}]
    return {
        "ty": 4, "ind": index, "nm": f"square {index}", "ip": 0, "op": 30, "st": 0,
        "ks": {"p": {"a": 1, "k": keys}, "a": {"a": 0, "k": [0, 0]}, "s": {"a": 0, "k": [100, 100]},
               "r": {"a": 0, "k": 0}, "o": {"a": 0, "k": 100}},
        "shapes": [{"ty": "rc", "p": {"a": 0, "k": [0, 0]}, "s": {"a": 0, "k": [16, 16]}, "r": {"a": 0, "k": 0}},
                   {"ty": "fl", "c": {"a": 0, "k": [1, 0, 0, 1]}, "o": {"a": 0, "k": 100}}],
    }  # fmt: skip


def test_lottie_files_are_rebuilt_layer_by_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rlottie_python", reason="rlottie-python is not installed")
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    import_networks(tmp_path / "weights")
    folder = tmp_path / "lottie"
    folder.mkdir()
    layers = [square(1, [10, 50]), square(2, [32, 32])]
    data = {"v": "5", "w": 64, "h": 64, "fr": 15, "ip": 0, "op": 30, "layers": layers}
    (folder / "two.json").write_text(json.dumps(data))
    (folder / "bad.json").write_text("{}")
    clips_of = rebuild_lottie(folder, "tiny", "cpu", None, 1, Silent())
    found = write_rebuilt(clips_of, {"weights": "tiny"}, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "results.json").read_text("utf-8")) == found
    assert "frames of two.json" in (tmp_path / "out" / "page.html").read_text("utf-8")
    assert list(found["files"]) == ["two.json"]
    clips = 2 * len(range(0, 32 - STEPS, STEPS - 1)) + 2  # 2 s of two layers at 16 steps a second
    assert found["files"]["two.json"]["clips"] == clips
    assert found["files"]["two.json"]["moving"] == clips // 2
    assert found["median file"]["all"]["files"] == 1
    told = CLI.invoke(app, ["evaluate", "autoencoder", "--lottie", str(folder), "--count", "1", "--weights", "tiny",
                            "--device", "cpu", "--quiet"])  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "two.json" in told.stdout
    assert "median of 1 files" in told.stdout


def test_wrong_wishes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="Lottie"):
        rebuild_lottie(tmp_path, "tiny", "cpu", None, 0, Silent())
    with pytest.raises(UsageError, match="exact latents"):
        rebuild_lottie(tmp_path, "tiny", "cpu", None, -1, Silent())
