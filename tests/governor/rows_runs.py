"""Row tests of a run and its flow (I02, I08): just before, at and after every bound, both sides of it."""

from __future__ import annotations

from typing import Any

from layouts.settings import HeatPump
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
)  # fmt: skip

COLD = {"coldest_room_f": 50.0}

# ------------------------------------------------------------------------------------------------ I02


def row_on_stays_on_for_the_least_run_time(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + 899_999, wish(OFF))
    assert d.hp() == ON
    assert d.rules() == {"relay6": "I02"}
    assert d.words("relay6") == "1 s of the least run time are left"
    assert d.last.waiting == ""
    d.at(start + 900_000, wish(OFF))
    assert d.hp() == OFF
    assert d.rules() == {}


def row_an_emergency_may_end_a_run_early(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + 10 * S, wish(OFF))
    assert d.hp() == ON
    d.at(start + 11 * S, wish(OFF), emergency=True)
    assert d.hp() == OFF


def row_a_failed_start_may_be_ended_after_twelve_minutes(g: Any) -> None:
    for watts, after_ms, given in (
        (199.9, 719_999, ON),
        (199.9, 720_000, OFF),
        (200.0, 720_000, ON),
        (None, 720_000, ON),
    ):
        d = Drive(g)
        start = d.run()
        d.at(start + after_ms, wish(OFF), hp_w=watts)
        assert d.hp() == given


def row_the_aquastat_may_take_over_a_young_run(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + 10 * S, wish(AQUASTAT))
    assert d.hp() == AQUASTAT
    assert d.rules() == {}


