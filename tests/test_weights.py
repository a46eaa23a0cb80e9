"""Weights: files that are what was recorded, or a sentence that says why not; a hub that breaks in every way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from safetensors.torch import save, save_file

from engine import weights
from engine.errors import (
    ArtError,
    BadInput,
    CannotWrite,
    LicenceRequired,
    MissingInput,
    TryAgain,
    Unavailable,
    UsageError,
)
from engine.weights import WeightsSpec, find, folder_of, import_weights, pull, ready_files, remove, state
from engine.weights.state import load_state, save_state
from hub_server import COMMIT, REPO, Hub, running

ROOT = Path(__file__).parent.parent
BIG = "model.safetensors"
SMALL = "words/words.safetensors"


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty models folder, and no setting of this machine."""
    for name in ("ART_OFFLINE", "HF_HUB_OFFLINE", "ART_HUB_URL", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_TOKEN", "secret")
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {BIG: save({"x": torch.randn(300, 1000)}), SMALL: save({"y": torch.zeros(3)})}
    with running(files) as server:
        monkeypatch.setenv("ART_HUB_URL", server.url)
        yield server


@pytest.fixture
def spec(hub: Hub) -> WeightsSpec:
    return import_weights(f"hub:{REPO}@main", "mine")


def quiet(file: str, done: int, total: int) -> None:
    """No progress."""


# --- tensors in files -------------------------------------------------------------------------------------------------


def write(path: Path, **metadata: str) -> Path:
    tensors = {"linear.weight": torch.randn(6, 4, 2), "linear.bias": torch.randn(6), "count": torch.tensor([3])}
    save_state(path, tensors, metadata, quantise=lambda name: name.endswith(".weight"))
    return path


def test_tensors_survive_and_quantised_rows_are_within_half_a_step(tmp_path: Path) -> None:
    rows = torch.randn(6, 4, 2) * torch.logspace(-3, 3, 6)[:, None, None]
    rows[2] = 0
    tensors = {"weight": rows, "half": torch.randn(5).half(), "count": torch.tensor([3])}
    save_state(tmp_path / "a.safetensors", tensors, {"config": "{}"}, quantise=lambda name: name == "weight")
    found, metadata = load_state(tmp_path / "a.safetensors")
    assert set(found) == set(tensors)
    assert metadata == {"config": "{}", "format_version": "1"}
    assert found["weight"].dtype == found["half"].dtype == torch.float32
    assert torch.equal(found["half"], tensors["half"].float())
    assert found["count"].tolist() == [3]
    steps = rows.abs().amax((1, 2), keepdim=True) / 127
    assert ((found["weight"] - rows).abs() <= 0.501 * steps).all()


def test_quantised_rows_take_a_byte_each(tmp_path: Path) -> None:
    save_state(tmp_path / "a.safetensors", {"w": torch.randn(100, 1000)}, {}, quantise=lambda name: True)
    assert (tmp_path / "a.safetensors").stat().st_size < 101_500


@pytest.mark.parametrize("cut", [0, 4, 100, -1])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path / "a.safetensors")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(Unavailable, match="cannot be read"):
        load_state(path)


def test_absent_and_foreign_and_newer_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="not there"):
        load_state(tmp_path / "none.safetensors")
    save_file({"x": torch.zeros(2)}, tmp_path / "foreign.safetensors")
    with pytest.raises(Unavailable, match="without a format version"):
        load_state(tmp_path / "foreign.safetensors")
    save_file({"x": torch.zeros(2)}, tmp_path / "newer.safetensors", {"format_version": "9"})
    with pytest.raises(Unavailable, match="format version 9") as caught:
        load_state(tmp_path / "newer.safetensors")
    assert caught.value.exit_code == 69


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["model.pt", "model.bin", "model.safetensors"])
def test_a_pickle_is_refused_and_never_run(tmp_path: Path, name: str) -> None:
    torch.save(Trap(tmp_path / "trapped"), tmp_path / name)
    with pytest.raises(Unavailable, match="run any code"):
        load_state(tmp_path / name)
    with pytest.raises(Unavailable, match="run any code"):
        import_weights(str(tmp_path / name), "trap")
    assert not (tmp_path / "trapped").exists()


# --- those that come with art -----------------------------------------------------------------------------------------


def test_the_shipped_weights_are_what_the_registry_says() -> None:
    spec = find("dmdl-s")
    assert set(ready_files(spec)) >= {"words.safetensors"}
    assert state(spec) == "ready"
    assert spec.bytes < 40_000_000
    assert {path.name for path in weights.BUNDLED.glob("*.safetensors")} == {file.name for file in spec.files}


def test_shipped_weights_are_recorded_and_damage_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.safetensors")
    weights.record_bundled(tmp_path, "one", "a model", "CC0-1.0", ["a.safetensors"])
    monkeypatch.setattr(weights, "BUNDLED", tmp_path)
    spec = find("one")
    assert list(ready_files(spec).values()) == [path]
    time.sleep(0.02)  # past the tick of the file system's clock, by which changes are told
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert state(spec) == "unverified"
    with pytest.raises(Unavailable, match="changed"):
        ready_files(spec)


