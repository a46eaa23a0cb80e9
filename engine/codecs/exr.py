"""OpenEXR half-float scanlines with ZIP compression ("Technical Introduction to OpenEXR" and "OpenEXR File Layout").

By the format's convention colour is premultiplied and linear light, with BT.709 primaries. The data window is the drawn
box alone, so a small layer makes a small file.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import alpha
from .codec import Codec, Options, Stream, Writer
from .frame import Frame
from .sequence import SequenceWriter

_MAGIC, _VERSION = 20000630, 2
_HALF, _ZIP, _BLOCK_LINES = 1, 3, 16
_BT709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
_CHANNELS = (("A", 3), ("B", 2), ("G", 1), ("R", 0))  # the format wants them by name


def linear_premultiplied(frame: Frame) -> NDArray[np.float16]:
    """(4, h, w) of the frame's box."""
    straight = frame.straight().copy()
    straight[:3] = alpha.to_linear(straight[:3])
    return alpha.premultiply(straight).astype(np.float16)


def _attribute(name: str, kind: str, value: bytes) -> bytes:
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value


def _header(window: tuple[int, int, int, int], size: tuple[int, int]) -> bytes:
    channels = b"".join(name.encode() + b"\0" + struct.pack("<iBxxxii", _HALF, 0, 1, 1) for name, _ in _CHANNELS)
    return b"".join(
        [
            struct.pack("<ii", _MAGIC, _VERSION),
            _attribute("channels", "chlist", channels + b"\0"),
            _attribute("chromaticities", "chromaticities", struct.pack("<8f", *_BT709)),
            _attribute("compression", "compression", bytes([_ZIP])),
            _attribute("dataWindow", "box2i", struct.pack("<4i", *window)),
            _attribute("displayWindow", "box2i", struct.pack("<4i", 0, 0, size[0] - 1, size[1] - 1)),
            _attribute("lineOrder", "lineOrder", b"\0"),
            _attribute("pixelAspectRatio", "float", struct.pack("<f", 1)),
            _attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
            _attribute("screenWindowWidth", "float", struct.pack("<f", 1)),
            b"\0",
        ]
    )


def _packed(lines: NDArray[np.float16], level: int) -> bytes:
    """One block (4, n, w), channel after channel within each line: bytes split low/high, differences, deflate."""
    ordered = lines[[index for _, index in _CHANNELS]].transpose(1, 0, 2)  # (n, 4, w)
    raw = np.ascontiguousarray(ordered, "<f2").view(np.uint8).reshape(-1)
    split = np.concatenate([raw[0::2], raw[1::2]])
    split[1:] = split[1:] - split[:-1] + np.uint8(128)
    packed = zlib.compress(split.data, level)
    return packed if len(packed) < raw.size else raw.tobytes()


def exr_bytes(frame: Frame, level: int = 1) -> bytes:
    """An EXR file of one frame; the display window is its canvas."""
    pixels = linear_premultiplied(frame)
    x, y = frame.box.x0 - frame.canvas.x0, frame.box.y0 - frame.canvas.y0
    if frame.box.is_empty:  # a data window cannot be empty
        pixels, x, y = np.zeros((4, 1, 1), np.float16), 0, 0
    _, height, width = pixels.shape
    header = _header((x, y, x + width - 1, y + height - 1), frame.canvas.size)
    blocks = []
    for top in range(0, height, _BLOCK_LINES):
        data = _packed(pixels[:, top : top + _BLOCK_LINES], level)
        blocks.append(struct.pack("<ii", y + top, len(data)) + data)
    starts = np.cumsum([len(header) + 8 * len(blocks)] + [len(block) for block in blocks[:-1]])
    return header + starts.astype("<u8").tobytes() + b"".join(blocks)


def create(path: Path, stream: Stream, options: Options) -> Writer:
    """Options: `level`, deflate's 0 to 9."""
    level = int(options.get("level", 1))
    return SequenceWriter(path, stream.name, stream, ".exr", lambda frame: exr_bytes(frame, level))


EXR = Codec(
    name="exr",
    create=create,
    encoder="",
    pixel_format="gbrapf16le",  # as this FFmpeg names half floats; older ones widen them
    alpha_error=1 / 2048,
    colour_error=1 / 1024,
    straight=False,
    linear=True,
    sequence=True,
)
