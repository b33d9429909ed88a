"""Row tests of what the governor cannot see: silent relays and meters, the first moments of a process."""

from __future__ import annotations

from typing import Any

from tests.governor.drive import (
    AQUASTAT,
    HP,
    MIN,
    OFF,
    ON,
    P_HP,
    P_OFF,
    P_ON,
    PRIMARY,
    Drive,
    S,
    wish,
)

# ------------------------------------------------------------------------------- relays that do not answer


def _silent_off(g: Any) -> tuple[Drive, int]:
    """An aquastat run; then OFF is told to relays that neither answer nor obey."""
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.at(10 * MIN, wish(AQUASTAT), hp_w=3000.0)
    d.at(30 * MIN, wish(AQUASTAT), hp_w=3000.0)
    d.silent, d.deaf = set(HP), set(HP)
    d.at(31 * MIN, wish(OFF), hp_w=3000.0)
    assert d.hp() == OFF
    return d, 31 * MIN


def row_what_was_told_to_a_silent_relay_stops_nothing(g: Any) -> None:
    d, told = _silent_off(g)
    d.at(told + S, wish(OFF), hp_w=3000.0)
    assert d.memory.life.compressor.running
    d.at(told + 2 * MIN, wish(OFF), hp_w=40.0)
    d.silent, d.deaf = set(), set()
    d.at(told + 2 * MIN + S, wish(OFF), hp_w=40.0)
    d.at(told + 12 * MIN - 1, wish(ON))
    assert d.hp() == AQUASTAT
    assert d.rules() == {"relay5": "I01"}
    d.at(told + 12 * MIN, wish(ON))
    assert d.hp() == ON


def row_each_relay_of_the_pair_can_hide_who_calls(g: Any) -> None:
    for node in HP:
        d = Drive(g)
        start = d.run()
        d.silent = {node}
        d.at(start + S, wish(ON), hp_w=40.0)
        assert not d.memory.life.compressor.running
        d.silent = set()
        d.at(start + 2 * S, wish(ON), hp_w=40.0)
        assert d.memory.life.compressor.running
        assert d.memory.life.compressor.starts == (start, start + 2 * S)


def row_a_run_that_only_power_tells_is_not_the_first_start(g: Any) -> None:
    for silent, first in ((True, True), (False, False)):
        d = Drive(g)
        d.settle(wish(AQUASTAT))
        d.silent = set(HP) if silent else set()
        d.at(10 * MIN, wish(AQUASTAT), hp_w=3000.0)
        d.at(11 * MIN, wish(AQUASTAT), hp_w=3000.0)
        assert d.memory.life.compressor.first_start is first


def row_no_start_while_the_primary_pump_is_seen_off(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(OFF, P_OFF))
    d.at(15 * MIN, wish(OFF, P_OFF))
    assert d.pair(PRIMARY) == P_OFF
    d.deaf = set(PRIMARY)
    d.at(20 * MIN, wish(ON, P_ON))
    d.at(21 * MIN, wish(ON, P_ON))
    assert (d.hp(), d.pair(PRIMARY)) == (OFF, P_ON)
    assert d.rules() == {"relay6": "I08"}
    d.deaf = set()
    d.at(22 * MIN, wish(ON, P_ON))
    assert d.hp() == OFF
    d.at(22 * MIN + 100, wish(ON, P_ON))
    assert d.hp() == ON


# ------------------------------------------------------------------------------ a compressor out of sight


def row_a_recorded_start_is_spared_over_a_restart(g: Any) -> None:
    """The run goes on under the aquastat, as far as anybody knows: it gets its 900 s."""
    for starts, spared_ms in (((-200 * S,), 700_000), ((-880 * S,), 30_000), ((-700 * S, -200 * S), 700_000)):
        d = Drive(g, memory=g.GovernorMemory(starts))
        d.at(0, wish(OFF), hp_w=800.0)
        d.at(spared_ms - 1, wish(OFF), hp_w=800.0)
        assert d.hp() == AQUASTAT
        assert d.rules() == {"relay5": "I02", "relay6": "I02"}
        d.at(spared_ms, wish(OFF), hp_w=800.0)
        assert d.hp() == OFF


