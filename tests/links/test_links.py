"""The links of a house: states, acks, pings, re-upload, and what strangers and floods do not achieve."""

from __future__ import annotations

import pytest

from proto.link import ACK_MS, PING_MS
from proto.links import Links
from proto.store import Stored
from proto.store.memory import MemoryStore
from proto.wire import Ack, Malformed, Ping, ProblemEvent, encode, topic
from states.image import Now
from tests.links.house import ADMIN, LOCAL, LTN, SCADA, UP, WALL_MS, House, Peer, problem

FLOOD_TOPIC = topic("admin", SCADA, "gridworks.ping")


@pytest.fixture
def house() -> House:
    return House()


# ------------------------------------------------------------------------------- coming up, going down


def test_the_first_contact_tells_its_story_in_the_protocols_order(house: House) -> None:
    house.tick(count=3, peers=False)
    assert house.up.state == "awaiting_peer"
    house.atn.step(house.now())
    assert house.atn.types() == []  # the ping went out before anybody listened
    house.atn.ping()
    house.tick(count=20)
    assert house.up.state == "active"
    assert house.greeted == [UP]
    comm = "gridworks.event.comm."
    told = [(i.message_type, getattr(i.payload, "peer_name", "")) for i in house.atn.heard]
    events = [row for row in told if row[0].startswith(comm)]
    assert events[0] == (f"{comm}peer.active", UP)  # new: sent at once; then the stored ones, oldest first
    assert events[1:] == [
        (f"{comm}{what}", link)
        for link in (UP, LOCAL, ADMIN)
        for what in ("mqtt.connect", "mqtt.fully.subscribed")
    ]
    assert house.store.status.pending == 0
    assert all(i.src == SCADA and i.dst == "ltn" for i in house.atn.heard)


def test_each_activation_greets_and_a_dead_atn_is_noticed_by_the_next_event(house: House) -> None:
    house.connect()
    house.atn.acks = False
    house.links.event(problem("a"), house.now())
    house.tick(count=48)
    assert house.up.state == "active"
    house.tick(count=3)
    assert house.up.state == "awaiting_peer"
    assert "gridworks.ping" in house.atn.types()[1:]
    assert house.store.status.pending == 2  # the event, and the response.timeout that tells of it
    house.atn.acks = True
    house.atn.forget()
    house.atn.ping()
    house.tick(count=10)
    assert house.up.state == "active"
    assert house.greeted == [UP, UP]
    assert house.store.status.pending == 0
    kinds = house.atn.types()
    assert kinds.index("gridworks.event.problem") < kinds.index("gridworks.event.comm.response.timeout")


def test_a_silent_atn_is_noticed_within_two_minutes_although_we_keep_talking(house: House) -> None:
    house.connect()
    house.peers = []
    began = house.net_ms
    while house.up.state == "active":
        house.links.publish(UP, Ping(message_id="snapshot"), house.now())
        house.tick(1000)
        assert house.net_ms - began <= 120_000
    assert house.net_ms - began >= PING_MS
    assert house.up.state == "awaiting_peer"


def test_a_silent_atn_is_noticed_even_if_no_ping_can_leave(house: House) -> None:
    house.connect()
    house.peers = []
    house.pipes[UP].send = lambda *_: False  # type: ignore[method-assign]
    began = house.net_ms
    while house.up.state == "active":
        house.tick(1000)
        assert house.net_ms - began <= 120_000


def test_a_quiet_but_living_atn_stays_active_for_hours(house: House) -> None:
    house.connect()
    house.tick(1000, count=7200)
    assert house.up.state == "active"
    assert house.up.counts.activations == 1
    assert 100 <= house.atn.types().count("gridworks.ping") <= 130


def test_the_admin_link_never_pings_by_itself_and_never_loses_a_silent_admin(
    house: House,
) -> None:
    house.person.acks = False
    house.person.step(house.now())
    house.peers = [house.atn, house.person]
    house.atn.step(house.now())
    house.tick(count=5)
    house.person.say(Ping(message_id="p"))
    house.tick(count=60)
    assert house.links.links[ADMIN].state == "active"
    before = house.person.types().count("gridworks.ping")
    house.tick(1000, count=600)
    assert house.links.links[ADMIN].state == "active"
    assert house.person.types().count("gridworks.ping") == before
    assert "gridworks.ack" in house.person.types()


