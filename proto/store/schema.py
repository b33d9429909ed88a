"""What the writer's SQLite file looks like, and how to tell one that is not ours or broken."""

from __future__ import annotations

import sqlite3

FILE = "store.db"
APPLICATION_ID = 0x53504854
FORMAT = 1
PAGE_BYTES = 4096
WAL_PAGES = 1000

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
BROKEN_CODES = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})


class Unusable(ValueError):
    """The file is not ours, or broken; the message is a sentence. It has to be set aside."""


def is_broken(error: sqlite3.Error) -> bool:
    """Does this error mean that the file is damaged (and not that the disk is full, slow or read-only)?"""
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) in BROKEN_CODES
