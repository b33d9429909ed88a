"""What the writer's SQLite file looks like, and how to tell one that is not ours or broken."""

from __future__ import annotations

import sqlite3

FILE = "store.db"
APPLICATION_ID = 0x53504854
FORMAT = 1
PAGE_BYTES = 4096
WAL_PAGES = 1000
MAX_POSITION = 2**53
"""Beyond whatever a house may come to in its life."""

SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE event(position INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL,
                   wall_ms INTEGER NOT NULL, crc INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE pending(position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL,
                     level INTEGER NOT NULL, wall_ms INTEGER NOT NULL);
CREATE INDEX thinned ON pending(kind, level, position);
CREATE TABLE acked(position INTEGER PRIMARY KEY);
CREATE TABLE journal(position INTEGER PRIMARY KEY, wall_ms INTEGER NOT NULL, crc INTEGER NOT NULL,
                     body BLOB NOT NULL);
CREATE TABLE sample(position INTEGER PRIMARY KEY, run TEXT NOT NULL, op INTEGER NOT NULL,
                    crc INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE minute(minute INTEGER PRIMARY KEY, crc INTEGER NOT NULL, body BLOB NOT NULL);
"""

TABLES = frozenset({"meta", "event", "pending", "acked", "journal", "sample", "minute"})
BROKEN_CODES = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_ERROR,  # our statements are right, so the schema is not what it was
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_MISMATCH,
    }
)
DAMAGE = (sqlite3.Error, ValueError, TypeError, OverflowError)
"""What comes of a damaged file: SQLite's own complaint, or a value of a kind that nobody wrote."""


class Unusable(ValueError):
    """The file is not ours, or broken; the message is a sentence. It has to be set aside."""


def lenient(raw: bytes) -> str:
    """A text column; what a dying card made of an id must not hide the row."""
    return raw.decode("utf-8", "replace")


def is_broken(error: Exception) -> bool:
    """Does this `DAMAGE` mean a damaged file (and not that the disk is full, slow or read-only)?"""
    return (
        not isinstance(error, sqlite3.Error) or (getattr(error, "sqlite_errorcode", 0) & 0xFF) in BROKEN_CODES
    )
