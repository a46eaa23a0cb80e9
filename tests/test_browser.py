"""A browser's view: WebM, WebP, APNG and GIF over a coloured page in headless Chromium, pixel by pixel."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from engine import alpha
from engine.codecs import CODECS, Frame, Stream, options_of
from engine.codecs.decode import decode
from engine.geometry import Box
from engine.presets import export_presets

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CANVAS = Box(0, 0, 200, 120)
PAGE = (32, 160, 96)


def drawing() -> Frame:
    """A half-transparent plate, an opaque disc with a soft edge, and thin bars like text."""
    rgba = np.zeros((4, 120, 200), np.float32)
    rgba[:, 10:60, 10:90] = np.float32([0.45, 0.1, 0.05, 0.5]).reshape(4, 1, 1)
    for x in range(110, 190, 8):
        rgba[:, 10:50, x : x + 3] = np.float32([1, 0.9, 0.2, 1]).reshape(4, 1, 1)
    rows, columns = np.mgrid[:120, :200] + 0.5
    coverage = np.clip((34 - np.hypot(columns - 100, rows - 80)) / 2, 0, 1).astype(np.float32)
    disc = np.stack([0.1 * coverage, 0.3 * coverage, 0.9 * coverage, coverage])
    return Frame(CANVAS, CANVAS, disc + rgba * (1 - coverage))


def written(folder: Path, name: str) -> Path:
    preset = export_presets()[name]
    path = folder / f"clip{preset.suffix}"
    writer = CODECS[preset.codec].create(path, Stream(CANVAS, Fraction(25), 3), options_of(preset))
    for _ in range(3):
        writer.write(drawing())
    writer.close()
    return path


def shown(browser: Browser, path: Path, element: str) -> np.ndarray:
    """(120, 200, 3) in 0..1: what stands on the page."""
    page = browser.new_page(viewport={"width": 240, "height": 160})
    document = path.with_suffix(".html")
    document.write_text(
        f"<body style='margin:0;background:rgb{PAGE}'>{element.format(path.name)}"
        "<style>video,img{position:absolute;left:0;top:0}</style>"
    )
    page.goto(document.as_uri())
    page.wait_for_function(
        "(() => { const v = document.querySelector('video'), i = document.querySelector('img');"
        " return v ? v.readyState >= 3 && !v.seeking : i.complete && i.naturalWidth > 0 })()",
        timeout=20_000,
    )
    page.wait_for_timeout(300)  # the decoded frame reaches the compositor a little after it is ready
    pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))[:120, :200]
    page.close()
    return pixels / 255


def over_page(picture: np.ndarray) -> np.ndarray:
    """(h, w, 3) of premultiplied (4, h, w) over the page's colour."""
    background = (PAGE[0] / 255, PAGE[1] / 255, PAGE[2] / 255)
    return alpha.over(picture.astype(np.float32), background).transpose(1, 2, 0)


VIDEO, IMAGE = "<video muted autoplay loop src={}></video>", "<img src={}>"


@pytest.mark.parametrize(("name", "element"), [("webm", VIDEO), ("webp", IMAGE), ("apng", IMAGE), ("gif", IMAGE)])
def test_the_page_shows_through_where_it_should(name: str, element: str, browser: Browser, tmp_path: Path) -> None:
    path = written(tmp_path, name)
    pixels = shown(browser, path, element)
    ours = over_page(alpha.premultiply(next(decode(path)).transpose(2, 0, 1)))
    np.testing.assert_allclose(pixels[115, 5], np.float32(PAGE) / 255, atol=1.5 / 255)  # bare page
    assert np.abs(pixels - ours).mean() < 1.5 / 255  # as our decoder sees it
    if name != "gif":  # which has no half transparency
        wanted = over_page(drawing().rgba)
        assert np.abs(pixels - wanted).mean() < 2 / 255
        # Chromium multiplies BT.709's Cb by 2.0 where the standard says 2.11: vivid blue loses 8 levels in any WebM
        most = np.float32([4, 4, 10 if name == "webm" else 4]) / 255
        for plate_or_disc in ((slice(20, 50), slice(20, 80)), (slice(70, 90), slice(90, 110))):
            assert (np.abs(pixels[plate_or_disc] - wanted[plate_or_disc]) < most).all()


def test_premultiplied_colour_in_webm_would_be_too_dark(browser: Browser, tmp_path: Path) -> None:
    """The comparison above can fail: browsers take WebM as straight."""
    preset = export_presets()["webm"]
    path = tmp_path / "clip.webm"
    stream = Stream(CANVAS, Fraction(25), 3, straight=False)
    writer = CODECS["webm"].create(path, stream, options_of(preset))
    for _ in range(3):
        writer.write(drawing())
    writer.close()
    plate = shown(browser, path, VIDEO)[20:50, 20:80]
    assert np.abs(plate - over_page(drawing().rgba)[20:50, 20:80]).max() > 20 / 255
