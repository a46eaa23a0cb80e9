"""The preview page in real Chromium, opened from disk: it shows what was exported, and can be worked with."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image

from drawn import bar, disc, gradient, noise
from engine.blend import blend_over
from engine.composite import picture_tensor
from engine.errors import ArtError, BadInput, MissingInput
from engine.geometry import Box
from engine.manifest import read_manifest
from engine.pipeline import Request, run_item
from engine.preview import page as html_of
from engine.preview import write_page
from engine.specs import BLEND_MODES
from engine.still import to_encoded, to_linear
from engine.tile import Tile
from jobs import ROOT, art, entry_of, frames_of, request

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ASSETS = ROOT / "engine" / "preview"
GOLDEN = Path(__file__).parent / "goldens" / "preview.png"
SIZE = (160, 120)


def write_design(path: Path, layers: list[tuple[str, np.ndarray, int, int, str]], size: tuple[int, int] = SIZE) -> Path:
    """A PSD of (name, pixels, x, y, blend mode), bottom to top."""
    from psd_tools import PSDImage
    from psd_tools.constants import BlendMode

    psd = PSDImage.new("RGBA", size)
    for name, pixels, x, y, mode in layers:
        layer = psd.create_pixel_layer(Image.fromarray(pixels), "layer", y, x)
        layer.name = name
        layer.blend_mode = BlendMode[mode.upper().replace("-", "_")]
    psd.save(path)
    return path


def scene(mode: str = "normal") -> list[tuple[str, np.ndarray, int, int, str]]:
    """A background that holds, a soft disc that moves in some blend mode, a plate that moves over both."""
    return [
        ("Ground", gradient(*SIZE), 0, 0, "normal"),
        ("Disc", disc(70, (210, 120, 40)), 20, 20, mode),
        ("Plate", bar(60, 30, (40, 60, 200, 160)), 80, 70, "normal"),
    ]


MOVES = """version: 1
canvas: {fps: 12, duration: 1s, loop: true}
layers:
  - {layer: Disc, loop: {motion: bob, period: 1s, amount: 8%}}
  - {layer: Plate, loop: {motion: sway, period: 1s}}
