"""Nobody gets stuck: every question about a contract has one answer, stamped so that the ATN takes it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from states import contract_hear
from states import contract_step as step
from states.contract import DONE, GRACE, LIVE, OFFERED, ContractState, Site, book, in_grace, resumed
from states.image import Now
from tests.states.test_contract import (
    ID_A,
    ID_B,
    SITE,
    START,
    accepted,
    beat,
    first,
    hear,
    now,
    said,
    terms,
    used,
)


def behind(at: float, by_s: float) -> Now:
    """Our clock, `by_s` behind the ATN's."""
    return now(at - by_s)


def test_nothing_we_say_is_stamped_before_what_the_atn_has_seen() -> None:
    """An ATN whose clock is a minute ahead drops whatever is stamped before its latest (wire facts 5.3)."""
    state = contract_hear.hear(ContractState(), beat("Created", 3), SITE, behind(3, 60), 7, 0.0, "").state
    active = contract_hear.hear(state, beat("Active", 63), SITE, behind(63, 60), 7, 0.0, "")
    assert first(active).created_ms == (START + 63) * 1000
    left = step.terminate(active.state, behind(70, 60), 7, "a room is cold")
    assert first(left).created_ms == (START + 63) * 1000, "10 s by our clock would be dropped"
    grace = step.tick(active.state, behind(3661, 60), 7, False).state
    closed = step.tick(replace(grace, heard_mono_ms=0), now(3721), 7, False)
    assert first(closed).created_ms >= (START + 63) * 1000


def test_a_repeated_end_is_never_stamped_before_the_first() -> None:
    left = step.terminate(hear(ContractState(), beat("Created", 8), 0).state, now(0), 7, "cold")
    again = hear(left.state, beat("Active", 5), 1)
    assert first(again).created_ms == first(left).created_ms == (START + 8) * 1000


@pytest.mark.parametrize("status", ["Active", "Confirmed", "CompletedUnknownOutcome"])
def test_a_contract_we_do_not_hold_is_answered_so_that_the_atn_can_go_on(status: str) -> None:
    """Left without an answer, an ATN goes on asking and never makes another contract."""
    verdict = hear(ContractState(), beat(status, 600, cause="x"), 600)
    assert said(verdict) == ["TerminatedByScada"]
    assert first(verdict).cause == "Refused: this house does not hold that contract"
    assert first(verdict).watt_hours_used == 0
    assert verdict.state.contract is None


def test_the_end_by_the_atn_of_a_contract_we_do_not_hold_needs_no_answer() -> None:
    assert said(hear(ContractState(), beat("TerminatedByLtn", 600, cause="x"), 600)) == []


def test_what_was_refused_stays_refused_whatever_has_changed() -> None:
    refused = hear(ContractState(), beat("Created", 1), 1, barred="a person holds the house")
    again = hear(refused.state, beat("Created", 1), 61)
    assert said(again) == ["TerminatedByScada"]
    assert first(again).cause == "Refused: a person holds the house"
    assert first(again).created_ms == (START + 61) * 1000
    other = hear(again.state, beat("Created", 62, terms(contract_id=ID_B)), 62)
    assert said(other) == ["Received"], "the next contract is another matter"


def test_refusals_are_bounded_and_push_no_end_out_of_memory() -> None:
    state = step.terminate(accepted(), now(5), 7, "cold").state
    for n in range(40):
        offer = terms(contract_id=f"{n:08x}-0000-4000-8000-000000000000", avg_power_watts=-1)
        state = hear(state, beat("Created", 6, offer), 6).state
    assert len(state.refused) == 16
    assert said(hear(state, beat("Active", 7), 7)) == ["TerminatedByScada"]
    assert state.last_end_s == START + 5


def test_questions_about_other_contracts_push_no_refused_offer_out() -> None:
    state = hear(ContractState(), beat("Created", 1), 1, barred="a person holds the house").state
    for n in range(40):
        other = terms(contract_id=f"{n:08x}-0000-4000-8000-000000000000", start_s=START - 36_000)
        state = hear(state, beat("Active", 2 + n, other), 2 + n).state
    assert len(state.strange) == 16
    assert said(hear(state, beat("Created", 1), 60)) == ["TerminatedByScada"]


def test_refused_offers_that_are_over_are_forgotten_before_one_that_could_still_be_taken() -> None:
    state = hear(ContractState(), beat("Created", 1), 1, barred="a person holds the house").state
    for n in range(40):
        other = terms(contract_id=f"{n:08x}-0000-4000-8000-000000000000", start_s=START - 36_000)
        state = hear(state, beat("Created", -36_000, other), 2 + n).state
    assert len(state.refused) == 16
    assert said(hear(state, beat("Created", 1), 60)) == ["TerminatedByScada"]


def test_an_atn_that_forgot_it_had_ended_the_contract_is_told_so() -> None:
    state = hear(accepted(), beat("TerminatedByLtn", 700, cause="price spike"), 700).state
    verdict = hear(state, beat("Active", 760), 760)
    assert said(verdict) == ["TerminatedByScada"]
    assert first(verdict).cause == "The ATN has ended it: price spike"


def test_a_house_without_a_boiler_refuses_oil() -> None:
    oil = terms(avg_power_watts=0, oil_boiler_on=True)
    without = Site(SITE.scada_alias, SITE.max_watts, boiler=False)
    verdict = contract_hear.hear(ContractState(), beat("Created", 0, oil), without, now(0), 7, 0.0, "")
    assert first(verdict).cause == "Refused: it asks for an oil boiler, this house has none"
    assert said(hear(ContractState(), beat("Created", 0, oil), 0)) == ["Received"]


