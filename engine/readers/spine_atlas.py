"""The pictures of a Spine skeleton: single PNGs, or regions of packed pages that a .atlas file lists.

Follows the published format (https://esotericsoftware.com/spine-atlas-format), its old keys (xy, size, orig, offset)
and its new ones (bounds, offsets). A region was turned counter-clockwise by `rotate` degrees when it was packed; its
sizes are those before turning; offsets count from the left and the bottom of the original picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from ..document import Pixels
from ..errors import BadInput, MissingInput, Where
from ..geometry import Box
from ..scaling import to_straight
from .edge import check_image, edge
from .manifests import inside, sheet
from .pieces import png_facts, png_pixels
from .png import PngFacts

_MAX_BYTES = 16 * 2**20


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture, wherever it is stored."""

    file: Path
    size: tuple[int, int]  # width, height
    facts: PngFacts  # of the file
    load: Callable[[bool], Pixels]


@dataclass(frozen=True, eq=False)
class _Region:
    """A named part of a page."""

    page: str
    premultiplied: bool
    values: dict[str, str] = field(default_factory=dict)

    def numbers(self, key: str, count: int) -> list[int] | None:
        if key not in self.values:
            return None
        found = [round(float(value)) for value in self.values[key].split(",")]
        if len(found) != count or min(found) < 0:
            raise ValueError(f"the atlas entry `{key}: {self.values[key]}` does not hold {count} numbers")
        return found

    @property
    def bounds(self) -> Box:
        """Where it lies in the page, with the size it has unturned."""
        new = self.numbers("bounds", 4)
        x, y, width, height = new or [*(self.numbers("xy", 2) or [0, 0]), *(self.numbers("size", 2) or [0, 0])]
        return Box.from_xywh(x, y, width, height)

    @property
    def offsets(self) -> tuple[int, int, int, int]:
        """Left, bottom, width and height of the original picture."""
        old = [*(self.numbers("offset", 2) or [0, 0]), *(self.numbers("orig", 2) or self.bounds.size)]
        left, bottom, width, height = self.numbers("offsets", 4) or old
        return left, bottom, width, height

    @property
    def quarters(self) -> int:
        """Quarter turns counter-clockwise."""
        text = self.values.get("rotate", "false")
        degrees = {"false": 0, "true": 90}.get(text)
        degrees = int(text) if degrees is None else degrees
        if degrees % 90:
            raise ValueError(f"a region turned by {degrees} degrees")
        return degrees // 90 % 4

    @property
    def in_page(self) -> Box:
        box = self.bounds
        return Box.from_xywh(box.x0, box.y0, *(box.size if self.quarters % 2 == 0 else box.size[::-1]))


class Pictures:
    """Finds a skeleton's pictures by name. Raises MissingInput where there is none, BadInput for a broken atlas."""

    def __init__(self, skeleton: Path, images: str) -> None:
        self.skeleton = skeleton
        self.folders = (images or "images", "images", ".")
        atlases = [skeleton.with_suffix(".atlas"), *sorted(skeleton.parent.glob("*.atlas"))]
        self.atlas = next((file for file in atlases if file.is_file()), None)
        self.regions: dict[str, _Region] = {}
        if self.atlas is not None:
            with edge(self.atlas):
                self.regions = _parse(self.atlas)

    def find(self, name: str) -> Picture:
        region = self.regions.get(name)
        if region is not None and self.atlas is not None:
            with edge(self.atlas, name):
                return _packed(region, self.atlas)
        where = Where(self.skeleton)
        for folder in self.folders:
            try:
                return _single(inside(self.skeleton.parent, f"{folder}/{name}.png", where))
            except MissingInput:
                continue
            except BadInput as error:
                if "outside" not in error.message:
                    raise
        hint = "export the single images beside the skeleton, in images/, or the packed pages with their .atlas file"
        raise MissingInput(f"the picture {name + '.png'!r} is not there", hint=hint, where=where)


def _single(file: Path) -> Picture:
    with edge(file):
        facts = png_facts(file)
    return Picture(file, facts.size, facts, partial(png_pixels, file))


def _parse(path: Path) -> dict[str, _Region]:
    """Regions by name. Lines are a page's name after an empty line, a region's name, or `key: value`."""
    if path.stat().st_size > _MAX_BYTES:
        raise BadInput("is larger than an atlas", hint="is this an atlas?", where=Where(path))
    regions: dict[str, _Region] = {}
    page: dict[str, str] | None = None
    current: dict[str, str] = {}
    for line in map(str.strip, path.read_text("utf-8-sig").splitlines()):
        key, colon, value = line.partition(":")
        if not line:
            page = None
        elif page is None:
            page = current = {"name": line}
        elif colon:
            current[key.strip()] = value.strip().replace(" ", "")
        else:
            region = _Region(page["name"], page.get("pma") == "true")
            current = regions.setdefault(line, region).values
    return regions


def _packed(region: _Region, atlas: Path) -> Picture:
    file = inside(atlas.parent, region.page, Where(atlas))
    with edge(file):
        facts = png_facts(file)
    left, bottom, width, height = region.offsets
    check_image((width, height), atlas)
    top = height - bottom - region.bounds.height
    place = Box.from_xywh(left, top, *region.bounds.size)
    if not Box(0, 0, *facts.size).contains(region.in_page) or not Box(0, 0, width, height).contains(place):
        raise BadInput("a region reaches out of its page", hint="export the atlas again", where=Where(atlas))
    return Picture(file, (width, height), facts, partial(_unpacked, file, region, place, (width, height)))


def _unpacked(file: Path, region: _Region, place: Box, size: tuple[int, int], floating: bool) -> Pixels:
    page = sheet(file, floating)
    rows, columns = region.in_page.slices(Box(0, 0, page.shape[1], page.shape[0]))
    part = np.rot90(page[rows, columns], -region.quarters)
    if region.premultiplied:
        part = to_straight(part.astype(np.float32) / np.float32(1 if floating else 255), floating=floating)
    out = np.zeros((size[1], size[0], 4), page.dtype)
    out[place.slices(Box(0, 0, *size))] = part
    return out
