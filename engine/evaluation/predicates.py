"""What each kind of wish means, as a statement on a measured motion that other kinds fail.

Lengths are in units of the layer's longer side. True implications: a heartbeat is a pulse.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .measure import Motion, frequency, half_range, interpolated, reversals, turning_points
from .registration import Floats
from .statements import Rule, Verdict, above, below, extent, judge, place_fixed, seen, size_fixed

STILL = 0.5  # 1/255, temporal standard deviation

Predicate = Callable[[Motion], Verdict]


def still(motion: Motion) -> Verdict:
    """Stands where the picture at rest stands, and nothing changes."""
    same = float(np.nanmax(np.abs(motion.affine - np.eye(2, 3)), initial=0)) if motion.known.any() else 1.0
    return judge(
        below("temporal deviation", motion.std, STILL), below("away from rest", same, 0.02), *seen(motion)
    )  # fmt: skip


def _sharpness_of_turns(track: Floats) -> float:
    """How much more suddenly a height (up is positive) turns at its lowest points than at its highest."""
    track = interpolated(track)
    bends = np.diff(track, 2)
    upward, downward = np.percentile(bends, 97), -np.percentile(bends, 3)
    return float(max(upward, 0) / max(downward, 1e-6))


def bob(motion: Motion) -> Verdict:
    """Up and down, smoothly, with little else."""
    far, height = extent(motion), -motion.affine[:, 1, 2]
    return judge(
        *seen(motion), above("height", far.y, 0.006), above("turns", reversals(height), 1),
        below("sideways", far.x, 0.5 * far.y), below("turn", far.turn, 0.6 * far.y),
        below("size", far.size, 0.3 * far.y), below("squash", far.squash, 0.3 * far.y),
        below("bend", far.bend, 0.5 * far.y), below("suddenness", _sharpness_of_turns(height), 2.2),
        below("fading", far.opacity, 0.15), below("beats a second", _beats(height, motion), 4.5),
    )  # fmt: skip


def _leans(motion: Motion, free: float, held: float) -> Verdict:
    """The free end (y -1 or 1 over the box) goes sideways to both sides, the held one hardly moves."""
    end, root = motion.at(0, free), motion.at(0, held)
    lean = interpolated(end[:, 0])
    reach, far, angle = half_range(end[:, 0]), extent(motion), np.degrees(half_range(motion.angle))
    rooted = max(half_range(root[:, 0]), half_range(root[:, 1]))
    return judge(
        *seen(motion), above("lean", reach, 0.008), below("held end", rooted, 0.45 * reach),
        above("turns", reversals(end[:, 0]), 1), below("up and down", half_range(end[:, 1]), 0.6 * reach),
        below("one-sided", abs(float(lean.max() + lean.min())) / 2, 0.75 * reach),
        below("size", far.size, 0.5 * reach), below("squash", far.squash, 0.4 * reach),
        below("bend", far.bend, 0.6 * reach), below("angle", float(angle), 75), below("fading", far.opacity, 0.15),
    )  # fmt: skip


def sway(motion: Motion) -> Verdict:
    """The top leans to both sides over a base that stays."""
    return _leans(motion, free=-1, held=1)


def swing(motion: Motion) -> Verdict:
    """Turns back and forth about a point near the top."""
    turned = np.degrees(half_range(motion.angle))
    verdict = _leans(motion, free=1, held=-1)
    return Verdict(verdict.ok and turned > 0.7, (*verdict.reasons, *(() if turned > 0.7 else ("hardly turns",))))


def _spin(motion: Motion, sense: int) -> Verdict:
    angle = sense * motion.angle[motion.known]
    steps = np.diff(angle) if angle.size > 1 else np.zeros(1)
    net, back = np.degrees(steps.sum()), np.degrees(-steps[steps < 0].sum())
    far, (pivot, error) = extent(motion), fixed_point(motion)
    return judge(
        *seen(motion, 0.8), above("degrees turned", float(net), 90),
        below("degrees back", float(back), 0.1 * max(float(net), 1.0) + 3),
        below("centre wanders", error, 0.12), below("centre from the middle", float(np.abs(pivot).max()), 0.75),
        *size_fixed(motion, 0.12), below("fading", far.opacity, 0.3), below("mirrored", _mirrored(motion), 0.05),
    )  # fmt: skip


def fixed_point(motion: Motion) -> tuple[Floats, float]:
    """The point of the layer (-1..1 over the box at rest) that moves least, and how far it still moves (rms)."""
    known = motion.affine[motion.known]  # (t, 2, 3)
    if len(known) < 2:
        return np.zeros(2), 1.0
    linear = known[..., :2] - known[..., :2].mean(0)
    shift = known[..., 2] - known[..., 2].mean(0)
    point, *_ = np.linalg.lstsq(linear.reshape(-1, 2), -shift.reshape(-1), rcond=1e-3)
    rest = linear @ point + shift  # (t, 2)
    return point / motion.half, float(np.sqrt((rest**2).sum(1).mean()))


def _mirrored(motion: Motion) -> float:
    """Share of the known frames that show the layer mirrored."""
    return float((motion.scale[motion.known].prod(1) < 0).mean()) if motion.known.any() else 0.0


def spin_cw(motion: Motion) -> Verdict:
    """Turns clockwise, always onwards, by more than a quarter."""
    return _spin(motion, 1)


def spin_ccw(motion: Motion) -> Verdict:
    """Turns counterclockwise, always onwards, by more than a quarter."""
    return _spin(motion, -1)


def pulse(motion: Motion) -> Verdict:
    """Grows and shrinks evenly about its middle, again and again."""
    far, size = extent(motion), _log_size(motion)
    return judge(
        *seen(motion), above("size", far.size, 0.004), above("turns", reversals(size), 1),
        below("squash", far.squash, 0.4 * far.size), below("place", max(far.x, far.y), 0.6 * far.size),
        below("turn", far.turn, 0.6 * far.size), below("bend", far.bend, 0.5 * far.size),
        below("fading", far.opacity, 0.25), above("smallest", float(np.exp(interpolated(size).min())), 0.35),
    )  # fmt: skip


def heartbeat(motion: Motion) -> Verdict:
    """A pulse of two quick beats and a rest."""
    size = _log_size(motion)
    span = float(np.ptp(interpolated(size)))
    tops = [at for at in turning_points(size, 0.2) if interpolated(size)[at] > np.nanmin(size) + 0.35 * span]
    gaps = np.diff(tops).astype(np.float64)
    pair = sorted((gaps[0::2].mean(), gaps[1::2].mean())) if gaps.size > 1 else [1.0, 1.0]
    uneven = bool(pair[1] > 1.3 * pair[0])
    rules = pulse(motion)
    return Verdict(rules.ok and uneven, (*rules.reasons, *(() if uneven else ("the beats are even",))))


def _log_size(motion: Motion) -> Floats:
    sizes: Floats = np.log(np.clip(np.abs(motion.scale), 0.05, 20)).mean(1)  # (t,)
    return sizes


def shake(motion: Motion) -> Verdict:
    """Quickly to and fro sideways, a little."""
    far, side = extent(motion), motion.affine[:, 0, 2]
    turns = reversals(side, 0.2) / motion.seconds
    return judge(
        *seen(motion), above("sideways", far.x, 0.003), below("sideways", far.x, 0.3),
        above("turns a second", turns, 3.5), below("height", far.y, 0.7 * far.x),
        below("turn", far.turn, 0.9 * far.x), below("size", far.size, 0.4 * far.x),
        below("squash", far.squash, 0.4 * far.x), below("bend", far.bend, 0.6 * far.x),
        below("fading", far.opacity, 0.15),
    )  # fmt: skip


def _beats(track: Floats, motion: Motion) -> float:
    """Cycles a second of a track."""
    return frequency(interpolated(track), motion.fps)


# --- once ---------------------------------------------------------------------------------------------------------


def backwards(motion: Motion) -> Motion:
    """The same clip played from its end."""
    tracks = {name: value[::-1] for name, value in vars(motion).items() if name not in _SINGLE}
    return Motion(**tracks, **{name: getattr(motion, name) for name in _SINGLE})


_SINGLE = ("fps", "half", "window", "std")


def _lands(motion: Motion) -> list[Rule]:
    """The last frames show the layer whole, at rest, in its place."""
    last = max(2, round(0.06 * len(motion)))
    end, known = motion.affine[-last:], motion.known[-last:]
    off = float(np.nanmax(np.abs(end - np.eye(2, 3)), initial=0)) if known.all() else 1.0
    mass = float(motion.mass[-last:].min())
    return [below("off its place at the end", off, 0.04), above("shown at the end", mass, 0.85)]


def _enters(motion: Motion, axis: int, sign: int) -> Verdict:
    """Comes from the side `sign` of `axis` (0 x, 1 y): hidden or there at first, inwards all the way, at rest last."""
    far, known = extent(motion), motion.known & (np.nan_to_num(motion.visible) > 0.25)
    away = sign * motion.affine[known, axis, 2]  # positive while it is out there
    other = np.abs(motion.affine[known, 1 - axis, 2])
    first = float(away[0]) if away.size else 0.0
    steps = np.diff(away) if away.size > 1 else np.zeros(1)
    back, reach = float(steps[steps > 0].sum()), float(away.max(initial=0))
    hidden = motion.mass[0] < 0.2
    gone = float(np.abs(np.log(np.clip(np.abs(motion.scale[known]), 0.1, 10))).max(initial=0))
    return judge(
        above("starts off that side by", first, 0.12 if hidden else 0.25), above("way", reach, 0.12),
        below("outwards again", back, 0.4 * max(reach, 0.01) + 0.02),
        below("overshoot", float(-away.min(initial=0)), 0.35 * max(reach, 0.01)),
        below("across", float(other.max(initial=0)), 0.35 * max(reach, 0.01)),
        below("turn", far.turn, 0.2), below("size", gone, 0.45), *_lands(motion),
    )  # fmt: skip


def _fades_in(motion: Motion) -> Verdict:
    shown = np.nan_to_num(motion.mass)
    steps = np.diff(shown)
    drops, clear = float(-steps[steps < 0].sum()), np.nan_to_num(motion.opacity) > 0.25
    parts = np.abs(motion.affine[clear] - np.eye(2, 3))
    gain = float(np.nanmin(motion.opacity, initial=1.0))
    return judge(
        below("at first", float(shown[0]), 0.15), above("at last", float(shown[-1]), 0.9),
        below("back again", drops, 0.12), below("off its place", float(np.nanmax(parts, initial=0)), 0.05),
        below("lowest opacity", gain, 0.4), above("frames on the way", int(((shown > 0.1) & (shown < 0.9)).sum()), 3),
        below("unexplained", float(np.nanmax(motion.left[clear], initial=0)), 0.1),
    )  # fmt: skip


def _grows(motion: Motion, overshoot: bool) -> Verdict:
    size = np.exp(_log_size(motion))  # (t,)
    first = float(motion.mass[0])
    known = size[motion.known]
    top = float(known.max(initial=0))
    before = known[: int(np.argmax(known > 0.97)) + 1] if known.size else known
    steps = np.diff(before) if before.size > 1 else np.zeros(1)
    far = extent(motion)
    return judge(
        below("shown at first", first, 0.2), below("first size", float(known[0]) if known.size else 1.0, 0.6),
        (top > 1.025, "no overshoot") if overshoot else (top < 1.025, f"overshoots to {top:.2f}"),
        below("shrinks on the way", float(-steps[steps < 0].sum()), 0.1), below("turn", far.turn, 0.08),
        below("mirrored", _mirrored(motion), 0.05), below("largest", top, 1.8), *_lands(motion),
        below("sideways", far.x, 0.2),
    )  # fmt: skip


# --- shape and light ----------------------------------------------------------------------------------------------


def wave(motion: Motion) -> Verdict:
    """Bends to and fro as no affine does."""
    far = extent(motion)
    known = np.isfinite(motion.bend).all((1, 2))
    lead = leading(motion)
    return judge(
        *seen(motion), above("frames that can be compared", float(known.mean()), 0.8),
        above("bend", far.bend, 0.005), above("turns", reversals(lead), 1),
        below("beats a second", _beats(lead, motion), 5),
        below("place", max(far.x, far.y), 2.5 * far.bend), below("turn", far.turn, 2.5 * far.bend),
        below("squash", far.squash, 1.5 * far.bend), below("size", far.size, 1.5 * far.bend),
        below("fading", far.opacity, 0.25), below("suddenness", _roughness(lead), 0.6),
    )  # fmt: skip


def leading(motion: Motion) -> Floats:
    """(t,) how much of the strongest shape of bending each frame has; frames that cannot be compared are left out."""
    known = np.isfinite(motion.bend).all((1, 2))
    if known.sum() < 5:
        return np.zeros(len(motion))
    bend = motion.bend[known].reshape(int(known.sum()), -1)  # (t, m, 2) -> (t, m 2)
    left, strength, _ = np.linalg.svd(bend - bend.mean(0), full_matrices=False)
    track: Floats = left[:, 0] * strength[0]
    return track


def _roughness(track: Floats) -> float:
    """Steps from frame to frame against the spread: about 1.4 for noise, 0.1 for a slow wave."""
    return float(np.diff(track).std() / max(track.std(), 1e-9)) if track.size > 2 else 0.0


def jelly(motion: Motion) -> Verdict:
    """Wider as it gets lower and narrower as it gets higher, again and again."""
    far = extent(motion)
    size = np.log(np.clip(np.abs(motion.scale), 0.05, 20))
    known = motion.known
    apart = float(np.corrcoef(size[known].T)[0, 1]) if known.sum() > 4 and size[known].std(0).min() > 1e-4 else 1.0
    return judge(
        *seen(motion), above("squash", far.squash, 0.005), below("width with height", apart, -0.5),
        above("turns", reversals(size[:, 0] - size[:, 1]), 2), below("bend", far.bend, 1.5 * far.squash),
        below("sideways", far.x, 1.5 * far.squash), below("up and down", far.y, 1.5 * far.squash),
        below("turn", far.turn, far.squash), below("fading", far.opacity, 0.25),
        below("mirrored", _mirrored(motion), 0.0), above("flattest", float(np.exp(size[known].min(initial=0))), 0.4),
    )  # fmt: skip


def flip(motion: Motion) -> Verdict:
    """One side collapses and comes back mirrored; the other stays."""
    sizes = motion.scale[motion.known]  # (t, 2)
    axis = int(np.argmin(sizes.min(0, initial=1)))
    thin = motion.box[:, 2:] - motion.box[:, :2]  # (t, 2)
    rest = 2 * motion.half
    narrow = float(np.nanmin(thin[:, axis] / rest[axis], initial=1))
    other = sizes[:, 1 - axis]
    return judge(
        *seen(motion, 0.7), below("narrowest", narrow, 0.45), above("mirrored", _mirrored(motion), 0.04),
        below("most mirrored", float(sizes[:, axis].min(initial=1)), -0.5),
        above("other side", float(np.percentile(other, 5)) if other.size else 0, 0.7),
        below("other side", float(np.percentile(other, 95)) if other.size else 9, 1.4),
        below("turn", extent(motion).turn, 0.2), below("place", max(extent(motion).x, extent(motion).y), 0.2),
    )  # fmt: skip


def flicker(motion: Motion) -> Verdict:
    """Brightness or coverage varies unevenly; the layer stays where it is."""
    light = np.stack([interpolated(motion.brightness), interpolated(motion.mass)])  # (2, t)
    track = light[int(np.argmax(light.std(1)))]
    points = turning_points(track, 0.15)
    levels, gaps = np.abs(np.diff(track[points])), np.diff(points).astype(np.float64)
    uneven = max(_spread(levels), _spread(gaps)) if len(points) > 3 else 0.0
    return judge(
        *seen(motion, 0.7), above("variation", float(track.std()), 0.012),
        above("turns", len(points), 4), above("unevenness", uneven, 0.15),
        *place_fixed(motion, 0.02), *size_fixed(motion, 0.02), below("bend", extent(motion).bend, 0.02),
    )  # fmt: skip


def _spread(values: Floats) -> float:
    return float(values.std() / values.mean()) if values.size and values.mean() > 0 else 0.0


def bounce(motion: Motion) -> Verdict:
    """Hops: up from the ground and back onto it, turning suddenly there."""
    far, height = extent(motion), -motion.affine[:, 1, 2]
    foot = -motion.at(0, 1)[:, 1]
    span = float(np.nanmax(foot, initial=0) - np.nanmin(foot, initial=0))
    return judge(
        *seen(motion), above("hop", span, 0.03), above("turns", reversals(foot), 1),
        below("below the ground", float(-np.nanmin(foot, initial=0)), 0.3 * span),
        below("sideways", far.x, 0.25 * span), below("turn", far.turn, 0.25 * span),
        above("suddenness", max(_sharpness_of_turns(foot), _sharpness_of_turns(height)), 1.35),
        below("bend", far.bend, 0.25 * span), below("fading", far.opacity, 0.15),
        above("shown at first", float(motion.mass[0]), 0.7),
    )  # fmt: skip


def orbit(motion: Motion) -> Verdict:
    """Goes round a circle, upright."""
    far, place = extent(motion), motion.affine[motion.known][:, :, 2]  # (t, 2)
    small, large = min(far.x, far.y), max(far.x, far.y)
    arm = place - (place.max(0, initial=-9) + place.min(0, initial=9)) / 2
    steps = np.diff(np.unwrap(np.arctan2(arm[:, 1], arm[:, 0])))
    onwards = abs(float(steps.sum())) / max(float(np.abs(steps).sum()), 1e-9)
    return judge(
        *seen(motion), above("radius", small, 0.01), below("longer way", large, 2.2 * small),
        above("rounds", abs(float(steps.sum())) / 2 / np.pi, 0.7), above("onwards", onwards, 0.8),
        below("turn", far.turn, 0.4 * small + 0.01), *size_fixed(motion),
    )  # fmt: skip


PREDICATES: dict[str, Predicate] = {
    "bob": bob, "sway": sway, "swing": swing, "spin_cw": spin_cw, "spin_ccw": spin_ccw, "pulse": pulse, "shake": shake,
    "in_left": lambda motion: _enters(motion, 0, -1), "in_right": lambda motion: _enters(motion, 0, 1),
    "in_top": lambda motion: _enters(motion, 1, -1), "in_bottom": lambda motion: _enters(motion, 1, 1),
    "fade_in": _fades_in, "fade_out": lambda motion: _fades_in(backwards(motion)),
    "wave": wave, "jelly": jelly, "flip": flip, "flicker": flicker, "bounce": bounce,
    "pop": lambda motion: _grows(motion, overshoot=True), "still": still,
    "out_left": lambda motion: _enters(backwards(motion), 0, -1),
    "out_right": lambda motion: _enters(backwards(motion), 0, 1),
    "out_top": lambda motion: _enters(backwards(motion), 1, -1),
    "out_bottom": lambda motion: _enters(backwards(motion), 1, 1),
    "grow": lambda motion: _grows(motion, overshoot=False),
    "shrink": lambda motion: _grows(backwards(motion), overshoot=False),
    "orbit": orbit, "heartbeat": heartbeat,
}  # fmt: skip
IMPLIED: frozenset[tuple[str, str]] = frozenset({("heartbeat", "pulse")})  # (what moves, what it also is)
