"""A batch as a job template for farms: Open Job Description 2023-09 with chunks of items (extension TASK_CHUNKING).

The template says what every worker runs, `art batch run ... --items N-M`; folders, options and the items themselves are
parameters of the job, so that a farm may map paths, and one file serves many submissions.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import UsageError
from .jobs import Item

MOST_CHUNK = 150  # items a task that AWS Deadline Cloud takes
_NAME = 100  # characters of the job's name; the specification has 128
_TEMPLATE = """\
# Written by `art batch openjd`. Checked by `openjd check`, run by `openjd run`, by AWS Deadline Cloud and its like.
specificationVersion: jobtemplate-2023-09
extensions: [TASK_CHUNKING]
name: {name}
parameterDefinitions:
  - name: Designs
    type: PATH
    objectType: DIRECTORY
    dataFlow: IN
    description: The folder with all designs, layouts and the jobs file.{designs}
  - name: Out
    type: PATH
    objectType: DIRECTORY
    dataFlow: OUT
    description: The folder for all results, the record and the logs. Workers may share it.
  - name: Options
    type: STRING
    default: {options}
    description: "Options of `art animate` for all items: fps=12 format=webm,png"
  - name: Items
    type: STRING
    default: {items}
    description: "Only items of these numbers: 1-10,15"
  - name: ItemsPerTask
    type: INT
    minValue: 1
    maxValue: {most}
    default: 10
    description: Items that one task does. A task loads libraries and weights once.
steps:
  - name: Animate
    parameterSpace:
      taskParameterDefinitions:
        - name: Item
          type: CHUNK[INT]
          range: "{{{{Param.Items}}}}"
          chunks: {{defaultTaskCount: "{{{{Param.ItemsPerTask}}}}", rangeConstraint: CONTIGUOUS}}
    script:
      actions:
        onRun:
          command: art
          args:
{args}
          # art leaves within 10 s, and what it was writing has no final name
          cancelation: {{mode: NOTIFY_THEN_TERMINATE, notifyPeriodInSeconds: 15}}
"""


def template(
    words: Sequence[str], items: Sequence[Item], home: Path, layout: str = "", options: Sequence[str] = ()
) -> str:
    """The template's text, for JOBS words and the items that they are.

    home: folder in which the template will lie; designs in it or below get it as their default, as the specification
    asks for. layout, options: as on the command line. Raises UsageError for paths that no template can hold.
    """
    base = _base([*_folders(words, items), *([_fixed(layout)] if layout else [])])
    jobs = [_below(base, word) for word in words]
    more = ["--layout", _below(base, layout)] if layout else []
    args = [
        "batch", "run", *jobs, "--output", "{{Param.Out}}", *more, "--set", "{{Param.Options}}",
        "--items", "{{Task.Param.Item}}", "--progress", "openjd",
    ]  # fmt: skip
    home = Path(os.path.abspath(home))
    designs = f"\n    default: {_text(base.relative_to(home).as_posix())}" if base.is_relative_to(home) else ""
    return _TEMPLATE.format(
        name=_text(f"art: {base.name[:_NAME]}"), designs=designs, options=_text(_plain(" ".join(options))),
        items=_text(f"1-{len(items)}"), most=MOST_CHUNK, args="\n".join(f"            - {_text(arg)}" for arg in args),
    )  # fmt: skip


def _folders(words: Iterable[str], items: Iterable[Item]) -> set[str]:
    """Every folder that something stands in which workers read."""
    found = {os.path.dirname(path) for item in items for path in (item.design, item.layout) if path}
    return found | {os.path.abspath(word) if os.path.isdir(word) else _fixed(word) for word in words}


def _fixed(text: str) -> str:
    """The folder of a path up to what a pattern or a placeholder leaves open."""
    folder = Path(os.path.abspath(text)).parent
    while not os.path.exists(folder) and (glob.has_magic(str(folder)) or "{" in str(folder)):
        folder = folder.parent
    return str(folder)


def _base(folders: Iterable[str]) -> Path:
    try:
        return Path(os.path.commonpath(list(folders)))
    except ValueError:
        hint = "a farm gets them as one folder"
        raise UsageError("designs, layouts and jobs file lie on different drives", hint=hint) from None


def _below(base: Path, text: str) -> str:
    """A path of this machine as one below the parameter `Designs`."""
    relative = Path(os.path.abspath(text)).relative_to(base).as_posix()
    return "{{Param.Designs}}" if relative == "." else f"{{{{Param.Designs}}}}/{_plain(relative)}"


def _plain(text: str) -> str:
    if "{{" in text:
        raise UsageError(f"a job template cannot hold {text!r}: two braces begin an expression there")
    return text


def _text(text: str) -> str:
    """A string of YAML, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)