"""


def exported(folder: Path, layers: list[Any], layout: str = MOVES, **options: Any) -> Path:
    """An output folder of such a design; its composite is lossless."""
    folder.mkdir(exist_ok=True)
    design = write_design(folder / "design.psd", layers)
    (folder / "motion.yaml").write_text(layout)
    plain: dict[str, Any] = {"formats": (), "composites": ("ffv1",), "device": "cpu", "layout": folder / "motion.yaml"}
    run_item(Request(design, folder / "out", **plain | options))
    return folder / "out"


LOADED = """async () => {
  if (document.querySelector(".without-stage")) return true;
  const page = await window.artPreview;
  return page !== undefined && page.player.shown >= 0;
}"""


@contextmanager
def opened(browser: Browser, path: Path, *, still: bool = True, script: str = "", **context: Any) -> Iterator[Page]:
    """The page, loaded; leaving it fails when it complained. still: it does not play by itself."""
    motion = "reduce" if still else "no-preference"
    view = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, "reduced_motion": motion} | context)
    page = view.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: complaints.append(r.url) if r.url.startswith(("http:", "https:")) else None)
    if script:
        page.add_init_script(script)
    page.goto(path.as_uri())
    page.wait_for_function(LOADED)
    yield page
    assert complaints == []
    view.close()


def shown(page: Page, frame: int) -> np.ndarray:
    """(h, w, 4) premultiplied 0..1: the stack of layers at a frame."""
    text = page.evaluate(
        """async (frame) => {
          const page = await artPreview;
          page.player.seek(frame);
          while (page.player.shown !== frame) await new Promise(requestAnimationFrame);
          const { stage } = page.film;
          return { size: stage.size, bytes: btoa(String.fromCharCode(...stage.pixels(stage.stack))) };
        }""",
        frame,
    )
    width, height = text["size"]
    return np.frombuffer(base64.b64decode(text["bytes"]), np.uint8).reshape(height, width, 4) / 255


def composites(out: Path) -> list[np.ndarray]:
    """(h, w, 4) straight frames of the lossless composite."""
    return [frame.transpose(1, 2, 0) for frame in frames_of(out / "composite.mkv")]


# --- what it shows ---


@pytest.mark.parametrize("mode", ["normal", "multiply", "screen", "overlay", "difference", "luminosity", "color-dodge"])
def test_the_stack_looks_like_the_exported_composite(mode: str, browser: Browser, tmp_path: Path) -> None:
    out = exported(tmp_path / mode, scene(mode))
    frames = composites(out)
    with opened(browser, write_page(out)) as page:
        for index in (0, 5, 11, 3):  # forwards and back
            picture, wanted = shown(page, index), frames[index]
            assert np.abs(picture[..., :3] - wanted[..., :3] * wanted[..., 3:]).mean() < 2 / 255
            assert np.abs(picture[..., 3] - wanted[..., 3]).max() < 3 / 255
        far = np.abs(shown(page, 0)[..., :3] - frames[3][..., :3]).mean()
        assert far > 2 / 255  # the comparison can tell frames apart


@pytest.mark.parametrize("linear", [False, True])
def test_every_blend_mode_is_that_of_the_compositor(linear: bool, browser: Browser, tmp_path: Path) -> None:
    """Two stills of every colour and coverage, blended by the page and by engine/blend.py."""
    rng = np.random.default_rng(5)
    layers = []
    for name in ("Below", "Above"):
        cells = rng.integers(0, 256, (SIZE[1] // 8, SIZE[0] // 8, 4), dtype=np.uint8)
        cells[..., 3] = rng.choice([0, 90, 180, 255], cells.shape[:2])
        layers.append((name, np.ascontiguousarray(cells.repeat(8, 0).repeat(8, 1)), 0, 0, "normal"))
    out = exported(tmp_path / "job", layers, "version: 1\ncanvas: {fps: 12, duration: 0.5s}\nlayers: []\n")
    below, above = (premultiplied(out / "proxies" / f"0{number}.webp") for number in (0, 1))
    with opened(browser, write_page(out)) as page:
        for mode in BLEND_MODES:
            if mode == "dissolve" and linear:
                continue
            found = blended(page, mode, linear)
            wanted = expected(below, above, mode, linear)
            apart = np.abs(found - wanted) * 255
            most = {"hard-mix": 0.1, "dissolve": 0.1}.get(mode, 0.02)  # a rounding turns them over
            assert (apart > 4).mean() < most, (mode, apart.max())
            assert apart.mean() < (20 if mode in ("hard-mix", "dissolve") else 1.2), mode


def premultiplied(path: Path) -> torch.Tensor:
    return picture_tensor(np.asarray(Image.open(path).convert("RGBA")))


def blended(page: Page, mode: str, linear: bool) -> np.ndarray:
    """(h, w, 4) of the second layer over the first in that mode."""
    text = page.evaluate(
        """async ([mode, linear]) => {
          const { film } = await artPreview;
          FILM.linear = linear;
          const [below, above] = FILM.layers;
          film.stage.floorKey = "";
          film.stage.compose([below, { ...above, blend: mode }], 0, null);
          return btoa(String.fromCharCode(...film.stage.pixels(film.stage.stack)));
        }""",
        [mode, linear],
    )
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(SIZE[1], SIZE[0], 4) / 255


def expected(below: torch.Tensor, above: torch.Tensor, mode: str, linear: bool) -> np.ndarray:
    box = Box(0, 0, *SIZE)
    canvas, source = below.clone(), above.clone()
    if linear:
        canvas, source = to_linear(Tile(box, canvas)).rgba, to_linear(Tile(box, source)).rgba
    blend_over(canvas, source, mode)
    return np.asarray((to_encoded(canvas) if linear else canvas).permute(1, 2, 0).numpy(), np.float64)


def test_layers_that_do_not_stack_are_shown_as_exported(browser: Browser, tmp_path: Path) -> None:
    """A layer clipped to a moving one cannot be stacked exactly, so the composite is embedded too."""
    out = tmp_path / "out"
    run_item(request(tmp_path, proxies=True))
    frames = composites(out)
    with opened(browser, write_page(out)) as page:
        assert "as exported" in page.inner_text("#stacking")
        assert page.get_attribute("#exported", "aria-pressed") == "true"
        picture, wanted = shown(page, 2), frames[2]
        assert np.abs(picture[..., :3] - wanted[..., :3] * wanted[..., 3:]).mean() < 3 / 255
        page.click("button[aria-label='Mute Title']")  # taken out of it: now layers are stacked
        assert "stacked here" in page.inner_text("#stacking")
        page.click("button[aria-label='Mute Title']")
        page.click("#exported")
        assert "stacked here" in page.inner_text("#stacking")


def test_the_picture_is_as_it_was_when_somebody_looked(browser: Browser, tmp_path: Path, record_goldens: bool) -> None:
    out = exported(tmp_path / "job", scene("multiply"))
    with opened(browser, write_page(out)) as page:
        shown(page, 4)
        page.click("#regions")
        picture = Image.open(io.BytesIO(page.locator("#picture").screenshot())).convert("RGB")
    if record_goldens:
        picture.save(GOLDEN)
    golden = np.asarray(Image.open(GOLDEN).convert("RGB"), float)
    apart = np.abs(np.asarray(picture, float) - golden)
    assert apart.mean() < 1
    assert np.quantile(apart, 0.999) < 24


# --- working with it ---


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of three layers, twelve frames."""
    return write_page(exported(tmp_path_factory.mktemp("film"), scene(), formats=("webm",), composites=("mp4",)))


