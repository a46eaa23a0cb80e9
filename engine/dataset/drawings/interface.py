"""Parts of interfaces: buttons, cards, badges, switches, charts, icons, as one layer each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .glyphs import glyph, some
from .palettes import Colour, darker, lighter, mix
from .shapes import Points, arc, box, curve, ellipse, polygon, star
from .sketch import Family, Sketch, families

LABELS = ("buy now", "sign up", "play", "start", "next", "subscribe", "shop", "learn more", "join", "send", "get it",
          "download", "book", "try free", "continue", "log in", "add to cart", "ok", "let's go", "order")  # fmt: skip
TITLES = ("Weekly report", "Sunny day", "New message", "Anna", "Yoga class", "Balance", "Hello!", "Rome", "Your order",
          "Espresso", "Fresh mix", "Team", "Design", "Steps", "Playlist", "Reminder", "Lisbon", "Update",
          "Tickets")  # fmt: skip
GREY = (150, 152, 164)


def on(c: Sketch, tone: Colour) -> Colour:
    """A colour that is read on this tone."""
    return c.paper if 0.3 * tone[0] + 0.59 * tone[1] + 0.11 * tone[2] < 150 else c.ink


def plain_look(c: Sketch) -> None:
    """Interfaces are flat or in gradients: never patterned, grainy or in lines."""
    c.restyle(fill=c.word("flat", "flat", "gradient", "soft"), outline=0.0)


def lines(c: Sketch, x: float, y: float, width: float, count: int, colour: Colour, step: float = 0.07) -> None:
    """Lines of text too small to read."""
    for index in range(count):
        c.stroke([(x, y + index * step), (x + width * c.between(0.55, 1.0), y + index * step)], 0.026, colour)


def sheet(c: Sketch, outline: Points, tone: Colour) -> None:
    """A surface over its shadow."""
    c.drop(outline, dy=c.between(0.015, 0.04), blur=c.between(0.02, 0.05), alpha=c.between(0.2, 0.45))
    c.shape(outline, tone)


def scenery(c: Sketch, x0: float, y0: float, x1: float, y1: float, radius: float = 0.03) -> None:
    """A small picture: hills, waves, a still life of circles, or clouds of colour."""
    frame, w, h = box(x0, y0, x1, y1, radius), x1 - x0, y1 - y0
    kind = c.word("hills", "waves", "circles", "clouds")
    if kind == "clouds":
        c.texture(frame, [c.colour(0), c.colour(1), c.colour(3)], cells=2.5, relief=0, round_=0)
        return
    c.gradient(frame, lighter(c.tone("sky"), 0.3), lighter(c.colour(1), 0.4))
    if kind == "circles":
        for index in range(4):
            c.plain(
                ellipse(c.between(x0, x1), c.between(y0, y1), c.between(0.2, 0.5) * h),
                c.colour(index),
                0.8,
                within=frame,
            )
        return
    c.plain(ellipse(x0 + w * c.between(0.2, 0.8), y0 + h * 0.35, h * 0.16), c.tone("gold"), within=frame)
    for index in range(3):
        y = y0 + h * (0.5 + 0.17 * index)
        ends = [(x0 + w * t, y + h * c.between(-0.14, 0.14)) for t in np.linspace(0, 1, 5)]
        ridge = ends if kind == "hills" else curve(ends, closed=False)
        c.plain([*ridge, (x1, y1), (x0, y1)], darker(c.colour(index), 0.1 * index), within=frame)


def button(c: Sketch) -> str:
    """A label, sometimes with a sign, on a pill or a box."""
    plain_look(c)
    half, kind, tone = c.between(0.09, 0.19), c.word("full", "full", "outline", "deep", "glass"), c.colour(0)
    form = box(0.02, 0.5 - half, 0.98, 0.5 + half, c.between(0.2, 1.0) * half if c.maybe(0.7) else half)
    ink = on(c, tone)
    if kind == "outline":
        c.stroke(form, c.between(0.014, 0.03), tone, closed=True)
        ink = tone
    elif kind == "glass":
        c.plain(form, lighter(tone, 0.4), 0.55)
        c.stroke(form, 0.01, (255, 255, 255), closed=True, alpha=0.8)
        ink = darker(tone, 0.6)
    else:
        c.shape(np.add(form, (0, 0.04)), darker(tone, 0.4)) if kind == "deep" else c.drop(form)
        c.shape(form, tone)
    left = 0.5
    if c.maybe(0.5):
        glyph(c, some(c), 0.17, 0.5, half * 0.42, ink, hole=tone if kind in ("full", "deep") else None)
        left = 0.58
    text = c.word(*LABELS)
    c.write(c.word(text.upper(), text.capitalize()), left, 0.5, 0.6, half * 0.75, ink, weight=c.whole(1, 5))
    return c.word("button", "button", f"{text.replace(chr(39), '')} button", "call to action")


def card(c: Sketch) -> str:
    """A picture above a title and lines of text."""
    plain_look(c)
    wide, dark = c.between(0.3, 0.48), c.maybe(0.25)
    tone, ink = (darker(c.ink, 0.2), c.paper) if dark else ((255, 255, 255), c.ink)
    x0, x1 = 0.5 - wide, 0.5 + wide
    sheet(c, box(x0, 0.03, x1, 0.97, c.between(0.02, 0.08)), tone)
    scenery(c, x0 + 0.035, 0.065, x1 - 0.035, 0.5, c.between(0.01, 0.05))
    c.write(c.word(*TITLES), 0.5, 0.58, 1.6 * wide, 0.085, ink, weight=c.whole(1, 4))
    lines(c, x0 + 0.07, 0.68, 2 * wide - 0.16, 2, mix(tone, GREY, 0.6))
    c.shape(box(x0 + 0.06, 0.81, x1 - 0.06, 0.92, c.between(0.01, 0.06)), c.colour(0))
    c.write(c.word(*LABELS).capitalize(), 0.5, 0.865, 1.2 * wide, 0.05, on(c, c.colour(0)), weight=3)
    return c.word("card", "product card", "info card", "post")


def notification(c: Sketch) -> str:
    """A wide banner with an icon, a title and a line."""
    plain_look(c)
    half = c.between(0.11, 0.16)
    tone = (255, 255, 255) if c.maybe(0.6) else darker(c.ink, 0.1)
    sheet(c, box(0.0, 0.5 - half, 1.0, 0.5 + half, c.between(0.03, 0.12)), tone)
    r = half * 0.6
    tile = box(0.05, 0.5 - r, 0.05 + 2 * r, 0.5 + r, r * c.between(0.3, 1.0))
    c.shape(tile, c.colour(0))
    glyph(c, some(c), 0.05 + r, 0.5, r * 0.58, on(c, c.colour(0)), hole=c.colour(0))
    mask_left = 0.1 + 2 * r
    c.write(c.word(*TITLES), mask_left + 0.19, 0.5 - half * 0.38, 0.38, half * 0.5, on(c, tone), weight=3)
    c.stroke([(mask_left + 0.01, 0.5 + half * 0.35), (0.88, 0.5 + half * 0.35)], 0.026, mix(tone, GREY, 0.6))
    c.plain(ellipse(0.93, 0.5 - half * 0.4, 0.022), c.colour(1))
    return c.word("notification", "message banner", "notification card")


def app_icon(c: Sketch) -> str:
    """A sign on a rounded tile."""
    c.restyle(fill=c.word("flat", "gradient", "soft"), outline=0.0)
    tone, round_ = c.colour(0), c.between(0.12, 0.44)
    tile = box(0.06, 0.06, 0.94, 0.94, round_)
    c.drop(tile) if c.maybe(0.4) else None
    c.shape(tile, tone)
    ink = on(c, tone)
    if c.maybe(0.3):
        c.plain(ellipse(0.5, 0.5, 0.34), mix(tone, ink, 0.18))
    glyph(
        c, some(c), 0.5, 0.5, c.between(0.22, 0.3), ink, hole=tone, line=c.between(0.03, 0.05) if c.maybe(0.35) else 0
    )
    return c.word("app icon", "icon", "tile", "app icon")


def line_icon(c: Sketch) -> str:
    """A sign in lines of one width."""
    name = some(c)
    glyph(c, name, 0.5, 0.5, 0.42, c.colour(0) if c.maybe(0.6) else c.ink, line=c.between(0.03, 0.085))
    return c.word("icon", "line icon", f"{name} icon")


def filled_icon(c: Sketch) -> str:
    """A sign filled in the drawing's style."""
    name = some(c)
    glyph(c, name, 0.5, 0.5, 0.42, c.colour(0) if c.maybe(0.8) else c.ink, styled=c.maybe(0.75))
    return c.word("icon", f"{name} icon", f"{name} symbol")


