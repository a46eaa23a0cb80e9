"""Recipes of single files: what has changed is made again, byte for byte as by a fresh run; nothing else is touched."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from drawn import Uint8, bar, disc, gradient, noise
from engine.document import Adjustment, Document, Group, Layer, Mask, Node, number_paths
from engine.geometry import Box
from engine.manifest import read_manifest
from engine.pipeline import Request, read_from, run_item
from engine.pixels import Known, array_digest, with_known_pixels
from engine.progress import Silent
from engine.recipes import design_digest, scene_recipe
from engine.warm import Warm
from jobs import files_in, layout_of, plan_of

CANVAS = (48, 40)
LAYOUT = """version: 1
canvas: {fps: 12, duration: 0.25s}
layers:
  - {layer: Hero/Balloon, loop: {motion: bob, period: 0.25s, amount: 10%}}
  - {layer: Hero/Glow, loop: {motion: flicker, period: 0.25s}}
  - {layer: Pack, as: group, loop: {motion: sway, period: 0.25s}}
  - {layer: Inside, loop: {motion: drift, period: 0.25s}}
  - {layer: Title, in: {motion: rise, duration: 0.1s}}
"""


def layer(name: str, pixels: Uint8, x: int = 0, y: int = 0, **facts: Any) -> Layer:
    return Layer(
        id=f"#{name}", name=name, path=name, box=Box.from_xywh(x, y, pixels.shape[1], pixels.shape[0]),
        load=lambda: pixels, **facts,
    )  # fmt: skip


SOME = Box(4, 4, 30, 30)


def mask(value: float, box: Box = SOME, outside: float = 0.0) -> Mask:
    return Mask(box, outside, lambda: np.full((box.height, box.width), value, np.float32))


def base() -> Document:
    """Groups, masks, clipping inside and around, blend modes, an adjustment on top, something hidden."""
    red = disc(20, (220, 40, 30))
    hero = Group(
        id="#Hero", name="Hero", path="Hero", opacity=0.8, masks=(mask(0.9, Box(0, 0, 48, 40)),),
        children=(
            layer("Balloon", red, 6, 6),
            layer("Shine", bar(20, 8, (255, 255, 255, 128)), 6, 8, clipped=True),
            layer("Glow", noise(12, 12, 1), 10, 10, blend="screen", opacity=0.7),
        ),
    )  # fmt: skip
    pack = Group(
        id="#Pack", name="Pack", path="Pack", clipped=False,
        children=(
            layer("Box", bar(10, 10, (30, 90, 200, 255)), 30, 4),
            layer("Ribbon", noise(8, 6, 2), 32, 6, masks=(mask(0.5, Box(32, 6, 38, 12)),)),
            layer("Spare", noise(4, 4, 3), 30, 4, visible=False),
        ),
    )  # fmt: skip
    children: tuple[Node, ...] = (
        layer("Sky", gradient(*CANVAS)),
        hero,
        layer("Frame", disc(18, (20, 160, 60)), 26, 20, fill=0.9),
        layer("Inside", noise(14, 10, 4), 28, 24, clipped=True, blend="multiply"),
        pack,
        layer("Title", bar(24, 6, (20, 30, 200, 255)), 4, 32, masks=(mask(0.8, Box(4, 32, 20, 38)),)),
        layer("Hidden", noise(6, 6, 5), 2, 2, visible=False),
        Layer(
            id="#Curves", name="Curves", path="Curves", kind="adjustment", load=lambda: np.zeros((0, 0, 4), np.uint8),
            adjustment=Adjustment("curves", lambda rgb: rgb * np.float32(0.9)),
        ),
    )  # fmt: skip
    return Document(source=Path("design.psd"), format="psd", size=CANVAS, children=number_paths(children))


# --- one change at a time ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """What a run is made from. `design`: bytes of the file; they differ wherever the document does."""

    document: Document
    layout: str = LAYOUT
    design: bytes = b"1"
    options: tuple[tuple[str, Any], ...] = ()


Change = Callable[[Case], Case]


def of(name: str, /, **facts: Any) -> Change:
    """The node of that name with other facts; `pixels` stands for what it loads."""

    def changed(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        return tuple(_changed(node, name, facts, changed) for node in nodes)

    return lambda case: drawn_anew(case, children=changed(case.document.children))


def drawn_anew(case: Case, **facts: Any) -> Case:
    return replace(case, document=replace(case.document, **facts), design=case.design + b"1")


def _changed(node: Node, name: str, facts: dict[str, Any], inside: Callable[..., Any]) -> Node:
    if node.name == name:
        facts = dict(facts)
        if "pixels" in facts:
            pixels = facts.pop("pixels")
            facts["load"] = lambda: pixels
        return replace(node, **facts)
    return replace(node, children=inside(node.children)) if isinstance(node, Group) else node


def text(old: str, new: str) -> Change:
    def change(case: Case) -> Case:
        assert old in case.layout
        return replace(case, layout=case.layout.replace(old, new))

    return change


def option(**options: Any) -> Change:
    return lambda case: replace(case, options=(*case.options, *options.items()))


def whole(**facts: Any) -> Change:
    return lambda case: drawn_anew(case, **facts)


def tree(change: Callable[[tuple[Node, ...]], tuple[Node, ...]]) -> Change:
    return lambda case: drawn_anew(case, children=number_paths(change(case.document.children)))


OTHER = Adjustment("curves", lambda rgb: rgb * np.float32(0.4))


NEW = layer("New", noise(9, 9, 6), 20, 2)
CHANGES: dict[str, Change] = {
    "one pixel of the sky": of("Sky", pixels=np.concatenate([gradient(*CANVAS)[:-1], noise(48, 1, 7)])),
    "pixels of a moving layer": of("Balloon", pixels=disc(20, (220, 41, 30))),
    "pixels of a clipped layer": of("Shine", pixels=bar(20, 8, (255, 255, 255, 129))),
    "pixels of a base of clipping": of("Frame", pixels=disc(18, (20, 160, 60)) // 2),
    "pixels inside a group that moves as one": of("Ribbon", pixels=noise(8, 6, 9)),
    "pixels of a hidden layer": of("Hidden", pixels=noise(6, 6, 8)),
    "pixels of a hidden layer inside": of("Spare", pixels=noise(4, 4, 8)),
    "a hidden layer shows": of("Hidden", visible=True),
    "a hidden layer inside shows": of("Spare", visible=True),
    "a shown layer hides": of("Glow", visible=False),
    "a base of clipping hides": of("Frame", visible=False),
    "place": of("Title", box=Box.from_xywh(5, 32, 24, 6)),
    "place of a base": of("Frame", box=Box.from_xywh(25, 20, 18, 18)),
    "opacity": of("Glow", opacity=0.6),
    "opacity of a base": of("Balloon", opacity=0.5),
    "fill": of("Frame", fill=0.4),
    "blend mode": of("Glow", blend="multiply"),
    "blend mode inside a whole group": of("Ribbon", blend="difference"),
    "dissolve": of("Glow", blend="dissolve"),
    "opacity of a group": of("Hero", opacity=0.5),
    "fill of a group": of("Hero", fill=0.5),
    "a group passes through": of("Hero", blend="pass-through"),
    "mask of a group": of("Hero", masks=(mask(0.3, Box(0, 0, 48, 40)),)),
    "mask of a layer": of("Title", masks=(mask(0.2, Box(4, 32, 20, 38)),)),
    "mask's box": of("Title", masks=(mask(0.8, Box(6, 32, 22, 38)),)),
    "mask's outside": of("Title", masks=(mask(0.8, Box(4, 32, 20, 38), 0.5),)),
    "a second mask": of("Sky", masks=(mask(0.7), mask(0.9))),
    "no longer clipped": of("Inside", clipped=False),
    "now clipped": of("Glow", clipped=True),
    "a group now clipped": of("Pack", clipped=True),
    "knockout": of("Ribbon", knockout="shallow"),
    "clips apart": of("Frame", clips_as_group=False),
    "artboard": of("Hero", artboard=Box(0, 0, 30, 30)),
    "background of an artboard": of("Pack", artboard=Box(28, 2, 44, 20), background=(1.0, 0.0, 0.0, 1.0)),
    "another name": of("Balloon", name="Ballon", path="Hero/Balloon"),
    "another order": tree(lambda nodes: (*nodes[:4], nodes[5], nodes[4], *nodes[6:])),
    "a new layer on top": tree(lambda nodes: (*nodes, NEW)),
    "a new layer below": tree(lambda nodes: (NEW, *nodes)),
    "a layer less": tree(lambda nodes: (*nodes[:6], *nodes[7:])),
    "linear light": whole(linear=True),
    "the adjustment": of("Curves", adjustment=OTHER),
    "motion of one layer": text("motion: sway", "motion: swing"),
    "amount of a base": text("amount: 10%", "amount: 20%"),
    "a layer holds": text("Glow, loop: {motion: flicker, period: 0.25s}}", "Glow, hold: true}"),
    "a comment": text("version: 1\n", "version: 1\n# calmer\n"),
    "a sky that moves": lambda case: replace(case, layout=case.layout + "  - {layer: Sky, loop: breathe}\n"),
    "the frame moves": lambda case: replace(
        case, layout=case.layout + "  - {layer: Frame, loop: {motion: bob, period: 0.25s}}\n"
    ),
    "keyframes": text("in: {motion: rise, duration: 0.1s}", "keyframes: {opacity: [{at: 0s, value: 0}]}"),
    "region": text("{layer: Inside,", "{layer: Inside, region: [28, 24, 10, 10],"),
    "anchor": text("as: group,", "as: group, anchor: 0% 0%,"),
    "easing": text("duration: 0.1s", "duration: 0.1s, easing: linear"),
    "camera": text("duration: 0.25s}", "duration: 0.25s, camera: kenburns}"),
    "background": text("duration: 0.25s}", 'duration: 0.25s, background: "#204060"}'),
    "duration": text("duration: 0.25s}", "duration: 0.5s}"),
    "rate": text("fps: 12", "fps: 24"),
    "no loop": text("duration: 0.25s}", "duration: 0.25s, loop: false}"),
    "crop": option(crop="region"),
    "premultiplied": option(alpha="premultiplied"),
    "quality": option(quality="high"),
    "size": option(size="150%"),
    "seed": option(seed=3),
    "another format": option(formats=("qtrle",)),
    "a format more": option(formats=("ffv1", "png")),
    "fewer layers": option(layers="Hero/*"),
    "no composite": option(composites=()),
    "a sheet": option(sheet=True),
    "no proxies": option(proxies=False),
    "a hand-off": option(handoffs=("lottie",)),
}  # fmt: skip


def run(folder: Path, case: Case, warm: Warm | None = None) -> set[str]:
    """Bring folder/out up to date; the relative paths of files whose identity on disk has changed."""
    folder.mkdir(exist_ok=True)
    (folder / "design.psd").write_bytes(case.design)
    (folder / "motion.yaml").write_text(case.layout)
    warm = warm or Warm(keep=True)
    design = folder / "design.psd"
    request = Request(
        design, folder / "out", layout=folder / "motion.yaml", formats=("ffv1",), composites=("ffv1",),
        device="cpu", watched=True, resume=True,
    )  # fmt: skip
    request = replace(request, **dict(case.options))
    warm.once("document", read_from(request, design_digest(design)), lambda: replace(case.document, source=design))
    before = identities(folder / "out")
    run_item(request, Silent(), warm)
    return {path for path, state in identities(folder / "out").items() if before.get(path) != state}


def identities(out: Path) -> dict[str, tuple[int, int]]:
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a first run."""
    folder = tmp_path_factory.mktemp("base") / "run"
    run(folder, Case(base()))
    return folder


