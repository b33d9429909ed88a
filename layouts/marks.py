"""The marks ASSUMED of a layout file: comments for people, kept across an export and its import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from layouts.draft import MAX_NAME
from layouts.format import TABLES
from layouts.write_toml import ASSUMED

MARKS = "assumed"
"""Under this key of our own part of the JSON stand the marked places."""
MOST_MARKS = 500
_TABLE = re.compile(r"\s*\[([A-Za-z0-9_.-]+)\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_KNOWN = tuple(sorted({place.removesuffix(".NAME") for place in TABLES}, key=len, reverse=True))


def marked_places(text: str) -> list[str]:
    """Dotted places whose line, or the comment right above it, ends with the mark."""
    return list(_marked(text))[:MOST_MARKS]


def _marked(text: str) -> Iterator[str]:
    table, above = "", False
    for line in text.splitlines():
        ends = line.rstrip().endswith(ASSUMED) and "#" in line
        if found := _TABLE.match(line):
            table, above = found[1], False
        elif line.lstrip().startswith("#"):
            above = ends
        elif found := _KEY.match(line):
            if ends or above:
                yield f"{table}.{found[1]}"
            above = False


def marks_in(own: dict[str, Any], root: dict[str, Any]) -> list[str]:
    """The places marked in our own part of a JSON that there are in the tables `root`."""
    said = own.get(MARKS)
    places = (
        [place for place in said[:MOST_MARKS] if isinstance(place, str)] if isinstance(said, list) else []
    )
    return [place for place in dict.fromkeys(places) if _there(place, root)]


def table_of(place: str) -> str:
    """The table of the layout file a place stands in, "" for none."""
    return next((known for known in _KNOWN if place.startswith(f"{known}.")), "")


def _there(place: str, root: Any) -> bool:
    for word in place.split("."):
        if not isinstance(root, dict) or len(word) > MAX_NAME or word not in root:
            return False
        root = root[word]
    return bool(table_of(place))
