"""The command line: parses, calls one engine function, prints."""

import sys
from importlib.util import find_spec
from pathlib import Path


def _check_engine() -> None:
    """`engine` is a common name: stop, rather than run another package that happens to be found first."""
    beside = Path(__file__).resolve().parents[1] / "engine" / "__init__.py"
    found = find_spec("engine")
    if found is None or found.origin is None or Path(found.origin).resolve() != beside:
        what = "no engine" if found is None else f"another package called engine, {found.origin or 'a bare folder'},"
        print(f"art: Python finds {what} in place of {beside.parent}", file=sys.stderr)
        print("     install art into an environment of its own, or correct PYTHONPATH", file=sys.stderr)
        raise SystemExit(69)


_check_engine()
