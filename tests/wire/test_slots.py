"""Report slots: on the clock, never of negative length, never twice the same, whatever the clock does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from proto.slots import SlotClock
from tests.wire.scenes import START_MS, now

START_S = START_MS // 1000


def test_a_slot_ends_on_the_multiple_and_the_next_begins_there() -> None:
    slots = SlotClock(300)
    slots.look(now(0))
    assert not slots.due(now(299.9))
    assert slots.due(now(300.04))
    assert slots.close(now(300.04)) == (START_S, 300)
    assert slots.due(now(600))
    assert slots.close(now(600.0)) == (START_S + 300, 300)


def test_the_first_slot_begins_when_the_program_does() -> None:
    slots = SlotClock(300)
    slots.look(now(100))
    assert slots.due(now(300))
    assert slots.close(now(300)) == (START_S + 100, 200)


def test_late_ticks_do_not_stretch_the_slot() -> None:
    slots = SlotClock(300)
    slots.look(now(0))
    assert slots.close(now(301.5)) == (START_S, 300)
    assert slots.start_s == START_S + 300


def test_a_clock_set_forward_ends_the_slot_with_the_time_that_really_passed() -> None:
    slots = SlotClock(300)
    slots.look(now(0))
    jumped = now(120, set_by_s=3600)
    assert not slots.look(jumped)
    assert slots.due(jumped)
    assert slots.close(jumped) == (START_S, 120)
    assert slots.start_s == START_S + 3720, "nothing is known of the time that was skipped"


def test_a_clock_set_back_ends_the_slot_at_once() -> None:
    slots = SlotClock(300)
    slots.look(now(0))
    back = now(120, set_by_s=-3600)
    assert slots.look(back)
    assert slots.close(back, early=True) == (START_S, 120)
    assert slots.start_s == START_S + 120 - 3600
    assert not slots.due(back)


def test_a_second_that_is_slewed_back_is_no_new_clock() -> None:
    slots = SlotClock(300)
    slots.look(now(10))
    assert not slots.look(now(10.2, set_by_s=-0.9))


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(-4000, 4000)), max_size=40))
def test_no_clock_makes_a_slot_twice_or_gives_it_no_length(steps: list[tuple[int, int]]) -> None:
    slots, found = SlotClock(300), []
    elapsed, ahead = 0, 0
    for step, jump in steps:
        elapsed, ahead = elapsed + step, ahead + (jump if step % 5 == 0 else 0)
        at = now(elapsed, set_by_s=ahead)
        if slots.look(at):
            found.append(slots.close(at, early=True))
        elif slots.due(at):
            found.append(slots.close(at))
    assert all(duration > 0 for _, duration in found)
    starts = [start for start, _ in found]
    assert len(starts) == len(set(starts))
    assert sum(duration for _, duration in found) <= elapsed + 3 * len(found) + 3
