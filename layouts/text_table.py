"""Draws tables as plain text for a terminal and as Markdown for a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

WIDTH = 110
_GAP = "  "
_NARROWEST = 24


def text_table(headers: Sequence[str], rows: Iterable[Sequence[object]], width: int = WIDTH) -> str:
    """Columns side by side, numbers to the right; the last one is wrapped to the width."""
    cells = [[_cell(value) for value in row] for row in rows]
    right = [bool(cells) and all(_numeric(row[column]) for row in cells) for column in range(len(headers))]
    widths = [max(len(row[column]) for row in [list(headers), *cells]) for column in range(len(headers))]
    room = width - sum(widths[:-1]) - len(_GAP) * (len(headers) - 1)
    widths[-1] = min(widths[-1], max(room, _NARROWEST))
    lines = [*_lines(list(headers), widths, right), _GAP.join("-" * size for size in widths)]
    for row in cells:
        lines += _lines(row, widths, right)
    return "\n".join(lines)


def _lines(row: list[str], widths: list[int], right: list[bool]) -> list[str]:
    wrapped = textwrap.wrap(row[-1], widths[-1], break_on_hyphens=False, break_long_words=False) or [""]
    found = []
    for number, last in enumerate(wrapped):
        cells = [*(row[:-1] if number == 0 else [""] * (len(row) - 1)), last]
        drawn = (
            cell.rjust(size) if to_right else cell.ljust(size)
            for cell, size, to_right in zip(cells, widths, right, strict=True)
        )
        found.append(_GAP.join(drawn).rstrip())
    return found


def markdown_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = ["| " + " | ".join(headers) + " |", "|" + "|".join("---" for _ in headers) + "|"]
    lines += ["| " + " | ".join(_cell(value).replace("|", "\\|") for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _numeric(cell: str) -> bool:
    return cell == "-" or cell.replace(".", "", 1).replace("-", "", 1).isdigit()
