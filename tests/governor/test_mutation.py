"""No mutant of the governor survives its decision table, and neither does a bug known from the field."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.governor.rows import ROWS, Row
from tests.mutation import ROOT, Patch, Rows, Variant, kills_patch, load_patches, mutate

NAME = "states.governor"
FILES = ("gate", "memory", "past", "step", "rules", "")
"""In import order; each is mutated with everything after it executed anew."""
PATCHES = load_patches(ROOT / "tests" / "mutants" / "governor.toml")


def _path(part: str) -> str:
    return f"states/governor_{part}.py" if part else "states/governor.py"


def _after(part: str) -> list[str]:
    later = FILES[FILES.index(part) + 1 :]
    return [f"{NAME}_{name}" if name else NAME for name in later]


def _rows() -> Rows:
    def on_variant(row: Row) -> Callable[[Variant], None]:
        return lambda variant: row(variant[NAME])

    return Rows([on_variant(row) for row in ROWS])


@pytest.mark.slow
@pytest.mark.parametrize("part", FILES)
def test_every_mutant_is_killed(part: str) -> None:
    result = mutate(_path(part), _rows(), _after(part))
    print(result)
    assert result.sites > 20
    assert result.survivors == ()


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.name)
def test_known_bugs_are_noticed(patch: Patch) -> None:
    part = patch.module.removeprefix("states/governor").removesuffix(".py").removeprefix("_")
    assert kills_patch(patch, _rows(), _after(part)), patch.bug
