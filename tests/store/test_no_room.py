"""A disk without room: what must be remembered goes first, and what is saved does not fill it up."""

from __future__ import annotations

import os
import random
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

from proto.store import child
from proto.store import frames as f
from proto.store.database import Database
from proto.store.slots import FREE_BYTES, NAMES, PLACE_BYTES, Slots, forget_asides
from tests.store.rig import HOUSE, MIB, WALL_MS, Rig, body_of


def full(*_: object) -> NoReturn:
    """What SQLite says of a full disk."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise error


def when_written(mark: Path) -> None:
    real = Database.put_event
    Database.put_event = lambda *a: full() if mark.exists() else real(*a)  # type: ignore[method-assign]


def when_opened(mark: Path) -> None:
    real = child.Writer._open_database
    child.Writer._open_database = lambda *a: full() if mark.exists() else real(*a)  # type: ignore[method-assign]


@pytest.mark.parametrize("disk", [when_written, when_opened])
def test_on_a_full_disk_the_memory_is_saved_while_everything_else_waits(
    tmp_path: Path, disk: Callable[[Path], None]
) -> None:
    mark = tmp_path / "full"
    rig = Rig(tmp_path)
    rig.open(lambda: disk(mark))
    rig.put("before")
    rig.settle()
    mark.touch()
    for n in range(200):
        rig.put(f"id-{n}")
    rig.store.put_memory("contract", b"live")
    os.kill(rig.store._life.pid or 0, 9)
    rig.until(lambda: Slots(tmp_path, HOUSE).memory.values.get("contract") == b"live", ms=500)
    assert rig.store.status.unsaved == 201, "the memory too is sent again, in its turn"
    rig.store.put_memory("contract", b"ended")
    rig.until(lambda: Slots(tmp_path, HOUSE).memory.values["contract"] == b"ended", ms=500)
    assert rig.store.counts.lost == 0
    mark.unlink()
    rig.until(lambda: rig.store.status.unsaved == 0, ms=1000)
    assert rig.ids() == ["before", *(f"id-{n}" for n in range(200))], "nothing is doubled, nothing lost"
    rig.close()
    assert rig.open().memory["contract"] == b"ended"
    rig.close()


def test_the_memory_has_its_place_on_the_disk_from_the_beginning(tmp_path: Path) -> None:
    slots = Slots(tmp_path, HOUSE)
    slots.reserve(0)
    assert [(tmp_path / name).stat().st_size for name in NAMES] == [PLACE_BYTES] * 2
    for body in (b"short", b"x" * 2 * PLACE_BYTES, b"short again"):
        slots.put("contract", body)
        slots.write()
        slots.write()
        assert Slots(tmp_path, HOUSE).memory.values["contract"] == body
    sizes = [(tmp_path / name).stat() for name in NAMES]
    assert [size.st_size for size in sizes] == [PLACE_BYTES] * 2
    assert all(size.st_blocks * 512 >= PLACE_BYTES for size in sizes)


class SmallDisk:
    """What the writer is told of the disk: so many bytes in all, less what is in the folder."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._size = folder, size

    @property
    def free(self) -> int:
        return self._size - sum(path.stat().st_size for path in self._folder.iterdir())

    def __call__(self, _: object) -> SimpleNamespace:
        return SimpleNamespace(f_bavail=max(0, self.free), f_frsize=1)


def broken_store(rig: Rig) -> None:
    """Three megabytes of reports, and a few contracts behind them, in a database with a broken index."""
    rig.open()
    dice = random.Random(3)
    for n in range(300):
        rig.store.put_event(
            f"r-{n}", "report.event", b'"%s"' % dice.randbytes(10_000).hex().encode(), WALL_MS
        )
        if n % 30 == 29:
            rig.settle()
    for n in range(5):
        rig.put(f"c-{n}", "remaining.elec.event")
    rig.store.put_journal(b"first", WALL_MS)
    rig.settle()
    rig.close()
    path = rig.folder / "store.db"
    with closing(sqlite3.connect(path)) as link:
        (page,) = link.execute("SELECT rootpage FROM sqlite_master WHERE name = 'thinned'").fetchone()
    data = bytearray(path.read_bytes())
    data[4096 * (page - 1) : 4096 * page] = random.Random(2).randbytes(4096)
    path.write_bytes(data)


def test_what_is_saved_of_a_broken_store_does_not_fill_the_disk(tmp_path: Path) -> None:
    """A megabyte is left beside the broken file: contracts come first, the rest as far as it goes."""
    rig = Rig(tmp_path)
    broken_store(rig)
    disk = SmallDisk(tmp_path, 0)
    disk = SmallDisk(tmp_path, FREE_BYTES + MIB - disk.free)

    def before() -> None:
        os.statvfs = disk  # type: ignore[assignment]

    loaded = rig.open(before)
    assert disk.free >= FREE_BYTES
    assert "more could not be saved: there is no room for it" in loaded.words[0]
    left = rig.ids()
    assert left[:5] == [f"c-{n}" for n in range(5)]
    assert 20 < len(left) < 200
    assert left[5:] == [f"r-{n}" for n in range(len(left) - 5)]
    rig.close()


def test_with_room_all_of_it_is_saved(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    broken_store(rig)
    loaded = rig.open()
    assert "with 306 records of it" in loaded.words[0]
    assert "more" not in loaded.words[0]
    assert len(rig.ids()) == 305
    rig.close()


def test_without_room_older_broken_files_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("store.db.bad-1", "store.db.bad-1-wal", "store.db.bad-2", "store.db.bad-2-wal"):
        (tmp_path / name).write_bytes(bytes(1000))
    path, newest = tmp_path / "store.db", tmp_path / "store.db.bad-2"
    for size, left in ((FREE_BYTES + 7_000, 4), (FREE_BYTES + 5_000, 2)):
        monkeypatch.setattr(os, "statvfs", SmallDisk(tmp_path, size))
        forget_asides(path, newest, "-wal", "-shm")
        assert len(list(tmp_path.iterdir())) == left
    assert sorted(found.name for found in tmp_path.iterdir()) == ["store.db.bad-2", "store.db.bad-2-wal"]


def test_a_writer_without_a_database_hears_only_so_long(tmp_path: Path) -> None:
    """A program that talks on and on does not keep it from giving up."""
    ours, theirs = socket.socketpair()
    writer = child.Writer(theirs, tmp_path, HOUSE, "run", MIB)
    writer._slots = Slots(tmp_path, HOUSE)
    for n in range(3):
        ours.sendall(f.pack(f.PutEvent(n, f"e-{n}", "x", 0, 0, False, body_of("e"))))
        ours.sendall(f.pack(f.PutMemory(10 + n, "contract", b"%d" % n)))
    ours.close()
    writer.hear_memory()
    assert Slots(tmp_path, HOUSE).memory.values == {"contract": b"2"}
    theirs.close()
