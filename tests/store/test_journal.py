"""The contract journal on disk: chained, bounded, salvaged, and every break is named."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from proto.store.chain import LINK_BYTES, START, clean_cuts, contract_of, link
from proto.store.database import Database
from proto.store.frames import PutJournal
from proto.store.read import CannotRead, Row, open_journal
from tests.store.rig import HOUSE, MIB, WALL_MS, Rig

FILE = "store.db"


def entry(contract: str, n: int) -> bytes:
    return json.dumps({"n": n, "what": "said", "contract": contract}).encode()


def rows(folder: Path) -> list[Row]:
    with open_journal(folder) as journal:
        return list(journal.rows())


def faults(folder: Path) -> list[str]:
    return [row.fault for row in rows(folder) if row.fault]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten entries over two runs of the program."""
    for run in range(2):
        rig = Rig(tmp_path)
        rig.starts = run
        rig.open()
        for n in range(1, 6):
            rig.store.put_journal(entry(f"contract-{run}", n), WALL_MS + 10 * run + n)
        rig.settle()
        rig.close()
    return tmp_path


def alter(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / FILE)) as connection:
        connection.execute(statement, values)
        connection.commit()


def stored(folder: Path, number: int) -> tuple[int, bytes]:
    """Position and blob of an entry."""
    with closing(sqlite3.connect(folder / FILE)) as connection:
        found: tuple[int, bytes] = connection.execute(
            "SELECT position, body FROM journal ORDER BY position LIMIT 1 OFFSET ?", (number - 1,)
        ).fetchone()
        return found


def test_the_chain_goes_on_over_a_restart(folder: Path) -> None:
    found = rows(folder)
    assert [row.number for row in found] == list(range(1, 11))
    assert faults(folder) == []
    before = START
    for row in found:
        assert row.body is not None
        before = link(before, row.wall_ms, row.body)
        assert row.link == before


def test_a_changed_entry_is_named_even_with_its_checksum_mended(folder: Path) -> None:
    position, blob = stored(folder, 4)
    forged = blob.replace(b"said", b"sayd")
    alter(folder, "UPDATE journal SET body = ? WHERE position = ?", forged, position)
    assert faults(folder) == ["entry 4 is damaged, its checksum is wrong"]
    alter(folder, "UPDATE journal SET crc = ? WHERE position = ?", zlib.crc32(forged), position)
    (words,) = faults(folder)
    assert words.startswith("entry 4 does not follow from the one before: it was changed")


def test_a_missing_entry_is_named(folder: Path) -> None:
    alter(folder, "DELETE FROM journal WHERE position = ?", stored(folder, 7)[0])
    (words,) = faults(folder)
    assert words.startswith("entry 7 does not follow")


def test_a_changed_time_is_named(folder: Path) -> None:
    alter(folder, "UPDATE journal SET wall_ms = wall_ms + 1 WHERE position = ?", stored(folder, 2)[0])
    (words,) = faults(folder)
    assert words.startswith("entry 2 does not follow")


def test_an_entry_that_is_none_is_named_and_does_not_stop_the_reading(folder: Path) -> None:
    alter(folder, "UPDATE journal SET body = ? WHERE position = ?", b"x", stored(folder, 3)[0])
    found = faults(folder)
    assert found[0] == "entry 3 is no entry of a journal"
    assert len(rows(folder)) == 10


def test_what_can_be_saved_of_a_broken_file_still_is_a_chain(folder: Path) -> None:
    alter(folder, "DELETE FROM meta WHERE key = 'op'")
    rig = Rig(folder)
    rig.starts = 5
    assert any("lost its own notes" in words for words in rig.open().words)
    rig.store.put_journal(entry("contract-2", 1), WALL_MS + 99)
    rig.settle()
    rig.close()
    assert [row.number for row in rows(folder)] == list(range(1, 12))
    assert faults(folder) == []


def test_a_long_journal_loses_its_oldest_contracts_whole_and_counts_them(tmp_path: Path) -> None:
    database = Database(tmp_path / FILE, HOUSE, 8 * MIB)
    chain = database.journal
    chain.most_entries = 400
    made = dropped = 0
    for contract in range(200):
        for n in range(7):
            made += 1
            # every other time the next contract is offered before this one is over
            name = f"contract-{contract + (n == 5 and contract % 2)}"
            database.put_journal(PutJournal(0, WALL_MS + made, entry(name, made)))
        dropped += chain.thin()
        assert chain.notes.entries <= 400 + 7
    database.commit("run", 1)
    database.close()
    assert dropped > 3
    with open_journal(tmp_path, HOUSE) as journal:
        notes, kept = journal.notes, list(journal.rows())
    assert [row.fault for row in kept if row.fault] == []
    assert kept[0].number == notes.dropped_entries + 1
    assert notes.dropped_entries + len(kept) == made
    assert notes.dropped_contracts > 100
    bodies = [row.body or b"" for row in kept]
    counts = Counter(map(contract_of, bodies))
    oldest = contract_of(bodies[0])
    assert counts[oldest] == (6 if int(oldest.partition("-")[2]) % 2 else 7), "the oldest one kept is whole"
    again = Database(tmp_path / FILE, HOUSE, 8 * MIB)
    assert again.journal.notes == notes
    again.next_position = again.last_position() + 1
    again.put_journal(PutJournal(0, WALL_MS + made + 1, entry("x", 1)))
    again.commit("run", 2)
    again.close()
    assert faults(tmp_path) == []


def test_contracts_go_whole_where_they_can() -> None:
    names = ["a", "a", "b", "a", "b", "c", "c", "", "d", "e", "d"]
    assert list(clean_cuts(names, 11)) == [5, 7, 8, 11]
    assert list(clean_cuts(names, 6)) == [5]
    assert contract_of(b"{}") == contract_of(b"\xff") == ""


def test_a_store_of_somebody_else_is_refused_with_a_sentence(folder: Path) -> None:
    with pytest.raises(CannotRead, match=f"belongs to {HOUSE}, this house is d1.other"):
        open_journal(folder, "d1.other").__enter__()
    alter(folder, "PRAGMA user_version=7")
    with pytest.raises(CannotRead, match="has format 7"):
        open_journal(folder).__enter__()


def test_a_folder_that_may_not_be_written_can_be_read(folder: Path) -> None:
    before = [row.link for row in rows(folder)]
    (folder / FILE).chmod(0o400)
    folder.chmod(0o500)
    try:
        assert [row.link for row in rows(folder)] == before
    finally:
        folder.chmod(0o700)


def test_a_torn_file_is_told_with_a_sentence(folder: Path) -> None:
    data = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(data[: len(data) // 2 // 4096 * 4096 + 100])
    with pytest.raises(CannotRead, match="cannot be read"):
        rows(folder)


def test_links_are_as_long_as_the_format_says(folder: Path) -> None:
    assert len(stored(folder, 1)[1]) == LINK_BYTES + len(entry("contract-0", 1))
