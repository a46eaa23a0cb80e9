"""Generated motion as a backend: the same for a seed, whole for any input, a sentence for whatever goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from drawn import bar, disc, drawn_document
from engine.backends import Scene
from engine.backends.dmdl import Dmdl, peak_memory
from engine.backends.dmdl_files import AUTOENCODER, DEFAULT, TRANSFORMER, find_weights, load_networks, sampling_of
from engine.backends.dmdl_ladder import ladder, out_of_memory
from engine.document import Document, Layer
from engine.errors import ArtError, MissingInput, Unavailable
from engine.geometry import Box, apply
from engine.layout.read import layout_from_data
from engine.manifest import read_manifest
from engine.model.config import to_json
from engine.model.transformer import Transformer
from engine.motion_field import MotionField, rest_field
from engine.pictures import Stage
from engine.pipeline import Request, plan_only, run_item
from engine.plan import Choices, Plan
from engine.plan.planner import make_plan
from engine.tiling import SHARED, timeline
from engine.weights import folder_of, import_weights
from engine.weights.state import save_state
from jobs import entry_of, layout_of, plan_of, request
from tiny_networks import FLOW, TINY, import_networks, write_networks

HERO = "Hero/Balloon"
BALLOON = "  - {layer: Hero/Balloon, prompt: the balloon bobs}\n"
BOTH = BALLOON + "  - {layer: Title, prompt: it sways gently}\n"


@pytest.fixture(autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder that holds networks of chance."""
    folder = tmp_path_factory.mktemp("models")
    monkeypatch.setenv("ART_MODELS", str(folder))
    import_networks(tmp_path_factory.mktemp("weights"))
    return folder