def masters(paths: set[str]) -> set[str]:
    return {path for path in paths if path.startswith(("layers", "composite"))}


@pytest.mark.parametrize("name", CHANGES)
def test_an_update_is_a_fresh_run_byte_for_byte(name: str, made: Path, tmp_path: Path) -> None:
    case = CHANGES[name](Case(base()))
    shutil.copytree(made, tmp_path / "updated")
    run(tmp_path / "updated", case)
    run(tmp_path / "fresh", case)
    assert files_in(tmp_path / "updated" / "out") == files_in(tmp_path / "fresh" / "out")


def test_a_day_of_changes_ends_in_what_a_fresh_run_makes(made: Path, tmp_path: Path) -> None:
    """One session, its pixels and plans kept in memory, change upon change."""
    chance, warm = random.Random(5), Warm(keep=True)
    shutil.copytree(made, tmp_path / "updated")
    case = Case(base())
    additive = [name for name, change in CHANGES.items() if "layer" not in name and "order" not in name]
    for name in chance.sample(additive, 7):
        try:
            case = CHANGES[name](case)
        except AssertionError:
            continue  # the text that it changes has been changed already
        run(tmp_path / "updated", case, warm)
    run(tmp_path / "fresh", case)
    assert files_in(tmp_path / "updated" / "out") == files_in(tmp_path / "fresh" / "out")


