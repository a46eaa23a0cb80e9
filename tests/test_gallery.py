"""The gallery of motions: real films of the layer that was asked for, in a page that works in a real browser."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from drawn import bar, disc, drawn_document, write_psd
from engine import gallery
from engine.backends import backend_infos
from engine.document import Document, Group, Layer
from engine.errors import BadInput, UsageError
from engine.gallery.figure import alone, built_in, figure_of, in_scenery
from engine.gallery.film import film, snippet
from engine.geometry import Box
from engine.layout.read import parse_layout
from engine.plan import Choices
from engine.plan.planner import make_plan
from engine.presets import FAMILIES, MotionPreset, motion_presets
from jobs import art

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FEW = ("pop", "bob", "spin", "wind", "hue", "kenburns")
HOSTILE = "</script><img src=x onerror=alert(1)> & \"quoted\": 'x'"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six motions of all families: drawing all takes most of a minute."""
    chosen = {name: motion_presets()[name] for name in FEW}
    monkeypatch.setattr(gallery, "motion_presets", lambda: chosen)


def one_layer(name: str) -> Document:
    pixels = bar(30, 20, (200, 40, 40, 255))
    layer = Layer(id="#1", name=name, path=name, box=Box(5, 5, 35, 25), load=lambda: pixels)
    return Document(source=Path(f"{name[:9]}.psd"), format="drawn", size=(64, 48), children=(layer,))


# --- what is played ---


def test_every_family_has_a_title() -> None:
    assert {preset.family for preset in motion_presets().values()} == set(FAMILIES)


@pytest.mark.parametrize("preset", motion_presets().values(), ids=lambda preset: preset.name)
def test_the_lines_of_every_motion_play_it(preset: MotionPreset) -> None:
    """They stand in a layout as they are shown, whatever the layer is called."""
    document = one_layer(HOSTILE)
    plan = make_plan(document, parse_layout("version: 1\n" + snippet(preset, HOSTILE)), Choices(), backend_infos())
    slots = {(slot.slot, slot.motion) for slot in plan.jobs[0].slots}
    expected = ("loop",) if "loop" in preset.slots else preset.slots
    assert slots == {(slot, preset.name) for slot in expected}


def test_a_loop_closes_and_an_entrance_comes_and_goes() -> None:
    shown = film(motion_presets()["bob"], built_in(), 64, 12)
    assert len(shown.frames) == round(2.4 * 12)
    steps = [np.abs(a.astype(int) - b).mean() for a, b in zip(shown.frames, shown.frames[1:], strict=False)]
    assert np.abs(shown.frames[-1].astype(int) - shown.frames[0]).mean() < 1.5 * max(steps)
    entrance = film(motion_presets()["fade"], built_in(), 64, 12)
    alpha = [frame[..., 3].max() for frame in entrance.frames]
    assert alpha[0] < 10
    assert max(alpha) == 255
    assert alpha[-1] < 64


def test_chance_is_seen_for_longer_than_a_turn() -> None:
    assert len(film(motion_presets()["shake"], built_in(), 32, 24).frames) >= 48


def test_the_film_is_the_engines_picture() -> None:
    """A layer that holds for a moment is the layer itself, in the middle of the square."""
    figure = figure_of(one_layer("A"), "A")
    assert figure.rgba.shape[1:] == (20, 30)
    frame = film(motion_presets()["pop"], figure, 200, 10).frames[10]  # holds
    rows, columns = np.nonzero(frame[..., 3])
    assert abs((rows.min() + rows.max() + 1) / 2 - 100) <= 1
    assert abs((columns.min() + columns.max() + 1) / 2 - 100) <= 1
    assert columns.max() + 1 - columns.min() == 90  # enlarged three times
    np.testing.assert_allclose(frame[100, 100], (200, 40, 40, 255), atol=1)