def test_shipped_weights_cannot_be_removed_or_shadowed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="stays"):
        remove(find("dmdl-s"))
    with pytest.raises(UsageError, match="there are weights"):
        import_weights(str(write(tmp_path / "a.safetensors")), "dmdl-s")


# --- from disk --------------------------------------------------------------------------------------------------------


def test_a_file_and_a_folder_are_imported(tmp_path: Path, models: Path) -> None:
    (tmp_path / "in/deep").mkdir(parents=True)
    write(tmp_path / "in/a.safetensors")
    write(tmp_path / "in/deep/b.safetensors")
    import_weights(str(tmp_path / "in"), "two")
    import_weights(str(tmp_path / "in/a.safetensors"), "one")
    assert set(ready_files(find("two"))) == {"a.safetensors", "deep/b.safetensors"}
    assert set(ready_files(find("one"))) == {"a.safetensors"}
    assert state(find("two")) == "ready"
    remove(find("two"))
    assert not (models / "two").exists()
    with pytest.raises(MissingInput, match="no weights called"):
        find("two")


def test_a_changed_file_is_seen_by_its_time_and_an_unchanged_one_is_not_hashed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = import_weights(str(write(tmp_path / "a.safetensors")), "one")
    path = ready_files(spec)["a.safetensors"]
    monkeypatch.setattr(weights, "sha256", lambda path: f"{path} is not what it was")
    ready_files(spec)
    os.utime(path, ns=(1, 1))
    assert state(spec) == "unverified"
    with pytest.raises(Unavailable, match="changed"):
        ready_files(spec)
    path.write_bytes(b"short")
    assert state(spec) == "damaged"


@pytest.mark.parametrize("name", ["../up", "A", "", ".hidden", "a/b", "x" * 65])
def test_a_name_cannot_lead_out_of_the_models_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        import_weights(str(write(tmp_path / "a.safetensors")), name)


def test_a_link_out_of_the_models_folder_is_not_followed_when_removing(tmp_path: Path, models: Path) -> None:
    spec = import_weights(str(write(tmp_path / "a.safetensors")), "one")
    shutil.move(models / "one", tmp_path / "elsewhere")
    (models / "one").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="leads out"):
        remove(spec)
    assert (tmp_path / "elsewhere/a.safetensors").exists()


@pytest.mark.parametrize(
    "change",
    [{"files": [{"name": "../x.safetensors", "sha256": "0" * 64, "bytes": 1}]}, {"files": 3}, {"source": "bundled"}],
)
def test_a_forged_spec_is_refused(tmp_path: Path, models: Path, change: dict[str, object]) -> None:
    import_weights(str(write(tmp_path / "a.safetensors")), "one")
    path = models / "one/weights.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(BadInput):
        find("one")
    assert find("dmdl-s")


def test_nothing_to_import_says_so(tmp_path: Path) -> None:
    with pytest.raises(MissingInput):
        import_weights(str(tmp_path / "none"), "one")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Unavailable, match=r"no \.safetensors"):
        import_weights(str(tmp_path / "empty"), "one")


# --- from a hub -------------------------------------------------------------------------------------------------------


def test_hub_weights_are_pinned_pulled_and_whole(hub: Hub, spec: WeightsSpec) -> None:
    assert spec.source == f"hub:{REPO}@{COMMIT}"
    assert {file.name for file in spec.files} == {BIG, SMALL}
    assert state(spec) == "absent"
    paths = pull(find("mine"), quiet)
    assert {name: path.read_bytes() for name, path in paths.items()} == hub.files
    assert state(spec) == "ready"
    asked = len(hub.requests)
    pull(spec, quiet)
    assert len(hub.requests) == asked


def test_the_token_goes_to_the_hub_and_not_to_its_storage(hub: Hub, spec: WeightsSpec) -> None:
    pull(spec, quiet)
    assert {token for path, _, token in hub.requests if path.startswith("/storage")} == {None}
    assert {token for path, _, token in hub.requests if "resolve" in path} == {"Bearer secret"}


@pytest.mark.parametrize("ranges", [True, False])
def test_an_interrupted_pull_goes_on(hub: Hub, spec: WeightsSpec, ranges: bool) -> None:
    hub.stop_after = 500_000
    with pytest.raises(TryAgain, match="line broke"):
        pull(spec, quiet)
    assert not (folder_of(spec) / BIG).exists()
    part = (folder_of(spec) / f"{BIG}.part").stat().st_size
    assert part == 500_000
    hub.stop_after, hub.ranges = None, ranges
    assert pull(spec, quiet)[BIG].read_bytes() == hub.files[BIG]
    assert (f"/storage/{BIG}", f"bytes={part}-", None) in hub.requests
    assert not list(folder_of(spec).rglob("*.part"))


