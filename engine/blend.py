"""Blend modes and compositing in torch, premultiplied float32.

The general formula is the W3C's (Compositing and Blending Level 1, section 5.8), with backdrop b, source s and
alphas ab, as: `rgb = s (1 - ab) + b (1 - as) + as ab B(b / ab, s / as)` and `alpha = as + ab - as ab`, where s and b
are premultiplied. The functions B follow the PDF reference (ISO 32000-2, section 11.3.5) and, for the modes only
Photoshop has, its documented behaviour. A blend function takes straight colour (3, h, w) and returns the same.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

BlendFunction = Callable[[Tensor, Tensor], Tensor]

# Divisions by alpha or colour below this are divisions by nothing.
TINY = 1e-7


def straight(rgba: Tensor) -> Tensor:
    """(3, h, w) straight colour of premultiplied (4, h, w); black where nothing is."""
    return (rgba[:3] / rgba[3:4].clamp_min(TINY)).clamp_(0, 1)


def _quotient(upper: Tensor, lower: Tensor, undefined: Tensor) -> Tensor:
    """`min(1, upper / lower)`, and `undefined` where the divisor is nothing."""
    return torch.where(lower <= TINY, undefined, (upper / lower.clamp_min(TINY)).clamp_max(1))


def normal(_b: Tensor, s: Tensor) -> Tensor:
    return s


def darken(b: Tensor, s: Tensor) -> Tensor:
    return torch.minimum(b, s)


def multiply(b: Tensor, s: Tensor) -> Tensor:
    return b * s


def color_burn(b: Tensor, s: Tensor) -> Tensor:
    """White stays white under every source, black included."""
    return torch.where(b >= 1, 1.0, 1 - _quotient(1 - b, s, torch.ones_like(b)))


def linear_burn(b: Tensor, s: Tensor) -> Tensor:
    return (b + s - 1).clamp_min(0)


def lighten(b: Tensor, s: Tensor) -> Tensor:
    return torch.maximum(b, s)


def screen(b: Tensor, s: Tensor) -> Tensor:
    return b + s - b * s


def color_dodge(b: Tensor, s: Tensor) -> Tensor:
    """Black stays black under every source, white included."""
    return torch.where(b <= 0, 0.0, _quotient(b, 1 - s, torch.ones_like(b)))


def linear_dodge(b: Tensor, s: Tensor) -> Tensor:
    return (b + s).clamp_max(1)


def hard_light(b: Tensor, s: Tensor) -> Tensor:
    return torch.where(s <= 0.5, multiply(b, 2 * s), screen(b, 2 * s - 1))


def overlay(b: Tensor, s: Tensor) -> Tensor:
    return hard_light(s, b)


def soft_light(b: Tensor, s: Tensor) -> Tensor:
    bent = torch.where(b <= 0.25, ((16 * b - 12) * b + 4) * b, b.sqrt())
    return torch.where(s <= 0.5, b - (1 - 2 * s) * b * (1 - b), b + (2 * s - 1) * (bent - b))


def vivid_light(b: Tensor, s: Tensor) -> Tensor:
    """Burn below half, dodge above; unlike burn and dodge alone, an extreme source wins over any backdrop."""
    burn = 1 - _quotient(1 - b, 2 * s, torch.ones_like(b))
    dodge = _quotient(b, 2 * (1 - s), torch.ones_like(b))
    return torch.where(s <= 0.5, burn, dodge)


def linear_light(b: Tensor, s: Tensor) -> Tensor:
    return (b + 2 * s - 1).clamp(0, 1)


def pin_light(b: Tensor, s: Tensor) -> Tensor:
    return torch.where(s <= 0.5, torch.minimum(b, 2 * s), torch.maximum(b, 2 * s - 1))


def hard_mix(b: Tensor, s: Tensor) -> Tensor:
    """0 or 1 by the sum; on exactly 1 the lighter backdrop wins."""
    total = b + s
    return ((total > 1) | ((total == 1) & (b > 0.5))).to(b.dtype)


def difference(b: Tensor, s: Tensor) -> Tensor:
    return (b - s).abs()


def exclusion(b: Tensor, s: Tensor) -> Tensor:
    return b + s - 2 * b * s


def subtract(b: Tensor, s: Tensor) -> Tensor:
    return (b - s).clamp_min(0)


def divide(b: Tensor, s: Tensor) -> Tensor:
    return _quotient(b, s, (b > 0).to(b.dtype))


def _luma(c: Tensor) -> Tensor:
    """(1, h, w) luminosity as the PDF reference weighs it."""
    return 0.3 * c[0:1] + 0.59 * c[1:2] + 0.11 * c[2:3]


def _saturation_of(c: Tensor) -> Tensor:
    return c.amax(0, keepdim=True) - c.amin(0, keepdim=True)


def _with_luma(c: Tensor, luma: Tensor) -> Tensor:
    """`c` moved to the given luminosity and pulled towards it until it fits into 0..1."""
    c = c + (luma - _luma(c))
    low, high = c.amin(0, keepdim=True), c.amax(0, keepdim=True)
    c = torch.where(low < 0, luma + (c - luma) * luma / (luma - low).clamp_min(TINY), c)
    c = torch.where(high > 1, luma + (c - luma) * (1 - luma) / (high - luma).clamp_min(TINY), c)
    return c.clamp(0, 1)


def _with_saturation(c: Tensor, saturation: Tensor) -> Tensor:
    """`c` stretched so that its largest minus its smallest channel is `saturation` and the smallest is 0."""
    low = c.amin(0, keepdim=True)
    return (c - low) / _saturation_of(c).clamp_min(TINY) * saturation


def hue(b: Tensor, s: Tensor) -> Tensor:
    return _with_luma(_with_saturation(s, _saturation_of(b)), _luma(b))


def saturation(b: Tensor, s: Tensor) -> Tensor:
    return _with_luma(_with_saturation(b, _saturation_of(s)), _luma(b))


def color(b: Tensor, s: Tensor) -> Tensor:
    return _with_luma(s, _luma(b))


def luminosity(b: Tensor, s: Tensor) -> Tensor:
    return _with_luma(b, _luma(s))


def darker_color(b: Tensor, s: Tensor) -> Tensor:
    return torch.where(_luma(s) < _luma(b), s, b)


def lighter_color(b: Tensor, s: Tensor) -> Tensor:
    return torch.where(_luma(s) > _luma(b), s, b)


# Every name of specs.BLEND_MODES. Dissolve changes alpha, not colour: see `dissolved`.
BLENDS: dict[str, BlendFunction] = {
    "normal": normal,
    "dissolve": normal,
    "darken": darken,
    "multiply": multiply,
    "color-burn": color_burn,
    "linear-burn": linear_burn,
    "darker-color": darker_color,
    "lighten": lighten,
    "screen": screen,
    "color-dodge": color_dodge,
    "linear-dodge": linear_dodge,
    "lighter-color": lighter_color,
    "overlay": overlay,
    "soft-light": soft_light,
    "hard-light": hard_light,
    "vivid-light": vivid_light,
    "linear-light": linear_light,
    "pin-light": pin_light,
    "hard-mix": hard_mix,
    "difference": difference,
    "exclusion": exclusion,
    "subtract": subtract,
    "divide": divide,
    "hue": hue,
    "saturation": saturation,
    "color": color,
    "luminosity": luminosity,
}

# `as ab B(b / ab, s / as)` without a division, from premultiplied colours and alphas: (b, s, ab, as).
PREMULTIPLIED: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = {
    "multiply": lambda b, s, _ab, _as: b * s,
    "screen": lambda b, s, ab, as_: b * as_ + s * ab - b * s,
    "darken": lambda b, s, ab, as_: torch.minimum(b * as_, s * ab),
    "lighten": lambda b, s, ab, as_: torch.maximum(b * as_, s * ab),
    "linear-dodge": lambda b, s, ab, as_: torch.minimum(b * as_ + s * ab, ab * as_),
    "difference": lambda b, s, ab, as_: (b * as_ - s * ab).abs(),
    "exclusion": lambda b, s, ab, as_: b * as_ + s * ab - 2 * b * s,
}

# The colour each of Photoshop's eight special modes does nothing with. There fill opacity moves the source towards
# that colour before blending instead of fading the result; hard mix softens its threshold.
NEUTRAL: dict[str, float] = {
    "color-burn": 1.0,
    "linear-burn": 1.0,
    "color-dodge": 0.0,
    "linear-dodge": 0.0,
    "difference": 0.0,
    "vivid-light": 0.5,
    "linear-light": 0.5,
    "hard-mix": 0.5,
}


def _filled(mode: str, b: Tensor, s: Tensor, fill: float) -> Tensor:
    """B(b, s) of one of the eight special modes at a fill opacity under 1."""
    if mode == "hard-mix":
        return ((b - fill * (1 - s)) / max(1 - fill, TINY)).clamp(0, 1)
    return BLENDS[mode](b, NEUTRAL[mode] + fill * (s - NEUTRAL[mode]))


def dissolved(rgba: Tensor, origin: tuple[int, int] = (0, 0)) -> Tensor:
    """Premultiplied (4, h, w) with every pixel either opaque or gone, by a noise fixed in the layer's own space.

    origin: (x, y) of this crop inside the layer. The noise is an integer hash of the position, the same everywhere.
    """
    height, width = rgba.shape[1:]
    x = torch.arange(origin[0], origin[0] + width, device=rgba.device, dtype=torch.int64)
    y = torch.arange(origin[1], origin[1] + height, device=rgba.device, dtype=torch.int64)
    mixed = (x[None, :] * 374761393 + y[:, None] * 668265263) & 0xFFFFFFFF  # (h, w)
    mixed = ((mixed ^ (mixed >> 13)) * 1274126177) & 0xFFFFFFFF
    noise = ((mixed ^ (mixed >> 16)) & 0xFFFF).to(rgba.dtype) / 65536
    solid = (rgba[3] > noise).to(rgba.dtype)
    return torch.cat([straight(rgba) * solid, solid[None]])


def blend_over(
    backdrop: Tensor,
    source: Tensor,
    mode: str = "normal",
    opacity: float = 1.0,
    fill: float = 1.0,
    origin: tuple[int, int] = (0, 0),
) -> None:
    """Composite premultiplied `source` (4, h, w) into `backdrop` (4 or 5, h, w), in place.

    mode: a key of BLENDS. opacity, fill: 0..1. origin: of the source inside its layer, for dissolve's noise.
    A fifth channel of the backdrop collects the union of the sources' alphas, whatever was there before.
    """
    special = fill < 1 and mode in NEUTRAL
    strength = opacity if special else opacity * fill
    if strength <= 0:
        return
    if strength < 1:
        source = source * strength
    if mode == "dissolve":
        source = dissolved(source, origin)
    alpha = source[3:4]
    if backdrop.shape[0] > 4:
        backdrop[4:5].add_(alpha * (1 - backdrop[4:5]))
    canvas = backdrop[:4]
    if mode in ("normal", "dissolve"):
        torch.addcmul(source, canvas, 1 - alpha, out=canvas)  # one pass: memory is the limit here
        return
    under = canvas[3:4].clone()
    if mode in PREMULTIPLIED and not special:
        both = PREMULTIPLIED[mode](canvas[:3], source[:3], under, alpha)
    else:
        b, s = straight(canvas), straight(source)
        both = (_filled(mode, b, s, fill) if special else BLENDS[mode](b, s)) * (under * alpha)
    alone = (1 - under) * (fill if special else 1.0)  # what lands where there was no backdrop
    canvas[:3].mul_(1 - alpha).add_(both).addcmul_(source[:3], alone)
    canvas[3:4].addcmul_(alpha, alone)