def test_a_camera_has_near_and_far() -> None:
    plan_layers = in_scenery(built_in(), 64).children
    assert len(plan_layers) > 4
    shown = film(motion_presets()["parallax"], built_in(), 64, 6, 2.0)
    assert all((frame[..., 3] == 255).all() for frame in shown.frames)  # no bare edge
    assert len(alone(built_in(), 64).children) == 1


# --- on whose layer ---


def test_a_group_is_shown_as_one() -> None:
    document = drawn_document()
    group = figure_of(document, "Hero")
    assert group.path == "Hero"
    assert group.rgba.shape[1:] == (32, 32)  # the balloon, Shine clipped to it
    assert figure_of(document, "Shine").path == "Hero/Shine"


def test_an_unknown_layer_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'Hero/Balloon'"):
        figure_of(drawn_document(), "Baloon")
    with pytest.raises(UsageError, match="picks 2 layers"):
        figure_of(drawn_document(), "Hero/*")


def test_layers_without_pixels_are_refused() -> None:
    clear = np.zeros((4, 4, 4), np.uint8)
    empty = Layer(id="#1", name="Empty", path="Empty", box=Box(0, 0, 4, 4), load=lambda: clear)
    group = Group(id="#2", name="Nothing", path="Nothing")
    document = Document(source=Path("x.psd"), format="drawn", size=(8, 8), children=(empty, group))
    for name in ("Empty", "Nothing"):
        with pytest.raises(BadInput, match="nothing of it can be seen"):
            figure_of(document, name)


def test_the_command_line(tmp_path: Path) -> None:
    psd = write_psd(tmp_path / "design.psd")
    assert art("presets", "gallery", "--on", psd).returncode == 2
    wrong = art("presets", "gallery", "--on", psd, "--layer", "Titel", "-o", tmp_path / "g.html")
    assert wrong.returncode == 2
    assert "Title" in wrong.stderr
    assert not list(tmp_path.glob("g*"))


