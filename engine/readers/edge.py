"""The readers' edge: limits on what a file may ask for, and the one place where foreign errors become ours.

Decoders raise whatever their bytes make them stumble over. Every reader, and every `load` that decodes pixels later,
runs inside `edge`, so that a caller meets one typed error that names the file and the layer.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

from PIL import Image

from ..errors import ArtError, BadInput, MissingInput, Where
from ..name_tags import split_tags
from ..presets import find_motion

MAX_SIDE = 30_000  # pixels an axis
MAX_LAYERS = 5_000
MAX_NESTING = 64  # groups in groups
MAX_IMAGE_BYTES = 2**30  # of one decoded image
MAX_INPUT_BYTES = 2**31  # of what lies on disk

FOREIGN = (
    OSError,  # PIL.UnidentifiedImageError is one
    ValueError,  # UnicodeError and defusedxml's exceptions are
    LookupError,  # KeyError, IndexError, unknown codecs
    TypeError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    SyntaxError,  # broken PNG chunks and broken XML
    EOFError,
    RuntimeError,  # RecursionError, NotImplementedError, encrypted zip members
    MemoryError,
    ImportError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def edge(path: Path, layer: str | None = None) -> Iterator[None]:
    """Turn every error a decoder may raise into one BadInput (MissingInput for a file that is gone) at `path`."""
    try:
        yield
    except ArtError:
        raise
    except FOREIGN as error:
        raise _ours(error, Where(path, layer=layer)) from error


def guarded(load: Callable[P, T], path: Path, layer: str | None = None) -> Callable[P, T]:
    """`load`, to be called later, inside the same edge."""

    def guarded_load(*args: P.args, **kwargs: P.kwargs) -> T:
        with edge(path, layer):
            return load(*args, **kwargs)

    return guarded_load


def _ours(error: BaseException, where: Where) -> ArtError:
    text = " ".join(str(error).split())[:300]
    if isinstance(error, FileNotFoundError):
        return MissingInput(f"file not found: {error.filename}", where=where)
    if isinstance(error, PermissionError):
        return BadInput("not allowed to read it", hint="check the permissions of the file", where=where)
    if isinstance(error, MemoryError):
        return BadInput("needs more memory than there is", hint="make the design smaller, or free memory", where=where)
    if isinstance(error, ImportError):
        return BadInput(
            f"needs a package that is not installed: {text}", hint="pip install 'animated-art[psd-full]'", where=where
        )
    if isinstance(error, RecursionError):
        return BadInput("is nested too deeply", hint="flatten some groups", where=where)
    message = f"cannot be read: {text or 'its data does not make sense'} ({type(error).__name__})"
    return BadInput(message, hint="the file is damaged or of a kind unknown here; save it again", where=where)


def check_image(size: tuple[int, int], path: Path, layer: str | None = None, *, bytes_per_pixel: int = 4) -> None:
    """Refuse an image of (width, height) pixels that is empty or over the limits. Raises BadInput."""
    width, height = size
    problem = ""
    if width <= 0 or height <= 0:
        problem = f"a size of {width} x {height} pixels holds no picture"
    elif max(size) > MAX_SIDE:
        problem = f"{width} x {height} pixels: an axis may have at most {MAX_SIDE}"
    elif width * height * bytes_per_pixel > MAX_IMAGE_BYTES:
        problem = f"{width} x {height} pixels need more than the {MAX_IMAGE_BYTES >> 30} GiB an image may take"
    if problem:
        raise BadInput(problem, hint="make the design smaller", where=Where(path, layer=layer))


def check_input_bytes(count: int, path: Path) -> None:
    """Refuse an input of more than 2 GiB on disk. Raises BadInput."""
    if count > MAX_INPUT_BYTES:
        hint = "split the design, or flatten layers"
        raise BadInput(
            f"is larger than the {MAX_INPUT_BYTES >> 30} GiB an input may have", hint=hint, where=Where(path)
        )


def check_layers(count: int, path: Path) -> None:
    """Refuse more than 5 000 nodes. Raises BadInput."""
    if count > MAX_LAYERS:
        raise BadInput(f"has more than {MAX_LAYERS} layers", hint="merge some layers", where=Where(path))


def check_nesting(depth: int, path: Path) -> None:
    """Refuse a node inside more than 64 groups. Raises BadInput."""
    if depth > MAX_NESTING:
        raise BadInput(f"groups nest deeper than {MAX_NESTING}", hint="flatten some groups", where=Where(path))


def public_name(raw: str, empty: str = "layer") -> tuple[str, str]:
    """A name as written -> (public name, tags); `empty` where nothing else is left."""
    name, tags = split_tags(raw.strip(), find_motion)
    return name or empty, tags
