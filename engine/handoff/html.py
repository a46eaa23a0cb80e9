"""A web page: the layers as pictures in a responsive stage, moved by CSS alone; a few lines of script pause and seek.

CSS transforms, animations and mix-blend-mode as the W3C describes them. Places and ways are shares of boxes, so that
the stage may have any width. What is drawn frame by frame lies in one sheet a layer and is stepped through, so that it
keeps time with everything else.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from importlib.resources import files
from itertools import pairwise
from string import Template
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from ..codecs.png import png_bytes
from ..files import visible
from ..geometry import Box, FloatArray
from .cutouts import Cutout, Piece, Showing, cutouts, remarks_of
from .film import Film
from .keys import settled
from .looks import Picture
from .tracks import FADED, WITHIN, Track, reach_of

PAGE, NOTES = "index.html", "notes.txt"
# mix-blend-mode
BLENDS = {
    name: name
    for name in (
        "normal", "multiply", "screen", "overlay", "darken", "lighten", "color-dodge", "color-burn", "hard-light",
        "soft-light", "difference", "exclusion", "hue", "saturation", "color", "luminosity",
    )
} | {"linear-dodge": "plus-lighter"}  # fmt: skip
SHEET_WIDTH = 4096  # px, as wide as any device shows


def write_html(film: Film) -> dict[str, bytes]:
    """The page, its pictures and its notes, by file name."""
    told = cutouts(film, riding=False, blends=BLENDS)
    writer = _Writer(film)
    markup = "\n".join(writer.layer(cutout) for cutout in told)
    plan = film.plan
    facts = {
        "title": escape(visible(plan.source)), "width": str(plan.size[0]), "height": str(plan.size[1]),
        "background": _background(plan.background), "styles": "\n".join(writer.styles), "markup": markup,
        "seconds": _short(float(plan.seconds), 4), "loops": "true" if plan.loop else "false",
    }  # fmt: skip
    page = Template(files(__package__).joinpath("page.html").read_text("utf-8")).substitute(facts)
    return {PAGE: page.encode(), **writer.pictures, NOTES: "\n".join(remarks_of(film, told)).encode()}


def html_remarks(content: bytes | Mapping[str, bytes]) -> list[str]:
    """What the notes beside the page say of what it tells less than exactly."""
    assert not isinstance(content, bytes)
    return content[NOTES].decode().splitlines()


def _background(colour: tuple[float, float, float, float] | None) -> str:
    if colour is None:
        return ""
    red, green, blue = (round(255 * value) for value in colour[:3])
    return f" background: rgb({red} {green} {blue} / {_short(colour[3], 3)});"


@dataclass(frozen=True)
class _Clock:
    """Frames as percent of the whole, and how an animation is played."""

    frames: int
    seconds: Fraction
    loop: bool

    def at(self, frame: float) -> str:
        return f"{_short(100 * min(max(0.0, frame / self.frames), 1.0), 4)}%"

    def plays(self, name: str, timing: str) -> str:
        return f"{name} {_short(float(self.seconds), 4)}s {timing} {'infinite' if self.loop else 'both'}"


@dataclass(frozen=True)
class _Style:
    """Declarations of one element and the animations it plays."""

    declared: tuple[str, ...] = ()
    played: tuple[str, ...] = ()

    def __add__(self, other: _Style) -> _Style:
        return _Style(self.declared + other.declared, self.played + other.played)

    def __str__(self) -> str:
        playing = (f"animation: {', '.join(self.played)}",) if self.played else ()
        return " ".join(f"{declared};" for declared in (*self.declared, *playing))


class _Writer:
    """Collects the pictures and styles of one page while its markup is written."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self.clock = _Clock(film.plan.frames, film.plan.seconds, film.plan.loop)
        self.styles: list[str] = []
        self.pictures: dict[str, bytes] = {}

    def layer(self, cutout: Cutout) -> str:
        """The markup of one layer."""
        pieces = [piece for piece in cutout.pieces if piece.showings]
        names = [cutout.name, *(f"{cutout.name}-{number}" for number in range(1, len(pieces)))]
        texts = [cutout.text, *("" for _ in pieces[1:])]  # said once
        elements = [self._piece(*told, cutout) for told in zip(pieces, names, texts, strict=True)]
        if len(elements) == 1 and not cutout.mattes and cutout.blend == "normal":
            return elements[0]
        inner = "".join(elements)
        for matte in cutout.mattes:
            inner = _layer(inner, self._mask(matte[0]))
        return _layer(inner, f"mix-blend-mode: {BLENDS[cutout.blend]}")

    def _piece(self, piece: Piece, name: str, text: str, cutout: Cutout) -> str:
        """One element, or two that are carried by a third: the picture at rest and those drawn frame by frame."""
        rest, drawn = piece.rest, [each for each in piece.showings if each.drawn]
        stage = _extent(self.film.plan.canvas)
        if rest is None:
            around = _cell(drawn[0].picture)
            return self._sheet(drawn, name, text, stage, self._moves(name, piece.track, around))
        around = _extent(rest.box)
        if not drawn:
            seen = self._seen(name, piece.showings, (cutout.first, cutout.end))
            return self._still(rest, name, text, stage, self._moves(name, piece.track, around) + seen)
        around = _extent(piece.box)
        self._rule(name, _placed(around, stage) + self._moves(name, piece.track, around))
        at_rest = [each for each in piece.showings if not each.drawn]
        seen = self._seen(f"{name}-rest", at_rest, (0, self.clock.frames))
        inner = self._still(rest, f"{name}-rest", text, around, seen)
        hidden = _Style(("visibility: hidden",))
        return _tag("div", name, "", inner + self._sheet(drawn, f"{name}-drawn", "", around, hidden))

    # --- elements -----------------------------------------------------------------------------------------------------

    def _still(self, picture: Picture, name: str, text: str, outer: Extent, style: _Style) -> str:
        file = f"{name}.png"
        self.pictures[file] = png_bytes(picture.pixels, level=6)
        self._rule(name, _placed(_extent(picture.box), outer) + style)
        return f'<img class="art-{name}" src="{quote(file)}" alt="{escape(text)}">'

    def _sheet(self, drawn: Sequence[Showing], name: str, text: str, outer: Extent, style: _Style) -> str:
        """An element that shows one cell of a sheet after the other."""
        pictures = list(dict.fromkeys(showing.picture for showing in drawn))
        sheet, columns, rows = _sheet_of([picture.pixels for picture in pictures])
        file = f"{name}.png"
        self.pictures[file] = png_bytes(sheet, level=6)
        places = [_cell_place(number, columns, rows) for number in range(len(pictures))]
        steps = self._steps(
            (each.first, each.end, f"background-position: {places[pictures.index(each.picture)]};") for each in drawn
        )
        ground = f'background: url("{quote(file)}") {places[0]} / {100 * columns}% {100 * rows}%'
        stepped = self._plays(f"{name}-frames", steps, "step-end")
        self._rule(name, _placed(_cell(pictures[0]), outer) + _Style((ground,)) + style + stepped)
        said = f' role="img" aria-label="{escape(text)}"' if text else ' aria-hidden="true"'
        return _tag("div", name, said)

    def _mask(self, piece: Piece) -> str:
        picture = piece.showings[0].picture
        (x0, y0, x1, y1), (width, height) = _extent(picture.box), self.film.plan.size
        wide, high = x1 - x0, y1 - y0
        x, y = (
            0.0 if full == part else 100 * start / (full - part)
            for start, part, full in ((x0, wide, width), (y0, high, height))
        )
        data = b64encode(png_bytes(picture.pixels, level=6)).decode()
        place = f"{_percent(x)} {_percent(y)} / {_percent(100 * wide / width)} {_percent(100 * high / height)}"
        return f"mask: url(data:image/png;base64,{data}) {place} no-repeat"

    # --- motion -------------------------------------------------------------------------------------------------------

    def _moves(self, name: str, track: Track | None, box: Extent) -> _Style:
        """What places and fades an element whose box at rest is `box`."""
        if track is None:
            return _Style()
        x0, y0, x1, y1 = box
        size = np.array([x1 - x0, y1 - y0])
        origin = 100 * (track.anchor - (x0, y0)) / size
        pinned = _Style((f"transform-origin: {_percent(origin[0])} {_percent(origin[1])}",))
        kept, values = _transforms(track, box, size)
        keys = [(self.clock.at(frame), f"transform: {value};") for frame, value in zip(kept, values, strict=True)]
        faded = settled(track.opacity[:, None], np.array([FADED]))
        fades = [(self.clock.at(frame), f"opacity: {_short(track.opacity[frame], 3)};") for frame in faded]
        at_rest = _Style((f"opacity: {_short(track.opacity.max(), 3)}",))  # for who asks for less motion
        moving = self._plays(f"{name}-moves", keys, "linear") + self._plays(f"{name}-fades", fades, "linear")
        return pinned + at_rest + moving

    def _seen(self, name: str, showings: Sequence[Showing], among: tuple[int, int]) -> _Style:
        """Hides an element outside of its showings; nothing to do where they fill the frames `among`."""
        filled = showings[0].first == among[0] and showings[-1].end == among[1]
        if filled and all(one.end == other.first for one, other in pairwise(showings)):
            return _Style()
        return self._plays(f"{name}-shows", self._steps((each.first, each.end, "") for each in showings), "step-end")

    def _steps(self, spans: Iterable[tuple[int, int, str]]) -> list[tuple[str, str]]:
        """Keyframes that show an element from half a frame before each span, so that a frame is in the middle of it."""
        keys: list[tuple[str, str]] = []
        last = 0
        for first, end, declared in (*spans, (self.clock.frames, self.clock.frames, "")):
            if first > last:
                keys.append((self.clock.at(last - 0.5), "visibility: hidden;"))
            if first < end:
                keys.append((self.clock.at(first - 0.5), f"visibility: visible; {declared}".rstrip()))
            last = end
        return keys

    def _plays(self, name: str, keys: Sequence[tuple[str, str]], timing: str) -> _Style:
        """An animation of these keyframes; where all are the same, what they declare."""
        if len({declared for _, declared in keys}) == 1:
            return _Style(tuple(part.strip() for part in keys[0][1].split(";") if part.strip()))
        self.styles.append(f"@keyframes art-{name} {{ {' '.join(f'{at} {{ {value} }}' for at, value in keys)} }}")
        return _Style(played=(self.clock.plays(f"art-{name}", timing),))

    def _rule(self, name: str, style: _Style) -> None:
        self.styles.append(f".art-{name} {{ {style} }}")


