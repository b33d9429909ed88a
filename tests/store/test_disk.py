"""The store of a real house on a healthy disk: what is durable when, and what the next start finds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from proto.store import StoreInUse
from proto.store.commits import COMMIT_MS
from proto.store.port import MAX_BODY_BYTES
from proto.store.read import CannotRead, open_journal
from tests.store.rig import WALL_MS, Rig, body_of


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "var")


def test_nothing_is_durable_before_the_writer_has_answered(rig: Rig) -> None:
    rig.open()
    rig.put("a", urgent=True)
    assert rig.store.unsaved("a")
    assert rig.store.counts.commits == 0
    rig.until(lambda: not rig.store.unsaved("a"))
    assert rig.store.counts.commits == 1
    assert rig.store.status.unsaved == 0
    rig.close()


def test_reports_wait_for_the_group_commit_and_urgent_records_do_not(rig: Rig) -> None:
    rig.open()
    rig.put("slow")
    for _ in range(20):
        rig.step(COMMIT_MS // 25)
        rig.store._life.wait()
    assert rig.store.unsaved("slow")
    assert rig.store.counts.commits == 0
    rig.until(lambda: not rig.store.unsaved("slow"), ms=COMMIT_MS // 5)
    assert rig.net_ms <= 1000 + COMMIT_MS + 3 * COMMIT_MS // 5
    rig.put("fast", urgent=True)
    before = rig.net_ms
    rig.until(lambda: not rig.store.unsaved("fast"))
    assert rig.net_ms == before
    rig.close()


@pytest.mark.parametrize("kind", ["memory", "journal"])
def test_memory_and_journal_are_committed_at_once(rig: Rig, kind: str) -> None:
    rig.open()
    if kind == "memory":
        rig.store.put_memory("contract", b"{}")
    else:
        rig.store.put_journal(b"{}", WALL_MS)
    rig.until(lambda: rig.store.status.unsaved == 0)
    rig.close()


def test_the_next_start_finds_memory_samples_and_unacked_events_in_order(rig: Rig) -> None:
    rig.open()
    for n in range(5):
        rig.put(f"id-{n}")
    rig.store.put_memory("contract", b"first")
    rig.store.put_memory("contract", b"second")
    rig.store.put_memory("params", b"p")
    rig.store.put_samples(b"covered", WALL_MS)
    mark = rig.store.put_samples(b"covered too", WALL_MS)
    rig.store.put_samples(b"not covered", WALL_MS)
    rig.store.put_event("id-5", "report.event", body_of("id-5"), WALL_MS, covers=mark)
    rig.store.ack("id-1")
    rig.settle()
    rig.close()
    loaded = rig.open()
    assert dict(loaded.memory) == {"contract": b"second", "params": b"p"}
    assert loaded.samples == (b"not covered",)
    assert loaded.pending == 5
    assert loaded.words == ()
    assert rig.ids() == ["id-0", "id-2", "id-3", "id-4", "id-5"]
    rig.close()


def test_samples_of_an_earlier_run_go_when_a_report_covers_them(rig: Rig) -> None:
    rig.open()
    rig.store.put_samples(b"old", WALL_MS)
    rig.close()
    assert rig.open().samples == (b"old",)
    mark = rig.store.put_samples(b"new", WALL_MS)
    rig.store.put_event("r", "report.event", b"{}", WALL_MS, covers=mark)
    rig.close()
    assert rig.open().samples == ()
    rig.close()


def test_closing_saves_everything_and_leaves_no_process(rig: Rig) -> None:
    rig.open()
    pid = rig.store._life.pid
    assert pid is not None
    rig.put("last words")
    rig.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    rig.open()
    assert rig.ids() == ["last words"]
    rig.close()


def test_positions_grow_over_restarts_and_over_the_loss_of_the_database(rig: Rig) -> None:
    seen = []
    for n in range(4):
        rig.open()
        rig.put(f"id-{n}")
        rig.settle()
        seen.append(rig.pending()[-1].position)
        rig.store.ack(f"id-{n}")
        rig.close()
        if n == 1:
            for name in ("store.db", "store.db-wal", "store.db-shm"):
                (rig.folder / name).unlink(missing_ok=True)
    assert seen == sorted(set(seen))


def test_a_second_program_on_the_same_folder_is_refused_with_a_sentence(rig: Rig) -> None:
    rig.open()
    with pytest.raises(StoreInUse, match=rf"in use by another scada \(process {os.getpid()}\)"):
        Rig(rig.folder).open()
    rig.close()
    rig.open()
    rig.close()


def test_too_long_a_record_is_refused_counted_and_told(rig: Rig) -> None:
    rig.open()
    assert not rig.store.put_event("big", "report.event", b"x" * (MAX_BODY_BYTES + 1), WALL_MS)
    rig.store.put_memory("big", b"x" * (MAX_BODY_BYTES + 1))
    assert rig.store.counts.refused == 2
    assert [loss.cause for loss in rig.store.losses()] == ["too-long", "too-long"]
    assert rig.store.losses() == ()
    assert rig.store.put_event("long", "report.event", os.urandom(MAX_BODY_BYTES), WALL_MS)
    rig.settle()
    assert [len(stored.body) for stored in rig.pending()] == [MAX_BODY_BYTES]
    rig.close()


def test_an_ack_that_overtakes_the_disk_is_kept_as_history_and_not_sent_again(rig: Rig) -> None:
    rig.open()
    rig.put("a")
    rig.store.ack("a")
    rig.put("b")
    rig.step()
    rig.store.ack("b")
    rig.settle()
    assert rig.ids() == []
    rig.close()
    rig.open()
    assert rig.ids() == []
    rig.close()


def test_the_journal_can_be_read_while_the_program_runs(rig: Rig) -> None:
    with pytest.raises(CannotRead, match="nothing has been stored"), open_journal(rig.folder):
        pass
    rig.open()
    for n in range(3):
        rig.store.put_journal(b"entry %d" % n, WALL_MS + n)
    rig.until(lambda: rig.store.status.unsaved == 0)
    with open_journal(rig.folder) as journal:
        found = [(row.wall_ms, row.body, row.fault) for row in journal.rows()]
    assert found == [(WALL_MS + n, b"entry %d" % n, "") for n in range(3)]
    rig.close()
    (rig.folder / "store.db").write_bytes(b"nothing of ours" * 100)
    with pytest.raises(CannotRead, match="cannot be read"), open_journal(rig.folder):
        pass


def test_a_long_history_comes_in_parts_oldest_first(rig: Rig) -> None:
    rig.open()
    for minute in range(1000):
        rig.store.put_minute(minute, b"m" * 300)
    rig.settle()
    rig.store.fetch_minutes(10, 999)
    found: list[int] = []

    def all_there() -> bool:
        found.extend(minute for minute, _ in rig.store.minutes())
        return len(found) >= 990

    rig.until(all_there)
    assert found == list(range(10, 1000))
    rig.close()


def test_a_burst_larger_than_the_socket_arrives_whole_and_no_step_is_long(rig: Rig) -> None:
    rig.open()
    for n in range(400):
        rig.store.put_event(f"id-{n}", "report.event", os.urandom(5000), WALL_MS)
    rig.settle()
    assert rig.ids() == [f"id-{n}" for n in range(400)]
    assert rig.store.counts.lost == 0
    rig.close()
