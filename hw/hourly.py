"""Hourly tables in CSV files: every cell checked, each mistake a sentence with its place."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from math import isfinite
from pathlib import Path

from msgspec import Struct

HOUR_S = 3600
FIRST_YEAR, LAST_YEAR = 1970, 2999
MOST_HOURS = 1_000_000
"""A century of hours is less; more is not such a file."""


class Quantity(Struct, frozen=True):
    """What a column holds: its words, its unit and the range in which a value is believed."""

    words: str
    unit: str
    lo: float
    hi: float


OAT = Quantity("an outdoor temperature", "°F", -80.0, 130.0)
WIND = Quantity("a wind speed", "mph", 0.0, 250.0)
PRICE = Quantity("a price", "USD/MWh", -10_000.0, 50_000.0)


class Row(Struct, frozen=True):
    """One line of a file and how to speak of it."""

    path: str
    line: int
    cells: dict[str, str]

    def place(self, column: str) -> str:
        """The cell as the person who must mend it finds it."""
        return f"{self.path} line {self.line}, column '{column}'"

    def text(self, column: str) -> str:
        """The cell without spaces around it; "" where the line is too short."""
        return (self.cells.get(column) or "").strip()

    def number(self, column: str, what: Quantity) -> float:
        """A believable number. Raises `ValueError` with a sentence."""
        text = self.text(column)
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not isfinite(value):
            raise ValueError(f"{self.place(column)}: '{text[:40]}' is not {what.words} in {what.unit}.")
        if not what.lo <= value <= what.hi:
            bounds = f"{what.lo:g} to {what.hi:g} {what.unit}"
            raise ValueError(f"{self.place(column)}: {text[:40]} is not {what.words} from {bounds}.")
        return value

    def hour(self, column: str = "utc") -> int:
        """Hours since 1970 of a UTC time. Raises `ValueError` with a sentence."""
        text = self.text(column)
        try:
            return utc_hour_index(text)
        except (ValueError, OverflowError):
            example = "a UTC hour such as 2019-10-01T04:00:00Z"
            raise ValueError(f"{self.place(column)}: '{text[:40]}' is not {example}.") from None


def utc_hour_index(text: str) -> int:
    """Hours since 1970 of an ISO 8601 UTC time such as 2019-10-01T04:00:00Z. Raises `ValueError`."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"the year {moment.year} is not from {FIRST_YEAR} to {LAST_YEAR}")
    return int(moment.timestamp() // HOUR_S)


def rows_of(path: str, what: str) -> tuple[tuple[str, ...], list[Row]]:
    """(column names, every line) of the `what` file. Raises `ValueError` with a sentence."""
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            names = tuple(reader.fieldnames or ())
            return names, list(_rows(path, what, reader))
    except OSError as error:
        raise ValueError(f"{path}: the {what} file cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:
        raise ValueError(f"{path}: the {what} file is not text (UTF-8).") from None
    except csv.Error as error:
        raise ValueError(f"{path}: the {what} file is not a CSV file ({error}).") from error


def _rows(path: str, what: str, reader: csv.DictReader[str]) -> Iterator[Row]:
    for row in reader:
        if reader.line_num > MOST_HOURS:
            raise ValueError(f"{path}: the {what} file has more than {MOST_HOURS} lines.")
        yield Row(path, reader.line_num, row)


class Hole(Struct, frozen=True):
    """Hours in the middle of a file of which it says nothing."""

    first: int
    hours: int
    line: int
    """Where the file goes on."""


def holes_of(known: dict[int, int]) -> tuple[Hole, ...]:
    """Holes between the known hours (index -> line)."""
    return tuple(Hole(a + 1, b - a - 1, known[b]) for a, b in pairwise(sorted(known)) if b - a > 1)


def holes_words(path: str, columns: Sequence[str], holes: Sequence[Hole], done: str) -> str:
    """One sentence on all holes, "" when there is none; `done` says what is made of them."""
    if not holes:
        return ""
    named = ", ".join(f"'{column}'" for column in columns)
    hours, first = sum(hole.hours for hole in holes), holes[0]
    at = hour_text(first.first)
    where = f"the first is {at}, {first.hours} h, before line {first.line}"
    return f"{path} column {named}: {hours} hour(s) are missing in {len(holes)} place(s), {where}; {done}."


def hour_text(index: int) -> str:
    """An hour as the files write it."""
    return datetime.fromtimestamp(index * HOUR_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
