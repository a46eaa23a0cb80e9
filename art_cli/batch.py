"""`art batch` and `art cache`: many designs, and the finished files that they share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.errors import UsageError

from . import console, options
from .progress import Style, make

if TYPE_CHECKING:
    from engine.batch.engine import Engine
    from engine.batch.jobs import Item
    from engine.batch.record import State

app = typer.Typer(help="Libraries of designs: run, look at, and finish many items.", no_args_is_help=True)
cache_app = typer.Typer(help="Finished files that items of batches share.", no_args_is_help=True)

ROWS = 40  # of a table that is printed whole

ItemLayout = Annotated[
    str, typer.Option("--layout", "-l", help="Layout of items that name none: 'layouts/{name}.yaml'.")
]
ItemOptions = Annotated[
    list[str] | None, typer.Option("--set", help="An option of `art animate` for all items: fps=12. Repeatable.")
]
OutFolder = Annotated[Path, typer.Argument(help="The output folder of an `art batch run`.")]
Items = Annotated[str | None, typer.Option("--items", help="Only items of these numbers: 1-10,15.")]
FailFast = Annotated[bool, typer.Option("--fail-fast", help="Begin nothing more after the first failure.")]
Timeout = Annotated[str | None, typer.Option("--timeout", help="The longest that an attempt may take: 90s, 10m, 2h.")]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory", help="The most that a worker may take: 4GiB, 800MB. Default: 90 % of the machine, in shares."
    ),
]
Jobs = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, help="Workers. Default: one a GPU, else one a processor.")
]
EngineName = Annotated[
    Literal["local", "ray"], typer.Option("--engine", help="Who does it: processes of this machine, or a Ray cluster.")
]
RayAddress = Annotated[
    str | None,
    typer.Option("--ray-address", help="The cluster: HOST:6379. Default: RAY_ADDRESS, else the one of this machine."),
]
Attempts = Annotated[
    int, typer.Option("--attempts", min=1, max=20, help="Tries of an item whose process crashes, hangs or is killed.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace what other jobs left in the items' folders.")]
UseCache = Annotated[bool, typer.Option("--cache/--no-cache", help="Take over equal files that were made before.")]
CacheLimit = Annotated[str, typer.Option("--cache-limit", help="The most that the cache may hold: 10GiB.")]
ProgressStyle = Annotated[Style, typer.Option("--progress", help="How progress is shown.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors.")]


@app.command("run")
def run(
    jobs: Annotated[
        list[str], typer.Argument(metavar="JOBS...", help="A glob, a folder, designs, or a .csv or .yaml of items.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for all results, the record and the logs.")],
    layout: ItemLayout = "",
    set: ItemOptions = None,
    items: Items = None,
    fail_fast: FailFast = False,
    timeout: Timeout = None,
    memory: Memory = None,
    workers: Jobs = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    attempts: Attempts = 2,
    force: Force = False,
    cache: UseCache = True,
    cache_limit: CacheLimit = "10GiB",
    plan: Annotated[bool, typer.Option("--plan", help="Print the items, and stop.")] = False,
    progress: ProgressStyle = "auto",
    json: options.Json = False,
    quiet: Quiet = False,
) -> int:
    """Do what `art animate` does for every design of JOBS. Exit code 80 when some failed.

    \b
    art batch run 'cards/*.psd' -o out
    art batch run jobs.csv -o out --jobs 4 --timeout 10m
    """
    from engine.batch.jobs import chosen, plan_items
    from engine.batch.settings import options_of

    planned = plan_items(jobs, output, layout, options_of(" ".join(set or ())))
    todo = chosen(planned, items)
    if plan:
        _put_plan(todo, output, json=json)
        return 0
    limits = _Limits(timeout, memory, workers, attempts, fail_fast, force, cache_limit if cache else "")
    where = _Where(engine, ray_address)
    own = _own_numbers(todo, items)
    return _drive(planned, todo, output, limits, where, progress, own, json=json, quiet=quiet)


@app.command("retry")
def retry(
    folder: OutFolder,
    failed: Annotated[
        bool, typer.Option("--failed", help="Only items that failed, not those that were never begun.")
    ] = False,
    items: Items = None,
    fail_fast: FailFast = False,
    timeout: Timeout = None,
    memory: Memory = None,
    workers: Jobs = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    attempts: Attempts = 2,
    force: Force = False,
    cache: UseCache = True,
    cache_limit: CacheLimit = "10GiB",
    progress: ProgressStyle = "auto",
    json: options.Json = False,
    quiet: Quiet = False,
) -> int:
    """Do the items of FOLDER that are not finished, without the jobs file. Exit code 80 when some failed."""
    from engine.batch.jobs import chosen
    from engine.batch.record import State, read_plan, states_of

    planned = read_plan(folder)
    states = states_of(folder)
    todo = chosen(planned, items)
    own = _own_numbers(todo, items)
    if failed:
        todo = [item for item in todo if states.get(item.key, State()).phase == "failed"]
    limits = _Limits(timeout, memory, workers, attempts, fail_fast, force, cache_limit if cache else "")
    where = _Where(engine, ray_address)
    return _drive(planned, todo, folder, limits, where, progress, own, json=json, quiet=quiet)


@app.command("status")
def status(
    folder: OutFolder,
    items: Items = None,
    json: options.Json = False,
) -> int:
    """Print where the items of FOLDER stand, also while they are worked on. Exit code 80 when some have failed."""
    from engine.batch.jobs import chosen
    from engine.batch.record import read_plan, states_of
    from engine.folder_lock import holders

    planned, states, held = read_plan(folder), states_of(folder), holders(folder)
    if not held:  # whoever began these is gone
        for state in states.values():
            state.phase = "stopped" if state.phase == "started" else state.phase
    for who in held:
        console.say(f"{who} is at work")
    return _put_items(chosen(planned, items), states, folder, json=json)


@app.command("openjd")
def openjd(
    jobs: Annotated[list[str], typer.Argument(metavar="JOBS...", help="As for `art batch run`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write it; - prints it.")] = Path("job.yaml"),
    layout: ItemLayout = "",
    set: ItemOptions = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write an Open Job Description template of JOBS, for AWS Deadline Cloud and other farms.

    \b
    art batch openjd jobs.csv -o job.yaml
    openjd run job.yaml -p Designs=. -p Out=out
    """
    from engine.batch.jobs import plan_items
    from engine.batch.openjd import template
    from engine.batch.settings import options_of
    from engine.errors import CannotWrite, Where
    from engine.files import atomic

    items = plan_items(jobs, output.parent / "out", layout, options_of(" ".join(set or ())))
    text = template(jobs, items, output.parent, layout, set or ())
    if str(output) == "-":
        console.put(text.rstrip("\n"))
        return
    if output.is_file() and not force:
        raise CannotWrite("there is a file already", hint="--force replaces it, -o names another", where=Where(output))
    with atomic(output) as temporary:
        temporary.write_text(text, "utf-8")
    console.say(f"wrote {output}: {len(items)} items")