def switch(c: Sketch) -> str:
    """A switch or a slider."""
    plain_look(c)
    if c.maybe(0.5):
        track = box(0.06, 0.26, 0.94, 0.74, 0.24)
        c.shape(track, c.colour(0))
        c.drop(ellipse(0.7, 0.5, 0.19), alpha=0.4)
        c.shape(ellipse(0.7, 0.5, 0.2), (255, 255, 255))
        return c.word("switch", "toggle", "toggle switch")
    at, high = c.between(0.25, 0.8), c.between(0.02, 0.05)
    c.plain(box(0.02, 0.5 - high, 0.98, 0.5 + high, high), mix(c.paper, GREY, 0.5))
    c.shape(box(0.02, 0.5 - high, at, 0.5 + high, high), c.colour(0))
    c.drop(ellipse(at, 0.5, 0.08), alpha=0.4)
    c.shape(ellipse(at, 0.5, 0.085), c.colour(0) if c.maybe(0.5) else (255, 255, 255))
    return c.word("slider", "volume slider", "slider")


def progress_bar(c: Sketch) -> str:
    """A long thin bar, or a ring, that is partly full."""
    plain_look(c)
    share, rest = c.between(0.25, 0.9), mix(c.paper, c.colour(0), 0.2)
    if c.maybe(0.5):
        wide = c.between(0.05, 0.1)
        c.stroke(ellipse(0.5, 0.5, 0.4), wide, rest, closed=True)
        c.stroke(arc(0.5, 0.5, 0.4, 0.4, -90, -90 + 360 * share, 60), wide, c.colour(0))
        if c.maybe(0.7):
            c.write(f"{round(share * 100)}%", 0.5, 0.5, 0.46, 0.2, c.colour(0), weight=3)
        return c.word("progress ring", "ring chart", "loading ring")
    high = c.between(0.02, 0.06)
    c.shape(box(0, 0.5 - high, 1, 0.5 + high, high), rest)
    c.shape(box(0, 0.5 - high, share, 0.5 + high, high), c.colour(0))
    return c.word("progress bar", "loading bar", "bar")


