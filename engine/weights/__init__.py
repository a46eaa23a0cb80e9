"""Which weights there are and where: those that come with art, and those in the user's models folder.

A folder MODELS/NAME holds `weights.json` (the spec), the files, and `.verified`, which says which file of which size
and time had which sha256, so that gigabytes are hashed once. Only safetensors: opening them executes nothing.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from ..errors import BadInput, CannotWrite, MissingInput, Unavailable, UsageError, Where, nearest
from ..files import atomic, sha256
from .hub import download, tree
from .state import FORMAT_VERSION, refuse_pickle

BUNDLED = Path(__file__).parent.parent / "bundled"
REGISTRY = "registry.json"
_SPEC, _MARK = "weights.json", ".verified"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HUB = re.compile(r"hub:([\w.-]+/[\w.-]+)(?:@([\w./-]+))?")
_SHA = re.compile(r"[0-9a-f]{64}")
State = Literal["ready", "unverified", "absent", "damaged"]
Report = Callable[[str, int, int], None]  # file, bytes there, bytes in all


@dataclass(frozen=True)
class WeightsFile:
    """One file; `name` may have folders ("unet/x.safetensors")."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class WeightsSpec:
    """Facts of weights. `source`: "bundled", "local", or "hub:org/name@commit"."""

    name: str
    summary: str
    license: str
    source: str
    files: tuple[WeightsFile, ...]
    config_version: str = FORMAT_VERSION

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)


# --- what there is ----------------------------------------------------------------------------------------------------


def models_folder() -> Path:
    """ART_MODELS, else `art/models` in the user's data folder."""
    from platformdirs import user_data_path

    given = os.environ.get("ART_MODELS")
    return Path(given).expanduser() if given else user_data_path("art", appauthor=False) / "models"


def all_weights() -> dict[str, WeightsSpec]:
    """Every known weights by name, those that come with art first. Raises BadInput for a spec that cannot be read."""
    found = bundled_weights(BUNDLED)
    folder = models_folder()
    for path in sorted(folder.glob(f"*/{_SPEC}")) if folder.is_dir() else ():
        spec = _read_spec(path, path.parent.name, json_of(path))
        found.setdefault(spec.name, spec)
    return found


def bundled_weights(folder: Path) -> dict[str, WeightsSpec]:
    """The registry of a folder of shipped weights."""
    path = folder / REGISTRY
    return {name: _read_spec(path, name, facts) for name, facts in json_of(path).items()}


def json_of(path: Path) -> dict[str, object]:
    try:
        facts = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"cannot be read: {error}", hint=_anew(path), where=Where(path)) from error
    if not isinstance(facts, dict):
        raise BadInput("is not a JSON object", hint=_anew(path), where=Where(path))
    return facts


def _anew(path: Path) -> str:
    return "install art again" if path.name == REGISTRY else "remove the folder and import again"


def _read_spec(path: Path, name: str, facts: object) -> WeightsSpec:
    """A spec from JSON, which may have been written by anybody: names that leave the folder are refused."""
    try:
        values = dict(facts)  # type: ignore[call-overload]  # a TypeError for what is no mapping, caught below
        files = tuple(WeightsFile(str(f["name"]), str(f["sha256"]), int(f["bytes"])) for f in values.pop("files"))
        spec = WeightsSpec(**{**values, "name": name, "files": files})
    except (TypeError, KeyError, ValueError) as error:
        raise BadInput(f"not a spec of weights: {error}", hint=_anew(path), where=Where(path)) from error
    if spec.config_version != FORMAT_VERSION:
        message = f"weights of format {spec.config_version}; this art reads format {FORMAT_VERSION}"
        raise Unavailable(message, hint="use the art that they were made for", where=Where(path))
    if (spec.source == "bundled") != (path.name == REGISTRY):
        raise BadInput(f"source {spec.source!r} cannot stand here", hint="import them again", where=Where(path))
    for file in files:
        if not _inside(file.name) or not _SHA.fullmatch(file.sha256):
            raise BadInput(f"{file.name!r} is no safe file entry", hint="import it again", where=Where(path))
    return spec


def _inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and name.endswith(".safetensors") and ".." not in parts and not set(name) & set("\\:\0") \
        and not name.startswith("/")  # fmt: skip


