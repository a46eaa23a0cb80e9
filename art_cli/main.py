"""`art`: the Typer app, and the one place where exceptions become exit codes.

Exit codes: 0 done, 1 bug, 2 usage, 65 bad input, 66 input missing, 69 unavailable, 73 cannot write, 74 check failed,
75 try again, 77 licence, 80 batch with failures, 130 SIGINT, 143 SIGTERM (docs/cli.md).
"""

from __future__ import annotations

import re
import signal
import sys
from types import FrameType
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

from engine import __version__
from engine.errors import ArtError, Interrupted, Terminated, UsageError, nearest

from . import (
    animate,
    batch,
    compare,
    config,
    console,
    dataset,
    doctor,
    evaluate,
    inspect,
    layout,
    models,
    presets,
    preview,
    train,
    verify,
)

HELP = """Layered designs in, layered motion out: every layer an alpha video, plus a composite.

Options can also be set as ART_<COMMAND>_<OPTION>, in ./art.toml (or a parent's) and in the user's art.toml.
"""

app = typer.Typer(
    name="art", help=HELP, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip
app.command("animate")(animate.animate)
app.command("inspect")(inspect.inspect)
app.add_typer(layout.app, name="layout")
app.add_typer(presets.app, name="presets")
app.add_typer(dataset.app, name="dataset")
app.add_typer(models.app, name="models")
app.add_typer(batch.app, name="batch")
app.add_typer(batch.cache_app, name="cache")
app.command("train")(train.train)
app.add_typer(evaluate.app, name="evaluate")
app.command("preview")(preview.preview)
app.command("verify")(verify.verify)
app.command("compare")(compare.compare)
app.command("doctor")(doctor.doctor)


# what to do after Ctrl-C or SIGTERM, by command
_GO_ON = {
    "animate": "finished files are kept: the same command with --resume makes the rest",
    "batch": "what is finished stays: the same command does the rest",
    "train": "the last checkpoint stays: --resume with this folder goes on from it",
}


class _Sigterm(BaseException):
    """SIGTERM, raised where the program stands so that every `finally` runs."""


def _version(wanted: bool) -> None:
    if wanted:
        console.put(f"art {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Read the defaults from files before any command runs."""
    context.default_map = config.default_map(_commands(context.command))


def _commands(group: Any) -> dict[str, Any]:
    """The commands in a group by name; of each its option names, as they stand in art.toml, or its own commands."""
    return {
        name: _commands(command) if hasattr(command, "commands") else {option: None for option in _options(command)}
        for name, command in group.commands.items()
    }


def _options(command: Any) -> list[str]:
    return [parameter.name for parameter in command.params if parameter.param_type_name == "option"]


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise _Sigterm


def run(arguments: list[str] | None = None) -> None:
    """Entry point of the `art` program."""
    words = sys.argv[1:] if arguments is None else arguments
    signal.signal(signal.SIGTERM, _terminate)
    sys.exit(_exit_code(words))


def _exit_code(words: list[str]) -> int:
    debug, as_json = "--debug" in words, "--json" in words
    go_on = _GO_ON.get(next((word for word in words if not word.startswith("-")), ""), "")
    try:
        result: Any = app(args=words, prog_name="art", standalone_mode=False, auto_envvar_prefix="ART")
        if result == Interrupted.exit_code:  # what typer makes of Ctrl-C
            return console.fail(Interrupted("interrupted", hint=go_on), as_json=as_json)
        return result if isinstance(result, int) else 0
    except ArtError as error:
        if debug:
            raise
        return console.fail(error, as_json=as_json)
    except TyperException as error:
        return _usage(error, as_json=as_json)
    except typer.Abort:
        return console.fail(Interrupted("interrupted", hint=go_on), as_json=as_json)
    except _Sigterm:
        return console.fail(Terminated("terminated", hint=go_on), as_json=as_json)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        if debug:
            raise
        return _bug(error, as_json=as_json)


def _usage(error: TyperException, *, as_json: bool) -> int:
    """Typer's own findings: unknown options, missing arguments, values of the wrong kind."""
    message, hint = _plain(error.format_message())
    return console.fail(UsageError(message, hint=hint), as_json=as_json)


def _plain(said: str) -> tuple[str, str]:
    """(what is wrong, what to do) in our words where the parser speaks of its own types."""
    value = re.search(r"value for '?([^':]+)'?: (?:Value error, )?(.*)", said, re.DOTALL)
    if value is None:
        return said, "see --help"
    option, reason = value[1], value[2]
    choice = re.fullmatch(r"'(.*)' is not one of (.*?)\.?", reason, re.DOTALL)
    if choice is not None:
        choices = re.findall(r"'([^']*)'", choice[2])
        near = nearest(choice[1], choices)
        hint = f"did you mean {near}?" if near else f"choices: {', '.join(choices)}"
        return f"{option} cannot be {choice[1]!r}", hint
    if "valid integer" in reason:
        return f"{option} takes a whole number", "see --help"
    return f"{option}: {reason}", "see --help"


def _bug(error: Exception, *, as_json: bool) -> int:
    wrapped = ArtError(
        f"unexpected {type(error).__name__}: {error}",
        hint="this is a bug in art: run again with --debug (before the command) and report what it prints",
    )
    return console.fail(wrapped, as_json=as_json)


if __name__ == "__main__":
    run()
