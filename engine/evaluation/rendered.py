"""How well the autoencoder gives back real animations: Lottie files, each layer drawn alone.

A layer's film is cut into clips of STEPS motion steps, one a second; the last one ends with the film, and a film that
is too short holds its last frame. The region is all that the layer ever covers, so that nothing leaves unmeasured. The
still layer is the frame that shows most of it (the largest sum of alpha, the first such), one for the whole film, as a
designer would hand it over; what a clip shows beyond it the autoencoder has to find words for. Clips that show nothing
are left out. A file's figure is the mean over its clips, and what counts is the median file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from ..backends.dmdl_files import find_weights, load_networks
from ..dataset.from_lottie import Animation, layers_of, read_animation
from ..dataset.tdl import LayerSample
from ..errors import BadInput, MissingInput, UsageError, Where
from ..geometry import Box
from ..model.autoencoder import Autoencoder
from ..model.config import PATCH, RATE
from ..pictures import choose_device
from ..progress import Progress
from ..tiling import ALONE, region_for
from .likeness import COVERED, Likeness, likenesses
from .reconstruction import CLIPS, means, rebuilt

TASK = "Lottie files"
STEPS = 17
SIDE = 384  # px of the canvas that layers are drawn on, so that most are reduced and few enlarged
MOVES = 1 / 255  # largest mean change from the still layer, inside what it covers, of a clip in which nothing moves
SHOWN = 8  # frames of a clip's picture
PAPER = 0.85  # grey behind them
GOAL = 34.0  # dB, colour of the median file


@dataclass(frozen=True, eq=False)
class Film:
    """One layer at the size that the networks see: still (4, h, w) and frames (t, 4, h, w), premultiplied, 0..1."""

    still: Tensor
    frames: Tensor


@dataclass(frozen=True)
class Score:
    """One clip of a film. layer: counted from the bottom; start: its first motion step; strip: see `_strip`."""

    layer: int
    start: int
    moves: bool
    like: Likeness
    strip: bytes = b""


def rebuild_lottie(
    folder: Path, weights: str, device: str, each: int | None, turns: int, progress: Progress
) -> dict[str, list[Score]]:
    """The clips of every Lottie file of a folder that shows anything.

    `each`: clips of a layer at most, evenly chosen, all where None; `turns`: of polishing after the encoder. Files that
    cannot be drawn are said and left out. Raises MissingInput without files, UsageError for exact latents, which real
    animations do not have, Unavailable without rlottie, and what weights raise.
    """
    if turns < 0:
        raise UsageError("only drawn clips have exact latents", hint="--turns 0 or more with --lottie")
    files = sorted(folder.glob("*.json"))
    if not files:
        raise MissingInput("there are no Lottie files (*.json)", where=Where(folder))
    place = torch.device(choose_device(device))
    model = load_networks(find_weights(weights)).autoencoder.to(place).eval()
    found: dict[str, list[Score]] = {}
    progress.begin({TASK: len(files)})
    for path in files:
        try:
            found[path.name] = list(file_scores(model, read_animation(path), each, turns, place))
        except BadInput as error:
            progress.say(f"left out: {error}")
        progress.advance(TASK)
    progress.end()
    return {name: some for name, some in found.items() if some}


def file_scores(
    model: Autoencoder, animation: Animation, each: int | None, turns: int, device: torch.device
) -> Iterator[Score]:
    """Every clip of every layer of one file."""
    size, numbers = animation.fitted(SIDE), animation.numbers(Fraction(RATE))
    for place, layer in enumerate(layers_of(animation, size, numbers)):
        film = film_of(layer, size)
        starts = _starts(film.frames, each)
        for first in range(0, len(starts), CLIPS):
            some = starts[first : first + CLIPS]
            frames = torch.stack([_clip(film.frames, start) for start in some]).to(device)
            still = film.still.to(device).expand(len(some), -1, -1, -1)
            moving = _moving(frames, still)
            again = rebuilt(model, still, frames, turns)
            strips = map(_strip, frames, again)
            told = zip(some, moving, likenesses(again, frames), strips, strict=True)
            yield from (Score(place, *each_told) for each_told in told)


def film_of(layer: LayerSample, canvas: tuple[int, int]) -> Film:
    """The layer over the tokens' region of all that it ever covers."""
    region = region_for(layer.region, layer.region, Box(0, 0, *canvas), ALONE)
    straight = torch.from_numpy(layer.frames).permute(0, 3, 1, 2).float() / 255  # (t, 4, h, w)
    whole = torch.cat([straight[:, :3] * straight[:, 3:], straight[:, 3:]], dim=1)
    box, own = region.box, layer.region
    room = (own.x0 - box.x0, box.x1 - own.x1, own.y0 - box.y0, box.y1 - own.y1)
    frames = F.interpolate(
        F.pad(whole, room), (PATCH * region.rows, PATCH * region.columns), mode="bilinear", antialias=True
    )
    most = int(frames[:, 3].sum((1, 2)).argmax())
    return Film(frames[most], frames)


