"""The fidelity sweep: it scores, it survives what hangs or dies, and it can say no."""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

psd_tools = pytest.importorskip("psd_tools")
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def sweep() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fidelity_sweep", ROOT / "benchmarks" / "fidelity.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def written(path: Path, *, spoil: bool = False) -> Path:
    """A PSD of two layers; spoiled, its embedded picture is another one."""
    psd = psd_tools.PSDImage.new("RGBA", (40, 40))
    psd.create_pixel_layer(Image.new("RGBA", (40, 40), (90, 120, 200, 255)), name="back")
    psd.create_pixel_layer(Image.new("RGBA", (10, 10), (255, 0, 0, 255)), name="front", top=3, left=3)
    psd.save(path)
    if spoil:
        psd = psd_tools.PSDImage.open(path)
        planes = [np.full((40, 40), value, np.uint8).tobytes() for value in (0, 255, 0, 255)]
        psd._record.image_data.set_data(planes, psd._record.header)
        with path.open("wb") as file:
            psd._record.write(file)
    return path


def test_a_right_file_scores_near_zero(sweep: ModuleType, tmp_path: Path) -> None:
    score = sweep.score(written(tmp_path / "a.psd"))
    assert score.ours[0] < 0.5
    assert score.peer[0] < 1
    assert "layered, no effects or adjustments" in score.features
    assert "psd-tools" in score.left_out  # it wrote the picture


def test_a_wrong_picture_is_seen(sweep: ModuleType, tmp_path: Path) -> None:
    score = sweep.score(written(tmp_path / "a.psd", spoil=True))
    assert score.ours[0] > 50
    assert not score.good
    assert not score.peer_good


def test_hanging_and_dying_files_do_not_stop_it(
    sweep: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "score", lambda path: time.sleep(60))
    assert "no result" in sweep.isolated(tmp_path / "a.psd", 0.3).failed
    monkeypatch.setattr(sweep, "score", lambda path: os._exit(1))
    assert "died" in sweep.isolated(tmp_path / "a.psd", 5).failed
    monkeypatch.setattr(sweep, "score", lambda path: 1 / 0)
    assert "ZeroDivisionError" in sweep.isolated(tmp_path / "a.psd", 5).failed


def test_report_counts_and_lists(sweep: ModuleType) -> None:
    photoshop = "Adobe Photoshop 2026"
    scores = {
        "good.psd": sweep.Score(("masks",), photoshop, ours=(0.2, 1.0), peer=(3.0, 9.0)),
        "bad.psd": sweep.Score(("masks",), photoshop, ours=(4.0, 8.0), peer=(0.1, 0.2), why="not drawn: satin"),
        "foreign.psd": sweep.Score((), "GIMP", "embedded picture written by GIMP", ours=(0.1, 0.1)),
        "broken.psd": sweep.Score(failed="the process died"),
    }
    text = sweep.report(scores, "command", "versions")
    assert "4 files, 3 count." in text
    assert "| masks | 2 | 1 of 2 (50.0 %) | 1 of 2 (50.0 %) |" in text
    assert "| bad.psd | 4.00 / 8.0 | 0.10 / 0.2 | not drawn: satin |" in text
    assert "| broken.psd | failed | failed | the process died |" in text
    assert "| foreign.psd | embedded picture written by GIMP | 0.10 / 0.1 |" in text
