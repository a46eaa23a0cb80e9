"""Layout text (YAML 1.2 or JSON) -> plain data, and the line and column of every key and value in it.

The text may come from strangers. It is read event by event, so limits act before anything is built: no custom tags, no
includes, no merge keys, and aliases count with everything they expand to. Words mean what they say: only `true`,
`false`, `null` and numbers of the YAML 1.2 core schema are not text, so `No` stays a name and `1:30` stays text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from ..errors import BadInput, MissingInput, Where

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 20_000  # after alias expansion

Scalar = str | int | float | bool | None
KeyPath = tuple[str | int, ...]
Place = tuple[int, int]  # line and column, from 1


@dataclass(frozen=True)
class Source:
    """A layout's text as data. `data` is made of dict, list and scalars only."""

    path: Path | None
    data: Any
    values: dict[KeyPath, Place] = field(repr=False)  # where each value starts
    keys: dict[KeyPath, Place] = field(repr=False)  # where each key starts
    problems: tuple[BadInput, ...] = ()  # everything that could be read past: duplicate keys, tags, merge keys

    def where(self, *keypath: str | int, key: bool = False) -> Where:
        """The place of a value (or of its key), or of the nearest thing around it that the text does have."""
        if key and keypath in self.keys:
            return Where(self.path, *self.keys[keypath])
        while keypath and keypath not in self.values:
            keypath = keypath[:-1]
        return Where(self.path, *self.values.get(keypath, ()))


def all_problems(problems: list[BadInput]) -> BadInput:
    """One error for many findings: the first one speaks, `problems` carries all, in the order of the text."""
    ordered = sorted(problems, key=lambda p: (p.where.line or 0, p.where.column or 0) if p.where else (0, 0))
    first = ordered[0]
    return BadInput(first.message, hint=first.hint, where=first.where, problems=tuple(ordered))


# --- bytes and text ---------------------------------------------------------------------------------------------------


