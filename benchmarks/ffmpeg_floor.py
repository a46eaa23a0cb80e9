"""The floor: the ffmpeg program encodes raw frames that are already drawn, converts their colour and checks its files.

Frames come through pipes from files in the page cache (`splice`, which copies nothing), equal frames stored once. Each
file is encoded by one ffmpeg of one thread, and as many run at once as there are cores, the longest first: on two
cores that is quicker than threads within an encoder. The check decodes every frame of every file.

    python benchmarks/ffmpeg_floor.py JOB.json [--no-check]     what the benchmarks time: Python, pipes and all
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, linux/fcntl.h

# What the stored pixels are, and where they go: BT.709, limited range, tagged.
_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
_COLOUR = f"scale=out_color_matrix=bt709:out_range=tv,format={{}},{_TAGS}"


@dataclass
class Clip:
    """Raw frames on disk: the distinct ones after another, and which is shown when."""

    raw: str
    pixel_format: str  # rgba or rgb24
    size: tuple[int, int]
    fps: int
    encoder: list[str]  # ffmpeg's arguments
    out: str
    shown: list[int] = field(default_factory=list)

    @property
    def frame_bytes(self) -> int:
        return self.size[0] * self.size[1] * (4 if self.pixel_format == "rgba" else 3)


class RawWriter:
    """Appends frames to a clip's file, equal ones once."""

    def __init__(self, clip: Clip) -> None:
        self._clip = clip
        self._file = Path(clip.raw).open("wb")  # noqa: SIM115  # closed by close()
        self._known: dict[bytes, int] = {}

    def write(self, pixels: bytes) -> None:
        assert len(pixels) == self._clip.frame_bytes
        digest = hashlib.blake2b(pixels, digest_size=16).digest()
        if digest not in self._known:
            self._known[digest] = len(self._known)
            self._file.write(pixels)
        self._clip.shown.append(self._known[digest])

    def close(self) -> None:
        """Leave nothing for the kernel to write while something is timed."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def prores_arguments(qscale: int) -> list[str]:
    return ["-c:v", "prores_ks", "-profile:v", "4444", "-vendor", "apl0", "-alpha_bits", "16",
            "-qscale:v", str(qscale), "-pix_fmt", "yuva444p10le"]  # fmt: skip


def h264_arguments(crf: int, preset: str) -> list[str]:
    return ["-c:v", "libx264", "-crf", str(crf), "-preset", preset, "-pix_fmt", "yuv420p", "-movflags", "+faststart"]


def encode(clip: Clip) -> None:
    width, height = clip.size
    colour = ["-vf", _COLOUR.format(clip.encoder[clip.encoder.index("-pix_fmt") + 1])]
    source = [
        "-f",
        "rawvideo",
        "-pix_fmt",
        clip.pixel_format,
        "-s",
        f"{width}x{height}",
        "-r",
        str(clip.fps),
        "-i",
        "-",
    ]
    command = ["ffmpeg", "-v", "error", "-y", "-filter_threads", "1", *source, *colour, *clip.encoder,
               "-threads", "1", clip.out]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as program:
        assert program.stdin is not None
        _feed(program.stdin.fileno(), clip)
        program.stdin.close()
    if program.returncode:
        raise RuntimeError(f"ffmpeg could not encode {clip.out}")


def _feed(pipe: int, clip: Clip) -> None:
    import fcntl

    fcntl.fcntl(pipe, _SET_PIPE_SIZE, _PIPE_BYTES)
    with Path(clip.raw).open("rb") as file:
        for index in clip.shown:
            offset, left = index * clip.frame_bytes, clip.frame_bytes
            while left:
                moved = os.splice(file.fileno(), pipe, left, offset_src=offset)
                offset, left = offset + moved, left - moved


def check(clip: Clip) -> None:
    """Decode every frame; count them."""
    command = [
        "ffmpeg",
        "-v",
        "error",
        "-xerror",
        "-threads",
        "1",
        "-i",
        clip.out,
        "-f",
        "null",
        "-progress",
        "pipe:1",
        "-",
    ]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    frames = [int(line.removeprefix("frame=")) for line in said.stdout.splitlines() if line.startswith("frame=")]
    if said.stderr or frames[-1:] != [len(clip.shown)]:
        raise RuntimeError(f"{clip.out}: {frames[-1:]} frames decoded of {len(clip.shown)}; {said.stderr}")


def export(clips: Iterable[Clip], *, checked: bool) -> None:
    def one(clip: Clip) -> None:
        encode(clip)
        if checked:
            check(clip)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(one, clips))


def save_job(clips: Iterable[Clip], path: Path) -> Path:
    path.write_text(json.dumps([asdict(clip) for clip in clips]))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", type=Path)
    parser.add_argument("--no-check", action="store_true")
    given = parser.parse_args()
    clips = [Clip(**{**row, "size": tuple(row["size"])}) for row in json.loads(given.job.read_text())]
    export(clips, checked=not given.no_check)


if __name__ == "__main__":
    main()
