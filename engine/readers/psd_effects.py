"""What Photoshop computes on top of a layer's pixels: fills, effects, adjustments. psd-tools draws what it can."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from psd_tools.constants import ColorMode, Tag

from ..document import Adjustment, Note, Pixels
from ..geometry import Box
from .psd_pixels import ColorSpace

if TYPE_CHECKING:
    from psd_tools.api.layers import Layer as PsdLayer

# psd-tools' effect classes to what a designer calls them; the first four it draws, the rest it does not.
DRAWN_EFFECTS = {
    "ColorOverlay": "color overlay",
    "GradientOverlay": "gradient overlay",
    "PatternOverlay": "pattern overlay",
    "Stroke": "stroke",
}
IGNORED_EFFECTS = {
    "DropShadow": "drop shadow",
    "InnerShadow": "inner shadow",
    "OuterGlow": "outer glow",
    "InnerGlow": "inner glow",
    "BevelEmboss": "bevel and emboss",
    "Satin": "satin",
}


# Names of the effects in the layer's own descriptor, for those psd-tools leaves out because an older Photoshop did not
# write all fields it looks for.
DESCRIPTOR_NAMES = {
    b"DrSh": "drop shadow",
    b"IrSh": "inner shadow",
    b"OrGl": "outer glow",
    b"IrGl": "inner glow",
    b"ebbl": "bevel and emboss",
    b"ChFX": "satin",
    b"SoFi": "color overlay",
    b"GrFl": "gradient overlay",
    b"patternFill": "pattern overlay",
    b"FrFX": "stroke",
}


def enabled_effects(layer: PsdLayer) -> list[Any]:
    return [effect for effect in layer.effects if effect.enabled] if layer.has_effects() else []


def _unlisted_effects(layer: PsdLayer) -> list[str]:
    """Effects that are switched on in the descriptor while psd-tools lists none at all."""
    data = layer.tagged_blocks.get_data(Tag.OBJECT_BASED_EFFECTS_LAYER_INFO)
    if len(layer.effects) or data is None or not hasattr(data, "get") or not data.get(b"masterFXSwitch"):
        return []
    switched = [(name, data.get(key)) for key, name in DESCRIPTOR_NAMES.items()]
    return [name for name, effect in switched if effect is not None and effect.get(b"enab")]


def _name(effect: object) -> str:
    kind = type(effect).__name__
    return DRAWN_EFFECTS.get(kind) or IGNORED_EFFECTS.get(kind, kind)


EXTRA = "pip install 'animated-art[psd-full]'"
# adjustments whose curves psd-tools computes with scipy
_SPLINED = ("brightnesscontrast", "curves", "exposure")


@cache
def missing_packages() -> tuple[str, ...]:
    """The optional packages that psd-tools draws with and this installation lacks."""
    return tuple(name for name in ("aggdraw", "scipy") if find_spec(name) is None)


def effect_notes(layer: PsdLayer) -> tuple[Note, ...]:
    """One note an enabled effect: baked where psd-tools draws it, ignored otherwise (always ignored on groups)."""
    missing = missing_packages()
    why = f"needs {' and '.join(missing)}: {EXTRA}" if missing else ""
    notes = []
    for effect in enabled_effects(layer):
        drawable = type(effect).__name__ in DRAWN_EFFECTS and not layer.is_group()
        drawn = drawable and not missing
        notes.append(Note("baked" if drawn else "ignored", _name(effect), why if drawable else ""))
    if "aggdraw" in missing and layer.vector_mask is not None and not layer.vector_mask.disabled:
        notes.append(Note("ignored", "vector mask", why))
    notes += [Note("ignored", name) for name in _unlisted_effects(layer)]
    return tuple(notes)


def has_fill(layer: PsdLayer) -> bool:
    """True for fill and shape layers: their colour comes from a descriptor, not from stored pixels."""
    tags = (
        Tag.SOLID_COLOR_SHEET_SETTING,
        Tag.PATTERN_FILL_SETTING,
        Tag.GRADIENT_FILL_SETTING,
        Tag.VECTOR_STROKE_CONTENT_DATA,
    )
    return any(tag in layer.tagged_blocks for tag in tags)


def _draws_effects(layer: PsdLayer) -> bool:
    return any(type(effect).__name__ in DRAWN_EFFECTS for effect in enabled_effects(layer))


def _has_stroke(layer: PsdLayer) -> bool:
    """A vector stroke, which stored pixels hold already."""
    return layer.has_vector_mask() and layer.stroke is not None and layer.stroke.enabled


def needs_drawing(layer: PsdLayer) -> bool:
    """True where only psd-tools' compositor can draw the layer: effects, or strokes whose pixels are not stored."""
    if missing_packages():
        return False  # said by `effect_notes`; the stored pixels are shown
    return _draws_effects(layer) or (not layer.has_pixels() and has_fill(layer) and _has_stroke(layer))


