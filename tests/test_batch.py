"""Jobs files become items, with every mistake at its place; records and states; the cache of finished files."""

from __future__ import annotations

import glob
import json
import os
import re
import signal
import subprocess
import sys
import time
import tracemalloc
import zlib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch
import typer
from psd_tools import PSDImage

from art_cli.main import app
from drawn import write_psd
from engine.backends.dmdl import TASK
from engine.batch.engine import Task
from engine.batch.jobs import Item, chosen, plan_items
from engine.batch.local import LocalEngine, gpus_in, visible_gpus, workers_for
from engine.batch.record import Record, State, is_done, lines_in, read_plan, record_path, stamps, states_of, write_plan
from engine.batch.settings import SETTINGS, fields_of, text_of
from engine.cache import Cache, _versions, key_of
from engine.errors import ArtError, BadInput, MissingInput, UsageError
from engine.export import parts_of
from engine.files import alive
from engine.manifest import FileEntry, intact
from engine.pipeline import Request, run_item
from engine.progress import Silent
from jobs import ROOT, art, files_in, request
from tiny_networks import TINY, import_networks


def library(folder: Path, *names: str) -> Path:
    """Empty files where designs would be: planning only looks whether they are there."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def problems(error: ArtError, folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in error.problems or (error,)]


# --- JOBS -------------------------------------------------------------------------------------------------------------


def test_a_glob_and_a_folder(tmp_path: Path) -> None:
    library(tmp_path, "a/2.psd", "a/1.ora", "a/notes.txt", "a/stack/00_back.png", "b/1.psd")
    library(tmp_path, "a/out/_batch/items.jsonl", "a/out/1/stills/0s.png")  # of an earlier batch
    library(tmp_path, "a/1-motion/manifest.json", "a/1-motion/motion.yaml", "a/1-motion/layers/00_back.png")
    folder = plan_items([str(tmp_path / "a")], tmp_path / "out")
    assert [(item.number, item.name) for item in folder] == [(1, "1"), (2, "2"), (3, "stack")]
    found = plan_items([str(tmp_path / "**" / "*.psd")], tmp_path / "out")
    assert [Path(item.design).parent.name for item in found] == ["a", "b"]
    assert [item.out for item in found] == [str(tmp_path / "out" / "2"), str(tmp_path / "out" / "1")]
    with pytest.raises(MissingInput, match="no design matches"):
        plan_items([str(tmp_path / "*.tiff")], tmp_path / "out")


def test_braces_in_names_on_disk_are_letters(tmp_path: Path) -> None:
    """Of designs that were found, in folders of any name; what a jobs file says of one design is a template."""
    home, out = tmp_path / "cards {lang} [2]", tmp_path / "out"
    library(home, "{x}.psd", "{name}.psd", "layouts/{x}.yaml", "layouts/{name}.yaml", "layouts/a.yaml")
    expected = [("{name}", str(home / "{name}.psd")), ("{x}", str(home / "{x}.psd"))]
    for words in ([str(home)], [f"{glob.escape(str(home))}/*.psd"], [path for _, path in expected]):
        assert [(item.name, item.design) for item in plan_items(words, out)] == expected, words
    jobs = home / "jobs.yaml"
    jobs.write_text("defaults: {layout: 'layouts/{name}.yaml'}\nitems: ['*.psd']\n", "utf-8")
    listed = plan_items([str(jobs)], out)
    assert [(item.name, item.design) for item in listed] == expected
    assert [item.layout for item in listed] == [str(home / "layouts" / f"{name}.yaml") for name, _ in expected]
    jobs.write_text("items: [{design: '{x}.psd'}]\n", "utf-8")
    with pytest.raises(BadInput, match=r"the placeholder \{x\} of design has no value"):
        plan_items([str(jobs)], out)
    jobs.write_text("items: [{design: '{y}.psd', values: {y: '{x}'}}]\n", "utf-8")
    assert [item.design for item in plan_items([str(jobs)], out)] == [str(home / "{x}.psd")]


def test_a_table(tmp_path: Path) -> None:
    library(tmp_path, "cards/de.psd", "cards/fr.psd", "layouts/de.yaml", "layouts/fr.yaml")
    text = (
        "design,layout,out,options,lang\n"
        'cards/{lang}.psd,layouts/{name}.yaml,"to, {lang}",fps=12 size={number}00,de\n'
        "cards/fr.psd,layouts/{lang}.yaml,,,fr\n"
    )
    (tmp_path / "jobs.csv").write_text(text, "utf-8")
    first, second = plan_items([str(tmp_path / "jobs.csv")], tmp_path / "out", options={"device": "cpu", "fps": "30"})
    assert first.design == str(tmp_path / "cards" / "de.psd")
    assert first.layout == str(tmp_path / "layouts" / "de.yaml")
    assert first.name == "to, de"
    assert first.settings == {"device": "cpu", "fps": "12", "size": "100"}
    assert (second.name, second.settings) == ("fr", {"device": "cpu", "fps": "30"})


def test_a_list(tmp_path: Path) -> None:
    library(tmp_path, "cards/a.psd", "cards/b.psd", "posters/a.psd", "calm.yaml", "loud.yaml")
    (tmp_path / "jobs.yaml").write_text(
        "defaults:\n  layout: calm.yaml\n  out: '{folder}/{name}'\n  options: {fps: 24, format: [webm, png]}\n"
        "items:\n  - cards/*.psd\n  - design: posters/a.psd\n    layout: '{loudness}.yaml'\n"
        "    values: {loudness: loud}\n    options: {fps: 30, proxies: false}\n",
        "utf-8",
    )
    items = plan_items([str(tmp_path / "jobs.yaml")], tmp_path / "out")
    assert [item.name for item in items] == ["cards/a", "cards/b", "posters/a"]
    assert [Path(item.layout or "").name for item in items] == ["calm.yaml", "calm.yaml", "loud.yaml"]
    assert items[0].settings == {"fps": "24", "formats": ["webm", "png"]}
    assert items[2].settings == {"fps": "30", "formats": ["webm", "png"], "proxies": False}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("jobs.csv", "design,out\na.psd,{lang}\n", "jobs.csv:2:7: the placeholder {lang} of out has no value here"),
        ("jobs.csv", "design,lang,out\na.psd,,{lang}\n", "jobs.csv:2:8: the placeholder {lang} of out has no value"),
        ("jobs.csv", "design\na.psd\ngone.psd\n", "jobs.csv:3:1: there is no design "),
        ("jobs.csv", "design,options\na.psd,fsp=3\n", "jobs.csv:2:7: 'fsp' is not an option of an item"),
        ("jobs.csv", "design,options\na.psd,crop=cavnas\n", "jobs.csv:2:7: crop: 'cavnas' is not one of canvas, "),
        ("jobs.csv", "design,options\na.psd,quick\n", "jobs.csv:2:7: 'quick' is not of the form option=value"),
        ("jobs.csv", "design,layout\na.psd,b.yaml\n", "jobs.csv:2:7: there is no layout "),
        ("jobs.csv", "desing\na.psd\n", "jobs.csv:1:1: there is no column 'design'"),
        ("jobs.csv", "design,out\na.psd\n", "jobs.csv:2:1: 1 cells, and 2 columns"),
        ("jobs.csv", "design,out\na.psd,x\nb.psd,X\n", "jobs.csv:3:7: the output X collides with that of jobs.csv:2:7"),
        ("jobs.csv", "design,out\na.psd,x\nb.psd,x/y\n", "jobs.csv:3:7: the output x/y collides with that of "),
        ("jobs.csv", "design,out\na.psd,x/y\nb.psd,x\n", "jobs.csv:3:7: the output x collides with that of "),
        ("jobs.csv", "design,out\na.psd,_batch\n", "is the folder of the batch itself"),
        ("jobs.csv", "design,out\na.psd,_batch/a\n", "is the folder of the batch itself"),
        ("jobs.csv", "design,out\n,x\n", "jobs.csv:2:1: the row names no design"),
        ("jobs.csv", "design,Layout\na.psd,b.yaml\n", "jobs.csv:1:1: the column 'Layout' is written 'layout'"),
        ("jobs.csv", "design,options\na.psd,format=gif9\n", "jobs.csv:2:7: format: there is no 'gif9': did you mean"),
        ("jobs.csv", "design,options\na.psd,style=my.yaml\n", "jobs.csv:2:7: style: there is no file "),
        ("jobs.yaml", "itmes: [a.psd]\n", "jobs.yaml:1:1: there is no key 'itmes' here"),
        ("jobs.yaml", "items:\n  - {design: a.psd, lyout: x}\n", "jobs.yaml:2:21: there is no key 'lyout' here"),
        ("jobs.yaml", "items:\n  - {design: a.psd, options: {fsp: 3}}\n", "jobs.yaml:2:36: 'fsp' is not an option"),
        ("jobs.yaml", "items:\n  - {design: a.psd, out: '{x}'}\n", "jobs.yaml:2:26: the placeholder {x} of out has no"),
        ("jobs.yaml", "items:\n  - {out: x}\n", "jobs.yaml:2:5: the item names no design"),
        ("jobs.yaml", "items:\n  - [a.psd]\n", "jobs.yaml:2:5: an item is a design's path or a mapping"),
        ("jobs.yaml", "items: [a.psd\n", "jobs.yaml"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_place(tmp_path: Path, name: str, text: str, said: str) -> None:
    library(tmp_path, "a.psd", "b.psd")
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ArtError) as caught:
        plan_items([str(tmp_path / name)], tmp_path / "out")
    assert caught.value.exit_code in (65, 66)
    assert said in problems(caught.value, tmp_path)[0]


def test_the_examples_of_the_document(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "batch.md").read_text("utf-8")
    (table,) = re.findall(r"^```text\n(design,.*?)^```$", text, re.MULTILINE | re.DOTALL)
    (listed,) = re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    layouts = ("layouts/card.yaml", "layouts/poster.yaml", *(f"layouts/{name}.yaml" for name in ("de", "fr")))
    library(tmp_path, "cards/de.psd", "cards/fr.psd", "posters/spring.psd", *layouts)
    for name, content in (("jobs.csv", table), ("jobs.yaml", listed)):
        (tmp_path / name).write_text(content, "utf-8")
    by_table = plan_items([str(tmp_path / "jobs.csv")], tmp_path / "out")
    assert [item.name for item in by_table] == ["cards/de", "cards/fr"]
    by_list = plan_items([str(tmp_path / "jobs.yaml")], tmp_path / "out")
    assert [item.name for item in by_list] == ["cards/de", "cards/fr", "posters/spring", "special/de"]
    assert by_list[2].settings == {"fps": "30", "formats": ["webm", "prores4444"], "device": "cpu"}


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    library(tmp_path, "a.psd")
    (tmp_path / "jobs.csv").write_text(
        "design,options\na.psd,fsp=3\ngone.psd,\na.psd,crop=x fps=x\na.psd\na.psd,x\n", "utf-8"
    )
    with pytest.raises(BadInput) as caught:
        plan_items([str(tmp_path / "jobs.csv")], tmp_path / "out")
    assert [said.partition(" ")[0] for said in problems(caught.value, tmp_path)] == [
        "jobs.csv:2:7:", "jobs.csv:3:1:", "jobs.csv:4:7:", "jobs.csv:4:7:", "jobs.csv:5:1:", "jobs.csv:6:7:",
    ]  # fmt: skip
    result = art("batch", "run", tmp_path / "jobs.csv", "-o", tmp_path / "out")
    assert result.returncode == 65
    assert not (tmp_path / "out").exists(), "nothing starts"


def test_a_mistake_in_defaults_is_said_once_and_hides_no_other(tmp_path: Path) -> None:
    library(tmp_path, "a.psd", "b.psd")
    text = "defaults: {options: {fps: x}}\nitems:\n  - a.psd\n  - b.psd\n  - c.psd\n"
    (tmp_path / "jobs.yaml").write_text(f"{text}  - d/*.psd\n  - 3\n  - {{dsign: a.psd}}\n", "utf-8")
    with pytest.raises(BadInput) as caught:
        plan_items([str(tmp_path / "jobs.yaml")], tmp_path / "out")
    assert [said.partition(" ")[0] for said in problems(caught.value, tmp_path)] == [
        "jobs.yaml:1:27:", "jobs.yaml:5:5:", "jobs.yaml:6:5:", "jobs.yaml:7:5:", "jobs.yaml:8:6:", "jobs.yaml:8:5:",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said", "hint"),
    [
        (b"design;layout\na.psd;\n", "jobs.csv:1:1: there is no column 'design'", "commas"),
        ("design\na.psd\nGrüße.psd\n".encode("cp1252"), "jobs.csv:3: this is no UTF-8 text", "CSV UTF-8"),
    ],
)
def test_what_excel_writes_is_explained(tmp_path: Path, data: bytes, said: str, hint: str) -> None:
    (tmp_path / "jobs.csv").write_bytes(data)
    with pytest.raises(BadInput) as caught:
        plan_items([str(tmp_path / "jobs.csv")], tmp_path / "out")
    assert problems(caught.value, tmp_path) == [said]
    assert hint in caught.value.hint
    library(tmp_path, "a.psd")
    (tmp_path / "jobs.csv").write_bytes("\ufeffdesign,layout\r\n a.psd ,\r\n".encode())
    assert [item.name for item in plan_items([str(tmp_path / "jobs.csv")], tmp_path / "out")] == ["a"]


def test_a_style_in_a_file_is_looked_for_beside_it(tmp_path: Path) -> None:
    library(tmp_path, "jobs/a.psd", "jobs/my.yaml")
    (tmp_path / "jobs" / "jobs.csv").write_text("design,options\na.psd,style=my.yaml\n", "utf-8")
    (item,) = plan_items([str(tmp_path / "jobs" / "jobs.csv")], tmp_path / "out")
    assert item.settings == {"style": str(tmp_path / "jobs" / "my.yaml")}


def test_numbers_of_items() -> None:
    items = [Item(number, str(number), "", str(number)) for number in range(1, 21)]
    assert [item.number for item in chosen(items, "1-3, 15,2")] == [1, 2, 3, 15]
    for wrong in ("0", "5-3", "x", "", "21"):
        with pytest.raises(UsageError):
            chosen(items, wrong)


def test_every_option_of_an_item_is_one_of_animate() -> None:
    command = typer.main.get_command(app).commands["animate"]  # type: ignore[attr-defined]  # it is a group
    words = {option[2:] for parameter in command.params for option in parameter.opts if option.startswith("--")}
    of_the_run = {"output", "layout", "plan", "watch", "serve", "resume", "force", "progress", "json", "quiet"}
    assert set(SETTINGS) == words - of_the_run
    assert {field for field, _ in SETTINGS.values()} == {each.name for each in fields(Request)} - {
        "design", "out", "layout", "resume", "force", "watched",
    }  # fmt: skip


def test_options_read_back_from_their_text() -> None:
    given = {"frames": "0-47", "seed": "3", "format": "none", "handoff": "lottie,html", "sheet": "true", "fps": "29.97"}
    assert text_of(fields_of(given)) == given


def test_a_plan_prints_every_item_with_layout_and_options(tmp_path: Path) -> None:
    library(tmp_path, "a.psd", "calm.yaml")
    rows = "".join(f"a.psd,calm.yaml,{n},fps=12 frames=0-3\n" for n in range(60))
    (tmp_path / "jobs.csv").write_text(f"design,layout,out,options\n{rows}", "utf-8")
    lines = art("batch", "run", tmp_path / "jobs.csv", "-o", tmp_path / "out", "--plan").stdout.splitlines()
    assert len(lines) == 62
    assert lines[60].split() == ["60", "a.psd", "calm.yaml", "59", "fps=12", "frames=0-3"]
    assert lines[61] == "60 items"


def test_values_of_options() -> None:
    given = {"frames": "0-47", "seed": 3, "guidance": 2.5, "format": "none", "still": ["0s", "1s"], "sheet": True}
    assert fields_of(given) == {
        "frames": [0, 48], "seed": 3, "guidance": 2.5, "formats": [], "stills": ["0s", "1s"], "sheet": True,
    }  # fmt: skip
    wrong = {
        "seed": "-1", "steps": "2.5", "proxies": "maybe", "frames": "9-3", "guidance": "x", "format": "webm,gif9",
        "composite": "avi", "handoff": "lotti", "style": "playfull", "fps": "abc", "duration": "0s", "size": "big",
        "still": "soon", "device": "gpu",
    }  # fmt: skip
    for name, value in wrong.items():
        with pytest.raises(UsageError, match=name):
            fields_of({name: value})


def test_ten_thousand_items_are_planned_quickly_and_stand_at_once(tmp_path: Path) -> None:
    library(tmp_path, "card.psd", "calm.yaml")
    rows = "".join(f"card.psd,calm.yaml,shelf-{n // 100}/{n},fps=12 format=webm\n" for n in range(10_000))
    (tmp_path / "jobs.csv").write_text(f"design,layout,out,options\n{rows}", "utf-8")
    tracemalloc.start()
    started = time.monotonic()
    items = plan_items([str(tmp_path / "jobs.csv")], tmp_path / "out")
    planned = time.monotonic() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(items) == 10_000
    assert planned < 10
    assert peak < 64 << 20
    write_plan(tmp_path / "out", items)
    with Record(record_path(tmp_path / "out")) as record:
        for item in items:
            record.add("started", key=item.key, item=item.number, attempt=1)
            record.add("finished", key=item.key, item=item.number, seconds=1.0, stamp="x")
    started = time.monotonic()
    states = states_of(tmp_path / "out")
    assert all(states[item.key].phase == "finished" for item in read_plan(tmp_path / "out"))
    assert time.monotonic() - started < 3


# --- the record -------------------------------------------------------------------------------------------------------


def test_a_record_cut_anywhere_goes_on(tmp_path: Path) -> None:
    """At every byte of its last line: what was whole stays, and the next driver's lines are whole."""
    path = record_path(tmp_path)
    with Record(path) as record:
        record.add("started", key="a", item=1, attempt=1)
        record.add("finished", key="a", item=1, seconds=0.5, stamp="s")
        record.add("failed", key="b", item=2, seconds=0.5, code="bad_input", message="Größe")
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for end in range(last, len(whole)):
        path.write_bytes(whole[:end])
        assert [line["n"] for line in lines_in(path)] == [1, 2]
        with Record(path) as record:
            record.add("started", key="b", item=2, attempt=1)
        assert [line["n"] for line in lines_in(path)] == [1, 2, 3]
        assert {key: state.phase for key, state in states_of(tmp_path).items()} == {"a": "finished", "b": "started"}


