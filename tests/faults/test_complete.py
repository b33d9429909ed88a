"""Every row of the fault model has a test that bears its number, and every fault a sentence for a person."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from layouts.load import load_house
from layouts.settings import Settings
from states.fault_table import fault_table
from tests.faults.rows import NOT_THERE, ROWS

FOLDER = Path(__file__).parent


def numbers() -> set[str]:
    """Numbers in the names of this folder's tests."""
    names = [
        node.name
        for path in FOLDER.glob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    ]
    return {row.upper() for name in names for row in re.findall(r"^test_(f\d{3})_", name)}


def test_every_row_has_its_test_or_says_why_not() -> None:
    wanted = {f"F{n}" for n in (*range(101, 117), *range(201, 211), *range(701, 710))}
    assert ROWS.keys() == wanted
    assert numbers() | NOT_THERE.keys() == wanted
    assert not numbers() & NOT_THERE.keys()


@pytest.mark.parametrize("house", ["orange", "beech", "maple"])
def test_every_fault_has_one_name_and_one_sentence_for_a_person(house: str) -> None:
    rows = fault_table(load_house(house), Settings())
    assert len({row.name for row in rows}) == len(rows)
    assert len({row.says for row in rows}) == len(rows)
    for row in rows:
        assert 10 < len(row.says) < 120, row
        assert not row.says.endswith("."), row
