"""Files that cannot be used: set aside with a sentence, a fresh start, and whatever can be saved is saved."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from proto.store.database import Database
from proto.store.slots import HEAD, NAMES, Memory, Slots, Unreadable, decode, encode
from tests.store.rig import HOUSE, WALL_MS, Rig, body_of

DATABASE = "store.db"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    made = Rig(tmp_path)
    made.open()
    for n in range(50):
        made.put(f"id-{n}")
    made.store.put_memory("contract", b"live")
    made.store.put_journal(b"first", WALL_MS)
    made.settle()
    made.close()
    return made


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as link:
        link.execute("CREATE TABLE songs(name TEXT)")
        link.commit()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as link:
        link.execute("PRAGMA user_version=2")


def tableless(path: Path) -> None:
    with closing(sqlite3.connect(path)) as link:
        link.execute("DROP TABLE journal")
        link.commit()


def noteless(path: Path) -> None:
    with closing(sqlite3.connect(path)) as link:
        link.execute("DELETE FROM meta WHERE key = 'op'")
        link.commit()


def torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5000])


def scribbled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 5] = random.Random(1).randbytes(4096 * 2)
    path.write_bytes(data)


def schema(path: Path, change: str, statement: str = "") -> None:
    """Bend the text of the schema, change a row under it, and put it back; with no row to change it stays."""
    with closing(sqlite3.connect(path)) as link:
        before = link.execute("SELECT name, sql FROM sqlite_master").fetchall()
        link.execute("PRAGMA writable_schema=ON")
        link.execute(f"UPDATE sqlite_master SET sql = {change} WHERE name = 'journal'")
        link.commit()
    if not statement:
        return
    with closing(sqlite3.connect(path)) as link:
        link.execute(statement)
        link.execute("PRAGMA writable_schema=ON")
        link.executemany("UPDATE sqlite_master SET sql = ?2 WHERE name = ?1", before)
        link.commit()


def renamed(path: Path) -> None:
    schema(path, "replace(sql, 'position', 'place')")


def emptied(path: Path) -> None:
    schema(path, "replace(sql, 'NOT NULL', '')", "UPDATE journal SET body = NULL")


def of_another_sqlite(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[47] = 9  # schema format number, sqlite.org/fileformat.html 1.3.9
    path.write_bytes(data)


def misplaced(path: Path) -> None:
    with closing(sqlite3.connect(path)) as link:
        link.execute(f"UPDATE journal SET position = {2**63 - 1}")
        link.commit()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(b"no database at all" * 500), "not a database"),
        (lambda path: path.write_bytes(bytes(8192)), "not a database"),
        (torn, ""),
        (scribbled, ""),
        (foreign, "another program"),
        (newer, "has format 2, this program reads 1"),
        (tableless, "lacks tables"),
        (noteless, "has lost its own notes"),
        (renamed, "is broken: no such column: position"),
        (emptied, "is damaged: NULL value in journal.body"),
        (of_another_sqlite, "unsupported file format"),
        (misplaced, "holds a position that was never given"),
    ],
)
def test_a_database_that_cannot_be_used_is_set_aside_and_the_program_starts(
    rig: Rig, damage: Callable[[Path], object], words: str
) -> None:
    damage(rig.folder / DATABASE)
    loaded = rig.open()
    assert rig.store.status.state == "ready"
    assert rig.store.counts.quarantined == 1
    assert any(words in told and "store.db.bad-1" in told for told in loaded.words), loaded.words
    assert (rig.folder / "store.db.bad-1").exists()
    assert loaded.memory["contract"] == b"live"  # the memory does not live in the database
    rig.put("new life", urgent=True)
    rig.until(lambda: not rig.store.unsaved("new life"))
    assert rig.ids()[-1] == "new life"
    causes = [loss.cause for loss in rig.store.losses()]
    assert causes in (["quarantined"], ["quarantined", "journal"]), (
        "a journal that could not be saved is told"
    )
    rig.close()
    rig.open()
    assert rig.ids()[-1] == "new life"
    assert rig.store.counts.quarantined == 0
    assert rig.store.losses() == ()
    rig.close()


def test_an_id_that_is_no_text_hides_no_event(rig: Rig) -> None:
    with closing(sqlite3.connect(rig.folder / DATABASE)) as link:
        link.execute("UPDATE pending SET id = CAST(x'ff' AS TEXT) WHERE id = 'id-7'")
        link.commit()
    rig.open()
    assert rig.store.status.state == "ready"
    stored = rig.pending()
    assert [body_of(f"id-{n}") for n in range(50)] == [one.body for one in stored]
    rig.close()


def test_an_empty_database_file_is_a_fresh_start(rig: Rig) -> None:
    (rig.folder / DATABASE).write_bytes(b"")
    loaded = rig.open()
    assert loaded.pending == 0
    assert rig.store.status.state == "ready"
    rig.close()


def test_what_can_still_be_read_of_a_broken_database_is_saved(rig: Rig) -> None:
    path = rig.folder / DATABASE
    with closing(sqlite3.connect(path)) as link:  # break an index: every record can still be read
        (page,) = link.execute("SELECT rootpage FROM sqlite_master WHERE name = 'thinned'").fetchone()
    data = bytearray(path.read_bytes())
    data[4096 * (page - 1) : 4096 * page] = random.Random(2).randbytes(4096)
    path.write_bytes(data)
    loaded = rig.open()
    assert rig.store.counts.quarantined == 1
    assert "with 51 records of it" in loaded.words[0]
    assert rig.ids() == [f"id-{n}" for n in range(50)]
    rig.close()


def test_a_database_that_breaks_while_in_use_is_replaced_and_nothing_is_lost(rig: Rig) -> None:
    mark = rig.folder / "broke"

    def break_once() -> None:
        commit = Database.commit
        calls = iter(range(100))

        def commit_or_break(self: Database, run: str, op: int) -> None:
            if next(calls) == 5 and not mark.exists():
                mark.touch()
                error = sqlite3.DatabaseError("database disk image is malformed")
                error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
                raise error
            commit(self, run, op)

        Database.commit = commit_or_break  # type: ignore[method-assign]

    rig.open(before=break_once)
    for n in range(30):
        rig.put(f"new-{n}", urgent=True)
        rig.step(1000)
        rig.store._life.wait()
    rig.settle()
    assert mark.exists()
    assert rig.store.counts.quarantined == 1
    assert rig.store.counts.lost == 0
    assert rig.ids() == [*(f"id-{n}" for n in range(50)), *(f"new-{n}" for n in range(30))]
    assert [loss.cause for loss in rig.store.losses()] == ["quarantined"]
    rig.close()


def test_another_houses_files_are_not_ours(rig: Rig) -> None:
    other = Rig(rig.folder, house="d1.isone.me.versant.keene.beech.scada")
    loaded = other.open()
    assert not loaded.memory
    assert loaded.pending == 0
    told = " ".join(loaded.words)
    assert told.count(f"belongs to '{HOUSE}', this house is 'd1.isone.me.versant.keene.beech.scada'") == 3
    other.close()


def test_only_the_newest_few_files_set_aside_are_kept(rig: Rig) -> None:
    for _ in range(6):
        (rig.folder / DATABASE).write_bytes(b"no database at all" * 500)
        rig.open()
        rig.close()
    kept = sorted(path.name for path in rig.folder.glob("store.db.bad-*"))
    assert kept == ["store.db.bad-4", "store.db.bad-5", "store.db.bad-6"]


def test_a_damaged_event_is_unlisted_counted_and_told(rig: Rig) -> None:
    with closing(sqlite3.connect(rig.folder / DATABASE)) as link:
        link.execute("UPDATE event SET body = x'2d00' WHERE id = 'id-7'")
        link.execute("DELETE FROM event WHERE id = 'id-8'")
        link.commit()
    rig.open()
    assert rig.ids() == [f"id-{n}" for n in range(50) if n not in (7, 8)]
    assert rig.store.counts.damaged == 2
    assert {loss.cause for loss in rig.store.losses()} == {"damaged"}
    rig.close()


# ----------------------------------------------------------------------------------------- the memory


def test_a_torn_memory_write_falls_back_to_the_generation_before(tmp_path: Path) -> None:
    slots = Slots(tmp_path, HOUSE)
    for n in range(7):
        slots.put("n", b"%d" % n * 100)
        slots.write()
    newest = max(NAMES, key=lambda name: HEAD.unpack_from((tmp_path / name).read_bytes())[2])
    whole = (tmp_path / newest).read_bytes()
    whole = whole[: HEAD.size + HEAD.unpack_from(whole)[3]]  # behind it is only room
    older = (tmp_path / NAMES[1 - NAMES.index(newest)]).read_bytes()
    for cut in [*range(0, len(whole), 13), len(whole) - 1]:
        (tmp_path / newest).write_bytes(whole[:cut] + older[cut : len(whole)])
        (tmp_path / NAMES[1 - NAMES.index(newest)]).write_bytes(older)
        found = Slots(tmp_path, HOUSE)
        assert found.memory.values["n"] == b"5" * 100, cut
        assert len(found.words) <= 1
    (tmp_path / newest).write_bytes(whole)
    assert Slots(tmp_path, HOUSE).memory.values["n"] == b"6" * 100


def test_every_flipped_bit_of_a_memory_file_is_found() -> None:
    data = encode(3, Memory(HOUSE, 5, {"a": b"b"}))
    assert decode(data, HOUSE) == (3, Memory(HOUSE, 5, {"a": b"b"}))
    for at in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(Unreadable):
            decode(bytes(flipped), HOUSE)


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_in_the_memory_files_start_the_program_with_nothing(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    for name in NAMES:
        (tmp_path / name).write_bytes(dice.randbytes(dice.randrange(300)))
    rig = Rig(tmp_path)
    loaded = rig.open()
    assert not loaded.memory
    assert len(loaded.words) == 2
    assert all("it is kept as memory." in words for words in loaded.words)
    rig.store.put_memory("n", b"1")
    rig.until(lambda: rig.store.status.unsaved == 0)
    rig.close()
    assert rig.open().memory["n"] == b"1"
    rig.close()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_in_a_memorys_place_is_set_aside(
    tmp_path: Path, make: Callable[[Path], object]
) -> None:
    for name in NAMES:
        make(tmp_path / name)
    rig = Rig(tmp_path)
    loaded = rig.open()
    assert all(
        f"{name} is no regular file; it is kept as {name}.bad-1" in "".join(loaded.words) for name in NAMES
    )
    rig.store.put_memory("n", b"1")
    rig.until(lambda: rig.store.status.unsaved == 0)
    rig.close()
    assert rig.open().memory["n"] == b"1"
    rig.close()


def test_a_memory_with_absurd_positions_is_not_believed() -> None:
    with pytest.raises(Unreadable, match="reserves positions up to"):
        decode(encode(1, Memory(HOUSE, 2**60, {})), HOUSE)


def test_a_newer_memory_format_is_set_aside_with_a_sentence(tmp_path: Path) -> None:
    data = bytearray(encode(1, Memory(HOUSE, 0, {})))
    data[9] = 9
    with pytest.raises(Unreadable, match="has format 9, this program reads 1"):
        decode(bytes(data), HOUSE)


def test_losing_memory_and_database_in_turn_never_repeats_a_position(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    last = 0
    for n in range(6):
        rig.open()
        rig.put(f"id-{n}")
        rig.settle()
        position = rig.pending()[-1].position
        assert position > last
        last = position
        rig.close()
        gone = NAMES if n % 2 else ("store.db", "store.db-wal", "store.db-shm")
        for name in gone:
            (tmp_path / name).unlink(missing_ok=True)
