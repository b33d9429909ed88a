"""Look into a store from another program, for commands: waits for the disk and changes nothing."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from proto.store.chain import LINK_BYTES, NOTES, Notes, link, read_notes
from proto.store.heads import DATABASE_NOTE, MEMORY_NOTE, NEVER_NOTED, beside, cut_words, missing_words
from proto.store.schema import APPLICATION_ID, FILE, FORMAT
from proto.store.slots import Head


class CannotRead(ValueError):
    """There is no store to read, or it is not one; the message is a sentence."""


class Row(Struct, frozen=True):
    """One entry of the journal. `number` counts from the first entry ever made.

    `body` is None when the entry is damaged; `fault` says in words why the chain breaks here, else "".
    """

    number: int
    wall_ms: int
    body: bytes | None
    link: bytes
    fault: str = ""


class JournalFile:
    """An open journal: what was dropped from it, and its entries, as they were at one moment."""

    def __init__(self, connection: sqlite3.Connection, notes: Notes, memory_note: Head | None) -> None:
        self._connection = connection
        self.notes = notes
        noted = ((notes.head, DATABASE_NOTE), (memory_note, MEMORY_NOTE))
        self._noted = [(head, where) for head, where in noted if head is not None]

    def rows(self) -> Iterator[Row]:
        """Every entry, oldest first. Raises `sqlite3.Error`."""
        before, number = bytes.fromhex(self.notes.anchor), self.notes.dropped_entries
        for wall_ms, crc, stored in self._connection.execute(
            "SELECT wall_ms, crc, body FROM journal ORDER BY position"
        ):
            number += 1
            row = _row(number, wall_ms, crc, stored, before)
            before = row.link
            yield row

    def end_faults(self) -> list[str]:
        """Sentences on an end that is not where it was noted, now or at an earlier start."""
        found = [cut_words(cut) for cut in self.notes.cuts]
        links = {self.notes.dropped_entries: self.notes.anchor}
        links.update((row.number, row.link.hex()) for row in self.rows())
        last = max(links)
        if last and not self._noted:
            found.append(NEVER_NOTED)
        wrong = [(head, where) for head, where in self._noted if self._misses(head, links)]
        told: set[Head] = set()
        for head, where in wrong:
            if head not in told:
                found.append(missing_words(head, last, where))
            told.add(head)
        return found

    def _misses(self, head: Head, links: dict[int, str]) -> bool:
        """A note that is older than all that was kept cannot be compared any more."""
        return head.number >= self.notes.dropped_entries and links.get(head.number) != head.link


def _row(number: int, wall_ms: int, crc: int, stored: object, before: bytes) -> Row:
    if not isinstance(stored, bytes) or len(stored) < LINK_BYTES:
        return Row(number, wall_ms, None, before, f"entry {number} is no entry of a journal")
    ours, body = stored[:LINK_BYTES], stored[LINK_BYTES:]
    if zlib.crc32(stored) != crc:
        return Row(number, wall_ms, None, ours, f"entry {number} is damaged, its checksum is wrong")
    if link(before, wall_ms, body) == ours:
        return Row(number, wall_ms, body, ours)
    words = "it was changed, or entries before it are missing"
    return Row(number, wall_ms, body, ours, f"entry {number} does not follow from the one before: {words}")


@contextmanager
def open_journal(folder: Path, house: str = "") -> Iterator[JournalFile]:
    """The contract journal in `folder`, of `house` if one is named. Raises `CannotRead`."""
    path = folder / FILE
    if not path.is_file():
        raise CannotRead(f"{path} does not exist: nothing has been stored in {folder} yet.")
    memory_note = beside(folder)  # first: the journal may go on before it is read, and never ends before
    try:
        with closing(_connect(path)) as connection:
            connection.execute("BEGIN")
            _refuse_foreign(connection, path, house)
            found = connection.execute("SELECT value FROM meta WHERE key = ?", (NOTES,)).fetchone()
            yield JournalFile(connection, read_notes(found[0] if found else None) or Notes(), memory_note)
    except sqlite3.Error as error:
        raise CannotRead(f"{path} cannot be read: {error}.") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Read-only; where not even the index of the log may be written, the file alone, if there is no log."""
    place = path.absolute().as_uri()
    connection = sqlite3.connect(f"{place}?mode=ro", uri=True, timeout=5, isolation_level=None)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN or Path(f"{path}-wal").exists():
            raise
        return sqlite3.connect(f"{place}?immutable=1", uri=True, isolation_level=None)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: sqlite3.Connection, path: Path, house: str) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise CannotRead(f"{path} is not the store of a scada.")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != FORMAT:
        raise CannotRead(f"{path} has format {version}, this program reads {FORMAT}.")
    found = connection.execute("SELECT value FROM meta WHERE key = 'house'").fetchone()
    owner = found[0] if found else "nobody"
    if house and owner != house:
        raise CannotRead(f"{path} belongs to {owner}, this house is {house}.")
