"""The packing benchmark measures what it says: the backend's sampling, all its arithmetic, and the switches' effect."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from engine.backends.dmdl_files import Networks, Sampling
from engine.backends.dmdl_sample import generated
from engine.backends.dmdl_scene import Shown
from engine.model.autoencoder import Autoencoder
from engine.model.config import TransformerConfig
from engine.model.latents import Latents
from engine.model.transformer import Transformer
from engine.tiling import ALONE, LAYERS, SCENE, timeline
from tiny_networks import FLOW, SMALL, awake

CPU = torch.device("cpu")
FRAMES = 5  # latent, of a second
STEPS = 3


@pytest.fixture(scope="module")
def bench() -> Any:
    """The files of the benchmark, which is no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
        import flops
        import packing
        import packing_picture
        import packing_sample

        yield SimpleNamespace(flops=flops, packing=packing, picture=packing_picture, sample=packing_sample)


@pytest.fixture(scope="module")
def networks(bench: Any) -> Any:
    autoencoder, transformer = awake(Autoencoder(SMALL), 0), awake(Transformer(FLOW), 1)
    return bench.sample.Networks(autoencoder.requires_grad_(False), transformer.requires_grad_(False), 2.0, 0.5)


def a_scene(bench: Any, count: int = 2) -> Any:
    (regions,) = bench.sample.groups(bench.sample.boxes(count))
    return bench.sample.scene(regions, FRAMES, FLOW, CPU)


def fields_of(bench: Any, networks: Any, scene: Any, **switches: bool) -> list[Any]:
    ways = bench.sample.Switches(**switches)
    with bench.sample.precision(scene.noise[0].device, ways):
        velocity = bench.sample.velocity_of(networks, scene, ways)
        return list(bench.sample.generated(networks, scene, STEPS, velocity))