def row_a_recorded_start_is_not_spared_once_the_meter_says_idle(g: Any) -> None:
    d = Drive(g, memory=g.GovernorMemory((-200 * S,)))
    d.at(0, wish(OFF), hp_w=800.0)
    d.at(2 * S, wish(OFF), hp_w=40.0)
    assert d.hp() == OFF


def row_doubt_that_ends_in_idle_ends_in_a_stop(g: Any) -> None:
    d = Drive(g)
    d.at(0, wish(AQUASTAT), hp_w=None)
    d.at(5 * MIN, wish(AQUASTAT), hp_w=40.0)
    d.at(15 * MIN - 1, wish(ON), coldest_room_f=50.0)
    assert d.rules()["relay5"] == "I01"
    d.at(15 * MIN, wish(ON), coldest_room_f=50.0)
    assert d.hp() == ON


def row_doubt_that_goes_on_does_not_stop_again_and_again(g: Any) -> None:
    d = Drive(g)
    for minute in range(10):
        d.at(minute * MIN, wish(AQUASTAT), hp_w=None)
    d.at(10 * MIN, wish(ON), hp_w=None, coldest_room_f=50.0)
    assert d.hp() == ON


# --------------------------------------------------------------------------- heat that may just have ended


def row_a_new_process_purges_as_if_heat_had_just_ended(g: Any) -> None:
    for last in (119_999, 120_000):
        d = Drive(g)
        d.settle(wish(OFF, P_HP))
        d.at(last, wish(OFF, P_OFF))
        assert d.pair(PRIMARY) == (P_HP if last == 119_999 else P_OFF)


def row_while_the_compressor_is_out_of_sight_its_pump_does_not_stop(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(AQUASTAT, P_ON))
    d.at(20 * MIN, wish(AQUASTAT, P_ON), hp_w=None)
    d.at(22 * MIN, wish(AQUASTAT, P_OFF), hp_w=40.0)
    assert d.pair(PRIMARY) == P_OFF
    d.at(24 * MIN, wish(AQUASTAT, P_ON), hp_w=None)
    d.at(26 * MIN - 1, wish(AQUASTAT, P_OFF), hp_w=40.0)
    assert d.pair(PRIMARY) == P_ON


def row_while_nobody_can_see_who_calls_the_pump_does_not_stop(g: Any) -> None:
    """A silent relay may have been on all the time, idle meter or not."""
    d = Drive(g)
    d.settle(wish(OFF, P_ON))
    d.at(20 * MIN, wish(OFF, P_ON))
    d.silent = {"relay6"}
    d.at(24 * MIN, wish(OFF, P_ON), hp_w=40.0)
    d.silent = set()
    d.at(26 * MIN - 1, wish(OFF, P_OFF))
    assert d.pair(PRIMARY) == P_ON
    d.at(26 * MIN, wish(OFF, P_OFF))
    assert d.pair(PRIMARY) == P_OFF


# --------------------------------------------------------------------------------------- a pair half-way


def row_a_pair_that_stands_half_way_goes_to_the_aquastat(g: Any) -> None:
    """Relay 5 cannot be energised; a refused start must not hold relay 6 alone."""
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.deaf = {"relay5"}
    d.at(2 * MIN, wish(OFF))
    assert d.hp() == OFF
    d.at(3 * MIN, wish(ON))
    assert (d.coils["relay5"], d.coils["relay6"]) == (0, 0)
    assert d.hp() == AQUASTAT


def row_half_a_wish_holds_both_until_both_may_move(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(20 * MIN, wish(OFF))
    d.at(21 * MIN, wish(ON))
    assert d.hp() == ON
    d.at(21 * MIN + 1_999, wish((0, 1)), emergency=True)
    assert d.hp() == ON
    d.at(21 * MIN + 2_000, wish((0, 1)), emergency=True)
    assert d.hp() == AQUASTAT
