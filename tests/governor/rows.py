"""All row tests of the governor: functions of the module under test, run as they are and on every mutant."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from tests.governor import (
    rows_doubt,
    rows_gate,
    rows_limits,
    rows_memory,
    rows_past,
    rows_runs,
    rows_spacing,
    rows_starts,
    rows_water,
)

Row = Callable[[ModuleType], None]
MODULES = (
    rows_gate,
    rows_spacing,
    rows_water,
    rows_starts,
    rows_runs,
    rows_limits,
    rows_memory,
    rows_past,
    rows_doubt,
)


def _rows_of(module: ModuleType) -> list[Row]:
    return [value for name, value in vars(module).items() if name.startswith("row_")]


ROWS: list[Row] = [row for module in MODULES for row in _rows_of(module)]