def test_a_gallery_is_a_page_or_a_picture(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gallery\.pdf"):
        gallery.write_gallery(tmp_path / "gallery.pdf")


def test_one_moving_picture_of_all(few: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("engine.gallery.picture.motion_presets", lambda: {name: motion_presets()[name] for name in FEW})
    monkeypatch.setattr("engine.gallery.picture._SECONDS", 0.4)
    gallery.write_gallery(tmp_path / "motions.webp")
    with Image.open(tmp_path / "motions.webp") as image:
        assert getattr(image, "n_frames", 1) > 3


# --- the page ---


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of six motions on a layer with a hostile name."""
    path = tmp_path_factory.mktemp("gallery") / "gallery.html"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "motion_presets", lambda: {name: motion_presets()[name] for name in FEW})
        gallery.write_gallery(path, one_layer(HOSTILE), HOSTILE)
    return path


@pytest.fixture
def page(browser: Browser, written: Path) -> Iterator[Page]:
    yield from _opened(browser, written)


@pytest.fixture
def calm(browser: Browser, written: Path) -> Iterator[Page]:
    """For somebody who asked for reduced motion."""
    yield from _opened(browser, written, reduced_motion="reduce")


def _opened(browser: Browser, path: Path, **options: Any) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1400, "height": 2600}, **options)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url.startswith("http") else None)
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    yield page
    assert said == []  # no errors, no requests, nothing injected
    page.close()


def square(page: Page, name: str) -> np.ndarray:
    shot = page.locator(f"#{name} .stage").screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)


def test_all_pictures_decode_and_play(page: Page) -> None:
    decoded = page.evaluate(
        "Promise.all([...document.images].map(image => image.decode().then(() => image.naturalWidth)))"
    )
    assert decoded == [208] * len(FEW)
    for name in FEW:
        first = square(page, name)
        moved = 0.0
        for _ in range(12):
            page.wait_for_timeout(120)
            moved = max(moved, float(np.abs(square(page, name) - first).max()))
            if moved > 40:
                break
        assert moved > 40, name


def test_films_are_animated_webp(written: Path) -> None:
    (text,) = re.findall(r'<script type="application/json" id="films">(.*?)</script>', written.read_text("utf-8"))
    films: dict[str, str] = json.loads(text)
    assert set(films) == set(FEW)
    for name, film_text in films.items():
        with Image.open(io.BytesIO(base64.b64decode(film_text))) as image:
            assert image.format == "WEBP"
            assert getattr(image, "n_frames", 1) > 20, name


def test_search_finds_names_aliases_and_summaries(page: Page) -> None:
    def visible() -> list[str]:
        return page.eval_on_selector_all("li:not([hidden]) article", "found => found.map(card => card.id)")

    assert set(visible()) == set(FEW)
    page.keyboard.press("/")
    for typed, expected in (("rainbow", ["hue"]), ("loop gust", ["wind"]), ("camera", ["kenburns"])):
        page.fill("#search", typed)
        assert visible() == expected
        assert page.inner_text("#found") == f"1 of {len(FEW)} motions"
    page.fill("#search", "nothing like it")
    assert visible() == []
    assert page.is_visible("#none")
    page.keyboard.press("Escape")
    assert set(visible()) == set(FEW)
    assert page.is_hidden("#none")


def test_a_card_says_how_it_is_used(page: Page) -> None:
    card = page.locator("#bob")
    assert card.locator("p").first.inner_text() == motion_presets()["bob"].summary
    card.locator("summary").click()
    assert "amount: 2%" in card.locator("dl").inner_text()
    lines = card.locator("pre").inner_text()
    assert lines.strip() == snippet(motion_presets()["bob"], HOSTILE).strip()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card.locator(".copy").click()
    assert card.locator(".copy").inner_text() in ("Copied", "Selected")


def test_it_can_be_stopped_as_a_whole_and_one_by_one(page: Page) -> None:
    page.click("#all")
    page.wait_for_timeout(200)
    first = square(page, "spin")
    page.wait_for_timeout(400)
    np.testing.assert_array_equal(square(page, "spin"), first)
    page.focus("#spin .stage")
    page.keyboard.press("Enter")
    assert page.get_attribute("#spin .stage", "aria-pressed") == "true"
    page.wait_for_timeout(600)
    assert np.abs(square(page, "spin") - first).max() > 40


def test_reduced_motion_rests_until_asked(calm: Page) -> None:
    before = {name: square(calm, name) for name in ("bob", "spin")}
    calm.wait_for_timeout(500)
    for name, first in before.items():
        np.testing.assert_array_equal(square(calm, name), first)
    assert calm.get_attribute("#bob .stage", "aria-pressed") == "false"
    assert calm.inner_text("#all") == "Play all"
    calm.click("#spin .stage")
    calm.wait_for_timeout(600)
    assert np.abs(square(calm, "spin") - before["spin"]).max() > 40


def test_the_ground_can_be_changed_and_light_artwork_starts_on_dark(page: Page, tmp_path: Path, few: None) -> None:
    page.check("[value=dark]")
    assert square(page, "bob")[4, 100].max() < 70
    white = disc(20, (255, 255, 255))
    layer = Layer(id="#1", name="W", path="W", box=Box(5, 5, 25, 25), load=lambda: white)
    document = Document(source=Path("w.psd"), format="drawn", size=(64, 48), children=(layer,))
    gallery.write_gallery(tmp_path / "w.html", document, "W")
    assert 'data-ground="dark"' in (tmp_path / "w.html").read_text("utf-8")


def test_screen_readers_hear_what_can_be_done(page: Page) -> None:
    assert page.get_by_role("button", name="Play spin").count() == 1
    assert page.get_by_role("button", name="Copy the lines of spin").count() == 1
    assert page.get_by_role("searchbox", name="Search").count() == 1
    assert page.get_by_role("region", name="Light").count() == 1
    assert page.get_by_role("heading", level=3).count() == len(FEW)
