"""The comparisons that the checks of a layout share."""

from __future__ import annotations

from collections.abc import Iterable

from layouts.mistakes import Notes, shown
from layouts.names import Known


def no_twice(notes: Notes, key: str, rows: Iterable[tuple[str, str, object]]) -> None:
    """Note each value of `key` an earlier row already holds; a row is (table, owner, value or None)."""
    owners: dict[object, str] = {}
    for table, owner, value in rows:
        if value is None:
            continue
        if value in owners:
            notes.add(table, f"{key} {shown(value)} is already taken by '{owners[value]}'.")
        owners.setdefault(value, owner)


def known_names(notes: Notes, path: str, what: str, found: Iterable[str], known: Iterable[str]) -> None:
    """Note each table [path.name] whose name is not a known one."""
    words = tuple(known)
    for name in found:
        if name not in words:
            notes.add(f"{path}.{name}", f"there is no {what} of that name.{notes.hint(name, words)}")


def needed(notes: Notes, table: str, found: Iterable[str], known: dict[str, Known]) -> None:
    """Note each required channel that a non-empty table does not capture."""
    present = tuple(found)
    for name, channel in known.items() if present else ():
        if channel.required and name not in present:
            notes.add(table, f"nobody captures '{name}'; the control of every house needs it.")


def addresses(notes: Notes, table: str, key: str, found: tuple[int, ...], most: int) -> None:
    """Note too many I2C addresses, and the same one twice."""
    if len(found) > most:
        notes.add(table, f"{key} names {len(found)} addresses; there are at most {most}.")
    for place, address in enumerate(found):
        if address in found[:place]:
            notes.add(table, f"{key} names the address 0x{address:02X} twice.")
