"""The one value between a backend and the renderer: how a still layer moves.

`layer(t) = patch(t) over [ part_K(t) over ... over part_1(t) ]`, where part k is the static layer times its matte,
pulled through its local flow, carried by its affine, and multiplied by opacity and gain. Everything is numpy, in canvas
pixels of the layer at rest, so fields are planned, tested and handed off without torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from .geometry import Box, FloatArray

Float32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class AffineTrack:
    """Forward affines, layer to canvas: `p' = anchor + shift + R H S (p - anchor)`, one a time step (t)."""

    anchor: FloatArray  # (2,) px
    shift: FloatArray  # (t, 2) px
    turn: FloatArray  # (t, 2) unit vector (cos, sin); y points down, so a positive angle turns clockwise on screen
    shear: FloatArray  # (t,)
    scale: FloatArray  # (t, 2), signed


@dataclass(frozen=True, eq=False)
class Grid:
    """Values on a coarse grid over `box`, nodes on its corners and edges included.

    Read by separable cubic interpolation that reproduces linear functions exactly (Catmull-Rom, borders extrapolated
    linearly); outside the box the nearest border value holds.
    """

    box: Box
    values: Float32  # (t, rows, columns, c)


@dataclass(frozen=True, eq=False)
class Part:
    """One piece of a layer and all that happens to it. Fields left None are at rest."""

    affine: AffineTrack
    matte: Float32 | None = None  # (h, w) 0..1 over the layer's own box; None: the whole layer
    # c = 2, px, pull: what is drawn at p (before the affine) comes from p + flow(p)
    flow: Grid | None = None
    opacity: FloatArray | None = None  # (t,) 0..1
    gain: FloatArray | None = None  # (t, 3) factor on RGB; the result is clipped to alpha
    opacity_grid: Grid | None = None  # c = 1, clamped to 0..1 after interpolation (a 2x2 ramp is an exact soft wipe)
    gain_grid: Grid | None = None  # c = 3, factor on RGB
    blur: FloatArray | None = None  # (t,) standard deviation of a Gaussian, px
    hue: FloatArray | None = None  # (t,) radians, rotation about the grey axis
    glow: FloatArray | None = None  # (t,) 0.., strength of a blurred copy added behind and around
    glow_radius: float = 0.0  # standard deviation of that copy, px


@dataclass(frozen=True, eq=False)
class Patch:
    """Pixels the static layer does not have, premultiplied, laid over the parts; resized smoothly to `box`."""

    box: Box  # layer at rest, px
    values: Float32  # (t, 4, h, w), rgb never above alpha
    affine: AffineTrack | None = None  # what composed motions do to it


@dataclass(frozen=True, eq=False)
class MotionField:
    """A layer's motion over `frames` steps at `rate` per second; step i is the moment i / rate.

    `loop`: step `frames` equals step 0. Between steps tracks are interpolated (angles unwrapped); outside them the
    first and the last step hold.
    """

    rate: Fraction
    frames: int
    parts: tuple[Part, ...]  # back to front, at least one
    patch: Patch | None = None
    loop: bool = False
