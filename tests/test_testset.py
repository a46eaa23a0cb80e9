"""The frozen test set is what it was when the weights were trained."""

from __future__ import annotations

import json
from pathlib import Path

from engine.evaluation.testset import SEED, SIZE, digest, frozen

HELD = json.loads((Path(__file__).parent / "bench" / "testset.json").read_text("utf-8"))


def test_its_beginning_is_unchanged() -> None:
    assert (HELD["seed"], HELD["size"]) == (SEED, SIZE)
    assert digest(frozen(22)) == HELD["sha256 of 22 drawings"]
