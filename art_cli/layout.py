"""`art layout init / check / schema / migrate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    pass

app = typer.Typer(help="Layout files: motion.yaml.", no_args_is_help=True)

LayoutFile = Annotated[Path, typer.Argument(help="A motion.yaml or .json.")]


@app.command("init")
def init(
    design: options.Design,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it; - prints it.")] = Path(
        "motion.yaml"
    ),
    artboard: options.Artboard = None,
    order: options.Order = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a starter layout for DESIGN: every layer with a motion to begin with, and comments."""
    from engine.errors import CannotWrite, Where
    from engine.layout_default import starter_layout
    from engine.readers import read

    text = starter_layout(read(design, artboard=artboard, order=order))
    if str(output) == "-":
        console.put(text.rstrip("\n"))
        return
    if output.exists() and not force:
        raise CannotWrite("there is a file already", hint="--force replaces it, -o names another", where=Where(output))
    _write(output, text)
    _write(output.with_name("motion.schema.json"), _schema_text())
    console.say(f"wrote {output} and motion.schema.json beside it, which completes keys in editors")


@app.command("check")
def check(
    layout: LayoutFile,
    design: Annotated[Path | None, typer.Argument(help="Also check that its layers are in this design.")] = None,
    artboard: options.Artboard = None,
    order: options.Order = None,
    json: options.Json = False,
) -> None:
    """Report everything that is wrong in a layout as file:line:column, with the nearest valid word."""
    from engine.layout_read import load_layout

    loaded = load_layout(layout)
    warnings = [] if "version" in loaded.model_fields_set else ["the layout has no `version`; it is read as version 1"]
    warnings += loaded.warnings
    if design is not None:
        from engine.pipeline import Request, in_style, plan_run, read_document

        request = Request(design=design, out=Path(), layout=layout, artboard=artboard, order=order)
        document = read_document(request)
        planned = plan_run(request, document, in_style(loaded, document))[1]
        warnings += [text for text in planned.warnings if text not in warnings]
    if json:
        console.put_json({"layers": len(loaded.layers), "warnings": warnings})
        return
    for warning in warnings:
        console.say(f"warning: {warning}")
    console.put(f"{layout}: fine, {len(loaded.layers)} entries")


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
    from engine.layout_migrate import migrate as migrated
    from engine.layout_source import read_text

    text, changes = migrated(read_text(layout), layout)
    target = output or layout
    if changes or target != layout:
        _write(target, text)
    for change in changes:
        console.say(change)
    console.put(f"{target}: {'migrated' if changes else 'already the present version'}")


def _schema_text() -> str:
    from engine.layout_schema import layout_schema

    return json.dumps(layout_schema(), indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    from engine.files import atomic

    with atomic(path) as temporary:
        temporary.write_text(text, "utf-8")