def test_a_damaged_line_costs_its_item_alone(tmp_path: Path) -> None:
    path = record_path(tmp_path)
    with Record(path) as record:
        for key in "abc":
            record.add("finished", key=key, item=1, seconds=0.5, stamp="s")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"\0" * 20 + b"\n" + lines[2])
    assert sorted(states_of(tmp_path)) == ["a", "c"]


def test_the_order_is_that_of_numbers(tmp_path: Path) -> None:
    path = record_path(tmp_path)
    with Record(path) as record:
        record.add("failed", key="a", item=1, code="timeout", message="slow")
        record.add("finished", key="a", item=1, seconds=1.0, stamp="s")
    path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))
    assert states_of(tmp_path)["a"].phase == "finished"
    assert states_of(tmp_path)["a"].attempts == 2


def test_drivers_that_share_a_folder_are_put_together(tmp_path: Path) -> None:
    """Of an item that several have tried counts what the last one said, whatever its record is called."""
    for numbers, event in (((11, 21), "failed"), ((1, 11), "finished"), (None, "failed"), ((5, 6), "finished")):
        with Record(record_path(tmp_path, numbers)) as record:
            record.add(event, key=f"{numbers}", item=1, seconds=1.0)
            record.add(event, key="all", item=1, seconds=1.0)
        assert states_of(tmp_path)["all"].phase == event
    assert sorted(path.name for path in (tmp_path / "_batch").iterdir()) == [
        "record-1-10.jsonl", "record-11-20.jsonl", "record-5-5.jsonl", "record.jsonl",
    ]  # fmt: skip
    assert {key: (state.phase, state.attempts) for key, state in states_of(tmp_path).items()} == {
        "(1, 11)": ("finished", 1), "(11, 21)": ("failed", 1), "None": ("failed", 1), "(5, 6)": ("finished", 1),
        "all": ("finished", 4),
    }  # fmt: skip


