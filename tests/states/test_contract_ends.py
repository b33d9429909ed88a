"""After the end: a warning for every contract, an end said too early, and contracts of up to a day."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from states import contract_step as step
from states import metering
from states.atn_controlled import hp_should_be_off
from states.contract import (
    DONE,
    GRACE,
    LIVE,
    MAX_MINUTES,
    OFFERED,
    ContractState,
    book,
    in_force,
    remaining_wh,
    resumed,
)
from states.image import Contract, Now, SayGlitch, SayNoNewContract
from states.metering import EnergyLog
from states.tick import Tick
from tests.states.test_contract import ID_A, ID_B, START, accepted, beat, first, hear, now, said, terms
from tests.states.test_who_is_in_charge import settled

COMPLETED = "CompletedUnknownOutcome"


def warnings(state: ContractState, from_s: int, to_s: int) -> list[tuple[int, SayNoNewContract]]:
    """Let every second pass; when what was warned."""
    found = []
    for at in range(from_s, to_s):
        verdict = step.tick(state, now(at), 0, False)
        state = verdict.state
        found += [(at, one) for one in verdict.say if isinstance(one, SayNoNewContract)]
    return found


# ------------------------------------------------------------------------------------------- warnings


def test_two_minutes_after_an_end_by_the_atn_a_warning_goes_out_once() -> None:
    """700 s into the slot; the grace counts from the stamp that ended it: 700 + 300."""
    state = hear(accepted(), beat("TerminatedByLtn", 700, cause="price spike"), 700).state
    assert warnings(state, 700, 4500) == [(820, SayNoNewContract(ID_A, START + 1000))]


def test_two_minutes_after_an_end_by_us_a_warning_goes_out_once() -> None:
    state = step.terminate(accepted(), now(1000), 7, "cold").state
    assert warnings(state, 1000, 4500) == [(1120, SayNoNewContract(ID_A, START + 1300))]


def test_the_grace_of_an_end_counts_from_the_stamp_the_atn_has_seen() -> None:
    """Our clock is 60 s behind: what we say at 640 by it bears the ATN's 700."""
    state = hear(accepted(), beat("Active", 700), 640).state
    state = step.terminate(state, now(641), 7, "cold").state
    assert warnings(state, 641, 4500) == [(761, SayNoNewContract(ID_A, START + 1000))]


def test_two_minutes_after_a_completed_slot_a_warning_goes_out_once() -> None:
    state = hear(accepted(), beat(COMPLETED, 3600, cause="x"), 3600).state
    assert warnings(state, 3600, 8000) == [(3720, SayNoNewContract(ID_A, START + 3900))]


def test_a_slot_that_was_closed_early_is_warned_of_after_its_end() -> None:
    state = hear(accepted(), beat(COMPLETED, 3599, cause="x"), 3500).state
    assert state.phase == DONE
    assert warnings(state, 3500, 8000) == [(3720, SayNoNewContract(ID_A, START + 3900))]


def test_a_contract_that_was_lost_is_warned_of_after_its_end() -> None:
    assert warnings(accepted(), 3, 8000) == [(3720, SayNoNewContract(ID_A, START + 3900))]


def test_every_contract_of_a_chain_gets_its_warning() -> None:
    """The reference warns of the first one after a wake only (S6)."""
    state, found = ContractState(), []
    for hour in range(5):
        offer = terms(start_s=START + 7200 * hour, contract_id=f"{hour:08x}-0000-4000-8000-000000000000")
        state = hear(state, beat("Created", 7200 * hour + 1, offer), 7200 * hour + 1).state
        if hour % 2:
            state = step.terminate(state, now(7200 * hour + 500), 7, "cold").state
        for at in range(7200 * hour + 2, 7200 * (hour + 1)):
            verdict = step.tick(state, now(at), 0, False)
            state = verdict.state
            found += [
                (at - 7200 * hour, one.contract_id[:8])
                for one in verdict.say
                if isinstance(one, SayNoNewContract)
            ]
    assert found == [
        (3720, "00000000"),
        (620, "00000001"),
        (3720, "00000002"),
        (620, "00000003"),
        (3720, "00000004"),
    ]


