"""How faithfully designs are recomposed: our compositor and psd-tools' against the picture embedded in every PSD.

    python benchmarks/fidelity.py [FOLDER] [--out docs/fidelity.md] [--timeout 60]

Every file is drawn in a process of its own, so that none can stop the sweep. Errors are mean absolute differences over
white in 1/255: of the whole picture, and of its worst 32-px block. Both programs are held against the picture as their
own reader decodes it. What counts: files whose embedded picture was written by Photoshop and shows something.
"""

from __future__ import annotations

import argparse
import datetime
import logging
import multiprocessing
import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image
    from torch import Tensor

    from engine.document import Document

EFFECTS = {
    "color overlay", "gradient overlay", "pattern overlay", "stroke",
    "drop shadow", "inner shadow", "outer glow", "inner glow", "bevel and emboss", "satin",
}  # fmt: skip

# What was found out about files that stay over 1/255, beside the notes that the reader gives itself.
BRIGHTNESS = "psd-tools' brightness/contrast curve is a fit; it is off by up to 8 levels"
BELOW_CLIPS = "effects of a clipping base are baked into it, below the clipped layers; Photoshop paints them above"
GRADIENT_STROKE = "gradient strokes as psd-tools draws them (no shape burst, other ends)"
REASONS = {
    "adjustments/brightnesscontrast_grayscale.psd": BRIGHTNESS,
    "adjustments/brightnesscontrast_rgb.psd": BRIGHTNESS,
    "blend-modes/dissolve.psd": "dissolve: the noise is not Photoshop's own, so single pixels differ",
    "clipping-mask2.psd": BELOW_CLIPS,
    "colormodes/4x4_16bit_lab.psd": "Lab colours outside sRGB are clipped before blending; 16 pixels in all",
    "effect-stroke-gradient.psd": GRADIENT_STROKE,
    "effects/stroke-composite.psd": BELOW_CLIPS,
    "effects/stroke-effects.psd": GRADIENT_STROKE,
    "passthrough_fill_blendmode.psd": "fill opacity of a pass-through group around lighter-color; rule not found",
    "transparency/fill-opacity.psd": "pattern overlay as psd-tools draws it",
}


@dataclass(frozen=True)
class Score:
    """One file, drawn."""

    features: tuple[str, ...] = ()
    author: str | None = None
    left_out: str = ""  # why it does not count
    ours: tuple[float, float] | None = None  # mean, worst block
    peer: tuple[float, float] | None = None
    why: str = ""
    failed: str = ""  # what stopped our reader or compositor
    peer_failed: str = ""

    @property
    def good(self) -> bool:
        return self.ours is not None and self.ours[0] <= 1

    @property
    def peer_good(self) -> bool:
        return self.peer is not None and self.peer[0] <= 1


def features(document: Document) -> tuple[str, ...]:
    """What a design uses, as the rows of the table name it."""
    from engine.document import Group, Layer

    found = {f"{document.bits} bit", document.color_mode.lower()}
    nodes = [node for node, _ in document.walk()]
    layers = [node for node in nodes if isinstance(node, Layer)]
    effects = {note.what for node in nodes for note in node.notes} & EFFECTS
    adjusted = any(layer.kind == "adjustment" for layer in layers)
    tests = {
        "layered": any(node.id != "#background" for node in nodes),
        "effects": bool(effects),
        "adjustments": adjusted,
        "groups": any(isinstance(node, Group) for node in nodes),
        "isolated groups": any(
            isinstance(n, Group) and n.blend != "pass-through" and n.artboard is None for n in nodes
        ),
        "artboards": any(isinstance(node, Group) and node.artboard is not None for node in nodes),
        "masks": any(node.masks for node in nodes),
        "clipping": any(node.clipped for node in nodes),
        "blend modes": any(node.blend not in ("normal", "pass-through") for node in nodes),
        "opacity or fill": any(node.opacity * node.fill < 1 for node in nodes),
        "knockout": any(node.knockout != "none" for node in nodes),
        "hidden layers": any(not node.visible for node in nodes),
        "text": any(layer.kind == "text" for layer in layers),
        "shapes": any(layer.kind == "shape" for layer in layers),
        "fill layers": any(layer.kind == "fill" for layer in layers),
        "smart objects": any(layer.kind == "smart-object" for layer in layers),
        "colour profile (not sRGB)": document.icc is not None,
    }
    found |= {name for name, true in tests.items() if true}
    if tests["layered"] and not effects and not adjusted:
        found.add("layered, no effects or adjustments")
    return tuple(sorted(found))


def peer_picture(path: Path) -> tuple[Tensor, Tensor]:
    """psd-tools' composite and its reading of the embedded picture, (3, h, w) over white."""
    from psd_tools import PSDImage

    from engine.composite import over_white, picture_tensor

    psd = PSDImage.open(path)
    flat = psd.topil()
    assert flat is not None
    drawn = psd.composite(ignore_preview=True)
    return over_white(picture_tensor(_bytes(drawn))), over_white(picture_tensor(_bytes(flat)))


def _bytes(image: Image.Image) -> NDArray[np.uint8]:
    """(h, w, 4) straight sRGB of what psd-tools returns; Pillow alone does not convert Lab."""
    import numpy as np
    from PIL import ImageCms

    if image.mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    return np.asarray(image.convert("RGBA"))


