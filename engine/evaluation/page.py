"""Results as one self-contained HTML page, worst first; those of the bench also as contact sheets."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from .bench import KEPT, Row, summary
from .items import CLASSES
from .judging import Judgement
from .rendered import Score

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1d1d22;background:#fff}
table{border-collapse:collapse;margin:1rem 0}
td,th{padding:.25rem .7rem;border-bottom:1px solid #dddde4;text-align:right}
td:first-child,th:first-child{text-align:left}article{margin:1.2rem 0;padding-top:.6rem;border-top:1px solid #e6e6ec}
img{display:block;max-width:100%;border-radius:6px}.no{color:#b3261e}.yes{color:#1c7a3e}small{color:#666674}
"""
_SHEET = (2, 24)  # columns, items of a sheet
_ROW, _WIDE = 132, 784


def page(rows: Sequence[Row]) -> str:
    """HTML of all rows: tables of shares, then the first row's items with pictures, those that failed first."""
    told = [summary(row) for row in rows]
    kinds = list(told[0]["kinds"])
    parts = [
        f"<!doctype html><meta charset=utf-8><title>art evaluate bench</title><style>{_STYLE}</style>",
        "<h1>art evaluate bench</h1><p>Share of items whose exported alpha video does what the prompt says.</p>",
        _table("class", list(CLASSES), told, "classes"),
        _table("basic kind", kinds, told, "kinds"),
        _table("word", ["slow", "fast", "gentle", "strong"], told, "words"),
        _measures(told),
        *(_article(judgement) for judgement in _ordered(rows[0].judgements)),
    ]
    return "\n".join(parts)


def _ordered(judgements: Iterable[Judgement]) -> list[Judgement]:
    return sorted(judgements, key=lambda j: (j.ok, -len(j.reasons), j.item.id))


def _table(title: str, names: Sequence[str], told: Sequence[dict[str, Any]], key: str) -> str:
    head = "".join(f"<th>{html.escape(each['row'])}" for each in told)
    lines = [
        f"<tr><td>{html.escape(name)}" + "".join(f"<td>{_percent(each[key].get(name))}" for each in told)
        for name in names
        if any(name in each[key] for each in told)
    ]
    return f"<table><tr><th>{title}{head}{''.join(lines)}</table>" if lines else ""


def _percent(found: dict[str, float] | None) -> str:
    return f"{found['share']:.0%} <small>of {found['of']:.0f}</small>" if found and found["of"] else "–"


def _measures(told: Sequence[dict[str, Any]]) -> str:
    head = "".join(f"<th>{html.escape(each['row'])}" for each in told)
    seeds = "".join(f"<td>{_percent(each['seeds differ'])}" for each in told)
    names = {
        "still": "still prompts: deviation, 1/255",
        "rest of parts": "beside a moving part: deviation, 1/255",
        "seam": "loops: last step against the largest before",
    }
    related = "".join(f"<td>{_percent(each['relations'])}" for each in told)
    lines = [f"<tr><td>statements across layers that hold{related}", f"<tr><td>other seeds differ{seeds}"]
    for key, name in names.items():
        cells = "".join(f"<td>{_limits(each[key])}" for each in told)
        lines.append(f"<tr><td>{name}{cells}")
    for key, name in KEPT.items():
        cells = "".join(f"<td>{_middle(each['kept'][key])}" for each in told)
        lines.append(f"<tr><td>{name}{cells}")
    return f"<table><tr><th>measured{head}{''.join(lines)}</table>"


def _middle(found: dict[str, float]) -> str:
    if not found["of"]:
        return "–"
    return f"median {found['median']:g}, worst {found['worst']:g} <small>of {found['of']}</small>"


def _limits(found: dict[str, float]) -> str:
    if not found["of"]:
        return "–"
    return f"mean {found['mean']:g}, largest {found['largest']:g}, {found['within']:.0%} within {found['limit']:g}"


