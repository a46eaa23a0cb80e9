"""The architecture as a test: imports point down the rows of docs/architecture.md; heavy libraries keep their rooms."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENGINE = ROOT / "engine"

# A room is a file or folder of engine/; it may import its own row and the rows before it.
ROWS: tuple[frozenset[str], ...] = tuple(
    frozenset(row.split())
    for row in (
        "errors geometry timing easing alpha specs files name_tags progress",
        "document pixels boxes motion_field motion_file motion_algebra parts readers scaling layout styles presets "
        "manifest",
        "motion plan",
        "tile render model sampling tiling weights backends",
        "composite blend still codecs export recipes warm cache handoff",
        "pipeline pictures exporting stills sheets part_sheets output folder_lock verify compare inspection doctor "
        "proxies preview watch serve",
        "dataset training evaluation gallery batch",
    )
)
TORCH_ROOMS = {
    "proxies",
    "handoff",
    "pictures",
    "exporting",
    "still",
    "doctor",
    "sheets",
    "part_sheets",
    "gallery",
    "tile",
    "render",
    "composite",
    "blend",
    "pipeline",
    "compare",
    "verify",
    "model",
    "sampling",
    "backends",
    "weights",
    "dataset",
    "training",
    "evaluation",
}
HEAVY = {"torch", "av", "psd_tools", "PIL", "numpy"}


def room_of(name: str) -> str:
    assert any(name in row for row in ROWS), f"engine/{name} stands in no row of tests/test_layering.py"
    return name


def row_of(room: str) -> int:
    return next(i for i, row in enumerate(ROWS) if room in row)


def sources() -> list[Path]:
    return [path for path in sorted(ENGINE.rglob("*.py")) if path != ENGINE / "__init__.py"]


def imports(path: Path, *, top_level_only: bool = False) -> list[tuple[int, str, int]]:
    """(level, module, line) of every import; `from . import x` gives x."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = tree.body if top_level_only else list(ast.walk(tree))
    found: list[tuple[int, str, int]] = []
    for node in nodes:
        if isinstance(node, ast.Import):
            found += [(0, alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.level, node.module, node.lineno))
        elif isinstance(node, ast.ImportFrom):
            found += [(node.level, alias.name, node.lineno) for alias in node.names]
    return found


def engine_rooms(path: Path) -> list[tuple[str, int]]:
    """Rooms of the engine that a file imports, with the line."""
    parts = path.relative_to(ENGINE).with_suffix("").parts
    package = parts[:-1]
    found = []
    for level, module, line in imports(path):
        if level == 0:
            continue
        base = package[: len(package) - (level - 1)]
        target = (*base, *module.split("."))
        if (
            len(target)
            and target[0] not in ("__version__", "errors")
            and (ENGINE / target[0]).exists() | (ENGINE / f"{target[0]}.py").exists()
        ):
            found.append((room_of(target[0]), line))
    return found


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_imports_point_down(path: Path) -> None:
    own = room_of(path.relative_to(ENGINE).with_suffix("").parts[0])
    for room, line in engine_rooms(path):
        assert row_of(room) <= row_of(own), f"{path.name}:{line} imports {room} from a row above"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ENGINE)))
def test_engine_is_imported_relatively_and_torch_stays_in_its_rooms(path: Path) -> None:
    own = room_of(path.relative_to(ENGINE).with_suffix("").parts[0])
    for level, module, line in imports(path):
        if level == 0:
            top = module.split(".")[0]
            assert top not in ("engine", "art_cli"), f"{path.name}:{line} imports {module}: use a relative import"
            assert top != "torch" or own in TORCH_ROOMS, f"{path.name}:{line} imports torch outside its rooms"


def test_rooms_do_not_import_each_other_in_circles() -> None:
    edges: dict[str, set[str]] = {}
    for path in sources():
        own = room_of(path.relative_to(ENGINE).with_suffix("").parts[0])
        edges.setdefault(own, set()).update(room for room, _ in engine_rooms(path) if room != own)
    finished: set[str] = set()

    def visit(room: str, trail: tuple[str, ...]) -> None:
        assert room not in trail, " -> ".join((*trail, room))
        if room not in finished:
            for other in sorted(edges.get(room, ())):
                visit(other, (*trail, room))
            finished.add(room)

    for room in sorted(edges):
        visit(room, ())


@pytest.mark.parametrize("path", sorted((ROOT / "art_cli").glob("*.py")), ids=lambda path: path.name)
def test_the_command_line_imports_nothing_heavy_at_start(path: Path) -> None:
    for level, module, line in imports(path, top_level_only=True):
        assert level > 0 or module.split(".")[0] not in HEAVY, f"{path.name}:{line} imports {module} at start"


def test_there_is_no_drawer_for_everything() -> None:
    names = {path.stem for folder in (ENGINE, ROOT / "art_cli") for path in folder.rglob("*.py")}
    assert not names & {"utils", "util", "helpers", "common", "misc"}