def row_taking_control_back_does_not_chop_a_young_aquastat_run(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.at(10 * MIN, wish(AQUASTAT), hp_w=3000.0)
    d.at(10 * MIN + 899_999, wish(OFF), hp_w=3000.0)
    assert d.hp() == AQUASTAT
    d.at(25 * MIN, wish(OFF), hp_w=3000.0)
    assert d.hp() == OFF


def row_a_detour_over_the_aquastat_does_not_shorten_a_run(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + 10 * S, wish(AQUASTAT), hp_w=None)
    d.at(start + 11 * S, wish(AQUASTAT), hp_w=None)
    d.at(start + 899_999, wish(OFF), hp_w=None)
    assert d.hp() == AQUASTAT
    d.at(start + 900_000, wish(OFF), hp_w=None)
    assert d.hp() == OFF


def row_after_start_the_meter_gets_thirty_seconds_to_speak(g: Any) -> None:
    d = Drive(g)
    d.at(0, wish(OFF), hp_w=None)
    d.at(29_999, wish(OFF), hp_w=None)
    assert d.hp() == AQUASTAT
    assert d.rules() == {"relay5": "I02", "relay6": "I02"}
    d.at(30_000, wish(OFF), hp_w=None)
    assert d.hp() == OFF


def row_later_too_the_meter_gets_thirty_seconds(g: Any) -> None:
    d = Drive(g)
    d.settle()
    t = 10 * MIN
    d.at(t, wish(AQUASTAT), hp_w=None)
    d.at(t + 2 * S, wish(OFF), hp_w=None)
    d.at(t + 31_999, wish(OFF), hp_w=None)
    assert d.hp() == AQUASTAT
    d.at(t + 32_000, wish(OFF), hp_w=None)
    assert d.hp() == OFF


def row_power_in_between_says_nothing_after_start(g: Any) -> None:
    d = Drive(g)
    d.at(0, wish(OFF), hp_w=800.0)
    d.at(29_999, wish(OFF), hp_w=800.0)
    assert d.hp() == AQUASTAT
    d.at(30_000, wish(OFF), hp_w=800.0)
    assert d.hp() == OFF


def row_relay_6_alone_does_not_run_the_compressor(g: Any) -> None:
    d = Drive(g)
    d.coils["relay6"] = 1
    d.at(0, wish(OFF))
    d.at(2 * S, wish(OFF))
    assert d.hp() == OFF


def row_an_idle_meter_lets_go_at_once(g: Any) -> None:
    d = Drive(g)
    d.at(0, wish(OFF), hp_w=None)
    d.at(2 * S, wish(OFF), hp_w=499.9)
    assert d.hp() == OFF


def row_an_emergency_does_not_wait_for_the_meter(g: Any) -> None:
    d = Drive(g)
    d.at(0, wish(OFF), hp_w=None)
    d.at(2 * S, wish(OFF), hp_w=None, emergency=True)
    assert d.hp() == OFF


# ------------------------------------------------------------------------------------------------ I08


def row_no_flow_by_the_deadline_ends_the_run(g: Any) -> None:
    d = Drive(g)
    t = d.run_dry()
    d.at(t + 179_999, wish(ON), primary_gpm=0.49, hp_w=3000.0)
    assert d.hp() == ON
    d.at(t + 180_000, wish(ON), primary_gpm=0.49, hp_w=3000.0)
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I08"}
    assert d.words("relay6") == "no water moves through the heat pump"


def row_the_deadline_follows_the_models_pump_delay(g: Any) -> None:
    for delay_s, due_ms in ((0, 60_000), (-5, 60_000), (301, 360_000)):
        d = Drive(g, heat_pump=HeatPump(pump_delay_s=delay_s))
        t = d.run_dry()
        d.at(t + due_ms - 1, wish(ON), primary_gpm=0.0, hp_w=3000.0)
        assert d.hp() == ON
        d.at(t + due_ms, wish(ON), primary_gpm=0.0, hp_w=3000.0)
        assert d.hp() == OFF


def row_flow_or_lift_counts_as_moving(g: Any) -> None:
    for seen, given in (
        ({"primary_gpm": 0.5}, ON),
        ({"primary_gpm": 0.0, "lwt_c": 50.0, "ewt_c": 40.0}, OFF),
        ({"primary_gpm": None, "lwt_c": 41.0, "ewt_c": 40.0}, ON),
        ({"primary_gpm": None, "lwt_c": 40.0, "ewt_c": 41.0}, ON),
        ({"primary_gpm": None, "lwt_c": 40.9, "ewt_c": 40.0}, OFF),
        ({"primary_gpm": None, "lwt_c": None, "ewt_c": 40.0}, OFF),
        ({"primary_gpm": None, "lwt_c": 41.0, "ewt_c": None}, OFF),
    ):
        d = Drive(g)
        t = d.run_dry()
        d.at(t + 180_000, wish(ON), hp_w=3000.0, **seen)
        assert d.hp() == given


def row_flow_that_ends_ends_the_run_a_minute_later(g: Any) -> None:
    d = Drive(g)
    t = d.run_dry()
    d.at(t + 170_000, wish(ON), hp_w=3000.0)
    d.at(t + 229_999, wish(ON), primary_gpm=0.0, hp_w=500.0)
    assert d.hp() == ON
    d.at(t + 230_000, wish(ON), primary_gpm=0.0, hp_w=500.0)
    assert d.hp() == OFF


def row_early_flow_does_not_bring_the_deadline_forward(g: Any) -> None:
    d = Drive(g)
    t = d.run_dry()
    d.at(t + S, wish(ON), hp_w=3000.0)
    d.at(t + 179_999, wish(ON), primary_gpm=0.0, hp_w=None)
    assert d.hp() == ON
    d.at(t + 180_000, wish(ON), primary_gpm=0.0, hp_w=None)
    assert d.hp() == OFF


def row_a_unit_that_idles_after_flow_needs_none(g: Any) -> None:
    d = Drive(g)
    t = d.run_dry()
    d.at(t + 170_000, wish(ON), hp_w=3000.0)
    d.at(t + 200_000, wish(ON), primary_gpm=0.0, hp_w=499.9)
    d.at(t + 259_999, wish(ON), primary_gpm=0.0, hp_w=3000.0)
    assert d.hp() == ON
    d.at(t + 260_000, wish(ON), primary_gpm=0.0, hp_w=3000.0)
    assert d.hp() == OFF


def row_flow_at_the_moment_of_the_start_counts(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.tick(wish(ON), 20 * MIN, primary_gpm=0.0)
    d.tick(wish(ON), S)
    d.tick(wish(ON), 180 * S, primary_gpm=0.0, hp_w=40.0)
    assert d.hp() == ON


def row_a_start_is_not_refused_for_flow_it_cannot_have_yet(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.tick(wish(ON), 20 * MIN, primary_gpm=0.0, hp_w=None)
    assert d.hp() == ON


def row_a_unit_that_idles_without_ever_moving_water_goes_off(g: Any) -> None:
    d = Drive(g)
    t = d.run_dry()
    d.at(t + 180_000, wish(ON), primary_gpm=0.0, hp_w=40.0)
    assert d.hp() == OFF


def row_flow_of_an_earlier_run_proves_nothing(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.at(t + 20 * MIN, wish(OFF))
    d.at(t + 21 * MIN, wish(OFF), primary_gpm=0.0)
    d.at(t + 40 * MIN, wish(ON), primary_gpm=0.0)
    assert d.hp() == ON
    d.at(t + 41 * MIN, wish(ON), primary_gpm=0.0)
    d.at(t + 43 * MIN, wish(ON), primary_gpm=0.0, hp_w=499.0)
    d.at(t + 44 * MIN, wish(ON), primary_gpm=0.0, hp_w=499.0)
    assert d.hp() == OFF


def row_the_aquastats_run_is_not_ours_to_end_for_flow(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.at(10 * MIN, wish(AQUASTAT), primary_gpm=0.0, hp_w=3000.0)
    d.at(20 * MIN, wish(AQUASTAT), primary_gpm=0.0, hp_w=3000.0)
    assert d.hp() == AQUASTAT


def row_no_start_with_the_primary_pump_off(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(20 * MIN, wish(ON, P_OFF))
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I08"}
    d.at(21 * MIN, wish(ON, P_ON))
    assert (d.hp(), d.pair(PRIMARY)) == (OFF, P_ON)
    d.at(21 * MIN + 100, wish(ON, P_ON))
    assert d.hp() == ON


def row_no_start_over_relays_that_do_not_answer(g: Any) -> None:
    for node in (*HP, *PRIMARY):
        d = Drive(g)
        d.settle()
        d.silent = {node}
        d.at(19 * MIN, wish())
        d.at(20 * MIN, wish(ON))
        assert d.hp() == OFF
        assert d.rules() == {"relay6": "I08"}


def row_a_run_survives_relays_that_fall_silent(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.silent = {*HP, *PRIMARY}
    d.at(t + S, wish(ON))
    assert d.hp() == ON
    d.at(t + 20 * MIN, wish(OFF))
    assert d.hp() == OFF


def row_while_the_heat_pump_is_on_its_pump_stays(g: Any) -> None:
    for before in (P_HP, P_ON):
        d = Drive(g)
        t = d.run(before)
        d.at(t + 10 * S, wish(ON, P_OFF))
        assert (d.hp(), d.pair(PRIMARY)) == (ON, before)
        assert set(d.rules().values()) == {"I09"}
