"""`art doctor`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from . import console


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> int:
    """Check codecs, torch, CUDA and folders; exit 69 when something needed is missing."""
    from engine.doctor import diagnose

    findings = diagnose()
    healthy = all(finding.state != "missing" for finding in findings)
    if json:
        console.put_json({"healthy": healthy, "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = {"ok": "ok     ", "missing": "MISSING", "optional": "-      "}[finding.state]
            console.put(f"{mark}  {finding.topic:<22} {finding.detail}")
    return 0 if healthy else 69
