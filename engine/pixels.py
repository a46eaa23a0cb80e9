"""Pixels that are told apart by what is in them, and that may stay in memory once they are loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from .document import Document, Group, Layer, Node

Array = NDArray[Any]
A = TypeVar("A", bound=Array)


class Known(Generic[A]):
    """A `load` of a layer or mask with the digest of what it gives.

    keep: what was loaded stays, read-only, and with it the digest is true of all that is drawn later, whatever becomes
    of the file. Otherwise the digest is that of the first loading.
    """

    def __init__(self, load: Callable[[], A], *, keep: bool) -> None:
        self._load, self._keep = load, keep
        self._kept: A | None = None
        self._digest = ""

    def __call__(self) -> A:
        if self._kept is not None:
            return self._kept
        loaded = self._load()
        self._digest = self._digest or array_digest(loaded)
        if self._keep:
            loaded.flags.writeable = False
            self._kept = loaded
        return loaded

    @property
    def digest(self) -> str:
        if not self._digest:
            self()
        return self._digest


def array_digest(array: Array) -> str:
    """The sha256 of an array's shape, type and numbers."""
    found = hashlib.sha256(f"{array.shape} {array.dtype.str}".encode())
    found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()


def digest_of(load: Callable[[], Array]) -> str:
    """The digest of what a `load` gives; it loads where that is not known yet."""
    return load.digest if isinstance(load, Known) else array_digest(load())


def with_known_pixels(document: Document, *, keep: bool) -> Document:
    """The same document, all loads of pixels and masks `Known`; built from the leaves up, since trees may be deep."""
    done: dict[str, Node] = {}
    for node, _ in reversed(list(document.walk())):  # children come after their group, so they are finished first
        masks = tuple(replace(mask, load=Known(mask.load, keep=keep)) for mask in node.masks)
        if isinstance(node, Group):
            children = tuple(done.pop(child.id) for child in node.children)
            done[node.id] = replace(node, masks=masks, children=children)
        elif isinstance(node, Layer):
            done[node.id] = replace(node, masks=masks, load=Known(node.load, keep=keep))
    return replace(document, children=tuple(done[child.id] for child in document.children))