@pytest.mark.parametrize(
    ("name", "again"),
    [
        ("a comment", set()),
        ("pixels of a hidden layer", {"composite"}),  # what its adjustment does is only known by the file
        ("pixels of a moving layer", {"01_balloon", "02_shine", "composite"}),
        ("amount of a base", {"01_balloon", "02_shine", "composite"}),
        ("motion of one layer", {"06_pack", "composite"}),
        ("pixels inside a group that moves as one", {"06_pack", "composite"}),
        ("place", {"07_title", "composite"}),
        ("opacity of a group", {"01_balloon", "02_shine", "03_glow", "composite"}),
        ("pixels of a base of clipping", {"04_frame", "05_inside", "composite"}),
        ("a new layer on top", {"08_new", "composite"}),
        ("background", {"composite"}),
        ("the adjustment", {"composite"}),
    ],
)
def test_only_files_that_show_the_change_are_made_again(name: str, again: set[str], made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "updated")
    changed = masters(run(tmp_path / "updated", CHANGES[name](Case(base()))))
    assert {Path(path).stem for path in changed} == again


def test_movies_of_the_page_are_made_for_the_changed_layer_alone(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "updated")
    sheets = {path: path.read_bytes() for path in (tmp_path / "updated" / "out" / "proxies").glob("*.webm")}
    run(tmp_path / "updated", CHANGES["motion of one layer"](Case(base())))
    other = [path.name for path, data in sheets.items() if path.read_bytes() != data]
    assert len(sheets) > 5
    assert len(other) == 2  # the layer's own, and the composite, which this design needs


