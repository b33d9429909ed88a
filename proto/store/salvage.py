"""What can still be read of a database that was set aside: the contract journal and the unacked events."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from proto.store.chain import NOTES
from proto.store.database import grow, is_whole
from proto.store.frames import PutEvent
from proto.store.kinds import FOREIGN
from proto.store.schema import APPLICATION_ID, DAMAGE, FORMAT, lenient


class SavedNotes(Struct, frozen=True):
    """What the journal knew of the entries it had dropped; comes before its entries."""

    text: str


class SavedEntry(Struct, frozen=True):
    """An entry of the journal behind its link, as it was stored."""

    wall_ms: int
    stored: bytes


Saved = PutEvent | SavedNotes | SavedEntry


def salvage(path: Path, house: str, keep: Callable[[Saved], None]) -> tuple[int, str]:
    """Hand every readable record of our own house to `keep`: how many, and why there were no more, if so."""
    saved, words = 0, ""
    try:
        with closing(sqlite3.connect(path, timeout=5)) as link:
            link.text_factory = lenient
            if not _is_ours(link, house):
                return 0, ""
            for rows in (_journal(link), _unacked(link)):
                try:
                    for row in rows:
                        keep(row)
                        saved += not isinstance(row, SavedNotes)
                except DAMAGE as error:
                    words = str(error)
    except DAMAGE as error:
        words = str(error)
    return saved, words


def _is_ours(link: sqlite3.Connection, house: str) -> bool:
    if link.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return False
    if link.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
        return False
    found = link.execute("SELECT value FROM meta WHERE key = 'house'").fetchone()
    return found is not None and found[0] == house


def _journal(link: sqlite3.Connection) -> Iterator[Saved]:
    for (text,) in link.execute("SELECT value FROM meta WHERE key = ?", (NOTES,)):
        yield SavedNotes(text)
    for wall_ms, crc, stored in link.execute("SELECT wall_ms, crc, body FROM journal ORDER BY position"):
        if is_whole(stored, crc):
            yield SavedEntry(wall_ms, stored)


def _unacked(link: sqlite3.Connection) -> Iterator[PutEvent]:
    for message_id, type_name, wall_ms, kind, crc, stored in link.execute(
        "SELECT e.id, e.type, e.wall_ms, p.kind, e.crc, e.body FROM pending p NOT INDEXED"
        " CROSS JOIN event e USING(position) ORDER BY p.position"
    ):
        body = grow(stored, crc)
        if body is not None:
            yield PutEvent(0, message_id, type_name, wall_ms, 0, False, body, kind == FOREIGN)