def find(name: str) -> WeightsSpec:
    """The spec of that name. Raises MissingInput with the nearest name."""
    shipped = bundled_weights(BUNDLED)
    if name in shipped:
        return shipped[name]  # works whatever lies in the user's folder
    known = all_weights()
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean {near}?" if near else "`art models list` names those that are known"
        raise MissingInput(f"no weights called {name!r}", hint=hint)
    return known[name]


def folder_of(spec: WeightsSpec) -> Path:
    return BUNDLED if spec.source == "bundled" else models_folder() / spec.name


# --- are they whole ---------------------------------------------------------------------------------------------------


def state(spec: WeightsSpec) -> State:
    """What can be said without hashing gigabytes; those that come with art are small, so they are hashed."""
    marks = _marks(spec)
    if spec.source == "bundled":
        paths = [(folder_of(spec) / file.name, file) for file in spec.files]
        marks = {file.name: _mark(path, file) for path, file in paths if path.is_file() and sha256(path) == file.sha256}
    found = [_quick_state(folder_of(spec) / file.name, file, marks) for file in spec.files]
    order: tuple[State, ...] = ("damaged", "absent", "unverified", "ready")
    return next((word for word in order if word in found), "ready")


def _quick_state(path: Path, file: WeightsFile, marks: dict[str, object]) -> State:
    if not path.is_file():
        return "absent"
    if path.stat().st_size != file.bytes:
        return "damaged"
    return "ready" if marks.get(file.name) == _mark(path, file) else "unverified"


def ready_files(spec: WeightsSpec, *, again: bool = False) -> dict[str, Path]:
    """The files by name, each with the recorded sha256; a file that has its mark is hashed only with `again`.

    Raises Unavailable when one is absent, of the wrong size or has been changed.
    """
    marks = {} if again else _marks(spec)
    paths = {file.name: folder_of(spec) / file.name for file in spec.files}
    for file in spec.files:
        if marks.get(file.name) != _mark(paths[file.name], file):
            _check(spec, paths[file.name], file)
            marks[file.name] = _mark(paths[file.name], file)
    if spec.source != "bundled":
        _write_json(folder_of(spec) / _MARK, marks)
    return paths


def _check(spec: WeightsSpec, path: Path, file: WeightsFile) -> None:
    again = {"bundled": "install art again", "local": f"remove and import {spec.name} again"}
    hint = again.get(spec.source, f"art models pull {spec.name}")
    if not path.is_file():
        raise Unavailable(f"weights {spec.name}: {file.name} is not there", hint=hint, where=Where(path))
    if path.stat().st_size != file.bytes:
        message = f"weights {spec.name}: {path.stat().st_size} bytes in place of {file.bytes}"
        raise Unavailable(message, hint=hint, where=Where(path))
    if sha256(path) != file.sha256:
        raise Unavailable(f"weights {spec.name}: the file was changed (sha256)", hint=hint, where=Where(path))


def _marks(spec: WeightsSpec) -> dict[str, object]:
    try:
        found = json.loads((folder_of(spec) / _MARK).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _mark(path: Path, file: WeightsFile) -> list[object]:
    facts = path.stat() if path.is_file() else None
    return [facts.st_size, facts.st_mtime_ns, file.sha256] if facts else []


def _write_json(path: Path, facts: object) -> None:
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(facts, indent=2) + "\n", "utf-8")


# --- bringing and removing --------------------------------------------------------------------------------------------


def pull(spec: WeightsSpec, report: Report) -> dict[str, Path]:
    """Download what is absent or damaged of hub weights, and check everything. One process at a time does it."""
    hub = _HUB.fullmatch(spec.source)
    if hub is None:
        return ready_files(spec)
    with _alone(spec.name):
        for file in spec.files:
            target = folder_of(spec) / file.name
            if not target.is_file() or target.stat().st_size != file.bytes or sha256(target) != file.sha256:

                def tell(done: int, total: int, name: str = file.name) -> None:
                    report(name, done, total)

                download(hub[1], hub[2], file.name, target, file.bytes, file.sha256, tell)
        return ready_files(spec)