def test_losing_one_link_never_disturbs_another(house: House) -> None:
    house.peers = [house.atn, house.second]
    for peer in house.peers:
        peer.step(house.now())
    house.tick(count=20)
    assert [house.links.links[name].state for name in (UP, LOCAL)] == ["active", "active"]
    house.atn.acks = False
    for n in range(8):
        house.links.event(problem(f"e{n}"), house.now())
    house.inside.up = False
    house.tick(count=20)
    assert house.links.links[LOCAL].state == "connecting"
    assert house.up.state == "active"
    assert house.up._timers  # still waits for its own acks
    house.inside.up = True
    house.tick(count=2)
    assert house.links.links[LOCAL].state in ("awaiting_peer", "active")
    assert house.up.state == "active"


def test_a_cut_cloud_link_keeps_every_event_and_delivers_it_once_oldest_first(house: House) -> None:
    house.connect()
    house.pipes[UP].cut()
    house.tick()
    assert house.links.status()[UP].state == "connecting"
    assert house.links.status()[UP].words == "the connection is cut"
    for n in range(40):
        house.links.event(problem(f"e{n:02}"), house.now())
        house.tick(1000)
    assert house.store.status.pending >= 40
    house.pipes[UP].restore()
    house.tick(count=3)
    house.atn.ping()
    house.tick(count=60)
    assert house.atn.names(ProblemEvent) == [f"e{n:02}" for n in range(40)]
    assert house.store.status.pending == 0


# ------------------------------------------------------------------------------------------- re-upload


def backlog(house: House, count: int) -> None:
    for n in range(count):
        house.links.event(problem(f"e{n:03}"), house.now())


def test_five_go_out_at_first_and_then_one_for_each_ack(house: House) -> None:
    backlog(house, 30)
    house.atn.acks = False
    house.atn.step(house.now())
    house.tick(count=2, peers=False)
    house.atn.ping()
    house.tick(count=10)
    sent = house.atn.names(ProblemEvent)
    assert sent == [f"e{n:03}" for n in range(5)]
    house.atn.say(Ack(ack_message_id="e002"))
    house.tick(count=3)
    assert house.atn.names(ProblemEvent) == [*sent, "e005"]
    house.atn.say(Ack(ack_message_id="e000"))
    house.atn.say(Ack(ack_message_id="e001"))
    house.tick(count=3)
    assert house.atn.names(ProblemEvent) == [*sent, "e005", "e006", "e007"]


def test_new_events_do_not_wait_behind_the_backlog(house: House) -> None:
    backlog(house, 30)
    house.atn.acks = False
    house.atn.step(house.now())
    house.tick(count=2, peers=False)
    house.atn.ping()
    house.tick(count=5)
    house.links.event(problem("new"), house.now())
    house.tick()
    assert house.atn.names(ProblemEvent)[-1] == "new"


def test_a_burst_of_new_events_is_bounded_in_flight_and_all_arrive_once(house: House) -> None:
    house.connect()
    backlog(house, 300)
    assert len(house.links._in_flight) == 50
    house.tick(count=200)
    names = house.atn.names(ProblemEvent)
    assert sorted(names) == sorted({f"e{n:03}" for n in range(300)})
    assert house.store.status.pending == 0


def test_an_event_stored_while_the_last_page_is_on_its_way_is_sent_too(house: House) -> None:
    """The page was asked for before the event was stored, and says that there is nothing more."""
    house.connect()
    backlog(house, 51)
    house.links.flush(house.now())  # asks for a page; the store answers: only e050
    house.links.event(problem("late"), house.now())
    house.tick(count=20)
    assert sorted(house.atn.names(ProblemEvent)) == [*(f"e{n:03}" for n in range(51)), "late"]


