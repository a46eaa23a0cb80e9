"""A picture of a hand-off as other programs read it: tracks of the OpenTimelineIO timeline, keyframes of the script.

    art animate examples/ui-card/card.psd --layout examples/ui-card/motion.yaml --handoff otio,jsx-keyframes -o out
    python benchmarks/handoff.py out docs/pictures/handoff.png

The timeline is read with the OpenTimelineIO library; the script runs in node, in the tests' stand-in for After Effects.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import opentimelineio as otio
from PIL import Image, ImageDraw, ImageFont

STAND_IN = Path(__file__).parent.parent / "tests" / "after_effects.js"
SCRIPT = "after-effects-keyframes/import.jsx"
PROPERTIES = {
    "ADBE Position": ("position", (122, 190, 255)),
    "ADBE Rotate Z": ("rotation", (255, 196, 104)),
    "ADBE Scale": ("scale", (150, 224, 150)),
    "ADBE Opacity": ("opacity", (240, 150, 200)),
}
PAPER, INK, FAINT = (38, 40, 46), (226, 228, 233), (120, 124, 134)
BARS = {"still": (84, 88, 98), "movie": (66, 98, 150), "keyframes": (58, 66, 84), "composite": (62, 58, 70)}
LEFT, RIGHT, TOP, ROW, WIDTH = 190, 24, 58, 34, 1200


def keyed_layers(folder: Path) -> dict[str, dict[str, list[float]]]:
    """By layer: times of the keyframes of each property, those of what carries it included."""
    words = ["node", str(STAND_IN), str(folder / SCRIPT)]
    (comp,) = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)["comps"]
    found: dict[str, dict[str, list[float]]] = {}
    for layer in comp["stack"]:
        tracks = found.setdefault(layer["name"].removesuffix(" (slant)"), {})
        for name, track in layer["transform"].items():
            if len(track["times"]) > 1:
                tracks[name] = sorted({*tracks.get(name, []), *track["times"]})
    return {name: tracks for name, tracks in found.items() if tracks}


def draw(folder: Path, path: Path) -> None:
    timeline = otio.adapters.read_from_file(str(folder / "timeline.otio"))
    keyed, tracks = keyed_layers(folder), list(reversed(timeline.tracks))
    seconds = max(track.duration().to_seconds() for track in tracks)
    sheet = Image.new("RGB", (WIDTH, TOP + ROW * len(tracks) + 22), PAPER)
    pen, font, small = ImageDraw.Draw(sheet), ImageFont.load_default(15), ImageFont.load_default(12)
    scale = (WIDTH - LEFT - RIGHT) / seconds
    _legend(pen, small)
    for tick in range(int(2 * seconds) + 1):
        x = LEFT + tick / 2 * scale
        pen.line([(x, TOP - 6), (x, sheet.height - 16)], fill=(52, 55, 62))
        pen.text((x, TOP - 22), f"{tick / 2:g} s", font=small, fill=FAINT, anchor="ma")
    for row, track in enumerate(tracks):
        y = TOP + row * ROW
        pen.text((LEFT - 14, y + ROW / 2 - 1), track.name[-24:], font=font, fill=INK, anchor="rm")
        for clip in track.find_clips():
            _bar(pen, small, clip, track, keyed, y, scale)
    sheet.quantize(64, dither=Image.Dither.NONE).save(path, optimize=True)


def _bar(pen: Any, font: Any, clip: Any, track: Any, keyed: dict[str, Any], y: float, scale: float) -> None:
    span = track.range_of_child(clip)
    start, end = span.start_time.to_seconds(), span.end_time_exclusive().to_seconds()
    is_still = "art" in clip.media_reference.metadata and clip.media_reference.metadata["art"]["role"] == "still"
    kind = "keyframes" if clip.name in keyed else "composite" if not track.enabled else "still" if is_still else "movie"
    x0, x1 = LEFT + start * scale, LEFT + end * scale
    pen.rounded_rectangle([x0 + 1, y + 4, x1 - 1, y + ROW - 4], 5, fill=BARS[kind])
    if kind != "keyframes":
        pen.text((x0 + 10, y + ROW / 2 - 1), kind, font=font, fill=INK, anchor="lm")
    for place, (name, times) in enumerate(keyed.get(clip.name, {}).items()):
        level = (
            y + 8 + (ROW - 16) * place / max(1, len(keyed[clip.name]) - 1) if len(keyed[clip.name]) > 1 else y + ROW / 2
        )
        for time in times:
            x = LEFT + time * scale
            pen.polygon([(x - 3, level), (x, level - 3), (x + 3, level), (x, level + 3)], fill=PROPERTIES[name][1])


def _legend(pen: Any, font: Any) -> None:
    x = LEFT
    for name, color in PROPERTIES.values():
        pen.polygon([(x - 4, 17), (x, 13), (x + 4, 17), (x, 21)], fill=color)
        pen.text((x + 10, 17), name, font=font, fill=INK, anchor="lm")
        x += 110


if __name__ == "__main__":
    draw(Path(sys.argv[1]) / "handoff", Path(sys.argv[2]))
