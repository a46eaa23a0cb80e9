"""Rate and amount of a measured motion: whether words of speed and strength were obeyed, and whether seeds differ."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .loops import leading
from .measure import Motion, frequency, half_range, interpolated
from .registration import Floats


def _main_track(motion: Motion, kind: str) -> Floats:
    """The track that a kind is about."""
    size = np.log(np.clip(np.abs(motion.scale), 0.05, 20))
    if kind == "wave":
        return leading(motion)
    tracks: dict[str, Callable[[], Floats]] = {
        "bob": lambda: motion.affine[:, 1, 2], "bounce": lambda: motion.at(0, 1)[:, 1],
        "sway": lambda: motion.at(0, -1)[:, 0], "swing": lambda: motion.at(0, 1)[:, 0],
        "shake": lambda: motion.affine[:, 0, 2], "orbit": lambda: motion.affine[:, 0, 2],
        "pulse": lambda: size.mean(1), "heartbeat": lambda: size.mean(1), "jelly": lambda: size[:, 0] - size[:, 1],
        "flip": lambda: np.minimum(motion.scale[:, 0], motion.scale[:, 1]),
        "in_left": lambda: motion.affine[:, 0, 2], "in_right": lambda: motion.affine[:, 0, 2],
        "in_top": lambda: motion.affine[:, 1, 2], "in_bottom": lambda: motion.affine[:, 1, 2],
        "spin_cw": lambda: motion.angle, "spin_ccw": lambda: motion.angle,
    }  # fmt: skip
    return tracks.get(kind.replace("out_", "in_"), lambda: motion.mass)()


def rate(motion: Motion, kind: str) -> float:
    """Cycles a second; turns a second of a spin; one over the seconds that something that happens once takes."""
    track = _main_track(motion, kind)
    if kind.startswith("spin"):
        known = motion.angle[motion.known]
        return abs(float(known[-1] - known[0])) / 2 / np.pi / motion.seconds if known.size > 1 else 0.0
    if kind.split("_")[0] in ("in", "out", "fade", "pop", "grow", "shrink"):
        steps = np.cumsum(np.abs(np.diff(interpolated(track))))
        share = steps / max(float(steps[-1]), 1e-9)
        return motion.fps / max(1, int(np.searchsorted(share, 0.95) - np.searchsorted(share, 0.05)) + 1)
    return frequency(interpolated(track), motion.fps)


def amount(motion: Motion, kind: str) -> float:
    """Half range of what a kind is about, in units (of light: its deviation); 0 where a kind has no strength."""
    if kind in ("flicker",):
        return float(max(interpolated(motion.brightness).std(), interpolated(motion.mass).std()))
    return half_range(_main_track(motion, kind))


def obeys(said: int, value: float, plain: float) -> bool:
    """Whether a slow (-1) or fast (1) word, or a gentle or strong one, changed a rate or amount against the plain."""
    return said == 0 or (value > 1.12 * plain if said > 0 else value < plain / 1.12)


def differ(one: Motion, other: Motion) -> bool:
    """Whether two clips of one prompt (other seeds) visibly differ: a hundredth of the layer in place, turn or size."""
    count = min(len(one), len(other))

    def apart(first: Floats, second: Floats) -> float:
        return float(np.abs(interpolated(first)[:count] - interpolated(second)[:count]).max())

    pairs = zip(one.affine.reshape(-1, 6).T, other.affine.reshape(-1, 6).T, strict=True)  # (t, 2, 3) -> 6 of (t,)
    moved = max(apart(first, second) for first, second in pairs)
    return moved > 0.01 or max(apart(one.mass, other.mass), apart(one.brightness, other.brightness)) > 0.02
