"""The bench: its data are whole, its clips are those that `art animate` exports, its verdicts can go both ways."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from art_cli.main import app
from bench.draw import easel, jointed, scenes, signs
from engine.backends import Scene
from engine.backends.dmdl import Dmdl
from engine.backends.dmdl_files import Networks, find_weights, load_networks
from engine.composite import rest
from engine.dataset.wish import BASIC
from engine.errors import BadInput, MissingInput, UsageError
from engine.evaluation.bench import run, summary
from engine.evaluation.clip import Pixels, make_clip, read_clip
from engine.evaluation.combined import at_once, in_order
from engine.evaluation.exact import exact
from engine.evaluation.filmed import Measured, exact_fields, filmed, measured_folder, stills
from engine.evaluation.generated import generated_all, shuffled
from engine.evaluation.items import FPS, SECONDS, Item, bench_folder, read_items
from engine.evaluation.judging import Judgement, judged
from engine.evaluation.likeness import Likeness
from engine.evaluation.makers import by_exact, by_nearest_preset
from engine.evaluation.measure import Motion, measure
from engine.evaluation.page import page
from engine.evaluation.parts import Part, measure_part, part_moves
from engine.evaluation.reconstruction import Score, summed
from engine.evaluation.relations import RELATIONS
from engine.evaluation.report import Wanted, evaluate, write_results
from engine.evaluation.takes import Sampled, Staged, Take, prompted, staged, takes_of
from engine.pipeline import Request, run_item
from engine.progress import Silent
from tiny_networks import import_networks

BENCH = Path(__file__).parent / "bench"
CLI = CliRunner()


def item(name: str) -> Item:
    return read_items(BENCH, name)[0]


def shot(name: str) -> tuple[Staged, list[Pixels]]:
    """The exact clip of a one-layer item."""
    scene = exact(Take(item(name)))
    assert scene is not None
    return scene, next(iter(filmed(scene.document, scene.plan, exact_fields(scene)).values()))


# --- the data ---------------------------------------------------------------------------------------------------------


def test_the_items_are_many_and_of_every_kind() -> None:
    items = read_items(bench_folder(None))
    basic = Counter(each.kind for each in items if each.class_ == "basic")
    assert len(items) >= 300
    assert set(basic) == set(BASIC)
    assert min(basic.values()) >= 8
    assert len({each.artwork for each in items if each.class_ == "basic"}) >= 24
    assert len({each.id for each in items}) == len(items)
    assert {each.class_ for each in items} == {"basic", "modified", "compositional", "part", "relational"}
    assert len({each.text for each in items if each.class_ == "basic"}) == sum(basic.values())
    assert all(each.mask is None or each.mask.is_file() for each in items)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class: basic\nitems: {hover: [{artwork: bolt, prompt: x}]}\n", "hover"),
        ("class: basic\nitems: {bob: [{artwork: bolt, prompt: x, colour: red}]}\n", "colour"),
        ("class: basic\nitems: {bob: [{artwork: bolt}]}\n", "prompt"),
        ("class: modified\nitems: {bob: [{artwork: bolt, prompt: x, speed: 1}]}\n", "plain"),
        ("class: part\nitems: {swing: [{artwork: bolt, prompt: x}]}\n", "pivot"),
        ("class: relational\nitems: {scene: [{artwork: ball, prompts: {Ball: x}, layers: {Moon: bob}}]}\n", "Moon"),
        ("class: basic\nitems: [\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "wrong.yaml").write_text(text, "utf-8")
    with pytest.raises(BadInput, match=said):
        read_items(tmp_path)


def test_layers_of_the_row_separate_do_not_see_each_other() -> None:
    take = Take(item("relational-scene-01"))
    joint, separate = (prompted(take, Sampled(separate=alone)).plan.jobs for alone in (False, True))
    assert {job.prompt.together for job in joint if job.prompt} == {True}
    assert {job.prompt.together for job in separate if job.prompt} == {False}
    assert [job.prompt.seed for job in joint if job.prompt] == [job.prompt.seed for job in separate if job.prompt]


def test_what_is_not_there_is_missed(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="no bench"):
        bench_folder(tmp_path)
    with pytest.raises(MissingInput, match="nothing-like-it"):
        read_items(BENCH, "nothing-like-it")


@pytest.mark.parametrize("draw", [signs.pin, jointed.cupcake])
def test_the_artwork_is_what_the_code_draws(draw: object) -> None:
    drawn: easel.Easel = draw()  # type: ignore[operator]  # one of the functions above
    name = draw.__name__  # type: ignore[attr-defined]
    kept = Image.open(next((BENCH / "artwork" / name).glob("*.png")))
    assert np.abs(np.asarray(drawn.picture(), int) - np.asarray(kept, int)).max() <= 1
    if drawn.marked.getbbox():
        mask = Image.open(BENCH / "artwork" / f"{name}.part.png")
        assert np.abs(np.asarray(drawn.mask(), int) - np.asarray(mask, int)).max() <= 1


def test_scenes_have_the_layers_that_are_drawn() -> None:
    for scene in scenes.SCENES:
        kept = [path.stem.partition(" ")[2] for path in sorted((BENCH / "artwork" / scene.__name__).glob("*.png"))]
        assert kept == list(scene())


# --- the clips --------------------------------------------------------------------------------------------------------


def test_frames_are_those_of_the_exported_file(tmp_path: Path) -> None:
    _, frames = shot("basic-sway-03")
    layout = {"bob": "loop: {motion: sway, amount: 6deg, period: 1.5s}"}
    text = f"version: 1\ncanvas: {{fps: {FPS}, duration: {SECONDS}s, loop: true}}\nlayers:\n"
    (tmp_path / "motion.yaml").write_text(f"{text}  - {{layer: Trophy, {layout['bob']}}}\n", "utf-8")
    run_item(
        Request(item("basic-sway-03").artwork, tmp_path / "out", tmp_path / "motion.yaml", formats=("ffv1",),
                composites=(), size="original", device="cpu")
    )  # fmt: skip
    still = stills(exact_document("basic-sway-03"))["Trophy"]
    exported = read_clip(next((tmp_path / "out").rglob("*.mkv")), still, FPS, loop=True)
    ours = make_clip(frames, still, FPS, loop=True)
    assert np.array_equal(exported.frames, ours.frames)
    assert np.allclose(exported.steps, ours.steps)


def exact_document(name: str):  # type: ignore[no-untyped-def]
    return shot_scene(name).document


def shot_scene(name: str) -> Staged:
    scene = exact(Take(item(name)))
    assert scene is not None
    return scene


def test_a_batch_is_what_single_runs_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    import_networks(tmp_path / "weights")
    networks = load_networks(find_weights("tiny"))
    names = ("basic-bob-01", "basic-bob-04", "relational-scene-01")
    made = [prompted(Take(item(name)), Sampled(steps=2)) for name in names]
    together = {one.take.name: fields for one, fields in generated_all(made, networks, "cpu", Silent())}
    assert set(together) == set(names)
    for one in made:
        alone = single(one, networks)
        assert set(alone) == set(together[one.take.name])
        for layer, field in alone.items():
            for own, other in zip(field.parts, together[one.take.name][layer].parts, strict=True):
                assert np.allclose(own.affine.matrices(), other.affine.matrices(), atol=2e-3)


def single(one: Staged, networks: Networks):  # type: ignore[no-untyped-def]
    plan = one.plan
    nodes = {node.id: node for node, _ in one.document.walk()}
    scene = Scene(plan.canvas, plan.fps, plan.frames, plan.loop, plan.seed, "cpu",
                  lambda layer: rest(one.document, nodes[layer], "cpu"), plan.global_prompt)  # fmt: skip
    return Dmdl(networks).animate([job for job in plan.jobs if job.prompt], scene, Silent())


def test_shuffled_weights_hold_the_same_numbers_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ART_MODELS", str(tmp_path / "models"))
    import_networks(tmp_path / "weights")
    networks = load_networks(find_weights("tiny"))
    before = {name: values.clone() for name, values in networks.transformer.state_dict().items()}
    shuffled(networks)
    moved = 0
    for name, values in networks.transformer.state_dict().items():
        assert torch.equal(values.flatten().sort().values, before[name].flatten().sort().values)
        moved += not torch.equal(values, before[name])
    assert moved > len(before) / 2


# --- the verdicts -----------------------------------------------------------------------------------------------------


def test_exact_motion_satisfies_and_another_prompt_does_not() -> None:
    items = [item("basic-spin_cw-02"), item("modified-bob-01"), item("basic-still-01")]
    row = run("exact", items, by_exact, workers=1)
    assert [judgement.ok for judgement in row.judgements] == [True, True, True]
    told = summary(row)
    assert told["classes"]["basic"] == {"share": 1.0, "of": 2}
    assert told["words"]["fast"] == {"share": 1.0, "of": 1}
    assert told["still"]["largest"] == 0
    assert told["seam"]["within"] == 1
    assert told["kept"]["sharpness"]["of"] == 3
    assert told["kept"]["sharpness"]["worst"] > 0.85


def test_a_verdict_can_fail_and_knows_whether_another_seed_differs() -> None:
    one = item("basic-bob-01")
    measured = next(iter(run_measured(one)))
    same = judged(one, measured, None, measured)
    assert isinstance(same, Judgement)
    assert same.ok
    assert same.differs is False
    assert not judged(replace(one, kind="sway"), measured).ok


def run_measured(one: Item):  # type: ignore[no-untyped-def]
    from engine.evaluation.filmed import measured_all

    return measured_all(by_exact([Take(one)]), 1)


def test_the_baseline_takes_the_preset_whose_name_is_said() -> None:
    takes = [Take(replace(item(name), prompts={layer: said})) for name, layer, said in (
        ("basic-pulse-01", "Start", "pulse"), ("basic-in_left-03", "Nordlys", "slide in from the left"),
        ("basic-still-02", "Nordlys", "does not move"),
    )]  # fmt: skip
    plans = [scene.plan.jobs[0] for scene, _ in by_nearest_preset()(takes)]
    slots = [job.slots[0] if job.slots else None for job in plans]
    assert slots[0] is not None
    assert slots[0].slot == "loop"
    assert slots[1] is not None
    assert slots[1].slot == "in"
    assert slots[2] is None


def glued(first: str, second: str) -> Motion:
    """The first half of one item's exact clip and of another's, one after the other."""
    (scene, one), (_, other) = shot(first), shot(second)
    half = len(one) // 2
    still = next(iter(stills(scene.document).values()))
    return measure(make_clip([*one[:half], *other[:half]], still, FPS))


def test_one_after_the_other_and_both_at_once() -> None:
    motion = glued("basic-in_left-03", "basic-pulse-05")  # both of the same artwork
    assert in_order(motion, "in_left", "pulse").ok
    assert not in_order(motion, "pulse", "in_left").ok
    assert not at_once(motion, "in_left", "pulse").ok
    one = staged(
        Take(item("compositional-both-06")), {"Pear": {"loop": {"motion": "bob", "amount": "5%"}, "in": "fade"}}
    )
    still = stills(one.document)["Pear"]
    both = measure(make_clip(filmed(one.document, one.plan, exact_fields(one))["Pear"], still, FPS))
    assert at_once(both, "bob", "fade_in").ok
    assert not at_once(both, "bob", "spin_cw").ok


def cut_out(name: str, degrees: Sequence[float]) -> tuple[list[Pixels], Pixels, Part]:
    """An artwork whose part is turned about its pivot, and the rest left alone."""
    one = item(name)
    assert one.mask is not None
    assert one.pivot is not None
    still = np.array(Image.open(next(one.artwork.glob("*.png"))))
    mask = np.array(Image.open(one.mask).convert("L"))
    plain = still / 255.0
    plain[..., :3] *= plain[..., 3:]
    part, body = plain * (mask / 255.0)[..., None], plain * (1 - mask / 255.0)[..., None]
    frames = []
    for angle in degrees:
        turn = cv2.getRotationMatrix2D((one.pivot[0] - 0.5, one.pivot[1] - 0.5), -angle, 1.0)
        front = cv2.warpAffine(part, turn, mask.shape[::-1])
        frame = front + (1 - front[..., 3:]) * body
        frame[..., :3] /= np.maximum(frame[..., 3:], 1e-4)
        frames.append((frame.clip(0, 1) * 255).round().astype(np.uint8))
    return frames, still, Part(mask, one.pivot)


def test_a_part_that_turns_while_the_rest_stands() -> None:
    frames, still, part = cut_out("part-spin_cw-01", [8 * i for i in range(48)])
    motion = measure_part(frames, still, part, "spin_cw", FPS)
    assert part_moves(motion, "spin_cw").ok
    assert not part_moves(motion, "spin_ccw").ok
    rolled = [np.roll(still, round(4 * np.sin(i / 3)), axis=0) for i in range(48)]
    assert not part_moves(measure_part(rolled, still, part, "swing", FPS), "swing").ok
    frames, still, part = cut_out("part-swing-01", [14 * np.sin(i / 4) for i in range(48)])
    assert part_moves(measure_part(frames, still, part, "swing", FPS), "swing").ok
    assert not part_moves(measure_part([still] * 48, still, part, "swing", FPS), "swing").ok


def moved(dx: Sequence[float], dy: Sequence[float], size: Sequence[float] | None = None) -> Motion:
    """A small drawing that goes along a path, in px."""
    still = np.zeros((96, 96, 4), np.uint8)
    cv2.circle(still, (48, 48), 14, (200, 60, 40, 255), -1)
    cv2.rectangle(still, (50, 40), (58, 46), (30, 60, 200, 255), -1)
    sizes = [1.0] * len(dx) if size is None else size
    frames = [
        cv2.warpAffine(still, np.array([[s, 0, 48 - 48 * s + x], [0, s, 48 - 48 * s + y]]), (96, 96))
        for x, y, s in zip(dx, dy, sizes, strict=True)
    ]
    return measure(make_clip(frames, still, FPS))


def test_relations_between_layers() -> None:
    t = np.arange(32) / 32 * 4 * np.pi
    nothing = np.zeros(32)
    up, late = moved(nothing, -10 * np.sin(t)), moved(nothing, -10 * np.sin(t + np.pi))
    shadow, rock = moved(nothing, nothing, 1 - 0.2 * np.sin(t)), moved(nothing, nothing)
    assert RELATIONS["follows"]([up, up]).ok
    assert not RELATIONS["follows"]([late, up]).ok
    assert not RELATIONS["follows"]([rock, rock]).ok
    assert RELATIONS["shrinks_as_rises"]([shadow, up]).ok
    assert not RELATIONS["shrinks_as_rises"]([shadow, late]).ok
    assert RELATIONS["stays"]([shadow]).ok
    assert not RELATIONS["stays"]([up]).ok
    assert RELATIONS["in_step"]([up, up]).ok
    assert not RELATIONS["in_step"]([up, late]).ok
    comes = [moved(nothing, np.where(np.arange(32) < first, 200.0, 0.0)) for first in (4, 9, 15)]
    assert RELATIONS["in_turn"](comes).ok
    assert not RELATIONS["in_turn"](comes[::-1]).ok


def test_statements_across_layers_are_counted_one_by_one() -> None:
    one = item("relational-scene-01")
    t = np.arange(32) / 32 * 4 * np.pi
    ball, shadow = moved(0 * t, -10 * np.sin(t)), moved(0 * t, -10 * np.sin(t), 1 - 0.2 * np.sin(t))
    numbers = judged(one, Measured(Take(one), {"Ball": ball, "Shadow": shadow}, None, b"")).numbers
    assert numbers["relations"] == 2
    assert numbers["relations held"] == 1  # it shrinks as the ball rises, and does not stay


# --- files of others, and what is written -----------------------------------------------------------------------------


def test_outputs_of_another_program_are_judged(tmp_path: Path) -> None:
    one = item("basic-bob-01")
    _, frames = shot(one.id)
    folder = tmp_path / "theirs" / one.id
    folder.mkdir(parents=True)
    for index, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{index:04}.png")
    measured = next(iter(measured_folder([Take(one)], tmp_path / "theirs", 1)))
    assert judged(one, measured).ok
    assert not judged(replace(one, kind="sway"), measured).ok
    (folder / "0047.png").unlink()
    with pytest.raises(BadInput, match="47 frames, not 48"):
        list(measured_folder([Take(one)], tmp_path / "theirs", 1))
    with pytest.raises(MissingInput, match="basic-bob-02"):
        list(measured_folder([Take(item("basic-bob-02"))], tmp_path / "theirs", 1))


def test_takes_have_their_companions() -> None:
    names = [
        take.name for take in takes_of([item("modified-bob-01"), item("basic-bob-01")], frozenset({"basic-bob-01"}))
    ]
    assert names == ["modified-bob-01", "basic-bob-01", "modified-bob-01.plain", "basic-bob-01.again"]


def test_results_are_written_and_the_page_needs_nothing_else(tmp_path: Path) -> None:
    rows = evaluate([item("basic-still-01"), item("basic-still-02")], Wanted(("exact",), workers=1), Silent())
    failed = replace(rows[0].judgements[1], ok=False, reasons=("it <moves>",))
    rows = [replace(rows[0], judgements=(rows[0].judgements[0], failed))]
    results = write_results(rows, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "results.json").read_text("utf-8")) == results
    assert results["items"]["exact"][0]["id"] == failed.item.id
    text = (tmp_path / "out" / "page.html").read_text("utf-8")
    assert text == page(rows)
    assert "it &lt;moves&gt;" in text
    assert "http" not in text
    assert text.index(failed.item.id) < text.index(rows[0].judgements[0].item.id)
    assert Image.open(tmp_path / "out" / "exact-basic-1.png").width > 1000


def test_the_command_line(tmp_path: Path) -> None:
    told = CLI.invoke(app, ["evaluate", "bench", "--list", "--items", "modified-bob-0*", "--json"])
    takes = json.loads(told.stdout)["data"]["takes"]
    assert {take["name"] for take in takes} >= {"modified-bob-01", "modified-bob-01.plain"}
    with pytest.raises(UsageError, match="nothing is asked for"):
        evaluate([item("basic-still-01")], Wanted(()), Silent())


def test_reconstruction_is_summed_by_group() -> None:
    found = [Score("bob", False, Likeness(40, 42, 0.9, 0.8)), Score("wave", False, Likeness(30, 31, 0.5, 0.5)),
             Score("part", False, Likeness(35, 36, 0.5, 0.5)), Score("bob", True, Likeness(10, 11, 0, 0))]  # fmt: skip
    told = summed(found)
    assert told["groups"]["rigid"] == {"clips": 1, "rgb": 40.0, "alpha": 42.0, "rgb_ssim": 0.9, "alpha_ssim": 0.8}
    assert told["groups"]["all"]["rgb"] == 35
    assert told["groups"]["particles"]["alpha"] == 11
    assert told["kinds"]["bob"]["clips"] == 1