def test_a_damaged_file_is_made_again(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "updated")
    entry = next(entry for entry in read_manifest(made / "out").files if entry.role == "layer")
    (tmp_path / "updated" / "out" / entry.path).write_bytes(b"x")
    (tmp_path / "updated" / "out" / "composite.mkv").unlink()
    changed = run(tmp_path / "updated", Case(base()))
    assert masters(changed) == {entry.path, "composite.mkv"}
    assert files_in(tmp_path / "updated" / "out") == files_in(made / "out")


def test_nothing_is_touched_when_nothing_has_changed(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "updated")
    assert run(tmp_path / "updated", Case(base())) == set()


def test_what_is_no_longer_planned_goes_and_what_art_did_not_write_stays(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "updated")
    own = tmp_path / "updated" / "out" / "layers" / "notes.txt"
    own.write_text("mine")
    run(tmp_path / "updated", CHANGES["no composite"](Case(base())))
    assert not (tmp_path / "updated" / "out" / "composite.mkv").exists()
    assert own.read_text() == "mine"


# --- generated motion -------------------------------------------------------------------------------------------------

TOLD = """  - {layer: Balloon, prompt: it bobs, seed: 1}
  - {layer: Title, prompt: it sways, seed: 2}
  - {layer: Sun, loop: {motion: bob}}
"""