def time_of(page: Page) -> int:
    return int(page.evaluate("artPreview.then((page) => page.player.frame)"))


def test_it_plays_and_says_so(film: Path, browser: Browser) -> None:
    with opened(browser, film, still=False) as page:
        assert page.get_attribute("#play", "aria-label") == "Pause"
        page.wait_for_function("artPreview.then((page) => page.player.frame >= 3)", timeout=20_000)
        page.keyboard.press("Space")
        frame = time_of(page)
        page.wait_for_timeout(250)
        assert time_of(page) == frame
        assert f"frame {frame}" in page.inner_text("#said")


def test_a_loop_that_is_switched_off_plays_to_its_end(film: Path, browser: Browser) -> None:
    """Rounds that are over do not count."""
    with opened(browser, film) as page:
        plays = page.evaluate(
            """async () => {
              const { player } = await artPreview;
              const drawn = () => new Promise(requestAnimationFrame);
              player.setSpeed(0.1);
              player.play(true);
              while (player.began === null) await drawn();
              player.began -= 25_000; // two rounds of ten seconds
              player.setLoop(false);
              for (let i = 0; i < 3; i++) await drawn();
              return [player.playing, player.frame < player.film.count - 1];
            }"""
        )
        assert plays == [True, True]


def test_who_prefers_little_motion_is_not_moved(film: Path, browser: Browser) -> None:
    with opened(browser, film, still=True) as page:
        page.wait_for_timeout(300)
        assert time_of(page) == 0
        assert page.get_attribute("#play", "aria-label") == "Play"


def test_steps_and_jumps_are_exact(film: Path, browser: Browser) -> None:
    with opened(browser, film) as page:
        pictures = [shown(page, index) for index in range(12)]
        page.keyboard.press("Home")
        for key, frame in [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 11), ("ArrowRight", 0)]:
            page.keyboard.press(key)
            assert time_of(page) == frame
        page.keyboard.press("Shift+ArrowLeft")
        assert time_of(page) == 2
        np.testing.assert_array_equal(shown(page, 2), pictures[2])  # whatever way one came
        page.locator("#scrub").evaluate("(bar) => { bar.value = 7; bar.dispatchEvent(new Event('input')); }")
        assert time_of(page) == 7
        assert page.get_attribute("#scrub", "aria-valuetext") == "0.58 s, frame 7"


def test_the_timeline_can_be_scrubbed(film: Path, browser: Browser) -> None:
    with opened(browser, film) as page:
        box = page.locator("#ruler").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + box["width"] * 0.55, box["y"] + 8)
        assert time_of(page) == 6


def test_solo_and_mute(film: Path, browser: Browser) -> None:
    with opened(browser, film) as page:
        everything = shown(page, 3)
        page.click("button[aria-label='Solo Disc']")
        alone = shown(page, 3)
        assert alone[115, 5, 3] == 0  # no ground
        assert alone[55, 55, 3] > 0.98
        page.keyboard.press("a")
        page.click("button[aria-label='Mute Disc']")
        without = shown(page, 3)
        assert np.abs(without - everything)[40:70, 40:70].max() > 0.2
        assert np.abs(without - everything)[100:, :40].max() == 0
        page.click("button[aria-label='Mute Disc']")
        np.testing.assert_array_equal(shown(page, 3), everything)


