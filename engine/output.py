"""The output folder: claimed, filled file by file, and truthful at every moment about what is finished."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import __version__
from .cache import Cache, key_of
from .composite.recompose import recomposes
from .document import Document, Group, Layer, Node, Note
from .errors import ArtError, CannotWrite, Where
from .export import make_way, parts_of
from .files import atomic, make_folder, sweep_leftovers
from .geometry import Box
from .manifest import (
    NAME,
    SUMS,
    ColourEntry,
    DocumentEntry,
    FileEntry,
    LayerEntry,
    Manifest,
    NoteEntry,
    RecompositionEntry,
    intact,
    read_manifest,
    region_of,
    write_manifest,
    write_sha256sums,
)
from .plan import Job, Output, Plan
from .recipes import Recipes


@dataclass
class Folder:
    """An output folder while a run fills it. Every finished file is in the manifest on disk at once."""

    path: Path
    manifest: Manifest
    recipes: Recipes
    order: Sequence[str]  # paths of all planned files: equal runs have equal manifests

    @property
    def finished(self) -> frozenset[str]:
        """Paths of the files that are done."""
        return frozenset(entry.path for entry in self.manifest.files)

    def add(self, entry: FileEntry) -> None:
        """A file is done."""
        entry = entry.model_copy(update={"recipe": self.recipes.of(entry.path)})
        files = [known for known in self.manifest.files if known.path != entry.path] + [entry]
        files.sort(key=lambda each: self.order.index(each.path) if each.path in self.order else -1)
        self._write(files=tuple(files))

    def close(self, recomposition: RecompositionEntry) -> Manifest:
        """Everything is done."""
        self._write(status="finished", recomposition=recomposition)
        return self.sum_up()

    def sum_up(self) -> Manifest:
        """The checksums of a finished folder, where they are not there yet."""
        write_sha256sums(self.path, self.manifest)
        return self.manifest

    def _write(self, **changes: object) -> None:
        self.manifest = self.manifest.model_copy(update=changes)
        write_manifest(self.path, self.manifest)


def open_folder(path: Path, empty: Manifest, plan: Plan, recipes: Recipes, *, resume: bool, force: bool) -> Folder:
    """Claim the folder for a run: `empty` is its manifest before anything is done.

    resume keeps the intact files of the same recipe; stills, sheets, proxies and hand-offs may be asked for later.
    force removes what an earlier run left. Raises CannotWrite when the folder cannot be written or holds something that
    neither option covers.
    """
    existing, order = _existing(path), order_of(plan)
    if existing is not None and resume and existing.recipe == empty.recipe:
        kept = tuple(entry for entry in existing.files if intact(path, entry))
        _sweep(path, plan)
        # a finished folder stays as it is, byte for byte, when nothing is missing
        whole = len(kept) == len(existing.files) and holds_all(existing, plan)
        return Folder(path, existing if whole else empty.model_copy(update={"files": kept}), recipes, order)
    if not force:
        _refuse_occupied(path, existing, plan, resume=resume)
    make_folder(path / "layers")
    _sweep(path, plan)
    if existing is not None or force:
        _clear(path, existing, plan)
    folder = Folder(path, empty, recipes, order)
    write_manifest(path, empty)
    return folder


def update_folder(
    path: Path,
    empty: Manifest,
    plan: Plan,
    recipes: Recipes,
    document: Document,
    *,
    force: bool,
    sums: Callable[[Path], str],
) -> Folder:
    """Claim a folder whose result is to follow its design: every intact file whose own recipe is still the same stays,
    whatever else has changed. Files to be made anew stay until they are replaced; those of no use now go.

    Raises CannotWrite as `open_folder` does, for what is not a result of art.
    """
    existing, order = _existing(path), order_of(plan)
    if existing is None and not force:
        _refuse_occupied(path, None, plan, resume=False)
    files = existing.files if existing is not None else ()
    wanted = [entry for entry in files if entry.path in order or entry.role == "layout"]
    kept = [entry for entry in wanted if entry.recipe == recipes.of(entry.path) and intact(path, entry, sums)]
    make_folder(path / "layers")
    _sweep(path, plan)
    whole = len(kept) == len(files)
    if existing is not None and whole and existing.recipe == recipes.whole and holds_all(existing, plan):
        return Folder(path, existing, recipes, order)
    for entry in files:
        if entry not in wanted:
            _drop(path, entry.path)
    folder = Folder(path, empty.model_copy(update={"files": tuple(_told(kept, plan, document))}), recipes, order)
    write_manifest(path, folder.manifest)
    return folder


def _told(kept: Sequence[FileEntry], plan: Plan, document: Document) -> Iterator[FileEntry]:
    """Kept files with what is said of their layers now: its place in the stack, for one, is not in the file."""
    jobs = {output.path: (order, job) for order, job in enumerate(plan.jobs) for output in job.outputs}
    for entry in kept:
        if entry.path in jobs:
            order, job = jobs[entry.path]
            entry = entry.model_copy(update={"layer": layer_entry(job, order, document)})
        yield entry


def adopt(folder: Folder, plan: Plan, document: Document, cache: Cache, device: str) -> None:
    """Put what the cache has of the planned files into the folder."""
    jobs = {output.path: (order, job) for order, job in enumerate(plan.jobs) for output in job.outputs}
    for path, key in _cached(folder, plan, device).items():
        if path in folder.finished or (entry := cache.take(key, folder.path, path)) is None:
            continue
        if path in jobs:
            order, job = jobs[path]
            entry = entry.model_copy(update={"layer": layer_entry(job, order, document)})
        folder.add(entry)


def keep(folder: Folder, plan: Plan, cache: Cache, device: str) -> None:
    """Put the files of a finished folder into the cache, where they are not there yet."""
    for path, key in _cached(folder, plan, device).items():
        entry = folder.manifest.entry(path)
        if entry is not None:
            cache.keep(key, folder.path, entry)


def _cached(folder: Folder, plan: Plan, device: str) -> dict[str, str]:
    """The keys of those files that are worth keeping, by path: of what is drawn frame by frame, all frames of it."""
    if plan.frame_range != (0, plan.frames):
        return {}  # other ranges may be merged into the same folder
    paths = [output.path for output in plan.outputs if output.role in ("layer", "still", "composite", "proxy")]
    told_apart = folder.recipes.files
    return {path: key_of(folder.recipes.of(path), device, "" if path in told_apart else path) for path in paths}


def refuse_result(path: Path) -> None:
    """Raise CannotWrite for a folder that holds a result."""
    if _existing(path) is not None:
        hint = "--resume or --force lets --watch bring it up to date; or choose another folder with -o"
        raise CannotWrite("the folder already holds a result of art", hint=hint, where=Where(path))


def holds_all(manifest: Manifest, plan: Plan) -> bool:
    """Everything that is asked for now."""
    return {output.path for output in plan.outputs} <= {entry.path for entry in manifest.files}


def _existing(path: Path) -> Manifest | None:
    """The manifest that is already there; None where there is none or it cannot be read."""
    try:
        return read_manifest(path)
    except ArtError:
        return None


def _refuse_occupied(path: Path, existing: Manifest | None, plan: Plan, *, resume: bool) -> None:
    where = Where(path)
    if existing is not None and resume:
        hint = "--force replaces it; or choose another folder with -o"
        raise CannotWrite(
            "the folder holds the result of another job, so there is nothing to resume", hint=hint, where=where
        )
    if existing is not None:
        hint = "--resume keeps finished files of the same job, --force replaces them; or choose another folder with -o"
        raise CannotWrite("the folder already holds a result of art", hint=hint, where=where)
    names = (*(output.path for output in plan.outputs), NAME, SUMS)
    taken = [name for name in names if (path / name).exists()]
    if taken:
        raise CannotWrite(
            f"{taken[0]} is already there, and art did not write it", hint="choose another folder with -o, or --force",
            where=where,
        )  # fmt: skip


def _sweep(path: Path, plan: Plan) -> None:
    """Remove what killed runs left: beside the files, and inside sequences that are made range by range."""
    files = {path / output.path for output in plan.outputs}
    for folder in {path, path / "layers", *files, *(file.parent for file in files)}:
        sweep_leftovers(folder)


def _clear(path: Path, existing: Manifest | None, plan: Plan) -> None:
    """Remove the files of an earlier run and those in the way of this one; never anything else."""
    old = [entry.path for entry in existing.files] if existing is not None else []
    for name in {*old, *(output.path for output in plan.outputs), NAME, SUMS}:
        _drop(path, name)


def _drop(path: Path, name: str) -> None:
    """Remove a file or a sequence, and the folders in which it was the last: those of hand-offs and stills."""
    target = path / name
    try:
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        folder = target.parent
        while folder not in (path, path / "layers") and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
    except OSError as error:
        raise CannotWrite(f"{name} cannot be replaced: {error.strerror}", where=Where(path)) from error


# --- what the manifest says of a file -------------------------------------------------------------------------------


def empty_manifest(document: Document, plan: Plan, recipe: str, fidelity: float | None) -> Manifest:
    """The manifest of a run before anything is done."""
    return Manifest(
        schema=1, tool=f"art {__version__}", status="unfinished", recipe=recipe, seed=plan.seed, size=plan.size,
        fps=str(plan.fps), frames=plan.frames, document=_document_entry(document, plan, fidelity),
    )  # fmt: skip


def _document_entry(document: Document, plan: Plan, fidelity: float | None) -> DocumentEntry:
    return DocumentEntry(
        name=document.source.name, format=document.format, size=plan.document_size, bits=document.bits,
        color_mode=document.color_mode, linear=document.linear, icc=document.icc, fidelity=fidelity,
        notes=_notes(document.notes),
    )  # fmt: skip


def _notes(notes: Sequence[Note]) -> tuple[NoteEntry, ...]:
    return tuple(NoteEntry(kind=note.kind, what=note.what, detail=note.detail) for note in notes)


def layer_entry(job: Job, order: int, document: Document) -> LayerEntry:
    """The layer a file shows, and how the file stacks with others."""
    node, groups = next((node, groups) for node, groups in document.walk() if node.id == job.layer)
    stacks = recomposes(document, node.id)
    return LayerEntry(
        id=job.layer, path=job.path, name=node.name, order=order, region=region_of(job.region), blend=job.blend,
        opacity=node.opacity, baked=_baked(node, groups), recomposes=stacks.verdict, why=stacks.reason,
        notes=_notes(node.notes),
    )  # fmt: skip


def _baked(node: Node, groups: tuple[Group, ...]) -> tuple[str, ...]:
    """What is already in the pixels of the layer's file."""
    facts = {
        "mask": bool(node.masks),
        "clipping": node.clipped,
        "opacity": node.opacity != 1,
        "fill": node.fill != 1,
        "group opacity": any(group.opacity != 1 for group in groups),
        "group mask": any(group.masks for group in groups),
        "artboard": any(group.artboard is not None for group in groups),
        "adjustments inside": isinstance(node, Group) and _has_adjustment(node),
    }
    effects = tuple(note.what for note in node.notes if note.kind == "baked")
    return (*(name for name, is_baked in facts.items() if is_baked), *effects)


