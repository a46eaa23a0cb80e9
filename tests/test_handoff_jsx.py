"""After Effects scripts: parsed as ES3, and run in node against a stand-in that records what they make.

After Effects itself is not here. `after_effects.js` has its objects and is strict about them; whether what it recorded
is the film is checked against the motion fields, and pixel by pixel against the composite.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from drawn import bar, png_bytes, write_ora_members
from engine.geometry import Box, apply, compose, trs_matrix
from engine.handoff import Film
from engine.handoff.jsx import blending_mode, keyframes_remarks, write_jsx_keyframes
from engine.manifest import Manifest
from engine.motion_field import AffineTrack, Grid, MotionField, Part
from engine.pipeline import Request, animate, plan_run, read_document, read_layout, run_item
from engine.plan import Prompt
from engine.progress import Silent
from engine.specs import BLEND_MODES
from films import ours, psnr
from jobs import entry_of, request

Json = dict[str, Any]
STAND_IN = Path(__file__).parent / "after_effects.js"
ES3 = (
    "require('internal/deps/acorn/acorn/dist/acorn')"
    ".parse(require('fs').readFileSync(process.argv[1], 'utf8'), {ecmaVersion: 3})"
)
CANVAS = "fps: 24, duration: 1s, loop: false"
# a spin with an entrance, a slant, a mask that moves along, half opacity, and one that bends
LAYERS = (
    "  - {layer: Hero/Balloon, loop: {motion: spin, period: 1s}, in: {motion: slide, duration: 0.4s}}\n"
    "  - {layer: Title, loop: {motion: sway, period: 1s, amount: 12deg}, start: 0.25s}\n"
    "  - {layer: Größe ★, loop: {motion: breathe, period: 0.5s, amount: 20%}, out: {motion: fade, duration: 0.3s}}\n"
)


def node(*words: str | Path) -> str:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    done = subprocess.run(["node", *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def record(script: Path) -> Json:
    """What the script makes of an empty project."""
    found: Json = json.loads(node(STAND_IN, script))
    return found


def ran(tmp_path: Path, name: str, layers: str = LAYERS, **options: Any) -> tuple[Request, Manifest, Json]:
    job = request(
        tmp_path, layers, CANVAS, **{"formats": ("png",), "composites": ("png",), **options}, handoffs=(name,)
    )
    manifest = run_item(job)
    return job, manifest, record(script_of(job, name))


def script_of(job: Request, name: str) -> Path:
    folder = job.out / "handoff"
    return folder / {"jsx": "after-effects.jsx", "jsx-keyframes": "after-effects-keyframes/import.jsx"}[name]


def stack_of(made: Json) -> list[Json]:
    """Layers bottom to top, without what carries them."""
    (comp,) = made["comps"]
    return [layer for layer in reversed(comp["stack"]) if layer["kind"] != "null"]


# --- the script -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["jsx", "jsx-keyframes"])
def test_the_script_is_es3_in_ascii(tmp_path: Path, name: str) -> None:
    job, _, _ = ran(tmp_path, name)
    assert script_of(job, name).read_bytes().isascii()
    node("--expose-internals", "-e", ES3, script_of(job, name))


def test_newer_javascript_would_be_noticed(tmp_path: Path) -> None:
    newer = tmp_path / "newer.js"
    newer.write_text("var a = {default: 1,}; const b = `x`;")
    with pytest.raises(AssertionError, match="SyntaxError"):
        node("--expose-internals", "-e", ES3, newer)


def test_everything_is_one_undo_in_one_folder(tmp_path: Path) -> None:
    _, manifest, made = ran(tmp_path, "jsx", fps="29.97")
    assert made["undo"] == ["begin Import design", "end"]
    assert (made["folders"], made["alerts"]) == (["design"], [])
    (comp,) = made["comps"]
    assert (comp["width"], comp["height"]) == manifest.size
    assert comp["frameRate"] == pytest.approx(30000 / 1001, abs=1e-12)
    assert comp["duration"] == pytest.approx(manifest.frames * 1001 / 30000, abs=1e-12)
    assert {comp["parentFolder"], *(item["parentFolder"] for item in made["items"])} == {"design"}


def test_layers_stack_as_they_do_here(tmp_path: Path) -> None:
    job, manifest, made = ran(tmp_path, "jsx", formats=("prores4444", "png"), composites=("mp4",))
    stack = stack_of(made)
    assert [layer["name"] for layer in stack] == [
        "Background", "Hero/Balloon", "Hero/Shine", "Title", "Größe ★", "composite (reference)",
    ]  # fmt: skip
    assert [Path(layer["file"]).suffix for layer in stack] == [".png", ".mov", ".mov", ".mov", ".mov", ".mp4"]
    assert [layer["enabled"] for layer in stack] == [True] * 5 + [False]
    assert [layer["guideLayer"] for layer in stack] == [False] * 5 + [True]
    assert [layer["source"]["alphaMode"] for layer in stack] == ["STRAIGHT"] * 5 + ["NO_VALUE"]
    assert {layer["startTime"] for layer in stack} == {0}
    assert "baked: opacity" in stack[4]["comment"]
    assert "does not stack" in stack[2]["comment"]
    assert all(Path(layer["file"]).resolve().is_relative_to(job.out) for layer in stack)
    assert manifest.recomposition is not None


def test_what_is_there_for_a_part_only_is_cut_there(tmp_path: Path) -> None:
    layers = "  - {layer: Title, start: 0.25s, end: 0.75s, in: {motion: fade, duration: 0.25s}}\n"
    _, _, made = ran(tmp_path, "jsx", layers)
    title = next(layer for layer in stack_of(made) if layer["name"] == "Title")
    assert (title["inPoint"], title["outPoint"]) == (pytest.approx(7 / 24), pytest.approx(18 / 24))


def test_premultiplied_files_are_taken_as_such(tmp_path: Path) -> None:
    _, _, made = ran(tmp_path, "jsx", alpha="premultiplied")
    sources = [layer["source"] for layer in stack_of(made)[:-1]]
    assert {source["alphaMode"] for source in sources} == {"PREMULTIPLIED"}
    assert all(source["premulColor"] == [0, 0, 0] for source in sources)


def test_image_sequences_are_sequences_at_the_film_s_rate(tmp_path: Path) -> None:
    _, _, made = ran(tmp_path, "jsx", fps="12")
    kinds = {layer["name"]: layer["sequence"] for layer in stack_of(made)}
    assert kinds == {
        "Background": False, "Hero/Balloon": True, "Hero/Shine": True, "Title": True, "Größe ★": True,
        "composite (reference)": True,
    }  # fmt: skip
    moving = [layer["source"] for layer in stack_of(made) if layer["sequence"]]
    assert {source["conformFrameRate"] for source in moving} == {12}


def test_a_background_is_a_solid_below_everything(tmp_path: Path) -> None:
    job = request(tmp_path, LAYERS, CANVAS + ", background: '#ff800080'", formats=("png",), handoffs=("jsx",))
    run_item(job)
    bottom = stack_of(record(script_of(job, "jsx")))[0]
    assert (bottom["kind"], bottom["color"]) == ("solid", [1, pytest.approx(128 / 255), 0])
    assert bottom["transform"]["ADBE Opacity"]["values"] == [pytest.approx(100 * 128 / 255, abs=1e-3)]


def test_all_blend_modes_have_their_name() -> None:
    listed = STAND_IN.read_text()
    known = listed[listed.index("const BLENDS") : listed.index('.split(" ")')]
    assert all(f"{blending_mode(mode)} " in known.replace('"', " ") for mode in BLEND_MODES)


# --- missing files and hostile names ----------------------------------------------------------------------------------


def test_missing_files_are_told_in_one_alert(tmp_path: Path) -> None:
    job, manifest, _ = ran(tmp_path, "jsx")
    (job.out / "layers" / "00_background.png").unlink()
    (job.out / entry_of(manifest, "Title").parts[0].path).write_bytes(b"")
    made = record(script_of(job, "jsx"))
    (alert,) = made["alerts"]
    assert "2 of the files" in alert
    assert "00_background.png (not there)" in alert
    assert "damaged" in alert
    assert made["undo"][-1] == "end"
    assert [layer["name"] for layer in stack_of(made)] == [
        "Hero/Balloon", "Hero/Shine", "Größe ★", "composite (reference)",
    ]  # fmt: skip


HOSTILE = ('"); alert("x"); ("', "a&#10;b", "\u2028</script><!--", "🎈 %41 %2F", "back\\slash\\", "*/ FILM //")


@pytest.mark.parametrize("name", ["jsx", "jsx-keyframes"])
def test_hostile_names_stay_names(tmp_path: Path, name: str) -> None:
    escaped = [each.replace('"', "&quot;").replace("<", "&lt;") for each in HOSTILE]
    layers = "".join(f'<layer name="{each}" src="{i}.png" x="{i}" y="0"/>' for i, each in enumerate(escaped))
    pictures = {f"{i}.png": png_bytes(bar(8, 8, (200, 30 * i, 20, 255))) for i in range(len(HOSTILE))}
    design = write_ora_members(
        tmp_path / "a'\"b%.ora", f'<image w="32" h="16"><stack>{layers}</stack></image>', pictures
    )
    plain = request(tmp_path, "  - {layer: '*', loop: bob}\n", CANVAS, formats=("png",), composites=())
    job = replace(plain, design=design, out=tmp_path / "o ü'%41", handoffs=(name,))
    run_item(job)
    script = script_of(job, name)
    node("--expose-internals", "-e", ES3, script)
    assert "</" not in script.read_text()
    made = record(script)
    assert made["alerts"] == []
    assert len(stack_of(made)) == len(HOSTILE)
    assert {'"); alert("x"); ("', "*/ FILM //"} < {layer["name"].replace("∕", "/") for layer in stack_of(made)}


# --- keyframes --------------------------------------------------------------------------------------------------------


def at(track: Json, time: float) -> NDArray[np.float64]:
    """A property on straight lines between its keys."""
    values = np.array([np.atleast_1d(value) for value in track["values"]], float)
    return np.array([np.interp(time, track["times"], column) for column in values.T])


def placed(layer: Json, stack: list[Json], time: float) -> NDArray[np.float64]:
    """(2, 3): from a layer's own px to the composition's, through the layers that carry it."""
    track = layer["transform"]
    anchor, position = at(track["ADBE Anchor Point"], time), at(track["ADBE Position"], time)
    turn = np.deg2rad(at(track["ADBE Rotate Z"], time)[0]) if track["ADBE Rotate Z"]["values"] else 0.0
    scale = at(track["ADBE Scale"], time) / 100 if track["ADBE Scale"]["values"] else np.ones(2)
    unit = np.array([np.cos(turn), np.sin(turn)])
    own = trs_matrix(anchor, position - anchor, unit, np.float64(0), scale)
    return own if layer["parent"] is None else compose(placed(stack[layer["parent"]], stack, time), own)


def opacity(layer: Json, time: float) -> float:
    track = layer["transform"]["ADBE Opacity"]
    return float(at(track, time)[0]) / 100 if track["values"] else 1.0


def test_rigid_motion_is_keyframes_that_follow_the_fields(tmp_path: Path) -> None:
    job, manifest, made = ran(tmp_path, "jsx-keyframes", drawn_size=(192, 128))
    (comp,) = made["comps"]
    stack = comp["stack"]
    document = read_document(job)
    sized, plan = plan_run(job, document, read_layout(job, document))
    fields = animate(sized, plan, "cpu", Silent())
    told = {layer["name"]: layer for layer in stack if "keyframes" in layer["comment"]}
    assert sorted(told) == ["Größe ★", "Hero/Balloon", "Title"]
    assert told["Title"]["parent"] is not None  # it is slanted
    shine = next(layer for layer in stack if layer["name"] == "Hero/Shine")
    assert "a movie: it is clipped to Hero/Balloon, which moves" in shine["comment"]
    for name, layer in told.items():
        field = fields[next(planned.layer for planned in plan.jobs if planned.path == name)]
        part, size = field.parts[0], Image.open(layer["file"]).size
        local = np.array([(0, 0), (size[0], 0), size, (0, size[1])], float)
        corner = part.affine.anchor - at(layer["transform"]["ADBE Anchor Point"], 0)
        for frame, matrix in enumerate(part.affine.matrices()):
            time = frame / 24
            off = apply(placed(layer, stack, time), local) - apply(matrix, local + corner)
            assert np.abs(off).max() < 0.5, (name, frame)
            wanted = 1.0 if part.opacity is None else float(part.opacity[frame])
            assert opacity(layer, time) == pytest.approx(wanted, abs=1 / 256), (name, frame)
    assert manifest.frames == 24


def test_few_keys_are_needed_and_they_are_straight(tmp_path: Path) -> None:
    """A turn of three quarters between 0.25 s and 0.75 s: two keys, and no jump at half a turn."""
    turn = "keyframes: {rotation: [{at: 0.25s, value: 0deg}, {at: 0.75s, value: 270deg}]}"
    _, _, made = ran(tmp_path, "jsx-keyframes", f"  - {{layer: Hero/Balloon, {turn}}}\n")
    balloon = next(layer for layer in stack_of(made) if layer["name"] == "Hero/Balloon")
    turning = balloon["transform"]["ADBE Rotate Z"]
    assert (turning["times"], turning["values"]) == ([0.25, 0.75], [0, 270])
    assert turning["straight"] == [1, 2]
    assert all(len(balloon["transform"][name]["times"]) == 1 for name in ("ADBE Position", "ADBE Scale"))


@pytest.mark.parametrize(
    ("name", "crop"), [("jsx", "region"), ("jsx-keyframes", "region"), ("jsx-keyframes", "canvas")]
)
def test_the_stack_is_the_composite(tmp_path: Path, name: str, crop: str) -> None:
    """Drawn from files, places and keyframes alone, every frame is the composite but for how pixels are read."""
    job, manifest, made = ran(tmp_path, name, drawn_size=(192, 128), crop=crop)
    (comp,) = made["comps"]
    composite = next(entry for entry in manifest.files if entry.role == "composite")
    for frame in range(0, 24, 4):
        ours = np.asarray(Image.open(job.out / composite.parts[frame].path), float)
        drawn = flattened(comp["stack"], frame, manifest)
        error = np.abs(drawn - ours[..., :3])
        assert error.mean() < 0.2, frame  # levels of 255
        assert np.quantile(error, 0.99) < 4, frame


def flattened(
    stack: list[Json], frame: int, manifest: Manifest, fps: int = 24, comps: list[Json] | None = None
) -> NDArray[np.float64]:
    """(h, w, 3) of the enabled layers, laid over each other."""
    return 255 * laid(stack, frame, manifest, fps, comps or [])[..., :3]


def laid(stack: list[Json], frame: int, manifest: Manifest, fps: int, comps: list[Json]) -> NDArray[np.float64]:
    """(h, w, 4) premultiplied, 0..1."""
    width, height = manifest.size
    canvas, time = np.zeros((height, width, 4)), frame / fps
    for layer in reversed(stack):
        if layer["kind"] == "null" or not layer["enabled"] or not layer["inPoint"] <= time < layer["outPoint"]:
            continue
        if layer["comp"]:
            inner = next(comp for comp in comps if comp["name"] == layer["comp"])
            shown = laid(inner["stack"], frame, manifest, fps, comps)
            canvas = shown + canvas * (1 - shown[..., 3:])
            continue
        file = Path(layer["file"])
        if layer["sequence"]:
            file = sorted(file.parent.iterdir())[frame]
        pixels = np.asarray(Image.open(file).convert("RGBA"), float) / 255
        pixels = np.dstack([pixels[..., :3] * pixels[..., 3:], pixels[..., 3]])
        pixels = cv2.copyMakeBorder(pixels, 4, 4, 4, 4, cv2.BORDER_CONSTANT)
        move = placed(layer, stack, time)
        move[:, 2] += move[:, :2] @ [-3.5, -3.5] - 0.5  # OpenCV's pixel 0 lies at 0, ours at 0.5; and the border
        shown = cv2.warpAffine(pixels, move, (width, height), flags=cv2.INTER_LINEAR) * opacity(layer, time)
        canvas = shown + canvas * (1 - shown[..., 3:])
    return canvas


def test_a_layer_that_bends_is_a_movie_and_says_why(tmp_path: Path) -> None:
    layers = "  - {layer: Title, loop: wave}\n  - {layer: Hero/Balloon, in: wipe}\n"
    _, manifest, made = ran(tmp_path, "jsx-keyframes", layers)
    said = {layer["name"]: layer["comment"] for layer in stack_of(made)}
    assert said["Title"].endswith("a movie: its shape changes")
    assert said["Hero/Balloon"].endswith("a movie: it is uncovered by an edge")
    (handed,) = (entry for entry in manifest.files if entry.role == "handoff")
    assert handed.remarks == (
        "Hero/Balloon: a movie, it is uncovered by an edge",
        "Hero/Shine: a movie, it is clipped to Hero/Balloon, which moves",
        "Title: a movie, its shape changes",
    )
    assert [part.path for part in handed.parts] == ["handoff/after-effects-keyframes/import.jsx"]


# --- generated motion -------------------------------------------------------------------------------------------------


def generated(tmp_path: Path, field: MotionField) -> tuple[Film, dict[str, bytes], Json]:
    """The title as if a prompt had given it `field`: the film, the files, and what the script makes of them."""
    layers = "  - {layer: Title, loop: {motion: bob, period: 1s}}\n"
    job = request(tmp_path, layers, "fps: 12, duration: 1s, loop: true", formats=("png",), composites=(), handoffs=())
    manifest = run_item(job)
    document = read_document(job)
    document, plan = plan_run(job, document, read_layout(job, document))
    title = next(each for each in plan.jobs if each.path == "Title")
    asked = title.model_copy(update={"prompt": Prompt(text="waves")})
    plan = plan.model_copy(update={"jobs": tuple(asked if each is title else each for each in plan.jobs)})
    told = Film(document, plan, {title.layer: field}, manifest)
    content = write_jsx_keyframes(told)
    folder = job.out / "handoff" / "after-effects-keyframes"
    folder.mkdir(parents=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    return told, content, record(folder / "import.jsx")


def halves(**more: Any) -> MotionField:
    """The title's right half stands, its left half turns to and fro about (56, 52), told about a far anchor."""
    angle = 0.15 * np.sin(2 * np.pi * np.arange(12) / 12)
    unit, none = np.stack([np.cos(angle), np.sin(angle)], axis=-1), np.zeros(12)
    matrices = trs_matrix(np.array([56.0, 52.0]), np.zeros((12, 2)), unit, none, np.ones((12, 2)))
    left = np.zeros((16, 48), np.float32)
    left[:, :24] = 1
    body = Part(AffineTrack.rest((40, 4), 12), 1 - left)
    return MotionField(
        Fraction(12), 12, (body, Part(AffineTrack.of(matrices, np.array([40.0, 4])), left, **more)), loop=True
    )