def test_the_seam_shows_last_first_and_difference(film: Path, browser: Browser) -> None:
    with opened(browser, film) as page:
        last, first = shown(page, 11), shown(page, 0)
        page.click("#seam")
        page.wait_for_function("document.querySelector('#seam-facts').textContent !== ''")
        wide = page.evaluate("[...document.querySelectorAll('#stage')].map((c) => [c.width, c.height])[0]")
        assert sorted(wide) in ([120, 480], [160, 360])
        mean = np.abs(last - first).mean() * 255
        assert f"Last to first: mean {mean:.2f}" in page.inner_text("#seam-facts")
        page.keyboard.press("ArrowRight")  # back to work
        assert page.get_attribute("#seam", "aria-pressed") == "false"


def test_backgrounds(film: Path, browser: Browser) -> None:
    with opened(browser, film) as page:
        page.click("button[aria-label='Solo Disc']")
        for ground, colour in [("white", 255), ("black", 0)]:
            page.check(f"input[value={ground}]", force=True)
            page.wait_for_timeout(100)
            shot = Image.open(io.BytesIO(page.locator("#stage").screenshot())).convert("RGB")
            assert shot.getpixel((3, shot.height - 4)) == (colour,) * 3


def test_keys_are_listed_and_everything_has_a_name(film: Path, browser: Browser) -> None:
    with opened(browser, film) as page:
        page.keyboard.press("?")
        assert page.locator("#help").is_visible()
        assert "solo, mute" in page.inner_text("#key-list")
        page.keyboard.press("Escape")
        nameless = page.evaluate(
            """[...document.querySelectorAll('button, input, select')]
               .filter((each) => each.offsetParent && !each.ariaLabel && !each.innerText && !each.labels?.length)
               .length"""
        )
        assert nameless == 0
        page.keyboard.press("ArrowDown")
        assert page.inner_text("#panel-title") == "Plate"
        assert "sway" in page.inner_text("#facts")


def test_files_are_linked_with_their_alpha(film: Path, browser: Browser) -> None:
    manifest = read_manifest(film.parent)
    with opened(browser, film) as page:
        page.click("button.name >> text=Disc")
        link = page.locator("#files a").first
        entry = entry_of(manifest, link.inner_text())
        assert entry.layer is not None
        assert entry.layer.path == "Disc"
        assert page.evaluate("(link) => link.href", link.element_handle()) == (film.parent / entry.path).as_uri()
        assert "straight alpha, 0.00 to 1.00" in page.inner_text("#files")


