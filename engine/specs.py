"""Facts that travel as data: blend-mode names, what a backend can do, what an export preset asks for, hand-offs."""

from __future__ import annotations

from dataclasses import dataclass

# Photoshop's 27 layer blend modes (Adobe Photoshop File Formats Specification, "Blend mode key"),
# in the order of its menu, plus the group-only pass-through.
BLEND_MODES: tuple[str, ...] = (
    "normal", "dissolve",
    "darken", "multiply", "color-burn", "linear-burn", "darker-color",
    "lighten", "screen", "color-dodge", "linear-dodge", "lighter-color",
    "overlay", "soft-light", "hard-light", "vivid-light", "linear-light", "pin-light", "hard-mix",
    "difference", "exclusion", "subtract", "divide",
    "hue", "saturation", "color", "luminosity",
)  # fmt: skip
PASS_THROUGH = "pass-through"


@dataclass(frozen=True)
class BackendInfo:
    """What the planner needs to know of a backend, without importing it."""

    name: str
    summary: str
    handles: frozenset[str]  # what a layer may ask of it: "motion", "prompt"
    bytes_per_pixel: int  # working memory beside the layer's own pixels, per pixel of its region


@dataclass(frozen=True)
class ExportPreset:
    """One file of presets/export: how frames become a file."""

    name: str
    summary: str
    codec: str  # key of engine.codecs.CODECS
    role: str  # "layer", "composite" or "both"
    suffix: str  # ".mov"; for image sequences the suffix of one frame
    sequence: bool = False  # a folder of numbered frames instead of one file
    alpha: bool = True
    bits: int = 8  # of alpha in the file
    options: tuple[tuple[str, str | int | float], ...] = ()  # what the codec documents
    # overrides of `options` by --quality: ("draft", (("qscale", 9),))
    quality: tuple[tuple[str, tuple[tuple[str, str | int | float], ...]], ...] = ()


@dataclass(frozen=True)
class HandoffSpec:
    """One hand-off: what another program opens, written after the movies that it refers to."""

    path: str  # in the output folder: a file, or a folder where it brings pictures
    summary: str
    refers: bool = True  # to the layers' files; without any it would be empty


# what `--handoff` and `export.handoff` accept; engine.handoff.WRITERS writes them
HANDOFFS: dict[str, HandoffSpec] = {
    "otio": HandoffSpec("handoff/timeline.otio", "OpenTimelineIO: a track a layer, for editing programs"),
    "jsx": HandoffSpec("handoff/after-effects.jsx", "After Effects script that imports every layer as it stacks"),
    "jsx-keyframes": HandoffSpec(
        "handoff/after-effects-keyframes", "the same with editable keyframes for layers that keep their shape"
    ),
    "lottie": HandoffSpec("handoff/lottie.json", "Lottie with its pictures inside: keyframes a layer", refers=False),
    "lottie-keyframes": HandoffSpec(
        "handoff/lottie-keyframes.json", "the same, nothing drawn frame by frame: for editors", refers=False
    ),
    "html": HandoffSpec("handoff/web", "a web page with a picture a layer, moved by CSS", refers=False),
}
