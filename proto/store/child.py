"""The writer: a process of its own that holds the database, so that a slow or dying disk stops nobody else.

It has no clock and decides nothing about time: the program says when to commit, it says when that is done.
When the program goes away, it commits what it has and goes too. When the disk fails it, it says why and goes;
the program starts another one and sends again what was not confirmed.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

from proto.store import frames as f
from proto.store.database import Database
from proto.store.lock import WRITER_LOCK, Lost, take_lock
from proto.store.salvage import salvage
from proto.store.schema import DAMAGE, FILE, Unusable, is_broken
from proto.store.slots import BLOCK, Slots, forget_asides, set_aside
from proto.store.trim import Trim, drop_ballast, keep_ballast

READ_BYTES = 256 * 1024
MINUTES_PER_PAGE = 240
SLICES_PER_COMMIT = 4
RECORDS_PER_LOOK = 20
"""Records taken between two looks whether there is room for more."""
SLICES_AT_OPEN = 50
"""A full store is trimmed this far before records are taken, the rest while they come."""
SLICES_FOR_ROOM = 400
"""Trimmed this far at most for one record that does not fit."""
SPARE_BYTES = 64 * 1024
"""Left free by every record with a body, so that acks always fit and an event never stops the writer."""
MEMORY_WAIT_S = 2.0
MEMORY_READS = 50
"""Where no database can be opened, so long and so often the program is heard for what it must remember."""


class Writer:
    """Serves one program on `sock` until it goes away."""

    def __init__(self, sock: socket.socket, folder: Path, house: str, run: str, max_bytes: int) -> None:
        self._sock = sock
        self._folder = folder
        self._house = house
        self._run = run
        self._max_bytes = max_bytes
        self._unpacker = f.Unpacker()
        self._op = self._taken = 0
        self._position_end = 0
        self._is_open = False
        self._words: list[str] = []
        self._apply: dict[type, Callable[..., None]] = {
            f.PutMemory: self._put_memory,
            f.PutEvent: lambda frame: self._database.put_event(frame, self._run),
            f.PutAck: lambda frame: self._database.ack(frame.message_id),
            f.PutJournal: lambda frame: self._database.put_journal(frame),
            f.PutMinute: lambda frame: self._database.put_minute(frame),
            f.PutSamples: lambda frame: self._database.put_samples(frame, self._run),
        }

    def serve(self) -> None:
        """Open, then take frames until the program is gone. Raises `Lost`, `OSError`, `sqlite3.Error`."""
        lock = take_lock(self._folder / WRITER_LOCK)
        try:
            self._open()
            while self._wait() and self._read():
                pass
            self._commit()
            self._database.close()
        finally:
            os.close(lock)

    def _open(self) -> None:
        self._slots = Slots(self._folder, self._house)
        self._say(f.Remembered(self._slots.memory.values, self._slots.words))
        self._database = self._open_database()
        self._compare_end()
        self._next_block()
        self._trim = Trim(self._database, self._folder)
        for _ in range(SLICES_AT_OPEN):
            if not self._slice():
                break
        keep_ballast(self._folder)
        database, self._is_open = self._database, True
        self._say(f.Ready(database.pending, database.used_bytes, database.samples(), self._words))

    def _wait(self) -> bool:
        """Wait for the program; trim while it has nothing to say."""
        while not select.select([self._sock], [], [], 0 if self._trim.busy else None)[0]:
            self._slice()
        return True

    def _read(self) -> bool:
        """Take what the program sent; False when it is gone."""
        data = self._sock.recv(READ_BYTES)
        if not data:
            return False
        self._unpacker.feed(data)
        while (body := self._unpacker.take()) is not None:
            self._take(f.read_request(body))
        return True

    def _take(self, frame: f.Request) -> None:
        if isinstance(frame, f.Commit):
            self._commit()
            database = self._database
            self._say(f.Durable(frame.op, database.pending, database.used_bytes))
            self._make_room()
        elif isinstance(frame, f.Fetch):
            self._answer_fetch(frame)
        elif isinstance(frame, f.FetchMinutes):
            self._answer_minutes(frame)
        else:
            self._take_record(frame)

    def _take_record(self, record: f.Record) -> None:
        database = self._database
        known = database.applied[0] == self._run and record.op <= database.applied[1]
        if isinstance(record, f.PutMemory) or (not known and self._has_room(record)):
            self._apply[type(record)](record)
        if not isinstance(record, f.PutMemory):  # these may come ahead of their turn
            self._op = max(self._op, record.op)
        self._taken += 1
        if self._taken % RECORDS_PER_LOOK == 0 and self._trim.is_due():
            self._make_room()
        if database.next_position >= self._position_end:
            self._next_block()

    def _has_room(self, record: f.Record) -> bool:
        """Make room for a record; False when there is none to make, and then it is refused and told."""
        size = len(getattr(record, "body", b""))
        need = size + SPARE_BYTES
        for _ in range(SLICES_FOR_ROOM if size else 0):
            if self._fits(need) or not self._slice(need):
                break
        if not size or self._fits(need):
            return True
        self._say(f.Trouble("dropped", "The store is full and nothing in it may go: a record was refused", 1))
        return False

    def _fits(self, need: int) -> bool:
        return self._database.used_bytes + need <= self._database.most_bytes

    def _put_memory(self, record: f.PutMemory) -> None:
        self._slots.put(record.name, record.body)

    def _commit(self) -> None:
        self._database.commit(self._run, max(self._op, self._database.applied[1] if self._is_ours() else 0))
        self._slots.note_end(self._database.journal.head)
        self.save_memory()

    def save_memory(self) -> None:
        """It is small and has a place of its own, so it is saved even where the database cannot commit."""
        if self._slots.dirty:
            try:
                self._slots.write()
            except OSError:
                drop_ballast(self._folder)
                self._slots.write()

    def hear_memory(self) -> None:
        """No database takes records any more; what must be remembered needs none, and is sent first."""
        for _ in range(MEMORY_READS):
            ready = select.select([self._sock], [], [], 0 if self._is_open else MEMORY_WAIT_S)[0]
            data = self._sock.recv(READ_BYTES) if ready else b""
            if not data:
                return
            self._unpacker.feed(data)
            while (body := self._unpacker.take()) is not None:
                if isinstance(frame := f.read_request(body), f.PutMemory):
                    self._put_memory(frame)
            self.save_memory()

    def _compare_end(self) -> None:
        """Is the end of the contract journal where it was when we last wrote it?"""
        journal = self._database.journal
        journal.expect(self._slots.memory.journal)
        for words in journal.missing:
            self._words.append(words)
            self._say(f.Trouble("journal", words, 1))
        self._database.commit(*self._database.applied)

    def _is_ours(self) -> bool:
        return self._database.applied[0] == self._run

    def _next_block(self) -> None:
        """Reserve positions before using them, so that none is ever used twice."""
        start = self._slots.reserve(self._database.last_position())
        self._database.next_position, self._position_end = start, start + BLOCK - 1

    def _make_room(self) -> None:
        for _ in range(SLICES_PER_COMMIT):
            if not self._slice():
                break

    def _slice(self, extra: int = 0) -> bool:
        """One slice of trimming; True when there is more."""
        trouble = self._trim.step(extra)
        self._commit()
        if trouble is not None:
            self._say(trouble)
        return self._trim.busy

    def _answer_fetch(self, frame: f.Fetch) -> None:
        damaged = self._database.damaged
        items = self._database.oldest(frame.after, frame.count)
        if self._database.damaged != damaged:
            count = self._database.damaged - damaged
            self._say(f.Trouble("damaged", "Stored events had wrong checksums and cannot be sent", count))
        last = items[-1][0] if items else frame.after
        self._say(f.Events(frame.ticket, items, not self._database.oldest(last, 1)))

    def _answer_minutes(self, frame: f.FetchMinutes) -> None:
        rows = self._database.minutes(frame.first, frame.last, MINUTES_PER_PAGE)
        self._say(f.Minutes(frame.ticket, rows, len(rows) < MINUTES_PER_PAGE))

    def _say(self, frame: f.Reply) -> None:
        self._sock.sendall(f.pack(frame))

    # ----------------------------------------------------------------- a file that is no good

    def _open_database(self) -> Database:
        path = self._folder / FILE
        try:
            return Database(path, self._house, self._max_bytes)
        except Unusable as error:
            return self._start_afresh(path, str(error))
        except DAMAGE as error:
            if not is_broken(error):
                raise
            return self._start_afresh(path, f"is broken: {error}")

    def _start_afresh(self, path: Path, why: str) -> Database:
        """Set the file aside, start a new one, and bring over what can still be read."""
        aside = set_aside(path, "-wal", "-shm")
        fresh = Database(path, self._house, self._max_bytes)
        fresh.next_position = self._slots.reserve(0)
        forget_asides(path, aside, "-wal", "-shm")
        alive = f.Trouble("salvage", "Records are being saved from a broken store", 0)
        room = Trim(fresh, self._folder)
        saved, why_no_more = salvage(aside, self._house, fresh, room.is_due, lambda: self._say(alive))
        words = f"{path} {why}; it is kept as {aside.name}, a new one was started with {saved} records of it"
        if why_no_more:
            words += f", more could not be saved: {why_no_more}"
        self._words.append(words)
        self._say(f.Trouble("quarantined", words, 1))
        return fresh

    def start_over(self, why: str) -> None:
        """The file broke while we worked with it: leave a fresh one, with what could be saved."""
        with contextlib.suppress(sqlite3.Error, AttributeError):  # it may never have been opened
            self._database.close()
        self._start_afresh(self._folder / FILE, f"is broken: {why}").close()


def run_writer(sock: socket.socket, folder: Path, house: str, run: str, max_bytes: int) -> int:
    """The writer's whole life, in a process of its own; returns its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the program's end is its end, not a signal to the group
    signal.set_wakeup_fd(-1)
    writer = Writer(sock, folder, house, run, max_bytes)
    try:
        writer.serve()
    except (OSError, Lost, f.FrameError, Unusable) as error:
        return _give_up(sock, f"{error}")
    except DAMAGE as error:
        return _give_up(sock, _after_trouble(writer, folder, error))
    return 0


def _after_trouble(writer: Writer, folder: Path, error: Exception) -> str:
    """Prepare the ground for the next writer; returns what to say."""
    try:
        if is_broken(error):
            writer.start_over(str(error))
        else:
            drop_ballast(folder)
            writer.save_memory()
            writer.hear_memory()
    except (OSError, sqlite3.Error, f.FrameError) as worse:
        return f"{error}, and then {worse}"
    return str(error)


def _give_up(sock: socket.socket, words: str) -> int:
    with contextlib.suppress(OSError):
        sock.sendall(f.pack(f.Failed(words)))
    return 1
