"""The gallery's page: cards of motions by family, with everything inside it."""

from __future__ import annotations

import base64
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from .. import __version__
from ..files import visible
from ..presets import FAMILIES, MotionPreset
from .film import snippet


@dataclass(frozen=True)
class Card:
    """A motion, its telling frame and its film, both WebP."""

    preset: MotionPreset
    still: bytes
    film: bytes


def page(cards: Sequence[Card], subject: str, design: str, *, path: str, ground: str) -> str:
    """The whole page. `subject` and `design` are the layer's and the design's names as they are; `path` names the
    layer in layouts."""
    texts = {name: _text(f"page.{name}") for name in ("html", "css", "js")}
    known = {
        "title": escape(f"Motions on {visible(subject)}"), "subject": escape(visible(subject)),
        "design": escape(shlex.quote(visible(design))), "ground": ground, "count": str(len(cards)),
        "version": __version__,
        "style": texts["css"], "script": texts["js"], "films": _films(cards),
        "families": "\n".join(_family(name, title, cards, path) for name, title in FAMILIES.items()),
    }  # fmt: skip
    return Template(texts["html"]).substitute(known)


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8").rstrip()


def _films(cards: Sequence[Card]) -> str:
    """Names are presets' and films base64, so nothing in it can end the script it stands in."""
    found: Mapping[str, str] = {card.preset.name: base64.b64encode(card.film).decode() for card in cards}
    return json.dumps(found)


def _family(name: str, title: str, cards: Sequence[Card], path: str) -> str:
    own = [card for card in cards if card.preset.family == name]
    items = "\n".join(f"<li>{_card(card, path)}</li>" for card in own)
    return f"""<section id="{name}" aria-labelledby="family-{name}">
<h2 id="family-{name}">{title} <small>{len(own)}</small></h2>
<ul class="cards">
{items}
</ul></section>"""


def _card(card: Card, path: str) -> str:
    preset = card.preset
    name, summary = escape(preset.name), escape(preset.summary)
    aliases = ", ".join(preset.aliases)
    words = escape(" ".join((preset.name, aliases, preset.summary, preset.family, *preset.slots)).lower())
    still = base64.b64encode(card.still).decode()
    return f"""<article id="{name}" data-words="{words}">
<button type="button" class="stage" aria-pressed="false" aria-label="Play {name}">
<img src="data:image/webp;base64,{still}" alt="" width="208" height="208" decoding="async"></button>
<div class="words"><div class="line"><h3>{name}</h3>
<button type="button" class="copy" aria-label="Copy the lines of {name}">Copy</button></div>
<p>{summary}</p>
<p class="slots">{escape(_lengths(preset))}</p>
<p class="aliases">{escape(f"also {aliases}" if aliases else "")}</p>
<details><summary>Parameters and lines</summary>
<dl>{_parameters(preset)}</dl>
<pre tabindex="0" aria-label="Lines for a layout">{escape(snippet(preset, path))}</pre></details></div>
</article>"""


def _lengths(preset: MotionPreset) -> str:
    """Where it goes and how long it takes."""
    lengths = {"loop": f"loop {preset.period}", "in": f"in {preset.duration}", "out": f"out {preset.duration}"}
    return " · ".join(lengths[slot] for slot in preset.slots)


def _parameters(preset: MotionPreset) -> str:
    if not preset.parameters:
        return "<dt>no parameters</dt>"
    given = preset.parameters.items()
    return "".join(
        f"<dt>{escape(f'{key}: {value}')}</dt><dd>{escape(preset.notes.get(key, ''))}</dd>" for key, value in given
    )
