"""`art presets list / show / gallery`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import console, options
from .progress import make

if TYPE_CHECKING:
    from engine.presets import MotionPreset
    from engine.styles.taste import Style

app = typer.Typer(help="Motions and export formats that come with art.", no_args_is_help=True)


@app.command("list")
def list_presets(
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Every motion with its slots, every style, every export format, and every hand-off."""
    from engine.presets import FAMILIES, export_presets, motion_presets
    from engine.specs import HANDOFFS
    from engine.styles.taste import styles

    motions, exports = motion_presets(), export_presets()
    if json:
        console.put_json(
            {
                "motions": [preset.model_dump(mode="json") for preset in motions.values()],
                "styles": [_style_data(style) for style in styles().values()],
                "exports": [asdict(preset) for preset in exports.values()],
                "handoffs": [{"name": name, **asdict(handoff)} for name, handoff in HANDOFFS.items()],
            }
        )
        return
    for family, title in FAMILIES.items():
        console.put(f"\n{title}")
        for preset in motions.values():
            if preset.family == family:
                console.put(f"  {preset.name:<14} {'/'.join(preset.slots):<12} {preset.summary}")
    console.put("\nStyles")
    for style in styles().values():
        console.put(f"  {style.name:<14} {style.duration!s:<12} {style.summary}")
    console.put("\nExport formats")
    for export in exports.values():
        console.put(f"  {export.name:<14} {export.role:<12} {export.summary}")
    console.put("\nHand-offs")
    for name, handoff in HANDOFFS.items():
        console.put(f"  {name:<27} {handoff.summary}")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A motion, one of its aliases, a style, or an export format.")],
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """One preset with its parameters, aliases and an example."""
    from engine.presets import export_presets, find_motion, unknown_preset
    from engine.styles.taste import styles

    if motion := find_motion(name):
        found, text = motion.model_dump(mode="json"), _motion_text(motion)
    elif style := styles().get(name):
        found, text = _style_data(style), _style_text(style)
    elif export := export_presets().get(name):
        found, text = asdict(export), _export_text(asdict(export))
    else:
        raise unknown_preset(name)
    if json:
        console.put_json(found)
    else:
        console.put(text)


def _style_data(style: Style) -> dict[str, Any]:
    return {"name": style.name, **style.model_dump(mode="json", by_alias=True, exclude_defaults=True)}


def _style_text(style: Style) -> str:
    """What each role does in a style, a line a role."""
    lines = [f"{style.name}: {style.summary}", f"  length: {style.duration}"]
    lines += [f"  camera: {style.camera.motion}"] if style.camera else []
    for role, manner in style.roles.items():
        words = [f"in {manner.in_.motion}"] if manner.in_ else []
        words += [f"loop {' or '.join(slot.motion for slot in manner.loop)}"] if manner.loop else []
        words += [f"at edges {manner.rooted.motion}"] if manner.rooted else []
        words += [f"out {manner.out.motion}"] if manner.out else []
        lines.append(f"  {role + ':':<12} {', '.join(words)}")
    return "\n".join([*lines, "roles that are not listed hold still"])


@app.command("gallery")
def gallery(
    on: Annotated[
        Path | None, typer.Option("--on", help="A design whose layer is shown. Default: a drawn figure.")
    ] = None,
    layer: Annotated[str | None, typer.Option("--layer", help="Which layer or group of it.")] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A page (.html), or all motions in one moving picture (.webp).")
    ] = Path("gallery.html"),
    artboard: options.Artboard = None,
    order: options.Order = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors.")] = False,
) -> None:
    """Every motion, playing on a layer of yours, in one page.

    \b
    art presets gallery --on poster.psd --layer Balloon
    """
    from engine.errors import UsageError
    from engine.gallery import write_gallery
    from engine.readers import read

    if (on is None) != (layer is None):
        raise UsageError("--on and --layer go together", hint="--on poster.psd --layer Balloon, or neither")
    document = read(on, artboard=artboard, order=order) if on is not None else None
    write_gallery(output, document, layer, make("auto", quiet=quiet))
    if not quiet:
        console.put(f"{output}: {output.stat().st_size / 1e6:.1f} MB")


def _export_text(facts: dict[str, Any]) -> str:
    """What an export preset says; options one a line, and what is not given left out."""
    lines = [f"{facts['name']}: {facts['summary']}"]
    shown = {
        "for": {"both": "layers and composites", "layer": "layers", "composite": "composites"}[facts["role"]],
        "files": f"a folder of numbered {facts['suffix']}" if facts["sequence"] else facts["suffix"],
        "alpha": f"{facts['bits']} bit" if facts["alpha"] else "none",
        "codec": facts["codec"],
        "options": _pairs(facts["options"]),
    }
    shown |= {f"--quality {level}": _pairs(options) for level, options in facts["quality"]}
    return "\n".join(lines + [f"  {key}: {value}" for key, value in shown.items() if value])


def _pairs(options: Any) -> str:
    return ", ".join(f"{key} {value}" for key, value in options)


def _parameter(given: str, note: str) -> str:
    return f"  {given:<22} {note}".rstrip()


def _motion_text(motion: MotionPreset) -> str:
    slot = motion.slots[0]
    lines = [
        f"{motion.name}: {motion.summary}",
        f"slots: {', '.join(motion.slots)}"
        + (f"   also called: {', '.join(motion.aliases)}" if motion.aliases else ""),
        "parameters and their defaults:",
        *(_parameter(f"{key}: {value}", motion.notes.get(key, "")) for key, value in motion.parameters.items()),
        "in a layout:",
        f"  - layer: Hero\n    {slot}: {motion.written(slot)}",
    ]
    return "\n".join(lines)
