"""Reads one TOML file whole, and says in a sentence why it cannot be read."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import tomli

from layouts.mistakes import Notes, clip

MAX_BYTES = 1_000_000
_BOM = b"\xef\xbb\xbf"
_FRIENDLY = {
    "Cannot overwrite a value": "this name was already given a value above",
    "Cannot mutate immutable namespace": "this name was already given a value above",
    "Invalid value": 'this is not a value; text stands in quotes, as in "oak"',
    "Unterminated string": "the closing quote is missing",
    "Invalid statement": "this is neither [table] nor name = value",
}
_TWICE = re.compile(r"Cannot declare \((?P<path>.*)\) twice")
_QUOTED = re.compile(r"'([^']*)'")
_HEADER = re.compile(r"^\s*\[\[?\s*(?P<path>[^\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*(?P<key>[A-Za-z0-9_."' -]+?)\s*=""")


class Unreadable(Exception):
    """The file as a whole cannot be used; the text continues "<file> ..."."""


def read_text(path: Path, notes: Notes, absent: str) -> str | None:
    """The text of a file, or None and one note. `absent` is the sentence for a file that is not there."""
    try:
        return _decode(_read_bytes(path, absent))
    except Unreadable as why:
        notes.add("", str(why))
        return None


def parse(text: str, notes: Notes) -> dict[str, Any] | None:
    """The tables of a TOML text, or None and one note with line and column."""
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        notes.add("", _syntax(error))
    except RecursionError:
        notes.add("", "is nested far too deeply.")
    except ValueError:
        notes.add("", "holds a number of far too many digits.")
    return None


def lines_of(text: str, tables: Collection[str]) -> dict[str, int]:
    """Line number of every `table.key` on a line of its own; what it cannot place it leaves out."""
    found: dict[str, int] = {}
    table = ""
    for number, line in _code_lines(text):
        header = _HEADER.match(line)
        if header and _plain(header["path"]) in tables:
            table = _plain(header["path"])
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            name = _plain(key["key"])
            found.setdefault(f"{table}.{name}" if table else name, number)
    return found


def _decode(data: bytes) -> str:
    if data.startswith(_BOM):
        raise Unreadable("begins with a byte order mark; save it as UTF-8 without one.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte 0x{data[error.start]:02X} in line {line}"
        raise Unreadable(f"is not UTF-8 text ({found}); save it as UTF-8.") from None
    if not text.strip():
        raise Unreadable("is empty.")
    return text


def _read_bytes(path: Path, absent: str) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise Unreadable("is a folder, not a file.")
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("is not a regular file.")
        if status.st_size > MAX_BYTES:
            raise Unreadable(f"has {status.st_size} bytes; no such file needs more than {MAX_BYTES}.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise Unreadable(absent) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"cannot be read: {clip(reason)}.") from None


def _syntax(error: tomli.TOMLDecodeError) -> str:
    twice = _TWICE.search(error.msg)
    if twice:
        path = ".".join(_QUOTED.findall(twice["path"]))
        return f"line {error.lineno}, column {error.colno}: table [{clip(path)}] was already opened above."
    what = _FRIENDLY.get(error.msg) or clip(error.msg[:1].lower() + error.msg[1:])
    return f"line {error.lineno}, column {error.colno}: {what}."


def _code_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines outside of multi-line strings, numbered from 1."""
    inside = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if not inside:
            yield number, line
        for mark in ('"""', "'''"):
            if inside in ("", mark) and line.count(mark) % 2:
                inside = "" if inside else mark


def _plain(path: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in path.split("."))
