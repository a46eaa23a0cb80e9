"""Motions of light: flicker, glow, hue, and a band of light that sweeps across."""

from __future__ import annotations

import math

import numpy as np

from ..geometry import FloatArray
from ..motion_field import Grid, Part
from .beat import Beat, Given, Subject, still, swell

# Three flashes a second are the accepted limit for photosensitive viewers (WCAG 2.2, success criterion 2.3.1); a flash
# counts from a tenth of full brightness.
_FASTEST = 2.5  # Hz, of large changes
_SMALL = 0.08  # share, of quicker ones


def light(beat: Beat, given: Given, subject: Subject) -> Part:
    """Brightness, glow and hue. shape candle: an uneven flame; swell: up and back once a cycle.

    amount (share by which it dims; below 0 it brightens), warmth (share by which blue dims more than red), glow
    (strength at the top), spread (radius of the glow, share of the shorter side), turns (of the hue in a cycle).
    """
    amount = given.number("amount")
    candle = given.text("shape", "swell") == "candle"
    dim = _flame(beat, amount) if candle else amount * swell(beat.phase)  # (t,)
    warmth = given.number("warmth") * np.array([-1.0, 0.0, 1.0])
    gain = np.clip(1 - dim[:, None] * (1 + warmth), 0, None) if amount else None
    glow, turns = max(given.number("glow"), 0.0), given.number("turns")
    return Part(
        still(beat),
        gain=gain,
        glow=glow * (0.25 + 0.75 * swell(beat.phase)) if glow else None,
        glow_radius=given.number("spread") * subject.side if glow else 0.0,
        hue=2 * np.pi * beat.turned(turns) if turns else None,
    )


def _flame(beat: Beat, amount: float) -> FloatArray:
    """(t,) 0..amount: slow unrest below the rate of flashes, and a small quick tremble."""
    high = min(1.6, _FASTEST * beat.seconds)
    slow = beat.noise(0, min(0.6, high), high)
    quick = min(0.25 * abs(amount), _SMALL)
    # dips are deeper and shorter than the bright times
    unrest: FloatArray = (abs(amount) - quick) * (0.5 - 0.5 * slow) ** 1.5 + quick * (
        0.5 + 0.5 * beat.noise(1, 3.0, 5.0)
    )
    return unrest if amount >= 0 else -unrest


def shimmer(beat: Beat, given: Given, subject: Subject) -> Part:
    """A soft band of light crosses along direction once a period, then rests.

    amount (how much brighter), width (of the band, share of the box), slant (rad), sweep (share of the period).
    """
    turn = given.number("direction") + given.number("slant")
    heading = np.array([np.cos(turn), np.sin(turn)])
    box, width = subject.box, max(given.number("width", 0.2), 0.05)
    extent = max(1.0, abs(heading[0]) * box.width + abs(heading[1]) * box.height)
    count = min(33, 5 + math.ceil(3 / width))
    grid = Grid(box, np.zeros((1, count, count, 3), np.float32))
    along = (grid.nodes() - box.center) @ heading / extent + 0.5  # (rows, columns)
    cycle = np.clip(beat.phase / (2 * np.pi) / given.number("sweep", 0.6), 0, 1)
    middle = -2 * width + cycle * (1 + 4 * width)  # (t,) from wholly before the box to wholly past it
    band = np.exp(-(((along - middle[:, None, None]) / (0.6 * width)) ** 2))  # (t, rows, columns)
    bright = np.maximum(1 + given.number("amount") * np.where(band < 1e-3, 0.0, band), 0)
    return Part(still(beat), gain_grid=Grid(box, np.repeat(bright[..., None], 3, axis=-1).astype(np.float32)))
