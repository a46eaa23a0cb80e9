"""`art compare`: do two results show the same?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import console, options

if TYPE_CHECKING:
    from engine.compare import Compared, CompareReport

FAIL_UNDER = 0.98


def compare(
    a: Annotated[Path, typer.Argument(help="A folder that `art animate` wrote, a file or a sequence.")],
    b: Annotated[Path, typer.Argument(help="What to compare it with: of the same kind.")],
    fail_under: Annotated[
        float, typer.Option("--fail-under", min=-1, max=1, help="Least SSIM of any frame that passes.")
    ] = FAIL_UNDER,
    diff: Annotated[
        Path | None, typer.Option("--diff", help="Write the worst frames of what fails, and their difference: a PNG.")
    ] = None,
    json: options.Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only what fails.")] = False,
) -> int:
    """Compare every layer and the composite of A and B frame by frame; exit 74 when one is not alike enough.

    \b
    art compare out-before out-after --fail-under 0.98 --diff diff.png
    """
    from engine.compare import compare as compared
    from engine.compare.picture import DifferencePicture

    picture = DifferencePicture()
    report = compared(a, b, fail_under, picture.take if diff is not None else None)
    written = diff is not None and picture.write(diff)
    if json:
        console.put_json(
            {"ok": report.ok, "fail_under": fail_under, "pairs": [_data(report, pair) for pair in report.pairs]}
        )
        return 0 if report.ok else 74
    _print(report, quiet=quiet)
    if written:
        more = f" ({picture.left_out} more are not in it)" if picture.left_out else ""
        console.say(f"the difference is drawn in {diff}{more}")
    return 0 if report.ok else 74


def _print(report: CompareReport, *, quiet: bool) -> None:
    pairs = report.failing if quiet else report.pairs
    if pairs:
        console.put_table(
            ("", "what", "format", "SSIM", "largest difference", "worst frame"),
            (("FAIL" if pair in report.failing else "ok", *_row(pair)) for pair in pairs),
        )
    count = len(report.failing)
    state = f"{count} of {len(report.pairs)} differ" if count else f"all {len(report.pairs)} alike"
    console.put(f"{state} (SSIM of {report.fail_under:g} or more is alike)")


def _row(pair: Compared) -> tuple[str, ...]:
    name = pair.what or pair.a
    if pair.problem:
        return name, pair.preset, pair.problem, "", ""
    worst = "" if pair.least.ssim == 1 else str(pair.frame)
    return name, pair.preset, f"{pair.least.ssim:.4f}", f"{pair.difference * 255:.3g}/255", worst


def _data(report: CompareReport, pair: Compared) -> dict[str, Any]:
    return {
        "what": pair.what, "preset": pair.preset, "a": pair.a, "b": pair.b, "ok": pair.passes(report.fail_under),
        "problem": pair.problem, "frames": pair.frames, "ssim": pair.ssim, "difference": pair.difference,
        "worst_frame": pair.frame,
    }  # fmt: skip
