"""The web page as headless Chromium shows it: beside our composite, without script, without motion, at any width."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from drawn import bar, drawn_document
from engine.alpha import over
from engine.composite import Compositor
from engine.document import Document, Group, Layer, Mask, number_paths
from engine.geometry import Box
from engine.handoff import Film
from engine.handoff.html import BLENDS, html_remarks, write_html
from engine.presets import motion_presets
from films import film, ours, psnr

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# the stage alone, at the size of the canvas, so that its pixels are ours
BARE = (
    "main { width: %dpx !important; max-width: none !important; max-height: none !important; margin: 0 !important }"
    "body { padding: 0 !important; background: #fff !important }"
)
BOB = "  - layer: Hero/Balloon\n    loop: {motion: bob, period: 1s, amount: 10%}\n"


def written(told: Film, folder: Path) -> Path:
    for name, data in write_html(told).items():
        (folder / name).write_bytes(data)
    return folder / "index.html"


@contextmanager
def opened(browser: Browser, path: Path, width: int = 96, **context: object) -> Iterator[Page]:
    """The page with nothing but its stage; any message, error or request that leaves the disk fails the test."""
    page = browser.new_page(viewport={"width": max(200, width), "height": 200}, **context)  # type: ignore[arg-type]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on(
        "request", lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    page.goto(path.as_uri())
    page.add_style_tag(content=BARE % width)
    yield page
    page.close()
    assert not said


def shot(page: Page, size: tuple[int, int] = (96, 64)) -> np.ndarray:
    """(h, w, 3) of the stage."""
    clip = {"x": 0, "y": 0, "width": size[0], "height": size[1]}
    return np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")) / 255  # type: ignore[arg-type]


def at(page: Page, told: Film, frame: int) -> np.ndarray:
    seek = "time => document.getAnimations().forEach(each => { each.pause(); each.currentTime = time })"
    page.evaluate(seek, float(1000 * frame / told.plan.fps))
    page.wait_for_timeout(60)
    return shot(page, told.plan.size)


def distances(browser: Browser, told: Film, folder: Path, frames: Sequence[int]) -> list[float]:
    """dB a frame between Chromium's picture and our composite."""
    with opened(browser, written(told, folder), told.plan.size[0]) as page:
        theirs = [at(page, told, frame) for frame in frames]
    return [psnr(one, other) for one, other in zip(ours(told, frames), theirs, strict=True)]


@pytest.mark.parametrize(
    "name", ["bob", "sway", "spin", "stomp", "flip", "pop", "fade", "kenburns", "wipe", "blur", "hue", "wave", "glow"]
)
def test_motions_look_as_in_the_composite(name: str, browser: Browser, tmp_path: Path) -> None:
    preset = motion_presets()[name]
    if preset.family == "camera":
        told = film("  - {layer: Title, hold: true}\n", f"fps: 12, duration: 1s, camera: {{motion: {name}}}")
    else:
        told = film(
            f"  - layer: Größe ★\n    {preset.slots[0]}: {name}\n  - layer: Title\n    {preset.slots[0]}: {name}\n"
        )
    found = distances(browser, told, tmp_path, [0, 3, 5, 8, 11])
    assert min(found) > 40, found


def test_the_comparison_can_fail(browser: Browser, tmp_path: Path) -> None:
    told = film(BOB)
    page = written(told, tmp_path)
    page.write_text(page.read_text("utf-8").replace("translate(0%, ", "translate(3%, "), "utf-8")
    with opened(browser, page) as shown:
        assert psnr(at(shown, told, 4), ours(told, [4])[0]) < 36  # a pixel aside


def blended(document: Document, mode: str) -> Document:
    return replace(
        document, children=tuple(replace(n, blend=mode) if n.name == "Title" else n for n in document.children)
    )


@pytest.mark.parametrize("mode", ["multiply", "screen", "linear-dodge", "luminosity"])
def test_blend_modes(mode: str, browser: Browser, tmp_path: Path) -> None:
    moving = "  - layer: Title\n    loop: {motion: drift, period: 1s, amount: 5%}\n"
    told = film(moving, document=blended(drawn_document(), mode))
    assert min(distances(browser, told, tmp_path, [0, 4])) > 40
    assert f"mix-blend-mode: {BLENDS[mode]}" in (tmp_path / "index.html").read_text("utf-8")


def test_what_stays_and_what_rides_while_a_layer_moves(browser: Browser, tmp_path: Path) -> None:
    """The mask of a group, the region of a layer, and a layer clipped to one that moves."""
    half = Mask(Box(0, 0, 30, 64), 0.0, lambda: np.ones((64, 30), np.float32))
    document = drawn_document()
    children = tuple(replace(n, masks=(half,)) if isinstance(n, Group) else n for n in document.children)
    cut = "  - layer: Title\n    region: [30, 40, 30, 12]\n    loop: {motion: bob, amount: 20%, period: 1s}\n"
    told = film(BOB + cut, document=replace(document, children=children))
    assert min(distances(browser, told, tmp_path, [0, 3, 6, 9])) > 38
    assert any(line.startswith("Hero/Shine: drawn frame by frame") for line in html_remarks(write_html(told)))