def import_weights(source: str, name: str) -> WeightsSpec:
    """Make weights known under a name: a .safetensors file or a folder of them (copied), or `hub:org/name@revision`.

    A hub's revision is pinned to the commit it means now, with the sha256 of every file; `pull` brings them.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a name", hint="small letters, digits, '.', '_' and '-', up to 64")
    if name in all_weights():
        raise UsageError(f"there are weights called {name!r}", hint=f"choose another --name, or art models rm {name}")
    with _alone(name):
        return _from_hub(source, name) if source.startswith("hub:") else _from_disk(Path(source), name)


def _from_hub(source: str, name: str) -> WeightsSpec:
    wanted = _HUB.fullmatch(source)
    if wanted is None:
        raise UsageError(f"{source!r} is not hub:ORG/NAME@REVISION", hint="for example hub:org/model@main")
    commit, listed = tree(wanted[1], wanted[2] or "main")
    names = [str(entry.get("rfilename", "")) for entry in listed]
    files = tuple(
        WeightsFile(entry["rfilename"], entry["lfs"]["sha256"], int(entry["size"]))
        for entry in listed
        if _inside(str(entry.get("rfilename", ""))) and entry.get("lfs")
    )
    if not files:
        _refuse_all(names, source)
    spec = WeightsSpec(name, f"from {source}", "see its page", f"hub:{wanted[1]}@{commit}", files)
    return _record(models_folder() / name, spec)


def _from_disk(source: Path, name: str) -> WeightsSpec:
    if not source.exists():
        raise MissingInput(
            "not there", hint="give a .safetensors file, a folder of them, or hub:...", where=Where(source)
        )
    paths = sorted(source.rglob("*.safetensors")) if source.is_dir() else [source]
    if not paths or (paths == [source] and source.suffix != ".safetensors"):
        _refuse_all([path.name for path in (source.iterdir() if source.is_dir() else [source])], str(source))
    root = source if source.is_dir() else source.parent
    for path in paths:
        _readable(path)
    files = tuple(WeightsFile(p.relative_to(root).as_posix(), sha256(p), p.stat().st_size) for p in paths)
    with atomic(models_folder() / name) as temporary:
        for path, file in zip(paths, files, strict=True):
            (temporary / file.name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, temporary / file.name)
        return _record(temporary, WeightsSpec(name, f"imported from {source.name}", "not stated", "local", files))


def _readable(path: Path) -> None:
    """Raise Unavailable for a pickle in disguise or a damaged file; only the header is read."""
    from safetensors import SafetensorError, safe_open

    refuse_pickle(path)
    try:
        with safe_open(path, framework="np"):
            pass
    except (SafetensorError, OSError) as error:
        raise Unavailable(f"cannot be read: {error}", hint="get the file again", where=Where(path)) from error


def _refuse_all(names: Iterable[str], source: str) -> None:
    for name in names:
        refuse_pickle(Path(source) / name if Path(source).is_dir() else Path(name))
    raise Unavailable(f"no .safetensors files in {source}", hint="art reads weights in that format alone")


def _record(folder: Path, spec: WeightsSpec) -> WeightsSpec:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(f"cannot be made: {error.strerror}", hint="set ART_MODELS", where=Where(folder)) from error
    facts = {key: value for key, value in asdict(spec).items() if key != "name"}
    _write_json(folder / _SPEC, facts)
    return spec


def remove(spec: WeightsSpec) -> Path:
    """Remove a folder of the models folder. Raises UsageError for weights that come with art and for links outwards."""
    if spec.source == "bundled":
        raise UsageError(f"{spec.name} comes with art and stays", hint="uninstall art to be rid of it")
    root, folder = models_folder().resolve(), folder_of(spec)
    if folder.is_symlink() or folder.resolve().parent != root:
        raise UsageError(f"{folder} leads out of {root}", hint="remove it by hand if that is what you want")
    with _alone(spec.name):
        shutil.rmtree(folder)
    return folder


def record_bundled(folder: Path, name: str, summary: str, license: str, files: Iterable[str]) -> None:
    """Write the registry of shipped weights anew for one name: sizes and sha256 of the files as they are now."""
    path = folder / REGISTRY
    known = json_of(path) if path.exists() else {}
    listed = [asdict(WeightsFile(f, sha256(folder / f), (folder / f).stat().st_size)) for f in files]
    facts = {"summary": summary, "license": license, "source": "bundled", "config_version": FORMAT_VERSION}
    _write_json(path, {**known, name: {**facts, "files": listed}})


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Wait until no other process brings, imports or removes weights of that name."""
    from filelock import FileLock

    folder = models_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{name}.lock"):
            yield
    except PermissionError as error:
        hint = "set ART_MODELS to a folder of yours"
        raise CannotWrite(f"cannot be written: {error.strerror}", hint=hint, where=Where(folder)) from error