def test_an_event_that_the_peer_never_acks_does_not_break_the_link_off_for_ever(house: House) -> None:
    house.atn.deaf_to = {"e000"}
    backlog(house, 20)
    house.atn.step(house.now())
    house.tick(count=2, peers=False)
    house.atn.ping()
    house.tick(count=600)
    assert house.up.state == "active"
    assert house.links.counts.set_aside == 1
    assert house.up.counts.activations == 4  # each of three timeouts cost one
    assert house.store.status.pending == 1
    told = [i.payload for i in house.atn.heard if isinstance(i.payload, ProblemEvent)]
    assert any("never acked" in event.summary for event in told)
    house.atn.deaf_to = set()
    house.tick(1000, count=3700)
    assert house.store.status.pending == 0  # tried again within the hour, and acked now


def test_a_late_ack_still_counts(house: House) -> None:
    house.connect()
    house.atn.acks = False
    house.links.event(problem("slow"), house.now())
    house.tick(count=ACK_MS // 100 + 2)
    assert house.up.state == "awaiting_peer"
    house.atn.say(Ack(ack_message_id="slow"))
    house.tick()
    assert "slow" not in {s.message_id for s in pending_of(house)}


def pending_of(house: House) -> tuple[Stored, ...]:
    assert isinstance(house.store, MemoryStore)
    return tuple(house.store._events.values())


# --------------------------------------------------------------------------------------- what comes in


def test_what_asks_for_an_ack_gets_it_after_the_tick_has_taken_it_in(house: House) -> None:
    house.connect()
    name = house.atn.ping()
    house.net_ms += 100
    received = house.links.receive(house.now())
    assert [r.incoming.message_id for r in received] == [name]
    house.atn.step(house.now())
    assert "gridworks.ack" not in house.atn.types()
    house.links.flush(house.now())
    house.atn.step(house.now())
    acks = [i.payload for i in house.atn.heard if isinstance(i.payload, Ack)]
    assert [ack.ack_message_id for ack in acks] == [name]


def test_a_message_that_comes_twice_is_acked_twice(house: House) -> None:
    house.connect()
    house.atn.say(Ping(message_id="same"))
    house.atn.say(Ping(message_id="same"))
    house.tick()
    acks = [i.payload.ack_message_id for i in house.atn.heard if isinstance(i.payload, Ack)]
    assert acks == ["same", "same"]


@pytest.mark.parametrize(
    ("where", "body", "cause"),
    [
        (topic(LTN, "s", "gridworks.ping"), b"{nonsense", "json"),
        (topic(LTN, "s", "no.such.type"), b'{"Header":{"Src":"x","TypeName":"gridworks.header"},"Payload":'
         b'{"TypeName":"no.such.type"}}', "unknown-type"),
        ("gw/" + LTN.replace(".", "-") + "/to/s", b"{}", "topic"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_counted_and_told_once_per_cause(
    house: House, where: str, body: bytes, cause: str
) -> None:
    house.connect()
    for _ in range(5):
        house.cloud.publish(where, body, house.net_ms)
        house.tick()
    assert house.up.refusals.counts == {cause: 5}
    told = [i.payload for i in house.atn.heard if isinstance(i.payload, ProblemEvent)]
    assert len(told) == 1
    assert told[0].problem_type == "warning"
    assert told[0].summary.startswith(f"{UP} {cause}: ")
    assert house.up.state == "active"
    house.tick(3_600_000)
    house.cloud.publish(where, body, house.net_ms)
    house.tick(count=1000)
    told = [i.payload for i in house.atn.heard if isinstance(i.payload, ProblemEvent)]
    assert sum(event.summary.startswith(f"{UP} {cause}: ") for event in told) == 2


def test_a_message_above_the_limit_is_told_once_an_hour(house: House) -> None:
    house.connect()
    for _ in range(5):
        house.cloud.publish(topic(LTN, "s", "glitch"), b"x" * 65_537, house.net_ms)
        house.tick()
    assert house.up.refusals.counts == {"oversize": 5}
    told = [i.payload for i in house.atn.heard if isinstance(i.payload, ProblemEvent)]
    assert [event.summary for event in told] == [f"{UP} oversize: a message was above the limit"]


def test_a_stranger_is_no_sign_of_life_and_is_never_acked(house: House) -> None:
    house.atn.step(house.now())
    house.tick(count=2, peers=False)
    stranger = Peer(house.cloud.pipe("nothing"), "d1.isone.me.other", "s")
    stranger.pipe.step(house.net_ms)
    where = topic(LTN, "s", "gridworks.ping")
    house.cloud.publish(where, encode("d1.isone.me.other", "s", Ping(message_id="p")), house.net_ms)
    house.tick()
    assert house.up.state == "awaiting_peer"
    assert house.up.refusals.counts == {"stranger": 1}
    assert house.received == []


def test_a_retained_message_is_discarded_and_alarmed(house: House) -> None:
    where = topic(LTN, "s", "gridworks.ping")
    house.cloud.publish(where, encode(LTN, "s", Ping(message_id="old")), 0, retain=True)
    house.tick(count=5, peers=False)
    assert house.up.state == "awaiting_peer"
    assert house.received == []
    assert house.up.refusals.counts == {"retained": 1}
    assert [cause for cause, _ in house.links.told] == [f"{UP} retained"]
    house.atn.step(house.now())
    house.atn.ping()
    house.tick(count=20)
    alarms = [i.payload for i in house.atn.heard if isinstance(i.payload, ProblemEvent)]
    assert any("retained" in alarm.summary for alarm in alarms), "the ATN hears of it"


def test_a_flood_is_rationed_and_after_a_minute_broken_off() -> None:
    house = House()
    house.connect()
    body = encode(LTN, "s", Ping(message_id="again"))
    where = topic(LTN, "s", "gridworks.ping")
    taken_before = house.up.counts.received
    for second in range(60):
        for _ in range(10):
            for _ in range(20):
                house.cloud.publish(where, body, house.net_ms)
            house.tick()
        assert house.up.state == "active", second
    taken = house.up.counts.received - taken_before
    assert 600 <= taken <= 60 * 10 + 50 + 40
    assert house.up.counts.rationed > 10_000
    for _ in range(20):
        for _ in range(20):
            house.cloud.publish(where, body, house.net_ms)
        house.tick()
    assert house.up.state == "connecting"
    assert house.links.status()[UP].words == "the peer floods us"
    assert house.up.refusals.counts["flood"] == 1
    lost_at = house.up.since_mono_ms
    while house.up.state == "connecting":
        house.tick()
    assert house.net_ms - lost_at >= 59_900  # the loss is seen a tick after it


def test_a_flood_on_one_link_takes_nothing_from_another() -> None:
    house = House()
    house.connect()
    before = house.up.counts.received
    for second in range(10):
        for _ in range(100):
            house.inside.publish(FLOOD_TOPIC, encode("admin", SCADA, Ping(message_id="p")), house.net_ms)
        for n in range(10):
            house.atn.say(Ping(message_id=f"{second}-{n}"))
        house.tick(count=10)
    assert house.links.links[ADMIN].counts.rationed > 500
    assert house.up.counts.rationed == 0
    assert house.up.counts.received - before >= 100


def test_acks_that_are_awaited_are_not_rationed() -> None:
    """A backlog drains at the pace of its acks, far above ten a second."""
    house = House()
    backlog(house, 1000)
    house.atn.step(house.now())
    house.tick(count=2, peers=False)
    house.atn.ping()
    began = house.net_ms
    while house.store.status.pending:
        house.tick()
        assert house.net_ms - began < 25_000
    assert house.up.counts.rationed == 0


def test_acks_nobody_awaits_are_rationed() -> None:
    house = House()
    house.connect()
    for n in range(200):
        house.atn.say(Ack(ack_message_id=f"never sent {n}"))
    house.tick(count=20)
    assert house.up.counts.rationed >= 100


# --------------------------------------------------------------------------------------------- going out


def test_a_message_nobody_can_take_is_counted_and_an_event_is_kept(house: House) -> None:
    assert not house.links.publish(UP, Ping(message_id="x"), house.now())
    assert not house.links.publish("no such link", Ping(message_id="x"), house.now())
    assert house.links.counts.unsent == 2
    assert house.links.event(problem("kept"), house.now())
    assert house.store.status.pending == 1


def test_an_illegal_message_of_ours_is_caught_before_it_is_stored_or_sent(house: House) -> None:
    house.connect()
    house.links.event(problem(""), house.now())
    house.links.publish(UP, Ping(message_id=""), house.now())
    house.tick(count=3)
    assert house.links.counts.illegal == 2
    told = [i.payload for i in house.atn.heard if isinstance(i.payload, ProblemEvent)]
    assert [event.problem_type for event in told] == ["error"]
    assert "illegal" in told[0].summary


def test_a_message_that_is_refused_later_is_counted_on_its_link(house: House) -> None:
    house.connect()
    house.links.refuse(UP, Malformed("absurd", "The contract is for a year"), house.now())
    house.tick(count=2)
    assert house.up.refusals.counts == {"absurd": 1}
    told = [i.payload for i in house.atn.heard if isinstance(i.payload, ProblemEvent)]
    assert "contract is for a year" in told[0].summary


def test_what_the_store_lost_becomes_a_problem_event() -> None:
    house = House(MemoryStore(max_bytes=50_000))
    for n in range(400):
        house.store.put_event(f"r{n}", "report.event", b"x" * 500, WALL_MS)
    house.tick(count=2)
    assert isinstance(house.store, MemoryStore)
    kinds = [stored.type_name for stored in house.store._events.values()]
    assert "gridworks.event.problem" in kinds


def test_everything_that_crosses_a_link_can_be_tapped(house: House) -> None:
    house.connect()
    house.wire.clear()
    house.atn.ping()
    house.tick(count=2)
    assert [(where.rpartition("/")[2], way) for where, _, way in house.wire] == [
        ("gridworks-ping", "in"),
        ("gridworks-ack", "out"),
    ]


def test_status_is_the_same_object_while_nothing_changes(house: House) -> None:
    house.connect()
    before = house.links.status()
    house.tick(count=5)
    assert house.links.status() is before
    assert {name: status.state for name, status in before.items()} == {
        UP: "active",
        LOCAL: "awaiting_peer",
        ADMIN: "awaiting_peer",
        "store": "ready",
    }


def test_how_long_something_has_been_so_is_told_in_house_time() -> None:
    """In a demo the house's clock runs sixty times as fast as the sockets'."""
    house = House()
    house.atn.step(house.now())
    for net_ms in range(0, 10_000, 100):
        now = Now(WALL_MS + 60 * net_ms, 5_000_000 + 60 * net_ms, net_ms)
        house.links.receive(now)
        house.links.flush(now)
        house.atn.step(now)
    status = house.links.status()
    assert status[UP].state == "active"
    assert 5_000_000 <= status[UP].since_mono_ms <= 5_000_000 + 60 * 1_000
    assert status["store"].since_mono_ms == 5_000_000


def test_close_stops_every_link_for_good(house: House) -> None:
    house.connect()
    house.links.close(house.now())
    house.tick(1000, count=100)
    assert {link.state for link in house.links.links.values()} == {"stopped"}
    assert {pipe.status.state for pipe in house.pipes.values()} == {"closed"}


def test_nothing_impossible_ever_happens() -> None:
    house = House()
    house.connect()
    for n in range(50):
        if n % 7 == 0:
            house.pipes[UP].cut()
        if n % 7 == 3:
            house.pipes[UP].restore()
        house.atn.acks = n % 5 != 0
        house.links.event(problem(f"e{n}"), house.now())
        house.tick(1700, count=3)
    assert all(link.counts.impossible == 0 for link in house.links.links.values())


def test_exactly_one_link_is_the_upstream_one() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        Links([], MemoryStore(), str, lambda _link, _incoming: None)
