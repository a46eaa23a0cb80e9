"""Photoshop documents, PSD and PSB. psd-tools parses; what is hostile, unsupported or broken becomes one clear error.

Format: Adobe Photoshop File Formats Specification. Pixels load when asked for; linked external files are never opened.
"""

from __future__ import annotations

import difflib
import logging
import struct
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..document import Document, Group, Layer, LayerKind, Mask, Node, Note, Pixels, number_paths
from ..errors import BadInput, MissingInput, Where
from ..geometry import Box
from ..specs import BLEND_MODES, PASS_THROUGH
from .edge import (
    MAX_IMAGE_BYTES,
    check_image,
    check_input_bytes,
    check_layers,
    check_nesting,
    edge,
    guarded,
    public_name,
)

if TYPE_CHECKING:
    from psd_tools import PSDImage
    from psd_tools.api.layers import Layer as PsdLayer

KINDS: dict[str, LayerKind] = {
    "type": "text",
    "shape": "shape",
    "smartobject": "smart-object",
    "solidcolorfill": "fill",
    "gradientfill": "fill",
    "patternfill": "fill",
}
KNOCKOUTS: dict[int, Literal["none", "shallow", "deep"]] = {1: "shallow", 2: "deep"}

T = TypeVar("T")


def sniff(path: Path, head: bytes) -> bool:
    """True for a PSD or PSB: the signature decides, not the name."""
    return path.is_file() and head[:4] == b"8BPS"


def _lazily(load: Callable[[], T], path: Path, layer: str) -> Callable[[], T]:
    """`load` behind the edge. psd-tools paints damaged channels black and warns; here that is an error."""

    def strict() -> T:
        try:
            return load()
        except Warning as warning:
            raise ValueError(str(warning)) from warning

    return guarded(strict, path, layer)