def test_an_item_is_done_while_its_files_stay(tmp_path: Path) -> None:
    library(tmp_path, "a.psd", "calm.yaml", "out/a/manifest.json")
    item = Item(1, "a", str(tmp_path / "a.psd"), str(tmp_path / "out" / "a"), str(tmp_path / "calm.yaml"))
    state = State("finished", stamp=stamps(item))
    assert is_done(item, state)
    assert not is_done(item, None)
    for name in ("a.psd", "calm.yaml", "out/a/manifest.json"):
        before = (tmp_path / name).stat()
        os.utime(tmp_path / name, (0, 0))  # older than it was: any other time is another file
        assert not is_done(item, state), name
        os.utime(tmp_path / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert is_done(item, state)


@pytest.mark.parametrize("name", ["pieces", "pieces/layers.yaml", "pieces/skeleton.JSON"])
def test_an_item_is_made_of_all_the_pictures_of_its_folder(tmp_path: Path, name: str) -> None:
    library(tmp_path, "pieces/layers.yaml", "pieces/skeleton.JSON", "pieces/hero/arm.png", "out/a/manifest.json")
    item = Item(1, "a", str(tmp_path / name), str(tmp_path / "out" / "a"))
    state = State("finished", stamp=stamps(item))
    assert is_done(item, state)
    os.utime(tmp_path / "pieces" / "hero" / "arm.png", (0, 0))
    assert not is_done(item, state)


def test_names_with_line_ends_of_unicode(tmp_path: Path) -> None:
    """As Photoshop's own texts have them: a plan is read as it was written."""
    library(tmp_path, "a\u2028b.psd", "c\x85d.psd")
    items = plan_items([str(tmp_path)], tmp_path / "out")
    for _ in range(2):
        write_plan(tmp_path / "out", items, shared=True)
        assert read_plan(tmp_path / "out") == items


def test_a_name_that_is_no_text_is_said_before_anything_starts(tmp_path: Path) -> None:
    """It could be in no plan, record or manifest."""
    library(tmp_path, "a.psd", os.fsdecode(b"caf\xe9.psd"))
    with pytest.raises(BadInput, match=r"the design '.*/caf.udce9.psd' is called by bytes that are no UTF-8"):
        plan_items([str(tmp_path)], tmp_path / "out")
    with Record(record_path(tmp_path)) as record:
        record.add("failed", key="a", item=1, message="caf\udce9.png in a design")
    assert states_of(tmp_path)["a"].message == "caf\udce9.png in a design"


def test_numbers_of_a_shared_plan_stay(tmp_path: Path) -> None:
    """It may grow, and whoever has read less of it takes nothing away; another item at a number is refused."""
    items = [Item(number, name, f"/{name}.psd", f"/out/{name}") for number, name in enumerate("abcd", 1)]
    write_plan(tmp_path, items[:2], shared=True)
    write_plan(tmp_path, items[:3], shared=True)
    write_plan(tmp_path, items[:1], shared=True)
    assert read_plan(tmp_path) == items[:3]
    with pytest.raises(BadInput, match=r"item 2 is now /d\.psd, and /b\.psd in the plan"):
        write_plan(tmp_path, [items[0], replace(items[3], number=2), *items[1:]], shared=True)
    with pytest.raises(BadInput, match="item 1 is now asked for otherwise than in the plan"):
        write_plan(tmp_path, [replace(items[0], settings={"fps": "12"})], shared=True)
    assert read_plan(tmp_path) == items[:3]
    write_plan(tmp_path, items[1:2])  # by a driver that has the folder for itself
    assert read_plan(tmp_path) == items[1:2]
    (tmp_path / "_batch" / "items.jsonl").write_text("torn")
    write_plan(tmp_path, items, shared=True)
    assert read_plan(tmp_path) == items


# --- the cache --------------------------------------------------------------------------------------------------------


def made(tmp_path: Path, cache: Cache | None, name: str, **options: Any) -> Path:
    out = tmp_path / name
    run_item(request(tmp_path, out=out, formats=("ffv1", "png"), **options), cache=cache)
    return out


def test_a_key_holds_what_decides_the_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also what packs PNGs; not which of several GPUs."""
    asked = [("a", "cpu"), ("b", "cpu"), ("a", "cuda:0"), ("a", "cpu", "x.png")]
    keys = {key_of(*words) for words in asked}
    with monkeypatch.context() as other:
        other.setattr(zlib, "ZLIB_RUNTIME_VERSION", "0")
        _versions.cache_clear()
        keys |= {key_of(*words) for words in asked}
    _versions.cache_clear()
    assert len(keys) == 8
    assert key_of("a", "cuda:1") in keys


def test_what_comes_from_the_cache_is_what_would_be_made(tmp_path: Path) -> None:
    plain = made(tmp_path, None, "plain", proxies=True)
    cache = Cache(tmp_path / "cache")
    first = made(tmp_path, cache, "first", proxies=True)
    assert cache.hits == 0
    second = made(tmp_path, cache, "second", proxies=True)
    assert cache.hits > 4
    assert files_in(first) == files_in(second) == files_in(plain)


def test_a_shared_layer_is_made_once(tmp_path: Path) -> None:
    """Another motion of one layer: the others, and what is not affected, come from the cache."""
    cache = Cache(tmp_path / "cache")
    made(tmp_path, cache, "first")
    changed = "  - layer: Title\n    loop: {motion: bob, period: 0.5s}\n"
    out = made(tmp_path, cache, "second", layers=changed)
    assert cache.hits > 0
    assert files_in(out) == files_in(made(tmp_path, None, "plain", layers=changed))


def test_a_shared_sequence_is_called_by_its_place(tmp_path: Path) -> None:
    """The same layers one place further down: files, names and sums are those that would be made."""
    cache = Cache(tmp_path / "cache")
    made(tmp_path, cache, "first")
    design = PSDImage.open(tmp_path / "design.psd")
    design.pop(0)
    design.save(tmp_path / "less.psd")
    second = made(tmp_path, cache, "second", design=tmp_path / "less.psd")
    assert cache.hits > 4
    assert (second / "layers" / "00_balloon_png" / "00_balloon_png_0000.png").is_file()
    assert files_in(second) == files_in(made(tmp_path, None, "plain", design=tmp_path / "less.psd"))


def test_an_output_that_is_edited_spoils_no_other(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    first = made(tmp_path, cache, "first")
    whole = files_in(first)
    with (first / "composite.mkv").open("r+b") as file:  # in place, as the worst of programs does
        file.write(b"mine")
    second = made(tmp_path, cache, "second")
    assert files_in(second) == whole
    with (second / "composite.mkv").open("r+b") as file:
        file.write(b"mine")
    assert files_in(made(tmp_path, cache, "third")) == whole


class Heard(Silent):
    """What is said, and what there is to do."""

    def __init__(self) -> None:
        self.said, self.tasks = list[str](), set[str]()

    def begin(self, totals: Mapping[str, int]) -> None:
        self.tasks |= totals.keys()

    def say(self, message: str) -> None:
        self.said.append(message)


def test_motion_from_prompts_is_generated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For equal files, for other files of the same motion, and again when what was kept is spoilt."""
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    import_networks(tmp_path / "weights")
    cache = Cache(tmp_path / "cache")

    def heard(name: str, **options: Any) -> tuple[Heard, dict[str, bytes]]:
        layers, said = "  - {layer: Hero/Balloon, prompt: the balloon bobs}\n", Heard()
        wanted = request(tmp_path, layers, out=tmp_path / name, weights=TINY, **options)
        run_item(wanted, said, cache=cache)
        return said, files_in(wanted.out)

    first, made = heard("first")
    assert TASK in first.tasks
    for name, options in {"second": {}, "others": {"formats": ("png",), "composites": ("png",)}}.items():
        again, files = heard(name, **options)
        assert TASK not in again.tasks
        assert "motion comes from the cache" in again.said
        assert name == "others" or files == made
    (kept,) = cache.folder.rglob("motion.npz")
    kept.write_bytes(kept.read_bytes()[:-1])
    once_more, _ = heard("third")
    assert TASK in once_more.tasks


def test_a_cache_keeps_to_its_limit_and_what_was_used_last(tmp_path: Path) -> None:
    cache, out = Cache(tmp_path / "cache"), tmp_path / "out"
    out.mkdir()
    for index in range(5):
        (out / f"{index}.bin").write_bytes(bytes([index]) * 700)
        entry = FileEntry(path=f"{index}.bin", role="layer", parts=parts_of(out / f"{index}.bin", f"{index}.bin"))
        cache.keep(f"{index:064x}", out, entry)
        os.utime(next(cache.folder.rglob(f"{index:064x}/entry.json")), (index, index))
    cache.take(f"{0:064x}", tmp_path / "again", "0.bin")  # used now
    cache.limit = 3500
    cache.trim()
    assert cache.info().bytes <= 3500
    kept = [cache.take(f"{index:064x}", tmp_path / "out2", f"{index}.bin") for index in range(5)]
    assert kept[0] is not None
    assert intact(tmp_path / "out2", kept[0])
    assert kept[1] is None
    assert kept[4] is not None
    cache.clear()
    assert cache.info().entries == 0


def test_what_a_kill_leaves_of_a_cache_is_mended(tmp_path: Path) -> None:
    """Of an entry without its words or its motion, and of one that was on its way in or out."""
    cache, out = Cache(tmp_path / "cache"), tmp_path / "out"
    out.mkdir()
    (out / "a.bin").write_bytes(b"a" * 700)
    entry = FileEntry(path="a.bin", role="layer", parts=parts_of(out / "a.bin", "a.bin"))
    cache.keep("a" * 64, out, entry)
    cache.keep_motion("b" * 64, [])
    (cache.folder / "aa" / ("a" * 64) / "entry.json").unlink()
    (cache.folder / "bb" / ("b" * 64) / "motion.npz").unlink()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = cache.folder / "aa" / f".art-{gone.pid}-01234567.tmp"
    left.mkdir()
    assert cache.info().entries == 2
    assert cache.take("a" * 64, tmp_path / "none", "a.bin") is None
    assert cache.take_motion("b" * 64) is None
    cache.keep("a" * 64, out, entry)
    cache.keep_motion("b" * 64, [])
    assert cache.take("a" * 64, tmp_path / "again", "a.bin") == entry
    assert cache.take_motion("b" * 64) == []
    cache.trim()
    assert not left.exists()
    assert cache.info().entries == 2


# --- GPUs -------------------------------------------------------------------------------------------------------------


def test_which_gpus_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for named, found in (
        ("2, 3", ("2", "3")),
        ("GPU-8a,MIG-5c", ("GPU-8a", "MIG-5c")),
        ("", ()),
        ("-1", ()),
        ("0,-1,1", ("0",)),
    ):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", named)
        assert visible_gpus() == found
    for name in ("nvidia4", "nvidia7", "nvidiactl", "nvidia-uvm"):
        (tmp_path / name).touch()
    assert gpus_in(tmp_path) == ("0", "1"), "CUDA counts from 0 whatever the files are called"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    program = tmp_path / "nvidia-smi"
    program.write_text('#!/bin/sh\ntest "$1" = --query-gpu=index && printf "0\\n1\\n2\\n3\\n"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert visible_gpus() == ("0", "1", "2", "3")
    assert [workers_for(items, visible_gpus()) for items in (64, 3, 1)] == [4, 3, 1]


def test_every_worker_sees_a_gpu_of_its_own(tmp_path: Path) -> None:
    """Also the worker that takes the place of one that was lost."""
    design, out, log = (str(tmp_path / name) for name in ("none.psd", "out", "log"))
    tasks = [Task(Item(number, "", design, out), 1, log) for number in (1, 2)]
    engine, seen = LocalEngine(2, gpus=("GPU-8a", "3")), []
    try:
        for _ in range(2):
            for task in tasks:
                engine.submit(task)
            pids = sorted(_pids_of_failures(engine, len(tasks)))
            seen.append({gpu for pid in pids for gpu in _environment_of(pid, "CUDA_VISIBLE_DEVICES")})
            os.kill(pids[0], signal.SIGKILL)
            while alive(pids[0]):
                engine.wait(0.1)
    finally:
        engine.close(1.0)
    assert seen == [{"GPU-8a", "3"}] * 2


def _pids_of_failures(engine: LocalEngine, tasks: int) -> set[int]:
    """The workers of tasks that all fail, once they are over."""
    pids, failed = set(), 0
    while failed < tasks:
        for event in engine.wait(1.0):
            failed += event.kind == "failed"
            pids |= {int(event.worker.removeprefix("pid "))} if event.kind == "started" else set()
    return pids


def _environment_of(pid: int, name: str) -> list[str]:
    """The values of a variable that a process was started with."""
    words = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return [word.removeprefix(f"{name}=") for word in words if word.startswith(f"{name}=")]


@pytest.mark.parametrize("gpus", ["GPU-8a", "GPU-8a,GPU-8b,GPU-8c"])
def test_a_worker_a_gpu(tmp_path: Path, gpus: str) -> None:
    """These GPUs are not there, which the items say, each in the worker of its GPU."""
    for name in "abc":
        write_psd(tmp_path / f"{name}.psd")
    out = tmp_path / "out"
    options = ("--set", "device=cuda format=png composite=none proxies=no", "--no-cache", "--json")
    words = ("batch", "run", tmp_path / "*.psd", "-o", out, *options)
    told = json.loads(art(*words, CUDA_VISIBLE_DEVICES=gpus).stdout)["data"]
    assert [item["code"] for item in told["items"]] == ["unavailable"] * 3
    working = [line["worker"] for line in lines_in(record_path(out)) if line["event"] == "working"]
    assert len(set(working)) == len(gpus.split(","))


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="no two CUDA devices here")
def test_a_single_design_uses_one_gpu(tmp_path: Path) -> None:
    layers = "  - layer: Hero/Balloon\n    prompt: it bobs up and down\n"
    run_item(request(tmp_path, layers, device="cuda", formats=(), composites=(), stills=("0.2s",)))
    used = [torch.cuda.max_memory_allocated(index) > 0 for index in range(torch.cuda.device_count())]
    assert used == [True] + [False] * (len(used) - 1)


# --- the command ------------------------------------------------------------------------------------------------------


def test_run_again_and_status(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_psd(tmp_path / f"{name}.psd")
    (tmp_path / "c.psd").write_bytes(b"not a design")
    words = ("batch", "run", tmp_path / "*.psd", "-o", tmp_path / "out", "--jobs", "1", "--json")
    options = ("--set", "device=cpu duration=0.5s format=png composite=none", "--set", "proxies=no")
    environment = {"ART_CACHE": str(tmp_path / "cache")}
    result = art(*words, *options, **environment)
    assert result.returncode == 80, result.stderr
    told = json.loads(result.stdout)["data"]
    assert told["phases"] == {"finished": 2, "failed": 1}
    (failed,) = (item for item in told["items"] if item["state"] == "failed")
    assert (failed["name"], failed["code"], failed["attempts"]) == ("c", "bad_input", 1)
    assert "c.psd" in (tmp_path / "out" / "_batch" / "logs" / "03_c.log").read_text()
    stamp = (tmp_path / "out" / "a" / "manifest.json").stat().st_mtime_ns

    write_psd(tmp_path / "c.psd")
    again = art("batch", "retry", tmp_path / "out", "--failed", "--jobs", "1", **environment)
    assert again.returncode == 0, again.stderr
    assert "1 finished" in again.stdout
    assert (tmp_path / "out" / "a" / "manifest.json").stat().st_mtime_ns == stamp
    shown = art("batch", "status", tmp_path / "out")
    assert (shown.returncode, shown.stdout.splitlines()[-1][:10]) == (0, "3 finished")
    assert "from the cache" in shown.stdout

    (tmp_path / "out" / ".art-lock-1-2").write_text("9 elsewhere\n")  # by another task of a farm
    for items, code in {"3": 0, "2-3": 0, "1-3": 73}.items():
        nothing = art("batch", "retry", tmp_path / "out", "--failed", "--items", items, **environment)
        assert nothing.returncode == code, nothing.stderr


def test_fail_fast_begins_nothing_more(tmp_path: Path) -> None:
    (tmp_path / "a.psd").write_bytes(b"not a design")
    write_psd(tmp_path / "b.psd")
    result = art(
        "batch", "run", tmp_path / "*.psd", "-o", tmp_path / "out", "-j", "1", "--fail-fast", "--no-cache", "--json",
        "--progress", "none",
    )  # fmt: skip
    assert result.returncode == 80
    assert json.loads(result.stdout)["data"]["phases"] == {"failed": 1, "waiting": 1}
    assert f"art batch retry {tmp_path / 'out'} --failed" in result.stderr
    table = art("batch", "status", tmp_path / "out").stdout.splitlines()
    assert table[1].endswith("is of no known kind"), "without the path of the design"


def test_warnings_are_counted_and_progress_is_of_what_is_left(tmp_path: Path) -> None:
    write_psd(tmp_path / "a.psd")
    (tmp_path / "jump.yaml").write_text(
        "version: 1\ncanvas: {fps: 4, duration: 1s, loop: true}\nlayers: [{layer: '*', in: fade}]\n", "utf-8"
    )
    words = ("batch", "run", tmp_path / "a.psd", "-o", tmp_path / "out", "-l", tmp_path / "jump.yaml", "--no-cache")
    for shown in ("100%  1 item", "100%  1 item"):
        result = art(*words, "--set", "format=png composite=none proxies=no device=cpu")
        assert shown in result.stderr
    assert re.search(r" files, \d warnings?$", result.stdout.splitlines()[1].rstrip())
    assert result.stdout.endswith("1 finished; 1 with warnings, see their logs\n")


def test_the_cache_is_shown_and_emptied(tmp_path: Path) -> None:
    variables = {"ART_CACHE": str(tmp_path / "cache")}
    made(tmp_path, Cache(tmp_path / "cache"), "first")
    shown = json.loads(art("cache", "info", "--json", **variables).stdout)["data"]
    assert (shown["folder"], shown["entries"] > 2, shown["bytes"] > 1000) == (variables["ART_CACHE"], True, True)
    assert f"{shown['entries']} removed" in art("cache", "clear", **variables).stdout
    assert "0 files or sequences" in art("cache", "info", **variables).stdout
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("style", "where", "said"),
    [
        ("openjd", "stdout", "openjd_progress: 100.0"),
        ("alf", "stdout", "ALF_PROGRESS 100%"),
        ("json", "stderr", '"progress": 1'),
        ("plain", "stderr", "100%  1 item"),
    ],
)
def test_progress_for_farms(tmp_path: Path, style: str, where: str, said: str) -> None:
    write_psd(tmp_path / "a.psd")
    words = ("batch", "run", tmp_path / "a.psd", "-o", tmp_path / "out", "--no-cache", "--set", "device=cpu fps=4")
    result = art(*words, "--set", "format=png composite=none", "--progress", style)
    assert result.returncode == 0, result.stderr
    assert said in getattr(result, where)