@pytest.mark.parametrize("ended", ["ltn", "us", "slot"])
def test_a_successor_in_time_needs_no_warning(ended: str) -> None:
    if ended == "ltn":
        state, at = hear(accepted(), beat("TerminatedByLtn", 700, cause="x"), 700).state, 700
    elif ended == "us":
        state, at = step.terminate(accepted(), now(700), 7, "cold").state, 700
    else:
        state, at = hear(accepted(), beat(COMPLETED, 3600, cause="x"), 3600).state, 3600
    following = terms(start_s=START + 3600 * (ended == "slot"), contract_id=ID_B)
    state = hear(state, beat("Created", 3600 * (ended == "slot") + 5, following), at + 119).state
    assert state.phase == LIVE
    assert warnings(state, at + 119, at + 250) == []


def test_no_warning_when_the_grace_has_passed_and_none_by_a_clock_that_was_never_set() -> None:
    state = step.terminate(accepted(), now(700), 7, "cold").state
    assert warnings(state, 1000, 1100) == [], "the program was away"
    unset = Now(now(830).wall_ms, 1000, 1000, synced=False)
    waiting = step.tick(state, unset, 0, False)
    assert waiting.say == ()
    assert len(warnings(waiting.state, 831, 900)) == 1


# ------------------------------------------------------------------------------------ said too early


def glitches(verdict: step.Verdict) -> list[SayGlitch]:
    return [one for one in verdict.say if isinstance(one, SayGlitch)]


def test_an_end_said_in_mid_slot_is_answered_with_what_holds_and_told_once() -> None:
    """The reference LTN stores our Active, so it asks again a minute later, until the end has come."""
    state = hear(accepted(), beat("Active", 60), 60).state
    state = book(state, now(600), 812.4, 600_000)
    verdict = hear(state, beat(COMPLETED, 3600, cause="slot complete"), 1800)
    answer = first(verdict)
    assert (answer.status, answer.previous_status, answer.cause) == ("Active", COMPLETED, None)
    assert (answer.watt_hours_used, answer.your_last_digit, answer.authoritative) == (812, 4, True)
    assert answer.created_ms == (START + 3600) * 1000, "not before the latest the LTN has seen"
    (told,) = glitches(verdict)
    assert (told.level, told.summary) == ("Warning", "completed-too-early")
    assert "contract 11111111 is complete, by our clock it runs for 1800 s more" in told.details
    assert verdict.state.phase == LIVE
    again = hear(verdict.state, beat(COMPLETED, 3660, cause="slot complete"), 1860)
    assert said(again) == ["Active"]
    assert glitches(again) == []
    last = hear(again.state, beat(COMPLETED, 5300, cause="slot complete"), 3500)
    assert said(last) == [COMPLETED]
    assert last.state.phase == DONE
    anew = hear(last.state, beat("Created", 3601, terms(start_s=START + 3600, contract_id=ID_B)), 3601).state
    early = hear(anew, beat(COMPLETED, 7300, terms(start_s=START + 3600, contract_id=ID_B), cause="x"), 5000)
    assert len(glitches(early)) == 1, "another contract, another matter"


def test_an_end_said_before_the_offer_was_ever_active_is_answered_received() -> None:
    assert said(hear(accepted(), beat(COMPLETED, 100, cause="x"), 100)) == ["Received"]
    ahead = hear(ContractState(), beat("Created", -600), -600).state
    verdict = hear(ahead, beat(COMPLETED, -500, cause="x"), -500)
    assert (said(verdict), verdict.state.phase) == (["Received"], OFFERED)


def test_it_is_a_sign_of_life_but_brings_nothing_back() -> None:
    state = hear(accepted(), beat(COMPLETED, 100, cause="x"), 100).state
    assert step.tick(state, now(249), 0, False).state.phase == LIVE
    lost = step.tick(state, now(250), 0, False).state
    assert lost.lost_wall_ms is not None
    verdict = hear(lost, beat(COMPLETED, 300, cause="x"), 300)
    assert said(verdict) == ["Received"]
    assert verdict.state.lost_wall_ms == lost.lost_wall_ms
    replayed = hear(state, beat(COMPLETED, 100, cause="x"), 200).state
    assert replayed.heard_mono_ms == state.heard_mono_ms, "the same one again is no sign of life"


# ------------------------------------------------------------------------------------- up to a day