def _check_header(path: Path) -> None:
    """Check signature and declared sizes before anything is allocated. Raises BadInput."""
    check_input_bytes(path.stat().st_size, path)
    with path.open("rb") as file:
        head = file.read(26)
    if len(head) < 26 or head[:4] != b"8BPS":
        what = "this is not a Photoshop file, whatever its name says" if head else "the file is empty"
        raise BadInput(what, hint="give a .psd or .psb saved by Photoshop or a compatible program", where=Where(path))
    version, channels, height, width, bits = struct.unpack(">H6xHIIH", head[4:24])
    if version not in (1, 2) or bits not in (1, 8, 16, 32) or not 1 <= channels <= 56:
        raise BadInput("the header makes no sense; the file is damaged", hint="save a fresh copy", where=Where(path))
    check_image((width, height), path, bytes_per_pixel=4 * max(1, bits // 8))


def _quieten() -> None:
    """Keep psd-tools off stderr: what matters of its log reaches the user as notes and errors."""
    from psd_tools import PSDDecompressionWarning

    logger = logging.getLogger("psd_tools")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module=r"psd_tools")
    warnings.filterwarnings("error", category=PSDDecompressionWarning)  # else damaged channels turn black in silence


def _open(path: Path) -> PSDImage:
    from psd_tools import PSDImage

    _quieten()
    return PSDImage.open(path, max_alloc_bytes=4 * MAX_IMAGE_BYTES)


def read_psd(path: Path, *, artboard: str | None = None) -> Document:
    """Read a PSD or PSB. `artboard`: the name of one that becomes the canvas.

    Raises MissingInput where there is no file, BadInput where it cannot be used; so do the pixels' `load` functions.
    """
    if not path.exists():
        raise MissingInput("no such file", hint="check the path", where=Where(path))
    with edge(path):
        _check_header(path)
        return _Reading(path, _open(path)).document(artboard)


@dataclass
class _Reading:
    """One file being read."""

    path: Path
    psd: PSDImage
    shift: tuple[int, int] = (0, 0)  # of the canvas' origin, for an artboard
    used: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        from .psd_pixels import ColorSpace

        self.space = ColorSpace.of(self.psd)

    @property
    def canvas(self) -> Box:
        """The document's own canvas, in its own coordinates."""
        return Box(0, 0, self.psd.width, self.psd.height)

    def document(self, artboard: str | None) -> Document:
        roots: list[PsdLayer] = list(self.psd)
        view = self.canvas
        if artboard is not None:
            board = self._artboard(artboard)
            roots, view = [board], Box(*board.bbox)
            self._check_box(view, artboard)
            self.shift = (view.x0, view.y0)
        children = number_paths(tuple(self._tree(roots))) if roots else (self._flattened(),)
        return Document(
            source=self.path,
            format="psd",
            size=view.size,
            children=children,
            color_mode=self.space.mode.name,
            bits=self.space.bits,
            linear=self.space.linear,
            icc=None if self.space.is_srgb else self.space.name,
            notes=self._notes(),
            preview=lambda: self._preview(view),
            preview_author=self._author(),
        )

    def _author(self) -> str | None:
        """The program that wrote the file, as far as the file says."""
        from psd_tools.constants import Resource

        info = self.psd.image_resources.get_data(Resource.VERSION_INFO)
        return None if info is None else info.reader or info.writer or None

    def _notes(self) -> tuple[Note, ...]:
        space, notes = self.space, []
        if space.profile is not None and not space.is_srgb:
            notes.append(Note("approximated", "colour profile", f"{space.name} converted to sRGB before blending"))
        if space.mode.name not in ("RGB", "GRAYSCALE", "INDEXED", "BITMAP"):
            notes.append(Note("approximated", "colour mode", f"{space.mode.name} converted to RGB before blending"))
        return tuple(notes)

    def _preview(self, view: Box) -> NDArray[np.uint8] | None:
        """The flattened picture inside `view`; None where it is absent or damaged, for nothing depends on it."""
        from .psd_pixels import flat_pixels, to_bytes

        if not self.psd.has_preview():
            return None
        try:
            pixels = _lazily(lambda: flat_pixels(self.psd, self.space), self.path, "(flattened picture)")()
        except BadInput:
            return None
        inner = view & self.canvas
        rows, columns = inner.slices(self.canvas)
        picture = np.zeros((view.height, view.width, 4), np.uint8)
        rows_out, columns_out = inner.slices(view)
        cut = pixels[rows, columns]
        picture[rows_out, columns_out] = cut if cut.dtype == np.uint8 else to_bytes(cut.astype(np.float32))
        return picture

    def _artboard(self, name: str) -> PsdLayer:
        boards = {layer.name: layer for layer in self.psd.descendants() if layer.kind == "artboard"}
        if name in boards:
            return boards[name]
        near = difflib.get_close_matches(name, boards, n=1)
        if not boards:
            hint = "leave --artboard away: the design has none"
        else:
            hint = f"did you mean {near[0]!r}?" if near else "it has " + ", ".join(repr(board) for board in boards)
        raise BadInput(f"there is no artboard {name!r}", hint=hint, where=Where(self.path))

    # --- the tree ---

    def _tree(self, roots: list[PsdLayer]) -> list[Node]:
        """All nodes, children before their groups, with a stack of our own: hostile files nest deep."""
        finished: list[list[Node]] = [[]]
        stack: list[tuple[PsdLayer, bool]] = [(layer, False) for layer in reversed(roots)]
        count = 0
        while stack:
            layer, done = stack.pop()
            if done:
                children = tuple(finished.pop())
                finished[-1].append(self._group(layer, children))
                continue
            count += 1
            check_layers(count, self.path)
            check_nesting(len(finished) - 1, self.path)
            if layer.is_group():
                finished.append([])
                stack.append((layer, True))
                stack.extend((child, False) for child in reversed(list(layer)))  # type: ignore[call-overload]  # a group
            else:
                finished[-1].append(self._layer(layer))
        return finished[0]

    def _check_box(self, box: Box, name: str) -> None:
        if not box.is_empty:
            check_image(box.size, self.path, name, bytes_per_pixel=4 if self.space.bits <= 8 else 16)

    def _placed(self, box: Box) -> Box:
        return box.shift(-self.shift[0], -self.shift[1])

    def _common(self, layer: PsdLayer) -> dict[str, Any]:
        """The fields layers and groups share."""
        from psd_tools.constants import Tag

        name, tags = public_name(str(layer.name).replace("\x00", ""))
        # files of other programs may number nothing: then the place in the file is the number
        number = layer.layer_id if layer.layer_id > 0 else self.used.total() + 1
        self.used[str(number)] += 1
        again = self.used[str(number)]
        blend, notes = self._blend(layer)
        blocks = layer.tagged_blocks
        knockout = KNOCKOUTS.get(blocks.get_data(Tag.KNOCKOUT_SETTING, 0), "none")
        if knockout == "deep":
            notes += (Note("approximated", "deep knockout", "reaches the start of its group only"),)
        as_group = blocks.get_data(Tag.BLEND_CLIPPING_ELEMENTS)
        return {
            "id": f"#{number}" if again == 1 else f"#{number}.{again}",
            "name": name,
            "path": name,
            "tags": tags,
            "visible": bool(layer.visible),
            "opacity": layer.opacity / 255,
            "fill": blocks.get_data(Tag.BLEND_FILL_OPACITY, 255) / 255,
            "blend": blend,
            "clipped": self._clipped(layer),
            "notes": notes,
            "knockout": knockout,
            "clips_as_group": as_group is None or bool(as_group),
        }

    def _clipped(self, layer: PsdLayer) -> bool:
        """Photoshop ignores the clipping flag of groups; other programs mean it."""
        if layer.is_group() and not (self._author() or "").startswith("Adobe"):
            return layer._record.clipping == 1
        return bool(layer.clipping)

    def _blend(self, layer: PsdLayer) -> tuple[str, tuple[Note, ...]]:
        name = layer.blend_mode.name.lower().replace("_", "-")
        if name in BLEND_MODES or (name == PASS_THROUGH and layer.is_group()):
            return name, self._restriction_notes(layer)
        return "normal", (
            Note("approximated", f"blend mode {name}", "drawn as normal"),
            *self._restriction_notes(layer),
        )

    @staticmethod
    def _restriction_notes(layer: PsdLayer) -> tuple[Note, ...]:
        from psd_tools.constants import Tag

        notes = []
        if layer.tagged_blocks.get_data(Tag.CHANNEL_BLENDING_RESTRICTIONS_SETTING):
            notes.append(Note("ignored", "channel restrictions"))
        ranges = layer._record.blending_ranges
        used = [ranges.composite_ranges, *(ranges.channel_ranges or ())]
        if any(len(pair) == 2 and [tuple(end) for end in pair] != [(0, 65535)] * 2 for pair in used if pair):
            notes.append(Note("ignored", "blend-if ranges"))
        return tuple(notes)

    def _group(self, layer: PsdLayer, children: tuple[Node, ...]) -> Group:
        from .psd_effects import effect_notes

        common = self._common(layer)
        common["notes"] += effect_notes(layer)
        artboard = background = None
        if layer.kind == "artboard":
            artboard = self._placed(Box(*layer.bbox))
            background = self._artboard_background(layer)
        masks = self._masks(layer, self.canvas)
        return Group(**common, children=children, masks=masks, artboard=artboard, background=background)

    @staticmethod
    def _artboard_background(layer: PsdLayer) -> tuple[float, float, float, float] | None:
        """Types in the order of Photoshop's menu: 1 white, 2 black, 3 transparent, 4 a colour of its own."""
        from psd_tools.constants import Tag
        from psd_tools.terminology import Key

        blocks = layer.tagged_blocks
        for tag in (Tag.ARTBOARD_DATA1, Tag.ARTBOARD_DATA2, Tag.ARTBOARD_DATA3):
            data = blocks.get_data(tag)
            if data is None:
                continue
            kind = int(data.get(b"artboardBackgroundType") or 3)
            color = data.get(Key.Color)
            if kind in (1, 2):
                level = 1.0 if kind == 1 else 0.0
                return level, level, level, 1.0
            if kind == 4 and color is not None:
                red, green, blue = (float(color.get(key)) / 255 for key in (Key.Red, Key.Green, Key.Blue))
                return red, green, blue, 1.0
        return None

    def _layer(self, layer: PsdLayer) -> Layer:
        from psd_tools.api.layers import AdjustmentLayer

        from .psd_effects import is_legacy_brightness

        with edge(self.path, str(layer.name)):
            common = self._common(layer)
            if isinstance(layer, AdjustmentLayer) or is_legacy_brightness(layer):
                return self._adjustment(layer, common)
            return self._image(layer, common)

    def _adjustment(self, layer: PsdLayer, common: dict[str, Any]) -> Layer:
        from .psd_effects import adjustment, is_legacy_brightness, legacy_brightness

        compute = legacy_brightness if is_legacy_brightness(layer) else adjustment
        change = compute(layer, self.space)
        if change is None:
            common["notes"] += (Note("ignored", f"adjustment {layer.kind}", "not computed"),)
        masks = self._masks(layer, self.canvas)
        return Layer(**common, kind="adjustment", load=_no_pixels, adjustment=change, masks=masks)

    def _image(self, layer: PsdLayer, common: dict[str, Any]) -> Layer:
        from .psd_effects import draw, drawn_box, effect_notes, filled_box, needs_drawing, needs_filling, paint_fill
        from .psd_pixels import stored_pixels

        name, space = str(layer.name), self.space
        common["notes"] += effect_notes(layer)
        load: Callable[[], Pixels]
        masks: tuple[Mask, ...] = ()
        if needs_drawing(layer):
            box = drawn_box(layer, self.canvas)
            load = cache(_lazily(lambda: draw(layer, box, space), self.path, name)) if not box.is_empty else _no_pixels
            common["notes"] += (Note("baked", "masks and fill opacity"),) if _has_masks(layer) else ()
            common["fill"] = 1.0
            if layer.has_clip_layers():
                detail = "painted below the layers clipped to it, not above them"
                common["notes"] += (Note("approximated", "layer effects", detail),)
        elif needs_filling(layer):
            box = filled_box(layer, self.canvas)
            load = _lazily(lambda: paint_fill(layer, box, self.canvas, space), self.path, name)
            masks = self._masks(layer, box, filled=True)
        else:
            box = Box(*layer.bbox) if layer.has_pixels() else Box(0, 0, 0, 0)
            load = _lazily(lambda: stored_pixels(layer, space), self.path, name)
            masks = self._masks(layer, box)
        self._check_box(box, name)
        kind = KINDS.get(layer.kind, "pixel")
        text = str(layer.text) if layer.kind == "type" else None  # type: ignore[attr-defined]  # a TypeLayer
        return Layer(**common, kind=kind, box=self._placed(box), load=load, masks=masks, text=text)

    def _masks(self, layer: PsdLayer, area: Box, *, filled: bool = False) -> tuple[Mask, ...]:
        from .psd_masks import masks_of

        name = str(layer.name)
        masks = masks_of(layer, area, filled=filled)
        for mask in masks:
            self._check_box(mask.box, name)
        return tuple(replace(m, box=self._placed(m.box), load=_lazily(m.load, self.path, name)) for m in masks)

    def _flattened(self) -> Layer:
        """A file without layers: its flattened picture is the one layer."""
        from .psd_pixels import flat_pixels

        return Layer(
            id="#background",
            name="Background",
            path="Background",
            box=self.canvas,
            load=_lazily(lambda: flat_pixels(self.psd, self.space), self.path, "Background"),
        )


def _has_masks(layer: PsdLayer) -> bool:
    return layer.mask is not None or layer.has_vector_mask()


def _no_pixels() -> Pixels:
    return np.zeros((0, 0, 4), np.uint8)
