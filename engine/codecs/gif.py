"""Animated GIF: 256 colours a frame, on/off transparency, ordered dither (it does not crawl in motion)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import av.filter

from .codec import Codec, Options, Stream, Writer
from .movie import MovieWriter, Recipe
from .rgba import packed_recipe


def _palette_graph(recipe: Recipe) -> av.filter.Graph:
    """bgra in, pal8 out: each frame by its own palette (FFmpeg's palettegen and paletteuse)."""
    graph = av.filter.Graph()
    width, height = recipe.size
    source = graph.add_buffer(
        width=width, height=height, format=av.VideoFormat(recipe.pixel_format), time_base=1 / recipe.fps
    )
    split = graph.add("split")
    choose = graph.add("palettegen", "stats_mode=single:reserve_transparent=1")
    use = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=4:alpha_threshold=128")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(choose, 0, 0)
    split.link_to(use, 1, 0)
    choose.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options are those of FFmpeg's gif encoder. It repeats for ever; delays are whole hundredths of a second."""
    recipe = packed_recipe(stream, "gif", "gif", "bgra", options)
    recipe = replace(recipe, container_options={"loop": "0"}, graph=_palette_graph, encoded_format="pal8")
    return MovieWriter(path, recipe)


GIF = Codec(
    name="gif",
    create=create,
    encoder="gif",
    pixel_format="bgra",  # what decoders make of its palettes
    colour_error=0.06,
    hard_alpha=True,
)
