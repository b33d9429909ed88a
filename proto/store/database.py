"""The writer's SQLite file: events and which of them are unacked, the contract journal, samples, history.

WAL with synchronous=FULL: what `commit` has returned for survives a power cut. One transaction is open from
the first change to `commit`; it also notes the number of the last record it holds, so that a record sent
again after a crash is recognised. Every body is checksummed. For the writer only; may raise `sqlite3.Error`.
"""

from __future__ import annotations

import sqlite3
import zlib
from pathlib import Path

from proto.store.chain import Chain
from proto.store.frames import PutEvent, PutJournal, PutMinute, PutSamples
from proto.store.kinds import kind_of
from proto.store.schema import (
    APPLICATION_ID,
    FORMAT,
    MAX_POSITION,
    PAGE_BYTES,
    SCHEMA,
    TABLES,
    WAL_PAGES,
    Unusable,
    lenient,
)

MAX_SAMPLE_ROWS = 2000
MAX_SAMPLE_BYTES = 2 * 1024 * 1024
"""Samples handed to a new run; the newest are kept."""
FETCH_BYTES = 512 * 1024
CHECKED_BYTES = 32 * 1024 * 1024
"""A file up to this size is checked as a whole when it is opened; a larger one as it is read."""


def shrink(body: bytes) -> bytes:
    """A body as stored: zlib with a mark in front, or as it is when that is shorter."""
    packed = zlib.compress(body, 6) if len(body) > 128 else body
    return b"z" + packed if len(packed) < len(body) else b"-" + body


def is_whole(stored: object, crc: object) -> bool:
    """Is this what was stored? In a damaged row anything may stand in the place of bytes and checksum."""
    return isinstance(stored, bytes) and zlib.crc32(stored) == crc


def grow(stored: bytes, crc: int) -> bytes | None:
    """The body that was stored; None when the checksum says it is damaged."""
    if not is_whole(stored, crc):
        return None
    return zlib.decompress(stored[1:]) if stored[:1] == b"z" else stored[1:]