@pytest.mark.parametrize("ahead_s", [1, 60, 119])
def test_a_hand_over_by_a_clock_that_runs_ahead_is_one_stay(ahead_s: int) -> None:
    """Completed and Created come early by our clock: between the two the house stays where it is."""
    done = hear(accepted(), beat("CompletedUnknownOutcome", 3600, cause="x"), 3600 - ahead_s)
    following = terms(start_s=START + 3600, contract_id=ID_B)
    state = hear(done.state, beat("Created", 3601, following), 3601 - ahead_s).state
    assert state.phase == (OFFERED if ahead_s > 1 else LIVE)
    assert in_grace(state, now(3601 - ahead_s)) or state.phase == LIVE
    assert step.tick(state, now(3600), 7, False).state.phase == LIVE


def test_a_contract_that_was_lost_is_no_grace() -> None:
    done = hear(accepted(), beat("CompletedUnknownOutcome", 3600, cause="x"), 3600).state
    state = hear(done, beat("Created", 3601, terms(start_s=START + 3600, contract_id=ID_B)), 3601).state
    lost = step.tick(state, now(3751), 7, False).state
    assert lost.lost_wall_ms is not None
    assert not in_grace(lost, now(3752))


def test_an_unset_clock_neither_ends_nor_revives_a_contract() -> None:
    state = accepted()
    unset = Now(START * 1000 + 9 * 3_600_000, 51_000_000, 9_000_000, synced=False)
    assert step.tick(state, unset, 7, False).state is state
    lost = resumed(state, unset, 0.0, 0)
    answered = contract_hear.hear(
        lost, beat("Active", 9), SITE, replace(unset, wall_ms=now(9).wall_ms), 7, 0.0, ""
    )
    assert said(answered) == ["Active"]
    assert answered.state.phase == OFFERED


@pytest.mark.parametrize("ahead_s", [300, 1800, 10**9])
def test_a_stamp_of_the_future_that_was_kept_bars_no_honest_heartbeat(ahead_s: int) -> None:
    """An ATN's clock was wrong once, while ours was not set; the memory has kept its stamp."""
    state = hear(accepted(), beat("Active", 60), 60).state
    ahead_ms = now(60 + ahead_s).wall_ms
    kept = resumed(replace(state, heard_stamp_ms=ahead_ms, stamped_ms=ahead_ms), now(70), 0.0, 0)
    for at in range(71, 600):
        if at % 60 == 0:
            verdict = hear(kept, beat("Active", at), at)
            assert first(verdict).created_ms == now(at).wall_ms
            kept = verdict.state
        kept = step.tick(kept, now(at), 7, False).state
        assert kept.phase == LIVE, at
    lost = replace(kept, phase=OFFERED, lost_wall_ms=now(600 + ahead_s).wall_ms)
    assert hear(step.tick(lost, now(601), 7, False).state, beat("Active", 602), 602).state.phase == LIVE


def test_an_end_that_was_stamped_in_the_future_is_repeated_with_an_honest_stamp() -> None:
    left = step.terminate(replace(accepted(), stamped_ms=now(9999).wall_ms), now(5), 7, "cold")
    assert first(hear(left.state, beat("Active", 60), 60)).created_ms == now(60).wall_ms


# ------------------------------------------------------------------------------------------- energy


@pytest.mark.parametrize(
    ("at", "booked"),
    [(-1, 0.0), (0, 0.0), (0.25, 25.0), (1, 100.0), (3600, 100.0), (3600.75, 25.0), (3601, 0.0)],
)
def test_energy_is_booked_as_far_as_its_second_lies_in_the_slot(at: float, booked: float) -> None:
    state = replace(accepted(-2), phase=LIVE)
    assert used(state, at, 100.0).used_wh == pytest.approx(booked)


def test_the_last_tick_before_the_end_is_still_booked_when_it_is_seen_after() -> None:
    grace = step.tick(replace(accepted(), heard_mono_ms=now(3590).mono_ms), now(3600.5), 7, False).state
    assert grace.phase == GRACE
    assert used(grace, 3600.5, 100.0).used_wh == pytest.approx(50.0)


def test_what_is_over_costs_nothing_more() -> None:
    state = step.terminate(accepted(), now(100), 7, "cold").state
    assert state.phase == DONE
    assert used(state, 101, 100.0) is state


def test_a_restart_books_only_what_of_the_gap_lies_in_the_slot() -> None:
    """Away from 300 s before the start until 300 s after it, at 6 kW: 500 Wh of 1000 belong to the slot."""
    state = hear(ContractState(), beat("Created", -400), -400).state
    back = resumed(state, Now(now(300).wall_ms, 1000, 1000), 1000.0, 600_000)
    assert back.used_wh == pytest.approx(500.0)
    over = resumed(replace(accepted(), used_wh=4000.0), Now(now(3900).wall_ms, 1000, 1000), 1000.0, 600_000)
    assert over.used_wh == pytest.approx(4500.0)


def test_the_same_seconds_are_never_booked_twice() -> None:
    state = accepted(3, seed=5.0)
    for at in range(4, 3601):
        state = book(state, now(at), 1.5, 1000)
    assert state.used_wh == pytest.approx(5.0 + 3597 * 1.5)
    assert state.contract is not None
    assert state.contract.contract_id == ID_A
