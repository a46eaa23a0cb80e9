"""Both networks learn, on drawn data in tiny sizes; the same place in the data comes back; weights become a release."""

from __future__ import annotations

import itertools
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from art_cli.main import run as art
from engine.backends.dmdl_files import AUTOENCODER as AUTOENCODER_FILE
from engine.backends.dmdl_files import TRANSFORMER as TRANSFORMER_FILE
from engine.backends.dmdl_files import load_networks
from engine.errors import BadInput, UsageError
from engine.model.autoencoder import Autoencoder
from engine.model.config import to_json
from engine.model.transformer import Transformer
from engine.model.words import load_words
from engine.training import checkpoints, export
from engine.training.__main__ import main as training
from engine.training.autoencoder import AutoencoderTask, gather
from engine.training.buckets import AUTOENCODER, TRANSFORMER, Bucket, choose, scaled
from engine.training.data import Amounts, Source, clips, rounds, source
from engine.training.export import NAME
from engine.training.log import lines
from engine.training.run import CONFIGS
from engine.training.transformer import TransformerTask, latents_of, lesson, measure_latents
from engine.weights import bundled_weights
from engine.weights.state import load_state
from tiny_networks import awake

SIZES = (Bucket(3, 3, 5, 4), Bucket(2, 4, 9, 4))


@pytest.fixture(scope="module")
def data() -> Source:
    return source(Amounts(16, 4, 40, 10, 20, 0, (), 96), 1, "train", torch.device("cpu"), workers=1)


def test_every_process_trains_on_the_same_sizes() -> None:
    assert [choose(AUTOENCODER, 3, turn) for turn in range(9)] == [choose(AUTOENCODER, 3, turn) for turn in range(9)]
    assert {choose(TRANSFORMER, 0, turn) for turn in range(400)} == set(TRANSFORMER)
    assert all(b.batch == 4 for b in scaled(AUTOENCODER, 0.001))


def test_data_go_on_where_they_were_left(data: Source) -> None:
    def some(first: int, count: int) -> list[torch.Tensor]:
        made = itertools.islice(rounds(data, SIZES, 5, 0, first, filmed=False), count)
        return [torch.cat([latents_of(batch.clip).parts for batch in batches]) for batches in made]

    whole = some(0, 18)
    assert all(torch.equal(a, b) for a, b in zip(whole[11:], some(11, 7), strict=True))
    assert not any(a.shape == b.shape and torch.equal(a, b) for a, b in itertools.combinations(whole, 2))