def counter(c: Sketch) -> str:
    """A small round number, a tick or a dot."""
    plain_look(c)
    tone = c.tone("red") if c.maybe(0.5) else c.colour(0)
    c.shape(ellipse(0.5, 0.5, 0.44), tone)
    if c.maybe(0.5):
        c.stroke(ellipse(0.5, 0.5, 0.43), 0.05, (255, 255, 255), closed=True)
    kind = c.word("number", "sign", "dot")
    if kind == "number":
        c.write(str(c.whole(1, 99)), 0.5, 0.5, 0.5, 0.4, on(c, tone), weight=5)
    elif kind == "sign":
        glyph(c, c.word("check", "plus", "cross", "star", "bolt"), 0.5, 0.5, 0.22, on(c, tone))
    return {"number": "counter", "sign": c.word("badge", "round badge"), "dot": "dot"}[kind]


def play_button(c: Sketch) -> str:
    """A triangle in a circle: full, ring or glass."""
    plain_look(c)
    tone, kind = c.colour(0), c.word("full", "ring", "glass")
    form = ellipse(0.5, 0.5, 0.44) if c.maybe(0.7) else box(0.06, 0.2, 0.94, 0.8, 0.14)
    if kind == "full":
        c.shape(form, tone)
    elif kind == "glass":
        c.plain(form, lighter(tone, 0.5), 0.5)
    if kind != "full":
        c.stroke(form, 0.035, tone, closed=True)
    glyph(c, c.word("play", "play", "pause"), 0.52, 0.5, 0.19, on(c, tone) if kind == "full" else tone)
    return c.word("play button", "play icon")


