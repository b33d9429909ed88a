"""The house `orange` with a second computer, on which the meter, the pipes, the hub and others hang."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from layouts.load import FOLDER, load_house
from layouts.model import House

SECOND = ("power-meter", "analog-temp", "hubitat", "tank3", "dist-flow")
NODES = frozenset({*SECOND, "zone1-main-stat"})
"""A thermostat runs where its hub runs."""


def write(folder: Path, nodes: tuple[str, ...] = SECOND) -> Path:
    """The layout file, in `folder`."""
    path = folder / "annex.toml"
    rows = "".join(f'\n[nodes.{node}]\nruns_on = "s2"\n' for node in nodes)
    path.write_text((FOLDER / "orange.toml").read_text(encoding="utf-8") + rows, encoding="utf-8")
    return path


@cache
def annex(nodes: tuple[str, ...] = SECOND) -> House:
    """The house."""
    with TemporaryDirectory() as folder:
        return load_house(write(Path(folder), nodes))