def _article(judgement: Judgement) -> str:
    item = judgement.item
    state = "<b class=yes>yes</b>" if judgement.ok else "<b class=no>no</b>"
    why = f"<br><small>{html.escape('; '.join(judgement.reasons[:6]))}</small>" if judgement.reasons else ""
    picture = base64.b64encode(judgement.strip).decode()
    return (
        f"<article>{state} <b>{html.escape(item.text)}</b> <small>{item.id}, {item.artwork.name}</small>{why}"
        f'<img alt="frames of {item.id}" loading=lazy src="data:image/png;base64,{picture}"></article>'
    )


# --- the autoencoder --------------------------------------------------------------------------------------------------


def rebuilt_page(told: dict[str, Any], found: Mapping[str, Sequence[Score]]) -> str:
    """HTML of what `rendered.summed` told: the median file, then every file by its worst clip, worst first."""
    lines = [
        f"<tr><td>{name}<td>{row['files']}<td>" + "<td>".join(_like(row)) for name, row in told["median file"].items()
        if row["files"]
    ]  # fmt: skip
    head = "<th>clips<th>files<th>colour, dB<th>alpha, dB<th>colour, SSIM<th>alpha, SSIM"
    parts = [
        f"<!doctype html><meta charset=utf-8><title>art evaluate autoencoder</title><style>{_STYLE}</style>",
        "<h1>art evaluate autoencoder</h1><p>Layers of Lottie files, encoded and decoded. Above what was shown, below "
        f"what came back: each file's worst clip. The goal is {told['goal']:g} dB of colour in the median file.</p>",
        f"<table><tr>{head}{''.join(lines)}</table>",
        *(_file(name, row, min(found[name], key=lambda s: s.like.rgb)) for name, row in told["files"].items()),
    ]
    return "\n".join(parts)


def _like(row: dict[str, float]) -> tuple[str, ...]:
    return f"{row['rgb']:.1f}", f"{row['alpha']:.1f}", f"{row['rgb_ssim']:.3f}", f"{row['alpha_ssim']:.3f}"


def _file(name: str, row: dict[str, float], worst: Score) -> str:
    picture = base64.b64encode(worst.strip).decode()
    figures = f"{row['rgb']:.1f} / {row['alpha']:.1f} dB, {row['clips']} clips of {row['layers']} layers"
    clip = f"layer {worst.layer + 1} from step {worst.start}: {worst.like.rgb:.1f} / {worst.like.alpha:.1f} dB"
    return (
        f"<article><b>{html.escape(name)}</b> <small>{figures}; {clip}</small>"
        f'<img alt="frames of {html.escape(name)}" loading=lazy src="data:image/png;base64,{picture}"></article>'
    )


# --- sheets of the bench ----------------------------------------------------------------------------------------------


def contact_sheets(row: Row, folder: Path) -> list[Path]:
    """PNG sheets of a row's items, those that failed first: FOLDER/ROW-CLASS-1.png, …"""
    written = []
    for name in CLASSES:
        found = _ordered(j for j in row.judgements if j.item.class_ == name)
        for number, first in enumerate(range(0, len(found), _SHEET[1]), 1):
            path = folder / f"{row.name}-{name}-{number}.png"
            _sheet(found[first : first + _SHEET[1]]).save(path, optimize=True)
            written.append(path)
    return written


def _sheet(some: Sequence[Judgement]) -> Image.Image:
    columns = _SHEET[0]
    rows = -(-len(some) // columns)
    sheet = Image.new("RGB", (columns * _WIDE, rows * _ROW), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for index, judgement in enumerate(some):
        x, y = index % columns * _WIDE + 8, index // columns * _ROW + 6
        text = f"{judgement.item.kind}: {judgement.item.text}"
        pen.text((x, y), text if len(text) < 104 else text[:103] + "…", "#1c7a3e" if judgement.ok else "#b3261e", font)
        with Image.open(io.BytesIO(judgement.strip)) as strip:
            shown = strip.convert("RGB")
            shown.thumbnail((_WIDE - 16, 96))
            sheet.paste(shown, (x, y + 22))
    return sheet.quantize(256)
