"""What can still be read of a database that was set aside: the contract journal and the unacked events.

It is brought over as far as there is room: the journal first, then contracts and faults, then the rest.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from proto.store.chain import NOTES
from proto.store.database import Database, grow, is_whole
from proto.store.frames import PutEvent
from proto.store.kinds import FOREIGN, KEEP
from proto.store.schema import APPLICATION_ID, DAMAGE, FORMAT, lenient

COMMIT_BYTES = 512 * 1024
"""Committed in parts, so that the log of changes never grows beside the file."""
ROW_BYTES = 512
"""What a record costs beside its body, at most."""


class SavedNotes(Struct, frozen=True):
    """What the journal knew of the entries it had dropped; comes before its entries."""

    text: str


class SavedEntry(Struct, frozen=True):
    """An entry of the journal behind its link, as it was stored."""

    wall_ms: int
    stored: bytes


Saved = PutEvent | SavedNotes | SavedEntry


class NoRoom(Exception):
    """The disk or the store is as full as it may get."""


class Saver:
    """Puts records into `fresh`; may raise `NoRoom` and `sqlite3.Error`.

    `full(extra)`: would so many bytes more be too much? `alive`: a sign of life.
    """

    def __init__(self, fresh: Database, full: Callable[[int], bool], alive: Callable[[], None]) -> None:
        self.saved = 0
        self._fresh, self._full, self._alive = fresh, full, alive
        self._open_bytes = 0

    def keep(self, record: Saved) -> None:
        """One record, as it was."""
        size = ROW_BYTES + len(getattr(record, "body", b"") or getattr(record, "stored", b""))
        if self._full(self._open_bytes + size):
            raise NoRoom("there is no room for it")
        if isinstance(record, PutEvent):
            self._fresh.put_event(record, "")
        elif isinstance(record, SavedEntry):
            self._fresh.journal.keep(record.wall_ms, record.stored)
        else:
            self._fresh.journal.adopt(record.text)
        self.saved += not isinstance(record, SavedNotes)
        self._open_bytes += size
        if self._open_bytes >= COMMIT_BYTES:
            self.commit()

    def commit(self) -> None:
        """What is kept so far is safe."""
        self._fresh.commit("", 0)
        self._open_bytes = 0
        self._alive()


def salvage(
    path: Path, house: str, fresh: Database, full: Callable[[int], bool], alive: Callable[[], None]
) -> tuple[int, str]:
    """Bring every readable record of our own house over: how many, and why there were no more, if so."""
    saver, words = Saver(fresh, full, alive), ""
    try:
        with closing(sqlite3.connect(path, timeout=5)) as link:
            link.text_factory = lenient
            if not _is_ours(link, house):
                return 0, ""
            for rows in (_journal(link), _unacked(link, True), _unacked(link, False)):
                try:
                    for row in rows:
                        saver.keep(row)
                except DAMAGE as error:
                    words = str(error)
    except (*DAMAGE, NoRoom) as error:
        words = str(error)
    saver.commit()
    return saver.saved, words


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


def _unacked(link: sqlite3.Connection, kept: bool) -> Iterator[PutEvent]:
    """Contracts and faults, or all others, oldest first."""
    for message_id, type_name, wall_ms, kind, crc, stored in link.execute(
        "SELECT e.id, e.type, e.wall_ms, p.kind, e.crc, e.body FROM pending p NOT INDEXED"
        " CROSS JOIN event e USING(position) WHERE (p.kind IS ?) = ? ORDER BY p.position",
        (KEEP, kept),
    ):
        body = grow(stored, crc)
        if body is not None:
            yield PutEvent(0, message_id, type_name, wall_ms, 0, False, body, kind == FOREIGN)
