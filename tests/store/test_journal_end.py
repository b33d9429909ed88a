"""A journal whose end was cut off says so; a restart, a crash between two writes and thinning do not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from proto.store.chain import NOTES
from proto.store.database import Database
from proto.store.frames import PutJournal
from proto.store.heads import beside
from proto.store.read import open_journal
from proto.store.slots import NAMES, Head, Memory, encode
from tests.store.rig import HOUSE, MIB, WALL_MS, Rig
from tests.store.test_journal import FILE, alter, entry

NEVER = "Where this journal ends was never noted"


def run(folder: Path, start: int, count: int = 5) -> list[str]:
    """One start of the program that writes so many entries; returns what the store told at its start."""
    rig = Rig(folder)
    rig.starts = start
    told = rig.open().words
    for n in range(1, count + 1):
        rig.store.put_journal(entry(f"contract-{start}", n), WALL_MS + 10 * start + n)
    rig.settle()
    rig.close()
    return list(told)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten entries over two starts."""
    assert run(tmp_path, 0) == run(tmp_path, 1) == []
    return tmp_path


def ends(folder: Path) -> list[str]:
    with open_journal(folder, HOUSE) as journal:
        assert [row.fault for row in journal.rows() if row.fault] == []
        return journal.end_faults()


def cut(folder: Path, kept: int) -> None:
    """Take the end off and leave a chain that is whole as far as it goes."""
    alter(folder, "DELETE FROM journal WHERE position NOT IN "
                  "(SELECT position FROM journal ORDER BY position LIMIT ?)", kept)  # fmt: skip


def mend_notes(folder: Path, change: dict[str, object]) -> None:
    """What a forger would write into the database's own notes."""
    with closing(sqlite3.connect(folder / FILE)) as link:
        (text,) = link.execute("SELECT value FROM meta WHERE key = ?", (NOTES,)).fetchone()
        link.execute(
            "UPDATE meta SET value = ? WHERE key = ?", (json.dumps({**json.loads(text), **change}), NOTES)
        )
        link.commit()


def memory(folder: Path, keep: Path | None = None) -> None:
    """Save the memory's files, or put saved ones back."""
    for name in NAMES:
        source, target = (folder, keep) if keep else (folder / "saved", folder)
        target.mkdir(exist_ok=True)
        shutil.copy(source / name, target / name)


def test_a_whole_journal_has_its_end(folder: Path) -> None:
    assert ends(folder) == []
    assert run(folder, 2, count=0) == []
    assert ends(folder) == []


@pytest.mark.parametrize(
    ("kept", "words"), [(9, "1 entry is missing"), (7, "3 entries are missing"), (0, "10 entries")]
)
def test_an_end_that_was_cut_off_is_told(folder: Path, kept: int, words: str) -> None:
    cut(folder, kept)
    (told,) = ends(folder)
    assert told.startswith(
        f"The journal ends at entry {kept}, but entry 10 was noted in the database as its last"
    )
    assert words in told


def test_notes_in_the_database_that_were_forged_too_do_not_help(folder: Path) -> None:
    cut(folder, 7)
    mend_notes(folder, {"entries": 7, "head": None})
    (told,) = ends(folder)
    assert told == (
        "The journal ends at entry 7, but entry 10 was noted with the memory as its last: "
        "3 entries are missing from its end."
    )


def test_a_memory_that_was_lost_leaves_the_notes_in_the_database(folder: Path) -> None:
    cut(folder, 7)
    for name in NAMES:
        (folder / name).unlink()
    (told,) = ends(folder)
    assert "noted in the database" in told


def test_an_end_that_was_never_noted_is_told(folder: Path) -> None:
    """Written by a program that noted none: the next start notes it."""
    mend_notes(folder, {"head": None})
    for name in NAMES:
        (folder / name).unlink()
    (told,) = ends(folder)
    assert told.startswith(NEVER)
    assert run(folder, 2, count=0) == []
    assert ends(folder) == []


