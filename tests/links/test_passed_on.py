"""Events of the second SCADA: whoever is told that we have one need not keep it any longer."""

from __future__ import annotations

from uuid import UUID

from msgspec.structs import replace

from proto.keeper import BURST
from proto.store.memory import MemoryStore
from proto.wire import Ack, ProblemEvent
from tests.links.house import SCADA, House, Peer, problem

NAME = "11111111-1111-4111-8111-111111111111"
THEIRS = replace(problem(NAME), src=f"{SCADA}.s2")


class SlowStore(MemoryStore):
    """A disk that has not saved anything yet."""

    def __init__(self) -> None:
        super().__init__()
        self.saved = False
        self.urgent: list[str] = []

    def put_event(
        self,
        message_id: str,
        type_name: str,
        body: bytes,
        wall_ms: int,
        *,
        urgent: bool = False,
        covers: int = 0,
        foreign: bool = False,
    ) -> bool:
        if urgent:
            self.urgent.append(message_id)
        return super().put_event(
            message_id, type_name, body, wall_ms, urgent=urgent, covers=covers, foreign=foreign
        )

    def unsaved(self, message_id: str) -> bool:
        return not self.saved


def acked_by(peer: Peer) -> list[str]:
    return [i.payload.ack_message_id for i in peer.heard if isinstance(i.payload, Ack)]


def house_with(store: SlowStore) -> House:
    house = House(store)
    house.peers.append(house.second)
    house.connect()
    return house


def tick(house: House, ms: int = 100) -> None:
    """As the program does it: what comes in is passed on in the same tick."""
    house.net_ms += ms
    for received in house.links.receive(house.now()):
        payload = received.incoming.payload
        if isinstance(payload, ProblemEvent):
            house.links.event(payload, house.now())
    house.links.flush(house.now())
    for peer in house.peers:
        peer.step(house.now())


def test_it_is_committed_at_once_and_acked_when_it_is_on_the_disk() -> None:
    store = SlowStore()
    house = house_with(store)
    house.second.say(THEIRS)
    tick(house)
    assert store.urgent == [NAME]
    for _ in range(20):
        tick(house)
    assert NAME not in acked_by(house.second)
    store.saved = True
    tick(house)
    assert acked_by(house.second) == [NAME]


def test_with_a_dead_disk_it_is_never_acked_so_that_its_author_keeps_it() -> None:
    store = SlowStore()
    house = house_with(store)
    house.second.say(THEIRS)
    for _ in range(100):
        tick(house)
    assert not acked_by(house.second)


def test_one_that_a_full_ram_may_have_lost_must_come_again() -> None:
    store = SlowStore()
    house = house_with(store)
    house.second.say(THEIRS)
    tick(house)
    store.counts.lost += 1
    store.saved = True
    tick(house)
    assert not acked_by(house.second)
    house.second.say(THEIRS)
    tick(house, 200)
    assert acked_by(house.second) == [NAME]


def test_one_that_comes_again_is_acked_again_and_not_sent_on_twice() -> None:
    store = SlowStore()
    store.saved = True
    house = house_with(store)
    for _ in range(3):
        house.second.say(THEIRS)
        tick(house)
        tick(house)
    assert acked_by(house.second) == [NAME] * 3
    assert [i.message_id for i in house.atn.heard].count(NAME) == 1


def test_one_that_nobody_passed_on_is_not_acked() -> None:
    """It was refused on its way to the store: its author keeps it and tries again."""
    house = house_with(SlowStore())
    house.store.saved = True  # type: ignore[attr-defined]
    house.second.say(THEIRS)
    house.tick(count=5)
    assert NAME not in acked_by(house.second)


def test_our_own_events_wait_for_the_group_commit() -> None:
    store = SlowStore()
    house = house_with(store)
    store.urgent.clear()
    house.links.event(problem(NAME), house.now())
    assert not store.urgent


def test_a_flood_stays_with_its_author_is_counted_and_told_once() -> None:
    """An outage's worth comes at once, then one a second; an own event never counts against it."""
    store = SlowStore()
    store.saved = True
    house = House(store)
    house.connect()
    names = [str(UUID(int=n, version=4)) for n in range(BURST + 100)]
    taken = [house.links.event(replace(THEIRS, message_id=name), house.now()) for name in names]
    assert taken == [True] * BURST + [False] * 100
    assert house.links.counts.rationed == 100
    assert [cause for cause, _ in house.links.told] == ["second-flood"]
    assert house.links.event(problem(NAME), house.now())
    house.net_ms += 3_000
    again = [house.links.event(replace(THEIRS, message_id=name), house.now()) for name in names[BURST:]]
    assert again == [True] * 3 + [False] * 97
    assert [cause for cause, _ in house.links.told] == ["second-flood"], "within the hour"
