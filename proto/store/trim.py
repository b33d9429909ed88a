"""What goes when the store is full, in the order in which it goes; never silently, always in small slices.

First what the ATN has already, oldest first. Then what the second computer sent, whatever it is: ours never
goes for somebody else's. Then readings nobody has: unacked reports older than a day are thinned to 5 minutes,
older than a week to 15, older than four weeks to an hour; then the same without regard to age. Then thinned
reports, comm events and events of unknown kinds are dropped. Contracts and faults go last of all, when
nothing else is left; the contract journal has a length of its own, full or not.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path

from proto.store.database import Database, grow, shrink
from proto.store.frames import Trouble
from proto.store.kinds import COMM, FOREIGN, KEEP, READINGS
from proto.store.slots import FREE_BYTES
from proto.store.thinning import LEVELS_S, thin

HIGH, LOW = 0.90, 0.85
"""Trimming begins above the one share of the budget and ends below the other."""
BALLAST_FILE = "ballast"
BALLAST_BYTES = 2 * 1024 * 1024
"""Given up when the disk is full, so that there is room in which to trim."""
SLICE = 200
KEPT_SLICE = 20
DAY_MS = 86_400_000
KEPT_MINUTES = 60 * 24 * 60
KEPT_MINUTES_FULL = 7 * 24 * 60
AGES_MS = (DAY_MS, 7 * DAY_MS, 28 * DAY_MS)
TOP_LEVEL = len(LEVELS_S) - 1


class Trim:
    """Keeps `database` below its budget; call `step` after each commit. May raise `sqlite3.Error`."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._trimming = False
        self._steps: tuple[Callable[[], Trouble | None], ...] = (
            lambda: self._drop_minutes(KEPT_MINUTES),
            self._drop_acked,
            lambda: self._drop_minutes(KEPT_MINUTES_FULL),
            self._drop_foreign,
            *((lambda level=level: self._thin(level, AGES_MS[level - 1])) for level in (1, 2, 3)),
            *((lambda level=level: self._thin(level, 0)) for level in (1, 2, 3)),
            self._drop_unacked,
            self._drop_kept,
        )

    def limit_bytes(self) -> int:
        """The budget, or less when the disk itself has less room."""
        disk = os.statvfs(self._folder)
        room = max(0, disk.f_bavail * disk.f_frsize - FREE_BYTES)
        return min(self._database.budget_bytes, self._database.file_bytes + room)

    def is_due(self, extra: int = 0) -> bool:
        """Has the store run full (with `extra` bytes more), or is it not empty enough again?"""
        share = LOW if self._trimming else HIGH
        return self._database.used_bytes + extra > share * self.limit_bytes()

    def step(self, extra: int = 0) -> Trouble | None:
        """One slice of work if there is any; what it cost the history, if it cost something."""
        self._database.journal.thin()
        self._trimming = self.is_due(extra)
        if not self._trimming:
            return None
        for work in self._steps:
            before = self._changes()
            trouble = work()
            if self._changes() != before:
                return trouble
        self._trimming = False  # nothing left that may go
        return None

    @property
    def busy(self) -> bool:
        """Is there more to do?"""
        return self._trimming

    def _changes(self) -> int:
        return int(self._database.read("SELECT total_changes()").fetchone()[0])

    def _drop_minutes(self, keep: int) -> None:
        self._database.run(
            "DELETE FROM minute WHERE minute IN (SELECT minute FROM minute"
            " WHERE minute < (SELECT max(minute) FROM minute) - ? ORDER BY minute LIMIT ?)",
            (keep, SLICE),
        )

    def _drop_acked(self) -> None:
        rows = self._database.read(
            "SELECT position FROM acked ORDER BY position LIMIT ?", (SLICE,)
        ).fetchall()
        for (position,) in rows:
            self._database.drop_event(position)

    def _thin(self, level: int, older_than_ms: int) -> Trouble | None:
        """Thin some of the oldest reports that are not as thin as `level` yet."""
        newest = self._database.read("SELECT wall_ms FROM pending ORDER BY position DESC LIMIT 1").fetchone()
        thinned = 0
        for lower in range(level):
            for position, wall_ms in self._reports(lower):
                if wall_ms > newest[0] - older_than_ms:
                    break
                thinned += self._thin_one(position, level)
        if not thinned:
            return None
        minutes = LEVELS_S[level] // 60
        words = f"The store is full: readings of unsent reports were thinned to one in {minutes} minutes"
        return Trouble("thinned", words, thinned)

    def _reports(self, level: int) -> list[tuple[int, int]]:
        """The oldest unacked reports of this level: position and wall ms."""
        return self._database.read(
            "SELECT position, wall_ms FROM pending WHERE kind = ? AND level = ? ORDER BY position LIMIT ?",
            (READINGS, level, SLICE // 4),
        ).fetchall()

    def _thin_one(self, position: int, level: int) -> int:
        """1 when the report lost readings; a body that is no report only gets its level."""
        database = self._database
        database.run("UPDATE pending SET level = ? WHERE position = ?", (level, position))
        row = database.read("SELECT * FROM event WHERE position = ?", (position,)).fetchone()
        body = grow(row[5], row[4]) if row else None
        fewer = thin(body, level) if body is not None else None
        if fewer is None:
            return 0
        stored = shrink(fewer)
        # not UPDATE: SQLite merges pages that have become half empty only when rows are deleted
        database.run("DELETE FROM event WHERE position = ?", (position,))
        database.run("INSERT INTO event VALUES(?, ?, ?, ?, ?, ?)", (*row[:4], zlib.crc32(stored), stored))
        return 1

    def _drop_foreign(self) -> Trouble | None:
        count = self._drop(FOREIGN, 0, SLICE)
        words = "The store is full: the oldest unsent events of the second computer were dropped"
        return Trouble("dropped", words, count) if count else None

    def _drop_unacked(self) -> Trouble | None:
        count = self._drop(COMM, 0, SLICE) or self._drop(READINGS, TOP_LEVEL, SLICE)
        words = "The store is full: the oldest unsent reports, comm events or unknown events were dropped"
        return Trouble("dropped", words, count) if count else None

    def _drop_kept(self) -> Trouble | None:
        """Better the oldest faults than a writer that stands still; few at a time, for they are dear."""
        count = self._drop(KEEP, 0, KEPT_SLICE)
        words = "The store is full of unsent faults and contracts: the oldest of them were dropped"
        return Trouble("dropped", words, count) if count else None

    def _drop(self, kind: int, level: int, most: int) -> int:
        rows = self._database.read(
            "SELECT position FROM pending WHERE kind = ? AND level = ? ORDER BY position LIMIT ?",
            (kind, level, most),
        ).fetchall()
        for (position,) in rows:
            self._database.drop_event(position)
        return len(rows)


def keep_ballast(folder: Path) -> None:
    """Set room aside while there is plenty."""
    disk = os.statvfs(folder)
    path = folder / BALLAST_FILE
    if path.exists() or disk.f_bavail * disk.f_frsize < 8 * BALLAST_BYTES + FREE_BYTES:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, BALLAST_BYTES)
    finally:
        os.close(descriptor)


def drop_ballast(folder: Path) -> None:
    """Give the room back; harmless when there is none."""
    (folder / BALLAST_FILE).unlink(missing_ok=True)
