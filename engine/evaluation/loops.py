"""Kinds that go on for the whole clip, as statements on a measured motion that other kinds fail.

Lengths are in units of the layer's longer side.
"""

from __future__ import annotations

import numpy as np

from .measure import Motion, decomposed, frequency, half_range, interpolated, reversals, turning_points
from .registration import Floats
from .statements import Rule, Verdict, above, below, extent, judge, place_fixed, present, seen, size_fixed

STILL = 0.5  # 1/255, temporal standard deviation

_SYMMETRIC = 0.3  # share of its energy by which a picture differs from its mirror image


def still(motion: Motion) -> Verdict:
    """Stands where the picture at rest stands, and nothing changes."""
    same = float(np.nanmax(np.abs(motion.affine - np.eye(2, 3)), initial=0)) if motion.known.any() else 1.0
    return judge(
        below("temporal deviation", motion.std, STILL), below("away from rest", same, 0.02), *seen(motion)
    )  # fmt: skip


def _sharpness_of_turns(track: Floats, *, loop: bool) -> float:
    """How much more suddenly a height (up is positive) turns at its lowest points than at its highest."""
    known = np.flatnonzero(np.isfinite(track))
    track = interpolated(track) if loop or not known.size else interpolated(track)[known[0] : known[-1] + 1]
    bends = np.diff(np.concatenate([track, track[:2]]) if loop else track, 2)
    if bends.size < 4:
        return 1.0
    ordered = np.sort(bends)
    upward, downward = ordered[-2:].mean(), -ordered[:2].mean()
    return float(max(upward, 0) / max(downward, 1e-6))