def needs_filling(layer: PsdLayer) -> bool:
    """True where the layer's fill has to be painted: its pixels are not stored, or end where a soft path does not."""
    from .psd_masks import thinned_path

    if not has_fill(layer) or (layer.has_pixels() and (_draws_effects(layer) or _has_stroke(layer))):
        return False
    return not layer.has_pixels() or thinned_path(layer)


def filled_box(layer: PsdLayer, canvas: Box) -> Box:
    """Where a painted fill is needed: its path's box, or the whole canvas."""
    from .psd_masks import path_box, thinned_path

    box = None if thinned_path(layer) else path_box(layer, canvas)
    around = Box(-canvas.width, -canvas.height, 2 * canvas.width, 2 * canvas.height)
    return canvas if box is None else box.grow(1) & around


def paint_fill(layer: PsdLayer, box: Box, canvas: Box, space: ColorSpace) -> Pixels:
    """A bare fill over `box`: gradients as Photoshop lays them out, the rest by psd-tools."""
    from psd_tools.composite.paint import create_fill

    from .psd_gradient import can_draw, draw_gradient

    color: Any
    alpha: Any
    fill = layer.tagged_blocks.get_data(Tag.GRADIENT_FILL_SETTING)
    if fill is not None and can_draw(fill):
        color, alpha = draw_gradient(fill, gradient_frame(layer, fill, canvas), box, space.mode)
    else:
        color, alpha = create_fill(layer, (box.x0, box.y0, box.x1, box.y1))
    if color is None:
        return np.zeros((box.height, box.width, 4), np.uint8)
    return space.finish(space.to_srgb(color), alpha)


def gradient_frame(layer: PsdLayer, fill: Any, canvas: Box) -> Box:
    """What a gradient is laid out in: the layer's path or mask where it is aligned with the layer, else the canvas."""
    from .psd_masks import path_box, raster_box

    if fill.get(b"Algn") is not None and not fill.get(b"Algn"):
        return canvas
    return path_box(layer, canvas) or raster_box(layer) or canvas


def _stroke_reach(layer: PsdLayer) -> int:
    """Pixels by which strokes may reach beyond the layer's own box."""
    reach = 0.0
    for effect in enabled_effects(layer):
        if type(effect).__name__ == "Stroke":
            reach = max(reach, float(effect.size))
    stroke = layer.stroke if layer.has_vector_mask() else None
    if stroke is not None and stroke.enabled:
        reach = max(reach, float(stroke.line_width))
    return ceil(reach) + 1 if reach else 0


def drawn_box(layer: PsdLayer, canvas: Box) -> Box:
    """The box a drawn layer covers: its own, grown by its strokes, within one canvas' size around the canvas."""
    around = Box(-canvas.width, -canvas.height, 2 * canvas.width, 2 * canvas.height)
    box = Box(*layer.bbox)
    if box.is_empty:
        return Box(0, 0, 0, 0)
    return box.grow(_stroke_reach(layer)) & (around | box)


