"""The replay window: commands of another time change nothing, whatever the peer's rank."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from proto.freshness import GRACE_MS, MADE_MS, MAX_CONTRACTS, WINDOW_MS, Freshness
from proto.wire import Malformed, Message, Ping
from proto.wire.commands import AdminAnalogDispatch, AdminDispatch, AnalogDispatch, FsmEvent, ScadaParams
from proto.wire.contracts import SlowContractHeartbeat, SlowDispatchContract
from states.image import Now
from tests.links.house import LTN, SCADA, WALL_MS, House

UUID = "00000000-0000-4000-8000-000000000001"
START_S = WALL_MS // 1000
END_MS = WALL_MS + 3_600_000


def at(wall_ms: int, synced: bool = True) -> Now:
    return Now(wall_ms, 0, 0, synced)


def analog(made_ms: int) -> AnalogDispatch:
    return AnalogDispatch(
        from_handle="admin", to_handle="admin.dist-010v", about_name="dist-010v", value=40,
        trigger_id=UUID, unix_time_ms=made_ms,
    )  # fmt: skip


def relay(made_ms: int) -> AdminDispatch:
    event = FsmEvent(
        from_handle="admin", to_handle="admin.relay2", event_type="change.relay.state",
        event_name="OpenRelay", trigger_id=UUID, send_time_unix_ms=made_ms,
    )  # fmt: skip
    return AdminDispatch(dispatch_trigger=event, timeout_seconds=300)


def params(made_ms: int) -> ScadaParams:
    return ScadaParams(
        from_g_node_alias=LTN, from_name="ltn", to_name="lc", unix_time_ms=made_ms, message_id=UUID
    )


COMMANDS: dict[str, Callable[[int], Message]] = {
    "analog": analog,
    "admin relay": relay,
    "admin output": lambda ms: AdminAnalogDispatch(dispatch=analog(ms), timeout_seconds=300),
    "params": params,
}


def beat(status: Any, made_ms: int, contract_id: str = UUID, start_s: int = START_S) -> SlowContractHeartbeat:
    contract = SlowDispatchContract(
        scada_alias=SCADA, start_s=start_s, duration_minutes=60, avg_power_watts=5000,
        oil_boiler_on=False, contract_id=contract_id,
    )  # fmt: skip
    return SlowContractHeartbeat(
        from_node="ltn", contract=contract, status=status, message_created_ms=made_ms, my_digit=3,
        cause="over" if status.startswith(("Completed", "Terminated")) else None,
        is_authoritative=not status.startswith("Completed"),
    )  # fmt: skip


def is_taken(fresh: Freshness, payload: Message, now: Now) -> bool:
    try:
        fresh.check(payload, now)
    except Malformed as refusal:
        return refusal.cause != "replay"
    return True


@pytest.mark.parametrize("kind", COMMANDS)
@pytest.mark.parametrize(
    ("apart_ms", "taken"),
    [(0, True), (WINDOW_MS, True), (-WINDOW_MS, True), (WINDOW_MS + 1, False), (-WINDOW_MS - 1, False)],
)
def test_a_command_is_taken_within_two_minutes_of_its_making(kind: str, apart_ms: int, taken: bool) -> None:
    assert is_taken(Freshness(), COMMANDS[kind](WALL_MS - apart_ms), at(WALL_MS)) is taken


def test_every_command_that_moves_something_and_carries_a_time_is_in_the_table() -> None:
    assert {type(make(WALL_MS)) for make in COMMANDS.values()} == set(MADE_MS)


@pytest.mark.parametrize("kind", COMMANDS)
def test_while_our_clock_is_not_set_a_command_must_be_newer_than_the_last(kind: str) -> None:
    fresh, now = Freshness(), at(1_000, synced=False)
    assert is_taken(fresh, COMMANDS[kind](WALL_MS), now)
    assert not is_taken(fresh, COMMANDS[kind](WALL_MS), now)
    assert not is_taken(fresh, COMMANDS[kind](WALL_MS - 1), now)
    assert is_taken(fresh, COMMANDS[kind](WALL_MS + 1), now)


def test_an_offer_repeated_word_for_word_stays_fresh_until_its_contract_is_over() -> None:
    fresh, offer = Freshness(), beat("Created", WALL_MS + 2_000)
    for minute in range(60):
        assert is_taken(fresh, offer, at(WALL_MS + 60_000 * minute + 2_000))
    assert is_taken(fresh, offer, at(END_MS + GRACE_MS - 1))
    assert not is_taken(fresh, offer, at(END_MS + GRACE_MS))
    assert not is_taken(Freshness(), offer, at(WALL_MS + 7 * 86_400_000))


def test_an_old_sign_of_life_is_none() -> None:
    fresh = Freshness()
    old = beat("Active", WALL_MS + 60_000)
    assert is_taken(fresh, old, at(WALL_MS + 60_000))
    assert is_taken(fresh, beat("Active", WALL_MS + 600_000), at(WALL_MS + 600_000))
    assert not is_taken(fresh, old, at(WALL_MS + 660_000))
    assert is_taken(fresh, beat("Active", WALL_MS + 600_000), at(WALL_MS + 660_000)), "the same again"


def test_an_atn_whose_clock_is_wrong_can_still_hold_a_contract() -> None:
    fresh = Freshness()
    for minute in range(10):
        now_ms = WALL_MS + 60_000 * minute
        assert is_taken(fresh, beat("Active" if minute else "Created", now_ms - 400_000), at(now_ms))


STATUSES = ("Created", "Confirmed", "Active", "TerminatedByLtn", "CompletedUnknownOutcome")
"""What an ATN may say."""


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("ahead_ms", [WINDOW_MS + 1, 1_800_000, 10**12])
def test_no_heartbeat_is_made_in_the_future(status: str, ahead_ms: int) -> None:
    fresh, now = Freshness(), at(WALL_MS)
    assert is_taken(fresh, beat("Created", WALL_MS), now)
    start_s = START_S + (300 * (1 + ahead_ms // 300_000) if status == "Created" else 0)
    assert not is_taken(fresh, beat(status, WALL_MS + ahead_ms, start_s=start_s), now)
    assert is_taken(fresh, beat(status, WALL_MS + WINDOW_MS, start_s=start_s), now), "a little ahead"


def test_a_stamp_taken_before_our_clock_was_set_bars_nothing_after() -> None:
    fresh = Freshness()
    assert is_taken(fresh, beat("Active", WALL_MS + 10**12), at(1_000, synced=False))
    assert not is_taken(fresh, beat("Active", WALL_MS + 10**12), at(WALL_MS))
    for minute in range(1, 10):
        now_ms = WALL_MS + 60_000 * minute
        assert is_taken(fresh, beat("Active", now_ms - 100_000), at(now_ms))
    assert is_taken(fresh, beat("Active", WALL_MS + 900_000), at(WALL_MS + 1_100_000)), "200 s behind, newest"


def test_questions_about_contracts_that_are_over_push_no_live_one_out() -> None:
    fresh, now = Freshness(), at(WALL_MS + 1_800_000)
    old = beat("Created", WALL_MS)
    assert is_taken(fresh, old, at(WALL_MS))
    assert is_taken(fresh, beat("Active", now.wall_ms), now)
    for number in range(10 * MAX_CONTRACTS):
        asked = beat("Active", now.wall_ms, f"00000000-0000-4000-8000-{number + 9:012x}")
        gone = replace(asked, contract=replace(asked.contract, start_s=START_S - 36_000))
        assert is_taken(fresh, gone, now)
    assert not is_taken(fresh, old, now), "an offer captured half an hour ago"


def test_a_completion_long_after_the_end_must_be_young() -> None:
    late_ms = END_MS + 4 * GRACE_MS
    assert is_taken(Freshness(), beat("CompletedUnknownOutcome", late_ms), at(late_ms))
    assert not is_taken(Freshness(), beat("CompletedUnknownOutcome", END_MS), at(late_ms))


def test_the_memory_of_contracts_is_bounded() -> None:
    fresh = Freshness()
    for number in range(10 * MAX_CONTRACTS):
        fresh.check(beat("Active", WALL_MS, f"00000000-0000-4000-8000-{number:012x}"), at(WALL_MS))
    assert len(fresh._contracts) == MAX_CONTRACTS


def test_what_carries_no_time_has_no_age() -> None:
    Freshness().check(Ping(message_id=UUID), at(WALL_MS + 10**12))


def test_a_replay_on_a_link_is_no_sign_of_life_and_is_told_once() -> None:
    house = House()
    house.connect()
    house.received.clear()
    for _ in range(3):
        house.atn.say(params(WALL_MS - WINDOW_MS - 1))
        house.tick()
    assert house.up.refusals.counts == {"replay": 3}
    assert {r.incoming.message_type for r in house.received} == {"gridworks.ack"}
    house.received.clear()
    problems = [i.payload for i in house.atn.heard if i.message_type == "gridworks.event.problem"]
    assert len(problems) == 1
    assert "before our clock" in problems[0].summary  # type: ignore[attr-defined]
    house.atn.say(params(house.now().wall_ms))
    house.tick()
    assert [r.incoming.message_type for r in house.received] == ["scada.params"]
