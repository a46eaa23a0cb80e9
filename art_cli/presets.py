"""`art presets list / show`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import console

if TYPE_CHECKING:
    from engine.presets import MotionPreset

app = typer.Typer(help="Motions and export formats that come with art.", no_args_is_help=True)

_FAMILIES = {
    "entrance": "In and out",
    "rigid": "Loops that keep the shape",
    "deforming": "Loops that bend it",
    "light": "Light",
    "camera": "Camera, over the whole stack",
}


@app.command("list")
def list_presets(
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Every motion with its slots, and every export format."""
    from engine.presets import export_presets, motion_presets

    motions, exports = motion_presets(), export_presets()
    if json:
        console.put_json(
            {
                "motions": [preset.model_dump(mode="json") for preset in motions.values()],
                "exports": [asdict(preset) for preset in exports.values()],
            }
        )
        return
    for family, title in _FAMILIES.items():
        console.put(f"\n{title}")
        for preset in motions.values():
            if preset.family == family:
                console.put(f"  {preset.name:<14} {'/'.join(preset.slots):<12} {preset.summary}")
    console.put("\nExport formats")
    for export in exports.values():
        console.put(f"  {export.name:<14} {export.role:<12} {export.summary}")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A motion, one of its aliases, or an export format.")],
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """One preset with its parameters, aliases and an example."""
    from engine.presets import export_presets, find_motion, unknown_preset

    motion, export = find_motion(name), export_presets().get(name)
    if motion is None and export is None:
        raise unknown_preset(name)
    found: dict[str, Any] = motion.model_dump(mode="json") if motion else asdict(export) if export else {}
    if json:
        console.put_json(found)
    elif motion is not None:
        console.put(_motion_text(motion))
    else:
        console.put(_export_text(found))


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
    length = f"period: {motion.period}" if slot == "loop" else f"duration: {motion.duration}"
    given = [f"motion: {motion.name}", length, *(f"{key}: {value}" for key, value in motion.parameters.items())]
    lines = [
        f"{motion.name}: {motion.summary}",
        f"slots: {', '.join(motion.slots)}"
        + (f"   also called: {', '.join(motion.aliases)}" if motion.aliases else ""),
        "parameters and their defaults:",
        *(_parameter(f"{key}: {value}", motion.notes.get(key, "")) for key, value in motion.parameters.items()),
        "in a layout:",
        f"  - layer: Hero\n    {slot}: {{{', '.join(given)}}}",
    ]
    return "\n".join(lines)