def draw(layer: PsdLayer, box: Box, space: ColorSpace) -> Pixels:
    """One layer alone as psd-tools composites it: fill, masks, effects and fill opacity in, layer opacity out.

    The layer is made opaque and unclipped for that; whoever needs those values has read them before.
    """
    from psd_tools.composite import composite

    layer.opacity = 255
    layer.clipping = False
    color, _, alpha = composite(
        layer, viewport=(box.x0, box.y0, box.x1, box.y1), layer_filter=lambda candidate: candidate is layer
    )
    return space.finish(space.to_srgb(color), alpha)


def adjustment(layer: PsdLayer, space: ColorSpace) -> Adjustment | None:
    """The colour change of an adjustment layer, or None where psd-tools cannot compute it."""
    from psd_tools.composite.adjustments import ADJUSTMENT_FUNC

    function = ADJUSTMENT_FUNC.get(layer.kind)
    if function is None or getattr(layer, "_data", None) is None:
        return None
    if layer.kind in _SPLINED and "scipy" in missing_packages():
        return None
    if space.mode == ColorMode.RGB:
        return Adjustment(layer.kind, _on_rgb(function, layer, space.bits))
    if space.mode == ColorMode.GRAYSCALE:
        return Adjustment(layer.kind, _on_grey(function, layer, space))
    return None


def _signed(value: int) -> int:
    """A 16-bit number that psd-tools reads as unsigned."""
    return (value + 32768) % 65536 - 32768


def is_legacy_brightness(layer: PsdLayer) -> bool:
    """The old Brightness/Contrast, which psd-tools takes for a layer without pixels."""
    return not layer.has_pixels() and layer.kind == "pixel" and Tag.BRIGHTNESS_AND_CONTRAST in layer.tagged_blocks


def legacy_brightness(layer: PsdLayer, space: ColorSpace) -> Adjustment | None:
    """Brightness shifts, contrast stretches about the mean; more contrast after the shift, less before it."""
    data = layer.tagged_blocks.get_data(Tag.BRIGHTNESS_AND_CONTRAST)
    if space.mode not in (ColorMode.RGB, ColorMode.GRAYSCALE):
        return None
    shift, contrast = _signed(data.brightness) / 255, _signed(data.contrast) / 100
    mean = data.mean / 255

    def function(values: NDArray[np.float32], *_: object) -> NDArray[np.float32]:
        if contrast > 0:
            return np.asarray(mean + (values + shift - mean) / max(1 - contrast, 1e-3), np.float32)
        return np.asarray(mean + (values - mean) * (1 + contrast) + shift, np.float32)

    on_rgb = space.mode == ColorMode.RGB
    return Adjustment(
        "brightness (legacy)", _on_rgb(function, layer, space.bits) if on_rgb else _on_grey(function, layer, space)
    )


def _on_levels(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Values on the document's own levels, a hair above them: psd-tools cuts down to a level, Photoshop rounds."""
    top = 2 ** min(bits, 16) - 1
    return np.asarray((np.round(values * top) + 0.01) / top, np.float32)


Change = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def _on_rgb(function: Callable[..., Any], layer: PsdLayer, bits: int) -> Change:
    def apply(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
        changed = np.asarray(function(_on_levels(rgb, bits), ColorMode.RGB, layer), np.float32)
        return np.clip(changed, 0, 1)

    return apply


def _on_grey(function: Callable[..., Any], layer: PsdLayer, space: ColorSpace) -> Change:
    """Grey adjustments count in the document's own grey, so values go there and back."""

    def apply(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
        grey = rgb[..., :1] if space.linear else space.srgb_to_grey(rgb[..., :1])
        changed = np.clip(
            np.asarray(function(_on_levels(grey, space.bits), ColorMode.GRAYSCALE, layer), np.float32), 0, 1
        )
        return np.repeat(changed if space.linear else space.grey_to_srgb(changed), 3, axis=-1)

    return apply
