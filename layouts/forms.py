"""The forms a value in a TOML file may have, and the words that say so when it has not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from ipaddress import ip_address
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from layouts.mistakes import nearest, shown


class Key(Struct, frozen=True):
    """One key of a table: what form its value has, its bounds, what it means.

    `default` stands in where the file says nothing, and, so that reading can go on and find the other
    mistakes, where the file is wrong. `required` keys have a default for that second purpose only.
    """

    name: str
    form: str
    says: str
    default: Any = None
    required: bool = False
    lo: float | None = None
    hi: float | None = None
    choices: tuple[str, ...] = ()


class Wrong(Exception):
    """A value does not have its form; the text continues "key must be ..."."""


# ----------------------------------------------------------------------------------------- the forms


def _range(key: Key) -> str:
    return f" from {plain(key.lo or 0)} to {plain(key.hi or 0)}"


def plain(number: float) -> str:
    """A number as a person writes it: 86400, 0.5."""
    return str(int(number)) if number == int(number) else f"{number:g}"


def _in_range(value: int | float, key: Key) -> bool:
    """A number without bounds does not exist here, and what is no number is in no range."""
    return (key.lo or 0) <= value <= (key.hi or 0)


def _whole(value: object, key: Key) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not _in_range(value, key):
        raise Wrong("a whole number" + _range(key))
    return value


def _number(value: object, key: Key) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _in_range(value, key):
        raise Wrong("a number" + _range(key))
    return float(value)


def _flag(value: object, key: Key) -> bool:
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


def _text(value: object, key: Key) -> str:
    if not isinstance(value, str) or len(value) > 200 or not value.isprintable():
        raise Wrong("text in quotes on one line, at most 200 characters")
    if key.lo and not value.strip():
        raise Wrong("some text in quotes")
    return value


def _choice(value: object, key: Key) -> str:
    if not isinstance(value, str) or value not in key.choices:
        best = nearest(value, key.choices) if isinstance(value, str) else ""
        words = " or ".join(f"'{choice}'" for choice in key.choices)
        raise Wrong(words, f" Did you mean '{best}'?" if best else "")
    return value


PATTERNS: dict[str, tuple[re.Pattern[str], str]] = {
    "name": (
        re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*"),
        "lower-case words of letters and digits joined by '-', starting with a letter",
    ),
    "alias": (
        re.compile(r"[a-z][a-z0-9]*(\.[a-z0-9]+)*"),
        "lower-case words of letters and digits joined by '.', starting with a letter",
    ),
    "handle": (
        re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9]*(-[a-z0-9]+)*)*"),
        "node names joined by '.', for example 'auto.lc.n.relay6'",
    ),
    "uuid4": (
        re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        "a lower-case UUID of version 4",
    ),
    "pico": (
        re.compile(r"pico_[0-9a-f]{6}"),
        "'pico_' and six hexadecimal digits, as printed by the module, for example 'pico_a1b2c3'",
    ),
    "rom": (
        re.compile(r"28-[0-9a-f]{12}"),
        "'28-' and twelve lower-case hexadecimal digits, as /sys/bus/w1/devices lists it",
    ),
    "mac": (
        re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}"),
        "six lower-case hexadecimal pairs joined by ':', for example '34:e1:d1:82:22:22'",
    ),
    "host": (
        re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*"),
        "a host name or an IP address, without user, port or 'http://'",
    ),
}  # fmt: skip


def _pattern(value: object, key: Key) -> str:
    pattern, words = PATTERNS[key.form]
    if not isinstance(value, str) or len(value) > 253 or not pattern.fullmatch(value):
        raise Wrong(words)
    return value


def _addresses(value: object, key: Key) -> tuple[int, ...]:
    lo, hi = int(key.lo or 0), int(key.hi or 0)
    words = f"a list of I2C addresses from 0x{lo:02X} to 0x{hi:02X}, for example [{_hexes((lo, lo + 1))}]"
    if not isinstance(value, list) or not value:
        raise Wrong(words)
    if any(type(a) is not int or not lo <= a <= hi for a in value):
        raise Wrong(words)
    return tuple(value)


def _hexes(addresses: Iterable[int]) -> str:
    return ", ".join(f"0x{address:02X}" for address in addresses)


def _three(value: object, key: Key) -> tuple[float, float, float]:
    words = "three numbers" + _range(key) + ", top first, as in [1.0, 1.0, 1.0]"
    if not isinstance(value, list) or len(value) != 3:
        raise Wrong(words)
    if any(type(n) not in (int, float) or not _in_range(n, key) for n in value):
        raise Wrong(words)
    top, middle, bottom = (float(n) for n in value)
    return top, middle, bottom


def _order(value: object, key: Key) -> tuple[int, int, int]:
    if not isinstance(value, list) or any(type(n) is not int for n in value) or sorted(value) != [1, 2, 3]:
        raise Wrong("the numbers 1, 2, 3 in some order, as in [3, 2, 1]")
    first, second, third = value
    return first, second, third


def _peaks(value: object, key: Key) -> tuple[tuple[int, int], ...]:
    words = "a list of [from, to] hours between 0 and 24, in order and apart, as in [[7, 12], [16, 20]]"
    if not isinstance(value, list):
        raise Wrong(words)
    peaks: list[tuple[int, int]] = []
    for item in value:
        if not isinstance(item, list) or len(item) != 2 or any(type(hour) is not int for hour in item):
            raise Wrong(words)
        start, end = item
        if not (peaks[-1][1] if peaks else -1) < start < end <= 24:
            raise Wrong(words)
        peaks.append((start, end))
    return tuple(peaks)


_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _days(value: object, key: Key) -> tuple[str, ...]:
    words = "a list of different days, as in ['2026-12-25', '2027-01-01']"
    if not isinstance(value, list) or len(value) > 1000:
        raise Wrong(words)
    days: list[str] = []
    for number, item in enumerate(value, 1):
        day, wrong = _day(item)
        if day in days:
            wrong = "stands there already"
        if wrong:
            raise Wrong(words, f" Entry {number}, {shown(item)}, {wrong}.")
        days.append(day)
    return tuple(days)


def _day(item: object) -> tuple[str, str]:
    """(the day as ISO 8601, "") or ("", what is wrong with it)."""
    if isinstance(item, date) and not isinstance(item, datetime):
        return item.isoformat(), ""
    if not isinstance(item, str) or not _ISO_DAY.fullmatch(item):
        return "", "is no day"
    try:
        return date.fromisoformat(item).isoformat(), ""
    except ValueError:
        return "", "is not in the calendar"


def _time_zone(value: object, key: Key) -> str:
    words = "a time zone of the tz database, for example 'America/New_York'"
    if not isinstance(value, str) or not value or len(value) > 64:
        raise Wrong(words)
    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, OSError):
        best = nearest(value, sorted(available_timezones()))
        raise Wrong(words, f" Did you mean '{best}'?" if best else "") from None


def _address(value: object, key: Key) -> str:
    words = "an IP address of this computer, for example '127.0.0.1', or '0.0.0.0' for all of them"
    if not isinstance(value, str):
        raise Wrong(words)
    try:
        return str(ip_address(value))
    except ValueError:
        raise Wrong(words) from None


def _file(value: object, key: Key) -> str:
    if not isinstance(value, str) or len(value) > 1000 or not value.isprintable():
        raise Wrong("a path in quotes")
    if key.lo and not value.strip():
        raise Wrong("a path in quotes, not empty")
    if value.startswith("~"):
        raise Wrong("a path without '~'; write the home folder out")
    return value


FORMS: dict[str, Callable[[Any, Key], Any]] = {
    "whole": _whole,
    "number": _number,
    "flag": _flag,
    "text": _text,
    "choice": _choice,
    "addresses": _addresses,
    "three": _three,
    "order": _order,
    "peaks": _peaks,
    "days": _days,
    "time zone": _time_zone,
    "address": _address,
    "file": _file,
    **dict.fromkeys(PATTERNS, _pattern),
}


def check(value: object, key: Key) -> tuple[Any, str]:
    """The value in its proper type and "", or None and the sentence that says what is wrong with it."""
    try:
        return FORMS[key.form](value, key), ""
    except Wrong as wrong:
        words, hint = wrong.args if len(wrong.args) == 2 else (wrong.args[0], "")
        text = "the text " if isinstance(value, str) and key.form in ("whole", "number", "flag") else ""
        return None, f"{key.name} must be {words}, not {text}{shown(value)}.{hint}"


_BOUNDS_OF = {
    "flag": "true or false",
    "text": "text",
    "file": "a path",
    "host": "a host name or IP address",
    "address": "an IP address of this computer",
    "time zone": "a time zone",
    "peaks": "[from, to] hours",
    "days": "days (YYYY-MM-DD)",
    "three": "three numbers",
    "order": "1, 2, 3 in some order",
    "name": "a name",
    "alias": "an alias",
    "handle": "a handle",
    "uuid4": "a UUID of version 4",
    "pico": "pico_ and six hexadecimal digits",
    "rom": "28- and twelve hexadecimal digits",
    "mac": "a MAC address",
}


def bounds_of(key: Key) -> str:
    """The bounds of a key, short enough for a table."""
    if key.form == "choice":
        return " | ".join(key.choices)
    if key.form == "addresses":
        return f"0x{int(key.lo or 0):02X} to 0x{int(key.hi or 0):02X}"
    if key.form in ("whole", "number") and key.lo is not None and key.hi is not None:
        return f"{plain(key.lo)} to {plain(key.hi)}"
    return _BOUNDS_OF[key.form]
