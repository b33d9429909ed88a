"""The contract machine as time leaps, input, expected answer: every hazard of the reference has a row."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from states import contract_hear
from states import contract_step as step
from states.contract import (
    DONE,
    GRACE,
    IDLE,
    LIVE,
    OFFERED,
    ContractState,
    Site,
    book,
    in_force,
    in_grace,
    refusal,
    remaining_wh,
    resumed,
    view,
)
from states.image import Contract, Heartbeat, Now, SayHeartbeat, SayNoNewContract

SITE = Site("d1.house.scada", 11_592)
START = 1_769_482_800  # a whole UTC hour
ID_A = "11111111-1111-4111-8111-111111111111"
ID_B = "22222222-2222-4222-8222-222222222222"


def now(after_start_s: float, *, synced: bool = True) -> Now:
    ms = int(after_start_s * 1000)
    return Now(START * 1000 + ms, 50_000_000 + ms, 9_000_000 + ms, synced)


def terms(**changes: Any) -> Contract:
    base = Contract("d1.house.scada", START, 60, 5000, False, ID_A)
    return replace(base, **changes)


def beat(status: str, after_start_s: float, contract: Contract | None = None, **more: Any) -> Heartbeat:
    created = START * 1000 + int(after_start_s * 1000)
    return Heartbeat(
        from_node="ltn",
        contract=contract or terms(),
        status=status,
        previous_status=None,
        created_ms=created,
        my_digit=4,
        **more,
    )


def hear(state: ContractState, b: Heartbeat, at: float, used: float = 0.0, barred: str = "") -> step.Verdict:
    return contract_hear.hear(state, b, SITE, now(at), 7, used, barred)


def accepted(at: float = 3, seed: float = 0.0) -> ContractState:
    return hear(ContractState(), beat("Created", at), at, seed).state


def used(state: ContractState, at: float, wh: float) -> ContractState:
    """So much metered within the second before `at`."""
    return book(state, now(at), wh, 1000)


def said(verdict: step.Verdict) -> list[str]:
    return [s.heartbeat.status for s in verdict.say if isinstance(s, SayHeartbeat)]


def first(verdict: step.Verdict) -> Heartbeat:
    found = verdict.say[0]
    assert isinstance(found, SayHeartbeat)
    return found.heartbeat


def test_an_offer_is_answered_received_at_once_and_is_in_force() -> None:
    verdict = hear(ContractState(), beat("Created", 3), 3.2, used=4.4)
    answer = first(verdict)
    assert (verdict.state.phase, answer.status, answer.previous_status) == (LIVE, "Received", "Created")
    assert (answer.from_node, answer.my_digit, answer.your_last_digit) == ("s", 7, 4)
    assert answer.watt_hours_used == 4
    assert answer.contract == terms()
    assert answer.cause is None
    assert in_force(verdict.state, now(4))


def test_our_stamp_is_never_older_than_theirs_even_when_our_clock_is_behind() -> None:
    verdict = hear(ContractState(), beat("Created", 3), -60)
    assert first(verdict).created_ms == START * 1000 + 3000


def test_an_early_offer_waits_for_its_window() -> None:
    state = hear(ContractState(), beat("Created", -300), -300).state
    assert state.phase == OFFERED
    assert not in_force(state, now(-10))
    alive = hear(state, beat("Active", -60), -60).state
    assert step.tick(alive, now(-1), 0, False).state.phase == OFFERED
    assert remaining_wh(alive) is None, "nothing is owed before the slot"
    assert step.tick(alive, now(0), 0, False).state.phase == LIVE
    opened = step.tick(state, now(0), 0, False)
    assert (opened.state.phase, opened.state.lost_wall_ms) == (OFFERED, now(0).wall_ms), (
        "an ATN that said nothing for 300 s before the window is not there when it opens"
    )


def test_a_repeated_offer_gets_the_current_status_again() -> None:
    state = accepted()
    verdict = hear(state, beat("Created", 3), 63)
    assert said(verdict) == ["Received"]
    active = hear(verdict.state, beat("Active", 64), 64).state
    assert said(hear(active, beat("Created", 3), 65)) == ["Active"]


def test_active_is_answered_active_with_energy_and_digits() -> None:
    state = used(accepted(), 600, 812.4)
    answer = first(hear(state, beat("Active", 601), 601))
    assert (answer.status, answer.previous_status, answer.watt_hours_used) == ("Active", "Active", 812)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scada_alias": "d1.other.scada"}, "it is for d1.other.scada"),
        ({"start_s": START + 7}, "not on the 5-minute grid"),
        ({"duration_minutes": 0}, "0 minutes is outside"),
        ({"duration_minutes": 1441}, "1441 minutes is outside 1 to 1440, a day"),
        ({"avg_power_watts": -1}, "-1 W is outside"),
        ({"avg_power_watts": 11_593}, "11593 W is outside"),
        ({"oil_boiler_on": True}, "oil and electricity"),
        ({"start_s": START - 3600}, "its window has passed"),
        ({"start_s": START + 2 * 3600 + 300}, "more than 2 h ahead"),
        ({"start_s": START + 20 * 3600}, "more than 2 h ahead"),
    ],
)
def test_absurd_or_foreign_offers_are_refused_with_a_reason(change: dict[str, Any], words: str) -> None:
    verdict = hear(ContractState(), beat("Created", 0, terms(**change)), 0)
    assert verdict.state.phase == IDLE
    assert first(verdict).status == "TerminatedByScada"
    assert words in (first(verdict).cause or "")


def test_no_contract_before_the_clock_is_set() -> None:
    assert refusal(terms(), SITE, now(0, synced=False)) == "this clock is not synchronised yet"
    assert refusal(terms(), SITE, now(0)) == ""


def test_an_offer_while_a_person_holds_the_house_gets_the_reason() -> None:
    verdict = hear(ContractState(), beat("Created", 1), 1, barred="a person holds the house")
    assert first(verdict).cause == "Refused: a person holds the house"
    assert verdict.state.contract is None


def test_an_overlapping_offer_is_refused_and_the_held_contract_stands() -> None:
    state = accepted()
    verdict = hear(state, beat("Created", 600, terms(contract_id=ID_B)), 600)
    assert first(verdict).contract.contract_id == ID_B
    assert "overlaps contract 11111111" in (first(verdict).cause or "")


@pytest.mark.parametrize(
    ("start", "minutes", "words"),
    [
        (0, 60, f"contract 11111111 is held for {START + 7200} until {START + 10_800}, and one is held at a"),
        (3600, 60, "contract 11111111 is held for"),
        (3600, 65, f"it overlaps contract 11111111 which runs from {START + 7200} until {START + 10_800}"),
        (7200, 60, "it overlaps contract 11111111"),
        (7200, 5, "it overlaps contract 11111111"),
    ],
)
def test_only_an_offer_that_overlaps_is_said_to_overlap(start: int, minutes: int, words: str) -> None:
    """The held one is for the hour after next."""
    state = hear(ContractState(), beat("Created", 0, terms(start_s=START + 7200)), 0).state
    assert state.phase == OFFERED
    offer = terms(start_s=START + start, duration_minutes=minutes, contract_id=ID_B)
    assert (first(hear(state, beat("Created", 1, offer), 1)).cause or "").startswith(f"Refused: {words}")


def test_an_offer_for_tomorrow_leaves_today_free() -> None:
    tomorrow = terms(start_s=START + 20 * 3600)
    state = hear(ContractState(), beat("Created", 0, tomorrow), 0).state
    today = hear(state, beat("Created", 1, terms(contract_id=ID_B)), 1)
    assert (said(today), today.state.phase) == (["Received"], LIVE)


def test_a_successor_that_comes_early_is_told_when_to_come() -> None:
    following = terms(start_s=START + 3600, contract_id=ID_B)
    verdict = hear(accepted(), beat("Created", 3000, following), 3000)
    assert first(verdict).cause == (
        f"Refused: contract 11111111 runs until {START + 3600}, its successor is taken at its end"
    )
    assert verdict.state.contract == terms()


@pytest.mark.parametrize(
    "status",
    ["CompletedSuccess", "CompletedFailureByScada", "CompletedFailureByLtn", "CompletedUnknownOutcome"],
)
def test_the_end_is_the_end_however_the_atn_judges_it(status: str) -> None:
    verdict = hear(accepted(), beat(status, 3600, cause="x"), 3600)
    assert said(verdict) == ["CompletedUnknownOutcome"]
    assert said(hear(verdict.state, beat(status, 3600, cause="x"), 3601)) == ["CompletedUnknownOutcome"]


def test_the_same_id_with_other_terms_changes_nothing() -> None:
    state = accepted()
    verdict = hear(state, beat("Active", 60, terms(avg_power_watts=9000)), 60)
    assert verdict.state == state
    assert verdict.say == ()


def test_terminated_by_the_atn_ends_it_once_and_silently() -> None:
    verdict = hear(accepted(), beat("TerminatedByLtn", 700, cause="price spike"), 700)
    assert (verdict.state.phase, said(verdict)) == (DONE, [])
    assert not in_force(verdict.state, now(701))
    assert not in_grace(verdict.state, now(701))
    again = hear(verdict.state, beat("TerminatedByLtn", 700, cause="price spike"), 702)
    assert again.state == verdict.state
    assert said(again) == [], "TerminatedByLtn is not ours to say"


def test_completion_is_answered_with_the_final_energy() -> None:
    state = used(accepted(), 3500, 4321.0)
    verdict = hear(state, beat("CompletedUnknownOutcome", 3600, cause="slot complete"), 3600)
    answer = first(verdict)
    assert answer.status == "CompletedUnknownOutcome"
    assert answer.authoritative is False
    assert answer.cause == "Final energy accounting: used 4321 Wh of contracted 5000 Wh"
    assert verdict.state.phase == DONE


@pytest.mark.parametrize(("early_s", "done"), [(119, True), (121, False)])
def test_completion_is_accepted_under_clock_skew_but_not_from_the_middle(early_s: int, done: bool) -> None:
    verdict = hear(accepted(), beat("CompletedUnknownOutcome", 3600, cause="x"), 3600 - early_s)
    assert (verdict.state.phase == DONE) is done


def test_the_next_offer_right_after_the_end_closes_the_old_one_first() -> None:
    state = accepted()
    following = terms(start_s=START + 3600, contract_id=ID_B)
    verdict = hear(state, beat("Created", 3602, following), 3602, used=1.0)
    assert said(verdict) == ["CompletedUnknownOutcome", "Received"]
    assert verdict.state.contract == following
    assert verdict.state.used_wh == 1.0


def test_silence_for_150_s_loses_the_atn_and_only_a_fresh_heartbeat_brings_it_back() -> None:
    state = accepted(3)
    assert step.tick(state, now(152.9), 0, False).state.phase == LIVE
    lost = step.tick(state, now(153), 0, False).state
    assert (lost.phase, in_force(lost, now(154))) == (OFFERED, False)
    stale = hear(lost, beat("Active", 100), 200).state
    assert stale.phase == OFFERED, "a heartbeat made before the loss proves nothing"
    retained = hear(lost, beat("Created", 3), 200).state
    assert retained.phase == OFFERED
    back = hear(lost, beat("Active", 201), 201).state
    assert (back.phase, back.lost_wall_ms) == (LIVE, None)


def test_the_same_heartbeat_again_and_again_is_no_sign_of_life() -> None:
    captured = beat("Active", 60)
    state = hear(accepted(3), captured, 60).state
    for at in range(90, 209, 30):
        state = hear(step.tick(state, now(at), 0, False).state, captured, at).state
        assert state.phase == LIVE
    assert step.tick(state, now(210), 0, False).state.phase == OFFERED


def test_an_atn_that_came_back_without_memory_may_offer_anew() -> None:
    lost = step.tick(accepted(3), now(200), 0, False).state
    other = replace(beat("Created", 300).contract, contract_id=ID_B)
    verdict = hear(lost, beat("Created", 300, other), 300, used=150.0)
    assert said(verdict) == ["TerminatedByScada", "Received"]
    assert (verdict.state.phase, verdict.state.used_wh) == (LIVE, 150.0)


def test_a_lost_contract_never_revives_after_its_window() -> None:
    lost = step.tick(accepted(3), now(200), 0, False).state
    assert hear(lost, beat("Active", 3700), 3700).state.phase == OFFERED
    assert step.tick(lost, now(3700), 0, False).state.phase == DONE


def test_between_end_and_two_minutes_later_silence_is_normal_then_we_close_and_warn() -> None:
    state = replace(accepted(), heard_mono_ms=now(3590).mono_ms)
    grace = step.tick(state, now(3600), 0, False).state
    assert (grace.phase, in_grace(grace, now(3601))) == (GRACE, True)
    assert remaining_wh(grace) is None
    closed = step.tick(grace, now(3720), 0, False)
    assert said(closed) == ["CompletedUnknownOutcome"]
    warned = step.tick(closed.state, now(3721), 0, False)
    assert warned.say == (SayNoNewContract(ID_A, START + 3900),)
    assert step.tick(warned.state, now(3722), 0, False).say == ()
    assert in_grace(warned.state, now(3899))
    assert not in_grace(warned.state, now(3900))


def test_energy_counts_only_inside_the_slot_and_remaining_never_goes_negative() -> None:
    early = hear(ContractState(), beat("Created", -60), -60).state
    assert used(early, -30, 50.0).used_wh == 0.0
    state = used(accepted(seed=-5.0), 10, 6000.0)
    assert state.used_wh == 6000.0
    assert remaining_wh(state) == 0


def test_a_silent_meter_ends_the_contract_unmeasured() -> None:
    verdict = step.tick(accepted(), now(100), 0, True)
    assert said(verdict) == ["TerminatedByScada"]
    assert "power meter is silent" in (first(verdict).cause or "")


def test_we_leave_for_cause_and_a_finished_contract_never_comes_back() -> None:
    verdict = step.terminate(accepted(), now(500), 7, "zone1-main is 2.1 °F below its setpoint")
    assert first(verdict).authoritative is True
    for status in ("Created", "Active", "Confirmed"):
        again = hear(verdict.state, beat(status, 501), 501)
        assert again.state == verdict.state
        assert said(again) == ["TerminatedByScada"]
    assert step.terminate(verdict.state, now(501), 7, "again").say == ()


def test_a_restart_resumes_with_energy_and_the_age_of_the_last_heartbeat() -> None:
    state = replace(accepted(), used_wh=700.0, heard_wall_ms=now(60).wall_ms)
    later = Now(now(90).wall_ms, 1000, 1000)
    back = resumed(state, later, 25.0, 30_000)
    assert (back.phase, back.used_wh, back.heard_mono_ms) == (LIVE, 725.0, 1000 - 30_000)
    long_gone = resumed(state, Now(now(1000).wall_ms, 1000, 1000), 0.0, 0)
    assert step.tick(long_gone, Now(now(1000).wall_ms, 1000, 1000), 0, False).state.phase == OFFERED
    unset = resumed(state, Now(0, 1000, 1000, synced=False), 0.0, 0)
    assert not in_force(unset, Now(0, 1000, 1000, synced=False))


def test_words_for_the_page() -> None:
    assert view(ContractState(), now(0)).words == "no contract"
    live = used(accepted(), 100, 300.0)
    assert view(live, now(600)).words == "300 of 5000 Wh used, 50 min left"


STATUSES = ["Created", "Confirmed", "Active", "TerminatedByLtn", "CompletedUnknownOutcome", "Received"]
MOVE = st.tuples(
    st.sampled_from(["tick", "hear", "leave"]),
    st.sampled_from(STATUSES),
    st.sampled_from([ID_A, ID_B]),
    st.integers(-2, 2),
    st.floats(0, 900),
    st.floats(0, 500),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(MOVE, max_size=40))
def test_whatever_comes_in_whatever_order_the_books_stay_in_order(moves: list[Any]) -> None:
    """Never raises; in force only inside a window plus grace; energy never negative; ends are final."""
    state, at = ContractState(), -1000.0
    ended: set[str] = set()
    for kind, status, contract_id, slot, leap, energy in moves:
        at += leap
        offer = terms(start_s=START + 3600 * slot, contract_id=contract_id)
        first_step = step.Verdict(state)
        if kind == "leave":
            first_step = step.terminate(state, now(at), 3, "comfort")
        elif kind == "hear":
            first_step = hear(state, beat(status, at, offer, cause="c"), at, used=energy)
        booked = book(first_step.state, now(at), energy if kind == "tick" else 0.0, 100_000)
        ticked = step.tick(booked, now(at), 3, False)
        verdict = step.Verdict(ticked.state, first_step.say + ticked.say)
        state = verdict.state
        held = state.contract
        if in_force(state, now(at)):
            assert held is not None
            assert held.contract_id not in ended
            assert held.start_s - 120 <= START + at <= held.end_s + 120
        assert state.used_wh >= 0
        ended |= {e.heartbeat.contract.contract_id for e in state.ended}
        assert len(state.ended) <= 16
        for s in verdict.say:
            if isinstance(s, SayHeartbeat):
                assert s.heartbeat.from_node == "s"
                assert s.heartbeat.watt_hours_used is not None
                needs_cause = s.heartbeat.status.startswith(("Terminated", "Completed"))
                assert (s.heartbeat.cause is not None) == needs_cause
