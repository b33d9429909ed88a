"""The governor's decision table, one test per row."""

from __future__ import annotations

import pytest

from states import governor
from tests.governor.rows import ROWS, Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__.removeprefix("row_"))
def test_governor(row: Row) -> None:
    row(governor)