class Heard:
    """Remembers what is reported."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.totals: dict[str, int] = {}
        self.steps = 0
        self.over = False

    def begin(self, totals: Mapping[str, int]) -> None:
        self.totals = dict(totals)

    def advance(self, task: str, steps: int = 1) -> None:
        assert task in self.totals
        self.steps += steps

    def say(self, message: str) -> None:
        self.said.append(message)

    def end(self) -> None:
        self.over = True


def scene_of(plan: Plan, document: Document, **changes: str) -> Scene:
    scene = Scene(
        canvas=plan.canvas, fps=plan.fps, frames=plan.frames, loop=plan.loop, seed=plan.seed, device="cpu",
        still=Stage(document, plan, {}, "cpu").still, global_prompt=plan.global_prompt, weights=TINY,
    )  # fmt: skip
    return replace(scene, **changes)


def animated(
    plan: Plan, document: Document | None = None, heard: Heard | None = None, **changes: str
) -> dict[str, MotionField]:
    jobs = [job for job in plan.jobs if job.prompt is not None]
    scene = scene_of(plan, document or drawn_document(), **changes)
    return dict(Dmdl().animate(jobs, scene, heard or Heard()))


def corners(field: MotionField, box: Box, part: int = 0) -> np.ndarray:
    """(t, 4, 2): where a part carries the corners of the layer."""
    found: np.ndarray = apply(field.parts[part].affine.matrices(), box.corners[None])
    return found


def same(one: MotionField, other: MotionField) -> bool:
    box = Box(0, 0, 40, 40)
    return all(np.array_equal(corners(one, box, i), corners(other, box, i)) for i in range(len(one.parts)))


# --- motion -----------------------------------------------------------------------------------------------------------


def test_a_seed_says_it_all() -> None:
    entry = "  - {layer: Title, prompt: it sways, seed: %d}\n"
    first, again, other = (animated(plan_of(layout_of(entry % seed)))["#Title"] for seed in (1, 1, 2))
    assert same(first, again)
    assert not same(first, other)


def test_words_guidance_steps_and_strength_matter() -> None:
    found = []
    for rest in ("", ", guidance: 9", ", steps: 5", ", strength: 0.4"):
        found.append(animated(plan_of(layout_of(f"  - {{layer: Title, prompt: it sways, seed: 1{rest}}}\n")))["#Title"])
    found.append(animated(plan_of(layout_of("  - {layer: Title, prompt: it falls asleep, seed: 1}\n")))["#Title"])
    assert not any(same(found[0], other) for other in found[1:])


def test_layers_see_each_other_unless_they_do_not_want_to() -> None:
    alone = animated(plan_of(layout_of(BALLOON)))["#Balloon"]
    assert not same(alone, animated(plan_of(layout_of(BOTH)))["#Balloon"])
    apart = BOTH.replace("bobs}", "bobs, together: false}")
    assert same(alone, animated(plan_of(layout_of(apart)))["#Balloon"])
    scene = animated(plan_of(layout_of(BALLOON, rest="global_prompt: a fair at dusk\n")))["#Balloon"]
    assert not same(alone, scene)


@pytest.mark.parametrize("canvas", ["fps: 12, duration: 1s", "fps: 24, duration: 7s", "fps: 30, duration: 2.3s"])
def test_loops_close(canvas: str) -> None:
    field = animated(plan_of(layout_of(BALLOON, canvas)))["#Balloon"]
    assert field.loop
    for part in range(len(field.parts)):
        found = corners(field, Box(8, 4, 40, 36), part)
        steps = np.hypot(*np.moveaxis(np.roll(found, -1, axis=0) - found, -1, 0)).max(axis=1)
        assert steps[-1] <= 1.1 * steps[:-1].max()


def test_a_long_loop_is_a_short_one_repeated() -> None:
    field = animated(plan_of(layout_of(BALLOON, "fps: 12, duration: 6s")))["#Balloon"]
    found = corners(field, Box(8, 4, 40, 36))
    assert np.allclose(found[:36], found[36:], atol=1e-6)


def test_a_long_clip_has_no_jumps_where_windows_meet() -> None:
    plan = plan_of(layout_of(BALLOON, "fps: 16, duration: 8s, loop: false"))
    field = animated(plan)["#Balloon"]
    assert "3 windows" in plan_only_note(plan) or "4 windows" in plan_only_note(plan)
    meeting = [i for w in timeline(Fraction(127, 16), loop=False).windows[1:] for i in (w.start, w.start + SHARED)]
    for part in range(len(field.parts)):
        found = corners(field, Box(8, 4, 40, 36), part)
        steps = np.hypot(*np.moveaxis(np.diff(found, axis=0), -1, 0)).max(axis=1)
        at_seams = np.array([i + d for i in meeting for d in (-1, 0)])
        # chance weights jump from any latent frame to the next, which are four steps each
        between = np.setdiff1d(np.arange(0, len(steps), 4), at_seams)
        assert steps[at_seams].max() <= 1.25 * steps[between].max(), "a jump would stand out"
        assert steps[at_seams].mean() <= 1.5 * steps[between].mean()


def plan_only_note(plan: Plan) -> str:
    from engine.backends.dmdl_report import outlined

    return " ".join(outlined(plan, TINY).remarks)


def test_half_precision_is_nearly_the_same() -> None:
    """As on CUDA: the networks in bf16, everything else in float32."""
    from engine.backends.dmdl_plan import Clock, arranged
    from engine.backends.dmdl_sample import generated
    from engine.backends.dmdl_scene import shown

    plan = plan_of(layout_of(BALLOON))
    jobs = [job for job in plan.jobs if job.prompt is not None]
    networks = load_networks(find_weights(TINY))
    group = arranged(jobs, plan.canvas, Clock(plan.fps, plan.frames, plan.loop), networks.sampling)[0]
    scene = scene_of(plan, drawn_document())
    seen = shown(group, plan.canvas, "", scene.still, networks)
    fine, coarse = (generated(networks, seen, group, half, lambda: None)[0][0] for half in (None, torch.bfloat16))
    assert (fine.track.shift - coarse.track.shift).abs().max() < 0.05 * fine.track.shift.abs().max()
    assert not torch.equal(fine.track.shift, coarse.track.shift)


def test_precision_on_a_cpu_is_single_and_that_is_said() -> None:
    heard, plan = Heard(), plan_of(layout_of(BALLOON))
    plain = animated(plan)["#Balloon"]
    assert same(plain, animated(plan, heard=heard, precision="bf16")["#Balloon"])
    assert any("bf16 needs CUDA" in said for said in heard.said)


def test_every_step_is_reported_and_memory_is_told() -> None:
    heard, plan = Heard(), plan_of(layout_of(BOTH, "fps: 12, duration: 5s, loop: false"))
    animated(plan, heard=heard)
    assert heard.steps == heard.totals["motion"] == 3 * 2  # steps of the weights, windows
    assert heard.over
    assert any("peak memory" in said for said in heard.said)
    assert "GiB" in peak_memory("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize(("precision", "near"), [("fp32", 0.01), ("bf16", 0.1), ("fp16", 0.05)])
def test_cuda_gives_what_the_cpu_gives(precision: str, near: float) -> None:
    plan = plan_of(layout_of(BOTH))
    cpu = animated(plan)["#Balloon"]
    first, again = (animated(plan, device="cuda", precision=precision)["#Balloon"] for _ in range(2))
    assert same(first, again)
    ours, theirs = (corners(field, Box(8, 4, 40, 36)) for field in (cpu, first))
    assert np.abs(ours - theirs).max() < near * np.ptp(ours, axis=0).max()


# --- strange input ----------------------------------------------------------------------------------------------------

TEXTS = {
    "long": "the balloon bobs " * 230, "chinese": "气球轻轻地上下摆动", "nonsense": "xkcd blorp fnord qqqq",
    "contradictory": "it stands still and spins wildly to the left and to the right", "sign": "!", "emoji": "🎈🎈",
    "german": "der Ballon schwebt sanft umher", "lone half": "a\ud800b moves",
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_any_words_give_motion(name: str) -> None:
    data = {"canvas": {"fps": 12, "duration": "0.5s"}, "layers": [{"layer": "Title", "prompt": TEXTS[name]}]}
    heard = Heard()
    plan = make_plan(drawn_document(), layout_from_data(data), Choices(), [Dmdl.info])
    found = animated(plan, heard=heard)["#Title"]
    assert np.isfinite(found.parts[0].affine.matrices()).all()
    warned = [said for said in heard.said if said.startswith("warning: Title")]
    if name == "long":
        assert "cut after 64" in warned[0]
    elif name in ("chinese", "nonsense", "german", "emoji"):
        assert "few words of its prompt are known" in warned[0]
    elif name == "contradictory":
        assert not warned


def test_ten_thousand_characters_are_cut_with_a_warning() -> None:
    """A layout refuses more than 4000 of them with their place; other callers may come with any text."""
    plan, heard = plan_of(layout_of(BALLOON)), Heard()
    jobs = [job for job in plan.jobs if job.prompt is not None]
    text = "the balloon bobs and " * 500
    long = jobs[0].model_copy(update={"prompt": jobs[0].prompt and jobs[0].prompt.model_copy(update={"text": text})})
    found = Dmdl().animate([long], scene_of(plan, drawn_document()), heard)
    assert set(found) == {"#Balloon"}
    assert "cut after 64" in heard.said[0]
    with pytest.raises(ArtError, match="longer than 4000"):
        layout_of(f"  - {{layer: Title, prompt: {text}}}\n")


REGIONS = {"under a pixel": "[10, 10, 0.3, 0.3]", "a pixel": "[20, 10, 1, 1]", "a line": "[8, 20, 80, 1]",
           "larger than the canvas": "[-50%, -50%, 300%, 300%]"}  # fmt: skip


@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_any_region_will_do(region: str) -> None:
    plan = plan_of(layout_of(f"  - {{layer: Hero/Balloon, prompt: it bobs, region: {region}}}\n"))
    found = animated(plan)["#Balloon"]
    assert np.isfinite(found.parts[0].affine.matrices()).all()


def test_a_region_without_the_layer_says_so() -> None:
    plan = plan_of(layout_of("  - {layer: Hero/Balloon, prompt: it bobs, region: [80, 50, 10, 10]}\n"))
    assert "its region holds nothing of it" in plan_only_note(plan)
    found = animated(plan)["#Balloon"]
    assert np.array_equal(found.parts[0].affine.matrices(), rest_matrices(found))


def rest_matrices(field: MotionField) -> np.ndarray:
    found: np.ndarray = rest_field((0.0, 0.0), field.rate, field.frames).parts[0].affine.matrices()
    return found


def test_without_strength_a_layer_stands_still() -> None:
    plan = plan_of(layout_of("  - {layer: Hero/Balloon, prompt: it bobs, strength: 0}\n"))
    assert "its strength is 0" in plan_only_note(plan)
    found = animated(plan)["#Balloon"]
    assert np.array_equal(found.parts[0].affine.matrices(), rest_matrices(found))


def document_of(*layers: tuple[np.ndarray, int, int], size: tuple[int, int] = (320, 200)) -> Document:
    made = tuple(
        Layer(
            id=f"#{i}", name=f"L{i}", path=f"L{i}", load=lambda pixels=pixels: pixels,
            box=Box.from_xywh(x, y, pixels.shape[1], pixels.shape[0]),
        )
        for i, (pixels, x, y) in enumerate(layers)
    )  # fmt: skip
    return Document(source=Path("made"), format="drawn", size=size, children=made)


def prompts_for(document: Document, canvas: Mapping[str, object] | None = None) -> Plan:
    entries = [{"layer": node.path, "prompt": "it bobs"} for node in document.children]
    layout = layout_from_data({"canvas": canvas or {"fps": 12, "duration": "0.5s"}, "layers": entries})
    return make_plan(document, layout, Choices(), [Dmdl.info])


STRANGE = {
    "one pixel": (bar(1, 1, (255, 0, 0, 255)), 50, 50),
    "a hair": (bar(300, 1, (255, 0, 0, 255)), 5, 50),
    "nothing to see": (bar(40, 30, (255, 0, 0, 0)), 50, 50),
    "off the canvas": (disc(30, (255, 0, 0)), 900, 900),
    "three times the canvas": (bar(960, 600, (9, 200, 0, 255)), -300, -200),
}


@pytest.mark.parametrize("name", STRANGE)
def test_any_layer_will_do(name: str) -> None:
    document = document_of(STRANGE[name])
    plan = prompts_for(document)
    found = animated(plan, document)["#0"]
    assert np.isfinite(found.parts[0].affine.matrices()).all()
    stage = Stage(document, plan, {"#0": found}, "cpu")
    picture = next(iter(stage.pictures(["#0"], range(3, 4), composite=True)))
    assert picture.composite is not None
    assert np.isfinite(picture.composite).all()


def test_sixty_layers_at_once() -> None:
    document = document_of(*((disc(12, (200, 4 * i, 0)), 5 * i, (37 * i) % 180) for i in range(60)))
    plan, heard = prompts_for(document), Heard()
    found = animated(plan, document, heard)
    assert len(found) == 60
    assert heard.totals["motion"] == 15 * 3, "15 groups of four, three steps each"
    assert "60 layers with prompts are generated in 15 groups" in plan_only_note(plan)


def test_an_empty_prompt_is_an_error_with_its_place() -> None:
    with pytest.raises(ArtError) as caught:
        layout_of("  - layer: Title\n    prompt: '  '\n")
    assert caught.value.exit_code == 65
    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.column) == (5, 13)


# --- memory -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """The real network, which has room for scenes of at most so many tokens."""
    real = Transformer.velocity

    def limit(tokens: int) -> None:
        def velocity(self: Transformer, noisy: Sequence[object], sigma: torch.Tensor, ready: object) -> object:
            if len(ready.layer) > tokens:  # type: ignore[attr-defined]  # a Prepared
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return real(self, noisy, sigma, ready)  # type: ignore[arg-type]

        monkeypatch.setattr(Transformer, "velocity", velocity)

    return limit


def test_without_memory_fewer_layers_are_generated_together(short_of_memory: Callable[[int], None]) -> None:
    document = document_of(*((disc(20, (200, 90, 0)), 60 * i, 50) for i in range(3)))
    plan, heard = prompts_for(document), Heard()
    short_of_memory(5 * (36 + 3))
    found = animated(plan, document, heard)
    assert set(found) == {"#0", "#1", "#2"}
    told = [said for said in heard.said if "not enough memory on cpu" in said]
    assert ["groups of at most 2" in told[0], "one at a time" in told[1], len(told)] == [True, True, 2]


def test_at_the_foot_of_the_ladder_stands_a_sentence(short_of_memory: Callable[[int], None]) -> None:
    short_of_memory(1)
    heard = Heard()
    with pytest.raises(Unavailable, match="not enough memory to generate the motion of 'Hero/Balloon'") as caught:
        animated(plan_of(layout_of(BALLOON)), heard=heard)
    assert "--size" in caught.value.hint
    assert heard.over


def test_the_ladder_goes_down_by_groups_precision_and_device() -> None:
    rungs = [(r.layers, r.half, r.device) for r in ladder("cuda", "fp32")]
    fewer = [(layers, "", "cuda") for layers in (4, 3, 2, 1)]
    assert rungs == [*fewer, (1, "fp16", "cuda"), (1, "", "cpu")]
    assert [r.half for r in ladder("cuda:1", "bf16")] == ["bf16"] * 4 + [""]
    assert ladder("cuda", "auto") == ladder("cuda", "fp32"), "half precision gains no time in networks of this size"
    assert {r.half for r in ladder("cuda", "fp16")[:-1]} == {"fp16"}
    assert [(r.layers, r.half) for r in ladder("cpu", "bf16")] == [(4, ""), (3, ""), (2, ""), (1, "")]
    assert all(rung.said for rung in ladder("cuda", "fp32")[1:])


def test_other_errors_are_not_taken_for_a_want_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("shapes do not match")

    monkeypatch.setattr(Transformer, "velocity", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        animated(plan_of(layout_of(BALLOON)))
    assert out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"))
    assert out_of_memory(MemoryError())


@pytest.mark.skipif(torch.cuda.is_available(), reason="CUDA is there, none is wanted")
def test_cuda_that_is_not_there_is_said() -> None:
    with pytest.raises(Unavailable, match="there is no CUDA device"):
        animated(plan_of(layout_of(BALLOON)), device="cuda")


# --- weights ----------------------------------------------------------------------------------------------------------


def changed(name: str, file: str) -> Path:
    return folder_of(find_weights(name)) / file


def test_tampered_and_truncated_weights_are_refused() -> None:
    path = changed(TINY, TRANSFORMER)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(Unavailable, match="sha256"):
        animated(plan_of(layout_of(BALLOON)))
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Unavailable, match=r"bytes in place of|cannot be read"):
        animated(plan_of(layout_of(BALLOON)))
    path.unlink()
    with pytest.raises(Unavailable, match="not there"):
        animated(plan_of(layout_of(BALLOON)))


def weights_with(tmp_path: Path, change: Callable[[Path], None]) -> str:
    """Networks that were changed before they were imported: their checksums are right."""
    folder = tmp_path / "changed"
    folder.mkdir()
    change(write_networks(folder))
    return import_weights(str(folder), "changed").name


def _metadata(key: str, value: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        told = {"format_version": "1", "config": to_json(FLOW)} | {key: value}
        save_file(load_file(folder / TRANSFORMER), folder / TRANSFORMER, {k: v for k, v in told.items() if v})

    return change


def _lost_tensor(folder: Path) -> None:
    tensors = load_file(folder / AUTOENCODER)
    del tensors[min(tensors)]
    save_file(tensors, folder / AUTOENCODER, {"format_version": "1", "config": "{}"})


def _other_shape(folder: Path) -> None:
    wider = to_json(replace(FLOW, width=64))
    tensors = {n: t for n, t in load_file(folder / TRANSFORMER).items() if not n.endswith(".scale")}
    save_state(folder / TRANSFORMER, tensors, {"config": wider}, lambda name: False)


WRONG: dict[str, tuple[Callable[[Path], None], str]] = {
    "of a later version": (_metadata("format_version", "2"), "format version 2"),
    "of no version": (_metadata("format_version", ""), "without a format version"),
    "of no network": (_metadata("config", ""), "do not say of which network"),
    "not JSON": (_metadata("config", "{"), "a configuration that this art does not know"),
    "with a key of tomorrow": (
        _metadata("config", json.dumps(json.loads(to_json(FLOW)) | {"colour": 1})), "a configuration that this art",
    ),
    "with a sampler of tomorrow": (_metadata("sampling", '{"sampler": "magic"}'), "a sampling that does not exist"),
    "with other tensors": (_other_shape, "do not fit their own configuration"),
    "with a lost tensor": (_lost_tensor, "configuration"),
    "with half of them": (lambda folder: (folder / AUTOENCODER).unlink(), "they have no dmdl-autoencoder"),
    "with another's latents": (
        _metadata("config", to_json(replace(FLOW, part_latents=40))), r"do not fit|do not belong together",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG)
def test_weights_that_do_not_fit_say_why(tmp_path: Path, change: Callable[[Path], None], said: str) -> None:
    name = weights_with(tmp_path, change)
    with pytest.raises(Unavailable, match=said) as caught:
        animated(plan_of(layout_of(BALLOON)), weights=name)
    assert caught.value.exit_code == 69


def test_weights_bring_their_own_defaults() -> None:
    assert (sampling_of(find_weights(TINY)).steps, sampling_of(find_weights(TINY)).guidance) == (3, 2.0)
    note = plan_only_note(plan_of(layout_of(BALLOON)))
    assert "3 steps of the sampler, guidance 2" in note
    assert "6 x 6 tokens" in note
    assert "1 window of 17 motion steps" in note
    assert "9 steps" in plan_only_note(plan_of(layout_of(BALLOON), steps=9))


def test_the_other_sampler_and_its_shift(tmp_path: Path) -> None:
    ways = {"sampler": "heun", "steps": 2, "guidance": 1.5, "shift": 3.0, "above": 0.4}
    import_networks(tmp_path / "heun", "heun", sampling=json.dumps(ways))
    plan = plan_of(layout_of(BALLOON))
    found = animated(plan, weights="heun")["#Balloon"]
    assert not same(found, animated(plan_of(layout_of(BALLOON), steps=2, guidance=1.5))["#Balloon"])
    assert not same(found, animated(plan_of(layout_of(BALLOON), guidance=8.0), weights="heun")["#Balloon"])


def test_int8_weights_are_read_as_they_were_written() -> None:
    stored = load_file(changed(TINY, TRANSFORMER))
    assert any(name.endswith(".scale") for name in stored)
    networks = load_networks(find_weights(TINY))
    assert all(p.dtype == torch.float32 for p in networks.transformer.parameters())


# --- whole jobs -------------------------------------------------------------------------------------------------------


def test_a_whole_job_names_its_weights_and_resumes_for_nothing(tmp_path: Path) -> None:
    layers = BALLOON + "  - layer: Title\n    prompt: it sways\n    in: {motion: fade, duration: 0.2s}\n"
    wanted = request(tmp_path, layers, drawn_size=(160, 96), weights=TINY)
    made = run_item(wanted)
    assert [entry.id for entry in made.weights] == [
        f"tiny/{AUTOENCODER}", f"tiny/{TRANSFORMER}", "dmdl-s/words.safetensors",
    ]  # fmt: skip
    assert [entry.licence for entry in made.weights] == ["not stated", "not stated", "Apache-2.0"]
    layer = entry_of(made, HERO).layer
    assert layer is not None
    heard = Heard()
    before = {path: path.read_bytes() for path in wanted.out.rglob("*") if path.is_file()}
    assert run_item(replace(wanted, resume=True), heard) == made
    assert heard.said[-1] == "everything is already there"
    assert not heard.totals, "nothing was generated"
    assert {path: path.read_bytes() for path in before} == before


def test_the_recipe_knows_weights_and_precision(tmp_path: Path) -> None:
    from engine.backends.dmdl_report import weights_recipe
    from engine.recipes import whole_recipe

    def recipe_of(each: Request) -> str:
        plan = plan_only(each)
        return whole_recipe(plan, "", weights_recipe(plan, each.weights, each.precision))

    import_networks(tmp_path / "others", "others", seed=5)
    wanted = request(tmp_path, BALLOON, weights=TINY)
    recipes = {
        recipe_of(each)
        for each in (
            wanted,
            replace(wanted, weights="others"),
            replace(wanted, precision="fp32"),
            replace(wanted, steps=4),
        )
    }
    assert len(recipes) == 4
    plain = request(tmp_path, "  - {layer: Title, loop: bob}\n", weights=TINY)
    assert recipe_of(plain) == recipe_of(replace(plain, weights="x"))


def test_the_manifest_tells_what_generated_motion_covers(tmp_path: Path) -> None:
    far = "  - layer: Hero/Balloon\n    prompt: it bobs\n    strength: 0.0\n"
    made = run_item(request(tmp_path, far, weights=TINY))
    layer = entry_of(made, HERO).layer
    assert layer is not None
    x0, y0, x1, y1 = layer.region
    assert (x1 - x0) * (y1 - y0) < 96 * 64 / 2, "it stands still: its own box, not the canvas"
    assert read_manifest(tmp_path / "out") == made


def test_without_the_default_weights_the_plan_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that lost its bundled files."""
    from engine import weights

    (tmp_path / "bundled").mkdir()
    (tmp_path / "bundled" / "registry.json").write_text(json.dumps({DEFAULT: {
        "summary": "x", "license": "Apache-2.0", "source": "bundled",
        "files": [{"name": n, "sha256": "0" * 64, "bytes": 1} for n in (AUTOENCODER, TRANSFORMER)],
    }}))  # fmt: skip
    monkeypatch.setattr(weights, "BUNDLED", tmp_path / "bundled")
    with pytest.raises(Unavailable, match="is not there") as caught:
        plan_only(request(tmp_path, BALLOON))
    assert "--weights" in caught.value.hint
    with pytest.raises(MissingInput, match="no weights called"):
        plan_only(request(tmp_path, BALLOON, weights="nothing"))
    assert plan_only(request(tmp_path, "  - {layer: Title, loop: bob}\n")).jobs


def test_one_object_animates_many_scenes() -> None:
    plan = plan_of(layout_of(BALLOON))
    jobs = [job for job in plan.jobs if job.prompt is not None]
    made = Dmdl(weights=TINY)
    first, second = (made.animate(jobs, scene_of(plan, drawn_document(), weights="ignored"), Heard()) for _ in range(2))
    assert same(first["#Balloon"], second["#Balloon"])
    given = Dmdl(load_networks(find_weights(TINY))).animate(jobs, scene_of(plan, drawn_document()), Heard())
    assert same(first["#Balloon"], given["#Balloon"])
    assert isinstance(first["#Balloon"].rate, Fraction)