def chart(c: Sketch) -> str:
    """Bars, a pie or a line on a card or bare."""
    plain_look(c)
    kind = c.word("bars", "pie", "line")
    if kind == "pie":
        starts = np.cumsum([0, *c.rng.dirichlet(np.full(c.whole(3, 5), 3.0)) * 360])
        for index, (start, end) in enumerate(pairwise(starts)):
            c.shape([(0.5, 0.5), *arc(0.5, 0.5, 0.44, 0.44, start, end, 30)], c.colour(index))
        c.cut(ellipse(0.5, 0.5, 0.22)) if c.maybe(0.5) else None
        return c.word("pie chart", "chart", "diagram")
    if c.maybe(0.5):
        sheet(c, box(0, 0.1, 1, 0.92, 0.06), (255, 255, 255))
    xs = np.linspace(0.14, 0.86, c.whole(4, 7))
    tops = c.rng.uniform(0.22, 0.7, len(xs))
    if kind == "bars":
        for x, top in zip(xs, tops, strict=True):
            c.shape(box(x - 0.045, top, x + 0.045, 0.82, 0.02), c.colour(0) if top > 0.35 else c.colour(1))
        return c.word("bar chart", "chart", "graph")
    points = curve(np.stack([xs, tops], axis=1), closed=False)
    c.plain([*points, (0.86, 0.82), (0.14, 0.82)], c.colour(0), 0.3)
    c.stroke(points, 0.03, c.colour(0))
    c.shape(ellipse(xs[-1], tops[-1], 0.04), c.colour(1))
    return c.word("line chart", "graph", "curve")


def search_bar(c: Sketch) -> str:
    """A long field with a magnifying glass."""
    plain_look(c)
    half = c.between(0.06, 0.1)
    field = box(0, 0.5 - half, 1, 0.5 + half, half if c.maybe(0.6) else 0.03)
    sheet(c, field, (255, 255, 255))
    glyph(c, "search", 0.09, 0.5, half * 0.5, c.colour(0))
    c.write(c.word("Search", "Where to?", "Find music", "Your e-mail"), 0.36, 0.5, 0.4, half * 0.7, GREY, weight=0)
    c.shape(box(0.98 - 2 * half, 0.52 - half, 0.98, 0.48 + half, half), c.colour(0)) if c.maybe(0.4) else None
    return c.word("search bar", "search field", "input field")


def cursor(c: Sketch) -> str:
    """The arrow of a mouse."""
    outline = np.array([(0.24, 0.06), (0.24, 0.8), (0.41, 0.65), (0.54, 0.94), (0.67, 0.88), (0.54, 0.6), (0.78, 0.58)])
    tone = c.word("ink", "paper", "colour")
    c.stroke(outline, 0.075, c.paper if tone != "paper" else c.ink, closed=True)
    c.shape(outline, {"ink": c.ink, "paper": c.paper, "colour": c.colour(0)}[tone])
    return c.word("cursor", "pointer", "mouse pointer")


def rating(c: Sketch) -> str:
    """A row of stars or hearts."""
    name, full = c.word("star", "star", "heart"), c.whole(3, 5)
    for index in range(5):
        glyph(c, name, 0.1 + 0.2 * index, 0.5, 0.09, c.tone("gold") if index < full else GREY, styled=True)
    return c.word("rating", "row of stars" if name == "star" else "row of hearts")


def app_window(c: Sketch) -> str:
    """A window with a title bar, or a screen of a phone."""
    plain_look(c)
    tall = c.maybe(0.4)
    x0, y0, x1, y1 = (0.25, 0.0, 0.75, 1.0) if tall else (0.0, 0.15, 1.0, 0.85)
    sheet(c, box(x0, y0, x1, y1, 0.07 if tall else 0.035), c.ink if tall else (255, 255, 255))
    if tall:
        c.plain(box(x0 + 0.025, y0 + 0.025, x1 - 0.025, y1 - 0.025, 0.05), c.paper)
    else:
        c.plain(box(x0, y0, x1, y0 + 0.09, 0.03), c.colour(1))
        for index in range(3):
            c.plain(ellipse(x0 + 0.05 + 0.045 * index, y0 + 0.045, 0.015), c.paper)
    scenery(c, x0 + 0.06, y0 + 0.13, x1 - 0.06, (y0 + y1) / 2)
    lines(c, x0 + 0.08, (y0 + y1) / 2 + 0.07, x1 - x0 - 0.18, 2 + tall, mix(c.paper, GREY, 0.6))
    c.shape(box(x0 + 0.07, y1 - 0.14, x1 - 0.2, y1 - 0.06, 0.03), c.colour(0))
    return c.word("phone screen", "app screen", "phone") if tall else c.word("window", "browser window", "web page")


