"""`art inspect`: what is in a design."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import console, options, thumbs


def inspect(
    design: options.Design,
    artboard: options.Artboard = None,
    order: options.Order = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Also write a contact sheet of all layers (PNG).")
    ] = None,
    thumbnails: Annotated[
        thumbs.When, typer.Option("--thumbs", help="Thumbnails in the terminal; auto: where it has the colours.")
    ] = "auto",
    json: options.Json = False,
) -> None:
    """Show the layer tree, what is baked, approximated or ignored, and how true the composite is."""
    from engine.inspection import describe
    from engine.readers import read

    document = read(design, artboard=artboard, order=order)
    facts = describe(document)
    if sheet is not None:
        from engine.sheets import write_design_sheet

        write_design_sheet(document, sheet)
    if json:
        console.put_json(facts)
    else:
        thumbs.put_thumbs(document, thumbnails)
        _print(facts)


def _print(facts: dict[str, Any]) -> None:
    width, height = facts["size"]
    console.put(
        f"{facts['source']}: {width} x {height} px, {facts['color_mode']}, {facts['bits']} bit, {facts['format']}"
    )
    if facts["icc"]:
        console.put(f"colours: {facts['icc']}, converted to sRGB before blending")
    if facts["preview"]:
        mean, worst = facts["preview"]["mean_error"], facts["preview"]["worst_block"]
        verdict = "matches" if mean <= 1 else "differs from"
        console.put(
            f"the composite {verdict} the file's own preview: {mean:.2f}/255 on average, worst block {worst:.1f}"
        )
    for note in facts["notes"]:
        console.put(f"{note['kind']}: {note['what']}{' - ' + note['detail'] if note['detail'] else ''}")
    _print_tree(facts["layers"])


def _print_tree(layers: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("layer (front to back)", "id", "kind", "box x y w h", "blend", "opacity", "notes"):
        table.add_column(title)
    for layer in _front_to_back(layers):
        name = "  " * layer["depth"] + ("↳ " if layer["clipped"] else "") + console.clean(layer["name"] or "(no name)")
        style = "" if layer["visible"] else "dim"
        notes = [f"{note['kind']}: {note['what']}" for note in layer["notes"]]
        flags = ([] if layer["visible"] else ["hidden"]) + (["mask"] if layer["masks"] else [])
        tags = [layer["tags"]] if layer["tags"] else []
        box = " ".join(map(str, layer["box"]))
        opacity = f"{layer['opacity'] * layer['fill']:.0%}"
        cells = (name, layer["id"], layer["kind"], box, layer["blend"], opacity, ", ".join(flags + tags + notes))
        table.add_row(*(Text(console.clean(cell), style) for cell in cells))
    console.rich_console().print(table)


def _front_to_back(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As designers see the stack: the front first, a group above its content."""
    ordered: list[dict[str, Any]] = []
    blocks: list[list[dict[str, Any]]] = []
    for layer in layers:
        if layer["depth"] == 0:
            blocks.append([])
        blocks[-1].append(layer)
    for block in reversed(blocks):
        inner = [{**layer, "depth": layer["depth"] - 1} for layer in block[1:]]
        ordered.append(block[0])
        ordered += [{**layer, "depth": layer["depth"] + 1} for layer in _front_to_back(inner)] if inner else []
    return ordered