class Database:
    """The open file. `positions` are handed in so that they grow over the loss of a file."""

    def __init__(self, path: Path, house: str, max_bytes: int) -> None:
        self._link = sqlite3.connect(path, isolation_level=None, timeout=5, cached_statements=64)
        self._link.text_factory = lenient
        self.path = path
        self.next_position = 1
        self.applied = ("", 0)
        self.damaged = 0
        wal_pages = min(WAL_PAGES, max(16, max_bytes // (8 * PAGE_BYTES)))
        self.budget_bytes = max_bytes - wal_pages * PAGE_BYTES
        try:
            self._open(house, wal_pages)
        except BaseException:
            self._link.close()
            raise

    def _open(self, house: str, wal_pages: int) -> None:
        run = self._link.execute
        tables = {name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table'")}
        found = (self._pragma("application_id"), self._pragma("user_version"))
        if tables and found[0] != APPLICATION_ID:
            raise Unusable("is a database of another program")
        if tables and found[1] != FORMAT:
            raise Unusable(f"has format {found[1]}, this program reads {FORMAT}")
        if tables and tables != TABLES:
            raise Unusable("lacks tables that it should have, or has others")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=FULL")
        run(f"PRAGMA wal_autocheckpoint={wal_pages}")
        run(f"PRAGMA journal_size_limit={wal_pages * PAGE_BYTES}")
        run("PRAGMA cache_size=-2000")
        run("PRAGMA temp_store=MEMORY")
        run("PRAGMA cell_size_check=ON")
        if not tables:
            self._create(house)
        elif self.file_bytes <= CHECKED_BYTES:
            verdict = str(run("PRAGMA quick_check(1)").fetchone()[0])
            if verdict != "ok":
                raise Unusable(f"is damaged: {verdict[:200]}")
        pages = run(f"PRAGMA max_page_count={max(64, self.budget_bytes // PAGE_BYTES)}").fetchone()[0]
        self.most_bytes = int(pages) * PAGE_BYTES
        self._read_meta(house)
        self.last_position()
        self.pending = int(run("SELECT count(*) FROM pending").fetchone()[0])
        self.journal = Chain(self, self._position)

    def _create(self, house: str) -> None:
        run = self._link.execute
        run("BEGIN IMMEDIATE")
        for statement in SCHEMA.split(";"):
            if statement.strip():
                run(statement)
        run("INSERT INTO meta VALUES('house', ?)", (house,))
        run("INSERT INTO meta VALUES('run', ''), ('op', '0')")
        run(f"PRAGMA application_id={APPLICATION_ID}")
        run(f"PRAGMA user_version={FORMAT}")
        run("COMMIT")

    def _read_meta(self, house: str) -> None:
        meta = dict(self._link.execute("SELECT key, value FROM meta").fetchall())
        if meta.get("house") != house:
            raise Unusable(f"belongs to {meta.get('house')!r}, this house is {house!r}")
        if not meta.get("op", "").isdigit():
            raise Unusable("has lost its own notes")
        self.applied = (str(meta.get("run")), int(meta["op"]))

    def _pragma(self, name: str) -> int:
        return int(self._link.execute(f"PRAGMA {name}").fetchone()[0])

    def last_position(self) -> int:
        """The highest position in use, 0 in an empty file; raises `Unusable` for one that cannot be."""
        found = self._link.execute(
            "SELECT max(coalesce((SELECT max(position) FROM event), 0), coalesce((SELECT max(position)"
            " FROM journal), 0), coalesce((SELECT max(position) FROM sample), 0))"
        ).fetchone()
        if not 0 <= found[0] <= MAX_POSITION:
            raise Unusable("holds a position that was never given")
        return int(found[0])

    @property
    def used_bytes(self) -> int:
        """Bytes in use, without the pages that are free for reuse."""
        return (self._pragma("page_count") - self._pragma("freelist_count")) * PAGE_BYTES

    @property
    def file_bytes(self) -> int:
        """Size of the file, free pages included."""
        return self._pragma("page_count") * PAGE_BYTES

    # ----------------------------------------------------------------------------- changes

    def run(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """A changing statement, inside the open transaction."""
        if not self._link.in_transaction:
            self._link.execute("BEGIN IMMEDIATE")
        return self._link.execute(statement, values)

    def read(self, statement: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        """A reading statement."""
        return self._link.execute(statement, values)

    def _position(self) -> int:
        position = self.next_position
        self.next_position += 1
        return position

    def put_event(self, event: PutEvent, run: str) -> None:
        """Insert an event; one with an id that is pending already is the same event again."""
        position, kind = self._position(), kind_of(event.type_name, event.foreign)
        if not event.acked:
            added = self.run(
                "INSERT OR IGNORE INTO pending VALUES(?, ?, ?, 0, ?)",
                (position, event.message_id, kind, event.wall_ms),
            )
            if not added.rowcount:
                return
            self.pending += 1
        else:
            self.run("INSERT INTO acked VALUES(?)", (position,))
        body = shrink(event.body)
        self.run(
            "INSERT INTO event VALUES(?, ?, ?, ?, ?, ?)",
            (position, event.message_id, event.type_name, event.wall_ms, zlib.crc32(body), body),
        )
        if event.covers:
            self.run("DELETE FROM sample WHERE run <> ? OR op <= ?", (run, event.covers))

    def ack(self, message_id: str) -> None:
        """The event stays as history but is no longer pending."""
        found = self.read("SELECT position FROM pending WHERE id = ?", (message_id,)).fetchone()
        if found is not None:
            self.run("DELETE FROM pending WHERE position = ?", found)
            self.run("INSERT INTO acked VALUES(?)", found)
            self.pending -= 1

    def drop_event(self, position: int) -> None:
        """Delete an event, acked or not; its body first, so that a full file has pages for the rest."""
        self.run("DELETE FROM event WHERE position = ?", (position,))
        self.pending -= self.run("DELETE FROM pending WHERE position = ?", (position,)).rowcount
        self.run("DELETE FROM acked WHERE position = ?", (position,))

    def put_journal(self, entry: PutJournal) -> None:
        """Append to the contract journal."""
        self.journal.put(entry.wall_ms, entry.body)

    def put_minute(self, row: PutMinute) -> None:
        """One minute of history."""
        body = shrink(row.body)
        self.run("INSERT OR REPLACE INTO minute VALUES(?, ?, ?)", (row.minute, zlib.crc32(body), body))

    def put_samples(self, chunk: PutSamples, run: str) -> None:
        """Readings that no report carries yet; only the newest are kept when no report comes."""
        body, position = shrink(chunk.body), self._position()
        self.run(
            "INSERT INTO sample VALUES(?, ?, ?, ?, ?)", (position, run, chunk.op, zlib.crc32(body), body)
        )
        if chunk.op % 100 == 0:
            self.run(
                "DELETE FROM sample WHERE position NOT IN"
                " (SELECT position FROM sample ORDER BY position DESC LIMIT ?)",
                (MAX_SAMPLE_ROWS,),
            )

    def commit(self, run: str, op: int) -> None:
        """Make everything so far durable, noting that `run` is stored through `op`."""
        if not self._link.in_transaction:
            return
        if (run, op) != self.applied:
            self.run("UPDATE meta SET value = ? WHERE key = 'run'", (run,))
            self.run("UPDATE meta SET value = ? WHERE key = 'op'", (str(op),))
        self._link.execute("COMMIT")
        self.applied = (run, op)

    # ----------------------------------------------------------------------------- reading

    def oldest(self, after: int, count: int) -> list[tuple[int, str, str, bytes]]:
        """Unacked events behind `after`, oldest first; damaged ones are unlisted and counted."""
        found: list[tuple[int, str, str, bytes]] = []
        size = 0
        rows = self.read(
            "SELECT p.position, p.id, e.type, e.crc, e.body FROM pending p LEFT JOIN event e USING(position)"
            " WHERE p.position > ? ORDER BY p.position LIMIT ?",
            (after, count),
        ).fetchall()
        for position, message_id, type_name, crc, stored in rows:
            body = grow(stored, crc)
            if body is None:
                self.damaged += 1
                self.ack(message_id)
                continue
            size += len(body)
            if found and size > FETCH_BYTES:
                break
            found.append((position, message_id, type_name, body))
        return found

    def samples(self) -> list[bytes]:
        """Readings of earlier runs that no report carried, oldest first."""
        kept: list[bytes] = []
        size = 0
        for crc, stored in self.read("SELECT crc, body FROM sample ORDER BY position DESC"):
            body = grow(stored, crc)
            size += len(body or b"")
            if size > MAX_SAMPLE_BYTES:
                break
            if body is not None:
                kept.append(body)
        return kept[::-1]

    def minutes(self, first: int, last: int, count: int) -> list[tuple[int, bytes]]:
        """History rows, oldest first."""
        rows = self.read(
            "SELECT minute, crc, body FROM minute WHERE minute BETWEEN ? AND ? ORDER BY minute LIMIT ?",
            (first, last, count),
        )
        grown = [(minute, grow(stored, crc)) for minute, crc, stored in rows]
        return [(minute, body) for minute, body in grown if body is not None]

    def close(self) -> None:
        """Let go of the file."""
        self._link.close()