@cache_app.command("info")
def info(json: options.Json = False) -> None:
    """Print where the cache is, and how much it holds."""
    from engine.cache import Cache, cache_folder

    found = Cache(cache_folder()).info()
    if json:
        console.put_json({"folder": str(found.folder), "entries": found.entries, "bytes": found.bytes})
    else:
        console.put(f"{found.folder}: {found.entries} files or sequences, {found.bytes / 2**20:.1f} MiB")


@cache_app.command("clear")
def clear(json: options.Json = False) -> None:
    """Remove everything from the cache."""
    from engine.cache import Cache, cache_folder

    before = Cache(cache_folder()).clear()
    if json:
        console.put_json({"folder": str(before.folder), "entries": before.entries, "bytes": before.bytes})
    else:
        console.put(f"{before.folder}: {before.entries} removed, {before.bytes / 2**20:.1f} MiB free")


@dataclass(frozen=True)
class _Where:
    """Who does the work. Raises UsageError for an address that nobody would use."""

    engine: Literal["local", "ray"]
    ray_address: str | None

    def __post_init__(self) -> None:
        if self.engine != "ray" and self.ray_address is not None:
            raise UsageError(f"--ray-address {self.ray_address} is of --engine ray", hint="add --engine ray")


class _Limits:
    """The options that `run` and `retry` share, as the engine takes them. Raises UsageError."""

    def __init__(
        self, timeout: str | None, memory: str | None, workers: int | None, attempts: int, fail_fast: bool,
        force: bool, cache: str,
    ) -> None:  # fmt: skip
        self.seconds = None if timeout is None else _seconds(timeout)
        self.memory = None if memory is None else _bytes("--memory", memory)
        self.cache = _bytes("--cache-limit", cache) if cache else 0
        self.workers, self.attempts, self.fail_fast, self.force = workers, attempts, fail_fast, force


def _drive(
    planned: Sequence[Item], todo: Sequence[Item], out: Path, limits: _Limits, where: _Where, style: Style,
    own: tuple[int, int] | None, *, json: bool, quiet: bool,
) -> int:  # fmt: skip
    from engine.batch.driver import Rules, drive
    from engine.batch.record import LOGS
    from engine.batch.rows import FOLDER

    if json and style in ("openjd", "alf"):
        raise UsageError(f"--progress {style} and --json both write to stdout", hint="use --progress json")
    engine = _engine(todo, limits, where)
    rules = Rules(limits.attempts, limits.fail_fast, limits.force, limits.cache)
    states = drive(planned, todo, out, engine, rules, make(style, quiet=quiet), own)
    code = _put_items(todo, states, out, json=json, quiet=quiet)
    if code and not quiet:
        again = f"art batch retry {quote(str(out))} --failed"
        console.say(f"art: what went wrong is in {out / FOLDER / LOGS}; `{again}` does them again")
    return code