def told(layers: str = TOLD, canvas: str = "fps: 12, duration: 0.5s", rest: str = "", **facts: Any) -> str:
    """The recipe of generated motion. facts: of the layers by name."""
    nodes = [
        layer("Balloon", disc(20, (220, 40, 30)), 6, 6),
        layer("Sun", disc(10, (250, 220, 0)), 30, 2),
        layer("Title", bar(24, 6, (20, 30, 200, 255)), 4, 32),
    ]
    weights = facts.pop("weights", {"weights": {"a": "1"}, "precision": "auto"})
    done: list[Node] = []
    for node in nodes:
        mine = dict(facts.get(node.name, {}))
        if "pixels" in mine:
            mine["load"] = partial(np.asarray, mine.pop("pixels"))
        done.append(replace(node, **mine))
    document = Document(source=Path("x.psd"), format="psd", size=CANVAS, children=tuple(done))
    return scene_recipe(document, plan_of(layout_of(layers, canvas, rest), document), weights, "design")


def test_what_the_model_sees_is_in_the_recipe_of_its_motion() -> None:
    same = told()
    others = [
        told(TOLD.replace("it bobs", "it bounces")),
        told(TOLD.replace("seed: 2", "seed: 3")),
        told(TOLD.replace("seed: 1", "seed: 1, strength: 0.5")),
        told(TOLD.replace("seed: 1", "seed: 1, region: [0, 0, 30, 30]")),
        told(TOLD.replace("seed: 1", "seed: 1, steps: 3")),
        told(TOLD.replace("seed: 1", "seed: 1, together: false")),
        told(canvas="fps: 24, duration: 0.5s"),
        told(canvas="fps: 12, duration: 1s"),
        told(canvas="fps: 12, duration: 0.5s, loop: false"),
        told(rest="global_prompt: a fair\n"),
        told(weights={"weights": {"a": "2"}, "precision": "auto"}),
        told(weights={"weights": {"a": "1"}, "precision": "fp16"}),
        told(Balloon={"pixels": disc(20, (220, 41, 30))}),
        told(Title={"box": Box.from_xywh(5, 32, 24, 6)}),
        told(Title={"masks": (mask(0.5, Box(4, 32, 20, 38)),)}),
        told(TOLD.replace("{layer: Sun, loop: {motion: bob}}", "{layer: Sun, prompt: it shines}")),
    ]
    assert len({same, *others}) == len(others) + 1


def test_what_the_model_does_not_see_is_not_in_it() -> None:
    assert told() == told(Sun={"pixels": disc(10, (1, 2, 3))})
    assert told() == told(TOLD.replace("motion: bob", "motion: sway"))
    assert told() == told(TOLD.replace("prompt: it sways", "in: rise, prompt: it sways"))
    assert told() == told(Title={"opacity": 0.5})
    assert told("  - {layer: Sun, loop: {motion: bob}}\n") == ""


def test_only_the_camera_reads_the_depth_of_a_layer() -> None:
    """Recipes leave the depth of all other layers out, because it changes with every layer that is added."""
    engine = Path(__file__).parent.parent / "engine"
    readers = {path.name for path in engine.glob("motion/*.py") if re.search(r"subject\.depth", path.read_text())}
    assert readers == {"camera.py"}


# --- pixels -----------------------------------------------------------------------------------------------------------


def test_kept_pixels_are_loaded_once_and_cannot_be_drawn_on() -> None:
    count = []

    def load() -> Uint8:
        count.append(1)
        return noise(4, 4)

    known = Known(load, keep=True)
    assert known.digest == array_digest(noise(4, 4))
    assert known() is known()
    assert len(count) == 1
    with pytest.raises(ValueError, match="read-only"):
        known()[0] = 0


def test_digests_tell_shape_type_and_numbers_apart() -> None:
    zeros = [np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), np.zeros((2, 3), np.float32)]
    assert len({array_digest(each) for each in (*zeros, np.ones((2, 3), np.uint8))}) == 4
    turned = noise(4, 4)[::-1, :, :]
    assert array_digest(turned) == array_digest(turned.copy())


def test_documents_with_known_pixels_are_the_same_documents() -> None:
    document = base()
    known = with_known_pixels(document, keep=False)
    for (a, _), (b, _) in zip(document.walk(), known.walk(), strict=True):
        assert (a.id, a.path, a.opacity, len(a.masks)) == (b.id, b.path, b.opacity, len(b.masks))
        if isinstance(a, Layer) and isinstance(b, Layer):
            assert np.array_equal(a.load(), b.load())
