"""Reads one table of a TOML file by its keys: each unknown, missing or wrong one becomes one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from layouts.forms import Key, check
from layouts.mistakes import Notes, shown

Row = dict[str, Any]
"""A table after reading: every key of its schema is there, with a value of the right kind."""


def read_row(notes: Notes, table: str, raw: object, keys: tuple[Key, ...], also: Iterable[str] = ()) -> Row:
    """Read one table: unknown, missing and wrong keys are noted. `also` names sub-tables read elsewhere."""
    if not isinstance(raw, dict):
        notes.add(table, f"must be a table, not {shown(raw)}.")
        return defaults(keys)
    known = {key.name for key in keys}
    for word in raw:
        if word not in known and word not in also:
            notes.unknown(table, "key", word, [*(key.name for key in keys), *also])
    return {key.name: _read_key(notes, table, raw, key) for key in keys}


def defaults(keys: tuple[Key, ...]) -> Row:
    """A row as if the table were empty and nothing were required."""
    return {key.name: key.default for key in keys}


def _read_key(notes: Notes, table: str, raw: dict[str, Any], key: Key) -> Any:
    if key.name not in raw:
        if key.required:
            notes.add(table, f"'{key.name}' is missing: {key.says}")
        return key.default
    value, wrong = check(raw[key.name], key)
    if wrong:
        notes.add(table, wrong)
        return key.default
    return value
