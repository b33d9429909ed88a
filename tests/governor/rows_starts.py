"""Row tests of starting (I01, I03, I04): just before, at and after every bound, both sides of it."""

from __future__ import annotations

from typing import Any

from layouts.settings import Limits
from tests.governor.drive import (
    AQUASTAT,
    MIN,
    OFF,
    ON,
    Drive,
    S,
    wish,
)  # fmt: skip

COLD = {"coldest_room_f": 50.0}

# ------------------------------------------------------------------------------------------------ I01


def row_the_compressor_rests_after_process_start(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(599_999, wish(ON), **COLD)
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I01"}
    assert d.last.waiting == "waiting 1 s: the compressor must rest"
    d.at(600_000, wish(ON), **COLD)
    assert d.hp() == ON
    assert d.last.waiting == ""
    assert d.last.vetoes == ()


def row_the_words_of_the_rest_round_up_to_seconds(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(385_500, wish(ON), **COLD)
    assert d.words("relay6") == "waiting 215 s: the compressor must rest"
    d.at(386_000, wish(ON), **COLD)
    assert d.words("relay6") == "waiting 214 s: the compressor must rest"


def row_a_refused_start_leaves_the_aquastat_in_charge(g: Any) -> None:
    d = Drive(g)
    d.at(0, wish(ON))
    d.at(2 * S, wish(ON))
    assert d.hp() == AQUASTAT


def row_the_compressor_rests_after_its_last_stop(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + 20 * MIN, wish(OFF))
    assert d.hp() == OFF
    stop = start + 20 * MIN + S
    d.at(stop, wish(OFF))
    d.at(stop + 599_999, wish(ON))
    assert d.hp() == OFF
    d.at(stop + 600_000, wish(ON))
    assert d.hp() == ON


def row_a_site_may_ask_for_a_longer_rest(g: Any) -> None:
    d = Drive(g, limits=Limits(compressor_min_off_s=700))
    d.settle()
    d.at(699_999, wish(ON), **COLD)
    assert d.hp() == OFF
    d.at(700_000, wish(ON), **COLD)
    assert d.hp() == ON


def row_an_aquastat_run_that_ended_counts_as_a_stop(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.at(10 * MIN, wish(AQUASTAT), hp_w=1200.1)
    d.at(20 * MIN, wish(AQUASTAT), hp_w=500.0)
    d.at(30 * MIN, wish(AQUASTAT), hp_w=499.9)
    d.at(30 * MIN + 599_999, wish(ON))
    assert d.hp() == AQUASTAT
    d.at(40 * MIN, wish(ON))
    assert d.hp() == ON


def row_a_compressor_run_by_the_aquastat_is_taken_over_without_a_stop(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.at(10 * S, wish(ON), hp_w=1200.0)
    assert d.hp() == AQUASTAT
    d.at(11 * S, wish(ON), hp_w=1200.1)
    assert d.hp() == ON


def row_a_compressor_that_cannot_be_seen_counts_as_just_stopped(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + S, wish(AQUASTAT), hp_w=3000.0)
    lost = start + 2 * S
    d.at(lost, wish(AQUASTAT), hp_w=None)
    d.at(lost + S, wish(AQUASTAT), hp_w=None)
    d.at(lost + 599_999, wish(ON), hp_w=None)
    assert d.hp() == AQUASTAT
    d.at(lost + 600_000, wish(ON), hp_w=None)
    assert d.hp() == ON
    d.at(lost + 601_000, wish(ON), hp_w=None)
    assert len(d.memory.life.compressor.starts) == 2
    assert d.memory.life.compressor.started_ms == lost + 601_000


def row_power_in_between_neither_clears_nor_raises_doubt(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + S, wish(AQUASTAT), hp_w=800.0)
    d.at(start + 2 * S, wish(AQUASTAT), hp_w=800.0)
    d.at(start + 3 * S, wish(ON), hp_w=800.0)
    assert d.hp() == ON
    d.at(start + 14 * S, wish(AQUASTAT), hp_w=800.0)
    d.at(start + 15 * S, wish(AQUASTAT), hp_w=None)
    d.at(start + 18 * S, wish(ON), hp_w=800.0)
    assert d.hp() == AQUASTAT
    d.at(start + 19 * S, wish(ON), hp_w=1300.0)
    assert d.hp() == ON


def row_a_meter_that_comes_back_makes_no_new_start(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + S, wish(AQUASTAT), hp_w=3000.0)
    d.at(start + 2 * S, wish(AQUASTAT), hp_w=None)
    d.at(start + 3 * S, wish(AQUASTAT), hp_w=3000.0)
    d.at(start + 4 * S, wish(ON), hp_w=3000.0)
    d.at(start + 5 * S, wish(ON), hp_w=3000.0)
    assert d.hp() == ON
    assert d.memory.life.compressor.starts == (start,)
    assert d.memory.life.compressor.started_ms == start


# ------------------------------------------------------------------------------------------------ I03


def row_no_fifth_start_within_an_hour_of_the_first(g: Any) -> None:
    past = (-2_000_000, -1_900_000, -1_800_000, -1_700_000)
    d = Drive(g, memory=g.GovernorMemory(past))
    d.settle()
    d.at(820_000, wish(ON))
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I03"}
    assert d.last.waiting == "waiting 780 s: 4 starts in the last hour"
    d.at(1_599_999, wish(ON))
    assert d.hp() == OFF
    d.at(1_600_000, wish(ON))
    assert d.hp() == ON


def row_a_surplus_of_starts_waits_for_the_right_one_to_age(g: Any) -> None:
    past = (-2_000_000, -1_900_000, -1_800_000, -1_700_000, -1_600_000)
    d = Drive(g, memory=g.GovernorMemory(past), limits=Limits(compressor_starts_per_hour=3))
    d.settle()
    d.at(820_000, wish(ON))
    assert d.last.waiting == "waiting 980 s: 5 starts in the last hour"
    d.at(1_799_999, wish(ON))
    assert d.hp() == OFF
    d.at(1_800_000, wish(ON))
    assert d.hp() == ON


def row_our_own_starts_count_and_are_forgotten_after_an_hour(g: Any) -> None:
    d = Drive(g, limits=Limits(compressor_starts_per_hour=1))
    start = d.run()
    d.at(start + S, wish(OFF), emergency=True)
    d.at(start + 2 * S, wish(OFF))
    d.at(start + 3_599_999, wish(ON))
    assert d.hp() == OFF
    d.at(start + 3_600_000, wish(ON))
    assert d.hp() == ON


def row_starts_an_hour_old_are_forgotten(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + S, wish(OFF), emergency=True)
    d.at(start + 2 * S, wish(OFF))
    d.at(start + 3_599_999, wish(ON))
    d.at(start + 3_600_000, wish(ON))
    assert d.memory.life.compressor.starts == (start + 3_600_000,)


def row_starts_younger_than_an_hour_are_remembered(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + S, wish(OFF), emergency=True)
    d.at(start + 2 * S, wish(OFF))
    d.at(start + 3_599_998, wish(ON))
    d.at(start + 3_599_999, wish(ON))
    assert d.memory.life.compressor.starts == (start, start + 3_599_999)


def row_a_start_by_the_aquastat_counts(g: Any) -> None:
    d = Drive(g, limits=Limits(compressor_starts_per_hour=1))
    d.settle(wish(AQUASTAT))
    d.at(10 * MIN, wish(AQUASTAT), hp_w=3000.0)
    d.at(20 * MIN, wish(AQUASTAT), hp_w=40.0)
    d.at(40 * MIN, wish(ON))
    assert d.rules() == {"relay5": "I03"}


# ------------------------------------------------------------------------------------------------ I04


def row_the_first_start_is_delayed_at_random(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(600_000, wish(ON), start_delay_ms=0)
    assert d.hp() == OFF
    assert d.last.waiting == "waiting 214 s before the first start"
    d.at(813_999, wish(ON))
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I04"}
    d.at(814_000, wish(ON))
    assert d.hp() == ON


def row_a_cold_room_or_cold_water_or_an_emergency_waives_the_delay(g: Any) -> None:
    for seen, given in (
        ({"coldest_room_f": 58.9}, ON),
        ({"coldest_room_f": 59.0}, OFF),
        ({"coldest_room_f": None}, OFF),
        ({"coldest_water_c": 6.9}, ON),
        ({"coldest_water_c": 7.0}, OFF),
        ({"coldest_water_c": None}, OFF),
        ({"emergency": True}, ON),
    ):
        d = Drive(g)
        d.settle()
        d.at(600_000, wish(ON), **seen)
        assert d.hp() == given


def row_a_drawn_delay_is_bounded_both_ways(g: Any) -> None:
    for drawn, first in ((300_001, 900_000), (-1, 600_000)):
        d = Drive(g)
        d.seen["start_delay_ms"] = drawn
        d.settle()
        d.at(first - 1, wish(ON))
        assert d.hp() == OFF
        d.at(first, wish(ON))
        assert d.hp() == ON


def row_only_the_first_start_is_delayed(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    d.at(start + 20 * MIN, wish(OFF))
    d.at(start + 21 * MIN, wish(OFF))
    d.at(start + 31 * MIN, wish(ON))
    assert d.hp() == ON


def row_the_grids_return_stops_and_delays_again(g: Any) -> None:
    d = Drive(g)
    start = d.run()
    back = start + 10 * S
    d.at(back, wish(ON), grid_back=True, start_delay_ms=100_000)
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I04"}
    seen_off = back + S
    d.at(seen_off, wish(ON))
    d.at(seen_off + 699_999, wish(ON))
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I04"}
    d.at(seen_off + 700_000, wish(ON))
    assert d.hp() == ON
    assert d.memory.life.compressor.starts == (start,)


def row_the_grids_return_does_not_touch_what_is_not_called(g: Any) -> None:
    d = Drive(g)
    d.settle(wish(AQUASTAT))
    d.at(10 * MIN, wish(AQUASTAT), grid_back=True)
    assert d.hp() == AQUASTAT
