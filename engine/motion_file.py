"""Motion fields as bytes and back, without loss: plain data in JSON beside its arrays, in NumPy's own archive."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import fields as fields_of
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .geometry import Box
from .motion_field import AffineTrack, Grid, MotionField, Part, Patch

_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (MotionField, Part, Patch, AffineTrack, Grid, Box)}


def packed(fields: Sequence[MotionField]) -> bytes:
    """The fields in their order."""
    arrays: list[NDArray[Any]] = []
    told = json.dumps([_told(field, arrays) for field in fields])
    file = io.BytesIO()
    np.savez(file, np.array(told), *arrays)
    return file.getvalue()


def unpacked(data: bytes) -> list[MotionField]:
    """What was packed. Raises ValueError for anything else."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            told, *arrays = [file[f"arr_{index}"] for index in range(len(file.files))]
        found = [_made(each, arrays) for each in json.loads(told.item())]
    except (OSError, EOFError, LookupError, TypeError, ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(f"not motion that art has packed: {error}") from error
    if not all(isinstance(field, MotionField) for field in found):
        raise ValueError("not motion that art has packed")
    return found


def _told(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """As JSON holds it; an array by its number."""
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {"array": len(arrays) - 1}
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    if isinstance(value, tuple):
        return [_told(each, arrays) for each in value]
    if type(value).__name__ in _KINDS:
        parts = {each.name: _told(getattr(value, each.name), arrays) for each in fields_of(value)}
        return {"kind": type(value).__name__, **parts}
    return value.item() if isinstance(value, np.generic) else value


def _made(told: Any, arrays: Sequence[NDArray[Any]]) -> Any:
    if isinstance(told, list):
        return tuple(_made(each, arrays) for each in told)
    if not isinstance(told, dict):
        return told
    if "array" in told:
        return arrays[told["array"]]
    if "fraction" in told:
        return Fraction(told["fraction"])
    kind = _KINDS[told["kind"]]
    return kind(**{name: _made(each, arrays) for name, each in told.items() if name != "kind"})
