"""CPU and CUDA draw the same picture: a whole job on both, lossless, compared frame by frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.codecs.decode import decode
from engine.pipeline import Request, run_item

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize(
    ("design", "layout"),
    [("poster/poster.psd", "poster/motion.yaml"), ("character", "character/motion.yaml"), ("logo/logo.ora", None)],
)
def test_a_job_on_cuda_equals_the_job_on_the_cpu(tmp_path: Path, design: str, layout: str | None) -> None:
    outs = {}
    for device in ("cpu", "cuda"):
        outs[device] = tmp_path / device
        run_item(
            Request(
                design=EXAMPLES / design,
                layout=EXAMPLES / layout if layout else None,
                out=outs[device],
                formats=("ffv1",),
                composites=("apng",),
                fps="6",
                device=device,
            )
        )
    movies = [*sorted(path.relative_to(outs["cpu"]) for path in outs["cpu"].rglob("*.mkv")), Path("composite.apng")]
    assert len(movies) > 5
    for movie in movies:
        for ours, theirs in zip(decode(outs["cpu"] / movie), decode(outs["cuda"] / movie), strict=True):
            weighted = [picture[..., :3] * picture[..., 3:] for picture in (ours, theirs)]
            assert np.abs(weighted[0] - weighted[1]).max() <= 2.5 / 255, movie
            assert np.abs(ours[..., 3] - theirs[..., 3]).max() <= 2.5 / 255, movie