def bob(motion: Motion) -> Verdict:
    """Up and down, smoothly, with little else."""
    far, height = extent(motion), -motion.affine[:, 1, 2]
    return judge(
        *seen(motion), *present(motion), above("height", far.y, 0.006), above("turns", reversals(height), 1),
        below("sideways", far.x, 0.65 * far.y), below("turn", far.turn, 0.6 * far.y),
        below("size", far.size, 0.3 * far.y), below("squash", far.squash, 0.3 * far.y),
        below("bend", far.bend, 0.5 * far.y), below("suddenness", _sharpness_of_turns(height, loop=motion.loop), 2.2),
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
    turned = float(np.degrees(half_range(motion.angle)))
    return Verdict((*_leans(motion, free=1, held=-1).rules, above("degrees turned", turned, 0.7)))


def spin(motion: Motion, sense: int) -> Verdict:
    """Turns clockwise (1) or counterclockwise (-1), always onwards, by more than a quarter."""
    angle = sense * motion.angle[motion.known]
    steps = np.diff(angle) if angle.size > 1 else np.zeros(1)
    net, back = np.degrees(steps.sum()), np.degrees(-steps[steps < 0].sum())
    far, (pivot, error) = extent(motion), fixed_point(motion)
    return judge(
        *seen(motion, 0.8), above("degrees turned", float(net), 90),
        below("degrees back", float(back), 0.1 * max(float(net), 1.0) + 3),
        below("centre wanders", error, 0.12), below("centre from the middle", float(np.abs(pivot).max()), 0.75),
        *size_fixed(motion, 0.12), below("fading", far.opacity, 0.3), below("mirrored", mirrored(motion), 0.05),
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


def mirrored(motion: Motion) -> float:
    """Share of the known frames that show the layer mirrored; 0 for artwork that is like its own mirror image."""
    if motion.handed < _SYMMETRIC or not motion.known.any():
        return 0.0
    return float((motion.scale[motion.known].prod(1) < 0).mean())


def pulse(motion: Motion) -> Verdict:
    """Grows and shrinks evenly about its middle, again and again."""
    far, size = extent(motion), log_size(motion)
    return judge(
        *seen(motion), *present(motion), above("size", far.size, 0.004), above("turns", reversals(size), 1),
        below("squash", far.squash, 0.4 * far.size), below("place", max(far.x, far.y), 0.6 * far.size),
        below("turn", far.turn, 0.6 * far.size), below("bend", far.bend, 0.5 * far.size),
        below("fading", far.opacity, 0.25), above("smallest", float(np.exp(interpolated(size).min())), 0.35),
    )  # fmt: skip


def heartbeat(motion: Motion) -> Verdict:
    """A pulse of two quick beats and a rest."""
    size = log_size(motion)
    span = float(np.ptp(interpolated(size)))
    tops = [at for at in turning_points(size, 0.2) if interpolated(size)[at] > np.nanmin(size) + 0.35 * span]
    gaps = np.diff(tops).astype(np.float64)
    pair = sorted((gaps[0::2].mean(), gaps[1::2].mean())) if gaps.size > 1 else [1.0, 1.0]
    uneven = bool(pair[1] > 1.3 * pair[0])
    return Verdict((*pulse(motion).rules, Rule(uneven, "the beats are even")))


def log_size(motion: Motion) -> Floats:
    sizes: Floats = np.log(np.clip(np.abs(motion.scale), 0.05, 20)).mean(1)  # (t,)
    return sizes


def shake(motion: Motion) -> Verdict:
    """Quickly to and fro sideways, a little."""
    far, side = extent(motion), motion.affine[:, 0, 2]
    turns = reversals(side, 0.2) / motion.seconds
    ends = [half_range(motion.at(0, y)[:, 0]) for y in (-1, 1)]
    return judge(
        *seen(motion), above("sideways", far.x, 0.003), below("sideways", far.x, 0.3),
        above("turns a second", turns, 2.3), below("height", far.y, 0.7 * far.x),
        below("turn", far.turn, 0.9 * far.x + 0.002), below("size", far.size, 0.4 * far.x),
        below("squash", far.squash, 0.4 * far.x), below("bend", far.bend, 0.6 * far.x),
        below("fading", far.opacity, 0.15), above("both ends alike", min(ends) / max(*ends, 1e-9), 0.45),
    )  # fmt: skip


def _beats(track: Floats, motion: Motion) -> float:
    """Cycles a second of a track."""
    return frequency(interpolated(track), motion.fps)


# --- shape and light ----------------------------------------------------------------------------------------------


def wave(motion: Motion) -> Verdict:
    """Bends to and fro as no affine does."""
    far = extent(motion)
    known = np.isfinite(motion.bend).all((1, 2))
    lead = leading(motion)
    return judge(
        *seen(motion, 0.75, 0.5), above("frames that can be compared", float(known.mean()), 0.75),
        above("bend", far.bend, 0.005), above("turns", reversals(lead), 1),
        below("beats a second", _beats(lead, motion), 5),
        below("place", max(far.x, far.y), 4 * far.bend), below("turn", far.turn, 9 * far.bend),
        below("squash", far.squash, 3.5 * far.bend), below("size", far.size, 2.5 * far.bend),
        below("fading", far.opacity, 0.25), below("suddenness", _roughness(lead), 1.25),
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
        below("mirrored", mirrored(motion), 0.0), above("flattest", float(np.exp(size[known].min(initial=0))), 0.4),
    )  # fmt: skip


def flip(motion: Motion) -> Verdict:
    """One side collapses and comes back mirrored, where that can be told; the other stays."""
    if motion.known.sum() < 3:
        return judge(*seen(motion, 0.7))
    angle, scale, _ = decomposed(motion.affine[..., :2], follow=False)
    sides = (motion.box[:, 2:] - motion.box[:, :2]) / (2 * motion.half)  # (t, 2) against those at rest
    axis = int(np.argmin(np.nanmin(sides, axis=0, initial=1)))
    narrow, wide = np.nanmin(sides[:, axis], initial=1), np.nanpercentile(sides[:, axis], 90)
    other, turned = sides[sides[:, axis] > 0.2, 1 - axis], scale[motion.known, axis]
    thin = sides[(sides[:, axis] > 0.15) & (sides[:, axis] < 0.6), 1 - axis]  # the other side while this one collapses
    symmetric = bool(motion.mirror[axis] < _SYMMETRIC)
    thinnest = int(np.nanargmin(sides[:, axis]))
    before, after = (float(np.nanmax(part, initial=0)) for part in (sides[:thinnest, axis], sides[thinnest:, axis]))
    place = np.ptp(motion.affine[motion.known][..., 2], axis=0)
    return judge(
        *seen(motion, 0.7), below("narrowest", float(narrow), 0.45), above("widest", float(wide), 0.7),
        below("widest", float(np.nanpercentile(sides[:, axis], 95)), 1.35),
        above("wide before and after", min(before, after), 0.7),
        Rule(symmetric or float((turned < 0).mean()) > 0.04, "never mirrored"),
        Rule(symmetric or float(turned.min(initial=1)) < -0.5, "not mirrored as a whole"),
        above("other side", float(np.percentile(other, 5)) if other.size else 0, 0.7),
        above("other side while thin", float(np.median(thin)) if thin.size else 0, 0.75),
        below("other side", float(np.percentile(other, 95)) if other.size else 9, 1.4),
        below("turn", 0.0 if symmetric else half_range(angle), 0.4),
        below("place", float(place.max(initial=0)) / 2, 0.2),
    )  # fmt: skip


def flicker(motion: Motion) -> Verdict:
    """Brightness or coverage varies unevenly; the layer stays where it is."""
    light = np.stack([interpolated(motion.brightness), interpolated(motion.opacity)])  # (2, t)
    track = light[int(np.argmax(light.std(1)))]
    points = turning_points(track, 0.15)
    levels, gaps = np.abs(np.diff(track[points])), np.diff(points).astype(np.float64)
    uneven = max(_spread(levels), _spread(gaps)) if len(points) > 3 else 0.0
    return judge(
        *seen(motion, 0.7), above("variation", float(track.std()), 0.015),
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
        above("suddenness", max(_sharpness_of_turns(track, loop=motion.loop) for track in (foot, height)), 1.6),
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