def falls(model: torch.nn.Module, task: torch.nn.Module, batch: object, steps: int, rate: float) -> float:
    """The loss of one batch after so many steps on it, as a share of the loss before; chance always the same."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.98))
    told = []
    for _ in range(steps):
        torch.manual_seed(0)
        loss = task(batch)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        told.append(float(loss.detach()))
    return told[-1] / told[0]


def test_the_autoencoder_overfits_one_batch(data: Source) -> None:
    torch.manual_seed(0)
    model = Autoencoder(CONFIGS["small"][0])
    batch = gather(clips(data, Bucket(2, 2, 5, 4), 1, 0, 0, 1)[0])
    assert falls(model, AutoencoderTask(model), batch, 40, 3e-3) < 0.45


def test_the_transformer_overfits_one_batch(data: Source) -> None:
    torch.manual_seed(0)
    model, chance = Transformer(CONFIGS["small"][1]), torch.Generator().manual_seed(0)
    batches = clips(data, SIZES[0], 1, 0, 0, 1, filmed=False)[0]
    measure_latents(model, [latents_of(gather(batches))])
    told = lesson(batches, model, load_words(), chance)
    assert falls(model, TransformerTask(model), told, 30, 3e-3) < 0.2


SMALL = [
    "--config", "small", "--drawings", "16", "--prompts", "24", "--share", "0.01", "--device", "cpu", "--steps", "2",
]  # fmt: skip


def called(*words: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        art([str(word) for word in words])
    return int(ended.value.code or 0)


def test_art_train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})  # no other processes
    out = tmp_path / "run"
    words = ("train", "transformer", "--out", out, *SMALL, "--held-out", "1")
    assert called(*words, "--until", "1") == 0
    assert called(*words) == 73
    assert "--resume" in capsys.readouterr().err
    assert called(*words, "--resume", out) == 0
    assert [line["step"] for line in lines(out / "log.jsonl")] == [1, 2]
    assert json.loads((out / "scores.json").read_text())[0]["loss"] > 0
    assert json.loads(checkpoints.read(out).config) == json.loads(to_json(CONFIGS["small"][1]))
    assert called("train", "autoencoder", "--out", tmp_path / "x", "--rate", "0") == 2
    assert called("train", "autoencoder", "--out", tmp_path / "x", "--device", "toaster") == 2
    assert called("train", "autoencoder", "--out", tmp_path / "x", "--resume", tmp_path, *SMALL) == 66


def test_weights_of_two_runs_become_a_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    first, second, _ = CONFIGS["small"]
    networks = Autoencoder(first), Transformer(second)
    for name, network, config in zip("at", networks, CONFIGS["small"][:2], strict=True):
        checkpoints.save(tmp_path / name, network, to_json(config), 5)
    out = tmp_path / "bundled"
    made = export.export(tmp_path / "a", tmp_path / "t", out, '{"steps": 7, "guidance": 2.0}')
    assert [each.path.name for each in made] == [AUTOENCODER_FILE, TRANSFORMER_FILE]
    assert all(1e-4 < each.error < 0.01 for each in made)
    sizes = [sum(p.numel() for p in network.parameters()) for network in networks]
    assert all(each.bytes < 1.6 * size for each, size in zip(made, sizes, strict=True))
    monkeypatch.setattr("engine.weights.BUNDLED", out)
    loaded = load_networks(bundled_weights(out)[NAME])
    assert loaded.sampling.steps == 7
    for network, back in zip(networks, (loaded.autoencoder, loaded.transformer), strict=True):
        for name, tensor in network.state_dict().items():
            assert (back.state_dict()[name] - tensor).norm() <= 0.01 * tensor.norm() + 1e-9, name


def test_runs_that_began_as_one_are_merged(tmp_path: Path) -> None:
    """The mean of two runs, and what one learned on top of the other; half precision and int8 rows are the error."""
    config = CONFIGS["small"][1]
    runs = {name: awake(Transformer(config), seed) for name, seed in (("start", 1), ("first", 2), ("second", 3))}
    for name, network in runs.items():
        checkpoints.save(tmp_path / name, network, to_json(config), 5)
    start, first, second = (tmp_path / name for name in runs)
    export.merge([(first, 0.5), (second, 0.5)], tmp_path / "mean")
    export.merge([(first, 1), (second, 1), (start, -1)], tmp_path / "both", '{"steps": 6}')
    export.merge([(tmp_path / "both" / TRANSFORMER_FILE, 1), (first, 0)], tmp_path / "again")
    states = {name: network.state_dict() for name, network in runs.items()}
    for folder, factors in (("mean", (0, 0.5, 0.5)), ("both", (-1, 1, 1)), ("again", (-1, 1, 1))):
        back, facts = load_state(tmp_path / folder / TRANSFORMER_FILE)
        assert ("sampling" in facts) == (folder == "both")
        for name, tensor in back.items():
            wanted = sum(factor * states[run][name] for run, factor in zip(runs, factors, strict=True))
            assert (tensor - wanted).norm() <= 0.02 * wanted.norm() + 1e-9, (folder, name)
    assert bundled_weights(tmp_path / "both")[NAME].files[0].name == TRANSFORMER_FILE


def test_what_cannot_be_merged_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = CONFIGS["small"]
    checkpoints.save(tmp_path / "a", Autoencoder(small[0]), to_json(small[0]), 5)
    checkpoints.save(tmp_path / "t", Transformer(small[1]), to_json(small[1]), 5)
    wider = replace(small[1], ratio=2)
    checkpoints.save(tmp_path / "w", Transformer(wider), to_json(wider), 5)
    with pytest.raises(UsageError, match="add up to 1"):
        export.merge([(tmp_path / "t", 1), (tmp_path / "t", 1)], tmp_path / "out")
    with pytest.raises(BadInput, match="not weights of the transformer"):
        export.merge([(tmp_path / "a", 1)], tmp_path / "out")
    with pytest.raises(BadInput, match="ratio 2"):
        export.merge([(tmp_path / "t", 0.5), (tmp_path / "w", 0.5)], tmp_path / "out")
    words = ("merge", f"{tmp_path / 'nothing'}=1", "--out", str(tmp_path / "out"))
    monkeypatch.setattr(sys, "argv", ["training", *words])
    with pytest.raises(SystemExit) as ended:
        training()
    assert ended.value.code not in (0, 2)
    assert "nothing" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_release_needs_both_networks(tmp_path: Path) -> None:
    checkpoints.save(tmp_path / "a", Autoencoder(CONFIGS["small"][0]), to_json(CONFIGS["small"][0]), 5)
    with pytest.raises(BadInput, match="not weights of the transformer"):
        export.export(tmp_path / "a", tmp_path / "a", tmp_path / "bundled")
    assert not (tmp_path / "bundled").exists()
