"""The training loop, on a network of a few numbers: resumed exactly, lost and found, shared between processes."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from engine.errors import ArtError, BadInput, CannotWrite, CheckFailed, MissingInput, Unavailable, UsageError
from engine.training import checkpoints, loop, report
from engine.training.log import lines
from engine.training.loop import COMPARED, Clock, Run, Watch, pace
from engine.training.world import World, world
from engine.weights.state import save_state

ROOT = Path(__file__).parent.parent
CONFIG = '{"depth": 1, "width": 4}'
ALONE = World(0, 1, torch.device("cpu"))


class Fit(nn.Module):
    """Learns to double what it is given, under noise of the loop's own chance."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.layer = nn.Linear(4, 4)

    def forward(self, batch: Tensor) -> dict[str, Tensor]:
        error = self.layer(batch + 0.1 * torch.randn_like(batch)) - 2 * batch
        return {"loss": error.square().mean(), "size": batch.abs().mean().detach()}


def batches(first: int) -> Iterator[Tensor]:
    for step in itertools.count(first):
        yield torch.randn(8, 4, generator=torch.Generator().manual_seed(step))


def trained(run: Run, feed: loop.Batches = batches, watch: Watch | None = None) -> Fit:
    model = Fit()
    return loop.train(model, CONFIG, model, feed, replace(run, warmup=3), ALONE, watch)


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


# --- going on ---------------------------------------------------------------------------------------------------------


def test_a_run_in_two_pieces_is_the_run_in_one(tmp_path: Path) -> None:
    whole = trained(Run(tmp_path / "whole", 12, every=4))
    part = Run(tmp_path / "part", 12, every=4, until=7)
    assert not same(trained(part), whole)
    assert (tmp_path / "part" / checkpoints.STATE).is_file()
    assert same(trained(replace(part, until=None, resume=part.out)), whole)
    assert not (tmp_path / "part" / checkpoints.STATE).exists()
    one, other = (
        {line["step"]: line["loss"] for line in lines(tmp_path / name / "log.jsonl")} for name in ("whole", "part")
    )
    assert one.items() - other.items() == {(8, one[8])}  # its line begins at 7 in the other
    assert list(other) == [1, 2, 3, 4, 7, 8, 12]


def test_a_lost_machine_loses_nothing_before_the_checkpoint(tmp_path: Path) -> None:
    def lost(first: int) -> Iterator[Tensor]:
        yield from itertools.islice(batches(first), 5)
        raise ConnectionError("the machine is gone")

    whole = trained(Run(tmp_path / "whole", 9))
    run = Run(tmp_path / "run", 9, keep=0)
    with pytest.raises(ConnectionError):
        trained(run, lost)
    assert checkpoints.read(run.out).step == 5
    assert same(trained(replace(run, resume=run.out)), whole)


def test_another_run_is_told_from_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trained(Run(tmp_path, 8, until=4))
    capsys.readouterr()
    trained(Run(tmp_path, 6, seed=2, resume=tmp_path))
    assert "goes on at step 4, with another steps 6 (was 8), seed 2 (was 0)" in capsys.readouterr().out


