"""`art models list / info / pull / verify / path / rm / import`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import console

if TYPE_CHECKING:
    from engine.weights import WeightsSpec

app = typer.Typer(help="Weights: those that come with art, and those that you bring.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Weights that `art models list` names.")]
Json = Annotated[bool, typer.Option("--json", help="Print as JSON.")]


def _facts(spec: WeightsSpec) -> dict[str, Any]:
    from engine.weights import folder_of, state

    return {**asdict(spec), "bytes": spec.bytes, "folder": str(folder_of(spec)), "state": state(spec)}


@app.command("list")
def list_weights(json: Json = False) -> None:
    """All weights with their size and whether they are there."""
    from rich.table import Table

    from engine.weights import all_weights

    found = [_facts(spec) for spec in all_weights().values()]
    if json:
        console.put_json({"weights": found})
        return
    table = Table(box=None, pad_edge=False)
    for title in ("name", "state", "MB", "licence", "source", "summary"):
        table.add_column(title, justify="right" if title == "MB" else "left", no_wrap=title in ("name", "state"))
    for facts in found:
        cells = (facts["name"], facts["state"], f"{facts['bytes'] / 1e6:.1f}", facts["license"], facts["source"])
        table.add_row(*(_plain(cell) for cell in (*cells, facts["summary"])))
    console.rich_console().print(table)


def _plain(text: str) -> str:
    """Text of others in a table: neither escapes nor rich markup."""
    from rich.markup import escape

    return escape(console.clean(text))


@app.command("info")
def info(name: Name, json: Json = False) -> None:
    """Source, licence, folder and files of weights."""
    from engine.weights import find

    facts = _facts(find(name))
    if json:
        console.put_json(facts)
        return
    console.put(f"{name}: {facts['summary']}")
    for key in ("state", "license", "source", "folder", "config_version"):
        console.put(f"  {key.replace('license', 'licence').replace('_', ' ')}: {facts[key]}")
    for file in facts["files"]:
        console.put(f"  {file['name']}  {file['bytes'] / 1e6:.1f} MB  sha256 {file['sha256']}")


@app.command("pull")
def pull(
    name: Name,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only errors.")] = False,
    json: Json = False,
) -> None:
    """Download what is absent or damaged, and check every file."""
    from engine.weights import find
    from engine.weights import pull as bring

    paths = {file: str(path) for file, path in bring(find(name), _teller(quiet)).items()}
    if json:
        console.put_json({"name": name, "files": paths})
    else:
        console.put("\n".join(paths.values()))


def _teller(quiet: bool) -> Callable[[str, int, int], None]:
    """One line on stderr for every tenth of a file."""
    told: dict[str, int] = {}

    def tell(file: str, done: int, total: int) -> None:
        tenth = 10 * done // max(total, 1)
        if not quiet and tenth > told.get(file, -1):
            told[file] = tenth
            console.say(f"{file}: {10 * tenth} % of {total / 1e6:.1f} MB")

    return tell


@app.command("verify")
def verify(
    name: Annotated[str | None, typer.Argument(help="Weights; without it, all that are there.")] = None,
    json: Json = False,
) -> None:
    """Hash every file again; exit 69 when one is not what was recorded."""
    from engine.errors import Unavailable
    from engine.weights import all_weights, find, ready_files, state

    specs = [find(name)] if name else list(all_weights().values())
    absent = [spec.name for spec in specs if not name and state(spec) == "absent"]
    problems: list[Unavailable] = []
    for spec in (spec for spec in specs if spec.name not in absent):
        try:
            ready_files(spec, again=True)
        except Unavailable as error:
            problems.append(error)
    if problems:
        first = problems[0]
        raise Unavailable(first.message, hint=first.hint, where=first.where, problems=tuple(problems))
    verified = [spec.name for spec in specs if spec.name not in absent]
    if json:
        console.put_json({"verified": verified, "absent": absent})
    else:
        console.put("\n".join([f"{found}: whole" for found in verified] + [f"{lost}: absent" for lost in absent]))


@app.command("path")
def path(name: Name, json: Json = False) -> None:
    """The folder of weights that are whole."""
    from engine.weights import find, folder_of, ready_files

    spec = find(name)
    ready_files(spec)
    if json:
        console.put_json({"path": str(folder_of(spec))})
    else:
        console.put(str(folder_of(spec)))


@app.command("rm")
def rm(name: Name, json: Json = False) -> None:
    """Remove weights from the models folder, without asking; those that come with art stay."""
    from engine.weights import find, remove

    removed = str(remove(find(name)))
    if json:
        console.put_json({"removed": removed})
    else:
        console.put(f"removed {removed}")


@app.command("import")
def import_(
    source: Annotated[str, typer.Argument(help="A .safetensors file, a folder of them, or hub:ORG/NAME@REVISION.")],
    name: Annotated[str, typer.Option("--name", help="What to call them.")],
    json: Json = False,
) -> None:
    """Make weights known: files are copied; a hub's are pinned, and `art models pull` brings them."""
    from engine.weights import import_weights

    spec = import_weights(source, name)
    if json:
        console.put_json(_facts(spec))
    else:
        step = f"; next: art models pull {name}" if spec.source.startswith("hub:") else ""
        console.put(f"{name}: {len(spec.files)} files, {spec.bytes / 1e6:.1f} MB, {spec.source}{step}")
