"""Ablations: what each case leaves out is left out, nothing else changes, and the measures tell order from chance."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.model.autoencoder import Autoencoder
from engine.model.config import AutoencoderConfig, TransformerConfig, autoencoder_config, to_json
from engine.model.field import Track
from engine.model.latents import VALUES, Latents, track_from
from engine.training.__main__ import main
from engine.training.ablation import CASES, RESULT, SIZES, Budget, Result, ablation, tables
from engine.training.autoencoder import AutoencoderTask, gather
from engine.training.buckets import Bucket
from engine.training.data import Source, clips, source
from engine.training.relations import MEASURES, concordance, correlation
from engine.training.run import amounts_of

TINY = Budget(None, 2, "small", drawings=20, prompts=24, share=0.02, scored=1)
BENDS = {0: 0.1, 1: 0.1, 5: 0.15, 6: 0.15}  # as in latents.BENDS
REGION = torch.tensor([[[0, 0, 0.5, 0.5], [0.1, 0.1, 0.35, 0.35], [0, 0, 0.5, 0.5]]])  # (1, 3, 4)


@pytest.fixture(scope="module")
def data() -> Source:
    return source(replace(amounts_of(20, 24), layers=(), size=96), 1, "train", torch.device("cpu"), workers=1)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", SIZES)
def test_channels_of_a_head_stay_what_they_are(name: str, size: str) -> None:
    config = CASES[name].config(size)  # type: ignore[arg-type]  # keys of SIZES
    assert sum(config.axes) == config.width // config.heads
    assert all(channels % 2 == 0 for channels in config.axes)
    if isinstance(config, TransformerConfig):
        assert (config.axes[0] == 0) == (name == "3d-rope")


def test_configurations_of_older_runs_still_compare_as_equal() -> None:
    config = AutoencoderConfig()
    assert "decoder_turns" not in to_json(config)
    without = replace(config, decoder_turns=False)
    assert autoencoder_config(to_json(without)) == without
    assert autoencoder_config(to_json(config)) == config


@pytest.mark.parametrize("turning", [True, False])
def test_the_decoder_knows_the_order_of_frames_by_rope_alone(turning: bool) -> None:
    torch.manual_seed(0)
    model = Autoencoder(replace(SIZES["small"][0], decoder_turns=turning)).eval()
    tokens, parts = torch.randn(1, 4, 2, 2, 34), torch.randn(1, 4, 3, 36)
    seen = torch.randn(1, 4, 32)
    swapped = [0, 2, 1, 3]
    with torch.no_grad():
        made = model.decoder._coarse(Latents(tokens, parts), seen)
        other = model.decoder._coarse(Latents(tokens[:, swapped], parts[:, swapped]), seen)
    assert torch.allclose(made[:, swapped], other, atol=1e-5) == (not turning)


def test_without_supervision_the_encoder_learns_from_pixels_alone(data: Source) -> None:
    clip = gather(clips(data, Bucket(2, 2, 5, 4), 1, 0, 0, 1)[0])
    found = []
    for supervised in (True, False):
        torch.manual_seed(0)
        model = Autoencoder(SIZES["small"][0])
        torch.manual_seed(1)
        told = AutoencoderTask(model, supervised=supervised)(clip)
        told["loss"].backward()
        assert model.encoder.found.first.weight.grad is not None
        found.append(told)
    assert found[0]["loss"] > found[0]["found"] + found[0]["latents"]
    assert found[1]["loss"] < found[1]["found"]
    assert found[1]["pixels"] > 2 * found[0]["pixels"]  # what is drawn still stands still


def test_the_rgba_head_is_trained_on_its_own_pixels(data: Source) -> None:
    clip = gather(clips(data, Bucket(2, 2, 5, 4), 1, 0, 0, 1)[0])
    torch.manual_seed(0)
    model = Autoencoder(replace(SIZES["small"][0], head="rgba"))
    with torch.no_grad():
        model.decoder.head.pixels.bias.fill_(-2.0)  # everything is empty: it has to come to life again
    told = AutoencoderTask(model)(clip)
    told["loss"].backward()
    assert "matte" not in told
    assert float(model.decoder.head.pixels.weight.grad.abs().sum()) > 0


# --- measures ---------------------------------------------------------------------------------------------------------


def moving(*deviations: tuple[int, torch.Tensor]) -> Track:
    """A layer of which some values (by their number in latents.REST) deviate from rest by (t,)."""
    told = torch.zeros(1, 33, 1, VALUES)
    for index, values in deviations:
        told[0, :, 0, index] = torch.asinh(values / BENDS[index])
    return track_from(told)


def wave(late: float = 0, size: float = 0.3) -> torch.Tensor:
    return size * torch.sin(0.4 * (torch.arange(33) - late))


def test_a_hat_goes_where_the_head_goes_on_the_canvas() -> None:
    head, worn = moving((1, wave())), moving((1, 2 * wave()))  # of a region half as large
    good = MEASURES["hat"]([head, worn, head], REGION)
    assert float(good["hat"]) == pytest.approx(1, abs=1e-4)
    assert float(good["hat apart %"]) == pytest.approx(0, abs=1e-4)
    still = moving()
    assert float(MEASURES["hat"]([head, still, still], REGION)["hat"]) == pytest.approx(0, abs=1e-4)
    assert float(MEASURES["hat"]([still, still, still], REGION)["hat"]) == 0
    assert float(MEASURES["hat"]([head, head, head], REGION)["hat"]) < 0.95


def test_together_and_follow() -> None:
    same, later = [moving((0, wave()))] * 3, [moving((0, wave(2 * i))) for i in range(3)]
    assert float(MEASURES["together"](same, REGION)["together"]) == pytest.approx(1, abs=1e-4)
    assert float(MEASURES["follow"](later, REGION)["follow in order"]) == 1
    assert float(MEASURES["follow"](later[::-1], REGION)["follow in order"]) == 0
    assert 0.5 < float(MEASURES["follow"](later, REGION)["follow"]) < 0.9


def test_a_shadow_shrinks_as_what_throws_it_rises() -> None:
    rises = moving((1, -wave()))  # y points down
    shrinks = moving((5, -0.5 * wave()), (6, -0.5 * wave()))
    assert float(MEASURES["shadow"]([shrinks, rises, rises], REGION)["shadow"]) > 0.99
    grows = moving((5, 0.5 * wave()), (6, 0.5 * wave()))
    assert float(MEASURES["shadow"]([grows, rises, rises], REGION)["shadow"]) < -0.99


def test_coefficients() -> None:
    a = torch.randn(5, 9, 2, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(correlation(a, 3 * a + 1), torch.ones(5), atol=1e-5)
    assert torch.allclose(concordance(a, a), torch.ones(5), atol=1e-5)
    assert torch.allclose(concordance(a, -a + 2 * a.mean(1, keepdim=True)), -torch.ones(5), atol=1e-5)
    assert (concordance(a, a + 3) < 0.5).all()


# --- the program ------------------------------------------------------------------------------------------------------


def test_a_table_of_what_was_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # no other processes
    made = ablation(tmp_path, ["rgba-head", "3d-rope"], [0], TINY, "cpu", 1)
    assert [(r.case, r.steps) for r in made] == [("rgba-head", 2), ("3d-rope", 2)]
    assert set(made[0].scores) == {"encoded", "exact latents"}
    assert made[0].scores["encoded"]["psnr"] < 30
    assert set(made[1].scores) == {"joint", "separate", "exact"}
    assert made[1].scores["exact"]["hat"] > 0.9
    told = (tmp_path / "ablation.md").read_text()
    assert "| RGBA head | encoded |" in told
    assert "| 3D-RoPE, no layer axis | separate |" in told
    again = ablation(tmp_path, ["3d-rope"], [0], TINY, "cpu", 1)  # nothing is made twice
    assert again == made
    (tmp_path / "3d-rope-0" / RESULT).rename(tmp_path / "kept.json")
    assert ablation(tmp_path, ["3d-rope"], [0], TINY, "cpu", 1)[1].scores == made[1].scores  # the same from the seed
    assert json.loads((tmp_path / "kept.json").read_text())["seed"] == 0


def test_means_stand_beside_the_values_of_each_seed() -> None:
    made = [Result("4d-rope", seed, 10 + 2 * seed, 1.0, {"joint": {"loss": 0.25 + seed}}) for seed in (0, 1)]
    assert "| 4D-RoPE | joint | 0.750 (0.250, 1.250) |  |  |  |  |  |  | 11 (10, 12) |" in tables(made)


def test_a_case_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["training", "ablation", "--out", str(tmp_path), "--cases", "5d-rope"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "there is no case 5d-rope" in capsys.readouterr().err