def test_from_weights_alone_training_starts_afresh(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = trained(Run(tmp_path / "a", 30, rate=0.05))
    assert not (tmp_path / "a" / checkpoints.STATE).exists()
    tuned = trained(Run(tmp_path / "b", 1, rate=1e-9, resume=tmp_path / "a"))
    assert "starts from the weights" in capsys.readouterr().out
    assert [line["step"] for line in lines(tmp_path / "b" / "log.jsonl")] == [1]
    assert torch.allclose(tuned.layer.weight, first.layer.weight, rtol=1e-3)  # as exported: half precision


def test_from_shipped_weights_what_fits_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = trained(Run(tmp_path / "a", 30, rate=0.05))
    shipped = tmp_path / "shipped.safetensors"
    state = {**first.state_dict(), "another.weight": torch.ones(2)}
    del state["layer.bias"]
    save_state(shipped, state, {}, lambda name: name == "layer.weight")
    tuned = trained(Run(tmp_path / "b", 1, rate=1e-9, resume=shipped))
    assert "1 tensors, optimizer, steps and data start afresh" in capsys.readouterr().out
    assert torch.allclose(tuned.layer.weight, first.layer.weight, atol=0.02)  # int8 rows
    save_state(shipped, {"another.weight": torch.ones(2)}, {}, lambda name: False)
    with pytest.raises(BadInput, match="only 0 of"):
        trained(Run(tmp_path / "c", 1, resume=shipped))


def test_chance_of_a_step_does_not_depend_on_what_ran_before(tmp_path: Path) -> None:
    def restless(first: int) -> Iterator[Tensor]:
        for batch in batches(first):
            torch.rand(3)
            yield batch

    assert same(trained(Run(tmp_path / "a", 5)), trained(Run(tmp_path / "b", 5), restless))
    assert not same(trained(Run(tmp_path / "c", 5)), trained(Run(tmp_path / "d", 5, seed=1)))


# --- what cannot be used ----------------------------------------------------------------------------------------------


def test_a_folder_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    trained(Run(tmp_path / "a", 2))
    kept = (tmp_path / "a" / "log.jsonl").read_bytes()
    trained(Run(tmp_path / "b", 4, until=2))
    for resume in (None, tmp_path / "b"):
        with pytest.raises(CannotWrite, match="a run lies there"):
            trained(Run(tmp_path / "a", 2, resume=resume))
    assert (tmp_path / "a" / "log.jsonl").read_bytes() == kept


def _index(folder: Path, **changes: object) -> None:
    path = folder / checkpoints.INDEX
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _cut(folder: Path) -> None:
    path = next(folder.glob("weights-*"))
    path.write_bytes(path.read_bytes()[:-40])


@pytest.mark.parametrize(
    ("damage", "kind", "said"),
    [
        (_emptied, MissingInput, "nothing to go on from"),
        (lambda folder: next(folder.glob("weights-*")).unlink(), MissingInput, "not there"),
        (_cut, BadInput, "cannot be read"),
        (lambda folder: (folder / checkpoints.INDEX).write_text("[]"), BadInput, "not an index"),
        (lambda folder: _index(folder, version=0), BadInput, "format version 0"),
        (lambda folder: _index(folder, config={"depth": 9, "width": 4}), BadInput, "of another network"),
    ],
)
def test_damaged_folders_are_told_what_is_wrong(tmp_path: Path, damage, kind: type[ArtError], said: str) -> None:  # type: ignore[no-untyped-def]
    trained(Run(tmp_path / "a", 1))
    damage(tmp_path / "a")
    with pytest.raises(kind, match=said) as caught:
        trained(Run(tmp_path / "b", 1, resume=tmp_path / "a"))
    assert caught.value.hint
    assert caught.value.where is not None


@pytest.mark.parametrize("until", [None, 1])
def test_another_configuration_is_named(tmp_path: Path, until: int | None) -> None:
    trained(Run(tmp_path / "a", 2, until=until))
    model = Fit()
    with pytest.raises(BadInput, match=r"depth 1 \(not 2\)"):
        loop.train(model, '{"depth": 2, "width": 4}', model, batches, Run(tmp_path, 2, resume=tmp_path / "a"), ALONE)


def test_older_files_of_weights_are_removed_and_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "LARGEST", 8)
    model = Fit()
    assert len(checkpoints.save(tmp_path, model, CONFIG, 3)) == 2
    monkeypatch.undo()
    with torch.no_grad():
        model.layer.weight.fill_(0.5)
    (path,) = checkpoints.save(tmp_path, model, CONFIG, 4)
    assert list(tmp_path.glob("weights-*")) == [path]
    (tmp_path / "weights-0000009-00.safetensors").write_bytes(b"left by another run")
    other = Fit()
    checkpoints.load(tmp_path, other, CONFIG)
    assert torch.equal(other.layer.weight, model.layer.weight)
    assert path.stat().st_size < 1000


@pytest.mark.parametrize(
    ("name", "ranks", "kind"),
    [("gpu", {}, UsageError), ("cuda:99", {}, Unavailable), ("cuda:0", {"RANK": "0", "LOCAL_RANK": "0"}, UsageError)],
)
def test_devices_that_are_not_there(
    monkeypatch: pytest.MonkeyPatch, name: str, ranks: dict[str, str], kind: type[ArtError]
) -> None:
    for key, value in ranks.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(kind), world(name):
        pass


