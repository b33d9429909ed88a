"""`python -m tests.bench [NAME ...]`: run measurements by name; without a name, say which there are."""

from __future__ import annotations

import importlib
import platform
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Every measurement there is."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))


def main(arguments: list[str]) -> int:
    """Run what was asked for."""
    if not arguments:
        for name in names():
            doc = (importlib.import_module(f"tests.bench.{name}").__doc__ or "").split("\n")[0]
            print(f"{name:10} {doc}")
        return 0
    unknown = [name for name in arguments if name not in names()]
    if unknown:
        print(f"{', '.join(unknown)}: no such measurement; there are {', '.join(names())}.", file=sys.stderr)
        return 2
    print(f"{platform.machine()}, Python {platform.python_version()}, {platform.system()}")
    for name in arguments:
        print(f"\n== {name}")
        importlib.import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