def _starts(frames: Tensor, each: int | None) -> list[int]:
    """First steps of the clips that show anything."""
    last = max(0, len(frames) - STEPS)
    starts = [*range(0, last, STEPS - 1), last]
    shown = [start for start in starts if frames[start : start + STEPS, 3].amax() > COVERED]
    if each is None or len(shown) <= each:
        return shown
    return [shown[int(index)] for index in np.linspace(0, len(shown) - 1, each).round()]


def _clip(frames: Tensor, start: int) -> Tensor:
    """STEPS steps; what is missing at the end is the last one."""
    steps = torch.arange(start, start + STEPS).clamp(max=len(frames) - 1)
    return frames[steps]


def _moving(frames: Tensor, still: Tensor) -> list[bool]:
    """Which of the clips (b, t, 4, h, w) differ from their still layer, rather than show it all along."""
    covered = (torch.maximum(frames.amax(1), still)[:, 3] > COVERED).flatten(1).sum(1).clamp(min=1)  # (b,)
    change = (frames - still[:, None]).abs().mean(2).flatten(2).sum(2) / covered[:, None]  # (b, t)
    return [bool(value) for value in change.amax(1) > MOVES]


def _strip(truth: Tensor, found: Tensor) -> bytes:
    """A PNG of SHOWN frames (of (t, 4, h, w)) beside one another: what was shown above what came back, over grey."""
    steps = torch.linspace(0, len(truth) - 1, SHOWN).round().long()
    films = [film[steps.to(film.device)] for film in (truth, found)]
    over = torch.stack([film[:, :3] + PAPER * (1 - film[:, 3:]) for film in films])  # (2, s, 3, h, w)
    sheet = over.permute(0, 3, 1, 4, 2).flatten(2, 3).flatten(0, 1).clamp(0, 1)  # (2 h, s w, 3)
    file = io.BytesIO()
    Image.fromarray((sheet * 255).round().byte().cpu().numpy()).quantize(128).save(file, "PNG", optimize=True)
    return file.getvalue()


# --- sums -------------------------------------------------------------------------------------------------------------


def summed(found: Mapping[str, Sequence[Score]]) -> dict[str, Any]:
    """Means of every file, the worst first, and medians over files: of all clips, and of those that move."""
    files = {name: _of_file(some) for name, some in found.items()}
    moving = {name: [s for s in some if s.moves] for name, some in found.items()}
    medians = {"all": _median(list(files.values())), "moving": _median([_of_file(s) for s in moving.values() if s])}
    ordered = dict(sorted(files.items(), key=lambda each: each[1]["rgb"]))
    return {"goal": GOAL, "median file": medians, "files": ordered}


def _of_file(some: Sequence[Score]) -> dict[str, float]:
    return {
        "layers": len({s.layer for s in some}), "clips": len(some), "moving": sum(s.moves for s in some),
        **means([s.like for s in some]),
    }  # fmt: skip


def _median(files: Sequence[dict[str, float]]) -> dict[str, float]:
    if not files:
        return {"files": 0}
    names = ("rgb", "alpha", "rgb_ssim", "alpha_ssim")
    return {"files": len(files), **{name: round(float(np.median([f[name] for f in files])), 4) for name in names}}