def test_parts_of_a_generated_layer_are_layers_of_a_composition_with_its_name(tmp_path: Path) -> None:
    told, content, made = generated(tmp_path, halves())
    outer, inner = made["comps"]
    whole = next(layer for layer in outer["stack"] if layer["name"] == "Title")
    assert (whole["comp"], inner["name"], made["alerts"]) == ("Title", "Title", [])
    assert [layer["name"] for layer in reversed(inner["stack"])] == ["Title: body", "Title: in front"]
    assert sorted(content) == ["03_title-body.png", "03_title-in-front.png", "import.jsx"]
    front = inner["stack"][0]["transform"]
    assert len(front["ADBE Position"]["times"]) == 1  # it turns about its joint
    assert 4 < len(front["ADBE Rotate Z"]["times"]) <= 13
    assert front["ADBE Rotate Z"]["times"][-1] == 1  # the loop closes at the film's end
    assert front["ADBE Rotate Z"]["values"][-1] == front["ADBE Rotate Z"]["values"][0]
    assert not [line for line in keyframes_remarks(content) if "Title:" in line]
    for frame, picture in zip((0, 2, 3, 8), ours(told, (0, 2, 3, 8)), strict=True):
        drawn = flattened(outer["stack"], frame, told.manifest, 12, made["comps"]) / 255
        assert psnr(drawn.astype(np.float32), picture) > 38, frame


