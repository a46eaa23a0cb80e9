"""`art layout init / check / schema / migrate`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from engine.plan import Finding

app = typer.Typer(help="Layout files: motion.yaml.", no_args_is_help=True)

LayoutFile = Annotated[Path, typer.Argument(help="A motion.yaml or .json.")]


@app.command("init")
def init(
    design: options.Design,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it; - prints it.")] = Path(
        "motion.yaml"
    ),
    style: options.MotionStyle = None,
    artboard: options.Artboard = None,
    order: options.Order = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a starter layout for DESIGN: every layer with a motion to begin with, and comments."""
    from engine.errors import CannotWrite, Where
    from engine.layout.dump import SCHEMA_FILE, as_json
    from engine.readers import read
    from engine.styles.default import starter_layout
    from engine.styles.taste import find_style

    taste = find_style(style) if style else None
    text = starter_layout(read(design, artboard=artboard, order=order), taste)
    if str(output) == "-":
        console.put(text.rstrip("\n"))
        return
    if output.is_file() and not force:
        raise CannotWrite("there is a file already", hint="--force replaces it, -o names another", where=Where(output))
    _write(output, as_json(text) if output.suffix.lower() == ".json" else text)
    _write(output.with_name(SCHEMA_FILE), _schema_text())
    console.say(f"wrote {output} and {SCHEMA_FILE} beside it, which completes keys in editors")


@app.command("check")
def check(
    layout: LayoutFile,
    design: Annotated[Path | None, typer.Argument(help="Also check that its layers are in this design.")] = None,
    artboard: options.Artboard = None,
    order: options.Order = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 65 for warnings too.")] = False,
    json: options.Json = False,
) -> None:
    """Report everything that is wrong in a layout as file:line:column, and with DESIGN what will not look right."""
    from engine.layout.read import load_layout

    loaded = load_layout(layout)
    warnings = [] if "version" in loaded.model_fields_set else ["the layout has no `version`; it is read as version 1"]
    warnings += loaded.warnings
    findings: tuple[Finding, ...] = ()
    missing: list[str] = []  # a layout cannot help what its design cannot show
    if design is not None:
        from engine.pipeline import Request, in_style, plan_run, read_document
        from engine.plan.planner import not_drawn

        request = Request(design=design, out=Path(), layout=layout, artboard=artboard, order=order)
        document = read_document(request)
        planned = plan_run(request, document, in_style(loaded, document))[1]
        missing = [text for text in not_drawn(document) if text in planned.warnings]
        warnings += [text for text in planned.warnings if text not in (*warnings, *missing)]
        findings = planned.findings
    if strict:
        _refuse(layout, warnings, findings)
    if json:
        found = [finding.model_dump(mode="json") for finding in findings]
        console.put_json({"layers": len(loaded.layers), "warnings": warnings, "findings": found, "not_drawn": missing})
        return
    _report(warnings, findings, missing)
    doubts = len(warnings) + sum(finding.level == "warning" for finding in findings)
    state = "fine" if not doubts else "1 warning" if doubts == 1 else f"{doubts} warnings"
    console.put(f"{layout}: {state}, {len(loaded.layers)} entries")


def _report(warnings: Sequence[str], findings: Sequence[Finding], missing: Sequence[str]) -> None:
    for line in (*(f"warning: {warning}" for warning in warnings), *(f"{each.level}: {each}" for each in findings)):
        console.say(line)
    for text in missing:
        console.say(f"note: {text}")


def _refuse(layout: Path, warnings: Sequence[str], findings: Sequence[Finding]) -> None:
    """Raise all warnings as one error; notes are none."""
    from engine.errors import BadInput, Where
    from engine.layout.source import all_problems

    problems = [BadInput(text, where=Where(layout)) for text in warnings]
    for found in findings:
        if found.level == "warning":
            where = Where(layout, found.line, found.column, found.layer or None)
            problems.append(BadInput(found.message, hint=found.hint, where=where))
    if problems:
        raise all_problems(problems)


@app.command("schema")
def schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to a file instead of printing it.")
    ] = None,
) -> None:
    """The JSON Schema of motion.yaml, for editors."""
    text = _schema_text()
    if output is None:
        console.put(text.rstrip("\n"))
    else:
        _write(output, text)


@app.command("migrate")
def migrate(
    layout: LayoutFile,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: the file itself.")] = None,
) -> None:
    """Bring an older layout to the present version."""
    from engine.layout.migrate import migrate as migrated
    from engine.layout.source import read_text

    text, changes = migrated(read_text(layout), layout)
    target = output or layout
    if changes or target != layout:
        _write(target, text)
    for change in changes:
        console.say(change)
    console.put(f"{target}: {'migrated' if changes else 'already the present version'}")


def _schema_text() -> str:
    from engine.layout.schema import layout_schema

    return json.dumps(layout_schema(), indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    from engine.files import atomic

    with atomic(path) as temporary:
        temporary.write_text(text, "utf-8")
