"""Which packages of `requirements.txt` are not installed; asked before anything else is imported."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("transitions", "paho", "pymodbus", "smbus2", "serial", "msgspec", "h11", "tomli")
"""What the program imports, by the name it is imported by; some of it only late in a run."""


def insist() -> None:
    """End the program with a sentence and 78 (wrong configuration) where a package is not there."""
    lacking = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if not lacking:
        return
    which = f"package {lacking[0]} is" if len(lacking) == 1 else f"packages {', '.join(lacking)} are"
    sentence = (
        f"The Python {which} not installed here: run  make install  in {ROOT}, and start with "
        f"{ROOT}/.venv/bin/python scada.py."
    )
    sys.stderr.write(f"{sentence}\n")
    sys.exit(78)
