"""Any drawing with a part that it was not designed with: a limb, a rotor, a flag, another drawing that sits on it.

Families teach what the tail of a fish looks like; these teach that a word names a place in a picture.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .drawing import Drawing, Piece, flat
from .paint import MARGIN, MODE, Canvas, hinge
from .palettes import darker, lighter
from .shapes import Points, box, drop, ellipse, leaf, polygon, ribbon, star, turned

FAMILY = "joined"
TURNS = ("spin_cw", "spin_ccw")
Place = tuple[float, float]
Part = Callable[[Canvas, Place, float, float], Piece]  # hinge, direction in degrees (0 right, 90 down), length


def join(rng: np.random.Generator, size: int, base: Drawing, rider: Drawing) -> Drawing:
    """`base` in one piece, and on it or behind it one part that moves; in a third of all cases the part is `rider`."""
    c = Canvas(rng, size, sticker=0.0)
    c.restyle(duotone=False)
    side = c.between(0.55, 0.85)
    corner = ((1 - side) / 2, (1 - side) / 2)
    alpha = _paste(c, "body", flat(base), corner, side)
    inside = c.chance(0.42)
    layer = "front" if inside or c.chance(0.55) else "rear"
    at, angle = _inside(c, alpha, corner, side) if inside else _at_edge(c, alpha, corner, side)
    if c.chance(0.33):
        piece = _ridden(c, layer, rider, at, angle, side, inside=inside)
    else:
        length = side * (c.between(0.17, 0.34) if inside else c.between(0.22, 0.6))
        piece = c.rng.choice(np.array(_CENTRED if inside else _ATTACHED, dtype=object))(c.on(layer), at, angle, length)
    mirror = c.chance(0.3)
    if layer == "rear":
        return c.finish(FAMILY, base.noun, rear=piece, mirror=mirror)
    return c.finish(FAMILY, base.noun, front=piece, mirror=mirror)


# --- where ------------------------------------------------------------------------------------------------------------


def _paste(c: Canvas, layer: str, pixels: NDArray[np.uint8], corner: Place, side: float) -> NDArray[np.uint8]:
    """Lays a picture with its corner at `corner`, `side` units wide; its alpha as it was."""
    wide = max(2, round(side * c.unit))
    picture = Image.frombytes(MODE, (len(pixels), len(pixels)), pixels.tobytes())
    left, top = (round((v + MARGIN) * c.unit) for v in corner)
    c.lay(layer, picture.resize((wide, wide), Image.Resampling.BICUBIC), left, top)
    return pixels[..., 3]


def _at_edge(c: Canvas, alpha: NDArray[np.uint8], corner: Place, side: float) -> tuple[Place, float]:
    """A place just within the outline, and the direction from the middle to it."""
    rows, columns = np.nonzero(alpha > 128)
    if not len(rows):
        return (0.5, 0.5), -90.0
    angle = c.between(-180, 180)
    y, x = float(rows.mean()), float(columns.mean())
    away = np.arange(0, len(alpha), 1.0)
    path = np.stack([y + away * np.sin(np.radians(angle)), x + away * np.cos(np.radians(angle))]).astype(int)
    path = path[:, ((path >= 0) & (path < len(alpha))).all(0)]
    opaque = np.flatnonzero(alpha[path[0], path[1]] > 128)
    last = max(0, (int(opaque[-1]) if len(opaque) else 0) - round(c.between(0.02, 0.06) * len(alpha)))
    row, column = path[:, min(last, path.shape[1] - 1)]
    return _units(column, row, alpha, corner, side), angle + c.between(-30, 30)


def _inside(c: Canvas, alpha: NDArray[np.uint8], corner: Place, side: float) -> tuple[Place, float]:
    """A place well within the outline, and any direction."""
    solid = alpha > 128
    reach = len(alpha) // 10
    kept = solid[reach:-reach, reach:-reach].copy()
    for dy, dx in ((-reach, 0), (reach, 0), (0, -reach), (0, reach)):
        kept &= np.roll(solid, (dy, dx), (0, 1))[reach:-reach, reach:-reach]
    rows, columns = np.nonzero(kept)
    if not len(rows):
        return (0.5, 0.5), c.between(-180, 180)
    chosen = c.count(0, len(rows) - 1)
    return _units(columns[chosen] + reach, rows[chosen] + reach, alpha, corner, side), c.between(-180, 180)


def _units(column: float, row: float, alpha: NDArray[np.uint8], corner: Place, side: float) -> Place:
    step = side / len(alpha)
    return float(corner[0] + column * step), float(corner[1] + row * step)


def _ridden(c: Canvas, layer: str, rider: Drawing, at: Place, angle: float, side: float, *, inside: bool) -> Piece:
    """Another drawing as the part: about its own middle where it lies on the base, else about where it touches."""
    pixels = flat(rider)
    wide = side * (c.between(0.3, 0.55) if inside else c.between(0.35, 0.75))
    towards = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    middle = np.array(at) if inside else np.array(at) + towards * wide * 0.36
    corner = (float(middle[0] - wide / 2), float(middle[1] - wide / 2))
    _paste(c, layer, pixels, corner, wide)
    kinds = (*TURNS, "swing", "pulse", "flicker") if inside else ("swing", "bob", "pulse", "flicker", "wave")
    tip = middle + towards * wide / 2
    return hinge(rider.noun, kinds, at, (float(tip[0]), float(tip[1])))


# --- parts that are attached at the outline ---------------------------------------------------------------------------


def _tip(at: Place, angle: float, length: float) -> Place:
    return at[0] + length * float(np.cos(np.radians(angle))), at[1] + length * float(np.sin(np.radians(angle)))


def _bent(c: Canvas, at: Place, angle: float, length: float) -> Points:
    """Three points from `at`, curving to one side."""
    bend = c.between(-40, 40)
    middle = _tip(at, angle, length / 2)
    return np.array([at, middle, _tip(middle, angle + bend, length / 2)])


def _limb(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    spine, wide, tint = _bent(c, at, angle, length), length * c.between(0.1, 0.34), c.colour(c.count(0, 4))
    c.shape(ribbon(spine, [wide, wide * c.between(0.6, 1), wide * c.between(0.25, 1)]), tint)
    if c.chance(0.5):
        end = ellipse(float(spine[-1][0]), float(spine[-1][1]), wide * c.between(0.4, 0.75))
        c.shape(end, lighter(tint, 0.3) if c.chance(0.5) else tint)
    name = c.word(
        "arm", "tail", "trunk", "leg", "tentacle", "antenna", "branch", "hose", "neck", "paw", "claw", "handle"
    )
    return hinge(name, ("swing", "swing", "wave"), at, (float(spine[-1][0]), float(spine[-1][1])))


def _line(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    spine = _bent(c, at, angle, length)
    c.stroke(spine, length * c.between(0.03, 0.09), c.ink if c.chance(0.5) else c.colour(1))
    name = c.word("string", "antenna", "whisker", "rope", "cable", "chain", "thread", "feeler", "strap", "stalk")
    return hinge(name, ("swing", "wave"), at, (float(spine[-1][0]), float(spine[-1][1])))


def _blade(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    wide, tint = length * c.between(0.3, 0.75), c.colour(c.count(0, 4))
    outline = leaf(*at, length, wide, angle, c.between(-0.2, 0.2)) if c.chance(0.6) else drop(*at, length, wide, angle)
    c.shape(outline, tint)
    middle = outline.mean(axis=0)
    c.plain((outline - middle) * 0.5 + middle, lighter(tint, 0.35), within=outline)
    name = c.word("ear", "wing", "fin", "leaf", "petal", "feather", "flipper", "flap", "paddle", "crest", "horn")
    return hinge(name, ("swing", "wave", "pulse"), at, _tip(at, angle, length))


def _cloth(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    wide, tint = length * c.between(0.35, 0.8), c.colour(c.count(0, 4))
    notch = length * c.between(0, 0.3)
    ends = [(0, -wide / 2), (length, -wide / 2), (length - notch, 0), (length, wide / 2), (0, wide / 2)]
    flag = [(0, -wide / 2), (length, 0), (0, wide / 2)] if c.chance(0.3) else ends
    c.shape(turned(np.add(flag, at), at, angle), tint)
    name = c.word("flag", "banner", "pennant", "ribbon", "scarf", "cape", "cloth", "streamer", "sail", "towel")
    return hinge(name, ("wave", "wave", "swing"), at, _tip(at, angle, length))


def _lid(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    tint, wide = c.colour(c.count(0, 4)), length * c.between(0.7, 1.1)
    rise = length * c.between(0.45, 0.8)
    middle = _tip(at, angle, rise / 2)
    (x, y), half = middle, (rise / 2, wide / 2)
    square = turned(box(x - half[0], y - half[1], x + half[0], y + half[1], rise / 5), middle, angle)
    c.shape(ellipse(x, y, *half, angle) if c.chance(0.5) else square, tint)
    c.plain(turned(box(at[0], at[1] - wide / 2, at[0] + rise * 0.2, at[1] + wide / 2), at, angle), darker(tint, 0.3))
    name = c.word("head", "hat", "lid", "cap", "top", "helmet", "crown", "roof", "bonnet")
    return hinge(name, ("swing", "bob", "pulse"), at, _tip(at, angle, rise))


def _flame(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    upwards = angle if c.chance(0.3) else -90 + c.between(-12, 12)
    outer = drop(*at, length, length * c.between(0.5, 0.8), upwards)
    c.plain(outer, c.tone("red") if c.chance(0.4) else (255, 150, 40))
    c.plain(drop(*at, length * 0.6, length * 0.3, upwards), (255, 220, 90))
    name = c.word("flame", "fire", "torch", "candle flame", "jet", "flames", "light")
    return hinge(name, ("flicker", "flicker", "pulse", "swing"), at, _tip(at, upwards, length))


def _pair(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    """Two of a kind, side by side about the hinge."""
    apart, tint = length * c.between(0.25, 0.45), c.colour(c.count(0, 4))
    wide, spread = length * c.between(0.2, 0.4), c.between(4, 22)
    for side in (-1, 1):
        foot = _tip(at, angle + 90, side * apart)
        long = leaf(*foot, length, wide, angle + side * spread)
        c.shape(
            long if c.chance(0.5) else ribbon([foot, _tip(foot, angle + side * spread, length)], [wide, wide / 2]), tint
        )
    name = c.word("ears", "arms", "wings", "legs", "horns", "antennae", "leaves", "feelers", "fins", "hands")
    return hinge(name, ("swing", "swing", "wave", "pulse"), at, _tip(at, angle, length))


# --- parts that lie on the drawing ------------------------------------------------------------------------------------


def _rotor(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    tint, wide = c.colour(c.count(0, 4)), length * c.between(0.22, 0.5)
    for turn in np.linspace(0, 360, c.count(2, 6), endpoint=False):
        far = _tip(at, angle + float(turn), length)
        bar = ribbon([at, far], [wide * 0.4, wide], smooth=False)
        c.shape(leaf(*at, length, wide, angle + float(turn)) if c.chance(0.5) else bar, tint)
    c.plain(ellipse(*at, length * 0.12), c.ink)
    name = c.word("rotor", "blades", "propeller", "sails", "vanes", "fan", "turbine", "arms", "spokes")
    return hinge(name, TURNS, at, _tip(at, angle, length))


def _disc(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    tint = c.ink if c.chance(0.4) else c.colour(c.count(0, 4))
    outline = star(*at, length, c.count(8, 14), 0.84) if c.chance(0.3) else ellipse(*at, length)
    c.shape(outline, tint)
    for ring in (0.75, 0.5):
        if c.chance(0.4):
            c.stroke(ellipse(*at, length * ring), length * 0.03, lighter(tint, 0.4), closed=True)
    label = lighter(tint, 0.6) if c.chance(0.5) else c.colour(3)
    c.plain(ellipse(*at, length * c.between(0.2, 0.4)), label)
    mark = _tip(at, angle, length * c.between(0.5, 0.7))  # something that shows how far it has turned
    if c.chance(0.5):
        c.plain(ellipse(*mark, length * c.between(0.1, 0.2)), c.colour(4))
    else:
        c.stroke([at, _tip(at, angle, length * 0.85)], length * c.between(0.06, 0.16), c.colour(4))
    name = c.word("wheel", "record", "disc", "dial", "gear", "cog", "knob", "reel", "plate", "vinyl", "button", "coin")
    return hinge(name, (*TURNS, *TURNS, "pulse"), at, _tip(at, angle, length))


def _needle(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    tint = c.tone("red") if c.chance(0.4) else c.ink if c.chance(0.5) else c.colour(2)
    back, wide = _tip(at, angle + 180, length * c.between(0, 0.25)), length * c.between(0.05, 0.16)
    c.shape(ribbon([back, _tip(at, angle, length)], [wide, wide * c.between(0.2, 1)], smooth=False), tint, fill="flat")
    c.plain(ellipse(*at, wide * c.between(0.7, 1.3)), darker(tint, 0.2))
    name = c.word("hand", "needle", "pointer", "arm", "lever", "second hand", "hour hand", "arrow", "indicator", "rod")
    return hinge(name, (*TURNS, "swing", "swing"), at, _tip(at, angle, length))


def _lamp(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    radius, tint = length * c.between(0.4, 0.9), c.colour(c.count(0, 4))
    bright = (255, 230, 120) if c.chance(0.5) else lighter(tint, 0.3)
    c.shape(ellipse(*at, radius) if c.chance(0.6) else polygon(*at, radius, c.count(3, 6), angle), bright)
    c.plain(ellipse(at[0] - radius * 0.3, at[1] - radius * 0.3, radius * 0.22), (255, 255, 255), 0.8)
    name = c.word("lamp", "light", "bulb", "signal", "headlight", "window", "screen", "star", "jewel", "heart")
    return hinge(name, ("flicker", "flicker", "pulse"), at, _tip(at, angle, radius))


def _eyes(c: Canvas, at: Place, angle: float, length: float) -> Piece:
    radius = length * c.between(0.25, 0.45)
    for side in (-1, 1) if c.chance(0.7) else (0,):
        x = at[0] + side * radius * 1.3
        c.plain(ellipse(x, at[1], radius, radius * c.between(1, 1.3)), (255, 255, 255))
        c.plain(ellipse(x + radius * 0.15, at[1], radius * 0.5), c.ink)
    return hinge(c.word("eyes", "eyes", "eye"), ("blink", "blink", "pulse"), at, (at[0], at[1] - radius))


_ATTACHED: tuple[Part, ...] = (_limb, _limb, _line, _blade, _blade, _cloth, _cloth, _lid, _flame, _pair)
_CENTRED: tuple[Part, ...] = (_rotor, _rotor, _disc, _disc, _needle, _needle, _lamp, _eyes, _limb, _blade)