# --- steps ------------------------------------------------------------------------------------------------------------


def test_a_step_without_a_finite_gradient_changes_nothing(tmp_path: Path) -> None:
    def poisoned(first: int) -> Iterator[Tensor]:
        for step, batch in zip(itertools.count(first), batches(first), strict=False):
            yield batch * float("inf") if step in (4, 5) else batch

    before = trained(Run(tmp_path / "a", 9, until=4, every=9, average=0.0), poisoned)
    after = trained(Run(tmp_path / "b", 9, until=6, every=9, average=0.0), poisoned)
    assert same(before, after)
    end = trained(Run(tmp_path / "c", 9, every=9), poisoned)
    assert all(p.isfinite().all() for p in end.parameters())
    last = lines(tmp_path / "c" / "log.jsonl")[-1]
    assert last["skipped"] == 2
    assert last["loss"] is not None
    assert last["loss"] > 0


def test_a_run_that_cannot_learn_says_so(tmp_path: Path) -> None:
    def hopeless(first: int) -> Iterator[Tensor]:
        return (batch * float("nan") for batch in batches(first))

    with pytest.raises(CheckFailed, match="no gradient of the last 57 steps was finite"):
        trained(Run(tmp_path, 200, every=60), hopeless)
    assert lines(tmp_path / "log.jsonl")[-1]["loss"] is None


def test_lines_tell_means_since_the_line_before(tmp_path: Path) -> None:
    trained(Run(tmp_path, 8, every=4))
    sizes = [float(batch.abs().mean()) for batch in itertools.islice(batches(0), 8)]
    found = {line["step"]: line["size"] for line in lines(tmp_path / "log.jsonl")}
    assert found == pytest.approx({1: sizes[0], 2: sizes[1], 3: sizes[2], 4: sizes[3], 8: sum(sizes[4:]) / 4}, rel=1e-4)


def test_the_average_lags_behind_the_weights(tmp_path: Path) -> None:
    slow, quick = (trained(Run(tmp_path / str(keep), 40, rate=0.05, average=keep)) for keep in (0.999, 0.0))
    goal = 2 * torch.eye(4)
    assert (slow.layer.weight - goal).abs().mean() > (quick.layer.weight - goal).abs().mean()


def test_the_rate_rises_then_falls() -> None:
    run = Run(Path(), 1000, warmup=10)
    rates = [pace(step, step / 1000, run) for step in range(1000)]
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.05


# --- time and processes -----------------------------------------------------------------------------------------------


def test_clocks_are_read_at_every_tenth_step_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = itertools.count()
    monkeypatch.setattr(loop.time, "monotonic", lambda: float(next(now)))
    clock = Clock(Run(Path(), 10_000, seconds=20), ALONE, 5.0)
    told, step = [], 0
    while clock.goes_on(step):
        told.append(clock.progress(step))
        step += 1
    assert step % COMPARED == 0
    assert told[0] > 5 / 20  # what was spent before counts
    assert all(len(set(told[i : i + COMPARED])) <= 2 for i in range(0, step, COMPARED))  # the share, or steps of 10 000


def test_a_pause_leaves_a_run_to_be_resumed(tmp_path: Path) -> None:
    run = Run(tmp_path, 25, seconds=1000, pause=1e-6)
    trained(run)
    assert lines(tmp_path / "log.jsonl") == []
    assert json.loads((tmp_path / checkpoints.INDEX).read_text())["step"] == 0
    trained(replace(run, resume=tmp_path, pause=None))
    assert json.loads((tmp_path / checkpoints.INDEX).read_text())["step"] == 25


