"""Row tests of the pumps and the store valve (I07, I09): each bound from both sides."""

from __future__ import annotations

from typing import Any

from tests.governor.drive import (
    AQUASTAT,
    MIN,
    OFF,
    ON,
    P_HP,
    P_OFF,
    P_ON,
    PRIMARY,
    PUMP,
    VALVE,
    Drive,
    S,
    wish,
)

CHARGE = {VALVE: 1}
DISCHARGE = {PUMP: 1}
BOTH = {VALVE: 1, PUMP: 1}

# ------------------------------------------------------------------------------------------------ I07


def _store(d: Drive) -> tuple[int, int]:
    return d.out(VALVE), d.out(PUMP)


def _discharging(g: Any) -> Drive:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(**DISCHARGE))
    d.at(20 * MIN, wish(**DISCHARGE))
    assert _store(d) == (0, 1)
    return d


def _charging(g: Any) -> Drive:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(**CHARGE))
    d.at(20 * MIN, wish(**CHARGE))
    assert _store(d) == (1, 0)
    return d


def row_after_start_the_valve_has_thirty_seconds_before_the_store_pump(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(29_999, wish(**DISCHARGE))
    assert _store(d) == (0, 0)
    assert d.rules() == {PUMP: "I07"}
    d.at(30_000, wish(**DISCHARGE))
    assert _store(d) == (0, 1)


def row_two_seconds_between_discharge_and_charge(g: Any) -> None:
    d = _discharging(g)
    d.at(30 * MIN, wish(**CHARGE))
    assert _store(d) == (0, 0)
    assert d.rules() == {VALVE: "I07"}
    d.at(30 * MIN + 1_999, wish(**CHARGE))
    assert _store(d) == (0, 0)
    d.at(30 * MIN + 2_000, wish(**CHARGE))
    assert _store(d) == (1, 0)


def row_thirty_seconds_of_valve_travel_between_charge_and_discharge(g: Any) -> None:
    d = _charging(g)
    d.at(30 * MIN, wish(**DISCHARGE))
    assert _store(d) == (0, 0)
    d.at(30 * MIN + 29_999, wish(**DISCHARGE))
    assert _store(d) == (0, 0)
    assert d.words(PUMP) == "the store valve is not at discharge, or still moving"
    d.at(30 * MIN + 30_000, wish(**DISCHARGE))
    assert _store(d) == (0, 1)


def row_a_contradiction_leaves_what_runs(g: Any) -> None:
    d = _charging(g)
    d.at(30 * MIN, wish(**BOTH))
    assert _store(d) == (1, 0)
    d = _discharging(g)
    d.at(30 * MIN, wish(**BOTH))
    assert _store(d) == (0, 1)
    assert d.words(VALVE) == "the store pump runs, or may run"


def row_a_contradiction_from_rest_discharges(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(**BOTH))
    assert _store(d) == (0, 1)


def row_a_pump_whose_relay_is_silent_may_run(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.silent = {PUMP}
    d.at(10 * MIN, wish(**CHARGE))
    d.at(11 * MIN, wish(**CHARGE))
    assert _store(d) == (0, 0)
    d = _charging(g)
    d.silent = {PUMP}
    d.at(30 * MIN, wish(**CHARGE))
    assert _store(d) == (0, 0)


def row_a_valve_whose_relay_is_silent_is_not_at_discharge(g: Any) -> None:
    d = _discharging(g)
    d.silent = {VALVE}
    d.at(30 * MIN, wish(**DISCHARGE))
    assert _store(d) == (0, 0)
    assert d.rules() == {PUMP: "I07"}
    d.at(40 * MIN, wish(**DISCHARGE))
    assert _store(d) == (0, 0)


def row_a_running_store_pump_survives_its_own_silence(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(30 * S, wish(**DISCHARGE))
    d.silent = {PUMP}
    d.at(31 * S, wish(**DISCHARGE))
    assert _store(d) == (0, 1)


def row_a_store_pump_told_but_not_yet_seen_to_run_may_go_on(g: Any) -> None:
    d = _discharging(g)
    d.deaf = {PUMP}
    d.by_itself(PUMP, 0)
    d.at(30 * MIN, wish(**DISCHARGE))
    d.at(31 * MIN, wish(**DISCHARGE))
    assert _store(d) == (0, 1)


def row_a_silent_pump_within_two_seconds_of_the_valve_holds_the_valve(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(**CHARGE))
    d.silent = {PUMP}
    d.at(10 * MIN + 1_999, wish(**CHARGE))
    assert _store(d) == (1, 0)
    d.at(10 * MIN + 2_000, wish(**CHARGE))
    assert _store(d) == (0, 0)


def row_a_valve_stuck_in_charge_stops_no_wish_but_the_pumps(g: Any) -> None:
    d = _charging(g)
    d.deaf = {VALVE}
    d.at(30 * MIN, wish(**DISCHARGE))
    d.at(40 * MIN, wish(**DISCHARGE))
    assert _store(d) == (0, 0)


def row_a_pump_stuck_on_forbids_charging(g: Any) -> None:
    d = _discharging(g)
    d.deaf = {PUMP}
    d.at(30 * MIN, wish(**CHARGE))
    d.at(40 * MIN, wish(**CHARGE))
    assert _store(d) == (0, 0)


# ------------------------------------------------------------------------------------------------ I09


def _just_off(g: Any) -> tuple[Drive, int]:
    """Heat pump just told off, primary pump on; and when it was last seen on."""
    d = Drive(g)
    t = d.run(P_ON)
    d.at(t + 20 * MIN, wish(OFF, P_ON))
    assert d.hp() == OFF
    return d, t + 20 * MIN


def row_the_primary_pump_purges_for_two_minutes(g: Any) -> None:
    for asked in (P_OFF, P_HP):
        d, last_on = _just_off(g)
        d.at(last_on + 119_999, wish(OFF, asked))
        assert d.pair(PRIMARY) == P_ON
        assert set(d.rules().values()) == {"I09"}
        d.at(last_on + 120_000, wish(OFF, asked))
        assert d.pair(PRIMARY) == asked
        assert d.rules() == {}


def row_a_delegated_pump_purges_delegated(g: Any) -> None:
    d = Drive(g)
    t = d.run(P_HP)
    d.at(t + 20 * MIN, wish(OFF, P_OFF))
    assert d.pair(PRIMARY) == P_HP
    d.at(t + 21 * MIN, wish(OFF, P_ON))
    assert d.pair(PRIMARY) == P_ON


def row_under_the_aquastat_the_pump_may_be_delegated_at_once(g: Any) -> None:
    d, last_on = _just_off(g)
    d.at(last_on + 2 * S, wish(AQUASTAT, P_HP))
    assert d.pair(PRIMARY) == P_HP
    d, last_on = _just_off(g)
    d.at(last_on + 2 * S, wish(AQUASTAT, P_OFF))
    assert d.pair(PRIMARY) == P_ON


def row_while_power_flows_the_purge_goes_on(g: Any) -> None:
    for watts, given in ((500.1, P_ON), (500.0, P_OFF), (None, P_OFF)):
        d, last_on = _just_off(g)
        d.at(last_on + 100 * S, wish(OFF, P_ON), hp_w=watts)
        d.at(last_on + 150 * S, wish(OFF, P_OFF))
        assert d.pair(PRIMARY) == given
    d, last_on = _just_off(g)
    d.at(last_on + 100 * S, wish(OFF, P_ON), hp_w=500.1)
    d.at(last_on + 220 * S, wish(OFF, P_OFF))
    assert d.pair(PRIMARY) == P_OFF


def row_a_run_without_a_meter_is_purged_too(g: Any) -> None:
    d = Drive(g)
    t = d.run(P_ON)
    d.at(t + 20 * MIN, wish(OFF, P_ON), hp_w=None)
    d.at(t + 20 * MIN + 119_999, wish(OFF, P_OFF), hp_w=None)
    assert d.pair(PRIMARY) == P_ON


def row_in_frost_the_primary_pump_does_not_stop(g: Any) -> None:
    for seen, given in (
        ({"oat_c": 3.9}, P_ON),
        ({"oat_c": 4.0}, P_OFF),
        ({"coldest_water_c": 6.9}, P_ON),
        ({"coldest_water_c": 7.0}, P_OFF),
        ({"oat_c": None, "coldest_water_c": None}, P_OFF),
    ):
        d = Drive(g)
        d.settle(wish(OFF, P_ON))
        d.at(10 * MIN, wish(OFF, P_OFF), **seen)
        assert d.pair(PRIMARY) == given


def row_in_frost_the_pump_may_be_delegated(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(OFF, P_ON))
    d.at(10 * MIN, wish(OFF, P_HP), oat_c=-10.0)
    assert d.pair(PRIMARY) == P_HP


def row_a_stopped_pump_is_delegated_when_frost_comes(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(OFF, P_OFF))
    d.at(10 * MIN, wish(OFF, P_OFF))
    assert d.pair(PRIMARY) == P_OFF
    d.at(11 * MIN, wish(OFF, P_OFF), oat_c=-10.0)
    assert d.pair(PRIMARY) == P_HP
    assert d.rules() == {"relay12": "I09"}


def row_hot_water_keeps_its_way_to_the_heat_pump(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(OFF, P_ON))
    d.at(10 * MIN, wish(OFF, P_OFF), hottest_water_c=90.1)
    assert d.pair(PRIMARY) == P_ON


def row_a_pump_that_was_stopped_for_less_than_two_seconds_waits_to_be_delegated(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(OFF, P_OFF))
    d.at(10 * MIN + 1_999, wish(OFF, P_OFF), oat_c=-10.0)
    assert d.pair(PRIMARY) == P_OFF
    d.at(10 * MIN + 2_000, wish(OFF, P_OFF), oat_c=-10.0)
    assert d.pair(PRIMARY) == P_HP


def row_heat_without_a_pump_is_delegated(g: Any) -> None:
    d = Drive(g)
    t = d.run(P_ON)
    d.by_itself("relay11", 0)
    d.at(t + 10 * S, wish(ON, P_OFF))
    assert d.pair(PRIMARY) == P_HP
