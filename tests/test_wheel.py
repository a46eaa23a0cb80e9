"""What is installed: exactly three packages with their data, one program, and an engine that is the program's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from jobs import ROOT

PACKAGES = ("art_cli", "engine", "presets")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout; no network."""
    pytest.importorskip("setuptools", minversion="77")
    copy, out = tmp_path_factory.mktemp("source") / "art", tmp_path_factory.mktemp("wheel")
    unwanted = shutil.ignore_patterns(".*", "*.egg-info", "build", "__pycache__", "stills", "node_modules")
    shutil.copytree(ROOT, copy, ignore=unwanted)
    build = [sys.executable, "-m", "pip", "wheel", ".", "--no-deps", "--no-build-isolation", "--no-index", "-w", out]
    result = subprocess.run(build, cwd=copy, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return next(out.glob("*.whl"))


def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_top_level_names(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert len(tops) == len(PACKAGES) + 1


def test_every_module_and_preset_is_inside(wheel: Path) -> None:
    inside = set(names(wheel))
    modules = {path.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    presets = {path.relative_to(ROOT).as_posix() for path in (ROOT / "presets").rglob("*.yaml")}
    assert len(presets) > 50
    assets = {path.relative_to(ROOT).as_posix() for path in (ROOT / "engine" / "preview").iterdir() if path.is_file()}
    assert len(assets) > 15
    assert modules | presets | assets | {"engine/py.typed", "engine/handoff/after_effects.jsx"} <= inside
    assert not [name for name in inside if name.startswith(("tests", "examples", "benchmarks", "docs"))]


def test_the_program_and_its_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = wheel.name.partition("-py3")[0] + ".dist-info"
        assert "art = art_cli.main:run" in archive.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()
        metadata = archive.read(f"{info}/METADATA").decode()
    assert "License-Expression: Apache-2.0" in metadata


def test_the_installed_program_works_elsewhere(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    result = art_from([site], tmp_path, "presets", "show", "bob")
    assert result.returncode == 0, result.stderr
    assert "period" in result.stdout


def art_from(paths: list[Path], cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from art_cli.main import run; run(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths)), "XDG_CONFIG_HOME": "/nonexistent"}
    command = [sys.executable, "-P", "-c", code, *words]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_a_stranger_called_engine_is_refused(tmp_path: Path) -> None:
    """`engine` is a common name: another package of that name in front of ours must not be used by mistake."""
    stranger = tmp_path / "other" / "engine"
    stranger.mkdir(parents=True)
    (stranger / "__init__.py").write_text("__version__ = '9'\n")
    result = art_from([tmp_path / "other", ROOT], tmp_path, "--version")
    assert result.returncode == 69
    assert str(stranger) in result.stderr
    assert "Traceback" not in result.stderr
    assert art_from([ROOT], tmp_path, "--version").returncode == 0