@pytest.mark.parametrize("width", [360, 700, 1280])
def test_nothing_hangs_over_the_side(width: int, film: Path, browser: Browser) -> None:
    with opened(browser, film, viewport={"width": width, "height": 720}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_opens_quickly_and_keeps_time(browser: Browser, tmp_path: Path) -> None:
    """A dozen layers; benchmarks/preview.py asks the same of forty. Bounds are those of a busy machine."""
    layers = [("Ground", gradient(*SIZE), 0, 0, "normal")]
    layers += [(f"Disc {n}", disc(40, (20 * n, 90, 200)), n % 4 * 35, n // 4 * 35, "normal") for n in range(12)]
    layout = (
        "version: 1\ncanvas: {fps: 30, duration: 2s}\nlayers: [{layer: 'Disc*', loop: {motion: bob, period: 1s}}]\n"
    )
    out = exported(tmp_path / "job", layers, layout, composites=())
    with opened(browser, write_page(out), still=False) as page:
        assert page.evaluate("artPreview.then((page) => page.player.opened)") < 4000
        told = page.evaluate(
            """async () => {
              const { player } = await artPreview;
              player.play(false);
              player.loop = false;
              player.seek(0);
              const began = performance.now();
              player.play(true);
              while (player.playing) await new Promise((later) => setTimeout(later, 10));
              return { took: performance.now() - began, dropped: player.dropped };
            }"""
        )
        assert 1800 < told["took"] < 4000  # two seconds, however many frames were late
        assert told["dropped"] < 40  # of 60


# --- strange folders ---


def test_names_of_layers_do_nothing(browser: Browser, tmp_path: Path) -> None:
    bad = '</script><img src=x onerror="window.owned=1"><!--'
    layers = [("Ground", gradient(*SIZE), 0, 0, "normal"), (bad, noise(40, 40), 10, 10, "normal")]
    layers += [
        ("{data} {script} " + "long " * 46, noise(9, 9), 0, 0, "normal"),
        ("\u202eabc\u2028\x1b[31m", noise(9, 9), 9, 0, "normal"),
    ]
    out = exported(
        tmp_path / "job", layers, "version: 1\ncanvas: {fps: 12, duration: 0.5s}\nlayers: [{layer: '**', loop: bob}]\n"
    )
    with opened(browser, write_page(out)) as page:
        assert page.evaluate("window.owned") is None
        assert page.locator("main img").count() == 0
        assert bad in page.inner_text("#rows")


BREAKING = """window.VideoDecoder = class {
  constructor({ error }) { this.error = error; }
  configure() { setTimeout(() => this.error(new Error("no such codec"))); }
  decode() {}
  close() {}
};"""


@pytest.mark.parametrize(
    "take", ["HTMLCanvasElement.prototype.getContext = () => null", "delete window.VideoDecoder", BREAKING]
)
def test_without_webgl_or_webcodecs_the_composite_is_shown(take: str, film: Path, browser: Browser) -> None:
    with opened(browser, film, script=take) as page:
        assert "What you see is the composite" in page.inner_text("[role=alert].trouble")
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        assert page.locator("#transport").is_hidden()
        page.click("button.name >> text=Disc")
        assert page.inner_text("#panel-title") == "Disc"


def test_one_frame_nothing_that_moves_and_odd_sizes(browser: Browser, tmp_path: Path) -> None:
    design = write_design(tmp_path / "odd.psd", [("Only", noise(33, 7), 0, 0, "normal")], (33, 7))
    run_item(Request(design, tmp_path / "out", formats=(), composites=(), duration="1f", device="cpu"))
    with opened(browser, write_page(tmp_path / "out")) as page:
        assert shown(page, 0).shape == (7, 33, 4)
        page.click("#seam")
        page.wait_for_function("document.querySelector('#seam-facts').textContent !== ''")
        page.keyboard.press("Space")
        assert time_of(page) == 0


def test_sixty_layers(browser: Browser, tmp_path: Path) -> None:
    layers = [(f"Layer {n}", noise(20, 20, n), n % 12 * 12, n // 12 * 20, "normal") for n in range(60)]
    out = exported(
        tmp_path / "job",
        layers,
        "version: 1\ncanvas: {fps: 12, duration: 0.25s}\nlayers: [{layer: '**', loop: spin}]\n",
    )
    with opened(browser, write_page(out), still=False) as page:
        assert page.locator("#rows li").count() == 60
        page.wait_for_function("artPreview.then((page) => page.player.frame > 0)")


def test_folders_that_cannot_be_shown(tmp_path: Path) -> None:
    with pytest.raises(MissingInput, match="manifest"):
        html_of(tmp_path)
    run_item(request(tmp_path, formats=(), composites=()))
    out = tmp_path / "out"
    with pytest.raises(MissingInput, match="no proxies") as missing:
        html_of(out)
    assert "--resume makes them" in missing.value.hint
    run_item(request(tmp_path, formats=(), composites=(), proxies=True, force=True))
    manifest = json.loads((out / "manifest.json").read_text())
    (out / "manifest.json").write_text(json.dumps(manifest | {"status": "unfinished"}))
    refuse(out, "not finished")
    (out / "manifest.json").write_text(json.dumps(manifest))
    sheet = out / "proxies" / "sheet-0.webm"
    whole = sheet.read_bytes()
    sheet.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refuse(out, "not as they were written")
    sheet.unlink()
    refuse(out, "missing")
    sheet.write_bytes(whole)
    assert "<html" in html_of(out)


def refuse(out: Path, why: str) -> None:
    with pytest.raises(BadInput, match=why) as found:
        html_of(out)
    assert isinstance(found.value, ArtError)
    assert "--resume" in found.value.hint


def test_the_command(film: Path, tmp_path: Path) -> None:
    result = art("preview", film.parent, "-o", tmp_path / "look.html", "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["data"]["page"] == str(tmp_path / "look.html")
    assert (tmp_path / "look.html").stat().st_size > 10_000
    nowhere = art("preview", tmp_path, "--json")
    assert nowhere.returncode == 66


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.js")), ids=lambda path: path.name)
def test_scripts_are_javascript(path: Path) -> None:
    assert subprocess.run(["node", "--check", path], check=False).returncode == 0
