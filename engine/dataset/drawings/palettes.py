"""Harmonious palettes: hues from the classic schemes in OKLCH, lightness and chroma from a mood.

OKLab is Björn Ottosson's (2020, "A perceptual color space for image processing"): equal steps look equal, so that a
scheme of hues stays balanced.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

Colour = tuple[int, int, int]  # sRGB, 0..255

# mood: (lightness low, high, chroma low, high) of the five colours
MOODS: dict[str, tuple[float, float, float, float]] = {
    "vivid": (0.60, 0.80, 0.15, 0.21),
    "pastel": (0.80, 0.90, 0.06, 0.10),
    "candy": (0.68, 0.84, 0.12, 0.17),
    "muted": (0.60, 0.84, 0.06, 0.10),
    "deep": (0.42, 0.64, 0.10, 0.15),
    "earthy": (0.50, 0.78, 0.07, 0.11),
    "retro": (0.62, 0.84, 0.09, 0.14),
}
SCHEMES: dict[str, tuple[float, ...]] = {  # degrees from the first hue
    "analogous": (0, 28, -28, 56, -50),
    "complement": (0, 180, 24, 200, -20),
    "split": (0, 150, 210, 20, 180),
    "triad": (0, 120, 240, 30, 150),
    "warm and cool": (0, 40, 195, 220, 15),
    "square": (0, 90, 180, 270, 45),
}
# natural tone: (hue in degrees, share of the mood's chroma, lightness shift)
TONES: dict[str, tuple[float, float, float]] = {
    "leaf": (145, 1.0, -0.04), "grass": (130, 1.0, 0.0), "flame": (55, 1.25, 0.05), "ember": (32, 1.2, -0.02),
    "gold": (85, 1.1, 0.06), "wood": (58, 0.6, -0.14), "bark": (50, 0.45, -0.24), "clay": (40, 0.85, -0.05),
    "water": (235, 0.9, 0.0), "sky": (230, 0.7, 0.08), "red": (25, 1.2, -0.05), "pink": (5, 0.9, 0.05),
    "violet": (300, 1.0, -0.02), "steel": (250, 0.25, -0.02), "cloud": (250, 0.12, 0.14), "skin": (58, 0.6, 0.02),
    "fur": (62, 0.7, -0.04), "sand": (80, 0.5, 0.08), "night": (280, 0.8, -0.22), "coral": (30, 1.0, 0.03),
}  # fmt: skip


def oklch(lightness: float, chroma: float, hue: float) -> Colour:
    """The sRGB colour of an OKLCH one (hue in degrees), clipped into the gamut."""
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    cone = np.array([
        lightness + 0.3963377774 * a + 0.2158037573 * b,
        lightness - 0.1055613458 * a - 0.0638541728 * b,
        lightness - 0.0894841775 * a - 1.2914855480 * b,
    ]) ** 3  # fmt: skip
    linear = np.array([
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]) @ cone  # fmt: skip
    linear = np.clip(linear, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (int(v) for v in np.rint(srgb * 255))
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float = 0.2) -> Colour:
    """Towards a dark violet, as illustrators shade: never grey."""
    return mix(colour, (34, 20, 62), share)


def lighter(colour: Colour, share: float = 0.3) -> Colour:
    """Towards a warm white."""
    return mix(colour, (255, 250, 240), share)


@dataclass(frozen=True)
class Palette:
    """Five colours that go together, an ink for lines, a paper for light areas, and natural tones on demand."""

    mood: str
    colours: tuple[Colour, ...]  # 5
    ink: Colour
    paper: Colour
    natural: bool  # leaves are green; otherwise every tone is one of the five colours
    turn: float  # degrees every natural hue is turned by
    hue: float
    known: dict[str, Colour] = field(default_factory=dict)

    def tone(self, name: str) -> Colour:
        """A natural tone of TONES in this palette's mood; the same name is the same colour in one drawing."""
        if name not in self.known:
            self.known[name] = self._natural(name) if self.natural else self.colours[len(self.known) % 5]
        return self.known[name]

    def _natural(self, name: str) -> Colour:
        hue, chroma, shift = TONES[name]
        low, high, c_low, c_high = MOODS[self.mood]
        return oklch((low + high) / 2 + shift, (c_low + c_high) / 2 * chroma, hue + self.turn)


def palette(rng: np.random.Generator) -> Palette:
    """A random palette."""
    mood = str(rng.choice(list(MOODS), p=(0.22, 0.14, 0.2, 0.07, 0.13, 0.08, 0.16)))
    scheme = SCHEMES[str(rng.choice(list(SCHEMES)))]
    low, high, c_low, c_high = MOODS[mood]
    hue = float(rng.uniform(0, 360))
    levels = rng.permutation(np.linspace(low, high, 5))
    colours = tuple(
        oklch(float(level), float(rng.uniform(c_low, c_high)), hue + turn)
        for level, turn in zip(levels, scheme, strict=True)
    )
    ink = oklch(float(rng.uniform(0.2, 0.34)), float(rng.uniform(0.02, 0.08)), hue + float(rng.choice([0, 180, 260])))
    paper = oklch(float(rng.uniform(0.94, 0.985)), float(rng.uniform(0.005, 0.03)), float(rng.uniform(40, 110)))
    return Palette(mood, colours, ink, paper, bool(rng.random() < 0.7), float(rng.uniform(-14, 14)), hue)
