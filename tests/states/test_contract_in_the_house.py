"""Contract and machine together: what the house cannot serve it leaves, and what it holds it follows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from states.image import HeardAdmin, HeardHeartbeat, HeardRelease, Noted
from tests.states.bench import Bench
from tests.states.test_who_is_in_charge import LINK, created, settled, statuses

ADMIN = "admin"


def active(bench: Bench) -> HeardHeartbeat:
    held = bench.state.contract.contract
    assert held is not None
    beat = created(bench, status="Active")
    return HeardHeartbeat(LINK, beat.sender, replace(beat.heartbeat, contract=held))


def lost(bench: Bench) -> Bench:
    bench.tick(created(bench))
    bench.leap(151)
    assert bench.path.startswith("HomeAlone.Normal.")
    return bench


def journal(bench: Bench) -> list[tuple[str, str]]:
    assert bench.decision is not None
    return [(n.what, n.heartbeat.status if n.heartbeat else n.why) for n in bench.decision.journal]


@pytest.mark.parametrize("path", ["HomeAlone.ScadaBlind.OnAquastat", "HomeAlone.Backup.OnBoiler"])
def test_a_contract_that_comes_back_to_a_house_that_cannot_follow_is_left_with_the_cause(path: str) -> None:
    """Left in force it would be answered Active to its end and never served."""
    bench = lost(settled().tank("buffer", 90, 85, 80))
    bench.at(path)
    decision = bench.tick(active(bench))
    assert statuses(decision) == ["Active", "TerminatedByScada"]
    ended = bench.state.contract.ended[-1].heartbeat
    assert (ended.cause or "").startswith(f"the house is in {path}")


def test_a_person_who_holds_the_house_does_not_end_the_contract() -> None:
    bench = settled().tank("buffer", 90, 85, 80)
    bench.tick(created(bench))
    bench.tick(HeardAdmin(ADMIN, ADMIN, "relay9", 1, 600))
    assert bench.path == "Dormant.Admin"
    for _ in range(3):
        bench.leap(59)
        assert statuses(bench.tick(active(bench))) == ["Active"]
    bench.tick(HeardRelease(ADMIN, ADMIN))
    bench.leap(2)
    assert bench.path.startswith("AtnControlled.")


def test_an_offer_to_a_person_is_refused_and_journalled_with_the_reason() -> None:
    bench = settled()
    bench.tick(HeardAdmin(ADMIN, ADMIN, "relay9", 1, 600))
    bench.tick(created(bench))
    assert journal(bench) == [("heard", "Created"), ("said", "TerminatedByScada")]
    assert bench.decision is not None
    assert [n.why for n in bench.decision.journal] == [
        "refused: a person holds the house",
        "Refused: a person holds the house",
    ]


def test_the_journal_has_what_was_heard_and_said_in_order_and_what_befell_the_contract() -> None:
    bench = settled().tank("buffer", 90, 85, 80)
    bench.tick(created(bench))
    assert journal(bench) == [("heard", "Created"), ("said", "Received")]
    found: list[Noted] = []
    for _ in range(155):
        bench.leap(1)
        assert bench.decision is not None
        found += bench.decision.journal
    assert [(n.what, n.why) for n in found] == [("lost", "lost: no ATN heartbeat for 150 s")]
    assert found[0].contract_id == created(bench).heartbeat.contract.contract_id
    bench.tick(active(bench))
    assert journal(bench) == [("heard", "Active"), ("said", "Active")]


def test_a_heartbeat_on_another_link_is_journalled_and_changes_nothing() -> None:
    bench = settled()
    bench.tick(created(bench, link="admin"))
    assert journal(bench) == [("heard", "Created")]
    assert bench.decision is not None
    assert bench.decision.journal[0].why == "refused: a contract heartbeat on the admin link"
    assert bench.state.contract.contract is None


def test_energy_of_one_tick_goes_to_one_contract() -> None:
    """At the hand-over the old contract gets the tick before the hour, the new one begins at nothing."""
    bench = settled().tank("buffer", 90, 85, 80).set(hp_odu_pwr=3600, hp_idu_pwr=0)
    bench.tick(created(bench))
    begin = bench.state.energy.total_wh - bench.state.contract.used_wh
    bench.leap(100, step_s=10)
    assert bench.state.energy.total_wh - bench.state.contract.used_wh == pytest.approx(begin, abs=1e-6)
