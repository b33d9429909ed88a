"""Row tests of what survives a restart: compressor starts and moves of relays."""

from __future__ import annotations

from typing import Any

import msgspec

from states.image import Now
from tests.governor.drive import MIN, OFF, ON, Drive, S, wish

HOUR = 60 * MIN
DAY = 24 * HOUR

# ----------------------------------------------------------------------------------- compressor starts


def _now(wall_ms: int, mono_ms: int, synced: bool = True) -> Now:
    return Now(wall_ms, mono_ms, 0, synced)


def row_starts_of_the_last_hour_are_kept_as_wall_time(g: Any) -> None:
    memory = g.GovernorMemory((1_000, 2_000))
    kept = g.keep(memory, _now(9_000_000, 3_000))
    assert kept == g.GovernorPast((8_998_000, 8_999_000), True)
    assert g.keep(memory, _now(9_000_000, 1_000 + HOUR)) == g.GovernorPast((9_000_000 - HOUR + 1_000,), True)
    assert not g.keep(memory, _now(9_000_000, 3_000, synced=False)).synced


def row_starts_of_this_life_are_kept(g: Any) -> None:
    d = Drive(g, memory=g.GovernorMemory((-1_000_000,)))
    start = d.run()
    kept = g.keep(d.memory, _now(50_000_000, d.now))
    assert kept.starts_wall_ms == (50_000_000 - (start + 1_000_000), 50_000_000)


def row_a_restart_places_starts_in_its_own_time(g: Any) -> None:
    past = g.GovernorPast((8_000_000, 9_000_000), True)
    assert g.restore(past, _now(9_500_000, 700)) == g.GovernorMemory((700 - 1_500_000, 700 - 500_000))


def row_starts_that_cannot_be_placed_count_as_now(g: Any) -> None:
    for then, now in ((True, False), (False, True), (False, False)):
        past = g.GovernorPast((8_000_000,), then)
        assert g.restore(past, _now(9_500_000, 700, now)) == g.GovernorMemory((700,))
    future = g.GovernorPast((9_500_001,), True)
    assert g.restore(future, _now(9_500_000, 700)) == g.GovernorMemory((700,))


def row_no_past_is_a_program_just_started(g: Any) -> None:
    assert g.restore(None, _now(1, 1)) == g.GovernorMemory()
    assert g.GovernorMemory().past_starts == ()
    assert g.GovernorMemory().life is None


def row_restarts_do_not_make_room_for_a_fifth_start(g: Any) -> None:
    past = g.GovernorPast((8_000_000, 8_100_000, 8_200_000, 8_300_000), True)
    memory = g.restore(past, _now(8_400_000, 0))
    d = Drive(g, memory=memory)
    d.settle()
    d.at(20 * MIN, wish(ON))
    assert d.hp() == OFF
    assert d.rules() == {"relay6": "I03"}


def row_a_start_just_told_is_kept_before_it_is_seen(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.tick(wish(ON), 20 * MIN)
    assert d.hp() == ON
    assert g.keep(d.memory, _now(50_000_000, d.now)).starts_wall_ms == (50_000_000,)
    d.tick(wish(ON), S)
    d.tick(wish(ON), S)
    assert g.keep(d.memory, _now(50_002_000, d.now)).starts_wall_ms == (50_001_000,)


# ------------------------------------------------------------------------------------- moves of relays


def row_moves_of_a_day_are_kept_by_the_hour(g: Any) -> None:
    """The last moment of each hour, and how many there were."""
    memory = g.GovernorMemory((), {"relay17": (0, 10, HOUR - 1, HOUR, 3 * HOUR), "relay18": ()})
    kept = g.keep(memory, _now(5 * HOUR + 900, 3 * HOUR + 900))
    moves = ((3 * HOUR - 1, 3), (3 * HOUR, 1), (5 * HOUR, 1))
    assert kept == g.GovernorPast((), True, {"relay17": moves, "relay18": ()})


def row_moves_a_day_old_are_not_kept(g: Any) -> None:
    memory = g.GovernorMemory((), {"relay17": (0, 1)})
    assert g.keep(memory, _now(DAY, DAY)).moves == {"relay17": ((1, 1),)}
    assert g.keep(memory, _now(DAY, DAY - 1)).moves == {"relay17": ((2, 2),)}


def row_moves_of_this_life_are_kept(g: Any) -> None:
    d = Drive(g)
    d.settle()
    d.at(HOUR, wish(relay17=1))
    assert g.keep(d.memory, _now(50_000_000, HOUR + S)).moves["relay17"] == ((50_000_000 - S, 1),)


def row_nothing_is_remembered_anew_while_nothing_moves(g: Any) -> None:
    """Who writes the record to disk asks whether it is still the same object."""
    d = Drive(g)
    d.settle()
    d.at(HOUR, wish(relay17=1))
    changes, starts = d.memory.life.changes, d.memory.life.compressor.starts
    d.at(HOUR + S, wish(relay17=1))
    assert d.memory.life.changes is changes
    assert d.memory.life.compressor.starts is starts
    d.at(HOUR + 2 * S, wish())
    assert d.memory.life.changes is not changes


def row_a_restart_places_moves_in_its_own_time(g: Any) -> None:
    past = g.GovernorPast((), True, {"relay17": ((9_000_000, 2), (8_000_000, 1))})
    assert g.restore(past, _now(9_500_000, 700)).past_changes == {"relay17": (-1_499_300, -499_300, -499_300)}
    lost = g.restore(past, _now(9_500_000, 700, synced=False))
    assert lost.past_changes == {"relay17": (700, 700, 700)}


def row_an_absurd_number_of_moves_is_bounded(g: Any) -> None:
    past = g.GovernorPast((), True, {"relay17": ((9_000_000, 10**12),), "relay18": ((9_000_000, -5),)})
    changes = g.restore(past, _now(9_500_000, 0)).past_changes
    assert (len(changes["relay17"]), changes["relay18"]) == (198, ())


def row_a_worn_relay_rests_after_a_restart(g: Any) -> None:
    past = g.GovernorPast((), True, {"relay17": ((9_000_000, 198),)})
    d = Drive(g, memory=g.restore(past, _now(9_500_000, 0)))
    d.settle()
    d.at(MIN, wish(relay17=1))
    assert d.rules() == {"relay17": "I11"}


def row_the_whole_memory_goes_through_json(g: Any) -> None:
    d = Drive(g)
    d.run()
    d.tick({})
    past = g.keep(d.memory, _now(50_000_000, d.now))
    for value in (d.memory, past):
        assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value