@pytest.mark.parametrize(
    ("minutes", "taken"), [(1, True), (121, True), (MAX_MINUTES, True), (MAX_MINUTES + 1, False)]
)
def test_a_contract_may_last_a_day_and_no_longer(minutes: int, taken: bool) -> None:
    verdict = hear(ContractState(), beat("Created", 1, terms(duration_minutes=minutes)), 1)
    assert said(verdict) == ["Received" if taken else "TerminatedByScada"]
    if not taken:
        assert first(verdict).cause == "Refused: 1441 minutes is outside 1 to 1440, a day"


@settings(max_examples=60, deadline=None)
@given(
    minutes=st.integers(1, MAX_MINUTES),
    watts=st.integers(0, 11_592),
    power=st.floats(0, 15_000),
    late_s=st.integers(0, 120),
    restart=st.floats(0, 1),
)
def test_the_books_of_a_contract_of_any_length_are_right(
    minutes: int, watts: int, power: float, late_s: int, restart: float
) -> None:
    """Metered every 30 s, a heartbeat a minute, one restart anywhere: energy, end, grace and warning."""
    offer = terms(duration_minutes=minutes, avg_power_watts=watts)
    end_s = 60 * minutes
    begin = min(late_s, end_s - 1)
    state = hear(ContractState(), replace(beat("Created", 0, offer)), begin, used=power * begin / 3600).state
    assert offer.watt_hours == int(watts * minutes / 60)
    restarted = int(restart * end_s)
    at = begin
    while at < end_s:
        span = min(30, end_s - at)
        before, at = at, at + span
        state = book(state, now(at), power * span / 3600, span * 1000)
        if before < restarted <= at:
            kept = msgspec.json.decode(msgspec.json.encode(state), type=ContractState)
            state = resumed(kept, now(at), 0.0, 0)
        if at < end_s and at // 60 != before // 60:
            state = hear(state, beat("Active", at, offer), at).state
        state = step.tick(state, now(at), 0, False).state
        if at < end_s:
            assert state.phase == LIVE
            assert remaining_wh(state) == max(0, int(offer.watt_hours - state.used_wh))
    assert state.phase == GRACE
    assert in_force(state, now(end_s))
    assert state.used_wh == pytest.approx(power * end_s / 3600, rel=1e-9, abs=1e-6)
    closing = step.tick(state, now(end_s + 120), 0, False)
    assert first(closing).watt_hours_used == round(state.used_wh)
    assert warnings(closing.state, end_s + 120, end_s + 400) == [
        (end_s + 120, SayNoNewContract(ID_A, START + end_s + 300))
    ]


def test_what_was_used_since_yesterday_is_known() -> None:
    """A day at 1200 W, looked at every minute, and asked for any start within it."""
    log = EnergyLog()
    for minute in range(24 * 60 + 20):
        log, _ = metering.step(log, now(60 * minute), 1200.0)
    at = 60 * (24 * 60 + 19)
    for start in (at - 86_400 + 240, at - 50_040, at - 7_440, at - 300 - at % 300):
        start -= start % 300
        assert metering.used_since(log, START + start, now(at)) == pytest.approx((at - start) / 3)
    assert len(log.marks) <= metering.MARKS


@pytest.mark.parametrize(
    ("minutes", "watts", "off"),
    [(60, 6700, True), (60, 6800, False), (1440, 6800, True), (1440, 8600, False)],
)
def test_full_power_of_a_long_contract_is_more_than_of_an_hour(minutes: int, watts: int, off: bool) -> None:
    """To be on takes 12 minutes: of an hour a fifth, 0.8 x 9.66 - 1 = 6.73 kW; of a day nothing, 8.58 kW."""
    bench = settled()
    slot = Contract(bench.house.scada.alias, bench.now.wall_ms // 1000 - 600, minutes, watts, False, ID_A)
    used_up = ContractState(phase=LIVE, contract=slot, used_wh=slot.watt_hours + 1.0)
    called = replace(bench.state.hp, called_since_ms=bench.now.mono_ms - 900_000)
    bench.state = replace(bench.state, contract=used_up, hp=called)
    tick = Tick(bench.decider, bench.image())
    tick.look()
    tick.judge()
    scene = tick._scene()
    scene.plant.hp = called
    assert hp_should_be_off(scene) is off
