"""Row tests of heat limits and of two sources (I05, I06, I10, whole pair), both sides of every bound."""

from __future__ import annotations

from typing import Any

from layouts.settings import Limits
from tests.governor.drive import (
    AQUASTAT,
    BOILER,
    BURNER,
    MIN,
    OFF,
    ON,
    P_HP,
    P_OFF,
    P_ON,
    Drive,
    S,
    wish,
)  # fmt: skip

COLD = {"coldest_room_f": 50.0}

# ------------------------------------------------------------------------------------------------ I05


def row_hot_leaving_water_for_five_seconds_ends_the_run(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.at(t + 1 * S, wish(ON), lwt_c=88.0)
    d.at(t + 10 * S, wish(ON), lwt_c=88.1)
    assert d.hp() == ON
    d.at(t + 14_999, wish(ON), lwt_c=88.1)
    assert d.hp() == ON
    d.at(t + 15_000, wish(ON), lwt_c=88.1)
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I05"}
    assert d.words("relay6") == "the leaving water is above 88 °C"


def row_an_unknown_reading_neither_trips_nor_forgives(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.at(t + 10 * S, wish(ON), lwt_c=88.1)
    d.at(t + 16 * S, wish(ON), lwt_c=None)
    assert d.hp() == ON
    d.at(t + 17 * S, wish(ON), lwt_c=88.1)
    assert d.hp() == OFF


def row_a_cool_reading_starts_the_five_seconds_anew(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.at(t + 10 * S, wish(ON), lwt_c=88.1)
    d.at(t + 12 * S, wish(ON), lwt_c=88.0)
    d.at(t + 13 * S, wish(ON), lwt_c=88.1)
    d.at(t + 17_999, wish(ON), lwt_c=88.1)
    assert d.hp() == ON
    d.at(t + 18 * S, wish(ON), lwt_c=88.1)
    assert d.hp() == OFF


def row_a_trip_lasts_until_three_degrees_below(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.at(t + 10 * S, wish(AQUASTAT), lwt_c=88.1)
    d.at(t + 15 * S, wish(AQUASTAT), lwt_c=88.1)
    for after_s, lwt in ((20, 85.1), (25, None)):
        d.at(t + after_s * S, wish(AQUASTAT), lwt_c=lwt)
        assert d.hp() == OFF
    d.at(t + 30 * S, wish(AQUASTAT), lwt_c=85.0)
    assert d.hp() == AQUASTAT


def row_a_trip_is_forgotten_ten_minutes_after_its_sensor_fell_silent(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.at(t + 10 * S, wish(AQUASTAT), lwt_c=88.1)
    d.at(t + 15 * S, wish(AQUASTAT), lwt_c=88.1)
    d.at(t + 100 * S, wish(AQUASTAT), lwt_c=86.0)
    d.at(t + 700 * S - 1, wish(AQUASTAT))
    assert d.hp() == OFF
    d.at(t + 700 * S, wish(AQUASTAT))
    assert d.hp() == AQUASTAT


def row_heat_seen_once_is_forgotten_ten_minutes_later(g: Any) -> None:
    for silent_s, given in ((599, OFF), (600, ON)):
        d = Drive(g)
        t = d.run()
        d.at(t + 10 * S, wish(ON), lwt_c=88.1)
        d.at(t + (10 + silent_s) * S, wish(ON))
        d.at(t + 11 * S + 10 * MIN, wish(ON), lwt_c=88.1)
        assert d.hp() == given


def row_no_start_into_hot_leaving_water(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(20 * MIN, wish(ON), lwt_c=88.1)
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I05"}
    d.at(20 * MIN + S, wish(ON), lwt_c=88.0)
    assert d.hp() == ON


def row_a_running_compressor_may_be_taken_over_hot(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.at(20 * MIN, wish(ON), lwt_c=88.1, hp_w=3000.0)
    assert d.hp() == ON


def row_a_site_trip_is_obeyed_and_capped(g: Any) -> None:
    for site, cool, hot in ((63.0, 63.0, 63.1), (120.0, 90.0, 90.1)):
        d = Drive(g, limits=Limits(lwt_max_c=site, tank_max_c=200.0))
        d.settle()
        d.at(20 * MIN, wish(ON), lwt_c=hot)
        assert d.hp() == OFF
        d.at(30 * MIN, wish(ON), lwt_c=cool)
        assert (d.hp() == ON) == (site == 63.0)


def row_a_trip_does_not_wait_for_two_seconds_but_its_end_does(g: Any) -> None:
    """Above the trip off at once, whatever moved when; until three below, wear counts again."""
    for lwt, given in ((88.1, OFF), (None, OFF), (88.0, AQUASTAT)):
        d = Drive(g)
        t = d.run()
        d.at(t + 10 * S, wish(ON), lwt_c=88.1)
        d.at(t + 15 * S, wish(ON), lwt_c=88.1)
        d.at(t + 60 * S, wish(ON), lwt_c=88.1 if lwt is None else lwt)
        d.by_itself("relay5", 0)
        d.by_itself("relay6", 0)
        d.at(t + 61 * S, wish(ON), lwt_c=lwt)
        assert d.hp() == given
        assert set(d.rules().values()) == {"I05"}
        d.at(t + 63 * S, wish(ON), lwt_c=lwt)
        assert d.hp() == OFF


# ------------------------------------------------------------------------------------------------ I06


def row_hot_water_ends_every_source_at_once(g: Any) -> None:
    for seen in ({"hottest_water_c": 90.1}, {"lwt_c": 90.1}, {"lwt_c": 20.0, "hottest_water_c": 90.1}):
        d = Drive(g)
        t = d.run()
        d.at(t + 10 * S, wish(AQUASTAT, **{BOILER: 0, BURNER: 1}))
        assert (d.hp(), d.out(BOILER), d.out(BURNER)) == (AQUASTAT, 0, 1)
        d.at(t + 10 * S + 100, wish(AQUASTAT, **{BOILER: 0, BURNER: 1}), **seen)
        assert (d.hp(), d.out(BOILER), d.out(BURNER)) == (OFF, 1, 0)
        assert d.rules() == {"relay5": "I06", "relay6": "I06", BOILER: "I06", BURNER: "I06"}
        assert d.words(BOILER) == "water is above 90 °C"


def row_hot_water_does_not_wait_for_two_seconds_but_its_end_does(g: Any) -> None:
    for tank, given in ((90.1, (OFF, 1)), (90.0, (AQUASTAT, 0))):
        d = Drive(g)
        d.settle()
        d.at(20 * MIN, wish(OFF), hottest_water_c=90.1)
        d.at(21 * MIN, wish(OFF), hottest_water_c=tank)
        for node in ("relay5", "relay6", BOILER):
            d.by_itself(node, 0)
        d.at(21 * MIN + S, wish(ON), hottest_water_c=tank)
        assert (d.hp(), d.out(BOILER)) == given
        d.at(21 * MIN + 3 * S, wish(ON), hottest_water_c=tank)
        assert (d.hp(), d.out(BOILER)) == (OFF, 1)


def row_at_the_limit_nothing_happens(g: Any) -> None:
    d = Drive(g, limits=Limits(lwt_max_c=90.0))
    t = d.run()
    d.at(t + 10 * S, wish(ON), hottest_water_c=90.0, lwt_c=90.0)
    assert d.hp() == ON


def row_hot_water_is_over_three_degrees_below(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.at(10 * MIN, wish(AQUASTAT), hottest_water_c=90.1)
    for i, (tank, lwt) in enumerate(((87.1, None), (None, None), (None, 20.0), (20.0, 87.1)), 1):
        d.at((10 + i) * MIN, wish(AQUASTAT), hottest_water_c=tank, lwt_c=lwt)
        assert d.hp() == OFF
    d.at(20 * MIN, wish(AQUASTAT), hottest_water_c=87.0)
    assert d.hp() == AQUASTAT


def row_hot_water_is_forgotten_ten_minutes_after_the_tanks_fell_silent(g: Any) -> None:
    for lwt in (None, 20.0):
        d = Drive(g)
        d.settle(wish(AQUASTAT))
        d.at(10 * MIN, wish(AQUASTAT), hottest_water_c=90.1)
        d.at(11 * MIN, wish(AQUASTAT), hottest_water_c=88.0)
        d.at(21 * MIN - 1, wish(AQUASTAT), lwt_c=lwt)
        assert d.hp() == OFF
        d.at(21 * MIN, wish(AQUASTAT), lwt_c=lwt)
        assert d.hp() == AQUASTAT


def row_a_site_may_be_stricter_about_its_tanks(g: Any) -> None:
    for site, fine, hot in ((70.0, 70.0, 70.1), (99.0, 90.0, 90.1)):
        d = Drive(g, limits=Limits(tank_max_c=site))
        d.settle(wish(AQUASTAT))
        d.at(10 * MIN, wish(AQUASTAT), hottest_water_c=fine)
        assert d.hp() == AQUASTAT
        d.at(11 * MIN, wish(AQUASTAT), hottest_water_c=hot)
        assert d.hp() == OFF


def row_without_a_boiler_relay_8_is_left_alone(g: Any) -> None:
    d = Drive(g, boiler=False)
    t = d.run()
    d.at(t + 10 * S, wish(ON, **{BOILER: 0}), hottest_water_c=90.1)
    assert (d.hp(), d.out(BOILER)) == (OFF, 0)


# ------------------------------------------------------------------------------------------------ I10


def row_heat_pump_and_boiler_together_only_in_need(g: Any) -> None:
    for seen, boiler in (
        ({"coldest_room_f": 54.9}, 0),
        ({"coldest_room_f": 55.0}, 1),
        ({"coldest_room_f": None}, 1),
        ({"oat_c": -20.1}, 0),
        ({"oat_c": -20.0}, 1),
        ({"oat_c": None}, 1),
    ):
        d = Drive(g)
        t = d.run()
        d.at(t + 10 * S, wish(ON, **{BOILER: 0}), **seen)
        assert (d.hp(), d.out(BOILER)) == (ON, boiler)
        assert d.rules() == ({BOILER: "I10"} if boiler else {})


def row_the_burner_relay_is_a_boiler_too(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.at(t + 10 * S, wish(ON, **{BURNER: 1}))
    assert (d.hp(), d.out(BURNER)) == (ON, 0)


def row_a_site_floor_is_capped(g: Any) -> None:
    d = Drive(g, limits=Limits(room_floor_f=70.0))
    t = d.run()
    d.at(t + 10 * S, wish(ON, **{BOILER: 0}), coldest_room_f=59.0)
    assert d.out(BOILER) == 1
    d.at(t + 20 * S, wish(ON, **{BOILER: 0}), coldest_room_f=58.9)
    assert d.out(BOILER) == 0


def row_with_the_heat_pump_off_or_on_the_aquastat_the_boiler_may(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish(OFF, **{BOILER: 0}))
    assert d.out(BOILER) == 0
    d.at(11 * MIN, wish(AQUASTAT, **{BOILER: 0}))
    assert (d.hp(), d.out(BOILER)) == (AQUASTAT, 0)


def row_a_start_locks_the_boiler_out_in_the_same_write(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(OFF, **{BOILER: 0}))
    d.at(20 * MIN, wish(ON, **{BOILER: 0}))
    assert (d.hp(), d.out(BOILER)) == (ON, 1)


def row_no_start_while_the_boiler_cannot_be_locked_out_yet(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(20 * MIN, wish(OFF, **{BOILER: 0}))
    d.at(20 * MIN + 1_999, wish(ON, **{BOILER: 0}))
    assert (d.hp(), d.out(BOILER)) == (OFF, 0)
    assert d.rules() == {"relay6": "I10"}
    d.at(20 * MIN + 2_000, wish(ON, **{BOILER: 0}))
    assert (d.hp(), d.out(BOILER)) == (ON, 1)


def row_a_boiler_armed_in_need_is_locked_out_when_the_need_ends(g: Any) -> None:
    d = Drive(g)
    t = d.run()
    d.at(t + 10 * S, wish(ON, **{BOILER: 0}), coldest_room_f=54.0)
    d.at(t + 11 * S, wish(ON, **{BOILER: 0}))
    assert (d.hp(), d.out(BOILER)) == (ON, 0)
    d.at(t + 12 * S, wish(ON, **{BOILER: 0}))
    assert (d.hp(), d.out(BOILER)) == (ON, 1)


def row_the_first_refusal_keeps_its_name(g: Any) -> None:
    d = Drive(g)
    t = d.run(P_ON)
    d.at(t + 10 * S, wish(OFF, P_OFF))
    assert d.rules()["relay6"] == "I02"
    d.at(t + 20 * S, wish(ON, P_ON, **{BOILER: 0}), coldest_room_f=54.0)
    d.at(t + 21 * S, wish(OFF, P_ON, **{BOILER: 0}))
    assert d.rules()["relay6"] == "I02"


def row_without_a_boiler_nothing_is_locked_out(g: Any) -> None:
    d = Drive(g, boiler=False)
    t = d.run()
    d.at(t + 10 * S, wish(ON, **{BOILER: 0}))
    assert (d.hp(), d.out(BOILER)) == (ON, 0)


# ----------------------------------------------------------------------------------------- whole pair


def row_relay_6_rests_while_relay_5_does(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(10 * MIN, wish((0, 1)))
    assert d.hp() == AQUASTAT
    assert d.rules() == {"relay6": "I20"}


def row_a_refused_start_never_holds_an_unclean_pair(g: Any) -> None:
    d = Drive(g)
    t = d.run(P_HP)
    d.at(t + 20 * MIN, wish(OFF, P_HP))
    d.at(t + 21 * MIN, wish(ON, P_HP))
    assert d.hp() == OFF