def test_what_keyframes_leave_out_is_said_and_the_movie_lies_by(tmp_path: Path) -> None:
    pull = np.zeros((12, 5, 17, 2), np.float32)
    pull[..., 1] = 1.5 * np.sin(2 * np.pi * 3 * np.linspace(0, 1, 17))
    _, content, made = generated(tmp_path, halves(flow=Grid(Box(32, 44, 80, 60), pull)))
    stack = {layer["name"]: layer for layer in stack_of({"comps": made["comps"][:1]})}
    keyed, movie = stack["Title"], stack["Title (movie)"]
    assert (keyed["enabled"], movie["enabled"], movie["guideLayer"]) == (True, False, True)
    (said,) = (line for line in keyframes_remarks(content) if line.startswith("Title:"))
    assert said.startswith("Title: not in the keyframes: its shape changes by up to 1.")


def test_where_keyframes_miss_most_the_movie_shows(tmp_path: Path) -> None:
    pull = np.zeros((12, 5, 17, 2), np.float32)
    pull[..., 1] = 4 * np.sin(2 * np.pi * 3 * np.linspace(0, 1, 17))
    still = Part(AffineTrack.rest((56, 52), 12), flow=Grid(Box(32, 44, 80, 60), pull))
    _, _, made = generated(tmp_path, MotionField(Fraction(12), 12, (still,), loop=True))
    stack = {layer["name"]: layer for layer in stack_of(made)}
    assert (stack["Title"]["enabled"], stack["Title (movie)"]["enabled"]) == (False, True)