def read_text(path: Path) -> str:
    """The text of a layout file: UTF-8 with or without a byte order mark, or UTF-16 with one.

    Raises MissingInput when the file is not there, BadInput when it is too large or not text.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise MissingInput(
            "there is no such layout file", hint="`art layout init` writes one", where=Where(path)
        ) from error
    except OSError as error:
        raise MissingInput(f"the layout cannot be read: {error.strerror}", where=Where(path)) from error
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        byte = f"0x{data[error.start]:02x}"
        raise BadInput(
            f"this is not a text file: byte {error.start} is {byte}, which is not {encoding.upper()}",
            hint="a layout is YAML or JSON text; is this the design itself?",
            where=Where(path),
        ) from error


def _too_large(path: Path | None) -> BadInput:
    return BadInput(
        f"the layout is larger than {MAX_BYTES // 1_000_000} MB",
        hint="a layout lists motions, usually a few kB; is this another file?",
        where=Where(path),
    )


def _place_of(text: str, index: int) -> Place:
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")


def _check_text(text: str, path: Path | None) -> str:
    """The text without a byte order mark; JSON also without the tabs that YAML does not indent with."""
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _too_large(path)
    control = _CONTROL.search(text)
    if control:
        raise BadInput(
            f"this is not a text file: it holds the control character 0x{ord(control[0]):02x}",
            hint="a layout is YAML or JSON text; is this the design itself?",
            where=Where(path, *_place_of(text, control.start())),
        )
    return _plain_json(text) if text.lstrip()[:1] == "{" and re.search(r"[\t\x85\u2028\u2029]", text) else text


def _plain_json(text: str) -> str:
    """JSON without what YAML reads differently: tabs between tokens, and line breaks that only Unicode knows."""
    if not _is_json(text):
        return text
    text = text.replace("\t", " ")  # valid JSON has them between tokens only; a space each keeps every column
    return re.sub(r"[\x85\u2028\u2029]", lambda match: f"\\u{ord(match[0]):04x}", text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


# --- scalars: the YAML 1.2 core schema --------------------------------------------------------------------------------

_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def plain_scalar(text: str) -> Scalar:
    """What an unquoted word means."""
    if text in _NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    if _INT.fullmatch(text):
        return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))
    if _FLOAT.fullmatch(text) and len(text) <= 40:
        return float(text)
    if match := _SPECIAL.fullmatch(text):
        return float("nan") if match[1] is None else float(f"{match[1]}inf")
    return text


# --- events to nodes --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Node:
    value: Any  # a scalar, a list of nodes, or a dict of text -> (place of the key, node)
    place: Place
    size: int = 1  # nodes in it, aliases expanded
    height: int = 1


class _Builder:
    """Turns parser events into nodes, counting as it goes."""

    def __init__(self, events: Iterator[Any], path: Path | None) -> None:
        self.events = events
        self.path = path
        self.anchors: dict[str, _Node | None] = {}  # None while the anchored node is still open
        self.count = 0
        self.problems: list[BadInput] = []

    def problem(self, place: Place, message: str, hint: str = "") -> BadInput:
        return BadInput(message, hint=hint, where=Where(self.path, *place))

    def node(self, event: Any, depth: int) -> _Node:
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self.alias(event.anchor, place, depth)
        self.spend(1, depth, place)
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            hint = "remove it; to keep a word as text write it in quotes"
            self.problems.append(self.problem(place, f"tags such as {str(tag)[:60]!r} are not part of a layout", hint))
        anchor = event.anchor
        if anchor:
            self.anchors[anchor] = None
        built = self.content(event, kind, place, depth)
        if anchor:
            self.anchors[anchor] = built
        return built

    def content(self, event: Any, kind: str, place: Place, depth: int) -> _Node:
        if kind == "MappingStartEvent":
            return self.mapping(place, depth)
        if kind == "SequenceStartEvent":
            return self.sequence(place, depth)
        return _Node(plain_scalar(event.value) if event.implicit[0] else _joined(event.value), place)

    def spend(self, nodes: int, depth: int, place: Place) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            hint = "aliases count with all they expand to; use a pattern such as Sparkles/* for many layers"
            raise self.problem(place, f"the layout has more than {MAX_NODES} values", hint)
        if depth > MAX_DEPTH:
            raise self.problem(place, f"the layout is nested deeper than {MAX_DEPTH} levels")

    def alias(self, name: str, place: Place, depth: int) -> _Node:
        target = self.anchors.get(name)
        if target is None:
            what = "stands inside its own anchor" if name in self.anchors else "has no anchor before it"
            raise self.problem(place, f"the alias *{name} {what}", "a text that starts with * goes in quotes")
        self.spend(target.size, depth + target.height - 1, place)
        return target

    def sequence(self, place: Place, depth: int) -> _Node:
        items: list[_Node] = []
        for event in self.events:
            if type(event).__name__ == "SequenceEndEvent":
                break
            items.append(self.node(event, depth + 1))
        return _Node(items, place, 1 + sum(n.size for n in items), 1 + max((n.height for n in items), default=0))

    def mapping(self, place: Place, depth: int) -> _Node:
        items: dict[str, tuple[Place, _Node]] = {}
        size, height = 1, 1
        for event in self.events:
            if type(event).__name__ == "MappingEndEvent":
                break
            key = self.key(event, depth)
            value = self.node(next(self.events), depth + 1)
            size, height = size + 1 + value.size, max(height, 1 + value.height)
            if key is None:
                continue
            name, at = key
            if name in items:
                line = items[name][0][0]
                self.problems.append(self.problem(at, f"the key {name!r} is given twice, first in line {line}"))
            else:
                items[name] = (at, value)
        return _Node(items, place, size, height)

    def key(self, event: Any, depth: int) -> tuple[str, Place] | None:
        node = self.node(event, depth + 1)
        scalar = type(event).__name__ == "ScalarEvent"
        if not scalar and not isinstance(node.value, str):
            self.problems.append(self.problem(node.place, "a key is a single word here, not a list or mapping"))
            return None
        text = _joined(str(event.value if scalar else node.value))
        if text == "<<":
            hint = "write the keys out, or put what layers share under `defaults`"
            self.problems.append(self.problem(node.place, "merge keys (<<) are not part of a layout", hint))
            return None
        return text, (event.start_mark.line + 1, event.start_mark.column + 1)


def _joined(text: str) -> str:
    """JSON writes characters beyond 16 bits as two escapes; put them together. A lone half becomes U+FFFD."""
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _flatten(node: _Node, path: KeyPath, values: dict[KeyPath, Place], keys: dict[KeyPath, Place]) -> Any:
    values[path] = node.place
    if isinstance(node.value, list):
        return [_flatten(item, (*path, index), values, keys) for index, item in enumerate(node.value)]
    if isinstance(node.value, dict):
        for name, (place, _) in node.value.items():
            keys[(*path, name)] = place
        return {name: _flatten(item, (*path, name), values, keys) for name, (_, item) in node.value.items()}
    return node.value


# --- what the YAML parser complains about, in words that help ---------------------------------------------------------

_INDENT = "this line is not indented like its neighbours"
_NO_COLON = "a line without a colon, or a key that is not indented like its neighbours"
_TOO_MANY = "there is a colon too many, or this line is indented too far"
# (what the parser says, what that means, what to do)
_SENTENCES: tuple[tuple[str, str, str], ...] = (
    ("mapping values are not allowed", _TOO_MANY, "a text that holds ': ' goes in quotes"),
    ("could not find expected ':'", _NO_COLON, ""),
    ("did not find expected <block end>", _INDENT, ""),
    ("expected <block end>", _INDENT, ""),
    ("did not find expected key", _INDENT, ""),
    ("expected alphabetic or numeric", "a name that starts with * or & needs quotes", 'write layer: "*"'),
    ("while scanning a quoted scalar", "a quotation mark is never closed", ""),
    ("unexpected end of stream", "a quotation mark or bracket is never closed", ""),
    ("cannot start any token", "a text that starts with this character needs quotes", "put it in quotes"),
    ("expected ',' or", "a comma or the closing bracket is missing before this", ""),
    ("expected the node content", "a value is missing here, or a bracket is never closed", ""),
    ("unknown escape character", "this backslash means nothing in double quotes", "write \\\\ or use single quotes"),
)


def _explain(error: YAMLError, text: str, path: Path | None) -> BadInput:
    if isinstance(error, ReaderError):
        return BadInput("this is not readable text", where=Where(path, *_place_of(text, error.position)))
    opening = re.search("a quoted scalar|an alias|an anchor", getattr(error, "context", None) or "")
    marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
    mark = (opening and marks[1]) or marks[0] or marks[1]  # where a quote opens says more than where the file ends
    if not isinstance(error, MarkedYAMLError) or mark is None:
        return BadInput("this is neither YAML nor JSON", where=Where(path, 1, 1))
    line = text.splitlines()[mark.line] if mark.line < len(text.splitlines()) else ""
    where = Where(path, mark.line + 1, mark.column + 1)
    if "\t" in line[: len(line) - len(line.lstrip())] or line[mark.column : mark.column + 1] == "\t":
        return BadInput("a tab is used for spacing here", hint="YAML indents with spaces only", where=where)
    said = f"{error.context or ''} {error.problem or ''}"
    for pattern, sentence, hint in _SENTENCES:
        if pattern in said:
            # a comment inside brackets swallows them
            hint = hint or (
                'a text that starts with # goes in quotes: "#fff"' if _comment_in_brackets(text, mark) else ""
            )
            return BadInput(f"not valid YAML: {sentence}", hint=hint, where=where)
    return BadInput(f"not valid YAML: {error.problem or 'unreadable'}", where=where)


def _comment_in_brackets(text: str, mark: Any) -> bool:
    """Whether a ` #` stands behind an open bracket in the line of the mark, or in the last line with text before it."""
    lines = [line for line in text.splitlines()[: mark.line + 1] if line.strip()]
    return any(re.search(r"[\[{][^\]}]*[\s:,]#", line) for line in lines[-2:])


def read_source(text: str, path: Path | None = None) -> Source:
    """Parse one YAML or JSON document, a mapping. Raises BadInput at the first thing that cannot be read past."""
    text = _check_text(text, path)
    events = YAML(typ="safe", pure=True).parse(text)
    builder = _Builder(events, path)
    try:
        root = _first_document(builder)
    except YAMLError as error:
        raise _explain(error, text, path) from error
    if root is None or root.value is None:
        raise BadInput("the layout is empty", hint="`art layout init DESIGN` writes a starter", where=Where(path, 1, 1))
    if not isinstance(root.value, dict):
        what = "a list" if isinstance(root.value, list) else "a single value"
        hint = "start with `version: 1`, then `layers:` and the list below it"
        raise BadInput(f"a layout is a mapping of keys, this one is {what}", hint=hint, where=Where(path, *root.place))
    values: dict[KeyPath, Place] = {}
    keys: dict[KeyPath, Place] = {}
    return Source(path, _flatten(root, (), values, keys), values, keys, tuple(builder.problems))


def _first_document(builder: _Builder) -> _Node | None:
    root: _Node | None = None
    for event in builder.events:
        kind = type(event).__name__
        if kind in ("StreamStartEvent", "StreamEndEvent", "DocumentStartEvent", "DocumentEndEvent"):
            continue
        if root is not None:
            place = (event.start_mark.line + 1, event.start_mark.column + 1)
            raise builder.problem(place, "a layout is one document; a second one starts here", "remove the line ---")
        root = builder.node(event, 1)
    return root