def _has_adjustment(group: Group) -> bool:
    stack: list[Node] = [group]
    while stack:
        node = stack.pop()
        if isinstance(node, Layer) and node.adjustment is not None:
            return True
        stack += node.children if isinstance(node, Group) else ()
    return False


def rooted(entry: FileEntry, output: Output) -> FileEntry:
    """An entry whose paths are relative to the file's own folder, relative to the output folder."""
    start = output.path.rpartition("/")[0]
    prefix = start + "/" if start else ""
    parts = tuple(part.model_copy(update={"path": prefix + part.path}) for part in entry.parts)
    return entry.model_copy(update={"path": output.path, "parts": parts})


def order_of(plan: Plan) -> list[str]:
    """The paths of all planned files, as the manifest lists them."""
    return [output.path for output in plan.outputs]


def still_entry(path: Path, layer: LayerEntry | None, box: Box, *, straight: bool) -> FileEntry:
    """The entry of one PNG of a layer that does not move, relative to its own folder."""
    return FileEntry(
        path=path.name, role="still", parts=parts_of(path, path.name), preset="png", layer=layer, codec="png",
        pixel_format="rgba", size=box.size, offset=(box.x0, box.y0),
        alpha="straight" if straight else "premultiplied", colour=ColourEntry(),
    )  # fmt: skip


def write_handoff(
    folder: Path, name: str, content: bytes | Mapping[str, bytes], remarks: Sequence[str] = ()
) -> FileEntry:
    """A file for another program, or a folder of files, with its entry. One that is there already makes way."""
    path = folder / name
    make_folder(path.parent)
    with atomic(path) as temporary:
        if isinstance(content, bytes):
            temporary.write_bytes(content)
        else:
            temporary.mkdir()
            for inner, data in content.items():
                (temporary / inner).write_bytes(data)
        make_way(path, temporary)
    return FileEntry(path=name, role="handoff", parts=parts_of(path, name), remarks=tuple(remarks))


def write_text(folder: Path, name: str, text: str) -> FileEntry:
    """A text file such as the layout that was used, with its entry."""
    with atomic(folder / name) as temporary:
        temporary.write_text(text, "utf-8")
    path = folder / name
    return FileEntry(path=name, role="layout", parts=parts_of(path, name))
