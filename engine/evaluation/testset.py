"""The frozen test set of drawn clips: what it is made from, fixed by a seed and held by a hash.

Its drawings are of families, and its prompts of wordings, that no training sees. The hash covers what is exact on every
machine: the drawings' bytes and the recipes; frames follow from them on whatever device draws.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..dataset import library, recipes
from ..dataset.recipes import Recipe

SEED = 20261125
SIZE = 192  # px of a drawing
DRAWINGS = 220
PLAIN = 1000
ARTICULATED = 200


@dataclass(frozen=True, eq=False)
class TestSet:
    library: library.Library
    plain: list[Recipe]
    articulated: list[Recipe]

    __test__ = False  # not a test to collect


def frozen(drawings: int = DRAWINGS, workers: int | None = 1) -> TestSet:
    """The test set, or its beginning: fewer drawings leave those that are there as they are."""
    drawn = library.build(drawings, SEED, "test", SIZE, workers)
    return TestSet(
        drawn,
        recipes.single(drawn.entries, PLAIN, SEED, "test", articulated=False),
        recipes.single(drawn.entries, ARTICULATED, SEED, "test", articulated=True),
    )


def digest(tests: TestSet) -> str:
    """sha256 of the drawings' bytes and of what each clip is asked for, in which words."""
    found = hashlib.sha256(tests.library.pieces.numpy().tobytes())
    for recipe in (*tests.plain, *tests.articulated):
        found.update(repr(recipe).encode())
    return found.hexdigest()
