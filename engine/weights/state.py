"""Tensors in files: safetensors with the configuration inside, int8 rows where the error is harmless.

A tensor `x` may be stored as int8 (rows, ...) beside `x.scale` float32 (rows,): x = int8 * scale. Reading a safetensors
file executes nothing, so weights from anywhere can be opened; pickles are refused for the opposite reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Unavailable, Where
from ..files import atomic

if TYPE_CHECKING:
    from torch import Tensor

FORMAT_VERSION = "1"
SCALE = ".scale"
_PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
_PICKLE_HEADS = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # torch's zip, bare protocols 2..5
_AGAIN = "get them again: `art models pull` for weights from a hub, a fresh installation for those that come with art"


def load_state(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """(tensors, metadata) of a file of ours; int8 rows and half precision come back as float32, integers as they are.

    Raises Unavailable when the file is absent, damaged, a pickle, or of another format version.
    """
    stored, metadata = _read(path)
    version = metadata.get("format_version")
    if version != FORMAT_VERSION:
        found = f"of format version {version}" if version else "without a format version"
        hint = "use the version of art that they were made for, or make them again with this one"
        raise Unavailable(f"weights {found}; this art reads version {FORMAT_VERSION}", hint=hint, where=Where(path))
    names = [name for name in stored if not (name.endswith(SCALE) and name.removesuffix(SCALE) in stored)]
    return {name: _restored(stored[name], stored.get(name + SCALE)) for name in names}, metadata


def refuse_pickle(path: Path) -> None:
    """Raise Unavailable for a file that could run code when loaded, told by its name or its first bytes."""
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(4)
    if path.suffix.lower() in _PICKLES or head.startswith(_PICKLE_HEADS):
        hint = "ask for a .safetensors file: it holds the same tensors and nothing that could run"
        raise Unavailable(
            "pickled weights can run any code when they are opened: refused", hint=hint, where=Where(path)
        )


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    from safetensors import SafetensorError, safe_open

    refuse_pickle(path)
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, dict(file.metadata() or {})  # noqa: SIM118
    except FileNotFoundError as error:
        raise Unavailable("the weights are not there", hint=_AGAIN, where=Where(path)) from error
    except (SafetensorError, OSError) as error:
        raise Unavailable(f"the weights cannot be read: {error}", hint=_AGAIN, where=Where(path)) from error


def _restored(tensor: Tensor, scale: Tensor | None) -> Tensor:
    if scale is not None:
        return tensor.float() * scale.view(-1, *[1] * (tensor.dim() - 1))  # (rows, ...) * (rows, 1, ...)
    return tensor.float() if tensor.is_floating_point() else tensor


def save_state(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], quantise: Callable[[str], bool]
) -> None:
    """Write a file that `load_state` reads; `quantise` says by name which tensors become int8 rows.

    `metadata` gets `format_version` by itself. Everything else is stored as it comes (half precision stays half).
    Raises CannotWrite; a file of the final name is always whole.
    """
    from safetensors.torch import save_file

    stored: dict[str, Tensor] = {}
    for name, tensor in sorted(tensors.items()):
        plain = tensor.detach().cpu().contiguous()
        stored |= _int8_rows(name, plain) if quantise(name) else {name: plain.clone()}
    with atomic(path) as temporary:
        save_file(stored, temporary, {**metadata, "format_version": FORMAT_VERSION})


def _int8_rows(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """One scale a row, so that the row's largest value becomes 127; a row of zeros stays zeros."""
    rows = tensor.float().flatten(1)  # (rows, ...) -> (rows, n)
    scale = rows.abs().amax(1) / 127  # (rows,)
    whole = (rows / scale.clamp_min(1e-30)[:, None]).round().clamp(-127, 127)  # (rows, n)
    return {name: whole.char().view(tensor.shape).contiguous(), name + SCALE: scale}
