"""Farms: the job template, checked and run by Open Job Description's own program; the recipes of docs/farms.md, run.

The commands are taken out of the document. Where a recipe needs what no test machine has (ssh, SLURM, a cluster), a few
lines stand in for it that hand over the command as the real one does.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from drawn import write_psd
from engine.batch.driver import GRACE
from engine.batch.jobs import plan_items
from engine.batch.openjd import template
from engine.batch.record import read_plan, states_of
from engine.errors import ArtError, UsageError
from jobs import BOB, ROOT, art, environment, files_in, layout_text

BIN = Path(sys.executable).parent
NAMES = ("autumn", "spring", "winter")  # of the designs, sorted

# sshd sets SHELL, which the remote half of GNU parallel runs its script with; here the caller may have none
SSH = """\
export SHELL=/bin/sh
while [ "$1" != -- ]; do shift; done
shift
exec sh -c "$*"
"""
SRUN = 'while [ "${1#--}" != "$1" ]; do shift; done\nexec "$@"\n'
# runs what it is given at once, every index of an array, and prints a number as --parsable does
SBATCH = """\
#!/usr/bin/env python3
import os, re, subprocess, sys
told = dict(word[2:].partition("=")[::2] for word in sys.argv[1:] if word.startswith("--"))
script = sys.argv[-1]
if "wrap" in told:
    sys.exit(subprocess.run(["sh", "-c", script]).returncode)
options = dict(re.findall(r"^#SBATCH --([a-z-]+)=(.*)$", open(script).read(), re.M))
variables = dict(word.split("=") for word in told["export"].split(",")[1:])
variables["SLURM_CPUS_PER_TASK"] = options["cpus-per-task"]
variables["SLURM_MEM_PER_NODE"] = str(int(options["mem"].removesuffix("G")) * 1024)
first, last = re.match(r"(\\d+)-(\\d+)", told["array"]).groups()
for index in range(int(first), int(last) + 1):
    given = {**os.environ, **variables, "SLURM_ARRAY_TASK_ID": str(index)}
    subprocess.run(["bash", script], env=given, check=True, stdout=2)
print(7)
"""


def recipes() -> dict[str, str]:
    """The blocks of the document by the name in their first comment."""
    text = (ROOT / "docs" / "farms.md").read_text("utf-8")
    blocks = re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return {found[1]: block for block in blocks if (found := re.match(r"(?:#!.*\n)?# (\S+)\n", block))}


RECIPES = recipes()
SCRIPTS = [name for name, text in RECIPES.items() if name.endswith((".sh", ".sbatch"))]


def yaml_of(text: str) -> Any:
    return YAML(typ="safe").load(text)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the document starts from: designs and a layout; the jobs file is made by its own script."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "cards").mkdir()
    for number, name in enumerate(NAMES):
        write_psd(folder / "cards" / f"{name}.psd", (96 + 16 * number, 96))
    (folder / "motion.yaml").write_text(layout_text(BOB, rest="export: {layers: png, composite: mp4}\n"))
    shell(folder, RECIPES["jobs.sh"].replace("/farm", str(folder)))
    return folder


@pytest.fixture(scope="module")
def whole(library: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every output of `art batch run` on one machine."""
    out = tmp_path_factory.mktemp("whole") / "out"
    result = art("batch", "run", library / "jobs.csv", "-o", out, "--no-cache")
    assert result.returncode == 0, result.stderr
    return outputs(out)


@pytest.fixture
def farm(library: Path, tmp_path: Path) -> Path:
    """A folder of its own with everything; designs keep their times."""
    shutil.copytree(library, tmp_path / "farm")
    return tmp_path / "farm"


def outputs(out: Path) -> dict[str, bytes]:
    """All files but the batch's own, and the manifests without the one thing that tells where the design lies."""
    return {name: data for name, data in files_in(out).items() if not name.startswith("_batch/")}