def tooltip(c: Sketch) -> str:
    """A short word on a dark or bright bubble with a point."""
    plain_look(c)
    tone, half = c.colour(0) if c.maybe(0.5) else c.ink, c.between(0.12, 0.2)
    c.shape([(0.42, 0.46 + half), (0.58, 0.46 + half), (0.5, 0.6 + half)], tone, fill="flat")
    c.shape(box(0.04, 0.48 - half, 0.96, 0.48 + half, c.between(0.02, 0.1)), tone, fill="flat")
    c.write(
        c.word("New!", "Tap here", "+ 12 likes", "Saved", "Hi there", "Got it?"), 0.5, 0.48, 0.74, half, on(c, tone)
    )
    return c.word("tooltip", "hint", "label")


def avatar(c: Sketch) -> str:
    """A head in a circle."""
    ring, skin, hair = ellipse(0.5, 0.5, 0.44), c.tone("skin"), c.tone("bark") if c.maybe(0.6) else c.colour(3)
    c.restyle(outline=0.0)
    c.shape(ring, c.colour(0))
    c.plain(ellipse(0.5, 1.0, 0.34, 0.34), c.colour(1), within=ring)
    c.plain(box(0.43, 0.5, 0.57, 0.74, 0.06), darker(skin, 0.12), within=ring)
    long = c.between(0.4, 0.7)
    c.plain(box(0.29, 0.16, 0.71, long, 0.2), hair, within=ring)
    c.plain(ellipse(0.5, 0.43, 0.16, 0.19), skin)
    c.plain(arc(0.5, 0.36, 0.18, 0.16, 180, 360), hair)
    c.face(0.5, 0.43, 0.22)
    c.stroke(ring, 0.03, c.paper, closed=True) if c.maybe(0.5) else None
    c.plain(ellipse(0.82, 0.82, 0.08), c.tone("grass")) if c.maybe(0.3) else None
    return c.word("avatar", "portrait", "profile picture")


def calendar(c: Sketch) -> str:
    """A sheet of a calendar."""
    plain_look(c)
    sheet(c, box(0.08, 0.1, 0.92, 0.94, 0.07), (255, 255, 255))
    c.shape(box(0.08, 0.1, 0.92, 0.34, 0.07), c.colour(0))
    for x in (0.28, 0.72):
        c.shape(box(x - 0.025, 0.03, x + 0.025, 0.18, 0.025), c.ink)
    c.write(c.word("JAN", "MAY", "JUNE", "OCT", "DEC", "FRI"), 0.5, 0.235, 0.5, 0.12, on(c, c.colour(0)), weight=4)
    c.write(str(c.whole(1, 31)), 0.5, 0.64, 0.56, 0.38, c.ink, weight=3)
    return c.word("calendar", "calendar page", "date")


def sparkle(c: Sketch) -> str:
    """Four-pointed stars."""
    for index, (x, y, r) in enumerate(((0.42, 0.55, 0.38), (0.8, 0.22, 0.16), (0.82, 0.8, 0.11))[: c.whole(1, 3)]):
        outline = star(x, y, r, 4, c.between(0.2, 0.4))
        c.shape(curve(outline, steps=4) if c.maybe(0.2) else outline, c.colour(index))
    return c.word("sparkle", "twinkle", "star")


def loader(c: Sketch) -> str:
    """Dots or strokes in a ring that get paler."""
    tips, dots = c.whole(6, 12), c.maybe(0.5)
    for index, (x, y) in enumerate(polygon(0.5, 0.5, 0.37, tips)):
        tone = mix(c.colour(0), c.paper, 0.75 * index / tips)
        if dots:
            c.plain(ellipse(x, y, 0.06), tone)
        else:
            c.stroke([(x, y), (0.5 + (x - 0.5) * 0.55, 0.5 + (y - 0.5) * 0.55)], 0.06, tone)
    return c.word("loader", "spinner", "loading symbol")


FAMILIES: dict[str, Family] = {
    **families((button, card, notification, switch, progress_bar, search_bar), mirror=False, sticker=0.02),
    **families((app_window, tooltip, rating, chart, calendar, app_icon), mirror=False, sticker=0.02),
    **families((counter, play_button), mirror=False, sticker=0.02),
    **families((line_icon, filled_icon, cursor, avatar), mirror=False, sticker=0.1, lifted=0.12),
    **families((sparkle, loader), tilt=15, sticker=0.06),
}
