"""Proxies that are taken over from the rendering before: `recipes.json` tells what each of them was made of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from ..errors import ArtError
from ..files import sha256
from .index import Model, Turns, read_index

NAME = "recipes.json"


class Made(Model):
    recipe: str
    sha256: str


class _Table(Model):
    files: dict[str, Made]


class Kept:
    """The files of an earlier folder of proxies by their recipe; none where there is no such folder."""

    def __init__(self, earlier: Path) -> None:
        self._earlier = earlier
        self._taken: dict[str, str] = {}  # the names that files had, by those they have now
        self._files = {made.recipe: (name, made.sha256) for name, made in _read(earlier).items()}

    def take(self, recipe: str, to: Path) -> bool:
        """Copy the file of that recipe; False where there is none, or it is not as it was written."""
        name, expected = self._files.get(recipe, ("", ""))
        try:
            if not name or sha256(self._earlier / name) != expected:
                return False
            shutil.copyfile(self._earlier / name, to)
        except OSError:
            return False
        self._taken[to.name] = name
        return True

    def shown(self, name: str, at: tuple[int, int]) -> Turns:
        """What the crop at that corner of a sheet covers, frame by frame; the sheet was taken."""
        try:
            index = read_index(self._earlier)
        except ArtError:
            return ()
        places = [layer.place for layer in index.layers] + ([index.composite] if index.composite else [])
        same = (p for p in places if p.sheet is not None and index.sheets[p.sheet].file == self._taken[name])
        return next((place.shown for place in same if place.at == at), ())


def _read(folder: Path) -> Mapping[str, Made]:
    try:
        files = _Table.model_validate_json((folder / NAME).read_text("utf-8")).files
    except (OSError, UnicodeDecodeError, ValidationError):
        return {}
    return {name: made for name, made in files.items() if Path(name).name == name}


def write_recipes(folder: Path, recipes: Mapping[str, str]) -> None:
    """Write down what the files of a folder were made of. recipes: by file name."""
    files = {name: {"recipe": recipe, "sha256": sha256(folder / name)} for name, recipe in recipes.items()}
    (folder / NAME).write_text(json.dumps({"files": files}, indent=1) + "\n", "utf-8")
