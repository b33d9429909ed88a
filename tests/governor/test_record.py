"""The record on disk has every compressor start and every move of a relay before the program can die."""

from __future__ import annotations

from msgspec.structs import replace

from states import governor, memory
from states.image import Now
from states.state import State
from tests.governor.drive import MIN, ON, Drive, S, wish

HOUSE, BOOT = "hw1.isone.bench", "boot-1"
WALL_MS = 1_700_000_000_000


def _now(mono_ms: int) -> Now:
    return Now(WALL_MS + mono_ms, mono_ms, mono_ms)


def _due(keeper: memory.Keeper, d: Drive) -> bytes | None:
    return keeper.due(state_of(d), _now(d.now))


STATE = State()


def state_of(d: Drive) -> State:
    """The rest of the state stays the same object, as in a quiet house."""
    return replace(STATE, governor=d.memory)


def test_a_start_and_a_move_are_written_at_once_and_quiet_ticks_are_not() -> None:
    d, keeper = Drive(governor), memory.Keeper(HOUSE, BOOT)
    d.settle()
    d.at(20 * MIN, wish())
    assert _due(keeper, d) is not None
    d.tick(wish(), S)
    assert _due(keeper, d) is None
    d.tick(wish(relay17=1), S)
    written = _due(keeper, d)
    assert written is not None
    d.tick(wish(ON, relay17=1), S)
    told = _due(keeper, d)
    assert told is not None
    d.tick(wish(ON, relay17=1), S)
    assert _due(keeper, d) is None
    d.tick(wish(ON, relay17=1), S)
    assert _due(keeper, d) is None
    d.tick(wish(ON, relay17=1), 10 * S)
    assert _due(keeper, d) is not None


def test_a_process_that_dies_right_after_a_start_remembers_it() -> None:
    d, keeper = Drive(governor), memory.Keeper(HOUSE, BOOT)
    d.settle()
    _due(keeper, d)
    d.tick(wish(ON), 20 * MIN)
    assert d.hp() == ON
    record = _due(keeper, d)
    reborn, words = memory.Keeper(HOUSE, "boot-2").recall(State(), record, _now(d.now + 5 * S))
    assert words == ""
    assert reborn.governor.past_starts == (d.now,)
    assert set(reborn.governor.past_changes) == {n for n, at in d.memory.life.changes.items() if at}


def test_a_record_without_moves_is_still_a_record() -> None:
    """Written before moves were kept."""
    assert governor.GovernorPast((1,), True).moves == {}