def _own_numbers(named: Sequence[Item], items: str | None) -> tuple[int, int] | None:
    """[first, end) of what `--items` names, which this driver has for itself; None: the whole folder."""
    return None if items is None else (named[0].number, named[-1].number + 1)


def _engine(todo: Sequence[Item], limits: _Limits, where: _Where) -> Engine:
    from engine.batch.local import Limits, LocalEngine, total_memory, visible_gpus, workers_for

    on_gpus = not all(item.settings.get("device") == "cpu" for item in todo)
    if where.engine == "ray":
        from engine.batch.cluster import ray_engine

        each = Limits(limits.seconds, limits.memory)
        return ray_engine(where.ray_address, limits.workers, len(todo), each, gpus=on_gpus)
    gpus = visible_gpus() if on_gpus else ()
    workers = limits.workers or workers_for(len(todo), gpus)
    memory = limits.memory or total_memory() * 9 // 10 // workers
    return LocalEngine(workers, Limits(limits.seconds, memory), gpus)


# --- tables -----------------------------------------------------------------------------------------------------------


def _put_plan(items: Sequence[Item], out: Path, *, json: bool) -> None:
    """Print what would be done, all of it; the last line begins with the number of items."""
    if json:
        _put_items(items, {}, out, json=True)
        return
    rows = [
        (str(item.number), Path(item.design).name, Path(item.layout or "").name, item.name, _options(item))
        for item in items
    ]
    if rows:
        console.put_table(("item", "design", "layout", "into", "options"), rows)
    console.put("1 item" if len(items) == 1 else f"{len(items)} items")


def _options(item: Item) -> str:
    """Fields of a request as a jobs file gives them: `fps=12 format=webm,png`."""
    from engine.batch.settings import text_of

    return " ".join(f"{name}={value}" for name, value in text_of(item.settings).items())


def _put_items(
    items: Sequence[Item], states: Mapping[str, State], out: Path, *, json: bool, quiet: bool = False
) -> int:
    """Print where items stand, and give the exit code of a batch that stands so."""
    from engine.batch.record import State
    from engine.errors import BatchFailed

    lines = [(item, states.get(item.key, State())) for item in items]
    phases = Counter(state.phase for _, state in lines)
    if json:
        console.put_json({"out": str(out), "phases": phases, "items": [_data(item, state) for item, state in lines]})
    elif not quiet:
        shown = lines if len(lines) <= ROWS else [line for line in lines if line[1].phase == "failed"][:ROWS]
        if shown:
            titles = ("item", "design", "into", "state", "attempts", "time", "what")
            console.put_table(titles, [_row(item, state) for item, state in shown])
        console.put(_sum(phases, lines))
    return BatchFailed.exit_code if phases["failed"] else 0


def _row(item: Item, state: State) -> tuple[str, ...]:
    files = f"{state.files} files" + (f", {state.cached} from the cache" if state.cached else "")
    if state.warnings:
        files += ", 1 warning" if state.warnings == 1 else f", {state.warnings} warnings"
    said = state.message.removeprefix(f"{item.design}: ") or (files if state.phase == "finished" else "")
    seconds = f"{state.seconds:.1f} s" if state.attempts else ""
    return str(item.number), Path(item.design).name, item.name, state.phase, str(state.attempts), seconds, said


def _sum(phases: Counter[Any], lines: Sequence[tuple[Item, State]]) -> str:
    counted = ", ".join(f"{count} {phase}" for phase, count in sorted(phases.items())) or "no items"
    cached, files = sum(state.cached for _, state in lines), sum(state.files for _, state in lines)
    warned = sum(state.warnings > 0 for _, state in lines)
    return "".join((
        counted,
        f"; {cached} of {files} files from the cache" if cached else "",
        f"; {warned} with warnings, see their logs" if warned else "",
    ))  # fmt: skip


def _data(item: Item, state: State) -> dict[str, object]:
    return {
        "item": item.number, "name": item.name, "design": item.design, "layout": item.layout, "out": item.out,
        "settings": item.settings, "state": state.phase, "attempts": state.attempts, "seconds": state.seconds,
        "files": state.files, "cached": state.cached, "warnings": state.warnings, "code": state.code,
        "message": state.message, "hint": state.hint,
    }  # fmt: skip


# --- values -----------------------------------------------------------------------------------------------------------


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|)", text.strip())
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}[match[2]] if match else 0.0
    if seconds <= 0:
        raise UsageError(f"--timeout {text!r} is not a time", hint="write 90s, 10m or 2h")
    return seconds


def _bytes(option: str, text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKMGT]?)(i?)B?", text.strip())
    size = 0
    if match:
        size = int(float(match[1]) * (1024 if match[3] else 1000) ** " KMGT".index(match[2].upper() or " "))
    if size <= 0:
        raise UsageError(f"{option} {text!r} is not a size", hint="write 4GiB or 800MB")
    return size
