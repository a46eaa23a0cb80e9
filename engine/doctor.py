"""What this installation can and cannot do, found by trying."""

from __future__ import annotations

import importlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .codecs import CODECS, NOT_MADE
from .presets import export_presets

State = Literal["ok", "missing", "optional"]


@dataclass(frozen=True)
class Finding:
    """One line of the report. "missing" is needed; "optional" is absent but can be lived without."""

    topic: str
    state: State
    detail: str


def diagnose() -> tuple[Finding, ...]:
    """All findings, in reading order; imports torch and av."""
    return (*_system(), *_libraries(), *_devices(), *_codecs(), *_folders())


def _system() -> Iterator[Finding]:
    state: State = "ok" if sys.version_info >= (3, 11) else "missing"
    yield Finding("python", state, f"{platform.python_version()} on {platform.system()} {platform.machine()}")
    yield Finding("processors", "ok", f"{os.cpu_count()} cores")


_EXTRAS = {
    "aggdraw": "shapes, vector masks and strokes of PSDs are not drawn: pip install 'animated-art[psd-full]'",
    "scipy": "gradient fills and some adjustments of PSDs are not drawn: pip install 'animated-art[psd-full]'",
}


def _libraries() -> Iterator[Finding]:
    for name in ("torch", "av", "psd_tools", "PIL", "numpy"):
        yield _library(name, "missing", "not importable: reinstall animated-art")
    for name, loss in _EXTRAS.items():
        yield _library(name, "optional", loss)


def _library(name: str, otherwise: State, loss: str) -> Finding:
    try:
        module = importlib.import_module(name)
    except ImportError:
        return Finding(name, otherwise, loss)
    version = getattr(module, "__version__", None) or getattr(getattr(module, "version", None), "__version__", "")
    return Finding(name, "ok", str(version) or "installed")


def _devices() -> Iterator[Finding]:
    import torch

    if not torch.cuda.is_available():
        yield Finding("cuda", "optional", "no CUDA device: rendering runs on the CPU")
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        name = torch.cuda.get_device_name(index)
        yield Finding(f"cuda:{index}", "ok", f"{name}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free")


def _codecs() -> Iterator[Finding]:
    for name, preset in export_presets().items():
        reason = CODECS[preset.codec].unavailable()
        yield Finding(f"format {name}", "missing" if reason else "ok", reason or preset.summary)
    for name, reason in NOT_MADE.items():
        yield Finding(f"format {name}", "optional", reason)


def _folders() -> Iterator[Finding]:
    for topic, folder in (("temporary folder", Path(tempfile.gettempdir())), ("working folder", Path.cwd())):
        try:
            with tempfile.TemporaryFile(dir=folder):
                yield Finding(topic, "ok", f"{folder} is writable")
        except OSError as error:
            yield Finding(topic, "missing", f"{folder} is not writable: {error.strerror}")