def test_a_cut_is_not_healed_by_what_is_written_after_it(folder: Path) -> None:
    """The program goes on from where the journal ends; that there was more is told from then on."""
    cut(folder, 7)
    (told,) = run(folder, 2)
    assert told.startswith(
        "At a start of the program 7 entries of the contract journal were there, but entry 10"
    )
    assert ends(folder) == [told]
    assert run(folder, 3) == [], "told once to the ATN, for good to whoever looks"
    assert ends(folder) == [told]


def test_a_forged_cut_is_found_at_the_next_start(folder: Path) -> None:
    cut(folder, 7)
    mend_notes(folder, {"entries": 7, "head": None})
    assert len(run(folder, 2, count=9)) == 1
    assert len(ends(folder)) == 1


def test_another_end_in_its_place_is_told(folder: Path) -> None:
    cut(folder, 7)
    mend_notes(folder, {"entries": 7, "head": None})
    memory(folder, folder / "saved")
    for name in NAMES:
        (folder / name).unlink()
    assert run(folder, 2, count=5) == []
    memory(folder)
    (told,) = ends(folder)
    assert told == "Entry 10 is not the one that was noted with the memory as the last of the journal."


@pytest.mark.parametrize("newer", [0, 1])
def test_the_newer_generation_of_the_memory_counts_and_a_torn_one_does_not(
    tmp_path: Path, newer: int
) -> None:
    for at, name in enumerate(NAMES):
        note = Head(5 if at == newer else 3, "00" * 32)
        (tmp_path / name).write_bytes(encode(2 if at == newer else 1, Memory(HOUSE, 0, {}, note)))
    assert beside(tmp_path) == Head(5, "00" * 32)
    (tmp_path / NAMES[newer]).write_bytes((tmp_path / NAMES[newer]).read_bytes()[:-1])
    assert beside(tmp_path) == Head(3, "00" * 32)


def test_a_crash_between_the_two_writes_raises_no_alarm(folder: Path) -> None:
    """The entries are on the disk, the memory still is the one before: the journal may always be ahead."""
    memory(folder, folder / "saved")
    run(folder, 2)
    memory(folder)
    assert ends(folder) == []
    assert run(folder, 3) == []
    assert ends(folder) == []


def test_thinning_raises_no_alarm_however_old_the_note(folder: Path) -> None:
    database = Database(folder / FILE, HOUSE, 8 * MIB)
    database.next_position = database.last_position() + 1
    chain = database.journal
    chain.most_entries = 100
    dropped = 0
    for made in range(300):
        database.put_journal(PutJournal(0, WALL_MS + 99 + made, entry(f"c{made // 7}", made)))
        dropped += chain.thin()
    database.commit("run", 1)
    database.close()
    assert dropped
    assert ends(folder) == [], "the memory's note is of an entry that has gone"
    assert run(folder, 2) == []
    assert ends(folder) == []


def test_a_broken_database_that_loses_its_end_is_told(folder: Path) -> None:
    alter(folder, "DELETE FROM meta WHERE key = 'op'")
    cut(folder, 8)
    told = run(folder, 2)
    assert any("lost its own notes" in words for words in told)
    assert any("8 entries of the contract journal were there, but entry 10" in words for words in told)
    assert len(ends(folder)) == 1


def test_a_broken_database_that_loses_nothing_is_no_alarm(folder: Path) -> None:
    alter(folder, "DELETE FROM meta WHERE key = 'op'")
    assert len(run(folder, 2)) == 1
    assert ends(folder) == []


def test_a_killed_writer_leaves_no_false_alarm(tmp_path: Path) -> None:
    run(tmp_path, 0)
    for start in range(1, 6):
        rig = Rig(tmp_path)
        rig.starts = start
        assert list(rig.open().words) == []
        for n in range(20):
            rig.store.put_journal(entry("c", n), WALL_MS + 50 * start)
            rig.step(start)
        pid = rig.store._life.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        rig.close()
        assert ends(tmp_path) == []
