"""The promises that both stores make, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from proto.store import Page, Store, Stored
from proto.store.disk import DiskStore
from proto.store.memory import MemoryStore
from states.image import Now
from tests.store.rig import HOUSE, MIB, WALL_MS


class Driven:
    """A store and the steps it needs until it has answered."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.net_ms = 0

    def settle(self) -> None:
        for n in range(2000):
            self.net_ms += 1000 if n < 15 else 0
            self.store.step(Now(WALL_MS, self.net_ms, self.net_ms))
            if not self.store.status.unsaved:
                return
            if isinstance(self.store, DiskStore):
                self.store._life.wait()
        raise AssertionError(self.store.status)

    def page(self, after: int, count: int) -> Page:
        self.store.fetch(after, count)
        for _ in range(2000):
            self.store.step(Now(WALL_MS, self.net_ms, self.net_ms))
            page = self.store.page()
            if page is not None:
                return page
            if isinstance(self.store, DiskStore):
                self.store._life.wait()
        raise AssertionError(self.store.status)


@pytest.fixture(params=["memory", "disk"])
def driven(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driven]:
    if request.param == "memory":
        yield Driven(MemoryStore())
        return
    disk = DiskStore(tmp_path, HOUSE, "run", 64 * MIB, lambda: 0.0)
    clock = iter(range(10**9))
    disk.load(lambda: next(clock), 20_000)
    made = Driven(disk)
    yield made
    disk.close(Now(WALL_MS, made.net_ms, made.net_ms))


def test_events_come_back_oldest_first_in_pages_until_they_are_acked(driven: Driven) -> None:
    store = driven.store
    for n in range(7):
        assert store.put_event(f"id-{n}", "report.event", b"body %d" % n, WALL_MS + n)
    first = driven.page(0, 3)
    assert [(s.message_id, s.type_name, s.body) for s in first.items] == [
        (f"id-{n}", "report.event", b"body %d" % n) for n in range(3)
    ]
    assert not first.end
    rest = driven.page(first.items[-1].position, 10)
    assert [s.message_id for s in rest.items] == ["id-3", "id-4", "id-5", "id-6"]
    assert rest.end
    store.ack("id-0")
    store.ack("id-4")
    store.ack("never heard of")
    driven.settle()
    assert [s.message_id for s in driven.page(0, 10).items] == ["id-1", "id-2", "id-3", "id-5", "id-6"]
    assert store.status.pending == 5


def test_an_empty_store_answers_that_there_is_nothing(driven: Driven) -> None:
    assert driven.page(0, 5) == Page((), True, driven.store.source)
    assert driven.store.page() is None


def test_the_same_event_twice_is_kept_once(driven: Driven) -> None:
    for _ in range(2):
        driven.store.put_event("id", "report.event", b"body", WALL_MS)
        driven.settle()
    page = driven.page(0, 5)
    assert [s.message_id for s in page.items] == ["id"]
    assert isinstance(page.items[0], Stored)


def test_history_comes_back_for_the_minutes_asked(driven: Driven) -> None:
    for minute in range(100, 110):
        driven.store.put_minute(minute, b"row %d" % minute)
    driven.store.put_minute(105, b"better")
    driven.settle()
    driven.store.fetch_minutes(103, 106)
    rows: tuple[tuple[int, bytes], ...] = ()
    for _ in range(500):
        driven.store.step(Now(WALL_MS, driven.net_ms, driven.net_ms))
        rows = driven.store.minutes()
        if rows:
            break
        if isinstance(driven.store, DiskStore):
            driven.store._life.wait()
    assert rows == ((103, b"row 103"), (104, b"row 104"), (105, b"better"), (106, b"row 106"))
    assert driven.store.minutes() == ()