def test_an_artboard_has_its_background(browser: Browser, tmp_path: Path) -> None:
    document = drawn_document()
    board = Group(
        id="#board", name="Board", path="Board", artboard=Box(10, 6, 80, 60), background=(1, 0.9, 0.5, 1),
        blend="normal", children=tuple(n for n in document.children if n.name == "Title"),
    )  # fmt: skip
    rest = tuple(n for n in document.children if n.name != "Title")
    told = film("  - layer: Hero/Balloon\n    loop: {motion: bob, period: 1s}\n  - layer: Board/Title\n    loop: bob\n",
                document=replace(document, children=number_paths((*rest, board))))  # fmt: skip
    assert min(distances(browser, told, tmp_path, [0, 4])) > 40


def test_a_sheet_of_several_rows(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.handoff.html.SHEET_WIDTH", 200)
    told = film("  - layer: Title\n    loop: {motion: wave, period: 1s}\n")
    assert min(distances(browser, told, tmp_path, range(12))) > 40
    assert Image.open(next(tmp_path.glob("*title.png"))).width <= 200


def test_less_motion_is_the_design_at_rest(browser: Browser, tmp_path: Path) -> None:
    told = film(BOB + "  - layer: Title\n    in: {motion: wipe, duration: 0.5s}\n")
    rest = over(Compositor(told.document, device="cpu").frame({}).numpy(), (1, 1, 1)).transpose(1, 2, 0)
    with opened(browser, written(told, tmp_path), reduced_motion="reduce") as page:
        assert page.evaluate("document.getAnimations().length") == 0
        assert psnr(shot(page), rest) > 45
        assert page.locator(".art-controls").is_hidden()


def test_it_moves_without_a_script_and_loops_as_the_canvas_does(browser: Browser, tmp_path: Path) -> None:
    for loop in (True, False):
        path = written(film(BOB, f"fps: 12, duration: 1s, loop: {str(loop).lower()}"), tmp_path)
        head, _, rest = path.read_text("utf-8").partition("<script>")
        path.write_text(head + rest.partition("</script>")[2], "utf-8")
        with opened(browser, path) as page:
            turns = page.evaluate("document.getAnimations().map(each => each.effect.getTiming().iterations)")
            assert set(turns) == {float("inf") if loop else 1}
            assert page.evaluate("document.getAnimations()[0].playState") in ("running", "finished")


def test_the_controls_pause_and_seek(browser: Browser, tmp_path: Path) -> None:
    told = film(BOB, "fps: 12, duration: 1s, loop: true")
    with opened(browser, written(told, tmp_path)) as page:
        page.get_by_role("button", name="Pause").click()
        assert set(page.evaluate("document.getAnimations().map(each => each.playState)")) == {"paused"}
        page.get_by_role("slider").fill("0.25")
        page.wait_for_timeout(60)
        assert page.evaluate("document.getAnimations()[0].currentTime") == pytest.approx(250)
        assert page.locator("output").inner_text() == "0.25 s"
        assert psnr(shot(page), ours(told, [3])[0]) > 40
        page.get_by_role("button", name="Play").click()
        assert set(page.evaluate("document.getAnimations().map(each => each.playState)")) == {"running"}


def test_the_stage_is_as_wide_as_what_holds_it(browser: Browser, tmp_path: Path) -> None:
    told = film(BOB)
    path = written(told, tmp_path)
    with opened(browser, path, 192) as page:
        box = page.locator(".art-stage").bounding_box()
        assert box == {"x": 0, "y": 0, "width": 192, "height": 128}
        at(page, told, 3)
        large = shot(page, (192, 128)).reshape(64, 2, 96, 2, 3).mean(axis=(1, 3))
    assert psnr(large, ours(told, [3])[0]) > 32  # enlarged and reduced again: edges are softer


def test_names_do_nothing_but_name(browser: Browser, tmp_path: Path) -> None:
    strange = '"></style></script><script>alert(1)</script><img src=x onerror=alert(2)> & ${title} $width 😀'
    layer = Layer(id="#x", name=strange, path=strange, box=Box(2, 2, 12, 12), load=lambda: bar(10, 10, (9, 9, 9, 255)))
    document = drawn_document()
    document = replace(document, source=Path(strange), children=(*document.children, layer))
    with opened(browser, written(film(BOB, document=document), tmp_path)) as page:
        assert page.locator("img").last.get_attribute("alt") == strange
        assert page.locator(".art-stage").get_attribute("aria-label") == strange.rpartition("/")[2]
        assert page.title() == strange.rpartition("/")[2]
        broken = "[...document.images].filter(each => !each.complete || !each.naturalWidth).length"
        assert page.evaluate(broken) == 0
        assert page.locator("script").count() == 1