def shell(folder: Path, text: str, *words: str, program: str = "bash", **variables: str) -> str:
    """What a script says that runs in the folder, with `art` and stand-ins (`bin/`) at hand."""
    path = os.pathsep.join(map(str, (folder / "bin", BIN, os.environ["PATH"])))
    given = environment(PATH=path, ART_CACHE=str(folder / "cache"), **variables)
    result = subprocess.run(
        [program, "-euc", text, program, *words],
        cwd=folder, env=given, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def stand_in(folder: Path, name: str, text: str) -> None:
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text if text.startswith("#!") else f"#!/bin/sh\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def check(farm: Path, whole: Mapping[str, bytes], records: set[str]) -> None:
    """All is there, byte for byte, and was done by drivers of those records."""
    out = farm / "out"
    found = outputs(out)
    assert sorted(found) == sorted(whole)
    assert [name for name, data in whole.items() if found[name] != data] == []
    states = states_of(out)
    assert {states[item.key].phase for item in read_plan(out)} == {"finished"}
    assert {path.name for path in (out / "_batch").glob("record*")} == records


# --- the template -----------------------------------------------------------------------------------------------------


def openjd(*words: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    return subprocess.run(
        [sys.executable, "-m", "openjd", *map(str, words)],
        env=environment(PATH=path, **variables), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def arguments(text: str) -> list[str]:
    (step,) = yaml_of(text)["steps"]
    found: list[str] = step["script"]["actions"]["onRun"]["args"]
    return found


def test_folders_globs_and_lists_below_the_folder_of_designs(library: Path) -> None:
    def made(word: str, home: Path, layout: str = "") -> tuple[list[str], dict[str, Any]]:
        words = [str(library / word)]
        layout = str(library / layout) if layout else ""
        text = template(words, plan_items(words, library / "out", layout), home, layout, ["fps=12", "device=cpu"])
        given = {each["name"]: each for each in yaml_of(text)["parameterDefinitions"]}
        return arguments(text), given

    args, given = made("cards/*.psd", library)
    assert args[2] == "{{Param.Designs}}/*.psd"
    assert given["Designs"]["default"] == "cards"
    assert (given["Items"]["default"], given["Options"]["default"]) == ("1-3", "fps=12 device=cpu")
    assert "default" not in given["Out"]
    args, given = made("cards", library, "motion.yaml")
    assert args[2] == "{{Param.Designs}}/cards"
    assert args[args.index("--layout") + 1] == "{{Param.Designs}}/motion.yaml"
    assert given["Designs"]["default"] == "."
    args, given = made("cards", library / "elsewhere")  # defaults may not lead out of the template's folder
    assert args[2] == "{{Param.Designs}}"
    assert "default" not in given["Designs"]


def test_names_that_yaml_or_the_specification_would_read_otherwise(tmp_path: Path) -> None:
    folder = tmp_path / 'a: "b" #c\\d'
    folder.mkdir()
    (folder / "x's.psd").touch()
    items = plan_items([str(folder)], tmp_path / "out")
    text = template([str(folder / "x's.psd")], items, tmp_path, str(folder / "{name}" / "{folder}.yaml"))
    assert arguments(text)[2] == "{{Param.Designs}}/x's.psd"
    assert arguments(text)[6] == "{{Param.Designs}}/{name}/{folder}.yaml"
    assert yaml_of(text)["name"] == f"art: {folder.name}"
    with pytest.raises(UsageError, match="two braces"):
        template([str(folder / "{{x}}.psd")], items, tmp_path)


def test_mistakes_are_said_before_a_template_is_written(library: Path, tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_text("design,options\ngone.psd,fsp=1\n")
    wrong = art("batch", "openjd", tmp_path / "jobs.csv", "-o", tmp_path / "job.yaml")
    assert wrong.returncode == 65
    assert "there is no design" in wrong.stderr
    assert not (tmp_path / "job.yaml").exists()
    (tmp_path / "job.yaml").write_text("mine")
    there = art("batch", "openjd", library / "jobs.csv", "-o", tmp_path / "job.yaml")
    assert there.returncode == 73
    assert (tmp_path / "job.yaml").read_text() == "mine"


def test_openjd_checks_and_runs_it(farm: Path, whole: dict[str, bytes]) -> None:
    """Three items in two chunks; a damaged template is refused by the same program."""
    script = RECIPES["openjd.sh"]
    said = shell(farm, script)
    assert "passes validation checks" in said
    assert "Item(CHUNK[INT]) = 1-2" in said
    assert "openjd_progress: 100.0" in said
    assert "Chunks run: 2" in said
    check(farm, whole, {"record-1-2.jsonl", "record-3-3.jsonl"})
    text = (farm / "job.yaml").read_text("utf-8")
    (farm / "job.yaml").write_text(text.replace("[TASK_CHUNKING]", "[]"), "utf-8")
    assert openjd("check", farm / "job.yaml").returncode != 0


def test_an_item_that_fails_fails_its_task(farm: Path) -> None:
    (farm / "cards" / "spring.psd").write_bytes(b"8BPS no more")
    shell(farm, RECIPES["bundle.sh"])
    words = ("-p", f"Designs={farm}", "-p", f"Out={farm / 'out'}", "-p", "Items=2-3")
    result = openjd("run", farm / "bundle" / "template.yaml", *words)
    assert result.returncode != 0
    assert "openjd_status: spring: " in result.stdout
    assert "exited with code: 80" in result.stdout
    assert (farm / "out" / "winter" / "manifest.json").is_file()


def test_the_environment_that_brings_the_program(farm: Path) -> None:
    """With a wheel that stands in for art's, so that nothing is fetched: its `art` says how it was called."""
    wheel = farm / "animated_art-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        info = "animated_art-0.1.0.dist-info"
        file.writestr("stub.py", "import sys\ndef run() -> None:\n    print('brought:', sys.prefix, *sys.argv[1:])\n")
        file.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: animated-art\nVersion: 0.1.0\n")
        file.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{info}/entry_points.txt", "[console_scripts]\nart = stub:run\n")
        file.writestr(f"{info}/RECORD", "")
    shell(farm, RECIPES["bundle.sh"])
    (farm / "art-environment.yaml").write_text(RECIPES["art-environment.yaml"], "utf-8")
    assert openjd("check", farm / "art-environment.yaml").returncode == 0
    said = shell(farm, commands_of("openjd run bundle"), PYTHONPATH="")  # which would be art to pip
    assert re.search(r"brought: /\S+/art batch run \S+/jobs.csv --output \S+/out --set  --items 1-3 ", said)


def commands_of(start: str) -> str:
    """The line of the document that starts so."""
    text = (ROOT / "docs" / "farms.md").read_text("utf-8")
    (line,) = re.findall(rf"^{re.escape(start)}.*$", text, re.MULTILINE)
    return str(line)


# --- recipes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_sound(name: str, tmp_path: Path) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not there")
    (tmp_path / name).write_text(RECIPES[name])
    result = subprocess.run(
        ["shellcheck", "--shell=bash", tmp_path / name], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_jobs_of_the_document(library: Path) -> None:
    assert [item.name for item in plan_items([str(library / "jobs.csv")], library / "out")] == list(NAMES)


def test_gnu_parallel(farm: Path, whole: dict[str, bytes]) -> None:
    if shutil.which("parallel") is None:
        pytest.skip("GNU parallel is not there")
    stand_in(farm, "ssh", SSH)
    shell(farm, RECIPES["parallel.sh"].replace("-n 10", "-n 2"), HOSTS="1/node-a,1/node-b", HOME=str(farm))
    lines = (farm / "parallel.log").read_text().splitlines()[1:]
    assert sorted(line.split("\t")[1] for line in lines) == ["node-a", "node-b"]
    check(farm, whole, {"record-1-2.jsonl", "record-3-3.jsonl"})


def test_a_design_that_is_added_between_two_tasks(farm: Path, whole: dict[str, bytes]) -> None:
    """It would move the numbers of a folder: the second task says so, and the plan that is there can be done."""
    run = ("batch", "run", farm / "cards", "-o", farm / "out", "--layout", farm / "motion.yaml", "--no-cache")
    assert art(*run, "--items", "1-2").returncode == 0
    write_psd(farm / "cards" / "ball.psd")
    refused = art(*run, "--items", "3-4")
    assert refused.returncode == 65
    assert "item 2 is now" in refused.stderr
    assert "art batch retry" in refused.stderr
    assert not (farm / "out" / "_batch" / "record-3-4.jsonl").exists()
    assert art("batch", "retry", farm / "out", "--items", "3", "--no-cache").returncode == 0
    check(farm, whole, {"record-1-2.jsonl", "record-3-3.jsonl"})


def test_slurm(farm: Path, whole: dict[str, bytes]) -> None:
    stand_in(farm, "sbatch", SBATCH)
    stand_in(farm, "srun", SRUN)
    (farm / "farm.sbatch").write_text(RECIPES["farm.sbatch"])
    shell(farm, RECIPES["submit.sh"].replace("chunk=10", "chunk=2"))
    check(farm, whole, {"record-1-2.jsonl", "record-3-3.jsonl", "record.jsonl"})  # the last: what did the rest
    said = shell(farm, RECIPES["finish.sh"])
    assert said.count("all as written") == len(NAMES)


def test_kubernetes_reads_its_job() -> None:
    validator = pytest.importorskip("kubernetes_validate", reason="kubernetes-validate is not installed")
    validator.validate(yaml_of(RECIPES["job.yaml"]), "1.31", strict=True)


def test_the_job_of_kubernetes_holds_together() -> None:
    spec = yaml_of(RECIPES["job.yaml"])["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    given = {each["name"]: each["value"] for each in container["env"]}
    assert spec["completionMode"] == "Indexed"
    assert spec["completions"] == -(-int(given["COUNT"]) // int(given["CHUNK"]))
    assert pod["terminationGracePeriodSeconds"] > GRACE
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    codes = spec["podFailurePolicy"]["rules"][0]["onExitCodes"]
    assert codes["containerName"] == container["name"]
    assert set(codes["values"]) <= {kind.exit_code for kind in _kinds(ArtError)}


def _kinds(kind: type[ArtError]) -> set[type[ArtError]]:
    return {kind}.union(*map(_kinds, kind.__subclasses__()))


def test_every_index_of_the_kubernetes_job(farm: Path, whole: dict[str, bytes]) -> None:
    """The second is a pod that is started again: one of its name, but of another node, holds its items."""
    (container,) = yaml_of(RECIPES["job.yaml"])["spec"]["template"]["spec"]["containers"]
    (program, options), (script,) = container["command"], container["args"]
    assert (program, options) == ("/bin/sh", "-euc")
    host = socket.gethostname()
    (farm / "out" / "spring").mkdir(parents=True)
    for lock in (farm / "out" / ".art-lock-3-4", farm / "out" / "spring" / ".art-lock"):
        lock.write_text(f"{os.getpid()} {host}\nanother-boot 1 1 1\n")
    other = farm / "out" / ".art-lock-9-10"
    other.write_text("1 art-4\n")
    for index in range(2):
        variables = {"JOB_COMPLETION_INDEX": str(index), "COUNT": "3", "CHUNK": "2"}
        shell(farm, script, program=program, **variables)
    assert other.exists()
    other.unlink()
    check(farm, whole, {"record-1-2.jsonl", "record-3-3.jsonl"})


def test_locks_of_a_machine_that_vanished(farm: Path) -> None:
    (farm / "out" / "spring").mkdir(parents=True)
    gone = (farm / "out" / ".art-lock-1-3", farm / "out" / "spring" / ".art-lock")
    kept = (farm / "out" / ".art-lock-3-4", farm / "out" / "manifest.json")
    for path in (*gone, *kept):
        path.write_text(f"12 node-{7 if path in gone else 70}\nboot 1 1 1\n")
    refused = art("batch", "run", farm / "jobs.csv", "-o", farm / "out", "--items", "1-2")
    assert refused.returncode == 73
    assert "pid 12 on node-7" in refused.stderr
    shell(farm, RECIPES["release.sh"], "node-7")
    assert [path.exists() for path in (*gone, *kept)] == [False, False, True, True]