_PROCESS = """
import sys, time, torch, pathlib
sys.path.insert(0, "tests")
from test_training import Fit, batches, CONFIG
from engine.training import loop
from engine.training.world import world
out = pathlib.Path(sys.argv[1])
with world("cpu") as here:
    real, start = time.monotonic, time.monotonic()
    loop.time.monotonic = lambda: start + (real() - start) * (1 + 4 * here.rank)  # the second clock runs ahead
    rates, model = [], Fit()
    keep = loop._set_rate
    loop._set_rate = lambda *args: rates.append(keep(*args)) or rates[-1]
    feed = lambda first: (batch[here.rank::2] for batch in batches(first))
    run = loop.Run(out / "run", 100_000, seconds=1.0, warmup=3, average=0.0)
    average = loop.train(model, CONFIG, model, feed, run, here)
    torch.save((rates, average.state_dict()), out / f"{here.rank}.pt")
"""


def test_two_processes_with_clocks_of_their_own_stay_one(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    ours = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", _PROCESS, str(tmp_path)]
    running = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, **ours, "RANK": rank, "LOCAL_RANK": rank})
        for rank in ("0", "1")
    ]
    try:
        assert [process.wait(timeout=60) for process in running] == [0, 0]
    finally:
        for process in running:
            process.kill()
    (rates, one), (others, other) = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert rates == others
    assert len(rates) % COMPARED == 0
    assert rates[-1] < 0.5 * max(rates)  # annealed by the clock
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert lines(tmp_path / "run" / "log.jsonl")[-1]["step"] == len(rates)


_BARE = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
sys.argv = ["engine.training", "autoencoder", "--help"]
import runpy
import engine.training.autoencoder, engine.training.held_out, engine.training.export, engine.motion_field
runpy.run_module("engine.training", run_name="__main__")
"""


def test_training_needs_few_packages() -> None:
    blocked = {
        "typer", "rich", "pydantic", "psd_tools", "av", "cv2", "ruamel", "platformdirs", "filelock", "huggingface_hub",
        "svg", "defusedxml", "scipy", "matplotlib",
    }  # fmt: skip
    command = [sys.executable, "-c", _BARE.format(blocked=blocked)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "--resume" in done.stdout


# --- pictures and scores ----------------------------------------------------------------------------------------------


def test_scores_and_sheets_are_of_the_average(tmp_path: Path) -> None:
    seen: list[nn.Module] = []

    def score(model: nn.Module) -> dict[str, float]:
        seen.append(model)
        return {"weight": float(model.layer.weight.sum())}  # type: ignore[union-attr, operator]

    clip = torch.zeros(2, 4, 16, 16)
    watch = Watch(score, lambda model: [report.Pair("still", clip, clip)])
    average = trained(Run(tmp_path, 6, keep=0, scored=4), watch=watch)
    told = json.loads((tmp_path / "scores.json").read_text())
    assert [entry["step"] for entry in told] == [4, 6]
    assert told[-1]["weight"] == float(average.layer.weight.sum())
    assert all(model is average for model in seen)
    assert {path.name for path in tmp_path.glob("*.png")} == {"sheet.png", "curves.png"}


def test_a_sheet_has_the_truth_above_the_result(tmp_path: Path) -> None:
    red, nothing = torch.zeros(3, 4, 16, 24), torch.zeros(3, 4, 16, 24)
    red[:, 0], red[:, 3] = 1.0, 1.0
    report.sheet([report.Pair("x", red, nothing)], tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as image:
        page = np.asarray(image.convert("RGB")).astype(int)
    pure = (page == (255, 0, 0)).all(-1)
    assert pure.sum() == 3 * 16 * 24
    rows, columns = np.nonzero(pure)
    under = page[rows.max() + 1 : rows.max() + 17, columns.min() : columns.max() + 1]
    assert len(np.unique(under.reshape(-1, 3), axis=0)) == 2  # a checkerboard, nothing else
    assert (under[..., 0] == under[..., 1]).all()


def test_curves_show_what_the_log_says(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    told = [{"step": step, "seconds": 1.0, "loss": 100.0 / step, "bad": None} for step in range(1, 20)]
    log.write_text("\n".join(json.dumps(line) for line in told) + '\n{"step": 20, "lo')
    report.curves(log, tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as image:
        page = np.asarray(image.convert("RGB")).astype(int)
    rows, columns = np.nonzero((np.abs(page - report._LINE)).sum(-1) < 20)
    assert columns.max() < page.shape[1] / 2  # the second panel has no finite value
    assert rows[columns == columns.min()].mean() < rows[columns == columns.max()].mean()  # it falls
