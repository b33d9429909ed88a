"""Changes single values in the text of a TOML file and leaves every other line, comments too, as it was."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import tomli

Changes = Mapping[tuple[str, str], str]
"""(dotted table, key) -> the new value as it stands in the file."""

_HEADER = re.compile(r"^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_OPEN, _CLOSE = "[{", "]}"


class CannotEdit(Exception):
    """The file is written in a way this editor does not follow; the message is a sentence."""


def edited(text: str, changes: Changes) -> str:
    """The text with every change made. Raises `CannotEdit` when the result would not say exactly that."""
    lines = text.split("\n")
    expected = tomli.loads(text)
    for (table, key), value in changes.items():
        lines = _edit(lines, table, key, value)
        _put(expected, table, key, tomli.loads(f"x = {value}")["x"])
    found = "\n".join(lines)
    try:
        right = tomli.loads(found) == expected
    except tomli.TOMLDecodeError:
        right = False
    if not right:
        names = ", ".join(f"[{table}] {key}" for table, key in changes)
        raise CannotEdit(f"this cannot be changed by a program without harm; write it by hand: {names}.")
    return found


def _put(root: dict[str, Any], table: str, key: str, value: object) -> None:
    for word in table.split("."):
        root = root.setdefault(word, {})
        if not isinstance(root, dict):
            raise CannotEdit(f"[{table}] is not a table.")
    root[key] = value


def _edit(lines: list[str], table: str, key: str, value: str) -> list[str]:
    place = _table(lines, table)
    if place is not None:
        return _in_table(lines, *place, key, value)
    parent, _, name = table.rpartition(".")
    outer = _table(lines, parent) if parent else None
    row = None if outer is None else _key_line(lines, *outer, name)
    if row is not None:
        return _in_row(lines, row, name, key, value)
    end = len(lines) - 1 if lines[-1] == "" else len(lines)
    return [*lines[:end], "", f"[{table}]", f"{key} = {value}", ""]


def _table(lines: list[str], table: str) -> tuple[int, int] | None:
    """First line after the header and the line after the last one of a table."""
    begin = None
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header and begin is not None:
            return begin, number
        if header and header[1] == table:
            begin = number + 1
    return None if begin is None else (begin, len(lines))


def _key_line(lines: list[str], begin: int, end: int, key: str) -> int | None:
    """The line of `key = ...`, or else of a commented-out `#key = ...`."""
    for mark in ("", "#"):
        pattern = re.compile(rf'^\s*{mark}"?{re.escape(key)}"?\s*=')
        for number in range(begin, end):
            if pattern.match(lines[number]):
                return number
    return None


def _in_table(lines: list[str], begin: int, end: int, key: str, value: str) -> list[str]:
    row = _key_line(lines, begin, end, key)
    if row is None:
        last = max((n for n in range(begin, end) if _says(lines[n])), default=begin - 1)
        return [*lines[: last + 1], f"{key} = {value}", *lines[last + 1 :]]
    head, old, rest, until = _split(lines, row)
    return [*lines[:row], _joined(head, value, old, rest), *lines[until:]]


def _in_row(lines: list[str], row: int, name: str, key: str, value: str) -> list[str]:
    """Change one key of `name = { ... }`."""
    head, old, rest, until = _split(lines, row)
    text = old.strip()
    if not (text.startswith("{") and text.endswith("}")) or head.startswith("#"):
        raise CannotEdit(f"'{name}' is not written as {{ ... }} on one line.")
    items = [item.strip() for item in _items(text[1:-1])]
    place = next((n for n, item in enumerate(items) if item.split("=")[0].strip() == key), len(items))
    items[place : place + 1] = [f"{key} = {value}"]
    new = "{ " + ", ".join(item for item in items if item) + " }"
    return [*lines[:row], _joined(head, new, old, rest), *lines[until:]]


def _says(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _joined(head: str, value: str, old: str, comment: str) -> str:
    """The new line; its comment stays in its column where there is room."""
    line = f"{head.lstrip('#')}{value}"
    if not comment:
        return line
    room = 0 if "\n" in old else len(head) + len(old) - len(line)
    return f"{line}{' ' * max(room, 2)}{comment}"


def _split(lines: list[str], row: int) -> tuple[str, str, str, int]:
    """Everything up to the value, the value with the blanks after it, the comment, the line after it."""
    head, _, tail = lines[row].partition("=")
    lead = tail[: len(tail) - len(tail.lstrip())]
    rest = tail[len(lead) :]
    for until in range(row + 1, len(lines) + 1):
        for place in [*(n for n, c in enumerate(rest) if c == "#"), len(rest)]:
            if _is_value(rest[:place]):
                return f"{head}={lead}", rest[:place], rest[place:], until
        if until < len(lines):
            rest += "\n" + lines[until]
    raise CannotEdit(f"line {row + 1} holds no value.")


def _is_value(text: str) -> bool:
    try:
        tomli.loads(f"x = {text}")
    except tomli.TOMLDecodeError:
        return False
    return bool(text.strip())


def _items(text: str) -> list[str]:
    """The parts between the commas of an inline table, brackets and quotes respected."""
    items, depth, quote = [""], 0, ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
        if char == "," and not depth and not quote:
            items.append("")
        else:
            items[-1] += char
    return items
