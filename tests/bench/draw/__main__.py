"""`python -m bench.draw [FOLDER]` in tests/: writes the bench's artwork there, by default where it is committed."""

from __future__ import annotations

import sys
from pathlib import Path

from . import draw_all

if __name__ == "__main__":
    draw_all(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "artwork")
