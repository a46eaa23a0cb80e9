"""ProRes 4444 in QuickTime: the master of a layer. 10 bits of colour and alpha (the encoder takes no more)."""

from __future__ import annotations

from pathlib import Path

from .codec import Codec, Options, Stream, Writer
from .colour import black
from .movie import MovieWriter, Recipe
from .prores_slices import SliceWriter

# FFmpeg's FF_QP2LAMBDA: an encoder's quality is its quantiser times this.
_LAMBDA = 118
# Up to so many, leaving out blank slices gains more than threads of the encoder's own would.
_FEW_THREADS = 2


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options: `qscale`, the quantiser, 2 (best) to 31; 0 lets the encoder spend bits as the profile allows (slow)."""
    quality = int(options.get("qscale", 4))
    encoder: dict[str, str | int | float] = {"profile": "4444", "vendor": "apl0", "alpha_bits": 16}
    if quality:
        encoder |= {"flags": "+qscale", "global_quality": quality * _LAMBDA}
    recipe = Recipe(
        container="mov",
        encoder="prores_ks",
        pixel_format="yuva444p10le",
        size=stream.size,
        fps=stream.fps,
        blank=(*black(10), 0),
        blits=lambda frame: frame.yuva444_10(stream.straight),
        encoder_options=encoder,
        threads=stream.threads,
    )
    return SliceWriter(path, recipe) if quality and stream.threads <= _FEW_THREADS else MovieWriter(path, recipe)


PRORES = Codec(
    name="prores",
    create=create,
    encoder="prores_ks",
    pixel_format="yuva444p12le",  # what decoders make of it
    alpha_error=1.5 / 1023,
    colour_error=0.01,
    tagged=True,
)
