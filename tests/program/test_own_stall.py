"""A program that stood still blames nobody: no fault, no power cut of the sensors, at the start or later."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from hw.twin.faults import Pico, PicoFault
from layouts.load import load_house
from layouts.settings import Settings
from states.image import Event
from states.stalls import MOST, awake_ms, noted
from tests.atn.season import Stage, stage

START_MS = int(datetime(2026, 1, 27, 4, 40, tzinfo=ZoneInfo("America/New_York")).timestamp()) * 1000
TICK_MS = 1000


def played(*, before_first_s: int = 0, stall_after_s: int = 0, stall_s: int = 0) -> tuple[Stage, list[Event]]:
    """A house of which the program missed some seconds: the house lived on, nobody looked."""
    made = stage(load_house("orange"), Settings(), START_MS, TICK_MS)
    events: list[Event] = []
    made.program.listeners.append(events.append)
    made.clock.advance(before_first_s * 1000)
    for second in range(1, 600):
        if second == stall_after_s:
            made.clock.advance(stall_s * 1000)
        made.step(TICK_MS)
    return made, events


def blamed(events: list[Event]) -> list[str]:
    """Beyond two minutes posts that nobody took are lost, and who posted them backs off: true silence."""
    return [f"{event.kind} {event.name}" for event in events if event.kind in ("fault", "note")]


@pytest.mark.parametrize("seconds", [0, 45, 75, 110])
def test_a_slow_start_is_nobodys_silence(seconds: int) -> None:
    assert blamed(played(before_first_s=seconds)[1]) == []


@pytest.mark.parametrize("after_s", [2, 3, 10, 300])
@pytest.mark.parametrize("stall_s", [35, 70, 110])
def test_a_stall_is_nobodys_silence(after_s: int, stall_s: int) -> None:
    assert blamed(played(stall_after_s=after_s, stall_s=stall_s)[1]) == []


def test_a_module_that_really_is_silent_is_found_all_the_same() -> None:
    made, events = played(stall_after_s=300, stall_s=70)
    made.world.inject(PicoFault("tank2", Pico.SILENT))
    made.run(600, TICK_MS)
    assert "fault tank2-depth1-lost" in blamed(events)
    assert any(event.kind == "note" and "no word from tank2" in event.words for event in events)


def test_awake_time_leaves_out_what_was_missed_since() -> None:
    stalls = noted(noted((), 1_000, 400), 5_000, 3_000)
    assert awake_ms((), 100, 6_000) == 5_900
    assert awake_ms(stalls, 0, 6_000) == 6_000 - 3_400
    assert awake_ms(stalls, 1_500, 6_000) == 4_500 - 3_000
    assert awake_ms(stalls, 4_000, 6_000) == 1_000, "heard of in the middle of a stall"
    assert awake_ms(stalls, 5_500, 6_000) == 500
    assert noted(stalls, 6_000, 0) is stalls
    assert noted(stalls, 5_000_000, 9) == ((5_000_000, 9),)
    many = stalls
    for end in range(6_000, 60_000, 1_000):
        many = noted(many, end, 10)
    assert len(many) == MOST
