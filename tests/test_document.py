"""Paths are unique whatever the names."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.document import unique_path


def test_equal_paths_are_numbered_from_the_bottom_up() -> None:
    taken: dict[str, int] = {}
    names = ["A", "A", "A~2", "B", "A", "A~2"]
    assert [unique_path(name, taken) for name in names] == ["A", "A~2", "A~2~2", "B", "A~3", "A~2~3"]


@given(st.lists(st.sampled_from(["A", "A~2", "A~3", "A~2~2", "B"]), max_size=30))
def test_paths_never_collide(names: list[str]) -> None:
    taken: dict[str, int] = {}
    paths = [unique_path(name, taken) for name in names]
    assert len(set(paths)) == len(paths)
    assert all(path == name or path.startswith(name + "~") for path, name in zip(paths, names, strict=True))