def score(path: Path) -> Score:
    """Draw one file twice and compare."""
    from engine.composite import Compositor, compare, over_white, picture_tensor
    from engine.readers.psd import read_psd

    document = read_psd(path)
    known = features(document)
    author = document.preview_author
    preview = document.preview()
    if preview is None:
        return Score(known, author, left_out="the embedded picture is absent or damaged")
    theirs = over_white(picture_tensor(preview))
    drawn = over_white(Compositor(document, device="cpu").frame({}))
    ours = compare(drawn, theirs)
    left_out = ""
    if not (author or "").startswith("Adobe Photoshop"):
        left_out = f"embedded picture written by {author or 'an unnamed program'}"
    elif _plain(theirs) and not _plain(drawn):
        left_out = "the embedded picture is blank"
    peer, failed = None, ""
    try:
        other = compare(*peer_picture(path))
        peer = (other.mean, other.worst_block)
    except Exception as error:  # whatever stops psd-tools is its result
        failed = f"{type(error).__name__}: {error}"
    return Score(known, author, left_out, (ours.mean, ours.worst_block), peer, _why(document), "", failed)


def _plain(picture: Tensor) -> bool:
    return float(picture.amax((1, 2)).sub(picture.amin((1, 2))).max()) < 1 / 255


def _why(document: Document) -> str:
    ignored = {note.what for node, _ in document.walk() for note in node.notes if note.kind == "ignored"}
    return "not drawn: " + ", ".join(sorted(ignored)) if ignored else ""


def _child(path: Path, out: Connection) -> None:
    import torch

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    try:
        out.send(score(path))
    except Exception as error:
        out.send(Score(failed=f"{type(error).__name__}: {error}"))


def isolated(path: Path, timeout: float) -> Score:
    """`score` in a forked process that is ended after `timeout` seconds."""
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(path, send))
    process.start()
    send.close()
    try:
        if receive.poll(timeout):
            result: Score = receive.recv()
            return result
        return Score(failed=f"no result after {timeout:.0f} s")
    except EOFError:
        return Score(failed="the process died")
    finally:
        process.kill()
        process.join()


# --- the report ---


def _percent(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / whole:.1f} %)" if whole else "-"


def _row(name: str, scores: Iterable[Score]) -> str:
    chosen = list(scores)
    ours, peer = sum(s.good for s in chosen), sum(s.peer_good for s in chosen)
    return f"| {name} | {len(chosen)} | {_percent(ours, len(chosen))} | {_percent(peer, len(chosen))} |"


def _pair(values: tuple[float, float] | None) -> str:
    return f"{values[0]:.2f} / {values[1]:.1f}" if values else "failed"


def report(scores: dict[str, Score], command: str, versions: str) -> str:
    """docs/fidelity.md."""
    counted = {name: score for name, score in scores.items() if not score.left_out}
    names = sorted({feature for score in counted.values() for feature in score.features})
    lines = [
        "# Fidelity",
        "",
        f"Measured {datetime.date.today()} with `{command}` ({versions}).",
        "",
        "The composite of a PSD's layers is held against the flattened picture that Photoshop stored in the file, both",
        "over white. An error is the mean absolute difference of all pixels and channels in 1/255; beside it is the",
        "same of the worst block of 32 x 32 px. A file counts as right within a mean of 1/255. psd-tools is its own",
        "`composite()` against its own reading of the same picture.",
        "",
        f"{len(scores)} files, {len(counted)} count.",
        "",
        "| files with | count | ours within 1/255 | psd-tools within 1/255 |",
        "|---|---|---|---|",
        _row("**all**", counted.values()),
        *(_row(name, (s for s in counted.values() if name in s.features)) for name in names),
        "",
        "## Over 1/255",
        "",
        "mean / worst block, ours and psd-tools'.",
        "",
        "| file | ours | psd-tools | why ours differs |",
        "|---|---|---|---|",
    ]
    for name, one in sorted(counted.items()):
        if not one.good:
            why = one.failed or REASONS.get(name) or one.why
            lines.append(f"| {name} | {_pair(one.ours)} | {_pair(one.peer)} | {why} |")
    lines += ["", "## Right here, over 1/255 in psd-tools", "", "| file | ours | psd-tools |", "|---|---|---|"]
    for name, one in sorted(counted.items()):
        if one.good and not one.peer_good:
            lines.append(f"| {name} | {_pair(one.ours)} | {_pair(one.peer)} |")
    lines += ["", "## Left out", "", "| file | reason | ours |", "|---|---|---|"]
    for name, one in sorted(scores.items()):
        if one.left_out:
            lines.append(f"| {name} | {one.left_out} | {_pair(one.ours) if one.ours else '-'} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT.parent / "shared" / "corpus" / "psd")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "fidelity.md")
    parser.add_argument("--timeout", type=float, default=60.0)
    arguments = parser.parse_args()
    import psd_tools
    import torch

    import engine.composite
    import engine.readers.psd  # noqa: F401  # imported before forking, so that every child starts at once

    torch.set_num_threads(1)
    paths = sorted(path for path in arguments.folder.rglob("*") if path.suffix.lower() in (".psd", ".psb"))
    scores: dict[str, Score] = {}
    for number, path in enumerate(paths, 1):
        name = path.relative_to(arguments.folder).as_posix()
        scores[name] = isolated(path, arguments.timeout)
        if number % 50 == 0:
            print(f"{number} of {len(paths)}", file=sys.stderr)
    versions = f"psd-tools {psd_tools.__version__}, torch {torch.__version__.split('+')[0]}"
    text = report(scores, "python benchmarks/fidelity.py", versions)
    arguments.out.write_text(text, encoding="utf-8")
    print(text.split("## Over")[0])


if __name__ == "__main__":
    main()
