"""`art verify`: is an output folder still what it was?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from . import console, options


def verify(
    folder: options.OutFolder,
    quick: Annotated[bool, typer.Option("--quick", help="Hashes and frame counts only; nothing is decoded.")] = False,
    json: options.Json = False,
) -> int:
    """Check hashes, frame counts, alpha and recomposition of FOLDER against its manifest; exit 74 on any problem."""
    from engine.verify import verify as verify_folder

    report = verify_folder(folder, deep=not quick)
    if json:
        console.put_json({"ok": report.ok, **asdict(report)})
    else:
        for problem in report.problems:
            console.put(f"PROBLEM  {problem}")
        for note in report.notes:
            console.put(f"note     {note}")
        if report.recomposition is not None:
            console.put(f"the layers stack to the composite within {report.recomposition * 255:.2f}/255")
        count = len(report.problems)
        state = "all as written" if report.ok else f"{count} problem{'' if count == 1 else 's'}"
        console.put(f"{report.files} files, {report.bytes / 2**20:.1f} MiB: {state}")
    return 0 if report.ok else 74