def test_what_is_measured_is_the_sampling_of_the_backend(
    bench: Any, networks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = a_scene(bench)
    members = [
        SimpleNamespace(region=SimpleNamespace(rows=r, columns=c), prompt=SimpleNamespace(seed=i))
        for i, (r, c) in enumerate(scene.grids)
    ]
    pairs = zip(scene.noise[::2], scene.noise[1::2], strict=True)
    noise = iter([Latents(tokens, parts) for tokens, parts in pairs])
    monkeypatch.setattr("engine.backends.dmdl_sample._noise", lambda *_: next(noise))
    group: Any = SimpleNamespace(members=members, timeline=timeline(Fraction(1), loop=False), steps=STEPS, guidance=2.0)
    words: Any = None  # none is read
    whole = Networks(networks.autoencoder, networks.transformer, words, Sampling(STEPS, 2.0, 0.5))
    seen = Shown(tuple(layer.still for layer in scene.told.layers), (), scene.told, scene.untold)
    theirs = [windows[0] for windows in generated(whole, seen, group, None, lambda: None)]
    for own, other in zip(fields_of(bench, networks, scene), theirs, strict=True):
        assert torch.equal(own.track.shift, other.track.shift)
        assert torch.equal(own.flow, other.flow)
        assert torch.equal(own.matte, other.matte)


def test_both_prompts_at_once_is_the_same_motion(bench: Any, networks: Any) -> None:
    scene = a_scene(bench)
    pairs = zip(fields_of(bench, networks, scene), fields_of(bench, networks, scene, paired=False), strict=True)
    for one, other in pairs:
        assert torch.allclose(one.track.shift, other.track.shift, atol=1e-5)
        assert torch.allclose(one.flow, other.flow, atol=1e-5)


def test_half_precision_is_switched_and_switched_back(bench: Any, networks: Any) -> None:
    scene = a_scene(bench, 1)
    (exact,), (half,) = fields_of(bench, networks, scene), fields_of(bench, networks, scene, bf16=True)
    assert 0 < (exact.flow - half.flow).abs().max() < 0.1
    assert not torch.is_autocast_enabled("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("paired", [False, True])
def test_a_recorded_graph_is_the_same_motion(bench: Any, networks: Any, paired: bool) -> None:
    device = torch.device("cuda")
    there = replace(networks, autoencoder=deepcopy(networks.autoencoder), transformer=deepcopy(networks.transformer))
    there.autoencoder.to(device)
    there.transformer.to(device)
    (regions,) = bench.sample.groups(bench.sample.boxes(2))
    scene = bench.sample.scene(regions, FRAMES, FLOW, device)
    plain, recorded = (fields_of(bench, there, scene, paired=paired, graph=graph) for graph in (False, True))
    for one, other in zip(plain, recorded, strict=True):
        assert torch.allclose(one.flow, other.flow, atol=1e-5)


# --- arithmetic -------------------------------------------------------------------------------------------------------


def test_the_transformer_counted_by_hand(bench: Any) -> None:
    config = TransformerConfig(width=8, heads=2, depth=1, ratio=3, token_latents=10, part_latents=36)
    told = bench.flops.velocity_work(config, [(2, 2)], 2, 5)
    n, d, c = 2 * (4 + 3), 8, 5
    own = 4 * 2 * n * d * d  # q, k, v, out
    words = 2 * 2 * n * d * d + 2 * 2 * c * d * d
    mlp = 2 * 2 * n * d * 24
    sigma = 2 * 256 * d + 2 * d * d
    modulation = 2 * d * 6 * d + 2 * d * 2 * d
    latents = 2 * (2 * 8 * d * 10 + 2 * 6 * d * 36)
    assert told.matmul == own + words + mlp + sigma + modulation + latents
    assert told.attention == 2 * (2 * n * n * d + 2 * n * c * d)


def test_counted_work_is_what_torch_counts(bench: Any, networks: Any) -> None:
    """All products of a whole sampling; torch also counts the small ones that turn latents into steps."""
    scene = a_scene(bench)
    with bench.sample.precision(CPU, bench.sample.Switches()):
        velocity = bench.sample.velocity_of(networks, scene, bench.sample.Switches())
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH), FlopCounterMode(display=False) as seen:
            bench.sample.generated(networks, scene, STEPS, velocity)
    told = bench.sample.work(networks, scene, STEPS)
    assert told.matmul + told.attention == pytest.approx(seen.get_total_flops(), rel=0.02)


# --- regions and canvas -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 6, 32])
def test_regions_are_those_of_the_backend_and_the_canvas_is_covered(bench: Any, count: int) -> None:
    groups = bench.sample.groups(bench.sample.boxes(count))
    assert sum(map(len, groups)) == count
    for group in groups:
        assert len(group) <= LAYERS
        assert sum(region.tokens for region in group) <= max(SCENE, ALONE)
        for region in group:
            wide = bench.sample.whole_canvas(region)
            x0, y0, x1, y1 = wide.corners
            assert wide.cell == region.cell
            assert max(x0, y0) <= 0
            assert min(x1 - 1920, y1 - 1080) >= 0


def test_tables_and_picture(bench: Any, networks: Any, tmp_path: Path) -> None:
    set_ = bench.packing.Settings(CPU, STEPS, FRAMES, 1)
    rows = bench.packing.packing(networks, [1, 2], set_, (1e12, 1e12))
    tries = [{"name": "none", **rows[0]["region"]}, {"name": "graph", "error": "RuntimeError: none here"}]
    told = {
        "machine": "a machine", "device": "cpu", "seconds": 1.0, "steps": STEPS, "peak": (1e12, 1e12),
        "packing": rows, "tried": 1, "switches": tries,
    }  # fmt: skip
    lines = bench.packing.markdown(told).splitlines()
    assert {line.count("|") for line in lines[2:6]} == {14}
    assert {line.count("|") for line in lines[7:11]} == {8}
    assert rows[1]["canvas"]["matmul"] > rows[1]["region"]["matmul"]
    bench.picture.draw(told, tmp_path / "plot.png")
    colours = {tuple(colour) for colour in np.asarray(Image.open(tmp_path / "plot.png")).reshape(-1, 3)}
    assert {colour for _, colour in bench.picture.LINES.values()} <= colours
