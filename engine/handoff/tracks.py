"""A piece's motion as the numbers other programs animate: position, angle, slant, scale and opacity, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import FloatArray
from ..motion_field import Part
from .keys import IntArray, settled

WITHIN = 1 / 8  # px on the canvas that reducing one property to keyframes may move any corner of a layer
FADED = 1 / 512  # the same of opacity: half a level of 8 bits


@dataclass(frozen=True, eq=False)
class Track:
    """`p' = position + R H S (p - anchor)` on the canvas, one a frame, and one more that closes or holds the motion."""

    anchor: FloatArray  # (2,) px
    position: FloatArray  # (t, 2) px, where the anchor goes
    angle: FloatArray  # (t,) radians, clockwise on screen, without jumps
    shear: FloatArray  # (t,)
    scale: FloatArray  # (t, 2), signed
    opacity: FloatArray  # (t,) 0..1

    @classmethod
    def of(cls, part: Part, *, strength: float = 1.0, loop: bool = False) -> Track:
        """The affine and opacity of a part, times a constant `strength`; frame t is frame 0 again in a loop."""
        affine = part.affine
        frames = [*range(len(affine.shear)), 0 if loop else -1]
        opacity = np.ones(len(affine.shear)) if part.opacity is None else part.opacity
        return cls(
            affine.anchor,
            affine.anchor + affine.shift[frames],
            np.unwrap(np.arctan2(affine.turn[frames, 1], affine.turn[frames, 0])),
            affine.shear[frames],
            affine.scale[frames],
            strength * opacity[frames],
        )

    @property
    def is_sheared(self) -> bool:
        return bool(np.abs(self.shear).max() > 1e-9)

    def carriers(self) -> tuple[Track, Track]:
        """The same motion without shear: an outer track about (0, 0), and an inner one that it carries.

        By singular values `H = R(a) diag(s, 1 / s) R(-b)`, written so that all three run smoothly through no shear.
        """
        half = self.shear / 2
        lean, stretch = np.arctan(half) / 2, half + np.sqrt(1 + half**2)
        scale = np.stack([stretch, 1 / stretch], axis=-1)
        none = np.zeros(len(half))
        outer = Track(np.zeros(2), self.position, self.angle + np.pi / 4 - lean, none, scale, none + 1)
        inner = Track(self.anchor, np.zeros_like(self.position), -np.pi / 4 - lean, none, self.scale, self.opacity)
        return outer, inner

    def keys(self, reach: float) -> dict[str, IntArray]:
        """The frames to keep of each property. `reach` is how far from the anchor pixels lie at rest, px."""
        scaled, turned = WITHIN / reach, WITHIN / (reach * max(1.0, float(np.abs(self.scale).max())))
        within = {"position": WITHIN, "angle": turned, "shear": turned, "scale": scaled, "opacity": FADED}
        tracks = {name: getattr(self, name).reshape(len(self.shear), -1) for name in within}
        return {name: settled(tracks[name], np.full(tracks[name].shape[1], within[name])) for name in within}


def reach_of(corners: FloatArray, track: Track) -> float:
    """Px from a track's anchor to the farthest of `corners` (n, 2), at rest."""
    return max(1.0, float(np.hypot(*(corners - track.anchor).T).max()))