Extent = tuple[float, float, float, float]  # x0, y0, x1, y1 on the canvas, px


def _extent(box: Box) -> Extent:
    return float(box.x0), float(box.y0), float(box.x1), float(box.y1)


def _cell(picture: Picture) -> Extent:
    """The box of a picture with the transparent pixel around it that keeps neighbours on a sheet apart."""
    height, width = picture.pixels.shape[:2]
    dx, dy = picture.box.width / width, picture.box.height / height
    x0, y0, x1, y1 = _extent(picture.box)
    return x0 - dx, y0 - dy, x1 + dx, y1 + dy


def _sheet_of(pictures: Sequence[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], int, int]:
    """Pictures (h, w, 4) of one size in rows of a sheet, a transparent pixel around each; its columns and rows."""
    height, width = (side + 2 for side in pictures[0].shape[:2])
    columns = min(len(pictures), max(1, SHEET_WIDTH // width))
    rows = -(-len(pictures) // columns)
    sheet = np.zeros((rows, height, columns, width, 4), np.uint8)
    for number, picture in enumerate(pictures):
        row, column = divmod(number, columns)
        sheet[row, 1:-1, column, 1:-1] = picture
    return sheet.reshape(rows * height, columns * width, 4), columns, rows


def _cell_place(number: int, columns: int, rows: int) -> str:
    """background-position of a cell."""
    row, column = divmod(number, columns)
    return f"{_percent(100 * column / max(1, columns - 1))} {_percent(100 * row / max(1, rows - 1))}"


def _placed(box: Extent, outer: Extent) -> _Style:
    """Where a box lies in another, in shares of it."""
    wide, high = outer[2] - outer[0], outer[3] - outer[1]
    shares = {
        "left": (box[0] - outer[0]) / wide, "top": (box[1] - outer[1]) / high,
        "width": (box[2] - box[0]) / wide, "height": (box[3] - box[1]) / high,
    }  # fmt: skip
    return _Style(tuple(f"{name}: {_percent(100 * share)}" for name, share in shares.items()))


def _transforms(track: Track, box: Extent, size: FloatArray) -> tuple[list[int], list[str]]:
    """The frames to keep of all that moves an element together, and its transform in each; ways in % of its box."""
    x0, y0, x1, y1 = box
    reach = reach_of(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]), track)
    turned = WITHIN / (reach * max(1.0, float(np.abs(track.scale).max())))
    within = np.array([WITHIN, WITHIN, turned, turned, WITHIN / reach, WITHIN / reach])
    together = np.column_stack([track.position, track.angle, track.shear, track.scale])  # (t, 6)
    kept = settled(together, within).tolist()
    ways, slants = 100 * (track.position - track.anchor) / size, np.degrees(np.arctan(track.shear))
    told = [
        (bool(np.any(ways)), [f"translate({_percent(x)}, {_percent(y)})" for x, y in ways]),
        (bool(np.any(track.angle)), [f"rotate({_short(angle, 3)}deg)" for angle in np.degrees(track.angle)]),
        (bool(np.any(track.shear)), [f"skewX({_short(slant, 3)}deg)" for slant in slants]),
        (bool(np.any(track.scale != 1)), [f"scale({_short(x, 5)}, {_short(y, 5)})" for x, y in track.scale]),
    ]
    lists = [values for needed, values in told if needed]
    return kept, [" ".join(values[frame] for values in lists) or "none" for frame in kept]


def _tag(kind: str, name: str, attributes: str, inner: str = "") -> str:
    return f'<{kind} class="art-{name}"{attributes}>{inner}</{kind}>'


def _layer(inner: str, style: str) -> str:
    """An element as large as the stage around others."""
    return _tag("div", "layer", f' style="{style}"', inner)


def _percent(value: float) -> str:
    return f"{_short(value, 4)}%"


def _short(value: float, digits: int) -> str:
    return f"{round(float(value), digits) + 0.0:.{digits}f}".rstrip("0").rstrip(".")