def test_tampered_bytes_are_thrown_away(hub: Hub, spec: WeightsSpec) -> None:
    hub.served[BIG] = hub.files[BIG][:-1] + b"!"
    with pytest.raises(Unavailable, match="not the file that was pinned"):
        pull(spec, quiet)
    assert not list(folder_of(spec).glob("model*"))
    hub.served.clear()
    assert pull(spec, quiet)


def test_a_file_of_another_size_is_not_taken(hub: Hub, spec: WeightsSpec) -> None:
    hub.served[BIG] = hub.files[BIG] + b"more"
    with pytest.raises(Unavailable):
        pull(spec, quiet)
    hub.served[BIG] = hub.files[BIG][:1000]
    with pytest.raises(TryAgain):
        pull(spec, quiet)
    assert state(spec) == "absent"


def test_a_damaged_file_is_pulled_again(hub: Hub, spec: WeightsSpec) -> None:
    path = pull(spec, quiet)[BIG]
    path.write_bytes(hub.files[BIG][:1000])
    assert state(spec) == "damaged"
    with pytest.raises(Unavailable, match="1000 bytes in place of"):
        ready_files(spec)
    assert pull(spec, quiet)[BIG].read_bytes() == hub.files[BIG]


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [(401, Unavailable, 69), (404, Unavailable, 69), (429, TryAgain, 75), (503, TryAgain, 75)],
)
def test_what_the_hub_refuses_is_told_apart(
    hub: Hub, spec: WeightsSpec, status: int, error: type[ArtError], code: int
) -> None:
    hub.status = status
    with pytest.raises(error) as caught:
        pull(spec, quiet)
    assert caught.value.exit_code == code
    assert caught.value.hint


def test_a_licence_that_is_not_accepted_has_its_own_exit_code(hub: Hub, spec: WeightsSpec) -> None:
    hub.gated = True
    with pytest.raises(LicenceRequired) as caught:
        pull(spec, quiet)
    assert caught.value.exit_code == 77


def test_unknown_repositories_and_wrong_words_are_refused(hub: Hub) -> None:
    with pytest.raises(Unavailable, match="404"):
        import_weights("hub:studio/nothing", "mine")
    with pytest.raises(UsageError, match="ORG/NAME"):
        import_weights("hub:nothing", "mine")


def test_a_repository_of_pickles_is_refused(hub: Hub) -> None:
    hub.files = {"pytorch_model.bin": b"x"}
    with pytest.raises(Unavailable, match="run any code"):
        import_weights(f"hub:{REPO}", "mine")


@pytest.mark.parametrize("switch", ["ART_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_asks_nobody_and_uses_what_is_there(
    hub: Hub, spec: WeightsSpec, monkeypatch: pytest.MonkeyPatch, switch: str
) -> None:
    monkeypatch.setenv(switch, "1")
    asked = len(hub.requests)
    with pytest.raises(Unavailable, match=switch):
        pull(spec, quiet)
    assert len(hub.requests) == asked
    monkeypatch.delenv(switch)
    pull(spec, quiet)
    monkeypatch.setenv(switch, "1")
    assert pull(spec, quiet)


def test_a_mirror_that_is_down_is_named(spec: WeightsSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ART_HUB_URL", "http://127.0.0.1:9")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9/.* cannot be reached"):
        pull(spec, quiet)
    monkeypatch.setenv("ART_HUB_URL", "file:///etc")
    with pytest.raises(UsageError, match="https://"):
        pull(spec, quiet)


def test_two_pulls_at_once_download_once(hub: Hub, spec: WeightsSpec) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: pull(spec, quiet), range(2)))
    assert sum(path == f"/storage/{BIG}" for path, _, _ in hub.requests) == 1


def test_a_full_disk_is_seen_before_the_download(hub: Hub, spec: WeightsSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("engine.weights.hub.shutil.disk_usage", lambda _: usage(10, 9, 1))
    asked = len(hub.requests)
    with pytest.raises(CannotWrite, match="are needed"):
        pull(spec, quiet)
    assert len(hub.requests) == asked


# --- the command line -------------------------------------------------------------------------------------------------


def art(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "art_cli.main", "models", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


def test_the_commands_speak_json_and_exit_codes(hub: Hub, models: Path) -> None:
    assert json.loads(art("import", f"hub:{REPO}@main", "--name", "mine", "--json").stdout)["data"]["state"] == "absent"
    pulled = art("pull", "mine", "--json")
    assert set(json.loads(pulled.stdout)["data"]["files"]) == {BIG, SMALL}
    assert "100 % of 1.2 MB" in pulled.stderr
    assert json.loads(art("verify", "--json").stdout)["data"] == {"verified": ["dmdl-s", "mine"], "absent": []}
    (models / "mine" / BIG).write_bytes(b"no")
    broken = art("path", "mine", "--json")
    assert broken.returncode == 69
    assert json.loads(broken.stdout)["error"]["hint"] == "art models pull mine"
    assert "damaged" in art("list").stdout
    assert art("rm", "mine").returncode == 0
    assert art("rm", "dmdl-s").returncode == 2
    assert art("info", "dmdls").returncode == 66
