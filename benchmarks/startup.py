"""What `art --help` costs: beside a bare `import typer, rich`, and which heavy packages it must not touch.

python benchmarks/startup.py           25 turns; goal: at most 2.5 times the bare import
python benchmarks/startup.py --quick   5 turns
"""

from __future__ import annotations

import argparse
import subprocess
import sys

import measure

GOAL = 2.5
HEAVY = ("torch", "av", "psd_tools", "PIL", "numpy")
HELP = [sys.executable, "-m", "art_cli.main", "--help"]


def imported() -> set[str]:
    """Top-level packages that `art --help` imports."""
    command = [sys.executable, "-X", "importtime", *HELP[1:]]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=measure.ROOT).stderr
    names = (line.rsplit("|", 1)[1].strip() for line in said.splitlines() if line.startswith("import time:"))
    return {name.split(".")[0] for name in names}


def row(name: str, usage: measure.Usage, bare: measure.Usage) -> list[str]:
    milliseconds = [f"{1000 * value:.0f}" for value in (usage.wall, usage.cpu)]
    return [name, *milliseconds, f"{usage.wall / bare.wall:.2f}", f"{usage.cpu / bare.cpu:.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="5 turns")
    turns = 5 if parser.parse_args().quick else 25
    contenders = {"import typer, rich": [sys.executable, "-c", "import typer, rich"], "art --help": HELP}
    runs = {name: (lambda command=command: measure.run(command)) for name, command in contenders.items()}
    found = {name: measure.median(usages) for name, usages in measure.interleaved(runs, turns).items()}
    bare = found["import typer, rich"]
    rows = [row(name, usage, bare) for name, usage in found.items()]
    print(f"{measure.machine()}; median of {turns}")
    print(measure.table(["", "wall ms", "CPU ms", "wall ratio", "CPU ratio"], rows))
    heavy = sorted(imported() & set(HEAVY))
    print(f"goal: at most {GOAL}; heavy packages imported: {', '.join(heavy) or 'none'}")
    sys.exit(bool(heavy))


if __name__ == "__main__":
    main()
